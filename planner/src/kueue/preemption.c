/* preemption.c - see planner/kueue/preemption.h: finding candidates and the classical search. Rule numbers are those of
 * kueue-semantics 5. */
#include <stdlib.h>

#include "../sort.h"
#include "preemption_parts.h"
#include "topology_wishes.h"

struct preemption_scratch *preemption_scratch_create(void)
{
	return xcalloc(1, sizeof(struct preemption_scratch));
}

void preemption_heed_usage(struct preemption_scratch *scratch, const double *local_queue_usage)
{
	scratch->local_queue_usage = local_queue_usage;
}

void preemption_scratch_destroy(struct preemption_scratch *scratch)
{
	VEC_FREE(&scratch->streams);
	VEC_FREE(&scratch->heap);
	VEC_FREE(&scratch->sorting);
	VEC_FREE(&scratch->victims);
	VEC_FREE(&scratch->remainder);
	VEC_FREE(&scratch->contested);
	VEC_FREE(&scratch->needed);
	VEC_FREE(&scratch->fair_queues);
	VEC_FREE(&scratch->fair_nodes);
	nomination_free(&scratch->probe);
	free(scratch);
}

/* ---- predicates ---- */

bool preemption_allowed(enum preemption_policy policy, int64_t priority, int64_t queue_ts_us, int64_t candidate_priority,
                        int64_t candidate_ts_us)
{
	switch (policy) {
	case PREEMPT_NEVER:
	case PREEMPT_UNSET:
		return false;
	case PREEMPT_LOWER_PRIORITY:
		return priority > candidate_priority;
	case PREEMPT_LOWER_OR_NEWER_EQUAL_PRIORITY:
		return priority > candidate_priority || (priority == candidate_priority && queue_ts_us < candidate_ts_us);
	case PREEMPT_ANY:
		return true;
	}
	return false;
}

int64_t queue_order_ts_us(const struct kueue_config *config, const struct workload_row *row)
{
	bool after_timeout = row->evicted && row->evicted_reason == REASON_PODS_READY_TIMEOUT;
	if (after_timeout && config->controller.requeuing_timestamp == REQUEUING_EVICTION)
		return api_time(row->evicted_us);
	if (row->evicted && row->evicted_reason == REASON_ADMISSION_CHECK)
		return api_time(row->evicted_us);
	if (!gate_on(config->gates, GATE_PrioritySortingWithinCohort) &&
	    row->preempted_reason == REASON_PREEMPTED_RECLAIM_WHILE_BORROWING)
		return api_time(row->preempted_us) + US_PER_MS;
	return api_time(row->created_us);
}

static bool uid_before(struct uid a, struct uid b)
{
	return a.high != b.high ? a.high < b.high : a.low < b.low;
}

/* AFS-6: above 0 when a's LocalQueue has used more; 0 also where usage is of no concern. Kueue compares the names of the
 * LocalQueues, whatever their namespaces. */
static int compare_usage(const struct books *books, const double *usage, const struct workload_row *a,
                         const struct workload_row *b)
{
	const struct local_queue *queues = books->config->local_queues;
	if (!usage || a->admitted_queue != b->admitted_queue || a->local_queue == NONE || b->local_queue == NONE ||
	    queues[a->local_queue].name == queues[b->local_queue].name)
		return 0;
	double x = usage[a->local_queue], y = usage[b->local_queue];
	return (x > y) - (x < y);
}

bool preemption_candidate_before(const struct books *books, const double *local_queue_usage, uint32_t cluster_queue,
                                 uint32_t a_slot, uint32_t b_slot)
{
	const struct workload_row *a = &books->workloads.items[a_slot], *b = &books->workloads.items[b_slot];
	if (a->evicted != b->evicted)
		return a->evicted;
	bool a_other = a->admitted_queue != cluster_queue, b_other = b->admitted_queue != cluster_queue;
	if (a_other != b_other)
		return a_other;
	int used_more = compare_usage(books, local_queue_usage, a, b);
	if (used_more != 0)
		return used_more > 0;
	if (a->priority != b->priority)
		return a->priority < b->priority;
	if (a->reserved_us != b->reserved_us)
		return a->reserved_us > b->reserved_us;
	return uid_before(a->uid, b->uid);
}

