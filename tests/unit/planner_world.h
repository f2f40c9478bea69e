/* planner_world.h - a planner over a small configuration, for tests of its rules: ClusterQueues that count GPUs of one
 *flavor, each with a LocalQueue of its name in namespace "default".
 *
 *	struct planner_world w;
 *	planner_world_init(&w);
 *	const struct planner_queue queues[] = {{.name = "a", .cohort = "all", .gpus = 8}, {.name = "b", .cohort = "all"}};
 *	planner_world_start(&w, planner_policy_kueue(), planner_world_config(&w, queues, 2));
 *	workload_id id = planner_world_submit(&w, "b", (struct planner_work){.gpus = 8});
 *	planner_world_pass(&w);
 *	assert_int_equal(planner_world_look(&w, id).reason, REASON_FIT);
 *	planner_world_end(&w);
 *
 * Include it after cmocka.h. The books are checked after every call. */
#ifndef BERTH_TESTS_PLANNER_WORLD_H
#define BERTH_TESTS_PLANNER_WORLD_H

#include <stdio.h>

#include "base/arena.h"
#include "planner/planner.h"
#include "world/kueue_builder.h"

struct planner_world {
	struct arena *arena;
	struct names *names;
	name_id gpu, space;
	struct controller_config controller; /* init sets defaults; change them before planner_world_config() */
	gate_set gates;                      /* of "0.19" */
	struct planner *planner;
	struct decision_list *decisions; /* of the last pass */
	int64_t now_us;
	uint32_t n_submitted;
};

struct planner_queue {
	const char *name, *cohort; /* cohort NULL: in none */
	int64_t gpus;
	int64_t pods; /* 0: the queue does not cover pods */
	enum preemption_policy within, reclaim;
	enum stop_policy stop, stop_local;
	bool no_namespaces; /* its selector selects none, instead of all */
};

/* One pod set. */
struct planner_work {
	int64_t gpus;       /* per pod */
	int32_t pods;       /* 0: one */
	const char *also;   /* and 1 of this per pod; NULL */
	int64_t created_us; /* 0: now */
	int64_t priority;
	bool invalid;
};

static inline void planner_world_init(struct planner_world *w)
{
	*w =
	    (struct planner_world){.arena = arena_create(0), .names = names_create(), .controller = kueue_controller_defaults()};
	w->gpu = names_intern(w->names, "nvidia.com/gpu");
	w->space = names_intern(w->names, "default");
	assert_true(kueue_profile_gates("0.19", &w->gates));
}

static inline void planner_world_add_queue(struct planner_world *w, struct kueue_builder *builder,
                                           const struct planner_queue *queue)
{
	name_id name = names_intern(w->names, queue->name), resources[] = {w->gpu, names_intern(w->names, "pods")};
	uint32_t n = queue->pods > 0 ? 2 : 1;
	struct named_quota quotas[] = {{.resource = resources[0], .quota = {queue->gpus, LIMIT_UNSET, LIMIT_UNSET}},
	                               {.resource = resources[1], .quota = {queue->pods, LIMIT_UNSET, LIMIT_UNSET}}};
	struct named_flavor_quotas flavors = {.flavor = names_intern(w->names, "flavor"), .quotas = quotas, .n_quotas = n};
	struct named_group group = {.covered = resources, .n_covered = n, .flavors = &flavors, .n_flavors = 1};
	struct cluster_queue row = kueue_cluster_queue_defaults(name);
	row.namespace_selector.set = !queue->no_namespaces;
	row.within_cluster_queue = queue->within;
	row.reclaim_within_cohort = queue->reclaim;
	row.stop_policy = queue->stop;
	kueue_add_cluster_queue(builder, &row, queue->cohort ? names_intern(w->names, queue->cohort) : NO_NAME, &group, 1,
	                        (struct diag_place){0});
	struct local_queue local = {
	    .name = name, .namespace_name = w->space, .stop_policy = queue->stop_local, .fair_weight = 1};
	kueue_add_local_queue(builder, &local, name, (struct diag_place){0});
}

/* Lives as long as the world. A second one serves as a change: INPUT_CONFIG. */
static inline const struct kueue_config *planner_world_config(struct planner_world *w, const struct planner_queue *queues,
                                                              uint32_t n_queues)
{
	struct kueue_builder *builder = kueue_builder_create(w->arena, w->names);
	struct diags *diags = diags_create();
	kueue_set_controller(builder, &w->controller);
	kueue_set_gates(builder, w->gates);
	kueue_add_flavor(builder, &(struct resource_flavor){.name = names_intern(w->names, "flavor")}, (struct diag_place){0});
	kueue_add_namespace(builder, &(struct kube_namespace){.name = w->space}, (struct diag_place){0});
	for (uint32_t i = 0; i < n_queues; i++)
		planner_world_add_queue(w, builder, &queues[i]);
	const struct kueue_config *config = kueue_build(builder, true, diags);
	assert_non_null(config);
	diags_destroy(diags);
	kueue_builder_destroy(builder);
	return config;
}

static inline void planner_world_start(struct planner_world *w, const struct policy *policy,
                                       const struct kueue_config *config)
{
	struct planner_options options = {.policy = policy, .config = config, .check = true};
	w->planner = planner_create(&options);
	w->decisions = decision_list_create();
}

/* Also of a world that was not started. */
static inline void planner_world_end(struct planner_world *w)
{
	if (w->planner) {
		planner_destroy(w->planner);
		decision_list_destroy(w->decisions);
	}
	arena_destroy(w->arena);
	names_destroy(w->names);
}

/* The input, at w->now_us. */
static inline void planner_world_apply(struct planner_world *w, struct planner_input input)
{
	struct error error;
	input.now_us = w->now_us;
	if (!planner_apply(w->planner, &input, &error))
		fail_msg("%s", error.text);
}

/* Into the LocalQueue of this name; its uid is its number among those submitted. */
static inline workload_id planner_world_submit(struct planner_world *w, const char *queue, struct planner_work work)
{
	char name[32];
	snprintf(name, sizeof name, "work-%u", ++w->n_submitted);
	struct resource_request requests[] = {{w->gpu, work.gpus}, {names_intern(w->names, work.also ? work.also : "none"), 1}};
	struct pod_set set = {.name = names_intern(w->names, "main"),
	                      .count = MAX(work.pods, 1),
	                      .requests = requests,
	                      .n_requests = work.also ? 2 : 1};
	struct workload_spec spec = {
	    .name = names_intern(w->names, name),
	    .uid = {0, w->n_submitted},
	    .namespace_name = w->space,
	    .local_queue = kueue_find_local_queue(planner_config(w->planner), w->space, names_intern(w->names, queue)),
	    .cluster_queue = NONE,
	    .created_us = work.created_us ? work.created_us : w->now_us,
	    .priority = work.priority,
	    .pod_sets = &set,
	    .n_pod_sets = 1,
	    .max_execution_s = -1,
	    .invalid = work.invalid};
	workload_id id = NO_WORKLOAD;
	planner_world_apply(w, (struct planner_input){.kind = INPUT_OBSERVED, .observed = {&spec, NULL}, .ret_workload = &id});
	return id;
}

/* One pass at w->now_us; its decisions are in w->decisions. */
static inline void planner_world_pass(struct planner_world *w)
{
	struct error error;
	if (!planner_cycle(w->planner, w->now_us, w->decisions, &error))
		fail_msg("%s", error.text);
}

static inline struct workload_view planner_world_look(const struct planner_world *w, workload_id id)
{
	struct workload_view view;
	assert_true(planner_view(w->planner, id, &view));
	return view;
}

#endif
