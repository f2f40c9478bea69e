/* test_input_log.c - a log replays to the same digests; a log that was cut, changed or lies is refused, and says where. */
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
#include "base/vec.h"
#include "planner_world.h"

#define LOG_PATH "test-input-log.log"

/* A world of one cluster with two queues that share a cohort, each with quota for 8 GPUs. */
struct bench {
	struct planner_world w; /* its planner is not started: the drive below has its own */
	struct cluster cluster;
	struct world world;
};

static struct bench *bench_create(enum policy_kind policy)
{
	static const struct planner_queue queues[] = {
	    {.name = "a", .cohort = "shared", .gpus = 8, .within = PREEMPT_LOWER_PRIORITY, .reclaim = PREEMPT_ANY},
	    {.name = "b", .cohort = "shared", .gpus = 8, .within = PREEMPT_LOWER_PRIORITY, .reclaim = PREEMPT_ANY}};
	struct bench *bench = calloc(1, sizeof *bench);
	planner_world_init(&bench->w);
	struct names *names = bench->w.names;
	bench->cluster = (struct cluster){.name = names_intern(names, "main"),
	                                  .policy = policy,
	                                  .kueue = planner_world_config(&bench->w, queues, ARRAY_COUNT(queues))};
	bench->world =
	    (struct world){.names = names, .name = names_intern(names, "bench"), .clusters = &bench->cluster, .n_clusters = 1};
	return bench;
}

static void bench_destroy(struct bench *bench)
{
	planner_world_end(&bench->w);
	free(bench);
}

/* A driver that carries every decision out at once; jobs end after some steps. */
struct drive {
	struct bench *bench;
	struct planner *planner;
	struct input_recorder recorder;
	struct decision_list *decisions;
	struct {
		VEC_FIELDS(struct wake);
	} wakes;
	struct {
		VEC_FIELDS(workload_id);
	} running;
	int64_t now_us;
};

static void tell(struct drive *drive, struct planner_input input)
{
	struct error error = {0};
	input.now_us = drive->now_us;
	drive->recorder.input(drive->recorder.state, 0, &input);
	if (!planner_apply(drive->planner, &input, &error))
		fail_msg("%s", error.text);
	struct wake wake;
	while (planner_take_wake(drive->planner, &wake))
		*VEC_PUSH(&drive->wakes) = wake;
}

static void submit(struct drive *drive, struct rng *rng, uint32_t number)
{
	const struct kueue_config *config = drive->bench->cluster.kueue;
	char name[32];
	snprintf(name, sizeof name, "job-%u", number);
	struct resource_request request = {config->resources[0], 1 + (int64_t)rng_below(rng, 6)};
	struct pod_set set = {
	    .name = names_intern(drive->bench->w.names, "main"), .count = 1, .requests = &request, .n_requests = 1};
	struct workload_spec spec = {.name = names_intern(drive->bench->w.names, name),
	                             .uid = {number, number},
	                             .namespace_name = drive->bench->w.space,
	                             .local_queue = (uint32_t)rng_below(rng, 2),
	                             .cluster_queue = NONE,
	                             .created_us = drive->now_us,
	                             .priority = (int64_t)rng_below(rng, 3),
	                             .pod_sets = &set,
	                             .n_pod_sets = 1,
	                             .max_execution_s = -1};
	workload_id id;
	tell(drive, (struct planner_input){.kind = INPUT_OBSERVED, .observed = {&spec, NULL}, .ret_workload = &id});
	tell(drive, (struct planner_input){
	                .kind = INPUT_EXPECTED_RUN, .workload = id, .value = (int64_t)(1 + rng_below(rng, 9)) * US_PER_S});
}

static void forget(struct drive *drive, workload_id id)
{
	for (uint32_t i = 0; i < drive->running.count; i++)
		if (drive->running.items[i].slot == id.slot)
			drive->running.items[i--] = drive->running.items[--drive->running.count];
}

