/* scenario.h - the scenario language: files into a world, with every problem in one pass. */
#ifndef BERTH_SCENARIOS_SCENARIO_H
#define BERTH_SCENARIOS_SCENARIO_H

#include "base/diag.h"
#include "base/error.h"
#include "world/world.h"

struct scenario_options {
	const char *const *set; /* "KIND/[CLUSTER/]NAME:path=value" (design.md 5), applied in order */
	uint32_t n_set;
	const char *trace; /* `--trace F`: replaces the scenario's trace files; NULL = none */
	bool has_seed, has_replications;
	uint64_t seed;
	uint32_t replications;
	bool allow_unmodelled; /* fields that decide and are not modelled become banner lines instead of errors */
};

/* Loads, decodes, applies `set`, resolves references, checks. `diags` gets every problem, warnings included. NULL when
 * there was an error. `file` may be a path, or the name of a ready scenario. */
NODISCARD struct world *scenario_load(const char *file, const struct scenario_options *options, struct diags *diags);
void world_destroy(struct world *world); /* accepts NULL */

/* Of a trace whose jobs have been read: warns of those that can never run, with how many they are, reason by reason: more
 * than queue or nodes could ever give, a priority class that does not exist. A later change of the scenario may help. */
struct job_table;
void scenario_check_trace(const struct world *world, const struct trace_input *trace, const struct job_table *jobs,
                          struct diags *diags);

/* Ready scenarios that come with the program. */
struct ready_scenario {
	const char *name, *question;
};
const struct ready_scenario *scenario_ready(uint32_t *ret_count);
const struct ready_scenario *scenario_find_ready(const char *name);    /* NULL: none of that name */
const struct ready_scenario *scenario_nearest_ready(const char *word); /* what may have been meant; NULL */
/* Its file, in the data folder of the program where it is installed, else in the source tree that it was built from, and
 * nowhere else. To be freed with free(). */
NODISCARD char *scenario_ready_path(const struct ready_scenario *ready);

#endif
