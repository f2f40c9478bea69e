/* parameters.h - what a run was made with, value by value, as the appendix and `berth show RUN.db --defaults` list it.
 *
 * Defaults come from where they are defined: the scenario language's schema, Kueue's configuration and feature gates. */
#ifndef BERTH_APP_PARAMETERS_H
#define BERTH_APP_PARAMETERS_H

#include "world/world.h"

struct parameter {
	const char *cluster;   /* NULL: of the whole scenario */
	const char *name;      /* as the scenario language or Kueue's Configuration spells it */
	const char *value;     /* for people */
	const char *otherwise; /* the default, in the same form; NULL: it has none */
};
/* Calls `take` for every parameter, in a fixed order; the texts are valid during the call. False as soon as `take` is. */
bool parameters_each(const struct world *world, bool (*take)(void *state, const struct parameter *parameter), void *state);

#endif
