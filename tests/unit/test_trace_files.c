/* test_trace_files.c - the public traces: rows read, used and skipped by reason are pinned for every file, figures against
 * what the archives' descriptions state.
 *
 * Needs the shared reference material (BERTH_SHARED); without it the whole binary is one skip (see test_kueue_profiles.c).
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/instant.h"
#include "traces/jobs.h"
#include "world/kueue_builder.h"

static char shared[4000];

static const struct file {
	const char *path;
	enum trace_format format;
	int64_t read, used, skipped[SKIP_COUNT];
	int64_t recorded_gpus, n_waits, n_requested;
	double run_s_p50, run_s_p95, wait_s_p50, wait_s_mean, wait_s_p95; /* to the second; NAN: not in this input */
	double demand_gpus_peak;
	const char *first_submit, *last_submit;
} files[] = {
    {"philly-2017/philly_jobs_to_2017-11-26.csv",
     TRACE_PHILLY,
     71570,
     71570,
     {0},
     -1,
     0,
     0,
     1194,
     36220,
     NAN,
     NAN,
     NAN,
     1243,
     "2017-09-04T17:30:41Z",
     "2017-11-27T07:52:14Z"},
    /* The archive's 14,238 waits have mean 20,949 and p95 109,920; four of those jobs ran for 0 s and are skipped. */
    {"swf/KTH-SP2-1996-2.1-cln-firsthalf.swf.gz",
     TRACE_SWF,
     14238,
     14234,
     {[SKIP_ZERO_RUN_TIME] = 4},
     100,
     14234,
     14234,
     559,
     43135,
     540,
     20936,
     109860,
     943,
     "1996-09-30T10:38:01Z",
     "1997-03-24T14:45:57Z"},
    {"swf/LANL-CM5-1994-4.1-cln.swf.gz",
     TRACE_SWF,
     122060,
     122055,
     {[SKIP_ZERO_RUN_TIME] = 2, [SKIP_NO_SIZE] = 3},
     1024,
     122055,
     110769,
     414,
     11214,
     2,
     1846,
     6223,
     17824,
     "1994-10-04T13:01:12Z",
     "1996-09-24T11:28:20Z"},
    {"swf/wagap-2013.swf.gz",
     TRACE_SWF,
     17900,
     17898,
     {[SKIP_ZERO_RUN_TIME] = 2},
     -1,
     17898,
     17898,
     2370,
     333564,
     370,
     51032,
     230105,
     11235,
     "2012-12-31T23:22:27Z",
     "2013-03-30T22:23:03Z"},
    {"swf/LCG-2005-1.swf.gz",
     TRACE_SWF,
     188041,
     187520,
     {[SKIP_ZERO_RUN_TIME] = 521},
     24515,
     0,
     187520,
     255,
     39983,
     NAN,
     NAN,
     NAN,
     3359,
     "2005-11-20T00:00:05Z",
     "2005-11-30T23:59:57Z"},
    {"swf/NASA-iPSC-1993-3.1-cln.swf.gz",
     TRACE_SWF,
     18239,
     18066,
     {[SKIP_ZERO_RUN_TIME] = 173},
     128,
     0,
     0,
     88,
     3723,
     NAN,
     NAN,
     NAN,
     176,
     "1993-10-01T07:00:03Z",
     "1994-01-01T07:02:19Z"},
    {"swf/lublin_256.swf",
     TRACE_SWF,
     10000,
     10000,
     {0},
     256,
     0,
     0,
     137,
     20658,
     NAN,
     NAN,
     NAN,
     1968,
     "1970-01-01T01:24:54Z",
     "1970-03-31T06:08:21Z"},
};

static void assert_seconds(double actual, double expected)
{
	if (isnan(expected))
		assert_true(isnan(actual));
	else
		assert_true(fabs(actual - expected) <= 0.5);
}

