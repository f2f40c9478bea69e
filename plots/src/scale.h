/* scale.h - where a value stands on an axis. */
#ifndef BERTH_PLOTS_SCALE_H
#define BERTH_PLOTS_SCALE_H

#include <math.h>

#include "base/base.h"

/* Maps [min, max] to [from, to] (from > to for a y axis). A log scale has 0 < min < max. */
struct scale {
	double min, max;
	double from, to;
	bool log;
};

/* NAN stays NAN. Values that a log scale cannot show (<= 0) stand at `from`. */
static inline double scale_at(const struct scale *scale, double value)
{
	double share;
	if (!scale->log)
		share = (value - scale->min) / (scale->max - scale->min);
	else if (value <= 0)
		share = 0;
	else
		share = log(value / scale->min) / log(scale->max / scale->min);
	return scale->from + share * (scale->to - scale->from);
}

#endif
