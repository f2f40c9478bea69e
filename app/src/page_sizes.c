/* page_sizes.c - the first capacity answer: wait and cost of the same work against the size of the cluster. */
#include <math.h>

#include "app/text.h"
#include "pages.h"

enum { MOST_SIZES = 16 };
/* A log axis has no zero: shorter waits are drawn here. */
#define SHORTEST_US 1e6

struct size_curve {
	double *gpus, *value, *low, *high;
	bool *bound; /* the value is a lower bound: jobs never started */
	uint32_t n;
	bool bounds;    /* some value is one */
	bool known;     /* some value is none */
	bool intervals; /* every value has one */
};

static struct size_curve read_curve(struct pages *pages, const char *metric, const char *stat)
{
	struct size_curve curve = {.gpus = ARENA_ARRAY(pages->arena, double, MOST_SIZES),
	                           .value = ARENA_ARRAY(pages->arena, double, MOST_SIZES),
	                           .low = ARENA_ARRAY(pages->arena, double, MOST_SIZES),
	                           .high = ARENA_ARRAY(pages->arena, double, MOST_SIZES),
	                           .bound = ARENA_ARRAY(pages->arena, bool, MOST_SIZES),
	                           .intervals = true};
	struct store_query *query =
	    pages_query(pages,
	                "SELECT gpus, value, low, high, lower_bound FROM size WHERE metric = ? AND stat = ? AND"
	                " cluster_queue IS NULL AND priority_class IS NULL AND value IS NOT NULL GROUP BY gpus ORDER BY gpus",
	                "ss", metric, stat);
	while (pages_next(pages, &query)) {
		if (curve.n == MOST_SIZES)
			continue;
		curve.gpus[curve.n] = store_double(query, 0);
		curve.value[curve.n] = store_double(query, 1);
		bool bound = store_int(query, 4) != 0;
		curve.low[curve.n] = store_double(query, 2);
		curve.high[curve.n] = store_double(query, 3);
		curve.intervals &= !store_is_null(query, 3);
		curve.bound[curve.n] = bound;
		curve.bounds |= bound;
		curve.known |= !bound;
		curve.n++;
	}
	return curve;
}

/* What is known; gaps where there are only bounds. */
static struct plot_series known_values(struct pages *pages, const struct size_curve *curve)
{
	double *values = ARENA_ARRAY(pages->arena, double, MOST_SIZES);
	for (uint32_t i = 0; i < curve->n; i++)
		values[i] = curve->bound[i] ? NAN : curve->value[i];
	return (struct plot_series){.label = curve->bounds ? "found" : NULL,
	                            .x = curve->gpus,
	                            .y = values,
	                            .y_low = curve->intervals ? curve->low : NULL,
	                            .y_high = curve->intervals ? curve->high : NULL,
	                            .count = curve->n};
}

/* Lower bounds, joined to the values beside them. */
static struct plot_series lower_bounds(struct pages *pages, const struct size_curve *curve)
{
	double *values = ARENA_ARRAY(pages->arena, double, MOST_SIZES);
	for (uint32_t i = 0; i < curve->n; i++) {
		bool beside = (i > 0 && curve->bound[i - 1]) || (i + 1 < curve->n && curve->bound[i + 1]);
		values[i] = curve->bound[i] || beside ? curve->value[i] : NAN;
	}
	return (struct plot_series){.label = "at least",
	                            .x = curve->gpus,
	                            .y = values,
	                            .y_low = curve->intervals ? curve->low : NULL,
	                            .y_high = curve->intervals ? curve->high : NULL,
	                            .count = curve->n,
	                            .dashed = true};
}

static void add_curve(struct pages *pages, const struct size_curve *curve, struct plot_axes axes)
{
	struct plot_series *series = ARENA_ARRAY(pages->arena, struct plot_series, 2);
	uint32_t n_series = 0;
	if (curve->known)
		series[n_series++] = known_values(pages, curve);
	if (curve->bounds)
		series[n_series++] = lower_bounds(pages, curve);
	axes.x_label = "capacity";
	axes.x_unit = UNIT_GPUS;
	axes.x_min = curve->gpus[0];
	axes.x_max = curve->gpus[curve->n - 1];
	page_chart(pages, (struct chart){.kind = CHART_LINES, .axes = axes, .series = series, .n_series = n_series});
}

static double largest_of(const struct size_curve *curve)
{
	double largest = 0;
	for (uint32_t i = 0; i < curve->n; i++)
		largest = fmax(largest, fmax(curve->value[i], curve->intervals ? curve->high[i] : 0));
	return largest;
}

/* Waits grow without bound where the cluster becomes too small: a linear axis would show only those. Returns where a log
 * axis begins, 0 for a linear one; what would lie below is put there. */
static double log_axis_from(struct size_curve *wait)
{
	double least = INFINITY, most = 0;
	for (uint32_t i = 0; i < wait->n; i++) {
		least = fmin(least, fmax(wait->value[i], SHORTEST_US));
		most = fmax(most, wait->value[i]);
	}
	if (most < 30 * least)
		return 0;
	double from = fmax(least / 4, SHORTEST_US);
	for (uint32_t i = 0; i < wait->n; i++) {
		wait->value[i] = fmax(wait->value[i], from);
		wait->low[i] = fmax(wait->low[i], from);
		wait->high[i] = fmax(wait->high[i], from);
	}
	return from;
}

void page_sizes(struct pages *pages)
{
	struct size_curve wait = read_curve(pages, "waitTime_us", "p95"), paid = read_curve(pages, "paid_micro", "total");
	if (wait.n < 2)
		return;
	char smallest[32], largest[32], least[32], most[32];
	const char *lead =
	    arena_printf(pages->arena, "Node pools and nominal quotas scaled together: p95 wait is %s on %s GPUs and %s on %s.",
	                 text_bounded_duration(wait.value[0], wait.bound[0], most), text_count(wait.gpus[0], smallest),
	                 text_bounded_duration(wait.value[wait.n - 1], wait.bound[wait.n - 1], least),
	                 text_count(wait.gpus[wait.n - 1], largest));
	double from = log_axis_from(&wait);
	const char *subtitle = arena_printf(pages->arena, "all jobs, submitted to admitted; %s%s%s",
	                                    wait.intervals ? "band: 95 % interval over replications" : "one replication",
	                                    wait.bounds ? "; dashed (\">\"): at least, jobs had not started" : "",
	                                    from > 0 ? "; log axis: what reaches its foot goes on below" : "");
	add_curve(pages, &wait,
	          (struct plot_axes){.title = "p95 wait against size",
	                             .subtitle = subtitle,
	                             .y_label = "p95 wait",
	                             .y_unit = UNIT_DURATION_US,
	                             .y_log = from > 0,
	                             .y_min = from,
	                             .y_max = from > 0 ? 1.3 * largest_of(&wait) : 0});
	if (paid.n >= 2)
		add_curve(pages, &paid,
		          (struct plot_axes){.title = "Paid against size",
		                             .subtitle = "idle GPUs included",
		                             .y_label = "paid",
		                             .y_unit = UNIT_MONEY_MICRO,
		                             .currency = pages->currency});
	page_end(pages, "The same work on other sizes", lead);
}
