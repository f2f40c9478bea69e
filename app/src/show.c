/* show.c - berth show: what a run database holds. */
#include <inttypes.h>

#include "app/app.h"
#include "app/kpi_list.h"
#include "store/store.h"

static bool show_summary(const struct app *app, struct store *store, struct error *error)
{
	struct store_query *query;
	if (!store_query(store, &query, error, "SELECT value FROM run WHERE key = 'summary'", ""))
		return false;
	if (store_next(query, error))
		fputs(store_text(query, 0), app->out);
	store_query_end(query);
	return error->code == ERROR_NONE;
}

static bool show_figures(const struct app *app, struct store *store, enum list_format format, struct error *error)
{
	struct store_query *query;
	if (!store_query(store, &query, error,
	                 "SELECT metric, stat, cluster, cluster_queue, priority_class, tenant, size_class, value, low, high,"
	                 " lower_bound, replications FROM kpi_summary ORDER BY rowid",
	                 ""))
		return false;
	struct list *list = kpi_list_create();
	while (store_next(query, error)) {
		const struct kpi_figure figure = {.metric = store_text(query, 0),
		                                  .stat = store_text(query, 1),
		                                  .cluster = store_text(query, 2),
		                                  .cluster_queue = store_text(query, 3),
		                                  .priority_class = store_text(query, 4),
		                                  .tenant = store_text(query, 5),
		                                  .size_class = store_text(query, 6),
		                                  .value = store_double(query, 7),
		                                  .low = store_double(query, 8),
		                                  .high = store_double(query, 9),
		                                  .lower_bound = store_int(query, 10) != 0,
		                                  .replications = store_int(query, 11)};
		kpi_list_add(list, &figure);
	}
	store_query_end(query);
	if (error->code == ERROR_NONE)
		list_print(list, format, app->out);
	list_destroy(list);
	return error->code == ERROR_NONE;
}

static bool show_parameters(const struct app *app, struct store *store, enum list_format format, struct error *error)
{
	static const struct list_column columns[] = {{"cluster", "CLUSTER", false},
	                                             {"parameter", "PARAMETER", false},
	                                             {"value", "VALUE", false},
	                                             {"default", "DEFAULT", false}};
	struct store_query *query;
	if (!store_query(store, &query, error, "SELECT cluster, name, value, default_value FROM parameter ORDER BY rowid", ""))
		return false;
	struct list *list = list_create(columns, ARRAY_COUNT(columns));
	while (store_next(query, error))
		for (int column = 0; column < (int)ARRAY_COUNT(columns); column++)
			list_text(list, store_text(query, column));
	store_query_end(query);
	if (error->code == ERROR_NONE)
		list_print(list, format, app->out);
	list_destroy(list);
	return error->code == ERROR_NONE;
}

int app_show(const struct app *app, const char *run_db, bool defaults, enum list_format format)
{
	struct error error = {0};
	struct store *store;
	if (!store_open(run_db, &store, &error))
		return app_fail(app, &error);
	bool ok = defaults               ? show_parameters(app, store, format, &error)
	          : format == LIST_TABLE ? show_summary(app, store, &error)
	                                 : show_figures(app, store, format, &error);
	store_close(store);
	return ok ? 0 : app_fail(app, &error);
}
