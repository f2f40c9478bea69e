/* test_list.c - lists as table, JSON, YAML, CSV; numbers as people read them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/list.h"
#include "app/text.h"

static const struct list_column columns[] = {{"name", "NAME", false}, {"jobs", "JOBS", true}, {"wait_s", "WAIT", true}};

static struct list *two_rows(void)
{
	struct list *list = list_create(columns, ARRAY_COUNT(columns));
	list_text(list, "a, \"quoted\"\nline");
	list_int(list, 1234567);
	list_number(list, 90.5, "91s");
	list_text(list, "größe");
	list_int(list, -3);
	list_number(list, NAN, "never shown");
	return list;
}

static void assert_prints(enum list_format format, const char *expected)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	struct list *list = two_rows();
	list_print(list, format, out);
	list_destroy(list);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

static void programs_get_exact_values(void **state)
{
	(void)state;
	assert_prints(LIST_JSON, "[\n {\"name\": \"a, \\\"quoted\\\"\\nline\", \"jobs\": 1234567, \"wait_s\": 90.5},\n"
	                         " {\"name\": \"größe\", \"jobs\": -3, \"wait_s\": null}\n]\n");
	assert_prints(LIST_YAML, "- name: \"a, \\\"quoted\\\"\\nline\"\n  jobs: 1234567\n  wait_s: 90.5\n"
	                         "- name: \"größe\"\n  jobs: -3\n  wait_s: null\n");
	assert_prints(LIST_CSV, "name,jobs,wait_s\n\"a, \"\"quoted\"\"\nline\",1234567,90.5\ngröße,-3,\n");
}

static void people_get_aligned_columns(void **state)
{
	(void)state;
	struct list *list = list_create(columns, ARRAY_COUNT(columns));
	list_text(list, "größe");
	list_int(list, 1234567);
	list_number(list, 90, "90s");
	list_text(list, NULL);
	list_int(list, 5);
	list_number(list, NAN, "");
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	list_print(list, LIST_TABLE, out);
	fclose(out);
	list_destroy(list);
	assert_string_equal(text, "NAME        JOBS  WAIT\ngröße  1,234,567   90s\n-              5     -\n");
	free(text);
}

static void an_empty_list_is_a_list(void **state)
{
	(void)state;
	static const char *const expected[] = {"NAME  JOBS  WAIT\n", "[\n]\n", "[]\n", "name,jobs,wait_s\n"};
	for (int format = LIST_TABLE; format <= LIST_CSV; format++) {
		char *text = NULL;
		size_t length = 0;
		FILE *out = open_memstream(&text, &length);
		struct list *list = list_create(columns, ARRAY_COUNT(columns));
		list_print(list, (enum list_format)format, out);
		list_destroy(list);
		fclose(out);
		assert_string_equal(text, expected[format]);
		free(text);
	}
	enum list_format format;
	assert_true(list_format_parse("yaml", &format));
	assert_int_equal(format, LIST_YAML);
	assert_false(list_format_parse("xml", &format));
}

static void sizes_are_what_they_are(void **state)
{
	(void)state;
	char out[32];
	assert_string_equal(text_size(1, out), "");
	assert_string_equal(text_size(1.2, out), "+20%");
	assert_string_equal(text_size(56.0 / 64, out), "-12.5%");
	assert_string_equal(text_size(2.0 / 3, out), "-33.3%");
	assert_string_equal(text_size(0, out), "-100%");
}

static void counts_have_separators(void **state)
{
	(void)state;
	char out[32];
	assert_string_equal(text_count(0, out), "0");
	assert_string_equal(text_count(0.3, out), "0.3");
	assert_string_equal(text_count(0.01, out), "<0.1");
	assert_string_equal(text_count(0.96, out), "1");
	assert_string_equal(text_count(999, out), "999");
	assert_string_equal(text_count(999.6, out), "1,000");
	assert_string_equal(text_count(13167680, out), "13,167,680");
	assert_string_equal(text_count(-1234, out), "-1,234");
	assert_string_equal(text_count(-0.2, out), "0");
	assert_string_equal(text_count(NAN, out), "-");
}

/* Printed shares sum to 100.0, whatever the parts are. */
static void tenths_sum_to_the_whole(void **state)
{
	(void)state;
	const int128 thirds[] = {1, 1, 1};
	int tenths[3];
	text_split_tenths(thirds, 3, tenths);
	assert_int_equal(tenths[0], 334);
	assert_int_equal(tenths[1], 333);
	assert_int_equal(tenths[2], 333);
	const int128 nothing[] = {0, 0, 0};
	text_split_tenths(nothing, 3, tenths);
	assert_int_equal(tenths[0] + tenths[1] + tenths[2], 0);
	for (uint64_t seed = 1; seed < 200; seed++) {
		int128 parts[7];
		int split[7], sum = 0;
		for (uint64_t i = 0; i < 7; i++)
			parts[i] = (int128)(seed * 2654435761u % (1000003 * (i + 1))) << 40;
		text_split_tenths(parts, 7, split);
		for (int i = 0; i < 7; i++)
			sum += split[i];
		assert_int_equal(sum, 1000);
	}
}

