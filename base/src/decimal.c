/* decimal.c - see base/decimal.h. */
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"

/* digits x 10^-places */
struct factor {
	uint64_t digits;
	int places;
};

/* The point is passed over, and strtod() reads what snprintf() wrote: so no locale shows. */
static struct factor shortest(double value)
{
	enum { ENOUGH = 17 }; /* digits tell every double apart */
	char text[40], *at = text;
	int precision = 0;
	do
		snprintf(text, sizeof text, "%.*e", precision, value);
	while (strtod(text, NULL) != value && ++precision < ENOUGH);
	struct factor factor = {0, precision};
	for (; *at != 'e'; at++)
		if (*at >= '0' && *at <= '9')
			factor.digits = factor.digits * 10 + (uint64_t)(*at - '0');
	factor.places -= (int)strtol(at + 1, NULL, 10);
	return factor;
}

/* Three limbs, the lowest first. */
static void divide(uint64_t limbs[3], uint64_t by)
{
	uint128 rest = 0;
	for (int i = 2; i >= 0; i--) {
		rest = rest << 64 | limbs[i];
		limbs[i] = (uint64_t)(rest / by);
		rest %= by;
	}
}

int128 decimal_scaled(int128 nano, double factor)
{
	struct factor by = shortest(factor);
	uint128 low = (uint128)(uint64_t)nano * by.digits, high = (uint128)(nano >> 64) * by.digits + (low >> 64);
	uint64_t limbs[3] = {(uint64_t)low, (uint64_t)high, (uint64_t)(high >> 64)};
	for (int places = by.places; places > 0; places--)
		divide(limbs, 10);
	return (int128)((uint128)limbs[1] << 64 | limbs[0]);
}

double decimal_value(int128 nano)
{
	return (double)nano * 1e-9;
}
