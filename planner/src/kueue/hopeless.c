/* hopeless.c - heads of which it is known without an evaluation that they cannot be admitted.
 *
 * Whenever quota is given back, every parked class of the tree is tried again, one per queue and pass, and nearly all of
 * them fail as before. All that follows from such a failure is that the class is parked again, and that the head may reserve
 * what it asks for until the end of the pass (SC-11). Failure is certain for a head of a foreseeable class that an
 * evaluation has found hopeless before, if that was a NoFit, or else when
 *
 *   - nobody who holds quota in its queue or tree is of a priority that it may preempt, whatever else is true of him (PR-2),
 *   - and of some resource it asks for more than is available to the queue in any flavor (FA-4).
 *
 * Foreseeable are classes that fail in the same way, and with the same progress of the flavor search, whatever is in use;
 * see foreseeable(). All others are evaluated. */
#include <stdlib.h>

#include "kueue.h"

/* What a class asks for in all, per resource. */
struct need {
	uint32_t resource;
	int64_t amount;
};

/* What is true of a class as long as the configuration is. */
struct prospect {
	enum { PROSPECT_UNKNOWN, PROSPECT_FORESEEABLE, PROSPECT_OPEN } kind;
	uint32_t first_need, n_needs;
	uint32_t first_pair, n_pairs; /* its request at its flavors; NONE: some resource has a choice of flavors */
};

/* What is true of a queue as long as its tree is at this version. */
struct outlook {
	uint64_t tree_version;
	int64_t priority_ceiling; /* preemption_priority_ceiling() */
	bool valid;
};

struct hopeless {
	struct {
		VEC_FIELDS(struct prospect);
	} prospects; /* per class */
	struct {
		VEC_FIELDS(struct need);
	} needs;
	struct {
		VEC_FIELDS(struct charge_pair);
	} pairs;
	struct outlook *outlooks; /* per cluster queue */
	int64_t *available;       /* [cluster queue * n_resources + resource]: the most that any flavor has */
	int64_t *totals;          /* per resource: what the class at hand asks for in all, -1 = not asked */
};

struct hopeless *hopeless_create(const struct kueue_config *config)
{
	struct hopeless *hopeless = xcalloc(1, sizeof *hopeless);
	hopeless->outlooks = xcalloc(config->n_cluster_queues, sizeof *hopeless->outlooks);
	hopeless->available = xcalloc((size_t)config->n_cluster_queues * config->n_resources, sizeof *hopeless->available);
	hopeless->totals = xcalloc(config->n_resources, sizeof *hopeless->totals);
	return hopeless;
}

void hopeless_destroy(struct hopeless *hopeless)
{
	if (!hopeless)
		return;
	VEC_FREE(&hopeless->prospects);
	VEC_FREE(&hopeless->needs);
	VEC_FREE(&hopeless->pairs);
	free(hopeless->outlooks);
	free(hopeless->available);
	free(hopeless->totals);
	free(hopeless);
}

/* ---- classes ---- */

/* False when the class asks for something that no flavor is searched for. */
static bool sum_totals(const struct kueue *kueue, const struct cluster_queue *queue, const struct shape *shape)
{
	int64_t *totals = kueue->hopeless->totals;
	uint32_t pods = kueue->books->pods_resource;
	for (uint32_t resource = 0; resource < kueue->books->config->n_resources; resource++)
		totals[resource] = -1;
	for (uint32_t i = 0; i < shape->n_pod_sets; i++) {
		const struct shape_pod_set *set = &shape->pod_sets[i];
		for (uint32_t j = 0; j < set->spec.n_requests; j++) {
			uint32_t resource = set->resources[j];
			if (resource == NONE || !flavor_group(queue, resource))
				return false;
			int64_t amount = sat_mul(set->spec.requests[j].amount, set->spec.count);
			totals[resource] = sat_add(MAX(0, totals[resource]), amount);
		}
	}
	if (pods == NONE || !flavor_group(queue, pods))
		return true;
	totals[pods] = 0; /* implied (WL-4), whatever was asked */
	for (uint32_t i = 0; i < shape->n_pod_sets; i++)
		totals[pods] = sat_add(totals[pods], shape->pod_sets[i].spec.count);
	return true;
}

