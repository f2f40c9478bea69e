/* test_fair_sharing.c - dominant resource shares, the tournament of entries and both preemption strategies, on the examples
 * of kueue-semantics 3.2 (SC-7) and 5.3 (PR-14 to PR-19). */
#include "sharing_world.h"

#include <math.h>

#include "planner/kueue/cycle.h"
#include "planner/quota.h"

static struct cluster_queue plain(void)
{
	return kueue_cluster_queue_defaults(NO_NAME);
}

static struct cluster_queue preempting(void)
{
	struct cluster_queue queue = plain();
	queue.within_cluster_queue = PREEMPT_LOWER_PRIORITY;
	queue.reclaim_within_cohort = PREEMPT_ANY;
	return queue;
}

static uint32_t node(struct sharing_world *world, const char *name)
{
	uint32_t queue = kueue_find_cluster_queue(world->config, sharing_name(world, name));
	return queue != NONE ? queue
	                     : world->config->n_cluster_queues + kueue_find_cohort(world->config, sharing_name(world, name));
}

static double share(struct sharing_world *world, const char *name)
{
	return planner_quota(world->planner, node(world, name), 0).share;
}

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

/* ---- PR-19 ---- */

static void shares_of_a_flat_tree(void **state)
{
	(void)state;
	struct sharing_world world = sharing_begin();
	for (const char *const *name = (const char *const[]){"a", "b", "c", NULL}; *name; name++)
		sharing_add_queue(&world, plain(), *name, "root", 3);
	sharing_start(&world);
	(void)sharing_admit(&world, "b", 6, 0);
	(void)sharing_admit(&world, "a", 3, 0);
	assert_true(near(share(&world, "b"), 3000.0 / 9));
	assert_true(share(&world, "a") == 0 && share(&world, "c") == 0 && share(&world, "root") == 0);
	assert_true(planner_quota(world.planner, node(&world, "b"), 0).borrowing);
	assert_false(planner_quota(world.planner, node(&world, "a"), 0).borrowing);
	(void)sharing_admit(&world, "a", 1, 0);
	assert_true(near(share(&world, "a"), 1000.0 / 9));
	sharing_end(&world);
}

static void shares_of_a_tree_with_weights(void **state)
{
	(void)state;
	struct sharing_world world = sharing_begin();
	sharing_add_cohort(&world, "t1", "root", 2);
	sharing_add_cohort(&world, "t2", "root", 1);
	sharing_add_queue(&world, plain(), "q1", "t1", 10);
	sharing_add_queue(&world, plain(), "q2", "t1", 0);
	sharing_add_queue(&world, plain(), "q3", "t2", 10);
	sharing_start(&world);
	(void)sharing_admit(&world, "q2", 12, 0);
	assert_true(share(&world, "q2") == 600 && share(&world, "t1") == 50);
	assert_true(share(&world, "q1") == 0 && share(&world, "q3") == 0 && share(&world, "t2") == 0);
	sharing_end(&world);
}

static void a_weight_of_zero_is_above_all(void **state)
{
	(void)state;
	const struct dominant_share small = {.ratio = 1, .weight = 1}, large = {.ratio = 900, .weight = 0.5};
	const struct dominant_share none = {.ratio = 0, .weight = 0};
	const struct dominant_share zero = {.ratio = 1, .weight = 0}, more = {.ratio = 2, .weight = 0};
	assert_true(dominant_share_compare(&small, &large) < 0 && dominant_share_compare(&large, &small) > 0);
	assert_true(dominant_share_compare(&zero, &large) > 0 && dominant_share_compare(&large, &zero) < 0);
	assert_true(dominant_share_compare(&zero, &more) < 0 && dominant_share_compare(&zero, &zero) == 0);
	assert_true(dominant_share_compare(&none, &small) < 0);
	assert_true(isinf(dominant_share_value(&zero)) && dominant_share_value(&none) == 0);
}

/* ---- SC-7 ---- */

static void keys_are_compared_in_order(void **state)
{
	(void)state;
	gate_set gates, preemptors_first;
	assert_true(kueue_profile_gates("0.19", &gates));
	preemptors_first = gates | UINT64_C(1) << GATE_PrioritizePreemptorWorkloads;
	const struct fair_key key = {.share = {.ratio = 5, .weight = 1}, .priority = 1, .queue_ts_us = 7};
	struct fair_key other = key;
	assert_int_equal(fair_key_compare(gates, &key, &other), 0);
	other.queue_ts_us = 6;
	assert_true(fair_key_compare(gates, &key, &other) > 0);
	other.priority = 0;
	assert_true(fair_key_compare(gates, &key, &other) < 0);
	other.share.ratio = 4;
	assert_true(fair_key_compare(gates, &key, &other) > 0);
	other.borrows_requested = true;
	assert_true(fair_key_compare(gates, &key, &other) < 0);
	other.is_preemptor = true;
	assert_true(fair_key_compare(gates, &key, &other) < 0);
	assert_true(fair_key_compare(preemptors_first, &key, &other) > 0);
}

