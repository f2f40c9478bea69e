/* conformance_queues.c - cases about pending work: heads, requeueing, back-off, the order of entries in a cycle. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "conformance_operations.h"
#include "planner/kueue/admission_fair_sharing.h"
#include "planner/kueue/flavors.h"
#include "planner/kueue/cycle.h"
#include "planner/kueue/preemption.h"
#include "planner/kueue/queues.h"

/* Names without a namespace, as these tables expect them. */
static const char *short_name(const struct subject *subject)
{
	const char *slash = strrchr(subject->key, '/');
	return slash ? slash + 1 : subject->key;
}

/* ---- queue-head and queue-heads ---- */

static const struct subject *subject_of(const struct drive *drive, uint32_t slot)
{
	return drive_subject(drive, books_handle(planner_books(drive->planner), slot));
}

/* The queues of the planner's books, filled as at the start and popped by nobody. */
static struct queues *filled_queues(struct drive *drive)
{
	struct queues *queues = queues_create(planner_books(drive->planner));
	const double *usage = usage_ledger_usage(planner_usage_ledger(drive->planner));
	for (uint32_t i = 0; usage && i < drive->situation->config->n_local_queues; i++)
		if (!isnan(usage[i]))
			queues_set_usage(queues, i, usage[i]);
	for (uint32_t i = 0; i < drive->situation->subjects.count; i++)
		if (!drive->situation->subjects.items[i].in_no_queue)
			queues_push(queues, drive->situation->subjects.items[i].id.slot, drive->now_us);
	return queues;
}

void run_queue_head(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	const struct doc_node *expected = field_map(check, test, "expected"), *workloads = field_list(check, test, "workloads");
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "workloads", "queueingStrategy");
	FIELDS_KNOWN(check, expected, "expected", "head");
	struct situation situation;
	situation_init(&situation, check, US_PER_DAY);
	situation_read_objects(&situation, test);
	situation_add_queue(&situation, "queue", situation_strategy(check, field_text(check, test, "queueingStrategy", "")));
	if (situation_build(&situation) && situation_read_workloads(&situation, workloads)) {
		for (uint32_t i = 0; i < situation.subjects.count; i++) {
			situation.subjects.items[i].spec.cluster_queue = situation_cluster_queue(&situation, "queue");
			situation.subjects.items[i].in_no_queue = false;
		}
		struct drive drive;
		if (drive_begin(&drive, &situation, options)) {
			situation_seed_usage(&situation, field(test, "admissionFairSharing"), drive.planner);
			struct queues *queues = filled_queues(&drive);
			uint32_t head = queues_head(queues, 0);
			check_text(check, "Q-2", "head", field_text(check, expected, "head", ""),
			           head == NONE ? "" : short_name(subject_of(&drive, head)));
			queues_destroy(queues);
		}
		drive_finish(&drive);
	}
	situation_finish(&situation);
}

static void compare_heads(struct drive *drive, const struct doc_node *list)
{
	struct check *check = drive->situation->check;
	struct facts theirs = {.arena = check->arena}, ours = {.arena = check->arena};
	struct queues *queues = filled_queues(drive);
	uint32_t *slots = ARENA_ARRAY(check->arena, uint32_t, drive->situation->config->n_cluster_queues);
	uint32_t count = 0;
	queues_begin_pass(queues);
	for (uint32_t queue = queues_next_ready(queues, 0); queue != NONE; queue = queues_next_ready(queues, queue + 1))
		slots[count++] = queues_pop(queues, queue);
	for (uint32_t i = 0; i < count; i++)
		facts_add(&ours, "%s", short_name(subject_of(drive, slots[i])));
	for (uint32_t i = 0; i < list->count; i++)
		facts_add(&theirs, "%s", node_text(check, list->items[i]));
	facts_compare(check, "SC-2", "heads", &theirs, &ours);
	queues_destroy(queues);
}

