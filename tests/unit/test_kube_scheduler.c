/* test_kube_scheduler.c - the order in which waiting pods are tried, against a model that keeps tries and times per pod. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "sim_cluster.h"

static bool is_bound(const struct test_cluster *t, uint32_t pod)
{
	return t->scheduler->pods.items[pod].node != NONE;
}

static void test_pods_hold_nodes_one_by_one(void **state)
{
	(void)state;
	struct test_cluster t;
	test_cluster_init(&t, (int32_t[]){2, 0, 0}, SCORE_LEAST_ALLOCATED);
	struct resource_request eight = {t.gpu, 8};
	struct pod_set pod_set = {.requests = &eight, .n_requests = 1};
	uint32_t class_index = test_class(&t, &pod_set, 0);
	uint32_t pods[3];
	for (uint32_t i = 0; i < 3; i++)
		pods[i] = kube_scheduler_add(t.scheduler, 0, class_index, i, 0);
	kube_scheduler_run(t.scheduler, 0);
	assert_int_equal(t.scheduler->bound.count, 2);
	assert_int_equal(t.scheduler->n_waiting, 1);
	assert_int_equal(t.nodes->pools[0].allocated_gpus, 16);
	assert_false(kube_scheduler_wants_run(t.scheduler));
	kube_scheduler_remove(t.scheduler, pods[0]);
	assert_true(kube_scheduler_wants_run(t.scheduler));
	kube_scheduler_run(t.scheduler, 1);
	assert_true(is_bound(&t, pods[2]));
	assert_int_equal(t.scheduler->n_waiting, 0);
	test_cluster_free(&t);
}

/* Three pods wait for whole nodes, set aside at 0, 3 and 8 s. What is freed goes to the oldest: after a quiet time, and also
 * in quick succession, once all have been tried so often that their back-offs are the same. */
static void test_older_pods_get_freed_space_first(void **state)
{
	(void)state;
	for (uint32_t tries = 0; tries <= 5; tries += 5) {
		struct test_cluster t;
		test_cluster_init(&t, (int32_t[]){4, 0, 0}, SCORE_LEAST_ALLOCATED);
		struct resource_request eight = {t.gpu, 8}, four = {t.gpu, 4};
		struct pod_set sets[] = {{.requests = &eight, .n_requests = 1}, {.requests = &four, .n_requests = 1}};
		uint32_t whole = test_class(&t, &sets[0], 0), half = test_class(&t, &sets[1], 0);
		uint32_t runs[3], waits[3];
		static const int64_t since_s[] = {0, 3, 8};
		for (uint32_t i = 0; i < 3; i++)
			runs[i] = kube_scheduler_add(t.scheduler, 0, whole, i, 0);
		uint32_t kept = kube_scheduler_add(t.scheduler, 0, half, 3, 0);
		uint32_t halves = kube_scheduler_add(t.scheduler, 0, half, 4, 0);
		kube_scheduler_run(t.scheduler, 0);
		for (uint32_t i = 0; i < 3; i++) {
			waits[i] = kube_scheduler_add(t.scheduler, 0, whole, 5 + i, 0);
			kube_scheduler_run(t.scheduler, since_s[i] * US_PER_S);
		}
		assert_int_equal(t.scheduler->n_waiting, 3);
		int64_t now_us = 18 * US_PER_S;
		for (uint32_t i = 0; i < tries; i++) { /* half a node, in vain */
			kube_scheduler_remove(t.scheduler, halves);
			kube_scheduler_run(t.scheduler, now_us += 700 * US_PER_MS);
			halves = kube_scheduler_add(t.scheduler, 0, half, 9 + i, 0);
			kube_scheduler_run(t.scheduler, now_us);
		}
		for (uint32_t i = 0; i < 3; i++) {
			kube_scheduler_remove(t.scheduler, runs[i]);
			kube_scheduler_run(t.scheduler, now_us += 2 * US_PER_S);
			for (uint32_t k = 0; k < 3; k++)
				assert_int_equal(is_bound(&t, waits[k]), k <= i);
		}
		assert_true(is_bound(&t, kept));
		test_cluster_free(&t);
	}
}

/* Space that is freed at the instant when a new pod appears: a pod whose back-off is over goes before it, one in back-off
 * does not. */
static void test_new_pods_go_before_those_in_backoff(void **state)
{
	(void)state;
	for (uint32_t quiet = 0; quiet < 2; quiet++) {
		struct test_cluster t;
		test_cluster_init(&t, (int32_t[]){1, 0, 0}, SCORE_LEAST_ALLOCATED);
		struct resource_request eight = {t.gpu, 8};
		struct pod_set set = {.requests = &eight, .n_requests = 1};
		uint32_t whole = test_class(&t, &set, 0);
		uint32_t runs = kube_scheduler_add(t.scheduler, 0, whole, 0, 0);
		uint32_t older = kube_scheduler_add(t.scheduler, 0, whole, 1, 0);
		kube_scheduler_run(t.scheduler, 0);
		kube_scheduler_remove(t.scheduler, runs);
		uint32_t fresh = kube_scheduler_add(t.scheduler, 0, whole, 2, 0);
		kube_scheduler_run(t.scheduler, quiet ? 10 * US_PER_S : US_PER_S / 2);
		assert_int_equal(is_bound(&t, older), quiet == 1);
		assert_int_equal(is_bound(&t, fresh), quiet == 0);
		assert_int_equal(t.scheduler->n_waiting, 1);
		test_cluster_free(&t);
	}
}

