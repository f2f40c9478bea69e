/* chart_bars.c - horizontal bars with intervals; on a log scale dots, whose place counts and not their length. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "chart.h"
#include "rows.h"

static void interval_text(enum plot_unit unit, const struct plot_bar *bar, char *out, size_t size)
{
	char low[FORMAT_BYTES], high[FORMAT_BYTES];
	if (isfinite(bar->low) && isfinite(bar->high))
		snprintf(out, size, "[%s..%s]", format_value(unit, bar->low, low), format_value(unit, bar->high, high));
}

static bool make_rows(const struct chart *chart, struct rows *rows)
{
	*rows = (struct rows){.row = xcalloc(chart->n_bars, sizeof *rows->row), .count = chart->n_bars};
	double largest = 0;
	axis_start(&rows->axis, &chart->axes, AXIS_X);
	rows->dots = rows->axis.domain.log;
	for (uint32_t i = 0; i < chart->n_bars; i++)
		largest = fmax(largest, fabs(chart->bars[i].value));
	for (uint32_t i = 0; i < chart->n_bars; i++) {
		const struct plot_bar *bar = &chart->bars[i];
		struct row *row = &rows->row[i];
		*row = (struct row){.label = bar->label,
		                    .note = bar->note,
		                    .from = 0,
		                    .to = bar->value,
		                    .low = bar->low,
		                    .high = bar->high,
		                    .colour = palette_series(bar->group)};
		if (isnan(bar->value))
			row->missing = FORMAT_MISSING;
		else
			format_value_among(chart->axes.x_unit, bar->value, largest, row->value);
		interval_text(chart->axes.x_unit, bar, row->detail, sizeof row->detail);
		axis_include(&rows->axis, bar->value);
		axis_include(&rows->axis, bar->low);
		axis_include(&rows->axis, bar->high);
	}
	return rows->count > 0 && rows->axis.any && axis_settle(&rows->axis, true, true);
}

void chart_bars_draw(struct canvas *canvas, const struct chart *chart, struct box area)
{
	struct rows rows;
	if (make_rows(chart, &rows))
		rows_draw(canvas, &rows, area);
	else
		chart_draw_empty(canvas, chart, area);
	free(rows.row);
}

double chart_bars_height(struct canvas *canvas, const struct chart *chart, double width)
{
	struct rows rows;
	double height = make_rows(chart, &rows) ? rows_height(canvas, &rows, width) : CHART_EMPTY_HEIGHT * canvas->em;
	free(rows.row);
	return height;
}
