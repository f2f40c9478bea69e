/* page_appendix.c - what the run was made from: parameters, inputs with their hashes, traces row by row, definitions. */
#include "app/text.h"
#include "pages.h"

/* All columns of a query as text cells; NULL is "-". */
static void add_query(struct pages *pages, const char *title, const char *const *columns, uint32_t n_columns,
                      const char *align, const char *sql)
{
	struct page_table table = {.title = title, .columns = columns, .n_columns = n_columns, .align = align};
	struct store_query *query = pages_query(pages, sql, "");
	while (pages_next(pages, &query))
		for (uint32_t i = 0; i < n_columns; i++) {
			const char *text = store_text(query, (int)i);
			page_cell(pages, &table, "%s", text ? text : "-");
		}
	if (table.cells.count > 0)
		page_table(pages, &table);
	else
		VEC_FREE(&table.cells);
}

/* In local time, as everywhere. */
static void add_changes(struct pages *pages)
{
	static const char *const columns[] = {"changes at", "cluster", "to"};
	struct page_table table = {.title = "Changes", .columns = columns, .n_columns = ARRAY_COUNT(columns), .align = "lll"};
	struct store_query *query = pages_query(
	    pages, "SELECT at_us, c.name, text FROM change JOIN cluster c USING (cluster) ORDER BY at_us, change.rowid", "");
	while (pages_next(pages, &query)) {
		char minute[32];
		page_cell(pages, &table, "%s", pages_local_minute(pages, store_int(query, 0), minute));
		page_cell(pages, &table, "%s", store_text(query, 1));
		page_cell(pages, &table, "%s", store_text(query, 2));
	}
	if (table.cells.count > 0)
		page_table(pages, &table);
	else
		VEC_FREE(&table.cells);
}

void page_appendix(struct pages *pages)
{
	static const char *const input_columns[] = {"input", "bytes", "SHA-256"};
	static const char *const trace_columns[] = {"trace", "rows", "what became of them"};
	static const char *const parameter_columns[] = {"cluster", "parameter", "value", "default"};
	add_query(pages, "Inputs", input_columns, ARRAY_COUNT(input_columns), "lrl",
	          "SELECT path, bytes, sha256 FROM input ORDER BY rowid");
	add_query(pages, "Traces", trace_columns, ARRAY_COUNT(trace_columns), "lrl",
	          "SELECT path, rows_read, 'read' FROM trace UNION ALL SELECT path, rows_used, 'used' FROM trace"
	          " UNION ALL SELECT path, rows, 'skipped: ' || reason FROM trace_skipped");
	add_changes(pages);
	if (!pages->priced)
		page_text(pages, "Money: there is no price in this input, so nothing is charged. Add spec.prices to the scenario.");
	page_text(
	    pages,
	    "Wait: submission to first admission; a job that had not started at the end counts with the time it had "
	    "waited. A quantile is a lower bound and bears a \">\" when, among the jobs up to its rank, more had not started "
	    "than 1 %% of the jobs above it, in any replication; so are then all higher quantiles of these jobs. Quantiles "
	    "are nearest ranks. "
	    "GPU-hours: every GPU of every node, at every moment after warm-up, is in exactly one part. Charged: GPU "
	    "time that was allocated, at its price; paid = charged + idle + down. Figures over replications are means "
	    "with 95 %% intervals (Student t).");
	add_query(pages, "Parameters and their defaults", parameter_columns, ARRAY_COUNT(parameter_columns), "llll",
	          "SELECT cluster, name, value, default_value FROM parameter ORDER BY rowid");
	page_end(pages, "Appendix: what this was made from",
	         arena_printf(pages->arena, "Scenario %s, seed %s, digest %s, berth %s.", pages->scenario, pages->seed,
	                      pages->digest, pages->version));
}
