/* page_answer.c - the first page: the question, the verdict, the numbers that answer it, and whether to believe them. */
#include <math.h>
#include <string.h>

#include "app/text.h"
#include "base/instant.h"
#include "pages.h"
#include "sim/result.h"

/* At most so many thresholds stand above the figures; of more, all are in a table. */
enum { MOST_TILES = 4, MOST_FIGURES = MOST_TILES + 5, MOST_CHANGES = 4 };

/* "95 % interval 3h to 5h", or why there is none. */
static const char *interval(struct pages *pages, const struct page_value *value, char *format(double value, char out[32]))
{
	char low[32], high[32];
	const char *bound = value->lower_bound ? "at least: jobs had not started at the end; " : "";
	if (isnan(value->low))
		return arena_printf(pages->arena, "%sone replication: no interval", bound);
	return arena_printf(pages->arena, "%s95 %% interval %s to %s", bound, format(value->low, low),
	                    format(value->high, high));
}

static struct report_figure wait_figure(struct pages *pages)
{
	char value[32];
	struct page_value wait = pages_value(pages, "waitTime_us", "p95");
	return (struct report_figure){
	    .label = "p95 wait of all jobs, submitted to admitted",
	    .value = arena_printf(pages->arena, "%s", text_bounded_duration(wait.value, wait.lower_bound, value)),
	    .note = interval(pages, &wait, text_duration)};
}

static struct report_figure unstarted_figure(struct pages *pages)
{
	char value[32], submitted[32], vain[32], never[32];
	double count = pages_value(pages, "jobs_count", "unstarted").value;
	double never_fits = pages_value(pages, "jobs_count", "neverFits").value;
	const char *note = arena_printf(pages->arena, "of %s submitted",
	                                text_count(pages_value(pages, "jobs_count", "submitted").value, submitted));
	double in_vain = pages_value(pages, "jobs_count", "neverRan").value - count;
	if (in_vain > 0)
		note = arena_printf(pages->arena, "%s; %s more were admitted but never ran", note, text_count(in_vain, vain));
	if (never_fits > 0)
		note = arena_printf(pages->arena, "%s; %s can never run", note, text_count(never_fits, never));
	return (struct report_figure){.label = "jobs never admitted by the end",
	                              .value = arena_printf(pages->arena, "%s", text_count(count, value)),
	                              .note = note,
	                              .verdict = never_fits > 0 ? -1 : 0};
}

static struct report_figure productive_figure(struct pages *pages)
{
	char hours[32];
	int tenths[GPU_TIME_COUNT];
	struct page_value productive = pages_value(pages, "gpuHours_ratio", gpu_time_names[GPU_PRODUCTIVE]);
	double capacity = pages_number(pages, "SELECT SUM(capacity_gpu_us) / 3.6e9 FROM pool_meter");
	if (!(capacity > 0))
		return (struct report_figure){.label = "productive GPU-hours", .value = "-", .note = "no GPUs in this input"};
	pages_gpu_tenths(pages, tenths);
	return (struct report_figure){.label = "productive GPU-hours",
	                              .value = arena_printf(pages->arena, "%.1f %%", tenths[GPU_PRODUCTIVE] / 10.0),
	                              .note = arena_printf(pages->arena, "of %s; %s", text_count(capacity, hours),
	                                                   interval(pages, &productive, text_percent))};
}

static struct report_figure preemptions_figure(struct pages *pages)
{
	char value[32], storm[32];
	struct page_value count = pages_value(pages, "preemptions_count", "total");
	double largest = pages_number(pages, "SELECT CAST(value AS REAL) FROM run WHERE key = 'largest_storm'");
	return (struct report_figure){.label =
	                                  pages->warmup_us > 0 ? "preemptions of jobs submitted after warm-up" : "preemptions",
	                              .value = arena_printf(pages->arena, "%s", text_count(count.value, value)),
	                              .note = arena_printf(pages->arena, "%s; most within 10 minutes of any: %s",
	                                                   interval(pages, &count, text_count), text_count(largest, storm))};
}

