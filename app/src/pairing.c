/* pairing.c - see compare.h: pairs jobs by name and counts per queue. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/waits.h"
#include "base/job.h"
#include "base/vec.h"
#include "compare.h"

const char *const pair_figure_stats[PAIR_FIGURE_COUNT] = {
#define X(name, stat) stat,
    PAIR_FIGURES(X)
#undef X
};
const char *const pair_verdict_stats[PAIR_VERDICT_COUNT] = {"longer", "shorter", "same", "changed"};

/* One group's sums in one replication. */
struct tally {
	struct {
		VEC_FIELDS(struct wait);
	} waits[2];
	int64_t unstarted[2], preemptions[2], unpaired[2];
	charge charged[2];
	uint32_t verdicts[PAIR_VERDICT_COUNT];
};

struct pairing {
	const struct world *worlds[2];
	struct {
		VEC_FIELDS(struct pair_group);
	} groups;
	uint32_t *group_of[2]; /* [cluster * widest + queue]; index into groups */
	uint32_t widest[2];
	struct tally *tallies; /* per group */
	struct pair_counts counts;
};

static uint32_t group_index(struct pairing *pairing, name_id cluster, name_id queue)
{
	for (uint32_t i = 0; i < pairing->groups.count; i++)
		if (pairing->groups.items[i].cluster == cluster && pairing->groups.items[i].cluster_queue == queue)
			return i;
	*VEC_PUSH(&pairing->groups) = (struct pair_group){cluster, queue};
	return pairing->groups.count - 1;
}

static void add_groups(struct pairing *pairing, int side)
{
	const struct world *world = pairing->worlds[side];
	struct names *names = pairing->worlds[0]->names;
	for (uint32_t i = 0; i < world->n_clusters; i++)
		pairing->widest[side] = MAX(pairing->widest[side], world->clusters[i].kueue->n_cluster_queues);
	pairing->group_of[side] = xcalloc((size_t)world->n_clusters * pairing->widest[side], sizeof(uint32_t));
	for (uint32_t i = 0; i < world->n_clusters; i++) {
		const struct cluster *cluster = &world->clusters[i];
		name_id cluster_name = names_intern(names, names_text(world->names, cluster->name));
		for (uint32_t j = 0; j < cluster->kueue->n_cluster_queues; j++) {
			name_id queue = names_intern(names, names_text(world->names, cluster->kueue->cluster_queues[j].name));
			pairing->group_of[side][i * pairing->widest[side] + j] = group_index(pairing, cluster_name, queue);
		}
	}
}

struct pairing *pairing_create(const struct world *a, const struct world *b)
{
	struct pairing *pairing = xcalloc(1, sizeof *pairing);
	pairing->worlds[0] = a;
	pairing->worlds[1] = b;
	add_groups(pairing, 0);
	add_groups(pairing, 1);
	*VEC_PUSH(&pairing->groups) = (struct pair_group){NO_NAME, NO_NAME};
	pairing->tallies = xcalloc(pairing->groups.count, sizeof *pairing->tallies);
	return pairing;
}

static void clear_tallies(struct pairing *pairing)
{
	for (uint32_t i = 0; i < pairing->groups.count; i++) {
		VEC_FREE(&pairing->tallies[i].waits[0]);
		VEC_FREE(&pairing->tallies[i].waits[1]);
		pairing->tallies[i] = (struct tally){0};
	}
}

void pairing_destroy(struct pairing *pairing)
{
	clear_tallies(pairing);
	free(pairing->tallies);
	VEC_FREE(&pairing->groups);
	free(pairing->group_of[0]);
	free(pairing->group_of[1]);
	free(pairing);
}

const struct pair_group *pairing_groups(const struct pairing *pairing, uint32_t *ret_count)
{
	*ret_count = pairing->groups.count;
	return pairing->groups.items;
}

struct pair_counts pairing_counts(const struct pairing *pairing)
{
	return pairing->counts;
}

/* Index of b's job with each name of b; NONE where there is none. */
static uint32_t *jobs_by_name(const struct world *world, const struct job_table *jobs)
{
	uint32_t count = names_count(world->names) + 1;
	uint32_t *by_name = xcalloc(count, sizeof *by_name);
	for (uint32_t i = 0; i < count; i++)
		by_name[i] = NONE;
	for (uint32_t i = 0; i < jobs->n_jobs; i++)
		by_name[jobs->jobs[i].name] = i;
	return by_name;
}

