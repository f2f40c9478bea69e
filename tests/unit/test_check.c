/* test_check.c - each book of the simulator, disturbed by 1 in the middle of a run or at its end, is seen to be wrong. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "check.h"
#include "planner/books.h"
#include "sim_random.h"

static struct random_world w;
static struct sim sim;
static struct run_result result;
static volatile sig_atomic_t stop;
static struct run_options options;

static void stop_late(void *state, const struct sim_event *event)
{
	(void)state;
	stop = event->time_us > 1500 * US_PER_S;
}

static uint32_t find_job(enum job_state state)
{
	for (uint32_t live = 0; live < sim.live.count; live++)
		if (sim.live.items[live].state == state)
			return live;
	return NONE;
}

static int tear_down(void **state);

/* A run that stopped half-way, with jobs that run, that pend, and whose pods wait for nodes. */
static int set_up(void **state)
{
	for (uint64_t seed = 0; seed < 50; seed++) {
		options = random_world_init(&w, seed, 1500, false);
		options.stop = &stop;
		options.sink.event = stop_late;
		sim_begin(&sim, &options, &result);
		sim_go(&sim);
		if (sim.failed)
			return 1;
		if (find_job(JOB_RUNNING) != NONE && find_job(JOB_PENDING) != NONE && find_job(JOB_PLACING) != NONE)
			return 0;
		tear_down(state);
	}
	return 1;
}

static int tear_down(void **state)
{
	(void)state;
	sim_end(&sim);
	run_result_free(&result);
	test_world_free(&w.t);
	return 0;
}

static void expect_caught(const char *book)
{
	struct error error = {0};
	assert_false(sim_check(&sim, &error));
	assert_int_equal(error.code, ERROR_INVARIANT);
	if (!strstr(error.text, book))
		fail_msg("expected \"%s\", got \"%s\"", book, error.text);
}

static void expect_sound(void)
{
	struct error error = {0};
	if (!sim_check(&sim, &error))
		fail_msg("%s", error.text);
}

/* Off by one, caught, and right again. */
#define DISTURB(lvalue, book)                                                                                               \
	do {                                                                                                                    \
		(lvalue)++;                                                                                                         \
		expect_caught(book);                                                                                                \
		(lvalue)--;                                                                                                         \
		expect_sound();                                                                                                     \
	} while (0)

/* The node holds more than it has, or is in a fill although it is down. */
static void overcommit(struct node_table *nodes, uint32_t busy)
{
	int64_t *allocatable = nodes->pools[nodes->nodes[busy].pool].allocatable, before = 0;
	uint32_t column = 0;
	while (node_used(nodes, busy)[column] == 0)
		column++;
	before = allocatable[column];
	allocatable[column] = node_used(nodes, busy)[column] - 1;
	expect_caught("overcommitted node");
	allocatable[column] = before;
	nodes->nodes[busy].state = NODE_DOWN;
	expect_caught("fill of node");
	nodes->nodes[busy].state = NODE_UP;
	expect_sound();
}

static void test_books_of_nodes(void **state)
{
	(void)state;
	struct sim_cluster *cluster = &sim.clusters[0];
	expect_sound();
	uint32_t pod = sim.live.items[find_job(JOB_RUNNING)].first_pod;
	uint32_t busy = cluster->scheduler->pods.items[pod].node;
	DISTURB(cluster->nodes->used[busy * cluster->nodes->n_columns], "usage of node");
	DISTURB(cluster->nodes->nodes[busy].n_pods, "pods of node");
	DISTURB(cluster->nodes->fill_rows[cluster->nodes->nodes[busy].fill * cluster->nodes->n_columns], "fill of other nodes");
	DISTURB(cluster->nodes->busy_nodes, "busy nodes of cluster");
	DISTURB(cluster->nodes->pools[1].present_gpus, "GPUs of pool");
	DISTURB(cluster->nodes->pools[1].allocated_gpus, "allocated GPUs of pool");
	DISTURB(cluster->nodes->pools[0].unusable_gpus, "unusable GPUs of pool");
	DISTURB(cluster->scheduler->pods.items[pod].node, "node of pod");
	DISTURB(cluster->scheduler->pods.items[pod].owner, "owner of pod");
	overcommit(cluster->nodes, busy);
	struct fill *fill = &cluster->nodes->fills.items[cluster->nodes->nodes[busy].fill];
	fill->nodes.count--;
	expect_caught("indexed nodes of pool");
	fill->nodes.count++;
}

