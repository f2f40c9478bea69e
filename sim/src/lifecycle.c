/* lifecycle.c - see lifecycle.h. */
#include <assert.h>
#include <math.h>

#include "accounting.h"
#include "checks.h"
#include "base/digest.h"
#include "disruptions.h"
#include "eviction.h"
#include "initial.h"
#include "lifecycle.h"
#include "planner_link.h"
#include "restart.h"

/* Which states may follow which. */
static const uint16_t allowed_next[JOB_STATE_COUNT] = {
    [JOB_FREE] = 1 << JOB_SUBMITTED | 1 << JOB_LEAVING,
    [JOB_SUBMITTED] = 1 << JOB_PENDING | 1 << JOB_RESERVED,
    [JOB_PENDING] = 1 << JOB_RESERVED,
    [JOB_RESERVED] = 1 << JOB_ADMITTED | 1 << JOB_STOPPING,
    [JOB_ADMITTED] = 1 << JOB_PLACING | 1 << JOB_STOPPING,
    [JOB_PLACING] = 1 << JOB_STARTING | 1 << JOB_BROKEN | 1 << JOB_STOPPING,
    [JOB_STARTING] = 1 << JOB_RUNNING | 1 << JOB_BROKEN | 1 << JOB_STOPPING,
    [JOB_RUNNING] = 1 << JOB_ENDED | 1 << JOB_BROKEN | 1 << JOB_STOPPING,
    [JOB_BROKEN] = 1 << JOB_ADMITTED | 1 << JOB_STOPPING,
    [JOB_STOPPING] = 1 << JOB_PENDING | 1 << JOB_FREE,
    [JOB_ENDED] = 1 << JOB_FREE,
    [JOB_LEAVING] = 1 << JOB_FREE,
};

static const uint16_t rank_of_step[STEP_COUNT] = {
    [STEP_SEEN] = RANK_MESSAGE,
    [STEP_CREATED] = RANK_MESSAGE,
    [STEP_OBSERVED] = RANK_MESSAGE,
    [STEP_ADMITTED] = RANK_MESSAGE,
    [STEP_CHECKED] = RANK_MESSAGE,
    [STEP_CHECKS_WRITTEN] = RANK_MESSAGE,
    [STEP_PODS] = RANK_MESSAGE,
    [STEP_READY] = RANK_MESSAGE,
    [STEP_FINISHED] = RANK_COMPLETION,
    [STEP_END_SEEN] = RANK_MESSAGE,
    [STEP_END_WRITTEN] = RANK_MESSAGE,
    [STEP_END_TOLD] = RANK_MESSAGE,
    [STEP_LOSS_SEEN] = RANK_MESSAGE,
    [STEP_CLEARED] = RANK_COMPLETION,
    [STEP_GONE] = RANK_COMPLETION,
    [STEP_EVICTED] = RANK_MESSAGE,
    [STEP_STOP] = RANK_MESSAGE,
    [STEP_STOP_SEEN] = RANK_MESSAGE,
    [STEP_RELEASE_WRITTEN] = RANK_MESSAGE,
    [STEP_RELEASED] = RANK_MESSAGE,
    [STEP_READINESS_SEEN] = RANK_MESSAGE,
    [STEP_READINESS_WRITTEN] = RANK_MESSAGE,
};

static enum lane lane_of_step(enum step step)
{
	if (step >= STEP_READINESS_SEEN)
		return LANE_NEWS;
	return step >= STEP_EVICTED ? LANE_EVICTION : LANE_PROGRESS;
}

void job_set_state(struct sim *sim, uint32_t live, enum job_state state)
{
	struct live_job *job = live_at(sim, live);
	assert(allowed_next[job->state] >> state & 1);
	account_leave(sim, live, job->state);
	job->state = state;
	account_enter(sim, live, state);
}

void job_emit(struct sim *sim, uint32_t live, enum sim_event_kind kind, enum reason reason, int64_t detail)
{
	const struct live_job *job = live_at(sim, live);
	sim_emit(sim, &(struct sim_event){sim->now_us, kind, reason, job->cluster, job->job, detail});
}

