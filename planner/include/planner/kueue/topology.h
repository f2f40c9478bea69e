/* topology.h - where in the topology of nodes the pods of a workload go (kueue-semantics 7, TAS-1 to TAS-21).
 *
 * A library without books: it knows nodes, what runs on them, and requests; not quota, queues or time.
 *
 *   topologies         one tree of domains per flavor with a topology; immutable, made anew when nodes change
 *   topology_usage     what topology-aware workloads use, in flat words per place, changed under the undo log
 *   topology_finder    searches; keeps how many pods fit where, per kind of request, and mends it where usage has changed
 *
 * Domains are numbered level by level; those of a level in byte-wise order of their values, the children of a domain side
 * by side. So order of numbers is order of values, and no search looks at a text. A place is a leaf that outlives its tree:
 * where the last level is the hostname it is the host, whatever flavor is asked (TAS-2), else the leaf of one flavor.
 *
 * Counts of pods are int32, as in Kueue. Quantities are Kueue's integers. */
#ifndef BERTH_PLANNER_KUEUE_TOPOLOGY_H
#define BERTH_PLANNER_KUEUE_TOPOLOGY_H

#include "planner/undo.h"
#include "world/kueue.h"

enum { TOPOLOGY_MOST_LEVELS = 16, TOPOLOGY_MOST_ASKS = 64 };

/* ---- trees ---- */

/* What makes the tree of one flavor. No levels: the flavor has no topology. */
struct topology_flavor {
	const name_id *levels; /* outermost first */
	uint32_t n_levels;
	const struct key_value *node_labels;
	uint32_t n_node_labels;
	const struct toleration *tolerations;
	uint32_t n_tolerations;
};

/* All of it is borrowed, and must outlive the trees. */
struct topology_world {
	const struct names *names;
	gate_set gates;
	const struct topology_flavor *flavors;
	uint32_t n_flavors;
	const struct kube_node *nodes;
	uint32_t n_nodes;
	const struct node_load *loads; /* pods outside topology-aware workloads */
	uint32_t n_loads;
};

/* TAS-1. Domains of level l are level_start[l] to level_start[l + 1] - 1; children of d are first_child[d] to
 * first_child[d + 1] - 1. A leaf is a domain of the last level, counted from 0. */
struct topology_tree {
	struct topology_flavor flavor;
	bool leaf_is_host;
	uint32_t level_start[TOPOLOGY_MOST_LEVELS + 1];
	uint32_t n_domains, n_leaves;
	uint32_t *parent, *first_child;
	name_id *value;          /* of the domain's own level */
	uint32_t *place;         /* per leaf */
	uint32_t *node;          /* per leaf, where it is a host: into the world's nodes */
	int64_t *capacity;       /* [leaf * n_columns + column]: allocatable, less what pods outside take */
	uint32_t *leaf_of_place; /* NONE: no leaf of this tree */
	uint32_t n_places;       /* that leaf_of_place covers */
};

struct topology_place {
	uint32_t flavor;       /* NONE: a host, whatever the flavor */
	const name_id *values; /* of all levels, or just the hostname */
	uint32_t n_values;
};

struct topologies;

/* `previous` (or NULL) gives its places their numbers. */
NODISCARD struct topologies *topologies_create(const struct topology_world *world, const struct topologies *previous);
void topologies_destroy(struct topologies *topologies); /* accepts NULL */
/* NULL when the flavor has no topology. */
const struct topology_tree *topologies_tree(const struct topologies *topologies, uint32_t flavor);
uint32_t topologies_columns(const struct topologies *topologies);
uint32_t topologies_column(const struct topologies *topologies, name_id resource); /* NONE: no node has any */
uint32_t topologies_pods_column(const struct topologies *topologies);
name_id topologies_column_name(const struct topologies *topologies, uint32_t column);
uint32_t topologies_places(const struct topologies *topologies);
struct topology_place topologies_place_at(const struct topologies *topologies, uint32_t place);
/* The place with these values, given for all levels or, where the last is the hostname, for that alone. A place that no node
 * belongs to now is added. */
uint32_t topologies_place(struct topologies *topologies, uint32_t flavor, const name_id *values, uint32_t n_values);

uint32_t topology_level(const struct topology_tree *tree, name_id level); /* NONE */
/* The leaf of this tree at a place; NONE when no node is there. */
static inline uint32_t topology_leaf(const struct topology_tree *tree, uint32_t place)
{
	return place < tree->n_places ? tree->leaf_of_place[place] : NONE;
}
/* TAS-3: has the flavor every level that the request names? */
bool topology_has_levels(const struct topology_tree *tree, const struct topology_request *request);

/* ---- usage ---- */

struct topology_usage {
	uint32_t n_columns, n_places;
	int64_t *words;   /* [place * n_columns + column]: of workloads that hold quota */
	int64_t *assumed; /* likewise: of the pod sets placed before in the search at hand */
	struct {
		VEC_FIELDS(uint32_t);
	} assumed_places;
	/* Which places have changed, for finders. Changes made under a mark are in `journal`, whose length is a word of the undo
	 * log; when a rollback has shortened it, what it lost has changed back. */
	int64_t journal_length;
	struct {
		VEC_FIELDS(uint32_t);
	} journal, changes;
	uint64_t first_change; /* number of the first of `changes` */
};

