/* test_traces.c - reader, formats, conversion and bad input, with tiny inline files. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <signal.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/instant.h"
#include "traces/traces.h"

#include <glib.h>
#include <glib/gstdio.h>

/* What a trace said, kept beyond the call. */
struct seen {
	struct trace_record records[64];
	uint32_t count;
	struct trace_counts counts;
	struct error error;
};

static char *keep(const char *text)
{
	return text ? g_strdup(text) : NULL;
}

static bool take(void *state, const struct trace_record *record, enum skip_reason *ret_skip)
{
	struct seen *seen = state;
	(void)ret_skip;
	assert_true(seen->count < ARRAY_COUNT(seen->records));
	struct trace_record *kept = &seen->records[seen->count++];
	*kept = *record;
	kept->id = keep(record->id);
	kept->user = keep(record->user);
	kept->queue = keep(record->queue);
	kept->namespace_name = keep(record->namespace_name);
	kept->priority_class = keep(record->priority_class);
	kept->gpu_type = keep(record->gpu_type);
	return true;
}

static void forget(struct seen *seen)
{
	for (uint32_t i = 0; i < seen->count; i++) {
		struct trace_record *record = &seen->records[i];
		const char *texts[] = {record->id,       record->user,          record->queue, record->namespace_name,
		                       record->gpu_type, record->priority_class};
		for (size_t k = 0; k < ARRAY_COUNT(texts); k++)
			g_free((void *)(uintptr_t)texts[k]);
	}
}

static bool read_bytes(struct seen *seen, enum trace_format format, const void *bytes, size_t length)
{
	*seen = (struct seen){0};
	bool ok = trace_read_bytes("t", bytes, length, format, take, seen, &seen->counts, &seen->error);
	if (ok) {
		int64_t skipped = 0;
		for (int i = 0; i < SKIP_COUNT; i++)
			skipped += seen->counts.skipped[i];
		assert_int_equal(seen->counts.rows_read, seen->counts.rows_used + skipped);
		assert_int_equal(seen->counts.rows_used, seen->count);
	}
	return ok;
}

static bool read_text(struct seen *seen, enum trace_format format, const char *text)
{
	return read_bytes(seen, format, text, strlen(text));
}

static void expect_error(enum trace_format format, const char *text, const char *expected)
{
	struct seen seen;
	if (read_text(&seen, format, text))
		fail_msg("no error, where this was expected: %s", expected);
	assert_string_equal(seen.error.text, expected);
	assert_int_equal(seen.error.code, ERROR_BAD_INPUT);
	forget(&seen);
}

static int64_t unix_us(const char *instant)
{
	int64_t us;
	struct error error;
	assert_true(instant_parse(instant, &us, &error));
	return us;
}

static const char philly_text[] = "timestamp,duration,num_gpus,gpu_time,cluster\n"
                                  "2017-10-09 07:01:55,66.0,1,66.0,11cb48\n"
                                  "2017-11-05 01:30:00,10.0,2,20.0,6214e9\n" /* clocks go back at 02:00: twice */
                                  "2017-11-05 02:00:00,10.0,2,20.0,6214e9\n"
                                  "2018-03-11 02:30:00,10.0,2,20.0,6214e9\n" /* clocks go forward at 02:00: never */
                                  ",,,,\n"
                                  ",5.0,1,5.0,a\n"
                                  "2017-10-09 07:01:55,,1,,a\n"
                                  "2017-10-09 07:01:55,-5.0,1,-5.0,a\n"
                                  "2017-10-09 07:01:55,5.0,0,0,a\n"
                                  "2017-02-30 07:01:55,5.0,1,5.0,a\n"
                                  "2017-10-09 07:01:55,1e300,1,5.0,a\n";

static void philly_is_pacific_time(void **state)
{
	(void)state;
	struct seen seen;
	assert_true(read_text(&seen, TRACE_AUTO, philly_text));
	assert_int_equal(seen.count, 4);
	assert_true(seen.records[0].submit_unix_us == unix_us("2017-10-09T14:01:55Z"));
	assert_true(seen.records[1].submit_unix_us == unix_us("2017-11-05T08:30:00Z"));
	assert_true(seen.records[2].submit_unix_us == unix_us("2017-11-05T10:00:00Z"));
	assert_true(seen.records[3].submit_unix_us == unix_us("2018-03-11T10:00:00Z"));
	assert_int_equal(seen.records[0].run_us, 66 * US_PER_S);
	assert_int_equal(seen.records[1].gpus, 2);
	assert_string_equal(seen.records[1].queue, "6214e9");
	assert_null(seen.records[0].id);
	assert_int_equal(seen.records[0].wait_us, -1);
	assert_int_equal(seen.records[3].row, 4);
	assert_int_equal(seen.counts.rows_read, 11);
	assert_int_equal(seen.counts.skipped[SKIP_EMPTY], 1);
	assert_int_equal(seen.counts.skipped[SKIP_NO_SUBMIT], 1);
	assert_int_equal(seen.counts.skipped[SKIP_NO_RUN_TIME], 1);
	assert_int_equal(seen.counts.skipped[SKIP_ZERO_RUN_TIME], 1);
	assert_int_equal(seen.counts.skipped[SKIP_NO_SIZE], 1);
	assert_int_equal(seen.counts.skipped[SKIP_MALFORMED], 2);
	forget(&seen);
}

