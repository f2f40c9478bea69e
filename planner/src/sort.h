/* sort.h - stable merge sort of ids: qsort() may allocate and is not stable. Internal to the planner. */
#ifndef BERTH_PLANNER_SORT_H
#define BERTH_PLANNER_SORT_H

#include "base/base.h"

/* `scratch` has room for `count` ids. */
void sort_ids(uint32_t *ids, uint32_t *scratch, uint32_t count, bool (*before)(const void *context, uint32_t a, uint32_t b),
              const void *context);

#endif
