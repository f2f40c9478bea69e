/* conformance_workloads.c - the workloads of conformance/kueue as specs and statuses.
 *
 * Times of a case are seconds relative to its now. What a case says of a workload's pods (labels, owner, priority class)
 * and no rule of kueue-semantics sections 0 to 6 reads is listed and passes; the rest is a problem of the case. */
#include <stdlib.h>
#include <string.h>

#include "conformance_situation.h"
#include "planner/books.h"

#define WORKLOAD_FIELDS                                                                                                     \
	"name", "namespace", "uid", "queue", "priority", "priorityClassRef", "creationTime", "labels", "annotations",           \
	    "generation", "ownerReferences", "podSets", "status", "preemptionGates", "quotaReserved", "admitted"

#define GROUP_ANNOTATION "kueue.x-k8s.io/is-group-workload"

static int64_t case_time_us(const struct situation *situation, const struct doc_node *node, const char *name,
                            int64_t otherwise)
{
	if (!field(node, name))
		return otherwise;
	return situation->now_us + field_seconds_us(situation->check, node, name);
}

/* ---- pod sets ---- */

static const struct resource_request *read_requests(struct situation *situation, const struct doc_node *map,
                                                    uint32_t *ret_count)
{
	struct resource_request *requests = ARENA_ARRAY(situation->arena, struct resource_request, map->count);
	for (uint32_t i = 0; i < map->count; i++)
		requests[i] = (struct resource_request){
		    .resource = situation_name(situation, map->pairs[i].key),
		    .amount = node_quantity(situation->check, map->pairs[i].value, map->pairs[i].key),
		};
	situation_sort_requests(situation, requests, map->count);
	*ret_count = map->count;
	return requests;
}

struct selector_term situation_read_term(struct situation *situation, const struct doc_node *node)
{
	/* matchFields are read by nobody (FA-11). */
	FIELDS_KNOWN(situation->check, node, "a node selector term", "matchExpressions", "matchFields");
	struct selector_term term = {0};
	term.requirements = situation_read_expressions(situation, NULL, field_list(situation->check, node, "matchExpressions"),
	                                               &term.n_requirements);
	return term;
}

void situation_read_affinity(struct situation *situation, const struct doc_node *node, struct pod_set *pod_set)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution",
	             "preferredDuringSchedulingIgnoredDuringExecution");
	const struct doc_node *required = field(node, "requiredDuringSchedulingIgnoredDuringExecution");
	FIELDS_KNOWN(check, required, "required node affinity", "nodeSelectorTerms");
	const struct doc_node *list = field_list(check, required, "nodeSelectorTerms");
	struct selector_term *terms = ARENA_ARRAY(situation->arena, struct selector_term, list->count);
	for (uint32_t i = 0; i < list->count; i++)
		terms[i] = situation_read_term(situation, list->items[i]);
	pod_set->affinity = terms;
	pod_set->n_affinity = list->count;
	pod_set->preferences = situation_read_preferences(
	    situation, field_list(check, node, "preferredDuringSchedulingIgnoredDuringExecution"), &pod_set->n_preferences);
}

static struct pod_set read_pod_set(struct situation *situation, const struct doc_node *node)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a pod set", "name", "count", "minCount", "requests", "nodeSelector", "tolerations",
	             "affinity", "topologyRequest", "container");
	struct pod_set pod_set = {
	    .name = situation_name(situation, field_text(check, node, "name", "main")),
	    .count = field_count(check, node, "count", 1),
	    .min_count = field_count(check, node, "minCount", 0),
	};
	pod_set.requests = read_requests(situation, field_map(check, node, "requests"), &pod_set.n_requests);
	pod_set.node_selector =
	    situation_read_labels(situation, field_map(check, node, "nodeSelector"), &pod_set.n_node_selector);
	pod_set.tolerations =
	    situation_read_tolerations(situation, field_list(check, node, "tolerations"), &pod_set.n_tolerations);
	FIELDS_KNOWN(check, field(node, "affinity"), "affinity", "nodeAffinity");
	situation_read_affinity(situation, field(field(node, "affinity"), "nodeAffinity"), &pod_set);
	pod_set.topology = situation_read_topology_request(situation, field(node, "topologyRequest"), "");
	return pod_set;
}