static void swf_reads_what_it_says(void **state)
{
	(void)state;
	struct seen seen;
	assert_true(read_text(&seen, TRACE_AUTO,
	                      "; Version: 2.2\n"
	                      "; UnixStartTime: 843480031\n"
	                      ";       MaxProcs: 100\n"
	                      "   15   599850 192180   3477    4     -1    -1    8  53940    -1  1  12  12  -1 3 -1 -1 -1\n"
	                      "\t16 10 -1 20.5 5 489.00 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 {1,2} q_2w 1:ppn=1\n"
	                      "\n"
	                      "17 10 5 -1 5 -1 -1 5 -1 -1 5 -1 -1 -1 -1 -1 -1 -1\n"
	                      "18 10 5 -1 5 -1 -1 5 -1 -1 0 -1 -1 -1 -1 -1 -1 -1\n"
	                      "19 10 5 0 5 -1 -1 5 -1 -1 1 -1 -1 -1 -1 -1 -1 -1\n"
	                      "20 10 5 7 0 -1 -1 -1 -1 -1 1 -1 -1 -1 -1 -1 -1 -1\n"
	                      "21 -1 5 7 1 -1 -1 -1 -1 -1 1 -1 -1 -1 -1 -1 -1 -1\n"
	                      "16 12 5 7 1 -1 -1 -1 -1 -1 1 -1 -1 -1 -1 -1 -1 -1\n"
	                      "22 12 5 7 1 -1 -1 -1 -1 -1 3 -1 -1 -1 -1 -1 -1 -1\n"
	                      "23 12 5 x 1 -1 -1 -1 -1 -1 1 -1 -1 -1 -1 -1 -1 -1\n"
	                      "24 12 5 7 99999999999 -1 -1 -1 -1 -1 1 -1 -1 -1 -1 -1 -1 -1"));
	assert_int_equal(seen.count, 2);
	const struct trace_record *first = &seen.records[0], *second = &seen.records[1];
	assert_string_equal(first->id, "15");
	assert_true(first->submit_unix_us == (INT64_C(843480031) + 599850) * US_PER_S);
	assert_true(first->wait_us == 192180 * US_PER_S && first->run_us == 3477 * US_PER_S);
	assert_true(first->requested_us == 53940 * US_PER_S);
	assert_int_equal(first->gpus, 8); /* requested, not the 4 allocated */
	assert_int_equal(first->status, STATUS_COMPLETED);
	assert_string_equal(first->user, "12");
	assert_string_equal(first->queue, "3");
	assert_int_equal(second->gpus, 5);
	assert_int_equal(second->run_us, 20500000);
	assert_int_equal(second->wait_us, -1);
	assert_int_equal(second->requested_us, -1);
	assert_int_equal(second->status, STATUS_UNKNOWN);
	assert_null(second->user);
	const int64_t *skipped = seen.counts.skipped;
	assert_int_equal(seen.counts.rows_read, 12);
	assert_int_equal(skipped[SKIP_EMPTY], 1);
	assert_int_equal(skipped[SKIP_CANCELLED_BEFORE_START], 1);
	assert_int_equal(skipped[SKIP_NO_RUN_TIME], 1);
	assert_int_equal(skipped[SKIP_ZERO_RUN_TIME], 1);
	assert_int_equal(skipped[SKIP_NO_SIZE], 1);
	assert_int_equal(skipped[SKIP_NO_SUBMIT], 1);
	assert_int_equal(skipped[SKIP_DUPLICATE_ID], 2);
	assert_int_equal(skipped[SKIP_MALFORMED], 2);
	forget(&seen);
	expect_error(TRACE_AUTO, "; x\n1 2 3\n", "t:2:1: 3 fields where the Standard Workload Format has 18");
	expect_error(TRACE_SWF, "; MaxProcs: many\n", "t:1: 'many' is not a whole number");
}

