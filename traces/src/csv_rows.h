/* csv_rows.h - rows of a CSV file (RFC 4180, through libcsv in strict mode), each with the line it begins at. */
#ifndef BERTH_TRACES_CSV_ROWS_H
#define BERTH_TRACES_CSV_ROWS_H

#include "reader.h"

struct csv_rows;

/* Borrows the reader. */
NODISCARD struct csv_rows *csv_rows_create(struct reader *reader);
void csv_rows_destroy(struct csv_rows *rows); /* accepts NULL */

/* Valid until the next row is asked for. */
struct csv_row {
	uint64_t line;
	const char *text; /* of that line; "" when the row goes on after it */
	char **fields;    /* NULL at the end of the file */
	uint32_t n_fields;
	bool empty; /* a blank line, or nothing between the commas */
};

/* A broken quote is an error at the line and column where it shows. */
NODISCARD bool csv_rows_next(struct csv_rows *rows, struct csv_row *ret_row, struct error *error);
/* The column, in bytes from 1, where a field of the row begins; 1 in a row of several lines. */
uint32_t csv_row_column(const struct csv_row *row, uint32_t field);

#endif
