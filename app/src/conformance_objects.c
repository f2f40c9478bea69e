/* conformance_objects.c - the objects of conformance/kueue as a situation: flavors, cohorts, queues, gates.
 *
 * Field names and meanings: README.md beside the cases. Every decoder lists the fields that it understands. What another
 * issue will model (admission checks, topologies) is a problem of the case, never ignored. */
#include <string.h>

#include "base/quantity.h"
#include "conformance_situation.h"

#define NOWHERE ((struct diag_place){0})

/* Kueue's gates outside KUEUE_GATE_LIST with their defaults at the commit of the cases. A case may set one to its default;
 * to set one otherwise asks for something that is not modelled. UnadmittedWorkloadsObservability is handled apart. */
static const char *const gates_on[] = {
    "AdmissionGatedBy",
    "AssignQueueLabelsForPods",
    "CleanupProvisioningRequestsOnEviction",
    "DeferRayServiceFinalizationForRedisCleanup",
    "FinishOrphanedWorkloads",
    "KueueDRAIntegration",
    "KueueDRAIntegrationExtendedResource",
    "KueueDRAIntegrationPartitionableDevices",
    "KueueDRARejectWorkloadsWhenDRADisabled",
    "LWSImmutableGroupSize",
    "LocalQueueMetrics",
    "ManagedJobsNamespaceSelectorAlwaysRespected",
    "MetricForWorkloadCreationLatency",
    "MetricsForCohorts",
    "MultiKueue",
    "MultiKueueAdaptersForCustomJobs",
    "MultiKueueIncrementalDispatcherConfig",
    "MultiKueueIncrementalDispatcherRespectConfigOrder",
    "MultiKueueKubeConfigPathValidation",
    "MultiKueueRemoteSpecSync",
    "PodIntegrationValidateGroupOwner",
    "RemoveFinalizersWithStrictPatch",
    "SkipAncestorCheckForDeletedWorkloads",
    "TASAssignmentsEncodingByHostnamePrefix",
    "TASCacheNodeMatchResults",
    "TASCacheTopologyTree",
    "TASCachingRemainingResources",
    "TASFailedNodeReplacement",
    "TASMultiLayerTopology",
    "TASReplaceNodeOnNodeTaints",
    "TASReplaceNodeOnPodTermination",
    "TASValidateWorkloadSliceSize",
    "TLSOptions",
    "ValidateRayAndSparkJobUpdates",
    "VisibilityOnDemand",
    "WorkloadIdentifierAnnotations",
    "WorkloadPriorityClassDefaulting",
    "WorkloadValidateResourcesAreNonNegative",
    "WorkloadValidationForPodSetMetadata",
    NULL,
};
static const char *const gates_off[] = {
    "CustomMetricLabels",
    "DisableWaitForPodsReady",
    "FailureRecoveryPolicy",
    "FastQuotaReleaseInPodIntegration",
    "KueueDRAIntegrationConsumableCapacity",
    "MultiKueueClusterProfile",
    "MultiKueueManagerQuotaAutomation",
    "RejectUpdatesToCQWithInvalidOnFlavors",
    "ShortWorkloadNames",
    "SparkApplicationIntegration",
    "TASReplaceNodeDueToNotReadyOverFixedTime",
    "UnadmittedWorkloadsExplicitStatus",
    NULL,
};

/* Gates that may have either value: by the cases' README they must not matter in a pass, or (SchedulerLibraryIntegration)
 * they put kube-scheduler's own filters in place of TAS-7, which agree with it on all that a case describes. */
static const char *const gates_either[] = {
    "SchedulerLibraryIntegration",
    "VectorizedResourceRequests",
    "WorkloadRequestUseMergePatch",
    NULL,
};

static bool listed(const char *const *list, const char *text)
{
	while (*list && strcmp(*list, text) != 0)
		list++;
	return *list;
}

static void read_gate(struct situation *situation, const char *name, bool on)
{
	static const char *const modelled[] = {
#define X(gate) #gate,
	    KUEUE_GATE_LIST(X)
#undef X
	        NULL};
	if (strcmp(name, "UnadmittedWorkloadsObservability") == 0) {
		situation->explain_pending = on;
		return;
	}
	for (uint32_t i = 0; modelled[i]; i++) {
		if (strcmp(name, modelled[i]) == 0) {
			gate_set bit = (gate_set)1 << i;
			situation->gates = on ? situation->gates | bit : situation->gates & ~bit;
			return;
		}
	}
	/* Without topologies in the case nothing depends on these, whatever their value. */
	if (strncmp(name, "TAS", 3) == 0)
		return;
	if (!listed(gates_either, name) && !listed(on ? gates_on : gates_off, name))
		check_problem(situation->check, "gate %s set to %s is not modelled", name, on ? "true" : "false");
}

