/* planner.c - the two calls. See planner/planner.h; what each input does to the books is in inputs.c. */
#include <stdlib.h>

#include "base/digest.h"
#include "inputs.h"
#include "planner/policy.h"

const struct policy *planner_policy(enum policy_kind kind)
{
	switch (kind) {
	case POLICY_KUEUE:
		return planner_policy_kueue();
	case POLICY_EASY:
		return planner_policy_easy();
	}
	return NULL;
}

struct planner *planner_create(const struct planner_options *options)
{
	struct planner *planner = xcalloc(1, sizeof *planner);
	planner->policy = options->policy;
	planner->books = books_create(options->config);
	planner->literal = options->literal;
	planner->check = options->check;
	planner->state = planner->policy->create(planner->books, options);
	return planner;
}

void planner_destroy(struct planner *planner)
{
	if (!planner)
		return;
	planner->policy->destroy(planner->state);
	books_destroy(planner->books);
	VEC_FREE(&planner->quiet);
	free(planner);
}

struct planner *planner_fork(const struct planner *planner)
{
	struct planner *copy = xcalloc(1, sizeof *copy);
	*copy = *planner;
	copy->books = books_fork(planner->books);
	copy->state = planner->policy->fork(planner->state, copy->books);
	copy->quiet.items = NULL;
	copy->quiet.count = copy->quiet.capacity = 0;
	for (uint32_t i = 0; i < planner->quiet.count; i++)
		*VEC_PUSH(&copy->quiet) = planner->quiet.items[i];
	return copy;
}

bool planner_apply(struct planner *planner, const struct planner_input *input, struct error *error)
{
	if (!inputs_apply(planner, input, error))
		return false;
	planner->dirty = true;
	VEC_CLEAR(&planner->quiet);
	planner->digest = digest_add(digest_add(planner->digest, (uint64_t)input->kind), (uint64_t)input->now_us);
	return !planner->check || books_check(planner->books, error);
}

/* ---- a cycle ---- */

static uint64_t digest_decision(uint64_t digest, const struct decision *decision)
{
	digest = digest_add(digest, (uint64_t)decision->kind << 32 | (uint64_t)decision->reason);
	digest = digest_add(digest, (uint64_t)decision->workload.slot << 32 | decision->workload.generation);
	digest = digest_add(digest, (uint64_t)decision->preemptor.slot << 32 | decision->preemptor.generation);
	digest = digest_add(digest, (uint64_t)decision->cluster_queue << 32 | decision->borrow_level);
	const struct assignment *assignment = &decision->assignment;
	for (uint32_t i = 0; i < assignment->n_pod_sets; i++) {
		digest = digest_add(digest, (uint64_t)(uint32_t)assignment->counts[i]);
		for (uint32_t j = 0; j < assignment->n_resources; j++)
			digest = digest_add(digest, assignment->flavors[i * assignment->n_resources + j]);
	}
	for (uint32_t i = 0; assignment->shares && i < assignment->share_start[assignment->n_pod_sets]; i++)
		digest = digest_add(digest, (uint64_t)assignment->shares[i].place << 32 | (uint32_t)assignment->shares[i].count);
	return digest;
}

/* True when this pass moved something on that no pass since the last effect or input has. */
static bool is_new(struct planner *planner, uint64_t signature)
{
	for (uint32_t i = 0; i < planner->quiet.count; i++)
		if (planner->quiet.items[i] == signature)
			return false;
	*VEC_PUSH(&planner->quiet) = signature;
	return true;
}

bool planner_cycle(struct planner *planner, int64_t now_us, struct decision_list *out, struct error *error)
{
	arena_reset(out->arena);
	*out = (struct decision_list){.items = out->items, .capacity = out->capacity, .arena = out->arena};
	planner->policy->cycle(planner->state, now_us, out);
	for (uint32_t i = 0; i < out->count; i++) {
		if (out->items[i].kind == DECISION_PENDING)
			continue;
		out->effects++;
		planner->digest = digest_decision(planner->digest, &out->items[i]);
	}
	if (out->effects > 0)
		VEC_CLEAR(&planner->quiet);
	out->changed = out->effects > 0 || (out->heads > 0 && is_new(planner, out->signature));
	planner->dirty = out->changed;
	return !planner->check || books_check(planner->books, error);
}

bool planner_wants_cycle(const struct planner *planner)
{
	return planner->dirty && planner->policy->wants_cycle(planner->state);
}

bool planner_take_wake(struct planner *planner, struct wake *ret_wake)
{
	struct books *books = planner->books;
	if (books->wakes_taken == books->wakes.count) {
		books->wakes_taken = 0;
		VEC_CLEAR(&books->wakes);
		return false;
	}
	*ret_wake = books->wakes.items[books->wakes_taken++];
	return true;
}

uint64_t planner_digest(const struct planner *planner)
{
	return planner->digest;
}

/* ---- decision lists ---- */

struct decision_list *decision_list_create(void)
{
	struct decision_list *list = xcalloc(1, sizeof *list);
	list->arena = arena_create(0);
	return list;
}

