/* kinds.c - the kinds of values of the language: how each is read, and its JSON Schema (fields.h). */
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/money.h"
#include "fields.h"
#include "json.h"

/* Bounds of every duration: a simulation does not outlive a century. */
#define LONGEST_US (36525.0 * (double)US_PER_DAY)

/* Members beside a $ref are ignored in draft-07, so it is wrapped. */
static void schema_reference(struct json_writer *json, const char *name)
{
	char reference[80];
	snprintf(reference, sizeof reference, "#/definitions/%s", name);
	json_key(json, "allOf");
	json_open(json, '[');
	json_open(json, '{');
	json_member(json, "$ref", reference);
	json_close(json, '}');
	json_close(json, ']');
}

static uint32_t *count_of(const struct field *field, void *target)
{
	return (uint32_t *)((char *)target - field->offset + field->count_offset);
}

/* True when the node is of the kind; else the problem has been reported. */
static bool want(struct decoder *decoder, const struct doc_node *node, enum doc_kind kind, const char *what)
{
	if (node->kind == kind)
		return true;
	decode_expected(decoder, node, what);
	return false;
}

static bool within(struct decoder *decoder, const struct doc_node *node, const struct field *field, double value,
                   double unit, const char *unit_name)
{
	if (value < field->min) {
		decode_error(decoder, node, NULL, "%s is below the least allowed, %g%s", node->text, field->min / unit, unit_name);
		return false;
	}
	if (field->max > 0 && value > field->max) {
		decode_error(decoder, node, NULL, "%s is above the most allowed, %g%s", node->text, field->max / unit, unit_name);
		return false;
	}
	return true;
}

/* The text of a scalar that YAML, too, reads as text; NULL after reporting. */
static const char *text_of(struct decoder *decoder, const struct doc_node *node)
{
	bool plain = node->kind == DOC_SCALAR && node->style == DOC_PLAIN;
	bool text = node->kind == DOC_SCALAR && (!plain || strcmp(doc_type_name(node), "string") == 0);
	if (text && plain && decode_reads_otherwise(node->text))
		text = false;
	if (text && node->length > 0)
		return node->text;
	if (text)
		decode_error(decoder, node, NULL, "expected text, found nothing between the quotes");
	else
		decode_expected(decoder, node, "text");
	return NULL;
}

static void decode_text(struct decoder *decoder, const struct field *field, const struct doc_node *node, void *target)
{
	const char *text = text_of(decoder, node);
	if (text)
		*(const char **)target = text;
}

static void schema_text(struct json_writer *json, const struct field *field)
{
	json_member(json, "type", "string");
	json_member_raw(json, "minLength", "1");
}

static void decode_bool(struct decoder *decoder, const struct field *field, const struct doc_node *node, void *target)
{
	if (!doc_bool(node, target))
		decode_expected(decoder, node, "true or false");
}

static void schema_bool(struct json_writer *json, const struct field *field)
{
	json_member(json, "type", "boolean");
}

static void decode_integer(struct decoder *decoder, const struct field *field, const struct doc_node *node, void *target)
{
	int64_t value;
	if (!doc_int(node, &value))
		decode_expected(decoder, node, "a whole number");
	else if (within(decoder, node, field, (double)value, 1, ""))
		*(int64_t *)target = value;
}

static void schema_bounds(struct json_writer *json, const struct field *field)
{
	char text[40];
	snprintf(text, sizeof text, "%.15g", field->min);
	json_member_raw(json, "minimum", text);
	if (field->max > 0) {
		snprintf(text, sizeof text, "%.15g", field->max);
		json_member_raw(json, "maximum", text);
	}
}

static void schema_integer(struct json_writer *json, const struct field *field)
{
	json_member(json, "type", "integer");
	schema_bounds(json, field);
}

static void decode_number(struct decoder *decoder, const struct field *field, const struct doc_node *node, void *target)
{
	double value;
	if (!doc_double(node, &value))
		decode_expected(decoder, node, "a number");
	else if (within(decoder, node, field, value, 1, ""))
		*(double *)target = value;
}

static void schema_number(struct json_writer *json, const struct field *field)
{
	json_member(json, "type", "number");
	schema_bounds(json, field);
}

