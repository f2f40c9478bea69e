/* test_planner_worlds.c - properties of the planner on random worlds: the default pass decides as the literal one, a fork
 * decides as its original, and the books add up after every call. BERTH_WORLDS sets how many worlds (default 300). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "planner/policy.h"
#include "random_world.h"

static uint32_t n_worlds(void)
{
	const char *text = getenv("BERTH_WORLDS");
	return text ? (uint32_t)strtoul(text, NULL, 10) : 300;
}

static void expect_no_failure(uint64_t seed, const struct drive_result *result)
{
	if (result->failed)
		fail_msg("world %llu: %s", (unsigned long long)seed, result->error.text);
	if (result->most_passes_at_once >= 2000)
		fail_msg("world %llu: endless passes", (unsigned long long)seed);
}

typedef struct random_world create_world(uint64_t seed);

static struct drive_result expect_the_same_literally(const struct policy *policy, create_world *create)
{
	struct drive_result sum = {0};
	for (uint64_t seed = 1; seed <= n_worlds(); seed++) {
		struct random_world world = create(seed);
		struct drive_options options = {.steps = 40, .policy = policy};
		struct drive_result fast = random_world_drive(&world, &options);
		options.literal = true;
		struct drive_result literal = random_world_drive(&world, &options);
		expect_no_failure(seed, &fast);
		if (fast.digest != literal.digest)
			fail_msg("world %llu: digests differ", (unsigned long long)seed);
		if (fast.reasons != literal.reasons)
			fail_msg("world %llu: reasons why workloads pend differ", (unsigned long long)seed);
		sum.admitted += fast.admitted;
		sum.preempted += fast.preempted;
		sum.finished += fast.finished;
		random_world_destroy(&world);
	}
	print_message("# %u worlds: %u admitted, %u evicted, %u finished\n", n_worlds(), sum.admitted, sum.preempted,
	              sum.finished);
	assert_true(sum.admitted > 10 * n_worlds()); /* the worlds must be worth the test */
	return sum;
}

static void default_pass_decides_as_the_literal_one(void **state)
{
	(void)state;
	struct drive_result sum = expect_the_same_literally(planner_policy_kueue(), random_world_create);
	assert_true(sum.preempted > n_worlds());
}

static void with_sharing_too(void **state)
{
	(void)state;
	struct drive_result sum = expect_the_same_literally(planner_policy_kueue(), random_world_create_sharing);
	assert_true(sum.preempted > n_worlds());
}

static void easy_decides_as_the_literal_one(void **state)
{
	(void)state;
	(void)expect_the_same_literally(planner_policy_easy(), random_world_create);
}

static void expect_forks_alike(const struct policy *policy, create_world *create)
{
	for (uint64_t seed = 1; seed <= n_worlds(); seed++) {
		struct random_world world = create(seed);
		struct rng rng = rng_stream(seed, 0, 2, 0, RNG_PROPERTY_TEST);
		struct drive_options options = {.steps = 40, .policy = policy};
		struct drive_result whole = random_world_drive(&world, &options);
		options.fork_at_step = 1 + (uint32_t)rng_below(&rng, 38);
		struct drive_result forked = random_world_drive(&world, &options);
		expect_no_failure(seed, &forked);
		if (forked.digest != whole.digest || forked.fork_digest != whole.digest)
			fail_msg("%s world %llu: digests differ after a fork", policy->name, (unsigned long long)seed);
		random_world_destroy(&world);
	}
}

static void a_fork_decides_as_its_original(void **state)
{
	(void)state;
	expect_forks_alike(planner_policy_kueue(), random_world_create);
	expect_forks_alike(planner_policy_kueue(), random_world_create_sharing);
	expect_forks_alike(planner_policy_easy(), random_world_create);
}

static void expect_books_to_add_up(create_world *create)
{
	for (uint64_t seed = 1; seed <= n_worlds(); seed++) {
		struct random_world world = create(seed);
		struct drive_options options = {.steps = 40, .policy = planner_policy_kueue(), .check = true};
		struct drive_result result = random_world_drive(&world, &options);
		expect_no_failure(seed, &result);
		random_world_destroy(&world);
	}
}

static void books_add_up_after_every_call(void **state)
{
	(void)state;
	expect_books_to_add_up(random_world_create);
	expect_books_to_add_up(random_world_create_sharing);
}

static void expect_seen(const struct books *books, const char *what)
{
	struct error error;
	assert_false(books_check(books, &error));
	assert_int_equal(error.code, ERROR_INVARIANT);
	if (!strstr(error.text, what))
		fail_msg("'%s' says nothing of '%s'", error.text, what);
}

/* Two workloads that hold quota of the first cluster queue, the one of lower priority first. */
static struct books *books_of_two(struct planner *planner)
{
	struct books *books = planner_books(planner);
	for (int64_t i = 0; i < 2; i++) {
		uint32_t slot = books_new_slot(books);
		books_row(books, slot)->priority = i;
		books_reserve(books, slot, 0, admission_create(0, 0, 0), 0);
	}
	return books;
}

static void check_sees_a_book_that_is_off_by_one(void **state)
{
	(void)state;
	struct random_world world = random_world_create(7);
	struct planner_options options = {planner_policy_kueue(), world.config, false, true};
	struct planner *planner = planner_create(&options);
	struct books *books = books_of_two(planner);
	struct reserved_set *set = &books->reserved[0];
	struct workload_row *first = books_row(books, set->items[0]), *second = books_row(books, set->items[1]);
	uint32_t root = books->quota.tree->root[0];
	struct error error;
	assert_true(books_check(books, &error));
	books->quota.usage[0]++;
	expect_seen(books, "usage of node 0");
	books->quota.usage[0]--;
	first->queue_position++;
	expect_seen(books, "is not at place 1");
	first->queue_position--;
	*VEC_PUSH(set) = set->items[0];
	expect_seen(books, "2 workloads hold quota, the cluster queues list 3");
	set->count--;
	books->priorities[root].items[1].count++;
	expect_seen(books, "miscounted");
	books->priorities[root].items[1].count--;
	books->priorities[0].items[0].priority--;
	expect_seen(books, "miscounted");
	books->priorities[0].items[0].priority++;
	set->ordered = true;
	assert_true(books_check(books, &error));
	second->evicted = true; /* such come first (PR-4) */
	expect_seen(books, "marked as ordered");
	set->ordered = false;
	assert_true(books_check(books, &error));
	planner_destroy(planner);
	random_world_destroy(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(default_pass_decides_as_the_literal_one), cmocka_unit_test(with_sharing_too),
	    cmocka_unit_test(easy_decides_as_the_literal_one),         cmocka_unit_test(a_fork_decides_as_its_original),
	    cmocka_unit_test(books_add_up_after_every_call),           cmocka_unit_test(check_sees_a_book_that_is_off_by_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
