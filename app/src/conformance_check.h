/* conformance_check.h - the verdict on one case: the first difference, or why the case could not be run.
 *
 * Both sides of a comparison are written down as facts, one line of text each ("admitted a03 main count=2 cpu=f0"), sorted
 * and compared as multisets: whoever reads a failure sees what was missing and what was there instead. Decoders go on
 * after a problem with defaults; only the first problem is kept, and a case with a problem never runs.
 *
 * Everything lives in the arena of the case. */
#ifndef BERTH_APP_CONFORMANCE_CHECK_H
#define BERTH_APP_CONFORMANCE_CHECK_H

#include "base/arena.h"
#include "base/doc.h"
#include "base/vec.h"

struct check {
	struct arena *arena;
	bool failed;
	const char *problem;  /* the case cannot be run: unknown field, unknown operation; NULL when it ran */
	const char *what;     /* of the first difference */
	const char *expected; /* "" = nothing */
	const char *got;
	const char *rule; /* of kueue-semantics, where one place is to blame */
	const char *tie;  /* passed, but compared only up to here */
};

/* The case cannot be run. Returns false. */
bool check_problem(struct check *check, const char *format, ...) PRINTF_LIKE(2, 3);
void check_differs(struct check *check, const char *rule, const char *what, const char *expected, const char *got);
void check_int(struct check *check, const char *rule, const char *what, int64_t expected, int64_t got);
void check_bool(struct check *check, const char *rule, const char *what, bool expected, bool got);
void check_text(struct check *check, const char *rule, const char *what, const char *expected, const char *got);

struct facts {
	VEC_FIELDS(const char *);
	struct arena *arena;
};

void facts_add(struct facts *facts, const char *format, ...) PRINTF_LIKE(2, 3);
/* Compares and frees both. A difference shows the first line of each side that the other lacks. */
void facts_compare(struct check *check, const char *rule, const char *what, struct facts *expected, struct facts *got);
/* The lines in byte-wise order, joined by blanks: a canonical text for a small map. Frees the list. */
const char *facts_join(struct facts *facts);

/* ---- Reading documents. A missing field or null gives the default; a wrong type is a problem. ---- */

/* Problem if the mapping has a key outside the NULL-terminated list. */
bool fields_known(struct check *check, const struct doc_node *node, const char *what, const char *const *names);
#define FIELDS_KNOWN(check, node, what, ...) fields_known((check), (node), (what), (const char *const[]){__VA_ARGS__, NULL})

const struct doc_node *field(const struct doc_node *node, const char *name); /* NULL when absent or null */
const char *field_text(struct check *check, const struct doc_node *node, const char *name, const char *otherwise);
int64_t field_int(struct check *check, const struct doc_node *node, const char *name, int64_t otherwise);
bool field_bool(struct check *check, const struct doc_node *node, const char *name, bool otherwise);
/* Kubernetes quantity in the resource's own unit. */
int64_t field_quantity(struct check *check, const struct doc_node *node, const char *name, const char *resource,
                       int64_t otherwise);
/* A scalar of internal units, or "unlimited". */
int64_t node_amount(struct check *check, const struct doc_node *node);
int64_t node_quantity(struct check *check, const struct doc_node *node, const char *resource);
const char *node_text(struct check *check, const struct doc_node *node);
/* Sequence or mapping under a name; an empty one when absent. */
const struct doc_node *field_list(struct check *check, const struct doc_node *node, const char *name);
const struct doc_node *field_map(struct check *check, const struct doc_node *node, const char *name);
/* The node itself when it is of that kind; else a problem and an empty one. Null is empty. */
const struct doc_node *as_list(struct check *check, const struct doc_node *node);
const struct doc_node *as_map(struct check *check, const struct doc_node *node);
/* Within bounds that no arithmetic leaves: a number of pods, a number of seconds in us. */
int32_t field_count(struct check *check, const struct doc_node *node, const char *name, int32_t otherwise);
int64_t field_seconds_us(struct check *check, const struct doc_node *node, const char *name);
/* Index of the text in a NULL-terminated list; problem and 0 when it is not there. */
uint32_t choice(struct check *check, const char *what, const char *text, const char *const *names);

#endif