/* Two queues own nothing of 6; a uses 2. What is left goes to b, although a's head is older and of higher priority. */
static void the_smaller_share_goes_first(void **state)
{
	(void)state;
	for (int fair = 0; fair < 2; fair++) {
		struct sharing_world world = sharing_begin();
		world.controller.fair_sharing = fair;
		sharing_add_queue(&world, plain(), "a", "root", 0);
		sharing_add_queue(&world, plain(), "b", "root", 0);
		sharing_add_queue(&world, plain(), "owner", "root", 6);
		sharing_start(&world);
		(void)sharing_admit(&world, "a", 2, 0);
		workload_id of_a = sharing_submit(&world, "a", 3, 5);
		world.now_us += US_PER_S;
		workload_id of_b = sharing_submit(&world, "b", 3, 0);
		sharing_pass(&world);
		assert_int_equal(sharing_holds(&world, of_a), !fair);
		assert_int_equal(sharing_holds(&world, of_b), fair);
		sharing_end(&world);
	}
}

/* After an entry the shares are those with it in use: a, b, then a again would be by priority; it is a, b, a2 by shares. */
static void shares_follow_what_was_processed(void **state)
{
	(void)state;
	struct sharing_world world = sharing_begin();
	world.controller.fair_sharing = true;
	sharing_add_cohort(&world, "left", "root", 1);
	sharing_add_cohort(&world, "right", "root", 1);
	sharing_add_queue(&world, plain(), "l1", "left", 0);
	sharing_add_queue(&world, plain(), "l2", "left", 0);
	sharing_add_queue(&world, plain(), "r1", "right", 0);
	sharing_add_queue(&world, plain(), "owner", "root", 5);
	sharing_start(&world);
	workload_id l1 = sharing_submit(&world, "l1", 2, 9);
	workload_id l2 = sharing_submit(&world, "l2", 2, 9);
	workload_id r1 = sharing_submit(&world, "r1", 3, 0);
	sharing_pass(&world);
	assert_true(sharing_holds(&world, l1)); /* 2 of 5: the smallest share */
	assert_true(sharing_holds(&world, r1)); /* 3 of 5, before left's second, which would make it 4 of 5 */
	assert_false(sharing_holds(&world, l2));
	sharing_end(&world);
}

/* ---- PR-14 to PR-18 ---- */

/* a uses 3 of 3 and asks for 1 more; b uses 6 of 3, as workloads of these sizes; c's 3 are lent out. */
static enum reason verdict_on_b(enum fair_strategy strategy, uint32_t n_strategies, int64_t victim_gpus)
{
	struct sharing_world world = sharing_begin();
	world.controller.fair_sharing = true;
	world.controller.fair_strategies[0] = strategy;
	world.controller.n_fair_strategies = n_strategies;
	sharing_add_queue(&world, preempting(), "a", "root", 3);
	sharing_add_queue(&world, preempting(), "b", "root", 3);
	sharing_add_queue(&world, preempting(), "c", "root", 3);
	sharing_start(&world);
	(void)sharing_admit(&world, "a", 3, 0);
	workload_id victim = NO_WORKLOAD;
	for (int64_t used = 0; used < 6; used += victim_gpus)
		victim = sharing_admit(&world, "b", victim_gpus, 0);
	(void)sharing_submit(&world, "a", 1, 0);
	sharing_pass(&world);
	enum reason reason = REASON_NONE;
	for (uint32_t i = 0; i < world.decisions->count; i++)
		if (world.decisions->items[i].kind == DECISION_PREEMPT)
			reason = world.decisions->items[i].reason;
	assert_int_equal(victim_gpus == 6 || sharing_holds(&world, victim), true);
	sharing_end(&world);
	return reason;
}

static void strategies_weigh_shares(void **state)
{
	(void)state;
	/* 111.1 <= 222.2 once 1 is gone */
	assert_int_equal(verdict_on_b(FAIR_LESS_THAN_OR_EQUAL_TO_FINAL_SHARE, 1, 1), REASON_PREEMPTED_FAIR_SHARING);
	/* 111.1 > 0 once 3 are gone, but 111.1 < 333.3 as long as they are not */
	assert_int_equal(verdict_on_b(FAIR_LESS_THAN_OR_EQUAL_TO_FINAL_SHARE, 1, 3), REASON_NONE);
	assert_int_equal(verdict_on_b(FAIR_LESS_THAN_INITIAL_SHARE, 1, 3), REASON_PREEMPTED_FAIR_SHARING);
	assert_int_equal(verdict_on_b(FAIR_LESS_THAN_OR_EQUAL_TO_FINAL_SHARE, 2, 3), REASON_PREEMPTED_FAIR_SHARING);
}

