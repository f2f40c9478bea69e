/* test_topology.c - placement in a topology: the examples of TAS-17, the order of a tree, replacement of a lost node, and on
 * random trees: no leaf is over-filled, counts sum up, and mended counts decide as fresh ones do. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"
#include "planner/kueue/topology.h"

enum { MOST_HOSTS = 48, LEVELS = 3 };

struct fixture {
	struct names *names;
	name_id levels[LEVELS], cpu, pods;
	struct topology_flavor flavor;
	struct topology_world world;
	struct kube_node nodes[MOST_HOSTS];
	struct key_value labels[MOST_HOSTS][LEVELS];
	struct resource_request allocatable[MOST_HOSTS][2];
	struct topologies *topologies;
	struct topology_usage usage;
	struct undo undo;
	struct topology_finder *finder;
};

static void open_fixture(struct fixture *site, uint32_t n_levels)
{
	static const char *const levels[LEVELS] = {"block", "rack", "kubernetes.io/hostname"};
	*site = (struct fixture){.names = names_create()};
	site->cpu = names_intern(site->names, "cpu");
	site->pods = names_intern(site->names, "pods");
	for (uint32_t i = 0; i < n_levels; i++)
		site->levels[i] = names_intern(site->names, levels[LEVELS - n_levels + i]);
	gate_set gates;
	assert_true(kueue_profile_gates("ff69552e", &gates));
	site->flavor = (struct topology_flavor){.levels = site->levels, .n_levels = n_levels};
	site->world = (struct topology_world){
	    .names = site->names, .gates = gates, .flavors = &site->flavor, .n_flavors = 1, .nodes = site->nodes};
}

static void add_host(struct fixture *site, const char *block, const char *rack, const char *host, int64_t cpus)
{
	uint32_t at = site->world.n_nodes++, n_levels = site->flavor.n_levels;
	const char *const values[LEVELS] = {block, rack, host};
	for (uint32_t i = 0; i < n_levels; i++)
		site->labels[at][i] = (struct key_value){site->levels[i], names_intern(site->names, values[LEVELS - n_levels + i])};
	site->allocatable[at][0] = (struct resource_request){site->cpu, cpus};
	site->allocatable[at][1] = (struct resource_request){site->pods, 110};
	site->nodes[at] = (struct kube_node){.name = names_intern(site->names, host),
	                                     .labels = site->labels[at],
	                                     .n_labels = n_levels,
	                                     .allocatable = site->allocatable[at],
	                                     .n_allocatable = 2,
	                                     .ready = true};
}

static void plant(struct fixture *site)
{
	site->topologies = topologies_create(&site->world, NULL);
	topology_usage_reset(&site->usage, site->topologies);
	site->finder = topology_finder_create(site->topologies, &site->usage);
}

static void close_fixture(struct fixture *site)
{
	topology_finder_destroy(site->finder);
	topology_usage_free(&site->usage);
	topologies_destroy(site->topologies);
	VEC_FREE(&site->undo);
	names_destroy(site->names);
}

/* "n1=3 n3=2", or "none". */
static const char *text_of(const struct fixture *site, const struct topology_placement *placement)
{
	static char text[512];
	size_t at = 0;
	strcpy(text, "none");
	for (uint32_t i = 0; i < placement->count; i++) {
		struct topology_place place = topologies_place_at(site->topologies, placement->items[i].place);
		at += (size_t)snprintf(text + at, sizeof text - at, "%s%s=%d", i ? " " : "",
		                       names_text(site->names, place.values[place.n_values - 1]), placement->items[i].count);
	}
	return text;
}

static const char *place(struct fixture *site, const struct topology_request *request, int64_t cpus, int32_t count)
{
	struct resource_request requests = {site->cpu, cpus};
	struct pod_set pods = {.count = count, .requests = &requests, .n_requests = 1, .topology = request};
	struct topology_ask ask = {.spec = &pods, .count = count};
	struct topology_asks asks = {.items = &ask, .count = 1};
	struct topology_failure failure;
	uint32_t failed;
	const char *text = topology_place(site->finder, &asks, &failed, &failure) ? text_of(site, &ask.placement) : "none";
	topology_finder_done(site->finder);
	VEC_FREE(&ask.placement);
	return text;
}