/* The step is due at `at_us`; what is due now is taken at once. */
void job_later(struct sim *sim, uint32_t live, enum step step, int64_t at_us)
{
	struct live_job *job = live_at(sim, live);
	agenda_handle *handle = &job->lanes[lane_of_step(step)];
	*handle = NO_EVENT;
	if (at_us <= sim->now_us) {
		job_step(sim, live, step);
		return;
	}
	*handle = sim_schedule(
	    sim, &(struct agenda_event){
	             .time_us = at_us, .rank = rank_of_step[step], .kind = EVENT_KIND_STEP, .a = live, .b = (uint32_t)step});
}

void job_after_watch(struct sim *sim, uint32_t live, enum step step)
{
	job_later(sim, live, step, sim->now_us + cluster_of(sim, live)->world->control_plane.watch_delay_us);
}

void job_after_status(struct sim *sim, uint32_t live, enum step step)
{
	const struct control_plane *delays = &cluster_of(sim, live)->world->control_plane;
	job_later(sim, live, step, sim->now_us + delays->job_status_us + delays->watch_delay_us);
}

void job_after_write(struct sim *sim, uint32_t live, enum step step)
{
	job_later(sim, live, step, control_plane_write(&cluster_of(sim, live)->control_plane, sim->now_us));
}

/* ---- Submission ---- */

uint32_t job_new_slot(struct sim *sim)
{
	uint32_t live = sim->free_live;
	sim->n_live++;
	if (live != NONE) {
		sim->free_live = live_at(sim, live)->job;
		return live;
	}
	(void)VEC_PUSH(&sim->live);
	return sim->live.count - 1;
}

void job_free(struct sim *sim, uint32_t live)
{
	struct live_job *job = live_at(sim, live);
	for (int lane = 0; lane < LANE_COUNT; lane++)
		sim_cancel(sim, &job->lanes[lane]);
	job_set_state(sim, live, JOB_FREE);
	job->job = sim->free_live;
	sim->free_live = live;
	sim->n_live--;
}

/* The first cluster, by name, that has the job's LocalQueue with a ClusterQueue behind it. Else why nobody would ever look
 * at it. */
static enum reason find_queue(const struct sim *sim, uint32_t index, uint32_t *ret_cluster, uint32_t *ret_queue)
{
	const struct job *job = &sim->jobs->jobs[index];
	for (uint32_t c = 0; c < sim->n_clusters; c++) {
		if (index < sim->world->n_initial && sim->world->initial[index].cluster != c)
			continue;
		const struct kueue_config *config = sim->clusters[c].config;
		uint32_t local_queue = kueue_find_local_queue(config, job->namespace_name, job->queue);
		if (local_queue == NONE || config->local_queues[local_queue].cluster_queue == NONE)
			continue;
		int32_t priority;
		*ret_cluster = c;
		*ret_queue = config->local_queues[local_queue].cluster_queue;
		return kueue_find_priority(config, job->priority_class, &priority) ? REASON_NONE : REASON_NO_PRIORITY_CLASS;
	}
	return REASON_QUEUE_INACTIVE;
}

static void refuse(struct sim *sim, uint32_t index, enum reason reason)
{
	struct job_outcome *outcome = &sim->result->outcomes[index];
	outcome->pending_reason = reason;
	outcome->never_fits = true;
}

