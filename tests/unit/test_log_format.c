/* test_log_format.c - every field of every record comes back as it went in, and nothing that was cut short is read. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "log_format.h"

enum { N_NAMES = 20 };

static struct wire reader(const struct wire *written, struct arena *arena)
{
	return (struct wire){.bytes = written->bytes, .length = written->length, .arena = arena, .n_names = N_NAMES};
}

static void integers_survive(void **state)
{
	(void)state;
	static const int64_t values[] = {0, 1, -1, 63, -64, 64, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, 1234567890123};
	struct arena *arena = arena_create(0);
	for (size_t i = 0; i < ARRAY_COUNT(values); i++) {
		struct wire wire = {0};
		wire_begin(&wire);
		int64_t value = values[i];
		uint32_t index = (uint32_t)value;
		double real = (double)value / 3;
		wire_i64(&wire, &value);
		wire_u32(&wire, &index);
		wire_double(&wire, &real);
		struct wire back = reader(&wire, arena);
		int64_t got;
		uint32_t got_index;
		double got_real;
		wire_i64(&back, &got);
		wire_u32(&back, &got_index);
		wire_double(&back, &got_real);
		assert_false(back.failed);
		assert_int_equal(back.at, back.length);
		assert_true(got == value && got_index == index && memcmp(&got_real, &real, sizeof real) == 0);
		wire_free(&wire);
	}
	arena_destroy(arena);
}

static const struct key_value labels[] = {{1, 2}, {3, 4}};
static const struct taint taints[] = {{5, 6, 7}};
static const struct toleration tolerations[] = {{8, NO_NAME, 9, true}, {10, 11, NO_NAME, false}};
static const name_id values[] = {12, 13};
static const struct selector_requirement requirements[] = {{1, SELECTOR_NOT_IN, values, 2}, {2, SELECTOR_EXISTS, NULL, 0}};
static const struct selector_term terms[] = {{requirements, 2}};
static const struct resource_request requests[] = {{14, 8}, {15, INT64_MAX}};
static const struct pod_set pod_sets[] = {
    {.name = 16,
     .count = 4,
     .min_count = 2,
     .requests = requests,
     .n_requests = 2,
     .node_selector = labels,
     .n_node_selector = 2,
     .tolerations = tolerations,
     .n_tolerations = 2,
     .affinity = terms,
     .n_affinity = 1},
    {.name = 17, .count = 1, .requests = requests, .n_requests = 1},
};
static const int32_t counts[] = {3, 1};
static const uint32_t flavors[] = {0, 1, NONE, 1};
static const int64_t usage[] = {24, 100, 0, 7};
static const int32_t reclaimable[] = {1, 0};

static struct log_input observed(void)
{
	struct log_input record = {.cluster = 2, .has_status = true};
	record.input.kind = INPUT_OBSERVED;
	record.input.now_us = 123456789;
	record.input.workload = NO_WORKLOAD;
	record.spec = (struct workload_spec){.name = 18,
	                                     .uid = {UINT64_MAX, 5},
	                                     .namespace_name = 19,
	                                     .local_queue = 7,
	                                     .cluster_queue = NONE,
	                                     .created_us = -5,
	                                     .priority = -100,
	                                     .pod_sets = pod_sets,
	                                     .n_pod_sets = 2,
	                                     .max_execution_s = -1,
	                                     .owned_by_pod = true};
	record.status = (struct workload_status){.quota_reserved = true,
	                                         .admitted = true,
	                                         .gated = true,
	                                         .evicted_reason = REASON_NODE_FAILURES,
	                                         .preempted_reason = REASON_NONE,
	                                         .evicted_us = 1,
	                                         .preempted_us = 2,
	                                         .reserved_us = 3,
	                                         .admitted_us = 4,
	                                         .requeue_at_us = -1,
	                                         .requeue_count = 6,
	                                         .past_execution_s = 7,
	                                         .admitted_queue = 8,
	                                         .reclaimable = reclaimable};
	record.status.admission = (struct assignment){2, 2, counts, flavors, usage, NULL, NULL, NULL};
	return record;
}

/* The same struct written again gives the same bytes: nothing was lost on the way. */
static void assert_round_trip(struct log_input *record)
{
	struct arena *arena = arena_create(0);
	struct wire first = {0}, second = {0};
	wire_begin(&first);
	walk_input(&first, record);
	struct wire back = reader(&first, arena);
	struct log_input got = {0};
	walk_input(&back, &got);
	assert_false(back.failed);
	assert_int_equal(back.at, back.length);
	wire_begin(&second);
	walk_input(&second, &got);
	assert_int_equal(first.length, second.length);
	assert_memory_equal(first.bytes, second.bytes, first.length);
	/* Any shorter record is refused. */
	for (size_t length = 0; length < first.length; length++) {
		struct wire cut = reader(&first, arena);
		struct log_input ignored = {0};
		cut.length = length;
		walk_input(&cut, &ignored);
		assert_true(cut.failed);
	}
	wire_free(&first);
	wire_free(&second);
	arena_destroy(arena);
}

