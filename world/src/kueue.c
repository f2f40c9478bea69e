/* kueue.c - finding rows of a configuration by name, Kubernetes' matching rules, and the gates of Kueue's releases. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "world/kueue.h"

#define GATE_BIT(name) (UINT64_C(1) << GATE_##name)

/* kueue-semantics 10.2 to 10.4. */
#define GATES_0_19                                                                                                          \
	(GATE_BIT(FlavorFungibility) | GATE_BIT(FlavorFungibilityPreserveScanProgress) | GATE_BIT(PartialAdmission) |           \
	 GATE_BIT(PrioritySortingWithinCohort) | GATE_BIT(QuotaCheckStrategy) | GATE_BIT(ReclaimablePods) |                     \
	 GATE_BIT(SchedulingEquivalenceHashing) | GATE_BIT(SkipReassignmentForPodOwnedWorkloads) |                              \
	 GATE_BIT(FairSharingPreemptWithinNominal) | GATE_BIT(FairSharingPrioritizeNonBorrowing) |                              \
	 GATE_BIT(TASFailedNodeReplacementFailFast) | GATE_BIT(TASHandleOverlappingFlavors) | GATE_BIT(TASProfileMixed) |       \
	 GATE_BIT(TopologyAwareScheduling) | GATE_BIT(TASRecomputeAssignmentWithinSchedulingCycle) |                            \
	 GATE_BIT(AdmissionFairSharing) | GATE_BIT(ElasticJobsViaWorkloadSlices))

bool kueue_profile_gates(const char *profile, gate_set *ret_gates)
{
	static const struct {
		const char *name;
		gate_set gates;
	} profiles[] = {
	    {"0.19", GATES_0_19},
	    {"ff69552e", GATES_0_19 | GATE_BIT(RecomputeAssignmentUponPreemptionTargetsOverlap)},
	};
	for (size_t i = 0; i < ARRAY_COUNT(profiles); i++)
		if (strcmp(profiles[i].name, profile) == 0) {
			*ret_gates = profiles[i].gates;
			return true;
		}
	return false;
}

const struct topology *kueue_find_topology(const struct kueue_config *config, name_id name)
{
	for (uint32_t i = 0; i < config->n_topologies; i++)
		if (config->topologies[i].name == name)
			return &config->topologies[i];
	return NULL;
}

/* Binary search over rows that begin with their name and are sorted by it, byte-wise. */
static uint32_t find_row(const struct names *names, const void *rows, uint32_t count, size_t size, name_id name)
{
	uint32_t low = 0, high = count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const name_id *found = (const void *)((const char *)rows + middle * size);
		int order = names_compare(names, *found, name);
		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NONE;
}

_Static_assert(offsetof(struct resource_flavor, name) == 0, "find_row() takes the name from the front");
_Static_assert(offsetof(struct cohort, name) == 0, "find_row() takes the name from the front");
_Static_assert(offsetof(struct cluster_queue, name) == 0, "find_row() takes the name from the front");
_Static_assert(offsetof(struct kube_namespace, name) == 0, "find_row() takes the name from the front");
_Static_assert(offsetof(struct priority_class, name) == 0, "find_row() takes the name from the front");

int resource_order(const struct names *names, name_id a, name_id b)
{
	uint64_t hash_a = names_hash(names, a), hash_b = names_hash(names, b); /* FNV-1a */
	return hash_a != hash_b ? (hash_a > hash_b) - (hash_a < hash_b) : names_compare(names, a, b);
}

uint32_t kueue_find_resource(const struct kueue_config *config, name_id name)
{
	for (uint32_t i = 0; i < config->n_resources; i++)
		if (config->resources[i] == name)
			return i;
	return NONE;
}

uint32_t kueue_find_flavor(const struct kueue_config *config, name_id name)
{
	return find_row(config->names, config->flavors, config->n_flavors, sizeof *config->flavors, name);
}

uint32_t kueue_find_fr(const struct kueue_config *config, uint32_t flavor, uint32_t resource)
{
	uint32_t low = 0, high = config->n_frs;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct flavor_resource *found = &config->frs[middle];
		if (found->flavor == flavor && found->resource == resource)
			return middle;
		if (found->flavor < flavor || (found->flavor == flavor && found->resource < resource))
			low = middle + 1;
		else
			high = middle;
	}
	return NONE;
}

uint32_t kueue_find_cluster_queue(const struct kueue_config *config, name_id name)
{
	return find_row(config->names, config->cluster_queues, config->n_cluster_queues, sizeof *config->cluster_queues, name);
}

