/* sim_cluster.h - a small simulated cluster for unit tests: pools "big" (8 GPUs a node), "small" (4, tainted) and "plain"
 * (no GPUs), and a way to make pod classes. */
#ifndef BERTH_TESTS_SIM_CLUSTER_H
#define BERTH_TESTS_SIM_CLUSTER_H

#include "kube_scheduler.h"

#define GIB (INT64_C(1) << 30)

struct test_cluster {
	struct names *names;
	name_id gpu, cpu, memory, product, hostname, tier, no_schedule;
	struct resource_amount big_amounts[3], small_amounts[3], plain_amounts[2];
	struct key_value big_labels[2], small_labels[2];
	struct taint small_taint;
	struct node_pool pools[3]; /* big, plain, small: by name */
	struct resource_flavor flavors[2];
	struct kueue_config config;
	struct node_table *nodes;
	struct class_table *classes;
	struct kube_scheduler *scheduler;
	uint32_t shapes;
};

static inline void test_cluster_init(struct test_cluster *t, const int32_t sizes[3], enum placement_score score)
{
	*t = (struct test_cluster){.names = names_create()};
	t->gpu = names_intern(t->names, "nvidia.com/gpu");
	t->cpu = names_intern(t->names, "cpu");
	t->memory = names_intern(t->names, "memory");
	t->product = names_intern(t->names, "nvidia.com/gpu.product");
	t->hostname = names_intern(t->names, "kubernetes.io/hostname");
	t->tier = names_intern(t->names, "tier");
	t->no_schedule = names_intern(t->names, "NoSchedule");
	name_id h100 = names_intern(t->names, "H100"), a100 = names_intern(t->names, "A100");
	name_id spot = names_intern(t->names, "spot");
	t->big_amounts[0] = (struct resource_amount){t->cpu, 96000};
	t->big_amounts[1] = (struct resource_amount){t->memory, 512 * GIB};
	t->big_amounts[2] = (struct resource_amount){t->gpu, 8};
	t->small_amounts[0] = (struct resource_amount){t->cpu, 48000};
	t->small_amounts[1] = (struct resource_amount){t->memory, 128 * GIB};
	t->small_amounts[2] = (struct resource_amount){t->gpu, 4};
	t->plain_amounts[0] = (struct resource_amount){t->cpu, 32000};
	t->plain_amounts[1] = (struct resource_amount){t->memory, 64 * GIB};
	t->big_labels[0] = (struct key_value){t->product, h100};
	t->small_labels[0] = (struct key_value){t->product, a100};
	t->small_labels[1] = (struct key_value){t->tier, spot};
	t->small_taint = (struct taint){t->tier, spot, t->no_schedule};
	t->pools[0] = (struct node_pool){.name = names_intern(t->names, "big"),
	                                 .nodes = sizes[0],
	                                 .gpu_product = h100,
	                                 .gpu_resource = t->gpu,
	                                 .gpus_per_node = 8,
	                                 .allocatable = t->big_amounts,
	                                 .n_allocatable = 3,
	                                 .labels = t->big_labels,
	                                 .n_labels = 1};
	t->pools[1] = (struct node_pool){
	    .name = names_intern(t->names, "plain"), .nodes = sizes[1], .allocatable = t->plain_amounts, .n_allocatable = 2};
	t->pools[2] = (struct node_pool){.name = names_intern(t->names, "small"),
	                                 .nodes = sizes[2],
	                                 .gpu_product = a100,
	                                 .gpu_resource = t->gpu,
	                                 .gpus_per_node = 4,
	                                 .allocatable = t->small_amounts,
	                                 .n_allocatable = 3,
	                                 .labels = t->small_labels,
	                                 .n_labels = 2,
	                                 .taints = &t->small_taint,
	                                 .n_taints = 1};
	t->flavors[0] =
	    (struct resource_flavor){.name = names_intern(t->names, "h100"), .node_labels = t->big_labels, .n_node_labels = 1};
	t->flavors[1] = (struct resource_flavor){.name = names_intern(t->names, "any")};
	t->config = (struct kueue_config){.names = t->names, .flavors = t->flavors, .n_flavors = 2};
	t->nodes = nodes_create(t->names, t->pools, 3, sizes);
	t->classes = classes_create(t->nodes);
	t->scheduler = kube_scheduler_create(t->nodes, t->classes, &(struct cluster){.score = score}, 7, 0);
}

static inline void test_cluster_free(struct test_cluster *t)
{
	kube_scheduler_destroy(t->scheduler);
	classes_destroy(t->classes);
	nodes_destroy(t->nodes);
	names_destroy(t->names);
}

/* A new class for this pod set under one flavor (0: h100, 1: any); the pod set is borrowed. */
static inline uint32_t test_class(struct test_cluster *t, const struct pod_set *pod_set, uint32_t flavor)
{
	struct class_key key = {.config = &t->config, .shape = t->shapes++, .flavors = &flavor, .n_flavors = 1};
	return classes_find(t->classes, &key, pod_set);
}

#endif
