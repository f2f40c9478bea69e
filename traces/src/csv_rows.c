/* csv_rows.c - see csv_rows.h. libcsv is fed line by line, so that places are exact; only a quoted newline makes a row of
 * several lines. */
#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "csv_rows.h"

struct csv_rows {
	struct reader *reader;
	struct csv_parser parser;
	struct {
		VEC_FIELDS(char);
	} text; /* of the row's fields, each NUL-terminated */
	struct {
		VEC_FIELDS(size_t);
	} offsets; /* of the fields in `text` */
	struct {
		VEC_FIELDS(char *);
	} fields;
	bool complete; /* libcsv reported the end of the row */
};

static int is_newline(unsigned char c)
{
	return c == CSV_LF;
}

struct csv_rows *csv_rows_create(struct reader *reader)
{
	struct csv_rows *rows = xcalloc(1, sizeof *rows);
	rows->reader = reader;
	if (csv_init(&rows->parser, CSV_STRICT) != 0)
		abort(); /* refuses only a null parser */
	csv_set_term_func(&rows->parser, is_newline);
	return rows;
}

void csv_rows_destroy(struct csv_rows *rows)
{
	if (!rows)
		return;
	csv_free(&rows->parser);
	VEC_FREE(&rows->text);
	VEC_FREE(&rows->offsets);
	VEC_FREE(&rows->fields);
	free(rows);
}

static void take_field(void *bytes, size_t length, void *data)
{
	struct csv_rows *rows = data;
	uint32_t at = rows->text.count;
	*VEC_PUSH(&rows->offsets) = at;
	VEC_RESERVE(&rows->text, at + (uint32_t)length + 1);
	if (length)
		memcpy(rows->text.items + at, bytes, length);
	rows->text.items[at + length] = '\0';
	rows->text.count = at + (uint32_t)length + 1;
}

static void take_row(int end, void *data)
{
	struct csv_rows *rows = data;
	(void)end;
	rows->complete = true;
}

static bool feed(struct csv_rows *rows, const char *text, size_t length, struct error *error)
{
	size_t taken = csv_parse(&rows->parser, text, length, take_field, take_row, rows);
	if (taken == length)
		return true;
	int status = csv_error(&rows->parser);
	if (status == CSV_EPARSE)
		return reader_error(rows->reader, error,
		                    "column %zu: a stray quote: a field with quotes is quoted as a whole, quotes inside are doubled",
		                    taken + 1);
	return reader_error(rows->reader, error, "%s", csv_strerror(status));
}

static bool is_blank(const char *line)
{
	return line[strspn(line, " \t")] == '\0';
}

/* Feeds lines until a row is complete. False also at the end of the file inside a quoted field. */
static bool gather_row(struct csv_rows *rows, char *line, size_t length, struct error *error)
{
	uint64_t first = reader_line_number(rows->reader);
	size_t total = 0;
	for (;;) {
		total += length + 1;
		if (total > READER_MAX_LINE)
			return error_set(error, ERROR_BAD_INPUT, "%s:%llu: a row longer than %zu bytes: is a quote never closed?",
			                 reader_name(rows->reader), (unsigned long long)first, READER_MAX_LINE);
		if (!feed(rows, line, length, error) || !feed(rows, "\n", 1, error))
			return false;
		if (rows->complete)
			return true;
		if (!reader_line(rows->reader, &line, &length, error))
			return false;
		if (!line)
			return error_set(error, ERROR_BAD_INPUT, "%s:%llu: a quote opened in the row that begins here is never closed",
			                 reader_name(rows->reader), (unsigned long long)first);
	}
}

/* Puts the gathered fields together. */
static struct csv_row make_row(struct csv_rows *rows, uint64_t line, const char *text)
{
	bool one_line = text && reader_line_number(rows->reader) == line;
	struct csv_row row = {.line = line, .text = one_line ? text : "", .n_fields = rows->offsets.count, .empty = true};
	VEC_RESERVE(&rows->fields, row.n_fields + 1);
	row.fields = rows->fields.items;
	for (uint32_t i = 0; i < row.n_fields; i++) {
		row.fields[i] = rows->text.items + rows->offsets.items[i];
		if (*row.fields[i])
			row.empty = false;
	}
	return row;
}

bool csv_rows_next(struct csv_rows *rows, struct csv_row *ret_row, struct error *error)
{
	char *line;
	size_t length;
	VEC_CLEAR(&rows->text);
	VEC_CLEAR(&rows->offsets);
	rows->complete = false;
	if (!reader_line(rows->reader, &line, &length, error))
		return false;
	uint64_t first = reader_line_number(rows->reader);
	if (line && !is_blank(line) && !gather_row(rows, line, length, error))
		return false;
	struct csv_row row = make_row(rows, first, line);
	if (!line)
		row.fields = NULL;
	*ret_row = row;
	return true;
}

uint32_t csv_row_column(const struct csv_row *row, uint32_t field)
{
	uint32_t column = 1;
	bool quoted = false;
	for (const char *at = row->text; *at && field > 0; at++, column++) {
		quoted ^= *at == '"'; /* a doubled quote inside changes it twice */
		field -= *at == ',' && !quoted;
	}
	return field == 0 ? column : 1;
}
