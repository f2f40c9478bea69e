/* inputs.c - see inputs.h. Rule numbers are those of kueue-semantics 1.5 and 6. */
#include <stdlib.h>

#include "inputs.h"

/* ---- OBSERVED ---- */

/* WL-3: counts without the pods that are done. False when none is. */
static bool effective_counts(const struct books *books, const struct shape *full, const int32_t *reclaimable,
                             int32_t *counts)
{
	bool reduced = false;
	for (uint32_t i = 0; i < full->n_pod_sets; i++) {
		int32_t done = reclaimable && gate_on(books->config->gates, GATE_ReclaimablePods) ? reclaimable[i] : 0;
		counts[i] = full->pod_sets[i].spec.count - MIN(done, full->pod_sets[i].spec.count);
		reduced |= done > 0;
	}
	return reduced;
}

static uint32_t reduced_shape(struct books *books, const struct pod_set *pod_sets, uint32_t full, const int32_t *reclaimable)
{
	const struct shape *shape = books_shape_at(books, full);
	int32_t *counts = xcalloc(shape->n_pod_sets, sizeof *counts);
	uint32_t result = full;
	if (effective_counts(books, shape, reclaimable, counts))
		result = books_shape(books, pod_sets, shape->n_pod_sets, counts, shape->allowed_flavors);
	free(counts);
	return result;
}

static void set_ready_checks(const struct kueue_config *config, struct workload_row *row,
                             const struct workload_status *status)
{
	for (uint32_t i = 0; row->cluster_queue != NONE && i < status->n_ready_checks; i++) {
		uint32_t check = kueue_find_check(&config->cluster_queues[row->cluster_queue], status->ready_checks[i]);
		row->checks_ready |= check == NONE ? 0 : UINT64_C(1) << check;
	}
}

static name_id allowed_flavors(const struct books *books, const struct workload_spec *spec)
{
	return gate_on(books->config->gates, GATE_ConcurrentAdmission) ? spec->allowed_flavors : NO_NAME;
}

static void fill_row(struct planner *planner, struct workload_row *row, const struct workload_spec *spec,
                     const struct workload_status *status)
{
	struct books *books = planner->books;
	row->name = spec->name;
	row->namespace_name = spec->namespace_name;
	row->uid = spec->uid;
	row->local_queue = spec->local_queue;
	row->cluster_queue = spec->cluster_queue;
	if (spec->local_queue != NONE)
		row->cluster_queue = books->config->local_queues[spec->local_queue].cluster_queue;
	row->created_us = spec->created_us;
	row->priority = spec->priority;
	row->max_execution_s = spec->max_execution_s;
	row->owned_by_pod = spec->owned_by_pod;
	row->invalid = spec->invalid;
	row->preemption_gated = spec->preemption_gated;
	row->variant_of = spec->variant_of;
	row->full_shape = books_shape(books, spec->pod_sets, spec->n_pod_sets, NULL, allowed_flavors(books, spec));
	row->shape = reduced_shape(books, spec->pod_sets, row->full_shape, status ? status->reclaimable : NULL);
	if (!status)
		return;
	row->active = !status->inactive;
	row->admitted = status->admitted;
	row->evicted = status->evicted;
	row->eviction_sent = status->evicted;
	row->pods_ready = status->pods_ready;
	row->requeued_false = status->requeued_false;
	row->gated = status->gated;
	row->checks_pending = status->checks_pending;
	row->checks_listed = status->checks_listed;
	row->checks_unready = status->checks_unready;
	set_ready_checks(books->config, row, status);
	row->unhealthy_node = status->n_unhealthy_nodes ? status->unhealthy_nodes[0] : NO_NAME;
	row->evicted_reason = status->evicted_reason;
	row->preempted_reason = status->preempted_reason;
	row->evicted_us = status->evicted_us;
	row->preempted_us = status->preempted_us;
	row->admitted_us = status->admitted_us;
	row->requeue_at_us = status->requeue_at_us;
	row->requeue_count = status->requeue_count;
	row->past_execution_s = status->past_execution_s;
}

