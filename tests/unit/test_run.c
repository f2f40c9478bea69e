/* test_run.c - whole runs: exact times without latencies, the cost of every latency, evictions, nodes that fail or go. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "planner/planner.h"
#include "sim_world.h"

#define S US_PER_S

static struct run_result run(const struct run_options *options)
{
	struct run_result result = {0};
	struct error error = {0};
	if (!sim_run(options, &result, &error))
		fail_msg("%s", error.text);
	return result;
}

static void assert_times(const struct job_outcome *outcome, int64_t admitted_us, int64_t bound_us, int64_t ready_us,
                         int64_t finished_us)
{
	assert_int_equal(outcome->admitted_us, admitted_us);
	assert_int_equal(outcome->bound_us, bound_us);
	assert_int_equal(outcome->ready_us, ready_us);
	assert_int_equal(outcome->finished_us, finished_us);
}

static void test_without_latencies_a_freed_place_is_taken_a_second_later(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 1000 * S);
	test_pool(&t, "a", 1);
	test_queue(&t, "q", NULL, (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
	uint32_t whole = test_shape(&t, 1, 8);
	test_job(&t, "q", whole, 10 * S, 100 * S);
	test_job(&t, "q", whole, 20 * S, 50 * S);
	struct run_options options = test_options(&t);
	struct run_result result = run(&options);
	assert_times(&result.outcomes[0], 10 * S, 10 * S, 10 * S, 110 * S);
	/* Kueue's delayed mass requeue (kueue-semantics Q-7) */
	assert_times(&result.outcomes[1], 111 * S, 111 * S, 111 * S, 161 * S);
	assert_int_equal(result.outcomes[1].wait_by_cause_us[WAIT_QUOTA], 91 * S);
	assert_int_equal(result.pools[0].gpu_us[GPU_PRODUCTIVE], 150 * 8 * S);
	assert_int_equal(result.pools[0].gpu_us[GPU_IDLE_BEHIND_QUOTA], 1 * 8 * S); /* the second of the delay */
	assert_int_equal(result.pools[0].gpu_us[GPU_IDLE_NOBODY_WAITING], (1000 - 151) * 8 * S);
	assert_int_equal(result.queues[0].used_gpu_us, 150 * 8 * S);
	run_result_free(&result);
	test_world_free(&t);
}

static void test_each_latency_where_it_belongs(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 1000 * S);
	test_pool(&t, "a", 1);
	test_queue(&t, "q", NULL, (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
	test_job(&t, "q", test_shape(&t, 1, 8), 10 * S, 100 * S);
	t.cluster.control_plane = (struct control_plane){.pass_base_us = 5000,
	                                                 .pass_per_head_us = 1000,
	                                                 .write_latency_us = 20000,
	                                                 .watch_delay_us = 3000,
	                                                 .pod_creation_us = 400000};
	t.cluster.start_latency.cached = dist_constant(2e6);
	t.cluster.start_latency.image_pull = dist_constant(30e6);
	t.cluster.start_latency.cached_share = 0;
	struct run_options options = test_options(&t);
	struct run_result result = run(&options);
	int64_t observed = 10 * S + 3000 + 20000 + 3000; /* seen, Workload written, seen */
	int64_t admitted = observed + 6000 + 20000;      /* pass, written */
	int64_t bound = admitted + 3000 + 400000;        /* seen, pods created */
	assert_times(&result.outcomes[0], admitted, bound, bound + 32 * S, bound + 132 * S);
	const int64_t *waits = result.outcomes[0].wait_by_cause_us;
	assert_int_equal(waits[WAIT_QUOTA], 0);
	assert_int_equal(waits[WAIT_CONTROL_PLANE], bound - 10 * S);
	assert_int_equal(waits[WAIT_START], 32 * S);
	assert_int_equal(result.pools[0].gpu_us[GPU_STARTING], 32 * 8 * S);
	assert_int_equal(result.pools[0].gpu_us[GPU_IDLE_CONTROL_PLANE], (bound - observed - 6000) * 8);
	run_result_free(&result);
	test_world_free(&t);
}

/* Latencies without end add up to one without end. */
static void test_latencies_without_end_do_not_wrap(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 1000 * S);
	test_pool(&t, "a", 1);
	test_queue(&t, "q", NULL, (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
	test_job(&t, "q", test_shape(&t, 1, 8), 10 * S, 100 * S);
	t.cluster.start_latency = (struct start_latency){dist_constant(0x1p62), dist_constant(0x1p62), 0};
	struct run_options options = test_options(&t);
	struct run_result result = run(&options);
	assert_int_equal(result.outcomes[0].bound_us, 10 * S);
	assert_int_equal(result.outcomes[0].ready_us, -1);
	run_result_free(&result);
	test_world_free(&t);
}

static void test_quota_says_yes_and_nodes_say_no(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 100 * S);
	test_pool(&t, "a", 2);
	test_queue(&t, "q", NULL, (int64_t[]){16}, PREEMPT_NEVER, PREEMPT_NEVER);
	test_job(&t, "q", test_shape(&t, 2, 5), 0, 50 * S);
	test_job(&t, "q", test_shape(&t, 1, 6), 1 * S, 10 * S);
	struct run_options options = test_options(&t);
	struct run_result result = run(&options);
	assert_times(&result.outcomes[0], 0, 0, 0, 50 * S);
	assert_times(&result.outcomes[1], 1 * S, 50 * S, 50 * S, 60 * S);
	assert_int_equal(result.outcomes[1].wait_by_cause_us[WAIT_NODES], 49 * S);
	assert_int_equal(result.pools[0].gpu_us[GPU_IDLE_FRAGMENTED], 49 * 6 * S);
	run_result_free(&result);
	test_world_free(&t);
}

/* A job on one node, then a job on two; a row is the mean over it. */
static void test_series_count_nodes_with_pods(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 30 * S);
	test_pool(&t, "a", 3);
	test_queue(&t, "q", NULL, (int64_t[]){24}, PREEMPT_NEVER, PREEMPT_NEVER);
	test_job(&t, "q", test_shape(&t, 1, 8), 5 * S, 10 * S);
	test_job(&t, "q", test_shape(&t, 2, 8), 10 * S, 15 * S);
	struct run_options options = test_options(&t);
	options.bucket_us = 10 * S;
	struct run_result result = run(&options);
	const double busy[] = {0.5, 2.5, 1.0}; /* 5 s of 1; 5 s of 3, 5 s of 2; 5 s of 2 */
	uint32_t n = 0;
	for (uint32_t i = 0; i < result.n_series; i++) {
		const struct series_row *row = &result.series[i];
		assert_true(row->busy_nodes == (row->cluster_queue == NONE ? busy[n] : 0));
		n += row->cluster_queue == NONE;
	}
	assert_int_equal(n, 3);
	run_result_free(&result);
	test_world_free(&t);
}

