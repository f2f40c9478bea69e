/* configuration.c - the configuration of Kueue's controller, on its own or in the ConfigMap that carries it
 * (kueue-semantics 1.9, 10.2, 10.3). */
#include <string.h>

#include "kube.h"

/* What a feature gate means to us. */
enum gate_meaning {
	GATE_MODELLED,   /* a bit of the gate vector */
	GATE_HARMLESS,   /* changes no decision, or only those about objects that are refused where they are used */
	GATE_MUST_BE_ON, /* the other setting changes decisions and is not simulated */
	GATE_MUST_BE_OFF,
	GATE_DISABLES_PODS_READY,
	GATE_DEFAULT_CLASS,
};

struct gate {
	const char *name;
	enum gate_meaning meaning;
	enum kueue_gate bit;
};

static const struct gate gates[] = {
#define X(name) {#name, GATE_MODELLED, GATE_##name},
    KUEUE_GATE_LIST(X)
#undef X
        {"DisableWaitForPodsReady", GATE_DISABLES_PODS_READY, 0},
    {"WorkloadPriorityClassDefaulting", GATE_DEFAULT_CLASS, 0},
    {"VectorizedResourceRequests", GATE_MUST_BE_ON, 0},
    {"HierarchicalCohorts", GATE_MUST_BE_ON, 0},
    {"FailureRecoveryPolicy", GATE_MUST_BE_OFF, 0},
    {"FastQuotaReleaseInPodIntegration", GATE_MUST_BE_OFF, 0},
    {"SchedulerLongRequeueInterval", GATE_MUST_BE_OFF, 0},
    {"SchedulerTimestampPreemptionBuffer", GATE_MUST_BE_OFF, 0},
    /* the features behind these are refused where an object uses them */
    {"AdmissionGatedBy", GATE_HARMLESS, 0},
    {"CleanupProvisioningRequestsOnEviction", GATE_HARMLESS, 0},
    {"KueueDRAIntegration", GATE_HARMLESS, 0},
    {"KueueDRAIntegrationConsumableCapacity", GATE_HARMLESS, 0},
    {"KueueDRAIntegrationExtendedResource", GATE_HARMLESS, 0},
    {"KueueDRAIntegrationPartitionableDevices", GATE_HARMLESS, 0},
    {"KueueDRARejectWorkloadsWhenDRADisabled", GATE_HARMLESS, 0},
    {"MultiKueue", GATE_HARMLESS, 0},
    {"MultiKueueAdaptersForCustomJobs", GATE_HARMLESS, 0},
    {"MultiKueueClusterProfile", GATE_HARMLESS, 0},
    {"MultiKueueIncrementalDispatcherConfig", GATE_HARMLESS, 0},
    {"MultiKueueIncrementalDispatcherRespectConfigOrder", GATE_HARMLESS, 0},
    {"MultiKueueKubeConfigPathValidation", GATE_HARMLESS, 0},
    {"MultiKueueManagerQuotaAutomation", GATE_HARMLESS, 0},
    {"MultiKueueRemoteSpecSync", GATE_HARMLESS, 0},
    {"SchedulerLibraryIntegration", GATE_HARMLESS, 0},
    {"TASAssignmentsEncodingByHostnamePrefix", GATE_HARMLESS, 0},
    {"TASCacheNodeMatchResults", GATE_HARMLESS, 0},
    {"TASCacheTopologyTree", GATE_HARMLESS, 0},
    {"TASCachingRemainingResources", GATE_HARMLESS, 0},
    {"TASFailedNodeReplacement", GATE_HARMLESS, 0},
    {"TASMultiLayerTopology", GATE_HARMLESS, 0},
    {"TASReplaceNodeDueToNotReadyOverFixedTime", GATE_HARMLESS, 0},
    {"TASReplaceNodeOnNodeTaints", GATE_HARMLESS, 0},
    {"TASReplaceNodeOnPodTermination", GATE_HARMLESS, 0},
    {"TASValidateWorkloadSliceSize", GATE_HARMLESS, 0},
    /* caching, encoding, metrics, validation, integrations */
    {"AssignQueueLabelsForPods", GATE_HARMLESS, 0},
    {"CustomMetricLabels", GATE_HARMLESS, 0},
    {"DeferRayServiceFinalizationForRedisCleanup", GATE_HARMLESS, 0},
    {"FinishOrphanedWorkloads", GATE_HARMLESS, 0},
    {"LWSImmutableGroupSize", GATE_HARMLESS, 0},
    {"LocalQueueMetrics", GATE_HARMLESS, 0},
    {"ManagedJobsNamespaceSelectorAlwaysRespected", GATE_HARMLESS, 0},
    {"MetricForWorkloadCreationLatency", GATE_HARMLESS, 0},
    {"MetricsForCohorts", GATE_HARMLESS, 0},
    {"PodIntegrationValidateGroupOwner", GATE_HARMLESS, 0},
    {"RejectUpdatesToCQWithInvalidOnFlavors", GATE_HARMLESS, 0},
    {"RemoveFinalizersWithStrictPatch", GATE_HARMLESS, 0},
    {"ShortWorkloadNames", GATE_HARMLESS, 0},
    {"SkipAncestorCheckForDeletedWorkloads", GATE_HARMLESS, 0},
    {"SparkApplicationIntegration", GATE_HARMLESS, 0},
    {"TLSOptions", GATE_HARMLESS, 0},
    {"UnadmittedWorkloadsExplicitStatus", GATE_HARMLESS, 0},
    {"UnadmittedWorkloadsObservability", GATE_HARMLESS, 0},
    {"ValidateRayAndSparkJobUpdates", GATE_HARMLESS, 0},
    {"VisibilityOnDemand", GATE_HARMLESS, 0},
    {"WorkloadIdentifierAnnotations", GATE_HARMLESS, 0},
    {"WorkloadRequestUseMergePatch", GATE_HARMLESS, 0},
    {"WorkloadValidateResourcesAreNonNegative", GATE_HARMLESS, 0},
    {"WorkloadValidationForPodSetMetadata", GATE_HARMLESS, 0},
};

