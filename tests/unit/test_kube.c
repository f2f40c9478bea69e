/* test_kube.c - Kubernetes and Kueue documents into a configuration, node pools and initial workloads. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world/kube/decode.h"

struct decoded {
	struct arena *arena;
	struct names *names;
	struct diags *diags;
	struct kube_objects objects;
	const struct kueue_config *config;
	char problems[8192];
};

/* Reads the documents as a file k.yaml; the run starts at 2026-01-05T00:00:00Z. */
static struct decoded decode_with(const char *text, bool allow_unmodelled)
{
	struct decoded decoded = {.arena = arena_create(0), .names = names_create(), .diags = diags_create()};
	struct kueue_builder *builder = kueue_builder_create(decoded.arena, decoded.names);
	struct kube_options options = {.epoch_unix_s = 1767571200, .allow_unmodelled = allow_unmodelled};
	struct doc_node **documents;
	uint32_t count;
	assert_true(kueue_profile_gates("0.19", &options.gates));
	struct kube_decoder *decoder = kube_decoder_create(decoded.arena, decoded.names, builder, &options, decoded.diags);
	assert_true(doc_parse_yaml(decoded.arena, "k.yaml", text, strlen(text), NULL, decoded.diags, &documents, &count));
	for (uint32_t i = 0; i < count; i++)
		kube_decode(decoder, documents[i]);
	kube_decoder_finish(decoder, &decoded.objects);
	decoded.config = kueue_build(builder, true, decoded.diags);
	kube_decoder_destroy(decoder);
	kueue_builder_destroy(builder);
	FILE *out = fmemopen(decoded.problems, sizeof decoded.problems, "w");
	diags_print(decoded.diags, out);
	fclose(out);
	return decoded;
}

static struct decoded decode(const char *text)
{
	return decode_with(text, false);
}

static void drop(struct decoded *decoded)
{
	diags_destroy(decoded->diags);
	names_destroy(decoded->names);
	arena_destroy(decoded->arena);
}

static const char *text_of(const struct decoded *decoded, name_id name)
{
	return names_text(decoded->names, name);
}

static name_id id(const struct decoded *decoded, const char *text)
{
	return names_find(decoded->names, text);
}

#define META(name) "metadata: {name: " name "}\n"
#define V2(kind, name) "apiVersion: kueue.x-k8s.io/v1beta2\nkind: " kind "\n" META(name)
#define V1(kind, name) "apiVersion: kueue.x-k8s.io/v1beta1\nkind: " kind "\n" META(name)
#define NEXT "---\n"
#define FLAVOR(name) V2("ResourceFlavor", name) NEXT

static void queues_are_read_with_everything(void **state)
{
	(void)state;
	struct decoded d = decode(V2(
	    "ResourceFlavor",
	    "h100") "spec:\n"
	            "  nodeLabels: {gpu: h100}\n"
	            "  nodeTaints: [{key: gpu, value: \"yes\", effect: NoSchedule}]\n"
	            "  tolerations: [{key: x, operator: Exists}]\n" NEXT V2(
	                "ClusterQueue",
	                "nlp") "spec:\n"
	                       "  cohortName: research\n"
	                       "  queueingStrategy: StrictFIFO\n"
	                       "  stopPolicy: HoldAndDrain\n"
	                       "  fairSharing: {weight: \"0.5\"}\n"
	                       "  namespaceSelector:\n"
	                       "    matchLabels: {team: nlp}\n"
	                       "    matchExpressions: [{key: kind, operator: NotIn, values: [a, b]}]\n"
	                       "  flavorFungibility: {whenCanBorrow: TryNextFlavor, whenCanPreempt: TryNextFlavor, preference: "
	                       "PreemptionOverBorrowing}\n"
	                       "  preemption:\n"
	                       "    reclaimWithinCohort: Any\n"
	                       "    withinClusterQueue: LowerOrNewerEqualPriority\n"
	                       "    borrowWithinCohort: {policy: LowerPriority, maxPriorityThreshold: -3}\n"
	                       "  resourceGroups:\n"
	                       "  - coveredResources: [cpu, nvidia.com/gpu]\n"
	                       "    flavors:\n"
	                       "    - name: h100\n"
	                       "      resources:\n"
	                       "      - {name: cpu, nominalQuota: 10500m}\n"
	                       "      - {name: nvidia.com/gpu, nominalQuota: 16, borrowingLimit: 8, lendingLimit: \"4\"}\n"
	                       "status: {anything: [goes]}\n" NEXT V2(
	                           "Cohort", "research") "spec: {parentName: company, fairSharing: {weight: 2}}\n" NEXT
	                                                 "apiVersion: kueue.x-k8s.io/v1beta2\nkind: LocalQueue\nmetadata: "
	                                                 "{name: gpu, namespace: nlp-prod}\n"
	                                                 "spec: {clusterQueue: nlp, stopPolicy: Hold}\n" NEXT
	                                                 "apiVersion: v1\nkind: Namespace\nmetadata: {name: nlp-prod, labels: "
	                                                 "{team: nlp}}\n" NEXT V2("WorkloadPriorityClass",
	                                                                          "prod") "value: 1000\ndescription: d\n");
	assert_string_equal(d.problems, "");
	const struct cluster_queue *queue = &d.config->cluster_queues[0];
	assert_int_equal(queue->strategy, STRICT_FIFO);
	assert_int_equal(queue->stop_policy, STOP_HOLD_AND_DRAIN);
	assert_true(queue->fair_weight == 0.5);
	assert_int_equal(queue->namespace_selector.n_requirements, 2);
	assert_int_equal(queue->namespace_selector.requirements[1].op, SELECTOR_NOT_IN);
	assert_int_equal(queue->when_can_borrow, TRY_NEXT_FLAVOR);
	assert_int_equal(queue->preference, PREEMPTION_OVER_BORROWING);
	assert_int_equal(queue->reclaim_within_cohort, PREEMPT_ANY);
	assert_int_equal(queue->within_cluster_queue, PREEMPT_LOWER_OR_NEWER_EQUAL_PRIORITY);
	assert_int_equal(queue->borrow_within_cohort, PREEMPT_LOWER_PRIORITY);
	assert_int_equal(queue->max_priority_threshold, -3);
	assert_int_equal(queue->groups[0].quotas[0].nominal, 10500);
	assert_true(queue->groups[0].quotas[0].borrowing_limit == LIMIT_UNSET);
	assert_int_equal(queue->groups[0].quotas[1].nominal, 16);
	assert_int_equal(queue->groups[0].quotas[1].borrowing_limit, 8);
	assert_int_equal(queue->groups[0].quotas[1].lending_limit, 4);
	assert_string_equal(text_of(&d, d.config->cohorts[queue->cohort].name), "research");
	assert_true(d.config->cohorts[queue->cohort].fair_weight == 2);
	assert_int_equal(d.config->flavors[0].n_node_labels, 1);
	assert_string_equal(text_of(&d, d.config->flavors[0].node_taints[0].value), "yes");
	assert_true(d.config->flavors[0].tolerations[0].exists);
	assert_int_equal(d.config->local_queues[0].stop_policy, STOP_HOLD);
	int32_t value;
	assert_true(kueue_find_priority(d.config, id(&d, "prod"), &value));
	assert_int_equal(value, 1000);
	assert_int_equal(d.objects.n_not_modelled, 0);
	drop(&d);
}

