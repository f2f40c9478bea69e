/* closing.h - the end of a run: what is under way is booked as if nothing of it were lost, and what waits says why. */
#ifndef BERTH_SIM_CLOSING_H
#define BERTH_SIM_CLOSING_H

#include "sim_state.h"

void job_close(struct sim *sim, uint32_t live);

#endif
