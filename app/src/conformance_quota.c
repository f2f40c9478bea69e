/* conformance_quota.c - cases about quota arithmetic: what is available, shares, usage and reservations of one cycle. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "conformance_operations.h"
#include "planner/kueue/cycle.h"

static const char *fr_text(const struct situation *situation, uint32_t fr)
{
	const struct kueue_config *config = situation->config;
	return arena_printf(situation->arena, "%s/%s",
	                    names_text(situation->names, config->flavors[config->frs[fr].flavor].name),
	                    names_text(situation->names, config->resources[config->frs[fr].resource]));
}

/* ---- quota-available ---- */

static void compare_available(struct situation *situation, const struct books *books, const struct doc_node *expected,
                              bool potential)
{
	for (uint32_t i = 0; i < expected->count; i++) {
		uint32_t queue = situation_cluster_queue(situation, expected->pairs[i].key);
		const struct doc_node *flavors = as_map(situation->check, expected->pairs[i].value);
		for (uint32_t f = 0; f < flavors->count; f++) {
			uint32_t flavor = situation_flavor(situation, flavors->pairs[f].key);
			const struct doc_node *resources = as_map(situation->check, flavors->pairs[f].value);
			for (uint32_t r = 0; r < resources->count; r++) {
				uint32_t resource = situation_resource(situation, resources->pairs[r].key);
				if (situation->check->failed)
					return;
				uint32_t fr = kueue_find_fr(situation->config, flavor, resource);
				int64_t got = potential ? books->quota.tree->potential[quota_index(books->quota.tree, queue, fr)]
				                        : quota_available(&books->quota, queue, fr);
				check_int(situation->check, potential ? "QA-6" : "QA-5",
				          arena_printf(situation->arena, "%s %s of %s", potential ? "potential" : "available",
				                       fr_text(situation, fr), expected->pairs[i].key),
				          node_amount(situation->check, resources->pairs[r].value), got);
			}
		}
	}
}

void run_quota_available(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	(void)options;
	const struct doc_node *expected = field_map(check, test, "expected");
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "usage");
	FIELDS_KNOWN(check, expected, "expected", "available", "potentiallyAvailable");
	struct situation situation;
	situation_init(&situation, check, 0);
	if (situation_read_with_usage(&situation, test)) {
		struct books *books = books_create(situation.config);
		situation_charge_usage(&situation, books, field_map(check, test, "usage"));
		compare_available(&situation, books, field_map(check, expected, "available"), false);
		compare_available(&situation, books, field_map(check, expected, "potentiallyAvailable"), true);
		books_destroy(books);
	}
	situation_finish(&situation);
}

/* ---- drs ---- */

/* The amounts count for the node itself, on pairs that it has quota for (PR-19). */
static struct dominant_share share_with(const struct situation *situation, struct books *books, uint32_t node,
                                        const int64_t *request)
{
	uint32_t mark = undo_mark(&books->undo);
	for (uint32_t fr = 0; fr < situation->config->n_frs; fr++)
		if (request[fr] != 0)
			quota_add(&books->quota, node, fr, request[fr]);
	struct dominant_share share = quota_dominant_share(&books->quota, situation->config, node);
	undo_rollback(&books->undo, mark);
	return share;
}

static int64_t whole_share(const struct dominant_share *share)
{
	double value = ceil(dominant_share_value(share));
	return value >= (double)INT64_MAX ? INT64_MAX : (int64_t)value;
}

static int64_t expected_share(struct check *check, const struct doc_node *node)
{
	const struct doc_node *share = field(node, "share");
	if (share && share->kind == DOC_SCALAR && strcmp(share->text, "max") == 0)
		return INT64_MAX;
	return field_int(check, node, "share", 0);
}

