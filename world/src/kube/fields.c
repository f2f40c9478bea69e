/* fields.c - every field of the kinds that are read: whether it can change a decision, and whether it is simulated.
 *
 * This is where the strictness towards upstream documents is written down. A field that is left out here is unknown, and
 * earns a warning. PASSES is a claim: nothing in it can change who is admitted when, where pods land or how long they run.
 */
#include <stdio.h>
#include <string.h>

#include "kube.h"

/* clang-format off */
#define PASS(name) {name, PASSES, NULL, ANY_VERSION}
#define READ(name) {name, READS, NULL, ANY_VERSION}
#define INSIDE(name, rules) {name, READS, rules, ANY_VERSION}
#define LATER(name) {name, UNMODELLED, NULL, ANY_VERSION}
#define END {NULL, PASSES, NULL, ANY_VERSION}
#define OBJECT READ("apiVersion"), READ("kind"), READ("metadata")

/* ---- Shapes that several kinds share ---- */

static const struct field_rule weight_rules[] = {
	READ("weight"), END,
};

static const struct field_rule taint_rules[] = {
	READ("key"), READ("value"), READ("effect"), PASS("timeAdded"), END,
};

static const struct field_rule toleration_rules[] = {
	READ("key"), READ("operator"), READ("value"), READ("effect"), PASS("tolerationSeconds"), END,
};

static const struct field_rule expression_rules[] = {
	READ("key"), READ("operator"), READ("values"), END,
};

static const struct field_rule selector_rules[] = {
	READ("matchLabels"), INSIDE("matchExpressions", expression_rules), END,
};

static const struct field_rule quota_rules[] = {
	READ("name"), READ("nominalQuota"), READ("borrowingLimit"), READ("lendingLimit"), END,
};

static const struct field_rule flavor_quota_rules[] = {
	READ("name"), INSIDE("resources", quota_rules), END,
};

static const struct field_rule group_rules[] = {
	READ("coveredResources"), INSIDE("flavors", flavor_quota_rules), END,
};

/* ---- Kueue's objects ---- */

static const struct field_rule flavor_spec_rules[] = {
	READ("nodeLabels"), INSIDE("nodeTaints", taint_rules), INSIDE("tolerations", toleration_rules),
	LATER("topologyName"), END,
};
static const struct field_rule flavor_rules[] = {
	OBJECT, INSIDE("spec", flavor_spec_rules), PASS("status"), END,
};

static const struct field_rule fungibility_rules[] = {
	READ("whenCanBorrow"), READ("whenCanPreempt"), READ("preference"), END,
};

static const struct field_rule borrow_rules[] = {
	READ("policy"), READ("maxPriorityThreshold"), END,
};

static const struct field_rule preemption_rules[] = {
	READ("reclaimWithinCohort"), INSIDE("borrowWithinCohort", borrow_rules), READ("withinClusterQueue"), END,
};

static const struct field_rule queue_check_rules[] = {
	READ("name"), READ("onFlavors"), END,
};
static const struct field_rule check_strategy_rules[] = {
	INSIDE("admissionChecks", queue_check_rules), END,
};

static const struct field_rule scope_rules[] = {
	READ("admissionMode"), END,
};

static const struct field_rule queue_spec_rules[] = {
	INSIDE("resourceGroups", group_rules), {"cohort", READS, NULL, BETA1}, {"cohortName", READS, NULL, BETA2},
	READ("queueingStrategy"), INSIDE("namespaceSelector", selector_rules),
	INSIDE("flavorFungibility", fungibility_rules), INSIDE("preemption", preemption_rules),
	{"admissionChecks", READS, NULL, BETA1}, INSIDE("admissionChecksStrategy", check_strategy_rules), READ("stopPolicy"),
	INSIDE("fairSharing", weight_rules), INSIDE("admissionScope", scope_rules), LATER("concurrentAdmissionPolicy"), END,
};
static const struct field_rule queue_rules[] = {
	OBJECT, INSIDE("spec", queue_spec_rules), PASS("status"), END,
};

