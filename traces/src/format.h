/* format.h - what a trace format is to the rest of the room: a function that turns the next row into a record.
 *
 * A format decides what is broken (false: the whole file is refused, with file:line) and what is merely unusable (a row
 * that is skipped for a reason). */
#ifndef BERTH_TRACES_FORMAT_H
#define BERTH_TRACES_FORMAT_H

#include "reader.h"
#include "traces/traces.h"

enum row_kind { ROW_END, ROW_RECORD, ROW_SKIPPED, ROW_BROKEN };

struct row {
	enum row_kind kind;
	enum skip_reason skip; /* when ROW_SKIPPED */
	uint32_t line, column; /* when ROW_BROKEN: where */
	bool has_submit;       /* when ROW_RECORD; run_us -1, gpus 0 and pods 0 stand for "not given" */
	struct trace_record record;
};

struct format;

/* Each borrows the reader, and may have read a header when it returns. */
NODISCARD bool format_open_swf(struct reader *reader, struct format **ret_format, struct error *error);
NODISCARD bool format_open_philly(struct reader *reader, struct format **ret_format, struct error *error);
NODISCARD bool format_open_csv(struct reader *reader, struct format **ret_format, struct error *error);
NODISCARD bool format_open_json_lines(struct reader *reader, struct format **ret_format, struct error *error);

/* `row` begins as ROW_END with an empty record. next() fails either for the rest of the file, with the place in the error's
 * text, or with ROW_BROKEN for this row alone, with the place in the row: then the next one can be asked for. */
struct format {
	bool (*next)(struct format *format, struct row *row, struct error *error);
	void (*close)(struct format *format);
	int64_t recorded_gpus; /* size of the machine, from the header; -1: not in this input */
};

/* A record in which nothing is given. */
struct trace_record trace_record_empty(void);
/* Both end a row and return true, so that a format can end with them. row_check() makes it a record, or a skipped row when
 * it cannot become a job. */
bool row_skip(struct row *row, enum skip_reason reason);
bool row_check(struct row *row);
/* Returns false, the error being set. */
bool row_break(struct row *row, uint64_t line, uint32_t column);

#endif
