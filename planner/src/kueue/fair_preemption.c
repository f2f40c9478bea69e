/* fair_preemption.c - whom to evict under fair sharing (kueue-semantics 5.3, PR-14 to PR-18).
 *
 * The search walks the tree from its root, again and again, to the queue below the node with the largest dominant resource
 * share, and takes the first candidate there that the configured strategy allows. Shares include what the preemptor asks
 * for. A share changes only on the way from a victim's queue to the root, so all others are kept from step to step, and the
 * children of every cohort wait in a heap. */
#include "../pairing.h"
#include "preemption_parts.h"

struct search {
	const struct preemption_problem *problem;
	struct preemption_scratch *scratch;
	uint32_t root;    /* of the preemptor's tree */
	uint32_t offered; /* the queue that the walk has offered last; NONE */
};

/* ---- nodes ---- */

static struct fair_node *node_at(const struct search *search, uint32_t node)
{
	struct fair_node *row = &search->scratch->fair_nodes.items[node];
	if (row->search != search->scratch->fair_search)
		*row = (struct fair_node){
		    .search = search->scratch->fair_search, .stream = NONE, .heap = NONE, .links = {NONE, NONE, NONE}};
	return row;
}

static struct fair_queue *queue_at(const struct search *search, uint32_t cluster_queue)
{
	return &search->scratch->fair_queues.items[node_at(search, cluster_queue)->stream];
}

/* PR-19, as usage is now. */
static const struct dominant_share *share_of(const struct search *search, uint32_t node)
{
	const struct books *books = search->problem->books;
	struct fair_node *row = node_at(search, node);
	if (!row->share_known)
		row->share = quota_dominant_share(&books->quota, books->config, node);
	row->share_known = true;
	return &row->share;
}

static void forget_shares(const struct search *search, uint32_t cluster_queue)
{
	const uint32_t *parent = search->problem->books->quota.tree->parent;
	for (uint32_t node = cluster_queue; node != NONE; node = parent[node])
		node_at(search, node)->share_known = false;
}

/* ---- the walk (PR-16) ---- */

static bool is_queue(const struct search *search, uint32_t node)
{
	return node < search->problem->books->quota.tree->n_cluster_queues;
}

static bool has_candidates(const struct search *search, uint32_t cluster_queue)
{
	uint32_t stream = node_at(search, cluster_queue)->stream;
	return stream != NONE && search->scratch->fair_queues.items[stream].next != NONE;
}

/* Is it better to take from `a` than from `b`, its sibling? Ties: a cohort before a queue; between queues by their first
 * candidates (PR-4 without LocalQueues), between cohorts by name (N5). */
static bool takes_first(const void *owner, uint32_t a, uint32_t b)
{
	const struct search *search = owner;
	int order = dominant_share_compare(share_of(search, a), share_of(search, b));
	if (order != 0)
		return order > 0;
	if (!is_queue(search, a) || !is_queue(search, b))
		return a > b;
	return preemption_candidate_before(search->problem->books, NULL, search->problem->cluster_queue,
	                                   queue_at(search, a)->next, queue_at(search, b)->next);
}

static struct heap_links *links_of(void *owner, uint32_t node)
{
	return &node_at(owner, node)->links;
}

static void leave_heap(struct search *search, uint32_t node)
{
	struct heap_order order = {takes_first, links_of, search};
	struct fair_node *above = node_at(search, search->problem->books->quota.tree->parent[node]);
	above->heap = heap_remove(&order, above->heap, node);
	node_at(search, node)->in_heap = false;
}

static void enter_heap(struct search *search, uint32_t node)
{
	struct heap_order order = {takes_first, links_of, search};
	struct fair_node *above = node_at(search, search->problem->books->quota.tree->parent[node]);
	above->heap = heap_insert(&order, above->heap, node);
	node_at(search, node)->in_heap = true;
}