/* racks r1{n1:3, n2:1}, r2{n3:2, n4:2} */
static void open_example(struct fixture *site)
{
	open_fixture(site, 2);
	add_host(site, NULL, "r2", "n4", 2);
	add_host(site, NULL, "r1", "n2", 1);
	add_host(site, NULL, "r1", "n1", 3);
	add_host(site, NULL, "r2", "n3", 2);
	plant(site);
}

static void examples_are_placed_as_kueue_does(void **state)
{
	(void)state;
	struct fixture site;
	open_example(&site);
	struct topology_request rack = {.preferred = site.levels[0]}, host = {.required = site.levels[1]};
	struct topology_request anywhere = {.unconstrained = true}, one_rack = {.required = site.levels[0]};
	assert_string_equal(place(&site, &rack, 1, 3), "n1=3");
	assert_string_equal(place(&site, &rack, 1, 2), "n1=2");
	assert_string_equal(place(&site, &rack, 1, 1), "n2=1");
	assert_string_equal(place(&site, &host, 1, 3), "n1=3");
	assert_string_equal(place(&site, &host, 1, 4), "none");
	assert_string_equal(place(&site, &rack, 1, 5), "n1=3 n3=2");
	assert_string_equal(place(&site, &one_rack, 1, 5), "none");
	assert_string_equal(place(&site, &anywhere, 1, 3), "n1=3");
	assert_string_equal(place(&site, &anywhere, 1, 5), "n2=1 n3=2 n4=2");
	close_fixture(&site);
}

static void domains_stand_in_order_of_values(void **state)
{
	(void)state;
	struct fixture site;
	open_fixture(&site, 3);
	static const char *const blocks[] = {"b2", "b10", "b1"};
	char rack[16], host[16];
	for (uint32_t i = 0; i < 36; i++) {
		snprintf(rack, sizeof rack, "r%u", (i * 7) % 4);
		snprintf(host, sizeof host, "h%02u", (i * 11) % 36);
		add_host(&site, blocks[i % 3], rack, host, 1);
	}
	plant(&site);
	const struct topology_tree *tree = topologies_tree(site.topologies, 0);
	assert_int_equal(tree->n_leaves, 36);
	assert_int_equal(tree->level_start[3], tree->n_domains);
	for (uint32_t level = 0; level < 3; level++)
		for (uint32_t d = tree->level_start[level]; d < tree->level_start[level + 1]; d++) {
			bool sibling = d > tree->level_start[level] && (level == 0 || tree->parent[d] == tree->parent[d - 1]);
			if (sibling)
				assert_true(names_compare(site.names, tree->value[d - 1], tree->value[d]) < 0);
			for (uint32_t child = tree->first_child[d]; level < 2 && child < tree->first_child[d + 1]; child++)
				assert_int_equal(tree->parent[child], d);
			assert_true(level == 2 ? tree->first_child[d] == tree->first_child[d + 1]
			                       : tree->first_child[d] < tree->first_child[d + 1]);
		}
	close_fixture(&site);
}

static void a_rollback_gives_room_back(void **state)
{
	(void)state;
	struct fixture site;
	open_example(&site);
	struct topology_request host = {.required = site.levels[1]};
	struct resource_request used = {site.cpu, 1};
	uint32_t n1 = topologies_place(site.topologies, 0, (name_id[]){names_find(site.names, "n1")}, 1);
	assert_string_equal(place(&site, &host, 1, 3), "n1=3");
	uint32_t mark = undo_mark(&site.undo);
	topology_usage_add(&site.usage, site.topologies, &site.undo, n1, &used, 1, 2);
	assert_string_equal(place(&site, &host, 1, 2), "n3=2");
	assert_int_equal(topology_room(site.topologies, &site.usage, topologies_tree(site.topologies, 0), n1, &used, 1), 1);
	undo_rollback(&site.undo, mark);
	assert_string_equal(place(&site, &host, 1, 3), "n1=3");
	close_fixture(&site);
}

