/* kueue_objects.c - Kueue's configuration objects into the builder (kueue-semantics 1.1 to 1.4, 1.6). */
#include <string.h>

#include "kube.h"

enum { MOST_GROUPS = 16, MOST_FLAVORS = 64, MOST_RESOURCES = 64 }; /* of the API */

static const char *const stop_policies[] = {"None", "Hold", "HoldAndDrain", NULL};

static const struct doc_node *read_bounded(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field,
                                           uint32_t most)
{
	const struct doc_node *list = read_sequence(decoder, mapping, field);
	if (list && list->count > most)
		kube_error(decoder, list, NULL, "%s: %u items are more than the %u that Kueue allows", field, list->count, most);
	return list;
}

void decode_resource_flavor(struct kube_decoder *decoder)
{
	kube_check_fields(decoder);
	const struct doc_node *spec = read_mapping(decoder, decoder->object.root, "spec");
	struct resource_flavor flavor = {.name = decoder->object.id};
	flavor.node_labels = read_labels(decoder, spec, "nodeLabels", &flavor.n_node_labels);
	flavor.node_taints = read_taints(decoder, spec, "nodeTaints", &flavor.n_node_taints);
	flavor.tolerations = read_tolerations(decoder, spec, &flavor.n_tolerations);
	kueue_add_flavor(decoder->builder, &flavor, decoder->object.place);
}

/* LIMIT_UNSET when the field is absent. */
static int64_t read_limit(struct kube_decoder *decoder, const struct doc_node *quota, const char *field,
                          const char *resource)
{
	const struct doc_node *node = read_field(quota, field);
	int64_t amount;
	return node && read_amount(decoder, node, resource, &amount) ? amount : LIMIT_UNSET;
}

static struct named_quota read_quota(struct kube_decoder *decoder, const struct doc_node *item)
{
	const struct doc_node *nominal = read_field(item, "nominalQuota");
	struct named_quota quota = {.resource = read_required_name(decoder, item, "name"), .place = item->place};
	const char *resource = names_text(decoder->names, quota.resource);
	if (!nominal)
		kube_error(decoder, item, NULL, "nominalQuota is missing");
	else if (!read_amount(decoder, nominal, resource, &quota.quota.nominal))
		quota.quota.nominal = INT64_MAX; /* reported: no follow-up about limits above it */
	quota.quota.borrowing_limit = read_limit(decoder, item, "borrowingLimit", resource);
	quota.quota.lending_limit = read_limit(decoder, item, "lendingLimit", resource);
	return quota;
}

static struct named_flavor_quotas read_flavor_quotas(struct kube_decoder *decoder, const struct doc_node *item)
{
	const struct doc_node *list = read_bounded(decoder, item, "resources", MOST_RESOURCES);
	const struct doc_node *name = read_field(item, "name");
	struct named_quota *quotas = ARENA_ARRAY(decoder->arena, struct named_quota, list ? list->count : 0);
	for (uint32_t i = 0; list && i < list->count; i++)
		quotas[i] = read_quota(decoder, list->items[i]);
	return (struct named_flavor_quotas){
	    .flavor = read_required_name(decoder, item, "name"),
	    .quotas = quotas,
	    .n_quotas = list ? list->count : 0,
	    .place = name ? name->place : item->place,
	};
}

static struct named_group read_group(struct kube_decoder *decoder, const struct doc_node *item)
{
	const struct doc_node *covered = read_bounded(decoder, item, "coveredResources", MOST_RESOURCES);
	const struct doc_node *flavors = read_bounded(decoder, item, "flavors", MOST_FLAVORS);
	name_id *resources = ARENA_ARRAY(decoder->arena, name_id, covered ? covered->count : 0);
	struct named_flavor_quotas *quotas =
	    ARENA_ARRAY(decoder->arena, struct named_flavor_quotas, flavors ? flavors->count : 0);
	for (uint32_t i = 0; covered && i < covered->count; i++) {
		if (covered->items[i]->kind == DOC_SCALAR)
			resources[i] = names_intern(decoder->names, covered->items[i]->text);
		else
			kube_error(decoder, covered->items[i], NULL, "coveredResources: expected names of resources");
	}
	for (uint32_t i = 0; flavors && i < flavors->count; i++)
		quotas[i] = read_flavor_quotas(decoder, flavors->items[i]);
	return (struct named_group){resources, covered ? covered->count : 0, quotas, flavors ? flavors->count : 0};
}

static const struct named_group *read_groups(struct kube_decoder *decoder, const struct doc_node *spec, uint32_t *ret_count)
{
	const struct doc_node *list = read_bounded(decoder, spec, "resourceGroups", MOST_GROUPS);
	struct named_group *groups = ARENA_ARRAY(decoder->arena, struct named_group, list ? list->count : 0);
	for (uint32_t i = 0; list && i < list->count; i++)
		groups[i] = read_group(decoder, list->items[i]);
	*ret_count = list ? list->count : 0;
	return groups;
}

