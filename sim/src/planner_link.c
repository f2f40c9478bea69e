/* planner_link.c - see planner_link.h. */
#include "accounting.h"
#include "base/digest.h"
#include "eviction.h"
#include "planner_link.h"

/* ---- Wakes ---- */

static void take_wakes(struct sim *sim, struct sim_cluster *cluster)
{
	struct wake wake;
	while (planner_take_wake(cluster->planner, &wake)) {
		if (wake.at_us >= sim->horizon_us)
			continue;
		uint32_t row = sim->free_wake;
		if (row == NONE) {
			row = sim->wakes.count;
			(void)VEC_PUSH(&sim->wakes);
		} else {
			sim->free_wake = sim->wakes.items[row].next_free;
		}
		sim->wakes.items[row].wake = wake;
		(void)sim_schedule(sim, &(struct agenda_event){.time_us = MAX(wake.at_us, sim->now_us),
		                                               .rank = RANK_WAKE,
		                                               .kind = EVENT_KIND_WAKE,
		                                               .a = cluster->index,
		                                               .b = row});
	}
}

/* The job that bears this handle now, or NONE. */
static uint32_t find_live(struct sim *sim, const struct sim_cluster *cluster, workload_id workload)
{
	if (workload.slot >= cluster->slot_jobs.count)
		return NONE;
	uint32_t live = cluster->slot_jobs.items[workload.slot];
	const struct live_job *job = live_at(sim, live);
	bool same = job->state != JOB_FREE && job->cluster == cluster->index && job->workload.slot == workload.slot &&
	            job->workload.generation == workload.generation;
	return same ? live : NONE;
}

void planner_wake(struct sim *sim, struct sim_cluster *cluster, uint32_t wake_row)
{
	struct wake wake = sim->wakes.items[wake_row].wake;
	sim->wakes.items[wake_row].next_free = sim->free_wake;
	sim->free_wake = wake_row;
	planner_tell(sim, cluster, &(struct planner_input){.kind = INPUT_WAKE, .wake = wake});
	uint32_t live = wake.kind == WAKE_BACKOFF ? find_live(sim, cluster, wake.workload) : NONE;
	if (live != NONE && live_at(sim, live)->state == JOB_PENDING && live_at(sim, live)->cause == WAIT_BACKOFF)
		account_wait(sim, live, WAIT_QUOTA);
}

/* ---- Inputs ---- */

void planner_tell(struct sim *sim, struct sim_cluster *cluster, struct planner_input *input)
{
	const struct input_recorder *recorder = sim->options->recorder;
	if (sim->failed)
		return;
	input->now_us = sim->now_us;
	if (recorder && recorder->input)
		recorder->input(recorder->state, cluster->index, input);
	if (!planner_apply(cluster->planner, input, &sim->error)) {
		sim->failed = true;
		return;
	}
	take_wakes(sim, cluster);
}

void planner_tell_job(struct sim *sim, uint32_t live, enum input_kind kind)
{
	planner_tell(sim, cluster_of(sim, live),
	             &(struct planner_input){.kind = kind, .workload = live_at(sim, live)->workload});
}

static struct uid uid_of(const struct sim *sim, const struct job *job)
{
	struct rng stream =
	    rng_stream(sim->options->seed, sim->options->replication, names_hash(sim->world->names, job->name), 0, RNG_UID);
	uint64_t high = rng_u64(&stream);
	return (struct uid){high, rng_u64(&stream)};
}

/* WL-6. Of those that were there at the start the documents have told; others have one container to a pod. */
static bool may_ask(struct sim *sim, const struct sim_cluster *cluster, uint32_t live)
{
	const struct job *job = job_of(sim, live);
	const struct job_shape *shape = shape_of(sim, live);
	bool allowed = !job->invalid;
	for (uint32_t i = 0; live_at(sim, live)->job >= sim->world->n_initial && i < shape->n_pod_sets; i++)
		allowed &= limits_allow_pod_set(cluster->world->limits, job->namespace_name, &shape->pod_sets[i]);
	return allowed;
}

void planner_tell_observed(struct sim *sim, uint32_t live, const struct workload_status *status)
{
	struct sim_cluster *cluster = cluster_of(sim, live);
	const struct job *job = job_of(sim, live);
	int32_t priority = 0;
	if (!kueue_find_priority(cluster->config, job->priority_class, &priority))
		priority = cluster->config->default_priority; /* a change took the class away */
	struct workload_spec spec = {
	    .name = job->name,
	    .uid = uid_of(sim, job),
	    .namespace_name = job->namespace_name,
	    .local_queue = kueue_find_local_queue(cluster->config, job->namespace_name, job->queue),
	    .cluster_queue = NONE,
	    .created_us = live_at(sim, live)->created_us,
	    .priority = kueue_effective_priority(cluster->config->gates, priority, job->priority_boost),
	    .pod_sets = shape_of(sim, live)->pod_sets,
	    .n_pod_sets = shape_of(sim, live)->n_pod_sets,
	    .invalid = !may_ask(sim, cluster, live),
	    .max_execution_s = job->max_execution_us < 0 ? -1 : job->max_execution_us / US_PER_S,
	};
	workload_id workload = NO_WORKLOAD;
	planner_tell(sim, cluster,
	             &(struct planner_input){
	                 .kind = INPUT_OBSERVED, .observed = {.spec = &spec, .status = status}, .ret_workload = &workload});
	if (sim->failed)
		return;
	live_at(sim, live)->workload = workload;
	if (cluster->world->policy == POLICY_EASY && job->requested_us >= 0)
		planner_tell(
		    sim, cluster,
		    &(struct planner_input){
		        .kind = INPUT_EXPECTED_RUN, .workload = workload, .value = job->requested_us, .source = sim->requested});
	while (cluster->slot_jobs.count <= workload.slot)
		(void)VEC_PUSH(&cluster->slot_jobs);
	cluster->slot_jobs.items[workload.slot] = live;
}

