/* trace_load.c - the records of one trace input as jobs of a scenario: queue, pods, place in time.
 *
 * Rows are gathered first, since the first submission may stand anywhere in the file; then all are moved in time and those
 * outside the period are counted out. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/vec.h"
#include "pods.h"
#include "scan.h"

enum { MAX_JOBS = 50000000 };

/* Queues resolved so far, by the id of the record's queue; valid for one namespace. */
struct resolved_queue {
	name_id namespace_name; /* NO_NAME: not resolved yet */
	name_id queue;          /* NO_NAME: the record is skipped */
};

struct load {
	const struct world *world;
	const struct trace_input *input;
	struct names *names;
	struct job_builder *builder;
	struct pod_maker *pods;
	struct {
		VEC_FIELDS(struct job);
	} jobs; /* submit_us counts from 1970 */
	struct {
		VEC_FIELDS(struct resolved_queue);
	} resolved;
	int64_t first_unix_us; /* earliest submission of `jobs` */
	char stem[64];         /* of the file's name: what jobs without an id are called after */
	bool too_many;
};

static name_id intern_optional(struct names *names, const char *text)
{
	return text ? names_intern(names, text) : NO_NAME;
}

static bool has_local_queue(const struct load *load, name_id namespace_name, name_id queue)
{
	const struct kueue_config *kueue = load->world->clusters[load->input->cluster].kueue;
	return queue != NO_NAME && kueue_find_local_queue(kueue, namespace_name, queue) != NONE;
}

/* The map, else the name itself, else the other queue; NO_NAME when none of them has a LocalQueue. */
static name_id resolve_queue(const struct load *load, name_id namespace_name, name_id recorded)
{
	const struct trace_input *input = load->input;
	name_id queue = recorded == NO_NAME ? input->queue : recorded;
	for (uint32_t i = 0; i < input->n_queue_map && recorded != NO_NAME; i++)
		if (input->queue_map[i].key == recorded)
			queue = input->queue_map[i].value;
	if (has_local_queue(load, namespace_name, queue))
		return queue;
	return has_local_queue(load, namespace_name, input->other_queue) ? input->other_queue : NO_NAME;
}

static name_id find_queue(struct load *load, name_id namespace_name, name_id recorded)
{
	while (load->resolved.count <= recorded)
		(void)VEC_PUSH(&load->resolved);
	struct resolved_queue *known = &load->resolved.items[recorded];
	if (known->namespace_name != namespace_name || namespace_name == NO_NAME)
		*known = (struct resolved_queue){namespace_name, resolve_queue(load, namespace_name, recorded)};
	return known->queue;
}

/* A record without an id is called after the file and its row. */
static name_id record_name(const struct load *load, const struct trace_record *record)
{
	char text[sizeof load->stem + 24];
	if (record->id)
		return names_intern(load->names, record->id);
	snprintf(text, sizeof text, "%s-%" PRId64, load->stem, record->row);
	return names_intern(load->names, text);
}

/* How the record's job saves its progress; NONE: never. */
static uint32_t find_checkpoint(struct load *load, const struct trace_record *record)
{
	if (record->checkpoint_interval_us < 0)
		return NONE;
	return job_builder_checkpoint(load->builder,
	                              &(struct checkpoint){record->checkpoint_interval_us, MAX(record->checkpoint_save_us, 0),
	                                                   MAX(record->checkpoint_restore_us, 0)});
}

static bool take_record(void *state, const struct trace_record *record, enum skip_reason *ret_skip)
{
	struct load *load = state;
	load->too_many = load->jobs.count >= MAX_JOBS;
	if (load->too_many)
		return true;
	name_id namespace_name =
	    record->namespace_name ? names_intern(load->names, record->namespace_name) : load->input->namespace_name;
	name_id queue = find_queue(load, namespace_name, intern_optional(load->names, record->queue));
	if (queue == NO_NAME) {
		*ret_skip = SKIP_NO_QUEUE;
		return false;
	}
	*VEC_PUSH(&load->jobs) = (struct job){
	    .name = record_name(load, record),
	    .namespace_name = namespace_name,
	    .queue = queue,
	    .priority_class = intern_optional(load->names, record->priority_class),
	    .user = intern_optional(load->names, record->user),
	    .shape = pod_maker_shape(load->pods, record, namespace_name),
	    .checkpoint = find_checkpoint(load, record),
	    .submit_us = record->submit_unix_us,
	    .run_us = record->run_us,
	    .requested_us = record->requested_us,
	    .max_execution_us = -1,
	    .recorded_wait_us = record->wait_us,
	};
	return true;
}

