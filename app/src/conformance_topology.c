/* conformance_topology.c - cases and random worlds about placement in a topology: one flavor, no quota; and whether a
 * workload needs a second pass.
 *
 * Decodes, calls topology_place(), and compares placements and the facts about a failure. */
#include <inttypes.h>
#include <string.h>

#include "base/quantity.h"
#include "conformance_operations.h"
#include "conformance_worlds.h"
#include "planner/kueue/cycle.h"
#include "planner/kueue/topology.h"

#define TOPOLOGY_RULE "TAS-5 to TAS-17"

/* A tree of one flavor and what is on it. */
struct site {
	struct situation situation;
	struct topology_flavor flavor;
	struct topology_world world;
	struct topologies *topologies;
	struct topology_usage usage;
	struct undo undo;
	struct topology_finder *finder;
	struct topology_asks asks;
};

/* Once flavor, nodes and loads are read, and all names with them. */
static void site_build(struct site *site, const struct conformance_options *options)
{
	site->world.names = site->situation.names;
	site->world.gates = site->situation.gates;
	site->world.flavors = &site->flavor;
	site->world.n_flavors = 1;
	site->topologies = topologies_create(&site->world, NULL);
	topology_usage_reset(&site->usage, site->topologies);
	site->finder = topology_finder_create(site->topologies, &site->usage);
	topology_finder_set_literal(site->finder, options->literal);
}

static void site_finish(struct site *site)
{
	for (uint32_t i = 0; i < site->asks.count; i++)
		VEC_FREE(&site->asks.items[i].placement);
	topology_finder_destroy(site->finder);
	topology_usage_free(&site->usage);
	topologies_destroy(site->topologies);
	VEC_FREE(&site->undo);
	situation_finish(&site->situation);
}

/* ---- facts ---- */

static const char *place_text(const struct site *site, const struct topology_share *share)
{
	struct topology_place place = topologies_place_at(site->topologies, share->place);
	const char *text = "";
	for (uint32_t i = 0; i < place.n_values; i++)
		text = arena_printf(site->situation.arena, "%s%s%s", text, i ? "/" : "",
		                    names_text(site->situation.names, place.values[i]));
	return text;
}

/* Of given values only those count that a placement names: the hostname alone where the last level is one. */
static const char *values_text(struct site *site, const struct doc_node *values)
{
	struct check *check = site->situation.check;
	const struct topology_tree *topology = topologies_tree(site->topologies, 0);
	uint32_t from = topology && topology->leaf_is_host && values->count ? values->count - 1 : 0;
	const char *text = "";
	for (uint32_t i = from; i < values->count; i++)
		text = arena_printf(site->situation.arena, "%s%s%s", text, i > from ? "/" : "", node_text(check, values->items[i]));
	return text;
}

static void got_placement(struct site *site, struct facts *facts, const char *name, const struct topology_ask *ask)
{
	for (uint32_t i = 0; i < ask->placement.count; i++)
		facts_add(facts, "'%s' %u: %s x%" PRId32, name, i, place_text(site, &ask->placement.items[i]),
		          ask->placement.items[i].count);
}

/* ---- find-topology ---- */

static struct pod_set read_pod_set(struct situation *situation, const struct doc_node *node)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a pod set", "name", "count", "singlePodRequests", "topologyRequest", "podSetGroup",
	             "previousAssignment", "nodeAffinity", "nodeSelector", "implied", "tolerations");
	const struct doc_node *map = field_map(check, node, "singlePodRequests"), *affinity = field(node, "nodeAffinity");
	struct resource_request *requests = ARENA_ARRAY(situation->arena, struct resource_request, map->count);
	for (uint32_t i = 0; i < map->count; i++)
		requests[i] =
		    (struct resource_request){situation_name(situation, map->pairs[i].key), node_amount(check, map->pairs[i].value)};
	struct pod_set pods = {
	    .name = situation_name(situation, field_text(check, node, "name", "")),
	    .count = field_count(check, node, "count", 0),
	    .requests = requests,
	    .n_requests = map->count,
	};
	pods.node_selector = situation_read_labels(situation, field_map(check, node, "nodeSelector"), &pods.n_node_selector);
	pods.tolerations = situation_read_tolerations(situation, field_list(check, node, "tolerations"), &pods.n_tolerations);
	pods.topology = situation_read_topology_request(situation, field(node, "topologyRequest"),
	                                                field_text(check, node, "podSetGroup", ""));
	situation_read_affinity(situation, affinity, &pods);
	return pods;
}

