/* page_gpu_hours.c - the waterfall: where the GPU-hours went, in parts that sum to the whole. */
#include <math.h>
#include <string.h>

#include "app/text.h"
#include "evictions.h"
#include "pages.h"

/* Allocated, idle, down: a colour family each. */
static uint32_t group_of(const char *spent_on)
{
	if (strcmp(spent_on, "down") == 0)
		return 2;
	return strncmp(spent_on, "idle", 4) == 0 ? 1 : 0;
}

static const char *note_of(const char *spent_on)
{
	static const char *const notes[][2] = {
	    {"productive", "runs whose work was kept, pauses for saving included"},
	    {"starting", "bound, not ready; restore after a restart; termination grace"},
	    {"lost to preemption", "work since the last checkpoint"},
	    {"lost to other evictions", "the same, by stopped queues, removed nodes, limits"},
	    {"lost to failures", "the same, by failed nodes"},
	    {"idle: behind quota", "somebody waits, nodes are free, quota is not"},
	    {"idle: held back", "somebody waits in a stopped queue or in back-off"},
	    {"idle: fragmented", "quota was given, but no node has enough GPUs together"},
	    {"idle: control plane", "decided; writes, watches and pod creation are under way"},
	};
	for (size_t i = 0; i < ARRAY_COUNT(notes); i++)
		if (strcmp(notes[i][0], spent_on) == 0)
			return notes[i][1];
	return NULL;
}

struct waterfall {
	struct plot_bar bars[GPU_TIME_COUNT];
	uint32_t n_bars;
	double capacity;
};

/* Means over the replications, as the lead says them. Capacity is the same in all of them. */
static struct waterfall read_waterfall(struct pages *pages)
{
	struct waterfall waterfall = {0};
	double capacity = pages_number(pages, "SELECT SUM(capacity_gpu_us) / 3.6e9 FROM pool_meter");
	struct store_query *query =
	    pages_query(pages, "SELECT spent_on FROM gpu_hours GROUP BY spent_on ORDER BY MIN(part)", "");
	while (pages_next(pages, &query) && waterfall.n_bars < GPU_TIME_COUNT) {
		const char *spent_on = pages_keep(pages, store_text(query, 0));
		double hours = capacity * pages_value(pages, "gpuHours_ratio", gpu_time_names[waterfall.n_bars]).value;
		waterfall.bars[waterfall.n_bars++] = (struct plot_bar){.label = spent_on,
		                                                       .value = hours,
		                                                       .low = NAN,
		                                                       .high = NAN,
		                                                       .group = group_of(spent_on),
		                                                       .note = note_of(spent_on)};
		waterfall.capacity += hours;
	}
	return waterfall;
}

static void add_pools(struct pages *pages)
{
	static const char *const columns[] = {"pool", "GPU-hours", "productive %", "starting %", "lost %", "idle %", "down %"};
	struct page_table table = {
	    .title = "By node pool, replication 0", .columns = columns, .n_columns = ARRAY_COUNT(columns), .align = "lrrrrrr"};
	struct store_query *query =
	    pages_query(pages,
	                "SELECT c.name || '/' || p.name, m.capacity_gpu_us, m.productive_gpu_us, m.starting_gpu_us,"
	                " m.lost_preemption_gpu_us + m.lost_eviction_gpu_us + m.lost_failure_gpu_us,"
	                " m.idle_nobody_waiting_gpu_us + m.idle_behind_quota_gpu_us +"
	                " m.idle_held_back_gpu_us + m.idle_fragmented_gpu_us + m.idle_control_plane_gpu_us, m.down_gpu_us"
	                " FROM pool_meter m JOIN pool p USING (cluster, pool) JOIN cluster c USING (cluster)"
	                " WHERE m.capacity_gpu_us > 0 ORDER BY c.name, p.name",
	                "");
	while (pages_next(pages, &query)) {
		char text[32];
		page_cell(pages, &table, "%s", store_text(query, 0));
		page_cell(pages, &table, "%s", text_count(store_double(query, 1) / 3.6e9, text));
		for (int column = 2; column <= 6; column++)
			page_cell(pages, &table, "%s", text_percent(store_double(query, column) / store_double(query, 1), text));
	}
	page_table(pages, &table);
}

/* What ended stays on nodes before their time; nothing when nothing did. */
static void add_evictions(struct pages *pages)
{
	static const char *const columns[] = {"what happened to jobs submitted after warm-up", "times", "95 % interval"};
	struct page_table table = {.title = arena_printf(pages->arena, "Evictions and restarts, %s", pages_means(pages)),
	                           .columns = columns,
	                           .n_columns = ARRAY_COUNT(columns),
	                           .align = "lrr"};
	for (size_t i = 0; i < EVICTION_KINDS; i++) {
		char times[32], low[32], high[32];
		struct page_value value = pages_value(pages, eviction_kinds[i].metric, eviction_kinds[i].stat);
		if (!(value.value > 0))
			continue;
		page_cell(pages, &table, "%s", eviction_kinds[i].row);
		page_cell(pages, &table, "%s", text_count(value.value, times));
		if (isnan(value.low))
			page_cell(pages, &table, "-");
		else
			page_cell(pages, &table, "%s to %s", text_count(value.low, low), text_count(value.high, high));
	}
	if (table.cells.count > 0)
		page_table(pages, &table);
	else
		VEC_FREE(&table.cells);
}

/* Of all replications; the bars have the parts in the same order. */
static const char *lead(struct pages *pages, const struct waterfall *waterfall)
{
	int tenths[GPU_TIME_COUNT], largest = GPU_STARTING;
	pages_gpu_tenths(pages, tenths);
	for (int part = GPU_STARTING; part < GPU_TIME_COUNT; part++)
		if (tenths[part] > tenths[largest])
			largest = part;
	return arena_printf(
	    pages->arena, "%.1f %% of the GPU-hours did productive work; the largest other part is \"%s\" with %.1f %% (%s).",
	    tenths[GPU_PRODUCTIVE] / 10.0, waterfall->bars[largest].label, tenths[largest] / 10.0, pages_means(pages));
}

void page_gpu_hours(struct pages *pages)
{
	struct waterfall waterfall = read_waterfall(pages);
	if (!(waterfall.capacity > 0)) {
		page_text(pages, "There are no GPUs in this input.");
		page_end(pages, "Where the GPU-hours went", NULL);
		return;
	}
	struct plot_axes axes = {.title = "GPU-hours after warm-up",
	                         .subtitle = arena_printf(pages->arena, "%s; the parts sum to the capacity", pages_means(pages)),
	                         .x_label = "GPU-hours",
	                         .y_label = "capacity"};
	page_chart(pages, (struct chart){.kind = CHART_WATERFALL,
	                                 .axes = axes,
	                                 .bars = arena_copy(pages->arena, waterfall.bars, sizeof waterfall.bars),
	                                 .n_bars = waterfall.n_bars});
	add_pools(pages);
	add_evictions(pages);
	page_text(pages, "GPU utilisation inside jobs: not in this input.");
	page_end(pages, "Where the GPU-hours went", lead(pages, &waterfall));
}