static void carry_out(struct drive *drive, const struct decision *decision)
{
	if (decision->kind == DECISION_RESERVE) {
		*VEC_PUSH(&drive->running) = decision->workload;
		tell(drive, (struct planner_input){.kind = INPUT_WRITE_DONE, .workload = decision->workload});
		tell(drive, (struct planner_input){.kind = INPUT_PODS_READY, .workload = decision->workload});
	} else if (decision->kind == DECISION_PREEMPT || decision->kind == DECISION_EVICT) {
		forget(drive, decision->workload);
		tell(drive, (struct planner_input){.kind = INPUT_WRITE_DONE, .workload = decision->workload});
		tell(drive, (struct planner_input){.kind = INPUT_RELEASED, .workload = decision->workload});
	}
}

static void run_cycles(struct drive *drive)
{
	for (int pass = 0; pass < 50 && planner_wants_cycle(drive->planner); pass++) {
		struct error error = {0};
		assert_true(planner_cycle(drive->planner, drive->now_us, drive->decisions, &error));
		drive->recorder.cycle(drive->recorder.state, 0, drive->now_us, planner_digest(drive->planner));
		struct decision_list *decisions = drive->decisions;
		for (uint32_t i = 0; i < decisions->count; i++)
			carry_out(drive, &decisions->items[i]);
	}
}

static void fire_wakes(struct drive *drive)
{
	for (uint32_t i = 0; i < drive->wakes.count; i++) {
		struct wake wake = drive->wakes.items[i];
		if (wake.at_us > drive->now_us)
			continue;
		drive->wakes.items[i--] = drive->wakes.items[--drive->wakes.count];
		tell(drive, (struct planner_input){.kind = INPUT_WAKE, .wake = wake});
	}
}

/* Records 300 steps into LOG_PATH; returns the planner's last digest. */
static uint64_t record(enum policy_kind policy, bool interrupted)
{
	struct bench *bench = bench_create(policy);
	struct error error = {0};
	struct input_log *log;
	struct input_log_options options = {.path = LOG_PATH, .world = &bench->world, .seed = 7};
	if (!input_log_create(&options, &log, &error))
		fail_msg("%s", error.text);
	struct planner_options planner_options = {
	    .policy = policy == POLICY_EASY ? planner_policy_easy() : planner_policy_kueue(), .config = bench->cluster.kueue};
	struct drive drive = {.bench = bench,
	                      .planner = planner_create(&planner_options),
	                      .recorder = input_log_recorder(log),
	                      .decisions = decision_list_create()};
	struct rng rng = rng_stream(1, 0, 1, 0, RNG_PROPERTY_TEST);
	for (uint32_t step = 1; step <= 300; step++) {
		drive.now_us += (int64_t)rng_below(&rng, 3 * US_PER_S);
		fire_wakes(&drive);
		if (drive.running.count > 0 && rng_below(&rng, 2) == 0) {
			workload_id ended = drive.running.items[rng_below(&rng, drive.running.count)];
			forget(&drive, ended);
			tell(&drive, (struct planner_input){.kind = INPUT_FINISHED, .workload = ended});
		}
		submit(&drive, &rng, step);
		run_cycles(&drive);
	}
	uint64_t digest = planner_digest(drive.planner);
	assert_true(input_log_commit(log, interrupted, &error));
	planner_destroy(drive.planner);
	decision_list_destroy(drive.decisions);
	VEC_FREE(&drive.wakes);
	VEC_FREE(&drive.running);
	bench_destroy(bench);
	return digest;
}

static void a_log_replays_to_the_same_digests(void **state)
{
	(void)state;
	for (int policy = POLICY_KUEUE; policy <= POLICY_EASY; policy++) {
		(void)record((enum policy_kind)policy, policy == POLICY_EASY);
		struct error error = {0};
		struct replay_summary summary;
		if (!input_log_replay(LOG_PATH, &summary, &error))
			fail_msg("%s", error.text);
		assert_string_equal(summary.scenario, "bench");
		assert_int_equal(summary.seed, 7);
		assert_int_equal(summary.clusters, 1);
		assert_true(summary.inputs > 1000 && summary.cycles > 300);
		assert_int_equal(summary.interrupted, policy == POLICY_EASY);
		(void)unlink(LOG_PATH);
	}
}

