/* conformance_fair_sharing.c - cases about fair sharing: the order of entries and of queues to take from, and what Admission
 * Fair Sharing begins with. */
#include <math.h>
#include <string.h>

#include "base/quantity.h"
#include "conformance_operations.h"
#include "planner/kueue/admission_fair_sharing.h"
#include "planner/kueue/cycle.h"
#include "planner/kueue/preemption.h"

/* ---- admissionFairSharing ---- */

static double field_double(struct check *check, const struct doc_node *node, const char *name, double otherwise)
{
	double value = otherwise;
	if (field(node, name) && !doc_double(field(node, name), &value))
		check_problem(check, "%s is not a number", name);
	return value;
}

void situation_read_usage_config(struct situation *situation, const struct doc_node *node)
{
	struct check *check = situation->check;
	struct controller_config *controller = &situation->controller;
	FIELDS_KNOWN(check, node, "admissionFairSharing", "usageHalfLifeSeconds", "usageSamplingIntervalSeconds",
	             "resourceWeights", "initialUsage");
	const struct doc_node *map = field_map(check, node, "resourceWeights");
	struct resource_weight *weights = ARENA_ARRAY(situation->arena, struct resource_weight, map->count);
	for (uint32_t i = 0; i < map->count; i++)
		weights[i] = (struct resource_weight){situation_name(situation, map->pairs[i].key),
		                                      field_double(check, map, map->pairs[i].key, 1)};
	controller->admission_fair_sharing = node;
	controller->usage_half_life_us = (int64_t)(field_double(check, node, "usageHalfLifeSeconds", 0) * 1e6);
	controller->usage_sampling_us = (int64_t)(field_double(check, node, "usageSamplingIntervalSeconds", 300) * 1e6);
	controller->usage_weights = weights;
	controller->n_usage_weights = map->count;
}

static uint32_t find_local_queue(const struct situation *situation, const char *key)
{
	const char *slash = strchr(key, '/');
	const char *space = slash ? arena_text(situation->arena, key, (size_t)(slash - key)) : "";
	return kueue_find_local_queue(situation->config, names_find(situation->names, space),
	                              names_find(situation->names, slash ? slash + 1 : key));
}

void situation_seed_usage(struct situation *situation, const struct doc_node *node, struct planner *planner)
{
	struct check *check = situation->check;
	const struct doc_node *map = field_map(check, node, "initialUsage");
	for (uint32_t i = 0; i < map->count; i++) {
		uint32_t local_queue = find_local_queue(situation, map->pairs[i].key);
		const struct doc_node *amounts = as_map(check, map->pairs[i].value);
		if (local_queue == NONE)
			check_problem(check, "no LocalQueue '%s' in the case", map->pairs[i].key);
		for (uint32_t j = 0; j < amounts->count && !check->failed; j++) {
			const char *resource = amounts->pairs[j].key;
			int128 amount = node_quantity(check, amounts->pairs[j].value, resource);
			usage_ledger_set(planner_usage_ledger(planner), local_queue, situation_name(situation, resource),
			                 amount * (NANO_PER_UNIT / quantity_scale(resource)), situation->now_us);
		}
	}
}

/* ---- compare-entries ---- */

/* Does the share borrow something of which the entry asks for an amount above 0? */
static bool borrows_requested(struct check *check, const struct doc_node *share, const struct doc_node *requested)
{
	const struct doc_node *list = field_list(check, share, "borrowedOn");
	for (uint32_t i = 0; i < list->count; i++) {
		FIELDS_KNOWN(check, list->items[i], "borrowedOn", "flavor", "resource");
		const struct doc_node *flavor = field_map(check, requested, field_text(check, list->items[i], "flavor", ""));
		if (field_int(check, flavor, field_text(check, list->items[i], "resource", ""), 0) > 0)
			return true;
	}
	return false;
}