static void compare_share(struct situation *situation, struct books *books, const struct doc_node *expected,
                          const int64_t *request, const int64_t *requested)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, expected, "a share", "kind", "name", "share", "dominantResource", "borrowing",
	             "borrowingOnRequested");
	const char *name = field_text(check, expected, "name", "");
	static const char *const kinds[] = {"ClusterQueue", "Cohort", NULL};
	bool is_cohort = choice(check, "kind", field_text(check, expected, "kind", ""), kinds) == 1;
	uint32_t node = is_cohort ? kueue_find_cohort(situation->config, names_find(situation->names, name))
	                          : situation_cluster_queue(situation, name);
	if (node == NONE) {
		check_problem(check, "no cohort '%s'", name);
		return;
	}
	node += is_cohort ? situation->config->n_cluster_queues : 0;
	struct dominant_share share = share_with(situation, books, node, request);
	if (field(expected, "share"))
		check_int(check, "PR-19", arena_printf(check->arena, "share of %s", name), expected_share(check, expected),
		          whole_share(&share));
	if (field(expected, "dominantResource"))
		check_text(check, "PR-19", arena_printf(check->arena, "dominant resource of %s", name),
		           field_text(check, expected, "dominantResource", ""),
		           share.resource == NONE ? "" : names_text(situation->names, situation->config->resources[share.resource]));
	if (field(expected, "borrowing"))
		check_bool(check, "PR-19", arena_printf(check->arena, "%s borrows", name),
		           field_bool(check, expected, "borrowing", false), share.borrowing);
	bool on_requested = false;
	for (uint32_t fr = 0; fr < situation->config->n_frs; fr++)
		on_requested |= requested[fr] > 0 && quota_borrows(&books->quota, node, fr);
	if (field(expected, "borrowingOnRequested"))
		check_bool(check, "SC-7", arena_printf(check->arena, "%s borrows what is requested", name),
		           field_bool(check, expected, "borrowingOnRequested", false), on_requested);
}

void run_drs(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	(void)options;
	const struct doc_node *expected = field_map(check, test, "expected");
	const struct doc_node *request = field_map(check, test, "withRequest"), *shares = field_list(check, expected, "shares");
	const struct doc_node *requested = field_map(check, test, "requested");
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "usage", "withRequest", "requested");
	FIELDS_KNOWN(check, expected, "expected", "shares");
	struct situation situation;
	situation_init(&situation, check, 0);
	situation_announce_amounts(&situation, request);
	situation_announce_amounts(&situation, requested);
	if (situation_read_with_usage(&situation, test)) {
		struct books *books = books_create(situation.config);
		const int64_t *amounts = situation_read_amounts(&situation, request);
		situation_charge_usage(&situation, books, field_map(check, test, "usage"));
		for (uint32_t i = 0; i < shares->count && !check->failed; i++)
			compare_share(&situation, books, shares->items[i], amounts, situation_read_amounts(&situation, requested));
		books_destroy(books);
	}
	situation_finish(&situation);
}

/* ---- reserve-quota ---- */

/* An entry without candidates keeps back what SC-11 says; any other is charged in full. */
static int64_t kept_back(const struct books *books, uint32_t queue, uint32_t fr, bool without_candidates, bool borrows,
                         int64_t usage)
{
	const struct quota_tree *tree = books->quota.tree;
	size_t at = quota_index(tree, queue, fr);
	if (!without_candidates)
		return usage;
	return reserved_without_candidates(borrows, usage, tree->nominal[at], tree->borrowing_limit[at],
	                                   quota_usage(&books->quota, queue, fr));
}

static void compare_reserved(struct situation *situation, const struct books *books, const struct doc_node *test)
{
	struct check *check = situation->check;
	const struct doc_node *usage = field_map(check, test, "assignmentUsage");
	const struct doc_node *expected = field_map(check, field_map(check, test, "expected"), "reserved");
	bool without_candidates = strcmp(field_text(check, test, "assignmentMode", ""), "Preempt") == 0;
	bool borrows = field_int(check, test, "borrowing", 0) > 0;
	const int64_t *asked = situation_read_amounts(situation, usage), *reserved = situation_read_amounts(situation, expected);
	for (uint32_t fr = 0; fr < situation->config->n_frs && !check->failed; fr++)
		check_int(check, "SC-11", arena_printf(check->arena, "reserved of %s", fr_text(situation, fr)), reserved[fr],
		          kept_back(books, 0, fr, without_candidates, borrows, asked[fr]));
}

void run_reserve_quota(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	(void)options;
	const struct doc_node *expected = field_map(check, test, "expected");
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "usage", "assignmentMode", "borrowing", "assignmentUsage");
	FIELDS_KNOWN(check, expected, "expected", "reserved");
	struct situation situation;
	situation_init(&situation, check, 0);
	situation_announce_amounts(&situation, field_map(check, test, "assignmentUsage"));
	if (situation_read_with_usage(&situation, test)) {
		struct books *books = books_create(situation.config);
		situation_charge_usage(&situation, books, field_map(check, test, "usage"));
		compare_reserved(&situation, books, test);
		books_destroy(books);
	}
	situation_finish(&situation);
}

/* ---- usage ---- */