const struct pod_set *situation_read_pod_sets(struct situation *situation, const struct doc_node *list)
{
	struct pod_set *pod_sets = ARENA_ARRAY(situation->arena, struct pod_set, list->count);
	for (uint32_t i = 0; i < list->count; i++)
		pod_sets[i] = read_pod_set(situation, list->items[i]);
	return pod_sets;
}

/* ---- admissions ---- */

static void announce_admission(struct situation *situation, const struct doc_node *admission)
{
	const struct doc_node *pod_sets = field_list(situation->check, admission, "podSets");
	for (uint32_t i = 0; i < pod_sets->count; i++) {
		const struct doc_node *flavors = field_map(situation->check, pod_sets->items[i], "flavors");
		const struct doc_node *usage = field_map(situation->check, pod_sets->items[i], "usage");
		for (uint32_t j = 0; j < flavors->count; j++)
			kueue_add_used_pair(situation->builder,
			                    situation_name(situation, node_text(situation->check, flavors->pairs[j].value)),
			                    situation_name(situation, flavors->pairs[j].key));
		for (uint32_t j = 0; j < usage->count; j++)
			kueue_add_resource(situation->builder, situation_name(situation, usage->pairs[j].key));
	}
}

void situation_announce_workload(struct situation *situation, const struct doc_node *workload)
{
	announce_admission(situation, field(field(workload, "status"), "admission"));
}

void situation_announce_workloads(struct situation *situation, const struct doc_node *workloads)
{
	for (uint32_t i = 0; i < workloads->count; i++)
		situation_announce_workload(situation, workloads->items[i]);
}

/* Reads one pod set of an admission into row `p` of the assignment's tables. */
static void read_admitted_pod_set(struct situation *situation, const struct doc_node *node, uint32_t p, int32_t *counts,
                                  uint32_t *flavors, int64_t *usage)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a pod set of an admission", "name", "flavors", "usage", "count", "topologyAssignment",
	             "delayedTopologyRequest");
	uint32_t n_resources = situation->config->n_resources;
	const struct doc_node *map = field_map(check, node, "flavors"), *amounts = field_map(check, node, "usage");
	counts[p] = field_count(check, node, "count", 0);
	for (uint32_t i = 0; i < map->count; i++) {
		uint32_t resource = situation_resource(situation, map->pairs[i].key);
		uint32_t flavor = situation_flavor(situation, node_text(check, map->pairs[i].value));
		if (!check->failed)
			flavors[p * n_resources + resource] = flavor;
	}
	for (uint32_t i = 0; i < amounts->count; i++) {
		uint32_t resource = situation_resource(situation, amounts->pairs[i].key);
		if (!check->failed)
			usage[p * n_resources + resource] = node_quantity(check, amounts->pairs[i].value, amounts->pairs[i].key);
	}
}

static void read_domains(struct situation *situation, const struct doc_node *assignment, uint32_t pod_set,
                         struct observed_domain *domains)
{
	struct check *check = situation->check;
	const struct doc_node *list = field_list(check, assignment, "domains");
	FIELDS_KNOWN(check, assignment, "a topology assignment", "levels", "domains");
	for (uint32_t i = 0; i < list->count; i++) {
		FIELDS_KNOWN(check, list->items[i], "a domain", "values", "count");
		const struct doc_node *values = field_list(check, list->items[i], "values");
		name_id *names = ARENA_ARRAY(situation->arena, name_id, values->count);
		for (uint32_t v = 0; v < values->count; v++)
			names[v] = situation_name(situation, node_text(check, values->items[v]));
		domains[i] = (struct observed_domain){pod_set, names, values->count, field_count(check, list->items[i], "count", 0)};
	}
}

