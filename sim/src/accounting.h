/* accounting.h - the books of time, waits, quota and money per job, fed by lifecycle.c at every change of a job.
 *
 * Per job, GPU time and money count from the end of the warm-up on, as per pool, so sums over jobs and over pools agree.
 * Waits and counts are of the whole run; kpi.c leaves out the jobs that were submitted during the warm-up. */
#ifndef BERTH_SIM_ACCOUNTING_H
#define BERTH_SIM_ACCOUNTING_H

#include "sim_state.h"

/* The job counts as demand from now on (submitted), or does no more (its run has ended, or it was given up). */
void account_submitted(struct sim *sim, uint32_t live);
void account_left(struct sim *sim, uint32_t live);
/* A job leaves or enters a state: what it demands of idle GPUs, and whether it pends. */
void account_leave(struct sim *sim, uint32_t live, enum job_state state);
void account_enter(struct sim *sim, uint32_t live, enum job_state state);

/* What the job waits for from now on: booked as its wait until its pods were ready once, and as what keeps a pending job
 * from idle GPUs. */
void account_wait(struct sim *sim, uint32_t live, enum wait_cause cause);
/* Books the wait of the current cause up to now. */
void account_settle_wait(struct sim *sim, uint32_t live);
/* What it waited for since the last change of cause was another cause after all. */
void account_relabel_wait(struct sim *sim, uint32_t live, enum wait_cause cause);

/* What a pending job demands idle GPUs as. */
enum demand_kind account_demand_kind(enum wait_cause cause);

/* Quota is taken as the decision says; fills live->sets. And given back: what its pods do from then on borrows nothing. */
void account_reserve(struct sim *sim, uint32_t live, const struct decision *decision);
void account_release(struct sim *sim, uint32_t live);

/* A pod of the job got a node; a pod of a job whose work has ended is about to be removed (one that waits: nothing). */
void account_pod_bound(struct sim *sim, uint32_t live, uint32_t pod);
void account_pod_gone(struct sim *sim, uint32_t live, uint32_t pod);
/* A stretch on nodes is over (end_reason NONE: finished). */
void account_stretch(struct sim *sim, uint32_t live, enum reason end_reason);
/* One more job was preempted: the matrix, and storms. Fills live->preemption_row. */
void account_preempted(struct sim *sim, uint32_t live);
/* New nodes or new states of nodes. */
void account_capacity(struct sim *sim, struct sim_cluster *cluster);
void account_configured(struct sim *sim, struct sim_cluster *cluster);

#endif
