/* conformance_pass.c - cases of whole scheduling passes: schedule-one-cycle and schedule-n-cycles.
 *
 * The runner is the driver: it shows the planner the case's workloads, makes the passes that the case lists, answers the
 * writes, and keeps what a driver would have written into each workload object. Compared are the decisions, every
 * reservation held, where each pending workload waits, and the objects. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/quantity.h"
#include "conformance_operations.h"

/* A workload object as this driver wrote it: the input plus the outcome of decisions. */
struct object {
	bool reserved, reassigned, evicted; /* decided in this case */
	bool pending;                       /* evaluated last without success */
	enum reason preempted;              /* why it was preempted in this case */
	enum reason evicted_reason;         /* evicted without preemption */
	struct decision verdict;            /* the last PENDING */
};

struct pass {
	struct drive drive;
	struct object *objects; /* per subject */
	struct facts events;    /* "workload type reason", so far */
	uint32_t *skipped;      /* per cluster queue: entries that had victims and lost against another entry */
};

/* ---- what Kueue writes ---- */

/* Reason of QuotaReserved=False, and of the event that says so. */
static const char *pending_text(const struct situation *situation, const struct decision *verdict)
{
	if (!situation->explain_pending)
		return "Pending";
	switch ((int)verdict->reason) {
	case REASON_PENDING_PREEMPTION:
		return "WaitingForPreemptedWorkloads";
	case REASON_GENERIC:
	case REASON_NAMESPACE_MISMATCH:
		return "Misconfigured";
	case REASON_FAILED_AFTER_NOMINATION:
	case REASON_PREEMPTION_NO_CANDIDATES:
		return reason_text(REASON_WAITING_FOR_QUOTA);
	case REASON_BETTER_VARIANT_ADMITTED:
	case REASON_MIGRATION_REFUSED:
		return "PendingEvaluation";
	case REASON_PENDING_MIGRATION:
		return "WaitingForPreemptedWorkloads";
	case REASON_PREEMPTION_GATED:
		return "AdmissionGated";
	case REASON_NO_FIT:
		return reason_text(verdict->bound == REASON_RESOURCE_NOT_COVERED ? REASON_NO_MATCHING_FLAVOR : verdict->bound);
	default:
		return reason_text(verdict->reason);
	}
}

static void note_event(struct pass *pass, const struct subject *subject, const char *type, const char *reason)
{
	facts_add(&pass->events, "%s %s %s", subject->key, type, reason);
}

static void note_reservation(struct pass *pass, const struct subject *subject, struct object *object, bool refused)
{
	struct workload_view view;
	bool again = subject->status.quota_reserved;
	object->reserved = !refused && !again;
	object->reassigned = !refused && again;
	object->pending = false;
	if (refused || !planner_view(pass->drive.planner, subject->id, &view))
		return;
	if (!again)
		note_event(pass, subject, "Normal", "QuotaReserved");
	if (view.admitted && !subject->status.admitted)
		note_event(pass, subject, "Normal", "Admitted");
}

/* A refused eviction of a workload that lost a node leaves its second pass failed. */
static void note_eviction(struct pass *pass, const struct subject *subject, struct object *object, enum reason reason,
                          enum input_kind outcome)
{
	if (outcome == INPUT_WRITE_FAILED && reason == REASON_NODE_FAILURES)
		note_event(pass, subject, "Warning", reason_text(REASON_SECOND_PASS_FAILED));
	if (outcome != INPUT_WRITE_DONE)
		return;
	object->evicted = true;
	object->evicted_reason = reason;
	note_event(pass, subject, "Normal", arena_printf(pass->drive.situation->arena, "EvictedDueTo%s", reason_text(reason)));
}

