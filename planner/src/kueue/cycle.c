/* cycle.c - one scheduling cycle (kueue-semantics 3.2, SC-2 to SC-17). planner/README.md tells it in order. */
#include <stdlib.h>
#include <string.h>

#include "../sort.h"
#include "base/digest.h"
#include "kueue.h"
#include "topology_wishes.h"

/* ---- rules ---- */

bool entry_before(gate_set gates, const struct entry_key *a, const struct entry_key *b)
{
	if (a->quota_reserved != b->quota_reserved)
		return a->quota_reserved;
	if (gate_on(gates, GATE_PrioritizePreemptorWorkloads) && a->is_preemptor != b->is_preemptor)
		return a->is_preemptor;
	if (a->borrow_level != b->borrow_level)
		return a->borrow_level < b->borrow_level;
	if (gate_on(gates, GATE_PrioritySortingWithinCohort) && a->priority != b->priority)
		return a->priority > b->priority;
	if (a->queue_ts_us != b->queue_ts_us)
		return a->queue_ts_us < b->queue_ts_us;
	if (a->cluster_queue != b->cluster_queue)
		return a->cluster_queue < b->cluster_queue;
	return a->uid.high != b->uid.high ? a->uid.high < b->uid.high : a->uid.low < b->uid.low;
}

int64_t reserved_without_candidates(bool borrows, int64_t usage, int64_t nominal, int64_t borrowing_limit, int64_t used)
{
	if (!borrows)
		return MAX(0, MIN(usage, amount_sub(nominal, used)));
	if (borrowing_limit == LIMIT_UNSET)
		return usage;
	return MIN(usage, amount_sub(amount_add(nominal, borrowing_limit), used));
}

/* ---- nomination ---- */

/* Where the flavor search starts, as one number: 0 when it starts at the first flavor everywhere. */
static uint64_t search_starts(const int32_t *scan, uint32_t cells)
{
	uint64_t starts = 0;
	for (uint32_t i = 0; scan && i < cells; i++)
		if (scan[i] != SCAN_NONE && scan[i] != -1)
			starts = digest_add(digest_add(starts, i), (uint64_t)scan[i]);
	return starts;
}

static void save_scan(struct kueue *kueue, const struct entry *entry, uint64_t class_hash)
{
	const struct nomination *nomination = entry->nomination;
	struct scan_stamp stamp = {class_hash, kueue->cycle, kueue->books->queue_generation[entry->cluster_queue]};
	queues_save_scan(kueue->queues, entry->slot, nomination->scan, nomination->n_pod_sets * nomination->n_resources, stamp);
}

/* Evaluates a head, or reuses the last evaluation: its verdict is a function of the workload, the start of its flavor
 * search, and what holds quota in its tree, and none of them has changed. */
static void nominate(struct kueue *kueue, struct entry *entry)
{
	struct books *books = kueue->books;
	const struct workload_row *row = books_row(books, entry->slot);
	struct head_memo *memo = &kueue->memos[entry->cluster_queue];
	uint64_t class_hash = queue_class_hash(row);
	const int32_t *scan = kueue_valid_scan(kueue, entry->slot, class_hash);
	uint32_t cells = books_shape_at(books, row->shape)->n_pod_sets * books->config->n_resources;
	uint64_t starts = search_starts(scan, cells);
	uint64_t version = books->tree_version[books->quota.tree->root[entry->cluster_queue]];
	bool same = memo->valid && memo->workload.slot == entry->slot && memo->workload.generation == row->generation &&
	            memo->tree_version == version && memo->class_hash == class_hash &&
	            memo->queue_ts_us == entry->key.queue_ts_us && memo->starts == starts &&
	            (!books->topologies || memo->topology_version == books->topology_version);
	if (kueue->literal || !same)
		kueue_evaluate(kueue, entry->slot, scan, NULL, &memo->nomination);
	memo->valid = true;
	memo->workload = books_handle(books, entry->slot);
	memo->tree_version = version;
	memo->class_hash = class_hash;
	memo->queue_ts_us = entry->key.queue_ts_us;
	memo->starts = starts;
	memo->topology_version = books->topology_version;
	entry->nomination = &memo->nomination;
	entry->nominated = true;
	entry->keeps_scan = true;
	entry->saw_all = starts == 0;
	entry->key.borrow_level = memo->nomination.borrow_level;
	save_scan(kueue, entry, class_hash);
}

