/* test_kpi.c - key figures by hand, unstarted jobs in quantiles, Student's interval, thresholds; and that neither the number
 * of threads nor their order shows in a study. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "sim/replicate.h"
#include "sim_random.h"

#define S US_PER_S

static const struct kpi_row *find(const struct kpi_table *table, const char *metric, const char *stat, name_id queue,
                                  name_id priority_class)
{
	for (uint32_t i = 0; i < table->n_rows; i++) {
		const struct kpi_key *key = &table->rows[i].key;
		if (key->cluster_queue == queue && key->priority_class == priority_class && key->tenant == NO_NAME &&
		    !key->size_class && strcmp(key->metric, metric) == 0 && strcmp(key->stat, stat) == 0)
			return &table->rows[i];
	}
	fail_msg("no figure %s %s", metric, stat);
	return NULL;
}

static bool is_bound(const struct kpi_row *row)
{
	return kpi_is_bound(row->n_open, row->n_beyond);
}

static double value(const struct kpi_table *table, const char *metric, const char *stat)
{
	return find(table, metric, stat, NO_NAME, NO_NAME)->value;
}

static void assert_near(double found, double expected)
{
	if (fabs(found - expected) > 1e-9 * fmax(1, fabs(expected)))
		fail_msg("%.12g is not %.12g", found, expected);
}

/* One queue on 8 GPUs; job i is submitted at 100 + 10 i and waits i s. */
static struct kpi_table *hand_made(struct test_world *t, uint32_t n_jobs, uint32_t n_unstarted)
{
	test_world_init(t, 10000 * S);
	t->world.warmup_us = 100 * S;
	test_pool(t, "a", 1);
	test_queue(t, "q", NULL, (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
	uint32_t shape = test_shape(t, 1, 8);
	test_job(t, "q", shape, 50 * S, 10 * S); /* in the warm-up: left out */
	for (uint32_t i = 1; i <= n_jobs; i++)
		test_job(t, "q", shape, (100 + 10 * i) * S, 20 * S);
	struct run_options options = test_options(t);
	struct job_outcome *outcomes = calloc(n_jobs + 1, sizeof *outcomes);
	for (uint32_t i = 0; i <= n_jobs; i++) {
		int64_t submit_us = t->table.jobs[i].submit_us;
		bool started = i <= n_jobs - n_unstarted;
		outcomes[i] = (struct job_outcome){.tenant = NONE, .gpus = 8, .admitted_us = -1, .ready_us = -1, .finished_us = -1};
		outcomes[i].wait_by_cause_us[WAIT_QUOTA] = started ? i * S : 10000 * S - submit_us;
		outcomes[i].pending_reason = started ? REASON_NONE : REASON_NO_FIT;
		if (!started)
			continue;
		outcomes[i].admitted_us = submit_us + i * S;
		outcomes[i].ready_us = outcomes[i].admitted_us + 5 * S;
		outcomes[i].finished_us = outcomes[i].ready_us + 20 * S;
	}
	struct run_result result = {.jobs = options.jobs, .outcomes = outcomes, .end_us = 10000 * S};
	struct kpi_table *table = kpi_compute(&t->world, &result);
	free(outcomes);
	return table;
}

static void test_waits_by_hand(void **state)
{
	(void)state;
	struct test_world t;
	struct kpi_table *table = hand_made(&t, 100, 0);
	assert_near(value(table, "jobs_count", "submitted"), 100);
	assert_near(value(table, "waitTime_us", "mean"), 50.5 * S);
	assert_near(value(table, "waitTime_us", "p50"), 50 * S);
	assert_near(value(table, "waitTime_us", "p95"), 95 * S);
	assert_near(value(table, "waitTime_us", "max"), 100 * S);
	assert_near(value(table, "readyTime_us", "p90"), 95 * S);
	assert_near(value(table, "podsStart_us", "p99"), 5 * S);
	assert_near(value(table, "turnaround_us", "p50"), 75 * S);
	assert_near(value(table, "boundedSlowdown_ratio", "max"), 125 / 20.0);
	assert_false(is_bound(find(table, "waitTime_us", "max", test_name(&t, "q"), NO_NAME)));
	kpi_table_free(table);
	test_world_free(&t);
}

static void test_unstarted_jobs_count_with_what_they_waited(void **state)
{
	(void)state;
	struct test_world t;
	struct kpi_table *table = hand_made(&t, 100, 8);
	assert_near(value(table, "jobs_count", "unstarted"), 8);
	assert_near(value(table, "jobs_count", "neverRan"), 8);
	assert_near(value(table, "jobs_count", "waiting"), 8);
	assert_near(value(table, "jobs_count", "finished"), 92);
	assert_false(is_bound(find(table, "waitTime_us", "p90", NO_NAME, NO_NAME)));
	assert_true(is_bound(find(table, "waitTime_us", "p95", NO_NAME, NO_NAME)));
	assert_true(is_bound(find(table, "waitTime_us", "mean", NO_NAME, NO_NAME)));
	/* the third of the unstarted, by time waited: submitted at 100 + 10 x 98 s */
	assert_near(value(table, "waitTime_us", "p95"), (10000 - 1080) * S);
	assert_near(value(table, "podsStart_us", "max"), 5 * S);
	kpi_table_free(table);
	test_world_free(&t);
}

/* Admitted, but its pods were never placed; ended by a limit; evicted twice for late pods. */
static void test_what_never_ran_and_what_was_evicted(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 1000 * S);
	test_pool(&t, "a", 1);
	test_queue(&t, "q", NULL, (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
	uint32_t shape = test_shape(&t, 1, 8);
	for (int i = 0; i < 4; i++)
		test_job(&t, "q", shape, 10 * S, 20 * S);
	struct run_options options = test_options(&t);
	struct job_outcome unplaced = {.tenant = NONE,
	                               .admitted_us = 20 * S,
	                               .ready_us = -1,
	                               .finished_us = -1,
	                               .pods_ready_evictions = 2,
	                               .stop_evictions = 3,
	                               .preemptions = 1,
	                               .pending_reason = REASON_WAITING_FOR_NODES};
	struct job_outcome ended = unplaced, running = unplaced;
	ended.deactivated = true;
	ended.pending_reason = REASON_REQUEUING_LIMIT;
	running.ready_us = 30 * S;
	running.pending_reason = REASON_NONE;
	struct job_outcome starting = {
	    .tenant = NONE, .admitted_us = 20 * S, .ready_us = -1, .finished_us = -1, .pending_reason = REASON_STARTING};
	struct job_outcome outcomes[] = {unplaced, ended, running, starting};
	struct run_result result = {.jobs = options.jobs, .outcomes = outcomes, .end_us = 1000 * S};
	struct kpi_table *table = kpi_compute(&t.world, &result);
	assert_near(value(table, "jobs_count", "unstarted"), 0);
	assert_near(value(table, "jobs_count", "neverRan"), 2);
	assert_near(value(table, "jobs_count", "waiting"), 2);
	assert_near(value(table, "jobs_count", "failed"), 1);
	assert_near(value(table, "jobs_count", "running"), 1);
	assert_true(kpi_job_waits(&unplaced) && !kpi_job_waits(&ended) && !kpi_job_waits(&running));
	assert_near(value(table, "evictions_count", "podsReadyTimeout"), 6);
	assert_near(value(table, "evictions_count", "requeuingLimit"), 1);
	assert_near(value(table, "evictions_count", "maximumExecutionTime"), 0);
	assert_near(value(table, "evictions_count", "queueStopped"), 9);
	assert_near(value(table, "evictions_count", "total"), 3 + 6 + 9 + 1);
	assert_near(value(table, "preempted_ratio", "mean"), 3 / 4.0);
	kpi_table_free(table);
	test_world_free(&t);
}

/* Jobs, not preemptions; nothing of a queue that had no jobs; jobs of the warm-up left out. */
static void test_share_of_jobs_preempted(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 1000 * S);
	t.world.warmup_us = 5 * S;
	test_pool(&t, "a", 1);
	static const char *const queues[] = {"often", "once", "unused"};
	for (size_t q = 0; q < ARRAY_COUNT(queues); q++)
		test_queue(&t, queues[q], NULL, (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
	static const struct {
		int64_t submit_us;
		const char *queue;
		int32_t preemptions;
	} jobs[] = {{1 * S, "often", 7}, {10 * S, "often", 5}, {10 * S, "often", 1},
	            {10 * S, "once", 1}, {10 * S, "once", 0},  {10 * S, "once", 0}};
	struct job_outcome outcomes[ARRAY_COUNT(jobs)];
	uint32_t shape = test_shape(&t, 1, 8);
	for (size_t i = 0; i < ARRAY_COUNT(jobs); i++)
		test_job(&t, jobs[i].queue, shape, jobs[i].submit_us, 20 * S);
	struct run_options options = test_options(&t);
	for (size_t i = 0; i < ARRAY_COUNT(jobs); i++)
		outcomes[i] =
		    (struct job_outcome){.tenant = NONE,
		                         .cluster_queue = kueue_find_cluster_queue(t.cluster.kueue, test_name(&t, jobs[i].queue)),
		                         .preemptions = jobs[i].preemptions};
	struct run_result result = {.jobs = options.jobs, .outcomes = outcomes, .end_us = 1000 * S};
	struct kpi_table *table = kpi_compute(&t.world, &result);
	assert_near(value(table, "preempted_ratio", "mean"), 3 / 5.0);
	assert_near(find(table, "preempted_ratio", "mean", test_name(&t, "often"), NO_NAME)->value, 1);
	assert_near(find(table, "preempted_ratio", "mean", test_name(&t, "once"), NO_NAME)->value, 1 / 3.0);
	assert_true(isnan(find(table, "preempted_ratio", "mean", test_name(&t, "unused"), NO_NAME)->value));
	kpi_table_free(table);
	test_world_free(&t);
}

static void test_interval_of_student(void **state)
{
	(void)state;
	struct kpi_row rows[3] = {
	    {.key = {.metric = "waitTime_us", .stat = "p95"}, .value = 1000 + 1},
	    {.key = {.metric = "waitTime_us", .stat = "p95"}, .value = 1000 + 2},
	    {.key = {.metric = "waitTime_us", .stat = "p95"}, .value = 1000 + 6, .n_open = 2, .n_beyond = 100}};
	struct kpi_row none = {.key = {.metric = "waitTime_us", .stat = "p95"}, .value = NAN};
	struct kpi_table tables[4] = {{&rows[0], 1}, {&rows[1], 1}, {&none, 1}, {&rows[2], 1}};
	const struct kpi_table *pointers[] = {&tables[0], &tables[1], &tables[2], &tables[3]};
	struct kpi_summary *summary = kpi_summarise(pointers, 4);
	const struct kpi_summary_row *row = kpi_find(summary, &rows[0].key);
	assert_int_equal(row->n, 3);
	assert_near(row->value, 1000 + 3);
	/* deviation sqrt(7), over sqrt(3), times 4.30265 (2 degrees of freedom) */
	assert_near(row->high - row->value, 4.302652729911275 * sqrt(7.0 / 3));
	assert_near(row->value - row->low, 4.302652729911275 * sqrt(7.0 / 3));
	assert_true(row->lower_bound);
	kpi_summary_free(summary);
	summary = kpi_summarise(pointers, 1);
	assert_true(isnan(summary->rows[0].low) && isnan(summary->rows[0].high));
	kpi_summary_free(summary);
}

/* Two of the jobs of one replication were open, and 100 beyond: a bound there. Of both together 2 stand against 250. */
static void test_bounds_are_judged_by_all_replications(void **state)
{
	(void)state;
	struct kpi_row rows[2] = {{.key = {.metric = "waitTime_us", .stat = "p99"}, .value = 6, .n_open = 2, .n_beyond = 100},
	                          {.key = {.metric = "waitTime_us", .stat = "p99"}, .value = 5, .n_open = 0, .n_beyond = 150}};
	const struct kpi_table tables[2] = {{&rows[0], 1}, {&rows[1], 1}};
	const struct kpi_table *pointers[] = {&tables[0], &tables[1]};
	struct kpi_summary *summary = kpi_summarise(pointers, 1);
	assert_true(summary->rows[0].lower_bound);
	kpi_summary_free(summary);
	summary = kpi_summarise(pointers, 2);
	assert_false(summary->rows[0].lower_bound);
	kpi_summary_free(summary);
	rows[1].n_open = 1;
	summary = kpi_summarise(pointers, 2);
	assert_true(summary->rows[0].lower_bound);
	kpi_summary_free(summary);
}

/* Waits of 1 s and 9 s: the interval around 5 s would reach below 0, where no wait is; a difference may be there. */
static void test_intervals_end_at_zero(void **state)
{
	(void)state;
	static const char *const metrics[] = {"waitTime_us", "difference"};
	for (size_t i = 0; i < ARRAY_COUNT(metrics); i++) {
		struct kpi_row rows[2] = {{.key = {.metric = metrics[i], .stat = "p95"}, .value = 1.0 * S},
		                          {.key = {.metric = metrics[i], .stat = "p95"}, .value = 9.0 * S}};
		struct kpi_table tables[2] = {{&rows[0], 1}, {&rows[1], 1}};
		const struct kpi_table *pointers[] = {&tables[0], &tables[1]};
		struct kpi_summary *summary = kpi_summarise(pointers, 2);
		assert_near(summary->rows[0].value, 5.0 * S);
		assert_true(summary->rows[0].high > 50.0 * S);
		assert_true(i == 0 ? summary->rows[0].low == 0 : summary->rows[0].low < -40.0 * S);
		kpi_summary_free(summary);
	}
}

/* GPU time of 70 % and 90 %: no more than all of it; a slowdown has no such end. */
static void test_intervals_of_shares_end_at_one(void **state)
{
	(void)state;
	static const char *const metrics[] = {"gpuHours_ratio", "boundedSlowdown_ratio"};
	for (size_t i = 0; i < ARRAY_COUNT(metrics); i++) {
		struct kpi_row rows[2] = {{.key = {.metric = metrics[i], .stat = "mean"}, .value = 0.7},
		                          {.key = {.metric = metrics[i], .stat = "mean"}, .value = 0.9}};
		struct kpi_table tables[2] = {{&rows[0], 1}, {&rows[1], 1}};
		const struct kpi_table *pointers[] = {&tables[0], &tables[1]};
		struct kpi_summary *summary = kpi_summarise(pointers, 2);
		assert_near(summary->rows[0].value, 0.8);
		assert_true(i == 0 ? summary->rows[0].high == 1 : summary->rows[0].high > 2);
		kpi_summary_free(summary);
	}
}

static void test_thresholds(void **state)
{
	(void)state;
	struct test_world t;
	struct kpi_table *table = hand_made(&t, 100, 0);
	struct threshold thresholds[] = {
	    {.metric = METRIC_WAIT_TIME, .stat = STAT_P95, .max = 95.0 * S},
	    {.metric = METRIC_WAIT_TIME, .stat = STAT_P95, .cluster_queue = test_name(&t, "q"), .max = 94.0 * S},
	    {.metric = METRIC_WAIT_TIME, .stat = STAT_P95, .cluster_queue = test_name(&t, "nobody"), .max = 94.0 * S},
	    {.metric = METRIC_UNSTARTED, .max = 0},
	};
	t.world.thresholds = thresholds;
	t.world.n_thresholds = ARRAY_COUNT(thresholds);
	const struct kpi_table *tables[] = {table, table};
	struct threshold_result results[ARRAY_COUNT(thresholds)];
	kpi_thresholds(&t.world, tables, 2, results);
	static const uint32_t met[] = {2, 0, 0, 2};
	for (size_t i = 0; i < ARRAY_COUNT(met); i++) {
		assert_int_equal(results[i].met, met[i]);
		assert_int_equal(results[i].replications, 2);
	}
	assert_near(results[1].value, 95.0 * S);
	assert_true(isnan(results[2].value));
	kpi_table_free(table);
	test_world_free(&t);
}

/* Figures of a whole run: money and time of the parts sum to the whole. */
static void test_figures_of_a_run_add_up(void **state)
{
	(void)state;
	struct random_world w;
	struct sim_task task = {.options = random_world_init(&w, 3, 400, true)};
	sim_run_all(&task, 1, 1);
	assert_true(task.ok);
	double share = 0, causes = 0, charged = 0;
	for (int kind = 0; kind < GPU_TIME_COUNT; kind++)
		share += value(task.kpis, "gpuHours_ratio", gpu_time_names[kind]);
	for (int cause = 0; cause < WAIT_CAUSE_COUNT; cause++)
		causes += value(task.kpis, "waitCause_ratio", wait_cause_names[cause]);
	assert_near(share, 1);
	assert_near(causes, 1);
	static const char *const queues[] = {"q0", "q1", "q2", "alone"};
	for (size_t q = 0; q < ARRAY_COUNT(queues); q++)
		charged += find(task.kpis, "charged_micro", "total", test_name(&w.t, queues[q]), NO_NAME)->value;
	assert_true(charged == value(task.kpis, "charged_micro", "total"));
	double parts = charged + value(task.kpis, "idle_micro", "total") + value(task.kpis, "down_micro", "total");
	assert_true(fabs(parts - value(task.kpis, "paid_micro", "total")) <= 2);
	assert_near(value(task.kpis, "jobs_count", "submitted"),
	            value(task.kpis, "jobs_count", "finished") + value(task.kpis, "jobs_count", "failed") +
	                value(task.kpis, "jobs_count", "running") + value(task.kpis, "jobs_count", "waiting"));
	int64_t failures = 0, evictions = 0; /* a failure is no eviction */
	for (uint32_t i = 0; i < task.result.jobs->n_jobs; i++) {
		const struct job_outcome *outcome = &task.result.outcomes[i];
		bool counts = task.result.jobs->jobs[i].submit_us >= w.t.world.warmup_us;
		failures += counts ? outcome->failures : 0;
		evictions +=
		    counts ? outcome->preemptions + outcome->pods_ready_evictions + outcome->node_drains + outcome->deactivated : 0;
	}
	assert_true(failures > 0);
	assert_true(value(task.kpis, "failures_count", "total") == (double)failures);
	assert_true(value(task.kpis, "evictions_count", "total") == (double)evictions);
	run_result_free(&task.result);
	kpi_table_free(task.kpis);
	test_world_free(&w.t);
}

static void test_threads_do_not_show(void **state)
{
	(void)state;
	enum { TASKS = 12 };
	uint64_t digests[TASKS] = {0};
	double p95[TASKS] = {0};
	struct random_world w;
	struct run_options options = random_world_init(&w, 8, 300, true);
	static const uint32_t threads[] = {1, 2, 8};
	for (size_t n = 0; n < ARRAY_COUNT(threads); n++) {
		struct sim_task tasks[TASKS];
		for (uint32_t i = 0; i < TASKS; i++) {
			tasks[i] = (struct sim_task){.options = options, .figures_only = true};
			tasks[i].options.replication = i;
		}
		sim_run_all(tasks, TASKS, threads[n]);
		for (uint32_t i = 0; i < TASKS; i++) {
			assert_true(tasks[i].ok);
			if (n > 0)
				assert_true(digests[i] == tasks[i].result.digest && p95[i] == value(tasks[i].kpis, "waitTime_us", "p95"));
			digests[i] = tasks[i].result.digest;
			p95[i] = value(tasks[i].kpis, "waitTime_us", "p95");
			assert_true(i == 0 || digests[i] != digests[i - 1]); /* replications differ */
			kpi_table_free(tasks[i].kpis);
		}
	}
	test_world_free(&w.t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_waits_by_hand),
	    cmocka_unit_test(test_unstarted_jobs_count_with_what_they_waited),
	    cmocka_unit_test(test_what_never_ran_and_what_was_evicted),
	    cmocka_unit_test(test_share_of_jobs_preempted),
	    cmocka_unit_test(test_interval_of_student),
	    cmocka_unit_test(test_bounds_are_judged_by_all_replications),
	    cmocka_unit_test(test_intervals_end_at_zero),
	    cmocka_unit_test(test_intervals_of_shares_end_at_one),
	    cmocka_unit_test(test_thresholds),
	    cmocka_unit_test(test_figures_of_a_run_add_up),
	    cmocka_unit_test(test_threads_do_not_show),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
