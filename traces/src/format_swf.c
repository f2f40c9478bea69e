/* format_swf.c - the Standard Workload Format of the Parallel Workloads Archive (Feitelson; version 2.2).
 *
 * Lines of at least 18 numbers apart by blanks, comments with ";". Read are: 1 job, 2 submit, 3 wait, 4 run time, 5
 * allocated processors, 8 requested processors, 9 requested time, 11 status, 12 user, 15 queue; -1 is "missing"; further
 * fields are ignored. A size is the requested processors, else the allocated ones. Submissions count from the header's
 * UnixStartTime, without it from 1970-01-01. A swapped job has a summary line, then one for each of its bursts (status 2 to
 * 4): those count as seen before. */
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "parse.h"

enum { N_FIELDS = 18 };

struct swf {
	struct format format;
	struct reader *reader;
	int64_t start_unix_s;
};

/* Cuts the line at its blanks. Returns the number of fields, at most N_FIELDS. */
static int split(char *line, char *fields[N_FIELDS])
{
	static const char blanks[] = " \t";
	int count = 0;
	for (char *at = line + strspn(line, blanks); *at && count < N_FIELDS;) {
		fields[count++] = at;
		at += strcspn(at, blanks);
		if (*at)
			*at++ = '\0';
		at += strspn(at, blanks);
	}
	return count;
}

/* "-1" is how the format says "missing". */
static const char *known_text(const char *field)
{
	return strcmp(field, "-1") == 0 ? NULL : field;
}

/* Seconds as microseconds, -1 for "missing". */
static bool parse_span(const char *field, int64_t *ret_us)
{
	if (!parse_seconds(field, ret_us) || *ret_us > TRACE_MAX_SPAN_US)
		return false;
	if (*ret_us == -US_PER_S)
		*ret_us = -1;
	return true;
}

static bool parse_size(char **fields, int64_t *ret_gpus)
{
	int64_t requested, allocated;
	if (!parse_whole(fields[7], &requested) || !parse_whole(fields[4], &allocated))
		return false;
	*ret_gpus = requested > 0 ? requested : MAX(allocated, 0);
	return *ret_gpus <= TRACE_MAX_COUNT;
}

static bool parse_submit(const struct swf *swf, const char *field, struct row *row)
{
	int64_t submit_us;
	if (!parse_seconds(field, &submit_us))
		return false;
	row->has_submit = submit_us != -US_PER_S;
	row->record.submit_unix_us = swf->start_unix_s * US_PER_S + submit_us;
	return row->record.submit_unix_us <= TRACE_MAX_UNIX_S * US_PER_S;
}

static bool parse_fields(const struct swf *swf, char **fields, struct row *row, int64_t *ret_status)
{
	struct trace_record *record = &row->record;
	if (!parse_submit(swf, fields[1], row) || !parse_span(fields[2], &record->wait_us) ||
	    !parse_span(fields[3], &record->run_us) || !parse_size(fields, &record->gpus) ||
	    !parse_span(fields[8], &record->requested_us) || !parse_whole(fields[10], ret_status))
		return false;
	record->wait_us = MAX(record->wait_us, -1);
	record->requested_us = record->requested_us > 0 ? record->requested_us : -1;
	record->id = known_text(fields[0]);
	record->user = known_text(fields[11]);
	record->queue = known_text(fields[14]);
	return true;
}

static bool take_job(const struct swf *swf, char *line, struct row *row, struct error *error)
{
	char *fields[N_FIELDS];
	int64_t status;
	int count = split(line, fields);
	if (count == 0)
		return row_skip(row, SKIP_EMPTY);
	if (count < N_FIELDS) {
		error_set(error, ERROR_BAD_INPUT, "%d fields where the Standard Workload Format has %d", count, N_FIELDS);
		return row_break(row, reader_line_number(swf->reader), 1);
	}
	if (!parse_fields(swf, fields, row, &status))
		return row_skip(row, SKIP_MALFORMED);
	if (status >= 2 && status <= 4)
		return row_skip(row, SKIP_DUPLICATE_ID);
	if (status == STATUS_COMPLETED || status == STATUS_FAILED || status == STATUS_CANCELLED)
		row->record.status = (int32_t)status;
	return row_check(row);
}

/* "; Key: value" of the header, when it is the one asked for. */
static const char *header_value(const char *line, const char *key)
{
	line += strspn(line, "; \t");
	size_t length = strlen(key);
	if (strncmp(line, key, length) != 0 || line[length] != ':')
		return NULL;
	line += length + 1;
	return line + strspn(line, " \t");
}

/* The number that the value begins with; what follows is a remark. */
static bool header_number(const struct swf *swf, const char *value, int64_t *ret, struct error *error)
{
	char number[24] = "";
	size_t length = strcspn(value, " \t;,");
	if (length < sizeof number)
		memcpy(number, value, length);
	return parse_whole(number, ret) || reader_error(swf->reader, error, "'%.64s' is not a whole number", value);
}

/* MaxNodes counts when there is no MaxProcs. */
static bool take_comment(struct swf *swf, const char *line, struct error *error)
{
	const char *start = header_value(line, "UnixStartTime");
	const char *processors = header_value(line, "MaxProcs"), *nodes = header_value(line, "MaxNodes");
	if (start && !header_number(swf, start, &swf->start_unix_s, error))
		return false;
	if (nodes && swf->format.recorded_gpus == -1 && !header_number(swf, nodes, &swf->format.recorded_gpus, error))
		return false;
	return !processors || header_number(swf, processors, &swf->format.recorded_gpus, error);
}

static bool swf_next(struct format *format, struct row *row, struct error *error)
{
	struct swf *swf = (struct swf *)format;
	char *line;
	size_t length;
	for (;;) {
		if (!reader_line(swf->reader, &line, &length, error))
			return false;
		if (!line)
			return true;
		if (line[strspn(line, " \t")] != ';')
			return take_job(swf, line, row, error);
		if (!take_comment(swf, line, error))
			return false;
	}
}

static void swf_close(struct format *format)
{
	free(format);
}

bool format_open_swf(struct reader *reader, struct format **ret_format, struct error *error)
{
	(void)error;
	struct swf *swf = xcalloc(1, sizeof *swf);
	swf->format = (struct format){swf_next, swf_close, -1};
	swf->reader = reader;
	*ret_format = &swf->format;
	return true;
}
