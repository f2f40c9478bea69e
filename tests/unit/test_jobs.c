/* test_jobs.c - from records and generators to one job table: pods, queues, places in time, streams of luck. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/jobs.h"
#include "world/kueue_builder.h"

#include <glib.h>
#include <glib/gstdio.h>

#define EPOCH_UNIX_S INT64_C(1767571200) /* Monday 2026-01-05T00:00:00Z */
#define DAYS(n) ((n)*US_PER_DAY)

/* A world of one cluster with LocalQueues team-a/{gpu,other} and team-b/gpu. */
struct site {
	struct arena *arena;
	struct names *names;
	struct world world;
	struct cluster cluster;
	struct trace_input input;
	struct generator generators[3];
	char *dir, *path;
};

static name_id name(const struct site *site, const char *text)
{
	return names_intern(site->names, text);
}

static void make_site(struct site *site)
{
	static const char *const queues[][2] = {{"team-a", "gpu"}, {"team-a", "other"}, {"team-b", "gpu"}};
	*site = (struct site){.arena = arena_create(0), .names = names_create()};
	struct kueue_builder *builder = kueue_builder_create(site->arena, site->names);
	for (size_t i = 0; i < ARRAY_COUNT(queues); i++)
		kueue_add_local_queue(
		    builder, &(struct local_queue){.name = name(site, queues[i][1]), .namespace_name = name(site, queues[i][0])},
		    NO_NAME, (struct diag_place){0});
	site->cluster = (struct cluster){.name = name(site, "main"), .kueue = kueue_build(builder, false, NULL)};
	kueue_builder_destroy(builder);
	site->world = (struct world){
	    .arena = site->arena,
	    .names = site->names,
	    .epoch_unix_s = EPOCH_UNIX_S,
	    .duration_us = DAYS(28),
	    .clusters = &site->cluster,
	    .n_clusters = 1,
	};
	site->dir = g_dir_make_tmp("berth-jobs-XXXXXX", NULL);
	site->path = g_build_filename(site->dir, "site.csv", NULL);
	site->input = (struct trace_input){
	    .path = site->path,
	    .arrival_scale = 1,
	    .namespace_name = name(site, "team-a"),
	    .queue = name(site, "gpu"),
	    .gpu_resource = name(site, "nvidia.com/gpu"),
	    .gpus_per_pod = 8,
	};
}

static void clear_site(struct site *site)
{
	g_unlink(site->path);
	assert_int_equal(g_rmdir(site->dir), 0);
	g_free(site->path);
	g_free(site->dir);
	names_destroy(site->names);
	arena_destroy(site->arena);
}

static bool try_load(struct site *site, const char *text, const struct job_table **ret_jobs, struct trace_counts *counts,
                     struct error *error)
{
	assert_true(g_file_set_contents(site->path, text, -1, NULL));
	struct job_builder *builder = job_builder_create(site->arena, site->names);
	bool ok = trace_load(&site->world, &site->input, builder, counts, NULL, error);
	*ret_jobs = job_builder_finish(builder);
	job_builder_destroy(builder);
	return ok;
}

/* Twenty in the list, all in the count; rows that can be read do not mend it. */
static void all_broken_rows_are_told(void **state)
{
	(void)state;
	struct site site;
	make_site(&site);
	GString *text = g_string_new("submit,runTime,gpus\n");
	for (int i = 0; i < 25; i++)
		g_string_append(text, "0,60,1\n0,60,x\n0,60\n");
	assert_true(g_file_set_contents(site.path, text->str, -1, NULL));
	struct diags *diags = diags_create();
	struct job_builder *builder = job_builder_create(site.arena, site.names);
	struct trace_counts counts;
	struct error error;
	assert_false(trace_load(&site.world, &site.input, builder, &counts, diags, &error));
	assert_non_null(strstr(error.text, ": 50 of 75 rows cannot be read"));
	uint32_t count;
	const struct diag *items = diags_sorted(diags, &count);
	assert_int_equal(count, 20);
	assert_int_equal(items[0].place.line, 3);
	assert_int_equal(items[0].place.column, 6);
	assert_string_equal(items[1].text, "2 fields where the header has 3");
	assert_int_equal(items[19].place.line, 31);
	job_builder_destroy(builder);
	diags_destroy(diags);
	g_string_free(text, TRUE);
	clear_site(&site);
}

