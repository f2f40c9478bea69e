/* test_admission_fair_sharing.c - the past usage of LocalQueues: its decimals, decay, samples and penalties, and what goes
 * by it (kueue-semantics 9.1, Q-2, PR-4). */
#include "sharing_world.h"

#include <math.h>

#include "planner/kueue/admission_fair_sharing.h"

#define NANO ((int128)NANO_PER_UNIT)

/* ---- AFS-2 ---- */

static void decimals_are_cut_off_behind_the_ninth_place(void **state)
{
	(void)state;
	assert_true(decimal_scaled(3 * NANO, 0.1) == 300000000); /* the double is a little above a tenth */
	assert_true(decimal_scaled(NANO, 1.0 / 3) == 333333333);
	assert_true(decimal_scaled(2 * NANO, 1.0 / 3) == 666666666);
	assert_true(decimal_scaled(7 * NANO, 1) == 7 * NANO && decimal_scaled(7 * NANO, 0) == 0);
	assert_true(decimal_scaled(1, 0.999999999999) == 0); /* decays to nothing in the end */
	assert_true(decimal_scaled(NANO, 1e-9) == 1 && decimal_scaled(NANO, 9.99e-10) == 0);
	assert_true(decimal_scaled(NANO, 5e-324) == 0);
	int128 most = (int128)INT64_MAX * NANO;
	assert_true(decimal_scaled(most, 0.5) == most / 2);
	assert_true(decimal_scaled(most, 0.9999999999999999) == most - most / 10000000000000000 - 1);
	assert_true(decimal_value(1500000000) == 1.5 && decimal_value(0) == 0);
}

static void usage_decays_by_half_lives(void **state)
{
	(void)state;
	assert_true(usage_decay_rate(3600 * US_PER_S, 3600 * US_PER_S) == 0.5);
	assert_true(usage_decay_rate(7200 * US_PER_S, 3600 * US_PER_S) == 0.75);
	assert_true(usage_decay_rate(0, 3600 * US_PER_S) == 0 && usage_decay_rate(-5, 3600 * US_PER_S) == 0);
	assert_true(usage_decay_rate(300 * US_PER_S, 0) == 0);
	assert_true(fabs(usage_decay_rate(300 * US_PER_S, 168 * US_PER_HOUR) - 3.4376e-4) < 1e-8);
}

static void what_is_in_use_moves_in(void **state)
{
	(void)state;
	struct names *names = names_create();
	name_id gpu = names_intern(names, "gpu"), cpu = names_intern(names, "cpu");
	struct usage_list consumed = {0}, in_use = {0};
	usage_list_add(&consumed, names, gpu, 8 * NANO);
	usage_list_add(&in_use, names, gpu, 2 * NANO);
	usage_list_add(&in_use, names, cpu, NANO);
	usage_list_decay(&consumed, names, &in_use, 0.25);
	assert_int_equal(consumed.count, 2);
	assert_true(consumed.items[0].resource == cpu && consumed.items[0].nano == NANO / 4); /* in order of name */
	assert_true(consumed.items[1].nano == 6 * NANO + NANO / 2);
	VEC_FREE(&consumed);
	VEC_FREE(&in_use);
	names_destroy(names);
}

/* ---- a world: one queue of 8 with three LocalQueues; its own name's is a fourth ---- */

static struct sharing_world begin(int64_t half_life_s, int64_t interval_s)
{
	struct sharing_world world = sharing_begin();
	world.controller.admission_fair_sharing = true;
	world.controller.usage_half_life_us = half_life_s * US_PER_S;
	world.controller.usage_sampling_us = interval_s * US_PER_S;
	struct cluster_queue queue = kueue_cluster_queue_defaults(NO_NAME);
	queue.usage_based = true;
	queue.within_cluster_queue = PREEMPT_LOWER_PRIORITY;
	sharing_add_queue(&world, queue, "queue", "", 8);
	sharing_add_local(&world, "a", "queue", 1);
	sharing_add_local(&world, "b", "queue", 2);
	sharing_add_local(&world, "zero", "queue", 0);
	return world;
}

static struct usage_ledger *ledger(struct sharing_world *world)
{
	return planner_usage_ledger(world->planner);
}

static double usage(struct sharing_world *world, const char *name)
{
	return usage_ledger_usage(ledger(world))[sharing_local(world, name)];
}

static void has_used(struct sharing_world *world, const char *name, int64_t gpus)
{
	usage_ledger_set(ledger(world), sharing_local(world, name), sharing_name(world, "gpu"), gpus * NANO, world->now_us);
}

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

