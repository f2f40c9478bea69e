/* fuzz_json.c - any bytes as JSON: what is accepted, written out again, is read as the same tree. */
#include <stdio.h>

#include "fuzz_tree.h"

static void write_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (const unsigned char *s = (const unsigned char *)text; *s; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else if (*s < 0x20)
			fprintf(out, "\\u%04x", *s);
		else
			fputc(*s, out);
	}
	fputc('"', out);
}

static void write_node(FILE *out, const struct doc_node *node)
{
	bool mapping = node->kind == DOC_MAPPING;
	if (node->kind == DOC_NULL || node->kind == DOC_SCALAR) {
		if (node->style == DOC_QUOTED)
			write_string(out, node->text);
		else
			fputs(node->text, out);
		return;
	}
	fputc(mapping ? '{' : '[', out);
	for (uint32_t i = 0; i < node->count; i++) {
		if (i)
			fputc(',', out);
		if (mapping) {
			write_string(out, node->pairs[i].key);
			fputc(':', out);
		}
		write_node(out, mapping ? node->pairs[i].value : node->items[i]);
	}
	fputc(mapping ? '}' : ']', out);
}

static void require_same(const struct doc_node *a, const struct doc_node *b)
{
	fuzz_require(a->kind == b->kind && a->style == b->style && a->count == b->count);
	if (a->kind == DOC_SCALAR)
		fuzz_require(strcmp(a->text, b->text) == 0);
	for (uint32_t i = 0; i < a->count; i++) {
		if (a->kind == DOC_MAPPING)
			fuzz_require(strcmp(a->pairs[i].key, b->pairs[i].key) == 0);
		require_same(a->kind == DOC_MAPPING ? a->pairs[i].value : a->items[i],
		             b->kind == DOC_MAPPING ? b->pairs[i].value : b->items[i]);
	}
}

static void check_round_trip(struct arena *arena, struct diags *diags, const struct doc_node *document)
{
	char *text = NULL;
	size_t length = 0;
	struct doc_node *again = NULL;
	FILE *out = open_memstream(&text, &length);
	write_node(out, document);
	fclose(out);
	fuzz_require(doc_parse_json(arena, "again", text, length, &fuzz_limits, diags, &again));
	require_same(document, again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct arena *arena = arena_create(0);
	struct diags *diags = diags_create();
	struct doc_node *document = NULL;
	bool good = doc_parse_json(arena, "fuzz", (const char *)bytes, length, &fuzz_limits, diags, &document);
	fuzz_require(good == (diags_count(diags, DIAG_ERROR) == 0) && good == (document != NULL));
	if (good) {
		fuzz_require(fuzz_check_tree(document, 0) <= fuzz_limits.max_nodes);
		check_round_trip(arena, diags, document);
	}
	diags_destroy(diags);
	arena_destroy(arena);
	return 0;
}
