/* test_plots_ticks.c - ticks are round, cover the axis, and never read alike; scales; numbers as text. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/digest.h"
#include "base/rng.h"
#include "format.h"
#include "scale.h"
#include "shares.h"
#include "ticks.h"

static const int64_t MONDAY_5_JAN_2026 = 1767571200;

static const enum plot_unit QUANTITIES[] = {UNIT_NONE, UNIT_SECONDS, UNIT_DURATION_US, UNIT_GPUS,
                                            UNIT_JOBS, UNIT_RATIO,   UNIT_MONEY_MICRO};

/* "a|b|c" of the labels. */
static const char *joined(const struct ticks *ticks)
{
	static char text[TICKS_MAX * (TICK_LABEL + 1)];
	text[0] = '\0';
	for (uint32_t i = 0; i < ticks->count; i++) {
		strcat(text, i ? "|" : "");
		strcat(text, ticks->tick[i].label);
	}
	return text;
}

static const char *labels(enum plot_unit unit, bool log, double min, double max, uint32_t most)
{
	static struct ticks ticks;
	struct tick_domain domain = {unit, log, min, max, MONDAY_5_JAN_2026, NULL};
	ticks_make(&domain, most, &ticks);
	return joined(&ticks);
}

static void known_ticks_of_numbers(void **state)
{
	(void)state;
	assert_string_equal(labels(UNIT_NONE, false, 0, 1, 6), "0|0.2|0.4|0.6|0.8|1.0");
	assert_string_equal(labels(UNIT_NONE, false, -50, 50, 6), "−40|−20|0|20|40");
	assert_string_equal(labels(UNIT_GPUS, false, 0, 3, 16), "0|1|2|3");
	assert_string_equal(labels(UNIT_GPUS, false, 0, 2000, 6), "0|500|1,000|1,500|2,000");
	assert_string_equal(labels(UNIT_JOBS, false, 0, 312999, 5), "0|100k|200k|300k");
	assert_string_equal(labels(UNIT_NONE, false, 0, 2.5e6, 6), "0|0.5M|1.0M|1.5M|2.0M|2.5M");
	assert_string_equal(labels(UNIT_RATIO, false, 0, 1, 6), "0%|20%|40%|60%|80%|100%");
	assert_string_equal(labels(UNIT_RATIO, false, 0, 0.012, 5), "0%|0.5%|1.0%");
	assert_string_equal(labels(UNIT_MONEY_MICRO, false, 0, 50e12, 6), "0|10M|20M|30M|40M|50M");
	assert_string_equal(labels(UNIT_MONEY_MICRO, false, 0, 2.5e6, 6), "0|0.5|1.0|1.5|2.0|2.5");
}

static void known_ticks_of_durations(void **state)
{
	(void)state;
	const double s = 1e6, m = 60 * s, h = 60 * m, d = 24 * h;
	assert_string_equal(labels(UNIT_DURATION_US, false, 0, 2 * h, 5), "0|30m|1h|1h30m|2h");
	assert_string_equal(labels(UNIT_SECONDS, false, 0, 7200, 5), "0|30m|1h|1h30m|2h");
	assert_string_equal(labels(UNIT_DURATION_US, false, 0, 9 * m, 4), "0|5m");
	assert_string_equal(labels(UNIT_DURATION_US, false, 0, 4 * d, 5), "0|1d|2d|3d|4d");
	assert_string_equal(labels(UNIT_DURATION_US, false, 0, 0.9 * s, 5), "0|200ms|400ms|600ms|800ms");
	assert_string_equal(labels(UNIT_DURATION_US, true, s, 7 * d, 9), "1s|10s|1m|10m|1h|6h|1d|7d");
	assert_string_equal(labels(UNIT_DURATION_US, true, s, 7 * d, 5), "1s|1m|1h|1d");
	assert_string_equal(labels(UNIT_DURATION_US, true, m, h, 9), "1m|2m|5m|15m|30m|1h");
	assert_string_equal(labels(UNIT_NONE, true, 1, 1e6, 8), "1|10|100|1,000|10,000|100k|1M");
	assert_string_equal(labels(UNIT_RATIO, true, 0.0001, 1, 5), "0.01%|0.1%|1%|10%|100%");
}

