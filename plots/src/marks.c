/* marks.c - see marks.h. */
#include <math.h>
#include <stdlib.h>

#include "base/vec.h"
#include "marks.h"

/* Width of a column in which points are thinned, and the grid to which coordinates are rounded, in user units. */
#define COLUMN 0.5
#define GRID 8.0

static double on_grid(double value)
{
	return round(fmax(-FARTHEST, fmin(FARTHEST, value)) * GRID) / GRID;
}

static void push(struct trace *trace, struct point point)
{
	point = (struct point){on_grid(point.x), on_grid(point.y)};
	if (trace->count > 0) {
		const struct point *last = &trace->items[trace->count - 1];
		if (last->x == point.x && last->y == point.y)
			return;
	}
	VEC_RESERVE(trace, trace->count + 1);
	trace->items[trace->count++] = point;
}

/* The points of the column at hand, in order of arrival. */
struct column {
	int64_t index;
	struct point first, low, high, last;
	bool low_is_older, empty;
};

static void column_flush(struct trace *trace, struct column *column)
{
	if (column->empty)
		return;
	push(trace, column->first);
	push(trace, column->low_is_older ? column->low : column->high);
	push(trace, column->low_is_older ? column->high : column->low);
	push(trace, column->last);
	column->empty = true;
}

static void column_add(struct trace *trace, struct column *column, struct point point)
{
	int64_t index = (int64_t)floor(fmax(-1e6, fmin(1e6, point.x)) / COLUMN);
	if (!column->empty && index != column->index)
		column_flush(trace, column);
	if (column->empty) {
		*column = (struct column){index, point, point, point, point, true, false};
		return;
	}
	if (point.y < column->low.y) {
		column->low = point;
		column->low_is_older = false;
	}
	if (point.y > column->high.y) {
		column->high = point;
		column->low_is_older = true;
	}
	column->last = point;
}

void trace_run(struct trace *trace, const struct run *run, const struct scale *x, const struct scale *y)
{
	struct column column = {.empty = true};
	trace->count = 0;
	for (uint32_t i = run->first; i < run->end; i++) {
		struct point point = {scale_at(x, run->x[i]), scale_at(y, run->y[i])};
		if (run->step && i > run->first)
			column_add(trace, &column, (struct point){point.x, scale_at(y, run->y[i - 1])});
		column_add(trace, &column, point);
	}
	column_flush(trace, &column);
}

void trace_free(struct trace *trace)
{
	VEC_FREE(trace);
}

void trace_path(struct canvas *canvas, const struct trace *trace, bool backwards, bool join)
{
	for (uint32_t i = 0; i < trace->count; i++) {
		const struct point *point = &trace->items[backwards ? trace->count - 1 - i : i];
		if (i == 0 && !join)
			cairo_move_to(canvas->cr, point->x, point->y);
		else
			cairo_line_to(canvas->cr, point->x, point->y);
	}
	if (trace->count == 1 && !join)
		cairo_line_to(canvas->cr, trace->items[0].x, trace->items[0].y); /* a dot, with round caps */
}

static bool all_finite(const double *x, const double *const *values, uint32_t n_values, uint32_t at)
{
	if (!isfinite(x[at]))
		return false;
	for (uint32_t i = 0; i < n_values; i++)
		if (values[i] && !isfinite(values[i][at]))
			return false;
	return true;
}

bool run_next(const double *x, const double *const *values, uint32_t n_values, uint32_t count, uint32_t *at,
              uint32_t *ret_first, uint32_t *ret_end)
{
	uint32_t first = *at;
	while (first < count && !all_finite(x, values, n_values, first))
		first++;
	if (first == count)
		return false;
	uint32_t end = first + 1;
	while (end < count && all_finite(x, values, n_values, end))
		end++;
	*ret_first = first;
	*ret_end = *at = end;
	return true;
}

void pen_set(struct canvas *canvas, enum pen pen, struct colour colour, double width_em)
{
	double em = canvas->em;
	const double dashes[][4] = {[PEN_DASHED] = {0.75 * em, 0.4 * em},
	                            [PEN_DOTTED] = {0.01, 0.35 * em},
	                            [PEN_DASH_DOT] = {0.9 * em, 0.35 * em, 0.01, 0.35 * em}};
	canvas_set_colour(canvas, colour);
	cairo_set_line_width(canvas->cr, width_em * em);
	cairo_set_line_join(canvas->cr, CAIRO_LINE_JOIN_ROUND);
	cairo_set_line_cap(canvas->cr, pen == PEN_DASHED ? CAIRO_LINE_CAP_BUTT : CAIRO_LINE_CAP_ROUND);
	cairo_set_dash(canvas->cr, dashes[pen], pen == PEN_SOLID ? 0 : pen == PEN_DASH_DOT ? 4 : 2, 0);
}

enum pen pen_of_limit(uint32_t index)
{
	static const enum pen pens[] = {PEN_DASHED, PEN_DOTTED, PEN_DASH_DOT};
	return pens[index % ARRAY_COUNT(pens)];
}

enum marker marker_of_series(uint32_t index)
{
	return (enum marker)(index / PALETTE_HUES % MARKER_COUNT);
}

void marker_draw(struct canvas *canvas, enum marker marker, double x, double y, double size, struct colour colour)
{
	double radius = size * canvas->em / 2;
	if (marker == MARKER_NONE)
		return;
	cairo_new_path(canvas->cr); /* text leaves a point behind */
	if (marker == MARKER_CIRCLE)
		cairo_arc(canvas->cr, x, y, radius, 0, 2 * M_PI);
	else
		cairo_rectangle(canvas->cr, x - 0.9 * radius, y - 0.9 * radius, 1.8 * radius, 1.8 * radius);
	canvas_set_colour(canvas, PALETTE_WHITE);
	cairo_fill_preserve(canvas->cr);
	pen_set(canvas, PEN_SOLID, colour, 0.13);
	cairo_stroke(canvas->cr);
}

void mark_box(struct canvas *canvas, struct box box, struct colour colour)
{
	canvas_set_colour(canvas, colour);
	cairo_rectangle(canvas->cr, box.x, box.y, box.width, box.height);
	cairo_fill(canvas->cr);
}

void mark_hatch(struct canvas *canvas, struct box box, struct colour colour)
{
	double pitch = 0.42 * canvas->em, right = box.x + box.width, bottom = box.y + box.height;
	pen_set(canvas, PEN_SOLID, colour, 0.1);
	cairo_set_line_cap(canvas->cr, CAIRO_LINE_CAP_BUTT);
	for (double x = box.x - box.height + pitch / 2; x < right; x += pitch) {
		double from = fmax(x, box.x), to = fmin(x + box.height, right);
		cairo_move_to(canvas->cr, from, bottom - (from - x));
		cairo_line_to(canvas->cr, to, bottom - (to - x));
	}
	cairo_stroke(canvas->cr);
}

void mark_whisker(struct canvas *canvas, double low, double high, double y, double half_height)
{
	pen_set(canvas, PEN_SOLID, PALETTE_INK, 0.12);
	cairo_set_line_cap(canvas->cr, CAIRO_LINE_CAP_BUTT);
	cairo_move_to(canvas->cr, low, y);
	cairo_line_to(canvas->cr, high, y);
	for (int end = 0; end < 2; end++) {
		double x = end ? high : low;
		cairo_move_to(canvas->cr, x, y - half_height);
		cairo_line_to(canvas->cr, x, y + half_height);
	}
	cairo_stroke(canvas->cr);
}
