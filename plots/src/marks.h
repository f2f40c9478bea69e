/* marks.h - what stands for data: lines, steps, bands, areas, markers, boxes.
 *
 * Lines of many points are thinned in drawing space: of the points in one narrow column the first, lowest, highest and
 * last are kept, which looks the same and keeps files small. */
#ifndef BERTH_PLOTS_MARKS_H
#define BERTH_PLOTS_MARKS_H

#include "canvas.h"
#include "scale.h"

/* Coordinates farther out than Cairo can count are drawn here, outside of every page. */
#define FARTHEST 1e5

struct point {
	double x, y;
};

/* A path in drawing space. */
struct trace {
	struct point *items;
	uint32_t count, capacity;
};

/* Values to be drawn between indexes [first, end), all finite. */
struct run {
	const double *x, *y;
	uint32_t first, end;
	bool step; /* holds its value until the next x */
};

/* Replaces what the trace holds by the run's points. */
void trace_run(struct trace *trace, const struct run *run, const struct scale *x, const struct scale *y);
void trace_free(struct trace *trace);
/* Appends the trace to the current path, backwards if asked; `join`: by a line from the current point. */
void trace_path(struct canvas *canvas, const struct trace *trace, bool backwards, bool join);

/* The next run at or after *at in which x and every one of the `n_values` arrays is finite; false at the end. Advances
 * *at. NULL arrays are passed over. */
bool run_next(const double *x, const double *const *values, uint32_t n_values, uint32_t count, uint32_t *at,
              uint32_t *ret_first, uint32_t *ret_end);

enum pen { PEN_SOLID, PEN_DASHED, PEN_DOTTED, PEN_DASH_DOT };
void pen_set(struct canvas *canvas, enum pen pen, struct colour colour, double width_em);
/* The pen of the n-th dashed line of a chart. */
enum pen pen_of_limit(uint32_t index);

/* Markers tell series of the same hue apart; 0 draws nothing. `size` in em. */
enum marker { MARKER_NONE, MARKER_CIRCLE, MARKER_SQUARE, MARKER_COUNT };
enum marker marker_of_series(uint32_t index);
void marker_draw(struct canvas *canvas, enum marker marker, double x, double y, double size, struct colour colour);

void mark_box(struct canvas *canvas, struct box box, struct colour colour);
/* Diagonal lines over a box. */
void mark_hatch(struct canvas *canvas, struct box box, struct colour colour);
/* A whisker from `low` to `high` at height y. */
void mark_whisker(struct canvas *canvas, double low, double high, double y, double half_height);

#endif
