/* summary_sizes.c - the summary's line of other sizes: the same work on node pools and nominal quotas scaled together. */
#include <math.h>
#include <string.h>

#include "app/text.h"
#include "summary_parts.h"

#include <glib.h> /* after base.h: both define MIN and MAX, only GLib tolerates the other */

enum { COLUMN = 9 };

static void print_cell(const struct printer *p, const char *text)
{
	fprintf(p->out, "%*s%s", (int)(COLUMN - g_utf8_strlen(text, -1)), "", text);
}

static void print_heading(const struct printer *p, const struct summary *s)
{
	fputs("\n", p->out);
	fprintf(p->out, "%s%-30s%s", p->colour ? "\x1b[1m" : "", "SAME WORK, OTHER SIZES", p->colour ? "\x1b[0m" : "");
	for (uint32_t i = 0; i < s->n_sizes; i++) {
		char text[32];
		text_size(s->sizes[i].factor, text);
		print_cell(p, *text ? text : "now");
	}
	fputs("\n  GPUs                        ", p->out);
	for (uint32_t i = 0; i < s->n_sizes; i++) {
		char text[32];
		print_cell(p, text_count((double)s->sizes[i].gpus, text));
	}
	fputs("\n", p->out);
}

static void print_wait_row(const struct printer *p, const struct summary *s, struct kpi_key key)
{
	const struct names *names = s->world->names;
	char label[64];
	if (key.cluster_queue == NO_NAME && key.priority_class == NO_NAME)
		g_snprintf(label, sizeof label, "%s wait, all jobs", key.stat);
	else
		g_snprintf(label, sizeof label, "%s wait %s%s%s", key.stat, names_text(names, key.cluster_queue),
		           key.cluster_queue && key.priority_class ? "/" : "", names_text(names, key.priority_class));
	fprintf(p->out, "  %-28s", label);
	for (uint32_t i = 0; i < s->n_sizes; i++) {
		const struct kpi_summary_row *row = find_worst(s->sizes[i].kpis, &key);
		char text[32];
		print_cell(p, row ? text_bounded_duration(row->value, row->lower_bound, text) : "-");
	}
	fputs("\n", p->out);
}

static void print_row(const struct printer *p, const struct summary *s, const char *label, struct kpi_key key,
                      char *format(double value, char out[32]))
{
	fprintf(p->out, "  %-28s", label);
	for (uint32_t i = 0; i < s->n_sizes; i++) {
		char text[32];
		print_cell(p, format(kpi_value(s->sizes[i].kpis, key), text));
	}
	fputs("\n", p->out);
}

static bool any_unstarted(const struct summary *s)
{
	for (uint32_t i = 0; i < s->n_sizes; i++)
		if (kpi_value(s->sizes[i].kpis, kpi_all("jobs_count", "unstarted")) > 0)
			return true;
	return false;
}

static bool any_in_vain(const struct summary *s)
{
	for (uint32_t i = 0; i < s->n_sizes; i++)
		if (jobs_in_vain(s->sizes[i].kpis) > 0)
			return true;
	return false;
}

/* All jobs, and those that thresholds ask about. */
static void print_wait_rows(const struct printer *p, const struct summary *s)
{
	print_wait_row(p, s, kpi_all("waitTime_us", "p95"));
	for (uint32_t i = 0; i < s->world->n_thresholds; i++) {
		const struct threshold *threshold = &s->world->thresholds[i];
		if (threshold->metric != METRIC_WAIT_TIME)
			continue;
		struct kpi_key key = kpi_all("waitTime_us", threshold_stat_names[threshold->stat]);
		key.cluster_queue = threshold->cluster_queue;
		key.priority_class = threshold->priority_class;
		if (key.cluster_queue != NO_NAME || key.priority_class != NO_NAME || threshold->stat != STAT_P95)
			print_wait_row(p, s, key);
	}
}

static bool asks_for(const struct world *world, enum threshold_metric metric)
{
	for (uint32_t i = 0; i < world->n_thresholds; i++)
		if (world->thresholds[i].metric == metric)
			return true;
	return false;
}

void print_sizes(const struct printer *p, const struct summary *s)
{
	if (s->sizes_interrupted)
		fprintf(p->out, "\n%s%-30s%s left out: interrupted before they were done\n", p->colour ? "\x1b[1m" : "",
		        "SAME WORK, OTHER SIZES", p->colour ? "\x1b[0m" : "");
	if (s->n_sizes == 0)
		return;
	print_heading(p, s);
	print_wait_rows(p, s);
	if (any_unstarted(s))
		print_row(p, s, "unstarted", kpi_all("jobs_count", "unstarted"), text_count);
	if (any_in_vain(s))
		print_row(p, s, "never ran", kpi_all("jobs_count", "neverRan"), text_count);
	if (asks_for(s->world, METRIC_LOST_TO_PREEMPTION_SHARE))
		print_row(p, s, "lost to preemption %", kpi_all("gpuHours_ratio", gpu_time_names[GPU_LOST_TO_PREEMPTION]),
		          text_percent);
	if (asks_for(s->world, METRIC_UTILISATION))
		print_row(p, s, "utilisation %", kpi_all("utilisation_ratio", "mean"), text_percent);
	if (s->totals->priced) {
		char label[32];
		g_snprintf(label, sizeof label, "paid %s", s->world->currency);
		print_row(p, s, label, kpi_all("paid_micro", "total"), text_money);
	}
}
