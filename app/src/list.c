/* list.c - see list.h. One cell keeps both of its texts; the formats only differ in what stands around them. */
#include <assert.h>
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/list.h"
#include "app/text.h"
#include "base/vec.h"

#include <glib.h> /* after base.h: both define MIN and MAX, only GLib tolerates the other */

const char *const list_format_names[] = {"table", "json", "yaml", "csv", NULL};

struct cell {
	char *shown;  /* for people */
	cJSON *value; /* for programs */
};

struct list {
	const struct list_column *columns;
	uint32_t n_columns;
	struct {
		VEC_FIELDS(struct cell);
	} cells;
};

bool list_format_parse(const char *text, enum list_format *ret_format)
{
	for (int i = 0; list_format_names[i]; i++)
		if (strcmp(text, list_format_names[i]) == 0) {
			*ret_format = (enum list_format)i;
			return true;
		}
	return false;
}

struct list *list_create(const struct list_column *columns, uint32_t n_columns)
{
	struct list *list = xcalloc(1, sizeof *list);
	list->columns = columns;
	list->n_columns = n_columns;
	return list;
}

void list_destroy(struct list *list)
{
	if (!list)
		return;
	for (uint32_t i = 0; i < list->cells.count; i++) {
		g_free(list->cells.items[i].shown);
		cJSON_Delete(list->cells.items[i].value);
	}
	VEC_FREE(&list->cells);
	free(list);
}

static void add_cell(struct list *list, const char *shown, cJSON *value)
{
	*VEC_PUSH(&list->cells) = (struct cell){.shown = g_strdup(shown), .value = value};
}

void list_text(struct list *list, const char *text)
{
	add_cell(list, text ? text : "-", text ? cJSON_CreateString(text) : cJSON_CreateNull());
}

void list_texts(struct list *list, const char *shown, const char *text)
{
	add_cell(list, shown, cJSON_CreateString(text));
}

void list_int(struct list *list, int64_t value)
{
	char shown[32], exact[32];
	g_snprintf(exact, sizeof exact, "%" G_GINT64_FORMAT, value);
	add_cell(list, text_count((double)value, shown), cJSON_CreateRaw(exact));
}

void list_number(struct list *list, double value, const char *shown)
{
	add_cell(list, isnan(value) ? "-" : shown, isnan(value) ? cJSON_CreateNull() : cJSON_CreateNumber(value));
}

void list_bool(struct list *list, bool value)
{
	add_cell(list, value ? "yes" : "no", cJSON_CreateBool(value));
}

static uint32_t row_count(const struct list *list)
{
	assert(list->cells.count % list->n_columns == 0);
	return list->cells.count / list->n_columns;
}

static const struct cell *cell_at(const struct list *list, uint32_t row, uint32_t column)
{
	return &list->cells.items[row * list->n_columns + column];
}

static int width_of(const struct list *list, uint32_t column)
{
	long width = g_utf8_strlen(list->columns[column].heading, -1);
	for (uint32_t row = 0; row < row_count(list); row++)
		width = MAX(width, g_utf8_strlen(cell_at(list, row, column)->shown, -1));
	return (int)width;
}

/* `blanks` are owed to the next text of the line: a line ends without blanks. */
static void print_padded(FILE *out, const char *text, int width, bool right, int *blanks)
{
	int pad = width - (int)g_utf8_strlen(text, -1);
	if (*text)
		fprintf(out, "%*s%s", *blanks + (right ? pad : 0), "", text);
	*blanks = *text ? (right ? 0 : pad) : *blanks + width;
	*blanks += 2;
}

/* A column without heading and texts takes no room. */
static void print_table(const struct list *list, FILE *out)
{
	int *widths = xcalloc(list->n_columns, sizeof *widths);
	for (uint32_t column = 0; column < list->n_columns; column++)
		widths[column] = width_of(list, column);
	for (uint32_t row = 0; row <= row_count(list); row++) {
		int blanks = 0;
		for (uint32_t column = 0; column < list->n_columns; column++)
			if (widths[column] > 0)
				print_padded(out, row == 0 ? list->columns[column].heading : cell_at(list, row - 1, column)->shown,
				             widths[column], list->columns[column].right, &blanks);
		fputs("\n", out);
	}
	free(widths);
}

