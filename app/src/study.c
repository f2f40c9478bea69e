/* study.c - see study.h. */
#include <stdlib.h>

#include "app/study.h"
#include "progress.h"
#include "sim/replicate.h"
#include "traces/jobs.h"

/* Some replications of all variants: task i is of variant i % n_variants. */
struct batch {
	struct sim_task *tasks;
	struct progress_task *progress; /* one per task */
	uint32_t n_tasks;
	struct arena *arena; /* job tables of its replications */
};

static bool stopped(const struct study *study)
{
	return study->app->stop && *study->app->stop;
}

static void set_task(const struct study *study, uint32_t variant_index, uint32_t replication, const struct job_table *jobs,
                     struct sim_task *task, struct progress_task *progress)
{
	const struct study_variant *variant = &study->variants[variant_index];
	bool first = replication == 0;
	*task = (struct sim_task){.figures_only = variant->kpis_only};
	task->options = (struct run_options){.world = variant->world,
	                                     .jobs = jobs,
	                                     .seed = study->seed,
	                                     .replication = replication,
	                                     .literal = study->literal,
	                                     .check = study->check,
	                                     .no_series = !(variant->series && first),
	                                     .stop = study->app->stop,
	                                     .progress = progress_tell,
	                                     .progress_state = progress,
	                                     .recorder = first ? variant->recorder : NULL};
}

/* Job tables of one replication, one per variant that makes its own. */
static bool make_jobs(const struct study *study, uint32_t replication, struct arena *arena, struct loaded_traces **traces,
                      struct study_outcome *outcome, const struct job_table **ret_jobs, struct error *error)
{
	for (uint32_t i = 0; i < study->n_variants; i++) {
		const struct study_variant *variant = &study->variants[i];
		if (variant->jobs_of != i)
			ret_jobs[i] = ret_jobs[variant->jobs_of];
		else if (!jobs_for_replication(variant->world, study->seed, replication, arena, &traces[i], &ret_jobs[i],
		                               outcome->counts[i], error))
			return false;
	}
	return true;
}

static bool make_batch(const struct study *study, uint32_t first, uint32_t count, struct loaded_traces **traces,
                       struct study_outcome *outcome, struct progress *progress, struct batch *batch, struct error *error)
{
	const struct job_table **jobs = xcalloc(study->n_variants, sizeof *jobs);
	bool ok = true;
	batch->arena = arena_create(0);
	batch->n_tasks = 0;
	for (uint32_t replication = first; replication < first + count && ok; replication++) {
		ok = make_jobs(study, replication, batch->arena, traces, outcome, jobs, error);
		for (uint32_t i = 0; i < study->n_variants && ok; i++, batch->n_tasks++) {
			batch->progress[batch->n_tasks] = (struct progress_task){.progress = progress};
			set_task(study, i, replication, jobs[i], &batch->tasks[batch->n_tasks], &batch->progress[batch->n_tasks]);
		}
	}
	free(jobs);
	return ok;
}

static void free_batch(struct batch *batch)
{
	for (uint32_t i = 0; i < batch->n_tasks; i++) {
		if (batch->tasks[i].ok)
			run_result_free(&batch->tasks[i].result);
		if (batch->tasks[i].kpis)
			kpi_table_free(batch->tasks[i].kpis);
	}
	batch->n_tasks = 0;
	arena_destroy(batch->arena);
	batch->arena = NULL;
}

static bool hand_on(struct sim_task *task, uint32_t variant, study_take *take, void *state, struct error *error)
{
	struct study_result result = {variant, task->options.replication, task->options.jobs, task->result, task->kpis};
	bool ok = take(state, &result, error);
	task->result = result.result;
	task->kpis = result.kpis;
	return ok;
}

/* The tasks of one replication, all or none, but for optional ones that were interrupted. Of an interrupted first
 * replication what there is of variant 0 is shown. */
static bool hand_on_replication(const struct study *study, struct sim_task *tasks, study_take *take, void *state,
                                struct study_outcome *outcome, struct error *error)
{
	bool whole = true, counts = true;
	for (uint32_t i = 0; i < study->n_variants; i++) {
		if (!tasks[i].ok) {
			*error = tasks[i].error;
			return false;
		}
		whole &= !tasks[i].result.interrupted;
		counts &= !tasks[i].result.interrupted || study->variants[i].optional;
	}
	outcome->interrupted |= !whole;
	if (!counts)
		return tasks[0].options.replication > 0 || hand_on(&tasks[0], 0, take, state, error);
	for (uint32_t i = 0; i < study->n_variants; i++)
		if (!tasks[i].result.interrupted && !hand_on(&tasks[i], i, take, state, error))
			return false;
	outcome->replications++;
	return true;
}

static bool run_batch(const struct study *study, struct batch *batch, study_take *take, void *state,
                      struct study_outcome *outcome, struct error *error)
{
	sim_run_all(batch->tasks, batch->n_tasks, study->app->threads);
	bool ok = true;
	for (uint32_t i = 0; i < batch->n_tasks && ok && outcome->replications == batch->tasks[i].options.replication;
	     i += study->n_variants)
		ok = hand_on_replication(study, &batch->tasks[i], take, state, outcome, error);
	return ok;
}

static double simulated_us(const struct study *study)
{
	double total_us = 0;
	for (uint32_t i = 0; i < study->n_variants; i++)
		total_us += (double)study->variants[i].world->duration_us * study->replications;
	return total_us;
}

bool study_run(const struct study *study, study_take *take, void *state, struct study_outcome *ret_outcome,
               struct error *error)
{
	struct study_outcome outcome = {.counts = xcalloc(study->n_variants, sizeof *outcome.counts)};
	for (uint32_t i = 0; i < study->n_variants; i++)
		if (study->variants[i].jobs_of == i)
			outcome.counts[i] = xcalloc(study->variants[i].world->n_traces, sizeof **outcome.counts);
	uint32_t per_batch = MAX(1, (sim_threads(study->app->threads) + study->n_variants - 1) / study->n_variants);
	struct loaded_traces **traces = xcalloc(study->n_variants, sizeof *traces);
	struct batch batch = {.tasks = xcalloc((size_t)per_batch * study->n_variants, sizeof *batch.tasks),
	                      .progress = xcalloc((size_t)per_batch * study->n_variants, sizeof *batch.progress)};
	struct progress progress;
	progress_begin(&progress, study->app->progress, simulated_us(study));
	bool ok = true;
	for (uint32_t first = 0; first < study->replications && ok && !outcome.interrupted; first += per_batch) {
		uint32_t count = MIN(per_batch, study->replications - first);
		ok = make_batch(study, first, count, traces, &outcome, &progress, &batch, error) &&
		     run_batch(study, &batch, take, state, &outcome, error);
		if (first == 0) {
			outcome.arena = batch.arena;
			batch.arena = NULL;
		}
		free_batch(&batch);
		outcome.interrupted |= stopped(study) && outcome.replications < study->replications;
	}
	progress_end(&progress);
	outcome.wall_s = progress_elapsed_s(&progress);
	for (uint32_t i = 0; i < study->n_variants; i++)
		loaded_traces_free(traces[i]);
	free(traces);
	free(batch.tasks);
	free(batch.progress);
	if (ok)
		*ret_outcome = outcome;
	else
		study_outcome_free(&outcome, study->n_variants);
	return ok;
}

void study_outcome_free(struct study_outcome *outcome, uint32_t n_variants)
{
	for (uint32_t i = 0; i < n_variants && outcome->counts; i++)
		free(outcome->counts[i]);
	free(outcome->counts);
	arena_destroy(outcome->arena);
	*outcome = (struct study_outcome){0};
}