void decision_list_destroy(struct decision_list *list)
{
	if (!list)
		return;
	VEC_FREE(list);
	arena_destroy(list->arena);
	free(list);
}

struct decision *decision_add(struct decision_list *list, enum decision_kind kind, enum reason reason, workload_id workload)
{
	struct decision *decision = VEC_PUSH(list);
	decision->kind = kind;
	decision->reason = reason;
	decision->workload = workload;
	decision->preemptor = NO_WORKLOAD;
	decision->cluster_queue = NONE;
	decision->numbers.fr = NONE;
	return decision;
}

struct assignment assignment_copy(struct arena *arena, const struct assignment *from)
{
	size_t cells = (size_t)from->n_pod_sets * from->n_resources;
	return (struct assignment){
	    .n_pod_sets = from->n_pod_sets,
	    .n_resources = from->n_resources,
	    .counts = arena_copy(arena, from->counts, from->n_pod_sets * sizeof *from->counts),
	    .flavors = arena_copy(arena, from->flavors, cells * sizeof *from->flavors),
	    .shares = from->shares ? arena_copy(arena, from->shares, from->share_start[from->n_pod_sets] * sizeof *from->shares)
	                           : NULL,
	    .share_start = from->share_start
	                       ? arena_copy(arena, from->share_start, (from->n_pod_sets + 1) * sizeof *from->share_start)
	                       : NULL,
	    .topology = from->topology ? arena_copy(arena, from->topology, from->n_pod_sets) : NULL,
	    .usage = from->usage ? arena_copy(arena, from->usage, cells * sizeof *from->usage) : NULL,
	};
}

/* ---- looking ---- */

bool planner_view(const struct planner *planner, workload_id workload, struct workload_view *ret_view)
{
	const struct workload_row *row = books_find(planner->books, workload);
	if (!row)
		return false;
	*ret_view = (struct workload_view){
	    .name = row->name,
	    .phase = row->phase,
	    .admitted = row->admitted,
	    .pods_ready = row->pods_ready,
	    .active = row->active,
	    .cluster_queue = row->admission ? row->admitted_queue : row->cluster_queue,
	    .priority = row->priority,
	    .created_us = row->created_us,
	    .reserved_us = row->reserved_us,
	    .reason = row->phase == PHASE_EVICTED ? row->evicted_reason : row->reason,
	    .bound = row->phase == PHASE_PENDING && row->reason == REASON_NO_FIT ? row->bound : REASON_NONE,
	    .preempted_reason = row->preempted_reason,
	    .numbers = row->numbers,
	    .requeue_count = row->requeue_count,
	};
	if (row->numbers.fr != NONE && row->cluster_queue != NONE)
		ret_view->numbers.available = quota_available(&planner->books->quota, row->cluster_queue, row->numbers.fr);
	planner->policy->place(planner->state, workload.slot, &ret_view->queued, &ret_view->parked);
	if (row->admission)
		ret_view->admission = admission_view(row->admission);
	return true;
}

uint32_t planner_open_checks(const struct planner *planner, workload_id workload, uint32_t *ret_checks)
{
	const struct workload_row *row = books_find(planner->books, workload);
	uint32_t count = 0;
	if (!row || row->cluster_queue == NONE)
		return 0;
	const struct admission *admission = row->admission;
	uint64_t open = books_open_checks(planner->books, row, admission ? row->admitted_queue : row->cluster_queue,
	                                  admission ? admission->flavors : NULL,
	                                  admission ? admission->n_pod_sets * admission->n_resources : 0);
	for (uint32_t i = 0; i < MOST_QUEUE_CHECKS; i++)
		if (open >> i & 1)
			ret_checks[count++] = i;
	return count;
}

const struct kueue_config *planner_config(const struct planner *planner)
{
	return planner->books->config;
}

const name_id *planner_place(const struct planner *planner, uint32_t place, uint32_t *ret_n_values)
{
	struct topology_place found = topologies_place_at(planner->books->topologies, place);
	*ret_n_values = found.n_values;
	return found.values;
}

struct books *planner_books(struct planner *planner)
{
	return planner->books;
}

struct quota_view planner_quota(const struct planner *planner, uint32_t node, uint32_t fr)
{
	const struct quota_state *quota = &planner->books->quota;
	size_t at = quota_index(quota->tree, node, fr);
	struct dominant_share share = quota_dominant_share(quota, planner->books->config, node);
	return (struct quota_view){quota->tree->nominal[at],         quota->usage[at],
	                           quota_available(quota, node, fr), quota->tree->potential[at],
	                           dominant_share_value(&share),     share.borrowing};
}

bool planner_solo(struct planner *planner, workload_id workload, int64_t now_us, struct arena *arena,
                  struct solo_verdict *ret_verdict, struct error *error)
{
	const struct workload_row *row = books_find(planner->books, workload);
	if (!row || row->phase != PHASE_PENDING)
		return error_set(error, ERROR_BAD_INPUT, "solo: no such pending workload");
	return planner->policy->solo(planner->state, workload.slot, now_us, arena, ret_verdict, error);
}
