/* workloads.c - Jobs and Workloads as workloads that are there when the run starts (kueue-semantics 1.5, 1.6).
 *
 * They are read last, when LimitRanges and priority classes are known, in the order of their names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "kube.h"

#define QUEUE_LABEL "kueue.x-k8s.io/queue-name"
#define CLASS_LABEL "kueue.x-k8s.io/priority-class"
#define RUN_TIME "berth.dev/run-time"

enum { MOST_PODS = 1000000, MOST_POD_SETS = 18 };

/* A Job that names no queue is not Kueue's, and none of our business. */
void decode_job(struct kube_decoder *decoder)
{
	if (read_label(doc_get(decoder->object.root, "metadata"), QUEUE_LABEL))
		*VEC_PUSH(&decoder->jobs) = decoder->object;
	else
		kube_count(&decoder->others, "Job without a queue name", decoder->object.root->place);
}

void decode_workload(struct kube_decoder *decoder)
{
	*VEC_PUSH(&decoder->workloads) = decoder->object;
}

static const char *space_of(const struct kube_object *object)
{
	return *object->space ? object->space : "default";
}

static int compare_objects(const void *a, const void *b)
{
	const struct kube_object *x = a, *y = b;
	int spaces = strcmp(space_of(x), space_of(y));
	return spaces ? spaces : strcmp(x->name, y->name);
}

/* ---- What both kinds have ---- */

/* Is the condition True? If so, since when. */
static bool read_condition(struct kube_decoder *decoder, const struct doc_node *status, const char *wanted, int64_t *ret_us)
{
	const struct doc_node *conditions = read_sequence(decoder, status, "conditions");
	for (uint32_t i = 0; conditions && i < conditions->count; i++) {
		const struct doc_node *item = conditions->items[i];
		const char *type = read_text(decoder, item, "type"), *value = read_text(decoder, item, "status");
		if (!type || !value || strcmp(type, wanted) != 0 || strcmp(value, "True") != 0)
			continue;
		(void)read_time(decoder, item, "lastTransitionTime", ret_us);
		return true;
	}
	return false;
}

/* Not finished, and nothing about it that Kueue would treat in a way that is not simulated. */
static void check_annotations(struct kube_decoder *decoder, const struct doc_node *metadata)
{
	static const char *const annotations[] = {"kueue.x-k8s.io/admission-gated-by", "kueue.x-k8s.io/elastic-job",
	                                          "kueue.x-k8s.io/workload-slice-replacement-for"};
	for (size_t i = 0; i < ARRAY_COUNT(annotations); i++)
		if (read_annotation(metadata, annotations[i]))
			kube_unmodelled(decoder, read_annotation(metadata, annotations[i]),
			                arena_printf(decoder->arena, "annotation %s", annotations[i]));
}

/* False, reported or counted, when the object does not say how long it runs. */
static bool read_run_time(struct kube_decoder *decoder, const struct doc_node *metadata, int64_t *ret_us)
{
	const struct doc_node *annotations = read_field(metadata, "annotations");
	if (read_field(annotations, RUN_TIME))
		return read_duration(decoder, annotations, RUN_TIME, ret_us);
	if (decoder->options.allow_unmodelled)
		kube_count(&decoder->left_out, arena_printf(decoder->arena, "%s without a run time left out", decoder->object.kind),
		           decoder->object.place);
	else
		kube_error(decoder, NULL, "annotate it with " RUN_TIME ": 2h", "nothing says how long it runs");
	return false;
}

/* An integer in a label or annotation, which are texts; `otherwise` when absent. */
static int64_t read_text_integer(struct kube_decoder *decoder, const struct doc_node *mapping, const char *key,
                                 int64_t otherwise)
{
	const char *text = read_text(decoder, mapping, key);
	if (!text)
		return otherwise;
	struct doc_node plain = *read_field(mapping, key);
	int64_t value;
	plain.style = DOC_PLAIN;
	if (doc_int(&plain, &value) && value >= 0 && value <= INT32_MAX)
		return value;
	kube_error(decoder, read_field(mapping, key), NULL, "%s: '%.60s' is not a whole number", key, text);
	return otherwise;
}