static void nominate_head(struct kueue *kueue, uint32_t cluster_queue)
{
	uint32_t slot = queues_pop(kueue->queues, cluster_queue);
	const struct workload_row *row = books_row(kueue->books, slot);
	struct entry *entry = VEC_PUSH(&kueue->entries);
	entry->slot = slot;
	entry->cluster_queue = cluster_queue;
	entry->key = (struct entry_key){
	    .is_preemptor = queues_is_preemptor(kueue->queues, slot),
	    .priority = row->priority,
	    .queue_ts_us = queue_order_ts_us(kueue->books->config, row),
	    .cluster_queue = cluster_queue,
	    .uid = row->uid,
	};
	if (row->checks_pending || row->invalid)
		entry->reason = REASON_GENERIC;
	else if (!queues_namespace_matches(kueue->queues, slot))
		entry->reason = REASON_NAMESPACE_MISMATCH;
	else
		nominate(kueue, entry);
}

/* SC-16: workloads whose quota is reserved and that need places, before all others. */
static void nominate_second_pass(struct kueue *kueue)
{
	struct books *books = kueue->books;
	while (kueue->second_nominations.count < kueue->second_pass.count)
		(void)VEC_PUSH(&kueue->second_nominations);
	for (uint32_t i = 0; i < kueue->second_pass.count; i++) {
		uint32_t slot = kueue->second_pass.items[i];
		const struct workload_row *row = books_row(books, slot);
		if (!kueue_needs_second_pass(books, slot) || !books_queue_active(books, row->admitted_queue))
			continue;
		struct entry *entry = VEC_PUSH(&kueue->entries);
		entry->slot = slot;
		entry->cluster_queue = row->admitted_queue;
		entry->nomination = &kueue->second_nominations.items[i];
		entry->key = (struct entry_key){
		    .quota_reserved = true,
		    .priority = row->priority,
		    .queue_ts_us = queue_order_ts_us(books->config, row),
		    .cluster_queue = entry->cluster_queue,
		    .uid = row->uid,
		};
		entry->nominated = entry->keeps_scan = true;
		kueue_evaluate_again(kueue, slot, entry->nomination);
	}
	VEC_CLEAR(&kueue->second_pass);
}

/* SC-4: all heads against the same books, but for those whose failure is certain. */
static void nominate_heads(struct kueue *kueue)
{
	VEC_CLEAR(&kueue->entries);
	VEC_CLEAR(&kueue->failing);
	nominate_second_pass(kueue);
	queues_begin_pass(kueue->queues);
	for (uint32_t queue = queues_next_ready(kueue->queues, 0); queue != NONE;
	     queue = queues_next_ready(kueue->queues, queue + 1))
		if (!kueue->literal && kueue_foresees_failure(kueue, queue))
			*VEC_PUSH(&kueue->failing) = queue;
		else
			nominate_head(kueue, queue);
}

static bool order_before(const void *context, uint32_t a, uint32_t b)
{
	const struct kueue *kueue = context;
	return entry_before(kueue->books->config->gates, &kueue->entries.items[a].key, &kueue->entries.items[b].key);
}

/* Is its verdict final only when it is processed? A second pass, and pods that need places, are looked at again when others
 * have taken places (SC-8); a variant may have a better one to wait for. */
static bool undecided_until_processed(const struct kueue *kueue, const struct entry *entry)
{
	return entry->key.quota_reserved || entry->nomination->uses_topology ||
	       books_row(kueue->books, entry->slot)->variant_of != NO_NAME;
}

static bool found_nothing(const struct nomination *nomination)
{
	return nomination->mode == MODE_NO_FIT || (nomination->mode == MODE_PREEMPT && nomination->targets.count == 0);
}

/* The last in order of those whom what others reserve may concern. False: nobody is left of them. */
static bool find_last_hope(const struct kueue *kueue, struct entry_key *ret_last)
{
	gate_set gates = kueue->books->config->gates;
	bool hope = false;
	for (uint32_t i = 0; i < kueue->entries.count; i++) {
		const struct entry *entry = &kueue->entries.items[i];
		if (!entry->nominated || (found_nothing(entry->nomination) && !undecided_until_processed(kueue, entry)))
			continue;
		if (!hope || entry_before(gates, ret_last, &entry->key))
			*ret_last = entry->key;
		hope = true;
	}
	return hope;
}

