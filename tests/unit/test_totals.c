/* test_totals.c - sums over replications, and every check of theirs seen to fail when one book is off by 1. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "app/totals.h"
#include "base/error.h"
#include "base/job.h"

enum { N_JOBS = 4 };

static struct names *names;
static struct node_pool pool;
static struct cluster cluster;
static struct world world;
static struct job jobs[N_JOBS];
static struct job_table table;
static struct job_outcome outcomes[N_JOBS];
static struct pool_meter meter;
static struct preemption_row preemption;
static struct run_result result;

static int make_run(void **state)
{
	(void)state;
	names = names_create();
	pool = (struct node_pool){.name = names_intern(names, "h100"), .nodes = 1, .gpus_per_node = 8};
	cluster = (struct cluster){.name = names_intern(names, "main"), .pools = &pool, .n_pools = 1};
	world = (struct world){.names = names, .clusters = &cluster, .n_clusters = 1, .currency = "USD", .warmup_us = 10};
	for (uint32_t i = 0; i < N_JOBS; i++) {
		jobs[i] = (struct job){.name = names_intern(names, i % 2 ? "odd" : "even"),
		                       .submit_us = 100 * (int64_t)i,
		                       .recorded_wait_us = 40 + (int64_t)i};
		outcomes[i] = (struct job_outcome){.admitted_us = 100 * (int64_t)i + 50,
		                                   .bound_us = 100 * (int64_t)i + 60,
		                                   .ready_us = 100 * (int64_t)i + 70,
		                                   .finished_us = 100 * (int64_t)i + 80};
	}
	outcomes[0].productive_gpu_us = 400;
	outcomes[0].cost = 10;
	outcomes[1].productive_gpu_us = 300;
	outcomes[1].cost = 20;
	outcomes[3] = (struct job_outcome){
	    .admitted_us = -1, .bound_us = -1, .ready_us = -1, .finished_us = -1, .pending_reason = REASON_NO_FIT};
	table = (struct job_table){.jobs = jobs, .n_jobs = N_JOBS};
	meter = (struct pool_meter){.capacity_gpu_us = 1000, .paid = 60, .charged = 30, .idle = 20, .down = 10, .priced = true};
	meter.gpu_us[GPU_PRODUCTIVE] = 700;
	meter.gpu_us[GPU_IDLE_FRAGMENTED] = 300;
	preemption = (struct preemption_row){.reason = REASON_PREEMPTED_RECLAMATION, .jobs = 5};
	result = (struct run_result){.jobs = &table,
	                             .outcomes = outcomes,
	                             .pools = &meter,
	                             .n_pools = 1,
	                             .preemptions = &preemption,
	                             .n_preemptions = 1,
	                             .end_us = 1000,
	                             .digest = 77,
	                             .largest_storm = 3};
	return 0;
}

static int drop_run(void **state)
{
	(void)state;
	names_destroy(names);
	return 0;
}

static void totals_sum_over_replications(void **state)
{
	(void)state;
	struct run_totals totals = {0};
	struct error error = {0};
	assert_true(totals_add(&totals, &world, &result, &error));
	uint64_t digest = totals.digest;
	result.largest_storm = 2;
	result.replication = 1;
	assert_true(totals_add(&totals, &world, &result, &error));
	assert_int_equal(totals.replications, 2);
	assert_true(totals.capacity_gpu_us == 2000 && totals.gpu_us[GPU_PRODUCTIVE] == 1400 && totals.paid == 120);
	assert_int_equal(totals.preempted_jobs[REASON_PREEMPTED_RECLAMATION], 10);
	assert_int_equal(totals.largest_storm, 3);
	assert_true(totals.priced);
	assert_int_equal(totals.oldest_wait_us, 700);
	assert_true(totals.digest != digest && digest != 0);
	assert_int_equal(totals.n_pools, 1);
	assert_true(totals.pools[0].capacity_gpu_us == 2000 && totals.pools[0].gpu_us[GPU_IDLE_FRAGMENTED] == 600);
	totals_free(&totals);
}

/* Admitted once, or in some replication only: it counts as long as it waits. */
static void the_oldest_is_of_all_that_wait(void **state)
{
	(void)state;
	struct run_totals totals = {0};
	struct error error = {0};
	outcomes[3].pending_reason = REASON_NONE;
	assert_true(totals_add(&totals, &world, &result, &error));
	assert_int_equal(totals.oldest_wait_us, -1);
	outcomes[1].ready_us = outcomes[1].finished_us = -1;
	outcomes[1].pending_reason = REASON_WAITING_FOR_NODES;
	result.replication = 1;
	assert_true(totals_add(&totals, &world, &result, &error));
	assert_int_equal(totals.oldest_wait_us, 900);
	totals_free(&totals);
}

