/* scenarios.c - berth scenarios: what is ready to run. */
#include "cli.h"

static char *format_text;

static const GOptionEntry entries[] = {
    {"output", 'o', 0, G_OPTION_ARG_STRING, &format_text, "Print as", "table|json|yaml|csv"},
    {0},
};

static const struct cli_options options = {
    .usage = "",
    .summary = "Lists the ready scenarios, each with the question that it answers. Run one with: berth run NAME",
    .entries = entries,
};

int cli_scenarios(const struct app *app, int argc, char **argv)
{
	int code = 0;
	enum list_format format;
	if (cli_parse(app, &options, &argc, argv, &code) == CLI_GO && cli_format(app, "scenarios", format_text, &format, &code))
		code = app_scenarios(app, format);
	g_free(format_text);
	return code;
}
