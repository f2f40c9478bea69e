/* kueue.c - the policy "Kueue": life of its state, and its row in the policy table. */
#include <stdlib.h>

#include "kueue.h"

static void allocate_for_config(struct kueue *kueue)
{
	const struct quota_tree *tree = kueue->books->quota.tree;
	kueue->n_memos = tree->n_cluster_queues;
	kueue->memos = xcalloc(kueue->n_memos, sizeof *kueue->memos);
	kueue->hopeless = hopeless_create(kueue->books->config);
	kueue->fair_order = fair_order_create(kueue->books->config, tree);
	preemption_heed_usage(kueue->scratch, usage_ledger_usage(kueue->ledger));
	kueue->requeue_due_us = xcalloc(tree->n_nodes, sizeof *kueue->requeue_due_us);
	for (uint32_t node = 0; node < tree->n_nodes; node++)
		kueue->requeue_due_us[node] = NEVER_US;
}

static void free_for_config(struct kueue *kueue)
{
	for (uint32_t i = 0; i < kueue->n_memos; i++)
		nomination_free(&kueue->memos[i].nomination);
	free(kueue->memos);
	hopeless_destroy(kueue->hopeless);
	fair_order_destroy(kueue->fair_order);
	free(kueue->requeue_due_us);
}

static void *create(struct books *books, const struct planner_options *options)
{
	struct kueue *kueue = xcalloc(1, sizeof *kueue);
	kueue->books = books;
	kueue->literal = options->literal;
	kueue->queues = queues_create(books);
	kueue->ledger = usage_ledger_create(books, kueue->queues);
	kueue->scratch = preemption_scratch_create();
	allocate_for_config(kueue);
	return kueue;
}

static void destroy(void *state)
{
	struct kueue *kueue = state;
	free_for_config(kueue);
	usage_ledger_destroy(kueue->ledger);
	queues_destroy(kueue->queues);
	preemption_scratch_destroy(kueue->scratch);
	nomination_free(&kueue->trial);
	VEC_FREE(&kueue->attempts);
	VEC_FREE(&kueue->entries);
	VEC_FREE(&kueue->failing);
	VEC_FREE(&kueue->order);
	VEC_FREE(&kueue->sorting);
	VEC_FREE(&kueue->claimed);
	VEC_FREE(&kueue->due);
	VEC_FREE(&kueue->second_pass);
	for (uint32_t i = 0; i < kueue->second_nominations.count; i++)
		nomination_free(&kueue->second_nominations.items[i]);
	VEC_FREE(&kueue->second_nominations);
	free(kueue);
}

/* Memos are not copied: the fork evaluates anew and comes to the same verdicts. */
static void *fork_state(const void *state, struct books *books_of_fork)
{
	const struct kueue *kueue = state;
	struct kueue *copy = xcalloc(1, sizeof *copy);
	copy->books = books_of_fork;
	copy->literal = kueue->literal;
	copy->cycle = kueue->cycle;
	copy->queues = queues_fork(kueue->queues, books_of_fork);
	copy->ledger = usage_ledger_fork(kueue->ledger, books_of_fork, copy->queues);
	copy->scratch = preemption_scratch_create();
	allocate_for_config(copy);
	for (uint32_t node = 0; node < books_of_fork->quota.tree->n_nodes; node++)
		copy->requeue_due_us[node] = kueue->requeue_due_us[node];
	for (uint32_t i = 0; i < kueue->due.count; i++)
		*VEC_PUSH(&copy->due) = kueue->due.items[i];
	for (uint32_t i = 0; i < kueue->second_pass.count; i++)
		*VEC_PUSH(&copy->second_pass) = kueue->second_pass.items[i];
	return copy;
}

