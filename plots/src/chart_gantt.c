/* chart_gantt.c - a schedule: one row per lane, one box per span, hatched where a span ended by eviction.
 *
 * Spans of one lane that overlap in time are put on top of each other in sub-rows, first fit in order of start. */
#include <math.h>
#include <stdlib.h>

#include "axis.h"
#include "chart.h"
#include "legend.h"
#include "marks.h"

/* In em. */
#define LABEL_SIZE 0.9
#define SPAN_LABEL_SIZE 0.78
#define GAP 0.8
#define TOP 0.3
#define ROW 1.25
#define LEAST_ROW 0.6
#define LEAST_PLOT 10
#define MOST_PLOT 42
#define LEAST_LABELLED_ROW 1.0
#define RIGHT_MARGIN 1.4
#define LABEL_SHARE 0.25
#define NARROW_LABEL_SHARE 0.3
#define LEAST_WIDTH 0.12

struct gantt {
	const struct chart *chart;
	struct axis x;
	uint32_t *order;    /* spans by (lane, start, index) */
	uint32_t *sub_row;  /* per span, within its lane */
	uint32_t *lane_row; /* per lane: its first row; one more at the end: all rows */
	struct legend_entry *legend;
	uint32_t n_legend;
	struct box plot;
	double label_width;
};

static bool valid(const struct chart *chart, const struct plot_span *span)
{
	return span->lane < chart->n_lanes && isfinite(span->start) && isfinite(span->end) && span->end >= span->start;
}

/* qsort_r takes no const context. */
static int compare_spans(const void *a, const void *b, void *context)
{
	const struct plot_span *spans = context;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const struct plot_span *x = &spans[i], *y = &spans[j];
	if (x->lane != y->lane)
		return x->lane < y->lane ? -1 : 1;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return i < j ? -1 : i > j;
}

static uint32_t *spans_in_order(const struct chart *chart, uint32_t *ret_count)
{
	uint32_t *order = xcalloc(chart->n_spans, sizeof *order), n = 0;
	for (uint32_t i = 0; i < chart->n_spans; i++)
		if (valid(chart, &chart->spans[i]))
			order[n++] = i;
	qsort_r(order, n, sizeof *order, compare_spans, (void *)(uintptr_t)chart->spans);
	*ret_count = n;
	return order;
}

/* The first sub-row that is free at `start`; `ends` holds when each of `count` becomes free. */
static uint32_t free_sub_row(const double *ends, uint32_t count, double start)
{
	uint32_t i = 0;
	while (i < count && ends[i] > start)
		i++;
	return i;
}

static void pack(struct gantt *gantt, uint32_t n)
{
	const struct chart *chart = gantt->chart;
	double *ends = xcalloc(n, sizeof *ends);
	uint32_t i = 0, row = 0;
	for (uint32_t lane = 0; lane < chart->n_lanes; lane++) {
		uint32_t used = 0;
		gantt->lane_row[lane] = row;
		for (; i < n && chart->spans[gantt->order[i]].lane == lane; i++) {
			const struct plot_span *span = &chart->spans[gantt->order[i]];
			uint32_t sub = free_sub_row(ends, used, span->start);
			used = MAX(used, sub + 1);
			ends[sub] = span->end;
			gantt->sub_row[gantt->order[i]] = sub;
		}
		row += MAX(used, 1u);
	}
	gantt->lane_row[chart->n_lanes] = row;
	free(ends);
}

static void make_legend(struct gantt *gantt)
{
	const struct chart *chart = gantt->chart;
	uint32_t named = 0;
	bool hatched = false;
	while (chart->legend && chart->legend[named])
		named++;
	for (uint32_t i = 0; i < chart->n_spans; i++)
		hatched = hatched || chart->spans[i].hatched;
	gantt->legend = xcalloc((size_t)named + 1, sizeof *gantt->legend);
	for (uint32_t i = 0; i < named; i++)
		gantt->legend[gantt->n_legend++] =
		    (struct legend_entry){.label = chart->legend[i], .swatch = SWATCH_BOX, .colour = palette_series(i)};
	if (hatched)
		gantt->legend[gantt->n_legend++] =
		    (struct legend_entry){.label = "ended by eviction", .swatch = SWATCH_HATCHED, .colour = PALETTE_MUTED};
}

/* False when there is nothing to draw; to be finished in either case. */
static bool gantt_start(struct gantt *gantt, const struct chart *chart)
{
	uint32_t n;
	*gantt = (struct gantt){.chart = chart,
	                        .sub_row = xcalloc(chart->n_spans, sizeof *gantt->sub_row),
	                        .lane_row = xcalloc((size_t)chart->n_lanes + 1, sizeof *gantt->lane_row)};
	gantt->order = spans_in_order(chart, &n);
	pack(gantt, n);
	make_legend(gantt);
	axis_start(&gantt->x, &chart->axes, AXIS_X);
	for (uint32_t i = 0; i < n; i++) {
		axis_include(&gantt->x, chart->spans[gantt->order[i]].start);
		axis_include(&gantt->x, chart->spans[gantt->order[i]].end);
	}
	return n > 0 && axis_settle(&gantt->x, false, false);
}

static void gantt_finish(struct gantt *gantt)
{
	free(gantt->order);
	free(gantt->sub_row);
	free(gantt->lane_row);
	free(gantt->legend);
}

static double row_height(const struct gantt *gantt)
{
	return gantt->plot.height / gantt->lane_row[gantt->chart->n_lanes];
}