static const struct field_rule check_spec_rules[] = {
	READ("controllerName"), PASS("retryDelayMinutes"), PASS("parameters"), END,
};
static const struct field_rule check_rules[] = {
	OBJECT, INSIDE("spec", check_spec_rules), READ("status"), END,
};

static const struct field_rule cohort_spec_rules[] = {
	READ("parentName"), INSIDE("resourceGroups", group_rules), INSIDE("fairSharing", weight_rules), END,
};
static const struct field_rule cohort_rules[] = {
	OBJECT, INSIDE("spec", cohort_spec_rules), PASS("status"), END,
};

static const struct field_rule local_spec_rules[] = {
	READ("clusterQueue"), READ("stopPolicy"), INSIDE("fairSharing", weight_rules), END,
};
static const struct field_rule local_rules[] = {
	OBJECT, INSIDE("spec", local_spec_rules), PASS("status"), END,
};

static const struct field_rule class_rules[] = {
	OBJECT, READ("value"), PASS("description"), END,
};

/* ---- Kueue's controller ---- */

static const struct field_rule strategy_rules[] = {
	READ("timestamp"), READ("backoffLimitCount"), READ("backoffBaseSeconds"), READ("backoffMaxSeconds"), END,
};

static const struct field_rule pods_ready_rules[] = {
	{"enable", READS, NULL, BETA1}, READ("timeout"), READ("recoveryTimeout"), READ("blockAdmission"),
	{"maxTimeoutOnWorkload", PASSES, NULL, BETA2}, INSIDE("requeuingStrategy", strategy_rules), END,
};

static const struct field_rule connection_rules[] = {
	READ("qps"), READ("burst"), END,
};

static const struct field_rule transformation_rules[] = {
	READ("input"), READ("strategy"), READ("outputs"), READ("multiplyBy"), END,
};

static const struct field_rule resources_rules[] = {
	READ("quotaCheckStrategy"), READ("excludeResourcePrefixes"), INSIDE("transformations", transformation_rules),
	LATER("deviceClassMappings"), END,
};

static const struct field_rule sharing_rules[] = {
	{"enable", READS, NULL, BETA1}, READ("preemptionStrategies"), END,
};

static const struct field_rule usage_rules[] = {
	READ("usageHalfLifeTime"), READ("usageSamplingInterval"), READ("resourceWeights"), END,
};

static const struct field_rule configuration_rules[] = {
	OBJECT, PASS("namespace"), PASS("health"), PASS("metrics"), PASS("webhook"), PASS("leaderElection"),
	PASS("controller"), PASS("pprofBindAddress"), PASS("internalCertManagement"), PASS("tls"),
	PASS("gracefulShutDown"), PASS("cacheNamespace"), PASS("syncPeriod"), PASS("manageJobsWithoutQueueName"),
	PASS("managedJobsNamespaceSelector"), PASS("integrations"), PASS("queueVisibility"), PASS("visibilityServer"),
	PASS("multiKueue"), PASS("objectRetentionPolicies"), INSIDE("waitForPodsReady", pods_ready_rules),
	INSIDE("clientConnection", connection_rules), INSIDE("resources", resources_rules), READ("featureGates"),
	INSIDE("fairSharing", sharing_rules), INSIDE("admissionFairSharing", usage_rules), END,
};

static const struct field_rule config_map_rules[] = {
	OBJECT, READ("data"), PASS("binaryData"), PASS("immutable"), END,
};

/* ---- Pods ---- */

static const struct field_rule requirements_rules[] = {
	READ("requests"), READ("limits"), LATER("claims"), END,
};

static const struct field_rule container_rules[] = {
	INSIDE("resources", requirements_rules), READ("restartPolicy"), PASS("name"), PASS("image"),
	PASS("imagePullPolicy"), PASS("command"), PASS("args"), PASS("env"), PASS("envFrom"), PASS("ports"),
	PASS("volumeMounts"), PASS("volumeDevices"), PASS("workingDir"), PASS("livenessProbe"), PASS("readinessProbe"),
	PASS("startupProbe"), PASS("lifecycle"), PASS("securityContext"), PASS("stdin"), PASS("stdinOnce"), PASS("tty"),
	PASS("terminationMessagePath"), PASS("terminationMessagePolicy"), PASS("resizePolicy"),
	PASS("restartPolicyRules"), END,
};

