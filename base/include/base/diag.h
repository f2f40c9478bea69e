/* diag.h - every problem found in the user's files, each with its place and, where one can be given, a suggestion.
 *
 * Readers go on after a problem and report all of them together; whoever called decides whether errors stop the work.
 * Printed as `file:line:col: error: text; suggestion`, in order of file, line and column. */
#ifndef BERTH_BASE_DIAG_H
#define BERTH_BASE_DIAG_H

#include <stdio.h>

#include "base/base.h"

enum diag_severity { DIAG_NOTE, DIAG_WARNING, DIAG_ERROR };
extern const char *const diag_severity_names[];

/* Line and column start at 1; 0 means "the file as a whole". The list keeps a copy of the file's name. */
struct diag_place {
	const char *file;
	uint32_t line, column;
};

struct diag {
	enum diag_severity severity;
	struct diag_place place;
	char *text;
	char *suggestion; /* NULL when there is none */
	char *file;       /* what place.file points to */
};

struct diags;

NODISCARD struct diags *diags_create(void);
void diags_destroy(struct diags *diags); /* accepts NULL */

/* At most 200 problems are kept; diags_print() says how many more there were. */
void diag_add(struct diags *diags, enum diag_severity severity, struct diag_place place, const char *suggestion,
              const char *format, ...) PRINTF_LIKE(5, 6);
uint32_t diags_count(const struct diags *diags, enum diag_severity at_least);
/* Sorted by file, line, column. The pointer is valid until the next diag_add(). */
const struct diag *diags_sorted(struct diags *diags, uint32_t *ret_count);
void diags_print(struct diags *diags, FILE *out);

/* The candidate nearest to `word` by edit distance, or NULL if none is near enough to be what was meant. */
const char *diag_nearest(const char *word, const char *const *candidates, uint32_t count);

#endif
