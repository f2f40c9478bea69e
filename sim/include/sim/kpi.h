/* kpi.h - key figures of one replication and their summary over replications: one long table.
 *
 * A figure is (metric, stat, dimensions) -> value; a dimension that does not apply is NO_NAME ("all"). Figures are given for
 * all jobs, each cluster (when there are several), cluster queue, cluster queue and priority class, priority class, tenant,
 * class of sizes. Metrics, with the unit in the name:
 *   waitTime_us            submitted -> first admitted. Jobs not started at the end count with the time they have waited so
 *                          far. stats: mean, p50, p90, p95, p99, max, as for the next four
 *   readyTime_us           submitted -> first pods ready         podsStart_us  first admitted -> first pods ready
 *   turnaround_us          submitted -> finished                 boundedSlowdown_ratio  turnaround / max(run, 10 s), >= 1
 *   jobs_count             submitted = finished + failed + running + waiting; unstarted (never admitted), neverRan (pods
 *                          never ready, nor starting at the end: also those admitted in vain), neverFits
 *   waitCause_ratio        one per enum wait_cause: share of all time until pods were ready
 *   preemptions_count total; largestStorm_count max
 *   evictions_count        total: preempted, for late pods (podsReadyTimeout), from stopped queues (queueStopped), restarted
 *                          because a node under them was drained (nodeRemoved), and jobs ended by a limit:
 *                          maximumExecutionTime, requeuingLimit, deactivated
 *   failures_count total   restarts of jobs because a node under them failed: no evictions
 *   gpuHours_ratio         one per enum gpu_time, of capacity     utilisation_ratio mean: allocated, of capacity
 *   borrowed_ratio mean: of quota held                            lent_ratio mean: of nominal quota
 *   charged_micro, borrowed_micro, lost_micro total; of all and of clusters also paid_micro, idle_micro, down_micro total,
 *   perProductiveGpuHour_micro mean. Absent where a pool has no price.
 * Jobs submitted during warm-up are left out of counts and times; so is GPU time, with its money, before it ends. */
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
	/* If what was still going on at the end lasted for ever, the figure would be larger: quantiles by more than 1 %. */
	bool lower_bound;
};

struct kpi_table {
	struct kpi_row *rows;
	uint32_t n_rows;
};

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
	uint32_t met, replications;
};
void kpi_thresholds(const struct world *world, const struct kpi_table *const *tables, uint32_t n_tables,
                    struct threshold_result *ret_results);

#endif