/* Missing fields have Kueue's own defaults. */
static void missing_fields_have_kueues_defaults(void **state)
{
	(void)state;
	struct decoded d = decode(V2("ClusterQueue", "q") "spec: {}\n");
	assert_string_equal(d.problems, "");
	const struct cluster_queue *queue = &d.config->cluster_queues[0];
	assert_int_equal(queue->strategy, BEST_EFFORT_FIFO);
	assert_int_equal(queue->cohort, NONE);
	assert_false(queue->namespace_selector.set);
	assert_int_equal(queue->when_can_borrow, MAY_STOP_SEARCH);
	assert_int_equal(queue->when_can_preempt, TRY_NEXT_FLAVOR);
	assert_int_equal(queue->reclaim_within_cohort, PREEMPT_NEVER);
	assert_true(queue->max_priority_threshold == NO_PRIORITY_THRESHOLD);
	assert_true(queue->fair_weight == 1);
	assert_true(d.config->controller.wait_for_pods_ready);
	assert_true(d.config->controller.pods_ready_timeout_us == 1800 * US_PER_S);
	assert_int_equal(d.objects.api_burst, 0);
	drop(&d);
}

static void older_names_are_read_in_v1beta1_only(void **state)
{
	(void)state;
	struct decoded d = decode(
	    V1("ClusterQueue", "q") "spec: {cohort: co, flavorFungibility: {whenCanBorrow: Borrow, whenCanPreempt: Preempt}}\n");
	assert_string_equal(d.problems, "");
	assert_string_equal(text_of(&d, d.config->cohorts[d.config->cluster_queues[0].cohort].name), "co");
	assert_int_equal(d.config->cluster_queues[0].when_can_preempt, MAY_STOP_SEARCH);
	drop(&d);
	d = decode(V2("ClusterQueue", "q") "spec: {cohort: co, flavorFungibility: {whenCanBorrow: Borrow}}\n");
	assert_string_equal(
	    d.problems,
	    "k.yaml:4:8: warning: ClusterQueue 'q': unknown field spec.cohort; did you mean 'cohortName'?\n"
	    "k.yaml:4:55: error: ClusterQueue 'q': whenCanBorrow: 'Borrow' is not one of MayStopSearch, TryNextFlavor\n");
	drop(&d);
}

static void problems_have_places_and_suggestions(void **state)
{
	(void)state;
	struct decoded d = decode(FLAVOR("h100") V2(
	    "ClusterQueue", "q") "spec:\n"
	                         "  namespaceSelecter: {}\n"
	                         "  queueingStrategy: StrictFifo\n"
	                         "  resourceGroups:\n"
	                         "  - coveredResources: [cpu, nvidia.com/gpu]\n"
	                         "    flavors:\n"
	                         "    - name: h10\n"
	                         "      resources:\n"
	                         "      - {name: cpu, nominalQuota: 80GB}\n"
	                         "      - {name: nvidia.com/gpu, nominalQuota: 1500m, lendingLimit: 1}\n"
	                         "  fairSharing: {weight: 1n}\n"
	                         "  preemption: [1]\n"
	                         "  stopPolicy: true\n" NEXT
	                         "apiVersion: kueue.x-k8s.io/v1beta2\nkind: LocalQueue\nmetadata: {name: 7}\nspec: {}\n" NEXT
	                         "kind: Node\n" NEXT "apiVersion: kueue.x-k8s.io/v1alpha1\nkind: Cohort\n" META("x") NEXT
	                          "just text\n");
	assert_string_equal(
	    d.problems,
	    "k.yaml:9:3: warning: ClusterQueue 'q': unknown field spec.namespaceSelecter; did you mean 'namespaceSelector'?\n"
	    "k.yaml:10:21: error: ClusterQueue 'q': queueingStrategy: 'StrictFifo' is not one of BestEffortFIFO, StrictFIFO; "
	    "did you "
	    "mean 'StrictFIFO'?\n"
	    "k.yaml:14:13: error: ClusterQueue 'q': ResourceFlavor 'h10' does not exist; did you mean 'h100'?\n"
	    "k.yaml:16:35: error: ClusterQueue 'q': spec.resourceGroups[0].flavors[0].resources[0].nominalQuota: '80GB' is not "
	    "a quantity such as 4, 500m, 1.5, 80Gi or 1e3\n"
	    "k.yaml:17:9: error: ClusterQueue 'q': flavor 'h10', resource 'nvidia.com/gpu': lendingLimit needs a cohort "
	    "(cohortName)\n"
	    "k.yaml:17:46: error: ClusterQueue 'q': nvidia.com/gpu: 1500m is not a whole number; a shared device has a resource "
	    "name "
	    "of its own\n"
	    "k.yaml:18:25: error: ClusterQueue 'q': fairSharing.weight: must be 0 or more than 1e-9\n"
	    "k.yaml:19:15: error: ClusterQueue 'q': preemption: expected a mapping, found sequence\n"
	    "k.yaml:19:16: error: ClusterQueue 'q': spec.preemption: expected a mapping, found number\n"
	    "k.yaml:20:15: error: ClusterQueue 'q': stopPolicy: expected a string, found boolean true; put it in quotes\n"
	    "k.yaml:24:18: error: LocalQueue '7': name: expected a string, found number 7; put it in quotes\n"
	    "k.yaml:27:1: error: not a Kubernetes object: apiVersion is missing\n"
	    "k.yaml:29:13: error: Cohort 'x': apiVersion kueue.x-k8s.io/v1alpha1 is not read, only v1beta1 and v1beta2\n"
	    "k.yaml:33:1: error: not a Kubernetes object: a string\n");
	drop(&d);
}

