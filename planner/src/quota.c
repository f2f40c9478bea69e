/* quota.c - see quota.h. */
#include <math.h>
#include <stdlib.h>

#include "planner/quota.h"

/* ---- building the tree ---- */

static void put_groups(struct quota_tree *tree, uint32_t node, const struct resource_group *groups, uint32_t n_groups)
{
	for (uint32_t g = 0; g < n_groups; g++) {
		uint32_t cells = groups[g].n_flavors * groups[g].n_resources;
		for (uint32_t i = 0; i < cells; i++) {
			if (!groups[g].present[i])
				continue;
			size_t at = quota_index(tree, node, groups[g].frs[i]);
			tree->nominal[at] = groups[g].quotas[i].nominal;
			tree->borrowing_limit[at] = groups[g].quotas[i].borrowing_limit;
			tree->guaranteed[at] = groups[g].quotas[i].lending_limit; /* the limit, until S is known */
			tree->defined[at] = true;
		}
	}
}

static void link_children(struct quota_tree *tree)
{
	uint32_t n_cohorts = tree->n_nodes - tree->n_cluster_queues;
	tree->child_start = xcalloc((size_t)n_cohorts + 1, sizeof *tree->child_start);
	tree->children = xcalloc(tree->n_nodes, sizeof *tree->children);
	uint32_t at = 0;
	for (uint32_t cohort = 0; cohort < n_cohorts; cohort++) {
		tree->child_start[cohort] = at;
		for (uint32_t node = 0; node < tree->n_nodes; node++)
			if (tree->parent[node] == tree->n_cluster_queues + cohort)
				tree->children[at++] = node;
	}
	tree->child_start[n_cohorts] = at;
}

/* Depth below its root, bounded: nodes in a cycle of cohorts have none. */
static uint32_t depth_of(const struct quota_tree *tree, uint32_t node)
{
	uint32_t depth = 0;
	while (tree->parent[node] != NONE && depth <= tree->n_nodes) {
		node = tree->parent[node];
		depth++;
	}
	return depth;
}

static void accumulate(struct quota_tree *tree, uint32_t node)
{
	for (uint32_t fr = 0; fr < tree->n_frs; fr++) {
		size_t at = quota_index(tree, node, fr);
		/* QA-2, from the lending limit that put_groups() left here. */
		int64_t limit = tree->guaranteed[at];
		int64_t kept = limit == LIMIT_UNSET ? 0 : amount_sub(tree->subtree[at], limit);
		tree->guaranteed[at] = MAX(kept, 0);
		uint32_t parent = tree->parent[node];
		if (parent == NONE || !tree->defined[at])
			continue;
		size_t above = quota_index(tree, parent, fr);
		tree->subtree[above] = amount_add(tree->subtree[above], amount_sub(tree->subtree[at], tree->guaranteed[at]));
		tree->defined[above] = true;
	}
}

static void set_potential(struct quota_tree *tree, uint32_t node)
{
	uint32_t parent = tree->parent[node];
	for (uint32_t fr = 0; fr < tree->n_frs; fr++) {
		size_t at = quota_index(tree, node, fr);
		if (parent == NONE) {
			tree->potential[at] = tree->subtree[at];
			continue;
		}
		int64_t most = amount_add(tree->guaranteed[at], tree->potential[quota_index(tree, parent, fr)]);
		if (tree->borrowing_limit[at] != LIMIT_UNSET)
			most = MIN(most, amount_add(tree->subtree[at], tree->borrowing_limit[at]));
		tree->potential[at] = most;
	}
}

/* Children before parents for S, G and heights; parents before children for the potential. */
static void sum_up(struct quota_tree *tree)
{
	uint32_t deepest = 0;
	for (uint32_t node = 0; node < tree->n_nodes; node++)
		if (!tree->excluded[node])
			deepest = MAX(deepest, depth_of(tree, node));
	for (size_t i = 0; i < (size_t)tree->n_nodes * tree->n_frs; i++)
		tree->subtree[i] = tree->nominal[i];
	for (uint32_t depth = deepest + 1; depth-- > 0;)
		for (uint32_t node = 0; node < tree->n_nodes; node++) {
			if (tree->excluded[node] || depth_of(tree, node) != depth)
				continue;
			accumulate(tree, node);
			uint32_t parent = tree->parent[node];
			if (parent != NONE)
				tree->height[parent] = MAX(tree->height[parent], node < tree->n_cluster_queues ? 1 : tree->height[node] + 1);
		}
	for (uint32_t depth = 0; depth <= deepest; depth++)
		for (uint32_t node = 0; node < tree->n_nodes; node++)
			if (!tree->excluded[node] && depth_of(tree, node) == depth)
				set_potential(tree, node);
}

