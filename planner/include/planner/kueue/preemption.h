/* preemption.h - whom to evict so that a workload fits (kueue-semantics 5.1 to 5.3: classical, or by fair shares).
 *
 * The search changes usage for real and rolls back; nothing remains. */
#ifndef BERTH_PLANNER_KUEUE_PREEMPTION_H
#define BERTH_PLANNER_KUEUE_PREEMPTION_H

#include "planner/books.h"
#include "planner/kueue/flavors.h"

/* The preemptor and what it needs. */
struct preemption_problem {
	struct books *books;
	uint32_t cluster_queue;
	int64_t priority;
	int64_t queue_ts_us;       /* Q-1, of the preemptor */
	const uint32_t *contested; /* frs of PR-1: those whose mode is Preempt */
	uint32_t n_contested;
	const struct charge_pair *needed; /* req of PR-1: full request at the assigned flavors, zero amounts left out */
	uint32_t n_needed;
	uint32_t slot;                    /* with `placing` */
	const struct nomination *placing; /* whose pods must find places in the topology too; NULL: nobody asks */
};

/* Buffers that searches use again and again. */
struct preemption_scratch;
NODISCARD struct preemption_scratch *preemption_scratch_create(void);
void preemption_scratch_destroy(struct preemption_scratch *scratch);
/* AFS-6: the usage of every LocalQueue, NAN where its ClusterQueue does not go by it; NULL: none does. Borrowed. */
void preemption_heed_usage(struct preemption_scratch *scratch, const double *local_queue_usage);

/* PR-7 to PR-13, with fair sharing PR-14 to PR-18: appends the victims in the search's own order; false (nothing appended)
 * when there are none. */
NODISCARD bool preemption_search(const struct preemption_problem *problem, struct preemption_scratch *scratch,
                                 struct nomination *ret_into);

/* Builds contested and needed from an assignment (PR-1) and searches. */
NODISCARD bool preemption_targets(struct books *books, uint32_t slot, struct preemption_scratch *scratch,
                                  struct nomination *nomination);

/* FA-4's probe: victims for one pair alone. */
struct flavor_verdict preemption_probe(struct books *books, uint32_t cluster_queue, uint32_t slot,
                                       struct preemption_scratch *scratch, uint32_t fr, int64_t amount);

/* PR-16 alone: the queues that fair sharing offers to take from, one after the other, when every workload that holds quota
 * of `queues` is a candidate and nobody is taken. */
struct fair_offers {
	const uint32_t *queues;
	uint32_t n_queues;
	const bool *drops; /* after offer i: the queue leaves the walk (true), or its first candidate is passed by */
	uint32_t n_drops;  /* further offers pass by */
	struct {
		VEC_FIELDS(uint32_t);
	} order; /* out; freed by the caller */
};
void fair_preemption_offers(const struct preemption_problem *problem, struct preemption_scratch *scratch,
                            struct fair_offers *offers);

/* PR-2. `newer` = the preemptor queued before the candidate. */
bool preemption_allowed(enum preemption_policy policy, int64_t priority, int64_t queue_ts_us, int64_t candidate_priority,
                        int64_t candidate_ts_us);

/* Workloads of a queue up to this priority find nobody to preempt: by PR-2 nobody who holds quota in the queue or its tree
 * is of a priority that would do. INT64_MIN when priorities alone rule nobody out. */
int64_t preemption_priority_ceiling(const struct books *books, uint32_t cluster_queue);

/* PR-4 between two workloads that hold quota, for a preemptor of `cluster_queue`: is a considered before b? Usage as in
 * preemption_heed_usage(). */
bool preemption_candidate_before(const struct books *books, const double *local_queue_usage, uint32_t cluster_queue,
                                 uint32_t a, uint32_t b);

/* */
int64_t queue_order_ts_us(const struct kueue_config *config, const struct workload_row *row);

#endif
