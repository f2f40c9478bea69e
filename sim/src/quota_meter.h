/* quota_meter.h - GPU quota of one cluster over time: held, borrowed, lent.
 *
 * A cell is one (cluster queue, flavor-resource) pair whose resource counts GPUs. Usage is held from the decision to
 * reserve until the planner is told that it is free. At every instant, per cell: borrowed = usage above nominal. What a tree
 * of cohorts borrows of a flavor-resource is charged to its lenders in proportion to what they have and do not use (at most
 * their lending limit), quotas of cohorts included, so a queue's lent time is rounded down to whole GPU-microseconds.
 *
 * Which workload of a queue is "the borrower" has no answer in Kueue; every GPU held in a cell counts as borrowed for the
 * fraction borrowed / usage. A mark is the integral of that fraction over time in units of 2^-32 microseconds; a GPU held
 * from mark a to mark b was borrowed for (b - a) >> 32 us.
 *
 * Only time from the end of the warm-up on counts. Indexes are those of the first configuration; changes during a run keep
 * the names of all objects, hence their indexes. */
#ifndef BERTH_SIM_QUOTA_METER_H
#define BERTH_SIM_QUOTA_METER_H

#include "base/vec.h"
#include "sim/result.h"
#include "world/kueue.h"

struct quota_cell {
	uint32_t queue, pot; /* NONE: the queue is in no cohort */
	int64_t nominal, lending_limit, usage;
	int64_t last_us;
	int128 mark;
};

/* What one tree shares of one flavor-resource. */
struct quota_pot {
	uint32_t first_cell; /* of the chain through next_cell */
	int64_t cohort_nominal;
	int64_t borrowed; /* by all cells */
	int64_t last_us;
};

struct quota_meter {
	int64_t from_us;
	uint32_t n_queues, n_frs, n_roots;
	uint32_t *gpu_fr;   /* fr -> number among GPU frs; NONE = counts no GPUs */
	uint32_t n_gpu_frs; /* cells are [queue * n_gpu_frs + gpu_fr], pots [root * n_gpu_frs + gpu_fr] */
	uint32_t *root;     /* queue -> its tree; NONE = in no cohort */
	struct quota_cell *cells;
	uint32_t *next_cell;
	struct quota_pot *pots;
	struct queue_meter *queues;
};

NODISCARD struct quota_meter *quota_meter_create(const struct kueue_config *config, uint32_t cluster, int64_t from_us);
void quota_meter_destroy(struct quota_meter *meter); /* accepts NULL */
/* The cell of a queue and a flavor-resource; NONE when the resource counts no GPUs. */
uint32_t quota_meter_cell(const struct quota_meter *meter, uint32_t queue, uint32_t fr);
/* The queue's own GPU quota, over all flavors; INT64_MAX: unlimited, or too large to be meant. */
int64_t quota_meter_nominal(const struct quota_meter *meter, uint32_t queue);
/* Usage of the cell changes by `delta` at `now_us`. */
void quota_meter_use(struct quota_meter *meter, uint32_t cell, int64_t delta, int64_t now_us);
int128 quota_meter_mark(struct quota_meter *meter, uint32_t cell, int64_t now_us);
/* New quotas from `now_us` on. */
void quota_meter_configure(struct quota_meter *meter, const struct kueue_config *config, int64_t now_us);
/* Brings all integrals up to `now_us`. */
void quota_meter_finish(struct quota_meter *meter, int64_t now_us);

#endif
