/* test_store.c - run databases: rows, views, commit and rename, refusal of other files, a full disk. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "store/store.h"

static char folder[] = "test-store-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/run.db", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder); /* fails when something half-written was left behind */
}

static struct store *create(void)
{
	struct error error;
	struct store *store;
	assert_true(store_create(path, &store, &error));
	assert_int_not_equal(access(path, F_OK), 0);
	return store;
}

#define INSERT(...) assert_true(store_insert(store, &error, __VA_ARGS__))

static void insert_job(struct store *store, int64_t job, const char *name, int64_t queue, int64_t admitted_us)
{
	struct error error;
	INSERT("job", "issss iinii nnnn inn iiiiii iiii s ii iiiiii nnn", job, name, "ns", NULL, "prod", INT64_C(0), queue,
	       INT64_C(-1), INT64_C(8), INT64_C(5000000), admitted_us, INT64_C(-1), INT64_C(-1), INT64_C(-1), INT64_C(60),
	       INT64_C(-1), INT64_C(-1), INT64_C(1), INT64_C(2), INT64_C(3), INT64_C(4), INT64_C(5), INT64_C(6), INT64_C(0),
	       INT64_C(0), INT64_C(0), INT64_C(0), NULL, INT64_C(0), INT64_C(0), INT64_C(0), INT64_C(0), INT64_C(0), INT64_C(0),
	       INT64_C(0), INT64_C(0), INT64_C(-1), INT64_C(-1), INT64_C(-1));
}

static void insert_world(struct store *store)
{
	struct error error;
	INSERT("run", "ss", "epoch_unix_s", "1767571200");
	INSERT("run", "ss", "warmup_us", "0");
	INSERT("run", "ss", "end_us", "65000000");
	INSERT("cluster", "isss", INT64_C(0), "main", "Kueue", "0.19");
	INSERT("cluster_queue", "iissn", INT64_C(0), INT64_C(3), "team-a", NULL, INT64_C(64));
}

static void rows_come_back_through_the_views(void **state)
{
	(void)state;
	struct error error;
	struct store *store = create();
	insert_world(store);
	insert_job(store, 0, "started", 3, 7500000);
	insert_job(store, 1, "unstarted", 3, -1);
	assert_true(store_commit(store, false, &error));

	assert_true(store_open(path, &store, &error));
	struct store_query *query;
	assert_true(
	    store_query(store, &query, &error,
	                "SELECT name, cluster_queue, submitted, started, wait_s, cost FROM jobs WHERE gpus = ? ORDER BY job",
	                "i", INT64_C(8)));
	assert_true(store_next(query, &error));
	assert_string_equal(store_text(query, 0), "started");
	assert_string_equal(store_text(query, 1), "team-a");
	assert_string_equal(store_text(query, 2), "2026-01-05T00:00:05Z");
	assert_int_equal(store_int(query, 3), 1);
	assert_true(fabs(store_double(query, 4) - 2.5) < 1e-12);
	assert_true(isnan(store_double(query, 5)));
	/* Not started: counts with the time it has waited so far. */
	assert_true(store_next(query, &error));
	assert_int_equal(store_int(query, 3), 0);
	assert_true(fabs(store_double(query, 4) - 60) < 1e-12);
	assert_false(store_next(query, &error));
	assert_int_equal(error.code, ERROR_NONE);
	store_query_end(query);
	store_close(store);
}

/* Every view compiles against the tables: SQLite checks a view only when it is used. */
static void every_view_can_be_read(void **state)
{
	(void)state;
	struct error error;
	struct store *store = create();
	struct store_query *views, *query;
	assert_true(store_query(store, &views, &error, "SELECT name FROM sqlite_schema WHERE type = 'view'", ""));
	int count = 0;
	while (store_next(views, &error)) {
		char sql[128];
		snprintf(sql, sizeof sql, "SELECT * FROM %s", store_text(views, 0));
		assert_true(store_query(store, &query, &error, sql, ""));
		while (store_next(query, &error))
			;
		assert_int_equal(error.code, ERROR_NONE);
		store_query_end(query);
		count++;
	}
	assert_true(count >= 7);
	store_query_end(views);
	store_abandon(store);
}

