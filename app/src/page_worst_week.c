/* page_worst_week.c - the week with most GPUs waiting: how deep the queues were, what ran, and who waited longest. */
#include <string.h>

#include "app/text.h"
#include "base/instant.h"
#include "pages.h"
#include "sim/kpi.h"

enum { MOST_STACKED = 8, MOST_SPANS = 80, MOST_WAITS = 20 };
#define WEEK_US (7 * US_PER_DAY)

struct week {
	int64_t start_us, end_us;
	double waiting_gpus; /* mean */
};

static uint32_t bucket_of(const struct pages *pages, int64_t us)
{
	return pages->bucket_us > 0 ? (uint32_t)(us / pages->bucket_us) : 0;
}

/* The window of seven days, at most the run, with the highest mean of waiting GPUs; the earliest of equals. A run that
 * ended within its warm-up has its last moments shown. */
static struct week find_week(const struct pages *pages, const struct page_series *waiting)
{
	if (waiting->n_buckets == 0)
		return (struct week){0, pages->end_us, 0};
	uint32_t first = MIN(bucket_of(pages, pages->warmup_us), waiting->n_buckets - 1), best = first;
	uint32_t width = MIN(MAX(1, bucket_of(pages, WEEK_US)), waiting->n_buckets - first);
	double sum = 0, best_sum = -1;
	for (uint32_t i = first; i < waiting->n_buckets; i++) {
		sum += waiting->whole[i];
		if (i >= first + width)
			sum -= waiting->whole[i - width];
		if (i + 1 >= first + width && sum > best_sum) {
			best_sum = sum;
			best = i + 1 - width;
		}
	}
	int64_t start_us = (int64_t)best * pages->bucket_us;
	return (struct week){start_us, MIN(start_us + (int64_t)width * pages->bucket_us, pages->end_us), best_sum / width};
}

static struct plot_axes week_axes(const struct pages *pages, const struct week *week, const char *title,
                                  const char *subtitle)
{
	return (struct plot_axes){.title = title,
	                          .subtitle = subtitle,
	                          .x_unit = UNIT_UTC_US,
	                          .y_unit = UNIT_JOBS,
	                          .x_min = (double)week->start_us,
	                          .x_max = (double)week->end_us,
	                          .epoch_unix_s = pages->epoch_unix_s,
	                          .time_zone = pages->time_zone,
	                          .empty_text = "nothing in this week"};
}

static void add_depth(struct pages *pages, const struct week *week, const struct page_series *pending)
{
	uint32_t first = bucket_of(pages, week->start_us);
	uint32_t last = MIN(pending->n_buckets, bucket_of(pages, week->end_us + pages->bucket_us - 1));
	uint32_t shown = pages->n_queues > MOST_STACKED ? MOST_STACKED - 1 : pages->n_queues;
	struct plot_series *lines = ARENA_ARRAY(pages->arena, struct plot_series, MOST_STACKED);
	double *others = ARENA_ARRAY(pages->arena, double, pending->n_buckets);
	for (uint32_t i = 0; i < shown; i++) {
		lines[i] = pages_steps(pages, pending, pages->queues[i].label, pending->values[i], first, last);
		lines[i].stacked = true;
	}
	for (uint32_t i = shown; i < pages->n_queues; i++)
		for (uint32_t j = 0; j < pending->n_buckets; j++)
			others[j] += pending->values[i][j];
	if (shown < pages->n_queues) {
		lines[shown] = pages_steps(pages, pending, arena_printf(pages->arena, "%u others", pages->n_queues - shown), others,
		                           first, last);
		lines[shown++].stacked = true;
	}
	page_chart(pages, (struct chart){.kind = CHART_LINES,
	                                 .axes = week_axes(pages, week, "Queue depth", "waiting jobs by queue, replication 0"),
	                                 .series = lines,
	                                 .n_series = shown});
}

static uint32_t lane_of(const struct pages *pages, int64_t cluster, int64_t cluster_queue)
{
	for (uint32_t i = 0; i < pages->n_queues; i++)
		if (pages->queues[i].cluster == cluster && pages->queues[i].cluster_queue == cluster_queue)
			return i;
	return 0;
}

/* The spans with most GPU time within the week; queues without any have no lane. */
static uint32_t read_spans(struct pages *pages, const struct week *week, struct plot_span *spans)
{
	uint32_t n = 0;
	struct store_query *query = pages_query(
	    pages,
	    "SELECT s.cluster, s.cluster_queue, MAX(s.start_us, ?1), MIN(s.end_us, ?2), s.gpus, s.end_reason, j.name FROM span s"
	    " JOIN job j USING (job) WHERE s.end_us > ?1 AND s.start_us < ?2"
	    " ORDER BY s.gpus * (MIN(s.end_us, ?2) - MAX(s.start_us, ?1)) DESC, s.rowid LIMIT ?3",
	    "iii", week->start_us, week->end_us, (int64_t)MOST_SPANS);
	while (pages_next(pages, &query) && n < MOST_SPANS) {
		const char *reason = store_text(query, 5);
		bool cut_short = strcmp(reason, "None") != 0 && strcmp(reason, "NotEvaluated") != 0;
		spans[n++] = (struct plot_span){
		    .lane = lane_of(pages, store_int(query, 0), store_int(query, 1)),
		    .start = store_double(query, 2),
		    .end = store_double(query, 3),
		    .colour = size_class_of(store_int(query, 4)),
		    .label = arena_printf(pages->arena, "%s, %lld GPUs", store_text(query, 6), (long long)store_int(query, 4)),
		    .hatched = cut_short,
		};
	}
	return n;
}

