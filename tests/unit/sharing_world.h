/* sharing_world.h - a planner over a small tree of queues with one flavor and the resource "gpu", for tests of fair sharing.
 * Time stands still unless a test moves it; uids follow the order of submission. */
#ifndef BERTH_TESTS_SHARING_WORLD_H
#define BERTH_TESTS_SHARING_WORLD_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "planner/books.h"
#include "planner/planner.h"
#include "world/kueue_builder.h"

struct sharing_world {
	struct arena *arena;
	struct names *names;
	struct kueue_builder *builder; /* until sharing_start() */
	struct controller_config controller;
	gate_set gates;
	const struct kueue_config *config;
	struct planner *planner;
	struct decision_list *decisions;
	int64_t now_us;
	uint64_t submitted;
};

static inline name_id sharing_name(struct sharing_world *world, const char *text)
{
	return names_intern(world->names, text);
}

static inline struct sharing_world sharing_begin(void)
{
	struct sharing_world world = {.arena = arena_create(0), .names = names_create(), .now_us = 1000 * US_PER_S};
	world.builder = kueue_builder_create(world.arena, world.names);
	world.controller = kueue_controller_defaults();
	assert_true(kueue_profile_gates("ff69552e", &world.gates));
	kueue_add_flavor(world.builder, &(struct resource_flavor){.name = sharing_name(&world, "f")}, (struct diag_place){0});
	kueue_add_namespace(world.builder, &(struct kube_namespace){.name = sharing_name(&world, "team")},
	                    (struct diag_place){0});
	return world;
}

static inline const struct named_group *sharing_group(struct sharing_world *world, int64_t nominal)
{
	struct named_group *group = ARENA_NEW(world->arena, struct named_group);
	struct named_flavor_quotas *flavors = ARENA_NEW(world->arena, struct named_flavor_quotas);
	struct named_quota *quota = ARENA_NEW(world->arena, struct named_quota);
	name_id *resource = ARENA_NEW(world->arena, name_id);
	*resource = sharing_name(world, "gpu");
	*quota = (struct named_quota){.resource = *resource, .quota = {nominal, LIMIT_UNSET, LIMIT_UNSET}};
	*flavors = (struct named_flavor_quotas){.flavor = sharing_name(world, "f"), .quotas = quota, .n_quotas = 1};
	*group = (struct named_group){.covered = resource, .n_covered = 1, .flavors = flavors, .n_flavors = 1};
	return group;
}

static inline void sharing_add_local(struct sharing_world *world, const char *name, const char *queue, double weight)
{
	struct local_queue local = {
	    .name = sharing_name(world, name), .namespace_name = sharing_name(world, "team"), .fair_weight = weight};
	kueue_add_local_queue(world->builder, &local, sharing_name(world, queue), (struct diag_place){0});
}

/* A ClusterQueue and a LocalQueue of its name. */
static inline void sharing_add_queue(struct sharing_world *world, struct cluster_queue queue, const char *name,
                                     const char *cohort, int64_t nominal)
{
	queue.name = sharing_name(world, name);
	queue.namespace_selector.set = true;
	kueue_add_cluster_queue(world->builder, &queue, sharing_name(world, cohort), sharing_group(world, nominal), 1,
	                        (struct diag_place){0});
	sharing_add_local(world, name, name, 1);
}

static inline void sharing_add_cohort(struct sharing_world *world, const char *name, const char *parent, double weight)
{
	struct cohort cohort = {.name = sharing_name(world, name), .fair_weight = weight};
	kueue_add_cohort(world->builder, &cohort, sharing_name(world, parent), NULL, 0, (struct diag_place){0});
}

static inline const struct kueue_config *sharing_build(struct sharing_world *world)
{
	kueue_set_controller(world->builder, &world->controller);
	kueue_set_gates(world->builder, world->gates);
	const struct kueue_config *config = kueue_build(world->builder, false, NULL);
	assert_non_null(config);
	return config;
}

