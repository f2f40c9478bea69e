/* save_results.c - what a run found out: jobs, meters, series and schedule of replication 0; figures over replications. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "save.h"

/* An index column: NULL for NONE. */
static int64_t index_or_null(uint32_t index)
{
	return index == NONE ? -1 : (int64_t)index;
}

/* Micro-units per job that sum to the whole exactly. */
struct job_money {
	int64_t *cost, *borrowed, *lost;
};

static int64_t *split(const struct run_result *result, charge (*part)(const struct job_outcome *outcome))
{
	uint32_t n = result->jobs->n_jobs;
	charge *parts = xcalloc(n, sizeof *parts);
	int64_t *micro = xcalloc(n, sizeof *micro);
	for (uint32_t i = 0; i < n; i++)
		parts[i] = part(&result->outcomes[i]);
	charge_split(parts, n, micro);
	free(parts);
	return micro;
}

static bool save_job(struct store *store, const struct world *world, const struct run_result *result, uint32_t index,
                     const struct job_money *money, struct error *error)
{
	const struct job *job = &result->jobs->jobs[index];
	const struct job_outcome *outcome = &result->outcomes[index];
	const int64_t *waits = outcome->wait_by_cause_us;
	const char *pending =
	    outcome->finished_us < 0 && outcome->pending_reason != REASON_NONE ? reason_text(outcome->pending_reason) : NULL;
	return store_insert(
	    store, error, "job", "issss nnnii nnnn inn iiiiii iiii s ii iiiiii nnn", (int64_t)index,
	    names_text(world->names, job->name), text_or_null(world->names, job->namespace_name),
	    text_or_null(world->names, job->user), text_or_null(world->names, job->priority_class),
	    index_or_null(outcome->cluster), index_or_null(outcome->cluster_queue), index_or_null(outcome->tenant),
	    outcome->gpus, job->submit_us, outcome->admitted_us, outcome->bound_us, outcome->ready_us, outcome->finished_us,
	    job->run_us, job->requested_us, job->recorded_wait_us, waits[WAIT_QUOTA], waits[WAIT_NODES],
	    waits[WAIT_CONTROL_PLANE] + waits[WAIT_CHECKS], waits[WAIT_BACKOFF], waits[WAIT_STOPPED], waits[WAIT_START],
	    (int64_t)outcome->preemptions, (int64_t)outcome->failures, (int64_t)outcome->node_drains,
	    (int64_t)outcome->pods_ready_evictions, pending, (int64_t)outcome->never_fits, (int64_t)outcome->deactivated,
	    outcome->productive_gpu_us, outcome->starting_gpu_us, outcome->lost_preemption_gpu_us, outcome->lost_eviction_gpu_us,
	    outcome->lost_failure_gpu_us, outcome->borrowed_gpu_us, money->cost ? money->cost[index] : -1,
	    money->borrowed ? money->borrowed[index] : -1, money->lost ? money->lost[index] : -1);
}

static bool save_jobs(struct store *store, const struct run_record *record, struct error *error)
{
	const struct run_result *result = record->first;
	struct job_money money = {0};
	if (record->summary->totals->priced)
		money = (struct job_money){split(result, job_cost), split(result, job_borrowed_cost), split(result, job_lost_cost)};
	bool ok = true;
	for (uint32_t i = 0; i < result->jobs->n_jobs && ok; i++)
		ok = save_job(store, record->summary->world, result, i, &money, error);
	free(money.cost);
	free(money.borrowed);
	free(money.lost);
	return ok;
}

static bool save_series(struct store *store, const struct run_result *result, struct error *error)
{
	for (uint32_t i = 0; i < result->n_series; i++) {
		const struct series_row *row = &result->series[i];
		bool whole = row->cluster_queue == NONE;
		if (!store_insert(store, error, "series", "iin dddddd ddd", row->start_us, (int64_t)row->cluster,
		                  index_or_null(row->cluster_queue), row->demand_gpus, row->reserved_gpus, row->running_gpus,
		                  row->pending_jobs, row->pending_gpus, row->pending_jobs_max, whole ? row->capacity_gpus : NAN,
		                  whole ? NAN : row->nominal_gpus, whole ? row->busy_nodes : NAN))
			return false;
	}
	return true;
}

