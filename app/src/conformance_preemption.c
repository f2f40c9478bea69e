/* conformance_preemption.c - cases about whom to evict: the search, its policy test and its order. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "conformance_operations.h"
#include "planner/kueue/preemption.h"

/* ---- preemption-targets ---- */

/* The assignment that the case gives to the incoming workload. Amounts are the pod set's requests times the given count. */
static void read_assignment(struct situation *situation, const struct doc_node *list, const struct workload_spec *spec,
                            struct nomination *nomination)
{
	static const char *const modes[] = {
	    [MODE_NO_FIT] = "NoFit", [MODE_PREEMPT] = "Preempt", [MODE_DEFERRED_FIT] = "DeferredFit", [MODE_FIT] = "Fit", NULL};
	struct check *check = situation->check;
	nomination_reset(nomination, list->count, situation->config->n_resources);
	nomination->mode = MODE_PREEMPT;
	for (uint32_t p = 0; p < list->count; p++) {
		const struct doc_node *flavors = field_map(check, list->items[p], "flavors");
		FIELDS_KNOWN(check, list->items[p], "an assigned pod set", "name", "count", "flavors");
		nomination->counts[p] = field_count(check, list->items[p], "count", 0);
		for (uint32_t i = 0; i < flavors->count; i++) {
			const struct doc_node *cell = flavors->pairs[i].value;
			uint32_t resource = situation_resource(situation, flavors->pairs[i].key);
			uint32_t flavor = situation_flavor(situation, field_text(check, cell, "flavor", ""));
			FIELDS_KNOWN(check, cell, "an assigned flavor", "flavor", "mode");
			if (check->failed)
				return;
			uint32_t at = p * nomination->n_resources + resource;
			nomination->flavors[at] = flavor;
			nomination->modes[at] = (uint8_t)choice(check, "mode", field_text(check, cell, "mode", ""), modes);
			for (uint32_t r = 0; p < spec->n_pod_sets && r < spec->pod_sets[p].n_requests; r++)
				if (spec->pod_sets[p].requests[r].resource == situation->config->resources[resource])
					nomination->usage[at] = sat_mul(spec->pod_sets[p].requests[r].amount, nomination->counts[p]);
		}
	}
}

static void announce_assignment(struct situation *situation, const struct doc_node *list)
{
	for (uint32_t p = 0; p < list->count; p++) {
		const struct doc_node *flavors = field_map(situation->check, list->items[p], "flavors");
		for (uint32_t i = 0; i < flavors->count; i++)
			kueue_add_used_pair(
			    situation->builder,
			    situation_name(situation, field_text(situation->check, flavors->pairs[i].value, "flavor", "")),
			    situation_name(situation, flavors->pairs[i].key));
	}
}

/* expected.workloads repeats the inputs with the evictions of `targets` written into them; it is compared through these. */
static void expected_targets(struct check *check, struct facts *facts, const struct doc_node *expected)
{
	const struct doc_node *targets = field_list(check, expected, "targets");
	FIELDS_KNOWN(check, expected, "expected", "targets", "preemptedCount", "workloads");
	for (uint32_t i = 0; i < targets->count; i++) {
		FIELDS_KNOWN(check, targets->items[i], "a target", "workload", "reason", "alreadyEvicted");
		bool evicted_before = field_bool(check, targets->items[i], "alreadyEvicted", false);
		facts_add(facts, "%s %s", field_text(check, targets->items[i], "workload", ""),
		          evicted_before ? "evicted before" : field_text(check, targets->items[i], "reason", ""));
	}
}

static void compare_targets(struct drive *drive, const struct doc_node *test, const struct subject *incoming)
{
	struct situation *situation = drive->situation;
	struct check *check = situation->check;
	struct books *books = planner_books(drive->planner);
	const struct doc_node *expected = field_map(check, test, "expected");
	struct facts theirs = {.arena = check->arena}, ours = {.arena = check->arena};
	struct nomination nomination = {0};
	read_assignment(situation, field_list(check, field_map(check, test, "assignment"), "podSets"), &incoming->spec,
	                &nomination);
	if (!check->failed) {
		struct preemption_scratch *scratch = preemption_scratch_create();
		if (!preemption_targets(books, incoming->id.slot, scratch, &nomination))
			VEC_CLEAR(&nomination.targets);
		preemption_scratch_destroy(scratch);
		expected_targets(check, &theirs, expected);
		for (uint32_t i = 0; i < nomination.targets.count; i++) {
			const struct subject *victim = drive_subject(drive, books_handle(books, nomination.targets.items[i].slot));
			facts_add(&ours, "%s %s", victim->key,
			          victim->status.evicted ? "evicted before" : reason_text(nomination.targets.items[i].reason));
		}
		facts_compare(check, "PR-7..13", "targets", &theirs, &ours);
		check_int(check, "PR-30", "preempted", field_int(check, expected, "preemptedCount", 0), nomination.targets.count);
	}
	nomination_free(&nomination);
}

