/* fuzz_kube.c - any YAML as Kubernetes and Kueue documents: decoded under both strictnesses and built into a configuration
 * whose indexes all point inside it. */
#include <string.h>

#include "fuzz.h"
#include "world/kube/decode.h"

static void check_groups(const struct kueue_config *config, const struct resource_group *groups, uint32_t count)
{
	for (uint32_t g = 0; g < count; g++)
		for (uint32_t i = 0; i < groups[g].n_flavors * groups[g].n_resources; i++) {
			const struct flavor_resource *fr = &config->frs[groups[g].frs[i]];
			fuzz_require(groups[g].frs[i] < config->n_frs);
			fuzz_require(fr->flavor == groups[g].flavors[i / groups[g].n_resources]);
			fuzz_require(fr->resource == groups[g].resources[i % groups[g].n_resources]);
		}
}

static void check_config(const struct kueue_config *config)
{
	for (uint32_t i = 0; i < config->n_cohorts; i++) {
		fuzz_require(config->cohorts[i].parent == NONE || config->cohorts[i].parent < config->n_cohorts);
		check_groups(config, config->cohorts[i].groups, config->cohorts[i].n_groups);
	}
	for (uint32_t i = 0; i < config->n_cluster_queues; i++) {
		const struct cluster_queue *queue = &config->cluster_queues[i];
		fuzz_require(queue->cohort == NONE || queue->cohort < config->n_cohorts);
		fuzz_require(kueue_find_cluster_queue(config, queue->name) == i);
		check_groups(config, queue->groups, queue->n_groups);
	}
	for (uint32_t i = 0; i < config->n_local_queues; i++) {
		const struct local_queue *queue = &config->local_queues[i];
		fuzz_require(queue->cluster_queue == NONE || queue->cluster_queue < config->n_cluster_queues);
		fuzz_require(kueue_find_local_queue(config, queue->namespace_name, queue->name) == i);
		fuzz_require(kueue_find_namespace(config, queue->namespace_name) != NONE);
	}
}

static void decode_all(const uint8_t *bytes, size_t length, bool lenient)
{
	struct arena *arena = arena_create(0);
	struct diags *diags = diags_create();
	struct names *names = names_create();
	struct kueue_builder *builder = kueue_builder_create(arena, names);
	struct kube_options options = {.default_class = lenient, .allow_unmodelled = lenient};
	struct kube_decoder *decoder = kube_decoder_create(arena, names, builder, &options, diags);
	struct kube_objects objects;
	struct doc_node **documents;
	uint32_t count;
	(void)!doc_parse_yaml(arena, "fuzz", (const char *)bytes, length, &fuzz_limits, diags, &documents, &count);
	for (uint32_t i = 0; i < count; i++)
		kube_decode(decoder, documents[i]);
	kube_decoder_finish(decoder, &objects);
	const struct kueue_config *config = kueue_build(builder, !lenient, diags);
	fuzz_require(config || !lenient);
	if (config)
		check_config(config);
	for (uint32_t i = 0; i < objects.n_workloads; i++)
		fuzz_require(objects.workloads[i].job.shape < objects.n_shapes);
	kube_decoder_destroy(decoder);
	kueue_builder_destroy(builder);
	names_destroy(names);
	diags_destroy(diags);
	arena_destroy(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	decode_all(bytes, length, false);
	decode_all(bytes, length, true);
	return 0;
}
