/* schema.c - see schema.h. */
#include <string.h>

#include "fields.h"
#include "json.h"
#include "scenarios/schema.h"
#include "spec.h"

#define DURATION_PATTERN "^0$|^([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h|d))+$"
#define QUANTITY_PATTERN "^[0-9]+(\\.[0-9]*)?([eE][-+]?[0-9]+|[numkKMGTPE]|[KMGTPE]i)?$"

/* Object types in the order that they are met; each is described once. */
struct type_list {
	const struct object_type *types[64];
	uint32_t count;
};

static void collect(struct type_list *list, const struct object_type *type)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (list->types[i] == type)
			return;
	list->types[list->count++] = type;
	for (uint32_t i = 0; i < type->n_fields; i++)
		if (type->fields[i].object)
			collect(list, type->fields[i].object);
}

static void schema_required(struct json_writer *json, const struct object_type *type)
{
	json_key(json, "required");
	json_open(json, '[');
	for (uint32_t i = 0; i < type->n_fields; i++)
		if (type->fields[i].required)
			json_string(json, type->fields[i].name);
	json_close(json, ']');
}

static void schema_field(struct json_writer *json, const struct object_type *type, const struct field *field)
{
	json_key(json, field->name);
	json_open(json, '{');
	json_member(json, "description", field->help);
	if (field->otherwise)
		json_member(json, "default", field->otherwise);
	if (type == &scenario_type && field->kind == &kind_text)
		json_member(json, "const", field->help); /* apiVersion and kind: the help text is the only value */
	else
		field->kind->schema(json, field);
	json_close(json, '}');
}

static void schema_type(struct json_writer *json, const struct object_type *type)
{
	json_key(json, type->name);
	json_open(json, '{');
	json_member(json, "description", type->help);
	json_member(json, "type", "object");
	json_member_raw(json, "additionalProperties", "false");
	schema_required(json, type);
	json_key(json, "properties");
	json_open(json, '{');
	for (uint32_t i = 0; i < type->n_fields; i++)
		schema_field(json, type, &type->fields[i]);
	for (const char *const *name = type->reserved; name && *name; name++) {
		json_key(json, *name);
		json_open(json, '{');
		json_member(json, "description", "reserved, not simulated yet");
		json_member_raw(json, "not", "{}");
		json_close(json, '}');
	}
	json_close(json, '}');
	json_close(json, '}');
}

/* A scalar that may also be written as a number, as YAML does with `0` and `8`. */
static void schema_scalar(struct json_writer *json, const char *name, const char *pattern, const char *number_type,
                          const char *maximum)
{
	json_key(json, name);
	json_open(json, '{');
	json_key(json, "anyOf");
	json_open(json, '[');
	json_open(json, '{');
	json_member(json, "type", "string");
	json_member(json, "pattern", pattern);
	json_close(json, '}');
	json_open(json, '{');
	json_member(json, "type", number_type);
	json_member_raw(json, "minimum", "0");
	if (maximum)
		json_member_raw(json, "maximum", maximum);
	json_close(json, '}');
	json_close(json, ']');
	json_close(json, '}');
}

struct parameters {
	const char *distribution;
	const char *names[4];
	uint32_t n_names, n_required, plain; /* parameter number `plain` has no unit; NONE: all have */
};

static void open_single_key(struct json_writer *json, const char *key)
{
	json_open(json, '{');
	json_member(json, "type", "object");
	json_member_raw(json, "additionalProperties", "false");
	json_key(json, "required");
	json_open(json, '[');
	json_string(json, key);
	json_close(json, ']');
	json_key(json, "properties");
	json_open(json, '{');
	json_key(json, key);
	json_open(json, '{');
}

static void close_single_key(struct json_writer *json)
{
	for (int i = 0; i < 3; i++)
		json_close(json, '}');
}

static void schema_parameters(struct json_writer *json, const struct parameters *parameters, const char *value)
{
	open_single_key(json, parameters->distribution);
	json_member(json, "type", "object");
	json_member_raw(json, "additionalProperties", "false");
	json_key(json, "required");
	json_open(json, '[');
	for (uint32_t i = 0; i < parameters->n_required; i++)
		json_string(json, parameters->names[i]);
	json_close(json, ']');
	json_key(json, "properties");
	json_open(json, '{');
	for (uint32_t i = 0; i < parameters->n_names; i++) {
		json_key(json, parameters->names[i]);
		json_open(json, '{');
		json_member(json, i == parameters->plain ? "type" : "$ref", i == parameters->plain ? "number" : value);
		json_close(json, '}');
	}
	json_close(json, '}');
	close_single_key(json);
}

static void schema_choice(struct json_writer *json, const char *value)
{
	open_single_key(json, "choice");
	json_member(json, "type", "array");
	json_member_raw(json, "minItems", "1");
	json_key(json, "items");
	json_open(json, '{');
	json_member(json, "type", "object");
	json_member_raw(json, "additionalProperties", "false");
	json_member_raw(json, "required", "[\"value\", \"weight\"]");
	json_key(json, "properties");
	json_open(json, '{');
	json_key(json, "value");
	json_open(json, '{');
	json_member(json, "$ref", value);
	json_close(json, '}');
	json_member_raw(json, "weight", "{\"type\": \"number\", \"exclusiveMinimum\": 0}");
	json_close(json, '}');
	json_close(json, '}');
	close_single_key(json);
}

