/* rng.h - keyed random streams: Philox 4x32-10 from Random123.
 *
 * A stream is named, never numbered: its key is made of the study's seed and the replication, its counter starts at the
 * hash of (entity name, attempt, purpose). Adding an entity or a draw elsewhere shifts nobody's luck, so two
 * configurations can be compared pair by pair on common random numbers. Streams hold no shared state: copy them freely. */
#ifndef BERTH_BASE_RNG_H
#define BERTH_BASE_RNG_H

#include "base/base.h"

/* One per kind of draw. The numbers are part of every digest: append, never renumber. */
enum rng_purpose {
	RNG_ARRIVAL = 1,
	RNG_SHAPE = 2,
	RNG_RUN_TIME = 3,
	RNG_START_LATENCY = 4,
	RNG_NODE_FAILURE = 5,
	RNG_NODE_REPAIR = 6,
	RNG_IMAGE_CACHED = 7,
	RNG_TERMINATION = 8,
	RNG_UID = 9,
	RNG_PROPERTY_TEST = 10,
	RNG_PLACEMENT = 11,
	RNG_CHECK = 12,
};

struct rng {
	uint32_t key[2];
	uint32_t counter[4];
	uint32_t block[4];
	uint32_t used; /* words of `block` already handed out; 4 = empty */
};

/* `entity` is names_hash() of the entity's stable name. */
struct rng rng_stream(uint64_t seed, uint32_t replication, uint64_t entity, uint32_t attempt, enum rng_purpose purpose);

uint64_t rng_u64(struct rng *rng);
/* In the open interval (0, 1): safe for quantile functions. 53 bits. */
double rng_uniform(struct rng *rng);
/* 0 .. bound-1 without bias; bound > 0. */
uint64_t rng_below(struct rng *rng, uint64_t bound);

#endif
