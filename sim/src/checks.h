/* checks.h - the controllers of admission checks: when they answer, and what (kueue-semantics 8.1).
 *
 * A workload that has quota asks all its open checks at once. Each answers after a time of its own; the first that does not
 * say Ready ends the round, else it ends with the last. What is drawn is keyed by job, check and round. */
#ifndef BERTH_SIM_CHECKS_H
#define BERTH_SIM_CHECKS_H

#include "sim_state.h"

/* The reservation is written: the checks see it. */
void checks_begin(struct sim *sim, uint32_t live);
/* The round is over: the planner is told the answers. */
void checks_answered(struct sim *sim, uint32_t live);

#endif
