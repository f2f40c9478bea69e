/* test_placement.c - which node a pod gets: filters, scores by hand, and the index against a scan of all nodes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "sim_cluster.h"

static void test_scores_of_a_node_by_hand(void **state)
{
	(void)state;
	struct test_cluster t;
	test_cluster_init(&t, (int32_t[]){1, 1, 1}, SCORE_LEAST_ALLOCATED);
	struct resource_request requests[] = {{t.cpu, 24000}, {t.gpu, 2}};
	struct pod_set pod_set = {.count = 1, .requests = requests, .n_requests = 2};
	struct pod_class *row = classes_row(t.classes, test_class(&t, &pod_set, 1));
	const struct pool_nodes *big = &t.nodes->pools[0];
	struct placement *placement = &t.scheduler->placement;
	/* cpu 75 % free -> 75; memory: 200Mi of 512Gi used -> floor(99.96) = 99; mean floor(87). Balance without: 100; with:
	 * floor(100 (1 - 0.125)) = 87; 50 + floor((50 + 87 - 100) / 2) = 68. */
	assert_int_equal(placement_score_node(placement, big, node_used(t.nodes, 0), row->row), 87 + 68);
	/* cpu 25, memory floor(0.04) = 0; mean floor(12.5) = 12 */
	placement->score = SCORE_MOST_ALLOCATED;
	assert_int_equal(placement_score_node(placement, big, node_used(t.nodes, 0), row->row), 12 + 68);
	placement->score = SCORE_LEAST_ALLOCATED;
	/* a pod that asks for neither: only the fit score, with 100m and 200Mi assumed */
	struct resource_request gpu_only = {t.gpu, 1};
	struct pod_set bare = {.count = 1, .requests = &gpu_only, .n_requests = 1};
	row = classes_row(t.classes, test_class(&t, &bare, 1));
	assert_int_equal(placement_score_node(placement, big, node_used(t.nodes, 0), row->row), 99);
	test_cluster_free(&t);
}

/* MostAllocated with GPUs of weight 5 and cpu of weight 1, memory left out. */
static void test_scores_by_the_resources_listed(void **state)
{
	(void)state;
	struct test_cluster t;
	test_cluster_init(&t, (int32_t[]){2, 1, 0}, SCORE_MOST_ALLOCATED);
	struct score_resource listed[] = {{t.gpu, 5}, {t.cpu, 1}, {names_intern(t.names, "example.com/nobody-has-it"), 9}};
	struct placement placement;
	placement_init(&placement, t.nodes, t.classes, SCORE_MOST_ALLOCATED, listed, ARRAY_COUNT(listed));
	struct resource_request requests[] = {{t.gpu, 2}, {t.cpu, 24000}}, cores = {t.cpu, 24000};
	struct pod_set sets[] = {{.count = 1, .requests = requests, .n_requests = 1},
	                         {.count = 1, .requests = requests, .n_requests = 2},
	                         {.count = 1, .requests = &cores, .n_requests = 1}};
	const struct pool_nodes *big = &t.nodes->pools[0];
	/* bare: 2 of 8 GPUs and 100m of 96 cores: (5 x 25 + 1 x 0) / 6 = 20 */
	struct pod_class *row = classes_row(t.classes, test_class(&t, &sets[0], 1));
	const int64_t *bare = row->row;
	assert_int_equal(placement_score_node(&placement, big, node_used(t.nodes, 0), bare), 20);
	/* with cores: (5 x 25 + 1 x 25) / 6 = 25, and the balance of the first test */
	row = classes_row(t.classes, test_class(&t, &sets[1], 1));
	assert_int_equal(placement_score_node(&placement, big, node_used(t.nodes, 0), row->row), 25 + 68);
	/* asks for no GPU: GPUs do not count, though the node has some in use */
	row = classes_row(t.classes, test_class(&t, &sets[2], 1));
	nodes_bind(t.nodes, 0, bare);
	assert_int_equal(placement_score_node(&placement, big, node_used(t.nodes, 0), row->row), 25 + 68);
	/* a second bare pod goes beside the first, which cpu and memory alone do not tell apart */
	struct rng stream = rng_stream(1, 0, 0, 0, RNG_PROPERTY_TEST);
	uint32_t only_gpus = test_class(&t, &sets[0], 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(placement_choose(&placement, classes_row(t.classes, only_gpus), &stream), 0);
		nodes_bind(t.nodes, 0, bare);
	}
	assert_int_equal(placement_choose(&placement, classes_row(t.classes, only_gpus), &stream), 1);
	placement_free(&placement);
	test_cluster_free(&t);
}

