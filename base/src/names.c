/* names.c - see names.h. Open addressing over ids; texts live in an arena. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/names.h"

struct name {
	const char *text;
	uint64_t hash;
};

struct names {
	struct arena *arena;
	struct name *items; /* by id; [0] is "" */
	uint32_t count, capacity;
	name_id *slots; /* power of two; 0 = empty */
	uint32_t n_slots;
};

struct names *names_create(void)
{
	struct names *names = xcalloc(1, sizeof *names);
	names->arena = arena_create(0);
	names->capacity = 64;
	names->items = xcalloc(names->capacity, sizeof *names->items);
	names->items[0] = (struct name){"", fnv1a_64("", 0)};
	names->count = 1;
	names->n_slots = 256;
	names->slots = xcalloc(names->n_slots, sizeof *names->slots);
	return names;
}

void names_destroy(struct names *names)
{
	if (!names)
		return;
	arena_destroy(names->arena);
	free(names->items);
	free(names->slots);
	free(names);
}

/* The slot that holds the text, or the empty one where it belongs. */
static uint32_t find_slot(const struct names *names, const char *text, size_t length, uint64_t hash)
{
	uint32_t mask = names->n_slots - 1;
	uint32_t slot = (uint32_t)digest_mix(hash) & mask;
	for (; names->slots[slot]; slot = (slot + 1) & mask) {
		const struct name *name = &names->items[names->slots[slot]];
		if (name->hash == hash && strncmp(name->text, text, length) == 0 && !name->text[length])
			return slot;
	}
	return slot;
}

static void grow_slots(struct names *names)
{
	names->n_slots *= 2;
	free(names->slots);
	names->slots = xcalloc(names->n_slots, sizeof *names->slots);
	for (name_id id = 1; id < names->count; id++) {
		const struct name *name = &names->items[id];
		names->slots[find_slot(names, name->text, strlen(name->text), name->hash)] = id;
	}
}

name_id names_intern_slice(struct names *names, const char *text, size_t length)
{
	if (length == 0)
		return NO_NAME;
	uint64_t hash = fnv1a_64(text, length);
	uint32_t slot = find_slot(names, text, length, hash);
	if (names->slots[slot])
		return names->slots[slot];
	if (names->count == names->capacity) {
		names->capacity *= 2;
		names->items = xrealloc_array(names->items, names->capacity, sizeof *names->items);
	}
	name_id id = names->count++;
	names->items[id] = (struct name){arena_text(names->arena, text, length), hash};
	names->slots[slot] = id;
	if (names->count > names->n_slots / 2)
		grow_slots(names);
	return id;
}

name_id names_intern(struct names *names, const char *text)
{
	return names_intern_slice(names, text, strlen(text));
}

name_id names_find(const struct names *names, const char *text)
{
	size_t length = strlen(text);
	return length ? names->slots[find_slot(names, text, length, fnv1a_64(text, length))] : NO_NAME;
}

const char *names_text(const struct names *names, name_id id)
{
	return names->items[id].text;
}

uint64_t names_hash(const struct names *names, name_id id)
{
	return names->items[id].hash;
}

uint32_t names_count(const struct names *names)
{
	return names->count - 1;
}

int names_compare(const struct names *names, name_id a, name_id b)
{
	return a == b ? 0 : strcmp(names->items[a].text, names->items[b].text);
}
