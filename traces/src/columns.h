/* columns.h - the columns of our own trace formats (docs/traces.md): one table for CSV and JSON Lines, reading and
 * writing. */
#ifndef BERTH_TRACES_COLUMNS_H
#define BERTH_TRACES_COLUMNS_H

#include "format.h"

enum column {
	COLUMN_ID,
	COLUMN_SUBMIT,
	COLUMN_RUN_TIME,
	COLUMN_WAIT,
	COLUMN_REQUESTED_TIME,
	COLUMN_GPUS,
	COLUMN_PODS,
	COLUMN_GPUS_PER_POD,
	COLUMN_CPU_PER_POD,
	COLUMN_MEMORY_PER_POD,
	COLUMN_QUEUE,
	COLUMN_NAMESPACE,
	COLUMN_USER,
	COLUMN_PRIORITY_CLASS,
	COLUMN_GPU_TYPE,
	COLUMN_STATUS,
	COLUMN_CHECKPOINT_INTERVAL,
	COLUMN_CHECKPOINT_SAVE_TIME,
	COLUMN_CHECKPOINT_RESTORE_TIME,
	COLUMN_COUNT
};
extern const char *const column_names[COLUMN_COUNT];

/* COLUMN_COUNT, with the error text, when nothing is called so; the text names the nearest. */
enum column column_find(const char *name, struct error *error);

/* Puts one value into the row; text is kept by pointer. Empty text means "not given". The error begins with the column's
 * name. */
NODISCARD bool column_set(struct row *row, enum column column, const char *text, struct error *error);
/* Checks the row as a whole and completes gpus, pods and gpus_per_pod from each other. */
NODISCARD bool columns_complete(struct row *row, struct error *error);

/* A number in JSON, not a text. */
bool column_is_number(enum column column);
/* The value as text that column_set() reads back to the same; "" when not given. `scratch` holds 64 bytes. */
const char *column_text(const struct trace_record *record, enum column column, char scratch[64]);

#endif
