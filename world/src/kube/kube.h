/* kube.h - the decoder's own state and what its files offer each other. Private to world.
 *
 * decode.c tells documents apart and runs the rest; fields.c knows every field of every kind; read.c turns scalars and
 * small shapes into values; kueue_objects.c, configuration.c, cluster_objects.c, pods.c and workloads.c read the kinds. */
#ifndef BERTH_WORLD_KUBE_H
#define BERTH_WORLD_KUBE_H

#include "base/vec.h"
#include "world/kube/decode.h"

enum api_version { ANY_VERSION, BETA1, BETA2 };

/* A field of an upstream kind. */
enum treatment {
	PASSES,     /* cannot change a decision: not looked at */
	READS,      /* decoded; with `inside`, its own fields are checked too (those of each item, for a list) */
	UNMODELLED, /* can change a decision, and is not simulated */
};
struct field_rule {
	const char *name; /* NULL ends a table */
	enum treatment treatment;
	const struct field_rule *inside;
	enum api_version version; /* that has it */
};

/* The object that is being decoded, for messages. */
struct kube_object {
	const struct doc_node *root;
	const char *kind;
	const char *space, *name; /* metadata.namespace and .name; "" when absent */
	name_id id;               /* of the name */
	struct diag_place place;  /* of the name, else of the document */
	enum api_version version;
	const struct field_rule *rules;
};

struct kube_kind {
	const char *group, *kind;
	const struct field_rule *rules; /* NULL: known, and decides nothing by itself */
	void (*decode)(struct kube_decoder *decoder);
	bool nameless; /* has no metadata.name */
	bool betas;    /* v1beta1 and v1beta2; else v1 */
};

struct counted {
	const char *text;
	uint32_t count;
	struct diag_place place; /* of the first */
};
struct counted_list {
	VEC_FIELDS(struct counted);
};
struct pool_row {
	struct node_pool pool;
	struct diag_place place;
};
struct priority_row {
	name_id name;
	int32_t value;
};
struct limit_row {
	name_id space, resource;
	int64_t amount;
};

struct kube_decoder {
	struct arena *arena;
	struct names *names;
	struct kueue_builder *builder;
	struct diags *diags;
	struct kube_options options;
	struct kube_object object;
	char path[256]; /* of the field that is being checked */
	struct counted_list unmodelled, others, left_out;
	struct {
		VEC_FIELDS(struct kube_object);
	} jobs, workloads; /* put off until kube_decoder_finish() */
	struct {
		VEC_FIELDS(struct priority_row);
	} workload_classes, pod_classes;
	struct {
		VEC_FIELDS(struct limit_row);
	} limits;
	struct {
		VEC_FIELDS(struct limit_bound);
	} bounds;
	bool pod_refused; /* a pod set read since this was cleared asks for more than it may (WL-6) */
	struct {
		VEC_FIELDS(struct pool_row);
	} pools;
	struct {
		VEC_FIELDS(struct initial_workload);
	} initial;
	struct {
		VEC_FIELDS(struct job_shape);
	} shapes;
	struct controller_config controller;
	struct diag_place configuration_place; /* line 0: none yet */
	double api_qps;
	int32_t api_burst;
};

/* ---- decode.c ---- */

/* "KIND 'NAME': text" at the node, or at the object when it is NULL. */
void kube_error(struct kube_decoder *decoder, const struct doc_node *node, const char *suggestion, const char *format, ...)
    PRINTF_LIKE(4, 5);
