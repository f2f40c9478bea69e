/* kueue.h - state of the policy "Kueue", and what its files tell each other. Internal. */
#ifndef BERTH_PLANNER_KUEUE_KUEUE_H
#define BERTH_PLANNER_KUEUE_KUEUE_H

#include "planner/kueue/admission_fair_sharing.h"
#include "planner/kueue/cycle.h"
#include "planner/kueue/preemption.h"
#include "planner/policy.h"

/* The last evaluation of a queue's head, reused while nothing in its tree has changed. */
struct head_memo {
	workload_id workload;
	uint64_t tree_version;
	uint64_t class_hash;
	int64_t queue_ts_us;
	uint64_t starts; /* where the flavor search starts */
	uint64_t topology_version;
	bool valid;
	struct nomination nomination;
};

/* What the head of a queue that is certain to fail does to others (hopeless.c). */
struct foreseen {
	uint32_t slot;
	int64_t priority;
	bool reserves;                /* it finds no candidates, so SC-11 holds; else it is a NoFit, which leaves no trace */
	uint32_t first_pair, n_pairs; /* its request, kueue_foreseen_pairs(); first NONE: its flavors are not known */
};

/* One head on its way through a cycle. */
struct entry {
	uint32_t slot, cluster_queue;
	struct nomination *nomination;
	struct foreseen foreseen; /* with is_foreseen: it was not evaluated, and is here only to reserve */
	bool is_foreseen;
	struct entry_key key;
	enum reason reason; /* NONE = not decided yet */
	bool nominated, admitted, keeps_scan;
	bool saw_all; /* its flavor search began at the first flavor everywhere, and none was ruled out beforehand */
};

struct kueue {
	struct books *books;
	struct queues *queues;
	struct usage_ledger *ledger;
	bool literal;
	uint64_t cycle;
	struct head_memo *memos; /* per cluster queue */
	uint32_t n_memos;
	struct preemption_scratch *scratch;
	struct hopeless *hopeless;
	struct nomination trial;  /* sizes tried by partial admission */
	struct attempts attempts; /* flavors tried by the evaluation at hand, to say why it failed */
	struct {
		VEC_FIELDS(struct entry);
	} entries;
	struct {
		VEC_FIELDS(uint32_t);
	} order, sorting; /* entries in the order of their processing; with fair sharing as far as they have been */
	uint32_t next_in_order;
	struct fair_order *fair_order;
	struct {
		VEC_FIELDS(uint32_t);
	} failing; /* queues whose head is certain to fail in this cycle, and is not evaluated */
	struct {
		VEC_FIELDS(uint32_t);
	} claimed; /* X: victims of this cycle */
	struct {
		VEC_FIELDS(uint32_t);
	} second_pass; /* SC-16: workloads whose delay is over */
	struct {
		VEC_FIELDS(struct nomination);
	} second_nominations;
	struct {
		VEC_FIELDS(uint32_t);
	} due;                   /* workloads that controllers want evicted */
	int64_t *requeue_due_us; /* per node, used at roots: a mass requeue is asked for; NEVER_US = no */
};

/* evaluate.c: SC-5 for one workload on the books as they are. `restrict_to` as in struct flavor_problem. */
void kueue_evaluate(struct kueue *kueue, uint32_t slot, const int32_t *scan, const uint32_t *restrict_to,
                    struct nomination *ret_nomination);
/* SC-16: likewise for a workload whose quota is reserved; its flavors stay. */
void kueue_evaluate_again(struct kueue *kueue, uint32_t slot, struct nomination *ret_nomination);
/* The saved scan if it is still valid (FA-10), else NULL. */
const int32_t *kueue_valid_scan(struct kueue *kueue, uint32_t slot, uint64_t class_hash);
bool kueue_solo(void *state, uint32_t slot, int64_t now_us, struct arena *arena, struct solo_verdict *ret_verdict,
                struct error *error);

/* hopeless.c: is the queue's head certain to fail? */
NODISCARD bool kueue_foresees_failure(struct kueue *kueue, uint32_t cluster_queue);
/* What is known of such a head. */
struct foreseen kueue_foreseen(struct kueue *kueue, uint32_t cluster_queue);
const struct charge_pair *kueue_foreseen_pairs(const struct kueue *kueue, const struct foreseen *foreseen);
/* An evaluation that saw all flavors found no way to admit this workload, now back in its queue. */
void kueue_found_hopeless(struct kueue *kueue, uint32_t slot, enum reason reason);
NODISCARD struct hopeless *hopeless_create(const struct kueue_config *config);
void hopeless_destroy(struct hopeless *hopeless); /* accepts NULL */

/* fair_order.c: SC-7. Only nominated entries take part. */
NODISCARD struct fair_order *fair_order_create(const struct kueue_config *config, const struct quota_tree *tree);
void fair_order_destroy(struct fair_order *order); /* accepts NULL */
void fair_order_begin(struct kueue *kueue);
/* The entry to process next, given all that was charged for those before it; NONE when there are no more. To be called
 * until then. */
uint32_t fair_order_next(struct kueue *kueue);

/* cycle.c */
/* SC-9: the quota that the entry would use, to its queue; nothing in a second pass. */
void kueue_charge_quota(struct kueue *kueue, const struct entry *entry);
void kueue_cycle(void *state, int64_t now_us, struct decision_list *out);

/* variants.c (8.6): has a more favourable variant of the entry's workload been admitted? */
bool kueue_variant_is_late(const struct kueue *kueue, const struct entry *entry);
/* The entry is about to be admitted: NONE when it may be. Else a less favourable variant has quota; it is evicted
 * (PENDING_MIGRATION), unless the flavor is below the last acceptable one (MIGRATION_REFUSED). */
enum reason kueue_migrate_variant(struct kueue *kueue, const struct entry *entry, int64_t now_us, struct decision_list *out);

/* controllers.c: what Kueue's controllers do between cycles (section 6). */
void kueue_holds(void *state, uint32_t slot, int64_t now_us);
void kueue_readiness(void *state, uint32_t slot, int64_t now_us);
void kueue_released(void *state, uint32_t cluster_queue, int64_t now_us);
void kueue_wake(void *state, const struct wake *wake, int64_t now_us);
void kueue_checked(void *state, uint32_t slot, const struct planner_input *input);
void kueue_stop_policies(struct kueue *kueue, int64_t now_us);
void kueue_ask_second_pass(struct kueue *kueue, uint32_t slot, int64_t now_us);
void kueue_evict(struct kueue *kueue, uint32_t slot, enum reason reason, int64_t now_us, struct decision_list *out);
void kueue_carry_out_duties(struct kueue *kueue, int64_t now_us, struct decision_list *out);

#endif
