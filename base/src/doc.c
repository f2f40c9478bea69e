/* doc.c - looking into document trees, and reading the files that they come from. See doc.h; the readers are doc_yaml.c
 * and doc_json.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/doc.h"

enum { DEFAULT_FILE_BYTES = 64 << 20, READ_BYTES = 32 << 10 };

const struct doc_node *doc_get(const struct doc_node *node, const char *key)
{
	if (!node || node->kind != DOC_MAPPING)
		return NULL;
	for (uint32_t i = 0; i < node->count; i++)
		if (strcmp(node->pairs[i].key, key) == 0)
			return node->pairs[i].value;
	return NULL;
}

static bool is_plain(const struct doc_node *node)
{
	return node && node->kind == DOC_SCALAR && node->style == DOC_PLAIN;
}

bool doc_bool(const struct doc_node *node, bool *ret)
{
	if (!is_plain(node))
		return false;
	bool is_true = strcmp(node->text, "true") == 0;
	if (!is_true && strcmp(node->text, "false") != 0)
		return false;
	*ret = is_true;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool doc_int(const struct doc_node *node, int64_t *ret)
{
	if (!is_plain(node))
		return false;
	const char *s = node->text;
	bool negative = *s == '-';
	s += *s == '-' || *s == '+';
	if (!is_digit(*s) || (*s == '0' && s[1]))
		return false;
	int64_t value = 0;
	for (; is_digit(*s); s++) {
		int digit = negative ? '0' - *s : *s - '0';
		if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit, &value))
			return false;
	}
	if (*s)
		return false;
	*ret = value;
	return true;
}

/* Copies the digits of a decimal number without its point, and counts those behind the point. NULL unless there is a digit
 * and they fit. */
static const char *copy_digits(const char *s, char *out, size_t room, int *ret_fraction_digits)
{
	size_t length = 0;
	bool behind_point = false;
	*ret_fraction_digits = 0;
	for (; is_digit(*s) || (*s == '.' && !behind_point); s++) {
		if (*s == '.') {
			behind_point = true;
			continue;
		}
		if (length + 1 >= room)
			return NULL;
		out[length++] = *s;
		*ret_fraction_digits += behind_point;
	}
	out[length] = '\0';
	return length ? s : NULL;
}

/* The text is handed to strtod() without its point, which is the one thing there that a locale can change. */
bool doc_double(const struct doc_node *node, double *ret)
{
	if (!is_plain(node))
		return false;
	char digits[400], text[480];
	const char *s = node->text;
	const char *sign = *s == '-' ? "-" : "";
	s += *s == '-' || *s == '+';
	int fraction_digits, exponent = 0;
	s = copy_digits(s, digits, sizeof digits, &fraction_digits);
	if (!s)
		return false;
	if (*s == 'e' || *s == 'E') {
		int used = 0;
		bool is_signed = s[1] == '-' || s[1] == '+';
		if (!is_digit(s[1 + is_signed]) || strlen(s) > 8 || sscanf(s + 1, "%d%n", &exponent, &used) != 1)
			return false;
		s += 1 + used;
	}
	if (*s)
		return false;
	snprintf(text, sizeof text, "%s%se%d", sign, digits, exponent - fraction_digits);
	double value = strtod(text, NULL);
	if (value - value != 0) /* beyond the range of a double */
		return false;
	*ret = value;
	return true;
}

const char *doc_type_name(const struct doc_node *node)
{
	bool truth;
	double number;
	if (!node || node->kind == DOC_NULL)
		return "null";
	if (node->kind == DOC_MAPPING)
		return "mapping";
	if (node->kind == DOC_SEQUENCE)
		return "sequence";
	return doc_bool(node, &truth) ? "boolean" : doc_double(node, &number) ? "number" : "string";
}

static bool read_stream(FILE *in, size_t max_bytes, char **ret_bytes, size_t *ret_length, struct error *error)
{
	char *bytes = NULL;
	size_t length = 0, room = READ_BYTES;
	do {
		room *= 2;
		bytes = xrealloc_array(bytes, room + 1, 1);
		length += fread(bytes + length, 1, room - length, in);
	} while (length == room && length <= max_bytes);
	if (!ferror(in) && length <= max_bytes) {
		bytes[length] = '\0';
		*ret_bytes = bytes;
		*ret_length = length;
		return true;
	}
	int cause = errno;
	free(bytes);
	if (length > max_bytes)
		return error_set(error, ERROR_BAD_INPUT, "larger than the %zu bytes allowed", max_bytes);
	return error_set(error, ERROR_BAD_INPUT, "cannot read: %s", strerrordesc_np(cause));
}

bool doc_read_file(const char *path, size_t max_bytes, char **ret_bytes, size_t *ret_length, struct error *error)
{
	FILE *in = fopen(path, "rb");
	if (!in)
		return error_set(error, ERROR_BAD_INPUT, "%s: cannot open: %s", path, strerrordesc_np(errno));
	bool good = read_stream(in, max_bytes ? max_bytes : DEFAULT_FILE_BYTES, ret_bytes, ret_length, error);
	fclose(in);
	return good || error_wrap(error, "%s", path);
}
