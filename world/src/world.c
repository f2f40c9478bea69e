/* world.c - see world.h. */
#include <stdlib.h>

#include "world/world.h"

const char *const capacity_type_names[] = {"OnDemand", "Reserved", "Spot", NULL};
const char *const billed_names[] = {"WhileUp", "Always", NULL};
const char *const placement_score_names[] = {"LeastAllocated", "MostAllocated", NULL};
const char *const policy_names[] = {"Kueue", "EASY", NULL};
const char *const threshold_metric_names[] = {"waitTime", "lostToPreemptionShare", "paid", "unstarted", "utilisation", NULL};
const char *const threshold_stat_names[] = {"mean", "p50", "p90", "p95", "p99", "max", NULL};

const struct gpu_price *world_price(const struct world *world, name_id gpu_product, enum capacity_type capacity_type)
{
	for (uint32_t i = 0; i < world->n_prices; i++)
		if (world->prices[i].gpu_product == gpu_product && world->prices[i].capacity_type == capacity_type)
			return &world->prices[i];
	return NULL;
}

uint32_t world_tenant(const struct world *world, name_id namespace_name)
{
	for (uint32_t i = 0; i < world->n_tenants; i++)
		for (uint32_t j = 0; j < world->tenants[i].n_namespaces; j++)
			if (world->tenants[i].namespaces[j] == namespace_name)
				return i;
	return NONE;
}

int64_t node_pool_gpus(const struct node_pool *pool)
{
	return (int64_t)pool->nodes * pool->gpus_per_node;
}

uint32_t world_find_cluster(const struct world *world, name_id name)
{
	for (uint32_t i = 0; i < world->n_clusters; i++)
		if (world->clusters[i].name == name)
			return i;
	return NONE;
}
