/* summary.c - see summary.h. One function per line or block of the summary, in the order in which they are printed; the
 * larger blocks (waits, GPU-hours and quota, money, other sizes) have files of their own, summary_*.c. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "app/text.h"
#include "base/error.h"
#include "base/instant.h"
#include "base/money.h"
#include "summary_parts.h"

/* ---- printing ---- */

void print_label(const struct printer *p, const char *label)
{
	fprintf(p->out, "%s%-10s%s", p->colour ? "\x1b[1m" : "", label, p->colour ? "\x1b[0m" : "");
}

const char *mark(const struct printer *p, bool good)
{
	if (p->colour)
		return good ? "\x1b[32m✓\x1b[0m" : "\x1b[31m✗\x1b[0m";
	return good ? "✓" : "✗";
}

struct kpi_key kpi_all(const char *metric, const char *stat)
{
	return (struct kpi_key){.metric = metric, .stat = stat};
}

double kpi_value(const struct kpi_summary *kpis, struct kpi_key key)
{
	const struct kpi_summary_row *row = kpi_find(kpis, &key);
	return row ? row->value : NAN;
}

const struct kpi_summary_row *find_worst(const struct kpi_summary *kpis, const struct kpi_key *key)
{
	const struct kpi_summary_row *worst = NULL;
	if (key->cluster_queue == NO_NAME)
		return kpi_find(kpis, key);
	for (uint32_t i = 0; i < kpis->n_rows; i++) {
		const struct kpi_summary_row *row = &kpis->rows[i];
		if (row->key.cluster_queue == key->cluster_queue && row->key.priority_class == key->priority_class &&
		    row->key.tenant == NO_NAME && !row->key.size_class && strcmp(row->key.metric, key->metric) == 0 &&
		    strcmp(row->key.stat, key->stat) == 0 && (!worst || row->value > worst->value))
			worst = row;
	}
	return worst;
}

double jobs_in_vain(const struct kpi_summary *kpis)
{
	return kpi_value(kpis, kpi_all("jobs_count", "neverRan")) - kpi_value(kpis, kpi_all("jobs_count", "unstarted"));
}

/* ---- the world and the input ---- */

const char *input_name(const struct world *world, const char *path)
{
	const char *slash = strrchr(world->file, '/');
	size_t folder = slash ? (size_t)(slash - world->file) + 1 : 0;
	if (strncmp(path, world->file, folder) == 0)
		return path + folder;
	const char *name = strrchr(path, '/');
	return name ? name + 1 : path;
}

static void print_partial(const struct printer *p, const struct summary *s)
{
	char until[32];
	fprintf(p->out, "%sPARTIAL RUN%s  interrupted ", p->colour ? "\x1b[31m" : "", p->colour ? "\x1b[0m" : "");
	if (s->end_us < s->world->duration_us)
		fprintf(p->out, "%s after the start of its first replication\n", duration_format(s->end_us, until));
	else
		fprintf(p->out, "after %u of %u replications\n", s->replications, s->world->replications);
}

static void print_heading(const struct printer *p, const struct summary *s)
{
	fprintf(p->out, "berth %s  %s  seed %" PRIu64 "  %u replication%s  digest %016" PRIx64, BERTH_VERSION, s->file, s->seed,
	        s->replications, s->replications == 1 ? "" : "s", s->totals->digest);
	fprintf(p->out, "  inputs sha256 %.12s (%u file%s)\n", s->inputs_sha256, s->n_inputs, s->n_inputs == 1 ? "" : "s");
	if (s->partial)
		print_partial(p, s);
	if (s->world->question) {
		print_label(p, "Question");
		fprintf(p->out, "%s\n", s->world->question);
	}
}

/* "H100-80GB-HBM3" of "NVIDIA-H100-80GB-HBM3". */
static const char *short_product(const char *product)
{
	static const char *const vendors[] = {"NVIDIA-", "AMD-", "Intel-"};
	for (size_t i = 0; i < ARRAY_COUNT(vendors); i++)
		if (strncmp(product, vendors[i], strlen(vendors[i])) == 0)
			return product + strlen(vendors[i]);
	return product;
}