static void every_kind_of_input_survives(void **state)
{
	(void)state;
	for (int kind = INPUT_CONFIG; kind <= INPUT_WAKE; kind++) {
		struct log_input record = {.cluster = 1, .config = 3};
		record.input.kind = (enum input_kind)kind;
		record.input.workload = (workload_id){77, 3};
		record.input.pod_set = 1;
		record.input.source = 4;
		if (kind == INPUT_OBSERVED)
			record = observed();
		else if (kind == INPUT_WAKE)
			record.input.wake = (struct wake){99, WAKE_BACKOFF, NONE, {5, 6}, 7};
		else if (kind == INPUT_ACTIVE)
			record.input.flag = true;
		else if (kind == INPUT_PRIORITY || kind == INPUT_EXPECTED_RUN)
			record.input.value = -5;
		else if (kind == INPUT_WRITE_FAILED)
			record.input.reason = REASON_BACKOFF;
		assert_round_trip(&record);
	}
}

static void an_observation_comes_back_field_by_field(void **state)
{
	(void)state;
	struct arena *arena = arena_create(0);
	struct log_input record = observed(), got = {0};
	struct wire wire = {0};
	wire_begin(&wire);
	walk_input(&wire, &record);
	struct wire back = reader(&wire, arena);
	walk_input(&back, &got);
	const struct workload_spec *spec = got.input.observed.spec;
	const struct workload_status *status = got.input.observed.status;
	assert_int_equal(got.cluster, 2);
	assert_true(got.input.now_us == 123456789 && spec->uid.high == UINT64_MAX && spec->created_us == -5);
	assert_true(spec->cluster_queue == NONE && spec->local_queue == 7 && spec->owned_by_pod && spec->priority == -100);
	assert_int_equal(spec->n_pod_sets, 2);
	assert_int_equal(spec->pod_sets[0].min_count, 2);
	assert_true(spec->pod_sets[0].requests[1].amount == INT64_MAX);
	assert_true(spec->pod_sets[0].tolerations[0].exists && !spec->pod_sets[0].tolerations[1].exists);
	assert_int_equal(spec->pod_sets[0].affinity[0].requirements[0].op, SELECTOR_NOT_IN);
	assert_int_equal(spec->pod_sets[0].affinity[0].requirements[0].values[1], 13);
	assert_int_equal(spec->pod_sets[1].name, 17);
	assert_true(status->quota_reserved && status->admitted && status->gated && !status->evicted && !status->pods_ready);
	assert_int_equal(status->evicted_reason, REASON_NODE_FAILURES);
	assert_true(status->requeue_at_us == -1 && status->past_execution_s == 7 && status->admitted_queue == 8);
	assert_int_equal(status->admission.flavors[2], NONE);
	assert_true(status->admission.usage[1] == 100 && status->admission.counts[0] == 3 && status->reclaimable[0] == 1);
	wire_free(&wire);
	arena_destroy(arena);
}

