/* conformance_worlds.c - see conformance_worlds.h. The reader comes first, then facts of both sides, then the steps. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/quantity.h"
#include "conformance_worlds.h"

#define NOWHERE ((struct diag_place){0})
#define NAMESPACE "default"
#define NOW_S 100000 /* the clock of single-*, in seconds after 1700000000, from which the worlds count */
#define STEP_S 10

/* ---- reading a world ---- */

/* Whole cores or plain counts, as Kueue's integers. */
static int64_t world_amount(struct check *check, const struct doc_node *node, const char *name, const char *resource,
                            int64_t otherwise)
{
	return field(node, name) ? sat_mul(field_int(check, node, name, 0), quantity_scale(resource)) : otherwise;
}

static struct named_flavor_quotas read_flavor(struct situation *situation, const struct doc_node *node)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a flavor of a group", "name", "res");
	const struct doc_node *map = field_map(check, node, "res");
	struct named_quota *quotas = ARENA_ARRAY(situation->arena, struct named_quota, map->count);
	for (uint32_t i = 0; i < map->count; i++) {
		const struct doc_node *quota = map->pairs[i].value;
		const char *resource = map->pairs[i].key;
		FIELDS_KNOWN(check, quota, "a quota", "nom", "bl", "ll");
		quotas[i] = (struct named_quota){
		    .resource = situation_name(situation, resource),
		    .quota = {.nominal = world_amount(check, quota, "nom", resource, 0),
		              .borrowing_limit = world_amount(check, quota, "bl", resource, LIMIT_UNSET),
		              .lending_limit = world_amount(check, quota, "ll", resource, LIMIT_UNSET)},
		};
	}
	return (struct named_flavor_quotas){situation_object_name(situation, node), quotas, map->count, NOWHERE};
}

/* A group is a list of flavors; all of them have quota for the same resources. */
static struct named_group read_group(struct situation *situation, const struct doc_node *list)
{
	uint32_t n_flavors = list->kind == DOC_SEQUENCE ? list->count : 0;
	struct named_flavor_quotas *flavors = ARENA_ARRAY(situation->arena, struct named_flavor_quotas, n_flavors);
	for (uint32_t i = 0; i < n_flavors; i++)
		flavors[i] = read_flavor(situation, list->items[i]);
	uint32_t n_covered = n_flavors ? flavors[0].n_quotas : 0;
	name_id *covered = ARENA_ARRAY(situation->arena, name_id, n_covered);
	for (uint32_t i = 0; i < n_covered; i++)
		covered[i] = flavors[0].quotas[i].resource;
	return (struct named_group){covered, n_covered, flavors, n_flavors};
}

static const struct named_group *read_groups(struct situation *situation, const struct doc_node *node, uint32_t *ret_count)
{
	const struct doc_node *list = field_list(situation->check, node, "groups");
	struct named_group *groups = ARENA_ARRAY(situation->arena, struct named_group, list->count);
	for (uint32_t i = 0; i < list->count; i++)
		groups[i] = read_group(situation, list->items[i]);
	*ret_count = list->count;
	return groups;
}

static void read_cohort(struct situation *situation, const struct doc_node *node)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a cohort", "name", "parent", "groups", "weight");
	uint32_t n_groups;
	const struct named_group *groups = read_groups(situation, node, &n_groups);
	struct cohort cohort = {
	    .name = situation_object_name(situation, node),
	    .fair_weight = situation_weight(check, field_text(check, node, "weight", "1")),
	};
	kueue_add_cohort(situation->builder, &cohort, situation_name(situation, field_text(check, node, "parent", "")), groups,
	                 n_groups, NOWHERE);
}

