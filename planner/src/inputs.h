/* inputs.h - what every input means for the books, whatever the policy. Internal to the planner. */
#ifndef BERTH_PLANNER_INPUTS_H
#define BERTH_PLANNER_INPUTS_H

#include "planner/policy.h"

NODISCARD bool inputs_apply(struct planner *planner, const struct planner_input *input, struct error *error);

#endif