/* When this much of a pair is not there: does FA-4 always say the same, NoCandidates or that the maximum is exceeded? Of
 * several pod sets, those before the one that exceeds it may fail first, and otherwise. */
static bool pair_fails_alike(const struct kueue *kueue, uint32_t cluster_queue, uint32_t fr, int64_t amount, bool one_unit)
{
	const struct kueue_config *config = kueue->books->config;
	const struct quota_tree *tree = kueue->books->quota.tree;
	size_t at = quota_index(tree, cluster_queue, fr);
	if (amount > tree->potential[at])
		return one_unit;
	return amount <= tree->nominal[at] || can_preempt_while_borrowing(config, &config->cluster_queues[cluster_queue]);
}

/* False also when the class asks for nothing of the group. */
static bool group_fails_alike(const struct kueue *kueue, uint32_t cluster_queue, const struct resource_group *group,
                              bool one_unit, bool *ret_concerned)
{
	*ret_concerned = false;
	for (uint32_t i = 0; i < group->n_resources; i++) {
		int64_t amount = kueue->hopeless->totals[group->resources[i]];
		if (amount < 0)
			continue;
		*ret_concerned = true;
		for (uint32_t flavor = 0; flavor < group->n_flavors; flavor++) {
			uint32_t cell = flavor * group->n_resources + i;
			if (group->present[cell] && !pair_fails_alike(kueue, cluster_queue, group->frs[cell], amount, one_unit))
				return false;
		}
	}
	return true;
}

/* Are outcome and search progress of a failure matters of the configuration alone? A search leaves no progress to resume
 * when no resource has a choice of flavors, or when all of it is one search of which every flavor fails. Leaves the totals
 * of the class. */
static bool foreseeable(const struct kueue *kueue, const struct class_view *class, bool *ret_choice)
{
	const struct kueue_config *config = kueue->books->config;
	const struct cluster_queue *queue = &config->cluster_queues[class->cluster_queue];
	const struct shape *shape = books_shape_at(kueue->books, class->shape);
	bool one_unit = shape->n_pod_sets == 1, choice = false;
	uint32_t n_groups = 0;
	if (shape->can_reduce || config->controller.fair_sharing || !sum_totals(kueue, queue, shape))
		return false;
	for (uint32_t g = 0; g < queue->n_groups; g++) {
		bool concerned;
		if (!group_fails_alike(kueue, class->cluster_queue, &queue->groups[g], one_unit, &concerned))
			return false;
		n_groups += concerned;
		choice |= concerned && queue->groups[g].n_flavors > 1;
	}
	*ret_choice = choice;
	return !choice || (one_unit && n_groups == 1);
}

static void list_needs(struct hopeless *hopeless, uint32_t n_resources, struct prospect *prospect)
{
	prospect->first_need = hopeless->needs.count;
	for (uint32_t resource = 0; resource < n_resources; resource++)
		if (hopeless->totals[resource] > 0)
			*VEC_PUSH(&hopeless->needs) = (struct need){resource, hopeless->totals[resource]};
	prospect->n_needs = hopeless->needs.count - prospect->first_need;
}

static void list_pairs(struct kueue *kueue, uint32_t cluster_queue, struct prospect *prospect)
{
	struct hopeless *hopeless = kueue->hopeless;
	const struct kueue_config *config = kueue->books->config;
	prospect->first_pair = hopeless->pairs.count;
	for (uint32_t fr = 0; fr < config->n_frs; fr++) {
		uint32_t resource = config->frs[fr].resource;
		const struct resource_group *group = flavor_group(&config->cluster_queues[cluster_queue], resource);
		if (group && hopeless->totals[resource] >= 0 && group->flavors[0] == config->frs[fr].flavor)
			*VEC_PUSH(&hopeless->pairs) = (struct charge_pair){fr, hopeless->totals[resource]};
	}
	prospect->n_pairs = hopeless->pairs.count - prospect->first_pair;
}

