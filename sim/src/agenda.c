/* agenda.c - see agenda.h. An implicit 4-ary heap of small keys; payloads stay put in slots that handles name. */
#include <stdlib.h>

#include "base/vec.h"
#include "sim/agenda.h"

enum { ARITY = 4, RANK_SHIFT = 48 };

/* What the heap moves: the total order and where the rest is. */
struct key {
	int64_t time_us;
	uint64_t order; /* rank in the top 16 bits, then the sequence */
	uint32_t slot;
};

struct slot {
	struct agenda_event event;
	uint32_t position;   /* in the heap; while free: the next free slot */
	uint32_t generation; /* odd = pending */
};

struct agenda {
	struct {
		VEC_FIELDS(struct key);
	} heap;
	struct {
		VEC_FIELDS(struct slot);
	} slots;
	uint32_t free_slot; /* head of the free list; NONE */
	uint64_t sequence;
};

struct agenda *agenda_create(uint32_t expected)
{
	struct agenda *agenda = xcalloc(1, sizeof *agenda);
	VEC_RESERVE(&agenda->heap, expected);
	VEC_RESERVE(&agenda->slots, expected);
	agenda->free_slot = NONE;
	return agenda;
}

void agenda_destroy(struct agenda *agenda)
{
	if (!agenda)
		return;
	VEC_FREE(&agenda->heap);
	VEC_FREE(&agenda->slots);
	free(agenda);
}

static bool key_before(const struct key *a, const struct key *b)
{
	return a->time_us != b->time_us ? a->time_us < b->time_us : a->order < b->order;
}

static void put(struct agenda *agenda, uint32_t position, struct key key)
{
	agenda->heap.items[position] = key;
	agenda->slots.items[key.slot].position = position;
}

static void sift_up(struct agenda *agenda, uint32_t position, struct key key)
{
	while (position > 0) {
		uint32_t parent = (position - 1) / ARITY;
		if (!key_before(&key, &agenda->heap.items[parent]))
			break;
		put(agenda, position, agenda->heap.items[parent]);
		position = parent;
	}
	put(agenda, position, key);
}

static void sift_down(struct agenda *agenda, uint32_t position, struct key key)
{
	const struct key *heap = agenda->heap.items;
	uint32_t count = agenda->heap.count;
	for (;;) {
		uint64_t first = (uint64_t)position * ARITY + 1;
		if (first >= count)
			break;
		uint32_t end = (uint32_t)MIN(first + ARITY, count);
		uint32_t least = (uint32_t)first;
		for (uint32_t child = least + 1; child < end; child++)
			if (key_before(&heap[child], &heap[least]))
				least = child;
		if (!key_before(&heap[least], &key))
			break;
		put(agenda, position, heap[least]);
		position = least;
	}
	put(agenda, position, key);
}

/* Fills the hole at `position` with the last key of the heap. */
static void remove_at(struct agenda *agenda, uint32_t position)
{
	struct key last = agenda->heap.items[--agenda->heap.count];
	if (position == agenda->heap.count)
		return;
	if (position > 0 && key_before(&last, &agenda->heap.items[(position - 1) / ARITY]))
		sift_up(agenda, position, last);
	else
		sift_down(agenda, position, last);
}

static void free_slot(struct agenda *agenda, uint32_t slot)
{
	agenda->slots.items[slot].generation++;
	agenda->slots.items[slot].position = agenda->free_slot;
	agenda->free_slot = slot;
}

agenda_handle agenda_add(struct agenda *agenda, const struct agenda_event *event)
{
	uint32_t slot = agenda->free_slot;
	if (slot == NONE) {
		slot = agenda->slots.count;
		(void)VEC_PUSH(&agenda->slots);
	} else {
		agenda->free_slot = agenda->slots.items[slot].position;
	}
	agenda->slots.items[slot].event = *event;
	agenda->slots.items[slot].generation++;
	(void)VEC_PUSH(&agenda->heap);
	struct key key = {event->time_us, (uint64_t)event->rank << RANK_SHIFT | agenda->sequence++, slot};
	sift_up(agenda, agenda->heap.count - 1, key);
	return (agenda_handle){slot, agenda->slots.items[slot].generation};
}

bool agenda_cancel_event(struct agenda *agenda, agenda_handle handle, struct agenda_event *ret_event)
{
	if (handle.slot >= agenda->slots.count || handle.generation % 2 == 0)
		return false;
	if (agenda->slots.items[handle.slot].generation != handle.generation)
		return false;
	*ret_event = agenda->slots.items[handle.slot].event;
	remove_at(agenda, agenda->slots.items[handle.slot].position);
	free_slot(agenda, handle.slot);
	return true;
}

bool agenda_cancel(struct agenda *agenda, agenda_handle handle)
{
	struct agenda_event event;
	return agenda_cancel_event(agenda, handle, &event);
}

bool agenda_peek(const struct agenda *agenda, struct agenda_event *ret_event)
{
	if (agenda->heap.count == 0)
		return false;
	*ret_event = agenda->slots.items[agenda->heap.items[0].slot].event;
	return true;
}

bool agenda_pop(struct agenda *agenda, struct agenda_event *ret_event)
{
	if (!agenda_peek(agenda, ret_event))
		return false;
	uint32_t slot = agenda->heap.items[0].slot;
	remove_at(agenda, 0);
	free_slot(agenda, slot);
	return true;
}

uint32_t agenda_count(const struct agenda *agenda)
{
	return agenda->heap.count;
}
