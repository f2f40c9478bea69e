/* log_format.c - see log_format.h: one walk per struct, fields in the order of their declaration. */
#include <string.h>

#include "base/digest.h"
#include "log_format.h"

uint32_t log_checksum(uint32_t previous, const uint8_t *payload, size_t length)
{
	return (uint32_t)digest_add(previous, fnv1a_64((const char *)payload, length));
}

void walk_start(struct wire *wire, struct log_start *start)
{
	wire_text(wire, &start->program);
	wire_text(wire, &start->scenario);
	wire_u64(wire, &start->seed);
	wire_u32(wire, &start->replication);
}

void walk_names(struct wire *wire, struct log_names *names)
{
	WIRE_ARRAY(wire, const char *, names->texts, names->n_texts, wire_text);
}

void walk_cluster(struct wire *wire, struct log_cluster *cluster)
{
	wire_name(wire, &cluster->name);
	WIRE_ENUM(wire, cluster->policy, enum policy_kind, POLICY_EASY + 1);
	wire_u32(wire, &cluster->config);
	wire_bool(wire, &cluster->literal);
}

void walk_cycle(struct wire *wire, struct log_cycle *cycle)
{
	wire_u32(wire, &cycle->cluster);
	wire_i64(wire, &cycle->now_us);
	wire_u64(wire, &cycle->digest);
}

void walk_end(struct wire *wire, struct log_end *end)
{
	wire_u64(wire, &end->inputs);
	wire_u64(wire, &end->cycles);
	wire_bool(wire, &end->interrupted);
}

/* ---- the configuration ---- */

static void walk_key_value(struct wire *wire, struct key_value *pair)
{
	wire_name(wire, &pair->key);
	wire_name(wire, &pair->value);
}

static void walk_taint(struct wire *wire, struct taint *taint)
{
	wire_name(wire, &taint->key);
	wire_name(wire, &taint->value);
	wire_name(wire, &taint->effect);
}

static void walk_toleration(struct wire *wire, struct toleration *toleration)
{
	wire_name(wire, &toleration->key);
	wire_name(wire, &toleration->value);
	wire_name(wire, &toleration->effect);
	wire_bool(wire, &toleration->exists);
}

static void walk_requirement(struct wire *wire, struct selector_requirement *requirement)
{
	wire_name(wire, &requirement->key);
	WIRE_ENUM(wire, requirement->op, enum selector_operator, SELECTOR_LT + 1);
	WIRE_ARRAY(wire, name_id, requirement->values, requirement->n_values, wire_name);
}

static void walk_flavor(struct wire *wire, struct resource_flavor *flavor)
{
	wire_name(wire, &flavor->name);
	WIRE_ARRAY(wire, struct key_value, flavor->node_labels, flavor->n_node_labels, walk_key_value);
	WIRE_ARRAY(wire, struct taint, flavor->node_taints, flavor->n_node_taints, walk_taint);
	WIRE_ARRAY(wire, struct toleration, flavor->tolerations, flavor->n_tolerations, walk_toleration);
	wire_name(wire, &flavor->topology);
	wire_bool(wire, &flavor->missing);
}

static void walk_flavor_resource(struct wire *wire, struct flavor_resource *pair)
{
	wire_u32(wire, &pair->flavor);
	wire_u32(wire, &pair->resource);
}

static void walk_quota(struct wire *wire, struct quota *quota)
{
	wire_i64(wire, &quota->nominal);
	wire_i64(wire, &quota->borrowing_limit);
	wire_i64(wire, &quota->lending_limit);
}

/* Arrays of n_flavors x n_resources: their own counts must agree with that. */
static void walk_group(struct wire *wire, struct resource_group *group)
{
	WIRE_ARRAY(wire, uint32_t, group->resources, group->n_resources, wire_u32);
	WIRE_ARRAY(wire, uint32_t, group->flavors, group->n_flavors, wire_u32);
	uint64_t expected = (uint64_t)group->n_flavors * group->n_resources;
	uint32_t n_quotas = (uint32_t)expected, n_frs = n_quotas, n_present = n_quotas;
	WIRE_ARRAY(wire, struct quota, group->quotas, n_quotas, walk_quota);
	WIRE_ARRAY(wire, uint32_t, group->frs, n_frs, wire_u32);
	WIRE_ARRAY(wire, bool, group->present, n_present, wire_bool);
	if (n_quotas != expected || n_frs != expected || n_present != expected)
		wire->failed = true;
}

static void walk_cohort(struct wire *wire, struct cohort *cohort)
{
	wire_name(wire, &cohort->name);
	wire_u32(wire, &cohort->parent);
	WIRE_ARRAY(wire, struct resource_group, cohort->groups, cohort->n_groups, walk_group);
	wire_double(wire, &cohort->fair_weight);
	wire_bool(wire, &cohort->implicit);
	wire_bool(wire, &cohort->in_cycle);
}

