/* load.c - scenario files into a world (scenario.h): read, set, decode, build, check; every problem in one pass.
 *
 * Later steps run on what earlier ones could read, so that one run of the loader shows all that is wrong; only the checks
 * of the world as a whole wait until nothing is. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build.h"
#include "scenarios/scenario.h"
#include "settings.h"

#include <glib.h> /* last: it redefines MIN and MAX quietly, base.h would not */

static void apply_own_settings(struct sources *sources, const struct setting *settings, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (setting_is_own(&settings[i]))
			setting_apply_own(sources, &settings[i]);
}

static void apply_kube_settings(struct sources *sources, const struct setting *settings, uint32_t count,
                                const char *only_cluster)
{
	uint32_t document;
	for (uint32_t i = 0; i < count; i++)
		if (!setting_is_own(&settings[i]) && setting_find(sources, &settings[i], only_cluster, &document))
			setting_apply(sources, &settings[i], sources->documents.items[document].root);
}

static const struct setting *parse_settings(struct sources *sources, const struct scenario_options *options,
                                            uint32_t *ret_count)
{
	struct setting *settings = ARENA_ARRAY(sources->arena, struct setting, options->n_set);
	uint32_t count = 0;
	for (uint32_t i = 0; i < options->n_set; i++)
		if (setting_parse(sources, options->set[i], &settings[count]))
			count++;
	*ret_count = count;
	return settings;
}

static const struct spec_document *decode_scenario(struct sources *sources)
{
	struct spec_document *document = ARENA_NEW(sources->arena, struct spec_document);
	struct decoder decoder = {.arena = sources->arena, .diags = sources->diags};
	decode_object(&decoder, &scenario_type, sources->scenario, document);
	return document;
}

static void name_world(struct build *build, const struct spec_document *document)
{
	struct world *world = build->world;
	world->name = intern_optional(build, document->metadata.name);
	world->question = document->spec.question;
	world->file = build->sources->file;
}

static void finish_world(struct build *build)
{
	struct world *world = build->world;
	struct sources *sources = build->sources;
	world->inputs = arena_copy(build->arena, sources->inputs.items, sizeof *sources->inputs.items * sources->inputs.count);
	world->n_inputs = sources->inputs.count;
	world->not_modelled = arena_copy(build->arena, build->banner.items, sizeof *build->banner.items * build->banner.count);
	world->n_not_modelled = build->banner.count;
}

static void build_world(struct build *build)
{
	build_time(build);
	build_clusters(build);
	build_money(build);
	build_jobs(build);
	build_traces(build);
	build_thresholds(build);
	build_changes(build);
	if (diags_count(build->diags, DIAG_ERROR) == 0) {
		check_world(build);
		check_policies(build);
	}
	finish_world(build);
}

static void load_into(struct world *world, const char *file, const struct scenario_options *options, struct diags *diags)
{
	struct sources sources = {.arena = world->arena, .diags = diags};
	if (sources_open(&sources, file)) {
		uint32_t n_settings;
		const struct setting *settings = parse_settings(&sources, options, &n_settings);
		apply_own_settings(&sources, settings, n_settings);
		const struct spec_document *document = decode_scenario(&sources);
		const struct spec *spec = &document->spec;
		for (uint32_t i = 0; i < spec->n_clusters; i++)
			sources_include(&sources, &spec->clusters[i]);
		struct build build = {
		    .arena = world->arena,
		    .names = world->names,
		    .diags = diags,
		    .sources = &sources,
		    .spec = spec,
		    .options = options,
		    .world = world,
		    .only_cluster = spec->n_clusters == 1 ? spec->clusters[0].name : NULL,
		};
		apply_kube_settings(&sources, settings, n_settings, build.only_cluster);
		name_world(&build, document);
		build_world(&build);
		VEC_FREE(&build.banner);
	}
	sources_close(&sources);
}

/* A file, or the name of a ready scenario; NULL after reporting a word that is neither. */
static const char *find_file(const char *file, struct arena *arena, struct diags *diags)
{
	const struct ready_scenario *ready = scenario_find_ready(file), *nearest = scenario_nearest_ready(file);
	if (ready) {
		char *found = scenario_ready_path(ready);
		const char *path = arena_text(arena, found, strlen(found));
		free(found);
		return path;
	}
	if (strchr(file, '/') || access(file, F_OK) == 0)
		return file;
	const char *all = "berth scenarios lists those that are ready";
	diag_add(diags, DIAG_ERROR, (struct diag_place){file, 0, 0},
	         nearest ? arena_printf(arena, "did you mean \"%s\"? %s", nearest->name, all) : all,
	         "there is no such file, and no ready scenario of that name");
	return NULL;
}

struct world *scenario_load(const char *file, const struct scenario_options *options, struct diags *diags)
{
	uint32_t before = diags_count(diags, DIAG_ERROR);
	struct arena *arena = arena_create(0);
	struct world *world = ARENA_NEW(arena, struct world);
	world->arena = arena;
	world->names = names_create();
	const char *path = find_file(file, arena, diags);
	if (path)
		load_into(world, path, options, diags);
	if (diags_count(diags, DIAG_ERROR) > before) {
		world_destroy(world);
		world = NULL;
	}
	return world;
}

void world_destroy(struct world *world)
{
	if (!world)
		return;
	names_destroy(world->names);
	arena_destroy(world->arena); /* the world itself lives in it */
}
