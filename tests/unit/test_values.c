/* test_values.c - instants, durations, quantities and money as text. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/instant.h"
#include "base/money.h"
#include "base/quantity.h"
#include "base/rng.h"

static void civil_days_match_known_dates(void **state)
{
	(void)state;
	assert_int_equal(days_from_civil(1970, 1, 1), 0);
	assert_int_equal(days_from_civil(2000, 3, 1), 11017);
	assert_int_equal(days_from_civil(1969, 12, 31), -1);
	assert_int_equal(days_from_civil(1, 1, 1), -719162);
	assert_int_equal(days_from_civil(2400, 2, 29) + 1, days_from_civil(2400, 3, 1));
}

static void instants_parse(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t unix_us;
	} cases[] = {
	    {"1970-01-01T00:00:00Z", 0},
	    {"2026-01-05T00:00:00Z", INT64_C(1767571200000000)},
	    {"2026-01-01T00:00:00+01:00", INT64_C(1767222000000000)},
	    {"2026-01-01T00:00:00-05:30", INT64_C(1767245400000000)},
	    {"2024-02-29T23:59:59.25Z", INT64_C(1709251199250000)},
	    {"2024-02-29t23:59:59.1234567z", INT64_C(1709251199123456)},
	    {"1969-12-31T23:59:59.999999Z", -1},
	};
	struct error error;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		int64_t unix_us = 42;
		assert_true(instant_parse(cases[i].text, &unix_us, &error));
		assert_true(unix_us == cases[i].unix_us);
	}
	static const char *const wrong[] = {"",
	                                    "2026-01-05",
	                                    "2026-01-05T00:00:00",
	                                    "2026-01-05 00:00:00Z",
	                                    "2026-1-5T00:00:00Z",
	                                    "2026-02-29T00:00:00Z",
	                                    "2100-02-29T00:00:00Z",
	                                    "2026-13-01T00:00:00Z",
	                                    "2026-00-01T00:00:00Z",
	                                    "2026-01-05T24:00:00Z",
	                                    "2026-01-05T00:60:00Z",
	                                    "2026-01-05T00:00:60Z",
	                                    "2026-01-05T00:00:00.Z",
	                                    "2026-01-05T00:00:00+1:00",
	                                    "2026-01-05T00:00:00+24:00",
	                                    "2026-01-05T00:00:00Zx"};
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
		int64_t unix_us = 42;
		assert_false(instant_parse(wrong[i], &unix_us, &error));
		assert_true(unix_us == 42);
	}
	assert_string_equal(error.text,
	                    "'2026-01-05T00:00:00Zx' is not a time such as 2026-01-05T00:00:00Z or 2026-01-05T00:00:00+01:00");
}

/* Every instant that is printed is read back as itself. */
static void instants_round_trip(void **state)
{
	(void)state;
	char out[40];
	struct error error;
	assert_string_equal(instant_format(INT64_C(1767571200000000), out), "2026-01-05T00:00:00Z");
	assert_string_equal(instant_format(-1, out), "1969-12-31T23:59:59.999999Z");
	assert_string_equal(instant_format(INT64_MAX, out), "294247-01-10T04:00:54.775807Z");
	assert_string_equal(instant_format(INT64_MIN, out), "-290308-12-21T19:59:05.224192Z");
	struct rng rng = rng_stream(1, 0, 0, 0, RNG_PROPERTY_TEST);
	for (int i = 0; i < 100000; i++) {
		int64_t there = (int64_t)rng_below(&rng, UINT64_C(315537897600000000)) - INT64_C(62135596800000000), back = 0;
		assert_true(instant_parse(instant_format(there, out), &back, &error));
		assert_true(there == back);
	}
}

static void durations_parse(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t us;
	} cases[] = {{"0", 0},
	             {"90m", 5400 * US_PER_S},
	             {"1h30m", 5400 * US_PER_S},
	             {"28d", 28 * US_PER_DAY},
	             {"1.5h", 5400 * US_PER_S},
	             {"250ms", 250000},
	             {"1us", 1},
	             {"1\xC2\xB5s", 1},
	             {"1\xCE\xBCs", 1},
	             {"499ns", 0},
	             {"500ns", 1},
	             {"1d2h3m4s", 93784 * US_PER_S},
	             {"-5m", -300 * US_PER_S},
	             {".5s", 500000},
	             {"1.s", US_PER_S},
	             {"0s", 0},
	             {"0.000001s", 1},
	             {"9223372036854775807us", INT64_MAX}};
	struct error error;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		int64_t us = 42;
		assert_true(duration_parse(cases[i].text, &us, &error));
		assert_true(us == cases[i].us);
	}
	static const char *const wrong[] = {"",
	                                    "-",
	                                    "5",
	                                    "5 m",
	                                    "m",
	                                    "5x",
	                                    "1h30",
	                                    "h1",
	                                    "1..5h",
	                                    ".s",
	                                    "+5m",
	                                    "1e3s",
	                                    "9223372036854775808us",
	                                    "99999999999999999999d",
	                                    "106751992d",
	                                    "5m-3s"};
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
		int64_t us = 42;
		assert_false(duration_parse(wrong[i], &us, &error));
		assert_true(us == 42);
	}
}