/* PR-3. */
static bool uses(const struct workload_row *row, const struct preemption_problem *problem)
{
	for (uint32_t i = 0; i < row->admission->n_pairs; i++)
		for (uint32_t j = 0; j < problem->n_contested; j++)
			if (row->admission->pairs[i].fr == problem->contested[j])
				return true;
	return false;
}

/* QA-9: the node does not exceed its own quota on any contested pair. */
bool preemption_within_nominal(const struct preemption_problem *problem, uint32_t node)
{
	for (uint32_t i = 0; i < problem->n_contested; i++)
		if (quota_borrowing_with(&problem->books->quota, node, problem->contested[i], 0))
			return false;
	return true;
}

/* PR-5. */
bool preemption_fits(const struct preemption_problem *problem, bool allow_borrowing)
{
	const struct quota_state *quota = &problem->books->quota;
	for (uint32_t i = 0; i < problem->n_needed; i++) {
		uint32_t fr = problem->needed[i].fr;
		int64_t amount = problem->needed[i].amount;
		if (amount > quota_available(quota, problem->cluster_queue, fr))
			return false;
		if (!allow_borrowing && quota_borrowing_with(quota, problem->cluster_queue, fr, amount))
			return false;
	}
	return !problem->placing || kueue_finds_places(problem->books, problem->slot, problem->placing);
}

/* ---- finding candidates ---- */

/* Nobody of this priority or a higher one passes the policy, whatever their names. */
static bool too_high(const struct preemption_problem *problem, enum preemption_policy policy, int64_t priority)
{
	switch (policy) {
	case PREEMPT_LOWER_PRIORITY:
		return priority >= problem->priority;
	case PREEMPT_LOWER_OR_NEWER_EQUAL_PRIORITY:
		return priority > problem->priority;
	case PREEMPT_NEVER:
	case PREEMPT_UNSET:
		return true;
	case PREEMPT_ANY:
		break;
	}
	return false;
}

bool preemption_nobody_low_enough(const struct preemption_problem *problem, uint32_t node, enum preemption_policy policy)
{
	return too_high(problem, policy, books_lowest_priority(problem->books, node));
}

/* Up to which priority a workload finds nobody below a node, going by priorities alone; see too_high(). */
static int64_t ceiling_below(const struct books *books, uint32_t node, enum preemption_policy policy)
{
	int64_t lowest = books_lowest_priority(books, node);
	switch (policy) {
	case PREEMPT_NEVER:
	case PREEMPT_UNSET:
		return INT64_MAX;
	case PREEMPT_LOWER_PRIORITY:
		return lowest;
	case PREEMPT_LOWER_OR_NEWER_EQUAL_PRIORITY:
		return lowest == INT64_MAX ? INT64_MAX : lowest - 1;
	case PREEMPT_ANY:
		break;
	}
	return lowest == INT64_MAX ? INT64_MAX : INT64_MIN;
}

int64_t preemption_priority_ceiling(const struct books *books, uint32_t cluster_queue)
{
	const struct cluster_queue *queue = &books->config->cluster_queues[cluster_queue];
	return MIN(ceiling_below(books, cluster_queue, queue->within_cluster_queue),
	           ceiling_below(books, books->quota.tree->root[cluster_queue], queue->reclaim_within_cohort));
}

/* Neither in its queue nor in its tree: no search can find anybody. */
static bool nobody_anywhere(const struct preemption_problem *problem)
{
	return problem->priority <= preemption_priority_ceiling(problem->books, problem->cluster_queue);
}

struct holder_order {
	const struct books *books;
	const double *local_queue_usage;
};

static bool holder_before(const void *context, uint32_t a, uint32_t b)
{
	const struct holder_order *order = context;
	uint32_t cluster_queue = order->books->workloads.items[a].admitted_queue;
	return preemption_candidate_before(order->books, order->local_queue_usage, cluster_queue, a, b);
}

