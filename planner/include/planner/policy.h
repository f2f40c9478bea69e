/* policy.h - the seam: what a set of decision rules has to provide over the shared books.
 *
 * planner.c does to the books what every input means for any policy (rows, quota held, conditions) and then tells the policy
 * with one of the calls below; decisions come out of `cycle` in one vocabulary. A policy keeps its hidden state (queues,
 * reservations) in its own tables, indexed by slot and node, so that a fork can copy it. */
#ifndef BERTH_PLANNER_POLICY_H
#define BERTH_PLANNER_POLICY_H

#include "planner/books.h"
#include "planner/planner.h"

struct policy {
	const char *name;
	void *(*create)(struct books *books, const struct planner_options *options);
	void (*destroy)(void *state);
	void *(*fork)(const void *state, struct books *books_of_fork);

	/* A workload wants quota: new, released after an eviction, undone admission, reactivated, spec changed. */
	void (*pending)(void *state, uint32_t slot, int64_t now_us);
	/* It no longer does: deleted, finished, deactivated. */
	void (*gone)(void *state, uint32_t slot);
	/* A workload was found holding quota (INPUT_OBSERVED). */
	void (*holds)(void *state, uint32_t slot, int64_t now_us);
	/* A status write of a workload that holds quota came back: all see it admitted, or evicted. NULL: of no concern. */
	void (*written)(void *state, uint32_t slot, int64_t now_us);
	/* Quota of this cluster queue was given back (finish, release, undo, shrink), or a priority changed in it. */
	void (*released)(void *state, uint32_t cluster_queue, int64_t now_us);
	/* Its pods have become ready, or have stopped being so. */
	void (*readiness)(void *state, uint32_t slot, int64_t now_us);
	/* The state of an admission check was set; the row knows it already. NULL: the policy has no checks. */
	void (*checked)(void *state, uint32_t slot, const struct planner_input *input);
	void (*wake)(void *state, const struct wake *wake, int64_t now_us);
	/* Books have switched to a new configuration (indexes may have moved); the old tree had n_old_nodes nodes. */
	void (*configured)(void *state, uint32_t n_old_nodes, int64_t now_us);

	/* One pass. Appends decisions; sets out->heads and out->signature. */
	void (*cycle)(void *state, int64_t now_us, struct decision_list *out);
	/* A head is waiting that a cycle would look at. */
	bool (*wants_cycle)(const void *state);
	/* See planner_solo(). */
	bool (*solo)(void *state, uint32_t slot, int64_t now_us, struct arena *arena, struct solo_verdict *ret_verdict,
	             struct error *error);
	/* Is a pending workload queued at all, and is it parked (waiting for an event) rather than waiting for its turn? */
	void (*place)(const void *state, uint32_t slot, bool *ret_queued, bool *ret_parked);
	/* Folds the hidden state that decides into a digest, for comparing forks. */
	uint64_t (*digest)(const void *state, uint64_t digest);
};

struct planner {
	const struct policy *policy;
	struct books *books;
	void *state;
	bool literal, check;
	bool dirty; /* something was applied, or decided, since the last cycle that changed nothing */
	struct {
		VEC_FIELDS(uint64_t);
	} quiet; /* signatures of passes since the last effect or input */
	uint64_t digest;
};

/* Appending to a decision list. The assignment is copied into the list's arena. */
struct decision *decision_add(struct decision_list *list, enum decision_kind kind, enum reason reason, workload_id workload);
struct assignment assignment_copy(struct arena *arena, const struct assignment *assignment);

#endif
