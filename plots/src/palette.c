/* palette.c - see palette.h. OKLab: B. Ottosson, "A perceptual color space for image processing", 2020. */
#include <math.h>

#include "palette.h"

#define RGB(hex)                                                                                                            \
	{                                                                                                                       \
		((hex) >> 16 & 255) / 255.0, ((hex) >> 8 & 255) / 255.0, ((hex)&255) / 255.0                                        \
	}

const struct colour PALETTE_WHITE = RGB(0xffffff);
const struct colour PALETTE_INK = RGB(0x1f2328);   /* text and axes */
const struct colour PALETTE_MUTED = RGB(0x59626d); /* secondary text: 6:1 on white */
const struct colour PALETTE_GRID = RGB(0xe2e5e9);
const struct colour PALETTE_PANEL = RGB(0xf4f6f8);
const struct colour PALETTE_GOOD = RGB(0x00795a);
const struct colour PALETTE_BAD = RGB(0xb03a00);

/* Blue, vermillion, bluish green, reddish purple, orange and sky blue of Okabe and Ito; indigo in place of their yellow,
 * which is not yellow any more when it is dark enough for white paper; grey for the eighth, often what is left over. */
static const struct colour SERIES[PALETTE_HUES] = {
    RGB(0x0072b2), RGB(0xc24e00), RGB(0x00966c), RGB(0x9c3f78), RGB(0xc08600), RGB(0x3a9bce), RGB(0x5a358c), RGB(0x454545),
};

struct linear {
	double red, green, blue;
};

static double to_linear(double channel)
{
	return channel <= 0.04045 ? channel / 12.92 : pow((channel + 0.055) / 1.055, 2.4);
}

static double from_linear(double channel)
{
	if (channel <= 0)
		return 0;
	if (channel >= 1)
		return 1;
	return channel <= 0.0031308 ? 12.92 * channel : 1.055 * pow(channel, 1 / 2.4) - 0.055;
}

static struct linear linear_of(struct colour colour)
{
	return (struct linear){to_linear(colour.red), to_linear(colour.green), to_linear(colour.blue)};
}

static struct linear linear_from_oklch(struct oklch wanted)
{
	double hue = wanted.hue_degrees * (M_PI / 180);
	double a = wanted.chroma * cos(hue), b = wanted.chroma * sin(hue), lightness = wanted.lightness;
	double l = lightness + 0.3963377774 * a + 0.2158037573 * b;
	double m = lightness - 0.1055613458 * a - 0.0638541728 * b;
	double s = lightness - 0.0894841775 * a - 1.2914855480 * b;
	l = l * l * l;
	m = m * m * m;
	s = s * s * s;
	return (struct linear){4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
	                       -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
	                       -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s};
}

static bool in_gamut(struct linear c)
{
	const double slack = 1e-4;
	return c.red >= -slack && c.red <= 1 + slack && c.green >= -slack && c.green <= 1 + slack && c.blue >= -slack &&
	       c.blue <= 1 + slack;
}

struct colour palette_from_oklch(struct oklch wanted)
{
	struct linear found = linear_from_oklch(wanted);
	double low = 0, high = wanted.chroma;
	if (!in_gamut(found)) {
		for (int i = 0; i < 24; i++) {
			wanted.chroma = (low + high) / 2;
			if (in_gamut(linear_from_oklch(wanted)))
				low = wanted.chroma;
			else
				high = wanted.chroma;
		}
		wanted.chroma = low;
		found = linear_from_oklch(wanted);
	}
	return (struct colour){from_linear(found.red), from_linear(found.green), from_linear(found.blue)};
}

struct oklch palette_to_oklch(struct colour colour)
{
	struct linear c = linear_of(colour);
	double l = cbrt(0.4122214708 * c.red + 0.5363325363 * c.green + 0.0514459929 * c.blue);
	double m = cbrt(0.2119034982 * c.red + 0.6806995451 * c.green + 0.1073969566 * c.blue);
	double s = cbrt(0.0883024619 * c.red + 0.2817188376 * c.green + 0.6299787005 * c.blue);
	double a = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s;
	double b = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s;
	return (struct oklch){0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s, hypot(a, b), atan2(b, a) * (180 / M_PI)};
}

static double luminance(struct colour colour)
{
	struct linear c = linear_of(colour);
	return 0.2126 * c.red + 0.7152 * c.green + 0.0722 * c.blue;
}

double palette_contrast(struct colour a, struct colour b)
{
	double x = luminance(a) + 0.05, y = luminance(b) + 0.05;
	return x > y ? x / y : y / x;
}

static struct colour shifted(struct colour colour, double lightness_change)
{
	struct oklch lch = palette_to_oklch(colour);
	lch.lightness = fmin(0.92, fmax(0.2, lch.lightness + lightness_change));
	return palette_from_oklch(lch);
}

struct colour palette_series(uint32_t index)
{
	static const double lightness_change[] = {0, 0.15, -0.16};
	struct colour base = SERIES[index % PALETTE_HUES];
	uint32_t tier = index / PALETTE_HUES % ARRAY_COUNT(lightness_change);
	return tier ? shifted(base, lightness_change[tier]) : base;
}

struct colour palette_family(uint32_t group, uint32_t position, uint32_t count)
{
	struct colour base = palette_series(group);
	if (count < 2 || position == 0)
		return base;
	struct oklch lch = palette_to_oklch(base);
	double share = (double)position / (count - 1);
	double lightest = fmax(lch.lightness, 0.84);
	lch.lightness += share * (lightest - lch.lightness);
	lch.chroma *= 1 - 0.35 * share;
	return palette_from_oklch(lch);
}

struct colour palette_text(struct colour colour)
{
	struct oklch lch = palette_to_oklch(colour);
	while (palette_contrast(colour, PALETTE_WHITE) < 4.5 && lch.lightness > 0) {
		lch.lightness -= 0.01;
		colour = palette_from_oklch(lch);
	}
	return colour;
}

struct colour palette_tint(struct colour colour, double share)
{
	return (struct colour){1 - share * (1 - colour.red), 1 - share * (1 - colour.green), 1 - share * (1 - colour.blue)};
}