/* v1beta1 still has the names that MayStopSearch had before: Borrow and Preempt. */
static void read_fungibility(struct kube_decoder *decoder, const struct doc_node *spec, struct cluster_queue *queue)
{
	static const char *const borrow[] = {"MayStopSearch", "TryNextFlavor", "Borrow", NULL};
	static const char *const preempt[] = {"MayStopSearch", "TryNextFlavor", "Preempt", NULL};
	static const char *const current[] = {"MayStopSearch", "TryNextFlavor", NULL};
	static const char *const preferences[] = {"BorrowingOverPreemption", "PreemptionOverBorrowing", NULL};
	const struct doc_node *fungibility = read_mapping(decoder, spec, "flavorFungibility");
	bool old = decoder->object.version == BETA1;
	int word;
	if (read_word(decoder, fungibility, "whenCanBorrow", old ? borrow : current, &word))
		queue->when_can_borrow = word == 1 ? TRY_NEXT_FLAVOR : MAY_STOP_SEARCH;
	if (read_word(decoder, fungibility, "whenCanPreempt", old ? preempt : current, &word))
		queue->when_can_preempt = word == 1 ? TRY_NEXT_FLAVOR : MAY_STOP_SEARCH;
	if (!read_word(decoder, fungibility, "preference", preferences, &word))
		return;
	queue->preference = (enum fungibility_preference)word;
	bool both = queue->when_can_borrow == TRY_NEXT_FLAVOR && queue->when_can_preempt == TRY_NEXT_FLAVOR;
	if (queue->preference == BORROWING_OVER_PREEMPTION && !both) /* the other one is kueue_build's to refuse */
		kube_error(decoder, read_field(fungibility, "preference"), NULL,
		           "flavorFungibility.preference needs whenCanBorrow and whenCanPreempt to be TryNextFlavor");
}

static void read_preemption(struct kube_decoder *decoder, const struct doc_node *spec, struct cluster_queue *queue)
{
	static const char *const within[] = {"Never", "LowerPriority", "LowerOrNewerEqualPriority", NULL};
	static const char *const reclaim[] = {"Never", "LowerPriority", "Any", NULL};
	static const char *const borrow[] = {"Never", "LowerPriority", NULL};
	const struct doc_node *preemption = read_mapping(decoder, spec, "preemption");
	const struct doc_node *borrowing = read_mapping(decoder, preemption, "borrowWithinCohort");
	int64_t threshold;
	int word;
	if (read_word(decoder, preemption, "withinClusterQueue", within, &word))
		queue->within_cluster_queue = (enum preemption_policy)word;
	if (read_word(decoder, preemption, "reclaimWithinCohort", reclaim, &word))
		queue->reclaim_within_cohort = word == 2 ? PREEMPT_ANY : (enum preemption_policy)word;
	if (read_word(decoder, borrowing, "policy", borrow, &word))
		queue->borrow_within_cohort = (enum preemption_policy)word;
	if (read_int(decoder, borrowing, "maxPriorityThreshold", INT32_MIN, INT32_MAX, &threshold))
		queue->max_priority_threshold = threshold;
}

static struct namespace_selector read_namespace_selector(struct kube_decoder *decoder, const struct doc_node *spec)
{
	const struct doc_node *node = read_mapping(decoder, spec, "namespaceSelector");
	struct namespace_selector selector = {.set = node};
	selector.requirements = read_requirements(decoder, node, &selector.n_requirements);
	return selector;
}

static struct queue_check read_check(struct kube_decoder *decoder, const struct doc_node *item)
{
	struct queue_check check = {.name = read_required_name(decoder, item, "name")};
	const struct doc_node *list = read_bounded(decoder, item, "onFlavors", MOST_FLAVORS);
	name_id *flavors = ARENA_ARRAY(decoder->arena, name_id, list ? list->count : 0);
	for (uint32_t i = 0; list && i < list->count; i++)
		if (list->items[i]->kind == DOC_SCALAR)
			flavors[check.n_flavors++] = names_intern(decoder->names, list->items[i]->text);
	check.flavors = flavors;
	return check;
}

/* v1beta1 also has a plain list of names, for all flavors. */
static void read_checks(struct kube_decoder *decoder, const struct doc_node *spec, struct cluster_queue *queue)
{
	const struct doc_node *strategy = read_mapping(decoder, spec, "admissionChecksStrategy");
	const struct doc_node *list = read_bounded(decoder, strategy, "admissionChecks", MOST_QUEUE_CHECKS);
	const struct doc_node *names = NULL;
	if (!list && decoder->object.version == BETA1)
		names = read_bounded(decoder, spec, "admissionChecks", MOST_QUEUE_CHECKS);
	uint32_t count = list ? list->count : names ? names->count : 0;
	struct queue_check *checks = ARENA_ARRAY(decoder->arena, struct queue_check, count);
	for (uint32_t i = 0; i < count && i < MOST_QUEUE_CHECKS; i++) {
		if (list)
			checks[i] = read_check(decoder, list->items[i]);
		else if (names->items[i]->kind == DOC_SCALAR)
			checks[i] = (struct queue_check){.name = names_intern(decoder->names, names->items[i]->text)};
		queue->n_checks++;
	}
	queue->checks = checks;
}

