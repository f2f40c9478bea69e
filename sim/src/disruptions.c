/* disruptions.c - see disruptions.h. */
#include <stdlib.h>
#include <string.h>

#include "accounting.h"
#include "base/digest.h"
#include "disruptions.h"
#include "planner_link.h"
#include "restart.h"

static int64_t draw_for_node(const struct sim *sim, const struct sim_cluster *cluster, uint32_t node,
                             const struct dist *dist, enum rng_purpose purpose)
{
	char name[300];
	nodes_name(cluster->nodes, node, name);
	struct rng stream = rng_stream(sim->options->seed, sim->options->replication, fnv1a_64(name, strlen(name)),
	                               cluster->node_attempts[node], purpose);
	return sim_draw_us(dist, rng_uniform(&stream));
}

static void schedule_failure(struct sim *sim, struct sim_cluster *cluster, uint32_t node)
{
	const struct node_pool *pool = cluster->nodes->pools[cluster->nodes->nodes[node].pool].pool;
	if (pool->time_between_failures.kind == DIST_NONE)
		return;
	int64_t up_us = draw_for_node(sim, cluster, node, &pool->time_between_failures, RNG_NODE_FAILURE);
	cluster->node_events[node] = sim_schedule(sim, &(struct agenda_event){.time_us = sat_add(sim->now_us, MAX(up_us, 1)),
	                                                                      .rank = RANK_FAILURE,
	                                                                      .kind = EVENT_KIND_NODE_FAILS,
	                                                                      .a = cluster->index,
	                                                                      .b = node});
}

void nodes_begin(struct sim *sim, struct sim_cluster *cluster)
{
	for (uint32_t node = 0; node < cluster->nodes->n_nodes; node++)
		if (cluster->nodes->nodes[node].state == NODE_UP)
			schedule_failure(sim, cluster, node);
	account_capacity(sim, cluster);
}

static void emit_node(struct sim *sim, const struct sim_cluster *cluster, uint32_t node, enum sim_event_kind kind)
{
	sim_emit(sim, &(struct sim_event){sim->now_us, kind, REASON_NONE, cluster->index, NONE, node});
}

/* The jobs with pods on a node, each once per run of neighbours. The caller frees the list. */
static uint32_t *owners_on(const struct sim_cluster *cluster, uint32_t node, uint32_t *ret_count)
{
	const struct kube_scheduler *scheduler = cluster->scheduler;
	uint32_t *owners = xcalloc(cluster->nodes->nodes[node].n_pods, sizeof *owners), count = 0;
	for (uint32_t pod = kube_scheduler_first_on(scheduler, node); pod != NONE;
	     pod = kube_scheduler_next_on(scheduler, node, pod))
		if (count == 0 || owners[count - 1] != scheduler->pods.items[pod].owner)
			owners[count++] = scheduler->pods.items[pod].owner;
	*ret_count = count;
	return owners;
}

/* Pods are lost before any restart begins: without latencies a restart is over at once. */
void node_fails(struct sim *sim, struct sim_cluster *cluster, uint32_t node)
{
	const struct node_pool *pool = cluster->nodes->pools[cluster->nodes->nodes[node].pool].pool;
	const struct kube_scheduler *scheduler = cluster->scheduler;
	uint32_t n_owners;
	uint32_t *owners = owners_on(cluster, node, &n_owners);
	for (uint32_t pod; (pod = kube_scheduler_first_on(scheduler, node)) != NONE;) {
		uint32_t live = scheduler->pods.items[pod].owner;
		job_break(sim, live, REASON_NODE_FAILURES);
		job_lose_pod(sim, live, pod);
	}
	nodes_set_state(cluster->nodes, node, NODE_DOWN);
	account_capacity(sim, cluster);
	emit_node(sim, cluster, node, EVENT_NODE_DOWN);
	int64_t down_us = pool->repair_time.kind == DIST_NONE
	                      ? NEVER_US
	                      : draw_for_node(sim, cluster, node, &pool->repair_time, RNG_NODE_REPAIR);
	cluster->node_attempts[node]++;
	cluster->node_events[node] = sim_schedule(sim, &(struct agenda_event){.time_us = sat_add(sim->now_us, down_us),
	                                                                      .rank = RANK_COMPLETION,
	                                                                      .kind = EVENT_KIND_NODE_REPAIRED,
	                                                                      .a = cluster->index,
	                                                                      .b = node});
	for (uint32_t i = 0; i < n_owners; i++)
		job_restart(sim, owners[i]);
	free(owners);
}

void node_repaired(struct sim *sim, struct sim_cluster *cluster, uint32_t node)
{
	nodes_set_state(cluster->nodes, node, NODE_UP);
	account_capacity(sim, cluster);
	emit_node(sim, cluster, node, EVENT_NODE_UP);
	schedule_failure(sim, cluster, node);
}

static void remove_node(struct sim *sim, struct sim_cluster *cluster, uint32_t node)
{
	sim_cancel(sim, &cluster->node_events[node]);
	nodes_set_state(cluster->nodes, node, NODE_ABSENT);
	emit_node(sim, cluster, node, EVENT_NODE_DOWN);
}

void node_left_by_pod(struct sim *sim, struct sim_cluster *cluster, uint32_t node)
{
	const struct node *row = &cluster->nodes->nodes[node];
	if (row->state != NODE_DRAINING)
		return;
	if (row->n_pods == 0)
		remove_node(sim, cluster, node);
	account_capacity(sim, cluster);
}

