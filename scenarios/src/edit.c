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

static struct doc_pair *add_pair(struct arena *arena, struct doc_node *node, const char *key, struct diag_place place)
{
	struct doc_pair *pairs = ARENA_ARRAY(arena, struct doc_pair, node->count + 1);
	for (uint32_t i = 0; i < node->count; i++)
		pairs[i] = node->pairs[i];
	pairs[node->count] = (struct doc_pair){.key = key, .place = place};
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

static bool is_number(const char *text)
{
	return strspn(text, "0123456789") == strlen(text) && strlen(text) < 10;
}

/* The place that holds a list's item: by name, and else by index. */
static bool step_into_list(struct doc_node *list, const struct step *step, struct doc_node ***ret_slot, struct error *error)
{
	if (!step->bracket)
		return error_set(error, ERROR_BAD_INPUT, "\"%s\" stands after a list; name one item in brackets", step->text);
	uint32_t index = 0;
	while (index < list->count && strcmp(item_name(list->items[index]), step->text) != 0)
		index++;
	if (index == list->count && is_number(step->text))
		index = (uint32_t)strtoul(step->text, NULL, 10);
	if (index >= list->count)
		return no_item(list, step->text, error);
	*ret_slot = &list->items[index];
	return true;
}

static struct doc_node *empty_mapping(struct arena *arena, struct diag_place place)
{
	struct doc_node *node = ARENA_NEW(arena, struct doc_node);
	node->kind = DOC_MAPPING;
	node->place = place;
	return node;
}

/* The place below `slot` that the step leads to; made when a mapping lacks it, as if it stood at `place`. */
static bool take_step(struct arena *arena, struct doc_node **slot, const struct step *step, struct diag_place place,
                      struct doc_node ***ret_slot, struct error *error)
{
	struct doc_node *node = *slot;
	if (node->kind == DOC_SEQUENCE)
		return step_into_list(node, step, ret_slot, error);
	if (node->kind == DOC_SCALAR)
		return error_set(error, ERROR_BAD_INPUT, "\"%s\" stands after a value that is no mapping", step->text);
	if (node->kind == DOC_NULL)
		node = *slot = empty_mapping(arena, place);
	struct doc_pair *pair = find_pair(node, step->text);
	if (!pair)
		pair = add_pair(arena, node, step->text, place);
	if (!pair->value)
		pair->value = empty_mapping(arena, place);
	*ret_slot = &pair->value;
	return true;
}

bool edit_set(struct arena *arena, struct doc_node *root, const char *path, struct doc_node *value, struct error *error)
{
	struct doc_node *top = root, **slot = &top;
	const char *rest = path;
	struct step step;
	for (bool first = true; next_step(arena, &rest, first, &step); first = false)
		if (!take_step(arena, slot, &step, value->place, &slot, error))
			return error_wrap(error, "path \"%s\"", path);
	if (*rest || slot == &top)
		return error_set(error, ERROR_BAD_INPUT, "path \"%s\": cannot be read from \"%s\" on", path, rest);
	*slot = value;
	return true;
}
