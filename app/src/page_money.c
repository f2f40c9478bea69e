/* page_money.c - money by tenant, and how what was paid is made up. */
#include <math.h>

#include "app/text.h"
#include "pages.h"

enum { MOST_BARS = 20 };

/* Who is charged: tenants, or queues when the scenario names no tenants. Columns: name, jobs, charged with its interval, of
 * that borrowed, of that lost, and last the cluster of a queue. What belongs to none of them comes last, without an
 * interval. */
static struct store_query *query_payers(struct pages *pages, bool by_tenant)
{
	const char *name = "cluster_queue";
	const char *dimension = "cluster_queue IS NOT NULL AND tenant IS NULL";
	if (by_tenant) {
		name = "tenant";
		dimension = "tenant IS NOT NULL AND cluster IS NULL AND cluster_queue IS NULL";
	}
	const char *all = "tenant IS NULL AND cluster IS NULL AND cluster_queue IS NULL";
	const char *sql = arena_printf(
	    pages->arena,
	    "WITH figure AS (SELECT * FROM kpi_summary WHERE priority_class IS NULL AND size_class IS NULL AND"
	    " (stat = 'total' AND metric IN ('charged_micro', 'borrowed_micro', 'lost_micro') OR"
	    " stat = 'submitted' AND metric = 'jobs_count')),"
	    " payer AS (SELECT %s AS who, cluster AS owner, MAX(value) FILTER (WHERE metric = 'jobs_count') AS jobs,"
	    " MAX(value) FILTER (WHERE metric = 'charged_micro') AS charged,"
	    " MAX(low) FILTER (WHERE metric = 'charged_micro') AS low, MAX(high) FILTER (WHERE metric = 'charged_micro') AS "
	    "high,"
	    " MAX(value) FILTER (WHERE metric = 'borrowed_micro') AS borrowed,"
	    " MAX(value) FILTER (WHERE metric = 'lost_micro') AS lost FROM figure WHERE %s GROUP BY owner, who),"
	    " whole AS (SELECT SUM(value) FILTER (WHERE metric = 'jobs_count') AS jobs,"
	    " SUM(value) FILTER (WHERE metric = 'charged_micro') AS charged,"
	    " SUM(value) FILTER (WHERE metric = 'borrowed_micro') AS borrowed,"
	    " SUM(value) FILTER (WHERE metric = 'lost_micro') AS lost FROM figure WHERE %s)"
	    " SELECT who, jobs, charged, low, high, borrowed, lost, 0 AS rest, owner FROM payer UNION ALL"
	    " SELECT 'no %s', jobs - (SELECT SUM(jobs) FROM payer), charged - (SELECT SUM(charged) FROM payer), NULL, NULL,"
	    " borrowed - (SELECT SUM(borrowed) FROM payer), lost - (SELECT SUM(lost) FROM payer), 1, NULL FROM whole"
	    " WHERE charged - (SELECT SUM(charged) FROM payer) >= 10000 OR jobs - (SELECT SUM(jobs) FROM payer) >= 0.01"
	    " ORDER BY rest, charged DESC, owner, who",
	    name, dimension, all, by_tenant ? "tenant" : "queue");
	return pages_query(pages, sql, "");
}

