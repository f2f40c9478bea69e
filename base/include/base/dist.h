/* dist.h - a distribution as the user wrote it, and its quantile function.
 *
 * A draw is dist_quantile(d, u) of one uniform u: one draw per value, so that common random numbers stay aligned, and
 * monotone in u. The normal quantile is Wichura's AS 241 (PPND16, relative error about 1e-16). Values carry the unit of
 * the field they stand in; durations are microseconds. */
#ifndef BERTH_BASE_DIST_H
#define BERTH_BASE_DIST_H

#include "base/base.h"

enum dist_kind {
	DIST_NONE,        /* not given */
	DIST_CONSTANT,    /* a = value */
	DIST_LOGNORMAL,   /* a = p50, b = p95; sigma = ln(b/a) / 1.6448536269514722 */
	DIST_EXPONENTIAL, /* a = mean */
	DIST_WEIBULL,     /* a = scale, b = shape */
	DIST_CHOICE,      /* points with weights; drawn in the order written */
	DIST_EMPIRICAL,   /* points are (probability, value), both ascending, from probability 0 to 1; linear between,
	                     or log-linear when `log_scale` */
};

struct dist_point {
	double value;
	double weight; /* CHOICE: > 0; EMPIRICAL: cumulative probability */
};

struct dist {
	enum dist_kind kind;
	bool log_scale;
	double a, b;
	double min, max; /* draws are clamped into [min, max]; max 0 = no upper bound */
	const struct dist_point *points;
	uint32_t n_points;
};

/* u in (0, 1). `dist->kind` is not DIST_NONE. */
double dist_quantile(const struct dist *dist, double u);
/* Exact where a closed form exists; EMPIRICAL by integrating its pieces. Ignores min and max. */
double dist_mean(const struct dist *dist);
double normal_quantile(double u);

static inline struct dist dist_constant(double value)
{
	return (struct dist){.kind = DIST_CONSTANT, .a = value};
}

#endif
