/* main.c - the program: finds the verb, sets up what every verb needs, and turns results into an exit code. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "cli.h"
#include "plots/report.h"
#include "terminal.h"

static const struct verb {
	const char *name, *summary;
	cli_verb *run;
} verbs[] = {
    {"run", "simulate a scenario: summary, run database, report", cli_run},
    {"compare", "two scenarios, or one and a change: the same jobs with the same luck", cli_compare},
    {"validate", "check a scenario and list every problem with its place", cli_validate},
    {"report", "make an HTML or PDF report from a run database", cli_report},
    {"show", "show what a run database holds: its summary, its parameters", cli_show},
    {"replay", "decide again what a log recorded, and compare digests", cli_replay},
    {"scenarios", "list the ready scenarios with their questions", cli_scenarios},
    {"trace", "convert or describe traces", cli_trace},
    {"conformance", "run Kueue's own test cases through the planner", cli_conformance},
};

static volatile sig_atomic_t stop_requested;

static void request_stop(int signal_number)
{
	(void)signal_number;
	stop_requested = 1;
}

/* The first Ctrl-C asks for an orderly end, the second ends at once. */
static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = request_stop, .sa_flags = (int)SA_RESETHAND};
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* A file that may not grow is an error of that write, not the end of the program. */
	signal(SIGXFSZ, SIG_IGN);
}

static void print_help(FILE *out)
{
	fputs("berth tells what a GPU cluster under Kueue will do before it happens.\n\nUsage: berth VERB [OPTION...]\n\n", out);
	for (size_t i = 0; i < ARRAY_COUNT(verbs); i++)
		fprintf(out, "  %-12s %s\n", verbs[i].name, verbs[i].summary);
	fputs("\n  berth VERB --help says more; berth --version says which berth this is.\n"
	      "  Exit codes: 0 fine, 1 bad input, 2 usage, 3 a threshold failed, 4 an invariant broke, 130 interrupted.\n",
	      out);
}

static int unknown_verb(const struct app *app, const char *word)
{
	const char *names[ARRAY_COUNT(verbs)];
	for (size_t i = 0; i < ARRAY_COUNT(verbs); i++)
		names[i] = verbs[i].name;
	const char *nearest = diag_nearest(word, names, ARRAY_COUNT(verbs));
	fprintf(app->err, "berth: unknown verb '%s'", word);
	if (nearest)
		fprintf(app->err, "; did you mean '%s'?", nearest);
	fputs("\nSee: berth --help\n", app->err);
	return ERROR_USAGE;
}

static int dispatch(const struct app *app, int argc, char **argv)
{
	if (argc < 2) {
		print_help(app->err);
		return ERROR_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		print_help(app->out);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		fprintf(app->out, "berth %s\n", BERTH_VERSION);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_COUNT(verbs); i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(app, argc - 1, argv + 1);
	return unknown_verb(app, argv[1]);
}

static bool wants_colour(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	return isatty(STDOUT_FILENO) && !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0);
}

int main(int argc, char **argv)
{
	catch_signals();
	bool colour = wants_colour();
	struct app app = {.out = terminal_open(STDOUT_FILENO, colour),
	                  .err = terminal_open(STDERR_FILENO, false),
	                  .colour = colour,
	                  .progress = isatty(STDERR_FILENO) ? stderr : NULL,
	                  .stop = &stop_requested};
	int code = dispatch(&app, argc, argv);
#ifdef __SANITIZE_ADDRESS__
	plots_finish(); /* for the leak checker only: Cairo aborts when Pango's own thread still holds a font */
#endif
	bool written = !ferror(app.out);
	if (fclose(app.out) != 0 || !written) {
		fprintf(app.err, "berth: cannot write the output: %s\n", strerror(errno));
		code = code == 0 || code == ERROR_THRESHOLD ? ERROR_BAD_INPUT : code; /* a verdict that nobody can read is none */
	}
	fclose(app.err);
	return code;
}
