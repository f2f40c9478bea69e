/* test_app.c - use cases from end to end on the ready scenarios: run, record and replay, compare, interruption, bad input.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <cjson/cJSON.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"
#include "app/input_log.h"
#include "app/study.h"
#include "plots/report.h"
#include "sizes.h"
#include "store/store.h"

#define OUT "test-app-out"
#define LOG OUT "/run.log"

static char *out_text, *err_text;
static size_t out_length, err_length;
static struct app app;

static int start(void **state)
{
	(void)state;
	out_text = err_text = NULL;
	app = (struct app){.out = open_memstream(&out_text, &out_length), .err = open_memstream(&err_text, &err_length)};
	return 0;
}

static int finish(void **state)
{
	(void)state;
	fclose(app.out);
	fclose(app.err);
	free(out_text);
	free(err_text);
	static const char *const files[] = {OUT "/run.db", LOG, OUT "/report.html", OUT "/report.pdf"};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		(void)unlink(files[i]);
	(void)rmdir(OUT); /* fails in a later test's mkdir check when something half-written was left */
	return access(OUT, F_OK) == 0 ? -1 : 0;
}

static const char *printed(void)
{
	fflush(app.out);
	fflush(app.err);
	return out_text;
}

static struct run_request request(const char *scenario, uint32_t replications)
{
	return (struct run_request){.scenario = scenario,
	                            .load = {.has_replications = true, .replications = replications},
	                            .out_dir = OUT,
	                            .no_sizes = true,
	                            .no_report = true};
}

static char *query_text(const char *sql)
{
	struct error error = {0};
	struct store *store;
	struct store_query *query;
	if (!store_open(OUT "/run.db", &store, &error))
		fail_msg("%s", error.text);
	assert_true(store_query(store, &query, &error, sql, ""));
	assert_true(store_next(query, &error));
	char *text = strdup(store_text(query, 0) ? store_text(query, 0) : "NULL");
	store_query_end(query);
	store_close(store);
	return text;
}

static void assert_query(const char *sql, const char *expected)
{
	char *text = query_text(sql);
	assert_string_equal(text, expected);
	free(text);
}

static void a_recorded_run_replays_on_every_ready_scenario(void **state)
{
	(void)state;
	uint32_t count;
	const struct ready_scenario *ready = scenario_ready(&count);
	assert_true(count >= 6);
	for (uint32_t i = 0; i < count; i++) {
		struct run_request run = request(ready[i].name, 1);
		run.record = LOG;
		int code = app_run(&app, &run);
		if (code != 0 && code != ERROR_THRESHOLD)
			fail_msg("%s: exit %d: %s", ready[i].name, code, (printed(), err_text));
		struct error error = {0};
		struct replay_summary summary;
		if (!input_log_replay(LOG, &summary, &error))
			fail_msg("%s: %s", ready[i].name, error.text);
		assert_string_equal(summary.scenario, ready[i].name);
		assert_true(summary.cycles > 1000);
	}
}

/* What is stored but for the time it took is the same, byte by byte, on any number of threads. */
static void threads_change_nothing(void **state)
{
	(void)state;
	char *first = NULL;
	static const uint32_t threads[] = {1, 2, 8};
	for (size_t i = 0; i < 3; i++) {
		struct run_request run = request("two-teams", 8);
		app.threads = threads[i];
		assert_int_not_equal(app_run(&app, &run), ERROR_BAD_INPUT);
		char *text = query_text("SELECT (SELECT value FROM run WHERE key = 'digest') || (SELECT value FROM run WHERE key ="
		                        " 'summary') || (SELECT group_concat(metric || stat || ifnull(value, '-')) FROM kpi)");
		if (first)
			assert_string_equal(text, first);
		else
			first = strdup(text);
		free(text);
	}
	free(first);
}

