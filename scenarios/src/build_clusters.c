/* build_clusters.c - clusters: Kueue's configuration, nodes and initial workloads out of their documents, and what the
 * scenario says of them itself. */
#include <string.h>

#include "build.h"
#include "scenarios/scenario.h"
#include "settings.h"
#include "world/kube/decode.h"

static struct kube_options kube_options(struct build *build, const struct cluster *cluster)
{
	struct kube_options options = {
	    .epoch_unix_s = build->world->epoch_unix_s,
	    .allow_unmodelled = build->options->allow_unmodelled,
	    .default_class = strcmp(kueue_profile_for(cluster->kueue_version), "0.19") != 0,
	};
	if (!kueue_profile_gates(kueue_profile_for(cluster->kueue_version), &options.gates))
		options.gates = 0;
	return options;
}

static bool belongs(const struct build *build, const struct document *document, const char *cluster)
{
	const char *name = document->cluster ? document->cluster : build->only_cluster;
	return name && strcmp(name, cluster) == 0;
}

/* Decodes the documents of a cluster; `roots` stand beside sources->documents, NULL: as read. */
static const struct kueue_config *decode_documents(struct build *build, const struct cluster *cluster,
                                                   struct doc_node *const *roots, struct diags *diags,
                                                   struct kube_objects *ret_objects)
{
	const struct sources *sources = build->sources;
	const struct kube_options options = kube_options(build, cluster);
	const char *name = names_text(build->names, cluster->name);
	struct kueue_builder *builder = kueue_builder_create(build->arena, build->names);
	struct kube_decoder *decoder = kube_decoder_create(build->arena, build->names, builder, &options, diags);
	for (uint32_t i = 0; i < sources->documents.count; i++)
		if (belongs(build, &sources->documents.items[i], name))
			kube_decode(decoder, roots ? roots[i] : sources->documents.items[i].root);
	kube_decoder_finish(decoder, ret_objects);
	kube_decoder_destroy(decoder);
	const struct kueue_config *kueue = kueue_build(builder, true, diags);
	kueue_builder_destroy(builder);
	return kueue;
}

/* Did a setting write what stands there? `set` is the mapping of a change, NULL for those of the command line. */
static bool was_set(const struct doc_node *set, struct diag_place place)
{
	if (!set)
		return place.file && strncmp(place.file, SET_PLACE, strlen(SET_PLACE)) == 0;
	for (uint32_t i = 0; i < set->count; i++) {
		const struct diag_place *value = &set->pairs[i].value->place;
		if (value->line == place.line && value->column == place.column && strcmp(value->file, place.file) == 0)
			return true;
	}
	return false;
}

/* The configuration as it is at the start. Unknown fields of upstream documents are warnings; one that the user has asked
 * to set is an error: it would be without effect. */
static const struct kueue_config *decode_first(struct build *build, const struct cluster *cluster,
                                               struct kube_objects *ret_objects)
{
	struct diags *diags = diags_create();
	const struct kueue_config *kueue = decode_documents(build, cluster, NULL, diags, ret_objects);
	uint32_t count;
	const struct diag *items = diags_sorted(diags, &count);
	for (uint32_t i = 0; i < count; i++)
		diag_add(build->diags, was_set(NULL, items[i].place) ? DIAG_ERROR : items[i].severity, items[i].place,
		         items[i].suggestion, "%s", items[i].text);
	diags_destroy(diags);
	return kueue;
}

const struct kueue_config *build_changed_config(struct build *build, uint32_t cluster, struct doc_node *const *roots,
                                                const struct doc_node *set)
{
	struct kube_objects objects;
	if (!build->clusters[cluster].kueue)
		return NULL;
	struct diags *diags = diags_create();
	const struct kueue_config *kueue = decode_documents(build, &build->clusters[cluster], roots, diags, &objects);
	uint32_t count;
	const struct diag *items = diags_sorted(diags, &count);
	bool good = true;
	for (uint32_t i = 0; i < count; i++) { /* warnings were given for the documents as they stand */
		if (items[i].severity != DIAG_ERROR && !was_set(set, items[i].place))
			continue;
		good = false;
		diag_add(build->diags, DIAG_ERROR, set->place, items[i].suggestion, "after this change: %s", items[i].text);
	}
	diags_destroy(diags);
	return good ? kueue : NULL;
}