static void note_decision(struct pass *pass, const struct decision *decision, enum input_kind outcome)
{
	struct subject *subject = drive_subject(&pass->drive, decision->workload);
	struct object *object = &pass->objects[subject - pass->drive.situation->subjects.items];
	switch (decision->kind) {
	case DECISION_RESERVE:
		note_reservation(pass, subject, object, outcome != INPUT_WRITE_DONE);
		break;
	case DECISION_PREEMPT:
		object->evicted = true;
		object->preempted = decision->reason;
		note_event(pass, subject, "Normal", "EvictedDueToPreempted");
		note_event(pass, subject, "Normal", "Preempted");
		note_event(pass, drive_subject(&pass->drive, decision->preemptor), "Normal", "PreemptedWorkload");
		break;
	case DECISION_EVICT:
		note_eviction(pass, subject, object, decision->reason, outcome);
		break;
	case DECISION_ADMIT:
		note_event(pass, subject, "Normal", "Admitted");
		break;
	case DECISION_PENDING:
		object->pending = true;
		object->verdict = *decision;
		pass->skipped[decision->cluster_queue] += decision->lost_victims;
		note_event(pass, subject, "Warning", pending_text(pass->drive.situation, decision));
		break;
	case DECISION_DEACTIVATE:
		break;
	}
}

/* ---- facts of what the case expects ---- */

static void expected_names(struct check *check, struct facts *facts, const struct doc_node *list, const char *what)
{
	for (uint32_t i = 0; i < list->count; i++)
		facts_add(facts, "%s %s", what, node_text(check, list->items[i]));
}

static void expected_reasons(struct check *check, struct facts *facts, const struct doc_node *list, const char *what)
{
	for (uint32_t i = 0; i < list->count; i++) {
		FIELDS_KNOWN(check, list->items[i], what, "workload", "reason");
		facts_add(facts, "%s %s %s", what, field_text(check, list->items[i], "workload", ""),
		          field_text(check, list->items[i], "reason", ""));
	}
}

static const char *expected_pairs(struct check *check, const struct doc_node *map, bool amounts)
{
	struct facts pairs = {.arena = check->arena};
	for (uint32_t i = 0; i < map->count; i++) {
		if (amounts)
			facts_add(&pairs, "%s=%" PRId64, map->pairs[i].key,
			          node_quantity(check, map->pairs[i].value, map->pairs[i].key));
		else
			facts_add(&pairs, "%s=%s", map->pairs[i].key, node_text(check, map->pairs[i].value));
	}
	return facts_join(&pairs);
}

/* Of the values of a domain the last says where it is when the level is the hostname; else all. */
static void expected_places(struct check *check, struct facts *facts, const char *key, const struct doc_node *pod_set)
{
	const struct doc_node *assignment = field(pod_set, "topologyAssignment");
	const struct doc_node *domains = field_list(check, assignment, "domains");
	const char *name = field_text(check, pod_set, "name", ""),
	           *delay = field_text(check, pod_set, "delayedTopologyRequest", "");
	FIELDS_KNOWN(check, assignment, "a topology assignment", "levels", "domains");
	if (*delay)
		facts_add(facts, "%s %s: delayed topology request %s", key, name, delay);
	for (uint32_t i = 0; i < domains->count; i++) {
		const struct doc_node *values = field_list(check, domains->items[i], "values");
		const char *text = "";
		for (uint32_t v = 0; v < values->count; v++)
			text = arena_printf(check->arena, "%s%s%s", text, v ? "/" : "", node_text(check, values->items[v]));
		facts_add(facts, "%s %s: place %u %s x%" PRId64, key, name, i, text,
		          field_int(check, domains->items[i], "count", 0));
	}
}

static void expected_admission(struct check *check, struct facts *facts, const char *key, const struct doc_node *node)
{
	const struct doc_node *pod_sets = field_list(check, node, "podSets");
	FIELDS_KNOWN(check, node, "an admission", "clusterQueue", "podSets");
	for (uint32_t p = 0; p < pod_sets->count; p++) {
		const struct doc_node *pod_set = pod_sets->items[p];
		FIELDS_KNOWN(check, pod_set, "a pod set of an admission", "name", "flavors", "usage", "count", "topologyAssignment",
		             "delayedTopologyRequest");
		facts_add(facts, "%s admitted by %s: %s count=%" PRId64 " %s usage %s", key,
		          field_text(check, node, "clusterQueue", ""), field_text(check, pod_set, "name", ""),
		          field_int(check, pod_set, "count", 0), expected_pairs(check, field_map(check, pod_set, "flavors"), false),
		          expected_pairs(check, field_map(check, pod_set, "usage"), true));
		expected_places(check, facts, key, pod_set);
	}
}

