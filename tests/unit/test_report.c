/* test_report.c - a run database becomes a report: every page is there, with and without prices, jobs, series. */
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

#include "app/app.h"
#include "plots/report.h"
#include "sim/result.h"
#include "store/store.h"

#define DB "test-report.db"
#define HTML "test-report.html"
#define PDF "test-report.pdf"

static struct store *store;
static struct error error;

#define INSERT(...)                                                                                                         \
	do {                                                                                                                    \
		if (!store_insert(store, &error, __VA_ARGS__))                                                                      \
			fail_msg("%s", error.text);                                                                                     \
	} while (0)

enum { N_BUCKETS = 200, N_JOBS = 300, N_QUEUES = 3 };
static const int64_t bucket_us = 6 * INT64_C(3600) * 1000000;

static void put(const char *key, const char *value)
{
	INSERT("run", "ss", key, value);
}

static void insert_facts(bool priced)
{
	char end[32], bucket[32];
	snprintf(end, sizeof end, "%lld", (long long)(N_BUCKETS * bucket_us));
	snprintf(bucket, sizeof bucket, "%lld", (long long)bucket_us);
	put("epoch_unix_s", "1767571200");
	put("warmup_us", "259200000000");
	put("end_us", end);
	put("duration_us", end);
	put("bucket_us", bucket);
	put("replications", "1");
	put("scenario", "two-teams");
	put("question", "How long does <team a> wait & why?");
	put("seed", "42");
	put("digest", "0123456789abcdef");
	put("version", "0.1.0");
	put("time_zone", "UTC");
	put("largest_storm", "7");
	put("priced", priced ? "1" : "0");
	if (priced)
		put("currency", "EUR");
	INSERT("input", "ssis", "two-teams.yaml", "ab12", INT64_C(3), "a: b");
	INSERT("parameter", "ssss", "main", "placement.score", "LeastAllocated", "LeastAllocated");
}

static void insert_world(bool priced)
{
	static const char *const queues[N_QUEUES] = {"prod", "research", "batch"};
	INSERT("cluster", "isss", INT64_C(0), "main", "Kueue", "0.19");
	for (int64_t i = 0; i < N_QUEUES; i++)
		INSERT("cluster_queue", "iissn", INT64_C(0), i, queues[i], "all", INT64_C(40));
	INSERT("pool", "iisiiss", INT64_C(0), INT64_C(0), "h100", INT64_C(15), INT64_C(8), "NVIDIA-H100-80GB-HBM3", "Reserved");
	INSERT("pool_meter", "ii iiiiiiiiiii i nnnn", INT64_C(0), INT64_C(0), INT64_C(36000000000) * 600,
	       INT64_C(36000000000) * 20, INT64_C(36000000000) * 30, INT64_C(0), INT64_C(36000000000) * 5,
	       INT64_C(36000000000) * 200, INT64_C(36000000000) * 60, INT64_C(0), INT64_C(36000000000) * 50,
	       INT64_C(36000000000) * 5, INT64_C(36000000000) * 30, INT64_C(36000000000) * 1000,
	       priced ? INT64_C(21000000000) : -1, priced ? INT64_C(13755000000) : -1, priced ? INT64_C(6615000000) : -1,
	       priced ? INT64_C(630000000) : -1);
	if (priced) {
		INSERT("tenant", "iss", INT64_C(0), "nlp", "4711");
		INSERT("price", "ssisss", "NVIDIA-H100-80GB-HBM3", "Reserved", INT64_C(2100000), "Always", "contract-17",
		       "2026-01-01");
	}
}

/* A wave of demand that passes over the capacity of 120 GPUs. */
static void insert_series(void)
{
	for (int64_t bucket = 0; bucket < N_BUCKETS; bucket++) {
		double whole = 0;
		for (int64_t queue = 0; queue < N_QUEUES; queue++) {
			double demand = 45 + 30 * sin((double)bucket / 9 + (double)queue) + (bucket > 100 && bucket < 140 ? 20 : 0);
			double running = fmin(demand, 44);
			INSERT("series", "iin dddddd ddd", bucket * bucket_us, INT64_C(0), queue, demand, running, running,
			       (demand - running) / 4, demand - running, demand, NAN, 40.0, NAN);
			whole += demand;
		}
		INSERT("series", "iin dddddd ddd", bucket * bucket_us, INT64_C(0), INT64_C(-1), whole, fmin(whole, 120),
		       fmin(whole, 120), fmax(whole - 120, 0) / 4, fmax(whole - 120, 0), whole, 120.0, NAN, 15.0);
	}
}

