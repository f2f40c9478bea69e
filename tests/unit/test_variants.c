/* test_variants.c - concurrent admission (8.6), preemption gates (8.5), slices of elastic workloads (ES-2), and pod sets
 * that are searched together (FA-1). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "planner/books.h"
#include "planner/kueue/flavors.h"
#include "world/kueue_builder.h"

/* One ClusterQueue of three flavors, "good" before "plain" before "poor", 4 GPUs each; higher priorities preempt within it.
 */
struct fixture {
	struct arena *arena;
	struct names *names;
	struct planner *planner;
	struct decision_list *decisions;
	uint32_t submitted;
};

static name_id id(struct fixture *fixture, const char *text)
{
	return names_intern(fixture->names, text);
}

static const struct kueue_config *make_config(struct fixture *fixture, gate_set gates, const char *last_acceptable)
{
	struct kueue_builder *builder = kueue_builder_create(fixture->arena, fixture->names);
	name_id resource = id(fixture, "nvidia.com/gpu");
	struct named_quota quota = {.resource = resource, .quota = {4, LIMIT_UNSET, LIMIT_UNSET}};
	struct named_flavor_quotas flavors[] = {{.flavor = id(fixture, "good"), .quotas = &quota, .n_quotas = 1},
	                                        {.flavor = id(fixture, "plain"), .quotas = &quota, .n_quotas = 1},
	                                        {.flavor = id(fixture, "poor"), .quotas = &quota, .n_quotas = 1}};
	struct named_group group = {.covered = &resource, .n_covered = 1, .flavors = flavors, .n_flavors = 3};
	struct cluster_queue queue = kueue_cluster_queue_defaults(id(fixture, "queue"));
	struct kube_namespace space = {.name = id(fixture, "default")};
	queue.namespace_selector.set = true;
	queue.within_cluster_queue = PREEMPT_LOWER_PRIORITY;
	queue.last_acceptable_flavor = id(fixture, last_acceptable);
	for (uint32_t i = 0; i < 3; i++)
		kueue_add_flavor(builder, &(struct resource_flavor){.name = flavors[i].flavor}, (struct diag_place){0});
	kueue_add_namespace(builder, &space, (struct diag_place){0});
	kueue_add_cluster_queue(builder, &queue, NO_NAME, &group, 1, (struct diag_place){0});
	kueue_set_gates(builder, gates);
	const struct kueue_config *config = kueue_build(builder, false, NULL);
	kueue_builder_destroy(builder);
	return config;
}

static struct fixture begin(const char *last_acceptable)
{
	gate_set gates;
	assert_true(kueue_profile_gates("0.19", &gates));
	struct fixture fixture = {.arena = arena_create(0), .names = names_create()};
	struct planner_options options = {
	    .policy = planner_policy_kueue(),
	    .config = make_config(&fixture, gates | UINT64_C(1) << GATE_ConcurrentAdmission, last_acceptable),
	    .check = true,
	};
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
	if (!planner_apply(fixture->planner, &input, &error))
		fail_msg("%s", error.text);
}

/* A workload of 4 GPUs; `allowed` NULL: any flavor, and no variant of anybody. */
static workload_id submit(struct fixture *fixture, const char *allowed, int64_t priority, bool gated)
{
	struct resource_request request = {id(fixture, "nvidia.com/gpu"), 4};
	struct pod_set set = {.count = 1, .requests = &request, .n_requests = 1};
	struct workload_spec spec = {.name = ++fixture->submitted,
	                             .uid = {0, fixture->submitted},
	                             .namespace_name = id(fixture, "default"),
	                             .local_queue = NONE,
	                             .pod_sets = &set,
	                             .n_pod_sets = 1,
	                             .priority = priority,
	                             .preemption_gated = gated,
	                             .allowed_flavors = allowed ? id(fixture, allowed) : NO_NAME,
	                             .variant_of = allowed ? id(fixture, "owner") : NO_NAME,
	                             .max_execution_s = -1};
	workload_id workload = NO_WORKLOAD;
	apply(fixture, (struct planner_input){.kind = INPUT_OBSERVED, .observed = {&spec, NULL}, .ret_workload = &workload});
	return workload;
}

static void pass(struct fixture *fixture)
{
	struct error error;
	assert_true(planner_cycle(fixture->planner, 0, fixture->decisions, &error));
}

static struct workload_view view_of(const struct fixture *fixture, workload_id workload)
{
	struct workload_view view;
	assert_true(planner_view(fixture->planner, workload, &view));
	return view;
}