static void warn_gate(struct kube_decoder *decoder, const struct doc_pair *pair)
{
	const char *candidates[ARRAY_COUNT(gates)];
	for (size_t i = 0; i < ARRAY_COUNT(gates); i++)
		candidates[i] = gates[i].name;
	const char *nearest = diag_nearest(pair->key, candidates, ARRAY_COUNT(gates));
	const char *suggestion = nearest ? arena_printf(decoder->arena, "did you mean '%s'?", nearest) : NULL;
	struct doc_node at = {.place = pair->place};
	kube_warn(decoder, &at, suggestion, "unknown feature gate %.100s", pair->key);
}

static void apply_gate(struct kube_decoder *decoder, const struct gate *gate, bool on, const struct doc_node *node)
{
	gate_set bit = UINT64_C(1) << gate->bit;
	switch (gate->meaning) {
	case GATE_MODELLED:
		decoder->options.gates = on ? decoder->options.gates | bit : decoder->options.gates & ~bit;
		break;
	case GATE_DISABLES_PODS_READY:
		if (on)
			decoder->controller.wait_for_pods_ready = false;
		break;
	case GATE_DEFAULT_CLASS:
		decoder->options.default_class = on;
		break;
	case GATE_MUST_BE_ON:
	case GATE_MUST_BE_OFF:
		if (on != (gate->meaning == GATE_MUST_BE_ON))
			kube_unmodelled(decoder, node, arena_printf(decoder->arena, "featureGates.%s: %s", gate->name, node->text));
		break;
	case GATE_HARMLESS:
		break;
	}
}

