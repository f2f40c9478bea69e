/* test_checks.c - admission checks: which a workload needs, and what becomes of it as they answer, in the planner and in
 * whole runs (kueue-semantics 8.1, SC-14, EV-20). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "planner/planner.h"
#include "sim_world.h"

#define S US_PER_S

struct fixture {
	struct test_world t;
	struct planner *planner;
	struct decision_list *decisions;
	workload_id workload;
};

/* Two pools; queue "q" asks for "scan" everywhere and for "spot-scan" on the second pool. */
static void add_checks(struct test_world *t)
{
	static const int64_t nominal[] = {8, 8};
	(void)test_pool(t, "a", 1);
	(void)test_pool(t, "b", 1);
	test_queue(t, "q", NULL, nominal, PREEMPT_NEVER, PREEMPT_NEVER);
	kueue_add_admission_check(t->builder, test_name(t, "scan"), CHECK_OTHER, true, (struct diag_place){0});
	kueue_add_admission_check(t->builder, test_name(t, "spot-scan"), CHECK_OTHER, true, (struct diag_place){0});
}

static const struct kueue_config *build(struct test_world *t)
{
	struct kueue_config *config = (struct kueue_config *)(uintptr_t)kueue_build(t->builder, false, NULL);
	struct queue_check *checks = ARENA_ARRAY(t->arena, struct queue_check, 2);
	name_id *flavor = ARENA_NEW(t->arena, name_id);
	*flavor = test_name(t, "b");
	checks[0].name = test_name(t, "scan");
	checks[1] = (struct queue_check){test_name(t, "spot-scan"), CHECK_OTHER, flavor, 1};
	struct cluster_queue *queue = (struct cluster_queue *)(uintptr_t)config->cluster_queues;
	queue->checks = checks;
	queue->n_checks = 2;
	return config;
}

static void apply(struct fixture *fixture, struct planner_input input)
{
	struct error error;
	if (!planner_apply(fixture->planner, &input, &error))
		fail_msg("%s", error.text);
}

static uint32_t pass(struct fixture *fixture, enum decision_kind kind)
{
	uint32_t count = 0;
	struct error error;
	assert_true(planner_cycle(fixture->planner, 0, fixture->decisions, &error));
	for (uint32_t i = 0; i < fixture->decisions->count; i++)
		count += fixture->decisions->items[i].kind == kind;
	return count;
}

/* One workload of 8 GPUs that has got its quota, of the first flavor. */
static struct fixture begin(void)
{
	struct fixture fixture;
	test_world_init(&fixture.t, 100 * S);
	add_checks(&fixture.t);
	struct planner_options options = {.policy = planner_policy_kueue(), .config = build(&fixture.t), .check = true};
	fixture.planner = planner_create(&options);
	fixture.decisions = decision_list_create();
	uint32_t shape = test_shape(&fixture.t, 1, 8);
	struct workload_spec spec = {.name = 1,
	                             .namespace_name = fixture.t.space,
	                             .local_queue = 0,
	                             .cluster_queue = NONE,
	                             .pod_sets = fixture.t.shapes.items[shape].pod_sets,
	                             .n_pod_sets = 1,
	                             .max_execution_s = -1};
	apply(&fixture,
	      (struct planner_input){.kind = INPUT_OBSERVED, .observed = {&spec, NULL}, .ret_workload = &fixture.workload});
	assert_int_equal(pass(&fixture, DECISION_RESERVE), 1);
	return fixture;
}

static void end(struct fixture *fixture)
{
	planner_destroy(fixture->planner);
	decision_list_destroy(fixture->decisions);
	test_world_free(&fixture->t);
}

static void answer(struct fixture *fixture, const char *check, enum check_state state, int64_t retry_after_s)
{
	struct planner_input input = {.kind = INPUT_CHECK, .workload = fixture->workload};
	input.check.name = test_name(&fixture->t, check);
	input.check.state = state;
	input.check.retry_after_s = retry_after_s;
	apply(fixture, input);
}

static struct workload_view view_of(const struct fixture *fixture)
{
	struct workload_view view;
	assert_true(planner_view(fixture->planner, fixture->workload, &view));
	return view;
}

static void checks_of_all_flavors_come_first_and_those_of_the_assigned_ones_later(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 100 * S);
	add_checks(&t);
	const struct kueue_config *config = build(&t);
	uint32_t a = kueue_find_flavor(config, test_name(&t, "a")), b = kueue_find_flavor(config, test_name(&t, "b"));
	uint32_t both[] = {NONE, b}, none[] = {NONE};
	assert_int_equal(kueue_required_checks(config, 0, NULL, 0), 1);
	assert_int_equal(kueue_required_checks(config, 0, &a, 1), 1);
	assert_int_equal(kueue_required_checks(config, 0, both, 2), 3);
	assert_int_equal(kueue_required_checks(config, 0, none, 1), 0);
	test_world_free(&t);
}

static void quota_is_held_until_the_checks_are_ready(void **state)
{
	(void)state;
	struct fixture fixture = begin();
	uint32_t open[MOST_QUEUE_CHECKS];
	assert_false(fixture.decisions->items[0].admitted || view_of(&fixture).admitted);
	assert_int_equal(planner_open_checks(fixture.planner, fixture.workload, open), 1);
	assert_int_equal(open[0], 0);
	answer(&fixture, "nobody's", CHECK_REJECTED, -1);
	answer(&fixture, "scan", CHECK_PENDING, -1);
	assert_int_equal(pass(&fixture, DECISION_ADMIT), 0);
	answer(&fixture, "scan", CHECK_READY, -1);
	assert_int_equal(pass(&fixture, DECISION_ADMIT), 1);
	assert_true(view_of(&fixture).admitted);
	assert_int_equal(pass(&fixture, DECISION_ADMIT), 0);
	end(&fixture);
}

