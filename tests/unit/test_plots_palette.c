/* test_plots_palette.c - contrast with white paper, and distance as seen with deuteranopia and protanopia. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "marks.h"
#include "palette.h"

/* Simulation of colour blindness in linear sRGB: Machado, Oliveira and Fernandes, "A physiologically-based model for
 * simulation of color vision deficiency", 2009, severity 1.0. */
static const double NORMAL[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
static const double PROTANOPIA[3][3] = {
    {0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}};
static const double DEUTERANOPIA[3][3] = {
    {0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}};

static double to_linear(double c)
{
	return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static double from_linear(double c)
{
	c = fmin(1, fmax(0, c));
	return c <= 0.0031308 ? 12.92 * c : 1.055 * pow(c, 1 / 2.4) - 0.055;
}

static struct colour seen(struct colour colour, const double eye[3][3])
{
	double in[3] = {to_linear(colour.red), to_linear(colour.green), to_linear(colour.blue)}, out[3];
	for (int i = 0; i < 3; i++)
		out[i] = from_linear(eye[i][0] * in[0] + eye[i][1] * in[1] + eye[i][2] * in[2]);
	return (struct colour){out[0], out[1], out[2]};
}

/* Euclidean in OKLab; about 0.02 is just noticeable side by side. */
static double distance(struct colour a, struct colour b)
{
	struct oklch x = palette_to_oklch(a), y = palette_to_oklch(b);
	double hx = x.hue_degrees * M_PI / 180, hy = y.hue_degrees * M_PI / 180;
	double da = x.chroma * cos(hx) - y.chroma * cos(hy), db = x.chroma * sin(hx) - y.chroma * sin(hy);
	return sqrt(pow(x.lightness - y.lightness, 2) + da * da + db * db);
}

static void lines_stand_out_from_paper(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < PALETTE_HUES; i++)
		assert_true(palette_contrast(palette_series(i), PALETTE_WHITE) >= 3);
	assert_true(palette_contrast(PALETTE_MUTED, PALETTE_WHITE) >= 4.5);
	assert_true(palette_contrast(PALETTE_MUTED, PALETTE_PANEL) >= 4.5);
	assert_true(palette_contrast(PALETTE_INK, PALETTE_WHITE) >= 7);
	assert_true(palette_contrast(PALETTE_GOOD, PALETTE_WHITE) >= 4.5);
	assert_true(palette_contrast(PALETTE_BAD, PALETTE_WHITE) >= 4.5);
}

static void names_of_lines_are_readable(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 3 * PALETTE_HUES; i++) {
		struct colour text = palette_text(palette_series(i));
		assert_true(palette_contrast(text, PALETTE_WHITE) >= 4.5);
		assert_true(palette_contrast(text, PALETTE_WHITE) < 22);
	}
}

static void hues_differ_for_every_eye(void **state)
{
	(void)state;
	const double(*eyes[])[3] = {NORMAL, PROTANOPIA, DEUTERANOPIA};
	for (size_t eye = 0; eye < ARRAY_COUNT(eyes); eye++)
		for (uint32_t i = 0; i < PALETTE_HUES; i++)
			for (uint32_t k = 0; k < i; k++) {
				double apart = distance(seen(palette_series(i), eyes[eye]), seen(palette_series(k), eyes[eye]));
				if (apart < 0.08)
					fail_msg("eye %zu: series %u and %u are only %.3f apart", eye, i, k, apart);
			}
}

/* Neighbours in a stack touch: they must differ for every eye, also where the hues begin again. */
static void neighbours_in_a_stack_differ(void **state)
{
	(void)state;
	const double(*eyes[])[3] = {NORMAL, PROTANOPIA, DEUTERANOPIA};
	for (size_t eye = 0; eye < ARRAY_COUNT(eyes); eye++)
		for (uint32_t i = 1; i < 20; i++)
			assert_true(distance(seen(palette_series(i), eyes[eye]), seen(palette_series(i - 1), eyes[eye])) >= 0.07);
}

static void twenty_lines_look_different(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 20; i++)
		for (uint32_t k = 0; k < i; k++)
			assert_true(marker_of_series(i) != marker_of_series(k) || i % PALETTE_HUES != k % PALETTE_HUES);
}

static void families_get_lighter_step_by_step(void **state)
{
	(void)state;
	for (uint32_t group = 0; group < PALETTE_HUES; group++)
		for (uint32_t i = 1; i < 4; i++) {
			struct oklch before = palette_to_oklch(palette_family(group, i - 1, 4));
			struct oklch after = palette_to_oklch(palette_family(group, i, 4));
			assert_true(after.lightness > before.lightness + 0.04);
			assert_true(before.chroma < 0.02 || fabs(after.hue_degrees - before.hue_degrees) < 3);
		}
}

static void oklch_goes_there_and_back(void **state)
{
	(void)state;
	for (int r = 0; r <= 4; r++)
		for (int g = 0; g <= 4; g++)
			for (int b = 0; b <= 4; b++) {
				struct colour colour = {r / 4.0, g / 4.0, b / 4.0}, back = palette_from_oklch(palette_to_oklch(colour));
				assert_true(fabs(back.red - colour.red) < 2e-3);
				assert_true(fabs(back.green - colour.green) < 2e-3);
				assert_true(fabs(back.blue - colour.blue) < 2e-3);
			}
	/* Ottosson's table: sRGB red is L 0.628, C 0.258, h 29.23. */
	struct oklch red = palette_to_oklch((struct colour){1, 0, 0});
	assert_true(fabs(red.lightness - 0.628) < 1e-3 && fabs(red.chroma - 0.2577) < 1e-3 &&
	            fabs(red.hue_degrees - 29.23) < 0.1);
	assert_true(fabs(palette_contrast((struct colour){0, 0, 0}, PALETTE_WHITE) - 21) < 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_stand_out_from_paper),  cmocka_unit_test(names_of_lines_are_readable),
	    cmocka_unit_test(hues_differ_for_every_eye),   cmocka_unit_test(neighbours_in_a_stack_differ),
	    cmocka_unit_test(twenty_lines_look_different), cmocka_unit_test(families_get_lighter_step_by_step),
	    cmocka_unit_test(oklch_goes_there_and_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
