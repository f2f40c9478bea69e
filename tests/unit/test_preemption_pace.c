/* test_preemption_pace.c - how fast preemptions can follow each other: when quota comes back, and how often a workload is
 * preempted that takes quota which others have given back for the preemptor.
 *
 * The world is the smallest that was found to thrash (Kueue's issue 13662). Quota: vision 8, dev 8, together cohort
 * research; spare 5; all below company. 16 GPUs on 2 nodes. In use: vision 2 ("runs", on a node) and 5 ("waits", too large
 * for what the nodes have left), dev 9, spare 2. "taker" in dev asks for 4 GPUs; 3 are free. "owner" comes to vision, of
 * high priority, and asks for the 8 that are vision's own:
 *   1. It needs all of its queue's quota back without borrowing (PR-12): preempts "runs" and "waits".
 *   2. As soon as "waits" has given its 5 back and "runs" not yet its 2, 8 are free, but not all of them in research:
 * "owner" fits by borrowing from company, level 2; "taker" by borrowing from research, level 1, and is processed first
 * (SC-6) in spite of its priority. It is admitted, and "owner" is skipped (SC-10, SC-12).
 *   3. In the next pass "owner" lacks quota again. "runs" is evicted already and comes first (PR-11); dev borrows, so the
 * next is "taker" (PR-9): preempted, InCohortReclamation, and requeued at once when it is released (EV-4, EV-6). Back to 2.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "sim_world.h"

#define S US_PER_S

enum { RUNS, WAITS, DEV_BASE, DEV_EXTRA, SPARE, TAKER, OWNER, N_JOBS };

/* "waits" comes at 10 s, "taker" and "owner" as told, the others at 0. */
static struct run_result run_thrash(int64_t taker_us, int64_t owner_us, gate_set more_gates, struct control_plane plane)
{
	struct test_world t;
	test_world_init(&t, 1000 * S);
	gate_set gates = 0;
	assert_true(kueue_profile_gates("0.19", &gates));
	kueue_set_gates(t.builder, gates | more_gates);
	kueue_add_cohort(t.builder, &(struct cohort){.name = test_name(&t, "research"), .fair_weight = 1},
	                 test_name(&t, "company"), NULL, 0, (struct diag_place){0});
	test_pool(&t, "a", 2);
	test_priority(&t, "high", 1000);
	test_queue(&t, "dev", "research", (int64_t[]){8}, PREEMPT_NEVER, PREEMPT_NEVER);
	test_queue(&t, "spare", "company", (int64_t[]){5}, PREEMPT_NEVER, PREEMPT_NEVER);
	test_queue(&t, "vision", "research", (int64_t[]){8}, PREEMPT_LOWER_PRIORITY, PREEMPT_ANY);
	t.cluster.termination_grace = dist_constant(60e6);
	t.cluster.control_plane = plane;
	test_job(&t, "vision", test_shape(&t, 1, 2), 0, 900 * S);
	test_job(&t, "vision", test_shape(&t, 1, 5), 10 * S, 900 * S);
	test_job(&t, "dev", test_shape(&t, 1, 8), 0, 900 * S);
	test_job(&t, "dev", test_shape(&t, 1, 1), 0, 200 * S);
	test_job(&t, "spare", test_shape(&t, 1, 2), 0, 200 * S);
	test_job(&t, "dev", test_shape(&t, 1, 4), taker_us, 900 * S);
	struct job *owner = test_job(&t, "vision", test_shape(&t, 1, 8), owner_us, 300 * S);
	owner->priority_class = test_name(&t, "high");
	name_id names[N_JOBS];
	for (uint32_t i = 0; i < N_JOBS; i++)
		names[i] = t.jobs.items[i].name;
	struct run_options options = test_options(&t);
	struct run_result result = {0};
	struct error error = {0};
	if (!sim_run(&options, &result, &error))
		fail_msg("%s", error.text);
	/* outcomes in the order of the enumeration */
	struct job_outcome outcomes[N_JOBS];
	for (uint32_t i = 0; i < N_JOBS; i++)
		for (uint32_t j = 0; j < N_JOBS; j++)
			if (t.jobs.items[j].name == names[i])
				outcomes[i] = result.outcomes[j];
	memcpy(result.outcomes, outcomes, sizeof outcomes);
	test_world_free(&t);
	return result;
}

/* Both victims have pods: the job controller reports both a second after they were told to stop, whatever their grace.
 * Nobody can take what is given back bit by bit, and the preemptor waits for its node, not for quota. */
static void test_quota_comes_back_before_pods_are_gone(void **state)
{
	(void)state;
	struct run_result result = run_thrash(11 * S, 100 * S, 0, (struct control_plane){.job_status_us = 1 * S});
	assert_int_equal(result.n_loops, 0);
	assert_int_equal(result.outcomes[RUNS].preemptions, 1);
	assert_int_equal(result.outcomes[WAITS].preemptions, 1);
	assert_int_equal(result.outcomes[TAKER].preemptions, 0);
	assert_int_equal(result.outcomes[OWNER].admitted_us, 101 * S);
	assert_true(result.outcomes[OWNER].bound_us == -1 || result.outcomes[OWNER].bound_us >= 160 * S);
	assert_int_equal(result.largest_storm, 2);
	run_result_free(&result);
}

static struct control_plane measured(void)
{
	return (struct control_plane){.pass_base_us = 2 * US_PER_MS,
	                              .write_latency_us = 8 * US_PER_MS,
	                              .watch_delay_us = 5 * US_PER_MS,
	                              .pod_creation_us = 10 * US_PER_MS,
	                              .job_status_us = 1 * S};
}

/* A victim that is preempted before it had pods gives its quota back sooner than one that runs: Kueue thrashes, until the
 * other has been reported too, and no faster than its writes and watch events go round: two passes, the eviction written and
 * seen, the job controller's answer seen, the release written and seen make 45 ms. The gate that upstream made against it
 * (alpha, off) ends it. */
static void test_thrashing_is_as_fast_as_the_control_plane(void **state)
{
	(void)state;
	int64_t owner_us = 10 * S + 5 * US_PER_MS;
	int64_t taker_us = 10 * S + 48 * US_PER_MS; /* seen with the release of "waits": it is not parked for a second */
	struct run_result result = run_thrash(taker_us, owner_us, 0, measured());
	assert_int_equal(result.n_loops, 0);
	assert_int_equal(result.outcomes[WAITS].preemptions, 1);
	assert_int_equal(result.outcomes[RUNS].preemptions, 1);
	assert_int_equal(result.outcomes[TAKER].preemptions, 22);
	assert_in_range(result.outcomes[OWNER].admitted_us, 11 * S, 11 * S + 100 * US_PER_MS);
	run_result_free(&result);
	result = run_thrash(taker_us, owner_us, (gate_set)1 << GATE_PrioritizePreemptorWorkloads, measured());
	assert_int_equal(result.outcomes[TAKER].preemptions, 0);
	assert_int_equal(result.outcomes[OWNER].admitted_us, owner_us + 71 * US_PER_MS);
	run_result_free(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_quota_comes_back_before_pods_are_gone),
	    cmocka_unit_test(test_thrashing_is_as_fast_as_the_control_plane),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
