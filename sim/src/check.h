/* check.h - the books recomputed from scratch (design.md 6.3). Each function stops at the first difference and says which
 * book it is in, with ERROR_INVARIANT. Tests disturb a book by 1 through these headers and see the check fail. */
#ifndef BERTH_SIM_CHECK_H
#define BERTH_SIM_CHECK_H

#include "sim_state.h"

/* Everything below, for every cluster. Between two instants or within one, but not while a step is under way. */
NODISCARD bool sim_check(struct sim *sim, struct error *error);

/* What is used on each node is the sum over the pods on it; pools add up their nodes; the index holds each node once. */
NODISCARD bool check_nodes(const struct sim_cluster *cluster, struct error *error);
/* GPU time: capacity = allocated + idle + down; allocated = what was handed in + what runs. */
NODISCARD bool check_gpu_time(const struct sim *sim, const struct sim_cluster *cluster, struct error *error);
/* GPU quota in use is the sum over the jobs that hold it, and what the planner says. */
NODISCARD bool check_quota(const struct sim *sim, const struct sim_cluster *cluster, struct error *error);
/* Demands and levels are the sums over jobs by state. */
NODISCARD bool check_demands(const struct sim *sim, const struct sim_cluster *cluster, struct error *error);
/* Each submitted job is finished, given up, refused or alive, exactly once; its pods are where it says. */
NODISCARD bool check_jobs(const struct sim *sim, struct error *error);

#endif
