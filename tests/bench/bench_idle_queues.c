/* bench_idle_queues.c - what other trees cost: microseconds per pass of one busy tree, alone and beside 900 idle queues with
 * 90,000 parked and 20,000 admitted workloads. */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/rng.h"
#include "base/vec.h"
#include "bench.h"
#include "planner/planner.h"
#include "world/kueue_builder.h"

enum {
	BUSY_QUEUES = 10,
	BUSY_QUOTA = 64,
	IDLE_TREES = 90,
	IDLE_QUEUES_PER_TREE = 10,
	PARKED = 90000,
	ADMITTED = 20000,
	BUSY_EVENTS = 20000,
};

struct bench_world {
	struct arena *arena;
	struct names *names;
	const struct kueue_config *config;
	struct planner *planner;
	struct decision_list *decisions;
	struct {
		VEC_FIELDS(workload_id);
	} running;
	struct {
		VEC_FIELDS(struct wake);
	} wakes;
	uint64_t submitted;
	int64_t now_us;
};

static void add_queue(struct bench_world *world, struct kueue_builder *builder, const char *prefix, int number, int cohort,
                      int64_t nominal)
{
	char text[64];
	struct named_quota *quota = ARENA_NEW(world->arena, struct named_quota);
	struct named_flavor_quotas *flavors = ARENA_NEW(world->arena, struct named_flavor_quotas);
	struct named_group *group = ARENA_NEW(world->arena, struct named_group);
	name_id *covered = ARENA_NEW(world->arena, name_id);
	*covered = names_intern(world->names, "nvidia.com/gpu");
	*quota = (struct named_quota){.resource = *covered, .quota = {nominal, LIMIT_UNSET, LIMIT_UNSET}};
	*flavors = (struct named_flavor_quotas){.flavor = names_intern(world->names, "gpu"), .quotas = quota, .n_quotas = 1};
	*group = (struct named_group){.covered = covered, .n_covered = 1, .flavors = flavors, .n_flavors = 1};
	snprintf(text, sizeof text, "%s-%04d", prefix, number);
	struct cluster_queue queue = kueue_cluster_queue_defaults(names_intern(world->names, text));
	queue.namespace_selector.set = true;
	queue.within_cluster_queue = PREEMPT_LOWER_PRIORITY;
	queue.reclaim_within_cohort = PREEMPT_ANY;
	snprintf(text, sizeof text, "%s-tree-%03d", prefix, cohort);
	kueue_add_cluster_queue(builder, &queue, names_intern(world->names, text), group, 1, (struct diag_place){0});
}

static void build(struct bench_world *world, bool with_idle)
{
	world->arena = arena_create(0);
	world->names = names_create();
	struct kueue_builder *builder = kueue_builder_create(world->arena, world->names);
	struct resource_flavor flavor = {.name = names_intern(world->names, "gpu")};
	kueue_add_flavor(builder, &flavor, (struct diag_place){0});
	for (int i = 0; i < BUSY_QUEUES; i++)
		add_queue(world, builder, "busy", i, 0, BUSY_QUOTA);
	for (int i = 0; with_idle && i < IDLE_TREES * IDLE_QUEUES_PER_TREE; i++)
		add_queue(world, builder, "idle", i, i / IDLE_QUEUES_PER_TREE, ADMITTED / (IDLE_TREES * IDLE_QUEUES_PER_TREE) + 1);
	gate_set gates;
	struct diags *diags = diags_create();
	if (!kueue_profile_gates("0.19", &gates))
		abort();
	kueue_set_gates(builder, gates);
	world->config = kueue_build(builder, false, diags);
	diags_destroy(diags);
	kueue_builder_destroy(builder);
	struct planner_options options = {planner_policy_kueue(), world->config, false, false};
	world->planner = planner_create(&options);
	world->decisions = decision_list_create();
}

static void finish(struct bench_world *world)
{
	planner_destroy(world->planner);
	decision_list_destroy(world->decisions);
	VEC_FREE(&world->running);
	VEC_FREE(&world->wakes);
	arena_destroy(world->arena);
	names_destroy(world->names);
}

static void apply(struct bench_world *world, struct planner_input input)
{
	struct error error;
	input.now_us = world->now_us;
	if (!planner_apply(world->planner, &input, &error)) {
		fprintf(stderr, "%s\n", error.text);
		abort();
	}
}