static const struct job_table *load(struct site *site, const char *text, struct trace_counts *counts)
{
	const struct job_table *jobs;
	struct error error;
	int64_t skipped = 0;
	if (!try_load(site, text, &jobs, counts, &error))
		fail_msg("%s", error.text);
	for (int i = 0; i < SKIP_COUNT; i++)
		skipped += counts->skipped[i];
	assert_int_equal(counts->rows_read, counts->rows_used + skipped);
	assert_int_equal(counts->rows_used, jobs->n_jobs);
	return jobs;
}

static int64_t request_of(const struct site *site, const struct pod_set *pod_set, const char *resource)
{
	for (uint32_t i = 0; i < pod_set->n_requests; i++)
		if (pod_set->requests[i].resource == names_find(site->names, resource))
			return pod_set->requests[i].amount;
	return -1;
}

static const struct job_shape *shape_of(const struct job_table *table, uint32_t job)
{
	return &table->shapes[table->jobs[job].shape];
}

static void records_become_pods(void **state)
{
	(void)state;
	struct site site;
	struct trace_counts counts;
	make_site(&site);
	const struct resource_amount per_gpu[] = {{name(&site, "cpu"), 11000}, {name(&site, "memory"), INT64_C(1) << 30}};
	site.input.per_gpu = per_gpu;
	site.input.n_per_gpu = 2;
	const struct job_table *jobs = load(&site,
	                                    "id,submit,runTime,gpus,pods,cpuPerPod,gpuType\n"
	                                    "one,1767571200,60,3,,,\n"
	                                    "full,1767571201,60,16,,,\n"
	                                    "rest,1767571202,60,20,,,\n"
	                                    "said,1767571203,60,4,2,500m,H100\n"
	                                    "cpu,1767571204,60,,5,3,\n"
	                                    "again,1767571205,90,3,,,\n",
	                                    &counts);
	const struct pod_set *one = &shape_of(jobs, 0)->pod_sets[0];
	assert_int_equal(one->count, 1);
	assert_int_equal(request_of(&site, one, "nvidia.com/gpu"), 3);
	assert_int_equal(request_of(&site, one, "cpu"), 33000);
	assert_true(request_of(&site, one, "memory") == INT64_C(3) << 30);
	const struct pod_set *full = &shape_of(jobs, 1)->pod_sets[0];
	assert_int_equal(shape_of(jobs, 1)->n_pod_sets, 1);
	assert_true(full->count == 2 && request_of(&site, full, "nvidia.com/gpu") == 8);
	const struct job_shape *rest = shape_of(jobs, 2);
	assert_int_equal(rest->n_pod_sets, 2);
	assert_true(rest->pod_sets[0].count == 2 && rest->pod_sets[1].count == 1);
	assert_int_equal(request_of(&site, &rest->pod_sets[1], "nvidia.com/gpu"), 4);
	assert_int_equal(request_of(&site, &rest->pod_sets[1], "cpu"), 44000);
	assert_int_equal(job_shape_gpus(rest, site.names), 20);
	const struct pod_set *said = &shape_of(jobs, 3)->pod_sets[0];
	assert_true(said->count == 2 && request_of(&site, said, "nvidia.com/gpu") == 2);
	assert_int_equal(request_of(&site, said, "cpu"), 500);
	assert_int_equal(said->n_node_selector, 1);
	assert_string_equal(names_text(site.names, said->node_selector[0].key), "nvidia.com/gpu.product");
	assert_string_equal(names_text(site.names, said->node_selector[0].value), "H100");
	const struct pod_set *cpu = &shape_of(jobs, 4)->pod_sets[0];
	assert_true(cpu->count == 5 && cpu->n_requests == 1 && request_of(&site, cpu, "cpu") == 3000);
	assert_int_equal(jobs->jobs[5].shape, jobs->jobs[0].shape); /* equal pods are one shape */
	assert_int_equal(jobs->n_shapes, 5);
	for (uint32_t i = 0; i < jobs->n_shapes; i++)
		for (uint32_t k = 1; k < jobs->shapes[i].pod_sets[0].n_requests; k++) {
			const struct resource_request *requests = jobs->shapes[i].pod_sets[0].requests;
			assert_true(names_hash(site.names, requests[k - 1].resource) < names_hash(site.names, requests[k].resource));
		}
	clear_site(&site);
}

