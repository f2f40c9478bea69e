/* trace_convert.c - any trace as one of our own formats. */
#include <string.h>

#include "scan.h"

struct conversion {
	struct trace_writer *writer;
	bool failed;
	struct error *error;
};

/* After a failed write the rest is only read past. */
static bool write_record(void *state, const struct trace_record *record, enum skip_reason *ret_skip)
{
	struct conversion *conversion = state;
	(void)ret_skip;
	if (!conversion->failed)
		conversion->failed = !trace_writer_add(conversion->writer, record, conversion->error);
	return true;
}

static bool ends_with(const char *text, const char *ending)
{
	size_t length = strlen(text), wanted = strlen(ending);
	return length >= wanted && strcmp(text + length - wanted, ending) == 0;
}

static bool format_of_output(const char *path, enum trace_format *ret_format, struct error *error)
{
	if (ends_with(path, ".csv"))
		*ret_format = TRACE_CSV;
	else if (ends_with(path, ".jsonl"))
		*ret_format = TRACE_JSON_LINES;
	else
		return error_set(error, ERROR_USAGE, "%s: the name of the output ends in .csv or .jsonl and so says what is written",
		                 path);
	return true;
}

bool trace_convert(const char *path, enum trace_format format, const char *output, struct trace_counts *ret_counts,
                   enum trace_format *ret_format, struct error *error)
{
	enum trace_format output_format;
	struct conversion conversion = {.error = error};
	struct scan_result result;
	if (!format_of_output(output, &output_format, error) ||
	    !trace_writer_open(output, output_format, &conversion.writer, error))
		return false;
	bool ok = scan_file(path, &(struct scan){format, write_record, &conversion, NULL}, &result, error) && !conversion.failed;
	struct error ignored;
	ok = trace_writer_close(conversion.writer, ok, ok ? error : &ignored) && ok;
	if (ok) {
		*ret_counts = result.counts;
		*ret_format = result.format;
	}
	return ok;
}