static void a_run_stores_what_it_says(void **state)
{
	(void)state;
	struct run_request run = request("five-minutes", 1);
	run.no_report = run.no_sizes = false;
	assert_int_equal(app_run(&app, &run), 0);
	assert_non_null(strstr(printed(), "WAIT submit→admitted"));
	assert_non_null(strstr(printed(), "SAME WORK, OTHER SIZES"));
	assert_null(strstr(printed(), "\x1b["));
	assert_query("SELECT value FROM run WHERE key = 'partial'", "0");
	assert_query("SELECT COUNT(DISTINCT factor) FROM size", "5");
	assert_query(
	    "SELECT COUNT(*) = (SELECT SUM(value) FROM kpi_summary WHERE metric = 'jobs_count' AND stat = 'submitted' AND"
	    " cluster_queue IS NULL AND size_class IS NULL AND priority_class IS NULL AND tenant IS NULL) FROM jobs"
	    " WHERE NOT in_warmup",
	    "1");
	/* Parts sum to the whole; and the report's own view of the wait agrees with the figures. */
	assert_query("SELECT abs(SUM(gpu_hours) / MAX(capacity_gpu_hours) - 1) < 1e-12 FROM gpu_hours", "1");
	assert_query("SELECT abs(AVG(wait_s) / (SELECT mean_s FROM waits WHERE cluster_queue IS NULL) - 1) < 1e-9 FROM jobs"
	             " WHERE NOT in_warmup",
	             "1");
	assert_query("SELECT length(sha256) FROM input LIMIT 1", "64");
	assert_int_equal(access(OUT "/report.pdf", F_OK), 0);
	char *summary = query_text("SELECT value FROM run WHERE key = 'summary'");
	assert_int_equal(app_show(&app, OUT "/run.db", false, LIST_TABLE), 0);
	assert_non_null(strstr(printed(), summary));
	free(summary);
}

static void other_sizes_change_the_waits(void **state)
{
	(void)state;
	struct run_request run = request("five-minutes", 1);
	run.no_sizes = false;
	assert_int_equal(app_run(&app, &run), 0);
	assert_query("SELECT group_concat(gpus) FROM (SELECT DISTINCT factor, gpus FROM size ORDER BY factor)",
	             "48,56,64,72,80");
	assert_query("SELECT MAX(value) FILTER (WHERE factor < 0.85) > MAX(value) FILTER (WHERE factor = 1) AND"
	             " MAX(value) FILTER (WHERE factor = 1) > MAX(value) FILTER (WHERE factor > 1.15)"
	             " FROM size WHERE metric = 'waitTime_us' AND stat = 'p95' AND cluster_queue IS NULL",
	             "1");
}

static void figures_go_out_as_a_list(void **state)
{
	(void)state;
	struct run_request run = request("five-minutes", 1);
	run.format = LIST_CSV;
	assert_int_equal(app_run(&app, &run), 0);
	assert_int_equal(strncmp(printed(), "metric,stat,cluster,clusterQueue,", 33), 0);
	char *listed = strdup(printed());
	assert_int_equal(app_show(&app, OUT "/run.db", false, LIST_CSV), 0);
	assert_string_equal(printed() + strlen(listed), listed);
	free(listed);
}

static void a_document_has_what_a_program_asks_for(void **state)
{
	(void)state;
	const char *const set[] = {"Scenario/two-teams:time.duration=4d", "Scenario/two-teams:time.warmup=1d"};
	struct run_request run = request("two-teams", 1);
	run.load.set = set;
	run.load.n_set = 2;
	run.no_sizes = false;
	run.format = LIST_JSON;
	int code = app_run(&app, &run);
	cJSON *document = cJSON_Parse(printed());
	assert_non_null(document);
	assert_int_equal(cJSON_GetObjectItem(document, "exitCode")->valueint, code);
	assert_int_equal(strlen(cJSON_GetObjectItem(document, "digest")->valuestring), 16);
	assert_true(cJSON_IsFalse(cJSON_GetObjectItem(document, "partial")));
	assert_true(cJSON_GetArraySize(cJSON_GetObjectItem(document, "figures")) > 100);
	const cJSON *threshold = cJSON_GetObjectItem(document, "thresholds")->child;
	assert_true(cJSON_IsBool(cJSON_GetObjectItem(threshold, "holds")));
	const cJSON *size = cJSON_GetObjectItem(document, "otherSizes")->child;
	assert_true(cJSON_GetObjectItem(size, "factor")->valuedouble < 1);
	assert_true(cJSON_GetObjectItem(size, "gpus")->valueint < 128);
	cJSON_Delete(document);
}

