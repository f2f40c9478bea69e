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
#include "topology_wishes.h"

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
	uint32_t fails_from; /* all classes of the queue's run from this position on are certain to fail */
	uint32_t run_version;
};

/* How hard the rest of a queue's run is to place at best, from each position on. */
struct suffixes {
	uint32_t run_version, capacity;
	int64_t *least_needed;     /* [position * n_resources + resource] */
	int64_t *highest_priority; /* of those who could preempt */
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
	uint32_t n_queues;
	struct outlook *outlooks;  /* per cluster queue */
	struct suffixes *suffixes; /* per cluster queue */
	int64_t *available;        /* [cluster queue * n_resources + resource]: the most that any flavor has */
	int64_t *totals;           /* per resource: what the class at hand asks for in all, -1 = not asked */
};

struct hopeless *hopeless_create(const struct kueue_config *config)
{
	struct hopeless *hopeless = xcalloc(1, sizeof *hopeless);
	hopeless->n_queues = config->n_cluster_queues;
	hopeless->outlooks = xcalloc(config->n_cluster_queues, sizeof *hopeless->outlooks);
	hopeless->suffixes = xcalloc(config->n_cluster_queues, sizeof *hopeless->suffixes);
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
	for (uint32_t i = 0; i < hopeless->n_queues; i++) {
		free(hopeless->suffixes[i].least_needed);
		free(hopeless->suffixes[i].highest_priority);
	}
	free(hopeless->suffixes);
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
		if (set->spec.topology && set->spec.topology->group != NO_NAME)
			return false; /* searched with others (FA-1) */
		for (uint32_t j = 0; j < set->n_charged; j++) {
			uint32_t resource = set->resources[j];
			if (resource == NONE || !flavor_group(queue, resource))
				return false;
			int64_t amount = sat_mul(set->charged[j].amount, set->spec.count);
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
	if (kueue_shape_wants_topology(kueue->books, class->cluster_queue, shape) || shape->can_reduce ||
	    shape->allowed_flavors != NO_NAME || config->controller.fair_sharing ||
	    kueue_usage_based(config, class->cluster_queue) || !sum_totals(kueue, queue, shape))
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

static const struct prospect *prospect_of(struct kueue *kueue, const struct class_view *class)
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

void kueue_found_hopeless(struct kueue *kueue, uint32_t slot, enum reason reason)
{
	struct class_view class = queues_class(kueue->queues, queues_class_index(kueue->queues, slot));
	if (prospect_of(kueue, &class)->kind == PROSPECT_FORESEEABLE)
		queues_found_hopeless(kueue->queues, slot, reason);
}

/* ---- queues ---- */

static int64_t *available_to(const struct kueue *kueue, uint32_t cluster_queue)
{
	return &kueue->hopeless->available[(size_t)cluster_queue * kueue->books->config->n_resources];
}

static struct outlook *outlook_of(struct kueue *kueue, uint32_t cluster_queue)
{
	const struct books *books = kueue->books;
	const struct cluster_queue *queue = &books->config->cluster_queues[cluster_queue];
	struct outlook *outlook = &kueue->hopeless->outlooks[cluster_queue];
	uint64_t tree_version = books->tree_version[books->quota.tree->root[cluster_queue]];
	if (outlook->valid && outlook->tree_version == tree_version)
		return outlook;
	for (uint32_t g = 0; g < queue->n_groups; g++) {
		const struct resource_group *group = &queue->groups[g];
		for (uint32_t i = 0; i < group->n_resources; i++) {
			int64_t most = 0;
			for (uint32_t cell = i; cell < group->n_flavors * group->n_resources; cell += group->n_resources)
				if (group->present[cell])
					most = MAX(most, quota_available(&books->quota, cluster_queue, group->frs[cell]));
			available_to(kueue, cluster_queue)[group->resources[i]] = most;
		}
	}
	*outlook = (struct outlook){.tree_version = tree_version,
	                            .priority_ceiling = preemption_priority_ceiling(books, cluster_queue),
	                            .valid = true,
	                            .run_version = NONE};
	return outlook;
}

static bool certain_to_fail(struct kueue *kueue, const struct class_view *class)
{
	if (class->hopeless == REASON_NONE)
		return false;
	const struct prospect *prospect = prospect_of(kueue, class);
	if (class->hopeless == REASON_NO_FIT)
		return true;
	if (class->priority > outlook_of(kueue, class->cluster_queue)->priority_ceiling)
		return false;
	const int64_t *available = available_to(kueue, class->cluster_queue);
	const struct need *needs = &kueue->hopeless->needs.items[prospect->first_need];
	for (uint32_t i = 0; i < prospect->n_needs; i++)
		if (needs[i].amount > available[needs[i].resource])
			return true;
	return false;
}

/* ---- runs ---- */

static void add_to_suffix(struct kueue *kueue, const struct class_view *class, int64_t *least_needed,
                          int64_t *highest_priority)
{
	if (class->hopeless == REASON_NO_FIT)
		return;
	const struct prospect *prospect = prospect_of(kueue, class);
	const struct need *needs = &kueue->hopeless->needs.items[prospect->first_need];
	uint32_t n_resources = kueue->books->config->n_resources, listed = 0;
	for (uint32_t resource = 0; resource < n_resources; resource++) { /* both ascend by resource */
		bool needed = listed < prospect->n_needs && needs[listed].resource == resource;
		least_needed[resource] = needed ? MIN(least_needed[resource], needs[listed++].amount) : 0;
	}
	*highest_priority = MAX(*highest_priority, class->priority);
}

static const struct suffixes *suffixes_of(struct kueue *kueue, uint32_t cluster_queue, const struct run_view *run)
{
	struct suffixes *suffixes = &kueue->hopeless->suffixes[cluster_queue];
	uint32_t n_resources = kueue->books->config->n_resources;
	if (suffixes->run_version == run->version)
		return suffixes; /* a class that has left since then was no easier to place than nobody */
	if (suffixes->capacity < run->count) {
		suffixes->capacity = run->count + run->count / 2;
		suffixes->least_needed =
		    xrealloc_array(suffixes->least_needed, (size_t)suffixes->capacity * n_resources, sizeof *suffixes->least_needed);
		suffixes->highest_priority =
		    xrealloc_array(suffixes->highest_priority, suffixes->capacity, sizeof *suffixes->highest_priority);
	}
	for (uint32_t at = run->count; at-- > 0;) {
		int64_t *least_needed = &suffixes->least_needed[(size_t)at * n_resources];
		bool last = at + 1 == run->count;
		for (uint32_t resource = 0; resource < n_resources; resource++)
			least_needed[resource] = last ? INT64_MAX : least_needed[n_resources + resource];
		suffixes->highest_priority[at] = last ? INT64_MIN : suffixes->highest_priority[at + 1];
		if (run->classes[at] == NONE)
			continue;
		struct class_view class = queues_class(kueue->queues, run->classes[at]);
		add_to_suffix(kueue, &class, least_needed, &suffixes->highest_priority[at]);
	}
	suffixes->run_version = run->version;
	return suffixes;
}

static bool all_fail_from(const struct kueue *kueue, uint32_t cluster_queue, const struct suffixes *suffixes, uint32_t at)
{
	uint32_t n_resources = kueue->books->config->n_resources;
	if (suffixes->highest_priority[at] > kueue->hopeless->outlooks[cluster_queue].priority_ceiling)
		return false;
	for (uint32_t resource = 0; resource < n_resources; resource++)
		if (suffixes->least_needed[(size_t)at * n_resources + resource] > available_to(kueue, cluster_queue)[resource])
			return true;
	return false;
}

/* The further back, the harder: the first position from which on all are certain to fail, by bisection. */
static uint32_t fails_from(struct kueue *kueue, uint32_t cluster_queue, const struct run_view *run)
{
	struct outlook *outlook = outlook_of(kueue, cluster_queue);
	if (outlook->run_version == run->version)
		return outlook->fails_from;
	const struct suffixes *suffixes = suffixes_of(kueue, cluster_queue, run);
	uint32_t low = 0, high = run->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (all_fail_from(kueue, cluster_queue, suffixes, middle))
			high = middle;
		else
			low = middle + 1;
	}
	outlook->fails_from = low;
	outlook->run_version = run->version;
	return low;
}

/* ---- heads ---- */

bool kueue_foresees_failure(struct kueue *kueue, uint32_t cluster_queue)
{
	struct run_view run = queues_run(kueue->queues, cluster_queue);
	if (run.leads && run.next >= fails_from(kueue, cluster_queue, &run))
		return true;
	struct class_view class = queues_head_class(kueue->queues, cluster_queue);
	return certain_to_fail(kueue, &class);
}

struct foreseen kueue_foreseen(struct kueue *kueue, uint32_t cluster_queue)
{
	struct class_view class = queues_head_class(kueue->queues, cluster_queue);
	const struct prospect *prospect = prospect_of(kueue, &class);
	return (struct foreseen){
	    .slot = class.head,
	    .priority = class.priority,
	    .reserves = class.hopeless == REASON_PREEMPTION_NO_CANDIDATES,
	    .first_pair = prospect->first_pair,
	    .n_pairs = prospect->n_pairs,
	};
}

const struct charge_pair *kueue_foreseen_pairs(const struct kueue *kueue, const struct foreseen *foreseen)
{
	return &kueue->hopeless->pairs.items[foreseen->first_pair];
}