static uint32_t group_of_job(const struct pairing *pairing, int side, const struct job_outcome *outcome)
{
	if (outcome->cluster == NONE || outcome->cluster_queue == NONE)
		return NONE;
	return pairing->group_of[side][outcome->cluster * pairing->widest[side] + outcome->cluster_queue];
}

static enum pair_verdict verdict_of(double a_us, double b_us)
{
	if (fabs(b_us - a_us) < (double)US_PER_S)
		return PAIR_SAME;
	return b_us > a_us ? PAIR_LONGER : PAIR_SHORTER;
}

static void count_pair(struct tally *tally, const struct wait waits[2], bool changed)
{
	for (int side = 0; side < 2; side++)
		*VEC_PUSH(&tally->waits[side]) = waits[side];
	tally->verdicts[verdict_of(waits[0].us, waits[1].us)]++;
	tally->verdicts[PAIR_CHANGED] += changed;
}

static void pair_job(struct pairing *pairing, const struct run_result *const results[2], uint32_t a, uint32_t b)
{
	const struct job_outcome *const outcomes[2] = {&results[0]->outcomes[a], &results[1]->outcomes[b]};
	const struct job *const jobs[2] = {&results[0]->jobs->jobs[a], &results[1]->jobs->jobs[b]};
	const struct wait waits[2] = {wait_of_job(jobs[0], outcomes[0], results[0]->end_us),
	                              wait_of_job(jobs[1], outcomes[1], results[1]->end_us)};
	bool changed = jobs[0]->submit_us != jobs[1]->submit_us || jobs[0]->run_us != jobs[1]->run_us ||
	               outcomes[0]->gpus != outcomes[1]->gpus;
	pairing->counts.paired++;
	pairing->counts.changed += changed;
	uint32_t group = group_of_job(pairing, 0, outcomes[0]);
	if (group == NONE)
		group = group_of_job(pairing, 1, outcomes[1]);
	if (group != NONE)
		count_pair(&pairing->tallies[group], waits, changed);
	count_pair(&pairing->tallies[pairing->groups.count - 1], waits, changed);
}

/* Submitted after warm-up and before the end. */
static bool counts(const struct world *world, const struct run_result *result, const struct job *job)
{
	return job->submit_us >= world->warmup_us && job->submit_us < result->end_us;
}

static void count_job(struct tally *tally, int side, const struct job_outcome *outcome, bool counted)
{
	tally->charged[side] += outcome->cost;
	tally->unstarted[side] += counted && outcome->admitted_us < 0;
	tally->preemptions[side] += counted ? outcome->preemptions : 0;
}

/* What needs no partner: as the key figures of the run have it, money of the metered time whenever a job was submitted. */
static void count_jobs(struct pairing *pairing, int side, const struct run_result *result)
{
	for (uint32_t i = 0; i < result->jobs->n_jobs; i++) {
		const struct job_outcome *outcome = &result->outcomes[i];
		bool counted = counts(pairing->worlds[side], result, &result->jobs->jobs[i]);
		uint32_t group = group_of_job(pairing, side, outcome);
		if (group != NONE)
			count_job(&pairing->tallies[group], side, outcome, counted);
		count_job(&pairing->tallies[pairing->groups.count - 1], side, outcome, counted);
	}
}

static void leave_alone(struct pairing *pairing, int side, const struct job_outcome *outcome)
{
	uint32_t group = group_of_job(pairing, side, outcome);
	pairing->counts.only[side]++;
	pairing->tallies[pairing->groups.count - 1].unpaired[side]++;
	if (group != NONE)
		pairing->tallies[group].unpaired[side]++;
}

