/* initial.c - see initial.h. */
#include "accounting.h"
#include "initial.h"
#include "planner_link.h"

static uint32_t flavor_of(const struct kueue_config *config, const struct initial_pod_set *admission, name_id resource)
{
	for (uint32_t i = 0; i < admission->n_flavors; i++)
		if (admission->flavors[i].key == resource)
			return kueue_find_flavor(config, admission->flavors[i].value);
	return NONE;
}

/* The admission as found; the planner charges what one pod is charged, times the count. */
static struct assignment read_admission(struct arena *arena, const struct kueue_config *config,
                                        const struct job_shape *shape, const struct initial_workload *initial)
{
	size_t cells = (size_t)shape->n_pod_sets * config->n_resources;
	int32_t *counts = ARENA_ARRAY(arena, int32_t, shape->n_pod_sets);
	uint32_t *flavors = ARENA_ARRAY(arena, uint32_t, cells);
	for (uint32_t i = 0; i < shape->n_pod_sets; i++) {
		counts[i] = initial->admission[i].count;
		for (uint32_t r = 0; r < config->n_resources; r++) {
			size_t at = (size_t)i * config->n_resources + r;
			flavors[at] = flavor_of(config, &initial->admission[i], config->resources[r]);
		}
	}
	return (struct assignment){shape->n_pod_sets, config->n_resources, counts, flavors, NULL, NULL, NULL, NULL};
}

static void begin_admitted(struct sim *sim, uint32_t live, const struct initial_workload *initial,
                           struct workload_status *status)
{
	struct arena *arena = arena_create(0);
	const struct kueue_config *config = cluster_of(sim, live)->config;
	struct workload_view view;
	status->admission = read_admission(arena, config, shape_of(sim, live), initial);
	planner_tell_observed(sim, live, status);
	if (!sim->failed && planner_view(cluster_of(sim, live)->planner, live_at(sim, live)->workload, &view)) {
		struct decision decision = {.cluster_queue = status->admitted_queue, .assignment = view.admission};
		account_reserve(sim, live, &decision);
		job_set_state(sim, live, JOB_RESERVED);
		outcome_of(sim, live)->admitted_us = status->admitted_us;
		outcome_of(sim, live)->last_admitted_us = status->admitted_us;
		live_at(sim, live)->was_ready = status->pods_ready;
		job_emit(sim, live, EVENT_QUOTA_RESERVED, REASON_FIT, 0);
		job_set_state(sim, live, JOB_ADMITTED);
		job_create_pods(sim, live);
	}
	arena_destroy(arena);
}

void initial_begin(struct sim *sim, uint32_t live, const struct initial_workload *initial)
{
	struct workload_status status = {.requeue_count = initial->requeue_count, .requeue_at_us = initial->requeue_at_us};
	live_at(sim, live)->created_us = initial->job.submit_us;
	if (!initial->has_admission) {
		status.requeued_false = initial->requeue_at_us > 0;
		planner_tell_observed(sim, live, &status);
		if (!sim->failed)
			job_pend(sim, live);
		return;
	}
	status.quota_reserved = status.admitted = true;
	status.reserved_us = initial->reserved_us;
	status.admitted_us = initial->admitted_us == NEVER_US ? initial->reserved_us : initial->admitted_us;
	status.pods_ready = initial->pods_ready_us != NEVER_US;
	status.admitted_queue = kueue_find_cluster_queue(cluster_of(sim, live)->config, initial->admitted_queue);
	if (status.admitted_queue != NONE)
		live_at(sim, live)->queue = outcome_of(sim, live)->cluster_queue = status.admitted_queue;
	begin_admitted(sim, live, initial, &status);
}
