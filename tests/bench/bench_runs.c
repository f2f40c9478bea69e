/* bench_runs.c - whole runs through loader, planner and simulator: Philly's recorded jobs at 704 GPUs, and a saturated
 * estate of 10,000 GPUs. Time is processor time of one replication without series; loading and drawing jobs is not counted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/rng.h"
#include "bench.h"
#include "scenarios/scenario.h"
#include "sim/run.h"
#include "traces/jobs.h"

enum { MOST_RUNS = 3 };

static struct world *load(const char *file, const struct scenario_options *options)
{
	struct diags *diags = diags_create();
	struct world *world = scenario_load(file, options, diags);
	if (!world)
		diags_print(diags, stderr);
	diags_destroy(diags);
	return world;
}

static double percent_preempted(const struct job_table *jobs, const struct run_result *result)
{
	uint64_t preempted = 0;
	for (uint32_t job = 0; job < jobs->n_jobs; job++)
		preempted += (uint64_t)result->outcomes[job].preemptions;
	return 100.0 * (double)preempted / (double)jobs->n_jobs;
}

/* Jobs submitted and not admitted, on average from start to end. */
static double mean_pending(const struct job_table *jobs, const struct run_result *result, int64_t from_us, int64_t until_us)
{
	double sum_us = 0;
	for (uint32_t job = 0; job < jobs->n_jobs; job++) {
		int64_t admitted_us = result->outcomes[job].admitted_us;
		int64_t start_us = MAX(jobs->jobs[job].submit_us, from_us);
		int64_t end_us = admitted_us == NEVER_US ? until_us : MIN(admitted_us, until_us);
		sum_us += (double)MAX(0, end_us - start_us);
	}
	return sum_us / (double)(until_us - from_us);
}

static void time_runs(const char *name, const struct world *world, const struct job_table *jobs, int runs)
{
	double seconds[MOST_RUNS];
	char note[200], pending[100];
	for (int i = 0; i < runs; i++) {
		struct run_options options = {.world = world, .jobs = jobs, .seed = world->seed, .no_series = true};
		struct run_result result;
		struct error error;
		double start = bench_seconds();
		if (!sim_run(&options, &result, &error)) {
			fprintf(stderr, "%s: %s\n", name, error.text);
			exit(1);
		}
		seconds[i] = bench_seconds() - start;
		snprintf(note, sizeof note, "%u jobs, %llu events, %llu passes, %.2f %% preempted", jobs->n_jobs,
		         (unsigned long long)result.events, (unsigned long long)result.passes, percent_preempted(jobs, &result));
		int64_t quarter_us = world->duration_us / 4;
		snprintf(pending, sizeof pending, "pending by quarters of the span %.0f %.0f %.0f %.0f",
		         mean_pending(jobs, &result, 0, quarter_us), mean_pending(jobs, &result, quarter_us, 2 * quarter_us),
		         mean_pending(jobs, &result, 2 * quarter_us, 3 * quarter_us),
		         mean_pending(jobs, &result, 3 * quarter_us, 4 * quarter_us));
		run_result_free(&result);
	}
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	double median = bench_median(seconds, (uint32_t)runs);
	bench_row(name, median, "s", note);
	snprintf(note, sizeof note, "%s, peak memory so far %.0f MiB", pending, (double)usage.ru_maxrss / 1024);
	bench_row("", (double)jobs->n_jobs / median / 1000, "k jobs/s", note);
}

void bench_philly(void)
{
	const char *shared = getenv("BERTH_SHARED");
	char path[4096];
	snprintf(path, sizeof path, "%s/traces/philly-2017/philly_jobs_to_2017-11-26.csv", shared ? shared : DEFAULT_SHARED);
	if (access(path, R_OK) != 0) {
		printf("philly: skipped, %s is not there (set BERTH_SHARED)\n", path);
		return;
	}
	struct world *world = load(PHILLY_REPLAY, &(struct scenario_options){.trace = path});
	if (!world)
		exit(1);
	struct arena *arena = arena_create(0);
	struct loaded_traces *traces = NULL;
	const struct job_table *jobs;
	struct trace_counts counts[1];
	struct error error;
	if (!jobs_for_replication(world, world->seed, 0, arena, &traces, &jobs, counts, &error)) {
		fprintf(stderr, "%s\n", error.text);
		exit(1);
	}
	time_runs("Philly's recorded jobs, 704 GPUs", world, jobs, MOST_RUNS);
	loaded_traces_free(traces);
	arena_destroy(arena);
	world_destroy(world);
}