static void a_configuration_survives(void **state)
{
	(void)state;
	static const uint32_t covered[] = {0}, tried[] = {0, 1}, frs[] = {0, 1};
	static const struct quota quotas[] = {{100, LIMIT_UNSET, 5}, {INT64_MAX, 0, LIMIT_UNSET}};
	static const bool present[] = {true, false};
	static const struct resource_group groups[] = {{covered, 1, tried, 2, quotas, frs, present}};
	static const name_id resources[] = {14};
	static const struct resource_flavor all_flavors[] = {{.name = 1, .node_labels = labels, .n_node_labels = 2},
	                                                     {.name = 2,
	                                                      .node_taints = taints,
	                                                      .n_node_taints = 1,
	                                                      .tolerations = tolerations,
	                                                      .n_tolerations = 2,
	                                                      .missing = true}};
	static const struct flavor_resource pairs[] = {{0, 0}, {1, 0}};
	static const struct cohort cohorts[] = {{.name = 3, .parent = NONE, .fair_weight = 0.5, .implicit = true}};
	static const struct cluster_queue queues[] = {{.name = 4,
	                                               .cohort = 0,
	                                               .groups = groups,
	                                               .n_groups = 1,
	                                               .strategy = STRICT_FIFO,
	                                               .namespace_selector = {true, requirements, 2},
	                                               .when_can_preempt = TRY_NEXT_FLAVOR,
	                                               .within_cluster_queue = PREEMPT_LOWER_PRIORITY,
	                                               .borrow_within_cohort = PREEMPT_ANY,
	                                               .max_priority_threshold = NO_PRIORITY_THRESHOLD,
	                                               .stop_policy = STOP_HOLD,
	                                               .fair_weight = 1,
	                                               .usage_based = true}};
	static const struct resource_weight weights[] = {{14, 0.25}};
	static const struct local_queue local[] = {{5, 6, 0, STOP_NONE, 1}};
	static const struct kube_namespace spaces[] = {{6, labels, 2}};
	static const struct priority_class classes[] = {{7, -1000, true}};
	struct kueue_config config = {.resources = resources,
	                              .n_resources = 1,
	                              .flavors = all_flavors,
	                              .n_flavors = 2,
	                              .frs = pairs,
	                              .n_frs = 2,
	                              .cohorts = cohorts,
	                              .n_cohorts = 1,
	                              .cluster_queues = queues,
	                              .n_cluster_queues = 1,
	                              .local_queues = local,
	                              .n_local_queues = 1,
	                              .namespaces = spaces,
	                              .n_namespaces = 1,
	                              .priority_classes = classes,
	                              .n_priority_classes = 1,
	                              .controller = {.wait_for_pods_ready = true,
	                                             .pods_ready_timeout_us = 5,
	                                             .backoff_limit_count = -1,
	                                             .fair_sharing = true,
	                                             .fair_strategies = {FAIR_LESS_THAN_INITIAL_SHARE},
	                                             .n_fair_strategies = 1,
	                                             .admission_fair_sharing = true,
	                                             .usage_half_life_us = 7,
	                                             .usage_sampling_us = 8,
	                                             .usage_weights = weights,
	                                             .n_usage_weights = 1},
	                              .gates = 0x1fff};
	struct arena *arena = arena_create(0);
	struct wire first = {0}, second = {0};
	wire_begin(&first);
	walk_config(&first, &config);
	struct kueue_config got = {0};
	struct wire back = reader(&first, arena);
	walk_config(&back, &got);
	assert_false(back.failed);
	assert_int_equal(back.at, back.length);
	assert_true(config_is_sound(&got));
	assert_true(got.cluster_queues[0].groups[0].quotas[0].borrowing_limit == LIMIT_UNSET);
	assert_true(got.cluster_queues[0].groups[0].quotas[1].nominal == INT64_MAX);
	assert_true(got.cluster_queues[0].groups[0].present[0] && !got.cluster_queues[0].groups[0].present[1]);
	assert_int_equal(got.cluster_queues[0].borrow_within_cohort, PREEMPT_ANY);
	assert_true(got.controller.wait_for_pods_ready && got.controller.backoff_limit_count == -1);
	assert_true(got.cluster_queues[0].usage_based && got.controller.admission_fair_sharing);
	assert_int_equal(got.controller.fair_strategies[0], FAIR_LESS_THAN_INITIAL_SHARE);
	assert_true(got.controller.usage_weights[0].weight == 0.25 && got.controller.usage_sampling_us == 8);
	assert_true(got.gates == 0x1fff && got.priority_classes[0].value == -1000);
	wire_begin(&second);
	walk_config(&second, &got);
	assert_int_equal(first.length, second.length);
	assert_memory_equal(first.bytes, second.bytes, first.length);

	/* An index beyond its table is seen. */
	static const uint32_t too_far[] = {0, 2};
	struct resource_group bad_group = groups[0];
	struct cluster_queue bad_queue = queues[0];
	bad_group.flavors = too_far;
	bad_queue.groups = &bad_group;
	config.cluster_queues = &bad_queue;
	assert_false(config_is_sound(&config));

	/* Samples without a pause between them would never end. */
	config.cluster_queues = queues;
	assert_true(config_is_sound(&config));
	config.controller.usage_sampling_us = 0;
	assert_false(config_is_sound(&config));
	wire_free(&first);
	wire_free(&second);
	arena_destroy(arena);
}

static void a_checksum_covers_order(void **state)
{
	(void)state;
	const uint8_t a[] = "first", b[] = "second";
	assert_int_not_equal(log_checksum(log_checksum(0, a, 5), b, 6), log_checksum(log_checksum(0, b, 6), a, 5));
	assert_int_not_equal(log_checksum(0, a, 5), log_checksum(0, a, 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(integers_survive),
	    cmocka_unit_test(every_kind_of_input_survives),
	    cmocka_unit_test(an_observation_comes_back_field_by_field),
	    cmocka_unit_test(a_configuration_survives),
	    cmocka_unit_test(a_checksum_covers_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
