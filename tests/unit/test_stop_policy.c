/* test_stop_policy.c - stopped queues, under both policies: nothing of them is looked at, the reason says so, and what
 * waited comes back when they start again (kueue-semantics Q-10, EV-5, EV-20). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "planner_world.h"

static const struct kueue_config *make_config(struct planner_world *w, enum stop_policy cluster, enum stop_policy local)
{
	return planner_world_config(w, &(struct planner_queue){.name = "queue", .gpus = 8, .stop = cluster, .stop_local = local},
	                            1);
}

static void begin(struct planner_world *w, const struct policy *policy, enum stop_policy cluster, enum stop_policy local)
{
	planner_world_init(w);
	planner_world_start(w, policy, make_config(w, cluster, local));
}

static workload_id submit(struct planner_world *w)
{
	return planner_world_submit(w, "queue", (struct planner_work){.gpus = 4});
}

/* Passes, and wake-ups as they come due, until nothing more happens; counts decisions of a kind. */
static uint32_t settle(struct planner_world *w, enum decision_kind kind)
{
	uint32_t count = 0;
	struct wake wake;
	for (;;) {
		while (planner_wants_cycle(w->planner)) {
			planner_world_pass(w);
			for (uint32_t i = 0; i < w->decisions->count; i++)
				count += w->decisions->items[i].kind == kind;
		}
		bool due = false;
		while (planner_take_wake(w->planner, &wake))
			if (wake.kind == WAKE_MASS_REQUEUE) {
				w->now_us = MAX(w->now_us, wake.at_us);
				planner_world_apply(w, (struct planner_input){.kind = INPUT_WAKE, .wake = wake});
				due = true;
			}
		if (!due)
			return count;
	}
}

static void configure(struct planner_world *w, enum stop_policy cluster, enum stop_policy local)
{
	planner_world_apply(w, (struct planner_input){.kind = INPUT_CONFIG, .config = make_config(w, cluster, local)});
}

static void expect_hold_and_return(const struct policy *policy, enum stop_policy cluster, enum stop_policy local,
                                   enum reason reason)
{
	struct planner_world w;
	begin(&w, policy, cluster, local);
	workload_id id = submit(&w);
	assert_int_equal(settle(&w, DECISION_RESERVE), 0);
	assert_int_equal(planner_world_look(&w, id).reason, reason);
	configure(&w, STOP_NONE, STOP_NONE);
	assert_int_equal(settle(&w, DECISION_RESERVE), 1);
	planner_world_end(&w);
}

static void work_held_by_a_stopped_queue_comes_back(void **state)
{
	(void)state;
	const struct policy *const policies[] = {planner_policy_kueue(), planner_policy_easy()};
	for (size_t i = 0; i < ARRAY_COUNT(policies); i++) {
		expect_hold_and_return(policies[i], STOP_HOLD, STOP_NONE, REASON_QUEUE_INACTIVE);
		expect_hold_and_return(policies[i], STOP_NONE, STOP_HOLD, REASON_LOCAL_QUEUE_STOPPED);
	}
}

static void expect_drain(enum stop_policy cluster, enum stop_policy local, enum reason reason)
{
	struct planner_world w;
	begin(&w, planner_policy_kueue(), STOP_NONE, STOP_NONE);
	workload_id id = submit(&w);
	assert_int_equal(settle(&w, DECISION_RESERVE), 1);
	planner_world_apply(&w, (struct planner_input){.kind = INPUT_WRITE_DONE, .workload = id});
	configure(&w, cluster, local);
	assert_int_equal(settle(&w, DECISION_EVICT), 1);
	assert_int_equal(planner_world_look(&w, id).reason, reason);
	planner_world_apply(&w, (struct planner_input){.kind = INPUT_WRITE_DONE, .workload = id});
	planner_world_apply(&w, (struct planner_input){.kind = INPUT_RELEASED, .workload = id});
	assert_int_equal(settle(&w, DECISION_RESERVE), 0);
	configure(&w, STOP_NONE, STOP_NONE);
	assert_int_equal(settle(&w, DECISION_RESERVE), 1);
	planner_world_end(&w);
}

static void drained_work_comes_back_too(void **state)
{
	(void)state;
	expect_drain(STOP_HOLD_AND_DRAIN, STOP_NONE, REASON_CLUSTER_QUEUE_STOPPED);
	expect_drain(STOP_NONE, STOP_HOLD_AND_DRAIN, REASON_LOCAL_QUEUE_STOPPED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(work_held_by_a_stopped_queue_comes_back),
	    cmocka_unit_test(drained_work_comes_back_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
