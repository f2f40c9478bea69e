/* pages.c - see pages.h. */
#include <cairo-pdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "chart.h"
#include "marks.h"
#include "pages.h"
#include "table.h"
#include "tiles.h"

#define WIDTH (SHEET_WIDTH - 2 * SHEET_MARGIN)
#define HEADER_BASELINE 30.0
#define RULE_BELOW_HEADER 37.0
#define CONTENT_TOP 48.0
#define CONTENT_BOTTOM (SHEET_HEIGHT - 46.0)
#define FOOTER_TOP (SHEET_HEIGHT - 38.0)
#define PAGE_NUMBER_WIDTH 80.0
#define BLOCK_GAP 12.0
#define MOST_GROWTH 1.5 /* of a chart over the height that suits it */
#define TEXT_WIDTH 640.0
#define BANNER_PAD 4.0

static const struct text_style HEADER = {.size = 0.95, .bold = true, .colour = {0.35, 0.38, 0.43}};
static const struct text_style SMALL = {.size = 0.88, .colour = {0.35, 0.38, 0.43}};
static const struct text_style TITLE = {.size = 2.1, .bold = true, .colour = {0.12, 0.14, 0.16}};
static const struct text_style LONG_TITLE = {.size = 1.5, .bold = true, .colour = {0.12, 0.14, 0.16}};
static const struct text_style LEAD = {.size = 1.25, .colour = {0.35, 0.38, 0.43}};
static const struct text_style BODY = {.size = 1.1, .colour = {0.12, 0.14, 0.16}};
static const struct text_style BANNER = {.size = 0.95, .bold = true, .colour = {0.69, 0.23, 0}};

struct flow {
	struct canvas *canvas;
	const struct report *report;
	const struct report_page *page;
	uint32_t total;
	double top; /* of the sheet's first block */
	double y;   /* where the next block begins */
};

static void rule(struct canvas *canvas, double y)
{
	pen_set(canvas, PEN_SOLID, PALETTE_GRID, 0.09);
	cairo_move_to(canvas->cr, SHEET_MARGIN, y);
	cairo_line_to(canvas->cr, SHEET_WIDTH - SHEET_MARGIN, y);
	cairo_stroke(canvas->cr);
}

static void draw_header(struct flow *flow)
{
	const struct report *report = flow->report;
	struct text_style title = HEADER, subtitle = SMALL;
	title.max_width = 0.45 * WIDTH;
	subtitle.max_width = 0.5 * WIDTH;
	if (report->title)
		text_draw(flow->canvas, &title, report->title, SHEET_MARGIN, HEADER_BASELINE, ALIGN_LEFT);
	if (report->subtitle)
		text_draw(flow->canvas, &subtitle, report->subtitle, SHEET_WIDTH - SHEET_MARGIN, HEADER_BASELINE, ALIGN_RIGHT);
	rule(flow->canvas, RULE_BELOW_HEADER);
}

static void draw_footer(struct flow *flow)
{
	struct canvas *canvas = flow->canvas;
	char number[64];
	snprintf(number, sizeof number, "page %u of %u", canvas->page, flow->total);
	rule(canvas, FOOTER_TOP);
	text_draw(canvas, &SMALL, number, SHEET_WIDTH - SHEET_MARGIN, FOOTER_TOP + 1.4 * canvas->em, ALIGN_RIGHT);
	struct text_lines lines = text_wrap(canvas, &SMALL, flow->report->footer, WIDTH - PAGE_NUMBER_WIDTH, 2);
	text_lines_draw(canvas, &SMALL, &lines, SHEET_MARGIN, FOOTER_TOP + 0.5 * canvas->em, ALIGN_LEFT);
	text_lines_free(&lines);
}

/* What must not be overlooked: in full on the first sheet, one line on the others. */
static void draw_banner(struct flow *flow)
{
	struct canvas *canvas = flow->canvas;
	struct text_lines lines =
	    text_wrap(canvas, &BANNER, flow->report->banner, WIDTH - 4 * BANNER_PAD, canvas->page == 1 ? 6 : 1);
	if (lines.count > 0) {
		double height = lines.count * text_leading(canvas, &BANNER) + 2 * BANNER_PAD;
		mark_box(canvas, (struct box){SHEET_MARGIN, flow->y, WIDTH, height}, palette_tint(PALETTE_BAD, 0.08));
		mark_box(canvas, (struct box){SHEET_MARGIN, flow->y, 2.5, height}, PALETTE_BAD);
		text_lines_draw(canvas, &BANNER, &lines, SHEET_MARGIN + 2.5 * BANNER_PAD, flow->y + BANNER_PAD, ALIGN_LEFT);
		flow->y += height + BLOCK_GAP;
	}
	text_lines_free(&lines);
}

