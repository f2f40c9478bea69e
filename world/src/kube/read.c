/* read.c - scalars and small shapes of Kubernetes documents; see kube.h. */
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "base/quantity.h"
#include "kube.h"

const struct doc_node *read_field(const struct doc_node *mapping, const char *field)
{
	const struct doc_node *node = doc_get(mapping, field);
	return node && node->kind != DOC_NULL ? node : NULL;
}

static void report_type(struct kube_decoder *decoder, const struct doc_node *node, const char *field, const char *expected)
{
	const char *found = doc_type_name(node);
	bool scalar = node->kind == DOC_SCALAR;
	kube_error(decoder, node, NULL, "%s: expected %s, found %s%s%.60s%s", field, expected, found, scalar ? " '" : "",
	           scalar ? node->text : "", scalar ? "'" : "");
}

static const struct doc_node *read_kind(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field,
                                        enum doc_kind kind, const char *expected)
{
	const struct doc_node *node = read_field(mapping, field);
	if (!node || node->kind == kind)
		return node;
	report_type(decoder, node, field, expected);
	return NULL;
}

const struct doc_node *read_mapping(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field)
{
	return read_kind(decoder, mapping, field, DOC_MAPPING, "a mapping");
}

const struct doc_node *read_sequence(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field)
{
	return read_kind(decoder, mapping, field, DOC_SEQUENCE, "a list");
}

/* Numbers and booleans are no texts to the API server: it wants quotes. */
static const char *text_of(struct kube_decoder *decoder, const struct doc_node *node, const char *field)
{
	if (node->kind == DOC_SCALAR && strcmp(doc_type_name(node), "string") == 0)
		return node->text;
	if (node->kind == DOC_SCALAR)
		kube_error(decoder, node, "put it in quotes", "%s: expected a string, found %s %.60s", field, doc_type_name(node),
		           node->text);
	else
		report_type(decoder, node, field, "a string");
	return NULL;
}

const char *read_text(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field)
{
	const struct doc_node *node = read_field(mapping, field);
	return node ? text_of(decoder, node, field) : NULL;
}

name_id read_name(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field)
{
	const char *text = read_text(decoder, mapping, field);
	return text ? names_intern(decoder->names, text) : NO_NAME;
}

name_id read_required_name(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field)
{
	const struct doc_node *node = read_field(mapping, field);
	if (!node || (node->kind == DOC_SCALAR && !*node->text)) {
		kube_error(decoder, node ? node : mapping, NULL, "%s is missing", field);
		return NO_NAME;
	}
	return read_name(decoder, mapping, field);
}

bool read_bool(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field, bool *ret)
{
	const struct doc_node *node = read_field(mapping, field);
	if (!node)
		return false;
	if (doc_bool(node, ret))
		return true;
	report_type(decoder, node, field, "true or false");
	return false;
}

bool read_int(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field, int64_t min, int64_t max,
              int64_t *ret)
{
	const struct doc_node *node = read_field(mapping, field);
	int64_t value;
	if (!node)
		return false;
	if (!doc_int(node, &value)) {
		report_type(decoder, node, field, "an integer");
		return false;
	}
	if (value < min || value > max) {
		kube_error(decoder, node, NULL, "%s: %lld is not between %lld and %lld", field, (long long)value, (long long)min,
		           (long long)max);
		return false;
	}
	*ret = value;
	return true;
}

bool read_double(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field, double *ret)
{
	const struct doc_node *node = read_field(mapping, field);
	if (!node)
		return false;
	if (doc_double(node, ret))
		return true;
	report_type(decoder, node, field, "a number");
	return false;
}

bool read_word(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field, const char *const *words,
               int *ret)
{
	const char *text = read_text(decoder, mapping, field);
	char suggestion[128], all[256] = "";
	uint32_t count = 0;
	if (!text)
		return false;
	for (; words[count]; count++) {
		if (strcmp(words[count], text) == 0) {
			*ret = (int)count;
			return true;
		}
		size_t used = strlen(all);
		snprintf(all + used, sizeof all - used, "%s%s", count ? ", " : "", words[count]);
	}
	const char *nearest = diag_nearest(text, words, count);
	snprintf(suggestion, sizeof suggestion, "did you mean '%.100s'?", nearest ? nearest : "");
	kube_error(decoder, read_field(mapping, field), nearest ? suggestion : NULL, "%s: '%.60s' is not one of %s", field, text,
	           all);
	return false;
}

