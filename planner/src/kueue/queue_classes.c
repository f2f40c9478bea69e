/* queue_classes.c - finding the class of a pending workload: Kueue's equivalence classes and their parts. */
#include <string.h>

#include "base/digest.h"
#include "queues_parts.h"

static uint64_t hash_key(const struct class_key *key)
{
	uint64_t hash = digest_add(0, (uint64_t)key->cluster_queue << 32 | key->shape);
	return digest_add(digest_add(hash, (uint64_t)key->priority), (uint64_t)key->local_queue << 1 | key->namespace_matches);
}

static struct class_key key_of(const struct queue_class *class)
{
	return (struct class_key){class->cluster_queue, class->shape, class->priority, class->namespace_matches,
	                          class->local_queue};
}

static bool is_of(const struct queue_class *class, const struct class_key *key)
{
	return class->cluster_queue == key->cluster_queue && class->shape == key->shape && class->priority == key->priority &&
	       class->namespace_matches == key->namespace_matches && class->local_queue == key->local_queue;
}

static uint32_t class_slot(const struct queues *queues, const struct class_key *key)
{
	uint32_t mask = queues->n_class_slots - 1;
	uint32_t at = (uint32_t)hash_key(key) & mask;
	while (queues->class_slots[at] != NONE && !is_of(&queues->classes.items[queues->class_slots[at]], key))
		at = (at + 1) & mask;
	return at;
}

void queues_resize_class_slots(struct queues *queues, uint32_t size)
{
	queues->n_class_slots = size;
	queues->class_slots = xrealloc_array(queues->class_slots, size, sizeof *queues->class_slots);
	memset(queues->class_slots, 0xff, size * sizeof *queues->class_slots);
	for (uint32_t i = 0; i < queues->classes.count; i++) {
		struct class_key key = key_of(&queues->classes.items[i]);
		queues->class_slots[class_slot(queues, &key)] = i;
	}
}

static uint32_t add_class(struct queues *queues, const struct class_key *key)
{
	uint32_t index = queues->classes.count;
	struct local_row *local = key->local_queue == NONE ? NULL : &queues->locals[key->local_queue];
	*VEC_PUSH(&queues->classes) = (struct queue_class){
	    .cluster_queue = key->cluster_queue,
	    .shape = key->shape,
	    .priority = key->priority,
	    .namespace_matches = key->namespace_matches,
	    .local_queue = key->local_queue,
	    .usage = local ? local->usage : 0,
	    .heaps = {NONE, NONE},
	    .hopeless = NONE,
	    .links = {NONE, NONE, NONE},
	    .next_touched = NONE,
	    .next_part = index,
	    .next_of_local = local ? local->classes : NONE,
	};
	if (local)
		local->classes = index;
	queues->class_slots[class_slot(queues, key)] = index;
	if (queues->classes.count > queues->n_class_slots / 2)
		queues_resize_class_slots(queues, queues->n_class_slots * 2);
	return index;
}

uint32_t queues_find_class(struct queues *queues, const struct class_key *key)
{
	uint32_t found = queues->class_slots[class_slot(queues, key)];
	if (found != NONE)
		return found;
	struct class_key main_key = *key;
	main_key.namespace_matches = true;
	main_key.local_queue = NONE;
	uint32_t index = add_class(queues, key);
	if (is_of(&queues->classes.items[index], &main_key))
		return index;
	uint32_t main = queues_find_class(queues, &main_key);
	queues_leave_run(queues, main);
	queues->classes.items[index].next_part = queues->classes.items[main].next_part;
	queues->classes.items[main].next_part = index;
	return index;
}
