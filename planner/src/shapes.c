/* shapes.c - see shapes.h. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "shapes.h"
#include "world/requests.h"

struct shape_table {
	struct {
		VEC_FIELDS(struct shape);
	} shapes;
	uint32_t *slots; /* open addressing, power of two; NONE = empty */
	uint32_t n_slots;
	struct arena *arena; /* pod sets of the shapes interned by this table */
};

struct shape_table *shape_table_create(void)
{
	struct shape_table *table = xcalloc(1, sizeof *table);
	table->arena = arena_create(0);
	table->n_slots = 64;
	table->slots = xcalloc(table->n_slots, sizeof *table->slots);
	memset(table->slots, 0xff, table->n_slots * sizeof *table->slots);
	return table;
}

void shape_table_destroy(struct shape_table *table)
{
	arena_destroy(table->arena);
	VEC_FREE(&table->shapes);
	free(table->slots);
	free(table);
}

/* ---- structural equality ---- */

static uint64_t hash_tolerations(uint64_t hash, const struct toleration *items, uint32_t count)
{
	hash = digest_add(hash, count);
	for (uint32_t i = 0; i < count; i++) {
		hash = digest_add(hash, (uint64_t)items[i].key << 32 | items[i].value);
		hash = digest_add(hash, (uint64_t)items[i].effect << 1 | items[i].exists);
	}
	return hash;
}

static uint64_t hash_affinity(uint64_t hash, const struct selector_term *terms, uint32_t count)
{
	hash = digest_add(hash, count);
	for (uint32_t i = 0; i < count; i++) {
		hash = digest_add(hash, terms[i].n_requirements);
		for (uint32_t j = 0; j < terms[i].n_requirements; j++) {
			const struct selector_requirement *requirement = &terms[i].requirements[j];
			hash =
			    digest_add(hash, (uint64_t)requirement->key << 32 | (uint64_t)requirement->op << 16 | requirement->n_values);
			for (uint32_t k = 0; k < requirement->n_values; k++)
				hash = digest_add(hash, requirement->values[k]);
		}
	}
	return hash;
}

static uint64_t hash_topology(uint64_t hash, const struct pod_set *set)
{
	const struct topology_request *request = set->topology;
	if (set->n_preferences)
		hash = digest_add(hash, set->n_preferences);
	for (uint32_t i = 0; i < set->n_preferences; i++)
		hash = hash_affinity(digest_add(hash, (uint64_t)set->preferences[i].weight), &set->preferences[i].term, 1);
	if (!request)
		return hash;
	hash = digest_add(hash, (uint64_t)request->required << 32 | request->preferred);
	hash = digest_add(hash, (uint64_t)request->group << 32 | (uint64_t)request->n_slices << 1 | request->unconstrained);
	for (uint32_t i = 0; i < request->n_slices; i++)
		hash = digest_add(hash, (uint64_t)request->slices[i].level << 32 | (uint32_t)request->slices[i].size);
	return hash;
}

static uint64_t hash_pod_set(uint64_t hash, const struct pod_set *set, int32_t count)
{
	hash = digest_add(hash, set->name);
	hash = digest_add(hash, (uint64_t)(uint32_t)count << 32 | (uint32_t)set->min_count);
	hash = digest_add(hash, set->n_requests);
	for (uint32_t i = 0; i < set->n_requests; i++)
		hash = digest_add(digest_add(hash, set->requests[i].resource), (uint64_t)set->requests[i].amount);
	hash = digest_add(hash, set->n_node_selector);
	for (uint32_t i = 0; i < set->n_node_selector; i++)
		hash = digest_add(hash, (uint64_t)set->node_selector[i].key << 32 | set->node_selector[i].value);
	hash = hash_tolerations(hash, set->tolerations, set->n_tolerations);
	hash = hash_affinity(hash, set->affinity, set->n_affinity);
	return hash_topology(hash, set);
}

static bool same_term(const struct selector_term *a, const struct selector_term *b)
{
	if (a->n_requirements != b->n_requirements)
		return false;
	for (uint32_t j = 0; j < a->n_requirements; j++) {
		const struct selector_requirement *x = &a->requirements[j], *y = &b->requirements[j];
		if (x->key != y->key || x->op != y->op || x->n_values != y->n_values ||
		    (x->n_values && memcmp(x->values, y->values, x->n_values * sizeof *x->values) != 0))
			return false;
	}
	return true;
}

static bool same_affinity(const struct pod_set *a, const struct pod_set *b)
{
	if (a->n_affinity != b->n_affinity || a->n_preferences != b->n_preferences)
		return false;
	for (uint32_t i = 0; i < a->n_affinity; i++)
		if (!same_term(&a->affinity[i], &b->affinity[i]))
			return false;
	for (uint32_t i = 0; i < a->n_preferences; i++)
		if (a->preferences[i].weight != b->preferences[i].weight ||
		    !same_term(&a->preferences[i].term, &b->preferences[i].term))
			return false;
	return true;
}

