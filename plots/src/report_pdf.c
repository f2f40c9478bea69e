/* report_pdf.c - the report as PDF. Drawn twice: the first time, into nothing, to count the sheets. */
#include <cairo-pdf.h>

#include "output.h"
#include "pages.h"
#include "text.h"

/* The same for every report, so that equal input gives equal bytes. */
#define CREATION_DATE "1970-01-01T00:00:00Z"

static uint32_t draw(cairo_surface_t *surface, const struct report *report, uint32_t total, cairo_status_t *ret_status)
{
	struct canvas canvas;
	cairo_t *cr = cairo_create(surface);
	canvas_open(&canvas, cr, SHEET_EM);
	uint32_t sheets = pages_draw(&canvas, report, total);
	canvas_close(&canvas);
	*ret_status = cairo_status(cr);
	cairo_destroy(cr);
	cairo_surface_finish(surface);
	if (*ret_status == CAIRO_STATUS_SUCCESS)
		*ret_status = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	return sheets;
}

static void set_metadata(cairo_surface_t *surface, const struct report *report)
{
	char *title = text_clean(report->title ? report->title : "");
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "berth");
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, CREATION_DATE);
	g_free(title);
}

bool report_write_pdf(const struct report *report, const char *path, struct error *error)
{
	struct output output;
	cairo_status_t status;
	if (!output_open(&output, path, error))
		return false;
	uint32_t sheets = draw(cairo_pdf_surface_create_for_stream(NULL, NULL, SHEET_WIDTH, SHEET_HEIGHT), report, 0, &status);
	cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(output_write_cairo, &output, SHEET_WIDTH, SHEET_HEIGHT);
	set_metadata(surface, report);
	draw(surface, report, sheets, &status);
	return output_close_cairo(&output, status, error);
}
