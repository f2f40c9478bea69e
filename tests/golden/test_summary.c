/* test_summary.c - the summary of made-up runs, compared as text with tests/golden/summary-*.txt.
 *
 * The files are written anew as golden.h says. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/summary.h"
#include "golden.h"

static struct names *names;

static name_id id(const char *text)
{
	return names_intern(names, text);
}

/* ---- figures ---- */

enum { MOST_ROWS = 400 };
static struct kpi_summary_row rows[MOST_ROWS];
static struct kpi_summary kpis;

static struct kpi_summary_row *add(const char *metric, const char *stat, double value)
{
	assert_true(kpis.n_rows < MOST_ROWS);
	struct kpi_summary_row *row = &rows[kpis.n_rows++];
	*row =
	    (struct kpi_summary_row){.key = {.metric = metric, .stat = stat}, .value = value, .low = NAN, .high = NAN, .n = 10};
	return row;
}

static void add_at(const char *metric, const char *stat, const char *queue, const char *class_name, double value)
{
	struct kpi_summary_row *row = add(metric, stat, value);
	row->key.cluster = id("fra");
	row->key.cluster_queue = id(queue);
	row->key.priority_class = *class_name ? id(class_name) : NO_NAME;
}

static void add_waits(const char *queue, const char *class_name, double minutes)
{
	static const char *const stats[] = {"p50", "p90", "p95", "p99"};
	static const double factors[] = {0.01, 0.4, 1, 6};
	for (size_t i = 0; i < sizeof stats / sizeof *stats; i++) {
		add_at("waitTime_us", stats[i], queue, class_name, minutes * factors[i] * 6e7);
		if (i == 2) {
			rows[kpis.n_rows - 1].low = minutes * 0.85 * 6e7;
			rows[kpis.n_rows - 1].high = minutes * 1.2 * 6e7;
		}
		rows[kpis.n_rows - 1].lower_bound = i == 3 && minutes > 100;
	}
	add_at("readyTime_us", "p95", queue, class_name, (minutes + 2) * 6e7);
	add_at("jobs_count", "submitted", queue, class_name, 99999);
	add_at("jobs_count", "unstarted", queue, class_name, floor(minutes / 2));
	add_at("jobs_count", "neverRan", queue, class_name, floor(minutes / 2) + 3);
	add_at("waitCause_ratio", "quota", queue, class_name, 0.6);
	add_at("waitCause_ratio", "nodes", queue, class_name, 0.3);
	add_at("waitCause_ratio", "controlPlane", queue, class_name, 0.1);
	add_at("waitCause_ratio", "stopped", queue, class_name, 0.001);
}

static void add_all(double p95_minutes)
{
	add("waitTime_us", "p50", 40e6);
	add("waitTime_us", "p90", 3600e6);
	struct kpi_summary_row *row = add("waitTime_us", "p95", p95_minutes * 6e7);
	row->low = p95_minutes * 5e7;
	row->high = p95_minutes * 7e7;
	add("waitTime_us", "p99", 22 * 3600e6);
	add("jobs_count", "submitted", 312999);
	add("jobs_count", "finished", 311999);
	add("jobs_count", "running", 99.4);
	add("jobs_count", "waiting", 799);
	add("jobs_count", "unstarted", 799);
	add("jobs_count", "neverRan", 811);
	add("waitCause_ratio", "quota", 1);
}

