/* summary_gpu_hours.c - the summary's block of GPU-hours, all together and by node pool. */
#include <string.h>

#include "app/text.h"
#include "summary_parts.h"

enum { MOST_POOLS = 8 };

static double share(const struct pool_totals *pool, enum gpu_time first, enum gpu_time last)
{
	double sum = 0;
	for (int i = (int)first; i <= (int)last; i++)
		sum += (double)pool->gpu_us[i];
	return sum / (double)pool->capacity_gpu_us;
}

static const char *pool_name(const struct world *world, const struct pool_totals *pool, char out[TEXT_NAME_SIZE])
{
	const struct cluster *cluster = &world->clusters[pool->cluster];
	return text_in_cluster(names_text(world->names, cluster->name),
	                       names_text(world->names, cluster->pools[pool->pool].name), world->n_clusters, out);
}

/* Pools with GPUs, and the length of the longest of their names. */
static uint32_t count_pools(const struct summary *s, int *ret_width)
{
	uint32_t count = 0;
	*ret_width = 0;
	for (uint32_t i = 0; i < s->totals->n_pools; i++) {
		char name[TEXT_NAME_SIZE];
		if (s->totals->pools[i].capacity_gpu_us == 0)
			continue;
		count++;
		*ret_width = MAX(*ret_width, (int)strlen(pool_name(s->world, &s->totals->pools[i], name)));
	}
	return count;
}

/* With several pools: one may be full while another is idle. */
static void print_pools(const struct printer *p, const struct summary *s)
{
	int width;
	uint32_t count = count_pools(s, &width), shown = 0;
	for (uint32_t i = 0; i < s->totals->n_pools && count > 1 && shown < MOST_POOLS; i++) {
		const struct pool_totals *pool = &s->totals->pools[i];
		char name[TEXT_NAME_SIZE], hours[32], allocated[32], lost[32], idle[32], down[32];
		if (pool->capacity_gpu_us == 0)
			continue;
		shown++;
		fprintf(p->out, "  %-*s %11s: allocated %s (of that lost %s)  idle %s  down %s\n", width,
		        pool_name(s->world, pool, name),
		        text_count((double)pool->capacity_gpu_us / s->totals->replications / (double)US_PER_HOUR, hours),
		        text_percent(share(pool, GPU_PRODUCTIVE, GPU_LOST_TO_FAILURES), allocated),
		        text_percent(share(pool, GPU_LOST_TO_PREEMPTION, GPU_LOST_TO_FAILURES), lost),
		        text_percent(share(pool, GPU_IDLE_NOBODY_WAITING, GPU_IDLE_CONTROL_PLANE), idle),
		        text_percent(share(pool, GPU_DOWN, GPU_DOWN), down));
	}
	if (count > MOST_POOLS)
		fprintf(p->out, "  and %u pools more, in the report\n", count - MOST_POOLS);
}

/* The bars of the waterfall, in groups; tenths of a percent, so that what is printed sums to 100.0. */
void print_gpu_hours(const struct printer *p, const struct summary *s)
{
	const struct run_totals *totals = s->totals;
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
	int allocated = 0, idle = 0;
	for (int part = GPU_PRODUCTIVE; part <= GPU_LOST_TO_FAILURES; part++)
		allocated += t[part];
	for (int part = GPU_IDLE_NOBODY_WAITING; part <= GPU_IDLE_CONTROL_PLANE; part++)
		idle += t[part];
	fprintf(p->out, "  allocated %5.1f = productive %.1f + starting %.1f + lost to preemption %.1f", allocated / 10.0,
	        t[GPU_PRODUCTIVE] / 10.0, t[GPU_STARTING] / 10.0, t[GPU_LOST_TO_PREEMPTION] / 10.0);
	if (t[GPU_LOST_TO_EVICTIONS] > 0) /* rare: no part of the usual picture */
		fprintf(p->out, " + lost to other evictions %.1f", t[GPU_LOST_TO_EVICTIONS] / 10.0);
	fprintf(p->out, " + lost to failures %.1f\n", t[GPU_LOST_TO_FAILURES] / 10.0);
	fprintf(p->out, "  idle      %5.1f = nobody waiting %.1f + behind quota %.1f", idle / 10.0,
	        t[GPU_IDLE_NOBODY_WAITING] / 10.0, t[GPU_IDLE_BEHIND_QUOTA] / 10.0);
	if (t[GPU_IDLE_HELD_BACK] > 0) /* rare too */
		fprintf(p->out, " + held back %.1f", t[GPU_IDLE_HELD_BACK] / 10.0);
	fprintf(p->out, " + fragmented %.1f + control plane %.1f    down %.1f\n", t[GPU_IDLE_FRAGMENTED] / 10.0,
	        t[GPU_IDLE_CONTROL_PLANE] / 10.0, t[GPU_DOWN] / 10.0);
	print_pools(p, s);
	fputs("  GPU utilisation inside jobs: not in this input\n", p->out);
}