static void a_limit_range_fills_what_the_record_leaves_open(void **state)
{
	(void)state;
	struct site site;
	struct trace_counts counts;
	make_site(&site);
	const struct resource_amount per_gpu = {name(&site, "cpu"), 11000};
	const struct default_request defaults[] = {
	    {name(&site, "team-a"), name(&site, "cpu"), 4000},
	    {name(&site, "team-a"), name(&site, "memory"), INT64_C(1) << 30},
	    {name(&site, "team-b"), name(&site, "cpu"), 2000},
	};
	site.cluster.default_requests = defaults;
	site.cluster.n_default_requests = ARRAY_COUNT(defaults);
	const char *rows = "id,submit,runTime,gpus,namespace,memoryPerPod\n"
	                   "a,1767571200,60,20,,\n"
	                   "b,1767571201,60,2,team-b,\n"
	                   "c,1767571202,60,2,,8Gi\n";
	const struct job_table *jobs = load(&site, rows, &counts);
	for (uint32_t i = 0; i < 2; i++) { /* full pods, and the rest */
		const struct pod_set *pod_set = &shape_of(jobs, 0)->pod_sets[i];
		assert_int_equal(pod_set->n_requests, 3);
		assert_int_equal(request_of(&site, pod_set, "cpu"), 4000);
		assert_true(request_of(&site, pod_set, "memory") == INT64_C(1) << 30);
	}
	const struct pod_set *other = &shape_of(jobs, 1)->pod_sets[0];
	assert_true(other->n_requests == 2 && request_of(&site, other, "cpu") == 2000);
	const struct pod_set *own = &shape_of(jobs, 2)->pod_sets[0];
	assert_true(own->n_requests == 3 && request_of(&site, own, "memory") == INT64_C(8) << 30);
	site.input.per_gpu = &per_gpu;
	site.input.n_per_gpu = 1;
	jobs = load(&site, rows, &counts);
	assert_int_equal(request_of(&site, &shape_of(jobs, 2)->pod_sets[0], "cpu"), 22000);
	clear_site(&site);
}

static void records_bring_their_checkpoints(void **state)
{
	(void)state;
	struct site site;
	struct trace_counts counts;
	make_site(&site);
	GString *rows = g_string_new("submit,runTime,gpus,checkpointInterval,checkpointSaveTime,checkpointRestoreTime\n"
	                             "1767571200,60,1,,,\n1767571201,60,1,30m,40s,4m\n1767571202,60,1,30m,40,240\n"
	                             "1767571203,60,1,30m,,\n");
	enum { MORE = 3000 };
	for (int i = 0; i < MORE; i++)
		g_string_append_printf(rows, "1767571204,60,1,%d,,\n", i / 2 + 1);
	const struct job_table *jobs = load(&site, rows->str, &counts);
	const struct checkpoint *checkpoint = &jobs->checkpoints[jobs->jobs[1].checkpoint];
	assert_int_equal(jobs->jobs[0].checkpoint, NONE);
	assert_int_equal(checkpoint->interval_us, 1800 * US_PER_S);
	assert_int_equal(checkpoint->save_us, 40 * US_PER_S);
	assert_int_equal(checkpoint->restore_us, 240 * US_PER_S);
	assert_int_equal(jobs->jobs[2].checkpoint, jobs->jobs[1].checkpoint); /* equal ones are one row */
	assert_int_equal(jobs->checkpoints[jobs->jobs[3].checkpoint].save_us, 0);
	assert_int_equal(jobs->n_checkpoints, 2 + MORE / 2); /* 30m alone comes nowhere else */
	for (uint32_t i = 4; i < jobs->n_jobs; i++)
		assert_int_equal(jobs->checkpoints[jobs->jobs[i].checkpoint].interval_us, ((i - 4) / 2 + 1) * US_PER_S);
	g_string_free(rows, TRUE);
	clear_site(&site);
}