static void add_estate(void)
{
	kpis = (struct kpi_summary){rows, 0};
	add_waits("nlp", "", 300);
	add_waits("nlp", "dev", 420);
	add_waits("nlp", "prod", 21);
	add_waits("vision", "", 5);
	add_waits("vision", "dev", 5);
	add_all(180);
	add("jobs_count", "neverFits", 3);
	for (int i = 0; i < SIZE_CLASSES; i++)
		add("waitTime_us", "p95", pow(10, i) * 9 * 6e7)->key.size_class = size_classes[i].name;
	add("podsStart_us", "p50", 45e6);
	add("podsStart_us", "p95", 360e6);
	add("gpuHours_ratio", gpu_time_names[GPU_LOST_TO_PREEMPTION], 0.014);
	add("utilisation_ratio", "mean", 0.753);
	add("preemptions_count", "total", 9998.6);
	add("preempted_ratio", "mean", 0.0274);
	add("borrowed_ratio", "mean", 0.099);
	add("lent_ratio", "mean", 0.081);
	add("paid_micro", "total", 99.9e12);
	add("perProductiveGpuHour_micro", "mean", 10.55e6);
	add("evictions_count", "podsReadyTimeout", 41);
	add("evictions_count", "requeuingLimit", 0.2);
	add("evictions_count", "queueStopped", 7);
	add("evictions_count", "maximumExecutionTime", 0);
	add("failures_count", "total", 1234);
	static const char *const tenants[] = {"nlp", "vision"};
	for (int i = 0; i < 2; i++) {
		add("charged_micro", "total", (44.4 - 11.1 * i) * 1e12)->key.tenant = id(tenants[i]);
		add("borrowed_micro", "total", 4.4e12 * !i)->key.tenant = id(tenants[i]);
		add("lost_micro", "total", 0.9e12 * !i)->key.tenant = id(tenants[i]);
	}
}

/* ---- the world ---- */

static const struct world *estate(void)
{
	static struct node_pool pools[2];
	static struct kueue_config kueue;
	static struct cluster cluster;
	static struct tenant tenants[2];
	static struct threshold thresholds[3];
	static struct world_change changes[3];
	static struct trace_input trace;
	static const struct zone_offset offsets[] = {{0, 3600}};
	static const char *const not_modelled[] = {"DRA claims", "AdmissionCheck \"scan\" taken as Ready"};
	static struct world world;
	pools[0] = (struct node_pool){.name = id("h100"),
	                              .nodes = 128,
	                              .gpus_per_node = 8,
	                              .gpu_product = id("NVIDIA-H100-80GB-HBM3"),
	                              .capacity_type = CAPACITY_RESERVED};
	pools[1] = (struct node_pool){.name = id("a100-spot"),
	                              .nodes = 59,
	                              .gpus_per_node = 8,
	                              .gpu_product = id("NVIDIA-A100-SXM4-80GB"),
	                              .capacity_type = CAPACITY_SPOT};
	kueue = (struct kueue_config){.names = names, .n_cluster_queues = 6};
	kueue.controller = (struct controller_config){.wait_for_pods_ready = true, .pods_ready_timeout_us = 1800 * US_PER_S};
	cluster = (struct cluster){.name = id("fra"),
	                           .kueue_version = "0.19",
	                           .kueue = &kueue,
	                           .pools = pools,
	                           .n_pools = 2,
	                           .score = SCORE_MOST_ALLOCATED,
	                           .control_plane = {.api_qps = 300, .api_burst = 500}};
	tenants[0].name = id("nlp");
	tenants[1].name = id("vision");
	thresholds[0] = (struct threshold){.metric = METRIC_WAIT_TIME,
	                                   .stat = STAT_P95,
	                                   .cluster_queue = id("nlp"),
	                                   .priority_class = id("prod"),
	                                   .max = 1800e6,
	                                   .text = "waitTime p95 nlp/prod"};
	thresholds[1] =
	    (struct threshold){.metric = METRIC_LOST_TO_PREEMPTION_SHARE, .max = 0.01, .text = "lostToPreemptionShare mean"};
	thresholds[2] = (struct threshold){.metric = METRIC_UTILISATION, .max = 0.9, .text = "utilisation mean"};
	for (int i = 0; i < 3; i++)
		changes[i].at_us = (181 + i / 2) * US_PER_DAY;
	changes[0].text = "NodePool/fra/h100:nodes=144";
	changes[1].text = "NodePool/fra/a100-spot:nodes=64";
	changes[2].text = "NodePool/fra/h100:nodes=150";
	trace = (struct trace_input){.path = "data/sacct-2025.csv.zst"};
	world = (struct world){.names = names,
	                       .name = id("estate-2026"),

	                       .question = "Do 16 more H100 nodes in July keep prod p95 wait under 30m, and at what cost?",
	                       .epoch_unix_s = 1767222000,
	                       .time_zone = "Europe/Berlin",
	                       .zone_offsets = offsets,
	                       .n_zone_offsets = 1,
	                       .duration_us = 365 * US_PER_DAY,
	                       .warmup_us = 14 * US_PER_DAY,
	                       .seed = 42,
	                       .replications = 10,
	                       .clusters = &cluster,
	                       .n_clusters = 1,
	                       .currency = "USD",
	                       .tenants = tenants,
	                       .n_tenants = 2,
	                       .thresholds = thresholds,
	                       .n_thresholds = 3,
	                       .changes = changes,
	                       .n_changes = 3,
	                       .not_modelled = not_modelled,
	                       .n_not_modelled = 2,
	                       .traces = &trace,
	                       .n_traces = 1};
	return &world;
}

