/* run.c - berth run: replications, figures, other sizes, database, summary, report. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/input_log.h"
#include "app/study.h"
#include "base/vec.h"
#include "overwrite.h"
#include "save.h"
#include "sizes.h"

#include <glib.h> /* after base.h: both define MIN and MAX, only GLib tolerates the other */

struct kpi_tables {
	VEC_FIELDS(struct kpi_table *);
};

/* What a run writes into its folder. */
enum { OUTPUT_DB, OUTPUT_HTML, OUTPUT_PDF, OUTPUT_COUNT };

struct run {
	const struct app *app;
	const struct run_request *request;
	struct world *world;
	char *outputs[OUTPUT_COUNT];
	uint32_t n_outputs; /* 1 without reports */
	struct hashed_input *inputs;
	uint32_t n_inputs;
	char inputs_sha256[SHA256_HEX_SIZE];
	struct world_size sizes[MOST_SIZES]; /* the first is the run itself */
	struct study_variant variants[MOST_SIZES];
	uint32_t n_variants;
	struct input_log *log;
	struct input_recorder recorder;
	struct kpi_tables tables[MOST_SIZES];
	struct kpi_summary *kpis[MOST_SIZES];
	struct run_totals totals;
	struct run_result first;
	bool has_first;
	struct threshold_result *thresholds;
	struct study_outcome outcome;
};

/* ---- inputs ---- */

static bool hash_inputs(struct run *run, struct error *error)
{
	const struct world *world = run->world;
	run->n_inputs = world->n_inputs + world->n_traces;
	run->inputs = xcalloc(run->n_inputs, sizeof *run->inputs);
	GString *all = g_string_new(NULL);
	bool ok = true;
	for (uint32_t i = 0; i < run->n_inputs && ok; i++) {
		struct hashed_input *input = &run->inputs[i];
		if (i < world->n_inputs) {
			const struct input_file *file = &world->inputs[i];
			*input = (struct hashed_input){.path = file->path, .content = file->bytes, .bytes = (int64_t)file->length};
			sha256_bytes(file->bytes, file->length, input->sha256);
		} else {
			input->path = world->traces[i - world->n_inputs].path;
			ok = sha256_file(input->path, input->sha256, &input->bytes, error);
		}
		g_string_append(all, input->sha256);
	}
	sha256_bytes(all->str, all->len, run->inputs_sha256);
	g_string_free(all, TRUE);
	return ok;
}

static bool make_folder(const char *path, struct error *error)
{
	return g_mkdir_with_parents(path, 0777) == 0 ||
	       error_set(error, ERROR_BAD_INPUT, "%s: cannot make the folder: %s", path, strerror(errno));
}

static bool check_record(const struct run *run, struct error *error)
{
	const char *record = run->request->record;
	for (uint32_t i = 0; record && i < run->n_outputs; i++)
		if (same_file(record, run->outputs[i]))
			return error_set(error, ERROR_BAD_INPUT, "--record %s: the run writes its %s there", record,
			                 i == OUTPUT_DB ? "database" : "report");
	return !record || may_overwrite(record, run->request->force, error);
}

/* Before anything is simulated: what cannot be written is told at once. */
static bool prepare_outputs(struct run *run, struct error *error)
{
	static const char *const names[OUTPUT_COUNT] = {"run.db", "report.html", "report.pdf"};
	run->n_outputs = run->request->no_report ? 1 : OUTPUT_COUNT;
	for (uint32_t i = 0; i < run->n_outputs; i++) {
		run->outputs[i] = g_build_filename(run->request->out_dir, names[i], NULL);
		if (!may_overwrite(run->outputs[i], run->request->force, error))
			return false;
	}
	return check_record(run, error) && make_folder(run->request->out_dir, error);
}

/* ---- replications ---- */

static void set_variants(struct run *run)
{
	uint32_t n_sizes = sizes_of(run->world, run->sizes);
	run->n_variants = run->request->no_sizes ? 1 : n_sizes;
	for (uint32_t i = 0; i < run->n_variants; i++)
		run->variants[i] =
		    (struct study_variant){.world = run->sizes[i].world, .kpis_only = i > 0, .optional = i > 0, .series = i == 0};
	if (run->log) {
		run->recorder = input_log_recorder(run->log);
		run->variants[0].recorder = &run->recorder;
	}
}