/* An entry that finds no room at all leaves no trace in the pass, and one without candidates only in what entries after it
 * find. So the first kind is decided at once, and the second too when nobody with hope comes after it. */
static void decide_hopeless(struct kueue *kueue, const struct entry_key *last_hope)
{
	gate_set gates = kueue->books->config->gates;
	for (uint32_t i = 0; i < kueue->entries.count; i++) {
		struct entry *entry = &kueue->entries.items[i];
		if (!entry->nominated || undecided_until_processed(kueue, entry))
			continue;
		if (entry->nomination->mode == MODE_NO_FIT)
			entry->reason = REASON_NO_FIT;
		else if (!last_hope || entry_before(gates, last_hope, &entry->key))
			entry->reason = REASON_PREEMPTION_NO_CANDIDATES;
	}
}

/* QA-11 for a whole request: the level of the pair that borrows from furthest. */
static uint32_t borrow_level(const struct kueue *kueue, uint32_t cluster_queue, const struct foreseen *foreseen)
{
	const struct charge_pair *pairs = kueue_foreseen_pairs(kueue, foreseen);
	uint32_t level = 0;
	bool may_reclaim;
	for (uint32_t i = 0; i < foreseen->n_pairs; i++)
		level =
		    MAX(level, quota_borrow_level(&kueue->books->quota, cluster_queue, pairs[i].fr, pairs[i].amount, &may_reclaim));
	return level;
}

/* Those who come before somebody with hope are entries for the sake of what they reserve. If it is not known which flavors
 * they would get, they are evaluated after all. */
static void enter_failing(struct kueue *kueue, const struct entry_key *last_hope)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < kueue->failing.count; i++) {
		uint32_t cluster_queue = kueue->failing.items[i];
		struct foreseen foreseen = kueue_foreseen(kueue, cluster_queue);
		if (foreseen.reserves && foreseen.first_pair == NONE) {
			nominate_head(kueue, cluster_queue);
			continue;
		}
		kueue->failing.items[kept++] = cluster_queue;
		if (!foreseen.reserves)
			continue;
		struct entry_key key = {
		    .is_preemptor = queues_is_preemptor(kueue->queues, foreseen.slot),
		    .borrow_level = borrow_level(kueue, cluster_queue, &foreseen),
		    .priority = foreseen.priority,
		    .queue_ts_us = queues_ts_us(kueue->queues, foreseen.slot),
		    .cluster_queue = cluster_queue,
		};
		if (entry_before(kueue->books->config->gates, &key, last_hope))
			*VEC_PUSH(&kueue->entries) = (struct entry){.slot = foreseen.slot,
			                                            .cluster_queue = cluster_queue,
			                                            .foreseen = foreseen,
			                                            .is_foreseen = true,
			                                            .key = key};
	}
	kueue->failing.count = kept;
}

/* Nothing is processed that cannot have an effect. With fair sharing every entry has one: it may be put forward, by its
 * cohort, before others of the cohort, and they go by its share until it has been processed. */
static void leave_out_hopeless(struct kueue *kueue)
{
	struct entry_key last_hope;
	bool hope = find_last_hope(kueue, &last_hope);
	if (hope)
		enter_failing(kueue, &last_hope);
	decide_hopeless(kueue, hope ? &last_hope : NULL);
}

/* SC-6. */
static void sort_entries(struct kueue *kueue)
{
	for (uint32_t i = 0; i < kueue->entries.count; i++) {
		const struct entry *entry = &kueue->entries.items[i];
		if (entry->is_foreseen || (entry->nominated && entry->reason == REASON_NONE))
			*VEC_PUSH(&kueue->order) = i;
	}
	VEC_RESERVE(&kueue->sorting, kueue->order.count);
	sort_ids(kueue->order.items, kueue->sorting.items, kueue->order.count, order_before, kueue);
}

/* ---- the order of processing: sorted once, or with fair sharing found entry by entry ---- */

static bool fair(const struct kueue *kueue)
{
	return kueue->books->config->controller.fair_sharing;
}

static void begin_order(struct kueue *kueue)
{
	VEC_CLEAR(&kueue->order);
	kueue->next_in_order = 0;
	if (fair(kueue))
		fair_order_begin(kueue);
	else
		sort_entries(kueue);
}