static void read_queue(struct situation *situation, const struct doc_node *node)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a queue", "name", "parent", "groups", "weight", "strategy", "within", "reclaim", "bwc", "thr",
	             "fborrow", "fpreempt", "fpref");
	name_id name = situation_object_name(situation, node);
	struct cluster_queue queue = kueue_cluster_queue_defaults(name);
	queue.strategy = situation_strategy(check, field_text(check, node, "strategy", ""));
	queue.namespace_selector = (struct namespace_selector){.set = true};
	queue.within_cluster_queue = situation_policy(check, field_text(check, node, "within", ""));
	queue.reclaim_within_cohort = situation_policy(check, field_text(check, node, "reclaim", ""));
	queue.borrow_within_cohort = situation_policy(check, field_text(check, node, "bwc", ""));
	queue.max_priority_threshold = field_int(check, node, "thr", NO_PRIORITY_THRESHOLD);
	queue.when_can_borrow = situation_step(check, field_text(check, node, "fborrow", "MayStopSearch"));
	queue.when_can_preempt = situation_step(check, field_text(check, node, "fpreempt", "TryNextFlavor"));
	queue.preference = situation_preference(check, field_text(check, node, "fpref", "BorrowingOverPreemption"));
	queue.fair_weight = situation_weight(check, field_text(check, node, "weight", "1"));
	uint32_t n_groups;
	const struct named_group *groups = read_groups(situation, node, &n_groups);
	kueue_add_cluster_queue(situation->builder, &queue, situation_name(situation, field_text(check, node, "parent", "")),
	                        groups, n_groups, NOWHERE);
	struct local_queue local = {.name = name, .namespace_name = situation_name(situation, NAMESPACE), .fair_weight = 1};
	kueue_add_local_queue(situation->builder, &local, name, NOWHERE);
}

static struct pod_set read_pod_set(struct situation *situation, const struct doc_node *node)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a pod set", "name", "count", "req", "min", "flavors");
	const struct doc_node *map = field_map(check, node, "req");
	struct resource_request *requests = ARENA_ARRAY(situation->arena, struct resource_request, map->count);
	for (uint32_t i = 0; i < map->count; i++)
		requests[i] = (struct resource_request){situation_name(situation, map->pairs[i].key),
		                                        world_amount(check, map, map->pairs[i].key, map->pairs[i].key, 0)};
	situation_sort_requests(situation, requests, map->count);
	return (struct pod_set){
	    .name = situation_name(situation, field_text(check, node, "name", "")),
	    .count = field_count(check, node, "count", 0),
	    .min_count = field_count(check, node, "min", 0),
	    .requests = requests,
	    .n_requests = map->count,
	};
}

static void read_admission(struct situation *situation, const struct doc_node *pod_sets, struct workload_status *status)
{
	uint32_t n_resources = situation->config->n_resources;
	int32_t *counts = ARENA_ARRAY(situation->arena, int32_t, pod_sets->count);
	uint32_t *flavors = ARENA_ARRAY(situation->arena, uint32_t, pod_sets->count * n_resources);
	memset(flavors, 0xff, sizeof *flavors * pod_sets->count * n_resources); /* NONE */
	for (uint32_t p = 0; p < pod_sets->count; p++) {
		const struct doc_node *map = field_map(situation->check, pod_sets->items[p], "flavors");
		counts[p] = field_count(situation->check, pod_sets->items[p], "count", 0);
		for (uint32_t i = 0; i < map->count; i++) {
			uint32_t resource = situation_resource(situation, map->pairs[i].key);
			uint32_t flavor = situation_flavor(situation, node_text(situation->check, map->pairs[i].value));
			if (!situation->check->failed)
				flavors[p * n_resources + resource] = flavor;
		}
	}
	status->admission = (struct assignment){pod_sets->count, n_resources, counts, flavors, NULL, NULL, NULL, NULL};
}

static void read_workload(struct situation *situation, const struct doc_node *node, bool admitted)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a workload", "name", "cq", "prio", "created", "reserved", "evicted", "ps");
	const struct doc_node *list = field_list(check, node, "ps");
	struct pod_set *pod_sets = ARENA_ARRAY(situation->arena, struct pod_set, list->count);
	for (uint32_t i = 0; i < list->count; i++)
		pod_sets[i] = read_pod_set(situation, list->items[i]);
	name_id queue = situation_name(situation, field_text(check, node, "cq", ""));
	struct subject *subject = VEC_PUSH(&situation->subjects);
	subject->key = subject->uid = field_text(check, node, "name", "");
	subject->doc = node;
	subject->spec = (struct workload_spec){
	    .name = situation_name(situation, subject->key),
	    .namespace_name = situation_name(situation, NAMESPACE),
	    .local_queue = kueue_find_local_queue(situation->config, situation_name(situation, NAMESPACE), queue),
	    .cluster_queue = NONE,
	    .created_us = field_seconds_us(check, node, "created"),
	    .priority = field_int(check, node, "prio", 0),
	    .pod_sets = pod_sets,
	    .n_pod_sets = list->count,
	    .max_execution_s = -1,
	};
	subject->status = (struct workload_status){.requeue_at_us = -1, .admitted_queue = NONE};
	if (!admitted)
		return;
	int64_t reserved_us = field_seconds_us(check, node, "reserved");
	subject->status.quota_reserved = subject->status.admitted = true;
	subject->status.reserved_us = subject->status.admitted_us = reserved_us;
	subject->status.evicted = field_bool(check, node, "evicted", false);
	subject->status.evicted_us = subject->status.evicted ? reserved_us + US_PER_S : 0;
	subject->status.admitted_queue = kueue_find_cluster_queue(situation->config, queue);
	read_admission(situation, list, &subject->status);
}