/* ---- Passes ---- */

static void evict(struct sim *sim, struct sim_cluster *cluster, uint32_t live, const struct decision *decision)
{
	uint32_t preemptor = find_live(sim, cluster, decision->preemptor);
	job_evict(sim, live,
	          &(struct eviction){
	              .reason = decision->reason,
	              .preemptor_job = preemptor == NONE ? NONE : live_at(sim, preemptor)->job,
	              .preemptor_queue = preemptor == NONE ? NONE : live_at(sim, preemptor)->queue,
	              .for_good = decision->kind == DECISION_DEACTIVATE,
	          });
}

static void carry_out(struct sim *sim, struct sim_cluster *cluster, const struct decision *decision)
{
	uint32_t live = find_live(sim, cluster, decision->workload);
	if (live == NONE || decision->kind == DECISION_PENDING)
		return;
	sim->digest = digest_add(digest_add(sim->digest, (uint64_t)decision->kind << 32 | (uint64_t)decision->reason),
	                         live_at(sim, live)->job);
	switch (decision->kind) {
	case DECISION_RESERVE:
		job_reserve(sim, live, decision);
		return;
	case DECISION_ADMIT:
		job_admit(sim, live);
		return;
	case DECISION_PREEMPT:
	case DECISION_EVICT:
	case DECISION_DEACTIVATE:
		evict(sim, cluster, live, decision);
		return;
	case DECISION_PENDING:
		return;
	}
}

static void carry_out_all(struct sim *sim, struct sim_cluster *cluster)
{
	for (uint32_t i = 0; i < cluster->decisions->count && !sim->failed; i++)
		carry_out(sim, cluster, &cluster->decisions->items[i]);
}

/* Decisions that undo each other for ever at one instant: a loop. */
static void report_loop(struct sim *sim, struct sim_cluster *cluster)
{
	struct loop_report *report = VEC_PUSH(&sim->loops);
	*report = (struct loop_report){.time_us = sim->now_us, .cluster = cluster->index, .passes = cluster->passes_here};
	for (uint32_t i = 0; i < cluster->decisions->count && report->n_jobs < ARRAY_COUNT(report->jobs); i++) {
		uint32_t live = find_live(sim, cluster, cluster->decisions->items[i].workload);
		if (live != NONE)
			report->jobs[report->n_jobs++] = live_at(sim, live)->job;
	}
	cluster->looped = true;
	sim->stopped = sim->world->stop_on_loop;
	sim_emit(sim, &(struct sim_event){sim->now_us, EVENT_LOOP, REASON_NONE, cluster->index, NONE, cluster->passes_here});
}

bool planner_pass(struct sim *sim, struct sim_cluster *cluster)
{
	enum { PASSES_PER_INSTANT = 10000 };
	const struct input_recorder *recorder = sim->options->recorder;
	uint32_t most = sim->options->max_passes_per_instant;
	if (cluster->pass_running || cluster->looped || !planner_wants_cycle(cluster->planner))
		return false;
	if (cluster->passes_here >= (most ? most : PASSES_PER_INSTANT + sim->n_live)) {
		report_loop(sim, cluster);
		return true;
	}
	cluster->passes++;
	cluster->passes_here++;
	sim->result->passes++;
	if (!planner_cycle(cluster->planner, sim->now_us, cluster->decisions, &sim->error)) {
		sim->failed = true;
		return true;
	}
	take_wakes(sim, cluster);
	if (recorder && recorder->cycle)
		recorder->cycle(recorder->state, cluster->index, sim->now_us, planner_digest(cluster->planner));
	int64_t duration_us = control_plane_pass_us(&cluster->control_plane, cluster->decisions->heads);
	if (duration_us == 0) {
		carry_out_all(sim, cluster);
		return true;
	}
	cluster->pass_running = true;
	(void)sim_schedule(sim, &(struct agenda_event){.time_us = sim->now_us + duration_us,
	                                               .rank = RANK_PASS_END,
	                                               .kind = EVENT_KIND_PASS_END,
	                                               .a = cluster->index});
	return true;
}

void planner_pass_end(struct sim *sim, struct sim_cluster *cluster)
{
	cluster->pass_running = false;
	carry_out_all(sim, cluster);
}

void planner_fork_all(struct sim *sim)
{
	for (uint32_t c = 0; c < sim->n_clusters; c++) {
		struct planner *fork = planner_fork(sim->clusters[c].planner);
		planner_destroy(sim->clusters[c].planner);
		sim->clusters[c].planner = fork;
	}
}
