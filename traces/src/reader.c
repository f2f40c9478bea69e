/* reader.c - see reader.h. Bytes flow file -> `in` -> decoder -> `out` -> lines; a line that crosses the end of `out` is
 * gathered in `long_line`. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/vec.h"
#include "reader.h"

enum { CHUNK = 128 * 1024 };
enum encoding { PLAIN, GZIP, ZSTD };

struct reader {
	char *name;
	FILE *file;
	enum encoding encoding;
	z_stream gzip;
	ZSTD_DStream *zstd;
	bool within; /* a compressed member has begun and not ended: the end of the file here is a truncation */
	unsigned char in[CHUNK];
	size_t in_at, in_end;
	char out[CHUNK + 1]; /* + 1: room to terminate a last line without a newline */
	size_t out_at, out_end;
	struct {
		VEC_FIELDS(char);
	} long_line;
	char *line; /* last returned */
	size_t length;
	uint64_t line_number;
	bool again;
};

bool reader_error(const struct reader *reader, struct error *error, const char *format, ...)
{
	char text[sizeof error->text];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (reader->line_number == 0) /* no line came out yet */
		return error_set(error, ERROR_BAD_INPUT, "%s: %s", reader->name, text);
	return error_set(error, ERROR_BAD_INPUT, "%s:%llu: %s", reader->name, (unsigned long long)reader->line_number, text);
}

/* Makes `in` hold something unless the file is at its end. */
static bool fill_in(struct reader *reader, struct error *error)
{
	if (reader->in_at < reader->in_end)
		return true;
	reader->in_at = 0;
	reader->in_end = fread(reader->in, 1, sizeof reader->in, reader->file);
	if (ferror(reader->file))
		return error_set(error, ERROR_BAD_INPUT, "%s: %s", reader->name, strerror(errno));
	return true;
}

static bool begin_decoder(struct reader *reader, struct error *error)
{
	static const unsigned char gzip_magic[] = {0x1f, 0x8b}, zstd_magic[] = {0x28, 0xb5, 0x2f, 0xfd};
	if (!fill_in(reader, error))
		return false;
	if (reader->in_end >= sizeof gzip_magic && memcmp(reader->in, gzip_magic, sizeof gzip_magic) == 0) {
		if (inflateInit2(&reader->gzip, MAX_WBITS + 16) != Z_OK) /* + 16: a gzip header, nothing else */
			return error_set(error, ERROR_BAD_INPUT, "%s: zlib: out of memory", reader->name);
		reader->encoding = GZIP;
	} else if (reader->in_end >= sizeof zstd_magic && memcmp(reader->in, zstd_magic, sizeof zstd_magic) == 0) {
		reader->encoding = ZSTD;
		reader->zstd = ZSTD_createDStream();
	}
	return true;
}

static void skip_byte_order_mark(struct reader *reader)
{
	if (reader->out_end >= 3 && memcmp(reader->out, "\xef\xbb\xbf", 3) == 0)
		reader->out_at = 3;
}

static bool open_stream(const char *name, FILE *file, struct reader **ret_reader, struct error *error)
{
	if (!file)
		return error_set(error, ERROR_BAD_INPUT, "%s: %s", name, strerror(errno));
	struct reader *reader = xcalloc(1, sizeof *reader);
	reader->name = strdup(name);
	reader->file = file;
	if (!begin_decoder(reader, error)) {
		reader_close(reader);
		return false;
	}
	*ret_reader = reader;
	return true;
}

bool reader_open(const char *path, struct reader **ret_reader, struct error *error)
{
	return open_stream(path, fopen(path, "rbe"), ret_reader, error);
}

bool reader_open_bytes(const char *name, const void *bytes, size_t length, struct reader **ret_reader, struct error *error)
{
	/* Opened for reading, the bytes are not written to; the cast is fmemopen's signature. */
	return open_stream(name, fmemopen((void *)(uintptr_t)bytes, length, "r"), ret_reader, error);
}

void reader_close(struct reader *reader)
{
	if (!reader)
		return;
	if (reader->encoding == GZIP)
		inflateEnd(&reader->gzip);
	ZSTD_freeDStream(reader->zstd);
	fclose(reader->file);
	VEC_FREE(&reader->long_line);
	free(reader->name);
	free(reader);
}

static bool decode_gzip(struct reader *reader, struct error *error)
{
	z_stream *gzip = &reader->gzip;
	gzip->next_in = reader->in + reader->in_at;
	gzip->avail_in = (uInt)(reader->in_end - reader->in_at);
	gzip->next_out = (unsigned char *)reader->out;
	gzip->avail_out = CHUNK;
	if (!reader->within && gzip->next_in[0] != 0x1f)
		return reader_error(reader, error, "bytes that are not gzip follow the gzip data");
	int status = inflate(gzip, Z_NO_FLUSH);
	if (status != Z_OK && status != Z_STREAM_END)
		return reader_error(reader, error, "damaged gzip data: %s", gzip->msg ? gzip->msg : "unexpected bytes");
	reader->within = status != Z_STREAM_END;
	if (!reader->within)
		inflateReset(gzip); /* several members in a row are one file */
	reader->in_at = reader->in_end - gzip->avail_in;
	reader->out_end = CHUNK - gzip->avail_out;
	return true;
}