static void durations_format(void **state)
{
	(void)state;
	static const struct {
		int64_t us;
		const char *text;
	} cases[] = {{0, "0"},
	             {-1, "-"},
	             {7, "7us"},
	             {1500, "1.5ms"},
	             {350000, "350ms"},
	             {999600, "1s"},
	             {12 * US_PER_S, "12s"},
	             {INT64_C(59400000), "59s"},
	             {INT64_C(59500000), "1m"},
	             {540 * US_PER_S, "9m"},
	             {90 * US_PER_S, "1.5m"},
	             {1230 * US_PER_S, "21m"},
	             {US_PER_HOUR - US_PER_S, "1h"},
	             {11520 * US_PER_S, "3.2h"},
	             {31 * US_PER_HOUR, "31h"},
	             {INT64_C(35999) * US_PER_S, "10h"},
	             {48 * US_PER_HOUR, "2d"},
	             {INT64_C(354240) * US_PER_S, "4.1d"},
	             {INT64_MAX, "106751990d"}};
	char out[32];
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		assert_string_equal(duration_format(cases[i].us, out), cases[i].text);
}

/* The values are those of apimachinery's Quantity.Value and MilliValue. */
static void quantities_parse(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t units, milli;
	} cases[] = {
	    {"0", 0, 0},
	    {"4", 4, 4000},
	    {"500m", 1, 500},
	    {"1.5", 2, 1500},
	    {"1.", 1, 1000},
	    {".5", 1, 500},
	    {"+3", 3, 3000},
	    {"-1.5", -2, -1500},
	    {"1n", 1, 1},
	    {"1u", 1, 1},
	    {"1000000n", 1, 1},
	    {"1001000u", 2, 1001},
	    {"1k", 1000, 1000000},
	    {"1M", 1000000, INT64_C(1000000000)},
	    {"3G", INT64_C(3000000000), INT64_C(3000000000000)},
	    {"3T", INT64_C(3000000000000), INT64_C(3000000000000000)},
	    {"3P", INT64_C(3000000000000000), INT64_C(3000000000000000000)},
	    {"3E", INT64_C(3000000000000000000), INT64_MAX},
	    {"10E", INT64_MAX, INT64_MAX},
	    {"1Ki", 1024, 1024000},
	    {"80Gi", INT64_C(85899345920), INT64_C(85899345920000)},
	    {"1.5Gi", INT64_C(1610612736), INT64_C(1610612736000)},
	    {"0.1Ki", 103, 102400},
	    {"7Ei", INT64_C(8070450532247928832), INT64_MAX},
	    {"8Ei", INT64_MAX, INT64_MAX},
	    {"1e3", 1000, 1000000},
	    {"1E3", 1000, 1000000},
	    {"1e+3", 1000, 1000000},
	    {"12e-1", 2, 1200},
	    {"1e-30", 1, 1},
	    {"0e5", 0, 0},
	    {"1e18", INT64_C(1000000000000000000), INT64_MAX},
	    {"1e400", INT64_MAX, INT64_MAX},
	    {"1e-400", 1, 1},
	    {"9223372036854775807", INT64_MAX, INT64_MAX},
	    {"9223372036854775806", INT64_MAX - 1, INT64_MAX},
	    {"9223372036854775808", INT64_MAX, INT64_MAX},
	    {"9223372036854775.807", INT64_C(9223372036854776), INT64_MAX},
	    {"123456789012345678901234567n", INT64_C(123456789012345679), INT64_MAX},
	    {"1.00000000000000000000000000001", 2, 1001},
	    {"00000000000000000000000000000000000004", 4, 4000},
	};
	struct error error;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		int64_t units = 42, milli = 42;
		assert_true(quantity_parse(cases[i].text, 1, &units, &error));
		assert_true(quantity_parse(cases[i].text, 1000, &milli, &error));
		assert_true(units == cases[i].units);
		assert_true(milli == cases[i].milli);
	}
	static const char *const wrong[] = {"",     " ",     "80GB", "80gi", "1 Gi", " 1",  "1 ",    "K",    "Gi", ".",   "-",
	                                    "1..2", "1.2.3", "1e",   "1ei",  "1eE",  "1e+", "1e1.5", "0x10", "1K", "--1", "1kk"};
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
		int64_t value = 42;
		assert_false(quantity_parse(wrong[i], 1, &value, &error));
		assert_true(value == 42);
	}
}