static const struct topology_share *read_places(struct site *site, const struct doc_node *assignment, uint32_t *ret_count)
{
	struct situation *situation = &site->situation;
	FIELDS_KNOWN(situation->check, assignment, "a topology assignment", "levels", "domains");
	const struct doc_node *domains = field_list(situation->check, assignment, "domains");
	struct topology_share *shares = ARENA_ARRAY(situation->arena, struct topology_share, domains->count);
	for (uint32_t i = 0; i < domains->count; i++) {
		const struct doc_node *values = field_list(situation->check, domains->items[i], "values");
		name_id *names = ARENA_ARRAY(situation->arena, name_id, values->count);
		for (uint32_t v = 0; v < values->count; v++)
			names[v] = situation_name(situation, node_text(situation->check, values->items[v]));
		shares[i].place = topologies_place(site->topologies, 0, names, values->count);
		shares[i].count = field_count(situation->check, domains->items[i], "count", 0);
	}
	*ret_count = domains->count;
	return shares;
}

static void set_previous(struct site *site, struct topology_ask *ask, const struct doc_node *assignment)
{
	if (!assignment)
		return;
	ask->has_previous = true;
	ask->previous = read_places(site, assignment, &ask->n_previous);
}

static void read_asks(struct site *site, const struct doc_node *list)
{
	struct check *check = site->situation.check;
	site->asks.items = ARENA_ARRAY(site->situation.arena, struct topology_ask, list->count);
	site->asks.count = list->count;
	for (uint32_t i = 0; i < list->count; i++) {
		struct pod_set *pods = ARENA_NEW(site->situation.arena, struct pod_set);
		*pods = read_pod_set(&site->situation, list->items[i]);
		site->asks.items[i].spec = pods;
		site->asks.items[i].count = pods->count;
		site->asks.items[i].implied = field_bool(check, list->items[i], "implied", false);
	}
}

/* The workload whose node is lost, and where its pods are. */
static void read_workload(struct site *site, const struct doc_node *node)
{
	struct situation *situation = &site->situation;
	struct subject subject;
	situation_read_workload(situation, node, &subject);
	const struct doc_node *admission = field(field(node, "status"), "admission");
	const struct doc_node *pod_sets = field_list(situation->check, admission, "podSets");
	if (subject.status.n_unhealthy_nodes > 0)
		site->asks.unhealthy = subject.status.unhealthy_nodes[0];
	site->asks.stays = subject.spec.owned_by_pod;
	for (uint32_t i = 0; i < pod_sets->count; i++) {
		name_id name = situation_name(situation, field_text(situation->check, pod_sets->items[i], "name", ""));
		for (uint32_t p = 0; p < site->asks.count; p++)
			if (site->asks.items[p].spec->name == name)
				set_previous(site, &site->asks.items[p], field(pod_sets->items[i], "topologyAssignment"));
	}
}

