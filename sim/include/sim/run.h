/* run.h - replications of a world: start, run, collect.
 *
 * One replication is a pure function of (world, jobs, seed, replication): same inputs give byte-identical results on any
 * number of threads. The simulator carries decisions of one planner per cluster out in virtual time; kube-scheduler, pods,
 * nodes and the timing of the control plane are part of the simulated world. */
#ifndef BERTH_SIM_RUN_H
#define BERTH_SIM_RUN_H

#include <signal.h>

#include "base/error.h"
#include "base/event_sink.h"
#include "base/job.h"
#include "sim/result.h"
#include "world/world.h"

/* Receives the log of inputs and cycle calls (the planner's side of the world), for `--record`. Called in order. */
struct planner_input;
struct decision_list;
struct input_recorder {
	void (*input)(void *state, uint32_t cluster, const struct planner_input *input);
	void (*cycle)(void *state, uint32_t cluster, int64_t now_us, uint64_t digest_after);
	void *state;
};

struct run_options {
	const struct world *world;
	const struct job_table *jobs; /* of this replication, sorted by submission */
	uint64_t seed;
	uint32_t replication;
	bool literal, check;
	int64_t bucket_us; /* of the series; 0 = a 500th of the duration, at most an hour and at least a minute, but
	                      so long that there are no more than 250,000 rows */
	bool no_series;    /* skip series and spans: studies that need only outcomes */
	bool drain;        /* go on after the duration until nothing runs or waits (validation against traces) */
	uint32_t max_passes_per_instant; /* 0 = 10,000 plus the number of pending workloads */
	volatile sig_atomic_t *stop;     /* set by a signal handler: end early, result marked interrupted; may be NULL */
	void (*progress)(void *state, int64_t now_us, uint64_t events); /* may be NULL */
	void *progress_state;
	struct event_sink sink;
	const struct input_recorder *recorder; /* NULL */
	int64_t fork_at_us;                    /* tests: go on with a fork of every planner from here; 0 = off */
};

/* On failure nothing is returned in ret_result. ERROR_INVARIANT when check mode found a book that does not add up. */
NODISCARD bool sim_run(const struct run_options *options, struct run_result *ret_result, struct error *error);

#endif
