/* conformance.c - see app/conformance.h: finds the files, runs their cases one by one, and prints what differs. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "conformance_input.h"
#include "conformance_operations.h"
#include "conformance_worlds.h"

#define CASES_SUFFIX ".jsonl"
#define WORLDS_SUFFIX ".in.jsonl.gz"
#define ANSWERS_SUFFIX ".kueue.jsonl.gz"
#define TIES_FILE "ties.json"
#define MAX_DEPTH 8 /* of folders */

/* A case that failed, or that passed only up to a tie. Texts live in the report's arena. */
struct outcome {
	const char *id;
	bool failed;
	const char *text; /* for people */
	struct check check;
};

struct file_report {
	const char *path;
	uint32_t cases, passed, ties;
	struct {
		VEC_FIELDS(struct outcome);
	} outcomes;
};

struct report {
	const struct conformance_options *options;
	struct arena *arena;
	struct {
		VEC_FIELDS(struct file_report);
	} files;
};

/* ---- one case ---- */

static const char *outcome_text(struct arena *arena, const struct check *check)
{
	if (!check->failed)
		return arena_printf(arena, "passed up to a listed tie: %s", check->tie);
	if (check->problem)
		return arena_printf(arena, "not run: %s", check->problem);
	return arena_printf(arena, "%s: expected '%s', got '%s'%s%s%s", check->what, check->expected, check->got,
	                    check->rule ? " (" : "", check->rule ? check->rule : "", check->rule ? ")" : "");
}

static const char *keep(struct arena *arena, const char *text)
{
	return text ? arena_text(arena, text, strlen(text)) : NULL;
}

static void record(struct report *report, struct file_report *file, const char *id, const struct check *check)
{
	file->cases++;
	file->passed += !check->failed;
	file->ties += !check->failed && check->tie;
	if (!check->failed && !check->tie)
		return;
	struct outcome *outcome = VEC_PUSH(&file->outcomes);
	*outcome = (struct outcome){keep(report->arena, id), check->failed, outcome_text(report->arena, check), *check};
	struct check *kept = &outcome->check;
	kept->problem = keep(report->arena, kept->problem);
	kept->what = keep(report->arena, kept->what);
	kept->expected = keep(report->arena, kept->expected);
	kept->got = keep(report->arena, kept->got);
	kept->tie = keep(report->arena, kept->tie);
	kept->arena = NULL;
}

static const struct doc_node *parse_line(struct check *check, const char *path, const struct line *line, uint32_t number)
{
	struct doc_node *document = NULL;
	struct diags *diags = diags_create();
	struct doc_limits limits = {.first_line = number};
	uint32_t count;
	if (!doc_parse_json(check->arena, path, line->text, line->length, &limits, diags, &document)) {
		const struct diag *first = diags_sorted(diags, &count);
		check_problem(check, "line %u: %s", number, count ? first->text : "not a JSON value");
	}
	diags_destroy(diags);
	return document;
}

static void run_case(struct report *report, struct file_report *file, const struct line *line, uint32_t number)
{
	struct check check = {.arena = arena_create(0)};
	const struct doc_node *test = parse_line(&check, file->path, line, number);
	const char *id = field_text(&check, test, "id", "(no id)");
	if (!check.failed)
		case_run(&check, test, report->options);
	record(report, file, id, &check);
	arena_destroy(check.arena);
}

static void run_world(struct report *report, struct file_report *file, const struct line lines[2], uint32_t number,
                      const struct doc_node *ties)
{
	struct check check = {.arena = arena_create(0)};
	const struct doc_node *world = parse_line(&check, file->path, &lines[0], number);
	const struct doc_node *answer = parse_line(&check, file->path, &lines[1], number);
	const char *id = field_text(&check, world, "id", "(no id)");
	if (strcmp(id, field_text(&check, answer, "id", "(no id)")) != 0)
		check_problem(&check, "the answer on line %u is about another world", number);
	if (!check.failed)
		world_run(&check, world, answer, (struct world_tie){ties, id}, report->options);
	record(report, file, id, &check);
	arena_destroy(check.arena);
}

/* ---- one file ---- */

static bool ends_with(const char *text, const char *suffix)
{
	size_t length = strlen(text), tail = strlen(suffix);
	return length >= tail && strcmp(text + length - tail, suffix) == 0;
}

static struct file_report *add_file(struct report *report, const char *path)
{
	struct file_report *file = VEC_PUSH(&report->files);
	file->path = keep(report->arena, path);
	return file;
}

