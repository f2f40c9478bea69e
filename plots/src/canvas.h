/* canvas.h - a Cairo context with a text layout: what charts and pages draw on.
 *
 * All sizes derive from `em`, the size of normal text, so that a chart looks alike on paper (points), in a browser (CSS
 * pixels) and on a phone. Fonts are DejaVu Sans, unhinted, so that widths do not depend on the surface. Draw in one
 * thread: Pango's font map is shared. */
#ifndef BERTH_PLOTS_CANVAS_H
#define BERTH_PLOTS_CANVAS_H

#include "base/base.h" /* before GLib, which defines MIN and MAX anew */

#include <pango/pangocairo.h>

#include "palette.h"

struct box {
	double x, y, width, height;
};

/* Told of every text as it is drawn, with the box that its ink covers. Tests look for overlaps and clipping with it. */
typedef void text_observer(void *state, uint32_t page, const char *text, struct box ink);

struct canvas {
	cairo_t *cr;
	PangoLayout *layout;
	double em;     /* in user units */
	uint32_t page; /* of the report, from 1; 0 outside of one */
	text_observer *observer;
	void *observer_state;
};

/* `cr` is borrowed. */
void canvas_open(struct canvas *canvas, cairo_t *cr, double em);
void canvas_close(struct canvas *canvas);

static inline void canvas_set_colour(struct canvas *canvas, struct colour colour)
{
	cairo_set_source_rgb(canvas->cr, colour.red, colour.green, colour.blue);
}

#endif
