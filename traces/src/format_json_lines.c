/* format_json_lines.c - our own JSON Lines (docs/traces.md): one object a line, keys as the columns of our CSV. A key that
 * is absent or null is not given. */
#include <stdlib.h>
#include <string.h>

#include "base/doc.h"
#include "columns.h"

/* Documents of many lines share an arena; a new one begins when this much is in use. */
enum { ARENA_BYTES = 1 << 20 };

struct json_lines {
	struct format format;
	struct reader *reader;
	struct arena *arena;
	struct diags *diags;
};

/* Places have line 1, since each line is parsed by itself. */
static bool broken(const struct json_lines *lines, struct row *row, uint32_t column)
{
	return row_break(row, reader_line_number(lines->reader), column);
}

static bool parse_object(struct json_lines *lines, const char *line, size_t length, struct doc_node **ret_object,
                         struct row *row, struct error *error)
{
	if (arena_bytes(lines->arena) > ARENA_BYTES) {
		arena_destroy(lines->arena);
		lines->arena = arena_create(0);
	}
	struct doc_node *node;
	if (!doc_parse_json(lines->arena, reader_name(lines->reader), line, length, NULL, lines->diags, &node)) {
		uint32_t count;
		const struct diag *first = diags_sorted(lines->diags, &count);
		uint32_t column = first->place.column;
		error_set(error, ERROR_BAD_INPUT, "%s", first->text);
		diags_destroy(lines->diags);
		lines->diags = diags_create();
		return broken(lines, row, column);
	}
	if (node->kind != DOC_MAPPING) {
		error_set(error, ERROR_BAD_INPUT, "a line holds one JSON object");
		return broken(lines, row, node->place.column);
	}
	*ret_object = node;
	return true;
}

static bool take_pair(const struct json_lines *lines, const struct doc_pair *pair, struct row *row, struct error *error)
{
	enum column column = column_find(pair->key, error);
	if (column == COLUMN_COUNT)
		return broken(lines, row, pair->place.column);
	const struct doc_node *value = pair->value;
	if (value->kind == DOC_NULL)
		return true;
	if (value->kind != DOC_SCALAR) {
		error_set(error, ERROR_BAD_INPUT, "%s: a %s where a text or a number belongs", pair->key, doc_type_name(value));
		return broken(lines, row, value->place.column);
	}
	return column_set(row, column, value->text, error) || broken(lines, row, value->place.column);
}

static bool json_lines_next(struct format *format, struct row *row, struct error *error)
{
	struct json_lines *lines = (struct json_lines *)format;
	struct doc_node *object = NULL;
	char *line;
	size_t length;
	if (!reader_line(lines->reader, &line, &length, error))
		return false;
	if (!line)
		return true;
	if (line[strspn(line, " \t")] == '\0')
		return row_skip(row, SKIP_EMPTY);
	if (!parse_object(lines, line, length, &object, row, error))
		return false;
	for (uint32_t i = 0; i < object->count; i++)
		if (!take_pair(lines, &object->pairs[i], row, error))
			return false;
	if (object->count == 0)
		return row_skip(row, SKIP_EMPTY);
	return columns_complete(row, error) ? row_check(row) : broken(lines, row, object->place.column);
}

static void json_lines_close(struct format *format)
{
	struct json_lines *lines = (struct json_lines *)format;
	arena_destroy(lines->arena);
	diags_destroy(lines->diags);
	free(lines);
}

bool format_open_json_lines(struct reader *reader, struct format **ret_format, struct error *error)
{
	(void)error;
	struct json_lines *lines = xcalloc(1, sizeof *lines);
	lines->format = (struct format){json_lines_next, json_lines_close, -1};
	lines->reader = reader;
	lines->arena = arena_create(0);
	lines->diags = diags_create();
	*ret_format = &lines->format;
	return true;
}
