/* scenario_cases.c - loading a scenario for any use case; berth validate, berth scenarios. */
#include <stdlib.h>

#include "app/app.h"
#include "app/summary.h"
#include "app/text.h"
#include "traces/jobs.h"

struct world *app_load(const struct app *app, const char *scenario, const struct scenario_options *options)
{
	struct diags *diags = diags_create();
	struct world *world = scenario_load(scenario, options, diags);
	diags_print(diags, app->err);
	diags_destroy(diags);
	return world;
}

/* Reads every row as a run would, queues and pods included. */
static bool read_trace(const struct world *world, const struct trace_input *trace, struct trace_counts *ret_counts,
                       struct diags *diags)
{
	const struct diag_place place = {trace->place.file, trace->place.line, trace->place.column};
	struct error error;
	struct arena *arena = arena_create(0);
	struct job_builder *builder = job_builder_create(arena, world->names);
	bool ok = trace_load(world, trace, builder, ret_counts, diags, &error);
	if (!ok)
		diag_add(diags, DIAG_ERROR, place, NULL, "trace %s", error.text);
	else if (ret_counts->rows_used == 0)
		diag_add(diags, DIAG_WARNING, place, NULL, "no row of the trace %s can be used", trace->path);
	else
		scenario_check_trace(world, trace, job_builder_finish(builder), diags);
	job_builder_destroy(builder);
	arena_destroy(arena);
	return ok;
}

static bool read_traces(const struct world *world, struct trace_counts *ret_counts, struct diags *diags)
{
	bool ok = true;
	for (uint32_t i = 0; i < world->n_traces; i++)
		ok &= read_trace(world, &world->traces[i], &ret_counts[i], diags);
	return ok;
}

static void print_fine(const struct app *app, const struct world *world, const struct trace_counts *traces)
{
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
	        world->n_generators, world->n_inputs + world->n_traces);
	for (uint32_t i = 0; i < world->n_traces; i++) {
		fputs("Trace     ", app->out);
		trace_counts_print(world->traces[i].path, &traces[i], app->out);
	}
	fprintf(app->out, "Checked   fields, names, quantities; quotas against nodes; prices; whether jobs can ever run%s\n",
	        world->n_traces ? "; every row of the traces" : "");
}

/* 0: the file as a whole. */
static void list_place(struct list *list, uint32_t number)
{
	if (number)
		list_int(list, number);
	else
		list_text(list, NULL);
}

/* For programs: the problems, none when all is fine. */
static void print_problems(const struct app *app, struct diags *diags, enum list_format format)
{
	static const struct list_column columns[] = {{"severity", "SEVERITY", false}, {"file", "FILE", false},
	                                             {"line", "LINE", true},          {"column", "COLUMN", true},
	                                             {"text", "TEXT", false},         {"suggestion", "SUGGESTION", false}};
	uint32_t count;
	const struct diag *items = diags_sorted(diags, &count);
	struct list *list = list_create(columns, ARRAY_COUNT(columns));
	for (uint32_t i = 0; i < count; i++) {
		list_text(list, diag_severity_names[items[i].severity]);
		list_text(list, items[i].place.file);
		list_place(list, items[i].place.line);
		list_place(list, items[i].place.column);
		list_text(list, items[i].text);
		list_text(list, items[i].suggestion);
	}
	list_print(list, format, app->out);
	list_destroy(list);
}

int app_validate(const struct app *app, const char *scenario, const struct scenario_options *options,
                 enum list_format format)
{
	struct diags *diags = diags_create();
	struct world *world = scenario_load(scenario, options, diags);
	struct trace_counts *traces = world ? xcalloc(world->n_traces, sizeof *traces) : NULL;
	bool ok = world && read_traces(world, traces, diags);
	if (format == LIST_TABLE)
		diags_print(diags, app->err);
	else
		print_problems(app, diags, format);
	if (ok && format == LIST_TABLE)
		print_fine(app, world, traces);
	free(traces);
	world_destroy(world);
	diags_destroy(diags);
	return ok ? 0 : ERROR_BAD_INPUT;
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
