/* lifecycle.h - the life of a job, from submission to its end, as Kueue, the job controller and the kubelets carry it out.
 *
 *   submitted -> seen, Workload written -> planner observes it: PENDING
 *   decision RESERVE -> written, with admission checks left: RESERVED until they answer (checks.h)
 *   decision RESERVE, or later ADMIT -> written: ADMITTED -> pods exist: PLACING -> all bound: STARTING -> all ready:
 * RUNNING -> ENDED decision PREEMPT or EVICT -> written -> seen: STOPPING -> the job controller reports no active pods ->
 * released: PENDING again; the next start restores from the last checkpoint, or begins from zero (eviction.h) a node under
 * it fails or drains: BROKEN -> seen, the other pods told to stop -> after their grace all are gone: ADMITTED again, with
 * its quota, and on from there (restart.h)
 *
 * An arrow costs what control_plane.h says; that to RUNNING costs the start latency of the slowest pod, drawn in
 * lifecycle.c; that to ENDED, the run. An arrow of no length is taken at once, without the agenda. While an eviction is on
 * its way the pods go on, and the job may still finish. */
#ifndef BERTH_SIM_LIFECYCLE_H
#define BERTH_SIM_LIFECYCLE_H

#include "sim_state.h"

enum step {
	/* lane progress */
	STEP_SEEN,           /* Kueue's job controller saw the job: writes the Workload */
	STEP_CREATED,        /* the Workload exists */
	STEP_OBSERVED,       /* the planner hears of it */
	STEP_ADMITTED,       /* the reservation is written */
	STEP_CHECKED,        /* the controllers of its admission checks have answered */
	STEP_CHECKS_WRITTEN, /* ... and so it is admitted: that is written */
	STEP_PODS,           /* pods exist */
	STEP_READY,          /* all pods are ready */
	STEP_FINISHED,       /* the run is over */
	STEP_END_SEEN,       /* ... and Kueue's job controller sees it: writes Finished */
	STEP_END_WRITTEN,
	STEP_END_TOLD,
	STEP_LOSS_SEEN, /* the job controller saw that pods are lost: tells the others to stop */
	STEP_CLEARED,   /* ... and they are gone: new ones can come */
	STEP_GONE,      /* the last pod of an evicted job is gone */
	/* lane eviction */
	STEP_EVICTED,   /* the eviction is written */
	STEP_STOP,      /* seen: pods are told to stop */
	STEP_STOP_SEEN, /* Kueue's job controller saw that the job has no active pods: writes that its quota is free */
	STEP_RELEASE_WRITTEN,
	STEP_RELEASED, /* the planner hears that the quota is free */
	/* lane news */
	STEP_READINESS_SEEN, /* Kueue's job controller saw that the pods are all ready, or are so no more */
	STEP_READINESS_WRITTEN,
	STEP_COUNT
};

/* Takes a step of a job: what event `step` means for it now. */
void job_step(struct sim *sim, uint32_t live, enum step step);
/* A job of the table arrives now. */
void job_submit(struct sim *sim, uint32_t job);
/* The planner reserved quota for it. */
void job_reserve(struct sim *sim, uint32_t live, const struct decision *decision);
/* The planner found all its admission checks ready. */
void job_admit(struct sim *sim, uint32_t live);
/* Runs kube-scheduler, and starts what got its nodes. */
void jobs_place(struct sim *sim, struct sim_cluster *cluster);

/* ---- Parts that eviction.c, restart.c and initial.c share ---- */

/* Moves the job along; a move that is not in the table of allowed moves is a bug. */
void job_set_state(struct sim *sim, uint32_t live, enum job_state state);
/* It pends with the planner from now on. */
void job_pend(struct sim *sim, uint32_t live);
/* It is admitted and has no pods: the job controller sees that, and they will be created. */
void job_await_pods(struct sim *sim, uint32_t live);
/* The pods of an admitted job come into being, to be placed by the next jobs_place(). */
void job_create_pods(struct sim *sim, uint32_t live);
/* Finds out what a pending job waits for. */
void job_look_why(struct sim *sim, uint32_t live);
/* The step is due at `at_us`; what is due now is taken at once. Each lane has one step under way. */
void job_later(struct sim *sim, uint32_t live, enum step step, int64_t at_us);
void job_after_watch(struct sim *sim, uint32_t live, enum step step);
/* Due when Kueue sees what the job controller reports of a change of the job's pods. */
void job_after_status(struct sim *sim, uint32_t live, enum step step);
void job_after_write(struct sim *sim, uint32_t live, enum step step);
void job_emit(struct sim *sim, uint32_t live, enum sim_event_kind kind, enum reason reason, int64_t detail);
/* No work is done from now on. What was done since the last checkpoint is lost unless `keep_all`. */
void job_stop_work(struct sim *sim, uint32_t live, bool keep_all);
/* All its pods go, from nodes and from the queue. Its work has ended. */
void job_remove_pods(struct sim *sim, uint32_t live);
/* A slot of JOB_FREE for another row. May move the table: rows looked at before must be looked up anew. */
uint32_t job_new_slot(struct sim *sim);
/* Gives the slot back. */
void job_free(struct sim *sim, uint32_t live);
/* A duration; 0 where no distribution was given. `u` is uniform in (0, 1). */
int64_t sim_draw_us(const struct dist *dist, double u);

#endif
