/* sort.c - see sort.h. */
#include <string.h>

#include "sort.h"

typedef bool before_function(const void *context, uint32_t a, uint32_t b);

static void insertion_sort(uint32_t *ids, uint32_t count, before_function *before, const void *context)
{
	for (uint32_t i = 1; i < count; i++) {
		uint32_t id = ids[i], at = i;
		for (; at > 0 && before(context, id, ids[at - 1]); at--)
			ids[at] = ids[at - 1];
		ids[at] = id;
	}
}

static void merge(uint32_t *ids, uint32_t *scratch, uint32_t middle, uint32_t count, before_function *before,
                  const void *context)
{
	if (!before(context, ids[middle], ids[middle - 1]))
		return;
	memcpy(scratch, ids, middle * sizeof *ids);
	uint32_t left = 0, right = middle, at = 0;
	while (left < middle && right < count)
		ids[at++] = before(context, ids[right], scratch[left]) ? ids[right++] : scratch[left++];
	memcpy(&ids[at], &scratch[left], (middle - left) * sizeof *ids);
}

void sort_ids(uint32_t *ids, uint32_t *scratch, uint32_t count, before_function *before, const void *context)
{
	enum { RUN = 12 };
	for (uint32_t start = 0; start < count; start += RUN)
		insertion_sort(ids + start, MIN(RUN, count - start), before, context);
	for (uint32_t width = RUN; width < count; width *= 2)
		for (uint32_t start = 0; start + width < count; start += 2 * width)
			merge(ids + start, scratch, width, MIN(2 * width, count - start), before, context);
}