static bool read_world(struct situation *situation, const struct doc_node *world)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, world, "the world", "id", "res", "flavors", "cohorts", "cqs", "admitted", "pending", "fair",
	             "cycles", "loop", "finish", "requeue", "delay");
	situation->controller.fair_sharing = field(world, "fair");
	if (situation->controller.fair_sharing)
		situation_read_strategies(situation, field(world, "fair"));
	const struct doc_node *flavors = field_list(check, world, "flavors"), *cohorts = field_list(check, world, "cohorts");
	const struct doc_node *queues = field_list(check, world, "cqs"), *admitted = field_list(check, world, "admitted");
	const struct doc_node *pending = field_list(check, world, "pending");
	for (uint32_t i = 0; i < flavors->count; i++)
		kueue_add_flavor(situation->builder,
		                 &(struct resource_flavor){.name = situation_name(situation, node_text(check, flavors->items[i]))},
		                 NOWHERE);
	for (uint32_t i = 0; i < cohorts->count; i++)
		read_cohort(situation, cohorts->items[i]);
	for (uint32_t i = 0; i < queues->count; i++)
		read_queue(situation, queues->items[i]);
	kueue_add_namespace(situation->builder, &(struct kube_namespace){.name = situation_name(situation, NAMESPACE)}, NOWHERE);
	if (!situation_build(situation))
		return false;
	for (uint32_t i = 0; i < admitted->count; i++)
		read_workload(situation, admitted->items[i], true);
	for (uint32_t i = 0; i < pending->count; i++)
		read_workload(situation, pending->items[i], false);
	situation_rank_uids(situation);
	return !check->failed;
}

/* ---- the start: quota and shares of every node ---- */

/* Text of a double as Go prints it. */
static double read_share(struct check *check, const struct doc_node *node)
{
	const struct doc_node *text = field(node, "drs");
	struct doc_node number = text ? *text : (struct doc_node){0};
	double share = 0;
	number.style = DOC_PLAIN;
	if (text && text->kind == DOC_SCALAR && strcmp(text->text, "+Inf") == 0)
		return INFINITY;
	if (!doc_double(&number, &share))
		check_problem(check, "field 'drs' is not a number");
	return share;
}

static const char *share_text(struct arena *arena, double share)
{
	return isinf(share) ? "+Inf" : arena_printf(arena, "%.17g", share);
}

static void compare_amounts(struct drive *drive, const char *name, uint32_t node, const struct doc_node *map, bool potential)
{
	struct situation *situation = drive->situation;
	for (uint32_t i = 0; i < map->count; i++) {
		const char *pair = map->pairs[i].key, *slash = strchr(pair, '/');
		if (!slash) {
			check_problem(situation->check, "'%s' is not flavor/resource", pair);
			return;
		}
		name_id flavor = names_intern_slice(situation->names, pair, (size_t)(slash - pair));
		uint32_t fr = kueue_find_fr(situation->config, kueue_find_flavor(situation->config, flavor),
		                            kueue_find_resource(situation->config, names_find(situation->names, slash + 1)));
		if (fr == NONE) {
			check_problem(situation->check, "no pair '%s' in the configuration", pair);
			return;
		}
		struct quota_view quota = planner_quota(drive->planner, node, fr);
		check_int(situation->check, potential ? "QA-6" : "QA-5",
		          arena_printf(situation->arena, "%s %s %s", name, potential ? "potential" : "available", pair),
		          node_amount(situation->check, map->pairs[i].value), potential ? quota.potential : MAX(quota.available, 0));
	}
}

