/* evaluate.c - one workload against the books: flavors, victims, partial admission (kueue-semantics SC-5). */
#include <string.h>

#include "kueue.h"
#include "topology_wishes.h"

struct probe_context {
	struct kueue *kueue;
	uint32_t slot;
};

static struct flavor_verdict probe(void *context, uint32_t fr, int64_t amount)
{
	struct probe_context *probe = context;
	struct books *books = probe->kueue->books;
	return preemption_probe(books, books_row(books, probe->slot)->cluster_queue, probe->slot, probe->kueue->scratch, fr,
	                        amount);
}

void assign_flavors_and_places(struct books *books, uint32_t slot, const struct flavor_problem *problem,
                               struct nomination *nomination)
{
	assign_flavors(problem, nomination);
	kueue_place(books, slot, nomination, problem->attempts);
}

struct reduction {
	struct kueue *kueue;
	uint32_t slot;
	struct flavor_problem problem;
	struct nomination *nomination;
};

/* FA-14: a size is good if it fits, or if victims are found for it. */
static bool good_size(void *context, const int32_t *counts)
{
	struct reduction *reduction = context;
	reduction->problem.counts = counts;
	assign_flavors_and_places(reduction->kueue->books, reduction->slot, &reduction->problem, reduction->nomination);
	if (reduction->nomination->mode == MODE_FIT)
		return true;
	return reduction->nomination->mode == MODE_PREEMPT &&
	       preemption_targets(reduction->kueue->books, reduction->slot, reduction->kueue->scratch, reduction->nomination);
}

static bool try_smaller(struct kueue *kueue, uint32_t slot, const struct flavor_problem *problem,
                        struct nomination *nomination)
{
	enum { MOST_POD_SETS = 64 };
	const struct shape *shape = problem->shape;
	int32_t counts[MOST_POD_SETS], minimums[MOST_POD_SETS], found[MOST_POD_SETS];
	if (!gate_on(kueue->books->config->gates, GATE_PartialAdmission) || !shape->can_reduce ||
	    shape->n_pod_sets > MOST_POD_SETS)
		return false;
	for (uint32_t i = 0; i < shape->n_pod_sets; i++) {
		counts[i] = shape->pod_sets[i].spec.count;
		minimums[i] = shape->pod_sets[i].spec.min_count;
	}
	struct reduction reduction = {kueue, slot, *problem, &kueue->trial};
	reduction.problem.attempts = NULL; /* why the full size failed is what counts */
	if (!reduce_pod_sets(counts, minimums, shape->n_pod_sets, good_size, &reduction, found))
		return false;
	reduction.nomination = nomination;
	return good_size(&reduction, found);
}

static void find_way(struct kueue *kueue, uint32_t slot, struct flavor_problem *problem, struct nomination *ret_nomination)
{
	VEC_CLEAR(&kueue->attempts);
	assign_flavors_and_places(kueue->books, slot, problem, ret_nomination);
	if (ret_nomination->mode == MODE_FIT)
		return;
	if (ret_nomination->mode == MODE_PREEMPT && preemption_targets(kueue->books, slot, kueue->scratch, ret_nomination))
		return;
	if (try_smaller(kueue, slot, problem, ret_nomination))
		return;
	if (problem->shape->can_reduce) { /* the trial of smaller sizes may have written over it */
		problem->counts = NULL;
		VEC_CLEAR(&kueue->attempts);
		assign_flavors_and_places(kueue->books, slot, problem, ret_nomination);
	}
}

void kueue_evaluate(struct kueue *kueue, uint32_t slot, const int32_t *scan, const uint32_t *restrict_to,
                    struct nomination *ret_nomination)
{
	struct books *books = kueue->books;
	const struct workload_row *row = books_row(books, slot);
	struct probe_context context = {kueue, slot};
	struct flavor_problem problem = {
	    .books = books,
	    .cluster_queue = row->cluster_queue,
	    .shape = books_shape_at(books, row->shape),
	    .scan = scan,
	    .restrict_to = restrict_to,
	    .oracle = {probe, &context},
	    .attempts = &kueue->attempts,
	};
	find_way(kueue, slot, &problem, ret_nomination);
	kueue_place_after_targets(books, slot, ret_nomination);
}

void kueue_evaluate_again(struct kueue *kueue, uint32_t slot, struct nomination *ret_nomination)
{
	kueue_nominate_again(kueue->books, slot, ret_nomination);
	if (ret_nomination->mode == MODE_PREEMPT && books_row(kueue->books, slot)->unhealthy_node == NO_NAME)
		(void)!preemption_targets(kueue->books, slot, kueue->scratch, ret_nomination);
	kueue_place_after_targets(kueue->books, slot, ret_nomination);
}

const int32_t *kueue_valid_scan(struct kueue *kueue, uint32_t slot, uint64_t class_hash)
{
	const struct workload_row *row = books_row(kueue->books, slot);
	struct scan_stamp saved;
	const int32_t *scan = queues_scan(kueue->queues, slot, &saved);
	if (!scan)
		return NULL;
	struct scan_stamp current = {class_hash, kueue->cycle, kueue->books->queue_generation[row->cluster_queue]};
	return scan_outdated(kueue->books->config->gates, saved, current) ? NULL : scan;
}

/* ---- planner_solo() ---- */

static void copy_verdict(struct arena *arena, const struct nomination *nomination, const struct books *books,
                         struct solo_verdict *ret_verdict)
{
	size_t cells = (size_t)nomination->n_pod_sets * nomination->n_resources;
	struct assignment assignment = nomination_assignment(nomination);
	struct solo_target *targets = ARENA_ARRAY(arena, struct solo_target, nomination->targets.count);
	for (uint32_t i = 0; i < nomination->targets.count; i++)
		targets[i] = (struct solo_target){books_handle(books, nomination->targets.items[i].slot),
		                                  nomination->targets.items[i].reason};
	*ret_verdict = (struct solo_verdict){
	    .mode = nomination->mode,
	    .borrow_level = nomination->borrow_level,
	    .assignment = assignment_copy(arena, &assignment),
	    .modes = arena_copy(arena, nomination->modes, cells * sizeof *nomination->modes),
	    .scan = arena_copy(arena, nomination->scan, cells * sizeof *nomination->scan),
	    .n_targets = nomination->targets.count,
	    .targets = targets,
	};
}

bool kueue_solo(void *state, uint32_t slot, int64_t now_us, struct arena *arena, struct solo_verdict *ret_verdict,
                struct error *error)
{
	struct kueue *kueue = state;
	(void)now_us;
	if (books_row(kueue->books, slot)->cluster_queue == NONE)
		return error_set(error, ERROR_BAD_INPUT, "the workload's queue does not exist");
	struct nomination nomination = {0};
	uint32_t mark = undo_mark(&kueue->books->undo);
	kueue_evaluate(kueue, slot, kueue_valid_scan(kueue, slot, queue_class_hash(books_row(kueue->books, slot))), NULL,
	               &nomination);
	undo_rollback(&kueue->books->undo, mark);
	copy_verdict(arena, &nomination, kueue->books, ret_verdict);
	nomination_free(&nomination);
	return true;
}
