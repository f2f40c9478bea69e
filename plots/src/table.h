/* table.h - a table on paper: columns as wide as their cells, long cells wrapped, rows that go on on the next sheet. */
#ifndef BERTH_PLOTS_TABLE_H
#define BERTH_PLOTS_TABLE_H

#include "plots/report.h"
#include "text.h"

struct table_layout {
	const struct report_table *table;
	double *width;            /* per column */
	struct text_lines *cells; /* header row first, row-major */
	double *height;           /* per row, header first */
};

/* Columns share at most `width`. */
void table_lay_out(struct canvas *canvas, const struct report_table *table, double width, struct table_layout *ret_layout);
void table_free(struct table_layout *layout);

/* Title, header and rows. */
double table_height(const struct canvas *canvas, const struct table_layout *layout);
/* The height of title, header and the first two rows: less than that should not begin a sheet's end. */
double table_least_height(const struct canvas *canvas, const struct table_layout *layout);
/* Draws title, header and the rows from *row on that end above `bottom` (at least one); returns where they end and advances
 * *row. A table whose *row is not 0 is headed "continued". */
double table_draw(struct canvas *canvas, const struct table_layout *layout, uint32_t *row, double x, double top,
                  double bottom);

#endif
