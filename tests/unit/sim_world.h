/* sim_world.h - small worlds for tests of whole runs: one cluster, pools of 8-GPU nodes, queues in one cohort. */
#ifndef BERTH_TESTS_SIM_WORLD_H
#define BERTH_TESTS_SIM_WORLD_H

#include <assert.h>
#include <stdlib.h>

#include "base/vec.h"
#include "sim/run.h"
#include "world/kueue_builder.h"
#include "world/world.h"

enum { MOST_POOLS = 4 };

struct test_world {
	struct world world;
	struct names *names;
	struct arena *arena;
	struct kueue_builder *builder;
	struct cluster cluster;
	struct node_pool pools[MOST_POOLS];
	name_id gpu, space, cohort;
	struct {
		VEC_FIELDS(struct job);
	} jobs;
	struct {
		VEC_FIELDS(struct job_shape);
	} shapes;
	struct {
		VEC_FIELDS(struct checkpoint);
	} checkpoints;
	struct job_table table;
};

static inline name_id test_name(struct test_world *t, const char *text)
{
	return names_intern(t->names, text);
}

static inline void test_world_init(struct test_world *t, int64_t duration_us)
{
	*t = (struct test_world){.names = names_create(), .arena = arena_create(0)};
	t->gpu = test_name(t, "nvidia.com/gpu");
	t->space = test_name(t, "default");
	t->builder = kueue_builder_create(t->arena, t->names);
	struct controller_config controller = kueue_controller_defaults();
	kueue_set_controller(t->builder, &controller);
	gate_set gates = 0;
	bool known = kueue_profile_gates("0.19", &gates);
	assert(known);
	(void)known;
	kueue_set_gates(t->builder, gates);
	kueue_add_namespace(t->builder, &(struct kube_namespace){.name = t->space}, (struct diag_place){0});
	t->world = (struct world){
	    .arena = t->arena, .names = t->names, .duration_us = duration_us, .clusters = &t->cluster, .n_clusters = 1};
	t->cluster = (struct cluster){.name = test_name(t, "main"), .pools = t->pools};
}

static inline void test_world_free(struct test_world *t)
{
	kueue_builder_destroy(t->builder);
	arena_destroy(t->arena);
	names_destroy(t->names);
	VEC_FREE(&t->jobs);
	VEC_FREE(&t->shapes);
	VEC_FREE(&t->checkpoints);
}

/* A pool of 8-GPU nodes with a flavor of the same name; call in order of name. */
static inline struct node_pool *test_pool(struct test_world *t, const char *name, int32_t nodes)
{
	struct resource_amount *amount = ARENA_NEW(t->arena, struct resource_amount);
	struct key_value *label = ARENA_NEW(t->arena, struct key_value);
	*amount = (struct resource_amount){t->gpu, 8};
	*label = (struct key_value){test_name(t, "pool"), test_name(t, name)};
	struct node_pool *pool = &t->pools[t->cluster.n_pools++];
	*pool = (struct node_pool){.name = test_name(t, name),
	                           .nodes = nodes,
	                           .gpu_product = test_name(t, name),
	                           .gpu_resource = t->gpu,
	                           .gpus_per_node = 8,
	                           .allocatable = amount,
	                           .n_allocatable = 1,
	                           .labels = label,
	                           .n_labels = 1};
	struct resource_flavor flavor = {.name = test_name(t, name), .node_labels = label, .n_node_labels = 1};
	kueue_add_flavor(t->builder, &flavor, (struct diag_place){0});
	return pool;
}

