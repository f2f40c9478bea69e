/* fuzz_tree.h - what must hold for any document tree. */
#ifndef BERTH_TESTS_FUZZ_TREE_H
#define BERTH_TESTS_FUZZ_TREE_H

#include <string.h>

#include "fuzz.h"

static inline uint32_t fuzz_check_tree(const struct doc_node *node, uint32_t depth)
{
	uint32_t nodes = 1;
	fuzz_require(node->place.line >= 1 && node->place.column >= 1);
	fuzz_require(depth <= fuzz_limits.max_depth);
	if (node->kind == DOC_SCALAR)
		fuzz_require(node->length <= fuzz_limits.max_scalar && strlen(node->text) == node->length);
	if (node->kind == DOC_SEQUENCE)
		for (uint32_t i = 0; i < node->count; i++)
			nodes += fuzz_check_tree(node->items[i], depth + 1);
	if (node->kind == DOC_MAPPING)
		for (uint32_t i = 0; i < node->count; i++) {
			fuzz_require(node->pairs[i].key && node->pairs[i].place.line >= 1);
			nodes += fuzz_check_tree(node->pairs[i].value, depth + 1);
		}
	return nodes;
}

#endif
