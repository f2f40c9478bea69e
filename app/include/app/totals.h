/* totals.h - sums over the replications of a run that no key figure holds.
 *
 * GPU time and money are exact sums over replications; divide by `replications` to show them. */
#ifndef BERTH_APP_TOTALS_H
#define BERTH_APP_TOTALS_H

#include "app/waits.h"
#include "sim/result.h"
#include "world/world.h"

/* Waits that the trace recorded against those simulated, jobs of replication 0 after warm-up. An unstarted job counts with
 * the time it has waited so far. */
struct recorded_waits {
	uint32_t n_jobs;      /* with a recorded wait; 0: none in this input */
	uint32_t n_unstarted; /* of them */
	double recorded_mean_us, recorded_p95_us;
	struct bounded simulated_mean, simulated_p95;
	struct bounded median_error; /* median of |simulated - recorded| */
};

struct pool_totals {
	uint32_t cluster, pool;
	int128 gpu_us[GPU_TIME_COUNT], capacity_gpu_us;
};

struct run_totals {
	uint32_t replications;
	int128 gpu_us[GPU_TIME_COUNT], capacity_gpu_us;
	struct pool_totals *pools; /* every node pool, in the order of the results; owned */
	uint32_t n_pools;
	bool priced; /* every pool with GPUs has a price */
	charge paid, charged, idle, down;
	int64_t preempted_jobs[REASON_COUNT];
	uint32_t largest_storm; /* over all replications */
	uint32_t loops;
	uint64_t events, passes, digest;
	int64_t oldest_wait_us; /* over all replications: since the submission of a job that waits at the end; -1 = none */
	struct recorded_waits recorded;
};

/* Adds one replication; in order, since the digest depends on it. Only one that adds up (run_result_check): else
 * ERROR_INVARIANT, and nothing is added. */
NODISCARD bool totals_add(struct run_totals *totals, const struct world *world, const struct run_result *result,
                          struct error *error);
void totals_free(struct run_totals *totals); /* what it owns, not the struct */

#endif