static void compare_node(struct drive *drive, const char *name, uint32_t node, const struct doc_node *expected)
{
	struct check *check = drive->situation->check;
	if (node == NONE || drive->situation->config->n_frs == 0) {
		check_problem(check, "no node '%s' in the configuration, or no quota at all", name);
		return;
	}
	FIELDS_KNOWN(check, expected, "a node's answer", "avail", "pot", "drs", "borrowing");
	compare_amounts(drive, name, node, field_map(check, expected, "avail"), false);
	compare_amounts(drive, name, node, field_map(check, expected, "pot"), true);
	struct quota_view quota = planner_quota(drive->planner, node, 0);
	check_text(check, "PR-19", arena_printf(check->arena, "%s share", name),
	           share_text(check->arena, read_share(check, expected)), share_text(check->arena, quota.share));
	check_bool(check, "PR-19", arena_printf(check->arena, "%s borrowing", name),
	           field_bool(check, expected, "borrowing", false), quota.borrowing);
}

static void compare_nodes(struct drive *drive, const struct doc_node *answer)
{
	const struct kueue_config *config = drive->situation->config;
	const struct names *names = drive->situation->names;
	const struct doc_node *queues = field_map(drive->situation->check, answer, "nodes");
	const struct doc_node *cohorts = field_map(drive->situation->check, answer, "cohorts");
	for (uint32_t i = 0; i < queues->count; i++)
		compare_node(drive, queues->pairs[i].key, kueue_find_cluster_queue(config, names_find(names, queues->pairs[i].key)),
		             queues->pairs[i].value);
	for (uint32_t i = 0; i < cohorts->count; i++) {
		uint32_t cohort = kueue_find_cohort(config, names_find(names, cohorts->pairs[i].key));
		compare_node(drive, cohorts->pairs[i].key, cohort == NONE ? NONE : config->n_cluster_queues + cohort,
		             cohorts->pairs[i].value);
	}
}

/* ---- solo: each pending workload nominated alone ---- */

static const char *const mode_names[] = {"NoFit", "Preempt", "DeferredFit", "Fit"};

static void expected_pod_set(struct check *check, struct facts *facts, const struct doc_node *node, uint32_t p)
{
	FIELDS_KNOWN(check, node, "a pod set's answer", "name", "flavors", "modes", "count");
	const struct doc_node *flavors = field_map(check, node, "flavors"), *modes = field_map(check, node, "modes");
	facts_add(facts, "pod set %u %s count=%" PRId64, p, field_text(check, node, "name", ""),
	          field_int(check, node, "count", 0));
	for (uint32_t i = 0; i < flavors->count; i++)
		facts_add(facts, "pod set %u %s=%s %s", p, flavors->pairs[i].key, node_text(check, flavors->pairs[i].value),
		          field_text(check, modes, flavors->pairs[i].key, ""));
}

static void expected_solo(struct check *check, struct facts *facts, const struct doc_node *node)
{
	FIELDS_KNOWN(check, node, "a solo answer", "name", "mode", "borrow", "ps", "targets", "scan");
	const struct doc_node *pod_sets = field_list(check, node, "ps"), *targets = field_list(check, node, "targets");
	const struct doc_node *scan = field_list(check, node, "scan");
	facts_add(facts, "mode=%s borrow=%" PRId64, field_text(check, node, "mode", ""), field_int(check, node, "borrow", 0));
	for (uint32_t i = 0; i < pod_sets->count; i++)
		expected_pod_set(check, facts, pod_sets->items[i], i);
	for (uint32_t i = 0; i < targets->count; i++) {
		const struct doc_node *target = targets->items[i];
		if (target->kind == DOC_SEQUENCE && target->count == 2)
			facts_add(facts, "target %u %s %s", i, node_text(check, target->items[0]), node_text(check, target->items[1]));
		else
			check_problem(check, "a target is not a pair");
	}
	for (uint32_t p = 0; p < scan->count; p++)
		for (uint32_t i = 0; i < as_map(check, scan->items[p])->count; i++)
			facts_add(facts, "scan %u %s=%s", p, scan->items[p]->pairs[i].key,
			          node_text(check, scan->items[p]->pairs[i].value));
}

static const char *pod_set_name(const struct situation *situation, const struct subject *subject, uint32_t pod_set)
{
	return names_text(situation->names, subject->spec.pod_sets[pod_set].name);
}