/* Where the pods of an admission are in the topology. */
static void read_placements(struct situation *situation, const struct doc_node *pod_sets, struct workload_status *status)
{
	static const char *const states[] = {"", "Pending", "Ready", NULL};
	struct check *check = situation->check;
	uint8_t *topology = ARENA_ARRAY(situation->arena, uint8_t, pod_sets->count);
	uint32_t count = 0;
	for (uint32_t p = 0; p < pod_sets->count; p++)
		count += field_list(check, field(pod_sets->items[p], "topologyAssignment"), "domains")->count;
	struct observed_domain *domains = ARENA_ARRAY(situation->arena, struct observed_domain, count);
	count = 0;
	for (uint32_t p = 0; p < pod_sets->count; p++) {
		const struct doc_node *assignment = field(pod_sets->items[p], "topologyAssignment");
		static const uint8_t bits[] = {0, TOPOLOGY_DELAYED, TOPOLOGY_DELAY_OVER};
		topology[p] = bits[choice(check, "delayedTopologyRequest",
		                          field_text(check, pod_sets->items[p], "delayedTopologyRequest", ""), states)];
		topology[p] |= assignment ? TOPOLOGY_ASSIGNED : 0;
		read_domains(situation, assignment, p, &domains[count]);
		count += field_list(check, assignment, "domains")->count;
	}
	status->domains = domains;
	status->n_domains = count;
	status->topology = topology;
}

static void read_admission(struct situation *situation, const struct doc_node *node, struct workload_status *status)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "an admission", "clusterQueue", "podSets");
	const struct doc_node *list = field_list(check, node, "podSets");
	uint32_t n_resources = situation->config->n_resources;
	int32_t *counts = ARENA_ARRAY(situation->arena, int32_t, list->count);
	uint32_t *flavors = ARENA_ARRAY(situation->arena, uint32_t, list->count * n_resources);
	int64_t *usage = ARENA_ARRAY(situation->arena, int64_t, list->count * n_resources);
	memset(flavors, 0xff, sizeof *flavors * list->count * n_resources); /* NONE */
	for (uint32_t i = 0; i < list->count && !check->failed; i++)
		read_admitted_pod_set(situation, list->items[i], i, counts, flavors, usage);
	const char *queue = field_text(check, node, "clusterQueue", "");
	status->admitted_queue = *queue ? situation_cluster_queue(situation, queue) : NONE;
	read_placements(situation, list, status);
	status->admission = (struct assignment){list->count, n_resources, counts, flavors, usage, NULL, NULL, NULL};
}

/* ---- status ---- */

/* Reasons that the cases' authors made up, or left out, say nothing. */
static bool artificial(const char *reason)
{
	return !*reason || strcmp(reason, "ByTest") == 0 || strcmp(reason, "AdmittedByTest") == 0;
}

/* Evicted says only "Preempted"; by what, the condition Preempted tells. */
static enum reason read_evicted_reason(struct check *check, const char *text)
{
	if (strcmp(text, "Preempted") == 0)
		return REASON_PREEMPTED_IN_CLUSTER_QUEUE;
	return artificial(text) ? REASON_NONE : situation_reason(check, text);
}

static void read_condition(struct situation *situation, const struct doc_node *node, struct workload_status *status)
{
	static const char *const types[] = {"QuotaReserved", "Admitted", "Evicted", "Preempted", "PodsReady", "Requeued", NULL};
	enum { QUOTA_RESERVED, ADMITTED, EVICTED, PREEMPTED, PODS_READY, REQUEUED };
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a condition", "type", "status", "reason", "time");
	uint32_t type = choice(check, "condition", field_text(check, node, "type", ""), types);
	const char *reason = field_text(check, node, "reason", "");
	int64_t time_us = case_time_us(situation, node, "time", 0);
	bool is_true = strcmp(field_text(check, node, "status", ""), "True") == 0;
	if (type == REQUEUED)
		status->requeued_false = !is_true;
	else if (type == QUOTA_RESERVED && !is_true && strcmp(reason, "OnHold") == 0)
		status->gated = true; /* WL-1 treats both alike */
	if (!is_true)
		return;
	switch (type) {
	case QUOTA_RESERVED:
		status->quota_reserved = true;
		status->reserved_us = time_us;
		break;
	case ADMITTED:
		status->admitted = true;
		status->admitted_us = time_us;
		break;
	case EVICTED:
		status->evicted = true;
		status->evicted_us = time_us;
		status->evicted_reason = read_evicted_reason(check, reason);
		break;
	case PREEMPTED:
		status->preempted_us = time_us;
		status->preempted_reason = artificial(reason) ? REASON_NONE : situation_reason(check, reason);
		break;
	case PODS_READY:
		status->pods_ready = true;
		break;
	default:
		break;
	}
}

