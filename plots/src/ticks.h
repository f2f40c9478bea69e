/* ticks.h - round values along an axis: 1-2-5 for numbers, clock steps for durations, calendar steps for dates.
 *
 * Values are in the axis' own unit (plots/report.h: micro-units of money, us or s of durations, ratios 0..1, us since
 * the epoch for UTC). Steps count in what people read (units of money, percent, microseconds, Gregorian dates). */
#ifndef BERTH_PLOTS_TICKS_H
#define BERTH_PLOTS_TICKS_H

#include "plots/report.h"

enum { TICKS_MAX = 16, TICK_LABEL = 24 };

struct tick {
	double value;
	char label[TICK_LABEL];
	char context[TICK_LABEL]; /* dates: the day or year to which the label belongs */
};

struct ticks {
	struct tick tick[TICKS_MAX];
	uint32_t count;
};

/* What an axis shows. min < max, apart by more than 1e-9 of their size, which is 0 or within 1e-200..1e200; log: 0 < min. */
struct tick_domain {
	enum plot_unit unit;
	bool log;
	double min, max;
	int64_t epoch_unix_s;  /* UTC */
	const char *time_zone; /* of dates and clock; NULL or unknown: UTC */
};

/* The finest ticks within [min, max] that are at most `max_count` (2..TICKS_MAX); can be none when nothing round lies
 * between. Labels differ from each other. */
void ticks_make(const struct tick_domain *domain, uint32_t max_count, struct ticks *ret_ticks);
/* Widens the domain to round ends: linear, so that ticks_make() with the same count covers it from end to end; log, to the
 * next of the finest marks. UTC stays as it is. */
void ticks_round_domain(struct tick_domain *domain, uint32_t max_count);

/* In ticks_utc.c, for ticks_make(). */
void ticks_make_utc(const struct tick_domain *domain, uint32_t max_count, struct ticks *ret_ticks);

#endif
