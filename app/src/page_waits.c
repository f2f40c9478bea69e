/* page_waits.c - how long jobs wait, by queue: the distribution, the quantiles, and what they waited for. */
#include <math.h>
#include <stdlib.h>

#include "app/text.h"
#include "pages.h"

enum { MOST_CURVES = 8, MOST_ROWS = 30, GRID = 240 };
/* A log axis has no zero: shorter waits are drawn here. */
#define SHORTEST_US 1e6

struct job_wait {
	double wait_us;
	uint32_t queue;
	bool started;
};
struct job_waits {
	VEC_FIELDS(struct job_wait);
};

static int by_wait(const void *a, const void *b)
{
	double left = ((const struct job_wait *)a)->wait_us, right = ((const struct job_wait *)b)->wait_us;
	return (left > right) - (left < right);
}

static struct job_waits read_waits(struct pages *pages)
{
	struct job_waits waits = {0};
	struct store_query *query =
	    pages_query(pages,
	                "SELECT cluster, cluster_queue, COALESCE(admitted_us, ?1) - submit_us, admitted_us IS NOT NULL FROM job"
	                " WHERE submit_us >= ?2 AND submit_us < ?1 AND cluster_queue IS NOT NULL",
	                "ii", pages->end_us, pages->warmup_us);
	while (pages_next(pages, &query)) {
		struct job_wait *wait = VEC_PUSH(&waits);
		wait->wait_us = store_double(query, 2);
		wait->started = store_int(query, 3) != 0;
		wait->queue = NONE;
		for (uint32_t i = 0; i < pages->n_queues && wait->queue == NONE; i++)
			if (pages->queues[i].cluster == store_int(query, 0) && pages->queues[i].cluster_queue == store_int(query, 1))
				wait->queue = i;
	}
	if (waits.count > 0)
		qsort(waits.items, waits.count, sizeof *waits.items, by_wait);
	return waits;
}

/* Share of the queue's jobs that had started within x: a curve that ends below 1 has jobs that never did. */
static struct plot_series curve(struct pages *pages, const struct job_waits *waits, const double *grid, uint32_t queue)
{
	double *share = ARENA_ARRAY(pages->arena, double, GRID);
	uint32_t all = 0, started = 0, at = 0;
	for (uint32_t i = 0; i < waits->count; i++)
		all += queue == NONE || waits->items[i].queue == queue;
	for (uint32_t i = 0; i < GRID; i++) {
		for (; at < waits->count && waits->items[at].wait_us <= grid[i]; at++)
			started += (queue == NONE || waits->items[at].queue == queue) && waits->items[at].started;
		share[i] = all ? (double)started / all : NAN;
	}
	return (struct plot_series){.label = queue == NONE ? "all" : pages->queues[queue].label,
	                            .x = grid,
	                            .y = share,
	                            .count = all ? GRID : 0,
	                            .step = true,
	                            .dashed = queue == NONE};
}

/* Where the axis may begin: at 0, or at a tenth when all curves lie in the upper half. */
static double least_share(const struct plot_series *curves, uint32_t n)
{
	double least = 1;
	for (uint32_t i = 0; i < n; i++)
		if (curves[i].count > 0)
			least = fmin(least, curves[i].y[0]);
	return least < 0.5 ? 0 : floor(10 * fmin(least, 0.95)) / 10;
}

static void add_curves(struct pages *pages, const struct job_waits *waits)
{
	double longest_us = fmax(waits->count ? waits->items[waits->count - 1].wait_us : 0, 10 * SHORTEST_US);
	double *grid = ARENA_ARRAY(pages->arena, double, GRID);
	for (uint32_t i = 0; i < GRID; i++)
		grid[i] = SHORTEST_US * pow(longest_us / SHORTEST_US, (double)i / (GRID - 1));
	grid[GRID - 1] = longest_us;
	uint32_t shown = MIN(pages->n_queues, (uint32_t)MOST_CURVES), n = 0;
	struct plot_series *curves = ARENA_ARRAY(pages->arena, struct plot_series, MOST_CURVES + 1);
	for (uint32_t i = 0; i < shown; i++) {
		struct plot_series series = curve(pages, waits, grid, i);
		if (series.count > 0)
			curves[n++] = series;
	}
	curves[n++] = curve(pages, waits, grid, NONE);
	double least = least_share(curves, n);
	char count[32];
	const char *queues =
	    shown < pages->n_queues ? arena_printf(pages->arena, "the %u largest of %u queues; ", shown, pages->n_queues) : "";
	struct plot_axes axes = {
	    .title = "Share of jobs admitted within a time",
	    .subtitle = arena_printf(pages->arena,
	                             "%s%s jobs of replication 0 after warm-up; waits below 1 s are drawn at 1 s; a "
	                             "curve that ends below 100 %% has jobs that never started%s",
	                             queues, text_count(waits->count, count), least > 0 ? "; the axis does not begin at 0" : ""),
	    .x_label = "wait, submitted to first admitted",
	    .y_label = "share of jobs",
	    .x_unit = UNIT_DURATION_US,
	    .y_unit = UNIT_RATIO,
	    .x_log = true,
	    .y_min = least,
	    .y_max = 1,
	    .empty_text = "no jobs after warm-up",
	};
	page_chart(pages, (struct chart){.kind = CHART_LINES, .axes = axes, .series = curves, .n_series = n});
}