static const struct field_rule term_rules[] = {
	INSIDE("matchExpressions", expression_rules), LATER("matchFields"), END,
};
static const struct field_rule required_rules[] = {
	INSIDE("nodeSelectorTerms", term_rules), END,
};
static const struct field_rule node_affinity_rules[] = {
	INSIDE("requiredDuringSchedulingIgnoredDuringExecution", required_rules),
	LATER("preferredDuringSchedulingIgnoredDuringExecution"), END,
};
static const struct field_rule affinity_rules[] = {
	INSIDE("nodeAffinity", node_affinity_rules), LATER("podAffinity"), LATER("podAntiAffinity"), END,
};

static const struct field_rule pod_spec_rules[] = {
	INSIDE("containers", container_rules), INSIDE("initContainers", container_rules),
	INSIDE("resources", requirements_rules), READ("overhead"), READ("nodeSelector"),
	INSIDE("affinity", affinity_rules), INSIDE("tolerations", toleration_rules), READ("priorityClassName"),
	READ("schedulerName"), LATER("nodeName"), LATER("topologySpreadConstraints"), LATER("schedulingGates"),
	LATER("resourceClaims"), LATER("activeDeadlineSeconds"), PASS("runtimeClassName"), PASS("priority"),
	PASS("preemptionPolicy"), PASS("restartPolicy"), PASS("terminationGracePeriodSeconds"),
	PASS("automountServiceAccountToken"), PASS("dnsConfig"), PASS("dnsPolicy"), PASS("enableServiceLinks"),
	PASS("ephemeralContainers"), PASS("hostAliases"), PASS("hostIPC"), PASS("hostNetwork"), PASS("hostPID"),
	PASS("hostUsers"), PASS("hostname"), PASS("hostnameOverride"), PASS("imagePullSecrets"), PASS("os"),
	PASS("readinessGates"), PASS("securityContext"), PASS("serviceAccount"), PASS("serviceAccountName"),
	PASS("setHostnameAsFQDN"), PASS("shareProcessNamespace"), PASS("subdomain"), PASS("volumes"), END,
};
static const struct field_rule template_rules[] = {
	READ("metadata"), INSIDE("spec", pod_spec_rules), END,
};

/* ---- Kubernetes' objects ---- */

static const struct field_rule job_spec_rules[] = {
	READ("parallelism"), READ("completions"), INSIDE("template", template_rules), PASS("suspend"),
	LATER("activeDeadlineSeconds"), LATER("managedBy"), PASS("backoffLimit"), PASS("backoffLimitPerIndex"),
	PASS("completionMode"), PASS("manualSelector"), PASS("maxFailedIndexes"), PASS("podFailurePolicy"),
	PASS("podReplacementPolicy"), PASS("selector"), PASS("successPolicy"), PASS("ttlSecondsAfterFinished"), END,
};
static const struct field_rule job_rules[] = {
	OBJECT, INSIDE("spec", job_spec_rules), READ("status"), END,
};

static const struct field_rule namespace_rules[] = {
	OBJECT, PASS("spec"), PASS("status"), END,
};

static const struct field_rule node_spec_rules[] = {
	INSIDE("taints", taint_rules), READ("unschedulable"), PASS("configSource"), PASS("externalID"), PASS("podCIDR"),
	PASS("podCIDRs"), PASS("providerID"), END,
};
static const struct field_rule node_rules[] = {
	OBJECT, INSIDE("spec", node_spec_rules), READ("status"), END,
};

static const struct field_rule priority_rules[] = {
	OBJECT, READ("value"), READ("globalDefault"), PASS("description"), PASS("preemptionPolicy"), END,
};

