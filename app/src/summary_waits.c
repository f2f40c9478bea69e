/* summary_waits.c - the summary's block of waits: one row per queue and priority class, gangs by size, time to start. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/list.h"
#include "app/text.h"
#include "summary_parts.h"

#include <glib.h> /* after base.h: both define MIN and MAX, only GLib tolerates the other */

enum { MOST_ROWS = 24, INTERVAL_COLUMN = 6, NEVER_RAN_COLUMN = 10 };

static const struct list_column columns[] = {
    {"clusterQueue", "WAIT submit→admitted", false},
    {"priorityClass", "", false},
    {"jobs", "jobs", true},
    {"p50", "p50", true},
    {"p90", "p90", true},
    {"p95", "p95", true},
    {"interval", "[95% interval]", false},
    {"p99", "p99", true},
    {"readyP95", "p95→ready", true},
    {"unstarted", "unstarted", true},
    {"neverRan", "never ran", true},
    {"causes", "time waited for", false},
};

static const struct kpi_summary_row *find_stat(const struct kpi_summary *kpis, struct kpi_key key, const char *stat)
{
	key.stat = stat;
	return kpi_find(kpis, &key);
}

static void add_quantile(struct list *list, const struct kpi_summary *kpis, struct kpi_key key, const char *stat)
{
	const struct kpi_summary_row *row = find_stat(kpis, key, stat);
	char text[32];
	list_text(list, row ? text_bounded_duration(row->value, row->lower_bound, text) : "-");
}

static void add_interval(struct list *list, const struct kpi_summary *kpis, struct kpi_key key)
{
	const struct kpi_summary_row *row = find_stat(kpis, key, "p95");
	char low[32], high[32], both[80] = "";
	if (row && !isnan(row->low))
		g_snprintf(both, sizeof both, "[%s..%s]", text_duration(MAX(row->low, 0), low), text_duration(row->high, high));
	list_text(list, both);
}

static const char *cause_text(const char *cause)
{
	static const char *const words[][2] = {{"controlPlane", "control plane"}, {"backoff", "back-off"}};
	for (size_t i = 0; i < ARRAY_COUNT(words); i++)
		if (strcmp(words[i][0], cause) == 0)
			return words[i][1];
	return cause;
}

/* Shares that round to at least 1 %, as the key figures order them. */
static void add_causes(struct list *list, const struct kpi_summary *kpis, struct kpi_key key)
{
	GString *text = g_string_new(NULL);
	for (uint32_t i = 0; i < kpis->n_rows; i++) {
		const struct kpi_summary_row *row = &kpis->rows[i];
		if (strcmp(row->key.metric, "waitCause_ratio") != 0 || row->key.cluster != key.cluster ||
		    row->key.cluster_queue != key.cluster_queue || row->key.priority_class != key.priority_class ||
		    row->key.tenant != key.tenant || row->key.size_class || !(row->value >= 0.005))
			continue;
		g_string_append_printf(text, "%s%s %.0f%%", text->len ? " " : "", cause_text(row->key.stat), 100 * row->value);
	}
	list_text(list, text->str);
	g_string_free(text, TRUE);
}

static void add_count(struct list *list, const struct kpi_summary *kpis, struct kpi_key key, const char *stat)
{
	char text[32];
	key.metric = "jobs_count";
	key.stat = stat;
	list_text(list, text_count(kpi_value(kpis, key), text));
}

static void add_row(struct list *list, const struct summary *s, struct kpi_key key, const char *name, const char *class_name)
{
	char indented[TEXT_NAME_SIZE + 2];
	g_snprintf(indented, sizeof indented, "  %s", name);
	list_text(list, indented);
	list_text(list, class_name);
	add_count(list, s->kpis, key, "submitted");
	add_quantile(list, s->kpis, key, "p50");
	add_quantile(list, s->kpis, key, "p90");
	add_quantile(list, s->kpis, key, "p95");
	add_interval(list, s->kpis, key);
	add_quantile(list, s->kpis, key, "p99");
	key.metric = "readyTime_us";
	add_quantile(list, s->kpis, key, "p95");
	add_count(list, s->kpis, key, "unstarted");
	if (jobs_in_vain(s->kpis) > 0)
		add_count(list, s->kpis, key, "neverRan");
	else
		list_text(list, "");
	add_causes(list, s->kpis, key);
}

