/* totals.c - see totals.h. */
#include <math.h>
#include <stdlib.h>

#include "app/totals.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/job.h"
#include "sim/kpi.h"

/* How far the simulated wait is from the recorded one; of a job that had not started, how far it is at least. */
static struct wait error_of(struct wait simulated, double recorded_us)
{
	double error_us = simulated.us - recorded_us;
	return (struct wait){simulated.open ? fmax(error_us, 0) : fabs(error_us), simulated.open};
}

static struct recorded_waits compare_recorded(const struct world *world, const struct run_result *result)
{
	struct recorded_waits waits = {0};
	const struct job_table *jobs = result->jobs;
	struct wait *recorded = xcalloc((size_t)jobs->n_jobs * 3, sizeof *recorded);
	struct wait *simulated = recorded + jobs->n_jobs, *errors = simulated + jobs->n_jobs;
	uint32_t n = 0;
	for (uint32_t i = 0; i < jobs->n_jobs; i++) {
		const struct job *job = &jobs->jobs[i];
		if (job->recorded_wait_us < 0 || job->submit_us < world->warmup_us || job->submit_us >= result->end_us)
			continue;
		recorded[n] = (struct wait){(double)job->recorded_wait_us, false};
		simulated[n] = wait_of_job(job, &result->outcomes[i], result->end_us);
		errors[n] = error_of(simulated[n], recorded[n].us);
		waits.n_unstarted += simulated[n].open;
		n++;
	}
	waits_sort(recorded, n);
	waits_sort(simulated, n);
	waits_sort(errors, n);
	waits.n_jobs = n;
	waits.recorded_mean_us = waits_mean(recorded, n).us;
	waits.recorded_p95_us = waits_quantile(recorded, n, 0.95).us;
	waits.simulated_mean = waits_mean(simulated, n);
	waits.simulated_p95 = waits_quantile(simulated, n, 0.95);
	waits.median_error = waits_quantile(errors, n, 0.5);
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