void kube_warn(struct kube_decoder *decoder, const struct doc_node *node, const char *suggestion, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* Something that decides and is not simulated: an error, or a banner line that counts the objects it concerns. `what` must
 * outlive the decoder or live in the arena. */
void kube_unmodelled(struct kube_decoder *decoder, const struct doc_node *node, const char *what);
/* Counts an object under a text, and notes where the first one stood. Texts beyond the hundredth are counted together. */
void kube_count(struct counted_list *list, const char *text, struct diag_place place);
/* Finds a row by name; NULL when there is none. */
const struct priority_row *kube_find_priority(const struct priority_row *rows, uint32_t count, name_id name);

/* ---- fields.c ---- */

extern const struct kube_kind kube_kinds[];
extern const uint32_t kube_kind_count;
/* Reports unknown and unmodelled fields of the object's document. */
void kube_check_fields(struct kube_decoder *decoder);

/* ---- read.c: NULL, null and absent are one. False, or NULL, or NO_NAME when the field is absent or (reported) wrong. ----
 */

const struct doc_node *read_field(const struct doc_node *mapping, const char *field);
const struct doc_node *read_mapping(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field);
const struct doc_node *read_sequence(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field);
const char *read_text(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field);
name_id read_name(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field);
/* As read_name(); absent is an error. */
name_id read_required_name(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field);
bool read_bool(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field, bool *ret);
bool read_int(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field, int64_t min, int64_t max,
              int64_t *ret);
bool read_double(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field, double *ret);
/* The index of the value in `words`, which end in NULL. */
bool read_word(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field, const char *const *words,
               int *ret);
bool read_duration(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field, int64_t *ret_us);
/* Microseconds since the epoch. */
bool read_time(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field, int64_t *ret_us);
/* "spec.resourceGroups[0].nominalQuota: " of a node in the object that is being decoded; "" when it is not in it. */
const char *kube_path(const struct kube_decoder *decoder, const struct doc_node *node);
bool read_quantity(struct kube_decoder *decoder, const struct doc_node *node, int64_t scale, int64_t *ret);
/* A factor, as whole + nano x 10^-9. */
bool read_factor(struct kube_decoder *decoder, const struct doc_node *node, int64_t *ret_whole, int64_t *ret_nano);
/* An amount of a resource in Kueue's integers; extended resources come in whole numbers. */
bool read_amount(struct kube_decoder *decoder, const struct doc_node *node, const char *resource, int64_t *ret);
bool read_weight(struct kube_decoder *decoder, const struct doc_node *spec, double *ret); /* spec.fairSharing.weight */
const struct key_value *read_labels(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field,
                                    uint32_t *ret_count);
/* A label or annotation of the object; NULL when it has none. */
const struct doc_node *read_label(const struct doc_node *metadata, const char *key);
const struct doc_node *read_annotation(const struct doc_node *metadata, const char *key);
const struct toleration *read_tolerations(struct kube_decoder *decoder, const struct doc_node *mapping, uint32_t *ret_count);
const struct taint *read_taints(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field,
                                uint32_t *ret_count);
/* matchLabels and matchExpressions. */
const struct selector_requirement *read_requirements(struct kube_decoder *decoder, const struct doc_node *selector,
                                                     uint32_t *ret_count);

/* ---- The kinds; each checks the fields of decoder->object and reads it. ---- */

void decode_resource_flavor(struct kube_decoder *decoder);
void decode_cluster_queue(struct kube_decoder *decoder);
void decode_cohort(struct kube_decoder *decoder);
void decode_local_queue(struct kube_decoder *decoder);
void decode_admission_check(struct kube_decoder *decoder);
void decode_workload_priority_class(struct kube_decoder *decoder);
void decode_configuration(struct kube_decoder *decoder);
void decode_config_map(struct kube_decoder *decoder);
void decode_namespace(struct kube_decoder *decoder);
void decode_node(struct kube_decoder *decoder);
void decode_priority_class(struct kube_decoder *decoder);
void decode_limit_range(struct kube_decoder *decoder);
void decode_job(struct kube_decoder *decoder);      /* puts it off */
void decode_workload(struct kube_decoder *decoder); /* puts it off */

/* pods.c: one pod set from a pod template. */
struct pod_set read_pod_set(struct kube_decoder *decoder, const struct doc_node *template, name_id name, int32_t count,
                            int32_t min_count);
/* workloads.c: what was put off. */
void decode_put_off(struct kube_decoder *decoder);
/* A pod's PriorityClass in the table of classes: Kueue's own have no slash in their names. */
name_id pod_class_name(struct kube_decoder *decoder, name_id name);

#endif
