/* build_pools.c - node pools: what each node offers, its labels and taints, and how it fails. */
#include <stdlib.h>
#include <string.h>

#include "build.h"

/* The label that the vendor's device plugin or feature discovery puts a GPU's product in. */
static const char *product_label(struct build *build, const char *resource)
{
	if (strcmp(resource, "amd.com/gpu") == 0)
		return "amd.com/gpu.product-name";
	return arena_printf(build->arena, "%s.product", resource);
}

const struct key_value *build_labels(struct build *build, const struct text_pair *pairs, uint32_t count)
{
	struct key_value *labels = ARENA_ARRAY(build->arena, struct key_value, count);
	for (uint32_t i = 0; i < count; i++)
		labels[i] = (struct key_value){names_intern(build->names, pairs[i].key), names_intern(build->names, pairs[i].value)};
	return labels;
}

static const struct text_pair *find_pair(const struct text_pair *pairs, uint32_t count, const char *key)
{
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(pairs[i].key, key) == 0)
			return &pairs[i];
	return NULL;
}

/* The labels written, and that of the product. */
static void set_labels(struct build *build, const struct spec_pool *spec, struct node_pool *pool)
{
	struct key_value *labels = ARENA_ARRAY(build->arena, struct key_value, spec->n_labels + 1);
	const struct key_value *written = build_labels(build, spec->labels, spec->n_labels);
	for (uint32_t i = 0; i < spec->n_labels; i++)
		labels[i] = written[i];
	pool->labels = labels;
	pool->n_labels = spec->n_labels;
	if (!spec->gpus.product)
		return;
	const char *key = product_label(build, spec->gpus.resource);
	const struct text_pair *own = find_pair(spec->labels, spec->n_labels, key);
	if (!own)
		labels[pool->n_labels++] = (struct key_value){names_intern(build->names, key), pool->gpu_product};
	else if (strcmp(own->value, spec->gpus.product) != 0)
		diag_add(build->diags, DIAG_ERROR, own->place, "leave the label out",
		         "nodePools[%s]: gpus.product sets the label %s to \"%s\"", spec->name, key, spec->gpus.product);
}

struct sortable_amount {
	const char *text;
	struct resource_amount amount;
};

static int compare_amounts(const void *a, const void *b)
{
	return strcmp(((const struct sortable_amount *)a)->text, ((const struct sortable_amount *)b)->text);
}

static void set_allocatable(struct build *build, const struct spec_pool *spec, struct node_pool *pool)
{
	struct sortable_amount *sorted = ARENA_ARRAY(build->arena, struct sortable_amount, spec->n_allocatable + 1);
	uint32_t count = 0;
	for (uint32_t i = 0; i < spec->n_allocatable; i++) {
		const struct named_amount *amount = &spec->allocatable[i];
		if (spec->gpus.node && strcmp(amount->resource, spec->gpus.resource) == 0)
			diag_add(build->diags, DIAG_ERROR, amount->place, "leave it out",
			         "nodePools[%s].allocatable: gpus.perNode sets %s", spec->name, amount->resource);
		else
			sorted[count++] =
			    (struct sortable_amount){amount->resource, {names_intern(build->names, amount->resource), amount->amount}};
	}
	if (spec->gpus.node)
		sorted[count++] = (struct sortable_amount){spec->gpus.resource, {pool->gpu_resource, pool->gpus_per_node}};
	if (count)
		qsort(sorted, count, sizeof *sorted, compare_amounts);
	struct resource_amount *amounts = ARENA_ARRAY(build->arena, struct resource_amount, count);
	for (uint32_t i = 0; i < count; i++)
		amounts[i] = sorted[i].amount;
	pool->allocatable = amounts;
	pool->n_allocatable = count;
}

static void set_taints(struct build *build, const struct spec_pool *spec, struct node_pool *pool)
{
	struct taint *taints = ARENA_ARRAY(build->arena, struct taint, spec->n_taints);
	for (uint32_t i = 0; i < spec->n_taints; i++) {
		const struct spec_taint *taint = &spec->taints[i];
		taints[i] = (struct taint){intern_optional(build, taint->key), intern_optional(build, taint->value),
		                           names_intern(build->names, effect_names[taint->effect])};
	}
	pool->taints = taints;
	pool->n_taints = spec->n_taints;
}

/* A plain duration is the mean of an exponential distribution (docs/scenarios.md); {constant: ...} is what it says. */
static struct dist failure_times(const struct spec_failures *failures)
{
	const struct doc_node *given = failures->node ? doc_get(failures->node, "meanTimeBetweenFailures") : NULL;
	struct dist dist = failures->between;
	if (given && given->kind == DOC_SCALAR)
		dist.kind = DIST_EXPONENTIAL;
	return dist;
}

static struct node_pool build_pool(struct build *build, const struct spec_pool *spec)
{
	struct node_pool pool = {
	    .name = intern_optional(build, spec->name),
	    .nodes = (int32_t)spec->nodes,
	    .capacity_type = (enum capacity_type)spec->capacity_type,
	    .time_between_failures = failure_times(&spec->failures),
	    .repair_time = spec->failures.repair,
	};
	if (spec->gpus.node) {
		pool.gpu_product = intern_optional(build, spec->gpus.product);
		pool.gpu_resource = intern_optional(build, spec->gpus.resource);
		pool.gpus_per_node = (int32_t)spec->gpus.per_node;
	}
	set_labels(build, spec, &pool);
	set_allocatable(build, spec, &pool);
	set_taints(build, spec, &pool);
	return pool;
}

void build_pools(struct build *build, const struct spec_cluster *spec, struct cluster *cluster,
                 const struct node_pool *imported, uint32_t n_imported)
{
	uint32_t count = spec->n_pools + n_imported;
	struct named *order = ARENA_ARRAY(build->arena, struct named, count);
	struct node_pool *unsorted = ARENA_ARRAY(build->arena, struct node_pool, count);
	struct node_pool *pools = ARENA_ARRAY(build->arena, struct node_pool, count);
	for (uint32_t i = 0; i < count; i++) {
		const struct spec_pool *pool = i < spec->n_pools ? &spec->pools[i] : NULL;
		unsorted[i] = pool ? build_pool(build, pool) : imported[i - spec->n_pools];
		order[i] = (struct named){names_text(build->names, unsorted[i].name),
		                          field_place(pool ? pool->node : spec->node, "name"), i};
	}
	sort_named(build, order, count, "node pool");
	for (uint32_t i = 0; i < count; i++)
		pools[i] = unsorted[order[i].index];
	cluster->pools = pools;
	cluster->n_pools = count;
}
