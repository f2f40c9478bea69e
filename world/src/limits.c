/* limits.c - see world/limits.h. */
#include "world/limits.h"

static const struct resource_request *find(const struct resource_request *requests, uint32_t count, name_id resource)
{
	for (uint32_t i = 0; i < count; i++)
		if (requests[i].resource == resource)
			return &requests[i];
	return NULL;
}

static bool within(const struct limit_bound *bound, int64_t least, int64_t most)
{
	return least >= bound->least && most <= bound->most;
}

bool limits_allow_container(struct limit_bounds bounds, name_id namespace_name, const struct resource_request *requests,
                            uint32_t n_requests, const struct resource_request *limits, uint32_t n_limits)
{
	for (uint32_t i = 0; i < n_requests; i++) {
		const struct resource_request *limit = find(limits, n_limits, requests[i].resource);
		if (limit && requests[i].amount > limit->amount)
			return false;
	}
	for (uint32_t i = 0; i < bounds.count; i++) {
		const struct limit_bound *bound = &bounds.items[i];
		if (bound->type != LIMIT_CONTAINER || bound->namespace_name != namespace_name)
			continue;
		const struct resource_request *request = find(requests, n_requests, bound->resource);
		const struct resource_request *limit = find(limits, n_limits, bound->resource);
		if (!request && !limit)
			continue;
		int64_t low = request ? request->amount : limit->amount, high = limit ? limit->amount : request->amount;
		if (!within(bound, MIN(low, high), MAX(low, high)))
			return false;
	}
	return true;
}

bool limits_allow_pod(struct limit_bounds bounds, name_id namespace_name, const struct resource_request *requests,
                      uint32_t n_requests)
{
	for (uint32_t i = 0; i < bounds.count; i++) {
		const struct limit_bound *bound = &bounds.items[i];
		const struct resource_request *request = find(requests, n_requests, bound->resource);
		if (bound->type == LIMIT_POD && bound->namespace_name == namespace_name && request &&
		    !within(bound, request->amount, request->amount))
			return false;
	}
	return true;
}

bool limits_allow_pod_set(struct limit_bounds bounds, name_id namespace_name, const struct pod_set *pod_set)
{
	return limits_allow_container(bounds, namespace_name, pod_set->requests, pod_set->n_requests, NULL, 0) &&
	       limits_allow_pod(bounds, namespace_name, pod_set->requests, pod_set->n_requests);
}
