/* kpi.h - key figures of one replication and their summary over replications: one long table.
 *
 * A figure is (metric, stat, dimensions) -> value; a dimension that does not apply is NO_NAME ("all"). Metrics, with
 * unit in the name:
 *   waitTime_us           submitted -> first admitted. Jobs not started at the end count with the time they have waited
 *                         so far, a lower bound; quantiles that fall among them are lower bounds too.
 *   readyTime_us          submitted -> first pods ready          podsStart_us  first admitted -> first pods ready
 *   turnaround_us         submitted -> finished                   boundedSlowdown_ratio  (10 s bound)
 *   jobs_count            stat: submitted, finished, failed, running, waiting, unstarted, neverFits
 *   gpuHours_ratio        stat: one per enum gpu_time
 *   utilisation_ratio, borrowed_ratio, lent_ratio, preemptions_count, evictions_count, largestStorm_count
 *   paid_micro, charged_micro, idle_micro, down_micro, borrowed_micro, lost_micro (per tenant, queue),
 * perProductiveGpuHour_micro waitCause_ratio       stat: one per enum wait_cause Jobs submitted during warm-up are left out;
 * so is GPU time before it ends. */
#ifndef BERTH_SIM_KPI_H
#define BERTH_SIM_KPI_H

#include "sim/result.h"
#include "world/world.h"

struct kpi_key {
	const char *metric; /* static text */
	const char *stat;   /* "mean", "p50", "p90", "p95", "p99", "max", "total", ... static text */
	name_id cluster, cluster_queue, priority_class, tenant;
	const char *size_class; /* NULL = all; "<=8", "9-64", ">64" GPUs */
};

struct kpi_row {
	struct kpi_key key;
	double value;     /* NAN: no observation */
	bool lower_bound; /* unstarted jobs reach into this quantile */
};

struct kpi_table {
	struct kpi_row *rows;
	uint32_t n_rows;
};

/* Over replications: mean of the values and its 95 % interval (Student t; NAN bounds for one replication). */
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