static bool run_cases(struct report *report, const char *path, struct error *error)
{
	struct lines lines;
	if (!lines_read(path, &lines, error))
		return false;
	struct file_report *file = add_file(report, path);
	for (uint32_t i = 0; i < lines.count; i++)
		run_case(report, file, &lines.items[i], i + 1);
	lines_free(&lines);
	return true;
}

/* The ties listed for a file of worlds, from ties.json beside it; an empty `ret_ties` when there is no such file. */
static bool read_ties(struct report *report, const char *path, const struct doc_node **ret_ties, struct error *error)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	const char *ties_path = arena_printf(report->arena, "%.*s%s", (int)(base - path), path, TIES_FILE);
	const char *name = arena_text(report->arena, base, strlen(base) - strlen(WORLDS_SUFFIX));
	char *bytes;
	size_t length;
	*ret_ties = NULL;
	struct stat info;
	if (stat(ties_path, &info) != 0)
		return true;
	if (!doc_read_file(ties_path, 0, &bytes, &length, error))
		return false;
	struct doc_node *document = NULL;
	bool parsed = doc_parse_json(report->arena, ties_path, bytes, length, NULL, NULL, &document);
	free(bytes);
	if (!parsed)
		return error_set(error, ERROR_BAD_INPUT, "%s: not a JSON value", ties_path);
	*ret_ties = field(document, name);
	return true;
}

static bool run_worlds(struct report *report, const char *path, struct error *error)
{
	const char *answers_path =
	    arena_printf(report->arena, "%.*s%s", (int)(strlen(path) - strlen(WORLDS_SUFFIX)), path, ANSWERS_SUFFIX);
	const struct doc_node *ties;
	struct lines worlds, answers;
	if (!read_ties(report, path, &ties, error) || !lines_read(path, &worlds, error))
		return false;
	if (!lines_read(answers_path, &answers, error)) {
		lines_free(&worlds);
		return false;
	}
	bool paired = worlds.count == answers.count;
	if (!paired)
		error_set(error, ERROR_BAD_INPUT, "%s: %u worlds, but %u answers", path, worlds.count, answers.count);
	struct file_report *file = paired ? add_file(report, path) : NULL;
	for (uint32_t i = 0; paired && i < worlds.count; i++)
		run_world(report, file, (struct line[]){worlds.items[i], answers.items[i]}, i + 1, ties);
	lines_free(&worlds);
	lines_free(&answers);
	return paired;
}

/* ---- finding files ---- */

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool run_path(struct report *report, const char *path, uint32_t depth, struct error *error);

static bool run_folder(struct report *report, const char *path, uint32_t depth, struct error *error)
{
	struct dirent **entries;
	int count = depth < MAX_DEPTH ? scandir(path, &entries, is_visible, compare_names) : -1;
	if (count < 0)
		return error_set(error, ERROR_BAD_INPUT, "%s: %s", path, depth < MAX_DEPTH ? strerror(errno) : "too deep");
	bool fine = true;
	for (int i = 0; i < count; i++) {
		const char *child = arena_printf(report->arena, "%s/%s", path, entries[i]->d_name);
		struct stat info;
		bool is_folder = stat(child, &info) == 0 && S_ISDIR(info.st_mode);
		if (fine && (is_folder || ends_with(child, CASES_SUFFIX) || ends_with(child, WORLDS_SUFFIX)))
			fine = run_path(report, child, depth + 1, error);
		free(entries[i]);
	}
	free(entries);
	return fine;
}

static bool run_path(struct report *report, const char *path, uint32_t depth, struct error *error)
{
	struct stat info;
	if (stat(path, &info) != 0)
		return error_set(error, ERROR_BAD_INPUT, "%s: %s", path, strerror(errno));
	if (S_ISDIR(info.st_mode))
		return run_folder(report, path, depth, error);
	if (ends_with(path, WORLDS_SUFFIX))
		return run_worlds(report, path, error);
	if (ends_with(path, CASES_SUFFIX))
		return run_cases(report, path, error);
	return error_set(error, ERROR_BAD_INPUT, "%s: neither a folder, nor *%s, nor *%s", path, CASES_SUFFIX, WORLDS_SUFFIX);
}

/* ---- printing ---- */

