/* eviction.h - how a job loses its nodes and its quota: preempted, evicted, deactivated. */
#ifndef BERTH_SIM_EVICTION_H
#define BERTH_SIM_EVICTION_H

#include "lifecycle.h"

struct eviction {
	enum reason reason;
	uint32_t preemptor_job, preemptor_queue; /* NONE: not on behalf of another */
	bool for_good;                           /* deactivated: it ends without having finished */
};

/* The planner decided so. A job that has finished in the meantime is left alone. */
void job_evict(struct sim *sim, uint32_t live, const struct eviction *eviction);
void eviction_step(struct sim *sim, uint32_t live, enum step step);

#endif
