/* fields.h - the scenario language as data, and the one decoder, schema writer and reference writer that read it.
 *
 * An object of the language is a C struct plus an object_type: a table of fields, each with its name, kind, place in the
 * struct, default and help text. The decoder (decode.c), the JSON Schema and the tables of docs/scenarios.md (schema.c)
 * are all made from these tables, so none of them can say something that another does not.
 *
 * Every decoded struct begins with `const struct doc_node *node`: the mapping it came from, NULL when the object was
 * absent and holds only defaults. Later checks take their places in the file from it. */
#ifndef BERTH_SCENARIOS_FIELDS_H
#define BERTH_SCENARIOS_FIELDS_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/dist.h"
#include "base/doc.h"

struct field;
struct json_writer;

struct decoder {
	struct arena *arena; /* of everything decoded */
	struct diags *diags;
	char path[512]; /* "spec.clusters[fra].nodePools", for messages */
	size_t path_length;
};

/* How one kind of value is read and described. `decode` reports problems itself and leaves `target` alone after one. */
struct field_kind {
	const char *name; /* in the reference: "duration" */
	void (*decode)(struct decoder *decoder, const struct field *field, const struct doc_node *node, void *target);
	void (*schema)(struct json_writer *json, const struct field *field); /* the members of the value's schema */
};

struct object_type {
	const char *name; /* of its definition in the schema: "NodePool" */
	const char *help;
	size_t size;
	const struct field *fields;
	uint32_t n_fields;
	const char *const *reserved; /* field names kept for later; NULL-terminated, or NULL */
};

struct field {
	const char *name;
	const struct field_kind *kind;
	const char *help;
	const char *otherwise;            /* the value when absent, written in the language itself; NULL: none */
	const struct object_type *object; /* of kinds object and list */
	const char *const *words;         /* of kind word: NULL-terminated, the value is the index */
	const char *const *reserved_words;
	size_t offset, count_offset; /* in the struct; count_offset: of kinds that hold many */
	double min, max;             /* of numbers and durations (us); max 0: only the kind's own bound */
	bool required;
};

/* Kinds. The C type of the target in brackets. */
extern const struct field_kind kind_text;         /* const char * */
extern const struct field_kind kind_bool;         /* bool */
extern const struct field_kind kind_integer;      /* int64_t */
extern const struct field_kind kind_number;       /* double */
extern const struct field_kind kind_instant;      /* int64_t, us since 1970 */
extern const struct field_kind kind_duration;     /* int64_t us */
extern const struct field_kind kind_price;        /* int64_t micro-units */
extern const struct field_kind kind_word;         /* int: index into words */
extern const struct field_kind kind_object;       /* the struct itself */
extern const struct field_kind kind_list;         /* pointer to structs, uint32_t count */
extern const struct field_kind kind_texts;        /* const char *const *, uint32_t count */
extern const struct field_kind kind_text_map;     /* const struct text_pair *, uint32_t count */
extern const struct field_kind kind_amounts;      /* const struct named_amount *, uint32_t count */
extern const struct field_kind kind_amount_dists; /* const struct named_dist *, uint32_t count */
extern const struct field_kind kind_dist;         /* struct dist: of numbers */
extern const struct field_kind kind_time_dist;    /* struct dist: of durations, us */
extern const struct field_kind kind_queue_map;    /* struct queue_map */
extern const struct field_kind kind_settings;     /* const struct doc_node *: a mapping of PATH: value, read by edit.c */
extern const struct field_kind kind_limit;        /* const struct doc_node *: its type depends on another field */

struct text_pair {
	const char *key, *value;
	struct diag_place place;
};

/* A Kubernetes quantity of a resource, in Kueue's integers. */
struct named_amount {
	const char *resource;
	int64_t amount;
	struct diag_place place;
};

struct named_dist {
	const char *resource;
	struct dist amount;
	struct diag_place place;
};

/* Written inline as a mapping, or as the name of a file with two columns. */
struct queue_map {
	const char *file; /* NULL: inline */
	const struct text_pair *pairs;
	uint32_t n_pairs;
};

/* Decodes a mapping, or fills in the defaults when `node` is NULL. Problems go to the decoder's diags. */
void decode_object(struct decoder *decoder, const struct object_type *type, const struct doc_node *node, void *target);
/* The value of one field; `node` is not NULL. */
void decode_value(struct decoder *decoder, const struct field *field, const struct doc_node *node, void *target);

/* "PATH: text" as an error at the node. */
void decode_error(struct decoder *decoder, const struct doc_node *node, const char *suggestion, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* "expected WHAT, found TYPE TEXT", with the advice that fits what was written. */
void decode_expected(struct decoder *decoder, const struct doc_node *node, const char *what);
/* Is the plain scalar something else than text in YAML 1.1 (22:00, yes, off)? Some tools read it so. */
bool decode_reads_otherwise(const char *plain);
/* Steps of the path: push returns what pop takes back. */
size_t decode_push(struct decoder *decoder, const char *format, ...) PRINTF_LIKE(2, 3);
void decode_pop(struct decoder *decoder, size_t length);

/* Distributions have a file of their own (decode_dist.c). */
enum dist_unit { UNIT_NUMBER, UNIT_DURATION, UNIT_QUANTITY };
NODISCARD bool decode_dist(struct decoder *decoder, const struct doc_node *node, enum dist_unit unit, const char *resource,
                           double min, double max, struct dist *ret_dist);
/* One value of a distribution's unit; `resource` names what a quantity counts, and is NULL for the other units. */
NODISCARD bool decode_scalar(struct decoder *decoder, const struct doc_node *node, enum dist_unit unit, const char *resource,
                             double *ret_value);

#endif
