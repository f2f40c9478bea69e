/* cli.h - the verbs of the command line: one thin file each, which turns options into a request of app.h. */
#ifndef BERTH_CLI_CLI_H
#define BERTH_CLI_CLI_H

#include "app/app.h"

#include <glib.h>

/* Arguments as main() has them, argv[0] being the verb. Returns the exit code. */
typedef int cli_verb(const struct app *app, int argc, char **argv);

cli_verb cli_run, cli_compare, cli_validate, cli_report, cli_replay, cli_show, cli_scenarios, cli_trace, cli_conformance;

struct cli_options {
	const char *usage;           /* what follows the verb: "SCENARIO [--out DIR]" */
	const char *summary;         /* above the list of options */
	const char *description;     /* below it: examples; NULL = none */
	const GOptionEntry *entries; /* ends with an empty one */
	int min_args, max_args;      /* left after the options, argv[1] on */
};

enum cli_parsed { CLI_GO, CLI_STOP };
/* Takes the options out of argv. CLI_STOP: help was printed or the usage was wrong, and `ret_exit` is the exit code. */
NODISCARD enum cli_parsed cli_parse(const struct app *app, const struct cli_options *options, int *argc, char **argv,
                                    int *ret_exit);
/* Prints what is wrong and where help is; returns exit code 2. */
int cli_usage(const struct app *app, const char *verb, const char *format, ...) PRINTF_LIKE(3, 4);
/* The value of `-o`; NULL means a table. False with the usage error printed. */
NODISCARD bool cli_format(const struct app *app, const char *verb, const char *text, enum list_format *ret_format,
                          int *ret_exit);

/* The whole number that an option was given, from `least` to `most`; NULL (not given) leaves `ret_number` as it is. False
 * with the usage error printed, which says the range. */
struct cli_range {
	const char *option;
	uint64_t least, most;
};
NODISCARD bool cli_number(const struct app *app, const char *verb, struct cli_range range, const char *text,
                          uint64_t *ret_number, int *ret_exit);
/* The value of `--threads` into ret_app->threads, which is else a copy of `app`. */
#define CLI_THREADS_ENTRY(text)                                                                                             \
	{                                                                                                                       \
		"threads", 0, 0, G_OPTION_ARG_STRING, &(text), "Threads for replications, 1 to 1024 (all processors)", "N"          \
	}
NODISCARD bool cli_threads(const struct app *app, const char *verb, const char *text, struct app *ret_app, int *ret_exit);

/* The options of every verb that loads a scenario. */
struct cli_scenario_flags {
	char **set;
	char *trace, *seed, *replications;
	gboolean allow_unmodelled;
};
#define CLI_SCENARIO_ENTRIES(flags)                                                                                         \
	{"set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &(flags).set, "Change one value; may be given often", "KIND/NAME:path=VALUE"}, \
	    {"trace",                                                                                                           \
	     0,                                                                                                                 \
	     0,                                                                                                                 \
	     G_OPTION_ARG_FILENAME,                                                                                             \
	     &(flags).trace,                                                                                                    \
	     "Replay this trace instead of those of the scenario; its generators go on",                                        \
	     "FILE"},                                                                                                           \
	    {"seed", 0, 0, G_OPTION_ARG_STRING, &(flags).seed, "Seed of all random draws", "N"},                                \
	    {"replications",                                                                                                    \
	     'n',                                                                                                               \
	     0,                                                                                                                 \
	     G_OPTION_ARG_STRING,                                                                                               \
	     &(flags).replications,                                                                                             \
	     "Replications, 1 to 10000, each with its own luck",                                                                \
	     "N"},                                                                                                              \
	{                                                                                                                       \
		"allow-unmodelled", 0, 0, G_OPTION_ARG_NONE, &(flags).allow_unmodelled,                                             \
		    "Run although the input holds what is not simulated", NULL                                                      \
	}
NODISCARD bool cli_scenario_options(const struct app *app, const char *verb, const struct cli_scenario_flags *flags,
                                    struct scenario_options *ret_options, int *ret_exit);
void cli_scenario_flags_free(struct cli_scenario_flags *flags);

#endif