static void known_ticks_of_dates(void **state)
{
	(void)state;
	const double h = (double)US_PER_HOUR, d = (double)US_PER_DAY;
	assert_string_equal(labels(UNIT_UTC_US, false, 0, 12 * h, 5), "00:00|03:00|06:00|09:00|12:00");
	assert_string_equal(labels(UNIT_UTC_US, false, 0, 6 * d, 8), "Mon 5|Tue 6|Wed 7|Thu 8|Fri 9|Sat 10|Sun 11");
	assert_string_equal(labels(UNIT_UTC_US, false, 0, 28 * d, 6), "5 Jan|12 Jan|19 Jan|26 Jan|2 Feb");
	assert_string_equal(labels(UNIT_UTC_US, false, 0, 200 * d, 7), "Feb|Mar|Apr|May|Jun|Jul");
	assert_string_equal(labels(UNIT_UTC_US, false, 0, 3650 * d, 12), "2027|2028|2029|2030|2031|2032|2033|2034|2035|2036");
	struct ticks ticks;
	struct tick_domain domain = {UNIT_UTC_US, false, 20 * h, 30 * h, MONDAY_5_JAN_2026, NULL};
	ticks_make(&domain, 6, &ticks);
	assert_string_equal(joined(&ticks), "20:00|22:00|00:00|02:00|04:00|06:00");
	assert_string_equal(ticks.tick[1].context, "Mon 5 Jan 2026");
	assert_string_equal(ticks.tick[2].context, "Tue 6 Jan 2026");
	assert_true(ticks.tick[2].value == 24 * h);
}

/* In Berlin the clock goes on by an hour on 29 March 2026 at 01:00 UTC, and back on 25 October. */
static void dates_are_those_of_the_time_zone(void **state)
{
	(void)state;
	const double h = (double)US_PER_HOUR;
	struct ticks ticks;
	struct tick_domain domain = {UNIT_UTC_US, false, 0, 12 * h, MONDAY_5_JAN_2026, "Europe/Berlin"};
	ticks_make(&domain, 5, &ticks);
	assert_string_equal(joined(&ticks), "03:00|06:00|09:00|12:00");
	assert_true(ticks.tick[0].value == 2 * h);
	struct tick_domain spring = {UNIT_UTC_US, false, 0, 5 * h, 1774738800 /* 2026-03-28T23:00:00Z */, "Europe/Berlin"};
	ticks_make(&spring, 8, &ticks);
	assert_string_equal(joined(&ticks), "00:00|01:00|02:00|04:00|05:00|06:00");
	assert_true(ticks.tick[3].value == 3 * h);
	struct tick_domain autumn = {UNIT_UTC_US, false, 0, 5 * h, 1792875600 /* 2026-10-24T21:00:00Z */, "Europe/Berlin"};
	ticks_make(&autumn, 8, &ticks);
	assert_string_equal(joined(&ticks), "23:00|00:00|01:00|02:00|03:00");
	struct tick_domain days = {UNIT_UTC_US, false, 0, 72 * h, 1774652400 /* 2026-03-27T23:00:00Z */, "Europe/Berlin"};
	ticks_make(&days, 5, &ticks);
	assert_string_equal(joined(&ticks), "Sat 28|Sun 29|Mon 30|Tue 31");
	assert_true(ticks.tick[2].value == 47 * h);
}

/* 29 February, and a domain beyond the calendar gives no labels rather than wrong ones. */
static void dates_keep_to_the_calendar(void **state)
{
	(void)state;
	struct ticks ticks;
	struct tick_domain leap = {UNIT_UTC_US, false, 0, 3 * (double)US_PER_DAY, 1835308800 /* 2028-02-28 */, NULL};
	ticks_make(&leap, 6, &ticks);
	assert_string_equal(joined(&ticks), "Mon 28|Tue 29|Wed 1|Thu 2");
	assert_string_equal(ticks.tick[2].context, "Mar 2028");
	struct tick_domain far = {UNIT_UTC_US, false, 0, 1e18, INT64_C(253402300000), NULL};
	ticks_make(&far, 6, &ticks);
	assert_int_equal(ticks.count, 0);
}

static void assert_sound(const struct ticks *ticks, double min, double max, uint32_t most)
{
	double slack = 1e-6 * fmax(max - min, fmax(fabs(min), fabs(max)) * 1e-6);
	assert_true(ticks->count <= most);
	for (uint32_t i = 0; i < ticks->count; i++) {
		assert_true(ticks->tick[i].value >= min - slack && ticks->tick[i].value <= max + slack);
		assert_true(i == 0 || ticks->tick[i].value > ticks->tick[i - 1].value);
		for (uint32_t k = 0; k < i; k++)
			if (strcmp(ticks->tick[k].label, ticks->tick[i].label) == 0 &&
			    strcmp(ticks->tick[k].context, ticks->tick[i].context) == 0)
				fail_msg("'%s' twice between %g and %g", ticks->tick[i].label, min, max);
	}
}

