/* rows.h - horizontal bars with labels, values and notes: what the bar chart and the waterfall have in common.
 *
 * Wide: label | bar | value | interval | note, in aligned columns. Narrow: label and value above the bar, note below it. */
#ifndef BERTH_PLOTS_ROWS_H
#define BERTH_PLOTS_ROWS_H

#include "axis.h"
#include "canvas.h"
#include "format.h"

struct row {
	const char *label, *note;
	const char *missing; /* stands in place of the bar; NULL = none */
	char value[FORMAT_BYTES];
	char detail[2 * FORMAT_BYTES]; /* interval, or the value in another unit */
	double from, to;               /* the bar; NAN = none */
	double low, high;              /* whisker; NAN = none */
	struct colour colour;
	bool strong; /* a total */
};

struct rows {
	struct row *row;
	uint32_t count;
	struct axis axis;   /* settled */
	bool details_right; /* details are numbers, aligned at their right ends */
	bool connected;     /* each bar begins where the one before it ends */
	bool dots;          /* on a log scale a bar's length says nothing */
};

double rows_height(struct canvas *canvas, const struct rows *rows, double width);
/* When not all rows fit, the last line says how many are missing. */
void rows_draw(struct canvas *canvas, struct rows *rows, struct box area);

#endif