static char *read_log(size_t *ret_length)
{
	FILE *file = fopen(LOG_PATH, "rb");
	char *bytes = malloc(1 << 22);
	*ret_length = fread(bytes, 1, 1 << 22, file);
	fclose(file);
	return bytes;
}

static void write_log(const char *bytes, size_t length)
{
	FILE *file = fopen(LOG_PATH, "wb");
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	fclose(file);
}

static void assert_refused(const char *bytes, size_t length, enum error_code code, const char *says)
{
	struct error error = {0};
	struct replay_summary summary;
	write_log(bytes, length);
	assert_false(input_log_replay(LOG_PATH, &summary, &error));
	if (!strstr(error.text, says))
		fail_msg("'%s' does not say '%s'", error.text, says);
	assert_int_equal(error.code, code);
}

static void a_damaged_log_is_refused_and_says_where(void **state)
{
	(void)state;
	(void)record(POLICY_KUEUE, false);
	size_t length;
	char *bytes = read_log(&length);
	assert_refused("", 0, ERROR_BAD_INPUT, "first line");
	assert_refused("berth-log 1\n", 12, ERROR_BAD_INPUT, "first line");
	assert_refused(bytes, 12, ERROR_BAD_INPUT, "cut short after record 0");
	for (size_t cut = 13; cut < length; cut += 997)
		assert_refused(bytes, cut, ERROR_BAD_INPUT, "cut short");
	assert_refused(bytes, length - 1, ERROR_BAD_INPUT, "cut short");
	for (size_t at = 12 + 8; at < length; at += 1499) {
		bytes[at] ^= 0x10;
		struct error error = {0};
		struct replay_summary summary;
		write_log(bytes, length);
		assert_false(input_log_replay(LOG_PATH, &summary, &error));
		assert_int_equal(error.code, ERROR_BAD_INPUT);
		assert_non_null(strstr(error.text, " at byte "));
		bytes[at] ^= 0x10;
	}
	char *longer = malloc(length + 8);
	memcpy(longer, bytes, length);
	memset(longer + length, 0, 8);
	assert_refused(longer, length + 8, ERROR_BAD_INPUT, "record ");
	free(longer);
	free(bytes);
	(void)unlink(LOG_PATH);
}

/* The same calls, but the log claims another digest after one cycle: as if this planner decided otherwise. */
static void a_different_decision_is_found(void **state)
{
	(void)state;
	struct bench *bench = bench_create(POLICY_KUEUE);
	struct error error = {0};
	struct input_log *log;
	struct input_log_options options = {.path = LOG_PATH, .world = &bench->world};
	assert_true(input_log_create(&options, &log, &error));
	struct input_recorder recorder = input_log_recorder(log);
	recorder.cycle(recorder.state, 0, 5 * US_PER_S, 12345);
	assert_true(input_log_commit(log, false, &error));
	struct replay_summary summary;
	assert_false(input_log_replay(LOG_PATH, &summary, &error));
	assert_int_equal(error.code, ERROR_INVARIANT);
	assert_non_null(strstr(error.text, "cluster main, 5s after the start: digest"));
	assert_non_null(strstr(error.text, "the log says 0000000000003039"));
	bench_destroy(bench);
	(void)unlink(LOG_PATH);
}

static void an_abandoned_log_leaves_nothing(void **state)
{
	(void)state;
	struct bench *bench = bench_create(POLICY_KUEUE);
	struct error error = {0};
	struct input_log *log;
	struct input_log_options options = {.path = LOG_PATH, .world = &bench->world};
	assert_true(input_log_create(&options, &log, &error));
	input_log_abandon(log);
	assert_int_not_equal(access(LOG_PATH, F_OK), 0);
	options.path = "/nowhere/at/all.log";
	assert_false(input_log_create(&options, &log, &error));
	assert_non_null(strstr(error.text, "cannot write"));
	bench_destroy(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_log_replays_to_the_same_digests),
	    cmocka_unit_test(a_damaged_log_is_refused_and_says_where),
	    cmocka_unit_test(a_different_decision_is_found),
	    cmocka_unit_test(an_abandoned_log_leaves_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
