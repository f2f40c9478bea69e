/* trace_cases.c - berth trace: what a trace holds, and any trace as one of our own formats. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/app.h"
#include "app/text.h"
#include "base/instant.h"
#include "overwrite.h"
#include "traces/traces.h"

/* ---- stats ---- */

static const struct list_column stat_columns[] = {
    {"figure", "FIGURE", false}, {"value", "VALUE", true}, {"unit", "", false}};

/* What the input does not hold has no unit either. */
static void add_figure(struct list *list, const char *figure, double value, const char *shown, const char *unit)
{
	list_text(list, figure);
	if (isnan(value)) {
		list_number(list, value, "");
		list_texts(list, "not in this input", unit);
		return;
	}
	list_number(list, value, shown);
	list_text(list, unit);
}

static void add_count(struct list *list, const char *figure, double value, const char *unit)
{
	char text[32];
	add_figure(list, figure, value, text_count(value, text), unit);
}

/* Three significant digits: a mean of 1.27 is not 1. */
static void add_mean(struct list *list, const char *figure, double value, const char *unit)
{
	char text[32];
	if (value < 100)
		snprintf(text, sizeof text, "%.3g", value);
	else
		text_count(value, text);
	add_figure(list, figure, value, text, unit);
}

/* People read "2.2h", programs seconds. */
static void add_seconds(struct list *list, const char *figure, double s)
{
	char text[32];
	list_text(list, figure);
	list_number(list, s, text_duration(s * (double)US_PER_S, text));
	list_texts(list, isnan(s) ? "not in this input" : "", "s");
}

static void add_instant(struct list *list, const char *figure, int64_t unix_us)
{
	char text[40];
	list_text(list, figure);
	list_text(list, instant_format(unix_us, text));
	list_text(list, "UTC");
}

static void add_rows(struct list *list, const struct trace_counts *counts)
{
	add_count(list, "rows read", (double)counts->rows_read, "rows");
	add_count(list, "rows used", (double)counts->rows_used, "rows");
	for (int reason = 0; reason < SKIP_COUNT; reason++) {
		char figure[96];
		if (counts->skipped[reason] == 0)
			continue;
		snprintf(figure, sizeof figure, "skipped: %s", skip_text((enum skip_reason)reason));
		add_count(list, figure, (double)counts->skipped[reason], "rows");
	}
}

/* What the devices of a trace are: the Standard Workload Format counts processors. */
struct device {
	const char *plural, *per_job_mean, *per_job_most, *hours;
};

static struct device device_of(enum trace_format format)
{
	if (format == TRACE_SWF)
		return (struct device){"processors", "processors per job, mean", "processors per job, most", "processor-hours"};
	return (struct device){"GPUs", "GPUs per job, mean", "GPUs per job, most", "GPU-hours"};
}

static void add_figures(struct list *list, const struct trace_stats *stats, const struct device *device)
{
	list_text(list, "format");
	list_text(list, trace_format_name(stats->format));
	list_text(list, "");
	add_rows(list, &stats->counts);
	add_count(list, "size of the recorded machine", stats->recorded_gpus < 0 ? NAN : (double)stats->recorded_gpus,
	          device->plural);
	add_instant(list, "first submission", stats->first_submit_unix_us);
	add_instant(list, "last submission", stats->last_submit_unix_us);
	add_count(list, device->hours, stats->gpu_hours, device->hours);
	add_seconds(list, "run time, mean", stats->run_s_mean);
	add_seconds(list, "run time, p50", stats->run_s_p50);
	add_seconds(list, "run time, p95", stats->run_s_p95);
	add_seconds(list, "run time, longest", stats->run_s_max);
	add_count(list, "jobs with a recorded wait", (double)stats->n_waits, "jobs");
	add_seconds(list, "recorded wait, mean", stats->wait_s_mean);
	add_seconds(list, "recorded wait, p50", stats->wait_s_p50);
	add_seconds(list, "recorded wait, p95", stats->wait_s_p95);
	add_count(list, "jobs with a requested time", (double)stats->n_requested, "jobs");
	add_mean(list, device->per_job_mean, stats->gpus_mean, device->plural);
	add_count(list, device->per_job_most, stats->gpus_max, device->plural);
	add_mean(list, "demand if no job waited, mean", stats->demand_gpus_mean, device->plural);
	add_count(list, "demand if no job waited, peak", stats->demand_gpus_peak, device->plural);
}

/* ---- groups of jobs ---- */

enum { MOST_GROUPS = 20 };

/* Sizes beyond twenty are put together between powers of two; the text must outlive the groups. */
static uint32_t merge_sizes(const struct trace_group *sizes, uint32_t count, struct trace_group *ret_merged)
{
	uint32_t n = 0;
	int64_t upper = 0;
	for (uint32_t i = 0; i < count; i++) {
		int64_t size = strtoll(sizes[i].name, NULL, 10);
		if (n == 0 || size > upper) {
			for (upper = 1; upper < size && upper <= INT64_MAX / 2; upper *= 2)
				continue;
			struct trace_group *merged = &ret_merged[n++];
			*merged = (struct trace_group){0};
			if (upper <= 2)
				snprintf(merged->name, sizeof merged->name, "%lld", (long long)upper);
			else
				snprintf(merged->name, sizeof merged->name, "%lld to %lld", (long long)upper / 2 + 1, (long long)upper);
		}
		ret_merged[n - 1].jobs += sizes[i].jobs;
		ret_merged[n - 1].gpu_hours += sizes[i].gpu_hours;
	}
	return n;
}

