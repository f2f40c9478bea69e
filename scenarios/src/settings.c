/* settings.c - see settings.h. */
#include <string.h>

#include "settings.h"

static bool refuse(struct sources *sources, const struct setting *setting, const char *suggestion, const char *text)
{
	diag_add(sources->diags, DIAG_ERROR, setting->place, suggestion, "%s", text);
	return false;
}

/* A value from the command line stands in no line of a file. */
static void place_all(struct doc_node *node, struct diag_place place)
{
	node->place = place;
	for (uint32_t i = 0; i < node->count; i++) {
		if (node->kind == DOC_SEQUENCE)
			place_all(node->items[i], place);
		if (node->kind != DOC_MAPPING)
			continue;
		node->pairs[i].place = place;
		place_all(node->pairs[i].value, place);
	}
}

static bool parse_value(struct sources *sources, const char *text, struct setting *setting)
{
	struct doc_node **documents;
	uint32_t count;
	if (!doc_parse_yaml(sources->arena, setting->place.file, text, strlen(text), NULL, sources->diags, &documents, &count))
		return false;
	if (count > 1)
		return refuse(sources, setting, NULL, "more than one value");
	setting->value = count ? documents[0] : ARENA_NEW(sources->arena, struct doc_node);
	place_all(setting->value, setting->place);
	return true;
}

bool setting_parse(struct sources *sources, const char *text, struct setting *ret_setting)
{
	struct error error;
	struct setting setting = {.place.file = arena_printf(sources->arena, SET_PLACE "%s", text)};
	const char *equals = strchr(text, '=');
	if (!equals)
		return refuse(sources, &setting, NULL, "expected KIND/[CLUSTER/]NAME:path=value");
	const char *left = arena_text(sources->arena, text, (size_t)(equals - text));
	if (!target_parse(sources->arena, left, &setting.target, &error))
		return refuse(sources, &setting, NULL, error.text);
	if (!parse_value(sources, equals + 1, &setting))
		return false;
	*ret_setting = setting;
	return true;
}

static const char *const own_kinds[] = {"Scenario", "Cluster", "NodePool", "Generator", "Tenant"};

bool setting_is_own(const struct setting *setting)
{
	for (size_t i = 0; i < ARRAY_COUNT(own_kinds); i++)
		if (strcmp(setting->target.kind, own_kinds[i]) == 0)
			return true;
	return false;
}

static struct doc_node *child(const struct doc_node *node, const char *key)
{
	for (uint32_t i = 0; node && node->kind == DOC_MAPPING && i < node->count; i++)
		if (strcmp(node->pairs[i].key, key) == 0)
			return node->pairs[i].value;
	return NULL;
}

static const char *name_of(const struct doc_node *node)
{
	const struct doc_node *name = doc_get(node, "name");
	return name && name->kind == DOC_SCALAR ? name->text : "";
}

/* The item of a list by name; NULL after reporting. */
static struct doc_node *find_item(struct sources *sources, const struct setting *setting, const struct doc_node *list,
                                  const char *what, const char *name)
{
	const char *names[64];
	uint32_t count = list && list->kind == DOC_SEQUENCE ? list->count : 0;
	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(name_of(list->items[i]), name) == 0)
			return list->items[i];
		if (i < ARRAY_COUNT(names))
			names[i] = name_of(list->items[i]);
	}
	const char *nearest = diag_nearest(name, names, MIN(count, (uint32_t)ARRAY_COUNT(names)));
	diag_add(sources->diags, DIAG_ERROR, setting->place,
	         nearest ? arena_printf(sources->arena, "did you mean \"%s\"?", nearest) : NULL, "there is no %s \"%s\"", what,
	         name);
	return NULL;
}

/* The cluster that a setting names, or the only one. */
static struct doc_node *find_cluster(struct sources *sources, const struct setting *setting, const struct doc_node *spec)
{
	const struct doc_node *clusters = doc_get(spec, "clusters");
	if (setting->target.n_qualifiers > 0)
		return find_item(sources, setting, clusters, "Cluster", setting->target.qualifiers[0]);
	if (clusters && clusters->kind == DOC_SEQUENCE && clusters->count == 1)
		return clusters->items[0];
	refuse(sources, setting, "write NodePool/CLUSTER/NAME", "there is more than one cluster");
	return NULL;
}

