/* accounting.c - see accounting.h. */
#include <stdlib.h>
#include <string.h>

#include "accounting.h"
#include "base/digest.h"

#define STORM_US (INT64_C(600) * US_PER_S)

static void change_level(struct sim *sim, uint32_t live, enum level level, int64_t delta)
{
	struct sim_cluster *cluster = cluster_of(sim, live);
	if (cluster->series)
		series_change(cluster->series, live_at(sim, live)->queue, level, delta, sim->now_us);
}

void account_submitted(struct sim *sim, uint32_t live)
{
	struct live_job *job = live_at(sim, live);
	change_level(sim, live, LEVEL_DEMAND_GPUS, job->gpus_asked);
	job->cause = WAIT_CONTROL_PLANE;
	job->cause_since_us = job_of(sim, live)->submit_us;
}

void account_left(struct sim *sim, uint32_t live)
{
	change_level(sim, live, LEVEL_DEMAND_GPUS, -live_at(sim, live)->gpus_asked);
}

/* ---- Demands on idle GPUs ---- */

static const struct class_facts *facts_of(struct sim_cluster *cluster, uint32_t class_index)
{
	while (cluster->class_facts.count <= class_index) {
		const struct pod_class *row = classes_row(cluster->classes, cluster->class_facts.count);
		struct class_facts facts = {.set = gpu_meter_set(cluster->gpus, row->pools, row->n_pools)};
		for (uint32_t i = 0; i < row->n_pools; i++)
			facts.gpus = MAX(facts.gpus, pool_row_gpus(&cluster->nodes->pools[row->pools[i]], row->row));
		*VEC_PUSH(&cluster->class_facts) = facts;
	}
	return &cluster->class_facts.items[class_index];
}

/* Pools that a pod set could reach through any flavor of the group that covers `resource` in the queue. */
static uint32_t reachable_set(struct sim_cluster *cluster, uint32_t shape, const struct pod_set *pod_sets, uint32_t pod_set,
                              uint32_t queue, uint32_t resource)
{
	const struct cluster_queue *owner = &cluster->config->cluster_queues[queue];
	uint32_t n_pools = cluster->nodes->n_pools;
	bool *reached = xcalloc(n_pools, sizeof *reached);
	for (uint32_t g = 0; g < owner->n_groups; g++) {
		const struct resource_group *group = &owner->groups[g];
		bool covers = false;
		for (uint32_t r = 0; r < group->n_resources; r++)
			covers |= group->resources[r] == resource;
		for (uint32_t f = 0; covers && f < group->n_flavors; f++) {
			struct class_key key = {cluster->config, shape, pod_set, &group->flavors[f], 1};
			uint32_t class_index = classes_find(cluster->classes, &key, &pod_sets[pod_set]);
			const struct pod_class *row = classes_row(cluster->classes, class_index);
			for (uint32_t p = 0; p < row->n_pools; p++)
				reached[row->pools[p]] = true;
		}
	}
	uint32_t *pools = xcalloc(n_pools, sizeof *pools), count = 0;
	for (uint32_t p = 0; p < n_pools; p++)
		if (reached[p])
			pools[count++] = p;
	uint32_t set = gpu_meter_set(cluster->gpus, pools, count);
	free(pools);
	free(reached);
	return set;
}

static void add_demand_parts(struct sim *sim, struct sim_cluster *cluster, struct demand_row *row)
{
	const struct job_shape *shape = &sim->jobs->shapes[row->shape];
	const struct names *names = sim->world->names;
	row->first = cluster->demand_parts.count;
	for (uint32_t i = 0; i < shape->n_pod_sets; i++) {
		const struct pod_set *pod_set = &shape->pod_sets[i];
		int64_t gpus = pod_set_gpus(pod_set, names);
		for (uint32_t r = 0; r < pod_set->n_requests && gpus > 0; r++) {
			name_id resource = pod_set->requests[r].resource;
			if (pod_set->requests[r].amount == 0 || !resource_is_gpu(names_text(names, resource)))
				continue;
			uint32_t set = reachable_set(cluster, row->shape, shape->pod_sets, i, row->queue,
			                             kueue_find_resource(cluster->config, resource));
			*VEC_PUSH(&cluster->demand_parts) = (struct demand_part){set, gpus};
			row->n_parts++;
			break;
		}
	}
}

static uint32_t demand_slot(const struct sim_cluster *cluster, uint32_t shape, uint32_t queue, uint32_t version)
{
	return (uint32_t)digest_add(digest_add(shape, queue), version) & (cluster->n_demand_slots - 1);
}