/* Pending in the queue that the case is about, after the others. */
static bool add_incoming(struct situation *situation, const struct doc_node *test)
{
	struct subject *incoming = VEC_PUSH(&situation->subjects);
	situation_read_workload(situation, field_map(situation->check, test, "incoming"), incoming);
	incoming->spec.cluster_queue =
	    situation_cluster_queue(situation, field_text(situation->check, test, "targetClusterQueue", ""));
	situation_rank_uids(situation);
	return !situation->check->failed;
}

void run_preemption_targets(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "workloads", "incoming", "targetClusterQueue", "assignment");
	FIELDS_KNOWN(check, field(test, "assignment"), "the assignment", "podSets");
	const struct doc_node *workloads = field_list(check, test, "workloads");
	struct situation situation;
	situation_init(&situation, check, US_PER_DAY);
	situation_read_objects(&situation, test);
	situation_announce_workloads(&situation, workloads);
	announce_assignment(&situation, field_list(check, field_map(check, test, "assignment"), "podSets"));
	if (situation_build(&situation) && situation_read_workloads(&situation, workloads) && add_incoming(&situation, test)) {
		struct drive drive;
		if (drive_begin(&drive, &situation, options))
			compare_targets(&drive, test, &situation.subjects.items[situation.subjects.count - 1]);
		drive_finish(&drive);
	}
	situation_finish(&situation);
}

/* ---- workloads that stand alone ---- */

struct workload_row case_row(const struct subject *subject)
{
	const struct workload_status *status = &subject->status;
	return (struct workload_row){
	    .priority = subject->spec.priority,
	    .uid = subject->spec.uid,
	    .created_us = subject->spec.created_us,
	    .admitted_queue = status->admitted_queue,
	    .evicted = status->evicted,
	    .evicted_reason = status->evicted_reason,
	    .evicted_us = status->evicted_us,
	    .preempted_reason = status->preempted_reason,
	    .preempted_us = status->preempted_us,
	    .reserved_us = status->reserved_us,
	};
}

/* ---- preemption-policy ---- */

void run_preemption_policy(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	(void)options;
	const struct doc_node *expected = field_map(check, test, "expected");
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "policy", "preemptor", "candidate");
	FIELDS_KNOWN(check, expected, "expected", "satisfied");
	struct situation situation;
	situation_init(&situation, check, US_PER_DAY);
	situation_read_objects(&situation, test);
	if (situation_build(&situation)) {
		struct subject preemptor, candidate;
		situation_read_workload(&situation, field(test, "preemptor"), &preemptor);
		situation_read_workload(&situation, field(test, "candidate"), &candidate);
		struct workload_row first = case_row(&preemptor), second = case_row(&candidate);
		enum preemption_policy policy = situation_policy(check, field_text(check, test, "policy", ""));
		check_bool(check, "PR-2", "satisfied", field_bool(check, expected, "satisfied", false),
		           preemption_allowed(policy, first.priority, queue_order_ts_us(situation.config, &first), second.priority,
		                              queue_order_ts_us(situation.config, &second)));
	}
	situation_finish(&situation);
}

/* ---- queue-order-timestamp ---- */

void run_queue_order_timestamp(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	static const char *const policies[] = {[REQUEUING_EVICTION] = "Eviction", [REQUEUING_CREATION] = "Creation"};
	(void)options;
	const struct doc_node *expected = field_map(check, test, "expected");
	const struct doc_node *by_policy = field_map(check, expected, "timestampByPolicy");
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "workload");
	FIELDS_KNOWN(check, expected, "expected", "timestampByPolicy");
	FIELDS_KNOWN(check, by_policy, "timestampByPolicy", "Eviction", "Creation");
	for (uint32_t policy = 0; policy < ARRAY_COUNT(policies); policy++) {
		struct situation situation;
		struct subject subject;
		situation_init(&situation, check, US_PER_DAY);
		situation_read_objects(&situation, test);
		situation.controller.requeuing_timestamp = (enum requeuing_timestamp)policy;
		if (situation_build(&situation)) {
			situation_read_workload(&situation, field(test, "workload"), &subject);
			struct workload_row row = case_row(&subject);
			check_int(check, "Q-1", arena_printf(check->arena, "timestamp under %s, us", policies[policy]),
			          situation.now_us + field_seconds_us(check, by_policy, policies[policy]),
			          queue_order_ts_us(situation.config, &row));
		}
		situation_finish(&situation);
	}
}

