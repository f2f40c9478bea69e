/* kpi_summary.c - key figures over replications, and the scenario's thresholds; see sim/kpi.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "base/digest.h"
#include "base/vec.h"
#include "sim/kpi.h"

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_key(const struct kpi_key *a, const struct kpi_key *b)
{
	return a->cluster == b->cluster && a->cluster_queue == b->cluster_queue && a->priority_class == b->priority_class &&
	       a->tenant == b->tenant && same_text(a->size_class, b->size_class) && same_text(a->stat, b->stat) &&
	       same_text(a->metric, b->metric);
}

static uint64_t hash_key(const struct kpi_key *key)
{
	uint64_t hash = digest_add(digest_add(0, key->cluster), key->cluster_queue);
	hash = digest_add(digest_add(hash, key->priority_class), key->tenant);
	hash = digest_add(hash, fnv1a_64(key->metric, strlen(key->metric)));
	return digest_add(hash, fnv1a_64(key->stat, strlen(key->stat)));
}

/* Sums of one row over the tables, in their order. */
struct sums {
	double sum, squares; /* squares: of the differences from `first` */
	double first;
	uint64_t n_open, n_beyond;
	uint32_t next; /* in the hash chain */
};

struct summarise {
	struct {
		VEC_FIELDS(struct kpi_summary_row);
	} rows;
	struct {
		VEC_FIELDS(struct sums);
	} sums;
	uint32_t *slots; /* power of two; NONE = empty */
	uint32_t n_slots;
};

static uint32_t find_row(struct summarise *s, const struct kpi_key *key)
{
	uint32_t *slot = &s->slots[hash_key(key) & (s->n_slots - 1)];
	for (uint32_t i = *slot; i != NONE; i = s->sums.items[i].next)
		if (same_key(&s->rows.items[i].key, key))
			return i;
	*VEC_PUSH(&s->rows) = (struct kpi_summary_row){.key = *key, .value = NAN, .low = NAN, .high = NAN};
	*VEC_PUSH(&s->sums) = (struct sums){.next = *slot};
	return *slot = s->rows.count - 1;
}

static void take(struct summarise *s, const struct kpi_row *row)
{
	uint32_t index = find_row(s, &row->key);
	struct kpi_summary_row *summary = &s->rows.items[index];
	struct sums *sums = &s->sums.items[index];
	if (isnan(row->value))
		return;
	sums->n_open += row->n_open;
	sums->n_beyond += row->n_beyond;
	if (summary->n++ == 0)
		sums->first = row->value;
	double shifted = row->value - sums->first;
	sums->sum += shifted;
	sums->squares += shifted * shifted;
}

/* Figures of a run are times, counts, shares and amounts; only a difference between two runs can be negative. */
static bool can_be_negative(const struct kpi_key *key)
{
	return strcmp(key->metric, "difference") == 0;
}

/* Shares of a whole; a slowdown is a ratio, too, but none of those. */
static bool is_share(const struct kpi_key *key)
{
	size_t length = strlen(key->metric), suffix = strlen("_ratio");
	return length > suffix && strcmp(key->metric + length - suffix, "_ratio") == 0 &&
	       strcmp(key->metric, "boundedSlowdown_ratio") != 0;
}

/* Mean and the 95 % interval of Student's t, cut where values beyond do not exist. */
static void conclude(struct kpi_summary_row *row, const struct sums *sums)
{
	if (row->n == 0)
		return;
	double n = row->n, mean = sums->sum / n;
	row->value = sums->first + mean;
	row->lower_bound = kpi_is_bound(sums->n_open, sums->n_beyond);
	if (row->n == 1)
		return;
	double variance = fmax(0, (sums->squares - n * mean * mean) / (n - 1));
	double half = gsl_cdf_tdist_Pinv(0.975, n - 1) * sqrt(variance / n);
	row->low = row->value - half;
	row->high = row->value + half;
	if (row->low < 0 && !can_be_negative(&row->key))
		row->low = 0;
	if (row->high > 1 && is_share(&row->key))
		row->high = 1;
}

