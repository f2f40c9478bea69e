/* compare.h - two runs of the same jobs, paired by name, per queue and over replications.
 *
 * Figures are rows of a kpi_table per replication, so that means and intervals over replications come from kpi_summarise()
 * like all others: metric "a", "b" or "difference" (b - a), stat the figure, cluster and cluster_queue in the names of a.
 * Where a wait of a or b is a lower bound (sim/kpi.h), the difference is biased, either way. */
#ifndef BERTH_APP_COMPARE_H
#define BERTH_APP_COMPARE_H

#include "app/app.h"
#include "sim/kpi.h"

/* X(enumerator, stat). Waits are submitted -> first admitted, or so far, of jobs that both runs have, after warm-up. The
 * others are the key figures of each run (sim/kpi.h): unstarted and preemptions of jobs submitted after warm-up, money of
 * the metered time whenever a job was submitted; and unpaired: jobs after warm-up that the other run does not have. What was
 * paid, idle GPUs included, is a figure of all queues together: NAN in the others. */
#define PAIR_FIGURES(X)                                                                                                     \
	X(WAIT_MEAN, "waitMean_us")                                                                                             \
	X(WAIT_P95, "waitP95_us")                                                                                               \
	X(UNSTARTED, "unstarted_count")                                                                                         \
	X(PREEMPTIONS, "preemptions_count")                                                                                     \
	X(UNPAIRED, "unpaired_count")                                                                                           \
	X(CHARGED, "charged_micro")                                                                                             \
	X(PAID, "paid_micro")
enum pair_figure {
#define X(name, stat) PAIR_##name,
	PAIR_FIGURES(X)
#undef X
	    PAIR_FIGURE_COUNT
};
/* Pairs by what happened to the wait, under metric "jobs": differences of less than a second are the same. Changed, of all
 * of them: of the same name, but not submitted at the same time, or with another run time or number of GPUs. */
enum pair_verdict { PAIR_LONGER, PAIR_SHORTER, PAIR_SAME, PAIR_CHANGED, PAIR_VERDICT_COUNT };

extern const char *const pair_figure_stats[PAIR_FIGURE_COUNT];
extern const char *const pair_verdict_stats[PAIR_VERDICT_COUNT];

struct pair_group {
	name_id cluster, cluster_queue; /* NO_NAME both: all */
};

struct pairing;
/* Both worlds outlive it. Queues that only b has are interned in the names of a. */
NODISCARD struct pairing *pairing_create(const struct world *a, const struct world *b);
void pairing_destroy(struct pairing *pairing);
const struct pair_group *pairing_groups(const struct pairing *pairing, uint32_t *ret_count); /* the last one is "all" */
/* So far, over all replications. */
struct pair_counts {
	uint64_t paired, changed; /* changed: of those paired */
	uint64_t only[2];         /* jobs of a that b does not have, and the other way round */
};
struct pair_counts pairing_counts(const struct pairing *pairing);
/* The figures of one replication; free with kpi_table_free(). Exactly zero differences for identical results. */
NODISCARD struct kpi_table *pairing_compare(struct pairing *pairing, const struct run_result *a, const struct run_result *b);

#endif
