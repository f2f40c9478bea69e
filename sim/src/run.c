/* run.c - see sim/run.h. The clock: events in order, then placement, then passes, then the next instant.
 *
 * Within one instant: what the agenda and the arrivals hold, by rank; when none is left, kube-scheduler places pods; when
 * none wants to, each planner makes a pass. Each of these may bring about more of this instant, and it starts over. An
 * instant ends when nobody wants anything any more, or when the passes at it exceed their bound (a loop). */
#include <stdlib.h>
#include <string.h>

#include "accounting.h"
#include "base/digest.h"
#include "check.h"
#include "closing.h"
#include "disruptions.h"
#include "lifecycle.h"
#include "planner_link.h"

enum {
	EVENTS_BETWEEN_LOOKS = 256,    /* at the stop flag */
	EVENTS_BETWEEN_REPORTS = 8192, /* of progress */
	EVENTS_BETWEEN_CHECKS = 500,
	MOST_DRAIN_FACTOR = 10, /* a drain ends at this many times the duration, whatever waits */
	LEAST_BUCKETS = 500,
	MOST_SERIES_ROWS = 250000,
};

/* ---- Events ---- */

static bool concerns_jobs(uint16_t kind)
{
	return kind != EVENT_KIND_NODE_FAILS && kind != EVENT_KIND_NODE_REPAIRED;
}

agenda_handle sim_schedule(struct sim *sim, const struct agenda_event *event)
{
	if (event->time_us >= sim->horizon_us)
		return NO_EVENT;
	sim->job_events += concerns_jobs(event->kind);
	return agenda_add(sim->agenda, event);
}

void sim_cancel(struct sim *sim, agenda_handle *handle)
{
	agenda_handle cancelled = *handle;
	*handle = NO_EVENT;
	struct agenda_event event;
	if (agenda_cancel_event(sim->agenda, cancelled, &event))
		sim->job_events -= concerns_jobs(event.kind);
}

void sim_emit(struct sim *sim, const struct sim_event *event)
{
	uint64_t what = (uint64_t)event->kind << 32 | (uint64_t)event->reason;
	sim->digest = digest_add(digest_add(sim->digest, (uint64_t)event->time_us), what);
	sim->digest = digest_add(digest_add(sim->digest, event->job), (uint64_t)event->detail);
	if (sim->options->sink.event)
		sim->options->sink.event(sim->options->sink.state, event);
}

static void handle(struct sim *sim, const struct agenda_event *event)
{
	switch ((enum event_kind)event->kind) {
	case EVENT_KIND_STEP:
		job_step(sim, event->a, (enum step)event->b);
		return;
	case EVENT_KIND_WAKE:
		planner_wake(sim, &sim->clusters[event->a], event->b);
		return;
	case EVENT_KIND_PASS_END:
		planner_pass_end(sim, &sim->clusters[event->a]);
		return;
	case EVENT_KIND_NODE_FAILS:
		node_fails(sim, &sim->clusters[event->a], event->b);
		return;
	case EVENT_KIND_NODE_REPAIRED:
		node_repaired(sim, &sim->clusters[event->a], event->b);
		return;
	case EVENT_KIND_CHANGE:
		world_changes(sim, &sim->world->changes[event->a]);
		return;
	case EVENT_KIND_FORK:
		planner_fork_all(sim);
		return;
	}
}

static int64_t next_arrival_us(const struct sim *sim)
{
	if (sim->next_job == sim->jobs->n_jobs)
		return NEVER_US;
	return MAX(0, sim->jobs->jobs[sim->next_job].submit_us);
}

/* Arrivals are a list in order already; they take part in the order of events as if they were in the agenda. */
static bool arrival_is_next(const struct sim *sim, const struct agenda_event *event, bool has_event, int64_t arrival_us)
{
	if (arrival_us >= sim->world->duration_us || arrival_us == NEVER_US)
		return false;
	if (!has_event || arrival_us < event->time_us)
		return true;
	return arrival_us == event->time_us && event->rank > RANK_ARRIVAL;
}

static bool place_all(struct sim *sim)
{
	bool placed = false;
	for (uint32_t c = 0; c < sim->n_clusters && !sim->failed; c++)
		if (kube_scheduler_wants_run(sim->clusters[c].scheduler)) {
			jobs_place(sim, &sim->clusters[c]);
			placed = true;
		}
	return placed;
}

static bool pass_all(struct sim *sim)
{
	bool passed = false;
	for (uint32_t c = 0; c < sim->n_clusters && !sim->failed && !sim->stopped; c++)
		passed |= planner_pass(sim, &sim->clusters[c]);
	return passed;
}

