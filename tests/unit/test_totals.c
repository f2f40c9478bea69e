/* test_totals.c - sums over replications, of results that add up only. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/totals.h"
#include "base/error.h"
#include "base/job.h"

enum { N_JOBS = 4 };

static struct names *names;
static struct node_pool pool;
static struct gpu_price price;
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
	price = (struct gpu_price){.gpu_product = names_intern(names, "h100"), .micro_per_gpu_hour = 1};
	pool.gpu_product = price.gpu_product;
	pool.capacity_type = price.capacity_type;
	cluster = (struct cluster){.name = names_intern(names, "main"), .pools = &pool, .n_pools = 1};
	world = (struct world){.names = names,
	                       .clusters = &cluster,
	                       .n_clusters = 1,
	                       .currency = "USD",
	                       .prices = &price,
	                       .n_prices = 1,
	                       .warmup_us = 10};
	for (uint32_t i = 0; i < N_JOBS; i++) {
		jobs[i] = (struct job){.name = names_intern(names, i % 2 ? "odd" : "even"),
		                       .submit_us = 100 * (int64_t)i,
		                       .recorded_wait_us = 40 + (int64_t)i};
		outcomes[i] = (struct job_outcome){.admitted_us = 100 * (int64_t)i + 50,
		                                   .bound_us = 100 * (int64_t)i + 60,
		                                   .ready_us = 100 * (int64_t)i + 70,
		                                   .finished_us = 100 * (int64_t)i + 80,
		                                   .wait_by_cause_us[WAIT_QUOTA] = 70};
	}
	outcomes[0].productive_gpu_us = 400;
	outcomes[0].cost = 400;
	outcomes[1].productive_gpu_us = 300;
	outcomes[1].cost = 300;
	outcomes[3] = (struct job_outcome){.admitted_us = -1,
	                                   .bound_us = -1,
	                                   .ready_us = -1,
	                                   .finished_us = -1,
	                                   .pending_reason = REASON_NO_FIT,
	                                   .wait_by_cause_us[WAIT_QUOTA] = 700};
	table = (struct job_table){.jobs = jobs, .n_jobs = N_JOBS};
	meter = (struct pool_meter){.capacity_gpu_us = 1000, .paid = 1000, .charged = 700, .idle = 300, .priced = true};
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
	assert_true(totals.capacity_gpu_us == 2000 && totals.gpu_us[GPU_PRODUCTIVE] == 1400 && totals.paid == 2000);
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
	outcomes[1].wait_by_cause_us[WAIT_NODES] = 900 - 70;
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
	const struct recorded_waits *waits = &totals.recorded;
	assert_true(waits->recorded_mean_us == 42.5 && waits->recorded_p95_us == 43 && waits->n_unstarted == 1);
	assert_true(waits->simulated_p95.us == 700 && waits->simulated_p95.lower_bound);
	assert_true(waits->simulated_mean.us == 375 && waits->simulated_mean.lower_bound);
	assert_true(waits->median_error.us == 8 && !waits->median_error.lower_bound);
	totals_free(&totals);
}

static void a_replication_that_does_not_add_up_is_refused(void **state)
{
	(void)state;
	struct run_totals totals = {0};
	struct error error = {0};
	result.replication = 7;
	meter.gpu_us[GPU_DOWN]++;
	assert_false(totals_add(&totals, &world, &result, &error));
	assert_int_equal(error.code, ERROR_INVARIANT);
	assert_non_null(strstr(error.text, "replication 7"));
	assert_non_null(strstr(error.text, "GPU time of pool h100"));
	assert_int_equal(totals.replications, 0);
	assert_null(totals.pools);
}

/* Found at the start, it was submitted and admitted at times below 0. */
static void work_admitted_before_the_start_adds_up(void **state)
{
	(void)state;
	struct run_totals totals = {0};
	struct error error = {0};
	jobs[0].submit_us = -100;
	outcomes[0].admitted_us = -50;
	outcomes[0].wait_by_cause_us[WAIT_QUOTA] = 170;
	if (!totals_add(&totals, &world, &result, &error))
		fail_msg("%s", error.text);
	totals_free(&totals);
	outcomes[0].admitted_us = -101;
	assert_false(totals_add(&totals, &world, &result, &error));
	assert_non_null(strstr(error.text, "job even"));
}

