/* rows.c - see rows.h. */
#include <math.h>
#include <stdio.h>

#include "chart.h"
#include "marks.h"
#include "rows.h"

/* In em. */
#define LABEL_SIZE 0.95
#define NOTE_SIZE 0.88
#define GAP 0.8
#define PITCH 1.95
#define LEAST_PITCH 1.4
#define MOST_PITCH 2.6
#define BAR 1.15
#define NARROW_BAR 0.8
#define NARROW_NOTE 1.25
#define NARROW_PITCH 3.0
#define TOP 0.4
#define INSET 0.5 /* dots and whiskers stand across the plot's edge */

#define LABEL_SHARE 0.26 /* of the width at most */
#define NOTE_SHARE 0.3

/* Where the parts of a row go. */
struct columns {
	bool narrow;
	double pitch, bar_offset, bar_height;
	double label_width, value_right, value_width, detail_x, detail_width, note_x, note_width;
	struct box plot;
	uint32_t shown;
};

static struct text_style style_of(const struct row *row, double size, struct colour colour)
{
	return (struct text_style){.size = size, .bold = row && row->strong, .colour = colour};
}

static bool is_narrow(const struct canvas *canvas, double width)
{
	return width < CHART_NARROW * canvas->em;
}

static bool any_note(const struct rows *rows)
{
	for (uint32_t i = 0; i < rows->count; i++)
		if (rows->row[i].note && *rows->row[i].note)
			return true;
	return false;
}

static double natural_pitch(const struct canvas *canvas, const struct rows *rows, double width)
{
	if (!is_narrow(canvas, width))
		return PITCH * canvas->em;
	return (NARROW_PITCH + (any_note(rows) ? NARROW_NOTE : 0)) * canvas->em;
}

double rows_height(struct canvas *canvas, const struct rows *rows, double width)
{
	return TOP * canvas->em + rows->count * natural_pitch(canvas, rows, width) + axis_x_height(canvas, &rows->axis);
}

struct widths {
	double label, value, detail, note;
};

static struct widths measure(struct canvas *canvas, const struct rows *rows)
{
	struct widths widest = {0};
	for (uint32_t i = 0; i < rows->count; i++) {
		const struct row *row = &rows->row[i];
		struct text_style label = style_of(row, LABEL_SIZE, PALETTE_INK), note = style_of(NULL, NOTE_SIZE, PALETTE_MUTED);
		widest.label = fmax(widest.label, text_width(canvas, &label, row->label ? row->label : ""));
		widest.value = fmax(widest.value, text_width(canvas, &label, row->value));
		widest.detail = fmax(widest.detail, text_width(canvas, &note, row->detail));
		widest.note = fmax(widest.note, text_width(canvas, &note, row->note ? row->note : ""));
	}
	return widest;
}

/* No column may crowd out the others; what is longer loses its middle. */
static void limit(struct widths *widest, double width, bool narrow)
{
	widest->value = fmin(widest->value, (narrow ? 0.3 : 0.15) * width);
	widest->detail = fmin(widest->detail, (narrow ? 0.35 : 0.2) * width);
	widest->note = fmin(widest->note, NOTE_SHARE * width);
	widest->label = fmin(widest->label, LABEL_SHARE * width);
}

static double with_gap(const struct canvas *canvas, double width)
{
	return width > 0 ? width + GAP * canvas->em : 0;
}

static void place_wide(struct canvas *canvas, struct columns *at, const struct widths *widest, struct box area)
{
	double right = area.x + area.width;
	at->note_width = widest->note;
	at->note_x = right - at->note_width;
	at->detail_width = widest->detail;
	at->value_width = widest->value;
	at->detail_x = right - with_gap(canvas, at->note_width) - at->detail_width;
	at->value_right = at->detail_x - (widest->detail > 0 ? GAP * canvas->em : 0);
	at->label_width = widest->label;
	at->plot.x = area.x + INSET * canvas->em + with_gap(canvas, at->label_width);
	at->plot.width = at->value_right - widest->value - 1.5 * GAP * canvas->em - at->plot.x;
	at->bar_height = fmin(BAR * canvas->em, 0.68 * at->pitch);
	at->bar_offset = (at->pitch - at->bar_height) / 2;
}

static void place_narrow(struct canvas *canvas, struct columns *at, const struct widths *widest, struct box area)
{
	at->plot.x = area.x + INSET * canvas->em;
	at->plot.width = area.width - 2 * INSET * canvas->em;
	at->detail_width = widest->detail;
	at->value_width = widest->value;
	at->detail_x = area.x + area.width - widest->detail;
	at->value_right = at->detail_x - (widest->detail > 0 ? 0.5 * GAP * canvas->em : 0);
	at->label_width = at->value_right - widest->value - GAP * canvas->em - area.x;
	at->note_x = area.x;
	at->note_width = area.width;
	at->bar_offset = TEXT_LEADING * LABEL_SIZE * canvas->em;
	at->bar_height = NARROW_BAR * canvas->em;
}

static struct columns lay_out(struct canvas *canvas, struct rows *rows, struct box area)
{
	struct columns at = {.narrow = is_narrow(canvas, area.width), .shown = rows->count};
	double below = axis_x_height(canvas, &rows->axis), natural = natural_pitch(canvas, rows, area.width);
	double top = area.y + TOP * canvas->em, room = area.height - TOP * canvas->em - below;
	double least = at.narrow ? natural : LEAST_PITCH * canvas->em;
	at.pitch = fmin(room / rows->count, at.narrow ? natural : MOST_PITCH * canvas->em);
	if (at.pitch < least * 0.999) {
		at.pitch = least;
		at.shown = room > 2 * least ? (uint32_t)(room / least) - 1 : 1;
	}
	struct widths widest = measure(canvas, rows);
	limit(&widest, area.width, at.narrow);
	if (at.narrow)
		place_narrow(canvas, &at, &widest, area);
	else
		place_wide(canvas, &at, &widest, area);
	uint32_t lines = at.shown + (at.shown < rows->count);
	at.plot.y = top;
	at.plot.height = lines * at.pitch;
	axis_fit_x(canvas, &rows->axis, at.plot, area);
	return at;
}