static struct job basic_job(struct kube_decoder *decoder, const struct doc_node *metadata)
{
	const char *space = space_of(&decoder->object);
	struct job job = {
	    .name = names_intern(decoder->names, arena_printf(decoder->arena, "%s/%s", space, decoder->object.name)),
	    .namespace_name = names_intern(decoder->names, space),
	    .checkpoint = NONE,
	    .requested_us = -1,
	    .max_execution_us = -1,
	    .recorded_wait_us = -1,
	};
	(void)read_time(decoder, metadata, "creationTimestamp", &job.submit_us);
	return job;
}

/* Asks for the queue to exist, at the place where it is named. `space` NO_NAME: a ClusterQueue. */
static void need_queue(struct kube_decoder *decoder, name_id space, name_id name, const struct doc_node *node)
{
	const struct kube_object *object = &decoder->object;
	const char *by = arena_printf(decoder->arena, "%s '%s/%s'", object->kind, space_of(object), object->name);
	if (name != NO_NAME)
		kueue_add_reference(decoder->builder, space, name, by, node->place);
}

static uint32_t add_shape(struct kube_decoder *decoder, const struct pod_set *pod_sets, uint32_t count)
{
	*VEC_PUSH(&decoder->shapes) = (struct job_shape){pod_sets, count};
	return decoder->shapes.count - 1;
}

/* A class that stands for one value, for workloads that say only that. */
static name_id class_of_value(struct kube_decoder *decoder, int32_t value)
{
	name_id name = names_intern(decoder->names, arena_printf(decoder->arena, "priority/%d", value));
	if (!kube_find_priority(decoder->pod_classes.items, decoder->pod_classes.count, name)) {
		*VEC_PUSH(&decoder->pod_classes) = (struct priority_row){name, value};
		kueue_add_priority_class(decoder->builder, &(struct priority_class){.name = name, .value = value},
		                         decoder->object.place);
	}
	return name;
}

static const struct priority_row *find_workload_class(const struct kube_decoder *decoder, name_id name)
{
	return kube_find_priority(decoder->workload_classes.items, decoder->workload_classes.count, name);
}

/* ---- Jobs ---- */

/* By label, then by default, then as its pods have it. */
static name_id job_class(struct kube_decoder *decoder, const struct doc_node *metadata, const struct doc_node *template)
{
	const struct doc_node *labels = read_field(metadata, "labels");
	const struct doc_node *pod = read_field(template, "spec");
	name_id name = read_name(decoder, labels, CLASS_LABEL), by_default = names_intern(decoder->names, "default");
	if (name != NO_NAME) {
		if (!find_workload_class(decoder, name))
			kube_error(decoder, read_field(labels, CLASS_LABEL), NULL, "WorkloadPriorityClass '%s' does not exist",
			           names_text(decoder->names, name));
		return name;
	}
	if (decoder->options.default_class && find_workload_class(decoder, by_default))
		return by_default;
	name = read_name(decoder, pod, "priorityClassName");
	if (name == NO_NAME)
		return NO_NAME;
	name_id row = pod_class_name(decoder, name);
	if (!kube_find_priority(decoder->pod_classes.items, decoder->pod_classes.count, row))
		kube_error(decoder, read_field(pod, "priorityClassName"), NULL, "PriorityClass '%s' does not exist",
		           names_text(decoder->names, name));
	return row;
}

/* Only Workloads bear it: a controller beside Kueue sets it. */
static int32_t read_boost(struct kube_decoder *decoder, const struct doc_node *metadata)
{
	const struct doc_node *node = read_annotation(metadata, "kueue.x-k8s.io/priority-boost");
	int32_t boost = 0;
	if (node && (node->kind != DOC_SCALAR || !kueue_parse_boost(node->text, &boost)))
		kube_error(decoder, node, NULL, "kueue.x-k8s.io/priority-boost is not a 32-bit integer");
	return boost;
}

static uint32_t job_shape_of(struct kube_decoder *decoder, const struct doc_node *metadata, const struct doc_node *spec)
{
	int64_t parallelism = 1, completions = MOST_PODS;
	(void)read_int(decoder, spec, "parallelism", 0, MOST_PODS, &parallelism);
	(void)read_int(decoder, spec, "completions", 0, MOST_PODS, &completions);
	int64_t least = read_text_integer(decoder, read_field(metadata, "annotations"), "kueue.x-k8s.io/job-min-parallelism", 0);
	struct pod_set *pod_set = ARENA_NEW(decoder->arena, struct pod_set);
	*pod_set = read_pod_set(decoder, read_mapping(decoder, spec, "template"), names_intern(decoder->names, "main"),
	                        (int32_t)MIN(parallelism, completions), (int32_t)least);
	return add_shape(decoder, pod_set, 1);
}

