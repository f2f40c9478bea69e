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
	/* It no longer does: deleted, finished, deactivated, or its reservation was observed. */
	void (*gone)(void *state, uint32_t slot);
	/* Quota of this cluster queue was given back (finish, release, undo, shrink). */
	void (*released)(void *state, uint32_t cluster_queue, int64_t now_us);
	/* A wake-up of the policy's own kinds (MASS_REQUEUE, LOOK). */
	void (*wake)(void *state, const struct wake *wake, int64_t now_us);
	/* Books have switched to a new configuration (indexes may have moved). */
	void (*configured)(void *state, int64_t now_us);
	/* A belief about an end changed (EXPECTED_END). */
	void (*believed)(void *state, uint32_t slot);

	/* One pass. Appends decisions through decisions.h; sets out->changed and out->heads. */
	void (*cycle)(void *state, int64_t now_us, struct decision_list *out);
	/* A head is waiting that a cycle would look at. */
	bool (*wants_cycle)(const void *state);
	/* See planner_solo(). */
	bool (*solo)(void *state, uint32_t slot, int64_t now_us, struct arena *arena, struct solo_verdict *ret_verdict,
	             struct error *error);
	/* Is a pending workload parked (waiting for an event) rather than waiting for its turn? */
	bool (*parked)(const void *state, uint32_t slot);
	/* Folds the hidden state that decides into a digest. */
	uint64_t (*digest)(const void *state, uint64_t digest);
};

struct planner {
	const struct policy *policy;
	struct books *books;
	void *state;
	bool literal, check;
	bool dirty; /* something was applied since the last cycle that changed nothing */
};

/* Appending to a decision list. The assignment is copied into the list's arena. */
struct decision *decision_add(struct decision_list *list, enum decision_kind kind, enum reason reason, workload_id workload);
struct assignment assignment_copy(struct arena *arena, const struct assignment *assignment);

#endif
