/* test_doc.c - YAML and JSON into document trees: values, places, bounds, and what is refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/doc.h"

struct parsed {
	struct arena *arena;
	struct diags *diags;
	bool good;
	struct doc_node **documents;
	uint32_t count;
	char problems[4096]; /* as printed */
};

static void print_problems(struct parsed *parsed)
{
	FILE *out = fmemopen(parsed->problems, sizeof parsed->problems, "w");
	diags_print(parsed->diags, out);
	fclose(out);
}

static struct parsed parse_yaml_bytes(const char *bytes, size_t length, const struct doc_limits *limits)
{
	struct parsed parsed = {.arena = arena_create(0), .diags = diags_create()};
	parsed.good = doc_parse_yaml(parsed.arena, "t", bytes, length, limits, parsed.diags, &parsed.documents, &parsed.count);
	print_problems(&parsed);
	return parsed;
}

static struct parsed parse_yaml(const char *text)
{
	return parse_yaml_bytes(text, strlen(text), NULL);
}

static struct parsed parse_json_bytes(const char *bytes, size_t length, const struct doc_limits *limits)
{
	struct parsed parsed = {.arena = arena_create(0), .diags = diags_create()};
	struct doc_node *document = NULL;
	parsed.good = doc_parse_json(parsed.arena, "t", bytes, length, limits, parsed.diags, &document);
	parsed.documents = arena_copy(parsed.arena, &document, sizeof(struct doc_node *));
	parsed.count = document != NULL;
	print_problems(&parsed);
	return parsed;
}

static struct parsed parse_json(const char *text)
{
	return parse_json_bytes(text, strlen(text), NULL);
}

static void drop(struct parsed *parsed)
{
	diags_destroy(parsed->diags);
	arena_destroy(parsed->arena);
}

/* The same tree as text, with places: how the tests look at it. */
static void show_node(FILE *out, const struct doc_node *node)
{
	static const char marks[] = "nsqm";
	fprintf(out, "%c@%u:%u", node->kind == DOC_SCALAR && node->style == DOC_QUOTED ? 'Q' : marks[node->kind],
	        node->place.line, node->place.column);
	if (node->kind == DOC_SCALAR)
		fprintf(out, "=%s", node->text);
	if (node->kind != DOC_SEQUENCE && node->kind != DOC_MAPPING)
		return;
	fputc('(', out);
	for (uint32_t i = 0; i < node->count; i++) {
		if (i)
			fputc(' ', out);
		if (node->kind == DOC_MAPPING)
			fprintf(out, "%s@%u:%u ", node->pairs[i].key, node->pairs[i].place.line, node->pairs[i].place.column);
		show_node(out, node->kind == DOC_MAPPING ? node->pairs[i].value : node->items[i]);
	}
	fputc(')', out);
}

static void assert_tree(const struct parsed *parsed, uint32_t document, const char *expected)
{
	char shown[4096] = "";
	assert_true(document < parsed->count);
	FILE *out = fmemopen(shown, sizeof shown, "w");
	show_node(out, parsed->documents[document]);
	fclose(out);
	assert_string_equal(shown, expected);
}

static void yaml_has_values_and_places(void **state)
{
	(void)state;
	struct parsed p = parse_yaml("# comment\na: 1\nb:\n  - x\n  - 'y z'\n  - {c: ~, d: }\ne: |\n  two\n  lines\nf: last\n");
	assert_true(p.good);
	assert_int_equal(p.count, 1);
	assert_tree(&p, 0,
	            "m@2:1(a@2:1 s@2:4=1 b@3:1 q@4:3(s@4:5=x Q@5:5=y z m@6:5(c@6:6 n@6:9 d@6:12 n@6:15)) "
	            "e@7:1 Q@7:4=two\nlines\n f@10:1 s@10:4=last)");
	drop(&p);
}

static void yaml_has_many_documents(void **state)
{
	(void)state;
	struct parsed p = parse_yaml("a: 1\n---\n---\n# nothing\n---\nb: 2\n...\n---\n- 3\n");
	assert_true(p.good);
	assert_int_equal(p.count, 3);
	assert_tree(&p, 0, "m@1:1(a@1:1 s@1:4=1)");
	assert_tree(&p, 1, "m@6:1(b@6:1 s@6:4=2)");
	assert_tree(&p, 2, "q@9:1(s@9:3=3)");
	drop(&p);
	p = parse_yaml("");
	assert_true(p.good);
	assert_int_equal(p.count, 0);
	drop(&p);
}

