/* world_scaled.c - the same world at another size: node pools first, then every quota in proportion to what its flavor has.
 *
 * A flavor has the pools that bear all its node labels, and is measured in their GPUs, or in nodes where there are none.
 * Limits scale like the quota they belong to, so that what was valid stays valid. */
#include <math.h>
#include <stdlib.h>

#include "world/world.h"

/* A cluster's pools at one time: as they are, and scaled. */
struct sizes {
	const struct cluster *cluster;
	double factor;
	int32_t *before, *after;
};

/* after/before; `before` 0: nothing to measure, the factor itself counts. */
struct ratio {
	int64_t before, after;
};

static int64_t rounded(int64_t count, double factor)
{
	return llround((double)count * factor);
}

static bool alike(const struct node_pool *a, const struct node_pool *b)
{
	return a->gpu_product == b->gpu_product && a->gpu_resource == b->gpu_resource && a->gpus_per_node == b->gpus_per_node &&
	       a->capacity_type == b->capacity_type;
}

/* A pool's size among alike pools: imported nodes are pools of one, so what is rounded is their number up to this one less
 * their number before it, and the sizes of them all sum to the rounded sum. Other pools are rounded alone. */
static int32_t scaled_nodes(const struct sizes *sizes, uint32_t pool)
{
	const struct node_pool *pools = sizes->cluster->pools;
	int64_t earlier = 0;
	for (uint32_t i = 0; i < pool; i++)
		if (pools[i].single_node && pools[pool].single_node && alike(&pools[i], &pools[pool]))
			earlier += sizes->before[i];
	int64_t nodes = rounded(earlier + sizes->before[pool], sizes->factor) - rounded(earlier, sizes->factor);
	return nodes > INT32_MAX ? INT32_MAX : (int32_t)nodes;
}

static bool has_label(const struct node_pool *pool, const struct key_value *label)
{
	for (uint32_t i = 0; i < pool->n_labels; i++)
		if (pool->labels[i].key == label->key && pool->labels[i].value == label->value)
			return true;
	return false;
}

static bool belongs(const struct node_pool *pool, const struct resource_flavor *flavor)
{
	for (uint32_t i = 0; i < flavor->n_node_labels; i++)
		if (!has_label(pool, &flavor->node_labels[i]))
			return false;
	return true;
}

static struct ratio flavor_ratio(const struct sizes *sizes, const struct resource_flavor *flavor)
{
	struct ratio gpus = {0}, nodes = {0};
	for (uint32_t i = 0; i < sizes->cluster->n_pools; i++) {
		const struct node_pool *pool = &sizes->cluster->pools[i];
		if (!belongs(pool, flavor))
			continue;
		gpus.before += (int64_t)sizes->before[i] * pool->gpus_per_node;
		gpus.after += (int64_t)sizes->after[i] * pool->gpus_per_node;
		nodes.before += sizes->before[i];
		nodes.after += sizes->after[i];
	}
	return gpus.before ? gpus : nodes;
}

static int64_t scaled_amount(int64_t amount, struct ratio ratio, double factor)
{
	if (amount == INT64_MAX || amount == LIMIT_UNSET)
		return amount;
	if (ratio.before == 0)
		return rounded(amount, factor);
	int128 scaled = ((int128)amount * ratio.after + ratio.before / 2) / ratio.before;
	return scaled >= INT64_MAX ? INT64_MAX - 1 : (int64_t)scaled;
}

static const struct resource_group *scaled_groups(struct arena *arena, const struct resource_group *groups, uint32_t count,
                                                  const struct ratio *ratios, double factor)
{
	struct resource_group *copies = arena_copy(arena, groups, count * sizeof *groups);
	for (uint32_t g = 0; g < count; g++) {
		uint32_t cells = copies[g].n_flavors * copies[g].n_resources;
		struct quota *quotas = arena_copy(arena, groups[g].quotas, cells * sizeof *quotas);
		for (uint32_t i = 0; i < cells; i++) {
			struct ratio ratio = ratios[groups[g].flavors[i / copies[g].n_resources]];
			quotas[i].nominal = scaled_amount(quotas[i].nominal, ratio, factor);
			quotas[i].borrowing_limit = scaled_amount(quotas[i].borrowing_limit, ratio, factor);
			quotas[i].lending_limit = scaled_amount(quotas[i].lending_limit, ratio, factor);
		}
		copies[g].quotas = quotas;
	}
	return copies;
}