static void charge_prior(struct site *site, const struct doc_node *list)
{
	struct situation *situation = &site->situation;
	for (uint32_t i = 0; i < list->count; i++) {
		FIELDS_KNOWN(situation->check, list->items[i], "prior usage", "values", "singlePodRequests", "count");
		const struct doc_node *values = field_list(situation->check, list->items[i], "values");
		const struct doc_node *map = field_map(situation->check, list->items[i], "singlePodRequests");
		name_id *names = ARENA_ARRAY(situation->arena, name_id, values->count);
		struct resource_request *requests = ARENA_ARRAY(situation->arena, struct resource_request, map->count);
		for (uint32_t v = 0; v < values->count; v++)
			names[v] = situation_name(situation, node_text(situation->check, values->items[v]));
		for (uint32_t r = 0; r < map->count; r++)
			requests[r] = (struct resource_request){situation_name(situation, map->pairs[r].key),
			                                        node_amount(situation->check, map->pairs[r].value)};
		topology_usage_add(&site->usage, site->topologies, &site->undo,
		                   topologies_place(site->topologies, 0, names, values->count), requests, map->count,
		                   field_count(situation->check, list->items[i], "count", 0));
	}
}

static void read_tree(struct site *site, const struct doc_node *test)
{
	struct situation *situation = &site->situation;
	struct check *check = situation->check;
	const struct doc_node *topologies = field_list(check, test, "topologies"), *flavors = field_list(check, test, "flavors");
	if (topologies->count != 1 || flavors->count != 1) {
		check_problem(check, "not one topology and one flavor");
		return;
	}
	const struct doc_node *flavor = flavors->items[0];
	FIELDS_KNOWN(check, flavor, "a flavor", "name", "nodeLabels", "tolerations", "topologyName");
	struct topology topology = situation_read_topology(situation, topologies->items[0]);
	site->flavor = (struct topology_flavor){.levels = topology.levels, .n_levels = topology.n_levels};
	site->flavor.node_labels =
	    situation_read_labels(situation, field_map(check, flavor, "nodeLabels"), &site->flavor.n_node_labels);
	site->flavor.tolerations =
	    situation_read_tolerations(situation, field_list(check, flavor, "tolerations"), &site->flavor.n_tolerations);
	site->world.nodes = situation_read_nodes(situation, field_list(check, test, "nodes"), &site->world.n_nodes);
	site->world.loads = situation_read_pods(situation, field_list(check, test, "pods"), &site->world.n_loads);
}

/* ---- what is expected of a failure ---- */

static const char *kind_text(enum topology_failure_kind kind, int32_t fit)
{
	switch (kind) {
	case TOPOLOGY_NO_ROOM:
		return fit == 0 ? "noFit" : "partialFit";
	case TOPOLOGY_NO_ROOM_IN_LAYERS:
		return "layeredSliceFit";
	case TOPOLOGY_NO_DOMAINS:
		return "noDomainsAtLevel";
	case TOPOLOGY_NO_SLICE_SIZE:
		return "sliceSizeMissing";
	case TOPOLOGY_SLICE_ABOVE:
		return "sliceLevelAbovePodSetLevel";
	case TOPOLOGY_NO_SLICE_LEVEL:
		return "unknownSliceLevel";
	case TOPOLOGY_PLACED:
	case TOPOLOGY_NO_LEVEL:
	case TOPOLOGY_NO_REQUEST:
	case TOPOLOGY_LAYER_NOT_BELOW:
	case TOPOLOGY_LAYER_DOES_NOT_DIVIDE:
	case TOPOLOGY_STALE:
	case TOPOLOGY_NO_REPLACEMENT:
		break;
	}
	return "other";
}

