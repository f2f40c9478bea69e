/* page_demand.c - demand by queue against capacity and quota, over the whole run; and the largest queues one by one. */
#include <math.h>

#include "app/text.h"
#include "pages.h"

enum { MOST_STACKED = 8, MOST_SINGLE = 4 };

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

static struct plot_series line(struct pages *pages, const struct page_series *series, const char *label,
                               const double *values)
{
	return pages_steps(pages, series, label, values, 0, series->n_buckets);
}

static void add_stack(struct pages *pages, const struct page_series *demand, const struct page_series *capacity,
                      const struct page_series *nominal)
{
	struct plot_series *lines = ARENA_ARRAY(pages->arena, struct plot_series, MOST_STACKED + 3);
	uint32_t n = 0, shown = pages->n_queues > MOST_STACKED ? MOST_STACKED - 1 : pages->n_queues;
	for (uint32_t i = 0; i < shown; i++) {
		lines[n] = line(pages, demand, pages->queues[i].label, demand->values[i]);
		lines[n++].stacked = true;
	}
	if (shown < pages->n_queues) {
		lines[n] = line(pages, demand, arena_printf(pages->arena, "%u others", pages->n_queues - shown),
		                sum_from(pages, demand, shown));
		lines[n++].stacked = true;
	}
	lines[n] = line(pages, capacity, "capacity, nodes up", capacity->whole);
	lines[n++].dashed = true;
	lines[n] = line(pages, nominal, "sum of nominal quotas", sum_from(pages, nominal, 0));
	lines[n++].dashed = true;
	char bucket[32];
	text_duration((double)pages->bucket_us, bucket);
	struct plot_axes axes = time_axes(
	    pages, "Demand by queue",
	    arena_printf(pages->arena, "GPUs asked for by running and waiting jobs, means over %s, replication 0", bucket));
	page_chart(pages, (struct chart){.kind = CHART_LINES, .axes = axes, .series = lines, .n_series = n});
}

static void add_queue(struct pages *pages, uint32_t queue, const struct page_series *demand,
                      const struct page_series *running, const struct page_series *nominal)
{
	struct plot_series *lines = ARENA_ARRAY(pages->arena, struct plot_series, 3);
	lines[0] = line(pages, demand, "asked for", demand->values[queue]);
	lines[1] = line(pages, running, "running", running->values[queue]);
	lines[2] = line(pages, nominal, "nominal quota", nominal->values[queue]);
	lines[2].dashed = true;
	struct plot_axes axes = time_axes(pages, pages->queues[queue].label, "demand, running GPUs and nominal quota");
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