void situation_set_gates(struct situation *situation, const struct doc_node *gates)
{
	for (uint32_t i = 0; i < gates->count; i++)
		read_gate(situation, gates->pairs[i].key, field_bool(situation->check, gates, gates->pairs[i].key, false));
}

const struct key_value *situation_read_labels(struct situation *situation, const struct doc_node *map, uint32_t *ret_count)
{
	struct key_value *labels = ARENA_ARRAY(situation->arena, struct key_value, map->count);
	for (uint32_t i = 0; i < map->count; i++)
		labels[i] = (struct key_value){situation_name(situation, map->pairs[i].key),
		                               situation_name(situation, node_text(situation->check, map->pairs[i].value))};
	*ret_count = map->count;
	return labels;
}

const struct taint *situation_read_taints(struct situation *situation, const struct doc_node *list, uint32_t *ret_count)
{
	struct check *check = situation->check;
	struct taint *taints = ARENA_ARRAY(situation->arena, struct taint, list->count);
	for (uint32_t i = 0; i < list->count; i++) {
		const struct doc_node *node = list->items[i];
		FIELDS_KNOWN(check, node, "a taint", "key", "value", "effect");
		taints[i] = (struct taint){situation_name(situation, field_text(check, node, "key", "")),
		                           situation_name(situation, field_text(check, node, "value", "")),
		                           situation_name(situation, field_text(check, node, "effect", ""))};
	}
	*ret_count = list->count;
	return taints;
}

const struct toleration *situation_read_tolerations(struct situation *situation, const struct doc_node *list,
                                                    uint32_t *ret_count)
{
	static const char *const operators[] = {"Equal", "Exists", NULL};
	struct check *check = situation->check;
	struct toleration *tolerations = ARENA_ARRAY(situation->arena, struct toleration, list->count);
	for (uint32_t i = 0; i < list->count; i++) {
		const struct doc_node *node = list->items[i];
		FIELDS_KNOWN(check, node, "a toleration", "key", "value", "effect", "operator");
		tolerations[i] = (struct toleration){
		    .key = situation_name(situation, field_text(check, node, "key", "")),
		    .value = situation_name(situation, field_text(check, node, "value", "")),
		    .effect = situation_name(situation, field_text(check, node, "effect", "")),
		    .exists = choice(check, "toleration operator", field_text(check, node, "operator", "Equal"), operators) == 1,
		};
	}
	*ret_count = list->count;
	return tolerations;
}

static struct selector_requirement read_requirement(struct situation *situation, const struct doc_node *node)
{
	static const char *const operators[] = {
	    [SELECTOR_IN] = "In",
	    [SELECTOR_NOT_IN] = "NotIn",
	    [SELECTOR_EXISTS] = "Exists",
	    [SELECTOR_DOES_NOT_EXIST] = "DoesNotExist",
	    [SELECTOR_GT] = "Gt",
	    [SELECTOR_LT] = "Lt",
	    NULL,
	};
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a match expression", "key", "operator", "values");
	const struct doc_node *list = field_list(check, node, "values");
	name_id *values = ARENA_ARRAY(situation->arena, name_id, list->count);
	for (uint32_t i = 0; i < list->count; i++)
		values[i] = situation_name(situation, node_text(check, list->items[i]));
	return (struct selector_requirement){
	    .key = situation_name(situation, field_text(check, node, "key", "")),
	    .op = (enum selector_operator)choice(check, "operator", field_text(check, node, "operator", ""), operators),
	    .values = values,
	    .n_values = list->count,
	};
}

