/* test_kueue_cases.c - Kueue's recorded cases and random worlds, file by file: every case must pass.
 *
 * The files are those whose rules the planner has.
 * Needs the shared reference material (BERTH_SHARED); without it the whole binary is one skip. Worlds are run twice: as
 * drivers run the planner, and literally with the books recomputed after every call. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/conformance.h"
#include "base/doc.h"

static const struct file {
	const char *path;
	bool worlds;
} files[] = {
    {"kueue/admission-checks.jsonl", false},
    {"kueue/assign-flavors-allowed.jsonl", false},
    {"kueue/assign-flavors-deleted-flavor.jsonl", false},
    {"kueue/assign-flavors-group-leader.jsonl", false},
    {"kueue/assign-flavors-hierarchical.jsonl", false},
    {"kueue/assign-flavors-nofit-reason.jsonl", false},
    {"kueue/assign-flavors-reclaim-order.jsonl", false},
    {"kueue/assign-flavors.jsonl", false},
    {"kueue/compare-entries.jsonl", false},
    {"kueue/count-in.jsonl", false},
    {"kueue/drs-borrowing.jsonl", false},
    {"kueue/drs.jsonl", false},
    {"kueue/effective-priority.jsonl", false},
    {"kueue/flavor-mode-preference.jsonl", false},
    {"kueue/fs-target-order.jsonl", false},
    {"kueue/last-assignment-outdated.jsonl", false},
    {"kueue/needs-second-pass.jsonl", false},
    {"kueue/order-candidates.jsonl", false},
    {"kueue/order-entries.jsonl", false},
    {"kueue/podset-reduction.jsonl", false},
    {"kueue/preemption-fair.jsonl", false},
    {"kueue/preemption-hierarchical.jsonl", false},
    {"kueue/preemption-policy.jsonl", false},
    {"kueue/preemption.jsonl", false},
    {"kueue/queue-head-admission-fair-sharing.jsonl", false},
    {"kueue/queue-head-strict-fifo.jsonl", false},
    {"kueue/queue-heads.jsonl", false},
    {"kueue/queue-order-timestamp.jsonl", false},
    {"kueue/quota-available.jsonl", false},
    {"kueue/requeue-backoff.jsonl", false},
    {"kueue/requeue-best-effort-fifo.jsonl", false},
    {"kueue/requeue-inadmissible.jsonl", false},
    {"kueue/requeue-strict-fifo.jsonl", false},
    {"kueue/reserve-quota.jsonl", false},
    {"kueue/resolve-pod-priority.jsonl", false},
    {"kueue/resolve-workload-priority.jsonl", false},
    {"kueue/schedule-admission-fair-sharing.jsonl", false},
    {"kueue/schedule-concurrent-admission.jsonl", false},
    {"kueue/schedule-fair-sharing.jsonl", false},
    {"kueue/schedule-recompute-targets.jsonl", false},
    {"kueue/schedule-scan-progress.jsonl", false},
    {"kueue/schedule-tas-cohorts.jsonl", false},
    {"kueue/schedule-tas-preemption.jsonl", false},
    {"kueue/schedule-tas.jsonl", false},
    {"kueue/schedule-two-cycles.jsonl", false},
    {"kueue/schedule.jsonl", false},
    {"kueue/tas-placement-node-replacement.jsonl", false},
    {"kueue/tas-placement.jsonl", false},
    {"kueue/total-requests.jsonl", false},
    {"kueue/usage.jsonl", false},
    {"kueue-random/loop-classical.in.jsonl.gz", true},
    {"kueue-random/loop-fair.in.jsonl.gz", true},
    {"kueue-random/masked-fit.in.jsonl.gz", true},
    {"kueue-random/single-classical-pods.in.jsonl.gz", true},
    {"kueue-random/single-classical.in.jsonl.gz", true},
    {"kueue-random/single-fair-pods.in.jsonl.gz", true},
    {"kueue-random/single-fair.in.jsonl.gz", true},
    {"kueue-random/tas-examples.in.jsonl.gz", true},
    {"kueue-random/tas.in.jsonl.gz", true},
};

static const char *folder(void)
{
	const char *shared = getenv("BERTH_SHARED");
	return shared ? shared : DEFAULT_SHARED;
}

/* Fails for every outcome that is no pass. */
static void check_report(const char *json, size_t length)
{
	struct arena *arena = arena_create(0);
	struct doc_node *report = NULL;
	assert_true(doc_parse_json(arena, "report", json, length, NULL, NULL, &report));
	const struct doc_node *outcomes = doc_get(report, "outcomes");
	uint32_t wrong = 0;
	for (uint32_t i = 0; i < outcomes->count; i++) {
		bool passed = false;
		assert_true(doc_bool(doc_get(outcomes->items[i], "passed"), &passed));
		if (passed)
			continue;
		wrong++;
		print_message("%s fails\n", doc_get(outcomes->items[i], "id")->text);
	}
	arena_destroy(arena);
	assert_int_equal(wrong, 0);
}

static void run_file(const struct file *file, bool literal)
{
	struct conformance_options options = {
	    .format = LIST_JSON, .list_failures = UINT32_MAX, .literal = literal, .check = literal};
	struct conformance_totals totals;
	struct error error;
	char path[4096], *json = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&json, &length);
	snprintf(path, sizeof path, "%s/conformance/%s", folder(), file->path);
	const char *const paths[] = {path};
	assert_true(app_conformance(paths, 1, &options, out, &totals, &error));
	fclose(out);
	assert_true(totals.cases > 0);
	check_report(json, length);
	free(json);
}

static void every_case_passes(void **state)
{
	const struct file *file = *state;
	run_file(file, false);
	if (file->worlds)
		run_file(file, true);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_COUNT(files)];
	char path[4096];
	struct stat info;
	snprintf(path, sizeof path, "%s/conformance", folder());
	if (stat(path, &info) != 0) {
		printf("1..0 # SKIP no folder %s; set BERTH_SHARED\n", path);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_COUNT(files); i++)
		tests[i] = (struct CMUnitTest){files[i].path, every_case_passes, NULL, NULL, (void *)(uintptr_t)&files[i]};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