static bool take_result(void *state, struct study_result *result, struct error *error)
{
	struct run *run = state;
	*VEC_PUSH(&run->tables[result->variant]) = result->kpis;
	result->kpis = NULL;
	if (result->variant > 0)
		return true;
	if (!totals_add(&run->totals, run->world, &result->result, error))
		return false;
	if (result->replication == 0) {
		run->first = result->result;
		run->has_first = true;
		result->result = (struct run_result){0};
	}
	return true;
}

static const struct kpi_table *const *tables_of(const struct run *run, uint32_t variant)
{
	return (const struct kpi_table *const *)run->tables[variant].items;
}

static bool simulate(struct run *run, struct error *error)
{
	const struct run_request *request = run->request;
	if (request->record) {
		struct input_log_options options = {
		    .path = request->record, .world = run->world, .seed = run->world->seed, .literal = request->literal};
		if (!input_log_create(&options, &run->log, error))
			return false;
	}
	set_variants(run);
	struct study study = {.app = run->app,
	                      .variants = run->variants,
	                      .n_variants = run->n_variants,
	                      .seed = run->world->seed,
	                      .replications = run->world->replications,
	                      .literal = request->literal,
	                      .check = request->check};
	if (!study_run(&study, take_result, run, &run->outcome, error))
		return false;
	if (!run->has_first)
		return error_set(error, ERROR_INTERRUPTED, "interrupted before anything was simulated; nothing was written");
	struct input_log *log = run->log;
	run->log = NULL;
	return !log || input_log_commit(log, run->first.interrupted, error);
}

static void summarise(struct run *run)
{
	for (uint32_t i = 0; i < run->n_variants; i++)
		if (run->tables[i].count > 0)
			run->kpis[i] = kpi_summarise(tables_of(run, i), run->tables[i].count);
	run->thresholds = xcalloc(run->world->n_thresholds, sizeof *run->thresholds);
	kpi_thresholds(run->world, tables_of(run, 0), run->tables[0].count, run->thresholds);
}

/* Is every size there that was asked for, over as many replications as the run itself? */
static bool sizes_complete(const struct run *run)
{
	for (uint32_t i = 1; i < run->n_variants; i++)
		if (run->tables[i].count != run->tables[0].count)
			return false;
	return true;
}

/* Ascending; none when there is nothing to compare with. */
static uint32_t collect_sizes(const struct run *run, struct size_run ret_sizes[MOST_SIZES])
{
	if (run->n_variants < 2 || !sizes_complete(run))
		return 0;
	for (uint32_t i = 0; i < run->n_variants; i++) {
		uint32_t at = i;
		for (; at > 0 && ret_sizes[at - 1].factor > run->sizes[i].factor; at--)
			ret_sizes[at] = ret_sizes[at - 1];
		ret_sizes[at] = (struct size_run){run->sizes[i].factor, run->sizes[i].gpus, run->kpis[i]};
	}
	return run->n_variants;
}

static int exit_code(const struct run *run)
{
	if (run->outcome.interrupted)
		return ERROR_INTERRUPTED;
	for (uint32_t i = 0; i < run->world->n_thresholds; i++)
		if (!threshold_holds(&run->thresholds[i], run->kpis[0]))
			return ERROR_THRESHOLD;
	return 0;
}

/* ---- output ---- */

static char *summary_text(const struct summary *summary)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	summary_print(summary, false, out);
	fclose(out);
	return text;
}

/* The stored text leaves out how long it took: the same run gives the same bytes. */
static bool save(const struct run *run, const struct summary *summary, const char *db_path, struct error *error)
{
	struct summary stored = *summary;
	stored.wall_s = -1;
	stored.n_wrote = 0;
	char *text = summary_text(&stored);
	struct run_record record = {.summary = summary,
	                            .summary_text = text,
	                            .first = &run->first,
	                            .tables = tables_of(run, 0),
	                            .n_tables = run->tables[0].count,
	                            .inputs = run->inputs,
	                            .n_inputs = run->n_inputs};
	bool ok = save_run(db_path, &record, error);
	free(text);
	return ok;
}

