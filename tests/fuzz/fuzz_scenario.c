/* fuzz_scenario.c - any bytes as a scenario file, through the whole loader: a world that hangs together, or errors that each
 * have a place. Lines that begin with "#set " are given as --set too. */
#include <string.h>

#include "fuzz_dist.h"
#include "fuzz_file.h"
#include "scenarios/scenario.h"

enum { MOST_SETTINGS = 4, LONGEST_SETTING = 200 };

struct settings {
	char texts[MOST_SETTINGS][LONGEST_SETTING];
	const char *list[MOST_SETTINGS];
	uint32_t count;
};

static void find_settings(const char *text, size_t length, struct settings *settings)
{
	const char *end = text + length;
	for (const char *line = text; line < end && settings->count < MOST_SETTINGS;) {
		const char *newline = memchr(line, '\n', (size_t)(end - line)), *stop = newline ? newline : end;
		size_t size = (size_t)(stop - line);
		if (size > 5 && size - 5 < LONGEST_SETTING && memcmp(line, "#set ", 5) == 0) {
			char *copy = settings->texts[settings->count];
			memcpy(copy, line + 5, size - 5);
			copy[size - 5] = '\0';
			settings->list[settings->count++] = copy;
		}
		line = stop + 1;
	}
}

static void check_generator(const struct world *world, const struct generator *generator)
{
	fuzz_require(generator->cluster < world->n_clusters && generator->n_pod_sets > 0);
	fuzz_check_dist(&generator->run_time);
	if (generator->burst.kind != DIST_NONE)
		fuzz_check_dist(&generator->burst);
	if (generator->interarrival.kind != DIST_NONE)
		fuzz_check_dist(&generator->interarrival);
	for (uint32_t i = 0; i < generator->n_pod_sets; i++) {
		fuzz_check_dist(&generator->pod_sets[i].count);
		for (uint32_t j = 0; j < generator->pod_sets[i].n_requests; j++)
			fuzz_check_dist(&generator->pod_sets[i].requests[j].amount);
	}
}

static void check_world(const struct world *world)
{
	fuzz_require(world->duration_us > 0 && world->warmup_us >= 0 && world->warmup_us < world->duration_us);
	for (uint32_t i = 0; i < world->n_clusters; i++)
		fuzz_require(world->clusters[i].kueue != NULL);
	for (uint32_t i = 0; i < world->n_generators; i++)
		check_generator(world, &world->generators[i]);
	for (uint32_t i = 0; i < world->n_initial; i++)
		fuzz_require(world->initial[i].cluster < world->n_clusters && world->initial[i].job.shape < world->n_initial_shapes);
	for (uint32_t i = 0; i < world->n_changes; i++) {
		fuzz_require(world->changes[i].at_us >= 0 && world->changes[i].cluster < world->n_clusters);
		fuzz_require(i == 0 || world->changes[i - 1].at_us <= world->changes[i].at_us);
	}
}

static void check_problems(struct diags *diags)
{
	uint32_t count;
	const struct diag *problems = diags_sorted(diags, &count);
	for (uint32_t i = 0; i < count; i++)
		fuzz_require(problems[i].place.file && problems[i].text[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct settings settings = {.count = 0};
	struct fuzz_file file = fuzz_file_create(bytes, length);
	struct diags *diags = diags_create();
	find_settings((const char *)bytes, length, &settings);
	struct scenario_options options = {.set = settings.list, .n_set = settings.count, .allow_unmodelled = length % 2 == 0};
	struct world *world = scenario_load(file.path, &options, diags);
	fuzz_require((world == NULL) == (diags_count(diags, DIAG_ERROR) > 0));
	if (world)
		check_world(world);
	check_problems(diags);
	world_destroy(world);
	diags_destroy(diags);
	fuzz_file_close(&file);
	return 0;
}
