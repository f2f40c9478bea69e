/* test_ready_runs.c - ready scenarios, cut short: a fork of the planners at any point changes nothing, and decisions know
 * nothing of what is still to come. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/input_log.h"
#include "base/rng.h"
#include "planner/planner.h"
#include "ready_run.h"

static void run(const struct run_options *options, struct run_result *ret_result)
{
	struct error error = {0};
	if (!sim_run(options, ret_result, &error))
		fail_msg("%s", error.text);
}

static uint64_t digest_of(const struct run_options *options)
{
	struct run_result result;
	run(options, &result);
	uint64_t digest = result.digest;
	run_result_free(&result);
	return digest;
}

/* With a slow control plane, and right after a submission, so that passes and writes are under way at the fork. */
static void a_fork_at_100_points_changes_nothing(void **state)
{
	static const char *const set[] = {
	    "Scenario/preemption-storm:time.duration=3d",
	    "Scenario/preemption-storm:time.warmup=0",
	    "Cluster/main:controlPlane={\"passBase\": \"20ms\", \"writeLatency\": \"50ms\", \"podCreation\": \"500ms\"}",
	};
	(void)state;
	struct ready_run ready = ready_run_load("preemption-storm", set, ARRAY_COUNT(set));
	struct run_options options = ready_run_options(&ready);
	struct rng rng = rng_stream(1, 0, 0, 0, RNG_PROPERTY_TEST);
	uint64_t straight = digest_of(&options);
	for (int i = 0; i < 100; i++) {
		const struct job *job = &ready.jobs->jobs[rng_below(&rng, ready.jobs->n_jobs)];
		options.fork_at_us = job->submit_us + 1 + (int64_t)rng_below(&rng, 200000);
		if (digest_of(&options) != straight)
			fail_msg("a fork at %lld us changes the digest", (long long)options.fork_at_us);
	}
	ready_run_unload(&ready);
}

/* ---- no future ---- */

/* Hands on to a log what the planners are told and decide up to a time. */
struct prefix {
	struct input_recorder log;
	int64_t until_us;
	uint32_t cycles;
};

static void record_input(void *state, uint32_t cluster, const struct planner_input *input)
{
	struct prefix *prefix = state;
	if (input->now_us <= prefix->until_us)
		prefix->log.input(prefix->log.state, cluster, input);
}

static void record_cycle(void *state, uint32_t cluster, int64_t now_us, uint64_t digest_after)
{
	struct prefix *prefix = state;
	if (now_us > prefix->until_us)
		return;
	prefix->cycles++;
	prefix->log.cycle(prefix->log.state, cluster, now_us, digest_after);
}

/* Writes the log of a run up to `at_us`; returns the digest of the whole run. */
static uint64_t log_until(const struct ready_run *ready, int64_t at_us, bool perturb, const char *path)
{
	struct input_log *log;
	struct error error;
	struct input_log_options log_options = {.path = path, .world = ready->world, .seed = ready->world->seed};
	if (!input_log_create(&log_options, &log, &error))
		fail_msg("%s", error.text);
	struct prefix prefix = {.log = input_log_recorder(log), .until_us = at_us};
	struct input_recorder recorder = {.input = record_input, .cycle = record_cycle, .state = &prefix};
	struct run_options options = ready_run_options(ready);
	options.recorder = &recorder;
	options.perturb_after_us = perturb ? at_us : 0;
	uint64_t digest = digest_of(&options);
	if (!input_log_commit(log, false, &error))
		fail_msg("%s", error.text);
	assert_true(prefix.cycles > 100);
	return digest;
}

static char *read_whole(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	*ret_size = (size_t)ftell(file);
	rewind(file);
	char *bytes = malloc(*ret_size);
	assert_int_equal(fread(bytes, 1, *ret_size, file), *ret_size);
	fclose(file);
	return bytes;
}

static void expect_same_files(const char *a, const char *b)
{
	size_t a_size, b_size;
	char *a_bytes = read_whole(a, &a_size), *b_bytes = read_whole(b, &b_size);
	assert_int_equal(a_size, b_size);
	assert_memory_equal(a_bytes, b_bytes, a_size);
	free(a_bytes);
	free(b_bytes);
}

/* All jobs that run at some time get another true end. */
static void expect_no_future(const char *scenario, const char *const *set, uint32_t n_set)
{
	enum { POINTS = 8 };
	char straight_path[64], perturbed_path[64];
	snprintf(straight_path, sizeof straight_path, "straight-%ld.log", (long)getpid());
	snprintf(perturbed_path, sizeof perturbed_path, "perturbed-%ld.log", (long)getpid());
	struct ready_run ready = ready_run_load(scenario, set, n_set);
	for (int64_t i = 1; i <= POINTS; i++) {
		int64_t at_us = ready.world->duration_us / (POINTS + 1) * i + 7;
		uint64_t straight = log_until(&ready, at_us, false, straight_path);
		uint64_t perturbed = log_until(&ready, at_us, true, perturbed_path);
		expect_same_files(straight_path, perturbed_path);
		assert_true(straight != perturbed); /* what follows does know */
	}
	(void)unlink(straight_path);
	(void)unlink(perturbed_path);
	ready_run_unload(&ready);
}

static void kueue_knows_no_future(void **state)
{
	static const char *const set[] = {"Scenario/preemption-storm:time.duration=6d"};
	(void)state;
	expect_no_future("preemption-storm", set, ARRAY_COUNT(set));
}

static void easy_knows_no_future(void **state)
{
	static const char *const set[] = {"Scenario/easy-backfill:time.duration=6d"};
	(void)state;
	expect_no_future("easy-backfill", set, ARRAY_COUNT(set));
}

static void failing_nodes_tell_no_future(void **state)
{
	static const char *const set[] = {"Scenario/estate-2026:time.start=2026-06-26T00:00:00+02:00",
	                                  "Scenario/estate-2026:time.duration=18d"};
	(void)state;
	expect_no_future("estate-2026", set, ARRAY_COUNT(set));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_fork_at_100_points_changes_nothing),
	    cmocka_unit_test(kueue_knows_no_future),
	    cmocka_unit_test(easy_knows_no_future),
	    cmocka_unit_test(failing_nodes_tell_no_future),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
