/* conformance_flavors.c - cases about choosing flavors: the search, comparing verdicts, partial admission, saved progress.
 *
 * Two facts of Kueue's explanations are not asserted, because they are words and decide nothing: which of several taints
 * is named, and (per the README) attempts beyond those that one side made once a flavor fits. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantity.h"
#include "conformance_operations.h"
#include "planner/kueue/flavors.h"

/* ---- the oracle: preemption's outcome per flavor and resource is part of the case ---- */

struct given_outcome {
	const struct situation *situation;
	const struct doc_node *simulation;
};

static struct flavor_verdict given_probe(void *context, uint32_t fr, int64_t amount)
{
	static const char *const results[] = {"NoCandidates", "Preempt", "Reclaim", NULL};
	static const enum flavor_mode modes[] = {FLAVOR_NO_CANDIDATES, FLAVOR_PREEMPT, FLAVOR_RECLAIM};
	(void)amount;
	const struct given_outcome *given = context;
	const struct kueue_config *config = given->situation->config;
	struct check *check = given->situation->check;
	const char *flavor = names_text(config->names, config->flavors[config->frs[fr].flavor].name);
	const char *resource = names_text(config->names, config->resources[config->frs[fr].resource]);
	const struct doc_node *outcome = field(field(given->simulation, flavor), resource);
	if (!outcome)
		return (struct flavor_verdict){FLAVOR_PREEMPT, 0};
	FIELDS_KNOWN(check, outcome, "a simulated preemption", "result", "borrowLevelAfter");
	return (struct flavor_verdict){modes[choice(check, "result", field_text(check, outcome, "result", ""), results)],
	                               (uint32_t)field_count(check, outcome, "borrowLevelAfter", 0)};
}

/* ---- explanations as text ---- */

static const char *flavor_text(const struct situation *situation, uint32_t flavor)
{
	return flavor == NONE ? "" : names_text(situation->names, situation->config->flavors[flavor].name);
}

static const char *resource_text(const struct situation *situation, uint32_t resource)
{
	return resource == NONE ? "" : names_text(situation->names, situation->config->resources[resource]);
}

static const char *attempt_fact_text(const struct situation *situation, const struct attempt *attempt)
{
	static const char *const kinds[] = {
	    [FACT_NONE] = "",
	    [FACT_INSUFFICIENT_QUOTA] = "insufficientUnusedQuota",
	    [FACT_EXCEEDS_MAXIMUM] = "exceedsMaxCapacity",
	    [FACT_UNTOLERATED_TAINT] = "untoleratedTaint",
	    [FACT_AFFINITY_MISMATCH] = "nodeAffinityMismatch",
	    [FACT_LACKS_RESOURCE] = "flavorLacksResource",
	    [FACT_FLAVOR_NOT_FOUND] = "flavorNotFound",
	    [FACT_NO_TOPOLOGY] = "noTopology",
	    [FACT_NO_PLACE] = "noPlace",
	    [FACT_RESOURCE_NOT_COVERED] = "resourceNotInClusterQueue",
	    [FACT_OTHER_SLICE_FLAVOR] = "sliceFlavorMismatch",
	    [FACT_SEVERAL_TOPOLOGIES] = "severalTopologies",
	    [FACT_NO_TOPOLOGY_AT_ALL] = "noTopologyAtAll",
	    [FACT_NO_TOPOLOGY_FLAVOR] = "noTopologyFlavor",
	};
	const char *about = resource_text(situation, attempt->resource);
	if (attempt->unknown != NO_NAME)
		about = names_text(situation->names, attempt->unknown);
	if (attempt->fact == FACT_OTHER_SLICE_FLAVOR)
		about = flavor_text(situation, attempt->original);
	bool insufficient = attempt->fact == FACT_INSUFFICIENT_QUOTA, exceeds = attempt->fact == FACT_EXCEEDS_MAXIMUM;
	return arena_printf(
	    situation->arena, "%s(%s %s missing=%" PRId64 " earlier=%" PRId64 " request=%" PRId64 " max=%" PRId64 ")",
	    kinds[attempt->fact], flavor_text(situation, attempt->flavor), about, insufficient ? attempt->missing : 0,
	    exceeds ? attempt->earlier : 0, exceeds ? attempt->requested : 0, exceeds ? attempt->maximum : 0);
}

