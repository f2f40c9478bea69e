/* check.c - what only the whole world can show (build.h): money without a price, quotas that the nodes cannot keep, and
 * (check_jobs.c) jobs that can never run. Says so before anything is simulated. */
#include <math.h>
#include <string.h>

#include "base/quantity.h"
#include "build.h"
#include "potential.h"

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

bool pool_has_labels(const struct node_pool *pool, const struct key_value *wanted, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (!has_label(pool->labels, pool->n_labels, wanted[i]))
			return false;
	return true;
}

int64_t pool_offers(const struct node_pool *pool, name_id resource)
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

/* ---- All of it ---- */

struct diag_place generator_place(const struct build *build, const struct generator *generator)
{
	const struct spec_workload *workload = &build->spec->workload;
	struct diag_place place = {build->sources->file, 0, 0};
	for (uint32_t i = 0; i < workload->n_generators; i++)
		if (strcmp(workload->generators[i].name, name(build, generator->name)) == 0)
			place = workload->generators[i].node->place;
	return place;
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
