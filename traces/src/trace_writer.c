/* trace_writer.c - our own CSV and JSON Lines, written to a temporary file beside the target and renamed when complete.
 *
 * CSV has all columns; JSON Lines only what is given. Both read back to equal records. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/doc.h"
#include "columns.h"

#include <glib.h> /* after base.h: it takes over MIN and MAX without a word */

struct trace_writer {
	enum trace_format format;
	FILE *file;
	char *path, *partial;
};

/* Texts that the format cannot hold otherwise are quoted; so are those that a CSV reader would trim. */
static bool needs_quotes(const char *text)
{
	size_t length = strlen(text);
	return strpbrk(text, ",\"\r\n") || (length && (strchr(" \t", text[0]) || strchr(" \t", text[length - 1])));
}

static void write_csv_text(FILE *file, const char *text)
{
	if (!needs_quotes(text)) {
		fputs(text, file);
		return;
	}
	fputc('"', file);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', file);
		fputc(*text, file);
	}
	fputc('"', file);
}

/* Bytes that are not UTF-8 become U+FFFD, since JSON has no other text. */
static void write_json_text(FILE *file, const char *text)
{
	char *valid = g_utf8_make_valid(text, -1);
	doc_write_json_string(file, valid);
	g_free(valid);
}

static void write_csv_header(FILE *file)
{
	for (enum column column = 0; column < COLUMN_COUNT; column++)
		fprintf(file, "%s%s", column ? "," : "", column_names[column]);
	fputc('\n', file);
}

static void write_csv_record(FILE *file, const struct trace_record *record)
{
	char scratch[64];
	for (enum column column = 0; column < COLUMN_COUNT; column++) {
		if (column)
			fputc(',', file);
		write_csv_text(file, column_text(record, column, scratch));
	}
	fputc('\n', file);
}

static void write_json_record(FILE *file, const struct trace_record *record)
{
	char scratch[64];
	const char *separator = "{";
	for (enum column column = 0; column < COLUMN_COUNT; column++) {
		const char *text = column_text(record, column, scratch);
		if (!*text)
			continue;
		fprintf(file, "%s\"%s\":", separator, column_names[column]);
		if (column_is_number(column))
			fputs(text, file);
		else
			write_json_text(file, text);
		separator = ",";
	}
	fputs("}\n", file);
}

static bool write_error(const struct trace_writer *writer, struct error *error)
{
	return error_set(error, ERROR_BAD_INPUT, "%s: cannot write: %s", writer->path, strerror(errno));
}

static void writer_free(struct trace_writer *writer)
{
	g_free(writer->path);
	g_free(writer->partial);
	free(writer);
}

bool trace_writer_open(const char *path, enum trace_format format, struct trace_writer **ret_writer, struct error *error)
{
	if (format != TRACE_CSV && format != TRACE_JSON_LINES)
		return error_set(error, ERROR_USAGE, "traces are written as CSV or JSONLines, not as %s", trace_format_name(format));
	struct trace_writer *writer = xcalloc(1, sizeof *writer);
	writer->format = format;
	writer->path = g_strdup(path);
	writer->partial = g_strdup_printf("%s.%ld.partial", path, (long)getpid());
	writer->file = fopen(writer->partial, "wbe");
	if (!writer->file) {
		write_error(writer, error);
		writer_free(writer);
		return false;
	}
	if (format == TRACE_CSV)
		write_csv_header(writer->file);
	*ret_writer = writer;
	return true;
}

bool trace_writer_add(struct trace_writer *writer, const struct trace_record *record, struct error *error)
{
	if (writer->format == TRACE_CSV)
		write_csv_record(writer->file, record);
	else
		write_json_record(writer->file, record);
	return !ferror(writer->file) || write_error(writer, error);
}

static bool commit_file(struct trace_writer *writer, struct error *error)
{
	bool written = fflush(writer->file) == 0 && fsync(fileno(writer->file)) == 0;
	if (!written)
		write_error(writer, error);
	written = fclose(writer->file) == 0 && written;
	if (written && rename(writer->partial, writer->path) == 0)
		return true;
	if (written)
		write_error(writer, error);
	unlink(writer->partial);
	return false;
}

bool trace_writer_close(struct trace_writer *writer, bool commit, struct error *error)
{
	bool ok = true;
	if (commit) {
		ok = commit_file(writer, error);
	} else {
		fclose(writer->file);
		unlink(writer->partial);
	}
	writer_free(writer);
	return ok;
}
