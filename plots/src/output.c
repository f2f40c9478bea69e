/* output.c - see output.h. */
#include "output.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

bool output_open(struct output *output, const char *path, struct error *error)
{
	char *partial = g_strdup_printf("%s.%ld.partial", path, (long)getpid());
	FILE *file = fopen(partial, "wb");
	if (!file) {
		error_set(error, ERROR_BAD_INPUT, "cannot write %s: %s", path, strerror(errno));
		g_free(partial);
		return false;
	}
	*output = (struct output){.file = file, .path = g_strdup(path), .partial = partial};
	return true;
}

void output_write(struct output *output, const void *bytes, size_t count)
{
	if (output->write_errno == 0 && fwrite(bytes, 1, count, output->file) != count)
		output->write_errno = errno ? errno : EIO;
}

static void forget(struct output *output)
{
	g_free(output->path);
	g_free(output->partial);
	*output = (struct output){0};
}

void output_abandon(struct output *output)
{
	if (output->file)
		fclose(output->file);
	unlink(output->partial);
	forget(output);
}

bool output_close(struct output *output, struct error *error)
{
	if (output->write_errno == 0 && fflush(output->file) != 0)
		output->write_errno = errno;
	if (fclose(output->file) != 0 && output->write_errno == 0)
		output->write_errno = errno;
	output->file = NULL;
	if (output->write_errno == 0 && rename(output->partial, output->path) != 0)
		output->write_errno = errno;
	if (output->write_errno != 0) {
		error_set(error, ERROR_BAD_INPUT, "cannot write %s: %s", output->path, strerror(output->write_errno));
		output_abandon(output);
		return false;
	}
	forget(output);
	return true;
}

cairo_status_t output_write_cairo(void *closure, const unsigned char *bytes, unsigned int count)
{
	struct output *output = closure;
	output_write(output, bytes, count);
	return output->write_errno ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

bool output_close_cairo(struct output *output, cairo_status_t status, struct error *error)
{
	if (status == CAIRO_STATUS_SUCCESS || status == CAIRO_STATUS_WRITE_ERROR)
		return output_close(output, error);
	error_set(error, ERROR_BAD_INPUT, "cannot write %s: %s", output->path, cairo_status_to_string(status));
	output_abandon(output);
	return false;
}