static void walk_check(struct wire *wire, struct queue_check *check)
{
	wire_name(wire, &check->name);
	WIRE_ENUM(wire, check->controller, enum check_controller, CHECK_MULTIKUEUE + 1);
	WIRE_ARRAY(wire, name_id, check->flavors, check->n_flavors, wire_name);
}

static void walk_cluster_queue(struct wire *wire, struct cluster_queue *queue)
{
	wire_name(wire, &queue->name);
	wire_u32(wire, &queue->cohort);
	WIRE_ARRAY(wire, struct resource_group, queue->groups, queue->n_groups, walk_group);
	WIRE_ENUM(wire, queue->strategy, enum queueing_strategy, STRICT_FIFO + 1);
	wire_bool(wire, &queue->namespace_selector.set);
	WIRE_ARRAY(wire, struct selector_requirement, queue->namespace_selector.requirements,
	           queue->namespace_selector.n_requirements, walk_requirement);
	WIRE_ENUM(wire, queue->when_can_borrow, enum fungibility, TRY_NEXT_FLAVOR + 1);
	WIRE_ENUM(wire, queue->when_can_preempt, enum fungibility, TRY_NEXT_FLAVOR + 1);
	WIRE_ENUM(wire, queue->preference, enum fungibility_preference, PREEMPTION_OVER_BORROWING + 1);
	WIRE_ENUM(wire, queue->within_cluster_queue, enum preemption_policy, PREEMPT_ANY + 1);
	WIRE_ENUM(wire, queue->reclaim_within_cohort, enum preemption_policy, PREEMPT_ANY + 1);
	WIRE_ENUM(wire, queue->borrow_within_cohort, enum preemption_policy, PREEMPT_ANY + 1);
	wire_i64(wire, &queue->max_priority_threshold);
	WIRE_ENUM(wire, queue->stop_policy, enum stop_policy, STOP_HOLD_AND_DRAIN + 1);
	wire_double(wire, &queue->fair_weight);
	wire_name(wire, &queue->last_acceptable_flavor);
	WIRE_ARRAY(wire, struct queue_check, queue->checks, queue->n_checks, walk_check);
	if (queue->n_checks > MOST_QUEUE_CHECKS)
		wire->failed = true;
	wire_bool(wire, &queue->usage_based);
	wire_bool(wire, &queue->inactive);
}

static void walk_local_queue(struct wire *wire, struct local_queue *queue)
{
	wire_name(wire, &queue->name);
	wire_name(wire, &queue->namespace_name);
	wire_u32(wire, &queue->cluster_queue);
	WIRE_ENUM(wire, queue->stop_policy, enum stop_policy, STOP_HOLD_AND_DRAIN + 1);
	wire_double(wire, &queue->fair_weight);
}

static void walk_namespace(struct wire *wire, struct kube_namespace *space)
{
	wire_name(wire, &space->name);
	WIRE_ARRAY(wire, struct key_value, space->labels, space->n_labels, walk_key_value);
}

static void walk_priority_class(struct wire *wire, struct priority_class *priority_class)
{
	wire_name(wire, &priority_class->name);
	wire_i32(wire, &priority_class->value);
	wire_bool(wire, &priority_class->global_default);
}

static void walk_output(struct wire *wire, struct resource_output *output)
{
	wire_name(wire, &output->resource);
	wire_i64(wire, &output->whole);
	wire_i64(wire, &output->nano);
}

static void walk_transformation(struct wire *wire, struct resource_transformation *transformation)
{
	wire_name(wire, &transformation->input);
	wire_name(wire, &transformation->multiply_by);
	wire_bool(wire, &transformation->replace);
	WIRE_ARRAY(wire, struct resource_output, transformation->outputs, transformation->n_outputs, walk_output);
}

static void walk_resource_weight(struct wire *wire, struct resource_weight *weight)
{
	wire_name(wire, &weight->resource);
	wire_double(wire, &weight->weight);
}

