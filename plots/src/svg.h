/* svg.h - a chart as an SVG element inside an HTML page. */
#ifndef BERTH_PLOTS_SVG_H
#define BERTH_PLOTS_SVG_H

#include "plots/report.h" /* before GLib, which defines MIN and MAX anew */

#include <glib.h>

struct svg_size {
	double width, height; /* CSS pixels; height 0: what suits the chart */
	double em;            /* of the text in it */
};

/* Appends one <svg> without the chart's heading. Its ids all begin with `prefix` (letters, digits, '-') and are numbered
 * by appearance, so that several charts can share a page and the same chart always gives the same bytes. */
NODISCARD bool svg_append(GString *html, const struct chart *chart, struct svg_size size, const char *css_class,
                          const char *prefix, struct error *error);

/* In `svg`, renames every id and every reference to it. For svg_append(), and for tests. */
void svg_rename_ids(const char *svg, const char *prefix, GString *out);

#endif