static void write_pools(const struct world *world, const struct cluster *cluster, FILE *out)
{
	int64_t nodes = 0, gpus = 0;
	for (uint32_t i = 0; i < cluster->n_pools; i++) {
		nodes += cluster->pools[i].nodes;
		gpus += node_pool_gpus(&cluster->pools[i]);
	}
	char nodes_text[32], gpus_text[32];
	fprintf(out, "%s %s node%s, %s GPU%s", names_text(world->names, cluster->name), text_count((double)nodes, nodes_text),
	        text_plural((double)nodes), text_count((double)gpus, gpus_text), text_plural((double)gpus));
	const char *separator = " (";
	for (uint32_t i = 0; i < cluster->n_pools; i++) {
		const struct node_pool *pool = &cluster->pools[i];
		if (node_pool_gpus(pool) == 0)
			continue;
		const char *product = names_text(world->names, pool->gpu_product);
		fprintf(out, "%s%s %s %s", separator, text_count((double)node_pool_gpus(pool), gpus_text),
		        *product ? short_product(product) : "GPUs", capacity_type_names[pool->capacity_type]);
		separator = ", ";
	}
	fputs(separator[0] == ',' ? ")" : "", out);
}

/* Logs of machines without GPUs count processors. A trace of the command line has no format yet, but a name. */
static bool counts_processors(const struct world *world)
{
	for (uint32_t i = 0; i < world->n_traces; i++)
		if (world->traces[i].format == TRACE_SWF || strstr(world->traces[i].path, ".swf"))
			return true;
	return false;
}

void summary_write_world(const struct world *world, uint32_t index, FILE *out)
{
	const struct cluster *cluster = &world->clusters[index];
	write_pools(world, cluster, out);
	if (cluster->policy == POLICY_KUEUE)
		fprintf(out, ", Kueue %s rules, %u ClusterQueue%s", cluster->kueue_version, cluster->kueue->n_cluster_queues,
		        text_plural(cluster->kueue->n_cluster_queues));
	else
		fprintf(out, ", policy %s", policy_names[cluster->policy]);
	if (counts_processors(world))
		fputs("; \"GPUs\" are the processors of the SWF trace", out);
}

static void print_world(const struct printer *p, const struct world *world)
{
	for (uint32_t i = 0; i < world->n_clusters; i++) {
		print_label(p, i == 0 ? "World" : "");
		summary_write_world(world, i, p->out);
		fputs("\n", p->out);
	}
}

static int64_t local_unix_s(const struct world *world, int64_t us)
{
	int64_t offset_s = 0;
	for (uint32_t i = 0; i < world->n_zone_offsets && world->zone_offsets[i].start_us <= us; i++)
		offset_s = world->zone_offsets[i].offset_s;
	return world->epoch_unix_s + us / US_PER_S + offset_s;
}

static void print_period(const struct printer *p, const struct summary *s)
{
	const struct world *world = s->world;
	char first[32], last[32], span[32], warmup[32];
	print_label(p, "Period");
	fprintf(p->out, "%s..%s %s (%s)", text_day(local_unix_s(world, 0), first),
	        text_day(local_unix_s(world, MAX(world->duration_us - 1, 0)), last), world->time_zone ? world->time_zone : "UTC",
	        duration_format(world->duration_us, span));
	if (world->warmup_us > 0)
		fprintf(p->out, ", first %s left out as warm-up", duration_format(world->warmup_us, warmup));
	if (s->wall_s >= 0)
		fprintf(p->out, "           simulated in %.1f s", s->wall_s);
	fputs("\n", p->out);
}

/* What changes within the period, a line for each moment. */
static void print_changes(const struct printer *p, const struct world *world)
{
	uint32_t shown = 0;
	for (uint32_t i = 0; i < world->n_changes && world->changes[i].at_us < world->duration_us; i++) {
		const struct world_change *change = &world->changes[i];
		if (shown > 0 && change->at_us == world->changes[i - 1].at_us) {
			fprintf(p->out, ", %s", change->text);
			continue;
		}
		char minute[32];
		fputs(shown ? "\n" : "", p->out);
		print_label(p, shown++ ? "" : "Changes");
		fprintf(p->out, "%s  %s", text_minute(local_unix_s(world, change->at_us), minute), change->text);
	}
	fputs(shown ? "\n" : "", p->out);
}

void trace_counts_print(const char *path, const struct trace_counts *counts, FILE *out)
{
	char count[32];
	const char *slash = strrchr(path, '/');
	fprintf(out, "%s: %s rows", slash ? slash + 1 : path, text_count((double)counts->rows_read, count));
	fprintf(out, ", %s used", text_count((double)counts->rows_used, count));
	for (int reason = 0; reason < SKIP_COUNT; reason++)
		if (counts->skipped[reason] > 0)
			fprintf(out, ", %s %s", text_count((double)counts->skipped[reason], count), skip_text((enum skip_reason)reason));
	fputs("\n", out);
}

static void print_traces(const struct printer *p, const struct summary *s)
{
	for (uint32_t i = 0; i < s->world->n_traces; i++) {
		print_label(p, i == 0 ? "Trace" : "");
		trace_counts_print(s->world->traces[i].path, &s->traces[i], p->out);
	}
}

