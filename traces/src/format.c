/* format.c - see format.h. What all formats agree on: which records can become jobs. */
#include "format.h"

struct trace_record trace_record_empty(void)
{
	return (struct trace_record){
	    .run_us = -1,
	    .wait_us = -1,
	    .requested_us = -1,
	    .checkpoint_interval_us = -1,
	    .checkpoint_save_us = -1,
	    .checkpoint_restore_us = -1,
	    .cpu_milli_per_pod = -1,
	    .memory_bytes_per_pod = -1,
	    .status = STATUS_UNKNOWN,
	};
}

bool row_skip(struct row *row, enum skip_reason reason)
{
	row->kind = ROW_SKIPPED;
	row->skip = reason;
	return true;
}

bool row_break(struct row *row, uint64_t line, uint32_t column)
{
	row->kind = ROW_BROKEN;
	row->line = (uint32_t)line; /* READER_MAX_LINES */
	row->column = column;
	return false;
}

bool row_check(struct row *row)
{
	const struct trace_record *record = &row->record;
	bool has_size =
	    record->gpus > 0 || (record->pods > 0 && (record->cpu_milli_per_pod > 0 || record->memory_bytes_per_pod > 0));
	row->kind = ROW_RECORD;
	if (!row->has_submit)
		return row_skip(row, SKIP_NO_SUBMIT);
	if (record->status == STATUS_CANCELLED && record->run_us <= 0)
		return row_skip(row, SKIP_CANCELLED_BEFORE_START);
	if (record->run_us == -1)
		return row_skip(row, SKIP_NO_RUN_TIME);
	if (record->run_us <= 0)
		return row_skip(row, SKIP_ZERO_RUN_TIME);
	if (!has_size)
		return row_skip(row, SKIP_NO_SIZE);
	return true;
}
