/* axis.h - an axis: from the data's range to a scale with ticks that fit, and its drawing.
 *
 * Order of calls: axis_start, axis_include for every value, axis_settle, then axis_fit_* once the room is known, then
 * axis_draw_*. */
#ifndef BERTH_PLOTS_AXIS_H
#define BERTH_PLOTS_AXIS_H

#include "canvas.h"
#include "scale.h"
#include "text.h"
#include "ticks.h"

enum axis_which { AXIS_X, AXIS_Y };

struct axis {
	struct tick_domain domain;
	struct scale scale;
	struct ticks ticks;
	double left, right; /* of the chart */
	const char *label, *currency;
	bool fixed;   /* the caller gave the range */
	bool any;     /* some value was included */
	bool clamped; /* a log axis was given zero or less */
};

void axis_start(struct axis *axis, const struct plot_axes *axes, enum axis_which which);
/* NAN and absurd sizes are passed over. */
void axis_include(struct axis *axis, double value);
/* Fixes the domain. Without data false, unless the caller gave the range. `from_zero`: a linear axis of a quantity starts
 * at zero; `round`: the ends become round numbers. */
NODISCARD bool axis_settle(struct axis *axis, bool from_zero, bool round);

/* The finest ticks whose labels fit; sets the scale's range. `area`: the whole chart, within which x labels stay. */
void axis_fit_x(struct canvas *canvas, struct axis *axis, struct box plot, struct box area);
void axis_fit_y(struct canvas *canvas, struct axis *axis, double bottom, double top);

/* Room for labels left of the plot, and for tick labels and title below it. */
double axis_y_width(struct canvas *canvas, const struct axis *axis);
double axis_x_height(const struct canvas *canvas, const struct axis *axis);

/* "Wait (log scale)", "Demand (GPUs)": NULL when there is nothing to say. g_free() it. */
char *axis_title(const struct axis *axis);

/* Grid lines across `plot`; before the data. */
void axis_draw_grid_y(struct canvas *canvas, const struct axis *axis, struct box plot);
void axis_draw_grid_x(struct canvas *canvas, const struct axis *axis, struct box plot);
/* Labels and, for x, the base line; after the data. */
void axis_draw_y(struct canvas *canvas, const struct axis *axis, struct box plot);
void axis_draw_x(struct canvas *canvas, const struct axis *axis, struct box plot);

/* Styles that charts share. */
struct text_style axis_label_style(void);
struct text_style axis_title_style(void);

#endif