static void csv_header_decides(void **state)
{
	(void)state;
	struct seen seen;
	assert_true(read_text(&seen, TRACE_AUTO,
	                      "\xef\xbb\xbfsubmit,runTime,gpus,id,user,queue\r\n"
	                      "2026-01-05T00:00:00+01:00,1h30m,16,a,\"Doe, \"\"J\"\"\nJane\",nlp\r\n"
	                      "1767571200.25,90.5,1,b,,\r\n"
	                      "\r\n"
	                      "1767571200,,1,c,,\r\n"
	                      ",5,1,d,,\r\n"
	                      "1767571200,0,1,e,,\r\n"
	                      "1767571200,5,,f,,\r\n"
	                      "1767571200,5,1,a,,\r\n"));
	assert_int_equal(seen.count, 2);
	assert_true(seen.records[0].submit_unix_us == unix_us("2026-01-04T23:00:00Z"));
	assert_true(seen.records[0].run_us == 90 * 60 * US_PER_S);
	assert_int_equal(seen.records[0].gpus, 16);
	assert_string_equal(seen.records[0].user, "Doe, \"J\"\nJane");
	assert_true(seen.records[1].submit_unix_us == unix_us("2026-01-05T00:00:00Z") + 250000);
	assert_int_equal(seen.records[1].run_us, 90500000);
	assert_null(seen.records[1].user);
	assert_int_equal(seen.counts.rows_read, 8);
	assert_int_equal(seen.counts.skipped[SKIP_EMPTY], 1);
	assert_int_equal(seen.counts.skipped[SKIP_NO_RUN_TIME], 1);
	assert_int_equal(seen.counts.skipped[SKIP_NO_SUBMIT], 1);
	assert_int_equal(seen.counts.skipped[SKIP_ZERO_RUN_TIME], 1);
	assert_int_equal(seen.counts.skipped[SKIP_NO_SIZE], 1);
	assert_int_equal(seen.counts.skipped[SKIP_DUPLICATE_ID], 1);
	forget(&seen);
}

static void pods_complete_gpus(void **state)
{
	(void)state;
	struct seen seen;
	assert_true(read_text(&seen, TRACE_CSV,
	                      "submit,runTime,pods,gpusPerPod,gpus,cpuPerPod,memoryPerPod,status,gpuType\n"
	                      "0,5,4,8,,90,64Gi,Failed,H100\n"
	                      "0,5,2,,6,500m,,,\n"
	                      "0,5,3,,,2,,Completed,\n"));
	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.records[0].gpus, 32);
	assert_int_equal(seen.records[0].cpu_milli_per_pod, 90000);
	assert_true(seen.records[0].memory_bytes_per_pod == INT64_C(64) << 30);
	assert_int_equal(seen.records[0].status, STATUS_FAILED);
	assert_string_equal(seen.records[0].gpu_type, "H100");
	assert_int_equal(seen.records[1].gpus, 6);
	assert_int_equal(seen.records[1].cpu_milli_per_pod, 500);
	assert_int_equal(seen.records[1].memory_bytes_per_pod, -1);
	assert_int_equal(seen.records[2].gpus, 0); /* pods of cpu alone have a size, too */
	forget(&seen);
}

static void json_lines_are_the_same_columns(void **state)
{
	(void)state;
	struct seen seen;
	assert_true(read_text(&seen, TRACE_AUTO,
	                      "{\"id\": \"a\", \"submit\": \"2026-01-05T00:00:00Z\", \"runTime\": \"40m\", \"gpus\": 2}\n"
	                      "{\"id\": \"b\", \"submit\": 1767571200, \"runTime\": 2.5e3, \"gpus\": 2, \"queue\": null}\n"
	                      "\n"
	                      "{}\n"));
	assert_int_equal(seen.count, 2);
	assert_true(seen.records[0].submit_unix_us == seen.records[1].submit_unix_us);
	assert_true(seen.records[0].run_us == 2400 * US_PER_S && seen.records[1].run_us == 2500 * US_PER_S);
	assert_null(seen.records[1].queue);
	assert_int_equal(seen.counts.skipped[SKIP_EMPTY], 2);
	forget(&seen);
	expect_error(TRACE_JSON_LINES, "{\"submit\": 0, \"runtime\": 5, \"gpus\": 1}\n",
	             "t:1:15: unknown column 'runtime'; did you mean 'runTime'?");
	expect_error(TRACE_JSON_LINES, "{\"submit\": 0, \"runTime\": [5], \"gpus\": 1}\n",
	             "t:1:26: runTime: a sequence where a text or a number belongs");
	expect_error(TRACE_JSON_LINES, "\n[1]\n", "t:2:1: a line holds one JSON object");
	expect_error(TRACE_JSON_LINES, "{\"submit\": 0, \"runTime\": \"-5m\", \"gpus\": 1}\n",
	             "t:1:26: runTime: '-5m' is negative");
}