/* An assignment ends with the first pod set that fails (FA-2), so Kueue lists none after it: of those beyond `listed` only a
 * flavor would be a fact. */
static void verdict_facts(const struct drive *drive, struct facts *facts, const struct subject *subject,
                          const struct solo_verdict *verdict, uint32_t listed)
{
	const struct situation *situation = drive->situation;
	const struct kueue_config *config = situation->config;
	const struct assignment *assignment = &verdict->assignment;
	facts_add(facts, "mode=%s borrow=%u", mode_names[verdict->mode], verdict->borrow_level);
	for (uint32_t p = 0; p < assignment->n_pod_sets; p++) {
		if (p < listed)
			facts_add(facts, "pod set %u %s count=%d", p, pod_set_name(situation, subject, p), assignment->counts[p]);
		for (uint32_t r = 0; r < assignment->n_resources; r++) {
			uint32_t at = p * assignment->n_resources + r;
			const char *resource = names_text(situation->names, config->resources[r]);
			if (assignment->flavors[at] != NONE)
				facts_add(facts, "pod set %u %s=%s %s", p, resource,
				          names_text(situation->names, config->flavors[assignment->flavors[at]].name),
				          mode_names[verdict->modes[at]]);
			if (verdict->scan[at] != INT32_MIN)
				facts_add(facts, "scan %u %s=%d", p, resource, verdict->scan[at]);
		}
	}
	for (uint32_t i = 0; i < verdict->n_targets; i++)
		facts_add(facts, "target %u %s %s", i, drive_subject(drive, verdict->targets[i].workload)->key,
		          reason_text(verdict->targets[i].reason));
}

static void compare_solo(struct drive *drive, const struct doc_node *expected)
{
	struct check *check = drive->situation->check;
	const char *name = field_text(check, expected, "name", "");
	struct subject *subject = situation_find(drive->situation, name);
	struct facts theirs = {.arena = check->arena}, ours = {.arena = check->arena};
	struct solo_verdict verdict;
	struct error error;
	if (!subject || !planner_solo(drive->planner, subject->id, drive->now_us, check->arena, &verdict, &error)) {
		check_problem(check, "solo %s: %s", name, subject ? error.text : "no such workload");
		return;
	}
	expected_solo(check, &theirs, expected);
	verdict_facts(drive, &ours, subject, &verdict, field_list(check, expected, "ps")->count);
	facts_compare(check, NULL, arena_printf(check->arena, "solo %s", name), &theirs, &ours);
}

/* ---- cycles: the state after each step ---- */

static void expected_state(struct check *check, struct facts *facts, const struct doc_node *node)
{
	FIELDS_KNOWN(check, node, "a cycle's answer", "admitted", "preempted", "active", "inadmissible");
	const struct doc_node *admitted = field_map(check, node, "admitted"), *preempted = field_map(check, node, "preempted");
	for (uint32_t i = 0; i < admitted->count; i++) {
		const struct doc_node *list = as_list(check, admitted->pairs[i].value);
		for (uint32_t p = 0; p < list->count; p++) {
			const struct doc_node *pod_set = list->items[p];
			const struct doc_node *flavors = field_map(check, pod_set, "flavors");
			FIELDS_KNOWN(check, pod_set, "an admitted pod set", "name", "flavors", "modes", "count");
			struct facts pairs = {.arena = check->arena};
			for (uint32_t f = 0; f < flavors->count; f++)
				facts_add(&pairs, "%s=%s", flavors->pairs[f].key, node_text(check, flavors->pairs[f].value));
			facts_add(facts, "admitted %s pod set %u %s count=%" PRId64 " %s", admitted->pairs[i].key, p,
			          field_text(check, pod_set, "name", ""), field_int(check, pod_set, "count", 0), facts_join(&pairs));
		}
	}
	for (uint32_t i = 0; i < preempted->count; i++)
		facts_add(facts, "preempted %s %s", preempted->pairs[i].key, node_text(check, preempted->pairs[i].value));
	static const char *const places[] = {"active", "inadmissible"};
	for (uint32_t place = 0; place < ARRAY_COUNT(places); place++) {
		const struct doc_node *queues = field_map(check, node, places[place]);
		for (uint32_t q = 0; q < queues->count; q++) {
			const struct doc_node *list = as_list(check, queues->pairs[q].value);
			for (uint32_t k = 0; k < list->count; k++)
				facts_add(facts, "%s in %s: %s", places[place], queues->pairs[q].key, node_text(check, list->items[k]));
		}
	}
}

