/* decode.c - reads a mapping into its struct by its table of fields (fields.h): unknown, reserved, missing and mistyped
 * fields are all reported, each at its place, and decoding goes on. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"

size_t decode_push(struct decoder *decoder, const char *format, ...)
{
	size_t before = decoder->path_length, room = sizeof decoder->path - before;
	va_list args;
	va_start(args, format);
	int written = vsnprintf(decoder->path + before, room, format, args);
	va_end(args);
	decoder->path_length = before + MIN((size_t)MAX(written, 0), room - 1);
	return before;
}

void decode_pop(struct decoder *decoder, size_t length)
{
	decoder->path_length = length;
	decoder->path[length] = '\0';
}

static const char *shown_path(const struct decoder *decoder)
{
	return decoder->path_length ? decoder->path : "the document";
}

void decode_error(struct decoder *decoder, const struct doc_node *node, const char *suggestion, const char *format, ...)
{
	char text[512];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	diag_add(decoder->diags, DIAG_ERROR, node->place, suggestion, "%s: %s", shown_path(decoder), text);
}

static bool is_sexagesimal(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	if (digits == 0 || text[digits] != ':')
		return false;
	return strspn(text, "0123456789:.") == strlen(text);
}

static bool is_old_boolean(const char *text)
{
	static const char *const words[] = {"yes", "Yes", "YES", "no",  "No", "NO", "on", "On",
	                                    "ON",  "off", "Off", "OFF", "y",  "Y",  "n",  "N"};
	for (size_t i = 0; i < ARRAY_COUNT(words); i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	return false;
}

bool decode_reads_otherwise(const char *plain)
{
	return is_sexagesimal(plain) || is_old_boolean(plain);
}

/* "42d" for "42 days", "1900Gi or 1900G" for "1900GB"; NULL: not a number with a unit of that sort. */
static const char *unit_advice(struct decoder *decoder, const char *text, const char *what)
{
	static const struct {
		const char *word, *duration, *quantity;
	} units[] = {{"seconds", "s", NULL}, {"minutes", "m", NULL}, {"hours", "h", NULL}, {"days", "d", NULL},
	             {"KB", NULL, "k"},      {"MB", NULL, "M"},      {"GB", NULL, "G"},    {"TB", NULL, "T"}};
	size_t digits = strspn(text, "0123456789."), blanks = strspn(text + digits, " ");
	const char *unit = text + digits + blanks;
	size_t length = strlen(unit);
	for (size_t i = 0; i < ARRAY_COUNT(units) && digits && length; i++) {
		if (units[i].duration && strstr(what, "duration") && strncasecmp(units[i].word, unit, length) == 0)
			return arena_printf(decoder->arena, "write %.*s%s", (int)digits, text, units[i].duration);
		if (units[i].quantity && strstr(what, "quantity") && strcasecmp(units[i].word, unit) == 0)
			return arena_printf(decoder->arena, "write %.*s%ci or %.*s%s", (int)digits, text, units[i].word[0], (int)digits,
			                    text, units[i].quantity);
	}
	return NULL;
}

/* What to tell the author of a plain scalar that YAML does not read as he meant it; NULL: nothing. */
static const char *yaml_advice(struct decoder *decoder, const struct doc_node *node, const char *what)
{
	if (node->kind != DOC_SCALAR || node->style != DOC_PLAIN)
		return NULL;
	if (is_old_boolean(node->text) && strstr(what, "true or false"))
		return strchr("yY", node->text[0]) || strcasecmp(node->text, "on") == 0 ? "write true" : "write false";
	if (strstr(what, "RFC 3339")) /* quotes alone make no date of 22:00 */
		return NULL;
	if (decode_reads_otherwise(node->text))
		return arena_printf(decoder->arena, "YAML 1.1 reads %s as a %s; write it in quotes: \"%s\"", node->text,
		                    is_old_boolean(node->text) ? "boolean" : "number", node->text);
	if (strncmp(what, "a list", strlen("a list")) == 0)
		return arena_printf(decoder->arena, "write it as a list: [%s]", node->text);
	if (strstr(what, "text"))
		return arena_printf(decoder->arena, "write it in quotes: \"%s\"", node->text);
	double number;
	if (strstr(what, "duration") && doc_double(node, &number))
		return arena_printf(decoder->arena, "add the unit: %ss, %sm, %sh or %sd", node->text, node->text, node->text,
		                    node->text);
	return NULL;
}