void run_queue_heads(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	const struct doc_node *expected = field_map(check, test, "expected"), *workloads = field_list(check, test, "workloads");
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "workloads");
	FIELDS_KNOWN(check, expected, "expected", "heads");
	struct situation situation;
	situation_init(&situation, check, US_PER_DAY);
	situation_read_objects(&situation, test);
	if (situation_build(&situation) && situation_read_workloads(&situation, workloads)) {
		struct drive drive;
		if (drive_begin(&drive, &situation, options))
			compare_heads(&drive, field_list(check, expected, "heads"));
		drive_finish(&drive);
	}
	situation_finish(&situation);
}

/* ---- requeue ---- */

/* Saved flavor indexes per pod set; which resource is which does not matter here. */
static bool read_scan_pending(struct check *check, const struct doc_node *list)
{
	struct nomination nomination = {0};
	uint32_t widest = 0;
	for (uint32_t p = 0; p < list->count; p++)
		widest = MAX(widest, as_map(check, list->items[p])->count);
	nomination_reset(&nomination, list->count, widest);
	for (uint32_t p = 0; p < list->count; p++)
		for (uint32_t r = 0; r < as_map(check, list->items[p])->count; r++)
			nomination.scan[p * widest + r] = (int32_t)field_int(check, list->items[p], list->items[p]->pairs[r].key, 0);
	bool pending = nomination_scan_pending(&nomination);
	nomination_free(&nomination);
	return pending;
}

void run_requeue(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	(void)options;
	const struct doc_node *expected = field_map(check, test, "expected");
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "queueingStrategy", "reason", "lastTriedFlavorIdx");
	FIELDS_KNOWN(check, expected, "expected", "inadmissible", "sticky");
	enum queueing_strategy strategy = situation_strategy(check, field_text(check, test, "queueingStrategy", ""));
	enum reason reason = situation_reason(check, field_text(check, test, "reason", ""));
	bool pending = read_scan_pending(check, field_list(check, test, "lastTriedFlavorIdx"));
	check_bool(check, "Q-5", "inadmissible", field_bool(check, expected, "inadmissible", false),
	           !queue_requeues_at_once(strategy, reason, false, pending, true));
	check_bool(check, "Q-5", "sticky", field_bool(check, expected, "sticky", false), queue_makes_sticky(strategy, reason));
}

/* ---- requeue-inadmissible ---- */

/* Parks everything (a workload that a cycle gives back for a general reason), then lets everything come back. */
static void compare_mass_requeue(struct drive *drive, const struct doc_node *expected)
{
	struct situation *situation = drive->situation;
	struct check *check = situation->check;
	struct facts theirs = {.arena = check->arena}, ours = {.arena = check->arena};
	struct queues *queues = filled_queues(drive);
	const struct quota_tree *tree = planner_books(drive->planner)->quota.tree;
	uint32_t moved = 0; /* all of them are parked before */
	for (uint32_t i = 0; i < situation->subjects.count; i++) {
		if (situation->subjects.items[i].in_no_queue)
			continue;
		queues_drop(queues, situation->subjects.items[i].id.slot);
		queues_requeue(queues, situation->subjects.items[i].id.slot, REASON_GENERIC, drive->now_us);
	}
	for (uint32_t node = 0; node < tree->n_nodes; node++)
		if (tree->root[node] == node)
			queues_mass_requeue(queues, node, drive->now_us);
	for (uint32_t i = 0; i < situation->subjects.count; i++) {
		const struct subject *subject = &situation->subjects.items[i];
		if (subject->in_no_queue)
			continue;
		uint32_t queue = books_row(planner_books(drive->planner), subject->id.slot)->cluster_queue;
		bool back = queues_place(queues, subject->id.slot) == QUEUE_HEAP;
		moved += back;
		facts_add(&ours, "%s %s %s", back ? "left" : "inadmissibleLeft",
		          names_text(situation->names, situation->config->cluster_queues[queue].name), subject->key);
	}
	check_int(check, "Q-7", "moved", field_int(check, expected, "moved", 0), moved);
	static const char *const places[] = {"left", "inadmissibleLeft"};
	for (uint32_t place = 0; place < ARRAY_COUNT(places); place++) {
		const struct doc_node *by_queue = field_map(check, expected, places[place]);
		for (uint32_t q = 0; q < by_queue->count; q++) {
			const struct doc_node *list = as_list(check, by_queue->pairs[q].value);
			for (uint32_t i = 0; i < list->count; i++)
				facts_add(&theirs, "%s %s %s", places[place], by_queue->pairs[q].key, node_text(check, list->items[i]));
		}
	}
	facts_compare(check, "Q-7", "queues", &theirs, &ours);
	queues_destroy(queues);
}

