/* bench_agenda.c - the hold model: pop the next event, schedule one more, with 1 k, 100 k and 1 M pending. */
#include <stdio.h>

#include "base/dist.h"
#include "base/rng.h"
#include "bench.h"
#include "sim/agenda.h"

enum { HOLDS = 2000000 };

static double million_holds_per_s(uint32_t pending)
{
	struct agenda *agenda = agenda_create(pending);
	struct rng rng = rng_stream(1, 0, pending, 0, RNG_PROPERTY_TEST);
	struct dist gap = {.kind = DIST_EXPONENTIAL, .a = 1e6};
	for (uint32_t i = 0; i < pending; i++)
		agenda_add(agenda, &(struct agenda_event){.time_us = (int64_t)dist_quantile(&gap, rng_uniform(&rng))});
	double start = bench_seconds();
	struct agenda_event event;
	for (uint32_t i = 0; i < HOLDS && agenda_pop(agenda, &event); i++) {
		/* A cheap increment: the agenda is measured, not the draw. */
		event.time_us += (int64_t)(rng_u64(&rng) % 2000000);
		agenda_add(agenda, &event);
	}
	double seconds = bench_seconds() - start;
	agenda_destroy(agenda);
	return HOLDS / seconds / 1e6;
}

void bench_agenda(void)
{
	static const uint32_t sizes[] = {1000, 100000, 1000000};
	for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
		double rates[BENCH_RUNS];
		char name[64];
		for (int run = 0; run < BENCH_RUNS; run++)
			rates[run] = million_holds_per_s(sizes[i]);
		snprintf(name, sizeof name, "agenda hold, %u pending", sizes[i]);
		bench_row(name, bench_median(rates, BENCH_RUNS), "M events/s", "");
	}
}
