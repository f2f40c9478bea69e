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
	char **fields; /* NULL at the end of the file */
	uint32_t n_fields;
	bool empty; /* a blank line, or nothing between the commas */
};

/* A broken quote is an error at the line and column where it shows. `n_columns` is what every row but a blank line must
 * have (anything else is an error); 0: whatever comes. */
NODISCARD bool csv_rows_next(struct csv_rows *rows, struct csv_row *ret_row, uint32_t n_columns, struct error *error);

#endif