static void expected_failure(struct check *check, struct facts *facts, const char *name, const struct doc_node *node)
{
	FIELDS_KNOWN(check, node, "a failure", "failed", "kind", "fit", "of", "unit", "level", "levels", "totalNodes",
	             "excludedNodes");
	const char *kind = field_text(check, node, "kind", "other");
	const struct doc_node *layers = field_list(check, node, "levels");
	facts_add(facts, "'%s' fails: %s %s", name, kind, field_text(check, node, "level", ""));
	if (field(node, "of"))
		facts_add(facts, "'%s' %" PRId64 " of %" PRId64 " %s", name, field_int(check, node, "fit", 0),
		          field_int(check, node, "of", 0), field_text(check, node, "unit", ""));
	for (uint32_t i = 0; i < layers->count; i++)
		facts_add(facts, "'%s' layer %s: %" PRId64 " of %" PRId64, name, field_text(check, layers->items[i], "level", ""),
		          field_int(check, layers->items[i], "fit", 0), field_int(check, layers->items[i], "of", 0));
	const struct doc_node *excluded = field_map(check, node, "excludedNodes");
	for (uint32_t i = 0; i < excluded->count; i++) {
		const struct doc_node *value = excluded->pairs[i].value;
		if (value->kind != DOC_MAPPING)
			facts_add(facts, "'%s' excluded by %s: %s", name, excluded->pairs[i].key, node_text(check, value));
		for (uint32_t j = 0; value->kind == DOC_MAPPING && j < value->count; j++)
			facts_add(facts, "'%s' excluded by %s %s: %s", name, excluded->pairs[i].key, value->pairs[j].key,
			          node_text(check, value->pairs[j].value));
	}
	if (excluded->count)
		facts_add(facts, "'%s' of %" PRId64 " nodes", name, field_int(check, node, "totalNodes", 0));
}

static void got_exclusions(struct site *site, struct facts *facts, const char *name)
{
	const struct names *names = site->situation.names;
	struct topology_exclusions exclusions;
	uint32_t before = facts->count;
	topology_exclusions(site->finder, &exclusions);
	if (exclusions.by_selector)
		facts_add(facts, "'%s' excluded by nodeSelector: %u", name, exclusions.by_selector);
	if (exclusions.by_affinity)
		facts_add(facts, "'%s' excluded by affinity: %u", name, exclusions.by_affinity);
	if (exclusions.by_domain)
		facts_add(facts, "'%s' excluded by topologyDomain: %u", name, exclusions.by_domain);
	for (uint32_t i = 0; i < exclusions.resources.count; i++)
		facts_add(facts, "'%s' excluded by resource %s: %u", name, names_text(names, exclusions.resources.items[i].resource),
		          exclusions.resources.items[i].count);
	for (uint32_t i = 0; i < exclusions.taints.count; i++) {
		const struct taint *taint = &exclusions.taints.items[i].taint;
		facts_add(facts, "'%s' excluded by taint %s%s%s:%s: %u", name, names_text(names, taint->key),
		          taint->value ? "=" : "", names_text(names, taint->value), names_text(names, taint->effect),
		          exclusions.taints.items[i].count);
	}
	if (facts->count > before)
		facts_add(facts, "'%s' of %u nodes", name, exclusions.nodes);
	topology_exclusions_free(&exclusions);
}

static void got_failure(struct site *site, struct facts *facts, const char *name, const struct topology_failure *failure)
{
	const struct names *names = site->situation.names;
	facts_add(facts, "'%s' fails: %s %s", name, kind_text(failure->kind, failure->fit), names_text(names, failure->level));
	if (failure->kind == TOPOLOGY_NO_ROOM)
		facts_add(facts, "'%s' %" PRId32 " of %" PRId32 " %s", name, failure->fit, failure->of,
		          failure->sliced ? "slice" : "pod");
	for (uint32_t i = 0; i < failure->n_layers; i++)
		facts_add(facts, "'%s' layer %s: %" PRId32 " of %" PRId32, name, names_text(names, failure->layers[i].level),
		          failure->layers[i].fit, failure->layers[i].of);
	got_exclusions(site, facts, name);
}

static void expected_pod_set(struct site *site, struct facts *facts, const struct doc_node *node)
{
	struct check *check = site->situation.check;
	FIELDS_KNOWN(check, node, "an expected pod set", "name", "assignment", "failure");
	const char *name = field_text(check, node, "name", "");
	const struct doc_node *assignment = field(node, "assignment");
	FIELDS_KNOWN(check, assignment, "an assignment", "levels", "domains");
	const struct doc_node *domains = field_list(check, assignment, "domains");
	for (uint32_t i = 0; i < domains->count; i++)
		facts_add(facts, "'%s' %u: %s x%" PRId64, name, i, values_text(site, field_list(check, domains->items[i], "values")),
		          field_int(check, domains->items[i], "count", 0));
	if (field(node, "failure"))
		expected_failure(check, facts, name, field(node, "failure"));
}