void summary_write_assumed(const struct world *world, uint32_t index, FILE *out)
{
	const struct cluster *cluster = &world->clusters[index];
	const struct control_plane *plane = &cluster->control_plane;
	char text[32];
	if (world->n_clusters > 1)
		fprintf(out, "%s: ", names_text(world->names, cluster->name));
	if (cluster->policy == POLICY_KUEUE && cluster->kueue->controller.wait_for_pods_ready)
		fprintf(out, "podsReady timeout %s, ", duration_format(cluster->kueue->controller.pods_ready_timeout_us, text));
	if (plane->api_qps > 0)
		fprintf(out, "API %g/%d q/s, ", plane->api_qps, plane->api_burst);
	fprintf(out, "pods placed %s", placement_score_names[cluster->score]);
}

static void print_assumed(const struct printer *p, const struct world *world)
{
	for (uint32_t i = 0; i < world->n_clusters; i++) {
		print_label(p, i == 0 ? "Assumed" : "");
		summary_write_assumed(world, i, p->out);
		fputs(i + 1 == world->n_clusters ? "   all: berth show RUN.db --defaults\n" : "\n", p->out);
	}
}

static void print_not_modelled(const struct printer *p, const struct world *world)
{
	if (world->n_not_modelled == 0)
		return;
	fprintf(p->out, "%sNOT MODELLED%s  ", p->colour ? "\x1b[33m" : "", p->colour ? "\x1b[0m" : "");
	for (uint32_t i = 0; i < world->n_not_modelled; i++)
		fprintf(p->out, "%s%s", i ? "; " : "", world->not_modelled[i]);
	fputs("\n", p->out);
}

/* ---- figures ---- */

/* The figures leave out jobs of the warm-up; one of them that still waits at the end is told all the same. */
static void print_oldest(const struct printer *p, const struct summary *s, double waiting)
{
	char text[32];
	int64_t oldest_us = s->totals->oldest_wait_us;
	bool early = oldest_us > s->end_us - s->world->warmup_us;
	if (oldest_us >= 0 && (waiting > 0 || early))
		fprintf(p->out, " (oldest %s%s)", duration_format(oldest_us, text), early ? ", of the warm-up" : "");
}

static void print_jobs(const struct printer *p, const struct summary *s)
{
	static const char *const stats[] = {"submitted", "finished", "failed", "running", "waiting"};
	char text[32];
	fputs("\n", p->out);
	print_label(p, "JOBS");
	const char *separator = "";
	for (size_t i = 0; i < ARRAY_COUNT(stats); i++) {
		double count = kpi_value(s->kpis, kpi_all("jobs_count", stats[i]));
		if (isnan(count))
			continue;
		fprintf(p->out, "%s%s %s", separator, stats[i], text_count(count, text));
		separator = "  ";
		if (strcmp(stats[i], "waiting") == 0)
			print_oldest(p, s, count);
	}
	if (jobs_in_vain(s->kpis) > 0)
		fprintf(p->out, "  admitted but never ran %s", text_count(jobs_in_vain(s->kpis), text));
	double never = kpi_value(s->kpis, kpi_all("jobs_count", "neverFits"));
	if (never > 0)
		fprintf(p->out, "  can never run %s %s", text_count(never, text), mark(p, false));
	fputs(s->replications > 1 ? "   (means of replications)\n" : "\n", p->out);
}

/* ---- verdicts ---- */

bool threshold_is_bound(const struct threshold_result *result, const struct kpi_summary *kpis)
{
	const struct threshold *threshold = result->threshold;
	if (threshold->metric != METRIC_WAIT_TIME)
		return false;
	struct kpi_key key = kpi_all("waitTime_us", threshold_stat_names[threshold->stat]);
	key.cluster_queue = threshold->cluster_queue;
	key.priority_class = threshold->priority_class;
	const struct kpi_summary_row *row = find_worst(kpis, &key);
	return row && row->lower_bound;
}

bool threshold_holds(const struct threshold_result *result, const struct kpi_summary *kpis)
{
	return !isnan(result->value) && result->value <= result->threshold->max && !threshold_is_bound(result, kpis);
}

char *threshold_value_text(enum threshold_metric metric, double value, char out[32])
{
	switch (metric) {
	case METRIC_WAIT_TIME:
		return text_duration(value, out);
	case METRIC_PAID:
		return text_money(value, out);
	case METRIC_UNSTARTED:
		return text_count(value, out);
	case METRIC_LOST_TO_PREEMPTION_SHARE:
	case METRIC_UTILISATION:
		text_percent(value, out);
		return isnan(value) ? out : strcat(out, "%");
	}
	return strcpy(out, "-");
}