static void add_charges(struct pages *pages, bool by_tenant)
{
	static const char *const columns[] = {
	    "who", "jobs submitted", "charged", "95 % interval", "of that on borrowed quota", "of that lost"};
	struct page_table table = {.title = arena_printf(pages->arena, "Charged in %s, %s: GPU time after warm-up",
	                                                 pages->currency, pages_means(pages)),
	                           .columns = columns,
	                           .n_columns = ARRAY_COUNT(columns),
	                           .align = "lrrrrr"};
	struct plot_bar *bars = ARENA_ARRAY(pages->arena, struct plot_bar, MOST_BARS);
	uint32_t n = 0, payers = 0;
	struct store_query *query = query_payers(pages, by_tenant);
	for (; pages_next(pages, &query); payers++) {
		char text[32], high[32], name[TEXT_NAME_SIZE];
		double low_micro = store_double(query, 3), high_micro = store_double(query, 4);
		const char *who =
		    pages_keep(pages, text_in_cluster(store_text(query, 8), store_text(query, 0), pages->n_clusters, name));
		if (n < MOST_BARS)
			bars[n++] =
			    (struct plot_bar){.label = who, .value = store_double(query, 2), .low = low_micro, .high = high_micro};
		page_cell(pages, &table, "%s", who);
		page_cell(pages, &table, "%s", text_count(store_double(query, 1), text));
		page_cell(pages, &table, "%s", text_money(store_double(query, 2), text));
		if (isnan(low_micro))
			page_cell(pages, &table, "-");
		else
			page_cell(pages, &table, "%s to %s", text_money(low_micro, text), text_money(high_micro, high));
		for (int i = 5; i <= 6; i++)
			page_cell(pages, &table, "%s", text_money(store_double(query, i), text));
	}
	const char *shown = n < payers ? arena_printf(pages->arena, "; the %u largest of %u", n, payers) : "";
	struct plot_axes axes = {
	    .title = by_tenant ? "Charged by tenant" : "Charged by queue",
	    .subtitle = arena_printf(pages->arena, "GPU time that was allocated, at its price; %s%s", pages_means(pages), shown),
	    .x_label = "charged",
	    .x_unit = UNIT_MONEY_MICRO,
	    .currency = pages->currency,
	    .empty_text = "nothing was charged"};
	page_chart(pages, (struct chart){.kind = CHART_BARS, .axes = axes, .bars = bars, .n_bars = n});
	page_table(pages, &table);
}

static void add_prices(struct pages *pages)
{
	static const char *const columns[] = {"GPU", "capacity", "per GPU-hour", "billed", "source", "as of"};
	struct page_table table = {.title = "Prices", .columns = columns, .n_columns = ARRAY_COUNT(columns), .align = "llrlll"};
	struct store_query *query = pages_query(
	    pages, "SELECT gpu_product, capacity_type, micro_per_gpu_hour, billed, source, as_of FROM price ORDER BY rowid", "");
	while (pages_next(pages, &query)) {
		char text[32];
		page_cell(pages, &table, "%s", store_text(query, 0));
		page_cell(pages, &table, "%s", store_text(query, 1));
		page_cell(pages, &table, "%s", text_money(store_double(query, 2), text));
		for (int column = 3; column <= 5; column++) {
			const char *value = store_text(query, column);
			page_cell(pages, &table, "%s", value ? value : "not in this input");
		}
	}
	page_table(pages, &table);
}

/* What was paid and what for; the rounded parts sum to the rounded whole. */
static const char *lead(struct pages *pages)
{
	static const char *const parts[] = {"charged_micro", "idle_micro", "down_micro"};
	int64_t micro[ARRAY_COUNT(parts)];
	char shown[ARRAY_COUNT(parts)][32], paid[32];
	for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
		double value = pages_value(pages, parts[i], "total").value;
		micro[i] = isnan(value) ? 0 : llround(value);
	}
	text_money_split(micro, ARRAY_COUNT(parts), shown, paid);
	return arena_printf(pages->arena, "%s %s was paid = charged %s + idle %s + down %s (%s).", pages->currency, paid,
	                    shown[0], shown[1], shown[2], pages_means(pages));
}

void page_money(struct pages *pages)
{
	if (!pages->priced) /* the appendix says so */
		return;
	bool by_tenant = pages_number(pages, "SELECT COUNT(*) FROM tenant") > 0;
	add_charges(pages, by_tenant);
	add_prices(pages);
	page_end(pages, by_tenant ? "Money by tenant" : "Money by queue", lead(pages));
}