const struct selector_requirement *situation_read_expressions(struct situation *situation, const struct doc_node *labels,
                                                              const struct doc_node *expressions, uint32_t *ret_count)
{
	uint32_t n_labels = labels ? labels->count : 0, n_expressions = expressions ? expressions->count : 0;
	uint32_t count = n_labels + n_expressions;
	struct selector_requirement *requirements = ARENA_ARRAY(situation->arena, struct selector_requirement, count);
	for (uint32_t i = 0; i < n_labels; i++) {
		name_id *value = ARENA_NEW(situation->arena, name_id);
		*value = situation_name(situation, node_text(situation->check, labels->pairs[i].value));
		requirements[i] =
		    (struct selector_requirement){situation_name(situation, labels->pairs[i].key), SELECTOR_IN, value, 1};
	}
	for (uint32_t i = 0; i < n_expressions; i++)
		requirements[n_labels + i] = read_requirement(situation, expressions->items[i]);
	*ret_count = count;
	return requirements;
}

static struct namespace_selector read_selector(struct situation *situation, const struct doc_node *node)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a namespace selector", "matchLabels", "matchExpressions");
	struct namespace_selector selector = {.set = node};
	selector.requirements =
	    situation_read_expressions(situation, field_map(check, node, "matchLabels"),
	                               field_list(check, node, "matchExpressions"), &selector.n_requirements);
	return selector;
}

static void read_flavor(struct situation *situation, const struct doc_node *node)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a flavor", "name", "nodeLabels", "nodeTaints", "tolerations", "topologyName");
	struct resource_flavor flavor = {
	    .name = situation_object_name(situation, node),
	    .topology = situation_name(situation, field_text(check, node, "topologyName", "")),
	};
	flavor.node_labels = situation_read_labels(situation, field_map(check, node, "nodeLabels"), &flavor.n_node_labels);
	flavor.node_taints = situation_read_taints(situation, field_list(check, node, "nodeTaints"), &flavor.n_node_taints);
	flavor.tolerations =
	    situation_read_tolerations(situation, field_list(check, node, "tolerations"), &flavor.n_tolerations);
	kueue_add_flavor(situation->builder, &flavor, NOWHERE);
}

static struct named_quota read_quota(struct situation *situation, const struct doc_node *node)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a quota", "name", "nominalQuota", "borrowingLimit", "lendingLimit");
	const char *resource = field_text(check, node, "name", "");
	return (struct named_quota){
	    .resource = situation_name(situation, resource),
	    .quota = {.nominal = field_quantity(check, node, "nominalQuota", resource, 0),
	              .borrowing_limit = field_quantity(check, node, "borrowingLimit", resource, LIMIT_UNSET),
	              .lending_limit = field_quantity(check, node, "lendingLimit", resource, LIMIT_UNSET)},
	};
}

static struct named_flavor_quotas read_flavor_quotas(struct situation *situation, const struct doc_node *node)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a flavor of a resource group", "name", "resources");
	const struct doc_node *list = field_list(check, node, "resources");
	struct named_quota *quotas = ARENA_ARRAY(situation->arena, struct named_quota, list->count);
	for (uint32_t i = 0; i < list->count; i++)
		quotas[i] = read_quota(situation, list->items[i]);
	return (struct named_flavor_quotas){situation_object_name(situation, node), quotas, list->count, NOWHERE};
}

static struct named_group read_group(struct situation *situation, const struct doc_node *node)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a resource group", "coveredResources", "flavors");
	const struct doc_node *covered = field_list(check, node, "coveredResources");
	const struct doc_node *list = field_list(check, node, "flavors");
	name_id *names = ARENA_ARRAY(situation->arena, name_id, covered->count);
	for (uint32_t i = 0; i < covered->count; i++)
		names[i] = situation_name(situation, node_text(check, covered->items[i]));
	struct named_flavor_quotas *flavors = ARENA_ARRAY(situation->arena, struct named_flavor_quotas, list->count);
	for (uint32_t i = 0; i < list->count; i++)
		flavors[i] = read_flavor_quotas(situation, list->items[i]);
	return (struct named_group){names, covered->count, flavors, list->count};
}

static const struct named_group *read_groups(struct situation *situation, const struct doc_node *node, uint32_t *ret_count)
{
	const struct doc_node *list = field_list(situation->check, node, "resourceGroups");
	struct named_group *groups = ARENA_ARRAY(situation->arena, struct named_group, list->count);
	for (uint32_t i = 0; i < list->count; i++)
		groups[i] = read_group(situation, list->items[i]);
	*ret_count = list->count;
	return groups;
}

static double read_weight(struct check *check, const struct doc_node *node)
{
	const struct doc_node *sharing = field(node, "fairSharing");
	FIELDS_KNOWN(check, sharing, "fairSharing", "weight");
	return situation_weight(check, field_text(check, sharing, "weight", "1"));
}