static void insert_job(int64_t i, bool priced)
{
	char name[32];
	int64_t submit_us = i * N_BUCKETS * bucket_us / N_JOBS;
	int64_t wait_us = (int64_t)(exp((double)(i * 37 % 100) / 9) * 1e6), run_us = (i * 13 % 40 + 1) * INT64_C(3600000000);
	bool started = i % 29 != 0;
	int64_t gpus = i % 17 == 0 ? 96 : i % 5 == 0 ? 32 : 4, admitted_us = started ? submit_us + wait_us : -1;
	/* the largest jobs waited longer than simulated */
	int64_t recorded_wait_us = gpus == 96 ? INT64_C(3600000000) * 1000 : wait_us;
	snprintf(name, sizeof name, "train-%lld", (long long)i);
	INSERT("job", "issss nnnii nnnn inn iiiiii iiii s ii iiiiii nnn", i, name, "ns", NULL, NULL, INT64_C(0), i % N_QUEUES,
	       priced ? INT64_C(0) : -1, gpus, submit_us, admitted_us, admitted_us, admitted_us,
	       started ? admitted_us + run_us : -1, run_us, INT64_C(-1), recorded_wait_us, wait_us, INT64_C(0), INT64_C(0),
	       INT64_C(0), INT64_C(0), INT64_C(0), INT64_C(0), INT64_C(0), INT64_C(0), INT64_C(0), started ? NULL : "NoFit",
	       INT64_C(0), INT64_C(0), gpus * run_us, INT64_C(0), INT64_C(0), INT64_C(0), INT64_C(0), INT64_C(0),
	       priced ? INT64_C(1000000) * gpus : -1, priced ? INT64_C(1000) : -1, priced ? INT64_C(10) : -1);
	if (started)
		INSERT("span", "iiiiiis", i, INT64_C(0), i % N_QUEUES, admitted_us, admitted_us + run_us, gpus,
		       i % 11 == 0 ? "InCohortReclamation" : "None");
}

/* A key figure of all jobs, without an interval. */
static void insert_kpi(const char *metric, const char *stat, const char *tenant, double value, bool bound)
{
	INSERT("kpi_summary", "sssssssidddi", metric, stat, NULL, NULL, NULL, tenant, NULL, INT64_C(1), value, NAN, NAN,
	       (int64_t)bound);
}

/* Other than the meters of replication 0 say: what a page states is over all replications. */
static void insert_whole(bool priced)
{
	static const double shares[GPU_TIME_COUNT] = {0.55, 0.05, 0.03, 0, 0, 0.2, 0.06, 0, 0.05, 0.01, 0.05};
	for (int part = 0; part < GPU_TIME_COUNT; part++)
		insert_kpi("gpuHours_ratio", gpu_time_names[part], NULL, shares[part], false);
	insert_kpi("jobs_count", "submitted", NULL, 300, false);
	insert_kpi("jobs_count", "unstarted", NULL, 39, false);
	insert_kpi("preemptions_count", "total", NULL, 1234, false);
	if (!priced)
		return;
	insert_kpi("paid_micro", "total", NULL, 22e9, false);
	insert_kpi("charged_micro", "total", NULL, 15e9, false);
	insert_kpi("idle_micro", "total", NULL, 6e9, false);
	insert_kpi("down_micro", "total", NULL, 1e9, false);
	insert_kpi("perProductiveGpuHour_micro", "mean", NULL, 3.21e6, false);
	insert_kpi("jobs_count", "submitted", "nlp", 280, false);
	insert_kpi("charged_micro", "total", "nlp", 11e9, false);
}

/* Jobs that never started reach into the p95 and beyond. */
static void insert_kpis(void)
{
	static const char *const stats[] = {"mean", "p50", "p90", "p95", "p99"};
	for (size_t i = 0; i < sizeof stats / sizeof *stats; i++) {
		insert_kpi("waitTime_us", stats[i], NULL, 3.6e9 * (double)i, i >= 3);
		INSERT("kpi_summary", "sssssssidddi", "waitTime_us", stats[i], "main", "prod", NULL, NULL, NULL, INT64_C(1),
		       7.2e9 * (double)i, 3.6e9, 9e9, (int64_t)(i >= 3));
	}
	INSERT("threshold", "sssssddiiii", "waitTime p95 prod", "waitTime", "p95", "prod", NULL, 1.8e9, 2.2e10, INT64_C(0),
	       INT64_C(1), INT64_C(0), INT64_C(0));
	for (int i = 8; i <= 12; i++)
		INSERT("size", "dissssdddi", i / 10.0, (int64_t)(12 * i), "waitTime_us", "p95", NULL, NULL, 1e10 / i, NAN, NAN,
		       INT64_C(0));
}