static bool is_queue_row(const struct kpi_summary_row *row)
{
	return strcmp(row->key.metric, "waitTime_us") == 0 && strcmp(row->key.stat, "p95") == 0 &&
	       row->key.cluster_queue != NO_NAME && row->key.tenant == NO_NAME && !row->key.size_class;
}

/* One number for a queue of a cluster, as a key of a hash table. */
static gpointer queue_key(const struct kpi_key *key)
{
	_Static_assert(sizeof(gsize) >= 2 * sizeof(name_id), "two names fit");
	return GSIZE_TO_POINTER((gsize)key->cluster << 32 | key->cluster_queue);
}

/* Queue -> how many priority classes it has. */
static GHashTable *count_classes(const struct kpi_summary *kpis)
{
	GHashTable *counts = g_hash_table_new(NULL, NULL);
	for (uint32_t i = 0; i < kpis->n_rows; i++) {
		gpointer key = queue_key(&kpis->rows[i].key);
		if (is_queue_row(&kpis->rows[i]) && kpis->rows[i].key.priority_class != NO_NAME)
			g_hash_table_insert(counts, key, GUINT_TO_POINTER(GPOINTER_TO_UINT(g_hash_table_lookup(counts, key)) + 1));
	}
	return counts;
}

/* Is there a threshold for this queue and class? */
static bool is_named(const struct world *world, const struct kpi_key *key)
{
	for (uint32_t i = 0; i < world->n_thresholds; i++)
		if (world->thresholds[i].cluster_queue == key->cluster_queue &&
		    world->thresholds[i].priority_class == key->priority_class)
			return true;
	return false;
}

/* A queue with several classes shows them; one with a single class shows itself; what a threshold names is shown. */
static bool is_shown(const struct summary *s, GHashTable *class_counts, const struct kpi_summary_row *row)
{
	if (!is_queue_row(row))
		return false;
	bool several = GPOINTER_TO_UINT(g_hash_table_lookup(class_counts, queue_key(&row->key))) > 1;
	return several == (row->key.priority_class != NO_NAME) || is_named(s->world, &row->key);
}

struct shown_row {
	const struct kpi_key *key;
	const char *cluster, *queue, *class_name;
	double p95;
	bool named;
};

/* What thresholds name, then the longest p95; rows without any wait last. */
static int by_importance(const void *a, const void *b)
{
	const struct shown_row *left = a, *right = b;
	if (left->named != right->named)
		return left->named ? -1 : 1;
	double x = isnan(left->p95) ? -1 : left->p95, y = isnan(right->p95) ? -1 : right->p95;
	return x != y ? (x > y ? -1 : 1) : (left->key > right->key) - (left->key < right->key);
}

static int by_name(const void *a, const void *b)
{
	const struct shown_row *left = a, *right = b;
	int order = text_natural_order(left->cluster, right->cluster);
	if (order == 0)
		order = text_natural_order(left->queue, right->queue);
	return order ? order : text_natural_order(left->class_name, right->class_name);
}

/* The most important rows, in order of cluster, queue and class; to be freed. */
static struct shown_row *choose_rows(const struct summary *s, uint32_t *ret_count, uint32_t *ret_left_out)
{
	const struct names *names = s->world->names;
	struct shown_row *rows = xcalloc(s->kpis->n_rows, sizeof *rows);
	GHashTable *class_counts = count_classes(s->kpis);
	uint32_t n = 0;
	for (uint32_t i = 0; i < s->kpis->n_rows; i++) {
		const struct kpi_summary_row *row = &s->kpis->rows[i];
		if (is_shown(s, class_counts, row))
			rows[n++] = (struct shown_row){&row->key,
			                               names_text(names, row->key.cluster),
			                               names_text(names, row->key.cluster_queue),
			                               names_text(names, row->key.priority_class),
			                               row->value,
			                               is_named(s->world, &row->key)};
	}
	g_hash_table_destroy(class_counts);
	qsort(rows, n, sizeof *rows, by_importance);
	*ret_count = MIN(n, MOST_ROWS);
	*ret_left_out = n - *ret_count;
	qsort(rows, *ret_count, sizeof *rows, by_name);
	return rows;
}

