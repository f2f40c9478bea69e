/* controllers.c - what Kueue's controllers do between scheduling cycles (kueue-semantics 6): pods-ready time-outs and
 * back-off, maximum execution time, stop policies, and asking for mass requeues. They note what is due; the next cycle
 * decides it. */
#include "kueue.h"
#include "topology_wishes.h"

static bool has_deadline(const struct kueue *kueue)
{
	return kueue->books->config->controller.wait_for_pods_ready;
}

/* EV-10. NEVER_US: no clock runs. */
static int64_t pods_ready_deadline_us(const struct kueue *kueue, const struct workload_row *row)
{
	const struct controller_config *controller = &kueue->books->config->controller;
	if (!has_deadline(kueue) || row->pods_ready || !row->admitted)
		return NEVER_US;
	if (!row->recovering)
		return sat_add(row->admitted_us, controller->pods_ready_timeout_us);
	return controller->recovery_timeout_us == 0 ? NEVER_US : sat_add(row->unready_us, controller->recovery_timeout_us);
}

/* EV-17. */
static int64_t execution_deadline_us(const struct workload_row *row)
{
	if (row->max_execution_s < 0 || !row->admitted)
		return NEVER_US;
	return sat_add(row->admitted_us, (row->max_execution_s - row->past_execution_s) * US_PER_S);
}

static void ask(struct kueue *kueue, uint32_t slot, enum wake_kind kind, int64_t at_us)
{
	if (at_us == NEVER_US)
		return;
	const struct workload_row *row = books_row(kueue->books, slot);
	books_ask_wake(kueue->books, (struct wake){at_us, kind, NONE, books_handle(kueue->books, slot), row->wake_stamp});
}

void kueue_holds(void *state, uint32_t slot, int64_t now_us)
{
	struct kueue *kueue = state;
	struct workload_row *row = books_row(kueue->books, slot);
	row->wake_stamp = ++kueue->books->next_stamp;
	usage_ledger_watch(kueue->ledger, slot, now_us);
	ask(kueue, slot, WAKE_PODS_READY, pods_ready_deadline_us(kueue, row));
	ask(kueue, slot, WAKE_MAX_EXECUTION, execution_deadline_us(row));
	if (kueue_needs_second_pass(kueue->books, slot))
		kueue_ask_second_pass(kueue, slot, now_us);
}

/* SC-16: the delay grows with every try. */
void kueue_ask_second_pass(struct kueue *kueue, uint32_t slot, int64_t now_us)
{
	ask(kueue, slot, WAKE_SECOND_PASS, now_us + second_pass_delay_us(books_row(kueue->books, slot)->second_pass_tries));
}

void kueue_readiness(void *state, uint32_t slot, int64_t now_us)
{
	struct kueue *kueue = state;
	(void)now_us;
	ask(kueue, slot, WAKE_PODS_READY, pods_ready_deadline_us(kueue, books_row(kueue->books, slot)));
}

/* acted upon one second later; requests that arrive while one waits merge into it. */
void kueue_released(void *state, uint32_t cluster_queue, int64_t now_us)
{
	struct kueue *kueue = state;
	uint32_t root = kueue->books->quota.tree->root[cluster_queue];
	int64_t at_us = sat_add(now_us, US_PER_S);
	if (kueue->requeue_due_us[root] <= at_us)
		return;
	kueue->requeue_due_us[root] = at_us;
	books_ask_wake(kueue->books, (struct wake){at_us, WAKE_MASS_REQUEUE, root, NO_WORKLOAD, 0});
}

/* SC-14, for a workload that holds quota. */
static bool checks_ready(const struct books *books, const struct workload_row *row)
{
	const struct admission *admission = row->admission;
	return books_open_checks(books, row, row->admitted_queue, admission->flavors,
	                         admission->n_pod_sets * admission->n_resources) == 0;
}

static void note_due(struct kueue *kueue, uint32_t slot, enum reason reason)
{
	struct workload_row *row = books_row(kueue->books, slot);
	if (row->due_eviction || row->phase != PHASE_RESERVED)
		return;
	row->due_eviction = true;
	row->due_reason = reason;
	*VEC_PUSH(&kueue->due) = slot;
}

