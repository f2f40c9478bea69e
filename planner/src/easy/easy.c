/* easy.c - the policy "EASY": first come, first served with aggressive backfill (Lifka 1995; Mu'alem and Feitelson 2001).
 *
 * Each tree of quota (a root cohort, or a ClusterQueue without one) is one machine whose size is the sum of all nominal
 * quotas in it; borrowing and lending limits mean nothing here. Workloads start in order of (priority, queue timestamp,
 * UID). When the first one does not fit, it gets a reservation at the earliest time at which the believed ends of what runs
 * make room (the shadow time); others may start now if they are believed to end by then, or fit beside the reservation.
 * A workload that nothing is believed of runs for ever; one that outlives its belief is believed to end at once.
 *
 * Free capacity only shrinks within a pass, so what did not fit is not tried again before the next one; a literal pass does.
 */
#include <stdlib.h>
#include <string.h>

#include "../sort.h"
#include "base/digest.h"
#include "planner/kueue/flavors.h"
#include "planner/kueue/preemption.h"
#include "planner/policy.h"

struct pending_list {
	VEC_FIELDS(uint32_t); /* slots in queue order */
};

/* A shape that found no room in a queue. Which ones are remembered decides nothing but time. */
struct misfit {
	uint32_t shape, cluster_queue;
	uint64_t pass;
};
enum { MISFITS = 1 << 10 };

struct easy {
	struct books *books;
	struct pending_list *pending; /* per node, used at roots */
	int64_t *available;           /* [node * n_frs + fr], used at roots: size - held */
	struct nomination fit;        /* what the last test of a workload against free capacity gave it */
	struct {
		VEC_FIELDS(int64_t);
	} now_free, later_free, totals; /* per fr; per fr; per resource, what a pod set asks for or -1 */
	bool literal;
	uint64_t pass;
	struct misfit *misfits; /* MISFITS places, by hash */
	struct {
		VEC_FIELDS(uint32_t);
	} running, sorting;
};

/* ---- order ---- */

static bool queued_before(const struct easy *easy, uint32_t a_slot, uint32_t b_slot)
{
	const struct workload_row *a = books_row(easy->books, a_slot), *b = books_row(easy->books, b_slot);
	int64_t a_ts = queue_order_ts_us(easy->books->config, a), b_ts = queue_order_ts_us(easy->books->config, b);
	if (a->priority != b->priority)
		return a->priority > b->priority;
	if (a_ts != b_ts)
		return a_ts < b_ts;
	return a->uid.high != b->uid.high ? a->uid.high < b->uid.high : a->uid.low < b->uid.low;
}

