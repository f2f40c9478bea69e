/* output.h - a file that appears whole or not at all: written beside its place, then renamed. */
#ifndef BERTH_PLOTS_OUTPUT_H
#define BERTH_PLOTS_OUTPUT_H

#include <cairo.h>
#include <stdio.h>

#include "base/base.h"
#include "base/error.h"

struct output {
	FILE *file;
	char *path, *partial;
	int write_errno; /* of the first write that failed */
};

NODISCARD bool output_open(struct output *output, const char *path, struct error *error);
/* Failures are remembered for output_close(). */
void output_write(struct output *output, const void *bytes, size_t count);
/* Puts the file in its place, or on any failure so far removes it and leaves what was there before. Always ends the
 * output. */
NODISCARD bool output_close(struct output *output, struct error *error);
/* Removes what was written. */
void output_abandon(struct output *output);

/* The same for Cairo's surfaces: `closure` is the output. */
cairo_status_t output_write_cairo(void *closure, const unsigned char *bytes, unsigned int count);
NODISCARD bool output_close_cairo(struct output *output, cairo_status_t status, struct error *error);

#endif
