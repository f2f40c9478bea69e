/* list.h - a list of rows for people and for programs: the same cells as table, JSON, YAML or CSV.
 *
 * A cell has what people read ("21m", "1,496") and what programs read (seconds as a number, null). Rows are filled cell by
 * cell in the order of the columns. */
#ifndef BERTH_APP_LIST_H
#define BERTH_APP_LIST_H

#include <stdio.h>

#include "base/base.h"

enum list_format { LIST_TABLE, LIST_JSON, LIST_YAML, LIST_CSV };
/* NULL-terminated, indexed by enum list_format. */
extern const char *const list_format_names[];
/* False for a name that is none of them. */
NODISCARD bool list_format_parse(const char *text, enum list_format *ret_format);

struct list_column {
	const char *key;     /* for programs: camelCase, unit last */
	const char *heading; /* for people */
	bool right;          /* numbers are set right in a table */
};

struct list;
/* `columns` is borrowed. */
NODISCARD struct list *list_create(const struct list_column *columns, uint32_t n_columns);
void list_destroy(struct list *list); /* accepts NULL */

void list_text(struct list *list, const char *text); /* NULL: null, shown as "-" */
/* People and programs read different texts. */
void list_texts(struct list *list, const char *shown, const char *text);
void list_int(struct list *list, int64_t value); /* shown with thousands separators */
/* Shown as `shown`; NAN is null and shown as "-". */
void list_number(struct list *list, double value, const char *shown);
void list_bool(struct list *list, bool value);

/* Only complete rows may be there. CSV has a heading line of keys. */
void list_print(const struct list *list, enum list_format format, FILE *out);

struct list_member {
	const char *key;
	struct list *list;
};
/* One document for programs, as JSON or YAML: the fields of the only row of `head`, then each list under its key. */
void list_print_document(const struct list *head, const struct list_member *members, uint32_t n_members,
                         enum list_format format, FILE *out);

#endif
