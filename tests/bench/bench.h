/* bench.h - rows of the benchmark table. Each benchmark repeats itself and reports the median of its runs. */
#ifndef BERTH_TESTS_BENCH_H
#define BERTH_TESTS_BENCH_H

#include "base/base.h"

enum { BENCH_RUNS = 5 };

/* Seconds of processor time of this thread: other load on the machine counts less than with a wall clock. */
double bench_seconds(void);
double bench_median(double *values, uint32_t count); /* sorts them */
/* "name  value unit  (note)" */
void bench_row(const char *name, double value, const char *unit, const char *note);

void bench_agenda(void);
void bench_idle_queues(void);
void bench_philly(void);
void bench_topology(void);
void bench_saturated(void);
void bench_million(void);

#endif