static void unmodelled_fields_are_errors_or_banner_lines(void **state)
{
	(void)state;
	static const char text[] = V2("ResourceFlavor", "tas") "spec: {topologyName: racks}\n" NEXT V2(
	    "Topology", "racks") "spec: {levels: [{nodeLabel: rack}]}\n" NEXT
	    V2("ClusterQueue", "a") "spec: {concurrentAdmissionPolicy: {migration: {mode: z}}, admissionScope: null}\n" NEXT V1(
	        "ClusterQueue",
	        "b") "spec: {concurrentAdmissionPolicy: {migration: {mode: y}}, admissionChecksStrategy: {}}\n" NEXT
	        V2("ClusterQueue", "c") "spec: {concurrentAdmissionPolicy: {migration: {mode: x}}}\n" NEXT
	                                "apiVersion: config.kueue.x-k8s.io/v1beta2\nkind: Configuration\nmetrics: {}\n"
	                                "featureGates: {VectorizedResourceRequests: false, PartialAdmision: true}\n" NEXT
	                                "apiVersion: apps/v1\nkind: Deployment\n" META("x") NEXT
	    "apiVersion: v1\nkind: Service\n" META("x") NEXT "apiVersion: apps/v1\nkind: Deployment\n" META("y") NEXT
	    "apiVersion: example.com/v1\nkind: Node\n" META("not-a-node");
	struct decoded d = decode(text);
	assert_string_equal(
	    d.problems,
	    "k.yaml:4:22: error: ResourceFlavor 'tas': spec.topologyName: not modelled yet\n"
	    "k.yaml:14:35: error: ClusterQueue 'a': spec.concurrentAdmissionPolicy: not modelled yet\n"
	    "k.yaml:19:35: error: ClusterQueue 'b': spec.concurrentAdmissionPolicy: not modelled yet\n"
	    "k.yaml:24:35: error: ClusterQueue 'c': spec.concurrentAdmissionPolicy: not modelled yet\n"
	    "k.yaml:29:44: error: Configuration: featureGates.VectorizedResourceRequests: false: not modelled yet\n"
	    "k.yaml:29:51: warning: Configuration: unknown feature gate PartialAdmision; did you mean 'PartialAdmission'?\n"
	    "k.yaml:31:1: note: kinds that are not read here, skipped: Deployment (2), Node (1), Service (1)\n");
	drop(&d);
	d = decode_with(text, true);
	assert_non_null(d.config);
	static const char *const banner[] = {"ClusterQueue spec.concurrentAdmissionPolicy (3)",
	                                     "Configuration featureGates.VectorizedResourceRequests: false (1)",
	                                     "ResourceFlavor spec.topologyName (1)",
	                                     "other kinds skipped: Deployment (2), Node (1), Service (1)"};
	assert_int_equal(d.objects.n_not_modelled, ARRAY_COUNT(banner));
	for (size_t i = 0; i < ARRAY_COUNT(banner); i++)
		assert_string_equal(d.objects.not_modelled[i], banner[i]);
	drop(&d);
}

static void the_controllers_configuration_is_read(void **state)
{
	(void)state;
	struct decoded d = decode(
	    "apiVersion: config.kueue.x-k8s.io/v1beta2\nkind: Configuration\n"
	    "metrics: {bindAddress: ':8443', future: x}\n"
	    "waitForPodsReady:\n"
	    "  timeout: 10m\n"
	    "  requeuingStrategy: {timestamp: Creation, backoffBaseSeconds: 30, backoffMaxSeconds: 600, backoffLimitCount: 5}\n"
	    "clientConnection: {qps: 50.5, burst: 100}\n"
	    "resources: {quotaCheckStrategy: IgnoreUndeclared}\n"
	    "featureGates: {FlavorFungibility: false, PriorityBoost: true, TASProfileMixed: false}\n");
	assert_string_equal(d.problems, "");
	const struct controller_config *controller = &d.config->controller;
	assert_true(controller->pods_ready_timeout_us == 600 * US_PER_S && controller->recovery_timeout_us == 600 * US_PER_S);
	assert_false(controller->block_admission);
	assert_int_equal(controller->requeuing_timestamp, REQUEUING_CREATION);
	assert_int_equal(controller->backoff_base_s, 30);
	assert_int_equal(controller->backoff_max_s, 600);
	assert_int_equal(controller->backoff_limit_count, 5);
	assert_true(controller->ignore_undeclared);
	assert_true(d.objects.api_qps == 50.5);
	assert_int_equal(d.objects.api_burst, 100);
	assert_false(gate_on(d.config->gates, GATE_FlavorFungibility));
	assert_false(gate_on(d.config->gates, GATE_FlavorFungibilityPreserveScanProgress));
	assert_true(gate_on(d.config->gates, GATE_PriorityBoost));
	assert_true(gate_on(d.config->gates, GATE_PartialAdmission));
	drop(&d);
}

