/* edit.h - changes a document tree at a path before it is decoded, for `--set` and for `changes:`.
 *
 * A path is field names joined by dots; an element in brackets follows a list (its index, or the `name` of the item) or a
 * mapping (a key that has dots in it): resourceGroups[0].flavors[h100].resources[nvidia.com/gpu].nominalQuota. Fields
 * that are absent are created, list items are not: decoding then checks what came of it like anything the author wrote. */
#ifndef BERTH_SCENARIOS_EDIT_H
#define BERTH_SCENARIOS_EDIT_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/doc.h"

/* What a setting is aimed at: KIND/[CLUSTER/][NAMESPACE/]NAME:path. */
struct target {
	const char *kind, *qualifiers[2], *name, *path; /* name "" when only KIND was written */
	uint32_t n_qualifiers;
};

/* Splits the text before the `=`. */
NODISCARD bool target_parse(struct arena *arena, const char *text, struct target *ret_target, struct error *error);

/* A copy that shares nothing with the tree. */
NODISCARD struct doc_node *edit_copy(struct arena *arena, const struct doc_node *node);
/* Puts `value` at `path` below `root`, which is changed in place and must not be shared. An empty path is an error. */
NODISCARD bool edit_set(struct arena *arena, struct doc_node *root, const char *path, struct doc_node *value,
                        struct error *error);

#endif
