/* check.c - see check.h. */
#include <stdlib.h>
#include <string.h>

#include "accounting.h"
#include "check.h"

static bool differs(struct error *error, const char *book, int64_t index, int64_t found, int64_t expected)
{
	return error_set(error, ERROR_INVARIANT, "%s %lld: the book says %lld, recomputed %lld", book, (long long)index,
	                 (long long)found, (long long)expected);
}

/* ---- Nodes ---- */

static bool check_node(const struct sim_cluster *cluster, uint32_t node, int64_t *scratch, struct error *error)
{
	const struct node_table *nodes = cluster->nodes;
	const struct node *row = &nodes->nodes[node];
	const int64_t *used = node_used(nodes, node);
	uint32_t pods = 0;
	memset(scratch, 0, nodes->n_columns * sizeof *scratch);
	for (uint32_t pod = kube_scheduler_first_on(cluster->scheduler, node); pod != NONE;
	     pod = kube_scheduler_next_on(cluster->scheduler, node, pod), pods++) {
		const struct pod *bound = &cluster->scheduler->pods.items[pod];
		if (bound->node != node)
			return differs(error, "node of pod", pod, bound->node, node);
		const int64_t *request = classes_row(cluster->classes, bound->class_index)->row;
		for (uint32_t c = 0; c < nodes->n_columns; c++)
			scratch[c] += request[c];
	}
	if (row->n_pods != pods)
		return differs(error, "pods of node", node, row->n_pods, pods);
	for (uint32_t c = 0; c < nodes->n_columns; c++)
		if (used[c] != scratch[c])
			return differs(error, "usage of node", node, used[c], scratch[c]);
	for (uint32_t c = 0; c < nodes->n_resources; c++)
		if (used[c] > nodes->pools[row->pool].allocatable[c])
			return differs(error, "overcommitted node", node, used[c], nodes->pools[row->pool].allocatable[c]);
	if ((row->state == NODE_UP) != (row->fill != NONE))
		return differs(error, "fill of node", node, row->fill, row->state);
	if (row->fill != NONE && memcmp(fill_used(nodes, row->fill), used, nodes->n_columns * sizeof *used) != 0)
		return error_set(error, ERROR_INVARIANT, "node %u is in a fill of other nodes", node);
	return true;
}

static bool check_pool(const struct sim_cluster *cluster, uint32_t index, struct error *error)
{
	const struct node_table *nodes = cluster->nodes;
	const struct pool_nodes *pool = &nodes->pools[index];
	int64_t present = 0, allocated = 0, unusable = 0;
	uint32_t up = 0, indexed = 0;
	for (uint32_t node = pool->first_node; node < pool->first_node + pool->n_nodes; node++) {
		enum node_state state = nodes->nodes[node].state;
		int64_t gpus = pool_row_gpus(pool, node_used(nodes, node));
		present += state == NODE_ABSENT ? 0 : pool->gpus_per_node;
		allocated += gpus;
		unusable += state == NODE_DOWN || state == NODE_DRAINING ? pool->gpus_per_node - gpus : 0;
		up += state == NODE_UP;
	}
	for (uint32_t b = 0; b < pool->n_buckets; b++)
		for (uint32_t f = pool->bucket[b]; f != NONE; f = nodes->fills.items[f].next)
			indexed += nodes->fills.items[f].nodes.count;
	if (pool->present_gpus != present)
		return differs(error, "GPUs of pool", index, pool->present_gpus, present);
	if (pool->allocated_gpus != allocated)
		return differs(error, "allocated GPUs of pool", index, pool->allocated_gpus, allocated);
	if (pool->unusable_gpus != unusable)
		return differs(error, "unusable GPUs of pool", index, pool->unusable_gpus, unusable);
	return indexed == up || differs(error, "indexed nodes of pool", index, indexed, up);
}

