/* fuzz_file.h - bytes as a file, for what reads files by path. */
#ifndef BERTH_TESTS_FUZZ_FILE_H
#define BERTH_TESTS_FUZZ_FILE_H

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

struct fuzz_file {
	int fd;
	char path[64]; /* in no folder: what it includes by relative name does not exist */
};

static inline struct fuzz_file fuzz_file_create(const uint8_t *bytes, size_t length)
{
	struct fuzz_file file = {.fd = memfd_create("fuzz", MFD_CLOEXEC)};
	fuzz_require(file.fd >= 0 && write(file.fd, bytes, length) == (ssize_t)length);
	snprintf(file.path, sizeof file.path, "/proc/self/fd/%d", file.fd);
	return file;
}

static inline void fuzz_file_close(const struct fuzz_file *file)
{
	fuzz_require(close(file->fd) == 0);
}

#endif
