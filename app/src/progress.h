/* progress.h - one line on a terminal about simulations under way, at most five times a second; silent when piped. */
#ifndef BERTH_APP_PROGRESS_H
#define BERTH_APP_PROGRESS_H

#include <stdatomic.h>
#include <stdio.h>

#include "base/base.h"

struct progress {
	FILE *out;                  /* NULL: silent */
	double total_us;            /* simulated time of all tasks together */
	_Atomic int64_t done_us;    /* of all tasks */
	_Atomic int64_t printed_ns; /* monotonic clock of the last line */
	int64_t started_ns;
};
/* One task's share; simulators report absolute times. */
struct progress_task {
	struct progress *progress;
	int64_t seen_us;
};

void progress_begin(struct progress *progress, FILE *out, double total_us);
/* Callback for run_options.progress; `state` is the task's struct progress_task. */
void progress_tell(void *state, int64_t now_us, uint64_t events);
/* Clears the line. */
void progress_end(struct progress *progress);
/* Seconds since progress_begin(). */
double progress_elapsed_s(const struct progress *progress);

#endif
