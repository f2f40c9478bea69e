/* format_csv.c - our own CSV (docs/traces.md): the header row decides the columns. */
#include <stdio.h>
#include <stdlib.h>

#include "columns.h"
#include "csv_rows.h"

struct csv_format {
	struct format format;
	struct reader *reader;
	struct csv_rows *rows;
	enum column columns[COLUMN_COUNT]; /* by position */
	uint32_t n_columns;
};

static bool csv_next(struct format *format, struct row *row, struct error *error)
{
	struct csv_format *csv = (struct csv_format *)format;
	struct csv_row fields;
	if (!csv_rows_next(csv->rows, &fields, error))
		return false;
	if (!fields.fields)
		return true;
	if (fields.empty)
		return row_skip(row, SKIP_EMPTY);
	if (fields.n_fields != csv->n_columns) {
		error_set(error, ERROR_BAD_INPUT, "%u fields where the header has %u", fields.n_fields, csv->n_columns);
		return row_break(row, fields.line, 1);
	}
	for (uint32_t i = 0; i < csv->n_columns; i++)
		if (!column_set(row, csv->columns[i], fields.fields[i], error))
			return row_break(row, fields.line, csv_row_column(&fields, i));
	return columns_complete(row, error) ? row_check(row) : row_break(row, fields.line, 1);
}

static void csv_close(struct format *format)
{
	struct csv_format *csv = (struct csv_format *)format;
	csv_rows_destroy(csv->rows);
	free(csv);
}

static bool take_header(struct csv_format *csv, const struct csv_row *header, struct error *error)
{
	bool seen[COLUMN_COUNT] = {false};
	for (uint32_t i = 0; i < header->n_fields; i++) {
		enum column column = column_find(header->fields[i], error);
		if (column == COLUMN_COUNT)
			return false;
		if (seen[column])
			return error_set(error, ERROR_BAD_INPUT, "column '%s' stands twice in the header", column_names[column]);
		seen[column] = true;
		csv->columns[csv->n_columns++] = column;
	}
	for (size_t i = 0; i < 2; i++) {
		static const enum column required[] = {COLUMN_SUBMIT, COLUMN_RUN_TIME};
		if (!seen[required[i]])
			return error_set(error, ERROR_BAD_INPUT, "the header lacks the column '%s'", column_names[required[i]]);
	}
	return seen[COLUMN_GPUS] || seen[COLUMN_PODS] ||
	       error_set(error, ERROR_BAD_INPUT, "the header has neither 'gpus' nor 'pods': jobs would have no size");
}

bool format_open_csv(struct reader *reader, struct format **ret_format, struct error *error)
{
	struct csv_format *csv = xcalloc(1, sizeof *csv);
	csv->format = (struct format){csv_next, csv_close, -1};
	csv->reader = reader;
	csv->rows = csv_rows_create(reader);
	struct csv_row header;
	bool ok = csv_rows_next(csv->rows, &header, error);
	if (ok && !take_header(csv, &header, error))
		ok = error_wrap(error, "%s:%llu", reader_name(reader), (unsigned long long)header.line);
	if (!ok) {
		csv_close(&csv->format);
		return false;
	}
	*ret_format = &csv->format;
	return true;
}