static void print_thresholds(const struct printer *p, const struct summary *s)
{
	if (s->world->n_thresholds == 0)
		return;
	fputs("\n", p->out);
	print_label(p, "THRESHOLDS");
	fputs("\n", p->out);
	for (uint32_t i = 0; i < s->world->n_thresholds; i++) {
		const struct threshold_result *result = &s->thresholds[i];
		const struct threshold *threshold = result->threshold;
		char value[32], shown[40], max[32];
		bool holds = threshold_holds(result, s->kpis), bound = threshold_is_bound(result, s->kpis);
		threshold_value_text(threshold->metric, result->value, value);
		snprintf(shown, sizeof shown, "%s%s", bound ? ">" : "", value);
		fprintf(p->out, "  %s %-40s %8s %s %s   %u/%u replications%s\n", mark(p, holds), threshold->text, shown,
		        result->value > threshold->max ? ">" : "≤", threshold_value_text(threshold->metric, threshold->max, max),
		        result->met, result->replications,
		        bound && result->value <= threshold->max ? "; jobs that never started could exceed it" : "");
	}
}

static char *text_bounded(struct bounded bounded, char out[32])
{
	return text_bounded_duration(bounded.us, bounded.lower_bound, out);
}

static void print_recorded(const struct printer *p, const struct recorded_waits *waits)
{
	if (waits->n_jobs == 0) {
		fputs("  recorded waits to compare with: none in this input\n", p->out);
		return;
	}
	char jobs[32], a[32], b[32], c[32], d[32], e[32];
	fprintf(p->out, "\n          recorded waits of %s jobs: mean %s, p95 %s; simulated: mean %s, p95 %s; median error %s",
	        text_count(waits->n_jobs, jobs), text_duration(waits->recorded_mean_us, a),
	        text_duration(waits->recorded_p95_us, b), text_bounded(waits->simulated_mean, c),
	        text_bounded(waits->simulated_p95, d), text_bounded(waits->median_error, e));
	if (waits->n_unstarted > 0)
		fprintf(p->out, " (%s had not started)", text_count(waits->n_unstarted, jobs));
	fputs("\n", p->out);
}

/* A question to ask next, with names and numbers of this scenario: a tenth fewer nodes (more would stand behind a quota that
 * does not grow). The jobs stay the same, so they can be compared one by one. */
static void print_next(const struct printer *p, const struct summary *s)
{
	const struct world *world = s->world;
	const struct cluster *cluster = &world->clusters[0];
	if (!s->again || s->partial || cluster->n_pools == 0)
		return;
	int nodes = cluster->pools[0].nodes;
	print_label(p, "NEXT");
	fprintf(p->out, "berth compare %s --set NodePool/%s/%s:nodes=%d   any value: KIND/NAME:path=VALUE\n", s->again,
	        names_text(world->names, cluster->name), names_text(world->names, cluster->pools[0].name),
	        nodes > 1 ? nodes - (nodes + 9) / 10 : nodes + 1);
}

static void print_end(const struct printer *p, const struct summary *s)
{
	fputs("\n", p->out);
	print_label(p, "CHECKS");
	fprintf(p->out, "GPU-hours and money sum up %s", mark(p, true));
	if (s->checked_every_step)
		fprintf(p->out, "  books recomputed after every step %s", mark(p, true));
	print_recorded(p, &s->totals->recorded);
	if (s->n_wrote == 0)
		return;
	print_label(p, "WROTE");
	for (uint32_t i = 0; i < s->n_wrote; i++)
		fprintf(p->out, "%s%s", i ? " " : "", s->wrote[i]);
	if (s->exit_code)
		fprintf(p->out, "     exit %d%s", s->exit_code, s->exit_code == ERROR_THRESHOLD ? " (a threshold is missed)" : "");
	fputs("\n", p->out);
	print_next(p, s);
}

void summary_print(const struct summary *summary, bool colour, FILE *out)
{
	const struct printer p = {out, colour};
	print_heading(&p, summary);
	print_world(&p, summary->world);
	print_period(&p, summary);
	print_changes(&p, summary->world);
	print_traces(&p, summary);
	print_assumed(&p, summary->world);
	print_not_modelled(&p, summary->world);
	print_jobs(&p, summary);
	print_waits(&p, summary);
	print_gpu_hours(&p, summary);
	print_quota(&p, summary);
	print_money(&p, summary);
	print_thresholds(&p, summary);
	print_sizes(&p, summary);
	print_end(&p, summary);
}