static void expected_queues(struct check *check, struct facts *facts, const struct doc_node *map, const char *place)
{
	for (uint32_t q = 0; q < map->count; q++) {
		const struct doc_node *list = as_list(check, map->pairs[q].value);
		for (uint32_t i = 0; i < list->count; i++)
			facts_add(facts, "%s in %s: %s", place, map->pairs[q].key, node_text(check, list->items[i]));
	}
}

static void expected_conditions(struct check *check, struct facts *facts, const char *key, const struct doc_node *list)
{
	for (uint32_t i = 0; i < list->count; i++) {
		const struct doc_node *node = list->items[i];
		FIELDS_KNOWN(check, node, "a condition", "type", "status", "reason", "time");
		facts_add(facts, "%s %s=%s %s at %" PRId64, key, field_text(check, node, "type", ""),
		          field_text(check, node, "status", ""), field_text(check, node, "reason", ""),
		          field_int(check, node, "time", 0));
	}
}

static void expected_object(struct check *check, struct facts *facts, const struct doc_node *node)
{
	FIELDS_KNOWN(check, node, "an expected workload", "workload", "conditions", "admission", "admissionChecks",
	             "resourceRequests", "evictions", "quotaReserved", "admitted", "annotations");
	const char *key = field_text(check, node, "workload", "");
	const struct doc_node *checks = field_list(check, node, "admissionChecks");
	const struct doc_node *requests = field_list(check, node, "resourceRequests");
	const struct doc_node *evictions = field_list(check, node, "evictions");
	if (field(node, "quotaReserved"))
		facts_add(facts, "%s quotaReserved=%d", key, field_bool(check, node, "quotaReserved", false));
	if (field(node, "admitted"))
		facts_add(facts, "%s admitted=%d", key, field_bool(check, node, "admitted", false));
	expected_conditions(check, facts, key, field_list(check, node, "conditions"));
	if (field(node, "admission"))
		expected_admission(check, facts, key, field(node, "admission"));
	for (uint32_t i = 0; i < checks->count; i++)
		facts_add(facts, "%s check %s %s", key, field_text(check, checks->items[i], "name", ""),
		          field_text(check, checks->items[i], "state", ""));
	for (uint32_t i = 0; i < requests->count; i++)
		facts_add(facts, "%s requests for %s %s", key, field_text(check, requests->items[i], "name", ""),
		          expected_pairs(check, field_map(check, requests->items[i], "resources"), true));
	for (uint32_t i = 0; i < evictions->count; i++)
		facts_add(facts, "%s evicted %s %" PRId64 " times", key, field_text(check, evictions->items[i], "reason", ""),
		          field_int(check, evictions->items[i], "count", 0));
}

/* ---- facts of what was decided ---- */

static void place_facts(const struct pass *pass, struct facts *facts, const struct subject *subject,
                        const struct assignment *admission, uint32_t p)
{
	const struct situation *situation = pass->drive.situation;
	const char *name = names_text(situation->names, subject->spec.pod_sets[p].name);
	if (admission->topology[p] & (TOPOLOGY_DELAYED | TOPOLOGY_DELAY_OVER))
		facts_add(facts, "%s %s: delayed topology request %s", subject->key, name,
		          admission->topology[p] & TOPOLOGY_DELAYED ? "Pending" : "Ready");
	for (uint32_t i = admission->share_start[p]; i < admission->share_start[p + 1]; i++) {
		uint32_t n_values;
		const name_id *values = planner_place(pass->drive.planner, admission->shares[i].place, &n_values);
		const char *text = "";
		for (uint32_t v = 0; v < n_values; v++)
			text = arena_printf(situation->arena, "%s%s%s", text, v ? "/" : "", names_text(situation->names, values[v]));
		facts_add(facts, "%s %s: place %u %s x%d", subject->key, name, i - admission->share_start[p], text,
		          admission->shares[i].count);
	}
}

static void admission_facts(const struct pass *pass, struct facts *facts, const struct subject *subject,
                            const struct workload_view *view)
{
	const struct situation *situation = pass->drive.situation;
	const struct kueue_config *config = situation->config;
	for (uint32_t p = 0; p < view->admission.n_pod_sets; p++) {
		struct facts usage = {.arena = situation->arena};
		for (uint32_t r = 0; r < view->admission.n_resources; r++) {
			uint32_t at = p * view->admission.n_resources + r;
			if (view->admission.flavors[at] != NONE)
				facts_add(&usage, "%s=%" PRId64, names_text(situation->names, config->resources[r]),
				          view->admission.usage[at]);
		}
		facts_add(facts, "%s admitted by %s: %s count=%d %s usage %s", subject->key,
		          names_text(situation->names, config->cluster_queues[view->cluster_queue].name),
		          names_text(situation->names, subject->spec.pod_sets[p].name), view->admission.counts[p],
		          situation_flavors_text(situation, &view->admission, p), facts_join(&usage));
		place_facts(pass, facts, subject, &view->admission, p);
	}
}