static void resources_of_the_configuration_are_read(void **state)
{
	(void)state;
	struct decoded d = decode("apiVersion: config.kueue.x-k8s.io/v1beta2\nkind: Configuration\nresources:\n"
	                          "  excludeResourcePrefixes: [net.example.com/]\n"
	                          "  transformations:\n"
	                          "  - {input: gpumem, strategy: Replace, multiplyBy: gpu, outputs: {overage: -500m}}\n"
	                          "  - {input: gpu, outputs: {overage: 1Ki}}\n");
	assert_string_equal(d.problems, "");
	const struct controller_config *controller = &d.config->controller;
	assert_int_equal(controller->n_transformations, 2);
	const struct resource_transformation *first = &controller->transformations[0];
	assert_true(first->replace && !controller->transformations[1].replace);
	assert_string_equal(text_of(&d, first->multiply_by), "gpu");
	assert_true(first->outputs[0].whole == -1 && first->outputs[0].nano == 500000000);
	assert_int_equal(controller->transformations[1].outputs[0].whole, 1024);
	assert_int_equal(controller->transformations[1].multiply_by, NO_NAME);
	assert_string_equal(text_of(&d, controller->excluded_prefixes[0]), "net.example.com/");
	drop(&d);
	d = decode("apiVersion: config.kueue.x-k8s.io/v1beta2\nkind: Configuration\nresources:\n"
	           "  transformations: [{input: gpu, outputs: {a: 1x}}, {input: gpu}]\n");
	assert_non_null(strstr(d.problems, "'1x' is not a quantity"));
	assert_non_null(strstr(d.problems, "gpu has two transformations"));
	drop(&d);
}

static void admission_checks_are_read(void **state)
{
	(void)state;
	struct decoded d =
	    decode(V2("AdmissionCheck", "scan") "spec: {controllerName: example.com/scan}\n" NEXT
	               V2("AdmissionCheck", "broken") "status: {conditions: [{type: Active, status: 'False'}]}\n" NEXT V2(
	                   "ClusterQueue",
	                   "a") "spec: {admissionChecksStrategy: {admissionChecks: [{name: scan, onFlavors: [x, y]}]}}\n" NEXT
	                   V1("ClusterQueue", "b") "spec: {admissionChecks: [scan]}\n" NEXT V2(
	                       "ClusterQueue", "c") "spec: {admissionChecksStrategy: {admissionChecks: [{name: broken}]}}\n");
	assert_string_equal(d.problems, "");
	const struct cluster_queue *queues = d.config->cluster_queues;
	assert_true(queues[0].n_checks == 1 && queues[0].checks[0].n_flavors == 2 && !queues[0].inactive);
	assert_string_equal(text_of(&d, queues[0].checks[0].flavors[1]), "y");
	assert_true(queues[1].n_checks == 1 && queues[1].checks[0].n_flavors == 0 && !queues[1].inactive);
	assert_true(queues[2].inactive);
	drop(&d);
	d = decode(V2("AdmissionCheck", "scan") "spec: {controllerName: kueue.x-k8s.io/multikueue}\n" NEXT V2(
	    "ClusterQueue", "a") "spec: {admissionChecksStrategy: {admissionChecks: [{name: scam}]}}\n");
	assert_non_null(strstr(d.problems, "AdmissionCheck 'scam' does not exist; did you mean 'scan'?"));
	assert_non_null(strstr(d.problems, "spec.controllerName kueue.x-k8s.io/multikueue: not modelled yet"));
	drop(&d);
}

#define LIMITED_JOB(name, cpu)                                                                                              \
	"apiVersion: batch/v1\nkind: Job\nmetadata: {name: " name ", labels: {kueue.x-k8s.io/queue-name: q}, annotations: "     \
	"{berth.dev/run-time: 1h}}\nspec: {template: {spec: {containers: [{resources: {requests: {" cpu "}}}]}}}\n" NEXT

static void limit_ranges_bound_and_default_requests(void **state)
{
	(void)state;
	struct decoded d = decode(LIMITED_JOB("a", "cpu: 3") LIMITED_JOB("b", "cpu: 2") LIMITED_JOB("c", "memory: 1Gi")
	                              V2("ClusterQueue", "q") "spec: {namespaceSelector: {}}\n" NEXT V2(
	                                  "LocalQueue", "q") "spec: {clusterQueue: q}\n" NEXT
	                                                     "apiVersion: v1\nkind: LimitRange\n" META(
	                                                         "l") "spec: {limits: [{type: Container, max: {cpu: 2}}]}\n");
	assert_string_equal(d.problems, "");
	assert_int_equal(d.objects.n_workloads, 3);
	assert_true(d.objects.workloads[0].job.invalid);
	assert_false(d.objects.workloads[1].job.invalid || d.objects.workloads[2].job.invalid);
	const struct pod_set *pods = d.objects.shapes[d.objects.workloads[2].job.shape].pod_sets;
	assert_int_equal(pods->n_requests, 2); /* the maximum is also the default */
	assert_int_equal(d.objects.limits.count, 1);
	drop(&d);
}

static void older_configurations_wait_for_pods_only_when_told(void **state)
{
	(void)state;
#define CONFIG1 "apiVersion: config.kueue.x-k8s.io/v1beta1\nkind: Configuration\n"
	struct decoded d = decode(CONFIG1 "fairSharing: {enable: false}\n");
	assert_string_equal(d.problems, "");
	assert_false(d.config->controller.wait_for_pods_ready);
	drop(&d);
	d = decode(CONFIG1 "waitForPodsReady: {enable: true}\n");
	assert_true(d.config->controller.wait_for_pods_ready && d.config->controller.block_admission);
	assert_true(d.config->controller.pods_ready_timeout_us == 300 * US_PER_S);
	assert_true(d.config->controller.recovery_timeout_us == 0);
	drop(&d);
	d = decode(CONFIG1 "featureGates: {DisableWaitForPodsReady: true}\nwaitForPodsReady: {enable: true, blockAdmission: "
	                   "false, recoveryTimeout: 3m}\n" NEXT CONFIG1);
	assert_string_equal(d.problems,
	                    "k.yaml:6:1: error: Configuration: Kueue's configuration is given twice, first at k.yaml:1\n");
	drop(&d);
}

#define CONFIG2 "apiVersion: config.kueue.x-k8s.io/v1beta2\nkind: Configuration\n"