static void read_gate(struct kube_decoder *decoder, const struct doc_node *mapping, const struct doc_pair *pair)
{
	bool on;
	size_t i = 0;
	while (i < ARRAY_COUNT(gates) && strcmp(gates[i].name, pair->key) != 0)
		i++;
	if (i == ARRAY_COUNT(gates))
		warn_gate(decoder, pair);
	else if (read_bool(decoder, mapping, pair->key, &on))
		apply_gate(decoder, &gates[i], on, pair->value);
}

static void read_gates(struct kube_decoder *decoder)
{
	const struct doc_node *mapping = read_mapping(decoder, decoder->object.root, "featureGates");
	for (uint32_t i = 0; mapping && i < mapping->count; i++)
		read_gate(decoder, mapping, &mapping->pairs[i]);
	if (!gate_on(decoder->options.gates, GATE_FlavorFungibility)) /* its dependent */
		decoder->options.gates &= ~(UINT64_C(1) << GATE_FlavorFungibilityPreserveScanProgress);
}

static void read_requeuing(struct kube_decoder *decoder, const struct doc_node *pods_ready)
{
	static const char *const timestamps[] = {"Eviction", "Creation", NULL};
	const struct doc_node *strategy = read_mapping(decoder, pods_ready, "requeuingStrategy");
	struct controller_config *controller = &decoder->controller;
	int word;
	if (read_word(decoder, strategy, "timestamp", timestamps, &word))
		controller->requeuing_timestamp = word ? REQUEUING_CREATION : REQUEUING_EVICTION;
	(void)read_int(decoder, strategy, "backoffBaseSeconds", 0, INT32_MAX, &controller->backoff_base_s);
	(void)read_int(decoder, strategy, "backoffMaxSeconds", 0, INT32_MAX, &controller->backoff_max_s);
	(void)read_int(decoder, strategy, "backoffLimitCount", 0, INT32_MAX, &controller->backoff_limit_count);
}

/* On by default in v1beta2. In v1beta1 off unless enabled; it then blocks admission unless told not to, waits 5 minutes,
 * and waits for recovery only if told how long. */
static void read_pods_ready(struct kube_decoder *decoder)
{
	const struct doc_node *node = read_mapping(decoder, decoder->object.root, "waitForPodsReady");
	struct controller_config *controller = &decoder->controller;
	bool old = decoder->object.version == BETA1;
	int64_t timeout_us = 0;
	if (old) {
		bool enabled = false;
		(void)read_bool(decoder, node, "enable", &enabled);
		controller->wait_for_pods_ready = controller->block_admission = enabled;
		controller->pods_ready_timeout_us = 300 * US_PER_S;
	}
	if (read_duration(decoder, node, "timeout", &timeout_us) && timeout_us > 0)
		controller->pods_ready_timeout_us = timeout_us;
	controller->recovery_timeout_us = old ? 0 : controller->pods_ready_timeout_us;
	(void)read_duration(decoder, node, "recoveryTimeout", &controller->recovery_timeout_us);
	(void)read_bool(decoder, node, "blockAdmission", &controller->block_admission);
	if (!controller->wait_for_pods_ready)
		controller->block_admission = false;
	read_requeuing(decoder, node);
}

/* ---- fair sharing (PR-17, 9.1) ---- */

/* One of the three lists that Kueue takes; v1beta1 has a default. */
static void read_fair_strategies(struct kube_decoder *decoder, const struct doc_node *node)
{
	static const char *const names[] = {"LessThanOrEqualToFinalShare", "LessThanInitialShare"};
	const struct doc_node *list = read_sequence(decoder, node, "preemptionStrategies");
	struct controller_config *controller = &decoder->controller;
	uint32_t count = list ? list->count : 0;
	bool fine = count <= ARRAY_COUNT(names) && (count > 0 || decoder->object.version == BETA1);
	for (uint32_t i = 0; i < count && fine; i++) {
		const struct doc_node *item = list->items[i];
		bool second = item->kind == DOC_SCALAR && strcmp(item->text, names[1]) == 0;
		fine = second ? i + 1 == count : i == 0 && item->kind == DOC_SCALAR && strcmp(item->text, names[0]) == 0;
		controller->fair_strategies[i] = second ? FAIR_LESS_THAN_INITIAL_SHARE : FAIR_LESS_THAN_OR_EQUAL_TO_FINAL_SHARE;
	}
	if (count > 0)
		controller->n_fair_strategies = MIN(count, (uint32_t)ARRAY_COUNT(names));
	if (!fine)
		kube_error(decoder, list ? list : node, NULL, "fairSharing.preemptionStrategies: must be [%s], [%s] or [%s, %s]",
		           names[0], names[1], names[0], names[1]);
}

