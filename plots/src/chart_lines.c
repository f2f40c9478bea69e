/* chart_lines.c - lines with bands, steps, stacked areas and dashed limits.
 *
 * Drawn from back to front: grid, stacked areas, bands, lines, limits. Lines carry their names at their right ends where
 * those keep apart; else a legend stands to the right of the plot, or above it when the chart is narrow. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "axis.h"
#include "chart.h"
#include "legend.h"
#include "marks.h"

/* In em. */
#define LINE_WIDTH 0.19
#define THIN_LINE_WIDTH 0.15
#define LIMIT_WIDTH 0.16
#define RIGHT_MARGIN 1.4
#define LEGEND_GAP 1.2
#define BAND_ALPHA 0.2
#define AREA_SHARE 0.85  /* of the series' colour over white */
#define SEAM_SPACING 4.0 /* user units between points from which areas are set apart by white seams */
#define LEAST_HEIGHT 22
#define MOST_HEIGHT 32
#define MOST_LEGEND_HEIGHT 60
#define BESIDE_LEGEND 7  /* axes and titles above and below the plot */
#define LEGEND_SHARE 0.3 /* of the chart's width at most */

enum { FEW_POINTS = 12 };

enum legend_place { LEGEND_NONE, LEGEND_DIRECT, LEGEND_COLUMN, LEGEND_ROWS };

/* How a series looks, and for stacked ones between which values it lies. */
struct look {
	struct colour colour;
	enum pen pen;
	enum marker marker;
	uint32_t position;  /* among the solid ones */
	double *low, *high; /* stacked; owned */
};

struct lines {
	const struct chart *chart;
	struct look *looks;
	struct axis x, y;
	struct legend_entry *entries;
	uint32_t n_entries, n_solid;
	enum legend_place place;
	struct box plot;
	double legend_width;
};

static double value_at(const struct plot_series *series, uint32_t i)
{
	return isfinite(series->y[i]) ? series->y[i] : 0;
}

/* Puts a stacked series on top of the one before it. */
static void stack(const struct plot_series *series, struct look *look, const struct look *below)
{
	look->low = xcalloc(series->count, sizeof *look->low);
	look->high = xcalloc(series->count, sizeof *look->high);
	for (uint32_t i = 0; i < series->count; i++) {
		look->low[i] = below ? below->high[i] : 0;
		look->high[i] = look->low[i] + value_at(series, i);
	}
}

static void choose_looks(struct lines *lines)
{
	const struct chart *chart = lines->chart;
	const struct look *below = NULL;
	uint32_t below_count = 0, n_limits = 0;
	for (uint32_t s = 0; s < chart->n_series; s++) {
		const struct plot_series *series = &chart->series[s];
		struct look *look = &lines->looks[s];
		if (series->dashed) {
			*look = (struct look){.colour = PALETTE_INK, .pen = pen_of_limit(n_limits++)};
			continue;
		}
		look->position = lines->n_solid++;
		look->colour = palette_tint(palette_series(look->position), series->stacked ? AREA_SHARE : 1);
		look->marker = series->stacked ? MARKER_NONE : marker_of_series(look->position);
		if (series->stacked) {
			stack(series, look, below_count >= series->count ? below : NULL);
			below = look;
			below_count = series->count;
		}
	}
}

static void include_series(struct lines *lines, uint32_t s)
{
	const struct plot_series *series = &lines->chart->series[s];
	const double *values[] = {lines->looks[s].high ? lines->looks[s].high : series->y, series->y_low, series->y_high};
	for (uint32_t i = 0; i < series->count; i++) {
		if (!isfinite(series->x[i]) || !isfinite(series->y[i]))
			continue;
		axis_include(&lines->x, series->x[i]);
		for (size_t k = 0; k < ARRAY_COUNT(values); k++)
			if (values[k])
				axis_include(&lines->y, values[k][i]);
	}
}

static bool settle_axes(struct lines *lines)
{
	axis_start(&lines->x, &lines->chart->axes, AXIS_X);
	axis_start(&lines->y, &lines->chart->axes, AXIS_Y);
	for (uint32_t s = 0; s < lines->chart->n_series; s++)
		include_series(lines, s);
	if (!lines->x.any)
		return false;
	return axis_settle(&lines->x, false, lines->x.domain.log) && axis_settle(&lines->y, true, true);
}

/* Index of the last point of a series, or `count` when it has none. */
static uint32_t last_point(const struct plot_series *series)
{
	for (uint32_t i = series->count; i-- > 0;)
		if (isfinite(series->x[i]) && isfinite(series->y[i]))
			return i;
	return series->count;
}