static void fair_sharing_is_read(void **state)
{
	(void)state;
	struct decoded d = decode(CONFIG2 "fairSharing: {preemptionStrategies: [LessThanInitialShare]}\n"
	                                  "admissionFairSharing:\n"
	                                  "  usageHalfLifeTime: 168h\n"
	                                  "  usageSamplingInterval: 2m\n"
	                                  "  resourceWeights: {cpu: 2.5, memory: 0}\n"
	                                  "featureGates: {AdmissionFairSharing: false}\n");
	assert_string_equal(d.problems, "");
	const struct controller_config *controller = &d.config->controller;
	assert_true(controller->fair_sharing && controller->n_fair_strategies == 1);
	assert_int_equal(controller->fair_strategies[0], FAIR_LESS_THAN_INITIAL_SHARE);
	assert_true(controller->admission_fair_sharing && !gate_on(d.config->gates, GATE_AdmissionFairSharing));
	assert_true(controller->usage_half_life_us == 168 * US_PER_HOUR && controller->usage_sampling_us == 120 * US_PER_S);
	assert_int_equal(controller->n_usage_weights, 2);
	assert_string_equal(text_of(&d, controller->usage_weights[0].resource), "cpu");
	assert_true(controller->usage_weights[0].weight == 2.5 && controller->usage_weights[1].weight == 0);
	drop(&d);
	d = decode(CONFIG1 "fairSharing: {enable: true}\nadmissionFairSharing: {usageHalfLifeTime: 1h}\n");
	assert_true(d.config->controller.fair_sharing && d.config->controller.n_fair_strategies == 2);
	assert_int_equal(d.config->controller.fair_strategies[0], FAIR_LESS_THAN_OR_EQUAL_TO_FINAL_SHARE);
	assert_true(d.config->controller.usage_sampling_us == 300 * US_PER_S);
	drop(&d);
	d = decode(V2("ResourceFlavor", "f") NEXT V2(
	    "ClusterQueue", "q") "spec: {admissionScope: {admissionMode: "
	                         "UsageBasedAdmissionFairSharing}}\n" NEXT V2(
	                             "ClusterQueue", "r") "spec: {admissionScope: {admissionMode: NoAdmissionFairSharing}}\n");
	assert_string_equal(d.problems, "");
	assert_true(d.config->cluster_queues[0].usage_based && !d.config->cluster_queues[1].usage_based);
	assert_false(d.config->controller.fair_sharing || d.config->controller.admission_fair_sharing);
	drop(&d);
}

static void fair_sharing_that_kueue_refuses_is_refused(void **state)
{
	(void)state;
	static const char *const lists[] = {"",
	                                    "preemptionStrategies: []",
	                                    "preemptionStrategies: [LessThanInitialShare, LessThanOrEqualToFinalShare]",
	                                    "preemptionStrategies: [LessThanInitialShare, LessThanInitialShare]",
	                                    "preemptionStrategies: [Fair]",
	                                    "preemptionStrategies: [{a: b}]"};
	for (size_t i = 0; i < ARRAY_COUNT(lists); i++) {
		char text[256];
		snprintf(text, sizeof text, CONFIG2 "fairSharing: {%s}\n", lists[i]);
		struct decoded d = decode(text);
		assert_non_null(strstr(d.problems, "error: Configuration: fairSharing.preemptionStrategies: must be ["));
		drop(&d);
	}
	struct decoded d =
	    decode(CONFIG2 "admissionFairSharing: {usageHalfLifeTime: -1h, resourceWeights: {cpu: -1, gpu: x}}\n");
	assert_non_null(strstr(d.problems, "usageHalfLifeTime"));
	assert_non_null(strstr(d.problems, "cpu is negative"));
	assert_non_null(strstr(d.problems, "gpu"));
	drop(&d);
}

/* The places of problems inside the text are lines of the file. */
static void a_config_map_may_carry_the_configuration(void **state)
{
	(void)state;
	struct decoded d = decode("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kueue-manager-config}\n"
	                          "data:\n"
	                          "  controller_manager_config.yaml: |\n"
	                          "    apiVersion: config.kueue.x-k8s.io/v1beta2\n"
	                          "    kind: Configuration\n"
	                          "    waitForPodsReady:\n"
	                          "      timeout: 7m\n"
	                          "      blockAdmision: true\n" NEXT
	                          "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {a: b}\n");
	assert_string_equal(d.problems,
	                    "k.yaml:10:3: warning: Configuration: unknown field waitForPodsReady.blockAdmision; did you "
	                    "mean 'blockAdmission'?\n"
	                    "k.yaml:12:1: note: kinds that are not read here, skipped: ConfigMap (1)\n");
	assert_true(d.config->controller.pods_ready_timeout_us == 420 * US_PER_S);
	drop(&d);
}

static void nodes_become_pools_of_one(void **state)
{
	(void)state;
	struct decoded d =
	    decode("apiVersion: v1\nkind: Node\nmetadata:\n  name: n2\n  labels: {nvidia.com/gpu.product: H100, "
	           "kubernetes.io/hostname: n2, eks.amazonaws.com/capacityType: SPOT}\n"
	           "spec: {taints: [{key: gpu, value: x, effect: NoSchedule, timeAdded: now}], unschedulable: true, podCIDR: "
	           "10.0.0.0/8}\n"
	           "status:\n  allocatable: {cpu: 95500m, memory: 1000Gi, nvidia.com/gpu: \"8\", pods: 110, ephemeral-storage: "
	           "0}\n  capacity: {cpu: 96}\n"
	           "  conditions: [{type: MemoryPressure, status: \"False\"}, {type: Ready, status: Unknown}]\n" NEXT
	           "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\nstatus: {allocatable: {cpu: 4}}\n" NEXT
	           "apiVersion: v1\nkind: NodeList\nitems:\n- metadata: {name: n3}\n  status: {capacity: {amd.com/gpu: 4}}\n");
	assert_string_equal(d.problems, "");
	assert_int_equal(d.objects.n_pools, 3);
	const struct node_pool *cpu = &d.objects.pools[0], *spot = &d.objects.pools[1], *amd = &d.objects.pools[2];
	assert_string_equal(text_of(&d, cpu->single_node), "n1");
	assert_int_equal(cpu->gpu_product, NO_NAME);
	assert_int_equal(cpu->gpus_per_node, 0);
	assert_int_equal(cpu->capacity_type, CAPACITY_ON_DEMAND);
	assert_string_equal(text_of(&d, spot->name), "n2");
	assert_int_equal(spot->nodes, 1);
	assert_string_equal(text_of(&d, spot->gpu_product), "H100");
	assert_string_equal(text_of(&d, spot->gpu_resource), "nvidia.com/gpu");
	assert_int_equal(spot->gpus_per_node, 8);
	assert_int_equal(spot->capacity_type, CAPACITY_SPOT);
	assert_int_equal(spot->n_labels, 2); /* without the host name */
	assert_int_equal(spot->n_allocatable, 4);
	assert_string_equal(text_of(&d, spot->allocatable[0].resource), "cpu");
	assert_int_equal(spot->allocatable[0].amount, 95500);
	assert_string_equal(text_of(&d, spot->allocatable[3].resource), "pods");
	assert_int_equal(spot->n_taints, 3);
	assert_string_equal(text_of(&d, spot->taints[1].key), "node.kubernetes.io/unschedulable");
	assert_string_equal(text_of(&d, spot->taints[2].key), "node.kubernetes.io/not-ready");
	assert_string_equal(text_of(&d, amd->gpu_product), "amd.com/gpu");
	assert_int_equal(amd->gpus_per_node, 4);
	drop(&d);
	d = decode("apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Node\n  metadata: {name: n}\n  status: "
	           "{allocatable: {cpu: 1}}\n"
	           "- apiVersion: v1\n  kind: Node\n  metadata: {name: n}\n  status: {allocatable: {cpu: 1}}\n"
	           "- apiVersion: v1\n  kind: Node\n  metadata: {name: m}\n");
	assert_string_equal(
	    d.problems, "k.yaml:10:20: error: Node 'n' is given twice, first at k.yaml:6\n"
	                "k.yaml:14:20: error: Node 'm': status.allocatable is missing; kubectl get node -o yaml prints it\n");
	drop(&d);
}

