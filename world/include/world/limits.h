/* limits.h - may a workload ask for what it asks for (kueue-semantics WL-6)? Requests within their own limits, and both
 * within the LimitRanges of the namespace. Kueue never admits one that may not. */
#ifndef BERTH_WORLD_LIMITS_H
#define BERTH_WORLD_LIMITS_H

#include "world/kueue.h"

enum limit_type { LIMIT_CONTAINER, LIMIT_POD };

/* What LimitRanges of a namespace allow of a resource; several for one resource all hold. */
struct limit_bound {
	name_id namespace_name, resource;
	enum limit_type type;
	int64_t least, most; /* INT64_MIN, INT64_MAX: not given */
};

struct limit_bounds {
	const struct limit_bound *items;
	uint32_t count;
};

/* One container, init containers included: its requests with their defaults, and its limits. A bound says nothing of a
 * resource that it names neither of. */
bool limits_allow_container(struct limit_bounds bounds, name_id namespace_name, const struct resource_request *requests,
                            uint32_t n_requests, const struct resource_request *limits, uint32_t n_limits);
/* What one pod requests in all. */
bool limits_allow_pod(struct limit_bounds bounds, name_id namespace_name, const struct resource_request *requests,
                      uint32_t n_requests);
/* Pods of one container without limits, as generators and traces describe them. */
bool limits_allow_pod_set(struct limit_bounds bounds, name_id namespace_name, const struct pod_set *pod_set);

#endif
