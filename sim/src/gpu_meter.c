/* gpu_meter.c - see gpu_meter.h. */
#include <stdlib.h>
#include <string.h>

#include "gpu_meter.h"

struct gpu_meter *gpu_meter_create(const struct node_table *nodes, uint32_t cluster, int64_t from_us)
{
	struct gpu_meter *meter = xcalloc(1, sizeof *meter);
	meter->nodes = nodes;
	meter->from_us = from_us;
	meter->arena = arena_create(0);
	meter->pools = xcalloc(nodes->n_pools, sizeof *meter->pools);
	meter->allocated_gpu_us = xcalloc(nodes->n_pools, sizeof *meter->allocated_gpu_us);
	meter->idle = xcalloc(nodes->n_pools, sizeof *meter->idle);
	for (uint32_t p = 0; p < nodes->n_pools; p++)
		meter->pools[p] = (struct pool_meter){.cluster = cluster, .pool = p};
	return meter;
}

void gpu_meter_destroy(struct gpu_meter *meter)
{
	if (!meter)
		return;
	arena_destroy(meter->arena);
	VEC_FREE(&meter->sets);
	free(meter->pools);
	free(meter->allocated_gpu_us);
	free(meter->idle);
	free(meter);
}

uint32_t gpu_meter_set(struct gpu_meter *meter, const uint32_t *pools, uint32_t n_pools)
{
	for (uint32_t s = 0; s < meter->sets.count; s++) {
		const struct pool_set *set = &meter->sets.items[s];
		if (set->n_pools == n_pools && (n_pools == 0 || memcmp(set->pools, pools, n_pools * sizeof *pools) == 0))
			return s;
	}
	const uint32_t *copy = arena_copy(meter->arena, pools, n_pools * sizeof *pools);
	*VEC_PUSH(&meter->sets) = (struct pool_set){.pools = copy, .n_pools = n_pools};
	return meter->sets.count - 1;
}

static void match_idle(struct gpu_meter *meter, enum demand_kind kind, enum gpu_time as, int64_t dt_us)
{
	for (uint32_t s = 0; s < meter->sets.count; s++) {
		const struct pool_set *set = &meter->sets.items[s];
		int64_t wanted = set->demand_gpus[kind];
		for (uint32_t i = 0; i < set->n_pools && wanted > 0; i++) {
			uint32_t pool = set->pools[i];
			int64_t matched = MIN(wanted, meter->idle[pool]);
			meter->pools[pool].gpu_us[as] += matched * dt_us;
			meter->idle[pool] -= matched;
			wanted -= matched;
		}
	}
}

void gpu_meter_advance(struct gpu_meter *meter, int64_t now_us)
{
	int64_t dt_us = now_us - MAX(meter->last_us, meter->from_us);
	meter->last_us = now_us;
	if (dt_us <= 0)
		return;
	int64_t idle = 0;
	for (uint32_t p = 0; p < meter->nodes->n_pools; p++) {
		const struct pool_nodes *pool = &meter->nodes->pools[p];
		meter->pools[p].capacity_gpu_us += pool->present_gpus * dt_us;
		meter->pools[p].gpu_us[GPU_DOWN] += pool->unusable_gpus * dt_us;
		meter->allocated_gpu_us[p] += pool->allocated_gpus * dt_us;
		meter->idle[p] = pool->present_gpus - pool->allocated_gpus - pool->unusable_gpus;
		idle += meter->idle[p];
	}
	if (idle == 0)
		return;
	match_idle(meter, DEMAND_NODES, GPU_IDLE_FRAGMENTED, dt_us);
	match_idle(meter, DEMAND_CONTROL_PLANE, GPU_IDLE_CONTROL_PLANE, dt_us);
	match_idle(meter, DEMAND_QUOTA, GPU_IDLE_BEHIND_QUOTA, dt_us);
	match_idle(meter, DEMAND_HELD_BACK, GPU_IDLE_HELD_BACK, dt_us);
	for (uint32_t p = 0; p < meter->nodes->n_pools; p++)
		meter->pools[p].gpu_us[GPU_IDLE_NOBODY_WAITING] += meter->idle[p] * dt_us;
}

void gpu_meter_demand(struct gpu_meter *meter, uint32_t set, enum demand_kind kind, int64_t delta_gpus)
{
	meter->sets.items[set].demand_gpus[kind] += delta_gpus;
}

int64_t gpu_meter_spend(struct gpu_meter *meter, uint32_t pool, enum gpu_time kind, int64_t gpus, int64_t start_us,
                        int64_t end_us)
{
	int64_t duration_us = end_us - MAX(start_us, meter->from_us);
	if (duration_us <= 0)
		return 0;
	meter->pools[pool].gpu_us[kind] += gpus * duration_us;
	return gpus * duration_us;
}

static charge priced(const int64_t *gpu_us, enum gpu_time first, enum gpu_time last, int64_t micro_per_gpu_hour)
{
	int128 sum = 0;
	for (int kind = (int)first; kind <= (int)last; kind++)
		sum += gpu_us[kind];
	return sum * micro_per_gpu_hour;
}

void gpu_meter_finish(struct gpu_meter *meter, const struct world *world)
{
	for (uint32_t p = 0; p < meter->nodes->n_pools; p++) {
		const struct node_pool *pool = meter->nodes->pools[p].pool;
		struct pool_meter *row = &meter->pools[p];
		const struct gpu_price *price = world_price(world, pool->gpu_product, pool->capacity_type);
		row->priced = price != NULL;
		if (!price)
			continue;
		int64_t rate = price->micro_per_gpu_hour;
		row->charged = priced(row->gpu_us, GPU_PRODUCTIVE, GPU_LOST_TO_FAILURES, rate);
		row->idle = priced(row->gpu_us, GPU_IDLE_NOBODY_WAITING, GPU_IDLE_CONTROL_PLANE, rate);
		row->down = price->billed == BILLED_ALWAYS ? priced(row->gpu_us, GPU_DOWN, GPU_DOWN, rate) : 0;
		row->paid = row->charged + row->idle + row->down;
	}
}
