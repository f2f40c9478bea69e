/* planner_link.h - the simulator's side of the two calls: inputs, passes, wake-ups, and decisions carried out. */
#ifndef BERTH_SIM_PLANNER_LINK_H
#define BERTH_SIM_PLANNER_LINK_H

#include "sim_state.h"

/* Tells the planner of the cluster at sim->now_us (fills input->now_us). On failure the run fails. */
void planner_tell(struct sim *sim, struct sim_cluster *cluster, struct planner_input *input);
/* An input about one job that carries nothing else. */
void planner_tell_job(struct sim *sim, uint32_t live, enum input_kind kind);
/* A new workload, or one found with its admission (`status`). Sets the job's handle. */
void planner_tell_observed(struct sim *sim, uint32_t live, const struct workload_status *status);
void planner_wake(struct sim *sim, struct sim_cluster *cluster, uint32_t wake_row);
/* Makes a pass if the planner wants one and none is under way. True when it did. */
bool planner_pass(struct sim *sim, struct sim_cluster *cluster);
void planner_pass_end(struct sim *sim, struct sim_cluster *cluster);
void planner_fork_all(struct sim *sim);

#endif
