/* gpu_meter.h - where the GPU time of each pool of one cluster went, in exact integers.
 *
 * At every instant, for each pool: present = allocated + unusable + idle (nodes.h). Allocated time is handed in afterwards,
 * when it is known what it was good for (gpu_meter_spend). Unusable time is GPU_DOWN. Idle time is shared out by this rule,
 * applied anew after each change of the cluster:
 *
 *   Each waiting workload stands for a demand: a number of GPUs, the set of pools that could serve it, and what holds it
 *   back: nodes (its pods exist and find no room), the control plane (the decision is taken; writes, watch events or pod
 *   creation are under way), quota (it is pending), or nothing of the kind: it is held back, because its queue is stopped or
 *   it is in back-off. Idle GPUs are matched with demands in that order, within one kind by set of pools in order of first
 *   use, within a set by pool: a GPU that is matched counts as fragmented, control plane, behind quota or held back; a GPU
 *   that nobody could use counts as "nobody waiting".
 *
 * So one pending 8-GPU workload makes at most 8 idle GPUs count as "behind quota", not the whole pool, and pools where it
 * may not run are not blamed on it. Only time from the end of the warm-up on counts. */
#ifndef BERTH_SIM_GPU_METER_H
#define BERTH_SIM_GPU_METER_H

#include "base/arena.h"
#include "nodes.h"
#include "sim/result.h"

enum demand_kind { DEMAND_NODES, DEMAND_CONTROL_PLANE, DEMAND_QUOTA, DEMAND_HELD_BACK, DEMAND_KIND_COUNT };

struct pool_set {
	const uint32_t *pools; /* ascending */
	uint32_t n_pools;
	int64_t demand_gpus[DEMAND_KIND_COUNT];
};

struct gpu_meter {
	const struct node_table *nodes;
	int64_t from_us, last_us;
	struct arena *arena;
	struct {
		VEC_FIELDS(struct pool_set);
	} sets;
	struct pool_meter *pools;
	int64_t *allocated_gpu_us; /* per pool: what gpu_meter_spend() must have been told in the end */
	int64_t *idle;             /* scratch */
};

NODISCARD struct gpu_meter *gpu_meter_create(const struct node_table *nodes, uint32_t cluster, int64_t from_us);
void gpu_meter_destroy(struct gpu_meter *meter); /* accepts NULL */
/* The number of this set of pools (ascending). */
uint32_t gpu_meter_set(struct gpu_meter *meter, const uint32_t *pools, uint32_t n_pools);
/* Accounts the time up to now. Call before anything changes at a new time. */
void gpu_meter_advance(struct gpu_meter *meter, int64_t now_us);
void gpu_meter_demand(struct gpu_meter *meter, uint32_t set, enum demand_kind kind, int64_t delta_gpus);
/* Allocated time [start, end) of `gpus` GPUs was spent on `kind`. Returns the GPU time that counts. */
int64_t gpu_meter_spend(struct gpu_meter *meter, uint32_t pool, enum gpu_time kind, int64_t gpus, int64_t start_us,
                        int64_t end_us);
/* Computes the money. After it, parts of gpu_us sum to capacity_gpu_us, if all allocated time was handed in. */
void gpu_meter_finish(struct gpu_meter *meter, const struct world *world);

#endif
