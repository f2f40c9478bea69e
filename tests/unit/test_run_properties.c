/* test_run_properties.c - what must hold for every run: books add up, the same inputs give the same bytes, planners know no
 * future, forks change nothing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "planner/planner.h"
#include "sim_random.h"

static void run(const struct run_options *options, uint64_t seed, struct run_result *ret_result)
{
	struct error error = {0};
	if (!sim_run(options, ret_result, &error))
		fail_msg("seed %llu: %s", (unsigned long long)seed, error.text);
}

/* In check mode every run recomputes its books every 500 events and at the end; sim_run fails when one does not add up. */
static void test_books_add_up_in_random_worlds(void **state)
{
	(void)state;
	int64_t preemptions = 0, failures = 0, deactivated = 0, timeouts = 0, finished = 0, borrowed = 0;
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct random_world w;
		struct run_options options = random_world_init(&w, seed, 300, seed % 2);
		if (seed % 5 == 4)
			w.t.cluster.policy = POLICY_EASY;
		options.drain = seed % 7 == 0;
		struct run_result result;
		run(&options, seed, &result);
		for (uint32_t i = 0; i < result.jobs->n_jobs; i++) {
			preemptions += result.outcomes[i].preemptions;
			failures += result.outcomes[i].failures;
			timeouts += result.outcomes[i].pods_ready_evictions;
			deactivated += result.outcomes[i].deactivated;
			finished += result.outcomes[i].finished_us >= 0;
			borrowed += result.outcomes[i].borrowed_gpu_us > 0;
		}
		run_result_free(&result);
		test_world_free(&w.t);
	}
	assert_true(preemptions > 500 && failures > 200 && deactivated > 50 && timeouts > 50 && finished > 5000);
	assert_true(borrowed > 500);
}

/* Of values, not bytes: rows have padding. */
static uint64_t digest_result(const struct run_result *result)
{
	uint64_t digest = digest_add(result->digest, result->n_spans);
	for (uint32_t i = 0; i < result->jobs->n_jobs; i++) {
		const struct job_outcome *outcome = &result->outcomes[i];
		digest = digest_add(digest_add(digest, (uint64_t)outcome->ready_us), (uint64_t)outcome->cost);
		digest = digest_add(digest_add(digest, (uint64_t)outcome->finished_us), (uint64_t)outcome->borrowed_gpu_us);
	}
	for (uint32_t i = 0; i < result->n_series; i++) {
		uint64_t words[2];
		memcpy(&words[0], &result->series[i].demand_gpus, sizeof words[0]);
		memcpy(&words[1], &result->series[i].running_gpus, sizeof words[1]);
		digest = digest_add(digest_add(digest, words[0]), words[1]);
	}
	return digest;
}

static void test_a_fork_of_the_planners_changes_nothing(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 30; seed++) {
		struct random_world w;
		struct run_options options = random_world_init(&w, seed, 200, seed % 2);
		struct run_result straight, again, forked;
		run(&options, seed, &straight);
		run(&options, seed, &again);
		options.fork_at_us = 1 + (int64_t)seed * 120 * US_PER_S;
		run(&options, seed, &forked);
		assert_true(digest_result(&straight) == digest_result(&again));
		assert_true(digest_result(&straight) == digest_result(&forked));
		run_result_free(&straight);
		run_result_free(&again);
		run_result_free(&forked);
		test_world_free(&w.t);
	}
}

struct prefix {
	int64_t until_us;
	uint64_t digest;
	uint64_t calls;
};

static void record_cycle(void *state, uint32_t cluster, int64_t now_us, uint64_t digest_after)
{
	struct prefix *prefix = state;
	if (now_us > prefix->until_us)
		return;
	prefix->calls++;
	prefix->digest = digest_add(digest_add(prefix->digest, cluster), digest_after);
}

