/* quantity.c - see quantity.h.
 *
 * A quantity is  digits x 10^e x 2^b.  Twenty significant digits are kept (with a note of whether anything was cut off, so
 * that rounding up stays right), which is more than int64 holds; 128 bits take them times the largest suffix. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantity.h"

enum { DIGITS_KEPT = 20, EXPONENT_BOUND = 1000 };

struct parsed_quantity {
	bool negative;
	uint128 digits;
	int exponent; /* of ten */
	int bits;     /* of the binary suffix */
	bool cut;     /* non-zero digits were cut off */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *read_digits(const char *s, struct parsed_quantity *quantity)
{
	int kept = 0;
	bool any = false, behind_point = false;
	for (; is_digit(*s) || (*s == '.' && !behind_point); s++) {
		if (*s == '.') {
			behind_point = true;
			continue;
		}
		any = true;
		if (kept < DIGITS_KEPT) {
			quantity->digits = quantity->digits * 10 + (unsigned)(*s - '0');
			quantity->exponent -= behind_point;
			kept += quantity->digits > 0;
		} else {
			quantity->cut |= *s != '0';
			quantity->exponent += !behind_point;
		}
		if (quantity->exponent > EXPONENT_BOUND || quantity->exponent < -EXPONENT_BOUND)
			return NULL;
	}
	return any ? s : NULL;
}

/* e3, E-2, e+6. */
static bool read_exponent(const char *s, int *exponent)
{
	int sign = *s == '-' ? -1 : 1, value = 0;
	s += *s == '-' || *s == '+';
	if (!*s || strlen(s) > 18)
		return false;
	for (; is_digit(*s); s++)
		value = value > EXPONENT_BOUND ? value : value * 10 + (*s - '0');
	*exponent += sign * value;
	return !*s;
}

static bool read_suffix(const char *s, struct parsed_quantity *quantity)
{
	static const char decimal[] = "num kMGTPE"; /* 10^-9, 10^-6 ... 10^18 */
	static const char binary[] = "KMGTPE";      /* 2^10, 2^20 ... 2^60 */
	const char *at;
	if (!*s)
		return true;
	if (!s[1] && *s != ' ' && (at = strchr(decimal, *s))) {
		quantity->exponent += ((int)(at - decimal) - 3) * 3;
		return true;
	}
	if (s[1] == 'i' && !s[2] && (at = strchr(binary, *s))) {
		quantity->bits = ((int)(at - binary) + 1) * 10;
		return true;
	}
	return (*s == 'e' || *s == 'E') && read_exponent(s + 1, &quantity->exponent);
}

/* The absolute value in units of 10^-scale_digits, rounded up, but no more than `most` (at most INT64_MAX x 10^9). */
static uint128 round_up(const struct parsed_quantity *quantity, int scale_digits, uint128 most)
{
	/* 10^20 x 2^60 < 2^127 */
	uint128 value = quantity->digits << quantity->bits;
	int exponent = quantity->exponent + scale_digits;
	bool cut = quantity->cut;
	for (; exponent > 0 && value > 0 && value <= most; exponent--)
		value *= 10;
	for (; exponent < 0 && value > 0; exponent++) {
		cut |= value % 10 != 0;
		value /= 10;
	}
	if (value < most)
		value += cut;
	return MIN(value, most);
}

static bool parse(const char *text, struct parsed_quantity *ret_quantity, struct error *error)
{
	struct parsed_quantity quantity = {.negative = *text == '-'};
	const char *s = text + (*text == '-' || *text == '+');
	s = read_digits(s, &quantity);
	if (!s || !read_suffix(s, &quantity))
		return error_set(error, ERROR_BAD_INPUT, "'%.60s' is not a quantity such as 4, 500m, 1.5, 80Gi or 1e3", text);
	*ret_quantity = quantity;
	return true;
}

bool quantity_parse(const char *text, int64_t scale, int64_t *ret_value, struct error *error)
{
	struct parsed_quantity quantity;
	int digits = 0;
	for (; scale > 1; scale /= 10)
		digits++;
	if (!parse(text, &quantity, error))
		return false;
	int64_t value = (int64_t)round_up(&quantity, digits, INT64_MAX);
	*ret_value = quantity.negative ? -value : value;
	return true;
}

bool quantity_parse_nano(const char *text, int128 *ret_nano, struct error *error)
{
	struct parsed_quantity quantity;
	if (!parse(text, &quantity, error))
		return false;
	int128 value = (int128)round_up(&quantity, 9, (uint128)INT64_MAX * 1000000000);
	*ret_nano = quantity.negative ? -value : value;
	return true;
}

int64_t quantity_scale(const char *resource)
{
	return strcmp(resource, "cpu") == 0 ? 1000 : 1;
}

static bool counts_bytes(const char *resource)
{
	return strcmp(resource, "memory") == 0 || strcmp(resource, "ephemeral-storage") == 0 ||
	       strcmp(resource, "storage") == 0 || strncmp(resource, "hugepages-", 10) == 0;
}

char *quantity_format(const char *resource, int64_t value, char out[32])
{
	static const char *const suffixes[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
	int steps = 0;
	if (value == INT64_MAX) {
		strcpy(out, "unlimited");
	} else if (quantity_scale(resource) == 1000) {
		snprintf(out, 32, value % 1000 ? "%lldm" : "%lld", (long long)(value % 1000 ? value : value / 1000));
	} else {
		for (; counts_bytes(resource) && value && value % 1024 == 0 && steps < 6; steps++)
			value /= 1024;
		snprintf(out, 32, "%lld%s", (long long)value, suffixes[steps]);
	}
	return out;
}