/* Random domains of every unit over twelve orders of magnitude. */
static void linear_ticks_cover_rounded_domains(void **state)
{
	(void)state;
	struct rng rng = rng_stream(1, 0, 1, 0, RNG_PROPERTY_TEST);
	for (int i = 0; i < 20000; i++) {
		enum plot_unit unit = QUANTITIES[rng_below(&rng, ARRAY_COUNT(QUANTITIES))];
		double size = pow(10, -3 + 12 * rng_uniform(&rng)) / format_factor(unit);
		struct tick_domain domain = {.unit = unit, .min = rng_below(&rng, 2) ? 0 : -size * rng_uniform(&rng), .max = size};
		uint32_t most = 3 + (uint32_t)rng_below(&rng, TICKS_MAX - 2);
		struct ticks ticks;
		ticks_make(&domain, most, &ticks);
		assert_sound(&ticks, domain.min, domain.max, most);
		struct tick_domain rounded = domain;
		ticks_round_domain(&rounded, most);
		ticks_make(&rounded, most, &ticks);
		assert_sound(&ticks, rounded.min, rounded.max, most);
		assert_true(ticks.count >= 2);
		assert_true(rounded.min <= domain.min && rounded.max >= domain.max);
		double slack = 1e-9 * (rounded.max - rounded.min);
		assert_true(fabs(ticks.tick[0].value - rounded.min) <= slack);
		assert_true(fabs(ticks.tick[ticks.count - 1].value - rounded.max) <= slack);
	}
}

/* Steps of plain numbers are 1, 2 or 5 times a power of ten, and as fine as the count allows. */
static void steps_are_nice(void **state)
{
	(void)state;
	struct rng rng = rng_stream(2, 0, 1, 0, RNG_PROPERTY_TEST);
	for (int i = 0; i < 5000; i++) {
		struct tick_domain domain = {.unit = UNIT_NONE, .max = pow(10, -3 + 12 * rng_uniform(&rng))};
		struct ticks ticks;
		ticks_make(&domain, 7, &ticks);
		assert_true(ticks.count >= 3);
		double step = ticks.tick[1].value - ticks.tick[0].value, mantissa = step / pow(10, floor(log10(step) + 1e-9));
		assert_true(fabs(mantissa - 1) < 1e-6 || fabs(mantissa - 2) < 1e-6 || fabs(mantissa - 5) < 1e-6);
	}
}

static void log_ticks_never_show_zero(void **state)
{
	(void)state;
	struct rng rng = rng_stream(3, 0, 1, 0, RNG_PROPERTY_TEST);
	for (int i = 0; i < 20000; i++) {
		enum plot_unit unit = QUANTITIES[rng_below(&rng, ARRAY_COUNT(QUANTITIES))];
		double min = pow(10, -2 + 8 * rng_uniform(&rng)) / format_factor(unit);
		struct tick_domain domain = {
		    .unit = unit, .log = true, .min = min, .max = min * pow(10, 0.2 + 9 * rng_uniform(&rng))};
		uint32_t most = 2 + (uint32_t)rng_below(&rng, TICKS_MAX - 1);
		struct tick_domain rounded = domain;
		ticks_round_domain(&rounded, most);
		assert_true(rounded.min > 0 && rounded.min <= domain.min * (1 + 1e-9) && rounded.max >= domain.max * (1 - 1e-9));
		assert_true(rounded.min >= domain.min / 12 && rounded.max <= domain.max * 12);
		struct ticks ticks;
		ticks_make(&rounded, most, &ticks);
		assert_sound(&ticks, rounded.min, rounded.max, most);
		for (uint32_t k = 0; k < ticks.count; k++) {
			assert_true(ticks.tick[k].value > 0);
			assert_string_not_equal(ticks.tick[k].label, "0");
			assert_string_not_equal(ticks.tick[k].label, "0%");
		}
	}
}