static void abandon_leaves_nothing(void **state)
{
	(void)state;
	store_abandon(create());
	assert_int_not_equal(access(path, F_OK), 0);
}

static void a_row_that_names_nothing_is_refused(void **state)
{
	(void)state;
	struct error error;
	struct store *store = create();
	insert_world(store);
	insert_job(store, 0, "lost", 99, -1);
	assert_false(store_commit(store, false, &error));
	assert_int_equal(error.code, ERROR_INVARIANT);
	assert_non_null(strstr(error.text, "cluster_queue"));
	assert_int_not_equal(access(path, F_OK), 0);
}

static void a_partial_run_says_so(void **state)
{
	(void)state;
	struct error error;
	struct store *store = create();
	assert_true(store_commit(store, true, &error));
	assert_true(store_open(path, &store, &error));
	struct store_query *query;
	assert_true(store_query(store, &query, &error, "SELECT value FROM run WHERE key = 'partial'", ""));
	assert_true(store_next(query, &error));
	assert_string_equal(store_text(query, 0), "1");
	store_query_end(query);
	store_close(store);
}

static void other_files_are_refused(void **state)
{
	(void)state;
	struct error error;
	struct store *store;
	assert_false(store_open(path, &store, &error));
	assert_non_null(strstr(error.text, "No such file"));
	FILE *file = fopen(path, "w");
	fputs("this is not a database, but it is long enough to be looked at", file);
	fclose(file);
	assert_false(store_open(path, &store, &error));
	assert_non_null(strstr(error.text, "not a run database"));
	assert_false(store_create("/nowhere/at/all/run.db", &store, &error));
	assert_non_null(strstr(error.text, "cannot write"));
}

/* The header of an SQLite file has the version at byte 60, big-endian, and the application at byte 68. */
static void set_header_byte(long at, int value)
{
	FILE *file = fopen(path, "r+");
	assert_non_null(file);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	assert_int_equal(fputc(value, file), value);
	fclose(file);
}

static void another_version_is_refused_with_its_number(void **state)
{
	(void)state;
	struct error error;
	struct store *store = create();
	assert_true(store_commit(store, false, &error));
	set_header_byte(63, 7);
	assert_false(store_open(path, &store, &error));
	assert_non_null(strstr(error.text, path));
	assert_non_null(strstr(error.text, "schema version 7, which this berth does not read: it reads version 1"));
	set_header_byte(63, 1);
	set_header_byte(71, 'x');
	assert_false(store_open(path, &store, &error));
	assert_non_null(strstr(error.text, "not a run database of berth"));
}

/* A limit on the file size stands for a full disk: the write fails, the old file stays as it was. */
static void a_full_disk_leaves_the_old_file(void **state)
{
	(void)state;
	struct error error;
	struct store *store = create();
	assert_true(store_commit(store, false, &error));

	assert_true(store_create(path, &store, &error));
	(void)signal(SIGXFSZ, SIG_IGN);
	struct rlimit old, small = {1 << 18, RLIM_INFINITY};
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	bool ok = true;
	for (int i = 0; i < 100000 && ok; i++)
		ok = store_insert(store, &error, "not_modelled", "s", "a line of text that fills pages of the file one by one");
	if (ok)
		ok = store_commit(store, false, &error);
	else
		store_abandon(store);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_false(ok);
	assert_true(store_open(path, &store, &error));
	store_close(store);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
	    TEST(rows_come_back_through_the_views),
	    TEST(every_view_can_be_read),
	    TEST(abandon_leaves_nothing),
	    TEST(a_row_that_names_nothing_is_refused),
	    TEST(a_partial_run_says_so),
	    TEST(other_files_are_refused),
	    TEST(a_full_disk_leaves_the_old_file),
	    TEST(another_version_is_refused_with_its_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
