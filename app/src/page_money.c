/* page_money.c - money by tenant, and how what was paid is made up. */
#include <math.h>

#include "app/text.h"
#include "pages.h"

enum { MOST_BARS = 20 };

/* Tenants, or queues when the scenario names no tenants. */
static const char *group_column(struct pages *pages)
{
	return pages_number(pages, "SELECT COUNT(*) FROM tenant") > 0 ? "tenant" : "cluster_queue";
}

static void add_charges(struct pages *pages, const char *column)
{
	static const char *const columns[] = {"who", "jobs", "charged", "of that on borrowed quota", "of that lost"};
	struct page_table table = {.title =
	                               arena_printf(pages->arena, "Charged in %s, all jobs of replication 0", pages->currency),
	                           .columns = columns,
	                           .n_columns = ARRAY_COUNT(columns),
	                           .align = "lrrrr"};
	struct plot_bar *bars = ARENA_ARRAY(pages->arena, struct plot_bar, MOST_BARS);
	uint32_t n = 0;
	const char *sql = arena_printf(pages->arena,
	                               "SELECT ifnull(%s, 'no %s'), SUM(jobs), SUM(cost), SUM(borrowed), SUM(lost) FROM money"
	                               " GROUP BY 1 ORDER BY 3 DESC, 1",
	                               column, column[0] == 't' ? "tenant" : "queue");
	struct store_query *query = pages_query(pages, sql, "");
	while (pages_next(pages, &query)) {
		char text[32];
		const char *who = pages_keep(pages, store_text(query, 0));
		if (n < MOST_BARS)
			bars[n++] = (struct plot_bar){.label = who, .value = store_double(query, 2) * 1e6, .low = NAN, .high = NAN};
		page_cell(pages, &table, "%s", who);
		page_cell(pages, &table, "%s", text_count(store_double(query, 1), text));
		for (int i = 2; i <= 4; i++)
			page_cell(pages, &table, "%s", text_money(store_double(query, i) * 1e6, text));
	}
	struct plot_axes axes = {.title = column[0] == 't' ? "Charged by tenant" : "Charged by queue",
	                         .subtitle = "GPU time that was allocated, at its price; replication 0",
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

void page_money(struct pages *pages)
{
	if (!pages->priced) {
		page_text(pages, "There is no price in this input, so nothing is charged here. Add spec.prices to the scenario.");
		page_end(pages, "Money", "no price");
		return;
	}
	static const char *const books[] = {"charged_micro", "idle_micro", "down_micro"};
	char shown[3][32], paid[32];
	int64_t micro[3];
	const char *column = group_column(pages);
	add_charges(pages, column);
	add_prices(pages);
	for (int i = 0; i < 3; i++)
		micro[i] = (int64_t)pages_number(pages, arena_printf(pages->arena, "SELECT SUM(%s) FROM pool_meter", books[i]));
	text_money_split(micro, 3, shown, paid);
	const char *lead = arena_printf(pages->arena, "%s %s was paid = charged %s + idle %s + down %s (replication 0).",
	                                pages->currency, paid, shown[0], shown[1], shown[2]);
	page_end(pages, column[0] == 't' ? "Money by tenant" : "Money by queue", lead);
}
