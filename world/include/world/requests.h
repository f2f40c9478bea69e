/* requests.h - from what a pod requests of nodes to what it is charged in quota (kueue-semantics WL-2).
 *
 * Exact: amounts and factors are multiplied as fractions and rounded up once, as Kueue's quantities are. Whatever falls
 * outside int64 saturates. */
#ifndef BERTH_WORLD_REQUESTS_H
#define BERTH_WORLD_REQUESTS_H

#include "base/arena.h"
#include "world/kueue.h"

/* Does the configuration charge anything else than what is requested? */
bool requests_transformed(const struct controller_config *controller);
/* The most entries that requests_charge() gives for n requests. */
uint32_t requests_charge_most(const struct controller_config *controller, uint32_t n_requests);
/* Leaves out excluded resources, applies the transformations, and sorts as resources are visited (0.7). What outputs add up
 * to for one resource is at least 0, and comes on top of what was requested of it. Returns the number of entries. */
uint32_t requests_charge(const struct names *names, const struct controller_config *controller,
                         const struct resource_request *requests, uint32_t n_requests, struct resource_request *ret_charged);

/* Is at least what is asked of a resource charged under its own name? Not if it is excluded, or replaced by others. */
bool requests_charged_as_asked(const struct names *names, const struct controller_config *controller, name_id resource);
/* The pod set with what one of its pods is charged in place of what it requests. */
struct pod_set requests_charge_pod_set(struct arena *arena, const struct names *names,
                                       const struct controller_config *controller, const struct pod_set *pod_set);

/* How many pods of these requests fit into the amounts that are left (TAS-8): INT32_MAX where only zeros are asked for, 0
 * for an empty list; a resource that `capacity` does not name has none left. */
int32_t requests_count_in(const struct resource_request *requests, uint32_t n_requests,
                          const struct resource_request *capacity, uint32_t n_capacity);

#endif