/* Interrupted from the start: what there is, which is nothing, is kept and marked. */
static void an_interrupted_run_is_marked_partial(void **state)
{
	(void)state;
	volatile sig_atomic_t stop = 1;
	app.stop = &stop;
	struct run_request run = request("two-teams", 4);
	run.record = LOG;
	run.no_report = false;
	assert_int_equal(app_run(&app, &run), ERROR_INTERRUPTED);
	assert_non_null(strstr(printed(), "PARTIAL RUN"));
	assert_query("SELECT value FROM run WHERE key = 'partial'", "1");
	struct error error = {0};
	struct replay_summary summary;
	assert_true(input_log_replay(LOG, &summary, &error));
	assert_true(summary.interrupted);
}

static void stop_it(void *state, uint32_t cluster, int64_t now_us, uint64_t digest_after)
{
	(void)cluster, (void)now_us, (void)digest_after;
	*(sig_atomic_t *)state = 1;
}

static void told(void *state, uint32_t cluster, const struct planner_input *input)
{
	(void)state, (void)cluster, (void)input;
}

static bool note_variant(void *state, struct study_result *result, struct error *error)
{
	(void)error;
	*(uint32_t *)state |= 1U << result->variant;
	return true;
}

/* The main run is done when Ctrl-C comes: it counts; what else was under way does not. */
static void an_interrupted_extra_leaves_the_run_whole(void **state)
{
	(void)state;
	static sig_atomic_t stop;
	const char *const set[] = {"Scenario/five-minutes:time.duration=5d"};
	struct world *world = app_load(&app, "five-minutes", &(struct scenario_options){.set = set, .n_set = 1});
	struct input_recorder recorder = {.input = told, .cycle = stop_it, .state = &stop};
	struct study_variant variants[] = {{.world = world}, {.world = world, .recorder = &recorder}};
	struct study study = {.app = &app, .variants = variants, .n_variants = 2, .seed = 1, .replications = 1};
	app.stop = &stop;
	app.threads = 1;
	for (int optional = 0; optional < 2; optional++) {
		struct study_outcome outcome;
		struct error error;
		uint32_t taken = 0;
		stop = 0;
		variants[1].optional = optional;
		assert_true(study_run(&study, note_variant, &taken, &outcome, &error));
		assert_true(outcome.interrupted && taken == 1);
		assert_int_equal(outcome.replications, optional);
		study_outcome_free(&outcome, 2);
	}
	world_destroy(world);
}

/* Three nodes less or more a tenth are three; eight less or more a tenth or a fifth are four other numbers. */
static void each_size_is_shown_once(void **state)
{
	(void)state;
	static const double factors[] = {1, 2.0 / 3, 4.0 / 3};
	const char *const set[] = {"NodePool/a100:nodes=3"};
	struct world *world = app_load(&app, "five-minutes", &(struct scenario_options){.set = set, .n_set = 1});
	struct world_size sizes[MOST_SIZES];
	assert_int_equal(sizes_of(world, sizes), 3);
	for (int i = 0; i < 3; i++)
		assert_true(sizes[i].factor == factors[i]);
	assert_int_equal(sizes[2].gpus, 32);
	world_destroy(world);
	world = app_load(&app, "five-minutes", &(struct scenario_options){0});
	assert_int_equal(sizes_of(world, sizes), 5);
	assert_true(sizes[1].factor == 6.0 / 8 && sizes[4].gpus == 80);
	world_destroy(world);
}

static void identical_inputs_compare_to_exactly_zero(void **state)
{
	(void)state;
	struct compare_request compare = {.a = "two-teams", .format = LIST_CSV};
	compare.load_a = compare.load_b = (struct scenario_options){.has_replications = true, .replications = 3};
	assert_int_equal(app_compare(&app, &compare), 0);
	char *text = strdup(printed());
	uint32_t differences = 0;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (strncmp(line, "cluster,", 8) == 0 || strstr(line, ",same,"))
			continue;
		if (!strstr(line, ",0,0,0") && !strstr(line, "paid_micro,,,,,"))
			fail_msg("not zero: %s", line);
		differences++;
	}
	assert_true(differences > 15);
	free(text);
}