bool check_nodes(const struct sim_cluster *cluster, struct error *error)
{
	int64_t *scratch = xcalloc(cluster->nodes->n_columns, sizeof *scratch);
	int64_t busy = 0;
	bool ok = true;
	for (uint32_t node = 0; ok && node < cluster->nodes->n_nodes; node++) {
		ok = check_node(cluster, node, scratch, error);
		busy += cluster->nodes->nodes[node].n_pods > 0;
	}
	if (ok && cluster->nodes->busy_nodes != busy)
		ok = differs(error, "busy nodes of cluster", cluster->index, cluster->nodes->busy_nodes, busy);
	for (uint32_t pool = 0; ok && pool < cluster->nodes->n_pools; pool++)
		ok = check_pool(cluster, pool, error);
	free(scratch);
	return ok;
}

/* ---- GPU time ---- */

bool check_gpu_time(const struct sim *sim, const struct sim_cluster *cluster, struct error *error)
{
	const struct gpu_meter *meter = cluster->gpus;
	int64_t *open = xcalloc(cluster->nodes->n_pools, sizeof *open);
	for (uint32_t node = 0; node < cluster->nodes->n_nodes; node++)
		for (uint32_t pod = kube_scheduler_first_on(cluster->scheduler, node); pod != NONE;
		     pod = kube_scheduler_next_on(cluster->scheduler, node, pod)) {
			const struct pod *row = &cluster->scheduler->pods.items[pod];
			open[cluster->nodes->nodes[node].pool] +=
			    pod_gpus(cluster->scheduler, row) * MAX(0, sim->now_us - MAX(row->since_us, meter->from_us));
		}
	bool ok = true;
	for (uint32_t p = 0; ok && p < cluster->nodes->n_pools; p++) {
		const struct pool_meter *pool = &meter->pools[p];
		int64_t spent = 0, idle = 0;
		for (int kind = GPU_PRODUCTIVE; kind <= GPU_LOST_TO_FAILURES; kind++)
			spent += pool->gpu_us[kind];
		for (int kind = GPU_IDLE_NOBODY_WAITING; kind <= GPU_DOWN; kind++)
			idle += pool->gpu_us[kind];
		if (meter->allocated_gpu_us[p] != spent + open[p])
			ok = differs(error, "allocated GPU time of pool", p, spent + open[p], meter->allocated_gpu_us[p]);
		else if (pool->capacity_gpu_us != meter->allocated_gpu_us[p] + idle)
			ok = differs(error, "GPU time of pool", p, meter->allocated_gpu_us[p] + idle, pool->capacity_gpu_us);
	}
	free(open);
	return ok;
}

/* ---- Quota ---- */

static bool check_pots(const struct quota_meter *meter, struct error *error)
{
	for (uint32_t p = 0; p < meter->n_roots * meter->n_gpu_frs; p++) {
		int64_t borrowed = 0;
		for (uint32_t c = meter->pots[p].first_cell; c != NONE; c = meter->next_cell[c])
			borrowed += MAX(0, meter->cells[c].usage - meter->cells[c].nominal);
		if (meter->pots[p].borrowed != borrowed)
			return differs(error, "borrowed quota of tree", p, meter->pots[p].borrowed, borrowed);
	}
	return true;
}

bool check_quota(const struct sim *sim, const struct sim_cluster *cluster, struct error *error)
{
	const struct quota_meter *meter = cluster->quota;
	uint32_t n_cells = meter->n_queues * meter->n_gpu_frs;
	int64_t *held = xcalloc(n_cells, sizeof *held);
	for (uint32_t live = 0; live < sim->live.count; live++) {
		const struct live_job *job = &sim->live.items[live];
		for (uint32_t i = 0; job->state != JOB_FREE && job->holds_quota && i < job->n_sets; i++)
			if (job->cluster == cluster->index && job->sets[i].cell != NONE)
				held[job->sets[i].cell] += job->sets[i].gpus;
	}
	bool ok = true;
	for (uint32_t c = 0; ok && c < n_cells; c++)
		if (meter->cells[c].usage != held[c])
			ok = differs(error, "GPU quota of cell", c, meter->cells[c].usage, held[c]);
	free(held);
	ok = ok && check_pots(meter, error);
	/* while a pass is under way, the planner counts its decisions as done and the driver does not yet */
	for (uint32_t q = 0; ok && !cluster->pass_running && q < meter->n_queues; q++)
		for (uint32_t fr = 0; ok && fr < meter->n_frs; fr++) {
			uint32_t cell = quota_meter_cell(meter, q, fr);
			int64_t planned = cell == NONE ? 0 : planner_quota(cluster->planner, q, fr).usage;
			if (cell != NONE && meter->cells[cell].usage != planned)
				ok = differs(error, "GPU quota of queue", q, meter->cells[cell].usage, planned);
		}
	return ok;
}