/* Column counts characters; a byte order mark counts for nothing. */
static void yaml_columns_count_characters(void **state)
{
	(void)state;
	struct parsed p = parse_yaml("\xEF\xBB\xBF{\xC3\xA4\xE2\x82\xAC: 1, b: 2}");
	assert_true(p.good);
	assert_tree(&p, 0, "m@1:1(\xC3\xA4\xE2\x82\xAC@1:2 s@1:6=1 b@1:9 s@1:12=2)");
	drop(&p);
}

static void yaml_aliases_are_copies(void **state)
{
	(void)state;
	struct parsed p = parse_yaml("a: &x {k: [1]}\nb: *x\nc: &y t\nd: *y\n");
	assert_true(p.good);
	assert_tree(
	    &p, 0, "m@1:1(a@1:1 m@1:4(k@1:8 q@1:11(s@1:12=1)) b@2:1 m@1:4(k@1:8 q@1:11(s@1:12=1)) c@3:1 s@3:4=t d@4:1 s@3:4=t)");
	const struct doc_node *a = doc_get(p.documents[0], "a"), *b = doc_get(p.documents[0], "b");
	assert_ptr_not_equal(a, b);
	assert_ptr_not_equal(doc_get(a, "k"), doc_get(b, "k"));
	drop(&p);
}

static void yaml_alias_bomb_is_an_error(void **state)
{
	(void)state;
	char text[2048] = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
	for (int i = 1; i < 12; i++) {
		size_t used = strlen(text);
		snprintf(text + used, sizeof text - used, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1,
		         i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	}
	struct parsed p = parse_yaml(text);
	assert_false(p.good);
	assert_int_equal(p.count, 0);
	assert_string_equal(p.problems, "t:7:30: error: more than 4000000 values, aliases expanded\n");
	drop(&p);
	/* Depth, too, counts what aliases bring. */
	p = parse_yaml_bytes("a: &a [[[x]]]\nb: [[*a]]\n", 24, &(struct doc_limits){.max_depth = 5});
	assert_string_equal(p.problems, "t:2:6: error: nested more than 5 deep\n");
	drop(&p);
}

struct refusal {
	const char *text, *problems;
};

static void yaml_refusals_are_precise(void **state)
{
	(void)state;
	static const struct refusal refusals[] = {
	    {"a: 1\nb: 2\na: 3\n", "t:3:1: error: duplicate key 'a', first at line 1\n"},
	    {"a: &x {k: 1}\nb:\n  <<: *x\n", "t:3:3: error: YAML merge keys ('<<') are not used here; write the fields out\n"},
	    {"a: !!int 3\n",
	     "t:1:4: error: YAML tags are not used here: 'tag:yaml.org,2002:int'; leave the tag out; quotes make a string\n"},
	    {"a: !x {b: 1}\n", "t:1:4: error: YAML tags are not used here: '!x'; leave the tag out; quotes make a string\n"},
	    {"a: *nowhere\n", "t:1:4: error: alias '*nowhere' names no anchor that is complete before it\n"},
	    {"a: &a [*a]\n", "t:1:8: error: alias '*a' names no anchor that is complete before it\n"},
	    {"&a k: 1\n*a : 2\n", "t:2:1: error: a key must be a text, not an alias\n"},
	    {"? [a]\n: b\n", "t:1:3: error: a key must be a text, not a mapping or a sequence\n"},
	    {"?\n: 1\n", "t:1:2: error: a key is missing before ':'\n"},
	    {"a: \"x\\0y\"\n", "t:1:4: error: a text may not hold a NUL\n"},
	    {"a: b: c\n", "t:1:5: error: mapping values are not allowed in this context\n"},
	    {"a: [1, 2\nb: 3\n",
	     "t:2:2: error: did not find expected ',' or ']', while parsing a flow sequence that starts at line 1\n"},
	    {"a:\n\tb: 1\n", "t:2:1: error: found character that cannot start any token; indent with blanks, not with tabs\n"},
	    {"a: \xFF\n", "t:1:4: error: invalid leading UTF-8 octet; save the file as UTF-8\n"},
	};
	for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
		struct parsed p = parse_yaml(refusals[i].text);
		assert_string_equal(p.problems, refusals[i].problems);
		assert_false(p.good);
		drop(&p);
	}
	struct parsed p = parse_yaml_bytes("a: 1\n\0\n", 7, NULL);
	assert_string_equal(p.problems, "t:2:1: error: a NUL byte: this is not a text file in UTF-8; save the file as UTF-8\n");
	drop(&p);
}

