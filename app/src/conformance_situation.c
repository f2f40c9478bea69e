/* conformance_situation.c - see conformance_situation.h. */
#include <string.h>

#include "base/quantity.h"
#include "conformance_situation.h"

#define PROFILE "ff69552e" /* the commit that the cases were taken from */

void situation_init(struct situation *situation, struct check *check, int64_t now_us)
{
	struct names *names = names_create();
	*situation = (struct situation){
	    .check = check,
	    .arena = check->arena,
	    .names = names,
	    .builder = kueue_builder_create(check->arena, names),
	    .controller = kueue_controller_defaults(),
	    .explain_pending = true,
	    .now_us = now_us,
	};
	if (!kueue_profile_gates(PROFILE, &situation->gates))
		check_problem(check, "profile %s is not known", PROFILE);
}

void situation_add_queue(struct situation *situation, const char *name, enum queueing_strategy strategy)
{
	name_id id = situation_name(situation, name);
	for (uint32_t i = 0; i < situation->bare_queues.count; i++)
		if (situation->bare_queues.items[i] == id)
			return;
	if (id == NO_NAME)
		return;
	*VEC_PUSH(&situation->bare_queues) = id;
	struct cluster_queue queue = kueue_cluster_queue_defaults(id);
	queue.strategy = strategy;
	queue.namespace_selector.set = true;
	kueue_add_cluster_queue(situation->builder, &queue, NO_NAME, NULL, 0, (struct diag_place){0});
}

bool situation_build(struct situation *situation)
{
	if (situation->check->failed)
		return false;
	struct diags *diags = diags_create();
	kueue_set_controller(situation->builder, &situation->controller);
	kueue_set_gates(situation->builder, situation->gates);
	situation->config = kueue_build(situation->builder, false, diags);
	uint32_t count;
	const struct diag *problems = diags_sorted(diags, &count);
	for (uint32_t i = 0; i < count; i++)
		if (problems[i].severity == DIAG_ERROR)
			check_problem(situation->check, "configuration: %s", problems[i].text);
	diags_destroy(diags);
	if (!situation->config)
		check_problem(situation->check, "the configuration could not be built");
	return !situation->check->failed;
}

void situation_finish(struct situation *situation)
{
	kueue_builder_destroy(situation->builder);
	VEC_FREE(&situation->subjects);
	VEC_FREE(&situation->bare_queues);
	names_destroy(situation->names);
}

name_id situation_name(struct situation *situation, const char *text)
{
	return names_intern(situation->names, text);
}

name_id situation_object_name(struct situation *situation, const struct doc_node *node)
{
	const char *text = field_text(situation->check, node, "name", "");
	if (!*text)
		check_problem(situation->check, "an object without a name");
	return situation_name(situation, text);
}

void situation_sort_requests(const struct situation *situation, struct resource_request *requests, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++) {
		struct resource_request moved = requests[i];
		uint64_t hash = names_hash(situation->names, moved.resource);
		uint32_t j = i;
		for (; j > 0; j--) {
			name_id other = requests[j - 1].resource;
			uint64_t other_hash = names_hash(situation->names, other);
			if (other_hash < hash || (other_hash == hash && names_compare(situation->names, other, moved.resource) <= 0))
				break;
			requests[j] = requests[j - 1];
		}
		requests[j] = moved;
	}
}

enum queueing_strategy situation_strategy(struct check *check, const char *text)
{
	static const char *const words[] = {[BEST_EFFORT_FIFO] = "BestEffortFIFO", [STRICT_FIFO] = "StrictFIFO", NULL};
	return (enum queueing_strategy)choice(check, "queueing strategy", text, words);
}

enum preemption_policy situation_policy(struct check *check, const char *text)
{
	static const char *const words[] = {
	    [PREEMPT_NEVER] = "Never",
	    [PREEMPT_LOWER_PRIORITY] = "LowerPriority",
	    [PREEMPT_LOWER_OR_NEWER_EQUAL_PRIORITY] = "LowerOrNewerEqualPriority",
	    [PREEMPT_ANY] = "Any",
	    NULL,
	};
	return *text ? (enum preemption_policy)choice(check, "preemption policy", text, words) : PREEMPT_NEVER;
}