static void allocate(struct quota_tree *tree)
{
	size_t cells = (size_t)tree->n_nodes * tree->n_frs;
	tree->parent = xcalloc(tree->n_nodes, sizeof *tree->parent);
	tree->root = xcalloc(tree->n_nodes, sizeof *tree->root);
	tree->height = xcalloc(tree->n_nodes, sizeof *tree->height);
	tree->weight = xcalloc(tree->n_nodes, sizeof *tree->weight);
	tree->excluded = xcalloc(tree->n_nodes, sizeof *tree->excluded);
	tree->nominal = xcalloc(cells, sizeof *tree->nominal);
	tree->subtree = xcalloc(cells, sizeof *tree->subtree);
	tree->guaranteed = xcalloc(cells, sizeof *tree->guaranteed);
	tree->borrowing_limit = xcalloc(cells, sizeof *tree->borrowing_limit);
	tree->potential = xcalloc(cells, sizeof *tree->potential);
	tree->defined = xcalloc(cells, sizeof *tree->defined);
	for (size_t i = 0; i < cells; i++)
		tree->borrowing_limit[i] = tree->guaranteed[i] = LIMIT_UNSET;
}

struct quota_tree *quota_tree_create(const struct kueue_config *config)
{
	struct quota_tree *tree = xcalloc(1, sizeof *tree);
	tree->references = 1;
	tree->n_cluster_queues = config->n_cluster_queues;
	tree->n_nodes = config->n_cluster_queues + config->n_cohorts;
	tree->n_frs = config->n_frs;
	allocate(tree);
	for (uint32_t i = 0; i < config->n_cluster_queues; i++) {
		const struct cluster_queue *queue = &config->cluster_queues[i];
		tree->parent[i] = queue->cohort == NONE ? NONE : tree->n_cluster_queues + queue->cohort;
		tree->weight[i] = queue->fair_weight;
		tree->excluded[i] = queue->cohort != NONE && config->cohorts[queue->cohort].in_cycle;
		tree->root[i] = tree->excluded[i] || queue->cohort == NONE
		                    ? i
		                    : tree->n_cluster_queues + kueue_root_cohort(config, queue->cohort);
		put_groups(tree, i, queue->groups, queue->n_groups);
	}
	for (uint32_t i = 0; i < config->n_cohorts; i++) {
		const struct cohort *cohort = &config->cohorts[i];
		uint32_t node = tree->n_cluster_queues + i;
		tree->parent[node] = cohort->parent == NONE ? NONE : tree->n_cluster_queues + cohort->parent;
		tree->weight[node] = cohort->fair_weight;
		tree->excluded[node] = cohort->in_cycle;
		tree->root[node] = tree->excluded[node] ? node : tree->n_cluster_queues + kueue_root_cohort(config, i);
		put_groups(tree, node, cohort->groups, cohort->n_groups);
	}
	link_children(tree);
	sum_up(tree);
	return tree;
}

struct quota_tree *quota_tree_share(struct quota_tree *tree)
{
	tree->references++;
	return tree;
}

void quota_tree_release(struct quota_tree *tree)
{
	if (!tree || --tree->references > 0)
		return;
	free(tree->parent);
	free(tree->root);
	free(tree->height);
	free(tree->weight);
	free(tree->excluded);
	free(tree->child_start);
	free(tree->children);
	free(tree->nominal);
	free(tree->subtree);
	free(tree->guaranteed);
	free(tree->borrowing_limit);
	free(tree->potential);
	free(tree->defined);
	free(tree);
}

/* ---- arithmetic ---- */

int64_t quota_balance(const struct quota_state *quota, uint32_t node, uint32_t fr)
{
	const struct quota_tree *tree = quota->tree;
	size_t at = quota_index(tree, node, fr);
	uint32_t parent = tree->parent[node];
	if (parent == NONE)
		return amount_sub(tree->subtree[at], quota->usage[at]);
	int64_t from_parent = quota_balance(quota, parent, fr);
	if (tree->borrowing_limit[at] != LIMIT_UNSET) {
		int64_t stored = amount_sub(tree->subtree[at], tree->guaranteed[at]);
		int64_t used = MAX(0, amount_sub(quota->usage[at], tree->guaranteed[at]));
		from_parent = MIN(from_parent, amount_add(amount_sub(stored, used), tree->borrowing_limit[at]));
	}
	return amount_add(quota_local_available(quota, node, fr), from_parent);
}

int64_t quota_available(const struct quota_state *quota, uint32_t node, uint32_t fr)
{
	return MAX(0, quota_balance(quota, node, fr));
}