/* Where the series ends in drawing space; NAN when it ends before the plot does. */
static double end_height(const struct lines *lines, uint32_t s)
{
	const struct plot_series *series = &lines->chart->series[s];
	const struct look *look = &lines->looks[s];
	uint32_t last = last_point(series);
	if (last == series->count)
		return NAN;
	double from_end = lines->x.domain.max - series->x[last];
	if (from_end > 0.02 * (lines->x.domain.max - lines->x.domain.min))
		return NAN;
	return scale_at(&lines->y.scale, look->high ? (look->low[last] + look->high[last]) / 2 : series->y[last]);
}

static void make_entries(struct lines *lines)
{
	for (uint32_t s = 0; s < lines->chart->n_series; s++) {
		const struct plot_series *series = &lines->chart->series[s];
		const struct look *look = &lines->looks[s];
		if (series->label && *series->label)
			lines->entries[lines->n_entries++] = (struct legend_entry){.label = series->label,
			                                                           .swatch = series->stacked ? SWATCH_BOX : SWATCH_LINE,
			                                                           .pen = look->pen,
			                                                           .marker = look->marker,
			                                                           .colour = look->colour,
			                                                           .index = s};
	}
}

/* Whether a belongs above b: by the ends of their series when all have one; else lines as given, then areas as they lie on
 * top of each other. */
static bool above(const struct legend_entry *a, const struct legend_entry *b, bool by_end)
{
	if (by_end)
		return a->at < b->at;
	bool a_area = a->swatch == SWATCH_BOX, b_area = b->swatch == SWATCH_BOX;
	if (a_area != b_area)
		return b_area;
	return a_area ? a->index > b->index : a->index < b->index;
}

static bool all_have_ends(const struct lines *lines)
{
	for (uint32_t e = 0; e < lines->n_entries; e++)
		if (!isfinite(lines->entries[e].at))
			return false;
	return true;
}

static void sort_entries(struct lines *lines)
{
	bool by_end = all_have_ends(lines);
	for (uint32_t i = 1; i < lines->n_entries; i++)
		for (uint32_t k = i; k > 0 && above(&lines->entries[k], &lines->entries[k - 1], by_end); k--) {
			struct legend_entry swap = lines->entries[k];
			lines->entries[k] = lines->entries[k - 1];
			lines->entries[k - 1] = swap;
		}
}

static bool try_direct(struct canvas *canvas, struct lines *lines)
{
	if (!all_have_ends(lines))
		return false;
	struct legend_entry *placed = xcalloc(lines->n_entries, sizeof *placed);
	memcpy(placed, lines->entries, lines->n_entries * sizeof *placed);
	bool fits = legend_direct_place(canvas, placed, lines->n_entries, lines->plot.y, lines->plot.y + lines->plot.height);
	if (fits)
		memcpy(lines->entries, placed, lines->n_entries * sizeof *placed);
	free(placed);
	return fits;
}

static void place_legend(struct canvas *canvas, struct lines *lines, struct box area)
{
	double most = LEGEND_SHARE * area.width;
	bool wide = area.width >= CHART_NARROW * canvas->em;
	lines->legend_width = 0;
	if (lines->n_entries == 0) {
		lines->place = LEGEND_NONE;
		return;
	}
	if (wide) {
		sort_entries(lines);
		if (try_direct(canvas, lines)) {
			lines->place = LEGEND_DIRECT;
			lines->legend_width = fmin(most, legend_direct_width(canvas, lines->entries, lines->n_entries));
			return;
		}
	}
	bool column = wide && legend_column_height(canvas, lines->n_entries) <= lines->plot.height;
	lines->place = column ? LEGEND_COLUMN : LEGEND_ROWS;
	if (column)
		lines->legend_width =
		    fmin(most, legend_column_width(canvas, lines->entries, lines->n_entries)) + LEGEND_GAP * canvas->em;
}

/* The plot's box: what axes, y title and legend leave. */
static void lay_out(struct canvas *canvas, struct lines *lines, struct box area)
{
	struct text_style title_style = axis_title_style();
	char *y_title = axis_title(&lines->y);
	double above = (y_title ? text_leading(canvas, &title_style) : 0) + 0.6 * canvas->em;
	double below = axis_x_height(canvas, &lines->x);
	g_free(y_title);
	struct box *plot = &lines->plot;
	*plot = (struct box){area.x, area.y + above, area.width, fmax(area.height - above - below, canvas->em)};
	axis_fit_y(canvas, &lines->y, plot->y + plot->height, plot->y);
	for (uint32_t e = 0; e < lines->n_entries; e++)
		lines->entries[e].at = end_height(lines, lines->entries[e].index);
	place_legend(canvas, lines, area);
	if (lines->place == LEGEND_ROWS) {
		double rows = legend_rows_height(canvas, lines->entries, lines->n_entries, area.width);
		plot->y += rows;
		plot->height = fmax(plot->height - rows, canvas->em);
		axis_fit_y(canvas, &lines->y, plot->y + plot->height, plot->y);
	}
	double left = axis_y_width(canvas, &lines->y);
	plot->x += left;
	plot->width -= left + fmax(lines->legend_width, RIGHT_MARGIN * canvas->em);
	axis_fit_x(canvas, &lines->x, *plot, area);
}

