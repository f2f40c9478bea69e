/* queues.h - pending workloads per ClusterQueue: heap H, parked set I, the one in flight (kueue-semantics 3.1, Q-1 to Q-10).
 *
 * Kueue keeps one heap of workloads per queue and moves whole equivalence classes between heap and parked set. Here each
 * class (shape, effective priority) of a queue is a row with two heaps of its members, so that parking a class costs one
 * step and not one move per workload. Classes that are found hopeless again and again stay in one sorted run per queue: to
 * park one, or to bring all of them back in a mass requeue, moves a cursor. */
#ifndef BERTH_PLANNER_KUEUE_QUEUES_H
#define BERTH_PLANNER_KUEUE_QUEUES_H

#include "planner/books.h"
#include "planner/kueue/flavors.h"

struct queues;

NODISCARD struct queues *queues_create(struct books *books);
void queues_destroy(struct queues *queues);
NODISCARD struct queues *queues_fork(const struct queues *queues, struct books *books_of_fork);
/* After books_set_config(): everything that was queued is queued anew, parked work stays parked. Workloads whose LocalQueue
 * was stopped were not queued; they come back by queues_push(). */
void queues_rebuild(struct queues *queues, int64_t now_us);

/* ---- the rules, as functions of their arguments alone ---- */

/* requeue_at_us -1 = none. */
bool queue_backoff_expired(bool requeued_false, int64_t requeue_at_us, int64_t now_us);
/* back into the heap (true) or parked? */
bool queue_requeues_at_once(enum queueing_strategy strategy, enum reason reason, bool mass_requeue_since_pop,
                            bool scan_pending, bool backoff_expired);
/* does this outcome make the workload the queue's sticky head? */
bool queue_makes_sticky(enum queueing_strategy strategy, enum reason reason);
/* does it park all of its class? */
bool queue_parks_class(gate_set gates, enum queueing_strategy strategy, enum reason reason);

/* ---- state ---- */

/* a workload that is not admitted wants in. */
void queues_push(struct queues *queues, uint32_t slot, int64_t now_us);
/* It is admitted, gone or inactive. */
void queues_drop(struct queues *queues, uint32_t slot);
/* AFS-6: the LocalQueue has used this much by now. 0 at first. Only where kueue_usage_based() is true of its ClusterQueue.
 */
void queues_set_usage(struct queues *queues, uint32_t local_queue, double usage);
/* SC-2 and Q-4: a pass takes one workload from every active queue that has one, in order of queue name. */
void queues_begin_pass(struct queues *queues);
/* The active queues that have one: the first from index `from` on, NONE after the last. */
uint32_t queues_next_ready(const struct queues *queues, uint32_t from);
uint32_t queues_pop(struct queues *queues, uint32_t cluster_queue);
/* Q-5 for a popped workload. */
void queues_requeue(struct queues *queues, uint32_t slot, enum reason reason, int64_t now_us);
/* Q-7, for the tree of `root`. */
void queues_mass_requeue(struct queues *queues, uint32_t root, int64_t now_us);

/* ---- heads that need no evaluation (kueue/hopeless.c) ---- */

/* One class of a queue. Indexes hold until queues_rebuild(). */
struct class_view {
	uint32_t index;
	uint32_t cluster_queue, shape;
	int64_t priority;
	uint32_t head;
	enum reason hopeless; /* the head was found hopeless for this, and nothing has happened to it since; else NONE */
};
/* The class of a queue's head; the queue must have one. */
struct class_view queues_head_class(const struct queues *queues, uint32_t cluster_queue);
uint32_t queues_class_index(const struct queues *queues, uint32_t slot); /* of a queued workload */
struct class_view queues_class(const struct queues *queues, uint32_t class_index);

/* An evaluation found no way to admit this workload, NO_FIT or PREEMPTION_NO_CANDIDATES, and it is back in its queue. */
void queues_found_hopeless(struct queues *queues, uint32_t slot, enum reason reason);
/* The queue's head, which is hopeless, and its class go where they would go if it were popped and found so again. */
void queues_park_head(struct queues *queues, uint32_t cluster_queue);

/* Classes with a hopeless head, in the order in which the queue offers them; valid until the queue changes. */
struct run_view {
	const uint32_t *classes; /* NONE: a class that has left */
	uint32_t count, next;    /* those from `next` on are in the heap */
	uint32_t version;        /* counts how often classes have joined */
	bool leads;              /* the queue's head is that of `next` */
};
struct run_view queues_run(const struct queues *queues, uint32_t cluster_queue);

/* Q-1, of a queued workload. */
int64_t queues_ts_us(const struct queues *queues, uint32_t slot);

/* Head that the next pop of this queue would take, NONE if its heap is empty. */
uint32_t queues_head(const struct queues *queues, uint32_t cluster_queue);
enum queue_place { QUEUE_NOWHERE, QUEUE_HEAP, QUEUE_PARKED };
enum queue_place queues_place(const struct queues *queues, uint32_t slot);
/* WL-6: of a queued or popped workload. */
bool queues_namespace_matches(const struct queues *queues, uint32_t slot);
/* The queue's marker P points at this workload (SC-6, gate PrioritizePreemptorWorkloads). */
bool queues_is_preemptor(const struct queues *queues, uint32_t slot);

/* Progress of the flavor search, kept from cycle to cycle (FA-8 to FA-10). `scan` NULL clears. */
void queues_save_scan(struct queues *queues, uint32_t slot, const int32_t *scan, uint32_t cells, struct scan_stamp stamp);
/* NULL when nothing is saved. Layout of nomination.scan. */
const int32_t *queues_scan(const struct queues *queues, uint32_t slot, struct scan_stamp *ret_stamp);

uint64_t queues_digest(const struct queues *queues, uint64_t digest);

/* The class of a workload as one number. */
uint64_t queue_class_hash(const struct workload_row *row);

#endif