void job_submit(struct sim *sim, uint32_t index)
{
	const struct job *job = &sim->jobs->jobs[index];
	struct job_outcome *outcome = &sim->result->outcomes[index];
	uint32_t cluster, queue;
	outcome->tenant = world_tenant(sim->world, job->namespace_name);
	outcome->gpus = job_shape_gpus(&sim->jobs->shapes[job->shape], sim->world->names);
	enum reason refused = find_queue(sim, index, &cluster, &queue);
	if (refused != REASON_NONE) {
		refuse(sim, index, refused);
		return;
	}
	outcome->cluster = cluster;
	outcome->cluster_queue = queue;
	uint32_t live = job_new_slot(sim);
	struct live_job *row = live_at(sim, live);
	*row = (struct live_job){
	    .job = index,
	    .cluster = cluster,
	    .queue = queue,
	    .workload = NO_WORKLOAD,
	    .first_pod = NONE,
	    .sets = row->sets,
	    .sets_capacity = row->sets_capacity,
	    .preemptor_queue = NONE,
	    .preemption_row = NONE,
	    .gpus_asked = outcome->gpus,
	    .stretch_us = -1,
	    .run_start_us = NEVER_US,
	    .told_us = NEVER_US,
	    .lanes = {NO_EVENT, NO_EVENT, NO_EVENT},
	};
	job_set_state(sim, live, JOB_SUBMITTED);
	account_submitted(sim, live);
	job_emit(sim, live, EVENT_SUBMITTED, REASON_NONE, outcome->gpus);
	if (index < sim->world->n_initial)
		initial_begin(sim, live, &sim->world->initial[index]);
	else
		job_after_watch(sim, live, STEP_SEEN);
}

static enum wait_cause pending_cause(struct sim *sim, uint32_t live)
{
	struct workload_view view;
	if (!planner_view(cluster_of(sim, live)->planner, live_at(sim, live)->workload, &view))
		return WAIT_QUOTA;
	if (view.reason == REASON_BACKOFF)
		return WAIT_BACKOFF;
	bool stopped = view.reason == REASON_QUEUE_INACTIVE || view.reason == REASON_LOCAL_QUEUE_STOPPED;
	return stopped ? WAIT_STOPPED : WAIT_QUOTA;
}

void job_look_why(struct sim *sim, uint32_t live)
{
	account_wait(sim, live, pending_cause(sim, live));
}

void job_pend(struct sim *sim, uint32_t live)
{
	job_set_state(sim, live, JOB_PENDING);
	job_look_why(sim, live);
	live_at(sim, live)->passes_before = cluster_of(sim, live)->passes;
}

static void step_observed(struct sim *sim, uint32_t live)
{
	planner_tell_observed(sim, live, NULL);
	if (!sim->failed)
		job_pend(sim, live);
}

/* ---- Admission and start ---- */

void job_reserve(struct sim *sim, uint32_t live, const struct decision *decision)
{
	struct live_job *job = live_at(sim, live);
	if (job->state == JOB_RESERVED && job->awaits_checks) { /* a second pass: its pods have found places (SC-16) */
		if (decision->admitted)
			job_admit(sim, live);
		return;
	}
	/* taken by the first pass that could: it did not wait for quota, only for the pass */
	if (job->cause == WAIT_QUOTA && cluster_of(sim, live)->passes == job->passes_before + 1)
		account_relabel_wait(sim, live, WAIT_CONTROL_PLANE);
	account_reserve(sim, live, decision);
	job->awaits_checks = !decision->admitted;
	job_set_state(sim, live, JOB_RESERVED);
	account_wait(sim, live, WAIT_CONTROL_PLANE);
	job_after_write(sim, live, STEP_ADMITTED);
}

void job_await_pods(struct sim *sim, uint32_t live)
{
	const struct control_plane *delays = &cluster_of(sim, live)->world->control_plane;
	job_set_state(sim, live, JOB_ADMITTED);
	job_later(sim, live, STEP_PODS, sim->now_us + delays->watch_delay_us + delays->pod_creation_us);
}

/* Unless it was evicted before it could start. */
static void note_admission(struct sim *sim, uint32_t live)
{
	struct job_outcome *outcome = outcome_of(sim, live);
	if (outcome->admitted_us < 0)
		outcome->admitted_us = sim->now_us;
	outcome->last_admitted_us = sim->now_us;
	if (!live_at(sim, live)->evicting)
		job_await_pods(sim, live);
}

static void step_admitted(struct sim *sim, uint32_t live)
{
	planner_tell_job(sim, live, INPUT_WRITE_DONE);
	struct live_job *job = live_at(sim, live);
	int64_t pods = 0;
	for (uint32_t i = 0; i < job->n_sets; i++)
		pods += job->sets[i].count;
	job_emit(sim, live, EVENT_QUOTA_RESERVED, REASON_FIT, pods);
	if (job->awaits_checks)
		checks_begin(sim, live);
	else
		note_admission(sim, live);
}

