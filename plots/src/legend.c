/* legend.c - see legend.h. */
#include <math.h>
#include <stdlib.h>

#include "legend.h"

/* In em. */
#define SIZE 0.92
#define LINE_SWATCH 1.8
#define BOX_SWATCH 1.1
#define CAP 0.12 /* of a line's round end */
#define SWATCH_GAP 0.45
#define ENTRY_GAP 1.4
#define ROW 1.45
#define DIRECT_PITCH 1.12 /* least distance of labels at line ends */
#define DIRECT_SHIFT 1.3  /* farthest that a label may stand from its line */
#define DIRECT_GAP 0.5
#define DIRECT_MARKER 0.9

static struct text_style label_style(void)
{
	return (struct text_style){.size = SIZE, .colour = PALETTE_INK};
}

static double swatch_width(const struct canvas *canvas, const struct legend_entry *entry)
{
	return (entry->swatch == SWATCH_LINE ? LINE_SWATCH : BOX_SWATCH) * canvas->em;
}

static void draw_swatch(struct canvas *canvas, const struct legend_entry *entry, double x, double middle)
{
	double em = canvas->em, width = swatch_width(canvas, entry);
	if (entry->swatch == SWATCH_LINE) {
		pen_set(canvas, entry->pen, entry->colour, entry->pen == PEN_SOLID ? 0.22 : 0.16);
		cairo_move_to(canvas->cr, x + CAP * em, middle);
		cairo_line_to(canvas->cr, x + width - CAP * em, middle);
		cairo_stroke(canvas->cr);
		marker_draw(canvas, entry->marker, x + width / 2, middle, 0.6, entry->colour);
		return;
	}
	struct box box = {x, middle - 0.4 * em, width, 0.8 * em};
	mark_box(canvas, box, entry->colour);
	if (entry->swatch == SWATCH_HATCHED)
		mark_hatch(canvas, box, PALETTE_WHITE);
}

static double entry_width(struct canvas *canvas, const struct legend_entry *entry, double limit)
{
	struct text_style style = label_style();
	double before = swatch_width(canvas, entry) + SWATCH_GAP * canvas->em;
	return fmin(limit, before + text_width(canvas, &style, entry->label));
}

static void draw_entry(struct canvas *canvas, const struct legend_entry *entry, double x, double middle, double width)
{
	struct text_style style = label_style();
	double before = swatch_width(canvas, entry) + SWATCH_GAP * canvas->em;
	style.max_width = fmax(width - before, canvas->em) + 0.01;
	draw_swatch(canvas, entry, x, middle);
	text_draw_middle(canvas, &style, entry->label, x + before, middle, ALIGN_LEFT);
}

/* Lays rows out; draws them too when `draw`. */
static double rows(struct canvas *canvas, const struct legend_entry *entries, uint32_t count, double x, double top,
                   double width, bool draw)
{
	double at = 0, row = 0, pitch = ROW * canvas->em;
	for (uint32_t i = 0; i < count; i++) {
		double needed = entry_width(canvas, &entries[i], width);
		if (at > 0 && at + needed > width) {
			at = 0;
			row++;
		}
		if (draw)
			draw_entry(canvas, &entries[i], x + at, top + (row + 0.5) * pitch, needed);
		at += needed + ENTRY_GAP * canvas->em;
	}
	return count ? (row + 1) * pitch + 0.3 * canvas->em : 0;
}

double legend_rows_height(struct canvas *canvas, const struct legend_entry *entries, uint32_t count, double width)
{
	return rows(canvas, entries, count, 0, 0, width, false);
}

void legend_rows_draw(struct canvas *canvas, const struct legend_entry *entries, uint32_t count, double x, double top,
                      double width)
{
	rows(canvas, entries, count, x, top, width, true);
}

double legend_column_width(struct canvas *canvas, const struct legend_entry *entries, uint32_t count)
{
	double widest = 0;
	for (uint32_t i = 0; i < count; i++)
		widest = fmax(widest, entry_width(canvas, &entries[i], INFINITY));
	return widest;
}

double legend_column_height(const struct canvas *canvas, uint32_t count)
{
	return count * ROW * canvas->em;
}

void legend_column_draw(struct canvas *canvas, const struct legend_entry *entries, uint32_t count, double x, double top,
                        double width)
{
	for (uint32_t i = 0; i < count; i++)
		draw_entry(canvas, &entries[i], x, top + (i + 0.5) * ROW * canvas->em, width);
}

/* Labels that would touch form a block whose middle is the mean of their wishes; blocks merge until none touch. */
struct block {
	uint32_t first, count;
	double wish_sum; /* of (wish - offset within the block), so that the first label stands at wish_sum / count */
};

static double block_start(const struct block *block, double pitch, double top, double bottom)
{
	double start = block->wish_sum / block->count;
	return fmax(top, fmin(start, bottom - (block->count - 1) * pitch));
}

bool legend_direct_place(const struct canvas *canvas, struct legend_entry *entries, uint32_t count, double top,
                         double bottom)
{
	double pitch = DIRECT_PITCH * canvas->em;
	if (count == 0 || (count - 1) * pitch > bottom - top)
		return false;
	struct block *blocks = xcalloc(count, sizeof *blocks);
	uint32_t n = 0;
	for (uint32_t i = 0; i < count; i++) {
		blocks[n++] = (struct block){i, 1, entries[i].at};
		while (n > 1) {
			struct block *a = &blocks[n - 2], *b = &blocks[n - 1];
			if (block_start(a, pitch, top, bottom) + a->count * pitch <= block_start(b, pitch, top, bottom))
				break;
			a->wish_sum += b->wish_sum - b->count * (a->count * pitch);
			a->count += b->count;
			n--;
		}
	}
	bool near = true;
	for (uint32_t k = 0; k < n; k++)
		for (uint32_t i = 0; i < blocks[k].count; i++) {
			struct legend_entry *entry = &entries[blocks[k].first + i];
			double at = block_start(&blocks[k], pitch, top, bottom) + i * pitch;
			near = near && fabs(at - entry->at) <= DIRECT_SHIFT * canvas->em;
			entry->at = at;
		}
	free(blocks);
	return near;
}

/* From the line's end to its name: a marker stands between when some line has one. */
static double direct_gap(const struct canvas *canvas, const struct legend_entry *entries, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (entries[i].marker != MARKER_NONE)
			return (DIRECT_GAP + DIRECT_MARKER) * canvas->em;
	return DIRECT_GAP * canvas->em;
}

double legend_direct_width(struct canvas *canvas, const struct legend_entry *entries, uint32_t count)
{
	struct text_style style = label_style();
	double widest = 0;
	for (uint32_t i = 0; i < count; i++)
		widest = fmax(widest, text_width(canvas, &style, entries[i].label));
	return widest + direct_gap(canvas, entries, count);
}

void legend_direct_draw(struct canvas *canvas, const struct legend_entry *entries, uint32_t count, double x, double width)
{
	struct text_style style = label_style();
	double gap = direct_gap(canvas, entries, count), marker_x = x + (DIRECT_GAP + 0.3 * DIRECT_MARKER) * canvas->em;
	style.max_width = width - gap + 0.01;
	for (uint32_t i = 0; i < count; i++) {
		style.colour = palette_text(entries[i].colour);
		marker_draw(canvas, entries[i].marker, marker_x, entries[i].at, 0.6, entries[i].colour);
		text_draw_middle(canvas, &style, entries[i].label, x + gap, entries[i].at, ALIGN_LEFT);
	}
}