static void read_cohort(struct situation *situation, const struct doc_node *node)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a cohort", "name", "parent", "resourceGroups", "fairSharing");
	uint32_t n_groups;
	const struct named_group *groups = read_groups(situation, node, &n_groups);
	struct cohort cohort = {
	    .name = situation_object_name(situation, node),
	    .fair_weight = read_weight(check, node),
	};
	kueue_add_cohort(situation->builder, &cohort, situation_name(situation, field_text(check, node, "parent", "")), groups,
	                 n_groups, NOWHERE);
}

void situation_read_fungibility(struct check *check, const struct doc_node *node, struct cluster_queue *queue)
{
	FIELDS_KNOWN(check, node, "flavorFungibility", "whenCanBorrow", "whenCanPreempt", "preference");
	queue->when_can_borrow = situation_step(check, field_text(check, node, "whenCanBorrow", "MayStopSearch"));
	queue->when_can_preempt = situation_step(check, field_text(check, node, "whenCanPreempt", "TryNextFlavor"));
	queue->preference = situation_preference(check, field_text(check, node, "preference", "BorrowingOverPreemption"));
}

static void read_preemption(struct check *check, const struct doc_node *node, struct cluster_queue *queue)
{
	FIELDS_KNOWN(check, node, "preemption", "withinClusterQueue", "reclaimWithinCohort", "borrowWithinCohort");
	const struct doc_node *borrow = field(node, "borrowWithinCohort");
	FIELDS_KNOWN(check, borrow, "borrowWithinCohort", "policy", "maxPriorityThreshold");
	queue->within_cluster_queue = situation_policy(check, field_text(check, node, "withinClusterQueue", ""));
	queue->reclaim_within_cohort = situation_policy(check, field_text(check, node, "reclaimWithinCohort", ""));
	if (node && !field(node, "reclaimWithinCohort"))
		queue->reclaim_within_cohort = PREEMPT_UNSET;
	queue->borrow_within_cohort = situation_policy(check, field_text(check, borrow, "policy", ""));
	queue->max_priority_threshold = field_int(check, borrow, "maxPriorityThreshold", NO_PRIORITY_THRESHOLD);
}

static enum stop_policy read_stop_policy(struct check *check, const struct doc_node *node)
{
	static const char *const policies[] = {
	    [STOP_NONE] = "None", [STOP_HOLD] = "Hold", [STOP_HOLD_AND_DRAIN] = "HoldAndDrain", NULL};
	return (enum stop_policy)choice(check, "stopPolicy", field_text(check, node, "stopPolicy", "None"), policies);
}

static void read_checks(struct situation *situation, const struct doc_node *strategy, struct cluster_queue *queue)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, strategy, "admissionChecksStrategy", "admissionChecks");
	const struct doc_node *list = field_list(check, strategy, "admissionChecks");
	struct queue_check *checks = ARENA_ARRAY(situation->arena, struct queue_check, list->count);
	for (uint32_t i = 0; i < list->count; i++) {
		FIELDS_KNOWN(check, list->items[i], "a check of a ClusterQueue", "name", "onFlavors");
		const struct doc_node *flavors = field_list(check, list->items[i], "onFlavors");
		name_id *names = ARENA_ARRAY(situation->arena, name_id, flavors->count);
		for (uint32_t f = 0; f < flavors->count; f++)
			names[f] = situation_name(situation, node_text(check, flavors->items[f]));
		checks[i].name = situation_object_name(situation, list->items[i]);
		checks[i].flavors = names;
		checks[i].n_flavors = flavors->count;
	}
	queue->checks = checks;
	queue->n_checks = list->count;
}

static bool read_admission_mode(struct check *check, const struct doc_node *node)
{
	static const char *const modes[] = {"NoAdmissionFairSharing", "UsageBasedAdmissionFairSharing", NULL};
	FIELDS_KNOWN(check, node, "admissionScope", "admissionMode");
	return choice(check, "admission mode", field_text(check, node, "admissionMode", modes[0]), modes) == 1;
}

static name_id read_last_acceptable(struct situation *situation, const struct doc_node *policy)
{
	struct check *check = situation->check;
	const struct doc_node *migration = field(policy, "migration"), *constraints = field(migration, "constraints");
	FIELDS_KNOWN(check, policy, "concurrentAdmissionPolicy", "migration");
	FIELDS_KNOWN(check, migration, "migration", "mode", "constraints");
	FIELDS_KNOWN(check, constraints, "constraints", "lastAcceptableFlavorName");
	return situation_name(situation, field_text(check, constraints, "lastAcceptableFlavorName", ""));
}