#define QUEUES                                                                                                              \
	V2("ClusterQueue", "cq")                                                                                                \
	"spec: {namespaceSelector: {}}\n" NEXT "{apiVersion: kueue.x-k8s.io/v1beta2, kind: LocalQueue, metadata: {name: q, "    \
	"namespace: ns}, spec: {clusterQueue: cq}}\n" NEXT
#define JOB(name, labels, annotations)                                                                                      \
	"apiVersion: batch/v1\nkind: Job\nmetadata: {name: " name                                                               \
	", namespace: ns, labels: {kueue.x-k8s.io/queue-name: q" labels "}, annotations: {" annotations "}}\n"

static int64_t request_of(const struct decoded *d, const struct pod_set *pod_set, const char *resource)
{
	for (uint32_t i = 0; i < pod_set->n_requests; i++)
		if (pod_set->requests[i].resource == id(d, resource))
			return pod_set->requests[i].amount;
	return -1;
}

/* WL-2: init containers, sidecars, limits, defaults of the namespace, requests of the pod as a whole, overhead. */
static void jobs_are_read_with_what_their_pods_request(void **state)
{
	(void)state;
	struct decoded d = decode(
	    "apiVersion: v1\nkind: LimitRange\nmetadata: {name: l, namespace: ns}\nspec: {limits: [{type: Container, default: "
	    "{memory: 3Gi, hugepages-2Mi: 4Mi}, defaultRequest: {memory: 1Gi}}]}\n" NEXT
	    "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: 500\n" NEXT
	    "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: usual}\nvalue: 7\nglobalDefault: "
	    "true\n" NEXT V2("WorkloadPriorityClass", "prod") "value: 1000\n" NEXT JOB(
	        "b",
	        ", kueue.x-k8s.io/priority-class: prod, "
	        "kueue.x-k8s.io/max-exec-time-seconds: \"3600\"",
	        "berth.dev/run-time: 2h, kueue.x-k8s.io/job-min-parallelism: "
	        "\"2\"") "spec:\n  parallelism: 8\n  completions: 6\n  suspend: "
	                 "true\n  template:\n    spec:\n      restartPolicy: "
	                 "Never\n"
	                 "      nodeSelector: {zone: a}\n      tolerations: "
	                 "[{operator: Exists}]\n"
	                 "      affinity: {nodeAffinity: "
	                 "{requiredDuringSchedulingIgnoredDuringExecution: "
	                 "{nodeSelectorTerms: [{matchExpressions: [{key: k, "
	                 "operator: Exists}]}]}}}\n"
	                 "      overhead: {cpu: 100m}\n"
	                 "      initContainers:\n"
	                 "      - {name: first, resources: {requests: {cpu: 9, "
	                 "memory: 1Mi}}}\n"
	                 "      - {name: side, restartPolicy: Always, resources: "
	                 "{requests: {cpu: 1, memory: 1Mi}}}\n"
	                 "      - {name: second, resources: {requests: {cpu: 3, "
	                 "memory: 8Gi}}}\n"
	                 "      containers:\n"
	                 "      - {name: main, image: x, resources: {requests: "
	                 "{cpu: 2}, limits: {cpu: 4, nvidia.com/gpu: 1}}}\n"
	                 "      - {name: other, resources: {limits: {cpu: 500m, "
	                 "memory: 2Gi}}}\n" NEXT JOB("a", "", "berth.dev/run-time: 90s") "spec: {template: {spec: "
	                                                                                 "{priorityClassName: "
	                                                                                 "high, containers: "
	                                                                                 "[{name: c, resources: "
	                                                                                 "{requests: {cpu: "
	                                                                                 "1}}}]}}}\n" NEXT "apiVersion: "
	                                                                                 "batch/v1\nkind: "
	                                                                                 "Job\nmetadata: {name: "
	                                                                                 "not-kueues}\nspec: "
	                                                                                 "{template: {spec: "
	                                                                                 "{affinity: {podAffinity: "
	                                                                                 "{x: y}}}}}\n" NEXT QUEUES);
	assert_string_equal(d.problems,
	                    "k.yaml:49:1: note: kinds that are not read here, skipped: Job without a queue name (1)\n");
	assert_int_equal(d.objects.n_workloads, 2);
	const struct initial_workload *a = &d.objects.workloads[0], *b = &d.objects.workloads[1];
	int32_t priority;
	assert_string_equal(text_of(&d, a->job.name), "ns/a");
	assert_true(kueue_find_priority(d.config, a->job.priority_class, &priority) && priority == 500);
	assert_true(kueue_find_priority(d.config, NO_NAME, &priority) && priority == 7);
	assert_true(a->job.run_us == 90 * US_PER_S && a->job.max_execution_us == -1 && !a->has_admission);
	assert_string_equal(text_of(&d, b->job.queue), "q");
	assert_true(kueue_find_priority(d.config, b->job.priority_class, &priority) && priority == 1000);
	assert_true(b->job.max_execution_us == 3600 * US_PER_S && b->job.run_us == 7200 * US_PER_S);
	const struct pod_set *pods = &d.objects.shapes[b->job.shape].pod_sets[0];
	assert_int_equal(pods->count, 6);
	assert_int_equal(pods->min_count, 2);
	/* first init alone 9; side + second 4; side + main + other 3.5; and the overhead */
	assert_int_equal(request_of(&d, pods, "cpu"), 9100);
	/* side + second = 8 Gi + 1 Mi beats side + main (LimitRange 1 Gi) + other (1 Gi, before its own limit) */
	assert_int_equal(request_of(&d, pods, "memory"), (INT64_C(8) << 30) + (1 << 20));
	assert_int_equal(request_of(&d, pods, "nvidia.com/gpu"), 1);
	assert_int_equal(request_of(&d, pods, "hugepages-2Mi"), 3 * (4 << 20));
	for (uint32_t i = 1; i < pods->n_requests; i++)
		assert_true(resource_order(d.names, pods->requests[i - 1].resource, pods->requests[i].resource) < 0);
	assert_int_equal(pods->n_node_selector, 1);
	assert_true(pods->tolerations[0].exists);
	assert_int_equal(pods->affinity[0].requirements[0].op, SELECTOR_EXISTS);
	assert_int_equal(d.objects.n_default_requests, 2);
	assert_string_equal(text_of(&d, d.objects.default_requests[1].resource), "memory");
	assert_int_equal(d.objects.default_requests[1].amount, 1 << 30);
	drop(&d);
}

