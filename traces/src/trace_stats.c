/* trace_stats.c - figures of a trace. Sums are exact integers; a quantile is the nearest rank: the smallest value that at
 * least that share of the values does not exceed. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "scan.h"

struct values {
	VEC_FIELDS(int64_t);
};

struct group {
	const char *name; /* by queue */
	int64_t size;     /* by size */
	int64_t jobs;
	int128 gpu_us;
};

struct groups {
	VEC_FIELDS(struct group);
};

struct sized_job {
	int64_t gpus, run_us;
};

struct demand_change {
	int64_t at_us, gpus;
};

struct collected {
	struct names *queues; /* ids index by_queue, whose first row is for records without a queue */
	struct groups by_queue;
	struct values submits_us, runs_us, waits_us;
	int64_t last_end_us;
	struct {
		VEC_FIELDS(struct sized_job);
	} sizes;
	struct {
		VEC_FIELDS(struct demand_change);
	} changes;
	int64_t n_requested;
};

static bool collect(void *state, const struct trace_record *record, enum skip_reason *ret_skip)
{
	struct collected *all = state;
	(void)ret_skip;
	int64_t end_us = record->submit_unix_us + record->run_us;
	all->last_end_us = all->submits_us.count ? MAX(all->last_end_us, end_us) : end_us;
	*VEC_PUSH(&all->submits_us) = record->submit_unix_us;
	*VEC_PUSH(&all->runs_us) = record->run_us;
	*VEC_PUSH(&all->sizes) = (struct sized_job){record->gpus, record->run_us};
	*VEC_PUSH(&all->changes) = (struct demand_change){record->submit_unix_us, record->gpus};
	*VEC_PUSH(&all->changes) = (struct demand_change){end_us, -record->gpus};
	if (record->wait_us >= 0)
		*VEC_PUSH(&all->waits_us) = record->wait_us;
	all->n_requested += record->requested_us > 0;
	name_id queue = record->queue ? names_intern(all->queues, record->queue) : NO_NAME;
	while (all->by_queue.count <= queue) {
		struct group *added = VEC_PUSH(&all->by_queue);
		added->name = names_text(all->queues, all->by_queue.count - 1);
	}
	struct group *group = &all->by_queue.items[queue];
	group->jobs++;
	group->gpu_us += (int128)record->gpus * record->run_us;
	return true;
}

static int compare_int64(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;
	return *a < *b ? -1 : *a > *b;
}

/* In sorted values; NAN when there are none. */
static double quantile_s(const struct values *values, int64_t percent)
{
	if (values->count == 0)
		return NAN;
	int64_t rank = (values->count * percent + 99) / 100;
	return (double)values->items[MAX(rank, 1) - 1] / (double)US_PER_S;
}

static double mean_s(const struct values *values)
{
	int128 sum = 0;
	for (uint32_t i = 0; i < values->count; i++)
		sum += values->items[i];
	return values->count ? (double)sum / (double)values->count / (double)US_PER_S : NAN;
}

static void sort_values(struct values *values)
{
	if (values->count)
		qsort(values->items, values->count, sizeof *values->items, compare_int64);
}

/* Releases before starts at the same instant: a job holds its GPUs up to, and not at, its end. */
static int compare_changes(const void *left, const void *right)
{
	const struct demand_change *a = left, *b = right;
	if (a->at_us != b->at_us)
		return a->at_us < b->at_us ? -1 : 1;
	return a->gpus < b->gpus ? -1 : a->gpus > b->gpus;
}

static int64_t peak_demand(struct collected *all)
{
	int64_t demand = 0, peak = 0;
	qsort(all->changes.items, all->changes.count, sizeof *all->changes.items, compare_changes);
	for (uint32_t i = 0; i < all->changes.count; i++) {
		demand += all->changes.items[i].gpus;
		peak = MAX(peak, demand);
	}
	return peak;
}

static int compare_sizes(const void *left, const void *right)
{
	const struct sized_job *a = left, *b = right;
	return a->gpus < b->gpus ? -1 : a->gpus > b->gpus;
}

static struct groups group_sizes(struct collected *all)
{
	struct groups groups = {0};
	qsort(all->sizes.items, all->sizes.count, sizeof *all->sizes.items, compare_sizes);
	for (uint32_t i = 0; i < all->sizes.count; i++) {
		const struct sized_job *job = &all->sizes.items[i];
		if (i == 0 || job->gpus != all->sizes.items[i - 1].gpus)
			VEC_PUSH(&groups)->size = job->gpus;
		struct group *group = &groups.items[groups.count - 1];
		group->jobs++;
		group->gpu_us += (int128)job->gpus * job->run_us;
	}
	return groups;
}

