/* test_stop_policy.c - stopped queues, under both policies: nothing of them is looked at, the reason says so, and what
 * waited comes back when they start again (kueue-semantics Q-10, EV-5, EV-20). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "planner/planner.h"
#include "world/kueue_builder.h"

struct fixture {
	struct arena *arena;
	struct names *names;
	struct planner *planner;
	struct decision_list *decisions;
	int64_t now_us;
};

static const struct kueue_config *make_config(struct fixture *fixture, enum stop_policy cluster, enum stop_policy local)
{
	struct kueue_builder *builder = kueue_builder_create(fixture->arena, fixture->names);
	name_id resource = names_intern(fixture->names, "nvidia.com/gpu"), flavor = names_intern(fixture->names, "flavor");
	struct named_quota quota = {.resource = resource, .quota = {8, LIMIT_UNSET, LIMIT_UNSET}};
	struct named_flavor_quotas flavors = {.flavor = flavor, .quotas = &quota, .n_quotas = 1};
	struct named_group group = {.covered = &resource, .n_covered = 1, .flavors = &flavors, .n_flavors = 1};
	struct resource_flavor flavor_object = {.name = flavor};
	struct cluster_queue queue = kueue_cluster_queue_defaults(names_intern(fixture->names, "queue"));
	struct local_queue local_queue = {.name = queue.name,
	                                  .namespace_name = names_intern(fixture->names, "default"),
	                                  .stop_policy = local,
	                                  .fair_weight = 1};
	struct kube_namespace space = {.name = local_queue.namespace_name};
	queue.namespace_selector.set = true;
	queue.stop_policy = cluster;
	kueue_add_flavor(builder, &flavor_object, (struct diag_place){0});
	kueue_add_namespace(builder, &space, (struct diag_place){0});
	kueue_add_cluster_queue(builder, &queue, NO_NAME, &group, 1, (struct diag_place){0});
	kueue_add_local_queue(builder, &local_queue, queue.name, (struct diag_place){0});
	struct diags *diags = diags_create();
	const struct kueue_config *config = kueue_build(builder, true, diags);
	assert_non_null(config);
	diags_destroy(diags);
	kueue_builder_destroy(builder);
	return config;
}

static struct fixture begin(const struct policy *policy, enum stop_policy cluster, enum stop_policy local)
{
	struct fixture fixture = {.arena = arena_create(0), .names = names_create()};
	struct planner_options options = {policy, make_config(&fixture, cluster, local), false, true};
	fixture.planner = planner_create(&options);
	fixture.decisions = decision_list_create();
	return fixture;
}

static void end(struct fixture *fixture)
{
	planner_destroy(fixture->planner);
	decision_list_destroy(fixture->decisions);
	arena_destroy(fixture->arena);
	names_destroy(fixture->names);
}

static void apply(struct fixture *fixture, struct planner_input input)
{
	struct error error;
	input.now_us = fixture->now_us;
	if (!planner_apply(fixture->planner, &input, &error))
		fail_msg("%s", error.text);
}

static workload_id submit(struct fixture *fixture)
{
	struct resource_request request = {names_intern(fixture->names, "nvidia.com/gpu"), 4};
	struct pod_set set = {.count = 1, .requests = &request, .n_requests = 1};
	struct workload_spec spec = {.name = 1,
	                             .namespace_name = names_intern(fixture->names, "default"),
	                             .local_queue = 0,
	                             .cluster_queue = NONE,
	                             .pod_sets = &set,
	                             .n_pod_sets = 1,
	                             .max_execution_s = -1};
	workload_id id = NO_WORKLOAD;
	apply(fixture, (struct planner_input){.kind = INPUT_OBSERVED, .observed = {&spec, NULL}, .ret_workload = &id});
	return id;
}

/* Passes, and wake-ups as they come due, until nothing more happens; counts decisions of a kind. */
static uint32_t settle(struct fixture *fixture, enum decision_kind kind)
{
	uint32_t count = 0;
	struct error error;
	struct wake wake;
	for (;;) {
		while (planner_wants_cycle(fixture->planner)) {
			assert_true(planner_cycle(fixture->planner, fixture->now_us, fixture->decisions, &error));
			for (uint32_t i = 0; i < fixture->decisions->count; i++)
				count += fixture->decisions->items[i].kind == kind;
		}
		bool due = false;
		while (planner_take_wake(fixture->planner, &wake))
			if (wake.kind == WAKE_MASS_REQUEUE) {
				fixture->now_us = MAX(fixture->now_us, wake.at_us);
				apply(fixture, (struct planner_input){.kind = INPUT_WAKE, .wake = wake});
				due = true;
			}
		if (!due)
			return count;
	}
}

static enum reason reason_of(const struct fixture *fixture, workload_id id)
{
	struct workload_view view;
	assert_true(planner_view(fixture->planner, id, &view));
	return view.reason;
}

static void configure(struct fixture *fixture, enum stop_policy cluster, enum stop_policy local)
{
	apply(fixture, (struct planner_input){.kind = INPUT_CONFIG, .config = make_config(fixture, cluster, local)});
}

static void expect_hold_and_return(const struct policy *policy, enum stop_policy cluster, enum stop_policy local,
                                   enum reason reason)
{
	struct fixture fixture = begin(policy, cluster, local);
	workload_id id = submit(&fixture);
	assert_int_equal(settle(&fixture, DECISION_RESERVE), 0);
	assert_int_equal(reason_of(&fixture, id), reason);
	configure(&fixture, STOP_NONE, STOP_NONE);
	assert_int_equal(settle(&fixture, DECISION_RESERVE), 1);
	end(&fixture);
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
	struct fixture fixture = begin(planner_policy_kueue(), STOP_NONE, STOP_NONE);
	workload_id id = submit(&fixture);
	assert_int_equal(settle(&fixture, DECISION_RESERVE), 1);
	apply(&fixture, (struct planner_input){.kind = INPUT_WRITE_DONE, .workload = id});
	configure(&fixture, cluster, local);
	assert_int_equal(settle(&fixture, DECISION_EVICT), 1);
	assert_int_equal(reason_of(&fixture, id), reason);
	apply(&fixture, (struct planner_input){.kind = INPUT_WRITE_DONE, .workload = id});
	apply(&fixture, (struct planner_input){.kind = INPUT_RELEASED, .workload = id});
	assert_int_equal(settle(&fixture, DECISION_RESERVE), 0);
	configure(&fixture, STOP_NONE, STOP_NONE);
	assert_int_equal(settle(&fixture, DECISION_RESERVE), 1);
	end(&fixture);
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
