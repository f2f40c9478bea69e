/* books.h - the planner's mutable state that every policy shares: plain tables of rows that name each other by slot.
 *
 * A fork copies the tables; finished slots are used again, with a new generation. The configuration and the quota tree are
 * immutable and shared. Usage and the `hidden` mark of a workload are the only words that trials change (undo.h); both are
 * never moved while a mark is set. Queue order, parking and scan progress are a policy's own (policy.h). */
#ifndef BERTH_PLANNER_BOOKS_H
#define BERTH_PLANNER_BOOKS_H

#include "base/arena.h"
#include "planner/kueue/topology.h"
#include "planner/planner.h"
#include "planner/quota.h"

/* ---- request shapes ----
 * Pod sets as far as they decide anything, interned by structural equality: equal shapes have equal ids, and a class of
 * Kueue's scheduling equivalence is (shape, effective priority). Totals are resolved against a configuration. */
struct shape_pod_set {
	struct pod_set spec; /* owned by the shape table */
	/* WL-2: what one pod is charged in quota; the requests themselves, unless the configuration transforms them */
	const struct resource_request *charged;
	uint32_t n_charged;
	uint32_t *resources; /* per charged one: index into config->resources, NONE if the configuration knows none such */
};
struct shape {
	struct shape_pod_set *pod_sets;
	uint32_t n_pod_sets;
	uint64_t hash;
	bool can_reduce;         /* some pod set has min_count > 0 and below its count */
	name_id allowed_flavors; /* as in workload_spec; NO_NAME while its gate is off */
};

/* One (flavor, resource) charge of an admission; amount 0 is kept, because victim search asks who *uses* a flavor (PR-3). */
struct charge_pair {
	uint32_t fr;
	int64_t amount;
};

/* What a workload got: owned by the row, allocated per workload. */
struct admission {
	uint32_t n_pairs;
	uint32_t n_pod_sets, n_resources;
	struct charge_pair *pairs; /* summed over pod sets, by ascending fr */
	int32_t *counts;           /* per pod set */
	uint32_t *flavors;         /* [pod_set * n_resources + resource], NONE = not assigned */
	int64_t *usage;            /* same layout; an observed admission may name usage without a flavor: nobody is charged */
	uint32_t *share_start;     /* n_pod_sets + 1: placements of pod set p begin at shares[share_start[p]] */
	uint8_t *topology;         /* per pod set: enum topology_state */
	struct topology_share *shares; /* a block of its own, NULL: none */
};

struct workload_row {
	int64_t hidden; /* word changed in trials: taken out of the cluster queue's workload set for now */
	uint32_t generation;
	enum workload_phase phase;
	name_id name, namespace_name;
	struct uid uid;
	uint32_t local_queue;   /* NONE: directly in cluster_queue */
	uint32_t cluster_queue; /* of the queue it was sent to; NONE: that queue does not exist */
	uint32_t shape;         /* with effective counts */
	uint32_t full_shape;    /* as submitted */
	uint32_t spec_version;  /* metadata.generation: counts changes of the spec */
	int64_t priority;
	int64_t created_us;
	int64_t max_execution_s;
	bool owned_by_pod, invalid, preemption_gated;
	name_id variant_of;
	/* status */
	bool active, admitted, pods_ready, recovering;
	bool evicted;       /* condition Evicted is True and was seen to be */
	bool eviction_sent; /* an eviction was decided; not yet echoed */
	bool assumed;       /* reserved by us, write not yet acknowledged: reserved_us still has its microseconds */
	bool requeued_false, gated, checks_pending, checks_unready, checks_listed;
	uint64_t checks_ready,
	    checks_retry;   /* admission checks by state, bits in order of its queue's list; retry or rejected */
	bool due_admission; /* a controller duty: its last check has become ready */
	bool due_eviction;  /* a controller duty: the next cycle evicts it for `due_reason` */
	enum reason due_reason;
	enum reason evicted_reason, preempted_reason;
	int64_t evicted_us, preempted_us, reserved_us, admitted_us, unready_us;
	int64_t requeue_at_us; /* -1: none */
	int32_t requeue_count;
	int64_t past_execution_s;
	int64_t expected_run_us;     /* from admission; -1: no belief */
	name_id unhealthy_node;      /* of its placement, to be replaced (TAS-18); NO_NAME */
	bool lost_second_node;       /* another one: no replacement any more */
	uint32_t second_pass_tries;  /* SC-16 */
	uint32_t wake_stamp;         /* of the live wake-ups of this workload */
	struct admission *admission; /* phases RESERVED and EVICTED */
	uint32_t admitted_queue;     /* node whose quota it holds */
	uint32_t queue_position;     /* index in books.reserved[admitted_queue] */
	/* why it pends */
	enum reason reason, bound;
	struct reason_numbers numbers;
};