static void advance(struct sim *sim, int64_t now_us)
{
	for (uint32_t c = 0; c < sim->n_clusters; c++) {
		struct sim_cluster *cluster = &sim->clusters[c];
		gpu_meter_advance(cluster->gpus, now_us);
		if (cluster->series) {
			series_set(cluster->series, cluster->series->n_queues, LEVEL_BUSY_NODES, cluster->nodes->busy_nodes,
			           sim->now_us);
			series_advance(cluster->series, now_us);
		}
		cluster->passes_here = 0;
		cluster->looped = false;
	}
	sim->now_us = now_us;
}

/* A drain goes on while jobs are left that something could still happen to. */
static bool over(const struct sim *sim, int64_t next_us)
{
	if (next_us >= sim->horizon_us)
		return true;
	if (!sim->options->drain || next_us < sim->world->duration_us)
		return false;
	uint32_t waiting = 0;
	for (uint32_t c = 0; c < sim->n_clusters; c++)
		waiting += sim->clusters[c].scheduler->n_waiting;
	return sim->n_live == 0 || (sim->job_events == 0 && waiting == 0);
}

static void look_around(struct sim *sim)
{
	const struct run_options *options = sim->options;
	uint64_t events = sim->result->events;
	if (options->check && events % EVENTS_BETWEEN_CHECKS == 0 && !sim_check(sim, &sim->error))
		sim->failed = true;
	if (options->stop && events % EVENTS_BETWEEN_LOOKS == 0 && *options->stop)
		sim->stopped = true;
	if (options->progress && events % EVENTS_BETWEEN_REPORTS == 0)
		options->progress(options->progress_state, sim->now_us, events);
}

void sim_go(struct sim *sim)
{
	while (!sim->failed && !sim->stopped) {
		struct agenda_event event;
		bool has_event = agenda_peek(sim->agenda, &event);
		int64_t arrival_us = next_arrival_us(sim);
		bool arrives = arrival_is_next(sim, &event, has_event, arrival_us);
		int64_t next_us = arrives ? arrival_us : has_event ? event.time_us : NEVER_US;
		if (next_us > sim->now_us) {
			if (place_all(sim) || pass_all(sim))
				continue;
			if (over(sim, next_us))
				return;
			advance(sim, next_us);
		}
		if (arrives) {
			sim->result->events++;
			job_submit(sim, sim->next_job++);
		} else {
			(void)agenda_pop(sim->agenda, &event);
			sim->job_events -= concerns_jobs(event.kind);
			sim->result->events += event.kind != EVENT_KIND_FORK; /* a fork leaves no trace in the digest */
			handle(sim, &event);
		}
		look_around(sim);
	}
}

/* ---- Before ---- */

/* Fine enough for a week of a long run, yet a series of many queues must not outgrow the jobs. */
static int64_t bucket_us(const struct run_options *options)
{
	const struct world *world = options->world;
	int64_t rows_per_bucket = 0;
	if (options->bucket_us > 0)
		return options->bucket_us;
	for (uint32_t i = 0; i < world->n_clusters; i++)
		rows_per_bucket += world->clusters[i].kueue->n_cluster_queues + 1;
	int64_t fine_us = MIN(world->duration_us / LEAST_BUCKETS, US_PER_HOUR);
	int64_t affordable_us = world->duration_us / MAX(MOST_SERIES_ROWS / rows_per_bucket, 1);
	return MAX(MAX(fine_us, affordable_us), 60 * US_PER_S);
}

/* The largest size of each pool over the run. */
static int32_t *most_nodes(const struct world *world, uint32_t cluster)
{
	const struct cluster *row = &world->clusters[cluster];
	int32_t *most = xcalloc(row->n_pools, sizeof *most);
	for (uint32_t p = 0; p < row->n_pools; p++)
		most[p] = row->pools[p].nodes;
	for (uint32_t i = 0; i < world->n_changes; i++)
		if (world->changes[i].cluster == cluster && world->changes[i].pool != NONE)
			most[world->changes[i].pool] = MAX(most[world->changes[i].pool], world->changes[i].nodes);
	return most;
}

