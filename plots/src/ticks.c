/* ticks.c - see ticks.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "ticks.h"

#define SECOND 1e6
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* Steps of durations from a second to a month; shorter ones are 1-2-5 in us, longer ones 1-2-5 in days. */
static const double CLOCK_STEPS[] = {
    SECOND,     2 * SECOND,  5 * SECOND,  10 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE,   2 * MINUTE,
    5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR,        2 * HOUR,    3 * HOUR, 6 * HOUR,
    12 * HOUR,  DAY,         2 * DAY,     5 * DAY,     7 * DAY,     14 * DAY,    28 * DAY,
};

/* Marks of a log axis of durations, from the finest choice to the coarsest; 0 ends a row. Before and after the rows come
 * powers of ten in us and in days. */
static const double CLOCK_MARKS[][20] = {
    {SECOND, 2 * SECOND, 5 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE,  2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE,
     HOUR,   2 * HOUR,   4 * HOUR,   8 * HOUR,    DAY,         2 * DAY, 4 * DAY,    7 * DAY,    14 * DAY,    30 * DAY},
    {SECOND, 5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 8 * HOUR, DAY, 3 * DAY, 7 * DAY,
     14 * DAY, 30 * DAY},
    {SECOND, 10 * SECOND, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY},
    {SECOND, MINUTE, HOUR, DAY, 30 * DAY},
    {SECOND, HOUR, 30 * DAY},
};

static bool is_duration(enum plot_unit unit)
{
	return unit == UNIT_DURATION_US || unit == UNIT_SECONDS;
}

/* The smallest of 1, 2, 5 times a power of ten that is not below `least`. */
static double decimal_step(double least)
{
	double power = pow(10, floor(log10(least)));
	static const double mantissas[] = {1, 2, 5, 10};
	for (unsigned i = 0; i < ARRAY_COUNT(mantissas); i++)
		if (mantissas[i] * power >= least * (1 - 1e-9))
			return mantissas[i] * power;
	return 10 * power;
}

static double clock_step(double least)
{
	if (least < SECOND / 2)
		return decimal_step(fmax(least, 1));
	for (unsigned i = 0; i < ARRAY_COUNT(CLOCK_STEPS); i++)
		if (CLOCK_STEPS[i] >= least * (1 - 1e-9))
			return CLOCK_STEPS[i];
	return DAY * decimal_step(least / DAY);
}

static double step_at_least(enum plot_unit unit, double least)
{
	if (is_duration(unit))
		return clock_step(least);
	if (unit == UNIT_GPUS || unit == UNIT_JOBS)
		least = fmax(least, 1);
	return decimal_step(least);
}

/* Multiples of `step` in [min, max], with room for rounding; or, `outwards`, those that enclose it. */
static void multiples(double min, double max, double step, bool outwards, double *first, double *last)
{
	*first = outwards ? floor(min / step + 1e-9) : ceil(min / step - 1e-9);
	*last = outwards ? ceil(max / step - 1e-9) : floor(max / step + 1e-9);
}

static double linear_step(enum plot_unit unit, double min, double max, uint32_t max_count, bool outwards)
{
	double least = (max - min) / max_count, first, last;
	for (;;) {
		double step = step_at_least(unit, least);
		multiples(min, max, step, outwards, &first, &last);
		if (last - first + 1 <= max_count)
			return step;
		least = step * 1.01;
	}
}

static void make_linear(const struct tick_domain *domain, uint32_t max_count, struct ticks *ret)
{
	double factor = format_factor(domain->unit), min = domain->min * factor, max = domain->max * factor;
	double step = linear_step(domain->unit, min, max, max_count, false), first, last;
	multiples(min, max, step, false, &first, &last);
	ret->count = last >= first ? (uint32_t)(last - first) + 1 : 0;
	for (uint32_t i = 0; i < ret->count; i++) {
		double shown = (first + i) * step;
		ret->tick[i] = (struct tick){.value = shown / factor};
		format_tick(domain->unit, shown, step, fmax(fabs(min), fabs(max)), ret->tick[i].label, sizeof ret->tick[i].label);
	}
}

/* Marks of a log axis: the first TICKS_MAX of `count`. */
struct marks {
	double value[TICKS_MAX];
	uint32_t count;
};

static void add_mark(struct marks *marks, double value)
{
	if (marks->count < TICKS_MAX)
		marks->value[marks->count] = value;
	marks->count++;
}

/* 1-2-5 of every decade (level 0), 1-3, 1, then every 2nd, 3rd ... power of ten. */
static void decade_marks(double min, double max, unsigned level, struct marks *marks)
{
	static const double within[][3] = {{1, 2, 5}, {1, 3, 0}, {1, 0, 0}};
	int every = level < 2 ? 1 : (int)level - 1;
	int from = (int)floor(log10(min) + 1e-9), to = (int)ceil(log10(max) - 1e-9);
	for (int exponent = from; exponent <= to; exponent++) {
		if (((exponent % every) + every) % every != 0)
			continue;
		for (unsigned i = 0; i < 3; i++) {
			double value = within[MIN(level, 2)][i] * pow(10, exponent);
			if (value >= min * (1 - 1e-9) && value <= max * (1 + 1e-9))
				add_mark(marks, value);
		}
	}
}