static void submit(struct bench_world *world, uint32_t cluster_queue, int64_t gpus, int64_t priority)
{
	struct resource_request request = {world->config->resources[0], gpus};
	struct pod_set set = {.count = 1, .requests = &request, .n_requests = 1};
	uint64_t number = ++world->submitted;
	struct workload_spec spec = {
	    .name = (name_id)number,
	    .uid = {0, number},
	    .local_queue = NONE,
	    .cluster_queue = cluster_queue,
	    .created_us = world->now_us,
	    .priority = priority,
	    .pod_sets = &set,
	    .n_pod_sets = 1,
	    .max_execution_s = -1,
	};
	workload_id id;
	apply(world, (struct planner_input){.kind = INPUT_OBSERVED, .observed = {&spec, NULL}, .ret_workload = &id});
}

/* Passes until one changes nothing; what is admitted in busy queues joins `running`. Returns the number of passes. */
static uint32_t run_passes(struct bench_world *world)
{
	uint32_t passes = 0;
	struct wake wake;
	struct error error;
	while (planner_wants_cycle(world->planner)) {
		passes++;
		if (!planner_cycle(world->planner, world->now_us, world->decisions, &error))
			abort();
		for (uint32_t i = 0; i < world->decisions->count; i++) {
			const struct decision *decision = &world->decisions->items[i];
			if (decision->kind == DECISION_RESERVE)
				*VEC_PUSH(&world->running) = decision->workload;
			if (decision->kind == DECISION_RESERVE || decision->kind == DECISION_PREEMPT)
				apply(world, (struct planner_input){.kind = INPUT_WRITE_DONE, .workload = decision->workload});
		}
	}
	while (planner_take_wake(world->planner, &wake))
		if (wake.kind == WAKE_MASS_REQUEUE)
			*VEC_PUSH(&world->wakes) = wake;
	return passes;
}

static void fill_idle(struct bench_world *world)
{
	uint32_t first = BUSY_QUEUES, count = IDLE_TREES * IDLE_QUEUES_PER_TREE;
	for (uint32_t i = 0; i < ADMITTED; i++)
		submit(world, first + i % count, 1, 0);
	run_passes(world);
	for (uint32_t i = 0; i < PARKED; i++)
		submit(world, first + i % count, 30 + i % 37, 0);
	run_passes(world);
	VEC_CLEAR(&world->running);
	VEC_CLEAR(&world->wakes);
}

/* Microseconds per pass while jobs come and go in the busy tree. */
static double busy_us_per_pass(bool with_idle)
{
	struct bench_world world = {0};
	build(&world, with_idle);
	if (with_idle)
		fill_idle(&world);
	struct rng rng = rng_stream(1, 0, 1, 0, RNG_PROPERTY_TEST);
	uint64_t passes = 0;
	double start = bench_seconds();
	for (uint32_t i = 0; i < BUSY_EVENTS; i++) {
		world.now_us += US_PER_S;
		for (uint32_t w = 0; w < world.wakes.count; w++)
			apply(&world, (struct planner_input){.kind = INPUT_WAKE, .wake = world.wakes.items[w]});
		VEC_CLEAR(&world.wakes);
		if (world.running.count > 40) {
			uint32_t at = (uint32_t)rng_below(&rng, world.running.count);
			struct workload_view view;
			bool live = planner_view(world.planner, world.running.items[at], &view);
			bool evicted = live && view.phase == PHASE_EVICTED;
			if (live && view.phase != PHASE_PENDING)
				apply(&world, (struct planner_input){.kind = evicted ? INPUT_RELEASED : INPUT_FINISHED,
				                                     .workload = world.running.items[at]});
			world.running.items[at] = world.running.items[--world.running.count];
		}
		submit(&world, (uint32_t)rng_below(&rng, BUSY_QUEUES), 1 + (int64_t)rng_below(&rng, 16),
		       (int64_t)rng_below(&rng, 3));
		passes += run_passes(&world);
	}
	double us = (bench_seconds() - start) * 1e6 / (double)passes;
	finish(&world);
	return us;
}

void bench_idle_queues(void)
{
	double alone[BENCH_RUNS], beside[BENCH_RUNS];
	char note[64];
	for (int i = 0; i < BENCH_RUNS; i++) {
		alone[i] = busy_us_per_pass(false);
		beside[i] = busy_us_per_pass(true);
	}
	double a = bench_median(alone, BENCH_RUNS), b = bench_median(beside, BENCH_RUNS);
	bench_row("pass, 10 busy queues", a, "us/pass", "");
	snprintf(note, sizeof note, "%+.1f %%", (b / a - 1) * 100);
	bench_row("the same beside 900 idle queues", b, "us/pass", note);
}
