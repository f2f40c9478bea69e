/* pods.c - see pods.h. */
#include <stdlib.h>
#include <string.h>

#include "base/quantity.h"
#include "pods.h"

enum { DEFAULT_GPUS_PER_POD = 8 };

struct pod_maker {
	struct names *names;
	const struct trace_input *input;
	const struct cluster *cluster;
	struct job_builder *builder;
	name_id gpu_resource, product_label, cpu, memory, main, rest;
	int64_t gpu_scale;
	struct resource_request *requests; /* scratch: two pod sets of max_requests */
	uint32_t max_requests;
};

struct pod_maker *pod_maker_create(const struct world *world, const struct trace_input *input, struct job_builder *builder)
{
	struct names *names = world->names;
	const struct cluster *cluster = &world->clusters[input->cluster];
	struct pod_maker *maker = xcalloc(1, sizeof *maker);
	*maker = (struct pod_maker){
	    .names = names,
	    .input = input,
	    .cluster = cluster,
	    .builder = builder,
	    .gpu_resource = input->gpu_resource ? input->gpu_resource : names_intern(names, "nvidia.com/gpu"),
	    .cpu = names_intern(names, "cpu"),
	    .memory = names_intern(names, "memory"),
	    .main = names_intern(names, "main"),
	    .rest = names_intern(names, "rest"),
	    .max_requests = input->n_per_gpu + 3 + cluster->n_default_requests,
	};
	const char *resource = names_text(names, maker->gpu_resource);
	bool amd = strncmp(resource, "amd.com/", 8) == 0;
	maker->product_label = names_intern(names, amd ? "amd.com/gpu.product-name" : "nvidia.com/gpu.product");
	maker->gpu_scale = quantity_scale(resource);
	maker->requests = xcalloc(2 * maker->max_requests, sizeof *maker->requests);
	return maker;
}

void pod_maker_destroy(struct pod_maker *maker)
{
	free(maker->requests);
	free(maker);
}

static bool request_before(const struct names *names, const struct resource_request *a, const struct resource_request *b)
{
	uint64_t hash_a = names_hash(names, a->resource), hash_b = names_hash(names, b->resource);
	return hash_a != hash_b ? hash_a < hash_b : names_compare(names, a->resource, b->resource) < 0;
}

void sort_requests(const struct names *names, struct resource_request *requests, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++) { /* insertion sort: a pod asks for a handful of resources */
		struct resource_request moved = requests[i];
		uint32_t at = i;
		for (; at > 0 && request_before(names, &moved, &requests[at - 1]); at--)
			requests[at] = requests[at - 1];
		requests[at] = moved;
	}
}

static bool asks_for(const struct resource_request *requests, uint32_t count, name_id resource)
{
	for (uint32_t i = 0; i < count; i++)
		if (requests[i].resource == resource)
			return true;
	return false;
}

/* What a LimitRange of the namespace adds to a pod that does not ask for it itself. */
static uint32_t add_defaults(const struct pod_maker *maker, name_id namespace_name, struct resource_request *requests,
                             uint32_t count)
{
	uint32_t own = count;
	for (uint32_t i = 0; i < maker->cluster->n_default_requests; i++) {
		const struct default_request *request = &maker->cluster->default_requests[i];
		if (request->namespace_name == namespace_name && !asks_for(requests, own, request->resource))
			requests[count++] = (struct resource_request){request->resource, request->amount};
	}
	return count;
}

/* What one pod with `gpus` GPUs asks for: the record's own cpu and memory win over the input's amounts per GPU, and both
 * over the defaults of the namespace. */
static uint32_t make_requests(const struct pod_maker *maker, const struct trace_record *record, name_id namespace_name,
                              int64_t gpus, struct resource_request *requests)
{
	uint32_t count = 0;
	bool own_cpu = record->cpu_milli_per_pod >= 0, own_memory = record->memory_bytes_per_pod >= 0;
	if (gpus > 0)
		requests[count++] = (struct resource_request){maker->gpu_resource, sat_mul(gpus, maker->gpu_scale)};
	if (own_cpu)
		requests[count++] = (struct resource_request){maker->cpu, record->cpu_milli_per_pod};
	if (own_memory)
		requests[count++] = (struct resource_request){maker->memory, record->memory_bytes_per_pod};
	for (uint32_t i = 0; i < maker->input->n_per_gpu; i++) {
		const struct resource_amount *per_gpu = &maker->input->per_gpu[i];
		bool replaced = (own_cpu && per_gpu->resource == maker->cpu) || (own_memory && per_gpu->resource == maker->memory);
		if (!replaced && gpus > 0)
			requests[count++] = (struct resource_request){per_gpu->resource, sat_mul(per_gpu->amount, gpus)};
	}
	count = add_defaults(maker, namespace_name, requests, count);
	sort_requests(maker->names, requests, count);
	return count;
}

struct split {
	int64_t pods, gpus_per_pod; /* of the pod set "main" */
	int64_t rest_gpus;          /* of one pod more; 0 = there is none */
};

/* As the record says; else one pod where the job fits into one, else full pods and one for the rest. */
static struct split split_gpus(const struct pod_maker *maker, const struct trace_record *record)
{
	if (record->pods > 0)
		return (struct split){record->pods, record->gpus / record->pods, 0};
	int64_t per_pod = record->gpus_per_pod > 0         ? record->gpus_per_pod
	                  : maker->input->gpus_per_pod > 0 ? maker->input->gpus_per_pod
	                                                   : DEFAULT_GPUS_PER_POD;
	if (record->gpus <= per_pod)
		return (struct split){1, record->gpus, 0};
	return (struct split){record->gpus / per_pod, per_pod, record->gpus % per_pod};
}

uint32_t pod_maker_shape(struct pod_maker *maker, const struct trace_record *record, name_id namespace_name)
{
	struct split split = split_gpus(maker, record);
	struct resource_request *rest = maker->requests + maker->max_requests;
	struct key_value selector = {maker->product_label, NO_NAME};
	if (record->gpu_type)
		selector.value = names_intern(maker->names, record->gpu_type);
	struct pod_set pod_sets[2] = {
	    {.name = maker->main, .count = (int32_t)split.pods, .requests = maker->requests},
	    {.name = maker->rest, .count = 1, .requests = rest},
	};
	pod_sets[0].n_requests = make_requests(maker, record, namespace_name, split.gpus_per_pod, maker->requests);
	pod_sets[1].n_requests = make_requests(maker, record, namespace_name, split.rest_gpus, rest);
	for (size_t i = 0; i < ARRAY_COUNT(pod_sets); i++) {
		pod_sets[i].node_selector = &selector;
		pod_sets[i].n_node_selector = record->gpu_type != NULL;
	}
	return job_builder_shape(maker->builder, pod_sets, split.rest_gpus > 0 ? 2 : 1);
}