/* NULL when all have been processed. */
static struct entry *next_entry(struct kueue *kueue)
{
	uint32_t found = fair(kueue) ? fair_order_next(kueue) : NONE;
	if (found != NONE)
		*VEC_PUSH(&kueue->order) = found;
	if (kueue->next_in_order == kueue->order.count)
		return NULL;
	return &kueue->entries.items[kueue->order.items[kueue->next_in_order++]];
}

/* ---- processing ---- */

static bool claimed(const struct kueue *kueue, uint32_t slot)
{
	for (uint32_t i = 0; i < kueue->claimed.count; i++)
		if (kueue->claimed.items[i] == slot)
			return true;
	return false;
}

static bool overlaps(const struct kueue *kueue, const struct nomination *nomination)
{
	for (uint32_t i = 0; i < nomination->targets.count; i++)
		if (claimed(kueue, nomination->targets.items[i].slot))
			return true;
	return false;
}

enum room { ROOM, ROOM_NO_QUOTA, ROOM_NO_PLACE };

/* Takes the claimed victims of the entry's tree out of the books. The caller has set a mark. */
static void remove_claimed(struct kueue *kueue, uint32_t cluster_queue, bool hide)
{
	struct books *books = kueue->books;
	uint32_t root = books->quota.tree->root[cluster_queue];
	for (uint32_t i = 0; i < kueue->claimed.count; i++) {
		struct workload_row *row = books_row(books, kueue->claimed.items[i]);
		if (books->quota.tree->root[row->admitted_queue] != root)
			continue;
		books_usage_remove(books, kueue->claimed.items[i]);
		if (hide)
			undo_set(&books->undo, &row->hidden, 1);
	}
}

/* SC-10. Quota that is reserved already is not asked for again. */
static enum room still_fits(struct kueue *kueue, const struct entry *entry)
{
	struct books *books = kueue->books;
	const struct nomination *nomination = entry->nomination;
	uint32_t mark = undo_mark(&books->undo);
	remove_claimed(kueue, entry->cluster_queue, false);
	for (uint32_t i = 0; i < nomination->targets.count; i++)
		if (!claimed(kueue, nomination->targets.items[i].slot))
			books_usage_remove(books, nomination->targets.items[i].slot);
	bool fits = true;
	for (uint32_t i = 0; i < nomination->pairs.count && fits && !entry->key.quota_reserved; i++)
		fits = quota_available(&books->quota, entry->cluster_queue, nomination->pairs.items[i].fr) >=
		       nomination->pairs.items[i].amount;
	enum room room = !fits ? ROOM_NO_QUOTA : kueue_places_are_free(books, entry->slot, nomination) ? ROOM : ROOM_NO_PLACE;
	undo_rollback(&books->undo, mark);
	return room;
}

void kueue_charge_quota(struct kueue *kueue, const struct entry *entry)
{
	for (uint32_t i = 0; i < entry->nomination->pairs.count && !entry->key.quota_reserved; i++)
		quota_add(&kueue->books->quota, entry->cluster_queue, entry->nomination->pairs.items[i].fr,
		          entry->nomination->pairs.items[i].amount);
}

static void charge_entry(struct kueue *kueue, const struct entry *entry)
{
	kueue_charge_quota(kueue, entry);
	kueue_charge_places(kueue->books, entry->slot, entry->nomination);
}

/* SC-8: somebody claimed a victim of this entry, or took its places. Evaluates again, without the claimed ones in the first
 * case, on the flavors nominated before and from the first of them on; the progress of this search replaces the one saved at
 * nomination. */
static void recompute(struct kueue *kueue, struct entry *entry, bool overlap)
{
	struct books *books = kueue->books;
	struct nomination *nomination = entry->nomination;
	size_t cells = (size_t)nomination->n_pod_sets * nomination->n_resources;
	uint32_t *nominated = xrealloc_array(NULL, cells, sizeof *nominated);
	memcpy(nominated, nomination->flavors, cells * sizeof *nominated);
	uint32_t mark = undo_mark(&books->undo);
	if (overlap)
		remove_claimed(kueue, entry->cluster_queue, true);
	if (entry->key.quota_reserved)
		kueue_evaluate_again(kueue, entry->slot, nomination);
	else
		kueue_evaluate(kueue, entry->slot, NULL, nominated, nomination);
	undo_rollback(&books->undo, mark);
	free(nominated);
	if (overlap && nomination->mode == MODE_FIT)
		nomination->mode = MODE_DEFERRED_FIT;
	if (entry->key.quota_reserved)
		return;
	kueue->memos[entry->cluster_queue].valid = false;
	entry->saw_all = false;
	save_scan(kueue, entry, queue_class_hash(books_row(books, entry->slot)));
}

