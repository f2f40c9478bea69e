/* chart.h - one chart in a box of a canvas. */
#ifndef BERTH_PLOTS_CHART_H
#define BERTH_PLOTS_CHART_H

#include "canvas.h"
#include "plots/report.h"

/* Below this width, in em, a chart takes its narrow form: legend above, row labels above their bars. */
#define CHART_NARROW 50

/* Title and subtitle are drawn inside the box when `heading`; a page that sets them as its own text leaves them out. */
void chart_draw(struct canvas *canvas, const struct chart *chart, struct box area, bool heading);
/* The height that suits the chart at this width, and the least at which everything in it can be read. */
double chart_height(struct canvas *canvas, const struct chart *chart, double width, bool heading);
double chart_least_height(struct canvas *canvas, const struct chart *chart, double width, bool heading);

/* The kinds, without heading. Each draws its empty text when there is no data. */
void chart_lines_draw(struct canvas *canvas, const struct chart *chart, struct box area);
void chart_waterfall_draw(struct canvas *canvas, const struct chart *chart, struct box area);
void chart_bars_draw(struct canvas *canvas, const struct chart *chart, struct box area);
void chart_gantt_draw(struct canvas *canvas, const struct chart *chart, struct box area);
double chart_lines_height(struct canvas *canvas, const struct chart *chart, double width);
double chart_waterfall_height(struct canvas *canvas, const struct chart *chart, double width);
double chart_bars_height(struct canvas *canvas, const struct chart *chart, double width);
double chart_gantt_height(struct canvas *canvas, const struct chart *chart, double width);
double chart_gantt_least_height(struct canvas *canvas, const struct chart *chart, double width);

/* Height, in em, of a chart that has no data. */
#define CHART_EMPTY_HEIGHT 10
void chart_draw_empty(struct canvas *canvas, const struct chart *chart, struct box area);

#endif
