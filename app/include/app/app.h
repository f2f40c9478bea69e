/* app.h - one function per use case: the only place where rooms meet.
 *
 * Each prints its result to app->out, messages to app->err, and returns the exit code of the program (design.md 5): 0 fine,
 * 1 bad input, 2 usage, 3 a threshold failed, 4 an invariant broke, 130 interrupted. The verbs of app/cli are thin: they
 * turn options into the structs below. */
#ifndef BERTH_APP_APP_H
#define BERTH_APP_APP_H

#include <signal.h>
#include <stdio.h>

#include "app/list.h"
#include "base/error.h"
#include "scenarios/scenario.h"
#include "world/world.h"

struct app {
	FILE *out, *err;
	bool colour;                 /* ANSI colours on `out`: a terminal, and NO_COLOR is not set */
	FILE *progress;              /* a terminal for the progress line; NULL: none */
	volatile sig_atomic_t *stop; /* set by Ctrl-C; NULL: cannot be interrupted */
	uint32_t threads;            /* for replications; 0 = as many as the machine has */
};

/* Prints "berth: text" to app->err and returns the error's exit code. */
int app_fail(const struct app *app, const struct error *error);

/* Loads a scenario and prints what was found; NULL when there was an error (its exit code is 1). */
NODISCARD struct world *app_load(const struct app *app, const char *scenario, const struct scenario_options *options);

struct run_request {
	const char *scenario; /* a file, or the name of a ready scenario */
	struct scenario_options load;
	const char *out_dir; /* run.db, report.html and report.pdf go here; made when missing */
	const char *record;  /* log of inputs and cycles of replication 0; NULL = none */
	bool no_sizes;       /* leave out the line of other sizes */
	bool no_report;
	bool force; /* replace files that berth did not write */
	bool literal, check;
	enum list_format format; /* LIST_TABLE: the summary; else as app_show() of the database */
};
int app_run(const struct app *app, const struct run_request *request);

struct compare_request {
	const char *a, *b; /* b NULL: the same scenario */
	struct scenario_options load_a, load_b;
	enum list_format format;
	bool literal, check;
};
int app_compare(const struct app *app, const struct compare_request *request);

/* LIST_TABLE: problems on `err`, and when there is no error what was checked on `out`; else the problems as a list on `out`.
 */
int app_validate(const struct app *app, const char *scenario, const struct scenario_options *options,
                 enum list_format format);
/* `out_path` ends in .html or .pdf. A file that is there is replaced when berth wrote it, or with `force`. */
int app_report(const struct app *app, const char *run_db, const char *out_path, bool force);
int app_replay(const struct app *app, const char *log);
/* The stored summary of a run (LIST_TABLE), its figures (LIST_CSV), or what it was, its figures, thresholds and other sizes
 * in one document; with `defaults` every parameter that it was run with. */
int app_show(const struct app *app, const char *run_db, bool defaults, enum list_format format);
int app_scenarios(const struct app *app, enum list_format format);

int app_trace_stats(const struct app *app, const char *path, enum trace_format trace_format, enum list_format format);
/* To our own CSV or JSON Lines, by the ending of `to` (.csv, .jsonl). Never onto the trace itself; another file that is
 * there is replaced only with `force`, for a table bears no mark of who wrote it. */
int app_trace_convert(const struct app *app, const char *from, enum trace_format trace_format, const char *to, bool force);
#endif
