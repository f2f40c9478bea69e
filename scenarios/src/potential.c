/* potential.c - see potential.h. Cohorts have no cycles here: strict building refuses them. */
#include "potential.h"

static struct quota quota_of(const struct resource_group *groups, uint32_t n_groups, uint32_t fr)
{
	for (uint32_t g = 0; g < n_groups; g++)
		for (uint32_t i = 0; i < groups[g].n_flavors * groups[g].n_resources; i++)
			if (groups[g].frs[i] == fr)
				return groups[g].quotas[i];
	return (struct quota){0, LIMIT_UNSET, LIMIT_UNSET};
}

/* QA-2: the part of a node's subtree quota that its parent never sees. */
static int64_t guaranteed(int64_t subtree, const struct quota *quota)
{
	return quota->lending_limit == LIMIT_UNSET ? 0 : MAX(0, sat_sub(subtree, quota->lending_limit));
}

/* QA-1. */
static int64_t cohort_subtree(const struct kueue_config *config, uint32_t fr, uint32_t cohort)
{
	int64_t sum = quota_of(config->cohorts[cohort].groups, config->cohorts[cohort].n_groups, fr).nominal;
	for (uint32_t i = 0; i < config->n_cluster_queues; i++) {
		const struct cluster_queue *queue = &config->cluster_queues[i];
		if (queue->cohort != cohort)
			continue;
		struct quota quota = quota_of(queue->groups, queue->n_groups, fr);
		sum = sat_add(sum, sat_sub(quota.nominal, guaranteed(quota.nominal, &quota)));
	}
	for (uint32_t i = 0; i < config->n_cohorts; i++) {
		if (config->cohorts[i].parent != cohort)
			continue;
		struct quota quota = quota_of(config->cohorts[i].groups, config->cohorts[i].n_groups, fr);
		int64_t subtree = cohort_subtree(config, fr, i);
		sum = sat_add(sum, sat_sub(subtree, guaranteed(subtree, &quota)));
	}
	return sum;
}

/* QA-6 for a node that is not a root: what it keeps to itself and what the parent can give, up to its borrowing limit. */
static int64_t below_parent(int64_t subtree, const struct quota *quota, int64_t parent)
{
	int64_t most = sat_add(guaranteed(subtree, quota), parent);
	if (quota->borrowing_limit == LIMIT_UNSET)
		return most;
	return MIN(most, sat_add(subtree, quota->borrowing_limit));
}

static int64_t cohort_potential(const struct kueue_config *config, uint32_t fr, uint32_t cohort)
{
	const struct cohort *node = &config->cohorts[cohort];
	struct quota quota = quota_of(node->groups, node->n_groups, fr);
	int64_t subtree = cohort_subtree(config, fr, cohort);
	if (node->parent == NONE)
		return subtree;
	return below_parent(subtree, &quota, cohort_potential(config, fr, node->parent));
}

int64_t potential_quota(const struct kueue_config *config, uint32_t fr, uint32_t cluster_queue)
{
	const struct cluster_queue *queue = &config->cluster_queues[cluster_queue];
	struct quota quota = quota_of(queue->groups, queue->n_groups, fr);
	if (fr == NONE)
		return 0;
	if (queue->cohort == NONE)
		return quota.nominal;
	return below_parent(quota.nominal, &quota, cohort_potential(config, fr, queue->cohort));
}

int64_t total_quota(const struct kueue_config *config, uint32_t fr)
{
	int64_t sum = 0;
	for (uint32_t i = 0; i < config->n_cluster_queues; i++)
		sum = sat_add(sum, quota_of(config->cluster_queues[i].groups, config->cluster_queues[i].n_groups, fr).nominal);
	for (uint32_t i = 0; i < config->n_cohorts; i++)
		sum = sat_add(sum, quota_of(config->cohorts[i].groups, config->cohorts[i].n_groups, fr).nominal);
	return sum;
}