/* `usage` all zero before. Afterwards nothing is in use. Forgets what finders have kept. */
void topology_usage_reset(struct topology_usage *usage, const struct topologies *topologies);
void topology_usage_copy(struct topology_usage *to, const struct topology_usage *from);
void topology_usage_free(struct topology_usage *usage);

/* `count` pods at a place. */
struct topology_share {
	uint32_t place;
	int32_t count;
};
/* In order of values. */
struct topology_placement {
	VEC_FIELDS(struct topology_share);
};

/* What `count` pods (negative: takes away) of these requests use at a place, and one of `pods` each. No allocation but of
 * the undo log and lists of changes. */
void topology_usage_add(struct topology_usage *usage, const struct topologies *topologies, struct undo *undo, uint32_t place,
                        const struct resource_request *requests, uint32_t n_requests, int64_t count);
/* How many pods of these requests fit at a place as it is used now, `pods` left out of account (TAS-19); 0 where no node is.
 */
int32_t topology_room(const struct topologies *topologies, const struct topology_usage *usage,
                      const struct topology_tree *tree, uint32_t place, const struct resource_request *requests,
                      uint32_t n_requests);

/* ---- searches ---- */

struct topology_finder;

NODISCARD struct topology_finder *topology_finder_create(const struct topologies *topologies, struct topology_usage *usage);
void topology_finder_destroy(struct topology_finder *finder); /* accepts NULL */
/* Counts everything anew in every search, as TAS-8 and TAS-9 naively say. */
void topology_finder_set_literal(struct topology_finder *finder, bool literal);

enum topology_failure_kind {
	TOPOLOGY_PLACED,
	TOPOLOGY_NO_ROOM,               /* `fit` of `of` */
	TOPOLOGY_NO_ROOM_IN_LAYERS,     /* layers */
	TOPOLOGY_NO_DOMAINS,            /* at `level` */
	TOPOLOGY_NO_LEVEL,              /* `level` is none of the topology */
	TOPOLOGY_NO_SLICE_LEVEL,        /* likewise, of slices */
	TOPOLOGY_NO_REQUEST,            /* no topology asked for, and none implied */
	TOPOLOGY_NO_SLICE_SIZE,         /* slices without a size */
	TOPOLOGY_SLICE_ABOVE,           /* slices share a level above the pod set's own */
	TOPOLOGY_LAYER_NOT_BELOW,       /* a layer of slices is not below the one before */
	TOPOLOGY_LAYER_DOES_NOT_DIVIDE, /* its size does not divide the size before */
	TOPOLOGY_STALE,                 /* replacement: another node of the placement is gone too */
	TOPOLOGY_NO_REPLACEMENT,
};

struct topology_failure {
	enum topology_failure_kind kind;
	int32_t fit, of; /* slices; pods where a slice is one pod */
	bool sliced;     /* a slice is more than one pod */
	name_id level;
	uint32_t n_layers;
	struct {
		name_id level;
		int32_t fit, of;
	} layers[TOPOLOGY_MOST_LEVELS];
};

/* One pod set to place. */
struct topology_ask {
	const struct pod_set *spec;
	int32_t count;
	bool implied; /* TAS-3 */
	bool has_previous;
	const struct topology_share *previous; /* where its pods are: for elastic workloads, and for replacement */
	uint32_t n_previous;
	struct topology_placement placement; /* the answer; the buffer is the caller's to free */
	bool placed;
};
/* All pod sets of a workload that go to one flavor. */
struct topology_asks {
	uint32_t flavor;
	struct topology_ask *items;
	uint32_t count;
	bool empty;        /* as if no topology-aware workload were there (TAS-4) */
	name_id unhealthy; /* replaces what is on this node; NO_NAME: places anew (TAS-18) */
	bool stays;        /* a single pod owns the workload: it keeps its place (gate SkipReassignmentForPodOwnedWorkloads) */
	bool elastic;      /* previous placements are kept (TAS-21) */
};

/* TAS-6: places the groups in order; each is assumed for the following ones, and for later calls until
 * topology_finder_done(). False when a group found no place: the first such is `*ret_failed` .. (index of its first pod
 * set). */
NODISCARD bool topology_place(struct topology_finder *finder, struct topology_asks *asks, uint32_t *ret_failed,
                              struct topology_failure *ret_failure);
void topology_finder_done(struct topology_finder *finder);

/* Which nodes the search that failed last ruled out, and why; before topology_finder_done(). */
struct topology_exclusions {
	uint32_t nodes, by_selector, by_affinity, by_domain;
	struct {
		VEC_FIELDS(struct {
			struct taint taint;
			uint32_t count;
		});
	} taints;
	struct {
		VEC_FIELDS(struct {
			name_id resource;
			uint32_t count;
		});
	} resources;
};
void topology_exclusions(struct topology_finder *finder, struct topology_exclusions *ret_exclusions);
void topology_exclusions_free(struct topology_exclusions *exclusions);

#endif
