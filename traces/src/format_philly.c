/* format_philly.c - Microsoft's Philly jobs of 2017 as CSV: timestamp,duration,num_gpus,gpu_time,cluster.
 *
 * A timestamp is a submission in local Pacific time without a zone. Clocks went back in November 2017: an hour that comes
 * twice is taken as its first pass (daylight saving time); a time that never was (March) is the moment of the change.
 * duration is in seconds; gpu_time is their product with num_gpus and is not read; cluster is a hash of the
 * virtual cluster, the queue. Rows are in no order. There are no ids, users, waits or states in this form. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "csv_rows.h"
#include "format.h"
#include "parse.h"

#include <glib.h> /* after base.h: it takes over MIN and MAX without a word */

enum { TIMESTAMP, DURATION, NUM_GPUS, GPU_TIME, CLUSTER, N_COLUMNS };

struct philly {
	struct format format;
	struct reader *reader;
	struct csv_rows *rows;
	GTimeZone *zone;
};

/* "2017-10-09 07:01:55" as microseconds since 1970 of a clock without zone: as if it were UTC. */
static bool parse_local(const char *text, int64_t *ret_us)
{
	char instant[24];
	struct error ignored;
	if (strlen(text) != 19 || text[10] != ' ')
		return false;
	snprintf(instant, sizeof instant, "%.10sT%.8sZ", text, text + 11);
	return instant_parse(instant, ret_us, &ignored);
}

static int64_t utc_of_local(GTimeZone *zone, int64_t local_us)
{
	gint64 local_s = local_us / US_PER_S; /* moved forward when that time never was */
	int interval = g_time_zone_adjust_time(zone, G_TIME_TYPE_DAYLIGHT, &local_s);
	return (local_s - g_time_zone_get_offset(zone, interval)) * US_PER_S;
}

static bool parse_fields(struct philly *philly, char **fields, struct row *row)
{
	struct trace_record *record = &row->record;
	int64_t local_us;
	if (*fields[TIMESTAMP]) {
		if (!parse_local(fields[TIMESTAMP], &local_us))
			return false;
		record->submit_unix_us = utc_of_local(philly->zone, local_us);
		row->has_submit = true;
	}
	if (*fields[DURATION] && (!parse_seconds(fields[DURATION], &record->run_us) || record->run_us > TRACE_MAX_SPAN_US))
		return false;
	if (*fields[NUM_GPUS] && (!parse_whole(fields[NUM_GPUS], &record->gpus) || record->gpus > TRACE_MAX_COUNT))
		return false;
	record->queue = *fields[CLUSTER] ? fields[CLUSTER] : NULL;
	return true;
}

static bool philly_next(struct format *format, struct row *row, struct error *error)
{
	struct philly *philly = (struct philly *)format;
	struct csv_row csv;
	if (!csv_rows_next(philly->rows, &csv, error))
		return false;
	if (!csv.fields)
		return true;
	if (csv.empty)
		return row_skip(row, SKIP_EMPTY);
	if (csv.n_fields != N_COLUMNS) {
		error_set(error, ERROR_BAD_INPUT, "%u fields where the header has %d", csv.n_fields, N_COLUMNS);
		return row_break(row, csv.line, 1);
	}
	return parse_fields(philly, csv.fields, row) ? row_check(row) : row_skip(row, SKIP_MALFORMED);
}

static void philly_close(struct format *format)
{
	struct philly *philly = (struct philly *)format;
	csv_rows_destroy(philly->rows);
	if (philly->zone)
		g_time_zone_unref(philly->zone);
	free(philly);
}

static bool read_header(struct philly *philly, struct error *error)
{
	static const char *const names[N_COLUMNS] = {"timestamp", "duration", "num_gpus", "gpu_time", "cluster"};
	struct csv_row header;
	if (!csv_rows_next(philly->rows, &header, error))
		return false;
	for (uint32_t i = 0; i < N_COLUMNS; i++)
		if (!header.fields || i >= header.n_fields || strcmp(header.fields[i], names[i]) != 0)
			return reader_error(philly->reader, error, "column %u of Philly's header is '%s'", i + 1, names[i]);
	philly->zone = g_time_zone_new_identifier("America/Los_Angeles");
	if (!philly->zone)
		return error_set(error, ERROR_BAD_INPUT, "%s: the time zone America/Los_Angeles is needed: install tzdata",
		                 reader_name(philly->reader));
	return true;
}

bool format_open_philly(struct reader *reader, struct format **ret_format, struct error *error)
{
	struct philly *philly = xcalloc(1, sizeof *philly);
	philly->format = (struct format){philly_next, philly_close, -1};
	philly->reader = reader;
	philly->rows = csv_rows_create(reader);
	if (!read_header(philly, error)) {
		philly_close(&philly->format);
		return false;
	}
	*ret_format = &philly->format;
	return true;
}
