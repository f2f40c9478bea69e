/* test_requests.c - what a pod is charged in quota, how many pods fit, and how urgent a workload is. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "world/limits.h"
#include "world/requests.h"

enum { MOST = 8 };

struct bench {
	struct names *names;
	struct controller_config controller;
	struct resource_request charged[MOST];
	uint32_t n_charged;
};

static struct bench bench_create(void)
{
	return (struct bench){.names = names_create()};
}

static name_id id(struct bench *bench, const char *text)
{
	return names_intern(bench->names, text);
}

static void charge(struct bench *bench, const struct resource_request *requests, uint32_t count)
{
	assert_in_range(requests_charge_most(&bench->controller, count), 0, MOST);
	bench->n_charged = requests_charge(bench->names, &bench->controller, requests, count, bench->charged);
}

/* -1: not charged at all. */
static int64_t charged(struct bench *bench, const char *resource)
{
	for (uint32_t i = 0; i < bench->n_charged; i++)
		if (bench->charged[i].resource == id(bench, resource))
			return bench->charged[i].amount;
	return -1;
}

static void a_replaced_input_is_not_charged_and_a_retained_one_is(void **state)
{
	(void)state;
	struct bench bench = bench_create();
	struct resource_output small = {id(&bench, "credits"), 10, 0}, large = {id(&bench, "credits"), 100, 0};
	struct resource_transformation rows[] = {
	    {.input = id(&bench, "mig"), .replace = true, .outputs = &small, .n_outputs = 1},
	    {.input = id(&bench, "gpu"), .outputs = &large, .n_outputs = 1},
	};
	bench.controller.transformations = rows;
	bench.controller.n_transformations = 2;
	struct resource_request requests[] = {{id(&bench, "mig"), 2}, {id(&bench, "gpu"), 1}, {id(&bench, "cpu"), 500}};
	charge(&bench, requests, 3);
	assert_int_equal(bench.n_charged, 3);
	assert_int_equal(charged(&bench, "mig"), -1);
	assert_int_equal(charged(&bench, "gpu"), 1);
	assert_int_equal(charged(&bench, "credits"), 120);
	assert_int_equal(charged(&bench, "cpu"), 500);
	names_destroy(bench.names);
}

static void outputs_cancel_each_other_but_not_what_was_requested(void **state)
{
	(void)state;
	struct bench bench = bench_create();
	struct resource_output minus = {id(&bench, "gpu"), -1, 0};
	struct resource_transformation row = {.input = id(&bench, "credit"), .replace = true, .outputs = &minus, .n_outputs = 1};
	bench.controller.transformations = &row;
	bench.controller.n_transformations = 1;
	struct resource_request requests[] = {{id(&bench, "gpu"), 8}, {id(&bench, "credit"), 3}};
	charge(&bench, requests, 2);
	assert_int_equal(charged(&bench, "gpu"), 8);
	assert_int_equal(charged(&bench, "credit"), -1);
	names_destroy(bench.names);
}

/* 300 milli-cores x 0.5 x 3 GPUs = 0.45 -> 450 milli-cores of "cpu", but one whole "slots". */
static void fractions_are_rounded_up_once_in_the_unit_of_the_output(void **state)
{
	(void)state;
	struct bench bench = bench_create();
	struct resource_output outputs[] = {{id(&bench, "cpu"), 0, 500000000}, {id(&bench, "slots"), 0, 500000000}};
	struct resource_transformation row = {
	    .input = id(&bench, "cpu"), .multiply_by = id(&bench, "gpu"), .replace = true, .outputs = outputs, .n_outputs = 2};
	bench.controller.transformations = &row;
	bench.controller.n_transformations = 1;
	struct resource_request requests[] = {{id(&bench, "cpu"), 300}, {id(&bench, "gpu"), 3}};
	charge(&bench, requests, 2);
	assert_int_equal(charged(&bench, "cpu"), 450);
	assert_int_equal(charged(&bench, "slots"), 1);
	charge(&bench, requests, 1); /* nothing to multiply by: as if it were not asked for */
	assert_int_equal(charged(&bench, "cpu"), 150);
	names_destroy(bench.names);
}

static void excluded_resources_are_neither_charged_nor_transformed(void **state)
{
	(void)state;
	struct bench bench = bench_create();
	struct resource_output output = {id(&bench, "credits"), 1, 0};
	struct resource_transformation row = {.input = id(&bench, "net.example.com/vpc"), .outputs = &output, .n_outputs = 1};
	name_id prefixes[] = {id(&bench, "other"), id(&bench, "net.example.com/")};
	bench.controller.transformations = &row;
	bench.controller.n_transformations = 1;
	bench.controller.excluded_prefixes = prefixes;
	bench.controller.n_excluded_prefixes = 2;
	struct resource_request requests[] = {{id(&bench, "net.example.com/vpc"), 1}, {id(&bench, "net"), 2}};
	charge(&bench, requests, 2);
	assert_int_equal(bench.n_charged, 1);
	assert_int_equal(charged(&bench, "net"), 2);
	names_destroy(bench.names);
}

