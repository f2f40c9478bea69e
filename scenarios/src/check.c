/* check.c - what only the whole world can show (build.h): money without a price, quotas that the nodes cannot keep, and
 * jobs that their queue or the nodes can never run. Says so before anything is simulated. */
#include <math.h>
#include <string.h>

#include "base/quantity.h"
#include "build.h"
#include "potential.h"
#include "world/requests.h"

static const char *name(const struct build *build, name_id id)
{
	return names_text(build->names, id);
}

/* ---- Money ---- */

static const char *price_text(struct build *build, const char *product, int capacity_type)
{
	return arena_printf(build->arena, "%s %s", product, capacity_type_names[capacity_type]);
}

static void check_pool_price(struct build *build, const struct node_pool *pool, struct diag_place place)
{
	const char *candidates[64];
	uint32_t count = MIN(build->world->n_prices, (uint32_t)ARRAY_COUNT(candidates));
	if (pool->gpus_per_node == 0 || world_price(build->world, pool->gpu_product, pool->capacity_type))
		return;
	for (uint32_t i = 0; i < count; i++)
		candidates[i] =
		    price_text(build, name(build, build->world->prices[i].gpu_product), build->world->prices[i].capacity_type);
	const char *wanted = price_text(build, name(build, pool->gpu_product), pool->capacity_type);
	diag_add(build->diags, DIAG_ERROR, place, suggest(build, wanted, candidates, count),
	         "node pool \"%s\": the price book has no price for %s", name(build, pool->name), wanted);
}

struct diag_place pool_place(const struct build *build, const struct cluster *cluster, const struct node_pool *pool)
{
	const struct spec *spec = build->spec;
	struct diag_place place = {build->sources->file, 0, 0};
	for (uint32_t i = 0; i < spec->n_clusters; i++) {
		if (strcmp(spec->clusters[i].name, name(build, cluster->name)) != 0)
			continue;
		place = spec->clusters[i].node->place;
		for (uint32_t j = 0; j < spec->clusters[i].n_pools; j++)
			if (strcmp(spec->clusters[i].pools[j].name, name(build, pool->name)) == 0)
				place = spec->clusters[i].pools[j].node->place;
	}
	return place;
}

static void check_prices(struct build *build)
{
	if (!build->world->currency)
		return;
	for (uint32_t i = 0; i < build->world->n_clusters; i++) {
		const struct cluster *cluster = &build->clusters[i];
		for (uint32_t j = 0; j < cluster->n_pools; j++)
			check_pool_price(build, &cluster->pools[j], pool_place(build, cluster, &cluster->pools[j]));
	}
}

static bool namespace_exists(const struct build *build, const char *space)
{
	name_id id = names_find(build->names, space);
	for (uint32_t i = 0; i < build->world->n_clusters && id != NO_NAME; i++)
		if (kueue_find_namespace(build->clusters[i].kueue, id) != NONE)
			return true;
	return false;
}

static void check_tenants(struct build *build)
{
	for (uint32_t i = 0; i < build->spec->n_tenants; i++) {
		const struct spec_tenant *tenant = &build->spec->tenants[i];
		for (uint32_t j = 0; j < tenant->n_namespaces; j++)
			if (!namespace_exists(build, tenant->namespaces[j]))
				diag_add(build->diags, DIAG_WARNING, field_place(tenant->node, "namespaces"), NULL,
				         "tenant \"%s\": no cluster has a namespace \"%s\"", tenant->name, tenant->namespaces[j]);
	}
}

/* ---- Quotas against nodes ---- */

static bool has_label(const struct key_value *labels, uint32_t count, struct key_value wanted)
{
	for (uint32_t i = 0; i < count; i++)
		if (labels[i].key == wanted.key)
			return labels[i].value == wanted.value;
	return false;
}

static bool pool_has_labels(const struct node_pool *pool, const struct key_value *wanted, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (!has_label(pool->labels, pool->n_labels, wanted[i]))
			return false;
	return true;
}

static int64_t pool_offers(const struct node_pool *pool, name_id resource)
{
	for (uint32_t i = 0; i < pool->n_allocatable; i++)
		if (pool->allocatable[i].resource == resource)
			return pool->allocatable[i].amount;
	return 0;
}