/* Within its own quota a queue takes back whatever the shares. */
static void own_quota_is_reclaimed(void **state)
{
	(void)state;
	for (int gate = 0; gate < 2; gate++) {
		struct sharing_world world = sharing_begin();
		world.controller.fair_sharing = true;
		world.controller.n_fair_strategies = 1;
		if (!gate)
			world.gates &= ~(UINT64_C(1) << GATE_FairSharingPreemptWithinNominal);
		sharing_add_queue(&world, preempting(), "a", "root", 3);
		sharing_add_queue(&world, preempting(), "b", "root", 3);
		sharing_start(&world);
		workload_id victim = sharing_admit(&world, "b", 6, 9);
		(void)sharing_submit(&world, "a", 3, 0);
		sharing_pass(&world);
		assert_int_equal(sharing_preempted(&world, victim),
		                 gate ? REASON_PREEMPTED_RECLAMATION : REASON_PREEMPTED_FAIR_SHARING);
		sharing_end(&world);
	}
}

/* Of two that borrow, the one with the larger share for its weight gives. */
static void the_larger_share_gives(void **state)
{
	(void)state;
	for (int heavy = 0; heavy < 2; heavy++) {
		struct sharing_world world = sharing_begin();
		world.controller.fair_sharing = true;
		struct cluster_queue b = preempting(), c = preempting();
		b.fair_weight = heavy ? 4 : 1;
		c.fair_weight = heavy ? 1 : 4;
		sharing_add_queue(&world, preempting(), "a", "root", 4);
		sharing_add_queue(&world, b, "b", "root", 0);
		sharing_add_queue(&world, c, "c", "root", 0);
		sharing_start(&world);
		workload_id of_b = sharing_admit(&world, "b", 2, 0), of_c = sharing_admit(&world, "c", 2, 0);
		(void)sharing_submit(&world, "a", 2, 0);
		sharing_pass(&world);
		assert_int_equal(sharing_preempted(&world, of_b), heavy ? REASON_NONE : REASON_PREEMPTED_RECLAMATION);
		assert_int_equal(sharing_preempted(&world, of_c), heavy ? REASON_PREEMPTED_RECLAMATION : REASON_NONE);
		sharing_end(&world);
	}
}

/* A queue with weight 0 that borrows has an infinite share: it takes nothing from those whose share is finite. */
static void weight_zero_takes_nothing(void **state)
{
	(void)state;
	struct sharing_world world = sharing_begin();
	world.controller.fair_sharing = true;
	struct cluster_queue worthless = preempting();
	worthless.fair_weight = 0;
	sharing_add_queue(&world, worthless, "a", "root", 0);
	sharing_add_queue(&world, preempting(), "b", "root", 0);
	sharing_add_queue(&world, preempting(), "owner", "root", 4);
	sharing_start(&world);
	workload_id of_b = sharing_admit(&world, "b", 4, 0);
	(void)sharing_submit(&world, "a", 1, 5);
	sharing_pass(&world);
	assert_int_equal(sharing_preempted(&world, of_b), REASON_NONE);
	sharing_end(&world);
}

/* Without a cohort only the queue's own workloads are candidates. */
static void a_queue_alone_preempts_its_own(void **state)
{
	(void)state;
	struct sharing_world world = sharing_begin();
	world.controller.fair_sharing = true;
	sharing_add_queue(&world, preempting(), "a", "", 4);
	sharing_start(&world);
	workload_id low = sharing_admit(&world, "a", 2, 0), lower = sharing_admit(&world, "a", 2, -1);
	(void)sharing_submit(&world, "a", 2, 5);
	sharing_pass(&world);
	assert_int_equal(sharing_preempted(&world, lower), REASON_PREEMPTED_IN_CLUSTER_QUEUE);
	assert_int_equal(sharing_preempted(&world, low), REASON_NONE);
	sharing_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shares_of_a_flat_tree),          cmocka_unit_test(shares_of_a_tree_with_weights),
	    cmocka_unit_test(a_weight_of_zero_is_above_all),  cmocka_unit_test(keys_are_compared_in_order),
	    cmocka_unit_test(the_smaller_share_goes_first),   cmocka_unit_test(shares_follow_what_was_processed),
	    cmocka_unit_test(strategies_weigh_shares),        cmocka_unit_test(own_quota_is_reclaimed),
	    cmocka_unit_test(the_larger_share_gives),         cmocka_unit_test(weight_zero_takes_nothing),
	    cmocka_unit_test(a_queue_alone_preempts_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
