/* test_world.c - lookups in a world, and worlds of other sizes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "world/kueue_builder.h"
#include "world/world.h"

static name_id id(struct world *world, const char *text)
{
	return names_intern(world->names, text);
}

static const struct kueue_config *two_queues(struct world *world, int64_t nominal_gpus)
{
	struct kueue_builder *builder = kueue_builder_create(world->arena, world->names);
	struct key_value h100 = {id(world, "gpu"), id(world, "h100")}, cpu_only = {id(world, "kind"), id(world, "cpu")};
	name_id gpu = id(world, "nvidia.com/gpu"), cpu = id(world, "cpu");
	kueue_add_flavor(builder, &(struct resource_flavor){.name = id(world, "h100"), .node_labels = &h100, .n_node_labels = 1},
	                 (struct diag_place){0});
	kueue_add_flavor(builder,
	                 &(struct resource_flavor){.name = id(world, "cpu"), .node_labels = &cpu_only, .n_node_labels = 1},
	                 (struct diag_place){0});
	kueue_add_flavor(builder,
	                 &(struct resource_flavor){.name = id(world, "elsewhere"),
	                                           .node_labels = (struct key_value[]){{gpu, cpu}},
	                                           .n_node_labels = 1},
	                 (struct diag_place){0});
	struct named_quota quotas[] = {{.resource = gpu, .quota = {nominal_gpus, 33, nominal_gpus}},
	                               {.resource = cpu, .quota = {1000, LIMIT_UNSET, LIMIT_UNSET}},
	                               {.resource = cpu, .quota = {1000, INT64_MAX, LIMIT_UNSET}}};
	struct named_flavor_quotas flavors[] = {{.flavor = id(world, "h100"), .quotas = &quotas[0], .n_quotas = 1},
	                                        {.flavor = id(world, "cpu"), .quotas = &quotas[1], .n_quotas = 1},
	                                        {.flavor = id(world, "elsewhere"), .quotas = &quotas[2], .n_quotas = 1}};
	struct named_group groups[] = {{&gpu, 1, &flavors[0], 1}, {&cpu, 1, &flavors[1], 2}};
	struct cluster_queue queue = kueue_cluster_queue_defaults(id(world, "q"));
	kueue_add_cluster_queue(builder, &queue, id(world, "co"), groups, 2, (struct diag_place){0});
	kueue_add_cohort(builder, &(struct cohort){.name = id(world, "co")}, NO_NAME, groups, 1, (struct diag_place){0});
	const struct kueue_config *config = kueue_build(builder, false, NULL);
	kueue_builder_destroy(builder);
	return config;
}

/* 10 nodes of 8 GPUs, 4 nodes without, and three imported GPU nodes of another kind. */
static struct world *small_world(void)
{
	struct arena *arena = arena_create(0);
	struct world *world = ARENA_NEW(arena, struct world);
	struct cluster *cluster = ARENA_NEW(arena, struct cluster);
	struct node_pool *pools = ARENA_ARRAY(arena, struct node_pool, 5);
	struct key_value *labels = ARENA_ARRAY(arena, struct key_value, 2);
	world->arena = arena;
	world->names = names_create();
	labels[0] = (struct key_value){id(world, "gpu"), id(world, "h100")};
	labels[1] = (struct key_value){id(world, "kind"), id(world, "cpu")};
	pools[0] =
	    (struct node_pool){.name = id(world, "big"), .nodes = 10, .gpus_per_node = 8, .labels = &labels[0], .n_labels = 1};
	pools[1] = (struct node_pool){.name = id(world, "cpus"), .nodes = 4, .labels = &labels[1], .n_labels = 1};
	static const char *const imported[] = {"n1", "n2", "n3"};
	for (int i = 0; i < 3; i++)
		pools[2 + i] = (struct node_pool){
		    .name = id(world, imported[i]), .nodes = 1, .gpus_per_node = 4, .single_node = id(world, imported[i])};
	*cluster = (struct cluster){.name = id(world, "main"), .pools = pools, .n_pools = 5, .kueue = two_queues(world, 80)};
	world->clusters = cluster;
	world->n_clusters = 1;
	return world;
}

static void world_drop(struct world *world)
{
	names_destroy(world->names);
	arena_destroy(world->arena);
}

static const struct quota *quota_of(const struct kueue_config *config, uint32_t group, uint32_t flavor)
{
	return &config->cluster_queues[0].groups[group].quotas[flavor];
}