/* SC-11. False when nothing is reserved. */
static bool reserve_without_candidates(struct kueue *kueue, const struct entry *entry, const struct charge_pair *pairs,
                                       uint32_t n_pairs)
{
	struct books *books = kueue->books;
	const struct quota_tree *tree = books->quota.tree;
	const struct kueue_config *config = books->config;
	bool own = gate_on(config->gates, GATE_PrioritizePreemptorWorkloads) && entry->key.is_preemptor;
	if (config->cluster_queues[entry->cluster_queue].reclaim_within_cohort == PREEMPT_ANY && !own)
		return false;
	for (uint32_t i = 0; i < n_pairs && !entry->key.quota_reserved; i++) {
		size_t at = quota_index(tree, entry->cluster_queue, pairs[i].fr);
		quota_add(&books->quota, entry->cluster_queue, pairs[i].fr,
		          reserved_without_candidates(entry->key.borrow_level > 0, pairs[i].amount, tree->nominal[at],
		                                      tree->borrowing_limit[at], books->quota.usage[at]));
	}
	return true;
}

/* PR-30: evictions already under way count, and are not issued again. */
static void issue_preemptions(struct kueue *kueue, const struct entry *entry, int64_t now_us, struct decision_list *out)
{
	struct books *books = kueue->books;
	for (uint32_t i = 0; i < entry->nomination->targets.count; i++) {
		struct target target = entry->nomination->targets.items[i];
		struct workload_row *victim = books_row(books, target.slot);
		if (victim->evicted || victim->eviction_sent)
			continue;
		victim->eviction_sent = true;
		victim->phase = PHASE_EVICTED;
		victim->evicted_reason = victim->preempted_reason = target.reason;
		victim->evicted_us = victim->preempted_us = now_us;
		books_reset_checks(victim);
		struct decision *decision = decision_add(out, DECISION_PREEMPT, target.reason, books_handle(books, target.slot));
		decision->preemptor = books_handle(books, entry->slot);
		decision->cluster_queue = victim->admitted_queue;
	}
}

/* 8.5: it may not preempt for now. */
static bool gated(const struct kueue *kueue, uint32_t slot)
{
	gate_set gates = kueue->books->config->gates;
	return books_row(kueue->books, slot)->preemption_gated &&
	       (gate_on(gates, GATE_ConcurrentAdmission) || gate_on(gates, GATE_MultiKueueOrchestratedPreemption));
}

/* SC-8 for one entry. Sets its reason, or `admitted`. */
static void process(struct kueue *kueue, struct entry *entry, int64_t now_us, struct decision_list *out)
{
	if (entry->is_foreseen) {
		const struct charge_pair *pairs = kueue_foreseen_pairs(kueue, &entry->foreseen);
		(void)reserve_without_candidates(kueue, entry, pairs, entry->foreseen.n_pairs);
		return;
	}
	if (kueue_variant_is_late(kueue, entry)) {
		entry->reason = REASON_BETTER_VARIANT_ADMITTED;
		return;
	}
	bool overlap = overlaps(kueue, entry->nomination);
	gate_set gates = kueue->books->config->gates;
	if (overlap && gate_on(gates, GATE_RecomputeAssignmentUponPreemptionTargetsOverlap)) {
		recompute(kueue, entry, true);
		overlap = overlaps(kueue, entry->nomination);
	} else if (entry->nomination->uses_topology && gate_on(gates, GATE_TASRecomputeAssignmentWithinSchedulingCycle) &&
	           still_fits(kueue, entry) == ROOM_NO_PLACE) {
		recompute(kueue, entry, false);
		overlap = overlaps(kueue, entry->nomination);
	}
	const struct nomination *nomination = entry->nomination;
	if (nomination->mode != MODE_FIT && books_row(kueue->books, entry->slot)->unhealthy_node != NO_NAME &&
	    gate_on(gates, GATE_TASFailedNodeReplacementFailFast)) {
		entry->reason = REASON_NODE_FAILURES;
		kueue_evict(kueue, entry->slot, REASON_NODE_FAILURES, now_us, out);
	} else if (nomination->mode == MODE_NO_FIT) {
		entry->reason = REASON_NO_FIT;
	} else if (nomination->mode == MODE_PREEMPT && nomination->targets.count == 0) {
		entry->reason = REASON_PREEMPTION_NO_CANDIDATES;
		if (reserve_without_candidates(kueue, entry, nomination->pairs.items, nomination->pairs.count))
			kueue_charge_places(kueue->books, entry->slot, nomination);
	} else if (nomination->mode == MODE_PREEMPT && gated(kueue, entry->slot)) {
		entry->reason = REASON_PREEMPTION_GATED;
		entry->keeps_scan = false;
	} else if (nomination->mode == MODE_DEFERRED_FIT) {
		entry->reason = REASON_PENDING_PREEMPTION;
		entry->keeps_scan = false;
		charge_entry(kueue, entry);
	} else if (overlap || still_fits(kueue, entry) != ROOM) {
		entry->reason = REASON_FAILED_AFTER_NOMINATION;
	} else {
		for (uint32_t i = 0; i < nomination->targets.count; i++)
			*VEC_PUSH(&kueue->claimed) = nomination->targets.items[i].slot;
		charge_entry(kueue, entry);
		if (nomination->mode == MODE_FIT) {
			entry->reason = kueue_migrate_variant(kueue, entry, now_us, out);
			entry->admitted = entry->reason == REASON_NONE;
			entry->keeps_scan = entry->reason != REASON_PENDING_MIGRATION;
			return;
		}
		entry->reason = REASON_PENDING_PREEMPTION;
		entry->keeps_scan = false;
		issue_preemptions(kueue, entry, now_us, out);
	}
}