static void checkpoints_are_read(void **state)
{
	(void)state;
	struct seen seen;
	assert_true(read_text(&seen, TRACE_CSV,
	                      "submit,runTime,gpus,checkpointInterval,checkpointSaveTime,checkpointRestoreTime\n"
	                      "0,3600,1,10m,1.5,90\n0,3600,1,1h,,\n0,3600,1,,,\n"));
	assert_int_equal(seen.records[0].checkpoint_interval_us, 600 * US_PER_S);
	assert_int_equal(seen.records[0].checkpoint_save_us, 1500 * US_PER_MS);
	assert_int_equal(seen.records[0].checkpoint_restore_us, 90 * US_PER_S);
	assert_int_equal(seen.records[1].checkpoint_interval_us, 3600 * US_PER_S);
	assert_int_equal(seen.records[1].checkpoint_save_us, -1);
	assert_int_equal(seen.records[2].checkpoint_interval_us, -1);
	forget(&seen);
	expect_error(TRACE_CSV, "submit,runTime,gpus,checkpointSaveTime\n0,5,1,2\n",
	             "t:2:1: checkpointInterval is missing beside checkpointSaveTime");
	expect_error(TRACE_JSON_LINES, "{\"submit\": 0, \"runTime\": 5, \"gpus\": 1, \"checkpointRestoreTime\": 2}\n",
	             "t:1:1: checkpointInterval is missing beside checkpointRestoreTime");
	expect_error(TRACE_CSV, "submit,runTime,gpus,checkpointInterval\n0,5,1,0.9\n",
	             "t:2:1: checkpointInterval is below a second");
}

static void bad_csv_is_refused_at_its_place(void **state)
{
	(void)state;
	expect_error(TRACE_CSV, "submit,runTime,gpu\n", "t:1: unknown column 'gpu'; did you mean 'gpus'?");
	expect_error(TRACE_CSV, "submit,elephants\n",
	             "t:1: unknown column 'elephants'; known are id, submit, runTime, wait, requestedTime, gpus, pods, "
	             "gpusPerPod, cpuPerPod, memoryPerPod, queue, namespace, user, priorityClass, gpuType, status, "
	             "checkpointInterval, checkpointSaveTime, checkpointRestoreTime");
	expect_error(TRACE_CSV, "submit,runTime,gpus,gpus\n", "t:1: column 'gpus' stands twice in the header");
	expect_error(TRACE_CSV, "submit,gpus\n", "t:1: the header lacks the column 'runTime'");
	expect_error(TRACE_CSV, "submit,runTime\n", "t:1: the header has neither 'gpus' nor 'pods': jobs would have no size");
	expect_error(TRACE_CSV, "submit,runTime,gpus\n0,5,1\n0,5\n", "t:3:1: 2 fields where the header has 3");
	expect_error(TRACE_CSV, "submit,runTime,gpus,user\n0,5,1,a\n\n0,5,1,\"b\n0,5,1,c\n",
	             "t:4: a quote opened in the row that begins here is never closed");
	expect_error(TRACE_CSV, "submit,runTime,gpus,user\n0,5,1,a\"b\n",
	             "t:2: column 8: a stray quote: a field with quotes is quoted as a whole, quotes inside are doubled");
	expect_error(TRACE_CSV, "submit,runTime,gpus\n0,-5m,1\n", "t:2:3: runTime: '-5m' is negative");
	expect_error(TRACE_CSV, "submit,runTime,gpus\n0,-5,1\n", "t:2:3: runTime: '-5' is negative");
	expect_error(TRACE_CSV, "submit,runTime,gpus\n0,1e10,1\n", "t:2:3: runTime: '1e10' is longer than a century");
	expect_error(TRACE_CSV, "submit,runTime,gpus\n0,5,1.5\n", "t:2:5: gpus: '1.5' is not a whole number from 0 to 10000000");
	expect_error(TRACE_CSV, "submit,runTime,gpus\n0,5,99999999999999999999\n",
	             "t:2:5: gpus: '99999999999999999999' is not a whole number from 0 to 10000000");
	expect_error(TRACE_CSV, "id,submit,runTime,gpus\n\"a,\"\"b\",0,x,1\n",
	             "t:2:11: runTime: 'x' is not a duration such as 90m, 1h30m, 28d or 250ms");
	expect_error(TRACE_CSV, "id,submit,runTime,gpus\n\"a\nb\",0,-1,1\n", "t:2:1: runTime: '-1' is negative");
	expect_error(TRACE_CSV, "submit,runTime,gpus,id\n0,5,1,a\xff\n", "t:2:7: id: not UTF-8");
	expect_error(TRACE_CSV, "submit,runTime,gpus,pods\n0,5,9,2\n", "t:2:1: 9 GPUs do not divide evenly over 2 pods");
	expect_error(TRACE_CSV, "submit,runTime,gpus,pods,gpusPerPod\n0,5,9,2,4\n",
	             "t:2:1: gpus is 9, but pods times gpusPerPod is 8");
	expect_error(TRACE_AUTO, "", "t: the file is empty");
	expect_error(TRACE_AUTO, "hello\n",
	             "t:1: the first line looks like no known format: our CSV and Philly begin with a header row, JSON Lines "
	             "with '{', SWF with ';' or 18 numbers");
	expect_error(TRACE_PHILLY, "timestamp,duration,gpus,gpu_time,cluster\n",
	             "t:1: column 3 of Philly's header is 'num_gpus'");
}

