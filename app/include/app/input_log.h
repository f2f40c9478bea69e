/* input_log.h - one log per run: inputs and cycle calls of its planners, from the world they began with.
 *
 * Written by a simulation (or a live controller) through an input_recorder; replayed on fresh planners, which must come to
 * the same digest after every cycle. The file appears under its name only when it is complete. */
#ifndef BERTH_APP_INPUT_LOG_H
#define BERTH_APP_INPUT_LOG_H

#include "base/error.h"
#include "sim/run.h"
#include "world/world.h"

struct input_log;

struct input_log_options {
	const char *path;
	const struct world *world;
	uint64_t seed;
	uint32_t replication;
	bool literal; /* the planners evaluate every head in every pass */
};
NODISCARD bool input_log_create(const struct input_log_options *options, struct input_log **ret_log, struct error *error);
/* The recorder never fails: a write error is kept and told by input_log_commit(). */
struct input_recorder input_log_recorder(struct input_log *log);
/* Frees the log whether it worked or not. */
NODISCARD bool input_log_commit(struct input_log *log, bool interrupted, struct error *error);
void input_log_abandon(struct input_log *log); /* removes what was written; accepts NULL */

struct replay_summary {
	char scenario[256], program[32];
	uint64_t seed;
	uint32_t replication;
	uint64_t inputs, cycles;
	uint64_t digest; /* of all planners at the end */
	uint32_t clusters;
	bool interrupted; /* the run that wrote the log was */
};
/* Applies the whole log. ERROR_INVARIANT when a digest differs: says at which record, time and cluster. ERROR_BAD_INPUT when
 * the log is damaged, cut short or of another version. */
NODISCARD bool input_log_replay(const char *path, struct replay_summary *ret_summary, struct error *error);

#endif
