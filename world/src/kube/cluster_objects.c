/* cluster_objects.c - Kubernetes' Namespace, Node, PriorityClass and LimitRange. */
#include <stdlib.h>
#include <string.h>

#include "kube.h"

void decode_namespace(struct kube_decoder *decoder)
{
	kube_check_fields(decoder);
	const struct doc_node *metadata = read_mapping(decoder, decoder->object.root, "metadata");
	struct kube_namespace space = {.name = decoder->object.id};
	space.labels = read_labels(decoder, metadata, "labels", &space.n_labels);
	kueue_add_namespace(decoder->builder, &space, decoder->object.place);
}

/* ---- Nodes ---- */

static bool has_value(const struct doc_node *metadata, const char *label, const char *value)
{
	const struct doc_node *node = read_label(metadata, label);
	return node && node->kind == DOC_SCALAR && strcasecmp(node->text, value) == 0;
}

/* By the labels of the managed clouds and of Karpenter. */
static enum capacity_type capacity_type_of(const struct doc_node *metadata)
{
	if (has_value(metadata, "karpenter.sh/capacity-type", "spot") ||
	    has_value(metadata, "eks.amazonaws.com/capacityType", "SPOT") ||
	    has_value(metadata, "cloud.google.com/gke-spot", "true") ||
	    has_value(metadata, "cloud.google.com/gke-preemptible", "true") ||
	    has_value(metadata, "kubernetes.azure.com/scalesetpriority", "spot"))
		return CAPACITY_SPOT;
	if (has_value(metadata, "karpenter.sh/capacity-type", "reserved") ||
	    has_value(metadata, "eks.amazonaws.com/capacityType", "CAPACITY_BLOCK"))
		return CAPACITY_RESERVED;
	return CAPACITY_ON_DEMAND;
}

static int compare_amounts(const void *a, const void *b, void *names)
{
	const struct resource_amount *x = a, *y = b;
	return names_compare(names, x->resource, y->resource);
}

static void read_allocatable(struct kube_decoder *decoder, const struct doc_node *status, struct node_pool *pool)
{
	const struct doc_node *node = read_mapping(decoder, status, "allocatable");
	if (!node)
		node = read_mapping(decoder, status, "capacity");
	if (!node) {
		kube_error(decoder, NULL, "kubectl get node -o yaml prints it", "status.allocatable is missing");
		return;
	}
	struct resource_amount *amounts = ARENA_ARRAY(decoder->arena, struct resource_amount, node->count);
	uint32_t count = 0;
	for (uint32_t i = 0; i < node->count; i++) {
		int64_t amount;
		if (read_field(node, node->pairs[i].key) &&
		    read_amount(decoder, node->pairs[i].value, node->pairs[i].key, &amount) && amount > 0)
			amounts[count++] = (struct resource_amount){names_intern(decoder->names, node->pairs[i].key), amount};
	}
	qsort_r(amounts, count, sizeof *amounts, compare_amounts, decoder->names);
	pool->allocatable = amounts;
	pool->n_allocatable = count;
}

/* The product label of the vendor's feature discovery; without one the GPU is known by its resource name. */
static void find_gpus(struct kube_decoder *decoder, const struct doc_node *metadata, struct node_pool *pool)
{
	static const char *const product_labels[] = {"nvidia.com/gpu.product", "amd.com/gpu.product-name",
	                                             "gpu.intel.com/product", "cloud.google.com/gke-accelerator"};
	int64_t total = 0, most = 0;
	for (uint32_t i = 0; i < pool->n_allocatable; i++) {
		const struct resource_amount *amount = &pool->allocatable[i];
		if (!resource_is_gpu(names_text(decoder->names, amount->resource)))
			continue;
		total = sat_add(total, amount->amount);
		if (amount->amount > most) {
			most = amount->amount;
			pool->gpu_resource = amount->resource;
		}
	}
	if (total > INT32_MAX)
		kube_error(decoder, NULL, NULL, "%lld GPUs on one node", (long long)total);
	pool->gpus_per_node = (int32_t)total;
	pool->gpu_product = pool->gpu_resource;
	for (size_t i = 0; total && i < ARRAY_COUNT(product_labels); i++) {
		const struct doc_node *label = read_label(metadata, product_labels[i]);
		if (label && label->kind == DOC_SCALAR && *label->text) {
			pool->gpu_product = names_intern(decoder->names, label->text);
			break;
		}
	}
}

