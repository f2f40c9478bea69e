/* summary_money.c - the summary's block of money: what was paid, for what, and who is charged. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/list.h"
#include "app/text.h"
#include "base/money.h"
#include "summary_parts.h"

enum { MOST_PAYERS = 12, LEAST_MICRO = 10000 /* a hundredth: less is not shown */ };

struct payer {
	const char *name;
	double charged, borrowed, lost;
};

static struct payer payer_of(const struct kpi_summary *kpis, struct kpi_key key, const char *name)
{
	struct payer payer = {.name = name, .charged = kpi_value(kpis, key)};
	key.metric = "borrowed_micro";
	payer.borrowed = fmax(kpi_value(kpis, key), 0);
	key.metric = "lost_micro";
	payer.lost = fmax(kpi_value(kpis, key), 0);
	return payer;
}

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
	const struct payer *left = a, *right = b;
	if (left->charged != right->charged)
		return left->charged > right->charged ? -1 : 1;
	return text_natural_order(left->name, right->name);
}

static struct payer sum_of(const struct payer *payers, uint32_t count)
{
	struct payer sum = {0};
	for (uint32_t i = 0; i < count; i++) {
		sum.charged += payers[i].charged;
		sum.borrowed += payers[i].borrowed;
		sum.lost += payers[i].lost;
	}
	return sum;
}

static struct payer nobody_of(const struct kpi_summary *kpis, const struct payer *payers, uint32_t count)
{
	struct payer all = payer_of(kpis, kpi_all("charged_micro", "total"), NULL), somebody = sum_of(payers, count);
	return (struct payer){.charged = all.charged - somebody.charged,
	                      .borrowed = fmax(all.borrowed - somebody.borrowed, 0),
	                      .lost = fmax(all.lost - somebody.lost, 0)};
}

static void add_payer(struct list *list, const struct payer *payer, const char *name, double largest)
{
	char text[32], indented[160];
	snprintf(indented, sizeof indented, "  %s", name);
	list_text(list, indented);
	list_text(list, text_money_like(payer->charged, largest, text));
	list_text(list, text_money_like(payer->borrowed, largest, text));
	list_text(list, text_money_like(payer->lost, largest, text));
}

static uint32_t read_payers(const struct summary *s, bool by_tenant, struct payer *ret_payers)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < s->kpis->n_rows; i++) {
		const struct kpi_key *key = &s->kpis->rows[i].key;
		name_id who = by_tenant ? key->tenant : key->cluster_queue;
		if (is_payer(&s->kpis->rows[i], by_tenant))
			ret_payers[count++] = payer_of(s->kpis, *key, names_text(s->world->names, who));
	}
	qsort(ret_payers, count, sizeof *ret_payers, larger_first);
	return count;
}

/* The largest payers, largest first; then in one row each the others, and what belongs to nobody: all that was charged. */
static void print_payers(const struct printer *p, const struct summary *s)
{
	bool by_tenant = s->world->n_tenants > 0;
	const struct list_column columns[] = {{"who", by_tenant ? "  tenant" : "  queue", false},
	                                      {"charged", "charged", true},
	                                      {"borrowed", "on borrowed quota", true},
	                                      {"lost", "of work lost", true}};
	struct payer *payers = xcalloc(s->kpis->n_rows, sizeof *payers);
	uint32_t count = read_payers(s, by_tenant, payers), shown = MIN(count, MOST_PAYERS);
	struct payer others = sum_of(payers + shown, count - shown), nobody = nobody_of(s->kpis, payers, count);
	struct list *list = list_create(columns, ARRAY_COUNT(columns));
	double largest = fmax(count ? payers[0].charged : 0, nobody.charged);
	char name[32];
	for (uint32_t i = 0; i < shown; i++)
		add_payer(list, &payers[i], payers[i].name, largest);
	snprintf(name, sizeof name, "%u other%s", count - shown, text_plural(count - shown));
	if (count > shown)
		add_payer(list, &others, name, largest);
	if (nobody.charged >= LEAST_MICRO)
		add_payer(list, &nobody, by_tenant ? "no tenant" : "no queue", largest);
	if (count > 0 || nobody.charged >= LEAST_MICRO)
		list_print(list, LIST_TABLE, p->out);
	list_destroy(list);
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