/* What stands before an error is there, so that a loader can report the problems of other documents in the same pass. */
static void yaml_goes_on_where_it_can(void **state)
{
	(void)state;
	struct parsed p = parse_yaml("a: 1\na: 2\nb: !t x\nc: {<<: {z: 1}, y: 2}\n---\nd: 1\n---\ne: [\n");
	assert_false(p.good);
	assert_int_equal(p.count, 2);
	assert_tree(&p, 0, "m@1:1(a@1:1 s@1:4=1 a@2:1 s@2:4=2 b@3:1 s@3:4=x c@4:1 m@4:4(y@4:17 s@4:20=2))");
	assert_string_equal(doc_get(p.documents[0], "a")->text, "1");
	assert_tree(&p, 1, "m@6:1(d@6:1 s@6:4=1)");
	assert_int_equal(diags_count(p.diags, DIAG_ERROR), 4);
	drop(&p);
}

static void bounds_hold(void **state)
{
	(void)state;
	struct parsed p = parse_yaml_bytes("[[[[x]]]]", 9, &(struct doc_limits){.max_depth = 3});
	assert_string_equal(p.problems, "t:1:4: error: nested more than 3 deep\n");
	drop(&p);
	p = parse_json_bytes("[[[[0]]]]", 9, &(struct doc_limits){.max_depth = 3});
	assert_string_equal(p.problems, "t:1:4: error: nested more than 3 deep\n");
	drop(&p);
	p = parse_yaml_bytes("[1,2,3]", 7, &(struct doc_limits){.max_nodes = 3});
	assert_string_equal(p.problems, "t:1:6: error: more than 3 values, aliases expanded\n");
	drop(&p);
	p = parse_yaml_bytes("a: abcde\n", 9, &(struct doc_limits){.max_scalar = 4});
	assert_string_equal(p.problems, "t:1:4: error: a text of 5 bytes is longer than the 4 allowed\n");
	drop(&p);
	p = parse_json_bytes("[\"abcde\"]", 9, &(struct doc_limits){.max_scalar = 4});
	assert_string_equal(p.problems, "t:1:2: error: a text of 5 bytes is longer than the 4 allowed\n");
	drop(&p);
	p = parse_yaml_bytes("a: 1\n", 5, &(struct doc_limits){.max_bytes = 4});
	assert_string_equal(p.problems, "t: error: 5 bytes are more than the 4 allowed\n");
	drop(&p);
}

/* 10 MB in one text, a hundred thousand opening brackets, many anchors: an answer, and soon. */
static void hostile_sizes_are_refused(void **state)
{
	(void)state;
	size_t length = 10 << 20;
	char *text = malloc(length);
	memset(text, 'x', length);
	memcpy(text, "a: ", 3);
	struct parsed p = parse_yaml_bytes(text, length, NULL);
	assert_string_equal(p.problems, "t:1:4: error: a text of 10485757 bytes is longer than the 1048576 allowed\n");
	drop(&p);
	memset(text, '[', length);
	p = parse_yaml_bytes(text, 100000, NULL);
	assert_string_equal(p.problems, "t:1:101: error: nested more than 100 deep\n");
	drop(&p);
	p = parse_json_bytes(text, length, NULL);
	assert_string_equal(p.problems, "t:1:101: error: nested more than 100 deep\n");
	drop(&p);
	size_t used = 0;
	for (int i = 0; i < 50000; i++)
		used += (size_t)sprintf(text + used, "- &a%d x\n- *a%d\n", i, i);
	p = parse_yaml_bytes(text, used, NULL);
	assert_true(p.good);
	assert_int_equal(p.documents[0]->count, 100000);
	drop(&p);
	free(text);
}

/* Enough keys for the sorted search; each repetition is named once, with the first place. */
static void many_keys_are_checked(void **state)
{
	(void)state;
	char text[1024] = "";
	for (int i = 0; i < 40; i++) {
		size_t used = strlen(text);
		snprintf(text + used, sizeof text - used, "k%d: 1\n", i == 39 || i == 38 ? 7 : i);
	}
	struct parsed p = parse_yaml(text);
	assert_string_equal(p.problems, "t:39:1: error: duplicate key 'k7', first at line 8\n"
	                                "t:40:1: error: duplicate key 'k7', first at line 8\n");
	drop(&p);
}