/* ---- Demands and levels ---- */

static void add_demands(const struct sim_cluster *cluster, const struct live_job *job, int64_t *sums)
{
	if (job->state == JOB_PENDING) {
		const struct demand_row *row = &cluster->demands.items[job->demand_row];
		for (uint32_t i = 0; i < row->n_parts; i++) {
			const struct demand_part *part = &cluster->demand_parts.items[row->first + i];
			sums[part->set * DEMAND_KIND_COUNT + account_demand_kind(job->cause)] += part->gpus;
		}
	} else if (job->state == JOB_RESERVED || job->state == JOB_ADMITTED) {
		for (uint32_t i = 0; i < job->n_sets; i++) {
			const struct class_facts *facts = &cluster->class_facts.items[job->sets[i].class_index];
			sums[facts->set * DEMAND_KIND_COUNT + DEMAND_CONTROL_PLANE] += facts->gpus * job->sets[i].count;
		}
	} else if (job->state == JOB_PLACING) {
		for (uint32_t pod = job->first_pod; pod != NONE; pod = cluster->scheduler->pods.items[pod].next_of_owner) {
			const struct pod *row = &cluster->scheduler->pods.items[pod];
			const struct class_facts *facts = &cluster->class_facts.items[row->class_index];
			if (row->node == NONE)
				sums[facts->set * DEMAND_KIND_COUNT + DEMAND_NODES] += facts->gpus;
		}
	}
}

static void add_levels(const struct sim_cluster *cluster, const struct live_job *job, int64_t *levels)
{
	levels[LEVEL_DEMAND_GPUS] += job->state == JOB_ENDED || job->state == JOB_LEAVING ? 0 : job->gpus_asked;
	levels[LEVEL_PENDING_JOBS] += job->state == JOB_PENDING;
	levels[LEVEL_PENDING_GPUS] += job->state == JOB_PENDING ? job->gpus_asked : 0;
	for (uint32_t i = 0; job->holds_quota && i < job->n_sets; i++)
		levels[LEVEL_RESERVED_GPUS] += job->sets[i].gpus;
	for (uint32_t pod = job->first_pod; pod != NONE; pod = cluster->scheduler->pods.items[pod].next_of_owner)
		if (cluster->scheduler->pods.items[pod].node != NONE)
			levels[LEVEL_RUNNING_GPUS] += pod_gpus(cluster->scheduler, &cluster->scheduler->pods.items[pod]);
}

bool check_demands(const struct sim *sim, const struct sim_cluster *cluster, struct error *error)
{
	uint32_t n_sums = cluster->gpus->sets.count * DEMAND_KIND_COUNT, n_queues = cluster->quota->n_queues;
	int64_t *sums = xcalloc(n_sums, sizeof *sums);
	int64_t *levels = xcalloc((size_t)n_queues * LEVEL_COUNT, sizeof *levels);
	for (uint32_t live = 0; live < sim->live.count; live++) {
		const struct live_job *job = &sim->live.items[live];
		if (job->state == JOB_FREE || job->cluster != cluster->index)
			continue;
		add_demands(cluster, job, sums);
		add_levels(cluster, job, levels + (size_t)job->queue * LEVEL_COUNT);
	}
	bool ok = true;
	for (uint32_t i = 0; ok && i < n_sums; i++) {
		int64_t booked = cluster->gpus->sets.items[i / DEMAND_KIND_COUNT].demand_gpus[i % DEMAND_KIND_COUNT];
		if (booked != sums[i])
			ok = differs(error, "demand", i, booked, sums[i]);
	}
	for (uint32_t q = 0; ok && cluster->series && q < n_queues; q++)
		for (int level = 0; ok && level <= LEVEL_PENDING_GPUS; level++)
			if (cluster->series->levels[q].now[level] != levels[q * LEVEL_COUNT + (uint32_t)level])
				ok = differs(error, "level of queue", q, cluster->series->levels[q].now[level],
				             levels[q * LEVEL_COUNT + (uint32_t)level]);
	free(sums);
	free(levels);
	return ok;
}