bool read_duration(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field, int64_t *ret_us)
{
	const struct doc_node *node = read_field(mapping, field);
	struct error error;
	int64_t us;
	if (!node)
		return false;
	if (node->kind != DOC_SCALAR) {
		report_type(decoder, node, field, "a duration");
		return false;
	}
	if (!duration_parse(node->text, &us, &error) || us < 0) {
		kube_error(decoder, node, NULL, "%s: '%.60s' is not a duration such as 5m or 1h30m", field, node->text);
		return false;
	}
	*ret_us = us;
	return true;
}

bool read_time(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field, int64_t *ret_us)
{
	const struct doc_node *node = read_field(mapping, field);
	struct error error;
	int64_t unix_us;
	if (!node)
		return false;
	if (node->kind != DOC_SCALAR) {
		report_type(decoder, node, field, "a time");
		return false;
	}
	if (!instant_parse(node->text, &unix_us, &error)) {
		kube_error(decoder, node, NULL, "%s: %s", field, error.text);
		return false;
	}
	*ret_us = unix_us - decoder->options.epoch_unix_s * US_PER_S;
	return true;
}

bool read_quantity(struct kube_decoder *decoder, const struct doc_node *node, int64_t scale, int64_t *ret)
{
	struct error error;
	int64_t value;
	if (node->kind != DOC_SCALAR) {
		report_type(decoder, node, "quantity", "a quantity");
		return false;
	}
	if (!quantity_parse(node->text, scale, &value, &error)) {
		kube_error(decoder, node, NULL, "%s%s", kube_path(decoder, node), error.text);
		return false;
	}
	if (value < 0) {
		kube_error(decoder, node, NULL, "%s%.60s is negative", kube_path(decoder, node), node->text);
		return false;
	}
	*ret = value;
	return true;
}

bool read_factor(struct kube_decoder *decoder, const struct doc_node *node, int64_t *ret_whole, int64_t *ret_nano)
{
	const int128 nano = 1000000000;
	struct error error;
	int128 value;
	if (node->kind != DOC_SCALAR) {
		report_type(decoder, node, "factor", "a quantity");
		return false;
	}
	if (!quantity_parse_nano(node->text, &value, &error)) {
		kube_error(decoder, node, NULL, "%s", error.text);
		return false;
	}
	*ret_nano = (int64_t)((value % nano + nano) % nano);
	*ret_whole = (int64_t)((value - *ret_nano) / nano);
	return true;
}

bool read_amount(struct kube_decoder *decoder, const struct doc_node *node, const char *resource, int64_t *ret)
{
	int64_t milli;
	if (!read_quantity(decoder, node, quantity_scale(resource), ret))
		return false;
	if (strchr(resource, '/') && read_quantity(decoder, node, 1000, &milli) && milli != INT64_MAX && milli % 1000) {
		kube_error(decoder, node, "a shared device has a resource name of its own", "%s: %.60s is not a whole number",
		           resource, node->text);
		return false;
	}
	return true;
}

bool read_weight(struct kube_decoder *decoder, const struct doc_node *spec, double *ret)
{
	const struct doc_node *weight = read_field(read_mapping(decoder, spec, "fairSharing"), "weight");
	int64_t nano;
	if (!weight || !read_quantity(decoder, weight, 1000000000, &nano))
		return false;
	if (nano == 1) {
		kube_error(decoder, weight, NULL, "fairSharing.weight: must be 0 or more than 1e-9");
		return false;
	}
	*ret = (double)nano / 1e9;
	return true;
}

const struct key_value *read_labels(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field,
                                    uint32_t *ret_count)
{
	const struct doc_node *node = read_mapping(decoder, mapping, field);
	uint32_t count = node ? node->count : 0, kept = 0;
	struct key_value *labels = ARENA_ARRAY(decoder->arena, struct key_value, count);
	for (uint32_t i = 0; i < count; i++) {
		const char *value = text_of(decoder, node->pairs[i].value, node->pairs[i].key);
		if (value)
			labels[kept++] =
			    (struct key_value){names_intern(decoder->names, node->pairs[i].key), names_intern(decoder->names, value)};
	}
	*ret_count = kept;
	return labels;
}

const struct doc_node *read_label(const struct doc_node *metadata, const char *key)
{
	return read_field(read_field(metadata, "labels"), key);
}