/* A Ready condition that is there and not True. */
static bool is_not_ready(const struct doc_node *status)
{
	const struct doc_node *conditions = read_field(status, "conditions");
	for (uint32_t i = 0; conditions && conditions->kind == DOC_SEQUENCE && i < conditions->count; i++) {
		const struct doc_node *type = doc_get(conditions->items[i], "type"),
		                      *value = doc_get(conditions->items[i], "status");
		if (type && value && type->kind == DOC_SCALAR && value->kind == DOC_SCALAR && strcmp(type->text, "Ready") == 0)
			return strcmp(value->text, "True") != 0;
	}
	return false;
}

/* The node's taints, and those that the node controller would put on it. */
static void read_node_taints(struct kube_decoder *decoder, const struct doc_node *spec, const struct doc_node *status,
                             struct node_pool *pool)
{
	uint32_t count;
	const struct taint *given = read_taints(decoder, spec, "taints", &count);
	struct taint *taints = ARENA_ARRAY(decoder->arena, struct taint, count + 2);
	bool unschedulable = false;
	if (count)
		memcpy(taints, given, count * sizeof *given);
	(void)read_bool(decoder, spec, "unschedulable", &unschedulable);
	name_id effect = names_intern(decoder->names, "NoSchedule");
	if (unschedulable)
		taints[count++] = (struct taint){names_intern(decoder->names, "node.kubernetes.io/unschedulable"), NO_NAME, effect};
	if (is_not_ready(status))
		taints[count++] = (struct taint){names_intern(decoder->names, "node.kubernetes.io/not-ready"), NO_NAME, effect};
	pool->taints = taints;
	pool->n_taints = count;
}

static void read_node_labels(struct kube_decoder *decoder, const struct doc_node *metadata, struct node_pool *pool)
{
	uint32_t count, kept = 0;
	name_id hostname = names_intern(decoder->names, "kubernetes.io/hostname");
	const struct key_value *given = read_labels(decoder, metadata, "labels", &count);
	struct key_value *labels = ARENA_ARRAY(decoder->arena, struct key_value, count);
	for (uint32_t i = 0; i < count; i++)
		if (given[i].key != hostname)
			labels[kept++] = given[i];
	pool->labels = labels;
	pool->n_labels = kept;
}

void decode_node(struct kube_decoder *decoder)
{
	kube_check_fields(decoder);
	const struct doc_node *metadata = read_mapping(decoder, decoder->object.root, "metadata");
	const struct doc_node *spec = read_mapping(decoder, decoder->object.root, "spec");
	const struct doc_node *status = read_mapping(decoder, decoder->object.root, "status");
	struct node_pool pool = {
	    .name = decoder->object.id,
	    .nodes = 1,
	    .capacity_type = capacity_type_of(metadata),
	    .single_node = decoder->object.id,
	};
	read_allocatable(decoder, status, &pool);
	find_gpus(decoder, metadata, &pool);
	read_node_labels(decoder, metadata, &pool);
	read_node_taints(decoder, spec, status, &pool);
	*VEC_PUSH(&decoder->pools) = (struct pool_row){pool, decoder->object.place};
}

/* ---- Priorities and limits ---- */

name_id pod_class_name(struct kube_decoder *decoder, name_id name)
{
	return names_intern(decoder->names, arena_printf(decoder->arena, "PriorityClass/%s", names_text(decoder->names, name)));
}

