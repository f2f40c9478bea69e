/* topology_tree.c - from nodes to trees of domains, and the places that outlive them (TAS-1, TAS-2). See topology.h. */
#include <stdlib.h>
#include <string.h>

#include "../sort.h"
#include "base/digest.h"
#include "topology_inside.h"

#define HOSTNAME_LABEL "kubernetes.io/hostname"

/* ---- columns: the resources that nodes have ---- */

static void add_column(struct topologies *all, name_id resource)
{
	if (all->column_of[resource] != NONE)
		return;
	all->column_of[resource] = all->columns.count;
	*VEC_PUSH(&all->columns) = resource;
}

static void find_columns(struct topologies *all)
{
	const struct topology_world *world = &all->world;
	name_id pods = names_find(world->names, "pods");
	all->n_names = names_count(world->names) + 1;
	all->column_of = xrealloc_array(NULL, all->n_names, sizeof *all->column_of);
	memset(all->column_of, 0xff, all->n_names * sizeof *all->column_of);
	for (uint32_t i = 0; i < world->n_nodes; i++)
		for (uint32_t j = 0; j < world->nodes[i].n_allocatable; j++)
			add_column(all, world->nodes[i].allocatable[j].resource);
	/* Every pod takes one `pods`, whether or not a node says how many it holds. */
	if (pods == NO_NAME || all->column_of[pods] == NONE)
		*VEC_PUSH(&all->columns) = pods;
	all->pods_column = pods != NO_NAME && all->column_of[pods] != NONE ? all->column_of[pods] : all->columns.count - 1;
	if (pods != NO_NAME)
		all->column_of[pods] = all->pods_column;
}

uint32_t topologies_columns(const struct topologies *all)
{
	return all->columns.count;
}

uint32_t topologies_column(const struct topologies *all, name_id resource)
{
	return resource < all->n_names ? all->column_of[resource] : NONE;
}

uint32_t topologies_pods_column(const struct topologies *all)
{
	return all->pods_column;
}

name_id topologies_column_name(const struct topologies *all, uint32_t column)
{
	return all->columns.items[column];
}

/* ---- places ---- */

static uint64_t place_hash(const struct topology_place *place)
{
	uint64_t hash = digest_add(place->flavor, place->n_values);
	for (uint32_t i = 0; i < place->n_values; i++)
		hash = digest_add(hash, place->values[i]);
	return hash;
}

static bool same_place(const struct topology_place *a, const struct topology_place *b)
{
	return a->flavor == b->flavor && a->n_values == b->n_values &&
	       memcmp(a->values, b->values, a->n_values * sizeof *a->values) == 0;
}

static uint32_t *find_slot(const struct topologies *all, const struct topology_place *place)
{
	uint32_t at = (uint32_t)place_hash(place) & (all->n_slots - 1);
	while (all->slots[at] != NONE && !same_place(&all->places.items[all->slots[at]], place))
		at = (at + 1) & (all->n_slots - 1);
	return &all->slots[at];
}

static void grow_slots(struct topologies *all)
{
	all->n_slots = all->n_slots ? 2 * all->n_slots : 64;
	all->slots = xrealloc_array(all->slots, all->n_slots, sizeof *all->slots);
	memset(all->slots, 0xff, all->n_slots * sizeof *all->slots);
	for (uint32_t i = 0; i < all->places.count; i++)
		*find_slot(all, &all->places.items[i]) = i;
}

static uint32_t intern_place(struct topologies *all, struct topology_place place)
{
	if (2 * (all->places.count + 1) > all->n_slots)
		grow_slots(all);
	uint32_t *slot = find_slot(all, &place);
	if (*slot != NONE)
		return *slot;
	*slot = all->places.count;
	place.values = arena_copy(all->arena, place.values, place.n_values * sizeof *place.values);
	*VEC_PUSH(&all->places) = place;
	return *slot;
}

uint32_t topologies_place(struct topologies *all, uint32_t flavor, const name_id *values, uint32_t n_values)
{
	const struct topology_tree *tree = topologies_tree(all, flavor);
	struct topology_place place = {flavor, values, n_values};
	if (tree && tree->leaf_is_host && n_values > 0)
		place = (struct topology_place){NONE, values + n_values - 1, 1};
	if (!gate_on(all->world.gates, GATE_TASHandleOverlappingFlavors))
		place.flavor = flavor;
	return intern_place(all, place);
}

