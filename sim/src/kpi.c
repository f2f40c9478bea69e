/* kpi.c - key figures of one replication; see sim/kpi.h.
 *
 * Times of jobs: all jobs are sorted once per metric; one walk in that order finds the ranks of every group. A quantile is
 * the smallest observed value that at least that share of the jobs does not exceed (nearest rank). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kpi_groups.h"

#define SLOWDOWN_BOUND_US (10 * US_PER_S)
/* Jobs without an end that a quantile may hold, as a share of the jobs beyond it, before it counts as a lower bound. */
#define OPEN_SHARE_PERCENT 1

struct table {
	VEC_FIELDS(struct kpi_row);
};

struct compute {
	const struct world *world;
	const struct run_result *result;
	const struct kpi_groups *groups;
	struct table rows;
};

static struct kpi_row *add(struct compute *compute, uint32_t group, const char *metric, const char *stat, double value)
{
	const struct kpi_group *who = &compute->groups->rows.items[group];
	struct kpi_row *row = VEC_PUSH(&compute->rows);
	*row = (struct kpi_row){.key = {.metric = metric,
	                                .stat = stat,
	                                .cluster = who->cluster,
	                                .cluster_queue = who->cluster_queue,
	                                .priority_class = who->priority_class,
	                                .tenant = who->tenant,
	                                .size_class = who->size_class},
	                        .value = value};
	return row;
}

/* Submitted in the metered part of the run. */
static bool counted(const struct compute *compute, uint32_t job)
{
	int64_t submit_us = compute->result->jobs->jobs[job].submit_us;
	return submit_us >= compute->world->warmup_us && submit_us < compute->result->end_us;
}

/* ---- Times of jobs ---- */

struct observation {
	double value;
	uint32_t job;
	bool open; /* still going on at the end: a lower bound */
};

/* What is observed of a job; false: nothing. */
typedef bool observe(const struct compute *compute, uint32_t job, struct observation *ret);

static bool until(const struct compute *compute, int64_t start_us, int64_t end_us, struct observation *ret)
{
	ret->open = end_us < 0;
	ret->value = (double)((ret->open ? compute->result->end_us : end_us) - start_us);
	return true;
}

static bool observe_wait(const struct compute *compute, uint32_t job, struct observation *ret)
{
	return until(compute, compute->result->jobs->jobs[job].submit_us, compute->result->outcomes[job].admitted_us, ret);
}

static bool observe_ready(const struct compute *compute, uint32_t job, struct observation *ret)
{
	return until(compute, compute->result->jobs->jobs[job].submit_us, compute->result->outcomes[job].ready_us, ret);
}

static bool observe_pods_start(const struct compute *compute, uint32_t job, struct observation *ret)
{
	const struct job_outcome *outcome = &compute->result->outcomes[job];
	return outcome->admitted_us >= 0 && until(compute, outcome->admitted_us, outcome->ready_us, ret);
}

static bool observe_turnaround(const struct compute *compute, uint32_t job, struct observation *ret)
{
	const struct job_outcome *outcome = &compute->result->outcomes[job];
	return !outcome->deactivated && until(compute, compute->result->jobs->jobs[job].submit_us, outcome->finished_us, ret);
}

/* Feitelson: turnaround / max(run time, 10 s), at least 1. */
static bool observe_slowdown(const struct compute *compute, uint32_t job, struct observation *ret)
{
	if (!observe_turnaround(compute, job, ret))
		return false;
	int64_t run_us = MAX(compute->result->jobs->jobs[job].run_us, SLOWDOWN_BOUND_US);
	ret->value = MAX(1.0, ret->value / (double)run_us);
	return true;
}

static int compare_observations(const void *a, const void *b)
{
	const struct observation *x = a, *y = b;
	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	if (x->open != y->open)
		return y->open ? -1 : 1;
	return (x->job > y->job) - (x->job < y->job);
}

enum { QUANTILES = 4 };
static const double quantiles[QUANTILES] = {0.5, 0.9, 0.95, 0.99};
static const char *const quantile_names[QUANTILES] = {"p50", "p90", "p95", "p99"};

struct group_times {
	uint32_t n, n_open;
	uint32_t seen, seen_open; /* in the walk */
	double sum, largest;
	double at[QUANTILES];
	uint32_t open[QUANTILES]; /* up to its rank */
};

static uint32_t nearest_rank(double quantile, uint32_t n)
{
	double rank = ceil(quantile * n);
	return rank < 1 ? 1 : (uint32_t)rank;
}

static void walk(struct group_times *times, const struct observation *observation)
{
	times->seen++;
	times->seen_open += observation->open;
	times->sum += observation->value;
	times->largest = observation->value;
	for (int i = 0; i < QUANTILES; i++) {
		uint32_t rank = nearest_rank(quantiles[i], times->n);
		if (times->seen != rank)
			continue;
		times->at[i] = observation->value;
		times->open[i] = times->seen_open;
	}
}

