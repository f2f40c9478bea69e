/* pages.h - the report on sheets of A4 landscape, in points.
 *
 * Each page of the report begins a new sheet. When its blocks fit on one, charts grow or shrink to fill it; else blocks
 * follow each other over as many sheets as they need, tables with their header repeated. */
#ifndef BERTH_PLOTS_PAGES_H
#define BERTH_PLOTS_PAGES_H

#include "canvas.h"
#include "plots/report.h"

#define SHEET_WIDTH 841.89
#define SHEET_HEIGHT 595.28
#define SHEET_EM 8.6
#define SHEET_MARGIN 42.0

/* Draws all sheets, each ended by cairo_show_page(), and returns their number. `total` stands in "page 1 of total": 0 when
 * it is not known yet. On a PDF surface every page of the report gets an entry in the outline. */
uint32_t pages_draw(struct canvas *canvas, const struct report *report, uint32_t total);

#endif
