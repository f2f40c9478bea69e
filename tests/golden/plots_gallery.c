/* plots_gallery.c - draws every kind of chart, to be looked at: plots_gallery DIR writes gallery.pdf, gallery.html and one
 * PNG per chart into DIR. */
#include <stdio.h>

#include "plots/report.h"
#include "plots_samples.h"

static bool write_pngs(const struct report *report, const char *directory, struct error *error)
{
	uint32_t number = 0;
	for (uint32_t p = 0; p < report->n_pages; p++)
		for (uint32_t b = 0; b < report->pages[p].n_blocks; b++) {
			char path[4096];
			const struct report_block *block = &report->pages[p].blocks[b];
			if (block->kind != BLOCK_CHART)
				continue;
			snprintf(path, sizeof path, "%s/chart-%02u.png", directory, number++);
			if (!chart_write_png(block->chart, 1200, 640, path, error))
				return false;
		}
	return true;
}

int main(int argc, char **argv)
{
	char pdf[4096], html[4096];
	struct error error;
	if (argc != 2) {
		fprintf(stderr, "usage: plots_gallery DIR\n");
		return ERROR_USAGE;
	}
	snprintf(pdf, sizeof pdf, "%s/gallery.pdf", argv[1]);
	snprintf(html, sizeof html, "%s/gallery.html", argv[1]);
	struct arena *arena = arena_create(0);
	const struct report *report = plots_samples_report(arena);
	bool done = report_write_pdf(report, pdf, &error) && report_write_html(report, html, &error) &&
	            write_pngs(report, argv[1], &error);
	if (!done)
		fprintf(stderr, "plots_gallery: %s\n", error.text);
	arena_destroy(arena);
	plots_finish();
	return done ? 0 : error.code;
}
