/* report_html.c - the report as one HTML file: no script, nothing loaded from elsewhere.
 *
 * Each chart is drawn twice, for wide and for narrow screens; the style sheet shows one of them. On paper every page of the
 * report begins a new sheet, A4 landscape. */
#include <string.h>

#include "html.h"
#include "output.h"
#include "svg.h"

enum { UNBROKEN = 30 /* bytes: shorter cells stay on one line, wider tables scroll */ };

static const struct svg_size WIDE = {.width = 1000, .em = 13}, NARROW = {.width = 380, .em = 12};

static const char STYLE[] =
    "<style>\n"
    ":root{color-scheme:light}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:1080px;padding:24px 40px 40px;background:#fff;color:#1f2328;"
    "font:16px/1.5 \"DejaVu Sans\",Verdana,\"Segoe UI\",system-ui,sans-serif}\n"
    "h1{font-size:1.75rem;line-height:1.2;margin:0}\n"
    "h2{font-size:1.35rem;line-height:1.25;margin:0 0 .2rem}\n"
    "h3{font-size:1.05rem;line-height:1.3;margin:0}\n"
    "p{margin:.4rem 0;max-width:75ch;white-space:pre-line}\n"
    ".subtitle,.lead,.note,figcaption p,footer{color:#59626d}\n"
    ".lead{font-size:1.05rem;margin:0 0 1rem}\n"
    ".banner{border-left:4px solid #b03a00;background:#fdf3ec;padding:.5rem .9rem;margin:1rem 0;max-width:none}\n"
    "nav{margin:1rem 0 0;font-size:.9rem}\n"
    "nav ol{margin:0;padding:0;list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.2rem}\n"
    "a{color:#005a8f}\n"
    "section{border-top:1px solid #c9ced4;margin-top:2rem;padding-top:1.2rem}\n"
    "figure{margin:1.2rem 0}\n"
    "figcaption p{font-size:.85rem;margin:.1rem 0 .5rem;max-width:none}\n"
    "svg{display:block;width:100%;height:auto}\n"
    "svg.narrow{display:none}\n"
    ".figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(180px,1fr));gap:14px;margin:1rem 0;padding:0}\n"
    ".figures div{border-top:3px solid #c9ced4;padding-top:.5rem;display:grid;grid-row:span "
    "3;grid-template-rows:subgrid;row-gap:0}\n"
    ".figures .good{border-color:#00795a}\n"
    ".figures .bad{border-color:#b03a00}\n"
    ".figures dt{font-size:.85rem;color:#59626d}\n"
    ".figures dd{margin:0}\n"
    ".figures .value{font-size:1.6rem;line-height:1.25;font-weight:700}\n"
    ".figures .good .value{color:#00795a}\n"
    ".figures .bad .value{color:#b03a00}\n"
    ".figures .note{font-size:.85rem}\n"
    ".scroll{overflow-x:auto;margin:1rem 0}\n"
    "table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}\n"
    "caption{text-align:left;font-weight:700;font-size:1rem;padding:0 0 .3rem}\n"
    "th,td{text-align:left;vertical-align:top;padding:.25rem 1.1rem .25rem 0;border-bottom:1px solid #e2e5e9}\n"
    "th{border-bottom:2px solid #59626d}\n"
    ".r{text-align:right}\n"
    ".b,.value{white-space:nowrap}\n"
    "footer{border-top:1px solid #c9ced4;margin-top:2rem;padding-top:.6rem;font-size:.8rem;overflow-wrap:anywhere}\n"
    "@media screen and (max-width:640px){\n"
    "body{padding:14px 14px 28px}\n"
    "svg.wide{display:none}svg.narrow{display:block}\n"
    ".figures{grid-template-columns:repeat(auto-fit,minmax(140px,1fr))}\n"
    "}\n"
    "@media print{\n"
    "@page{size:A4 landscape;margin:12mm}\n"
    "body{max-width:none;padding:0;font-size:10pt}\n"
    "nav{display:none}\n"
    "section{break-before:page;border:0;margin:0;padding:0}\n"
    "section:first-of-type{break-before:auto;margin-top:1rem}\n"
    "figure,.figures div,tr{break-inside:avoid}\n"
    "h2,h3{break-after:avoid}\n"
    "thead{display:table-header-group}\n"
    ".scroll{overflow:visible}\n"
    "figure svg{max-height:150mm}\n"
    "}\n"
    "</style>\n";

static void element(GString *html, const char *open, const char *text, const char *close)
{
	if (!text || !*text)
		return;
	g_string_append(html, open);
	html_text(html, text);
	g_string_append(html, close);
}

static bool append_chart(GString *html, const struct chart *chart, uint32_t *number, struct error *error)
{
	char prefix[2][24];
	g_snprintf(prefix[0], sizeof prefix[0], "w%u-", *number);
	g_snprintf(prefix[1], sizeof prefix[1], "n%u-", *number);
	(*number)++;
	g_string_append(html, "<figure>\n<figcaption>");
	element(html, "<h3>", chart->axes.title, "</h3>");
	element(html, "<p>", chart->axes.subtitle, "</p>");
	g_string_append(html, "</figcaption>\n");
	if (!svg_append(html, chart, WIDE, "wide", prefix[0], error) ||
	    !svg_append(html, chart, NARROW, "narrow", prefix[1], error))
		return false;
	g_string_append(html, "</figure>\n");
	return true;
}

