/* report.c - berth report: a run database as pages, HTML or PDF. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/text.h"
#include "overwrite.h"
#include "pages.h"

static const char *fact(struct pages *pages, const char *key)
{
	const char *value = NULL;
	struct store_query *query = pages_query(pages, "SELECT value FROM run WHERE key = ?", "s", key);
	while (pages_next(pages, &query))
		value = pages_keep(pages, store_text(query, 0));
	return value;
}

static int64_t number_fact(struct pages *pages, const char *key)
{
	const char *value = fact(pages, key);
	return value ? strtoll(value, NULL, 10) : 0;
}

static void read_facts(struct pages *pages)
{
	pages->epoch_unix_s = number_fact(pages, "epoch_unix_s");
	pages->warmup_us = number_fact(pages, "warmup_us");
	pages->end_us = number_fact(pages, "end_us");
	pages->duration_us = number_fact(pages, "duration_us");
	pages->bucket_us = number_fact(pages, "bucket_us");
	pages->replications = number_fact(pages, "replications");
	pages->partial = number_fact(pages, "partial") != 0;
	pages->priced = number_fact(pages, "priced") != 0;
	pages->scenario = fact(pages, "scenario");
	pages->question = fact(pages, "question");
	pages->currency = fact(pages, "currency");
	pages->time_zone = fact(pages, "time_zone");
	pages->digest = fact(pages, "digest");
	pages->seed = fact(pages, "seed");
	pages->version = fact(pages, "version");
}

/* By mean demand, largest first; queues without any come last, by name. */
static void read_queues(struct pages *pages)
{
	pages->n_clusters = (uint32_t)pages_number(pages, "SELECT COUNT(*) FROM cluster");
	pages->n_queues = (uint32_t)pages_number(pages, "SELECT COUNT(*) FROM cluster_queue");
	pages->queues = ARENA_ARRAY(pages->arena, struct page_queue, pages->n_queues);
	struct store_query *query =
	    pages_query(pages,
	                "SELECT q.cluster, q.cluster_queue, c.name, q.name, q.nominal_gpus, AVG(s.demand_gpus) AS demand"
	                " FROM cluster_queue q JOIN cluster c USING (cluster) LEFT JOIN series s USING (cluster, cluster_queue)"
	                " GROUP BY q.cluster, q.cluster_queue ORDER BY demand DESC, c.name, q.name",
	                "");
	char label[TEXT_NAME_SIZE];
	for (uint32_t i = 0; pages_next(pages, &query); i++)
		pages->queues[i] = (struct page_queue){
		    .cluster = store_int(query, 0),
		    .cluster_queue = store_int(query, 1),
		    .label =
		        pages_keep(pages, text_in_cluster(store_text(query, 2), store_text(query, 3), pages->n_clusters, label)),
		    .nominal_gpus = store_double(query, 4),
		    .demand_mean = store_is_null(query, 5) ? 0 : store_double(query, 5),
		};
}

static const char *banner(struct pages *pages)
{
	const char *lines = pages_text(pages, "SELECT group_concat(line, '; ') FROM not_modelled");
	const char *partial = pages->partial ? "PARTIAL RUN: interrupted before its end" : NULL;
	if (lines && partial)
		return arena_printf(pages->arena, "%s. NOT MODELLED: %s", partial, lines);
	if (lines)
		return arena_printf(pages->arena, "NOT MODELLED: %s", lines);
	return partial;
}

static bool write_report(struct pages *pages, const char *out_path, struct error *error)
{
	read_facts(pages);
	read_queues(pages);
	page_answer(pages);
	page_sizes(pages);
	page_believable(pages);
	page_differences(pages);
	page_demand(pages);
	page_gpu_hours(pages);
	page_waits(pages);
	page_worst_week(pages);
	page_money(pages);
	page_appendix(pages);
	struct report report = {
	    .title = pages->scenario,
	    .subtitle = pages->question,
	    .banner = banner(pages),
	    .footer = arena_printf(pages->arena, "%s, seed %s, digest %s, berth %s", pages->scenario, pages->seed, pages->digest,
	                           pages->version),
	    .pages = pages->list.items,
	    .n_pages = pages->list.count,
	};
	if (pages->failed) {
		*error = pages->error;
		return false;
	}
	size_t length = strlen(out_path);
	bool pdf = length >= 4 && strcmp(out_path + length - 4, ".pdf") == 0;
	return pdf ? report_write_pdf(&report, out_path, error) : report_write_html(&report, out_path, error);
}

int app_report(const struct app *app, const char *run_db, const char *out_path, bool force)
{
	struct error error = {0};
	struct pages pages = {0};
	if (!may_overwrite(out_path, force, &error) || !store_open(run_db, &pages.store, &error))
		return app_fail(app, &error);
	pages.arena = arena_create(0);
	bool ok = write_report(&pages, out_path, &error);
	store_close(pages.store);
	VEC_FREE(&pages.list);
	VEC_FREE(&pages.blocks);
	arena_destroy(pages.arena);
	return ok ? 0 : app_fail(app, &error);
}
