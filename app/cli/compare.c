/* compare.c - berth compare: two scenarios, or one and a change. */
#include "cli.h"

static struct cli_scenario_flags scenario;
static char *format_text;
static gboolean literal, check;
static char *threads;

static const GOptionEntry entries[] = {
    CLI_SCENARIO_ENTRIES(scenario),
    {"output", 'o', 0, G_OPTION_ARG_STRING, &format_text, "Print as", "table|json|yaml|csv"},
    {"literal", 0, 0, G_OPTION_ARG_NONE, &literal, "Evaluate every queue's head in every pass", NULL},
    {"check", 0, 0, G_OPTION_ARG_NONE, &check, "Recompute all books from scratch after every step (slow)", NULL},
    CLI_THREADS_ENTRY(threads),
    {0},
};

static const struct cli_options options = {
    .usage = "A [B]",
    .summary =
        "Runs two scenarios, or one without and with --set, on the same jobs with the same luck, and compares them job\n"
        "by job over the replications: who waits more, who less, preemptions, cost, each with a 95 % interval.",
    .description = "With one scenario --set applies to its second run only; with two it applies to both.\n\nExamples:\n"
                   "  berth compare before.yaml after.yaml -n 10\n"
                   "  berth compare two-teams -n 10 --set Cluster/main:placement.score=LeastAllocated",
    .entries = entries,
    .min_args = 1,
    .max_args = 2,
};

int cli_compare(const struct app *app, int argc, char **argv)
{
	int code = 0;
	struct app with_threads;
	struct compare_request request = {0};
	if (cli_parse(app, &options, &argc, argv, &code) == CLI_GO &&
	    cli_scenario_options(app, "compare", &scenario, &request.load_b, &code) &&
	    cli_format(app, "compare", format_text, &request.format, &code) &&
	    cli_threads(app, "compare", threads, &with_threads, &code)) {
		request.a = argv[1];
		request.b = argc > 2 ? argv[2] : NULL;
		request.load_a = request.load_b;
		if (!request.b)
			request.load_a.n_set = 0;
		request.literal = literal;
		request.check = check;
		code = app_compare(&with_threads, &request);
	}
	cli_scenario_flags_free(&scenario);
	g_free(format_text);
	g_free(threads);
	return code;
}