static int64_t first_submission(const struct load *load)
{
	int64_t first = INT64_MAX;
	for (uint32_t i = 0; i < load->jobs.count; i++)
		first = MIN(first, load->jobs.items[i].submit_us);
	return first;
}

/* From 1970 to the scenario's time: shifted, then denser or thinner around the scenario's start. */
static int64_t scenario_time(const struct load *load, int64_t unix_us)
{
	int64_t start_us = load->input->shift_to_start ? load->first_unix_us : load->world->epoch_unix_s * US_PER_S;
	double scale = load->input->arrival_scale;
	int64_t us = unix_us - start_us;
	return scale == 0 || scale == 1 ? us : (int64_t)floor((double)us / scale);
}

static void place_jobs(struct load *load, struct job_builder *builder, struct trace_counts *counts)
{
	load->first_unix_us = first_submission(load);
	for (uint32_t i = 0; i < load->jobs.count; i++) {
		struct job *job = &load->jobs.items[i];
		job->submit_us = scenario_time(load, job->submit_us);
		if (job->submit_us < 0 || job->submit_us >= load->world->duration_us) {
			counts->rows_used--;
			counts->skipped[SKIP_OUTSIDE_PERIOD]++;
			continue;
		}
		job->name = job_builder_free_name(builder, job->name, load->stem);
		job_builder_add(builder, job);
	}
}

/* A trace of which nothing can be used is a mistake in the scenario: say which. */
static bool refuse_useless(const struct load *load, const struct trace_counts *counts, struct error *error)
{
	char reasons[512] = "", first[40] = "", start[40];
	size_t length = 0;
	for (int i = 0; i < SKIP_COUNT && length < sizeof reasons; i++)
		if (counts->skipped[i])
			length += (size_t)snprintf(reasons + length, sizeof reasons - length, "%s%" PRId64 " %s", length ? ", " : "",
			                           counts->skipped[i], skip_text((enum skip_reason)i));
	if (!counts->skipped[SKIP_OUTSIDE_PERIOD])
		return error_set(error, ERROR_BAD_INPUT, "%s: none of its %" PRId64 " rows can be used: %s", load->input->path,
		                 counts->rows_read, reasons);
	instant_format(load->world->epoch_unix_s * US_PER_S, start);
	return error_set(error, ERROR_BAD_INPUT,
	                 "%s: none of its %" PRId64
	                 " rows can be used: %s; the first submission is at %s, the scenario starts at "
	                 "%s: shiftToStart moves the one to the other",
	                 load->input->path, counts->rows_read, reasons, instant_format(load->first_unix_us, first), start);
}

/* "dir/philly.csv.gz" -> "philly". */
static void set_stem(struct load *load)
{
	static const char *const endings[] = {".gz", ".zst", ".csv", ".jsonl", ".swf"}; /* the outer ones first */
	const char *slash = strrchr(load->input->path, '/');
	snprintf(load->stem, sizeof load->stem, "%s", slash ? slash + 1 : load->input->path);
	for (size_t i = 0; i < ARRAY_COUNT(endings); i++) {
		size_t length = strlen(load->stem), ending = strlen(endings[i]);
		if (length > ending && strcmp(load->stem + length - ending, endings[i]) == 0)
			load->stem[length - ending] = '\0';
	}
}

bool trace_load(const struct world *world, const struct trace_input *input, struct job_builder *builder,
                struct trace_counts *ret_counts, struct diags *diags, struct error *error)
{
	struct load load = {.world = world, .input = input, .names = world->names, .builder = builder};
	struct scan_result result;
	set_stem(&load);
	load.pods = pod_maker_create(world, input, builder);
	bool ok = scan_file(input->path, &(struct scan){input->format, take_record, &load, diags}, &result, error);
	if (ok && load.too_many)
		ok = error_set(error, ERROR_BAD_INPUT, "%s: more than %d jobs", input->path, MAX_JOBS);
	if (ok) {
		place_jobs(&load, builder, &result.counts);
		ok = result.counts.rows_used > 0 || result.counts.rows_read == 0 || refuse_useless(&load, &result.counts, error);
	}
	pod_maker_destroy(load.pods);
	VEC_FREE(&load.jobs);
	VEC_FREE(&load.resolved);
	if (ok)
		*ret_counts = result.counts;
	return ok;
}
