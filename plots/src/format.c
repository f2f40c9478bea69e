/* format.c - see format.h. */
#include "format.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/instant.h"

/* From the largest down; a number takes the first whose `from` it reaches. Below 100,000 digits are grouped instead. */
static const struct {
	double from, size;
	const char *suffix;
} SUFFIXES[] = {{1e12, 1e12, "T"}, {1e9, 1e9, "G"}, {1e6, 1e6, "M"}, {1e5, 1e3, "k"}, {0, 1, ""}};

/* Durations beyond (30,000 years) are told in powers of ten. */
#define LONGEST_US 1e18

double format_factor(enum plot_unit unit)
{
	switch (unit) {
	case UNIT_SECONDS:
		return 1e6;
	case UNIT_RATIO:
		return 100;
	case UNIT_MONEY_MICRO:
		return 1e-6;
	case UNIT_NONE:
	case UNIT_DURATION_US:
	case UNIT_GPUS:
	case UNIT_JOBS:
	case UNIT_UTC_US:
		return 1;
	}
	return 1;
}

const char *format_unit_name(enum plot_unit unit, const char *currency)
{
	switch (unit) {
	case UNIT_GPUS:
		return "GPUs";
	case UNIT_JOBS:
		return "jobs";
	case UNIT_MONEY_MICRO:
		return currency;
	case UNIT_UTC_US:
		return "UTC";
	case UNIT_NONE:
	case UNIT_SECONDS:
	case UNIT_DURATION_US:
	case UNIT_RATIO:
		return NULL;
	}
	return NULL;
}

/* "−1,234.50"; a number that rounds to zero has no sign, and zero itself no decimals and no suffix but "%". */
static void format_grouped(double number, int decimals, const char *suffix, char *out, size_t size)
{
	char format[8], plain[400];
	snprintf(format, sizeof format, "%%.%df", decimals);
	g_ascii_formatd(plain, sizeof plain, format, fabs(number));
	if (number == 0)
		g_strlcpy(plain, "0", sizeof plain);
	size_t whole = strcspn(plain, ".");
	bool zero = strspn(plain, "0.") == strlen(plain);
	GString *text = g_string_new(number < 0 && !zero ? "−" : "");
	for (size_t i = 0; i < whole; i++) {
		if (i && (whole - i) % 3 == 0)
			g_string_append_c(text, ',');
		g_string_append_c(text, plain[i]);
	}
	g_string_append(text, plain + whole);
	if (!zero || *suffix == '%')
		g_string_append(text, suffix);
	g_strlcpy(out, text->str, size);
	g_string_free(text, TRUE);
}

/* Decimals that a multiple of `step` needs. */
static int decimals_of(double step)
{
	int decimals = 0;
	for (double scaled = step; decimals < 9 && fabs(scaled - round(scaled)) > 1e-6 * fmax(1, fabs(scaled)); scaled *= 10)
		decimals++;
	return decimals;
}

static void format_exponent(double number, const char *suffix, char *out, size_t size)
{
	char plain[40];
	snprintf(out, size, "%s%s", g_ascii_formatd(plain, sizeof plain, "%.3g", number), suffix);
}

static unsigned suffix_for(double largest)
{
	unsigned i = 0;
	while (largest < SUFFIXES[i].from)
		i++;
	return i;
}

void format_tick(enum plot_unit unit, double shown, double step, double largest, char *out, size_t size)
{
	if (unit == UNIT_DURATION_US || unit == UNIT_SECONDS) {
		format_duration_tick(shown, out, size);
		return;
	}
	const char *percent = unit == UNIT_RATIO ? "%" : "";
	if (largest >= 1e15 || step < 1e-6) {
		format_exponent(shown, percent, out, size);
		return;
	}
	unsigned i = suffix_for(largest);
	char suffix[4];
	snprintf(suffix, sizeof suffix, "%s%s", SUFFIXES[i].suffix, percent);
	format_grouped(shown / SUFFIXES[i].size, decimals_of(step / SUFFIXES[i].size), suffix, out, size);
}

