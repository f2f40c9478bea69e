/* check_policy.c - what a scenario asks of Kueue and another policy does not do: EASY ends nothing that runs. An error each,
 * or with --allow-unmodelled a banner line, as other fields that decide and are not modelled. */
#include <string.h>

#include "build.h"
#include "scenarios/scenario.h"

static void ignored(struct build *build, struct diag_place place, const char *cluster, const char *what)
{
	const char *text = arena_printf(build->arena, "cluster \"%s\": EASY does not act on %s", cluster, what);
	if (build->options->allow_unmodelled)
		*VEC_PUSH(&build->banner) = text;
	else
		diag_add(build->diags, DIAG_ERROR, place, "--allow-unmodelled runs it without", "%s", text);
}

static bool drains(const struct kueue_config *config)
{
	for (uint32_t i = 0; i < config->n_cluster_queues; i++)
		if (config->cluster_queues[i].stop_policy == STOP_HOLD_AND_DRAIN)
			return true;
	for (uint32_t i = 0; i < config->n_local_queues; i++)
		if (config->local_queues[i].stop_policy == STOP_HOLD_AND_DRAIN)
			return true;
	return false;
}

static bool ever_drains(const struct build *build, uint32_t cluster)
{
	bool found = drains(build->clusters[cluster].kueue);
	for (uint32_t i = 0; i < build->world->n_changes; i++) {
		const struct world_change *change = &build->world->changes[i];
		found |= change->cluster == cluster && change->kueue && drains(change->kueue);
	}
	return found;
}

/* The default too is Kueue's, and nothing that anybody asked for. */
static bool waits_for_pods(const struct kueue_config *config)
{
	const struct controller_config usual = kueue_controller_defaults(), *asked = &config->controller;
	return asked->wait_for_pods_ready &&
	       (asked->block_admission || asked->pods_ready_timeout_us != usual.pods_ready_timeout_us ||
	        asked->recovery_timeout_us != usual.recovery_timeout_us ||
	        asked->backoff_limit_count != usual.backoff_limit_count);
}

static bool initially_limited(const struct world *world, uint32_t cluster)
{
	for (uint32_t i = 0; i < world->n_initial; i++)
		if (world->initial[i].cluster == cluster && world->initial[i].job.max_execution_us >= 0)
			return true;
	return false;
}

static bool asks_for_checks(const struct kueue_config *config)
{
	for (uint32_t i = 0; i < config->n_cluster_queues; i++)
		if (config->cluster_queues[i].n_checks > 0)
			return true;
	return false;
}

static void check_cluster(struct build *build, uint32_t index)
{
	const struct cluster *cluster = &build->clusters[index];
	const char *name = names_text(build->names, cluster->name);
	struct diag_place place = {build->sources->file, 0, 0};
	for (uint32_t i = 0; i < build->spec->n_clusters; i++)
		if (strcmp(build->spec->clusters[i].name, name) == 0)
			place = field_place(build->spec->clusters[i].node, "scheduler");
	if (ever_drains(build, index))
		ignored(build, place, name, "stopPolicy: HoldAndDrain");
	if (asks_for_checks(cluster->kueue))
		ignored(build, place, name, "admission checks");
	if (waits_for_pods(cluster->kueue))
		ignored(build, place, name, "waitForPodsReady");
	if (initially_limited(build->world, index))
		ignored(build, place, name, "maximumExecutionTimeSeconds");
}

static void check_generators(struct build *build)
{
	const struct spec_workload *workload = &build->spec->workload;
	for (uint32_t i = 0; i < workload->n_generators; i++) {
		const struct spec_generator *spec = &workload->generators[i];
		const struct cluster *cluster = &build->clusters[find_cluster(build, spec->cluster, spec->node->place)];
		if (cluster->policy == POLICY_EASY && spec->max_execution_us > 0)
			ignored(build, field_place(spec->node, "maximumExecutionTime"), names_text(build->names, cluster->name),
			        "maximumExecutionTime");
	}
}

void check_policies(struct build *build)
{
	for (uint32_t i = 0; i < build->world->n_clusters; i++)
		if (build->clusters[i].policy == POLICY_EASY)
			check_cluster(build, i);
	check_generators(build);
}
