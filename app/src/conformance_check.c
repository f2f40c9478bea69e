/* conformance_check.c - see conformance_check.h. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantity.h"
#include "conformance_check.h"

static const char *print_arguments(struct arena *arena, const char *format, va_list arguments)
{
	char text[4096];
	int length = vsnprintf(text, sizeof text, format, arguments);
	return arena_text(arena, text, MIN((size_t)MAX(length, 0), sizeof text - 1));
}

bool check_problem(struct check *check, const char *format, ...)
{
	if (check->failed)
		return false;
	va_list arguments;
	va_start(arguments, format);
	check->problem = print_arguments(check->arena, format, arguments);
	va_end(arguments);
	check->failed = true;
	return false;
}

void check_differs(struct check *check, const char *rule, const char *what, const char *expected, const char *got)
{
	if (check->failed)
		return;
	check->failed = true;
	check->rule = rule;
	check->what = arena_text(check->arena, what, strlen(what));
	check->expected = arena_text(check->arena, expected, strlen(expected));
	check->got = arena_text(check->arena, got, strlen(got));
}

void check_int(struct check *check, const char *rule, const char *what, int64_t expected, int64_t got)
{
	if (expected == got)
		return;
	char texts[2][24];
	snprintf(texts[0], sizeof texts[0], "%" PRId64, expected);
	snprintf(texts[1], sizeof texts[1], "%" PRId64, got);
	check_differs(check, rule, what, texts[0], texts[1]);
}

void check_bool(struct check *check, const char *rule, const char *what, bool expected, bool got)
{
	if (expected != got)
		check_differs(check, rule, what, expected ? "true" : "false", got ? "true" : "false");
}

void check_text(struct check *check, const char *rule, const char *what, const char *expected, const char *got)
{
	if (strcmp(expected, got) != 0)
		check_differs(check, rule, what, expected, got);
}

void facts_add(struct facts *facts, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	const char *text = print_arguments(facts->arena, format, arguments);
	va_end(arguments);
	*VEC_PUSH(facts) = text;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_facts(struct facts *facts)
{
	if (facts->count)
		qsort(facts->items, facts->count, sizeof *facts->items, compare_texts);
}

void facts_compare(struct check *check, const char *rule, const char *what, struct facts *expected, struct facts *got)
{
	sort_facts(expected);
	sort_facts(got);
	const char *missing = NULL, *extra = NULL;
	for (uint32_t i = 0, j = 0; i < expected->count || j < got->count;) {
		int order = i == expected->count ? 1 : j == got->count ? -1 : strcmp(expected->items[i], got->items[j]);
		if (order < 0 && !missing)
			missing = expected->items[i];
		if (order > 0 && !extra)
			extra = got->items[j];
		i += order <= 0;
		j += order >= 0;
	}
	if (missing || extra)
		check_differs(check, rule, what, missing ? missing : "", extra ? extra : "");
	VEC_FREE(expected);
	VEC_FREE(got);
}

const char *facts_join(struct facts *facts)
{
	sort_facts(facts);
	size_t length = 1;
	for (uint32_t i = 0; i < facts->count; i++)
		length += strlen(facts->items[i]) + 1;
	char *text = arena_alloc(facts->arena, length), *end = text;
	for (uint32_t i = 0; i < facts->count; i++)
		end += sprintf(end, "%s%s", i ? " " : "", facts->items[i]);
	VEC_FREE(facts);
	return text;
}

bool fields_known(struct check *check, const struct doc_node *node, const char *what, const char *const *names)
{
	if (!node)
		return true;
	if (node->kind != DOC_MAPPING)
		return check_problem(check, "%s is a %s, not a mapping", what, doc_type_name(node));
	for (uint32_t i = 0; i < node->count; i++) {
		const char *const *name = names;
		while (*name && strcmp(*name, node->pairs[i].key) != 0)
			name++;
		if (!*name)
			return check_problem(check, "unknown field '%s' in %s", node->pairs[i].key, what);
	}
	return true;
}

const struct doc_node *field(const struct doc_node *node, const char *name)
{
	const struct doc_node *value = doc_get(node, name);
	return value && value->kind != DOC_NULL ? value : NULL;
}

const char *node_text(struct check *check, const struct doc_node *node)
{
	if (node && node->kind == DOC_SCALAR)
		return node->text;
	check_problem(check, "a text was expected, not a %s", doc_type_name(node));
	return "";
}

const char *field_text(struct check *check, const struct doc_node *node, const char *name, const char *otherwise)
{
	const struct doc_node *value = field(node, name);
	return value ? node_text(check, value) : otherwise;
}

int64_t field_int(struct check *check, const struct doc_node *node, const char *name, int64_t otherwise)
{
	const struct doc_node *value = field(node, name);
	int64_t number = otherwise;
	if (value && !doc_int(value, &number))
		check_problem(check, "field '%s' is not a whole number", name);
	return number;
}

bool field_bool(struct check *check, const struct doc_node *node, const char *name, bool otherwise)
{
	const struct doc_node *value = field(node, name);
	bool flag = otherwise;
	if (value && !doc_bool(value, &flag))
		check_problem(check, "field '%s' is not true or false", name);
	return flag;
}

int64_t node_quantity(struct check *check, const struct doc_node *node, const char *resource)
{
	int64_t value = 0;
	struct error error;
	if (!quantity_parse(node_text(check, node), quantity_scale(resource), &value, &error))
		check_problem(check, "%s", error.text);
	return value;
}

int64_t field_quantity(struct check *check, const struct doc_node *node, const char *name, const char *resource,
                       int64_t otherwise)
{
	const struct doc_node *value = field(node, name);
	return value ? node_quantity(check, value, resource) : otherwise;
}

int64_t node_amount(struct check *check, const struct doc_node *node)
{
	int64_t value = 0;
	if (node && node->kind == DOC_SCALAR && strcmp(node->text, "unlimited") == 0)
		return INT64_MAX;
	if (!node || !doc_int(node, &value))
		check_problem(check, "an amount in internal units was expected");
	return value;
}

static const struct doc_node *as_kind(struct check *check, const struct doc_node *node, enum doc_kind kind)
{
	static const struct doc_node none[] = {[DOC_SEQUENCE] = {.kind = DOC_SEQUENCE}, [DOC_MAPPING] = {.kind = DOC_MAPPING}};
	if (node && node->kind == kind)
		return node;
	if (node && node->kind != DOC_NULL)
		check_problem(check, "a %s was expected, not a %s", doc_type_name(&none[kind]), doc_type_name(node));
	return &none[kind];
}

const struct doc_node *as_list(struct check *check, const struct doc_node *node)
{
	return as_kind(check, node, DOC_SEQUENCE);
}

const struct doc_node *as_map(struct check *check, const struct doc_node *node)
{
	return as_kind(check, node, DOC_MAPPING);
}

const struct doc_node *field_list(struct check *check, const struct doc_node *node, const char *name)
{
	return as_list(check, doc_get(node, name));
}

const struct doc_node *field_map(struct check *check, const struct doc_node *node, const char *name)
{
	return as_map(check, doc_get(node, name));
}

static int64_t field_bounded(struct check *check, const struct doc_node *node, const char *name, int64_t otherwise,
                             int64_t least, int64_t most)
{
	int64_t value = field_int(check, node, name, otherwise);
	if (value >= least && value <= most)
		return value;
	check_problem(check, "field '%s' is out of range", name);
	return otherwise;
}

int32_t field_count(struct check *check, const struct doc_node *node, const char *name, int32_t otherwise)
{
	return (int32_t)field_bounded(check, node, name, otherwise, 0, INT32_MAX);
}

int64_t field_seconds_us(struct check *check, const struct doc_node *node, const char *name)
{
	return field_bounded(check, node, name, 0, INT32_MIN, INT32_MAX) * US_PER_S;
}

uint32_t choice(struct check *check, const char *what, const char *text, const char *const *names)
{
	for (uint32_t i = 0; names[i]; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	check_problem(check, "unknown %s '%s'", what, text);
	return 0;
}
