/* placement.c - see placement.h. */
#include <math.h>
#include <stdlib.h>

#include "placement.h"

/* ---- What is scored ---- */

static void add_scored(struct placement *placement, name_id resource, int64_t weight)
{
	const struct node_table *nodes = placement->nodes;
	uint32_t column = nodes_find_column(nodes, resource), counted = column;
	if (column == NONE)
		return;
	if (column == nodes->cpu)
		counted = nodes->score_cpu;
	else if (column == nodes->memory)
		counted = nodes->score_memory;
	placement->scored[placement->n_scored++] = (struct scored_resource){column, counted, weight};
}

void placement_init(struct placement *placement, struct node_table *nodes, struct class_table *classes,
                    enum placement_score score, const struct score_resource *resources, uint32_t n_resources)
{
	*placement = (struct placement){.nodes = nodes, .classes = classes, .score = score};
	placement->scored = xcalloc(MAX(n_resources, 2u), sizeof *placement->scored);
	for (uint32_t i = 0; i < n_resources; i++)
		add_scored(placement, resources[i].resource, resources[i].weight);
	if (n_resources > 0)
		return;
	add_scored(placement, names_find(nodes->names, "cpu"), 1);
	add_scored(placement, names_find(nodes->names, "memory"), 1);
}

void placement_free(struct placement *placement)
{
	VEC_FREE(&placement->best);
	free(placement->scored);
}

/* ---- Scores ---- */

static int64_t allocated_score(int64_t requested, int64_t allocatable, enum placement_score score)
{
	if (score == SCORE_MOST_ALLOCATED)
		return MIN(requested, allocatable) * 100 / allocatable;
	return requested > allocatable ? 0 : (allocatable - requested) * 100 / allocatable;
}

static int64_t fit_score(const struct placement *placement, const struct pool_nodes *pool, const int64_t *used,
                         const int64_t *row)
{
	int64_t sum = 0, weights = 0;
	for (uint32_t i = 0; i < placement->n_scored; i++) {
		const struct scored_resource *scored = &placement->scored[i];
		int64_t allocatable = pool->allocatable[scored->column];
		if (allocatable == 0 || row[scored->counted] == 0)
			continue;
		int64_t requested = used[scored->counted] + row[scored->counted];
		sum += scored->weight * allocated_score(requested, allocatable, placement->score);
		weights += scored->weight;
	}
	return weights ? sum / weights : 0;
}

/* 100 x (1 - standard deviation of the fractions in use), rounded down; two fractions deviate by half their difference. */
static int64_t balance(const struct node_table *nodes, const struct pool_nodes *pool, const int64_t *used,
                       const int64_t *row)
{
	const uint32_t resources[2] = {nodes->cpu, nodes->memory};
	double fractions[2];
	int n = 0;
	for (int i = 0; i < 2; i++) {
		int64_t allocatable = resources[i] == NONE ? 0 : pool->allocatable[resources[i]];
		if (allocatable == 0)
			continue;
		int64_t requested = used[resources[i]] + (row ? row[resources[i]] : 0);
		fractions[n++] = fmin((double)requested / (double)allocatable, 1.0);
	}
	double deviation = n == 2 ? fabs((fractions[0] - fractions[1]) / 2) : 0;
	return (int64_t)((1 - deviation) * 100);
}

int64_t placement_score_node(const struct placement *placement, const struct pool_nodes *pool, const int64_t *used,
                             const int64_t *row)
{
	const struct node_table *nodes = placement->nodes;
	int64_t total = fit_score(placement, pool, used, row);
	bool asks_cpu = nodes->cpu != NONE && row[nodes->cpu] > 0;
	bool asks_memory = nodes->memory != NONE && row[nodes->memory] > 0;
	if (asks_cpu || asks_memory)
		total += 50 + (50 + balance(nodes, pool, used, row) - balance(nodes, pool, used, NULL)) / 2;
	return total;
}

bool placement_feasible(struct placement *placement, const struct pod_class *class_row, uint32_t node)
{
	const struct node_table *nodes = placement->nodes;
	const struct node *row = &nodes->nodes[node];
	if (!class_row->row || row->state != NODE_UP ||
	    !nodes_row_fits(nodes, &nodes->pools[row->pool], node_used(nodes, node), class_row->row))
		return false;
	for (uint32_t i = 0; i < class_row->n_pools; i++)
		if (class_row->pools[i] == row->pool)
			return class_admits_node(placement->classes, class_row, node);
	return false;
}

