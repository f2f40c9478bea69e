/* kpi_list.c - see kpi_list.h. */
#include <stdio.h>

#include "app/kpi_list.h"

static const struct list_column columns[] = {
    {"metric", "METRIC", false},
    {"stat", "STAT", false},
    {"cluster", "CLUSTER", false},
    {"clusterQueue", "CLUSTERQUEUE", false},
    {"priorityClass", "PRIORITYCLASS", false},
    {"tenant", "TENANT", false},
    {"sizeClass", "GPUS", false},
    {"value", "VALUE", true},
    {"low", "LOW", true},
    {"high", "HIGH", true},
    {"lowerBound", "LOWERBOUND", false},
    {"replications", "REPLICATIONS", true},
};

struct list *kpi_list_create(void)
{
	return list_create(columns, ARRAY_COUNT(columns));
}

static void add_value(struct list *list, double value)
{
	char text[32];
	snprintf(text, sizeof text, "%.6g", value);
	list_number(list, value, text);
}

void kpi_list_add(struct list *list, const struct kpi_figure *figure)
{
	const char *const texts[] = {figure->metric,         figure->stat,   figure->cluster,   figure->cluster_queue,
	                             figure->priority_class, figure->tenant, figure->size_class};
	for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
		list_text(list, texts[i]);
	add_value(list, figure->value);
	add_value(list, figure->low);
	add_value(list, figure->high);
	list_bool(list, figure->lower_bound);
	list_int(list, figure->replications);
}

static const char *name_or_null(const struct names *names, name_id name)
{
	return name == NO_NAME ? NULL : names_text(names, name);
}

void kpi_list_print(const struct names *names, const struct kpi_summary *kpis, enum list_format format, FILE *out)
{
	struct list *list = kpi_list_create();
	for (uint32_t i = 0; i < kpis->n_rows; i++) {
		const struct kpi_summary_row *row = &kpis->rows[i];
		const struct kpi_figure figure = {.metric = row->key.metric,
		                                  .stat = row->key.stat,
		                                  .cluster = name_or_null(names, row->key.cluster),
		                                  .cluster_queue = name_or_null(names, row->key.cluster_queue),
		                                  .priority_class = name_or_null(names, row->key.priority_class),
		                                  .tenant = name_or_null(names, row->key.tenant),
		                                  .size_class = row->key.size_class,
		                                  .value = row->value,
		                                  .low = row->low,
		                                  .high = row->high,
		                                  .lower_bound = row->lower_bound,
		                                  .replications = row->n};
		kpi_list_add(list, &figure);
	}
	list_print(list, format, out);
	list_destroy(list);
}