void decode_priority_class(struct kube_decoder *decoder)
{
	int64_t value = 0;
	bool is_default = false;
	kube_check_fields(decoder);
	if (!read_field(decoder->object.root, "value"))
		kube_error(decoder, NULL, NULL, "value is missing");
	(void)read_int(decoder, decoder->object.root, "value", INT32_MIN, INT32_MAX, &value);
	(void)read_bool(decoder, decoder->object.root, "globalDefault", &is_default);
	struct priority_class row = {pod_class_name(decoder, decoder->object.id), (int32_t)value, is_default};
	*VEC_PUSH(&decoder->pod_classes) = (struct priority_row){row.name, row.value};
	kueue_add_priority_class(decoder->builder, &row, decoder->object.place);
}

static void add_limit(struct kube_decoder *decoder, const struct doc_pair *pair)
{
	const char *space = *decoder->object.space ? decoder->object.space : "default";
	int64_t amount;
	if (pair->value->kind != DOC_NULL && read_amount(decoder, pair->value, pair->key, &amount))
		*VEC_PUSH(&decoder->limits) =
		    (struct limit_row){names_intern(decoder->names, space), names_intern(decoder->names, pair->key), amount};
}

/* What a container requests by default. As the API server fills in what is left out: defaultRequest, else default, else max,
 * else min. */
static void read_container_limits(struct kube_decoder *decoder, const struct doc_node *item)
{
	static const char *const fields[] = {"defaultRequest", "default", "max", "min"};
	for (size_t f = 0; f < ARRAY_COUNT(fields); f++) {
		const struct doc_node *amounts = read_mapping(decoder, item, fields[f]);
		for (uint32_t i = 0; amounts && i < amounts->count; i++) {
			bool named = false;
			for (size_t before = 0; before < f; before++)
				named |= read_field(read_field(item, fields[before]), amounts->pairs[i].key) != NULL;
			if (!named)
				add_limit(decoder, &amounts->pairs[i]);
		}
	}
}

static void read_bounds(struct kube_decoder *decoder, const struct doc_node *item, enum limit_type type, bool most)
{
	const struct doc_node *amounts = read_mapping(decoder, item, most ? "max" : "min");
	const char *space = *decoder->object.space ? decoder->object.space : "default";
	for (uint32_t i = 0; amounts && i < amounts->count; i++) {
		int64_t amount;
		if (amounts->pairs[i].value->kind == DOC_NULL ||
		    !read_amount(decoder, amounts->pairs[i].value, amounts->pairs[i].key, &amount))
			continue;
		*VEC_PUSH(&decoder->bounds) = (struct limit_bound){
		    .namespace_name = names_intern(decoder->names, space),
		    .resource = names_intern(decoder->names, amounts->pairs[i].key),
		    .type = type,
		    .least = most ? INT64_MIN : amount,
		    .most = most ? amount : INT64_MAX,
		};
	}
}

void decode_limit_range(struct kube_decoder *decoder)
{
	kube_check_fields(decoder);
	const struct doc_node *spec = read_mapping(decoder, decoder->object.root, "spec");
	const struct doc_node *list = read_sequence(decoder, spec, "limits");
	for (uint32_t i = 0; list && i < list->count; i++) {
		const struct doc_node *item = list->items[i];
		const char *type = read_text(decoder, item, "type");
		if (!type || strcmp(type, "PersistentVolumeClaim") == 0)
			continue;
		bool is_container = strcmp(type, "Container") == 0;
		if (read_field(item, "maxLimitRequestRatio"))
			kube_unmodelled(decoder, read_field(item, "maxLimitRequestRatio"), "spec.limits.maxLimitRequestRatio");
		for (int most = 0; most < 2; most++)
			read_bounds(decoder, item, is_container ? LIMIT_CONTAINER : LIMIT_POD, most);
		if (is_container)
			read_container_limits(decoder, item);
	}
}