/* What all nodes of a flavor offer; ret_pools: how many pools those are. */
static int64_t flavor_offers(const struct cluster *cluster, const struct resource_flavor *flavor, name_id resource,
                             uint32_t *ret_pools)
{
	int64_t sum = 0;
	*ret_pools = 0;
	for (uint32_t i = 0; i < cluster->n_pools; i++) {
		const struct node_pool *pool = &cluster->pools[i];
		if (!pool_has_labels(pool, flavor->node_labels, flavor->n_node_labels))
			continue;
		++*ret_pools;
		sum = sat_add(sum, sat_mul(pool->nodes, pool_offers(pool, resource)));
	}
	return sum;
}

static struct diag_place flavor_place(const struct build *build, const struct cluster *cluster, const char *flavor)
{
	const struct sources *sources = build->sources;
	for (uint32_t i = 0; i < sources->documents.count; i++) {
		const struct document *document = &sources->documents.items[i];
		if (strcmp(document->kind, "ResourceFlavor") == 0 && strcmp(document->name, flavor) == 0 &&
		    (!document->cluster || strcmp(document->cluster, name(build, cluster->name)) == 0))
			return document->root->place;
	}
	return (struct diag_place){sources->file, 0, 0};
}

/* What is true of a flavor as a whole is said once. */
static bool is_first_of_flavor(const struct kueue_config *kueue, uint32_t fr)
{
	for (uint32_t i = 0; i < fr; i++)
		if (kueue->frs[i].flavor == kueue->frs[fr].flavor && total_quota(kueue, i) > 0)
			return false;
	return true;
}

static void check_flavor(struct build *build, const struct cluster *cluster, uint32_t fr)
{
	const struct kueue_config *kueue = cluster->kueue;
	const struct resource_flavor *flavor = &kueue->flavors[kueue->frs[fr].flavor];
	name_id resource = kueue->resources[kueue->frs[fr].resource];
	const char *resource_text = name(build, resource);
	uint32_t pools;
	int64_t offered = flavor_offers(cluster, flavor, resource, &pools), quota = total_quota(kueue, fr);
	char quota_text[32], offered_text[32];
	struct diag_place place = flavor_place(build, cluster, name(build, flavor->name));
	quantity_format(resource_text, quota, quota_text);
	quantity_format(resource_text, offered, offered_text);
	if (pools == 0) {
		if (quota > 0 && is_first_of_flavor(kueue, fr))
			diag_add(build->diags, DIAG_WARNING, place, "compare its nodeLabels with the labels of the node pools",
			         "cluster \"%s\": no node has the labels of ResourceFlavor \"%s\"; jobs admitted there never start",
			         name(build, cluster->name), name(build, flavor->name));
	} else if (quota > offered && quota != INT64_MAX)
		diag_add(build->diags, DIAG_WARNING, place, NULL,
		         "cluster \"%s\", flavor \"%s\": quotas promise %s %s, the nodes have %s; admitted jobs will wait for nodes",
		         name(build, cluster->name), name(build, flavor->name), quota_text, resource_text, offered_text);
	else if (quota < offered && resource_is_gpu(resource_text))
		diag_add(build->diags, DIAG_WARNING, place, NULL,
		         "cluster \"%s\", flavor \"%s\": quotas give out %s of %s %s; the rest can never be used",
		         name(build, cluster->name), name(build, flavor->name), quota_text, offered_text, resource_text);
}

static void check_quotas(struct build *build)
{
	for (uint32_t i = 0; i < build->world->n_clusters; i++) {
		const struct cluster *cluster = &build->clusters[i];
		for (uint32_t fr = 0; fr < cluster->kueue->n_frs && cluster->n_pools > 0; fr++)
			check_flavor(build, cluster, fr);
	}
}

/* ---- Placement ---- */

static bool is_scored(const struct build *build, const struct spec_placement *placement, name_id resource)
{
	for (uint32_t i = 0; i < placement->n_resources; i++)
		if (strcmp(placement->resources[i].name, name(build, resource)) == 0)
			return true;
	return placement->n_resources == 0 &&
	       (strcmp(name(build, resource), "cpu") == 0 || strcmp(name(build, resource), "memory") == 0);
}

static bool asks_for_scored(const struct build *build, const struct spec_placement *placement,
                            const struct generator *generator)
{
	for (uint32_t i = 0; i < generator->n_pod_sets; i++)
		for (uint32_t r = 0; r < generator->pod_sets[i].n_requests; r++)
			if (is_scored(build, placement, generator->pod_sets[i].requests[r].resource))
				return true;
	return false;
}