static bool check_spec(const struct planner *planner, const struct workload_spec *spec, const struct workload_status *status,
                       struct error *error)
{
	const struct kueue_config *config = planner->books->config;
	if (spec->n_pod_sets == 0)
		return error_set(error, ERROR_BAD_INPUT, "a workload without pod sets");
	if (spec->local_queue != NONE && spec->local_queue >= config->n_local_queues)
		return error_set(error, ERROR_BAD_INPUT, "no such LocalQueue");
	if (spec->local_queue == NONE && spec->cluster_queue != NONE && spec->cluster_queue >= config->n_cluster_queues)
		return error_set(error, ERROR_BAD_INPUT, "no such ClusterQueue");
	if (status && status->quota_reserved &&
	    (status->admitted_queue >= config->n_cluster_queues || status->admission.n_pod_sets != spec->n_pod_sets ||
	     status->admission.n_resources != config->n_resources))
		return error_set(error, ERROR_BAD_INPUT, "an admission that does not match its workload or the configuration");
	return true;
}

/* WL-3: an admission is charged for no more pods than are left. Integer division by the old count first (0.4). */
static void rescale(struct admission *admission, const struct books *books, const struct shape *left)
{
	uint32_t n_pairs = admission->n_pairs;
	for (uint32_t i = 0; i < n_pairs; i++)
		admission->pairs[i].amount = 0;
	for (uint32_t pod_set = 0; pod_set < admission->n_pod_sets; pod_set++) {
		int32_t old = admission->counts[pod_set], now = MIN(old, left->pod_sets[pod_set].spec.count);
		for (uint32_t resource = 0; resource < admission->n_resources; resource++) {
			size_t at = (size_t)pod_set * admission->n_resources + resource;
			if (now != old)
				admission->usage[at] = old ? sat_mul(admission->usage[at] / old, now) : 0;
			if (admission->flavors[at] == NONE)
				continue;
			uint32_t fr = kueue_find_fr(books->config, admission->flavors[at], resource);
			for (uint32_t i = 0; i < n_pairs; i++)
				if (admission->pairs[i].fr == fr)
					admission->pairs[i].amount = sat_add(admission->pairs[i].amount, admission->usage[at]);
		}
		admission->counts[pod_set] = now;
	}
}

static bool observed(struct planner *planner, const struct planner_input *input, struct error *error)
{
	struct books *books = planner->books;
	const struct workload_spec *spec = input->observed.spec;
	const struct workload_status *status = input->observed.status;
	if (!check_spec(planner, spec, status, error))
		return false;
	struct admission *admission = NULL;
	if (status && status->quota_reserved) {
		uint32_t shape = books_shape(books, spec->pod_sets, spec->n_pod_sets, NULL, allowed_flavors(books, spec));
		const struct shape *full = books_shape_at(books, shape);
		admission = admission_from_assignment(books, full, &status->admission);
		if (!admission)
			return error_set(error, ERROR_BAD_INPUT, "an admission to a flavor that no quota names");
		books_place_admission(books, admission, status->domains, status->n_domains, status->topology);
	}
	uint32_t slot = books_new_slot(books);
	fill_row(planner, books_row(books, slot), spec, status);
	*input->ret_workload = books_handle(books, slot);
	if (admission) {
		const struct workload_row *row = books_row(books, slot);
		rescale(admission, books, books_shape_at(books, row->shape));
		books_reserve(books, slot, status->admitted_queue, admission, status->reserved_us);
		planner->policy->holds(planner->state, slot, input->now_us);
	} else {
		planner->policy->pending(planner->state, slot, input->now_us);
	}
	return true;
}

/* ---- the end, and giving quota back ---- */

static void give_back(struct planner *planner, uint32_t slot, int64_t now_us)
{
	struct workload_row *row = books_row(planner->books, slot);
	uint32_t cluster_queue = row->admitted_queue;
	row->due_eviction = row->lost_second_node = false;
	row->unhealthy_node = NO_NAME;
	row->second_pass_tries = 0;
	row->assumed = row->admitted = row->pods_ready = row->recovering = false;
	row->wake_stamp = ++planner->books->next_stamp;
	books_release(planner->books, slot);
	planner->policy->released(planner->state, cluster_queue, now_us);
}