static void pending(void *state, uint32_t slot, int64_t now_us)
{
	struct kueue *kueue = state;
	struct workload_row *row = books_row(kueue->books, slot);
	if (row->requeued_false && row->requeue_at_us >= 0 && row->active) {
		row->wake_stamp = ++kueue->books->next_stamp;
		books_ask_wake(kueue->books, (struct wake){MAX(now_us, row->requeue_at_us), WAKE_BACKOFF, NONE,
		                                           books_handle(kueue->books, slot), row->wake_stamp});
	}
	if (!row->evicted) /* the write of its reservation was refused, if it had one */
		usage_ledger_forget(kueue->ledger, slot);
	queues_push(kueue->queues, slot, now_us);
	books_note_barrier(kueue->books, slot);
}

/* Workloads come back when their LocalQueue does; a new configuration may also set up barriers. */
static void look_at_barriers(struct kueue *kueue, int64_t now_us)
{
	for (uint32_t slot = 0; slot < kueue->books->workloads.count; slot++) {
		const struct workload_row *row = books_row(kueue->books, slot);
		bool returns = row->phase == PHASE_PENDING && row->reason == REASON_LOCAL_QUEUE_STOPPED &&
		               books_barrier(kueue->books, slot) != REASON_LOCAL_QUEUE_STOPPED;
		books_note_barrier(kueue->books, slot);
		if (returns)
			queues_push(kueue->queues, slot, now_us);
	}
}

static void gone(void *state, uint32_t slot)
{
	struct kueue *kueue = state;
	queues_drop(kueue->queues, slot);
	usage_ledger_forget(kueue->ledger, slot);
}

static void written(void *state, uint32_t slot, int64_t now_us)
{
	usage_ledger_settle(((struct kueue *)state)->ledger, slot, now_us);
}

static void configured(void *state, uint32_t n_old_nodes, int64_t now_us)
{
	struct kueue *kueue = state;
	(void)n_old_nodes;
	const struct quota_tree *tree = kueue->books->quota.tree;
	free_for_config(kueue);
	queues_rebuild(kueue->queues, now_us);
	usage_ledger_configured(kueue->ledger, now_us);
	allocate_for_config(kueue);
	kueue_stop_policies(kueue, now_us);
	look_at_barriers(kueue, now_us);
	for (uint32_t queue = 0; queue < tree->n_cluster_queues; queue++)
		kueue_released(kueue, queue, now_us);
}

static bool wants_cycle(const void *state)
{
	const struct kueue *kueue = state;
	return kueue->due.count > 0 || kueue->second_pass.count > 0 || queues_next_ready(kueue->queues, 0) != NONE;
}

static void place(const void *state, uint32_t slot, bool *ret_queued, bool *ret_parked)
{
	enum queue_place where = queues_place(((const struct kueue *)state)->queues, slot);
	*ret_queued = where != QUEUE_NOWHERE;
	*ret_parked = where == QUEUE_PARKED;
}

static uint64_t digest(const void *state, uint64_t sum)
{
	const struct kueue *kueue = state;
	return usage_ledger_digest(kueue->ledger, queues_digest(kueue->queues, sum));
}

static const struct policy kueue_policy = {
    .name = "Kueue",
    .create = create,
    .destroy = destroy,
    .fork = fork_state,
    .pending = pending,
    .gone = gone,
    .holds = kueue_holds,
    .released = kueue_released,
    .readiness = kueue_readiness,
    .checked = kueue_checked,
    .written = written,
    .wake = kueue_wake,
    .configured = configured,
    .cycle = kueue_cycle,
    .wants_cycle = wants_cycle,
    .solo = kueue_solo,
    .place = place,
    .digest = digest,
};

const struct policy *planner_policy_kueue(void)
{
	return &kueue_policy;
}

struct queues *planner_queues(struct planner *planner)
{
	return planner->policy == &kueue_policy ? ((struct kueue *)planner->state)->queues : NULL;
}

struct usage_ledger *planner_usage_ledger(struct planner *planner)
{
	return planner->policy == &kueue_policy ? ((struct kueue *)planner->state)->ledger : NULL;
}
