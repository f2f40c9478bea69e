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
static uint64_t log_until(const struct ready_run *ready, const struct job_table *jobs, int64_t at_us, const char *path)
{
	struct input_log *log;
	struct error error;
	struct input_log_options log_options = {.path = path, .world = ready->world, .seed = ready->world->seed};
	if (!input_log_create(&log_options, &log, &error))
		fail_msg("%s", error.text);
	struct prefix prefix = {.log = input_log_recorder(log), .until_us = at_us};
	struct input_recorder recorder = {.input = record_input, .cycle = record_cycle, .state = &prefix};
	struct run_options options = ready_run_options(ready);
	options.jobs = jobs;
	options.recorder = &recorder;
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

/* Logs of two runs up to a time, in files of their own. */
struct two_logs {
	char a[64], b[64];
};

static struct two_logs two_logs(void)
{
	struct two_logs logs;
	snprintf(logs.a, sizeof logs.a, "straight-%ld.log", (long)getpid());
	snprintf(logs.b, sizeof logs.b, "other-%ld.log", (long)getpid());
	return logs;
}

static void two_logs_remove(const struct two_logs *logs)
{
	(void)unlink(logs->a);
	(void)unlink(logs->b);
}

/* The same jobs with another future: those that have not ended by then run for longer, those still to come come later. */
static struct job_table other_future(const struct ready_run *ready, const struct run_result *result, int64_t at_us)
{
	struct job_table table = *ready->jobs;
	uint32_t n_initial = result->jobs->n_jobs - table.n_jobs; /* the world's own stand before them */
	struct job *jobs = arena_copy(ready->arena, table.jobs, table.n_jobs * sizeof *jobs);
	for (uint32_t i = 0; i < table.n_jobs; i++) {
		int64_t finished_us = result->outcomes[n_initial + i].finished_us;
		if (finished_us < 0 || finished_us > at_us)
			jobs[i].run_us = 2 * jobs[i].run_us + 1;
		if (jobs[i].submit_us > at_us)
			jobs[i].submit_us += 3600 * US_PER_S;
	}
	table.jobs = jobs;
	return table;
}

static void expect_no_future(const char *scenario, const char *const *set, uint32_t n_set)
{
	enum { POINTS = 8 };
	struct two_logs logs = two_logs();
	struct ready_run ready = ready_run_load(scenario, set, n_set);
	struct run_options options = ready_run_options(&ready);
	struct run_result result;
	run(&options, &result);
	for (int64_t i = 1; i <= POINTS; i++) {
		int64_t at_us = ready.world->duration_us / (POINTS + 1) * i + 7;
		struct job_table other = other_future(&ready, &result, at_us);
		uint64_t straight = log_until(&ready, ready.jobs, at_us, logs.a);
		uint64_t digest = log_until(&ready, &other, at_us, logs.b);
		expect_same_files(logs.a, logs.b);
		assert_true(straight != digest); /* what follows does know */
	}
	two_logs_remove(&logs);
	run_result_free(&result);
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

static void changes_are_no_future(void **state)
{
	static const char *const set[] = {"Scenario/estate-2026:time.start=2026-06-26T00:00:00+02:00",
	                                  "Scenario/estate-2026:time.duration=18d"};
	(void)state;
	expect_no_future("estate-2026", set, ARRAY_COUNT(set));
}

/* Nodes that all fail after two days, or after three: until then nobody can tell. */
static void failures_to_come_are_unknown(void **state)
{
#define ALL_FAIL_AFTER(time)                                                                                                \
	"NodePool/a100:failures={\"meanTimeBetweenFailures\": {\"choice\": [{\"value\": \"" time                                \
	"\", \"weight\": 1}]}, \"repairTime\": \"1h\"}"
	(void)state;
	static const char *const failures[] = {ALL_FAIL_AFTER("48h"), ALL_FAIL_AFTER("72h")};
	struct two_logs logs = two_logs();
	uint64_t digests[2];
	for (int i = 0; i < 2; i++) {
		const char *set[] = {"Scenario/preemption-storm:time.duration=4d", "Scenario/preemption-storm:time.warmup=0",
		                     failures[i]};
		struct ready_run ready = ready_run_load("preemption-storm", set, ARRAY_COUNT(set));
		digests[i] = log_until(&ready, ready.jobs, 2 * US_PER_DAY - 1, i ? logs.b : logs.a);
		ready_run_unload(&ready);
	}
	expect_same_files(logs.a, logs.b);
	assert_true(digests[0] != digests[1]);
	two_logs_remove(&logs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_fork_at_100_points_changes_nothing),
	    cmocka_unit_test(kueue_knows_no_future),
	    cmocka_unit_test(easy_knows_no_future),
	    cmocka_unit_test(changes_are_no_future),
	    cmocka_unit_test(failures_to_come_are_unknown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