void format_duration_tick(double us, char *out, size_t size)
{
	static const struct {
		int64_t us;
		const char *name;
	} parts[] = {{US_PER_DAY, "d"}, {US_PER_HOUR, "h"}, {60 * US_PER_S, "m"}, {US_PER_S, "s"}, {US_PER_MS, "ms"}, {1, "us"}};
	if (fabs(us) >= LONGEST_US) {
		format_exponent(us / (double)US_PER_DAY, "d", out, size);
		return;
	}
	int64_t left = llabs((long long)round(us));
	unsigned i = 0;
	while (i < ARRAY_COUNT(parts) - 1 && left < parts[i].us)
		i++;
	int64_t whole = left / parts[i].us, rest = left % parts[i].us;
	int64_t next = i + 1 < ARRAY_COUNT(parts) ? rest / parts[i + 1].us : 0;
	const char *sign = us < 0 ? "−" : "";
	if (left == 0)
		g_strlcpy(out, "0", size);
	else if (next)
		snprintf(out, size, "%s%lld%s%lld%s", sign, (long long)whole, parts[i].name, (long long)next, parts[i + 1].name);
	else
		snprintf(out, size, "%s%lld%s", sign, (long long)whole, parts[i].name);
}

/* Three significant digits, whole numbers in full below 100,000. */
static void format_quantity(double number, char out[FORMAT_BYTES])
{
	unsigned i = suffix_for(fabs(number));
	double mantissa = number / SUFFIXES[i].size;
	bool whole = *SUFFIXES[i].suffix == '\0' && fabs(number - round(number)) < 1e-9;
	int decimals = whole || fabs(mantissa) >= 100 ? 0 : fabs(mantissa) >= 10 ? 1 : 2;
	format_grouped(mantissa, decimals, SUFFIXES[i].suffix, out, FORMAT_BYTES);
}

static void format_instant(double us, char out[FORMAT_BYTES])
{
	char text[40];
	g_strlcpy(out, fabs(us) < 9e18 ? instant_format((int64_t)us, text) : "?", FORMAT_BYTES);
}

static void format_duration(double us, char out[FORMAT_BYTES])
{
	if (fabs(us) < LONGEST_US)
		duration_format((int64_t)us, out);
	else
		format_exponent(us / (double)US_PER_DAY, "d", out, FORMAT_BYTES);
}

char *format_value(enum plot_unit unit, double value, char out[FORMAT_BYTES])
{
	double shown = value * format_factor(unit);
	if (unit == UNIT_DURATION_US || unit == UNIT_SECONDS)
		format_duration(shown, out);
	else if (fabs(shown) >= 1e15 && unit != UNIT_UTC_US)
		format_exponent(shown, unit == UNIT_RATIO ? "%" : "", out, FORMAT_BYTES);
	else if (unit == UNIT_RATIO)
		format_grouped(shown, 1, "%", out, FORMAT_BYTES);
	else if (unit == UNIT_MONEY_MICRO && fabs(shown) < 1e5)
		format_grouped(shown, fabs(shown) < 100 ? 2 : 0, "", out, FORMAT_BYTES);
	else if (unit == UNIT_UTC_US)
		format_instant(shown, out);
	else
		format_quantity(shown, out);
	return out;
}

char *format_value_among(enum plot_unit unit, double value, double largest, char out[FORMAT_BYTES])
{
	bool number = unit == UNIT_NONE || unit == UNIT_GPUS || unit == UNIT_JOBS || unit == UNIT_MONEY_MICRO;
	double shown = fabs(value) * format_factor(unit), most = fabs(largest) * format_factor(unit);
	if (!number || most < 1e5 || most >= 1e15)
		return format_value(unit, value, out);
	double step = pow(10, floor(log10(most)) - 2);
	if (shown != 0 && shown < step)
		return format_value(unit, value, out);
	format_tick(unit, value * format_factor(unit), step, most, out, FORMAT_BYTES);
	return out;
}

char *format_whole(int64_t shown, char out[FORMAT_BYTES])
{
	format_grouped((double)shown, 0, "", out, FORMAT_BYTES);
	return out;
}