static void jobs_that_cannot_be_simulated_are_refused(void **state)
{
	(void)state;
	static const char text[] = JOB("endless", "", "") "spec: {template: {spec: {containers: [{name: c}]}}}\n" NEXT JOB(
	    "bound", ", kueue.x-k8s.io/priority-class: nobody",
	    "berth.dev/run-time: 1h") "spec: {template: {metadata: {annotations: {kueue.x-k8s.io/podset-required-topology: "
	                              "rack}}, spec: {schedulerName: volcano, topologySpreadConstraints: [{maxSkew: 1}], "
	                              "containers: [{name: c, resources: {claims: [{name: gpu}], requests: {nvidia.com/gpu: "
	                              "500m}}}]}}}\n" NEXT QUEUES;
	struct decoded d = decode(text);
	assert_string_equal(
	    d.problems,
	    "k.yaml:3:18: error: Job 'ns/endless': nothing says how long it runs; annotate it with berth.dev/run-time: 2h\n"
	    "k.yaml:8:110: error: Job 'ns/bound': WorkloadPriorityClass 'nobody' does not exist\n"
	    "k.yaml:9:85: error: Job 'ns/bound': annotation kueue.x-k8s.io/podset-required-topology: not modelled yet\n"
	    "k.yaml:9:115: error: Job 'ns/bound': schedulerName other than default-scheduler: not modelled yet\n"
	    "k.yaml:9:151: error: Job 'ns/bound': spec.template.spec.topologySpreadConstraints: not modelled yet\n"
	    "k.yaml:9:210: error: Job 'ns/bound': spec.template.spec.containers.resources.claims: not modelled yet\n"
	    "k.yaml:9:252: error: Job 'ns/bound': nvidia.com/gpu: 500m is not a whole number; a shared device has a resource "
	    "name of "
	    "its own\n");
	drop(&d);
	d = decode_with(text, true);
	assert_string_equal(d.objects.not_modelled[d.objects.n_not_modelled - 1], "1 Job without a run time left out");
	assert_int_equal(d.objects.n_workloads, 1);
	drop(&d);
}

#define WORKLOAD(name, rest)                                                                                                \
	"apiVersion: kueue.x-k8s.io/v1beta2\nkind: Workload\nmetadata: {name: " name                                            \
	", namespace: ns, creationTimestamp: \"2026-01-04T23:00:00Z\", annotations: {berth.dev/run-time: 3h}" rest "}\n"
#define PODS                                                                                                                \
	"podSets: [{name: main, count: 4, template: {spec: {containers: [{name: c, resources: {requests: {nvidia.com/gpu: "     \
	"8}}}]}}}]"

