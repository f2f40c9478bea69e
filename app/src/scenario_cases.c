/* scenario_cases.c - loading a scenario for any use case; berth validate, berth scenarios. */
#include "app/app.h"
#include "app/text.h"

struct world *app_load(const struct app *app, const char *scenario, const struct scenario_options *options)
{
	struct diags *diags = diags_create();
	struct world *world = scenario_load(scenario, options, diags);
	diags_print(diags, app->err);
	diags_destroy(diags);
	return world;
}

int app_validate(const struct app *app, const char *scenario, const struct scenario_options *options)
{
	struct world *world = app_load(app, scenario, options);
	if (!world)
		return ERROR_BAD_INPUT;
	int64_t nodes = 0, gpus = 0;
	uint32_t queues = 0;
	for (uint32_t i = 0; i < world->n_clusters; i++) {
		const struct cluster *cluster = &world->clusters[i];
		queues += cluster->kueue ? cluster->kueue->n_cluster_queues : 0;
		for (uint32_t j = 0; j < cluster->n_pools; j++) {
			nodes += cluster->pools[j].nodes;
			gpus += node_pool_gpus(&cluster->pools[j]);
		}
	}
	char nodes_text[32], gpus_text[32];
	fprintf(app->out, "%s: fine. %s nodes, %s GPUs, %u ClusterQueues, %u traces, %u generators, %u files read\n",
	        world->file, text_count((double)nodes, nodes_text), text_count((double)gpus, gpus_text), queues, world->n_traces,
	        world->n_generators, world->n_inputs);
	world_destroy(world);
	return 0;
}

int app_scenarios(const struct app *app, enum list_format format)
{
	static const struct list_column columns[] = {{"name", "NAME", false}, {"question", "QUESTION", false}};
	uint32_t count;
	const struct ready_scenario *ready = scenario_ready(&count);
	struct list *list = list_create(columns, ARRAY_COUNT(columns));
	for (uint32_t i = 0; i < count; i++) {
		list_text(list, ready[i].name);
		list_text(list, ready[i].question);
	}
	list_print(list, format, app->out);
	list_destroy(list);
	return 0;
}