/* ---- a saturated estate ----
 * 1,250 nodes of 8 GPUs; 200 queues below 20 teams below 5 divisions below the company; 500 request shapes. In the first
 * half of the span jobs come as fast as they are served, so that the backlog stays; the rest comes in the second half. */
enum { DIVISIONS = 5, TEAMS = 4, QUEUES = 10, GPUS = 10000, JOBS_PER_DAY = 10000 };

/* Jobs that have come and are not done, in jobs of mean work. About 5,000 of it are under way; what waits are mostly jobs of
 * 8 GPUs, since smaller ones overtake them, and 10,000 of these are as much work as 28,000 jobs. */
enum { UNDONE_JOBS = 33000 };
#define SERVED_SHARE 0.985 /* of the GPUs, while jobs wait */

static void write_queues(FILE *out)
{
	fprintf(out,
	        "---\n{apiVersion: kueue.x-k8s.io/v1beta2, kind: ResourceFlavor, metadata: {name: h100}}\n"
	        "---\n{apiVersion: kueue.x-k8s.io/v1beta2, kind: Cohort, metadata: {name: company}}\n"
	        "---\n{apiVersion: kueue.x-k8s.io/v1beta2, kind: WorkloadPriorityClass, metadata: {name: high}, value: 100}\n");
	for (int d = 0; d < DIVISIONS; d++) {
		fprintf(out,
		        "---\n{apiVersion: kueue.x-k8s.io/v1beta2, kind: Cohort, metadata: {name: division-%d}, "
		        "spec: {parentName: company}}\n",
		        d);
		for (int t = 0; t < TEAMS; t++) {
			fprintf(out,
			        "---\n{apiVersion: kueue.x-k8s.io/v1beta2, kind: Cohort, metadata: {name: team-%d-%d}, "
			        "spec: {parentName: division-%d}}\n",
			        d, t, d);
			for (int q = 0; q < QUEUES; q++)
				fprintf(
				    out,
				    "---\n{apiVersion: kueue.x-k8s.io/v1beta2, kind: ClusterQueue, metadata: {name: q-%d-%d-%d}, spec: {"
				    "cohortName: team-%d-%d, namespaceSelector: {}, preemption: {withinClusterQueue: LowerPriority, "
				    "reclaimWithinCohort: LowerPriority}, resourceGroups: [{coveredResources: [nvidia.com/gpu, cpu], "
				    "flavors: "
				    "[{name: h100, resources: [{name: nvidia.com/gpu, nominalQuota: 50}, {name: cpu, nominalQuota: "
				    "1200}]}]}]}}\n"
				    "---\n{apiVersion: kueue.x-k8s.io/v1beta2, kind: LocalQueue, metadata: {name: q-%d-%d-%d, namespace: "
				    "default}, spec: {clusterQueue: q-%d-%d-%d}}\n",
				    d, t, q, d, t, d, t, q, d, t, q);
		}
	}
}

static struct world *saturated_world(uint32_t days)
{
	char path[] = "/tmp/berth-bench-XXXXXX.yaml";
	int fd = mkstemps(path, 5);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out)
		exit(1);
	fprintf(out,
	        "apiVersion: berth.dev/v1alpha1\nkind: Scenario\nmetadata: {name: saturated}\nspec:\n"
	        "  time: {start: \"2026-01-01T00:00:00Z\", duration: %ud}\n"
	        "  clusters:\n  - name: main\n    nodePools:\n    - name: h100\n      nodes: 1250\n"
	        "      gpus: {product: NVIDIA-H100-80GB-HBM3, perNode: 8}\n      allocatable: {cpu: \"192\", memory: 2000Gi}\n",
	        days);
	write_queues(out);
	fclose(out);
	struct world *world = load(path, &(struct scenario_options){0});
	unlink(path);
	return world;
}

/* 4 sizes x 125 amounts of cpu: 500 shapes. */
static uint32_t draw_shape(struct job_builder *builder, struct names *names, struct rng *rng, int64_t *ret_gpus)
{
	static const int64_t sizes[] = {1, 2, 4, 8};
	static const uint32_t weights[] = {50, 20, 15, 15};
	uint32_t pick = (uint32_t)rng_below(rng, 100), size = 0;
	while (pick >= weights[size])
		pick -= weights[size++];
	struct resource_request requests[] = {
	    {names_intern(names, "nvidia.com/gpu"), sizes[size]},
	    {names_intern(names, "cpu"), sizes[size] * 1000 + (int64_t)rng_below(rng, 125) * 10},
	};
	struct pod_set set = {.name = names_intern(names, "main"), .count = 1, .requests = requests, .n_requests = 2};
	*ret_gpus = sizes[size];
	return job_builder_shape(builder, &set, 1);
}