/* Moves time on to the next wake-up for a sample and hands it back; false when none was asked for. */
static bool sample(struct sharing_world *world)
{
	struct wake wake;
	while (planner_take_wake(world->planner, &wake))
		if (wake.kind == WAKE_USAGE_SAMPLE) {
			world->now_us = wake.at_us;
			sharing_apply(world, (struct planner_input){.kind = INPUT_WAKE, .wake = wake});
			return true;
		}
	return false;
}

/* ---- AFS-5 and Q-2 ---- */

static void usage_is_divided_by_weight(void **state)
{
	(void)state;
	struct sharing_world world = begin(3600, 300);
	sharing_start(&world);
	has_used(&world, "a", 6);
	has_used(&world, "b", 6);
	assert_true(usage(&world, "a") == 6 && usage(&world, "b") == 3 && usage(&world, "queue") == 0);
	assert_true(isinf(usage(&world, "zero")));
	sharing_end(&world);
}

static void resources_have_weights(void **state)
{
	(void)state;
	struct sharing_world world = begin(3600, 300);
	const struct resource_weight weights[] = {{sharing_name(&world, "gpu"), 0.5}};
	world.controller.usage_weights = weights;
	world.controller.n_usage_weights = 1;
	sharing_start(&world);
	has_used(&world, "a", 6);
	usage_ledger_set(ledger(&world), sharing_local(&world, "a"), sharing_name(&world, "cpu"), 4 * NANO, world.now_us);
	assert_true(usage(&world, "a") == 7);
	sharing_end(&world);
}

/* Usage goes before priority, priority before time. */
static void who_used_less_goes_first(void **state)
{
	(void)state;
	struct sharing_world world = begin(3600, 300);
	sharing_start(&world);
	has_used(&world, "a", 2);
	has_used(&world, "b", 2);
	workload_id zero = sharing_submit(&world, "zero", 1, 9);
	workload_id a = sharing_submit(&world, "a", 1, 5);
	workload_id b_low = sharing_submit(&world, "b", 1, 0), b_high = sharing_submit(&world, "b", 1, 1);
	const workload_id order[] = {b_high, b_low, a, zero};
	for (size_t i = 0; i < ARRAY_COUNT(order); i++) {
		sharing_pass(&world);
		assert_int_equal(world.decisions->count, 1);
		assert_true(sharing_holds(&world, order[i]));
	}
	sharing_end(&world);
}

/* The same where the gate is off, or the queue does not ask for it: by priority. */
static void without_it_priority_decides(void **state)
{
	(void)state;
	struct sharing_world world = begin(3600, 300);
	world.gates &= ~(UINT64_C(1) << GATE_AdmissionFairSharing);
	sharing_start(&world);
	assert_null(usage_ledger_usage(ledger(&world)));
	has_used(&world, "a", 2);
	workload_id a = sharing_submit(&world, "a", 1, 5);
	(void)sharing_submit(&world, "b", 1, 0);
	sharing_pass(&world);
	assert_true(sharing_holds(&world, a));
	sharing_end(&world);
}

/* A class that was parked is parked for all LocalQueues. */
static void a_class_is_parked_for_every_local_queue(void **state)
{
	(void)state;
	struct sharing_world world = begin(3600, 300);
	sharing_start(&world);
	(void)sharing_admit(&world, "queue", 8, 0);
	(void)sharing_submit(&world, "a", 4, 0);
	workload_id b = sharing_submit(&world, "b", 4, 0);
	sharing_pass(&world);
	struct workload_view view;
	assert_true(planner_view(world.planner, b, &view));
	assert_true(view.queued && view.parked);
	assert_true(view.reason == REASON_NOT_EVALUATED || view.reason == REASON_PREEMPTION_NO_CANDIDATES);
	sharing_end(&world);
}

/* ---- AFS-4 ---- */

static void a_reservation_costs_at_once(void **state)
{
	(void)state;
	struct sharing_world world = begin(3600, 300);
	sharing_start(&world);
	has_used(&world, "a", 0); /* sampled just now */
	double penalty = decimal_value(decimal_scaled(4 * NANO, usage_decay_rate(300 * US_PER_S, 3600 * US_PER_S)));
	workload_id first = sharing_submit(&world, "a", 4, 0);
	workload_id second = sharing_submit(&world, "a", 4, 9);
	workload_id other = sharing_submit(&world, "queue", 4, 0);
	sharing_pass(&world);
	assert_true(sharing_holds(&world, second) && near(usage(&world, "a"), penalty));
	sharing_pass(&world);
	assert_true(sharing_holds(&world, other) && !sharing_holds(&world, first));
	sharing_tell(&world, INPUT_WRITE_DONE, second); /* pending no more, but consumed */
	assert_true(near(usage(&world, "a"), penalty));
	sharing_tell(&world, INPUT_WRITE_DONE, second);
	sharing_tell(&world, INPUT_FINISHED, second);
	assert_true(near(usage(&world, "a"), penalty));
	sharing_end(&world);
}

