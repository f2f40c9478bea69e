/* nodes.c - see nodes.h. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "nodes.h"

/* kube-scheduler's GetNonzeroRequests. */
#define SCORE_CPU_MILLI 100
#define SCORE_MEMORY_BYTES (INT64_C(200) * 1024 * 1024)

uint32_t nodes_find_column(const struct node_table *table, name_id resource)
{
	for (uint32_t column = 0; column < table->n_resources; column++)
		if (table->resources[column] == resource)
			return column;
	return NONE;
}

static void collect_columns(struct node_table *table, const struct node_pool *pools, uint32_t n_pools)
{
	uint32_t most = 0;
	for (uint32_t p = 0; p < n_pools; p++)
		most += pools[p].n_allocatable;
	table->resources = xcalloc(most, sizeof *table->resources);
	for (uint32_t p = 0; p < n_pools; p++)
		for (uint32_t i = 0; i < pools[p].n_allocatable; i++)
			if (nodes_find_column(table, pools[p].allocatable[i].resource) == NONE)
				table->resources[table->n_resources++] = pools[p].allocatable[i].resource;
	table->cpu = nodes_find_column(table, names_find(table->names, "cpu"));
	table->memory = nodes_find_column(table, names_find(table->names, "memory"));
	table->pods = nodes_find_column(table, names_find(table->names, "pods"));
	table->score_cpu = table->n_resources;
	table->score_memory = table->n_resources + 1;
	table->n_columns = table->n_resources + 2;
}

static void init_pool(struct node_table *table, uint32_t index, const struct node_pool *pool, uint32_t first_node,
                      int32_t most_nodes)
{
	struct pool_nodes *row = &table->pools[index];
	*row = (struct pool_nodes){.pool = pool, .first_node = first_node, .n_nodes = (uint32_t)most_nodes};
	row->allocatable = xcalloc(table->n_columns, sizeof *row->allocatable);
	for (uint32_t i = 0; i < pool->n_allocatable; i++)
		row->allocatable[nodes_find_column(table, pool->allocatable[i].resource)] = pool->allocatable[i].amount;
	row->gpu_column = pool->gpu_resource == NO_NAME ? NONE : nodes_find_column(table, pool->gpu_resource);
	row->gpus_per_node = row->gpu_column == NONE ? 0 : row->allocatable[row->gpu_column];
	row->n_buckets = (uint32_t)MIN(row->gpus_per_node + 1, MAX_GPU_BUCKETS);
	for (uint32_t b = 0; b < MAX_GPU_BUCKETS; b++)
		row->bucket[b] = NONE;
}

struct node_table *nodes_create(const struct names *names, const struct node_pool *pools, uint32_t n_pools,
                                const int32_t *most_nodes)
{
	struct node_table *table = xcalloc(1, sizeof *table);
	table->names = names;
	table->n_pools = n_pools;
	table->pools = xcalloc(n_pools, sizeof *table->pools);
	collect_columns(table, pools, n_pools);
	for (uint32_t p = 0; p < n_pools; p++) {
		init_pool(table, p, &pools[p], table->n_nodes, most_nodes[p]);
		table->n_nodes += (uint32_t)most_nodes[p];
	}
	table->nodes = xcalloc(table->n_nodes, sizeof *table->nodes);
	table->used = xcalloc((size_t)table->n_nodes * table->n_columns, sizeof *table->used);
	table->free_fill = NONE;
	table->n_hash_slots = 64;
	table->hash_slots = xcalloc(table->n_hash_slots, sizeof *table->hash_slots);
	memset(table->hash_slots, 0xff, table->n_hash_slots * sizeof *table->hash_slots);
	for (uint32_t p = 0; p < n_pools; p++)
		for (uint32_t i = 0; i < table->pools[p].n_nodes; i++) {
			uint32_t node = table->pools[p].first_node + i;
			table->nodes[node] = (struct node){.pool = p, .index = i, .fill = NONE};
			if ((int32_t)i < pools[p].nodes)
				nodes_set_state(table, node, NODE_UP);
		}
	nodes_clear_freed(table);
	return table;
}

void nodes_destroy(struct node_table *table)
{
	if (!table)
		return;
	for (uint32_t p = 0; p < table->n_pools; p++)
		free(table->pools[p].allocatable);
	for (uint32_t f = 0; f < table->fills.count; f++)
		VEC_FREE(&table->fills.items[f].nodes);
	VEC_FREE(&table->fills);
	VEC_FREE(&table->freed);
	free(table->fill_rows);
	free(table->hash_slots);
	free(table->used);
	free(table->nodes);
	free(table->pools);
	free(table->resources);
	free(table);
}