static const struct kueue_config *scaled_config(struct arena *arena, const struct kueue_config *config,
                                                const struct sizes *sizes)
{
	if (!config)
		return NULL;
	struct kueue_config *copy = arena_copy(arena, config, sizeof *config);
	struct cluster_queue *queues =
	    arena_copy(arena, config->cluster_queues, config->n_cluster_queues * sizeof *config->cluster_queues);
	struct cohort *cohorts = arena_copy(arena, config->cohorts, config->n_cohorts * sizeof *config->cohorts);
	struct ratio *ratios = xcalloc(config->n_flavors, sizeof *ratios);
	for (uint32_t i = 0; i < config->n_flavors; i++)
		ratios[i] = flavor_ratio(sizes, &config->flavors[i]);
	for (uint32_t i = 0; i < config->n_cluster_queues; i++)
		queues[i].groups = scaled_groups(arena, queues[i].groups, queues[i].n_groups, ratios, sizes->factor);
	for (uint32_t i = 0; i < config->n_cohorts; i++)
		cohorts[i].groups = scaled_groups(arena, cohorts[i].groups, cohorts[i].n_groups, ratios, sizes->factor);
	free(ratios);
	copy->cluster_queues = queues;
	copy->cohorts = cohorts;
	return copy;
}

static void set_size(struct sizes *sizes, uint32_t pool, int32_t nodes)
{
	sizes->before[pool] = nodes;
	sizes->after[pool] = scaled_nodes(sizes, pool);
}

static struct sizes initial_sizes(const struct cluster *cluster, double factor)
{
	struct sizes sizes = {cluster, factor, xcalloc(cluster->n_pools, sizeof(int32_t)),
	                      xcalloc(cluster->n_pools, sizeof(int32_t))};
	for (uint32_t i = 0; i < cluster->n_pools; i++)
		set_size(&sizes, i, cluster->pools[i].nodes);
	return sizes;
}

static void scale_cluster(struct arena *arena, struct cluster *cluster, const struct sizes *sizes)
{
	struct node_pool *pools = arena_copy(arena, cluster->pools, cluster->n_pools * sizeof *cluster->pools);
	for (uint32_t i = 0; i < cluster->n_pools; i++) {
		pools[i].nodes = sizes->after[i];
		if (pools[i].nodes > 1)
			pools[i].single_node = NO_NAME;
	}
	cluster->kueue = scaled_config(arena, cluster->kueue, sizes);
	cluster->pools = pools;
}

/* Changes come in order of time: a new configuration is scaled by the sizes that the changes before it left. */
static const struct world_change *scaled_changes(struct arena *arena, const struct world *world, struct sizes *sizes)
{
	struct world_change *changes = arena_copy(arena, world->changes, world->n_changes * sizeof *world->changes);
	for (uint32_t i = 0; i < world->n_changes; i++) {
		struct world_change *change = &changes[i];
		struct sizes *cluster = &sizes[change->cluster];
		if (change->pool != NONE) {
			set_size(cluster, change->pool, change->nodes);
			change->nodes = cluster->after[change->pool];
		}
		change->kueue = scaled_config(arena, change->kueue, cluster);
	}
	return changes;
}

struct world *world_scaled(const struct world *world, double factor)
{
	struct arena *arena = world->arena;
	struct world *copy = arena_copy(arena, world, sizeof *world);
	struct cluster *clusters = arena_copy(arena, world->clusters, world->n_clusters * sizeof *world->clusters);
	struct sizes *sizes = xcalloc(world->n_clusters, sizeof *sizes);
	for (uint32_t i = 0; i < world->n_clusters; i++) {
		sizes[i] = initial_sizes(&world->clusters[i], factor);
		scale_cluster(arena, &clusters[i], &sizes[i]);
	}
	copy->clusters = clusters;
	copy->changes = scaled_changes(arena, world, sizes);
	for (uint32_t i = 0; i < world->n_clusters; i++) {
		free(sizes[i].before);
		free(sizes[i].after);
	}
	free(sizes);
	return copy;
}