static const char *expected_fact_text(struct check *check, const struct doc_node *node)
{
	FIELDS_KNOWN(check, node, "a reason", "kind", "flavor", "resource", "missing", "earlierPodSets", "request",
	             "maxCapacity", "original", "taintKey", "taintValue", "taintEffect");
	const char *resource = field_text(check, node, "resource", field_text(check, node, "original", ""));
	return arena_printf(
	    check->arena, "%s(%s %s missing=%" PRId64 " earlier=%" PRId64 " request=%" PRId64 " max=%" PRId64 ")",
	    field_text(check, node, "kind", ""), field_text(check, node, "flavor", ""), resource,
	    field_quantity(check, node, "missing", resource, 0), field_quantity(check, node, "earlierPodSets", resource, 0),
	    field_quantity(check, node, "request", resource, 0), field_quantity(check, node, "maxCapacity", resource, 0));
}

static const char *mode_text(enum flavor_mode mode)
{
	static const char *const texts[] = {
	    [FLAVOR_NO_FIT] = "NoFit",    [FLAVOR_NO_CANDIDATES] = "NoFit",
	    [FLAVOR_PREEMPT] = "Preempt", [FLAVOR_RECLAIM] = "Preempt",
	    [FLAVOR_FIT] = "Fit",
	};
	return texts[mode];
}

/* Kueue has no word of its own for a resource that no group covers. */
static const char *no_fit_reason(enum reason bound)
{
	return reason_text(bound == REASON_RESOURCE_NOT_COVERED ? REASON_NO_MATCHING_FLAVOR : bound);
}

static const char *no_fit_text(const struct attempt *attempt)
{
	enum reason bound = attempt_bound(attempt);
	return bound == REASON_NONE ? "" : no_fit_reason(bound);
}

/* One flavor tried, all its facts together. */
struct attempt_text {
	const char *flavor, *mode, *no_fit, *preemption;
	int64_t level;
	const char *facts;
	bool lacks_only; /* listed only because it lacks the resource */
};

struct attempt_texts {
	VEC_FIELDS(struct attempt_text);
};

static struct attempt_text expected_attempt(struct check *check, const struct doc_node *node)
{
	FIELDS_KNOWN(check, node, "an attempt", "flavor", "mode", "borrowLevel", "noFitReason", "preemption", "reasons");
	const struct doc_node *reasons = field_list(check, node, "reasons");
	struct facts facts = {.arena = check->arena};
	bool lacks_only = reasons->count > 0;
	for (uint32_t i = 0; i < reasons->count; i++) {
		facts_add(&facts, "%s", expected_fact_text(check, reasons->items[i]));
		lacks_only &= strcmp(field_text(check, reasons->items[i], "kind", ""), "flavorLacksResource") == 0;
	}
	return (struct attempt_text){
	    .flavor = field_text(check, node, "flavor", ""),
	    .mode = field_text(check, node, "mode", ""),
	    .no_fit = field_text(check, node, "noFitReason", ""),
	    .preemption = field_text(check, node, "preemption", ""),
	    .level = field_int(check, node, "borrowLevel", 0),
	    .facts = facts_join(&facts),
	    .lacks_only = lacks_only,
	};
}

/* Groups the rows of one flavor and pod set. */
static struct attempt_texts made_attempts(const struct situation *situation, const struct attempts *attempts,
                                          uint32_t pod_set)
{
	struct attempt_texts texts = {0};
	for (uint32_t i = 0; i < attempts->count;) {
		const struct attempt *first = &attempts->items[i];
		struct facts facts = {.arena = situation->arena};
		const char *no_fit = "";
		for (; i < attempts->count && attempts->items[i].pod_set == first->pod_set &&
		       attempts->items[i].flavor == first->flavor;
		     i++) {
			if (attempts->items[i].fact != FACT_NONE)
				facts_add(&facts, "%s", attempt_fact_text(situation, &attempts->items[i]));
			no_fit = *no_fit ? no_fit : no_fit_text(&attempts->items[i]);
		}
		const char *joined = facts_join(&facts);
		if (first->pod_set != pod_set || first->flavor == NONE)
			continue;
		*VEC_PUSH(&texts) = (struct attempt_text){
		    .flavor = flavor_text(situation, first->flavor),
		    .mode = mode_text(first->mode),
		    .no_fit = no_fit,
		    .preemption = first->mode == FLAVOR_PREEMPT   ? "Preempt"
		                  : first->mode == FLAVOR_RECLAIM ? "Reclaim"
		                                                  : "",
		    .level = first->level,
		    .facts = joined,
		};
	}
	return texts;
}