/* A pod that was tried over and over goes behind a newer one; after a quiet time the older goes first. */
static void test_backoff_orders_waiting_pods(void **state)
{
	(void)state;
	struct test_cluster t;
	test_cluster_init(&t, (int32_t[]){2, 0, 0}, SCORE_LEAST_ALLOCATED);
	struct resource_request eight = {t.gpu, 8}, four = {t.gpu, 4};
	struct pod_set sets[] = {{.requests = &eight, .n_requests = 1}, {.requests = &four, .n_requests = 1}};
	uint32_t whole = test_class(&t, &sets[0], 0), half = test_class(&t, &sets[1], 0);
	uint32_t runs = kube_scheduler_add(t.scheduler, 0, whole, 0, 0);
	uint32_t halves[2] = {kube_scheduler_add(t.scheduler, 0, half, 1, 0), kube_scheduler_add(t.scheduler, 0, half, 2, 0)};
	uint32_t older = kube_scheduler_add(t.scheduler, 0, whole, 3, 0);
	kube_scheduler_run(t.scheduler, 0);
	assert_int_equal(t.scheduler->n_waiting, 1);
	for (uint32_t i = 0; i < 5; i++) { /* half a node is freed and taken again: tried in vain at 1 .. 5 s */
		kube_scheduler_remove(t.scheduler, halves[i % 2]);
		kube_scheduler_run(t.scheduler, (1 + i) * US_PER_S);
		halves[i % 2] = kube_scheduler_add(t.scheduler, 0, half, 4 + i, 0);
		kube_scheduler_run(t.scheduler, (1 + i) * US_PER_S);
		assert_false(is_bound(&t, older));
	}
	uint32_t newer = kube_scheduler_add(t.scheduler, 0, whole, 9, 0);
	kube_scheduler_run(t.scheduler, 6 * US_PER_S);
	kube_scheduler_remove(t.scheduler, runs);
	kube_scheduler_run(t.scheduler, 8 * US_PER_S); /* back-off of the newer ends at 7 s, of the older at 15 s */
	assert_true(is_bound(&t, newer));
	assert_false(is_bound(&t, older));
	uint32_t newest = kube_scheduler_add(t.scheduler, 0, whole, 10, 0);
	kube_scheduler_run(t.scheduler, 8 * US_PER_S);
	kube_scheduler_remove(t.scheduler, newer);
	kube_scheduler_run(t.scheduler, 30 * US_PER_S); /* both are over; the older was tried before the newest came */
	assert_true(is_bound(&t, older));
	assert_false(is_bound(&t, newest));
	test_cluster_free(&t);
}

/* ---- The same rule, kept per pod ---- */

enum { PODS = 120, CLASSES = 4 };

struct model_pod {
	bool there, bound;
	uint32_t tries, number;
	int64_t last_us;
	uint64_t turn; /* order of the last try */
};

struct model {
	struct test_cluster *t; /* its nodes are only read */
	struct model_pod pods[PODS];
	uint32_t class_of[PODS], ids[PODS];
	uint64_t turn;
};

static int64_t ends_at(const struct model_pod *pod)
{
	static const int64_t backoff_s[] = {1, 2, 4, 8, 10};
	return (pod->last_us + backoff_s[MIN(pod->tries, 5) - 1] * US_PER_S) / US_PER_S;
}

static bool tried_before(const struct model_pod *a, const struct model_pod *b, int64_t now_us)
{
	bool over_a = ends_at(a) < now_us / US_PER_S, over_b = ends_at(b) < now_us / US_PER_S;
	if (over_a != over_b)
		return over_a;
	if (!over_a && ends_at(a) != ends_at(b))
		return ends_at(a) < ends_at(b);
	return a->turn < b->turn;
}

