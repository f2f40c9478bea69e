/* build_changes.c - `changes:` of a scenario: each is applied to a copy of the documents, which are then decoded again, so
 * that a change is checked like anything the author wrote and the world holds complete new tables. */
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "settings.h"

/* The documents as they are after the changes so far, beside sources->documents. */
struct timeline {
	struct build *build;
	struct doc_node **roots;
	bool *dirty;        /* by cluster: its Kueue documents have changed at this instant */
	const char **texts; /* by cluster: what changed, for reports */
	struct {
		VEC_FIELDS(struct world_change);
	} changes;
};

static bool report(struct timeline *timeline, const struct setting *setting, const char *suggestion, const char *text)
{
	diag_add(timeline->build->diags, DIAG_ERROR, setting->place, suggestion, "%s", text);
	return false;
}

static uint32_t find_pool(const struct cluster *cluster, const struct names *names, const char *name)
{
	for (uint32_t i = 0; i < cluster->n_pools; i++)
		if (strcmp(names_text(names, cluster->pools[i].name), name) == 0)
			return i;
	return NONE;
}

static const char *suggest_pool(struct build *build, const struct cluster *cluster, const char *word)
{
	const char **names = ARENA_ARRAY(build->arena, const char *, cluster->n_pools);
	for (uint32_t i = 0; i < cluster->n_pools; i++)
		names[i] = names_text(build->names, cluster->pools[i].name);
	return suggest(build, word, names, cluster->n_pools);
}

/* "KIND/NAME:path=value", as in --set. */
static const char *change_text(struct timeline *timeline, const struct doc_pair *pair)
{
	const char *value = pair->value->kind == DOC_SCALAR ? pair->value->text : "...";
	return arena_printf(timeline->build->arena, "%s=%s", pair->key, value);
}

/* The only thing of a pool that changes in time is its size. */
static bool change_pool(struct timeline *timeline, const struct setting *setting, int64_t at_us, const char *text)
{
	static const struct field nodes_field = {.name = "nodes", .kind = &kind_integer, .max = 1e6};
	struct build *build = timeline->build;
	const struct target *target = &setting->target;
	if (strcmp(target->path, "nodes") != 0)
		return report(timeline, setting, NULL, "only \"nodes\" of a NodePool can change in time");
	uint32_t cluster = find_cluster(build, target->n_qualifiers ? target->qualifiers[0] : NULL, setting->place);
	if (cluster == NONE)
		return false;
	uint32_t pool = find_pool(&build->clusters[cluster], build->names, target->name);
	if (pool == NONE)
		return report(timeline, setting, suggest_pool(build, &build->clusters[cluster], target->name),
		              arena_printf(build->arena, "there is no NodePool \"%s\"", target->name));
	struct decoder decoder = {.arena = build->arena, .diags = build->diags};
	int64_t nodes = -1;
	(void)decode_push(&decoder, "spec.changes");
	decode_value(&decoder, &nodes_field, setting->value, &nodes);
	if (nodes >= 0)
		*VEC_PUSH(&timeline->changes) =
		    (struct world_change){.at_us = at_us, .cluster = cluster, .pool = pool, .nodes = (int32_t)nodes, .text = text};
	return nodes >= 0;
}

static bool may_change(const char *kind)
{
	static const char *const kinds[] = {"ResourceFlavor", "ClusterQueue",          "Cohort",
	                                    "LocalQueue",     "WorkloadPriorityClass", "Namespace"};
	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	return false;
}

static bool change_kube(struct timeline *timeline, const struct setting *setting, const char *text)
{
	struct build *build = timeline->build;
	struct sources *sources = build->sources;
	uint32_t document;
	if (setting_is_own(setting) || !may_change(setting->target.kind))
		return report(timeline, setting, "nodes of a NodePool and fields of Kueue's objects can",
		              arena_printf(build->arena, "a %s cannot change in time", setting->target.kind));
	if (!setting_find(sources, setting, build->only_cluster, &document))
		return false;
	const char *name = sources->documents.items[document].cluster;
	uint32_t cluster = find_cluster(build, name, setting->place);
	struct doc_node *copy = edit_copy(build->arena, timeline->roots[document]);
	if (cluster == NONE || !setting_apply(sources, setting, copy))
		return false;
	const char *before = timeline->texts[cluster];
	timeline->roots[document] = copy;
	timeline->texts[cluster] = timeline->dirty[cluster] ? arena_printf(build->arena, "%s; %s", before, text) : text;
	timeline->dirty[cluster] = true;
	return true;
}

