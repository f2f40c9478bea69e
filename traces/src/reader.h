/* reader.h - the lines of a trace file: plain, gzip or zstd, told apart by their first bytes.
 *
 * Streams: memory does not grow with the file. A line is at most READER_MAX_LINE bytes, a file READER_MAX_LINES lines; NUL
 * bytes, a damaged or truncated stream and bytes after a gzip stream are errors with file:line. A UTF-8 byte order mark and
 * carriage returns at the end of lines are dropped. */
#ifndef BERTH_TRACES_READER_H
#define BERTH_TRACES_READER_H

#include "base/base.h"
#include "base/error.h"

#define READER_MAX_LINE ((size_t)1 << 20)
#define READER_MAX_LINES UINT64_C(1000000000)

struct reader;

NODISCARD bool reader_open(const char *path, struct reader **ret_reader, struct error *error);
/* Reads from memory, which must outlive the reader; `name` stands for the file in errors. */
NODISCARD bool reader_open_bytes(const char *name, const void *bytes, size_t length, struct reader **ret_reader,
                                 struct error *error);
void reader_close(struct reader *reader); /* accepts NULL */

/* The next line without its end, NUL-terminated; NULL at the end of the file. The caller may write into it; it is valid
 * until the next call. */
NODISCARD bool reader_line(struct reader *reader, char **ret_line, size_t *ret_length, struct error *error);
/* The next line will be this one again. */
void reader_unread(struct reader *reader);

const char *reader_name(const struct reader *reader);
/* Of the line last returned, from 1. */
uint64_t reader_line_number(const struct reader *reader);
/* "file:line: ..." of the line last returned. Returns false. */
bool reader_error(const struct reader *reader, struct error *error, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
