/* plots_samples.c - see plots_samples.h. Draws come from base/rng.h. */
#include <math.h>
#include <stdlib.h>

#include "base/digest.h"
#include "base/dist.h"
#include "base/rng.h"
#include "plots_samples.h"

#define DAY_US ((double)US_PER_DAY)
#define HOUR_US ((double)US_PER_HOUR)
#define MINUTE_US (60.0 * (double)US_PER_S)

static const int64_t MONDAY_5_JAN_2026 = 1767571200;
static const char SOURCE[] = "Scenario philly-like-quarter, seed 42, 10 replications; trace from the built-in generator; "
                             "Kueue 0.19 rules; 14 days of warm-up left out";

static const char *const QUEUES[] = {"nlp", "vision", "speech", "recommendation", "robotics", "platform", "others"};
enum { N_QUEUES = ARRAY_COUNT(QUEUES) };

static struct rng luck(const char *name)
{
	return rng_stream(1, 0, fnv1a_64(name, __builtin_strlen(name)), 0, RNG_PROPERTY_TEST);
}

static double normal(struct rng *rng)
{
	return normal_quantile(rng_uniform(rng));
}

static double *ramp(struct arena *arena, uint32_t count, double from, double step)
{
	double *values = ARENA_ARRAY(arena, double, count);
	for (uint32_t i = 0; i < count; i++)
		values[i] = from + i * step;
	return values;
}

/* An autoregressive walk around a daily and weekly rhythm, never negative. */
static double *demand(struct arena *arena, const char *name, uint32_t hours, double mean)
{
	struct rng rng = luck(name);
	double *values = ARENA_ARRAY(arena, double, hours), drift = 0;
	for (uint32_t i = 0; i < hours; i++) {
		drift = 0.985 * drift + 0.045 * normal(&rng);
		double office = 1 + 0.25 * sin(((double)(i % 24) - 8) * M_PI / 12) - (i / 24 % 7 >= 5 ? 0.3 : 0);
		values[i] = round(fmax(0, mean * (office + drift)));
	}
	return values;
}

static struct chart *new_chart(struct arena *arena, enum chart_kind kind, const char *title, const char *subtitle)
{
	struct chart *chart = ARENA_NEW(arena, struct chart);
	chart->kind = kind;
	chart->axes.title = title;
	chart->axes.subtitle = subtitle;
	chart->axes.epoch_unix_s = MONDAY_5_JAN_2026;
	return chart;
}

static struct plot_series *new_series(struct arena *arena, struct chart *chart, uint32_t count)
{
	struct plot_series *series = ARENA_ARRAY(arena, struct plot_series, count);
	chart->series = series;
	chart->n_series = count;
	return series;
}

static const struct chart *stacked_demand(struct arena *arena)
{
	enum { HOURS = 28 * 24 };
	static const double means[N_QUEUES] = {210, 150, 60, 90, 45, 30, 25};
	struct chart *chart = new_chart(arena, CHART_LINES,
	                                "Demand exceeds the nodes on most weekdays until 16 nodes arrive on 19 January", SOURCE);
	chart->axes.y_label = "Running and waiting";
	chart->axes.x_unit = UNIT_UTC_US;
	chart->axes.y_unit = UNIT_GPUS;
	struct plot_series *series = new_series(arena, chart, N_QUEUES + 2);
	double *hours = ramp(arena, HOURS, 0, HOUR_US);
	for (uint32_t i = 0; i < N_QUEUES; i++)
		series[i] = (struct plot_series){.label = QUEUES[i],
		                                 .x = hours,
		                                 .y = demand(arena, QUEUES[i], HOURS, means[i]),
		                                 .count = HOURS,
		                                 .step = true,
		                                 .stacked = true};
	double *days = ramp(arena, 3, 0, 14 * DAY_US), *nodes = ramp(arena, 3, 600, 0), *quota = ramp(arena, 3, 560, 0);
	nodes[1] = nodes[2] = 728;
	days[2] = hours[HOURS - 1];
	series[N_QUEUES] =
	    (struct plot_series){.label = "nodes", .x = days, .y = nodes, .count = 3, .step = true, .dashed = true};
	series[N_QUEUES + 1] =
	    (struct plot_series){.label = "nominal quota", .x = days, .y = quota, .count = 3, .step = true, .dashed = true};
	return chart;
}

