/* kpi_groups.c - see kpi_groups.h. */
#include <stdlib.h>
#include <string.h>

#include "kpi_groups.h"

struct finder {
	const struct world *world;
	struct kpi_groups *groups;
	uint32_t *first_queue; /* per cluster: row of its queue 0 */
	uint32_t first_tenant, first_size;
	struct { /* rows that name a priority class; few */
		VEC_FIELDS(uint32_t);
	} with_class;
};

const struct size_class size_classes[SIZE_CLASSES] = {
    {"<=8", "≤8", "up to 8 GPUs", 8}, {"9-64", "9–64", "9 to 64 GPUs", 64}, {">64", ">64", "more than 64 GPUs", INT64_MAX}};

uint32_t size_class_of(int64_t gpus)
{
	uint32_t index = 0;
	while (gpus > size_classes[index].most_gpus)
		index++;
	return index;
}

static uint32_t add(struct finder *finder, struct kpi_group group)
{
	*VEC_PUSH(&finder->groups->rows) = group;
	return finder->groups->rows.count - 1;
}

static void add_described(struct finder *finder)
{
	const struct world *world = finder->world;
	(void)add(finder, (struct kpi_group){0});
	for (uint32_t c = 0; c < world->n_clusters && world->n_clusters > 1; c++)
		(void)add(finder, (struct kpi_group){.cluster = world->clusters[c].name});
	for (uint32_t c = 0; c < world->n_clusters; c++) {
		const struct kueue_config *config = world->clusters[c].kueue;
		finder->first_queue[c] = finder->groups->rows.count;
		for (uint32_t q = 0; q < config->n_cluster_queues; q++)
			(void)add(finder, (struct kpi_group){.cluster = world->clusters[c].name,
			                                     .cluster_queue = config->cluster_queues[q].name});
	}
	finder->first_tenant = finder->groups->rows.count;
	for (uint32_t t = 0; t < world->n_tenants; t++)
		(void)add(finder, (struct kpi_group){.tenant = world->tenants[t].name});
	finder->first_size = finder->groups->rows.count;
	for (size_t s = 0; s < SIZE_CLASSES; s++)
		(void)add(finder, (struct kpi_group){.size_class = size_classes[s].name});
}

/* `like` with a priority class. Classes come in order of their first job. */
static uint32_t with_class(struct finder *finder, struct kpi_group like, name_id priority_class)
{
	like.priority_class = priority_class;
	for (uint32_t i = 0; i < finder->with_class.count; i++) {
		const struct kpi_group *row = &finder->groups->rows.items[finder->with_class.items[i]];
		if (row->priority_class == priority_class && row->cluster == like.cluster &&
		    row->cluster_queue == like.cluster_queue)
			return finder->with_class.items[i];
	}
	uint32_t group = add(finder, like);
	*VEC_PUSH(&finder->with_class) = group;
	return group;
}

static void find(struct finder *finder, const struct job *job, const struct job_outcome *outcome, uint32_t *ret_groups)
{
	uint32_t n = 0;
	ret_groups[n++] = 0;
	if (job->priority_class != NO_NAME)
		ret_groups[n++] = with_class(finder, (struct kpi_group){0}, job->priority_class);
	if (outcome->cluster != NONE) {
		uint32_t queue = finder->first_queue[outcome->cluster] + outcome->cluster_queue;
		ret_groups[n++] = queue;
		if (finder->world->n_clusters > 1)
			ret_groups[n++] = 1 + outcome->cluster;
		if (job->priority_class != NO_NAME)
			ret_groups[n++] = with_class(finder, finder->groups->rows.items[queue], job->priority_class);
	}
	if (outcome->tenant != NONE)
		ret_groups[n++] = finder->first_tenant + outcome->tenant;
	ret_groups[n++] = finder->first_size + size_class_of(outcome->gpus);
	if (n < MOST_GROUPS_OF_JOB)
		ret_groups[n] = NONE;
}

struct kpi_groups *kpi_groups_create(const struct world *world, const struct run_result *result)
{
	struct kpi_groups *groups = xcalloc(1, sizeof *groups);
	struct finder finder = {.world = world, .groups = groups};
	finder.first_queue = xcalloc(world->n_clusters, sizeof *finder.first_queue);
	groups->of_job = xcalloc(result->jobs->n_jobs, sizeof *groups->of_job);
	add_described(&finder);
	for (uint32_t i = 0; i < result->jobs->n_jobs; i++)
		find(&finder, &result->jobs->jobs[i], &result->outcomes[i], groups->of_job[i]);
	VEC_FREE(&finder.with_class);
	free(finder.first_queue);
	return groups;
}

void kpi_groups_destroy(struct kpi_groups *groups)
{
	VEC_FREE(&groups->rows);
	free(groups->of_job);
	free(groups);
}