static void sizes_are_bounded(void **state)
{
	(void)state;
	struct seen seen;
	char *big = g_strdup_printf("submit,runTime,gpus,user\n0,5,1,%*s\n", 10 << 20, "x");
	assert_false(read_text(&seen, TRACE_CSV, big));
	assert_string_equal(seen.error.text, "t:2: a line longer than 1048576 bytes");
	/* A quoted field of many short lines is bounded, too. */
	char *quoted = g_strnfill(10 << 20, '\n');
	memcpy(quoted, "submit,runTime,gpus,user\n0,5,1,\"", 32);
	assert_false(read_text(&seen, TRACE_CSV, quoted));
	assert_string_equal(seen.error.text, "t:2: a row longer than 1048576 bytes: is a quote never closed?");
	char *name = g_strnfill(2000, 'x'), *user = g_strconcat("submit,runTime,gpus,user\n0,5,1,", name, "\n", NULL);
	assert_false(read_text(&seen, TRACE_CSV, user));
	assert_string_equal(seen.error.text, "t:2:7: user: 2000 bytes, where at most 1024 are allowed");
	assert_false(read_bytes(&seen, TRACE_CSV, "submit,runTime,gpus\n0,5\0,1\n", 26));
	assert_string_equal(seen.error.text, "t:2: a NUL byte: this is not a text file");
	g_free(big);
	g_free(quoted);
	g_free(name);
	g_free(user);
}

/* A trace of `count` rows, long enough to cross buffers. */
static char *long_csv(int count)
{
	GString *text = g_string_new("submit,runTime,gpus,id\n");
	for (int i = 0; i < count; i++)
		g_string_append_printf(text, "%d,%d.5,%d,job-%d\n", i, i + 1, i % 8 + 1, i);
	return g_string_free(text, FALSE);
}

static size_t gzip(const char *text, unsigned char **ret_bytes)
{
	z_stream stream = {0};
	size_t length = strlen(text), room = length + 1000;
	*ret_bytes = g_malloc(room);
	assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_in = (unsigned char *)(uintptr_t)text;
	stream.avail_in = (uInt)length;
	stream.next_out = *ret_bytes;
	stream.avail_out = (uInt)room;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	deflateEnd(&stream);
	return room - stream.avail_out;
}

static size_t zstd(const char *text, unsigned char **ret_bytes)
{
	size_t room = ZSTD_compressBound(strlen(text));
	ZSTD_CCtx *context = ZSTD_createCCtx();
	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1); /* as the zstd command does */
	*ret_bytes = g_malloc(room);
	size_t length = ZSTD_compress2(context, *ret_bytes, room, text, strlen(text));
	ZSTD_freeCCtx(context);
	assert_false(ZSTD_isError(length));
	return length;
}

struct sum {
	int64_t rows, run_us;
	struct trace_counts counts;
	struct error error;
};

static bool add(void *state, const struct trace_record *record, enum skip_reason *ret_skip)
{
	struct sum *sum = state;
	(void)ret_skip;
	sum->rows++;
	sum->run_us += record->run_us;
	return true;
}

static bool sum_bytes(struct sum *sum, const void *bytes, size_t length)
{
	*sum = (struct sum){0};
	return trace_read_bytes("t", bytes, length, TRACE_AUTO, add, sum, &sum->counts, &sum->error);
}

