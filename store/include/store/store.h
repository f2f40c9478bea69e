/* store.h - one run in one SQLite file. Schema, migrations and documented views live in this room and nowhere else.
 *
 * A run is written to a temporary file beside the target and renamed when complete, so a full disk or a kill leaves nothing
 * half-written. Tables are STRICT. Rows are plain values: this room knows neither world nor simulator. */
#ifndef BERTH_STORE_STORE_H
#define BERTH_STORE_STORE_H

#include <stdarg.h>

#include "base/error.h"

struct store;

/* ---- writing ---- */

NODISCARD bool store_create(const char *path, struct store **ret_store, struct error *error);
/* Generic prepared insert: one call per row keeps the room small and every table in schema.sql. Values are bound by
 * type letter: 'i' int64_t, 'n' int64_t (negative -> NULL), 'd' double (NAN -> NULL), 's' const char * (NULL -> NULL);
 * blanks between letters are for the reader. `table` names a table of the schema whose column order matches. */
#define store_insert(...) store_insert_values(__VA_ARGS__, STORE_END)
NODISCARD bool store_insert_values(struct store *store, struct error *error, const char *table, const char *types, ...);
/* Ends the values of an insert, so that a letter without its value is caught and never stored. */
#define STORE_END INT64_C(0x656e642d6f662d72)
/* Checks integrity, commits, renames into place, and frees the store whether it worked or not. `partial` marks an
 * interrupted run: run.partial is '1'. */
NODISCARD bool store_commit(struct store *store, bool partial, struct error *error);
void store_abandon(struct store *store); /* removes the temporary file; accepts NULL */

/* ---- reading ---- */

/* Queries of it may sort names with COLLATE by_number: "gpu-9" before "gpu-10". */
NODISCARD bool store_open(const char *path, struct store **ret_store, struct error *error);
void store_close(struct store *store);

struct store_query;
/* SQL over the documented views; parameters bound like store_insert. */
NODISCARD bool store_query(struct store *store, struct store_query **ret_query, struct error *error, const char *sql,
                           const char *types, ...);
NODISCARD bool store_query_list(struct store *store, struct store_query **ret_query, struct error *error, const char *sql,
                                const char *types, va_list args);
/* False at the end or on error (then `error` is set). */
NODISCARD bool store_next(struct store_query *query, struct error *error);
int64_t store_int(const struct store_query *query, int column);
double store_double(const struct store_query *query, int column);    /* NAN for NULL */
const char *store_text(const struct store_query *query, int column); /* NULL for NULL; until the next row */
bool store_is_null(const struct store_query *query, int column);
void store_query_end(struct store_query *query);

#endif