static void sizes_and_quotas_scale_together(void **state)
{
	(void)state;
	struct world *world = small_world();
	struct world *smaller = world_scaled(world, 0.8);
	const struct cluster *cluster = &smaller->clusters[0];
	assert_int_equal(cluster->pools[0].nodes, 8);
	assert_int_equal(cluster->pools[1].nodes, 3);
	/* round(0.8 x 3) = 2 of the imported nodes are left */
	assert_int_equal(cluster->pools[2].nodes + cluster->pools[3].nodes + cluster->pools[4].nodes, 2);
	assert_int_equal(quota_of(cluster->kueue, 0, 0)->nominal, 64);
	assert_int_equal(quota_of(cluster->kueue, 0, 0)->borrowing_limit, 26); /* 26.4 */
	assert_int_equal(quota_of(cluster->kueue, 0, 0)->lending_limit, 64);
	/* 3 of 4 nodes: what is there counts, not the factor */
	assert_int_equal(quota_of(cluster->kueue, 1, 0)->nominal, 750);
	assert_true(quota_of(cluster->kueue, 1, 0)->borrowing_limit == LIMIT_UNSET);
	/* a flavor without nodes */
	assert_int_equal(quota_of(cluster->kueue, 1, 1)->nominal, 800);
	assert_true(quota_of(cluster->kueue, 1, 1)->borrowing_limit == INT64_MAX);
	assert_int_equal(cluster->kueue->cohorts[0].groups[0].quotas[0].nominal, 64);
	/* the original is as it was */
	assert_int_equal(world->clusters[0].pools[0].nodes, 10);
	assert_int_equal(quota_of(world->clusters[0].kueue, 0, 0)->nominal, 80);
	struct world *larger = world_scaled(world, 1.5);
	assert_int_equal(larger->clusters[0].pools[0].nodes, 15);
	assert_int_equal(quota_of(larger->clusters[0].kueue, 0, 0)->nominal, 120);
	int32_t imported = 0;
	for (int i = 2; i < 5; i++) {
		const struct node_pool *pool = &larger->clusters[0].pools[i];
		imported += pool->nodes;
		assert_int_equal(pool->single_node != NO_NAME, pool->nodes <= 1);
	}
	assert_int_equal(imported, 5);
	struct world *same = world_scaled(world, 1);
	assert_int_equal(same->clusters[0].pools[4].nodes, 1);
	assert_int_equal(quota_of(same->clusters[0].kueue, 0, 0)->borrowing_limit, 33);
	world_drop(world);
}

static void changes_scale_with_what_is_there_then(void **state)
{
	(void)state;
	struct world *world = small_world();
	struct world_change changes[] = {
	    {.at_us = 1, .pool = 0, .nodes = 16, .text = "more nodes"},
	    {.at_us = 2, .pool = NONE, .kueue = two_queues(world, 128), .text = "more quota"},
	};
	world->changes = changes;
	world->n_changes = 2;
	struct world *smaller = world_scaled(world, 0.9);
	assert_int_equal(smaller->clusters[0].pools[0].nodes, 9);
	assert_int_equal(smaller->changes[0].nodes, 14);
	assert_null(smaller->changes[0].kueue);
	assert_int_equal(quota_of(smaller->changes[1].kueue, 0, 0)->nominal, 112);
	assert_int_equal(changes[0].nodes, 16);
	world_drop(world);
}

static void lookups_find_and_miss(void **state)
{
	(void)state;
	struct world *world = small_world();
	name_id spaces[] = {id(world, "a"), id(world, "b")};
	struct tenant tenants[] = {{.name = id(world, "t"), .namespaces = spaces, .n_namespaces = 2}};
	struct gpu_price prices[] = {
	    {.gpu_product = id(world, "h100"), .capacity_type = CAPACITY_SPOT, .micro_per_gpu_hour = 5}};
	world->tenants = tenants;
	world->n_tenants = 1;
	world->prices = prices;
	world->n_prices = 1;
	assert_int_equal(world_tenant(world, id(world, "b")), 0);
	assert_int_equal(world_tenant(world, id(world, "c")), NONE);
	assert_ptr_equal(world_price(world, id(world, "h100"), CAPACITY_SPOT), prices);
	assert_null(world_price(world, id(world, "h100"), CAPACITY_RESERVED));
	assert_null(world_price(world, id(world, "a100"), CAPACITY_SPOT));
	assert_int_equal(world_find_cluster(world, id(world, "main")), 0);
	assert_int_equal(world_find_cluster(world, id(world, "other")), NONE);
	assert_int_equal(node_pool_gpus(&world->clusters[0].pools[0]), 80);
	assert_string_equal(capacity_type_names[CAPACITY_RESERVED], "Reserved");
	assert_string_equal(threshold_metric_names[METRIC_UTILISATION], "utilisation");
	assert_string_equal(threshold_stat_names[STAT_MAX], "max");
	world_drop(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sizes_and_quotas_scale_together),
	    cmocka_unit_test(changes_scale_with_what_is_there_then),
	    cmocka_unit_test(lookups_find_and_miss),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
