/* result.c - see result.h. */
#include <stdlib.h>

#include "base/arena.h"
#include "sim/result.h"

const char *const gpu_time_names[GPU_TIME_COUNT] = {
    [GPU_PRODUCTIVE] = "productive",
    [GPU_STARTING] = "starting",
    [GPU_LOST_TO_PREEMPTION] = "lostToPreemption",
    [GPU_LOST_TO_EVICTIONS] = "lostToEvictions",
    [GPU_LOST_TO_FAILURES] = "lostToFailures",
    [GPU_IDLE_NOBODY_WAITING] = "nobodyWaiting",
    [GPU_IDLE_BEHIND_QUOTA] = "behindQuota",
    [GPU_IDLE_HELD_BACK] = "heldBack",
    [GPU_IDLE_FRAGMENTED] = "fragmented",
    [GPU_IDLE_CONTROL_PLANE] = "controlPlane",
    [GPU_DOWN] = "down",
};

const char *const wait_cause_names[WAIT_CAUSE_COUNT] = {
    [WAIT_QUOTA] = "quota",     [WAIT_NODES] = "nodes",     [WAIT_CONTROL_PLANE] = "controlPlane",
    [WAIT_BACKOFF] = "backoff", [WAIT_STOPPED] = "stopped", [WAIT_CHECKS] = "checks",
    [WAIT_START] = "start",
};

charge job_cost(const struct job_outcome *outcome)
{
	return outcome->cost;
}

charge job_borrowed_cost(const struct job_outcome *outcome)
{
	return outcome->borrowed_cost;
}

charge job_lost_cost(const struct job_outcome *outcome)
{
	return outcome->lost_cost;
}

void run_result_free(struct run_result *result)
{
	arena_destroy(result->arena);
	free(result->outcomes);
	free(result->pools);
	free(result->queues);
	free(result->series);
	free(result->spans);
	free(result->preemptions);
	free(result->loops);
	*result = (struct run_result){0};
}