static void compressed_reads_as_plain(void **state)
{
	(void)state;
	enum { ROWS = 50000 };
	size_t (*const compressors[])(const char *, unsigned char **) = {gzip, zstd};
	char *text = long_csv(ROWS);
	struct sum plain, packed;
	assert_true(sum_bytes(&plain, text, strlen(text)));
	assert_int_equal(plain.rows, ROWS);
	assert_true(plain.run_us == (INT64_C(1) * ROWS * (ROWS + 1) / 2) * US_PER_S + ROWS * US_PER_S / 2);
	for (size_t i = 0; i < ARRAY_COUNT(compressors); i++) {
		unsigned char *bytes;
		size_t length = compressors[i](text, &bytes);
		assert_true(sum_bytes(&packed, bytes, length));
		assert_true(packed.rows == plain.rows && packed.run_us == plain.run_us);
		/* Two compressed files one after the other are one; the second header is a row that is none. */
		unsigned char *twice = g_malloc(2 * length);
		memcpy(twice, bytes, length);
		memcpy(twice + length, bytes, length);
		assert_false(sum_bytes(&packed, twice, 2 * length));
		assert_non_null(strstr(packed.error.text, "t:50002:1: submit: 'submit' is not a time"));
		g_free(twice);
		g_free(bytes);
	}
	g_free(text);
}

/* Flushed every 100,000 bytes and without a checksum at the end: the decoder sees its last input while it still holds back
 * output. */
static size_t zstd_in_pieces(const char *text, unsigned char **ret_bytes)
{
	size_t length = strlen(text), room = ZSTD_compressBound(length) + 1000;
	*ret_bytes = g_malloc(room);
	ZSTD_CCtx *context = ZSTD_createCCtx();
	ZSTD_outBuffer out = {*ret_bytes, room, 0};
	for (size_t at = 0; at < length; at += 100000) {
		ZSTD_inBuffer in = {text + at, MIN(100000, length - at), 0};
		size_t left = ZSTD_compressStream2(context, &out, &in, at + 100000 < length ? ZSTD_e_flush : ZSTD_e_end);
		assert_true(left == 0 && in.pos == in.size);
	}
	ZSTD_freeCCtx(context);
	return out.pos;
}

/* A few compressed bytes that give many. */
static void dense_input_is_read_to_its_end(void **state)
{
	(void)state;
	enum { ROWS = 296661 };
	size_t (*const compressors[])(const char *, unsigned char **) = {gzip, zstd, zstd_in_pieces};
	GString *text = g_string_new("submit,runTime,gpus\n");
	for (int i = 0; i < ROWS; i++)
		g_string_append(text, "0,5,1\n");
	for (size_t i = 0; i < ARRAY_COUNT(compressors); i++) {
		unsigned char *bytes;
		struct sum sum;
		size_t length = compressors[i](text->str, &bytes);
		if (!sum_bytes(&sum, bytes, length))
			fail_msg("%s", sum.error.text);
		assert_int_equal(sum.rows, ROWS);
		g_free(bytes);
	}
	g_string_free(text, TRUE);
}

/* Cut anywhere, a compressed file never passes for a shorter one. */
static void truncated_input_is_an_error(void **state)
{
	(void)state;
	size_t (*const compressors[])(const char *, unsigned char **) = {gzip, zstd};
	char *text = long_csv(20000);
	for (size_t i = 0; i < ARRAY_COUNT(compressors); i++) {
		unsigned char *bytes;
		struct sum sum;
		size_t length = compressors[i](text, &bytes);
		for (size_t cut = 10; cut < length; cut += cut < length - 40 ? length / 23 : 1) {
			assert_false(sum_bytes(&sum, bytes, cut));
			assert_non_null(strstr(sum.error.text, "the file is truncated: its compressed data ends early"));
		}
		bytes[length / 2] ^= 0x55;
		assert_false(sum_bytes(&sum, bytes, length));
		assert_int_equal(sum.error.code, ERROR_BAD_INPUT);
		g_free(bytes);
	}
	g_free(text);
}

static void gzip_with_a_tail_is_an_error(void **state)
{
	(void)state;
	unsigned char *bytes;
	struct sum sum;
	size_t length = gzip("submit,runTime,gpus\n0,5,1\n", &bytes);
	bytes[length] = 'x';
	assert_false(sum_bytes(&sum, bytes, length + 1));
	assert_string_equal(sum.error.text, "t:2: bytes that are not gzip follow the gzip data");
	g_free(bytes);
}

static char *write_file(const char *dir, const char *name, const char *text)
{
	char *path = g_build_filename(dir, name, NULL);
	assert_true(g_file_set_contents(path, text, -1, NULL));
	return path;
}

static void assert_same_text(const char *a, const char *b)
{
	assert_int_equal(a == NULL, b == NULL);
	if (a)
		assert_string_equal(a, b);
}

