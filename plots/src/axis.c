/* axis.c - see axis.h. */
#include <math.h>
#include <string.h>

#include "axis.h"
#include "format.h"
#include "marks.h"

/* In em. */
#define TICK_SIZE 0.92
#define TITLE_SIZE 0.92
#define TICK_GAP 0.45    /* from the plot to its labels */
#define LABEL_GAP 0.9    /* least distance of neighbouring x labels */
#define X_TICK_PITCH 4.2 /* mean distance of x ticks at least */
#define Y_TICK_PITCH 2.6
#define LEAST_Y_PITCH 1.1

/* Numbers beyond are passed over, smaller ones are zero; a narrower range is widened. */
#define MOST_SIZE 1e200
#define LEAST_SIZE 1e-200
#define LEAST_SPAN 1e-9

enum { MOST_X_TICKS = 14 };

struct text_style axis_label_style(void)
{
	return (struct text_style){.size = TICK_SIZE, .colour = PALETTE_MUTED};
}

struct text_style axis_title_style(void)
{
	return (struct text_style){.size = TITLE_SIZE, .colour = PALETTE_INK};
}

/* Whether the caller gave a range that ticks can be made for. */
static bool is_range(const struct tick_domain *domain)
{
	double size = fmax(fabs(domain->min), fabs(domain->max));
	return size > LEAST_SIZE && size < MOST_SIZE && domain->max - domain->min > LEAST_SPAN * size &&
	       (!domain->log || domain->min > LEAST_SIZE);
}

void axis_start(struct axis *axis, const struct plot_axes *axes, enum axis_which which)
{
	bool x = which == AXIS_X;
	*axis = (struct axis){.label = x ? axes->x_label : axes->y_label, .currency = axes->currency};
	axis->domain = (struct tick_domain){.unit = x ? axes->x_unit : axes->y_unit,
	                                    .log = x ? axes->x_log : axes->y_log,
	                                    .min = x ? axes->x_min : axes->y_min,
	                                    .max = x ? axes->x_max : axes->y_max,
	                                    .epoch_unix_s = axes->epoch_unix_s,
	                                    .time_zone = axes->time_zone};
	struct tick_domain *domain = &axis->domain;
	axis->fixed = is_range(domain);
	if (!axis->fixed) {
		domain->min = INFINITY;
		domain->max = -INFINITY;
	}
}

void axis_include(struct axis *axis, double value)
{
	if (!(fabs(value) < MOST_SIZE))
		return;
	if (fabs(value) < LEAST_SIZE)
		value = 0;
	axis->any = true;
	if (axis->domain.log && value <= 0) {
		axis->clamped = true;
		return;
	}
	if (axis->fixed)
		return;
	axis->domain.min = fmin(axis->domain.min, value);
	axis->domain.max = fmax(axis->domain.max, value);
}

/* A range for data that has one value only, or none that a log axis can show. */
static void widen(struct tick_domain *domain)
{
	double factor = format_factor(domain->unit);
	if (domain->log && domain->min > domain->max)
		domain->min = 1 / factor;
	if (domain->log && domain->max < domain->min * 1.01)
		domain->max = domain->min * 10;
	double size = fmax(fabs(domain->min), fabs(domain->max));
	if (domain->log || domain->max - domain->min > LEAST_SPAN * size)
		return;
	if (domain->unit == UNIT_UTC_US) {
		domain->min -= (double)US_PER_HOUR;
		domain->max += (double)US_PER_HOUR;
	} else if (size == 0) {
		domain->max = domain->unit == UNIT_RATIO ? 1 : 1 / factor;
	} else {
		domain->min -= 0.1 * size;
		domain->max += 0.1 * size;
	}
}

bool axis_settle(struct axis *axis, bool from_zero, bool round)
{
	struct tick_domain *domain = &axis->domain;
	if (!axis->any && !axis->fixed)
		return false;
	if (!axis->fixed) {
		if (from_zero && !domain->log && domain->unit != UNIT_UTC_US) {
			domain->min = fmin(domain->min, 0);
			domain->max = fmax(domain->max, 0);
		}
		widen(domain);
		if (round)
			ticks_round_domain(domain, 7);
	}
	axis->scale = (struct scale){.min = domain->min, .max = domain->max, .log = domain->log};
	return true;
}

/* The left end of a text of this width that is centred on `x` but stays within the chart. */
static double centred_within(const struct axis *axis, double x, double width)
{
	return fmax(axis->left, fmin(axis->right - width, x - width / 2));
}

