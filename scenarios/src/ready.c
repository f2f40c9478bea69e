/* ready.c - the scenarios that come with the program. */
#include <stdlib.h>
#include <string.h>

#include "scenarios/scenario.h"

/* Questions repeat those in the files; a test compares them. */
#define READY(name, question)                                                                                               \
	{                                                                                                                       \
		name, question, BERTH_READY_DIR "/" name "/" name ".yaml"                                                           \
	}

static const struct ready_scenario ready[] = {
    READY("five-minutes", "How long does team-a wait on 64 A100s?"),
    READY("two-teams", "Does lending idle quota help vision without making nlp wait for its own GPUs?"),
    READY("preemption-storm", "How many GPU-hours do preemption storms throw away, and how large do the storms get?"),
    READY("easy-backfill", "How long do small and large jobs wait under EASY backfill on 128 GPUs?"),
    READY("estate-2026", "Do 16 more H100 nodes in July keep prod p95 wait under 30m, and at what cost?"),
    READY("philly-quarter",
          "How long do the jobs of each virtual cluster wait when virtual clusters lend each other what they do not use?"),
};

const struct ready_scenario *scenario_ready(uint32_t *ret_count)
{
	*ret_count = ARRAY_COUNT(ready);
	return ready;
}

const struct ready_scenario *scenario_find_ready(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(ready); i++)
		if (strcmp(ready[i].name, name) == 0)
			return &ready[i];
	return NULL;
}