/* The admission in the object: what this driver wrote, else what was there. */
static void object_admission(const struct pass *pass, struct facts *facts, uint32_t index, const struct workload_view *view)
{
	const struct subject *subject = &pass->drive.situation->subjects.items[index];
	const struct object *object = &pass->objects[index];
	const struct doc_node *before = field(field(subject->doc, "status"), "admission");
	if (before && !object->reserved && !object->reassigned)
		expected_admission(pass->drive.situation->check, facts, subject->key, before);
	else
		admission_facts(pass, facts, subject, view);
}

static bool holds_quota(const struct workload_view *view)
{
	return view->phase == PHASE_RESERVED || view->phase == PHASE_EVICTED;
}

/* `only_new`: not of those that were admitted before and lost no node. */
static void reservation_facts(const struct pass *pass, struct facts *facts, bool only_new)
{
	const struct situation *situation = pass->drive.situation;
	for (uint32_t i = 0; i < situation->subjects.count; i++) {
		struct workload_view view;
		const struct workload_status *before = &situation->subjects.items[i].status;
		if (only_new && before->admitted && before->n_unhealthy_nodes == 0)
			continue;
		if (planner_view(pass->drive.planner, situation->subjects.items[i].id, &view) && holds_quota(&view))
			object_admission(pass, facts, i, &view);
	}
}

static void waiting_facts(const struct pass *pass, struct facts *facts, bool parked)
{
	const struct situation *situation = pass->drive.situation;
	for (uint32_t i = 0; i < situation->subjects.count; i++) {
		const struct subject *subject = &situation->subjects.items[i];
		struct workload_view view;
		if (!planner_view(pass->drive.planner, subject->id, &view) || !view.queued || view.parked != parked)
			continue;
		facts_add(facts, "%s in %s: %s", parked ? "inadmissibleLeft" : "left",
		          names_text(situation->names, situation->config->cluster_queues[view.cluster_queue].name), subject->key);
	}
}

/* A condition of the input stays unless the outcome of this case replaces it. */
static void kept_conditions(struct check *check, struct facts *facts, const struct subject *subject,
                            const struct object *object)
{
	const struct doc_node *list = field_list(check, field(subject->doc, "status"), "conditions");
	for (uint32_t i = 0; i < list->count; i++) {
		const struct doc_node *node = list->items[i];
		const char *type = field_text(check, node, "type", ""), *status = field_text(check, node, "status", "");
		const char *reason = field_text(check, node, "reason", "");
		bool of_quota = strcmp(type, "QuotaReserved") == 0 || strcmp(type, "Admitted") == 0;
		bool of_eviction = strcmp(type, "Evicted") == 0 || strcmp(type, "Preempted") == 0;
		int64_t time = field_int(check, node, "time", 0);
		if ((of_quota && (object->reserved || object->pending)) || (of_eviction && object->evicted))
			continue;
		if (of_eviction && object->reserved) { /* EV-7 */
			time = strcmp(status, "True") == 0 ? 0 : time;
			status = "False";
			reason = "QuotaReserved";
		}
		facts_add(facts, "%s %s=%s %s at %" PRId64, subject->key, type, status, reason, time);
	}
}

static void quota_conditions(const struct pass *pass, struct facts *facts, const struct subject *subject,
                             const struct object *object, const struct workload_view *view)
{
	if (object->reserved) {
		facts_add(facts, "%s QuotaReserved=True QuotaReserved at 0", subject->key);
		if (view->admitted)
			facts_add(facts, "%s Admitted=True Admitted at 0", subject->key);
		else if (pass->drive.situation->explain_pending)
			facts_add(facts, "%s Admitted=False UnsatisfiedAdmissionChecks at 0", subject->key);
	} else if (object->pending) {
		facts_add(facts, "%s QuotaReserved=False %s at 0", subject->key,
		          pending_text(pass->drive.situation, &object->verdict));
		if (object->verdict.reason == REASON_PREEMPTION_GATED)
			facts_add(facts, "%s BlockedOnPreemptionGates=True PreemptionGated at 0", subject->key);
		if (pass->drive.situation->explain_pending)
			facts_add(facts, "%s Admitted=False NoReservation at 0", subject->key);
	}
}