static bool save_queue_meters(struct store *store, const struct run_result *result, struct error *error)
{
	for (uint32_t i = 0; i < result->n_queues; i++) {
		const struct queue_meter *meter = &result->queues[i];
		if (!store_insert(store, error, "queue_meter", "iiinii", (int64_t)meter->cluster, (int64_t)meter->cluster_queue,
		                  meter->used_gpu_us, meter->nominal_gpu_us, meter->borrowed_gpu_us, meter->lent_gpu_us))
			return false;
	}
	return true;
}

static bool save_pool_meters(struct store *store, const struct run_result *result, struct error *error)
{
	for (uint32_t i = 0; i < result->n_pools; i++) {
		const struct pool_meter *meter = &result->pools[i];
		const int64_t *gpu_us = meter->gpu_us;
		const charge parts[] = {meter->charged, meter->idle, meter->down};
		int64_t micro[] = {-1, -1, -1};
		if (meter->priced)
			charge_split(parts, 3, micro);
		if (!store_insert(store, error, "pool_meter", "ii iiiiiiiiiii i nnnn", (int64_t)meter->cluster, (int64_t)meter->pool,
		                  gpu_us[GPU_PRODUCTIVE], gpu_us[GPU_STARTING], gpu_us[GPU_LOST_TO_PREEMPTION],
		                  gpu_us[GPU_LOST_TO_EVICTIONS], gpu_us[GPU_LOST_TO_FAILURES], gpu_us[GPU_IDLE_NOBODY_WAITING],
		                  gpu_us[GPU_IDLE_BEHIND_QUOTA], gpu_us[GPU_IDLE_HELD_BACK], gpu_us[GPU_IDLE_FRAGMENTED],
		                  gpu_us[GPU_IDLE_CONTROL_PLANE], gpu_us[GPU_DOWN], meter->capacity_gpu_us,
		                  meter->priced ? micro[0] + micro[1] + micro[2] : -1, micro[0], micro[1], micro[2]))
			return false;
	}
	return true;
}

static bool save_spans(struct store *store, const struct run_result *result, struct error *error)
{
	for (uint32_t i = 0; i < result->n_spans; i++) {
		const struct span_row *span = &result->spans[i];
		if (!store_insert(store, error, "span", "iiiiiis", (int64_t)span->job, (int64_t)span->cluster,
		                  (int64_t)span->cluster_queue, span->start_us, span->end_us, span->gpus,
		                  reason_text(span->end_reason)))
			return false;
	}
	return true;
}

static bool save_preemptions(struct store *store, const struct run_result *result, struct error *error)
{
	for (uint32_t i = 0; i < result->n_preemptions; i++) {
		const struct preemption_row *row = &result->preemptions[i];
		if (!store_insert(store, error, "preemption", "innsii", (int64_t)row->cluster, index_or_null(row->preemptor_queue),
		                  index_or_null(row->victim_queue), reason_text(row->reason), row->jobs, row->lost_gpu_us))
			return false;
	}
	return true;
}

static bool save_loops(struct store *store, const struct run_record *record, struct error *error)
{
	const struct run_result *result = record->first;
	const struct world *world = record->summary->world;
	for (uint32_t i = 0; i < result->n_loops; i++) {
		const struct loop_report *loop = &result->loops[i];
		char jobs[1024] = "";
		int length = 0;
		for (uint32_t j = 0; j < MIN(loop->n_jobs, ARRAY_COUNT(loop->jobs)) && length < (int)sizeof jobs; j++)
			length += snprintf(jobs + length, sizeof jobs - (size_t)length, "%s%s", j ? " " : "",
			                   names_text(world->names, result->jobs->jobs[loop->jobs[j]].name));
		if (!store_insert(store, error, "loop", "iiiiis", (int64_t)result->replication, loop->time_us,
		                  (int64_t)loop->cluster, (int64_t)loop->passes, (int64_t)loop->n_jobs, jobs))
			return false;
	}
	return true;
}

