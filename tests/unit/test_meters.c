/* test_meters.c - the books of the simulator by hand: API rate, idle GPUs shared out, quota borrowed and lent, series. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "control_plane.h"
#include "gpu_meter.h"
#include "quota_meter.h"
#include "series.h"
#include "sim_cluster.h"

#define S US_PER_S

static void test_writes_go_at_the_rate_after_a_burst(void **state)
{
	(void)state;
	struct control_plane parameters = {.api_qps = 4, .api_burst = 3, .write_latency_us = 10};
	struct control_plane_state bucket;
	control_plane_init(&bucket, &parameters);
	for (int i = 0; i < 3; i++)
		assert_int_equal(control_plane_write(&bucket, 1 * S), 1 * S + 10);
	assert_int_equal(control_plane_write(&bucket, 1 * S), 1 * S + 250000 + 10);
	assert_int_equal(control_plane_write(&bucket, 1 * S), 1 * S + 500000 + 10);
	/* 1.6 s: the tokens of 1.25 and 1.5 are gone; the next is due at 1.75 */
	assert_int_equal(control_plane_write(&bucket, 1 * S + 600000), 1 * S + 750000 + 10);
	/* after a long pause the burst is there again, and no more than that */
	for (int i = 0; i < 3; i++)
		assert_int_equal(control_plane_write(&bucket, 60 * S), 60 * S + 10);
	assert_int_equal(control_plane_write(&bucket, 60 * S), 60 * S + 250000 + 10);
}

static void test_no_rate_is_no_wait(void **state)
{
	(void)state;
	struct control_plane parameters = {0};
	struct control_plane_state bucket;
	control_plane_init(&bucket, &parameters);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(control_plane_write(&bucket, 7), 7);
	assert_int_equal(control_plane_pass_us(&bucket, 100), 0);
}

static void test_idle_gpus_are_matched_with_what_waits(void **state)
{
	(void)state;
	struct test_cluster t;
	test_cluster_init(&t, (int32_t[]){2, 1, 3}, SCORE_LEAST_ALLOCATED); /* 16, 0 and 12 GPUs */
	struct gpu_meter *meter = gpu_meter_create(t.nodes, 0, 10);
	uint32_t big = gpu_meter_set(meter, (uint32_t[]){0}, 1), both = gpu_meter_set(meter, (uint32_t[]){0, 2}, 2);
	assert_int_equal(gpu_meter_set(meter, (uint32_t[]){0}, 1), big);
	gpu_meter_advance(meter, 20); /* 10 us count: the warm-up ends at 10 */
	assert_int_equal(meter->pools[0].gpu_us[GPU_IDLE_NOBODY_WAITING], 16 * 10);
	assert_int_equal(meter->pools[2].gpu_us[GPU_IDLE_NOBODY_WAITING], 12 * 10);
	gpu_meter_demand(meter, both, DEMAND_QUOTA, 20);
	gpu_meter_demand(meter, big, DEMAND_NODES, 5);
	gpu_meter_demand(meter, big, DEMAND_CONTROL_PLANE, 2);
	nodes_set_state(t.nodes, 5, NODE_DOWN); /* the last of pool small */
	gpu_meter_advance(meter, 30);
	assert_int_equal(meter->pools[0].gpu_us[GPU_IDLE_FRAGMENTED], 5 * 10);
	assert_int_equal(meter->pools[0].gpu_us[GPU_IDLE_CONTROL_PLANE], 2 * 10);
	assert_int_equal(meter->pools[0].gpu_us[GPU_IDLE_BEHIND_QUOTA], 9 * 10);
	assert_int_equal(meter->pools[0].gpu_us[GPU_IDLE_NOBODY_WAITING], 16 * 10);
	assert_int_equal(meter->pools[2].gpu_us[GPU_IDLE_BEHIND_QUOTA], 8 * 10); /* of the 11 that are left over */
	assert_int_equal(meter->pools[2].gpu_us[GPU_DOWN], 4 * 10);
	gpu_meter_demand(meter, both, DEMAND_QUOTA, -19);
	gpu_meter_demand(meter, both, DEMAND_HELD_BACK, 6);
	gpu_meter_advance(meter, 31);
	assert_int_equal(meter->pools[0].gpu_us[GPU_IDLE_HELD_BACK], 6); /* after the one that pends for quota */
	assert_int_equal(meter->pools[0].gpu_us[GPU_IDLE_BEHIND_QUOTA], 9 * 10 + 1);
	assert_int_equal(meter->pools[0].gpu_us[GPU_IDLE_NOBODY_WAITING], 16 * 10 + 2);
	gpu_meter_destroy(meter);
	test_cluster_free(&t);
}