/* The order of tries for all waiting pods of the model. */
static uint32_t model_order(struct model *m, int64_t now_us, uint32_t *order)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < PODS; i++) {
		if (!m->pods[i].there || m->pods[i].bound || m->pods[i].tries == 0)
			continue;
		uint32_t at = n++;
		for (; at > 0 && tried_before(&m->pods[i], &m->pods[order[at - 1]], now_us); at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
	return n;
}

/* Plays the run of the real scheduler on a second cluster, by scans. */
static void model_run(struct model *m, bool freed, int64_t now_us, const uint32_t *fresh, uint32_t n_fresh)
{
	uint32_t order[PODS];
	uint32_t n = freed ? model_order(m, now_us, order) : 0, over = 0;
	while (over < n && ends_at(&m->pods[order[over]]) < now_us / US_PER_S)
		over++;
	memmove(order + over + n_fresh, order + over, (n - over) * sizeof *order); /* new ones go before those in back-off */
	for (uint32_t i = 0; i < n_fresh; i++)
		order[over + i] = fresh[i];
	n += n_fresh;
	for (uint32_t i = 0; i < n; i++) {
		struct model_pod *pod = &m->pods[order[i]];
		struct pod_class *row = classes_row(m->t->classes, m->class_of[order[i]]);
		struct rng stream = rng_stream(7, 0, pod->number, 0, RNG_PLACEMENT);
		uint32_t node = placement_choose_by_scan(&m->t->scheduler->placement, row, &stream);
		pod->bound = node != NONE;
		pod->tries++;
		pod->last_us = now_us;
		pod->turn = ++m->turn;
		if (pod->bound) {
			nodes_bind(m->t->nodes, node, row->row);
			m->ids[order[i]] = node;
		}
	}
}

static void test_queue_against_a_model_of_single_pods(void **state)
{
	(void)state;
	uint32_t overtaken = 0;
	for (uint64_t seed = 0; seed < 12; seed++) {
		struct test_cluster real, shadow;
		int32_t sizes[] = {3, 1, 2};
		test_cluster_init(&real, sizes, SCORE_LEAST_ALLOCATED);
		test_cluster_init(&shadow, sizes, SCORE_LEAST_ALLOCATED);
		struct rng rng = rng_stream(seed, 0, 0, 0, RNG_PROPERTY_TEST);
		struct resource_request requests[CLASSES];
		struct pod_set pod_sets[CLASSES];
		uint32_t real_classes[CLASSES], shadow_classes[CLASSES], ids[PODS];
		for (uint32_t c = 0; c < CLASSES; c++) {
			requests[c] = (struct resource_request){real.gpu, 1 << c};
			pod_sets[c] = (struct pod_set){.requests = &requests[c], .n_requests = 1};
			real_classes[c] = test_class(&real, &pod_sets[c], 1);
			shadow_classes[c] = test_class(&shadow, &pod_sets[c], 1);
		}
		static struct model m;
		m = (struct model){.t = &shadow};
		uint32_t number = 0;
		int64_t now_us = 0;
		for (uint32_t step = 0; step < 800; step++) {
			now_us += (int64_t)rng_below(&rng, 4) * 400 * US_PER_MS + (rng_below(&rng, 30) == 0) * 12 * US_PER_S;
			uint32_t fresh[4], n_fresh = 0;
			bool freed = false;
			for (uint32_t k = 0; k < 3; k++) {
				uint32_t i = (uint32_t)rng_below(&rng, PODS);
				struct model_pod *pod = &m.pods[i];
				if (!pod->there) {
					uint32_t c = (uint32_t)rng_below(&rng, CLASSES);
					*pod = (struct model_pod){.there = true, .number = ++number};
					m.class_of[i] = shadow_classes[c];
					ids[i] = kube_scheduler_add(real.scheduler, i, real_classes[c], number, 0);
					fresh[n_fresh++] = i;
				} else if (pod->tries > 0 && (pod->bound || rng_below(&rng, 40) == 0)) {
					kube_scheduler_remove(real.scheduler, ids[i]);
					if (pod->bound)
						nodes_unbind(shadow.nodes, m.ids[i], classes_row(shadow.classes, m.class_of[i])->row);
					freed |= pod->bound;
					pod->there = false;
				}
			}
			uint32_t order[PODS], n = model_order(&m, now_us, order);
			for (uint32_t i = 1; i < n; i++)
				overtaken += m.pods[order[i]].number < m.pods[order[i - 1]].number;
			kube_scheduler_run(real.scheduler, now_us);
			model_run(&m, freed && n > 0, now_us, fresh, n_fresh);
			for (uint32_t i = 0; i < PODS; i++) {
				if (!m.pods[i].there)
					continue;
				assert_int_equal(is_bound(&real, ids[i]), m.pods[i].bound);
				if (m.pods[i].bound)
					assert_int_equal(real.scheduler->pods.items[ids[i]].node, m.ids[i]);
			}
			nodes_clear_freed(shadow.nodes);
		}
		test_cluster_free(&real);
		test_cluster_free(&shadow);
	}
	assert_true(overtaken > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pods_hold_nodes_one_by_one),           cmocka_unit_test(test_older_pods_get_freed_space_first),
	    cmocka_unit_test(test_new_pods_go_before_those_in_backoff),  cmocka_unit_test(test_backoff_orders_waiting_pods),
	    cmocka_unit_test(test_queue_against_a_model_of_single_pods),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