static bool same_group(const struct pod_set *a, const struct pod_set *b)
{
	return a == b || (a->topology && b->topology && a->topology->group && a->topology->group == b->topology->group);
}

static void place_and_compare(struct site *site, const struct doc_node *expected)
{
	struct situation *situation = &site->situation;
	struct facts wanted = {.arena = situation->arena}, got = {.arena = situation->arena};
	struct topology_failure failure = {0};
	uint32_t failed = NONE;
	const struct doc_node *list = field_list(situation->check, expected, "podSets");
	FIELDS_KNOWN(situation->check, expected, "expected", "podSets");
	if (situation->check->failed)
		return;
	bool placed = topology_place(site->finder, &site->asks, &failed, &failure);
	for (uint32_t i = 0; i < list->count; i++)
		expected_pod_set(site, &wanted, list->items[i]);
	for (uint32_t i = 0; i < site->asks.count; i++) {
		const struct topology_ask *ask = &site->asks.items[i];
		const char *name = names_text(situation->names, ask->spec->name);
		if (ask->placed)
			got_placement(site, &got, name, ask);
		else if (!placed && same_group(ask->spec, site->asks.items[failed].spec))
			got_failure(site, &got, name, &failure);
	}
	facts_compare(situation->check, TOPOLOGY_RULE, "placement", &wanted, &got);
	topology_finder_done(site->finder);
}

void run_find_topology(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	struct site site = {0};
	situation_init(&site.situation, check, 0);
	FIELDS_KNOWN(check, test, "the case", "id", "source", "operation", "tags", "features", "featuresImplied", "topologies",
	             "flavors", "nodes", "podSets", "expected", "pods", "workload", "priorUsageSameFlavor",
	             "priorUsageOtherFlavor");
	situation_read_gates(&site.situation, test);
	read_tree(&site, test);
	read_asks(&site, field_list(check, test, "podSets"));
	site_build(&site, options);
	for (uint32_t i = 0; i < site.asks.count; i++)
		set_previous(&site, &site.asks.items[i], field(field_list(check, test, "podSets")->items[i], "previousAssignment"));
	site.asks.elastic = true;
	if (field(test, "workload"))
		read_workload(&site, field(test, "workload"));
	charge_prior(&site, field_list(check, test, "priorUsageSameFlavor"));
	charge_prior(&site, field_list(check, test, "priorUsageOtherFlavor"));
	if (!check->failed)
		place_and_compare(&site, field(test, "expected"));
	site_finish(&site);
}

/* ---- needs-second-pass ---- */

static bool on_lost_node(struct check *check, const struct doc_node *assignment, const struct doc_node *lost)
{
	const struct doc_node *domains = field_list(check, assignment, "domains");
	for (uint32_t i = 0; i < domains->count; i++) {
		const struct doc_node *values = field_list(check, domains->items[i], "values");
		for (uint32_t j = 0; values->count && j < lost->count; j++)
			if (strcmp(node_text(check, values->items[values->count - 1]), field_text(check, lost->items[j], "name", "")) ==
			    0)
				return true;
	}
	return false;
}

