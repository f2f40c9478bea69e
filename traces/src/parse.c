/* parse.c - see parse.h. */
#include <math.h>
#include <string.h>

#include "parse.h"

#include <glib.h> /* after base.h: it takes over MIN and MAX without a word */

/* Exponents are rare and go through a double; everything else is exact. */
static bool parse_exponent(const char *text, int64_t *ret_us)
{
	char *end;
	double seconds = g_ascii_strtod(text, &end);
	if (*end || !(fabs(seconds) <= (double)TRACE_MAX_UNIX_S))
		return false;
	*ret_us = llround(seconds * (double)US_PER_S);
	return true;
}

static const char *parse_digits(const char *text, int64_t *ret)
{
	int64_t value = 0;
	for (; *text >= '0' && *text <= '9'; text++)
		value = MIN(value * 10 + (*text - '0'), TRACE_MAX_UNIX_S + 1);
	*ret = value;
	return text;
}

/* The digits after the point, to microseconds: the seventh digit rounds. */
static const char *parse_fraction(const char *text, int64_t *ret_us)
{
	int64_t value = 0, unit = US_PER_S / 10; /* of the digit at hand, in us; 0: below 1 us */
	bool rounded = false;
	for (; *text >= '0' && *text <= '9'; text++, unit /= 10) {
		value += (*text - '0') * unit;
		if (unit == 0 && !rounded && *text >= '5')
			value++;
		rounded = unit == 0;
	}
	*ret_us = value;
	return text;
}

bool parse_seconds(const char *text, int64_t *ret_us)
{
	bool negative = *text == '-';
	int64_t whole, fraction = 0;
	const char *start = text + negative, *at = parse_digits(start, &whole);
	if (at == start)
		return false;
	if (*at == '.') {
		start = at + 1;
		at = parse_fraction(start, &fraction);
		if (at == start)
			return false;
	}
	if (*at == 'e' || *at == 'E')
		return parse_exponent(text, ret_us);
	if (*at || whole > TRACE_MAX_UNIX_S)
		return false;
	*ret_us = (whole * US_PER_S + fraction) * (negative ? -1 : 1);
	return true;
}

bool parse_whole(const char *text, int64_t *ret)
{
	int64_t us;
	if (!parse_seconds(text, &us) || us % US_PER_S)
		return false;
	*ret = us / US_PER_S;
	return true;
}