/* Lanes are numbered anew so that only queues with spans have one. */
static uint32_t compact_lanes(const struct pages *pages, struct plot_span *spans, uint32_t n_spans, const char **lanes)
{
	uint32_t n_lanes = 0;
	for (uint32_t queue = 0; queue < pages->n_queues; queue++) {
		bool used = false;
		for (uint32_t i = 0; i < n_spans; i++)
			used |= spans[i].lane == queue;
		if (!used)
			continue;
		for (uint32_t i = 0; i < n_spans; i++)
			if (spans[i].lane == queue)
				spans[i].lane = n_lanes;
		lanes[n_lanes++] = pages->queues[queue].label;
	}
	return n_lanes;
}

static void add_schedule(struct pages *pages, const struct week *week)
{
	const char **legend = ARENA_ARRAY(pages->arena, const char *, SIZE_CLASSES + 1);
	struct plot_span *spans = ARENA_ARRAY(pages->arena, struct plot_span, MOST_SPANS);
	const char **lanes = ARENA_ARRAY(pages->arena, const char *, pages->n_queues);
	for (uint32_t i = 0; i < SIZE_CLASSES; i++)
		legend[i] = size_classes[i].text;
	uint32_t n_spans = read_spans(pages, week, spans);
	uint32_t n_lanes = compact_lanes(pages, spans, n_spans, lanes);
	double all = 0;
	struct store_query *query = pages_query(pages, "SELECT COUNT(*) FROM span WHERE end_us > ?1 AND start_us < ?2", "ii",
	                                        week->start_us, week->end_us);
	while (pages_next(pages, &query))
		all = store_double(query, 0);
	char count[32];
	const char *subtitle = arena_printf(
	    pages->arena,
	    "the %u stretches on nodes with most GPU time, of %s in replication 0; hatched: evicted, or a node lost", n_spans,
	    text_count(all, count));
	page_chart(pages, (struct chart){.kind = CHART_GANTT,
	                                 .axes = week_axes(pages, week, "Schedule by queue", subtitle),
	                                 .spans = spans,
	                                 .n_spans = n_spans,
	                                 .lanes = lanes,
	                                 .n_lanes = n_lanes,
	                                 .legend = legend});
}

static void add_longest(struct pages *pages, const struct week *week)
{
	static const char *const columns[] = {"job", "queue", "GPUs", "submitted", "waited", "mostly for"};
	struct page_table table = {.title = "The longest waits of jobs submitted in this week, replication 0",
	                           .columns = columns,
	                           .n_columns = ARRAY_COUNT(columns),
	                           .align = "llrlrl"};
	struct store_query *query = pages_query(
	    pages,
	    "SELECT v.name, v.cluster_queue, v.gpus, j.submit_us, v.wait_s, v.started, v.wait_quota_s, v.wait_nodes_s,"
	    " v.wait_control_plane_s, v.wait_backoff_s, v.wait_stopped_s, v.wait_start_s FROM jobs v JOIN job j USING (job)"
	    " WHERE j.submit_us >= ?1 AND j.submit_us < ?2 AND v.wait_s >= 1 ORDER BY v.wait_s DESC, v.job LIMIT ?3",
	    "iii", week->start_us, week->end_us, (int64_t)MOST_WAITS);
	while (pages_next(pages, &query)) {
		static const char *const causes[] = {"quota",    "nodes",         "control plane",
		                                     "back-off", "stopped queue", "image and start"};
		uint32_t largest = 0;
		char text[32];
		for (uint32_t i = 1; i < ARRAY_COUNT(causes); i++)
			if (store_double(query, 6 + (int)i) > store_double(query, 6 + (int)largest))
				largest = i;
		const char *queue = store_text(query, 1);
		page_cell(pages, &table, "%s", store_text(query, 0));
		page_cell(pages, &table, "%s", queue ? queue : "-");
		page_cell(pages, &table, "%lld", (long long)store_int(query, 2));
		page_cell(pages, &table, "%s", pages_local_time(pages, store_int(query, 3), text));
		page_cell(pages, &table, "%s", text_bounded_duration(store_double(query, 4) * 1e6, store_int(query, 5) == 0, text));
		page_cell(pages, &table, "%s", causes[largest]);
	}
	if (table.cells.count > 0)
		page_table(pages, &table);
	else {
		VEC_FREE(&table.cells);
		page_text(pages, "No job that was submitted in this week waited for a second or more.");
	}
}

void page_worst_week(struct pages *pages)
{
	struct page_series waiting = pages_series(pages, "pending_gpus"), pending = pages_series(pages, "pending_jobs");
	struct week week = find_week(pages, &waiting);
	char day[32], gpus[32];
	add_depth(pages, &week, &pending);
	add_schedule(pages, &week);
	add_longest(pages, &week);
	if (week.waiting_gpus <= 0)
		page_end(pages, "The worst week", "At no time were GPUs waited for in replication 0: one week is like another.");
	else
		page_end(pages, "The worst week",
		         arena_printf(pages->arena, "From %s on, jobs asking for %s GPUs were waiting on average in replication 0.",
		                      pages_local_day(pages, week.start_us, day), text_count(week.waiting_gpus, gpus)));
}