static void schema_empirical(struct json_writer *json, const char *value)
{
	open_single_key(json, "empirical");
	json_member(json, "type", "object");
	json_member_raw(json, "additionalProperties", "false");
	json_member_raw(json, "required", "[\"points\"]");
	json_key(json, "properties");
	json_open(json, '{');
	json_member_raw(json, "scale", "{\"enum\": [\"Linear\", \"Log\"]}");
	json_key(json, "points");
	json_open(json, '{');
	json_member(json, "type", "array");
	json_member_raw(json, "minItems", "2");
	json_key(json, "items");
	json_open(json, '{');
	json_member(json, "type", "array");
	json_key(json, "items");
	json_open(json, '[');
	json_raw(json, "{\"type\": \"number\", \"minimum\": 0, \"maximum\": 1}");
	json_open(json, '{');
	json_member(json, "$ref", value);
	json_close(json, '}');
	json_close(json, ']');
	json_close(json, '}');
	json_close(json, '}');
	json_close(json, '}');
	close_single_key(json);
}

static void schema_constant(struct json_writer *json, const char *value)
{
	open_single_key(json, "constant");
	json_member(json, "$ref", value);
	close_single_key(json);
}

static void schema_distribution(struct json_writer *json, const char *name, const char *value)
{
	static const struct parameters shapes[] = {
	    {"lognormal", {"p50", "p95", "min", "max"}, 4, 2, NONE},
	    {"exponential", {"mean", "min", "max"}, 3, 1, NONE},
	    {"weibull", {"scale", "shape", "min", "max"}, 4, 2, 1},
	};
	json_key(json, name);
	json_open(json, '{');
	json_member(json, "description", "A value, or a distribution of values: a mapping with one key.");
	json_key(json, "anyOf");
	json_open(json, '[');
	json_open(json, '{');
	json_member(json, "$ref", value);
	json_close(json, '}');
	schema_constant(json, value);
	for (size_t i = 0; i < ARRAY_COUNT(shapes); i++)
		schema_parameters(json, &shapes[i], value);
	schema_choice(json, value);
	schema_empirical(json, value);
	json_close(json, ']');
	json_close(json, '}');
}

/* Only our own documents are described; Kubernetes and Kueue documents beside them pass. */
static void schema_top(struct json_writer *json)
{
	json_member(json, "$schema", "http://json-schema.org/draft-07/schema#");
	json_member(json, "title", "berth scenario, " SCENARIO_API);
	json_member(json, "type", "object");
	json_member_raw(json, "required", "[\"apiVersion\", \"kind\"]");
	json_member_raw(json, "if", "{\"properties\": {\"apiVersion\": {\"const\": \"" SCENARIO_API "\"}}}");
	json_member_raw(json, "then", "{\"$ref\": \"#/definitions/Scenario\"}");
}

void scenario_schema_write(FILE *out)
{
	struct json_writer json = {.out = out};
	struct type_list list = {0};
	collect(&list, &scenario_type);
	json_open(&json, '{');
	schema_top(&json);
	json_key(&json, "definitions");
	json_open(&json, '{');
	for (uint32_t i = 0; i < list.count; i++)
		schema_type(&json, list.types[i]);
	schema_scalar(&json, "Duration", DURATION_PATTERN, "integer", "0");
	schema_scalar(&json, "Quantity", QUANTITY_PATTERN, "number", NULL);
	json_member_raw(&json, "Number", "{\"type\": \"number\"}");
	schema_distribution(&json, "DurationDistribution", "#/definitions/Duration");
	schema_distribution(&json, "QuantityDistribution", "#/definitions/Quantity");
	schema_distribution(&json, "NumberDistribution", "#/definitions/Number");
	json_close(&json, '}');
	json_close(&json, '}');
}

/* A link to another section of the page: GitHub's anchors are lower case. */
static void write_link(FILE *out, const struct object_type *type)
{
	fprintf(out, "[%s](#", type->name);
	for (const char *c = type->name; *c; c++)
		fputc(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c, out);
	fputc(')', out);
}

static void write_words(FILE *out, const char *const *words)
{
	for (uint32_t i = 0; words[i]; i++)
		fprintf(out, "%s`%s`", i ? ", " : "", words[i]);
}

static void write_bounds(FILE *out, const struct field *field)
{
	if (field->kind != &kind_integer && field->kind != &kind_number)
		return;
	if (field->max > 0)
		fprintf(out, ", %.10g to %.10g", field->min, field->max);
	else
		fprintf(out, ", at least %.10g", field->min);
}

static void write_kind(FILE *out, const struct field *field)
{
	if (field->words) {
		write_words(out, field->words);
		return;
	}
	if (!field->object) {
		fputs(field->kind->name, out);
		write_bounds(out, field);
		return;
	}
	if (field->kind == &kind_list)
		fputs("list of ", out);
	write_link(out, field->object);
}

static void write_field(FILE *out, const struct field *field)
{
	fprintf(out, "| `%s` | ", field->name);
	write_kind(out, field);
	if (field->otherwise)
		fprintf(out, " | `%s` | ", field->otherwise);
	else
		fprintf(out, " | %s | ", field->required ? "**needed**" : "");
	fprintf(out, "%s |\n", field->help);
}

static void write_type(FILE *out, const struct object_type *type)
{
	fprintf(out, "### %s\n\n%s\n\n| field | value | default | meaning |\n|---|---|---|---|\n", type->name, type->help);
	for (uint32_t i = 0; i < type->n_fields; i++)
		write_field(out, &type->fields[i]);
	fputc('\n', out);
	if (!type->reserved || !type->reserved[0])
		return;
	fputs("Reserved, not simulated yet: ", out);
	write_words(out, type->reserved);
	fputs(".\n\n", out);
}

void scenario_reference_write(FILE *out)
{
	struct type_list list = {0};
	collect(&list, &scenario_type);
	for (uint32_t i = 0; i < list.count; i++)
		write_type(out, list.types[i]);
}