static void a_lost_node_is_replaced_in_its_rack(void **state)
{
	(void)state;
	struct fixture site;
	open_fixture(&site, 2);
	add_host(&site, NULL, "r1", "n1", 2);
	add_host(&site, NULL, "r1", "n2", 2);
	add_host(&site, NULL, "r2", "n3", 2);
	add_host(&site, NULL, "r1", "n4", 2);
	site.nodes[1].ready = false;
	plant(&site);
	struct topology_request rack = {.required = site.levels[0]};
	struct resource_request requests = {site.cpu, 1};
	struct pod_set pods = {.count = 4, .requests = &requests, .n_requests = 1, .topology = &rack};
	name_id n1 = names_find(site.names, "n1"), n2 = names_find(site.names, "n2");
	struct topology_share previous[] = {{topologies_place(site.topologies, 0, &n1, 1), 2},
	                                    {topologies_place(site.topologies, 0, &n2, 1), 2}};
	struct topology_ask ask = {.spec = &pods, .count = 4, .has_previous = true, .previous = previous, .n_previous = 2};
	struct topology_asks asks = {.items = &ask, .count = 1, .unhealthy = n2};
	struct topology_failure failure;
	uint32_t failed;
	topology_usage_add(&site.usage, site.topologies, &site.undo, previous[0].place, &requests, 1, 2);
	assert_true(topology_place(site.finder, &asks, &failed, &failure));
	topology_finder_done(site.finder);
	assert_string_equal(text_of(&site, &ask.placement), "n1=2 n4=2");
	VEC_FREE(&ask.placement);
	close_fixture(&site);
}

/* ---- random trees ---- */

static uint32_t below(struct rng *luck, uint32_t bound)
{
	return (uint32_t)rng_below(luck, bound);
}

static void plant_random(struct fixture *site, struct rng *luck)
{
	char block[16], rack[16], host[16];
	uint32_t n_hosts = 1 + below(luck, MOST_HOSTS);
	open_fixture(site, 1 + below(luck, LEVELS));
	if (below(luck, 3) == 0)
		site->world.gates |= UINT64_C(1) << GATE_TASBalancedPlacement;
	for (uint32_t i = 0; i < n_hosts; i++) {
		snprintf(block, sizeof block, "b%u", below(luck, 3));
		snprintf(rack, sizeof rack, "r%u", below(luck, 4));
		snprintf(host, sizeof host, "h%02u", i);
		add_host(site, block, rack, host, below(luck, 7));
	}
	plant(site);
}

static struct topology_request random_request(const struct fixture *site, struct rng *luck, struct topology_slice *slice)
{
	uint32_t n_levels = site->flavor.n_levels, level = below(luck, n_levels);
	struct topology_request request = {0};
	uint32_t mode = below(luck, 4);
	if (mode == 0)
		request.required = site->levels[level];
	else if (mode == 1)
		request.preferred = site->levels[level];
	else if (mode == 2)
		request.unconstrained = true;
	if (mode == 3 || below(luck, 3) == 0) {
		*slice = (struct topology_slice){site->levels[level + below(luck, n_levels - level)], 1 + (int32_t)below(luck, 3)};
		if (mode == 2)
			slice->level = site->levels[n_levels - 1];
		request.slices = slice;
		request.n_slices = 1;
	}
	return request;
}

/* Counts add up to what was asked for, in whole slices, and no leaf holds more than it has. */
static void check_placement(const struct fixture *site, const struct topology_ask *ask)
{
	const struct topology_tree *tree = topologies_tree(site->topologies, 0);
	const struct topology_request *request = ask->spec->topology;
	int32_t sum = 0, size = request->n_slices ? request->slices[0].size : 1;
	uint32_t previous = NONE;
	for (uint32_t i = 0; i < ask->placement.count; i++) {
		uint32_t leaf = topology_leaf(tree, ask->placement.items[i].place);
		assert_true(leaf != NONE && (previous == NONE || leaf > previous));
		assert_true(ask->placement.items[i].count > 0);
		assert_true(topology_room(site->topologies, &site->usage, tree, ask->placement.items[i].place, ask->spec->requests,
		                          1) >= ask->placement.items[i].count);
		sum += ask->placement.items[i].count;
		previous = leaf;
	}
	assert_int_equal(sum, ask->count / size * size);
}

