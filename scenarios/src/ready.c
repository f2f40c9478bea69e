/* ready.c - the scenarios that come with the program. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenarios/scenario.h"

#include <glib.h> /* last: it redefines MIN and MAX quietly, base.h would not */

/* Questions repeat those in the files; a test compares them. */
static const struct ready_scenario scenarios[] = {
    {"five-minutes", "How long does team-a wait on 64 A100s?"},
    {"two-teams", "Does lending idle quota help vision without making nlp wait for its own GPUs?"},
    {"preemption-storm", "How many GPU-hours do preemption storms throw away, and how large do the storms get?"},
    {"easy-backfill", "How long do small and large jobs wait under EASY backfill on 128 GPUs?"},
    {"fair-shares", "Do weighted shares and past usage keep a flood of jobs from crowding out the rest?"},
    {"estate-2026", "Do 16 more H100 nodes in July keep prod p95 wait under 30m, and at what cost?"},
    {"philly-quarter",
     "How long do the jobs of each virtual cluster wait when virtual clusters lend each other what they do not use?"},
};

const struct ready_scenario *scenario_ready(uint32_t *ret_count)
{
	*ret_count = ARRAY_COUNT(scenarios);
	return scenarios;
}

const struct ready_scenario *scenario_find_ready(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(scenarios); i++)
		if (strcmp(scenarios[i].name, name) == 0)
			return &scenarios[i];
	return NULL;
}

const struct ready_scenario *scenario_nearest_ready(const char *word)
{
	const char *names[ARRAY_COUNT(scenarios)];
	for (size_t i = 0; i < ARRAY_COUNT(scenarios); i++)
		names[i] = scenarios[i].name;
	const char *nearest = diag_nearest(word, names, ARRAY_COUNT(scenarios));
	return nearest ? scenario_find_ready(nearest) : NULL;
}

/* BERTH_DATA_FROM_PROGRAM leads from the folder of the installed program to its data, so that an installation may lie
 * anywhere. */
static char *data_folder(void)
{
	char *program = g_file_read_link("/proc/self/exe", NULL);
	char *folder = program ? g_path_get_dirname(program) : g_strdup(".");
	char *data = g_canonicalize_filename(BERTH_DATA_FROM_PROGRAM, folder);
	char *ready = g_build_filename(data, "ready", NULL);
	bool installed = program && access(ready, R_OK) == 0;
	g_free(program);
	g_free(folder);
	g_free(ready);
	if (installed)
		return data;
	g_free(data);
	return g_strdup(BERTH_SOURCE_DATA);
}

char *scenario_ready_path(const struct ready_scenario *ready)
{
	char *data = data_folder(), *path = NULL;
	if (asprintf(&path, "%s/ready/%s/%s.yaml", data, ready->name, ready->name) < 0)
		abort(); /* out of memory, as everywhere */
	g_free(data);
	return path;
}
