/* golden.h - texts that tests compare with files of the source tree. `UPDATE=1 meson test -C build` writes all of them anew;
 * the review happens in the diff. Include it after cmocka.h. */
#ifndef BERTH_TESTS_GOLDEN_H
#define BERTH_TESTS_GOLDEN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/doc.h"

static inline bool golden_updating(void)
{
	const char *update = getenv("UPDATE");
	return update && strcmp(update, "1") == 0;
}

/* A file of tests/golden, or of the folder that BERTH_GOLDEN names. */
static inline char *golden_path(const char *name, char out[4096])
{
	const char *folder = getenv("BERTH_GOLDEN");
	snprintf(out, 4096, "%s/%s", folder ? folder : DEFAULT_GOLDEN, name);
	return out;
}

/* The file's text, or "" when there is none; to be freed. */
static inline char *golden_read(const char *path)
{
	struct error error;
	char *text;
	size_t length;
	return doc_read_file(path, 0, &text, &length, &error) ? text : xcalloc(1, 1);
}

static inline void golden_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	if (!file)
		fail_msg("%s: cannot write", path);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* The file must hold the text; when updating it is made to. */
static inline void golden_expect(const char *path, const char *text)
{
	if (golden_updating())
		golden_write(path, text);
	char *found = golden_read(path);
	assert_string_equal(text, found);
	free(found);
}

#endif