bool kpi_is_bound(uint64_t n_open, uint64_t n_beyond)
{
	return n_open * 100 > n_beyond * OPEN_SHARE_PERCENT;
}

static void add_times(struct compute *compute, uint32_t group, const char *metric, const struct group_times *times)
{
	double mean = times->n ? times->sum / times->n : NAN;
	add(compute, group, metric, "mean", mean)->n_open = times->n_open;
	for (int i = 0; i < QUANTILES; i++) {
		struct kpi_row *row = add(compute, group, metric, quantile_names[i], times->n ? times->at[i] : NAN);
		row->n_open = times->open[i];
		row->n_beyond = times->n ? times->n - nearest_rank(quantiles[i], times->n) : 0;
	}
	add(compute, group, metric, "max", times->n ? times->largest : NAN)->n_open = times->n_open;
}

static void add_metric(struct compute *compute, const char *metric, observe *observe_job)
{
	uint32_t n_jobs = compute->result->jobs->n_jobs, n_groups = compute->groups->rows.count, n = 0;
	struct observation *observations = xcalloc(n_jobs, sizeof *observations);
	struct group_times *times = xcalloc(n_groups, sizeof *times);
	for (uint32_t job = 0; job < n_jobs; job++) {
		if (!counted(compute, job) || !observe_job(compute, job, &observations[n]))
			continue;
		observations[n].job = job;
		const uint32_t *groups = compute->groups->of_job[job];
		for (uint32_t i = 0; i < MOST_GROUPS_OF_JOB && groups[i] != NONE; i++) {
			times[groups[i]].n++;
			times[groups[i]].n_open += observations[n].open;
		}
		n++;
	}
	qsort(observations, n, sizeof *observations, compare_observations);
	for (uint32_t o = 0; o < n; o++) {
		const uint32_t *groups = compute->groups->of_job[observations[o].job];
		for (uint32_t i = 0; i < MOST_GROUPS_OF_JOB && groups[i] != NONE; i++)
			walk(&times[groups[i]], &observations[o]);
	}
	for (uint32_t g = 0; g < n_groups; g++)
		add_times(compute, g, metric, &times[g]);
	free(observations);
	free(times);
}

static double ratio(int128 part, int128 whole)
{
	return whole > 0 ? (double)part / (double)whole : NAN;
}

/* ---- Counts and causes of waits ---- */

enum fate { SUBMITTED, FINISHED, FAILED, RUNNING, WAITING, UNSTARTED, NEVER_RAN, NEVER_FITS, FATE_COUNT };
static const char *const fate_names[FATE_COUNT] = {"submitted", "finished",  "failed",   "running",
                                                   "waiting",   "unstarted", "neverRan", "neverFits"};

/* Limits that end a job for good. */
static const struct {
	enum reason reason;
	const char *name;
} limits[] = {{REASON_MAXIMUM_EXECUTION_TIME, "maximumExecutionTime"},
              {REASON_REQUEUING_LIMIT, "requeuingLimit"},
              {REASON_DEACTIVATED, "deactivated"}};

struct group_counts {
	int64_t fates[FATE_COUNT];
	int64_t preemptions, preempted_jobs, failures, slow_pods, drained, node_drains, ended_by[ARRAY_COUNT(limits)];
	int128 waits[WAIT_CAUSE_COUNT];
};

bool kpi_job_waits(const struct job_outcome *outcome)
{
	return outcome->finished_us < 0 && !outcome->deactivated &&
	       (outcome->cluster == NONE || outcome->pending_reason != REASON_NONE);
}

static enum fate fate_of(const struct job_outcome *outcome)
{
	if (outcome->finished_us >= 0)
		return FINISHED;
	if (outcome->deactivated)
		return FAILED;
	return kpi_job_waits(outcome) ? WAITING : RUNNING;
}

static void count_job(struct group_counts *counts, const struct job_outcome *outcome)
{
	counts->fates[SUBMITTED]++;
	counts->fates[fate_of(outcome)]++;
	counts->fates[UNSTARTED] += outcome->admitted_us < 0;
	counts->fates[NEVER_RAN] += outcome->ready_us < 0 && outcome->pending_reason != REASON_STARTING;
	counts->fates[NEVER_FITS] += outcome->never_fits;
	counts->preemptions += outcome->preemptions;
	counts->preempted_jobs += outcome->preemptions > 0;
	counts->failures += outcome->failures;
	counts->node_drains += outcome->node_drains;
	counts->slow_pods += outcome->pods_ready_evictions;
	counts->drained += outcome->stop_evictions;
	for (size_t i = 0; i < ARRAY_COUNT(limits); i++)
		counts->ended_by[i] += outcome->deactivated && outcome->pending_reason == limits[i].reason;
	for (int cause = 0; cause < WAIT_CAUSE_COUNT; cause++)
		counts->waits[cause] += outcome->wait_by_cause_us[cause];
}

