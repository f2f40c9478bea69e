/* compare.c - berth compare: two worlds under the same jobs with the same luck. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/study.h"
#include "app/text.h"
#include "app/totals.h"
#include "base/instant.h"
#include "base/vec.h"
#include "compare.h"

#include <glib.h> /* after base.h: both define MIN and MAX, only GLib tolerates the other */

struct comparison {
	const struct app *app;
	const struct compare_request *request;
	struct world *worlds[2];
	struct pairing *pairing;
	struct run_result first; /* of the replication under way: a, until b is there */
	struct run_totals totals[2];
	struct {
		VEC_FIELDS(struct kpi_table *);
	} tables;
	struct kpi_summary *figures;
	struct study_outcome outcome;
};

static bool take_result(void *state, struct study_result *result, struct error *error)
{
	struct comparison *c = state;
	if (!totals_add(&c->totals[result->variant], c->worlds[result->variant], &result->result, error))
		return error_wrap(error, "%s", result->variant ? "B" : "A");
	if (result->variant == 0) {
		run_result_free(&c->first);
		c->first = result->result;
		result->result = (struct run_result){0};
		return true;
	}
	*VEC_PUSH(&c->tables) = pairing_compare(c->pairing, &c->first, &result->result);
	return true;
}

/* ---- cells ---- */

static const struct kpi_summary_row *row_of(const struct comparison *c, const char *metric, const char *stat,
                                            const struct pair_group *group)
{
	const struct kpi_key key = {
	    .metric = metric, .stat = stat, .cluster = group->cluster, .cluster_queue = group->cluster_queue};
	return kpi_find(c->figures, &key);
}

typedef char *format_value(double value, char out[32]);

/* A mean of counts with up to two decimals, so that what is shown of A and B gives the difference that is shown. */
static char *exact_count(double value, char out[32])
{
	if (isnan(value) || fabs(value) >= 1000 || value == round(value))
		return text_count(value, out);
	int length = g_snprintf(out, 32, "%.2f", value);
	if (out[length - 1] == '0')
		out[length - 1] = '\0';
	return out;
}

/* With a sign, "0" when there is no difference at all. */
static void signed_text(format_value *format, double value, char out[40])
{
	char plain[32];
	if (isnan(value) || value == 0)
		g_snprintf(out, 40, "%s", isnan(value) ? "-" : "0");
	else
		g_snprintf(out, 40, "%c%s", value < 0 ? '-' : '+', format(fabs(value), plain));
}

/* The mean difference and, over several replications, its interval; "~" where it is one of lower bounds. */
static void difference_text(const struct comparison *c, const char *stat, const struct pair_group *group,
                            format_value *format, char out[128])
{
	const struct kpi_summary_row *row = row_of(c, "difference", stat, group);
	bool bounds = row_of(c, "a", stat, group)->lower_bound || row_of(c, "b", stat, group)->lower_bound;
	const char *biased = bounds ? "~" : "";
	char value[40], low[40], high[40];
	signed_text(format, row->value, value);
	signed_text(format, row->low, low);
	signed_text(format, row->high, high);
	if (isnan(row->low))
		g_snprintf(out, 128, "%s%s", biased, value);
	else
		g_snprintf(out, 128, "%s%s [%s..%s]", biased, value, low, high);
}

static void add_side(struct list *list, const struct kpi_summary_row *row, format_value *format)
{
	char plain[32], text[40];
	g_snprintf(text, sizeof text, "%s%s", row->lower_bound ? ">" : "", format(row->value, plain));
	list_text(list, text);
}

static void add_sides(struct list *list, const struct comparison *c, enum pair_figure figure, const struct pair_group *group,
                      format_value *format)
{
	const char *stat = pair_figure_stats[figure];
	add_side(list, row_of(c, "a", stat, group), format);
	add_side(list, row_of(c, "b", stat, group), format);
	char difference[128];
	difference_text(c, stat, group, format, difference);
	list_text(list, difference);
}

static char *group_name(const struct comparison *c, const struct pair_group *group)
{
	const struct names *names = c->worlds[0]->names;
	if (group->cluster_queue == NO_NAME)
		return g_strdup("all");
	if (c->worlds[0]->n_clusters == 1 && c->worlds[1]->n_clusters == 1)
		return g_strdup(names_text(names, group->cluster_queue));
	return g_strdup_printf("%s/%s", names_text(names, group->cluster), names_text(names, group->cluster_queue));
}