static void expected_usage(struct check *check, struct facts *facts, const struct doc_node *list, const char *kind)
{
	for (uint32_t i = 0; i < list->count; i++) {
		const char *flavor = field_text(check, list->items[i], "name", "");
		const struct doc_node *resources = field_list(check, list->items[i], "resources");
		FIELDS_KNOWN(check, list->items[i], "usage of a flavor", "name", "resources");
		for (uint32_t r = 0; r < resources->count; r++) {
			const struct doc_node *node = resources->items[r];
			const char *resource = field_text(check, node, "name", "");
			FIELDS_KNOWN(check, node, "usage of a resource", "name", "total", "borrowed");
			facts_add(facts, "%s %s/%s total=%" PRId64 " borrowed=%" PRId64, kind, flavor, resource,
			          field_quantity(check, node, "total", resource, 0),
			          field_quantity(check, node, "borrowed", resource, 0));
		}
	}
}

/* Usage above the nominal quota is borrowed, where there is a cohort to borrow from. */
static void usage_fact(const struct situation *situation, const struct quota_tree *tree, struct facts *facts,
                       const char *kind, uint32_t queue, uint32_t fr, int64_t total)
{
	int64_t above = amount_sub(total, tree->nominal[quota_index(tree, queue, fr)]);
	facts_add(facts, "%s %s total=%" PRId64 " borrowed=%" PRId64, kind, fr_text(situation, fr), total,
	          tree->parent[queue] == NONE ? 0 : MAX(0, above));
}

static int64_t admitted_usage(const struct drive *drive, uint32_t queue, uint32_t fr)
{
	const struct kueue_config *config = drive->situation->config;
	int64_t total = 0;
	for (uint32_t i = 0; i < drive->situation->subjects.count; i++) {
		struct workload_view view;
		if (!planner_view(drive->planner, drive->situation->subjects.items[i].id, &view) || !view.admitted ||
		    view.cluster_queue != queue)
			continue;
		for (uint32_t p = 0; p < view.admission.n_pod_sets; p++) {
			uint32_t at = p * view.admission.n_resources + config->frs[fr].resource;
			total += view.admission.flavors[at] == config->frs[fr].flavor ? view.admission.usage[at] : 0;
		}
	}
	return total;
}

static void compare_usage(struct drive *drive, const struct doc_node *expected)
{
	const struct situation *situation = drive->situation;
	struct check *check = situation->check;
	struct quota_tree *tree = quota_tree_create(situation->config);
	struct facts theirs = {.arena = check->arena}, ours = {.arena = check->arena};
	expected_usage(check, &theirs, field_list(check, expected, "reserved"), "reserved");
	expected_usage(check, &theirs, field_list(check, expected, "admitted"), "admitted");
	for (uint32_t fr = 0; fr < situation->config->n_frs; fr++) {
		if (!tree->defined[quota_index(tree, 0, fr)])
			continue;
		usage_fact(situation, tree, &ours, "reserved", 0, fr, planner_quota(drive->planner, 0, fr).usage);
		usage_fact(situation, tree, &ours, "admitted", 0, fr, admitted_usage(drive, 0, fr));
	}
	facts_compare(check, "QA-13", "usage", &theirs, &ours);
	quota_tree_release(tree);
	int64_t reserving = 0, admitted = 0;
	for (uint32_t i = 0; i < situation->subjects.count; i++) {
		struct workload_view view;
		if (!planner_view(drive->planner, situation->subjects.items[i].id, &view))
			continue;
		reserving += view.phase == PHASE_RESERVED || view.phase == PHASE_EVICTED;
		admitted += view.admitted;
	}
	check_int(check, NULL, "reserving workloads", field_int(check, expected, "reservingWorkloads", 0), reserving);
	check_int(check, NULL, "admitted workloads", field_int(check, expected, "admittedWorkloads", 0), admitted);
}

void run_usage(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	const struct doc_node *expected = field_map(check, test, "expected"), *workloads = field_list(check, test, "workloads");
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "workloads");
	FIELDS_KNOWN(check, expected, "expected", "reserved", "admitted", "reservingWorkloads", "admittedWorkloads");
	struct situation situation;
	situation_init(&situation, check, US_PER_DAY);
	situation_read_objects(&situation, test);
	situation_announce_workloads(&situation, workloads);
	if (situation_build(&situation) && situation_read_workloads(&situation, workloads)) {
		struct drive drive;
		if (drive_begin(&drive, &situation, options))
			compare_usage(&drive, expected);
		drive_finish(&drive);
	}
	situation_finish(&situation);
}
