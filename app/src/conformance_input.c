/* conformance_input.c - see conformance_input.h. zlib reads plain files as they are. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "conformance_input.h"

#define MAX_BYTES ((size_t)1 << 30)
#define CHUNK_BYTES ((size_t)1 << 20)

static bool read_all(gzFile file, char **bytes, size_t *length, struct error *error)
{
	size_t capacity = 0;
	for (;;) {
		if (*length == MAX_BYTES)
			return error_set(error, ERROR_BAD_INPUT, "more than %zu MiB", MAX_BYTES >> 20);
		if (*length == capacity)
			*bytes = xrealloc_array(*bytes, capacity = MAX(capacity * 2, CHUNK_BYTES), 1);
		int got = gzread(file, *bytes + *length, (unsigned)MIN(capacity - *length, (size_t)INT_MAX));
		if (got < 0)
			return error_set(error, ERROR_BAD_INPUT, "%s", gzerror(file, &got));
		if (got == 0)
			return true;
		*length += (size_t)got;
	}
}

static void split_lines(struct lines *lines, size_t length)
{
	const char *end = lines->bytes + length;
	for (const char *at = lines->bytes; at < end;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline ? newline : end;
		if (stop > at)
			*VEC_PUSH(lines) = (struct line){at, (size_t)(stop - at)};
		at = stop + 1;
	}
}

bool lines_read(const char *path, struct lines *ret_lines, struct error *error)
{
	gzFile file = gzopen(path, "rb");
	if (!file)
		return error_set(error, ERROR_BAD_INPUT, "%s: %s", path, strerror(errno));
	struct lines lines = {0};
	size_t length = 0;
	bool complete = read_all(file, &lines.bytes, &length, error);
	/* gzread reports a stream that ends early only when it is closed. */
	if (gzclose_r(file) != Z_OK && complete)
		complete = error_set(error, ERROR_BAD_INPUT, "the compressed file ends early");
	if (!complete) {
		free(lines.bytes);
		return error_wrap(error, "%s", path);
	}
	split_lines(&lines, length);
	*ret_lines = lines;
	return true;
}

void lines_free(struct lines *lines)
{
	free(lines->bytes);
	VEC_FREE(lines);
}