static const char *attempt_line(struct arena *arena, const struct attempt_text *attempt)
{
	return arena_printf(arena, "%s %s level %" PRId64 "%s%s%s%s %s", attempt->flavor, attempt->mode, attempt->level,
	                    *attempt->no_fit ? " " : "", attempt->no_fit, *attempt->preemption ? " " : "", attempt->preemption,
	                    attempt->facts);
}

static const struct attempt_text *find_attempt(const struct attempt_texts *texts, const char *flavor)
{
	for (uint32_t i = 0; i < texts->count; i++)
		if (strcmp(texts->items[i].flavor, flavor) == 0)
			return &texts->items[i];
	return NULL;
}

static void compare_attempt(struct check *check, const struct attempt_text *theirs, const struct attempt_text *ours)
{
	if (theirs && ours && theirs->lacks_only && strcmp(ours->mode, "Fit") == 0)
		return;
	check_text(check, "FA-13", "attempt", theirs ? attempt_line(check->arena, theirs) : "",
	           ours ? attempt_line(check->arena, ours) : "");
}

/* If a flavor fits, each of our attempts must be among theirs; else each of theirs must be among ours. */
static void compare_attempts(struct situation *situation, const struct doc_node *list, const struct attempts *made,
                             uint32_t pod_set)
{
	struct attempt_texts theirs = {0}, ours = made_attempts(situation, made, pod_set);
	bool any_fit = false;
	for (uint32_t i = 0; i < list->count; i++) {
		*VEC_PUSH(&theirs) = expected_attempt(situation->check, list->items[i]);
		any_fit |= strcmp(theirs.items[i].mode, "Fit") == 0;
	}
	const struct attempt_texts *listed = any_fit ? &ours : &theirs;
	for (uint32_t i = 0; i < listed->count; i++)
		compare_attempt(situation->check, find_attempt(&theirs, listed->items[i].flavor),
		                find_attempt(&ours, listed->items[i].flavor));
	VEC_FREE(&theirs);
	VEC_FREE(&ours);
}

/* ---- assign-flavors ---- */

static const char *const assignment_modes[] = {
    [MODE_NO_FIT] = "NoFit", [MODE_PREEMPT] = "Preempt", [MODE_DEFERRED_FIT] = "DeferredFit", [MODE_FIT] = "Fit"};

struct assigned {
	struct situation *situation;
	const struct shape *shape;
	const struct nomination *nomination;
	const struct attempts *attempts;
};

static void compare_cell(const struct assigned *assigned, const struct doc_node *expected, uint32_t pod_set,
                         const char *resource_name)
{
	struct check *check = assigned->situation->check;
	FIELDS_KNOWN(check, expected, "an assigned flavor", "flavor", "mode", "triedFlavorIdx");
	uint32_t resource = situation_resource(assigned->situation, resource_name);
	if (check->failed)
		return;
	const struct nomination *nomination = assigned->nomination;
	uint32_t cell = pod_set * nomination->n_resources + resource;
	const char *what = arena_printf(check->arena, "%s of pod set %u", resource_name, pod_set);
	check_text(check, "FA-3", what, field_text(check, expected, "flavor", ""),
	           flavor_text(assigned->situation, nomination->flavors[cell]));
	if (field(expected, "mode"))
		check_text(check, "FA-4", arena_printf(check->arena, "mode for %s", what), field_text(check, expected, "mode", ""),
		           assignment_modes[nomination->modes[cell]]);
	if (field(expected, "triedFlavorIdx"))
		check_int(check, "FA-8", arena_printf(check->arena, "last flavor tried for %s", what),
		          field_int(check, expected, "triedFlavorIdx", 0), nomination->scan[cell]);
}