uint32_t topologies_places(const struct topologies *all)
{
	return all->places.count;
}

struct topology_place topologies_place_at(const struct topologies *all, uint32_t place)
{
	return all->places.items[place];
}

/* ---- which nodes belong to a flavor ---- */

static const struct key_value *find_label(const struct kube_node *node, name_id key)
{
	for (uint32_t i = 0; i < node->n_labels; i++)
		if (node->labels[i].key == key)
			return &node->labels[i];
	return NULL;
}

static bool belongs(const struct topology_flavor *flavor, const struct kube_node *node)
{
	if (!node->ready || node->unschedulable)
		return false;
	for (uint32_t i = 0; i < flavor->n_node_labels; i++) {
		const struct key_value *label = find_label(node, flavor->node_labels[i].key);
		if (!label || label->value != flavor->node_labels[i].value)
			return false;
	}
	for (uint32_t i = 0; i < flavor->n_levels; i++)
		if (!find_label(node, flavor->levels[i]))
			return false;
	return true;
}

/* Nodes of one flavor while its tree is built: rows of level values, as names and as ranks in byte-wise order. */
struct rows {
	uint32_t n_levels, count;
	uint32_t *node;
	name_id *values; /* [row * n_levels + level] */
	uint32_t *ranks;
	uint32_t *order; /* rows sorted by ranks */
	const struct names *names;
	const name_id *texts; /* sorted distinct values */
};

static bool text_before(const void *context, uint32_t a, uint32_t b)
{
	return names_compare(context, a, b) < 0;
}

static bool row_before(const void *context, uint32_t a, uint32_t b)
{
	const struct rows *rows = context;
	const uint32_t *x = &rows->ranks[(size_t)a * rows->n_levels], *y = &rows->ranks[(size_t)b * rows->n_levels];
	for (uint32_t i = 0; i < rows->n_levels; i++)
		if (x[i] != y[i])
			return x[i] < y[i];
	return false;
}

static void collect_rows(const struct topologies *all, const struct topology_flavor *flavor, struct rows *rows)
{
	const struct topology_world *world = &all->world;
	*rows = (struct rows){.n_levels = flavor->n_levels, .names = world->names};
	rows->node = xrealloc_array(NULL, (size_t)world->n_nodes + 1, sizeof *rows->node);
	rows->order = xrealloc_array(NULL, (size_t)world->n_nodes + 1, sizeof *rows->order);
	rows->values = xrealloc_array(NULL, (size_t)world->n_nodes * rows->n_levels + 1, sizeof *rows->values);
	rows->ranks = xrealloc_array(NULL, (size_t)world->n_nodes * rows->n_levels + 1, sizeof *rows->ranks);
	for (uint32_t i = 0; i < world->n_nodes; i++) {
		if (!belongs(flavor, &world->nodes[i]))
			continue;
		for (uint32_t l = 0; l < rows->n_levels; l++)
			rows->values[rows->count * rows->n_levels + l] = find_label(&world->nodes[i], flavor->levels[l])->value;
		rows->order[rows->count] = rows->count;
		rows->node[rows->count++] = i;
	}
}

/* Every distinct value is compared as a text once; rows are compared by rank. */
static void rank_values(const struct topologies *all, struct rows *rows)
{
	size_t cells = (size_t)rows->count * rows->n_levels;
	uint32_t *rank_of = xcalloc(all->n_names, sizeof *rank_of), n_texts = 0;
	name_id *texts = xrealloc_array(NULL, cells + 1, sizeof *texts),
	        *scratch = xrealloc_array(NULL, cells + 1, sizeof *texts);
	for (size_t i = 0; i < cells; i++)
		if (!rank_of[rows->values[i]]) {
			rank_of[rows->values[i]] = 1;
			texts[n_texts++] = rows->values[i];
		}
	sort_ids(texts, scratch, n_texts, text_before, rows->names);
	for (uint32_t i = 0; i < n_texts; i++)
		rank_of[texts[i]] = i;
	for (size_t i = 0; i < cells; i++)
		rows->ranks[i] = rank_of[rows->values[i]];
	sort_ids(rows->order, scratch, rows->count, row_before, rows);
	free(rank_of);
	free(texts);
	free(scratch);
}

