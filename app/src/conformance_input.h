/* conformance_input.h - the lines of a JSON Lines file, plain or gzip. */
#ifndef BERTH_APP_CONFORMANCE_INPUT_H
#define BERTH_APP_CONFORMANCE_INPUT_H

#include "base/error.h"
#include "base/vec.h"

struct line {
	const char *text; /* not NUL-terminated */
	size_t length;
};

struct lines {
	VEC_FIELDS(struct line);
	char *bytes;
};

/* Empty lines are left out. A file of more than 1 GiB, or a gzip stream that ends early, is an error. */
NODISCARD bool lines_read(const char *path, struct lines *ret_lines, struct error *error);
void lines_free(struct lines *lines);

#endif
