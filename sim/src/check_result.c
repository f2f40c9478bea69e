/* check_result.c - the finished result adds up; see check.h. */
#include "check.h"

static bool differs(struct error *error, const char *book, int64_t index, int128 difference)
{
	return error_set(error, ERROR_INVARIANT, "%s %lld: off by %lld", book, (long long)index, (long long)difference);
}

static bool check_pool_result(const struct world *world, const struct pool_meter *row, uint32_t index, struct error *error)
{
	const struct node_pool *pool = &world->clusters[row->cluster].pools[row->pool];
	const struct gpu_price *price = world_price(world, pool->gpu_product, pool->capacity_type);
	int128 allocated = 0, idle = 0;
	for (int kind = GPU_PRODUCTIVE; kind <= GPU_LOST_TO_FAILURES; kind++)
		allocated += row->gpu_us[kind];
	for (int kind = GPU_IDLE_NOBODY_WAITING; kind <= GPU_IDLE_CONTROL_PLANE; kind++)
		idle += row->gpu_us[kind];
	int128 rest = row->capacity_gpu_us - allocated - idle - row->gpu_us[GPU_DOWN];
	if (rest != 0)
		return differs(error, "GPU time of pool", index, rest);
	int128 rate = price ? price->micro_per_gpu_hour : 0;
	int128 billed = idle + allocated + (price && price->billed == BILLED_ALWAYS ? row->gpu_us[GPU_DOWN] : 0);
	if (row->paid != rate * billed)
		return differs(error, "money of pool", index, row->paid - rate * billed);
	if (row->paid != row->charged + row->idle + row->down)
		return differs(error, "parts of the money of pool", index, row->paid - row->charged - row->idle - row->down);
	return true;
}

static bool check_outcome(const struct run_result *result, uint32_t index, struct error *error)
{
	const struct job_outcome *outcome = &result->outcomes[index];
	const struct job *job = &result->jobs->jobs[index];
	int64_t waited = 0;
	for (int cause = 0; cause < WAIT_CAUSE_COUNT; cause++)
		waited += outcome->wait_by_cause_us[cause];
	int64_t until = outcome->ready_us >= 0 ? outcome->ready_us : result->end_us;
	if (!outcome->deactivated && waited != until - job->submit_us)
		return differs(error, "waits of job", index, waited - (until - job->submit_us));
	if (outcome->finished_us >= 0 && (outcome->ready_us < outcome->bound_us || outcome->bound_us < outcome->admitted_us ||
	                                  outcome->finished_us < outcome->ready_us || outcome->admitted_us < job->submit_us))
		return differs(error, "order of events of job", index, outcome->finished_us);
	return true;
}

/* Sums over jobs against sums over pools: every GPU-microsecond and every charge is somebody's. */
static bool check_sums(const struct run_result *result, struct error *error)
{
	int128 time[GPU_LOST_TO_FAILURES + 1] = {0};
	charge charged = 0;
	for (uint32_t p = 0; p < result->n_pools; p++) {
		for (int kind = GPU_PRODUCTIVE; kind <= GPU_LOST_TO_FAILURES; kind++)
			time[kind] += result->pools[p].gpu_us[kind];
		charged += result->pools[p].charged;
	}
	for (uint32_t i = 0; i < result->jobs->n_jobs; i++) {
		const struct job_outcome *outcome = &result->outcomes[i];
		time[GPU_PRODUCTIVE] -= outcome->productive_gpu_us;
		time[GPU_STARTING] -= outcome->starting_gpu_us;
		time[GPU_LOST_TO_PREEMPTION] -= outcome->lost_preemption_gpu_us;
		time[GPU_LOST_TO_EVICTIONS] -= outcome->lost_eviction_gpu_us;
		time[GPU_LOST_TO_FAILURES] -= outcome->lost_failure_gpu_us;
		charged -= outcome->cost;
	}
	for (int kind = GPU_PRODUCTIVE; kind <= GPU_LOST_TO_FAILURES; kind++)
		if (time[kind] != 0)
			return differs(error, "GPU time of jobs by kind", kind, time[kind]);
	return charged == 0 || differs(error, "money of jobs", 0, charged);
}

bool sim_check_result(const struct world *world, const struct run_result *result, struct error *error)
{
	for (uint32_t p = 0; p < result->n_pools; p++)
		if (!check_pool_result(world, &result->pools[p], p, error))
			return false;
	for (uint32_t i = 0; i < result->jobs->n_jobs; i++)
		if (result->jobs->jobs[i].submit_us < result->end_us && !check_outcome(result, i, error))
			return false;
	return check_sums(result, error);
}
