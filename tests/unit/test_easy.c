/* test_easy.c - EASY backfill against brute force: every start time of thousands of small random machines, computed by
 * stepping through every second and every promise, without ends lists or incremental state. And what a workload may ask for
 * at all: as under Kueue. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "base/rng.h"
#include "planner_world.h"

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

static workload_id submit(struct planner_world *w, const struct machine *machine, int job)
{
	workload_id id = planner_world_submit(w, "machine", (struct planner_work){.gpus = machine->jobs[job].size});
	planner_world_apply(w, (struct planner_input){
	                           .kind = INPUT_EXPECTED_RUN, .workload = id, .value = machine->jobs[job].belief * US_PER_S});
	return id;
}

/* Arrivals and ends at one second, then passes. */
static void plan_second(struct planner_world *w, const struct machine *machine, workload_id *ids, int *start, int now)
{
	w->now_us = now * US_PER_S;
	for (int i = 0; i < machine->n_jobs; i++)
		if (start[i] >= 0 && start[i] + machine->jobs[i].run == now)
			planner_world_apply(w, (struct planner_input){.kind = INPUT_FINISHED, .workload = ids[i]});
	for (int i = 0; i < machine->n_jobs; i++)
		if (machine->jobs[i].submit == now)
			ids[i] = submit(w, machine, i);
	while (planner_wants_cycle(w->planner)) {
		planner_world_pass(w);
		for (uint32_t d = 0; d < w->decisions->count; d++)
			for (int i = 0; i < machine->n_jobs; i++)
				if (w->decisions->items[d].kind == DECISION_RESERVE && machine->jobs[i].submit <= now && start[i] < 0 &&
				    ids[i].slot == w->decisions->items[d].workload.slot &&
				    ids[i].generation == w->decisions->items[d].workload.generation)
					start[i] = now;
	}
}

static void by_planner(const struct machine *machine, int *start)
{
	struct planner_world w;
	workload_id ids[MOST_JOBS];
	planner_world_init(&w);
	planner_world_start(&w, planner_policy_easy(),
	                    planner_world_config(&w, &(struct planner_queue){.name = "machine", .gpus = machine->size}, 1));
	for (int i = 0; i < machine->n_jobs; i++)
		start[i] = -1;
	for (int now = 0; now < HORIZON; now++)
		plan_second(&w, machine, ids, start, now);
	planner_world_end(&w);
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
	int64_t pods; /* 0: not covered */
	bool ignore_undeclared, other_namespaces, invalid, starts;
	enum reason reason;
};

static const struct request_case request_cases[] = {
    {.name = "plain", .n_pods = 1, .starts = true, .reason = REASON_FIT},
    {.name = "undeclared", .also_asks = "cpu", .n_pods = 1, .reason = REASON_WAITING_FOR_QUOTA},
    {.name = "undeclared, ignored",
     .also_asks = "cpu",
     .n_pods = 1,

     .ignore_undeclared = true,
     .starts = true,
     .reason = REASON_FIT},
    {.name = "enough pods", .n_pods = 2, .pods = 2, .starts = true, .reason = REASON_FIT},
    {.name = "too many pods", .n_pods = 3, .pods = 2, .reason = REASON_WAITING_FOR_QUOTA},
    {.name = "another namespace", .n_pods = 1, .other_namespaces = true, .reason = REASON_NAMESPACE_MISMATCH},
    {.name = "invalid", .n_pods = 1, .invalid = true, .reason = REASON_GENERIC},
};

static void check_request(const struct request_case *row)
{
	struct planner_world w;
	struct planner_queue queue = {.name = "machine", .gpus = 8, .pods = row->pods, .no_namespaces = row->other_namespaces};
	planner_world_init(&w);
	w.controller.ignore_undeclared = row->ignore_undeclared;
	w.gates |= (gate_set)1 << GATE_QuotaCheckStrategy;
	planner_world_start(&w, planner_policy_easy(), planner_world_config(&w, &queue, 1));
	workload_id id = planner_world_submit(
	    &w, "machine",
	    (struct planner_work){.gpus = 1, .pods = row->n_pods, .also = row->also_asks, .invalid = row->invalid});
	planner_world_pass(&w);
	struct workload_view view = planner_world_look(&w, id);
	if ((view.phase == PHASE_RESERVED) != row->starts || view.reason != row->reason)
		fail_msg("%s: phase %d, reason %s", row->name, (int)view.phase, reason_text(view.reason));
	planner_world_end(&w);
}

static void easy_asks_what_kueue_asks(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < ARRAY_COUNT(request_cases); i++)
		check_request(&request_cases[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(easy_starts_jobs_when_brute_force_does),
	    cmocka_unit_test(easy_asks_what_kueue_asks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
