/* build_jobs.c - where jobs come from: generators and trace files, with their queues found. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "build.h"
#include "scenarios/scenario.h"

uint32_t find_cluster(struct build *build, const char *name, struct diag_place place)
{
	const char *names[64];
	uint32_t count = build->world->n_clusters;
	if (!name && count == 1)
		return 0;
	for (uint32_t i = 0; i < count; i++) {
		const char *text = names_text(build->names, build->clusters[i].name);
		if (name && strcmp(name, text) == 0)
			return i;
		if (i < ARRAY_COUNT(names))
			names[i] = text;
	}
	if (name)
		diag_add(build->diags, DIAG_ERROR, place, suggest(build, name, names, MIN(count, (uint32_t)ARRAY_COUNT(names))),
		         "there is no cluster \"%s\"", name);
	else if (count)
		diag_add(build->diags, DIAG_ERROR, place, NULL, "\"cluster\" is missing: there are %u", count);
	return NONE;
}

/* The LocalQueues of a namespace, as the documents have them where Kueue's configuration was refused. */
static uint32_t local_queues_of(const struct build *build, uint32_t cluster, const char *space, const char **names,
                                uint32_t most)
{
	const struct sources *sources = build->sources;
	const struct kueue_config *kueue = build->clusters[cluster].kueue;
	const char *cluster_name = names_text(build->names, build->clusters[cluster].name);
	uint32_t count = 0;
	for (uint32_t i = 0; kueue && i < kueue->n_local_queues && count < most; i++)
		if (strcmp(names_text(build->names, kueue->local_queues[i].namespace_name), space) == 0)
			names[count++] = names_text(build->names, kueue->local_queues[i].name);
	for (uint32_t i = 0; !kueue && i < sources->documents.count && count < most; i++) {
		const struct document *document = &sources->documents.items[i];
		if (strcmp(document->kind, "LocalQueue") == 0 && strcmp(document->namespace_name, space) == 0 &&
		    (!document->cluster || strcmp(document->cluster, cluster_name) == 0))
			names[count++] = document->name;
	}
	return count;
}

/* Reports a LocalQueue that does not exist, with the one of that namespace that may have been meant. */
static void check_queue(struct build *build, uint32_t cluster, name_id namespace_name, name_id queue,
                        struct diag_place place)
{
	const struct kueue_config *kueue = cluster == NONE ? NULL : build->clusters[cluster].kueue;
	const char *names[256];
	if (cluster == NONE || queue == NO_NAME || namespace_name == NO_NAME)
		return;
	if (kueue && kueue_find_local_queue(kueue, namespace_name, queue) != NONE)
		return;
	const char *text = names_text(build->names, queue), *space = names_text(build->names, namespace_name);
	uint32_t count = local_queues_of(build, cluster, space, names, ARRAY_COUNT(names));
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(names[i], text) == 0)
			return;
	const char *suggestion = suggest(build, text, names, count);
	if (may_be_elsewhere(build, suggestion))
		return;
	if (count == 0)
		diag_add(build->diags, DIAG_ERROR, place, NULL, "there is no LocalQueue in namespace \"%s\"", space);
	else
		diag_add(build->diags, DIAG_ERROR, place, suggestion, "there is no LocalQueue \"%s\" in namespace \"%s\"", text,
		         space);
}

static void check_class(struct build *build, uint32_t cluster, name_id class, struct diag_place place)
{
	const struct kueue_config *kueue = cluster == NONE ? NULL : build->clusters[cluster].kueue;
	const char *names[256];
	uint32_t count = 0;
	int32_t value;
	if (!kueue || class == NO_NAME || kueue_find_priority(kueue, class, &value))
		return;
	for (uint32_t i = 0; i < kueue->n_priority_classes && count < ARRAY_COUNT(names); i++)
		names[count++] = names_text(build->names, kueue->priority_classes[i].name);
	const char *text = names_text(build->names, class);
	const char *suggestion = suggest(build, text, names, count);
	if (!may_be_elsewhere(build, suggestion))
		diag_add(build->diags, DIAG_ERROR, place, suggestion, "there is no WorkloadPriorityClass \"%s\"", text);
}

struct sortable_request {
	uint64_t hash;
	struct generator_request request;
	const char *text;
};

static int compare_requests(const void *a, const void *b)
{
	const struct sortable_request *x = a, *y = b;
	return x->hash < y->hash ? -1 : x->hash > y->hash ? 1 : strcmp(x->text, y->text);
}

static struct sortable_request sortable(struct build *build, const char *resource, struct dist amount)
{
	return (struct sortable_request){
	    fnv1a_64(resource, strlen(resource)), {names_intern(build->names, resource), amount}, resource};
}