/* Unless told otherwise kube-scheduler's score counts cpu and memory, so packing needs pods that ask for them. What a trace
 * asks for is not known here. */
static void check_placement(struct build *build)
{
	const struct spec *spec = build->spec;
	const struct world *world = build->world;
	for (uint32_t i = 0; i < spec->n_clusters && world->n_traces == 0; i++) {
		const struct spec_cluster *cluster = &spec->clusters[i];
		uint32_t index = world_find_cluster(world, names_find(build->names, cluster->name));
		bool asked = false, used = false;
		for (uint32_t g = 0; g < world->n_generators; g++) {
			used |= world->generators[g].cluster == index;
			asked |=
			    world->generators[g].cluster == index && asks_for_scored(build, &cluster->placement, &world->generators[g]);
		}
		if (used && !asked && cluster->placement.score == SCORE_MOST_ALLOCATED)
			diag_add(
			    build->diags, DIAG_WARNING, field_place(cluster->placement.node, "score"),
			    "placement.resources: [{name: nvidia.com/gpu}], or let pods ask for cpu too, and ClusterQueues cover it",
			    "cluster \"%s\": MostAllocated packs by %s, which no pod asks for; any node with room is taken",
			    cluster->name, cluster->placement.n_resources ? "the resources listed" : "cpu and memory");
	}
}

/* ---- Jobs that can never run ---- */

struct suspect {
	struct build *build;
	const struct cluster *cluster;
	const struct generator *generator;
	const struct generator_pod_set *pods;
	const struct cluster_queue *queue;
	uint32_t queue_index;
	struct diag_place place;
	enum diag_severity severity; /* a warning where a later change of the configuration may help */
};

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

/* The share of products of two distributions above a limit. */
static double share_of_products_above(const struct dist *count, const struct dist *amount, double limit)
{
	if (count->kind != DIST_CHOICE)
		return share_above(amount, limit / least(count));
	double above = 0;
	for (uint32_t i = 0; i < count->n_points; i++)
		above += count->points[i].weight * share_above(amount, limit / count->points[i].value);
	return above / choice_total(count);
}

