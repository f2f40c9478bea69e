/* trace_cases.c - berth trace: what a trace holds, and any trace as one of our own formats. */
#include <math.h>
#include <stdio.h>

#include "app/app.h"
#include "app/text.h"
#include "base/instant.h"
#include "traces/traces.h"

/* ---- stats ---- */

static const struct list_column stat_columns[] = {
    {"figure", "FIGURE", false}, {"value", "VALUE", true}, {"unit", "", false}};

static void add_count(struct list *list, const char *figure, double value, const char *unit)
{
	char text[32];
	list_text(list, figure);
	list_number(list, value, text_count(value, text));
	list_text(list, unit);
}

/* People read "2.2h", programs seconds. */
static void add_seconds(struct list *list, const char *figure, double s)
{
	char text[32];
	list_text(list, figure);
	list_number(list, s, text_duration(s * (double)US_PER_S, text));
	list_texts(list, "", "s");
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

static void add_group(struct list *list, const char *name, const struct trace_group *group)
{
	char figure[128];
	snprintf(figure, sizeof figure, "%s: jobs", name);
	add_count(list, figure, (double)group->jobs, "jobs");
	snprintf(figure, sizeof figure, "%s: GPU-hours", name);
	add_count(list, figure, group->gpu_hours, "GPU-hours");
}

/* The first ones by name, the rest together. */
static void add_groups(struct list *list, const char *prefix, const struct trace_group *groups, uint32_t count)
{
	enum { MOST = 20 };
	struct trace_group others = {0};
	char name[96];
	for (uint32_t i = 0; i < MIN(count, MOST); i++) {
		snprintf(name, sizeof name, "%s %s", prefix, groups[i].name);
		add_group(list, name, &groups[i]);
	}
	for (uint32_t i = MOST; i < count; i++) {
		others.jobs += groups[i].jobs;
		others.gpu_hours += groups[i].gpu_hours;
	}
	if (count <= MOST)
		return;
	snprintf(name, sizeof name, "%u other %ss", count - MOST, prefix);
	add_group(list, name, &others);
}

int app_trace_stats(const struct app *app, const char *path, enum trace_format trace_format, enum list_format format)
{
	struct error error = {0};
	struct trace_stats stats;
	if (!trace_stats_of(path, trace_format, &stats, &error))
		return app_fail(app, &error);
	struct list *list = list_create(stat_columns, ARRAY_COUNT(stat_columns));
	list_text(list, "format");
	list_text(list, trace_format_name(stats.format));
	list_text(list, "");
	add_rows(list, &stats.counts);
	add_count(list, "size of the recorded machine", stats.recorded_gpus < 0 ? NAN : (double)stats.recorded_gpus, "GPUs");
	add_instant(list, "first submission", stats.first_submit_unix_us);
	add_instant(list, "last submission", stats.last_submit_unix_us);
	add_count(list, "GPU-hours", stats.gpu_hours, "GPU-hours");
	add_seconds(list, "run time, mean", stats.run_s_mean);
	add_seconds(list, "run time, p50", stats.run_s_p50);
	add_seconds(list, "run time, p95", stats.run_s_p95);
	add_seconds(list, "run time, longest", stats.run_s_max);
	add_count(list, "jobs with a recorded wait", (double)stats.n_waits, "jobs");
	add_seconds(list, "recorded wait, mean", stats.wait_s_mean);
	add_seconds(list, "recorded wait, p50", stats.wait_s_p50);
	add_seconds(list, "recorded wait, p95", stats.wait_s_p95);
	add_count(list, "jobs with a requested time", (double)stats.n_requested, "jobs");
	add_count(list, "GPUs or processors per job, mean", stats.gpus_mean, "GPUs");
	add_count(list, "GPUs or processors per job, most", stats.gpus_max, "GPUs");
	add_count(list, "demand if every job ran at once, mean", stats.demand_gpus_mean, "GPUs");
	add_count(list, "demand if every job ran at once, peak", stats.demand_gpus_peak, "GPUs");
	add_groups(list, "queue", stats.by_queue, stats.n_by_queue);
	add_groups(list, "size", stats.by_size, stats.n_by_size);
	list_print(list, format, app->out);
	list_destroy(list);
	trace_stats_free(&stats);
	return 0;
}

/* ---- convert ---- */

int app_trace_convert(const struct app *app, const char *from, enum trace_format trace_format, const char *to)
{
	struct error error = {0};
	struct trace_counts counts;
	enum trace_format found;
	if (!trace_convert(from, trace_format, to, &counts, &found, &error))
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
