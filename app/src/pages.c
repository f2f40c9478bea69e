/* pages.c - see pages.h. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "app/text.h"
#include "base/instant.h"
#include "pages.h"

#include <glib.h> /* after base.h: both define MIN and MAX, only GLib tolerates the other */

/* ---- rows ---- */

struct store_query *pages_query(struct pages *pages, const char *sql, const char *types, ...)
{
	struct store_query *query = NULL;
	va_list args;
	va_start(args, types);
	if (!pages->failed && !store_query_list(pages->store, &query, &pages->error, sql, types, args))
		pages->failed = true;
	va_end(args);
	return query;
}

bool pages_next(struct pages *pages, struct store_query **query)
{
	struct error error;
	if (!*query)
		return false;
	if (store_next(*query, &error))
		return true;
	if (error.code != ERROR_NONE && !pages->failed) {
		pages->failed = true;
		pages->error = error;
	}
	store_query_end(*query);
	*query = NULL;
	return false;
}

double pages_number(struct pages *pages, const char *sql)
{
	double value = NAN;
	struct store_query *query = pages_query(pages, sql, "");
	while (pages_next(pages, &query))
		value = store_double(query, 0);
	return value;
}

const char *pages_text(struct pages *pages, const char *sql)
{
	const char *text = NULL;
	struct store_query *query = pages_query(pages, sql, "");
	while (pages_next(pages, &query))
		text = pages_keep(pages, store_text(query, 0));
	return text;
}

const char *pages_keep(struct pages *pages, const char *text)
{
	return text ? arena_text(pages->arena, text, strlen(text)) : NULL;
}

/* ---- key figures ---- */

struct page_value pages_value(struct pages *pages, const char *metric, const char *stat)
{
	struct page_value value = {NAN, NAN, NAN, false};
	struct store_query *query =
	    pages_query(pages,
	                "SELECT value, low, high, lower_bound FROM kpi_summary WHERE metric = ? AND stat = ? AND cluster IS NULL"
	                " AND cluster_queue IS NULL AND priority_class IS NULL AND tenant IS NULL AND size_class IS NULL",
	                "ss", metric, stat);
	while (pages_next(pages, &query))
		value = (struct page_value){store_double(query, 0), store_double(query, 1), store_double(query, 2),
		                            store_int(query, 3) != 0};
	return value;
}

void pages_gpu_tenths(struct pages *pages, int ret_tenths[GPU_TIME_COUNT])
{
	int128 parts[GPU_TIME_COUNT];
	for (int part = 0; part < GPU_TIME_COUNT; part++) {
		double ratio = pages_value(pages, "gpuHours_ratio", gpu_time_names[part]).value;
		parts[part] = isnan(ratio) ? 0 : llround(ratio * 1e15);
	}
	text_split_tenths(parts, GPU_TIME_COUNT, ret_tenths);
}

const char *pages_means(struct pages *pages)
{
	if (pages->replications < 2)
		return "replication 0";
	return arena_printf(pages->arena, "means of %lld replications", (long long)pages->replications);
}

static int64_t local_s(const struct pages *pages, int64_t us)
{
	int64_t unix_s = pages->epoch_unix_s + us / US_PER_S;
	GTimeZone *zone = g_time_zone_new_identifier(pages->time_zone);
	if (zone)
		unix_s += g_time_zone_get_offset(zone, g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, unix_s));
	if (zone)
		g_time_zone_unref(zone);
	return unix_s;
}

char *pages_local_day(const struct pages *pages, int64_t us, char out[32])
{
	return text_day(local_s(pages, us), out);
}

char *pages_local_minute(const struct pages *pages, int64_t us, char out[32])
{
	return text_minute(local_s(pages, us), out);
}

char *pages_local_time(const struct pages *pages, int64_t us, char out[32])
{
	char full[40];
	instant_format(local_s(pages, us) * US_PER_S, full);
	g_snprintf(out, 32, "%.10s %.8s", full, full + 11);
	return out;
}

/* ---- blocks ---- */

static char *keep_list(struct pages *pages, const char *format, va_list args)
{
	va_list again;
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	char *text = arena_alloc(pages->arena, (size_t)length + 1);
	vsnprintf(text, (size_t)length + 1, format, args);
	return text;
}

void page_text(struct pages *pages, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	*VEC_PUSH(&pages->blocks) = (struct report_block){.kind = BLOCK_TEXT, .text = keep_list(pages, format, args)};
	va_end(args);
}

