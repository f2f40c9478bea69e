/* columns.c - see columns.h. Our own formats are strict: a value that is not what its column says refuses the file, since
 * somebody can mend it; a value that is not given only makes its row unusable. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "base/quantity.h"
#include "columns.h"
#include "parse.h"

#include <glib.h> /* after base.h: it takes over MIN and MAX without a word */

enum { MAX_TEXT = 1024 };

enum column_kind { KIND_TEXT, KIND_INSTANT, KIND_SPAN, KIND_COUNT, KIND_CPU, KIND_MEMORY, KIND_STATUS };

#define FIELD(name) offsetof(struct trace_record, name)
static const struct {
	enum column_kind kind;
	size_t offset;
} columns[COLUMN_COUNT] = {
    [COLUMN_ID] = {KIND_TEXT, FIELD(id)},
    [COLUMN_SUBMIT] = {KIND_INSTANT, FIELD(submit_unix_us)},
    [COLUMN_RUN_TIME] = {KIND_SPAN, FIELD(run_us)},
    [COLUMN_WAIT] = {KIND_SPAN, FIELD(wait_us)},
    [COLUMN_REQUESTED_TIME] = {KIND_SPAN, FIELD(requested_us)},
    [COLUMN_GPUS] = {KIND_COUNT, FIELD(gpus)},
    [COLUMN_PODS] = {KIND_COUNT, FIELD(pods)},
    [COLUMN_GPUS_PER_POD] = {KIND_COUNT, FIELD(gpus_per_pod)},
    [COLUMN_CPU_PER_POD] = {KIND_CPU, FIELD(cpu_milli_per_pod)},
    [COLUMN_MEMORY_PER_POD] = {KIND_MEMORY, FIELD(memory_bytes_per_pod)},
    [COLUMN_QUEUE] = {KIND_TEXT, FIELD(queue)},
    [COLUMN_NAMESPACE] = {KIND_TEXT, FIELD(namespace_name)},
    [COLUMN_USER] = {KIND_TEXT, FIELD(user)},
    [COLUMN_PRIORITY_CLASS] = {KIND_TEXT, FIELD(priority_class)},
    [COLUMN_GPU_TYPE] = {KIND_TEXT, FIELD(gpu_type)},
    [COLUMN_STATUS] = {KIND_STATUS, FIELD(status)},
    [COLUMN_CHECKPOINT_INTERVAL] = {KIND_SPAN, FIELD(checkpoint_interval_us)},
    [COLUMN_CHECKPOINT_SAVE_TIME] = {KIND_SPAN, FIELD(checkpoint_save_us)},
    [COLUMN_CHECKPOINT_RESTORE_TIME] = {KIND_SPAN, FIELD(checkpoint_restore_us)},
};

const char *const column_names[COLUMN_COUNT] = {
    [COLUMN_ID] = "id",
    [COLUMN_SUBMIT] = "submit",
    [COLUMN_RUN_TIME] = "runTime",
    [COLUMN_WAIT] = "wait",
    [COLUMN_REQUESTED_TIME] = "requestedTime",
    [COLUMN_GPUS] = "gpus",
    [COLUMN_PODS] = "pods",
    [COLUMN_GPUS_PER_POD] = "gpusPerPod",
    [COLUMN_CPU_PER_POD] = "cpuPerPod",
    [COLUMN_MEMORY_PER_POD] = "memoryPerPod",
    [COLUMN_QUEUE] = "queue",
    [COLUMN_NAMESPACE] = "namespace",
    [COLUMN_USER] = "user",
    [COLUMN_PRIORITY_CLASS] = "priorityClass",
    [COLUMN_GPU_TYPE] = "gpuType",
    [COLUMN_STATUS] = "status",
    [COLUMN_CHECKPOINT_INTERVAL] = "checkpointInterval",
    [COLUMN_CHECKPOINT_SAVE_TIME] = "checkpointSaveTime",
    [COLUMN_CHECKPOINT_RESTORE_TIME] = "checkpointRestoreTime",
};

static const struct {
	const char *text;
	int32_t value;
} statuses[] = {{"Completed", STATUS_COMPLETED}, {"Failed", STATUS_FAILED}, {"Cancelled", STATUS_CANCELLED}};