/* All jobs: an error. Some: a warning with their share. */
static void report_share(const struct suspect *suspect, double share, const char *suggestion, const char *what)
{
	const char *who = name(suspect->build, suspect->generator->name);
	if (share >= 1)
		diag_add(suspect->build->diags, suspect->severity, suspect->place, suggestion,
		         "generator \"%s\": its jobs can never run: %s", who, what);
	else if (share > 0)
		diag_add(suspect->build->diags, DIAG_WARNING, suspect->place, suggestion,
		         "generator \"%s\": %.2g %% of its jobs can never run: %s", who, share * 100, what);
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
	return taints_tolerated(suspect->build->names, flavor->node_taints, flavor->n_node_taints, pods->tolerations,
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
	struct build *build = suspect->build;
	const char *resource = name(build, request->resource), *queue = name(build, suspect->queue->name);
	const struct resource_group *group = covering_group(suspect, request->resource);
	if (!requests_charged_as_asked(build->names, &suspect->cluster->kueue->controller, request->resource))
		return; /* quota is asked for something else */
	if (!group) {
		if (!kueue_ignores_undeclared(suspect->cluster->kueue))
			report_share(
			    suspect, share_above(&request->amount, 0),
			    arena_printf(build->arena, "add %s to coveredResources, or leave it out of the requests", resource),
			    arena_printf(build->arena, "pods ask for %s, which ClusterQueue \"%s\" does not cover", resource, queue));
		return;
	}
	char most_text[32];
	int64_t most = most_quota(suspect, group, request->resource);
	if (most < 0) {
		report_share(
		    suspect, 1, NULL,
		    arena_printf(build->arena, "no flavor of ClusterQueue \"%s\" fits their node selector and tolerations", queue));
		return;
	}
	quantity_format(resource, most, most_text);
	report_share(suspect, share_of_products_above(&suspect->pods->count, &request->amount, (double)most), NULL,
	             arena_printf(build->arena,
	                          "pod set \"%s\" asks for more %s than the %s that ClusterQueue \"%s\" can ever have",
	                          name(build, suspect->pods->name), resource, most_text, queue));
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
			         taints_tolerated(suspect->build->names, pool->taints, pool->n_taints, pods->tolerations,
			                          pods->n_tolerations, flavor->tolerations, flavor->n_tolerations);
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
	report_share(
	    suspect, 1, "compare node labels and taints with the flavors and the pods",
	    arena_printf(suspect->build->arena, "no node fits pod set \"%s\"", name(suspect->build, suspect->pods->name)));
	return false;
}

static void check_request_nodes(const struct suspect *suspect, const struct generator_request *request)
{
	struct build *build = suspect->build;
	const char *resource = name(build, request->resource);
	int64_t most = 0;
	for (uint32_t i = 0; i < suspect->cluster->n_pools; i++)
		if (pool_usable(suspect, &suspect->cluster->pools[i]))
			most = MAX(most, pool_offers(&suspect->cluster->pools[i], request->resource));
	char most_text[32];
	quantity_format(resource, most, most_text);
	if (most == 0)
		report_share(suspect, share_above(&request->amount, 0),
		             arena_printf(build->arena, "add %s to the pool's allocatable", resource),
		             arena_printf(build->arena, "pods ask for %s, which no node they fit on has", resource));
	else
		report_share(suspect, share_above(&request->amount, (double)most), NULL,
		             arena_printf(build->arena, "a pod asks for more %s than the %s of the largest node it fits on",
		                          resource, most_text));
}

static bool configuration_changes(const struct world *world, uint32_t cluster)
{
	for (uint32_t i = 0; i < world->n_changes; i++)
		if (world->changes[i].cluster == cluster && world->changes[i].kueue)
			return true;
	return false;
}

struct diag_place generator_place(const struct build *build, const struct generator *generator)
{
	const struct spec_workload *workload = &build->spec->workload;
	struct diag_place place = {build->sources->file, 0, 0};
	for (uint32_t i = 0; i < workload->n_generators; i++)
		if (strcmp(workload->generators[i].name, name(build, generator->name)) == 0)
			place = workload->generators[i].node->place;
	return place;
}

static void check_namespace(const struct suspect *suspect)
{
	if (!kueue_selects_namespace(suspect->cluster->kueue, suspect->queue_index, suspect->generator->namespace_name))
		report_share(suspect, 1, suspect->queue->namespace_selector.set ? NULL : "namespaceSelector: {} selects all",
		             arena_printf(suspect->build->arena, "ClusterQueue \"%s\" does not select the namespace \"%s\"",
		                          name(suspect->build, suspect->queue->name),
		                          name(suspect->build, suspect->generator->namespace_name)));
}

static void check_generator(struct build *build, const struct generator *generator)
{
	const struct cluster *cluster = &build->clusters[generator->cluster];
	uint32_t local = kueue_find_local_queue(cluster->kueue, generator->namespace_name, generator->queue);
	uint32_t queue = cluster->kueue->local_queues[local].cluster_queue;
	struct suspect suspect = {
	    .build = build,
	    .cluster = cluster,
	    .generator = generator,
	    .queue = &cluster->kueue->cluster_queues[queue],
	    .queue_index = queue,
	    .place = generator_place(build, generator),
	    .severity = configuration_changes(build->world, generator->cluster) ? DIAG_WARNING : DIAG_ERROR,
	};
	check_namespace(&suspect);
	for (uint32_t i = 0; i < generator->n_pod_sets; i++) {
		suspect.pods = &generator->pod_sets[i];
		bool fits = cluster->n_pools > 0 && check_pod_set_nodes(&suspect);
		for (uint32_t r = 0; r < suspect.pods->n_requests; r++) {
			check_request_quota(&suspect, &suspect.pods->requests[r]);
			if (fits)
				check_request_nodes(&suspect, &suspect.pods->requests[r]);
		}
	}
}

static void check_jobs(struct build *build)
{
	const struct world *world = build->world;
	for (uint32_t i = 0; i < world->n_generators; i++)
		check_generator(build, &world->generators[i]);
	if (world->n_generators == 0 && world->n_traces == 0 && world->n_initial == 0)
		diag_add(build->diags, DIAG_WARNING, field_place(build->spec->node, "workload"), NULL, "there are no jobs");
}

void check_world(struct build *build)
{
	check_limits(build);
	check_prices(build);
	check_tenants(build);
	check_quotas(build);
	check_placement(build);
	check_jobs(build);
}
