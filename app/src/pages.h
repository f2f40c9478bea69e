/* pages.h - composing a report from a run database: what the pages share.
 *
 * Every page is one function in a file of its own: it asks the database, lays plain tables and charts into the arena, and
 * adds one page. A failed query marks the report as failed; its rows then read as none, so pages need no error paths. */
#ifndef BERTH_APP_PAGES_H
#define BERTH_APP_PAGES_H

#include "base/arena.h"
#include "base/vec.h"
#include "plots/report.h"
#include "sim/result.h"
#include "store/store.h"

/* A ClusterQueue of any cluster, in order of (cluster, queue). */
struct page_queue {
	int64_t cluster, cluster_queue;
	const char *label;   /* "queue", or "cluster/queue" when there are several clusters */
	double nominal_gpus; /* NAN: not limited */
	double demand_mean;  /* over the series; larger queues come first in charts */
};

struct pages {
	struct store *store;
	struct arena *arena;
	bool failed;
	struct error error; /* of the first failed query */
	/* facts of the run */
	int64_t epoch_unix_s, warmup_us, end_us, duration_us, bucket_us, replications;
	bool partial, priced;
	const char *scenario, *question, *currency, *time_zone, *digest, *seed, *version;
	struct page_queue *queues;
	uint32_t n_queues, n_clusters;
	struct {
		VEC_FIELDS(struct report_page);
	} list;
	struct {
		VEC_FIELDS(struct report_block);
	} blocks; /* of the page under way */
};

/* ---- rows ---- */

/* NULL when the query failed: rows_next() is then false at once. */
NODISCARD struct store_query *pages_query(struct pages *pages, const char *sql, const char *types, ...);
/* Ends the query after the last row. */
bool pages_next(struct pages *pages, struct store_query **query);
/* The only value of a query that gives one row; NAN / NULL when it gives none. The text lives in the arena. */
double pages_number(struct pages *pages, const char *sql);
const char *pages_text(struct pages *pages, const char *sql);
/* A copy in the arena; NULL stays NULL. */
const char *pages_keep(struct pages *pages, const char *text);

/* ---- key figures over replications: what a page states in words ---- */

/* Mean over the replications and its interval; low and high NAN: one replication. */
struct page_value {
	double value, low, high; /* value NAN: no such figure */
	bool lower_bound;
};
/* Of all jobs, queues and clusters together. */
struct page_value pages_value(struct pages *pages, const char *metric, const char *stat);
/* What the GPU time went to, in tenths of a percent that sum to 100.0; one per enum gpu_time. */
void pages_gpu_tenths(struct pages *pages, int ret_tenths[GPU_TIME_COUNT]);
/* "means of 4 replications" or "replication 0". */
const char *pages_means(struct pages *pages);

/* The day in the scenario's time zone: "2026-01-05". */
char *pages_local_day(const struct pages *pages, int64_t us, char out[32]);
char *pages_local_minute(const struct pages *pages, int64_t us, char out[32]); /* "2026-01-05 14:30" */
char *pages_local_time(const struct pages *pages, int64_t us, char out[32]);   /* "2026-01-05 14:30:00" */

/* ---- blocks of the page under way ---- */

void page_text(struct pages *pages, const char *format, ...) PRINTF_LIKE(2, 3);
void page_chart(struct pages *pages, struct chart chart);
void page_figures(struct pages *pages, const struct report_figure *figures, uint32_t n_figures);
void page_end(struct pages *pages, const char *title, const char *lead);

/* A table filled cell by cell; cells are kept in the arena. */
struct page_table {
	const char *title;
	const char *const *columns;
	uint32_t n_columns;
	const char *align;
	struct {
		VEC_FIELDS(const char *);
	} cells;
};
void page_cell(struct pages *pages, struct page_table *table, const char *format, ...) PRINTF_LIKE(3, 4);
/* Adds it to the page and frees the builder. */
void page_table(struct pages *pages, struct page_table *table);

/* ---- time series ---- */

/* One quantity of all queues over the run: values[queue][bucket], in the order of pages->queues. */
struct page_series {
	uint32_t n_buckets;
	double *start_us;
	double **values;
	double *whole; /* of all clusters together */
};
/* `column` is a column of queue_series. */
struct page_series pages_series(struct pages *pages, const char *column);
/* Buckets [first, last) of one of its rows as steps. The last one is drawn up to its end, too. */
struct plot_series pages_steps(struct pages *pages, const struct page_series *series, const char *label,
                               const double *values, uint32_t first, uint32_t last);

/* The pages, in the order of the report. */
void page_answer(struct pages *pages);
void page_sizes(struct pages *pages);
void page_believable(struct pages *pages);
void page_differences(struct pages *pages);
void page_demand(struct pages *pages);
void page_gpu_hours(struct pages *pages);
void page_waits(struct pages *pages);
void page_worst_week(struct pages *pages);
void page_money(struct pages *pages);
void page_appendix(struct pages *pages);

#endif
