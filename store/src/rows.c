/* rows.c - rows in and rows out: prepared inserts by table name, and queries. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

struct store_query {
	struct store *store;
	sqlite3_stmt *statement;
	bool failed;
};

bool store_fail(const struct store *store, const char *doing, struct error *error)
{
	return error_set(error, ERROR_BAD_INPUT, "%s: %s: %s", store->path, doing, sqlite3_errmsg(store->db));
}

void store_finalize_inserts(struct store *store)
{
	for (uint32_t i = 0; i < store->n_inserts; i++)
		sqlite3_finalize(store->inserts[i].statement);
	store->n_inserts = 0;
}

/* Binds one value per letter, from parameter 1 on; blanks group letters for the reader. */
static int bind_values(sqlite3_stmt *statement, const char *types, va_list *args)
{
	int result = SQLITE_OK;
	int at = 0;
	for (const char *type = types; *type && result == SQLITE_OK; type++) {
		if (*type == ' ')
			continue;
		at++;
		switch (*type) {
		case 'i':
			result = sqlite3_bind_int64(statement, at, va_arg(*args, int64_t));
			break;
		case 'n': {
			int64_t value = va_arg(*args, int64_t);
			result = value < 0 ? sqlite3_bind_null(statement, at) : sqlite3_bind_int64(statement, at, value);
			break;
		}
		case 'd':
			result = sqlite3_bind_double(statement, at, va_arg(*args, double)); /* SQLite stores NAN as NULL */
			break;
		case 's':
			result = sqlite3_bind_text(statement, at, va_arg(*args, const char *), -1, SQLITE_TRANSIENT);
			break;
		default:
			assert(!"unknown type letter");
		}
	}
	return result;
}

static size_t count_letters(const char *types)
{
	size_t count = 0;
	for (; *types; types++)
		count += *types != ' ';
	return count;
}

static bool prepare_insert(struct store *store, const char *table, size_t n_values, sqlite3_stmt **ret_statement,
                           struct error *error)
{
	assert(store->n_inserts < MAX_TABLES && n_values > 0 && strlen(table) < sizeof store->inserts[0].table);
	char sql[256];
	int length = snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (?", table);
	for (size_t i = 1; i < n_values; i++)
		length += snprintf(sql + length, sizeof sql - (size_t)length, ",?");
	snprintf(sql + length, sizeof sql - (size_t)length, ")");
	sqlite3_stmt *statement;
	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
		return store_fail(store, table, error);
	struct prepared_insert *insert = &store->inserts[store->n_inserts++];
	snprintf(insert->table, sizeof insert->table, "%s", table);
	insert->statement = statement;
	*ret_statement = statement;
	return true;
}

static sqlite3_stmt *find_insert(const struct store *store, const char *table)
{
	for (uint32_t i = 0; i < store->n_inserts; i++)
		if (strcmp(store->inserts[i].table, table) == 0)
			return store->inserts[i].statement;
	return NULL;
}

bool store_insert_values(struct store *store, struct error *error, const char *table, const char *types, ...)
{
	sqlite3_stmt *statement = find_insert(store, table);
	if (!statement && !prepare_insert(store, table, count_letters(types), &statement, error))
		return false;
	va_list args;
	va_start(args, types);
	int result = bind_values(statement, types, &args);
	if (result == SQLITE_OK && va_arg(args, int64_t) != STORE_END)
		abort(); /* the letters promise other values than were given: a bug of the caller */
	va_end(args);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	bool ok = result == SQLITE_DONE || store_fail(store, table, error);
	sqlite3_reset(statement);
	return ok;
}

bool store_query(struct store *store, struct store_query **ret_query, struct error *error, const char *sql,
                 const char *types, ...)
{
	va_list args;
	va_start(args, types);
	bool ok = store_query_list(store, ret_query, error, sql, types, args);
	va_end(args);
	return ok;
}

bool store_query_list(struct store *store, struct store_query **ret_query, struct error *error, const char *sql,
                      const char *types, va_list args)
{
	sqlite3_stmt *statement;
	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
		return store_fail(store, "query", error);
	va_list values;
	va_copy(values, args);
	int result = bind_values(statement, types, &values);
	va_end(values);
	if (result != SQLITE_OK) {
		sqlite3_finalize(statement);
		return store_fail(store, "query", error);
	}
	struct store_query *query = xcalloc(1, sizeof *query);
	query->store = store;
	query->statement = statement;
	*ret_query = query;
	return true;
}

bool store_next(struct store_query *query, struct error *error)
{
	error->code = ERROR_NONE;
	int result = sqlite3_step(query->statement);
	if (result == SQLITE_ROW)
		return true;
	if (result != SQLITE_DONE)
		(void)store_fail(query->store, "query", error);
	return false;
}

int64_t store_int(const struct store_query *query, int column)
{
	return sqlite3_column_int64(query->statement, column);
}

double store_double(const struct store_query *query, int column)
{
	return store_is_null(query, column) ? NAN : sqlite3_column_double(query->statement, column);
}

const char *store_text(const struct store_query *query, int column)
{
	return (const char *)sqlite3_column_text(query->statement, column);
}

bool store_is_null(const struct store_query *query, int column)
{
	return sqlite3_column_type(query->statement, column) == SQLITE_NULL;
}

void store_query_end(struct store_query *query)
{
	if (!query)
		return;
	sqlite3_finalize(query->statement);
	free(query);
}