static void grow_demand_slots(struct sim_cluster *cluster)
{
	cluster->n_demand_slots = cluster->n_demand_slots ? cluster->n_demand_slots * 2 : 256;
	size_t bytes = cluster->n_demand_slots * sizeof *cluster->demand_slots;
	cluster->demand_slots = xrealloc_array(cluster->demand_slots, cluster->n_demand_slots, sizeof *cluster->demand_slots);
	memset(cluster->demand_slots, 0xff, bytes);
	for (uint32_t i = 0; i < cluster->demands.count; i++) {
		struct demand_row *row = &cluster->demands.items[i];
		uint32_t *slot = &cluster->demand_slots[demand_slot(cluster, row->shape, row->queue, row->version)];
		row->next = *slot;
		*slot = i;
	}
}

/* What a pending workload demands; computed once per shape, queue and version of the configuration. */
static uint32_t find_demand(struct sim *sim, struct sim_cluster *cluster, uint32_t shape, uint32_t queue)
{
	if (cluster->demands.count == cluster->n_demand_slots)
		grow_demand_slots(cluster);
	uint32_t *slot = &cluster->demand_slots[demand_slot(cluster, shape, queue, cluster->config_version)];
	for (uint32_t i = *slot; i != NONE; i = cluster->demands.items[i].next) {
		const struct demand_row *row = &cluster->demands.items[i];
		if (row->shape == shape && row->queue == queue && row->version == cluster->config_version)
			return i;
	}
	struct demand_row row = {.shape = shape, .queue = queue, .version = cluster->config_version, .next = *slot};
	add_demand_parts(sim, cluster, &row);
	*VEC_PUSH(&cluster->demands) = row;
	*slot = cluster->demands.count - 1;
	return *slot;
}

enum demand_kind account_demand_kind(enum wait_cause cause)
{
	return cause == WAIT_STOPPED || cause == WAIT_BACKOFF ? DEMAND_HELD_BACK : DEMAND_QUOTA;
}

static void demand_parts(struct sim *sim, uint32_t live, int64_t sign)
{
	struct sim_cluster *cluster = cluster_of(sim, live);
	const struct live_job *job = live_at(sim, live);
	const struct demand_row *row = &cluster->demands.items[job->demand_row];
	for (uint32_t i = 0; i < row->n_parts; i++) {
		const struct demand_part *part = &cluster->demand_parts.items[row->first + i];
		gpu_meter_demand(cluster->gpus, part->set, job->demand_kind, sign * part->gpus);
	}
}

static void demand_pending(struct sim *sim, uint32_t live, int64_t sign)
{
	struct live_job *job = live_at(sim, live);
	if (sign > 0) {
		job->demand_row = find_demand(sim, cluster_of(sim, live), job_of(sim, live)->shape, job->queue);
		job->demand_kind = account_demand_kind(job->cause);
	}
	demand_parts(sim, live, sign);
	change_level(sim, live, LEVEL_PENDING_JOBS, sign);
	change_level(sim, live, LEVEL_PENDING_GPUS, sign * job->gpus_asked);
}

static void demand_decided(struct sim *sim, uint32_t live, int64_t sign)
{
	struct sim_cluster *cluster = cluster_of(sim, live);
	const struct live_job *job = live_at(sim, live);
	for (uint32_t i = 0; i < job->n_sets; i++) {
		const struct class_facts *facts = facts_of(cluster, job->sets[i].class_index);
		gpu_meter_demand(cluster->gpus, facts->set, DEMAND_CONTROL_PLANE, sign * facts->gpus * job->sets[i].count);
	}
}

static void demand_node(struct sim_cluster *cluster, uint32_t pod, int64_t sign)
{
	const struct class_facts *facts = facts_of(cluster, cluster->scheduler->pods.items[pod].class_index);
	gpu_meter_demand(cluster->gpus, facts->set, DEMAND_NODES, sign * facts->gpus);
}

/* Pods that wait for a node when their job begins or stops to count as waiting for nodes. */
static void demand_nodes(struct sim *sim, uint32_t live, int64_t sign)
{
	struct sim_cluster *cluster = cluster_of(sim, live);
	for (uint32_t pod = live_at(sim, live)->first_pod; pod != NONE; pod = cluster->scheduler->pods.items[pod].next_of_owner)
		if (cluster->scheduler->pods.items[pod].node == NONE)
			demand_node(cluster, pod, sign);
}

static void demand(struct sim *sim, uint32_t live, enum job_state state, int64_t sign)
{
	if (state == JOB_PENDING)
		demand_pending(sim, live, sign);
	else if (state == JOB_RESERVED || state == JOB_ADMITTED)
		demand_decided(sim, live, sign);
	else if (state == JOB_PLACING)
		demand_nodes(sim, live, sign);
}

