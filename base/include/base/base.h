/* base.h - the few macros and integer helpers that every room uses.
 *
 * Units everywhere: time is int64 microseconds (`_us`) since the scenario's epoch, a whole UTC second; money is int64
 * micro-units of one currency; quantities are Kueue's integers (milli-cores for cpu, base units for all else). */
#ifndef BERTH_BASE_BASE_H
#define BERTH_BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NODISCARD __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_at, args_at) __attribute__((format(printf, format_at, args_at)))
#define NORETURN __attribute__((noreturn))

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))
/* Each argument is evaluated once; calls may nest. */
#define MIN(a, b) BASE_PICK(a, b, <, __COUNTER__)
#define MAX(a, b) BASE_PICK(a, b, >, __COUNTER__)
#define BASE_PICK(a, b, relation, id) BASE_PICK_NAMED(a, b, relation, id)
#define BASE_PICK_NAMED(a, b, relation, id)                                                                                 \
	__extension__({                                                                                                         \
		__typeof__((a) + (b)) pick_a_##id = (a);                                                                            \
		__typeof__((a) + (b)) pick_b_##id = (b);                                                                            \
		pick_a_##id relation pick_b_##id ? pick_a_##id : pick_b_##id;                                                       \
	})

/* An index that names nothing. */
#define NONE UINT32_MAX

#define US_PER_S INT64_C(1000000)
#define US_PER_MS INT64_C(1000)
#define US_PER_HOUR (INT64_C(3600) * US_PER_S)
#define US_PER_DAY (INT64_C(86400) * US_PER_S)
/* "Never", for due times and deadlines. */
#define NEVER_US INT64_MAX

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

/* Saturating arithmetic on quantities: the result stays within [INT64_MIN, INT64_MAX]. */
static inline int64_t sat_add(int64_t a, int64_t b)
{
	int64_t sum;
	if (!__builtin_add_overflow(a, b, &sum))
		return sum;
	return b > 0 ? INT64_MAX : INT64_MIN;
}

static inline int64_t sat_sub(int64_t a, int64_t b)
{
	int64_t difference;
	if (!__builtin_sub_overflow(a, b, &difference))
		return difference;
	return b < 0 ? INT64_MAX : INT64_MIN;
}

static inline int64_t sat_mul(int64_t a, int64_t b)
{
	int64_t product;
	if (!__builtin_mul_overflow(a, b, &product))
		return product;
	return (a < 0) == (b < 0) ? INT64_MAX : INT64_MIN;
}

/* Allocation that cannot fail: running out of memory aborts. Sizes are products of counts that were bounded when they
 * were read, so an absurd request is a bug. `xrealloc_array` checks the product for overflow. */
NODISCARD void *xcalloc(size_t count, size_t size);
NODISCARD void *xrealloc_array(void *old, size_t count, size_t size);

#endif