/* ---- order-candidates ---- */

static void add_local_queue_of(struct situation *situation, const struct doc_node *candidate)
{
	const struct doc_node *workload = field(candidate, "workload");
	struct local_queue queue = {
	    .name = situation_name(situation, field_text(situation->check, workload, "queue", "")),
	    .namespace_name = situation_name(situation, field_text(situation->check, workload, "namespace", "")),
	    .fair_weight = 1,
	};
	if (queue.name != NO_NAME)
		kueue_add_local_queue(situation->builder, &queue,
		                      situation_name(situation, field_text(situation->check, candidate, "clusterQueue", "")),
		                      (struct diag_place){0});
}

static void add_candidate(struct situation *situation, struct books *books, const struct doc_node *node,
                          struct subject *subject, double *usage)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a candidate", "workload", "clusterQueue", "localQueueUsage");
	struct workload_row row = case_row(subject);
	row.local_queue = kueue_find_local_queue(situation->config, subject->spec.namespace_name,
	                                         names_find(situation->names, field_text(check, subject->doc, "queue", "")));
	if (row.local_queue != NONE && field(node, "localQueueUsage") &&
	    !doc_double(field(node, "localQueueUsage"), &usage[row.local_queue]))
		check_problem(check, "localQueueUsage is not a number");
	/* A workload without a reservation counts as reserved now (PR-4). */
	if (!subject->status.quota_reserved)
		row.reserved_us = situation->now_us;
	subject->id.slot = books_new_slot(books);
	*books_row(books, subject->id.slot) = row;
}

struct order_by {
	const struct books *books;
	const double *local_queue_usage;
	uint32_t cluster_queue;
};

static bool candidate_before(const void *context, const struct subject *a, const struct subject *b)
{
	const struct order_by *order = context;
	return preemption_candidate_before(order->books, order->local_queue_usage, order->cluster_queue, a->id.slot, b->id.slot);
}

void run_order_candidates(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	(void)options;
	const struct doc_node *expected = field_map(check, test, "expected"), *list = field_list(check, test, "candidates");
	const char *queue = field_text(check, test, "preemptorClusterQueue", "");
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "candidates", "preemptorClusterQueue", "admissionFairSharingEnabled");
	FIELDS_KNOWN(check, expected, "expected", "order");
	struct situation situation;
	situation_init(&situation, check, US_PER_DAY);
	situation_read_objects(&situation, test);
	situation_add_queue(&situation, queue, BEST_EFFORT_FIFO);
	for (uint32_t i = 0; i < list->count; i++) {
		situation_add_queue(&situation, field_text(check, list->items[i], "clusterQueue", ""), BEST_EFFORT_FIFO);
		add_local_queue_of(&situation, list->items[i]);
	}
	if (situation_build(&situation)) {
		struct books *books = books_create(situation.config);
		double *usage = ARENA_ARRAY(check->arena, double, situation.config->n_local_queues);
		for (uint32_t i = 0; i < situation.config->n_local_queues; i++)
			usage[i] = NAN; /* not known */
		for (uint32_t i = 0; i < list->count; i++) {
			struct subject *subject = VEC_PUSH(&situation.subjects);
			situation_read_workload(&situation, field(list->items[i], "workload"), subject);
		}
		situation_rank_uids(&situation);
		for (uint32_t i = 0; i < list->count && !check->failed; i++)
			add_candidate(&situation, books, list->items[i], &situation.subjects.items[i], usage);
		bool by_usage = field_bool(check, test, "admissionFairSharingEnabled", false);
		struct order_by order = {books, by_usage ? usage : NULL, situation_cluster_queue(&situation, queue)};
		if (!check->failed)
			check_order(&situation, field_list(check, expected, "order"), "PR-4", candidate_before, &order);
		books_destroy(books);
	}
	situation_finish(&situation);
}