static bool asks_for(const struct spec_pod_set *spec, const char *resource)
{
	for (uint32_t i = 0; i < spec->n_requests; i++)
		if (strcmp(spec->requests[i].resource, resource) == 0)
			return true;
	return false;
}

/* What a LimitRange of the namespace adds to pods that do not ask for it themselves. */
static uint32_t add_limit_range(struct build *build, const struct generator *generator, const struct spec_pod_set *spec,
                                struct sortable_request *sorted, uint32_t count)
{
	const struct kube_objects *objects = generator->cluster == NONE ? NULL : &build->objects[generator->cluster];
	for (uint32_t i = 0; objects && i < objects->n_default_requests; i++) {
		const struct default_request *request = &objects->default_requests[i];
		const char *resource = names_text(build->names, request->resource);
		if (request->namespace_name == generator->namespace_name && !asks_for(spec, resource))
			sorted[count++] = sortable(build, resource, dist_constant((double)request->amount));
	}
	return count;
}

/* In the order that Kueue visits them (kueue-semantics 0.7). */
static void set_requests(struct build *build, const struct generator *generator, const struct spec_pod_set *spec,
                         struct generator_pod_set *set)
{
	uint32_t most = spec->n_requests, count = 0;
	if (generator->cluster != NONE)
		most += build->objects[generator->cluster].n_default_requests;
	struct sortable_request *sorted = ARENA_ARRAY(build->arena, struct sortable_request, most);
	for (; count < spec->n_requests; count++)
		sorted[count] = sortable(build, spec->requests[count].resource, spec->requests[count].amount);
	count = add_limit_range(build, generator, spec, sorted, count);
	if (count)
		qsort(sorted, count, sizeof *sorted, compare_requests);
	struct generator_request *requests = ARENA_ARRAY(build->arena, struct generator_request, count);
	for (uint32_t i = 0; i < count; i++)
		requests[i] = sorted[i].request;
	set->requests = requests;
	set->n_requests = count;
}

static void set_tolerations(struct build *build, const struct spec_pod_set *spec, struct generator_pod_set *set)
{
	struct toleration *tolerations = ARENA_ARRAY(build->arena, struct toleration, spec->n_tolerations);
	for (uint32_t i = 0; i < spec->n_tolerations; i++) {
		const struct spec_toleration *given = &spec->tolerations[i];
		tolerations[i] = (struct toleration){
		    .key = intern_optional(build, given->key),
		    .value = intern_optional(build, given->value),
		    .effect = given->effect ? names_intern(build->names, effect_names[given->effect - 1]) : NO_NAME,
		    .exists = given->op == OPERATOR_EXISTS,
		};
		if (!given->key && given->op != OPERATOR_EXISTS && given->node)
			diag_add(build->diags, DIAG_ERROR, given->node->place, "add operator: Exists",
			         "a toleration without a key needs operator Exists");
	}
	set->tolerations = tolerations;
	set->n_tolerations = spec->n_tolerations;
}

static void check_min_count(struct build *build, const struct spec_pod_set *spec)
{
	if (spec->min_count && spec->count.kind == DIST_CONSTANT && (double)spec->min_count > spec->count.a)
		diag_add(build->diags, DIAG_ERROR, field_place(spec->node, "minCount"), NULL, "podSets[%s].minCount is above count",
		         spec->name);
}

static void build_pod_sets(struct build *build, const struct spec_generator *spec, struct generator *generator)
{
	struct generator_pod_set *sets = ARENA_ARRAY(build->arena, struct generator_pod_set, spec->n_pod_sets);
	struct named *order = ARENA_ARRAY(build->arena, struct named, spec->n_pod_sets);
	for (uint32_t i = 0; i < spec->n_pod_sets; i++) {
		const struct spec_pod_set *given = &spec->pod_sets[i];
		sets[i] = (struct generator_pod_set){
		    .name = intern_optional(build, given->name),
		    .count = given->count,
		    .min_count = (int32_t)given->min_count,
		    .node_selector = build_labels(build, given->node_selector, given->n_node_selector),
		    .n_node_selector = given->n_node_selector,
		};
		set_requests(build, generator, given, &sets[i]);
		set_tolerations(build, given, &sets[i]);
		check_min_count(build, given);
		order[i] = (struct named){given->name ? given->name : "", field_place(given->node, "name"), i};
	}
	sort_named(build, order, spec->n_pod_sets, "pod set"); /* only to find duplicates: pod sets stay as written */
	generator->pod_sets = sets;
	generator->n_pod_sets = spec->n_pod_sets;
}