void decode_expected(struct decoder *decoder, const struct doc_node *node, const char *what)
{
	const char *advice = node->kind == DOC_SCALAR ? unit_advice(decoder, node->text, what) : NULL;
	if (!advice)
		advice = yaml_advice(decoder, node, what);
	if (node->kind == DOC_SCALAR && node->style == DOC_PLAIN && decode_reads_otherwise(node->text))
		decode_error(decoder, node, advice, "expected %s, found %s", what, node->text);
	else if (node->kind == DOC_SCALAR)
		decode_error(decoder, node, advice, "expected %s, found %s %.60s", what, doc_type_name(node), node->text);
	else
		decode_error(decoder, node, advice, "expected %s, found a %s", what, doc_type_name(node));
}

static bool is_reserved(const struct object_type *type, const char *name)
{
	for (const char *const *word = type->reserved; word && *word; word++)
		if (strcmp(*word, name) == 0)
			return true;
	return false;
}

static bool has_field(const struct object_type *type, const char *name)
{
	for (uint32_t i = 0; i < type->n_fields; i++)
		if (strcmp(type->fields[i].name, name) == 0)
			return true;
	return false;
}

static const char *nearest_field(struct decoder *decoder, const struct object_type *type, const char *name)
{
	const char *names[64] = {NULL};
	uint32_t count = MIN(type->n_fields, (uint32_t)ARRAY_COUNT(names));
	for (uint32_t i = 0; i < count; i++)
		names[i] = type->fields[i].name;
	const char *nearest = diag_nearest(name, names, count);
	for (uint32_t i = 0; i < count && !nearest; i++)
		if (strncmp(names[i], name, strlen(name)) == 0)
			nearest = names[i]; /* "queue" for "queueName" */
	return nearest ? arena_printf(decoder->arena, "did you mean \"%s\"?", nearest) : NULL;
}

static void check_keys(struct decoder *decoder, const struct object_type *type, const struct doc_node *node)
{
	for (uint32_t i = 0; i < node->count; i++) {
		const struct doc_pair *pair = &node->pairs[i];
		const char *dot = decoder->path_length ? "." : "";
		if (has_field(type, pair->key))
			continue;
		if (is_reserved(type, pair->key))
			diag_add(decoder->diags, DIAG_ERROR, pair->place, "leave it out", "%s%s%s: reserved, not simulated yet",
			         decoder->path, dot, pair->key);
		else
			diag_add(decoder->diags, DIAG_ERROR, pair->place, nearest_field(decoder, type, pair->key),
			         "%s%s%s: unknown field of %s", decoder->path, dot, pair->key, type->name);
	}
}

/* A default is written in the language itself and read by the same code as the user's text. */
static void decode_default(struct decoder *decoder, const struct field *field, void *target)
{
	struct doc_node node = {
	    .kind = DOC_SCALAR,
	    .style = field->kind == &kind_text || field->kind == &kind_word ? DOC_QUOTED : DOC_PLAIN,
	    .place = {"default", 0, 0},
	    .text = field->otherwise,
	    .length = (uint32_t)strlen(field->otherwise),
	};
	field->kind->decode(decoder, field, &node, target);
}

void decode_value(struct decoder *decoder, const struct field *field, const struct doc_node *node, void *target)
{
	size_t length = decode_push(decoder, "%s%s", decoder->path_length ? "." : "", field->name);
	field->kind->decode(decoder, field, node, target);
	decode_pop(decoder, length);
}

static void report_missing(struct decoder *decoder, const struct field *field, const struct doc_node *parent)
{
	diag_add(decoder->diags, DIAG_ERROR, parent->place, NULL, "%s: \"%s\" is missing: %s", shown_path(decoder), field->name,
	         field->help);
}

/* The default comes first, so that a value that could not be read leaves it in place. */
static void decode_field(struct decoder *decoder, const struct field *field, const struct doc_node *parent, void *target)
{
	const struct doc_node *value = doc_get(parent, field->name);
	bool given = value && value->kind != DOC_NULL;
	if (field->otherwise)
		decode_default(decoder, field, target);
	if (given)
		decode_value(decoder, field, value, target);
	else if (field->kind == &kind_object)
		decode_object(decoder, field->object, NULL, target);
	if (!given && field->required && parent)
		report_missing(decoder, field, parent);
}

void decode_object(struct decoder *decoder, const struct object_type *type, const struct doc_node *node, void *target)
{
	if (node && node->kind != DOC_MAPPING) {
		decode_expected(decoder, node, "a mapping");
		node = NULL;
	}
	if (node)
		check_keys(decoder, type, node);
	*(const struct doc_node **)target = node;
	for (uint32_t i = 0; i < type->n_fields; i++)
		decode_field(decoder, &type->fields[i], node, (char *)target + type->fields[i].offset);
}
