/* planner.h - the two calls: inputs change the books, a cycle decides.
 *
 * One instance is one control plane (one cluster's Kueue, or one EASY scheduler). It is pure: no I/O, no clock, no
 * randomness, no knowledge of the future. The driver (simulator, live controller, conformance runner) says what happened
 * with planner_apply(), says when to look with planner_cycle(), carries the decisions out, and answers with further inputs.
 *
 *   planner_apply   changes the books and decides nothing
 *   planner_cycle   makes exactly one scheduling pass and says whether anything changed
 *
 * Decisions are intents that count as done at once. A driver repeats cycles at one instant until one changes nothing,
 * within a bound of its own.
 *
 * Times are microseconds since the scenario's epoch; where Kueue compares times at one-second grain, so does the planner.
 */
#ifndef BERTH_PLANNER_PLANNER_H
#define BERTH_PLANNER_PLANNER_H

#include "base/error.h"
#include "base/job.h"
#include "base/reason.h"
#include "world/kueue.h"
#include "world/world.h"

struct planner;
struct policy;
struct topology_share;

/* A workload in the planner's tables: slots are used again, so a handle carries the slot's generation. */
typedef struct {
	uint32_t slot;
	uint32_t generation;
} workload_id;
#define NO_WORKLOAD ((workload_id){NONE, 0})

/* An order-preserving 128-bit form of metadata.uid: ties are broken by comparing it as one big-endian number. The 32 digits
 * of a UUID are one; a driver whose uids are other texts gives them ranks. */
struct uid {
	uint64_t high, low;
};

/* Flavors per pod set and requested resource. `flavors[pod_set * n_resources + resource]` is a flavor index or NONE, with
 * n_resources of the configuration. */
struct assignment {
	uint32_t n_pod_sets;
	uint32_t n_resources;
	const int32_t *counts; /* pods admitted, per pod set */
	const uint32_t *flavors;
	const int64_t *usage; /* quota charged, same layout as flavors; NULL in inputs = requests x count */
	/* Placements in the topology, in answers of the planner; NULL where no pod set has one. Those of pod set p are
	 * shares[share_start[p]] to shares[share_start[p + 1] - 1]; planner_place() says where that is. */
	const struct topology_share *shares;
	const uint32_t *share_start;
	const uint8_t *topology; /* per pod set: enum topology_state */
};

/* What is true of the placement of a pod set; bits. */
enum topology_state { TOPOLOGY_ASSIGNED = 1, TOPOLOGY_DELAYED = 2, TOPOLOGY_DELAY_OVER = 4 };

/* Pods of an admission that are somewhere in a topology: values of all levels, or just the hostname. */
struct observed_domain {
	uint32_t pod_set;
	const name_id *values;
	uint32_t n_values;
	int32_t count;
};

enum input_kind {
	INPUT_CONFIG = 1,      /* a new version of the configuration */
	INPUT_OBSERVED,        /* a workload appears: a new submission, or one found at the start with its status */
	INPUT_DELETED,         /* the object is gone: frees quota at once */
	INPUT_FINISHED,        /* frees quota at once */
	INPUT_WRITE_DONE,      /* the status write of an admission or eviction came back from the API server */
	INPUT_WRITE_FAILED,    /* it was refused: the admission is undone and the workload requeued */
	INPUT_PODS_READY,      /* all pods ready (or succeeded) */
	INPUT_PODS_NOT_READY,  /* first loss of readiness after that */
	INPUT_RELEASED,        /* the pods of an evicted workload are gone: quota is free, the workload pends again */
	INPUT_ACTIVE,          /* spec.active set to `flag` */
	INPUT_PRIORITY,        /* spec.priority changed */
	INPUT_RECLAIMABLE,     /* status.reclaimablePods: pods of `pod_set` that are done */
	INPUT_EXPECTED_RUN,    /* a belief about how long a workload will hold its quota, with its source; EASY plans with it */
	INPUT_WAKE,            /* a wake-up that the planner asked for is due */
	INPUT_PREEMPTION_GATE, /* some preemption gate of it is closed (`flag`), or none is any more */
	INPUT_CHECK,           /* the controller of an admission check has set its state on the workload */
	INPUT_NODES,           /* nodes have changed, or what is on them besides topology-aware workloads */
	INPUT_NODE_FAILED,     /* a node of the workload's placement is lost for good (TAS-18): status.unhealthyNodes */
};

