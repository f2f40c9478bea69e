/* pods.c - a pod template as a pod set: what one pod requests (kueue-semantics WL-2) and where it may run. */
#include <stdlib.h>
#include <string.h>

#include "kube.h"

/* Amounts by resource, few enough to look through. */
struct amounts {
	VEC_FIELDS(struct resource_request);
};

static struct resource_request *find_amount(const struct amounts *amounts, name_id resource)
{
	for (uint32_t i = 0; i < amounts->count; i++)
		if (amounts->items[i].resource == resource)
			return &amounts->items[i];
	return NULL;
}

static struct resource_request *take_amount(struct amounts *amounts, name_id resource)
{
	struct resource_request *found = find_amount(amounts, resource);
	if (!found) {
		found = VEC_PUSH(amounts);
		found->resource = resource;
	}
	return found;
}

static void add_amounts(struct amounts *sum, const struct amounts *more)
{
	for (uint32_t i = 0; i < more->count; i++) {
		struct resource_request *found = take_amount(sum, more->items[i].resource);
		found->amount = sat_add(found->amount, more->items[i].amount);
	}
}

static void raise_amounts(struct amounts *most, const struct amounts *other)
{
	for (uint32_t i = 0; i < other->count; i++) {
		struct resource_request *found = take_amount(most, other->items[i].resource);
		found->amount = MAX(found->amount, other->items[i].amount);
	}
}

/* Adds those of a mapping of resource to quantity that are not there yet. */
static void read_missing(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field,
                         struct amounts *amounts)
{
	const struct doc_node *node = read_mapping(decoder, mapping, field);
	for (uint32_t i = 0; node && i < node->count; i++) {
		name_id resource = names_intern(decoder->names, node->pairs[i].key);
		int64_t amount;
		if (node->pairs[i].value->kind != DOC_NULL && !find_amount(amounts, resource) &&
		    read_amount(decoder, node->pairs[i].value, node->pairs[i].key, &amount))
			*VEC_PUSH(amounts) = (struct resource_request){resource, amount};
	}
}

/* WL-2 in its order: requests, then the defaults of the namespace's LimitRange, then limits. */
static struct amounts read_container(struct kube_decoder *decoder, const struct doc_node *container)
{
	const struct doc_node *resources = read_mapping(decoder, container, "resources");
	const char *space = *decoder->object.space ? decoder->object.space : "default";
	name_id here = names_intern(decoder->names, space);
	struct amounts amounts = {0};
	read_missing(decoder, resources, "requests", &amounts);
	for (uint32_t i = 0; i < decoder->limits.count; i++) {
		const struct limit_row *row = &decoder->limits.items[i];
		if (row->space == here && !find_amount(&amounts, row->resource))
			*VEC_PUSH(&amounts) = (struct resource_request){row->resource, row->amount};
	}
	read_missing(decoder, resources, "limits", &amounts);
	struct amounts limits = {0};
	read_missing(decoder, resources, "limits", &limits);
	struct limit_bounds bounds = {decoder->bounds.items, decoder->bounds.count};
	decoder->pod_refused |= !limits_allow_container(bounds, here, amounts.items, amounts.count, limits.items, limits.count);
	VEC_FREE(&limits);
	return amounts;
}

static bool is_sidecar(struct kube_decoder *decoder, const struct doc_node *container)
{
	const char *policy = read_text(decoder, container, "restartPolicy");
	return policy && strcmp(policy, "Always") == 0;
}

/* max(containers + sidecars, each init container + the sidecars before it). */
static struct amounts read_containers(struct kube_decoder *decoder, const struct doc_node *spec)
{
	const struct doc_node *containers = read_sequence(decoder, spec, "containers");
	const struct doc_node *inits = read_sequence(decoder, spec, "initContainers");
	struct amounts sidecars = {0}, most = {0};
	for (uint32_t i = 0; inits && i < inits->count; i++) {
		struct amounts amounts = read_container(decoder, inits->items[i]);
		if (is_sidecar(decoder, inits->items[i])) {
			add_amounts(&sidecars, &amounts);
			raise_amounts(&most, &sidecars);
		} else {
			add_amounts(&amounts, &sidecars);
			raise_amounts(&most, &amounts);
		}
		VEC_FREE(&amounts);
	}
	for (uint32_t i = 0; containers && i < containers->count; i++) {
		struct amounts amounts = read_container(decoder, containers->items[i]);
		add_amounts(&sidecars, &amounts);
		VEC_FREE(&amounts);
	}
	raise_amounts(&most, &sidecars);
	VEC_FREE(&sidecars);
	return most;
}

