/* test_plots_report.c - charts and reports as wholes: nothing clipped or overlapping at any size, equal input gives equal
 * bytes, tables go on on the next sheet, and a file appears whole or not at all. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <cairo-pdf.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/rng.h"
#include "base/vec.h"
#include "chart.h"
#include "marks.h"
#include "pages.h"
#include "plots_samples.h"
#include "text.h"

#include <glib/gstdio.h>

struct seen_text {
	uint32_t page;
	char *text;
	struct box ink;
};

struct seen {
	VEC_FIELDS(struct seen_text);
};

static void see(void *state, uint32_t page, const char *text, struct box ink)
{
	*VEC_PUSH((struct seen *)state) = (struct seen_text){page, g_strdup(text), ink};
}

static void forget(struct seen *seen)
{
	for (uint32_t i = 0; i < seen->count; i++)
		g_free(seen->items[i].text);
	VEC_FREE(seen);
}

static bool overlap(struct box a, struct box b)
{
	const double slack = 0.4;
	return a.x + slack < b.x + b.width && b.x + slack < a.x + a.width && a.y + slack < b.y + b.height &&
	       b.y + slack < a.y + a.height;
}

/* All texts within `bounds` (but for the side bearing of letters such as J), none on top of another. */
static void assert_tidy(const struct seen *seen, struct box bounds, const char *what)
{
	assert_true(seen->count > 0);
	for (uint32_t i = 0; i < seen->count; i++) {
		const struct seen_text *a = &seen->items[i];
		bool inside = a->ink.x >= bounds.x - 1 && a->ink.x + a->ink.width <= bounds.x + bounds.width + 1 &&
		              a->ink.y >= bounds.y - 1 && a->ink.y + a->ink.height <= bounds.y + bounds.height + 1;
		if (!inside)
			fail_msg("%s: page %u: '%s' reaches out of %g x %g: %g %g %g %g", what, a->page, a->text, bounds.width,
			         bounds.height, a->ink.x, a->ink.y, a->ink.x + a->ink.width, a->ink.y + a->ink.height);
		for (uint32_t k = 0; k < i; k++)
			if (seen->items[k].page == a->page && overlap(seen->items[k].ink, a->ink))
				fail_msg("%s: page %u: '%s' is on top of '%s'", what, a->page, a->text, seen->items[k].text);
	}
}

/* Draws on an unbounded surface; texts must keep apart, and no ink may lie outside of the box. */
static void assert_chart_tidy(const struct chart *chart, double width, double height, double em, const char *what)
{
	struct seen seen = {0};
	struct canvas canvas;
	cairo_surface_t *surface = cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, NULL);
	cairo_t *cr = cairo_create(surface);
	canvas_open(&canvas, cr, em);
	canvas.observer = see;
	canvas.observer_state = &seen;
	if (height <= 0)
		height = chart_height(&canvas, chart, width, true);
	chart_draw(&canvas, chart, (struct box){0, 0, width, height}, true);
	assert_tidy(&seen, (struct box){0, 0, width, height}, what);
	double x, y, ink_width, ink_height;
	cairo_recording_surface_ink_extents(surface, &x, &y, &ink_width, &ink_height);
	if (x < -1 || y < -1 || x + ink_width > width + 1 || y + ink_height > height + 1)
		fail_msg("%s: ink reaches out of %g x %g: %g %g %g %g", what, width, height, x, y, x + ink_width, y + ink_height);
	forget(&seen);
	canvas_close(&canvas);
	cairo_destroy(cr);
	cairo_surface_destroy(surface);
}

static int make_samples(void **state)
{
	*state = arena_create(0);
	return 0;
}

static int drop_samples(void **state)
{
	arena_destroy(*state);
	return 0;
}

