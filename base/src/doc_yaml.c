/* doc_yaml.c - YAML streams into document trees: libyaml's events, one pass.
 *
 * What a data file does not need is refused, so that a document means what it says: tags, merge keys, keys that are not
 * plain texts. An alias is a deep copy of what its anchor names, counted against the bound on nodes before it is made. */
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/names.h"
#include "doc_build.h"

struct anchor {
	const struct doc_node *node; /* NULL: not yet, or still open */
	uint32_t nodes;              /* of the expanded tree */
};

struct yaml_reader {
	struct doc_build build;
	yaml_parser_t parser;
	const char *bytes;
	size_t length;
	struct names *anchor_names;
	struct {
		VEC_FIELDS(struct anchor); /* by name */
	} anchors;
	struct {
		VEC_FIELDS(struct doc_node *);
	} documents;
};

static struct diag_place place_of(const struct yaml_reader *reader, yaml_mark_t mark)
{
	const struct doc_build *build = &reader->build;
	return (struct diag_place){build->file, build->limits.first_line + (uint32_t)mark.line, (uint32_t)mark.column + 1};
}

static struct diag_place place_of_byte(const struct yaml_reader *reader, size_t offset)
{
	yaml_mark_t mark = {0};
	for (size_t i = 0; i < offset && i < reader->length; i++) {
		unsigned char byte = (unsigned char)reader->bytes[i];
		if (byte == '\n') {
			mark.line++;
			mark.column = 0;
		} else if ((byte & 0xC0) != 0x80) {
			mark.column++;
		}
	}
	return place_of(reader, mark);
}

/* Does the line start with blanks among which there is a tab? */
static bool indented_with_tab(const struct yaml_reader *reader, size_t line)
{
	const char *at = reader->bytes, *end = at + reader->length;
	for (; line && at < end; at++)
		line -= *at == '\n';
	while (at < end && *at == ' ')
		at++;
	return at < end && *at == '\t';
}

static void report_syntax(struct yaml_reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	struct doc_build *build = &reader->build;
	if (parser->error == YAML_MEMORY_ERROR)
		abort();
	if (parser->error == YAML_READER_ERROR) {
		struct diag_place place = place_of_byte(reader, parser->problem_offset);
		doc_build_error(build, place, "save the file as UTF-8", "%s", parser->problem);
		return;
	}
	struct diag_place place = place_of(reader, parser->problem_mark);
	const char *suggestion =
	    indented_with_tab(reader, parser->problem_mark.line) ? "indent with blanks, not with tabs" : NULL;
	if (parser->context && parser->context_mark.line != parser->problem_mark.line)
		doc_build_error(build, place, suggestion, "%s, %s that starts at line %u", parser->problem, parser->context,
		                place_of(reader, parser->context_mark).line);
	else
		doc_build_error(build, place, suggestion, "%s", parser->problem);
}

static void report_tag(struct yaml_reader *reader, const yaml_char_t *tag, struct diag_place place)
{
	if (tag)
		doc_build_error(&reader->build, place, "leave the tag out; quotes make a string",
		                "YAML tags are not used here: '%.100s'", (const char *)tag);
}

static struct anchor *find_anchor(struct yaml_reader *reader, const yaml_char_t *name)
{
	name_id id = names_intern(reader->anchor_names, (const char *)name);
	while (reader->anchors.count <= id)
		(void)VEC_PUSH(&reader->anchors);
	return &reader->anchors.items[id];
}

/* An empty plain scalar, ~ and null. */
static bool means_null(const char *text)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
	for (size_t i = 0; i < ARRAY_COUNT(nulls); i++)
		if (strcmp(text, nulls[i]) == 0)
			return true;
	return false;
}