void run_needs_second_pass(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	(void)options;
	const struct doc_node *expected = field_map(check, test, "expected");
	const struct doc_node *workload = field(test, "workload"), *status = field(workload, "status");
	const struct doc_node *pod_sets = field_list(check, field(status, "admission"), "podSets");
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "workload");
	FIELDS_KNOWN(check, expected, "expected", "needsSecondPass");
	struct situation situation;
	struct subject subject;
	situation_init(&situation, check, US_PER_DAY);
	situation_read_workload(&situation, workload, &subject);
	struct second_pass_facts facts = {
	    .holds_quota = subject.status.quota_reserved,
	    .evicted = subject.status.evicted,
	    .admitted = subject.status.admitted,
	    .checks_ready = subject.status.checks_listed && !subject.status.checks_unready,
	};
	for (uint32_t p = 0; p < pod_sets->count; p++) {
		const struct doc_node *assignment = field(pod_sets->items[p], "topologyAssignment");
		facts.delayed |=
		    !assignment && strcmp(field_text(check, pod_sets->items[p], "delayedTopologyRequest", ""), "Pending") == 0;
		facts.on_lost_node |= on_lost_node(check, assignment, field_list(check, status, "unhealthyNodes"));
	}
	check_bool(check, "SC-16", "needs a second pass", field_bool(check, expected, "needsSecondPass", false),
	           second_pass_needed(facts));
	situation_finish(&situation);
}

/* ---- random worlds ---- */

static struct kube_node world_node(struct site *site, const struct doc_node *doc, uint32_t number)
{
	struct situation *situation = &site->situation;
	struct check *check = situation->check;
	FIELDS_KNOWN(check, doc, "a node", "vals", "cpu", "pods");
	const struct doc_node *values = field_list(check, doc, "vals");
	struct key_value *labels = ARENA_ARRAY(situation->arena, struct key_value, values->count);
	struct resource_request *amounts = ARENA_ARRAY(situation->arena, struct resource_request, 2);
	for (uint32_t i = 0; i < values->count && i < site->flavor.n_levels; i++)
		labels[i] =
		    (struct key_value){site->flavor.levels[i], situation_name(situation, node_text(check, values->items[i]))};
	amounts[0] =
	    (struct resource_request){situation_name(situation, "cpu"), field_int(check, doc, "cpu", 0) * quantity_scale("cpu")};
	amounts[1] = (struct resource_request){situation_name(situation, "pods"), field_int(check, doc, "pods", 0)};
	return (struct kube_node){
	    .name = situation_name(situation, arena_printf(situation->arena, "node-%u", number)),
	    .labels = labels,
	    .n_labels = MIN(values->count, site->flavor.n_levels),
	    .allocatable = amounts,
	    .n_allocatable = 2,
	    .ready = true,
	};
}

static const struct topology_request *world_request(struct situation *situation, const struct doc_node *node, bool implied)
{
	struct check *check = situation->check;
	const char *mode = field_text(check, node, "mode", "");
	name_id level = situation_name(situation, field_text(check, node, "level", ""));
	const struct doc_node *list = field_list(check, node, "slices");
	struct topology_request *request = ARENA_NEW(situation->arena, struct topology_request);
	struct topology_slice *slices = ARENA_ARRAY(situation->arena, struct topology_slice, list->count);
	for (uint32_t i = 0; i < list->count; i++) {
		FIELDS_KNOWN(check, list->items[i], "a slice", "level", "size");
		slices[i] = (struct topology_slice){situation_name(situation, field_text(check, list->items[i], "level", "")),
		                                    field_count(check, list->items[i], "size", 0)};
	}
	request->slices = slices;
	request->n_slices = list->count;
	request->group = situation_name(situation, field_text(check, node, "group", ""));
	if (strcmp(mode, "required") == 0)
		request->required = level;
	else if (strcmp(mode, "preferred") == 0)
		request->preferred = level;
	else if (strcmp(mode, "unconstrained") == 0)
		request->unconstrained = true;
	else if (!implied && strcmp(mode, "slice") != 0)
		check_problem(check, "unknown mode '%s'", mode);
	return request;
}

