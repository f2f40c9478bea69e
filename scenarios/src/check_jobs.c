/* check_jobs.c - jobs that their queue or the nodes can never run, and why (build.h, scenario.h).
 *
 * A generator is judged by its distributions, all of whose jobs may be hopeless or a share of them; the jobs of a trace are
 * judged kind by kind, and counted. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantity.h"
#include "build.h"
#include "potential.h"
#include "world/requests.h"
#include "scenarios/scenario.h"
#include "world/requests.h"

/* One reason why jobs of a trace can never run. */
struct finding {
	const char *what, *suggestion;
	int64_t jobs;
};

struct findings {
	VEC_FIELDS(struct finding);
};

/* Jobs of one kind, while they are looked at. */
struct suspect {
	struct arena *arena;
	const struct names *names;
	const struct cluster *cluster;
	name_id namespace_name;
	const struct generator_pod_set *pods;
	const struct cluster_queue *queue;
	uint32_t queue_index;
	/* Takes a reason for which this share of the jobs can never run. */
	void (*report)(const struct suspect *suspect, double share, const char *suggestion, const char *what);
	/* of a generator: */
	struct build *build;
	const struct generator *generator;
	/* of a trace: */
	int64_t jobs;
	struct findings *findings;
};

static const char *name(const struct suspect *suspect, name_id id)
{
	return names_text(suspect->names, id);
}

/* The smallest value that a distribution gives. */
static double least(const struct dist *dist)
{
	double low = dist_quantile(dist, 1e-9);
	if (dist->kind == DIST_CHOICE)
		for (uint32_t i = 0; i < dist->n_points; i++)
			low = MIN(i ? low : INFINITY, dist->points[i].value);
	return low;
}

static double choice_total(const struct dist *dist)
{
	double sum = 0;
	for (uint32_t i = 0; i < dist->n_points; i++)
		sum += dist->points[i].weight;
	return sum;
}

/* The share of values above a limit; only constants and choices can say. */
static double share_above(const struct dist *dist, double limit)
{
	double above = 0;
	if (dist->kind == DIST_CONSTANT)
		return dist->a > limit;
	if (dist->kind != DIST_CHOICE)
		return least(dist) > limit;
	for (uint32_t i = 0; i < dist->n_points; i++)
		above += dist->points[i].value > limit ? dist->points[i].weight : 0;
	return above / choice_total(dist);
}

/* The pods without which a pod set never starts: all of them, or those that partial admission may not leave out. */
static double pods_needed(const struct suspect *suspect, double count)
{
	int32_t least_count = suspect->pods->min_count;
	bool partial = suspect->cluster->policy == POLICY_KUEUE && least_count > 0 &&
	               gate_on(suspect->cluster->kueue->gates, GATE_PartialAdmission);
	return partial ? MIN(count, (double)least_count) : count;
}

/* The share of pod sets that ask for more than a limit in all. */
static double share_of_totals_above(const struct suspect *suspect, const struct dist *amount, double limit)
{
	const struct dist *count = &suspect->pods->count;
	if (count->kind != DIST_CHOICE)
		return share_above(amount, limit / pods_needed(suspect, least(count)));
	double above = 0;
	for (uint32_t i = 0; i < count->n_points; i++)
		above += count->points[i].weight * share_above(amount, limit / pods_needed(suspect, count->points[i].value));
	return above / choice_total(count);
}

/* May the pods use the flavor, by taints and node selector? A selector counts where the flavor has a label of that key. */
static bool flavor_usable(const struct suspect *suspect, const struct resource_flavor *flavor)
{
	const struct generator_pod_set *pods = suspect->pods;
	for (uint32_t i = 0; i < pods->n_node_selector; i++)
		for (uint32_t j = 0; j < flavor->n_node_labels; j++)
			if (flavor->node_labels[j].key == pods->node_selector[i].key &&
			    flavor->node_labels[j].value != pods->node_selector[i].value)
				return false;
	return taints_tolerated(suspect->names, flavor->node_taints, flavor->n_node_taints, pods->tolerations,
	                        pods->n_tolerations, flavor->tolerations, flavor->n_tolerations);
}

static const struct resource_group *covering_group(const struct suspect *suspect, name_id resource)
{
	const struct kueue_config *kueue = suspect->cluster->kueue;
	for (uint32_t g = 0; g < suspect->queue->n_groups; g++) {
		const struct resource_group *group = &suspect->queue->groups[g];
		for (uint32_t r = 0; r < group->n_resources; r++)
			if (group->resources[r] != NONE && kueue->resources[group->resources[r]] == resource)
				return group; /* NONE: covered by a group without flavors */
	}
	return NULL;
}

