/* options.c - what the verbs share: parsing with GOption, usage errors, the options of a scenario. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

int cli_usage(const struct app *app, const char *verb, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fprintf(app->err, "berth %s: ", verb);
	vfprintf(app->err, format, args);
	fprintf(app->err, "\nSee: berth %s --help\n", verb);
	va_end(args);
	return ERROR_USAGE;
}

static void print_help(const struct app *app, GOptionContext *context)
{
	char *help = g_option_context_get_help(context, TRUE, NULL);
	fputs(help, app->out);
	g_free(help);
}

static GOptionContext *make_context(const struct cli_options *options, const char *verb, gboolean *help)
{
	const GOptionEntry help_entry[] = {{"help", 'h', 0, G_OPTION_ARG_NONE, help, "Show this help", NULL}, {0}};
	GOptionContext *context = g_option_context_new(options->usage);
	char *program = g_strdup_printf("berth %s", verb);
	g_set_prgname(program);
	g_free(program);
	g_option_context_set_summary(context, options->summary);
	g_option_context_set_description(context, options->description);
	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_add_main_entries(context, options->entries, NULL);
	g_option_context_add_main_entries(context, help_entry, NULL);
	return context;
}

/* Negative numbers and names that begin with '-' can follow "--", which GOption leaves in place. */
static void drop_separator(int *argc, char **argv)
{
	if (*argc < 2 || strcmp(argv[1], "--") != 0)
		return;
	for (int i = 1; i + 1 < *argc; i++)
		argv[i] = argv[i + 1];
	(*argc)--;
}

enum cli_parsed cli_parse(const struct app *app, const struct cli_options *options, int *argc, char **argv, int *ret_exit)
{
	const char *verb = argv[0];
	gboolean help = FALSE;
	GError *problem = NULL;
	GOptionContext *context = make_context(options, verb, &help);
	enum cli_parsed parsed = CLI_STOP;
	if (!g_option_context_parse(context, argc, &argv, &problem)) {
		*ret_exit = cli_usage(app, verb, "%s", problem->message);
		g_error_free(problem);
	} else if (help) {
		print_help(app, context);
		*ret_exit = 0;
	} else {
		drop_separator(argc, argv);
		if (*argc - 1 < options->min_args)
			*ret_exit = cli_usage(app, verb, "%s is missing", options->usage);
		else if (*argc - 1 > options->max_args)
			*ret_exit = cli_usage(app, verb, "'%s' is one argument too many", argv[1 + options->max_args]);
		else
			parsed = CLI_GO;
	}
	g_option_context_free(context);
	return parsed;
}

bool cli_format(const struct app *app, const char *verb, const char *text, enum list_format *ret_format, int *ret_exit)
{
	*ret_format = LIST_TABLE;
	if (!text || list_format_parse(text, ret_format))
		return true;
	*ret_exit = cli_usage(app, verb, "-o takes table, json, yaml or csv, not '%s'", text);
	return false;
}

/* Decimal, the whole text. */
static bool parse_number(const char *text, uint64_t *ret_number)
{
	char *end;
	errno = 0;
	if (*text < '0' || *text > '9')
		return false;
	unsigned long long value = strtoull(text, &end, 10);
	if (*end != '\0' || errno != 0)
		return false;
	*ret_number = value;
	return true;
}

bool cli_number(const struct app *app, const char *verb, struct cli_range range, const char *text, uint64_t *ret_number,
                int *ret_exit)
{
	uint64_t number;
	if (!text)
		return true;
	if (!parse_number(text, &number) || number < range.least || number > range.most) {
		*ret_exit = cli_usage(app, verb, "%s takes a whole number from %" PRIu64 " to %" PRIu64 ", not '%s'", range.option,
		                      range.least, range.most, text);
		return false;
	}
	*ret_number = number;
	return true;
}

bool cli_threads(const struct app *app, const char *verb, const char *text, struct app *ret_app, int *ret_exit)
{
	uint64_t threads = app->threads;
	if (!cli_number(app, verb, (struct cli_range){"--threads", 1, 1024}, text, &threads, ret_exit))
		return false;
	*ret_app = *app;
	ret_app->threads = (uint32_t)threads;
	return true;
}

bool cli_scenario_options(const struct app *app, const char *verb, const struct cli_scenario_flags *flags,
                          struct scenario_options *ret_options, int *ret_exit)
{
	uint64_t replications = 0;
	struct scenario_options options = {.set = (const char *const *)flags->set,
	                                   .n_set = flags->set ? g_strv_length(flags->set) : 0,
	                                   .trace = flags->trace,
	                                   .has_seed = flags->seed != NULL,
	                                   .has_replications = flags->replications != NULL,
	                                   .allow_unmodelled = flags->allow_unmodelled};
	if (!cli_number(app, verb, (struct cli_range){"--seed", 0, UINT64_MAX}, flags->seed, &options.seed, ret_exit) ||
	    !cli_number(app, verb, (struct cli_range){"-n", 1, 10000}, flags->replications, &replications, ret_exit))
		return false;
	options.replications = (uint32_t)replications;
	*ret_options = options;
	return true;
}

void cli_scenario_flags_free(struct cli_scenario_flags *flags)
{
	g_strfreev(flags->set);
	g_free(flags->trace);
	g_free(flags->seed);
	g_free(flags->replications);
}