/* Where a value stands, within the plot; NAN stays NAN. */
static double place(const struct rows *rows, const struct columns *at, double value)
{
	if (isnan(value))
		return NAN;
	return fmax(at->plot.x, fmin(at->plot.x + at->plot.width, scale_at(&rows->axis.scale, value)));
}

static void draw_dot(struct canvas *canvas, const struct columns *at, double x, double middle, struct colour colour)
{
	pen_set(canvas, PEN_DOTTED, colour, 0.1);
	cairo_move_to(canvas->cr, at->plot.x, middle);
	cairo_line_to(canvas->cr, x, middle);
	cairo_stroke(canvas->cr);
	cairo_arc(canvas->cr, x, middle, 0.42 * canvas->em, 0, 2 * M_PI);
	cairo_fill(canvas->cr);
}

static void draw_bar(struct canvas *canvas, const struct rows *rows, const struct row *row, const struct columns *at,
                     double top)
{
	double middle = top + at->bar_offset + at->bar_height / 2;
	double from = place(rows, at, row->from), to = place(rows, at, row->to);
	double low = place(rows, at, row->low), high = place(rows, at, row->high);
	if (row->missing) {
		struct text_style note = style_of(NULL, NOTE_SIZE, PALETTE_MUTED);
		text_draw_middle(canvas, &note, row->missing, at->plot.x + 0.3 * canvas->em, middle, ALIGN_LEFT);
	} else if (!rows->dots) {
		/* A part that is not zero stays visible. */
		double width = row->from == row->to ? 0 : fmax(fabs(to - from), 0.08 * canvas->em);
		mark_box(canvas, (struct box){fmin(from, to), top + at->bar_offset, width, at->bar_height}, row->colour);
	}
	if (!isnan(low) && !isnan(high))
		mark_whisker(canvas, low, high, middle, 0.28 * at->bar_height);
	if (!row->missing && rows->dots)
		draw_dot(canvas, at, to, middle, row->colour);
}

static void draw_texts(struct canvas *canvas, const struct rows *rows, const struct row *row, const struct columns *at,
                       struct box area, double top)
{
	double middle = top + (at->narrow ? 0.5 * TEXT_LEADING * LABEL_SIZE * canvas->em : at->pitch / 2);
	struct text_style label = style_of(row, LABEL_SIZE, PALETTE_INK), note = style_of(NULL, NOTE_SIZE, PALETTE_MUTED);
	label.max_width = at->value_width + 0.01;
	note.max_width = at->detail_width + 0.01;
	text_draw_middle(canvas, &label, row->value, at->value_right, middle, ALIGN_RIGHT);
	if (rows->details_right)
		text_draw_middle(canvas, &note, row->detail, at->detail_x + at->detail_width, middle, ALIGN_RIGHT);
	else
		text_draw_middle(canvas, &note, row->detail, at->detail_x, middle, ALIGN_LEFT);
	label.max_width = at->label_width + 0.01;
	if (row->label)
		text_draw_middle(canvas, &label, row->label, area.x, middle, ALIGN_LEFT);
	note.max_width = at->note_width + 0.01;
	if (!row->note || !*row->note)
		return;
	if (at->narrow)
		middle = top + at->bar_offset + at->bar_height + 0.6 * NARROW_NOTE * canvas->em;
	text_draw_middle(canvas, &note, row->note, at->note_x, middle, ALIGN_LEFT);
}

/* From the end of each bar down to the beginning of the next, and on past bars of no width. */
static void draw_connectors(struct canvas *canvas, const struct rows *rows, const struct columns *at)
{
	pen_set(canvas, PEN_SOLID, PALETTE_MUTED, 0.07);
	for (uint32_t i = 0; i + 1 < at->shown; i++) {
		double x = place(rows, at, rows->row[i + 1].from);
		double top = at->plot.y + i * at->pitch + at->bar_offset + at->bar_height;
		cairo_move_to(canvas->cr, x, top);
		bool nothing = rows->row[i + 1].from == rows->row[i + 1].to;
		cairo_line_to(canvas->cr, x, top + at->pitch - (nothing ? 0 : at->bar_height));
		cairo_stroke(canvas->cr);
	}
}

void rows_draw(struct canvas *canvas, struct rows *rows, struct box area)
{
	struct columns at = lay_out(canvas, rows, area);
	if (!at.narrow) /* texts stand there */
		axis_draw_grid_x(canvas, &rows->axis, at.plot);
	for (uint32_t i = 0; i < at.shown; i++) {
		double top = at.plot.y + i * at.pitch;
		draw_bar(canvas, rows, &rows->row[i], &at, top);
		draw_texts(canvas, rows, &rows->row[i], &at, area, top);
	}
	if (rows->connected && !at.narrow)
		draw_connectors(canvas, rows, &at);
	if (at.shown < rows->count) {
		char text[64];
		struct text_style note = style_of(NULL, NOTE_SIZE, PALETTE_MUTED);
		snprintf(text, sizeof text, "… %u more do not fit here", rows->count - at.shown);
		text_draw_middle(canvas, &note, text, area.x, at.plot.y + (at.shown + 0.5) * at.pitch, ALIGN_LEFT);
	}
	axis_draw_x(canvas, &rows->axis, at.plot);
}