static bool unknown_column(const char *name, struct error *error)
{
	char known[512] = "";
	const char *nearest = diag_nearest(name, column_names, COLUMN_COUNT);
	if (nearest)
		return error_set(error, ERROR_BAD_INPUT, "unknown column '%.64s'; did you mean '%s'?", name, nearest);
	for (enum column column = 0; column < COLUMN_COUNT; column++) {
		size_t length = strlen(known);
		snprintf(known + length, sizeof known - length, "%s%s", column ? ", " : "", column_names[column]);
	}
	return error_set(error, ERROR_BAD_INPUT, "unknown column '%.64s'; known are %s", name, known);
}

enum column column_find(const char *name, struct error *error)
{
	for (enum column column = 0; column < COLUMN_COUNT; column++)
		if (strcmp(name, column_names[column]) == 0)
			return column;
	unknown_column(name, error);
	return COLUMN_COUNT;
}

/* Seconds, else `parse` (a Go duration, an RFC 3339 instant). */
static bool parse_time(const char *text, bool (*parse)(const char *, int64_t *, struct error *), int64_t *ret_us,
                       struct error *error)
{
	return parse_seconds(text, ret_us) || parse(text, ret_us, error);
}

static bool parse_span(const char *text, int64_t *ret_us, struct error *error)
{
	if (!parse_time(text, duration_parse, ret_us, error))
		return false;
	if (*ret_us < 0)
		return error_set(error, ERROR_BAD_INPUT, "'%.64s' is negative", text);
	if (*ret_us > TRACE_MAX_SPAN_US)
		return error_set(error, ERROR_BAD_INPUT, "'%.64s' is longer than a century", text);
	return true;
}

static bool parse_instant(const char *text, int64_t *ret_us, struct error *error)
{
	if (!parse_time(text, instant_parse, ret_us, error))
		return false;
	if (*ret_us > TRACE_MAX_UNIX_S * US_PER_S || *ret_us < -TRACE_MAX_UNIX_S * US_PER_S)
		return error_set(error, ERROR_BAD_INPUT, "'%.64s' is not within the years 1 to 9999", text);
	return true;
}

static bool parse_count(const char *text, int64_t *ret, struct error *error)
{
	if (!parse_whole(text, ret) || *ret < 0 || *ret > TRACE_MAX_COUNT)
		return error_set(error, ERROR_BAD_INPUT, "'%.64s' is not a whole number from 0 to %" PRId64, text, TRACE_MAX_COUNT);
	return true;
}

static bool parse_amount(const char *text, int64_t scale, int64_t *ret, struct error *error)
{
	if (!quantity_parse(text, scale, ret, error))
		return false;
	return *ret >= 0 || error_set(error, ERROR_BAD_INPUT, "'%.64s' is negative", text);
}

static bool parse_status(const char *text, int32_t *ret, struct error *error)
{
	for (size_t i = 0; i < ARRAY_COUNT(statuses); i++)
		if (strcmp(text, statuses[i].text) == 0) {
			*ret = statuses[i].value;
			return true;
		}
	return error_set(error, ERROR_BAD_INPUT, "'%.64s' is not Completed, Failed or Cancelled", text);
}

static bool parse_value(struct row *row, enum column column, const char *text, struct error *error)
{
	void *field = (char *)&row->record + columns[column].offset;
	switch (columns[column].kind) {
	case KIND_TEXT:
		if (strlen(text) > MAX_TEXT)
			return error_set(error, ERROR_BAD_INPUT, "%zu bytes, where at most %d are allowed", strlen(text), MAX_TEXT);
		if (!g_utf8_validate(text, -1, NULL))
			return error_set(error, ERROR_BAD_INPUT, "not UTF-8");
		*(const char **)field = text;
		return true;
	case KIND_INSTANT:
		row->has_submit = true;
		return parse_instant(text, field, error);
	case KIND_SPAN:
		return parse_span(text, field, error);
	case KIND_COUNT:
		return parse_count(text, field, error);
	case KIND_CPU:
		return parse_amount(text, 1000, field, error);
	case KIND_MEMORY:
		return parse_amount(text, 1, field, error);
	case KIND_STATUS:
		return parse_status(text, field, error);
	}
	return false;
}

