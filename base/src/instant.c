/* instant.c - see instant.h. */
#include <stdio.h>
#include <string.h>

#include "base/instant.h"

#define NS_PER_US INT64_C(1000)

int64_t days_from_civil(int64_t year, unsigned month, unsigned day)
{
	/* Years that begin in March put the leap day last; 400 of them are 146,097 days. 719,468 days lie between 1 March of
	 * year 0 and 1970-01-01. */
	int64_t y = year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (int64_t)(month + (month > 2 ? -3u : 9u)) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * 146097 + day_of_era - 719468;
}

static void civil_from_days(int64_t days, int64_t *ret_year, unsigned *ret_month, unsigned *ret_day)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t day_of_era = days - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month_from_march = (5 * day_of_year + 2) / 153;
	*ret_day = (unsigned)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
	*ret_month = (unsigned)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
	*ret_year = year_of_era + era * 400 + (*ret_month <= 2);
}

static unsigned days_in_month(unsigned year, unsigned month)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Exactly `digits` decimal digits, then moves on. */
static bool take_number(const char **s, int digits, unsigned *ret)
{
	unsigned value = 0;
	for (int i = 0; i < digits; i++, (*s)++) {
		if (!is_digit(**s))
			return false;
		value = value * 10 + (unsigned)(**s - '0');
	}
	*ret = value;
	return true;
}