static void read_check(struct situation *situation, const struct doc_node *node)
{
	FIELDS_KNOWN(situation->check, node, "an admission check", "name", "controllerName", "active");
	kueue_add_admission_check(situation->builder, situation_object_name(situation, node),
	                          kueue_check_controller(field_text(situation->check, node, "controllerName", "")),
	                          field_bool(situation->check, node, "active", true), NOWHERE);
}

/* labels and annotations of a ClusterQueue decide nothing; "active" is the verdict of a case of queue-heads. */
static void read_cluster_queue(struct situation *situation, const struct doc_node *node)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a ClusterQueue", "name", "cohort", "labels", "annotations", "resourceGroups",
	             "queueingStrategy", "namespaceSelector", "preemption", "flavorFungibility", "fairSharing", "stopPolicy",
	             "active", "concurrentAdmissionPolicy", "admissionChecksStrategy", "admissionScope");
	struct cluster_queue queue = kueue_cluster_queue_defaults(situation_object_name(situation, node));
	queue.strategy = situation_strategy(check, field_text(check, node, "queueingStrategy", "BestEffortFIFO"));
	queue.namespace_selector = read_selector(situation, field(node, "namespaceSelector"));
	read_preemption(check, field(node, "preemption"), &queue);
	situation_read_fungibility(check, field(node, "flavorFungibility"), &queue);
	queue.fair_weight = read_weight(check, node);
	queue.usage_based = read_admission_mode(check, field(node, "admissionScope"));
	queue.stop_policy = read_stop_policy(check, node);
	queue.last_acceptable_flavor = read_last_acceptable(situation, field(node, "concurrentAdmissionPolicy"));
	queue.inactive = !field_bool(check, node, "active", true);
	read_checks(situation, field(node, "admissionChecksStrategy"), &queue);
	uint32_t n_groups;
	const struct named_group *groups = read_groups(situation, node, &n_groups);
	kueue_add_cluster_queue(situation->builder, &queue, situation_name(situation, field_text(check, node, "cohort", "")),
	                        groups, n_groups, NOWHERE);
}

static void read_local_queue(struct situation *situation, const struct doc_node *node)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a LocalQueue", "name", "namespace", "clusterQueue", "fairSharing", "stopPolicy");
	struct local_queue queue = {
	    .name = situation_object_name(situation, node),
	    .namespace_name = situation_name(situation, field_text(check, node, "namespace", "")),
	    .stop_policy = read_stop_policy(check, node),
	    .fair_weight = read_weight(check, node),
	};
	const char *key = arena_printf(situation->arena, "%s/%s", field_text(check, node, "namespace", ""),
	                               field_text(check, node, "name", ""));
	if (strcmp(key, situation->deleted_local_queue) == 0)
		queue.fair_weight = 1; /* what counts for a queue that is not found (AFS-5) */
	kueue_add_local_queue(situation->builder, &queue, situation_name(situation, field_text(check, node, "clusterQueue", "")),
	                      NOWHERE);
}

static void read_namespace(struct situation *situation, const struct doc_node *node)
{
	FIELDS_KNOWN(situation->check, node, "a namespace", "name", "labels");
	struct kube_namespace space = {.name = situation_name(situation, field_text(situation->check, node, "name", ""))};
	space.labels = situation_read_labels(situation, field_map(situation->check, node, "labels"), &space.n_labels);
	kueue_add_namespace(situation->builder, &space, NOWHERE);
}

/* A case without namespaces means that they exist, without labels. */
static void imply_namespaces(struct situation *situation, const struct doc_node *test)
{
	const struct doc_node *workloads = field_list(situation->check, test, "workloads");
	struct {
		VEC_FIELDS(name_id);
	} seen = {0};
	for (uint32_t i = 0; i < workloads->count; i++) {
		name_id name = situation_name(situation, field_text(situation->check, workloads->items[i], "namespace", ""));
		uint32_t at = 0;
		while (at < seen.count && seen.items[at] != name)
			at++;
		if (at == seen.count) {
			*VEC_PUSH(&seen) = name;
			kueue_add_namespace(situation->builder, &(struct kube_namespace){.name = name}, NOWHERE);
		}
	}
	VEC_FREE(&seen);
}