/* ---- Pools that change size ---- */

/* The next node to remove, as the head of this file says. */
static uint32_t next_to_remove(const struct sim_cluster *cluster, const struct pool_nodes *pool)
{
	uint32_t idle = NONE, newest = NONE;
	int64_t newest_us = INT64_MIN;
	for (uint32_t i = pool->n_nodes; i-- > 0;) {
		uint32_t node = pool->first_node + i;
		const struct node *row = &cluster->nodes->nodes[node];
		if (row->state == NODE_DOWN)
			return node;
		if (row->state != NODE_UP)
			continue;
		if (row->n_pods == 0) {
			idle = idle == NONE ? node : idle;
			continue;
		}
		int64_t since_us = cluster->scheduler->pods.items[kube_scheduler_first_on(cluster->scheduler, node)].since_us;
		if (since_us > newest_us) {
			newest = node;
			newest_us = since_us;
		}
	}
	return idle != NONE ? idle : newest;
}

static void drain(struct sim *sim, struct sim_cluster *cluster, uint32_t node)
{
	sim_cancel(sim, &cluster->node_events[node]);
	uint32_t n_owners;
	uint32_t *owners = owners_on(cluster, node, &n_owners);
	nodes_set_state(cluster->nodes, node, NODE_DRAINING);
	for (uint32_t i = 0; i < n_owners; i++)
		job_break(sim, owners[i], REASON_NODE_REMOVED);
	for (uint32_t i = 0; i < n_owners; i++)
		job_restart(sim, owners[i]);
	free(owners);
}

static void grow(struct sim *sim, struct sim_cluster *cluster, const struct pool_nodes *pool, enum node_state from,
                 uint32_t *size, uint32_t wanted)
{
	for (uint32_t i = 0; i < pool->n_nodes && *size < wanted; i++) {
		uint32_t node = pool->first_node + i;
		if (cluster->nodes->nodes[node].state != from)
			continue;
		nodes_set_state(cluster->nodes, node, NODE_UP);
		emit_node(sim, cluster, node, EVENT_NODE_UP);
		schedule_failure(sim, cluster, node);
		(*size)++;
	}
}

static void resize(struct sim *sim, struct sim_cluster *cluster, uint32_t index, uint32_t wanted)
{
	const struct pool_nodes *pool = &cluster->nodes->pools[index];
	uint32_t size = 0;
	for (uint32_t i = 0; i < pool->n_nodes; i++) {
		enum node_state state = cluster->nodes->nodes[pool->first_node + i].state;
		size += state == NODE_UP || state == NODE_DOWN;
	}
	grow(sim, cluster, pool, NODE_DRAINING, &size, wanted);
	grow(sim, cluster, pool, NODE_ABSENT, &size, wanted);
	for (; size > wanted; size--) {
		uint32_t node = next_to_remove(cluster, pool);
		if (cluster->nodes->nodes[node].n_pods > 0)
			drain(sim, cluster, node);
		else
			remove_node(sim, cluster, node);
	}
	account_capacity(sim, cluster);
}

/* ---- New configurations ---- */

/* Everything here keeps indexes of queues, flavors and pairs; a change keeps the names, hence the indexes. */
static bool same_objects(const struct kueue_config *a, const struct kueue_config *b)
{
	if (a->n_cluster_queues != b->n_cluster_queues || a->n_flavors != b->n_flavors || a->n_cohorts != b->n_cohorts ||
	    a->n_resources != b->n_resources || a->n_frs != b->n_frs)
		return false;
	for (uint32_t i = 0; i < a->n_cluster_queues; i++)
		if (a->cluster_queues[i].name != b->cluster_queues[i].name)
			return false;
	for (uint32_t i = 0; i < a->n_flavors; i++)
		if (a->flavors[i].name != b->flavors[i].name)
			return false;
	for (uint32_t i = 0; i < a->n_frs; i++)
		if (a->frs[i].flavor != b->frs[i].flavor || a->frs[i].resource != b->frs[i].resource)
			return false;
	return true;
}

static void configure(struct sim *sim, struct sim_cluster *cluster, const struct world_change *change)
{
	if (!same_objects(cluster->config, change->kueue)) {
		sim->failed = true;
		error_set(&sim->error, ERROR_BAD_INPUT, "change \"%s\": adds or removes queues, flavors, cohorts or quotas",
		          change->text ? change->text : "");
		return;
	}
	cluster->config = change->kueue;
	cluster->config_version++;
	planner_tell(sim, cluster, &(struct planner_input){.kind = INPUT_CONFIG, .config = change->kueue});
	quota_meter_configure(cluster->quota, change->kueue, sim->now_us);
	account_configured(sim, cluster);
	for (uint32_t live = 0; live < sim->live.count && !sim->failed; live++)
		if (live_at(sim, live)->state == JOB_PENDING && live_at(sim, live)->cluster == cluster->index)
			job_look_why(sim, live);
}

void world_changes(struct sim *sim, const struct world_change *change)
{
	struct sim_cluster *cluster = &sim->clusters[change->cluster];
	if (change->kueue)
		configure(sim, cluster, change);
	if (change->pool != NONE && !sim->failed)
		resize(sim, cluster, change->pool, (uint32_t)change->nodes);
}