static void begin_cluster(struct sim *sim, uint32_t index)
{
	const struct run_options *options = sim->options;
	const struct world *world = sim->world;
	struct sim_cluster *cluster = &sim->clusters[index];
	const struct cluster *row = &world->clusters[index];
	*cluster = (struct sim_cluster){.index = index, .world = row, .config = row->kueue};
	cluster->planner = planner_create(&(struct planner_options){
	    .policy = planner_policy(row->policy),
	    .config = row->kueue,
	    .literal = options->literal,
	    .check = options->check,
	});
	cluster->decisions = decision_list_create();
	int32_t *most = most_nodes(world, index);
	cluster->nodes = nodes_create(world->names, row->pools, row->n_pools, most);
	free(most);
	cluster->classes = classes_create(cluster->nodes);
	cluster->scheduler = kube_scheduler_create(cluster->nodes, cluster->classes, row, options->seed, options->replication);
	control_plane_init(&cluster->control_plane, &row->control_plane);
	cluster->gpus = gpu_meter_create(cluster->nodes, index, world->warmup_us);
	cluster->quota = quota_meter_create(row->kueue, index, world->warmup_us);
	if (!options->no_series)
		cluster->series = series_create(index, row->kueue->n_cluster_queues, bucket_us(options));
	cluster->flavors = xcalloc(row->kueue->n_resources, sizeof *cluster->flavors);
	cluster->pool_rates = xcalloc(row->n_pools, sizeof *cluster->pool_rates);
	for (uint32_t p = 0; p < row->n_pools; p++) {
		const struct gpu_price *price = world_price(world, row->pools[p].gpu_product, row->pools[p].capacity_type);
		cluster->pool_rates[p] = price ? price->micro_per_gpu_hour : 0;
	}
	cluster->node_events = xcalloc(cluster->nodes->n_nodes, sizeof *cluster->node_events);
	for (uint32_t n = 0; n < cluster->nodes->n_nodes; n++)
		cluster->node_events[n] = NO_EVENT;
	cluster->node_attempts = xcalloc(cluster->nodes->n_nodes, sizeof *cluster->node_attempts);
	account_configured(sim, cluster);
	nodes_begin(sim, cluster);
}

/* Initial workloads first, then the jobs given. */
static const struct job_table *join_tables(struct arena *arena, const struct world *world, const struct job_table *given)
{
	struct job_table *joined = ARENA_NEW(arena, struct job_table);
	struct job *jobs = ARENA_ARRAY(arena, struct job, world->n_initial + given->n_jobs);
	struct job_shape *shapes = ARENA_ARRAY(arena, struct job_shape, given->n_shapes + world->n_initial_shapes);
	if (given->n_shapes)
		memcpy(shapes, given->shapes, given->n_shapes * sizeof *shapes);
	memcpy(shapes + given->n_shapes, world->initial_shapes, world->n_initial_shapes * sizeof *shapes);
	for (uint32_t i = 0; i < world->n_initial; i++) {
		jobs[i] = world->initial[i].job;
		jobs[i].shape += given->n_shapes;
	}
	if (given->n_jobs)
		memcpy(jobs + world->n_initial, given->jobs, given->n_jobs * sizeof *jobs);
	*joined = (struct job_table){jobs,
	                             world->n_initial + given->n_jobs,
	                             shapes,
	                             given->n_shapes + world->n_initial_shapes,
	                             given->checkpoints,
	                             given->n_checkpoints};
	return joined;
}

static void begin_result(struct sim *sim)
{
	struct run_result *result = sim->result;
	result->replication = sim->options->replication;
	result->jobs = sim->options->jobs;
	if (sim->world->n_initial) {
		result->arena = arena_create(0);
		result->jobs = join_tables(result->arena, sim->world, sim->options->jobs);
	}
	result->bucket_us = bucket_us(sim->options);
	result->outcomes = xcalloc(result->jobs->n_jobs, sizeof *result->outcomes);
	for (uint32_t i = 0; i < result->jobs->n_jobs; i++)
		result->outcomes[i] = (struct job_outcome){.cluster = NONE,
		                                           .cluster_queue = NONE,
		                                           .tenant = NONE,
		                                           .admitted_us = -1,
		                                           .bound_us = -1,
		                                           .ready_us = -1,
		                                           .finished_us = -1,
		                                           .last_admitted_us = -1};
}

static void schedule_once(struct sim *sim, enum event_kind kind, enum event_rank rank, int64_t at_us, uint32_t a)
{
	(void)sim_schedule(sim,
	                   &(struct agenda_event){.time_us = at_us, .rank = (uint16_t)rank, .kind = (uint16_t)kind, .a = a});
}

void sim_begin(struct sim *sim, const struct run_options *options, struct run_result *result)
{
	const struct world *world = options->world;
	*sim = (struct sim){.options = options, .world = world, .result = result, .n_clusters = world->n_clusters};
	sim->horizon_us = options->drain ? sat_mul(world->duration_us, MOST_DRAIN_FACTOR) : world->duration_us;
	sim->free_live = sim->free_wake = NONE;
	sim->requested = names_find(world->names, "requested");
	sim->agenda = agenda_create(1024);
	begin_result(sim);
	sim->jobs = result->jobs;
	sim->clusters = xcalloc(sim->n_clusters, sizeof *sim->clusters);
	for (uint32_t c = 0; c < sim->n_clusters; c++)
		begin_cluster(sim, c);
	for (uint32_t i = 0; i < world->n_changes; i++)
		schedule_once(sim, EVENT_KIND_CHANGE, RANK_CHANGE, world->changes[i].at_us, i);
	if (options->fork_at_us > 0)
		schedule_once(sim, EVENT_KIND_FORK, RANK_PASS_END, options->fork_at_us, 0);
}