static void read_job(struct kube_decoder *decoder)
{
	const struct doc_node *metadata = read_mapping(decoder, decoder->object.root, "metadata");
	const struct doc_node *spec = read_mapping(decoder, decoder->object.root, "spec");
	const struct doc_node *status = read_field(decoder->object.root, "status");
	const struct doc_node *labels = read_field(metadata, "labels");
	int64_t since_us, seconds;
	if (read_condition(decoder, status, "Complete", &since_us) || read_condition(decoder, status, "Failed", &since_us))
		return;
	kube_check_fields(decoder);
	check_annotations(decoder, metadata);
	struct initial_workload workload = {
	    .job = basic_job(decoder, metadata),
	    .admitted_us = NEVER_US,
	    .pods_ready_us = NEVER_US,
	    .requeue_at_us = -1,
	};
	workload.job.queue = read_name(decoder, labels, QUEUE_LABEL);
	need_queue(decoder, workload.job.namespace_name, workload.job.queue, read_field(labels, QUEUE_LABEL));
	workload.job.priority_class = job_class(decoder, metadata, read_field(spec, "template"));
	seconds = read_text_integer(decoder, labels, "kueue.x-k8s.io/max-exec-time-seconds", -1);
	workload.job.max_execution_us = seconds < 0 ? -1 : seconds * US_PER_S;
	decoder->pod_refused = false;
	workload.job.shape = job_shape_of(decoder, metadata, spec);
	workload.job.invalid = decoder->pod_refused;
	if (read_run_time(decoder, metadata, &workload.job.run_us))
		*VEC_PUSH(&decoder->initial) = workload;
}

/* ---- Workloads ---- */

/* spec.priority is what counts; the class is kept where it says the same, since reports go by class. */
static name_id workload_class(struct kube_decoder *decoder, const struct doc_node *spec)
{
	const struct doc_node *reference = read_mapping(decoder, spec, "priorityClassRef");
	int64_t value = 0;
	name_id name = decoder->object.version == BETA1 ? read_name(decoder, spec, "priorityClassName")
	                                                : read_name(decoder, reference, "name");
	const char *source = decoder->object.version == BETA1 ? read_text(decoder, spec, "priorityClassSource")
	                                                      : read_text(decoder, reference, "group");
	(void)read_int(decoder, spec, "priority", INT32_MIN, INT32_MAX, &value);
	bool is_pods = source && strstr(source, "scheduling.k8s.io");
	name_id row_name = is_pods && name != NO_NAME ? pod_class_name(decoder, name) : name;
	const struct priority_row *row =
	    is_pods ? kube_find_priority(decoder->pod_classes.items, decoder->pod_classes.count, row_name)
	            : find_workload_class(decoder, row_name);
	return row && row->value == value ? row_name : class_of_value(decoder, (int32_t)value);
}

static struct pod_set read_workload_pod_set(struct kube_decoder *decoder, const struct doc_node *item)
{
	int64_t count = 1, least = 0;
	name_id name = read_name(decoder, item, "name");
	(void)read_int(decoder, item, "count", 0, MOST_PODS, &count);
	(void)read_int(decoder, item, "minCount", 0, MOST_PODS, &least);
	return read_pod_set(decoder, read_mapping(decoder, item, "template"),
	                    name == NO_NAME ? names_intern(decoder->names, "main") : name, (int32_t)count, (int32_t)least);
}

static const struct pod_set *read_pod_sets(struct kube_decoder *decoder, const struct doc_node *spec, uint32_t *ret_count)
{
	const struct doc_node *list = read_sequence(decoder, spec, "podSets");
	uint32_t count = list ? list->count : 0;
	if (count == 0 || count > MOST_POD_SETS)
		kube_error(decoder, list, NULL, "spec.podSets: %u pod sets, Kueue has 1 to %d", count, MOST_POD_SETS);
	struct pod_set *pod_sets = ARENA_ARRAY(decoder->arena, struct pod_set, count);
	for (uint32_t i = 0; i < count; i++)
		pod_sets[i] = read_workload_pod_set(decoder, list->items[i]);
	*ret_count = count;
	return pod_sets;
}

