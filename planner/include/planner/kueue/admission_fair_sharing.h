/* admission_fair_sharing.h - the past usage of LocalQueues, which orders pending work and victims inside ClusterQueues that
 * ask for it (kueue-semantics 9.1, AFS-1 to AFS-6).
 *
 * Amounts are decimals in standard units: cores, bytes, devices. */
#ifndef BERTH_PLANNER_KUEUE_ADMISSION_FAIR_SHARING_H
#define BERTH_PLANNER_KUEUE_ADMISSION_FAIR_SHARING_H

#include "base/decimal.h"
#include "planner/books.h"
#include "planner/kueue/queues.h"

/* ---- the rules, as functions of their arguments alone ---- */

struct usage_amount {
	name_id resource;
	int128 nano;
};
struct usage_list { /* by the resource's name */
	VEC_FIELDS(struct usage_amount);
};
void usage_list_add(struct usage_list *list, const struct names *names, name_id resource, int128 nano);

/* AFS-2: how much of what was used before is forgotten in this time. 0 for a half-life of 0. */
double usage_decay_rate(int64_t elapsed_us, int64_t half_life_us);
/* AFS-2: what was used decays, what is in use moves in. */
void usage_list_decay(struct usage_list *consumed, const struct names *names, const struct usage_list *in_use, double rate);
/* AFS-5. */
double usage_weighted(const struct kueue_config *config, uint32_t local_queue, const struct usage_list *consumed,
                      const struct usage_list *pending);

/* ---- state ---- */

/* The accounts of all LocalQueues. Writes what follows from them into the queues, and tells the books when an order among
 * holders of quota has changed. Does nothing where Admission Fair Sharing is not configured. */
struct usage_ledger;
NODISCARD struct usage_ledger *usage_ledger_create(struct books *books, struct queues *queues);
void usage_ledger_destroy(struct usage_ledger *ledger); /* accepts NULL */
NODISCARD struct usage_ledger *usage_ledger_fork(const struct usage_ledger *ledger, struct books *books,
                                                 struct queues *queues);
/* After books_set_config() and queues_rebuild(). */
void usage_ledger_configured(struct usage_ledger *ledger, int64_t now_us);

/* AFS-4: quota was reserved for this workload. */
void usage_ledger_charge(struct usage_ledger *ledger, uint32_t slot, int64_t now_us);
/* AFS-4: it was seen to be Admitted. */
void usage_ledger_settle(struct usage_ledger *ledger, uint32_t slot, int64_t now_us);
/* AFS-4: it never will be. */
void usage_ledger_forget(struct usage_ledger *ledger, uint32_t slot);
/* It holds quota: its LocalQueue's usage is sampled from now on. */
void usage_ledger_watch(struct usage_ledger *ledger, uint32_t slot, int64_t now_us);
/* AFS-3: a WAKE_USAGE_SAMPLE is due. */
void usage_ledger_sample(struct usage_ledger *ledger, const struct wake *wake, int64_t now_us);

/* What a LocalQueue has used, taken as of now. For tests and conformance cases. */
void usage_ledger_set(struct usage_ledger *ledger, uint32_t local_queue, name_id resource, int128 nano, int64_t now_us);
/* AFS-5 per LocalQueue; NAN where its ClusterQueue does not go by it. NULL when nobody does. */
const double *usage_ledger_usage(const struct usage_ledger *ledger);
uint64_t usage_ledger_digest(const struct usage_ledger *ledger, uint64_t digest);

struct planner;
/* The ledger behind a planner that runs the policy "Kueue". */
struct usage_ledger *planner_usage_ledger(struct planner *planner);

#endif