/* Written while a workload pends: what each pod set asks for in all (WL-3). */
static void request_facts(const struct pass *pass, struct facts *facts, const struct subject *subject)
{
	const struct books *books = planner_books(pass->drive.planner);
	const struct shape *shape = books_shape_at(books, books->workloads.items[subject->id.slot].shape);
	for (uint32_t p = 0; p < shape->n_pod_sets; p++) {
		const struct shape_pod_set *set = &shape->pod_sets[p];
		struct facts pairs = {.arena = facts->arena};
		for (uint32_t r = 0; r < set->n_charged; r++)
			facts_add(&pairs, "%s=%" PRId64, names_text(books->names, set->charged[r].resource),
			          sat_mul(set->charged[r].amount, set->spec.count));
		facts_add(facts, "%s requests for %s %s", subject->key, names_text(books->names, set->spec.name),
		          facts_join(&pairs));
	}
}

/* The two flags, where the case gives them. */
static void flag_facts(const struct pass *pass, struct facts *facts, const struct doc_node *expected,
                       const struct subject *subject)
{
	struct workload_view view;
	bool holds = planner_view(pass->drive.planner, subject->id, &view) && holds_quota(&view);
	if (field(expected, "quotaReserved"))
		facts_add(facts, "%s quotaReserved=%d", subject->key, holds);
	if (field(expected, "admitted"))
		facts_add(facts, "%s admitted=%d", subject->key, holds && view.admitted);
}

static void object_facts(const struct pass *pass, struct facts *facts, uint32_t index)
{
	const struct situation *situation = pass->drive.situation;
	const struct subject *subject = &situation->subjects.items[index];
	const struct object *object = &pass->objects[index];
	const struct doc_node *checks = field_list(situation->check, field(subject->doc, "status"), "admissionChecks");
	struct workload_view view = {0};
	bool known = planner_view(pass->drive.planner, subject->id, &view);
	kept_conditions(situation->check, facts, subject, object);
	quota_conditions(pass, facts, subject, object, &view);
	if (object->evicted) {
		bool preempted = object->preempted != REASON_NONE;
		facts_add(facts, "%s Evicted=True %s at 0", subject->key,
		          preempted ? "Preempted" : reason_text(object->evicted_reason));
		if (preempted)
			facts_add(facts, "%s Preempted=True %s at 0", subject->key, reason_text(object->preempted));
		facts_add(facts, "%s evicted %s 1 times", subject->key,
		          preempted ? "Preempted" : reason_text(object->evicted_reason));
	}
	for (uint32_t i = 0; i < checks->count; i++)
		facts_add(facts, "%s check %s %s", subject->key, field_text(situation->check, checks->items[i], "name", ""),
		          field_text(situation->check, checks->items[i], "state", ""));
	if (known && holds_quota(&view))
		object_admission(pass, facts, index, &view);
	if (known && object->pending && !object->reserved)
		request_facts(pass, facts, subject);
}

static void outcome_facts(const struct pass *pass, struct facts *facts, const char *scheduled, const char *preempted,
                          const char *evicted)
{
	for (uint32_t i = 0; i < pass->drive.situation->subjects.count; i++) {
		const struct object *object = &pass->objects[i];
		const char *key = pass->drive.situation->subjects.items[i].key;
		if (scheduled && object->reserved)
			facts_add(facts, "%s %s", scheduled, key);
		if (scheduled && object->reassigned)
			facts_add(facts, "reassigned %s", key);
		if (preempted && object->preempted != REASON_NONE)
			facts_add(facts, "%s %s %s", preempted, key, reason_text(object->preempted));
		if (evicted && object->evicted && object->preempted == REASON_NONE)
			facts_add(facts, "%s %s %s", evicted, key, reason_text(object->evicted_reason));
	}
}

/* ---- comparing ---- */