static void assert_same_records(const struct seen *a, const struct seen *b)
{
	assert_int_equal(a->count, b->count);
	for (uint32_t i = 0; i < a->count; i++) {
		const struct trace_record *x = &a->records[i], *y = &b->records[i];
		assert_true(x->submit_unix_us == y->submit_unix_us && x->run_us == y->run_us && x->wait_us == y->wait_us);
		assert_true(x->requested_us == y->requested_us && x->gpus == y->gpus && x->pods == y->pods);
		assert_true(x->checkpoint_interval_us == y->checkpoint_interval_us &&
		            x->checkpoint_save_us == y->checkpoint_save_us && x->checkpoint_restore_us == y->checkpoint_restore_us);
		assert_true(x->gpus_per_pod == y->gpus_per_pod && x->cpu_milli_per_pod == y->cpu_milli_per_pod);
		assert_true(x->memory_bytes_per_pod == y->memory_bytes_per_pod && x->status == y->status);
		assert_same_text(x->id, y->id);
		assert_same_text(x->user, y->user);
		assert_same_text(x->queue, y->queue);
		assert_same_text(x->namespace_name, y->namespace_name);
		assert_same_text(x->priority_class, y->priority_class);
		assert_same_text(x->gpu_type, y->gpu_type);
	}
}

static void read_file(struct seen *seen, const char *path)
{
	enum trace_format format;
	*seen = (struct seen){0};
	if (!trace_read(path, TRACE_AUTO, take, seen, &seen->counts, &format, &seen->error))
		fail_msg("%s", seen->error.text);
}

/* All formats into both of ours, and from one of ours into the other: the same records. */
static void conversion_loses_nothing(void **state)
{
	(void)state;
	static const char *const inputs[] = {
	    philly_text,
	    "; UnixStartTime: 1000\n7 10 3 20.5 4 -1 -1 8 60 -1 0 12 12 -1 3 -1 -1 -1\n",
	    "submit,runTime,pods,gpusPerPod,cpuPerPod,memoryPerPod,queue,namespace,user,priorityClass,gpuType,status,wait,id\n"
	    "0.000001,0.000001,4,8,90,64Gi,\" q\",n,\"a,\"\"b\"\"\",prod,\"H100\n80\",Cancelled,1us,\"tab\there\"\n"
	    "9,100d,1,1,,,,,,,,,,\n",
	    "submit,runTime,gpus,checkpointInterval,checkpointSaveTime,checkpointRestoreTime\n"
	    "0,1h,1,1m30s,0,2.5\n0,1h,1,1m,,\n0,1h,1,,,\n",
	};
	char *dir = g_dir_make_tmp("berth-traces-XXXXXX", NULL);
	for (size_t i = 0; i < ARRAY_COUNT(inputs); i++) {
		struct seen original, csv, json, back;
		struct trace_counts counts;
		enum trace_format format;
		struct error error;
		char *input = write_file(dir, "input", inputs[i]), *as_csv = g_build_filename(dir, "a.csv", NULL);
		char *as_json = g_build_filename(dir, "a.jsonl", NULL), *as_back = g_build_filename(dir, "b.csv", NULL);
		read_file(&original, input);
		assert_true(trace_convert(input, TRACE_AUTO, as_csv, &counts, &format, &error));
		assert_int_equal(counts.rows_used, original.count);
		assert_true(trace_convert(input, TRACE_AUTO, as_json, &counts, &format, &error));
		assert_true(trace_convert(as_json, TRACE_AUTO, as_back, &counts, &format, &error));
		assert_int_equal(format, TRACE_JSON_LINES);
		read_file(&csv, as_csv);
		read_file(&json, as_json);
		read_file(&back, as_back);
		assert_same_records(&original, &csv);
		assert_same_records(&original, &json);
		assert_same_records(&original, &back);
		char *paths[] = {input, as_csv, as_json, as_back};
		for (size_t k = 0; k < ARRAY_COUNT(paths); k++) {
			assert_int_equal(g_unlink(paths[k]), 0);
			g_free(paths[k]);
		}
		struct seen *all[] = {&original, &csv, &json, &back};
		for (size_t k = 0; k < ARRAY_COUNT(all); k++)
			forget(all[k]);
	}
	assert_int_equal(g_rmdir(dir), 0); /* nothing else was left behind */
	g_free(dir);
}