static struct trace_stats stats_of(const char *name)
{
	char path[4096];
	struct trace_stats stats;
	struct error error;
	snprintf(path, sizeof path, "%s/traces/%s", shared, name);
	if (!trace_stats_of(path, TRACE_AUTO, &stats, &error))
		fail_msg("%s", error.text);
	return stats;
}

static void rows_are_accounted_for(void **state)
{
	const struct file *file = *state;
	struct trace_stats stats = stats_of(file->path);
	char instant[40];
	assert_int_equal(stats.format, file->format);
	assert_int_equal(stats.counts.rows_read, file->read);
	assert_int_equal(stats.counts.rows_used, file->used);
	for (int i = 0; i < SKIP_COUNT; i++)
		assert_int_equal(stats.counts.skipped[i], file->skipped[i]);
	assert_int_equal(stats.recorded_gpus, file->recorded_gpus);
	assert_int_equal(stats.n_waits, file->n_waits);
	assert_int_equal(stats.n_requested, file->n_requested);
	assert_seconds(stats.run_s_p50, file->run_s_p50);
	assert_seconds(stats.run_s_p95, file->run_s_p95);
	assert_seconds(stats.wait_s_p50, file->wait_s_p50);
	assert_seconds(stats.wait_s_mean, file->wait_s_mean);
	assert_seconds(stats.wait_s_p95, file->wait_s_p95);
	assert_true(stats.demand_gpus_peak == file->demand_gpus_peak);
	assert_string_equal(instant_format(stats.first_submit_unix_us, instant), file->first_submit);
	assert_string_equal(instant_format(stats.last_submit_unix_us, instant), file->last_submit);
	trace_stats_free(&stats);
}

static void philly_is_as_published(void **state)
{
	(void)state;
	struct trace_stats stats = stats_of(files[0].path);
	assert_int_equal(stats.n_by_queue, 14);
	assert_string_equal(stats.by_size[0].name, "1");
	assert_true(fabs((double)stats.by_size[0].jobs / 71570 - 0.936) < 0.0005);
	assert_seconds(stats.run_s_mean, 12908);
	assert_true(fabs(stats.run_s_max - 4.63e6) < 5e3);
	assert_true(fabs(stats.gpu_hours / 24 - 35379) < 0.5);
	assert_true(fabs(stats.demand_gpus_mean - 378) < 0.5); /* to the last end; 423 to the last submission */
	for (uint32_t i = 0; i + 1 < stats.n_by_queue; i++)
		assert_true(stats.by_queue[i].gpu_hours >= stats.by_queue[i + 1].gpu_hours);
	trace_stats_free(&stats);
}

/* Conversion of whole public files: same counts, same figures. */
static void conversion_keeps_the_figures(void **state)
{
	const struct file *file = *state;
	char path[4096], output[] = P_tmpdir "/berth-convert-XXXXXX.csv";
	struct trace_counts counts;
	enum trace_format format;
	struct error error;
	struct trace_stats before = stats_of(file->path), after;
	int descriptor = mkstemps(output, 4);
	assert_true(descriptor >= 0);
	close(descriptor);
	snprintf(path, sizeof path, "%s/traces/%s", shared, file->path);
	assert_true(trace_convert(path, TRACE_AUTO, output, &counts, &format, &error));
	assert_true(trace_stats_of(output, TRACE_AUTO, &after, &error));
	assert_int_equal(unlink(output), 0);
	assert_int_equal(format, file->format);
	assert_int_equal(counts.rows_used, file->used);
	assert_int_equal(after.counts.rows_read, file->used);
	assert_int_equal(after.counts.rows_used, file->used);
	assert_true(after.gpu_hours == before.gpu_hours && after.run_s_mean == before.run_s_mean);
	assert_true(after.n_waits == before.n_waits && after.n_requested == before.n_requested);
	assert_true(after.first_submit_unix_us == before.first_submit_unix_us);
	assert_true(after.demand_gpus_peak == before.demand_gpus_peak);
	assert_int_equal(after.n_by_queue, before.n_by_queue);
	trace_stats_free(&before);
	trace_stats_free(&after);
}

