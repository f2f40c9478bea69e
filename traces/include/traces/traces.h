/* traces.h - trace files into one job table, and every row accounted for.
 *
 * Readers stream plain, gzip or zstd input (by magic bytes). Each format turns a record into a trace_record; rows read =
 * used + the sum of the skipped by reason, always. A syntax error in the file (broken quote, truncated gzip) is an error
 * with file:line, a row of one of our formats that is not what its columns say one with file:line:col, and nothing is
 * returned. */
#ifndef BERTH_TRACES_TRACES_H
#define BERTH_TRACES_TRACES_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/error.h"
#include "base/job.h"
#include "world/world.h"

#define SKIP_LIST(X)                                                                                                        \
	X(EMPTY, "empty row")                                                                                                   \
	X(NO_SUBMIT, "no submission time")                                                                                      \
	X(NO_RUN_TIME, "no run time")                                                                                           \
	X(ZERO_RUN_TIME, "run time of zero or below")                                                                           \
	X(NO_SIZE, "no size or a size of zero")                                                                                 \
	X(CANCELLED_BEFORE_START, "cancelled before it started")                                                                \
	X(NO_QUEUE, "its queue is not mapped and has no LocalQueue")                                                            \
	X(DUPLICATE_ID, "an id seen before")                                                                                    \
	X(OUTSIDE_PERIOD, "submitted outside the scenario's period")                                                            \
	X(MALFORMED, "a field that is not what the format says")

enum skip_reason {
#define X(name, text) SKIP_##name,
	SKIP_LIST(X)
#undef X
	    SKIP_COUNT
};
const char *skip_text(enum skip_reason reason);

/* As the Standard Workload Format numbers them. */
enum trace_status { STATUS_UNKNOWN = -1, STATUS_FAILED = 0, STATUS_COMPLETED = 1, STATUS_CANCELLED = 5 };

/* A record of any format, before it is mapped to queues and pods. Texts are valid until the next record. -1 / NULL =
 * not in this input. */
struct trace_record {
	const char *id, *user, *queue, *namespace_name, *priority_class, *gpu_type;
	int64_t submit_unix_us; /* formats without a date count from 1970-01-01 */
	int64_t run_us, wait_us, requested_us;
	int64_t gpus;                                    /* GPUs or processors in total */
	int64_t pods;                                    /* 0: derive from gpus and gpus_per_pod */
	int64_t gpus_per_pod;                            /* 0: the same */
	int64_t cpu_milli_per_pod, memory_bytes_per_pod; /* -1 */
	/* -1: never saves. The others are given only beside the interval, and count as 0 without. */
	int64_t checkpoint_interval_us, checkpoint_save_us, checkpoint_restore_us;
	int32_t status; /* enum trace_status */
	int64_t row;    /* position in the file, from 1; headers and comments do not count */
};

struct trace_counts {
	int64_t rows_read, rows_used;
	int64_t skipped[SKIP_COUNT];
};

/* The names of formats as scenarios and the command line write them: Auto, CSV, JSONLines, Philly, SWF. */
const char *trace_format_name(enum trace_format format);
NODISCARD bool trace_format_parse(const char *name, enum trace_format *ret_format);

/* Takes a record and returns true, or says why it cannot be used. */
typedef bool trace_take(void *state, const struct trace_record *record, enum skip_reason *ret_skip);

/* Calls `take` for every usable record, in file order. `format` TRACE_AUTO looks at the content; `ret_format` says what it
 * was. */
NODISCARD bool trace_read(const char *path, enum trace_format format, trace_take *take, void *state,
                          struct trace_counts *ret_counts, enum trace_format *ret_format, struct error *error);
/* The same from memory; `name` stands for the file in errors. */
NODISCARD bool trace_read_bytes(const char *name, const void *bytes, size_t length, enum trace_format format,
                                trace_take *take, void *state, struct trace_counts *ret_counts, struct error *error);

/* Reads one trace input of a scenario and appends its jobs (unsorted) to the builder. With `diags` a row that cannot be read
 * does not end the work: the first twenty are listed there, and the error says how many there are. */
struct job_builder;
NODISCARD bool trace_load(const struct world *world, const struct trace_input *input, struct job_builder *builder,
                          struct trace_counts *ret_counts, struct diags *diags, struct error *error);

/* Our own formats, documented in docs/traces.md. Written to a temporary file and renamed when complete. */
struct trace_writer;
NODISCARD bool trace_writer_open(const char *path, enum trace_format format, struct trace_writer **ret_writer,
                                 struct error *error);
NODISCARD bool trace_writer_add(struct trace_writer *writer, const struct trace_record *record, struct error *error);
/* Commits (renames) when `commit`, else removes what was written. */
NODISCARD bool trace_writer_close(struct trace_writer *writer, bool commit, struct error *error);

/* `berth trace convert`: reads a trace of any format and writes it, in file order, as one of ours, chosen by the end of the
 * output's name (.csv, .jsonl). On failure the output is as it was. */
NODISCARD bool trace_convert(const char *path, enum trace_format format, const char *output, struct trace_counts *ret_counts,
                             enum trace_format *ret_format, struct error *error);

/* Figures of a trace's used rows, as `berth trace stats` prints them. Quantiles are nearest ranks. */
struct trace_stats {
	enum trace_format format;
	struct trace_counts counts;
	int64_t recorded_gpus; /* size of the recorded machine, from the file's header; -1: not in this input */
	int64_t first_submit_unix_us, last_submit_unix_us;
	double gpu_hours;
	double run_s_mean, run_s_p50, run_s_p95, run_s_max;
	double wait_s_mean, wait_s_p50, wait_s_p95; /* NAN: no waits in this input */
	int64_t n_waits, n_requested;
	double gpus_mean, gpus_max;
	/* If every job ran at once on arrival; the mean is over the time from the first submission to the last end. */
	double demand_gpus_mean, demand_gpus_peak;
	struct trace_group {
		char name[64];
		int64_t jobs;
		double gpu_hours;
	} * by_queue, *by_size; /* descending gpu_hours; by size ascending */
	uint32_t n_by_queue, n_by_size;
};
NODISCARD bool trace_stats_of(const char *path, enum trace_format format, struct trace_stats *ret_stats,
                              struct error *error);
void trace_stats_free(struct trace_stats *stats);

#endif