static void recorded_waits_are_compared_after_warm_up(void **state)
{
	(void)state;
	struct run_totals totals = {0};
	struct error error = {0};
	jobs[1].recorded_wait_us = -1;
	assert_true(totals_add(&totals, &world, &result, &error));
	/* Job 0 is within the warm-up, job 1 has none: jobs 2 (50 against 42) and 3 (700 so far against 43) are left. */
	assert_int_equal(totals.recorded.n_jobs, 2);
	assert_true(totals.recorded.recorded_p50_us == 42 && totals.recorded.recorded_p95_us == 43);
	assert_true(totals.recorded.simulated_p50_us == 50 && totals.recorded.simulated_p95_us == 700);
	assert_true(totals.recorded.simulated_mean_us == 375 && totals.recorded.median_error_us == 8);
	totals_free(&totals);
}

static void assert_broken(const char *says)
{
	struct run_totals totals = {0};
	struct error error = {0};
	assert_false(totals_add(&totals, &world, &result, &error));
	assert_int_equal(error.code, ERROR_INVARIANT);
	if (!strstr(error.text, says))
		fail_msg("'%s' does not say '%s'", error.text, says);
	assert_int_equal(totals.replications, 0);
}

static void gpu_time_off_by_one_is_seen(void **state)
{
	(void)state;
	for (int part = 0; part < GPU_TIME_COUNT; part++) {
		meter.gpu_us[part]++;
		assert_broken("GPU time of pool h100");
		meter.gpu_us[part]--;
	}
	meter.capacity_gpu_us--;
	assert_broken("GPU time of pool h100");
	meter.capacity_gpu_us++;
	meter.gpu_us[GPU_PRODUCTIVE]++;
	meter.gpu_us[GPU_DOWN]--;
	assert_broken("is negative");
}

static void money_off_by_one_is_seen(void **state)
{
	(void)state;
	charge *const books[] = {&meter.paid, &meter.charged, &meter.idle, &meter.down};
	for (size_t i = 0; i < ARRAY_COUNT(books); i++) {
		(*books[i])++;
		assert_broken("money of pool h100");
		(*books[i])--;
	}
}

static void jobs_and_pools_off_by_one_are_seen(void **state)
{
	(void)state;
	int64_t *const books[] = {&outcomes[1].productive_gpu_us, &outcomes[1].starting_gpu_us,
	                          &outcomes[1].lost_preemption_gpu_us, &outcomes[1].lost_eviction_gpu_us,
	                          &outcomes[1].lost_failure_gpu_us};
	for (size_t i = 0; i < ARRAY_COUNT(books); i++) {
		(*books[i])++;
		assert_broken("jobs add up to");
		(*books[i])--;
	}
	outcomes[1].cost++;
	assert_broken("jobs were charged");
}

static void a_job_out_of_order_is_seen(void **state)
{
	(void)state;
	int64_t *const steps[] = {&outcomes[2].admitted_us, &outcomes[2].bound_us, &outcomes[2].ready_us,
	                          &outcomes[2].finished_us};
	const int64_t too_early[] = {199, 249, 259, 269};
	for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
		int64_t right = *steps[i];
		*steps[i] = too_early[i];
		assert_broken("job even");
		*steps[i] = right;
	}
	outcomes[2].admitted_us = -1;
	assert_broken("job even");
}

static void quantiles_are_nearest_ranks(void **state)
{
	(void)state;
	const double values[] = {1, 2, 3, 4};
	assert_true(sorted_quantile(values, 4, 0.5) == 2);
	assert_true(sorted_quantile(values, 4, 0.51) == 3);
	assert_true(sorted_quantile(values, 4, 0.95) == 4);
	assert_true(sorted_quantile(values, 4, 0) == 1);
	assert_true(sorted_quantile(values, 1, 0.99) == 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_run, drop_run)
	const struct CMUnitTest tests[] = {
	    TEST(totals_sum_over_replications),
	    TEST(the_oldest_is_of_all_that_wait),
	    TEST(recorded_waits_are_compared_after_warm_up),
	    TEST(gpu_time_off_by_one_is_seen),
	    TEST(money_off_by_one_is_seen),
	    TEST(jobs_and_pools_off_by_one_are_seen),
	    TEST(a_job_out_of_order_is_seen),
	    TEST(quantiles_are_nearest_ranks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
