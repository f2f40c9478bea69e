/* validate.c - berth validate: every problem of a scenario, with its place. */
#include "cli.h"

static struct cli_scenario_flags scenario;
static char *format_text;

static const GOptionEntry entries[] = {
    CLI_SCENARIO_ENTRIES(scenario),
    {"output", 'o', 0, G_OPTION_ARG_STRING, &format_text, "Print the problems as a list", "table|json|yaml|csv"},
    {0},
};

static const struct cli_options options = {
    .usage = "SCENARIO",
    .summary = "Reads a scenario, everything it includes and every row of its traces, and lists every problem as "
               "file:line:col with a suggestion.\n"
               "Nothing is run and nothing is written.",
    .entries = entries,
    .min_args = 1,
    .max_args = 1,
};

int cli_validate(const struct app *app, int argc, char **argv)
{
	int code = 0;
	struct scenario_options load;
	enum list_format format;
	if (cli_parse(app, &options, &argc, argv, &code) == CLI_GO &&
	    cli_scenario_options(app, "validate", &scenario, &load, &code) &&
	    cli_format(app, "validate", format_text, &format, &code))
		code = app_validate(app, argv[1], &load, format);
	cli_scenario_flags_free(&scenario);
	g_free(format_text);
	return code;
}