static void charts_are_tidy_at_every_size(void **state)
{
	static const struct {
		double width, height, em;
	} sizes[] = {{1000, 0, 13},   {380, 0, 12},    {758, 0, 8.6}, {758, 260, 8.6},
	             {758, 160, 8.6}, {1600, 900, 14}, {330, 0, 12}};
	const struct report *report = plots_samples_report(*state);
	for (uint32_t p = 0; p < report->n_pages; p++)
		for (uint32_t b = 0; b < report->pages[p].n_blocks; b++)
			for (size_t s = 0; s < ARRAY_COUNT(sizes); s++)
				if (report->pages[p].blocks[b].kind == BLOCK_CHART)
					assert_chart_tidy(report->pages[p].blocks[b].chart, sizes[s].width, sizes[s].height, sizes[s].em,
					                  report->pages[p].blocks[b].chart->axes.title);
}

/* Draws the sheets of a report into nothing. */
static uint32_t draw_sheets(const struct report *report, struct seen *seen)
{
	struct canvas canvas;
	cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(NULL, NULL, SHEET_WIDTH, SHEET_HEIGHT);
	cairo_t *cr = cairo_create(surface);
	canvas_open(&canvas, cr, SHEET_EM);
	canvas.observer = see;
	canvas.observer_state = seen;
	uint32_t sheets = pages_draw(&canvas, report, 99);
	canvas_close(&canvas);
	cairo_destroy(cr);
	cairo_surface_destroy(surface);
	return sheets;
}

static void sheets_are_tidy(void **state)
{
	struct seen seen = {0};
	const struct report *report = plots_samples_report(*state);
	uint32_t sheets = draw_sheets(report, &seen);
	assert_true(sheets > report->n_pages);
	assert_tidy(&seen, (struct box){20, 10, SHEET_WIDTH - 40, SHEET_HEIGHT - 20}, "sample report");
	forget(&seen);
}

static uint32_t count_text(const struct seen *seen, uint32_t page, const char *text)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < seen->count; i++)
		count += seen->items[i].page == page && strcmp(seen->items[i].text, text) == 0;
	return count;
}

static void long_tables_repeat_their_header(void **state)
{
	enum { ROWS = 120 };
	static const char *const columns[] = {"Name", "Value"};
	const char *cells[ROWS * 2];
	for (uint32_t i = 0; i < ROWS; i++) {
		cells[2 * i] = arena_printf(*state, "row-%03u", i);
		cells[2 * i + 1] =
		    i % 7 == 3 ? "a value that is long enough to need, at the width of a sheet, more than one line, since it "
		                 "goes on and on about what it means and why it stands here and not on another sheet"
		               : "12";
	}
	struct report_table table = {
	    .title = "Table", .columns = columns, .n_columns = 2, .cells = cells, .n_rows = ROWS, .align = "lr"};
	struct report_block block = {.kind = BLOCK_TABLE, .table = &table};
	struct report_page page = {.title = "Page", .blocks = &block, .n_blocks = 1};
	struct report report = {.title = "Report", .footer = "footer", .pages = &page, .n_pages = 1};
	struct seen seen = {0};
	uint32_t sheets = draw_sheets(&report, &seen), rows = 0;
	assert_true(sheets >= 4);
	for (uint32_t sheet = 1; sheet <= sheets; sheet++) {
		assert_int_equal(count_text(&seen, sheet, "Name"), 1);
		assert_int_equal(count_text(&seen, sheet, "footer"), 1);
		assert_int_equal(count_text(&seen, sheet, arena_printf(*state, "page %u of 99", sheet)), 1);
		assert_int_equal(count_text(&seen, sheet, sheet == 1 ? "Table" : "Table (continued)"), 1);
		for (uint32_t i = 0; i < ROWS; i++)
			rows += count_text(&seen, sheet, cells[2 * i]);
	}
	assert_int_equal(rows, ROWS);
	assert_tidy(&seen, (struct box){20, 10, SHEET_WIDTH - 40, SHEET_HEIGHT - 20}, "long table");
	forget(&seen);
}

