/* test_easy.c - EASY backfill against brute force: every start time of thousands of small random machines, computed by
 * stepping through every second and every promise, without ends lists or incremental state. And what a workload may ask for
 * at all: as under Kueue. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"
#include "planner/planner.h"
#include "world/kueue_builder.h"

enum { MOST_JOBS = 7, HORIZON = 400 };

struct machine {
	int size, n_jobs;
	struct {
		int submit, size, run, belief;
	} jobs[MOST_JOBS];
};

static struct machine random_machine(uint64_t seed)
{
	struct rng rng = rng_stream(seed, 0, 3, 0, RNG_PROPERTY_TEST);
	struct machine machine = {.size = 2 + (int)rng_below(&rng, 7), .n_jobs = 2 + (int)rng_below(&rng, MOST_JOBS - 1)};
	for (int i = 0; i < machine.n_jobs; i++) {
		machine.jobs[i].submit = (int)rng_below(&rng, 12);
		machine.jobs[i].size = 1 + (int)rng_below(&rng, (uint64_t)machine.size);
		machine.jobs[i].run = 1 + (int)rng_below(&rng, 20);
		/* Users overstate, are exact, or are killed late: beliefs may be short too. */
		int belief = machine.jobs[i].run + (int)rng_below(&rng, 12) - 3;
		machine.jobs[i].belief = MAX(1, belief);
	}
	return machine;
}

/* ---- brute force ---- */

static int believed_end(const struct machine *machine, int job, int start, int now)
{
	return MAX(now, start + machine->jobs[job].belief);
}

/* Free processors at a later time, going by beliefs; `extra` jobs started now count too. */
static int free_at(const struct machine *machine, const int *start, int now, int when)
{
	int free = machine->size;
	for (int i = 0; i < machine->n_jobs; i++)
		if (start[i] >= 0 && start[i] + machine->jobs[i].run > now && believed_end(machine, i, start[i], now) > when)
			free -= machine->jobs[i].size;
	return free;
}

static int free_now(const struct machine *machine, const int *start, int now)
{
	int free = machine->size;
	for (int i = 0; i < machine->n_jobs; i++)
		if (start[i] >= 0 && start[i] + machine->jobs[i].run > now)
			free -= machine->jobs[i].size;
	return free;
}

static int first_waiting(const struct machine *machine, const int *start, const int *order, int now)
{
	for (int k = 0; k < machine->n_jobs; k++)
		if (start[order[k]] < 0 && machine->jobs[order[k]].submit <= now)
			return k;
	return -1;
}

static void schedule_second(const struct machine *machine, int *start, const int *order, int now)
{
	int head;
	while ((head = first_waiting(machine, start, order, now)) >= 0 &&
	       machine->jobs[order[head]].size <= free_now(machine, start, now))
		start[order[head]] = now;
	if (head < 0)
		return;
	int need = machine->jobs[order[head]].size, shadow = now;
	while (free_at(machine, start, now, shadow) < need)
		shadow++;
	for (int k = head + 1; k < machine->n_jobs; k++) {
		int job = order[k];
		if (start[job] >= 0 || machine->jobs[job].submit > now || machine->jobs[job].size > free_now(machine, start, now))
			continue;
		start[job] = now;
		/* Does the head still start at its shadow time? */
		if (believed_end(machine, job, now, now) > shadow && free_at(machine, start, now, shadow) < need)
			start[job] = -1;
	}
}

/* EASY looks when a job arrives or ends, not in between. */
static bool something_happens(const struct machine *machine, const int *start, int now)
{
	for (int i = 0; i < machine->n_jobs; i++)
		if (machine->jobs[i].submit == now || (start[i] >= 0 && start[i] + machine->jobs[i].run == now))
			return true;
	return false;
}

