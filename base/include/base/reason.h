/* reason.h - the one list of reason codes: why a decision was taken, or why a workload is still pending.
 *
 * The same in planner, store, JSON and report. X(enumerator, text as users see it, what it means). Append only: the
 * numbers are stored in databases and logs. */
#ifndef BERTH_BASE_REASON_H
#define BERTH_BASE_REASON_H

#include "base/base.h"

#define REASON_LIST(X)                                                                                                      \
	X(NONE, "None", "nothing to say")                                                                                       \
	/* why a workload was admitted */                                                                                       \
	X(FIT, "Fit", "quota was free for all pod sets")                                                                        \
	X(BACKFILLED, "Backfilled", "EASY: fits now without delaying the queue's head")                                         \
	/* why a workload is pending: Kueue's requeue reasons (kueue-semantics Q-5) */                                          \
	X(GENERIC, "Generic", "failed before nomination")                                                                       \
	X(NAMESPACE_MISMATCH, "NamespaceMismatch", "the namespace does not match the ClusterQueue's selector")                  \
	X(NO_FIT, "NoFit", "no flavor can host it, not even by preemption")                                                     \
	X(PREEMPTION_NO_CANDIDATES, "PreemptionNoCandidates", "quota would do, but nothing may be preempted for it")            \
	X(PENDING_PREEMPTION, "PendingPreemption", "waits for the workloads preempted on its behalf")                           \
	X(PREEMPTION_FAILED, "PreemptionFailed", "issuing the preemptions failed")                                              \
	X(FAILED_AFTER_NOMINATION, "FailedAfterNomination", "lost against another entry of the same cycle")                     \
	X(QUEUE_INACTIVE, "QueueInactive", "its ClusterQueue is stopped, missing or incomplete")                                \
	X(BACKOFF, "Backoff", "waits for its requeue time")                                                                     \
	X(NOT_EVALUATED, "NotEvaluated", "not yet at the head of its queue")                                                    \
	X(CLASS_PARKED, "ClassParked", "a workload of the same shape was found inadmissible")                                   \
	X(BEHIND_RESERVATION, "BehindReservation", "EASY: would delay the reservation of the queue's head")                     \
	/* why a workload was evicted (EV-2) and preempted (PR-10) */                                                           \
	X(PREEMPTED_IN_CLUSTER_QUEUE, "InClusterQueue", "preempted by a workload of its own ClusterQueue")                      \
	X(PREEMPTED_RECLAMATION, "InCohortReclamation", "its ClusterQueue borrowed; the owner took its quota back")             \
	X(PREEMPTED_RECLAIM_WHILE_BORROWING, "InCohortReclaimWhileBorrowing", "preempted by a borrower of higher priority")     \
	X(PREEMPTED_FAIR_SHARING, "InCohortFairSharing", "preempted to even out shares")                                        \
	X(PODS_READY_TIMEOUT, "PodsReadyTimeout", "its pods were not ready in time")                                            \
	X(NODE_FAILURES, "NodeFailures", "a node under it failed")                                                              \
	X(CLUSTER_QUEUE_STOPPED, "ClusterQueueStopped", "stopPolicy HoldAndDrain")                                              \
	X(DEACTIVATED, "Deactivated", "spec.active is false")                                                                   \
	X(MAXIMUM_EXECUTION_TIME, "MaximumExecutionTimeExceeded", "ran longer than it asked for")                               \
	X(REQUEUING_LIMIT, "RequeuingLimitExceeded", "evicted for slow pods more often than allowed")                           \
	/* what bounds a flavor (FA-13) */                                                                                      \
	X(NO_MATCHING_FLAVOR, "NoMatchingFlavor", "no flavor matches its node selector and tolerations")                        \
	X(EXCEEDS_MAX_QUOTA, "ExceedsMaxQuota", "asks for more than the queue could ever get")                                  \
	X(WAITING_FOR_QUOTA, "WaitingForQuota", "the quota is in use")                                                          \
	X(RESOURCE_NOT_COVERED, "ResourceNotCovered", "asks for a resource that the ClusterQueue does not cover")               \
	/* where an admitted workload waits: the simulated cluster */                                                           \
	X(WAITING_FOR_NODES, "WaitingForNodes", "quota says yes, nodes say no: fragmentation or missing nodes")                 \
	X(STARTING, "Starting", "pods are bound and start")                                                                     \
	X(CONTROL_PLANE, "ControlPlane", "time of passes, writes and watch events")                                             \
	/* appended later */                                                                                                    \
	X(ADMISSION_CHECK, "AdmissionCheck", "evicted because an admission check asked for a retry")                            \
	X(PENDING_MIGRATION, "PendingMigration", "waits for a variant of the same workload to give its quota up")               \
	X(PREEMPTION_GATED, "PreemptionGated", "found victims, but a preemption gate of its own is closed")                     \
	X(LOCAL_QUEUE_STOPPED, "LocalQueueStopped", "its LocalQueue has a stopPolicy: nothing of it is looked at")              \
	X(BETTER_VARIANT_ADMITTED, "BetterVariantAdmitted", "a variant of the same workload has a more favourable flavor")      \
	X(MIGRATION_REFUSED, "MigrationRefused", "its flavor lies below the last acceptable one of its ClusterQueue")           \
	X(FLAVOR_MIGRATION, "FlavorMigration", "makes room for a variant of the same workload with a more favourable flavor")   \
	X(CHECK_REJECTED, "AdmissionCheckRejected", "deactivated because an admission check rejected it")                       \
	X(NODE_REMOVED, "NodeRemoved", "a node under it was drained, to be removed")                                            \
	X(NO_PRIORITY_CLASS, "NoPriorityClass", "its WorkloadPriorityClass does not exist: its Workload is never created")      \
	X(TOPOLOGY_PLACEMENT_FAILED, "TopologyPlacementFailed", "even on empty nodes its pods have no place in the topology")   \
	X(SECOND_PASS_FAILED, "SecondPassFailed", "holds quota, but its pods have found no places in the topology")

enum reason {
#define X(name, text, meaning) REASON_##name,
	REASON_LIST(X)
#undef X
	    REASON_COUNT
};

const char *reason_text(enum reason reason);

/* Evicted for another workload: it pends again at once. */
static inline bool reason_is_preemption(enum reason reason)
{
	return reason == REASON_PREEMPTED_IN_CLUSTER_QUEUE || reason == REASON_PREEMPTED_RECLAMATION ||
	       reason == REASON_PREEMPTED_RECLAIM_WHILE_BORROWING || reason == REASON_PREEMPTED_FAIR_SHARING;
}

#endif