static bool same_shares(const struct topology_placement *a, const struct topology_placement *b)
{
	return a->count == b->count && (a->count == 0 || memcmp(a->items, b->items, a->count * sizeof *a->items) == 0);
}

/* One search by the finder that mends and by one that counts everything anew. */
static bool search_twice(struct fixture *site, struct topology_finder *fresh, struct topology_ask *ask, bool empty)
{
	struct topology_ask other = *ask;
	struct topology_asks asks = {.items = ask, .count = 1, .empty = empty},
	                     again = {.items = &other, .count = 1, .empty = empty};
	struct topology_failure failure, other_failure;
	uint32_t failed, other_failed;
	other.placement = (struct topology_placement){0};
	bool placed = topology_place(site->finder, &asks, &failed, &failure);
	topology_finder_done(site->finder);
	assert_int_equal(topology_place(fresh, &again, &other_failed, &other_failure), placed);
	topology_finder_done(fresh);
	if (placed)
		assert_true(same_shares(&ask->placement, &other.placement));
	else
		assert_int_equal(failure.fit, other_failure.fit);
	VEC_FREE(&other.placement);
	return placed;
}

/* Searches, takes what is found, gives back, tries under a mark and rolls back, in random order. */
static void live_through(struct fixture *site, struct rng *luck)
{
	struct topology_finder *fresh = topology_finder_create(site->topologies, &site->usage);
	topology_finder_set_literal(fresh, true);
	uint32_t mark = 0;
	bool trying = false;
	for (uint32_t step = 0; step < 60; step++) {
		struct topology_slice slice;
		struct topology_request request = random_request(site, luck, &slice);
		struct resource_request requests = {site->cpu, 1 + below(luck, 2)};
		struct pod_set pods = {.requests = &requests, .n_requests = 1, .topology = &request};
		struct topology_ask ask = {.spec = &pods, .count = 1 + (int32_t)below(luck, 12)};
		if (request.n_slices)
			ask.count *= slice.size;
		bool empty = below(luck, 5) == 0;
		if (search_twice(site, fresh, &ask, empty) && !empty) {
			check_placement(site, &ask);
			for (uint32_t i = 0; i < ask.placement.count; i++)
				topology_usage_add(&site->usage, site->topologies, &site->undo, ask.placement.items[i].place, &requests, 1,
				                   ask.placement.items[i].count);
		} else if (below(luck, 2)) { /* somebody leaves */
			topology_usage_add(&site->usage, site->topologies, &site->undo, below(luck, site->world.n_nodes), &requests, 1,
			                   -(int64_t)below(luck, 3));
		}
		VEC_FREE(&ask.placement);
		if (trying && below(luck, 3) == 0) {
			undo_rollback(&site->undo, mark);
			trying = false;
		} else if (!trying && below(luck, 3) == 0) {
			mark = undo_mark(&site->undo);
			trying = true;
		}
	}
	topology_finder_destroy(fresh);
}

static void random_trees_hold_what_they_promise(void **state)
{
	(void)state;
	for (uint32_t seed = 0; seed < 600; seed++) {
		struct rng luck = rng_stream(seed, 0, 1, 0, RNG_PROPERTY_TEST);
		struct fixture site;
		plant_random(&site, &luck);
		live_through(&site, &luck);
		close_fixture(&site);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(examples_are_placed_as_kueue_does),   cmocka_unit_test(domains_stand_in_order_of_values),
	    cmocka_unit_test(a_rollback_gives_room_back),          cmocka_unit_test(a_lost_node_is_replaced_in_its_rack),
	    cmocka_unit_test(random_trees_hold_what_they_promise),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