static struct control_plane build_control_plane(const struct spec_control_plane *spec, const struct kube_objects *objects)
{
	struct control_plane plane = {
	    .pass_base_us = spec->pass_base_us,
	    .pass_per_head_us = spec->pass_per_head_us,
	    .api_qps = spec->api_qps,
	    .api_burst = (int32_t)spec->api_burst,
	    .write_latency_us = spec->write_latency_us,
	    .watch_delay_us = spec->watch_delay_us,
	    .pod_creation_us = spec->pod_creation_us,
	    .job_status_us = spec->job_status_us,
	};
	if (!doc_get(spec->node, "apiQPS") && objects->api_qps > 0)
		plane.api_qps = objects->api_qps;
	if (!doc_get(spec->node, "apiBurst") && objects->api_burst > 0)
		plane.api_burst = objects->api_burst;
	return plane;
}

/* What nodes are scored by, each resource once. */
static void build_scoring(struct build *build, const struct spec_placement *spec, struct cluster *cluster)
{
	struct score_resource *resources = ARENA_ARRAY(build->arena, struct score_resource, spec->n_resources);
	for (uint32_t i = 0; i < spec->n_resources; i++) {
		name_id name = names_intern(build->names, spec->resources[i].name);
		resources[i] = (struct score_resource){name, (int32_t)spec->resources[i].weight};
		for (uint32_t k = 0; k < i; k++)
			if (resources[k].resource == name)
				diag_add(build->diags, DIAG_ERROR, field_place(spec->resources[i].node, "name"), NULL,
				         "resource \"%s\" is listed twice", spec->resources[i].name);
	}
	cluster->score_resources = resources;
	cluster->n_score_resources = spec->n_resources;
}

static void build_checks(struct build *build, const struct spec_cluster *spec, struct cluster *cluster)
{
	struct check_model *checks = ARENA_ARRAY(build->arena, struct check_model, spec->n_checks);
	for (uint32_t i = 0; i < spec->n_checks; i++) {
		const struct spec_check *check = &spec->checks[i];
		checks[i] = (struct check_model){
		    .name = names_intern(build->names, check->name),
		    .ready_after = check->ready_after,
		    .retry_share = check->retry_share,
		    .reject_share = check->reject_share,
		    .retry_after_us = check->retry_after_us,
		    .retry_limit = (int32_t)check->retry_limit,
		};
		if (check->retry_share + check->reject_share > 1)
			diag_add(build->diags, DIAG_ERROR, field_place(check->node, "rejectShare"), NULL,
			         "admission check \"%s\": retryShare and rejectShare add up to more than 1", check->name);
		for (uint32_t k = 0; k < i; k++)
			if (checks[k].name == checks[i].name)
				diag_add(build->diags, DIAG_ERROR, field_place(check->node, "name"), NULL,
				         "admission check \"%s\" is listed twice", check->name);
	}
	cluster->checks = checks;
	cluster->n_checks = spec->n_checks;
}

static void check_version(struct build *build, const struct spec_cluster *spec, struct cluster *cluster)
{
	const char *differences[KUEUE_MOST_DIFFERENCES];
	uint32_t count = kueue_version_differences(spec->kueue_version, differences);
	cluster->kueue_version_known = kueue_profile_is(spec->kueue_version);
	if (cluster->kueue_version_known)
		return;
	const char *text = arena_printf(build->arena, "the rules of Kueue %s are not known here; those of %s are used",
	                                spec->kueue_version, kueue_profile_for(spec->kueue_version));
	for (uint32_t i = 0; i < count; i++)
		text = arena_printf(build->arena, "%s%s %s", text, i ? ";" : ". Known differences:", differences[i]);
	diag_add(build->diags, DIAG_WARNING, field_place(spec->node, "kueueVersion"), NULL, "%s", text);
}