static void numbers_in_names_are_in_order(void **state)
{
	(void)state;
	assert_true(text_natural_order("gpu-9", "gpu-10") < 0 && text_natural_order("gpu-10", "gpu-9") > 0);
	assert_true(text_natural_order("a", "b") < 0 && text_natural_order("gpu-2", "gpu-2") == 0);
}

/* Amounts of one list in one unit, fine enough for a hundredth of the largest. */
static void money_of_a_list_has_one_unit(void **state)
{
	(void)state;
	char text[32];
	assert_string_equal(text_money_like(13.8e12, 13.8e12, text), "13,800.0k");
	assert_string_equal(text_money_like(15.69e9, 13.8e12, text), "15.7k");
	assert_string_equal(text_money_like(64.9e6, 13.8e12, text), "0.1k");
	assert_string_equal(text_money_like(3e6, 13.8e12, text), "<0.1k");
	assert_string_equal(text_money_like(0, 13.8e12, text), "0");
	assert_string_equal(text_money_like(12.07e6, 165.4e9, text), "12.07");
}

/* Parts of an amount are shown in its unit, and what is shown adds up. */
static void money_is_split_in_one_unit(void **state)
{
	(void)state;
	char parts[3][32], sum[32];
	const int64_t large[] = {198449000000, 27396040000, 0};
	text_money_split(large, 3, parts, sum);
	assert_string_equal(parts[0], "198.4k");
	assert_string_equal(parts[1], "27.4k");
	assert_string_equal(parts[2], "0");
	assert_string_equal(sum, "225.8k");
	const int64_t small[] = {1333333, 1333333, 1333334};
	text_money_split(small, 3, parts, sum);
	assert_string_equal(parts[0], "1.33");
	assert_string_equal(parts[1], "1.34");
	assert_string_equal(parts[2], "1.33");
	assert_string_equal(sum, "4.00");
	const int64_t edge[] = {99999995000, 5000, 1234567890123456};
	text_money_split(edge, 2, parts, sum);
	assert_string_equal(sum, "100.0k");
	text_money_split(&edge[2], 1, parts, sum);
	assert_string_equal(sum, "1.2B");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(programs_get_exact_values),     cmocka_unit_test(people_get_aligned_columns),
	    cmocka_unit_test(an_empty_list_is_a_list),       cmocka_unit_test(counts_have_separators),
	    cmocka_unit_test(sizes_are_what_they_are),       cmocka_unit_test(tenths_sum_to_the_whole),
	    cmocka_unit_test(money_is_split_in_one_unit),    cmocka_unit_test(money_of_a_list_has_one_unit),
	    cmocka_unit_test(numbers_in_names_are_in_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