bool column_set(struct row *row, enum column column, const char *text, struct error *error)
{
	if (!*text || parse_value(row, column, text, error))
		return true;
	return error_wrap(error, "%s", column_names[column]);
}

static bool check_checkpoint(const struct trace_record *record, struct error *error)
{
	bool cost = record->checkpoint_save_us >= 0 || record->checkpoint_restore_us >= 0;
	if (record->checkpoint_interval_us < 0 && cost)
		return error_set(
		    error, ERROR_BAD_INPUT, "%s is missing beside %s", column_names[COLUMN_CHECKPOINT_INTERVAL],
		    column_names[record->checkpoint_save_us >= 0 ? COLUMN_CHECKPOINT_SAVE_TIME : COLUMN_CHECKPOINT_RESTORE_TIME]);
	if (record->checkpoint_interval_us >= 0 && record->checkpoint_interval_us < US_PER_S)
		return error_set(error, ERROR_BAD_INPUT, "%s is below a second", column_names[COLUMN_CHECKPOINT_INTERVAL]);
	return true;
}

bool columns_complete(struct row *row, struct error *error)
{
	struct trace_record *record = &row->record;
	if (!check_checkpoint(record, error))
		return false;
	int64_t product = record->pods * record->gpus_per_pod; /* both at most TRACE_MAX_COUNT */
	if (product > TRACE_MAX_COUNT)
		return error_set(error, ERROR_BAD_INPUT, "pods times gpusPerPod is %" PRId64 ", more than %" PRId64, product,
		                 TRACE_MAX_COUNT);
	if (record->gpus == 0)
		record->gpus = product;
	if (product && product != record->gpus)
		return error_set(error, ERROR_BAD_INPUT, "gpus is %" PRId64 ", but pods times gpusPerPod is %" PRId64, record->gpus,
		                 product);
	if (record->pods && record->gpus % record->pods)
		return error_set(error, ERROR_BAD_INPUT, "%" PRId64 " GPUs do not divide evenly over %" PRId64 " pods", record->gpus,
		                 record->pods);
	return true;
}

static const char *span_text(int64_t us, char scratch[64])
{
	int length = snprintf(scratch, 64, "%" PRId64 ".%06" PRId64, us / US_PER_S, us % US_PER_S);
	while (scratch[length - 1] == '0')
		scratch[--length] = '\0';
	if (scratch[length - 1] == '.')
		scratch[--length] = '\0';
	return scratch;
}

static const char *status_text(int32_t status)
{
	for (size_t i = 0; i < ARRAY_COUNT(statuses); i++)
		if (statuses[i].value == status)
			return statuses[i].text;
	return "";
}

static const char *number_text(int64_t value, const char *unit, char scratch[64])
{
	snprintf(scratch, 64, "%" PRId64 "%s", value, unit);
	return scratch;
}

const char *column_text(const struct trace_record *record, enum column column, char scratch[64])
{
	const void *field = (const char *)record + columns[column].offset;
	const char *text;
	int64_t number;
	switch (columns[column].kind) {
	case KIND_TEXT:
		text = *(const char *const *)field;
		return text ? text : "";
	case KIND_INSTANT:
		return instant_format(*(const int64_t *)field, scratch);
	case KIND_STATUS:
		return status_text(*(const int32_t *)field);
	case KIND_SPAN:
		number = *(const int64_t *)field;
		return number < 0 ? "" : span_text(number, scratch);
	case KIND_COUNT:
		number = *(const int64_t *)field;
		return number <= 0 ? "" : number_text(number, "", scratch);
	case KIND_CPU:
		number = *(const int64_t *)field;
		return number < 0 ? "" : number_text(number, "m", scratch);
	case KIND_MEMORY:
		number = *(const int64_t *)field;
		return number < 0 ? "" : number_text(number, "", scratch);
	}
	return "";
}

bool column_is_number(enum column column)
{
	enum column_kind kind = columns[column].kind;
	return kind == KIND_SPAN || kind == KIND_COUNT || kind == KIND_MEMORY;
}