static const struct doc_node *find_assignment(struct kube_decoder *decoder, const struct doc_node *list, name_id pod_set)
{
	for (uint32_t i = 0; list && i < list->count; i++)
		if (read_name(decoder, list->items[i], "name") == pod_set)
			return list->items[i];
	return NULL;
}

static struct initial_pod_set read_assignment(struct kube_decoder *decoder, const struct doc_node *item, int32_t count)
{
	struct initial_pod_set admission = {.count = count};
	int64_t admitted = count;
	admission.flavors = read_labels(decoder, item, "flavors", &admission.n_flavors);
	(void)read_int(decoder, item, "count", 0, MOST_PODS, &admitted);
	admission.count = (int32_t)admitted;
	for (uint32_t i = 0; i < admission.n_flavors; i++)
		kueue_add_used_pair(decoder->builder, admission.flavors[i].value, admission.flavors[i].key);
	return admission;
}

static void read_admission(struct kube_decoder *decoder, const struct doc_node *admission, const struct job_shape *shape,
                           struct initial_workload *workload)
{
	const struct doc_node *list = read_sequence(decoder, admission, "podSetAssignments");
	struct initial_pod_set *pod_sets = ARENA_ARRAY(decoder->arena, struct initial_pod_set, shape->n_pod_sets);
	for (uint32_t i = 0; i < shape->n_pod_sets; i++) {
		const struct pod_set *pod_set = &shape->pod_sets[i];
		const struct doc_node *item = find_assignment(decoder, list, pod_set->name);
		if (!item)
			kube_error(decoder, admission, NULL, "status.admission has no assignment for pod set '%s'",
			           names_text(decoder->names, pod_set->name));
		pod_sets[i] = read_assignment(decoder, item, pod_set->count);
	}
	workload->has_admission = true;
	workload->admitted_queue = read_required_name(decoder, admission, "clusterQueue");
	need_queue(decoder, NO_NAME, workload->admitted_queue, read_field(admission, "clusterQueue"));
	workload->admission = pod_sets;
}

/* States on the way out, or back in, in which Kueue's order or timing depends on more than is kept. */
static void check_eviction(struct kube_decoder *decoder, const struct doc_node *status, bool has_admission)
{
	const struct doc_node *conditions = read_field(status, "conditions");
	int64_t since_us;
	if (!read_condition(decoder, status, "Evicted", &since_us))
		return;
	if (has_admission)
		kube_unmodelled(decoder, conditions, "status.conditions: Evicted while quota is held");
	for (uint32_t i = 0; i < conditions->count; i++) {
		const char *type = read_text(decoder, conditions->items[i], "type");
		const char *reason = read_text(decoder, conditions->items[i], "reason");
		if (type && reason && strcmp(type, "Evicted") == 0 &&
		    (strcmp(reason, "PodsReadyTimeout") == 0 || strcmp(reason, "AdmissionCheck") == 0))
			kube_unmodelled(decoder, conditions->items[i], "status.conditions: a queue position by time of eviction");
	}
}

static void read_status(struct kube_decoder *decoder, const struct doc_node *status, const struct job_shape *shape,
                        struct initial_workload *workload)
{
	const struct doc_node *admission = read_mapping(decoder, status, "admission");
	const struct doc_node *requeue = read_mapping(decoder, status, "requeueState");
	int64_t count = 0;
	if (admission)
		read_admission(decoder, admission, shape, workload);
	check_eviction(decoder, status, admission);
	(void)read_condition(decoder, status, "QuotaReserved", &workload->reserved_us);
	(void)read_condition(decoder, status, "Admitted", &workload->admitted_us);
	(void)read_condition(decoder, status, "PodsReady", &workload->pods_ready_us);
	(void)read_int(decoder, requeue, "count", 0, INT32_MAX, &count);
	(void)read_time(decoder, requeue, "requeueAt", &workload->requeue_at_us);
	workload->requeue_count = (int32_t)count;
}

/* Finished ones are over, deactivated ones never run. */
static bool takes_part(struct kube_decoder *decoder, const struct doc_node *spec, const struct doc_node *status)
{
	bool active = true;
	int64_t since_us;
	(void)read_bool(decoder, spec, "active", &active);
	return active && !read_condition(decoder, status, "Finished", &since_us);
}

