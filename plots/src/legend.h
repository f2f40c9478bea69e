/* legend.h - keys to a chart's colours: beside it, above it, or as labels at the ends of its lines. Never inside. */
#ifndef BERTH_PLOTS_LEGEND_H
#define BERTH_PLOTS_LEGEND_H

#include "canvas.h"
#include "marks.h"
#include "text.h"

enum swatch { SWATCH_LINE, SWATCH_BOX, SWATCH_HATCHED };

struct legend_entry {
	const char *label;
	enum swatch swatch;
	enum pen pen; /* LINE */
	enum marker marker;
	struct colour colour;
	uint32_t index; /* the caller's own */
	double at;      /* direct labels: height of the line's end in drawing space; NAN = the line has no end to label */
};

/* Rows from left to right, wrapped at `width`. The height that they take; drawing them with their top at `top`. */
double legend_rows_height(struct canvas *canvas, const struct legend_entry *entries, uint32_t count, double width);
void legend_rows_draw(struct canvas *canvas, const struct legend_entry *entries, uint32_t count, double x, double top,
                      double width);

/* One below the other, with swatches. */
double legend_column_width(struct canvas *canvas, const struct legend_entry *entries, uint32_t count);
double legend_column_height(const struct canvas *canvas, uint32_t count);
void legend_column_draw(struct canvas *canvas, const struct legend_entry *entries, uint32_t count, double x, double top,
                        double width);

/* Labels at line ends, in the lines' colours: entries sorted by `at`. Moves each `at` as little as keeps labels apart
 * within [top, bottom]; false when some label would stand too far from its line. */
NODISCARD bool legend_direct_place(const struct canvas *canvas, struct legend_entry *entries, uint32_t count, double top,
                                   double bottom);
double legend_direct_width(struct canvas *canvas, const struct legend_entry *entries, uint32_t count);
void legend_direct_draw(struct canvas *canvas, const struct legend_entry *entries, uint32_t count, double x, double width);

#endif