/* A wait in seconds from one column; another says whether it is a lower bound. */
static void add_wait(struct pages *pages, struct page_table *table, const struct store_query *query, int wait, int bound)
{
	char text[32];
	page_cell(pages, table, "%s",
	          text_bounded_duration(store_double(query, wait) * 1e6, store_int(query, bound) != 0, text));
}

/* A queue as a whole, and its classes when it has several or a threshold names one; then all. Of too many, those that
 * thresholds name and those with the longest p95. */
static void add_quantiles(struct pages *pages)
{
	static const char *const columns[] = {
	    "queue", "class", "p50", "p90", "p95", "95 % interval", "p99", "mean", "p95 to pods ready"};
	struct page_table table = {.title =
	                               arena_printf(pages->arena, "Wait, submitted to first admitted, %s", pages_means(pages)),
	                           .columns = columns,
	                           .n_columns = ARRAY_COUNT(columns),
	                           .align = "llrrrrrrr"};
	struct store_query *query = pages_query(
	    pages,
	    "WITH row AS (SELECT *, EXISTS (SELECT 1 FROM threshold t WHERE t.cluster_queue = waits.cluster_queue AND"
	    " t.priority_class IS waits.priority_class) AS named, (SELECT COUNT(*) FROM waits other WHERE other.cluster ="
	    " waits.cluster AND other.cluster_queue = waits.cluster_queue AND other.priority_class IS NOT NULL) AS classes"
	    " FROM waits), chosen AS (SELECT * FROM row WHERE cluster_queue IS NOT NULL AND (priority_class IS NULL OR"
	    " classes > 1 OR named) ORDER BY named DESC, p95_s DESC, cluster, cluster_queue, priority_class LIMIT ?2)"
	    "SELECT ifnull(CASE WHEN ?1 > 1 THEN cluster || '/' END, '') || ifnull(cluster_queue, 'all'),"
	    " ifnull(priority_class, ''), p50_s, p90_s, p95_s, p95_low_s, p95_high_s, p99_s, mean_s, bound_from <= 'p50',"
	    " bound_from <= 'p90', bound_from <= 'p95', bound_from <= 'p99', mean_bound, ready_p95_s, ready_p95_bound FROM"
	    " (SELECT * FROM chosen UNION ALL SELECT * FROM row WHERE cluster IS NULL AND priority_class IS NULL AND"
	    " cluster_queue IS NULL) ORDER BY cluster_queue IS NULL, cluster COLLATE by_number, cluster_queue COLLATE by_number,"
	    " priority_class COLLATE by_number",
	    "ii", (int64_t)pages->n_clusters, (int64_t)MOST_ROWS);
	while (pages_next(pages, &query)) {
		char low[32], high[32];
		page_cell(pages, &table, "%s", store_text(query, 0));
		page_cell(pages, &table, "%s", store_text(query, 1));
		for (int i = 0; i < 3; i++)
			add_wait(pages, &table, query, 2 + i, 9 + i);
		if (store_is_null(query, 5))
			page_cell(pages, &table, "-");
		else
			page_cell(pages, &table, "%s to %s", text_duration(fmax(store_double(query, 5), 0) * 1e6, low),
			          text_duration(store_double(query, 6) * 1e6, high));
		add_wait(pages, &table, query, 7, 12);
		add_wait(pages, &table, query, 8, 13);
		add_wait(pages, &table, query, 14, 15);
	}
	page_table(pages, &table);
}

/* Largest p95 of a queue as a whole, in words. NULL: no queue has one. */
static const char *worst_queue(struct pages *pages)
{
	const char *words = NULL;
	struct store_query *query = pages_query(pages,
	                                        "SELECT cluster_queue, p95_s, bound_from <= 'p95' FROM waits WHERE"
	                                        " cluster_queue IS NOT NULL AND priority_class IS NULL AND p95_s IS NOT NULL"
	                                        " ORDER BY p95_s DESC, cluster, cluster_queue LIMIT 1",
	                                        "");
	while (pages_next(pages, &query)) {
		char longest[32];
		words = arena_printf(pages->arena, "the longest p95 is that of %s: %s", store_text(query, 0),
		                     text_bounded_duration(store_double(query, 1) * 1e6, store_int(query, 2) != 0, longest));
	}
	return words;
}

/* Where jobs that never started reach into the 95 %, nobody knows how long these take. */
static const char *lead(struct pages *pages)
{
	struct page_value all = pages_value(pages, "waitTime_us", "p95");
	const char *worst = worst_queue(pages);
	char within[32], admitted[32];
	if (!worst)
		return "There are no waits to show.";
	text_bounded_duration(all.value, all.lower_bound, within);
	if (!all.lower_bound)
		return arena_printf(pages->arena, "95 %% of all jobs are admitted %s; %s.",
		                    all.value < (double)US_PER_S ? "at once" : arena_printf(pages->arena, "within %s", within),
		                    worst);
	double unstarted = pages_value(pages, "jobs_count", "unstarted").value;
	double submitted = pages_value(pages, "jobs_count", "submitted").value;
	return arena_printf(pages->arena, "p95 of all jobs is %s: by the end %s %% of them had been admitted; %s.", within,
	                    text_percent(1 - unstarted / submitted, admitted), worst);
}

void page_waits(struct pages *pages)
{
	struct job_waits waits = read_waits(pages);
	add_curves(pages, &waits);
	add_quantiles(pages);
	VEC_FREE(&waits);
	page_end(pages, "Wait by queue", lead(pages));
}