static void draw_legend(struct canvas *canvas, const struct lines *lines, struct box area)
{
	double right = lines->plot.x + lines->plot.width, gap = LEGEND_GAP * canvas->em;
	switch (lines->place) {
	case LEGEND_NONE:
		break;
	case LEGEND_DIRECT:
		legend_direct_draw(canvas, lines->entries, lines->n_entries, right, lines->legend_width);
		break;
	case LEGEND_COLUMN:
		legend_column_draw(canvas, lines->entries, lines->n_entries, right + gap, lines->plot.y, lines->legend_width - gap);
		break;
	case LEGEND_ROWS:
		legend_rows_draw(canvas, lines->entries, lines->n_entries, area.x, area.y, area.width);
		break;
	}
}

/* Fills between two arrays of values over every run in which both are known. */
static void fill_between(struct canvas *canvas, const struct lines *lines, const struct plot_series *series,
                         const double *low, const double *high)
{
	const double *needed[] = {low, high, series->y};
	struct trace trace = {0};
	uint32_t at = 0, first, end;
	while (run_next(series->x, needed, ARRAY_COUNT(needed), series->count, &at, &first, &end)) {
		struct run run = {series->x, high, first, end, series->step};
		trace_run(&trace, &run, &lines->x.scale, &lines->y.scale);
		trace_path(canvas, &trace, false, false);
		run.y = low;
		trace_run(&trace, &run, &lines->x.scale, &lines->y.scale);
		trace_path(canvas, &trace, true, true);
		cairo_close_path(canvas->cr);
	}
	trace_free(&trace);
}

/* From the axis up, behind the areas below it, so that no line shows between neighbours. */
static void draw_area(struct canvas *canvas, const struct lines *lines, uint32_t s)
{
	const struct plot_series *series = &lines->chart->series[s];
	double *floor = xcalloc(series->count, sizeof *floor);
	fill_between(canvas, lines, series, floor, lines->looks[s].high);
	free(floor);
	canvas_set_colour(canvas, lines->looks[s].colour);
	cairo_fill_preserve(canvas->cr);
	if (series->count * SEAM_SPACING < lines->plot.width) {
		pen_set(canvas, PEN_SOLID, PALETTE_WHITE, 0.05);
		cairo_stroke(canvas->cr);
	}
	cairo_new_path(canvas->cr);
}

static void draw_band(struct canvas *canvas, const struct lines *lines, uint32_t s)
{
	const struct plot_series *series = &lines->chart->series[s];
	struct colour colour = lines->looks[s].colour;
	fill_between(canvas, lines, series, series->y_low, series->y_high);
	cairo_set_source_rgba(canvas->cr, colour.red, colour.green, colour.blue, BAND_ALPHA);
	cairo_fill(canvas->cr);
}

/* Markers stand about a tenth of the plot apart, each series a little further along than the one before. */
static void draw_markers(struct canvas *canvas, const struct lines *lines, const struct trace *trace,
                         const struct look *look)
{
	double pitch = lines->plot.width / 9;
	double next = lines->plot.x + pitch * (0.15 + 0.7 * (look->position % PALETTE_HUES) / PALETTE_HUES);
	for (uint32_t i = 0; i < trace->count; i++)
		if (trace->items[i].x >= next) {
			marker_draw(canvas, look->marker, trace->items[i].x, trace->items[i].y, 0.6, look->colour);
			next = trace->items[i].x + pitch;
		}
}

/* A line through few points shows where they are: between them nothing is known. */
static void draw_points(struct canvas *canvas, const struct lines *lines, uint32_t s)
{
	const struct plot_series *series = &lines->chart->series[s];
	if (series->step || series->dashed || series->count > FEW_POINTS)
		return;
	canvas_set_colour(canvas, lines->looks[s].colour);
	for (uint32_t i = 0; i < series->count; i++) {
		double x = scale_at(&lines->x.scale, series->x[i]), y = scale_at(&lines->y.scale, series->y[i]);
		if (!(fabs(x) < FARTHEST && fabs(y) < FARTHEST))
			continue;
		cairo_arc(canvas->cr, x, y, 1.6 * LINE_WIDTH * canvas->em, 0, 2 * M_PI);
		cairo_fill(canvas->cr);
	}
}