static void check_arrivals(struct build *build, const struct spec_generator *spec)
{
	const struct spec_arrivals *arrivals = &spec->arrivals;
	bool per_day = doc_get(arrivals->node, "perDay"), gaps = doc_get(arrivals->node, "interarrival");
	if (arrivals->node && per_day == gaps)
		diag_add(build->diags, DIAG_ERROR, arrivals->node->place, NULL,
		         "spec.workload.generators[%s].arrivals: exactly one of perDay and interarrival is needed",
		         spec->name ? spec->name : "");
}

static void set_checkpoint(const struct spec_generator *spec, struct generator *generator)
{
	generator->has_checkpoint = spec->checkpoint.node != NULL;
	if (generator->has_checkpoint)
		generator->checkpoint =
		    (struct checkpoint){spec->checkpoint.interval_us, spec->checkpoint.save_us, spec->checkpoint.restore_us};
}

static struct generator build_generator(struct build *build, const struct spec_generator *spec)
{
	const struct spec_arrivals *arrivals = &spec->arrivals;
	struct generator generator = {
	    .name = intern_optional(build, spec->name),
	    .cluster = find_cluster(build, spec->cluster, field_place(spec->node, "cluster")),
	    .namespace_name = intern_optional(build, spec->namespace_name),
	    .queue = intern_optional(build, spec->queue),
	    .priority_class = intern_optional(build, spec->priority_class),
	    .per_day = arrivals->per_day,
	    .hour_profile = (enum hour_profile)arrivals->hour_of_day,
	    .weekend_factor = arrivals->weekend_factor,
	    .burst = doc_get(arrivals->node, "burst") ? arrivals->burst : (struct dist){.kind = DIST_NONE},
	    .interarrival = arrivals->interarrival,
	    .run_time = spec->run_time,
	    .requested_factor = spec->requested_factor,
	    .max_execution_us = spec->max_execution_us ? spec->max_execution_us : -1,
	    .max_jobs = spec->max_jobs,
	};
	set_checkpoint(spec, &generator);
	build_pod_sets(build, spec, &generator);
	check_arrivals(build, spec);
	check_queue(build, generator.cluster, generator.namespace_name, generator.queue, field_place(spec->node, "queueName"));
	check_class(build, generator.cluster, generator.priority_class, field_place(spec->node, "workloadPriorityClass"));
	return generator;
}

void build_jobs(struct build *build)
{
	const struct spec_workload *workload = &build->spec->workload;
	uint32_t count = workload->n_generators;
	struct named *order = ARENA_ARRAY(build->arena, struct named, count);
	struct generator *generators = ARENA_ARRAY(build->arena, struct generator, count);
	for (uint32_t i = 0; i < count; i++) {
		const struct spec_generator *spec = &workload->generators[i];
		order[i] = (struct named){spec->name ? spec->name : "", field_place(spec->node, "name"), i};
	}
	sort_named(build, order, count, "generator");
	for (uint32_t i = 0; i < count; i++)
		generators[i] = build_generator(build, &workload->generators[order[i].index]);
	build->world->generators = generators;
	build->world->n_generators = count;
}

/* A line `name,LocalQueue` without quotes; the header, blank lines and lines that begin with # say nothing. */
static bool read_map_line(struct build *build, char *line, struct diag_place place, struct key_value *ret_pair)
{
	char *comma = strchr(line, ',');
	if (*line == '\0' || *line == '#')
		return false;
	if (!comma || strchr(comma + 1, ',') || strchr(line, '"') || comma == line || !comma[1]) {
		diag_add(build->diags, DIAG_ERROR, place, NULL, "expected `name,LocalQueue`, without quotes");
		return false;
	}
	*comma = '\0';
	if (place.line == 1 && strcmp(comma + 1, "queue") == 0)
		return false;
	*ret_pair = (struct key_value){names_intern(build->names, line), names_intern(build->names, comma + 1)};
	return true;
}

static void read_map_file(struct build *build, const char *path, struct diag_place place, struct trace_input *trace)
{
	const struct input_file *input = sources_read(build->sources, path, place);
	if (!input)
		return;
	struct {
		VEC_FIELDS(struct key_value);
	} pairs = {0};
	struct diag_place at = {input->path, 0, 1};
	char *rest = arena_text(build->arena, input->bytes, input->length);
	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
		struct key_value pair;
		at.line++;
		line[strcspn(line, "\r")] = '\0';
		if (read_map_line(build, line, at, &pair))
			*VEC_PUSH(&pairs) = pair;
	}
	trace->queue_map = arena_copy(build->arena, pairs.items, sizeof *pairs.items * pairs.count);
	trace->n_queue_map = pairs.count;
	VEC_FREE(&pairs);
}