static struct report_figure paid_figure(struct pages *pages)
{
	char value[32], per_hour[32];
	if (!pages->priced)
		return (struct report_figure){.label = "paid", .value = "no price", .note = "no prices in this input"};
	double each = pages_value(pages, "perProductiveGpuHour_micro", "mean").value;
	return (struct report_figure){
	    .label = arena_printf(pages->arena, "paid, %s", pages->currency),
	    .value = arena_printf(pages->arena, "%s", text_money(pages_value(pages, "paid_micro", "total").value, value)),
	    .note = isnan(each) ? NULL : arena_printf(pages->arena, "%s per productive GPU-hour", text_money(each, per_hour))};
}

/* In the unit of the metric's name. */
static const char *metric_text(struct pages *pages, const char *metric, double value)
{
	char text[32];
	if (strcmp(metric, "waitTime") == 0)
		text_duration(value, text);
	else if (strcmp(metric, "paid") == 0)
		text_money(value, text);
	else if (strcmp(metric, "unstarted") == 0)
		text_count(value, text);
	else
		return arena_printf(pages->arena, "%s %%", text_percent(value, text));
	return arena_printf(pages->arena, "%s", text);
}

struct answer_threshold {
	const char *text, *found, *max, *interval; /* interval NULL: none */
	int64_t met, replications;
	bool bound, holds;
};
struct answer_thresholds {
	VEC_FIELDS(struct answer_threshold);
};

/* The interval is that of the key figure; where several clusters have the queue, of the worst. */
static struct answer_thresholds read_thresholds(struct pages *pages)
{
	struct answer_thresholds thresholds = {0};
	struct store_query *query = pages_query(
	    pages,
	    "SELECT t.text, t.metric, t.value, t.max, t.met, t.replications, t.lower_bound, t.holds, k.low, k.high, MAX(k.value)"
	    " FROM threshold t LEFT JOIN kpi_summary k ON t.metric = 'waitTime' AND k.metric = 'waitTime_us' AND k.stat = t.stat"
	    " AND k.cluster_queue IS t.cluster_queue AND k.priority_class IS t.priority_class AND k.tenant IS NULL AND"
	    " k.size_class IS NULL AND (t.cluster_queue IS NOT NULL OR k.cluster IS NULL) GROUP BY t.rowid ORDER BY t.rowid",
	    "");
	while (pages_next(pages, &query)) {
		const char *metric = pages_keep(pages, store_text(query, 1));
		bool bound = store_int(query, 6) != 0;
		const char *between = NULL;
		if (!store_is_null(query, 8))
			between =
			    arena_printf(pages->arena, "95 %% interval %s to %s", metric_text(pages, metric, store_double(query, 8)),
			                 metric_text(pages, metric, store_double(query, 9)));
		*VEC_PUSH(&thresholds) =
		    (struct answer_threshold){.text = pages_keep(pages, store_text(query, 0)),
		                              .found = arena_printf(pages->arena, "%s%s", bound ? ">" : "",
		                                                    metric_text(pages, metric, store_double(query, 2))),
		                              .max = metric_text(pages, metric, store_double(query, 3)),
		                              .interval = between,
		                              .met = store_int(query, 4),
		                              .replications = store_int(query, 5),
		                              .bound = bound,
		                              .holds = store_int(query, 7) != 0};
	}
	return thresholds;
}

static struct report_figure threshold_figure(struct pages *pages, const struct answer_threshold *threshold)
{
	return (struct report_figure){
	    .label = threshold->text,
	    .value = threshold->found,
	    .note = arena_printf(pages->arena, "%s: at most %s; %lld of %lld replications%s%s%s",
	                         threshold->holds ? "met" : "missed", threshold->max, (long long)threshold->met,
	                         (long long)threshold->replications, threshold->bound ? "; at least: jobs had not started" : "",
	                         threshold->interval ? "; " : "", threshold->interval ? threshold->interval : ""),
	    .verdict = threshold->holds ? 1 : -1};
}

static void add_thresholds(struct pages *pages, const struct answer_thresholds *thresholds)
{
	static const char *const columns[] = {"threshold", "found", "at most", "verdict", "replications that meet it"};
	struct page_table table = {
	    .title = "Thresholds", .columns = columns, .n_columns = ARRAY_COUNT(columns), .align = "lrrlr"};
	for (uint32_t i = 0; i < thresholds->count; i++) {
		const struct answer_threshold *threshold = &thresholds->items[i];
		page_cell(pages, &table, "%s", threshold->text);
		page_cell(pages, &table, "%s", threshold->found);
		page_cell(pages, &table, "%s", threshold->max);
		page_cell(pages, &table, "%s", threshold->holds ? "✓ met" : "✗ missed");
		page_cell(pages, &table, "%lld of %lld", (long long)threshold->met, (long long)threshold->replications);
	}
	page_table(pages, &table);
}