static void json_has_values_and_places(void **state)
{
	(void)state;
	struct parsed p = parse_json(" {\"a\": [1, -2.5e+3, true, null],\n  \"\xC3\xA4\": \"\xE2\x82\xAC\", \"b\":{}\r\n}\n");
	assert_true(p.good);
	assert_tree(
	    &p, 0,
	    "m@1:2(a@1:3 q@1:8(s@1:9=1 s@1:12=-2.5e+3 s@1:21=true n@1:27) \xC3\xA4@2:3 Q@2:8=\xE2\x82\xAC b@2:13 m@2:17())");
	drop(&p);
	p = parse_json_bytes("[\"x\"]", 5, &(struct doc_limits){.first_line = 77});
	assert_tree(&p, 0, "q@77:1(Q@77:2=x)");
	drop(&p);
}

static void json_escapes_are_decoded(void **state)
{
	(void)state;
	struct parsed p = parse_json("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e4\\u20AC\\ud83d\\ude00\"");
	assert_true(p.good);
	assert_string_equal(p.documents[0]->text, "\"\\/\b\f\n\r\tA\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80");
	assert_int_equal(p.documents[0]->length, strlen(p.documents[0]->text));
	drop(&p);
}

static void json_refusals_are_precise(void **state)
{
	(void)state;
	static const struct refusal refusals[] = {
	    {"", "t:1:1: error: the text ends where a value was expected\n"},
	    {"[1,]", "t:1:4: error: ']' where a value was expected\n"},
	    {"[1 2]", "t:1:4: error: '2' where ',' or ']' was expected\n"},
	    {"{\"a\" 1}", "t:1:6: error: '1' where ':' was expected\n"},
	    {"{a: 1}", "t:1:2: error: 'a' where a key in double quotes was expected\n"},
	    {"{\"a\": 1,}", "t:1:9: error: '}' where a key in double quotes was expected\n"},
	    {"{\"a\": 1", "t:1:8: error: the text ends where ',' or '}' was expected\n"},
	    {"{\"a\": 1, \"a\": 2}", "t:1:10: error: duplicate key 'a', first at line 1\n"},
	    {"[] []", "t:1:4: error: '[' where the end of the text was expected\n"},
	    {"01", "t:1:1: error: '0' where a value was expected\n"},
	    {"1.", "t:1:1: error: '1' where a value was expected\n"},
	    {"-", "t:1:1: error: '-' where a value was expected\n"},
	    {"+1", "t:1:1: error: '+' where a value was expected\n"},
	    {"NaN", "t:1:1: error: 'N' where a value was expected\n"},
	    {"truex", "t:1:5: error: 'x' where the end of the text was expected\n"},
	    {"\"abc", "t:1:1: error: the string that starts here does not end\n"},
	    {"\"a\nb\"", "t:1:3: error: byte 0x0A where a character of a string (write \\n or \\t) was expected\n"},
	    {"\"\\x\"", "t:1:3: error: 'x' where one of \"\\/bfnrtu after a backslash was expected\n"},
	    {"\"\\u12G4\"", "t:1:3: error: \\u takes four hexadecimal digits\n"},
	    {"\"\\ud800\"", "t:1:3: error: half of a surrogate pair\n"},
	    {"\"\\udc00\\ud800\"", "t:1:3: error: half of a surrogate pair\n"},
	    {"\"\\u0000\"", "t:1:3: error: a text may not hold a NUL\n"},
	    {"\"\xC0\x80\"", "t:1:2: error: not a character of UTF-8; save the file as UTF-8\n"},
	    {"\"\xED\xA0\x80\"", "t:1:2: error: not a character of UTF-8; save the file as UTF-8\n"},
	    {"\"\xE2\x82\"", "t:1:2: error: not a character of UTF-8; save the file as UTF-8\n"},
	    {"// c\n1", "t:1:1: error: '/' where a value was expected\n"},
	};
	for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
		struct parsed p = parse_json(refusals[i].text);
		assert_string_equal(p.problems, refusals[i].problems);
		assert_false(p.good);
		assert_int_equal(p.count, 0);
		drop(&p);
	}
	struct parsed p = parse_json_bytes("[1\0]", 4, NULL);
	assert_string_equal(p.problems, "t:1:3: error: byte 0x00 where ',' or ']' was expected\n");
	drop(&p);
}

static struct doc_node plain(const char *text)
{
	return (struct doc_node){.kind = DOC_SCALAR, .style = DOC_PLAIN, .text = text, .length = (uint32_t)strlen(text)};
}

