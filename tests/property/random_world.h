/* random_world.h - small random Kueue worlds and a driver that plays a closed loop through the planner's two calls.
 *
 * The driver is a pure function of (seed, options): same seed, same inputs, whatever the planner decides first. Two planners
 * that decide alike get the same inputs and so end with the same digest. */
#ifndef BERTH_TESTS_RANDOM_WORLD_H
#define BERTH_TESTS_RANDOM_WORLD_H

#include "base/arena.h"
#include "base/rng.h"
#include "planner/planner.h"

struct random_world {
	struct arena *arena;
	struct names *names;
	const struct kueue_config *config;
	uint64_t seed;
};

/* 1-3 trees of up to 3 levels, 1-8 queues, 1-3 flavors, 1-3 resources; limits, policies and strategies drawn. */
struct random_world random_world_create(uint64_t seed);
/* The same with weights and fair sharing by one of its lists of strategies, or with Admission Fair Sharing and several
 * LocalQueues per queue, or both. */
struct random_world random_world_create_sharing(uint64_t seed);
void random_world_destroy(struct random_world *world);

struct drive_options {
	uint32_t steps;
	/* After this step the drive goes on with forks: the original and the copy are both driven, and must end alike. 0 =
	 * never. */
	uint32_t fork_at_step;
	const struct policy *policy;
	bool literal, check;
};

struct drive_result {
	uint64_t digest;      /* planner_digest() */
	uint64_t decisions;   /* digest of who gets what and who is evicted for whom; workloads by number of submission */
	uint64_t reasons;     /* of every PENDING decision with its numbers, which the others leave out */
	uint64_t fork_digest; /* of the fork, when there was one */
	uint32_t admitted, preempted, finished, passes, most_passes_at_once;
	bool failed;
	struct error error;
};

struct drive_result random_world_drive(const struct random_world *world, const struct drive_options *options);

#endif