static void test_filters(void **state)
{
	(void)state;
	struct test_cluster t;
	test_cluster_init(&t, (int32_t[]){2, 2, 2}, SCORE_LEAST_ALLOCATED);
	struct rng stream = rng_stream(1, 0, 0, 0, RNG_PROPERTY_TEST);
	struct resource_request two = {t.gpu, 2}, six = {t.gpu, 6}, cores = {t.cpu, 90000};
	struct toleration tolerates = {.key = t.tier, .exists = true};
	name_id hosts[] = {names_intern(t.names, "big-1")};
	struct selector_requirement on_host = {.key = t.hostname, .op = SELECTOR_IN, .values = hosts, .n_values = 1};
	struct selector_requirement not_host = {.key = t.hostname, .op = SELECTOR_NOT_IN, .values = hosts, .n_values = 1};
	struct selector_term on = {&on_host, 1}, not_on = {&not_host, 1};
	struct key_value a100 = {t.product, names_find(t.names, "A100")};
	struct key_value host = {t.hostname, hosts[0]};
	struct {
		struct pod_set pod_set;
		uint32_t flavor;
		uint32_t first, last; /* the nodes that pass; NONE: none */
	} cases[] = {
	    {{.requests = &two, .n_requests = 1}, 1, 0, 1}, /* small is tainted, plain has no GPUs */
	    {{.requests = &two, .n_requests = 1, .tolerations = &tolerates, .n_tolerations = 1}, 1, 0, 5},
	    {{.requests = &two, .n_requests = 1, .tolerations = &tolerates, .n_tolerations = 1}, 0, 0, 1}, /* flavor's label */
	    {{.requests = &six, .n_requests = 1, .tolerations = &tolerates, .n_tolerations = 1}, 1, 0, 1},
	    {{.requests = &two,
	      .n_requests = 1,
	      .tolerations = &tolerates,
	      .n_tolerations = 1,
	      .node_selector = &a100,
	      .n_node_selector = 1},
	     1,
	     4,
	     5},
	    {{.requests = &two, .n_requests = 1, .node_selector = &a100, .n_node_selector = 1}, 1, NONE, NONE},
	    {{.requests = &cores, .n_requests = 1}, 1, 0, 1},
	    {{.requests = &two, .n_requests = 1, .affinity = &on, .n_affinity = 1}, 1, 1, 1},
	    {{.requests = &two, .n_requests = 1, .affinity = &not_on, .n_affinity = 1}, 1, 0, 0},
	    {{.requests = &two, .n_requests = 1, .node_selector = &host, .n_node_selector = 1}, 0, 1, 1},
	};
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct pod_class *row = classes_row(t.classes, test_class(&t, &cases[i].pod_set, cases[i].flavor));
		for (uint32_t node = 0; node < t.nodes->n_nodes; node++) {
			bool wanted =
			    cases[i].first != NONE && node >= cases[i].first && node <= cases[i].last && node != 2 && node != 3;
			assert_int_equal(placement_feasible(&t.scheduler->placement, row, node), wanted);
		}
		uint32_t chosen = placement_choose(&t.scheduler->placement, row, &stream);
		assert_int_equal(chosen == NONE, cases[i].first == NONE);
	}
	struct resource_request odd = {names_intern(t.names, "example.com/fpga"), 1};
	struct pod_set unknown = {.requests = &odd, .n_requests = 1};
	struct pod_class *row = classes_row(t.classes, test_class(&t, &unknown, 1));
	assert_int_equal(placement_choose(&t.scheduler->placement, row, &stream), NONE);
	test_cluster_free(&t);
}