static int write_results(const struct run *run, struct summary *summary)
{
	const struct app *app = run->app;
	struct error error = {0};
	int code = 0;
	if (!save(run, summary, run->outputs[OUTPUT_DB], &error))
		code = app_fail(app, &error);
	for (uint32_t i = OUTPUT_HTML; i < run->n_outputs && code == 0; i++)
		code = app_report(app, run->outputs[OUTPUT_DB], run->outputs[i], true);
	if (code)
		return code;
	summary->wrote = (const char *const *)run->outputs;
	summary->n_wrote = run->n_outputs;
	if (run->request->format == LIST_TABLE)
		summary_print(summary, app->colour, app->out);
	else
		code = app_show(app, run->outputs[OUTPUT_DB], false, run->request->format);
	return code ? code : summary->exit_code;
}

static void add_word(GString *line, const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:=,+@%";
	bool is_plain = *word && word[strspn(word, plain)] == '\0';
	char *quoted = is_plain ? NULL : g_shell_quote(word);
	g_string_append(line, is_plain ? word : quoted);
	g_free(quoted);
}

/* See struct summary; to be freed with g_free(). */
static char *repeat_command(const struct run_request *request)
{
	const struct scenario_options *load = &request->load;
	if (load->n_set > 0)
		return NULL;
	GString *line = g_string_new(NULL);
	add_word(line, request->scenario);
	if (load->trace) {
		g_string_append(line, " --trace ");
		add_word(line, load->trace);
	}
	if (load->has_seed)
		g_string_append_printf(line, " --seed %" PRIu64, load->seed);
	if (load->has_replications)
		g_string_append_printf(line, " -n %u", load->replications);
	if (load->allow_unmodelled)
		g_string_append(line, " --allow-unmodelled");
	return g_string_free(line, FALSE);
}

static const char *scenario_name(const struct run *run)
{
	const char *named = run->request->scenario;
	return scenario_find_ready(named) ? named : input_name(run->world, run->world->file);
}

static int finish_run(struct run *run)
{
	struct size_run sizes[MOST_SIZES];
	summarise(run);
	char *again = repeat_command(run->request);
	struct summary summary = {.world = run->world,
	                          .file = scenario_name(run),
	                          .seed = run->world->seed,
	                          .replications = run->totals.replications,
	                          .partial = run->first.interrupted || run->totals.replications < run->world->replications,
	                          .end_us = run->first.end_us,
	                          .inputs_sha256 = run->inputs_sha256,
	                          .n_inputs = run->n_inputs,
	                          .wall_s = run->outcome.wall_s,
	                          .totals = &run->totals,
	                          .kpis = run->kpis[0],
	                          .thresholds = run->thresholds,
	                          .traces = run->outcome.counts[0],
	                          .sizes = sizes,
	                          .n_sizes = collect_sizes(run, sizes),
	                          .sizes_interrupted = !sizes_complete(run),
	                          .checked_every_step = run->request->check,
	                          .again = again,
	                          .exit_code = exit_code(run)};
	int code = write_results(run, &summary);
	g_free(again);
	return code;
}

static void free_run(struct run *run)
{
	input_log_abandon(run->log);
	for (uint32_t i = 0; i < run->n_variants; i++) {
		for (uint32_t j = 0; j < run->tables[i].count; j++)
			kpi_table_free(run->tables[i].items[j]);
		VEC_FREE(&run->tables[i]);
		if (run->kpis[i])
			kpi_summary_free(run->kpis[i]);
	}
	if (run->has_first)
		run_result_free(&run->first);
	study_outcome_free(&run->outcome, run->n_variants);
	totals_free(&run->totals);
	free(run->thresholds);
	free(run->inputs);
	for (uint32_t i = 0; i < OUTPUT_COUNT; i++)
		g_free(run->outputs[i]);
	world_destroy(run->world);
}

int app_run(const struct app *app, const struct run_request *request)
{
	struct run run = {.app = app, .request = request, .world = app_load(app, request->scenario, &request->load)};
	if (!run.world)
		return ERROR_BAD_INPUT;
	struct error error = {0};
	int code;
	if (prepare_outputs(&run, &error) && hash_inputs(&run, &error) && simulate(&run, &error))
		code = finish_run(&run);
	else
		code = app_fail(app, &error);
	free_run(&run);
	return code;
}