static struct doc_node *find_own(struct sources *sources, const struct setting *setting)
{
	const char *kind = setting->target.kind, *name = setting->target.name;
	struct doc_node *spec = child(sources->scenario, "spec");
	if (strcmp(kind, "Scenario") == 0) {
		if (spec && (!*name || strcmp(name, name_of(doc_get(sources->scenario, "metadata"))) == 0))
			return spec;
		refuse(sources, setting, NULL, "the scenario has another name");
		return NULL;
	}
	if (strcmp(kind, "Cluster") == 0)
		return find_item(sources, setting, doc_get(spec, "clusters"), kind, name);
	if (strcmp(kind, "Tenant") == 0)
		return find_item(sources, setting, doc_get(spec, "tenants"), kind, name);
	if (strcmp(kind, "Generator") == 0)
		return find_item(sources, setting, doc_get(doc_get(spec, "workload"), "generators"), kind, name);
	struct doc_node *cluster = find_cluster(sources, setting, spec);
	return cluster ? find_item(sources, setting, doc_get(cluster, "nodePools"), kind, name) : NULL;
}

static bool set_at(struct sources *sources, const struct setting *setting, struct doc_node *root, const char *path)
{
	struct error error;
	return edit_set(sources->arena, root, path, setting->value, &error) || refuse(sources, setting, NULL, error.text);
}

bool setting_apply_own(struct sources *sources, const struct setting *setting)
{
	struct doc_node *root = find_own(sources, setting);
	return root && set_at(sources, setting, root, setting->target.path);
}

/* Kinds of Kubernetes whose fields stand at the top of the document. */
static bool has_no_spec(const char *kind)
{
	static const char *const kinds[] = {"WorkloadPriorityClass", "PriorityClass", "Namespace", "Configuration"};
	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	return false;
}

bool setting_apply(struct sources *sources, const struct setting *setting, struct doc_node *root)
{
	const char *path = setting->target.path;
	if (!has_no_spec(setting->target.kind))
		path = arena_printf(sources->arena, "spec%s%s", path[0] == '[' ? "" : ".", path);
	return set_at(sources, setting, root, path);
}

static bool qualifies(const struct document *document, const struct target *target, const char *only_cluster)
{
	const char *cluster = document->cluster ? document->cluster : only_cluster;
	for (uint32_t i = 0; i < target->n_qualifiers; i++) {
		bool is_cluster = cluster && strcmp(target->qualifiers[i], cluster) == 0;
		if (!is_cluster && strcmp(target->qualifiers[i], document->namespace_name) != 0)
			return false;
	}
	return true;
}

/* The name or kind that was probably meant. */
static const char *nearest_document(struct sources *sources, const struct target *target)
{
	const char *names[256], *kinds[256];
	uint32_t n_names = 0, n_kinds = 0;
	for (uint32_t i = 0; i < sources->documents.count && n_kinds < ARRAY_COUNT(kinds); i++) {
		const struct document *document = &sources->documents.items[i];
		kinds[n_kinds++] = document->kind;
		if (strcmp(document->kind, target->kind) == 0)
			names[n_names++] = document->name;
	}
	for (size_t i = 0; i < ARRAY_COUNT(own_kinds) && n_kinds < ARRAY_COUNT(kinds); i++)
		kinds[n_kinds++] = own_kinds[i];
	const char *nearest = n_names ? diag_nearest(target->name, names, n_names) : diag_nearest(target->kind, kinds, n_kinds);
	if (!nearest)
		return NULL;
	return n_names ? arena_printf(sources->arena, "did you mean %s/%s?", target->kind, nearest)
	               : arena_printf(sources->arena, "did you mean %s?", nearest);
}

bool setting_find(struct sources *sources, const struct setting *setting, const char *only_cluster, uint32_t *ret_document)
{
	const struct target *target = &setting->target;
	uint32_t found = NONE, matches = 0;
	for (uint32_t i = 0; i < sources->documents.count; i++) {
		const struct document *document = &sources->documents.items[i];
		if (strcmp(document->kind, target->kind) != 0 || (*target->name && strcmp(document->name, target->name) != 0) ||
		    !qualifies(document, target, only_cluster))
			continue;
		found = i;
		matches++;
	}
	if (matches > 1)
		return refuse(sources, setting, "put the cluster or the namespace before the name", "more than one object fits");
	if (matches == 0)
		return refuse(sources, setting, nearest_document(sources, target),
		              arena_printf(sources->arena, "there is no %s \"%s\"", target->kind, target->name));
	*ret_document = found;
	return true;
}
