/* trace_read.c - reads a trace of any format and accounts for every row. */
#include <string.h>

#include "columns.h"
#include "format.h"
#include "scan.h"

static const char *const skip_texts[] = {
#define X(name, text) text,
    SKIP_LIST(X)
#undef X
};

const char *skip_text(enum skip_reason reason)
{
	return skip_texts[reason];
}

static const struct {
	const char *name;
	bool (*open)(struct reader *reader, struct format **ret_format, struct error *error);
} formats[] = {
    [TRACE_AUTO] = {"Auto", NULL},
    [TRACE_CSV] = {"CSV", format_open_csv},
    [TRACE_JSON_LINES] = {"JSONLines", format_open_json_lines},
    [TRACE_PHILLY] = {"Philly", format_open_philly},
    [TRACE_SWF] = {"SWF", format_open_swf},
};

const char *trace_format_name(enum trace_format format)
{
	return formats[format].name;
}

bool trace_format_parse(const char *name, enum trace_format *ret_format)
{
	for (size_t i = 0; i < ARRAY_COUNT(formats); i++)
		if (strcmp(name, formats[i].name) == 0) {
			*ret_format = (enum trace_format)i;
			return true;
		}
	return false;
}

/* Standard Workload Format without a comment in front: at least 18 fields, the first four of digits. */
static bool looks_like_swf(const char *line)
{
	int fields = 0;
	while (*(line += strspn(line, " \t"))) {
		size_t length = strcspn(line, " \t");
		if (fields++ < 4 && strspn(line, "-.0123456789") < length)
			return false;
		line += length;
	}
	return fields >= 18;
}

static enum trace_format guess(const char *line)
{
	const char *text = line + strspn(line, " \t");
	if (*text == ';' || looks_like_swf(text))
		return TRACE_SWF;
	if (*text == '{')
		return TRACE_JSON_LINES;
	if (strcmp(text, "timestamp,duration,num_gpus,gpu_time,cluster") == 0)
		return TRACE_PHILLY;
	return strchr(text, ',') && *text != '[' ? TRACE_CSV : TRACE_AUTO;
}

static bool open_format(struct reader *reader, enum trace_format *format, struct format **ret_rows, struct error *error)
{
	char *line;
	size_t length;
	if (!reader_line(reader, &line, &length, error))
		return false;
	if (!line)
		return error_set(error, ERROR_BAD_INPUT, "%s: the file is empty", reader_name(reader));
	if (*format == TRACE_AUTO)
		*format = guess(line);
	if (*format == TRACE_AUTO)
		return reader_error(reader, error,
		                    "the first line looks like no known format: our CSV and Philly begin with a header row, JSON "
		                    "Lines with '{', SWF with ';' or 18 numbers");
	reader_unread(reader);
	return formats[*format].open(reader, ret_rows, error);
}

/* An id counts only for rows that could be used. */
static bool seen_before(struct names *ids, const char *id)
{
	if (!id)
		return false;
	uint32_t before = names_count(ids);
	names_intern(ids, id);
	return names_count(ids) == before;
}

enum { BROKEN_LISTED = 20 };

/* A row that cannot be read: the end of the work, or one of those that are listed. */
static bool take_broken(const struct reader *reader, const struct scan *scan, const struct row *row, int64_t broken,
                        struct error *error)
{
	if (!scan->diags)
		return error_wrap(error, "%s:%u:%u", reader_name(reader), row->line, row->column);
	if (broken <= BROKEN_LISTED)
		diag_add(scan->diags, DIAG_ERROR, (struct diag_place){reader_name(reader), row->line, row->column}, NULL, "%s",
		         error->text);
	return true;
}

static bool all_read(const struct reader *reader, int64_t broken, int64_t rows, struct error *error)
{
	return broken == 0 || error_set(error, ERROR_BAD_INPUT, "%s: %lld of %lld rows cannot be read", reader_name(reader),
	                                (long long)broken, (long long)rows);
}

static bool scan_rows(struct reader *reader, struct format *format, const struct scan *scan, struct names *ids,
                      struct trace_counts *counts, struct error *error)
{
	for (int64_t broken = 0;;) {
		struct row row = {.record = trace_record_empty()};
		if (!format->next(format, &row, error)) {
			if (row.kind != ROW_BROKEN || !take_broken(reader, scan, &row, ++broken, error))
				return false;
			counts->rows_read++;
			continue;
		}
		if (row.kind == ROW_END)
			return all_read(reader, broken, counts->rows_read, error);
		row.record.row = ++counts->rows_read;
		if (row.kind == ROW_RECORD && seen_before(ids, row.record.id))
			row_skip(&row, SKIP_DUPLICATE_ID);
		if (row.kind == ROW_RECORD && !scan->take(scan->state, &row.record, &row.skip))
			row.kind = ROW_SKIPPED;
		if (row.kind == ROW_SKIPPED)
			counts->skipped[row.skip]++;
		else
			counts->rows_used++;
	}
}

bool scan_run(struct reader *reader, const struct scan *scan, struct scan_result *ret_result, struct error *error)
{
	struct format *format;
	struct scan_result result = {.format = scan->format};
	if (!open_format(reader, &result.format, &format, error))
		return false;
	struct names *ids = names_create();
	bool ok = scan_rows(reader, format, scan, ids, &result.counts, error);
	result.recorded_gpus = format->recorded_gpus;
	names_destroy(ids);
	format->close(format);
	if (ok)
		*ret_result = result;
	return ok;
}

bool scan_file(const char *path, const struct scan *scan, struct scan_result *ret_result, struct error *error)
{
	struct reader *reader;
	if (!reader_open(path, &reader, error))
		return false;
	bool ok = scan_run(reader, scan, ret_result, error);
	reader_close(reader);
	return ok;
}

bool trace_read(const char *path, enum trace_format format, trace_take *take, void *state, struct trace_counts *ret_counts,
                enum trace_format *ret_format, struct error *error)
{
	struct scan_result result;
	if (!scan_file(path, &(struct scan){format, take, state, NULL}, &result, error))
		return false;
	*ret_counts = result.counts;
	*ret_format = result.format;
	return true;
}

bool trace_read_bytes(const char *name, const void *bytes, size_t length, enum trace_format format, trace_take *take,
                      void *state, struct trace_counts *ret_counts, struct error *error)
{
	struct reader *reader;
	struct scan_result result;
	if (!reader_open_bytes(name, bytes, length, &reader, error))
		return false;
	bool ok = scan_run(reader, &(struct scan){format, take, state, NULL}, &result, error);
	reader_close(reader);
	if (ok)
		*ret_counts = result.counts;
	return ok;
}
