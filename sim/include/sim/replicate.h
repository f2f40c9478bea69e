/* replicate.h - several runs at once: replications, other sizes, other policies.
 *
 * Runs are independent and write only their own slot, so results do not depend on the number of threads. Job tables are made
 * beforehand, by one thread: making them interns names. */
#ifndef BERTH_SIM_REPLICATE_H
#define BERTH_SIM_REPLICATE_H

#include "sim/kpi.h"
#include "sim/run.h"

struct sim_task {
	struct run_options options;
	bool figures_only; /* free the result once its key figures are computed */
	/* Filled by sim_run_all(). */
	bool ok;
	struct error error;       /* when not ok */
	struct run_result result; /* when ok: run_result_free(); of figures_only: interrupted, digest, events, passes */
	struct kpi_table *kpis;   /* when ok: kpi_table_free() */
};

/* How many threads that is: 0 means as many as there are processors. */
uint32_t sim_threads(uint32_t threads);
/* Runs all tasks on that many threads, the next free one taking the next task. */
void sim_run_all(struct sim_task *tasks, uint32_t n_tasks, uint32_t threads);

#endif