static void test_books_of_gpu_time(void **state)
{
	(void)state;
	struct gpu_meter *meter = sim.clusters[0].gpus;
	for (int kind = 0; kind < GPU_TIME_COUNT; kind++)
		DISTURB(meter->pools[1].gpu_us[kind], "GPU time of pool");
	DISTURB(meter->pools[0].capacity_gpu_us, "GPU time of pool");
	DISTURB(meter->allocated_gpu_us[0], "allocated GPU time of pool");
}

static void test_books_of_quota(void **state)
{
	(void)state;
	struct sim_cluster *cluster = &sim.clusters[0];
	const struct live_job *job = &sim.live.items[find_job(JOB_RUNNING)];
	DISTURB(cluster->quota->cells[job->sets[0].cell].usage, "GPU quota of");
	DISTURB(cluster->quota->pots[0].borrowed, "borrowed quota of tree");
	struct quota_state *planned = &planner_books(cluster->planner)->quota;
	for (uint32_t queue = 0; queue < cluster->quota->n_queues; queue++)
		for (uint32_t fr = 0; fr < cluster->quota->n_frs; fr++)
			if (quota_meter_cell(cluster->quota, queue, fr) != NONE)
				DISTURB(planned->usage[quota_index(planned->tree, queue, fr)], "GPU quota of queue");
}

static void test_books_of_demands_and_levels(void **state)
{
	(void)state;
	struct sim_cluster *cluster = &sim.clusters[0];
	for (int kind = 0; kind < DEMAND_KIND_COUNT; kind++)
		DISTURB(cluster->gpus->sets.items[0].demand_gpus[kind], "demand");
	for (int level = 0; level <= LEVEL_PENDING_GPUS; level++)
		DISTURB(cluster->series->levels[1].now[level], "level of queue");
}

static void test_books_of_jobs(void **state)
{
	(void)state;
	uint32_t pending = find_job(JOB_PENDING), placing = find_job(JOB_PLACING);
	DISTURB(sim.n_live, "live jobs");
	DISTURB(result.outcomes[sim.live.items[pending].job].wait_by_cause_us[WAIT_QUOTA], "waits of job");
	DISTURB(result.outcomes[sim.live.items[pending].job].finished_us, "fates of job"); /* run twice */
	DISTURB(sim.live.items[placing].n_pods, "pods of job");
	DISTURB(sim.live.items[placing].n_bound, "bound pods of job");
	DISTURB(sim.live.items[pending].workload.generation, "workload of job");
	struct books *books = planner_books(sim.clusters[sim.live.items[pending].cluster].planner);
	DISTURB(books_row(books, sim.live.items[pending].workload.slot)->phase, "phase of job");
	/* it was given up, yet holds quota */
	sim.live.items[placing].deactivated = true;
	expect_caught("quota of job");
	sim.live.items[placing].deactivated = false;
	for (uint32_t i = 0; i < sim.next_job; i++) { /* lost */
		if (result.outcomes[i].finished_us < 0)
			continue;
		int64_t finished_us = result.outcomes[i].finished_us;
		result.outcomes[i].finished_us = -1;
		expect_caught("fates of job");
		result.outcomes[i].finished_us = finished_us;
		break;
	}
	expect_sound();
}