/* How many workloads of each priority hold quota below a node, by ascending priority. Kept for cluster queues and roots, so
 * that a victim search sees at once where nobody is of lower priority. */
struct priority_count {
	int64_t priority;
	uint32_t count;
};
struct priority_counts {
	VEC_FIELDS(struct priority_count);
};
/* A workload of this priority comes in, or one that was counted goes. */
void priority_counts_note(struct priority_counts *counts, int64_t priority, bool in);

/* The workloads that hold quota of one cluster queue. A policy may put them into an order of its own and set `ordered`; the
 * books clear it when somebody comes, goes, or changes. */
struct reserved_set {
	VEC_FIELDS(uint32_t);
	bool ordered;
};

struct books {
	const struct kueue_config *config;
	const struct names *names;
	uint32_t pods_resource; /* index of the implicit `pods` (WL-4), NONE if no quota covers it */
	struct quota_state quota;
	struct undo undo;
	struct {
		VEC_FIELDS(struct workload_row);
	} workloads;
	struct {
		VEC_FIELDS(uint32_t);
	} free_slots;
	struct reserved_set *reserved;      /* per cluster queue */
	struct priority_counts *priorities; /* per node; used at cluster queues and roots */
	struct shape_table *shapes;         /* append-only; copied by forks */
	/* Per cluster queue: +1 on every removal of a workload from it, also when a status update is echoed (QA-14). */
	uint64_t *queue_generation;
	/* Per node, used at roots: +1 on every real change below that could change a verdict. */
	uint64_t *tree_version;
	struct {
		VEC_FIELDS(struct wake);
	} wakes; /* asked for; the first wakes_taken have been handed out */
	uint32_t wakes_taken;
	uint32_t next_stamp;
	/* Topology-aware scheduling; all NULL or zero where no flavor has a topology. */
	struct topology_flavor *topology_flavors; /* per flavor */
	struct topologies *topologies;
	struct topology_usage topology_usage; /* words change under `undo` */
	struct topology_finder *finder;       /* keeps derived counts only */
	struct topology_ask *asks;            /* TOPOLOGY_MOST_ASKS, of the search at hand */
	uint64_t topology_version;            /* +1 on every real change of nodes, or of what is on them */
	const struct kube_node *nodes;        /* as last heard of */
	uint32_t n_nodes;
	const struct node_load *loads;
	uint32_t n_loads;
};

NODISCARD struct books *books_create(const struct kueue_config *config);
void books_destroy(struct books *books);
NODISCARD struct books *books_fork(const struct books *books);
/* A new version of the configuration. Indexes of queues, flavors and resources are translated by name; workloads of queues
 * that are gone keep their rows with cluster_queue NONE. */
void books_set_config(struct books *books, const struct kueue_config *config);

static inline struct workload_row *books_row(struct books *books, uint32_t slot)
{
	return &books->workloads.items[slot];
}
/* NULL when the handle is stale. */
struct workload_row *books_find(struct books *books, workload_id workload);
workload_id books_handle(const struct books *books, uint32_t slot);

uint32_t books_new_slot(struct books *books);
void books_free_slot(struct books *books, uint32_t slot); /* must hold no quota */

/* Is this ClusterQueue one that passes look at? Not if it is stopped, incomplete, or below a cycle of cohorts (1.2). */
bool books_queue_active(const struct books *books, uint32_t cluster_queue);
/* What keeps a pending workload out of every pass, whatever quota is free: REASON_LOCAL_QUEUE_STOPPED,
 * REASON_QUEUE_INACTIVE, or REASON_NONE when nothing does. */
enum reason books_barrier(const struct books *books, uint32_t slot);
/* EV-1: an eviction sets all admission checks back to Pending. */
void books_reset_checks(struct workload_row *row);
/* AC-1 and AC-2: which admission checks a workload needs that are not ready, as bits. `flavors` NULL: it has none yet. */
uint64_t books_open_checks(const struct books *books, const struct workload_row *row, uint32_t cluster_queue,
                           const uint32_t *flavors, uint32_t n_flavors);
