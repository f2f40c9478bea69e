/* doc.h - a document tree from YAML or JSON, every node with its place in the file.
 *
 * One tree for scenarios, Kubernetes manifests, Kueue's configuration, kubeconfigs and test cases. Scalars stay text, with
 * a note of how they were written: a decoder that knows the field's type converts it and reports at its place. Anchors and
 * aliases are expanded within bounds (an alias bomb is an error), duplicate keys are errors, depth, nodes and scalar size
 * are bounded. */
#ifndef BERTH_BASE_DOC_H
#define BERTH_BASE_DOC_H

#include "base/arena.h"
#include "base/base.h"
#include "base/diag.h"
#include "base/error.h"

enum doc_kind { DOC_NULL, DOC_SCALAR, DOC_SEQUENCE, DOC_MAPPING };

enum doc_style {
	DOC_PLAIN,  /* YAML plain scalar; JSON number, true, false: resolved by the YAML 1.1 core rules when asked */
	DOC_QUOTED, /* a string for certain */
};

struct doc_pair;

struct doc_node {
	enum doc_kind kind;
	enum doc_style style;
	struct diag_place place; /* of the value's first character */
	const char *text;        /* SCALAR, NUL-terminated */
	uint32_t length;         /* SCALAR: bytes of text */
	uint32_t count;          /* SEQUENCE: items; MAPPING: pairs */
	union {
		struct doc_node **items;
		struct doc_pair *pairs; /* in file order */
	};
};

struct doc_pair {
	const char *key;
	struct diag_place place; /* of the key */
	struct doc_node *value;
};

/* Bounds. Reading stops with an error where one is passed. A zero takes the default. */
struct doc_limits {
	size_t max_bytes;    /* of the input; default 64 MiB */
	uint32_t max_scalar; /* bytes in one scalar; default 1 MiB */
	uint32_t max_depth;  /* default 100, at most 1,000 */
	uint32_t max_nodes;  /* after alias expansion; default 4 million */
	uint32_t first_line; /* number of the input's first line in its file, for JSON Lines; default 1 */
};

/* Parses a multi-document YAML stream. The nodes live in `arena`; `file` names the source in places and is copied.
 * Problems go to `diags`; false when there was one, but the documents before a syntax error are returned all the same, and
 * so are those with a duplicate key (the first counts), a tag or a merge key (both left out), so that the caller can look
 * for further problems. `limits` NULL = defaults. Empty documents are left out. */
NODISCARD bool doc_parse_yaml(struct arena *arena, const char *file, const char *bytes, size_t length,
                              const struct doc_limits *limits, struct diags *diags, struct doc_node ***ret_documents,
                              uint32_t *ret_count);
/* One JSON value, strictly as RFC 8259 has it; places carry line and column. Duplicate keys and trailing bytes are errors,
 * and so is \u0000, since texts end at a NUL. `ret_document` is untouched on failure. */
NODISCARD bool doc_parse_json(struct arena *arena, const char *file, const char *bytes, size_t length,
                              const struct doc_limits *limits, struct diags *diags, struct doc_node **ret_document);

/* A JSON string with its quotes. `text` must be UTF-8. */
void doc_write_json_string(FILE *out, const char *text);

/* Reads a whole file within max_bytes (0 = 64 MiB). The bytes are malloc'ed: free() them. A NUL that is not counted in the
 * length follows them. */
NODISCARD bool doc_read_file(const char *path, size_t max_bytes, char **ret_bytes, size_t *ret_length, struct error *error);

/* NULL when `node` is NULL, not a mapping, or lacks the key. */
const struct doc_node *doc_get(const struct doc_node *node, const char *key);

/* Conversions of a plain scalar; false when it is not of that type. doc_bool takes true/false only (YAML 1.1's yes and on
 * are refused so that the author is told). doc_int takes decimal int64 without leading zeros (octal in YAML 1.1), doc_double
 * decimal numbers within the range of a double. */
NODISCARD bool doc_bool(const struct doc_node *node, bool *ret);
NODISCARD bool doc_int(const struct doc_node *node, int64_t *ret);
NODISCARD bool doc_double(const struct doc_node *node, double *ret);
/* "mapping", "sequence", "string", "number", "boolean", "null": for error texts. */
const char *doc_type_name(const struct doc_node *node);

#endif