/* Charts that do not fit on one sheet are packed as tightly as they can be read. */
static void many_charts_share_sheets(void **state)
{
	const double x[] = {0, 1}, y[] = {1, 2};
	struct plot_series series = {.label = "one", .x = x, .y = y, .count = 2};
	struct report_block blocks[5];
	struct chart charts[ARRAY_COUNT(blocks)];
	struct seen seen = {0};
	for (uint32_t i = 0; i < ARRAY_COUNT(blocks); i++) {
		charts[i] = (struct chart){.kind = CHART_LINES, .series = &series, .n_series = 1};
		charts[i].axes.title = arena_printf(*state, "chart %u", i);
		blocks[i] = (struct report_block){.kind = BLOCK_CHART, .chart = &charts[i]};
	}
	struct report_page page = {.title = "Page", .blocks = blocks, .n_blocks = ARRAY_COUNT(blocks)};
	struct report report = {.title = "Report", .footer = "footer", .pages = &page, .n_pages = 1};
	assert_int_equal(draw_sheets(&report, &seen), 3);
	for (uint32_t i = 0; i < ARRAY_COUNT(blocks); i++)
		assert_int_equal(count_text(&seen, 1 + i / 2, charts[i].axes.title), 1);
	assert_tidy(&seen, (struct box){20, 10, SHEET_WIDTH - 40, SHEET_HEIGHT - 20}, "many charts");
	forget(&seen);
}

static void no_row_stands_alone(void **state)
{
	static const char *const columns[] = {"Name"};
	const char *cells[60];
	for (uint32_t i = 0; i < ARRAY_COUNT(cells); i++)
		cells[i] = arena_printf(*state, "row-%u", i);
	for (uint32_t rows = 20; rows <= ARRAY_COUNT(cells); rows++) {
		struct report_table table = {.title = "Table", .columns = columns, .n_columns = 1, .cells = cells, .n_rows = rows};
		struct report_block block = {.kind = BLOCK_TABLE, .table = &table};
		struct report_page page = {.title = "Page", .blocks = &block, .n_blocks = 1};
		struct report report = {.title = "Report", .pages = &page, .n_pages = 1};
		struct seen seen = {0};
		uint32_t sheets = draw_sheets(&report, &seen);
		assert_int_equal(count_text(&seen, sheets, cells[rows - 2]), 1);
		assert_int_equal(count_text(&seen, sheets, cells[rows - 1]), 1);
		forget(&seen);
	}
}

static void long_text_flows_over_sheets(void **state)
{
	(void)state;
	GString *text = g_string_new(NULL);
	for (int i = 0; i < 400; i++)
		g_string_append_printf(text, "Sentence %d says little, and says it in order to fill a line or two. ", i);
	struct report_block block = {.kind = BLOCK_TEXT, .text = text->str};
	struct report_page page = {.title = "Page", .lead = "Lead", .blocks = &block, .n_blocks = 1};
	struct report report = {.title = "Report", .footer = "footer", .pages = &page, .n_pages = 1};
	struct seen seen = {0};
	assert_true(draw_sheets(&report, &seen) >= 4);
	assert_tidy(&seen, (struct box){20, 10, SHEET_WIDTH - 40, SHEET_HEIGHT - 20}, "long text");
	forget(&seen);
	g_string_free(text, TRUE);
}

static const char *const NASTY_LABELS[] = {
    "",           "x",           "a-very-long-name-that-nobody-would-want-to-see-in-full-anywhere-at-all",
    "<b>&\"'",    "bad\xff\xfe", "Ünïcödé 数据 🚀",
    "two\nlines", NULL};

static double nasty_number(struct rng *rng)
{
	static const double special[] = {0, -1, NAN, INFINITY, -INFINITY, 1e-300, 1e300, 5e-324, 1e18};
	uint64_t kind = rng_below(rng, 12);
	return kind < ARRAY_COUNT(special) ? special[kind] : pow(10, -5 + 25 * rng_uniform(rng));
}

