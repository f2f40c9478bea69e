/* summary.c - see summary.h. One function per line or block of the summary, in the order in which they are printed; the
 * block of waits and that of other sizes are in summary_waits.c and summary_sizes.c. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "app/text.h"
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

/* ---- the world and the input ---- */

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

static void print_pools(const struct printer *p, const struct world *world, const struct cluster *cluster)
{
	int64_t nodes = 0, gpus = 0;
	for (uint32_t i = 0; i < cluster->n_pools; i++) {
		nodes += cluster->pools[i].nodes;
		gpus += node_pool_gpus(&cluster->pools[i]);
	}
	char nodes_text[32], gpus_text[32];
	fprintf(p->out, "%s %s nodes, %s GPUs", names_text(world->names, cluster->name), text_count((double)nodes, nodes_text),
	        text_count((double)gpus, gpus_text));
	const char *separator = " (";
	for (uint32_t i = 0; i < cluster->n_pools; i++) {
		const struct node_pool *pool = &cluster->pools[i];
		if (node_pool_gpus(pool) == 0)
			continue;
		const char *product = names_text(world->names, pool->gpu_product);
		fprintf(p->out, "%s%s %s %s", separator, text_count((double)node_pool_gpus(pool), gpus_text),
		        *product ? short_product(product) : "GPUs", capacity_type_names[pool->capacity_type]);
		separator = ", ";
	}
	fputs(separator[0] == ',' ? ")" : "", p->out);
}