/* What the documents of all clusters leave for the world. */
struct gathered {
	struct {
		VEC_FIELDS(struct initial_workload);
	} workloads;
	struct {
		VEC_FIELDS(struct job_shape);
	} shapes;
};

static void gather(struct build *build, struct gathered *gathered, uint32_t cluster, const struct kube_objects *objects)
{
	uint32_t first_shape = gathered->shapes.count;
	for (uint32_t i = 0; i < objects->n_shapes; i++)
		*VEC_PUSH(&gathered->shapes) = objects->shapes[i];
	for (uint32_t i = 0; i < objects->n_workloads; i++) {
		struct initial_workload *workload = VEC_PUSH(&gathered->workloads);
		*workload = objects->workloads[i];
		workload->cluster = cluster;
		workload->job.shape += first_shape;
	}
	for (uint32_t i = 0; i < objects->n_not_modelled; i++)
		*VEC_PUSH(&build->banner) = objects->not_modelled[i];
}

static void build_cluster(struct build *build, const struct spec_cluster *spec, uint32_t index, struct gathered *gathered)
{
	struct cluster *cluster = &build->clusters[index];
	struct kube_objects *objects = &build->objects[index];
	*cluster = (struct cluster){
	    .name = intern_optional(build, spec->name),
	    .policy = (enum policy_kind)spec->scheduler.policy,
	    .kueue_version = spec->kueue_version,
	    .score = (enum placement_score)spec->placement.score,
	    .start_latency = {spec->start_latency.cached, spec->start_latency.image_pull, spec->start_latency.cached_share},
	    .termination_grace = spec->termination_grace,
	};
	build_scoring(build, &spec->placement, cluster);
	build_checks(build, spec, cluster);
	check_version(build, spec, cluster);
	cluster->kueue = decode_first(build, cluster, objects);
	cluster->control_plane = build_control_plane(&spec->control_plane, objects);
	cluster->default_requests = objects->default_requests;
	cluster->n_default_requests = objects->n_default_requests;
	cluster->limits = objects->limits;
	build_pools(build, spec, cluster, objects->pools, objects->n_pools);
	gather(build, gathered, index, objects);
}

/* With several clusters nobody could say whose a document of the scenario file is. */
static void check_homeless(struct build *build)
{
	for (uint32_t i = 0; i < build->sources->documents.count; i++) {
		const struct document *document = &build->sources->documents.items[i];
		if (!document->cluster && build->spec->n_clusters > 1)
			diag_add(build->diags, DIAG_ERROR, document->root->place, "put it into a file that one cluster includes",
			         "%s \"%s\": with several clusters it is not clear whose this is", document->kind, document->name);
	}
}

void build_clusters(struct build *build)
{
	const struct spec *spec = build->spec;
	uint32_t count = spec->n_clusters;
	struct gathered gathered = {0};
	struct named *order = ARENA_ARRAY(build->arena, struct named, count);
	build->clusters = ARENA_ARRAY(build->arena, struct cluster, count);
	build->objects = ARENA_ARRAY(build->arena, struct kube_objects, count);
	build->world->clusters = build->clusters;
	build->world->n_clusters = count;
	check_homeless(build);
	for (uint32_t i = 0; i < count; i++) {
		const struct spec_cluster *cluster = &spec->clusters[i];
		order[i] = (struct named){cluster->name ? cluster->name : "", field_place(cluster->node, "name"), i};
	}
	sort_named(build, order, count, "cluster");
	for (uint32_t i = 0; i < count; i++)
		build_cluster(build, &spec->clusters[order[i].index], i, &gathered);
	struct world *world = build->world;
	world->initial =
	    arena_copy(build->arena, gathered.workloads.items, sizeof *gathered.workloads.items * gathered.workloads.count);
	world->n_initial = gathered.workloads.count;
	world->initial_shapes =
	    arena_copy(build->arena, gathered.shapes.items, sizeof *gathered.shapes.items * gathered.shapes.count);
	world->n_initial_shapes = gathered.shapes.count;
	VEC_FREE(&gathered.workloads);
	VEC_FREE(&gathered.shapes);
}