static void add_name(struct list *list, const struct comparison *c, const struct pair_group *group)
{
	char *name = group_name(c, group);
	list_text(list, name);
	g_free(name);
}

/* ---- for people ---- */

static bool any_bound(const struct comparison *c)
{
	for (uint32_t i = 0; i < c->figures->n_rows; i++)
		if (c->figures->rows[i].lower_bound)
			return true;
	return false;
}

static void print_waits(const struct comparison *c)
{
	static const struct list_column columns[] = {
	    {"q", "WAIT submit→admitted", false},
	    {"a", "mean A", true},
	    {"b", "B", true},
	    {"d", "B-A [95% interval]", true},
	    {"pa", "p95 A", true},
	    {"pb", "B", true},
	    {"pd", "B-A [95% interval]", true},
	    {"l", "longer", true},
	    {"s", "shorter", true},
	    {"e", "same", true},
	};
	uint32_t n_groups;
	const struct pair_group *groups = pairing_groups(c->pairing, &n_groups);
	struct list *list = list_create(columns, ARRAY_COUNT(columns));
	for (uint32_t i = 0; i < n_groups; i++) {
		add_name(list, c, &groups[i]);
		add_sides(list, c, PAIR_WAIT_MEAN, &groups[i], text_duration);
		add_sides(list, c, PAIR_WAIT_P95, &groups[i], text_duration);
		for (int verdict = 0; verdict <= PAIR_SAME; verdict++) {
			char text[32];
			list_text(list, text_count(row_of(c, "jobs", pair_verdict_stats[verdict], &groups[i])->value, text));
		}
	}
	fputs("\n", c->app->out);
	list_print(list, LIST_TABLE, c->app->out);
	list_destroy(list);
	if (any_bound(c))
		fputs("> at least: jobs that had not started at the end count with the time that they had waited by then\n"
		      "~ a difference of such figures is biased: the true one may be larger or smaller\n",
		      c->app->out);
}

static bool priced(const struct comparison *c)
{
	return c->totals[0].priced && c->totals[1].priced && strcmp(c->worlds[0]->currency, c->worlds[1]->currency) == 0;
}

static void print_effects(const struct comparison *c)
{
	static const struct list_column columns[] = {
	    {"q", "EFFECTS", false},     {"a", "unstarted A", true}, {"b", "B", true},    {"d", "B-A", true},
	    {"pa", "preempted A", true}, {"pb", "B", true},          {"pd", "B-A", true}, {"ca", "charged A", true},
	    {"cb", "B", true},           {"cd", "B-A", true},
	};
	uint32_t n_groups, n_columns = ARRAY_COUNT(columns) - (priced(c) ? 0 : 3);
	const struct pair_group *groups = pairing_groups(c->pairing, &n_groups);
	struct list *list = list_create(columns, n_columns);
	for (uint32_t i = 0; i < n_groups; i++) {
		add_name(list, c, &groups[i]);
		add_sides(list, c, PAIR_UNSTARTED, &groups[i], exact_count);
		add_sides(list, c, PAIR_PREEMPTIONS, &groups[i], exact_count);
		if (priced(c))
			add_sides(list, c, PAIR_CHARGED, &groups[i], text_money);
	}
	fputs("\n", c->app->out);
	list_print(list, LIST_TABLE, c->app->out);
	list_destroy(list);
}

static void print_paid(const struct comparison *c)
{
	uint32_t n_groups;
	const struct pair_group *all = &pairing_groups(c->pairing, &n_groups)[n_groups - 1];
	const char *stat = pair_figure_stats[PAIR_PAID];
	char a[32], b[32], difference[128];
	if (!priced(c)) {
		fputs("\nMONEY     no price in this input, or prices in two currencies\n", c->app->out);
		return;
	}
	difference_text(c, stat, all, text_money, difference);
	fprintf(c->app->out, "\nMONEY     %s paid A %s, B %s, B-A %s\n", c->worlds[0]->currency,
	        text_money(row_of(c, "a", stat, all)->value, a), text_money(row_of(c, "b", stat, all)->value, b), difference);
}

