/* requests.c - see world/requests.h. */
#include <string.h>

#include "base/quantity.h"
#include "world/requests.h"

/* What outputs generate is summed in units of 10^-15: a factor has nine decimals, and a multiplied cpu six. */
#define GENERATED_UNIT ((int128)1000000 * 1000000000)
#define NANO 1000000000
#define INT128_MOST ((int128)(~(uint128)0 >> 1))

bool requests_transformed(const struct controller_config *controller)
{
	return controller->n_transformations > 0 || controller->n_excluded_prefixes > 0;
}

uint32_t requests_charge_most(const struct controller_config *controller, uint32_t n_requests)
{
	uint32_t most = n_requests;
	for (uint32_t i = 0; i < controller->n_transformations; i++)
		most += controller->transformations[i].n_outputs;
	return most;
}

/* ---- saturating ---- */

static int128 product(int128 a, int128 b)
{
	int128 result;
	if (!__builtin_mul_overflow(a, b, &result))
		return result;
	return (a < 0) == (b < 0) ? INT128_MOST : -INT128_MOST;
}

static int128 sum(int128 a, int128 b)
{
	int128 result;
	if (!__builtin_add_overflow(a, b, &result))
		return result;
	return a < 0 ? -INT128_MOST : INT128_MOST;
}

/* ---- one pod ---- */

static bool excluded(const struct names *names, const struct controller_config *controller, name_id resource)
{
	const char *text = names_text(names, resource);
	for (uint32_t i = 0; i < controller->n_excluded_prefixes; i++) {
		const char *prefix = names_text(names, controller->excluded_prefixes[i]);
		if (strncmp(text, prefix, strlen(prefix)) == 0)
			return true;
	}
	return false;
}

static const struct resource_transformation *transformation_of(const struct controller_config *controller, name_id resource)
{
	for (uint32_t i = 0; i < controller->n_transformations; i++)
		if (controller->transformations[i].input == resource)
			return &controller->transformations[i];
	return NULL;
}

bool requests_charged_as_asked(const struct names *names, const struct controller_config *controller, name_id resource)
{
	const struct resource_transformation *transformation = transformation_of(controller, resource);
	return !excluded(names, controller, resource) && !(transformation && transformation->replace);
}

static const struct resource_request *find_request(const struct resource_request *requests, uint32_t count, name_id resource)
{
	for (uint32_t i = 0; i < count; i++)
		if (requests[i].resource == resource)
			return &requests[i];
	return NULL;
}

static struct resource_request *take_request(struct resource_request *requests, uint32_t *count, name_id resource)
{
	for (uint32_t i = 0; i < *count; i++)
		if (requests[i].resource == resource)
			return &requests[i];
	requests[*count] = (struct resource_request){resource, 0};
	return &requests[(*count)++];
}

struct pod {
	const struct names *names;
	const struct controller_config *controller;
	const struct resource_request *requests;
	uint32_t n_requests;
};

/* What one input generates of one output, in 10^-15 units. */
static int128 generated_by(const struct pod *pod, const struct resource_transformation *transformation, int64_t amount,
                           const struct resource_output *output)
{
	int128 value = amount, unit = GENERATED_UNIT / NANO / quantity_scale(names_text(pod->names, transformation->input));
	const struct resource_request *by = find_request(pod->requests, pod->n_requests, transformation->multiply_by);
	if (transformation->multiply_by != NO_NAME && by && !excluded(pod->names, pod->controller, by->resource)) {
		value = product(value, by->amount);
		unit /= quantity_scale(names_text(pod->names, by->resource));
	}
	return product(product(value, (int128)output->whole * NANO + output->nano), unit);
}

/* What all inputs generate of a resource, in whole units of it; below 0 counts as 0. */
static int64_t generated(const struct pod *pod, name_id resource, bool *ret_any)
{
	int128 total = 0;
	*ret_any = false;
	for (uint32_t i = 0; i < pod->n_requests; i++) {
		const struct resource_request *input = &pod->requests[i];
		const struct resource_transformation *transformation = transformation_of(pod->controller, input->resource);
		if (!transformation || excluded(pod->names, pod->controller, input->resource))
			continue;
		for (uint32_t o = 0; o < transformation->n_outputs; o++)
			if (transformation->outputs[o].resource == resource) {
				total = sum(total, generated_by(pod, transformation, input->amount, &transformation->outputs[o]));
				*ret_any = true;
			}
	}
	int128 unit = GENERATED_UNIT / quantity_scale(names_text(pod->names, resource));
	if (total <= 0)
		return 0;
	total = total / unit + (total % unit > 0);
	return total > INT64_MAX ? INT64_MAX : (int64_t)total;
}

static void sort(const struct names *names, struct resource_request *requests, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++) {
		struct resource_request moved = requests[i];
		uint32_t j = i;
		for (; j > 0 && resource_order(names, requests[j - 1].resource, moved.resource) > 0; j--)
			requests[j] = requests[j - 1];
		requests[j] = moved;
	}
}

uint32_t requests_charge(const struct names *names, const struct controller_config *controller,
                         const struct resource_request *requests, uint32_t n_requests, struct resource_request *ret_charged)
{
	struct pod pod = {names, controller, requests, n_requests};
	uint32_t count = 0, retained;
	for (uint32_t i = 0; i < n_requests; i++) {
		if (requests_charged_as_asked(names, controller, requests[i].resource))
			ret_charged[count++] = (struct resource_request){requests[i].resource, MAX(0, requests[i].amount)};
	}
	retained = count;
	for (uint32_t i = 0; i < controller->n_transformations; i++)
		for (uint32_t o = 0; o < controller->transformations[i].n_outputs; o++) {
			name_id resource = controller->transformations[i].outputs[o].resource;
			bool any, seen = find_request(ret_charged + retained, count - retained, resource);
			int64_t amount = seen ? 0 : generated(&pod, resource, &any);
			if (!seen && any)
				ret_charged[count++] = (struct resource_request){resource, amount};
		}
	uint32_t merged = retained;
	for (uint32_t i = retained; i < count; i++) {
		struct resource_request generated_here = ret_charged[i];
		struct resource_request *to = take_request(ret_charged, &merged, generated_here.resource);
		to->amount = sat_add(to->amount, generated_here.amount);
	}
	sort(names, ret_charged, merged);
	return merged;
}

struct pod_set requests_charge_pod_set(struct arena *arena, const struct names *names,
                                       const struct controller_config *controller, const struct pod_set *pod_set)
{
	struct pod_set charged = *pod_set;
	if (!requests_transformed(controller))
		return charged;
	struct resource_request *requests =
	    ARENA_ARRAY(arena, struct resource_request, requests_charge_most(controller, pod_set->n_requests));
	charged.n_requests = requests_charge(names, controller, pod_set->requests, pod_set->n_requests, requests);
	charged.requests = requests;
	return charged;
}

int32_t requests_count_in(const struct resource_request *requests, uint32_t n_requests,
                          const struct resource_request *capacity, uint32_t n_capacity)
{
	int64_t pods = n_requests ? INT32_MAX : 0;
	for (uint32_t i = 0; i < n_requests; i++) {
		if (requests[i].amount <= 0)
			continue;
		const struct resource_request *left = find_request(capacity, n_capacity, requests[i].resource);
		pods = MIN(pods, left ? MAX(0, left->amount) / requests[i].amount : 0);
	}
	return (int32_t)pods;
}
