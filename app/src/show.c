/* show.c - berth show: what a run database holds. berth run -o prints its figures from here, too. */
#include <string.h>

#include "app/app.h"
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

/* ---- lists of what queries give ---- */

static void add_cell(struct list *list, const struct store_query *query, int column, char type)
{
	if (type == 's' || store_is_null(query, column))
		list_text(list, store_text(query, column));
	else if (type == 'd')
		list_number(list, store_double(query, column), store_text(query, column));
	else if (type == 'b')
		list_bool(list, store_int(query, column) != 0);
	else
		list_int(list, store_int(query, column));
}

/* One column per letter of `types`: 's' text, 'd' number, 'i' whole number, 'b' yes or no. NULL after an error. */
static struct list *list_of(struct store *store, const struct list_column *columns, const char *types, const char *sql,
                            struct error *error)
{
	struct store_query *query;
	uint32_t n_columns = (uint32_t)strlen(types);
	if (!store_query(store, &query, error, sql, ""))
		return NULL;
	struct list *list = list_create(columns, n_columns);
	while (store_next(query, error))
		for (uint32_t i = 0; i < n_columns; i++)
			add_cell(list, query, (int)i, types[i]);
	store_query_end(query);
	if (error->code == ERROR_NONE)
		return list;
	list_destroy(list);
	return NULL;
}

/* What the run was. */
static struct list *run_of(struct store *store, struct error *error)
{
	static const struct list_column columns[] = {
	    {"berth", "", false},       {"scenario", "", false},     {"question", "", false},     {"seed", "", true},
	    {"replications", "", true}, {"digest", "", false},       {"inputsSha256", "", false}, {"currency", "", false},
	    {"partial", "", false},     {"sizesPartial", "", false}, {"exitCode", "", true}};
	return list_of(store, columns, "ssssisssbbi",
	               "SELECT MAX(value) FILTER (WHERE key = 'version'), MAX(value) FILTER (WHERE key = 'scenario'),"
	               " MAX(value) FILTER (WHERE key = 'question'), MAX(value) FILTER (WHERE key = 'seed'),"
	               " MAX(value) FILTER (WHERE key = 'replications'), MAX(value) FILTER (WHERE key = 'digest'),"
	               " MAX(value) FILTER (WHERE key = 'inputs_sha256'), MAX(value) FILTER (WHERE key = 'currency'),"
	               " MAX(value) FILTER (WHERE key = 'partial'), COUNT(*) FILTER (WHERE key = 'sizes_interrupted'),"
	               " MAX(value) FILTER (WHERE key = 'exit_code') FROM run",
	               error);
}

static struct list *figures_of(struct store *store, struct error *error)
{
	static const struct list_column columns[] = {
	    {"metric", "", false},       {"stat", "", false},          {"cluster", "", false},
	    {"clusterQueue", "", false}, {"priorityClass", "", false}, {"tenant", "", false},
	    {"sizeClass", "", false},    {"value", "", true},          {"low", "", true},
	    {"high", "", true},          {"lowerBound", "", false},    {"replications", "", true}};
	return list_of(store, columns, "sssssssdddbi",
	               "SELECT metric, stat, cluster, cluster_queue, priority_class, tenant, size_class, value, low, high,"
	               " lower_bound, replications FROM kpi_summary ORDER BY rowid",
	               error);
}

static struct list *thresholds_of(struct store *store, struct error *error)
{
	static const struct list_column columns[] = {
	    {"threshold", "", false},     {"metric", "", false}, {"stat", "", false},       {"clusterQueue", "", false},
	    {"priorityClass", "", false}, {"max", "", true},     {"value", "", true},       {"lowerBound", "", false},
	    {"holds", "", false},         {"met", "", true},     {"replications", "", true}};
	return list_of(
	    store, columns, "sssssddbbii",
	    "SELECT text, metric, stat, cluster_queue, priority_class, max, value, lower_bound, holds, met, replications"
	    " FROM threshold ORDER BY rowid",
	    error);
}

static struct list *other_sizes_of(struct store *store, struct error *error)
{
	static const struct list_column columns[] = {
	    {"factor", "", true},        {"gpus", "", true},           {"metric", "", false}, {"stat", "", false},
	    {"clusterQueue", "", false}, {"priorityClass", "", false}, {"value", "", true},   {"low", "", true},
	    {"high", "", true},          {"lowerBound", "", false}};
	return list_of(
	    store, columns, "dissssdddb",
	    "SELECT factor, gpus, metric, stat, cluster_queue, priority_class, value, low, high, lower_bound FROM size"
	    " ORDER BY rowid",
	    error);
}

/* JSON and YAML: all of it in one document. */
static bool show_document(const struct app *app, struct store *store, enum list_format format, struct error *error)
{
	struct list *head = run_of(store, error);
	struct list_member members[] = {{"figures", figures_of(store, error)},
	                                {"thresholds", thresholds_of(store, error)},
	                                {"otherSizes", other_sizes_of(store, error)}};
	bool ok = head != NULL;
	for (size_t i = 0; i < ARRAY_COUNT(members); i++)
		ok &= members[i].list != NULL;
	if (ok)
		list_print_document(head, members, ARRAY_COUNT(members), format, app->out);
	list_destroy(head);
	for (size_t i = 0; i < ARRAY_COUNT(members); i++)
		list_destroy(members[i].list);
	return ok;
}

static bool show_list(const struct app *app, struct list *list, enum list_format format)
{
	if (list)
		list_print(list, format, app->out);
	list_destroy(list);
	return list != NULL;
}

static struct list *parameters_of(struct store *store, struct error *error)
{
	static const struct list_column columns[] = {{"cluster", "CLUSTER", false},
	                                             {"parameter", "PARAMETER", false},
	                                             {"value", "VALUE", false},
	                                             {"default", "DEFAULT", false}};
	return list_of(store, columns, "ssss", "SELECT cluster, name, value, default_value FROM parameter ORDER BY rowid",
	               error);
}

static bool show(const struct app *app, struct store *store, bool defaults, enum list_format format, struct error *error)
{
	if (defaults)
		return show_list(app, parameters_of(store, error), format);
	if (format == LIST_TABLE)
		return show_summary(app, store, error);
	if (format == LIST_CSV)
		return show_list(app, figures_of(store, error), format);
	return show_document(app, store, format, error);
}

int app_show(const struct app *app, const char *run_db, bool defaults, enum list_format format)
{
	struct error error = {0};
	struct store *store;
	if (!store_open(run_db, &store, &error))
		return app_fail(app, &error);
	bool ok = show(app, store, defaults, format, &error);
	store_close(store);
	return ok ? 0 : app_fail(app, &error);
}