static void draw_line(struct canvas *canvas, const struct lines *lines, uint32_t s)
{
	const struct plot_series *series = &lines->chart->series[s];
	const struct look *look = &lines->looks[s];
	double width = series->dashed ? LIMIT_WIDTH : lines->n_solid > PALETTE_HUES ? THIN_LINE_WIDTH : LINE_WIDTH;
	struct trace trace = {0};
	uint32_t at = 0, first, end;
	while (run_next(series->x, &series->y, 1, series->count, &at, &first, &end)) {
		struct run run = {series->x, series->y, first, end, series->step};
		trace_run(&trace, &run, &lines->x.scale, &lines->y.scale);
		trace_path(canvas, &trace, false, false);
		pen_set(canvas, look->pen, look->colour, width);
		cairo_stroke(canvas->cr);
		draw_markers(canvas, lines, &trace, look);
	}
	trace_free(&trace);
	draw_points(canvas, lines, s);
}

static void draw_data(struct canvas *canvas, const struct lines *lines)
{
	const struct chart *chart = lines->chart;
	double slack = 0.3 * canvas->em;
	cairo_save(canvas->cr);
	cairo_rectangle(canvas->cr, lines->plot.x - slack, lines->plot.y - slack, lines->plot.width + 2 * slack,
	                lines->plot.height + 2 * slack);
	cairo_clip(canvas->cr);
	for (uint32_t s = chart->n_series; s-- > 0;)
		if (lines->looks[s].high)
			draw_area(canvas, lines, s);
	for (uint32_t s = 0; s < chart->n_series; s++)
		if (chart->series[s].y_low && chart->series[s].y_high)
			draw_band(canvas, lines, s);
	for (int limits = 0; limits < 2; limits++)
		for (uint32_t s = 0; s < chart->n_series; s++)
			if (!lines->looks[s].high && chart->series[s].dashed == (limits == 1))
				draw_line(canvas, lines, s);
	cairo_restore(canvas->cr);
}

static void draw_all(struct canvas *canvas, struct lines *lines, struct box area)
{
	lay_out(canvas, lines, area);
	axis_draw_grid_y(canvas, &lines->y, lines->plot);
	if (lines->x.domain.log)
		axis_draw_grid_x(canvas, &lines->x, lines->plot);
	draw_data(canvas, lines);
	axis_draw_y(canvas, &lines->y, lines->plot);
	axis_draw_x(canvas, &lines->x, lines->plot);
	struct text_style style = axis_title_style();
	char *y_title = axis_title(&lines->y);
	style.max_width = area.width;
	if (y_title)
		text_draw(canvas, &style, y_title, area.x, lines->plot.y - 0.85 * canvas->em, ALIGN_LEFT);
	g_free(y_title);
	draw_legend(canvas, lines, area);
}

/* False when there is nothing to draw; to be finished in either case. */
static bool lines_start(struct lines *lines, const struct chart *chart)
{
	*lines = (struct lines){.chart = chart,
	                        .looks = xcalloc(chart->n_series, sizeof *lines->looks),
	                        .entries = xcalloc(chart->n_series, sizeof *lines->entries)};
	choose_looks(lines);
	make_entries(lines);
	return settle_axes(lines);
}

static void lines_finish(struct lines *lines)
{
	for (uint32_t s = 0; s < lines->chart->n_series; s++) {
		free(lines->looks[s].low);
		free(lines->looks[s].high);
	}
	free(lines->looks);
	free(lines->entries);
}

void chart_lines_draw(struct canvas *canvas, const struct chart *chart, struct box area)
{
	struct lines lines;
	if (lines_start(&lines, chart))
		draw_all(canvas, &lines, area);
	else
		chart_draw_empty(canvas, chart, area);
	lines_finish(&lines);
}

/* A legend needs room of its own when it stands above the plot, and a plot as high as itself when it stands beside. */
static double suitable_height(struct canvas *canvas, const struct lines *lines, double width)
{
	double em = canvas->em, plain = fmax(LEAST_HEIGHT * em, fmin(MOST_HEIGHT * em, 0.42 * width)), legend;
	if (width < CHART_NARROW * em)
		legend = plain + legend_rows_height(canvas, lines->entries, lines->n_entries, width);
	else
		legend = legend_column_height(canvas, lines->n_entries) + BESIDE_LEGEND * em;
	return fmax(plain, fmin(legend, MOST_LEGEND_HEIGHT * em));
}

double chart_lines_height(struct canvas *canvas, const struct chart *chart, double width)
{
	struct lines lines;
	double height = CHART_EMPTY_HEIGHT * canvas->em;
	if (lines_start(&lines, chart))
		height = suitable_height(canvas, &lines, width);
	lines_finish(&lines);
	return height;
}
