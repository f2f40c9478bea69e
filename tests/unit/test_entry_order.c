/* test_entry_order.c - who comes first of two entries of one scheduling pass that borrow from equally far and are of equal
 * priority (kueue-semantics SC-6, N2): the one that has queued longer, then the one whose ClusterQueue's name comes first.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "planner/kueue/cycle.h"
#include "planner_world.h"

#define S US_PER_S

/* Two queues without quota of their own; what "lender" has suffices for one workload. Observed in the order z, a. */
struct fixture {
	struct planner_world w;
	workload_id in_a, in_z;
};

static void pass(struct fixture *f, int64_t z_created_us, int64_t a_created_us)
{
	static const struct planner_queue queues[] = {
	    {.name = "z", .cohort = "all"}, {.name = "a", .cohort = "all"}, {.name = "lender", .cohort = "all", .gpus = 8}};
	planner_world_init(&f->w);
	f->w.now_us = 100 * S;
	planner_world_start(&f->w, planner_policy_kueue(), planner_world_config(&f->w, queues, ARRAY_COUNT(queues)));
	f->in_z = planner_world_submit(&f->w, "z", (struct planner_work){.gpus = 8, .created_us = z_created_us});
	f->in_a = planner_world_submit(&f->w, "a", (struct planner_work){.gpus = 8, .created_us = a_created_us});
	planner_world_pass(&f->w);
}

/* One pass admitted the first by borrowing, and found that the second no longer fits (SC-10). */
static void expect_first(struct fixture *f, workload_id first, workload_id second)
{
	const struct decision_list *decisions = f->w.decisions;
	assert_int_equal(decisions->heads, 2);
	assert_int_equal(decisions->effects, 1);
	assert_int_equal(decisions->items[0].kind, DECISION_RESERVE);
	assert_int_equal(decisions->items[0].workload.slot, first.slot);
	assert_int_equal(decisions->items[0].borrow_level, 1);
	struct workload_view view = planner_world_look(&f->w, second);
	assert_int_equal(view.phase, PHASE_PENDING);
	assert_int_equal(view.reason, REASON_FAILED_AFTER_NOMINATION);
	planner_world_end(&f->w);
}

static void the_older_of_two_queues_comes_first(void **state)
{
	(void)state;
	struct fixture f;
	pass(&f, 10 * S, 11 * S);
	expect_first(&f, f.in_z, f.in_a);
	pass(&f, 11 * S, 10 * S);
	expect_first(&f, f.in_a, f.in_z);
}

/* Within one second, whoever was created or observed earlier: API times have no finer grain. */
static void within_a_second_the_name_of_the_queue_decides(void **state)
{
	(void)state;
	struct fixture f;
	pass(&f, 10 * S, 10 * S);
	expect_first(&f, f.in_a, f.in_z);
	pass(&f, 10 * S, 10 * S + 900 * US_PER_MS);
	expect_first(&f, f.in_a, f.in_z);
}

/* The rule by itself, up to its last key. */
static void the_rule(void **state)
{
	(void)state;
	gate_set gates = 0;
	assert_true(kueue_profile_gates("0.19", &gates));
	struct entry_key a = {.borrow_level = 1, .priority = 5, .queue_ts_us = 10 * S, .cluster_queue = 0, .uid = {0, 2}};
	struct entry_key z = {.borrow_level = 1, .priority = 5, .queue_ts_us = 9 * S, .cluster_queue = 1, .uid = {0, 1}};
	assert_true(entry_before(gates, &z, &a) && !entry_before(gates, &a, &z));
	z.queue_ts_us = a.queue_ts_us;
	assert_true(entry_before(gates, &a, &z) && !entry_before(gates, &z, &a));
	z.cluster_queue = a.cluster_queue;
	assert_true(entry_before(gates, &z, &a) && !entry_before(gates, &a, &z));
	assert_false(entry_before(gates, &a, &a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_older_of_two_queues_comes_first),
	    cmocka_unit_test(within_a_second_the_name_of_the_queue_decides),
	    cmocka_unit_test(the_rule),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