/* AC-2 and AC-3 for a workload that holds quota; one that pends is kept from being nominated by its row (SC-4). */
void kueue_checked(void *state, uint32_t slot, const struct planner_input *input)
{
	struct kueue *kueue = state;
	struct workload_row *row = books_row(kueue->books, slot);
	if (row->phase != PHASE_RESERVED)
		return;
	if (input->check.state == CHECK_REJECTED) {
		note_due(kueue, slot, REASON_CHECK_REJECTED);
	} else if (input->check.state == CHECK_RETRY) {
		int64_t after_us = input->check.retry_after_s < 0 ? 0 : input->check.retry_after_s * US_PER_S;
		row->requeue_at_us = MAX(row->requeue_at_us, api_time(sat_add(input->now_us, after_us)));
		note_due(kueue, slot, REASON_ADMISSION_CHECK);
	} else if (kueue_needs_second_pass(kueue->books, slot)) { /* places first (SC-16) */
		kueue_ask_second_pass(kueue, slot, input->now_us);
	} else if (!row->admitted && !row->due_admission && checks_ready(kueue->books, row)) {
		row->due_admission = true;
		*VEC_PUSH(&kueue->due) = slot;
	}
}

static void backoff_finished(struct kueue *kueue, uint32_t slot, int64_t now_us)
{
	struct workload_row *row = books_row(kueue->books, slot);
	if (row->phase != PHASE_PENDING || now_us < row->requeue_at_us)
		return;
	row->requeued_false = false;
	row->requeue_at_us = -1;
	queues_push(kueue->queues, slot, now_us);
}

/* SC-16, TAS-18: places are to be found now, or a second node was lost. */
static void second_pass(struct kueue *kueue, uint32_t slot)
{
	if (books_row(kueue->books, slot)->lost_second_node) {
		note_due(kueue, slot, REASON_NODE_FAILURES);
		return;
	}
	for (uint32_t i = 0; i < kueue->second_pass.count; i++)
		if (kueue->second_pass.items[i] == slot)
			return;
	if (kueue_needs_second_pass(kueue->books, slot))
		*VEC_PUSH(&kueue->second_pass) = slot;
}

void kueue_wake(void *state, const struct wake *wake, int64_t now_us)
{
	struct kueue *kueue = state;
	if (wake->kind == WAKE_MASS_REQUEUE) {
		if (wake->node < kueue->books->quota.tree->n_nodes) {
			kueue->requeue_due_us[wake->node] = NEVER_US;
			queues_mass_requeue(kueue->queues, wake->node, now_us);
		}
		return;
	}
	if (wake->kind == WAKE_USAGE_SAMPLE) {
		usage_ledger_sample(kueue->ledger, wake, now_us);
		return;
	}
	const struct workload_row *row = books_find(kueue->books, wake->workload);
	if (!row || row->wake_stamp != wake->stamp)
		return;
	if (wake->kind == WAKE_SECOND_PASS)
		second_pass(kueue, wake->workload.slot);
	else if (wake->kind == WAKE_BACKOFF)
		backoff_finished(kueue, wake->workload.slot, now_us);
	else if (wake->kind == WAKE_PODS_READY && now_us >= pods_ready_deadline_us(kueue, row))
		note_due(kueue, wake->workload.slot, REASON_PODS_READY_TIMEOUT);
	else if (wake->kind == WAKE_MAX_EXECUTION && now_us >= execution_deadline_us(row))
		note_due(kueue, wake->workload.slot, REASON_MAXIMUM_EXECUTION_TIME);
}

/* EV-20: HoldAndDrain, and Hold for what is not admitted yet; and EV-5 for a queue that was started again. */
void kueue_stop_policies(struct kueue *kueue, int64_t now_us)
{
	struct books *books = kueue->books;
	const struct kueue_config *config = books->config;
	for (uint32_t slot = 0; slot < books->workloads.count; slot++) {
		struct workload_row *row = books_row(books, slot);
		if (row->phase == PHASE_FREE || row->cluster_queue == NONE)
			continue;
		enum stop_policy cluster = config->cluster_queues[row->cluster_queue].stop_policy, local = STOP_NONE;
		if (row->local_queue != NONE)
			local = config->local_queues[row->local_queue].stop_policy;
		bool was_stopped =
		    row->evicted_reason == REASON_CLUSTER_QUEUE_STOPPED || row->evicted_reason == REASON_LOCAL_QUEUE_STOPPED;
		bool unadmitted = row->phase == PHASE_RESERVED && !row->admitted;
		if (cluster == STOP_HOLD_AND_DRAIN || (cluster == STOP_HOLD && unadmitted)) {
			note_due(kueue, slot, REASON_CLUSTER_QUEUE_STOPPED);
		} else if (local == STOP_HOLD_AND_DRAIN || (local == STOP_HOLD && unadmitted)) {
			note_due(kueue, slot, REASON_LOCAL_QUEUE_STOPPED);
		} else if (cluster == STOP_NONE && local == STOP_NONE && row->phase == PHASE_PENDING && row->requeued_false &&
		           was_stopped) {
			row->requeued_false = false;
			queues_push(kueue->queues, slot, now_us);
		}
	}
}

