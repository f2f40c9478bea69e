/* test_quota.c - quota arithmetic on the worked examples of kueue-semantics 2.1 (E1 to E4), undo, infinity. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "base/arena.h"
#include "planner/quota.h"
#include "world/kueue_builder.h"

struct tree {
	struct arena *arena;
	struct names *names;
	struct kueue_builder *builder;
	const struct kueue_config *config;
	struct quota_tree *quota_tree;
	struct undo undo;
	struct quota_state quota;
};

static struct tree tree_begin(void)
{
	struct tree tree = {.arena = arena_create(0), .names = names_create()};
	tree.builder = kueue_builder_create(tree.arena, tree.names);
	struct resource_flavor flavor = {.name = names_intern(tree.names, "f")};
	kueue_add_flavor(tree.builder, &flavor, (struct diag_place){0});
	return tree;
}

static const struct named_group *group(struct tree *tree, int64_t nominal, int64_t borrowing, int64_t lending)
{
	struct named_group *result = ARENA_NEW(tree->arena, struct named_group);
	struct named_flavor_quotas *flavors = ARENA_NEW(tree->arena, struct named_flavor_quotas);
	struct named_quota *quota = ARENA_NEW(tree->arena, struct named_quota);
	name_id *resource = ARENA_NEW(tree->arena, name_id);
	*resource = names_intern(tree->names, "nvidia.com/gpu");
	*quota = (struct named_quota){.resource = *resource, .quota = {nominal, borrowing, lending}};
	*flavors = (struct named_flavor_quotas){.flavor = names_intern(tree->names, "f"), .quotas = quota, .n_quotas = 1};
	*result = (struct named_group){.covered = resource, .n_covered = 1, .flavors = flavors, .n_flavors = 1};
	return result;
}

static void add_queue(struct tree *tree, const char *name, const char *cohort, int64_t nominal, int64_t borrowing,
                      int64_t lending)
{
	struct cluster_queue queue = kueue_cluster_queue_defaults(names_intern(tree->names, name));
	kueue_add_cluster_queue(tree->builder, &queue, names_intern(tree->names, cohort),
	                        group(tree, nominal, borrowing, lending), 1, (struct diag_place){0});
}

static void add_cohort(struct tree *tree, const char *name, const char *parent, int64_t nominal, int64_t borrowing,
                       int64_t lending)
{
	struct cohort cohort = {.name = names_intern(tree->names, name), .fair_weight = 1};
	kueue_add_cohort(tree->builder, &cohort, names_intern(tree->names, parent), group(tree, nominal, borrowing, lending), 1,
	                 (struct diag_place){0});
}

static void tree_build(struct tree *tree)
{
	struct diags *diags = diags_create();
	tree->config = kueue_build(tree->builder, false, diags);
	assert_non_null(tree->config);
	diags_destroy(diags);
	kueue_builder_destroy(tree->builder);
	tree->quota_tree = quota_tree_create(tree->config);
	tree->quota = (struct quota_state){tree->quota_tree,
	                                   xcalloc((size_t)tree->quota_tree->n_nodes * tree->quota_tree->n_frs, sizeof(int64_t)),
	                                   &tree->undo};
}

static void tree_end(struct tree *tree)
{
	quota_tree_release(tree->quota_tree);
	free(tree->quota.usage);
	VEC_FREE(&tree->undo);
	arena_destroy(tree->arena);
	names_destroy(tree->names);
}

static uint32_t queue_node(const struct tree *tree, const char *name)
{
	return kueue_find_cluster_queue(tree->config, names_find(tree->names, name));
}

static uint32_t cohort_node(const struct tree *tree, const char *name)
{
	return tree->config->n_cluster_queues + kueue_find_cohort(tree->config, names_find(tree->names, name));
}

static void expect_level(const struct tree *tree, const char *queue, int64_t amount, uint32_t level, bool may_reclaim)
{
	bool reclaim;
	assert_int_equal(quota_borrow_level(&tree->quota, queue_node(tree, queue), 0, amount, &reclaim), level);
	assert_int_equal(reclaim, may_reclaim);
}

static int64_t available(const struct tree *tree, const char *queue)
{
	return quota_available(&tree->quota, queue_node(tree, queue), 0);
}

static void flat_cohort_without_limits(void **state)
{
	(void)state;
	struct tree tree = tree_begin();
	add_queue(&tree, "a", "root", 9, LIMIT_UNSET, LIMIT_UNSET);
	add_queue(&tree, "b", "root", 12, LIMIT_UNSET, LIMIT_UNSET);
	tree_build(&tree);
	quota_add(&tree.quota, queue_node(&tree, "b"), 0, 15);
	assert_int_equal(available(&tree, "a"), 6);
	assert_int_equal(available(&tree, "b"), 6);
	expect_level(&tree, "a", 6, 0, true);
	expect_level(&tree, "a", 10, 1, false);
	tree_end(&tree);
}

static void lending_and_borrowing_limits(void **state)
{
	(void)state;
	struct tree tree = tree_begin();
	add_queue(&tree, "a", "root", 10, LIMIT_UNSET, 4);
	add_queue(&tree, "b", "root", 10, 3, LIMIT_UNSET);
	add_queue(&tree, "c", "root", 0, LIMIT_UNSET, LIMIT_UNSET);
	tree_build(&tree);
	static const struct {
		const char *queue;
		int64_t add, root, a, b, c;
	} steps[] = {
	    {"a", 0, 0, 20, 13, 14}, {"a", 5, 0, 15, 13, 14}, {"a", 4, 3, 11, 11, 11},
	    {"b", 11, 14, 0, 0, 0},  {"a", -5, 11, 5, 2, 3},
	};
	for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
		if (steps[i].add >= 0)
			quota_add(&tree.quota, queue_node(&tree, steps[i].queue), 0, steps[i].add);
		else
			quota_remove(&tree.quota, queue_node(&tree, steps[i].queue), 0, -steps[i].add);
		assert_int_equal(quota_usage(&tree.quota, cohort_node(&tree, "root"), 0), steps[i].root);
		assert_int_equal(available(&tree, "a"), steps[i].a);
		assert_int_equal(available(&tree, "b"), steps[i].b);
		assert_int_equal(available(&tree, "c"), steps[i].c);
	}
	assert_int_equal(tree.quota_tree->potential[queue_node(&tree, "a")], 20);
	assert_int_equal(tree.quota_tree->potential[queue_node(&tree, "b")], 13);
	tree_end(&tree);
}

static void hierarchy(void **state)
{
	(void)state;
	struct tree tree = tree_begin();
	add_cohort(&tree, "root", "", 10, LIMIT_UNSET, LIMIT_UNSET);
	add_cohort(&tree, "left", "root", 5, 6, 8);
	add_cohort(&tree, "right", "root", 0, LIMIT_UNSET, LIMIT_UNSET);
	add_queue(&tree, "a", "left", 10, LIMIT_UNSET, 6);
	add_queue(&tree, "b", "left", 4, LIMIT_UNSET, LIMIT_UNSET);
	add_queue(&tree, "c", "right", 20, LIMIT_UNSET, LIMIT_UNSET);
	tree_build(&tree);
	assert_int_equal(tree.quota_tree->subtree[cohort_node(&tree, "root")], 38);
	assert_int_equal(tree.quota_tree->potential[cohort_node(&tree, "left")], 21);
	quota_add(&tree.quota, queue_node(&tree, "b"), 0, 18);
	assert_int_equal(available(&tree, "a"), 7);
	assert_int_equal(available(&tree, "b"), 3);
	assert_int_equal(available(&tree, "c"), 27);
	expect_level(&tree, "a", 8, 0, true);
	expect_level(&tree, "a", 12, 2, false);
	expect_level(&tree, "c", 25, 2, false);
	tree_end(&tree);
}

static void debt_shows_as_nothing_available(void **state)
{
	(void)state;
	struct tree tree = tree_begin();
	add_queue(&tree, "a", "root", 5, LIMIT_UNSET, LIMIT_UNSET);
	add_queue(&tree, "b", "root", 5, LIMIT_UNSET, LIMIT_UNSET);
	tree_build(&tree);
	quota_add(&tree.quota, queue_node(&tree, "a"), 0, 12);
	assert_int_equal(quota_balance(&tree.quota, queue_node(&tree, "b"), 0), -2);
	assert_int_equal(available(&tree, "b"), 0);
	tree_end(&tree);
}

static void rollback_restores_every_word(void **state)
{
	(void)state;
	struct tree tree = tree_begin();
	add_queue(&tree, "a", "root", 5, LIMIT_UNSET, 2);
	add_queue(&tree, "b", "root", 5, LIMIT_UNSET, LIMIT_UNSET);
	tree_build(&tree);
	quota_add(&tree.quota, queue_node(&tree, "a"), 0, 4);
	int64_t before[3];
	for (uint32_t node = 0; node < 3; node++)
		before[node] = quota_usage(&tree.quota, node, 0);
	uint32_t outer = undo_mark(&tree.undo);
	quota_add(&tree.quota, queue_node(&tree, "a"), 0, -3);
	uint32_t inner = undo_mark(&tree.undo);
	quota_remove(&tree.quota, queue_node(&tree, "a"), 0, 9);
	undo_rollback(&tree.undo, inner);
	undo_rollback(&tree.undo, outer);
	for (uint32_t node = 0; node < 3; node++)
		assert_int_equal(quota_usage(&tree.quota, node, 0), before[node]);
	assert_int_equal(tree.undo.count, 0);
	tree_end(&tree);
}

static void amounts_know_infinity(void **state)
{
	(void)state;
	assert_int_equal(amount_add(INT64_MAX, -5), INT64_MAX);
	assert_int_equal(amount_sub(INT64_MAX, INT64_MAX), 0);
	assert_int_equal(amount_sub(INT64_MAX, 7), INT64_MAX);
	assert_int_equal(amount_sub(7, INT64_MAX), INT64_MIN);
	assert_int_equal(amount_add(INT64_MAX - 1, INT64_MAX - 1), INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(flat_cohort_without_limits),
	    cmocka_unit_test(lending_and_borrowing_limits),
	    cmocka_unit_test(hierarchy),
	    cmocka_unit_test(debt_shows_as_nothing_available),
	    cmocka_unit_test(rollback_restores_every_word),
	    cmocka_unit_test(amounts_know_infinity),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