const struct doc_node *read_annotation(const struct doc_node *metadata, const char *key)
{
	return read_field(read_field(metadata, "annotations"), key);
}

const struct toleration *read_tolerations(struct kube_decoder *decoder, const struct doc_node *mapping, uint32_t *ret_count)
{
	static const char *const operators[] = {"Equal", "Exists", NULL};
	const struct doc_node *list = read_sequence(decoder, mapping, "tolerations");
	uint32_t count = list ? list->count : 0;
	struct toleration *tolerations = ARENA_ARRAY(decoder->arena, struct toleration, count);
	for (uint32_t i = 0; i < count; i++) {
		const struct doc_node *item = list->items[i];
		int op = 0;
		(void)read_word(decoder, item, "operator", operators, &op);
		tolerations[i] = (struct toleration){.key = read_name(decoder, item, "key"),
		                                     .value = read_name(decoder, item, "value"),
		                                     .effect = read_name(decoder, item, "effect"),
		                                     .exists = op == 1};
		if (op == 0 && tolerations[i].key == NO_NAME)
			kube_error(decoder, item, "operator: Exists tolerates every taint", "a toleration without a key");
	}
	*ret_count = count;
	return tolerations;
}

const struct taint *read_taints(struct kube_decoder *decoder, const struct doc_node *mapping, const char *field,
                                uint32_t *ret_count)
{
	static const char *const effects[] = {"NoSchedule", "PreferNoSchedule", "NoExecute", NULL};
	const struct doc_node *list = read_sequence(decoder, mapping, field);
	uint32_t count = list ? list->count : 0;
	struct taint *taints = ARENA_ARRAY(decoder->arena, struct taint, count);
	for (uint32_t i = 0; i < count; i++) {
		const struct doc_node *item = list->items[i];
		int effect = 0;
		if (!read_word(decoder, item, "effect", effects, &effect) && !read_field(item, "effect"))
			kube_error(decoder, item, NULL, "effect is missing");
		taints[i] = (struct taint){.key = read_required_name(decoder, item, "key"),
		                           .value = read_name(decoder, item, "value"),
		                           .effect = names_intern(decoder->names, effects[effect])};
	}
	*ret_count = count;
	return taints;
}

static void read_expression(struct kube_decoder *decoder, const struct doc_node *item, struct selector_requirement *ret)
{
	static const char *const operators[] = {"In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", NULL};
	const struct doc_node *list = read_sequence(decoder, item, "values");
	name_id *values = ARENA_ARRAY(decoder->arena, name_id, list ? list->count : 0);
	int op = 0;
	if (!read_word(decoder, item, "operator", operators, &op) && !read_field(item, "operator"))
		kube_error(decoder, item, NULL, "operator is missing");
	for (uint32_t i = 0; list && i < list->count; i++) {
		const char *text = text_of(decoder, list->items[i], "values");
		values[i] = text ? names_intern(decoder->names, text) : NO_NAME;
	}
	*ret = (struct selector_requirement){.key = read_required_name(decoder, item, "key"),
	                                     .op = (enum selector_operator)op,
	                                     .values = values,
	                                     .n_values = list ? list->count : 0};
	bool takes_values = op == SELECTOR_IN || op == SELECTOR_NOT_IN || op == SELECTOR_GT || op == SELECTOR_LT;
	if (takes_values != (ret->n_values > 0))
		kube_error(decoder, item, NULL, takes_values ? "operator %s needs values" : "operator %s takes no values",
		           operators[op]);
}

const struct selector_requirement *read_requirements(struct kube_decoder *decoder, const struct doc_node *selector,
                                                     uint32_t *ret_count)
{
	uint32_t n_labels;
	const struct key_value *labels = read_labels(decoder, selector, "matchLabels", &n_labels);
	const struct doc_node *list = read_sequence(decoder, selector, "matchExpressions");
	uint32_t n_expressions = list ? list->count : 0;
	struct selector_requirement *requirements =
	    ARENA_ARRAY(decoder->arena, struct selector_requirement, n_labels + n_expressions);
	for (uint32_t i = 0; i < n_labels; i++)
		requirements[i] = (struct selector_requirement){labels[i].key, SELECTOR_IN, &labels[i].value, 1};
	for (uint32_t i = 0; i < n_expressions; i++)
		read_expression(decoder, list->items[i], &requirements[n_labels + i]);
	*ret_count = n_labels + n_expressions;
	return requirements;
}