static void what_never_runs_costs_nothing(void **state)
{
	(void)state;
	static const enum input_kind ends[] = {INPUT_WRITE_FAILED, INPUT_DELETED, INPUT_FINISHED};
	for (size_t i = 0; i < ARRAY_COUNT(ends); i++) {
		struct sharing_world world = begin(3600, 300);
		sharing_start(&world);
		workload_id workload = sharing_submit(&world, "a", 4, 0);
		sharing_pass(&world);
		assert_true(usage(&world, "a") > 0);
		sharing_tell(&world, ends[i], workload);
		assert_true(usage(&world, "a") == 0);
		sharing_end(&world);
	}
}

/* ---- AFS-3 ---- */

static void usage_is_sampled_while_there_is_any(void **state)
{
	(void)state;
	struct sharing_world world = begin(300, 300);
	sharing_start(&world);
	assert_false(sample(&world));
	workload_id workload = sharing_admit(&world, "a", 4, 0);
	assert_true(sample(&world));
	assert_int_equal(world.now_us, 1200 * US_PER_S); /* as if it had been sampled every 300 s */
	assert_true(usage(&world, "a") == 2);
	assert_true(sample(&world) && usage(&world, "a") == 3);
	sharing_tell(&world, INPUT_FINISHED, workload);
	assert_true(sample(&world) && usage(&world, "a") == 1.5);
	assert_int_equal(world.now_us, 1800 * US_PER_S);
	uint32_t samples = 0;
	while (sample(&world))
		samples++;
	assert_true(usage(&world, "a") == 0);
	assert_in_range(samples, 30, 32); /* 1.5e9 halves so often before it is cut off to nothing */
	sharing_end(&world);
}

static void a_half_life_of_zero_forgets(void **state)
{
	(void)state;
	struct sharing_world world = begin(0, 60);
	sharing_start(&world);
	has_used(&world, "a", 5);
	assert_true(sample(&world) && usage(&world, "a") == 0);
	sharing_end(&world);
}

static void accounts_survive_a_new_configuration(void **state)
{
	(void)state;
	struct sharing_world world = begin(300, 300);
	sharing_start(&world);
	has_used(&world, "b", 4);
	sharing_add_local(&world, "aa", "queue", 1); /* moves the others' indexes */
	const struct kueue_config *config = sharing_build(&world);
	uint32_t before = sharing_local(&world, "b");
	sharing_apply(&world, (struct planner_input){.kind = INPUT_CONFIG, .config = config});
	world.config = config;
	assert_int_not_equal(sharing_local(&world, "b"), before);
	assert_true(usage(&world, "b") == 2 && usage(&world, "aa") == 0);
	assert_true(sample(&world));
	sharing_end(&world);
}

/* ---- PR-4 ---- */

/* Victims inside the queue: first those whose LocalQueue has used more, whatever their priority. */
static void who_used_more_is_preempted_first(void **state)
{
	(void)state;
	for (int by_usage = 0; by_usage < 2; by_usage++) {
		struct sharing_world world = begin(3600, 300);
		world.controller.admission_fair_sharing = by_usage;
		sharing_start(&world);
		workload_id of_a = sharing_admit(&world, "a", 4, 1), of_b = sharing_admit(&world, "b", 4, 0);
		has_used(&world, "a", 9);
		(void)sharing_submit(&world, "queue", 4, 5);
		sharing_pass(&world);
		assert_int_equal(sharing_preempted(&world, by_usage ? of_a : of_b), REASON_PREEMPTED_IN_CLUSTER_QUEUE);
		assert_int_equal(sharing_preempted(&world, by_usage ? of_b : of_a), REASON_NONE);
		sharing_end(&world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(decimals_are_cut_off_behind_the_ninth_place),
	    cmocka_unit_test(usage_decays_by_half_lives),
	    cmocka_unit_test(what_is_in_use_moves_in),
	    cmocka_unit_test(usage_is_divided_by_weight),
	    cmocka_unit_test(resources_have_weights),
	    cmocka_unit_test(who_used_less_goes_first),
	    cmocka_unit_test(without_it_priority_decides),
	    cmocka_unit_test(a_class_is_parked_for_every_local_queue),
	    cmocka_unit_test(a_reservation_costs_at_once),
	    cmocka_unit_test(what_never_runs_costs_nothing),
	    cmocka_unit_test(usage_is_sampled_while_there_is_any),
	    cmocka_unit_test(a_half_life_of_zero_forgets),
	    cmocka_unit_test(accounts_survive_a_new_configuration),
	    cmocka_unit_test(who_used_more_is_preempted_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
