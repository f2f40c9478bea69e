/* text.c - see text.h and canvas.h. */
#include "text.h"

#include <fontconfig/fontconfig.h>
#include <stdlib.h>
#include <string.h>

#include "plots/report.h"

enum { LONGEST_WAIT_MS = 2000 };

/* Whether there are caches to free: asking Pango for its font map would make one. */
static bool drawn;

void canvas_open(struct canvas *canvas, cairo_t *cr, double em)
{
	drawn = true;
	*canvas = (struct canvas){.cr = cr, .em = em, .layout = pango_cairo_create_layout(cr)};
	cairo_font_options_t *options = cairo_font_options_create();
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
	PangoContext *context = pango_layout_get_context(canvas->layout);
	pango_cairo_context_set_font_options(context, options);
	pango_context_set_round_glyph_positions(context, FALSE);
	pango_layout_context_changed(canvas->layout);
	cairo_font_options_destroy(options);
}

void canvas_close(struct canvas *canvas)
{
	g_clear_object(&canvas->layout);
}

/* Pango sorts fonts in a thread of its own, which holds the font map for a few milliseconds more. Cairo aborts when its
 * static data are freed while fonts are alive, so the map is freed here and not there; if something else keeps it, all is
 * left to the end of the process. */
static bool release_font_map(void)
{
	PangoFontMap *map = g_object_ref(pango_cairo_font_map_get_default());
	pango_cairo_font_map_set_default(NULL);
	bool last = false;
	for (int ms = 0; ms < LONGEST_WAIT_MS && !last; ms++) {
		last = g_atomic_int_get(&G_OBJECT(map)->ref_count) == 1;
		if (!last)
			g_usleep(1000);
	}
	g_object_unref(map);
	return last;
}

void plots_finish(void)
{
	if (!drawn || !release_font_map())
		return;
	drawn = false;
	cairo_debug_reset_static_data();
	FcFini();
}

char *text_clean(const char *text)
{
	char *valid = g_utf8_make_valid(text, -1);
	GString *clean = g_string_sized_new(strlen(valid));
	for (char *at = valid; *at; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);
		bool control = (c < 0x20 && c != '\n') || (c >= 0x7f && c < 0xa0);
		g_string_append_unichar(clean, c == '\t' ? ' ' : control ? 0xfffd : c);
	}
	g_free(valid);
	return g_string_free(clean, FALSE);
}

