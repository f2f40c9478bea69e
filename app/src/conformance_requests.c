/* conformance_requests.c - cases about what a workload asks for and how urgently: total requests, priorities, how many pods
 * fit. */
#include <inttypes.h>
#include <string.h>

#include "conformance_operations.h"
#include "world/requests.h"

/* ---- total-requests ---- */

static const char *expected_totals(struct check *check, const struct doc_node *map)
{
	struct facts pairs = {.arena = check->arena};
	for (uint32_t i = 0; i < map->count; i++)
		facts_add(&pairs, "%s=%" PRId64, map->pairs[i].key, node_amount(check, map->pairs[i].value));
	return facts_join(&pairs);
}

static void expected_pod_sets(struct check *check, const struct doc_node *list, struct facts *facts)
{
	for (uint32_t i = 0; i < list->count; i++) {
		const struct doc_node *node = list->items[i], *flavors = field_map(check, node, "flavors");
		struct facts pairs = {.arena = check->arena};
		FIELDS_KNOWN(check, node, "an expected pod set", "name", "count", "total", "flavors", "topology");
		for (uint32_t f = 0; f < flavors->count; f++)
			facts_add(&pairs, "%s=%s", flavors->pairs[f].key, node_text(check, flavors->pairs[f].value));
		facts_add(facts, "%u %s count=%" PRId64 " %s on %s", i, field_text(check, node, "name", ""),
		          field_int(check, node, "count", 0), expected_totals(check, field_map(check, node, "total")),
		          facts_join(&pairs));
	}
}

/* Of a pending workload: what one pod is charged, times the pods that are left (WL-2, WL-3). */
static const char *pending_totals(const struct situation *situation, const struct shape_pod_set *set)
{
	struct facts pairs = {.arena = situation->arena};
	for (uint32_t i = 0; i < set->n_charged; i++)
		facts_add(&pairs, "%s=%" PRId64, names_text(situation->names, set->charged[i].resource),
		          sat_mul(set->charged[i].amount, set->spec.count));
	return facts_join(&pairs);
}

/* Of an admitted one: what its admission says, for the pods that are left. */
static const char *admitted_totals(const struct situation *situation, const struct admission *admission, uint32_t pod_set)
{
	struct facts pairs = {.arena = situation->arena};
	for (uint32_t r = 0; r < admission->n_resources; r++) {
		size_t cell = (size_t)pod_set * admission->n_resources + r;
		if (admission->flavors[cell] != NONE || admission->usage[cell] != 0)
			facts_add(&pairs, "%s=%" PRId64, names_text(situation->names, situation->config->resources[r]),
			          admission->usage[cell]);
	}
	return facts_join(&pairs);
}

/* Placements are charged with what one pod requests itself, whatever its quota is charged (TAS-5). */
static void compare_placement(const struct drive *drive, const struct doc_node *expected, const struct pod_set *spec,
                              uint32_t pod_set)
{
	const struct situation *situation = drive->situation;
	struct check *check = situation->check;
	const struct workload_status *status = &situation->subjects.items[0].status;
	const struct doc_node *list = field_list(check, expected, "domains");
	struct facts theirs = {.arena = check->arena}, ours = {.arena = check->arena}, requests = {.arena = check->arena};
	FIELDS_KNOWN(check, expected, "an expected topology", "levels", "domains");
	for (uint32_t i = 0; i < spec->n_requests; i++)
		facts_add(&requests, "%s=%" PRId64, names_text(situation->names, spec->requests[i].resource),
		          spec->requests[i].amount);
	const char *per_pod = facts_join(&requests);
	for (uint32_t i = 0; i < list->count; i++) {
		const struct doc_node *node = list->items[i], *values = field_list(check, node, "values");
		FIELDS_KNOWN(check, node, "an expected domain", "values", "count", "singlePodRequests");
		facts_add(&theirs, "%s x%" PRId64 " %s", values->count ? node_text(check, values->items[values->count - 1]) : "",
		          field_int(check, node, "count", 0), expected_totals(check, field_map(check, node, "singlePodRequests")));
	}
	for (uint32_t i = 0; i < status->n_domains; i++) {
		const struct observed_domain *domain = &status->domains[i];
		if (domain->pod_set == pod_set && domain->n_values > 0)
			facts_add(&ours, "%s x%d %s", names_text(situation->names, domain->values[domain->n_values - 1]), domain->count,
			          per_pod);
	}
	facts_compare(check, "TAS-5", "placement", &theirs, &ours);
}

