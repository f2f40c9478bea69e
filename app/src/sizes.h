/* sizes.h - "same work, other sizes": the worlds that the line of other sizes is about. */
#ifndef BERTH_APP_SIZES_H
#define BERTH_APP_SIZES_H

#include "world/world.h"

enum { MOST_SIZES = 5 };

struct world_size {
	const struct world *world;
	double factor; /* of the GPUs that there really are after nodes are rounded, else of nodes; 1: the world itself */
	int64_t gpus;
};

/* The world itself, first, then the other sizes: about a tenth and a fifth fewer and more nodes, each size once although
 * several may round to the same numbers of nodes. Allocates in the world's arena. */
uint32_t sizes_of(const struct world *world, struct world_size ret_sizes[MOST_SIZES]);

#endif
