/* sources.c - see sources.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sources.h"

#include <glib.h> /* last: it redefines MIN and MAX quietly, base.h would not */

enum { MOST_INPUT_BYTES = 64 << 20 };

static const char *text_at(const struct doc_node *node, const char *key)
{
	const struct doc_node *value = doc_get(node, key);
	return value && value->kind == DOC_SCALAR ? value->text : "";
}

static bool has_suffix(const char *text, const char *suffix)
{
	size_t length = strlen(text), end = strlen(suffix);
	return length >= end && strcmp(text + length - end, suffix) == 0;
}

const char *sources_path(struct sources *sources, const char *name)
{
	return name[0] == '/' ? name : arena_printf(sources->arena, "%s%s", sources->folder, name);
}

const struct input_file *sources_read(struct sources *sources, const char *path, struct diag_place place)
{
	struct error error;
	char *bytes;
	size_t length;
	if (!doc_read_file(path, MOST_INPUT_BYTES, &bytes, &length, &error)) {
		diag_add(sources->diags, DIAG_ERROR, place, NULL, "%s", error.text);
		return NULL;
	}
	struct input_file *input = VEC_PUSH(&sources->inputs);
	input->path = arena_text(sources->arena, path, strlen(path));
	input->bytes = arena_text(sources->arena, bytes, length);
	input->length = length;
	free(bytes);
	return input;
}

/* The documents of a file; those before a syntax error count. */
static struct doc_node **parse_input(struct sources *sources, const struct input_file *input, uint32_t *ret_count)
{
	struct doc_node **documents = NULL;
	uint32_t count = 0;
	if (has_suffix(input->path, ".json")) {
		documents = ARENA_ARRAY(sources->arena, struct doc_node *, 1);
		count = doc_parse_json(sources->arena, input->path, input->bytes, input->length, NULL, sources->diags, documents);
	} else if (!doc_parse_yaml(sources->arena, input->path, input->bytes, input->length, NULL, sources->diags, &documents,
	                           &count) &&
	           !documents) {
		count = 0;
	}
	*ret_count = count;
	return documents;
}

static void add_document(struct sources *sources, struct doc_node *root, const char *cluster)
{
	const struct doc_node *metadata = doc_get(root, "metadata");
	*VEC_PUSH(&sources->documents) = (struct document){
	    .root = root,
	    .kind = text_at(root, "kind"),
	    .namespace_name = text_at(metadata, "namespace"),
	    .name = text_at(metadata, "name"),
	    .cluster = cluster,
	};
}

/* A document of somebody else's kind; a List, as kubectl prints it, stands for its items. */
static void take_kube(struct sources *sources, struct doc_node *root, const char *cluster)
{
	const struct doc_node *items = doc_get(root, "items");
	if (strcmp(text_at(root, "kind"), "") == 0)
		diag_add(sources->diags, DIAG_ERROR, root->place, NULL, "a document without a kind");
	else if (strcmp(text_at(root, "kind"), "List") != 0)
		add_document(sources, root, cluster);
	else if (items && items->kind == DOC_SEQUENCE)
		for (uint32_t i = 0; i < items->count; i++)
			take_kube(sources, items->items[i], cluster);
}

static void take_unknown_kind(struct sources *sources, const struct doc_node *root)
{
	const char *kind = text_at(root, "kind");
	const struct doc_node *at = doc_get(root, "kind");
	struct diag_place place = at ? at->place : root->place;
	for (const char *const *reserved = reserved_kinds; *reserved; reserved++)
		if (strcmp(*reserved, kind) == 0) {
			diag_add(sources->diags, DIAG_ERROR, place, "leave it out", "kind %s: reserved, not simulated yet", kind);
			return;
		}
	diag_add(sources->diags, DIAG_ERROR, place, "the kind of " SCENARIO_API " is Scenario", "unknown kind \"%s\"", kind);
}

static void take_own(struct sources *sources, struct doc_node *root)
{
	const char *api = text_at(root, "apiVersion");
	if (strcmp(api, SCENARIO_API) != 0)
		diag_add(sources->diags, DIAG_ERROR, doc_get(root, "apiVersion")->place, "write " SCENARIO_API,
		         "unknown version \"%s\"", api);
	else if (strcmp(text_at(root, "kind"), "Scenario") != 0)
		take_unknown_kind(sources, root);
	else if (sources->scenario)
		diag_add(sources->diags, DIAG_ERROR, root->place, NULL, "a second Scenario; the first stands in line %u",
		         sources->scenario->place.line);
	else
		sources->scenario = root;
}