static void print_world(const struct printer *p, const struct world *world)
{
	for (uint32_t i = 0; i < world->n_clusters; i++) {
		const struct cluster *cluster = &world->clusters[i];
		print_label(p, i == 0 ? "World" : "");
		print_pools(p, world, cluster);
		if (cluster->policy == POLICY_KUEUE)
			fprintf(p->out, ", Kueue %s rules, %u ClusterQueue%s\n", cluster->kueue_version,
			        cluster->kueue->n_cluster_queues, cluster->kueue->n_cluster_queues == 1 ? "" : "s");
		else
			fprintf(p->out, ", policy %s\n", policy_names[cluster->policy]);
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

static void print_traces(const struct printer *p, const struct summary *s)
{
	for (uint32_t i = 0; i < s->world->n_traces; i++) {
		char count[32];
		print_label(p, i == 0 ? "Trace" : "");
		const char *slash = strrchr(s->world->traces[i].path, '/');
		fprintf(p->out, "%s: %s rows", slash ? slash + 1 : s->world->traces[i].path,
		        text_count((double)s->traces[i].rows_read, count));
		fprintf(p->out, ", %s used", text_count((double)s->traces[i].rows_used, count));
		for (int reason = 0; reason < SKIP_COUNT; reason++)
			if (s->traces[i].skipped[reason] > 0)
				fprintf(p->out, ", %s %s", text_count((double)s->traces[i].skipped[reason], count),
				        skip_text((enum skip_reason)reason));
		fputs("\n", p->out);
	}
}

static void print_assumed(const struct printer *p, const struct world *world)
{
	for (uint32_t i = 0; i < world->n_clusters; i++) {
		const struct cluster *cluster = &world->clusters[i];
		const struct control_plane *plane = &cluster->control_plane;
		char text[32];
		print_label(p, i == 0 ? "Assumed" : "");
		if (world->n_clusters > 1)
			fprintf(p->out, "%s: ", names_text(world->names, cluster->name));
		if (cluster->policy == POLICY_KUEUE && cluster->kueue->controller.wait_for_pods_ready)
			fprintf(p->out, "podsReady timeout %s, ",
			        duration_format(cluster->kueue->controller.pods_ready_timeout_us, text));
		if (plane->api_writes_per_s > 0)
			fprintf(p->out, "API %g/%d q/s, ", plane->api_writes_per_s, plane->api_burst);
		fprintf(p->out, "pods placed %s", placement_score_names[cluster->score]);
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
		if (strcmp(stats[i], "waiting") == 0 && count > 0 && s->totals->oldest_wait_us >= 0)
			fprintf(p->out, " (oldest %s)", duration_format(s->totals->oldest_wait_us, text));
	}
	double never = kpi_value(s->kpis, kpi_all("jobs_count", "neverFits"));
	if (never > 0)
		fprintf(p->out, "  can never run %s %s", text_count(never, text), mark(p, false));
	fputs(s->replications > 1 ? "   (means of replications)\n" : "\n", p->out);
}

/* The bars of the waterfall, in groups; tenths of a percent, so that what is printed sums to 100.0. */
static void print_gpu_hours(const struct printer *p, const struct run_totals *totals)
{
	char text[32];
	int t[GPU_TIME_COUNT];
	fputs("\n", p->out);
	print_label(p, "GPU-HOURS");
	if (totals->capacity_gpu_us == 0) {
		fputs("no GPUs in this input\n", p->out);
		return;
	}
	text_split_tenths(totals->gpu_us, GPU_TIME_COUNT, t);
	fprintf(p->out, "%s = 100.0%%\n",
	        text_count((double)totals->capacity_gpu_us / totals->replications / (double)US_PER_HOUR, text));
	int allocated = t[GPU_PRODUCTIVE] + t[GPU_STARTING] + t[GPU_LOST_TO_PREEMPTION] + t[GPU_LOST_TO_FAILURES];
	int idle = t[GPU_IDLE_NOBODY_WAITING] + t[GPU_IDLE_BEHIND_QUOTA] + t[GPU_IDLE_FRAGMENTED] + t[GPU_IDLE_CONTROL_PLANE];
	fprintf(p->out,
	        "  allocated %5.1f = productive %.1f + starting %.1f + lost to preemption %.1f + lost to failures %.1f\n",
	        allocated / 10.0, t[GPU_PRODUCTIVE] / 10.0, t[GPU_STARTING] / 10.0, t[GPU_LOST_TO_PREEMPTION] / 10.0,
	        t[GPU_LOST_TO_FAILURES] / 10.0);
	fprintf(
	    p->out,
	    "  idle      %5.1f = nobody waiting %.1f + behind quota %.1f + fragmented %.1f + control plane %.1f    down %.1f\n",
	    idle / 10.0, t[GPU_IDLE_NOBODY_WAITING] / 10.0, t[GPU_IDLE_BEHIND_QUOTA] / 10.0, t[GPU_IDLE_FRAGMENTED] / 10.0,
	    t[GPU_IDLE_CONTROL_PLANE] / 10.0, t[GPU_DOWN] / 10.0);
	fputs("  GPU utilisation inside jobs: not in this input\n", p->out);
}

static bool has_quotas(const struct world *world)
{
	for (uint32_t i = 0; i < world->n_clusters; i++)
		if (world->clusters[i].policy == POLICY_KUEUE)
			return true;
	return false;
}

static void print_preemptions(const struct printer *p, const struct run_totals *totals)
{
	static const enum reason reasons[] = {REASON_PREEMPTED_IN_CLUSTER_QUEUE, REASON_PREEMPTED_RECLAMATION,
	                                      REASON_PREEMPTED_RECLAIM_WHILE_BORROWING, REASON_PREEMPTED_FAIR_SHARING};
	static const char *const words[] = {"priority", "reclaim", "reclaim while borrowing", "fair sharing"};
	int64_t total = 0;
	for (size_t i = 0; i < ARRAY_COUNT(reasons); i++)
		total += totals->preempted_jobs[reasons[i]];
	char text[32];
	fprintf(p->out, "preempted %s times", text_count((double)total / totals->replications, text));
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

static void print_quota(const struct printer *p, const struct summary *s)
{
	if (!has_quotas(s->world))
		return;
	char text[32];
	print_label(p, "QUOTA");
	double borrowed = kpi_value(s->kpis, kpi_all("borrowed_ratio", "mean"));
	double lent = kpi_value(s->kpis, kpi_all("lent_ratio", "mean"));
	if (!isnan(borrowed))
		fprintf(p->out, "borrowed %s%%  ", text_percent(borrowed, text));
	if (!isnan(lent))
		fprintf(p->out, "lent %s%%  ", text_percent(lent, text));
	print_preemptions(p, s->totals);
	if (s->totals->loops > 0)
		fprintf(p->out, "          %u instants with endless passes were cut short %s\n", s->totals->loops, mark(p, false));
}

/* Charges by tenant, or by queue when there are no tenants, largest first as the key figures list them. */
static void print_charged_to(const struct printer *p, const struct summary *s)
{
	bool by_tenant = s->world->n_tenants > 0;
	uint32_t shown = 0;
	enum { MOST = 12 };
	for (uint32_t i = 0; i < s->kpis->n_rows; i++) {
		const struct kpi_summary_row *row = &s->kpis->rows[i];
		name_id who = by_tenant ? row->key.tenant : row->key.cluster_queue;
		name_id other = by_tenant ? row->key.cluster_queue : row->key.tenant;
		if (strcmp(row->key.metric, "charged_micro") != 0 || who == NO_NAME || other != NO_NAME || row->key.priority_class ||
		    row->key.size_class || isnan(row->value) || row->value == 0)
			continue;
		if (++shown > MOST)
			continue;
		char charged[32], borrowed[32], lost[32];
		struct kpi_key key = row->key;
		key.metric = "borrowed_micro";
		double borrowed_micro = kpi_value(s->kpis, key);
		key.metric = "lost_micro";
		double lost_micro = kpi_value(s->kpis, key);
		fprintf(p->out, "%s%s %s", shown == 1 ? "  " : " · ", names_text(s->world->names, who),
		        text_money(row->value, charged));
		if (borrowed_micro > 0 || lost_micro > 0)
			fprintf(p->out, " (borrowed %s, lost %s)", text_money(borrowed_micro, borrowed), text_money(lost_micro, lost));
	}
	if (shown > MOST)
		fprintf(p->out, " · and %u more", shown - MOST);
	fputs(shown ? "\n" : "", p->out);
}

static void print_money(const struct printer *p, const struct summary *s)
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
	charge_split(parts, 3, micro);
	char paid[32], charged[32], idle[32], down[32], each[32];
	fprintf(p->out, "%s paid %s = charged %s + idle %s + down %s %s", s->world->currency,
	        money_format(micro[0] + micro[1] + micro[2], paid), money_format(micro[0], charged),
	        money_format(micro[1], idle), money_format(micro[2], down), mark(p, true));
	if (totals->gpu_us[GPU_PRODUCTIVE] > 0) {
		double hours = (double)totals->gpu_us[GPU_PRODUCTIVE] / totals->replications / (double)US_PER_HOUR;
		fprintf(p->out, "   per productive GPU-hour %s", text_money((double)(micro[0] + micro[1] + micro[2]) / hours, each));
	}
	fputs("\n", p->out);
	print_charged_to(p, s);
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
		        result->met, result->replications, bound && !holds ? "; jobs never started" : "");
	}
}

