/* ready_run.h - a ready scenario and the jobs of its first replication, to run it in a test. Fails the test when it does not
 * load. */
#ifndef BERTH_TESTS_READY_RUN_H
#define BERTH_TESTS_READY_RUN_H

#include "base/arena.h"
#include "sim/run.h"
#include "world/world.h"

struct ready_run {
	struct world *world;
	struct arena *arena;
	const struct job_table *jobs;
};

/* `set`: as --set. */
struct ready_run ready_run_load(const char *scenario, const char *const *set, uint32_t n_set);
void ready_run_unload(struct ready_run *ready);
/* Without series; valid as long as `ready`. */
struct run_options ready_run_options(const struct ready_run *ready);

#endif