static void quantities_format(void **state)
{
	(void)state;
	char out[32];
	assert_int_equal(quantity_scale("cpu"), 1000);
	assert_int_equal(quantity_scale("memory"), 1);
	assert_string_equal(quantity_format("cpu", 2000, out), "2");
	assert_string_equal(quantity_format("cpu", 1500, out), "1500m");
	assert_string_equal(quantity_format("memory", INT64_C(85899345920), out), "80Gi");
	assert_string_equal(quantity_format("memory", 1000, out), "1000");
	assert_string_equal(quantity_format("memory", 0, out), "0");
	assert_string_equal(quantity_format("nvidia.com/gpu", 1024, out), "1024");
	assert_string_equal(quantity_format("nvidia.com/gpu", INT64_MAX, out), "unlimited");
}

static void money_is_exact(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t micro;
	} cases[] = {{"2.10", 2100000},
	             {"0", 0},
	             {"0.000001", 1},
	             {"9223372036854.775807", INT64_MAX},
	             {"1234567", INT64_C(1234567000000)}};
	struct error error;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		int64_t micro = 42;
		assert_true(money_parse(cases[i].text, &micro, &error));
		assert_true(micro == cases[i].micro);
	}
	static const char *const wrong[] = {
	    "", "-1", "+1", "1,000", "1.", ".5", "0.0000001", "$2", "2 ", "9223372036854.775808", "1e3"};
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
		int64_t micro = 42;
		assert_false(money_parse(wrong[i], &micro, &error));
		assert_true(micro == 42);
	}
}

static void charges_round_once(void **state)
{
	(void)state;
	charge hour = (charge)2100000 * US_PER_HOUR;
	assert_true(charge_micro(hour) == 2100000);
	assert_true(charge_micro(US_PER_HOUR / 2) == 1);
	assert_true(charge_micro(US_PER_HOUR / 2 - 1) == 0);
	assert_true(charge_micro(-US_PER_HOUR / 2) == -1);
	assert_true(charge_micro((charge)INT64_MAX * INT64_MAX) == INT64_MAX);
}

/* The parts of any charge sum to the whole, and none is off by a whole micro-unit. */
static void parts_sum_to_the_whole(void **state)
{
	(void)state;
	charge thirds[3] = {US_PER_HOUR / 3, US_PER_HOUR / 3, US_PER_HOUR / 3};
	int64_t micro[64];
	charge_split(thirds, 3, micro);
	assert_true(micro[0] == 1 && micro[1] == 0 && micro[2] == 0);
	struct rng rng = rng_stream(3, 0, 0, 0, RNG_PROPERTY_TEST);
	for (int round = 0; round < 2000; round++) {
		charge parts[64], sum = 0;
		uint32_t count = 1 + (uint32_t)rng_below(&rng, 64);
		int64_t total = 0;
		for (uint32_t i = 0; i < count; i++) {
			parts[i] = (charge)rng_below(&rng, UINT64_C(1) << 50) * (round % 3 ? 1 : -1);
			sum += parts[i];
		}
		charge_split(parts, count, micro);
		for (uint32_t i = 0; i < count; i++) {
			charge off = parts[i] - (charge)micro[i] * US_PER_HOUR;
			assert_true(off < US_PER_HOUR && off > -US_PER_HOUR);
			total += micro[i];
		}
		assert_true(total == charge_micro(sum));
	}
}

static void money_formats(void **state)
{
	(void)state;
	static const struct {
		int64_t micro;
		const char *text;
	} cases[] = {{0, "0.00"},
	             {INT64_C(1234560000), "1,234.56"},
	             {9990000, "9.99"},
	             {4999, "0.00"},
	             {-4999, "0.00"},
	             {-9990000, "-9.99"},
	             {INT64_C(99999990000), "99,999.99"},
	             {INT64_C(100000000000), "100.0k"},
	             {INT64_C(999949999999), "999.9k"},
	             {INT64_C(999950000000), "1.0M"},
	             {INT64_C(44400000000000), "44.4M"},
	             {INT64_C(1200000000000000), "1.2B"},
	             {INT64_MAX, "9.2T"}};
	char out[32];
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		assert_string_equal(money_format(cases[i].micro, out), cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(civil_days_match_known_dates),
	    cmocka_unit_test(instants_parse),
	    cmocka_unit_test(instants_round_trip),
	    cmocka_unit_test(durations_parse),
	    cmocka_unit_test(durations_format),
	    cmocka_unit_test(quantities_parse),
	    cmocka_unit_test(quantities_format),
	    cmocka_unit_test(money_is_exact),
	    cmocka_unit_test(charges_round_once),
	    cmocka_unit_test(parts_sum_to_the_whole),
	    cmocka_unit_test(money_formats),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
