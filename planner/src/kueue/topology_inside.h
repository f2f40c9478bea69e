/* topology_inside.h - what the files of the topology library tell each other. Internal. */
#ifndef BERTH_PLANNER_KUEUE_TOPOLOGY_INSIDE_H
#define BERTH_PLANNER_KUEUE_TOPOLOGY_INSIDE_H

#include "base/arena.h"
#include "planner/kueue/topology.h"

struct id_list {
	VEC_FIELDS(uint32_t);
};

/* ---- trees (topology_tree.c) ---- */

struct topologies {
	struct topology_world world;
	struct arena *arena; /* values of places */
	struct topology_tree *trees;
	struct {
		VEC_FIELDS(name_id);
	} columns;
	uint32_t *column_of; /* by name */
	uint32_t n_names;
	uint32_t pods_column;
	struct {
		VEC_FIELDS(struct topology_place);
	} places;
	uint32_t *slots; /* open addressing over places; NONE = empty */
	uint32_t n_slots;
};

/* ---- counts (topology_counts.c) ---- */

/* A request against the columns of the usage. */
struct demand_item {
	uint32_t column; /* NONE: no node has any */
	name_id resource;
	int64_t amount;
};
struct demand {
	VEC_FIELDS(struct demand_item);
};

/* TAS-8 to TAS-10: what fits into a domain; "with leader": beside the leader. */
struct domain_state {
	int32_t pods, slices;
	int32_t pods_leader, slices_leader;
	int32_t leaders;
	int64_t affinity; /* sum of the weights of preferred affinity */
};

/* One search: TAS-5. */
struct topology_search {
	const struct topology_tree *tree;
	const struct pod_set *workers, *leader; /* leader NULL: none */
	int32_t count;
	bool empty;
	bool confined; /* to the domain `confine`; NONE = to nothing at all */
	uint32_t confine, confine_level;
	uint32_t requested_level, slice_level;
	int32_t slice_size;
	int32_t size_at[TOPOLOGY_MOST_LEVELS]; /* of the inner layer of slices that reigns at a level; 0: none */
	bool layered;                          /* more than one layer of slices */
	const struct topology_slice *slices;
	uint32_t n_slices;
	bool required, unconstrained;
	bool least_free;       /* TAS-10 */
	bool respect_affinity; /* gate TASRespectNodeAffinityPreferred */
	int32_t leaders;       /* 0 or 1 */
};

/* What fits where for one kind of request, kept from search to search. */
struct topology_view {
	int64_t *key;
	uint32_t n_key;
	uint64_t hash;
	uint64_t seen;      /* changes of the usage that are accounted for */
	uint64_t last_used; /* searches counted */
	struct demand workers, leader;
	int64_t *leader_share;       /* per item of `workers`: what the leader takes of the same column */
	struct domain_state *states; /* per domain */
	uint8_t *matches;            /* per leaf: do its node's labels and taints allow the pods (TAS-7)? */
	const struct topology_tree *tree;
	bool empty;
};

struct topology_finder {
	const struct topologies *topologies;
	struct topology_usage *usage;
	bool literal;
	uint64_t searches;
	struct {
		VEC_FIELDS(struct topology_view);
	} views;
	struct {
		VEC_FIELDS(int64_t);
	} key;
	/* Working states of the search at hand, per domain; only domains that were loaded mean anything. */
	struct domain_state *work, *confined;
	uint32_t *stamps; /* per domain: roll-up under way that has it in its list */
	uint32_t stamp;
	uint32_t n_work;
	struct id_list sorting, sorted, chosen, trimmed, children, touched, balanced;
	struct demand demand;
	struct topology_placement merged;
	struct topology_search failed; /* the search that failed last */
	struct topology_slice loose;   /* slices of a replacement that is not whole slices */
};

/* Which orders a sort of domains needs. */
struct domain_order {
	const struct domain_state *states;
	bool least_free, respect_affinity;
};

/* topology_usage.c: charges pods to the search at hand; number of the next change. */
void topology_assume(struct topology_usage *usage, const struct demand *demand, uint32_t place, int32_t count);
uint64_t topology_usage_settle(struct topology_usage *usage);

/* The states of all domains for this search, up to date; valid until the next search. */
const struct domain_state *topology_count(struct topology_finder *finder, const struct topology_search *search);
/* TAS-9 for one domain with children, whose states are up to date. `layers` false: inner layers of slices are ignored. */
void topology_roll_up(const struct topology_search *search, struct domain_state *states, uint32_t domain, uint32_t level,
                      bool layers);
/* TAS-7 of one leaf; on false says in what way it fails. */
enum node_mismatch { NODE_MATCHES, NODE_TAINTED, NODE_SELECTOR, NODE_AFFINITY };
enum node_mismatch topology_match(const struct topologies *topologies, const struct topology_tree *tree, uint32_t leaf,
                                  const struct pod_set *pods, const struct taint **ret_taint);
int64_t topology_remaining(const struct topology_finder *finder, const struct topology_tree *tree, uint32_t leaf,
                           uint32_t column, bool empty);
void demand_read(const struct topologies *topologies, const struct pod_set *pods, struct demand *ret_demand);
void topology_grow_work(struct topology_finder *finder, uint32_t n_domains);
/* The ancestor of a domain of level `from` at the level `to` above it. */
uint32_t topology_ancestor(const struct topology_tree *tree, uint32_t domain, uint32_t from, uint32_t to);

/* ---- one search (topology_search.c) ---- */

/* TAS-10 to TAS-16. Fills the placements; leader's only where there is one. */
NODISCARD bool topology_search(struct topology_finder *finder, const struct topology_search *search,
                               struct topology_placement *ret_workers, struct topology_placement *ret_leader,
                               struct topology_failure *ret_failure);
void sort_by_room(struct topology_finder *finder, const struct domain_order *order, uint32_t *ids, uint32_t count);
void sort_by_room_beside_leader(struct topology_finder *finder, const struct domain_order *order, uint32_t *ids,
                                uint32_t count);

/* Byte-wise by level values, which is by number. */
void sort_by_values(struct topology_finder *finder, struct id_list *ids);

/* ---- balanced placement (topology_balance.c), TAS-20 ---- */

/* Fills finder->chosen with domains of `*ret_level`, whose states are in finder->work together with those of everything
 * below them. False when pods cannot be balanced. */
NODISCARD bool topology_balance(struct topology_finder *finder, const struct topology_search *search,
                                const struct domain_state *states, uint32_t *ret_level);

#endif
