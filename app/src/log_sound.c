/* log_sound.c - what kueue_build() and the simulator promise to planners, checked of a log that anybody may have written:
 * indexes within their tables, cohorts whose way up ends or that say that it does not, amounts and times that can be. */
#include <math.h>

#include "log_format.h"

/* Far beyond any run, and far enough from the end of int64 that planners may add and subtract. */
static const int64_t longest_us = INT64_C(1) << 60;

static bool within(int64_t low, int64_t value, int64_t high)
{
	return low <= value && value <= high;
}

static bool is_time(int64_t us)
{
	return us == NEVER_US || within(-longest_us, us, longest_us);
}

/* ---- configurations ---- */

static bool pairs_are_sound(const struct kueue_config *config)
{
	for (uint32_t i = 0; i < config->n_frs; i++) {
		const struct flavor_resource *pair = &config->frs[i];
		if (pair->flavor >= config->n_flavors || pair->resource >= config->n_resources ||
		    kueue_find_fr(config, pair->flavor, pair->resource) != i)
			return false;
	}
	return true;
}

static bool group_is_sound(const struct kueue_config *config, const struct resource_group *group)
{
	for (uint32_t i = 0; i < group->n_resources; i++)
		if (group->resources[i] >= config->n_resources)
			return false;
	for (uint32_t i = 0; i < group->n_flavors; i++)
		if (group->flavors[i] >= config->n_flavors)
			return false;
	for (uint32_t f = 0; f < group->n_flavors; f++)
		for (uint32_t r = 0; r < group->n_resources; r++) {
			uint32_t cell = f * group->n_resources + r;
			uint32_t fr = kueue_find_fr(config, group->flavors[f], group->resources[r]);
			if (group->frs[cell] != fr || (group->present[cell] && fr == NONE))
				return false;
		}
	return true;
}

static bool groups_are_sound(const struct kueue_config *config, const struct resource_group *groups, uint32_t n_groups)
{
	for (uint32_t i = 0; i < n_groups; i++)
		if (!group_is_sound(config, &groups[i]))
			return false;
	return true;
}

static bool names_within(uint32_t index, uint32_t count)
{
	return index == NONE || index < count;
}

static bool weight_is_sound(double weight)
{
	return isfinite(weight) && weight >= 0;
}

/* The way up ends within as many steps as there are cohorts, or not at all. */
static bool is_in_cycle(const struct kueue_config *config, uint32_t cohort)
{
	uint32_t at = cohort;
	for (uint32_t steps = 0; at != NONE && steps <= config->n_cohorts; steps++)
		at = config->cohorts[at].parent;
	return at != NONE;
}

static bool cohorts_are_sound(const struct kueue_config *config)
{
	for (uint32_t i = 0; i < config->n_cohorts; i++)
		if (!names_within(config->cohorts[i].parent, config->n_cohorts))
			return false;
	for (uint32_t i = 0; i < config->n_cohorts; i++) {
		const struct cohort *cohort = &config->cohorts[i];
		if (cohort->in_cycle != is_in_cycle(config, i) || !weight_is_sound(cohort->fair_weight) ||
		    !groups_are_sound(config, cohort->groups, cohort->n_groups))
			return false;
	}
	return true;
}

static bool queues_are_sound(const struct kueue_config *config)
{
	for (uint32_t i = 0; i < config->n_cluster_queues; i++) {
		const struct cluster_queue *queue = &config->cluster_queues[i];
		if (!names_within(queue->cohort, config->n_cohorts) || !weight_is_sound(queue->fair_weight) ||
		    !groups_are_sound(config, queue->groups, queue->n_groups))
			return false;
	}
	for (uint32_t i = 0; i < config->n_local_queues; i++)
		if (!names_within(config->local_queues[i].cluster_queue, config->n_cluster_queues) ||
		    !weight_is_sound(config->local_queues[i].fair_weight))
			return false;
	return true;
}

static bool controller_is_sound(const struct controller_config *controller)
{
	for (uint32_t i = 0; i < controller->n_transformations; i++)
		for (uint32_t o = 0; o < controller->transformations[i].n_outputs; o++)
			if (!within(0, controller->transformations[i].outputs[o].nano, 999999999))
				return false;
	for (uint32_t i = 0; i < controller->n_usage_weights; i++)
		if (!weight_is_sound(controller->usage_weights[i].weight))
			return false;
	return within(0, controller->pods_ready_timeout_us, longest_us) &&
	       within(1, controller->n_fair_strategies, ARRAY_COUNT(controller->fair_strategies)) &&
	       within(0, controller->usage_half_life_us, longest_us) && within(1, controller->usage_sampling_us, longest_us) &&
	       within(0, controller->recovery_timeout_us, longest_us) && within(0, controller->backoff_base_s, INT32_MAX) &&
	       within(0, controller->backoff_max_s, INT32_MAX) && within(-1, controller->backoff_limit_count, INT32_MAX);
}

bool config_is_sound(const struct kueue_config *config)
{
	return pairs_are_sound(config) && cohorts_are_sound(config) && queues_are_sound(config) &&
	       controller_is_sound(&config->controller);
}

/* ---- inputs ---- */

static bool spec_is_sound(const struct workload_spec *spec)
{
	for (uint32_t i = 0; i < spec->n_pod_sets; i++) {
		const struct pod_set *set = &spec->pod_sets[i];
		if (set->count < 0 || !within(0, set->min_count, set->count))
			return false;
		for (uint32_t r = 0; r < set->n_requests; r++)
			if (set->requests[r].amount < 0)
				return false;
	}
	return is_time(spec->created_us) && within(-1, spec->max_execution_s, longest_us / US_PER_S);
}

static bool status_is_sound(const struct workload_status *status, const struct workload_spec *spec)
{
	const struct assignment *admission = &status->admission;
	for (uint32_t i = 0; status->reclaimable && i < spec->n_pod_sets; i++)
		if (status->reclaimable[i] < 0)
			return false;
	for (uint32_t i = 0; admission->counts && i < admission->n_pod_sets; i++)
		if (admission->counts[i] < 0)
			return false;
	for (uint32_t i = 0; admission->usage && i < admission->n_pod_sets * admission->n_resources; i++)
		if (admission->usage[i] < 0)
			return false;
	if (status->quota_reserved && (!admission->counts || !admission->flavors))
		return false;
	return is_time(status->evicted_us) && is_time(status->preempted_us) && is_time(status->reserved_us) &&
	       is_time(status->admitted_us) && is_time(status->requeue_at_us) && status->requeue_count >= 0 &&
	       within(0, status->past_execution_s, longest_us / US_PER_S);
}

bool input_is_sound(const struct log_input *input)
{
	if (!within(-longest_us, input->input.now_us, longest_us))
		return false;
	if (input->input.kind == INPUT_OBSERVED)
		return spec_is_sound(&input->spec) && (!input->has_status || status_is_sound(&input->status, &input->spec));
	if (input->input.kind == INPUT_EXPECTED_RUN)
		return within(-1, input->input.value, longest_us);
	if (input->input.kind == INPUT_CHECK)
		return within(-1, input->input.check.retry_after_s, INT32_MAX);
	return input->input.kind != INPUT_WAKE || is_time(input->input.wake.at_us);
}

bool cycle_is_sound(const struct log_cycle *cycle)
{
	return within(-longest_us, cycle->now_us, longest_us);
}