static struct run_totals estate_totals(void)
{
	static const int64_t tenths[GPU_TIME_COUNT] = {719, 11, 14, 0, 9, 140, 39, 0, 42, 4, 22};
	struct run_totals totals = {.replications = 10,
	                            .priced = true,
	                            .largest_storm = 99,
	                            .digest = 0x9f3c000000001234,
	                            .oldest_wait_us = 99 * US_PER_HOUR};
	for (int i = 0; i < GPU_TIME_COUNT; i++) {
		totals.gpu_us[i] = (int128)tenths[i] * 13167680 * 10 * US_PER_HOUR / 1000;
		totals.capacity_gpu_us += totals.gpu_us[i];
	}
	static struct pool_totals pools[2];
	for (uint32_t i = 0; i < 2; i++) {
		pools[i] = (struct pool_totals){.pool = i};
		for (int part = 0; part < GPU_TIME_COUNT; part++) {
			pools[i].gpu_us[part] = totals.gpu_us[part] * (i ? 3 : 7) / 10;
			pools[i].capacity_gpu_us += pools[i].gpu_us[part];
		}
	}
	totals.pools = pools;
	totals.n_pools = 2;
	totals.preempted_jobs[REASON_PREEMPTED_RECLAMATION] = 79992;
	totals.preempted_jobs[REASON_PREEMPTED_IN_CLUSTER_QUEUE] = 19998;
	charge million = (charge)US_PER_HOUR * 1000000 * 1000000;
	totals.charged = million * 881;
	totals.idle = million * 99;
	totals.down = million * 19;
	totals.paid = million * 999;
	return totals;
}

/* ---- comparing ---- */

static void assert_golden(const char *name, const struct summary *summary, bool colour)
{
	char *text = NULL, file[64], path[4096];
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	summary_print(summary, colour, out);
	fclose(out);
	snprintf(file, sizeof file, "summary-%s.txt", name);
	golden_expect(golden_path(file, path), text);
	free(text);
}

static void an_estate_over_a_year(void **state)
{
	(void)state;
	const struct world *world = estate();
	struct run_totals totals = estate_totals();
	const struct threshold_result thresholds[] = {{&world->thresholds[0], 21 * 6e7, 10, 10},
	                                              {&world->thresholds[1], 0.014, 2, 10},
	                                              {&world->thresholds[2], 0.753, 10, 10}};
	struct trace_counts counts = {.rows_read = 400000, .rows_used = 312999};
	counts.skipped[SKIP_NO_RUN_TIME] = 87001;
	add_estate();
	struct size_run sizes[5];
	for (int i = 0; i < 5; i++)
		sizes[i] = (struct size_run){0.8 + 0.1 * i, 1496 * (8 + i) / 10, &kpis};
	static const char *const wrote[] = {"out/run.db", "out/report.html", "out/report.pdf"};
	struct summary summary = {.world = world,
	                          .file = "estate-2026.yaml",
	                          .seed = 42,
	                          .replications = 10,
	                          .end_us = world->duration_us,
	                          .inputs_sha256 = "1b2e0000000000000000000000000000000000000000000000000000000000000",
	                          .n_inputs = 7,
	                          .wall_s = 9.94,
	                          .totals = &totals,
	                          .kpis = &kpis,
	                          .thresholds = thresholds,
	                          .traces = &counts,
	                          .sizes = sizes,
	                          .n_sizes = 5,
	                          .checked_every_step = true,
	                          .wrote = wrote,
	                          .n_wrote = 3,
	                          .again = "estate-2026.yaml -n 10",
	                          .exit_code = 3};
	assert_golden("estate", &summary, false);
	assert_golden("estate-colour", &summary, true);
}