static bool labels_fit(struct canvas *canvas, const struct axis *axis)
{
	struct text_style style = axis_label_style();
	double end = -INFINITY;
	for (uint32_t i = 0; i < axis->ticks.count; i++) {
		double width = text_width(canvas, &style, axis->ticks.tick[i].label);
		double start = centred_within(axis, scale_at(&axis->scale, axis->ticks.tick[i].value), width);
		if (start < end + LABEL_GAP * canvas->em)
			return false;
		end = start + width;
	}
	return true;
}

void axis_fit_x(struct canvas *canvas, struct axis *axis, struct box plot, struct box area)
{
	axis->scale.from = plot.x;
	axis->scale.to = plot.x + plot.width;
	axis->left = area.x;
	axis->right = area.x + area.width;
	double room = plot.width / (X_TICK_PITCH * canvas->em);
	for (uint32_t most = room >= MOST_X_TICKS ? MOST_X_TICKS : room > 2 ? (uint32_t)room : 2; most >= 2; most--) {
		ticks_make(&axis->domain, most, &axis->ticks);
		if (labels_fit(canvas, axis))
			return;
	}
	axis->ticks.count = MIN(axis->ticks.count, 1u);
}

/* Calendar ticks are not evenly spaced, and a plot can be lower than two lines of text. */
static void drop_crowded_y(const struct canvas *canvas, struct axis *axis)
{
	uint32_t kept = 0;
	double last = INFINITY;
	for (uint32_t i = 0; i < axis->ticks.count; i++) {
		double at = scale_at(&axis->scale, axis->ticks.tick[i].value);
		if (last - at < LEAST_Y_PITCH * canvas->em)
			continue;
		last = at;
		axis->ticks.tick[kept++] = axis->ticks.tick[i];
	}
	axis->ticks.count = kept;
}

void axis_fit_y(struct canvas *canvas, struct axis *axis, double bottom, double top)
{
	axis->scale.from = bottom;
	axis->scale.to = top;
	double room = (bottom - top) / (Y_TICK_PITCH * canvas->em);
	ticks_make(&axis->domain, room >= 7 ? 7 : room > 2 ? (uint32_t)room : 2, &axis->ticks);
	drop_crowded_y(canvas, axis);
}

double axis_y_width(struct canvas *canvas, const struct axis *axis)
{
	struct text_style style = axis_label_style();
	double widest = 0;
	for (uint32_t i = 0; i < axis->ticks.count; i++)
		widest = fmax(widest, text_width(canvas, &style, axis->ticks.tick[i].label));
	return widest + TICK_GAP * canvas->em;
}

static bool has_context(const struct axis *axis)
{
	return axis->domain.unit == UNIT_UTC_US;
}

static const char *zone_name(const struct axis *axis)
{
	return axis->domain.time_zone ? axis->domain.time_zone : "UTC";
}

char *axis_title(const struct axis *axis)
{
	/* Without a label the time zone stands beside the date. */
	bool beside_date = has_context(axis) && !(axis->label && *axis->label);
	const char *unit = beside_date         ? NULL
	                   : has_context(axis) ? zone_name(axis)
	                                       : format_unit_name(axis->domain.unit, axis->currency);
	const char *scale = !axis->domain.log ? NULL : axis->clamped ? "log scale, zero at its start" : "log scale";
	bool label = axis->label && *axis->label;
	if (!label && !unit && !scale)
		return NULL;
	GString *title = g_string_new(label ? axis->label : "");
	if (unit || scale)
		g_string_append_printf(title, label ? " (%s%s%s)" : "%s%s%s", unit ? unit : "", unit && scale ? ", " : "",
		                       scale ? scale : "");
	return g_string_free(title, FALSE);
}

double axis_x_height(const struct canvas *canvas, const struct axis *axis)
{
	char *title = axis_title(axis);
	double rows = 1 + has_context(axis) + (title != NULL);
	g_free(title);
	return (TICK_GAP + rows * TEXT_LEADING * TICK_SIZE) * canvas->em;
}

static void grid_line(struct canvas *canvas, double x1, double y1, double x2, double y2)
{
	cairo_move_to(canvas->cr, x1, y1);
	cairo_line_to(canvas->cr, x2, y2);
	cairo_stroke(canvas->cr);
}

static void axis_pen(struct canvas *canvas, struct colour colour, double width_em)
{
	pen_set(canvas, PEN_SOLID, colour, width_em);
	cairo_set_line_cap(canvas->cr, CAIRO_LINE_CAP_BUTT);
}