static void read_fair_sharing(struct situation *situation, const struct doc_node *node)
{
	FIELDS_KNOWN(situation->check, node, "fairSharing", "enabled", "strategies", "strategiesDefaulted");
	situation->controller.fair_sharing = field_bool(situation->check, node, "enabled", false);
	if (field(node, "strategies"))
		situation_read_strategies(situation, field(node, "strategies"));
}

/* Configuration's resources (WL-2). */
static struct resource_transformation read_transformation(struct situation *situation, const struct doc_node *node)
{
	static const char *const strategies[] = {"Retain", "Replace", NULL};
	const int128 nano = 1000000000;
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a transformation", "input", "strategy", "outputs", "multiplyBy");
	const struct doc_node *map = field_map(check, node, "outputs");
	struct resource_output *outputs = ARENA_ARRAY(situation->arena, struct resource_output, map->count);
	for (uint32_t i = 0; i < map->count; i++) {
		struct error error;
		int128 factor = 0;
		if (!quantity_parse_nano(node_text(check, map->pairs[i].value), &factor, &error))
			check_problem(check, "%s", error.text);
		outputs[i].resource = situation_name(situation, map->pairs[i].key);
		outputs[i].nano = (int64_t)((factor % nano + nano) % nano);
		outputs[i].whole = (int64_t)((factor - outputs[i].nano) / nano);
	}
	return (struct resource_transformation){
	    .input = situation_name(situation, field_text(check, node, "input", "")),
	    .multiply_by = situation_name(situation, field_text(check, node, "multiplyBy", "")),
	    .replace = choice(check, "strategy", field_text(check, node, "strategy", "Retain"), strategies) == 1,
	    .outputs = outputs,
	    .n_outputs = map->count,
	};
}

static void read_charging(struct situation *situation, const struct doc_node *test)
{
	const struct doc_node *list = field_list(situation->check, test, "resourceTransformations");
	const struct doc_node *prefixes = field_list(situation->check, test, "excludedResourcePrefixes");
	struct resource_transformation *rows = ARENA_ARRAY(situation->arena, struct resource_transformation, list->count);
	name_id *excluded = ARENA_ARRAY(situation->arena, name_id, prefixes->count);
	for (uint32_t i = 0; i < list->count; i++)
		rows[i] = read_transformation(situation, list->items[i]);
	for (uint32_t i = 0; i < prefixes->count; i++)
		excluded[i] = situation_name(situation, node_text(situation->check, prefixes->items[i]));
	situation->controller.transformations = rows;
	situation->controller.n_transformations = list->count;
	situation->controller.excluded_prefixes = excluded;
	situation->controller.n_excluded_prefixes = prefixes->count;
}

static void read_each(struct situation *situation, const struct doc_node *test, const char *name,
                      void (*read)(struct situation *, const struct doc_node *))
{
	const struct doc_node *list = field_list(situation->check, test, name);
	for (uint32_t i = 0; i < list->count; i++)
		read(situation, list->items[i]);
}

bool situation_read_objects(struct situation *situation, const struct doc_node *test)
{
	static const char *const timestamps[] = {[REQUEUING_EVICTION] = "Eviction", [REQUEUING_CREATION] = "Creation", NULL};
	struct check *check = situation->check;
	situation_read_gates(situation, test);
	situation_read_places(situation, test);
	situation->deleted_local_queue = field_text(check, test, "deletedLocalQueue", "");
	read_each(situation, test, "flavors", read_flavor);
	read_each(situation, test, "cohorts", read_cohort);
	read_each(situation, test, "clusterQueues", read_cluster_queue);
	read_each(situation, test, "admissionChecks", read_check);
	read_each(situation, test, "localQueues", read_local_queue);
	if (field(test, "namespaces"))
		read_each(situation, test, "namespaces", read_namespace);
	else
		imply_namespaces(situation, test);
	read_fair_sharing(situation, field(test, "fairSharing"));
	situation_read_usage_config(situation, field(test, "admissionFairSharing"));
	read_charging(situation, test);
	situation->controller.requeuing_timestamp =
	    (enum requeuing_timestamp)choice(check, "podsReadyRequeuingTimestamp",
	                                     field_text(check, test, "podsReadyRequeuingTimestamp", "Eviction"), timestamps);
	return !check->failed;
}