static void read_requeue_state(struct situation *situation, const struct doc_node *node, struct workload_status *status)
{
	FIELDS_KNOWN(situation->check, node, "requeueState", "count", "requeueAt");
	status->requeue_count = field_count(situation->check, node, "count", 0);
	status->requeue_at_us = case_time_us(situation, node, "requeueAt", -1);
}

void situation_read_reclaimable(struct situation *situation, const struct doc_node *list, struct subject *subject)
{
	struct check *check = situation->check;
	int32_t *counts = ARENA_ARRAY(situation->arena, int32_t, subject->spec.n_pod_sets);
	for (uint32_t i = 0; i < list->count; i++) {
		FIELDS_KNOWN(check, list->items[i], "reclaimablePods", "name", "count");
		name_id name = situation_name(situation, field_text(check, list->items[i], "name", ""));
		for (uint32_t p = 0; p < subject->spec.n_pod_sets; p++)
			if (subject->spec.pod_sets[p].name == name)
				counts[p] = field_count(check, list->items[i], "count", 0);
	}
	subject->status.reclaimable = list->count ? counts : NULL;
}

static void read_admission_checks(struct situation *situation, const struct doc_node *list, struct workload_status *status)
{
	struct check *check = situation->check;
	name_id *ready = ARENA_ARRAY(situation->arena, name_id, list->count);
	status->ready_checks = ready;
	for (uint32_t i = 0; i < list->count; i++) {
		FIELDS_KNOWN(check, list->items[i], "an admission check", "name", "state");
		const char *state = field_text(check, list->items[i], "state", "");
		if (strcmp(state, "Retry") == 0 || strcmp(state, "Rejected") == 0)
			status->checks_pending = true;
		status->checks_unready |= strcmp(state, "Ready") != 0;
		if (strcmp(state, "Ready") == 0)
			ready[status->n_ready_checks++] = situation_name(situation, field_text(check, list->items[i], "name", ""));
		status->checks_listed = true;
	}
}

static void read_unhealthy_nodes(struct situation *situation, const struct doc_node *list, struct workload_status *status)
{
	name_id *names = ARENA_ARRAY(situation->arena, name_id, list->count);
	for (uint32_t i = 0; i < list->count; i++) {
		FIELDS_KNOWN(situation->check, list->items[i], "an unhealthy node", "name");
		names[i] = situation_object_name(situation, list->items[i]);
	}
	status->unhealthy_nodes = names;
	status->n_unhealthy_nodes = list->count;
}

static void read_status(struct situation *situation, const struct doc_node *node, struct subject *subject)
{
	struct check *check = situation->check;
	struct workload_status *status = &subject->status;
	*status = (struct workload_status){.requeue_at_us = -1, .admitted_queue = NONE};
	FIELDS_KNOWN(check, node, "status", "admission", "conditions", "admissionChecks", "reclaimablePods", "requeueState",
	             "preemptionGates", "unhealthyNodes");
	const struct doc_node *conditions = field_list(check, node, "conditions");
	for (uint32_t i = 0; i < conditions->count; i++)
		read_condition(situation, conditions->items[i], status);
	read_requeue_state(situation, field(node, "requeueState"), status);
	read_unhealthy_nodes(situation, field_list(check, node, "unhealthyNodes"), status);
	situation_read_reclaimable(situation, field_list(check, node, "reclaimablePods"), subject);
	read_admission_checks(situation, field_list(check, node, "admissionChecks"), status);
	if (field(node, "admission") && situation->config)
		read_admission(situation, field(node, "admission"), status);
}

/* ---- the workload itself ---- */

/* What Kueue's webhook would refuse counts as 0. */
static void read_boost(struct situation *situation, const struct doc_node *node, struct subject *subject)
{
	int32_t boost = 0;
	if (kueue_parse_boost(node_text(situation->check, node), &boost))
		subject->spec.priority = kueue_effective_priority(situation->gates, subject->spec.priority, boost);
}

