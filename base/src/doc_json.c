/* doc_json.c - JSON (RFC 8259) into document trees: strict, one pass, with line and column of every value.
 *
 * Columns count characters, not bytes: bytes beyond the first of a character are counted as they go by. */
#include <string.h>

#include "doc_build.h"

struct json_reader {
	struct doc_build build;
	const char *at, *end;
	const char *line_start;
	uint32_t line;
	uint32_t wide; /* continuation bytes of UTF-8 seen on this line */
};

static bool read_value(struct json_reader *reader);

static struct diag_place here(const struct json_reader *reader)
{
	uint32_t column = (uint32_t)(reader->at - reader->line_start) - reader->wide + 1;
	return (struct diag_place){reader->build.file, reader->line, column};
}

static void skip_blank(struct json_reader *reader)
{
	for (; reader->at < reader->end; reader->at++) {
		char c = *reader->at;
		if (c == '\n') {
			reader->line++;
			reader->line_start = reader->at + 1;
			reader->wide = 0;
		} else if (c != ' ' && c != '\t' && c != '\r') {
			return;
		}
	}
}

/* The next byte that is not blank; 0 at the end (a NUL in the text is wrong wherever it stands). */
static char peek(struct json_reader *reader)
{
	skip_blank(reader);
	return reader->at < reader->end ? *reader->at : '\0';
}

static bool unexpected(struct json_reader *reader, const char *expected)
{
	struct diag_place place = here(reader);
	if (reader->at >= reader->end)
		return doc_build_error(&reader->build, place, NULL, "the text ends where %s was expected", expected);
	unsigned char c = (unsigned char)*reader->at;
	if (c > 0x20 && c < 0x7F)
		return doc_build_error(&reader->build, place, NULL, "'%c' where %s was expected", c, expected);
	return doc_build_error(&reader->build, place, NULL, "byte 0x%02X where %s was expected", c, expected);
}

/* Bytes of the UTF-8 character at `s`; 0 when it is not one: overlong, a surrogate, out of range, cut off. */
static size_t utf8_length(const unsigned char *s, size_t room)
{
	size_t length = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : s[0] < 0xF5 ? 4 : 0;
	if (length > room)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF0 && s[1] < 0x90) ||
	    (s[0] == 0xF4 && s[1] > 0x8F))
		return 0;
	return length;
}

/* Four hexadecimal digits at `s`, or UINT32_MAX. */
static uint32_t hex4(const char *s, const char *end)
{
	uint32_t value = 0;
	if (end - s < 4)
		return UINT32_MAX;
	for (int i = 0; i < 4; i++) {
		char c = s[i];
		uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
		                 : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
		                 : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
		                                        : UINT32_MAX;
		if (digit == UINT32_MAX)
			return UINT32_MAX;
		value = value << 4 | digit;
	}
	return value;
}

static size_t put_utf8(char *out, uint32_t code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	for (size_t i = length - 1; i > 0; i--, code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3F));
	static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
	out[0] = (char)(leads[length] | code);
	return length;
}

/* `reader->at` is at the u of \uXXXX: reads it, with the second half of a surrogate pair, and moves on. */
static bool read_unicode_escape(struct json_reader *reader, uint32_t *ret_code)
{
	const char *s = reader->at;
	uint32_t code = hex4(s + 1, reader->end);
	if (code == UINT32_MAX)
		return doc_build_error(&reader->build, here(reader), NULL, "\\u takes four hexadecimal digits");
	size_t used = 5;
	if (code >= 0xD800 && code < 0xE000) {
		bool paired = code < 0xDC00 && reader->end - s >= 11 && s[5] == '\\' && s[6] == 'u';
		uint32_t low = paired ? hex4(s + 7, reader->end) : UINT32_MAX;
		if (low < 0xDC00 || low > 0xDFFF)
			return doc_build_error(&reader->build, here(reader), NULL, "half of a surrogate pair");
		code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
		used = 11;
	}
	if (code == 0)
		return doc_build_error(&reader->build, here(reader), NULL, "a text may not hold a NUL");
	reader->at += used;
	*ret_code = code;
	return true;
}