/* What is compared with what. */
static void print_pairing(const struct comparison *c)
{
	struct pair_counts counts = pairing_counts(c->pairing);
	char paired[32], changed[32], only[2][32];
	if (counts.paired == 0)
		fputs("No job of A is in B: waits cannot be compared job by job, only the effects\n", c->app->out);
	else
		fprintf(c->app->out, "%s jobs of both, paired by name, with the same luck: seed %" PRIu64 ", %u replication%s%s\n",
		        text_count((double)counts.paired, paired), c->worlds[0]->seed, c->outcome.replications,
		        c->outcome.replications == 1 ? "" : "s", c->outcome.replications == 1 ? " (-n 10 gives intervals)" : "");
	if (counts.changed > 0)
		fprintf(c->app->out, "  %s of them are not the same jobs: submission, run time or GPUs differ\n",
		        text_count((double)counts.changed, changed));
	if (counts.only[0] + counts.only[1] > 0)
		fprintf(c->app->out, "  without a partner: %s jobs of A, %s of B; they count in the effects, not in the waits\n",
		        text_count((double)counts.only[0], only[0]), text_count((double)counts.only[1], only[1]));
	if (c->worlds[1]->seed != c->worlds[0]->seed || c->worlds[1]->replications != c->worlds[0]->replications)
		fprintf(c->app->out, "  seed and replications are those of A; B's own (%" PRIu64 ", %u) are not used\n",
		        c->worlds[1]->seed, c->worlds[1]->replications);
}

static bool has_setting(const struct scenario_options *options, const char *setting)
{
	for (uint32_t i = 0; i < options->n_set; i++)
		if (strcmp(options->set[i], setting) == 0)
			return true;
	return false;
}

static void print_for_people(const struct comparison *c)
{
	const char *b = c->request->b ? c->request->b : "the same scenario";
	fprintf(c->app->out, "A  %s  digest %016" PRIx64 "\n", c->request->a, c->totals[0].digest);
	fprintf(c->app->out, "B  %s  digest %016" PRIx64, b, c->totals[1].digest);
	const char *separator = " with ";
	for (uint32_t i = 0; i < c->request->load_b.n_set && !c->request->b; i++) {
		if (has_setting(&c->request->load_a, c->request->load_b.set[i]))
			continue;
		fprintf(c->app->out, "%s%s", separator, c->request->load_b.set[i]);
		separator = ", ";
	}
	for (uint32_t i = 0; i < c->request->load_a.n_set; i++)
		fprintf(c->app->out, "%s%s", i ? ", " : "\nboth with ", c->request->load_a.set[i]);
	fputs("\n", c->app->out);
	print_pairing(c);
	if (pairing_counts(c->pairing).paired > 0)
		print_waits(c);
	print_effects(c);
	print_paid(c);
	fprintf(
	    c->app->out,
	    "COUNTED   waits: jobs of both, submitted after warm-up · unstarted, preempted: jobs submitted after warm-up%s\n",
	    priced(c) ? " · money: GPU time after warm-up, of all jobs" : "");
}

/* ---- for programs ---- */

static void add_number(struct list *list, double value)
{
	char text[32];
	g_snprintf(text, sizeof text, "%.6g", value);
	list_number(list, value, text);
}

