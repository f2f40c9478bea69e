/* summary.h - what a run says on the terminal, and stores: only lines about what is modelled and in the input. */
#ifndef BERTH_APP_SUMMARY_H
#define BERTH_APP_SUMMARY_H

#include <stdio.h>

#include "app/totals.h"
#include "sim/kpi.h"
#include "traces/traces.h"
#include "world/world.h"

/* The same work on another size; the factor is that of the GPUs that there are, 1 is the run itself. */
struct size_run {
	double factor;
	int64_t gpus;
	const struct kpi_summary *kpis;
};

struct summary {
	const struct world *world;
	const char *file; /* name of the ready scenario, or of the file without its folder */
	uint64_t seed;
	uint32_t replications; /* completed */
	bool partial;
	int64_t end_us; /* simulated up to here */
	const char *inputs_sha256;
	uint32_t n_inputs;
	double wall_s; /* negative: left out */
	const struct run_totals *totals;
	const struct kpi_summary *kpis;
	const struct threshold_result *thresholds; /* world->n_thresholds */
	const struct trace_counts *traces;         /* world->n_traces */
	const struct size_run *sizes;              /* ascending; includes factor 1; NULL = left out */
	uint32_t n_sizes;
	bool sizes_interrupted; /* they were asked for, and are not there */
	bool checked_every_step;
	const char *const *wrote; /* paths */
	uint32_t n_wrote;
	const char *again; /* what follows "berth run" in a shell to repeat the run, without --set; NULL: it has --set */
	int exit_code;
};

/* What an input is called in all that is stored: its path from the scenario's folder on, or its name alone where it lies
 * elsewhere, so that it does not matter where that is. Points into `path`. */
const char *input_name(const struct world *world, const char *path);

/* A line: the file, its rows read, used, and skipped by reason. */
void trace_counts_print(const char *path, const struct trace_counts *counts, FILE *out);
void summary_print(const struct summary *summary, bool colour, FILE *out);

/* What a cluster is made of, and what is assumed of it, in a few words without end of line. */
void summary_write_world(const struct world *world, uint32_t cluster, FILE *out);
void summary_write_assumed(const struct world *world, uint32_t cluster, FILE *out);

/* True when jobs that never started reach into the threshold's figure: the true one may be anything above. */
bool threshold_is_bound(const struct threshold_result *result, const struct kpi_summary *kpis);
/* A threshold holds when its value over the replications is shown to: without an observation, or with a lower bound only,
 * it is not. */
bool threshold_holds(const struct threshold_result *result, const struct kpi_summary *kpis);
/* "21m" for waits, "1.4%" for shares, money, counts: in the metric's unit. */
char *threshold_value_text(enum threshold_metric metric, double value, char out[32]);

#endif