bool save_results(struct store *store, const struct run_record *record, struct error *error)
{
	const struct run_result *result = record->first;
	return save_jobs(store, record, error) && save_series(store, result, error) && save_queue_meters(store, result, error) &&
	       save_pool_meters(store, result, error) && save_spans(store, result, error) &&
	       save_preemptions(store, result, error) && save_loops(store, record, error);
}

/* ---- figures over replications ---- */

static bool save_kpis(struct store *store, const struct names *names, const struct kpi_table *table, uint32_t replication,
                      struct error *error)
{
	for (uint32_t i = 0; i < table->n_rows; i++) {
		const struct kpi_row *row = &table->rows[i];
		const struct kpi_key *key = &row->key;
		if (!store_insert(store, error, "kpi", "sssssssidi", key->metric, key->stat, text_or_null(names, key->cluster),
		                  text_or_null(names, key->cluster_queue), text_or_null(names, key->priority_class),
		                  text_or_null(names, key->tenant), key->size_class, (int64_t)replication, row->value,
		                  (int64_t)kpi_is_bound(row->n_open, row->n_beyond)))
			return false;
	}
	return true;
}

static bool save_summary_rows(struct store *store, const struct names *names, const struct kpi_summary *summary,
                              struct error *error)
{
	for (uint32_t i = 0; i < summary->n_rows; i++) {
		const struct kpi_summary_row *row = &summary->rows[i];
		const struct kpi_key *key = &row->key;
		if (!store_insert(store, error, "kpi_summary", "sssssssidddi", key->metric, key->stat,
		                  text_or_null(names, key->cluster), text_or_null(names, key->cluster_queue),
		                  text_or_null(names, key->priority_class), text_or_null(names, key->tenant), key->size_class,
		                  (int64_t)row->n, row->value, row->low, row->high, (int64_t)row->lower_bound))
			return false;
	}
	return true;
}

static bool save_thresholds(struct store *store, const struct summary *summary, struct error *error)
{
	const struct names *names = summary->world->names;
	for (uint32_t i = 0; i < summary->world->n_thresholds; i++) {
		const struct threshold_result *result = &summary->thresholds[i];
		const struct threshold *threshold = result->threshold;
		if (!store_insert(store, error, "threshold", "sssssddiiii", threshold->text,
		                  threshold_metric_names[threshold->metric], threshold_stat_names[threshold->stat],
		                  text_or_null(names, threshold->cluster_queue), text_or_null(names, threshold->priority_class),
		                  threshold->max, result->value, (int64_t)result->met, (int64_t)result->replications,
		                  (int64_t)threshold_is_bound(result, summary->kpis),
		                  (int64_t)threshold_holds(result, summary->kpis)))
			return false;
	}
	return true;
}

static bool save_size(struct store *store, const struct names *names, const struct size_run *size, struct error *error)
{
	for (uint32_t i = 0; i < size->kpis->n_rows; i++) {
		const struct kpi_summary_row *row = &size->kpis->rows[i];
		const struct kpi_key *key = &row->key;
		if (key->cluster || key->tenant || key->size_class)
			continue;
		if (!store_insert(store, error, "size", "dissssdddi", size->factor, size->gpus, key->metric, key->stat,
		                  text_or_null(names, key->cluster_queue), text_or_null(names, key->priority_class), row->value,
		                  row->low, row->high, (int64_t)row->lower_bound))
			return false;
	}
	return true;
}

bool save_figures(struct store *store, const struct run_record *record, struct error *error)
{
	const struct summary *summary = record->summary;
	const struct names *names = summary->world->names;
	for (uint32_t i = 0; i < record->n_tables; i++)
		if (!save_kpis(store, names, record->tables[i], i, error))
			return false;
	if (!save_summary_rows(store, names, summary->kpis, error) || !save_thresholds(store, summary, error))
		return false;
	for (uint32_t i = 0; i < summary->n_sizes; i++)
		if (!save_size(store, names, &summary->sizes[i], error))
			return false;
	return true;
}