static void processors_may_be_cpus(void **state)
{
	(void)state;
	struct site site;
	struct trace_counts counts;
	make_site(&site);
	site.input.gpu_resource = name(&site, "cpu");
	site.input.gpus_per_pod = 1;
	const struct job_table *jobs = load(&site, "submit,runTime,gpus\n1767571200,60,3\n", &counts);
	const struct pod_set *pods = &shape_of(jobs, 0)->pod_sets[0];
	assert_true(pods->count == 3 && request_of(&site, pods, "cpu") == 1000);
	assert_string_equal(names_text(site.names, jobs->jobs[0].name), "site-1");
	clear_site(&site);
}

static const char queue_rows[] = "id,submit,runTime,gpus,queue,namespace\n"
                                 "a,1767571200,60,1,,\n"
                                 "b,1767571200,60,1,vc1,\n"
                                 "c,1767571200,60,1,other,\n"
                                 "d,1767571200,60,1,nobody,\n"
                                 "e,1767571200,60,1,gpu,team-b\n"
                                 "f,1767571200,60,1,other,team-b\n"
                                 "g,1767571200,60,1,vc2,\n";

static void queues_are_mapped_or_counted(void **state)
{
	(void)state;
	struct site site;
	struct trace_counts counts;
	make_site(&site);
	const struct key_value map[] = {{name(&site, "vc1"), name(&site, "other")}, {name(&site, "vc2"), name(&site, "gone")}};
	site.input.queue_map = map;
	site.input.n_queue_map = 2;
	const struct job_table *jobs = load(&site, queue_rows, &counts);
	static const char *const expected[][3] = {
	    {"a", "team-a", "gpu"}, {"b", "team-a", "other"}, {"c", "team-a", "other"}, {"e", "team-b", "gpu"}};
	assert_int_equal(jobs->n_jobs, ARRAY_COUNT(expected));
	assert_int_equal(counts.skipped[SKIP_NO_QUEUE], 3); /* d and g in no LocalQueue, f not in that namespace */
	for (uint32_t i = 0; i < jobs->n_jobs; i++) {
		assert_string_equal(names_text(site.names, jobs->jobs[i].name), expected[i][0]);
		assert_string_equal(names_text(site.names, jobs->jobs[i].namespace_name), expected[i][1]);
		assert_string_equal(names_text(site.names, jobs->jobs[i].queue), expected[i][2]);
	}
	site.input.other_queue = name(&site, "gpu");
	jobs = load(&site, queue_rows, &counts);
	assert_int_equal(jobs->n_jobs, 7);
	assert_string_equal(names_text(site.names, jobs->jobs[3].queue), "gpu");
	clear_site(&site);
}

static void traces_move_in_time(void **state)
{
	(void)state;
	struct site site;
	struct trace_counts counts;
	struct error error;
	const struct job_table *jobs;
	make_site(&site);
	static const char rows[] = "id,submit,runTime,gpus\n" /* not in order */
	                           "b,2017-10-09T00:00:10Z,60,1\n"
	                           "c,2017-11-06T00:00:00Z,60,1\n"
	                           "a,2017-10-09T00:00:00Z,60,1\n"
	                           "d,2017-11-05T23:59:59Z,60,1\n";
	assert_false(try_load(&site, rows, &jobs, &counts, &error));
	assert_non_null(strstr(error.text,
	                       "none of its 4 rows can be used: 4 submitted outside the scenario's period; the first "
	                       "submission is at 2017-10-09T00:00:00Z, the scenario starts at 2026-01-05T00:00:00Z"));
	site.input.shift_to_start = true;
	jobs = load(&site, rows, &counts);
	assert_int_equal(jobs->n_jobs, 3);
	assert_int_equal(counts.skipped[SKIP_OUTSIDE_PERIOD], 1); /* the 28 days end where c begins */
	assert_true(jobs->jobs[0].submit_us == 0 && jobs->jobs[1].submit_us == 10 * US_PER_S);
	assert_string_equal(names_text(site.names, jobs->jobs[0].name), "a");
	assert_true(jobs->jobs[2].submit_us == DAYS(28) - US_PER_S);
	site.input.arrival_scale = 1.25;
	jobs = load(&site, rows, &counts);
	assert_int_equal(jobs->n_jobs, 4);
	assert_true(jobs->jobs[1].submit_us == 8 * US_PER_S && jobs->jobs[3].submit_us == DAYS(28) * 4 / 5);
	clear_site(&site);
}

