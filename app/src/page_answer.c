/* page_answer.c - the first page: the question, the verdict, the numbers that answer it, and whether to believe them. */
#include <math.h>
#include <string.h>

#include "app/text.h"
#include "base/instant.h"
#include "pages.h"
#include "sim/result.h"

/* "95 % interval 3h to 5h", or why there is none. */
static const char *interval(struct pages *pages, const struct page_value *value, char *format(double value, char out[32]))
{
	char low[32], high[32];
	if (value->lower_bound)
		return "at least: jobs were still waiting at the end";
	if (isnan(value->low))
		return "one replication: no interval";
	return arena_printf(pages->arena, "95 %% interval %s to %s", format(value->low, low), format(value->high, high));
}

static struct report_figure wait_figure(struct pages *pages)
{
	char value[32];
	struct page_value wait = pages_value(pages, "waitTime_us", "p95");
	return (struct report_figure){
	    .label = "p95 wait, submitted to admitted",
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

/* Returns how many fail. */
static uint32_t add_thresholds(struct pages *pages, uint32_t *ret_count)
{
	static const char *const columns[] = {"threshold", "found", "at most", "verdict", "replications that meet it"};
	struct page_table table = {
	    .title = "Thresholds", .columns = columns, .n_columns = ARRAY_COUNT(columns), .align = "lrrlr"};
	uint32_t failed = 0;
	*ret_count = 0;
	struct store_query *query = pages_query(
	    pages, "SELECT text, metric, value, max, met, replications, lower_bound, holds FROM threshold ORDER BY rowid", "");
	while (pages_next(pages, &query)) {
		const char *metric = store_text(query, 1);
		bool bound = store_int(query, 6) != 0, holds = store_int(query, 7) != 0;
		page_cell(pages, &table, "%s", store_text(query, 0));
		page_cell(pages, &table, "%s%s", bound ? ">" : "", metric_text(pages, metric, store_double(query, 2)));
		page_cell(pages, &table, "%s", metric_text(pages, metric, store_double(query, 3)));
		page_cell(pages, &table, "%s", holds ? "✓ met" : "✗ missed");
		page_cell(pages, &table, "%lld of %lld", (long long)store_int(query, 4), (long long)store_int(query, 5));
		failed += !holds;
		(*ret_count)++;
	}
	if (*ret_count > 0)
		page_table(pages, &table);
	else
		VEC_FREE(&table.cells);
	return failed;
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
	if (pages_number(pages, "SELECT COUNT(*) FROM run WHERE key = 'sizes_interrupted'") > 0)
		page_text(pages, "The same work on other sizes is left out: the run was interrupted before they were done.");
}

/* When and how it was simulated, and how to read the figures. */
static void add_conditions(struct pages *pages)
{
	char first[32], last[32], span[32], warmup[32];
	const char *left_out = "";
	if (pages->warmup_us > 0)
		left_out = arena_printf(pages->arena, "; jobs submitted in the first %s are left out as warm-up",
		                        duration_format(pages->warmup_us, warmup));
	page_text(pages,
	          "Simulated %s to %s, %s (%s; dates and hours are local)%s. Waits count from submission to first "
	          "admission; a job that "
	          "had not started counts with the time it had waited. %lld replication%s. All parameters are in the appendix.",
	          pages_local_day(pages, 0, first), pages_local_day(pages, MAX(pages->end_us - 1, 0), last), pages->time_zone,
	          duration_format(pages->end_us, span), left_out, (long long)pages->replications,
	          pages->replications == 1
	              ? ""
	              : "s: figures are means over them, intervals are 95 % (Student t); what shows one replication says so");
}

static const char *verdict(struct pages *pages, uint32_t failed, uint32_t count)
{
	if (count == 0)
		return "No thresholds were set: the figures below answer the question.";
	if (count == 1)
		return failed ? "The threshold is missed." : "The threshold is met.";
	if (failed == 0)
		return arena_printf(pages->arena, "All %u thresholds are met.", count);
	return arena_printf(pages->arena, "%u of %u thresholds %s missed.", failed, count, failed == 1 ? "is" : "are");
}

void page_answer(struct pages *pages)
{
	const struct report_figure figures[] = {wait_figure(pages), unstarted_figure(pages), productive_figure(pages),
	                                        preemptions_figure(pages), paid_figure(pages)};
	page_figures(pages, figures, ARRAY_COUNT(figures));
	uint32_t count, failed = add_thresholds(pages, &count);
	add_sizes(pages);
	add_conditions(pages);
	if (!(pages_number(pages, "SELECT COUNT(recorded_wait_us) FROM job") > 0))
		page_text(pages, "Recorded waits to compare with: none in this input.");
	page_end(pages, pages->question ? pages->question : "Answer", verdict(pages, failed, count));
}
