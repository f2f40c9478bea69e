/* totals.c - see totals.h. */
#include <math.h>
#include <stdlib.h>

#include "app/totals.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/job.h"
#include "sim/kpi.h"

int64_t job_wait_us(const struct job *job, const struct job_outcome *outcome, int64_t end_us)
{
	return (outcome->admitted_us >= 0 ? outcome->admitted_us : end_us) - job->submit_us;
}

static int compare_doubles(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;
	return (left > right) - (left < right);
}

void sort_ascending(double *values, uint32_t n)
{
	if (n > 0)
		qsort(values, n, sizeof *values, compare_doubles);
}

double sorted_quantile(const double *ascending, uint32_t n, double q)
{
	double rank = ceil(q * n);
	return ascending[rank < 1 ? 0 : rank > n ? n - 1 : (uint32_t)rank - 1];
}

static double mean_of(const double *values, uint32_t n)
{
	double sum = 0;
	for (uint32_t i = 0; i < n; i++)
		sum += values[i];
	return sum / n;
}

static struct recorded_waits compare_recorded(const struct world *world, const struct run_result *result)
{
	struct recorded_waits waits = {0};
	const struct job_table *jobs = result->jobs;
	double *recorded = xcalloc((size_t)jobs->n_jobs * 3, sizeof *recorded);
	double *simulated = recorded + jobs->n_jobs, *differences = simulated + jobs->n_jobs;
	uint32_t n = 0;
	for (uint32_t i = 0; i < jobs->n_jobs; i++) {
		const struct job *job = &jobs->jobs[i];
		if (job->recorded_wait_us < 0 || job->submit_us < world->warmup_us || job->submit_us >= result->end_us)
			continue;
		recorded[n] = (double)job->recorded_wait_us;
		simulated[n] = (double)job_wait_us(job, &result->outcomes[i], result->end_us);
		differences[n] = fabs(simulated[n] - recorded[n]);
		n++;
	}
	if (n > 0) {
		sort_ascending(recorded, n);
		sort_ascending(simulated, n);
		sort_ascending(differences, n);
		waits = (struct recorded_waits){.n_jobs = n,
		                                .recorded_mean_us = mean_of(recorded, n),
		                                .recorded_p50_us = sorted_quantile(recorded, n, 0.5),
		                                .recorded_p95_us = sorted_quantile(recorded, n, 0.95),
		                                .simulated_mean_us = mean_of(simulated, n),
		                                .simulated_p50_us = sorted_quantile(simulated, n, 0.5),
		                                .simulated_p95_us = sorted_quantile(simulated, n, 0.95),
		                                .median_error_us = sorted_quantile(differences, n, 0.5)};
	}
	free(recorded);
	return waits;
}

static int64_t oldest_wait(const struct run_result *result)
{
	int64_t oldest_us = -1;
	for (uint32_t i = 0; i < result->jobs->n_jobs; i++) {
		const struct job *job = &result->jobs->jobs[i];
		if (job->submit_us < result->end_us && kpi_job_waits(&result->outcomes[i]))
			oldest_us = MAX(oldest_us, result->end_us - job->submit_us);
	}
	return oldest_us;
}

static bool check_pool(const struct world *world, const struct pool_meter *meter, struct error *error)
{
	const struct cluster *cluster = &world->clusters[meter->cluster];
	const char *name = names_text(world->names, cluster->pools[meter->pool].name);
	int128 sum = 0;
	for (int i = 0; i < GPU_TIME_COUNT; i++) {
		if (meter->gpu_us[i] < 0)
			return error_set(error, ERROR_INVARIANT, "GPU time of pool %s: %s is negative (%lld GPU-us)", name,
			                 gpu_time_names[i], (long long)meter->gpu_us[i]);
		sum += meter->gpu_us[i];
	}
	if (sum != meter->capacity_gpu_us)
		return error_set(error, ERROR_INVARIANT, "GPU time of pool %s: the parts sum to %lld GPU-us, the capacity is %lld",
		                 name, (long long)sum, (long long)meter->capacity_gpu_us);
	if (meter->paid != meter->charged + meter->idle + meter->down)
		return error_set(error, ERROR_INVARIANT, "money of pool %s: paid %lld is not charged %lld + idle %lld + down %lld",
		                 name, (long long)charge_micro(meter->paid), (long long)charge_micro(meter->charged),
		                 (long long)charge_micro(meter->idle), (long long)charge_micro(meter->down));
	return true;
}