static void subject_facts(const struct drive *drive, struct facts *facts, const struct subject *subject)
{
	const struct situation *situation = drive->situation;
	struct workload_view view;
	if (!planner_view(drive->planner, subject->id, &view))
		return; /* finished */
	if (view.preempted_reason != REASON_NONE)
		facts_add(facts, "preempted %s %s", subject->key, reason_text(view.preempted_reason));
	if (view.queued)
		facts_add(facts, "%s in %s: %s", view.parked ? "inadmissible" : "active",
		          names_text(situation->names, situation->config->cluster_queues[view.cluster_queue].name), subject->key);
	else
		for (uint32_t p = 0; p < view.admission.n_pod_sets; p++)
			facts_add(facts, "admitted %s pod set %u %s count=%d %s", subject->key, p, pod_set_name(situation, subject, p),
			          view.admission.counts[p], situation_flavors_text(situation, &view.admission, p));
}

static void compare_state(struct drive *drive, uint32_t step, const struct doc_node *expected)
{
	struct check *check = drive->situation->check;
	struct facts theirs = {.arena = check->arena}, ours = {.arena = check->arena};
	expected_state(check, &theirs, expected);
	for (uint32_t i = 0; i < drive->situation->subjects.count; i++)
		subject_facts(drive, &ours, &drive->situation->subjects.items[i]);
	facts_compare(check, NULL, arena_printf(check->arena, "after cycle %u", step), &theirs, &ours);
}

/* ---- the closed loop ---- */

struct loop {
	const struct doc_node *finish, *requeue;
	int64_t delay;         /* steps from an eviction to its release */
	int64_t *evicted;      /* per subject: the step of its eviction, -1 = holds or waits */
	const uint32_t *order; /* subjects by name */
};

static const uint32_t *order_by_name(const struct situation *situation)
{
	uint32_t count = situation->subjects.count;
	uint32_t *order = ARENA_ARRAY(situation->arena, uint32_t, count);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t j = i;
		for (; j > 0 && strcmp(situation->subjects.items[order[j - 1]].key, situation->subjects.items[i].key) > 0; j--)
			order[j] = order[j - 1];
		order[j] = i;
	}
	return order;
}

static struct loop read_loop(struct drive *drive, const struct doc_node *world)
{
	struct situation *situation = drive->situation;
	struct loop loop = {
	    .finish = field_list(situation->check, world, "finish"),
	    .requeue = field_list(situation->check, world, "requeue"),
	    .delay = field_int(situation->check, world, "delay", 0),
	    .evicted = ARENA_ARRAY(situation->arena, int64_t, situation->subjects.count),
	    .order = order_by_name(situation),
	};
	for (uint32_t i = 0; i < situation->subjects.count; i++)
		loop.evicted[i] = situation->subjects.items[i].status.evicted ? 0 : -1;
	return loop;
}

static void note_evictions(const struct drive *drive, struct loop *loop, uint32_t step)
{
	for (uint32_t i = 0; i < drive->decisions->count; i++) {
		const struct decision *decision = &drive->decisions->items[i];
		if (decision->kind == DECISION_PREEMPT || decision->kind == DECISION_EVICT)
			loop->evicted[drive_subject(drive, decision->workload) - drive->situation->subjects.items] = step;
	}
}

static bool finish_named(struct drive *drive, const struct doc_node *names)
{
	for (uint32_t i = 0; i < names->count; i++) {
		struct subject *subject = situation_find(drive->situation, node_text(drive->situation->check, names->items[i]));
		struct workload_view view;
		if (!subject || !planner_view(drive->planner, subject->id, &view) || view.phase != PHASE_RESERVED)
			continue;
		if (!drive_input(drive, INPUT_FINISHED, subject))
			return false;
	}
	return true;
}

static bool release_due(struct drive *drive, struct loop *loop, uint32_t step)
{
	for (uint32_t i = 0; i < drive->situation->subjects.count; i++) {
		uint32_t at = loop->order[i];
		if (loop->evicted[at] < 0 || step - loop->evicted[at] < loop->delay)
			continue;
		loop->evicted[at] = -1;
		if (!drive_input(drive, INPUT_RELEASED, &drive->situation->subjects.items[at]))
			return false;
	}
	return true;
}

