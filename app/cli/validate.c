/* validate.c - berth validate: every problem of a scenario, with its place. */
#include "cli.h"

static struct cli_scenario_flags scenario;

static const GOptionEntry entries[] = {CLI_SCENARIO_ENTRIES(scenario), {0}};

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
	if (cli_parse(app, &options, &argc, argv, &code) == CLI_GO &&
	    cli_scenario_options(app, "validate", &scenario, &load, &code))
		code = app_validate(app, argv[1], &load);
	cli_scenario_flags_free(&scenario);
	return code;
}