static void decode_instant(struct decoder *decoder, const struct field *field, const struct doc_node *node, void *target)
{
	struct error error;
	if (!want(decoder, node, DOC_SCALAR, "a time such as \"2026-01-05T00:00:00Z\""))
		return;
	if (!instant_parse(node->text, target, &error))
		decode_expected(decoder, node, "an RFC 3339 time with its offset, such as \"2026-01-05T00:00:00Z\"");
}

static void schema_instant(struct json_writer *json, const struct field *field)
{
	json_member(json, "type", "string");
	json_member(json, "format", "date-time");
}

static void decode_duration(struct decoder *decoder, const struct field *field, const struct doc_node *node, void *target)
{
	double value;
	if (decode_scalar(decoder, node, UNIT_DURATION, NULL, &value) &&
	    within(decoder, node, field, value, (double)US_PER_S, "s"))
		*(int64_t *)target = (int64_t)value;
}

static void schema_duration(struct json_writer *json, const struct field *field)
{
	schema_reference(json, "Duration");
}

static void decode_price(struct decoder *decoder, const struct field *field, const struct doc_node *node, void *target)
{
	struct error error;
	bool quoted = node->kind == DOC_SCALAR && node->style == DOC_QUOTED;
	if (!quoted || !money_parse(node->text, target, &error))
		decode_expected(decoder, node, "an amount as text in quotes with at most 6 decimals, such as \"2.10\"");
}

static void schema_price(struct json_writer *json, const struct field *field)
{
	json_member(json, "type", "string");
	json_member(json, "pattern", "^[0-9]+(\\.[0-9]{1,6})?$");
}

static uint32_t count_words(const char *const *words)
{
	uint32_t count = 0;
	while (words[count])
		count++;
	return count;
}

static uint32_t find_word(const char *const *words, const char *text)
{
	for (uint32_t i = 0; words && words[i]; i++)
		if (strcmp(words[i], text) == 0)
			return i;
	return NONE;
}

static const char *list_words(struct decoder *decoder, const char *const *words)
{
	const char *list = words[0];
	for (uint32_t i = 1; words[i]; i++)
		list = arena_printf(decoder->arena, "%s, %s", list, words[i]);
	return list;
}

static void decode_word(struct decoder *decoder, const struct field *field, const struct doc_node *node, void *target)
{
	const char *text = text_of(decoder, node);
	if (!text)
		return;
	uint32_t word = find_word(field->words, text);
	if (word != NONE) {
		*(int *)target = (int)word;
		return;
	}
	if (find_word(field->reserved_words, text) != NONE) {
		decode_error(decoder, node, "leave it out", "\"%s\" is reserved, not simulated yet", text);
		return;
	}
	const char *nearest = diag_nearest(text, field->words, count_words(field->words));
	decode_error(decoder, node, nearest ? arena_printf(decoder->arena, "did you mean \"%s\"?", nearest) : NULL,
	             "\"%s\" is none of %s", text, list_words(decoder, field->words));
}

static void schema_word(struct json_writer *json, const struct field *field)
{
	json_key(json, "enum");
	json_open(json, '[');
	for (uint32_t i = 0; field->words[i]; i++)
		json_string(json, field->words[i]);
	json_close(json, ']');
}

static void decode_object_kind(struct decoder *decoder, const struct field *field, const struct doc_node *node, void *target)
{
	decode_object(decoder, field->object, node, target);
}

static void schema_object(struct json_writer *json, const struct field *field)
{
	schema_reference(json, field->object->name);
}

static size_t push_item(struct decoder *decoder, const struct doc_node *item, uint32_t index)
{
	const struct doc_node *name = doc_get(item, "name");
	if (name && name->kind == DOC_SCALAR)
		return decode_push(decoder, "[%.60s]", name->text);
	return decode_push(decoder, "[%u]", index);
}

static void decode_list(struct decoder *decoder, const struct field *field, const struct doc_node *node, void *target)
{
	if (!want(decoder, node, DOC_SEQUENCE, "a list"))
		return;
	if (field->required && node->count == 0)
		decode_error(decoder, node, NULL, "at least one is needed");
	char *items = arena_alloc(decoder->arena, field->object->size * node->count);
	uint32_t count = 0;
	for (uint32_t i = 0; i < node->count; i++) {
		size_t length = push_item(decoder, node->items[i], i);
		decode_object(decoder, field->object, node->items[i], items + count * field->object->size);
		decode_pop(decoder, length);
		count += node->items[i]->kind == DOC_MAPPING; /* another thing has no place for later problems */
	}
	*(void **)target = items;
	*count_of(field, target) = count;
}

