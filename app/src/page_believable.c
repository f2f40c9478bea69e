/* page_believable.c - simulated against recorded waits, when the trace has them: the page that says what a run is worth. */
#include <math.h>

#include "app/text.h"
#include "app/totals.h"
#include "pages.h"

enum { GRID = 240 };
/* A log axis has no zero: shorter waits are drawn here. */
#define SHORTEST_US 1e6

struct waits {
	VEC_FIELDS(double);
};

/* Ascending, of the jobs whose wait the trace recorded, after warm-up; `column` of the view jobs, in seconds; NULL there is
 * a wait that never ends. */
static struct waits read_waits(struct pages *pages, const char *column)
{
	struct waits waits = {0};
	const char *sql =
	    arena_printf(pages->arena, "SELECT %s FROM jobs WHERE recorded_wait_s IS NOT NULL AND NOT in_warmup", column);
	struct store_query *query = pages_query(pages, sql, "");
	while (pages_next(pages, &query))
		*VEC_PUSH(&waits) = store_is_null(query, 0) ? INFINITY : store_double(query, 0) * 1e6;
	sort_ascending(waits.items, waits.count);
	return waits;
}

static struct plot_series curve(struct pages *pages, const char *label, const struct waits *waits, const double *grid)
{
	double *share = ARENA_ARRAY(pages->arena, double, GRID);
	uint32_t at = 0;
	for (uint32_t i = 0; i < GRID; i++) {
		while (at < waits->count && waits->items[at] <= grid[i])
			at++;
		share[i] = (double)at / waits->count;
	}
	return (struct plot_series){.label = label, .x = grid, .y = share, .count = GRID, .step = true};
}

static void add_curves(struct pages *pages, const struct waits *recorded, const struct waits *simulated)
{
	double longest_us =
	    fmax(fmax(recorded->items[recorded->count - 1], simulated->items[simulated->count - 1]), 10 * SHORTEST_US);
	double *grid = ARENA_ARRAY(pages->arena, double, GRID);
	for (uint32_t i = 0; i < GRID; i++)
		grid[i] = SHORTEST_US * pow(longest_us / SHORTEST_US, (double)i / (GRID - 1));
	grid[GRID - 1] = longest_us;
	struct plot_series *curves = ARENA_ARRAY(pages->arena, struct plot_series, 2);
	curves[0] = curve(pages, "recorded", recorded, grid);
	curves[1] = curve(pages, "simulated", simulated, grid);
	struct plot_axes axes = {.title = "Share of jobs started within a time",
	                         .subtitle =
	                             "recorded: submission to start, as the trace has it; simulated: submission to admission, "
	                             "replication 0; "
	                             "waits below 1 s are drawn at 1 s",
	                         .x_label = "wait",
	                         .y_label = "share of jobs",
	                         .x_unit = UNIT_DURATION_US,
	                         .y_unit = UNIT_RATIO,
	                         .x_log = true,
	                         .y_min = 0,
	                         .y_max = 1};
	page_chart(pages, (struct chart){.kind = CHART_LINES, .axes = axes, .series = curves, .n_series = 2});
}

/* `if_never`: the simulated waits if those of jobs that had not started lasted for ever. */
static void add_quantiles(struct pages *pages, const struct waits *recorded, const struct waits *simulated,
                          const struct waits *if_never)
{
	static const char *const columns[] = {"wait", "recorded", "simulated"};
	static const double quantiles[] = {0.5, 0.75, 0.9, 0.95, 0.99};
	struct page_table table = {
	    .title = "The same jobs", .columns = columns, .n_columns = ARRAY_COUNT(columns), .align = "lrr"};
	char text[32];
	page_cell(pages, &table, "mean");
	page_cell(pages, &table, "%s", text_duration(mean_of(recorded->items, recorded->count), text));
	page_cell(pages, &table, "%s",
	          text_bounded_duration(mean_of(simulated->items, simulated->count),
	                                isinf(mean_of(if_never->items, if_never->count)), text));
	for (size_t i = 0; i < ARRAY_COUNT(quantiles); i++) {
		double at = sorted_quantile(simulated->items, simulated->count, quantiles[i]);
		bool bound = sorted_quantile(if_never->items, if_never->count, quantiles[i]) > at;
		page_cell(pages, &table, "p%.0f", 100 * quantiles[i]);
		page_cell(pages, &table, "%s", text_duration(sorted_quantile(recorded->items, recorded->count, quantiles[i]), text));
		page_cell(pages, &table, "%s", text_bounded_duration(at, bound, text));
	}
	page_table(pages, &table);
}

void page_believable(struct pages *pages)
{
	struct waits recorded = read_waits(pages, "recorded_wait_s"), simulated = read_waits(pages, "wait_s");
	struct waits if_never = read_waits(pages, "CASE WHEN started THEN wait_s END");
	char jobs[32], a[32], b[32];
	if (recorded.count > 0) {
		add_curves(pages, &recorded, &simulated);
		add_quantiles(pages, &recorded, &simulated, &if_never);
		page_text(pages,
		          "Why they differ is not in this input: the recorded system had its own rules, priorities, outages and "
		          "other users' jobs that the trace may lack.");
		page_end(pages, "Believable? Simulated against recorded waits",
		         arena_printf(pages->arena, "The trace records the wait of %s jobs: %s on average; simulated: %s%s.",
		                      text_count(recorded.count, jobs), text_duration(mean_of(recorded.items, recorded.count), a),
		                      isinf(mean_of(if_never.items, if_never.count)) ? "at least " : "",
		                      text_duration(mean_of(simulated.items, simulated.count), b)));
	}
	VEC_FREE(&recorded);
	VEC_FREE(&simulated);
	VEC_FREE(&if_never);
}