static void begin_sheet(struct flow *flow)
{
	flow->canvas->page++;
	flow->y = CONTENT_TOP;
	draw_header(flow);
	draw_footer(flow);
	draw_banner(flow);
}

/* A question can be long: beyond two lines it is set smaller, and in full; only what fills half a sheet is cut. */
static const struct text_style *title_style(struct canvas *canvas, const char *title)
{
	struct text_lines lines = text_wrap(canvas, &TITLE, title, WIDTH, 0);
	bool fits = lines.count <= 2;
	text_lines_free(&lines);
	return fits ? &TITLE : &LONG_TITLE;
}

static void draw_title(struct flow *flow, bool continued)
{
	struct canvas *canvas = flow->canvas;
	char *title = g_strconcat(flow->page->title ? flow->page->title : "", continued ? " (continued)" : NULL, NULL);
	const struct text_style *style = title_style(canvas, title);
	struct text_lines lines = text_wrap(canvas, style, title, WIDTH, style == &TITLE ? 2 : 12);
	struct text_lines lead = text_wrap(canvas, &LEAD, continued ? NULL : flow->page->lead, WIDTH, 4);
	flow->y = text_lines_draw(canvas, style, &lines, SHEET_MARGIN, flow->y, ALIGN_LEFT);
	flow->y = text_lines_draw(canvas, &LEAD, &lead, SHEET_MARGIN, flow->y, ALIGN_LEFT) + BLOCK_GAP;
	flow->top = flow->y;
	text_lines_free(&lines);
	text_lines_free(&lead);
	g_free(title);
}

static void end_sheet(struct flow *flow)
{
	cairo_show_page(flow->canvas->cr);
}

static void next_sheet(struct flow *flow)
{
	end_sheet(flow);
	begin_sheet(flow);
	draw_title(flow, true);
}

/* How high a block wants to be, and how high it must be. They differ for charts only. */
struct heights {
	double natural, least;
};

static struct heights measure(struct flow *flow, const struct report_block *block)
{
	struct canvas *canvas = flow->canvas;
	double height = 0;
	switch (block->kind) {
	case BLOCK_TEXT: {
		struct text_lines lines = text_wrap(canvas, &BODY, block->text, TEXT_WIDTH, 0);
		height = lines.count * text_leading(canvas, &BODY);
		text_lines_free(&lines);
		break;
	}
	case BLOCK_CHART:
		return (struct heights){chart_height(canvas, block->chart, WIDTH, true),
		                        chart_least_height(canvas, block->chart, WIDTH, true)};
	case BLOCK_TABLE: {
		struct table_layout layout;
		table_lay_out(canvas, block->table, WIDTH, &layout);
		height = table_height(canvas, &layout);
		table_free(&layout);
		break;
	}
	case BLOCK_FIGURES:
		height = tiles_height(canvas, block->figures, block->n_figures, WIDTH);
		break;
	}
	return (struct heights){height, height};
}

static void draw_text(struct flow *flow, const char *text)
{
	struct canvas *canvas = flow->canvas;
	struct text_lines lines = text_wrap(canvas, &BODY, text, TEXT_WIDTH, 0);
	double leading = text_leading(canvas, &BODY);
	for (uint32_t i = 0; i < lines.count; i++) {
		if (flow->y + leading > CONTENT_BOTTOM)
			next_sheet(flow);
		text_draw(canvas, &BODY, lines.line[i], SHEET_MARGIN, flow->y + BODY.size * canvas->em, ALIGN_LEFT);
		flow->y += leading;
	}
	text_lines_free(&lines);
}

static void draw_table(struct flow *flow, const struct report_table *table)
{
	struct table_layout layout;
	uint32_t row = 0;
	if (table->n_columns == 0)
		return;
	table_lay_out(flow->canvas, table, WIDTH, &layout);
	if (flow->y + table_least_height(flow->canvas, &layout) > CONTENT_BOTTOM)
		next_sheet(flow);
	for (;;) {
		flow->y = table_draw(flow->canvas, &layout, &row, SHEET_MARGIN, flow->y, CONTENT_BOTTOM);
		if (row >= table->n_rows)
			break;
		next_sheet(flow);
	}
	table_free(&layout);
}