static void schema_list(struct json_writer *json, const struct field *field)
{
	json_member(json, "type", "array");
	if (field->required)
		json_member_raw(json, "minItems", "1");
	json_key(json, "items");
	json_open(json, '{');
	schema_object(json, field);
	json_close(json, '}');
}

static void decode_texts(struct decoder *decoder, const struct field *field, const struct doc_node *node, void *target)
{
	if (!want(decoder, node, DOC_SEQUENCE, "a list of texts"))
		return;
	const char **texts = ARENA_ARRAY(decoder->arena, const char *, node->count);
	uint32_t count = 0;
	for (uint32_t i = 0; i < node->count; i++) {
		const char *text = text_of(decoder, node->items[i]);
		if (text)
			texts[count++] = text;
	}
	*(const char *const **)target = texts;
	*count_of(field, target) = count;
}

static void schema_texts(struct json_writer *json, const struct field *field)
{
	json_member(json, "type", "array");
	json_key(json, "items");
	json_open(json, '{');
	json_member(json, "type", "string");
	json_close(json, '}');
}

static const struct text_pair *decode_pairs(struct decoder *decoder, const struct doc_node *node, uint32_t *ret_count)
{
	struct text_pair *pairs = ARENA_ARRAY(decoder->arena, struct text_pair, node->count);
	uint32_t count = 0;
	for (uint32_t i = 0; i < node->count; i++) {
		const struct doc_pair *pair = &node->pairs[i];
		size_t length = decode_push(decoder, "[%.60s]", pair->key);
		const char *text = text_of(decoder, pair->value);
		decode_pop(decoder, length);
		if (text)
			pairs[count++] = (struct text_pair){pair->key, text, pair->place};
	}
	*ret_count = count;
	return pairs;
}

static void decode_text_map(struct decoder *decoder, const struct field *field, const struct doc_node *node, void *target)
{
	if (want(decoder, node, DOC_MAPPING, "a mapping of text to text"))
		*(const struct text_pair **)target = decode_pairs(decoder, node, count_of(field, target));
}

static void schema_map_of(struct json_writer *json, const char *reference)
{
	json_member(json, "type", "object");
	json_key(json, "additionalProperties");
	json_open(json, '{');
	if (reference)
		json_member(json, "$ref", reference);
	else
		json_member(json, "type", "string");
	json_close(json, '}');
}

static void schema_text_map(struct json_writer *json, const struct field *field)
{
	schema_map_of(json, NULL);
}

static void decode_amounts(struct decoder *decoder, const struct field *field, const struct doc_node *node, void *target)
{
	if (!want(decoder, node, DOC_MAPPING, "a mapping of resource to quantity"))
		return;
	struct named_amount *amounts = ARENA_ARRAY(decoder->arena, struct named_amount, node->count);
	uint32_t count = 0;
	for (uint32_t i = 0; i < node->count; i++) {
		const struct doc_pair *pair = &node->pairs[i];
		size_t length = decode_push(decoder, "[%.60s]", pair->key);
		double amount;
		if (decode_scalar(decoder, pair->value, UNIT_QUANTITY, pair->key, &amount))
			amounts[count++] = (struct named_amount){pair->key, (int64_t)amount, pair->value->place};
		decode_pop(decoder, length);
	}
	*(const struct named_amount **)target = amounts;
	*count_of(field, target) = count;
}

static void schema_amounts(struct json_writer *json, const struct field *field)
{
	schema_map_of(json, "#/definitions/Quantity");
}

static void decode_amount_dists(struct decoder *decoder, const struct field *field, const struct doc_node *node,
                                void *target)
{
	if (!want(decoder, node, DOC_MAPPING, "a mapping of resource to quantity"))
		return;
	struct named_dist *dists = ARENA_ARRAY(decoder->arena, struct named_dist, node->count);
	uint32_t count = 0;
	for (uint32_t i = 0; i < node->count; i++) {
		const struct doc_pair *pair = &node->pairs[i];
		size_t length = decode_push(decoder, "[%.60s]", pair->key);
		struct named_dist *dist = &dists[count];
		if (decode_dist(decoder, pair->value, UNIT_QUANTITY, pair->key, 0, 0, &dist->amount)) {
			dist->resource = pair->key;
			dist->place = pair->value->place;
			count++;
		}
		decode_pop(decoder, length);
	}
	*(const struct named_dist **)target = dists;
	*count_of(field, target) = count;
}

