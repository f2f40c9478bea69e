/* ticks_utc.c - calendar ticks: clock times, days, Mondays, months and years of the Gregorian calendar, in a time zone.
 *
 * All is counted on the local clock, as if it were UTC; ticks then go where that clock shows them. */
#include "ticks.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>

#include "base/instant.h"

/* What the label says; the context says the rest: 06:00 | Mon 5 Jan 2026, Mon 5 | Jan 2026, 12 Jan | 2026, Jan | 2026. */
enum calendar { CLOCK_SECONDS, CLOCK_MINUTES, DAYS, MONTHS, YEARS };

struct calendar_step {
	enum calendar calendar;
	int64_t count; /* seconds, seconds, days, months, years */
};

enum { SECONDS_PER_DAY = 86400, FIRST_MONDAY = 4 /* 1970-01-05, in days */ };

/* GDateTime ends with the year 9999; labels before 1970 are not needed but work. */
static const int64_t EARLIEST_S = INT64_C(-62135596800), LATEST_S = INT64_C(253402300799);

static const struct calendar_step STEPS[] = {
    {CLOCK_SECONDS, 1},
    {CLOCK_SECONDS, 5},
    {CLOCK_SECONDS, 15},
    {CLOCK_SECONDS, 30},
    {CLOCK_MINUTES, 60},
    {CLOCK_MINUTES, 300},
    {CLOCK_MINUTES, 900},
    {CLOCK_MINUTES, 1800},
    {CLOCK_MINUTES, 3600},
    {CLOCK_MINUTES, 7200},
    {CLOCK_MINUTES, 10800},
    {CLOCK_MINUTES, 21600},
    {CLOCK_MINUTES, 43200},
    {DAYS, 1},
    {DAYS, 2},
    {DAYS, 7},
    {DAYS, 14},
    {MONTHS, 1},
    {MONTHS, 2},
    {MONTHS, 3},
    {MONTHS, 6},
    {YEARS, 1},
    {YEARS, 2},
    {YEARS, 5},
    {YEARS, 10},
    {YEARS, 20},
    {YEARS, 50},
    {YEARS, 100},
    {YEARS, 500},
    {YEARS, 1000},
};