void job_admit(struct sim *sim, uint32_t live)
{
	live_at(sim, live)->awaits_checks = false;
	live_at(sim, live)->check_retries = 0;
	account_wait(sim, live, WAIT_CONTROL_PLANE);
	job_after_write(sim, live, STEP_CHECKS_WRITTEN);
}

static void step_checks_written(struct sim *sim, uint32_t live)
{
	planner_tell_job(sim, live, INPUT_WRITE_DONE);
	note_admission(sim, live);
}

static uint64_t luck_of(const struct sim *sim, uint32_t live, uint32_t ordinal)
{
	return digest_add(names_hash(sim->world->names, job_of(sim, live)->name), ordinal);
}

/* Duration of a draw; 0 where no distribution was given. */
int64_t sim_draw_us(const struct dist *dist, double u)
{
	if (dist->kind == DIST_NONE)
		return 0;
	double value = dist_quantile(dist, u);
	return value <= 0 ? 0 : value >= 0x1p62 ? INT64_C(1) << 62 : (int64_t)llround(value);
}

/* From bound to ready: the start, and the pull of the image where the node does not have it. */
static int64_t start_latency_us(const struct sim *sim, const struct start_latency *latency, uint64_t luck, uint32_t attempt)
{
	int64_t sum_us = 0;
	if (latency->cached.kind != DIST_NONE) {
		struct rng stream = rng_stream(sim->options->seed, sim->options->replication, luck, attempt, RNG_START_LATENCY);
		sum_us = sim_draw_us(&latency->cached, rng_uniform(&stream));
	}
	if (latency->image_pull.kind != DIST_NONE) {
		struct rng stream = rng_stream(sim->options->seed, sim->options->replication, luck, attempt, RNG_IMAGE_CACHED);
		bool cached = rng_uniform(&stream) < latency->cached_share;
		sum_us = cached ? sum_us : sat_add(sum_us, sim_draw_us(&latency->image_pull, rng_uniform(&stream)));
	}
	return sum_us;
}

static void all_bound(struct sim *sim, uint32_t live)
{
	struct job_outcome *outcome = outcome_of(sim, live);
	if (outcome->bound_us < 0)
		outcome->bound_us = sim->now_us;
	job_emit(sim, live, EVENT_PODS_BOUND, REASON_STARTING, live_at(sim, live)->n_pods);
	job_set_state(sim, live, JOB_STARTING);
	account_wait(sim, live, WAIT_START);
	job_later(sim, live, STEP_READY, live_at(sim, live)->ready_at_us);
}

void job_create_pods(struct sim *sim, uint32_t live)
{
	struct sim_cluster *cluster = cluster_of(sim, live);
	struct live_job *job = live_at(sim, live);
	uint32_t last = NONE;
	job->n_pods = job->n_bound = 0;
	job->ready_at_us = sim->now_us;
	for (uint32_t i = 0; i < job->n_sets; i++)
		for (int32_t k = 0; k < job->sets[i].count; k++) {
			uint32_t pod = kube_scheduler_add(cluster->scheduler, live, job->sets[i].class_index,
			                                  luck_of(sim, live, (uint32_t)job->n_pods), job->attempt);
			if (last == NONE)
				job->first_pod = pod;
			else
				cluster->scheduler->pods.items[last].next_of_owner = pod;
			last = pod;
			job->n_pods++;
		}
	job->attempt++;
	job_set_state(sim, live, JOB_PLACING);
	account_wait(sim, live, WAIT_NODES);
	if (job->n_pods == 0)
		all_bound(sim, live);
}

void jobs_place(struct sim *sim, struct sim_cluster *cluster)
{
	struct kube_scheduler *scheduler = cluster->scheduler;
	kube_scheduler_run(scheduler, sim->now_us);
	for (uint32_t i = 0; i < scheduler->bound.count; i++) {
		const struct pod *pod = &scheduler->pods.items[scheduler->bound.items[i]];
		struct live_job *job = live_at(sim, pod->owner);
		int64_t latency_us = start_latency_us(sim, &cluster->world->start_latency, pod->luck, pod->attempt);
		account_pod_bound(sim, pod->owner, scheduler->bound.items[i]);
		if (job->stretch_us < 0)
			job->stretch_us = sim->now_us;
		job->ready_at_us = MAX(job->ready_at_us, job->was_ready ? sim->now_us : sat_add(sim->now_us, latency_us));
		if (++job->n_bound == job->n_pods)
			all_bound(sim, pod->owner);
	}
}