static void a_retry_gives_the_quota_back_for_a_while(void **state)
{
	(void)state;
	struct fixture fixture = begin();
	struct wake wake;
	answer(&fixture, "scan", CHECK_RETRY, 60);
	assert_int_equal(pass(&fixture, DECISION_EVICT), 1);
	assert_int_equal(view_of(&fixture).reason, REASON_ADMISSION_CHECK);
	while (planner_take_wake(fixture.planner, &wake))
		continue;
	apply(&fixture, (struct planner_input){.kind = INPUT_RELEASED, .workload = fixture.workload});
	assert_int_equal(pass(&fixture, DECISION_RESERVE), 0);
	bool due = false;
	while (planner_take_wake(fixture.planner, &wake))
		if (wake.kind == WAKE_BACKOFF) {
			assert_true(wake.at_us == 60 * S);
			apply(&fixture, (struct planner_input){.kind = INPUT_WAKE, .now_us = wake.at_us, .wake = wake});
			due = true;
		}
	assert_true(due);
	assert_int_equal(pass(&fixture, DECISION_RESERVE), 1);
	assert_false(view_of(&fixture).admitted); /* its checks begin anew (EV-1) */
	end(&fixture);
}

static void a_rejection_deactivates(void **state)
{
	(void)state;
	struct fixture fixture = begin();
	answer(&fixture, "scan", CHECK_REJECTED, -1);
	assert_int_equal(pass(&fixture, DECISION_DEACTIVATE), 1);
	assert_false(view_of(&fixture).active);
	assert_int_equal(view_of(&fixture).reason, REASON_CHECK_REJECTED);
	end(&fixture);
}

static void a_held_queue_takes_back_what_is_not_admitted(void **state)
{
	(void)state;
	struct fixture fixture = begin();
	struct kueue_config held = *planner_config(fixture.planner);
	struct cluster_queue queue = held.cluster_queues[0];
	queue.stop_policy = STOP_HOLD;
	held.cluster_queues = &queue;
	apply(&fixture, (struct planner_input){.kind = INPUT_CONFIG, .config = &held});
	assert_int_equal(pass(&fixture, DECISION_EVICT), 1);
	assert_int_equal(view_of(&fixture).reason, REASON_CLUSTER_QUEUE_STOPPED);
	end(&fixture);
}

/* ---- whole runs ---- */

static struct run_result run(struct test_world *t, const struct check_model *model)
{
	struct error error;
	struct run_result result;
	test_world_init(t, 1000 * S);
	add_checks(t);
	(void)test_job(t, "q", test_shape(t, 1, 8), 0, 100 * S);
	struct run_options options = test_options(t);
	t->cluster.kueue = build(t);
	struct check_model *named = ARENA_NEW(t->arena, struct check_model);
	*named = *model;
	named->name = test_name(t, "scan");
	t->cluster.checks = named;
	t->cluster.n_checks = 1;
	if (!sim_run(&options, &result, &error))
		fail_msg("%s", error.text);
	return result;
}

static void a_check_delays_the_start_by_its_time(void **state)
{
	(void)state;
	struct test_world t;
	struct run_result result = run(&t, &(struct check_model){.ready_after = dist_constant(40 * S)});
	const struct job_outcome *outcome = &result.outcomes[0];
	assert_true(outcome->admitted_us == 40 * S && outcome->wait_by_cause_us[WAIT_CHECKS] == 40 * S);
	assert_true(outcome->finished_us == 140 * S);
	run_result_free(&result);
	test_world_free(&t);
}

/* Asks for a retry every time: after 60, 120 and 240 s it rejects. */
static void retries_back_off_and_end_in_a_rejection(void **state)
{
	(void)state;
	struct test_world t;
	struct run_result result =
	    run(&t, &(struct check_model){
	                .ready_after = dist_constant(10 * S), .retry_share = 1, .retry_after_us = 60 * S, .retry_limit = 3});
	const struct job_outcome *outcome = &result.outcomes[0];
	assert_true(outcome->deactivated && outcome->admitted_us < 0);
	assert_int_equal(outcome->pending_reason, REASON_CHECK_REJECTED);
	assert_true(outcome->wait_by_cause_us[WAIT_CHECKS] == 40 * S);
	assert_true(outcome->wait_by_cause_us[WAIT_BACKOFF] == (60 + 120 + 240) * S);
	run_result_free(&result);
	test_world_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(checks_of_all_flavors_come_first_and_those_of_the_assigned_ones_later),
	    cmocka_unit_test(quota_is_held_until_the_checks_are_ready),
	    cmocka_unit_test(a_retry_gives_the_quota_back_for_a_while),
	    cmocka_unit_test(a_rejection_deactivates),
	    cmocka_unit_test(a_held_queue_takes_back_what_is_not_admitted),
	    cmocka_unit_test(a_check_delays_the_start_by_its_time),
	    cmocka_unit_test(retries_back_off_and_end_in_a_rejection),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