/* What happens in a step after its cycle. */
static bool loop_step(struct drive *drive, struct loop *loop, uint32_t step)
{
	note_evictions(drive, loop, step);
	bool requeue = false;
	if (step >= loop->finish->count || step >= loop->requeue->count || !doc_bool(loop->requeue->items[step], &requeue))
		return check_problem(drive->situation->check, "no finishes or requeue given for step %u", step);
	return drive_writes(drive, INPUT_WRITE_DONE) &&
	       finish_named(drive, as_list(drive->situation->check, loop->finish->items[step])) &&
	       release_due(drive, loop, step) && (!requeue || drive_requeues(drive));
}

/* ---- a world ---- */

static uint32_t tie_cycle(struct check *check, struct world_tie tie)
{
	uint32_t first = UINT32_MAX;
	for (uint32_t i = 0; tie.list && i < tie.list->count; i++)
		if (strcmp(field_text(check, tie.list->items[i], "id", ""), tie.id) == 0)
			first = MIN(first, (uint32_t)field_int(check, tie.list->items[i], "fromCycle", UINT32_MAX));
	return first;
}

/* Of closed loops no solo answers are listed: where the first cycle is a tie, so is the start, which they are nominated
 * against. */
static bool tie_solo(struct check *check, struct world_tie tie, const char *name, bool looping)
{
	if (looping && tie_cycle(check, tie) == 0)
		return true;
	for (uint32_t i = 0; tie.list && i < tie.list->count; i++)
		if (strcmp(field_text(check, tie.list->items[i], "id", ""), tie.id) == 0 &&
		    strcmp(field_text(check, tie.list->items[i], "solo", ""), name) == 0)
			return true;
	return false;
}

static void compare_solos(struct drive *drive, const struct doc_node *answer, struct world_tie tie, bool looping)
{
	struct check *check = drive->situation->check;
	const struct doc_node *solos = field_list(check, answer, "solo");
	for (uint32_t i = 0; i < solos->count && !check->failed; i++) {
		const char *name = field_text(check, solos->items[i], "name", "");
		if (tie_solo(check, tie, name, looping))
			check->tie = arena_printf(check->arena, "solo %s", name);
		else
			compare_solo(drive, solos->items[i]);
	}
}

static void run_cycles(struct drive *drive, const struct doc_node *world, const struct doc_node *answer,
                       struct world_tie tie)
{
	struct check *check = drive->situation->check;
	const struct doc_node *cycles = field_list(check, answer, "cycles");
	bool looping = field_bool(check, world, "loop", false);
	struct loop loop = looping ? read_loop(drive, world) : (struct loop){0};
	uint32_t first_tie = tie_cycle(check, tie);
	if (looping && (!drive_announce(drive) || !drive_requeues(drive)))
		return;
	for (uint32_t step = 0; step < cycles->count && !check->failed; step++) {
		if (step >= first_tie) {
			check->tie = arena_printf(check->arena, "from cycle %u", step);
			return;
		}
		if (looping)
			drive->now_us = (NOW_S + STEP_S * ((int64_t)step + 1)) * US_PER_S;
		if (!drive_cycle(drive) || (looping && !loop_step(drive, &loop, step)))
			return;
		compare_state(drive, step, cycles->items[step]);
	}
}

void world_run(struct check *check, const struct doc_node *world, const struct doc_node *answer, struct world_tie tie,
               const struct conformance_options *options)
{
	if (field(world, "levels")) {
		placement_world_run(check, world, answer, options);
		return;
	}
	FIELDS_KNOWN(check, answer, "the answer", "id", "nodes", "cohorts", "solo", "cycles");
	struct situation situation;
	situation_init(&situation, check, NOW_S * US_PER_S);
	if (read_world(&situation, world)) {
		struct drive drive;
		if (drive_begin(&drive, &situation, options)) {
			compare_nodes(&drive, answer);
			compare_solos(&drive, answer, tie, field_bool(check, world, "loop", false));
			run_cycles(&drive, world, answer, tie);
		}
		drive_finish(&drive);
	}
	situation_finish(&situation);
}
