/* diag.c - see diag.h. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/vec.h"

enum { DIAGS_KEPT = 200 };

const char *const diag_severity_names[] = {"note", "warning", "error"};

struct diags {
	VEC_FIELDS(struct diag);
	uint32_t counts[DIAG_ERROR + 1];
	uint32_t *order; /* scratch of the sort: first come, first among equals */
};

struct diags *diags_create(void)
{
	return xcalloc(1, sizeof(struct diags));
}

void diags_destroy(struct diags *diags)
{
	if (!diags)
		return;
	for (uint32_t i = 0; i < diags->count; i++) {
		free(diags->items[i].text);
		free(diags->items[i].suggestion);
		free(diags->items[i].file);
	}
	VEC_FREE(diags);
	free(diags);
}

void diag_add(struct diags *diags, enum diag_severity severity, struct diag_place place, const char *suggestion,
              const char *format, ...)
{
	diags->counts[severity]++;
	if (diags->count == DIAGS_KEPT)
		return;
	char text[1024];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	struct diag *diag = VEC_PUSH(diags);
	diag->severity = severity;
	diag->text = strdup(text);
	diag->suggestion = suggestion ? strdup(suggestion) : NULL;
	diag->file = place.file ? strdup(place.file) : NULL;
	diag->place = (struct diag_place){diag->file, place.line, place.column};
}

uint32_t diags_count(const struct diags *diags, enum diag_severity at_least)
{
	uint32_t count = 0;
	for (int severity = (int)at_least; severity <= DIAG_ERROR; severity++)
		count += diags->counts[severity];
	return count;
}

static bool place_before(const struct diag *a, const struct diag *b)
{
	int files = strcmp(a->place.file ? a->place.file : "", b->place.file ? b->place.file : "");
	if (files)
		return files < 0;
	if (a->place.line != b->place.line)
		return a->place.line < b->place.line;
	return a->place.column < b->place.column;
}

/* Insertion sort: stable, and the list is short. */
const struct diag *diags_sorted(struct diags *diags, uint32_t *ret_count)
{
	for (uint32_t i = 1; i < diags->count; i++) {
		struct diag moved = diags->items[i];
		uint32_t at = i;
		for (; at > 0 && place_before(&moved, &diags->items[at - 1]); at--)
			diags->items[at] = diags->items[at - 1];
		diags->items[at] = moved;
	}
	*ret_count = diags->count;
	return diags->items;
}

void diags_print(struct diags *diags, FILE *out)
{
	uint32_t count;
	const struct diag *items = diags_sorted(diags, &count);
	for (uint32_t i = 0; i < count; i++) {
		const struct diag *diag = &items[i];
		if (diag->place.file)
			fprintf(out, "%s:", diag->place.file);
		if (diag->place.line)
			fprintf(out, "%u:%u:", diag->place.line, diag->place.column);
		fprintf(out, "%s%s: %s", diag->place.file ? " " : "", diag_severity_names[diag->severity], diag->text);
		if (diag->suggestion)
			fprintf(out, "; %s", diag->suggestion);
		fputc('\n', out);
	}
	uint32_t more = diags_count(diags, DIAG_NOTE) - count;
	if (more)
		fprintf(out, "and %u more\n", more);
}

/* Levenshtein distance, bounded to short words. */
static uint32_t edit_distance(const char *a, const char *b)
{
	enum { LONGEST = 63 };
	size_t n = strlen(a), m = strlen(b);
	if (n > LONGEST || m > LONGEST)
		return NONE;
	uint32_t row[LONGEST + 1];
	for (size_t j = 0; j <= m; j++)
		row[j] = (uint32_t)j;
	for (size_t i = 1; i <= n; i++) {
		uint32_t diagonal = row[0];
		row[0] = (uint32_t)i;
		for (size_t j = 1; j <= m; j++) {
			uint32_t replace = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			uint32_t insert_or_delete = MIN(row[j], row[j - 1]) + 1;
			row[j] = MIN(replace, insert_or_delete);
		}
	}
	return row[m];
}

const char *diag_nearest(const char *word, const char *const *candidates, uint32_t count)
{
	const char *nearest = NULL;
	uint32_t best = (uint32_t)strlen(word) / 3 + 2; /* farther than this is a guess, not a suggestion */
	for (uint32_t i = 0; i < count; i++) {
		uint32_t distance = edit_distance(word, candidates[i]);
		if (distance < best) {
			best = distance;
			nearest = candidates[i];
		}
	}
	return nearest;
}