uint32_t kueue_find_cohort(const struct kueue_config *config, name_id name)
{
	return find_row(config->names, config->cohorts, config->n_cohorts, sizeof *config->cohorts, name);
}

uint32_t kueue_root_cohort(const struct kueue_config *config, uint32_t cohort)
{
	for (uint32_t steps = 0; cohort != NONE && steps < config->n_cohorts; steps++) {
		if (config->cohorts[cohort].parent == NONE)
			return cohort;
		cohort = config->cohorts[cohort].parent;
	}
	return cohort;
}

uint32_t kueue_find_local_queue(const struct kueue_config *config, name_id namespace_name, name_id name)
{
	uint32_t low = 0, high = config->n_local_queues;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct local_queue *found = &config->local_queues[middle];
		int order = names_compare(config->names, found->namespace_name, namespace_name);
		if (order == 0)
			order = names_compare(config->names, found->name, name);
		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NONE;
}

uint32_t kueue_find_namespace(const struct kueue_config *config, name_id name)
{
	return find_row(config->names, config->namespaces, config->n_namespaces, sizeof *config->namespaces, name);
}

bool kueue_parse_boost(const char *text, int32_t *ret_boost)
{
	char *end;
	errno = 0;
	long value = strtol(text, &end, 10);
	if (end == text || *end || errno || *text == ' ' || value < INT32_MIN || value > INT32_MAX)
		return false;
	*ret_boost = (int32_t)value;
	return true;
}

bool kueue_find_priority(const struct kueue_config *config, name_id priority_class, int32_t *ret_value)
{
	if (priority_class == NO_NAME) {
		*ret_value = config->default_priority;
		return true;
	}
	uint32_t found = find_row(config->names, config->priority_classes, config->n_priority_classes,
	                          sizeof *config->priority_classes, priority_class);
	if (found == NONE)
		return false;
	*ret_value = config->priority_classes[found].value;
	return true;
}

bool kueue_usage_based(const struct kueue_config *config, uint32_t cluster_queue)
{
	return config->controller.admission_fair_sharing && gate_on(config->gates, GATE_AdmissionFairSharing) &&
	       config->cluster_queues[cluster_queue].usage_based;
}

bool toleration_covers(const struct toleration *toleration, const struct taint *taint)
{
	if (toleration->effect != NO_NAME && toleration->effect != taint->effect)
		return false;
	if (toleration->key != NO_NAME && toleration->key != taint->key)
		return false;
	return toleration->exists || toleration->value == taint->value;
}

static bool covered_by_one(const struct taint *taint, const struct toleration *tolerations, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (toleration_covers(&tolerations[i], taint))
			return true;
	return false;
}

bool taints_tolerated(const struct names *names, const struct taint *taints, uint32_t n_taints, const struct toleration *a,
                      uint32_t n_a, const struct toleration *b, uint32_t n_b)
{
	for (uint32_t i = 0; i < n_taints; i++) {
		const char *effect = names_text(names, taints[i].effect);
		bool counts = strcmp(effect, "NoSchedule") == 0 || strcmp(effect, "NoExecute") == 0;
		if (counts && !covered_by_one(&taints[i], a, n_a) && !covered_by_one(&taints[i], b, n_b))
			return false;
	}
	return true;
}

/* A decimal integer, as Gt and Lt compare; false for any other text. */
static bool parse_integer(const char *text, int64_t *ret)
{
	char *end;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (errno || end == text || *end || *text == ' ')
		return false;
	*ret = value;
	return true;
}

static bool compares(const struct names *names, const struct selector_requirement *requirement, name_id label)
{
	int64_t bound, value;
	if (requirement->n_values != 1 || !parse_integer(names_text(names, requirement->values[0]), &bound) ||
	    !parse_integer(names_text(names, label), &value))
		return false;
	return requirement->op == SELECTOR_GT ? value > bound : value < bound;
}

static bool lists_value(const struct selector_requirement *requirement, name_id value)
{
	for (uint32_t i = 0; i < requirement->n_values; i++)
		if (requirement->values[i] == value)
			return true;
	return false;
}

bool requirement_matches(const struct names *names, const struct selector_requirement *requirement,
                         const struct key_value *labels, uint32_t n_labels)
{
	const struct key_value *label = NULL;
	for (uint32_t i = 0; i < n_labels && !label; i++)
		if (labels[i].key == requirement->key)
			label = &labels[i];
	switch (requirement->op) {
	case SELECTOR_IN:
		return label && lists_value(requirement, label->value);
	case SELECTOR_NOT_IN:
		return !label || !lists_value(requirement, label->value);
	case SELECTOR_EXISTS:
		return label;
	case SELECTOR_DOES_NOT_EXIST:
		return !label;
	case SELECTOR_GT:
	case SELECTOR_LT:
		return label && compares(names, requirement, label->value);
	}
	return false;
}