/* ---- afterwards ---- */

/* SC-14. */
static bool is_admitted(const struct kueue *kueue, const struct entry *entry)
{
	const struct workload_row *row = books_row(kueue->books, entry->slot);
	for (uint32_t p = 0; p < entry->nomination->n_pod_sets; p++)
		if ((entry->nomination->topology[p] & (TOPOLOGY_DELAYED | TOPOLOGY_ASSIGNED)) == TOPOLOGY_DELAYED)
			return false;
	return !row->checks_unready && books_open_checks(kueue->books, row, entry->cluster_queue, entry->nomination->flavors,
	                                                 entry->nomination->n_pod_sets * entry->nomination->n_resources) == 0;
}

/* SC-13 and EV-7. In a second pass the workload holds its quota, and gets its places. */
static void admit(struct kueue *kueue, const struct entry *entry, int64_t now_us, struct decision_list *out)
{
	struct books *books = kueue->books;
	struct workload_row *row = books_row(books, entry->slot);
	bool admitted = is_admitted(kueue, entry);
	row->evicted = row->eviction_sent = false;
	row->preempted_reason = REASON_NONE;
	row->assumed = true;
	if (!row->admitted || !admitted)
		row->admitted_us = admitted ? now_us : 0;
	row->admitted = admitted;
	row->reason = REASON_FIT;
	row->unhealthy_node = NO_NAME;
	row->second_pass_tries = 0;
	if (entry->key.quota_reserved) {
		books_recharge(books, entry->slot, nomination_admission(entry->nomination));
	} else {
		queues_drop(kueue->queues, entry->slot);
		books_reserve(books, entry->slot, entry->cluster_queue, nomination_admission(entry->nomination), now_us);
	}
	struct assignment assignment = admission_view(row->admission);
	struct decision *decision = decision_add(out, DECISION_RESERVE, REASON_FIT, books_handle(books, entry->slot));
	decision->cluster_queue = entry->cluster_queue;
	decision->admitted = row->admitted;
	decision->borrow_level = entry->nomination->borrow_level;
	decision->assignment = assignment_copy(out->arena, &assignment);
	if (entry->key.quota_reserved)
		return;
	usage_ledger_charge(kueue->ledger, entry->slot, now_us);
	kueue_holds(kueue, entry->slot, now_us);
}

/* Says why once, when the answer changes. */
static void explain(struct kueue *kueue, const struct entry *entry, struct decision_list *out)
{
	struct workload_row *row = books_row(kueue->books, entry->slot);
	struct reason_numbers numbers = entry->nominated ? entry->nomination->numbers : (struct reason_numbers){.fr = NONE};
	enum reason bound = entry->reason == REASON_NO_FIT ? entry->nomination->bound : REASON_NONE;
	if (row->reason == entry->reason && row->bound == bound)
		return;
	row->reason = entry->reason;
	row->bound = bound;
	row->numbers = numbers;
	struct decision *decision = decision_add(out, DECISION_PENDING, entry->reason, books_handle(kueue->books, entry->slot));
	decision->cluster_queue = entry->cluster_queue;
	decision->bound = bound;
	decision->lost_victims = entry->reason == REASON_FAILED_AFTER_NOMINATION && entry->nomination->mode == MODE_PREEMPT;
	decision->numbers = numbers;
}