/* Starts a walk in which nothing is pruned. Nodes without candidates below take no part. */
static void begin_walk(struct search *search)
{
	const struct quota_tree *tree = search->problem->books->quota.tree;
	struct preemption_scratch *scratch = search->scratch;
	while (scratch->fair_nodes.count < tree->n_nodes)
		(void)VEC_PUSH(&scratch->fair_nodes);
	scratch->fair_search++;
	search->offered = NONE;
	for (uint32_t node = search->problem->cluster_queue; node != NONE; node = tree->parent[node])
		node_at(search, node)->above_preemptor = true;
	for (uint32_t i = 0; i < scratch->fair_queues.count; i++) {
		if (scratch->fair_queues.items[i].next == NONE)
			continue;
		uint32_t node = scratch->fair_queues.items[i].cluster_queue;
		node_at(search, node)->stream = i;
		for (; tree->parent[node] != NONE && !node_at(search, node)->in_heap; node = tree->parent[node])
			enter_heap(search, node);
	}
}

/* The queue offered last has lost candidates and perhaps usage, which changes its share and those of the cohorts above. */
static void find_new_places(struct search *search)
{
	const uint32_t *parent = search->problem->books->quota.tree->parent;
	for (uint32_t node = search->offered; node != NONE && parent[node] != NONE; node = parent[node]) {
		leave_heap(search, node);
		if (node != search->offered || (has_candidates(search, node) && !node_at(search, node)->dropped))
			enter_heap(search, node);
	}
	search->offered = NONE;
}

/* A node that does not borrow is pruned, but for the preemptor's queue and the cohorts above it; so is a cohort of which all
 * children are. Nothing that is pruned would come back: shares do not grow during a search. */
static uint32_t walk_down(struct search *search)
{
	uint32_t node = search->root;
	while (!is_queue(search, node)) {
		uint32_t child = node_at(search, node)->heap;
		if (child == NONE && node == search->root)
			return NONE;
		if (child == NONE) {
			leave_heap(search, node);
			node = search->problem->books->quota.tree->parent[node];
		} else if (!node_at(search, child)->above_preemptor && !share_of(search, child)->borrowing) {
			leave_heap(search, child);
		} else {
			node = child;
		}
	}
	return node;
}

/* The next queue to take from; NONE: nobody is left. */
static uint32_t next_queue(struct search *search)
{
	find_new_places(search);
	search->offered = walk_down(search);
	bool alone = search->offered == search->root;
	if (alone && (!has_candidates(search, search->root) || node_at(search, search->root)->dropped))
		search->offered = NONE;
	return search->offered;
}

/* ---- strategies ---- */

/* The node of the queue's side right below the lowest cohort that it shares with the other queue. */
static uint32_t below_common(const struct search *search, uint32_t cluster_queue, uint32_t other)
{
	const uint32_t *parent = search->problem->books->quota.tree->parent;
	for (uint32_t node = cluster_queue;; node = parent[node])
		for (uint32_t above = parent[other]; above != NONE; above = parent[above])
			if (above == parent[node])
				return node;
}

/* PR-15: what the preemptor asks for counts as its usage, but not while it is asked whether it fits. */
static bool fits_now(const struct search *search)
{
	const struct preemption_problem *problem = search->problem;
	uint32_t mark = undo_mark(&problem->books->undo);
	for (uint32_t i = 0; i < problem->n_needed; i++)
		quota_remove(&problem->books->quota, problem->cluster_queue, problem->needed[i].fr, problem->needed[i].amount);
	bool fine = preemption_fits(problem, true);
	undo_rollback(&problem->books->undo, mark);
	return fine;
}

/* Moves on to the queue's next candidate. */
static uint32_t draw(const struct search *search, uint32_t cluster_queue)
{
	struct fair_queue *queue = queue_at(search, cluster_queue);
	struct stream *stream = &search->scratch->streams.items[node_at(search, cluster_queue)->stream];
	uint32_t drawn = queue->next;
	queue->next = preemption_advance(search->problem, stream) ? stream->first.slot : NONE;
	return drawn;
}