/* What the whole pod set asks for; `pods` only where a group covers it (WL-4). */
static void compare_requests(const struct assigned *assigned, const struct doc_node *expected, uint32_t pod_set)
{
	struct situation *situation = assigned->situation;
	const struct shape_pod_set *set = &assigned->shape->pod_sets[pod_set];
	struct facts theirs = {.arena = situation->arena}, ours = {.arena = situation->arena};
	for (uint32_t i = 0; i < expected->count; i++)
		facts_add(&theirs, "%s=%" PRId64, expected->pairs[i].key,
		          node_quantity(situation->check, expected->pairs[i].value, expected->pairs[i].key));
	for (uint32_t i = 0; i < set->n_charged; i++)
		facts_add(&ours, "%s=%" PRId64, names_text(situation->names, set->charged[i].resource),
		          sat_mul(set->charged[i].amount, assigned->nomination->counts[pod_set]));
	uint32_t pods = kueue_find_resource(situation->config, names_find(situation->names, "pods"));
	uint32_t cell = pod_set * assigned->nomination->n_resources + pods;
	if (pods != NONE && assigned->nomination->flavors[cell] != NONE)
		facts_add(&ours, "pods=%" PRId64, assigned->nomination->usage[cell]);
	facts_compare(situation->check, "WL-3", arena_printf(situation->arena, "requests of pod set %u", pod_set), &theirs,
	              &ours);
}

static void compare_reasons(const struct assigned *assigned, const struct doc_node *list, uint32_t pod_set)
{
	struct situation *situation = assigned->situation;
	struct facts theirs = {.arena = situation->arena}, ours = {.arena = situation->arena};
	for (uint32_t i = 0; i < list->count; i++)
		facts_add(&theirs, "%s", expected_fact_text(situation->check, list->items[i]));
	for (uint32_t i = 0; i < assigned->attempts->count; i++) {
		const struct attempt *attempt = &assigned->attempts->items[i];
		if (attempt->pod_set == pod_set && attempt->fact != FACT_NONE)
			facts_add(&ours, "%s", attempt_fact_text(situation, attempt));
	}
	facts_compare(situation->check, "FA-13", arena_printf(situation->arena, "reasons of pod set %u", pod_set), &theirs,
	              &ours);
}

/* What Kueue calls an error: flavors that no placement can follow (TAS-3). */
static const char *error_text(const struct attempts *attempts, uint32_t pod_set)
{
	for (uint32_t i = 0; i < attempts->count; i++) {
		if (attempts->items[i].pod_set != pod_set)
			continue;
		if (attempts->items[i].fact == FACT_SEVERAL_TOPOLOGIES)
			return "MultipleTASFlavorsAssigned";
		if (attempts->items[i].fact == FACT_NO_TOPOLOGY_AT_ALL)
			return "NoTASCacheInformation";
		if (attempts->items[i].fact == FACT_NO_TOPOLOGY_FLAVOR)
			return "NoTASFlavorAssigned";
	}
	return "";
}

static void compare_pod_set(const struct assigned *assigned, const struct doc_node *expected, uint32_t pod_set)
{
	struct check *check = assigned->situation->check;
	FIELDS_KNOWN(check, expected, "an expected pod set", "name", "count", "flavors", "requests", "reasons", "attempts",
	             "error");
	const struct nomination *nomination = assigned->nomination;
	if (pod_set >= nomination->n_pod_sets) {
		check_problem(check, "more pod sets expected than given");
		return;
	}
	const struct doc_node *flavors = field_map(check, expected, "flavors");
	check_text(check, NULL, "name of a pod set", field_text(check, expected, "name", ""),
	           names_text(assigned->situation->names, assigned->shape->pod_sets[pod_set].spec.name));
	if (field(expected, "count"))
		check_int(check, "WL-3", "count", field_int(check, expected, "count", 0), nomination->counts[pod_set]);
	uint32_t n_assigned = 0;
	for (uint32_t r = 0; r < nomination->n_resources; r++)
		n_assigned += nomination->flavors[pod_set * nomination->n_resources + r] != NONE;
	for (uint32_t i = 0; i < flavors->count; i++)
		compare_cell(assigned, flavors->pairs[i].value, pod_set, flavors->pairs[i].key);
	if (field(expected, "flavors"))
		check_int(check, "FA-2", "resources with a flavor", flavors->count, n_assigned);
	if (field(expected, "requests"))
		compare_requests(assigned, field_map(check, expected, "requests"), pod_set);
	check_text(check, "TAS-3", "error", field_text(check, expected, "error", ""), error_text(assigned->attempts, pod_set));
	if (field(expected, "reasons"))
		compare_reasons(assigned, field_list(check, expected, "reasons"), pod_set);
	if (field(expected, "attempts"))
		compare_attempts(assigned->situation, field_list(check, expected, "attempts"), assigned->attempts, pod_set);
}

