/* internal.h - what file.c and rows.c share: a connection, its prepared inserts, and how SQLite's errors are told. */
#ifndef BERTH_STORE_INTERNAL_H
#define BERTH_STORE_INTERNAL_H

#include <stdarg.h>
#include <sqlite3.h>

#include "store/store.h"

struct prepared_insert {
	char table[32];
	sqlite3_stmt *statement;
};

enum { MAX_TABLES = 32 };

struct store {
	sqlite3 *db;
	char *path;           /* the target, or the file that was opened */
	char *temporary_path; /* NULL when reading */
	struct prepared_insert inserts[MAX_TABLES];
	uint32_t n_inserts;
};

/* Always false: fills `error` with the connection's last message, after the file's name. */
bool store_fail(const struct store *store, const char *doing, struct error *error);
/* One or more statements without results. */
NODISCARD bool store_exec(struct store *store, const char *sql, const char *doing, struct error *error);
void store_finalize_inserts(struct store *store);

#endif