static void compare_totals(struct drive *drive, const struct doc_node *expected)
{
	struct situation *situation = drive->situation;
	const struct subject *subject = &situation->subjects.items[0];
	struct books *books = planner_books(drive->planner);
	const struct workload_row *row = books_row(books, subject->id.slot);
	const struct shape *shape = books_shape_at(books, row->shape);
	struct facts theirs = {.arena = situation->arena}, ours = {.arena = situation->arena};
	expected_pod_sets(situation->check, field_list(situation->check, expected, "podSets"), &theirs);
	for (uint32_t p = 0; p < shape->n_pod_sets; p++) {
		const struct shape_pod_set *set = &shape->pod_sets[p];
		const char *name = names_text(situation->names, set->spec.name);
		const struct doc_node *list = field_list(situation->check, expected, "podSets");
		if (p < list->count)
			compare_placement(drive, field(list->items[p], "topology"), &set->spec, p);
		if (row->admission) {
			struct assignment view = admission_view(row->admission);
			facts_add(&ours, "%u %s count=%d %s on %s", p, name, row->admission->counts[p],
			          admitted_totals(situation, row->admission, p), situation_flavors_text(situation, &view, p));
		} else {
			facts_add(&ours, "%u %s count=%d %s on ", p, name, set->spec.count, pending_totals(situation, set));
		}
	}
	facts_compare(situation->check, "WL-2, WL-3", "pod sets", &theirs, &ours);
	const char *queue = field_text(situation->check, expected, "clusterQueue", "");
	if (*queue)
		check_int(situation->check, NULL, "ClusterQueue", situation_cluster_queue(situation, queue), row->admitted_queue);
}

void run_total_requests(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	const struct doc_node *expected = field_map(check, test, "expected"), *node = field_map(check, test, "workload");
	const struct doc_node *admission = field(field(node, "status"), "admission");
	const char *queue = field_text(check, admission, "clusterQueue", "");
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "workload");
	FIELDS_KNOWN(check, expected, "expected", "podSets", "clusterQueue");
	struct situation situation;
	situation_init(&situation, check, US_PER_DAY);
	situation_read_objects(&situation, test);
	situation_announce_workload(&situation, node);
	situation_add_queue(&situation, *queue ? queue : "unnamed", BEST_EFFORT_FIFO);
	if (situation_build(&situation)) {
		struct subject *subject = VEC_PUSH(&situation.subjects);
		struct drive drive = {0};
		situation_read_workload(&situation, node, subject);
		subject->spec.cluster_queue = subject->status.admitted_queue = 0;
		if (!check->failed && drive_begin(&drive, &situation, options))
			compare_totals(&drive, expected);
		drive_finish(&drive);
	}
	situation_finish(&situation);
}

/* ---- effective-priority ---- */

void run_effective_priority(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	(void)options;
	const struct doc_node *expected = field_map(check, test, "expected"), *node = field_map(check, test, "workload");
	int64_t base = field_int(check, node, "priority", 0);
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "workload");
	FIELDS_KNOWN(check, expected, "expected", "effective", "base", "boost");
	struct situation situation;
	struct subject subject;
	situation_init(&situation, check, US_PER_DAY);
	situation_read_objects(&situation, test);
	if (situation_build(&situation)) {
		situation_read_workload(&situation, node, &subject);
		check_int(check, "1.6", "base", field_int(check, expected, "base", 0), base);
		check_int(check, "1.6", "effective", field_int(check, expected, "effective", 0), subject.spec.priority);
		check_int(check, "1.6", "boost", field_int(check, expected, "boost", 0), subject.spec.priority - base);
	}
	situation_finish(&situation);
}

/* ---- resolve-priority ---- */

