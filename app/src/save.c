/* save.c - what a run was: key facts, inputs, parameters, the world's tables. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/parameters.h"
#include "save.h"

static bool put(struct store *store, struct error *error, const char *key, const char *format, ...) PRINTF_LIKE(4, 5);
static bool put(struct store *store, struct error *error, const char *key, const char *format, ...)
{
	char value[4096];
	va_list args;
	va_start(args, format);
	vsnprintf(value, sizeof value, format, args);
	va_end(args);
	return store_insert(store, error, "run", "ss", key, value);
}

/* Of all clusters, as the summary says it. */
static bool save_words(struct store *store, const struct world *world, const char *key,
                       void write(const struct world *world, uint32_t cluster, FILE *out), struct error *error)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	for (uint32_t i = 0; i < world->n_clusters; i++) {
		fputs(i ? "; " : "", out);
		write(world, i, out);
	}
	fclose(out);
	bool ok = store_insert(store, error, "run", "ss", key, text);
	free(text);
	return ok;
}

static bool save_facts(struct store *store, const struct run_record *record, struct error *error)
{
	const struct summary *s = record->summary;
	const struct world *world = s->world;
	return put(store, error, "version", "%s", BERTH_VERSION) &&
	       put(store, error, "scenario", "%s", names_text(world->names, world->name)) &&
	       put(store, error, "file", "%s", s->file) &&
	       (!world->question || put(store, error, "question", "%s", world->question)) &&
	       put(store, error, "seed", "%" PRIu64, s->seed) && put(store, error, "replications", "%u", s->replications) &&
	       put(store, error, "digest", "%016" PRIx64, s->totals->digest) &&
	       put(store, error, "inputs_sha256", "%s", s->inputs_sha256) &&
	       put(store, error, "epoch_unix_s", "%" PRId64, world->epoch_unix_s) &&
	       put(store, error, "time_zone", "%s", world->time_zone ? world->time_zone : "UTC") &&
	       put(store, error, "duration_us", "%" PRId64, world->duration_us) &&
	       put(store, error, "warmup_us", "%" PRId64, world->warmup_us) &&
	       put(store, error, "end_us", "%" PRId64, s->end_us) &&
	       put(store, error, "bucket_us", "%" PRId64, record->first->bucket_us) &&
	       put(store, error, "priced", "%d", s->totals->priced) &&
	       (!world->currency || put(store, error, "currency", "%s", world->currency)) &&
	       put(store, error, "largest_storm", "%u", s->totals->largest_storm) &&
	       (!s->sizes_interrupted || put(store, error, "sizes_interrupted", "1")) &&
	       put(store, error, "exit_code", "%d", s->exit_code) &&
	       save_words(store, world, "world", summary_write_world, error) &&
	       save_words(store, world, "assumed", summary_write_assumed, error) &&
	       store_insert(store, error, "run", "ss", "summary", record->summary_text);
}

static bool save_inputs(struct store *store, const struct run_record *record, struct error *error)
{
	const struct world *world = record->summary->world;
	for (uint32_t i = 0; i < record->n_inputs; i++) {
		const struct hashed_input *input = &record->inputs[i];
		if (!store_insert(store, error, "input", "ssis", input_name(world, input->path), input->sha256, input->bytes,
		                  input->content))
			return false;
	}
	for (uint32_t i = 0; i < world->n_not_modelled; i++)
		if (!store_insert(store, error, "not_modelled", "s", world->not_modelled[i]))
			return false;
	return true;
}

static bool save_traces(struct store *store, const struct summary *summary, struct error *error)
{
	for (uint32_t i = 0; i < summary->world->n_traces; i++) {
		const char *path = input_name(summary->world, summary->world->traces[i].path);
		const struct trace_counts *counts = &summary->traces[i];
		if (!store_insert(store, error, "trace", "sii", path, counts->rows_read, counts->rows_used))
			return false;
		for (int reason = 0; reason < SKIP_COUNT; reason++)
			if (counts->skipped[reason] > 0 && !store_insert(store, error, "trace_skipped", "ssi", path,
			                                                 skip_text((enum skip_reason)reason), counts->skipped[reason]))
				return false;
	}
	return true;
}

struct parameter_save {
	struct store *store;
	struct error *error;
};

