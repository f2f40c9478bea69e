/* conformance_cases.c - from the operation that a case names to the function that runs it. */
#include <stdlib.h>
#include <string.h>

#include "conformance_operations.h"

void check_order(struct situation *situation, const struct doc_node *expected, const char *rule, subject_before *before,
                 const void *context)
{
	struct subject *subjects = situation->subjects.items;
	uint32_t count = situation->subjects.count;
	uint32_t *order = ARENA_ARRAY(situation->arena, uint32_t, count);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t j = i;
		for (; j > 0 && before(context, &subjects[i], &subjects[order[j - 1]]); j--)
			order[j] = order[j - 1];
		order[j] = i;
	}
	check_int(situation->check, rule, "entries", expected->count, count);
	for (uint32_t i = 0; i < count && i < expected->count; i++) {
		const char *slash = strrchr(subjects[order[i]].key, '/');
		check_text(situation->check, rule, arena_printf(situation->arena, "place %u", i + 1),
		           node_text(situation->check, expected->items[i]), slash ? slash + 1 : subjects[order[i]].key);
	}
}

static const struct {
	const char *name;
	operation_run *run;
} operations[] = {
    {"admission-checks-for-workload", run_admission_checks},
    {"assign-flavors", run_assign_flavors},
    {"compare-entries", run_compare_entries},
    {"count-in", run_count_in},
    {"drs", run_drs},
    {"effective-priority", run_effective_priority},
    {"find-topology", run_find_topology},
    {"flavor-mode-preference", run_flavor_mode_preference},
    {"fs-target-order", run_fs_target_order},
    {"last-assignment-outdated", run_last_assignment_outdated},
    {"needs-second-pass", run_needs_second_pass},
    {"order-candidates", run_order_candidates},
    {"order-entries", run_order_entries},
    {"podset-reduction", run_podset_reduction},
    {"preemption-policy", run_preemption_policy},
    {"preemption-targets", run_preemption_targets},
    {"queue-head", run_queue_head},
    {"queue-heads", run_queue_heads},
    {"queue-order-timestamp", run_queue_order_timestamp},
    {"quota-available", run_quota_available},
    {"requeue", run_requeue},
    {"requeue-backoff", run_requeue_backoff},
    {"requeue-inadmissible", run_requeue_inadmissible},
    {"reserve-quota", run_reserve_quota},
    {"resolve-priority", run_resolve_priority},
    {"schedule-n-cycles", run_schedule},
    {"schedule-one-cycle", run_schedule},
    {"total-requests", run_total_requests},
    {"usage", run_usage},
};

void case_run(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	const char *operation = field_text(check, test, "operation", "");
	for (uint32_t i = 0; i < ARRAY_COUNT(operations); i++) {
		if (strcmp(operations[i].name, operation) == 0) {
			operations[i].run(check, test, options);
			return;
		}
	}
	check_problem(check, "unknown operation '%s'", operation);
}
