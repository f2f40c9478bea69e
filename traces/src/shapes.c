/* shapes.c - see shapes.h. A shape is turned into one run of words that holds all of it; hashing and comparing work on
 * those, so nothing can be forgotten in one of the two. Open addressing over the indexes. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/vec.h"
#include "shapes.h"

struct words {
	VEC_FIELDS(uint64_t);
};

struct known_shape {
	struct job_shape shape;
	const uint64_t *words;
	uint32_t n_words;
	uint64_t hash;
};

struct shapes {
	struct arena *arena;
	struct {
		VEC_FIELDS(struct known_shape);
	} known;
	uint32_t *slots; /* index + 1; 0 = empty */
	uint32_t n_slots;
	struct words words; /* scratch */
};

struct shapes *shapes_create(struct arena *arena)
{
	struct shapes *shapes = xcalloc(1, sizeof *shapes);
	shapes->arena = arena;
	shapes->n_slots = 64;
	shapes->slots = xcalloc(shapes->n_slots, sizeof *shapes->slots);
	return shapes;
}

void shapes_destroy(struct shapes *shapes)
{
	VEC_FREE(&shapes->known);
	VEC_FREE(&shapes->words);
	free(shapes->slots);
	free(shapes);
}

static void put(struct words *words, uint64_t word)
{
	*VEC_PUSH(words) = word;
}

static void put_affinity(struct words *words, const struct pod_set *pod_set)
{
	put(words, pod_set->n_affinity);
	for (uint32_t i = 0; i < pod_set->n_affinity; i++) {
		const struct selector_term *term = &pod_set->affinity[i];
		put(words, term->n_requirements);
		for (uint32_t j = 0; j < term->n_requirements; j++) {
			const struct selector_requirement *requirement = &term->requirements[j];
			put(words, requirement->key);
			put(words, requirement->op);
			put(words, requirement->n_values);
			for (uint32_t k = 0; k < requirement->n_values; k++)
				put(words, requirement->values[k]);
		}
	}
}

static void put_pod_set(struct words *words, const struct pod_set *pod_set)
{
	put(words, pod_set->name);
	put(words, (uint64_t)pod_set->count);
	put(words, (uint64_t)pod_set->min_count);
	put(words, pod_set->n_requests);
	for (uint32_t i = 0; i < pod_set->n_requests; i++) {
		put(words, pod_set->requests[i].resource);
		put(words, (uint64_t)pod_set->requests[i].amount);
	}
	put(words, pod_set->n_node_selector);
	for (uint32_t i = 0; i < pod_set->n_node_selector; i++) {
		put(words, pod_set->node_selector[i].key);
		put(words, pod_set->node_selector[i].value);
	}
	put(words, pod_set->n_tolerations);
	for (uint32_t i = 0; i < pod_set->n_tolerations; i++) {
		const struct toleration *toleration = &pod_set->tolerations[i];
		put(words, toleration->key);
		put(words, toleration->value);
		put(words, toleration->effect);
		put(words, toleration->exists);
	}
	put_affinity(words, pod_set);
}

#define COPY(arena, items, count) arena_copy((arena), (items), sizeof *(items) * (size_t)(count))

static const struct selector_term *copy_affinity(struct arena *arena, const struct pod_set *pod_set)
{
	struct selector_term *terms = COPY(arena, pod_set->affinity, pod_set->n_affinity);
	for (uint32_t i = 0; i < pod_set->n_affinity; i++) {
		struct selector_requirement *requirements = COPY(arena, terms[i].requirements, terms[i].n_requirements);
		for (uint32_t j = 0; j < terms[i].n_requirements; j++)
			requirements[j].values = COPY(arena, requirements[j].values, requirements[j].n_values);
		terms[i].requirements = requirements;
	}
	return terms;
}

static struct job_shape copy_shape(struct arena *arena, const struct job_shape *shape)
{
	struct pod_set *pod_sets = COPY(arena, shape->pod_sets, shape->n_pod_sets);
	for (uint32_t i = 0; i < shape->n_pod_sets; i++) {
		struct pod_set *pod_set = &pod_sets[i];
		pod_set->requests = COPY(arena, pod_set->requests, pod_set->n_requests);
		pod_set->node_selector = COPY(arena, pod_set->node_selector, pod_set->n_node_selector);
		pod_set->tolerations = COPY(arena, pod_set->tolerations, pod_set->n_tolerations);
		pod_set->affinity = copy_affinity(arena, pod_set);
	}
	return (struct job_shape){pod_sets, shape->n_pod_sets};
}

/* The slot of an equal shape, or the empty one where it belongs. */
static uint32_t find_slot(const struct shapes *shapes, const uint64_t *words, uint32_t n_words, uint64_t hash)
{
	uint32_t mask = shapes->n_slots - 1, slot = (uint32_t)hash & mask;
	for (; shapes->slots[slot]; slot = (slot + 1) & mask) {
		const struct known_shape *known = &shapes->known.items[shapes->slots[slot] - 1];
		if (known->hash == hash && known->n_words == n_words && memcmp(known->words, words, sizeof *words * n_words) == 0)
			break;
	}
	return slot;
}

static void grow_slots(struct shapes *shapes)
{
	free(shapes->slots);
	shapes->n_slots *= 2;
	shapes->slots = xcalloc(shapes->n_slots, sizeof *shapes->slots);
	for (uint32_t i = 0; i < shapes->known.count; i++) {
		const struct known_shape *known = &shapes->known.items[i];
		shapes->slots[find_slot(shapes, known->words, known->n_words, known->hash)] = i + 1;
	}
}

uint32_t shapes_intern(struct shapes *shapes, const struct job_shape *shape)
{
	struct words *words = &shapes->words;
	uint64_t hash = 0;
	VEC_CLEAR(words);
	for (uint32_t i = 0; i < shape->n_pod_sets; i++)
		put_pod_set(words, &shape->pod_sets[i]);
	for (uint32_t i = 0; i < words->count; i++)
		hash = digest_add(hash, words->items[i]);
	uint32_t slot = find_slot(shapes, words->items, words->count, hash);
	if (shapes->slots[slot])
		return shapes->slots[slot] - 1;
	struct known_shape *known = VEC_PUSH(&shapes->known);
	known->shape = copy_shape(shapes->arena, shape);
	known->words = COPY(shapes->arena, words->items, words->count);
	known->n_words = words->count;
	known->hash = hash;
	shapes->slots[slot] = shapes->known.count;
	if (shapes->known.count > shapes->n_slots / 2)
		grow_slots(shapes);
	return shapes->known.count - 1;
}

const struct job_shape *shapes_freeze(const struct shapes *shapes, uint32_t *ret_count)
{
	struct job_shape *all = ARENA_ARRAY(shapes->arena, struct job_shape, shapes->known.count);
	for (uint32_t i = 0; i < shapes->known.count; i++)
		all[i] = shapes->known.items[i].shape;
	*ret_count = shapes->known.count;
	return all;
}