name_id situation_read_allowed(struct situation *situation, const char *list)
{
	return situation_name(situation, *list ? list : ","); /* an empty list allows none */
}

static void read_annotations(struct situation *situation, const struct doc_node *map, struct subject *subject)
{
	for (uint32_t i = 0; i < map->count; i++) {
		const char *key = map->pairs[i].key;
		if (strcmp(key, "kueue.x-k8s.io/admission-gated-by") == 0)
			subject->status.gated = true;
		else if (strcmp(key, "kueue.x-k8s.io/priority-boost") == 0)
			read_boost(situation, map->pairs[i].value, subject);
		else if (strcmp(key, "kueue.x-k8s.io/workload-allowed-resource-flavors") == 0)
			subject->spec.allowed_flavors =
			    situation_read_allowed(situation, node_text(situation->check, map->pairs[i].value));
		else if (strcmp(key, GROUP_ANNOTATION) != 0) /* read with the owners */
			check_problem(situation->check, "unknown annotation '%s'", key);
	}
}

static void read_owners(struct situation *situation, const struct doc_node *list, bool is_group, struct workload_spec *spec)
{
	struct check *check = situation->check;
	for (uint32_t i = 0; i < list->count; i++) {
		const char *kind = field_text(check, list->items[i], "kind", "");
		if (strcmp(kind, "Pod") == 0)
			spec->owned_by_pod = list->count == 1 && !is_group;
		else if (strcmp(kind, "Workload") == 0)
			spec->variant_of = situation_name(situation, field_text(check, list->items[i], "uid", ""));
		else
			check_problem(check, "workloads owned by a %s are not implemented yet", kind);
	}
}

/* Labels that name the job are for messages; others would be read by rules that are not modelled. */
static void read_workload_labels(struct check *check, const struct doc_node *map)
{
	for (uint32_t i = 0; i < map->count; i++)
		if (strcmp(map->pairs[i].key, "kueue.x-k8s.io/job-uid") != 0)
			check_problem(check, "unknown label '%s' of a workload", map->pairs[i].key);
}

/* 8.5: a gate without a position in the status is closed. */
static bool read_preemption_gates(struct check *check, const struct doc_node *node)
{
	const struct doc_node *gates = field_list(check, node, "preemptionGates");
	const struct doc_node *states = field_list(check, field(node, "status"), "preemptionGates");
	bool closed = false;
	for (uint32_t i = 0; i < gates->count; i++) {
		const char *name = field_text(check, gates->items[i], "name", ""), *position = "Closed";
		FIELDS_KNOWN(check, gates->items[i], "a preemption gate", "name");
		for (uint32_t s = 0; s < states->count; s++)
			if (strcmp(field_text(check, states->items[s], "name", ""), name) == 0)
				position = field_text(check, states->items[s], "position", "Closed");
		closed |= strcmp(position, "Closed") == 0;
	}
	return closed;
}

void situation_read_workload(struct situation *situation, const struct doc_node *node, struct subject *subject)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a workload", WORKLOAD_FIELDS);
	const char *space = field_text(check, node, "namespace", ""), *name = field_text(check, node, "name", "");
	const struct doc_node *pod_sets = field_list(check, node, "podSets");
	*subject = (struct subject){.key = arena_printf(situation->arena, "%s/%s", space, name), .doc = node};
	subject->spec = (struct workload_spec){
	    .name = situation_name(situation, subject->key),
	    .namespace_name = situation_name(situation, space),
	    .local_queue = NONE,
	    .cluster_queue = NONE,
	    .created_us = case_time_us(situation, node, "creationTime", 0),
	    .priority = field_int(check, node, "priority", 0),
	    .pod_sets = situation_read_pod_sets(situation, pod_sets),
	    .n_pod_sets = pod_sets->count,
	    .max_execution_s = -1,
	};
	read_status(situation, field(node, "status"), subject);
	read_annotations(situation, field_map(check, node, "annotations"), subject);
	read_workload_labels(check, field_map(check, node, "labels"));
	read_owners(situation, field_list(check, node, "ownerReferences"), field(field(node, "annotations"), GROUP_ANNOTATION),
	            &subject->spec);
	subject->spec.preemption_gated = read_preemption_gates(check, node);
	subject->spec.invalid = !situation_valid_workload(situation, node);
	subject->uid = field_text(check, node, "uid", "");
}

