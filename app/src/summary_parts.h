/* summary_parts.h - what the files of the summary share. */
#ifndef BERTH_APP_SUMMARY_PARTS_H
#define BERTH_APP_SUMMARY_PARTS_H

#include "app/summary.h"

struct printer {
	FILE *out;
	bool colour;
};

void print_label(const struct printer *p, const char *label);
const char *mark(const struct printer *p, bool good);
/* A key without dimensions: over everything. */
struct kpi_key kpi_all(const char *metric, const char *stat);
/* NAN when there is no such figure. */
double kpi_value(const struct kpi_summary *kpis, struct kpi_key key);

/* The key's figure; of a queue that several clusters have, the worst, as thresholds take it. NULL when there is none. */
const struct kpi_summary_row *find_worst(const struct kpi_summary *kpis, const struct kpi_key *key);

/* Jobs that were admitted, but whose pods were never ready: per run. */
double jobs_in_vain(const struct kpi_summary *kpis);

void print_waits(const struct printer *p, const struct summary *summary);
void print_gpu_hours(const struct printer *p, const struct summary *summary);
void print_quota(const struct printer *p, const struct summary *summary);
void print_money(const struct printer *p, const struct summary *summary);
void print_sizes(const struct printer *p, const struct summary *summary);

#endif