/* The most that the queue could ever have of a resource in one flavor that the pods may use; -1: no such flavor. */
static int64_t most_quota(const struct suspect *suspect, const struct resource_group *group, name_id resource)
{
	const struct kueue_config *kueue = suspect->cluster->kueue;
	uint32_t resource_index = kueue_find_resource(kueue, resource);
	int64_t most = -1;
	for (uint32_t f = 0; f < group->n_flavors; f++) {
		uint32_t flavor = group->flavors[f], fr = kueue_find_fr(kueue, flavor, resource_index);
		if (!flavor_usable(suspect, &kueue->flavors[flavor]))
			continue;
		bool limits_count = suspect->cluster->policy == POLICY_KUEUE; /* EASY knows no borrowing */
		most = MAX(most, limits_count ? potential_quota(kueue, fr, suspect->queue_index) : total_quota(kueue, fr));
	}
	return most;
}

static void check_request_quota(const struct suspect *suspect, const struct generator_request *request)
{
	const char *resource = name(suspect, request->resource), *queue = name(suspect, suspect->queue->name);
	const struct resource_group *group = covering_group(suspect, request->resource);
	if (!requests_charged_as_asked(suspect->names, &suspect->cluster->kueue->controller, request->resource))
		return; /* quota is asked for something else */
	if (!group) {
		if (!kueue_ignores_undeclared(suspect->cluster->kueue))
			suspect->report(
			    suspect, share_above(&request->amount, 0),
			    arena_printf(suspect->arena, "add %s to coveredResources, or leave it out of the requests", resource),
			    arena_printf(suspect->arena, "pods ask for %s, which ClusterQueue \"%s\" does not cover", resource, queue));
		return;
	}
	char most_text[32];
	int64_t most = most_quota(suspect, group, request->resource);
	if (most < 0) {
		suspect->report(suspect, 1, NULL,
		                arena_printf(suspect->arena,
		                             "no flavor of ClusterQueue \"%s\" fits their node selector and tolerations", queue));
		return;
	}
	quantity_format(resource, most, most_text);
	suspect->report(suspect, share_of_totals_above(suspect, &request->amount, (double)most), NULL,
	                arena_printf(suspect->arena,
	                             "pod set \"%s\" asks for more %s than the %s that ClusterQueue \"%s\" can ever have",
	                             name(suspect, suspect->pods->name), resource, most_text, queue));
}

/* May a pod of the set run on the pool at all, whatever it requests? */
static bool pool_usable(const struct suspect *suspect, const struct node_pool *pool)
{
	const struct kueue_config *kueue = suspect->cluster->kueue;
	const struct generator_pod_set *pods = suspect->pods;
	if (!pool_has_labels(pool, pods->node_selector, pods->n_node_selector))
		return false;
	for (uint32_t g = 0; g < suspect->queue->n_groups; g++) {
		const struct resource_group *group = &suspect->queue->groups[g];
		bool usable = false;
		for (uint32_t f = 0; f < group->n_flavors && !usable; f++) {
			const struct resource_flavor *flavor = &kueue->flavors[group->flavors[f]];
			usable = flavor_usable(suspect, flavor) && pool_has_labels(pool, flavor->node_labels, flavor->n_node_labels) &&
			         taints_tolerated(suspect->names, pool->taints, pool->n_taints, pods->tolerations, pods->n_tolerations,
			                          flavor->tolerations, flavor->n_tolerations);
		}
		if (!usable)
			return false;
	}
	return true;
}

/* True when some node may take pods of the set, whatever they request; else it has been reported. */
static bool check_pod_set_nodes(const struct suspect *suspect)
{
	for (uint32_t i = 0; i < suspect->cluster->n_pools; i++)
		if (pool_usable(suspect, &suspect->cluster->pools[i]))
			return true;
	suspect->report(suspect, 1, "compare node labels and taints with the flavors and the pods",
	                arena_printf(suspect->arena, "no node fits pod set \"%s\"", name(suspect, suspect->pods->name)));
	return false;
}