/* Jobs of an office generator: 200 a day in bursts, two request shapes. */
static struct generator office(const struct site *site, const char *text)
{
	static const struct dist_point gpus[] = {{1, 3}, {8, 1}};
	static struct generator_request request;
	static struct generator_pod_set pod_set;
	request = (struct generator_request){name(site, "nvidia.com/gpu"), {.kind = DIST_CHOICE, .points = gpus, .n_points = 2}};
	pod_set = (struct generator_pod_set){
	    .name = name(site, "main"), .count = dist_constant(1), .requests = &request, .n_requests = 1};
	return (struct generator){
	    .name = name(site, text),
	    .namespace_name = name(site, "team-a"),
	    .queue = name(site, "gpu"),
	    .per_day = 2000,
	    .hour_profile = HOURS_FLAT,
	    .weekend_factor = 1,
	    .pod_sets = &pod_set,
	    .n_pod_sets = 1,
	    .run_time = {.kind = DIST_LOGNORMAL, .a = 40 * 60e6, .b = 9 * 3600e6},
	    .max_execution_us = -1,
	};
}

static const struct job_table *draw(struct site *site, uint32_t n_generators, uint64_t seed, uint32_t replication)
{
	const struct job_table *jobs;
	struct loaded_traces *traces = NULL;
	struct error error;
	site->world.generators = site->generators;
	site->world.n_generators = n_generators;
	if (!jobs_for_replication(&site->world, seed, replication, site->arena, &traces, &jobs, NULL, &error))
		fail_msg("%s", error.text);
	loaded_traces_free(traces);
	for (uint32_t i = 0; i < jobs->n_jobs; i++) {
		assert_true(jobs->jobs[i].submit_us >= 0 && jobs->jobs[i].submit_us < site->world.duration_us);
		assert_true(i == 0 || jobs->jobs[i - 1].submit_us <= jobs->jobs[i].submit_us);
	}
	return jobs;
}

/* Within `sigmas` standard deviations of a Poisson count. */
static void assert_poisson(double count, double mean, double sigmas)
{
	if (fabs(count - mean) > sigmas * sqrt(mean))
		fail_msg("%g counted, %g expected", count, mean);
}

static void arrivals_have_the_asked_rate(void **state)
{
	(void)state;
	struct site site;
	make_site(&site);
	site.generators[0] = office(&site, "flat");
	const struct job_table *jobs = draw(&site, 1, 42, 0);
	assert_poisson(jobs->n_jobs, 28 * 2000, 4);
	double chi2 = 0; /* gaps are exponential: deciles equally full */
	double deciles[10] = {0}, mean_us = (double)US_PER_DAY / 2000;
	for (uint32_t i = 1; i < jobs->n_jobs; i++) {
		double gap_us = (double)(jobs->jobs[i].submit_us - jobs->jobs[i - 1].submit_us);
		deciles[(int)fmin(10 * -expm1(-gap_us / mean_us), 9)]++;
	}
	for (int i = 0; i < 10; i++)
		chi2 += pow(deciles[i] - jobs->n_jobs / 10.0, 2) / (jobs->n_jobs / 10.0);
	assert_true(chi2 < 27.9); /* 99.9 % of chi-squared with 9 degrees of freedom */
	clear_site(&site);
}

static void hours_and_weekends_shape_arrivals(void **state)
{
	(void)state;
	struct site site;
	make_site(&site);
	/* An hour ahead of UTC, from the second Sunday at 01:00 UTC two. */
	const struct zone_offset offsets[] = {{0, 3600}, {DAYS(13) + US_PER_HOUR, 7200}};
	site.world.zone_offsets = offsets;
	site.world.n_zone_offsets = 2;
	site.generators[0] = office(&site, "office");
	site.generators[0].hour_profile = HOURS_OFFICE;
	site.generators[0].weekend_factor = 0.4;
	const struct job_table *jobs = draw(&site, 1, 42, 0);
	double hours[24] = {0}, weekend = 0, weekdays = 0;
	for (uint32_t i = 0; i < jobs->n_jobs; i++) {
		int64_t at_us = jobs->jobs[i].submit_us;
		int64_t local_s = at_us / US_PER_S + (at_us < offsets[1].start_us ? 3600 : 7200);
		bool is_weekend = local_s / 86400 % 7 >= 5; /* the epoch is a Monday */
		hours[local_s % 86400 / 3600]++;
		*(is_weekend ? &weekend : &weekdays) += 1;
	}
	assert_poisson(jobs->n_jobs, 28 * 2000, 4); /* perDay is the mean over whole weeks */
	assert_true(fabs(weekend / 8 / (weekdays / 20) - 0.4) < 0.02);
	assert_true(hours[10] > 4 * hours[3] && hours[15] > hours[19] && hours[19] > hours[23]);
	double night = hours[0] + hours[1] + hours[2] + hours[3] + hours[4] + hours[5];
	for (int i = 0; i < 6; i++)
		assert_poisson(hours[i], night / 6, 4); /* flat within the night */
	clear_site(&site);
}