static void lay_out(struct canvas *canvas, struct gantt *gantt, struct box area)
{
	struct text_style style = {.size = LABEL_SIZE};
	bool narrow = area.width < CHART_NARROW * canvas->em;
	double legend = legend_rows_height(canvas, gantt->legend, gantt->n_legend, area.width);
	double above = legend + TOP * canvas->em, below = axis_x_height(canvas, &gantt->x);
	for (uint32_t lane = 0; lane < gantt->chart->n_lanes; lane++)
		gantt->label_width = fmax(gantt->label_width, text_width(canvas, &style, gantt->chart->lanes[lane]));
	gantt->label_width = fmin(gantt->label_width, (narrow ? NARROW_LABEL_SHARE : LABEL_SHARE) * area.width);
	double left = gantt->label_width + GAP * canvas->em;
	gantt->plot = (struct box){area.x + left, area.y + above, area.width - left - RIGHT_MARGIN * canvas->em,
	                           fmax(area.height - above - below, canvas->em)};
	axis_fit_x(canvas, &gantt->x, gantt->plot, area);
}

/* Lanes that are lower than their text share labels: as many as fit are named. */
static void draw_lanes(struct canvas *canvas, const struct gantt *gantt, struct box area)
{
	struct text_style style = {.size = LABEL_SIZE, .colour = PALETTE_INK, .max_width = gantt->label_width + 0.01};
	double height = row_height(gantt), free_from = -INFINITY, right = gantt->plot.x + gantt->plot.width;
	for (uint32_t lane = 0; lane < gantt->chart->n_lanes; lane++) {
		double top = gantt->plot.y + gantt->lane_row[lane] * height;
		double bottom = gantt->plot.y + gantt->lane_row[lane + 1] * height;
		double middle = (top + bottom) / 2, half = 0.55 * canvas->em;
		if (lane % 2 == 1)
			mark_box(canvas, (struct box){gantt->plot.x, top, gantt->plot.width, bottom - top}, PALETTE_PANEL);
		if (lane > 0)
			mark_box(canvas, (struct box){area.x, top - 0.03 * canvas->em, right - area.x, 0.06 * canvas->em}, PALETTE_GRID);
		if (middle - half < free_from)
			continue;
		text_draw_middle(canvas, &style, gantt->chart->lanes[lane], area.x + gantt->label_width, middle, ALIGN_RIGHT);
		free_from = middle + half;
	}
}

static void draw_span_label(struct canvas *canvas, const char *label, struct box box, struct colour fill)
{
	struct text_style style = {.size = SPAN_LABEL_SIZE};
	if (!label || box.height < LEAST_LABELLED_ROW * canvas->em)
		return;
	if (text_width(canvas, &style, label) > box.width - 0.5 * canvas->em)
		return;
	bool dark = palette_contrast(fill, PALETTE_WHITE) >= 4.5;
	style.colour = dark ? PALETTE_WHITE : (struct colour){0, 0, 0};
	text_draw_middle(canvas, &style, label, box.x + box.width / 2, box.y + box.height / 2, ALIGN_CENTRE);
}

static void draw_span(struct canvas *canvas, const struct gantt *gantt, uint32_t index)
{
	const struct plot_span *span = &gantt->chart->spans[index];
	double right = gantt->plot.x + gantt->plot.width, height = row_height(gantt);
	double from = fmax(gantt->plot.x, scale_at(&gantt->x.scale, span->start));
	double to = fmin(right, scale_at(&gantt->x.scale, span->end));
	if (from > right || to < gantt->plot.x)
		return;
	double gap = fmin(0.12 * canvas->em, 0.15 * height);
	double top = gantt->plot.y + (gantt->lane_row[span->lane] + gantt->sub_row[index]) * height;
	double seam = to - from > 0.4 * canvas->em ? 0.06 * canvas->em : 0;
	struct box box = {from, top + gap / 2, fmax(to - from - seam, LEAST_WIDTH * canvas->em), height - gap};
	struct colour colour = palette_series(span->colour);
	mark_box(canvas, box, colour);
	if (span->hatched)
		mark_hatch(canvas, box, PALETTE_WHITE);
	else
		draw_span_label(canvas, span->label, box, colour);
}

void chart_gantt_draw(struct canvas *canvas, const struct chart *chart, struct box area)
{
	struct gantt gantt;
	if (gantt_start(&gantt, chart)) {
		lay_out(canvas, &gantt, area);
		draw_lanes(canvas, &gantt, area);
		axis_draw_grid_x(canvas, &gantt.x, gantt.plot);
		for (uint32_t i = 0; i < chart->n_spans; i++)
			if (valid(chart, &chart->spans[i]))
				draw_span(canvas, &gantt, i);
		axis_draw_x(canvas, &gantt.x, gantt.plot);
		legend_rows_draw(canvas, gantt.legend, gantt.n_legend, area.x, area.y, area.width);
	} else {
		chart_draw_empty(canvas, chart, area);
	}
	gantt_finish(&gantt);
}

static double height_with_rows(struct canvas *canvas, const struct chart *chart, double width, double row)
{
	struct gantt gantt;
	double height = CHART_EMPTY_HEIGHT * canvas->em;
	if (gantt_start(&gantt, chart)) {
		double legend = legend_rows_height(canvas, gantt.legend, gantt.n_legend, width);
		double plot = fmax(LEAST_PLOT, fmin(gantt.lane_row[chart->n_lanes] * row, MOST_PLOT)) * canvas->em;
		height = legend + TOP * canvas->em + plot + axis_x_height(canvas, &gantt.x);
	}
	gantt_finish(&gantt);
	return height;
}

double chart_gantt_height(struct canvas *canvas, const struct chart *chart, double width)
{
	return height_with_rows(canvas, chart, width, ROW);
}

double chart_gantt_least_height(struct canvas *canvas, const struct chart *chart, double width)
{
	return height_with_rows(canvas, chart, width, LEAST_ROW);
}
