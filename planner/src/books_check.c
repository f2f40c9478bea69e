/* books_check.c - check mode: what the books keep beside the rows of workloads, recomputed from the rows and compared. */
#include <stdlib.h>
#include <string.h>

#include "planner/books.h"
#include "planner/kueue/preemption.h"

static bool holds_quota(const struct workload_row *row)
{
	return row->phase != PHASE_FREE && row->admission && row->admitted_queue != NONE;
}

static bool check_usage(const struct books *books, struct error *error)
{
	const struct quota_tree *tree = books->quota.tree;
	struct undo undo = {0};
	struct quota_state fresh = {tree, xcalloc((size_t)tree->n_nodes * tree->n_frs, sizeof(int64_t)), &undo};
	for (uint32_t slot = 0; slot < books->workloads.count; slot++) {
		const struct workload_row *row = &books->workloads.items[slot];
		for (uint32_t i = 0; holds_quota(row) && i < row->admission->n_pairs; i++)
			quota_add(&fresh, row->admitted_queue, row->admission->pairs[i].fr, row->admission->pairs[i].amount);
	}
	bool fine = true;
	for (uint32_t node = 0; node < tree->n_nodes && fine; node++)
		for (uint32_t fr = 0; fr < tree->n_frs && fine; fr++) {
			int64_t held = quota_usage(&books->quota, node, fr), sum = quota_usage(&fresh, node, fr);
			if (held != sum)
				fine = error_set(error, ERROR_INVARIANT,
				                 "usage of node %u, flavor-resource %u is %lld, its workloads hold %lld", node, fr,
				                 (long long)held, (long long)sum);
		}
	free(fresh.usage);
	return fine;
}

/* The only order that a policy gives them is that of victims, PR-4; by past usage it is not known here. */
static bool check_order(const struct books *books, uint32_t queue, struct error *error)
{
	const struct reserved_set *set = &books->reserved[queue];
	if (kueue_usage_based(books->config, queue))
		return true;
	for (uint32_t i = 1; set->ordered && i < set->count; i++)
		if (preemption_candidate_before(books, NULL, queue, set->items[i], set->items[i - 1]))
			return error_set(error, ERROR_INVARIANT, "cluster queue %u: its holders %u and %u are marked as ordered, not so",
			                 queue, i - 1, i);
	return true;
}

/* Each holder is at the place that it knows, so as many places as holders make the sets the same. */
static bool check_sets(const struct books *books, struct error *error)
{
	uint32_t holders = 0, places = 0;
	for (uint32_t slot = 0; slot < books->workloads.count; slot++) {
		const struct workload_row *row = &books->workloads.items[slot];
		if (!holds_quota(row))
			continue;
		const struct reserved_set *set = &books->reserved[row->admitted_queue];
		holders++;
		if (row->queue_position >= set->count || set->items[row->queue_position] != slot)
			return error_set(error, ERROR_INVARIANT, "workload %u is not at place %u of the holders of cluster queue %u",
			                 slot, row->queue_position, row->admitted_queue);
	}
	for (uint32_t queue = 0; queue < books->config->n_cluster_queues; queue++) {
		places += books->reserved[queue].count;
		if (!check_order(books, queue, error))
			return false;
	}
	return holders == places ||
	       error_set(error, ERROR_INVARIANT, "%u workloads hold quota, the cluster queues list %u", holders, places);
}

static bool check_priorities(const struct books *books, struct error *error)
{
	const struct quota_tree *tree = books->quota.tree;
	struct priority_counts *fresh = xcalloc(tree->n_nodes, sizeof *fresh);
	for (uint32_t slot = 0; slot < books->workloads.count; slot++) {
		const struct workload_row *row = &books->workloads.items[slot];
		if (!holds_quota(row))
			continue;
		uint32_t queue = row->admitted_queue, root = tree->root[queue];
		priority_counts_note(&fresh[queue], row->priority, true);
		if (root != queue)
			priority_counts_note(&fresh[root], row->priority, true);
	}
	bool fine = true;
	for (uint32_t node = 0; node < tree->n_nodes; node++) {
		const struct priority_counts *held = &books->priorities[node], *sum = &fresh[node];
		bool same = held->count == sum->count;
		for (uint32_t i = 0; same && i < held->count; i++)
			same = held->items[i].priority == sum->items[i].priority && held->items[i].count == sum->items[i].count;
		if (fine && !same)
			fine =
			    error_set(error, ERROR_INVARIANT, "priorities of those who hold quota below node %u are miscounted", node);
		VEC_FREE(&fresh[node]);
	}
	free(fresh);
	return fine;
}

bool books_check(const struct books *books, struct error *error)
{
	return check_usage(books, error) && check_sets(books, error) && check_priorities(books, error) &&
	       books_check_topology(books, error);
}
