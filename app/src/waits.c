/* waits.c - see waits.h. */
#include <math.h>
#include <stdlib.h>

#include "app/waits.h"
#include "sim/kpi.h"

struct wait wait_of_job(const struct job *job, const struct job_outcome *outcome, int64_t end_us)
{
	bool open = outcome->admitted_us < 0;
	return (struct wait){(double)((open ? end_us : outcome->admitted_us) - job->submit_us), open};
}

static int compare_waits(const void *a, const void *b)
{
	const struct wait *left = a, *right = b;
	if (left->us != right->us)
		return left->us < right->us ? -1 : 1;
	return (int)left->open - (int)right->open;
}

void waits_sort(struct wait *waits, uint32_t n)
{
	if (n > 0)
		qsort(waits, n, sizeof *waits, compare_waits);
}

static uint32_t count_open(const struct wait *waits, uint32_t n)
{
	uint32_t open = 0;
	for (uint32_t i = 0; i < n; i++)
		open += waits[i].open;
	return open;
}

static struct bounded bounded(double us, uint32_t n_open, uint32_t n_beyond)
{
	return (struct bounded){us, kpi_is_bound(n_open, n_beyond), n_open, n_beyond};
}

struct bounded waits_mean(const struct wait *waits, uint32_t n)
{
	double sum = 0;
	for (uint32_t i = 0; i < n; i++)
		sum += waits[i].us;
	return bounded(n ? sum / n : NAN, count_open(waits, n), 0);
}

struct bounded waits_quantile(const struct wait *ascending, uint32_t n, double q)
{
	if (n == 0)
		return bounded(NAN, 0, 0);
	double exact = ceil(q * n);
	uint32_t rank = exact < 1 ? 1 : exact > n ? n : (uint32_t)exact;
	return bounded(ascending[rank - 1].us, count_open(ascending, rank), n - rank);
}