static uint32_t flavor_of(const struct fixture *fixture, workload_id workload)
{
	struct workload_view view = view_of(fixture, workload);
	assert_int_equal(view.phase, PHASE_RESERVED);
	return view.admission.flavors[0];
}

static void a_variant_gets_only_its_flavors(void **state)
{
	(void)state;
	struct fixture fixture = begin("");
	workload_id plain = submit(&fixture, "plain", 0, false);
	pass(&fixture);
	assert_int_equal(flavor_of(&fixture, plain), kueue_find_flavor(planner_config(fixture.planner), id(&fixture, "plain")));
	end(&fixture);
}

static void a_variant_waits_when_a_better_one_runs(void **state)
{
	(void)state;
	struct fixture fixture = begin("");
	(void)submit(&fixture, "good", 0, false);
	pass(&fixture);
	workload_id plain = submit(&fixture, "plain", 0, false);
	pass(&fixture);
	struct workload_view view = view_of(&fixture, plain);
	assert_int_equal(view.reason, REASON_BETTER_VARIANT_ADMITTED);
	assert_true(view.queued && !view.parked);
	end(&fixture);
}

/* A worse variant runs on "poor"; one for "plain" comes. */
static workload_id challenge(struct fixture *fixture, workload_id *ret_worse)
{
	*ret_worse = submit(fixture, "poor", 0, false);
	pass(fixture);
	workload_id better = submit(fixture, "plain", 0, false);
	pass(fixture);
	return better;
}

static void a_better_variant_has_a_worse_one_evicted(void **state)
{
	(void)state;
	struct fixture fixture = begin("plain");
	workload_id worse, better = challenge(&fixture, &worse);
	assert_int_equal(view_of(&fixture, better).reason, REASON_PENDING_MIGRATION);
	assert_int_equal(view_of(&fixture, worse).phase, PHASE_EVICTED);
	assert_int_equal(view_of(&fixture, worse).reason, REASON_FLAVOR_MIGRATION);
	pass(&fixture); /* it waits: no second eviction */
	assert_int_equal(fixture.decisions->effects, 0);
	apply(&fixture, (struct planner_input){.kind = INPUT_RELEASED, .workload = worse});
	pass(&fixture);
	assert_int_equal(view_of(&fixture, better).phase, PHASE_RESERVED);
	end(&fixture);
}

static void migration_ends_at_the_last_acceptable_flavor(void **state)
{
	(void)state;
	struct fixture fixture = begin("good");
	workload_id worse, better = challenge(&fixture, &worse);
	assert_int_equal(view_of(&fixture, better).reason, REASON_MIGRATION_REFUSED);
	assert_int_equal(view_of(&fixture, worse).phase, PHASE_RESERVED);
	end(&fixture);
}

static void a_closed_gate_keeps_a_workload_from_preempting(void **state)
{
	(void)state;
	struct fixture fixture = begin("");
	for (uint32_t i = 0; i < 3; i++) {
		(void)submit(&fixture, NULL, 0, false);
		pass(&fixture);
	}
	workload_id gated = submit(&fixture, NULL, 10, true);
	pass(&fixture);
	assert_int_equal(view_of(&fixture, gated).reason, REASON_PREEMPTION_GATED);
	assert_int_equal(fixture.decisions->effects, 0);
	apply(&fixture, (struct planner_input){.kind = INPUT_PREEMPTION_GATE, .workload = gated, .flag = false});
	pass(&fixture);
	assert_int_equal(view_of(&fixture, gated).reason, REASON_PENDING_PREEMPTION);
	assert_int_equal(fixture.decisions->effects, 1);
	end(&fixture);
}

static void lists_of_flavors_are_read_as_kueue_reads_them(void **state)
{
	(void)state;
	struct fixture fixture = begin("");
	const struct kueue_config *config = planner_config(fixture.planner);
	name_id list = id(&fixture, " plain ,good"), plain = id(&fixture, "plain"), poor = id(&fixture, "poor");
	assert_true(kueue_flavor_allowed(config->names, list, plain) && !kueue_flavor_allowed(config->names, list, poor));
	assert_true(kueue_flavor_allowed(config->names, NO_NAME, poor));
	assert_false(kueue_flavor_allowed(config->names, id(&fixture, ","), poor));
	assert_int_equal(kueue_variant_rank(config, 0, list), 1);
	assert_int_equal(kueue_variant_rank(config, 0, id(&fixture, "none")), NONE);
	end(&fixture);
}

