/* overwrite.c - see overwrite.h. Files are told by what they begin with and by the mark that berth leaves in them. */
#include <string.h>

#include "overwrite.h"

#include <glib.h> /* after base.h: both define MIN and MAX, only GLib tolerates the other */

enum { APPLICATION_ID_AT = 68, HTML_HEAD_BYTES = 4096 };

struct bytes {
	const char *at;
	size_t length;
};

static bool begins(struct bytes file, const char *text)
{
	size_t length = strlen(text);
	return file.length >= length && memcmp(file.at, text, length) == 0;
}

static bool holds(struct bytes file, size_t within, const char *mark)
{
	return memmem(file.at, MIN(file.length, within), mark, strlen(mark)) != NULL;
}

static bool is_ours(struct bytes file)
{
	if (begins(file, "SQLite format 3"))
		return file.length > APPLICATION_ID_AT + 4 && memcmp(file.at + APPLICATION_ID_AT, "brth", 4) == 0;
	if (begins(file, "<!DOCTYPE html>"))
		return holds(file, HTML_HEAD_BYTES, "<meta name=\"generator\" content=\"berth\">");
	if (begins(file, "%PDF-"))
		return holds(file, SIZE_MAX, "/Creator (berth)");
	return begins(file, "berth-log ");
}

bool may_overwrite(const char *path, bool force, struct error *error)
{
	GMappedFile *mapped = force ? NULL : g_mapped_file_new(path, FALSE, NULL);
	if (!mapped) /* absent; or it cannot be read, and then whoever writes it will say so */
		return true;
	struct bytes file = {g_mapped_file_get_contents(mapped), g_mapped_file_get_length(mapped)};
	bool ours = file.length == 0 || is_ours(file);
	g_mapped_file_unref(mapped);
	return ours || error_set(error, ERROR_BAD_INPUT, "%s: exists, and berth did not write it; --force overwrites it", path);
}

bool same_file(const char *a, const char *b)
{
	char *first = g_canonicalize_filename(a, NULL), *second = g_canonicalize_filename(b, NULL);
	bool same = strcmp(first, second) == 0;
	g_free(first);
	g_free(second);
	return same;
}