/* `reader->at` is behind a backslash. */
static bool read_escape(struct json_reader *reader, char *out, size_t *length)
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	if (reader->at < reader->end && *reader->at == 'u') {
		uint32_t code = 0;
		if (!read_unicode_escape(reader, &code))
			return false;
		*length += put_utf8(out + *length, code);
		return true;
	}
	const char *letter = reader->at < reader->end && *reader->at ? strchr(letters, *reader->at) : NULL;
	if (!letter)
		return unexpected(reader, "one of \"\\/bfnrtu after a backslash");
	out[(*length)++] = meanings[letter - letters];
	reader->at++;
	return true;
}

/* The closing quote of the string whose first byte is at `reader->at`; `ret_plain` when nothing between needs a look. */
static bool find_quote(struct json_reader *reader, const char **ret_quote, bool *ret_plain)
{
	bool plain = true;
	for (const char *s = reader->at; s < reader->end; s++) {
		unsigned char c = (unsigned char)*s;
		if (c == '"') {
			*ret_quote = s;
			*ret_plain = plain;
			return true;
		}
		if (c == '\\')
			s++;
		if (c == '\\' || c < 0x20 || c >= 0x80)
			plain = false;
	}
	reader->at--;
	return doc_build_error(&reader->build, here(reader), NULL, "the string that starts here does not end");
}

/* Copies a string with escapes or characters beyond ASCII, and checks them. */
static bool decode_string(struct json_reader *reader, const char *quote, char *out, size_t *ret_length)
{
	size_t length = 0;
	while (reader->at < quote) {
		unsigned char c = (unsigned char)*reader->at;
		if (c == '\\') {
			reader->at++;
			if (!read_escape(reader, out, &length))
				return false;
			continue;
		}
		size_t bytes = utf8_length((const unsigned char *)reader->at, (size_t)(quote - reader->at));
		if (bytes == 0)
			return doc_build_error(&reader->build, here(reader), "save the file as UTF-8", "not a character of UTF-8");
		if (c < 0x20)
			return unexpected(reader, "a character of a string (write \\n or \\t)");
		memcpy(out + length, reader->at, bytes);
		length += bytes;
		reader->at += bytes;
		reader->wide += (uint32_t)bytes - 1;
	}
	*ret_length = length;
	return true;
}

/* `reader->at` is at the opening quote. */
static bool read_string(struct json_reader *reader, const char **ret_text, uint32_t *ret_length)
{
	struct doc_build *build = &reader->build;
	struct diag_place place = here(reader);
	const char *quote = NULL;
	bool plain = false;
	reader->at++;
	if (!find_quote(reader, &quote, &plain))
		return false;
	size_t length = (size_t)(quote - reader->at);
	if (length > build->limits.max_scalar)
		return doc_build_error(build, place, NULL, "a text of %zu bytes is longer than the %u allowed", length,
		                       build->limits.max_scalar);
	char *text = arena_alloc(build->arena, length + 1);
	if (plain)
		memcpy(text, reader->at, length);
	else if (!decode_string(reader, quote, text, &length))
		return false;
	reader->at = quote + 1;
	text[length] = '\0';
	*ret_text = text;
	*ret_length = (uint32_t)length;
	return true;
}

static const char *skip_digits(const char *s, const char *end)
{
	while (s < end && *s >= '0' && *s <= '9')
		s++;
	return s;
}

/* The end of the number at `s`, or NULL: -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)? */
static const char *number_end(const char *s, const char *end)
{
	s += s < end && *s == '-';
	const char *whole = skip_digits(s, end);
	if (whole == s || (*s == '0' && whole != s + 1))
		return NULL;
	if (whole < end && *whole == '.') {
		s = whole + 1;
		whole = skip_digits(s, end);
		if (whole == s)
			return NULL;
	}
	if (whole < end && (*whole == 'e' || *whole == 'E')) {
		s = whole + 1;
		s += s < end && (*s == '+' || *s == '-');
		whole = skip_digits(s, end);
		if (whole == s)
			return NULL;
	}
	return whole;
}

static const char *literal_end(const struct json_reader *reader, const char *word)
{
	size_t length = strlen(word);
	bool same = (size_t)(reader->end - reader->at) >= length && memcmp(reader->at, word, length) == 0;
	return same ? reader->at + length : NULL;
}