static void pair_jobs(struct pairing *pairing, const struct run_result *const results[2])
{
	const struct world *const *worlds = pairing->worlds;
	uint32_t *by_name = jobs_by_name(worlds[1], results[1]->jobs);
	bool *paired = xcalloc(results[1]->jobs->n_jobs, sizeof *paired);
	for (uint32_t i = 0; i < results[0]->jobs->n_jobs; i++) {
		const struct job *job = &results[0]->jobs->jobs[i];
		if (!counts(worlds[0], results[0], job))
			continue;
		name_id name = names_find(worlds[1]->names, names_text(worlds[0]->names, job->name));
		uint32_t partner = name == NO_NAME ? NONE : by_name[name];
		if (partner == NONE || !counts(worlds[1], results[1], &results[1]->jobs->jobs[partner])) {
			leave_alone(pairing, 0, &results[0]->outcomes[i]);
			continue;
		}
		pair_job(pairing, results, i, partner);
		paired[partner] = true;
	}
	for (uint32_t i = 0; i < results[1]->jobs->n_jobs; i++)
		if (!paired[i] && counts(worlds[1], results[1], &results[1]->jobs->jobs[i]))
			leave_alone(pairing, 1, &results[1]->outcomes[i]);
	free(paired);
	free(by_name);
}

static struct bounded exact(double value)
{
	return (struct bounded){.us = value};
}

static void figures_of(struct tally *tally, int side, struct bounded ret_figures[PAIR_FIGURE_COUNT])
{
	uint32_t n = tally->waits[side].count;
	struct wait *waits = tally->waits[side].items;
	waits_sort(waits, n);
	ret_figures[PAIR_WAIT_MEAN] = waits_mean(waits, n);
	ret_figures[PAIR_WAIT_P95] = waits_quantile(waits, n, 0.95);
	ret_figures[PAIR_UNSTARTED] = exact((double)tally->unstarted[side]);
	ret_figures[PAIR_PREEMPTIONS] = exact((double)tally->preemptions[side]);
	ret_figures[PAIR_UNPAIRED] = exact((double)tally->unpaired[side]);
	ret_figures[PAIR_CHARGED] = exact((double)charge_micro(tally->charged[side]));
	ret_figures[PAIR_PAID] = exact(NAN);
}

static double paid_micro(const struct run_result *result)
{
	charge paid = 0;
	for (uint32_t i = 0; i < result->n_pools; i++)
		paid += result->pools[i].paid;
	return (double)charge_micro(paid);
}

static void add_row(struct kpi_row **next, const char *metric, const char *stat, struct pair_group group,
                    struct bounded figure)
{
	*(*next)++ = (struct kpi_row){
	    .key = {.metric = metric, .stat = stat, .cluster = group.cluster, .cluster_queue = group.cluster_queue},
	    .value = figure.us,
	    .n_open = figure.n_open,
	    .n_beyond = figure.n_beyond};
}

struct kpi_table *pairing_compare(struct pairing *pairing, const struct run_result *a, const struct run_result *b)
{
	const struct run_result *const results[2] = {a, b};
	clear_tallies(pairing);
	pair_jobs(pairing, results);
	count_jobs(pairing, 0, a);
	count_jobs(pairing, 1, b);
	struct kpi_table *table = xcalloc(1, sizeof *table);
	table->n_rows = pairing->groups.count * (3 * PAIR_FIGURE_COUNT + PAIR_VERDICT_COUNT);
	table->rows = xcalloc(table->n_rows, sizeof *table->rows);
	struct kpi_row *next = table->rows;
	for (uint32_t i = 0; i < pairing->groups.count; i++) {
		struct pair_group group = pairing->groups.items[i];
		struct bounded figures[2][PAIR_FIGURE_COUNT];
		figures_of(&pairing->tallies[i], 0, figures[0]);
		figures_of(&pairing->tallies[i], 1, figures[1]);
		for (int side = 0; side < 2 && i + 1 == pairing->groups.count; side++)
			figures[side][PAIR_PAID].us = paid_micro(results[side]);
		for (int figure = 0; figure < PAIR_FIGURE_COUNT; figure++) {
			add_row(&next, "a", pair_figure_stats[figure], group, figures[0][figure]);
			add_row(&next, "b", pair_figure_stats[figure], group, figures[1][figure]);
			add_row(&next, "difference", pair_figure_stats[figure], group,
			        exact(figures[1][figure].us - figures[0][figure].us));
		}
		for (int verdict = 0; verdict < PAIR_VERDICT_COUNT; verdict++)
			add_row(&next, "jobs", pair_verdict_stats[verdict], group, exact(pairing->tallies[i].verdicts[verdict]));
	}
	return table;
}
