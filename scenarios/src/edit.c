/* edit.c - see edit.h. */
#include <stdlib.h>
#include <string.h>

#include "edit.h"

static bool split_target(struct target *target, char *text)
{
	char *parts[4] = {text};
	uint32_t count = 0;
	for (char *part = text; part; count++) {
		if (count == ARRAY_COUNT(parts))
			return false;
		parts[count] = part;
		part = strchr(part, '/');
		if (part)
			*part++ = '\0';
	}
	*target = (struct target){.kind = parts[0], .name = count > 1 ? parts[count - 1] : ""};
	target->n_qualifiers = count > 2 ? count - 2 : 0;
	for (uint32_t i = 0; i < target->n_qualifiers; i++)
		target->qualifiers[i] = parts[i + 1];
	return true;
}

bool target_parse(struct arena *arena, const char *text, struct target *ret_target, struct error *error)
{
	const char *colon = strchr(text, ':');
	struct target target;
	if (!colon || colon == text || !colon[1] || !split_target(&target, arena_text(arena, text, (size_t)(colon - text))))
		return error_set(error, ERROR_BAD_INPUT, "\"%.80s\" is not KIND/[CLUSTER/]NAME:path", text);
	target.path = arena_text(arena, colon + 1, strlen(colon + 1));
	*ret_target = target;
	return true;
}

static void copy_children(struct arena *arena, struct doc_node *copy, const struct doc_node *node)
{
	if (node->kind == DOC_SEQUENCE) {
		copy->items = ARENA_ARRAY(arena, struct doc_node *, node->count);
		for (uint32_t i = 0; i < node->count; i++)
			copy->items[i] = edit_copy(arena, node->items[i]);
	} else if (node->kind == DOC_MAPPING) {
		copy->pairs = arena_copy(arena, node->pairs, sizeof *node->pairs * node->count);
		for (uint32_t i = 0; i < node->count; i++)
			copy->pairs[i].value = edit_copy(arena, node->pairs[i].value);
	}
}

struct doc_node *edit_copy(struct arena *arena, const struct doc_node *node)
{
	struct doc_node *copy = arena_copy(arena, node, sizeof *node);
	copy_children(arena, copy, node);
	return copy;
}

/* One step of a path: a field name, or what stands in brackets. */
struct step {
	const char *text;
	bool bracket;
};

/* Takes the next step off the path; false at the end or at a mistake (then *path is not at its end). */
static bool next_step(struct arena *arena, const char **path, bool first, struct step *ret_step)
{
	const char *at = *path;
	bool bracket = *at == '[';
	if (*at == '\0' || (!first && !bracket && *at != '.'))
		return false;
	if (bracket || !first)
		at++;
	size_t length = strcspn(at, bracket ? "]" : ".[");
	if (length == 0 || (bracket && at[length] != ']'))
		return false;
	*ret_step = (struct step){arena_text(arena, at, length), bracket};
	*path = at + length + bracket;
	return true;
}

static struct doc_pair *find_pair(struct doc_node *node, const char *key)
{
	for (uint32_t i = 0; i < node->count; i++)
		if (strcmp(node->pairs[i].key, key) == 0)
			return &node->pairs[i];
	return NULL;
}

static struct doc_pair *add_pair(struct arena *arena, struct doc_node *node, const char *key)
{
	struct doc_pair *pairs = ARENA_ARRAY(arena, struct doc_pair, node->count + 1);
	for (uint32_t i = 0; i < node->count; i++)
		pairs[i] = node->pairs[i];
	pairs[node->count] = (struct doc_pair){.key = key, .place = node->place};
	node->pairs = pairs;
	return &node->pairs[node->count++];
}

static const char *item_name(const struct doc_node *item)
{
	const struct doc_node *name = doc_get(item, "name");
	return name && name->kind == DOC_SCALAR ? name->text : "";
}