static const struct field_rule limit_rules[] = {
	READ("type"), READ("default"), READ("defaultRequest"), READ("min"), READ("max"), READ("maxLimitRequestRatio"),
	END,
};
static const struct field_rule limit_spec_rules[] = {
	INSIDE("limits", limit_rules), END,
};
static const struct field_rule limit_range_rules[] = {
	OBJECT, INSIDE("spec", limit_spec_rules), END,
};

/* ---- Workloads, as a running Kueue has them ---- */

static const struct field_rule pod_set_rules[] = {
	READ("name"), INSIDE("template", template_rules), READ("count"), READ("minCount"), LATER("topologyRequest"), END,
};

static const struct field_rule workload_spec_rules[] = {
	INSIDE("podSets", pod_set_rules), READ("queueName"), READ("priority"), {"priorityClassName", READS, NULL, BETA1},
	{"priorityClassSource", READS, NULL, BETA1}, {"priorityClassRef", READS, NULL, BETA2}, READ("active"),
	READ("maximumExecutionTimeSeconds"), LATER("preemptionGates"), END,
};

static const struct field_rule assignment_rules[] = {
	READ("name"), READ("flavors"), READ("count"), PASS("resourceUsage"), LATER("topologyAssignment"),
	LATER("delayedTopologyRequest"), END,
};
static const struct field_rule admission_rules[] = {
	READ("clusterQueue"), INSIDE("podSetAssignments", assignment_rules), END,
};
static const struct field_rule requeue_rules[] = {
	READ("count"), READ("requeueAt"), END,
};

static const struct field_rule workload_status_rules[] = {
	INSIDE("admission", admission_rules), READ("conditions"), INSIDE("requeueState", requeue_rules),
	LATER("reclaimablePods"), LATER("admissionChecks"), LATER("accumulatedPastExecutionTimeSeconds"),
	LATER("unhealthyNodes"), LATER("clusterName"), LATER("nominatedClusterNames"), LATER("preemptionGates"),
	PASS("resourceRequests"), PASS("schedulingStats"), END,
};
static const struct field_rule workload_rules[] = {
	OBJECT, INSIDE("spec", workload_spec_rules), INSIDE("status", workload_status_rules), END,
};

/* clang-format on */

/* ---- The kinds ---- */

#define KUEUE "kueue.x-k8s.io"

/* Topologies and worker clusters decide only through the fields that name them, and those are refused. */
const struct kube_kind kube_kinds[] = {
    {KUEUE, "ResourceFlavor", flavor_rules, decode_resource_flavor, .betas = true},
    {KUEUE, "ClusterQueue", queue_rules, decode_cluster_queue, .betas = true},
    {KUEUE, "Cohort", cohort_rules, decode_cohort, .betas = true},
    {KUEUE, "LocalQueue", local_rules, decode_local_queue, .betas = true},
    {KUEUE, "WorkloadPriorityClass", class_rules, decode_workload_priority_class, .betas = true},
    {KUEUE, "Workload", workload_rules, decode_workload, .betas = true},
    {KUEUE, "Topology", NULL, NULL, .betas = true},
    {KUEUE, "AdmissionCheck", check_rules, decode_admission_check, .betas = true},
    {KUEUE, "ProvisioningRequestConfig", NULL, NULL, .betas = true},
    {KUEUE, "MultiKueueConfig", NULL, NULL, .betas = true},
    {KUEUE, "MultiKueueCluster", NULL, NULL, .betas = true},
    {"config." KUEUE, "Configuration", configuration_rules, decode_configuration, .betas = true, .nameless = true},
    {"", "ConfigMap", config_map_rules, decode_config_map, .betas = false},
    {"", "Namespace", namespace_rules, decode_namespace, .betas = false},
    {"", "Node", node_rules, decode_node, .betas = false},
    {"", "LimitRange", limit_range_rules, decode_limit_range, .betas = false},
    {"scheduling.k8s.io", "PriorityClass", priority_rules, decode_priority_class, .betas = false},
    {"batch", "Job", job_rules, decode_job, .betas = false},
};
const uint32_t kube_kind_count = ARRAY_COUNT(kube_kinds);

/* ---- Checking ---- */