struct kpi_summary *kpi_summarise(const struct kpi_table *const *tables, uint32_t n_tables)
{
	struct summarise s = {.n_slots = 1024};
	for (uint32_t t = 0; t < n_tables; t++)
		while (s.n_slots < tables[t]->n_rows)
			s.n_slots *= 2;
	s.slots = xcalloc(s.n_slots, sizeof *s.slots);
	memset(s.slots, 0xff, s.n_slots * sizeof *s.slots);
	for (uint32_t t = 0; t < n_tables; t++)
		for (uint32_t i = 0; i < tables[t]->n_rows; i++)
			take(&s, &tables[t]->rows[i]);
	for (uint32_t i = 0; i < s.rows.count; i++)
		conclude(&s.rows.items[i], &s.sums.items[i]);
	struct kpi_summary *summary = xcalloc(1, sizeof *summary);
	summary->rows = s.rows.items;
	summary->n_rows = s.rows.count;
	VEC_FREE(&s.sums);
	free(s.slots);
	return summary;
}

void kpi_summary_free(struct kpi_summary *summary)
{
	if (!summary)
		return;
	free(summary->rows);
	free(summary);
}

const struct kpi_summary_row *kpi_find(const struct kpi_summary *summary, const struct kpi_key *key)
{
	for (uint32_t i = 0; i < summary->n_rows; i++)
		if (same_key(&summary->rows[i].key, key))
			return &summary->rows[i];
	return NULL;
}

/* ---- Thresholds ---- */

static void key_of(const struct threshold *threshold, const char **ret_metric, const char **ret_stat)
{
	static const char *const stats[] = {[STAT_MEAN] = "mean", [STAT_P50] = "p50", [STAT_P90] = "p90",
	                                    [STAT_P95] = "p95",   [STAT_P99] = "p99", [STAT_MAX] = "max"};
	switch (threshold->metric) {
	case METRIC_WAIT_TIME:
		*ret_metric = "waitTime_us";
		*ret_stat = stats[threshold->stat];
		return;
	case METRIC_LOST_TO_PREEMPTION_SHARE:
		*ret_metric = "gpuHours_ratio";
		*ret_stat = gpu_time_names[GPU_LOST_TO_PREEMPTION];
		return;
	case METRIC_PAID:
		*ret_metric = "paid_micro";
		*ret_stat = "total";
		return;
	case METRIC_UNSTARTED:
		*ret_metric = "jobs_count";
		*ret_stat = "unstarted";
		return;
	case METRIC_UTILISATION:
		*ret_metric = "utilisation_ratio";
		*ret_stat = "mean";
		return;
	}
}

/* A threshold names queues and classes, not clusters: where several clusters have the queue, the worst counts. */
static const struct kpi_row *worst_in(const struct kpi_table *table, const struct threshold *threshold)
{
	const char *metric = NULL, *stat = NULL;
	const struct kpi_row *worst = NULL;
	key_of(threshold, &metric, &stat);
	for (uint32_t i = 0; i < table->n_rows; i++) {
		const struct kpi_key *key = &table->rows[i].key;
		if (key->cluster_queue != threshold->cluster_queue || key->priority_class != threshold->priority_class ||
		    key->tenant != NO_NAME || key->size_class || (key->cluster_queue == NO_NAME && key->cluster != NO_NAME) ||
		    !same_text(key->metric, metric) || !same_text(key->stat, stat))
			continue;
		if (!isnan(table->rows[i].value) && (!worst || table->rows[i].value > worst->value))
			worst = &table->rows[i];
	}
	return worst;
}

void kpi_thresholds(const struct world *world, const struct kpi_table *const *tables, uint32_t n_tables,
                    struct threshold_result *ret_results)
{
	for (uint32_t t = 0; t < world->n_thresholds; t++) {
		const struct threshold *threshold = &world->thresholds[t];
		double sum = 0;
		uint32_t observed = 0, met = 0;
		for (uint32_t i = 0; i < n_tables; i++) {
			const struct kpi_row *row = worst_in(tables[i], threshold);
			if (!row)
				continue;
			sum += row->value;
			observed++;
			met += row->value <= threshold->max && !kpi_is_bound(row->n_open, row->n_beyond);
		}
		ret_results[t] = (struct threshold_result){threshold, observed ? sum / observed : NAN, met, n_tables};
	}
}
