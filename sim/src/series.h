/* series.h - levels of each queue of one cluster over time, as means over buckets of equal length.
 *
 * A level is an integer (GPUs, jobs) that changes at events; its mean over a bucket is integral / length, exact until the
 * last division. Index n_queues is the cluster as a whole. The last bucket may be shorter. */
#ifndef BERTH_SIM_SERIES_H
#define BERTH_SIM_SERIES_H

#include "base/vec.h"
#include "sim/result.h"

enum level {
	LEVEL_DEMAND_GPUS,
	LEVEL_RESERVED_GPUS,
	LEVEL_RUNNING_GPUS,
	LEVEL_PENDING_JOBS,
	LEVEL_PENDING_GPUS,
	LEVEL_CAPACITY_GPUS,
	LEVEL_NOMINAL_GPUS,
	LEVEL_BUSY_NODES,
	LEVEL_COUNT
};

struct series_levels {
	int64_t now[LEVEL_COUNT];
	int64_t integral[LEVEL_COUNT]; /* of the current bucket */
	int64_t last_us;
	int64_t pending_jobs_max; /* of the current bucket */
	bool unlimited;           /* the nominal quota has no limit: not a number in the row */
};

struct series {
	uint32_t cluster, n_queues;
	int64_t bucket_us, start_us;
	struct series_levels *levels; /* n_queues + 1 */
	struct {
		VEC_FIELDS(struct series_row);
	} rows;
};

NODISCARD struct series *series_create(uint32_t cluster, uint32_t n_queues, int64_t bucket_us);
void series_destroy(struct series *series); /* accepts NULL */
/* Closes the buckets that end at or before `now_us`. Call before changes at a new time. */
void series_advance(struct series *series, int64_t now_us);
/* Changes a level of a queue, and of the cluster as a whole by the same. */
void series_change(struct series *series, uint32_t queue, enum level level, int64_t delta, int64_t now_us);
/* Of a queue alone; n_queues: of the cluster as a whole. */
void series_set(struct series *series, uint32_t queue, enum level level, int64_t value, int64_t now_us);
/* Closes the last bucket. */
void series_finish(struct series *series, int64_t end_us);

#endif