static void bursts_count_by_their_jobs(void **state)
{
	(void)state;
	struct site site;
	make_site(&site);
	const struct dist_point sizes[] = {{1, 1}, {10, 1}};
	site.generators[0] = office(&site, "bursts");
	site.generators[0].burst = (struct dist){.kind = DIST_CHOICE, .points = sizes, .n_points = 2};
	const struct job_table *jobs = draw(&site, 1, 42, 0);
	double bursts = 0, tens = 0, together = 0;
	for (uint32_t i = 0; i < jobs->n_jobs; i++, together++)
		if (i == 0 || jobs->jobs[i].submit_us != jobs->jobs[i - 1].submit_us) {
			tens += together == 10;
			together = 0;
			bursts++;
		}
	assert_poisson(bursts, 28 * 2000 / 5.5, 4);
	assert_true(fabs(jobs->n_jobs / (28 * 2000.0) - 1) < 0.04);
	assert_true(fabs(tens / bursts - 0.5) < 0.02);
	clear_site(&site);
}

static int compare_runs(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;
	return *a < *b ? -1 : *a > *b;
}

static void draws_follow_their_distributions(void **state)
{
	(void)state;
	struct site site;
	make_site(&site);
	site.generators[0] = office(&site, "draws");
	site.generators[0].requested_factor = 2;
	site.generators[0].has_checkpoint = true;
	site.generators[0].checkpoint = (struct checkpoint){30 * 60 * US_PER_S, US_PER_S, 2 * US_PER_S};
	const struct job_table *jobs = draw(&site, 1, 42, 0);
	int64_t *runs = xcalloc(jobs->n_jobs, sizeof *runs);
	double large = 0;
	for (uint32_t i = 0; i < jobs->n_jobs; i++) {
		const struct job *job = &jobs->jobs[i];
		runs[i] = job->run_us;
		large += job_shape_gpus(shape_of(jobs, i), site.names) == 8;
		assert_true(job->requested_us == 2 * job->run_us && job->max_execution_us == -1 && job->recorded_wait_us == -1);
		assert_int_equal(job->checkpoint, 0);
	}
	assert_int_equal(jobs->n_shapes, 2);
	assert_true(jobs->n_checkpoints == 1 && jobs->checkpoints[0].restore_us == 2 * US_PER_S);
	assert_true(fabs(large / jobs->n_jobs - 0.25) < 0.01);
	qsort(runs, jobs->n_jobs, sizeof *runs, compare_runs);
	assert_true(fabs((double)runs[jobs->n_jobs / 2] / (40 * 60e6) - 1) < 0.03);
	assert_true(fabs((double)runs[jobs->n_jobs * 95 / 100] / (9 * 3600e6) - 1) < 0.05);
	assert_string_equal(names_text(site.names, jobs->jobs[0].name), "draws-0");
	free(runs);
	clear_site(&site);
}

static void gaps_may_be_given(void **state)
{
	(void)state;
	struct site site;
	make_site(&site);
	site.generators[0] = office(&site, "clockwork");
	site.generators[0].interarrival = dist_constant(60e6);
	const struct job_table *jobs = draw(&site, 1, 42, 0);
	assert_int_equal(jobs->n_jobs, 28 * 1440 - 1);
	for (uint32_t i = 0; i < jobs->n_jobs; i++)
		assert_true(jobs->jobs[i].submit_us == (i + 1) * 60 * US_PER_S);
	site.generators[0].max_jobs = 7;
	assert_int_equal(draw(&site, 1, 42, 0)->n_jobs, 7);
	clear_site(&site);
}

