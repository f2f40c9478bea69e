/* html.h - text into HTML. Escaping is the API: text goes in through these two and cannot become markup. */
#ifndef BERTH_PLOTS_HTML_H
#define BERTH_PLOTS_HTML_H

#include "base/base.h" /* before GLib, which defines MIN and MAX anew */

#include <glib.h>

/* As the content of an element. NULL is nothing; bytes that are not UTF-8 and control characters become U+FFFD. */
void html_text(GString *out, const char *text);
/* As the value of an attribute in double quotes. */
void html_attr(GString *out, const char *text);

#endif