/* No prices, no tenants, no thresholds, no GPUs, EASY, one replication, interrupted, with recorded waits. */
static void only_what_is_there(void **state)
{
	(void)state;
	static struct node_pool pool;
	static struct kueue_config kueue;
	static struct cluster cluster;
	pool = (struct node_pool){.name = id("sp2"), .nodes = 100};
	kueue = (struct kueue_config){.names = names, .n_cluster_queues = 1};
	cluster = (struct cluster){.name = id("kth"), .policy = POLICY_EASY, .kueue = &kueue, .pools = &pool, .n_pools = 1};
	struct world world = {.names = names,
	                      .name = id("kth"),

	                      .duration_us = 30 * US_PER_DAY,
	                      .replications = 1,
	                      .clusters = &cluster,
	                      .n_clusters = 1};
	struct run_totals totals = {.replications = 1, .digest = 7, .oldest_wait_us = -1, .loops = 2};
	totals.recorded = (struct recorded_waits){.n_jobs = 28479,
	                                          .n_unstarted = 9,
	                                          .recorded_mean_us = 3600e6,
	                                          .recorded_p95_us = 7200e6,
	                                          .simulated_mean = {.us = 3300e6, .lower_bound = true},
	                                          .simulated_p95 = {.us = 6900e6},
	                                          .median_error = {.us = 30e6}};
	kpis = (struct kpi_summary){rows, 0};
	add("jobs_count", "submitted", 28479);
	add("jobs_count", "finished", 28479);
	add("jobs_count", "running", 0);
	add("jobs_count", "waiting", 0);
	add("jobs_count", "neverFits", 0);
	add("waitTime_us", "p50", 55e6);
	struct summary summary = {.world = &world,
	                          .file = "kth.yaml",
	                          .replications = 0,
	                          .partial = true,
	                          .end_us = 3 * US_PER_DAY,
	                          .inputs_sha256 = "00aa000000000000000000000000000000000000000000000000000000000000",
	                          .n_inputs = 1,
	                          .wall_s = -1,
	                          .totals = &totals,
	                          .kpis = &kpis,
	                          .exit_code = 130};
	assert_golden("sparse", &summary, false);
}

/* Nothing observed, or only a lower bound, shows nothing. */
static void a_threshold_holds_only_when_it_is_shown_to(void **state)
{
	(void)state;
	static const struct threshold threshold = {.metric = METRIC_WAIT_TIME, .stat = STAT_P95, .max = 5};
	kpis = (struct kpi_summary){rows, 0};
	struct kpi_summary_row *row = add("waitTime_us", "p95", 5);
	assert_true(threshold_holds(&(struct threshold_result){&threshold, 5, 1, 1}, &kpis));
	assert_false(threshold_holds(&(struct threshold_result){&threshold, 5.1, 0, 1}, &kpis));
	assert_false(threshold_holds(&(struct threshold_result){&threshold, NAN, 0, 1}, &kpis));
	row->lower_bound = true;
	assert_false(threshold_holds(&(struct threshold_result){&threshold, 5, 1, 1}, &kpis));
}

int main(void)
{
	names = names_create();
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_estate_over_a_year),
	    cmocka_unit_test(only_what_is_there),
	    cmocka_unit_test(a_threshold_holds_only_when_it_is_shown_to),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	names_destroy(names);
	return failed;
}