static bool read_literal(struct json_reader *reader)
{
	struct doc_build *build = &reader->build;
	char c = *reader->at;
	const char *end = c == 't'   ? literal_end(reader, "true")
	                  : c == 'f' ? literal_end(reader, "false")
	                  : c == 'n' ? literal_end(reader, "null")
	                             : number_end(reader->at, reader->end);
	if (!end)
		return unexpected(reader, "a value");
	size_t length = (size_t)(end - reader->at);
	if (length > build->limits.max_scalar)
		return doc_build_error(build, here(reader), NULL, "a number of %zu digits", length);
	struct doc_node *node = doc_build_node(build, c == 'n' ? DOC_NULL : DOC_SCALAR, here(reader));
	if (!node)
		return false;
	node->text = arena_text(build->arena, reader->at, length);
	node->length = (uint32_t)length;
	reader->at = end;
	doc_build_attach(build, node);
	return true;
}

static bool read_string_value(struct json_reader *reader)
{
	struct doc_node *node = doc_build_node(&reader->build, DOC_SCALAR, here(reader));
	if (!node || !read_string(reader, &node->text, &node->length))
		return false;
	node->style = DOC_QUOTED;
	doc_build_attach(&reader->build, node);
	return true;
}

static bool read_array(struct json_reader *reader)
{
	if (!doc_build_open(&reader->build, DOC_SEQUENCE, here(reader)))
		return false;
	reader->at++;
	if (peek(reader) != ']') {
		for (;; reader->at++) {
			if (!read_value(reader))
				return false;
			char c = peek(reader);
			if (c == ']')
				break;
			if (c != ',')
				return unexpected(reader, "',' or ']'");
		}
	}
	reader->at++;
	doc_build_close(&reader->build);
	return true;
}

static bool read_member(struct json_reader *reader)
{
	const char *key;
	uint32_t length;
	if (peek(reader) != '"')
		return unexpected(reader, "a key in double quotes");
	struct diag_place place = here(reader);
	if (!read_string(reader, &key, &length))
		return false;
	doc_build_key(&reader->build, key, place);
	if (peek(reader) != ':')
		return unexpected(reader, "':'");
	reader->at++;
	return read_value(reader);
}

static bool read_object(struct json_reader *reader)
{
	if (!doc_build_open(&reader->build, DOC_MAPPING, here(reader)))
		return false;
	reader->at++;
	if (peek(reader) != '}') {
		for (;; reader->at++) {
			if (!read_member(reader))
				return false;
			char c = peek(reader);
			if (c == '}')
				break;
			if (c != ',')
				return unexpected(reader, "',' or '}'");
		}
	}
	reader->at++;
	doc_build_close(&reader->build);
	return true;
}

/* Recursion is bounded by max_depth, which doc_build_open() keeps. */
static bool read_value(struct json_reader *reader)
{
	switch (peek(reader)) {
	case '{':
		return read_object(reader);
	case '[':
		return read_array(reader);
	case '"':
		return read_string_value(reader);
	default:
		return reader->at < reader->end ? read_literal(reader) : unexpected(reader, "a value");
	}
}

static bool read_text(struct json_reader *reader)
{
	if (!doc_build_check_size(&reader->build, (size_t)(reader->end - reader->at)) || !read_value(reader))
		return false;
	skip_blank(reader);
	return reader->at == reader->end || unexpected(reader, "the end of the text");
}

bool doc_parse_json(struct arena *arena, const char *file, const char *bytes, size_t length, const struct doc_limits *limits,
                    struct diags *diags, struct doc_node **ret_document)
{
	bool marked = length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0; /* byte order mark */
	struct json_reader reader = {.at = bytes + (marked ? 3 : 0), .end = bytes + length};
	doc_build_init(&reader.build, arena, file, limits, diags);
	reader.line = reader.build.limits.first_line;
	reader.line_start = reader.at;
	bool good = read_text(&reader) && !reader.build.failed;
	if (good)
		*ret_document = reader.build.root;
	doc_build_free(&reader.build);
	return good;
}

void doc_write_json_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20)
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}