static void expect_result_caught(const struct run_result *whole, const char *book)
{
	struct error error = {0};
	assert_false(run_result_check(&w.t.world, whole, &error));
	assert_int_equal(error.code, ERROR_INVARIANT);
	if (!strstr(error.text, book))
		fail_msg("expected \"%s\", got \"%s\"", book, error.text);
}

#define DISTURB_RESULT(lvalue, book)                                                                                        \
	do {                                                                                                                    \
		(lvalue)++;                                                                                                         \
		expect_result_caught(&whole, book);                                                                                 \
		(lvalue)--;                                                                                                         \
	} while (0)

/* A job was submitted, admitted, bound, ready and finished in that order. */
static void mix_up_times(struct run_result *whole)
{
	uint32_t job = 0;
	while (whole->outcomes[job].finished_us < 0)
		job++;
	struct job_outcome *outcome = &whole->outcomes[job];
	const struct {
		int64_t *time, wrong;
	} cases[] = {
	    {&outcome->admitted_us, whole->jobs->jobs[job].submit_us - 1},
	    {&outcome->admitted_us, -1},
	    {&outcome->admitted_us, outcome->bound_us + 1},
	    {&outcome->bound_us, outcome->ready_us + 1},
	    {&outcome->finished_us, outcome->ready_us - 1},
	};
	for (uint32_t i = 0; i < ARRAY_COUNT(cases); i++) {
		int64_t before = *cases[i].time;
		*cases[i].time = cases[i].wrong;
		expect_result_caught(whole, "out of order");
		*cases[i].time = before;
	}
}

static void test_books_of_a_result(void **state)
{
	(void)state;
	struct run_result whole;
	struct error error = {0};
	struct run_options again = options;
	again.stop = NULL;
	again.sink = (struct event_sink){0};
	assert_true(sim_run(&again, &whole, &error));
	assert_true(run_result_check(&w.t.world, &whole, &error));
	for (int kind = 0; kind < GPU_TIME_COUNT; kind++)
		DISTURB_RESULT(whole.pools[0].gpu_us[kind], "GPU time of pool");
	DISTURB_RESULT(whole.pools[0].capacity_gpu_us, "GPU time of pool");
	int64_t down_gpu_us = whole.pools[0].gpu_us[GPU_DOWN];
	whole.pools[0].gpu_us[GPU_DOWN] = -1;
	expect_result_caught(&whole, "is negative");
	whole.pools[0].gpu_us[GPU_DOWN] = down_gpu_us;
	DISTURB_RESULT(whole.pools[1].paid, "money of pool");
	DISTURB_RESULT(whole.pools[1].charged, "parts of the money of pool");
	DISTURB_RESULT(whole.pools[1].idle, "parts of the money of pool");
	DISTURB_RESULT(whole.pools[1].down, "parts of the money of pool");
	DISTURB_RESULT(whole.outcomes[5].cost, "jobs were charged");
	DISTURB_RESULT(whole.outcomes[5].productive_gpu_us, "jobs add up to");
	DISTURB_RESULT(whole.outcomes[5].starting_gpu_us, "jobs add up to");
	DISTURB_RESULT(whole.outcomes[5].lost_preemption_gpu_us, "jobs add up to");
	DISTURB_RESULT(whole.outcomes[5].lost_eviction_gpu_us, "jobs add up to");
	DISTURB_RESULT(whole.outcomes[5].lost_failure_gpu_us, "jobs add up to");
	DISTURB_RESULT(whole.outcomes[5].wait_by_cause_us[WAIT_NODES], "the causes sum to");
	mix_up_times(&whole);
	assert_true(run_result_check(&w.t.world, &whole, &error));
	run_result_free(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_books_of_nodes), cmocka_unit_test(test_books_of_gpu_time),
	    cmocka_unit_test(test_books_of_quota), cmocka_unit_test(test_books_of_demands_and_levels),
	    cmocka_unit_test(test_books_of_jobs),  cmocka_unit_test(test_books_of_a_result),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