static struct fair_key read_key(struct situation *situation, const struct doc_node *node)
{
	struct check *check = situation->check;
	struct subject subject;
	FIELDS_KNOWN(check, node, "an entry", "workload", "borrowing", "isPreemptor", "share", "requested");
	const struct doc_node *share = field(node, "share");
	FIELDS_KNOWN(check, share, "a share", "fairWeight", "unweightedRatio", "borrowing", "borrowedOn");
	situation_read_workload(situation, field(node, "workload"), &subject);
	struct workload_row row = case_row(&subject);
	return (struct fair_key){
	    .is_preemptor = field_bool(check, node, "isPreemptor", false),
	    .borrows_requested = borrows_requested(check, share, field_map(check, node, "requested")),
	    .share = {.ratio = field_double(check, share, "unweightedRatio", 0),
	              .weight = field_double(check, share, "fairWeight", 0),
	              .borrowing = field_bool(check, share, "borrowing", false)},
	    .priority = row.priority,
	    .queue_ts_us = queue_order_ts_us(situation->config, &row),
	};
}

void run_compare_entries(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	(void)options;
	const struct doc_node *expected = field_map(check, test, "expected");
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "parentCohort", "a", "b");
	FIELDS_KNOWN(check, expected, "expected", "aFirst");
	struct situation situation;
	situation_init(&situation, check, US_PER_DAY);
	situation_read_objects(&situation, test);
	if (situation_build(&situation)) {
		struct fair_key a = read_key(&situation, field(test, "a")), b = read_key(&situation, field(test, "b"));
		check_bool(check, "SC-7", "a comes first", field_bool(check, expected, "aFirst", false),
		           fair_key_compare(situation.gates, &a, &b) < 0);
	}
	situation_finish(&situation);
}

/* ---- fs-target-order ---- */

static void read_offers(struct situation *situation, const struct doc_node *test, struct fair_offers *offers)
{
	static const char *const actions[] = {"pop", "drop", NULL};
	struct check *check = situation->check;
	const struct doc_node *names = field_list(check, test, "candidateClusterQueues");
	const struct doc_node *list = field_list(check, test, "actions");
	uint32_t *queues = ARENA_ARRAY(situation->arena, uint32_t, names->count);
	bool *drops = ARENA_ARRAY(situation->arena, bool, list->count);
	for (uint32_t i = 0; i < names->count; i++)
		queues[i] = situation_cluster_queue(situation, node_text(check, names->items[i]));
	for (uint32_t i = 0; i < list->count; i++)
		drops[i] = choice(check, "action", node_text(check, list->items[i]), actions) == 1;
	*offers = (struct fair_offers){.queues = queues, .n_queues = names->count, .drops = drops, .n_drops = list->count};
}

static void compare_offers(struct drive *drive, const struct doc_node *test)
{
	struct situation *situation = drive->situation;
	struct check *check = situation->check;
	const struct doc_node *expected = field_list(check, field_map(check, test, "expected"), "order");
	uint32_t *everything = ARENA_ARRAY(check->arena, uint32_t, situation->config->n_frs);
	for (uint32_t fr = 0; fr < situation->config->n_frs; fr++)
		everything[fr] = fr;
	struct preemption_problem problem = {
	    .books = planner_books(drive->planner),
	    .cluster_queue = situation_cluster_queue(situation, field_text(check, test, "preemptorClusterQueue", "")),
	    .contested = everything,
	    .n_contested = situation->config->n_frs,
	};
	struct fair_offers offers;
	read_offers(situation, test, &offers);
	if (check->failed)
		return;
	struct preemption_scratch *scratch = preemption_scratch_create();
	fair_preemption_offers(&problem, scratch, &offers);
	preemption_scratch_destroy(scratch);
	check_int(check, "PR-16", "offers", expected->count, offers.order.count);
	for (uint32_t i = 0; i < offers.order.count && i < expected->count; i++)
		check_text(check, "PR-16", arena_printf(check->arena, "offer %u", i + 1), node_text(check, expected->items[i]),
		           names_text(situation->names, situation->config->cluster_queues[offers.order.items[i]].name));
	VEC_FREE(&offers.order);
}

void run_fs_target_order(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "workloads", "preemptorClusterQueue", "candidateClusterQueues",
	             "actions");
	FIELDS_KNOWN(check, field(test, "expected"), "expected", "order");
	const struct doc_node *workloads = field_list(check, test, "workloads");
	struct situation situation;
	situation_init(&situation, check, US_PER_DAY);
	situation_read_objects(&situation, test);
	situation_announce_workloads(&situation, workloads);
	if (situation_build(&situation) && situation_read_workloads(&situation, workloads)) {
		struct drive drive;
		if (drive_begin(&drive, &situation, options))
			compare_offers(&drive, test);
		drive_finish(&drive);
	}
	situation_finish(&situation);
}