static bool no_item(const struct doc_node *list, const char *text, struct error *error)
{
	const char *names[64];
	uint32_t count = MIN(list->count, (uint32_t)ARRAY_COUNT(names));
	for (uint32_t i = 0; i < count; i++)
		names[i] = item_name(list->items[i]);
	const char *nearest = diag_nearest(text, names, count);
	if (nearest)
		return error_set(error, ERROR_BAD_INPUT, "no item [%s]; did you mean [%s]?", text, nearest);
	return error_set(error, ERROR_BAD_INPUT, "no item [%s] in a list of %u", text, list->count);
}

/* The place that holds a list's item. */
static bool step_into_list(struct doc_node *list, const struct step *step, struct doc_node ***ret_slot, struct error *error)
{
	if (!step->bracket)
		return error_set(error, ERROR_BAD_INPUT, "\"%s\" stands after a list; name one item in brackets", step->text);
	bool numeric = strspn(step->text, "0123456789") == strlen(step->text);
	uint64_t index = numeric ? strtoull(step->text, NULL, 10) : 0;
	for (uint32_t i = 0; i < list->count; i++) {
		if (numeric ? i != index : strcmp(item_name(list->items[i]), step->text) != 0)
			continue;
		*ret_slot = &list->items[i];
		return true;
	}
	return no_item(list, step->text, error);
}

/* The place that holds a mapping's value; made when absent and `create`. */
static bool step_into_mapping(struct arena *arena, struct doc_node *mapping, const struct step *step, bool create,
                              struct doc_node ***ret_slot, struct error *error)
{
	struct doc_pair *pair = find_pair(mapping, step->text);
	if (!pair && !create)
		return error_set(error, ERROR_BAD_INPUT, "there is no \"%s\"", step->text);
	if (!pair)
		pair = add_pair(arena, mapping, step->text);
	*ret_slot = &pair->value;
	return true;
}

static struct doc_node *empty_mapping(struct arena *arena, struct diag_place place)
{
	struct doc_node *node = ARENA_NEW(arena, struct doc_node);
	node->kind = DOC_MAPPING;
	node->place = place;
	return node;
}

static bool take_step(struct arena *arena, struct doc_node **slot, const struct step *step, bool create,
                      struct doc_node ***ret_slot, struct error *error)
{
	struct doc_node *node = *slot;
	if (node->kind == DOC_SEQUENCE)
		return step_into_list(node, step, ret_slot, error);
	if (node->kind == DOC_SCALAR)
		return error_set(error, ERROR_BAD_INPUT, "\"%s\" stands after a value that is no mapping", step->text);
	if (node->kind == DOC_NULL && create)
		node = *slot = empty_mapping(arena, node->place);
	if (node->kind == DOC_NULL)
		return error_set(error, ERROR_BAD_INPUT, "there is no \"%s\"", step->text);
	if (!step_into_mapping(arena, node, step, create, ret_slot, error))
		return false;
	if (!**ret_slot)
		**ret_slot = empty_mapping(arena, node->place);
	return true;
}

static bool walk(struct arena *arena, struct doc_node **root, const char *path, bool create, struct doc_node ***ret_slot,
                 struct error *error)
{
	struct doc_node **slot = root;
	const char *rest = path;
	struct step step;
	for (bool first = true; next_step(arena, &rest, first, &step); first = false)
		if (!take_step(arena, slot, &step, create, &slot, error))
			return error_wrap(error, "path \"%s\"", path);
	if (*rest)
		return error_set(error, ERROR_BAD_INPUT, "path \"%s\": cannot be read from \"%s\" on", path, rest);
	*ret_slot = slot;
	return true;
}

bool edit_set(struct arena *arena, struct doc_node *root, const char *path, struct doc_node *value, struct error *error)
{
	struct doc_node **slot, *top = root;
	if (!walk(arena, &top, path, true, &slot, error))
		return false;
	if (slot == &top)
		return error_set(error, ERROR_BAD_INPUT, "path \"%s\" names no field", path);
	*slot = value;
	return true;
}

struct doc_node *edit_find(struct arena *arena, struct doc_node *root, const char *path, struct error *error)
{
	struct doc_node **slot, *top = root;
	return walk(arena, &top, path, false, &slot, error) ? *slot : NULL;
}