static void make_run(bool priced, bool full)
{
	assert_true(store_create(DB, &store, &error));
	insert_facts(priced);
	insert_world(priced);
	if (full) {
		insert_series();
		for (int64_t i = 0; i < N_JOBS; i++)
			insert_job(i, priced);
		insert_whole(priced);
		insert_kpis();
	}
	if (!store_commit(store, false, &error))
		fail_msg("%s", error.text);
}

static char *report_text(void)
{
	struct app app = {.out = stdout, .err = stderr};
	assert_int_equal(app_report(&app, DB, HTML, false), 0);
	FILE *file = fopen(HTML, "r");
	assert_non_null(file);
	char *text = calloc(1, 1 << 24);
	size_t length = fread(text, 1, (1 << 24) - 1, file);
	fclose(file);
	assert_true(length > 1000);
	return text;
}

static void assert_says(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("the report does not say '%s'", what);
}

static void every_page_is_there(void **state)
{
	(void)state;
	make_run(true, true);
	char *text = report_text();
	static const char *const phrases[] = {"How long does &lt;team a&gt; wait &amp; why?",
	                                      "Missed: waitTime p95 prod (6.1h, at most 30m).",
	                                      "Simulated against recorded waits",
	                                      "jobs that ask for more than 64 GPUs: recorded 42d",
	                                      "Demand against capacity and quota",
	                                      "The largest queues",
	                                      "Where the GPU-hours went",
	                                      "55.0 % of the GPU-hours did productive work",
	                                      "largest other part is \"idle: nobody waiting\" with 20.0 %",
	                                      "1,234",
	                                      "3.21 per productive GPU-hour",
	                                      "EUR 22,000.00 was paid = charged 15,000.00 + idle 6,000.00 + down 1,000.00",
	                                      "11,000.00",
	                                      "no tenant",
	                                      "4,000.00",
	                                      "Wait by queue",
	                                      "p95 of all jobs is &gt;3h: by the end 87.0 % of them had been admitted",
	                                      "the longest p95 is that of prod: &gt;6h",
	                                      "The worst week",
	                                      "train-",
	                                      "Money by tenant",
	                                      "contract-17",
	                                      "Appendix",
	                                      "LeastAllocated",
	                                      "ab12",
	                                      "1h to 2.5h", /* the interval of a lower bound */
	                                      "0123456789abcdef"};
	for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
		assert_says(text, phrases[i]);
	static const char *const wrong[] = {"<team a>", "95 % of all jobs are admitted", "GPUs in brackets",
	                                    "largest of 3 queues"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (strstr(text, wrong[i]))
			fail_msg("the report says '%s'", wrong[i]);
	free(text);
	struct app app = {.out = stdout, .err = stderr};
	assert_int_equal(app_report(&app, DB, PDF, false), 0);
	FILE *file = fopen(PDF, "r");
	char magic[5] = {0};
	assert_int_equal(fread(magic, 1, 4, file), 4);
	assert_string_equal(magic, "%PDF");
	fclose(file);
}

static void what_is_not_in_the_input_is_said(void **state)
{
	(void)state;
	make_run(false, false);
	char *text = report_text();
	assert_says(text, "there is no price in this input");
	assert_says(text, "none in this input");
	assert_null(strstr(text, "recorded waits differ"));
	assert_null(strstr(text, "nan"));
	free(text);
}

static void a_missing_run_is_an_error(void **state)
{
	(void)state;
	struct app app = {.out = stdout, .err = fopen("/dev/null", "w")};
	assert_int_equal(app_report(&app, "no-such.db", HTML, false), 1);
	make_run(false, false);
	assert_int_equal(app_report(&app, DB, "/nowhere/at/all.html", false), 1);
	fclose(app.err);
}

static int clean(void **state)
{
	(void)state;
	if (getenv("KEEP"))
		return 0;
	(void)unlink(DB);
	(void)unlink(HTML);
	(void)unlink(PDF);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(every_page_is_there, clean),
	    cmocka_unit_test_teardown(what_is_not_in_the_input_is_said, clean),
	    cmocka_unit_test_teardown(a_missing_run_is_an_error, clean),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	plots_finish();
	return failed;
}