static void scalars_convert(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t value;
	} ints[] = {{"0", 0}, {"-7", -7}, {"+7", 7}, {"9223372036854775807", INT64_MAX}, {"-9223372036854775808", INT64_MIN}};
	for (size_t i = 0; i < ARRAY_COUNT(ints); i++) {
		struct doc_node node = plain(ints[i].text);
		int64_t value = 1;
		assert_true(doc_int(&node, &value));
		assert_true(value == ints[i].value);
	}
	static const char *const not_ints[] = {"", "-", "007", "0x10", "1.0", "1e3", "1_000", "9223372036854775808", "12 ", "x"};
	for (size_t i = 0; i < ARRAY_COUNT(not_ints); i++) {
		struct doc_node node = plain(not_ints[i]);
		int64_t value = 1;
		assert_false(doc_int(&node, &value));
		assert_true(value == 1);
	}
	static const struct {
		const char *text;
		double value;
	} doubles[] = {{"0", 0},  {"0.1", 0.1},  {"-2.5e3", -2500}, {"1e-3", 0.001}, {".5", 0.5},
	               {"3.", 3}, {"+1E2", 100}, {"1e308", 1e308},  {"1e-400", 0},   {"123456.789", 123456.789}};
	for (size_t i = 0; i < ARRAY_COUNT(doubles); i++) {
		struct doc_node node = plain(doubles[i].text);
		double value = -1;
		assert_true(doc_double(&node, &value));
		assert_true(value == doubles[i].value);
	}
	static const char *const not_doubles[] = {"",    ".",    "inf",   ".inf",  "nan",   "1e",
	                                          "1e+", "1e 5", "0x1p3", "1e999", "1.2.3", "1,5"};
	for (size_t i = 0; i < ARRAY_COUNT(not_doubles); i++) {
		struct doc_node node = plain(not_doubles[i]);
		double value;
		assert_false(doc_double(&node, &value));
	}
}

/* "22:00" and "yes" are for the decoder to refuse: they are plain texts here. */
static void types_are_named(void **state)
{
	(void)state;
	static const struct {
		const char *text, *name;
	} cases[] = {{"true", "boolean"}, {"false", "boolean"}, {"yes", "string"}, {"on", "string"},
	             {"True", "string"},  {"12", "number"},     {"1.5", "number"}, {"22:00", "string"}};
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct doc_node node = plain(cases[i].text);
		assert_string_equal(doc_type_name(&node), cases[i].name);
	}
	struct doc_node quoted = plain("true");
	quoted.style = DOC_QUOTED;
	bool truth;
	int64_t number;
	assert_string_equal(doc_type_name(&quoted), "string");
	assert_false(doc_bool(&quoted, &truth));
	quoted.text = "1";
	assert_false(doc_int(&quoted, &number));
	assert_string_equal(doc_type_name(NULL), "null");
	assert_false(doc_int(NULL, &number));
	assert_null(doc_get(NULL, "a"));
	assert_null(doc_get(&quoted, "a"));
}

static void files_are_read_within_bounds(void **state)
{
	(void)state;
	char path[] = "test_doc.XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	char *bytes = NULL, *big = malloc(100000);
	size_t length = 0;
	struct error error;
	memset(big, 'b', 100000);
	assert_int_equal(write(fd, big, 100000), 100000);
	close(fd);
	assert_true(doc_read_file(path, 0, &bytes, &length, &error));
	assert_int_equal(length, 100000);
	assert_memory_equal(bytes, big, length);
	assert_int_equal(bytes[length], 0);
	free(bytes);
	bytes = NULL;
	assert_false(doc_read_file(path, 99999, &bytes, &length, &error));
	assert_non_null(strstr(error.text, "larger than the 99999 bytes allowed"));
	assert_null(bytes);
	unlink(path);
	assert_false(doc_read_file(path, 0, &bytes, &length, &error));
	assert_non_null(strstr(error.text, "cannot open: No such file or directory"));
	assert_false(doc_read_file(".", 0, &bytes, &length, &error));
	assert_string_equal(error.text, ".: cannot read: Is a directory");
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(yaml_has_values_and_places),
	    cmocka_unit_test(yaml_has_many_documents),
	    cmocka_unit_test(yaml_columns_count_characters),
	    cmocka_unit_test(yaml_aliases_are_copies),
	    cmocka_unit_test(yaml_alias_bomb_is_an_error),
	    cmocka_unit_test(yaml_refusals_are_precise),
	    cmocka_unit_test(yaml_goes_on_where_it_can),
	    cmocka_unit_test(bounds_hold),
	    cmocka_unit_test(hostile_sizes_are_refused),
	    cmocka_unit_test(many_keys_are_checked),
	    cmocka_unit_test(json_has_values_and_places),
	    cmocka_unit_test(json_escapes_are_decoded),
	    cmocka_unit_test(json_refusals_are_precise),
	    cmocka_unit_test(scalars_convert),
	    cmocka_unit_test(types_are_named),
	    cmocka_unit_test(files_are_read_within_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
