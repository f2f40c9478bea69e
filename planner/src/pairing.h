/* pairing.h - pairing heaps whose links live in the owner's rows: O(1) insert and meld, O(log n) amortised removal.
 *
 * A heap is the id of its root (NONE = empty); a node is an id below the owner's row count. The order is the owner's and
 * must be total, so that what comes out does not depend on the heap's shape. Internal to the planner. */
#ifndef BERTH_PLANNER_PAIRING_H
#define BERTH_PLANNER_PAIRING_H

#include "base/base.h"

struct heap_links {
	uint32_t child;    /* first child, NONE */
	uint32_t next;     /* next sibling, NONE */
	uint32_t previous; /* previous sibling, or the parent for a first child; NONE at a root */
};

struct heap_order {
	bool (*before)(const void *owner, uint32_t a, uint32_t b);
	struct heap_links *(*links)(void *owner, uint32_t id);
	void *owner;
};

uint32_t heap_insert(const struct heap_order *order, uint32_t root, uint32_t id);
uint32_t heap_meld(const struct heap_order *order, uint32_t a, uint32_t b);
/* Any member; returns the new root. */
uint32_t heap_remove(const struct heap_order *order, uint32_t root, uint32_t id);

#endif