static void walk_controller(struct wire *wire, struct controller_config *controller)
{
	wire_bool(wire, &controller->wait_for_pods_ready);
	wire_i64(wire, &controller->pods_ready_timeout_us);
	wire_i64(wire, &controller->recovery_timeout_us);
	wire_bool(wire, &controller->block_admission);
	WIRE_ENUM(wire, controller->requeuing_timestamp, enum requeuing_timestamp, REQUEUING_CREATION + 1);
	wire_i64(wire, &controller->backoff_base_s);
	wire_i64(wire, &controller->backoff_max_s);
	wire_i64(wire, &controller->backoff_limit_count);
	wire_bool(wire, &controller->ignore_undeclared);
	wire_bool(wire, &controller->fair_sharing);
	for (size_t i = 0; i < ARRAY_COUNT(controller->fair_strategies); i++)
		WIRE_ENUM(wire, controller->fair_strategies[i], enum fair_strategy, FAIR_LESS_THAN_INITIAL_SHARE + 1);
	wire_u32(wire, &controller->n_fair_strategies);
	wire_bool(wire, &controller->admission_fair_sharing);
	wire_i64(wire, &controller->usage_half_life_us);
	wire_i64(wire, &controller->usage_sampling_us);
	WIRE_ARRAY(wire, struct resource_weight, controller->usage_weights, controller->n_usage_weights, walk_resource_weight);
	WIRE_ARRAY(wire, struct resource_transformation, controller->transformations, controller->n_transformations,
	           walk_transformation);
	WIRE_ARRAY(wire, name_id, controller->excluded_prefixes, controller->n_excluded_prefixes, wire_name);
}

void walk_config(struct wire *wire, struct kueue_config *config)
{
	WIRE_ARRAY(wire, name_id, config->resources, config->n_resources, wire_name);
	WIRE_ARRAY(wire, struct resource_flavor, config->flavors, config->n_flavors, walk_flavor);
	WIRE_ARRAY(wire, struct flavor_resource, config->frs, config->n_frs, walk_flavor_resource);
	WIRE_ARRAY(wire, struct cohort, config->cohorts, config->n_cohorts, walk_cohort);
	WIRE_ARRAY(wire, struct cluster_queue, config->cluster_queues, config->n_cluster_queues, walk_cluster_queue);
	WIRE_ARRAY(wire, struct local_queue, config->local_queues, config->n_local_queues, walk_local_queue);
	WIRE_ARRAY(wire, struct kube_namespace, config->namespaces, config->n_namespaces, walk_namespace);
	WIRE_ARRAY(wire, struct priority_class, config->priority_classes, config->n_priority_classes, walk_priority_class);
	wire_i32(wire, &config->default_priority);
	wire_name(wire, &config->default_class);
	walk_controller(wire, &config->controller);
	wire_u64(wire, &config->gates);
}

/* ---- inputs ---- */

static void walk_request(struct wire *wire, struct resource_request *request)
{
	wire_name(wire, &request->resource);
	wire_i64(wire, &request->amount);
}

static void walk_term(struct wire *wire, struct selector_term *term)
{
	WIRE_ARRAY(wire, struct selector_requirement, term->requirements, term->n_requirements, walk_requirement);
}

static void walk_pod_set(struct wire *wire, struct pod_set *pod_set)
{
	wire_name(wire, &pod_set->name);
	wire_i32(wire, &pod_set->count);
	wire_i32(wire, &pod_set->min_count);
	WIRE_ARRAY(wire, struct resource_request, pod_set->requests, pod_set->n_requests, walk_request);
	WIRE_ARRAY(wire, struct key_value, pod_set->node_selector, pod_set->n_node_selector, walk_key_value);
	WIRE_ARRAY(wire, struct toleration, pod_set->tolerations, pod_set->n_tolerations, walk_toleration);
	WIRE_ARRAY(wire, struct selector_term, pod_set->affinity, pod_set->n_affinity, walk_term);
}

static void walk_spec(struct wire *wire, struct workload_spec *spec)
{
	wire_name(wire, &spec->name);
	wire_u64(wire, &spec->uid.high);
	wire_u64(wire, &spec->uid.low);
	wire_name(wire, &spec->namespace_name);
	wire_u32(wire, &spec->local_queue);
	wire_u32(wire, &spec->cluster_queue);
	wire_i64(wire, &spec->created_us);
	wire_i64(wire, &spec->priority);
	WIRE_ARRAY(wire, struct pod_set, spec->pod_sets, spec->n_pod_sets, walk_pod_set);
	wire_i64(wire, &spec->max_execution_s);
	wire_bool(wire, &spec->owned_by_pod);
	wire_bool(wire, &spec->invalid);
	wire_name(wire, &spec->allowed_flavors);
	wire_name(wire, &spec->variant_of);
	wire_bool(wire, &spec->preemption_gated);
}

/* An array that may be absent: its count is 0 then, and NULL comes back. */
#define WALK_OPTIONAL(wire, type, field, n_if_present, walk)                                                                \
	do {                                                                                                                    \
		uint32_t optional_count = (field) ? (n_if_present) : 0;                                                             \
		WIRE_ARRAY((wire), type, (field), optional_count, walk);                                                            \
		if (optional_count != 0 && optional_count != (n_if_present))                                                        \
			(wire)->failed = true;                                                                                          \
		if (!(wire)->writing && optional_count == 0)                                                                        \
			(field) = NULL;                                                                                                 \
	} while (0)