static const struct chart *yearly_band(struct arena *arena)
{
	enum { WEEKS = 52 };
	static const double means[] = {640, 380};
	static const char *const pools[] = {"H100", "A100"};
	struct chart *chart =
	    new_chart(arena, CHART_LINES, "H100 demand outgrows the pool from July on",
	              "Weekly median, band from the least to the largest hour of the week. Scenario estate-2026, "
	              "seed 42");
	chart->axes.y_label = "Requested";
	chart->axes.x_unit = UNIT_UTC_US;
	chart->axes.y_unit = UNIT_GPUS;
	struct plot_series *series = new_series(arena, chart, 4);
	double *weeks = ramp(arena, WEEKS, 0, 7 * DAY_US);
	for (uint32_t p = 0; p < 2; p++) {
		struct rng rng = luck(pools[p]);
		double *low = ARENA_ARRAY(arena, double, WEEKS), *mid = ARENA_ARRAY(arena, double, WEEKS);
		double *high = ARENA_ARRAY(arena, double, WEEKS);
		for (uint32_t i = 0; i < WEEKS; i++) {
			mid[i] = means[p] * (1 + (p ? -0.002 : 0.016) * i) * exp(0.06 * normal(&rng));
			low[i] = mid[i] * (0.72 + 0.08 * rng_uniform(&rng));
			high[i] = mid[i] * (1.12 + 0.16 * rng_uniform(&rng));
		}
		if (p == 1)
			low[20] = mid[20] = high[20] = low[21] = mid[21] = high[21] = NAN;
		series[p] =
		    (struct plot_series){.label = pools[p], .x = weeks, .y = mid, .y_low = low, .y_high = high, .count = WEEKS};
	}
	double *ends = ramp(arena, 2, 0, weeks[WEEKS - 1]);
	series[2] =
	    (struct plot_series){.label = "H100 nodes", .x = ends, .y = ramp(arena, 2, 1024, 0), .count = 2, .dashed = true};
	series[3] =
	    (struct plot_series){.label = "A100 nodes", .x = ends, .y = ramp(arena, 2, 472, 0), .count = 2, .dashed = true};
	return chart;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static const struct chart *wait_ecdf(struct arena *arena)
{
	enum { JOBS = 400, SHOWN = 6 };
	static const double medians_s[SHOWN] = {540, 90, 2400, 7200, 30, 5};
	struct chart *chart =
	    new_chart(arena, CHART_LINES, "Half of the jobs in recommendation wait longer than two hours", SOURCE);
	chart->axes.x_label = "Wait from submission to first admission";
	chart->axes.y_label = "Share of jobs that waited at most so long";
	chart->axes.x_unit = UNIT_DURATION_US;
	chart->axes.y_unit = UNIT_RATIO;
	chart->axes.x_log = true;
	struct plot_series *series = new_series(arena, chart, SHOWN);
	for (uint32_t q = 0; q < SHOWN; q++) {
		struct rng rng = luck(QUEUES[q]);
		double *waits = ARENA_ARRAY(arena, double, JOBS);
		for (uint32_t i = 0; i < JOBS; i++)
			waits[i] = rng_uniform(&rng) < 0.15 ? 0 : round(medians_s[q] * exp(1.9 * normal(&rng)) * 1e6);
		qsort(waits, JOBS, sizeof *waits, compare_doubles);
		uint32_t late = 8 * q; /* not started at the end: the curve does not reach 100 % */
		series[q] = (struct plot_series){.label = QUEUES[q],
		                                 .x = waits,
		                                 .y = ramp(arena, JOBS, 1.0 / (JOBS + late), 1.0 / (JOBS + late)),
		                                 .count = JOBS,
		                                 .step = true};
	}
	return chart;
}

static const struct chart *waterfall(struct arena *arena)
{
	struct chart *chart =
	    new_chart(arena, CHART_WATERFALL, "72 % of the GPU-hours did useful work; 14 % found nobody waiting", SOURCE);
	static const struct plot_bar bars[] = {
	    {.label = "productive", .value = 9467570, .group = 0},
	    {.label = "starting", .value = 144844, .group = 0, .note = "image pull, pods not ready"},
	    {.label = "lost to preemption", .value = 184350, .group = 0, .note = "work since the last checkpoint"},
	    {.label = "lost to failures", .value = 118510, .group = 0},
	    {.label = "idle, nobody waiting", .value = 1843475, .group = 4},
	    {.label = "idle behind quota", .value = 513546, .group = 4, .note = "jobs wait, their quota is used up"},
	    {.label = "idle, fragmented", .value = 553042, .group = 4, .note = "free GPUs spread over too many nodes"},
	    {.label = "idle, control plane", .value = 52670, .group = 4},
	    {.label = "down", .value = 289673, .group = 1},
	};
	chart->axes.x_label = "GPU-hours, one after the other";
	chart->axes.y_label = "capacity × time";
	chart->bars = bars;
	chart->n_bars = ARRAY_COUNT(bars);
	return chart;
}

static const struct chart *wait_bars(struct arena *arena, bool log)
{
	struct chart *chart = new_chart(
	    arena, CHART_BARS, log ? "Large gangs wait an order of magnitude longer" : "p95 wait by queue and size of gang",
	    "p95 of the wait to first admission, 95 % interval over 10 replications. Scenario philly-like-quarter, seed 42");
	static const struct plot_bar bars[] = {
	    {"nlp, up to 8 GPUs", 9 * MINUTE_US, 7 * MINUTE_US, 12 * MINUTE_US, 0, "61,204 jobs"},
	    {"nlp, 9 to 64 GPUs", 2 * HOUR_US, 1.6 * HOUR_US, 2.7 * HOUR_US, 0, "4,410 jobs"},
	    {"nlp, over 64 GPUs", 31 * HOUR_US, 22 * HOUR_US, 49 * HOUR_US, 0, "99 jobs, 7 not started"},
	    {"vision, up to 8 GPUs", 3 * MINUTE_US, 2 * MINUTE_US, 5 * MINUTE_US, 1, "38,110 jobs"},
	    {"vision, 9 to 64 GPUs", 50 * MINUTE_US, 38 * MINUTE_US, 66 * MINUTE_US, 1, "2,207 jobs"},
	    {"vision, over 64 GPUs", NAN, NAN, NAN, 1, "no such jobs"},
	    {"speech-and-language-understanding-research-europe, up to 8 GPUs", 40 * MINUTE_US, 31 * MINUTE_US, 55 * MINUTE_US,
	     2, "12,000 jobs"},
	};
	chart->axes.x_label = "p95 wait";
	chart->axes.x_unit = UNIT_DURATION_US;
	chart->axes.x_log = log;
	chart->bars = bars;
	chart->n_bars = ARRAY_COUNT(bars);
	return chart;
}

static const struct chart *money(struct arena *arena)
{
	struct chart *chart = new_chart(arena, CHART_BARS, "nlp pays half of the bill",
	                                "Charged GPU-hours at contract-17 prices of 2026-01-01; reserved nodes billed always");
	static const struct plot_bar bars[] = {
	    {"nlp", 44.4e12, NAN, NAN, 0, "borrowed 4.4M, lost 0.9M"},
	    {"vision", 33.3e12, NAN, NAN, 0, "borrowed 1.1M, lost 0.4M"},
	    {"speech", 6.1e12, NAN, NAN, 0, NULL},
	    {"recommendation", 3.2e12, NAN, NAN, 0, NULL},
	    {"robotics", 0.9e12, NAN, NAN, 0, "lent 2.0M"},
	    {"idle and down", 11.8e12, NAN, NAN, 7, "nobody's"},
	};
	chart->axes.x_label = "Charged in the quarter";
	chart->axes.x_unit = UNIT_MONEY_MICRO;
	chart->axes.currency = "USD";
	chart->bars = bars;
	chart->n_bars = ARRAY_COUNT(bars);
	return chart;
}

static const struct chart *schedule(struct arena *arena)
{
	enum { LANES = 24, SPANS = 220 };
	static const char *const legend[] = {"nlp", "vision", "speech", "recommendation", "robotics", NULL};
	struct chart *chart =
	    new_chart(arena, CHART_GANTT, "The worst week: a reclaim on Wednesday evicts eleven jobs of nlp",
	              "One row per node of 8 GPUs; scenario philly-like-quarter, replication 3, week of 5 January");
	struct plot_span *spans = ARENA_ARRAY(arena, struct plot_span, SPANS);
	const char **lanes = ARENA_ARRAY(arena, const char *, LANES);
	struct rng rng = luck("schedule");
	double free_at[LANES] = {0};
	for (uint32_t i = 0; i < LANES; i++)
		lanes[i] = arena_printf(arena, "h100-%02u", i);
	for (uint32_t i = 0; i < SPANS; i++) {
		uint32_t lane = i % LANES;
		double start = free_at[lane] + HOUR_US * rng_uniform(&rng), length = 9 * HOUR_US * exp(0.9 * normal(&rng));
		spans[i] = (struct plot_span){.lane = lane,
		                              .start = start,
		                              .end = fmin(start + length, 7 * DAY_US),
		                              .colour = (uint32_t)rng_below(&rng, 5),
		                              .label = arena_printf(arena, "train-%04u", i)};
		spans[i].hatched = spans[i].colour == 0 && start < 2.6 * DAY_US && spans[i].end > 2.4 * DAY_US;
		free_at[lane] = fmin(spans[i].end, 6.9 * DAY_US);
		if (spans[i].start > 6.9 * DAY_US)
			spans[i].end = spans[i].start;
	}
	chart->axes.x_unit = UNIT_UTC_US;
	chart->axes.x_min = 0;
	chart->axes.x_max = 7 * DAY_US;
	chart->spans = spans;
	chart->n_spans = SPANS;
	chart->lanes = lanes;
	chart->n_lanes = LANES;
	chart->legend = legend;
	return chart;
}

/* Lanes are queues here: spans overlap and are packed. */
static const struct chart *crowded_schedule(struct arena *arena)
{
	enum { SPANS = 60 };
	static const char *const lanes[] = {"nlp-prod", "nlp-dev", "a-queue-with-quite-a-long-name-in-europe-west-4",
	                                    "idle-queue"};
	static const char *const legend[] = {"1 to 8 GPUs", "9 to 64 GPUs", "over 64 GPUs", NULL};
	struct chart *chart =
	    new_chart(arena, CHART_GANTT, "The 60 longest waits of the week", "From submission to admission, by queue");
	struct plot_span *spans = ARENA_ARRAY(arena, struct plot_span, SPANS);
	struct rng rng = luck("crowded");
	for (uint32_t i = 0; i < SPANS; i++) {
		double start = 20 * HOUR_US * rng_uniform(&rng);
		spans[i] = (struct plot_span){.lane = i % 3,
		                              .start = start,
		                              .end = start + HOUR_US * (0.2 + 5 * rng_uniform(&rng)),
		                              .colour = (uint32_t)rng_below(&rng, 3),
		                              .label = "job"};
	}
	chart->axes.x_unit = UNIT_UTC_US;
	chart->spans = spans;
	chart->n_spans = SPANS;
	chart->lanes = lanes;
	chart->n_lanes = 4;
	chart->legend = legend;
	return chart;
}

static const struct chart *queue_depth(struct arena *arena)
{
	enum { HOURS = 7 * 24 };
	struct chart *chart =
	    new_chart(arena, CHART_LINES, "Up to 140 jobs wait at once; the controller was away on Friday morning",
	              "Pending workloads at the full hour, replication 3, week of 5 January");
	chart->axes.y_label = "Waiting";
	chart->axes.x_unit = UNIT_UTC_US;
	chart->axes.y_unit = UNIT_JOBS;
	struct plot_series *series = new_series(arena, chart, 3);
	for (uint32_t q = 0; q < 3; q++) {
		double *values = demand(arena, QUEUES[q + 1], HOURS, 80.0 / (q + 1));
		for (uint32_t i = 100; i < 106; i++)
			values[i] = NAN;
		series[q] = (struct plot_series){
		    .label = QUEUES[q], .x = ramp(arena, HOURS, 0, HOUR_US), .y = values, .count = HOURS, .step = true};
	}
	return chart;
}

static const struct chart *other_sizes(struct arena *arena)
{
	static const double gpus[] = {560, 630, 700, 770, 840};
	static const double p95[] = {19 * HOUR_US, 3 * HOUR_US, 21 * MINUTE_US, 2 * MINUTE_US, 0.5 * MINUTE_US};
	static const double low[] = {15 * HOUR_US, 2.2 * HOUR_US, 18 * MINUTE_US, 1.6 * MINUTE_US, 0.3 * MINUTE_US};
	static const double high[] = {28 * HOUR_US, 4.5 * HOUR_US, 26 * MINUTE_US, 3 * MINUTE_US, 0.9 * MINUTE_US};
	static const double limit_x[] = {560, 840}, limit_y[] = {30 * MINUTE_US, 30 * MINUTE_US};
	struct chart *chart = new_chart(arena, CHART_LINES, "700 GPUs keep p95 wait under 30 minutes", SOURCE);
	chart->axes.x_label = "Capacity, node pools and quotas scaled together";
	chart->axes.y_label = "p95 wait, nlp/prod";
	chart->axes.x_unit = UNIT_GPUS;
	chart->axes.y_unit = UNIT_DURATION_US;
	chart->axes.y_log = true;
	struct plot_series *series = new_series(arena, chart, 2);
	series[0] = (struct plot_series){.label = "nlp/prod", .x = gpus, .y = p95, .y_low = low, .y_high = high, .count = 5};
	series[1] = (struct plot_series){.label = "threshold", .x = limit_x, .y = limit_y, .count = 2, .dashed = true};
	return chart;
}

static const struct chart *twenty_series(struct arena *arena, bool stacked)
{
	enum { DAYS = 60, SERIES = 20 };
	struct chart *chart = new_chart(arena, CHART_LINES, stacked ? "Twenty tenants, stacked" : "Twenty tenants", SOURCE);
	chart->axes.y_label = "Allocated";
	chart->axes.x_unit = UNIT_UTC_US;
	chart->axes.y_unit = UNIT_GPUS;
	struct plot_series *series = new_series(arena, chart, SERIES);
	double *days = ramp(arena, DAYS, 0, DAY_US);
	for (uint32_t s = 0; s < SERIES; s++) {
		char *name =
		    arena_printf(arena, s % 6 == 5 ? "tenant-%02u with a name that nobody could call short" : "tenant-%02u", s);
		series[s] = (struct plot_series){
		    .label = name, .x = days, .y = demand(arena, name, DAYS, 20 + 22 * s), .count = DAYS, .stacked = stacked};
	}
	return chart;
}

static const struct chart *no_data(struct arena *arena)
{
	struct chart *chart = new_chart(arena, CHART_LINES, "Simulated against recorded waits", SOURCE);
	chart->axes.empty_text =
	    "The trace records no starts, so there are no recorded waits to compare with: not in this input.";
	return chart;
}

static const struct report_table *longest_waits(struct arena *arena, uint32_t rows)
{
	static const char *const columns[] = {
	    "Job", "Queue", "GPUs", "Submitted (UTC)", "Wait", "Reason at the end of the wait"};
	static const char *const reasons[] = {"WaitingForQuota: the quota of nlp is in use; 24 more GPUs of H100 would admit it",
	                                      "PendingPreemption", "WaitingForNodes: 64 GPUs are free, on 23 nodes"};
	enum { COLUMNS = ARRAY_COUNT(columns) };
	struct report_table *table = ARENA_NEW(arena, struct report_table);
	const char **cells = ARENA_ARRAY(arena, const char *, rows *COLUMNS);
	for (uint32_t i = 0; i < rows; i++) {
		const char **row = &cells[i * COLUMNS];
		row[0] = arena_printf(arena, "nlp-prod/pretrain-%05u", 40213 + i * 17);
		row[1] = QUEUES[i % 5];
		row[2] = arena_printf(arena, "%u", 8u << (i % 5));
		row[3] = arena_printf(arena, "2026-01-%02u 08:%02u", 5 + i % 20, i % 60);
		row[4] = arena_printf(arena, "%uh", 99 - i % 90);
		row[5] = reasons[i % 3];
	}
	*table = (struct report_table){.title = "The longest waits",
	                               .columns = columns,
	                               .n_columns = COLUMNS,
	                               .cells = cells,
	                               .n_rows = rows,
	                               .align = "llrlrl"};
	return table;
}

static const struct report_figure FIGURES[] = {
    {"p95 wait of nlp/prod", "21m", "threshold 30m; 95 % interval 18m to 26m over 10 replications", 1},
    {"GPU-hours that did useful work", "71.9%", "of 13,167,680", 0},
    {"Lost to preemption", "1.4%", "threshold 1 %, held in 2 of 10 replications", -1},
    {"Paid in the quarter", "USD 99.9M", "charged 88.1M, idle 9.9M, down 1.9M", 0},
    {"Not started at the end", "799 jobs", "oldest waits 99h; they count in every wait figure", 0},
};

static struct report_block text_block(const char *text)
{
	return (struct report_block){.kind = BLOCK_TEXT, .text = text};
}

static struct report_block chart_block(const struct chart *chart)
{
	return (struct report_block){.kind = BLOCK_CHART, .chart = chart};
}

static struct report_block table_block(const struct report_table *table)
{
	return (struct report_block){.kind = BLOCK_TABLE, .table = table};
}

struct builder {
	struct arena *arena;
	struct report_page pages[24];
	uint32_t n_pages;
};

static void add_page(struct builder *builder, const char *title, const char *lead, const struct report_block *blocks,
                     uint32_t n)
{
	builder->pages[builder->n_pages++] =
	    (struct report_page){title, lead, arena_copy(builder->arena, blocks, n * sizeof *blocks), n};
}

#define ADD_PAGE(builder, title, lead, ...)                                                                                 \
	add_page(builder, title, lead, (const struct report_block[]){__VA_ARGS__},                                              \
	         sizeof((const struct report_block[]){__VA_ARGS__}) / sizeof(struct report_block))

static void add_charts(struct builder *builder)
{
	struct arena *arena = builder->arena;
	ADD_PAGE(builder, "Demand against capacity",
	         "On weekdays the queues ask for more than the nodes hold until the new ones arrive.",
	         chart_block(stacked_demand(arena)));
	ADD_PAGE(builder, "Demand over the year", NULL, chart_block(yearly_band(arena)));
	ADD_PAGE(builder, "Where the GPU-hours went", "The parts sum to all GPU-hours that the nodes could give.",
	         chart_block(waterfall(arena)));
	ADD_PAGE(builder, "How long jobs wait", NULL, chart_block(wait_ecdf(arena)));
	ADD_PAGE(builder, "Waits by size", NULL, chart_block(wait_bars(arena, true)), chart_block(wait_bars(arena, false)));
	ADD_PAGE(builder, "The worst week", NULL, chart_block(schedule(arena)), chart_block(queue_depth(arena)));
	ADD_PAGE(builder, "The longest waits", "Sorted by length; the reason is the last that the planner gave.",
	         chart_block(crowded_schedule(arena)), table_block(longest_waits(arena, 34)));
	ADD_PAGE(builder, "Money", "Charged, idle and down sum to what is paid.", chart_block(money(arena)));
	ADD_PAGE(builder, "The same work on other sizes", NULL, chart_block(other_sizes(arena)));
	ADD_PAGE(builder, "Twenty tenants", NULL, chart_block(twenty_series(arena, false)));
	ADD_PAGE(builder, "Twenty tenants, stacked", NULL, chart_block(twenty_series(arena, true)));
}

const struct report *plots_samples_report(struct arena *arena)
{
	struct builder builder = {.arena = arena};
	struct report_block figures = {.kind = BLOCK_FIGURES, .figures = FIGURES, .n_figures = ARRAY_COUNT(FIGURES)};
	ADD_PAGE(&builder, "Do 16 more H100 nodes keep prod p95 wait under 30 minutes?",
	         "Yes: 21 minutes at p95, and 30 minutes are held in 10 of 10 replications.", figures,
	         text_block(
	             "Main assumptions. Pods are ready 45 s after admission at the median; each node fails once in 2,000 hours; "
	             "users submit as in the first quarter, 20 % more often.\n\nNot modelled: DRA claims. An AdmissionCheck "
	             "\"scan\" is taken as Ready <at once> & for free."),
	         table_block(longest_waits(arena, 5)));
	ADD_PAGE(&builder, "Believable?", "There is nothing recorded to compare with.", chart_block(no_data(arena)));
	add_charts(&builder);
	struct report *report = ARENA_NEW(arena, struct report);
	*report = (struct report){
	    .title = "estate-2026",
	    .subtitle = "2026-01-05 to 2026-03-30, 10 replications",
	    .footer = "berth 0.1.0 · scenario estate-2026.yaml sha256 1b2e44aa · seed 42 · digest 9f3c0d1e77aa2b10 · "
	              "Kueue 0.19 rules",
	    .banner = "NOT MODELLED  DRA claims; AdmissionCheck \"scan\" taken as Ready; 3 unknown kinds skipped",
	    .pages = arena_copy(arena, builder.pages, sizeof builder.pages),
	    .n_pages = builder.n_pages};
	return report;
}
