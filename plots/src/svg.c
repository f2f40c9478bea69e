/* svg.c - see svg.h. Cairo numbers the ids in its SVG by a counter of the process; they are renamed here. */
#include "svg.h"

#include <cairo-svg.h>
#include <math.h>
#include <string.h>

#include "chart.h"
#include "html.h"

static cairo_status_t append_bytes(void *closure, const unsigned char *bytes, unsigned int count)
{
	g_string_append_len(closure, (const char *)bytes, count);
	return CAIRO_STATUS_SUCCESS;
}

/* Where an id may stand: what comes before it and what ends it. */
static const struct {
	const char *before;
	char end;
} ID_PLACES[] = {{" id=\"", '"'}, {"href=\"#", '"'}, {"url(#", ')'}};

static const char *next_id(const char *at, char *ret_end)
{
	const char *nearest = NULL;
	for (size_t i = 0; i < ARRAY_COUNT(ID_PLACES); i++) {
		const char *found = strstr(at, ID_PLACES[i].before);
		if (!found || (nearest && found + strlen(ID_PLACES[i].before) > nearest))
			continue;
		nearest = found + strlen(ID_PLACES[i].before);
		*ret_end = ID_PLACES[i].end;
	}
	return nearest;
}

void svg_rename_ids(const char *svg, const char *prefix, GString *out)
{
	GHashTable *numbers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	char end;
	for (const char *id; (id = next_id(svg, &end));) {
		const char *stop = strchr(id, end);
		if (!stop)
			break;
		char *name = g_strndup(id, (gsize)(stop - id));
		gpointer number;
		if (!g_hash_table_lookup_extended(numbers, name, NULL, &number)) {
			number = GUINT_TO_POINTER(g_hash_table_size(numbers) + 1);
			g_hash_table_insert(numbers, g_strdup(name), number);
		}
		g_string_append_len(out, svg, id - svg);
		g_string_append_printf(out, "%s%u", prefix, GPOINTER_TO_UINT(number));
		g_free(name);
		svg = stop;
	}
	g_string_append(out, svg);
	g_hash_table_destroy(numbers);
}

/* Our own opening tag: scales with the page, and says what it shows to those who cannot see it. */
static void append_opening(GString *html, const struct chart *chart, struct svg_size size, const char *css_class)
{
	g_string_append(html,
	                "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" role=\"img\" "
	                "class=\"");
	html_attr(html, css_class);
	g_string_append_printf(html, "\" viewBox=\"0 0 %d %d\" aria-label=\"", (int)size.width, (int)size.height);
	html_attr(html, chart->axes.title ? chart->axes.title : "chart");
	if (chart->axes.subtitle) {
		g_string_append(html, ". ");
		html_attr(html, chart->axes.subtitle);
	}
	g_string_append(html, "\">\n");
}

static cairo_status_t draw(GString *svg, const struct chart *chart, struct svg_size *size)
{
	cairo_surface_t *surface = cairo_svg_surface_create_for_stream(append_bytes, svg, size->width, 1);
	cairo_t *cr = cairo_create(surface);
	struct canvas canvas;
	canvas_open(&canvas, cr, size->em);
	if (size->height <= 0)
		size->height = ceil(chart_height(&canvas, chart, size->width, false));
	canvas_close(&canvas);
	cairo_destroy(cr);
	cairo_surface_destroy(surface);
	g_string_truncate(svg, 0);

	surface = cairo_svg_surface_create_for_stream(append_bytes, svg, size->width, size->height);
	cr = cairo_create(surface);
	canvas_open(&canvas, cr, size->em);
	chart_draw(&canvas, chart, (struct box){0, 0, size->width, size->height}, false);
	canvas_close(&canvas);
	cairo_destroy(cr);
	cairo_surface_finish(surface);
	cairo_status_t status = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	return status;
}

bool svg_append(GString *html, const struct chart *chart, struct svg_size size, const char *css_class, const char *prefix,
                struct error *error)
{
	GString *svg = g_string_new(NULL);
	cairo_status_t status = draw(svg, chart, &size);
	const char *tag = strstr(svg->str, "<svg"), *body = tag ? strchr(tag, '>') : NULL;
	if (status == CAIRO_STATUS_SUCCESS && body) {
		append_opening(html, chart, size, css_class);
		svg_rename_ids(body + 1, prefix, html);
	}
	g_string_free(svg, TRUE);
	if (status != CAIRO_STATUS_SUCCESS || !body)
		return error_set(error, ERROR_BAD_INPUT, "cannot draw the chart '%s': %s",
		                 chart->axes.title ? chart->axes.title : "", cairo_status_to_string(status));
	return true;
}
