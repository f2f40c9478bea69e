/* replicate.c - see sim/replicate.h. */
#include <omp.h>

#include "sim/replicate.h"

static void run_task(struct sim_task *task)
{
	task->ok = sim_run(&task->options, &task->result, &task->error);
	if (!task->ok)
		return;
	task->kpis = kpi_compute(task->options.world, &task->result);
	if (!task->figures_only)
		return;
	struct run_result kept = {.replication = task->result.replication,
	                          .end_us = task->result.end_us,
	                          .interrupted = task->result.interrupted,
	                          .digest = task->result.digest,
	                          .events = task->result.events,
	                          .passes = task->result.passes};
	run_result_free(&task->result);
	task->result = kept;
}

uint32_t sim_threads(uint32_t threads)
{
	return threads ? threads : (uint32_t)omp_get_num_procs();
}

void sim_run_all(struct sim_task *tasks, uint32_t n_tasks, uint32_t threads)
{
	int n_threads = (int)sim_threads(threads);
#pragma omp parallel for schedule(dynamic, 1) num_threads(n_threads)
	for (uint32_t i = 0; i < n_tasks; i++)
		run_task(&tasks[i]);
}
