/* study.h - replications of one world or of several variants of it, on all processors, results in order.
 *
 * Tasks are (replication, variant). They run in parallel in batches of whole replications; job tables are made before a
 * batch, one after the other, because that interns names; results are handed on after it in order of (replication, variant).
 * So nothing depends on the number of threads. */
#ifndef BERTH_APP_STUDY_H
#define BERTH_APP_STUDY_H

#include "app/app.h"
#include "sim/kpi.h"
#include "sim/run.h"
#include "traces/traces.h"

struct study_variant {
	const struct world *world;
	uint32_t jobs_of; /* variant whose jobs it runs: itself, or an earlier one of the same names table */
	bool series;      /* series and spans of replication 0 */
	bool kpis_only;   /* the result itself is freed at once */
	bool optional;    /* a replication counts without it when it is interrupted; never variant 0 */
	const struct input_recorder *recorder; /* of replication 0; NULL = none */
};

struct study {
	const struct app *app;
	const struct study_variant *variants;
	uint32_t n_variants;
	uint64_t seed;
	uint32_t replications;
	bool literal, check;
};

/* One finished task. What `take` does not move away (by zeroing the field) is freed after it returns. */
struct study_result {
	uint32_t variant, replication;
	const struct job_table *jobs; /* until study_outcome_free() in replication 0; else until its last variant was taken */
	struct run_result result;     /* when kpis_only: interrupted, digest, counts of events and passes */
	struct kpi_table *kpis;
};
typedef bool study_take(void *state, struct study_result *result, struct error *error);

struct study_outcome {
	uint32_t replications;        /* completed by every variant but optional ones */
	bool interrupted;             /* replication `replications` of variant 0 was handed on as far as it got, if it is 0 */
	struct trace_counts **counts; /* per variant that makes jobs: one per trace input; NULL for the others */
	double wall_s;
	struct arena *arena; /* of the first job tables */
};

/* An interrupted study is no failure. */
NODISCARD bool study_run(const struct study *study, study_take *take, void *state, struct study_outcome *ret_outcome,
                         struct error *error);
void study_outcome_free(struct study_outcome *outcome, uint32_t n_variants);

#endif
