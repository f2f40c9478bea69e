/* eviction.h - how a job loses its nodes and its quota: preempted, evicted, deactivated.
 *
 * Kueue suspends the job; Kubernetes' job controller deletes its pods and from then on counts them no more as active
 * (a pod that terminates is not), and Kueue gives the quota back as soon as status.active is 0 (kueue-semantics EV-3). So
 * quota is free about a second after the eviction, however long the pods take to terminate; their nodes are not: the
 * preemptor is admitted and its pods wait for nodes until the termination grace of the victim's is over. Should the victim
 * itself be admitted again meanwhile, it gets new pods beside the old ones (podReplacementPolicy TerminatingOrFailed). */
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
