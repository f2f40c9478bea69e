/* page_demand.c - demand by queue against capacity and quota, over the whole run; and the largest queues one by one. A run
 * of many weeks is shown week by week. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/text.h"
#include "pages.h"

enum { MOST_STACKED = 8, MOST_SINGLE = 4 };
#define WEEK_US (7 * US_PER_DAY)
/* Longer runs show weeks: their buckets are more than the eye, or the paper, can tell apart. */
#define LONGEST_BY_BUCKET_US (8 * WEEK_US)

static struct plot_axes time_axes(const struct pages *pages, const char *title, const char *subtitle)
{
	return (struct plot_axes){.title = title,
	                          .subtitle = subtitle,
	                          .x_unit = UNIT_UTC_US,
	                          .y_unit = UNIT_GPUS,
	                          .epoch_unix_s = pages->epoch_unix_s,
	                          .time_zone = pages->time_zone,
	                          .empty_text = "no series in this run"};
}

static double mean_after_warmup(const struct pages *pages, const struct page_series *series, const double *values)
{
	double sum = 0;
	uint32_t n = 0;
	for (uint32_t i = 0; i < series->n_buckets; i++)
		if (series->start_us[i] >= (double)pages->warmup_us) {
			sum += values[i];
			n++;
		}
	return n ? sum / n : NAN;
}

static double share_above(const struct pages *pages, const struct page_series *series, const double *values,
                          const double *limits)
{
	uint32_t above = 0, n = 0;
	for (uint32_t i = 0; i < series->n_buckets; i++)
		if (series->start_us[i] >= (double)pages->warmup_us) {
			above += values[i] > limits[i];
			n++;
		}
	return n ? (double)above / n : NAN;
}

static const double *sum_from(struct pages *pages, const struct page_series *series, uint32_t first)
{
	double *sum = ARENA_ARRAY(pages->arena, double, series->n_buckets);
	for (uint32_t i = first; i < pages->n_queues; i++)
		for (uint32_t j = 0; j < series->n_buckets; j++)
			sum[j] += series->values[i][j];
	return sum;
}

static bool by_week(const struct pages *pages)
{
	return pages->bucket_us > 0 && pages->end_us > LONGEST_BY_BUCKET_US;
}

static int compare_doubles(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;
	return (left > right) - (left < right);
}

/* Of each week of the run, the last of which may be shorter, one value: the mean, or at `q` of its buckets in order. */
enum { WEEKLY_MEAN = -1 };
static const double *weekly(struct pages *pages, const struct page_series *series, const double *values, double q)
{
	uint32_t width = (uint32_t)(WEEK_US / pages->bucket_us), n_weeks = (series->n_buckets + width - 1) / width;
	double *weeks = ARENA_ARRAY(pages->arena, double, n_weeks + 1), *week = xcalloc(width, sizeof *week);
	for (uint32_t i = 0; i < n_weeks; i++) {
		uint32_t first = i * width, n = MIN(width, series->n_buckets - first);
		double sum = 0;
		memcpy(week, values + first, n * sizeof *week);
		for (uint32_t j = 0; j < n; j++)
			sum += week[j];
		qsort(week, n, sizeof *week, compare_doubles);
		weeks[i] = q == WEEKLY_MEAN ? sum / n : week[(uint32_t)(q * (n - 1))];
	}
	free(week);
	if (n_weeks > 0)
		weeks[n_weeks] = weeks[n_weeks - 1]; /* holds up to the end */
	return weeks;
}

static struct plot_series weekly_steps(struct pages *pages, const struct page_series *series, const char *label,
                                       const double *weeks)
{
	uint32_t width = (uint32_t)(WEEK_US / pages->bucket_us), n_weeks = (series->n_buckets + width - 1) / width;
	double *x = ARENA_ARRAY(pages->arena, double, n_weeks + 1);
	for (uint32_t i = 0; i < n_weeks; i++)
		x[i] = series->start_us[i * width];
	x[n_weeks] = (double)pages->end_us;
	return (struct plot_series){.label = label, .x = x, .y = weeks, .count = n_weeks ? n_weeks + 1 : 0, .step = true};
}

/* A quantity over the run: by bucket, or the median of each week. */
static struct plot_series line(struct pages *pages, const struct page_series *series, const char *label,
                               const double *values)
{
	if (by_week(pages))
		return weekly_steps(pages, series, label, weekly(pages, series, values, 0.5));
	return pages_steps(pages, series, label, values, 0, series->n_buckets);
}

/* The same; over weeks with a band from the least to the most of each. */
static struct plot_series band(struct pages *pages, const struct page_series *series, const char *label,
                               const double *values)
{
	struct plot_series steps = line(pages, series, label, values);
	if (by_week(pages)) {
		steps.y_low = weekly(pages, series, values, 0);
		steps.y_high = weekly(pages, series, values, 1);
	}
	return steps;
}

/* An area on those before it: only means add up. */
static struct plot_series area(struct pages *pages, const struct page_series *series, const char *label,
                               const double *values)
{
	struct plot_series steps = by_week(pages)
	                               ? weekly_steps(pages, series, label, weekly(pages, series, values, WEEKLY_MEAN))
	                               : line(pages, series, label, values);
	steps.stacked = true;
	return steps;
}