/* A workload that nobody queued (an admitted one of a hand-made case) belongs to the queue that admitted it. */
static void find_queue(struct situation *situation, struct subject *subject)
{
	const struct kueue_config *config = situation->config;
	const char *queue = field_text(situation->check, subject->doc, "queue", "");
	uint32_t local = kueue_find_local_queue(config, subject->spec.namespace_name, names_find(situation->names, queue));
	subject->spec.local_queue = local;
	if (local == NONE)
		subject->spec.cluster_queue = subject->status.admitted_queue;
	uint32_t cluster_queue = local == NONE ? subject->spec.cluster_queue : config->local_queues[local].cluster_queue;
	subject->in_no_queue = cluster_queue == NONE && !subject->status.quota_reserved;
}

static int compare_uids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void situation_rank_uids(struct situation *situation)
{
	uint32_t count = situation->subjects.count;
	struct subject *subjects = situation->subjects.items;
	const char **uids = ARENA_ARRAY(situation->arena, const char *, count);
	for (uint32_t i = 0; i < count; i++)
		uids[i] = subjects[i].uid;
	if (count)
		qsort(uids, count, sizeof *uids, compare_uids);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t rank = 0;
		while (strcmp(uids[rank], subjects[i].uid) != 0)
			rank++;
		subjects[i].spec.uid = (struct uid){0, rank};
	}
}

bool situation_read_workloads(struct situation *situation, const struct doc_node *workloads)
{
	for (uint32_t i = 0; i < workloads->count; i++) {
		struct subject *subject = VEC_PUSH(&situation->subjects);
		situation_read_workload(situation, workloads->items[i], subject);
		find_queue(situation, subject);
	}
	situation_rank_uids(situation);
	return !situation->check->failed;
}

/* ---- amounts by flavor and resource ---- */

void situation_announce_amounts(struct situation *situation, const struct doc_node *amounts)
{
	for (uint32_t i = 0; i < amounts->count; i++) {
		const struct doc_node *resources = as_map(situation->check, amounts->pairs[i].value);
		for (uint32_t j = 0; j < resources->count; j++)
			kueue_add_used_pair(situation->builder, situation_name(situation, amounts->pairs[i].key),
			                    situation_name(situation, resources->pairs[j].key));
	}
}

int64_t *situation_read_amounts(struct situation *situation, const struct doc_node *amounts)
{
	int64_t *values = ARENA_ARRAY(situation->arena, int64_t, situation->config->n_frs);
	for (uint32_t i = 0; i < amounts->count; i++) {
		uint32_t flavor = situation_flavor(situation, amounts->pairs[i].key);
		const struct doc_node *resources = as_map(situation->check, amounts->pairs[i].value);
		for (uint32_t j = 0; j < resources->count; j++) {
			uint32_t resource = situation_resource(situation, resources->pairs[j].key);
			if (situation->check->failed)
				return values;
			values[kueue_find_fr(situation->config, flavor, resource)] =
			    node_amount(situation->check, resources->pairs[j].value);
		}
	}
	return values;
}

bool situation_read_with_usage(struct situation *situation, const struct doc_node *test)
{
	const struct doc_node *usage = field_map(situation->check, test, "usage");
	situation_read_objects(situation, test);
	for (uint32_t i = 0; i < usage->count; i++)
		situation_announce_amounts(situation, usage->pairs[i].value);
	return situation_build(situation);
}

void situation_charge_usage(struct situation *situation, struct books *books, const struct doc_node *usage)
{
	for (uint32_t i = 0; i < usage->count; i++) {
		uint32_t queue = situation_cluster_queue(situation, usage->pairs[i].key);
		const int64_t *amounts = situation_read_amounts(situation, usage->pairs[i].value);
		if (situation->check->failed)
			return;
		for (uint32_t fr = 0; fr < situation->config->n_frs; fr++)
			if (amounts[fr] != 0)
				quota_add(&books->quota, queue, fr, amounts[fr]);
	}
}