static bool decode_zstd(struct reader *reader, struct error *error)
{
	ZSTD_inBuffer in = {reader->in, reader->in_end, reader->in_at};
	ZSTD_outBuffer out = {reader->out, CHUNK, 0};
	size_t status = ZSTD_decompressStream(reader->zstd, &out, &in);
	if (ZSTD_isError(status))
		return reader_error(reader, error, "damaged zstd data: %s", ZSTD_getErrorName(status));
	reader->within = status != 0;
	reader->in_at = in.pos;
	reader->out_end = out.pos;
	return true;
}

static bool decode(struct reader *reader, struct error *error)
{
	switch (reader->encoding) {
	case GZIP:
		return decode_gzip(reader, error);
	case ZSTD:
		return decode_zstd(reader, error);
	case PLAIN:
		reader->out_end = reader->in_end - reader->in_at;
		memcpy(reader->out, reader->in + reader->in_at, reader->out_end);
		reader->in_at = reader->in_end;
	}
	return true;
}

/* Fills `out`; leaves it empty at the end of the file. Both decoders leave some input unread while they hold back output
 * (a gzip member ends with its checksum, zstd keeps a byte hostage), so input that is used up means that all came out. */
static bool fill_out(struct reader *reader, struct error *error)
{
	reader->out_at = reader->out_end = 0;
	while (reader->out_end == 0) {
		if (!fill_in(reader, error))
			return false;
		bool used_up = reader->in_at == reader->in_end;
		if (used_up && reader->within)
			return reader_error(reader, error, "the file is truncated: its compressed data ends early");
		if (used_up)
			return true;
		if (!decode(reader, error))
			return false;
	}
	if (reader->line_number == 0 && reader->long_line.count == 0)
		skip_byte_order_mark(reader);
	return true;
}

/* Appends out[out_at, out_at + length) to the long line. */
static bool gather(struct reader *reader, size_t length, struct error *error)
{
	uint32_t count = reader->long_line.count;
	if (count + length > READER_MAX_LINE) {
		reader->line_number++;
		return reader_error(reader, error, "a line longer than %zu bytes", READER_MAX_LINE);
	}
	VEC_RESERVE(&reader->long_line, count + (uint32_t)length + 1);
	memcpy(reader->long_line.items + count, reader->out + reader->out_at, length);
	reader->long_line.count += (uint32_t)length;
	reader->out_at += length;
	return true;
}

/* Finds the next line: `line` and `length`, not yet terminated; line NULL at the end. */
static bool find_line(struct reader *reader, struct error *error)
{
	VEC_CLEAR(&reader->long_line);
	reader->line = NULL;
	for (;;) {
		if (reader->out_at == reader->out_end && !fill_out(reader, error))
			return false;
		size_t left = reader->out_end - reader->out_at;
		char *start = reader->out + reader->out_at;
		char *newline = left ? memchr(start, '\n', left) : NULL;
		if (newline && reader->long_line.count == 0) {
			reader->line = start;
			reader->length = (size_t)(newline - start);
			reader->out_at += reader->length + 1;
			return true;
		}
		if (!gather(reader, newline ? (size_t)(newline - start) : left, error))
			return false;
		if (newline)
			reader->out_at++;
		if (newline || (left == 0 && reader->long_line.count)) {
			reader->line = reader->long_line.items;
			reader->length = reader->long_line.count;
			return true;
		}
		if (left == 0)
			return true;
	}
}

bool reader_line(struct reader *reader, char **ret_line, size_t *ret_length, struct error *error)
{
	if (!reader->again) {
		if (!find_line(reader, error))
			return false;
		if (reader->line) {
			if (++reader->line_number > READER_MAX_LINES)
				return reader_error(reader, error, "more lines than the %llu that a trace may have",
				                    (unsigned long long)READER_MAX_LINES);
			if (memchr(reader->line, '\0', reader->length))
				return reader_error(reader, error, "a NUL byte: this is not a text file");
			if (reader->length && reader->line[reader->length - 1] == '\r')
				reader->length--;
			reader->line[reader->length] = '\0';
		}
	}
	reader->again = false;
	*ret_line = reader->line;
	*ret_length = reader->line ? reader->length : 0;
	return true;
}

void reader_unread(struct reader *reader)
{
	reader->again = true;
}

const char *reader_name(const struct reader *reader)
{
	return reader->name;
}

uint64_t reader_line_number(const struct reader *reader)
{
	return reader->line_number;
}
