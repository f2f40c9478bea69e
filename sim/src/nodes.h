/* nodes.h - the nodes of one cluster: what is allocated on each, and an index by what is left.
 *
 * Resources are columns: the union of what the pools offer, plus two that only scores read (kube-scheduler counts a pod
 * without a cpu or memory request as 100m and 200Mi when it scores, never when it filters). A row holds one int64 per
 * column, in Kueue's units.
 *
 * Nodes of a pool are alike, so the nodes of a pool with the same usage row are one *fill*: they pass the same filters and
 * get the same scores. Fills hang in buckets by free GPUs. A search then looks at each distinct fill with enough GPUs, not
 * at each node: an empty cluster of 10,000 nodes is one fill.
 *
 * Internal to sim/; rows are visible because the scheduler's inner loop reads them. */
#ifndef BERTH_SIM_NODES_H
#define BERTH_SIM_NODES_H

#include "base/base.h"
#include "base/vec.h"
#include "world/world.h"

enum node_state {
	NODE_ABSENT,   /* not part of the cluster (yet, or any more) */
	NODE_UP,       /* takes pods */
	NODE_DRAINING, /* about to be removed: keeps its pods, takes none */
	NODE_DOWN,     /* failed: no pods */
};

struct node {
	uint32_t pool;
	uint32_t index; /* within the pool; the node's name is "<pool>-<index>" */
	enum node_state state;
	uint32_t fill; /* NODE_UP: the fill it is in, else NONE */
	uint32_t n_pods;
	bool freed; /* in the list of nodes that got room since nodes_clear_freed() */
};

/* Alike nodes of one pool. */
struct fill {
	uint32_t pool, bucket;
	uint32_t next, previous; /* in the bucket; NONE at the ends. A free fill: next free */
	uint32_t hash_next;
	uint64_t hash;
	struct {
		VEC_FIELDS(uint32_t);
	} nodes; /* ascending */
};

enum { MAX_GPU_BUCKETS = 65 };

struct pool_nodes {
	const struct node_pool *pool;
	uint32_t first_node, n_nodes; /* rows in the node table, absent ones included */
	uint32_t gpu_column;          /* NONE: no GPUs */
	int64_t gpus_per_node;
	int64_t *allocatable; /* by column */
	uint32_t n_buckets;   /* free GPUs 0 .. n_buckets-1; the last holds that many or more */
	uint32_t bucket[MAX_GPU_BUCKETS];
	/* GPUs of nodes that are not absent = allocated + unusable + idle. */
	int64_t present_gpus;
	int64_t allocated_gpus;
	int64_t unusable_gpus; /* of nodes that are down; free ones of nodes that drain */
};

struct node_table {
	const struct names *names;
	uint32_t n_columns;   /* resources, then the two for scores */
	uint32_t n_resources; /* columns that filters look at */
	name_id *resources;   /* by column */
	uint32_t cpu, memory; /* columns; NONE when no pool offers it */
	uint32_t pods;        /* column of "pods": every pod takes one */
	uint32_t score_cpu, score_memory;
	struct pool_nodes *pools;
	uint32_t n_pools;
	struct node *nodes;
	uint32_t n_nodes;
	int64_t busy_nodes; /* nodes with pods */
	int64_t *used;      /* [node * n_columns] */
	struct {
		VEC_FIELDS(struct fill);
	} fills;
	int64_t *fill_rows; /* [fill * n_columns] */
	uint32_t fill_rows_capacity;
	uint32_t free_fill;
	uint32_t *hash_slots; /* power of two; NONE = empty */
	uint32_t n_hash_slots;
	struct {
		VEC_FIELDS(uint32_t);
	} freed;
};

/* `most_nodes[pool]`: the largest size that the pool takes during the run. The first pool->nodes of each pool are up. */
NODISCARD struct node_table *nodes_create(const struct names *names, const struct node_pool *pools, uint32_t n_pools,
                                          const int32_t *most_nodes);
void nodes_destroy(struct node_table *table); /* accepts NULL */

/* The column of a resource; NONE when no pool offers it. */
uint32_t nodes_find_column(const struct node_table *table, name_id resource);
/* What one pod takes, as a row of n_columns. False when it asks for a resource that no pool offers. */
NODISCARD bool nodes_request_row(const struct node_table *table, const struct pod_set *pod_set, int64_t *ret_row);
/* GPUs that a pod with this row occupies in a pool. */
static inline int64_t pool_row_gpus(const struct pool_nodes *pool, const int64_t *row)
{
	return pool->gpu_column == NONE ? 0 : row[pool->gpu_column];
}
static inline const int64_t *node_used(const struct node_table *table, uint32_t node)
{
	return &table->used[(size_t)node * table->n_columns];
}
static inline const int64_t *fill_used(const struct node_table *table, uint32_t fill)
{
	return &table->fill_rows[(size_t)fill * table->n_columns];
}
/* All requested resources are free. */
bool nodes_row_fits(const struct node_table *table, const struct pool_nodes *pool, const int64_t *used, const int64_t *row);

/* The node must be up. */
void nodes_bind(struct node_table *table, uint32_t node, const int64_t *row);
/* Up or draining. The node joins the list of freed nodes. */
void nodes_unbind(struct node_table *table, uint32_t node, const int64_t *row);
/* Down and absent nodes must hold no pods. A node that comes up joins the list of freed nodes. */
void nodes_set_state(struct node_table *table, uint32_t node, enum node_state state);
void nodes_clear_freed(struct node_table *table);

/* "<pool>-<index>", or the name of the one node that the pool stands for. Returns `out`. */
char *nodes_name(const struct node_table *table, uint32_t node, char out[300]);

#endif
