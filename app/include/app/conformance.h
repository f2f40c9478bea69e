/* conformance.h - runs Kueue's own test cases and random worlds through the planner, and says which differ.
 *
 * A case of a whole pass and a random world go through exactly planner_apply, planner_cycle and planner_solo; a case about
 * one rule calls the function that the planner's pass calls, with the case's values as arguments. An operation or a field
 * that nobody knows fails the case, and is never skipped: what passes was understood completely, but for the few fields
 * of the list `not_asserted` (conformance_pass.c). */
#ifndef BERTH_APP_CONFORMANCE_H
#define BERTH_APP_CONFORMANCE_H

#include <stdio.h>

#include "app/list.h"
#include "base/error.h"

struct conformance_options {
	enum list_format format; /* LIST_CSV: the outcomes; JSON and YAML: totals, files and outcomes */
	uint32_t list_failures;  /* failing cases printed per file; the rest is counted */
	bool literal, check;     /* passed on to every planner: struct planner_options */
};

struct conformance_totals {
	uint32_t passed, cases;
	uint32_t ties; /* passed only up to a listed tie */
};

/* Every path is a file (*.jsonl, or *.in.jsonl.gz with its *.kueue.jsonl.gz beside it) or a folder with such files at any
 * depth, visited in order of name. The report goes to `out`. False only when the input cannot be read; failing cases
 * are not an error but a difference between passed and cases. */
NODISCARD bool app_conformance(const char *const *paths, uint32_t n_paths, const struct conformance_options *options,
                               FILE *out, struct conformance_totals *ret_totals, struct error *error);

#endif