/* Kubernetes' classes and Kueue's are two kinds: only those of the kind asked for count. */
static void add_class(struct situation *situation, const struct doc_node *node, const char *kind)
{
	struct check *check = situation->check;
	FIELDS_KNOWN(check, node, "a priority class", "name", "kind", "value", "globalDefault");
	struct priority_class class = {
	    .name = situation_object_name(situation, node),
	    .value = (int32_t)field_int(check, node, "value", 0),
	    .global_default = field_bool(check, node, "globalDefault", false),
	};
	if (strcmp(field_text(check, node, "kind", ""), kind) == 0)
		kueue_add_priority_class(situation->builder, &class, (struct diag_place){0});
}

void run_resolve_priority(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	(void)options;
	const struct doc_node *expected = field_map(check, test, "expected"), *request = field_map(check, test, "request");
	const struct doc_node *list = field_list(check, test, "priorityClasses");
	const char *name = field_text(check, request, "name", "");
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "priorityClasses", "request");
	FIELDS_KNOWN(check, request, "the request", "kind", "name");
	FIELDS_KNOWN(check, expected, "expected", "value", "class", "error");
	struct situation situation;
	situation_init(&situation, check, 0);
	situation_read_objects(&situation, test);
	for (uint32_t i = 0; i < list->count; i++)
		add_class(&situation, list->items[i], field_text(check, request, "kind", ""));
	if (situation_build(&situation)) {
		name_id class = *name ? situation_name(&situation, name) : situation.config->default_class;
		int32_t value = 0;
		bool found = kueue_find_priority(situation.config, class, &value);
		check_bool(check, "1.6", "found", !field(expected, "error"), found);
		check_int(check, "1.6", "value", field_int(check, expected, "value", 0), value);
		check_text(check, "1.6", "class", field_text(check, expected, "class", ""),
		           found ? names_text(situation.names, class) : "");
	}
	situation_finish(&situation);
}

/* ---- count-in ---- */

static struct resource_request *read_counts(struct check *check, struct names *names, const struct doc_node *map)
{
	struct resource_request *requests = ARENA_ARRAY(check->arena, struct resource_request, map->count);
	for (uint32_t i = 0; i < map->count; i++)
		requests[i] =
		    (struct resource_request){names_intern(names, map->pairs[i].key), node_amount(check, map->pairs[i].value)};
	return requests;
}

void run_count_in(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	(void)options;
	const struct doc_node *expected = field_map(check, test, "expected");
	const struct doc_node *pod = field_map(check, test, "singlePodRequests"), *left = field_map(check, test, "capacity");
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "singlePodRequests", "capacity");
	FIELDS_KNOWN(check, expected, "expected", "pods");
	struct names *names = names_create();
	check_int(check, "TAS-8", "pods", field_int(check, expected, "pods", 0),
	          requests_count_in(read_counts(check, names, pod), pod->count, read_counts(check, names, left), left->count));
	names_destroy(names);
}

/* ---- admission-checks-for-workload ---- */

void run_admission_checks(struct check *check, const struct doc_node *test, const struct conformance_options *options)
{
	(void)options;
	const struct doc_node *node = field_map(check, test, "workload");
	const struct doc_node *list = field_list(check, field_map(check, test, "expected"), "admissionChecks");
	FIELDS_KNOWN(check, test, "the case", CASE_FIELDS, "workload");
	FIELDS_KNOWN(check, field(test, "expected"), "expected", "admissionChecks");
	struct situation situation;
	struct subject subject;
	situation_init(&situation, check, US_PER_DAY);
	situation_read_objects(&situation, test);
	situation_announce_workload(&situation, node);
	if (situation_build(&situation)) {
		situation_read_workload(&situation, node, &subject);
		const struct cluster_queue *queue = &situation.config->cluster_queues[0];
		const struct assignment *admission = &subject.status.admission;
		uint64_t required =
		    kueue_required_checks(situation.config, 0, admission->flavors, admission->n_pod_sets * admission->n_resources);
		struct facts theirs = {.arena = check->arena}, ours = {.arena = check->arena};
		for (uint32_t i = 0; i < list->count; i++)
			facts_add(&theirs, "%s", node_text(check, list->items[i]));
		for (uint32_t i = 0; i < queue->n_checks; i++)
			if (required >> i & 1)
				facts_add(&ours, "%s", names_text(situation.names, queue->checks[i].name));
		facts_compare(check, "AC-1", "admission checks", &theirs, &ours);
	}
	situation_finish(&situation);
}