/* The figures that answer the question first: those of the thresholds, with their verdicts, and what was paid. */
static void add_figures(struct pages *pages, const struct answer_thresholds *thresholds)
{
	struct report_figure figures[MOST_FIGURES];
	uint32_t n = 0;
	for (uint32_t i = 0; i < MIN(thresholds->count, (uint32_t)MOST_TILES); i++)
		figures[n++] = threshold_figure(pages, &thresholds->items[i]);
	bool answered = n > 0;
	if (answered && pages->priced)
		figures[n++] = paid_figure(pages);
	figures[n++] = wait_figure(pages);
	figures[n++] = unstarted_figure(pages);
	figures[n++] = productive_figure(pages);
	figures[n++] = preemptions_figure(pages);
	if (!answered || !pages->priced)
		figures[n++] = paid_figure(pages);
	page_figures(pages, figures, n);
	if (thresholds->count > MOST_TILES)
		add_thresholds(pages, thresholds);
}

static void add_sizes(struct pages *pages)
{
	static const char *const columns[] = {"size", "GPUs", "p95 wait, all jobs", "never admitted", "paid"};
	struct page_table table = {.title = "The same work on other sizes (node pools and nominal quotas scaled together)",
	                           .columns = columns,
	                           .n_columns = ARRAY_COUNT(columns) - (pages->priced ? 0 : 1),
	                           .align = "lrrrr"};
	struct store_query *query =
	    pages_query(pages,
	                "SELECT factor, gpus, MAX(value) FILTER (WHERE metric = 'waitTime_us' AND stat = 'p95'),"
	                " MAX(lower_bound) FILTER (WHERE metric = 'waitTime_us' AND stat = 'p95'),"
	                " MAX(value) FILTER (WHERE metric = 'jobs_count' AND stat = 'unstarted'),"
	                " MAX(value) FILTER (WHERE metric = 'paid_micro' AND stat = 'total')"
	                " FROM size WHERE cluster_queue IS NULL AND priority_class IS NULL GROUP BY factor ORDER BY factor",
	                "");
	while (pages_next(pages, &query)) {
		char text[32];
		text_size(store_double(query, 0), text);
		page_cell(pages, &table, "%s", *text ? text : "as run");
		page_cell(pages, &table, "%s", text_count(store_double(query, 1), text));
		page_cell(pages, &table, "%s", text_bounded_duration(store_double(query, 2), store_int(query, 3) != 0, text));
		page_cell(pages, &table, "%s", text_count(store_double(query, 4), text));
		if (pages->priced)
			page_cell(pages, &table, "%s", text_money(store_double(query, 5), text));
	}
	if (table.cells.count > 0)
		page_table(pages, &table);
	else
		VEC_FREE(&table.cells);
}

/* When it was simulated. */
static const char *period(struct pages *pages)
{
	char first[32], last[32], span[32], warmup[32];
	const char *left_out = "";
	if (pages->warmup_us > 0)
		left_out = arena_printf(pages->arena, "; jobs submitted in the first %s are left out as warm-up",
		                        duration_format(pages->warmup_us, warmup));
	return arena_printf(pages->arena, "%s to %s, %s (%s; dates and hours are local)%s", pages_local_day(pages, 0, first),
	                    pages_local_day(pages, MAX(pages->end_us - 1, 0), last), pages->time_zone,
	                    duration_format(pages->end_us, span), left_out);
}

/* How to read the figures. */
static const char *reading(struct pages *pages)
{
	const char *of = "of one replication";
	if (pages->replications > 1)
		of = arena_printf(pages->arena, "means over %lld replications, intervals 95 %% (Student t)",
		                  (long long)pages->replications);
	bool recorded = pages_number(pages, "SELECT COUNT(recorded_wait_us) FROM job") > 0;
	return arena_printf(pages->arena, "%s; waits: submission to first admission, or so far%s", of,
	                    recorded ? "" : "; recorded waits to compare with: none in this input");
}