void account_leave(struct sim *sim, uint32_t live, enum job_state state)
{
	demand(sim, live, state, -1);
}

void account_enter(struct sim *sim, uint32_t live, enum job_state state)
{
	demand(sim, live, state, 1);
}

/* ---- Waits ---- */

void account_settle_wait(struct sim *sim, uint32_t live)
{
	struct live_job *job = live_at(sim, live);
	struct job_outcome *outcome = outcome_of(sim, live);
	if (outcome->ready_us < 0)
		outcome->wait_by_cause_us[job->cause] += sim->now_us - job->cause_since_us;
	job->cause_since_us = sim->now_us;
}

void account_wait(struct sim *sim, uint32_t live, enum wait_cause cause)
{
	struct live_job *job = live_at(sim, live);
	account_settle_wait(sim, live);
	job->cause = cause;
	if (job->state != JOB_PENDING || job->demand_kind == account_demand_kind(cause))
		return;
	demand_parts(sim, live, -1);
	job->demand_kind = account_demand_kind(cause);
	demand_parts(sim, live, 1);
}

void account_relabel_wait(struct sim *sim, uint32_t live, enum wait_cause cause)
{
	live_at(sim, live)->cause = cause;
}

/* ---- Quota ---- */

/* The flavors of one pod set, ascending, each once. */
static uint32_t distinct_flavors(const uint32_t *flavors, uint32_t n_resources, uint32_t *ret_distinct)
{
	uint32_t n = 0;
	for (uint32_t r = 0; r < n_resources; r++) {
		if (flavors[r] == NONE)
			continue;
		uint32_t at = 0;
		while (at < n && ret_distinct[at] < flavors[r])
			at++;
		if (at < n && ret_distinct[at] == flavors[r])
			continue;
		for (uint32_t i = n; i > at; i--)
			ret_distinct[i] = ret_distinct[i - 1];
		ret_distinct[at] = flavors[r];
		n++;
	}
	return n;
}

static void fill_set(struct sim *sim, uint32_t live, const struct decision *decision, uint32_t index)
{
	struct sim_cluster *cluster = cluster_of(sim, live);
	const struct assignment *assignment = &decision->assignment;
	const uint32_t *flavors = &assignment->flavors[(size_t)index * assignment->n_resources];
	const int64_t *usage = &assignment->usage[(size_t)index * assignment->n_resources];
	struct class_key key = {cluster->config, job_of(sim, live)->shape, index, cluster->flavors,
	                        distinct_flavors(flavors, assignment->n_resources, cluster->flavors)};
	struct live_pod_set *set = &live_at(sim, live)->sets[index];
	*set = (struct live_pod_set){
	    .class_index = classes_find(cluster->classes, &key, &shape_of(sim, live)->pod_sets[index]),
	    .count = assignment->counts[index],
	    .cell = NONE,
	};
	for (uint32_t r = 0; r < assignment->n_resources; r++) {
		uint32_t cell = NONE;
		if (flavors[r] != NONE && usage[r] > 0)
			cell = quota_meter_cell(cluster->quota, decision->cluster_queue, kueue_find_fr(cluster->config, flavors[r], r));
		if (cell == NONE || set->cell != NONE)
			continue; /* a pod set with GPUs of two kinds is booked under the first */
		set->cell = cell;
		set->gpus = usage[r];
	}
}

static void use_quota(struct sim *sim, uint32_t live, int64_t sign)
{
	struct live_job *job = live_at(sim, live);
	for (uint32_t i = 0; i < job->n_sets; i++) {
		if (job->sets[i].cell == NONE)
			continue;
		quota_meter_use(cluster_of(sim, live)->quota, job->sets[i].cell, sign * job->sets[i].gpus, sim->now_us);
		change_level(sim, live, LEVEL_RESERVED_GPUS, sign * job->sets[i].gpus);
	}
	job->holds_quota = sign > 0;
}

static const struct live_pod_set *set_of(struct sim *sim, uint32_t live, uint32_t pod)
{
	const struct live_job *job = live_at(sim, live);
	uint32_t class_index = cluster_of(sim, live)->scheduler->pods.items[pod].class_index;
	for (uint32_t i = 0; i + 1 < job->n_sets; i++)
		if (job->sets[i].class_index == class_index)
			return &job->sets[i];
	return &job->sets[job->n_sets - 1];
}