/* Two queues and their cohort's own quota share one flavor: nominal 8, 4 (of which it lends 1) and 2. */
static void test_borrowed_and_lent_quota(void **state)
{
	(void)state;
	struct names *names = names_create();
	name_id resources[] = {names_intern(names, "nvidia.com/gpu"), names_intern(names, "cpu")};
	struct flavor_resource frs[] = {{0, 0}, {0, 1}};
	uint32_t covered[] = {0, 1}, flavors[] = {0}, fr_numbers[] = {0, 1};
	bool present[] = {true, true};
	struct quota quotas[3][2] = {{{8, LIMIT_UNSET, LIMIT_UNSET}, {100, LIMIT_UNSET, LIMIT_UNSET}},
	                             {{4, LIMIT_UNSET, 1}, {100, LIMIT_UNSET, LIMIT_UNSET}},
	                             {{2, LIMIT_UNSET, LIMIT_UNSET}, {0, LIMIT_UNSET, LIMIT_UNSET}}};
	struct resource_group groups[3];
	for (int i = 0; i < 3; i++)
		groups[i] = (struct resource_group){covered, 2, flavors, 1, quotas[i], fr_numbers, present};
	struct cluster_queue queues[] = {{.cohort = 0, .groups = &groups[0], .n_groups = 1},
	                                 {.cohort = 0, .groups = &groups[1], .n_groups = 1}};
	struct cohort cohort = {.parent = NONE, .groups = &groups[2], .n_groups = 1};
	struct kueue_config config = {.names = names,
	                              .resources = resources,
	                              .n_resources = 2,
	                              .frs = frs,
	                              .n_frs = 2,
	                              .cohorts = &cohort,
	                              .n_cohorts = 1,
	                              .cluster_queues = queues,
	                              .n_cluster_queues = 2};
	struct quota_meter *meter = quota_meter_create(&config, 0, 0);
	assert_int_equal(quota_meter_cell(meter, 0, 1), NONE); /* cpu is no GPU */
	uint32_t a = quota_meter_cell(meter, 0, 0), b = quota_meter_cell(meter, 1, 0);
	quota_meter_use(meter, a, 8, 0);
	quota_meter_use(meter, b, 2, 0);
	quota_meter_use(meter, a, 2, 1000); /* borrows 2 of the 1 that b lends and the 2 of the cohort */
	int128 mark = quota_meter_mark(meter, a, 1000);
	quota_meter_use(meter, a, -2, 4000);
	assert_int_equal((int64_t)((quota_meter_mark(meter, a, 5000) - mark) * 10 >> 32), 3000 * 2);
	quota_meter_finish(meter, 5000);
	assert_int_equal(meter->queues[0].used_gpu_us, 8 * 5000 + 2 * 3000);
	assert_int_equal(meter->queues[0].nominal_gpu_us, 8 * 5000);
	assert_int_equal(meter->queues[0].borrowed_gpu_us, 2 * 3000);
	assert_int_equal(meter->queues[0].lent_gpu_us, 0);
	assert_int_equal(meter->queues[1].lent_gpu_us, 2 * 3000 / 3);
	quotas[0][0].nominal = INT64_MAX;
	quota_meter_configure(meter, &config, 5000);
	assert_int_equal(quota_meter_nominal(meter, 0), INT64_MAX);
	quota_meter_finish(meter, 6000);
	assert_int_equal(meter->queues[0].nominal_gpu_us, -1);
	quota_meter_use(meter, a, INT64_MAX / 2, 6000); /* quota may be far above any nodes */
	quota_meter_use(meter, b, INT64_MAX / 2, 6000);
	quota_meter_finish(meter, 6000 + US_PER_DAY);
	assert_true(meter->queues[0].used_gpu_us == INT64_MAX);
	assert_true(meter->queues[1].used_gpu_us == INT64_MAX && meter->queues[1].borrowed_gpu_us == INT64_MAX);
	assert_true(meter->queues[0].lent_gpu_us > INT64_MAX - 16); /* the cohort's 2 are lent too */
	quota_meter_destroy(meter);
	queues[0].cohort = queues[1].cohort = NONE;
	config.n_cohorts = 0;
	struct quota_meter *alone = quota_meter_create(&config, 0, 0);
	quota_meter_use(alone, quota_meter_cell(alone, 1, 0), 100, 0); /* of a quota that was cut */
	quota_meter_finish(alone, 1000);
	assert_int_equal(alone->queues[1].used_gpu_us, 100 * 1000);
	assert_int_equal(alone->queues[1].borrowed_gpu_us, 0);
	quota_meter_destroy(alone);
	names_destroy(names);
}

static void test_series_are_means_over_buckets(void **state)
{
	(void)state;
	struct series *series = series_create(0, 2, 100);
	series_set(series, 2, LEVEL_CAPACITY_GPUS, 16, 0);
	series->levels[1].unlimited = true;
	series_change(series, 0, LEVEL_PENDING_JOBS, 3, 0);
	series_advance(series, 50);
	series_change(series, 0, LEVEL_PENDING_JOBS, -2, 50);
	series_change(series, 1, LEVEL_RUNNING_GPUS, 8, 50);
	series_advance(series, 230);
	series_change(series, 1, LEVEL_RUNNING_GPUS, -8, 230);
	series_finish(series, 250);
	assert_int_equal(series->rows.count, 3 * 3);
	const struct series_row *rows = series->rows.items;
	assert_true(rows[0].pending_jobs == 2 && rows[0].pending_jobs_max == 3);
	assert_true(rows[1].running_gpus == 4 && isnan(rows[1].nominal_gpus) && !isnan(rows[0].nominal_gpus));
	assert_int_equal(rows[2].cluster_queue, NONE);
	assert_true(rows[2].running_gpus == 4 && rows[2].pending_jobs == 2 && rows[2].capacity_gpus == 16);
	assert_true(rows[3].pending_jobs == 1 && rows[3].pending_jobs_max == 1 && rows[4].running_gpus == 8);
	assert_int_equal(rows[6].start_us, 200); /* the last is half a bucket */
	assert_true(fabs(rows[7].running_gpus - 8 * 30 / 50.0) < 1e-12);
	series_destroy(series);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_writes_go_at_the_rate_after_a_burst),   cmocka_unit_test(test_no_rate_is_no_wait),
	    cmocka_unit_test(test_idle_gpus_are_matched_with_what_waits), cmocka_unit_test(test_borrowed_and_lent_quota),
	    cmocka_unit_test(test_series_are_means_over_buckets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