/* Whether a block can go on on the next sheet. */
static bool flows(const struct report_block *block)
{
	return block->kind == BLOCK_TEXT || block->kind == BLOCK_TABLE;
}

static void draw_block(struct flow *flow, const struct report_block *block, double height)
{
	struct box box = {SHEET_MARGIN, flow->y, WIDTH, fmin(height, CONTENT_BOTTOM - flow->y)};
	switch (block->kind) {
	case BLOCK_TEXT:
		draw_text(flow, block->text);
		break;
	case BLOCK_TABLE:
		draw_table(flow, block->table);
		break;
	case BLOCK_CHART:
		chart_draw(flow->canvas, block->chart, box, true);
		flow->y += box.height;
		break;
	case BLOCK_FIGURES:
		tiles_draw(flow->canvas, block->figures, block->n_figures, box);
		flow->y += box.height;
		break;
	}
	flow->y += BLOCK_GAP;
}

/* The end of the run of blocks from `first` on that fit on what is left of the sheet. */
static uint32_t fitting_until(const struct flow *flow, const struct heights *heights, uint32_t first)
{
	double y = flow->y;
	uint32_t end = first;
	while (end < flow->page->n_blocks && y + heights[end].least <= CONTENT_BOTTOM)
		y += heights[end++].least + BLOCK_GAP;
	return end;
}

static bool can_grow(const struct report_block *block)
{
	return block->kind == BLOCK_CHART && (block->chart->kind == CHART_LINES || block->chart->kind == CHART_GANTT);
}

/* Gives the charts of a run what the other blocks leave: less than suits them if need be, more if `fill`. */
static void share_room(const struct flow *flow, struct heights *heights, uint32_t first, uint32_t end, bool fill)
{
	double room = CONTENT_BOTTOM - flow->y - (end - first - 1) * BLOCK_GAP, natural = 0, least = 0, growing = 0;
	for (uint32_t i = first; i < end; i++) {
		natural += heights[i].natural;
		least += heights[i].least;
		growing += can_grow(&flow->page->blocks[i]) ? heights[i].natural : 0;
	}
	double given_up = natural > room && natural > least ? fmin(1, (natural - room) / (natural - least)) : 0;
	double growth = fill && growing > 0 ? fmin(MOST_GROWTH, 1 + (room - natural) / growing) : 1;
	for (uint32_t i = first; i < end; i++) {
		if (natural > room)
			heights[i].natural -= given_up * (heights[i].natural - heights[i].least);
		else if (can_grow(&flow->page->blocks[i]))
			heights[i].natural *= growth;
	}
}

static void draw_blocks(struct flow *flow, struct heights *heights)
{
	const struct report_page *page = flow->page;
	for (uint32_t first = 0; first < page->n_blocks;) {
		uint32_t end = fitting_until(flow, heights, first);
		bool flows_on = end < page->n_blocks && flows(&page->blocks[end]);
		if (end == first && !flows_on && flow->y > flow->top) {
			next_sheet(flow);
			continue;
		}
		end = MAX(end, first + 1); /* what fits on no sheet is drawn on one of its own, as far as it can shrink */
		share_room(flow, heights, first, end, !flows_on);
		for (; first < end; first++)
			draw_block(flow, &page->blocks[first], heights[first].natural);
	}
}

static void draw_page(struct flow *flow, uint32_t index)
{
	const struct report_page *page = flow->page = &flow->report->pages[index];
	struct heights *heights = xcalloc(page->n_blocks, sizeof *heights);
	begin_sheet(flow);
	cairo_surface_t *surface = cairo_get_target(flow->canvas->cr);
	if (cairo_surface_get_type(surface) == CAIRO_SURFACE_TYPE_PDF && page->title) {
		char link[32], *title = text_clean(page->title);
		snprintf(link, sizeof link, "page=%u", flow->canvas->page);
		cairo_pdf_surface_add_outline(surface, CAIRO_PDF_OUTLINE_ROOT, title, link, 0);
		g_free(title);
	}
	draw_title(flow, false);
	for (uint32_t i = 0; i < page->n_blocks; i++)
		heights[i] = measure(flow, &page->blocks[i]);
	draw_blocks(flow, heights);
	end_sheet(flow);
	free(heights);
}

uint32_t pages_draw(struct canvas *canvas, const struct report *report, uint32_t total)
{
	struct flow flow = {.canvas = canvas, .report = report, .total = total};
	canvas->page = 0;
	for (uint32_t i = 0; i < report->n_pages; i++)
		draw_page(&flow, i);
	return canvas->page;
}