/* What the pod's node time since it was bound has borrowed. */
static void book_borrowed(struct sim *sim, uint32_t live, uint32_t pod)
{
	struct sim_cluster *cluster = cluster_of(sim, live);
	const struct pod *row = &cluster->scheduler->pods.items[pod];
	uint32_t cell = set_of(sim, live, pod)->cell;
	if (row->node == NONE || cell == NONE)
		return;
	int128 fraction = quota_meter_mark(cluster->quota, cell, sim->now_us) - row->borrowed_mark;
	int64_t borrowed = (int64_t)(fraction * pod_gpus(cluster->scheduler, row) >> 32);
	outcome_of(sim, live)->borrowed_gpu_us += borrowed;
	outcome_of(sim, live)->borrowed_cost += (charge)borrowed * cluster->pool_rates[cluster->nodes->nodes[row->node].pool];
}

void account_reserve(struct sim *sim, uint32_t live, const struct decision *decision)
{
	struct live_job *job = live_at(sim, live);
	const struct assignment *assignment = &decision->assignment;
	job->n_sets = assignment->n_pod_sets;
	if (job->sets_capacity < job->n_sets) {
		job->sets = xrealloc_array(job->sets, job->n_sets, sizeof *job->sets);
		job->sets_capacity = job->n_sets;
	}
	job->gpus_admitted = 0;
	for (uint32_t i = 0; i < job->n_sets; i++) {
		fill_set(sim, live, decision, i);
		job->gpus_admitted += job->sets[i].gpus;
	}
	use_quota(sim, live, 1);
}

void account_release(struct sim *sim, uint32_t live)
{
	const struct kube_scheduler *scheduler = cluster_of(sim, live)->scheduler;
	if (!live_at(sim, live)->holds_quota)
		return;
	for (uint32_t pod = live_at(sim, live)->first_pod; pod != NONE; pod = scheduler->pods.items[pod].next_of_owner)
		book_borrowed(sim, live, pod);
	use_quota(sim, live, -1);
}

/* ---- Pods ---- */

void account_pod_bound(struct sim *sim, uint32_t live, uint32_t pod)
{
	struct sim_cluster *cluster = cluster_of(sim, live);
	struct pod *row = &cluster->scheduler->pods.items[pod];
	uint32_t cell = set_of(sim, live, pod)->cell;
	demand_node(cluster, pod, -1);
	if (cell != NONE)
		row->borrowed_mark = quota_meter_mark(cluster->quota, cell, sim->now_us);
	change_level(sim, live, LEVEL_RUNNING_GPUS, pod_gpus(cluster->scheduler, row));
}

struct spending {
	uint32_t pool;
	int64_t gpus, rate;
};

static int64_t spend(struct sim *sim, uint32_t live, const struct spending *what, enum gpu_time kind, int64_t start_us,
                     int64_t end_us)
{
	int64_t counted = gpu_meter_spend(cluster_of(sim, live)->gpus, what->pool, kind, what->gpus, start_us, end_us);
	outcome_of(sim, live)->cost += (charge)counted * what->rate;
	return counted;
}

static enum gpu_time loss_of(enum reason stop_reason)
{
	if (stop_reason == REASON_NODE_FAILURES)
		return GPU_LOST_TO_FAILURES;
	return reason_is_preemption(stop_reason) ? GPU_LOST_TO_PREEMPTION : GPU_LOST_TO_EVICTIONS;
}

static void book_loss(struct sim *sim, uint32_t live, enum gpu_time kind, int64_t lost)
{
	const struct live_job *job = live_at(sim, live);
	struct job_outcome *outcome = outcome_of(sim, live);
	if (kind == GPU_LOST_TO_FAILURES)
		outcome->lost_failure_gpu_us += lost;
	else if (kind == GPU_LOST_TO_EVICTIONS)
		outcome->lost_eviction_gpu_us += lost;
	else
		outcome->lost_preemption_gpu_us += lost;
	if (kind == GPU_LOST_TO_PREEMPTION && job->preemption_row != NONE)
		sim->preemptions.items[job->preemption_row].lost_gpu_us += lost;
}

/* Splits the time of a pod on its node, from `since` to now, into what it was good for. */
static void split_time(struct sim *sim, uint32_t live, const struct spending *what, int64_t since_us)
{
	const struct live_job *job = live_at(sim, live);
	struct job_outcome *outcome = outcome_of(sim, live);
	int64_t now_us = sim->now_us;
	int64_t end_us = CLAMP(job->work_end_us, since_us, now_us);
	int64_t start_us = CLAMP(job->run_start_us, since_us, end_us);
	int64_t kept_us = CLAMP(job->kept_until_us, start_us, end_us);
	outcome->starting_gpu_us += spend(sim, live, what, GPU_STARTING, since_us, start_us);
	outcome->productive_gpu_us += spend(sim, live, what, GPU_PRODUCTIVE, start_us, kept_us);
	int64_t told_us = CLAMP(job->told_us, end_us, now_us);
	enum gpu_time loss = loss_of(job->stop_reason);
	int64_t lost = spend(sim, live, what, loss, kept_us, told_us);
	book_loss(sim, live, loss, lost);
	outcome->lost_cost += (charge)lost * what->rate;
	outcome->starting_gpu_us += spend(sim, live, what, GPU_STARTING, told_us, now_us);
}