/* States of an admission check on a workload (AC-2, AC-3). */
enum check_state { CHECK_PENDING, CHECK_READY, CHECK_RETRY, CHECK_REJECTED };

enum wake_kind {
	WAKE_MASS_REQUEUE = 1, /* subject = root node of the tree (books' node index) */
	WAKE_BACKOFF,          /* EV-5: requeueAt has come; subject = workload */
	WAKE_PODS_READY,       /* EV-10: deadline; subject = workload */
	WAKE_MAX_EXECUTION,    /* EV-17; subject = workload */
	WAKE_SECOND_PASS,      /* SC-16; subject = workload */
	WAKE_USAGE_SAMPLE,     /* AFS-3: of every LocalQueue that is due */
};

/* Asked for by apply and cycle; the driver hands it back as INPUT_WAKE at `at_us`, unchanged. A wake that has become
 * pointless is ignored when it arrives. */
struct wake {
	int64_t at_us;
	enum wake_kind kind;
	uint32_t node;        /* MASS_REQUEUE */
	workload_id workload; /* the others, but for USAGE_SAMPLE, which names nobody */
	uint32_t stamp;       /* tells a stale wake from a live one */
};

/* What a workload is. Texts and arrays are borrowed for the call only, names are ids of the planner's names table. */
struct workload_spec {
	name_id name; /* namespace/name or job name; unique among live workloads */
	struct uid uid;
	name_id namespace_name;
	uint32_t local_queue;   /* into config, or NONE: directly in cluster_queue */
	uint32_t cluster_queue; /* used when local_queue is NONE */
	int64_t created_us;     /* compared at 1 s grain */
	int64_t priority;       /* effective: spec.priority plus boost where the gate is on */
	const struct pod_set *pod_sets;
	uint32_t n_pod_sets;
	int64_t max_execution_s; /* -1 none */
	bool owned_by_pod;       /* EV-4's exception */
	/* Gate ConcurrentAdmission (8.6): the only flavors it may get, names joined by commas as in Kueue's annotation, the most
	 * favourable first; NO_NAME: any. Variants of one workload name their owner. */
	name_id allowed_flavors;
	name_id variant_of;    /* NO_NAME: no variant */
	bool preemption_gated; /* one of its preemption gates is closed (8.5) */
	bool invalid;          /* WL-6: asks for more than its limits or a LimitRange allow; inadmissible once nominated */
};

/* What is already true of it. All zero (with active set) = a fresh submission. */
struct workload_status {
	bool inactive; /* spec.active = false */
	bool quota_reserved;
	bool admitted;
	bool evicted;
	bool pods_ready;
	bool requeued_false; /* condition Requeued is False */
	bool gated;          /* annotation admission-gated-by */
	bool checks_pending; /* lists an admission check that is Retry or Rejected: not nominated */
	bool checks_listed;  /* lists admission checks */
	bool checks_unready; /* lists one that is not Ready: it reserves quota, but is not Admitted (SC-14) */
	enum reason evicted_reason;
	enum reason preempted_reason; /* NONE: condition Preempted absent or False */
	int64_t evicted_us, preempted_us, reserved_us, admitted_us, requeue_at_us; /* requeue_at -1: none */
	int32_t requeue_count;
	int64_t past_execution_s;
	uint32_t admitted_queue;     /* ClusterQueue of the admission */
	struct assignment admission; /* when quota_reserved; without its placements */
	const struct observed_domain *domains;
	uint32_t n_domains;
	const uint8_t *topology;        /* per pod set: enum topology_state; NULL: none has any */
	const int32_t *reclaimable;     /* per pod set, or NULL */
	const name_id *unhealthy_nodes; /* of its topology assignment, known to have failed (TAS-18) */
	uint32_t n_unhealthy_nodes;
	const name_id *ready_checks; /* admission checks that it lists as Ready */
	uint32_t n_ready_checks;
};

