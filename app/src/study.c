/* study.c - see study.h. */
#include <omp.h>
#include <stdlib.h>

#include "app/study.h"
#include "progress.h"
#include "traces/jobs.h"

struct task {
	uint32_t variant, replication;
	const struct job_table *jobs;
	struct run_result result;
	struct kpi_table *kpis;
	struct progress_task progress;
	bool ok;
	struct error error;
};

struct batch {
	struct task *tasks;
	uint32_t n_tasks;
	struct arena *arena; /* job tables of its replications */
};

static bool stopped(const struct study *study)
{
	return study->app->stop && *study->app->stop;
}

static void run_task(const struct study *study, struct task *task)
{
	const struct study_variant *variant = &study->variants[task->variant];
	bool first = task->replication == 0;
	struct run_options options = {.world = variant->world,
	                              .jobs = task->jobs,
	                              .seed = study->seed,
	                              .replication = task->replication,
	                              .literal = study->literal,
	                              .check = study->check,
	                              .no_series = !(variant->series && first),
	                              .stop = study->app->stop,
	                              .progress = progress_tell,
	                              .progress_state = &task->progress,
	                              .recorder = first ? variant->recorder : NULL};
	task->ok = sim_run(&options, &task->result, &task->error);
	if (!task->ok)
		return;
	task->kpis = kpi_compute(variant->world, &task->result);
	if (variant->kpis_only) {
		bool interrupted = task->result.interrupted;
		run_result_free(&task->result);
		task->result = (struct run_result){.interrupted = interrupted};
	}
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
		for (uint32_t i = 0; i < study->n_variants && ok; i++)
			batch->tasks[batch->n_tasks++] =
			    (struct task){.variant = i, .replication = replication, .jobs = jobs[i], .progress = {.progress = progress}};
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

static bool hand_on(struct task *task, study_take *take, void *state, struct error *error)
{
	struct study_result result = {task->variant, task->replication, task->jobs, task->result, task->kpis};
	bool ok = take(state, &result, error);
	task->result = result.result;
	task->kpis = result.kpis;
	return ok;
}

/* The tasks of one replication, all or none, but for optional ones that were interrupted. Of an interrupted first
 * replication what there is of variant 0 is shown. */
static bool hand_on_replication(const struct study *study, struct task *tasks, study_take *take, void *state,
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
		return tasks[0].replication > 0 || hand_on(&tasks[0], take, state, error);
	for (uint32_t i = 0; i < study->n_variants; i++)
		if (!tasks[i].result.interrupted && !hand_on(&tasks[i], take, state, error))
			return false;
	outcome->replications++;
	return true;
}

static bool run_batch(const struct study *study, struct batch *batch, int threads, study_take *take, void *state,
                      struct study_outcome *outcome, struct error *error)
{
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
	for (uint32_t i = 0; i < batch->n_tasks; i++)
		run_task(study, &batch->tasks[i]);
	bool ok = true;
	for (uint32_t i = 0; i < batch->n_tasks && ok && outcome->replications == batch->tasks[i].replication;
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
	int threads = study->app->threads ? (int)study->app->threads : omp_get_num_procs();
	uint32_t per_batch = MAX(1, ((uint32_t)threads + study->n_variants - 1) / study->n_variants);
	struct loaded_traces **traces = xcalloc(study->n_variants, sizeof *traces);
	struct batch batch = {.tasks = xcalloc((size_t)per_batch * study->n_variants, sizeof *batch.tasks)};
	struct progress progress;
	progress_begin(&progress, study->app->progress, simulated_us(study));
	bool ok = true;
	for (uint32_t first = 0; first < study->replications && ok && !outcome.interrupted; first += per_batch) {
		uint32_t count = MIN(per_batch, study->replications - first);
		ok = make_batch(study, first, count, traces, &outcome, &progress, &batch, error) &&
		     run_batch(study, &batch, threads, take, state, &outcome, error);
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