/* A ClusterQueue, and a LocalQueue of the same name, with this quota of each pool's flavor. */
static inline void test_queue(struct test_world *t, const char *name, const char *cohort, const int64_t *nominal,
                              enum preemption_policy within, enum preemption_policy reclaim)
{
	struct named_flavor_quotas *flavors = ARENA_ARRAY(t->arena, struct named_flavor_quotas, t->cluster.n_pools);
	struct named_quota *quotas = ARENA_ARRAY(t->arena, struct named_quota, t->cluster.n_pools);
	name_id *covered = ARENA_NEW(t->arena, name_id);
	*covered = t->gpu;
	for (uint32_t p = 0; p < t->cluster.n_pools; p++) {
		quotas[p] = (struct named_quota){.resource = t->gpu, .quota = {nominal[p], LIMIT_UNSET, LIMIT_UNSET}};
		flavors[p] = (struct named_flavor_quotas){.flavor = t->pools[p].name, .quotas = &quotas[p], .n_quotas = 1};
	}
	struct named_group group = {.covered = covered, .n_covered = 1, .flavors = flavors, .n_flavors = t->cluster.n_pools};
	struct cluster_queue queue = kueue_cluster_queue_defaults(test_name(t, name));
	queue.namespace_selector.set = true;
	queue.within_cluster_queue = within;
	queue.reclaim_within_cohort = reclaim;
	kueue_add_cluster_queue(t->builder, &queue, cohort ? test_name(t, cohort) : NO_NAME, &group, 1, (struct diag_place){0});
	kueue_add_local_queue(t->builder,
	                      &(struct local_queue){.name = queue.name, .namespace_name = t->space, .fair_weight = 1},
	                      queue.name, (struct diag_place){0});
}

static inline void test_priority(struct test_world *t, const char *name, int32_t value)
{
	kueue_add_priority_class(t->builder, &(struct priority_class){test_name(t, name), value, false}, (struct diag_place){0});
}

static inline uint32_t test_shape(struct test_world *t, int32_t pods, int64_t gpus_per_pod)
{
	struct resource_request *request = ARENA_NEW(t->arena, struct resource_request);
	struct pod_set *pod_set = ARENA_NEW(t->arena, struct pod_set);
	*request = (struct resource_request){t->gpu, gpus_per_pod};
	*pod_set = (struct pod_set){.name = test_name(t, "main"), .count = pods, .requests = request, .n_requests = 1};
	*VEC_PUSH(&t->shapes) = (struct job_shape){pod_set, 1};
	return t->shapes.count - 1;
}

/* The pointer is void after the next call: set what you need at once. test_options() sorts the jobs by submission, so those
 * that are not made in that order change their numbers there. */
static inline struct job *test_job(struct test_world *t, const char *queue, uint32_t shape, int64_t submit_us,
                                   int64_t run_us)
{
	char name[32];
	snprintf(name, sizeof name, "job-%u", t->jobs.count);
	struct job *job = VEC_PUSH(&t->jobs);
	*job = (struct job){.name = test_name(t, name),
	                    .namespace_name = t->space,
	                    .queue = test_name(t, queue),
	                    .shape = shape,
	                    .checkpoint = NONE,
	                    .submit_us = submit_us,
	                    .run_us = run_us,
	                    .requested_us = -1,
	                    .max_execution_us = -1,
	                    .recorded_wait_us = -1};
	return job;
}

static inline int compare_submissions(const void *a, const void *b)
{
	const struct job *x = a, *y = b;
	if (x->submit_us != y->submit_us)
		return x->submit_us < y->submit_us ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

/* Freezes configuration and jobs; options for a checked run. */
static inline struct run_options test_options(struct test_world *t)
{
	struct diags *diags = diags_create();
	t->cluster.kueue = kueue_build(t->builder, true, diags);
	diags_print(diags, stderr);
	diags_destroy(diags);
	assert(t->cluster.kueue);
	if (t->jobs.count)
		qsort(t->jobs.items, t->jobs.count, sizeof *t->jobs.items, compare_submissions);
	t->table = (struct job_table){t->jobs.items,   t->jobs.count,        t->shapes.items,
	                              t->shapes.count, t->checkpoints.items, t->checkpoints.count};
	return (struct run_options){.world = &t->world, .jobs = &t->table, .seed = 1, .check = true};
}

#endif