static void read_workload(struct kube_decoder *decoder)
{
	const struct doc_node *metadata = read_mapping(decoder, decoder->object.root, "metadata");
	const struct doc_node *spec = read_mapping(decoder, decoder->object.root, "spec");
	const struct doc_node *status = read_mapping(decoder, decoder->object.root, "status");
	struct job_shape shape;
	int64_t seconds;
	if (!takes_part(decoder, spec, status))
		return;
	kube_check_fields(decoder);
	check_annotations(decoder, metadata);
	struct initial_workload workload = {
	    .job = basic_job(decoder, metadata),
	    .admitted_us = NEVER_US,
	    .pods_ready_us = NEVER_US,
	    .requeue_at_us = -1,
	};
	decoder->pod_refused = false;
	shape.pod_sets = read_pod_sets(decoder, spec, &shape.n_pod_sets);
	workload.job.invalid = decoder->pod_refused;
	workload.job.queue = read_name(decoder, spec, "queueName");
	need_queue(decoder, workload.job.namespace_name, workload.job.queue, read_field(spec, "queueName"));
	workload.job.priority_class = workload_class(decoder, spec);
	workload.job.priority_boost = read_boost(decoder, metadata);
	workload.job.shape = add_shape(decoder, shape.pod_sets, shape.n_pod_sets);
	if (read_int(decoder, spec, "maximumExecutionTimeSeconds", 1, INT32_MAX, &seconds))
		workload.job.max_execution_us = seconds * US_PER_S;
	read_status(decoder, status, &shape, &workload);
	if (read_run_time(decoder, metadata, &workload.job.run_us))
		*VEC_PUSH(&decoder->initial) = workload;
}

/* ---- Putting both together ---- */

/* Marks the Jobs that own a Workload among the documents: that one counts. */
static void mark_owned(const struct kube_decoder *decoder, bool *owned)
{
	for (uint32_t i = 0; i < decoder->workloads.count; i++) {
		const struct kube_object *workload = &decoder->workloads.items[i];
		const struct doc_node *owners = read_field(doc_get(workload->root, "metadata"), "ownerReferences");
		for (uint32_t k = 0; owners && owners->kind == DOC_SEQUENCE && k < owners->count; k++) {
			const struct doc_node *kind = doc_get(owners->items[k], "kind"), *name = doc_get(owners->items[k], "name");
			if (!kind || !name || kind->kind != DOC_SCALAR || name->kind != DOC_SCALAR || strcmp(kind->text, "Job") != 0)
				continue;
			struct kube_object key = {.space = workload->space, .name = name->text};
			const struct kube_object *job =
			    bsearch(&key, decoder->jobs.items, decoder->jobs.count, sizeof key, compare_objects);
			if (job)
				owned[job - decoder->jobs.items] = true;
		}
	}
}

/* Reads objects in order of name; a name that comes twice is an error. */
static void read_all(struct kube_decoder *decoder, const struct kube_object *objects, uint32_t count, const bool *left_out,
                     void (*read)(struct kube_decoder *decoder))
{
	for (uint32_t i = 0; i < count; i++) {
		decoder->object = objects[i];
		if (i && compare_objects(&objects[i - 1], &objects[i]) == 0)
			kube_error(decoder, NULL, NULL, "is given twice, also at %s:%u", objects[i - 1].place.file,
			           objects[i - 1].place.line);
		else if (!left_out || !left_out[i])
			read(decoder);
	}
}

void decode_put_off(struct kube_decoder *decoder)
{
	bool *owned = xcalloc(decoder->jobs.count, sizeof *owned);
	if (decoder->jobs.count)
		qsort(decoder->jobs.items, decoder->jobs.count, sizeof *decoder->jobs.items, compare_objects);
	if (decoder->workloads.count)
		qsort(decoder->workloads.items, decoder->workloads.count, sizeof *decoder->workloads.items, compare_objects);
	if (decoder->jobs.count)
		mark_owned(decoder, owned);
	read_all(decoder, decoder->jobs.items, decoder->jobs.count, owned, read_job);
	read_all(decoder, decoder->workloads.items, decoder->workloads.count, NULL, read_workload);
	free(owned);
}
