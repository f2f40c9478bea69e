/* summary_money.c - the summary's block of money: what was paid, for what, and who is charged. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/text.h"
#include "base/money.h"
#include "summary_parts.h"

enum { MOST_PAYERS = 12 };

/* Charges of one tenant, or of one queue where there are no tenants. */
static bool is_payer(const struct kpi_summary_row *row, bool by_tenant)
{
	name_id who = by_tenant ? row->key.tenant : row->key.cluster_queue;
	name_id other = by_tenant ? row->key.cluster_queue : row->key.tenant;
	return strcmp(row->key.metric, "charged_micro") == 0 && who != NO_NAME && other == NO_NAME && !row->key.priority_class &&
	       !row->key.size_class && row->value > 0;
}

static int larger_first(const void *a, const void *b)
{
	const struct kpi_summary_row *left = *(const struct kpi_summary_row *const *)a,
	                             *right = *(const struct kpi_summary_row *const *)b;
	if (left->value != right->value)
		return left->value > right->value ? -1 : 1;
	return (left > right) - (left < right);
}

static void print_payer(const struct printer *p, const struct summary *s, const struct kpi_summary_row *row, bool by_tenant)
{
	char charged[32], borrowed[32], lost[32];
	struct kpi_key key = row->key;
	key.metric = "borrowed_micro";
	double borrowed_micro = kpi_value(s->kpis, key);
	key.metric = "lost_micro";
	double lost_micro = kpi_value(s->kpis, key);
	fprintf(p->out, "%s %s", names_text(s->world->names, by_tenant ? row->key.tenant : row->key.cluster_queue),
	        text_money(row->value, charged));
	if (borrowed_micro > 0 || lost_micro > 0)
		fprintf(p->out, " (borrowed %s, lost %s)", text_money(borrowed_micro, borrowed), text_money(lost_micro, lost));
}

static void print_payers(const struct printer *p, const struct summary *s)
{
	bool by_tenant = s->world->n_tenants > 0;
	const struct kpi_summary_row **payers = xcalloc(s->kpis->n_rows, sizeof *payers);
	uint32_t count = 0;
	for (uint32_t i = 0; i < s->kpis->n_rows; i++)
		if (is_payer(&s->kpis->rows[i], by_tenant))
			payers[count++] = &s->kpis->rows[i];
	qsort(payers, count, sizeof *payers, larger_first);
	for (uint32_t i = 0; i < MIN(count, MOST_PAYERS); i++) {
		fputs(i == 0 ? "  " : " · ", p->out);
		print_payer(p, s, payers[i], by_tenant);
	}
	if (count > MOST_PAYERS)
		fprintf(p->out, " · and %u more", count - MOST_PAYERS);
	fputs(count ? "\n" : "", p->out);
	free(payers);
}

void print_money(const struct printer *p, const struct summary *s)
{
	const struct run_totals *totals = s->totals;
	print_label(p, "MONEY");
	if (!totals->priced) {
		fputs("no price in this input\n", p->out);
		return;
	}
	const charge parts[] = {totals->charged / totals->replications, totals->idle / totals->replications,
	                        totals->down / totals->replications};
	int64_t micro[3];
	char shown[3][32], paid[32], each[32];
	charge_split(parts, 3, micro);
	text_money_split(micro, 3, shown, paid);
	fprintf(p->out, "%s paid %s = charged %s + idle %s + down %s %s", s->world->currency, paid, shown[0], shown[1], shown[2],
	        mark(p, true));
	double per_hour = kpi_value(s->kpis, kpi_all("perProductiveGpuHour_micro", "mean"));
	if (!isnan(per_hour))
		fprintf(p->out, "   per productive GPU-hour %s", text_money(per_hour, each));
	fputs("\n", p->out);
	print_payers(p, s);
}
