/* pod_class.c - see pod_class.h. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/vec.h"
#include "pod_class.h"

struct class_entry {
	struct class_key key;
	uint64_t hash;
	uint32_t next; /* in the hash chain */
};

struct class_table {
	const struct node_table *nodes;
	struct arena *arena;
	struct {
		VEC_FIELDS(struct pod_class);
	} rows;
	struct {
		VEC_FIELDS(struct class_entry);
	} entries;
	uint32_t *slots; /* power of two; NONE = empty */
	uint32_t n_slots;
	name_id hostname;
	struct key_value *labels; /* scratch: those of one node */
	int64_t *empty;           /* a row of zeroes */
};

struct class_table *classes_create(const struct node_table *nodes)
{
	struct class_table *classes = xcalloc(1, sizeof *classes);
	classes->nodes = nodes;
	classes->arena = arena_create(0);
	classes->n_slots = 64;
	classes->slots = xcalloc(classes->n_slots, sizeof *classes->slots);
	memset(classes->slots, 0xff, classes->n_slots * sizeof *classes->slots);
	classes->hostname = names_find(nodes->names, "kubernetes.io/hostname");
	uint32_t most = 0;
	for (uint32_t p = 0; p < nodes->n_pools; p++)
		most = MAX(most, nodes->pools[p].pool->n_labels);
	classes->labels = xcalloc(most + 1, sizeof *classes->labels);
	classes->empty = xcalloc(nodes->n_columns, sizeof *classes->empty);
	return classes;
}

void classes_destroy(struct class_table *classes)
{
	if (!classes)
		return;
	arena_destroy(classes->arena);
	VEC_FREE(&classes->rows);
	VEC_FREE(&classes->entries);
	free(classes->slots);
	free(classes->labels);
	free(classes->empty);
	free(classes);
}

static bool labels_hold(const struct key_value *labels, uint32_t n_labels, const struct key_value *wanted)
{
	for (uint32_t i = 0; i < n_labels; i++)
		if (labels[i].key == wanted->key)
			return labels[i].value == wanted->value;
	return false;
}

/* Every wanted label but those of `except` (NO_NAME: none is left out). */
static bool selector_holds(const struct key_value *labels, uint32_t n_labels, const struct key_value *wanted,
                           uint32_t n_wanted, name_id except)
{
	for (uint32_t i = 0; i < n_wanted; i++)
		if ((except == NO_NAME || wanted[i].key != except) && !labels_hold(labels, n_labels, &wanted[i]))
			return false;
	return true;
}

static bool term_holds(const struct names *names, const struct selector_term *term, const struct key_value *labels,
                       uint32_t n_labels)
{
	for (uint32_t i = 0; i < term->n_requirements; i++)
		if (!requirement_matches(names, &term->requirements[i], labels, n_labels))
			return false;
	return term->n_requirements > 0; /* Kubernetes: a term without requirements matches nothing */
}

/* Required node affinity: the terms are OR-ed; none at all = no constraint. */
static bool affinity_holds(const struct names *names, const struct pod_set *pod_set, const struct key_value *labels,
                           uint32_t n_labels)
{
	for (uint32_t t = 0; t < pod_set->n_affinity; t++)
		if (term_holds(names, &pod_set->affinity[t], labels, n_labels))
			return true;
	return pod_set->n_affinity == 0;
}

static bool mentions(const struct pod_class *row, name_id key)
{
	if (key == NO_NAME)
		return false;
	for (uint32_t i = 0; i < row->n_flavor_labels; i++)
		if (row->flavor_labels[i].key == key)
			return true;
	for (uint32_t i = 0; i < row->pod_set->n_node_selector; i++)
		if (row->pod_set->node_selector[i].key == key)
			return true;
	for (uint32_t t = 0; t < row->pod_set->n_affinity; t++)
		for (uint32_t i = 0; i < row->pod_set->affinity[t].n_requirements; i++)
			if (row->pod_set->affinity[t].requirements[i].key == key)
				return true;
	return false;
}

/* Labels of all flavors in one list, and all their tolerations in another. */
static void merge_flavors(struct class_table *classes, const struct class_key *key, struct pod_class *row,
                          struct toleration **ret_tolerations, uint32_t *ret_n_tolerations)
{
	uint32_t n_labels = 0, n_tolerations = 0;
	for (uint32_t f = 0; f < key->n_flavors; f++) {
		n_labels += key->config->flavors[key->flavors[f]].n_node_labels;
		n_tolerations += key->config->flavors[key->flavors[f]].n_tolerations;
	}
	struct key_value *labels = ARENA_ARRAY(classes->arena, struct key_value, n_labels);
	struct toleration *tolerations = ARENA_ARRAY(classes->arena, struct toleration, n_tolerations);
	row->flavor_labels = labels;
	row->n_flavor_labels = n_labels;
	*ret_tolerations = tolerations;
	*ret_n_tolerations = n_tolerations;
	for (uint32_t f = 0; f < key->n_flavors; f++) {
		const struct resource_flavor *flavor = &key->config->flavors[key->flavors[f]];
		for (uint32_t i = 0; i < flavor->n_node_labels; i++)
			*labels++ = flavor->node_labels[i];
		for (uint32_t i = 0; i < flavor->n_tolerations; i++)
			*tolerations++ = flavor->tolerations[i];
	}
}