/* Where the workload stands, or would stand. */
static uint32_t position(const struct easy *easy, const struct pending_list *list, uint32_t slot)
{
	uint32_t low = 0, high = list->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (queued_before(easy, list->items[middle], slot))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct pending_list *list_of(const struct easy *easy, uint32_t slot)
{
	uint32_t cluster_queue = books_row(easy->books, slot)->cluster_queue;
	return cluster_queue == NONE ? NULL : &easy->pending[easy->books->quota.tree->root[cluster_queue]];
}

static bool is_listed(const struct easy *easy, const struct pending_list *list, uint32_t slot)
{
	uint32_t at = list ? position(easy, list, slot) : 0;
	return list && at < list->count && list->items[at] == slot;
}

/* What Kueue would find at nomination; here it keeps the workload out of the list. */
static enum reason inadmissible(const struct easy *easy, const struct workload_row *row)
{
	if (row->checks_pending || row->invalid)
		return REASON_GENERIC;
	bool selected = kueue_selects_namespace(easy->books->config, row->cluster_queue, row->namespace_name);
	return selected ? REASON_NONE : REASON_NAMESPACE_MISMATCH;
}

static void pending(void *state, uint32_t slot, int64_t now_us)
{
	struct easy *easy = state;
	struct workload_row *row = books_row(easy->books, slot);
	struct pending_list *list = list_of(easy, slot);
	(void)now_us;
	books_note_barrier(easy->books, slot);
	if (!list || !row->active || row->gated || books_barrier(easy->books, slot) != REASON_NONE ||
	    is_listed(easy, list, slot))
		return;
	enum reason reason = inadmissible(easy, row);
	if (reason != REASON_NONE) {
		row->reason = reason;
		return;
	}
	uint32_t at = position(easy, list, slot);
	(void)VEC_PUSH(list);
	memmove(&list->items[at + 1], &list->items[at], (list->count - 1 - at) * sizeof *list->items);
	list->items[at] = slot;
}

static void unlist(struct pending_list *list, uint32_t at)
{
	memmove(&list->items[at], &list->items[at + 1], (list->count - 1 - at) * sizeof *list->items);
	list->count--;
}

static void gone(void *state, uint32_t slot)
{
	struct easy *easy = state;
	struct pending_list *list = list_of(easy, slot);
	if (is_listed(easy, list, slot))
		unlist(list, position(easy, list, slot));
}

/* ---- capacity ---- */

/* Size of every tree less what its workloads hold, from scratch. */
static void count_capacity(struct easy *easy)
{
	const struct books *books = easy->books;
	const struct quota_tree *tree = books->quota.tree;
	memset(easy->available, 0, (size_t)tree->n_nodes * tree->n_frs * sizeof *easy->available);
	for (uint32_t node = 0; node < tree->n_nodes; node++)
		for (uint32_t fr = 0; fr < tree->n_frs; fr++) {
			int64_t *available = &easy->available[quota_index(tree, tree->root[node], fr)];
			*available = amount_add(*available, tree->nominal[quota_index(tree, node, fr)]);
		}
	for (uint32_t node = 0; node < tree->n_cluster_queues; node++)
		for (uint32_t i = 0; i < books->reserved[node].count; i++) {
			const struct admission *admission = books->workloads.items[books->reserved[node].items[i]].admission;
			for (uint32_t j = 0; j < admission->n_pairs; j++) {
				int64_t *available = &easy->available[quota_index(tree, tree->root[node], admission->pairs[j].fr)];
				*available = amount_sub(*available, admission->pairs[j].amount);
			}
		}
}

static bool flavor_fits(const struct easy *easy, const struct resource_group *group, uint32_t at, const int64_t *available)
{
	for (uint32_t i = 0; i < group->n_resources; i++) {
		uint32_t cell = at * group->n_resources + i;
		int64_t total = easy->totals.items[group->resources[i]];
		if (total < 0)
			continue;
		if (!group->present[cell])
			return false;
		if (sat_add(charge_of(&easy->fit, group->frs[cell]), total) > available[group->frs[cell]])
			return false;
	}
	return true;
}

/* The first flavor of the group that matches the pods and has room for all the resources asked of the group. */
static bool give_flavor(struct easy *easy, const struct resource_group *group, uint32_t pod_set, const struct pod_set *spec,
                        const int64_t *available)
{
	const struct kueue_config *config = easy->books->config;
	enum attempt_fact fact;
	for (uint32_t at = 0; at < group->n_flavors; at++) {
		if (!flavor_matches(config, group->flavors[at], spec, &fact) || !flavor_fits(easy, group, at, available))
			continue;
		for (uint32_t i = 0; i < group->n_resources; i++) {
			int64_t total = easy->totals.items[group->resources[i]];
			if (total < 0)
				continue;
			size_t cell = (size_t)pod_set * config->n_resources + group->resources[i];
			easy->fit.flavors[cell] = group->flavors[at];
			easy->fit.usage[cell] = total;
			nomination_charge(&easy->fit, group->frs[at * group->n_resources + i], total);
		}
		return true;
	}
	return false;
}

/* What the pod set asks of the queue's quota, in easy->totals; `pods` is implied where the queue covers it (WL-4). False: it
 * asks for what the queue does not cover, and that matters (WL-5). */
static bool count_totals(struct easy *easy, const struct cluster_queue *queue, const struct shape_pod_set *set)
{
	const struct kueue_config *config = easy->books->config;
	uint32_t pods = easy->books->pods_resource;
	for (uint32_t resource = 0; resource < config->n_resources; resource++)
		easy->totals.items[resource] = -1;
	for (uint32_t i = 0; i < set->n_charged; i++) {
		uint32_t resource = set->resources[i];
		if (set->charged[i].amount == 0)
			continue;
		if (resource != NONE && flavor_group(queue, resource))
			easy->totals.items[resource] = sat_mul(set->charged[i].amount, set->spec.count);
		else if (!kueue_ignores_undeclared(config))
			return false;
	}
	if (pods != NONE && flavor_group(queue, pods))
		easy->totals.items[pods] = set->spec.count;
	return true;
}

static bool asks_of(const struct easy *easy, const struct resource_group *group)
{
	for (uint32_t i = 0; i < group->n_resources; i++)
		if (easy->totals.items[group->resources[i]] >= 0)
			return true;
	return false;
}

static bool give_pod_set(struct easy *easy, const struct cluster_queue *queue, uint32_t pod_set,
                         const struct shape_pod_set *set, const int64_t *available)
{
	if (!count_totals(easy, queue, set))
		return false;
	for (uint32_t g = 0; g < queue->n_groups; g++)
		if (asks_of(easy, &queue->groups[g]) && !give_flavor(easy, &queue->groups[g], pod_set, &set->spec, available))
			return false;
	return true;
}

/* Does the workload fit into `available` (per fr)? Its flavors and charges are then in easy->fit. */
static bool fits(struct easy *easy, uint32_t slot, const int64_t *available)
{
	const struct books *books = easy->books;
	const struct workload_row *row = books_row(easy->books, slot);
	const struct shape *shape = books_shape_at(books, row->shape);
	const struct cluster_queue *queue = &books->config->cluster_queues[row->cluster_queue];
	nomination_reset(&easy->fit, shape->n_pod_sets, books->config->n_resources);
	for (uint32_t i = 0; i < shape->n_pod_sets; i++) {
		easy->fit.counts[i] = shape->pod_sets[i].spec.count;
		if (!give_pod_set(easy, queue, i, &shape->pod_sets[i], available))
			return false;
	}
	return true;
}

/* As fits(), into what is left now of the pass. */
static bool fits_now(struct easy *easy, uint32_t slot)
{
	const struct workload_row *row = books_row(easy->books, slot);
	struct misfit key = {row->shape, row->cluster_queue, easy->pass};
	struct misfit *known = &easy->misfits[digest_add(key.shape, key.cluster_queue) % MISFITS];
	if (!easy->literal && known->pass == key.pass && known->shape == key.shape && known->cluster_queue == key.cluster_queue)
		return false;
	if (fits(easy, slot, easy->now_free.items))
		return true;
	*known = key;
	return false;
}

/* ---- one pass ---- */

static int64_t believed_end_us(const struct workload_row *row, int64_t start_us, int64_t now_us)
{
	return row->expected_run_us < 0 ? NEVER_US : MAX(now_us, sat_add(start_us, row->expected_run_us));
}

struct end_order {
	const struct books *books;
	int64_t now_us;
};

static bool ends_before(const void *context, uint32_t a_slot, uint32_t b_slot)
{
	const struct end_order *order = context;
	const struct workload_row *a = &order->books->workloads.items[a_slot], *b = &order->books->workloads.items[b_slot];
	int64_t a_end = believed_end_us(a, a->reserved_us, order->now_us),
	        b_end = believed_end_us(b, b->reserved_us, order->now_us);
	return a_end != b_end ? a_end < b_end : a_slot < b_slot;
}

static void collect_running(struct easy *easy, uint32_t root, int64_t now_us)
{
	const struct books *books = easy->books;
	VEC_CLEAR(&easy->running);
	for (uint32_t queue = 0; queue < books->quota.tree->n_cluster_queues; queue++)
		if (books->quota.tree->root[queue] == root)
			for (uint32_t i = 0; i < books->reserved[queue].count; i++)
				*VEC_PUSH(&easy->running) = books->reserved[queue].items[i];
	VEC_RESERVE(&easy->sorting, easy->running.count);
	struct end_order order = {books, now_us};
	sort_ids(easy->running.items, easy->sorting.items, easy->running.count, ends_before, &order);
}

/* The reservation of the first workload: when it fits, going by believed ends; what is then left over beside it is in
 * easy->later_free. NEVER_US: not as long as those of unknown end run. */
static int64_t shadow_time_us(struct easy *easy, uint32_t root, uint32_t first, int64_t now_us)
{
	const struct books *books = easy->books;
	uint32_t n_frs = books->quota.tree->n_frs;
	int64_t *later = easy->later_free.items;
	memcpy(later, easy->now_free.items, n_frs * sizeof *later);
	collect_running(easy, root, now_us);
	for (uint32_t i = 0; i < easy->running.count; i++) {
		const struct workload_row *row = &books->workloads.items[easy->running.items[i]];
		int64_t end_us = believed_end_us(row, row->reserved_us, now_us);
		if (end_us == NEVER_US)
			return NEVER_US;
		for (uint32_t j = 0; j < row->admission->n_pairs; j++)
			later[row->admission->pairs[j].fr] =
			    amount_add(later[row->admission->pairs[j].fr], row->admission->pairs[j].amount);
		/* All that end at one time are gone before anything starts. */
		bool last_of_instant = i + 1 == easy->running.count;
		if (!last_of_instant) {
			const struct workload_row *next = &books->workloads.items[easy->running.items[i + 1]];
			last_of_instant = believed_end_us(next, next->reserved_us, now_us) != end_us;
		}
		if (!last_of_instant || !fits(easy, first, later))
			continue;
		for (uint32_t j = 0; j < easy->fit.pairs.count; j++)
			later[easy->fit.pairs.items[j].fr] -= easy->fit.pairs.items[j].amount;
		return end_us;
	}
	return NEVER_US;
}

/* Starts the workload with what is in easy->fit. */
static void start(struct easy *easy, uint32_t slot, enum reason reason, int64_t now_us, struct decision_list *out)
{
	struct books *books = easy->books;
	struct workload_row *row = books_row(books, slot);
	struct assignment assignment = nomination_assignment(&easy->fit);
	row->evicted = row->eviction_sent = false;
	row->preempted_reason = REASON_NONE;
	row->assumed = true;
	row->admitted = !row->checks_unready;
	row->admitted_us = row->admitted ? now_us : 0;
	row->reason = reason;
	for (uint32_t i = 0; i < easy->fit.pairs.count; i++)
		easy->now_free.items[easy->fit.pairs.items[i].fr] -= easy->fit.pairs.items[i].amount;
	books_reserve(books, slot, row->cluster_queue, nomination_admission(&easy->fit), now_us);
	struct decision *decision = decision_add(out, DECISION_RESERVE, reason, books_handle(books, slot));
	decision->cluster_queue = row->cluster_queue;
	decision->admitted = row->admitted;
	decision->assignment = assignment_copy(out->arena, &assignment);
}

static void wait_for(struct easy *easy, uint32_t slot, enum reason reason, struct decision_list *out)
{
	struct workload_row *row = books_row(easy->books, slot);
	if (row->reason == reason)
		return;
	row->reason = reason;
	struct decision *decision = decision_add(out, DECISION_PENDING, reason, books_handle(easy->books, slot));
	decision->cluster_queue = row->cluster_queue;
}

/* Would starting it now leave the reservation alone? It may end in time, or fit beside the reserved workload. */
static bool harmless(struct easy *easy, uint32_t slot, int64_t shadow_us, int64_t now_us)
{
	const struct workload_row *row = books_row(easy->books, slot);
	if (believed_end_us(row, now_us, now_us) <= shadow_us)
		return true;
	for (uint32_t i = 0; i < easy->fit.pairs.count; i++)
		if (easy->fit.pairs.items[i].amount > easy->later_free.items[easy->fit.pairs.items[i].fr])
			return false;
	for (uint32_t i = 0; i < easy->fit.pairs.count; i++)
		easy->later_free.items[easy->fit.pairs.items[i].fr] -= easy->fit.pairs.items[i].amount;
	return true;
}

static void schedule_tree(struct easy *easy, uint32_t root, int64_t now_us, struct decision_list *out)
{
	const struct quota_tree *tree = easy->books->quota.tree;
	struct pending_list *list = &easy->pending[root];
	memcpy(easy->now_free.items, &easy->available[quota_index(tree, root, 0)], tree->n_frs * sizeof(int64_t));
	out->heads += list->count > 0;
	while (list->count > 0 && fits_now(easy, list->items[0])) {
		start(easy, list->items[0], REASON_FIT, now_us, out);
		unlist(list, 0);
	}
	if (list->count == 0)
		return;
	int64_t shadow_us = shadow_time_us(easy, root, list->items[0], now_us);
	wait_for(easy, list->items[0], REASON_WAITING_FOR_QUOTA, out);
	for (uint32_t at = 1; at < list->count;) {
		uint32_t slot = list->items[at];
		bool fit = fits_now(easy, slot);
		if (fit && harmless(easy, slot, shadow_us, now_us)) {
			start(easy, slot, REASON_BACKFILLED, now_us, out);
			unlist(list, at);
			continue;
		}
		wait_for(easy, slot, fit ? REASON_BEHIND_RESERVATION : REASON_WAITING_FOR_QUOTA, out);
		at++;
	}
}

static void cycle(void *state, int64_t now_us, struct decision_list *out)
{
	struct easy *easy = state;
	const struct quota_tree *tree = easy->books->quota.tree;
	easy->pass++;
	count_capacity(easy);
	for (uint32_t root = 0; root < tree->n_nodes; root++)
		if (easy->pending[root].count > 0)
			schedule_tree(easy, root, now_us, out);
}

/* ---- the policy ---- */

static void allocate_for_config(struct easy *easy)
{
	const struct quota_tree *tree = easy->books->quota.tree;
	easy->pending = xcalloc(tree->n_nodes, sizeof *easy->pending);
	easy->available = xcalloc((size_t)tree->n_nodes * tree->n_frs, sizeof *easy->available);
	VEC_RESERVE(&easy->now_free, tree->n_frs);
	VEC_RESERVE(&easy->later_free, tree->n_frs);
	VEC_RESERVE(&easy->totals, easy->books->config->n_resources);
}

static struct easy *easy_create(struct books *books, bool literal)
{
	struct easy *easy = xcalloc(1, sizeof *easy);
	easy->books = books;
	easy->literal = literal;
	easy->misfits = xcalloc(MISFITS, sizeof *easy->misfits);
	allocate_for_config(easy);
	return easy;
}

static void *create(struct books *books, const struct planner_options *options)
{
	return easy_create(books, options->literal);
}

static void free_for_config(struct easy *easy, uint32_t n_nodes)
{
	for (uint32_t node = 0; node < n_nodes; node++)
		VEC_FREE(&easy->pending[node]);
	free(easy->pending);
	free(easy->available);
}

static void destroy(void *state)
{
	struct easy *easy = state;
	free_for_config(easy, easy->books->quota.tree->n_nodes);
	nomination_free(&easy->fit);
	VEC_FREE(&easy->now_free);
	VEC_FREE(&easy->later_free);
	VEC_FREE(&easy->totals);
	free(easy->misfits);
	VEC_FREE(&easy->running);
	VEC_FREE(&easy->sorting);
	free(easy);
}

/* Everything that waits and is not listed yet, by slot; order comes from the list. */
static void list_all(struct easy *easy, int64_t now_us)
{
	for (uint32_t slot = 0; slot < easy->books->workloads.count; slot++)
		if (books_row(easy->books, slot)->phase == PHASE_PENDING)
			pending(easy, slot, now_us);
}

static void *fork_state(const void *state, struct books *books_of_fork)
{
	const struct easy *easy = state;
	struct easy *copy = easy_create(books_of_fork, easy->literal); /* the lists follow from the books */
	list_all(copy, 0);
	return copy;
}

static void configured(void *state, uint32_t n_old_nodes, int64_t now_us)
{
	struct easy *easy = state;
	free_for_config(easy, n_old_nodes);
	allocate_for_config(easy);
	list_all(easy, now_us);
}

static void holds(void *state, uint32_t slot, int64_t now_us)
{
	(void)state, (void)slot, (void)now_us; /* no deadlines */
}

static void released(void *state, uint32_t cluster_queue, int64_t now_us)
{
	(void)state, (void)cluster_queue, (void)now_us; /* capacity is counted in each pass */
}

static void wake(void *state, const struct wake *due, int64_t now_us)
{
	(void)state, (void)due, (void)now_us; /* none is asked for */
}

static bool wants_cycle(const void *state)
{
	const struct easy *easy = state;
	for (uint32_t node = 0; node < easy->books->quota.tree->n_nodes; node++)
		if (easy->pending[node].count > 0)
			return true;
	return false;
}

/* Alone: does it fit into what is free now? */
static bool solo(void *state, uint32_t slot, int64_t now_us, struct arena *arena, struct solo_verdict *ret_verdict,
                 struct error *error)
{
	struct easy *easy = state;
	const struct quota_tree *tree = easy->books->quota.tree;
	uint32_t cluster_queue = books_row(easy->books, slot)->cluster_queue;
	(void)now_us;
	if (cluster_queue == NONE)
		return error_set(error, ERROR_BAD_INPUT, "the workload's queue does not exist");
	count_capacity(easy);
	bool fit = fits(easy, slot, &easy->available[quota_index(tree, tree->root[cluster_queue], 0)]);
	struct assignment assignment = nomination_assignment(&easy->fit);
	size_t cells = (size_t)assignment.n_pod_sets * assignment.n_resources;
	memset(easy->fit.modes, fit ? MODE_FIT : MODE_NO_FIT, cells);
	*ret_verdict = (struct solo_verdict){
	    .mode = fit ? MODE_FIT : MODE_NO_FIT,
	    .assignment = assignment_copy(arena, &assignment),
	    .modes = arena_copy(arena, easy->fit.modes, cells),
	    .scan = arena_copy(arena, easy->fit.scan, cells * sizeof *easy->fit.scan),
	};
	return true;
}

static void place(const void *state, uint32_t slot, bool *ret_queued, bool *ret_parked)
{
	const struct easy *easy = state;
	*ret_queued = is_listed(easy, list_of(easy, slot), slot);
	*ret_parked = false;
}

static uint64_t digest(const void *state, uint64_t sum)
{
	const struct easy *easy = state;
	for (uint32_t node = 0; node < easy->books->quota.tree->n_nodes; node++)
		for (uint32_t i = 0; i < easy->pending[node].count; i++)
			sum = digest_add(sum, easy->pending[node].items[i]);
	return sum;
}

static const struct policy easy_policy = {
    .name = "EASY",
    .create = create,
    .destroy = destroy,
    .fork = fork_state,
    .pending = pending,
    .gone = gone,
    .holds = holds,
    .released = released,
    .readiness = holds,
    .wake = wake,
    .configured = configured,
    .cycle = cycle,
    .wants_cycle = wants_cycle,
    .solo = solo,
    .place = place,
    .digest = digest,
};

const struct policy *planner_policy_easy(void)
{
	return &easy_policy;
}