/* Takes a victim; true: the preemptor fits. */
static bool take(const struct search *search, uint32_t slot, enum reason reason)
{
	uint32_t cluster_queue = books_row(search->problem->books, slot)->admitted_queue;
	books_usage_remove(search->problem->books, slot);
	forget_shares(search, cluster_queue);
	*VEC_PUSH(&search->scratch->victims) = (struct target){slot, reason};
	return fits_now(search);
}

static struct dominant_share share_without(const struct search *search, uint32_t node, uint32_t slot)
{
	struct books *books = search->problem->books;
	uint32_t mark = undo_mark(&books->undo);
	books_usage_remove(books, slot);
	struct dominant_share share = quota_dominant_share(&books->quota, books->config, node);
	undo_rollback(&books->undo, mark);
	return share;
}

/* Takes the first candidate of another queue that the strategy allows. Those that it refuses are left to the second. */
static bool take_fairly(const struct search *search, uint32_t cluster_queue, enum fair_strategy strategy)
{
	struct fair_queue *queue = queue_at(search, cluster_queue);
	uint32_t node = below_common(search, cluster_queue, search->problem->cluster_queue);
	const struct dominant_share *preemptor =
	    share_of(search, below_common(search, search->problem->cluster_queue, cluster_queue));
	const struct dominant_share *before = share_of(search, node);
	int order = dominant_share_compare(preemptor, before);
	if (order > 0 || (order == 0 && strategy == FAIR_LESS_THAN_INITIAL_SHARE)) {
		/* without one of its workloads the share is no larger: nobody will do */
		queue->refused = queue->refused == NONE ? queue->next : queue->refused;
		queue->next = NONE;
	}
	while (queue->next != NONE) {
		uint32_t slot = draw(search, cluster_queue);
		struct dominant_share after = *before;
		if (strategy == FAIR_LESS_THAN_OR_EQUAL_TO_FINAL_SHARE)
			after = share_without(search, node, slot);
		if (dominant_share_compare(preemptor, &after) <= 0)
			return take(search, slot, REASON_PREEMPTED_FAIR_SHARING);
		if (queue->refused == NONE)
			queue->refused = slot;
	}
	return false;
}

/* PR-17. */
static bool first_strategy(struct search *search, enum fair_strategy strategy)
{
	const struct preemption_problem *problem = search->problem;
	bool entitled = gate_on(problem->books->config->gates, GATE_FairSharingPreemptWithinNominal) &&
	                preemption_within_nominal(problem, problem->cluster_queue);
	bool fits = false;
	while (!fits) {
		uint32_t queue = next_queue(search);
		if (queue == NONE)
			return false;
		if (queue == problem->cluster_queue)
			fits = take(search, draw(search, queue), REASON_PREEMPTED_IN_CLUSTER_QUEUE);
		else if (entitled)
			fits = take(search, draw(search, queue), REASON_PREEMPTED_RECLAMATION);
		else
			fits = take_fairly(search, queue, strategy);
	}
	return true;
}

/* PR-18: of every queue the first candidate that was refused, if the queue's share is the larger one. */
static bool second_strategy(struct search *search)
{
	for (uint32_t i = 0; i < search->scratch->fair_queues.count; i++)
		search->scratch->fair_queues.items[i].next = search->scratch->fair_queues.items[i].refused;
	begin_walk(search);
	for (uint32_t queue = next_queue(search); queue != NONE; queue = next_queue(search)) {
		uint32_t preemptor = below_common(search, search->problem->cluster_queue, queue);
		uint32_t other = below_common(search, queue, search->problem->cluster_queue);
		node_at(search, queue)->dropped = true;
		if (dominant_share_compare(share_of(search, preemptor), share_of(search, other)) < 0 &&
		    take(search, queue_at(search, queue)->next, REASON_PREEMPTED_FAIR_SHARING))
			return true;
	}
	return false;
}

/* ---- the search ---- */