/* New configurations of the clusters whose documents this change has touched. False when one of them is wrong. */
static bool add_configurations(struct timeline *timeline, int64_t at_us, const struct doc_node *set)
{
	struct build *build = timeline->build;
	bool good = true;
	for (uint32_t i = 0; i < build->world->n_clusters; i++) {
		if (!timeline->dirty[i])
			continue;
		timeline->dirty[i] = false;
		const struct kueue_config *kueue = build_changed_config(build, i, timeline->roots, set);
		if (kueue)
			*VEC_PUSH(&timeline->changes) = (struct world_change){
			    .at_us = at_us, .cluster = i, .kueue = kueue, .pool = NONE, .text = timeline->texts[i]};
		good &= kueue != NULL;
	}
	return good;
}

static void apply_setting(struct timeline *timeline, const struct doc_pair *pair, int64_t at_us)
{
	struct setting setting = {.value = pair->value, .place = pair->place};
	struct error error;
	const char *text = change_text(timeline, pair);
	if (!target_parse(timeline->build->arena, pair->key, &setting.target, &error))
		report(timeline, &setting, NULL, error.text);
	else if (strcmp(setting.target.kind, "NodePool") == 0)
		change_pool(timeline, &setting, at_us, text);
	else
		change_kube(timeline, &setting, text);
}

/* A change that turns out wrong is taken back, so that later ones are not blamed for it. */
static void apply_change(struct timeline *timeline, const struct spec_change *change)
{
	struct build *build = timeline->build;
	int64_t at_us = change->at_us - build->spec->time.start_us;
	struct doc_node **before =
	    arena_copy(build->arena, timeline->roots, sizeof *timeline->roots * build->sources->documents.count);
	for (uint32_t i = 0; i < change->set->count; i++)
		apply_setting(timeline, &change->set->pairs[i], at_us);
	if (!add_configurations(timeline, at_us, change->set))
		timeline->roots = before;
}

static bool within_period(struct build *build, const struct spec_change *change)
{
	const struct spec_time *time = &build->spec->time;
	struct diag_place place = field_place(change->node, "at");
	if (change->at_us < time->start_us)
		diag_add(build->diags, DIAG_ERROR, place, NULL, "spec.changes: before the start of the period");
	else if (change->at_us >= time->start_us + time->duration_us)
		diag_add(build->diags, DIAG_WARNING, place, NULL, "spec.changes: after the end of the period, never seen");
	return change->at_us >= time->start_us;
}

struct ordered_change {
	const struct spec_change *change;
	uint32_t index;
};

static int compare_changes(const void *a, const void *b)
{
	const struct ordered_change *x = a, *y = b;
	if (x->change->at_us != y->change->at_us)
		return x->change->at_us < y->change->at_us ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* By time; at one instant as written. */
static const struct ordered_change *order_changes(struct build *build)
{
	uint32_t count = build->spec->n_changes;
	struct ordered_change *order = ARENA_ARRAY(build->arena, struct ordered_change, count);
	for (uint32_t i = 0; i < count; i++)
		order[i] = (struct ordered_change){&build->spec->changes[i], i};
	if (count)
		qsort(order, count, sizeof *order, compare_changes);
	return order;
}

void build_changes(struct build *build)
{
	const struct sources *sources = build->sources;
	const struct ordered_change *order = order_changes(build);
	uint32_t n_documents = sources->documents.count, n_clusters = build->world->n_clusters;
	struct timeline timeline = {
	    .build = build,
	    .roots = ARENA_ARRAY(build->arena, struct doc_node *, n_documents),
	    .dirty = ARENA_ARRAY(build->arena, bool, n_clusters),
	    .texts = ARENA_ARRAY(build->arena, const char *, n_clusters),
	};
	for (uint32_t i = 0; i < n_documents; i++)
		timeline.roots[i] = sources->documents.items[i].root;
	for (uint32_t i = 0; i < build->spec->n_changes; i++)
		if (order[i].change->set && order[i].change->at_us && within_period(build, order[i].change)) /* 0: not read */
			apply_change(&timeline, order[i].change);
	build->world->changes =
	    arena_copy(build->arena, timeline.changes.items, sizeof *timeline.changes.items * timeline.changes.count);
	build->world->n_changes = timeline.changes.count;
	VEC_FREE(&timeline.changes);
}