static void ended(struct planner *planner, uint32_t slot, int64_t now_us)
{
	planner->policy->gone(planner->state, slot);
	if (books_row(planner->books, slot)->admission)
		give_back(planner, slot, now_us);
	else if (books_row(planner->books, slot)->cluster_queue != NONE)
		planner->policy->released(planner->state, books_row(planner->books, slot)->cluster_queue, now_us);
	books_free_slot(planner->books, slot);
}

/* EV-3, EV-4, EV-6: the pods are gone. A workload that had already lost its quota (deactivated) has nothing to give back. */
static bool released(struct planner *planner, uint32_t slot, int64_t now_us, struct error *error)
{
	struct workload_row *row = books_row(planner->books, slot);
	if (row->phase == PHASE_PENDING)
		return true;
	if (row->phase != PHASE_EVICTED)
		return error_set(error, ERROR_BAD_INPUT, "released: the workload was not evicted");
	row->evicted = true;
	row->eviction_sent = false;
	row->requeued_false = !reason_is_preemption(row->evicted_reason) && row->evicted_reason != REASON_NODE_FAILURES;
	if (row->owned_by_pod && gate_on(planner->books->config->gates, GATE_SkipReassignmentForPodOwnedWorkloads))
		row->requeued_false = true;
	if (row->admitted)
		row->past_execution_s += (now_us - row->admitted_us) / US_PER_S; /* EV-17 */
	row->reason = row->requeued_false ? REASON_BACKOFF : REASON_NOT_EVALUATED;
	give_back(planner, slot, now_us);
	planner->policy->pending(planner->state, slot, now_us);
	return true;
}

/* SC-16. */
static void ask_second_pass(struct planner *planner, uint32_t slot, int64_t at_us)
{
	uint32_t stamp = books_row(planner->books, slot)->wake_stamp;
	books_ask_wake(planner->books, (struct wake){at_us, WAKE_SECOND_PASS, NONE, books_handle(planner->books, slot), stamp});
}

/* The API server refused the write: the admission, or the eviction, never happened. */
static bool write_failed(struct planner *planner, uint32_t slot, int64_t now_us, struct error *error)
{
	struct workload_row *row = books_row(planner->books, slot);
	if (row->phase == PHASE_RESERVED && row->assumed) {
		give_back(planner, slot, now_us);
		planner->policy->pending(planner->state, slot, now_us);
		return true;
	}
	if (row->phase == PHASE_EVICTED && row->eviction_sent && !row->evicted) {
		row->eviction_sent = false;
		row->preempted_reason = REASON_NONE;
		row->phase = PHASE_RESERVED;
		if (row->unhealthy_node != NO_NAME)
			ask_second_pass(planner, slot, now_us + US_PER_S);
		return true;
	}
	return error_set(error, ERROR_BAD_INPUT, "write_failed: no write of this workload is under way");
}

static void write_done(struct planner *planner, uint32_t slot, int64_t now_us)
{
	struct workload_row *row = books_row(planner->books, slot);
	if (row->phase == PHASE_EVICTED && row->eviction_sent) {
		row->evicted = true;
		row->evicted_us = api_time(row->evicted_us);
		row->preempted_us = api_time(row->preempted_us);
	}
	if (!row->admission || row->admitted_queue == NONE)
		return;
	books_echo(planner->books, slot);
	if (planner->policy->written)
		planner->policy->written(planner->state, slot, now_us);
}

/* ---- status and spec ---- */

static void set_ready(struct planner *planner, uint32_t slot, bool ready, int64_t now_us)
{
	struct workload_row *row = books_row(planner->books, slot);
	if (row->pods_ready == ready)
		return;
	row->recovering = !ready;
	row->pods_ready = ready;
	row->unready_us = now_us;
	planner->policy->readiness(planner->state, slot, now_us);
}

