/* page_differences.c - where simulated and recorded waits differ: by size and by the time that jobs asked for. A gap that
 * sits in one class points at a rule of the recorded system that the simulated one does not have. */
#include <math.h>

#include "app/text.h"
#include "pages.h"
#include "sim/kpi.h"

/* The class with the largest gap between recorded and simulated wait, summed over its jobs. */
struct gap {
	const char *class_name;
	double jobs, summed_s, recorded_s, simulated_s;
	bool lower_bound; /* simulated_s: some of its jobs had not started */
};

static void keep_largest(struct pages *pages, struct gap *largest, const struct store_query *query)
{
	double jobs = store_double(query, 1), recorded_s = store_double(query, 2), simulated_s = store_double(query, 3);
	double summed_s = jobs * fabs(recorded_s - simulated_s);
	if (summed_s > largest->summed_s)
		*largest = (struct gap){
		    pages_keep(pages, store_text(query, 0)), jobs, summed_s, recorded_s, simulated_s, store_int(query, 4) > 0};
}

/* `class_sql` gives each row of the view jobs the name of its class, `order_sql` their order. A single class has no gap of
 * its own. */
static struct gap add_classes(struct pages *pages, const char *title, const char *class_sql, const char *order_sql)
{
	static const char *const columns[] = {"jobs that ask for", "jobs", "recorded, mean", "simulated, mean", "not started"};
	struct page_table table = {.title = title, .columns = columns, .n_columns = ARRAY_COUNT(columns), .align = "lrrrr"};
	struct gap largest = {0};
	uint32_t classes = 0;
	char text[32];
	const char *sql =
	    arena_printf(pages->arena,
	                 "SELECT %s AS class, COUNT(*), AVG(recorded_wait_s), AVG(wait_s), SUM(NOT started)"
	                 " FROM jobs WHERE recorded_wait_s IS NOT NULL AND NOT in_warmup GROUP BY class ORDER BY %s",
	                 class_sql, order_sql);
	struct store_query *query = pages_query(pages, sql, "");
	for (; pages_next(pages, &query); classes++) {
		keep_largest(pages, &largest, query);
		page_cell(pages, &table, "%s", store_text(query, 0));
		page_cell(pages, &table, "%s", text_count(store_double(query, 1), text));
		page_cell(pages, &table, "%s", text_duration(store_double(query, 2) * 1e6, text));
		page_cell(pages, &table, "%s", text_bounded_duration(store_double(query, 3) * 1e6, store_int(query, 4) > 0, text));
		page_cell(pages, &table, "%s", text_count(store_double(query, 4), text));
	}
	page_table(pages, &table);
	return classes > 1 ? largest : (struct gap){0};
}

/* The size classes, single GPUs apart. */
static const char *size_case(struct pages *pages)
{
	const char *sql = "CASE WHEN gpus <= 1 THEN '1 GPU'";
	for (uint32_t i = 0; i + 1 < SIZE_CLASSES; i++) {
		long long most = size_classes[i].most_gpus;
		const char *text = i == 0 ? arena_printf(pages->arena, "2 to %lld GPUs", most) : size_classes[i].text;
		sql = arena_printf(pages->arena, "%s WHEN gpus <= %lld THEN '%s'", sql, most, text);
	}
	return arena_printf(pages->arena, "%s ELSE '%s' END", sql, size_classes[SIZE_CLASSES - 1].text);
}

void page_differences(struct pages *pages)
{
	if (!(pages_number(pages, "SELECT COUNT(*) FROM jobs WHERE recorded_wait_s IS NOT NULL AND NOT in_warmup") > 0))
		return;
	struct gap by_size = add_classes(pages, "By size", size_case(pages), "MIN(gpus)");
	struct gap by_time = add_classes(pages, "By the time that they ask for",
	                                 "CASE WHEN requested_s IS NULL THEN 'no time' WHEN requested_s <= 3600 THEN 'up to 1 h'"
	                                 " WHEN requested_s <= 14400 THEN '1 to 4 h' WHEN requested_s <= 86400 THEN '4 to 24 h'"
	                                 " ELSE 'more than 24 h' END",
	                                 "requested_s IS NULL, MIN(requested_s)");
	page_text(pages,
	          "Means of the same jobs; one that had not started counts with the time it had waited. A gap in one class "
	          "points at a rule of the recorded system that this scenario does not have.");
	const struct gap *largest = by_size.summed_s > by_time.summed_s ? &by_size : &by_time;
	char jobs[32], recorded[32], simulated[32];
	const char *lead = "No class of jobs stands out.";
	if (largest->class_name)
		lead = arena_printf(pages->arena,
		                    "Jobs times gap, most of the difference is in the %s jobs that ask for %s: recorded %s on "
		                    "average, simulated %s.",
		                    text_count(largest->jobs, jobs), largest->class_name,
		                    text_duration(largest->recorded_s * 1e6, recorded),
		                    text_bounded_duration(largest->simulated_s * 1e6, largest->lower_bound, simulated));
	page_end(pages, "Where simulated and recorded waits differ", lead);
}
