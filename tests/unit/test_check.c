/* test_check.c - each book of the simulator, disturbed by 1 in the middle of a run or at its end, is seen to be wrong. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "check.h"
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

static void test_books_of_nodes(void **state)
{
	(void)state;
	struct sim_cluster *cluster = &sim.clusters[0];
	expect_sound();
	uint32_t busy = cluster->scheduler->pods.items[sim.live.items[find_job(JOB_RUNNING)].first_pod].node;
	DISTURB(cluster->nodes->used[busy * cluster->nodes->n_columns], "usage of node");
	DISTURB(cluster->nodes->nodes[busy].n_pods, "pods of node");
	DISTURB(cluster->nodes->fill_rows[cluster->nodes->nodes[busy].fill * cluster->nodes->n_columns], "fill of other nodes");
	DISTURB(cluster->nodes->busy_nodes, "busy nodes of cluster");
	DISTURB(cluster->nodes->pools[1].present_gpus, "GPUs of pool");
	DISTURB(cluster->nodes->pools[1].allocated_gpus, "allocated GPUs of pool");
	DISTURB(cluster->nodes->pools[0].unusable_gpus, "unusable GPUs of pool");
	DISTURB(cluster->scheduler->pods.items[sim.live.items[find_job(JOB_RUNNING)].first_pod].node, "node of pod");
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
	/* held by a job and in the meter, but not in the planner */
	cluster->quota->cells[job->sets[0].cell].usage++;
	sim.live.items[job - sim.live.items].sets[0].gpus++;
	struct error error = {0};
	assert_false(check_quota(&sim, cluster, &error));
	cluster->quota->cells[job->sets[0].cell].usage--;
	sim.live.items[job - sim.live.items].sets[0].gpus--;
	expect_sound();
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

#define DISTURB_RESULT(lvalue, book)                                                                                        \
	do {                                                                                                                    \
		struct error found = {0};                                                                                           \
		(lvalue)++;                                                                                                         \
		assert_false(sim_check_result(&w.t.world, &whole, &found));                                                         \
		assert_int_equal(found.code, ERROR_INVARIANT);                                                                      \
		if (!strstr(found.text, book))                                                                                      \
			fail_msg("expected \"%s\", got \"%s\"", book, found.text);                                                      \
		(lvalue)--;                                                                                                         \
	} while (0)

static void test_books_of_a_result(void **state)
{
	(void)state;
	struct run_result whole;
	struct error error = {0};
	struct run_options again = options;
	again.stop = NULL;
	again.sink = (struct event_sink){0};
	assert_true(sim_run(&again, &whole, &error));
	assert_true(sim_check_result(&w.t.world, &whole, &error));
	for (int kind = 0; kind < GPU_TIME_COUNT; kind++)
		DISTURB_RESULT(whole.pools[0].gpu_us[kind], "GPU time of pool");
	DISTURB_RESULT(whole.pools[0].capacity_gpu_us, "GPU time of pool");
	DISTURB_RESULT(whole.pools[1].paid, "money of pool");
	DISTURB_RESULT(whole.pools[1].charged, "parts of the money of pool");
	DISTURB_RESULT(whole.pools[1].idle, "parts of the money of pool");
	DISTURB_RESULT(whole.pools[1].down, "parts of the money of pool");
	DISTURB_RESULT(whole.outcomes[5].cost, "money of jobs");
	DISTURB_RESULT(whole.outcomes[5].productive_gpu_us, "GPU time of jobs");
	DISTURB_RESULT(whole.outcomes[5].starting_gpu_us, "GPU time of jobs");
	DISTURB_RESULT(whole.outcomes[5].lost_preemption_gpu_us, "GPU time of jobs");
	DISTURB_RESULT(whole.outcomes[5].lost_failure_gpu_us, "GPU time of jobs");
	DISTURB_RESULT(whole.outcomes[5].wait_by_cause_us[WAIT_NODES], "waits of job");
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
