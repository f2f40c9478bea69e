/* digest.h - a 64-bit digest of a stream of integers, and the string hash of names and stream keys.
 *
 * Not cryptographic: it tells two runs apart, it does not protect against an adversary. Files are hashed with SHA-256
 * where they are read (app). */
#ifndef BERTH_BASE_DIGEST_H
#define BERTH_BASE_DIGEST_H

#include "base/base.h"

/* One round of a 64-bit finaliser (xorshift-multiply). */
static inline uint64_t digest_mix(uint64_t x)
{
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	x ^= x >> 32;
	return x;
}

/* Order matters: add(add(d, a), b) differs from add(add(d, b), a). */
static inline uint64_t digest_add(uint64_t digest, uint64_t value)
{
	return digest_mix(digest * UINT64_C(0x9e3779b97f4a7c15) + value + 1);
}

/* FNV-1a 64, the hash that Kueue orders resources by (kueue-semantics 0.7). */
static inline uint64_t fnv1a_64(const char *text, size_t length)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	return hash;
}

#endif