static inline void sharing_start(struct sharing_world *world)
{
	world->config = sharing_build(world);
	struct planner_options options = {planner_policy_kueue(), world->config, false, true};
	world->planner = planner_create(&options);
	world->decisions = decision_list_create();
}

static inline void sharing_end(struct sharing_world *world)
{
	planner_destroy(world->planner);
	decision_list_destroy(world->decisions);
	kueue_builder_destroy(world->builder);
	arena_destroy(world->arena);
	names_destroy(world->names);
}

static inline void sharing_apply(struct sharing_world *world, struct planner_input input)
{
	struct error error;
	input.now_us = world->now_us;
	if (!planner_apply(world->planner, &input, &error))
		fail_msg("%s", error.text);
}

static inline void sharing_tell(struct sharing_world *world, enum input_kind kind, workload_id workload)
{
	sharing_apply(world, (struct planner_input){.kind = kind, .workload = workload});
}

static inline uint32_t sharing_local(struct sharing_world *world, const char *name)
{
	return kueue_find_local_queue(world->config, sharing_name(world, "team"), sharing_name(world, name));
}

static inline workload_id sharing_observe(struct sharing_world *world, const char *local_queue, int64_t gpus,
                                          int64_t priority, const struct workload_status *status)
{
	struct resource_request request = {sharing_name(world, "gpu"), gpus};
	struct pod_set set = {.count = 1, .requests = &request, .n_requests = 1};
	uint64_t number = ++world->submitted;
	struct workload_spec spec = {.name = (name_id)number,
	                             .uid = {0, number},
	                             .namespace_name = sharing_name(world, "team"),
	                             .local_queue = sharing_local(world, local_queue),
	                             .cluster_queue = NONE,
	                             .created_us = world->now_us,
	                             .priority = priority,
	                             .pod_sets = &set,
	                             .n_pod_sets = 1,
	                             .max_execution_s = -1};
	workload_id id = NO_WORKLOAD;
	sharing_apply(world, (struct planner_input){.kind = INPUT_OBSERVED, .observed = {&spec, status}, .ret_workload = &id});
	return id;
}

static inline workload_id sharing_submit(struct sharing_world *world, const char *local_queue, int64_t gpus,
                                         int64_t priority)
{
	return sharing_observe(world, local_queue, gpus, priority, NULL);
}

/* One that already runs. */
static inline workload_id sharing_admit(struct sharing_world *world, const char *local_queue, int64_t gpus, int64_t priority)
{
	int32_t count = 1;
	uint32_t flavor = 0;
	struct workload_status status = {
	    .quota_reserved = true,
	    .admitted = true,
	    .reserved_us = world->now_us,
	    .admitted_us = world->now_us,
	    .requeue_at_us = -1,
	    .admitted_queue = world->config->local_queues[sharing_local(world, local_queue)].cluster_queue,
	    .admission = {.n_pod_sets = 1, .n_resources = 1, .counts = &count, .flavors = &flavor},
	};
	return sharing_observe(world, local_queue, gpus, priority, &status);
}

/* One pass. The decisions are in world->decisions. */
static inline void sharing_pass(struct sharing_world *world)
{
	struct error error;
	if (!planner_cycle(world->planner, world->now_us, world->decisions, &error))
		fail_msg("%s", error.text);
}

static inline bool sharing_holds(struct sharing_world *world, workload_id workload)
{
	struct workload_view view;
	return planner_view(world->planner, workload, &view) && view.phase == PHASE_RESERVED;
}

/* Why the last pass preempted the workload; REASON_NONE: it did not. */
static inline enum reason sharing_preempted(struct sharing_world *world, workload_id workload)
{
	for (uint32_t i = 0; i < world->decisions->count; i++)
		if (world->decisions->items[i].kind == DECISION_PREEMPT && world->decisions->items[i].workload.slot == workload.slot)
			return world->decisions->items[i].reason;
	return REASON_NONE;
}

#endif
