/* format.h - numbers with their units as text, for ticks and for values beside marks. The decimal point does not depend on
 * the locale. */
#ifndef BERTH_PLOTS_FORMAT_H
#define BERTH_PLOTS_FORMAT_H

#include "plots/report.h"

enum { FORMAT_BYTES = 32 };

/* Values of a unit times this are what people read: money in whole units, percent, durations in us. */
double format_factor(enum plot_unit unit);

/* A tick at `shown` (already times format_factor) on an axis with the given step up to `largest` in size: all ticks of an
 * axis get the same suffix and decimals. */
void format_tick(enum plot_unit unit, double shown, double step, double largest, char *out, size_t size);
/* "9m", "1h30m", "4d", "250ms", "20us": exact to the second largest unit. */
void format_duration_tick(double us, char *out, size_t size);
/* What stands in place of a value that is NAN. */
#define FORMAT_MISSING "not in this input"

/* A value beside its mark, not NAN: "71.9%", "1,496", "44.4M", "3.2h". */
char *format_value(enum plot_unit unit, double value, char out[FORMAT_BYTES]);
/* The same in a column of values up to `largest` in size: numbers share suffix and decimals, unless too small for them. */
char *format_value_among(enum plot_unit unit, double value, double largest, char out[FORMAT_BYTES]);
/* A whole number of what people read, in full: "13,167,680". */
char *format_whole(int64_t shown, char out[FORMAT_BYTES]);
/* "GPUs", "jobs", the currency, "UTC"; NULL where labels carry the unit themselves or there is none. */
const char *format_unit_name(enum plot_unit unit, const char *currency);

#endif