/* The workloads that hold quota of a queue, ordered by PR-4 once after they changed. */
static const struct reserved_set *in_order(struct books *books, struct preemption_scratch *scratch, uint32_t cluster_queue)
{
	struct reserved_set *set = &books->reserved[cluster_queue];
	if (set->ordered)
		return set;
	VEC_RESERVE(&scratch->sorting, set->count);
	struct holder_order order = {books, scratch->local_queue_usage};
	sort_ids(set->items, scratch->sorting.items, set->count, holder_before, &order);
	for (uint32_t i = 0; i < set->count; i++)
		books_row(books, set->items[i])->queue_position = i;
	set->ordered = true;
	return set;
}

static bool passes(const struct preemption_problem *problem, enum preemption_policy policy, const struct workload_row *row)
{
	/* A candidate's place in the queue matters only for newer-equal tests. */
	int64_t queue_ts_us =
	    policy == PREEMPT_LOWER_OR_NEWER_EQUAL_PRIORITY ? queue_order_ts_us(problem->books->config, row) : 0;
	return !row->hidden && uses(row, problem) &&
	       preemption_allowed(policy, problem->priority, problem->queue_ts_us, row->priority, queue_ts_us);
}

static void describe(const struct preemption_problem *problem, struct candidate *candidate)
{
	const struct workload_row *row = books_row(problem->books, candidate->slot);
	const struct cluster_queue *queue = &problem->books->config->cluster_queues[problem->cluster_queue];
	candidate->usable_when_borrowing = true;
	candidate->reason =
	    candidate->origin == ORIGIN_SAME_QUEUE ? REASON_PREEMPTED_IN_CLUSTER_QUEUE : REASON_PREEMPTED_RECLAMATION;
	if (candidate->origin != ORIGIN_PRIORITY)
		return;
	/* PR-10 */
	candidate->usable_when_borrowing = queue->borrow_within_cohort != PREEMPT_NEVER && row->priority < problem->priority &&
	                                   row->priority <= queue->max_priority_threshold;
	if (candidate->usable_when_borrowing)
		candidate->reason = REASON_PREEMPTED_RECLAIM_WHILE_BORROWING;
}

/* Moves on to the stream's next candidate; false at its end. */
bool preemption_advance(const struct preemption_problem *problem, struct stream *stream)
{
	while (stream->next < stream->holders->count) {
		uint32_t slot = stream->holders->items[stream->next++];
		const struct workload_row *row = books_row(problem->books, slot);
		if (stream->by_priority && !row->evicted && too_high(problem, stream->policy, row->priority))
			return false;
		if (!passes(problem, stream->policy, row))
			continue;
		stream->first.slot = slot;
		describe(problem, &stream->first);
		return true;
	}
	return false;
}

void preemption_collect_from_queue(const struct preemption_problem *problem, struct preemption_scratch *scratch,
                                   uint32_t node, enum preemption_policy policy, enum origin origin, uint32_t lca)
{
	if (preemption_nobody_low_enough(problem, node, policy))
		return;
	struct stream stream = {
	    .holders = in_order(problem->books, scratch, node),
	    .policy = policy,
	    .by_priority = !kueue_usage_based(problem->books->config, node),
	    .first = {.origin = origin, .lca = lca},
	};
	if (!preemption_advance(problem, &stream))
		return;
	stream.second = stream.next;
	*VEC_PUSH(&scratch->streams) = stream;
	scratch->found_in[origin] = true;
}

static void walk_cohort(const struct preemption_problem *problem, struct preemption_scratch *scratch, uint32_t cohort,
                        uint32_t skip, enum origin origin, uint32_t lca)
{
	const struct quota_tree *tree = problem->books->quota.tree;
	const struct cluster_queue *queue = &problem->books->config->cluster_queues[problem->cluster_queue];
	uint32_t index = cohort - tree->n_cluster_queues;
	for (uint32_t i = tree->child_start[index]; i < tree->child_start[index + 1]; i++) {
		uint32_t child = tree->children[i];
		if (child == skip || child == problem->cluster_queue || preemption_within_nominal(problem, child))
			continue;
		if (child >= tree->n_cluster_queues)
			walk_cohort(problem, scratch, child, NONE, origin, lca);
		else
			preemption_collect_from_queue(problem, scratch, child, queue->reclaim_within_cohort, origin, lca);
	}
}