static struct facts new_facts(const struct pass *pass)
{
	return (struct facts){.arena = pass->drive.situation->arena};
}

static void compare_outcome(const struct pass *pass, const struct doc_node *expected)
{
	struct check *check = pass->drive.situation->check;
	struct facts theirs = new_facts(pass), ours = new_facts(pass);
	bool preempted = field(expected, "preempted"), evicted = field(expected, "evicted");
	expected_names(check, &theirs, field_list(check, expected, "scheduled"), "scheduled");
	expected_names(check, &theirs, field_list(check, expected, "reassigned"), "reassigned");
	expected_reasons(check, &theirs, field_list(check, expected, "preempted"), "preempted");
	expected_reasons(check, &theirs, field_list(check, expected, "evicted"), "evicted");
	outcome_facts(pass, &ours, "scheduled", preempted ? "preempted" : NULL, evicted ? "evicted" : NULL);
	facts_compare(check, NULL, "decisions", &theirs, &ours);
}

static void compare_assignments(const struct pass *pass, const struct doc_node *expected)
{
	struct check *check = pass->drive.situation->check;
	struct facts theirs = new_facts(pass), ours = new_facts(pass);
	const struct doc_node *map = field_map(check, expected, "assignments");
	if (!field(expected, "assignments"))
		return;
	static const char *const scopes[] = {"all", "new", NULL};
	bool only_new = choice(check, "assignmentsScope", field_text(check, expected, "assignmentsScope", "all"), scopes) == 1;
	for (uint32_t i = 0; i < map->count; i++)
		expected_admission(check, &theirs, map->pairs[i].key, map->pairs[i].value);
	reservation_facts(pass, &ours, only_new);
	facts_compare(check, NULL, "assignments", &theirs, &ours);
}

static void compare_waiting(const struct pass *pass, const struct doc_node *expected, const char *place, bool parked)
{
	struct check *check = pass->drive.situation->check;
	struct facts theirs = new_facts(pass), ours = new_facts(pass);
	if (!field(expected, place))
		return;
	expected_queues(check, &theirs, field_map(check, expected, place), place);
	waiting_facts(pass, &ours, parked);
	facts_compare(check, "Q-5", place, &theirs, &ours);
}

static void compare_objects(const struct pass *pass, const struct doc_node *expected)
{
	struct check *check = pass->drive.situation->check;
	const struct doc_node *list = field_list(check, expected, "workloads");
	for (uint32_t i = 0; i < list->count; i++) {
		const char *key = field_text(check, list->items[i], "workload", "");
		const struct subject *subject = situation_find(pass->drive.situation, key);
		struct facts theirs = new_facts(pass), ours = new_facts(pass);
		if (!subject) {
			check_problem(check, "no workload '%s' in the case", key);
			return;
		}
		expected_object(check, &theirs, list->items[i]);
		object_facts(pass, &ours, (uint32_t)(subject - pass->drive.situation->subjects.items));
		flag_facts(pass, &ours, list->items[i], subject);
		facts_compare(check, NULL, "workload object", &theirs, &ours);
	}
}

static void compare_events(const struct pass *pass, const struct doc_node *expected)
{
	struct check *check = pass->drive.situation->check;
	const struct doc_node *list = field_list(check, expected, "events");
	struct facts theirs = new_facts(pass), ours = new_facts(pass);
	if (!field(expected, "events"))
		return;
	for (uint32_t i = 0; i < list->count; i++) {
		FIELDS_KNOWN(check, list->items[i], "an event", "workload", "type", "reason");
		facts_add(&theirs, "%s %s %s", field_text(check, list->items[i], "workload", ""),
		          field_text(check, list->items[i], "type", ""), field_text(check, list->items[i], "reason", ""));
	}
	for (uint32_t i = 0; i < pass->events.count; i++)
		facts_add(&ours, "%s", pass->events.items[i]);
	facts_compare(check, NULL, "events", &theirs, &ours);
}

static void compare_skipped(const struct pass *pass, const struct doc_node *expected)
{
	struct situation *situation = pass->drive.situation;
	const struct doc_node *map = field_map(situation->check, expected, "skippedPreemptions");
	for (uint32_t i = 0; i < map->count; i++) {
		uint32_t queue = situation_cluster_queue(situation, map->pairs[i].key);
		if (queue != NONE)
			check_int(situation->check, "SC-12",
			          arena_printf(situation->arena, "skipped preemptions of %s", map->pairs[i].key),
			          field_int(situation->check, map, map->pairs[i].key, 0), pass->skipped[queue]);
	}
}