/* Any numbers and labels: must not hang, crash, clip or overlap. */
static struct chart *nasty_chart(struct arena *arena, struct rng *rng)
{
	struct chart *chart = ARENA_NEW(arena, struct chart);
	uint32_t n = (uint32_t)rng_below(rng, 9), points = (uint32_t)rng_below(rng, 12);
	struct plot_series *series = ARENA_ARRAY(arena, struct plot_series, n);
	struct plot_bar *bars = ARENA_ARRAY(arena, struct plot_bar, n);
	struct plot_span *spans = ARENA_ARRAY(arena, struct plot_span, n);
	double *x = ARENA_ARRAY(arena, double, points), *y = ARENA_ARRAY(arena, double, points);
	for (uint32_t i = 0; i < points; i++) {
		x[i] = nasty_number(rng);
		y[i] = nasty_number(rng);
	}
	for (uint32_t i = 0; i < n; i++) {
		const char *label = NASTY_LABELS[rng_below(rng, ARRAY_COUNT(NASTY_LABELS))];
		series[i] = (struct plot_series){.label = label,
		                                 .x = x,
		                                 .y = y,
		                                 .y_low = i % 2 ? y : NULL,
		                                 .y_high = i % 2 ? y : NULL,
		                                 .count = points,
		                                 .step = i % 3 == 0,
		                                 .dashed = i % 4 == 3,
		                                 .stacked = i % 5 == 1};
		bars[i] = (struct plot_bar){label, nasty_number(rng), nasty_number(rng), nasty_number(rng), i % 3, label};
		spans[i] = (struct plot_span){(uint32_t)rng_below(rng, 7), nasty_number(rng), nasty_number(rng), i, label, i % 2};
	}
	static const char *const lanes[] = {"lane", "a lane with a rather long name that goes on", "x", "y", "z"};
	static const enum plot_unit units[] = {UNIT_NONE, UNIT_SECONDS, UNIT_DURATION_US, UNIT_GPUS,
	                                       UNIT_JOBS, UNIT_RATIO,   UNIT_MONEY_MICRO, UNIT_UTC_US};
	*chart = (struct chart){.kind = (enum chart_kind)rng_below(rng, 4),
	                        .series = series,
	                        .n_series = n,
	                        .bars = bars,
	                        .n_bars = n,
	                        .spans = spans,
	                        .n_spans = n,
	                        .lanes = lanes,
	                        .n_lanes = ARRAY_COUNT(lanes)};
	chart->axes = (struct plot_axes){.title = "title",
	                                 .x_label = "x",
	                                 .y_label = "y",
	                                 .x_unit = units[rng_below(rng, ARRAY_COUNT(units))],
	                                 .y_unit = units[rng_below(rng, ARRAY_COUNT(units))],
	                                 .x_log = rng_below(rng, 2),
	                                 .y_log = rng_below(rng, 2),
	                                 .x_min = nasty_number(rng),
	                                 .x_max = nasty_number(rng),
	                                 .epoch_unix_s = 1767571200};
	return chart;
}

static void nasty_input_is_survived(void **state)
{
	struct rng rng = rng_stream(9, 0, 1, 0, RNG_PROPERTY_TEST);
	for (int i = 0; i < 1500; i++) {
		struct chart *chart = nasty_chart(*state, &rng);
		assert_chart_tidy(chart, i % 2 ? 758 : 380, i % 3 ? 0 : 240, i % 2 ? 8.6 : 12,
		                  arena_printf(*state, "nasty chart %d", i));
	}
}

static void missing_values_break_lines(void **state)
{
	(void)state;
	const double x[] = {0, 1, 2, 3, 4, 5}, y[] = {1, 2, NAN, 3, INFINITY, 4};
	const double *values[] = {y, NULL};
	uint32_t at = 0, first, end;
	assert_true(run_next(x, values, 2, 6, &at, &first, &end) && first == 0 && end == 2);
	assert_true(run_next(x, values, 2, 6, &at, &first, &end) && first == 3 && end == 4);
	assert_true(run_next(x, values, 2, 6, &at, &first, &end) && first == 5 && end == 6);
	assert_false(run_next(x, values, 2, 6, &at, &first, &end));
}