static bool same_luck(const struct site *site, const struct job_table *a, const struct job_table *b, const char *generator)
{
	size_t length = strlen(generator);
	uint32_t k = 0, compared = 0;
	for (uint32_t i = 0; i < a->n_jobs; i++) {
		const struct job *job = &a->jobs[i];
		if (strncmp(names_text(site->names, job->name), generator, length) != 0)
			continue;
		while (k < b->n_jobs && b->jobs[k].name != job->name)
			k++;
		if (k == b->n_jobs || b->jobs[k].submit_us != job->submit_us || b->jobs[k].run_us != job->run_us ||
		    job_shape_gpus(shape_of(b, k), site->names) != job_shape_gpus(shape_of(a, i), site->names))
			return false;
		compared++;
	}
	return compared > 1000;
}

static void generators_do_not_disturb_each_other(void **state)
{
	(void)state;
	struct site site;
	make_site(&site);
	site.generators[0] = office(&site, "alone");
	const struct job_table *alone = draw(&site, 1, 42, 0);
	assert_true(same_luck(&site, alone, draw(&site, 1, 42, 0), "alone"));
	assert_false(same_luck(&site, alone, draw(&site, 1, 43, 0), "alone"));
	assert_false(same_luck(&site, alone, draw(&site, 1, 42, 1), "alone"));
	site.generators[1] = office(&site, "added");
	const struct job_table *twins = draw(&site, 2, 42, 0); /* alike but for the name: luck of its own */
	for (uint32_t i = 1; i < twins->n_jobs; i++)
		assert_true(twins->jobs[i].submit_us != twins->jobs[i - 1].submit_us);
	site.generators[1].per_day = 100;
	assert_true(same_luck(&site, alone, draw(&site, 2, 42, 0), "alone"));
	struct generator moved = site.generators[0];
	site.generators[0] = site.generators[1];
	site.generators[1] = moved;
	const struct job_table *both = draw(&site, 2, 42, 0);
	assert_true(same_luck(&site, alone, both, "alone"));
	/* Twice as dense: the same jobs, each at half its time. */
	struct generator sparse = site.generators[1];
	site.generators[1].per_day *= 2;
	const struct job_table *dense = draw(&site, 2, 42, 0);
	uint32_t at = 0;
	for (uint32_t i = 0; i < alone->n_jobs; i++, at++) {
		while (dense->jobs[at].name != alone->jobs[i].name)
			at++;
		assert_true(dense->jobs[at].run_us == alone->jobs[i].run_us);
		assert_true(llabs(2 * dense->jobs[at].submit_us - alone->jobs[i].submit_us) <= 2);
	}
	site.generators[1] = sparse;
	/* One distribution changed: the others draw as before. */
	site.generators[1].run_time = dist_constant(1e6);
	const struct job_table *changed = draw(&site, 2, 42, 0);
	for (uint32_t i = 0; i < both->n_jobs; i++)
		assert_true(changed->jobs[i].submit_us == both->jobs[i].submit_us &&
		            job_shape_gpus(shape_of(changed, i), site.names) == job_shape_gpus(shape_of(both, i), site.names));
	clear_site(&site);
}

static void names_stay_unique(void **state)
{
	(void)state;
	struct site site;
	struct loaded_traces *traces = NULL;
	struct trace_counts counts[2];
	const struct job_table *jobs, *again;
	struct error error;
	make_site(&site);
	assert_true(
	    g_file_set_contents(site.path, "id,submit,runTime,gpus\ngen-0,1767571200,60,1\n7,1767571201,60,1\n", -1, NULL));
	const struct trace_input inputs[] = {site.input, site.input};
	struct generator generator = office(&site, "gen");
	generator.max_jobs = 2;
	site.world.traces = inputs;
	site.world.n_traces = 2;
	site.world.generators = &generator;
	site.world.n_generators = 1;
	assert_true(jobs_for_replication(&site.world, 1, 0, site.arena, &traces, &jobs, counts, &error));
	assert_true(counts[0].rows_used == 2 && counts[1].rows_used == 2);
	static const char *const expected[] = {"gen-0", "site/gen-0", "7", "site/7"};
	for (size_t i = 0; i < ARRAY_COUNT(expected); i++)
		assert_string_equal(names_text(site.names, jobs->jobs[i].name), expected[i]);
	for (uint32_t i = 0; i < jobs->n_jobs; i++)
		for (uint32_t k = 0; k < i; k++)
			assert_true(jobs->jobs[i].name != jobs->jobs[k].name);
	/* The file is read once: further replications do without it. */
	assert_int_equal(g_unlink(site.path), 0);
	assert_true(jobs_for_replication(&site.world, 1, 1, site.arena, &traces, &again, counts, &error));
	assert_int_equal(again->n_jobs, 6);
	assert_int_equal(again->jobs[0].name, jobs->jobs[0].name);
	loaded_traces_free(traces);
	clear_site(&site);
}

