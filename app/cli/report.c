/* report.c - berth report: a run database as pages. */
#include "cli.h"

static char *out_path;
static gboolean force;

static const GOptionEntry entries[] = {
    {"out", 0, 0, G_OPTION_ARG_FILENAME, &out_path, "What to write: a name that ends in .html or .pdf (report.html)",
     "FILE"},
    {"force", 0, 0, G_OPTION_ARG_NONE, &force, "Replace a file that berth did not write", NULL},
    {0},
};

static const struct cli_options options = {
    .usage = "RUN.db",
    .summary = "Makes the report of a run: one self-contained HTML file, or PDF pages.",
    .description = "An earlier report, and whatever else berth wrote, is replaced; any other file only with "
                   "--force.\n\nExample:\n  berth report out/run.db --out report.pdf",
    .entries = entries,
    .min_args = 1,
    .max_args = 1,
};

int cli_report(const struct app *app, int argc, char **argv)
{
	int code = 0;
	if (cli_parse(app, &options, &argc, argv, &code) == CLI_GO) {
		const char *path = out_path ? out_path : "report.html";
		if (!g_str_has_suffix(path, ".html") && !g_str_has_suffix(path, ".pdf"))
			code = cli_usage(app, "report", "--out must end in .html or .pdf: '%s'", path);
		else
			code = app_report(app, argv[1], path, force);
	}
	g_free(out_path);
	return code;
}
