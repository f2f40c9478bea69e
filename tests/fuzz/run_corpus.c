/* run_corpus.c - a fuzz target as a plain test: runs every file of a folder, in order of name, and reports in TAP. A target
 * that finds something wrong aborts, and the file it was at is the last line printed. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>

#include "fuzz.h"

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool run_file(const char *folder, const char *name)
{
	char path[PATH_MAX];
	char *bytes;
	size_t length;
	struct error error;
	snprintf(path, sizeof path, "%s/%s", folder, name);
	if (!doc_read_file(path, 0, &bytes, &length, &error)) {
		printf("# %s\n", error.text);
		return false;
	}
	LLVMFuzzerTestOneInput((const uint8_t *)bytes, length);
	free(bytes);
	return true;
}

int main(int argc, char **argv)
{
	struct dirent **entries = NULL;
	int count = argc == 2 ? scandir(argv[1], &entries, is_visible, alphasort) : -1, failed = 0;
	if (count <= 0) {
		fprintf(stderr, "usage: %s FOLDER-WITH-INPUTS\n", argv[0]);
		return 2;
	}
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		printf("# %s\n", entries[i]->d_name);
		fflush(stdout);
		bool good = run_file(argv[1], entries[i]->d_name);
		printf("%sok %d - %s\n", good ? "" : "not ", i + 1, entries[i]->d_name);
		failed += !good;
		free(entries[i]);
	}
	free(entries);
	return failed > 0;
}
