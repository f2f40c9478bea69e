/* cycle.h - the rules of one scheduling cycle as functions of their arguments (kueue-semantics 3.2). The cycle itself is
 * planner_cycle() under the policy "Kueue"; planner/README.md tells it in order. */
#ifndef BERTH_PLANNER_KUEUE_CYCLE_H
#define BERTH_PLANNER_KUEUE_CYCLE_H

#include "planner/books.h"
#include "planner/kueue/flavors.h"
#include "planner/kueue/queues.h"

/* SC-6: what the order of entries looks at. */
struct entry_key {
	bool quota_reserved; /* of a second pass (SC-16): it holds quota, and only needs places */
	bool is_preemptor;
	uint32_t borrow_level;
	int64_t priority;
	int64_t queue_ts_us;
	uint32_t cluster_queue; /* N2: ties by queue name, then UID */
	struct uid uid;
};
bool entry_before(gate_set gates, const struct entry_key *a, const struct entry_key *b);

/* SC-7: what is compared of two children of a cohort, each with the usage of the entry that it puts forward added. */
struct fair_key {
	bool is_preemptor;
	bool borrows_requested; /* exceeds its own quota in something that the entry asks for */
	struct dominant_share share;
	int64_t priority;
	int64_t queue_ts_us;
};
/* Negative: a comes first. 0 where Kueue takes whichever it sees first. */
int fair_key_compare(gate_set gates, const struct fair_key *a, const struct fair_key *b);

/* SC-11 for one flavor-resource: how much an entry without candidates keeps reserved for the rest of the cycle. May be
 * negative (kueue-semantics 11-42). */
int64_t reserved_without_candidates(bool borrows, int64_t usage, int64_t nominal, int64_t borrowing_limit, int64_t used);

struct planner;
/* The queues behind a planner that runs the policy "Kueue". */
struct queues *planner_queues(struct planner *planner);

/* SC-16. */
struct second_pass_facts {
	bool holds_quota, evicted, admitted;
	bool checks_ready; /* lists admission checks, all of them ready */
	bool delayed;      /* some pod set still waits for its place */
	bool on_lost_node; /* some pods are on a node known to have failed */
};
bool second_pass_needed(struct second_pass_facts facts);

#endif