/* The first ones, the rest together. */
static uint32_t merge_rest(const struct trace_group *groups, uint32_t count, struct trace_group *ret_merged)
{
	uint32_t n = MIN(count, MOST_GROUPS);
	for (uint32_t i = 0; i < n; i++)
		ret_merged[i] = groups[i];
	if (count <= MOST_GROUPS)
		return n;
	struct trace_group others = {0};
	snprintf(others.name, sizeof others.name, "(%u others)", count - n);
	for (uint32_t i = n; i < count; i++) {
		others.jobs += groups[i].jobs;
		others.gpu_hours += groups[i].gpu_hours;
	}
	ret_merged[n] = others;
	return n + 1;
}

static void print_groups(const struct app *app, const char *heading, const struct device *device,
                         const struct trace_group *groups, uint32_t count, double all_hours)
{
	const struct list_column columns[] = {
	    {"name", heading, false}, {"jobs", "JOBS", true}, {"hours", device->hours, true}, {"share", "SHARE", true}};
	struct list *list = list_create(columns, ARRAY_COUNT(columns));
	for (uint32_t i = 0; i < count; i++) {
		char text[32], share[40];
		list_text(list, groups[i].name);
		list_int(list, groups[i].jobs);
		list_number(list, groups[i].gpu_hours, text_count(groups[i].gpu_hours, text));
		snprintf(share, sizeof share, "%s%%", text_percent(groups[i].gpu_hours / all_hours, text));
		list_text(list, share);
	}
	fputs("\n", app->out);
	list_print(list, LIST_TABLE, app->out);
	list_destroy(list);
}

/* For programs a group is two figures of the one list. */
static void add_groups(struct list *list, const char *what, const struct device *device, const struct trace_group *groups,
                       uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		char figure[128];
		snprintf(figure, sizeof figure, "%s %s: jobs", what, groups[i].name);
		add_count(list, figure, (double)groups[i].jobs, "jobs");
		snprintf(figure, sizeof figure, "%s %s: %s", what, groups[i].name, device->hours);
		add_count(list, figure, groups[i].gpu_hours, device->hours);
	}
}

static void print_stats(const struct app *app, const struct trace_stats *stats, enum list_format format)
{
	const struct device device = device_of(stats->format);
	struct trace_group queues[MOST_GROUPS + 1], sizes[64];
	uint32_t n_queues = merge_rest(stats->by_queue, stats->n_by_queue, queues);
	bool many = stats->n_by_size > MOST_GROUPS;
	uint32_t n_sizes =
	    many ? merge_sizes(stats->by_size, stats->n_by_size, sizes) : merge_rest(stats->by_size, stats->n_by_size, sizes);
	struct list *list = list_create(stat_columns, ARRAY_COUNT(stat_columns));
	add_figures(list, stats, &device);
	if (format != LIST_TABLE) {
		add_groups(list, "queue", &device, queues, n_queues);
		add_groups(list, "size", &device, sizes, n_sizes);
	}
	list_print(list, format, app->out);
	list_destroy(list);
	if (format != LIST_TABLE)
		return;
	print_groups(app, "QUEUE", &device, queues, n_queues, stats->gpu_hours);
	print_groups(app, device.plural, &device, sizes, n_sizes, stats->gpu_hours);
}

int app_trace_stats(const struct app *app, const char *path, enum trace_format trace_format, enum list_format format)
{
	struct error error = {0};
	struct trace_stats stats;
	if (!trace_stats_of(path, trace_format, &stats, &error))
		return app_fail(app, &error);
	print_stats(app, &stats, format);
	trace_stats_free(&stats);
	return 0;
}

/* ---- convert ---- */

static bool may_write(const char *from, const char *to, bool force, struct error *error)
{
	if (same_file(from, to))
		return error_set(error, ERROR_BAD_INPUT, "--out %s: that is the trace itself", to);
	return may_overwrite(to, force, error);
}

int app_trace_convert(const struct app *app, const char *from, enum trace_format trace_format, const char *to, bool force)
{
	struct error error = {0};
	struct trace_counts counts;
	enum trace_format found;
	if (!may_write(from, to, force, &error) || !trace_convert(from, trace_format, to, &counts, &found, &error))
		return app_fail(app, &error);
	struct list *list = list_create(stat_columns, ARRAY_COUNT(stat_columns));
	list_text(list, "format read");
	list_text(list, trace_format_name(found));
	list_text(list, "");
	add_rows(list, &counts);
	list_print(list, LIST_TABLE, app->out);
	list_destroy(list);
	return 0;
}