static bool read_key(struct yaml_reader *reader, const char *text, bool plain, struct diag_place place)
{
	struct doc_build *build = &reader->build;
	if (plain && !*text)
		return doc_build_error(build, place, NULL, "a key is missing before ':'");
	doc_build_key(build, text, place);
	if (plain && strcmp(text, "<<") == 0) {
		doc_build_error(build, place, "write the fields out", "YAML merge keys ('<<') are not used here");
		doc_build_top(build)->drop = true;
	}
	return true;
}

static bool read_scalar(struct yaml_reader *reader, const yaml_event_t *event)
{
	struct doc_build *build = &reader->build;
	struct diag_place place = place_of(reader, event->start_mark);
	size_t length = event->data.scalar.length;
	report_tag(reader, event->data.scalar.tag, place);
	if (length > build->limits.max_scalar)
		return doc_build_error(build, place, NULL, "a text of %zu bytes is longer than the %u allowed", length,
		                       build->limits.max_scalar);
	const char *text = arena_text(build->arena, (const char *)event->data.scalar.value, length);
	if (strlen(text) != length)
		return doc_build_error(build, place, NULL, "a text may not hold a NUL");
	bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	bool is_key = doc_build_wants_key(build);
	uint32_t nodes = build->nodes;
	struct doc_node *node = doc_build_node(build, plain && means_null(text) ? DOC_NULL : DOC_SCALAR, place);
	if (!node)
		return false;
	node->style = plain ? DOC_PLAIN : DOC_QUOTED;
	node->text = text;
	node->length = (uint32_t)length;
	if (event->data.scalar.anchor)
		*find_anchor(reader, event->data.scalar.anchor) = (struct anchor){node, build->nodes - nodes};
	if (is_key)
		return read_key(reader, text, plain, place);
	doc_build_attach(build, node);
	return true;
}

/* `anchor` NULL = none. */
static bool open_collection(struct yaml_reader *reader, enum doc_kind kind, const yaml_char_t *anchor,
                            const yaml_char_t *tag, yaml_mark_t mark)
{
	struct doc_build *build = &reader->build;
	struct diag_place place = place_of(reader, mark);
	report_tag(reader, tag, place);
	if (doc_build_wants_key(build))
		return doc_build_error(build, place, NULL, "a key must be a text, not a mapping or a sequence");
	if (!doc_build_open(build, kind, place))
		return false;
	if (anchor) {
		struct anchor *found = find_anchor(reader, anchor);
		found->node = NULL;
		doc_build_top(build)->mark = (uint32_t)(found - reader->anchors.items);
	}
	return true;
}

static void close_collection(struct yaml_reader *reader)
{
	struct doc_build *build = &reader->build;
	struct doc_frame frame = *doc_build_top(build);
	const struct doc_node *node = doc_build_close(build);
	if (frame.mark)
		reader->anchors.items[frame.mark] = (struct anchor){node, build->nodes - frame.nodes};
}

static struct doc_node *copy_tree(struct arena *arena, const struct doc_node *node)
{
	struct doc_node *copy = arena_copy(arena, node, sizeof *node);
	if (node->kind == DOC_MAPPING) {
		copy->pairs = arena_copy(arena, node->pairs, node->count * sizeof *node->pairs);
		for (uint32_t i = 0; i < node->count; i++)
			copy->pairs[i].value = copy_tree(arena, node->pairs[i].value);
	} else if (node->kind == DOC_SEQUENCE) {
		copy->items = arena_copy(arena, node->items, node->count * sizeof *node->items);
		for (uint32_t i = 0; i < node->count; i++)
			copy->items[i] = copy_tree(arena, node->items[i]);
	}
	return copy;
}

static uint32_t tree_depth(const struct doc_node *node)
{
	uint32_t deepest = 0;
	if (node->kind != DOC_MAPPING && node->kind != DOC_SEQUENCE)
		return 0;
	for (uint32_t i = 0; i < node->count; i++) {
		uint32_t depth = tree_depth(node->kind == DOC_MAPPING ? node->pairs[i].value : node->items[i]);
		deepest = MAX(deepest, depth);
	}
	return deepest + 1;
}

