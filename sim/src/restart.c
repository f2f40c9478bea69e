/* restart.c - see restart.h. */
#include "accounting.h"
#include "restart.h"

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

int64_t job_stop_pods(struct sim *sim, uint32_t live)
{
	struct live_job *job = live_at(sim, live);
	if (job->told_us == NEVER_US) {
		job->told_us = sim->now_us;
		drop_waiting_pods(sim, live);
		job->gone_us = sim->now_us + (job->first_pod == NONE ? 0 : grace_us(sim, live));
	}
	return job->gone_us;
}

void job_break(struct sim *sim, uint32_t live, enum reason reason)
{
	struct live_job *job = live_at(sim, live);
	if (job->state < JOB_PLACING || job->state > JOB_RUNNING)
		return;
	sim_cancel(sim, &job->lanes[LANE_PROGRESS]);
	sim_cancel(sim, &job->lanes[LANE_NEWS]);
	job->stop_reason = reason;
	outcome_of(sim, live)->failures += reason == REASON_NODE_FAILURES;
	outcome_of(sim, live)->node_drains += reason == REASON_NODE_REMOVED;
	job_emit(sim, live, EVENT_PODS_LOST, reason, job->n_bound);
	job_stop_work(sim, live, false);
	job_set_state(sim, live, JOB_BROKEN);
	account_wait(sim, live, WAIT_NODES);
	drop_waiting_pods(sim, live);
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

void job_restart(struct sim *sim, uint32_t live)
{
	struct live_job *job = live_at(sim, live);
	if (job->state != JOB_BROKEN || job->lanes[LANE_PROGRESS].slot != NONE)
		return;
	job_after_status(sim, live, STEP_READINESS_SEEN);
	job_after_watch(sim, live, STEP_LOSS_SEEN);
}

static void step_cleared(struct sim *sim, uint32_t live)
{
	struct live_job *job = live_at(sim, live);
	job_remove_pods(sim, live);
	account_stretch(sim, live, job->stop_reason);
	job->stop_reason = job->evicting ? job->evict_reason : REASON_NONE;
	job->run_start_us = job->told_us = NEVER_US;
	job_await_pods(sim, live);
}

void restart_step(struct sim *sim, uint32_t live, enum step step)
{
	if (step == STEP_LOSS_SEEN)
		job_later(sim, live, STEP_CLEARED, job_stop_pods(sim, live));
	else
		step_cleared(sim, live);
}
