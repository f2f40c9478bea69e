/* test_golden_decisions.c - what the planner decides today, held against tests/golden/decisions.txt. Other tests compare the
 * default pass with the literal one, which shares code with it: a change of what both use shows here alone.
 *
 * One line for each kind of world and 100 random ones: digests of the decisions and of the reasons for waiting, and how many
 * passes there were; then one line for each of some contended runs of ready scenarios. UPDATE=1 writes the file anew
 * (golden.h). To find the world behind a line, let this build and one of the commit before say what each world gives, and
 * compare the two:
 *
 *   test_golden_decisions Kueue 301 400
 *
 * The kinds are Kueue, EASY, and sharing: Kueue with fair sharing or Admission Fair Sharing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "golden.h"
#include "planner/policy.h"
#include "random_world.h"
#include "ready_run.h"

enum { WORLDS = 2000, BLOCK = 100 };

static const struct contended {
	const char *name;
	const char *set[2];
} contended[] = {
    {"preemption-storm", {"Scenario/preemption-storm:time.duration=5d", "Scenario/preemption-storm:time.warmup=1d"}},
    {"two-teams", {"Scenario/two-teams:time.duration=5d", "Scenario/two-teams:time.warmup=1d"}},
    {"easy-backfill", {"Scenario/easy-backfill:time.duration=5d", "Scenario/easy-backfill:time.warmup=1d"}},
};

struct kind {
	const char *name;
	const struct policy *policy;
	struct random_world (*create)(uint64_t seed);
};

/* Worlds first to last. */
static void write_worlds(FILE *out, const struct kind *kind, uint64_t first, uint64_t last)
{
	uint64_t decisions = 0, reasons = 0, passes = 0;
	for (uint64_t seed = first; seed <= last; seed++) {
		struct random_world world = kind->create(seed);
		struct drive_options options = {.steps = 40, .policy = kind->policy};
		struct drive_result result = random_world_drive(&world, &options);
		if (result.failed)
			fail_msg("%s world %" PRIu64 ": %s", kind->name, seed, result.error.text);
		decisions = digest_add(decisions, result.decisions);
		reasons = digest_add(reasons, result.reasons);
		passes += result.passes;
		random_world_destroy(&world);
	}
	fprintf(out, "%s worlds %" PRIu64 "-%" PRIu64 ": decisions %016" PRIx64 ", reasons %016" PRIx64 ", passes %" PRIu64 "\n",
	        kind->name, first, last, decisions, reasons, passes);
}

static void write_run(FILE *out, const struct contended *run)
{
	struct ready_run ready = ready_run_load(run->name, run->set, ARRAY_COUNT(run->set));
	struct run_options options = ready_run_options(&ready);
	struct run_result result;
	struct error error;
	if (!sim_run(&options, &result, &error))
		fail_msg("%s: %s", run->name, error.text);
	fprintf(out, "%s: digest %016" PRIx64 ", events %" PRIu64 ", passes %" PRIu64 "\n", run->name, result.digest,
	        result.events, result.passes);
	run_result_free(&result);
	ready_run_unload(&ready);
}

enum world_kind { KUEUE, EASY, SHARING, N_KINDS };

static struct kind world_kind(enum world_kind kind)
{
	const struct kind kinds[] = {
	    [KUEUE] = {planner_policy_kueue()->name, planner_policy_kueue(), random_world_create},
	    [EASY] = {planner_policy_easy()->name, planner_policy_easy(), random_world_create},
	    [SHARING] = {"sharing", planner_policy_kueue(), random_world_create_sharing},
	};
	return kinds[kind];
}

static char *decisions_today(void)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	assert_non_null(out);
	for (enum world_kind kind = KUEUE; kind <= EASY; kind++)
		for (uint64_t first = 1; first <= WORLDS; first += BLOCK) {
			struct kind worlds = world_kind(kind);
			write_worlds(out, &worlds, first, first + BLOCK - 1);
		}
	for (uint32_t i = 0; i < ARRAY_COUNT(contended); i++)
		write_run(out, &contended[i]);
	static const struct contended fair = {"fair-shares",
	                                      {"Scenario/fair-shares:time.duration=5d", "Scenario/fair-shares:time.warmup=1d"}};
	write_run(out, &fair);
	struct kind sharing = world_kind(SHARING);
	for (uint64_t first = 1; first <= WORLDS; first += BLOCK)
		write_worlds(out, &sharing, first, first + BLOCK - 1);
	fclose(out);
	return text;
}

static void decisions_are_those_of_the_golden_file(void **state)
{
	char path[4096];
	(void)state;
	golden_path("decisions.txt", path);
	char *today = decisions_today();
	if (golden_updating())
		golden_write(path, today);
	char *golden = golden_read(path);
	const char *was = golden, *is = today;
	while (*was || *is) {
		size_t was_length = strcspn(was, "\n"), is_length = strcspn(is, "\n");
		if (was_length != is_length || memcmp(was, is, is_length) != 0)
			fail_msg("first difference:\n  was  %.*s\n  is   %.*s\nto find the world: see the head of %s", (int)was_length,
			         was, (int)is_length, is, "test_golden_decisions.c");
		was += was_length + (was[was_length] == '\n');
		is += is_length + (is[is_length] == '\n');
	}
	free(golden);
	free(today);
}

static int show_worlds(const char *name, uint64_t first, uint64_t last)
{
	enum world_kind kind = KUEUE;
	while (kind < N_KINDS && strcmp(world_kind(kind).name, name) != 0)
		kind++;
	for (uint64_t seed = first; seed <= last && kind < N_KINDS; seed++) {
		struct kind worlds = world_kind(kind);
		write_worlds(stdout, &worlds, seed, seed);
	}
	return kind == N_KINDS;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(decisions_are_those_of_the_golden_file)};
	if (argc == 4)
		return show_worlds(argv[1], strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