static bool read_alias(struct yaml_reader *reader, const yaml_event_t *event)
{
	struct doc_build *build = &reader->build;
	struct diag_place place = place_of(reader, event->start_mark);
	const char *name = (const char *)event->data.alias.anchor;
	const struct anchor *anchor = find_anchor(reader, event->data.alias.anchor);
	if (doc_build_wants_key(build))
		return doc_build_error(build, place, NULL, "a key must be a text, not an alias");
	if (!anchor->node)
		return doc_build_error(build, place, NULL, "alias '*%.100s' names no anchor that is complete before it", name);
	if (!doc_build_count(build, anchor->nodes, place))
		return false;
	if (tree_depth(anchor->node) + build->frames.count > build->limits.max_depth)
		return doc_build_error(build, place, NULL, "nested more than %u deep", build->limits.max_depth);
	doc_build_attach(build, copy_tree(build->arena, anchor->node));
	return true;
}

static void end_document(struct yaml_reader *reader)
{
	struct doc_node *root = reader->build.root;
	if (root && root->kind != DOC_NULL)
		*VEC_PUSH(&reader->documents) = root;
	doc_build_reset(&reader->build);
	VEC_CLEAR(&reader->anchors);
}

static bool read_event(struct yaml_reader *reader, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return read_scalar(reader, event);
	case YAML_ALIAS_EVENT:
		return read_alias(reader, event);
	case YAML_SEQUENCE_START_EVENT:
		return open_collection(reader, DOC_SEQUENCE, event->data.sequence_start.anchor, event->data.sequence_start.tag,
		                       event->start_mark);
	case YAML_MAPPING_START_EVENT:
		return open_collection(reader, DOC_MAPPING, event->data.mapping_start.anchor, event->data.mapping_start.tag,
		                       event->start_mark);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		close_collection(reader);
		return true;
	case YAML_DOCUMENT_END_EVENT:
		end_document(reader);
		return true;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_START_EVENT:
	default:
		return true;
	}
}

static void read_stream(struct yaml_reader *reader)
{
	for (bool going = true; going;) {
		yaml_event_t event;
		if (!yaml_parser_parse(&reader->parser, &event)) {
			report_syntax(reader);
			return;
		}
		going = read_event(reader, &event) && event.type != YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
}

/* What is wrong with the bytes before YAML looks at them. */
static bool check_bytes(struct yaml_reader *reader)
{
	if (!doc_build_check_size(&reader->build, reader->length))
		return false;
	const char *nul = memchr(reader->bytes, 0, reader->length);
	if (!nul)
		return true;
	return doc_build_error(&reader->build, place_of_byte(reader, (size_t)(nul - reader->bytes)), "save the file as UTF-8",
	                       "a NUL byte: this is not a text file in UTF-8");
}

bool doc_parse_yaml(struct arena *arena, const char *file, const char *bytes, size_t length, const struct doc_limits *limits,
                    struct diags *diags, struct doc_node ***ret_documents, uint32_t *ret_count)
{
	bool marked = length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0; /* byte order mark */
	struct yaml_reader reader = {.bytes = bytes + (marked ? 3 : 0), .length = length - (marked ? 3 : 0)};
	doc_build_init(&reader.build, arena, file, limits, diags);
	reader.anchor_names = names_create();
	if (check_bytes(&reader)) {
		if (!yaml_parser_initialize(&reader.parser))
			abort();
		yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
		yaml_parser_set_input_string(&reader.parser, (const unsigned char *)reader.bytes, reader.length);
		read_stream(&reader);
		yaml_parser_delete(&reader.parser);
	}
	*ret_count = reader.documents.count;
	*ret_documents = arena_copy(arena, reader.documents.items, reader.documents.count * sizeof(struct doc_node *));
	VEC_FREE(&reader.documents);
	VEC_FREE(&reader.anchors);
	names_destroy(reader.anchor_names);
	doc_build_free(&reader.build);
	return !reader.build.failed;
}