void run_requeue_inadmissible(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	const struct doc_node *expected = field_map(check, test, "expected"), *workloads = field_list(check, test, "workloads");
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "workloads");
	FIELDS_KNOWN(check, expected, "expected", "moved", "left", "inadmissibleLeft");
	struct situation situation;
	situation_init(&situation, check, US_PER_DAY);
	situation_read_objects(&situation, test);
	if (situation_build(&situation) && situation_read_workloads(&situation, workloads)) {
		struct drive drive;
		if (drive_begin(&drive, &situation, options))
			compare_mass_requeue(&drive, expected);
		drive_finish(&drive);
	}
	situation_finish(&situation);
}

/* ---- requeue-backoff ---- */

void run_requeue_backoff(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	(void)options;
	const struct doc_node *expected = field_map(check, test, "expected");
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "workload");
	FIELDS_KNOWN(check, expected, "expected", "expired");
	struct situation situation;
	struct subject subject;
	situation_init(&situation, check, US_PER_DAY);
	situation_read_workload(&situation, field(test, "workload"), &subject);
	check_bool(check, "Q-3", "expired", field_bool(check, expected, "expired", false),
	           queue_backoff_expired(subject.status.requeued_false, subject.status.requeue_at_us, situation.now_us));
	situation_finish(&situation);
}

/* ---- order-entries ---- */

struct entries {
	const struct situation *situation;
	const struct entry_key *keys; /* per subject */
};

static bool entry_subject_before(const void *context, const struct subject *a, const struct subject *b)
{
	const struct entries *entries = context;
	const struct subject *first = entries->situation->subjects.items;
	return entry_before(entries->situation->gates, &entries->keys[a - first], &entries->keys[b - first]);
}

static struct entry_key read_entry(struct situation *situation, const struct doc_node *node, struct subject *subject)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "an entry", "workload", "borrowing", "isPreemptor");
	situation_read_workload(situation, field(node, "workload"), subject);
	struct workload_row row = case_row(subject);
	return (struct entry_key){
	    .quota_reserved = subject->status.quota_reserved,
	    .is_preemptor = field_bool(check, node, "isPreemptor", false),
	    .borrow_level = (uint32_t)field_count(check, node, "borrowing", 0),
	    .priority = row.priority,
	    .queue_ts_us = queue_order_ts_us(situation->config, &row),
	};
}

void run_order_entries(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	(void)options;
	const struct doc_node *expected = field_map(check, test, "expected"), *list = field_list(check, test, "entries");
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "entries");
	FIELDS_KNOWN(check, expected, "expected", "order");
	struct situation situation;
	situation_init(&situation, check, US_PER_DAY);
	situation_read_objects(&situation, test);
	if (situation_build(&situation)) {
		struct entry_key *keys = ARENA_ARRAY(check->arena, struct entry_key, list->count);
		for (uint32_t i = 0; i < list->count; i++)
			keys[i] = read_entry(&situation, list->items[i], VEC_PUSH(&situation.subjects));
		struct entries entries = {&situation, keys};
		if (!check->failed)
			check_order(&situation, field_list(check, expected, "order"), "SC-6", entry_subject_before, &entries);
	}
	situation_finish(&situation);
}