static bool save_parameter(void *state, const struct parameter *parameter)
{
	struct parameter_save *save = state;
	return store_insert(save->store, save->error, "parameter", "ssss", parameter->cluster, parameter->name, parameter->value,
	                    parameter->otherwise);
}

/* -1 when it is not limited. */
static int64_t nominal_gpus(const struct kueue_config *config, const struct cluster_queue *queue)
{
	int64_t gpus = 0;
	for (uint32_t i = 0; i < queue->n_groups; i++) {
		const struct resource_group *group = &queue->groups[i];
		for (uint32_t j = 0; j < group->n_flavors * group->n_resources; j++)
			if (resource_is_gpu(names_text(config->names, config->resources[group->resources[j % group->n_resources]])))
				gpus = sat_add(gpus, group->quotas[j].nominal);
	}
	return gpus == INT64_MAX ? -1 : gpus;
}

static bool save_queues(struct store *store, const struct world *world, uint32_t cluster, struct error *error)
{
	const struct kueue_config *config = world->clusters[cluster].kueue;
	for (uint32_t i = 0; i < config->n_cluster_queues; i++) {
		const struct cluster_queue *queue = &config->cluster_queues[i];
		const char *cohort = queue->cohort == NONE ? NULL : names_text(world->names, config->cohorts[queue->cohort].name);
		if (!store_insert(store, error, "cluster_queue", "iissn", (int64_t)cluster, (int64_t)i,
		                  names_text(world->names, queue->name), cohort, nominal_gpus(config, queue)))
			return false;
	}
	return true;
}

static bool save_pools(struct store *store, const struct world *world, uint32_t cluster, struct error *error)
{
	for (uint32_t i = 0; i < world->clusters[cluster].n_pools; i++) {
		const struct node_pool *pool = &world->clusters[cluster].pools[i];
		if (!store_insert(store, error, "pool", "iisiiss", (int64_t)cluster, (int64_t)i,
		                  names_text(world->names, pool->name), (int64_t)pool->nodes, (int64_t)pool->gpus_per_node,
		                  text_or_null(world->names, pool->gpu_product), capacity_type_names[pool->capacity_type]))
			return false;
	}
	return true;
}

static bool save_clusters(struct store *store, const struct world *world, struct error *error)
{
	for (uint32_t i = 0; i < world->n_clusters; i++) {
		const struct cluster *cluster = &world->clusters[i];
		if (!store_insert(store, error, "cluster", "isss", (int64_t)i, names_text(world->names, cluster->name),
		                  policy_names[cluster->policy], cluster->policy == POLICY_KUEUE ? cluster->kueue_version : NULL) ||
		    !save_queues(store, world, i, error) || !save_pools(store, world, i, error))
			return false;
	}
	return true;
}

static bool save_people_and_prices(struct store *store, const struct world *world, struct error *error)
{
	for (uint32_t i = 0; i < world->n_tenants; i++)
		if (!store_insert(store, error, "tenant", "iss", (int64_t)i, names_text(world->names, world->tenants[i].name),
		                  text_or_null(world->names, world->tenants[i].cost_center)))
			return false;
	for (uint32_t i = 0; i < world->n_prices; i++) {
		const struct gpu_price *price = &world->prices[i];
		if (!store_insert(store, error, "price", "ssisss", names_text(world->names, price->gpu_product),
		                  capacity_type_names[price->capacity_type], price->micro_per_gpu_hour, billed_names[price->billed],
		                  price->source, price->as_of))
			return false;
	}
	for (uint32_t i = 0; i < world->n_changes; i++)
		if (!store_insert(store, error, "change", "iis", world->changes[i].at_us, (int64_t)world->changes[i].cluster,
		                  world->changes[i].text))
			return false;
	return true;
}

bool save_description(struct store *store, const struct run_record *record, struct error *error)
{
	const struct world *world = record->summary->world;
	struct parameter_save save = {store, error};
	return save_facts(store, record, error) && save_inputs(store, record, error) &&
	       save_traces(store, record->summary, error) && parameters_each(world, save_parameter, &save) &&
	       save_clusters(store, world, error) && save_people_and_prices(store, world, error);
}

bool save_run(const char *path, const struct run_record *record, struct error *error)
{
	struct store *store;
	if (!store_create(path, &store, error))
		return false;
	if (save_description(store, record, error) && save_results(store, record, error) && save_figures(store, record, error))
		return store_commit(store, record->summary->partial, error);
	store_abandon(store);
	return false;
}