static struct prospect *prospect_of(struct kueue *kueue, const struct class_view *class)
{
	struct hopeless *hopeless = kueue->hopeless;
	while (hopeless->prospects.count <= class->index)
		(void)VEC_PUSH(&hopeless->prospects);
	struct prospect *prospect = &hopeless->prospects.items[class->index];
	if (prospect->kind != PROSPECT_UNKNOWN)
		return prospect;
	bool choice;
	prospect->kind = foreseeable(kueue, class, &choice) ? PROSPECT_FORESEEABLE : PROSPECT_OPEN;
	if (prospect->kind == PROSPECT_OPEN)
		return prospect;
	list_needs(hopeless, kueue->books->config->n_resources, prospect);
	prospect->first_pair = NONE;
	if (!choice)
		list_pairs(kueue, class->cluster_queue, prospect);
	return prospect;
}

/* ---- heads ---- */

static const struct outlook *outlook_of(struct kueue *kueue, uint32_t cluster_queue)
{
	const struct books *books = kueue->books;
	const struct cluster_queue *queue = &books->config->cluster_queues[cluster_queue];
	struct outlook *outlook = &kueue->hopeless->outlooks[cluster_queue];
	uint64_t tree_version = books->tree_version[books->quota.tree->root[cluster_queue]];
	if (outlook->valid && outlook->tree_version == tree_version)
		return outlook;
	int64_t *available = &kueue->hopeless->available[(size_t)cluster_queue * books->config->n_resources];
	for (uint32_t g = 0; g < queue->n_groups; g++) {
		const struct resource_group *group = &queue->groups[g];
		for (uint32_t i = 0; i < group->n_resources; i++) {
			int64_t most = 0;
			for (uint32_t cell = i; cell < group->n_flavors * group->n_resources; cell += group->n_resources)
				if (group->present[cell])
					most = MAX(most, quota_available(&books->quota, cluster_queue, group->frs[cell]));
			available[group->resources[i]] = most;
		}
	}
	*outlook = (struct outlook){tree_version, preemption_priority_ceiling(books, cluster_queue), true};
	return outlook;
}

static bool certain_to_fail(struct kueue *kueue, const struct class_view *class, const struct prospect *prospect)
{
	if (prospect->kind != PROSPECT_FORESEEABLE)
		return false;
	if (class->hopeless == REASON_NO_FIT)
		return true;
	if (class->priority > outlook_of(kueue, class->cluster_queue)->priority_ceiling)
		return false;
	uint32_t n_resources = kueue->books->config->n_resources;
	const int64_t *available = &kueue->hopeless->available[(size_t) class->cluster_queue * n_resources];
	const struct need *needs = &kueue->hopeless->needs.items[prospect->first_need];
	for (uint32_t i = 0; i < prospect->n_needs; i++)
		if (needs[i].amount > available[needs[i].resource])
			return true;
	return false;
}

bool kueue_foresee(struct kueue *kueue, uint32_t cluster_queue, struct foreseen *ret_foreseen)
{
	struct class_view class = queues_head_class(kueue->queues, cluster_queue);
	if (class.hopeless == REASON_NONE)
		return false;
	const struct prospect *prospect = prospect_of(kueue, &class);
	if (!certain_to_fail(kueue, &class, prospect))
		return false;
	*ret_foreseen = (struct foreseen){
	    .slot = class.head,
	    .cluster_queue = cluster_queue,
	    .class_index = class.index,
	    .priority = class.priority,
	    .reserves = class.hopeless == REASON_PREEMPTION_NO_CANDIDATES,
	    .first_pair = prospect->first_pair,
	    .n_pairs = prospect->n_pairs,
	};
	return true;
}

const struct charge_pair *kueue_foreseen_pairs(const struct kueue *kueue, const struct foreseen *foreseen)
{
	return &kueue->hopeless->pairs.items[foreseen->first_pair];
}