bool namespace_selected(const struct names *names, const struct namespace_selector *selector, const struct key_value *labels,
                        uint32_t n_labels)
{
	for (uint32_t i = 0; i < selector->n_requirements; i++)
		if (!requirement_matches(names, &selector->requirements[i], labels, n_labels))
			return false;
	return selector->set;
}

bool kueue_selects_namespace(const struct kueue_config *config, uint32_t cluster_queue, name_id namespace_name)
{
	uint32_t at = kueue_find_namespace(config, namespace_name);
	const struct kube_namespace *space = at == NONE ? NULL : &config->namespaces[at];
	return namespace_selected(config->names, &config->cluster_queues[cluster_queue].namespace_selector,
	                          space ? space->labels : NULL, space ? space->n_labels : 0);
}

/* ---- variants of concurrent admission (8.6) ---- */

/* The next name of a list joined by commas, without blanks around it. False at the end. */
static bool next_flavor(const char **at, const char **ret_name, size_t *ret_length)
{
	if (!*at)
		return false;
	const char *start = *at, *comma = strchr(start, ',');
	const char *end = comma ? comma : start + strlen(start);
	*at = comma ? comma + 1 : NULL;
	while (start < end && *start == ' ')
		start++;
	while (end > start && end[-1] == ' ')
		end--;
	*ret_name = start;
	*ret_length = (size_t)(end - start);
	return true;
}

bool kueue_flavor_allowed(const struct names *names, name_id allowed_flavors, name_id flavor)
{
	const char *list = allowed_flavors == NO_NAME ? NULL : names_text(names, allowed_flavors);
	const char *text = names_text(names, flavor), *name;
	size_t length;
	while (next_flavor(&list, &name, &length))
		if (strlen(text) == length && memcmp(text, name, length) == 0)
			return true;
	return allowed_flavors == NO_NAME;
}

uint32_t kueue_variant_rank(const struct kueue_config *config, uint32_t cluster_queue, name_id allowed_flavors)
{
	const struct cluster_queue *queue = &config->cluster_queues[cluster_queue];
	const char *list = allowed_flavors == NO_NAME ? NULL : names_text(config->names, allowed_flavors), *name;
	size_t length;
	if (queue->n_groups == 0 || !next_flavor(&list, &name, &length))
		return NONE;
	for (uint32_t i = 0; i < queue->groups[0].n_flavors; i++) {
		const char *text = names_text(config->names, config->flavors[queue->groups[0].flavors[i]].name);
		if (strlen(text) == length && memcmp(text, name, length) == 0)
			return i;
	}
	return NONE;
}

/* ---- admission checks (AC-1) ---- */

static bool check_covers(const struct queue_check *check, name_id flavor)
{
	for (uint32_t i = 0; i < check->n_flavors; i++)
		if (check->flavors[i] == flavor)
			return true;
	return check->n_flavors == 0;
}

static bool covers_queue(const struct kueue_config *config, const struct cluster_queue *queue,
                         const struct queue_check *check)
{
	for (uint32_t g = 0; g < queue->n_groups; g++)
		for (uint32_t f = 0; f < queue->groups[g].n_flavors; f++)
			if (!check_covers(check, config->flavors[queue->groups[g].flavors[f]].name))
				return false;
	return true;
}

uint64_t kueue_required_checks(const struct kueue_config *config, uint32_t cluster_queue, const uint32_t *flavors,
                               uint32_t n_flavors)
{
	const struct cluster_queue *queue = &config->cluster_queues[cluster_queue];
	uint64_t required = 0;
	for (uint32_t i = 0; i < queue->n_checks; i++) {
		bool needed = !flavors && covers_queue(config, queue, &queue->checks[i]);
		for (uint32_t f = 0; flavors && f < n_flavors && !needed; f++)
			needed = flavors[f] != NONE && check_covers(&queue->checks[i], config->flavors[flavors[f]].name);
		required |= (uint64_t)needed << i;
	}
	return required;
}

enum check_controller kueue_check_controller(const char *name)
{
	if (strcmp(name, "kueue.x-k8s.io/provisioning-request") == 0)
		return CHECK_PROVISIONING;
	return strcmp(name, "kueue.x-k8s.io/multikueue") == 0 ? CHECK_MULTIKUEUE : CHECK_OTHER;
}

uint32_t kueue_find_check(const struct cluster_queue *queue, name_id name)
{
	for (uint32_t i = 0; i < queue->n_checks; i++)
		if (queue->checks[i].name == name)
			return i;
	return NONE;
}
