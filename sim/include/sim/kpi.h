/* kpi.h - key figures of one replication and their summary over replications: one long table.
 *
 * A figure is (metric, stat, dimensions) -> value; a dimension that does not apply is NO_NAME ("all"). docs/store.md lists
 * the metrics for those who read a run database: a new one gets its row there.
 *
 * Names. The unit ends the name: `_us`, `_micro`, `_count`, `_ratio`. A `_ratio` is a share of a whole (its interval is cut
 * off at 1, see below) except boundedSlowdown_ratio, which is larger than 1. What is counted from jobs is summed in
 * count_job() and told in add_counts() of kpi.c, so that every dimension has it. */
#ifndef BERTH_SIM_KPI_H
#define BERTH_SIM_KPI_H

#include "sim/result.h"
#include "world/world.h"

/* Classes of jobs by the GPUs that they ask for, ascending; the last has no upper end. */
enum { SIZE_CLASSES = 3 };
struct size_class {
	const char *name;  /* as stored: "9-64" */
	const char *shown; /* in a line of figures: "9–64" */
	const char *text;  /* in words: "9 to 64 GPUs" */
	int64_t most_gpus;
};
extern const struct size_class size_classes[SIZE_CLASSES];
uint32_t size_class_of(int64_t gpus); /* an index */

struct kpi_key {
	const char *metric; /* static text */
	const char *stat;   /* "mean", "p50", "p90", "p95", "p99", "max", "total", ... static text */
	name_id cluster, cluster_queue, priority_class, tenant;
	const char *size_class; /* name of a size class; NULL = all */
};

struct kpi_row {
	struct kpi_key key;
	double value; /* NAN: no observation */
	/* What kpi_is_bound() judges by. Of a mean or a maximum nothing is beyond: one open job makes it a lower bound. */
	uint32_t n_open, n_beyond;
};

struct kpi_table {
	struct kpi_row *rows;
	uint32_t n_rows;
};

/* What was still going on at the end counts with the time that it has taken so far. The one rule that says when a quantile
 * is a lower bound for that: of the jobs up to its rank, `n_open` were still going on, more than 1 % as many as the
 * `n_beyond` jobs above it. (Had these gone on for ever, the value would be a quantile lower by that share of what is left
 * to 100 %.) When a quantile is one, so is every higher one of the same jobs. Over replications: by the jobs of all
 * together. */
bool kpi_is_bound(uint64_t n_open, uint64_t n_beyond);

/* Over replications: mean of the values and its 95 % interval (Student t; NAN bounds for one replication). An interval ends
 * where the values do: at 0, and at 1 for shares; only those of metric "difference", between two runs, may be negative. */
struct kpi_summary_row {
	struct kpi_key key;
	double value, low, high;
	bool lower_bound;
	uint32_t n; /* replications with an observation */
};
struct kpi_summary {
	struct kpi_summary_row *rows;
	uint32_t n_rows;
};

/* Is the job, one that was submitted, neither running nor over at the end of the run? */
bool kpi_job_waits(const struct job_outcome *outcome);
NODISCARD struct kpi_table *kpi_compute(const struct world *world, const struct run_result *result);
void kpi_table_free(struct kpi_table *table);
/* Tables of the same world. A row missing in one replication has no observation there. */
NODISCARD struct kpi_summary *kpi_summarise(const struct kpi_table *const *tables, uint32_t n_tables);
void kpi_summary_free(struct kpi_summary *summary);
const struct kpi_summary_row *kpi_find(const struct kpi_summary *summary, const struct kpi_key *key);

/* Thresholds of the scenario, over the replications. */
struct threshold_result {
	const struct threshold *threshold;
	double value;
	uint32_t met, replications; /* met: shown to be; a lower bound shows nothing */
};
void kpi_thresholds(const struct world *world, const struct kpi_table *const *tables, uint32_t n_tables,
                    struct threshold_result *ret_results);

#endif
