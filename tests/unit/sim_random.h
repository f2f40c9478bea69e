/* sim_random.h - random worlds for property tests of whole runs: contention, preemption, failures, changes, latencies. */
#ifndef BERTH_TESTS_SIM_RANDOM_H
#define BERTH_TESTS_SIM_RANDOM_H

#include "base/rng.h"
#include "sim_world.h"

struct random_world {
	struct test_world t;
	struct world_change changes[3];
	struct gpu_price prices[2];
};

static inline int64_t draw_between(struct rng *rng, int64_t low, int64_t high)
{
	return low + (int64_t)rng_below(rng, (uint64_t)(high - low + 1));
}

static inline void random_latencies(struct test_world *t, struct rng *rng)
{
	t->cluster.control_plane = (struct control_plane){.pass_base_us = draw_between(rng, 0, 20000),
	                                                  .pass_per_head_us = draw_between(rng, 0, 500),
	                                                  .api_qps = (double)draw_between(rng, 0, 20),
	                                                  .api_burst = (int32_t)draw_between(rng, 1, 10),
	                                                  .write_latency_us = draw_between(rng, 0, 30000),
	                                                  .watch_delay_us = draw_between(rng, 0, 10000),
	                                                  .pod_creation_us = draw_between(rng, 0, 500000),
	                                                  .job_status_us = draw_between(rng, 0, 1500000)};
	t->cluster.start_latency.cached = (struct dist){.kind = DIST_LOGNORMAL, .a = 2e6, .b = 9e6};
	t->cluster.start_latency.image_pull = (struct dist){.kind = DIST_EXPONENTIAL, .a = 20e6};
	t->cluster.start_latency.cached_share = 0.6;
	t->cluster.termination_grace = (struct dist){.kind = DIST_EXPONENTIAL, .a = 5e6};
}

static inline void random_jobs(struct test_world *t, struct rng *rng, uint32_t n_jobs)
{
	static const char *const queues[] = {"q0", "q1", "q2", "alone", "missing"};
	static const char *const classes[] = {"low", "high"};
	uint32_t shapes[6];
	for (uint32_t i = 0; i < ARRAY_COUNT(shapes); i++)
		shapes[i] = test_shape(t, (int32_t)draw_between(rng, 1, 4), draw_between(rng, 1, 8));
	*VEC_PUSH(&t->checkpoints) = (struct checkpoint){60 * US_PER_S, 2 * US_PER_S, 10 * US_PER_S};
	for (uint32_t i = 0; i < n_jobs; i++) {
		uint64_t queue = rng_below(rng, 40);
		struct job *job = test_job(t, queues[queue == 0 ? 4 : queue % 4], shapes[rng_below(rng, ARRAY_COUNT(shapes))],
		                           draw_between(rng, 0, 3000) * US_PER_S, draw_between(rng, 0, 400) * US_PER_S);
		job->priority_class = rng_below(rng, 2) ? test_name(t, classes[rng_below(rng, 2)]) : NO_NAME;
		job->checkpoint = rng_below(rng, 2) ? 0 : NONE;
		job->max_execution_us = rng_below(rng, 10) ? -1 : 200 * US_PER_S;
		job->requested_us = job->run_us * 2;
	}
}

/* `latencies` false: everything instant. */
static inline struct run_options random_world_init(struct random_world *w, uint64_t seed, uint32_t n_jobs, bool latencies)
{
	struct rng rng = rng_stream(seed, 0, 0, 0, RNG_PROPERTY_TEST);
	struct test_world *t = &w->t;
	test_world_init(t, 4000 * US_PER_S);
	t->world.warmup_us = draw_between(&rng, 0, 500) * US_PER_S;
	for (int p = 0; p < 2; p++) {
		struct node_pool *pool = test_pool(t, p ? "b" : "a", (int32_t)draw_between(&rng, 1, 4));
		pool->time_between_failures = (struct dist){.kind = DIST_EXPONENTIAL, .a = 2000e6};
		pool->repair_time = (struct dist){.kind = DIST_EXPONENTIAL, .a = 200e6};
		w->prices[p] = (struct gpu_price){.gpu_product = pool->gpu_product,
		                                  .micro_per_gpu_hour = draw_between(&rng, 1, 9) * 333333,
		                                  .billed = p ? BILLED_ALWAYS : BILLED_WHILE_UP};
	}
	t->world.prices = w->prices;
	t->world.n_prices = 2;
	test_priority(t, "low", -5);
	test_priority(t, "high", 5);
	for (int q = 0; q < 4; q++) {
		int64_t nominal[] = {draw_between(&rng, 0, 16), draw_between(&rng, 0, 16)};
		test_queue(t, (const char *[]){"q0", "q1", "q2", "alone"}[q], q < 3 ? "both" : NULL, nominal,
		           q % 2 ? PREEMPT_LOWER_PRIORITY : PREEMPT_NEVER, q == 2 ? PREEMPT_NEVER : PREEMPT_ANY);
	}
	for (int i = 0; i < 3; i++)
		w->changes[i] = (struct world_change){.at_us = (1000 + 700 * i) * US_PER_S,
		                                      .pool = (uint32_t)i % 2,
		                                      .nodes = (int32_t)draw_between(&rng, 0, 5),
		                                      .text = "size"};
	t->world.changes = w->changes;
	t->world.n_changes = 3;
	if (latencies)
		random_latencies(t, &rng);
	random_jobs(t, &rng, n_jobs);
	struct run_options options = test_options(t);
	options.seed = seed;
	return options;
}

#endif
