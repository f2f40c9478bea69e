/* rng.c - see rng.h. */
#include <Random123/philox.h>

#include "base/digest.h"
#include "base/rng.h"

struct rng rng_stream(uint64_t seed, uint32_t replication, uint64_t entity, uint32_t attempt, enum rng_purpose purpose)
{
	uint64_t key = digest_add(digest_add(0, seed), replication);
	uint64_t stream = digest_add(digest_add(digest_add(0, entity), attempt), (uint64_t)purpose);
	return (struct rng){
	    .key = {(uint32_t)key, (uint32_t)(key >> 32)},
	    /* words 2 and 3 name the stream, words 0 and 1 count its blocks */
	    .counter = {0, 0, (uint32_t)stream, (uint32_t)(stream >> 32)},
	    .used = 4,
	};
}

static uint32_t next_word(struct rng *rng)
{
	if (rng->used == 4) {
		philox4x32_ctr_t counter = {{rng->counter[0], rng->counter[1], rng->counter[2], rng->counter[3]}};
		philox4x32_key_t key = {{rng->key[0], rng->key[1]}};
		philox4x32_ctr_t block = philox4x32(counter, key);
		for (int i = 0; i < 4; i++)
			rng->block[i] = block.v[i];
		if (++rng->counter[0] == 0)
			rng->counter[1]++;
		rng->used = 0;
	}
	return rng->block[rng->used++];
}

uint64_t rng_u64(struct rng *rng)
{
	uint64_t high = next_word(rng);
	return high << 32 | next_word(rng);
}

double rng_uniform(struct rng *rng)
{
	return ((double)(rng_u64(rng) >> 11) + 0.5) * 0x1p-53;
}

uint64_t rng_below(struct rng *rng, uint64_t bound)
{
	uint64_t limit = UINT64_MAX - UINT64_MAX % bound; /* a multiple of bound */
	uint64_t value;
	do
		value = rng_u64(rng);
	while (value >= limit);
	return value % bound;
}