static void list_queues(const struct search *search)
{
	VEC_CLEAR(&search->scratch->fair_queues);
	for (uint32_t i = 0; i < search->scratch->streams.count; i++) {
		uint32_t first = search->scratch->streams.items[i].first.slot;
		*VEC_PUSH(&search->scratch->fair_queues) =
		    (struct fair_queue){books_row(search->problem->books, first)->admitted_queue, first, NONE};
	}
}

/* Every other queue below the node that borrows what is contested. */
static void collect_below(const struct search *search, uint32_t node)
{
	const struct preemption_problem *problem = search->problem;
	const struct quota_tree *tree = problem->books->quota.tree;
	enum preemption_policy policy = problem->books->config->cluster_queues[problem->cluster_queue].reclaim_within_cohort;
	uint32_t cohort = node - tree->n_cluster_queues;
	for (uint32_t i = tree->child_start[cohort]; i < tree->child_start[cohort + 1]; i++) {
		uint32_t child = tree->children[i];
		if (!is_queue(search, child))
			collect_below(search, child);
		else if (child != problem->cluster_queue && !preemption_within_nominal(problem, child))
			preemption_collect_from_queue(problem, search->scratch, child, policy, ORIGIN_PRIORITY, search->root);
	}
}

/* PR-14. */
static void collect(const struct search *search)
{
	const struct preemption_problem *problem = search->problem;
	struct preemption_scratch *scratch = search->scratch;
	const struct cluster_queue *queue = &problem->books->config->cluster_queues[problem->cluster_queue];
	VEC_CLEAR(&scratch->streams);
	if (queue->within_cluster_queue != PREEMPT_NEVER)
		preemption_collect_from_queue(problem, scratch, problem->cluster_queue, queue->within_cluster_queue,
		                              ORIGIN_SAME_QUEUE, NONE);
	if (!is_queue(search, search->root) &&
	    !preemption_nobody_low_enough(problem, search->root, queue->reclaim_within_cohort))
		collect_below(search, search->root);
	list_queues(search);
}

bool fair_preemption_search(const struct preemption_problem *problem, struct preemption_scratch *scratch)
{
	struct books *books = problem->books;
	const struct controller_config *controller = &books->config->controller;
	struct search search = {problem, scratch, books->quota.tree->root[problem->cluster_queue], NONE};
	collect(&search);
	if (scratch->streams.count == 0)
		return false;
	VEC_CLEAR(&scratch->victims);
	uint32_t mark = undo_mark(&books->undo);
	for (uint32_t i = 0; i < problem->n_needed; i++)
		quota_add(&books->quota, problem->cluster_queue, problem->needed[i].fr, problem->needed[i].amount);
	begin_walk(&search);
	bool found = first_strategy(&search, controller->fair_strategies[0]);
	if (!found && controller->n_fair_strategies > 1)
		found = second_strategy(&search);
	for (uint32_t i = 0; i < problem->n_needed; i++)
		quota_remove(&books->quota, problem->cluster_queue, problem->needed[i].fr, problem->needed[i].amount);
	if (found)
		preemption_fill_back(problem, scratch, true);
	undo_rollback(&books->undo, mark);
	return found;
}

void fair_preemption_offers(const struct preemption_problem *problem, struct preemption_scratch *scratch,
                            struct fair_offers *offers)
{
	struct search search = {problem, scratch, problem->books->quota.tree->root[problem->cluster_queue], NONE};
	VEC_CLEAR(&scratch->streams);
	for (uint32_t i = 0; i < offers->n_queues; i++)
		preemption_collect_from_queue(problem, scratch, offers->queues[i], PREEMPT_ANY, ORIGIN_PRIORITY, search.root);
	list_queues(&search);
	begin_walk(&search);
	for (uint32_t queue = next_queue(&search); queue != NONE; queue = next_queue(&search)) {
		if (offers->order.count < offers->n_drops && offers->drops[offers->order.count])
			node_at(&search, queue)->dropped = true;
		else
			(void)draw(&search, queue);
		*VEC_PUSH(&offers->order) = queue;
	}
}