/* Random pods come and go, nodes fail and return; the index must give the very node that a scan of all nodes gives. */
static void test_index_gives_what_a_scan_gives(void **state)
{
	(void)state;
	for (int score = SCORE_LEAST_ALLOCATED; score <= SCORE_MOST_ALLOCATED; score++) {
		enum { CLASSES = 12, STEPS = 6000, PODS = 200 };
		struct test_cluster t;
		test_cluster_init(&t, (int32_t[]){13, 5, 9}, (enum placement_score)score);
		struct rng rng = rng_stream(3, 0, (uint64_t)score, 0, RNG_PROPERTY_TEST);
		struct resource_request requests[CLASSES][3];
		struct pod_set pod_sets[CLASSES];
		struct toleration tolerates = {.key = t.tier, .exists = true};
		uint32_t classes[CLASSES];
		for (uint32_t c = 0; c < CLASSES; c++) {
			requests[c][0] = (struct resource_request){t.cpu, (int64_t)rng_below(&rng, 6) * 4000};
			requests[c][1] = (struct resource_request){t.memory, (int64_t)rng_below(&rng, 5) * 16 * GIB};
			requests[c][2] = (struct resource_request){t.gpu, (int64_t)rng_below(&rng, 5)};
			pod_sets[c] = (struct pod_set){.requests = requests[c],
			                               .n_requests = 3,
			                               .tolerations = &tolerates,
			                               .n_tolerations = (uint32_t)rng_below(&rng, 2)};
			classes[c] = test_class(&t, &pod_sets[c], 1);
		}
		uint32_t bound[PODS], kind[PODS];
		memset(bound, 0xff, sizeof bound);
		uint32_t placed = 0, refused = 0, tied = 0;
		for (uint32_t step = 0; step < STEPS; step++) {
			uint32_t pod = (uint32_t)rng_below(&rng, PODS);
			uint32_t node = (uint32_t)rng_below(&rng, t.nodes->n_nodes);
			if (rng_below(&rng, 20) == 0 && t.nodes->nodes[node].n_pods == 0)
				nodes_set_state(t.nodes, node, t.nodes->nodes[node].state == NODE_UP ? NODE_DOWN : NODE_UP);
			if (bound[pod] != NONE) {
				nodes_unbind(t.nodes, bound[pod], classes_row(t.classes, kind[pod])->row);
				bound[pod] = NONE;
				continue;
			}
			kind[pod] = classes[rng_below(&rng, CLASSES)];
			struct pod_class *row = classes_row(t.classes, kind[pod]);
			struct rng one = rng_stream(9, 0, step, 0, RNG_PLACEMENT), other = one;
			uint32_t scanned = placement_choose_by_scan(&t.scheduler->placement, row, &one);
			uint32_t chosen = placement_choose(&t.scheduler->placement, row, &other);
			assert_int_equal(chosen, scanned);
			tied += other.used != 4;
			refused += chosen == NONE;
			if (chosen == NONE)
				continue;
			placed++;
			bound[pod] = chosen;
			nodes_bind(t.nodes, chosen, row->row);
		}
		assert_true(placed > STEPS / 8 && refused > 20 && tied > STEPS / 100);
		test_cluster_free(&t);
	}
}

static void test_pool_totals_follow_the_states_of_nodes(void **state)
{
	(void)state;
	struct test_cluster t;
	test_cluster_init(&t, (int32_t[]){3, 0, 0}, SCORE_LEAST_ALLOCATED);
	struct resource_request three = {t.gpu, 3};
	struct pod_set pod_set = {.requests = &three, .n_requests = 1};
	const int64_t *row = classes_row(t.classes, test_class(&t, &pod_set, 1))->row;
	const struct pool_nodes *big = &t.nodes->pools[0];
	nodes_bind(t.nodes, 1, row);
	assert_int_equal(big->present_gpus, 24);
	assert_int_equal(big->allocated_gpus, 3);
	nodes_set_state(t.nodes, 1, NODE_DRAINING);
	assert_int_equal(big->unusable_gpus, 5);
	nodes_unbind(t.nodes, 1, row);
	assert_int_equal(big->allocated_gpus, 0);
	assert_int_equal(big->unusable_gpus, 8);
	nodes_set_state(t.nodes, 1, NODE_ABSENT);
	nodes_set_state(t.nodes, 2, NODE_DOWN);
	assert_int_equal(big->present_gpus, 16);
	assert_int_equal(big->unusable_gpus, 8);
	test_cluster_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_scores_of_a_node_by_hand),
	    cmocka_unit_test(test_scores_by_the_resources_listed),
	    cmocka_unit_test(test_filters),
	    cmocka_unit_test(test_index_gives_what_a_scan_gives),
	    cmocka_unit_test(test_pool_totals_follow_the_states_of_nodes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
