/* pairing.c - see pairing.h. */
#include "pairing.h"

uint32_t heap_meld(const struct heap_order *order, uint32_t a, uint32_t b)
{
	if (a == NONE || b == NONE)
		return a == NONE ? b : a;
	if (order->before(order->owner, b, a)) {
		uint32_t swap = a;
		a = b;
		b = swap;
	}
	struct heap_links *parent = order->links(order->owner, a), *child = order->links(order->owner, b);
	child->next = parent->child;
	child->previous = a;
	if (parent->child != NONE)
		order->links(order->owner, parent->child)->previous = b;
	parent->child = b;
	return a;
}

uint32_t heap_insert(const struct heap_order *order, uint32_t root, uint32_t id)
{
	*order->links(order->owner, id) = (struct heap_links){NONE, NONE, NONE};
	return heap_meld(order, root, id);
}

/* Two-pass merge of a list of siblings, without recursion: pairs from the left are pushed on a stack that runs through
 * `previous`, then melded from the right. */
static uint32_t merge_siblings(const struct heap_order *order, uint32_t first)
{
	uint32_t stack = NONE;
	while (first != NONE) {
		struct heap_links *a = order->links(order->owner, first);
		uint32_t second = a->next, pair = first;
		a->next = a->previous = NONE;
		first = NONE;
		if (second != NONE) {
			struct heap_links *b = order->links(order->owner, second);
			first = b->next;
			b->next = b->previous = NONE;
			pair = heap_meld(order, pair, second);
		}
		order->links(order->owner, pair)->previous = stack;
		stack = pair;
	}
	uint32_t root = NONE;
	while (stack != NONE) {
		struct heap_links *links = order->links(order->owner, stack);
		uint32_t below = links->previous;
		links->previous = NONE;
		root = heap_meld(order, root, stack);
		stack = below;
	}
	return root;
}

uint32_t heap_remove(const struct heap_order *order, uint32_t root, uint32_t id)
{
	struct heap_links *links = order->links(order->owner, id);
	uint32_t orphans = merge_siblings(order, links->child);
	links->child = NONE;
	if (id == root)
		return orphans;
	struct heap_links *previous = order->links(order->owner, links->previous);
	if (previous->child == id)
		previous->child = links->next;
	else
		previous->next = links->next;
	if (links->next != NONE)
		order->links(order->owner, links->next)->previous = links->previous;
	links->next = links->previous = NONE;
	return heap_meld(order, root, orphans);
}