static int compare_requests(const void *a, const void *b, void *names)
{
	const struct resource_request *x = a, *y = b;
	return resource_order(names, x->resource, y->resource);
}

/* Requests of the pod as a whole win over those of its containers; its overhead comes on top. */
static const struct resource_request *read_requests(struct kube_decoder *decoder, const struct doc_node *spec,
                                                    uint32_t *ret_count)
{
	const struct doc_node *whole = read_mapping(decoder, spec, "resources");
	struct amounts pod = {0}, overhead = {0};
	struct amounts amounts = read_containers(decoder, spec);
	read_missing(decoder, whole, "requests", &pod);
	read_missing(decoder, whole, "limits", &pod);
	read_missing(decoder, spec, "overhead", &overhead);
	for (uint32_t i = 0; i < pod.count; i++)
		take_amount(&amounts, pod.items[i].resource)->amount = pod.items[i].amount;
	add_amounts(&amounts, &overhead);
	struct resource_request *requests = arena_copy(decoder->arena, amounts.items, amounts.count * sizeof *amounts.items);
	qsort_r(requests, amounts.count, sizeof *requests, compare_requests, decoder->names);
	*ret_count = amounts.count;
	VEC_FREE(&amounts);
	VEC_FREE(&pod);
	VEC_FREE(&overhead);
	return requests;
}

static const struct selector_term *read_affinity(struct kube_decoder *decoder, const struct doc_node *spec,
                                                 uint32_t *ret_count)
{
	const struct doc_node *affinity = read_mapping(decoder, spec, "affinity");
	const struct doc_node *node_affinity = read_mapping(decoder, affinity, "nodeAffinity");
	const struct doc_node *required = read_mapping(decoder, node_affinity, "requiredDuringSchedulingIgnoredDuringExecution");
	const struct doc_node *list = read_sequence(decoder, required, "nodeSelectorTerms");
	struct selector_term *terms = ARENA_ARRAY(decoder->arena, struct selector_term, list ? list->count : 0);
	for (uint32_t i = 0; list && i < list->count; i++)
		terms[i].requirements = read_requirements(decoder, list->items[i], &terms[i].n_requirements);
	*ret_count = list ? list->count : 0;
	return terms;
}

/* Requests for a placement in the topology of nodes. */
static void check_template(struct kube_decoder *decoder, const struct doc_node *template, const struct doc_node *spec)
{
	static const char *const annotations[] = {
	    "kueue.x-k8s.io/podset-required-topology",
	    "kueue.x-k8s.io/podset-preferred-topology",
	    "kueue.x-k8s.io/podset-unconstrained-topology",
	    "kueue.x-k8s.io/podset-slice-required-topology",
	    "kueue.x-k8s.io/podset-slice-size",
	    "kueue.x-k8s.io/podset-group-name",
	};
	const struct doc_node *metadata = read_field(template, "metadata");
	const char *scheduler = read_text(decoder, spec, "schedulerName");
	for (size_t i = 0; i < ARRAY_COUNT(annotations); i++)
		if (read_annotation(metadata, annotations[i]))
			kube_unmodelled(decoder, read_annotation(metadata, annotations[i]),
			                arena_printf(decoder->arena, "annotation %s", annotations[i]));
	if (scheduler && strcmp(scheduler, "default-scheduler") != 0)
		kube_unmodelled(decoder, read_field(spec, "schedulerName"), "schedulerName other than default-scheduler");
}

struct pod_set read_pod_set(struct kube_decoder *decoder, const struct doc_node *template, name_id name, int32_t count,
                            int32_t min_count)
{
	const struct doc_node *spec = read_mapping(decoder, template, "spec");
	struct pod_set pod_set = {.name = name, .count = count, .min_count = min_count};
	check_template(decoder, template, spec);
	pod_set.requests = read_requests(decoder, spec, &pod_set.n_requests);
	struct limit_bounds bounds = {decoder->bounds.items, decoder->bounds.count};
	name_id space = names_intern(decoder->names, *decoder->object.space ? decoder->object.space : "default");
	decoder->pod_refused |= !limits_allow_pod(bounds, space, pod_set.requests, pod_set.n_requests);
	pod_set.node_selector = read_labels(decoder, spec, "nodeSelector", &pod_set.n_node_selector);
	pod_set.tolerations = read_tolerations(decoder, spec, &pod_set.n_tolerations);
	pod_set.affinity = read_affinity(decoder, spec, &pod_set.n_affinity);
	return pod_set;
}