static bool take_char(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

/* ".25" in microseconds, further digits cut off; nothing is 0. */
static bool take_fraction(const char **s, int64_t *ret_us)
{
	int64_t us = 0, unit = US_PER_S / 10;
	if (take_char(s, '.')) {
		if (!is_digit(**s))
			return false;
		for (; is_digit(**s); (*s)++, unit /= 10)
			us += unit * (**s - '0');
	}
	*ret_us = us;
	return true;
}

static bool take_offset(const char **s, int64_t *ret_offset_s)
{
	unsigned hours, minutes;
	if (**s == 'Z' || **s == 'z') {
		(*s)++;
		*ret_offset_s = 0;
		return true;
	}
	int sign = **s == '-' ? -1 : 1;
	if (**s != '-' && **s != '+')
		return false;
	(*s)++;
	if (!take_number(s, 2, &hours) || !take_char(s, ':') || !take_number(s, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*ret_offset_s = sign * (int64_t)(hours * 3600 + minutes * 60);
	return true;
}

bool instant_parse(const char *text, int64_t *ret_unix_us, struct error *error)
{
	unsigned year, month, day, hour, minute, second;
	int64_t fraction_us, offset_s;
	const char *s = text;
	bool read = take_number(&s, 4, &year) && take_char(&s, '-') && take_number(&s, 2, &month) && take_char(&s, '-') &&
	            take_number(&s, 2, &day) && (take_char(&s, 'T') || take_char(&s, 't')) && take_number(&s, 2, &hour) &&
	            take_char(&s, ':') && take_number(&s, 2, &minute) && take_char(&s, ':') && take_number(&s, 2, &second) &&
	            take_fraction(&s, &fraction_us) && take_offset(&s, &offset_s) && !*s;
	if (!read)
		return error_set(error, ERROR_BAD_INPUT,
		                 "'%.60s' is not a time such as 2026-01-05T00:00:00Z or 2026-01-05T00:00:00+01:00", text);
	if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 || minute > 59 || second > 59)
		return error_set(error, ERROR_BAD_INPUT, "'%.60s': there is no such date or time of day", text);
	int64_t of_day_s = hour * 3600 + minute * 60 + second;
	*ret_unix_us = (days_from_civil(year, month, day) * 86400 + of_day_s - offset_s) * US_PER_S + fraction_us;
	return true;
}

char *instant_format(int64_t unix_us, char out[40])
{
	int64_t year, days = unix_us / US_PER_DAY, of_day_us = unix_us % US_PER_DAY;
	unsigned month, day;
	if (of_day_us < 0) {
		of_day_us += US_PER_DAY;
		days--;
	}
	civil_from_days(days, &year, &month, &day);
	int of_day_s = (int)(of_day_us / US_PER_S), us = (int)(of_day_us % US_PER_S);
	int length = snprintf(out, 40, "%04lld-%02u-%02uT%02d:%02d:%02d", (long long)year, month, day, of_day_s / 3600,
	                      of_day_s / 60 % 60, of_day_s % 60);
	snprintf(out + length, 40 - (size_t)length, us ? ".%06dZ" : "Z", us);
	return out;
}

struct duration_unit {
	const char *name;
	int64_t ns;
};

/* Longer names first where one begins with another. */
static const struct duration_unit units[] = {
    {"ns", 1},
    {"us", NS_PER_US},
    {"\xC2\xB5s", NS_PER_US}, /* micro sign */
    {"\xCE\xBCs", NS_PER_US}, /* Greek mu */
    {"ms", US_PER_MS *NS_PER_US},
    {"s", US_PER_S *NS_PER_US},
    {"m", 60 * US_PER_S *NS_PER_US},
    {"h", US_PER_HOUR *NS_PER_US},
    {"d", US_PER_DAY *NS_PER_US},
};

static const struct duration_unit *take_unit(const char **s)
{
	for (size_t i = 0; i < ARRAY_COUNT(units); i++) {
		size_t length = strlen(units[i].name);
		if (strncmp(*s, units[i].name, length) == 0) {
			*s += length;
			return &units[i];
		}
	}
	return NULL;
}

/* One "1.5h". The bounds keep the sum of a text's parts far inside 128 bits. */
static bool take_part(const char **s, int128 *sum_ns)
{
	int64_t whole = 0, fraction = 0, fraction_unit = 1;
	bool any = is_digit(**s);
	for (; is_digit(**s); (*s)++)
		if (__builtin_mul_overflow(whole, 10, &whole) || __builtin_add_overflow(whole, **s - '0', &whole))
			return false;
	if (take_char(s, '.')) {
		any |= is_digit(**s);
		for (; is_digit(**s); (*s)++)
			if (fraction_unit < INT64_C(1000000000000000)) {
				fraction = fraction * 10 + (**s - '0');
				fraction_unit *= 10;
			}
	}
	const struct duration_unit *unit = any ? take_unit(s) : NULL;
	if (!unit)
		return false;
	*sum_ns += (int128)whole * unit->ns + (int128)fraction * unit->ns / fraction_unit;
	return *sum_ns <= (int128)INT64_MAX * NS_PER_US;
}

bool duration_parse(const char *text, int64_t *ret_us, struct error *error)
{
	const char *s = text;
	int128 sum_ns = 0;
	bool negative = take_char(&s, '-');
	if (strcmp(s, "0") == 0)
		s++;
	else if (!*s)
		s = NULL;
	while (s && *s)
		if (!take_part(&s, &sum_ns))
			s = NULL;
	if (!s)
		return error_set(error, ERROR_BAD_INPUT, "'%.60s' is not a duration such as 90m, 1h30m, 28d or 250ms", text);
	int64_t us = (int64_t)((sum_ns + NS_PER_US / 2) / NS_PER_US);
	*ret_us = negative ? -us : us;
	return true;
}

/* Tenths below 10 of a unit, whole numbers above; halves round up. */
static char *format_units(int64_t us, int64_t unit_us, const char *unit, char out[32])
{
	int64_t tenths = us / unit_us * 10 + (us % unit_us * 10 + unit_us / 2) / unit_us;
	if (tenths < 100 && tenths % 10)
		snprintf(out, 32, "%lld.%lld%s", (long long)(tenths / 10), (long long)(tenths % 10), unit);
	else
		snprintf(out, 32, "%lld%s", (long long)((us + unit_us / 2) / unit_us), unit);
	return out;
}

char *duration_format(int64_t us, char out[32])
{
	/* A unit is used up to where rounding would reach the next one; hours up to two days. */
	if (us < 0)
		return strcpy(out, "-");
	if (us == 0)
		return strcpy(out, "0");
	if (us < US_PER_MS)
		return format_units(us, 1, "us", out);
	if (us < US_PER_S - US_PER_MS / 2)
		return format_units(us, US_PER_MS, "ms", out);
	if (us < 60 * US_PER_S - US_PER_S / 2)
		return format_units(us, US_PER_S, "s", out);
	if (us < US_PER_HOUR - 30 * US_PER_S)
		return format_units(us, 60 * US_PER_S, "m", out);
	if (us < 48 * US_PER_HOUR - US_PER_HOUR / 2)
		return format_units(us, US_PER_HOUR, "h", out);
	return format_units(us < INT64_MAX - US_PER_DAY ? us : INT64_MAX - US_PER_DAY, US_PER_DAY, "d", out);
}
