/* chart_waterfall.c - a whole and the parts that it falls into, each beginning where the one before it ends.
 *
 * Shares are rounded to tenths of a percent and amounts to whole units by largest remainders, so that what is printed sums
 * to 100.0 % and to the whole exactly. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "chart.h"
#include "rows.h"
#include "shares.h"

#define MOST_SHOWN 1e15 /* whole units beyond this are not exact in a double */

static double part_of(const struct plot_bar *bar)
{
	return isfinite(bar->value) && bar->value > 0 ? bar->value : 0;
}

/* Bars of one group, so that they can share a colour family. */
static struct colour colour_of(const struct chart *chart, uint32_t index)
{
	uint32_t position = 0, count = 0, group = chart->bars[index].group;
	for (uint32_t i = 0; i < chart->n_bars; i++)
		if (chart->bars[i].group == group) {
			position += i < index;
			count++;
		}
	return palette_family(group, position, count);
}

/* Percent and amount of one row: ten times the percent, and the amount in what people read. */
struct amounts {
	int64_t permille, shown;
};

static void fill_amounts(const struct chart *chart, struct amounts amounts, struct row *row)
{
	snprintf(row->value, sizeof row->value, "%lld.%lld%%", (long long)amounts.permille / 10,
	         (long long)amounts.permille % 10);
	enum plot_unit unit = chart->axes.x_unit;
	if (unit == UNIT_SECONDS || unit == UNIT_DURATION_US)
		format_value(UNIT_DURATION_US, (double)amounts.shown, row->detail);
	else if (unit != UNIT_RATIO)
		format_whole(amounts.shown, row->detail);
}

static struct row make_total(const struct chart *chart, double whole)
{
	const char *label = chart->axes.y_label;
	struct row row = {.label = label && *label ? label : "Total",
	                  .from = 0,
	                  .to = whole,
	                  .low = NAN,
	                  .high = NAN,
	                  .colour = PALETTE_MUTED,
	                  .strong = true};
	fill_amounts(chart, (struct amounts){1000, llround(whole * format_factor(chart->axes.x_unit))}, &row);
	return row;
}

static struct row make_part(const struct chart *chart, uint32_t i, double start, struct amounts amounts)
{
	const struct plot_bar *bar = &chart->bars[i];
	struct row row = {.label = bar->label,
	                  .note = bar->note,
	                  .from = start,
	                  .to = start + part_of(bar),
	                  .low = NAN,
	                  .high = NAN,
	                  .colour = colour_of(chart, i)};
	if (isnan(bar->value))
		row.missing = FORMAT_MISSING;
	else
		fill_amounts(chart, amounts, &row);
	return row;
}

static void fill_rows(const struct chart *chart, const double *parts, double whole, struct row *rows)
{
	uint32_t n = chart->n_bars;
	int64_t *permille = xcalloc(n, sizeof *permille), *shown = xcalloc(n, sizeof *shown);
	double start = 0;
	shares_round(parts, n, 1000, permille);
	shares_round(parts, n, llround(whole * format_factor(chart->axes.x_unit)), shown);
	rows[0] = make_total(chart, whole);
	for (uint32_t i = 0; i < n; i++) {
		rows[i + 1] = make_part(chart, i, start, (struct amounts){permille[i], shown[i]});
		start += parts[i];
	}
	free(permille);
	free(shown);
}

static bool make_rows(const struct chart *chart, struct rows *rows)
{
	uint32_t n = chart->n_bars;
	double *parts = xcalloc(n, sizeof *parts), whole = 0;
	*rows = (struct rows){
	    .row = xcalloc((size_t)n + 1, sizeof *rows->row), .count = n + 1, .connected = true, .details_right = true};
	for (uint32_t i = 0; i < n; i++)
		whole += parts[i] = part_of(&chart->bars[i]);
	axis_start(&rows->axis, &chart->axes, AXIS_X);
	axis_include(&rows->axis, whole);
	bool any = whole > 0 && whole * format_factor(chart->axes.x_unit) < MOST_SHOWN && axis_settle(&rows->axis, true, false);
	if (any)
		fill_rows(chart, parts, whole, rows->row);
	free(parts);
	return any;
}

void chart_waterfall_draw(struct canvas *canvas, const struct chart *chart, struct box area)
{
	struct rows rows;
	if (make_rows(chart, &rows))
		rows_draw(canvas, &rows, area);
	else
		chart_draw_empty(canvas, chart, area);
	free(rows.row);
}

double chart_waterfall_height(struct canvas *canvas, const struct chart *chart, double width)
{
	struct rows rows;
	double height = make_rows(chart, &rows) ? rows_height(canvas, &rows, width) : CHART_EMPTY_HEIGHT * canvas->em;
	free(rows.row);
	return height;
}
