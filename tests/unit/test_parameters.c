/* test_parameters.c - every field of the scenario language that says how a cluster or a study behaves is told by
 * parameters_each(), so that `berth show --defaults` and the store's table of parameters leave none out. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/parameters.h"
#include "base/doc.h"
#include "base/vec.h"
#include "scenarios/scenario.h"
#include "scenarios/schema.h"

/* Definitions of the schema, and how the names of their properties begin. */
static const char *const told_types[][2] = {
    {"ControlPlane", "controlPlane."},
    {"StartLatency", "startLatency."},
    {"Placement", "placement."},
    {"Scheduler", "scheduler."},
    {"Time", "time."},
    {"Study", "study."},
    {"Cluster", ""},
};

/* Objects of their own, above or in Kueue's files; lists, which are told item by item where they are given. */
static const char *const exceptions[] = {
    "name",      "include",   "nodePools",           "controlPlane",    "startLatency",
    "placement", "scheduler", "placement.resources", "admissionChecks",
};

struct told {
	VEC_FIELDS(char *);
};

static bool note(void *state, const struct parameter *parameter)
{
	*VEC_PUSH((struct told *)state) = strdup(parameter->name);
	return true;
}

static bool is_told(const struct told *told, const char *name)
{
	for (uint32_t i = 0; i < told->count; i++)
		if (strcmp(told->items[i], name) == 0)
			return true;
	return false;
}

static bool is_exception(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(exceptions); i++)
		if (strcmp(exceptions[i], name) == 0)
			return true;
	return false;
}

static void expect_told(const struct doc_node *type, const char *before, const struct told *told)
{
	const struct doc_node *properties = doc_get(type, "properties");
	assert_non_null(properties);
	for (uint32_t i = 0; i < properties->count; i++) {
		char name[128];
		snprintf(name, sizeof name, "%s%s", before, properties->pairs[i].key);
		if (strcmp(doc_get(properties->pairs[i].value, "description")->text, "reserved, not simulated yet") == 0)
			continue;
		if (is_told(told, name) == is_exception(name))
			fail_msg("%s is %s", name,
			         is_exception(name) ? "told: no exception any more" : "not told by app/src/parameters.c");
	}
}

static struct told tell_all(void)
{
	struct told told = {0};
	struct diags *diags = diags_create();
	const struct scenario_options options = {0};
	struct world *world = scenario_load("five-minutes", &options, diags);
	assert_non_null(world);
	assert_true(parameters_each(world, note, &told));
	world_destroy(world);
	diags_destroy(diags);
	return told;
}

static void every_field_is_told(void **state)
{
	(void)state;
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	scenario_schema_write(out);
	fclose(out);
	struct arena *arena = arena_create(0);
	struct diags *diags = diags_create();
	struct doc_node *schema;
	assert_true(doc_parse_json(arena, "schema", text, length, NULL, diags, &schema));
	struct told told = tell_all();
	for (size_t i = 0; i < ARRAY_COUNT(told_types); i++)
		expect_told(doc_get(doc_get(schema, "definitions"), told_types[i][0]), told_types[i][1], &told);
	for (uint32_t i = 0; i < told.count; i++)
		free(told.items[i]);
	VEC_FREE(&told);
	diags_destroy(diags);
	arena_destroy(arena);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_field_is_told)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