/* QA-12 over all needed pairs: does the node's own subtree host the remainder? Leaves what is left to climb with. */
static bool fits_in_quota(const struct preemption_problem *problem, uint32_t node, int64_t *remainder)
{
	const struct quota_state *quota = &problem->books->quota;
	bool fine = true;
	for (uint32_t i = 0; i < problem->n_needed; i++) {
		uint32_t fr = problem->needed[i].fr;
		fine &= !quota_borrowing_with(quota, node, fr, remainder[i]);
		remainder[i] = MAX(0, amount_sub(remainder[i], quota_local_available(quota, node, fr)));
	}
	return fine;
}

/* PR-9. */
static void collect_from_cohorts(const struct preemption_problem *problem, struct preemption_scratch *scratch)
{
	const struct quota_tree *tree = problem->books->quota.tree;
	VEC_CLEAR(&scratch->remainder);
	for (uint32_t i = 0; i < problem->n_needed; i++)
		*VEC_PUSH(&scratch->remainder) = problem->needed[i].amount;
	bool advantage = fits_in_quota(problem, problem->cluster_queue, scratch->remainder.items);
	uint32_t previous = NONE;
	for (uint32_t cohort = tree->parent[problem->cluster_queue]; cohort != NONE; cohort = tree->parent[cohort]) {
		walk_cohort(problem, scratch, cohort, previous, advantage ? ORIGIN_HIERARCHY : ORIGIN_PRIORITY, cohort);
		advantage |= fits_in_quota(problem, cohort, scratch->remainder.items);
		previous = cohort;
	}
}

/* PR-11: evicted first, then by origin, then PR-4. */
static bool sequence_before(const struct preemption_problem *problem, const struct preemption_scratch *scratch,
                            const struct candidate *a, const struct candidate *b)
{
	const struct books *books = problem->books;
	bool a_evicted = books->workloads.items[a->slot].evicted, b_evicted = books->workloads.items[b->slot].evicted;
	if (a_evicted != b_evicted)
		return a_evicted;
	if (a->origin != b->origin)
		return a->origin < b->origin;
	return preemption_candidate_before(books, scratch->local_queue_usage, problem->cluster_queue, a->slot, b->slot);
}

