/* error.h - one operating error, owned by the caller and never allocated.
 *
 * A function that can fail returns NODISCARD bool and takes `struct error *error` last; on failure it has filled it and
 * has left its `ret_` outputs alone. A list of problems in a user's files is not this: see diag.h. */
#ifndef BERTH_BASE_ERROR_H
#define BERTH_BASE_ERROR_H

#include "base/base.h"

/* The values are the exit codes of the program. */
enum error_code {
	ERROR_NONE = 0,
	ERROR_BAD_INPUT = 1,
	ERROR_USAGE = 2,
	ERROR_THRESHOLD = 3,
	ERROR_INVARIANT = 4,
	ERROR_INTERRUPTED = 130,
};

struct error {
	enum error_code code;
	char text[1024];
};

/* Both return false, so that a failure is one line: `return error_set(error, ERROR_BAD_INPUT, "...")`. */
bool error_set(struct error *error, enum error_code code, const char *format, ...) PRINTF_LIKE(3, 4);
/* Puts context in front of the text: "context: text". */
bool error_wrap(struct error *error, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
