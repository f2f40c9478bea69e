/* file.c - the life of a run database: temporary file, schema, commit and rename; opening one that is there.
 *
 * While it is written the file needs no journal: nobody sees it until the rename, and a failure removes it. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "schema.h"

/* "brth": tells our files from other SQLite databases. */
enum { APPLICATION_ID = 0x62727468, SCHEMA_VERSION = 1 };

bool store_exec(struct store *store, const char *sql, const char *doing, struct error *error)
{
	return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK || store_fail(store, doing, error);
}

/* Statements that lead from version `index` to `index + 1`. */
static const struct {
	const char *const *statements;
	size_t count;
} migrations[SCHEMA_VERSION] = {{schema_version_1, ARRAY_COUNT(schema_version_1)}};

static bool migrate(struct store *store, int64_t from, struct error *error)
{
	for (int64_t version = from; version < SCHEMA_VERSION; version++)
		for (size_t i = 0; i < migrations[version].count; i++)
			if (!store_exec(store, migrations[version].statements[i], "schema", error))
				return false;
	char pragmas[96];
	snprintf(pragmas, sizeof pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION_ID,
	         SCHEMA_VERSION);
	return store_exec(store, pragmas, "schema", error);
}

static void destroy(struct store *store)
{
	store_finalize_inserts(store);
	sqlite3_close(store->db);
	free(store->temporary_path);
	free(store->path);
	free(store);
}

static struct store *new_store(const char *path)
{
	struct store *store = xcalloc(1, sizeof *store);
	store->path = xcalloc(1, strlen(path) + 1);
	strcpy(store->path, path);
	return store;
}

/* A file of its own beside the target, so that the rename stays within one file system. */
static bool make_temporary(struct store *store, struct error *error)
{
	size_t size = strlen(store->path) + 32;
	char *path = xcalloc(1, size);
	snprintf(path, size, "%s.%ld.tmp", store->path, (long)getpid());
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0) {
		free(path);
		return error_set(error, ERROR_BAD_INPUT, "%s: cannot write: %s", store->path, strerror(errno));
	}
	close(fd);
	store->temporary_path = path;
	return true;
}

bool store_create(const char *path, struct store **ret_store, struct error *error)
{
	struct store *store = new_store(path);
	if (!make_temporary(store, error)) {
		destroy(store);
		return false;
	}
	if (sqlite3_open_v2(store->temporary_path, &store->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
		(void)store_fail(store, "create", error);
		store_abandon(store);
		return false;
	}
	if (!store_exec(store, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN", "create", error) ||
	    !migrate(store, 0, error)) {
		store_abandon(store);
		return false;
	}
	*ret_store = store;
	return true;
}

void store_abandon(struct store *store)
{
	if (!store)
		return;
	unlink(store->temporary_path);
	destroy(store);
}

/* SQLite's own checks; each gives one row "ok", or no row, when there is nothing wrong. */
static bool check_integrity(struct store *store, struct error *error)
{
	static const char *const checks[] = {
	    "SELECT quick_check FROM pragma_quick_check WHERE quick_check <> 'ok'",
	    "SELECT \"table\" || ' row ' || ifnull(rowid, '?') || ' names no ' || parent FROM pragma_foreign_key_check",
	};
	for (size_t i = 0; i < ARRAY_COUNT(checks); i++) {
		struct store_query *query;
		if (!store_query(store, &query, error, checks[i], ""))
			return false;
		bool bad = store_next(query, error);
		if (bad)
			error_set(error, ERROR_INVARIANT, "%s: integrity: %s", store->path, store_text(query, 0));
		store_query_end(query);
		if (bad || error->code != ERROR_NONE)
			return false;
	}
	return true;
}

static bool sync_path(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool ok = fsync(fd) == 0;
	return close(fd) == 0 && ok;
}

static bool rename_into_place(struct store *store, struct error *error)
{
	if (!sync_path(store->temporary_path, O_RDONLY) || rename(store->temporary_path, store->path) != 0)
		return error_set(error, ERROR_BAD_INPUT, "%s: cannot write: %s", store->path, strerror(errno));
	char *folder = xcalloc(1, strlen(store->path) + 1);
	strcpy(folder, store->path);
	(void)sync_path(dirname(folder), O_RDONLY | O_DIRECTORY); /* some file systems cannot: the rename stands anyway */
	free(folder);
	return true;
}

bool store_commit(struct store *store, bool partial, struct error *error)
{
	bool ok = store_insert(store, error, "run", "ss", "partial", partial ? "1" : "0") && check_integrity(store, error) &&
	          store_exec(store, "COMMIT", "commit", error);
	store_finalize_inserts(store);
	if (ok && sqlite3_close(store->db) == SQLITE_OK) {
		store->db = NULL;
		ok = rename_into_place(store, error);
	}
	if (!ok) {
		store_abandon(store);
		return false;
	}
	destroy(store);
	return true;
}

static bool read_pragma(struct store *store, const char *sql, int64_t *ret_value, struct error *error)
{
	struct store_query *query;
	if (!store_query(store, &query, error, sql, ""))
		return false;
	bool ok = store_next(query, error);
	if (ok)
		*ret_value = store_int(query, 0);
	store_query_end(query);
	return ok;
}

static bool check_version(struct store *store, struct error *error)
{
	int64_t application_id, version;
	if (!read_pragma(store, "PRAGMA application_id", &application_id, error) ||
	    !read_pragma(store, "PRAGMA user_version", &version, error))
		return error_wrap(error, "not a run database");
	if (application_id != APPLICATION_ID)
		return error_set(error, ERROR_BAD_INPUT, "%s: not a run database of berth", store->path);
	if (version < 1 || version > SCHEMA_VERSION)
		return error_set(error, ERROR_BAD_INPUT,
		                 "%s: a run database of schema version %lld, which this berth does not read: it reads %s%d; run the "
		                 "scenario again, or use the berth that wrote it",
		                 store->path, (long long)version, SCHEMA_VERSION > 1 ? "versions 1 to " : "version ",
		                 SCHEMA_VERSION);
	return true;
}

/* "COLLATE by_number": numbers within names in their own order, "gpu-9" before "gpu-10". Kubernetes names fit. */
static int compare_by_number(void *state, int a_length, const void *a, int b_length, const void *b)
{
	char left[256], right[256];
	(void)state;
	snprintf(left, sizeof left, "%.*s", a_length, (const char *)a);
	snprintf(right, sizeof right, "%.*s", b_length, (const char *)b);
	return strverscmp(left, right);
}

static bool connect_reader(struct store *store, struct error *error)
{
	return (sqlite3_open_v2(store->path, &store->db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
	        sqlite3_create_collation(store->db, "by_number", SQLITE_UTF8, NULL, compare_by_number) == SQLITE_OK) ||
	       store_fail(store, "open", error);
}

bool store_open(const char *path, struct store **ret_store, struct error *error)
{
	struct store *store = new_store(path);
	if (access(path, R_OK) != 0) {
		destroy(store);
		return error_set(error, ERROR_BAD_INPUT, "%s: %s", path, strerror(errno));
	}
	if (connect_reader(store, error) && check_version(store, error)) {
		*ret_store = store;
		return true;
	}
	destroy(store);
	return false;
}

void store_close(struct store *store)
{
	if (store)
		destroy(store);
}