static void compare_charges(const struct assigned *assigned, const struct doc_node *expected)
{
	struct situation *situation = assigned->situation;
	struct facts theirs = {.arena = situation->arena}, ours = {.arena = situation->arena};
	for (uint32_t i = 0; i < expected->count; i++) {
		const struct doc_node *resources = as_map(situation->check, expected->pairs[i].value);
		for (uint32_t r = 0; r < resources->count; r++)
			facts_add(&theirs, "%s/%s=%" PRId64, expected->pairs[i].key, resources->pairs[r].key,
			          node_amount(situation->check, resources->pairs[r].value));
	}
	for (uint32_t i = 0; i < assigned->nomination->pairs.count; i++) {
		const struct charge_pair *pair = &assigned->nomination->pairs.items[i];
		facts_add(&ours, "%s/%s=%" PRId64, flavor_text(situation, situation->config->frs[pair->fr].flavor),
		          resource_text(situation, situation->config->frs[pair->fr].resource), pair->amount);
	}
	facts_compare(situation->check, "FA-7", "usage", &theirs, &ours);
}

static void compare_assigned(const struct assigned *assigned, const struct doc_node *expected)
{
	struct check *check = assigned->situation->check;
	FIELDS_KNOWN(check, expected, "expected", "mode", "borrowing", "usage", "noFitReason", "podSets", "attemptReasons");
	const struct nomination *nomination = assigned->nomination;
	const struct doc_node *pod_sets = field_list(check, expected, "podSets");
	const struct doc_node *reasons = field_map(check, expected, "attemptReasons");
	if (field(expected, "mode"))
		check_text(check, "FA-7", "mode", field_text(check, expected, "mode", ""), assignment_modes[nomination->mode]);
	for (uint32_t i = 0; i < pod_sets->count && !check->failed; i++)
		compare_pod_set(assigned, pod_sets->items[i], i);
	if (field(expected, "borrowing"))
		check_int(check, "QA-11", "borrow level", field_int(check, expected, "borrowing", 0), nomination->borrow_level);
	if (field(expected, "usage"))
		compare_charges(assigned, field_map(check, expected, "usage"));
	if (field(expected, "noFitReason"))
		check_text(check, "FA-13", "noFitReason", field_text(check, expected, "noFitReason", ""),
		           no_fit_reason(nomination->bound));
	struct attempt_texts ours = made_attempts(assigned->situation, assigned->attempts, 0);
	for (uint32_t i = 0; i < reasons->count; i++) {
		const struct attempt_text *attempt = find_attempt(&ours, reasons->pairs[i].key);
		if (attempt)
			check_text(check, "FA-13", arena_printf(check->arena, "noFitReason of %s", reasons->pairs[i].key),
			           node_text(check, reasons->pairs[i].value), attempt->no_fit);
	}
	VEC_FREE(&ours);
}

#define ALLOWED_FLAVORS "kueue.x-k8s.io/workload-allowed-resource-flavors"

/* The workload of the case, pending in the queue it is about. */
static bool add_incoming(struct situation *situation, const struct doc_node *test)
{
	struct check *check = situation->check;
	const struct doc_node *pod_sets = field_list(check, test, "podSets");
	struct subject *subject = VEC_PUSH(&situation->subjects);
	*subject = (struct subject){.key = "incoming", .uid = ""};
	subject->spec = (struct workload_spec){
	    .name = situation_name(situation, "incoming"),
	    .local_queue = NONE,
	    .cluster_queue = situation_cluster_queue(situation, field_text(check, test, "targetClusterQueue", "")),
	    .pod_sets = situation_read_pod_sets(situation, pod_sets),
	    .n_pod_sets = pod_sets->count,
	    .max_execution_s = -1,
	};
	const struct doc_node *allowed = field(field(test, "workloadAnnotations"), ALLOWED_FLAVORS);
	FIELDS_KNOWN(check, field(test, "workloadAnnotations"), "the annotations", ALLOWED_FLAVORS);
	if (allowed)
		subject->spec.allowed_flavors = situation_read_allowed(situation, node_text(check, allowed));
	subject->status = (struct workload_status){.requeue_at_us = -1, .admitted_queue = NONE};
	situation_read_reclaimable(situation, field_list(check, test, "reclaimablePods"), subject);
	return !check->failed;
}