static void brute_force(const struct machine *machine, int *start)
{
	int order[MOST_JOBS];
	for (int i = 0; i < machine->n_jobs; i++) {
		int at = i;
		start[i] = -1;
		for (; at > 0 && machine->jobs[order[at - 1]].submit > machine->jobs[i].submit; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
	for (int now = 0; now < HORIZON; now++)
		if (something_happens(machine, start, now))
			schedule_second(machine, start, order, now);
}

/* ---- the planner ---- */

static const struct kueue_config *machine_config(struct arena *arena, struct names *names, int size)
{
	struct kueue_builder *builder = kueue_builder_create(arena, names);
	name_id resource = names_intern(names, "nvidia.com/gpu"), flavor = names_intern(names, "flavor");
	struct named_quota quota = {.resource = resource, .quota = {size, LIMIT_UNSET, LIMIT_UNSET}};
	struct named_flavor_quotas flavors = {.flavor = flavor, .quotas = &quota, .n_quotas = 1};
	struct named_group group = {.covered = &resource, .n_covered = 1, .flavors = &flavors, .n_flavors = 1};
	struct resource_flavor flavor_object = {.name = flavor};
	struct cluster_queue queue = kueue_cluster_queue_defaults(names_intern(names, "machine"));
	queue.namespace_selector.set = true;
	kueue_add_flavor(builder, &flavor_object, (struct diag_place){0});
	kueue_add_cluster_queue(builder, &queue, NO_NAME, &group, 1, (struct diag_place){0});
	struct diags *diags = diags_create();
	const struct kueue_config *config = kueue_build(builder, true, diags);
	assert_non_null(config);
	diags_destroy(diags);
	kueue_builder_destroy(builder);
	return config;
}

static void must_apply(struct planner *planner, struct planner_input input)
{
	struct error error;
	if (!planner_apply(planner, &input, &error))
		fail_msg("%s", error.text);
}

static workload_id submit(struct planner *planner, const struct machine *machine, int job, int now)
{
	const struct kueue_config *config = planner_config(planner);
	struct resource_request request = {config->resources[0], machine->jobs[job].size};
	struct pod_set set = {.count = 1, .requests = &request, .n_requests = 1};
	struct workload_spec spec = {
	    .name = (name_id)(job + 1),
	    .uid = {0, (uint64_t)job},
	    .local_queue = NONE,
	    .cluster_queue = 0,
	    .created_us = now * US_PER_S,
	    .pod_sets = &set,
	    .n_pod_sets = 1,
	    .max_execution_s = -1,
	};
	workload_id id;
	must_apply(planner,
	           (struct planner_input){
	               .kind = INPUT_OBSERVED, .now_us = now * US_PER_S, .observed = {&spec, NULL}, .ret_workload = &id});
	must_apply(planner, (struct planner_input){.kind = INPUT_EXPECTED_RUN,
	                                           .now_us = now * US_PER_S,
	                                           .workload = id,
	                                           .value = machine->jobs[job].belief * US_PER_S});
	return id;
}

static void by_planner(const struct machine *machine, int *start)
{
	struct arena *arena = arena_create(0);
	struct names *names = names_create();
	struct planner_options options = {planner_policy_easy(), machine_config(arena, names, machine->size), false, true};
	struct planner *planner = planner_create(&options);
	struct decision_list *decisions = decision_list_create();
	struct error error;
	workload_id ids[MOST_JOBS];
	for (int i = 0; i < machine->n_jobs; i++)
		start[i] = -1;
	for (int now = 0; now < HORIZON; now++) {
		for (int i = 0; i < machine->n_jobs; i++)
			if (start[i] >= 0 && start[i] + machine->jobs[i].run == now)
				must_apply(planner,
				           (struct planner_input){.kind = INPUT_FINISHED, .now_us = now * US_PER_S, .workload = ids[i]});
		for (int i = 0; i < machine->n_jobs; i++)
			if (machine->jobs[i].submit == now)
				ids[i] = submit(planner, machine, i, now);
		while (planner_wants_cycle(planner)) {
			assert_true(planner_cycle(planner, now * US_PER_S, decisions, &error));
			for (uint32_t d = 0; d < decisions->count; d++)
				for (int i = 0; i < machine->n_jobs; i++)
					if (decisions->items[d].kind == DECISION_RESERVE && machine->jobs[i].submit <= now && start[i] < 0 &&
					    ids[i].slot == decisions->items[d].workload.slot &&
					    ids[i].generation == decisions->items[d].workload.generation)
						start[i] = now;
		}
	}
	planner_destroy(planner);
	decision_list_destroy(decisions);
	arena_destroy(arena);
	names_destroy(names);
}

static void easy_starts_jobs_when_brute_force_does(void **state)
{
	(void)state;
	int backfilled = 0;
	for (uint64_t seed = 1; seed <= 3000; seed++) {
		struct machine machine = random_machine(seed);
		int expected[MOST_JOBS], got[MOST_JOBS];
		brute_force(&machine, expected);
		by_planner(&machine, got);
		for (int i = 0; i < machine.n_jobs; i++) {
			if (expected[i] != got[i])
				fail_msg("machine %llu: job %d starts at %d, brute force says %d", (unsigned long long)seed, i, got[i],
				         expected[i]);
			for (int j = 0; j < machine.n_jobs; j++)
				backfilled += machine.jobs[i].submit > machine.jobs[j].submit && got[i] < got[j];
		}
	}
	print_message("# %d overtakings\n", backfilled);
	assert_true(backfilled > 1000);
}

/* ---- what may be asked for ---- */

/* One workload of one pod that asks for a GPU; the queue covers GPUs and, with `pods`, that many pods. */
struct request_case {
	const char *name;
	const char *also_asks; /* for 1 of this; NULL */
	int32_t n_pods;
	int64_t pods; /* -1: not covered */
	bool ignore_undeclared, other_namespaces, invalid, starts;
	enum reason reason;
};

static const struct request_case request_cases[] = {
    {.name = "plain", .n_pods = 1, .pods = -1, .starts = true, .reason = REASON_FIT},
    {.name = "undeclared", .also_asks = "cpu", .n_pods = 1, .pods = -1, .reason = REASON_WAITING_FOR_QUOTA},
    {.name = "undeclared, ignored",
     .also_asks = "cpu",
     .n_pods = 1,
     .pods = -1,
     .ignore_undeclared = true,
     .starts = true,
     .reason = REASON_FIT},
    {.name = "enough pods", .n_pods = 2, .pods = 2, .starts = true, .reason = REASON_FIT},
    {.name = "too many pods", .n_pods = 3, .pods = 2, .reason = REASON_WAITING_FOR_QUOTA},
    {.name = "another namespace", .n_pods = 1, .pods = -1, .other_namespaces = true, .reason = REASON_NAMESPACE_MISMATCH},
    {.name = "invalid", .n_pods = 1, .pods = -1, .invalid = true, .reason = REASON_GENERIC},
};

static const struct kueue_config *request_config(const struct request_case *row, struct arena *arena, struct names *names)
{
	struct kueue_builder *builder = kueue_builder_create(arena, names);
	name_id resources[] = {names_intern(names, "nvidia.com/gpu"), names_intern(names, "pods")};
	struct named_quota quotas[] = {{.resource = resources[0], .quota = {8, LIMIT_UNSET, LIMIT_UNSET}},
	                               {.resource = resources[1], .quota = {row->pods, LIMIT_UNSET, LIMIT_UNSET}}};
	uint32_t n = row->pods >= 0 ? 2 : 1;
	struct resource_flavor flavor = {.name = names_intern(names, "flavor")};
	struct named_flavor_quotas flavors = {.flavor = flavor.name, .quotas = quotas, .n_quotas = n};
	struct named_group group = {.covered = resources, .n_covered = n, .flavors = &flavors, .n_flavors = 1};
	struct cluster_queue queue = kueue_cluster_queue_defaults(names_intern(names, "machine"));
	struct controller_config controller = kueue_controller_defaults();
	gate_set gates;
	queue.namespace_selector.set = !row->other_namespaces; /* unset: selects none */
	controller.ignore_undeclared = row->ignore_undeclared;
	assert_true(kueue_profile_gates("0.19", &gates));
	kueue_set_gates(builder, gates | (gate_set)1 << GATE_QuotaCheckStrategy);
	kueue_set_controller(builder, &controller);
	kueue_add_flavor(builder, &flavor, (struct diag_place){0});
	kueue_add_cluster_queue(builder, &queue, NO_NAME, &group, 1, (struct diag_place){0});
	struct diags *diags = diags_create();
	const struct kueue_config *config = kueue_build(builder, true, diags);
	assert_non_null(config);
	diags_destroy(diags);
	kueue_builder_destroy(builder);
	return config;
}

static void check_request(const struct request_case *row, struct arena *arena, struct names *names)
{
	struct planner_options options = {planner_policy_easy(), request_config(row, arena, names), false, true};
	struct planner *planner = planner_create(&options);
	struct decision_list *decisions = decision_list_create();
	struct resource_request requests[] = {{names_intern(names, "nvidia.com/gpu"), 1},
	                                      {names_intern(names, row->also_asks ? row->also_asks : "none"), 1}};
	struct pod_set set = {.count = row->n_pods, .requests = requests, .n_requests = row->also_asks ? 2 : 1};
	struct workload_spec spec = {.name = 1,
	                             .namespace_name = names_intern(names, "default"),
	                             .local_queue = NONE,
	                             .pod_sets = &set,
	                             .n_pod_sets = 1,
	                             .max_execution_s = -1,
	                             .invalid = row->invalid};
	workload_id id;
	struct workload_view view;
	struct error error;
	must_apply(planner, (struct planner_input){.kind = INPUT_OBSERVED, .observed = {&spec, NULL}, .ret_workload = &id});
	assert_true(planner_cycle(planner, 0, decisions, &error));
	assert_true(planner_view(planner, id, &view));
	if ((view.phase == PHASE_RESERVED) != row->starts || view.reason != row->reason)
		fail_msg("%s: phase %d, reason %s", row->name, (int)view.phase, reason_text(view.reason));
	planner_destroy(planner);
	decision_list_destroy(decisions);
}

static void easy_asks_what_kueue_asks(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < ARRAY_COUNT(request_cases); i++) {
		struct arena *arena = arena_create(0);
		struct names *names = names_create();
		check_request(&request_cases[i], arena, names);
		arena_destroy(arena);
		names_destroy(names);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(easy_starts_jobs_when_brute_force_does),
	    cmocka_unit_test(easy_asks_what_kueue_asks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