bool nodes_request_row(const struct node_table *table, const struct pod_set *pod_set, int64_t *ret_row)
{
	for (uint32_t i = 0; i < pod_set->n_requests; i++)
		if (pod_set->requests[i].amount > 0 && nodes_find_column(table, pod_set->requests[i].resource) == NONE)
			return false;
	memset(ret_row, 0, table->n_columns * sizeof *ret_row);
	for (uint32_t i = 0; i < pod_set->n_requests; i++) {
		uint32_t column = nodes_find_column(table, pod_set->requests[i].resource);
		if (column != NONE)
			ret_row[column] = pod_set->requests[i].amount;
	}
	if (table->pods != NONE)
		ret_row[table->pods] = 1;
	int64_t cpu = table->cpu == NONE ? 0 : ret_row[table->cpu];
	int64_t memory = table->memory == NONE ? 0 : ret_row[table->memory];
	ret_row[table->score_cpu] = cpu ? cpu : SCORE_CPU_MILLI;
	ret_row[table->score_memory] = memory ? memory : SCORE_MEMORY_BYTES;
	return true;
}

bool nodes_row_fits(const struct node_table *table, const struct pool_nodes *pool, const int64_t *used, const int64_t *row)
{
	for (uint32_t column = 0; column < table->n_resources; column++)
		if (row[column] > 0 && row[column] > pool->allocatable[column] - used[column])
			return false;
	return true;
}

/* ---- Fills ---- */

static uint64_t hash_row(const struct node_table *table, uint32_t pool, const int64_t *row)
{
	uint64_t hash = digest_add(0, pool);
	for (uint32_t column = 0; column < table->n_columns; column++)
		hash = digest_add(hash, (uint64_t)row[column]);
	return hash;
}

static void grow_hash(struct node_table *table)
{
	table->n_hash_slots *= 2;
	table->hash_slots = xrealloc_array(table->hash_slots, table->n_hash_slots, sizeof *table->hash_slots);
	memset(table->hash_slots, 0xff, table->n_hash_slots * sizeof *table->hash_slots);
	for (uint32_t f = 0; f < table->fills.count; f++) {
		struct fill *fill = &table->fills.items[f];
		if (fill->nodes.count == 0)
			continue;
		uint32_t slot = (uint32_t)fill->hash & (table->n_hash_slots - 1);
		fill->hash_next = table->hash_slots[slot];
		table->hash_slots[slot] = f;
	}
}

static uint32_t new_fill(struct node_table *table)
{
	uint32_t fill = table->free_fill;
	if (fill != NONE) {
		table->free_fill = table->fills.items[fill].next;
		return fill;
	}
	fill = table->fills.count;
	(void)VEC_PUSH(&table->fills);
	if (table->fills.count > table->fill_rows_capacity) {
		table->fill_rows_capacity = table->fills.capacity;
		table->fill_rows =
		    xrealloc_array(table->fill_rows, (size_t)table->fill_rows_capacity * table->n_columns, sizeof *table->fill_rows);
	}
	return fill;
}

static void link_fill(struct node_table *table, uint32_t index)
{
	struct fill *fill = &table->fills.items[index];
	uint32_t *head = &table->pools[fill->pool].bucket[fill->bucket];
	fill->previous = NONE;
	fill->next = *head;
	if (*head != NONE)
		table->fills.items[*head].previous = index;
	*head = index;
	uint32_t slot = (uint32_t)fill->hash & (table->n_hash_slots - 1);
	fill->hash_next = table->hash_slots[slot];
	table->hash_slots[slot] = index;
}

static void unlink_fill(struct node_table *table, uint32_t index)
{
	struct fill *fill = &table->fills.items[index];
	if (fill->previous == NONE)
		table->pools[fill->pool].bucket[fill->bucket] = fill->next;
	else
		table->fills.items[fill->previous].next = fill->next;
	if (fill->next != NONE)
		table->fills.items[fill->next].previous = fill->previous;
	uint32_t *link = &table->hash_slots[(uint32_t)fill->hash & (table->n_hash_slots - 1)];
	while (*link != index)
		link = &table->fills.items[*link].hash_next;
	*link = fill->hash_next;
	fill->next = table->free_fill;
	table->free_fill = index;
}

/* The fill with this usage, made when there is none yet. */
static uint32_t find_fill(struct node_table *table, uint32_t pool, const int64_t *row)
{
	uint64_t hash = hash_row(table, pool, row);
	size_t bytes = table->n_columns * sizeof *row;
	for (uint32_t f = table->hash_slots[(uint32_t)hash & (table->n_hash_slots - 1)]; f != NONE;
	     f = table->fills.items[f].hash_next)
		if (table->fills.items[f].hash == hash && table->fills.items[f].pool == pool &&
		    memcmp(fill_used(table, f), row, bytes) == 0)
			return f;
	if (table->fills.count > table->n_hash_slots)
		grow_hash(table);
	uint32_t index = new_fill(table);
	struct fill *fill = &table->fills.items[index];
	const struct pool_nodes *owner = &table->pools[pool];
	int64_t free_gpus = owner->gpus_per_node - pool_row_gpus(owner, row);
	fill->pool = pool;
	fill->hash = hash;
	fill->bucket = (uint32_t)MIN(MAX(free_gpus, 0), (int64_t)owner->n_buckets - 1);
	memcpy(&table->fill_rows[(size_t)index * table->n_columns], row, bytes);
	link_fill(table, index);
	return index;
}