static void add_counts(struct compute *compute, uint32_t group, const struct group_counts *counts)
{
	int64_t evictions = counts->preemptions + counts->slow_pods + counts->drained + counts->node_drains;
	int128 waited = 0;
	for (int fate = 0; fate < FATE_COUNT; fate++)
		add(compute, group, "jobs_count", fate_names[fate], (double)counts->fates[fate]);
	add(compute, group, "preemptions_count", "total", (double)counts->preemptions);
	add(compute, group, "preempted_ratio", "mean", ratio(counts->preempted_jobs, counts->fates[SUBMITTED]));
	add(compute, group, "evictions_count", "podsReadyTimeout", (double)counts->slow_pods);
	add(compute, group, "evictions_count", "queueStopped", (double)counts->drained);
	add(compute, group, "evictions_count", "nodeRemoved", (double)counts->node_drains);
	for (size_t i = 0; i < ARRAY_COUNT(limits); i++) {
		add(compute, group, "evictions_count", limits[i].name, (double)counts->ended_by[i]);
		evictions += counts->ended_by[i];
	}
	add(compute, group, "evictions_count", "total", (double)evictions);
	add(compute, group, "failures_count", "total", (double)counts->failures);
	for (int cause = 0; cause < WAIT_CAUSE_COUNT; cause++)
		waited += counts->waits[cause];
	for (int cause = 0; cause < WAIT_CAUSE_COUNT; cause++)
		add(compute, group, "waitCause_ratio", wait_cause_names[cause], ratio(counts->waits[cause], waited));
}

static void add_all_counts(struct compute *compute)
{
	uint32_t n_groups = compute->groups->rows.count;
	struct group_counts *counts = xcalloc(n_groups, sizeof *counts);
	for (uint32_t job = 0; job < compute->result->jobs->n_jobs; job++) {
		if (!counted(compute, job))
			continue;
		const uint32_t *groups = compute->groups->of_job[job];
		for (uint32_t i = 0; i < MOST_GROUPS_OF_JOB && groups[i] != NONE; i++)
			count_job(&counts[groups[i]], &compute->result->outcomes[job]);
	}
	for (uint32_t g = 0; g < n_groups; g++)
		add_counts(compute, g, &counts[g]);
	free(counts);
	add(compute, 0, "largestStorm_count", "max", compute->result->largest_storm);
}

/* ---- GPU time and quota ---- */

struct gpu_sums {
	int128 by_kind[GPU_TIME_COUNT], capacity;
	charge paid, charged, idle, down;
	bool priced; /* every pool with GPUs has a price */
};

/* cluster NONE: all. */
static struct gpu_sums sum_pools(const struct compute *compute, uint32_t cluster)
{
	struct gpu_sums sums = {.priced = true};
	for (uint32_t p = 0; p < compute->result->n_pools; p++) {
		const struct pool_meter *pool = &compute->result->pools[p];
		if (cluster != NONE && pool->cluster != cluster)
			continue;
		for (int kind = 0; kind < GPU_TIME_COUNT; kind++)
			sums.by_kind[kind] += pool->gpu_us[kind];
		sums.capacity += pool->capacity_gpu_us;
		sums.priced &= pool->priced || node_pool_gpus(&compute->world->clusters[pool->cluster].pools[pool->pool]) == 0;
		sums.paid += pool->paid;
		sums.charged += pool->charged;
		sums.idle += pool->idle;
		sums.down += pool->down;
	}
	return sums;
}

static void add_pools(struct compute *compute, uint32_t group, uint32_t cluster)
{
	struct gpu_sums sums = sum_pools(compute, cluster);
	int128 allocated = 0;
	for (int kind = 0; kind < GPU_TIME_COUNT; kind++)
		add(compute, group, "gpuHours_ratio", gpu_time_names[kind], ratio(sums.by_kind[kind], sums.capacity));
	for (int kind = GPU_PRODUCTIVE; kind <= GPU_LOST_TO_FAILURES; kind++)
		allocated += sums.by_kind[kind];
	add(compute, group, "utilisation_ratio", "mean", ratio(allocated, sums.capacity));
	if (!sums.priced || compute->world->n_prices == 0)
		return;
	add(compute, group, "paid_micro", "total", (double)charge_micro(sums.paid));
	add(compute, group, "idle_micro", "total", (double)charge_micro(sums.idle));
	add(compute, group, "down_micro", "total", (double)charge_micro(sums.down));
	/* paid is a sum of (micro per hour) x us, so over GPU-us it is micro per GPU-hour */
	add(compute, group, "perProductiveGpuHour_micro", "mean", ratio(sums.paid, sums.by_kind[GPU_PRODUCTIVE]));
}

