/* flavors.h - which flavor every resource of a workload gets (kueue-semantics 4, FA-1 to FA-14).
 *
 * Pure over the books: the question whether preemption could make room is asked through an oracle, so that the search can be
 * tested with given answers. */
#ifndef BERTH_PLANNER_KUEUE_FLAVORS_H
#define BERTH_PLANNER_KUEUE_FLAVORS_H

#include "planner/books.h"

/* FA-4, in ascending order of preference. */
enum flavor_mode { FLAVOR_NO_FIT, FLAVOR_NO_CANDIDATES, FLAVOR_PREEMPT, FLAVOR_RECLAIM, FLAVOR_FIT };

struct flavor_verdict {
	enum flavor_mode mode;
	uint32_t level; /* borrow level, QA-11 */
};

/* FA-5: is a strictly better than b? */
bool flavor_preferred(struct flavor_verdict a, struct flavor_verdict b, enum fungibility_preference preference);

/* Would evicting somebody make room for `amount` of this pair alone? NO_CANDIDATES, PREEMPT or RECLAIM, and the borrow
 * level once the victims are gone. */
struct preemption_oracle {
	struct flavor_verdict (*probe)(void *context, uint32_t fr, int64_t amount);
	void *context;
};

/* Nothing was saved for this pod set and resource. */
#define SCAN_NONE INT32_MIN

/* A victim and why it may be preempted. */
struct target {
	uint32_t slot;
	enum reason reason;
};

/* What an evaluation of one workload found: the assignment, its mode, its victims. Buffers are reused. */
struct nomination {
	enum assignment_mode mode;
	bool uses_topology; /* some pod set is placed, or would be */
	uint32_t borrow_level;
	uint32_t n_pod_sets, n_resources;
	/* [pod_set * n_resources + resource] */
	uint32_t *flavors;
	uint8_t *modes; /* enum assignment_mode of a cell with a flavor */
	int64_t *usage;
	int32_t *scan;   /* flavor index to resume after (FA-8) */
	int32_t *counts; /* per pod set */
	struct {
		VEC_FIELDS(struct charge_pair);
	} pairs; /* usage summed per flavor-resource, by ascending fr */
	struct {
		VEC_FIELDS(struct target);
	} targets;
	/* Topology-aware scheduling (TAS-3, TAS-4), per pod set. */
	struct topology_placement *placements;
	uint8_t *topology; /* enum topology_state */
	enum reason bound; /* NO_FIT: what bounds it (FA-13); set where attempts are recorded */
	struct reason_numbers numbers;
	uint32_t cell_capacity, pod_set_capacity;
};

void nomination_reset(struct nomination *nomination, uint32_t n_pod_sets, uint32_t n_resources);
void nomination_free(struct nomination *nomination);
bool nomination_scan_pending(const struct nomination *nomination); /* FA-9 */
struct assignment nomination_assignment(const struct nomination *nomination);
/* Adds to the usage of a pair. */
void nomination_charge(struct nomination *nomination, uint32_t fr, int64_t amount);
/* What the books keep of it: a new admission, the caller's. */
NODISCARD struct admission *nomination_admission(const struct nomination *nomination);

