/* conformance_nodes.c - topologies, nodes and what is on them, as cases describe them. */
#include <string.h>

#include "conformance_situation.h"

void situation_read_gates(struct situation *situation, const struct doc_node *test)
{
	situation_set_gates(situation, field_map(situation->check, test, "features"));
	situation_set_gates(situation, field_map(situation->check, test, "featuresImplied"));
}

struct topology situation_read_topology(struct situation *situation, const struct doc_node *node)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a topology", "name", "levels");
	const struct doc_node *list = field_list(check, node, "levels");
	name_id *levels = ARENA_ARRAY(situation->arena, name_id, list->count);
	for (uint32_t i = 0; i < list->count; i++)
		levels[i] = situation_name(situation, node_text(check, list->items[i]));
	return (struct topology){situation_object_name(situation, node), levels, list->count};
}

void situation_read_places(struct situation *situation, const struct doc_node *test)
{
	struct check *check = situation->check;
	const struct doc_node *list = field_list(check, test, "topologies");
	struct topology *topologies = ARENA_ARRAY(situation->arena, struct topology, list->count);
	uint32_t n_nodes, n_loads;
	for (uint32_t i = 0; i < list->count; i++)
		topologies[i] = situation_read_topology(situation, list->items[i]);
	const struct kube_node *nodes = situation_read_nodes(situation, field_list(check, test, "nodes"), &n_nodes);
	const struct node_load *loads = situation_read_pods(situation, field_list(check, test, "pods"), &n_loads);
	kueue_set_topologies(situation->builder, topologies, list->count);
	kueue_set_nodes(situation->builder, nodes, n_nodes, loads, n_loads);
}

static const struct resource_request *read_amounts(struct situation *situation, const struct doc_node *map,
                                                   uint32_t *ret_count)
{
	struct resource_request *amounts = ARENA_ARRAY(situation->arena, struct resource_request, map->count);
	for (uint32_t i = 0; i < map->count; i++)
		amounts[i] = (struct resource_request){
		    .resource = situation_name(situation, map->pairs[i].key),
		    .amount = node_quantity(situation->check, map->pairs[i].value, map->pairs[i].key),
		};
	*ret_count = map->count;
	return amounts;
}

/* Conditions other than Ready do not keep pods off a node. */
static struct kube_node read_node(struct situation *situation, const struct doc_node *doc)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, doc, "a node", "name", "labels", "allocatable", "ready", "unschedulable", "taints", "conditions");
	struct kube_node node = {
	    .name = situation_object_name(situation, doc),
	    .ready = field_bool(check, doc, "ready", false),
	    .unschedulable = field_bool(check, doc, "unschedulable", false),
	};
	node.labels = situation_read_labels(situation, field_map(check, doc, "labels"), &node.n_labels);
	node.taints = situation_read_taints(situation, field_list(check, doc, "taints"), &node.n_taints);
	node.allocatable = read_amounts(situation, field_map(check, doc, "allocatable"), &node.n_allocatable);
	return node;
}

const struct kube_node *situation_read_nodes(struct situation *situation, const struct doc_node *list, uint32_t *ret_count)
{
	struct kube_node *nodes = ARENA_ARRAY(situation->arena, struct kube_node, list->count);
	for (uint32_t i = 0; i < list->count; i++)
		nodes[i] = read_node(situation, list->items[i]);
	if (list->count)
		situation_name(situation, "pods"); /* every pod takes one, even where no node says how many it holds */
	*ret_count = list->count;
	return nodes;
}

/* Pods that are bound to a node and not over. */
const struct node_load *situation_read_pods(struct situation *situation, const struct doc_node *list, uint32_t *ret_count)
{
	struct check *check = situation->check;
	struct node_load *loads = ARENA_ARRAY(situation->arena, struct node_load, list->count);
	uint32_t count = 0;
	for (uint32_t i = 0; i < list->count; i++) {
		const struct doc_node *pod = list->items[i];
		FIELDS_KNOWN(check, pod, "a pod", "name", "namespace", "node", "requests", "phase");
		const char *phase = field_text(check, pod, "phase", ""), *node = field_text(check, pod, "node", "");
		if (!*node || strcmp(phase, "Failed") == 0 || strcmp(phase, "Succeeded") == 0)
			continue;
		struct node_load *load = &loads[count++];
		*load = (struct node_load){.node = situation_name(situation, node), .pods = 1};
		load->requests = read_amounts(situation, field_map(check, pod, "requests"), &load->n_requests);
	}
	*ret_count = count;
	return loads;
}

/* A list of nested slices, or the older pair of fields, which is one. */
static const struct topology_slice *read_slices(struct situation *situation, const struct doc_node *node,
                                                uint32_t *ret_count)
{
	struct check *check = situation->check;
	const struct doc_node *list = field_list(check, node, "podsetSliceRequiredTopologyConstraints");
	struct topology_slice *slices = ARENA_ARRAY(situation->arena, struct topology_slice, list->count + 1);
	for (uint32_t i = 0; i < list->count; i++) {
		FIELDS_KNOWN(check, list->items[i], "a slice", "topology", "size");
		slices[i] = (struct topology_slice){situation_name(situation, field_text(check, list->items[i], "topology", "")),
		                                    field_count(check, list->items[i], "size", 0)};
	}
	*ret_count = list->count;
	if (list->count == 0 && field(node, "podSetSliceRequiredTopology")) {
		slices[0].level = situation_name(situation, field_text(check, node, "podSetSliceRequiredTopology", ""));
		slices[0].size = field_count(check, node, "podSetSliceSize", 0);
		*ret_count = 1;
	}
	return slices;
}

const struct topology_request *situation_read_topology_request(struct situation *situation, const struct doc_node *node,
                                                               const char *group)
{
	struct check *check = situation->check;
	if (!node && !*group)
		return NULL;
	FIELDS_KNOWN(check, node, "a topology request", "required", "preferred", "unconstrained", "podSetSliceRequiredTopology",
	             "podSetSliceSize", "podsetSliceRequiredTopologyConstraints", "podSetGroupName");
	struct topology_request *request = ARENA_NEW(situation->arena, struct topology_request);
	request->required = situation_name(situation, field_text(check, node, "required", ""));
	request->preferred = situation_name(situation, field_text(check, node, "preferred", ""));
	request->unconstrained = field_bool(check, node, "unconstrained", false);
	request->group = situation_name(situation, field_text(check, node, "podSetGroupName", group));
	request->slices = read_slices(situation, node, &request->n_slices);
	return request;
}

const struct preferred_term *situation_read_preferences(struct situation *situation, const struct doc_node *list,
                                                        uint32_t *ret_count)
{
	struct check *check = situation->check;
	struct preferred_term *terms = ARENA_ARRAY(situation->arena, struct preferred_term, list->count);
	for (uint32_t i = 0; i < list->count; i++) {
		FIELDS_KNOWN(check, list->items[i], "a preferred term", "weight", "preference");
		terms[i].weight = field_int(check, list->items[i], "weight", 0);
		terms[i].term = situation_read_term(situation, field(list->items[i], "preference"));
	}
	*ret_count = list->count;
	return terms;
}