/* One row per queue and figure. */
static void print_for_programs(const struct comparison *c)
{
	static const struct list_column columns[] = {
	    {"cluster", "", false},
	    {"clusterQueue", "", false},
	    {"figure", "", false},
	    {"a", "", true},
	    {"b", "", true},
	    {"difference", "", true},
	    {"low", "", true},
	    {"high", "", true},
	    {"aLowerBound", "", false},
	    {"bLowerBound", "", false},
	};
	const struct names *names = c->worlds[0]->names;
	uint32_t n_groups;
	const struct pair_group *groups = pairing_groups(c->pairing, &n_groups);
	struct list *list = list_create(columns, ARRAY_COUNT(columns));
	for (uint32_t i = 0; i < n_groups; i++) {
		const struct pair_group *group = &groups[i];
		for (int figure = 0; figure < PAIR_FIGURE_COUNT + PAIR_VERDICT_COUNT; figure++) {
			bool verdict = figure >= PAIR_FIGURE_COUNT;
			if ((figure == PAIR_CHARGED || figure == PAIR_PAID) && !priced(c))
				continue;
			const char *stat = verdict ? pair_verdict_stats[figure - PAIR_FIGURE_COUNT] : pair_figure_stats[figure];
			list_text(list, group->cluster ? names_text(names, group->cluster) : NULL);
			list_text(list, group->cluster_queue ? names_text(names, group->cluster_queue) : NULL);
			list_text(list, stat);
			const struct kpi_summary_row *a = verdict ? NULL : row_of(c, "a", stat, group);
			const struct kpi_summary_row *b = verdict ? NULL : row_of(c, "b", stat, group);
			add_number(list, a ? a->value : NAN);
			add_number(list, b ? b->value : NAN);
			const struct kpi_summary_row *row = row_of(c, verdict ? "jobs" : "difference", stat, group);
			add_number(list, row->value);
			add_number(list, row->low);
			add_number(list, row->high);
			list_bool(list, a && a->lower_bound);
			list_bool(list, b && b->lower_bound);
		}
	}
	list_print(list, c->request->format, c->app->out);
	list_destroy(list);
}

/* Two runs are compared over the same time, counted from their start. */
static bool comparable(const struct comparison *c, struct error *error)
{
	const struct world *a = c->worlds[0], *b = c->worlds[1];
	if (a->warmup_us != b->warmup_us || a->duration_us != b->duration_us) {
		char spans[4][32];
		return error_set(error, ERROR_BAD_INPUT,
		                 "A lasts %s with a warm-up of %s, B %s with %s: figures of different periods cannot be compared; "
		                 "give both the same time.duration and time.warmup",
		                 duration_format(a->duration_us, spans[0]), duration_format(a->warmup_us, spans[1]),
		                 duration_format(b->duration_us, spans[2]), duration_format(b->warmup_us, spans[3]));
	}
	return true;
}

static int compare_worlds(struct comparison *c)
{
	struct error error = {0};
	if (!comparable(c, &error))
		return app_fail(c->app, &error);
	const struct study_variant variants[] = {{.world = c->worlds[0], .jobs_of = 0}, {.world = c->worlds[1], .jobs_of = 1}};
	struct study study = {.app = c->app,
	                      .variants = variants,
	                      .n_variants = ARRAY_COUNT(variants),
	                      .seed = c->worlds[0]->seed,
	                      .replications = c->worlds[0]->replications,
	                      .literal = c->request->literal,
	                      .check = c->request->check};
	c->pairing = pairing_create(c->worlds[0], c->worlds[1]);
	if (!study_run(&study, take_result, c, &c->outcome, &error))
		return app_fail(c->app, &error);
	if (c->tables.count == 0) {
		(void)error_set(&error, ERROR_INTERRUPTED, "interrupted before a replication of both was done");
		return app_fail(c->app, &error);
	}
	c->figures = kpi_summarise((const struct kpi_table *const *)c->tables.items, c->tables.count);
	if (c->request->format == LIST_TABLE)
		print_for_people(c);
	else
		print_for_programs(c);
	return c->outcome.interrupted ? ERROR_INTERRUPTED : 0;
}

static void free_comparison(struct comparison *c)
{
	for (uint32_t i = 0; i < c->tables.count; i++)
		kpi_table_free(c->tables.items[i]);
	VEC_FREE(&c->tables);
	if (c->figures)
		kpi_summary_free(c->figures);
	if (c->pairing)
		pairing_destroy(c->pairing);
	run_result_free(&c->first);
	study_outcome_free(&c->outcome, 2);
	totals_free(&c->totals[0]);
	totals_free(&c->totals[1]);
	world_destroy(c->worlds[0]);
	world_destroy(c->worlds[1]);
}

int app_compare(const struct app *app, const struct compare_request *request)
{
	struct comparison c = {.app = app, .request = request};
	int code = ERROR_BAD_INPUT;
	c.worlds[0] = app_load(app, request->a, &request->load_a);
	c.worlds[1] = c.worlds[0] ? app_load(app, request->b ? request->b : request->a, &request->load_b) : NULL;
	if (c.worlds[1])
		code = compare_worlds(&c);
	free_comparison(&c);
	return code;
}