static void quantiles_are_nearest_ranks(void **state)
{
	(void)state;
	const struct wait values[] = {{1, false}, {2, false}, {3, false}, {4, false}};
	assert_true(waits_quantile(values, 4, 0.5).us == 2);
	assert_true(waits_quantile(values, 4, 0.51).us == 3);
	assert_true(waits_quantile(values, 4, 0.95).us == 4);
	assert_true(waits_quantile(values, 4, 0).us == 1);
	assert_true(waits_quantile(values, 1, 0.99).us == 1);
	assert_true(isnan(waits_quantile(values, 0, 0.5).us) && isnan(waits_mean(values, 0).us));
}

/* 1000 waits; of those of rank 700 on every tenth had not ended. */
static void a_bound_stays_one_in_higher_quantiles(void **state)
{
	(void)state;
	struct wait waits[1000];
	for (uint32_t i = 0; i < 1000; i++)
		waits[i] = (struct wait){i + 1, i >= 699 && (i - 699) % 10 == 0};
	assert_false(waits_quantile(waits, 1000, 0.699).lower_bound);
	assert_false(waits_quantile(waits, 1000, 0.7).lower_bound);   /* 1 of them, 300 beyond */
	assert_false(waits_quantile(waits, 1000, 0.719).lower_bound); /* 2, 281 */
	assert_true(waits_quantile(waits, 1000, 0.72).lower_bound);   /* 3, 280 */
	bool before = false;
	for (int q = 0; q <= 1000; q++) {
		bool bound = waits_quantile(waits, 1000, q / 1000.0).lower_bound;
		assert_true(bound || !before);
		before = bound;
	}
	assert_true(before && waits_mean(waits, 1000).lower_bound);
	/* of equals, what had ended comes first: the open one reaches nothing that another has at the same rank */
	struct wait equal[] = {{5, true}, {5, false}};
	waits_sort(equal, 2);
	assert_true(!equal[0].open && !waits_quantile(equal, 2, 0.5).lower_bound && waits_quantile(equal, 2, 1).lower_bound);
}

/* Three of four have not started and have waited less than was recorded: the median error is at least 0, no more is known.
 */
static void an_error_is_at_least_what_was_waited_too_long(void **state)
{
	(void)state;
	struct run_totals totals = {0};
	struct error error = {0};
	world.warmup_us = 0;
	for (uint32_t i = 1; i < N_JOBS; i++) {
		outcomes[i] = outcomes[3];
		outcomes[i].wait_by_cause_us[WAIT_QUOTA] = result.end_us - jobs[i].submit_us;
		jobs[i].recorded_wait_us = 5000;
	}
	outcomes[0].productive_gpu_us = meter.gpu_us[GPU_PRODUCTIVE];
	outcomes[0].cost = meter.charged;
	if (!totals_add(&totals, &world, &result, &error))
		fail_msg("%s", error.text);
	assert_int_equal(totals.recorded.n_unstarted, 3);
	assert_true(totals.recorded.median_error.us == 0 && totals.recorded.median_error.lower_bound);
	totals_free(&totals);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_run, drop_run)
	const struct CMUnitTest tests[] = {
	    TEST(totals_sum_over_replications),
	    TEST(the_oldest_is_of_all_that_wait),
	    TEST(recorded_waits_are_compared_after_warm_up),
	    TEST(a_replication_that_does_not_add_up_is_refused),
	    TEST(work_admitted_before_the_start_adds_up),
	    TEST(quantiles_are_nearest_ranks),
	    TEST(a_bound_stays_one_in_higher_quantiles),
	    TEST(an_error_is_at_least_what_was_waited_too_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
