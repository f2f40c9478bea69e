/* eviction.c - see eviction.h. */
#include "accounting.h"
#include "disruptions.h"
#include "eviction.h"
#include "planner_link.h"

static bool was_preempted(enum reason reason)
{
	return reason == REASON_PREEMPTED_IN_CLUSTER_QUEUE || reason == REASON_PREEMPTED_RECLAMATION ||
	       reason == REASON_PREEMPTED_RECLAIM_WHILE_BORROWING || reason == REASON_PREEMPTED_FAIR_SHARING;
}

void job_evict(struct sim *sim, uint32_t live, const struct eviction *eviction)
{
	struct live_job *job = live_at(sim, live);
	if (job->state < JOB_RESERVED || job->state > JOB_BROKEN)
		return;
	job->evicting = true;
	job->evict_reason = eviction->reason;
	job->preemptor_job = eviction->preemptor_job;
	job->preemptor_queue = eviction->preemptor_queue;
	if (eviction->for_good) { /* its quota is free before its pods are gone (kueue-semantics EV-3) */
		job->deactivated = job->failed = true;
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
	if (was_preempted(job->evict_reason)) {
		outcome->preemptions++;
		account_preempted(sim, live);
	}
	outcome->failures += job->evict_reason == REASON_NODE_FAILURES;
	outcome->pods_ready_evictions += job->evict_reason == REASON_PODS_READY_TIMEOUT;
	job_after_watch(sim, live, STEP_STOP);
}

/* Waiting pods are gone as soon as they are deleted. */
static void drop_waiting_pods(struct sim *sim, uint32_t live)
{
	struct kube_scheduler *scheduler = cluster_of(sim, live)->scheduler;
	struct live_job *job = live_at(sim, live);
	uint32_t first = NONE, last = NONE;
	for (uint32_t pod = job->first_pod, next; pod != NONE; pod = next) {
		next = scheduler->pods.items[pod].next_of_owner;
		if (scheduler->pods.items[pod].node == NONE) {
			kube_scheduler_remove(scheduler, pod);
			continue;
		}
		if (last == NONE)
			first = pod;
		else
			scheduler->pods.items[last].next_of_owner = pod;
		scheduler->pods.items[pod].next_of_owner = NONE;
		last = pod;
	}
	job->first_pod = first;
	job->n_pods = job->n_bound;
}

static int64_t grace_us(const struct sim *sim, uint32_t live)
{
	const struct live_job *job = &sim->live.items[live];
	const struct dist *grace = &sim->clusters[job->cluster].world->termination_grace;
	if (grace->kind == DIST_NONE)
		return 0;
	struct rng stream = rng_stream(sim->options->seed, sim->options->replication,
	                               names_hash(sim->world->names, job_of(sim, live)->name), job->attempt, RNG_TERMINATION);
	return sim_draw_us(grace, rng_uniform(&stream));
}

static void step_stop(struct sim *sim, uint32_t live)
{
	struct live_job *job = live_at(sim, live);
	sim_cancel(sim, &job->lanes[LANE_PROGRESS]);
	sim_cancel(sim, &job->lanes[LANE_NEWS]);
	if (job->state != JOB_BROKEN)
		job_stop_work(sim, live, false);
	job->told_us = sim->now_us;
	job_set_state(sim, live, JOB_STOPPING);
	account_wait(sim, live, WAIT_CONTROL_PLANE);
	drop_waiting_pods(sim, live);
	job_later(sim, live, STEP_GONE, sim->now_us + (job->first_pod == NONE ? 0 : grace_us(sim, live)));
}

static void step_gone(struct sim *sim, uint32_t live)
{
	job_remove_pods(sim, live);
	account_stretch(sim, live, live_at(sim, live)->evict_reason);
	job_set_state(sim, live, JOB_RELEASING);
	job_after_watch(sim, live, STEP_GONE_SEEN);
}

static void step_released(struct sim *sim, uint32_t live)
{
	struct live_job *job = live_at(sim, live);
	account_release(sim, live);
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
	job->evicting = job->failed = false;
	job->preemption_row = job->preemptor_job = job->preemptor_queue = NONE;
	job->run_start_us = job->told_us = NEVER_US;
	job_pend(sim, live);
}

/* A workload whose eviction has been decided in the pass under way hears of it when the pass ends. */
static void step_break_seen(struct sim *sim, uint32_t live)
{
	struct live_job *job = live_at(sim, live);
	struct workload_view view;
	if (!planner_view(cluster_of(sim, live)->planner, job->workload, &view) || view.phase != PHASE_RESERVED)
		return;
	planner_tell_job(sim, live, INPUT_NODE_FAILED);
	job->evicting = true;
	job->evict_reason = REASON_NODE_FAILURES;
	job->preemptor_job = job->preemptor_queue = NONE;
	job_after_write(sim, live, STEP_EVICTED);
}

void eviction_step(struct sim *sim, uint32_t live, enum step step)
{
	if (step == STEP_BREAK_SEEN)
		step_break_seen(sim, live);
	else if (step == STEP_EVICTED)
		step_evicted(sim, live);
	else if (step == STEP_STOP)
		step_stop(sim, live);
	else if (step == STEP_GONE)
		step_gone(sim, live);
	else if (step == STEP_GONE_SEEN)
		job_after_write(sim, live, STEP_RELEASE_WRITTEN);
	else if (step == STEP_RELEASE_WRITTEN)
		job_after_watch(sim, live, STEP_RELEASED);
	else
		step_released(sim, live);
}

/* ---- Nodes that fail or go ---- */

static bool has_pods(const struct live_job *job)
{
	return job->state >= JOB_PLACING && job->state <= JOB_BROKEN;
}

/* All pods of the workload restart, not only those of the node: the pods of a training job work in step, so the others stop
 * at the next collective operation, and Kueue has one admission for all of them. */
void job_break(struct sim *sim, uint32_t live)
{
	struct live_job *job = live_at(sim, live);
	if (!has_pods(job) || job->state == JOB_BROKEN)
		return;
	sim_cancel(sim, &job->lanes[LANE_PROGRESS]);
	sim_cancel(sim, &job->lanes[LANE_NEWS]);
	job->failed = true;
	job_stop_work(sim, live, false);
	job_set_state(sim, live, JOB_BROKEN);
	drop_waiting_pods(sim, live);
}

void job_report_break(struct sim *sim, uint32_t live)
{
	struct live_job *job = live_at(sim, live);
	if (!has_pods(job) || job->evicting)
		return;
	job->failed = true;
	sim_cancel(sim, &job->lanes[LANE_EVICTION]);
	job_after_watch(sim, live, STEP_BREAK_SEEN);
}

void job_lose_pod(struct sim *sim, uint32_t live, uint32_t pod)
{
	struct kube_scheduler *scheduler = cluster_of(sim, live)->scheduler;
	uint32_t *link = &live_at(sim, live)->first_pod;
	while (*link != pod)
		link = &scheduler->pods.items[*link].next_of_owner;
	*link = scheduler->pods.items[pod].next_of_owner;
	account_pod_gone(sim, live, pod);
	kube_scheduler_remove(scheduler, pod);
	live_at(sim, live)->n_pods--;
	live_at(sim, live)->n_bound--;
}