void decode_cluster_queue(struct kube_decoder *decoder)
{
	static const char *const strategies[] = {"BestEffortFIFO", "StrictFIFO", NULL};
	static const char *const modes[] = {"NoAdmissionFairSharing", "UsageBasedAdmissionFairSharing", NULL};
	kube_check_fields(decoder);
	const struct doc_node *spec = read_mapping(decoder, decoder->object.root, "spec");
	struct cluster_queue queue = kueue_cluster_queue_defaults(decoder->object.id);
	uint32_t n_groups;
	int word;
	const struct named_group *groups = read_groups(decoder, spec, &n_groups);
	if (read_word(decoder, spec, "queueingStrategy", strategies, &word))
		queue.strategy = (enum queueing_strategy)word;
	if (read_word(decoder, spec, "stopPolicy", stop_policies, &word))
		queue.stop_policy = (enum stop_policy)word;
	queue.namespace_selector = read_namespace_selector(decoder, spec);
	read_fungibility(decoder, spec, &queue);
	read_preemption(decoder, spec, &queue);
	(void)read_weight(decoder, spec, &queue.fair_weight);
	read_checks(decoder, spec, &queue);
	if (read_word(decoder, read_mapping(decoder, spec, "admissionScope"), "admissionMode", modes, &word))
		queue.usage_based = word == 1;
	name_id cohort = read_name(decoder, spec, decoder->object.version == BETA1 ? "cohort" : "cohortName");
	kueue_add_cluster_queue(decoder->builder, &queue, cohort, groups, n_groups, decoder->object.place);
}

void decode_cohort(struct kube_decoder *decoder)
{
	kube_check_fields(decoder);
	const struct doc_node *spec = read_mapping(decoder, decoder->object.root, "spec");
	struct cohort cohort = {.name = decoder->object.id, .fair_weight = 1};
	uint32_t n_groups;
	const struct named_group *groups = read_groups(decoder, spec, &n_groups);
	(void)read_weight(decoder, spec, &cohort.fair_weight);
	kueue_add_cohort(decoder->builder, &cohort, read_name(decoder, spec, "parentName"), groups, n_groups,
	                 decoder->object.place);
}

void decode_local_queue(struct kube_decoder *decoder)
{
	kube_check_fields(decoder);
	const struct doc_node *spec = read_mapping(decoder, decoder->object.root, "spec");
	const char *space = *decoder->object.space ? decoder->object.space : "default";
	struct local_queue queue = {
	    .name = decoder->object.id,
	    .namespace_name = names_intern(decoder->names, space),
	    .fair_weight = 1,
	};
	int word;
	if (read_word(decoder, spec, "stopPolicy", stop_policies, &word))
		queue.stop_policy = (enum stop_policy)word;
	(void)read_weight(decoder, spec, &queue.fair_weight);
	name_id cluster_queue = read_required_name(decoder, spec ? spec : decoder->object.root, "clusterQueue");
	if (cluster_queue != NO_NAME)
		kueue_add_local_queue(decoder->builder, &queue, cluster_queue, decoder->object.place);
}

/* How its controller answers is said by the scenario; MultiKueue's answers depend on other clusters. */
void decode_admission_check(struct kube_decoder *decoder)
{
	kube_check_fields(decoder);
	const struct doc_node *spec = read_mapping(decoder, decoder->object.root, "spec");
	const char *controller = read_text(decoder, spec, "controllerName");
	const struct doc_node *conditions = read_field(read_field(decoder->object.root, "status"), "conditions");
	bool active = true;
	for (uint32_t i = 0; conditions && conditions->kind == DOC_SEQUENCE && i < conditions->count; i++) {
		const char *type = read_text(decoder, conditions->items[i], "type");
		const char *status = read_text(decoder, conditions->items[i], "status");
		if (type && status && strcmp(type, "Active") == 0)
			active = strcmp(status, "True") == 0;
	}
	enum check_controller kind = kueue_check_controller(controller ? controller : "");
	if (kind == CHECK_MULTIKUEUE)
		kube_unmodelled(decoder, read_field(spec, "controllerName"), "spec.controllerName kueue.x-k8s.io/multikueue");
	kueue_add_admission_check(decoder->builder, decoder->object.id, kind, active, decoder->object.place);
}

void decode_workload_priority_class(struct kube_decoder *decoder)
{
	int64_t value = 0;
	kube_check_fields(decoder);
	if (!read_field(decoder->object.root, "value"))
		kube_error(decoder, NULL, NULL, "value is missing");
	(void)read_int(decoder, decoder->object.root, "value", INT32_MIN, INT32_MAX, &value);
	struct priority_class priority_class = {.name = decoder->object.id, .value = (int32_t)value};
	*VEC_PUSH(&decoder->workload_classes) = (struct priority_row){priority_class.name, priority_class.value};
	kueue_add_priority_class(decoder->builder, &priority_class, decoder->object.place);
}