/* ---- Jobs ---- */

static bool check_pods(const struct sim *sim, const struct live_job *job, uint32_t live, struct error *error)
{
	const struct kube_scheduler *scheduler = sim->clusters[job->cluster].scheduler;
	int32_t pods = 0, bound = 0;
	for (uint32_t pod = job->first_pod; pod != NONE; pod = scheduler->pods.items[pod].next_of_owner, pods++) {
		if (scheduler->pods.items[pod].owner != live)
			return differs(error, "owner of pod", pod, scheduler->pods.items[pod].owner, live);
		bound += scheduler->pods.items[pod].node != NONE;
	}
	if (job->n_pods != pods)
		return differs(error, "pods of job", job->job, job->n_pods, pods);
	return job->n_bound == bound || differs(error, "bound pods of job", job->job, job->n_bound, bound);
}

static bool check_live(const struct sim *sim, uint32_t live, struct error *error)
{
	const struct live_job *job = &sim->live.items[live];
	const struct job_outcome *outcome = &sim->result->outcomes[job->job];
	struct workload_view view;
	int64_t waited = 0;
	if (job->state == JOB_LEAVING)
		return check_pods(sim, job, live, error);
	for (int cause = 0; cause < WAIT_CAUSE_COUNT; cause++)
		waited += outcome->wait_by_cause_us[cause];
	int64_t until = outcome->ready_us >= 0 ? outcome->ready_us : job->cause_since_us;
	if (waited != until - sim->jobs->jobs[job->job].submit_us)
		return differs(error, "waits of job", job->job, waited, until - sim->jobs->jobs[job->job].submit_us);
	bool known = planner_view(sim->clusters[job->cluster].planner, job->workload, &view);
	if (known != (job->state != JOB_SUBMITTED))
		return differs(error, "workload of job", job->job, known, job->state);
	if (job->state == JOB_PENDING && !sim->clusters[job->cluster].pass_running && view.phase != PHASE_PENDING)
		return differs(error, "phase of job", job->job, job->state, view.phase);
	/* a job that restarts keeps its quota; one that was given up for good has lost it before its pods */
	bool entitled = job->state >= JOB_RESERVED && !job->deactivated;
	if (job->holds_quota != entitled)
		return differs(error, "quota of job", job->job, job->holds_quota, entitled);
	return check_pods(sim, job, live, error);
}

bool check_jobs(const struct sim *sim, struct error *error)
{
	uint32_t n_live = 0;
	uint8_t *times = xcalloc(sim->jobs->n_jobs, sizeof *times);
	bool ok = true;
	for (uint32_t live = 0; ok && live < sim->live.count; live++) {
		const struct live_job *job = &sim->live.items[live];
		if (job->state == JOB_FREE)
			continue;
		n_live++;
		times[job->job] += job->state != JOB_ENDED && job->state != JOB_LEAVING;
		ok = check_live(sim, live, error);
	}
	if (ok && n_live != sim->n_live)
		ok = differs(error, "live jobs", 0, sim->n_live, n_live);
	for (uint32_t i = 0; ok && i < sim->next_job; i++) {
		const struct job_outcome *outcome = &sim->result->outcomes[i];
		times[i] += outcome->finished_us >= 0;
		times[i] += outcome->deactivated;
		times[i] += outcome->cluster == NONE;
		if (times[i] != 1)
			ok = differs(error, "fates of job", i, times[i], 1);
	}
	free(times);
	return ok;
}

bool sim_check(struct sim *sim, struct error *error)
{
	for (uint32_t c = 0; c < sim->n_clusters; c++) {
		const struct sim_cluster *cluster = &sim->clusters[c];
		if (!check_nodes(cluster, error) || !check_gpu_time(sim, cluster, error) || !check_quota(sim, cluster, error) ||
		    !check_demands(sim, cluster, error))
			return false;
	}
	return check_jobs(sim, error);
}