static void append_cell(GString *html, const struct report_table *table, uint32_t column, const char *tag, const char *text)
{
	bool right = table->align && column < strlen(table->align) && table->align[column] == 'r';
	bool brief = text && strlen(text) <= UNBROKEN;
	g_string_append_printf(html, "<%s class=\"%s%s\">", tag, right ? "r" : "l", brief ? " b" : "");
	html_text(html, text);
	g_string_append_printf(html, "</%s>", tag);
}

static void append_table(GString *html, const struct report_table *table)
{
	g_string_append(html, "<div class=\"scroll\"><table>\n");
	element(html, "<caption>", table->title, "</caption>\n");
	g_string_append(html, "<thead><tr>");
	for (uint32_t column = 0; column < table->n_columns; column++)
		append_cell(html, table, column, "th", table->columns[column]);
	g_string_append(html, "</tr></thead>\n<tbody>\n");
	for (uint32_t row = 0; row < table->n_rows; row++) {
		g_string_append(html, "<tr>");
		for (uint32_t column = 0; column < table->n_columns; column++)
			append_cell(html, table, column, "td", table->cells[(size_t)row * table->n_columns + column]);
		g_string_append(html, "</tr>\n");
	}
	g_string_append(html, "</tbody>\n</table></div>\n");
}

static void append_figures(GString *html, const struct report_figure *figures, uint32_t count)
{
	g_string_append(html, "<dl class=\"figures\">\n");
	for (uint32_t i = 0; i < count; i++) {
		const struct report_figure *figure = &figures[i];
		g_string_append_printf(html, "<div%s><dt>",
		                       figure->verdict > 0   ? " class=\"good\""
		                       : figure->verdict < 0 ? " class=\"bad\""
		                                             : "");
		html_text(html, figure->label);
		g_string_append_printf(html, "</dt><dd class=\"value\">%s",
		                       figure->verdict > 0   ? "✓ "
		                       : figure->verdict < 0 ? "✗ "
		                                             : "");
		html_text(html, figure->value);
		g_string_append(html, "</dd>");
		element(html, "<dd class=\"note\">", figure->note, "</dd>");
		g_string_append(html, "</div>\n");
	}
	g_string_append(html, "</dl>\n");
}

static bool append_block(GString *html, const struct report_block *block, uint32_t *n_charts, struct error *error)
{
	switch (block->kind) {
	case BLOCK_TEXT:
		element(html, "<p>", block->text, "</p>\n");
		return true;
	case BLOCK_CHART:
		return append_chart(html, block->chart, n_charts, error);
	case BLOCK_TABLE:
		append_table(html, block->table);
		return true;
	case BLOCK_FIGURES:
		append_figures(html, block->figures, block->n_figures);
		return true;
	}
	return true;
}

static bool append_page(GString *html, const struct report_page *page, uint32_t number, uint32_t *n_charts,
                        struct error *error)
{
	g_string_append_printf(html, "<section id=\"page-%u\">\n", number);
	element(html, "<h2>", page->title, "</h2>\n");
	element(html, "<p class=\"lead\">", page->lead, "</p>\n");
	for (uint32_t i = 0; i < page->n_blocks; i++)
		if (!append_block(html, &page->blocks[i], n_charts, error))
			return false;
	g_string_append(html, "</section>\n");
	return true;
}

static void append_head(GString *html, const struct report *report)
{
	g_string_append(html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	                      "<meta name=\"generator\" content=\"berth\">\n"
	                      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n");
	element(html, "<title>", report->title, "</title>\n");
	g_string_append(html, STYLE);
	g_string_append(html, "</head>\n<body>\n<header>\n");
	element(html, "<h1>", report->title, "</h1>\n");
	element(html, "<p class=\"subtitle\">", report->subtitle, "</p>\n");
	element(html, "<p class=\"banner\">", report->banner, "</p>\n");
	g_string_append(html, "<nav><ol>\n");
	for (uint32_t i = 0; i < report->n_pages; i++) {
		g_string_append_printf(html, "<li><a href=\"#page-%u\">", i + 1);
		html_text(html, report->pages[i].title);
		g_string_append(html, "</a></li>\n");
	}
	g_string_append(html, "</ol></nav>\n</header>\n<main>\n");
}

static bool append_report(GString *html, const struct report *report, struct error *error)
{
	uint32_t n_charts = 0;
	append_head(html, report);
	for (uint32_t i = 0; i < report->n_pages; i++)
		if (!append_page(html, &report->pages[i], i + 1, &n_charts, error))
			return false;
	g_string_append(html, "</main>\n");
	element(html, "<footer>", report->footer, "</footer>\n");
	g_string_append(html, "</body>\n</html>\n");
	return true;
}

bool report_write_html(const struct report *report, const char *path, struct error *error)
{
	struct output output;
	GString *html = g_string_new(NULL);
	bool done = append_report(html, report, error) && output_open(&output, path, error);
	if (done) {
		output_write(&output, html->str, html->len);
		done = output_close(&output, error);
	}
	g_string_free(html, TRUE);
	return done;
}