static void set_font(struct canvas *canvas, const struct text_style *style)
{
	PangoFontDescription *font = pango_font_description_new();
	pango_font_description_set_family_static(font, TEXT_FONT);
	pango_font_description_set_weight(font, style->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_font_description_set_absolute_size(font, style->size * canvas->em * PANGO_SCALE);
	pango_layout_set_font_description(canvas->layout, font);
	pango_font_description_free(font);
}

static void set_line(struct canvas *canvas, const struct text_style *style, const char *text)
{
	char *clean = text_clean(text);
	set_font(canvas, style);
	pango_layout_set_single_paragraph_mode(canvas->layout, TRUE);
	pango_layout_set_width(canvas->layout, -1);
	pango_layout_set_text(canvas->layout, g_strdelimit(clean, "\n", ' '), -1);
	g_free(clean);
}

static double layout_width(struct canvas *canvas)
{
	PangoRectangle logical;
	pango_layout_get_extents(canvas->layout, NULL, &logical);
	return (double)logical.width / PANGO_SCALE;
}

double text_width(struct canvas *canvas, const struct text_style *style, const char *text)
{
	set_line(canvas, style, text);
	return layout_width(canvas);
}

double text_leading(const struct canvas *canvas, const struct text_style *style)
{
	return TEXT_LEADING * style->size * canvas->em;
}

static void observe(struct canvas *canvas, const char *text, double x, double baseline)
{
	PangoRectangle ink;
	pango_layout_line_get_extents(pango_layout_get_line_readonly(canvas->layout, 0), &ink, NULL);
	struct box box = {x + (double)ink.x / PANGO_SCALE, baseline + (double)ink.y / PANGO_SCALE,
	                  (double)ink.width / PANGO_SCALE, (double)ink.height / PANGO_SCALE};
	canvas->observer(canvas->observer_state, canvas->page, text, box);
}

/* The first and last characters of `text`, `kept` of them, with "…" between. */
static char *without_middle(const char *text, glong kept)
{
	glong length = g_utf8_strlen(text, -1), tail = kept / 2;
	char *head = g_utf8_substring(text, 0, kept - tail), *end = g_utf8_substring(text, length - tail, length);
	char *result = g_strconcat(head, "…", end, NULL);
	g_free(head);
	g_free(end);
	return result;
}

/* As much of `text` as fits into max_width, to be freed with g_free(). Pango's own ellipsis in the middle would pad its gap
 * to the full width. */
static char *fit_line(struct canvas *canvas, const struct text_style *style, const char *text)
{
	char *fitting = text_clean(text);
	if (style->max_width <= 0 || text_width(canvas, style, fitting) <= style->max_width)
		return fitting;
	glong low = 0, high = g_utf8_strlen(fitting, -1) - 1;
	while (low < high) {
		glong kept = (low + high + 1) / 2;
		char *candidate = without_middle(fitting, kept);
		if (text_width(canvas, style, candidate) <= style->max_width)
			low = kept;
		else
			high = kept - 1;
		g_free(candidate);
	}
	char *result = without_middle(fitting, low);
	g_free(fitting);
	return result;
}

void text_draw(struct canvas *canvas, const struct text_style *style, const char *text, double x, double baseline,
               enum text_align align)
{
	char *fitting = fit_line(canvas, style, text);
	set_line(canvas, style, fitting);
	double width = layout_width(canvas);
	x -= align == ALIGN_RIGHT ? width : align == ALIGN_CENTRE ? width / 2 : 0;
	canvas_set_colour(canvas, style->colour);
	cairo_move_to(canvas->cr, x, baseline);
	pango_cairo_show_layout_line(canvas->cr, pango_layout_get_line_readonly(canvas->layout, 0));
	if (canvas->observer && *fitting)
		observe(canvas, fitting, x, baseline);
	g_free(fitting);
}

void text_draw_middle(struct canvas *canvas, const struct text_style *style, const char *text, double x, double middle,
                      enum text_align align)
{
	text_draw(canvas, style, text, x, middle + TEXT_CAP_HEIGHT / 2 * style->size * canvas->em, align);
}

/* Cuts `line` at its end until it fits with an ellipsis. */
static char *shortened(struct canvas *canvas, const struct text_style *style, char *line, double width)
{
	for (;;) {
		char *more = g_strconcat(line, "…", NULL);
		if (!*line || text_width(canvas, style, more) <= width) {
			g_free(line);
			return more;
		}
		g_free(more);
		*g_utf8_prev_char(line + strlen(line)) = '\0';
		g_strchomp(line);
	}
}

struct text_lines text_wrap(struct canvas *canvas, const struct text_style *style, const char *text, double width,
                            uint32_t max_lines)
{
	struct text_lines lines = {0};
	if (!text || !*text)
		return lines;
	char *clean = text_clean(text);
	set_font(canvas, style);
	pango_layout_set_single_paragraph_mode(canvas->layout, FALSE);
	pango_layout_set_wrap(canvas->layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_width(canvas->layout, (int)(width * PANGO_SCALE));
	pango_layout_set_text(canvas->layout, clean, -1);
	uint32_t found = (uint32_t)pango_layout_get_line_count(canvas->layout);
	lines.count = max_lines && found > max_lines ? max_lines : found;
	lines.line = xcalloc(lines.count, sizeof *lines.line);
	for (uint32_t i = 0; i < lines.count; i++) {
		PangoLayoutLine *line = pango_layout_get_line_readonly(canvas->layout, (int)i);
		lines.line[i] = g_strchomp(g_strndup(clean + line->start_index, (gsize)line->length));
	}
	g_free(clean);
	if (lines.count < found)
		lines.line[lines.count - 1] = shortened(canvas, style, lines.line[lines.count - 1], width);
	return lines;
}

void text_lines_free(struct text_lines *lines)
{
	for (uint32_t i = 0; i < lines->count; i++)
		g_free(lines->line[i]);
	free(lines->line);
	*lines = (struct text_lines){0};
}

double text_lines_draw(struct canvas *canvas, const struct text_style *style, const struct text_lines *lines, double x,
                       double top, enum text_align align)
{
	double leading = text_leading(canvas, style);
	for (uint32_t i = 0; i < lines->count; i++)
		text_draw(canvas, style, lines->line[i], x, top + i * leading + 1.02 * style->size * canvas->em, align);
	return top + lines->count * leading;
}