static void print_table(const struct report *report, const struct conformance_totals *totals, FILE *out)
{
	int width = 5;
	for (uint32_t i = 0; i < report->files.count; i++)
		width = MAX(width, (int)strlen(report->files.items[i].path));
	fprintf(out, "%-*s  PASSED/CASES\n", width, "FILE");
	for (uint32_t i = 0; i < report->files.count; i++) {
		const struct file_report *file = &report->files.items[i];
		uint32_t failed = file->cases - file->passed, listed = 0;
		fprintf(out, "%-*s  %u/%u\n", width, file->path, file->passed, file->cases);
		for (uint32_t j = 0; j < file->outcomes.count; j++) {
			const struct outcome *outcome = &file->outcomes.items[j];
			if (!outcome->failed || listed++ < report->options->list_failures)
				fprintf(out, "  %s %s: %s\n", outcome->failed ? "FAIL" : "tie ", outcome->id, outcome->text);
		}
		if (failed > report->options->list_failures)
			fprintf(out, "  … and %u more\n", failed - report->options->list_failures);
	}
	fprintf(out, "total %u/%u\n", totals->passed, totals->cases);
}

static const struct list_column file_columns[] = {
    {"file", "FILE", false}, {"passed", "PASSED", true}, {"cases", "CASES", true}, {"ties", "TIES", true}};

static const struct list_column outcome_columns[] = {
    {"file", "FILE", false},       {"id", "CASE", false},   {"passed", "PASSED", false},
    {"problem", "PROBLEM", false}, {"what", "WHAT", false}, {"expected", "EXPECTED", false},
    {"got", "GOT", false},         {"rule", "RULE", false}, {"tie", "TIE", false}};

static void list_outcome(struct list *list, const char *file, const struct outcome *outcome)
{
	list_text(list, file);
	list_text(list, outcome->id);
	list_bool(list, !outcome->failed);
	list_text(list, outcome->check.problem);
	list_text(list, outcome->check.what);
	list_text(list, outcome->check.expected);
	list_text(list, outcome->check.got);
	list_text(list, outcome->check.rule);
	list_text(list, outcome->check.tie);
}

static void list_file(struct list *files, struct list *outcomes, const struct file_report *file, uint32_t list_failures)
{
	uint32_t listed = 0;
	list_text(files, file->path);
	list_int(files, file->passed);
	list_int(files, file->cases);
	list_int(files, file->ties);
	for (uint32_t i = 0; i < file->outcomes.count; i++)
		if (!file->outcomes.items[i].failed || listed++ < list_failures)
			list_outcome(outcomes, file->path, &file->outcomes.items[i]);
}

/* For programs; CSV: the outcomes alone. */
static void print_lists(const struct report *report, const struct conformance_totals *totals, FILE *out)
{
	struct list *head = list_create(file_columns + 1, ARRAY_COUNT(file_columns) - 1);
	struct list *files = list_create(file_columns, ARRAY_COUNT(file_columns));
	struct list *outcomes = list_create(outcome_columns, ARRAY_COUNT(outcome_columns));
	list_int(head, totals->passed);
	list_int(head, totals->cases);
	list_int(head, totals->ties);
	for (uint32_t i = 0; i < report->files.count; i++)
		list_file(files, outcomes, &report->files.items[i], report->options->list_failures);
	const struct list_member members[] = {{"files", files}, {"outcomes", outcomes}};
	if (report->options->format == LIST_CSV)
		list_print(outcomes, LIST_CSV, out);
	else
		list_print_document(head, members, ARRAY_COUNT(members), report->options->format, out);
	list_destroy(head);
	list_destroy(files);
	list_destroy(outcomes);
}

bool app_conformance(const char *const *paths, uint32_t n_paths, const struct conformance_options *options, FILE *out,
                     struct conformance_totals *ret_totals, struct error *error)
{
	struct report report = {.options = options, .arena = arena_create(0)};
	bool fine = true;
	for (uint32_t i = 0; i < n_paths && fine; i++)
		fine = run_path(&report, paths[i], 0, error);
	if (fine) {
		*ret_totals = (struct conformance_totals){0};
		for (uint32_t i = 0; i < report.files.count; i++) {
			ret_totals->passed += report.files.items[i].passed;
			ret_totals->cases += report.files.items[i].cases;
			ret_totals->ties += report.files.items[i].ties;
		}
		if (options->format == LIST_TABLE)
			print_table(&report, ret_totals, out);
		else
			print_lists(&report, ret_totals, out);
	}
	for (uint32_t i = 0; i < report.files.count; i++)
		VEC_FREE(&report.files.items[i].outcomes);
	VEC_FREE(&report.files);
	arena_destroy(report.arena);
	return fine;
}
