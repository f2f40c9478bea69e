/* conformance_validity.c - what a case says of a workload's limits and of LimitRanges, for WL-6. What cannot be told from
 * one plain container is a problem of the case. */
#include "conformance_situation.h"
#include "world/limits.h"

struct bounds {
	VEC_FIELDS(struct limit_bound);
};

static const struct resource_request *read_amounts(struct situation *situation, const struct doc_node *map)
{
	struct resource_request *amounts = ARENA_ARRAY(situation->arena, struct resource_request, map->count);
	for (uint32_t i = 0; i < map->count; i++)
		amounts[i] = (struct resource_request){
		    situation_name(situation, map->pairs[i].key),
		    node_quantity(situation->check, map->pairs[i].value, map->pairs[i].key),
		};
	return amounts;
}

static void read_item(struct situation *situation, const struct doc_node *item, name_id space, struct bounds *bounds)
{
	static const char *const types[] = {[LIMIT_CONTAINER] = "Container", [LIMIT_POD] = "Pod", NULL};
	struct check *check = situation->check;
	FIELDS_KNOWN(check, item, "a limit", "type", "max", "min");
	enum limit_type type = (enum limit_type)choice(check, "limit type", field_text(check, item, "type", ""), types);
	for (int most = 0; most < 2; most++) {
		const struct doc_node *map = field_map(check, item, most ? "max" : "min");
		const struct resource_request *amounts = read_amounts(situation, map);
		for (uint32_t i = 0; i < map->count; i++)
			*VEC_PUSH(bounds) = (struct limit_bound){
			    .namespace_name = space,
			    .resource = amounts[i].resource,
			    .type = type,
			    .least = most ? INT64_MIN : amounts[i].amount,
			    .most = most ? amounts[i].amount : INT64_MAX,
			};
	}
}

static struct bounds read_ranges(struct situation *situation)
{
	struct bounds bounds = {0};
	const struct doc_node *ranges = situation->limit_ranges;
	for (uint32_t i = 0; ranges && i < ranges->count; i++) {
		const struct doc_node *range = ranges->items[i], *items = field_list(situation->check, range, "limits");
		FIELDS_KNOWN(situation->check, range, "a LimitRange", "name", "namespace", "limits");
		name_id space = situation_name(situation, field_text(situation->check, range, "namespace", ""));
		for (uint32_t k = 0; k < items->count; k++)
			read_item(situation, items->items[k], space, &bounds);
	}
	return bounds;
}

bool situation_valid_workload(struct situation *situation, const struct doc_node *node)
{
	struct check *check = situation->check;
	const struct doc_node *pod_sets = field_list(check, node, "podSets");
	name_id space = situation_name(situation, field_text(check, node, "namespace", ""));
	struct bounds ranges = read_ranges(situation);
	struct limit_bounds bounds = {ranges.items, ranges.count};
	bool valid = true;
	for (uint32_t i = 0; i < pod_sets->count; i++) {
		const struct doc_node *container = field(pod_sets->items[i], "container");
		const struct doc_node *limits = field_map(check, container, "limits");
		const struct doc_node *asked = field_map(check, pod_sets->items[i], "requests");
		const struct resource_request *requests = read_amounts(situation, asked);
		FIELDS_KNOWN(check, container, "the container", "limits");
		valid &=
		    limits_allow_container(bounds, space, requests, asked->count, read_amounts(situation, limits), limits->count) &&
		    limits_allow_pod(bounds, space, requests, asked->count);
	}
	VEC_FREE(&ranges);
	return valid;
}