static void check_request_nodes(const struct suspect *suspect, const struct generator_request *request)
{
	const char *resource = name(suspect, request->resource);
	int64_t most = 0;
	for (uint32_t i = 0; i < suspect->cluster->n_pools; i++)
		if (pool_usable(suspect, &suspect->cluster->pools[i]))
			most = MAX(most, pool_offers(&suspect->cluster->pools[i], request->resource));
	char most_text[32];
	quantity_format(resource, most, most_text);
	if (most == 0)
		suspect->report(suspect, share_above(&request->amount, 0),
		                arena_printf(suspect->arena, "add %s to the pool's allocatable", resource),
		                arena_printf(suspect->arena, "pods ask for %s, which no node they fit on has", resource));
	else
		suspect->report(suspect, share_above(&request->amount, (double)most), NULL,
		                arena_printf(suspect->arena, "a pod asks for more %s than the %s of the largest node it fits on",
		                             resource, most_text));
}

static void check_namespace(const struct suspect *suspect)
{
	if (!kueue_selects_namespace(suspect->cluster->kueue, suspect->queue_index, suspect->namespace_name))
		suspect->report(suspect, 1, suspect->queue->namespace_selector.set ? NULL : "namespaceSelector: {} selects all",
		                arena_printf(suspect->arena, "ClusterQueue \"%s\" does not select the namespace \"%s\"",
		                             name(suspect, suspect->queue->name), name(suspect, suspect->namespace_name)));
}

static void check_pod_sets(struct suspect *suspect, const struct generator_pod_set *pod_sets, uint32_t n_pod_sets)
{
	check_namespace(suspect);
	for (uint32_t i = 0; i < n_pod_sets; i++) {
		suspect->pods = &pod_sets[i];
		bool fits = suspect->cluster->n_pools > 0 && check_pod_set_nodes(suspect);
		for (uint32_t r = 0; r < suspect->pods->n_requests; r++) {
			check_request_quota(suspect, &suspect->pods->requests[r]);
			if (fits)
				check_request_nodes(suspect, &suspect->pods->requests[r]);
		}
	}
}

static void find_queue(struct suspect *suspect, name_id queue)
{
	const struct kueue_config *kueue = suspect->cluster->kueue;
	uint32_t local = kueue_find_local_queue(kueue, suspect->namespace_name, queue);
	suspect->queue_index = local == NONE ? NONE : kueue->local_queues[local].cluster_queue;
	suspect->queue = suspect->queue_index == NONE ? NULL : &kueue->cluster_queues[suspect->queue_index];
}

/* ---- Generators ---- */

static bool configuration_changes(const struct world *world, uint32_t cluster)
{
	for (uint32_t i = 0; i < world->n_changes; i++)
		if (world->changes[i].cluster == cluster && world->changes[i].kueue)
			return true;
	return false;
}

/* All jobs: an error, or a warning where a later change of the configuration may help. Some: a warning with their share. */
static void report_share(const struct suspect *suspect, double share, const char *suggestion, const char *what)
{
	struct build *build = suspect->build;
	const struct generator *generator = suspect->generator;
	struct diag_place place = generator_place(build, generator);
	bool may_change = configuration_changes(build->world, generator->cluster);
	if (share >= 1)
		diag_add(build->diags, may_change ? DIAG_WARNING : DIAG_ERROR, place, suggestion,
		         "generator \"%s\": its jobs can never run: %s", name(suspect, generator->name), what);
	else if (share > 0)
		diag_add(build->diags, DIAG_WARNING, place, suggestion, "generator \"%s\": %.2g %% of its jobs can never run: %s",
		         name(suspect, generator->name), share * 100, what);
}

void check_generator(struct build *build, const struct generator *generator)
{
	struct suspect suspect = {
	    .arena = build->arena,
	    .names = build->names,
	    .cluster = &build->clusters[generator->cluster],
	    .namespace_name = generator->namespace_name,
	    .report = report_share,
	    .build = build,
	    .generator = generator,
	};
	find_queue(&suspect, generator->queue);
	check_pod_sets(&suspect, generator->pod_sets, generator->n_pod_sets);
}

/* ---- Jobs of traces ---- */

static void count_finding(const struct suspect *suspect, double share, const char *suggestion, const char *what)
{
	if (share < 1)
		return;
	for (uint32_t i = 0; i < suspect->findings->count; i++)
		if (strcmp(suspect->findings->items[i].what, what) == 0) {
			suspect->findings->items[i].jobs += suspect->jobs;
			return;
		}
	*VEC_PUSH(suspect->findings) = (struct finding){what, suggestion, suspect->jobs};
}

