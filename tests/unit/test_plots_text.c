/* test_plots_text.c - the font, measured text, and text that cannot become markup. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "html.h"
#include "plots/report.h"
#include "svg.h"
#include "text.h"

struct stage {
	cairo_surface_t *surface;
	cairo_t *cr;
	struct canvas canvas;
};

static int open_stage(void **state)
{
	struct stage *stage = xcalloc(1, sizeof *stage);
	stage->surface = cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, NULL);
	stage->cr = cairo_create(stage->surface);
	canvas_open(&stage->canvas, stage->cr, 10);
	*state = stage;
	return 0;
}

static int close_stage(void **state)
{
	struct stage *stage = *state;
	canvas_close(&stage->canvas);
	cairo_destroy(stage->cr);
	cairo_surface_destroy(stage->surface);
	free(stage);
	return 0;
}

/* Without it every glyph is a box, or widths are another font's. */
static void the_font_is_installed(void **state)
{
	struct stage *stage = *state;
	PangoContext *context = pango_layout_get_context(stage->canvas.layout);
	PangoFontDescription *wanted = pango_font_description_from_string(TEXT_FONT " 10");
	PangoFont *font = pango_context_load_font(context, wanted);
	assert_non_null(font);
	PangoFontDescription *found = pango_font_describe(font);
	assert_string_equal(pango_font_description_get_family(found), TEXT_FONT);
	pango_font_description_free(found);
	pango_font_description_free(wanted);
	g_object_unref(font);
}

static void digits_have_one_width(void **state)
{
	struct stage *stage = *state;
	struct text_style style = {.size = 1};
	double one = text_width(&stage->canvas, &style, "1111"), nine = text_width(&stage->canvas, &style, "9999");
	assert_true(one > 20 && one < 30);
	assert_true(one == nine);
	style.size = 2;
	assert_true(text_width(&stage->canvas, &style, "1111") > 1.99 * one);
}

static void remember(void *state, uint32_t page, const char *text, struct box ink)
{
	(void)page, (void)ink;
	g_string_assign(state, text);
}

static void long_labels_lose_their_middle(void **state)
{
	struct stage *stage = *state;
	static const char label[] = "team-a/pretraining-of-a-large-model-0042";
	struct text_style style = {.size = 1, .max_width = 120};
	GString *drawn = g_string_new(NULL);
	stage->canvas.observer = remember;
	stage->canvas.observer_state = drawn;
	text_draw(&stage->canvas, &style, label, 0, 0, ALIGN_LEFT);
	assert_true(text_width(&stage->canvas, &style, drawn->str) <= 120);
	assert_true(text_width(&stage->canvas, &style, drawn->str) > 100);
	assert_non_null(strstr(drawn->str, "…"));
	assert_true(g_str_has_prefix(drawn->str, "team-a/") && g_str_has_suffix(drawn->str, "0042"));
	style.max_width = 1000;
	text_draw(&stage->canvas, &style, label, 0, 0, ALIGN_LEFT);
	assert_string_equal(drawn->str, label);
	g_string_free(drawn, TRUE);
}

static void paragraphs_break_within_the_width(void **state)
{
	struct stage *stage = *state;
	struct text_style style = {.size = 1};
	static const char text[] = "one two three four five six seven\n\na-word-that-is-far-too-long-for-one-line-of-this-width";
	struct text_lines lines = text_wrap(&stage->canvas, &style, text, 80, 0);
	assert_true(lines.count > 6);
	for (uint32_t i = 0; i < lines.count; i++)
		assert_true(text_width(&stage->canvas, &style, lines.line[i]) <= 80.5);
	text_lines_free(&lines);
	lines = text_wrap(&stage->canvas, &style, text, 80, 2);
	assert_int_equal(lines.count, 2);
	assert_true(g_str_has_suffix(lines.line[1], "…"));
	assert_true(text_width(&stage->canvas, &style, lines.line[1]) <= 80.5);
	text_lines_free(&lines);
	lines = text_wrap(&stage->canvas, &style, NULL, 80, 0);
	assert_int_equal(lines.count, 0);
}

static void assert_html(void (*escape)(GString *, const char *), const char *text, const char *expected)
{
	GString *out = g_string_new(NULL);
	escape(out, text);
	assert_string_equal(out->str, expected);
	g_string_free(out, TRUE);
}

static void text_never_becomes_markup(void **state)
{
	(void)state;
	assert_html(html_text, "<script>alert('a' & \"b\")</script>", "&lt;script&gt;alert('a' &amp; \"b\")&lt;/script&gt;");
	assert_html(html_attr, "\" onload='x' <&>", "&quot; onload=&#39;x&#39; &lt;&amp;&gt;");
	assert_html(html_text, "bad \xff byte, \x01 control, \xc2\x85 too", "bad � byte, � control, � too");
	assert_html(html_text, "naïve – 数", "naïve – 数");
	assert_html(html_attr, "a\nb\tc", "a&#10;b c");
	assert_html(html_text, NULL, "");
}

static void ids_are_renamed_by_appearance(void **state)
{
	(void)state;
	GString *out = g_string_new(NULL);
	svg_rename_ids("<g id=\"surface7\"><use xlink:href=\"#glyph0-1\"/><path clip-path=\"url(#clip3)\"/>"
	               "<symbol id=\"glyph0-1\"/></g>",
	               "w2-", out);
	assert_string_equal(out->str, "<g id=\"w2-1\"><use xlink:href=\"#w2-2\"/><path clip-path=\"url(#w2-3)\"/>"
	                              "<symbol id=\"w2-2\"/></g>");
	g_string_free(out, TRUE);
}

static int finish(void **state)
{
	(void)state;
	plots_finish();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(the_font_is_installed, open_stage, close_stage),
	    cmocka_unit_test_setup_teardown(digits_have_one_width, open_stage, close_stage),
	    cmocka_unit_test_setup_teardown(long_labels_lose_their_middle, open_stage, close_stage),
	    cmocka_unit_test_setup_teardown(paragraphs_break_within_the_width, open_stage, close_stage),
	    cmocka_unit_test(text_never_becomes_markup),
	    cmocka_unit_test(ids_are_renamed_by_appearance),
	};
	return cmocka_run_group_tests(tests, NULL, finish);
}