static void dates_are_sound(void **state)
{
	(void)state;
	struct rng rng = rng_stream(4, 0, 1, 0, RNG_PROPERTY_TEST);
	for (int i = 0; i < 5000; i++) {
		double span = 30e6 * pow(10, 8 * rng_uniform(&rng));
		struct tick_domain domain = {UNIT_UTC_US, false, 0, span, (int64_t)rng_below(&rng, 4000000000), NULL};
		uint32_t most = 3 + (uint32_t)rng_below(&rng, TICKS_MAX - 2);
		struct ticks ticks;
		ticks_make(&domain, most, &ticks);
		assert_sound(&ticks, 0, span, most);
		assert_true(ticks.count >= 1 || most < 5);
	}
}

static void scales_map_ends_to_ends(void **state)
{
	(void)state;
	struct scale linear = {.min = 10, .max = 20, .from = 300, .to = 100};
	assert_true(scale_at(&linear, 10) == 300 && scale_at(&linear, 20) == 100 && scale_at(&linear, 15) == 200);
	assert_true(isnan(scale_at(&linear, NAN)));
	struct scale log = {.min = 1, .max = 10000, .from = 0, .to = 4, .log = true};
	assert_true(fabs(scale_at(&log, 100) - 2) < 1e-12);
	assert_true(scale_at(&log, 0) == 0 && scale_at(&log, -5) == 0);
	assert_true(isnan(scale_at(&log, NAN)));
}

static const char *value(enum plot_unit unit, double number)
{
	static char text[FORMAT_BYTES];
	return format_value(unit, number, text);
}

static void values_read_as_people_write_them(void **state)
{
	(void)state;
	assert_string_equal(value(UNIT_RATIO, 0.719), "71.9%");
	assert_string_equal(value(UNIT_GPUS, 1496), "1,496");
	assert_string_equal(value(UNIT_JOBS, 312999), "313k");
	assert_string_equal(value(UNIT_NONE, -0.001), "0.00");
	assert_string_equal(value(UNIT_NONE, -2.345), "−2.35");
	assert_string_equal(value(UNIT_NONE, 13167680), "13.2M");
	assert_string_equal(value(UNIT_MONEY_MICRO, 44.4e12), "44.4M");
	assert_string_equal(value(UNIT_MONEY_MICRO, 9990000), "9.99");
	assert_string_equal(value(UNIT_MONEY_MICRO, 1234.6e6), "1,235");
	assert_string_equal(value(UNIT_DURATION_US, 9 * 60e6), "9m");
	assert_string_equal(value(UNIT_SECONDS, 540), "9m");
	assert_string_equal(value(UNIT_NONE, 1e300), "1e+300");
	char text[FORMAT_BYTES];
	assert_string_equal(format_value_among(UNIT_MONEY_MICRO, 0.9e12, 44.4e12, text), "0.9M");
	assert_string_equal(format_value_among(UNIT_MONEY_MICRO, 900e6, 44.4e12, text), "900");
	assert_string_equal(format_whole(13167680, text), "13,167,680");
}

static void shares_sum_to_the_whole(void **state)
{
	(void)state;
	struct rng rng = rng_stream(5, 0, 1, 0, RNG_PROPERTY_TEST);
	for (int i = 0; i < 2000; i++) {
		double parts[12];
		int64_t shares[12], sum = 0;
		double whole = 0;
		uint32_t n = 1 + (uint32_t)rng_below(&rng, 12);
		for (uint32_t k = 0; k < n; k++)
			whole += parts[k] = rng_below(&rng, 4) ? rng_uniform(&rng) : 0;
		parts[0] += 0.01;
		whole += 0.01;
		shares_round(parts, n, 1000, shares);
		for (uint32_t k = 0; k < n; k++) {
			sum += shares[k];
			assert_true(fabs((double)shares[k] - 1000 * parts[k] / whole) < 1 + 1e-9);
		}
		assert_int_equal(sum, 1000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_ticks_of_numbers),
	    cmocka_unit_test(known_ticks_of_durations),
	    cmocka_unit_test(known_ticks_of_dates),
	    cmocka_unit_test(dates_are_those_of_the_time_zone),
	    cmocka_unit_test(dates_keep_to_the_calendar),
	    cmocka_unit_test(linear_ticks_cover_rounded_domains),
	    cmocka_unit_test(steps_are_nice),
	    cmocka_unit_test(log_ticks_never_show_zero),
	    cmocka_unit_test(dates_are_sound),
	    cmocka_unit_test(scales_map_ends_to_ends),
	    cmocka_unit_test(values_read_as_people_write_them),
	    cmocka_unit_test(shares_sum_to_the_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