static void schema_amount_dists(struct json_writer *json, const struct field *field)
{
	schema_map_of(json, "#/definitions/QuantityDistribution");
}

static void decode_dist_kind(struct decoder *decoder, const struct field *field, const struct doc_node *node, void *target)
{
	struct dist dist;
	if (decode_dist(decoder, node, UNIT_NUMBER, NULL, field->min, field->max, &dist))
		*(struct dist *)target = dist;
}

static void schema_dist(struct json_writer *json, const struct field *field)
{
	schema_reference(json, "NumberDistribution");
}

static void decode_time_dist(struct decoder *decoder, const struct field *field, const struct doc_node *node, void *target)
{
	struct dist dist;
	if (decode_dist(decoder, node, UNIT_DURATION, NULL, field->min, LONGEST_US, &dist))
		*(struct dist *)target = dist;
}

static void schema_time_dist(struct json_writer *json, const struct field *field)
{
	schema_reference(json, "DurationDistribution");
}

static void decode_queue_map(struct decoder *decoder, const struct field *field, const struct doc_node *node, void *target)
{
	struct queue_map map = {0};
	if (node->kind == DOC_MAPPING)
		map.pairs = decode_pairs(decoder, node, &map.n_pairs);
	else
		map.file = text_of(decoder, node);
	*(struct queue_map *)target = map;
}

static void schema_queue_map(struct json_writer *json, const struct field *field)
{
	json_key(json, "type");
	json_open(json, '[');
	json_string(json, "string");
	json_string(json, "object");
	json_close(json, ']');
}

static void decode_settings(struct decoder *decoder, const struct field *field, const struct doc_node *node, void *target)
{
	if (want(decoder, node, DOC_MAPPING, "a mapping of KIND/NAME:path to value"))
		*(const struct doc_node **)target = node;
}

static void schema_settings(struct json_writer *json, const struct field *field)
{
	json_member(json, "type", "object");
	json_key(json, "propertyNames");
	json_open(json, '{');
	json_member(json, "pattern", "^[A-Z][A-Za-z]*(/[^:]+)?:.+$");
	json_close(json, '}');
}

static void decode_limit(struct decoder *decoder, const struct field *field, const struct doc_node *node, void *target)
{
	if (want(decoder, node, DOC_SCALAR, "a duration, a number or an amount"))
		*(const struct doc_node **)target = node;
}

static void schema_limit(struct json_writer *json, const struct field *field)
{
	json_key(json, "type");
	json_open(json, '[');
	json_string(json, "number");
	json_string(json, "string");
	json_close(json, ']');
}

const struct field_kind kind_text = {"text", decode_text, schema_text};
const struct field_kind kind_bool = {"true or false", decode_bool, schema_bool};
const struct field_kind kind_integer = {"whole number", decode_integer, schema_integer};
const struct field_kind kind_number = {"number", decode_number, schema_number};
const struct field_kind kind_instant = {"time", decode_instant, schema_instant};
const struct field_kind kind_duration = {"duration", decode_duration, schema_duration};
const struct field_kind kind_price = {"amount in quotes", decode_price, schema_price};
const struct field_kind kind_word = {"word", decode_word, schema_word};
const struct field_kind kind_object = {"object", decode_object_kind, schema_object};
const struct field_kind kind_list = {"list", decode_list, schema_list};
const struct field_kind kind_texts = {"list of texts", decode_texts, schema_texts};
const struct field_kind kind_text_map = {"map of texts", decode_text_map, schema_text_map};
const struct field_kind kind_amounts = {"map of quantities", decode_amounts, schema_amounts};
const struct field_kind kind_amount_dists = {"map of quantities or distributions", decode_amount_dists, schema_amount_dists};
const struct field_kind kind_dist = {"number or distribution", decode_dist_kind, schema_dist};
const struct field_kind kind_time_dist = {"duration or distribution", decode_time_dist, schema_time_dist};
const struct field_kind kind_queue_map = {"map of texts, or name of a file", decode_queue_map, schema_queue_map};
const struct field_kind kind_settings = {"map of settings", decode_settings, schema_settings};
const struct field_kind kind_limit = {"duration, number or amount", decode_limit, schema_limit};