static int compare_queues(const void *left, const void *right)
{
	const struct group *a = left, *b = right;
	if (a->gpu_us != b->gpu_us)
		return a->gpu_us > b->gpu_us ? -1 : 1;
	return strcmp(a->name, b->name);
}

static double hours(int128 us)
{
	return (double)us / (double)US_PER_HOUR;
}

/* Leaves out groups without jobs. */
static struct trace_group *publish_groups(const struct groups *groups, uint32_t *ret_count)
{
	struct trace_group *published = xcalloc(groups->count, sizeof *published);
	uint32_t count = 0;
	for (uint32_t i = 0; i < groups->count; i++) {
		const struct group *group = &groups->items[i];
		if (group->jobs == 0)
			continue;
		struct trace_group *to = &published[count++];
		to->jobs = group->jobs;
		to->gpu_hours = hours(group->gpu_us);
		if (group->name)
			snprintf(to->name, sizeof to->name, "%s", *group->name ? group->name : "(none)");
		else
			snprintf(to->name, sizeof to->name, "%" PRId64, group->size);
	}
	*ret_count = count;
	return published;
}

static void fill_groups(struct collected *all, struct trace_stats *stats)
{
	struct groups by_size = group_sizes(all);
	qsort(all->by_queue.items, all->by_queue.count, sizeof *all->by_queue.items, compare_queues);
	stats->by_queue = publish_groups(&all->by_queue, &stats->n_by_queue);
	stats->by_size = publish_groups(&by_size, &stats->n_by_size);
	VEC_FREE(&by_size);
}

static void fill_sizes(struct collected *all, struct trace_stats *stats)
{
	int128 gpu_us = 0;
	int64_t gpus = 0, count = all->sizes.count;
	for (uint32_t i = 0; i < all->sizes.count; i++) {
		gpu_us += (int128)all->sizes.items[i].gpus * all->sizes.items[i].run_us;
		gpus += all->sizes.items[i].gpus;
		stats->gpus_max = fmax(stats->gpus_max, (double)all->sizes.items[i].gpus);
	}
	int64_t span_us = all->last_end_us - stats->first_submit_unix_us; /* a usable job runs longer than 0 */
	stats->gpu_hours = hours(gpu_us);
	stats->gpus_mean = (double)gpus / (double)count;
	stats->demand_gpus_mean = (double)gpu_us / (double)span_us;
	stats->demand_gpus_peak = (double)peak_demand(all);
}

static void fill_stats(struct collected *all, struct trace_stats *stats)
{
	sort_values(&all->submits_us);
	sort_values(&all->runs_us);
	sort_values(&all->waits_us);
	stats->first_submit_unix_us = all->submits_us.items[0];
	stats->last_submit_unix_us = all->submits_us.items[all->submits_us.count - 1];
	stats->run_s_mean = mean_s(&all->runs_us);
	stats->run_s_p50 = quantile_s(&all->runs_us, 50);
	stats->run_s_p95 = quantile_s(&all->runs_us, 95);
	stats->run_s_max = quantile_s(&all->runs_us, 100);
	stats->wait_s_mean = mean_s(&all->waits_us);
	stats->wait_s_p50 = quantile_s(&all->waits_us, 50);
	stats->wait_s_p95 = quantile_s(&all->waits_us, 95);
	stats->n_waits = all->waits_us.count;
	stats->n_requested = all->n_requested;
	fill_sizes(all, stats);
	fill_groups(all, stats);
}

static void collected_free(struct collected *all)
{
	names_destroy(all->queues);
	VEC_FREE(&all->by_queue);
	VEC_FREE(&all->submits_us);
	VEC_FREE(&all->runs_us);
	VEC_FREE(&all->waits_us);
	VEC_FREE(&all->sizes);
	VEC_FREE(&all->changes);
}

bool trace_stats_of(const char *path, enum trace_format format, struct trace_stats *ret_stats, struct error *error)
{
	struct collected all = {.queues = names_create()};
	struct scan_result result;
	bool ok = scan_file(path, &(struct scan){format, collect, &all, NULL}, &result, error);
	if (ok && result.counts.rows_used == 0)
		ok =
		    error_set(error, ERROR_BAD_INPUT, "%s: none of its %" PRId64 " rows can be used", path, result.counts.rows_read);
	if (ok) {
		*ret_stats =
		    (struct trace_stats){.format = result.format, .counts = result.counts, .recorded_gpus = result.recorded_gpus};
		fill_stats(&all, ret_stats);
	}
	collected_free(&all);
	return ok;
}

void trace_stats_free(struct trace_stats *stats)
{
	free(stats->by_queue);
	free(stats->by_size);
}