/* Present means on, but for v1beta1's `enable: false`. */
static void read_fair_sharing(struct kube_decoder *decoder)
{
	const struct doc_node *node = read_mapping(decoder, decoder->object.root, "fairSharing");
	bool enabled = node && decoder->object.version != BETA1;
	if (decoder->object.version == BETA1)
		(void)read_bool(decoder, node, "enable", &enabled);
	decoder->controller.fair_sharing = enabled;
	if (enabled)
		read_fair_strategies(decoder, node);
}

static void read_usage_weights(struct kube_decoder *decoder, const struct doc_node *node)
{
	const struct doc_node *map = read_mapping(decoder, node, "resourceWeights");
	uint32_t count = map ? map->count : 0;
	struct resource_weight *weights = ARENA_ARRAY(decoder->arena, struct resource_weight, count);
	for (uint32_t i = 0; i < count; i++) {
		weights[i] = (struct resource_weight){names_intern(decoder->names, map->pairs[i].key), 1};
		(void)read_double(decoder, map, map->pairs[i].key, &weights[i].weight);
		if (weights[i].weight < 0)
			kube_error(decoder, map->pairs[i].value, NULL, "resourceWeights: %.60s is negative", map->pairs[i].key);
	}
	decoder->controller.usage_weights = weights;
	decoder->controller.n_usage_weights = count;
}

static void read_admission_fair_sharing(struct kube_decoder *decoder)
{
	const struct doc_node *node = read_mapping(decoder, decoder->object.root, "admissionFairSharing");
	struct controller_config *controller = &decoder->controller;
	int64_t interval_us = 0;
	controller->admission_fair_sharing = node;
	(void)read_duration(decoder, node, "usageHalfLifeTime", &controller->usage_half_life_us);
	if (read_duration(decoder, node, "usageSamplingInterval", &interval_us) && interval_us > 0)
		controller->usage_sampling_us = interval_us;
	read_usage_weights(decoder, node);
}

static void read_connection(struct kube_decoder *decoder)
{
	const struct doc_node *node = read_mapping(decoder, decoder->object.root, "clientConnection");
	int64_t burst;
	(void)read_double(decoder, node, "qps", &decoder->api_qps);
	if (decoder->api_qps < 0)
		kube_error(decoder, read_field(node, "qps"), NULL, "qps is negative");
	if (read_int(decoder, node, "burst", 0, INT32_MAX, &burst))
		decoder->api_burst = (int32_t)burst;
}

/* ---- resources (WL-2, WL-5) ---- */

static void read_outputs(struct kube_decoder *decoder, const struct doc_node *item,
                         struct resource_transformation *transformation)
{
	const struct doc_node *node = read_mapping(decoder, item, "outputs");
	struct resource_output *outputs = ARENA_ARRAY(decoder->arena, struct resource_output, node ? node->count : 0);
	for (uint32_t i = 0; node && i < node->count; i++) {
		name_id resource = names_intern(decoder->names, node->pairs[i].key);
		if (read_factor(decoder, node->pairs[i].value, &outputs[transformation->n_outputs].whole,
		                &outputs[transformation->n_outputs].nano))
			outputs[transformation->n_outputs++].resource = resource;
	}
	transformation->outputs = outputs;
}