enum fungibility situation_step(struct check *check, const char *text)
{
	static const char *const words[] = {[MAY_STOP_SEARCH] = "MayStopSearch", [TRY_NEXT_FLAVOR] = "TryNextFlavor", NULL};
	return (enum fungibility)choice(check, "flavor fungibility", text, words);
}

enum fungibility_preference situation_preference(struct check *check, const char *text)
{
	static const char *const words[] = {
	    [BORROWING_OVER_PREEMPTION] = "BorrowingOverPreemption",
	    [PREEMPTION_OVER_BORROWING] = "PreemptionOverBorrowing",
	    NULL,
	};
	return (enum fungibility_preference)choice(check, "fungibility preference", text, words);
}

void situation_read_strategies(struct situation *situation, const struct doc_node *node)
{
	static const char *const words[] = {
	    [FAIR_LESS_THAN_OR_EQUAL_TO_FINAL_SHARE] = "LessThanOrEqualToFinalShare",
	    [FAIR_LESS_THAN_INITIAL_SHARE] = "LessThanInitialShare",
	    NULL,
	};
	struct check *check = situation->check;
	struct controller_config *controller = &situation->controller;
	const struct doc_node *list = as_list(check, node);
	if (list->count > ARRAY_COUNT(controller->fair_strategies))
		check_problem(check, "%u preemption strategies", list->count);
	for (uint32_t i = 0; i < list->count && !check->failed; i++)
		controller->fair_strategies[i] =
		    (enum fair_strategy)choice(check, "strategy", node_text(check, list->items[i]), words);
	if (list->count > 0)
		controller->n_fair_strategies = list->count;
}

double situation_weight(struct check *check, const char *text)
{
	int64_t milli = 1000;
	struct error error;
	if (!quantity_parse(text, 1000, &milli, &error))
		check_problem(check, "fair-sharing weight: %s", error.text);
	return (double)milli / 1000;
}

enum reason situation_reason(struct check *check, const char *text)
{
	for (enum reason reason = REASON_NONE; reason < REASON_COUNT; reason++)
		if (strcmp(reason_text(reason), text) == 0)
			return reason;
	check_problem(check, "no reason code for '%s'", text);
	return REASON_NONE;
}

static uint32_t found(struct situation *situation, const char *kind, const char *text, uint32_t index)
{
	if (index == NONE)
		check_problem(situation->check, "no %s '%s' in the configuration", kind, text);
	return index;
}

uint32_t situation_resource(struct situation *situation, const char *text)
{
	return found(situation, "resource", text, kueue_find_resource(situation->config, names_find(situation->names, text)));
}

uint32_t situation_flavor(struct situation *situation, const char *text)
{
	return found(situation, "flavor", text, kueue_find_flavor(situation->config, names_find(situation->names, text)));
}

uint32_t situation_cluster_queue(struct situation *situation, const char *text)
{
	return found(situation, "ClusterQueue", text,
	             kueue_find_cluster_queue(situation->config, names_find(situation->names, text)));
}

struct subject *situation_find(struct situation *situation, const char *key)
{
	for (uint32_t i = 0; i < situation->subjects.count; i++)
		if (strcmp(situation->subjects.items[i].key, key) == 0)
			return &situation->subjects.items[i];
	return NULL;
}

const char *situation_flavors_text(const struct situation *situation, const struct assignment *assignment, uint32_t pod_set)
{
	const struct kueue_config *config = situation->config;
	struct facts flavors = {.arena = situation->arena};
	for (uint32_t r = 0; r < assignment->n_resources; r++) {
		uint32_t flavor = assignment->flavors[pod_set * assignment->n_resources + r];
		if (flavor != NONE)
			facts_add(&flavors, "%s=%s", names_text(situation->names, config->resources[r]),
			          names_text(situation->names, config->flavors[flavor].name));
	}
	return facts_join(&flavors);
}