struct planner_input {
	enum input_kind kind;
	int64_t now_us;
	workload_id workload;
	union {
		const struct kueue_config *config; /* shared, outlives the planner */
		struct {
			const struct workload_spec *spec;
			const struct workload_status *status; /* NULL: fresh submission */
		} observed;
		struct wake wake;
		bool flag;
		int64_t value; /* PRIORITY; EXPECTED_RUN us from admission, -1 = no belief; RECLAIMABLE count */
		enum reason reason;
		struct {
			name_id name;
			enum check_state state;
			int64_t retry_after_s; /* RETRY: requeueAfterSeconds; -1: none */
		} check;
		struct {
			const struct kube_node *items; /* shared, outlive the planner or the next such input */
			uint32_t count;
			const struct node_load *loads;
			uint32_t n_loads;
		} nodes;
		name_id node; /* NODE_FAILED */
	};
	uint32_t pod_set;          /* RECLAIMABLE */
	name_id source;            /* EXPECTED_RUN: where the belief comes from */
	workload_id *ret_workload; /* OBSERVED: the handle given; never NULL there */
};

enum decision_kind {
	DECISION_RESERVE = 1, /* quota reserved; with no admission checks left also admitted (`admitted`): start it */
	DECISION_PREEMPT,     /* evict `workload` on behalf of `preemptor` */
	DECISION_EVICT,       /* evict for another reason */
	DECISION_DEACTIVATE,  /* set spec.active=false (limits) */
	DECISION_ADMIT,       /* it has quota, and its last admission check is ready: start it */
	DECISION_PENDING, /* evaluated and not admitted: says why. Not an effect: no driver acts on it, digests leave it out */
};

/* The numbers behind a reason: what was asked, what there was, of what. */
struct reason_numbers {
	uint32_t fr; /* flavor-resource, NONE if not about one */
	int64_t requested, available, limit;
};

struct decision {
	enum decision_kind kind;
	enum reason reason;
	enum reason bound; /* PENDING for NO_FIT: what bounds it (FA-13) */
	workload_id workload;
	workload_id preemptor; /* PREEMPT */
	uint32_t cluster_queue;
	uint32_t borrow_level;        /* RESERVE: QA-11 */
	struct assignment assignment; /* RESERVE; lives in the list's arena */
	struct reason_numbers numbers;
	bool admitted;     /* RESERVE */
	bool lost_victims; /* PENDING for FAILED_AFTER_NOMINATION: it had victims, and preempts nobody this time */
};

struct decision_list {
	struct decision *items;
	uint32_t count, capacity;
	struct arena *arena; /* of the assignments */
	uint32_t effects;    /* decisions that change something */
	uint64_t signature;  /* of a pass without effects: where every head went */
	uint32_t heads;      /* that Kueue would have evaluated, those foreseen to fail included: for models of pass time */
	bool changed;        /* a further cycle at this instant may decide more. A pass without effects has changed nothing once
	                        its signature repeats one since the last effect or input: from there passes go in circles */
};

struct planner_options {
	const struct policy *policy; /* planner_policy_kueue(), planner_policy_easy() */
	const struct kueue_config *config;
	bool literal; /* evaluate every head in every pass, as kueue-semantics 3 naively says */
	bool check;   /* recompute the books from scratch after every call and stop at the first difference */
};

NODISCARD struct planner *planner_create(const struct planner_options *options);
void planner_destroy(struct planner *planner); /* accepts NULL */
/* An independent copy: both decide alike from here on, given the same inputs. */
NODISCARD struct planner *planner_fork(const struct planner *planner);

/* NULL for a kind that there is no policy for. */
const struct policy *planner_policy(enum policy_kind kind);
const struct policy *planner_policy_kueue(void);
const struct policy *planner_policy_easy(void);