/* A job goes forward in time, and what it waited for makes up its whole wait. */
static bool check_job(const struct world *world, const struct run_result *result, uint32_t index, struct error *error)
{
	const struct job *job = &result->jobs->jobs[index];
	const struct job_outcome *outcome = &result->outcomes[index];
	const char *name = names_text(world->names, job->name);
	const int64_t steps[] = {job->submit_us, outcome->admitted_us, outcome->bound_us, outcome->ready_us};
	int64_t last_us = steps[0];
	for (size_t i = 1; i < ARRAY_COUNT(steps); i++) {
		if (steps[i] >= 0 && (steps[i] < last_us || steps[i - 1] < 0))
			return error_set(error, ERROR_INVARIANT, "job %s: it was ready before it was bound, admitted or submitted",
			                 name);
		last_us = MAX(last_us, steps[i]);
	}
	if (outcome->finished_us >= 0 && outcome->finished_us < last_us)
		return error_set(error, ERROR_INVARIANT, "job %s: it finished before it started", name);
	return true;
}

/* What jobs got and were charged is what pools gave and charged. */
static bool check_sums(const struct run_result *result, struct error *error)
{
	enum { GOT = GPU_LOST_TO_FAILURES + 1 };
	int128 jobs[GOT] = {0}, pools[GOT] = {0};
	charge cost = 0, charged = 0;
	for (uint32_t i = 0; i < result->jobs->n_jobs; i++) {
		const struct job_outcome *outcome = &result->outcomes[i];
		jobs[GPU_PRODUCTIVE] += outcome->productive_gpu_us;
		jobs[GPU_STARTING] += outcome->starting_gpu_us;
		jobs[GPU_LOST_TO_PREEMPTION] += outcome->lost_preemption_gpu_us;
		jobs[GPU_LOST_TO_EVICTIONS] += outcome->lost_eviction_gpu_us;
		jobs[GPU_LOST_TO_FAILURES] += outcome->lost_failure_gpu_us;
		cost += outcome->cost;
	}
	for (uint32_t i = 0; i < result->n_pools; i++) {
		for (int part = 0; part < GOT; part++)
			pools[part] += result->pools[i].gpu_us[part];
		charged += result->pools[i].charged;
	}
	for (int part = 0; part < GOT; part++)
		if (jobs[part] != pools[part])
			return error_set(error, ERROR_INVARIANT, "GPU time, %s: jobs add up to %lld GPU-us, pools to %lld",
			                 gpu_time_names[part], (long long)jobs[part], (long long)pools[part]);
	if (cost != charged)
		return error_set(error, ERROR_INVARIANT, "money: jobs were charged %lld micro-units, pools charged %lld",
		                 (long long)charge_micro(cost), (long long)charge_micro(charged));
	return true;
}

static bool check_conservation(const struct world *world, const struct run_result *result, struct error *error)
{
	for (uint32_t i = 0; i < result->n_pools; i++)
		if (!check_pool(world, &result->pools[i], error))
			return false;
	for (uint32_t i = 0; i < result->jobs->n_jobs; i++)
		if (!check_job(world, result, i, error))
			return false;
	return check_sums(result, error);
}

static void add_pools(struct run_totals *totals, const struct run_result *result)
{
	if (!totals->pools) {
		totals->n_pools = result->n_pools;
		totals->pools = xcalloc(result->n_pools, sizeof *totals->pools);
	}
	for (uint32_t i = 0; i < result->n_pools; i++) {
		const struct pool_meter *meter = &result->pools[i];
		struct pool_totals *pool = &totals->pools[i];
		pool->cluster = meter->cluster;
		pool->pool = meter->pool;
		for (int j = 0; j < GPU_TIME_COUNT; j++) {
			totals->gpu_us[j] += meter->gpu_us[j];
			pool->gpu_us[j] += meter->gpu_us[j];
		}
		totals->capacity_gpu_us += meter->capacity_gpu_us;
		pool->capacity_gpu_us += meter->capacity_gpu_us;
		totals->priced &= meter->priced || meter->capacity_gpu_us == 0;
		totals->paid += meter->paid;
		totals->charged += meter->charged;
		totals->idle += meter->idle;
		totals->down += meter->down;
	}
}

bool totals_add(struct run_totals *totals, const struct world *world, const struct run_result *result, struct error *error)
{
	if (!check_conservation(world, result, error))
		return error_wrap(error, "replication %u", result->replication);
	if (totals->replications == 0) {
		totals->priced = world->currency != NULL;
		totals->oldest_wait_us = -1;
		totals->recorded = compare_recorded(world, result);
	}
	totals->replications++;
	totals->oldest_wait_us = MAX(totals->oldest_wait_us, oldest_wait(result));
	add_pools(totals, result);
	for (uint32_t i = 0; i < result->n_preemptions; i++)
		totals->preempted_jobs[result->preemptions[i].reason] += result->preemptions[i].jobs;
	totals->largest_storm = MAX(totals->largest_storm, result->largest_storm);
	totals->loops += result->n_loops;
	totals->events += result->events;
	totals->passes += result->passes;
	totals->digest = digest_add(totals->digest, result->digest);
	return true;
}

void totals_free(struct run_totals *totals)
{
	free(totals->pools);
	totals->pools = NULL;
	totals->n_pools = 0;
}
