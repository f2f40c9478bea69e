/* page_believable.c - simulated against recorded waits, when the trace has them: the page that says what a run is worth. */
#include <math.h>

#include "app/text.h"
#include "app/waits.h"
#include "pages.h"

enum { GRID = 240 };
/* A log axis has no zero: shorter waits are drawn here. */
#define SHORTEST_US 1e6

struct waits {
	VEC_FIELDS(struct wait);
};

/* Ascending, of the jobs whose wait the trace recorded, after warm-up; `column` of the view jobs, in seconds; `open` says
 * which of them had not ended. */
static struct waits read_waits(struct pages *pages, const char *column, const char *open)
{
	struct waits waits = {0};
	const char *sql = arena_printf(
	    pages->arena, "SELECT %s, %s FROM jobs WHERE recorded_wait_s IS NOT NULL AND NOT in_warmup", column, open);
	struct store_query *query = pages_query(pages, sql, "");
	while (pages_next(pages, &query))
		*VEC_PUSH(&waits) = (struct wait){store_double(query, 0) * 1e6, store_int(query, 1) != 0};
	waits_sort(waits.items, waits.count);
	return waits;
}

static struct plot_series curve(struct pages *pages, const char *label, const struct waits *waits, const double *grid)
{
	double *share = ARENA_ARRAY(pages->arena, double, GRID);
	uint32_t at = 0;
	for (uint32_t i = 0; i < GRID; i++) {
		while (at < waits->count && waits->items[at].us <= grid[i])
			at++;
		share[i] = (double)at / waits->count;
	}
	return (struct plot_series){.label = label, .x = grid, .y = share, .count = GRID, .step = true};
}

static void add_curves(struct pages *pages, const struct waits *recorded, const struct waits *simulated)
{
	double longest_us =
	    fmax(fmax(recorded->items[recorded->count - 1].us, simulated->items[simulated->count - 1].us), 10 * SHORTEST_US);
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

static void add_row(struct pages *pages, struct page_table *table, struct bounded recorded, struct bounded simulated)
{
	char text[32];
	page_cell(pages, table, "%s", text_duration(recorded.us, text));
	page_cell(pages, table, "%s", text_bounded_duration(simulated.us, simulated.lower_bound, text));
}

static void add_quantiles(struct pages *pages, const struct waits *recorded, const struct waits *simulated)
{
	static const char *const columns[] = {"wait", "recorded", "simulated"};
	static const double quantiles[] = {0.5, 0.75, 0.9, 0.95, 0.99};
	struct page_table table = {
	    .title = "The same jobs", .columns = columns, .n_columns = ARRAY_COUNT(columns), .align = "lrr"};
	page_cell(pages, &table, "mean");
	add_row(pages, &table, waits_mean(recorded->items, recorded->count), waits_mean(simulated->items, simulated->count));
	for (size_t i = 0; i < ARRAY_COUNT(quantiles); i++) {
		page_cell(pages, &table, "p%.0f", 100 * quantiles[i]);
		add_row(pages, &table, waits_quantile(recorded->items, recorded->count, quantiles[i]),
		        waits_quantile(simulated->items, simulated->count, quantiles[i]));
	}
	page_table(pages, &table);
}

void page_believable(struct pages *pages)
{
	struct waits recorded = read_waits(pages, "recorded_wait_s", "0");
	struct waits simulated = read_waits(pages, "wait_s", "NOT started");
	char jobs[32], a[32], b[32];
	if (recorded.count > 0) {
		add_curves(pages, &recorded, &simulated);
		add_quantiles(pages, &recorded, &simulated);
		struct bounded mean = waits_mean(simulated.items, simulated.count);
		page_text(pages,
		          "Why they differ is not in this input: the recorded system had its own rules, priorities, outages and "
		          "other users' jobs that the trace may lack.");
		page_end(pages, "Believable? Simulated against recorded waits",
		         arena_printf(pages->arena, "The trace records the wait of %s jobs: %s on average; simulated: %s%s.",
		                      text_count(recorded.count, jobs),
		                      text_duration(waits_mean(recorded.items, recorded.count).us, a),
		                      mean.lower_bound ? "at least " : "", text_duration(mean.us, b)));
	}
	VEC_FREE(&recorded);
	VEC_FREE(&simulated);
}
