/* closing.c - see closing.h. */
#include "accounting.h"
#include "closing.h"
#include "lifecycle.h"
#include "world/requests.h"

/* Per state, what an unfinished job waits for; a pending one asks its planner, a broken or stopping one knows. */
static const enum reason reason_of_state[JOB_STATE_COUNT] = {
    [JOB_SUBMITTED] = REASON_CONTROL_PLANE,   [JOB_RESERVED] = REASON_CONTROL_PLANE, [JOB_ADMITTED] = REASON_CONTROL_PLANE,
    [JOB_PLACING] = REASON_WAITING_FOR_NODES, [JOB_STARTING] = REASON_STARTING,
};

/* The pods without which the set never starts: all, or those that partial admission may not leave out. */
static int64_t pods_needed(const struct sim_cluster *cluster, const struct pod_set *pod_set)
{
	bool partial = cluster->world->policy == POLICY_KUEUE && pod_set->min_count > 0 &&
	               gate_on(cluster->config->gates, GATE_PartialAdmission);
	return partial ? MIN(pod_set->count, pod_set->min_count) : pod_set->count;
}

static bool flavor_could_host(const struct sim_cluster *cluster, uint32_t queue, const struct resource_group *group,
                              uint32_t flavor, const struct pod_set *pod_set)
{
	int64_t count = pods_needed(cluster, pod_set);
	for (uint32_t r = 0; r < group->n_resources; r++) {
		name_id name = cluster->config->resources[group->resources[r]];
		uint32_t fr = group->frs[flavor * group->n_resources + r];
		for (uint32_t i = 0; i < pod_set->n_requests; i++)
			if (pod_set->requests[i].resource == name &&
			    sat_mul(pod_set->requests[i].amount, count) > planner_quota(cluster->planner, queue, fr).potential)
				return false;
	}
	return true;
}

static bool covers(const struct kueue_config *config, const struct cluster_queue *queue, name_id resource)
{
	for (uint32_t g = 0; g < queue->n_groups; g++)
		for (uint32_t r = 0; r < queue->groups[g].n_resources; r++)
			if (queue->groups[g].resources[r] != NONE && config->resources[queue->groups[g].resources[r]] == resource)
				return true;
	return false;
}

/* Asks for something of which its queue has no quota at all (kueue-semantics WL-5). */
static bool asks_undeclared(const struct kueue_config *config, const struct cluster_queue *queue,
                            const struct pod_set *pod_set)
{
	if (kueue_ignores_undeclared(config))
		return false;
	for (uint32_t i = 0; i < pod_set->n_requests; i++)
		if (pod_set->requests[i].amount > 0 && !covers(config, queue, pod_set->requests[i].resource))
			return true;
	return false;
}

/* Asks for what no group of its queue covers, or for more than any flavor of some group could ever give. */
static bool exceeds_quota(const struct sim_cluster *cluster, uint32_t queue, const struct pod_set *pod_set)
{
	const struct cluster_queue *owner = &cluster->config->cluster_queues[queue];
	if (asks_undeclared(cluster->config, owner, pod_set))
		return true;
	for (uint32_t g = 0; g < owner->n_groups; g++) {
		bool hosted = false;
		for (uint32_t f = 0; f < owner->groups[g].n_flavors && !hosted; f++)
			hosted = flavor_could_host(cluster, queue, &owner->groups[g], f, pod_set);
		if (!hosted)
			return true;
	}
	return false;
}

/* No node of any pool that its queue reaches could host one of its pods, even when empty; and where its pods wait. */
static bool exceeds_nodes(const struct sim *sim, const struct sim_cluster *cluster, const struct live_job *job)
{
	if (job->state == JOB_PLACING)
		for (uint32_t i = 0; i < job->n_sets; i++)
			if (classes_row(cluster->classes, job->sets[i].class_index)->n_pools == 0)
				return true;
	if (job->state != JOB_PENDING)
		return false;
	const struct demand_row *row = &cluster->demands.items[job->demand_row];
	for (uint32_t i = 0; i < row->n_parts; i++) {
		uint32_t set = cluster->demand_parts.items[row->first + i].set;
		if (cluster->gpus->sets.items[set].n_pools == 0)
			return true;
	}
	return false;
}

static bool never_fits(struct sim *sim, uint32_t live)
{
	const struct sim_cluster *cluster = cluster_of(sim, live);
	const struct live_job *job = live_at(sim, live);
	const struct job_shape *shape = shape_of(sim, live);
	if (exceeds_nodes(sim, cluster, job))
		return true;
	struct arena *arena = arena_create(0);
	bool exceeds = false;
	for (uint32_t i = 0; job->state == JOB_PENDING && i < shape->n_pod_sets && !exceeds; i++) {
		struct pod_set charged =
		    requests_charge_pod_set(arena, sim->world->names, &cluster->config->controller, &shape->pod_sets[i]);
		exceeds = exceeds_quota(cluster, job->queue, &charged);
	}
	arena_destroy(arena);
	return exceeds;
}

static void close_pods(struct sim *sim, uint32_t live)
{
	const struct kube_scheduler *scheduler = cluster_of(sim, live)->scheduler;
	if (live_at(sim, live)->state < JOB_BROKEN)
		job_stop_work(sim, live, true);
	for (uint32_t pod = live_at(sim, live)->first_pod; pod != NONE; pod = scheduler->pods.items[pod].next_of_owner)
		account_pod_gone(sim, live, pod);
	account_stretch(sim, live, REASON_NOT_EVALUATED);
}

/* A workload that no pass has looked at and that is parked all the same was parked with its class. */
static enum reason reason_of_pending(const struct workload_view *view)
{
	return view->parked && view->reason == REASON_NOT_EVALUATED ? REASON_CLASS_PARKED : view->reason;
}

void job_close(struct sim *sim, uint32_t live)
{
	const struct live_job *job = live_at(sim, live);
	struct job_outcome *outcome = outcome_of(sim, live);
	struct workload_view view;
	if (job->state == JOB_LEAVING)
		close_pods(sim, live);
	if (job->state == JOB_FREE || job->state == JOB_ENDED || job->state == JOB_LEAVING)
		return;
	account_settle_wait(sim, live);
	close_pods(sim, live);
	outcome->pending_reason = reason_of_state[job->state];
	if (job->state == JOB_STOPPING)
		outcome->pending_reason = job->evict_reason;
	else if (job->state == JOB_BROKEN)
		outcome->pending_reason = job->stop_reason;
	else if (job->state == JOB_PENDING && planner_view(cluster_of(sim, live)->planner, job->workload, &view))
		outcome->pending_reason = reason_of_pending(&view);
	outcome->never_fits = outcome->ready_us < 0 && never_fits(sim, live);
}