static void equal_shapes_are_one(void **state)
{
	(void)state;
	struct site site;
	make_site(&site);
	struct job_builder *builder = job_builder_create(site.arena, site.names);
	name_id values[] = {name(&site, "a"), name(&site, "b")};
	struct selector_requirement requirement = {name(&site, "zone"), SELECTOR_IN, values, 2};
	struct selector_term term = {&requirement, 1};
	struct resource_request request = {name(&site, "cpu"), 1000};
	struct key_value label = {name(&site, "k"), name(&site, "v")};
	struct toleration toleration = {name(&site, "k"), NO_NAME, NO_NAME, true};
	struct pod_set pod_set = {name(&site, "main"), 2, 0, &request, 1, &label, 1, &toleration, 1, &term, 1, NULL, 0, NULL};
	uint32_t first = job_builder_shape(builder, &pod_set, 1);
	assert_int_equal(job_builder_shape(builder, &pod_set, 1), first);
	/* Any one thing changed is another shape. */
	request.amount++;
	assert_int_equal(job_builder_shape(builder, &pod_set, 1), first + 1);
	name_id *const names[] = {&values[1], &label.value, &toleration.effect, &requirement.key, &pod_set.name};
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		*names[i] = name(&site, "changed");
		assert_int_equal(job_builder_shape(builder, &pod_set, 1), first + 2 + i);
	}
	pod_set.count++;
	assert_int_equal(job_builder_shape(builder, &pod_set, 1), first + 7);
	for (int i = 0; i < 1000; i++) {
		pod_set.min_count = i;
		uint32_t shape = job_builder_shape(builder, &pod_set, 1);
		assert_int_equal(job_builder_shape(builder, &pod_set, 1), shape);
	}
	struct job early = {.name = name(&site, "early"), .submit_us = 5, .checkpoint = NONE}, late = early, tie = early;
	late.submit_us = 6;
	tie.name = name(&site, "tie");
	job_builder_add(builder, &late);
	job_builder_add(builder, &early);
	job_builder_add(builder, &tie);
	const struct job_table *jobs = job_builder_finish(builder);
	assert_true(jobs->jobs[0].name == early.name && jobs->jobs[1].name == tie.name && jobs->jobs[2].submit_us == 6);
	assert_int_equal(jobs->n_shapes, first + 8 + 999);
	assert_int_equal(jobs->shapes[first].pod_sets[0].requests[0].amount, 1000); /* copies do not change with the original */
	job_builder_destroy(builder);
	clear_site(&site);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(records_become_pods),
	    cmocka_unit_test(a_limit_range_fills_what_the_record_leaves_open),
	    cmocka_unit_test(records_bring_their_checkpoints),
	    cmocka_unit_test(processors_may_be_cpus),
	    cmocka_unit_test(queues_are_mapped_or_counted),
	    cmocka_unit_test(traces_move_in_time),
	    cmocka_unit_test(all_broken_rows_are_told),
	    cmocka_unit_test(arrivals_have_the_asked_rate),
	    cmocka_unit_test(hours_and_weekends_shape_arrivals),
	    cmocka_unit_test(bursts_count_by_their_jobs),
	    cmocka_unit_test(draws_follow_their_distributions),
	    cmocka_unit_test(gaps_may_be_given),
	    cmocka_unit_test(generators_do_not_disturb_each_other),
	    cmocka_unit_test(names_stay_unique),
	    cmocka_unit_test(equal_shapes_are_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