/* ---- duties, carried out at the start of a cycle ---- */

/* EV-8. */
static int64_t backoff_us(const struct controller_config *controller, int32_t count)
{
	int64_t seconds = controller->backoff_base_s;
	for (int32_t i = 1; i < count && seconds < INT32_MAX; i++)
		seconds *= 2;
	if (controller->backoff_max_s > 0)
		seconds = MIN(seconds, controller->backoff_max_s);
	return seconds * US_PER_S;
}

void kueue_evict(struct kueue *kueue, uint32_t slot, enum reason reason, int64_t now_us, struct decision_list *out)
{
	struct workload_row *row = books_row(kueue->books, slot);
	row->eviction_sent = true;
	row->phase = PHASE_EVICTED;
	row->evicted_reason = reason;
	row->evicted_us = now_us;
	books_reset_checks(row);
	struct decision *decision = decision_add(out, DECISION_EVICT, reason, books_handle(kueue->books, slot));
	decision->cluster_queue = row->admitted_queue;
}

/* EV-9, EV-17, EV-18: spec.active becomes false, which frees the quota before the pods are gone (EV-3). */
static void deactivate(struct kueue *kueue, uint32_t slot, enum reason reason, int64_t now_us, struct decision_list *out)
{
	struct workload_row *row = books_row(kueue->books, slot);
	uint32_t cluster_queue = row->admitted_queue;
	row->active = row->admitted = row->pods_ready = row->recovering = false;
	row->requeue_count = 0;
	row->requeue_at_us = -1;
	row->past_execution_s = 0;
	books_reset_checks(row);
	row->evicted = row->requeued_false = true;
	row->evicted_reason = row->reason = reason;
	row->evicted_us = now_us;
	struct decision *decision = decision_add(out, DECISION_DEACTIVATE, reason, books_handle(kueue->books, slot));
	decision->cluster_queue = cluster_queue;
	usage_ledger_forget(kueue->ledger, slot);
	books_release(kueue->books, slot);
	kueue_released(kueue, cluster_queue, now_us);
}

static void pods_ready_timeout(struct kueue *kueue, uint32_t slot, int64_t now_us, struct decision_list *out)
{
	const struct controller_config *controller = &kueue->books->config->controller;
	struct workload_row *row = books_row(kueue->books, slot);
	if (controller->backoff_limit_count >= 0 && row->requeue_count + 1 > controller->backoff_limit_count) {
		deactivate(kueue, slot, REASON_REQUEUING_LIMIT, now_us, out);
		return;
	}
	row->requeue_count++;
	row->requeue_at_us = MAX(row->requeue_at_us, api_time(now_us + backoff_us(controller, row->requeue_count)));
	kueue_evict(kueue, slot, REASON_PODS_READY_TIMEOUT, now_us, out);
}

/* AC-2: all checks are ready. The clocks of EV-10 and EV-17 begin. */
static void admit_checked(struct kueue *kueue, uint32_t slot, int64_t now_us, struct decision_list *out)
{
	struct workload_row *row = books_row(kueue->books, slot);
	row->due_admission = false;
	if (row->phase != PHASE_RESERVED || row->due_eviction || !checks_ready(kueue->books, row))
		return;
	row->admitted = true;
	row->admitted_us = now_us;
	struct decision *decision = decision_add(out, DECISION_ADMIT, REASON_FIT, books_handle(kueue->books, slot));
	decision->cluster_queue = row->admitted_queue;
	kueue_holds(kueue, slot, now_us);
}

void kueue_carry_out_duties(struct kueue *kueue, int64_t now_us, struct decision_list *out)
{
	for (uint32_t i = 0; i < kueue->due.count; i++) {
		uint32_t slot = kueue->due.items[i];
		struct workload_row *row = books_row(kueue->books, slot);
		if (row->due_admission)
			admit_checked(kueue, slot, now_us, out);
		if (!row->due_eviction)
			continue; /* the slot has changed hands */
		row->due_eviction = false;
		if (row->phase != PHASE_RESERVED)
			continue;
		if (row->due_reason == REASON_PODS_READY_TIMEOUT)
			pods_ready_timeout(kueue, slot, now_us, out);
		else if (row->due_reason == REASON_MAXIMUM_EXECUTION_TIME || row->due_reason == REASON_CHECK_REJECTED)
			deactivate(kueue, slot, row->due_reason, now_us, out);
		else
			kueue_evict(kueue, slot, row->due_reason, now_us, out);
	}
	VEC_CLEAR(&kueue->due);
}
