/* kube_scheduler.h - pods of admitted workloads, and the queue in which they wait for a node.
 *
 * kube-scheduler takes one pod at a time. A pod that finds no node is set aside, with the time of that try. When capacity is
 * freed, all that were set aside for want of it are tried again, in this order (kube-scheduler 1.33 and later, feature
 * SchedulerPopFromBackoffQ):
 *   1. the active queue: pods whose back-off is over, the one that was set aside longest ago first; then pods that are new
 *   2. while that is empty, the back-off queue: by the second in which the back-off ends, within one second the one that was
 *      set aside longest ago first
 * The time that counts is that of the last failed try, not of the first (QueuedPodInfo.Timestamp, not
 * InitialAttemptTimestamp). All that wait are tried at each such event, oldest first, so among pods with the same back-off
 * the older ones stay in front for ever. The back-off after n failed tries in a row is 1, 2, 4, 8, then always 10 s. So an
 * older pod gets freed space before a younger one whenever nothing was freed for 10 s, or both have been tried five times;
 * a pod that has been tried often goes behind one that has not while space is freed more often than that.
 *
 * In the two recordings of world "cohort" (traces/kueue-live) 26 and 22 pairs of whole-node pods overtook each other; this
 * rule gives 12 to 29, strict first-in first-out none. All pods have the same Kubernetes priority: Kueue's
 * WorkloadPriorityClass does not reach the pods. There is no gang: each pod that finds a node holds it while the rest of its
 * workload waits.
 *
 * What makes it fast, exactly: a waiting pod can only go to a node that got room since the last try; pods of one class fit
 * or fail together; and pods that failed together stay in order together, so the queue is a few groups of pods whose order
 * is found by comparing groups. */
#ifndef BERTH_SIM_KUBE_SCHEDULER_H
#define BERTH_SIM_KUBE_SCHEDULER_H

#include "placement.h"

struct pod {
	uint32_t owner; /* the caller's; NONE in rows that are heads of lists */
	uint32_t class_index;
	uint32_t node; /* NONE: waits */
	uint32_t next_of_owner;
	uint32_t previous, next; /* on its node or in its group: a ring through the list's head; free: next free */
	uint32_t attempt;
	uint64_t luck;        /* names its random stream, with `attempt` */
	int64_t since_us;     /* bound since, or the first failed try */
	int128 borrowed_mark; /* the caller's: see quota_meter.h */
};

/* Pods that have failed together ever since one of them joined. */
struct wait_group {
	uint32_t head;
	uint64_t joined; /* retries that had been made when they failed first */
	int64_t order;   /* scratch of a retry */
};

struct kube_scheduler {
	struct placement placement;
	uint64_t seed;
	uint32_t replication;
	struct { /* rows 0 .. n_nodes-1 are the heads of the nodes' lists */
		VEC_FIELDS(struct pod);
	} pods;
	uint32_t free_pod;
	uint32_t n_waiting; /* that have failed at least once */
	uint32_t fresh;     /* head of the pods that were never tried */
	struct {
		VEC_FIELDS(struct wait_group);
	} groups; /* in the order of their last tries */
	uint64_t retries;
	int64_t last_retry_us;
	uint32_t candidates; /* scratch of a retry: waiting pods that could find room yet */
	struct {             /* classes with waiting pods, and some that had some */
		VEC_FIELDS(uint32_t);
	} waiting_classes;
	struct { /* pods that got a node in the last kube_scheduler_run() */
		VEC_FIELDS(uint32_t);
	} bound;
};

/* Of `cluster` it reads how pods are placed. */
NODISCARD struct kube_scheduler *kube_scheduler_create(struct node_table *nodes, struct class_table *classes,
                                                       const struct cluster *cluster, uint64_t seed, uint32_t replication);
void kube_scheduler_destroy(struct kube_scheduler *scheduler); /* accepts NULL; nodes and classes are the caller's */

/* A new pod, to be placed by the next run. `luck` and `attempt` key the draw among equally good nodes. */
uint32_t kube_scheduler_add(struct kube_scheduler *scheduler, uint32_t owner, uint32_t class_index, uint64_t luck,
                            uint32_t attempt);
/* The pod is gone: its node gets room, or it leaves the queue. */
void kube_scheduler_remove(struct kube_scheduler *scheduler, uint32_t pod);
/* True when a run could place something: new pods, or waiting ones and freed nodes. */
bool kube_scheduler_wants_run(const struct kube_scheduler *scheduler);
/* Tries waiting pods, if nodes were freed, and new ones. Fills scheduler->bound, in order. */
void kube_scheduler_run(struct kube_scheduler *scheduler, int64_t now_us);

/* Walks the pods on a node: for (p = first; p != NONE; p = next). */
uint32_t kube_scheduler_first_on(const struct kube_scheduler *scheduler, uint32_t node);
uint32_t kube_scheduler_next_on(const struct kube_scheduler *scheduler, uint32_t node, uint32_t pod);

static inline int64_t pod_gpus(const struct kube_scheduler *scheduler, const struct pod *pod)
{
	const struct node_table *nodes = scheduler->placement.nodes;
	const struct pool_nodes *pool = &nodes->pools[nodes->nodes[pod->node].pool];
	return pool_row_gpus(pool, classes_row(scheduler->placement.classes, pod->class_index)->row);
}

#endif
