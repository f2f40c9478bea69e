/* show.c - berth show: what a run database holds. */
#include "cli.h"

static gboolean defaults;
static char *format_text;

static const GOptionEntry entries[] = {
    {"defaults", 0, 0, G_OPTION_ARG_NONE, &defaults, "Every parameter that the run was made with, defaults marked", NULL},
    {"output", 'o', 0, G_OPTION_ARG_STRING, &format_text, "Print as", "table|json|yaml|csv"},
    {0},
};

static const struct cli_options options = {
    .usage = "RUN.db",
    .summary = "Shows the summary of a run; with -o json or yaml digest, figures, thresholds and other sizes, with -o csv "
               "its figures;\n"
               "or with --defaults the parameters that it was made with.",
    .entries = entries,
    .min_args = 1,
    .max_args = 1,
};

int cli_show(const struct app *app, int argc, char **argv)
{
	int code = 0;
	enum list_format format;
	if (cli_parse(app, &options, &argc, argv, &code) == CLI_GO && cli_format(app, "show", format_text, &format, &code))
		code = app_show(app, argv[1], defaults, format);
	g_free(format_text);
	return code;
}