/* "nlp-dev p95 (>41h, at most 24h), ..." of those that hold or do not. */
static const char *list_thresholds(struct pages *pages, const struct answer_thresholds *thresholds, bool holds)
{
	const char *list = "";
	for (uint32_t i = 0; i < thresholds->count; i++) {
		const struct answer_threshold *threshold = &thresholds->items[i];
		if (threshold->holds == holds)
			list = arena_printf(pages->arena, "%s%s%s (%s, at most %s)", list, *list ? ", " : "", threshold->text,
			                    threshold->found, threshold->max);
	}
	return list;
}

static uint32_t count_missed(const struct answer_thresholds *thresholds)
{
	uint32_t missed = 0;
	for (uint32_t i = 0; i < thresholds->count; i++)
		missed += !thresholds->items[i].holds;
	return missed;
}

static const char *verdict(struct pages *pages, const struct answer_thresholds *thresholds)
{
	uint32_t count = thresholds->count, missed = count_missed(thresholds);
	if (count == 0)
		return "No thresholds were set: the figures below answer the question.";
	if (count > MOST_TILES && missed > 0)
		return arena_printf(pages->arena, "%u of %u thresholds %s missed.", missed, count, missed == 1 ? "is" : "are");
	if (count > MOST_TILES)
		return arena_printf(pages->arena, "All %u thresholds are met.", count);
	const char *met = missed < count ? list_thresholds(pages, thresholds, true) : NULL;
	const char *not = missed > 0 ? list_thresholds(pages, thresholds, false) : NULL;
	return arena_printf(pages->arena, "%s%s%s%s%s%s", met ? "Met: " : "", met ? met : "", met ? ". " : "",
	                    not ? "Missed: " : "", not ? not : "", not ? "." : "");
}

/* "2026-07-01 00:00 NodePool/fra/h100:nodes=144, ...; ..."; NULL: nothing changes. */
static const char *changes(struct pages *pages)
{
	const char *list = NULL;
	int64_t before_us = -1;
	uint32_t shown = 0, more = 0;
	struct store_query *query =
	    pages_query(pages, "SELECT at_us, text FROM change WHERE at_us < ?1 ORDER BY at_us, rowid", "i", pages->duration_us);
	while (pages_next(pages, &query)) {
		char minute[32];
		int64_t at_us = store_int(query, 0);
		if (shown++ >= MOST_CHANGES)
			more++;
		else if (list && at_us == before_us)
			list = arena_printf(pages->arena, "%s, %s", list, store_text(query, 1));
		else
			list = arena_printf(pages->arena, "%s%s%s %s", list ? list : "", list ? "; " : "",
			                    pages_local_minute(pages, at_us, minute), store_text(query, 1));
		before_us = at_us;
	}
	return more > 0 ? arena_printf(pages->arena, "%s; and %u more, in the appendix", list, more) : list;
}

/* What was simulated: the world, when, how it changes, what is assumed of it. */
static void add_world(struct pages *pages)
{
	static const char *const columns[] = {"what was simulated", "all parameters are in the appendix"};
	const char *const rows[][2] = {
	    {"world", pages_text(pages, "SELECT value FROM run WHERE key = 'world'")},
	    {"period", period(pages)},
	    {"changes", changes(pages)},
	    {"assumed", pages_text(pages, "SELECT value FROM run WHERE key = 'assumed'")},
	    {"not modelled", pages_text(pages, "SELECT group_concat(line, '; ') FROM not_modelled")},
	    {"figures", reading(pages)},
	};
	struct page_table table = {.columns = columns, .n_columns = ARRAY_COUNT(columns), .align = "ll"};
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (!rows[i][1])
			continue;
		page_cell(pages, &table, "%s", rows[i][0]);
		page_cell(pages, &table, "%s", rows[i][1]);
	}
	if (table.cells.count > 0)
		page_table(pages, &table);
	else
		VEC_FREE(&table.cells);
}

void page_answer(struct pages *pages)
{
	struct answer_thresholds thresholds = read_thresholds(pages);
	add_figures(pages, &thresholds);
	add_sizes(pages);
	add_world(pages);
	if (pages_number(pages, "SELECT COUNT(*) FROM run WHERE key = 'sizes_interrupted'") > 0)
		page_text(pages, "The same work on other sizes is left out: the run was interrupted before they were done.");
	page_end(pages, pages->question ? pages->question : "Answer", verdict(pages, &thresholds));
	VEC_FREE(&thresholds);
}