static void world_ask(struct site *site, const struct doc_node *node, struct topology_ask *ask)
{
	struct situation *situation = &site->situation;
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a pod set", "name", "group", "cpu", "count", "mode", "level", "slices");
	struct pod_set *pods = ARENA_NEW(situation->arena, struct pod_set);
	struct resource_request *request = ARENA_NEW(situation->arena, struct resource_request);
	*request = (struct resource_request){situation_name(situation, "cpu"),
	                                     field_int(check, node, "cpu", 0) * quantity_scale("cpu")};
	ask->implied = strcmp(field_text(check, node, "mode", ""), "implied") == 0;
	*pods = (struct pod_set){
	    .name = situation_object_name(situation, node),
	    .count = field_count(check, node, "count", 0),
	    .requests = request,
	    .n_requests = 1,
	    .topology = world_request(situation, node, ask->implied),
	};
	ask->spec = pods;
	ask->count = pods->count;
}

static void read_placement_world(struct site *site, const struct doc_node *world)
{
	struct situation *situation = &site->situation;
	struct check *check = situation->check;
	FIELDS_KNOWN(check, world, "the world", "id", "levels", "nodes", "ps");
	const struct doc_node *levels = field_list(check, world, "levels"), *nodes = field_list(check, world, "nodes");
	const struct doc_node *pod_sets = field_list(check, world, "ps");
	name_id *names = ARENA_ARRAY(situation->arena, name_id, levels->count);
	for (uint32_t i = 0; i < levels->count; i++)
		names[i] = situation_name(situation, node_text(check, levels->items[i]));
	site->flavor = (struct topology_flavor){.levels = names, .n_levels = levels->count};
	struct kube_node *rows = ARENA_ARRAY(situation->arena, struct kube_node, nodes->count);
	for (uint32_t i = 0; i < nodes->count; i++)
		rows[i] = world_node(site, nodes->items[i], i);
	site->world.nodes = rows;
	site->world.n_nodes = nodes->count;
	site->asks.items = ARENA_ARRAY(situation->arena, struct topology_ask, pod_sets->count);
	site->asks.count = pod_sets->count;
	for (uint32_t i = 0; i < pod_sets->count; i++)
		world_ask(site, pod_sets->items[i], &site->asks.items[i]);
}

static void expected_answer(struct site *site, struct facts *facts, const struct doc_node *answer)
{
	struct check *check = site->situation.check;
	FIELDS_KNOWN(check, answer, "the answer", "id", "asg", "fail");
	const struct doc_node *map = field_map(check, answer, "asg"), *fail = field_list(check, answer, "fail");
	for (uint32_t i = 0; i < map->count; i++) {
		const struct doc_node *list = as_list(check, map->pairs[i].value);
		for (uint32_t j = 0; j < list->count; j++)
			facts_add(facts, "'%s' %u: %s x%" PRId64, map->pairs[i].key, j,
			          values_text(site, field_list(check, list->items[j], "v")), field_int(check, list->items[j], "c", 0));
	}
	for (uint32_t i = 0; i < fail->count; i++)
		facts_add(facts, "'%s' fails", node_text(check, fail->items[i]));
}

void placement_world_run(struct check *check, const struct doc_node *world, const struct doc_node *answer,
                         const struct conformance_options *options)
{
	struct site site = {0};
	struct facts wanted = {.arena = check->arena}, got = {.arena = check->arena};
	struct topology_failure failure;
	uint32_t failed = NONE;
	situation_init(&site.situation, check, 0);
	read_placement_world(&site, world);
	site_build(&site, options);
	expected_answer(&site, &wanted, answer);
	bool placed = !check->failed && topology_place(site.finder, &site.asks, &failed, &failure);
	for (uint32_t i = 0; i < site.asks.count && !check->failed; i++) {
		const char *name = names_text(site.situation.names, site.asks.items[i].spec->name);
		if (site.asks.items[i].placed)
			got_placement(&site, &got, name, &site.asks.items[i]);
		else if (!placed && same_group(site.asks.items[i].spec, site.asks.items[failed].spec))
			facts_add(&got, "'%s' fails", name);
	}
	facts_compare(check, TOPOLOGY_RULE, "placement", &wanted, &got);
	site_finish(&site);
}