void page_chart(struct pages *pages, struct chart chart)
{
	*VEC_PUSH(&pages->blocks) =
	    (struct report_block){.kind = BLOCK_CHART, .chart = arena_copy(pages->arena, &chart, sizeof chart)};
}

void page_figures(struct pages *pages, const struct report_figure *figures, uint32_t n_figures)
{
	*VEC_PUSH(&pages->blocks) =
	    (struct report_block){.kind = BLOCK_FIGURES,
	                          .figures = arena_copy(pages->arena, figures, n_figures * sizeof *figures),
	                          .n_figures = n_figures};
}

void page_end(struct pages *pages, const char *title, const char *lead)
{
	*VEC_PUSH(&pages->list) = (struct report_page){
	    .title = title,
	    .lead = lead,
	    .blocks = arena_copy(pages->arena, pages->blocks.items, pages->blocks.count * sizeof *pages->blocks.items),
	    .n_blocks = pages->blocks.count};
	VEC_CLEAR(&pages->blocks);
}

void page_cell(struct pages *pages, struct page_table *table, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	*VEC_PUSH(&table->cells) = keep_list(pages, format, args);
	va_end(args);
}

void page_table(struct pages *pages, struct page_table *table)
{
	struct report_table *kept = ARENA_NEW(pages->arena, struct report_table);
	*kept = (struct report_table){
	    .title = table->title,
	    .columns = table->columns,
	    .n_columns = table->n_columns,
	    .cells = arena_copy(pages->arena, table->cells.items, table->cells.count * sizeof *table->cells.items),
	    .n_rows = table->cells.count / table->n_columns,
	    .align = table->align};
	*VEC_PUSH(&pages->blocks) = (struct report_block){.kind = BLOCK_TABLE, .table = kept};
	VEC_FREE(&table->cells);
}

/* ---- time series ---- */

static uint32_t queue_index(const struct pages *pages, int64_t cluster, int64_t cluster_queue)
{
	for (uint32_t i = 0; i < pages->n_queues; i++)
		if (pages->queues[i].cluster == cluster && pages->queues[i].cluster_queue == cluster_queue)
			return i;
	return NONE;
}

struct page_series pages_series(struct pages *pages, const char *column)
{
	struct page_series series = {0};
	if (pages->bucket_us > 0)
		series.n_buckets = (uint32_t)((pages->end_us + pages->bucket_us - 1) / pages->bucket_us);
	series.start_us = ARENA_ARRAY(pages->arena, double, series.n_buckets);
	series.whole = ARENA_ARRAY(pages->arena, double, series.n_buckets);
	series.values = ARENA_ARRAY(pages->arena, double *, pages->n_queues);
	for (uint32_t i = 0; i < pages->n_queues; i++)
		series.values[i] = ARENA_ARRAY(pages->arena, double, series.n_buckets);
	for (uint32_t i = 0; i < series.n_buckets; i++)
		series.start_us[i] = (double)i * (double)pages->bucket_us;
	const char *sql = arena_printf(pages->arena, "SELECT start_us, cluster, cluster_queue, %s FROM series", column);
	struct store_query *query = pages_query(pages, sql, "");
	while (pages_next(pages, &query)) {
		uint64_t bucket = (uint64_t)(store_int(query, 0) / MAX(pages->bucket_us, 1));
		if (bucket >= series.n_buckets || store_is_null(query, 3))
			continue;
		if (store_is_null(query, 2)) {
			series.whole[bucket] += store_double(query, 3);
			continue;
		}
		uint32_t queue = queue_index(pages, store_int(query, 1), store_int(query, 2));
		if (queue != NONE)
			series.values[queue][bucket] = store_double(query, 3);
	}
	return series;
}

struct plot_series pages_steps(struct pages *pages, const struct page_series *series, const char *label,
                               const double *values, uint32_t first, uint32_t last)
{
	uint32_t n = last > first ? last - first : 0;
	double *x = ARENA_ARRAY(pages->arena, double, n + 1), *y = ARENA_ARRAY(pages->arena, double, n + 1);
	for (uint32_t i = 0; i < n; i++) {
		x[i] = series->start_us[first + i];
		y[i] = values[first + i];
	}
	if (n > 0) {
		x[n] = fmin((double)last * (double)pages->bucket_us, (double)pages->end_us);
		y[n] = y[n - 1];
	}
	return (struct plot_series){.label = label, .x = x, .y = y, .count = n > 0 ? n + 1 : 0, .step = true};
}