static void set_active(struct planner *planner, uint32_t slot, bool active, int64_t now_us)
{
	struct workload_row *row = books_row(planner->books, slot);
	if (row->active == active)
		return;
	row->active = active;
	row->spec_version++;
	if (active) {
		row->requeued_false = false;
		planner->policy->pending(planner->state, slot, now_us);
		return;
	}
	row->requeue_count = 0;
	row->requeue_at_us = -1;
	row->reason = REASON_DEACTIVATED;
	planner->policy->gone(planner->state, slot);
	if (row->admission) { /* EV-3: quota is free before the pods are gone */
		row->evicted = row->requeued_false = true;
		row->evicted_reason = REASON_DEACTIVATED;
		row->evicted_us = now_us;
		give_back(planner, slot, now_us);
	}
}

static void set_priority(struct planner *planner, uint32_t slot, int64_t priority, int64_t now_us)
{
	struct workload_row *row = books_row(planner->books, slot);
	if (row->priority == priority)
		return;
	row->spec_version++;
	if (row->phase == PHASE_PENDING) {
		planner->policy->gone(planner->state, slot);
		row->priority = priority;
		planner->policy->pending(planner->state, slot, now_us);
	} else {
		books_set_priority(planner->books, slot, priority);
		books_echo(planner->books, slot);
	}
	if (row->cluster_queue != NONE)
		planner->policy->released(planner->state, row->cluster_queue, now_us);
}

/* AC-2, AC-3. A check that its queue does not ask for says nothing. */
static void set_check(struct planner *planner, uint32_t slot, const struct planner_input *input)
{
	struct workload_row *row = books_row(planner->books, slot);
	const struct kueue_config *config = planner->books->config;
	uint32_t check =
	    row->cluster_queue == NONE ? NONE : kueue_find_check(&config->cluster_queues[row->cluster_queue], input->check.name);
	if (check == NONE)
		return;
	uint64_t bit = UINT64_C(1) << check;
	row->checks_ready &= ~bit;
	row->checks_retry &= ~bit;
	if (input->check.state == CHECK_READY)
		row->checks_ready |= bit;
	else if (input->check.state != CHECK_PENDING)
		row->checks_retry |= bit;
	row->checks_pending = row->checks_retry != 0;
	if (planner->policy->checked)
		planner->policy->checked(planner->state, slot, input);
}

/* parked work comes back when a gate moves. */
static void set_preemption_gate(struct planner *planner, uint32_t slot, bool closed, int64_t now_us)
{
	struct workload_row *row = books_row(planner->books, slot);
	if (row->preemption_gated == closed)
		return;
	row->preemption_gated = closed;
	if (row->phase != PHASE_PENDING)
		return;
	planner->policy->gone(planner->state, slot);
	planner->policy->pending(planner->state, slot, now_us);
}

/* EV-21: `count` pods of a pod set are done. */
static bool set_reclaimable(struct planner *planner, uint32_t slot, uint32_t pod_set, int64_t count, int64_t now_us,
                            struct error *error)
{
	struct books *books = planner->books;
	struct workload_row *row = books_row(books, slot);
	const struct shape *full = books_shape_at(books, row->full_shape);
	if (pod_set >= full->n_pod_sets || count < 0)
		return error_set(error, ERROR_BAD_INPUT, "reclaimable: no such pod set");
	if (!gate_on(books->config->gates, GATE_ReclaimablePods))
		return true;
	uint32_t n = full->n_pod_sets;
	struct pod_set *specs = xcalloc(n, sizeof *specs);
	int32_t *counts = xcalloc(n, sizeof *counts);
	for (uint32_t i = 0; i < n; i++) {
		specs[i] = full->pod_sets[i].spec;
		counts[i] = books_shape_at(books, row->shape)->pod_sets[i].spec.count;
	}
	counts[pod_set] = specs[pod_set].count - (int32_t)MIN(count, (int64_t)specs[pod_set].count);
	uint32_t shape = books_shape(books, specs, n, counts, full->allowed_flavors);
	free(specs);
	free(counts);
	if (row->phase == PHASE_PENDING) {
		planner->policy->gone(planner->state, slot);
		row->shape = shape;
		planner->policy->pending(planner->state, slot, now_us);
		return true;
	}
	row->shape = shape;
	struct admission *admission = admission_copy(row->admission);
	rescale(admission, books, books_shape_at(books, shape));
	books_recharge(books, slot, admission);
	planner->policy->released(planner->state, row->admitted_queue, now_us);
	return true;
}