static void print_recorded(const struct printer *p, const struct recorded_waits *waits)
{
	if (waits->n_jobs == 0) {
		fputs("  recorded waits to compare with: none in this input\n", p->out);
		return;
	}
	char jobs[32], a[32], b[32], c[32], d[32], e[32];
	fprintf(p->out, "\n          recorded waits of %s jobs: mean %s, p95 %s; simulated: mean %s, p95 %s; median error %s\n",
	        text_count(waits->n_jobs, jobs), text_duration(waits->recorded_mean_us, a),
	        text_duration(waits->recorded_p95_us, b), text_duration(waits->simulated_mean_us, c),
	        text_duration(waits->simulated_p95_us, d), text_duration(waits->median_error_us, e));
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
		fprintf(p->out, "     exit %d", s->exit_code);
	fputs("\n", p->out);
}

void summary_print(const struct summary *summary, bool colour, FILE *out)
{
	const struct printer p = {out, colour};
	print_heading(&p, summary);
	print_world(&p, summary->world);
	print_period(&p, summary);
	print_traces(&p, summary);
	print_assumed(&p, summary->world);
	print_not_modelled(&p, summary->world);
	print_jobs(&p, summary);
	print_waits(&p, summary);
	print_gpu_hours(&p, summary->totals);
	print_quota(&p, summary);
	print_money(&p, summary);
	print_thresholds(&p, summary);
	print_sizes(&p, summary);
	print_end(&p, summary);
}
