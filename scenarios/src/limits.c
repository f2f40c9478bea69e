/* limits.c - what a run can hold: GPU time is counted in 64 bits, and the jobs of a replication stand in memory. */
#include "build.h"

/* 64 bits hold 292,000 years of one GPU in microseconds; the other sizes of a run need up to a third more. */
enum { MOST_GPU_YEARS = 200000, MOST_DRAWN_JOBS = 20000000 };
#define GPU_US_PER_YEAR (365.0 * (double)US_PER_DAY)

/* The most that it ever has. */
static double pool_gpus(const struct world *world, uint32_t cluster, uint32_t pool)
{
	const struct node_pool *row = &world->clusters[cluster].pools[pool];
	double nodes = row->nodes;
	for (uint32_t i = 0; i < world->n_changes; i++)
		if (world->changes[i].cluster == cluster && world->changes[i].pool == pool)
			nodes = MAX(nodes, world->changes[i].nodes);
	return nodes * row->gpus_per_node;
}

/* Told where the largest pool stands. */
static void check_gpu_time(struct build *build)
{
	const struct world *world = build->world;
	const struct cluster *cluster = NULL;
	uint32_t largest = 0;
	double gpus = 0, most = 0;
	for (uint32_t i = 0; i < world->n_clusters; i++)
		for (uint32_t j = 0; j < world->clusters[i].n_pools; j++) {
			double here = pool_gpus(world, i, j);
			gpus += here;
			if (here <= most)
				continue;
			most = here;
			cluster = &world->clusters[i];
			largest = j;
		}
	double years = (double)world->duration_us / GPU_US_PER_YEAR;
	if (gpus * years > MOST_GPU_YEARS)
		diag_add(build->diags, DIAG_ERROR, pool_place(build, cluster, &cluster->pools[largest]),
		         "make the period shorter, or the pools smaller",
		         "%.0f GPUs over %.3g years are %.0f GPU-years: GPU time can be counted up to %d", gpus, years, gpus * years,
		         MOST_GPU_YEARS);
}

static double expected_jobs(const struct world *world, const struct generator *generator)
{
	double jobs = generator->per_day * (double)world->duration_us / (double)US_PER_DAY;
	if (generator->interarrival.kind != DIST_NONE) {
		double gap_us = dist_mean(&generator->interarrival);
		double burst = generator->burst.kind == DIST_NONE ? 1 : dist_mean(&generator->burst);
		jobs = burst * (double)world->duration_us / MAX(gap_us, 1);
	}
	return generator->max_jobs > 0 ? MIN(jobs, (double)generator->max_jobs) : jobs;
}

/* Told where the generator that draws most stands. */
static void check_drawn_jobs(struct build *build)
{
	const struct world *world = build->world;
	const struct generator *largest = NULL;
	double jobs = 0, most = 0;
	for (uint32_t i = 0; i < world->n_generators; i++) {
		double here = expected_jobs(world, &world->generators[i]);
		jobs += here;
		if (here <= most)
			continue;
		most = here;
		largest = &world->generators[i];
	}
	if (jobs > MOST_DRAWN_JOBS)
		diag_add(build->diags, DIAG_ERROR, generator_place(build, largest),
		         "make the period shorter, arrivals fewer, or set maxJobs",
		         "generators draw about %.3g jobs in a replication, \"%s\" %.3g of them: at most %d can be held", jobs,
		         names_text(build->names, largest->name), most, MOST_DRAWN_JOBS);
}

void check_limits(struct build *build)
{
	check_gpu_time(build);
	check_drawn_jobs(build);
}
