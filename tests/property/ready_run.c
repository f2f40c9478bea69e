/* ready_run.c - see ready_run.h. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "ready_run.h"
#include "scenarios/scenario.h"
#include "traces/jobs.h"

struct ready_run ready_run_load(const char *scenario, const char *const *set, uint32_t n_set)
{
	struct diags *diags = diags_create();
	struct scenario_options options = {.set = set, .n_set = n_set};
	struct ready_run ready = {.world = scenario_load(scenario, &options, diags), .arena = arena_create(0)};
	if (!ready.world)
		fail_msg("%s does not load", scenario);
	diags_destroy(diags);
	struct loaded_traces *traces = NULL;
	struct trace_counts counts[4];
	struct error error;
	assert_true(ready.world->n_traces <= 4);
	if (!jobs_for_replication(ready.world, ready.world->seed, 0, ready.arena, &traces, &ready.jobs, counts, &error))
		fail_msg("%s: %s", scenario, error.text);
	loaded_traces_free(traces);
	return ready;
}

void ready_run_unload(struct ready_run *ready)
{
	arena_destroy(ready->arena);
	world_destroy(ready->world);
}

struct run_options ready_run_options(const struct ready_run *ready)
{
	return (struct run_options){.world = ready->world, .jobs = ready->jobs, .seed = ready->world->seed, .no_series = true};
}
