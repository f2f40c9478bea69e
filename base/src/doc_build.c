/* doc_build.c - see doc_build.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doc_build.h"

enum { DEFAULT_BYTES = 64 << 20, DEFAULT_SCALAR = 1 << 20, DEFAULT_DEPTH = 100, DEFAULT_NODES = 4000000, DEEPEST = 1000 };

/* Up to here a mapping's keys are compared pair by pair, beyond they are sorted. */
enum { FEW_KEYS = 16 };

void doc_build_init(struct doc_build *build, struct arena *arena, const char *file, const struct doc_limits *limits,
                    struct diags *diags)
{
	struct doc_limits asked = limits ? *limits : (struct doc_limits){0};
	*build = (struct doc_build){
	    .arena = arena,
	    .diags = diags,
	    .file = arena_text(arena, file, strlen(file)),
	    .limits =
	        {
	            .max_bytes = asked.max_bytes ? asked.max_bytes : DEFAULT_BYTES,
	            .max_scalar = asked.max_scalar ? asked.max_scalar : DEFAULT_SCALAR,
	            .max_depth = MIN(asked.max_depth ? asked.max_depth : DEFAULT_DEPTH, DEEPEST),
	            .max_nodes = asked.max_nodes ? asked.max_nodes : DEFAULT_NODES,
	            .first_line = asked.first_line ? asked.first_line : 1,
	        },
	};
	VEC_RESERVE(&build->values, 64);
}

void doc_build_free(struct doc_build *build)
{
	VEC_FREE(&build->values);
	VEC_FREE(&build->frames);
}

void doc_build_reset(struct doc_build *build)
{
	VEC_CLEAR(&build->values);
	VEC_CLEAR(&build->frames);
	build->root = NULL;
}

bool doc_build_error(struct doc_build *build, struct diag_place place, const char *suggestion, const char *format, ...)
{
	char text[512];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	diag_add(build->diags, DIAG_ERROR, place, suggestion, "%s", text);
	build->failed = true;
	return false;
}

bool doc_build_check_size(struct doc_build *build, size_t length)
{
	if (length <= build->limits.max_bytes)
		return true;
	return doc_build_error(build, (struct diag_place){build->file, 0, 0}, NULL, "%zu bytes are more than the %zu allowed",
	                       length, build->limits.max_bytes);
}

bool doc_build_count(struct doc_build *build, uint32_t nodes, struct diag_place place)
{
	if (nodes > build->limits.max_nodes - build->nodes)
		return doc_build_error(build, place, NULL, "more than %u values, aliases expanded", build->limits.max_nodes);
	build->nodes += nodes;
	return true;
}

struct doc_frame *doc_build_top(struct doc_build *build)
{
	return build->frames.count ? &build->frames.items[build->frames.count - 1] : NULL;
}

bool doc_build_wants_key(struct doc_build *build)
{
	const struct doc_frame *top = doc_build_top(build);
	return top && top->node->kind == DOC_MAPPING && !top->key;
}

void doc_build_key(struct doc_build *build, const char *key, struct diag_place place)
{
	struct doc_frame *top = doc_build_top(build);
	top->key = key;
	top->key_place = place;
}

struct doc_node *doc_build_node(struct doc_build *build, enum doc_kind kind, struct diag_place place)
{
	if (!doc_build_count(build, 1, place))
		return NULL;
	struct doc_node *node = ARENA_NEW(build->arena, struct doc_node);
	node->kind = kind;
	node->place = place;
	return node;
}

void doc_build_attach(struct doc_build *build, struct doc_node *node)
{
	struct doc_frame *top = doc_build_top(build);
	if (!top) {
		build->root = node;
		return;
	}
	if (!top->drop)
		*VEC_PUSH(&build->values) = (struct doc_pair){top->key, top->key_place, node};
	top->key = NULL;
	top->drop = false;
}

bool doc_build_open(struct doc_build *build, enum doc_kind kind, struct diag_place place)
{
	if (build->frames.count == build->limits.max_depth)
		return doc_build_error(build, place, NULL, "nested more than %u deep", build->limits.max_depth);
	uint32_t nodes = build->nodes;
	struct doc_node *node = doc_build_node(build, kind, place);
	if (!node)
		return false;
	*VEC_PUSH(&build->frames) = (struct doc_frame){.node = node, .first = build->values.count, .nodes = nodes};
	return true;
}

static void report_duplicate(struct doc_build *build, const struct doc_pair *first, const struct doc_pair *again)
{
	doc_build_error(build, again->place, NULL, "duplicate key '%.200s', first at line %u", again->key, first->place.line);
}

/* By key, then by position. */
static int compare_keys(const void *a, const void *b)
{
	const struct doc_pair *const *x = a, *const *y = b;
	int keys = strcmp((*x)->key, (*y)->key);
	return keys ? keys : (*x > *y) - (*x < *y);
}

static void find_duplicates_sorted(struct doc_build *build, const struct doc_pair *pairs, uint32_t count)
{
	const struct doc_pair **order = xcalloc(count, sizeof(const struct doc_pair *));
	for (uint32_t i = 0; i < count; i++)
		order[i] = &pairs[i];
	qsort(order, count, sizeof(const struct doc_pair *), compare_keys);
	for (uint32_t i = 1, first = 0; i < count; i++) {
		if (strcmp(order[first]->key, order[i]->key) == 0)
			report_duplicate(build, order[first], order[i]);
		else
			first = i;
	}
	free(order);
}

static void find_duplicates(struct doc_build *build, const struct doc_pair *pairs, uint32_t count)
{
	if (count > FEW_KEYS) {
		find_duplicates_sorted(build, pairs, count);
		return;
	}
	for (uint32_t i = 1; i < count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (strcmp(pairs[i].key, pairs[j].key) == 0) {
				report_duplicate(build, &pairs[j], &pairs[i]);
				break;
			}
}

struct doc_node *doc_build_close(struct doc_build *build)
{
	struct doc_frame frame = build->frames.items[--build->frames.count];
	struct doc_node *node = frame.node;
	const struct doc_pair *values = build->values.items + frame.first;
	node->count = build->values.count - frame.first;
	build->values.count = frame.first;
	if (node->kind == DOC_MAPPING) {
		node->pairs = arena_copy(build->arena, values, node->count * sizeof *values);
		find_duplicates(build, node->pairs, node->count);
	} else {
		node->items = ARENA_ARRAY(build->arena, struct doc_node *, node->count);
		for (uint32_t i = 0; i < node->count; i++)
			node->items[i] = values[i].value;
	}
	doc_build_attach(build, node);
	return node;
}
