/* restart.h - how a job whose node fails or drains starts again: new pods, the same admission.
 *
 * Kueue (without topology-aware scheduling) does not evict it: the workload keeps its quota, and the job controller creates
 * pods anew. PodsReady turns False (reason WaitForRecovery); only if the new pods are not ready within
 * waitForPodsReady.recoveryTimeout does the planner evict the workload, as it does on a real cluster.
 *
 * All pods of the job are created anew, not only the lost ones: the ranks of a training job work in step, so without the
 * lost one the others fail at the next collective operation, and a rank that starts again can only join a group that starts
 * again, from the checkpoint that all of them share. So when the job controller sees the loss it deletes the survivors.
 * These hold their nodes through the termination grace; then the pods of the next attempt wait for nodes like any others. */
#ifndef BERTH_SIM_RESTART_H
#define BERTH_SIM_RESTART_H

#include "lifecycle.h"

/* A node under the job fails (NODE_FAILURES) or is drained (NODE_REMOVED): no more work is done. Nothing for a job without
 * pods, or that stops anyhow. */
void job_break(struct sim *sim, uint32_t live, enum reason reason);
/* A bound pod of a broken or stopping job vanishes with its node. */
void job_lose_pod(struct sim *sim, uint32_t live, uint32_t pod);
/* A broken job: that is seen, and new pods will come. Once is enough; call when all pods of the node are lost. */
void job_restart(struct sim *sim, uint32_t live);
void restart_step(struct sim *sim, uint32_t live, enum step step);
/* Its pods are told to stop, unless they were before: those that wait are gone, the others after their termination grace.
 * Returns when the last one is gone. */
NODISCARD int64_t job_stop_pods(struct sim *sim, uint32_t live);

#endif
