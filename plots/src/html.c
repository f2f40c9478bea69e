/* html.c - see html.h. */
#include "html.h"
#include "text.h"

static void escape(GString *out, const char *text, bool attribute)
{
	if (!text)
		return;
	char *clean = text_clean(text);
	for (const char *at = clean; *at; at++)
		switch (*at) {
		case '&':
			g_string_append(out, "&amp;");
			break;
		case '<':
			g_string_append(out, "&lt;");
			break;
		case '>':
			g_string_append(out, "&gt;");
			break;
		case '"':
			g_string_append(out, attribute ? "&quot;" : "\"");
			break;
		case '\'':
			g_string_append(out, attribute ? "&#39;" : "'");
			break;
		case '\n':
			g_string_append(out, attribute ? "&#10;" : "\n");
			break;
		default:
			g_string_append_c(out, *at);
		}
	g_free(clean);
}

void html_text(GString *out, const char *text)
{
	escape(out, text, false);
}

void html_attr(GString *out, const char *text)
{
	escape(out, text, true);
}
