/* check_result.c - the finished result adds up; see result.h. */
#include "base/error.h"
#include "base/job.h"
#include "sim/result.h"
#include "world/world.h"

static bool check_pool_time(const struct pool_meter *row, const char *name, struct error *error)
{
	int128 sum = 0;
	for (int kind = 0; kind < GPU_TIME_COUNT; kind++) {
		if (row->gpu_us[kind] < 0)
			return error_set(error, ERROR_INVARIANT, "GPU time of pool %s: %s is negative (%lld GPU-us)", name,
			                 gpu_time_names[kind], (long long)row->gpu_us[kind]);
		sum += row->gpu_us[kind];
	}
	return sum == row->capacity_gpu_us ||
	       error_set(error, ERROR_INVARIANT, "GPU time of pool %s: the parts sum to %lld GPU-us, the capacity is %lld", name,
	                 (long long)sum, (long long)row->capacity_gpu_us);
}

static bool check_pool_money(const struct world *world, const struct pool_meter *row, const char *name, struct error *error)
{
	const struct node_pool *pool = &world->clusters[row->cluster].pools[row->pool];
	const struct gpu_price *price = world_price(world, pool->gpu_product, pool->capacity_type);
	bool down_is_billed = price && price->billed == BILLED_ALWAYS;
	int128 rate = price ? price->micro_per_gpu_hour : 0;
	int128 billed = row->capacity_gpu_us - (down_is_billed ? 0 : row->gpu_us[GPU_DOWN]);
	if (row->paid != rate * billed)
		return error_set(error, ERROR_INVARIANT, "money of pool %s: paid %lld micro-units, at its price it is %lld", name,
		                 (long long)charge_micro(row->paid), (long long)charge_micro(rate * billed));
	return row->paid == row->charged + row->idle + row->down ||
	       error_set(error, ERROR_INVARIANT,
	                 "parts of the money of pool %s: paid %lld is not charged %lld + idle %lld + down %lld", name,
	                 (long long)charge_micro(row->paid), (long long)charge_micro(row->charged),
	                 (long long)charge_micro(row->idle), (long long)charge_micro(row->down));
}

/* A job goes forward in time, one step after the other. Those found at the start may have been admitted before it, at a time
 * below 0. */
static bool in_order(const struct job *job, const struct job_outcome *outcome)
{
	const int64_t steps[] = {job->submit_us, outcome->admitted_us, outcome->bound_us, outcome->ready_us,
	                         outcome->finished_us};
	bool before = true;
	for (size_t i = 1; i < ARRAY_COUNT(steps); i++) {
		bool happened = steps[i] >= 0 || (i == 1 && job->submit_us < 0 && steps[i] != -1);
		if (happened && (!before || steps[i] < steps[i - 1]))
			return false;
		before = happened;
	}
	return true;
}

static bool check_job(const struct world *world, const struct run_result *result, uint32_t index, struct error *error)
{
	const struct job_outcome *outcome = &result->outcomes[index];
	const struct job *job = &result->jobs->jobs[index];
	int64_t waited_us = 0, until_us = outcome->ready_us >= 0 ? outcome->ready_us : result->end_us;
	if (!in_order(job, outcome))
		return error_set(error, ERROR_INVARIANT, "job %s: submitted, admitted, bound, ready and finished out of order",
		                 names_text(world->names, job->name));
	for (int cause = 0; cause < WAIT_CAUSE_COUNT; cause++)
		waited_us += outcome->wait_by_cause_us[cause];
	return outcome->deactivated || waited_us == until_us - job->submit_us ||
	       error_set(error, ERROR_INVARIANT, "job %s: it waited for %lld us, the causes sum to %lld",
	                 names_text(world->names, job->name), (long long)(until_us - job->submit_us), (long long)waited_us);
}

/* What jobs got and were charged is what pools gave and charged: every GPU-microsecond and every charge is somebody's. */
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
	return cost == charged ||
	       error_set(error, ERROR_INVARIANT, "money: jobs were charged %lld micro-units, pools charged %lld",
	                 (long long)charge_micro(cost), (long long)charge_micro(charged));
}

bool run_result_check(const struct world *world, const struct run_result *result, struct error *error)
{
	for (uint32_t i = 0; i < result->n_pools; i++) {
		const struct pool_meter *row = &result->pools[i];
		const char *name = names_text(world->names, world->clusters[row->cluster].pools[row->pool].name);
		if (!check_pool_time(row, name, error) || !check_pool_money(world, row, name, error))
			return false;
	}
	for (uint32_t i = 0; i < result->jobs->n_jobs; i++)
		if (result->jobs->jobs[i].submit_us < result->end_us && !check_job(world, result, i, error))
			return false;
	return check_sums(result, error);
}