static void add_quota(struct compute *compute, uint32_t group, name_id cluster, name_id cluster_queue)
{
	int128 used = 0, nominal = 0, borrowed = 0, lent = 0;
	bool unlimited = false;
	for (uint32_t q = 0; q < compute->result->n_queues; q++) {
		const struct queue_meter *queue = &compute->result->queues[q];
		const struct cluster *owner = &compute->world->clusters[queue->cluster];
		if (cluster != NO_NAME && owner->name != cluster)
			continue;
		if (cluster_queue != NO_NAME && owner->kueue->cluster_queues[queue->cluster_queue].name != cluster_queue)
			continue;
		used += queue->used_gpu_us;
		borrowed += queue->borrowed_gpu_us;
		lent += queue->lent_gpu_us;
		unlimited |= queue->nominal_gpu_us < 0;
		nominal += queue->nominal_gpu_us;
	}
	add(compute, group, "borrowed_ratio", "mean", ratio(borrowed, used));
	add(compute, group, "lent_ratio", "mean", unlimited ? NAN : ratio(lent, nominal));
}

/* ---- Money of jobs: of the metered time, whenever they were submitted ---- */

/* Whole micro-units per group, so that the queues sum to the whole. */
static void add_money(struct compute *compute, const char *metric, charge (*money_of)(const struct job_outcome *outcome))
{
	uint32_t n_groups = compute->groups->rows.count, n_queues = 0;
	charge *sums = xcalloc(n_groups, sizeof *sums), *parts = xcalloc(n_groups, sizeof *parts);
	int64_t *split = xcalloc(n_groups, sizeof *split);
	for (uint32_t job = 0; job < compute->result->jobs->n_jobs; job++) {
		const uint32_t *groups = compute->groups->of_job[job];
		for (uint32_t i = 0; i < MOST_GROUPS_OF_JOB && groups[i] != NONE; i++)
			sums[groups[i]] += money_of(&compute->result->outcomes[job]);
	}
	for (uint32_t g = 0; g < n_groups; g++) {
		const struct kpi_group *group = &compute->groups->rows.items[g];
		if (group->cluster_queue != NO_NAME && group->priority_class == NO_NAME)
			parts[n_queues++] = sums[g];
	}
	charge_split(parts, n_queues, split);
	for (uint32_t g = 0, q = 0; g < n_groups; g++) {
		const struct kpi_group *group = &compute->groups->rows.items[g];
		bool queue = group->cluster_queue != NO_NAME && group->priority_class == NO_NAME;
		add(compute, g, metric, "total", (double)(queue ? split[q++] : charge_micro(sums[g])));
	}
	free(sums);
	free(parts);
	free(split);
}

static void add_all_meters(struct compute *compute)
{
	const struct world *world = compute->world;
	add_pools(compute, 0, NONE);
	for (uint32_t c = 0; c < world->n_clusters && world->n_clusters > 1; c++)
		add_pools(compute, 1 + c, c);
	for (uint32_t g = 0; g < compute->groups->rows.count; g++) {
		const struct kpi_group *group = &compute->groups->rows.items[g];
		if (group->priority_class == NO_NAME && group->tenant == NO_NAME && !group->size_class)
			add_quota(compute, g, group->cluster, group->cluster_queue);
	}
	if (world->n_prices == 0 || !sum_pools(compute, NONE).priced)
		return;
	add_money(compute, "charged_micro", job_cost);
	add_money(compute, "borrowed_micro", job_borrowed_cost);
	add_money(compute, "lost_micro", job_lost_cost);
}

struct kpi_table *kpi_compute(const struct world *world, const struct run_result *result)
{
	struct kpi_groups *groups = kpi_groups_create(world, result);
	struct compute compute = {.world = world, .result = result, .groups = groups};
	add_metric(&compute, "waitTime_us", observe_wait);
	add_metric(&compute, "readyTime_us", observe_ready);
	add_metric(&compute, "podsStart_us", observe_pods_start);
	add_metric(&compute, "turnaround_us", observe_turnaround);
	add_metric(&compute, "boundedSlowdown_ratio", observe_slowdown);
	add_all_counts(&compute);
	add_all_meters(&compute);
	kpi_groups_destroy(groups);
	struct kpi_table *table = xcalloc(1, sizeof *table);
	table->rows = compute.rows.items;
	table->n_rows = compute.rows.count;
	return table;
}

void kpi_table_free(struct kpi_table *table)
{
	if (!table)
		return;
	free(table->rows);
	free(table);
}
