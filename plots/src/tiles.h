/* tiles.h - the headline numbers of a page, side by side. */
#ifndef BERTH_PLOTS_TILES_H
#define BERTH_PLOTS_TILES_H

#include "canvas.h"
#include "plots/report.h"

double tiles_height(struct canvas *canvas, const struct report_figure *figures, uint32_t count, double width);
void tiles_draw(struct canvas *canvas, const struct report_figure *figures, uint32_t count, struct box area);

#endif
