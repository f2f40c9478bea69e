/* conformance_validity.c - is a case's workload one that Kueue finds valid (WL-6)? Requests within the container's limits,
 * and both within the LimitRanges of its namespace. What cannot be told from one plain container is a problem of the case.
 */
#include <string.h>

#include "conformance_situation.h"

struct bounds {
	const struct doc_node *limits; /* of the container */
	const struct doc_node *requests;
};

static bool amount(struct check *check, const struct doc_node *map, const char *resource, int64_t *ret_amount)
{
	if (!field(map, resource))
		return false;
	*ret_amount = node_quantity(check, field(map, resource), resource);
	return true;
}

static bool within_limits(struct check *check, struct bounds pod)
{
	for (uint32_t i = 0; i < pod.limits->count; i++) {
		const char *resource = pod.limits->pairs[i].key;
		int64_t asked, limit;
		if (amount(check, pod.requests, resource, &asked) && amount(check, pod.limits, resource, &limit) && asked > limit)
			return false;
	}
	return true;
}

/* One item of a LimitRange; for a pod of one container both types say the same. */
static bool within_item(struct check *check, struct bounds pod, const struct doc_node *item)
{
	static const char *const types[] = {"Container", "Pod", NULL};
	FIELDS_KNOWN(check, item, "a limit", "type", "max", "min");
	const struct doc_node *most = field_map(check, item, "max"), *least = field_map(check, item, "min");
	(void)choice(check, "limit type", field_text(check, item, "type", ""), types);
	int64_t bound, asked;
	for (uint32_t i = 0; i < most->count; i++) {
		const char *resource = most->pairs[i].key;
		bound = node_quantity(check, most->pairs[i].value, resource);
		if ((amount(check, pod.requests, resource, &asked) && asked > bound) ||
		    (amount(check, pod.limits, resource, &asked) && asked > bound))
			return false;
	}
	for (uint32_t i = 0; i < least->count; i++) {
		const char *resource = least->pairs[i].key;
		bound = node_quantity(check, least->pairs[i].value, resource);
		if (amount(check, pod.requests, resource, &asked) && asked < bound)
			return false;
	}
	return true;
}

static bool within_ranges(struct check *check, struct bounds pod, const struct doc_node *ranges, const char *space)
{
	for (uint32_t i = 0; ranges && i < ranges->count; i++) {
		const struct doc_node *range = ranges->items[i], *items = field_list(check, range, "limits");
		FIELDS_KNOWN(check, range, "a LimitRange", "name", "namespace", "limits");
		if (strcmp(field_text(check, range, "namespace", ""), space) != 0)
			continue;
		for (uint32_t j = 0; j < items->count; j++)
			if (!within_item(check, pod, items->items[j]))
				return false;
	}
	return true;
}

bool situation_valid_workload(struct situation *situation, const struct doc_node *node)
{
	struct check *check = situation->check;
	const struct doc_node *pod_sets = field_list(check, node, "podSets");
	bool valid = true;
	for (uint32_t i = 0; i < pod_sets->count; i++) {
		const struct doc_node *container = field(pod_sets->items[i], "container");
		FIELDS_KNOWN(check, container, "the container", "limits");
		struct bounds pod = {field_map(check, container, "limits"), field_map(check, pod_sets->items[i], "requests")};
		valid &= within_limits(check, pod) &&
		         within_ranges(check, pod, situation->limit_ranges, field_text(check, node, "namespace", ""));
	}
	return valid;
}