/* Writes that down as the reason why the workload pends, or takes it back when the barrier is gone. */
void books_note_barrier(struct books *books, uint32_t slot);

/* Interns pod sets with these effective counts (NULL: as in the specs), and the flavors that they are confined to. */
uint32_t books_shape(struct books *books, const struct pod_set *pod_sets, uint32_t n_pod_sets, const int32_t *counts,
                     name_id allowed_flavors);
const struct shape *books_shape_at(const struct books *books, uint32_t shape);

/* Charges an admission to a cluster queue and takes ownership of it. */
void books_reserve(struct books *books, uint32_t slot, uint32_t cluster_queue, struct admission *admission, int64_t now_us);
/* The lowest priority among the workloads that hold quota below a cluster queue or root; INT64_MAX when there is none. */
int64_t books_lowest_priority(const struct books *books, uint32_t node);
void books_set_priority(struct books *books, uint32_t slot, int64_t priority);
/* Gives the quota back; the admission is freed. */
void books_release(struct books *books, uint32_t slot);
/* A status update of a workload that holds quota came back: the cache deletes and adds it (QA-14). */
void books_echo(struct books *books, uint32_t slot);
/* Replaces the charge of a workload that holds quota (reclaimable pods). */
void books_recharge(struct books *books, uint32_t slot, struct admission *admission);

/* Usage of one admission in or out of the quota, also within trials (PR-6). */
void books_usage_add(struct books *books, uint32_t slot);
void books_usage_remove(struct books *books, uint32_t slot);

/* topology_books.c: trees from the configuration, and what those who hold quota use of them. */
void books_build_topology(struct books *books, const struct topologies *previous);
void books_free_topology(struct books *books);
/* What everybody who holds quota uses, from scratch. */
void books_charge_topology(struct books *books);
void books_set_nodes(struct books *books, const struct kube_node *nodes, uint32_t n_nodes, const struct node_load *loads,
                     uint32_t n_loads);
/* The flavor with a topology among those of a pod set; NONE when there is none. `ret_more` (or NULL): there are several. */
uint32_t books_topology_flavor(const struct books *books, const uint32_t *flavors, uint32_t n_resources, bool *ret_more);
/* What an admission uses of the topology, in (1) or out (-1); also within trials. */
void books_topology_add(struct books *books, const struct workload_row *row, int sign);
/* The same sum from scratch; ERROR_INVARIANT names the first difference. */
NODISCARD bool books_check_topology(const struct books *books, struct error *error);
/* Takes the placements of an observed admission over. */
void books_place_admission(struct books *books, struct admission *admission, const struct observed_domain *domains,
                           uint32_t n_domains, const uint8_t *topology);
/* The same places under new numbers; usage is to be charged anew afterwards. */
void books_renumber_places(struct books *books, const struct topologies *from, struct admission *admission);

struct admission *admission_create(uint32_t n_pod_sets, uint32_t n_resources, uint32_t n_pairs);
struct admission *admission_copy(const struct admission *admission);
void admission_copy_places(struct admission *to, const struct admission *from); /* `to` has none yet */
void admission_destroy(struct admission *admission);
/* From an assignment as drivers give it: sums pairs, fills missing usage with requests x count. NULL when it names a flavor
 * that has no quota pair. `resource` NONE entries of the shape are left uncharged. */
struct admission *admission_from_assignment(const struct books *books, const struct shape *shape,
                                            const struct assignment *assignment);
struct assignment admission_view(const struct admission *admission);

/* A policy orders those who hold quota of this queue by something that has changed, and so may its verdicts. */
void books_forget_order(struct books *books, uint32_t cluster_queue);

void books_ask_wake(struct books *books, struct wake wake);
/* Whole seconds of an instant, rounded down, still in us: the grain of API timestamps (0.5). */
int64_t api_time(int64_t us);

/* Recomputes from the rows alone what is kept beside them: usage, sets of holders with their places and order, counts of
 * priorities. ERROR_INVARIANT names the first difference. */
NODISCARD bool books_check(const struct books *books, struct error *error);

struct planner;
/* The books behind a planner: for the policies' own tests and the conformance runner, which sets usage directly. */
struct books *planner_books(struct planner *planner);

#endif
