/* fair_order.c - the order in which a pass processes its entries under fair sharing (kueue-semantics SC-7): a tournament.
 *
 * Every node of a tree puts forward one entry: a ClusterQueue its head, a cohort the winner among its children. Children
 * are compared by what they would be with the usage of their entry added. A node's standing depends on usage below itself
 * alone, and processing an entry changes usage only on the way from its queue to the root. So after each entry only that way
 * is looked at again; the other children wait in the heaps of their cohorts. */
#include <stdlib.h>

#include "../pairing.h"
#include "kueue.h"

struct contender {
	uint32_t entry; /* put forward; NONE */
	bool in_heap;   /* of its parent, by `key` */
	struct fair_key key;
	uint32_t heap; /* of a cohort: its children that put an entry forward */
	struct heap_links links;
};

struct fair_order {
	const struct quota_tree *tree;
	gate_set gates;
	struct contender *nodes; /* between passes nobody puts an entry forward */
	struct {
		VEC_FIELDS(uint32_t);
	} roots; /* of the trees that have entries, repeatedly; in no order that matters (N3) */
	uint32_t next_root;
	uint32_t processed; /* queue of the entry given out last; NONE */
};

struct fair_order *fair_order_create(const struct kueue_config *config, const struct quota_tree *tree)
{
	struct fair_order *order = xcalloc(1, sizeof *order);
	order->tree = tree;
	order->gates = config->gates;
	order->nodes = xcalloc(tree->n_nodes, sizeof *order->nodes);
	for (uint32_t node = 0; node < tree->n_nodes; node++)
		order->nodes[node].entry = order->nodes[node].heap = NONE;
	order->processed = NONE;
	return order;
}

void fair_order_destroy(struct fair_order *order)
{
	if (!order)
		return;
	free(order->nodes);
	VEC_FREE(&order->roots);
	free(order);
}

/* ---- standing ---- */

int fair_key_compare(gate_set gates, const struct fair_key *a, const struct fair_key *b)
{
	if (gate_on(gates, GATE_PrioritizePreemptorWorkloads) && a->is_preemptor != b->is_preemptor)
		return a->is_preemptor ? -1 : 1;
	if (gate_on(gates, GATE_FairSharingPrioritizeNonBorrowing) && a->borrows_requested != b->borrows_requested)
		return a->borrows_requested ? 1 : -1;
	int order = dominant_share_compare(&a->share, &b->share);
	if (order != 0)
		return order;
	if (gate_on(gates, GATE_PrioritySortingWithinCohort) && a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	return (a->queue_ts_us > b->queue_ts_us) - (a->queue_ts_us < b->queue_ts_us);
}

/* Of equal children cohorts come first, as in Kueue; then by name. */
static bool stands_before(const void *owner, uint32_t a, uint32_t b)
{
	const struct fair_order *order = owner;
	int compared = fair_key_compare(order->gates, &order->nodes[a].key, &order->nodes[b].key);
	bool a_cohort = a >= order->tree->n_cluster_queues, b_cohort = b >= order->tree->n_cluster_queues;
	if (compared != 0)
		return compared < 0;
	return a_cohort != b_cohort ? a_cohort : a < b;
}

static struct heap_links *links_of(void *owner, uint32_t node)
{
	return &((struct fair_order *)owner)->nodes[node].links;
}

static bool borrows_requested(const struct quota_state *quota, uint32_t node, const struct entry *entry)
{
	const struct nomination *nomination = entry->nomination;
	for (uint32_t i = 0; i < nomination->pairs.count && !entry->key.quota_reserved; i++)
		if (nomination->pairs.items[i].amount > 0 && quota_borrows(quota, node, nomination->pairs.items[i].fr))
			return true;
	return false;
}

/* What the node would be with the usage of its entry added. */
static struct fair_key key_with_entry(struct kueue *kueue, uint32_t node, const struct entry *entry)
{
	struct books *books = kueue->books;
	uint32_t mark = undo_mark(&books->undo);
	kueue_charge_quota(kueue, entry);
	struct fair_key key = {
	    .is_preemptor = entry->key.is_preemptor,
	    .borrows_requested = borrows_requested(&books->quota, node, entry),
	    .share = quota_dominant_share(&books->quota, books->config, node),
	    .priority = entry->key.priority,
	    .queue_ts_us = entry->key.queue_ts_us,
	};
	undo_rollback(&books->undo, mark);
	return key;
}

/* ---- the tournament ---- */

/* The node puts forward another entry, or usage below it has changed: it finds its new place, and so do all above it. */
static void find_place(struct kueue *kueue, uint32_t node)
{
	struct fair_order *order = kueue->fair_order;
	struct heap_order by_standing = {stands_before, links_of, order};
	for (uint32_t parent = order->tree->parent[node]; parent != NONE; node = parent, parent = order->tree->parent[node]) {
		struct contender *row = &order->nodes[node], *above = &order->nodes[parent];
		if (row->in_heap)
			above->heap = heap_remove(&by_standing, above->heap, node);
		row->in_heap = row->entry != NONE;
		if (row->in_heap) {
			row->key = key_with_entry(kueue, node, &kueue->entries.items[row->entry]);
			above->heap = heap_insert(&by_standing, above->heap, node);
		}
		above->entry = above->heap == NONE ? NONE : order->nodes[above->heap].entry;
	}
}

void fair_order_begin(struct kueue *kueue)
{
	struct fair_order *order = kueue->fair_order;
	VEC_CLEAR(&order->roots);
	order->next_root = 0;
	order->processed = NONE;
	for (uint32_t i = 0; i < kueue->entries.count; i++) {
		const struct entry *entry = &kueue->entries.items[i];
		if (!entry->nominated)
			continue;
		order->nodes[entry->cluster_queue].entry = i; /* a second pass gives way to the head of its queue, as in Kueue */
		find_place(kueue, entry->cluster_queue);
		*VEC_PUSH(&order->roots) = order->tree->root[entry->cluster_queue];
	}
}

uint32_t fair_order_next(struct kueue *kueue)
{
	struct fair_order *order = kueue->fair_order;
	if (order->processed != NONE) {
		order->nodes[order->processed].entry = NONE;
		find_place(kueue, order->processed);
	}
	order->processed = NONE;
	for (; order->next_root < order->roots.count; order->next_root++) {
		uint32_t entry = order->nodes[order->roots.items[order->next_root]].entry;
		if (entry == NONE)
			continue;
		order->processed = kueue->entries.items[entry].cluster_queue;
		return entry;
	}
	return NONE;
}
