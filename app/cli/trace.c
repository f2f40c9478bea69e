/* trace.c - berth trace: convert and describe traces. */
#include <string.h>

#include "cli.h"
#include "traces/traces.h"

static char *out_path, *from_text, *format_text;
static gboolean force;

static const GOptionEntry entries[] = {
    {"format", 'f', 0, G_OPTION_ARG_STRING, &from_text, "Format of the trace (Auto)", "Auto|CSV|JSONLines|Philly|SWF"},
    {"out", 0, 0, G_OPTION_ARG_FILENAME, &out_path, "convert: what to write, a name that ends in .csv or .jsonl", "FILE"},
    {"force", 0, 0, G_OPTION_ARG_NONE, &force, "convert: replace a file that is there", NULL},
    {"output", 'o', 0, G_OPTION_ARG_STRING, &format_text, "stats: print as", "table|json|yaml|csv"},
    {0},
};

static const struct cli_options options = {
    .usage = "convert|stats TRACE",
    .summary = "convert: writes any trace that berth reads as berth's own CSV or JSON Lines.\n"
               "stats: what a trace holds, and every row accounted for.\n"
               "Plain, gzip and zstd files are read alike.",
    .description = "Examples:\n  berth trace stats KTH-SP2.swf.gz\n  berth trace convert KTH-SP2.swf.gz --out kth.csv",
    .entries = entries,
    .min_args = 2,
    .max_args = 2,
};

static int convert(const struct app *app, const char *path, enum trace_format from)
{
	if (!out_path || (!g_str_has_suffix(out_path, ".csv") && !g_str_has_suffix(out_path, ".jsonl")))
		return cli_usage(app, "trace", "convert needs --out FILE.csv or --out FILE.jsonl");
	return app_trace_convert(app, path, from, out_path, force);
}

static int dispatch(const struct app *app, char **argv)
{
	int code = 0;
	enum trace_format from;
	enum list_format format;
	if (!trace_format_parse(from_text ? from_text : "Auto", &from))
		return cli_usage(app, "trace", "-f takes Auto, CSV, JSONLines, Philly or SWF, not '%s'", from_text);
	if (strcmp(argv[1], "convert") == 0)
		return convert(app, argv[2], from);
	if (strcmp(argv[1], "stats") != 0)
		return cli_usage(app, "trace", "'%s' is neither convert nor stats", argv[1]);
	if (!cli_format(app, "trace", format_text, &format, &code))
		return code;
	return app_trace_stats(app, argv[2], from, format);
}

int cli_trace(const struct app *app, int argc, char **argv)
{
	int code = 0;
	if (cli_parse(app, &options, &argc, argv, &code) == CLI_GO)
		code = dispatch(app, argv);
	g_free(out_path);
	g_free(from_text);
	g_free(format_text);
	return code;
}