static void walk_assignment(struct wire *wire, struct assignment *assignment)
{
	wire_u32(wire, &assignment->n_pod_sets);
	wire_u32(wire, &assignment->n_resources);
	uint64_t cells = (uint64_t)assignment->n_pod_sets * assignment->n_resources;
	if (cells > LOG_MAX_RECORD)
		wire->failed = true;
	uint32_t n_cells = (uint32_t)cells;
	WALK_OPTIONAL(wire, int32_t, assignment->counts, assignment->n_pod_sets, wire_i32);
	WALK_OPTIONAL(wire, uint32_t, assignment->flavors, n_cells, wire_u32);
	WALK_OPTIONAL(wire, int64_t, assignment->usage, n_cells, wire_i64);
}

static void walk_status(struct wire *wire, struct workload_status *status, uint32_t n_pod_sets)
{
	bool *const flags[] = {&status->inactive, &status->quota_reserved, &status->admitted,
	                       &status->evicted,  &status->pods_ready,     &status->requeued_false,
	                       &status->gated,    &status->checks_pending, &status->checks_unready};
	for (size_t i = 0; i < ARRAY_COUNT(flags); i++)
		wire_bool(wire, flags[i]);
	WIRE_ENUM(wire, status->evicted_reason, enum reason, REASON_COUNT);
	WIRE_ENUM(wire, status->preempted_reason, enum reason, REASON_COUNT);
	int64_t *const times[] = {&status->evicted_us,  &status->preempted_us,  &status->reserved_us,
	                          &status->admitted_us, &status->requeue_at_us, &status->past_execution_s};
	for (size_t i = 0; i < ARRAY_COUNT(times); i++)
		wire_i64(wire, times[i]);
	wire_i32(wire, &status->requeue_count);
	wire_u32(wire, &status->admitted_queue);
	walk_assignment(wire, &status->admission);
	WALK_OPTIONAL(wire, int32_t, status->reclaimable, n_pod_sets, wire_i32);
	WIRE_ARRAY(wire, name_id, status->ready_checks, status->n_ready_checks, wire_name);
}

static void walk_wake(struct wire *wire, struct wake *wake)
{
	wire_i64(wire, &wake->at_us);
	WIRE_ENUM(wire, wake->kind, enum wake_kind, WAKE_USAGE_SAMPLE + 1);
	wire_u32(wire, &wake->node);
	wire_u32(wire, &wake->workload.slot);
	wire_u32(wire, &wake->workload.generation);
	wire_u32(wire, &wake->stamp);
}

static void walk_observed(struct wire *wire, struct log_input *input)
{
	walk_spec(wire, &input->spec);
	wire_bool(wire, &input->has_status);
	if (input->has_status)
		walk_status(wire, &input->status, input->spec.n_pod_sets);
	if (!wire->writing) {
		input->input.observed.spec = &input->spec;
		input->input.observed.status = input->has_status ? &input->status : NULL;
	}
}

/* The member of the union that belongs to the kind. */
static void walk_payload(struct wire *wire, struct log_input *input)
{
	switch (input->input.kind) {
	case INPUT_CONFIG:
		wire_u32(wire, &input->config);
		break;
	case INPUT_OBSERVED:
		walk_observed(wire, input);
		break;
	case INPUT_ACTIVE:
	case INPUT_PREEMPTION_GATE:
		wire_bool(wire, &input->input.flag);
		break;
	case INPUT_PRIORITY:
	case INPUT_RECLAIMABLE:
	case INPUT_EXPECTED_RUN:
		wire_i64(wire, &input->input.value);
		break;
	case INPUT_CHECK:
		wire_name(wire, &input->input.check.name);
		WIRE_ENUM(wire, input->input.check.state, enum check_state, CHECK_REJECTED + 1);
		wire_i64(wire, &input->input.check.retry_after_s);
		break;
	case INPUT_WAKE:
		walk_wake(wire, &input->input.wake);
		break;
	case INPUT_NODES: /* no driver sends these two yet; the bound in walk_input() keeps them out of logs */
	case INPUT_NODE_FAILED:
		break;
	case INPUT_DELETED:
	case INPUT_FINISHED:
	case INPUT_WRITE_DONE:
	case INPUT_WRITE_FAILED:
	case INPUT_PODS_READY:
	case INPUT_PODS_NOT_READY:
	case INPUT_RELEASED:
		WIRE_ENUM(wire, input->input.reason, enum reason, REASON_COUNT);
		break;
	}
}

void walk_input(struct wire *wire, struct log_input *input)
{
	wire_u32(wire, &input->cluster);
	WIRE_ENUM(wire, input->input.kind, enum input_kind, INPUT_CHECK + 1);
	wire_i64(wire, &input->input.now_us);
	wire_u32(wire, &input->input.workload.slot);
	wire_u32(wire, &input->input.workload.generation);
	walk_payload(wire, input);
	wire_u32(wire, &input->input.pod_set);
	wire_name(wire, &input->input.source);
}