static bool pool_hosts(const struct class_table *classes, const struct pod_class *row, const struct pool_nodes *pool,
                       const struct toleration *tolerations, uint32_t n_tolerations)
{
	const struct names *names = classes->nodes->names;
	const struct node_pool *labelled = pool->pool;
	name_id hostname = row->by_node ? classes->hostname : NO_NAME;
	return nodes_row_fits(classes->nodes, pool, classes->empty, row->row) &&
	       selector_holds(labelled->labels, labelled->n_labels, row->flavor_labels, row->n_flavor_labels, hostname) &&
	       selector_holds(labelled->labels, labelled->n_labels, row->pod_set->node_selector, row->pod_set->n_node_selector,
	                      hostname) &&
	       (row->by_node || affinity_holds(names, row->pod_set, labelled->labels, labelled->n_labels)) &&
	       taints_tolerated(names, labelled->taints, labelled->n_taints, row->pod_set->tolerations,
	                        row->pod_set->n_tolerations, tolerations, n_tolerations);
}

static struct pod_class make_class(struct class_table *classes, const struct class_key *key, const struct pod_set *pod_set)
{
	const struct node_table *nodes = classes->nodes;
	struct pod_class row = {.pod_set = pod_set};
	struct toleration *tolerations;
	uint32_t n_tolerations;
	merge_flavors(classes, key, &row, &tolerations, &n_tolerations);
	row.by_node = mentions(&row, classes->hostname);
	int64_t *request = ARENA_ARRAY(classes->arena, int64_t, nodes->n_columns);
	if (!nodes_request_row(nodes, pod_set, request))
		return row;
	row.row = request;
	uint32_t *pools = ARENA_ARRAY(classes->arena, uint32_t, nodes->n_pools);
	for (uint32_t p = 0; p < nodes->n_pools; p++)
		if (pool_hosts(classes, &row, &nodes->pools[p], tolerations, n_tolerations))
			pools[row.n_pools++] = p;
	row.pools = pools;
	return row;
}

static uint64_t hash_key(const struct class_key *key)
{
	uint64_t hash = digest_add(digest_add(digest_add(0, (uintptr_t)key->config), key->shape), key->pod_set);
	for (uint32_t i = 0; i < key->n_flavors; i++)
		hash = digest_add(hash, key->flavors[i]);
	return hash;
}

static bool same_key(const struct class_key *a, const struct class_key *b)
{
	return a->config == b->config && a->shape == b->shape && a->pod_set == b->pod_set && a->n_flavors == b->n_flavors &&
	       (a->n_flavors == 0 || memcmp(a->flavors, b->flavors, a->n_flavors * sizeof *a->flavors) == 0);
}

static void grow_slots(struct class_table *classes)
{
	classes->n_slots *= 2;
	classes->slots = xrealloc_array(classes->slots, classes->n_slots, sizeof *classes->slots);
	memset(classes->slots, 0xff, classes->n_slots * sizeof *classes->slots);
	for (uint32_t i = 0; i < classes->entries.count; i++) {
		uint32_t slot = (uint32_t)classes->entries.items[i].hash & (classes->n_slots - 1);
		classes->entries.items[i].next = classes->slots[slot];
		classes->slots[slot] = i;
	}
}

uint32_t classes_find(struct class_table *classes, const struct class_key *key, const struct pod_set *pod_set)
{
	uint64_t hash = hash_key(key);
	for (uint32_t i = classes->slots[(uint32_t)hash & (classes->n_slots - 1)]; i != NONE; i = classes->entries.items[i].next)
		if (classes->entries.items[i].hash == hash && same_key(&classes->entries.items[i].key, key))
			return i;
	if (classes->entries.count == classes->n_slots)
		grow_slots(classes);
	uint32_t index = classes->entries.count;
	struct class_entry *entry = VEC_PUSH(&classes->entries);
	entry->key = *key;
	entry->key.flavors = arena_copy(classes->arena, key->flavors, key->n_flavors * sizeof *key->flavors);
	entry->hash = hash;
	uint32_t slot = (uint32_t)hash & (classes->n_slots - 1);
	entry->next = classes->slots[slot];
	classes->slots[slot] = index;
	*VEC_PUSH(&classes->rows) = make_class(classes, key, pod_set);
	return index;
}

struct pod_class *classes_row(struct class_table *classes, uint32_t class_index)
{
	return &classes->rows.items[class_index];
}

/* A node's hostname is its name. A name that nobody interned is in no selector either, so "no name" stands for it. */
bool class_admits_node(struct class_table *classes, const struct pod_class *class_row, uint32_t node)
{
	if (!class_row->by_node)
		return true;
	char name[300];
	const struct names *names = classes->nodes->names;
	const struct node_pool *pool = classes->nodes->pools[classes->nodes->nodes[node].pool].pool;
	struct key_value *labels = classes->labels;
	if (pool->n_labels)
		memcpy(labels, pool->labels, pool->n_labels * sizeof *labels);
	labels[pool->n_labels] =
	    (struct key_value){classes->hostname, names_find(names, nodes_name(classes->nodes, node, name))};
	uint32_t n_labels = pool->n_labels + 1;
	return selector_holds(labels, n_labels, class_row->flavor_labels, class_row->n_flavor_labels, NO_NAME) &&
	       selector_holds(labels, n_labels, class_row->pod_set->node_selector, class_row->pod_set->n_node_selector,
	                      NO_NAME) &&
	       affinity_holds(names, class_row->pod_set, labels, n_labels);
}
