/* sizes.c - see sizes.h. */
#include "sizes.h"

static int64_t count_nodes(const struct world *world, bool gpus)
{
	int64_t sum = 0;
	for (uint32_t i = 0; i < world->n_clusters; i++)
		for (uint32_t j = 0; j < world->clusters[i].n_pools; j++) {
			const struct node_pool *pool = &world->clusters[i].pools[j];
			sum += gpus ? node_pool_gpus(pool) : pool->nodes;
		}
	return sum;
}

/* Without nodes there is nothing to round: quotas alone have the size that was asked for. */
static double real_factor(const struct world *world, const struct world *scaled, double asked)
{
	bool gpus = count_nodes(world, true) > 0;
	int64_t before = count_nodes(world, gpus);
	return before > 0 ? (double)count_nodes(scaled, gpus) / (double)before : asked;
}

/* Quotas follow the nodes of their flavor, so worlds with equal pools at all times are equal; not where there are none. */
static bool same_size(const struct world *a, const struct world *b)
{
	for (uint32_t i = 0; i < a->n_clusters; i++) {
		if (a->clusters[i].n_pools == 0)
			return false;
		for (uint32_t j = 0; j < a->clusters[i].n_pools; j++)
			if (a->clusters[i].pools[j].nodes != b->clusters[i].pools[j].nodes)
				return false;
	}
	for (uint32_t i = 0; i < a->n_changes; i++)
		if (a->changes[i].pool != NONE && a->changes[i].nodes != b->changes[i].nodes)
			return false;
	return true;
}

uint32_t sizes_of(const struct world *world, struct world_size ret_sizes[MOST_SIZES])
{
	static const double asked[MOST_SIZES - 1] = {0.8, 0.9, 1.1, 1.2};
	uint32_t count = 0;
	ret_sizes[count++] = (struct world_size){world, 1, count_nodes(world, true)};
	for (uint32_t i = 0; i < MOST_SIZES - 1; i++) {
		const struct world *scaled = world_scaled(world, asked[i]);
		bool known = false;
		for (uint32_t j = 0; j < count; j++)
			known |= same_size(ret_sizes[j].world, scaled);
		if (!known)
			ret_sizes[count++] =
			    (struct world_size){scaled, real_factor(world, scaled, asked[i]), count_nodes(scaled, true)};
	}
	return count;
}