/* Of a hundred thousand points a few per column remain, among them the extremes. */
static void thinning_keeps_extremes(void **state)
{
	enum { POINTS = 100000 };
	double *x = ARENA_ARRAY(*state, double, POINTS), *y = ARENA_ARRAY(*state, double, POINTS);
	for (int i = 0; i < POINTS; i++) {
		x[i] = i;
		y[i] = i == 77777 ? 100 : sin(i);
	}
	struct scale sx = {.min = 0, .max = POINTS, .from = 0, .to = 500}, sy = {.min = 0, .max = 100, .from = 100, .to = 0};
	struct run run = {x, y, 0, POINTS, false};
	struct trace trace = {0};
	trace_run(&trace, &run, &sx, &sy);
	assert_true(trace.count > 1000 && trace.count < 4500);
	double highest = INFINITY;
	for (uint32_t i = 0; i < trace.count; i++)
		highest = fmin(highest, trace.items[i].y);
	assert_true(highest == 0);
	trace_free(&trace);
}

static void empty_charts_say_why(void **state)
{
	(void)state;
	for (int kind = CHART_LINES; kind <= CHART_GANTT; kind++) {
		struct chart chart = {.kind = (enum chart_kind)kind, .axes = {.title = "T", .empty_text = "no trace, no waits"}};
		struct report_block block = {.kind = BLOCK_CHART, .chart = &chart};
		struct report_page page = {.title = "Page", .blocks = &block, .n_blocks = 1};
		struct report report = {.title = "Report", .pages = &page, .n_pages = 1};
		struct seen seen = {0};
		draw_sheets(&report, &seen);
		assert_int_equal(count_text(&seen, 1, "no trace, no waits"), 1);
		forget(&seen);
	}
}

/* A directory of its own per test. */
static char *temporary_directory(void)
{
	char *directory = g_dir_make_tmp("berth-plots-XXXXXX", NULL);
	assert_non_null(directory);
	return directory;
}

static GBytes *file_bytes(const char *directory, const char *name)
{
	char *path = g_build_filename(directory, name, NULL), *bytes;
	gsize length;
	assert_true(g_file_get_contents(path, &bytes, &length, NULL));
	g_unlink(path);
	g_free(path);
	return g_bytes_new_take(bytes, length);
}

static void write_all(const struct report *report, const char *directory)
{
	struct error error = {0};
	char *pdf = g_build_filename(directory, "r.pdf", NULL), *html = g_build_filename(directory, "r.html", NULL);
	char *png = g_build_filename(directory, "r.png", NULL);
	assert_true(report_write_pdf(report, pdf, &error));
	assert_true(report_write_html(report, html, &error));
	assert_true(chart_write_png(report->pages[2].blocks[0].chart, 640, 360, png, &error));
	g_free(pdf);
	g_free(html);
	g_free(png);
}

static void equal_input_gives_equal_bytes(void **state)
{
	static const char *const names[] = {"r.pdf", "r.html", "r.png"};
	GBytes *first[ARRAY_COUNT(names)];
	char *directory = temporary_directory();
	write_all(plots_samples_report(*state), directory);
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		first[i] = file_bytes(directory, names[i]);
	write_all(plots_samples_report(*state), directory);
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		GBytes *again = file_bytes(directory, names[i]);
		assert_true(g_bytes_get_size(again) > 1000);
		assert_true(g_bytes_equal(first[i], again));
		g_bytes_unref(first[i]);
		g_bytes_unref(again);
	}
	assert_int_equal(g_rmdir(directory), 0);
	g_free(directory);
}

