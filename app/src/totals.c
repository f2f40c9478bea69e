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

double mean_of(const double *values, uint32_t n)
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
	if (!run_result_check(world, result, error))
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
