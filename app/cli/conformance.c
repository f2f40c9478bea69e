/* conformance.c - berth conformance: Kueue's own test cases and random worlds, run through the planner. */
#include "app/conformance.h"
#include "cli.h"

static char *format_text, *failures_text;
static gboolean literal, check;

static const GOptionEntry entries[] = {
    {"output", 'o', 0, G_OPTION_ARG_STRING, &format_text, "Print as", "table|json|yaml|csv"},
    {"list-failures", 0, 0, G_OPTION_ARG_STRING, &failures_text, "Failing cases shown per file (20)", "N"},
    {"literal", 0, 0, G_OPTION_ARG_NONE, &literal, "Evaluate every head in every pass, skipping nothing", NULL},
    {"check", 0, 0, G_OPTION_ARG_NONE, &check, "Recompute the books after every call", NULL},
    {0},
};

static const struct cli_options options = {
    .usage = "PATH…",
    .summary =
        "Runs the cases under PATH, files (*.jsonl, *.in.jsonl.gz with its *.kueue.jsonl.gz) or folders of them, and\n"
        "compares every outcome with Kueue's. An operation or field that is not known fails its case.",
    .description = "Exit code 0 if all cases pass, 3 if some fail.",
    .entries = entries,
    .min_args = 1,
    .max_args = 1000,
};

static int run(const struct app *app, int argc, char **argv, enum list_format format, uint32_t list_failures)
{
	struct conformance_options request = {
	    .format = format, .list_failures = list_failures, .literal = literal, .check = check};
	struct conformance_totals totals;
	struct error error;
	if (!app_conformance((const char *const *)argv + 1, (uint32_t)argc - 1, &request, app->out, &totals, &error))
		return app_fail(app, &error);
	if (totals.cases == 0) {
		error_set(&error, ERROR_BAD_INPUT, "no cases found (*.jsonl, or *.in.jsonl.gz with its *.kueue.jsonl.gz)");
		return app_fail(app, &error);
	}
	return totals.passed == totals.cases ? 0 : ERROR_THRESHOLD;
}

int cli_conformance(const struct app *app, int argc, char **argv)
{
	int code = 0;
	enum list_format format;
	uint64_t list_failures = 20;
	if (cli_parse(app, &options, &argc, argv, &code) == CLI_GO && cli_format(app, argv[0], format_text, &format, &code) &&
	    cli_number(app, argv[0], (struct cli_range){"--list-failures", 0, UINT32_MAX}, failures_text, &list_failures, &code))
		code = run(app, argc, argv, format, (uint32_t)list_failures);
	g_free(format_text);
	g_free(failures_text);
	return code;
}