static int64_t score_of(const struct placement *placement, const struct pod_class *class_row, uint32_t pool,
                        const int64_t *used)
{
	return placement_score_node(placement, &placement->nodes->pools[pool], used, class_row->row);
}

uint32_t placement_choose_by_scan(struct placement *placement, const struct pod_class *class_row, struct rng *stream)
{
	const struct node_table *nodes = placement->nodes;
	int64_t best = INT64_MIN;
	VEC_CLEAR(&placement->best);
	for (uint32_t i = 0; i < class_row->n_pools; i++) {
		const struct pool_nodes *pool = &nodes->pools[class_row->pools[i]];
		for (uint32_t node = pool->first_node; node < pool->first_node + pool->n_nodes; node++) {
			if (!placement_feasible(placement, class_row, node))
				continue;
			int64_t score = score_of(placement, class_row, class_row->pools[i], node_used(nodes, node));
			if (score > best)
				VEC_CLEAR(&placement->best);
			if (score >= best)
				*VEC_PUSH(&placement->best) = node;
			best = MAX(best, score);
		}
	}
	if (placement->best.count == 0)
		return NONE;
	uint64_t pick = placement->best.count > 1 ? rng_below(stream, placement->best.count) : 0;
	return placement->best.items[pick];
}

/* Leaves the fills with the highest score in placement->best. */
static void find_best_fills(struct placement *placement, const struct pod_class *class_row)
{
	const struct node_table *nodes = placement->nodes;
	int64_t best = INT64_MIN;
	VEC_CLEAR(&placement->best);
	for (uint32_t i = 0; i < class_row->n_pools; i++) {
		const struct pool_nodes *pool = &nodes->pools[class_row->pools[i]];
		int64_t gpus = pool_row_gpus(pool, class_row->row);
		for (uint32_t b = (uint32_t)MIN(gpus, (int64_t)pool->n_buckets - 1); b < pool->n_buckets; b++)
			for (uint32_t f = pool->bucket[b]; f != NONE; f = nodes->fills.items[f].next) {
				if (!nodes_row_fits(nodes, pool, fill_used(nodes, f), class_row->row))
					continue;
				int64_t score = score_of(placement, class_row, class_row->pools[i], fill_used(nodes, f));
				if (score > best)
					VEC_CLEAR(&placement->best);
				if (score >= best)
					*VEC_PUSH(&placement->best) = f;
				best = MAX(best, score);
			}
	}
}

/* Nodes of the best fills with a number up to `node`. */
static uint64_t count_up_to(const struct placement *placement, uint32_t node)
{
	uint64_t count = 0;
	for (uint32_t i = 0; i < placement->best.count; i++) {
		const struct fill *fill = &placement->nodes->fills.items[placement->best.items[i]];
		uint32_t low = 0, high = fill->nodes.count;
		while (low < high) {
			uint32_t middle = (low + high) / 2;
			if (fill->nodes.items[middle] <= node)
				low = middle + 1;
			else
				high = middle;
		}
		count += low;
	}
	return count;
}

/* The node with `rank` others of the best fills before it, by bisection over node numbers. */
static uint32_t nth_of_best(const struct placement *placement, uint64_t rank)
{
	if (placement->best.count == 1)
		return placement->nodes->fills.items[placement->best.items[0]].nodes.items[rank];
	uint32_t low = 0, high = placement->nodes->n_nodes - 1;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (count_up_to(placement, middle) > rank)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

uint32_t placement_choose(struct placement *placement, const struct pod_class *class_row, struct rng *stream)
{
	if (!class_row->row)
		return NONE;
	if (class_row->by_node)
		return placement_choose_by_scan(placement, class_row, stream);
	find_best_fills(placement, class_row);
	uint64_t equals = 0;
	for (uint32_t i = 0; i < placement->best.count; i++)
		equals += placement->nodes->fills.items[placement->best.items[i]].nodes.count;
	if (equals == 0)
		return NONE;
	return nth_of_best(placement, equals > 1 ? rng_below(stream, equals) : 0);
}