/* "medians of weeks, band: least and most of means over 1h", or "means over 1h". */
static const char *how(struct pages *pages)
{
	char bucket[32];
	text_duration((double)pages->bucket_us, bucket);
	return arena_printf(
	    pages->arena, by_week(pages) ? "weeks: median, band from least to most, of means over %s" : "means over %s", bucket);
}

static uint32_t add_limits(struct pages *pages, const struct page_series *capacity, const struct page_series *nominal,
                           struct plot_series *lines)
{
	lines[0] = line(pages, capacity, "capacity, nodes up", capacity->whole);
	lines[1] = line(pages, nominal, "sum of nominal quotas", sum_from(pages, nominal, 0));
	lines[0].dashed = lines[1].dashed = true;
	return 2;
}

/* Of a long run: all queues together. */
static void add_total(struct pages *pages, const struct page_series *demand, const struct page_series *capacity,
                      const struct page_series *nominal)
{
	struct plot_series *lines = ARENA_ARRAY(pages->arena, struct plot_series, 3);
	lines[0] = band(pages, demand, "asked for", sum_from(pages, demand, 0));
	uint32_t n = 1 + add_limits(pages, capacity, nominal, lines + 1);
	struct plot_axes axes =
	    time_axes(pages, "Demand of all queues",
	              arena_printf(pages->arena, "GPUs asked for by running and waiting jobs; %s; replication 0", how(pages)));
	page_chart(pages, (struct chart){.kind = CHART_LINES, .axes = axes, .series = lines, .n_series = n});
}

static void add_stack(struct pages *pages, const struct page_series *demand, const struct page_series *capacity,
                      const struct page_series *nominal)
{
	struct plot_series *lines = ARENA_ARRAY(pages->arena, struct plot_series, MOST_STACKED + 3);
	uint32_t n = 0, shown = pages->n_queues > MOST_STACKED ? MOST_STACKED - 1 : pages->n_queues;
	for (uint32_t i = 0; i < shown; i++)
		lines[n++] = area(pages, demand, pages->queues[i].label, demand->values[i]);
	if (shown < pages->n_queues)
		lines[n++] = area(pages, demand, arena_printf(pages->arena, "%u others", pages->n_queues - shown),
		                  sum_from(pages, demand, shown));
	n += add_limits(pages, capacity, nominal, lines + n);
	struct plot_axes axes =
	    time_axes(pages, "Demand by queue",
	              arena_printf(pages->arena, "GPUs asked for by running and waiting jobs, %s, replication 0",
	                           by_week(pages) ? "means over weeks" : how(pages)));
	page_chart(pages, (struct chart){.kind = CHART_LINES, .axes = axes, .series = lines, .n_series = n});
}

static void add_queue(struct pages *pages, uint32_t queue, const struct page_series *demand,
                      const struct page_series *running, const struct page_series *nominal)
{
	struct plot_series *lines = ARENA_ARRAY(pages->arena, struct plot_series, 3);
	lines[0] = band(pages, demand, "asked for", demand->values[queue]);
	lines[1] = line(pages, running, "running", running->values[queue]);
	lines[2] = line(pages, nominal, "nominal quota", nominal->values[queue]);
	lines[2].dashed = true;
	struct plot_axes axes = time_axes(pages, pages->queues[queue].label,
	                                  arena_printf(pages->arena, "demand, running GPUs and nominal quota; %s", how(pages)));
	page_chart(pages, (struct chart){.kind = CHART_LINES, .axes = axes, .series = lines, .n_series = 3});
}

/* Two charts to a page: so they share a sheet of paper. */
static void add_largest(struct pages *pages, const struct page_series *demand, const struct page_series *running,
                        const struct page_series *nominal)
{
	uint32_t shown = MIN(pages->n_queues, (uint32_t)MOST_SINGLE);
	for (uint32_t i = 0; i < shown; i++) {
		add_queue(pages, i, demand, running, nominal);
		if (i % 2 == 1 || i + 1 == shown)
			page_end(pages, i < 2 ? "The largest queues" : "The next queues",
			         "Above its quota a queue borrows; what is asked for and not running waits for quota or for nodes.");
	}
}

void page_demand(struct pages *pages)
{
	struct page_series demand = pages_series(pages, "demand_gpus"), capacity = pages_series(pages, "capacity_gpus");
	struct page_series nominal = pages_series(pages, "nominal_gpus"), running = pages_series(pages, "running_gpus");
	const double *total = sum_from(pages, &demand, 0);
	char asked[32], there[32], above[32];
	if (by_week(pages))
		add_total(pages, &demand, &capacity, &nominal);
	if (!by_week(pages) || pages->n_queues > 1)
		add_stack(pages, &demand, &capacity, &nominal);
	const char *lead = arena_printf(
	    pages->arena, "Jobs asked for %s GPUs on average; %s were up. Demand was above capacity %s %% of the time.",
	    text_count(mean_after_warmup(pages, &demand, total), asked),
	    text_count(mean_after_warmup(pages, &capacity, capacity.whole), there),
	    text_percent(share_above(pages, &demand, total, capacity.whole), above));
	page_end(pages, "Demand against capacity and quota", lead);

	if (pages->n_queues >= 2)
		add_largest(pages, &demand, &running, &nominal);
}