static void configure(struct planner *planner, const struct planner_input *input)
{
	uint32_t n_old_nodes = planner->books->quota.tree->n_nodes;
	books_set_config(planner->books, input->config);
	planner->policy->configured(planner->state, n_old_nodes, input->now_us);
}

/* Nodes come and go: whoever waits for places may find some. */
static void nodes_changed(struct planner *planner, const struct planner_input *input)
{
	books_set_nodes(planner->books, input->nodes.items, input->nodes.count, input->nodes.loads, input->nodes.n_loads);
	for (uint32_t queue = 0; queue < planner->books->config->n_cluster_queues; queue++)
		planner->policy->released(planner->state, queue, input->now_us);
}

/* TAS-18: the first lost node is to be replaced; a second one costs the workload its admission. */
static void node_failed(struct planner *planner, uint32_t slot, name_id node, int64_t now_us)
{
	struct workload_row *row = books_row(planner->books, slot);
	if (row->phase != PHASE_RESERVED || row->unhealthy_node == node)
		return;
	row->lost_second_node = row->unhealthy_node != NO_NAME;
	row->unhealthy_node = row->unhealthy_node ? row->unhealthy_node : node;
	ask_second_pass(planner, slot, row->lost_second_node ? now_us : now_us + US_PER_S);
}

bool inputs_apply(struct planner *planner, const struct planner_input *input, struct error *error)
{
	if (input->kind == INPUT_CONFIG) {
		configure(planner, input);
		return true;
	}
	if (input->kind == INPUT_OBSERVED)
		return observed(planner, input, error);
	if (input->kind == INPUT_NODES) {
		nodes_changed(planner, input);
		return true;
	}
	if (input->kind == INPUT_WAKE) {
		planner->policy->wake(planner->state, &input->wake, input->now_us);
		return true;
	}
	struct workload_row *row = books_find(planner->books, input->workload);
	if (!row)
		return error_set(error, ERROR_BAD_INPUT, "input %d: no such workload", (int)input->kind);
	uint32_t slot = input->workload.slot;
	switch (input->kind) {
	case INPUT_DELETED:
	case INPUT_FINISHED:
		ended(planner, slot, input->now_us);
		return true;
	case INPUT_WRITE_DONE:
		write_done(planner, slot, input->now_us);
		return true;
	case INPUT_WRITE_FAILED:
		return write_failed(planner, slot, input->now_us, error);
	case INPUT_PODS_READY:
	case INPUT_PODS_NOT_READY:
		set_ready(planner, slot, input->kind == INPUT_PODS_READY, input->now_us);
		return true;
	case INPUT_RELEASED:
		return released(planner, slot, input->now_us, error);
	case INPUT_ACTIVE:
		set_active(planner, slot, input->flag, input->now_us);
		return true;
	case INPUT_PRIORITY:
		set_priority(planner, slot, input->value, input->now_us);
		return true;
	case INPUT_RECLAIMABLE:
		return set_reclaimable(planner, slot, input->pod_set, input->value, input->now_us, error);
	case INPUT_EXPECTED_RUN:
		row->expected_run_us = input->value;
		return true;
	case INPUT_PREEMPTION_GATE:
		set_preemption_gate(planner, slot, input->flag, input->now_us);
		return true;
	case INPUT_CHECK:
		set_check(planner, slot, input);
		return true;
	case INPUT_NODE_FAILED:
		node_failed(planner, slot, input->node, input->now_us);
		return true;
	case INPUT_NODES:
	case INPUT_CONFIG:
	case INPUT_OBSERVED:
	case INPUT_WAKE:
		break;
	}
	return error_set(error, ERROR_BAD_INPUT, "unknown input %d", (int)input->kind);
}