/* A borrower is reclaimed; with checkpoints it loses what it did since the last one, without them everything. */
static void preempt(int64_t interval_us, int64_t lost_us, int64_t finished_us)
{
	struct test_world t;
	test_world_init(&t, 1000 * S);
	test_pool(&t, "a", 1);
	test_queue(&t, "lender", "both", (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_ANY);
	test_queue(&t, "other", "both", (int64_t[]){0}, PREEMPT_NEVER, PREEMPT_NEVER);
	uint32_t whole = test_shape(&t, 1, 8);
	*VEC_PUSH(&t.checkpoints) = (struct checkpoint){interval_us, 1 * S, 7 * S};
	test_job(&t, "other", whole, 0, 100 * S)->checkpoint = 0;
	test_job(&t, "lender", whole, 50 * S, 30 * S);
	t.cluster.termination_grace = dist_constant(4e6);
	struct run_options options = test_options(&t);
	struct run_result result = run(&options);
	const struct job_outcome *victim = &result.outcomes[0];
	assert_int_equal(victim->preemptions, 1);
	assert_int_equal(victim->lost_preemption_gpu_us, lost_us * 8);
	assert_int_equal(victim->finished_us, finished_us);
	/* the quota is free at once, the node after the grace */
	assert_times(&result.outcomes[1], 50 * S, 54 * S, 54 * S, 84 * S);
	assert_int_equal(result.outcomes[1].wait_by_cause_us[WAIT_NODES], 4 * S);
	assert_int_equal(victim->borrowed_gpu_us, 8 * (50 * S + victim->finished_us - 85 * S));
	assert_int_equal(result.queues[0].lent_gpu_us, victim->borrowed_gpu_us);
	assert_int_equal(result.queues[1].borrowed_gpu_us, victim->borrowed_gpu_us);
	assert_int_equal(result.n_preemptions, 1);
	assert_int_equal(result.preemptions[0].preemptor_queue, 0);
	assert_int_equal(result.preemptions[0].victim_queue, 1);
	assert_int_equal(result.preemptions[0].reason, REASON_PREEMPTED_RECLAMATION);
	assert_int_equal(result.preemptions[0].lost_gpu_us, lost_us * 8);
	assert_int_equal(result.n_spans, 3);
	assert_int_equal(result.largest_storm, 1);
	run_result_free(&result);
	test_world_free(&t);
}

static void test_preemption_loses_work_since_the_last_checkpoint(void **state)
{
	(void)state;
	preempt(0, 50 * S, (85 + 7 + 100) * S);
	/* saves at 15..16, 31..32, 47..48: 45 s are kept at 48 s; the rest of 55 s takes 3 more saves */
	preempt(15 * S, 2 * S, (85 + 7 + 55 + 3) * S);
}

static void test_a_failed_node_takes_its_jobs_down(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 1000 * S);
	struct node_pool *pool = test_pool(&t, "a", 1);
	pool->time_between_failures = dist_constant(40e6);
	pool->repair_time = dist_constant(10e6);
	test_queue(&t, "q", NULL, (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
	test_job(&t, "q", test_shape(&t, 2, 4), 30 * S, 25 * S);
	struct gpu_price price = {.gpu_product = pool->gpu_product, .micro_per_gpu_hour = 3600 * S, .billed = BILLED_ALWAYS};
	t.world.prices = &price;
	t.world.n_prices = 1;
	struct run_options options = test_options(&t);
	struct run_result result = run(&options);
	const struct job_outcome *job = &result.outcomes[0];
	/* runs 30..40, down 40..50, restarts from zero at 50, ends at 75 */
	assert_int_equal(job->failures, 1);
	assert_int_equal(job->lost_failure_gpu_us, 10 * 8 * S);
	assert_int_equal(job->finished_us, 75 * S);
	/* never evicted: one admission, quota held while it waits for the node, no wait counted after its first start */
	assert_int_equal(job->last_admitted_us, 30 * S);
	assert_int_equal(result.queues[0].used_gpu_us, 45 * 8 * S);
	for (int cause = 0; cause < WAIT_CAUSE_COUNT; cause++)
		assert_int_equal(job->wait_by_cause_us[cause], 0);
	assert_int_equal(result.n_spans, 2);
	assert_int_equal(result.spans[0].end_us, 40 * S);
	assert_int_equal(result.spans[0].end_reason, REASON_NODE_FAILURES);
	assert_int_equal(result.spans[1].start_us, 50 * S);
	assert_int_equal(result.spans[1].end_reason, REASON_NONE);
	assert_int_equal(result.pools[0].gpu_us[GPU_DOWN], 200 * 8 * S); /* 10 s of every 50 */
	assert_int_equal(charge_micro(job->cost), 35 * 8 * S);
	assert_int_equal(charge_micro(job->lost_cost), 10 * 8 * S);
	assert_int_equal(charge_micro(result.pools[0].paid), 1000 * 8 * S);
	assert_int_equal(charge_micro(result.pools[0].down), 200 * 8 * S);
	run_result_free(&result);
	test_world_free(&t);
}

/* Who is told what, and when, by the driver: kept by the recorder. */
struct readiness_log {
	int64_t at_us[8];
	enum input_kind kinds[8];
	uint32_t n;
};

static void record_readiness(void *state, uint32_t cluster, const struct planner_input *input)
{
	struct readiness_log *log = state;
	(void)cluster;
	if (input->kind != INPUT_PODS_READY && input->kind != INPUT_PODS_NOT_READY)
		return;
	assert_true(log->n < ARRAY_COUNT(log->kinds));
	log->at_us[log->n] = input->now_us;
	log->kinds[log->n++] = input->kind;
}

/* Two pods on two nodes of three; a node fails 100 s after it came up. */
static void test_a_failed_node_restarts_the_whole_job_from_its_checkpoint(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 1000 * S);
	struct node_pool *fragile = test_pool(&t, "a", 1);
	test_pool(&t, "b", 2);
	fragile->time_between_failures = dist_constant(100e6);
	fragile->repair_time = dist_constant(5000e6);
	test_queue(&t, "q", NULL, (int64_t[]){8, 16}, PREEMPT_NEVER, PREEMPT_NEVER);
	struct pod_set *sets = ARENA_ARRAY(t.arena, struct pod_set, 2);
	uint32_t one = test_shape(&t, 1, 8), shape;
	sets[0] = t.shapes.items[one].pod_sets[0]; /* takes flavor a */
	sets[1] = t.shapes.items[one].pod_sets[0]; /* takes flavor b */
	sets[1].name = test_name(&t, "second");
	*VEC_PUSH(&t.shapes) = (struct job_shape){sets, 2};
	shape = t.shapes.count - 1;
	*VEC_PUSH(&t.checkpoints) = (struct checkpoint){30 * S, 0, 7 * S};
	test_job(&t, "q", shape, 0, 110 * S)->checkpoint = 0;
	t.cluster.termination_grace = dist_constant(4e6);
	t.cluster.start_latency.cached = dist_constant(10e6);
	t.cluster.control_plane =
	    (struct control_plane){.watch_delay_us = 1 * S, .write_latency_us = 2 * S, .pod_creation_us = 3 * S};
	struct world_change grows = {.at_us = 300 * S, .pool = 0, .nodes = 2, .text = "NodePool/a:nodes=2"};
	t.world.changes = &grows;
	t.world.n_changes = 1;
	struct readiness_log log = {.n = 0};
	struct input_recorder recorder = {.input = record_readiness, .state = &log};
	struct run_options options = test_options(&t);
	options.recorder = &recorder;
	struct run_result result = run(&options);
	const struct job_outcome *job = &result.outcomes[0];
	/* observed 4, written 6, pods 10, ready 20; fails at 100 with 60 of 80 s saved */
	assert_times(job, 6 * S, 10 * S, 20 * S, (300 + 10 + 7 + 50) * S);
	assert_int_equal(job->last_admitted_us, 6 * S);
	assert_int_equal(job->failures, 1);
	/* 20 s of both pods, and the second until it is told to stop; then 4 s of grace */
	assert_int_equal(job->lost_failure_gpu_us, (20 + 21) * 8 * S);
	/* starts: 10 s and 10 s and restore for the first; the second waits on its node from 109 on, bound and idle */
	assert_int_equal(job->starting_gpu_us, (10 + 17 + 10 + 4 + (317 - 109)) * 8 * S);
	assert_int_equal(job->productive_gpu_us, 2 * (60 + 50) * 8 * S);
	const enum input_kind told[] = {INPUT_PODS_READY, INPUT_PODS_NOT_READY, INPUT_PODS_READY};
	const int64_t told_us[] = {23 * S, 103 * S, 313 * S};
	assert_int_equal(log.n, 3);
	for (uint32_t i = 0; i < log.n; i++) {
		assert_int_equal(log.kinds[i], told[i]);
		assert_int_equal(log.at_us[i], told_us[i]);
	}
	run_result_free(&result);
	test_world_free(&t);
}

/* Kueue evicts a job only when its new pods have not become ready within the recovery time-out. */
static void test_a_job_that_does_not_recover_is_evicted(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 4000 * S);
	struct node_pool *pool = test_pool(&t, "a", 1);
	pool->time_between_failures = dist_constant(100e6);
	pool->repair_time = dist_constant(2500e6);
	struct controller_config controller = kueue_controller_defaults();
	controller.recovery_timeout_us = 600 * S;
	kueue_set_controller(t.builder, &controller);
	test_queue(&t, "q", NULL, (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
	test_job(&t, "q", test_shape(&t, 1, 8), 20 * S, 90 * S);
	test_job(&t, "q", test_shape(&t, 1, 8), 21 * S, 10 * S);
	struct run_options options = test_options(&t);
	struct run_result result = run(&options);
	const struct job_outcome *job = &result.outcomes[0];
	/* fails at 100, evicted at 700; a second later the other has the quota, until its own time-out; a node at 2600 */
	assert_int_equal(job->failures, 1);
	assert_int_equal(job->pods_ready_evictions, 1);
	assert_int_equal(job->last_admitted_us, (701 + 1800 + 1) * S);
	assert_int_equal(job->finished_us, 2690 * S);
	assert_int_equal(job->lost_failure_gpu_us, 80 * 8 * S);
	assert_int_equal(job->lost_preemption_gpu_us, 0);
	assert_int_equal(result.outcomes[1].admitted_us, 701 * S);
	assert_int_equal(result.spans[0].end_us, 100 * S);
	run_result_free(&result);
	test_world_free(&t);
}

/* Before its first start, the time of a broken job without pods counts as waiting for nodes, each second once. */
static void test_a_job_broken_while_it_starts_waits_for_nodes(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 1000 * S);
	struct node_pool *pool = test_pool(&t, "a", 1);
	pool->time_between_failures = dist_constant(100e6);
	pool->repair_time = dist_constant(50e6);
	test_queue(&t, "q", NULL, (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
	test_job(&t, "q", test_shape(&t, 1, 8), 80 * S, 10 * S);
	t.cluster.start_latency.cached = dist_constant(30e6);
	t.cluster.control_plane = (struct control_plane){.watch_delay_us = 1 * S, .pod_creation_us = 3 * S};
	struct run_options options = test_options(&t);
	struct run_result result = run(&options);
	const struct job_outcome *job = &result.outcomes[0];
	/* bound 86; fails at 100, pods anew at 105, a node at 150, ready at 180 */
	assert_times(job, 82 * S, 86 * S, 180 * S, 190 * S);
	assert_int_equal(job->wait_by_cause_us[WAIT_CONTROL_PLANE], 6 * S);
	assert_int_equal(job->wait_by_cause_us[WAIT_NODES], 50 * S);
	assert_int_equal(job->wait_by_cause_us[WAIT_START], (14 + 30) * S);
	assert_int_equal(job->failures, 1);
	assert_int_equal(job->lost_failure_gpu_us, 0); /* no work was done yet */
	run_result_free(&result);
	test_world_free(&t);
}

static void test_a_pool_that_shrinks_drains_the_newest_work(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 1000 * S);
	test_pool(&t, "a", 3);
	test_queue(&t, "q", NULL, (int64_t[]){24}, PREEMPT_NEVER, PREEMPT_NEVER);
	uint32_t whole = test_shape(&t, 1, 8);
	test_job(&t, "q", whole, 0, 300 * S);
	test_job(&t, "q", whole, 10 * S, 300 * S);
	t.cluster.termination_grace = dist_constant(5e6);
	struct world_change changes[] = {
	    {.at_us = 100 * S, .pool = 0, .nodes = 1, .text = "NodePool/a:nodes=1"},
	    {.at_us = 200 * S, .pool = 0, .nodes = 2, .text = "NodePool/a:nodes=2"},
	};
	t.world.changes = changes;
	t.world.n_changes = 2;
	struct run_options options = test_options(&t);
	struct run_result result = run(&options);
	assert_int_equal(result.outcomes[0].finished_us, 300 * S);
	assert_int_equal(result.outcomes[1].failures, 0);
	assert_int_equal(result.outcomes[1].node_drains, 1);
	assert_int_equal(result.outcomes[1].lost_eviction_gpu_us, 90 * 8 * S);
	assert_int_equal(result.spans[0].end_reason, REASON_NODE_REMOVED);
	/* its pod is gone at 105; it keeps its quota and waits for a node until 200 */
	assert_int_equal(result.outcomes[1].last_admitted_us, 10 * S);
	assert_int_equal(result.outcomes[1].finished_us, 500 * S);
	assert_int_equal(result.queues[0].used_gpu_us, (300 + 490) * 8 * S);
	assert_int_equal(result.pools[0].capacity_gpu_us, (3 * 100 + 2 * 5 + 1 * 95 + 2 * 800) * 8 * S);
	run_result_free(&result);
	test_world_free(&t);
}

static void test_warm_up_is_left_out_of_gpu_time(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 100 * S);
	t.world.warmup_us = 30 * S;
	test_pool(&t, "a", 1);
	test_queue(&t, "q", NULL, (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
	test_job(&t, "q", test_shape(&t, 1, 8), 20 * S, 40 * S);
	test_job(&t, "q", test_shape(&t, 1, 8), 90 * S, 40 * S); /* still runs at the end */
	struct run_options options = test_options(&t);
	struct run_result result = run(&options);
	assert_int_equal(result.outcomes[0].productive_gpu_us, 30 * 8 * S);
	assert_int_equal(result.outcomes[1].productive_gpu_us, 10 * 8 * S);
	assert_int_equal(result.pools[0].capacity_gpu_us, 70 * 8 * S);
	assert_int_equal(result.queues[0].used_gpu_us, 40 * 8 * S);
	run_result_free(&result);
	test_world_free(&t);
}

static void test_jobs_that_can_never_run_say_so(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 100 * S);
	test_pool(&t, "a", 1);
	test_queue(&t, "q", NULL, (int64_t[]){16}, PREEMPT_NEVER, PREEMPT_NEVER);
	test_job(&t, "q", test_shape(&t, 3, 8), 0, S);       /* above the quota */
	test_job(&t, "nowhere", test_shape(&t, 1, 8), 1, S); /* no such queue */
	test_job(&t, "q", test_shape(&t, 1, 16), 2, S);      /* no node is so large */
	test_job(&t, "q", test_shape(&t, 1, 8), 3, 1000 * S);
	struct run_options options = test_options(&t);
	struct run_result result = run(&options);
	assert_true(result.outcomes[0].never_fits);
	assert_int_equal(result.outcomes[0].wait_by_cause_us[WAIT_QUOTA], 100 * S);
	assert_true(result.outcomes[1].never_fits);
	assert_int_equal(result.outcomes[1].cluster, NONE);
	assert_int_equal(result.outcomes[1].wait_by_cause_us[WAIT_STOPPED], 100 * S - 1);
	assert_true(result.outcomes[2].never_fits);
	assert_int_equal(result.outcomes[2].pending_reason, REASON_WAITING_FOR_NODES);
	assert_false(result.outcomes[3].never_fits);
	run_result_free(&result);
	test_world_free(&t);
}

/* A job that asks for CPUs of a queue with quota of GPUs alone: Kueue never admits it, unless told to ignore that. */
static void test_what_no_group_covers_can_never_run(void **state)
{
	(void)state;
	for (int ignore = 0; ignore < 2; ignore++) {
		struct test_world t;
		test_world_init(&t, 100 * S);
		struct node_pool *pool = test_pool(&t, "a", 1);
		name_id cpu = test_name(&t, "cpu");
		struct resource_amount allocatable[] = {{cpu, 64000}, pool->allocatable[0]};
		pool->allocatable = allocatable;
		pool->n_allocatable = 2;
		struct controller_config controller = kueue_controller_defaults();
		controller.ignore_undeclared = ignore;
		kueue_set_controller(t.builder, &controller);
		test_queue(&t, "q", NULL, (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
		uint32_t shape = test_shape(&t, 1, 8);
		struct pod_set pods = t.shapes.items[shape].pod_sets[0];
		struct resource_request requests[] = {{cpu, 1000}, pods.requests[0]};
		pods.requests = requests;
		pods.n_requests = 2;
		t.shapes.items[shape].pod_sets = &pods;
		test_job(&t, "q", shape, 0, 10 * S);
		struct run_options options = test_options(&t);
		struct run_result result = run(&options);
		assert_int_equal(result.outcomes[0].never_fits, !ignore);
		assert_int_equal(result.outcomes[0].finished_us, ignore ? 10 * S : -1);
		run_result_free(&result);
		test_world_free(&t);
	}
}

static void test_slow_pods_are_evicted_and_back_off(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 4000 * S);
	test_pool(&t, "a", 2);
	test_queue(&t, "q", NULL, (int64_t[]){16}, PREEMPT_NEVER, PREEMPT_NEVER);
	test_job(&t, "q", test_shape(&t, 2, 6), 0, 2000 * S);
	test_job(&t, "q", test_shape(&t, 1, 4), 1 * S, 10 * S);
	struct run_options options = test_options(&t);
	struct run_result result = run(&options);
	/* admitted at 1 s, evicted at 1801 s, back-off of 60 s, admitted again; the first ends at 2000 s */
	assert_int_equal(result.outcomes[1].pods_ready_evictions, 1);
	assert_int_equal(result.outcomes[1].last_admitted_us, 1861 * S);
	assert_int_equal(result.outcomes[1].wait_by_cause_us[WAIT_BACKOFF], 60 * S);
	assert_int_equal(result.outcomes[1].wait_by_cause_us[WAIT_NODES], (1800 + 139) * S);
	assert_int_equal(result.outcomes[1].finished_us, 2010 * S);
	/* 4 GPUs are idle, on two nodes, until the first ends */
	assert_int_equal(result.pools[0].gpu_us[GPU_IDLE_HELD_BACK], 60 * 4 * S);
	assert_int_equal(result.pools[0].gpu_us[GPU_IDLE_FRAGMENTED], (1800 + 139) * 4 * S);
	assert_int_equal(result.pools[0].gpu_us[GPU_IDLE_BEHIND_QUOTA], 0);
	run_result_free(&result);
	test_world_free(&t);
}

/* Two of one shape find the quota in use; the second is parked unseen, with the class of the first (kueue-semantics Q-5). */
static void test_jobs_that_wait_at_the_end_say_why(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 100 * S);
	test_pool(&t, "a", 1);
	test_queue(&t, "q", NULL, (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
	uint32_t whole = test_shape(&t, 1, 8);
	test_job(&t, "q", whole, 0, 1000 * S);
	test_job(&t, "q", whole, 10 * S, 10 * S);
	test_job(&t, "q", whole, 20 * S, 10 * S);
	struct run_options options = test_options(&t);
	struct run_result result = run(&options);
	assert_int_equal(result.outcomes[1].pending_reason, REASON_PREEMPTION_NO_CANDIDATES);
	assert_int_equal(result.outcomes[2].pending_reason, REASON_CLASS_PARKED);
	run_result_free(&result);
	test_world_free(&t);
}

static void test_a_job_without_its_priority_class_is_refused(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 1000 * S);
	test_pool(&t, "a", 1);
	test_queue(&t, "q", NULL, (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
	test_job(&t, "q", test_shape(&t, 1, 8), 10 * S, 40 * S)->priority_class = test_name(&t, "no-such-class");
	struct run_options options = test_options(&t);
	struct run_result result = run(&options);
	assert_int_equal(result.outcomes[0].admitted_us, -1);
	assert_int_equal(result.outcomes[0].pending_reason, REASON_NO_PRIORITY_CLASS);
	assert_true(result.outcomes[0].never_fits);
	run_result_free(&result);
	test_world_free(&t);
}

static void test_a_limit_ends_a_job_for_good(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 1000 * S);
	test_pool(&t, "a", 1);
	test_queue(&t, "q", NULL, (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
	test_job(&t, "q", test_shape(&t, 1, 8), 0, 500 * S)->max_execution_us = 60 * S;
	test_job(&t, "q", test_shape(&t, 1, 8), 1 * S, 10 * S);
	struct run_options options = test_options(&t);
	struct run_result result = run(&options);
	assert_true(result.outcomes[0].deactivated);
	assert_int_equal(result.outcomes[0].finished_us, -1);
	assert_int_equal(result.outcomes[0].pending_reason, REASON_MAXIMUM_EXECUTION_TIME);
	assert_int_equal(result.outcomes[0].lost_eviction_gpu_us, 60 * 8 * S);
	assert_int_equal(result.outcomes[1].admitted_us, 61 * S);
	run_result_free(&result);
	test_world_free(&t);
}

static void test_back_off_ends_where_the_wait_for_quota_begins(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 6000 * S);
	test_pool(&t, "a", 2);
	test_queue(&t, "q", NULL, (int64_t[]){16}, PREEMPT_NEVER, PREEMPT_NEVER);
	test_job(&t, "q", test_shape(&t, 2, 6), 0, 2000 * S);
	test_job(&t, "q", test_shape(&t, 1, 4), 1 * S, 10 * S);
	test_job(&t, "q", test_shape(&t, 1, 2), 2 * S, 5000 * S); /* takes the quota that the eviction gives back */
	test_job(&t, "q", test_shape(&t, 1, 1), 1810 * S, 300 * S);
	struct run_options options = test_options(&t);
	struct run_result result = run(&options);
	assert_int_equal(result.outcomes[1].pods_ready_evictions, 1);
	assert_int_equal(result.outcomes[1].wait_by_cause_us[WAIT_BACKOFF], 60 * S);
	/* quota is free again a second after the first has ended */
	assert_int_equal(result.outcomes[1].wait_by_cause_us[WAIT_QUOTA], (2001 - 1861) * S);
	assert_int_equal(result.outcomes[1].ready_us, 2001 * S);
	run_result_free(&result);
	test_world_free(&t);
}

/* A queue is stopped for a while: what its jobs could use meanwhile is idle because of that, not of quota. */
static void test_idle_gpus_of_a_stopped_queue(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 1000 * S);
	test_pool(&t, "a", 1);
	test_queue(&t, "q", NULL, (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
	test_job(&t, "q", test_shape(&t, 1, 8), 10 * S, 40 * S);
	test_job(&t, "q", test_shape(&t, 1, 6), 20 * S, 40 * S);
	struct run_options options = test_options(&t);
	struct kueue_config stopped = *t.cluster.kueue;
	struct cluster_queue queue = stopped.cluster_queues[0];
	queue.stop_policy = STOP_HOLD;
	stopped.cluster_queues = &queue;
	struct world_change changes[] = {
	    {.at_us = 30 * S, .pool = NONE, .kueue = &stopped, .text = "ClusterQueue/q:stopPolicy=Hold"},
	    {.at_us = 90 * S, .pool = NONE, .kueue = t.cluster.kueue, .text = "ClusterQueue/q:stopPolicy=None"},
	};
	t.world.changes = changes;
	t.world.n_changes = ARRAY_COUNT(changes);
	struct run_result result = run(&options);
	/* the first runs from 10 to 50; the second is wanted from 20 on, held back from 30 to 90 */
	assert_int_equal(result.outcomes[1].wait_by_cause_us[WAIT_QUOTA], 10 * S);
	assert_int_equal(result.outcomes[1].wait_by_cause_us[WAIT_STOPPED], 60 * S);
	assert_int_equal(result.outcomes[1].admitted_us, 90 * S);
	assert_int_equal(result.pools[0].gpu_us[GPU_IDLE_HELD_BACK], 40 * 6 * S);
	assert_int_equal(result.pools[0].gpu_us[GPU_IDLE_BEHIND_QUOTA], 0);
	run_result_free(&result);
	test_world_free(&t);
}

/* HoldAndDrain evicts what runs, and each of the two evictions is counted. */
static void test_a_drained_queue_counts_its_evictions(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 1000 * S);
	test_pool(&t, "a", 1);
	test_queue(&t, "q", NULL, (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
	test_job(&t, "q", test_shape(&t, 1, 8), 10 * S, 100 * S);
	struct run_options options = test_options(&t);
	struct kueue_config drained = *t.cluster.kueue, drained_local = drained;
	struct cluster_queue queue = drained.cluster_queues[0];
	struct local_queue local = drained.local_queues[0];
	queue.stop_policy = local.stop_policy = STOP_HOLD_AND_DRAIN;
	drained.cluster_queues = &queue;
	drained_local.local_queues = &local;
	struct world_change changes[] = {
	    {.at_us = 30 * S, .pool = NONE, .kueue = &drained, .text = "ClusterQueue/q:stopPolicy=HoldAndDrain"},
	    {.at_us = 90 * S, .pool = NONE, .kueue = t.cluster.kueue, .text = "ClusterQueue/q:stopPolicy=None"},
	    {.at_us = 130 * S, .pool = NONE, .kueue = &drained_local, .text = "LocalQueue/q:stopPolicy=HoldAndDrain"},
	    {.at_us = 190 * S, .pool = NONE, .kueue = t.cluster.kueue, .text = "LocalQueue/q:stopPolicy=None"},
	};
	t.world.changes = changes;
	t.world.n_changes = ARRAY_COUNT(changes);
	struct run_result result = run(&options);
	assert_int_equal(result.outcomes[0].stop_evictions, 2);
	assert_int_equal(result.outcomes[0].preemptions, 0);
	assert_int_equal(result.outcomes[0].finished_us, 290 * S);
	assert_int_equal(result.outcomes[0].lost_eviction_gpu_us, (20 + 40) * 8 * S);
	assert_int_equal(result.outcomes[0].lost_preemption_gpu_us, 0);
	run_result_free(&result);
	test_world_free(&t);
}

static void test_a_quota_that_changes_in_time(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 1000 * S);
	test_pool(&t, "a", 2);
	test_queue(&t, "q", NULL, (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
	test_job(&t, "q", test_shape(&t, 2, 8), 0, 100 * S);
	struct run_options options = test_options(&t);
	struct kueue_config larger = *t.cluster.kueue;
	struct cluster_queue queue = larger.cluster_queues[0];
	struct resource_group group = queue.groups[0];
	struct quota quota = {16, LIMIT_UNSET, LIMIT_UNSET};
	group.quotas = &quota;
	queue.groups = &group;
	larger.cluster_queues = &queue;
	struct world_change change = {.at_us = 300 * S, .kueue = &larger, .pool = NONE, .text = "nominalQuota=16"};
	t.world.changes = &change;
	t.world.n_changes = 1;
	options.bucket_us = 500 * S;
	struct run_result result = run(&options);
	assert_int_equal(result.outcomes[0].admitted_us, 301 * S); /* a mass requeue is asked for, and comes a second later */
	assert_int_equal(result.outcomes[0].wait_by_cause_us[WAIT_QUOTA], 301 * S);
	assert_int_equal(result.queues[0].nominal_gpu_us, (8 * 300 + 16 * 700) * S);
	assert_true(result.series[0].nominal_gpus == (8 * 300 + 16 * 200) / 500.0);
	run_result_free(&result);
	larger.n_cluster_queues = 0;
	struct error error = {0};
	assert_false(sim_run(&options, &result, &error));
	assert_int_equal(error.code, ERROR_BAD_INPUT);
	assert_non_null(strstr(error.text, "nominalQuota=16"));
	test_world_free(&t);
}

/* Found at the start: one that has run for 40 s, one that waits; a job of the table comes behind them. */
static void test_workloads_found_at_the_start(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 1000 * S);
	test_pool(&t, "a", 1);
	test_queue(&t, "q", NULL, (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
	uint32_t whole = test_shape(&t, 1, 8);
	test_job(&t, "q", whole, 10 * S, 5 * S);
	struct run_options options = test_options(&t);
	struct key_value flavor = {t.gpu, t.pools[0].name};
	struct initial_pod_set admission = {.count = 1, .flavors = &flavor, .n_flavors = 1};
	struct job job = t.jobs.items[0];
	struct initial_workload initial[2] = {
	    {.job = job,
	     .has_admission = true,
	     .admitted_queue = test_name(&t, "q"),
	     .admission = &admission,
	     .reserved_us = -50 * S,
	     .admitted_us = -50 * S,
	     .pods_ready_us = -40 * S,
	     .requeue_at_us = -1},
	    {.job = job, .admitted_us = NEVER_US, .pods_ready_us = NEVER_US, .requeue_at_us = -1},
	};
	initial[0].job.name = test_name(&t, "runs");
	initial[0].job.submit_us = -60 * S;
	initial[0].job.run_us = 100 * S;
	initial[1].job.name = test_name(&t, "waits");
	initial[1].job.submit_us = -30 * S;
	initial[1].job.run_us = 20 * S;
	t.world.initial = initial;
	t.world.n_initial = 2;
	t.world.initial_shapes = &t.shapes.items[whole];
	t.world.n_initial_shapes = 1;
	struct run_result result = run(&options);
	assert_int_equal(result.jobs->n_jobs, 3);
	assert_int_equal(result.outcomes[0].finished_us, 60 * S);
	assert_int_equal(result.outcomes[0].admitted_us, -50 * S);
	assert_int_equal(result.outcomes[1].admitted_us, 61 * S);
	assert_int_equal(result.outcomes[2].admitted_us, 82 * S);
	assert_int_equal(result.pools[0].gpu_us[GPU_PRODUCTIVE], (60 + 20 + 5) * 8 * S);
	run_result_free(&result);
	test_world_free(&t);
}

/* Found ready, with pods on nodes that are not there: once it has lost them, the new ones start like any others. */
static void test_pods_found_ready_are_ready_only_once(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 1000 * S);
	test_pool(&t, "a", 1);
	test_queue(&t, "q", NULL, (int64_t[]){16}, PREEMPT_NEVER, PREEMPT_NEVER);
	uint32_t two = test_shape(&t, 2, 8);
	test_job(&t, "q", two, 900 * S, 5 * S);
	t.cluster.start_latency.cached = dist_constant(10e6);
	struct world_change changes[] = {
	    {.at_us = 40 * S, .pool = 0, .nodes = 0, .text = "NodePool/a:nodes=0"},
	    {.at_us = 60 * S, .pool = 0, .nodes = 2, .text = "NodePool/a:nodes=2"},
	};
	t.world.changes = changes;
	t.world.n_changes = 2;
	struct run_options options = test_options(&t);
	struct key_value flavor = {t.gpu, t.pools[0].name};
	struct initial_pod_set admission = {.count = 2, .flavors = &flavor, .n_flavors = 1};
	struct initial_workload initial = {.job = t.jobs.items[0],
	                                   .has_admission = true,
	                                   .admitted_queue = test_name(&t, "q"),
	                                   .admission = &admission,
	                                   .reserved_us = -50 * S,
	                                   .admitted_us = -50 * S,
	                                   .pods_ready_us = -40 * S,
	                                   .requeue_at_us = -1};
	initial.job.name = test_name(&t, "runs");
	initial.job.submit_us = -60 * S;
	initial.job.run_us = 100 * S;
	t.world.initial = &initial;
	t.world.n_initial = 1;
	t.world.initial_shapes = &t.shapes.items[two];
	t.world.n_initial_shapes = 1;
	struct readiness_log log = {.n = 0};
	struct input_recorder recorder = {.input = record_readiness, .state = &log};
	options.recorder = &recorder;
	struct run_result result = run(&options);
	assert_int_equal(result.outcomes[0].node_drains, 1);
	assert_int_equal(result.outcomes[0].finished_us, (60 + 10 + 100) * S);
	assert_int_equal(log.n, 3); /* the third is the job of the table */
	assert_int_equal(log.kinds[0], INPUT_PODS_NOT_READY);
	assert_int_equal(log.at_us[0], 40 * S);
	assert_int_equal(log.at_us[1], 70 * S);
	run_result_free(&result);
	test_world_free(&t);
}

static void test_a_drain_goes_on_until_nothing_runs_or_waits(void **state)
{
	(void)state;
	struct test_world t;
	test_world_init(&t, 100 * S);
	test_pool(&t, "a", 1);
	test_queue(&t, "q", NULL, (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
	uint32_t whole = test_shape(&t, 1, 8);
	test_job(&t, "q", whole, 10 * S, 150 * S);
	test_job(&t, "q", whole, 90 * S, 60 * S);
	test_job(&t, "q", test_shape(&t, 2, 8), 91 * S, 60 * S); /* can never run, and does not keep it going */
	struct run_options options = test_options(&t);
	options.drain = true;
	struct run_result result = run(&options);
	assert_int_equal(result.outcomes[1].finished_us, 221 * S);
	assert_int_equal(result.end_us, 222 * S); /* the last mass requeue */
	assert_int_equal(result.pools[0].capacity_gpu_us, 222 * 8 * S);
	run_result_free(&result);
	test_world_free(&t);
}

/* More passes at one instant than allowed: told, and the run goes on, or stops where it is. */
static void test_endless_passes_are_cut_short(void **state)
{
	(void)state;
	for (int stop = 0; stop < 2; stop++) {
		struct test_world t;
		test_world_init(&t, 100 * S);
		t.world.stop_on_loop = stop;
		test_pool(&t, "a", 1);
		test_queue(&t, "q", NULL, (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
		uint32_t one = test_shape(&t, 1, 1);
		for (int i = 0; i < 5; i++)
			test_job(&t, "q", one, 10 * S, 5 * S);
		struct run_options options = test_options(&t);
		options.max_passes_per_instant = 3;
		struct run_result result = run(&options);
		assert_int_equal(result.n_loops, 1);
		assert_int_equal(result.loops[0].time_us, 10 * S);
		assert_int_equal(result.loops[0].passes, 3);
		assert_int_equal(result.loops[0].n_jobs, 1);
		assert_int_equal(result.interrupted, stop);
		assert_int_equal(result.end_us, (stop ? 10 : 100) * S);
		assert_int_equal(result.outcomes[0].finished_us, stop ? -1 : 15 * S);
		run_result_free(&result);
		test_world_free(&t);
	}
}

static void test_jobs_go_to_the_cluster_that_has_their_queue(void **state)
{
	(void)state;
	struct test_world a, b;
	test_world_init(&a, 100 * S);
	test_pool(&a, "a", 1);
	test_queue(&a, "first", NULL, (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
	test_job(&a, "first", test_shape(&a, 1, 8), 0, 10 * S);
	test_job(&a, "second", test_shape(&a, 1, 8), 0, 20 * S);
	struct run_options options = test_options(&a);
	b = a; /* the same names, another cluster */
	b.builder = kueue_builder_create(a.arena, a.names);
	b.cluster = (struct cluster){.name = test_name(&a, "other"), .pools = b.pools};
	struct controller_config controller = kueue_controller_defaults();
	kueue_set_controller(b.builder, &controller);
	kueue_set_gates(b.builder, a.cluster.kueue->gates);
	kueue_add_namespace(b.builder, &(struct kube_namespace){.name = a.space}, (struct diag_place){0});
	test_pool(&b, "a", 1);
	test_queue(&b, "second", NULL, (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
	(void)test_options(&b);
	struct cluster clusters[] = {a.cluster, b.cluster};
	a.world.clusters = clusters;
	a.world.n_clusters = 2;
	struct run_result result = run(&options);
	assert_int_equal(result.outcomes[0].cluster, 0);
	assert_int_equal(result.outcomes[1].cluster, 1);
	assert_times(&result.outcomes[1], 0, 0, 0, 20 * S);
	assert_int_equal(result.n_pools, 2);
	assert_int_equal(result.pools[1].gpu_us[GPU_PRODUCTIVE], 20 * 8 * S);
	run_result_free(&result);
	kueue_builder_destroy(b.builder);
	test_world_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_without_latencies_a_freed_place_is_taken_a_second_later),
	    cmocka_unit_test(test_each_latency_where_it_belongs),
	    cmocka_unit_test(test_latencies_without_end_do_not_wrap),
	    cmocka_unit_test(test_quota_says_yes_and_nodes_say_no),
	    cmocka_unit_test(test_series_count_nodes_with_pods),
	    cmocka_unit_test(test_preemption_loses_work_since_the_last_checkpoint),
	    cmocka_unit_test(test_a_failed_node_takes_its_jobs_down),
	    cmocka_unit_test(test_a_failed_node_restarts_the_whole_job_from_its_checkpoint),
	    cmocka_unit_test(test_a_job_that_does_not_recover_is_evicted),
	    cmocka_unit_test(test_a_job_broken_while_it_starts_waits_for_nodes),
	    cmocka_unit_test(test_a_pool_that_shrinks_drains_the_newest_work),
	    cmocka_unit_test(test_warm_up_is_left_out_of_gpu_time),
	    cmocka_unit_test(test_jobs_that_can_never_run_say_so),
	    cmocka_unit_test(test_what_no_group_covers_can_never_run),
	    cmocka_unit_test(test_slow_pods_are_evicted_and_back_off),
	    cmocka_unit_test(test_jobs_that_wait_at_the_end_say_why),
	    cmocka_unit_test(test_a_job_without_its_priority_class_is_refused),
	    cmocka_unit_test(test_a_limit_ends_a_job_for_good),
	    cmocka_unit_test(test_back_off_ends_where_the_wait_for_quota_begins),
	    cmocka_unit_test(test_idle_gpus_of_a_stopped_queue),
	    cmocka_unit_test(test_a_drained_queue_counts_its_evictions),
	    cmocka_unit_test(test_a_quota_that_changes_in_time),
	    cmocka_unit_test(test_workloads_found_at_the_start),
	    cmocka_unit_test(test_pods_found_ready_are_ready_only_once),
	    cmocka_unit_test(test_a_drain_goes_on_until_nothing_runs_or_waits),
	    cmocka_unit_test(test_endless_passes_are_cut_short),
	    cmocka_unit_test(test_jobs_go_to_the_cluster_that_has_their_queue),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