/* ---- After ---- */

/* Waits of jobs that nobody would ever look at last until the end. */
static void close_refused(struct sim *sim)
{
	for (uint32_t i = 0; i < sim->next_job; i++) {
		struct job_outcome *outcome = &sim->result->outcomes[i];
		if (outcome->cluster == NONE)
			outcome->wait_by_cause_us[WAIT_STOPPED] = sim->now_us - sim->jobs->jobs[i].submit_us;
	}
}

static void collect_cluster(struct sim *sim, struct sim_cluster *cluster)
{
	struct run_result *result = sim->result;
	uint32_t n_pools = cluster->nodes->n_pools, n_queues = cluster->quota->n_queues;
	gpu_meter_finish(cluster->gpus, sim->world);
	quota_meter_finish(cluster->quota, sim->now_us);
	result->pools = xrealloc_array(result->pools, result->n_pools + n_pools, sizeof *result->pools);
	memcpy(result->pools + result->n_pools, cluster->gpus->pools, n_pools * sizeof *result->pools);
	result->n_pools += n_pools;
	result->queues = xrealloc_array(result->queues, result->n_queues + n_queues, sizeof *result->queues);
	memcpy(result->queues + result->n_queues, cluster->quota->queues, n_queues * sizeof *result->queues);
	result->n_queues += n_queues;
	if (cluster->series) {
		series_finish(cluster->series, sim->now_us);
		uint32_t n = cluster->series->rows.count;
		result->series = xrealloc_array(result->series, result->n_series + n, sizeof *result->series);
		memcpy(result->series + result->n_series, cluster->series->rows.items, n * sizeof *result->series);
		result->n_series += n;
	}
	sim->digest = digest_add(sim->digest, planner_digest(cluster->planner));
	sim->digest = digest_add(sim->digest, cluster->scheduler->retries);
}

static void collect(struct sim *sim)
{
	struct run_result *result = sim->result;
	bool partial = sim->stopped;
	advance(sim, partial ? sim->now_us : MAX(sim->now_us, sim->world->duration_us));
	for (uint32_t live = 0; live < sim->live.count; live++)
		job_close(sim, live);
	close_refused(sim);
	for (uint32_t c = 0; c < sim->n_clusters; c++)
		collect_cluster(sim, &sim->clusters[c]);
	result->interrupted = partial;
	result->end_us = sim->now_us;
	result->preemptions = sim->preemptions.items;
	result->n_preemptions = sim->preemptions.count;
	result->loops = sim->loops.items;
	result->n_loops = sim->loops.count;
	sim->preemptions.items = NULL;
	sim->loops.items = NULL;
	result->digest = digest_add(sim->digest, result->events);
}

void sim_end(struct sim *sim)
{
	for (uint32_t c = 0; c < sim->n_clusters; c++) {
		struct sim_cluster *cluster = &sim->clusters[c];
		planner_destroy(cluster->planner);
		decision_list_destroy(cluster->decisions);
		kube_scheduler_destroy(cluster->scheduler);
		classes_destroy(cluster->classes);
		nodes_destroy(cluster->nodes);
		gpu_meter_destroy(cluster->gpus);
		quota_meter_destroy(cluster->quota);
		series_destroy(cluster->series);
		VEC_FREE(&cluster->class_facts);
		VEC_FREE(&cluster->demands);
		VEC_FREE(&cluster->demand_parts);
		free(cluster->demand_slots);
		VEC_FREE(&cluster->slot_jobs);
		free(cluster->flavors);
		free(cluster->pool_rates);
		free(cluster->node_events);
		free(cluster->node_attempts);
	}
	for (uint32_t live = 0; live < sim->live.count; live++)
		free(live_at(sim, live)->sets);
	VEC_FREE(&sim->live);
	VEC_FREE(&sim->wakes);
	VEC_FREE(&sim->storm);
	VEC_FREE(&sim->preemptions);
	VEC_FREE(&sim->loops);
	agenda_destroy(sim->agenda);
	free(sim->clusters);
}

bool sim_run(const struct run_options *options, struct run_result *ret_result, struct error *error)
{
	struct run_result result = {0};
	struct sim sim;
	sim_begin(&sim, options, &result);
	sim_go(&sim);
	bool ok = !sim.failed;
	if (ok && options->check)
		ok = sim_check(&sim, &sim.error);
	if (ok)
		collect(&sim);
	if (ok && options->check)
		ok = run_result_check(options->world, &result, &sim.error);
	if (ok)
		*ret_result = result;
	else {
		*error = sim.error;
		run_result_free(&result);
	}
	sim_end(&sim);
	return ok;
}