void axis_draw_grid_y(struct canvas *canvas, const struct axis *axis, struct box plot)
{
	axis_pen(canvas, PALETTE_GRID, 0.07);
	for (uint32_t i = 0; i < axis->ticks.count; i++) {
		double y = scale_at(&axis->scale, axis->ticks.tick[i].value);
		grid_line(canvas, plot.x, y, plot.x + plot.width, y);
	}
}

void axis_draw_grid_x(struct canvas *canvas, const struct axis *axis, struct box plot)
{
	axis_pen(canvas, PALETTE_GRID, 0.07);
	for (uint32_t i = 0; i < axis->ticks.count; i++) {
		double x = scale_at(&axis->scale, axis->ticks.tick[i].value);
		grid_line(canvas, x, plot.y, x, plot.y + plot.height);
	}
}

void axis_draw_y(struct canvas *canvas, const struct axis *axis, struct box plot)
{
	struct text_style style = axis_label_style();
	for (uint32_t i = 0; i < axis->ticks.count; i++)
		text_draw_middle(canvas, &style, axis->ticks.tick[i].label, plot.x - TICK_GAP * canvas->em,
		                 scale_at(&axis->scale, axis->ticks.tick[i].value), ALIGN_RIGHT);
}

/* Dates below the clock times: where they change, from right to left, so that of two that would touch the newer stays. */
static void draw_contexts(struct canvas *canvas, const struct axis *axis, double baseline)
{
	struct text_style style = axis_label_style();
	style.bold = true;
	double free_until = axis->right;
	const char *zone = axis->label && *axis->label ? NULL : zone_name(axis);
	for (uint32_t i = axis->ticks.count; i-- > 0;) {
		const struct tick *tick = &axis->ticks.tick[i];
		if (!*tick->context || (i > 0 && strcmp(tick->context, axis->ticks.tick[i - 1].context) == 0))
			continue;
		char *text = g_strconcat(tick->context, zone ? " " : NULL, zone, NULL);
		double width = text_width(canvas, &style, text), label = text_width(canvas, &style, tick->label);
		double start = fmax(axis->left, fmin(scale_at(&axis->scale, tick->value) - label / 2, axis->right - width));
		if (start + width <= free_until) {
			text_draw(canvas, &style, text, start, baseline, ALIGN_LEFT);
			free_until = start - LABEL_GAP * canvas->em;
			zone = NULL;
		}
		g_free(text);
	}
}

static void draw_base_line(struct canvas *canvas, const struct axis *axis, struct box plot)
{
	double bottom = plot.y + plot.height, mark = 0.25 * canvas->em;
	axis_pen(canvas, PALETTE_MUTED, 0.09);
	grid_line(canvas, plot.x, bottom, plot.x + plot.width, bottom);
	for (uint32_t i = 0; i < axis->ticks.count; i++) {
		double x = scale_at(&axis->scale, axis->ticks.tick[i].value);
		grid_line(canvas, x, bottom, x, bottom + mark);
	}
}

static void draw_title(struct canvas *canvas, const struct axis *axis, struct box plot, double baseline)
{
	struct text_style style = axis_title_style();
	char *title = axis_title(axis);
	style.max_width = axis->right - axis->left;
	if (title) {
		double width = fmin(text_width(canvas, &style, title), style.max_width);
		double start = centred_within(axis, plot.x + plot.width / 2, width);
		text_draw(canvas, &style, title, start, baseline, ALIGN_LEFT);
	}
	g_free(title);
}

void axis_draw_x(struct canvas *canvas, const struct axis *axis, struct box plot)
{
	struct text_style style = axis_label_style();
	double leading = text_leading(canvas, &style), baseline = plot.y + plot.height + (TICK_GAP + 0.9) * canvas->em;
	draw_base_line(canvas, axis, plot);
	for (uint32_t i = 0; i < axis->ticks.count; i++) {
		const struct tick *tick = &axis->ticks.tick[i];
		double width = text_width(canvas, &style, tick->label);
		double start = centred_within(axis, scale_at(&axis->scale, tick->value), width);
		text_draw(canvas, &style, tick->label, start, baseline, ALIGN_LEFT);
	}
	if (has_context(axis)) {
		baseline += leading;
		draw_contexts(canvas, axis, baseline);
	}
	draw_title(canvas, axis, plot, baseline + leading);
}