/* SC-16: a second pass that failed is tried again later. */
static void try_later(struct kueue *kueue, const struct entry *entry, int64_t now_us, struct decision_list *out)
{
	struct workload_row *row = books_row(kueue->books, entry->slot);
	if (!kueue_needs_second_pass(kueue->books, entry->slot))
		return;
	row->second_pass_tries++;
	kueue_ask_second_pass(kueue, entry->slot, now_us);
	struct decision *decision =
	    decision_add(out, DECISION_PENDING, REASON_SECOND_PASS_FAILED, books_handle(kueue->books, entry->slot));
	decision->cluster_queue = entry->cluster_queue;
}

/* Back into its queue. */
static void put_back(struct kueue *kueue, const struct entry *entry, int64_t now_us, struct decision_list *out)
{
	if (!entry->keeps_scan)
		queues_save_scan(kueue->queues, entry->slot, NULL, 0, (struct scan_stamp){0});
	explain(kueue, entry, out);
	queues_requeue(kueue->queues, entry->slot, entry->reason, now_us);
	if (entry->saw_all && (entry->reason == REASON_NO_FIT || entry->reason == REASON_PREEMPTION_NO_CANDIDATES))
		kueue_found_hopeless(kueue, entry->slot, entry->reason);
}

/* Folds where an entry went, and how far its flavor search is, into the signature of the pass. */
static uint64_t sign(const struct kueue *kueue, const struct entry *entry, uint64_t signature)
{
	struct scan_stamp stamp;
	const int32_t *scan = queues_scan(kueue->queues, entry->slot, &stamp);
	uint32_t cells = scan && entry->nomination ? entry->nomination->n_pod_sets * entry->nomination->n_resources : 0;
	uint64_t place = (uint64_t)queues_place(kueue->queues, entry->slot);
	signature = digest_add(signature, (uint64_t)entry->slot << 32 | (uint64_t)entry->reason << 8 | place);
	for (uint32_t i = 0; i < cells; i++)
		signature = signature * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)(int64_t)scan[i] + 1;
	return signature;
}

void kueue_cycle(void *state, int64_t now_us, struct decision_list *out)
{
	struct kueue *kueue = state;
	kueue_carry_out_duties(kueue, now_us, out);
	if (queues_next_ready(kueue->queues, 0) == NONE && kueue->second_pass.count == 0)
		return;
	kueue->cycle++;
	nominate_heads(kueue);
	out->heads = kueue->entries.count + kueue->failing.count;
	if (!kueue->literal && !fair(kueue))
		leave_out_hopeless(kueue);
	begin_order(kueue);
	VEC_CLEAR(&kueue->claimed);
	uint32_t mark = undo_mark(&kueue->books->undo);
	for (struct entry *entry = next_entry(kueue); entry; entry = next_entry(kueue))
		process(kueue, entry, now_us, out);
	undo_rollback(&kueue->books->undo, mark);
	for (uint32_t i = 0; i < kueue->order.count; i++)
		if (kueue->entries.items[kueue->order.items[i]].admitted)
			admit(kueue, &kueue->entries.items[kueue->order.items[i]], now_us, out);
	bool effects = out->count > 0; /* so far: what follows only says why */
	for (uint32_t i = 0; i < kueue->entries.count; i++) {
		const struct entry *entry = &kueue->entries.items[i];
		if (entry->admitted || entry->is_foreseen)
			continue;
		if (entry->key.quota_reserved) {
			try_later(kueue, entry, now_us, out);
			continue;
		}
		put_back(kueue, entry, now_us, out);
		if (!effects)
			out->signature = sign(kueue, entry, out->signature);
	}
	for (uint32_t i = 0; i < kueue->failing.count; i++)
		queues_park_head(kueue->queues, kueue->failing.items[i]);
	if (kueue->failing.count > 0) /* classes were parked: like no pass before, as long as nobody brings them back */
		out->signature = digest_add(out->signature, kueue->cycle);
}
