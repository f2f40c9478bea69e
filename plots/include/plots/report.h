/* report.h - charts and the report, from plain tables: this room knows no database, world or simulator.
 *
 * A report is a list of pages; a page has a title, text and charts. Charts draw on Cairo: to PDF pages, to PNG, and as
 * inline SVG into one self-contained HTML file. Escaping is the API: text goes in as text and cannot become markup. Output
 * is byte-identical for identical input (fixed creation date). Written to a temporary file and renamed, so that a failure
 * leaves what was there before. Draw in one thread. All tables are borrowed for the time of the call. */
#ifndef BERTH_PLOTS_REPORT_H
#define BERTH_PLOTS_REPORT_H

#include "base/base.h"
#include "base/error.h"

enum plot_unit {
	UNIT_NONE,
	UNIT_SECONDS,
	UNIT_DURATION_US,
	UNIT_GPUS,
	UNIT_JOBS,
	UNIT_RATIO,
	UNIT_MONEY_MICRO,
	UNIT_UTC_US
};

/* x ascending (strictly, but for the steps of a distribution); NAN breaks a line. Up to 20 series stay legible: beyond that
 * the caller sums up what is small. A series without label has no key. */
struct plot_series {
	const char *label;
	const double *x, *y;
	const double *y_low, *y_high; /* band; NULL = none */
	uint32_t count;
	bool step;    /* holds its value until the next x */
	bool dashed;  /* limits: capacity, quota */
	bool stacked; /* area on the previous stacked series, which has the same x; NAN counts as 0 there */
};

struct plot_axes {
	const char *title, *subtitle;  /* subtitle: parameters and source of the data */
	const char *x_label, *y_label; /* the unit is added from x_unit, y_unit */
	enum plot_unit x_unit, y_unit;
	bool x_log, y_log;
	double x_min, x_max, y_min, y_max; /* equal = from the data; quantities then begin at 0 */
	const char *currency;              /* for UNIT_MONEY_MICRO */
	int64_t epoch_unix_s;              /* for UNIT_UTC_US: x is us since this */
	const char *time_zone;             /* for UNIT_UTC_US: whose dates and clock are shown, an IANA name; NULL: UTC */
	const char *empty_text;            /* shown when there is no data: why there is none */
};

/* A row of BARS or WATERFALL: labels at the left, values along x in x_unit. BARS on a log axis become dots. WATERFALL: the
 * first row is the whole, named by y_label; the bars are its parts (>= 0) from top to bottom, each beginning where the one
 * before it ends; percentages and amounts are rounded so that they sum to the whole. */
struct plot_bar {
	const char *label;
	double value, low, high; /* value NAN = "not in this input"; low, high: interval of BARS, NAN = none */
	uint32_t group;          /* bars of one group share a colour (BARS) or a colour family (WATERFALL) */
	const char *note;
};

/* Schedule: one row per lane, one box per span, times along x. Spans of a lane that overlap are put in rows of their own. */
struct plot_span {
	uint32_t lane;
	double start, end;
	uint32_t colour;   /* index into the chart's legend */
	const char *label; /* drawn when it fits; NULL */
	bool hatched;      /* ended by eviction */
};

enum chart_kind { CHART_LINES, CHART_WATERFALL, CHART_BARS, CHART_GANTT };

struct chart {
	enum chart_kind kind;
	struct plot_axes axes;
	const struct plot_series *series;
	uint32_t n_series;
	const struct plot_bar *bars;
	uint32_t n_bars;
	const struct plot_span *spans;
	uint32_t n_spans;
	const char *const *lanes; /* GANTT: labels */
	uint32_t n_lanes;
	const char *const *legend; /* GANTT: meaning of colours; NULL-terminated or NULL */
};

struct report_table {
	const char *title;
	const char *const *columns;
	uint32_t n_columns;
	const char *const *cells; /* row-major */
	uint32_t n_rows;
	const char *align; /* one letter per column: l, r */
};

/* A headline number of the answer page. */
struct report_figure {
	const char *label, *value, *note;
	int verdict; /* 1 good, -1 bad, 0 neither */
};

enum block_kind { BLOCK_TEXT, BLOCK_CHART, BLOCK_TABLE, BLOCK_FIGURES };
struct report_block {
	enum block_kind kind;
	const char *text;
	const struct chart *chart;
	const struct report_table *table;
	const struct report_figure *figures;
	uint32_t n_figures;
};

struct report_page {
	const char *title;
	const char *lead; /* one sentence under the title: what the page says */
	const struct report_block *blocks;
	uint32_t n_blocks;
};

struct report {
	const char *title, *subtitle;
	const char *footer; /* on every page: scenario, seed, digest, version */
	const char *banner; /* NOT MODELLED ..., PARTIAL RUN ...; NULL */
	const struct report_page *pages;
	uint32_t n_pages;
};

NODISCARD bool report_write_pdf(const struct report *report, const char *path, struct error *error);
NODISCARD bool report_write_html(const struct report *report, const char *path, struct error *error);
/* One chart alone. */
NODISCARD bool chart_write_png(const struct chart *chart, int width_px, int height_px, const char *path,
                               struct error *error);
/* Frees the caches of Pango and fontconfig at exit, so that leak checkers stay quiet. */
void plots_finish(void);

#endif
