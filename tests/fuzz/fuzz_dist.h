/* fuzz_dist.h - what must hold for any distribution that was accepted. */
#ifndef BERTH_TESTS_FUZZ_DIST_H
#define BERTH_TESTS_FUZZ_DIST_H

#include <math.h>

#include "base/dist.h"
#include "fuzz.h"

static inline void fuzz_check_dist(const struct dist *dist)
{
	static const double points[] = {0x1p-60, 1e-9, 0.1, 0.5, 0.9, 1 - 1e-9, 1 - 0x1p-53};
	double before = -INFINITY;
	for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
		double value = dist_quantile(dist, points[i]);
		fuzz_require(!isnan(value) && value >= dist->min && (dist->max <= 0 || value <= dist->max));
		fuzz_require(dist->kind == DIST_CHOICE || value >= before * (1 - 1e-9)); /* choices come as written */
		before = value;
	}
	fuzz_require(!isnan(dist_mean(dist)));
}

#endif
