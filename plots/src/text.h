/* text.h - text measured and drawn by Pango: single lines, and paragraphs broken into lines.
 *
 * Any bytes are accepted: what is not UTF-8 or is a control character is shown as U+FFFD. */
#ifndef BERTH_PLOTS_TEXT_H
#define BERTH_PLOTS_TEXT_H

#include "canvas.h"

#define TEXT_FONT "DejaVu Sans"
/* Distance of baselines and height of digits, in sizes of the text. */
#define TEXT_LEADING 1.35
#define TEXT_CAP_HEIGHT 0.729

enum text_align { ALIGN_LEFT, ALIGN_CENTRE, ALIGN_RIGHT };

struct text_style {
	double size; /* in em */
	bool bold;
	struct colour colour;
	double max_width; /* longer text loses its middle, "team-a/pre…0042"; 0 = no limit. In user units */
};

struct text_lines {
	char **line;
	uint32_t count;
};

/* A copy that is valid UTF-8 without control characters other than newline: g_free() it. */
char *text_clean(const char *text);

/* Without regard to max_width. */
double text_width(struct canvas *canvas, const struct text_style *style, const char *text);
double text_leading(const struct canvas *canvas, const struct text_style *style);

/* `x` is the left end, middle or right end of the text, as `align` says; newlines are drawn as blanks. */
void text_draw(struct canvas *canvas, const struct text_style *style, const char *text, double x, double baseline,
               enum text_align align);
/* The same with digits and capitals centred on `middle`. */
void text_draw_middle(struct canvas *canvas, const struct text_style *style, const char *text, double x, double middle,
                      enum text_align align);

/* Breaks text at `width`; the last of `max_lines` (0 = no limit) ends in "…" when there was more. NULL or "" gives none. */
struct text_lines text_wrap(struct canvas *canvas, const struct text_style *style, const char *text, double width,
                            uint32_t max_lines);
void text_lines_free(struct text_lines *lines);
/* Draws below `top` and returns the bottom. */
double text_lines_draw(struct canvas *canvas, const struct text_style *style, const struct text_lines *lines, double x,
                       double top, enum text_align align);

#endif
