/* table.c - see table.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "marks.h"
#include "table.h"

/* In em. */
#define SIZE 0.95
#define TITLE_SIZE 1.1
#define COLUMN_GAP 1.6
#define ROW_PAD 0.45
#define TITLE_PAD 0.3
#define LEAST_COLUMN 5

enum { MOST_LINES = 6 };

static struct text_style cell_style(bool header)
{
	return (struct text_style){.size = SIZE, .bold = header, .colour = PALETTE_INK};
}

static const struct text_style TITLE = {.size = TITLE_SIZE, .bold = true, .colour = {0.12, 0.14, 0.16}};

/* Row 0 is the header. */
static const char *cell_text(const struct report_table *table, uint32_t row, uint32_t column)
{
	const char *text = row == 0 ? table->columns[column] : table->cells[(size_t)(row - 1) * table->n_columns + column];
	return text ? text : "";
}

static bool aligns_right(const struct report_table *table, uint32_t column)
{
	return table->align && column < strlen(table->align) && table->align[column] == 'r';
}

/* Cuts the widest columns to one width so that all fit into `room`; narrow columns keep theirs. */
static void shrink(double *width, uint32_t count, double room)
{
	double low = 0, high = room;
	for (int i = 0; i < 50; i++) {
		double cap = (low + high) / 2, sum = 0;
		for (uint32_t column = 0; column < count; column++)
			sum += fmin(width[column], cap);
		if (sum > room)
			high = cap;
		else
			low = cap;
	}
	for (uint32_t column = 0; column < count; column++)
		width[column] = fmin(width[column], low);
}

static void measure_columns(struct canvas *canvas, struct table_layout *layout, double width)
{
	const struct report_table *table = layout->table;
	double sum = 0, gaps = (table->n_columns - 1) * COLUMN_GAP * canvas->em;
	for (uint32_t column = 0; column < table->n_columns; column++) {
		for (uint32_t row = 0; row <= table->n_rows; row++) {
			struct text_style style = cell_style(row == 0);
			double cell = text_width(canvas, &style, cell_text(table, row, column));
			layout->width[column] = fmax(layout->width[column], cell + 0.01);
		}
		sum += layout->width[column];
	}
	if (sum > width - gaps)
		shrink(layout->width, table->n_columns, fmax(width - gaps, LEAST_COLUMN * canvas->em));
}

void table_lay_out(struct canvas *canvas, const struct report_table *table, double width, struct table_layout *ret_layout)
{
	struct table_layout *layout = ret_layout;
	size_t n_rows = (size_t)table->n_rows + 1;
	*layout = (struct table_layout){.table = table,
	                                .width = xcalloc(table->n_columns, sizeof *layout->width),
	                                .cells = xcalloc(n_rows * table->n_columns, sizeof *layout->cells),
	                                .height = xcalloc(n_rows, sizeof *layout->height)};
	if (table->n_columns == 0)
		return;
	measure_columns(canvas, layout, width);
	for (uint32_t row = 0; row < n_rows; row++) {
		struct text_style style = cell_style(row == 0);
		uint32_t lines = 1;
		for (uint32_t column = 0; column < table->n_columns; column++) {
			struct text_lines *cell = &layout->cells[(size_t)row * table->n_columns + column];
			*cell = text_wrap(canvas, &style, cell_text(table, row, column), layout->width[column] + 0.1, MOST_LINES);
			lines = MAX(lines, cell->count);
		}
		layout->height[row] = lines * text_leading(canvas, &style) + ROW_PAD * canvas->em;
	}
}

void table_free(struct table_layout *layout)
{
	for (size_t i = 0; i < ((size_t)layout->table->n_rows + 1) * layout->table->n_columns; i++)
		text_lines_free(&layout->cells[i]);
	free(layout->cells);
	free(layout->width);
	free(layout->height);
}

static double title_height(const struct canvas *canvas, const struct table_layout *layout)
{
	return layout->table->title && *layout->table->title ? text_leading(canvas, &TITLE) + TITLE_PAD * canvas->em : 0;
}

static double height_of(const struct canvas *canvas, const struct table_layout *layout, uint32_t rows)
{
	double height = title_height(canvas, layout);
	for (uint32_t row = 0; row <= MIN(rows, layout->table->n_rows); row++)
		height += layout->height[row];
	return height;
}

double table_height(const struct canvas *canvas, const struct table_layout *layout)
{
	return height_of(canvas, layout, layout->table->n_rows);
}

double table_least_height(const struct canvas *canvas, const struct table_layout *layout)
{
	return height_of(canvas, layout, 2);
}

static double table_width(const struct canvas *canvas, const struct table_layout *layout)
{
	double width = 0;
	for (uint32_t column = 0; column < layout->table->n_columns; column++)
		width += layout->width[column] + (column ? COLUMN_GAP * canvas->em : 0);
	return width;
}

static void draw_row(struct canvas *canvas, const struct table_layout *layout, uint32_t row, double x, double top)
{
	struct text_style style = cell_style(row == 0);
	double left = x, bottom = top + layout->height[row];
	for (uint32_t column = 0; column < layout->table->n_columns; column++) {
		bool right = aligns_right(layout->table, column);
		text_lines_draw(canvas, &style, &layout->cells[(size_t)row * layout->table->n_columns + column],
		                right ? left + layout->width[column] : left, top + ROW_PAD / 2 * canvas->em,
		                right ? ALIGN_RIGHT : ALIGN_LEFT);
		left += layout->width[column] + COLUMN_GAP * canvas->em;
	}
	pen_set(canvas, PEN_SOLID, row == 0 ? PALETTE_MUTED : PALETTE_GRID, row == 0 ? 0.1 : 0.06);
	cairo_move_to(canvas->cr, x, bottom);
	cairo_line_to(canvas->cr, x + table_width(canvas, layout), bottom);
	cairo_stroke(canvas->cr);
}

static double draw_title(struct canvas *canvas, const struct table_layout *layout, bool continued, double x, double top)
{
	double height = title_height(canvas, layout);
	if (height == 0)
		return top;
	char *title = g_strconcat(layout->table->title, continued ? " (continued)" : NULL, NULL);
	text_draw(canvas, &TITLE, title, x, top + TITLE_SIZE * canvas->em, ALIGN_LEFT);
	g_free(title);
	return top + height;
}

/* Whether the sheet ends before row `row`: it does not fit, or it does and would leave the last row alone on the next. */
static bool breaks_before(const struct table_layout *layout, uint32_t row, double y, double bottom)
{
	y += layout->height[row + 1];
	if (row + 2 == layout->table->n_rows)
		y += layout->height[row + 2];
	return y > bottom;
}

double table_draw(struct canvas *canvas, const struct table_layout *layout, uint32_t *row, double x, double top,
                  double bottom)
{
	double y = draw_title(canvas, layout, *row > 0, x, top);
	draw_row(canvas, layout, 0, x, y);
	y += layout->height[0];
	for (bool first = true; *row < layout->table->n_rows; (*row)++, first = false) {
		if (!first && breaks_before(layout, *row, y, bottom))
			break;
		draw_row(canvas, layout, *row + 1, x, y);
		y += layout->height[*row + 1];
	}
	return y;
}