static void a_change_is_seen_where_it_acts(void **state)
{
	(void)state;
	static const char *const set[] = {"NodePool/h100:nodes=20"};
	struct compare_request compare = {.a = "two-teams", .format = LIST_TABLE};
	compare.load_a = compare.load_b = (struct scenario_options){.has_replications = true, .replications = 2};
	compare.load_b.set = set;
	compare.load_b.n_set = 1;
	assert_int_equal(app_compare(&app, &compare), 0);
	assert_non_null(strstr(printed(), "with NodePool/h100:nodes=20"));
	assert_non_null(strstr(printed(), "jobs of both, paired by name, with the same luck"));
	assert_non_null(strstr(printed(), "USD paid A"));
	assert_non_null(
	    strstr(printed(), "preempted: jobs submitted after warm-up · money: GPU time after warm-up, of all jobs"));
}

/* The run's key figure of all jobs, as `format` (of SQLite's printf) writes `expression`. */
static char *figure_text(const char *format, const char *expression, const char *metric, const char *stat)
{
	char sql[512];
	snprintf(sql, sizeof sql,
	         "SELECT printf('%s', %s) FROM kpi_summary WHERE metric = '%s' AND stat = '%s' AND cluster IS NULL AND"
	         " cluster_queue IS NULL AND priority_class IS NULL AND tenant IS NULL AND size_class IS NULL",
	         format, expression, metric, stat);
	return query_text(sql);
}

static void assert_holds(const char *text, char *what)
{
	if (!strstr(text, what))
		fail_msg("'%s' is not there", what);
	free(what);
}

static char *read_text(const char *path)
{
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	char *text = calloc(1, 1 << 24);
	assert_true(fread(text, 1, (1 << 24) - 1, file) > 0);
	fclose(file);
	return text;
}

/* In words and headline figures; replication 0, which the charts show, is another. */
static void a_report_states_the_key_figures(void **state)
{
	(void)state;
	struct run_request run = request("two-teams", 4);
	run.no_report = false;
	assert_int_not_equal(app_run(&app, &run), ERROR_BAD_INPUT);
	char *html = read_text(OUT "/report.html");
	/* a mean over four replications may end in .5: the report rounds to even, SQLite upwards */
	assert_holds(html, figure_text(">%,d<", "round(value) - (value - 0.5 = 2 * CAST(value / 2 AS INTEGER))",
	                               "preemptions_count", "total"));
	assert_holds(html, figure_text(">%.1f %%<", "100 * value", "gpuHours_ratio", "productive"));
	assert_holds(html,
	             figure_text("%.1f %% of the GPU-hours did productive", "100 * value", "gpuHours_ratio", "productive"));
	assert_holds(html, figure_text(">%.2f per productive GPU-hour", "value / 1e6", "perProductiveGpuHour_micro", "mean"));
	assert_holds(html, figure_text(">%.1fk<", "value / 1e9", "paid_micro", "total"));
	assert_holds(html, figure_text("= charged %.1fk + idle", "value / 1e9", "charged_micro", "total"));
	assert_query("SELECT SUM(jobs) <> (SELECT value FROM kpi_summary WHERE metric = 'preemptions_count' AND"
	             " cluster_queue IS NULL) FROM preemption",
	             "1");
	assert_query("SELECT MIN(low) >= 0 FROM kpi_summary", "1");
	assert_query("SELECT lower_bound FROM kpi_summary WHERE metric = 'waitTime_us' AND stat = 'p95' AND tenant IS NULL AND"
	             " cluster_queue IS NULL AND size_class IS NULL",
	             "1");
	assert_non_null(strstr(html, "p95 of all jobs is &gt;"));
	assert_null(strstr(html, "95 % of all jobs are admitted within"));
	free(html);
}