/* The virtual clusters of philly_vc_nodes.csv as LocalQueues; three small ones have no nodes there. */
static const struct kueue_config *philly_queues(struct arena *arena, struct names *names)
{
	static const char *const queues[] = {"6214e9", "7f04ca", "11cb48", "b436b2", "ee9e8c", "e13805",
	                                     "6c71a0", "2869ce", "ed69ec", "103959", "0e4a51"};
	struct kueue_builder *builder = kueue_builder_create(arena, names);
	for (size_t i = 0; i < ARRAY_COUNT(queues); i++) {
		struct local_queue queue = {.name = names_intern(names, queues[i]), .namespace_name = names_intern(names, "philly")};
		kueue_add_local_queue(builder, &queue, NO_NAME, (struct diag_place){0});
	}
	const struct kueue_config *config = kueue_build(builder, false, NULL);
	kueue_builder_destroy(builder);
	return config;
}

static void philly_becomes_a_quarter(void **state)
{
	(void)state;
	char path[4096];
	struct error error;
	struct trace_counts counts;
	struct loaded_traces *traces = NULL;
	const struct job_table *jobs;
	struct arena *arena = arena_create(0);
	struct names *names = names_create();
	snprintf(path, sizeof path, "%s/traces/%s", shared, files[0].path);
	struct cluster cluster = {.kueue = philly_queues(arena, names)};
	struct trace_input input = {.path = path, .shift_to_start = true, .namespace_name = names_intern(names, "philly")};
	struct world world = {.arena = arena,
	                      .names = names,
	                      .epoch_unix_s = 1767571200,
	                      .duration_us = 84 * US_PER_DAY,
	                      .clusters = &cluster,
	                      .n_clusters = 1,
	                      .traces = &input,
	                      .n_traces = 1};
	assert_true(jobs_for_replication(&world, 1, 0, arena, &traces, &jobs, &counts, &error));
	assert_int_equal(counts.rows_read, 71570);
	assert_int_equal(counts.skipped[SKIP_NO_QUEUE], 8 + 3 + 2);
	assert_int_equal(counts.rows_used, 71557);
	assert_int_equal(jobs->n_jobs, 71557);
	assert_int_equal(jobs->jobs[0].submit_us, 0);
	assert_int_equal(jobs->n_shapes, 8); /* 1, 2, 4, 8; 12 = 8 + 4; 16, 24, 32 = 2, 3, 4 x 8 */
	loaded_traces_free(traces);
	traces = NULL;
	world.duration_us = 28 * US_PER_DAY;
	assert_true(jobs_for_replication(&world, 1, 0, arena, &traces, &jobs, &counts, &error));
	assert_int_equal(counts.rows_used + counts.skipped[SKIP_OUTSIDE_PERIOD], 71557);
	assert_int_equal(counts.rows_used, 7025); /* the first weeks are thin: 22 jobs in the first two */
	loaded_traces_free(traces);
	names_destroy(names);
	arena_destroy(arena);
}

int main(void)
{
	struct CMUnitTest tests[2 * ARRAY_COUNT(files) + 2] = {cmocka_unit_test(philly_is_as_published),
	                                                       cmocka_unit_test(philly_becomes_a_quarter)};
	for (size_t i = 0; i < ARRAY_COUNT(files); i++) {
		void *file = (void *)(uintptr_t)&files[i];
		tests[2 * i + 2] = (struct CMUnitTest){files[i].path, rows_are_accounted_for, NULL, NULL, file};
		tests[2 * i + 3] = (struct CMUnitTest){files[i].path, conversion_keeps_the_figures, NULL, NULL, file};
	}
	const char *set = getenv("BERTH_SHARED");
	snprintf(shared, sizeof shared, "%s", set ? set : DEFAULT_SHARED);
	char traces[4096];
	snprintf(traces, sizeof traces, "%s/traces", shared);
	if (access(traces, R_OK) != 0) {
		printf("1..0 # SKIP no folder %s; set BERTH_SHARED\n", traces);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
