/* conformance_worlds.h - random worlds of conformance/kueue-random, each one case. */
#ifndef BERTH_APP_CONFORMANCE_WORLDS_H
#define BERTH_APP_CONFORMANCE_WORLDS_H

#include "conformance_drive.h"

/* Where a listed tie lets a run differ from Kueue's: the nominations of these workloads, and all cycles from this one on.
 * A null document means no tie. */
struct world_tie {
	const struct doc_node *list; /* of ties.json for this file */
	const char *id;
};

/* Runs one world and compares it with the answer that Kueue gave. */
void world_run(struct check *check, const struct doc_node *world, const struct doc_node *answer, struct world_tie tie,
               const struct conformance_options *options);
/* Likewise a world without queues, of one topology (conformance_topology.c). */
void placement_world_run(struct check *check, const struct doc_node *world, const struct doc_node *answer,
                         const struct conformance_options *options);

#endif
