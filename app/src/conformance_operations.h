/* conformance_operations.h - what a case asks for, one function per operation of conformance/kueue.
 *
 * Every function lists the fields of the case that it understands, runs it and compares. The groups: whole passes
 * (conformance_pass.c), quota, flavors, preemption, fair sharing and queues.
 *
 * All that is expected is compared, but for these, which are read and passed over:
 *
 *   schedule-*          preemptionTargetRecomputations   a metric; what came of searching again is compared
 *   preemption-targets  workloads                        the inputs again with the targets' evictions written in; the
 * targets with their reasons are compared assign-flavors      taintKey, taintValue, taintEffect  of a reason: which of a
 * flavor's taints is named is words; that the flavor failed for a taint is compared
 *
 * And these say nothing of a decision where they stand in a case: tags, source, danglingRefs (the objects themselves show
 * what is missing), a ClusterQueue's labels and annotations, a workload's generation, priorityClassRef and job label, and
 * an input's flags quotaReserved and admitted beside its conditions. */
#ifndef BERTH_APP_CONFORMANCE_OPERATIONS_H
#define BERTH_APP_CONFORMANCE_OPERATIONS_H

#include "conformance_drive.h"
#include "planner/books.h"

typedef void operation_run(struct check *check, const struct doc_node *test, const struct conformance_options *options);

operation_run run_schedule;
operation_run run_find_topology, run_needs_second_pass;
operation_run run_quota_available, run_drs, run_usage, run_reserve_quota;
operation_run run_assign_flavors, run_flavor_mode_preference, run_podset_reduction, run_last_assignment_outdated;
operation_run run_preemption_targets, run_preemption_policy, run_order_candidates;
operation_run run_compare_entries, run_fs_target_order;
operation_run run_total_requests, run_effective_priority, run_resolve_priority, run_count_in, run_admission_checks;
operation_run run_queue_head, run_queue_heads, run_queue_order_timestamp, run_requeue, run_requeue_inadmissible,
    run_requeue_backoff, run_order_entries;

/* The row of a workload that stands alone: what rules read of it, no queue and no quota. */
struct workload_row case_row(const struct subject *subject);
/* Sorts the situation's subjects by a rule and compares their names with the list. */
typedef bool subject_before(const void *context, const struct subject *a, const struct subject *b);
void check_order(struct situation *situation, const struct doc_node *expected, const char *rule, subject_before *before,
                 const void *context);

/* Runs the operation that the case names; an unknown one is a problem. */
void case_run(struct check *check, const struct doc_node *test, const struct conformance_options *options);

#endif
