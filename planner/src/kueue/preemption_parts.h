/* preemption_parts.h - what the classical search (preemption.c) and that of fair sharing (fair_preemption.c) have in common.
 * Internal. */
#ifndef BERTH_PLANNER_KUEUE_PREEMPTION_PARTS_H
#define BERTH_PLANNER_KUEUE_PREEMPTION_PARTS_H

#include "../pairing.h"
#include "planner/kueue/preemption.h"

/* Where a candidate was found (PR-8, PR-9), in the order of the sequence (PR-11). */
enum origin { ORIGIN_HIERARCHY, ORIGIN_PRIORITY, ORIGIN_SAME_QUEUE, ORIGIN_COUNT };

struct candidate {
	uint32_t slot;
	enum origin origin;
	uint32_t lca; /* cohort under which it was found; NONE in the same queue */
	bool usable_when_borrowing;
	enum reason reason;
};

/* The candidates of one queue, in the order of the sequence: its holders from `next` on, as far as they pass. */
struct stream {
	const struct reserved_set *holders; /* in order, see in_order() */
	uint32_t next, second;              /* `second`: `next` when the stream was found */
	enum preemption_policy policy;
	bool by_priority;       /* the holders that are not evicted come by ascending priority */
	struct candidate first; /* not yet drawn; the others are of the same origin */
};

/* Fair sharing: the candidates of stream i. */
struct fair_queue {
	uint32_t cluster_queue;
	uint32_t next;    /* its first candidate, NONE */
	uint32_t refused; /* the first that the first strategy did not allow, NONE */
};

/* Fair sharing: a node in the walk of one search. */
struct fair_node {
	uint32_t search; /* of which all below is; in another it is as if new */
	uint32_t stream; /* of a cluster queue; NONE */
	uint32_t heap;   /* of a cohort: its children that are not pruned */
	struct heap_links links;
	bool in_heap, dropped, above_preemptor, share_known;
	struct dominant_share share;
};

/* Most searches end after a few candidates, so they are drawn one by one from a heap of streams by their first. */
struct preemption_scratch {
	struct {
		VEC_FIELDS(struct stream);
	} streams;
	struct {
		VEC_FIELDS(uint32_t);
	} heap, sorting;
	bool found_in[ORIGIN_COUNT];
	struct {
		VEC_FIELDS(struct target);
	} victims;
	struct {
		VEC_FIELDS(int64_t);
	} remainder;
	struct {
		VEC_FIELDS(uint32_t);
	} contested;
	struct {
		VEC_FIELDS(struct charge_pair);
	} needed;
	struct {
		VEC_FIELDS(struct fair_queue);
	} fair_queues;
	struct {
		VEC_FIELDS(struct fair_node);
	} fair_nodes;         /* per node */
	uint32_t fair_search; /* counts walks */
	const double *local_queue_usage;
	struct nomination probe;
};

/* QA-9: the node does not exceed its own quota on any contested pair. */
bool preemption_within_nominal(const struct preemption_problem *problem, uint32_t node);
/* PR-5. */
bool preemption_fits(const struct preemption_problem *problem, bool allow_borrowing);

/* Nobody who holds quota below the node is of a priority that the policy takes. */
bool preemption_nobody_low_enough(const struct preemption_problem *problem, uint32_t node, enum preemption_policy policy);
/* Appends a stream of the queue's candidates, unless there are none. */
void preemption_collect_from_queue(const struct preemption_problem *problem, struct preemption_scratch *scratch,
                                   uint32_t node, enum preemption_policy policy, enum origin origin, uint32_t lca);
/* Moves on to the stream's next candidate; false at its end. */
bool preemption_advance(const struct preemption_problem *problem, struct stream *stream);
/* PR-7, on scratch->victims, which are all taken out. */
void preemption_fill_back(const struct preemption_problem *problem, struct preemption_scratch *scratch,
                          bool allow_borrowing);

/* fair_preemption.c: PR-14 to PR-18. On success leaves the victims in scratch->victims. */
NODISCARD bool fair_preemption_search(const struct preemption_problem *problem, struct preemption_scratch *scratch);

#endif
