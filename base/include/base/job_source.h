/* job_source.h - where a simulation takes its jobs from, in order of submission: a table, a generator, a stream. */
#ifndef BERTH_BASE_JOB_SOURCE_H
#define BERTH_BASE_JOB_SOURCE_H

#include "base/job.h"

struct job_source {
	/* The next job in order of submit_us, or false at the end. The job's shape and checkpoint are indexes into `table`,
	 * which may grow between calls but never changes rows already handed out. */
	bool (*next)(void *state, struct job *ret_job);
	void *state;
	const struct job_table *table;
};

#endif
