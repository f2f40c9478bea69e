/* replay.c - berth replay: the decisions of a log, taken again. */
#include "cli.h"

static const GOptionEntry entries[] = {{0}};

static const struct cli_options options = {
    .usage = "LOG",
    .summary =
        "Applies the inputs of a log (berth run --record LOG) to fresh planners and compares the digest after every cycle.",
    .entries = entries,
    .min_args = 1,
    .max_args = 1,
};

int cli_replay(const struct app *app, int argc, char **argv)
{
	int code = 0;
	if (cli_parse(app, &options, &argc, argv, &code) == CLI_GO)
		code = app_replay(app, argv[1]);
	return code;
}