static void set_queue_map(struct build *build, const struct spec_trace *spec, struct trace_input *trace)
{
	struct diag_place place = field_place(spec->node, "queueMap");
	if (spec->queue_map.file) {
		read_map_file(build, sources_path(build->sources, spec->queue_map.file), place, trace);
		return;
	}
	trace->queue_map = build_labels(build, spec->queue_map.pairs, spec->queue_map.n_pairs);
	trace->n_queue_map = spec->queue_map.n_pairs;
	for (uint32_t i = 0; i < trace->n_queue_map; i++)
		check_queue(build, trace->cluster, trace->namespace_name, trace->queue_map[i].value, spec->queue_map.pairs[i].place);
}

static void set_per_gpu(struct build *build, const struct spec_trace *spec, struct trace_input *trace)
{
	struct resource_amount *amounts = ARENA_ARRAY(build->arena, struct resource_amount, spec->n_per_gpu);
	for (uint32_t i = 0; i < spec->n_per_gpu; i++)
		amounts[i] =
		    (struct resource_amount){names_intern(build->names, spec->per_gpu[i].resource), spec->per_gpu[i].amount};
	trace->per_gpu = amounts;
	trace->n_per_gpu = spec->n_per_gpu;
}

static struct trace_input build_trace(struct build *build, const struct spec_trace *spec)
{
	struct diag_place place = field_place(spec->node, "file");
	struct trace_input trace = {
	    .path = spec->file ? sources_path(build->sources, spec->file) : "",
	    .format = (enum trace_format)spec->format,
	    .shift_to_start = spec->shift_to_start,
	    .arrival_scale = spec->arrival_scale,
	    .namespace_name = intern_optional(build, spec->namespace_name),
	    .queue = intern_optional(build, spec->queue),
	    .other_queue = intern_optional(build, spec->other_queue),
	    .gpu_resource = intern_optional(build, spec->gpu_resource),
	    .gpus_per_pod = (int32_t)spec->gpus_per_pod,
	    .cluster = find_cluster(build, spec->cluster, field_place(spec->node, "cluster")),
	    .place = {place.file, place.line, place.column},
	};
	set_queue_map(build, spec, &trace);
	set_per_gpu(build, spec, &trace);
	check_queue(build, trace.cluster, trace.namespace_name, trace.queue, field_place(spec->node, "queueName"));
	check_queue(build, trace.cluster, trace.namespace_name, trace.other_queue, field_place(spec->node, "otherQueue"));
	if (spec->file && !build->options->trace && access(trace.path, R_OK) != 0)
		diag_add(build->diags, DIAG_ERROR, place, "give another with --trace FILE", "cannot read the trace %s", trace.path);
	return trace;
}

/* `--trace FILE` stands in place of the traces of the scenario, under the settings of the first. A scenario without one
 * takes the names in the file as they are, and its only LocalQueue for records that name none. */
static void replace_traces(struct build *build, struct trace_input *traces, uint32_t *count)
{
	if (*count == 0) {
		traces[0] = (struct trace_input){.arrival_scale = 1,
		                                 .gpu_resource = names_intern(build->names, "nvidia.com/gpu"),
		                                 .gpus_per_pod = 8,
		                                 .shift_to_start = true};
		const struct kueue_config *kueue = build->world->n_clusters == 1 ? build->clusters[0].kueue : NULL;
		if (kueue && kueue->n_local_queues == 1) {
			traces[0].namespace_name = kueue->local_queues[0].namespace_name;
			traces[0].queue = kueue->local_queues[0].name;
		}
	}
	struct diag_place place = {"--trace", 0, 0};
	traces[0].path = build->options->trace;
	traces[0].format = TRACE_AUTO;
	traces[0].place.file = place.file;
	*count = 1;
	if (access(traces[0].path, R_OK) != 0)
		diag_add(build->diags, DIAG_ERROR, place, NULL, "cannot read the trace %s", traces[0].path);
}

void build_traces(struct build *build)
{
	const struct spec_workload *workload = &build->spec->workload;
	struct trace_input *traces = ARENA_ARRAY(build->arena, struct trace_input, workload->n_traces + 1);
	uint32_t count = workload->n_traces;
	for (uint32_t i = 0; i < count; i++)
		traces[i] = build_trace(build, &workload->traces[i]);
	if (build->options->trace)
		replace_traces(build, traces, &count);
	build->world->traces = traces;
	build->world->n_traces = count;
}
