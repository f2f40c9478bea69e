/* bench.c - one command, one table. usage: bench [NAME...]   (agenda idle-queues philly saturated million; default: all) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

double bench_seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

double bench_median(double *values, uint32_t count)
{
	qsort(values, count, sizeof *values, compare);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

void bench_row(const char *name, double value, const char *unit, const char *note)
{
	printf("%-44s %14.2f %-12s %s\n", name, value, unit, note);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} benches[] = {{"agenda", bench_agenda}, {"idle-queues", bench_idle_queues}, {"topology", bench_topology},
	               {"philly", bench_philly}, {"saturated", bench_saturated},     {"million", bench_million}};
	for (size_t i = 0; i < ARRAY_COUNT(benches); i++) {
		bool wanted = argc == 1;
		for (int k = 1; k < argc; k++)
			wanted |= strcmp(argv[k], benches[i].name) == 0;
		if (wanted)
			benches[i].run();
	}
	return 0;
}