/* Where `node` is, or belongs, in a fill's ascending list. */
static uint32_t position_in(const struct fill *fill, uint32_t node)
{
	uint32_t low = 0, high = fill->nodes.count;
	while (low < high) {
		uint32_t middle = (low + high) / 2;
		if (fill->nodes.items[middle] < node)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void enter_fill(struct node_table *table, uint32_t node)
{
	uint32_t index = find_fill(table, table->nodes[node].pool, node_used(table, node));
	struct fill *fill = &table->fills.items[index];
	uint32_t at = position_in(fill, node);
	(void)VEC_PUSH(&fill->nodes);
	uint32_t *items = fill->nodes.items;
	memmove(&items[at + 1], &items[at], (fill->nodes.count - 1 - at) * sizeof *items);
	items[at] = node;
	table->nodes[node].fill = index;
}

static void leave_fill(struct node_table *table, uint32_t node)
{
	uint32_t index = table->nodes[node].fill;
	struct fill *fill = &table->fills.items[index];
	uint32_t at = position_in(fill, node);
	uint32_t *items = fill->nodes.items;
	fill->nodes.count--;
	memmove(&items[at], &items[at + 1], (fill->nodes.count - at) * sizeof *items);
	table->nodes[node].fill = NONE;
	if (fill->nodes.count == 0)
		unlink_fill(table, index);
}

/* ---- Changes ---- */

/* Adds (sign 1) or takes away (-1) what the node contributes to its pool's totals. */
static void count_node(struct node_table *table, uint32_t node, int64_t sign)
{
	struct pool_nodes *pool = &table->pools[table->nodes[node].pool];
	int64_t allocated = pool_row_gpus(pool, node_used(table, node));
	enum node_state state = table->nodes[node].state;
	if (state == NODE_ABSENT)
		return;
	pool->present_gpus += sign * pool->gpus_per_node;
	pool->allocated_gpus += sign * allocated;
	if (state != NODE_UP)
		pool->unusable_gpus += sign * (pool->gpus_per_node - allocated);
}

static void mark_freed(struct node_table *table, uint32_t node)
{
	if (table->nodes[node].freed)
		return;
	table->nodes[node].freed = true;
	*VEC_PUSH(&table->freed) = node;
}

void nodes_clear_freed(struct node_table *table)
{
	for (uint32_t i = 0; i < table->freed.count; i++)
		table->nodes[table->freed.items[i]].freed = false;
	VEC_CLEAR(&table->freed);
}

static void add_row(struct node_table *table, uint32_t node, const int64_t *row, int64_t sign)
{
	bool indexed = table->nodes[node].fill != NONE;
	if (indexed)
		leave_fill(table, node);
	count_node(table, node, -1);
	int64_t *used = &table->used[(size_t)node * table->n_columns];
	for (uint32_t column = 0; column < table->n_columns; column++)
		used[column] += sign * row[column];
	count_node(table, node, 1);
	if (indexed)
		enter_fill(table, node);
}

void nodes_bind(struct node_table *table, uint32_t node, const int64_t *row)
{
	assert(table->nodes[node].state == NODE_UP);
	add_row(table, node, row, 1);
	table->busy_nodes += table->nodes[node].n_pods++ == 0;
}

void nodes_unbind(struct node_table *table, uint32_t node, const int64_t *row)
{
	assert(table->nodes[node].n_pods > 0);
	add_row(table, node, row, -1);
	table->busy_nodes -= --table->nodes[node].n_pods == 0;
	mark_freed(table, node);
}

void nodes_set_state(struct node_table *table, uint32_t node, enum node_state state)
{
	struct node *row = &table->nodes[node];
	assert(row->n_pods == 0 || state == NODE_UP || state == NODE_DRAINING);
	if (row->fill != NONE)
		leave_fill(table, node);
	count_node(table, node, -1);
	row->state = state;
	count_node(table, node, 1);
	if (state != NODE_UP)
		return;
	enter_fill(table, node);
	mark_freed(table, node);
}

char *nodes_name(const struct node_table *table, uint32_t node, char out[300])
{
	const struct node *row = &table->nodes[node];
	const struct node_pool *pool = table->pools[row->pool].pool;
	if (pool->single_node != NO_NAME)
		snprintf(out, 300, "%s", names_text(table->names, pool->single_node));
	else
		snprintf(out, 300, "%s-%u", names_text(table->names, pool->name), row->index);
	return out;
}