static struct flavor_verdict no_candidates(void *context, uint32_t fr, int64_t amount)
{
	(void)context;
	(void)fr;
	(void)amount;
	return (struct flavor_verdict){FLAVOR_NO_CANDIDATES, 0};
}

/* A slice of 3 on "plain" grows to 4: the same flavor, and 1 more is charged. */
static void a_slice_keeps_its_flavor_and_is_charged_the_difference(void **state)
{
	(void)state;
	struct fixture fixture = begin("");
	struct books *books = planner_books(fixture.planner);
	workload_id grown = submit(&fixture, NULL, 0, false);
	uint32_t plain = kueue_find_flavor(books->config, id(&fixture, "plain"));
	int64_t held = 3;
	struct replaced_slice replaced = {&plain, &held};
	struct attempts attempts = {0};
	struct nomination nomination = {0};
	struct flavor_problem problem = {
	    .books = books,
	    .shape = books_shape_at(books, books_row(books, grown.slot)->shape),
	    .replaced = &replaced,
	    .oracle = {no_candidates, NULL},
	    .attempts = &attempts,
	};
	assign_flavors(&problem, &nomination);
	assert_int_equal(nomination.mode, MODE_FIT);
	assert_int_equal(nomination.flavors[0], plain);
	assert_int_equal(nomination.usage[0], 4);
	assert_int_equal(nomination.pairs.items[0].amount, 1);
	assert_int_equal(attempts.items[0].fact, FACT_OTHER_SLICE_FLAVOR);
	nomination_free(&nomination);
	VEC_FREE(&attempts);
	end(&fixture);
}

/* 3 and 2 GPUs: apart they fit into flavors of 4, together they do not. A leader that asks for nothing gets no flavor, there
 * being none with a topology. */
static void pod_sets_of_one_group_get_one_flavor(void **state)
{
	(void)state;
	struct fixture fixture = begin("");
	struct books *books = planner_books(fixture.planner);
	struct topology_request group = {.group = id(&fixture, "group")};
	struct resource_request gpus[] = {{id(&fixture, "nvidia.com/gpu"), 3}, {id(&fixture, "nvidia.com/gpu"), 2}};
	struct pod_set sets[] = {{.name = 1, .count = 1, .requests = &gpus[0], .n_requests = 1},
	                         {.name = 2, .count = 1, .requests = &gpus[1], .n_requests = 1},
	                         {.name = 3, .count = 1}};
	struct nomination nomination = {0};
	struct flavor_problem problem = {.books = books, .oracle = {no_candidates, NULL}};
	problem.shape = books_shape_at(books, books_shape(books, sets, 2, NULL, NO_NAME));
	assign_flavors(&problem, &nomination);
	assert_int_equal(nomination.mode, MODE_FIT);
	assert_int_not_equal(nomination.flavors[0], nomination.flavors[1]);
	sets[0].topology = sets[1].topology = sets[2].topology = &group;
	problem.shape = books_shape_at(books, books_shape(books, sets, 2, NULL, NO_NAME));
	assign_flavors(&problem, &nomination);
	assert_int_equal(nomination.mode, MODE_NO_FIT);
	gpus[1].amount = 1;
	problem.shape = books_shape_at(books, books_shape(books, sets, 3, NULL, NO_NAME));
	assign_flavors(&problem, &nomination);
	assert_int_equal(nomination.mode, MODE_FIT);
	assert_int_equal(nomination.flavors[0], nomination.flavors[1]);
	assert_int_equal(nomination.usage[1], 1);
	assert_int_equal(nomination.flavors[2], NONE);
	assert_int_equal(nomination.pairs.items[0].amount, 4);
	nomination_free(&nomination);
	end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_variant_gets_only_its_flavors),
	    cmocka_unit_test(a_variant_waits_when_a_better_one_runs),
	    cmocka_unit_test(a_better_variant_has_a_worse_one_evicted),
	    cmocka_unit_test(migration_ends_at_the_last_acceptable_flavor),
	    cmocka_unit_test(a_closed_gate_keeps_a_workload_from_preempting),
	    cmocka_unit_test(lists_of_flavors_are_read_as_kueue_reads_them),
	    cmocka_unit_test(pod_sets_of_one_group_get_one_flavor),
	    cmocka_unit_test(a_slice_keeps_its_flavor_and_is_charged_the_difference),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
