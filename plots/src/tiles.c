/* tiles.c - see tiles.h. A verdict shows in colour and as a sign, so that it survives a black and white printer. */
#include <math.h>
#include <stdio.h>

#include "marks.h"
#include "text.h"
#include "tiles.h"

/* In em. */
#define LABEL_SIZE 1.0
#define VALUE_SIZE 2.4
#define LEAST_VALUE_SIZE 1.3
#define NOTE_SIZE 0.95
#define GAP 1.8
#define RULE 0.3
#define PAD 0.6

enum { PER_ROW = 5 };

static const struct text_style LABEL = {.size = LABEL_SIZE, .colour = {0.35, 0.38, 0.43}};
static const struct text_style NOTE = {.size = NOTE_SIZE, .colour = {0.35, 0.38, 0.43}};

static uint32_t per_row(uint32_t count)
{
	uint32_t rows = (count + PER_ROW - 1) / PER_ROW;
	return rows ? (count + rows - 1) / rows : 1;
}

static double tile_width(const struct canvas *canvas, uint32_t count, double width)
{
	uint32_t n = per_row(count);
	return (width - (n - 1) * GAP * canvas->em) / n;
}

static struct colour verdict_colour(int verdict, struct colour neither)
{
	return verdict > 0 ? PALETTE_GOOD : verdict < 0 ? PALETTE_BAD : neither;
}

/* As large as the width allows; below the least size it loses its middle. */
static void draw_value(struct canvas *canvas, const struct report_figure *figure, double x, double top, double width)
{
	char *text = g_strconcat(figure->verdict > 0   ? "✓ "
	                         : figure->verdict < 0 ? "✗ "
	                                               : "",
	                         figure->value ? figure->value : "", NULL);
	struct text_style style = {.size = VALUE_SIZE, .bold = true, .colour = verdict_colour(figure->verdict, PALETTE_INK)};
	double natural = text_width(canvas, &style, text);
	if (natural > width)
		style.size = fmax(LEAST_VALUE_SIZE, VALUE_SIZE * width / natural * 0.995);
	style.max_width = width;
	text_draw(canvas, &style, text, x, top + VALUE_SIZE * canvas->em, ALIGN_LEFT);
	g_free(text);
}

static uint32_t label_lines(struct canvas *canvas, const char *text, double width)
{
	struct text_lines lines = text_wrap(canvas, &LABEL, text, width, 2);
	uint32_t count = lines.count;
	text_lines_free(&lines);
	return count;
}

/* `label_room` lines are kept free for the label, so that the values of a row stand on one line. */
static double tile(struct canvas *canvas, const struct report_figure *figure, struct box area, uint32_t label_room,
                   bool draw)
{
	struct text_lines label = text_wrap(canvas, &LABEL, figure->label, area.width, 2);
	struct text_lines note = text_wrap(canvas, &NOTE, figure->note, area.width, 4);
	double label_top = area.y + (RULE + PAD) * canvas->em, value_top = label_top + label_room * text_leading(canvas, &LABEL);
	double note_top = value_top + TEXT_LEADING * VALUE_SIZE * canvas->em;
	if (draw) {
		struct colour colour = verdict_colour(figure->verdict, PALETTE_GRID);
		mark_box(canvas, (struct box){area.x, area.y, area.width, RULE * canvas->em}, colour);
		text_lines_draw(canvas, &LABEL, &label, area.x, label_top, ALIGN_LEFT);
		draw_value(canvas, figure, area.x, value_top, area.width);
		text_lines_draw(canvas, &NOTE, &note, area.x, note_top, ALIGN_LEFT);
	}
	double bottom = note_top + note.count * text_leading(canvas, &NOTE);
	text_lines_free(&label);
	text_lines_free(&note);
	return bottom - area.y;
}

/* One row of tiles with its top at area.y; returns its height. */
static double tile_row(struct canvas *canvas, const struct report_figure *figures, uint32_t count, struct box area,
                       double width, bool draw)
{
	uint32_t label_room = 0;
	double highest = 0;
	for (uint32_t i = 0; i < count; i++)
		label_room = MAX(label_room, label_lines(canvas, figures[i].label, width));
	for (uint32_t i = 0; i < count; i++) {
		struct box box = {area.x + i * (width + GAP * canvas->em), area.y, width, 0};
		highest = fmax(highest, tile(canvas, &figures[i], box, label_room, draw));
	}
	return highest;
}

/* Lays the tiles out row by row; draws them too when `draw`. Returns the height of all. */
static double tiles(struct canvas *canvas, const struct report_figure *figures, uint32_t count, struct box area, bool draw)
{
	double width = tile_width(canvas, count, area.width), top = area.y;
	uint32_t n = per_row(count);
	for (uint32_t i = 0; i < count; i += n) {
		if (i > 0)
			area.y += GAP * canvas->em;
		area.y += tile_row(canvas, figures + i, MIN(n, count - i), area, width, draw);
	}
	return area.y - top;
}

double tiles_height(struct canvas *canvas, const struct report_figure *figures, uint32_t count, double width)
{
	return tiles(canvas, figures, count, (struct box){.width = width}, false);
}

void tiles_draw(struct canvas *canvas, const struct report_figure *figures, uint32_t count, struct box area)
{
	tiles(canvas, figures, count, area, true);
}