static bool same_topology(const struct topology_request *a, const struct topology_request *b)
{
	if (!a || !b)
		return a == b;
	if (a->required != b->required || a->preferred != b->preferred || a->unconstrained != b->unconstrained ||
	    a->group != b->group || a->n_slices != b->n_slices)
		return false;
	for (uint32_t i = 0; i < a->n_slices; i++)
		if (a->slices[i].level != b->slices[i].level || a->slices[i].size != b->slices[i].size)
			return false;
	return true;
}

static bool same_tolerations(const struct pod_set *a, const struct pod_set *b)
{
	if (a->n_tolerations != b->n_tolerations)
		return false;
	for (uint32_t i = 0; i < a->n_tolerations; i++) {
		const struct toleration *x = &a->tolerations[i], *y = &b->tolerations[i];
		if (x->key != y->key || x->value != y->value || x->effect != y->effect || x->exists != y->exists)
			return false;
	}
	return true;
}

static bool same_pod_set(const struct pod_set *a, const struct pod_set *b, int32_t count_of_b)
{
	if (a->name != b->name || a->count != count_of_b || a->min_count != b->min_count || a->n_requests != b->n_requests ||
	    a->n_node_selector != b->n_node_selector)
		return false;
	for (uint32_t i = 0; i < a->n_requests; i++)
		if (a->requests[i].resource != b->requests[i].resource || a->requests[i].amount != b->requests[i].amount)
			return false;
	for (uint32_t i = 0; i < a->n_node_selector; i++)
		if (a->node_selector[i].key != b->node_selector[i].key || a->node_selector[i].value != b->node_selector[i].value)
			return false;
	return same_tolerations(a, b) && same_affinity(a, b) && same_topology(a->topology, b->topology);
}

static bool same_shape(const struct shape *shape, const struct pod_set *pod_sets, uint32_t n_pod_sets, const int32_t *counts,
                       name_id allowed_flavors)
{
	if (shape->n_pod_sets != n_pod_sets || shape->allowed_flavors != allowed_flavors)
		return false;
	for (uint32_t i = 0; i < n_pod_sets; i++)
		if (!same_pod_set(&shape->pod_sets[i].spec, &pod_sets[i], counts ? counts[i] : pod_sets[i].count))
			return false;
	return true;
}

/* ---- copying ---- */

static struct selector_term copy_term(struct arena *arena, const struct selector_term *from)
{
	uint32_t count = from->n_requirements;
	struct selector_requirement *requirements = arena_copy(arena, from->requirements, count * sizeof *requirements);
	for (uint32_t j = 0; j < count; j++)
		requirements[j].values = arena_copy(arena, requirements[j].values, requirements[j].n_values * sizeof(name_id));
	return (struct selector_term){requirements, count};
}

static const struct selector_term *copy_affinity(struct arena *arena, const struct pod_set *from)
{
	struct selector_term *terms = ARENA_ARRAY(arena, struct selector_term, from->n_affinity);
	for (uint32_t i = 0; i < from->n_affinity; i++)
		terms[i] = copy_term(arena, &from->affinity[i]);
	return terms;
}

static const struct topology_request *copy_topology(struct arena *arena, const struct topology_request *from)
{
	if (!from)
		return NULL;
	struct topology_request *to = arena_copy(arena, from, sizeof *from);
	to->slices = arena_copy(arena, from->slices, from->n_slices * sizeof *from->slices);
	return to;
}

static void copy_pod_set(struct arena *arena, struct shape_pod_set *to, const struct pod_set *from, int32_t count)
{
	to->spec = *from;
	to->spec.count = count;
	to->spec.requests = arena_copy(arena, from->requests, from->n_requests * sizeof *from->requests);
	to->spec.node_selector = arena_copy(arena, from->node_selector, from->n_node_selector * sizeof *from->node_selector);
	to->spec.tolerations = arena_copy(arena, from->tolerations, from->n_tolerations * sizeof *from->tolerations);
	to->spec.affinity = copy_affinity(arena, from);
	struct preferred_term *preferences = ARENA_ARRAY(arena, struct preferred_term, from->n_preferences);
	for (uint32_t i = 0; i < from->n_preferences; i++)
		preferences[i] = (struct preferred_term){from->preferences[i].weight, copy_term(arena, &from->preferences[i].term)};
	to->spec.preferences = preferences;
	to->spec.topology = copy_topology(arena, from->topology);
}