static void add_queues(struct list *list, const struct summary *s, uint32_t *ret_left_out)
{
	uint32_t count;
	struct shown_row *rows = choose_rows(s, &count, ret_left_out);
	for (uint32_t i = 0; i < count; i++) {
		char name[TEXT_NAME_SIZE];
		text_in_cluster(rows[i].cluster, rows[i].queue, s->world->n_clusters, name);
		add_row(list, s, *rows[i].key, name, rows[i].class_name);
	}
	free(rows);
}

static void print_gangs(const struct printer *p, const struct summary *s)
{
	GString *line = g_string_new(NULL);
	char a[32], b[32];
	for (size_t i = 0; i < SIZE_CLASSES; i++) {
		struct kpi_key key = kpi_all("waitTime_us", "p95");
		key.size_class = size_classes[i].name;
		const struct kpi_summary_row *row = kpi_find(s->kpis, &key);
		if (row && !isnan(row->value))
			g_string_append_printf(line, "%s%s GPUs p95 %s", line->len ? " · " : "gang ", size_classes[i].shown,
			                       text_bounded_duration(row->value, row->lower_bound, a));
	}
	struct kpi_key start = kpi_all("podsStart_us", "p50");
	const struct kpi_summary_row *p50 = kpi_find(s->kpis, &start), *p95 = find_stat(s->kpis, start, "p95");
	if (p50 && p95 && !isnan(p50->value))
		g_string_append_printf(line, "%sadmitted→pods ready p50 %s p95 %s", line->len ? "   " : "",
		                       text_bounded_duration(p50->value, p50->lower_bound, a),
		                       text_bounded_duration(p95->value, p95->lower_bound, b));
	if (line->len > 0)
		fprintf(p->out, "  %s\n", line->str);
	g_string_free(line, TRUE);
}

/* Is any of the times that a summary shows a lower bound? */
static bool any_bound(const struct kpi_summary *kpis)
{
	for (uint32_t i = 0; i < kpis->n_rows; i++) {
		const struct kpi_summary_row *row = &kpis->rows[i];
		bool shown = strcmp(row->key.metric, "waitTime_us") == 0 || strcmp(row->key.metric, "readyTime_us") == 0 ||
		             strcmp(row->key.metric, "podsStart_us") == 0;
		if (shown && row->lower_bound && row->key.stat[0] == 'p')
			return true;
	}
	return false;
}

/* Once for the whole summary, so the other sizes count too. */
static void explain_bounds(const struct printer *p, const struct summary *s)
{
	bool bound = any_bound(s->kpis);
	for (uint32_t i = 0; i < s->n_sizes && !bound; i++)
		bound = any_bound(s->sizes[i].kpis);
	if (bound)
		fputs("  > at least: jobs that had not started at the end count with the time that they had waited by then\n",
		      p->out);
}

/* One replication has no intervals: where no row has one, the column's heading stays empty too. */
static bool has_intervals(const struct summary *s)
{
	for (uint32_t i = 0; i < s->kpis->n_rows; i++) {
		const struct kpi_summary_row *row = &s->kpis->rows[i];
		if (strcmp(row->key.metric, "waitTime_us") == 0 && strcmp(row->key.stat, "p95") == 0 && !row->key.size_class &&
		    row->key.tenant == NO_NAME && !isnan(row->low))
			return true;
	}
	return false;
}

void print_waits(const struct printer *p, const struct summary *s)
{
	struct list_column shown[ARRAY_COUNT(columns)];
	memcpy(shown, columns, sizeof shown);
	if (!has_intervals(s))
		shown[INTERVAL_COLUMN].heading = "";
	if (!(jobs_in_vain(s->kpis) > 0))
		shown[NEVER_RAN_COLUMN].heading = "";
	struct list *list = list_create(shown, ARRAY_COUNT(columns));
	uint32_t left_out;
	add_queues(list, s, &left_out);
	add_row(list, s, kpi_all("waitTime_us", "p95"), "all", "");
	fputs("\n", p->out);
	list_print(list, LIST_TABLE, p->out);
	list_destroy(list);
	if (left_out > 0)
		fprintf(p->out, "  the longest p95 of %u rows; all: berth show RUN.db -o csv\n", left_out + MOST_ROWS);
	print_gangs(p, s);
	explain_bounds(p, s);
}