struct arrivals {
	double *work_us; /* GPU time of all jobs up to each */
	uint32_t n_jobs, first_of_rest;
	int64_t half_us;
};

/* In the first half each job comes when the work of all but the last UNDONE_JOBS can have been done; then the rest, evenly.
 */
static int64_t next_arrival_us(struct arrivals *arrivals, uint32_t i, double work_us)
{
	arrivals->work_us[i] = (i ? arrivals->work_us[i - 1] : 0) + work_us;
	int64_t at_us = i < UNDONE_JOBS ? 0 : (int64_t)(arrivals->work_us[i - UNDONE_JOBS] / (GPUS * SERVED_SHARE));
	if (at_us < arrivals->half_us) {
		arrivals->first_of_rest = i + 1;
		return at_us;
	}
	double rest = arrivals->n_jobs - arrivals->first_of_rest, share = (i - arrivals->first_of_rest) / rest;
	return arrivals->half_us + (int64_t)(share * (double)arrivals->half_us);
}

static const struct job_table *saturated_jobs(const struct world *world, uint32_t n_jobs, struct arena *arena)
{
	struct job_builder *builder = job_builder_create(arena, world->names);
	struct rng rng = rng_stream(1, 0, 1, 0, RNG_ARRIVAL);
	struct dist run = {.kind = DIST_LOGNORMAL, .a = 16.7e9, .b = 82.4e9, .max = 2e12};
	struct arrivals arrivals = {
	    .work_us = xcalloc(n_jobs, sizeof(double)), .n_jobs = n_jobs, .half_us = world->duration_us / 2};
	char text[64];
	for (uint32_t i = 0; i < n_jobs; i++) {
		int64_t gpus;
		uint32_t shape = draw_shape(builder, world->names, &rng, &gpus);
		int64_t run_us = (int64_t)dist_quantile(&run, rng_uniform(&rng));
		snprintf(text, sizeof text, "job-%07u", i);
		name_id name = names_intern(world->names, text);
		/* Queues of one division are busier than their quota: they borrow, and are reclaimed from. */
		uint32_t queue = (uint32_t)rng_below(&rng, 220) % 200;
		snprintf(text, sizeof text, "q-%u-%u-%u", queue / 40, queue / 10 % 4, queue % 10);
		job_builder_add(builder,
		                &(struct job){
		                    .name = name,
		                    .namespace_name = names_intern(world->names, "default"),
		                    .queue = names_intern(world->names, text),
		                    .priority_class = rng_below(&rng, 1000) < 6 ? names_intern(world->names, "high") : NO_NAME,
		                    .shape = shape,
		                    .checkpoint = NONE,
		                    .submit_us = next_arrival_us(&arrivals, i, (double)run_us * (double)gpus),
		                    .run_us = run_us,
		                    .requested_us = -1,
		                    .max_execution_us = -1,
		                    .recorded_wait_us = -1,
		                });
	}
	const struct job_table *jobs = job_builder_finish(builder);
	job_builder_destroy(builder);
	free(arrivals.work_us);
	return jobs;
}

static void saturated(const char *name, uint32_t days, int runs)
{
	struct world *world = saturated_world(days);
	if (!world)
		exit(1);
	struct arena *arena = arena_create(0);
	const struct job_table *jobs = saturated_jobs(world, days * JOBS_PER_DAY, arena);
	double gpu_us = 0;
	for (uint32_t i = 0; i < jobs->n_jobs; i++)
		gpu_us += (double)jobs->jobs[i].run_us * (double)job_shape_gpus(&jobs->shapes[jobs->jobs[i].shape], world->names);
	bench_row(name, gpu_us / ((double)world->duration_us * GPUS) * 100, "% offered", "10,000 GPUs, 200 queues, 500 shapes");
	time_runs("", world, jobs, runs);
	arena_destroy(arena);
	world_destroy(world);
}

void bench_saturated(void)
{
	saturated("saturated, 3 days", 3, MOST_RUNS);
}

void bench_million(void)
{
	saturated("saturated, a million jobs in 100 days", 100, 1);
}
