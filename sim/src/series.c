/* series.c - see series.h. */
#include <math.h>
#include <stdlib.h>

#include "series.h"

struct series *series_create(uint32_t cluster, uint32_t n_queues, int64_t bucket_us)
{
	struct series *series = xcalloc(1, sizeof *series);
	series->cluster = cluster;
	series->n_queues = n_queues;
	series->bucket_us = bucket_us;
	series->levels = xcalloc((size_t)n_queues + 1, sizeof *series->levels);
	return series;
}

void series_destroy(struct series *series)
{
	if (!series)
		return;
	VEC_FREE(&series->rows);
	free(series->levels);
	free(series);
}

static void settle(struct series_levels *levels, int64_t now_us)
{
	int64_t dt_us = now_us - levels->last_us;
	if (dt_us == 0)
		return;
	for (int level = 0; level < LEVEL_COUNT; level++)
		levels->integral[level] += levels->now[level] * dt_us;
	levels->last_us = now_us;
}

static void close_bucket(struct series *series, int64_t end_us)
{
	double length_us = (double)(end_us - series->start_us);
	for (uint32_t q = 0; q <= series->n_queues; q++) {
		struct series_levels *levels = &series->levels[q];
		settle(levels, end_us);
		const int64_t *sums = levels->integral;
		*VEC_PUSH(&series->rows) = (struct series_row){
		    .start_us = series->start_us,
		    .cluster = series->cluster,
		    .cluster_queue = q == series->n_queues ? NONE : q,
		    .demand_gpus = (double)sums[LEVEL_DEMAND_GPUS] / length_us,
		    .reserved_gpus = (double)sums[LEVEL_RESERVED_GPUS] / length_us,
		    .running_gpus = (double)sums[LEVEL_RUNNING_GPUS] / length_us,
		    .pending_jobs = (double)sums[LEVEL_PENDING_JOBS] / length_us,
		    .pending_gpus = (double)sums[LEVEL_PENDING_GPUS] / length_us,
		    .pending_jobs_max = (double)levels->pending_jobs_max,
		    .capacity_gpus = (double)sums[LEVEL_CAPACITY_GPUS] / length_us,
		    .busy_nodes = (double)sums[LEVEL_BUSY_NODES] / length_us,
		    .nominal_gpus = levels->unlimited ? NAN : (double)sums[LEVEL_NOMINAL_GPUS] / length_us,
		};
		for (int level = 0; level < LEVEL_COUNT; level++)
			levels->integral[level] = 0;
		levels->pending_jobs_max = levels->now[LEVEL_PENDING_JOBS];
	}
	series->start_us = end_us;
}

void series_advance(struct series *series, int64_t now_us)
{
	while (series->start_us + series->bucket_us <= now_us)
		close_bucket(series, series->start_us + series->bucket_us);
}

static void change(struct series_levels *levels, enum level level, int64_t delta, int64_t now_us)
{
	settle(levels, now_us);
	levels->now[level] += delta;
	if (level == LEVEL_PENDING_JOBS)
		levels->pending_jobs_max = MAX(levels->pending_jobs_max, levels->now[level]);
}

void series_change(struct series *series, uint32_t queue, enum level level, int64_t delta, int64_t now_us)
{
	if (delta == 0)
		return;
	change(&series->levels[queue], level, delta, now_us);
	change(&series->levels[series->n_queues], level, delta, now_us);
}

void series_set(struct series *series, uint32_t queue, enum level level, int64_t value, int64_t now_us)
{
	struct series_levels *levels = &series->levels[queue];
	if (levels->now[level] != value)
		change(levels, level, value - levels->now[level], now_us);
}

void series_finish(struct series *series, int64_t end_us)
{
	series_advance(series, end_us);
	if (series->start_us < end_us)
		close_bucket(series, end_us);
}
