/* jobs.c - the job table of one replication. */
#include <stdlib.h>
#include <string.h>

#include "traces/jobs.h"

struct loaded_traces {
	struct arena *arena;
	const struct job_table *jobs;
	struct trace_counts *counts; /* one per trace input */
};

void loaded_traces_free(struct loaded_traces *traces)
{
	if (!traces)
		return;
	arena_destroy(traces->arena);
	free(traces);
}

/* Workloads that are there at the start keep their names. */
static void reserve_initial_names(const struct world *world, struct job_builder *builder)
{
	for (uint32_t i = 0; i < world->n_initial; i++)
		job_builder_reserve_name(builder, world->initial[i].job.name);
}

static bool load_traces(const struct world *world, struct loaded_traces **ret_traces, struct error *error)
{
	struct loaded_traces *traces = xcalloc(1, sizeof *traces);
	traces->arena = arena_create(0);
	traces->counts = ARENA_ARRAY(traces->arena, struct trace_counts, world->n_traces);
	struct job_builder *builder = job_builder_create(traces->arena, world->names);
	reserve_initial_names(world, builder);
	bool ok = true;
	for (uint32_t i = 0; ok && i < world->n_traces; i++)
		ok = trace_load(world, &world->traces[i], builder, &traces->counts[i], NULL, error);
	traces->jobs = job_builder_finish(builder);
	job_builder_destroy(builder);
	if (ok)
		*ret_traces = traces;
	else
		loaded_traces_free(traces);
	return ok;
}

bool jobs_for_replication(const struct world *world, uint64_t seed, uint32_t replication, struct arena *arena,
                          struct loaded_traces **traces, const struct job_table **ret_jobs, struct trace_counts *counts,
                          struct error *error)
{
	if (!*traces && !load_traces(world, traces, error))
		return false;
	struct job_builder *builder = job_builder_create(arena, world->names);
	reserve_initial_names(world, builder);
	job_builder_add_table(builder, (*traces)->jobs);
	bool ok = true;
	for (uint32_t i = 0; ok && i < world->n_generators; i++)
		ok = generate_jobs(world, &world->generators[i], seed, replication, builder, error);
	if (ok) {
		*ret_jobs = job_builder_finish(builder);
		if (world->n_traces)
			memcpy(counts, (*traces)->counts, sizeof *counts * world->n_traces);
	}
	job_builder_destroy(builder);
	return ok;
}
