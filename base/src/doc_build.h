/* doc_build.h - how the YAML and the JSON reader of doc.h put a tree together. Private to base.
 *
 * A reader opens and closes collections and adds keys and values in the order of the text; the builder keeps the bounds
 * and finds duplicate keys. The values of collections that are still open lie on one stack of pairs; closing a collection
 * copies its share to the arena and makes the collection a value of the one around it.
 *
 * A function that returns false has reported the problem, and reading must stop. */
#ifndef BERTH_BASE_DOC_BUILD_H
#define BERTH_BASE_DOC_BUILD_H

#include "base/doc.h"
#include "base/vec.h"

struct doc_frame {
	struct doc_node *node;
	uint32_t first;  /* of its values on the stack */
	uint32_t mark;   /* free for the reader */
	uint32_t nodes;  /* built before this one */
	const char *key; /* of the value that comes next; NULL: a key comes next */
	bool drop;       /* that value is left out */
	struct diag_place key_place;
};

struct doc_build {
	struct arena *arena;
	struct diags *diags;
	const char *file;
	struct doc_limits limits;
	struct {
		VEC_FIELDS(struct doc_pair);
	} values;
	struct {
		VEC_FIELDS(struct doc_frame);
	} frames;
	uint32_t nodes;
	bool failed;           /* an error was reported, fatal or not */
	struct doc_node *root; /* once it is complete */
};

void doc_build_init(struct doc_build *build, struct arena *arena, const char *file, const struct doc_limits *limits,
                    struct diags *diags);
void doc_build_free(struct doc_build *build);
/* Forgets what is open and the root, for the next document. */
void doc_build_reset(struct doc_build *build);

/* Reports and returns false. */
bool doc_build_error(struct doc_build *build, struct diag_place place, const char *suggestion, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* False when the input is over its bound. */
NODISCARD bool doc_build_check_size(struct doc_build *build, size_t length);
/* Counts nodes against the bound. */
NODISCARD bool doc_build_count(struct doc_build *build, uint32_t nodes, struct diag_place place);

/* The innermost open collection, or NULL. */
struct doc_frame *doc_build_top(struct doc_build *build);
bool doc_build_wants_key(struct doc_build *build);
void doc_build_key(struct doc_build *build, const char *key, struct diag_place place);
/* A node that counts as one; the caller fills in kind and text. NULL when a bound is passed. */
NODISCARD struct doc_node *doc_build_node(struct doc_build *build, enum doc_kind kind, struct diag_place place);
/* Makes a complete node the next value of the innermost collection, or the root. */
void doc_build_attach(struct doc_build *build, struct doc_node *node);
NODISCARD bool doc_build_open(struct doc_build *build, enum doc_kind kind, struct diag_place place);
/* Closes the innermost collection, attaches and returns it. */
struct doc_node *doc_build_close(struct doc_build *build);

#endif