static void workloads_are_read_with_their_admission(void **state)
{
	(void)state;
	struct decoded d = decode(FLAVOR("h100") V2("WorkloadPriorityClass", "prod") "value: 9\n" NEXT WORKLOAD(
	    "run", ", ownerReferences: [{apiVersion: batch/v1, kind: Job, name: "
	           "j}]") "spec: {queueName: q, priority: 9, priorityClassRef: "
	                  "{group: kueue.x-k8s.io, kind: WorkloadPriorityClass, "
	                  "name: prod}, maximumExecutionTimeSeconds: 60, " PODS "}\n"
	                  "status:\n"
	                  "  admission: {clusterQueue: cq, podSetAssignments: "
	                  "[{name: main, count: 3, flavors: {nvidia.com/gpu: "
	                  "h100}, resourceUsage: {nvidia.com/gpu: 24}}]}\n"
	                  "  conditions:\n"
	                  "  - {type: QuotaReserved, status: \"True\", "
	                  "lastTransitionTime: \"2026-01-04T23:59:00Z\"}\n"
	                  "  - {type: Admitted, status: \"True\", "
	                  "lastTransitionTime: \"2026-01-04T23:59:01Z\"}\n"
	                  "  - {type: PodsReady, status: \"False\", "
	                  "lastTransitionTime: \"2026-01-04T23:59:01Z\"}\n" NEXT WORKLOAD(
	                      "wait", "") "spec: {queueName: q, priority: 42, " PODS "}\nstatus: {requeueState: {count: 2, "
	                                  "requeueAt: "
	                                  "\"2026-01-05T00:01:00Z\"}}\n" NEXT WORKLOAD(
	                                      "off", "") "spec: {active: false, " PODS
	                                                 "}\n" NEXT WORKLOAD(
	                                                     "over", "") "spec: {" PODS "}\nstatus: {conditions: "
	                                                                 "[{type: Finished, status: "
	                                                                 "\"True\"}]}\n" NEXT JOB(
	                                                                     "j", "", "") "spec: {template: "
	                                                                                  "{spec: "
	                                                                                  "{containers: "
	                                                                                  "[{name: c}]}}}\n" NEXT QUEUES);
	assert_string_equal(d.problems, "");
	assert_int_equal(d.objects.n_workloads, 2);
	const struct initial_workload *run = &d.objects.workloads[0], *wait = &d.objects.workloads[1];
	int32_t priority;
	assert_true(run->has_admission && !wait->has_admission);
	assert_string_equal(text_of(&d, run->admitted_queue), "cq");
	assert_int_equal(run->admission[0].count, 3);
	assert_string_equal(text_of(&d, run->admission[0].flavors[0].value), "h100");
	assert_true(run->job.submit_us == -US_PER_HOUR && run->reserved_us == -60 * US_PER_S &&
	            run->admitted_us == -59 * US_PER_S);
	assert_true(run->pods_ready_us == NEVER_US && run->requeue_at_us == -1);
	assert_true(run->job.max_execution_us == 60 * US_PER_S);
	assert_string_equal(text_of(&d, run->job.priority_class), "prod");
	assert_true(kueue_find_priority(d.config, wait->job.priority_class, &priority) && priority == 42);
	assert_int_equal(wait->requeue_count, 2);
	assert_true(wait->requeue_at_us == 60 * US_PER_S);
	/* the pair that the admission uses has an index though no quota names it */
	assert_int_not_equal(kueue_find_fr(d.config, 0, kueue_find_resource(d.config, id(&d, "nvidia.com/gpu"))), NONE);
	drop(&d);
}

static void workloads_in_states_not_kept_are_refused(void **state)
{
	(void)state;
	struct decoded d = decode(WORKLOAD(
	    "w", "") "spec: {podSets: []}\nstatus: {admissionChecks: [{name: x}], conditions: [{type: Evicted, status: "
	             "\"True\", reason: PodsReadyTimeout}]}\n" NEXT WORKLOAD(
	                 "x", "") "spec: {" PODS
	                          "}\nstatus: {admission: {clusterQueue: cq}, conditions: [{type: Evicted, status: "
	                          "\"True\", reason: Preempted}]}\n" NEXT WORKLOAD("w", "") "spec: {" PODS "}\n" NEXT QUEUES);
	assert_string_equal(
	    d.problems,
	    "k.yaml:4:17: error: Workload 'ns/w': spec.podSets: 0 pod sets, Kueue has 1 to 18\n"
	    "k.yaml:5:27: error: Workload 'ns/w': status.admissionChecks: not modelled yet\n"
	    "k.yaml:5:53: error: Workload 'ns/w': status.conditions: a queue position by time of eviction: not modelled yet\n"
	    "k.yaml:11:21: error: Workload 'ns/x': status.admission has no assignment for pod set 'main'\n"
	    "k.yaml:11:53: error: Workload 'ns/x': status.conditions: Evicted while quota is held: not modelled yet\n"
	    "k.yaml:15:18: error: Workload 'ns/w': is given twice, also at k.yaml:3\n");
	drop(&d);
}

/* A queue that nobody defines. */
static void missing_queues_are_reported(void **state)
{
	(void)state;
	struct decoded d =
	    decode(V2("ClusterQueue", "cq") "spec: {namespaceSelector: {}}\n" NEXT
	                                    "apiVersion: kueue.x-k8s.io/v1beta2\nkind: LocalQueue\nmetadata: {name: gpus, "
	                                    "namespace: ns}\nspec: {clusterQueue: cq}\n" NEXT
	                                    "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, namespace: ns, labels: "
	                                    "{kueue.x-k8s.io/queue-name: gpu}, annotations: {berth.dev/run-time: 1h}}\n"
	                                    "spec: {template: {spec: {containers: [{name: c}]}}}\n" NEXT WORKLOAD(
	                                        "w", "") "spec: {queueName: gpus, " PODS
	                                                 "}\nstatus: {admission: {clusterQueue: cqq, podSetAssignments: [{name: "
	                                                 "main, flavors: {nvidia.com/gpu: gone}}]}}\n");
	assert_string_equal(d.problems,
	                    "k.yaml:13:72: error: Job 'ns/j': LocalQueue 'ns/gpu' does not exist; did you mean 'gpus'?\n"
	                    "k.yaml:20:36: error: Workload 'ns/w': ClusterQueue 'cqq' does not exist; did you mean 'cq'?\n");
	drop(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(limit_ranges_bound_and_default_requests),
	    cmocka_unit_test(admission_checks_are_read),
	    cmocka_unit_test(resources_of_the_configuration_are_read),
	    cmocka_unit_test(queues_are_read_with_everything),
	    cmocka_unit_test(missing_fields_have_kueues_defaults),
	    cmocka_unit_test(older_names_are_read_in_v1beta1_only),
	    cmocka_unit_test(problems_have_places_and_suggestions),
	    cmocka_unit_test(unmodelled_fields_are_errors_or_banner_lines),
	    cmocka_unit_test(the_controllers_configuration_is_read),
	    cmocka_unit_test(older_configurations_wait_for_pods_only_when_told),
	    cmocka_unit_test(fair_sharing_is_read),
	    cmocka_unit_test(fair_sharing_that_kueue_refuses_is_refused),
	    cmocka_unit_test(a_config_map_may_carry_the_configuration),
	    cmocka_unit_test(nodes_become_pools_of_one),
	    cmocka_unit_test(jobs_are_read_with_what_their_pods_request),
	    cmocka_unit_test(jobs_that_cannot_be_simulated_are_refused),
	    cmocka_unit_test(workloads_are_read_with_their_admission),
	    cmocka_unit_test(workloads_in_states_not_kept_are_refused),
	    cmocka_unit_test(missing_queues_are_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
