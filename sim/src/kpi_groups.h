/* kpi_groups.h - the groups of jobs that key figures are given for, and which groups a job is in.
 *
 * All jobs; each cluster (when there are several); each cluster queue; each cluster queue and priority class that occurs;
 * each priority class; each tenant; each class of sizes. Groups without jobs are kept where the world names them. */
#ifndef BERTH_SIM_KPI_GROUPS_H
#define BERTH_SIM_KPI_GROUPS_H

#include "base/vec.h"
#include "sim/kpi.h"

enum { MOST_GROUPS_OF_JOB = 7 };

struct kpi_group {
	name_id cluster, cluster_queue, priority_class, tenant;
	const char *size_class;
};

struct kpi_groups {
	struct {
		VEC_FIELDS(struct kpi_group);
	} rows; /* row 0: all */
	/* Per job, its groups; NONE past the last. */
	uint32_t (*of_job)[MOST_GROUPS_OF_JOB];
};

NODISCARD struct kpi_groups *kpi_groups_create(const struct world *world, const struct run_result *result);
void kpi_groups_destroy(struct kpi_groups *groups);

#endif