/* The same jobs, but those that have not ended by then run for longer, and those still to come come later. */
static struct job_table other_future(const struct run_result *straight, const struct job_table *table, int64_t at_us)
{
	struct job_table other = *table;
	uint32_t n_initial = straight->jobs->n_jobs - table->n_jobs; /* the world's own stand before them */
	struct job *jobs = xcalloc(table->n_jobs, sizeof *jobs);
	for (uint32_t i = 0; i < table->n_jobs; i++) {
		int64_t finished_us = straight->outcomes[n_initial + i].finished_us;
		jobs[i] = table->jobs[i];
		if (finished_us < 0 || finished_us > at_us)
			jobs[i].run_us = 2 * jobs[i].run_us + 1;
		if (jobs[i].submit_us > at_us)
			jobs[i].submit_us += US_PER_S;
	}
	other.jobs = jobs;
	return other;
}

static void test_true_ends_still_to_come_change_no_decision_before(void **state)
{
	(void)state;
	uint32_t differ_later = 0;
	for (uint64_t seed = 0; seed < 30; seed++) {
		struct random_world w;
		struct run_options options = random_world_init(&w, seed, 200, seed % 2);
		if (seed % 3 == 2)
			w.t.cluster.policy = POLICY_EASY;
		int64_t at_us = (500 + 70 * (int64_t)seed) * US_PER_S;
		struct prefix straight = {.until_us = at_us}, changed = {.until_us = at_us};
		struct input_recorder recorder = {.cycle = record_cycle, .state = &straight};
		struct run_result a, b;
		options.recorder = &recorder;
		run(&options, seed, &a);
		recorder.state = &changed;
		struct job_table other = other_future(&a, options.jobs, at_us);
		options.jobs = &other;
		run(&options, seed, &b);
		assert_true(straight.calls > 10);
		assert_true(straight.digest == changed.digest && straight.calls == changed.calls);
		differ_later += a.digest != b.digest;
		free((void *)(uintptr_t)other.jobs);
		run_result_free(&a);
		run_result_free(&b);
		test_world_free(&w.t);
	}
	assert_true(differ_later > 15);
}

/* Another queue that nobody uses, and another pool that nobody may use, shift nobody's luck. */
static void test_an_unused_queue_changes_no_outcome(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct random_world w, wider;
		struct run_options options = random_world_init(&w, seed, 200, true);
		struct run_options wide = random_world_init(&wider, seed, 200, true);
		test_queue(&wider.t, "another", NULL, (int64_t[]){50, 50}, PREEMPT_NEVER, PREEMPT_NEVER);
		wide = test_options(&wider.t);
		wide.seed = options.seed;
		struct run_result a, b;
		run(&options, seed, &a);
		run(&wide, seed, &b);
		for (uint32_t i = 0; i < a.jobs->n_jobs; i++) {
			assert_int_equal(a.outcomes[i].admitted_us, b.outcomes[i].admitted_us);
			assert_int_equal(a.outcomes[i].ready_us, b.outcomes[i].ready_us);
			assert_int_equal(a.outcomes[i].finished_us, b.outcomes[i].finished_us);
			assert_true(a.outcomes[i].cost == b.outcomes[i].cost);
		}
		run_result_free(&a);
		run_result_free(&b);
		test_world_free(&w.t);
		test_world_free(&wider.t);
	}
}

static void test_a_stop_gives_a_partial_result(void **state)
{
	(void)state;
	struct random_world w;
	struct run_options options = random_world_init(&w, 5, 300, false);
	volatile sig_atomic_t stop = 1;
	options.stop = &stop;
	struct run_result result;
	run(&options, 5, &result);
	assert_true(result.interrupted);
	assert_true(result.end_us < w.t.world.duration_us);
	assert_int_equal(result.events, 256);
	run_result_free(&result);
	test_world_free(&w.t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_books_add_up_in_random_worlds),
	    cmocka_unit_test(test_a_fork_of_the_planners_changes_nothing),
	    cmocka_unit_test(test_true_ends_still_to_come_change_no_decision_before),
	    cmocka_unit_test(test_an_unused_queue_changes_no_outcome),
	    cmocka_unit_test(test_a_stop_gives_a_partial_result),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
