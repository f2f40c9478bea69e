/* initial.h - workloads that are there when the run starts: an imported cluster, or the initial state of a scenario.
 *
 * They enter through the same OBSERVED input as every other, with the status they were found in. One that holds quota gets
 * its pods at once, and kube-scheduler places them anew at time 0; one whose pods were ready has been running since then.
 * Their runs and waits began before the run, so they are left out of wait figures like jobs of the warm-up. */
#ifndef BERTH_SIM_INITIAL_H
#define BERTH_SIM_INITIAL_H

#include "lifecycle.h"

void initial_begin(struct sim *sim, uint32_t live, const struct initial_workload *initial);

#endif
