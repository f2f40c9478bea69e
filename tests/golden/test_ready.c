/* test_ready.c - five days of every ready scenario: what a user sees of them up to the GPU-hours, compared as text with
 * tests/golden/ready-*.txt (golden.h). Digests and hashes of inputs are left out: they change with every comment of a
 * scenario. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "golden.h"

#define OUT "test-ready-out"

/* Cuts "  digest … (2 files)" from the first line and everything from the GPU-hours on. */
static void cut(char *text)
{
	char *digest = strstr(text, "  digest "), *end = strchr(text, '\n'), *tail = strstr(text, "\nGPU-HOURS");
	assert_true(digest && end && digest < end && tail);
	*tail = '\0';
	memmove(digest, end, strlen(end) + 1);
}

/* The stored summary of the run, cut: it leaves out how long the run took. */
static char *run_text(const char *scenario)
{
	char duration[160], warmup[160], *err_text = NULL, *out_text = NULL;
	size_t err_length = 0, out_length = 0;
	snprintf(duration, sizeof duration, "Scenario/%s:time.duration=5d", scenario);
	snprintf(warmup, sizeof warmup, "Scenario/%s:time.warmup=1d", scenario);
	const char *const set[] = {duration, warmup};
	struct app app = {.out = fopen("/dev/null", "w"), .err = open_memstream(&err_text, &err_length), .threads = 1};
	struct run_request request = {.scenario = scenario,
	                              .load = {.set = set, .n_set = 2, .has_replications = true, .replications = 1},
	                              .out_dir = OUT,
	                              .no_sizes = true,
	                              .no_report = true};
	int code = app_run(&app, &request);
	fclose(app.out);
	app.out = open_memstream(&out_text, &out_length);
	if ((code != 0 && code != ERROR_THRESHOLD) || app_show(&app, OUT "/run.db", false, LIST_TABLE) != 0)
		fail_msg("%s: exit %d", scenario, code);
	fclose(app.out);
	fclose(app.err);
	free(err_text);
	(void)unlink(OUT "/run.db");
	(void)rmdir(OUT);
	cut(out_text);
	return out_text;
}

static void ready_scenarios_say_what_they_said(void **state)
{
	(void)state;
	uint32_t count;
	const struct ready_scenario *ready = scenario_ready(&count);
	assert_true(count >= 6);
	for (uint32_t i = 0; i < count; i++) {
		char *text = run_text(ready[i].name), file[128], path[4096];
		snprintf(file, sizeof file, "ready-%s.txt", ready[i].name);
		golden_expect(golden_path(file, path), text);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ready_scenarios_say_what_they_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