static void sift_down(const struct preemption_problem *problem, struct preemption_scratch *scratch, uint32_t at)
{
	const struct stream *streams = scratch->streams.items;
	uint32_t *heap = scratch->heap.items, count = scratch->heap.count, moved = heap[at];
	for (;;) {
		uint32_t child = 2 * at + 1;
		if (child >= count)
			break;
		if (child + 1 < count &&
		    sequence_before(problem, scratch, &streams[heap[child + 1]].first, &streams[heap[child]].first))
			child++;
		if (!sequence_before(problem, scratch, &streams[heap[child]].first, &streams[moved].first))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = moved;
}

static void collect(const struct preemption_problem *problem, struct preemption_scratch *scratch)
{
	const struct cluster_queue *queue = &problem->books->config->cluster_queues[problem->cluster_queue];
	uint32_t root = problem->books->quota.tree->root[problem->cluster_queue];
	VEC_CLEAR(&scratch->streams);
	for (int origin = 0; origin < ORIGIN_COUNT; origin++)
		scratch->found_in[origin] = false;
	if (queue->within_cluster_queue != PREEMPT_NEVER)
		preemption_collect_from_queue(problem, scratch, problem->cluster_queue, queue->within_cluster_queue,
		                              ORIGIN_SAME_QUEUE, NONE);
	if (!preemption_nobody_low_enough(problem, root, queue->reclaim_within_cohort))
		collect_from_cohorts(problem, scratch);
}

/* ---- attempts ---- */

/* Puts every stream back to its first candidate, but for those of which an attempt that may borrow takes nobody. */
static void rewind_streams(const struct preemption_problem *problem, struct preemption_scratch *scratch,
                           bool allow_borrowing)
{
	const struct cluster_queue *queue = &problem->books->config->cluster_queues[problem->cluster_queue];
	bool skip_priority = allow_borrowing && queue->borrow_within_cohort == PREEMPT_NEVER;
	VEC_CLEAR(&scratch->heap);
	for (uint32_t i = 0; i < scratch->streams.count; i++) {
		struct stream *stream = &scratch->streams.items[i];
		if (stream->first.origin == ORIGIN_PRIORITY && skip_priority)
			continue;
		if (stream->next != stream->second) {
			stream->next = stream->second - 1;
			(void)preemption_advance(problem, stream);
		}
		*VEC_PUSH(&scratch->heap) = i;
	}
	for (uint32_t at = scratch->heap.count / 2; at-- > 0;)
		sift_down(problem, scratch, at);
}

/* PR-13: still lawful to take from the stream's queue now that others have gone? Once it is not, it is not for the rest of
 * the attempt. */
static bool may_take(const struct preemption_problem *problem, const struct stream *stream)
{
	const struct quota_tree *tree = problem->books->quota.tree;
	if (stream->first.origin == ORIGIN_SAME_QUEUE)
		return true;
	uint32_t node = problem->books->workloads.items[stream->first.slot].admitted_queue;
	for (; node != stream->first.lca; node = tree->parent[node])
		if (preemption_within_nominal(problem, node))
			return false;
	return true;
}

/* PR-7. */
void preemption_fill_back(const struct preemption_problem *problem, struct preemption_scratch *scratch, bool allow_borrowing)
{
	for (uint32_t i = scratch->victims.count - 1; i-- > 0;) {
		uint32_t slot = scratch->victims.items[i].slot;
		books_usage_add(problem->books, slot);
		if (preemption_fits(problem, allow_borrowing))
			scratch->victims.items[i] = scratch->victims.items[--scratch->victims.count];
		else
			books_usage_remove(problem->books, slot);
	}
}

static bool attempt(const struct preemption_problem *problem, struct preemption_scratch *scratch, bool allow_borrowing)
{
	struct undo *undo = &problem->books->undo;
	uint32_t mark = undo_mark(undo);
	bool found = false;
	VEC_CLEAR(&scratch->victims);
	rewind_streams(problem, scratch, allow_borrowing);
	while (!found && scratch->heap.count > 0) {
		struct stream *stream = &scratch->streams.items[scratch->heap.items[0]];
		bool lawful = may_take(problem, stream);
		if (lawful && (!allow_borrowing || stream->first.usable_when_borrowing)) {
			books_usage_remove(problem->books, stream->first.slot);
			*VEC_PUSH(&scratch->victims) = (struct target){stream->first.slot, stream->first.reason};
			found = preemption_fits(problem, allow_borrowing);
		}
		if (!lawful || !preemption_advance(problem, stream))
			scratch->heap.items[0] = scratch->heap.items[--scratch->heap.count];
		if (scratch->heap.count > 0)
			sift_down(problem, scratch, 0);
	}
	if (found)
		preemption_fill_back(problem, scratch, allow_borrowing);
	undo_rollback(undo, mark);
	return found;
}

/* PR-12. */
static bool run_attempts(const struct preemption_problem *problem, struct preemption_scratch *scratch)
{
	const struct books *books = problem->books;
	const struct cluster_queue *queue = &books->config->cluster_queues[problem->cluster_queue];
	bool any_hierarchy = scratch->found_in[ORIGIN_HIERARCHY], any_priority = scratch->found_in[ORIGIN_PRIORITY];
	bool under = true;
	for (uint32_t i = 0; i < problem->n_contested; i++) {
		size_t at = quota_index(books->quota.tree, problem->cluster_queue, problem->contested[i]);
		under &= books->quota.usage[at] < books->quota.tree->nominal[at];
	}
	bool forbidden = queue->borrow_within_cohort == PREEMPT_NEVER;
	if ((!any_hierarchy && !any_priority) || (forbidden && !under))
		return attempt(problem, scratch, true);
	bool first = !(forbidden && !any_hierarchy);
	return attempt(problem, scratch, first) || attempt(problem, scratch, !first);
}

static bool classical_search(const struct preemption_problem *problem, struct preemption_scratch *scratch)
{
	collect(problem, scratch);
	return scratch->streams.count > 0 && run_attempts(problem, scratch);
}

bool preemption_search(const struct preemption_problem *problem, struct preemption_scratch *scratch,
                       struct nomination *ret_into)
{
	bool fair = problem->books->config->controller.fair_sharing;
	if (!(fair ? fair_preemption_search(problem, scratch) : classical_search(problem, scratch)))
		return false;
	for (uint32_t i = 0; i < scratch->victims.count; i++)
		*VEC_PUSH(&ret_into->targets) = scratch->victims.items[i];
	return true;
}

/* PR-1: the request is rebuilt from the workload's own resources and so lacks the implicit `pods`. */
static void add_needed(struct preemption_scratch *scratch, uint32_t fr, int64_t amount)
{
	for (uint32_t i = 0; i < scratch->needed.count; i++)
		if (scratch->needed.items[i].fr == fr) {
			scratch->needed.items[i].amount = sat_add(scratch->needed.items[i].amount, amount);
			return;
		}
	if (amount != 0)
		*VEC_PUSH(&scratch->needed) = (struct charge_pair){fr, amount};
}

static void add_contested(struct preemption_scratch *scratch, uint32_t fr)
{
	for (uint32_t i = 0; i < scratch->contested.count; i++)
		if (scratch->contested.items[i] == fr)
			return;
	*VEC_PUSH(&scratch->contested) = fr;
}

bool preemption_targets(struct books *books, uint32_t slot, struct preemption_scratch *scratch,
                        struct nomination *nomination)
{
	const struct kueue_config *config = books->config;
	const struct workload_row *row = books_row(books, slot);
	struct preemption_problem problem = {.books = books, .cluster_queue = row->cluster_queue, .priority = row->priority};
	if (nobody_anywhere(&problem))
		return false;
	VEC_CLEAR(&scratch->needed);
	VEC_CLEAR(&scratch->contested);
	for (uint32_t pod_set = 0; pod_set < nomination->n_pod_sets; pod_set++)
		for (uint32_t resource = 0; resource < nomination->n_resources; resource++) {
			size_t cell = (size_t)pod_set * nomination->n_resources + resource;
			if (nomination->flavors[cell] == NONE)
				continue;
			uint32_t fr = kueue_find_fr(config, nomination->flavors[cell], resource);
			if (nomination->modes[cell] == MODE_PREEMPT)
				add_contested(scratch, fr);
			if (resource != books->pods_resource)
				add_needed(scratch, fr, nomination->usage[cell]);
		}
	problem.queue_ts_us = queue_order_ts_us(config, row);
	problem.contested = scratch->contested.items;
	problem.n_contested = scratch->contested.count;
	problem.needed = scratch->needed.items;
	problem.n_needed = scratch->needed.count;
	problem.slot = slot;
	problem.placing = nomination->uses_topology ? nomination : NULL;
	return preemption_search(&problem, scratch, nomination);
}

struct flavor_verdict preemption_probe(struct books *books, uint32_t cluster_queue, uint32_t slot,
                                       struct preemption_scratch *scratch, uint32_t fr, int64_t amount)
{
	const struct workload_row *row = books_row(books, slot);
	struct charge_pair needed = {fr, amount};
	struct preemption_problem problem = {.books = books, .cluster_queue = cluster_queue, .priority = row->priority};
	if (nobody_anywhere(&problem))
		return (struct flavor_verdict){FLAVOR_NO_CANDIDATES, 0};
	problem.queue_ts_us = queue_order_ts_us(books->config, row);
	problem.contested = &fr;
	problem.n_contested = 1;
	problem.needed = &needed;
	problem.n_needed = amount != 0;
	VEC_CLEAR(&scratch->probe.targets);
	if (!preemption_search(&problem, scratch, &scratch->probe))
		return (struct flavor_verdict){FLAVOR_NO_CANDIDATES, 0};
	uint32_t mark = undo_mark(&books->undo);
	bool own = false, may_reclaim;
	for (uint32_t i = 0; i < scratch->probe.targets.count; i++) {
		uint32_t victim = scratch->probe.targets.items[i].slot;
		own |= books_row(books, victim)->admitted_queue == cluster_queue;
		books_usage_remove(books, victim);
	}
	uint32_t level = quota_borrow_level(&books->quota, cluster_queue, fr, amount, &may_reclaim);
	undo_rollback(&books->undo, mark);
	return (struct flavor_verdict){own ? FLAVOR_PREEMPT : FLAVOR_RECLAIM, level};
}