static void clock_marks(double min, double max, unsigned level, struct marks *marks)
{
	const double *row = CLOCK_MARKS[MIN(level, ARRAY_COUNT(CLOCK_MARKS) - 1)];
	double last = 0;
	decade_marks(fmax(min, 1), fmin(max, SECOND / 2), level + 1, marks);
	for (unsigned i = 0; i < ARRAY_COUNT(CLOCK_MARKS[0]) && row[i] > 0; i++) {
		last = row[i];
		if (last >= min * (1 - 1e-9) && last <= max * (1 + 1e-9))
			add_mark(marks, last);
	}
	struct marks days = {0};
	decade_marks(fmax(min, 3 * last) / DAY, max / DAY, level + 1, &days);
	for (uint32_t i = 0; i < MIN(days.count, (uint32_t)TICKS_MAX); i++)
		add_mark(marks, days.value[i] * DAY);
}

static void log_marks(enum plot_unit unit, double min, double max, unsigned level, struct marks *marks)
{
	marks->count = 0;
	if (is_duration(unit))
		clock_marks(min, max, level, marks);
	else
		decade_marks(min, max, level, marks);
}

enum { LOG_LEVELS = 40 };

static void make_log(const struct tick_domain *domain, uint32_t max_count, struct ticks *ret)
{
	double factor = format_factor(domain->unit);
	struct marks marks = {0};
	for (unsigned level = 0; level < LOG_LEVELS; level++) {
		log_marks(domain->unit, domain->min * factor, domain->max * factor, level, &marks);
		if (marks.count <= max_count)
			break;
	}
	ret->count = MIN(marks.count, max_count);
	for (uint32_t i = 0; i < ret->count; i++) {
		double shown = marks.value[i];
		ret->tick[i] = (struct tick){.value = shown / factor};
		format_tick(domain->unit, shown, shown, shown, ret->tick[i].label, sizeof ret->tick[i].label);
	}
}

void ticks_make(const struct tick_domain *domain, uint32_t max_count, struct ticks *ret_ticks)
{
	max_count = MIN(MAX(max_count, 2u), (uint32_t)TICKS_MAX);
	ret_ticks->count = 0;
	if (domain->unit == UNIT_UTC_US)
		ticks_make_utc(domain, max_count, ret_ticks);
	else if (domain->log)
		make_log(domain, max_count, ret_ticks);
	else
		make_linear(domain, max_count, ret_ticks);
}

/* The marks next to the domain's ends, at the finest level. */
static void round_log(struct tick_domain *domain)
{
	double factor = format_factor(domain->unit), min = domain->min * factor, max = domain->max * factor;
	struct marks marks;
	log_marks(domain->unit, min / 11, min, 0, &marks);
	if (marks.count > 0)
		domain->min = marks.value[MIN(marks.count, (uint32_t)TICKS_MAX) - 1] / factor;
	log_marks(domain->unit, max, max * 11, 0, &marks);
	if (marks.count > 0)
		domain->max = marks.value[0] / factor;
}

/* Whether the finest step that ticks_make() would take reaches both ends. */
static bool ends_are_ticks(enum plot_unit unit, double min, double max, uint32_t max_count)
{
	double first, last, step = linear_step(unit, min, max, max_count, false), slack = 1e-6 * step;
	multiples(min, max, step, false, &first, &last);
	return fabs(first * step - min) <= slack && fabs(last * step - max) <= slack;
}

/* Steps 2 and 5 do not divide each other: a domain that ends at multiples of one may get ticks at multiples of the other.
 * Coarser steps are tried until the ends are ticks. */
static void round_linear(struct tick_domain *domain, uint32_t max_count)
{
	double factor = format_factor(domain->unit), min = domain->min * factor, max = domain->max * factor, first, last;
	double step = linear_step(domain->unit, min, max, max_count, true);
	for (;;) {
		multiples(min, max, step, true, &first, &last);
		if (ends_are_ticks(domain->unit, first * step, last * step, max_count))
			break;
		step = step_at_least(domain->unit, step * 1.01);
	}
	domain->min = first * step / factor;
	domain->max = last * step / factor;
}

void ticks_round_domain(struct tick_domain *domain, uint32_t max_count)
{
	if (domain->unit == UNIT_UTC_US)
		return;
	if (domain->log)
		round_log(domain);
	else
		round_linear(domain, MAX(max_count, 3u)); /* zero and one tick on each side of it */
}
