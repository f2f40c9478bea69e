/* palette.h - the colours of charts: the hues of Okabe and Ito, and ramps in OKLCH.
 *
 * Okabe and Ito's set (2008) stays apart for people with deuteranopia and protanopia, but three of its eight colours are
 * too pale for lines on white paper. The series colours keep its hues and are darkened until each has a contrast of at
 * least 3:1 with white (WCAG 2.1, 1.4.11); tests/unit/test_plots_palette.c checks that and the distances as seen by
 * colour-blind readers. Colours are sRGB, 0..1. */
#ifndef BERTH_PLOTS_PALETTE_H
#define BERTH_PLOTS_PALETTE_H

#include "base/base.h"

struct colour {
	double red, green, blue;
};

/* Lightness 0..1, chroma about 0..0.37, hue in degrees: Ottosson's OKLab in polar coordinates. */
struct oklch {
	double lightness, chroma, hue_degrees;
};

enum { PALETTE_HUES = 8 };

/* The colour of the n-th series, span or group. Beyond PALETTE_HUES the hues return lighter, then darker: 24 colours before
 * one repeats; lines also get a marker then (marks.h). */
struct colour palette_series(uint32_t index);
/* Bar `position` of `count` in the family of group `group`: one hue, from its series colour towards light. */
struct colour palette_family(uint32_t group, uint32_t position, uint32_t count);
/* The same hue, dark enough for small text on white (4.5:1). */
struct colour palette_text(struct colour colour);
/* `share` of `colour` over white. */
struct colour palette_tint(struct colour colour, double share);
/* The colour nearest to `wanted` that sRGB can show: chroma gives way, lightness and hue stay. */
struct colour palette_from_oklch(struct oklch wanted);
struct oklch palette_to_oklch(struct colour colour);
/* WCAG contrast ratio, 1..21. */
double palette_contrast(struct colour a, struct colour b);

extern const struct colour PALETTE_WHITE, PALETTE_INK, PALETTE_MUTED, PALETTE_GRID, PALETTE_PANEL, PALETTE_GOOD, PALETTE_BAD;

#endif