/* A pod set of a job as one of a generator that draws nothing else. */
static struct generator_pod_set certain_pod_set(struct arena *arena, const struct pod_set *set)
{
	struct generator_request *requests = ARENA_ARRAY(arena, struct generator_request, set->n_requests);
	for (uint32_t i = 0; i < set->n_requests; i++)
		requests[i] = (struct generator_request){set->requests[i].resource, dist_constant((double)set->requests[i].amount)};
	return (struct generator_pod_set){
	    .name = set->name,
	    .count = dist_constant(set->count),
	    .min_count = set->min_count,
	    .requests = requests,
	    .n_requests = set->n_requests,
	    .node_selector = set->node_selector,
	    .n_node_selector = set->n_node_selector,
	    .tolerations = set->tolerations,
	    .n_tolerations = set->n_tolerations,
	};
}

static void check_priority(const struct suspect *suspect, name_id class)
{
	const struct kueue_config *kueue = suspect->cluster->kueue;
	const char *names[256];
	uint32_t count = MIN(kueue->n_priority_classes, (uint32_t)ARRAY_COUNT(names));
	int32_t value;
	if (class == NO_NAME || kueue_find_priority(kueue, class, &value))
		return;
	for (uint32_t i = 0; i < count; i++)
		names[i] = name(suspect, kueue->priority_classes[i].name);
	const char *nearest = diag_nearest(name(suspect, class), names, count);
	suspect->report(suspect, 1, nearest ? arena_printf(suspect->arena, "did you mean \"%s\"?", nearest) : NULL,
	                arena_printf(suspect->arena, "there is no WorkloadPriorityClass \"%s\"", name(suspect, class)));
}

/* Jobs that differ in nothing that is looked at here. */
static int compare_kinds(const void *a, const void *b)
{
	const struct job *x = *(const struct job *const *)a, *y = *(const struct job *const *)b;
	const uint32_t left[] = {x->shape, x->namespace_name, x->queue, x->priority_class};
	const uint32_t right[] = {y->shape, y->namespace_name, y->queue, y->priority_class};
	for (size_t i = 0; i < ARRAY_COUNT(left); i++)
		if (left[i] != right[i])
			return left[i] < right[i] ? -1 : 1;
	return 0;
}

static void check_kind(struct suspect *suspect, const struct job *job, const struct job_shape *shape)
{
	struct generator_pod_set *sets = ARENA_ARRAY(suspect->arena, struct generator_pod_set, shape->n_pod_sets);
	suspect->namespace_name = job->namespace_name;
	find_queue(suspect, job->queue);
	check_priority(suspect, job->priority_class);
	if (!suspect->queue)
		return;
	for (uint32_t i = 0; i < shape->n_pod_sets; i++)
		sets[i] = certain_pod_set(suspect->arena, &shape->pod_sets[i]);
	check_pod_sets(suspect, sets, shape->n_pod_sets);
}

static void check_kinds(struct suspect *suspect, const struct job_table *table)
{
	const struct job **jobs = xcalloc(table->n_jobs, sizeof *jobs);
	for (uint32_t i = 0; i < table->n_jobs; i++)
		jobs[i] = &table->jobs[i];
	if (table->n_jobs)
		qsort(jobs, table->n_jobs, sizeof *jobs, compare_kinds);
	for (uint32_t i = 0, end; i < table->n_jobs; i = end) {
		for (end = i + 1; end < table->n_jobs && compare_kinds(&jobs[i], &jobs[end]) == 0;)
			end++;
		suspect->jobs = end - i;
		check_kind(suspect, jobs[i], &table->shapes[jobs[i]->shape]);
	}
	free(jobs);
}

void scenario_check_trace(const struct world *world, const struct trace_input *trace, const struct job_table *jobs,
                          struct diags *diags)
{
	struct findings findings = {0};
	struct suspect suspect = {
	    .arena = arena_create(0),
	    .names = world->names,
	    .cluster = &world->clusters[trace->cluster],
	    .report = count_finding,
	    .findings = &findings,
	};
	check_kinds(&suspect, jobs);
	for (uint32_t i = 0; i < findings.count; i++)
		diag_add(diags, DIAG_WARNING, (struct diag_place){trace->place.file, trace->place.line, trace->place.column},
		         findings.items[i].suggestion, "trace %s: %lld of %u jobs can never run: %s", trace->path,
		         (long long)findings.items[i].jobs, jobs->n_jobs, findings.items[i].what);
	VEC_FREE(&findings);
	arena_destroy(suspect.arena);
}
