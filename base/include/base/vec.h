/* vec.h - a growable array of one type, with the element type visible.
 *
 *   struct { VEC_FIELDS(struct job); } jobs = {0};
 *   *VEC_PUSH(&jobs) = (struct job){...};        // a zeroed new element
 *   for (uint32_t i = 0; i < jobs.count; i++) use(&jobs.items[i]);
 *   VEC_FREE(&jobs);
 *
 * A push may move the items: hold indexes, not pointers. */
#ifndef BERTH_BASE_VEC_H
#define BERTH_BASE_VEC_H

#include <string.h>

#include "base/base.h"

#define VEC_FIELDS(type)                                                                                                    \
	type *items;                                                                                                            \
	uint32_t count, capacity

/* Makes room for `wanted` elements and zeroes the new part. For the macros below. */
void vec_reserve_bytes(void **items, uint32_t *capacity, uint32_t wanted, size_t size);

#define VEC_RESERVE(vec, wanted)                                                                                            \
	((wanted) > (vec)->capacity                                                                                             \
	     ? vec_reserve_bytes((void **)&(vec)->items, &(vec)->capacity, (wanted), sizeof *(vec)->items)                      \
	     : (void)0)
#define VEC_PUSH(vec)                                                                                                       \
	(VEC_RESERVE((vec), (vec)->count + 1), vec_zeroed(&(vec)->items[(vec)->count++], sizeof *(vec)->items),                 \
	 &(vec)->items[(vec)->count - 1])
#define VEC_CLEAR(vec) ((vec)->count = 0)
#define VEC_FREE(vec) (vec_free((void **)&(vec)->items), (vec)->count = (vec)->capacity = 0)

void vec_free(void **items);
/* Inline, so that a push costs the stores of its element and no call. */
static inline void vec_zeroed(void *item, size_t size)
{
	memset(item, 0, size);
}

#endif