static void take_document(struct sources *sources, struct doc_node *root, const char *cluster)
{
	const char *api = text_at(root, "apiVersion");
	if (root->kind != DOC_MAPPING)
		diag_add(sources->diags, DIAG_ERROR, root->place, NULL, "a document must be a mapping, not a %s",
		         doc_type_name(root));
	else if (strncmp(api, "berth.dev/", strlen("berth.dev/")) != 0)
		take_kube(sources, root, cluster);
	else if (cluster)
		diag_add(sources->diags, DIAG_ERROR, root->place, NULL, "a %s document in an included file", text_at(root, "kind"));
	else
		take_own(sources, root);
}

static void take_file(struct sources *sources, const char *path, const char *cluster, struct diag_place place)
{
	const struct input_file *input = sources_read(sources, path, place);
	if (!input)
		return;
	uint32_t count;
	struct doc_node **documents = parse_input(sources, input, &count);
	for (uint32_t i = 0; i < count; i++)
		take_document(sources, documents[i], cluster);
}

bool sources_open(struct sources *sources, const char *file)
{
	const char *slash = strrchr(file, '/');
	sources->file = arena_text(sources->arena, file, strlen(file));
	sources->folder = slash ? arena_text(sources->arena, file, (size_t)(slash - file) + 1) : "";
	take_file(sources, sources->file, NULL, (struct diag_place){sources->file, 0, 0});
	if (!sources->scenario && diags_count(sources->diags, DIAG_ERROR) == 0)
		diag_add(sources->diags, DIAG_ERROR, (struct diag_place){sources->file, 0, 0},
		         "a scenario begins with apiVersion: " SCENARIO_API " and kind: Scenario", "no Scenario in this file");
	return sources->scenario != NULL;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_manifest(const char *name)
{
	return has_suffix(name, ".yaml") || has_suffix(name, ".yml") || has_suffix(name, ".json");
}

/* Names of the manifests in a folder, sorted: what the file system returns first decides nothing. */
static const char **list_folder(struct sources *sources, GDir *dir, uint32_t *ret_count)
{
	struct {
		VEC_FIELDS(const char *);
	} names = {0};
	for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir))
		if (is_manifest(name))
			*VEC_PUSH(&names) = arena_text(sources->arena, name, strlen(name));
	if (names.count)
		qsort(names.items, names.count, sizeof *names.items, compare_names);
	const char **list = arena_copy(sources->arena, names.items, sizeof *names.items * names.count);
	*ret_count = names.count;
	VEC_FREE(&names);
	return list;
}

static void take_folder(struct sources *sources, const char *path, const char *cluster, struct diag_place place)
{
	GError *failure = NULL;
	GDir *dir = g_dir_open(path, 0, &failure);
	if (!dir) {
		diag_add(sources->diags, DIAG_ERROR, place, NULL, "%s", failure->message);
		g_error_free(failure);
		return;
	}
	uint32_t count;
	const char **names = list_folder(sources, dir, &count);
	g_dir_close(dir);
	if (count == 0)
		diag_add(sources->diags, DIAG_ERROR, place, NULL, "no *.yaml, *.yml or *.json in %s", path);
	const char *separator = has_suffix(path, "/") ? "" : "/";
	for (uint32_t i = 0; i < count; i++)
		take_file(sources, arena_printf(sources->arena, "%s%s%s", path, separator, names[i]), cluster, place);
}

void sources_include(struct sources *sources, const struct spec_cluster *cluster)
{
	const struct doc_node *list = doc_get(cluster->node, "include");
	for (uint32_t i = 0; i < cluster->n_include; i++) {
		const char *path = sources_path(sources, cluster->include[i]);
		struct diag_place place = list->items[MIN(i, list->count - 1)]->place;
		struct stat status;
		uint32_t before = diags_count(sources->diags, DIAG_ERROR);
		if (stat(path, &status) != 0)
			diag_add(sources->diags, DIAG_ERROR, place, NULL, "include %s: %s", path, strerror(errno));
		else if (S_ISDIR(status.st_mode))
			take_folder(sources, path, cluster->name, place);
		else
			take_file(sources, path, cluster->name, place);
		sources->incomplete |= diags_count(sources->diags, DIAG_ERROR) > before;
	}
}

void sources_close(struct sources *sources)
{
	VEC_FREE(&sources->documents);
	VEC_FREE(&sources->inputs);
}
