/* quota.h - quota arithmetic over the cohort tree (kueue-semantics 2, QA-1 to QA-12).
 *
 * Nodes are numbered: cluster queue i is node i, cohort j is node n_cluster_queues + j. What a configuration fixes is
 * computed once (struct quota_tree, immutable, shared by forks); what changes is one array of usage in the books. A quota of
 * INT64_MAX means no limit (0.3). Every change of usage goes through quota_add() and quota_remove(), which log the old
 * value while a mark is set (undo.h). */
#ifndef BERTH_PLANNER_QUOTA_H
#define BERTH_PLANNER_QUOTA_H

#include "planner/undo.h"
#include "world/kueue.h"

struct quota_tree {
	uint32_t references; /* forks and configuration versions share one */
	uint32_t n_cluster_queues, n_nodes, n_frs;
	/* per node */
	uint32_t *parent; /* NONE at a root */
	uint32_t *root;   /* of the node's tree; itself at a root */
	uint32_t *height; /* QA-10 */
	double *weight;   /* fair-sharing weight */
	bool *excluded;   /* on or below a cycle of cohorts: takes no part */
	/* children of cohort node c: child_start[c - n_cluster_queues] .. child_start[... + 1], cluster queues before cohorts,
	 * each in order of name */
	uint32_t *child_start, *children;
	/* per node and flavor-resource: [node * n_frs + fr] */
	int64_t *nominal;         /* own quota */
	int64_t *subtree;         /* S, QA-1 */
	int64_t *guaranteed;      /* G, QA-2 */
	int64_t *borrowing_limit; /* LIMIT_UNSET = none */
	int64_t *potential;       /* QA-6 */
	bool *defined;            /* the node or one below it names the pair */
};

struct quota_state {
	const struct quota_tree *tree;
	int64_t *usage; /* U, same layout; owned by the books */
	struct undo *undo;
};

NODISCARD struct quota_tree *quota_tree_create(const struct kueue_config *config);
struct quota_tree *quota_tree_share(struct quota_tree *tree); /* another reference to the same tree */
void quota_tree_release(struct quota_tree *tree);             /* accepts NULL */

/* Amounts with infinity (0.3). */
static inline int64_t amount_add(int64_t a, int64_t b)
{
	return a == INT64_MAX || b == INT64_MAX ? INT64_MAX : sat_add(a, b);
}
static inline int64_t amount_sub(int64_t a, int64_t b)
{
	if (a == INT64_MAX)
		return b == INT64_MAX ? 0 : INT64_MAX;
	return b == INT64_MAX ? INT64_MIN : sat_sub(a, b);
}

static inline size_t quota_index(const struct quota_tree *tree, uint32_t node, uint32_t fr)
{
	return (size_t)node * tree->n_frs + fr;
}
static inline int64_t quota_usage(const struct quota_state *quota, uint32_t node, uint32_t fr)
{
	return quota->usage[quota_index(quota->tree, node, fr)];
}

/* QA-4: head-room in what the node does not share. */
static inline int64_t quota_local_available(const struct quota_state *quota, uint32_t node, uint32_t fr)
{
	size_t at = quota_index(quota->tree, node, fr);
	return MAX(0, amount_sub(quota->tree->guaranteed[at], quota->usage[at]));
}
/* QA-5 before clamping: may be negative. */
int64_t quota_balance(const struct quota_state *quota, uint32_t node, uint32_t fr);
/* QA-5: max(0, balance). */
int64_t quota_available(const struct quota_state *quota, uint32_t node, uint32_t fr);
/* QA-7 and QA-8. */
void quota_add(struct quota_state *quota, uint32_t node, uint32_t fr, int64_t amount);
void quota_remove(struct quota_state *quota, uint32_t node, uint32_t fr, int64_t amount);

/* QA-9. For a cluster queue the subtree quota is its nominal quota. */
static inline bool quota_borrowing_with(const struct quota_state *quota, uint32_t node, uint32_t fr, int64_t amount)
{
	size_t at = quota_index(quota->tree, node, fr);
	return amount_add(quota->usage[at], amount) > quota->tree->subtree[at];
}

/* QA-11: height of the lowest subtree that can host `amount` more; `ret_may_reclaim`: that subtree is not the whole tree. */
uint32_t quota_borrow_level(const struct quota_state *quota, uint32_t cluster_queue, uint32_t fr, int64_t amount,
                            bool *ret_may_reclaim);

/* PR-19. `borrowing` is true as soon as the node exceeds its subtree quota anywhere, also when the ratio is 0. */
struct dominant_share {
	double ratio; /* unweighted, in thousandths */
	double weight;
	uint32_t resource; /* the dominant one; NONE if not borrowing */
	bool borrowing;
};
struct dominant_share quota_dominant_share(const struct quota_state *quota, const struct kueue_config *config,
                                           uint32_t node);
/* Does the node exceed its own quota of a pair that it has quota of? */
bool quota_borrows(const struct quota_state *quota, uint32_t node, uint32_t fr);
/* ratio / weight; INFINITY for weight 0 with a ratio above 0. */
double dominant_share_value(const struct dominant_share *share);
/* Negative: a's is the smaller one. A node of weight 0 that borrows is above all others. */
int dominant_share_compare(const struct dominant_share *a, const struct dominant_share *b);

#endif