/* ---- Running ---- */

static const struct checkpoint *checkpoint_of(const struct sim *sim, uint32_t live)
{
	static const struct checkpoint never = {0};
	uint32_t checkpoint = job_of(sim, live)->checkpoint;
	return checkpoint == NONE ? &never : &sim->jobs->checkpoints[checkpoint];
}

static int64_t pods_of_shape(const struct sim *sim, uint32_t live)
{
	int64_t pods = 0;
	for (uint32_t i = 0; i < shape_of(sim, live)->n_pod_sets; i++)
		pods += shape_of(sim, live)->pod_sets[i].count;
	return pods;
}

/* Time on nodes that the rest of the work takes. With fewer pods than asked for (partial admission) it takes longer in
 * proportion: Kueue lowers the parallelism and leaves the completions as they are. Every save but the one that would fall
 * on the end pauses the work. */
static int64_t rest_us(const struct sim *sim, uint32_t live)
{
	const struct live_job *job = &sim->live.items[live];
	const struct checkpoint *checkpoint = checkpoint_of(sim, live);
	int64_t asked = pods_of_shape(sim, live), work_us = job_of(sim, live)->run_us - job->work_done_us;
	if (job->n_pods > 0 && job->n_pods < asked)
		work_us = (int64_t)(((int128)work_us * asked + job->n_pods - 1) / job->n_pods);
	int64_t saves = checkpoint->interval_us > 0 && work_us > 0 ? (work_us - 1) / checkpoint->interval_us : 0;
	return sat_add(work_us, sat_mul(saves, checkpoint->save_us));
}

void job_stop_work(struct sim *sim, uint32_t live, bool keep_all)
{
	struct live_job *job = live_at(sim, live);
	const struct checkpoint *checkpoint = checkpoint_of(sim, live);
	int64_t asked = pods_of_shape(sim, live);
	job->has_run |= job->was_ready; /* pods found at the start are gone for good: those to come start anew */
	job->was_ready = false;
	job->work_end_us = sim->now_us;
	job->kept_until_us = keep_all ? sim->now_us : job->run_start_us;
	if (keep_all || checkpoint->interval_us <= 0 || sim->now_us <= job->run_start_us)
		return;
	int64_t period_us = checkpoint->interval_us + checkpoint->save_us;
	int64_t saves = (sim->now_us - job->run_start_us) / period_us;
	job->kept_until_us = job->run_start_us + saves * period_us;
	int64_t saved_us = saves * checkpoint->interval_us;
	job->work_done_us += job->n_pods < asked ? (int64_t)((int128)saved_us * job->n_pods / asked) : saved_us;
}

static void step_ready(struct sim *sim, uint32_t live)
{
	struct live_job *job = live_at(sim, live);
	struct job_outcome *outcome = outcome_of(sim, live);
	account_settle_wait(sim, live);
	if (outcome->ready_us < 0)
		outcome->ready_us = sim->now_us;
	job_emit(sim, live, EVENT_PODS_READY, REASON_NONE, job->n_pods);
	if (job->was_ready)
		job->run_start_us = MIN(sim->now_us, sim->world->initial[job->job].pods_ready_us);
	else
		job->run_start_us = sim->now_us + (job->has_run ? checkpoint_of(sim, live)->restore_us : 0);
	job->was_ready = false;
	job->has_run = true;
	job_set_state(sim, live, JOB_RUNNING);
	sim_cancel(sim, &job->lanes[LANE_NEWS]); /* that its pods were not ready is no news any more */
	job_after_status(sim, live, STEP_READINESS_SEEN);
	job_later(sim, live, STEP_FINISHED, sat_add(job->run_start_us, rest_us(sim, live)));
}