static void html_stands_alone(void **state)
{
	char *directory = temporary_directory();
	write_all(plots_samples_report(*state), directory);
	GBytes *bytes = file_bytes(directory, "r.html");
	char *html = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	assert_null(strstr(html, "<script"));
	assert_null(strstr(html, "<link"));
	assert_null(strstr(html, "src="));
	assert_null(strstr(html, "@import"));
	assert_null(strstr(html, "<at once>"));
	assert_non_null(strstr(html, "&lt;at once&gt; &amp; for free"));
	GHashTable *ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (const char *at = html; (at = strstr(at, " id=\""));) {
		at += strlen(" id=\"");
		if (!g_hash_table_add(ids, g_strndup(at, strcspn(at, "\""))))
			fail_msg("id %.20s twice", at);
	}
	assert_true(g_hash_table_size(ids) > 100);
	for (const char *at = html; (at = strstr(at, "href=\"#"));) {
		at += strlen("href=\"#");
		char *name = g_strndup(at, strcspn(at, "\""));
		assert_true(g_hash_table_contains(ids, name));
		g_free(name);
	}
	g_hash_table_destroy(ids);
	g_free(html);
	g_bytes_unref(bytes);
	write_all(plots_samples_report(*state), directory); /* leaves the other files to remove */
	for (const char *const *name = (const char *const[]){"r.pdf", "r.html", "r.png", NULL}; *name; name++)
		g_bytes_unref(file_bytes(directory, *name));
	g_rmdir(directory);
	g_free(directory);
}

static void assert_only(const char *directory, const char *name, const char *content)
{
	GDir *entries = g_dir_open(directory, 0, NULL);
	assert_string_equal(g_dir_read_name(entries), name);
	assert_null(g_dir_read_name(entries));
	g_dir_close(entries);
	GBytes *bytes = file_bytes(directory, name);
	assert_memory_equal(g_bytes_get_data(bytes, NULL), content, strlen(content));
	g_bytes_unref(bytes);
}

/* A file size limit stands in for a full disk: writes fail in the middle. */
static void a_full_disk_leaves_what_was_there(void **state)
{
	static const char *const names[] = {"r.pdf", "r.html", "r.png"};
	const struct report *report = plots_samples_report(*state);
	char *directory = temporary_directory();
	struct rlimit before, small = {20000, 0};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small.rlim_max = before.rlim_max;
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		struct error error = {0};
		char *path = g_build_filename(directory, names[i], NULL);
		assert_true(g_file_set_contents(path, "as before", -1, NULL));
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
		bool done = i == 0   ? report_write_pdf(report, path, &error)
		            : i == 1 ? report_write_html(report, path, &error)
		                     : chart_write_png(report->pages[2].blocks[0].chart, 1200, 700, path, &error);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
		assert_false(done);
		assert_int_equal(error.code, ERROR_BAD_INPUT);
		assert_non_null(strstr(error.text, names[i]));
		assert_non_null(strstr(error.text, "File too large"));
		assert_only(directory, names[i], "as before");
		g_free(path);
	}
	g_rmdir(directory);
	g_free(directory);
}

static void a_missing_directory_is_an_error(void **state)
{
	const struct report *report = plots_samples_report(*state);
	struct error error = {0};
	char *directory = temporary_directory(), *path = g_build_filename(directory, "nowhere", "r.pdf", NULL);
	assert_false(report_write_pdf(report, path, &error));
	assert_non_null(strstr(error.text, "No such file or directory"));
	assert_false(report_write_html(report, path, &error));
	assert_false(chart_write_png(report->pages[2].blocks[0].chart, 640, 360, path, &error));
	assert_int_equal(g_rmdir(directory), 0);
	g_free(directory);
	g_free(path);
}

static int finish(void **state)
{
	(void)state;
	plots_finish();
	return 0;
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, make_samples, drop_samples)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_ARENA(charts_are_tidy_at_every_size),
	    WITH_ARENA(sheets_are_tidy),
	    WITH_ARENA(long_tables_repeat_their_header),
	    WITH_ARENA(many_charts_share_sheets),
	    WITH_ARENA(no_row_stands_alone),
	    cmocka_unit_test(long_text_flows_over_sheets),
	    WITH_ARENA(nasty_input_is_survived),
	    cmocka_unit_test(missing_values_break_lines),
	    WITH_ARENA(thinning_keeps_extremes),
	    cmocka_unit_test(empty_charts_say_why),
	    WITH_ARENA(equal_input_gives_equal_bytes),
	    WITH_ARENA(html_stands_alone),
	    WITH_ARENA(a_full_disk_leaves_what_was_there),
	    WITH_ARENA(a_missing_directory_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, finish);
}