static void amounts_beyond_64_bits_saturate(void **state)
{
	(void)state;
	struct bench bench = bench_create();
	struct resource_output output = {id(&bench, "gpu"), INT64_MAX, 0};
	struct resource_transformation row = {.input = id(&bench, "credit"), .outputs = &output, .n_outputs = 1};
	bench.controller.transformations = &row;
	bench.controller.n_transformations = 1;
	struct resource_request request = {id(&bench, "credit"), INT64_MAX};
	charge(&bench, &request, 1);
	assert_true(charged(&bench, "gpu") == INT64_MAX);
	names_destroy(bench.names);
}

static void pods_are_counted_by_the_scarcest_resource(void **state)
{
	(void)state;
	struct bench bench = bench_create();
	struct resource_request pod[] = {{id(&bench, "cpu"), 2}, {id(&bench, "memory"), 5}, {id(&bench, "gpu"), 0}};
	struct resource_request left[] = {{id(&bench, "cpu"), 9}, {id(&bench, "memory"), 12}};
	assert_int_equal(requests_count_in(pod, 3, left, 2), 2);
	assert_int_equal(requests_count_in(pod, 2, left, 1), 0);
	left[0].amount = -4;
	assert_int_equal(requests_count_in(pod, 1, left, 2), 0);
	assert_int_equal(requests_count_in(&pod[2], 1, left, 2), INT32_MAX);
	assert_int_equal(requests_count_in(pod, 0, left, 2), 0);
	names_destroy(bench.names);
}

static void boosts_count_only_with_their_gate(void **state)
{
	(void)state;
	gate_set on = UINT64_C(1) << GATE_PriorityBoost;
	int32_t boost = 7;
	assert_true(kueue_parse_boost("-30", &boost));
	assert_true(kueue_effective_priority(on, 100, boost) == 70 && kueue_effective_priority(0, 100, boost) == 100);
	assert_true(kueue_effective_priority(on, INT32_MAX, INT32_MAX) == 2 * (int64_t)INT32_MAX);
	assert_false(kueue_parse_boost("not-a-number", &boost) || kueue_parse_boost("", &boost) ||
	             kueue_parse_boost("2147483648", &boost) || kueue_parse_boost(" 1", &boost));
	assert_int_equal(boost, -30);
}

/* One LimitRange of namespace "a": containers of 100 to 1000 milli-cores, pods of at most 1500. */
static void requests_stay_within_limits_and_limit_ranges(void **state)
{
	(void)state;
	struct bench bench = bench_create();
	name_id a = id(&bench, "a"), b = id(&bench, "b"), cpu = id(&bench, "cpu"), gpu = id(&bench, "gpu");
	struct limit_bound items[] = {{a, cpu, LIMIT_CONTAINER, INT64_MIN, 1000},
	                              {a, cpu, LIMIT_CONTAINER, 100, INT64_MAX},
	                              {a, cpu, LIMIT_POD, INT64_MIN, 1500}};
	struct limit_bounds bounds = {items, 3};
	struct resource_request asks[] = {{cpu, 50}, {cpu, 100}, {cpu, 1000}, {cpu, 1001}, {gpu, 9000}};
	struct resource_request limits[] = {{cpu, 99}, {cpu, 100}, {cpu, 2000}};
	assert_false(limits_allow_container(bounds, a, &asks[0], 1, NULL, 0));
	assert_true(limits_allow_container(bounds, a, &asks[1], 1, NULL, 0));
	assert_true(limits_allow_container(bounds, a, &asks[2], 1, NULL, 0));
	assert_false(limits_allow_container(bounds, a, &asks[3], 1, NULL, 0));
	assert_true(limits_allow_container(bounds, b, &asks[3], 1, NULL, 0));
	assert_true(limits_allow_container(bounds, a, &asks[4], 1, NULL, 0));
	assert_false(limits_allow_container(bounds, b, &asks[1], 1, &limits[0], 1)); /* above its own limit */
	assert_true(limits_allow_container(bounds, b, &asks[1], 1, &limits[1], 1));
	assert_false(limits_allow_container(bounds, a, &asks[1], 1, &limits[2], 1)); /* a limit above the maximum */
	assert_true(limits_allow_pod(bounds, a, &asks[3], 1));
	asks[3].amount = 1501;
	assert_false(limits_allow_pod(bounds, a, &asks[3], 1));
	struct pod_set pods = {.requests = &asks[2], .n_requests = 1};
	assert_true(limits_allow_pod_set(bounds, a, &pods));
	names_destroy(bench.names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_replaced_input_is_not_charged_and_a_retained_one_is),
	    cmocka_unit_test(outputs_cancel_each_other_but_not_what_was_requested),
	    cmocka_unit_test(fractions_are_rounded_up_once_in_the_unit_of_the_output),
	    cmocka_unit_test(excluded_resources_are_neither_charged_nor_transformed),
	    cmocka_unit_test(amounts_beyond_64_bits_saturate),
	    cmocka_unit_test(pods_are_counted_by_the_scarcest_resource),
	    cmocka_unit_test(boosts_count_only_with_their_gate),
	    cmocka_unit_test(requests_stay_within_limits_and_limit_ranges),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
