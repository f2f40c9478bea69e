/* money.c - see money.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/money.h"

#define MICRO INT64_C(1000000)

bool money_parse(const char *text, int64_t *ret_micro, struct error *error)
{
	int64_t micro = 0, unit = MICRO;
	const char *s = text;
	bool any = false, fits = true;
	for (; *s >= '0' && *s <= '9'; s++, any = true)
		fits =
		    fits && !__builtin_mul_overflow(micro, 10, &micro) && !__builtin_add_overflow(micro, (*s - '0') * MICRO, &micro);
	if (any && *s == '.') {
		s++;
		any = *s >= '0' && *s <= '9';
		for (; *s >= '0' && *s <= '9' && unit > 1; s++) {
			unit /= 10;
			fits = fits && !__builtin_add_overflow(micro, (*s - '0') * unit, &micro);
		}
	}
	if (!any || *s)
		return error_set(error, ERROR_BAD_INPUT,
		                 "'%.60s' is not an amount such as 2.10: digits, at most 6 of them behind a point", text);
	if (!fits)
		return error_set(error, ERROR_BAD_INPUT, "'%.60s' is larger than any amount that can be counted", text);
	*ret_micro = micro;
	return true;
}

int64_t charge_micro(charge sum)
{
	int128 half = US_PER_HOUR / 2;
	int128 micro = (sum + (sum < 0 ? -half : half)) / US_PER_HOUR;
	return micro > INT64_MAX ? INT64_MAX : micro < INT64_MIN ? INT64_MIN : (int64_t)micro;
}

struct remainder {
	int64_t rest; /* 0 .. US_PER_HOUR - 1 */
	uint32_t part;
};

/* Largest first, then by index. */
static int compare_remainders(const void *a, const void *b)
{
	const struct remainder *x = a, *y = b;
	if (x->rest != y->rest)
		return x->rest > y->rest ? -1 : 1;
	return (x->part > y->part) - (x->part < y->part);
}

void charge_split(const charge *parts, uint32_t count, int64_t *ret_micro)
{
	struct remainder *remainders = xcalloc(count, sizeof *remainders);
	charge sum = 0;
	int64_t given = 0;
	for (uint32_t i = 0; i < count; i++) {
		int64_t rest = (int64_t)(parts[i] % US_PER_HOUR);
		rest += rest < 0 ? US_PER_HOUR : 0;
		remainders[i] = (struct remainder){rest, i};
		ret_micro[i] = (int64_t)((parts[i] - rest) / US_PER_HOUR);
		given += ret_micro[i];
		sum += parts[i];
	}
	qsort(remainders, count, sizeof *remainders, compare_remainders);
	int64_t left = charge_micro(sum) - given; /* 0 .. the number of parts with a remainder */
	for (int64_t i = 0; i < left; i++)
		ret_micro[remainders[i].part]++;
	free(remainders);
}

/* `whole` with commas between groups of three digits. */
static int put_grouped(char *out, size_t room, uint64_t whole)
{
	if (whole < 1000)
		return snprintf(out, room, "%u", (unsigned)whole);
	int length = put_grouped(out, room, whole / 1000);
	return length + snprintf(out + length, room - (size_t)length, ",%03u", (unsigned)(whole % 1000));
}

char *money_format(int64_t micro, char out[32])
{
	static const char *const suffixes[] = {"k", "M", "B", "T"};
	uint64_t amount = micro < 0 ? -(uint64_t)micro : (uint64_t)micro;
	uint64_t cents = (amount + 5000) / 10000;
	char *at = out;
	if (micro < 0 && cents)
		*at++ = '-';
	size_t room = 32 - (size_t)(at - out);
	if (cents < UINT64_C(10000000)) {
		int length = put_grouped(at, room, cents / 100);
		snprintf(at + length, room - (size_t)length, ".%02u", (unsigned)(cents % 100));
		return out;
	}
	/* One decimal of the largest suffix that leaves at least 1.0 after rounding. */
	uint64_t tenth = MICRO * 100;
	uint32_t suffix = 0;
	while (suffix + 1 < ARRAY_COUNT(suffixes) && (amount + tenth / 2) / tenth >= 10000) {
		tenth *= 1000;
		suffix++;
	}
	uint64_t tenths = (amount + tenth / 2) / tenth;
	int length = put_grouped(at, room, tenths / 10);
	snprintf(at + length, room - (size_t)length, ".%u%s", (unsigned)(tenths % 10), suffixes[suffix]);
	return out;
}
