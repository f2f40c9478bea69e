/* eviction.c - see eviction.h. */
#include "accounting.h"
#include "eviction.h"
#include "planner_link.h"
#include "restart.h"

void job_evict(struct sim *sim, uint32_t live, const struct eviction *eviction)
{
	struct live_job *job = live_at(sim, live);
	if (job->state < JOB_RESERVED || job->state > JOB_BROKEN)
		return;
	job->evicting = true;
	job->evict_reason = eviction->reason;
	job->preemptor_job = eviction->preemptor_job;
	job->preemptor_queue = eviction->preemptor_queue;
	if (job->state != JOB_BROKEN)
		job->stop_reason = eviction->reason;
	if (eviction->for_good) { /* its quota is free before its pods are gone (kueue-semantics EV-3) */
		job->deactivated = true;
		account_release(sim, live);
	}
	sim_cancel(sim, &job->lanes[LANE_EVICTION]);
	job_after_write(sim, live, STEP_EVICTED);
}

static void step_evicted(struct sim *sim, uint32_t live)
{
	const struct live_job *job = live_at(sim, live);
	struct job_outcome *outcome = outcome_of(sim, live);
	planner_tell_job(sim, live, INPUT_WRITE_DONE);
	job_emit(sim, live, EVENT_EVICTED, job->evict_reason, job->preemptor_job == NONE ? -1 : (int64_t)job->preemptor_job);
	if (reason_is_preemption(job->evict_reason)) {
		outcome->preemptions++;
		account_preempted(sim, live);
	}
	outcome->pods_ready_evictions += job->evict_reason == REASON_PODS_READY_TIMEOUT;
	outcome->stop_evictions +=
	    job->evict_reason == REASON_CLUSTER_QUEUE_STOPPED || job->evict_reason == REASON_LOCAL_QUEUE_STOPPED;
	job_after_watch(sim, live, STEP_STOP);
}

static void step_stop(struct sim *sim, uint32_t live)
{
	struct live_job *job = live_at(sim, live);
	bool had_pods = job->state >= JOB_PLACING;
	sim_cancel(sim, &job->lanes[LANE_PROGRESS]);
	sim_cancel(sim, &job->lanes[LANE_NEWS]);
	if (job->state != JOB_BROKEN)
		job_stop_work(sim, live, false);
	job_set_state(sim, live, JOB_STOPPING);
	account_wait(sim, live, WAIT_CONTROL_PLANE);
	job_later(sim, live, STEP_GONE, job_stop_pods(sim, live));
	/* it was suspended before it had pods: the job controller has to see that, and has no pods to report on */
	const struct control_plane *delays = &cluster_of(sim, live)->world->control_plane;
	int64_t report_us = had_pods ? delays->job_status_us : delays->pod_creation_us;
	job_later(sim, live, STEP_STOP_SEEN, sim->now_us + report_us + delays->watch_delay_us);
}

static void step_gone(struct sim *sim, uint32_t live)
{
	job_remove_pods(sim, live);
	account_stretch(sim, live, live_at(sim, live)->evict_reason);
	if (live_at(sim, live)->state == JOB_LEAVING)
		job_free(sim, live);
}

/* Pods that still terminate stay on their nodes, in a row of their own, while the job pends again or is gone. */
static void leave_pods(struct sim *sim, uint32_t live)
{
	uint32_t left = job_new_slot(sim);
	struct live_job *job = live_at(sim, live), *row = live_at(sim, left);
	struct kube_scheduler *scheduler = cluster_of(sim, live)->scheduler;
	struct live_job rest = *job;
	rest.state = JOB_FREE;
	rest.workload = NO_WORKLOAD;
	rest.n_sets = 0;
	rest.sets = row->sets;
	rest.sets_capacity = row->sets_capacity;
	for (int lane = 0; lane < LANE_COUNT; lane++)
		rest.lanes[lane] = NO_EVENT;
	*row = rest;
	for (uint32_t pod = rest.first_pod; pod != NONE; pod = scheduler->pods.items[pod].next_of_owner)
		scheduler->pods.items[pod].owner = left;
	sim_cancel(sim, &job->lanes[LANE_PROGRESS]);
	job->first_pod = NONE;
	job->n_pods = job->n_bound = 0;
	job->stretch_us = -1;
	job_set_state(sim, left, JOB_LEAVING);
	job_later(sim, left, STEP_GONE, rest.gone_us);
}

static void step_released(struct sim *sim, uint32_t live)
{
	account_release(sim, live);
	if (live_at(sim, live)->first_pod != NONE)
		leave_pods(sim, live);
	struct live_job *job = live_at(sim, live);
	job_emit(sim, live, EVENT_RELEASED, job->evict_reason, 0);
	if (job->deactivated) {
		outcome_of(sim, live)->deactivated = true;
		outcome_of(sim, live)->pending_reason = job->evict_reason;
		account_settle_wait(sim, live);
		account_left(sim, live);
		planner_tell_job(sim, live, INPUT_DELETED);
		job_free(sim, live);
		return;
	}
	planner_tell_job(sim, live, INPUT_RELEASED);
	job->evicting = false;
	job->preemption_row = job->preemptor_job = job->preemptor_queue = NONE;
	job->run_start_us = job->told_us = NEVER_US;
	job_pend(sim, live);
}

void eviction_step(struct sim *sim, uint32_t live, enum step step)
{
	if (step == STEP_EVICTED)
		step_evicted(sim, live);
	else if (step == STEP_STOP)
		step_stop(sim, live);
	else if (step == STEP_GONE)
		step_gone(sim, live);
	else if (step == STEP_STOP_SEEN)
		job_after_write(sim, live, STEP_RELEASE_WRITTEN);
	else if (step == STEP_RELEASE_WRITTEN)
		job_after_watch(sim, live, STEP_RELEASED);
	else
		step_released(sim, live);
}