/* One flavor tried for one pod set, for explanations; several facts per attempt, one row each. */
enum attempt_fact {
	FACT_NONE,               /* it fits */
	FACT_INSUFFICIENT_QUOTA, /* `missing` of the resource is in use */
	FACT_EXCEEDS_MAXIMUM,    /* `earlier` + `requested` > `maximum` */
	FACT_UNTOLERATED_TAINT,
	FACT_AFFINITY_MISMATCH,
	FACT_LACKS_RESOURCE, /* the flavor lists no quota for the resource */
	FACT_FLAVOR_NOT_FOUND,
	FACT_NO_TOPOLOGY, /* the flavor has no topology, or not its levels, or is for topology-aware pods only (TAS-3) */
	FACT_NO_PLACE,    /* its nodes could not hold the pods even if they were empty (TAS-4) */
	FACT_RESOURCE_NOT_COVERED, /* no group of the cluster queue covers it */
	FACT_OTHER_SLICE_FLAVOR,   /* the slice that it replaces has another flavor, `original` */
	FACT_SEVERAL_TOPOLOGIES,   /* the pod set got flavors of more than one topology, which nothing can place */
	FACT_NO_TOPOLOGY_AT_ALL,   /* likewise, and no flavor of the queue has one */
	FACT_NO_TOPOLOGY_FLAVOR,   /* it asks for a place, and no flavor that it got has a topology */
};
struct attempt {
	uint32_t pod_set, flavor, resource; /* flavor NONE for RESOURCE_NOT_COVERED */
	name_id unknown;                    /* a resource that the configuration does not know; resource is NONE then */
	uint32_t original;
	enum flavor_mode mode; /* of the flavor as a whole */
	uint32_t level;        /* borrow level, likewise */
	enum attempt_fact fact;
	int64_t missing, earlier, requested, maximum;
};
struct attempts {
	VEC_FIELDS(struct attempt);
};
/* FA-13: what kept a flavor from being assigned; NONE where nothing did. */
enum reason attempt_bound(const struct attempt *attempt);
/* FA-13: what bounds a workload for which these attempts failed: of the worst pod set the worst group, of that the flavor
 * that came nearest. NO_MATCHING_FLAVOR when there was none to try. */
enum reason attempts_bound(const struct kueue_config *config, uint32_t cluster_queue, const struct attempts *attempts);

/* ES-2: what the slice of an elastic workload has that this one replaces. The new one gets the same flavors, and only what
 * it asks for beyond is charged. Layout of nomination.flavors. */
struct replaced_slice {
	const uint32_t *flavors;
	const int64_t *totals;
};

struct flavor_problem {
	const struct books *books;
	uint32_t cluster_queue;
	const struct shape *shape;
	const int32_t *counts; /* per pod set; NULL = the shape's */
	const int32_t *scan;   /* saved progress, layout of nomination.scan; NULL = start at the first flavor */
	const uint32_t
	    *restrict_to; /* SC-8 recompute: only flavors that appear here for the pod set; layout of flavors; or NULL */
	const struct replaced_slice *replaced; /* NULL: none */
	struct preemption_oracle oracle;
	struct attempts *attempts; /* NULL: nobody asks why */
};

/* The group that covers a resource; NULL when none does. A resource is in one group at most. */
const struct resource_group *flavor_group(const struct cluster_queue *queue, uint32_t resource);
/* FA-4: may a request above the queue's nominal quota preempt others? */
bool can_preempt_while_borrowing(const struct kueue_config *config, const struct cluster_queue *queue);

/* FA-2 to FA-10. Fills everything of `nomination` except targets. */
void assign_flavors(const struct flavor_problem *problem, struct nomination *nomination);

/* SC-5: the same, and then the places of what got a flavor with a topology (TAS-4). */
void assign_flavors_and_places(struct books *books, uint32_t slot, const struct flavor_problem *problem,
                               struct nomination *nomination);

/* FA-11: labels and taints of one flavor against one pod set. */
bool flavor_matches(const struct kueue_config *config, uint32_t flavor, const struct pod_set *pod_set,
                    enum attempt_fact *ret_fact);

/* FA-10. A class is (shape, effective priority), or any stable hash of it. */
struct scan_stamp {
	uint64_t class_hash;
	uint64_t cycle;
	uint64_t generation; /* of the cluster queue */
};
bool scan_outdated(gate_set gates, struct scan_stamp saved, struct scan_stamp current);

/* FA-14. `good(context, counts)` tries a size. Counts of the accepted size in ret_counts (n values); false when there was
 * no search or nothing was found. */
NODISCARD bool reduce_pod_sets(const int32_t *counts, const int32_t *min_counts, uint32_t n,
                               bool (*good)(void *context, const int32_t *counts), void *context, int32_t *ret_counts);

/* Amount charged for one pair, 0 if it is not among them. */
int64_t charge_of(const struct nomination *nomination, uint32_t fr);

#endif