/* Where the last level is the hostname, a host is one leaf: a second node of the same hostname only adds to it. */
static void merge_hosts(const struct topologies *all, struct rows *rows)
{
	uint32_t *first = xrealloc_array(NULL, all->n_names, sizeof *first);
	memset(first, 0xff, all->n_names * sizeof *first);
	for (uint32_t row = 0; row < rows->count; row++) {
		name_id *values = &rows->values[(size_t)row * rows->n_levels];
		uint32_t *known = &first[values[rows->n_levels - 1]];
		if (*known == NONE)
			*known = row;
		else
			memcpy(values, &rows->values[(size_t)*known * rows->n_levels], rows->n_levels * sizeof *values);
	}
	free(first);
}

static void free_rows(struct rows *rows)
{
	free(rows->node);
	free(rows->order);
	free(rows->values);
	free(rows->ranks);
}

/* ---- the tree ---- */

static const name_id *ordered_values(const struct rows *rows, uint32_t at)
{
	return &rows->values[(size_t)rows->order[at] * rows->n_levels];
}

/* Does the row at this position start a new domain of the level: does its prefix differ from the one before? */
static bool starts_domain(const struct rows *rows, uint32_t at, uint32_t level)
{
	return at == 0 || memcmp(ordered_values(rows, at), ordered_values(rows, at - 1), (level + 1) * sizeof(name_id)) != 0;
}

static void number_domains(struct topology_tree *tree, const struct rows *rows)
{
	for (uint32_t level = 0; level < rows->n_levels; level++) {
		tree->level_start[level] = tree->n_domains;
		for (uint32_t at = 0; at < rows->count; at++)
			tree->n_domains += starts_domain(rows, at, level);
	}
	tree->level_start[rows->n_levels] = tree->n_domains;
	tree->n_leaves = tree->n_domains - tree->level_start[rows->n_levels - 1];
	tree->parent = xrealloc_array(NULL, (size_t)tree->n_domains + 1, sizeof *tree->parent);
	tree->first_child = xrealloc_array(NULL, (size_t)tree->n_domains + 1, sizeof *tree->first_child);
	tree->value = xrealloc_array(NULL, (size_t)tree->n_domains + 1, sizeof *tree->value);
	tree->place = xrealloc_array(NULL, (size_t)tree->n_leaves + 1, sizeof *tree->place);
	tree->node = xrealloc_array(NULL, (size_t)tree->n_leaves + 1, sizeof *tree->node);
}

static void link_domains(struct topology_tree *tree, const struct rows *rows)
{
	for (uint32_t i = 0; i <= tree->n_domains; i++)
		tree->first_child[i] = tree->n_domains;
	for (uint32_t level = 0; level < rows->n_levels; level++) {
		uint32_t domain = tree->level_start[level] - 1, above = level ? tree->level_start[level - 1] - 1 : NONE;
		for (uint32_t at = 0; at < rows->count; at++) {
			bool new_parent = level > 0 && starts_domain(rows, at, level - 1);
			above += new_parent;
			if (!starts_domain(rows, at, level))
				continue;
			domain++;
			tree->value[domain] = ordered_values(rows, at)[level];
			tree->parent[domain] = above;
			if (new_parent)
				tree->first_child[above] = domain;
		}
	}
}

static void add_capacity(const struct topologies *all, int64_t *cells, const struct resource_request *amounts,
                         uint32_t count, int64_t sign)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t column = topologies_column(all, amounts[i].resource);
		if (column != NONE)
			cells[column] = sat_add(cells[column], sat_mul(sign, amounts[i].amount));
	}
}

/* TAS-2, without what topology-aware workloads use. */
static void fill_leaves(struct topologies *all, uint32_t flavor, struct topology_tree *tree, const struct rows *rows)
{
	const struct topology_world *world = &all->world;
	uint32_t n_columns = all->columns.count, leaf = NONE, *leaf_of_node;
	tree->capacity = xcalloc((size_t)tree->n_leaves * n_columns + 1, sizeof *tree->capacity);
	leaf_of_node = xrealloc_array(NULL, all->n_names, sizeof *leaf_of_node);
	memset(leaf_of_node, 0xff, all->n_names * sizeof *leaf_of_node);
	for (uint32_t at = 0; at < rows->count; at++) {
		const struct kube_node *node = &world->nodes[rows->node[rows->order[at]]];
		if (starts_domain(rows, at, rows->n_levels - 1)) {
			tree->place[++leaf] = topologies_place(all, flavor, ordered_values(rows, at), rows->n_levels);
			tree->node[leaf] = rows->node[rows->order[at]];
		}
		add_capacity(all, &tree->capacity[(size_t)leaf * n_columns], node->allocatable, node->n_allocatable, 1);
		leaf_of_node[node->name] = leaf;
	}
	for (uint32_t i = 0; i < world->n_loads; i++) {
		const struct node_load *load = &world->loads[i];
		if (load->node >= all->n_names || leaf_of_node[load->node] == NONE)
			continue;
		int64_t *cells = &tree->capacity[(size_t)leaf_of_node[load->node] * n_columns];
		add_capacity(all, cells, load->requests, load->n_requests, -1);
		cells[all->pods_column] -= load->pods;
	}
	free(leaf_of_node);
}

