/* bench_topology.c - what a placement costs on 10,000 nodes in 10 blocks of 16 racks: microseconds, with what was placed
 * taken before the next search and the oldest given back, at about three quarters full. */
#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "bench.h"
#include "planner/kueue/topology.h"

enum { NODES = 10000, NODES_PER_RACK = 63, RACKS_PER_BLOCK = 16, GPUS = 8, HELD = 1800, SEARCHES = 4000 };

struct held {
	struct topology_placement placement;
	const struct pod_set *pods;
};

struct hall {
	struct names *names;
	struct kube_node *nodes;
	struct topology_flavor flavor;
	struct topologies *topologies;
	struct topology_usage usage;
	struct undo undo;
	struct topology_finder *finder;
	struct held held[HELD];
	uint32_t n_held, oldest;
};

static name_id numbered(struct hall *hall, const char *prefix, uint32_t number)
{
	char text[32];
	snprintf(text, sizeof text, "%s%05u", prefix, number);
	return names_intern(hall->names, text);
}

static void build(struct hall *hall)
{
	static name_id levels[3];
	static const char *const texts[3] = {"block", "rack", "kubernetes.io/hostname"};
	hall->names = names_create();
	for (uint32_t i = 0; i < 3; i++)
		levels[i] = names_intern(hall->names, texts[i]);
	name_id gpu = names_intern(hall->names, "nvidia.com/gpu"), cpu = names_intern(hall->names, "cpu");
	name_id pods = names_intern(hall->names, "pods");
	hall->nodes = xcalloc(NODES, sizeof *hall->nodes);
	for (uint32_t i = 0; i < NODES; i++) {
		struct key_value *labels = xcalloc(3, sizeof *labels);
		struct resource_request *amounts = xcalloc(3, sizeof *amounts);
		uint32_t rack = i / NODES_PER_RACK;
		labels[0] = (struct key_value){levels[0], numbered(hall, "b", rack / RACKS_PER_BLOCK)};
		labels[1] = (struct key_value){levels[1], numbered(hall, "r", rack)};
		labels[2] = (struct key_value){levels[2], numbered(hall, "n", i)};
		amounts[0] = (struct resource_request){gpu, GPUS};
		amounts[1] = (struct resource_request){cpu, 128000};
		amounts[2] = (struct resource_request){pods, 110};
		hall->nodes[i] = (struct kube_node){labels[2].value, labels, 3, NULL, 0, amounts, 3, true, false};
	}
	gate_set gates;
	if (!kueue_profile_gates("0.19", &gates))
		abort();
	hall->flavor = (struct topology_flavor){.levels = levels, .n_levels = 3};
	struct topology_world world = {hall->names, gates, &hall->flavor, 1, hall->nodes, NODES, NULL, 0};
	hall->topologies = topologies_create(&world, NULL);
	topology_usage_reset(&hall->usage, hall->topologies);
	hall->finder = topology_finder_create(hall->topologies, &hall->usage);
}

static void take(struct hall *hall, const struct held *held, int sign)
{
	for (uint32_t i = 0; i < held->placement.count; i++)
		topology_usage_add(&hall->usage, hall->topologies, &hall->undo, held->placement.items[i].place, held->pods->requests,
		                   held->pods->n_requests, sign * held->placement.items[i].count);
}

static bool search(struct hall *hall, const struct pod_set *pods, struct held *held)
{
	struct topology_ask ask = {.spec = pods, .count = pods->count, .placement = held->placement};
	struct topology_asks asks = {.items = &ask, .count = 1};
	struct topology_failure failure;
	uint32_t failed;
	bool placed = topology_place(hall->finder, &asks, &failed, &failure);
	topology_finder_done(hall->finder);
	held->placement = ask.placement;
	held->pods = pods;
	if (!placed)
		held->placement.count = 0;
	return placed;
}

/* One job goes, one comes; returns how many found a place. */
static uint32_t churn(struct hall *hall, const struct pod_set *kinds, uint32_t n_kinds, uint32_t steps, struct rng *luck)
{
	uint32_t placed = 0;
	for (uint32_t i = 0; i < steps; i++) {
		struct held *held = &hall->held[hall->oldest];
		take(hall, held, -1);
		placed += search(hall, &kinds[rng_below(luck, n_kinds)], held);
		take(hall, held, 1);
		hall->oldest = (hall->oldest + 1) % HELD;
	}
	return placed;
}

static void run_kind(struct hall *hall, const char *name, const struct pod_set *kinds, uint32_t n_kinds)
{
	double times[BENCH_RUNS];
	struct rng luck = rng_stream(1, 0, 1, 0, RNG_PROPERTY_TEST);
	uint32_t placed = churn(hall, kinds, n_kinds, HELD, &luck);
	for (uint32_t run = 0; run < BENCH_RUNS; run++) {
		double start = bench_seconds();
		placed = churn(hall, kinds, n_kinds, SEARCHES, &luck);
		times[run] = (bench_seconds() - start) / SEARCHES * 1e6;
	}
	char note[64];
	snprintf(note, sizeof note, "%d nodes, %u %% find a place", NODES, placed * 100 / SEARCHES);
	bench_row(name, bench_median(times, BENCH_RUNS), "us/placement", note);
}

void bench_topology(void)
{
	struct hall hall = {0};
	build(&hall);
	name_id gpu = names_find(hall.names, "nvidia.com/gpu"), cpu = names_find(hall.names, "cpu");
	struct resource_request whole[] = {{gpu, GPUS}, {cpu, 64000}}, half[] = {{gpu, 4}, {cpu, 32000}};
	struct topology_request required = {.required = hall.flavor.levels[1]}, preferred = {.preferred = hall.flavor.levels[1]};
	struct topology_request anywhere = {.unconstrained = true};
	const struct pod_set kinds[] = {
	    {.count = 4, .requests = whole, .n_requests = 2, .topology = &required},
	    {.count = 8, .requests = half, .n_requests = 2, .topology = &required},
	    {.count = 8, .requests = whole, .n_requests = 2, .topology = &preferred},
	    {.count = 1, .requests = half, .n_requests = 2, .topology = &anywhere},
	};
	struct topology_finder *mending = hall.finder;
	run_kind(&hall, "topology, mixed", kinds, 4);
	run_kind(&hall, "topology, required rack", kinds, 2);
	run_kind(&hall, "topology, preferred rack", &kinds[2], 1);
	run_kind(&hall, "topology, unconstrained", &kinds[3], 1);
	hall.finder = topology_finder_create(hall.topologies, &hall.usage);
	topology_finder_set_literal(hall.finder, true);
	run_kind(&hall, "topology, mixed, literal", kinds, 4);
	topology_finder_destroy(hall.finder);
	topology_finder_destroy(mending);
	for (uint32_t i = 0; i < HELD; i++)
		VEC_FREE(&hall.held[i].placement);
	for (uint32_t i = 0; i < NODES; i++) {
		free((void *)(uintptr_t)hall.nodes[i].labels);
		free((void *)(uintptr_t)hall.nodes[i].allocatable);
	}
	free(hall.nodes);
	topology_usage_free(&hall.usage);
	topologies_destroy(hall.topologies);
	names_destroy(hall.names);
}