static void charge_pod_set(struct arena *arena, struct shape_pod_set *set, const struct kueue_config *config)
{
	struct pod_set charged = requests_charge_pod_set(arena, config->names, &config->controller, &set->spec);
	set->charged = charged.requests;
	set->n_charged = charged.n_requests;
	set->resources = ARENA_ARRAY(arena, uint32_t, set->n_charged);
	for (uint32_t i = 0; i < set->n_charged; i++)
		set->resources[i] = kueue_find_resource(config, set->charged[i].resource);
}

static void resolve_shape(struct arena *arena, struct shape *shape, const struct kueue_config *config)
{
	for (uint32_t i = 0; i < shape->n_pod_sets; i++)
		charge_pod_set(arena, &shape->pod_sets[i], config);
}

static void append(struct shape_table *table, const struct pod_set *pod_sets, uint32_t n_pod_sets, const int32_t *counts,
                   uint64_t hash)
{
	struct shape *shape = VEC_PUSH(&table->shapes);
	shape->hash = hash;
	shape->n_pod_sets = n_pod_sets;
	shape->pod_sets = ARENA_ARRAY(table->arena, struct shape_pod_set, n_pod_sets);
	for (uint32_t i = 0; i < n_pod_sets; i++) {
		int32_t count = counts ? counts[i] : pod_sets[i].count;
		copy_pod_set(table->arena, &shape->pod_sets[i], &pod_sets[i], count);
		shape->can_reduce |= pod_sets[i].min_count > 0 && pod_sets[i].min_count < count;
	}
}

/* ---- the table ---- */

static void grow_slots(struct shape_table *table)
{
	table->n_slots *= 2;
	table->slots = xrealloc_array(table->slots, table->n_slots, sizeof *table->slots);
	memset(table->slots, 0xff, table->n_slots * sizeof *table->slots);
	for (uint32_t id = 0; id < table->shapes.count; id++) {
		uint32_t slot = (uint32_t)table->shapes.items[id].hash & (table->n_slots - 1);
		while (table->slots[slot] != NONE)
			slot = (slot + 1) & (table->n_slots - 1);
		table->slots[slot] = id;
	}
}

uint32_t shape_table_intern(struct shape_table *table, const struct kueue_config *config, const struct pod_set *pod_sets,
                            uint32_t n_pod_sets, const int32_t *counts, name_id allowed_flavors)
{
	uint64_t hash = digest_add(digest_add(0, n_pod_sets), allowed_flavors);
	for (uint32_t i = 0; i < n_pod_sets; i++)
		hash = hash_pod_set(hash, &pod_sets[i], counts ? counts[i] : pod_sets[i].count);
	uint32_t slot = (uint32_t)hash & (table->n_slots - 1);
	for (; table->slots[slot] != NONE; slot = (slot + 1) & (table->n_slots - 1)) {
		const struct shape *shape = &table->shapes.items[table->slots[slot]];
		if (shape->hash == hash && same_shape(shape, pod_sets, n_pod_sets, counts, allowed_flavors))
			return table->slots[slot];
	}
	uint32_t id = table->shapes.count;
	append(table, pod_sets, n_pod_sets, counts, hash);
	table->shapes.items[id].allowed_flavors = allowed_flavors;
	resolve_shape(table->arena, &table->shapes.items[id], config);
	table->slots[slot] = id;
	if (table->shapes.count > table->n_slots / 2)
		grow_slots(table);
	return id;
}

const struct shape *shape_table_at(const struct shape_table *table, uint32_t shape)
{
	return &table->shapes.items[shape];
}

void shape_table_resolve(struct shape_table *table, const struct kueue_config *config)
{
	for (uint32_t id = 0; id < table->shapes.count; id++)
		resolve_shape(table->arena, &table->shapes.items[id], config);
}

struct shape_table *shape_table_copy(const struct shape_table *from)
{
	struct shape_table *table = shape_table_create();
	free(table->slots);
	table->n_slots = from->n_slots;
	table->slots = xcalloc(from->n_slots, sizeof *table->slots);
	memcpy(table->slots, from->slots, from->n_slots * sizeof *table->slots);
	for (uint32_t id = 0; id < from->shapes.count; id++) {
		const struct shape *old = &from->shapes.items[id];
		struct shape *shape = VEC_PUSH(&table->shapes);
		*shape = *old;
		shape->pod_sets = ARENA_ARRAY(table->arena, struct shape_pod_set, old->n_pod_sets);
		for (uint32_t i = 0; i < old->n_pod_sets; i++) {
			const struct shape_pod_set *from_set = &old->pod_sets[i];
			struct shape_pod_set *set = &shape->pod_sets[i];
			copy_pod_set(table->arena, set, &from_set->spec, from_set->spec.count);
			set->n_charged = from_set->n_charged;
			set->charged = arena_copy(table->arena, from_set->charged, from_set->n_charged * sizeof *from_set->charged);
			set->resources =
			    arena_copy(table->arena, from_set->resources, from_set->n_charged * sizeof *from_set->resources);
		}
	}
	return table;
}
