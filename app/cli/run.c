/* run.c - berth run: simulate a scenario. */
#include "cli.h"

static struct cli_scenario_flags scenario;
static char *out_dir, *record, *format_text, *threads;
static gboolean no_sizes, no_report, force, literal, check;

static const GOptionEntry entries[] = {
    CLI_SCENARIO_ENTRIES(scenario),
    {"out", 0, 0, G_OPTION_ARG_FILENAME, &out_dir, "Where run.db and the reports go (out)", "DIR"},
    {"output", 'o', 0, G_OPTION_ARG_STRING, &format_text,
     "Print for programs instead of the summary: digest, figures, thresholds and other sizes; csv: the figures",
     "json|yaml|csv"},
    {"record", 0, 0, G_OPTION_ARG_FILENAME, &record, "Record what the planners were told, for berth replay", "LOG"},
    {"no-sizes", 0, 0, G_OPTION_ARG_NONE, &no_sizes, "Leave out the line of other sizes", NULL},
    {"no-report", 0, 0, G_OPTION_ARG_NONE, &no_report, "Write no report", NULL},
    {"force", 0, 0, G_OPTION_ARG_NONE, &force, "Replace files that berth did not write", NULL},
    {"literal", 0, 0, G_OPTION_ARG_NONE, &literal, "Evaluate every queue's head in every pass", NULL},
    {"check", 0, 0, G_OPTION_ARG_NONE, &check, "Recompute all books from scratch after every step (slow)", NULL},
    CLI_THREADS_ENTRY(threads),
    {0},
};

static const struct cli_options options = {
    .usage = "SCENARIO",
    .summary = "Simulates a scenario (a file, or the name of a ready one: berth scenarios), prints the summary, and writes\n"
               "run.db, report.html and report.pdf.",
    .description =
        "Results of an earlier run are replaced; files that berth did not write only with --force.\n\nExamples:\n  berth "
        "run five-minutes\n  berth run estate.yaml -n 10 --set NodePool/h100:nodes=144",
    .entries = entries,
    .min_args = 1,
    .max_args = 1,
};

int cli_run(const struct app *app, int argc, char **argv)
{
	int code = 0;
	struct app with_threads;
	struct run_request request = {0};
	if (cli_parse(app, &options, &argc, argv, &code) == CLI_GO &&
	    cli_scenario_options(app, "run", &scenario, &request.load, &code) &&
	    cli_format(app, "run", format_text, &request.format, &code) &&
	    cli_threads(app, "run", threads, &with_threads, &code)) {
		request.scenario = argv[1];
		request.out_dir = out_dir ? out_dir : "out";
		request.record = record;
		request.no_sizes = no_sizes;
		request.no_report = no_report;
		request.force = force;
		request.literal = literal;
		request.check = check;
		code = app_run(&with_threads, &request);
	}
	cli_scenario_flags_free(&scenario);
	g_free(out_dir);
	g_free(record);
	g_free(format_text);
	g_free(threads);
	return code;
}