void job_remove_pods(struct sim *sim, uint32_t live)
{
	struct sim_cluster *cluster = cluster_of(sim, live);
	struct live_job *job = live_at(sim, live);
	for (uint32_t pod = job->first_pod, next; pod != NONE; pod = next) {
		next = cluster->scheduler->pods.items[pod].next_of_owner;
		uint32_t node = cluster->scheduler->pods.items[pod].node;
		account_pod_gone(sim, live, pod);
		kube_scheduler_remove(cluster->scheduler, pod);
		if (node != NONE)
			node_left_by_pod(sim, cluster, node);
	}
	job->first_pod = NONE;
	job->n_pods = job->n_bound = 0;
}

static void step_finished(struct sim *sim, uint32_t live)
{
	job_stop_work(sim, live, true);
	sim_cancel(sim, &live_at(sim, live)->lanes[LANE_EVICTION]);
	sim_cancel(sim, &live_at(sim, live)->lanes[LANE_NEWS]);
	job_remove_pods(sim, live);
	account_stretch(sim, live, REASON_NONE);
	account_left(sim, live);
	outcome_of(sim, live)->finished_us = sim->now_us;
	job_emit(sim, live, EVENT_FINISHED, REASON_NONE, 0);
	job_set_state(sim, live, JOB_ENDED);
	job_after_status(sim, live, STEP_END_SEEN);
}

/* Kueue's job controller writes PodsReady where it has changed since it was written last. */
static void step_readiness_seen(struct sim *sim, uint32_t live)
{
	const struct live_job *job = live_at(sim, live);
	struct workload_view view;
	if (planner_view(cluster_of(sim, live)->planner, job->workload, &view) && view.pods_ready != (job->state == JOB_RUNNING))
		job_after_write(sim, live, STEP_READINESS_WRITTEN);
}

static void step_readiness_written(struct sim *sim, uint32_t live)
{
	planner_tell_job(sim, live, live_at(sim, live)->state == JOB_RUNNING ? INPUT_PODS_READY : INPUT_PODS_NOT_READY);
}

static void step_end_told(struct sim *sim, uint32_t live)
{
	account_release(sim, live);
	planner_tell_job(sim, live, INPUT_FINISHED);
	job_free(sim, live);
}

/* ---- Steps ---- */

void job_step(struct sim *sim, uint32_t live, enum step step)
{
	if (sim->failed)
		return;
	switch (step) {
	case STEP_SEEN:
		job_after_write(sim, live, STEP_CREATED);
		return;
	case STEP_CREATED:
		live_at(sim, live)->created_us = sim->now_us;
		job_after_watch(sim, live, STEP_OBSERVED);
		return;
	case STEP_OBSERVED:
		step_observed(sim, live);
		return;
	case STEP_ADMITTED:
		step_admitted(sim, live);
		return;
	case STEP_CHECKED:
		checks_answered(sim, live);
		return;
	case STEP_CHECKS_WRITTEN:
		step_checks_written(sim, live);
		return;
	case STEP_PODS:
		job_create_pods(sim, live);
		return;
	case STEP_READY:
		step_ready(sim, live);
		return;
	case STEP_FINISHED:
		step_finished(sim, live);
		return;
	case STEP_END_SEEN:
		job_after_write(sim, live, STEP_END_WRITTEN);
		return;
	case STEP_END_WRITTEN:
		job_after_watch(sim, live, STEP_END_TOLD);
		return;
	case STEP_END_TOLD:
		step_end_told(sim, live);
		return;
	case STEP_READINESS_SEEN:
		step_readiness_seen(sim, live);
		return;
	case STEP_READINESS_WRITTEN:
		step_readiness_written(sim, live);
		return;
	case STEP_LOSS_SEEN:
	case STEP_CLEARED:
		restart_step(sim, live, step);
		return;
	case STEP_GONE:
	case STEP_EVICTED:
	case STEP_STOP:
	case STEP_STOP_SEEN:
	case STEP_RELEASE_WRITTEN:
	case STEP_RELEASED:
		eviction_step(sim, live, step);
		return;
	case STEP_COUNT:
		break;
	}
}