/* The flavor held in the end, of the one resource that these cases have; null: no quota. */
static void compare_flavors_held(const struct pass *pass, const struct doc_node *map)
{
	struct situation *situation = pass->drive.situation;
	for (uint32_t i = 0; i < map->count; i++) {
		const struct subject *subject = situation_find(situation, map->pairs[i].key);
		const struct doc_node *value = map->pairs[i].value;
		struct workload_view view;
		const char *held = "";
		if (subject && planner_view(pass->drive.planner, subject->id, &view) && holds_quota(&view))
			for (uint32_t c = 0; c < view.admission.n_pod_sets * view.admission.n_resources; c++)
				if (view.admission.flavors[c] != NONE)
					held = names_text(situation->names, situation->config->flavors[view.admission.flavors[c]].name);
		check_text(situation->check, "SC-12", arena_printf(situation->arena, "flavor of %s", map->pairs[i].key),
		           value->kind == DOC_NULL ? "" : node_text(situation->check, value), held);
	}
}

static void compare_pass(const struct pass *pass, const struct doc_node *expected)
{
	compare_outcome(pass, expected);
	compare_assignments(pass, expected);
	compare_waiting(pass, expected, "left", false);
	compare_waiting(pass, expected, "inadmissibleLeft", true);
	compare_objects(pass, expected);
	compare_events(pass, expected);
	compare_skipped(pass, expected);
	compare_flavors_held(pass, field_map(pass->drive.situation->check, expected, "reservedFlavor"));
}

/* ---- steps ---- */

/* How the API server answers the writes of a cycle: the object may be gone when they arrive. */
static bool write_outcome(struct check *check, const char *fault, enum input_kind *ret_outcome)
{
	static const char *const faults[] = {"", "status-write-fails", "status-write-not-found", NULL};
	static const enum input_kind outcomes[] = {INPUT_WRITE_DONE, INPUT_WRITE_FAILED, INPUT_DELETED};
	*ret_outcome = outcomes[choice(check, "fault", fault, faults)];
	return !check->failed;
}

static bool schedule_step(struct pass *pass, const char *fault)
{
	enum input_kind outcome;
	if (!write_outcome(pass->drive.situation->check, fault, &outcome) || !drive_second_passes(&pass->drive) ||
	    !drive_cycle(&pass->drive))
		return false;
	for (uint32_t i = 0; i < pass->drive.decisions->count; i++)
		note_decision(pass, &pass->drive.decisions->items[i], outcome);
	return drive_writes(&pass->drive, outcome);
}

static bool delete_step(struct pass *pass, const char *key)
{
	struct subject *subject = situation_find(pass->drive.situation, key);
	if (!subject)
		return check_problem(pass->drive.situation->check, "no workload '%s' to delete", key);
	return drive_input(&pass->drive, INPUT_DELETED, subject);
}

/* The configuration with another nominal quota of one ClusterQueue, flavor and resource. */
static const struct kueue_config *with_nominal(struct situation *situation, uint32_t queue, uint32_t fr, int64_t nominal)
{
	struct arena *arena = situation->arena;
	struct kueue_config *config = arena_copy(arena, situation->config, sizeof *config);
	struct cluster_queue *queues =
	    arena_copy(arena, config->cluster_queues, config->n_cluster_queues * sizeof *config->cluster_queues);
	struct resource_group *groups =
	    arena_copy(arena, queues[queue].groups, queues[queue].n_groups * sizeof *queues[queue].groups);
	for (uint32_t g = 0; g < queues[queue].n_groups; g++) {
		uint32_t cells = groups[g].n_flavors * groups[g].n_resources;
		struct quota *quotas = arena_copy(arena, groups[g].quotas, cells * sizeof *quotas);
		for (uint32_t i = 0; i < cells; i++)
			if (groups[g].frs[i] == fr)
				quotas[i].nominal = nominal;
		groups[g].quotas = quotas;
	}
	queues[queue].groups = groups;
	config->cluster_queues = queues;
	return config;
}

