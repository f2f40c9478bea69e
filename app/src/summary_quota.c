/* summary_quota.c - the summary's lines of quota, preemptions and other evictions. */
#include <math.h>

#include "app/text.h"
#include "evictions.h"
#include "summary_parts.h"

static bool has_quotas(const struct world *world)
{
	for (uint32_t i = 0; i < world->n_clusters; i++)
		if (world->clusters[i].policy == POLICY_KUEUE)
			return true;
	return false;
}

static void print_preemptions(const struct printer *p, const struct summary *s)
{
	const struct run_totals *totals = s->totals;
	static const enum reason reasons[] = {REASON_PREEMPTED_IN_CLUSTER_QUEUE, REASON_PREEMPTED_RECLAMATION,
	                                      REASON_PREEMPTED_RECLAIM_WHILE_BORROWING, REASON_PREEMPTED_FAIR_SHARING};
	static const char *const words[] = {"priority", "reclaim", "reclaim while borrowing", "fair sharing"};
	int64_t total = 0;
	for (size_t i = 0; i < ARRAY_COUNT(reasons); i++)
		total += totals->preempted_jobs[reasons[i]];
	char text[32];
	double times = kpi_value(s->kpis, kpi_all("preemptions_count", "total"));
	double share = kpi_value(s->kpis, kpi_all("preempted_ratio", "mean"));
	fputs("preempted ", p->out);
	if (share > 0)
		fprintf(p->out, "%s%% of jobs, ", text_percent(share, text));
	fprintf(p->out, "%s time%s", text_count(times, text), text_plural(times));
	const char *separator = " (";
	for (size_t i = 0; i < ARRAY_COUNT(reasons) && total > 0; i++) {
		if (totals->preempted_jobs[reasons[i]] == 0)
			continue;
		fprintf(p->out, "%s%s %.0f%%", separator, words[i],
		        100.0 * (double)totals->preempted_jobs[reasons[i]] / (double)total);
		separator = ", ";
	}
	fputs(separator[0] == ',' ? ")" : "", p->out);
	if (totals->largest_storm > 1)
		fprintf(p->out, "  largest storm %u in 10m", totals->largest_storm);
	fputs("\n", p->out);
}

/* Whatever ended a stay on nodes before its time, besides preemption. */
static void print_evictions(const struct printer *p, const struct summary *s)
{
	uint32_t shown = 0;
	for (size_t i = 0; i < EVICTION_KINDS; i++) {
		const struct eviction_kind *kind = &eviction_kinds[i];
		double count = kpi_value(s->kpis, kpi_all(kind->metric, kind->stat));
		char text[32];
		if (!kind->before || !(count > 0))
			continue;
		if (shown++ == 0)
			print_label(p, "EVICTED");
		else
			fputs(" · ", p->out);
		fprintf(p->out, "%s%s", kind->before, text_count(count, text));
		if (kind->unit)
			fprintf(p->out, " %s%s", kind->unit, text_plural(count));
	}
	fputs(shown ? "\n" : "", p->out);
}

static void print_borrowing(const struct printer *p, const struct summary *s)
{
	char text[32];
	print_label(p, "QUOTA");
	double borrowed = kpi_value(s->kpis, kpi_all("borrowed_ratio", "mean"));
	double lent = kpi_value(s->kpis, kpi_all("lent_ratio", "mean"));
	if (!isnan(borrowed))
		fprintf(p->out, "borrowed %s%% of quota in use  ", text_percent(borrowed, text));
	if (!isnan(lent))
		fprintf(p->out, "lent %s%% of nominal quota  ", text_percent(lent, text));
	print_preemptions(p, s);
	if (s->totals->loops > 0)
		fprintf(p->out, "          %u instant%s with endless passes %s cut short %s\n", s->totals->loops,
		        text_plural(s->totals->loops), s->totals->loops == 1 ? "was" : "were", mark(p, false));
}

void print_quota(const struct printer *p, const struct summary *s)
{
	if (has_quotas(s->world))
		print_borrowing(p, s);
	print_evictions(p, s);
}