static const char *const MONTH_NAMES[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const DAY_NAMES[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

struct civil {
	int year, month, day, weekday, seconds;
};

static struct civil civil_of(int64_t unix_s)
{
	GDateTime *at = g_date_time_new_from_unix_utc(unix_s);
	struct civil civil = {.seconds = (int)(((unix_s % SECONDS_PER_DAY) + SECONDS_PER_DAY) % SECONDS_PER_DAY),
	                      .weekday = g_date_time_get_day_of_week(at)};
	g_date_time_get_ymd(at, &civil.year, &civil.month, &civil.day);
	g_date_time_unref(at);
	return civil;
}

/* The local clock at a moment, and the moment at which it shows a time: the first one when it does so twice, the change
 * of clocks when it never does. `zone` NULL: UTC. */
static int64_t local_of(GTimeZone *zone, int64_t unix_s)
{
	return zone ? unix_s + g_time_zone_get_offset(zone, g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, unix_s))
	            : unix_s;
}

static int64_t unix_of(GTimeZone *zone, int64_t local_s)
{
	gint64 at = local_s;
	if (!zone)
		return local_s;
	int interval = g_time_zone_adjust_time(zone, G_TIME_TYPE_DAYLIGHT, &at);
	return at - g_time_zone_get_offset(zone, interval);
}

static int64_t ceil_to(int64_t value, int64_t step, int64_t offset)
{
	int64_t past = (value - offset) % step;
	if (past < 0)
		past += step;
	return past ? value + step - past : value;
}

/* Months since year 0 as a unix time. */
static int64_t month_start(int64_t months)
{
	return days_from_civil(months / 12, (unsigned)(months % 12) + 1, 1) * SECONDS_PER_DAY;
}

/* The step's ticks are counted in seconds, days or months; `unix_s` is of the tick with number `index`. */
static int64_t tick_time(const struct calendar_step *step, int64_t index)
{
	switch (step->calendar) {
	case CLOCK_SECONDS:
	case CLOCK_MINUTES:
		return index;
	case DAYS:
		return index * SECONDS_PER_DAY;
	case MONTHS:
	case YEARS:
		return month_start(index);
	}
	return index;
}

static int64_t stride(const struct calendar_step *step)
{
	return step->calendar == YEARS ? step->count * 12 : step->count;
}

static int64_t first_index(const struct calendar_step *step, int64_t from_s)
{
	if (step->calendar == CLOCK_SECONDS || step->calendar == CLOCK_MINUTES)
		return ceil_to(from_s, step->count, 0);
	if (step->calendar == DAYS)
		return ceil_to(ceil_to(from_s, SECONDS_PER_DAY, 0) / SECONDS_PER_DAY, step->count,
		               step->count % 7 ? 0 : FIRST_MONDAY);
	struct civil civil = civil_of(from_s);
	int64_t month = (int64_t)civil.year * 12 + civil.month - 1;
	return ceil_to(month_start(month) < from_s ? month + 1 : month, stride(step), 0);
}

static void label_tick(const struct calendar_step *step, int64_t unix_s, struct tick *tick)
{
	struct civil at = civil_of(unix_s);
	int hour = at.seconds / 3600, minute = at.seconds / 60 % 60, second = at.seconds % 60;
	char *label = tick->label, *context = tick->context;
	switch (step->calendar) {
	case CLOCK_SECONDS:
		snprintf(label, TICK_LABEL, "%02d:%02d:%02d", hour, minute, second);
		break;
	case CLOCK_MINUTES:
		snprintf(label, TICK_LABEL, "%02d:%02d", hour, minute);
		break;
	case DAYS:
		if (step->count == 1)
			snprintf(label, TICK_LABEL, "%s %d", DAY_NAMES[at.weekday - 1], at.day);
		else
			snprintf(label, TICK_LABEL, "%d %s", at.day, MONTH_NAMES[at.month - 1]);
		break;
	case MONTHS:
		snprintf(label, TICK_LABEL, "%s", MONTH_NAMES[at.month - 1]);
		break;
	case YEARS:
		snprintf(label, TICK_LABEL, "%d", at.year);
		return;
	}
	if (step->calendar == DAYS && step->count == 1)
		snprintf(context, TICK_LABEL, "%s %d", MONTH_NAMES[at.month - 1], at.year);
	else if (step->calendar == DAYS || step->calendar == MONTHS)
		snprintf(context, TICK_LABEL, "%d", at.year);
	else
		snprintf(context, TICK_LABEL, "%s %d %s %d", DAY_NAMES[at.weekday - 1], at.day, MONTH_NAMES[at.month - 1], at.year);
}

/* A moment from .. to, in a time zone. */
struct period {
	GTimeZone *zone;
	int64_t from_s, to_s;
};

/* False when there would be more than `max_count`. */
static bool fill(const struct calendar_step *step, const struct tick_domain *domain, const struct period *period,
                 uint32_t max_count, struct ticks *ret)
{
	int64_t before_s = period->from_s - 1, to_s = period->to_s;
	ret->count = 0;
	for (int64_t index = first_index(step, local_of(period->zone, period->from_s));; index += stride(step)) {
		int64_t local_s = tick_time(step, index), unix_s = unix_of(period->zone, local_s);
		if (unix_s > to_s)
			return true;
		if (unix_s <= before_s) /* the change of clocks once more */
			continue;
		if (ret->count == max_count)
			return false;
		struct tick *tick = &ret->tick[ret->count++];
		*tick = (struct tick){.value = (double)(unix_s - domain->epoch_unix_s) * 1e6};
		label_tick(step, local_s, tick);
		before_s = unix_s;
	}
}

void ticks_make_utc(const struct tick_domain *domain, uint32_t max_count, struct ticks *ret_ticks)
{
	double slack = 1e-6 * (domain->max - domain->min);
	double from = ceil((domain->min - slack) / 1e6) + (double)domain->epoch_unix_s;
	double to = floor((domain->max + slack) / 1e6) + (double)domain->epoch_unix_s;
	if (from < (double)EARLIEST_S || to > (double)LATEST_S - 400.0 * SECONDS_PER_DAY)
		return; /* outside of the calendar: no labels rather than wrong ones */
	struct period period = {domain->time_zone ? g_time_zone_new_identifier(domain->time_zone) : NULL, (int64_t)from,
	                        (int64_t)to};
	for (size_t i = 0; i < ARRAY_COUNT(STEPS); i++)
		if (fill(&STEPS[i], domain, &period, max_count, ret_ticks))
			break;
	if (period.zone)
		g_time_zone_unref(period.zone);
}