/* "CLUSTERQUEUE FLAVOR RESOURCE QUANTITY": that the ClusterQueue has changed is announced as Kueue's controllers do it. */
static bool quota_step(struct pass *pass, const char *words)
{
	struct situation *situation = pass->drive.situation;
	char queue[64], flavor[64], resource[64], amount[32];
	struct error error;
	int64_t nominal;
	if (sscanf(words, "%63s %63s %63s %31s", queue, flavor, resource, amount) != 4 ||
	    !quantity_parse(amount, quantity_scale(resource), &nominal, &error))
		return check_problem(situation->check, "step 'set-nominal-quota %s' is not understood", words);
	uint32_t at = situation_cluster_queue(situation, queue);
	uint32_t fr =
	    kueue_find_fr(situation->config, situation_flavor(situation, flavor), situation_resource(situation, resource));
	if (situation->check->failed)
		return false;
	situation->config = with_nominal(situation, at, fr, nominal);
	return drive_announce(&pass->drive);
}

static bool run_step(struct pass *pass, const char *step, const char *fault)
{
	if (strcmp(step, "schedule") == 0)
		return schedule_step(pass, fault);
	if (strcmp(step, "process-requeues") == 0)
		return drive_requeues(&pass->drive);
	if (strncmp(step, "delete ", strlen("delete ")) == 0)
		return delete_step(pass, step + strlen("delete "));
	if (strncmp(step, "set-nominal-quota ", strlen("set-nominal-quota ")) == 0)
		return quota_step(pass, step + strlen("set-nominal-quota "));
	return check_problem(pass->drive.situation->check, "unknown step '%s'", step);
}

/* afterStep1 is the outcome of the first cycle. */
static void run_steps(struct pass *pass, const struct doc_node *test)
{
	struct check *check = pass->drive.situation->check;
	const struct doc_node *steps = field_list(check, test, "steps"), *expected = field_map(check, test, "expected");
	const char *fault = field_text(check, test, "fault", "");
	bool first_cycle = true;
	if (!field(test, "steps") && !schedule_step(pass, fault))
		return;
	if (field(test, "steps") && !drive_announce(&pass->drive))
		return;
	for (uint32_t i = 0; i < steps->count; i++) {
		const char *step = node_text(check, steps->items[i]);
		if (!run_step(pass, step, fault))
			return;
		if (first_cycle && strcmp(step, "schedule") == 0) {
			first_cycle = false;
			if (field(expected, "afterStep1"))
				compare_pass(pass, field(expected, "afterStep1"));
		}
	}
	if (!check->failed)
		compare_pass(pass, expected);
}

static void check_fields(struct check *check, const struct doc_node *test)
{
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "workloads", "fault", "steps", "limitRanges", "harness",
	             "deletedLocalQueue");
	FIELDS_KNOWN(check, field(test, "expected"), "expected", "scheduled", "preempted", "evicted", "assignments",
	             "assignmentsScope", "left", "inadmissibleLeft", "workloads", "events", "skippedPreemptions", "afterStep1",
	             "reassigned", "reservedFlavor", "preemptionTargetRecomputations");
	FIELDS_KNOWN(check, field(field(test, "expected"), "afterStep1"), "afterStep1", "scheduled", "preempted", "left",
	             "inadmissibleLeft", "workloads");
}

void run_schedule(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	const struct doc_node *workloads = field_list(check, test, "workloads");
	struct situation situation;
	situation_init(&situation, check, US_PER_DAY);
	check_fields(check, test);
	situation_read_objects(&situation, test);
	situation.limit_ranges = field_list(check, test, "limitRanges");
	situation_announce_workloads(&situation, workloads);
	if (situation_build(&situation) && situation_read_workloads(&situation, workloads)) {
		struct pass pass = {
		    .objects = ARENA_ARRAY(check->arena, struct object, situation.subjects.count),
		    .events = {.arena = check->arena},
		    .skipped = ARENA_ARRAY(check->arena, uint32_t, situation.config->n_cluster_queues),
		};
		if (drive_begin(&pass.drive, &situation, options)) {
			situation_seed_usage(&situation, field(test, "admissionFairSharing"), pass.drive.planner);
			run_steps(&pass, test);
		}
		drive_finish(&pass.drive);
		VEC_FREE(&pass.events);
	}
	situation_finish(&situation);
}
