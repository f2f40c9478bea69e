/* shares.h - parts of a whole as integers that sum to it. */
#ifndef BERTH_PLOTS_SHARES_H
#define BERTH_PLOTS_SHARES_H

#include "base/base.h"

/* Rounds parts (>= 0, not all 0) to integers that sum to `total`: largest remainders get the rest, ties by index. */
void shares_round(const double *parts, uint32_t count, int64_t total, int64_t *ret_shares);

#endif