static void read_transformations(struct kube_decoder *decoder, const struct doc_node *resources)
{
	static const char *const strategies[] = {"Retain", "Replace", NULL};
	const struct doc_node *list = read_sequence(decoder, resources, "transformations");
	struct resource_transformation *rows =
	    ARENA_ARRAY(decoder->arena, struct resource_transformation, list ? list->count : 0);
	for (uint32_t i = 0; list && i < list->count; i++) {
		const struct doc_node *item = list->items[i];
		int word;
		rows[i].input = read_required_name(decoder, item, "input");
		rows[i].multiply_by = read_name(decoder, item, "multiplyBy");
		if (read_word(decoder, item, "strategy", strategies, &word))
			rows[i].replace = word == 1;
		read_outputs(decoder, item, &rows[i]);
		for (uint32_t j = 0; j < i; j++)
			if (rows[j].input == rows[i].input && rows[i].input != NO_NAME)
				kube_error(decoder, read_field(item, "input"), NULL, "%s has two transformations",
				           names_text(decoder->names, rows[i].input));
	}
	decoder->controller.transformations = rows;
	decoder->controller.n_transformations = list ? list->count : 0;
}

static void read_exclusions(struct kube_decoder *decoder, const struct doc_node *resources)
{
	const struct doc_node *list = read_sequence(decoder, resources, "excludeResourcePrefixes");
	name_id *prefixes = ARENA_ARRAY(decoder->arena, name_id, list ? list->count : 0);
	uint32_t count = 0;
	for (uint32_t i = 0; list && i < list->count; i++)
		if (list->items[i]->kind == DOC_SCALAR && *list->items[i]->text)
			prefixes[count++] = names_intern(decoder->names, list->items[i]->text);
		else
			kube_error(decoder, list->items[i], NULL, "excludeResourcePrefixes: expected a prefix, found %s",
			           doc_type_name(list->items[i]));
	decoder->controller.excluded_prefixes = prefixes;
	decoder->controller.n_excluded_prefixes = count;
}

static void read_resources(struct kube_decoder *decoder)
{
	static const char *const strategies[] = {"BlockUndeclared", "IgnoreUndeclared", NULL};
	const struct doc_node *resources = read_mapping(decoder, decoder->object.root, "resources");
	int word;
	if (read_word(decoder, resources, "quotaCheckStrategy", strategies, &word))
		decoder->controller.ignore_undeclared = word == 1;
	read_exclusions(decoder, resources);
	read_transformations(decoder, resources);
}

void decode_configuration(struct kube_decoder *decoder)
{
	if (decoder->configuration_place.line) {
		kube_error(decoder, decoder->object.root, NULL, "Kueue's configuration is given twice, first at %s:%u",
		           decoder->configuration_place.file, decoder->configuration_place.line);
		return;
	}
	decoder->configuration_place = decoder->object.root->place;
	kube_check_fields(decoder);
	read_pods_ready(decoder);
	read_resources(decoder);
	read_fair_sharing(decoder);
	read_admission_fair_sharing(decoder);
	read_connection(decoder);
	read_gates(decoder);
}

/* The text begins on the line below the field when it is written as a block, as it is in practice: that keeps the lines of
 * its problems right. */
void decode_config_map(struct kube_decoder *decoder)
{
	const struct doc_node *text = read_field(read_field(decoder->object.root, "data"), "controller_manager_config.yaml");
	if (!text || text->kind != DOC_SCALAR) {
		kube_count(&decoder->others, "ConfigMap", decoder->object.root->place);
		return;
	}
	struct doc_limits limits = {.first_line = text->place.line + 1};
	struct doc_node **documents;
	uint32_t count;
	(void)!doc_parse_yaml(decoder->arena, text->place.file, text->text, text->length, &limits, decoder->diags, &documents,
	                      &count);
	for (uint32_t i = 0; i < count; i++)
		kube_decode(decoder, documents[i]);
}