/* False, with nothing changed, when the input makes no sense: a stale handle, an unknown queue, an admission that names no
 * flavor. ERROR_INVARIANT from check mode. */
NODISCARD bool planner_apply(struct planner *planner, const struct planner_input *input, struct error *error);

/* One pass. `out` is cleared first and owned by the caller (decision_list_create). Fails only in check mode. */
NODISCARD bool planner_cycle(struct planner *planner, int64_t now_us, struct decision_list *out, struct error *error);
/* True when a cycle now could decide something: some active queue has a head, or an eviction is due. Cheap. */
bool planner_wants_cycle(const struct planner *planner);
/* Takes the next wake-up that the planner has asked for since the last call; false when there is none. */
NODISCARD bool planner_take_wake(struct planner *planner, struct wake *ret_wake);

struct decision_list *decision_list_create(void);
void decision_list_destroy(struct decision_list *list);

/* Digest of all inputs' effects and decisions so far, for replay and determinism tests. */
uint64_t planner_digest(const struct planner *planner);

/* ---- Looking at the books (drivers, reports, why); nothing here changes them. ---- */

enum workload_phase { PHASE_FREE, PHASE_PENDING, PHASE_RESERVED, PHASE_EVICTED };

struct workload_view {
	name_id name;
	enum workload_phase phase;
	bool queued; /* pending, and its queue knows it */
	bool parked; /* queued, and inadmissible for now */
	bool admitted, pods_ready, active;
	uint32_t cluster_queue;
	int64_t priority, created_us, reserved_us;
	enum reason reason;            /* why it pends or was evicted */
	enum reason bound;             /* pends for NO_FIT: what bounds it (FA-13) */
	enum reason preempted_reason;  /* condition Preempted is True with this reason */
	struct reason_numbers numbers; /* as of when the reason was found, but `available` as of now */
	struct assignment admission;   /* phases RESERVED and EVICTED; valid until the next apply or cycle */
	int32_t requeue_count;
};
/* False when the handle is stale. */
NODISCARD bool planner_view(const struct planner *planner, workload_id workload, struct workload_view *ret_view);
/* AC-1: the checks that the workload needs and that are not ready, as indexes into its queue's list; at most
 * MOST_QUEUE_CHECKS. Returns how many. */
uint32_t planner_open_checks(const struct planner *planner, workload_id workload, uint32_t *ret_checks);
const struct kueue_config *planner_config(const struct planner *planner);
/* Values of a place: of all levels, or just the hostname. Valid until the next input that changes nodes. */
const name_id *planner_place(const struct planner *planner, uint32_t place, uint32_t *ret_n_values);

/* Quota of a node: cluster queues are nodes 0..n_cluster_queues-1, cohorts follow in the order of the configuration. */
struct quota_view {
	int64_t nominal, usage, available, potential;
	double share; /* PR-19; INFINITY for weight 0 while borrowing */
	bool borrowing;
};
struct quota_view planner_quota(const struct planner *planner, uint32_t node, uint32_t fr);

/* Verdict for one pending workload as if it were nominated alone now (mark, nominate, roll back). The planner is as before
 * afterwards. `assignment`, `targets` live in `arena`. */
struct solo_verdict {
	enum assignment_mode { MODE_NO_FIT, MODE_PREEMPT, MODE_DEFERRED_FIT, MODE_FIT } mode;
	uint32_t borrow_level;
	struct assignment assignment;
	const uint8_t *modes; /* enum assignment_mode per pod set and resource; layout of assignment.flavors */
	const int32_t *scan;  /* saved flavor index per pod set and resource; INT32_MIN where nothing was saved */
	uint32_t n_targets;
	const struct solo_target {
		workload_id workload;
		enum reason reason;
	} * targets; /* in the order of the search */
};
struct arena;
NODISCARD bool planner_solo(struct planner *planner, workload_id workload, int64_t now_us, struct arena *arena,
                            struct solo_verdict *ret_verdict, struct error *error);

#endif