static void build_tree(struct topologies *all, uint32_t flavor)
{
	struct topology_tree *tree = &all->trees[flavor];
	struct rows rows;
	tree->flavor = all->world.flavors[flavor];
	if (tree->flavor.n_levels == 0)
		return;
	tree->leaf_is_host = tree->flavor.levels[tree->flavor.n_levels - 1] == names_find(all->world.names, HOSTNAME_LABEL);
	collect_rows(all, &tree->flavor, &rows);
	if (tree->leaf_is_host)
		merge_hosts(all, &rows);
	rank_values(all, &rows);
	number_domains(tree, &rows);
	link_domains(tree, &rows);
	fill_leaves(all, flavor, tree, &rows);
	free_rows(&rows);
}

static void index_places(struct topologies *all, struct topology_tree *tree)
{
	tree->n_places = all->places.count;
	tree->leaf_of_place = xrealloc_array(NULL, (size_t)tree->n_places + 1, sizeof *tree->leaf_of_place);
	memset(tree->leaf_of_place, 0xff, tree->n_places * sizeof *tree->leaf_of_place);
	for (uint32_t leaf = 0; leaf < tree->n_leaves; leaf++)
		tree->leaf_of_place[tree->place[leaf]] = leaf;
}

struct topologies *topologies_create(const struct topology_world *world, const struct topologies *previous)
{
	struct topologies *all = xcalloc(1, sizeof *all);
	all->world = *world;
	all->arena = arena_create(0);
	find_columns(all);
	for (uint32_t i = 0; previous && i < previous->places.count; i++)
		(void)intern_place(all, previous->places.items[i]);
	all->trees = xcalloc((size_t)world->n_flavors + 1, sizeof *all->trees);
	for (uint32_t i = 0; i < world->n_flavors; i++)
		build_tree(all, i);
	for (uint32_t i = 0; i < world->n_flavors; i++)
		index_places(all, &all->trees[i]);
	return all;
}

void topologies_destroy(struct topologies *all)
{
	if (!all)
		return;
	for (uint32_t i = 0; i < all->world.n_flavors; i++) {
		struct topology_tree *tree = &all->trees[i];
		free(tree->parent);
		free(tree->first_child);
		free(tree->value);
		free(tree->place);
		free(tree->node);
		free(tree->capacity);
		free(tree->leaf_of_place);
	}
	free(all->trees);
	free(all->column_of);
	free(all->slots);
	VEC_FREE(&all->columns);
	VEC_FREE(&all->places);
	arena_destroy(all->arena);
	free(all);
}

const struct topology_tree *topologies_tree(const struct topologies *all, uint32_t flavor)
{
	return flavor < all->world.n_flavors && all->trees[flavor].flavor.n_levels > 0 ? &all->trees[flavor] : NULL;
}

uint32_t topology_level(const struct topology_tree *tree, name_id level)
{
	for (uint32_t i = 0; i < tree->flavor.n_levels; i++)
		if (tree->flavor.levels[i] == level)
			return i;
	return NONE;
}

bool topology_has_levels(const struct topology_tree *tree, const struct topology_request *request)
{
	for (uint32_t i = 0; i < request->n_slices; i++)
		if (topology_level(tree, request->slices[i].level) == NONE)
			return false;
	name_id main = request->required ? request->required : request->preferred;
	if (main != NO_NAME)
		return topology_level(tree, main) != NONE;
	return request->n_slices > 0 || request->unconstrained;
}

uint32_t topology_ancestor(const struct topology_tree *tree, uint32_t domain, uint32_t from, uint32_t to)
{
	for (; from > to; from--)
		domain = tree->parent[domain];
	return domain;
}
