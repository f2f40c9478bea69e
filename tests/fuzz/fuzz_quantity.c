/* fuzz_quantity.c - any text as a quantity, a duration, an instant and money: agreement between units, round trips. */
#include <string.h>

#include "base/instant.h"
#include "base/money.h"
#include "base/quantity.h"
#include "fuzz.h"

static void check_quantity(const char *text)
{
	struct error error;
	int64_t units = 0, milli = 0;
	bool good = quantity_parse(text, 1, &units, &error);
	fuzz_require(good == quantity_parse(text, 1000, &milli, &error));
	if (!good || milli == INT64_MAX || milli == -INT64_MAX)
		return;
	int64_t size = milli < 0 ? -milli : milli;
	int64_t up = size / 1000 + (size % 1000 != 0);
	fuzz_require(units == (milli < 0 ? -up : up));
}

static void check_times(const char *text)
{
	struct error error;
	int64_t us = 0, again = 0;
	char out[40];
	if (instant_parse(text, &us, &error)) {
		fuzz_require(instant_parse(instant_format(us, out), &again, &error) || us < -INT64_C(62167219200000000));
		fuzz_require(us == again || us < -INT64_C(62167219200000000)); /* year 0 with an offset begins before year 0 */
	}
	if (duration_parse(text, &us, &error))
		duration_format(us, out);
}

static void check_money(const char *text)
{
	struct error error;
	int64_t micro = 0;
	char out[32];
	if (!money_parse(text, &micro, &error))
		return;
	fuzz_require(micro >= 0);
	fuzz_require(strlen(money_format(micro, out)) < sizeof out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char text[512];
	if (length >= sizeof text)
		return 0;
	memcpy(text, bytes, length);
	text[length] = '\0';
	check_quantity(text);
	check_times(text);
	check_money(text);
	return 0;
}