void quota_add(struct quota_state *quota, uint32_t node, uint32_t fr, int64_t amount)
{
	for (;;) {
		int64_t local = quota_local_available(quota, node, fr);
		int64_t *used = &quota->usage[quota_index(quota->tree, node, fr)];
		undo_set(quota->undo, used, amount_add(*used, amount));
		node = quota->tree->parent[node];
		if (node == NONE || amount <= local)
			return;
		amount = amount_sub(amount, local);
	}
}

void quota_remove(struct quota_state *quota, uint32_t node, uint32_t fr, int64_t amount)
{
	for (;;) {
		size_t at = quota_index(quota->tree, node, fr);
		int64_t stored_at_parent = amount_sub(quota->usage[at], quota->tree->guaranteed[at]);
		undo_set(quota->undo, &quota->usage[at], amount_sub(quota->usage[at], amount));
		node = quota->tree->parent[node];
		if (node == NONE || stored_at_parent <= 0)
			return;
		amount = MIN(amount, stored_at_parent);
	}
}

uint32_t quota_borrow_level(const struct quota_state *quota, uint32_t cluster_queue, uint32_t fr, int64_t amount,
                            bool *ret_may_reclaim)
{
	const struct quota_tree *tree = quota->tree;
	uint32_t cohort = tree->parent[cluster_queue];
	if (cohort == NONE || !quota_borrowing_with(quota, cluster_queue, fr, amount)) {
		*ret_may_reclaim = cohort != NONE;
		return 0;
	}
	int64_t remaining = amount_sub(amount, quota_local_available(quota, cluster_queue, fr));
	for (;; cohort = tree->parent[cohort]) {
		bool hosts = !quota_borrowing_with(quota, cohort, fr, remaining);
		bool is_root = tree->parent[cohort] == NONE;
		if (hosts || is_root) {
			*ret_may_reclaim = hosts && !is_root;
			return tree->height[cohort];
		}
		remaining = amount_sub(remaining, quota_local_available(quota, cohort, fr));
	}
}

/* ---- dominant resource share ---- */

/* What the parent could lend of a resource, over all flavors known anywhere in the tree. */
static int64_t lendable(const struct quota_tree *tree, const struct kueue_config *config, uint32_t node, uint32_t resource)
{
	uint32_t root = tree->root[node], parent = tree->parent[node];
	int64_t sum = 0;
	for (uint32_t fr = 0; fr < tree->n_frs; fr++)
		if (config->frs[fr].resource == resource && tree->defined[quota_index(tree, root, fr)])
			sum = amount_add(sum, tree->potential[quota_index(tree, parent, fr)]);
	return sum;
}

static int64_t borrowed(const struct quota_state *quota, const struct kueue_config *config, uint32_t node, uint32_t resource,
                        bool *ret_borrowing)
{
	int64_t sum = 0;
	for (uint32_t fr = 0; fr < quota->tree->n_frs; fr++) {
		size_t at = quota_index(quota->tree, node, fr);
		if (config->frs[fr].resource != resource || !quota->tree->defined[at])
			continue;
		int64_t above = amount_sub(quota->usage[at], quota->tree->subtree[at]);
		if (above > 0) {
			sum = amount_add(sum, above);
			*ret_borrowing = true;
		}
	}
	return sum;
}

struct dominant_share quota_dominant_share(const struct quota_state *quota, const struct kueue_config *config, uint32_t node)
{
	struct dominant_share share = {.weight = quota->tree->weight[node], .resource = NONE};
	if (quota->tree->parent[node] == NONE)
		return share;
	for (uint32_t resource = 0; resource < config->n_resources; resource++) {
		bool borrows = false;
		int64_t amount = borrowed(quota, config, node, resource, &borrows);
		share.borrowing |= borrows;
		if (amount <= 0)
			continue;
		int64_t lend = lendable(quota->tree, config, node, resource);
		if (lend <= 0)
			continue;
		double ratio = (double)amount * 1000.0 / (double)lend;
		bool tie_by_name = ratio == share.ratio && share.resource != NONE &&
		                   names_compare(config->names, config->resources[resource], config->resources[share.resource]) < 0;
		if (ratio > share.ratio || tie_by_name) {
			share.ratio = ratio;
			share.resource = resource;
		}
	}
	return share;
}

bool quota_borrows(const struct quota_state *quota, uint32_t node, uint32_t fr)
{
	return quota->tree->defined[quota_index(quota->tree, node, fr)] && quota_borrowing_with(quota, node, fr, 0);
}

double dominant_share_value(const struct dominant_share *share)
{
	if (share->ratio == 0)
		return 0;
	return share->weight == 0 ? INFINITY : share->ratio / share->weight;
}

int dominant_share_compare(const struct dominant_share *a, const struct dominant_share *b)
{
	double x = dominant_share_value(a), y = dominant_share_value(b);
	if (isinf(x) && isinf(y)) {
		x = a->ratio;
		y = b->ratio;
	}
	return (x > y) - (x < y);
}
