/* chart.c - what all charts share: heading, empty text, height; and one chart alone as PNG. See chart.h. */
#include <math.h>

#include "chart.h"
#include "marks.h"
#include "output.h"
#include "text.h"

/* In em. */
#define TITLE_SIZE 1.2
#define SUBTITLE_SIZE 0.92
#define HEADING_GAP 0.5
#define LEAST_PLOT 17
#define MARGIN 1.2

static const struct text_style TITLE = {.size = TITLE_SIZE, .bold = true, .colour = {0.12, 0.14, 0.16}};
static const struct text_style SUBTITLE = {.size = SUBTITLE_SIZE, .colour = {0.35, 0.38, 0.43}};

/* Lays the heading out, draws it when `draw`, and returns its height. */
static double heading(struct canvas *canvas, const struct plot_axes *axes, struct box area, bool draw)
{
	struct text_lines title = text_wrap(canvas, &TITLE, axes->title, area.width, 3);
	struct text_lines subtitle = text_wrap(canvas, &SUBTITLE, axes->subtitle, area.width, 5);
	double height = title.count * text_leading(canvas, &TITLE) + subtitle.count * text_leading(canvas, &SUBTITLE);
	if (draw) {
		double y = text_lines_draw(canvas, &TITLE, &title, area.x, area.y, ALIGN_LEFT);
		text_lines_draw(canvas, &SUBTITLE, &subtitle, area.x, y, ALIGN_LEFT);
	}
	text_lines_free(&title);
	text_lines_free(&subtitle);
	return height > 0 ? height + HEADING_GAP * canvas->em : 0;
}

void chart_draw(struct canvas *canvas, const struct chart *chart, struct box area, bool with_heading)
{
	if (with_heading) {
		double height = heading(canvas, &chart->axes, area, true);
		area.y += height;
		area.height -= height;
	}
	switch (chart->kind) {
	case CHART_LINES:
		chart_lines_draw(canvas, chart, area);
		break;
	case CHART_WATERFALL:
		chart_waterfall_draw(canvas, chart, area);
		break;
	case CHART_BARS:
		chart_bars_draw(canvas, chart, area);
		break;
	case CHART_GANTT:
		chart_gantt_draw(canvas, chart, area);
		break;
	}
}

static double body_height(struct canvas *canvas, const struct chart *chart, double width)
{
	switch (chart->kind) {
	case CHART_LINES:
		return chart_lines_height(canvas, chart, width);
	case CHART_WATERFALL:
		return chart_waterfall_height(canvas, chart, width);
	case CHART_BARS:
		return chart_bars_height(canvas, chart, width);
	case CHART_GANTT:
		return chart_gantt_height(canvas, chart, width);
	}
	return 0;
}

static double heading_height(struct canvas *canvas, const struct chart *chart, double width, bool with_heading)
{
	return with_heading ? heading(canvas, &chart->axes, (struct box){.width = width}, false) : 0;
}

double chart_height(struct canvas *canvas, const struct chart *chart, double width, bool with_heading)
{
	return heading_height(canvas, chart, width, with_heading) + body_height(canvas, chart, width);
}

double chart_least_height(struct canvas *canvas, const struct chart *chart, double width, bool with_heading)
{
	double body = chart->kind == CHART_GANTT ? chart_gantt_least_height(canvas, chart, width)
	                                         : fmin(body_height(canvas, chart, width), LEAST_PLOT * canvas->em);
	return heading_height(canvas, chart, width, with_heading) + body;
}

void chart_draw_empty(struct canvas *canvas, const struct chart *chart, struct box area)
{
	struct text_style style = {.size = 1, .colour = PALETTE_MUTED};
	const char *text = chart->axes.empty_text ? chart->axes.empty_text : "no data in this input";
	struct text_lines lines = text_wrap(canvas, &style, text, area.width * 0.8, 6);
	mark_box(canvas, area, PALETTE_PANEL);
	text_lines_draw(canvas, &style, &lines, area.x + area.width / 2,
	                area.y + (area.height - lines.count * text_leading(canvas, &style)) / 2, ALIGN_CENTRE);
	text_lines_free(&lines);
}

bool chart_write_png(const struct chart *chart, int width_px, int height_px, const char *path, struct error *error)
{
	struct output output;
	if (!output_open(&output, path, error))
		return false;
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width_px, height_px);
	cairo_t *cr = cairo_create(surface);
	struct canvas canvas;
	canvas_open(&canvas, cr, fmax(8, fmin(width_px / 80.0, height_px / 40.0)));
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	double margin = MARGIN * canvas.em;
	chart_draw(&canvas, chart, (struct box){margin, margin, width_px - 2 * margin, height_px - 2 * margin}, true);
	canvas_close(&canvas);
	cairo_status_t status = cairo_status(cr);
	cairo_destroy(cr);
	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo_surface_write_to_png_stream(surface, output_write_cairo, &output);
	cairo_surface_destroy(surface);
	return output_close_cairo(&output, status, error);
}
