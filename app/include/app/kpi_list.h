/* kpi_list.h - all figures of a run as a list, for programs. */
#ifndef BERTH_APP_KPI_LIST_H
#define BERTH_APP_KPI_LIST_H

#include "app/list.h"
#include "sim/kpi.h"

/* One figure as stored or computed; NULL dimensions mean "all". */
struct kpi_figure {
	const char *metric, *stat;
	const char *cluster, *cluster_queue, *priority_class, *tenant, *size_class;
	double value, low, high;
	bool lower_bound;
	int64_t replications;
};

NODISCARD struct list *kpi_list_create(void);
void kpi_list_add(struct list *list, const struct kpi_figure *figure);
void kpi_list_print(const struct names *names, const struct kpi_summary *kpis, enum list_format format, FILE *out);

#endif