/* Says nothing: null, "", false, 0, an empty list, a mapping of such values. */
static bool is_empty(const struct doc_node *node)
{
	if (node->kind == DOC_NULL)
		return true;
	if (node->kind == DOC_SCALAR)
		return !*node->text || strcmp(node->text, "0") == 0 || strcmp(node->text, "false") == 0;
	for (uint32_t i = 0; i < node->count; i++)
		if (node->kind == DOC_SEQUENCE || !is_empty(node->pairs[i].value))
			return false;
	return true;
}

static bool in_version(const struct field_rule *rule, enum api_version version)
{
	return rule->version == ANY_VERSION || version == ANY_VERSION || rule->version == version;
}

static const struct field_rule *find_rule(const struct field_rule *rules, const char *name, enum api_version version)
{
	for (; rules->name; rules++)
		if (strcmp(rules->name, name) == 0 && in_version(rules, version))
			return rules;
	return NULL;
}

/* The name that another version has for the field, or NULL. */
static const char *renamed(const char *name, enum api_version version)
{
	static const char *const names[][2] = {{"cohort", "cohortName"},
	                                       {"priorityClassName", "priorityClassRef"}}; /* by version */
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		if (strcmp(names[i][version == BETA2 ? 0 : 1], name) == 0)
			return names[i][version == BETA2 ? 1 : 0];
	return NULL;
}

static void warn_unknown(struct kube_decoder *decoder, const struct field_rule *rules, const struct doc_pair *pair)
{
	const char *candidates[64];
	char suggestion[128];
	uint32_t count = 0;
	const char *nearest = renamed(pair->key, decoder->object.version);
	for (; rules->name && count < ARRAY_COUNT(candidates); rules++)
		if (in_version(rules, decoder->object.version))
			candidates[count++] = rules->name;
	if (!nearest)
		nearest = diag_nearest(pair->key, candidates, count);
	snprintf(suggestion, sizeof suggestion, "did you mean '%s'?", nearest ? nearest : "");
	struct doc_node at = {.place = pair->place};
	kube_warn(decoder, &at, nearest ? suggestion : NULL, "unknown field %s", decoder->path);
}

static void check_value(struct kube_decoder *decoder, const struct doc_node *node, const struct field_rule *rules);

static void check_pair(struct kube_decoder *decoder, const struct doc_pair *pair, const struct field_rule *rules)
{
	size_t length = strlen(decoder->path);
	snprintf(decoder->path + length, sizeof decoder->path - length, "%s%.100s", length ? "." : "", pair->key);
	const struct field_rule *rule = find_rule(rules, pair->key, decoder->object.version);
	if (!rule)
		warn_unknown(decoder, rules, pair);
	else if (rule->treatment == UNMODELLED && !is_empty(pair->value))
		kube_unmodelled(decoder, pair->value, arena_text(decoder->arena, decoder->path, strlen(decoder->path)));
	else if (rule->treatment == READS && rule->inside)
		check_value(decoder, pair->value, rule->inside);
	decoder->path[length] = '\0';
}

static void check_value(struct kube_decoder *decoder, const struct doc_node *node, const struct field_rule *rules)
{
	if (node->kind == DOC_SEQUENCE) {
		for (uint32_t i = 0; i < node->count; i++) {
			if (node->items[i]->kind == DOC_MAPPING)
				check_value(decoder, node->items[i], rules);
			else
				kube_error(decoder, node->items[i], NULL, "%s: expected a mapping, found %s", decoder->path,
				           doc_type_name(node->items[i]));
		}
	} else if (node->kind == DOC_MAPPING) {
		for (uint32_t i = 0; i < node->count; i++)
			check_pair(decoder, &node->pairs[i], rules);
	} else if (node->kind == DOC_SCALAR) {
		kube_error(decoder, node, NULL, "%s: expected a mapping, found %s", decoder->path, doc_type_name(node));
	}
}

void kube_check_fields(struct kube_decoder *decoder)
{
	decoder->path[0] = '\0';
	check_value(decoder, decoder->object.root, decoder->object.rules);
}