/* `replacedSlice` gives flavors and totals, `replacedWorkload` a workload with its admission. */
static bool read_replaced(struct situation *situation, const struct doc_node *test, struct replaced_slice *ret_replaced)
{
	struct check *check = situation->check;
	const struct doc_node *workload = field(test, "replacedWorkload");
	const struct doc_node *list = field_list(check, test, "replacedSlice");
	if (workload)
		list = field_list(check, field(field(workload, "status"), "admission"), "podSets");
	uint32_t n = situation->config->n_resources;
	uint32_t n_pod_sets = MAX(list->count, field_list(check, test, "podSets")->count);
	uint32_t *flavors = ARENA_ARRAY(situation->arena, uint32_t, n_pod_sets * n);
	int64_t *totals = ARENA_ARRAY(situation->arena, int64_t, n_pod_sets * n);
	memset(flavors, 0xff, sizeof *flavors * n_pod_sets * n); /* NONE */
	for (uint32_t p = 0; p < list->count; p++) {
		const struct doc_node *item = list->items[p], *map = field_map(check, item, "flavors");
		const struct doc_node *amounts = field_map(check, item, workload ? "usage" : "total");
		FIELDS_KNOWN(check, item, "a replaced pod set", "name", "count", "total", "flavors", "usage");
		for (uint32_t i = 0; i < map->count && !check->failed; i++)
			flavors[p * n + situation_resource(situation, map->pairs[i].key)] =
			    situation_flavor(situation, node_text(check, map->pairs[i].value));
		for (uint32_t i = 0; i < amounts->count && !check->failed; i++)
			totals[p * n + situation_resource(situation, amounts->pairs[i].key)] =
			    workload ? node_quantity(check, amounts->pairs[i].value, amounts->pairs[i].key)
			             : node_amount(check, amounts->pairs[i].value);
	}
	*ret_replaced = (struct replaced_slice){flavors, totals};
	return list->count > 0 && !check->failed && gate_on(situation->gates, GATE_ElasticJobsViaWorkloadSlices);
}

static void assign_and_compare(struct drive *drive, const struct doc_node *test)
{
	struct situation *situation = drive->situation;
	struct books *books = planner_books(drive->planner);
	const struct subject *subject = &situation->subjects.items[0];
	struct given_outcome given = {situation, field_map(situation->check, test, "preemptionSimulation")};
	struct attempts attempts = {0};
	struct nomination nomination = {0};
	const struct shape *shape = books_shape_at(books, books_row(books, subject->id.slot)->shape);
	struct flavor_problem problem = {
	    .books = books,
	    .cluster_queue = subject->spec.cluster_queue,
	    .shape = shape,
	    .oracle = {given_probe, &given},
	    .attempts = &attempts,
	};
	struct replaced_slice replaced;
	if (read_replaced(situation, test, &replaced))
		problem.replaced = &replaced;
	situation_charge_usage(situation, books, field_map(situation->check, test, "usage"));
	assign_flavors_and_places(books, subject->id.slot, &problem, &nomination);
	struct assigned assigned = {situation, shape, &nomination, &attempts};
	compare_assigned(&assigned, field_map(situation->check, test, "expected"));
	nomination_free(&nomination);
	VEC_FREE(&attempts);
}

void run_assign_flavors(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "targetClusterQueue", "podSets", "reclaimablePods", "usage",
	             "preemptionSimulation", "workloadAnnotations", "allowedFlavors", "replacedSlice", "replacedWorkload");
	struct situation situation;
	situation_init(&situation, check, US_PER_DAY);
	if (situation_read_with_usage(&situation, test) && add_incoming(&situation, test)) {
		struct drive drive;
		if (drive_begin(&drive, &situation, options))
			assign_and_compare(&drive, test);
		drive_finish(&drive);
	}
	situation_finish(&situation);
}

/* ---- flavor-mode-preference ---- */