void account_pod_gone(struct sim *sim, uint32_t live, uint32_t pod)
{
	struct sim_cluster *cluster = cluster_of(sim, live);
	const struct pod *row = &cluster->scheduler->pods.items[pod];
	if (row->node == NONE)
		return;
	struct spending what = {.pool = cluster->nodes->nodes[row->node].pool, .gpus = pod_gpus(cluster->scheduler, row)};
	what.rate = cluster->pool_rates[what.pool];
	split_time(sim, live, &what, row->since_us);
	if (live_at(sim, live)->holds_quota)
		book_borrowed(sim, live, pod);
	change_level(sim, live, LEVEL_RUNNING_GPUS, -what.gpus);
}

void account_stretch(struct sim *sim, uint32_t live, enum reason end_reason)
{
	struct live_job *job = live_at(sim, live);
	struct run_result *result = sim->result;
	if (job->stretch_us >= 0 && !sim->options->no_series) {
		if (result->n_spans == result->spans_capacity) {
			result->spans_capacity = result->spans_capacity ? result->spans_capacity * 2 : 1024;
			result->spans = xrealloc_array(result->spans, result->spans_capacity, sizeof *result->spans);
		}
		result->spans[result->n_spans++] = (struct span_row){
		    .job = job->job,
		    .cluster = job->cluster,
		    .cluster_queue = job->queue,
		    .start_us = job->stretch_us,
		    .end_us = sim->now_us,
		    .gpus = job->gpus_admitted,
		    .end_reason = end_reason,
		};
	}
	job->stretch_us = -1;
}

/* ---- Preemptions ---- */

static uint32_t matrix_row(struct sim *sim, const struct live_job *job)
{
	for (uint32_t i = 0; i < sim->preemptions.count; i++) {
		const struct preemption_row *row = &sim->preemptions.items[i];
		if (row->cluster == job->cluster && row->preemptor_queue == job->preemptor_queue &&
		    row->victim_queue == job->queue && row->reason == job->evict_reason)
			return i;
	}
	*VEC_PUSH(&sim->preemptions) =
	    (struct preemption_row){job->cluster, job->preemptor_queue, job->queue, job->evict_reason, 0, 0};
	return sim->preemptions.count - 1;
}

void account_preempted(struct sim *sim, uint32_t live)
{
	if (sim->now_us < sim->world->warmup_us)
		return;
	struct live_job *job = live_at(sim, live);
	job->preemption_row = matrix_row(sim, job);
	sim->preemptions.items[job->preemption_row].jobs++;
	*VEC_PUSH(&sim->storm) = sim->now_us;
	while (sim->storm.items[sim->storm_first] <= sim->now_us - STORM_US)
		sim->storm_first++;
	sim->result->largest_storm = MAX(sim->result->largest_storm, sim->storm.count - sim->storm_first);
}

/* ---- The cluster ---- */

void account_capacity(struct sim *sim, struct sim_cluster *cluster)
{
	int64_t gpus = 0;
	for (uint32_t p = 0; p < cluster->nodes->n_pools; p++)
		gpus += cluster->nodes->pools[p].present_gpus - cluster->nodes->pools[p].unusable_gpus;
	if (cluster->series)
		series_set(cluster->series, cluster->series->n_queues, LEVEL_CAPACITY_GPUS, gpus, sim->now_us);
}

void account_configured(struct sim *sim, struct sim_cluster *cluster)
{
	struct series *series = cluster->series;
	if (!series)
		return;
	int64_t total = 0;
	series->levels[series->n_queues].unlimited = false;
	for (uint32_t q = 0; q < series->n_queues; q++) {
		int64_t nominal = quota_meter_nominal(cluster->quota, q);
		series->levels[q].unlimited = nominal == INT64_MAX;
		series->levels[series->n_queues].unlimited |= nominal == INT64_MAX;
		series_set(series, q, LEVEL_NOMINAL_GPUS, nominal == INT64_MAX ? 0 : nominal, sim->now_us);
		total += nominal == INT64_MAX ? 0 : nominal;
	}
	series_set(series, series->n_queues, LEVEL_NOMINAL_GPUS, total, sim->now_us);
}
