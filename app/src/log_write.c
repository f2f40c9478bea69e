/* log_write.c - the writing side of input_log.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/input_log.h"
#include "base/vec.h"
#include "log_format.h"

struct input_log {
	FILE *file;
	char *path, *temporary_path;
	const struct names *names;
	uint32_t names_written;
	struct {
		VEC_FIELDS(const struct kueue_config *);
	} configs; /* already written, by number */
	struct wire wire;
	uint32_t checksum;
	struct log_end end;
	int failure; /* errno of the first write that failed; 0 = none */
};

static void put_u32(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

static void begin_record(struct input_log *log, enum log_record_kind kind)
{
	wire_begin(&log->wire);
	uint64_t number = kind;
	wire_u64(&log->wire, &number);
}

static void end_record(struct input_log *log)
{
	uint8_t frame[LOG_FRAME];
	log->checksum = log_checksum(log->checksum, log->wire.bytes, log->wire.length);
	put_u32(frame, (uint32_t)log->wire.length);
	put_u32(frame + 4, log->checksum);
	bool ok = log->wire.length <= LOG_MAX_RECORD && fwrite(frame, sizeof frame, 1, log->file) == 1 &&
	          fwrite(log->wire.bytes, log->wire.length, 1, log->file) == 1;
	if (!ok && !log->failure)
		log->failure = errno ? errno : EFBIG;
}

/* Names interned since the last record that needed them. */
static void write_names(struct input_log *log)
{
	uint32_t count = names_count(log->names);
	if (count == log->names_written)
		return;
	struct log_names names = {.n_texts = count - log->names_written};
	names.texts = xcalloc(names.n_texts, sizeof *names.texts);
	for (uint32_t i = 0; i < names.n_texts; i++)
		names.texts[i] = names_text(log->names, log->names_written + 1 + i);
	begin_record(log, LOG_NAMES);
	walk_names(&log->wire, &names);
	end_record(log);
	free(names.texts);
	log->names_written = count;
}

static uint32_t config_number(struct input_log *log, const struct kueue_config *config)
{
	for (uint32_t i = 0; i < log->configs.count; i++)
		if (log->configs.items[i] == config)
			return i;
	write_names(log);
	struct kueue_config copy = *config;
	begin_record(log, LOG_CONFIG);
	walk_config(&log->wire, &copy);
	end_record(log);
	*VEC_PUSH(&log->configs) = config;
	return log->configs.count - 1;
}

static void record_input(void *state, uint32_t cluster, const struct planner_input *input)
{
	struct input_log *log = state;
	struct log_input record = {.cluster = cluster, .input = *input};
	if (input->kind == INPUT_CONFIG)
		record.config = config_number(log, input->config);
	if (input->kind == INPUT_OBSERVED) {
		record.spec = *input->observed.spec;
		record.has_status = input->observed.status != NULL;
		if (record.has_status)
			record.status = *input->observed.status;
	}
	write_names(log);
	begin_record(log, LOG_INPUT);
	walk_input(&log->wire, &record);
	end_record(log);
	log->end.inputs++;
}

static void record_cycle(void *state, uint32_t cluster, int64_t now_us, uint64_t digest_after)
{
	struct input_log *log = state;
	struct log_cycle record = {.cluster = cluster, .now_us = now_us, .digest = digest_after};
	begin_record(log, LOG_CYCLE);
	walk_cycle(&log->wire, &record);
	end_record(log);
	log->end.cycles++;
}

struct input_recorder input_log_recorder(struct input_log *log)
{
	return (struct input_recorder){.input = record_input, .cycle = record_cycle, .state = log};
}

static void write_world(struct input_log *log, const struct input_log_options *options)
{
	struct log_start start = {.program = BERTH_VERSION,
	                          .scenario = names_text(options->world->names, options->world->name),
	                          .seed = options->seed,
	                          .replication = options->replication};
	begin_record(log, LOG_START);
	walk_start(&log->wire, &start);
	end_record(log);
	for (uint32_t i = 0; i < options->world->n_clusters; i++) {
		const struct cluster *described = &options->world->clusters[i];
		struct log_cluster cluster = {.name = described->name,
		                              .policy = described->policy,
		                              .config = config_number(log, described->kueue),
		                              .literal = options->literal};
		begin_record(log, LOG_CLUSTER);
		walk_cluster(&log->wire, &cluster);
		end_record(log);
	}
}

static void destroy(struct input_log *log)
{
	if (log->file)
		fclose(log->file);
	wire_free(&log->wire);
	VEC_FREE(&log->configs);
	free(log->temporary_path);
	free(log->path);
	free(log);
}

bool input_log_create(const struct input_log_options *options, struct input_log **ret_log, struct error *error)
{
	struct input_log *log = xcalloc(1, sizeof *log);
	size_t size = strlen(options->path) + 32;
	log->path = xcalloc(1, size);
	strcpy(log->path, options->path);
	log->temporary_path = xcalloc(1, size);
	snprintf(log->temporary_path, size, "%s.%ld.tmp", options->path, (long)getpid());
	log->names = options->world->names;
	log->file = fopen(log->temporary_path, "wbe");
	if (!log->file) {
		(void)error_set(error, ERROR_BAD_INPUT, "%s: cannot write: %s", options->path, strerror(errno));
		destroy(log);
		return false;
	}
	if (fputs(LOG_MAGIC, log->file) < 0)
		log->failure = errno;
	write_world(log, options);
	*ret_log = log;
	return true;
}

void input_log_abandon(struct input_log *log)
{
	if (!log)
		return;
	(void)unlink(log->temporary_path);
	destroy(log);
}

bool input_log_commit(struct input_log *log, bool interrupted, struct error *error)
{
	log->end.interrupted = interrupted;
	begin_record(log, LOG_END);
	walk_end(&log->wire, &log->end);
	end_record(log);
	if (!log->failure && (fflush(log->file) != 0 || fsync(fileno(log->file)) != 0))
		log->failure = errno;
	if (!log->failure && rename(log->temporary_path, log->path) != 0)
		log->failure = errno;
	bool ok = !log->failure || error_set(error, ERROR_BAD_INPUT, "%s: cannot write: %s", log->path, strerror(log->failure));
	if (ok)
		destroy(log);
	else
		input_log_abandon(log);
	return ok;
}