static void print_value(FILE *out, const cJSON *value)
{
	char *text = cJSON_PrintUnformatted(value);
	fputs(text, out);
	cJSON_free(text);
}

static void print_json_fields(const struct list *list, uint32_t row, FILE *out)
{
	for (uint32_t column = 0; column < list->n_columns; column++) {
		fprintf(out, "%s\"%s\": ", column ? ", " : "", list->columns[column].key);
		print_value(out, cell_at(list, row, column)->value);
	}
}

static void print_json_rows(const struct list *list, FILE *out)
{
	fputs("[", out);
	for (uint32_t row = 0; row < row_count(list); row++) {
		fputs(row ? ",\n {" : "\n {", out);
		print_json_fields(list, row, out);
		fputs("}", out);
	}
	fputs("\n]", out);
}

static void print_json(const struct list *list, FILE *out)
{
	print_json_rows(list, out);
	fputs("\n", out);
}

/* JSON's scalars are YAML's too, so quoting is never in doubt. `first` stands before the first field, `other` before others.
 */
static void print_yaml_fields(const struct list *list, uint32_t row, const char *first, const char *other, FILE *out)
{
	for (uint32_t column = 0; column < list->n_columns; column++) {
		fprintf(out, "%s%s: ", column ? other : first, list->columns[column].key);
		print_value(out, cell_at(list, row, column)->value);
		fputs("\n", out);
	}
}

static void print_yaml(const struct list *list, FILE *out)
{
	if (row_count(list) == 0)
		fputs("[]\n", out);
	for (uint32_t row = 0; row < row_count(list); row++)
		print_yaml_fields(list, row, "- ", "  ", out);
}

static void print_json_document(const struct list *head, const struct list_member *members, uint32_t n_members, FILE *out)
{
	fputs("{", out);
	print_json_fields(head, 0, out);
	for (uint32_t i = 0; i < n_members; i++) {
		fprintf(out, ",\n\"%s\": ", members[i].key);
		print_json_rows(members[i].list, out);
	}
	fputs("}\n", out);
}

static void print_yaml_document(const struct list *head, const struct list_member *members, uint32_t n_members, FILE *out)
{
	print_yaml_fields(head, 0, "", "", out);
	for (uint32_t i = 0; i < n_members; i++) {
		fprintf(out, "%s:%s", members[i].key, row_count(members[i].list) ? "\n" : " ");
		print_yaml(members[i].list, out);
	}
}

void list_print_document(const struct list *head, const struct list_member *members, uint32_t n_members,
                         enum list_format format, FILE *out)
{
	if (format == LIST_YAML)
		print_yaml_document(head, members, n_members, out);
	else
		print_json_document(head, members, n_members, out);
}

static void print_csv_field(FILE *out, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++)
		fputs(*text == '"' ? "\"\"" : (char[]){*text, '\0'}, out);
	fputc('"', out);
}

static void print_csv(const struct list *list, FILE *out)
{
	for (uint32_t column = 0; column < list->n_columns; column++)
		fprintf(out, "%s%s", column ? "," : "", list->columns[column].key);
	fputs("\n", out);
	for (uint32_t row = 0; row < row_count(list); row++) {
		for (uint32_t column = 0; column < list->n_columns; column++) {
			const cJSON *value = cell_at(list, row, column)->value;
			fputs(column ? "," : "", out);
			if (cJSON_IsString(value))
				print_csv_field(out, value->valuestring);
			else if (!cJSON_IsNull(value))
				print_value(out, value);
		}
		fputs("\n", out);
	}
}

void list_print(const struct list *list, enum list_format format, FILE *out)
{
	static void (*const printers[])(const struct list *, FILE *) = {print_table, print_json, print_yaml, print_csv};
	printers[format](list, out);
}