static void a_comparison_says_what_it_pairs(void **state)
{
	(void)state;
	static const char *const set[] = {"Generator/vision-train:arrivals.perDay=80"};
	struct compare_request compare = {.a = "two-teams", .format = LIST_TABLE};
	compare.load_a = compare.load_b = (struct scenario_options){.has_replications = true, .replications = 1};
	compare.load_b.set = set;
	compare.load_b.n_set = 1;
	assert_int_equal(app_compare(&app, &compare), 0);
	assert_non_null(strstr(printed(), "of them are not the same jobs: submission, run time or GPUs differ"));
	assert_non_null(strstr(printed(), "without a partner: "));
	compare = (struct compare_request){.a = "five-minutes", .b = "preemption-storm", .format = LIST_TABLE};
	assert_int_equal(app_compare(&app, &compare), 0);
	assert_non_null(strstr(printed(), "No job of A is in B"));
	compare.b = "two-teams"; /* another duration */
	assert_int_equal(app_compare(&app, &compare), ERROR_BAD_INPUT);
	(void)printed();
	assert_non_null(strstr(err_text, "figures of different periods cannot be compared"));
}

static void a_comparison_counts_as_a_run_does(void **state)
{
	(void)state;
	static const char *const figures[][3] = {{"charged_micro", "charged_micro", "total"},
	                                         {"paid_micro", "paid_micro", "total"},
	                                         {"preemptions_count", "preemptions_count", "total"},
	                                         {"unstarted_count", "jobs_count", "unstarted"}};
	struct run_request run = request("two-teams", 2);
	assert_int_not_equal(app_run(&app, &run), ERROR_BAD_INPUT);
	struct compare_request compare = {.a = "two-teams", .format = LIST_CSV, .load_a = run.load, .load_b = run.load};
	assert_int_equal(app_compare(&app, &compare), 0);
	const char *text = printed();
	for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
		char format[64];
		snprintf(format, sizeof format, "\n,,%s,%%.15g,", figures[i][0]);
		assert_holds(text, figure_text(format, "value", figures[i][1], figures[i][2]));
	}
}

static void bad_input_leaves_nothing(void **state)
{
	(void)state;
	struct run_request run = request("no-such-scenario.yaml", 1);
	assert_int_equal(app_run(&app, &run), ERROR_BAD_INPUT);
	(void)printed();
	assert_non_null(strstr(err_text, "no-such-scenario.yaml"));
	assert_int_not_equal(access(OUT, F_OK), 0);
	run = request("five-minutes", 1);
	run.record = "/nowhere/at/all.log";
	assert_int_equal(app_run(&app, &run), ERROR_BAD_INPUT);
	assert_int_not_equal(access(OUT "/run.db", F_OK), 0);
	run = request("five-minutes", 1);
	run.out_dir = "/proc/no";
	assert_int_equal(app_run(&app, &run), ERROR_BAD_INPUT);
	assert_int_equal(app_validate(&app, "five-minutes", &run.load, LIST_TABLE), 0);
	assert_int_equal(app_show(&app, "no.db", false, LIST_TABLE), ERROR_BAD_INPUT);
	assert_int_equal(app_replay(&app, "no.log"), ERROR_BAD_INPUT);
	assert_int_equal(app_trace_stats(&app, "no.csv", TRACE_AUTO, LIST_TABLE), ERROR_BAD_INPUT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)
	const struct CMUnitTest tests[] = {
	    TEST(a_recorded_run_replays_on_every_ready_scenario),
	    TEST(threads_change_nothing),
	    TEST(a_run_stores_what_it_says),
	    TEST(other_sizes_change_the_waits),
	    TEST(figures_go_out_as_a_list),
	    TEST(a_document_has_what_a_program_asks_for),
	    TEST(an_interrupted_run_is_marked_partial),
	    TEST(an_interrupted_extra_leaves_the_run_whole),
	    TEST(each_size_is_shown_once),
	    TEST(identical_inputs_compare_to_exactly_zero),
	    TEST(a_change_is_seen_where_it_acts),
	    TEST(a_report_states_the_key_figures),
	    TEST(a_comparison_says_what_it_pairs),
	    TEST(a_comparison_counts_as_a_run_does),
	    TEST(bad_input_leaves_nothing),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	plots_finish();
	return failed;
}