static struct flavor_verdict read_verdict(struct check *check, const struct doc_node *node)
{
	static const char *const modes[] = {
	    [FLAVOR_NO_FIT] = "noFit",    [FLAVOR_NO_CANDIDATES] = "noPreemptionCandidates",
	    [FLAVOR_PREEMPT] = "preempt", [FLAVOR_RECLAIM] = "reclaim",
	    [FLAVOR_FIT] = "fit",         NULL,
	};
	FIELDS_KNOWN(check, node, "a flavor result", "mode", "borrowLevel");
	return (struct flavor_verdict){(enum flavor_mode)choice(check, "mode", field_text(check, node, "mode", ""), modes),
	                               (uint32_t)field_count(check, node, "borrowLevel", 0)};
}

void run_flavor_mode_preference(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	(void)options;
	struct cluster_queue queue = {0};
	const struct doc_node *expected = field_map(check, test, "expected");
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "a", "b", "flavorFungibility");
	FIELDS_KNOWN(check, expected, "expected", "aPreferred");
	situation_read_fungibility(check, field(test, "flavorFungibility"), &queue);
	check_bool(
	    check, "FA-5", "a is preferred", field_bool(check, expected, "aPreferred", false),
	    flavor_preferred(read_verdict(check, field(test, "a")), read_verdict(check, field(test, "b")), queue.preference));
}

/* ---- podset-reduction ---- */

struct size_limit {
	int64_t at_most;
	uint32_t n;
};

static int64_t sum_of(const int32_t *counts, uint32_t n)
{
	int64_t sum = 0;
	for (uint32_t i = 0; i < n; i++)
		sum += counts[i];
	return sum;
}

static bool within_limit(void *context, const int32_t *counts)
{
	const struct size_limit *limit = context;
	return sum_of(counts, limit->n) <= limit->at_most;
}

void run_podset_reduction(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	(void)options;
	const struct doc_node *expected = field_map(check, test, "expected"), *pod_sets = field_list(check, test, "podSets");
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "podSets", "fitsIfTotalAtMost");
	FIELDS_KNOWN(check, expected, "expected", "found", "total");
	uint32_t n = pod_sets->count;
	int32_t *counts = ARENA_ARRAY(check->arena, int32_t, n), *min_counts = ARENA_ARRAY(check->arena, int32_t, n);
	int32_t *found_counts = ARENA_ARRAY(check->arena, int32_t, n);
	for (uint32_t i = 0; i < n; i++) {
		FIELDS_KNOWN(check, pod_sets->items[i], "a pod set", "name", "count", "minCount");
		counts[i] = field_count(check, pod_sets->items[i], "count", 0);
		min_counts[i] = field_count(check, pod_sets->items[i], "minCount", 0);
	}
	struct size_limit limit = {field_int(check, test, "fitsIfTotalAtMost", 0), n};
	bool found = reduce_pod_sets(counts, min_counts, n, within_limit, &limit, found_counts);
	check_bool(check, "FA-14", "found", field_bool(check, expected, "found", false), found);
	check_int(check, "FA-14", "total", field_int(check, expected, "total", 0), found ? sum_of(found_counts, n) : 0);
}

/* ---- last-assignment-outdated ---- */

/* Hashes are texts in a case, distinct numbers for the planner. */
static struct scan_stamp read_stamp(struct situation *situation, const struct doc_node *node)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a stamp", "clusterQueueGeneration", "schedulingCycle", "schedulingHash");
	return (struct scan_stamp){
	    .class_hash = situation_name(situation, field_text(check, node, "schedulingHash", "")),
	    .cycle = (uint64_t)field_int(check, node, "schedulingCycle", 0),
	    .generation = (uint64_t)field_int(check, node, "clusterQueueGeneration", 0),
	};
}

void run_last_assignment_outdated(struct check *check, const struct doc_node *test,
                                  const struct conformance_options *options)
{
	(void)options;
	const struct doc_node *expected = field_map(check, test, "expected");
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "last", "current");
	FIELDS_KNOWN(check, expected, "expected", "outdated");
	struct situation situation;
	situation_init(&situation, check, 0);
	if (situation_read_objects(&situation, test))
		check_bool(check, "FA-10", "outdated", field_bool(check, expected, "outdated", false),
		           scan_outdated(situation.gates, read_stamp(&situation, field(test, "last")),
		                         read_stamp(&situation, field(test, "current"))));
	situation_finish(&situation);
}