static void nothing_is_half_written(void **state)
{
	(void)state;
	struct trace_counts counts;
	enum trace_format format;
	struct error error;
	char *dir = g_dir_make_tmp("berth-traces-XXXXXX", NULL);
	char *rows = long_csv(20000), *broken = g_strconcat(rows, "1,2\n", NULL);
	char *good = write_file(dir, "good", rows), *bad = write_file(dir, "bad", broken);
	char *output = write_file(dir, "out.csv", "as it was\n"), *kept;
	assert_false(trace_convert(bad, TRACE_AUTO, output, &counts, &format, &error));
	assert_non_null(strstr(error.text, "/bad:20002:1: 2 fields where the header has 4"));
	assert_true(g_file_get_contents(output, &kept, NULL, NULL));
	assert_string_equal(kept, "as it was\n");
	g_free(kept);
	/* A full disk: no file may grow beyond 100 kB. */
	struct rlimit before, small;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = (struct rlimit){100000, before.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	bool converted = trace_convert(good, TRACE_AUTO, output, &counts, &format, &error);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_false(converted);
	assert_non_null(strstr(error.text, "/out.csv: cannot write: File too large"));
	assert_true(g_file_get_contents(output, &kept, NULL, NULL));
	assert_string_equal(kept, "as it was\n");
	g_free(kept);
	assert_false(trace_convert(good, TRACE_AUTO, "out.parquet", &counts, &format, &error));
	assert_int_equal(error.code, ERROR_USAGE);
	char *paths[] = {good, bad, output};
	for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
		assert_int_equal(g_unlink(paths[i]), 0);
		g_free(paths[i]);
	}
	assert_int_equal(g_rmdir(dir), 0);
	g_free(rows);
	g_free(broken);
	g_free(dir);
}

static void stats_of_a_small_trace(void **state)
{
	(void)state;
	char *dir = g_dir_make_tmp("berth-traces-XXXXXX", NULL);
	char *path = write_file(dir, "t.csv",
	                        "submit,runTime,gpus,queue,wait,requestedTime\n"
	                        "0,3600,1,a,10,7200\n"
	                        "3600,1800,8,b,,\n" /* begins as the first ends: never 9 at once */
	                        "6000,3600,2,a,30,\n"
	                        "7200,36000,1,,20,\n"
	                        "7200,,1,,20,\n");
	struct trace_stats stats;
	struct error error;
	assert_true(trace_stats_of(path, TRACE_AUTO, &stats, &error));
	assert_int_equal(stats.format, TRACE_CSV);
	assert_int_equal(stats.counts.rows_read, 5);
	assert_int_equal(stats.counts.rows_used, 4);
	assert_int_equal(stats.counts.skipped[SKIP_NO_RUN_TIME], 1);
	assert_int_equal(stats.recorded_gpus, -1);
	assert_true(stats.gpu_hours == 1 + 4 + 2 + 10);
	assert_true(stats.run_s_mean == 11250 && stats.run_s_p50 == 3600 && stats.run_s_p95 == 36000);
	assert_true(stats.wait_s_mean == 20 && stats.wait_s_p50 == 20 && stats.wait_s_p95 == 30);
	assert_int_equal(stats.n_waits, 3);
	assert_int_equal(stats.n_requested, 1);
	assert_true(stats.gpus_mean == 3 && stats.gpus_max == 8);
	assert_true(stats.demand_gpus_mean == 17.0 / 12 && stats.demand_gpus_peak == 8); /* over 12 hours, to the last end */
	assert_int_equal(stats.n_by_queue, 3);
	assert_string_equal(stats.by_queue[0].name, "(none)");
	assert_string_equal(stats.by_queue[1].name, "b");
	assert_true(stats.by_queue[2].jobs == 2 && stats.by_queue[2].gpu_hours == 3);
	assert_int_equal(stats.n_by_size, 3);
	assert_string_equal(stats.by_size[0].name, "1");
	assert_true(stats.by_size[0].jobs == 2 && stats.by_size[2].gpu_hours == 4);
	trace_stats_free(&stats);
	assert_int_equal(g_unlink(path), 0);
	assert_int_equal(g_rmdir(dir), 0);
	g_free(path);
	g_free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(philly_is_pacific_time),
	    cmocka_unit_test(swf_reads_what_it_says),
	    cmocka_unit_test(csv_header_decides),
	    cmocka_unit_test(pods_complete_gpus),
	    cmocka_unit_test(json_lines_are_the_same_columns),
	    cmocka_unit_test(checkpoints_are_read),
	    cmocka_unit_test(bad_csv_is_refused_at_its_place),
	    cmocka_unit_test(sizes_are_bounded),
	    cmocka_unit_test(compressed_reads_as_plain),
	    cmocka_unit_test(dense_input_is_read_to_its_end),
	    cmocka_unit_test(truncated_input_is_an_error),
	    cmocka_unit_test(gzip_with_a_tail_is_an_error),
	    cmocka_unit_test(conversion_loses_nothing),
	    cmocka_unit_test(nothing_is_half_written),
	    cmocka_unit_test(stats_of_a_small_trace),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
