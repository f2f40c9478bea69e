/* log_replay.c - the reading side of input_log.h: records in, calls to fresh planners, digests compared. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/input_log.h"
#include "base/digest.h"
#include "base/instant.h"
#include "base/vec.h"
#include "log_format.h"

/* What one record needs is freed with those of its neighbours. */
enum { SCRATCH_BYTES = 1 << 20 };

struct replayed_cluster {
	name_id name;
	struct planner *planner;
};

struct replay {
	const char *path;
	FILE *file;
	uint64_t record; /* number of the current one, from 1 */
	uint64_t offset; /* of its first byte */
	uint32_t checksum;
	uint8_t *payload;
	size_t payload_capacity;
	struct arena *kept, *scratch;
	struct names *names;
	struct {
		VEC_FIELDS(const struct kueue_config *);
	} configs;
	struct {
		VEC_FIELDS(struct replayed_cluster);
	} clusters;
	struct decision_list *decisions;
	struct replay_summary summary;
	bool started, ended;
	struct error *error;
};

static bool damaged(struct replay *replay, const char *what)
{
	return error_set(replay->error, ERROR_BAD_INPUT, "%s: record %llu at byte %llu: %s", replay->path,
	                 (unsigned long long)replay->record, (unsigned long long)replay->offset, what);
}

static uint32_t get_u32(const uint8_t *from)
{
	return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

/* The next record as a wire; false at the end of the file or on damage (then the error is set). */
static bool read_record(struct replay *replay, struct wire *ret_wire, bool *ret_end_of_file)
{
	uint8_t frame[LOG_FRAME];
	size_t got = fread(frame, 1, sizeof frame, replay->file);
	*ret_end_of_file = got == 0 && !ferror(replay->file);
	if (*ret_end_of_file)
		return false;
	replay->record++;
	if (got < sizeof frame)
		return damaged(replay, "the log is cut short here");
	uint32_t length = get_u32(frame);
	if (length > LOG_MAX_RECORD)
		return damaged(replay, "its length is beyond the bound: the log is damaged");
	if (length > replay->payload_capacity) {
		replay->payload = xrealloc_array(replay->payload, length, 1);
		replay->payload_capacity = length;
	}
	if (fread(replay->payload, 1, length, replay->file) < length)
		return damaged(replay, "the log is cut short here");
	replay->checksum = log_checksum(replay->checksum, replay->payload, length);
	if (replay->checksum != get_u32(frame + 4))
		return damaged(replay, "the checksum is wrong: the log is damaged");
	*ret_wire = (struct wire){.bytes = replay->payload, .length = length, .n_names = names_count(replay->names)};
	return true;
}

/* A walk that failed, or left bytes over, did not read what its kind says. */
static bool walked(struct replay *replay, const struct wire *wire)
{
	return (!wire->failed && wire->at == wire->length) || damaged(replay, "its content makes no sense");
}

static bool replay_start(struct replay *replay, struct wire *wire)
{
	struct log_start start = {0};
	wire->arena = replay->scratch;
	walk_start(wire, &start);
	if (!walked(replay, wire) || replay->started)
		return damaged(replay, "a log starts once");
	snprintf(replay->summary.program, sizeof replay->summary.program, "%s", start.program ? start.program : "");
	snprintf(replay->summary.scenario, sizeof replay->summary.scenario, "%s", start.scenario ? start.scenario : "");
	replay->summary.seed = start.seed;
	replay->summary.replication = start.replication;
	replay->started = true;
	return true;
}

/* Ids are dense in order of interning, so the same texts in the same order get the ids that the log uses. */
static bool replay_names(struct replay *replay, struct wire *wire)
{
	struct log_names names = {0};
	wire->arena = replay->scratch;
	walk_names(wire, &names);
	if (!walked(replay, wire))
		return false;
	for (uint32_t i = 0; i < names.n_texts; i++) {
		uint32_t expected = names_count(replay->names) + 1;
		if (!names.texts[i] || names_intern(replay->names, names.texts[i]) != expected)
			return damaged(replay, "a name is missing or given twice");
	}
	return true;
}

static bool replay_config(struct replay *replay, struct wire *wire)
{
	struct kueue_config *config = ARENA_NEW(replay->kept, struct kueue_config);
	wire->arena = replay->kept;
	walk_config(wire, config);
	if (!walked(replay, wire))
		return false;
	if (!config_is_sound(config))
		return damaged(replay, "the configuration names what it does not hold");
	config->names = replay->names;
	*VEC_PUSH(&replay->configs) = config;
	return true;
}

static bool replay_cluster(struct replay *replay, struct wire *wire)
{
	struct log_cluster cluster = {0};
	walk_cluster(wire, &cluster);
	if (!walked(replay, wire))
		return false;
	if (cluster.config >= replay->configs.count)
		return damaged(replay, "no such configuration");
	struct planner_options options = {.policy = planner_policy(cluster.policy),
	                                  .config = replay->configs.items[cluster.config],
	                                  .literal = cluster.literal};
	*VEC_PUSH(&replay->clusters) = (struct replayed_cluster){cluster.name, planner_create(&options)};
	return true;
}

/* Wake-ups come back as inputs of the log: those that the planner asks for now are only taken away. */
static void drop_wakes(struct planner *planner)
{
	struct wake wake;
	while (planner_take_wake(planner, &wake))
		;
}

static bool replay_input(struct replay *replay, struct wire *wire)
{
	struct log_input record = {0};
	workload_id ignored;
	wire->arena = replay->scratch;
	walk_input(wire, &record);
	if (!walked(replay, wire))
		return false;
	if (!input_is_sound(&record))
		return damaged(replay, "its numbers cannot be");
	if (record.cluster >= replay->clusters.count)
		return damaged(replay, "no such cluster");
	if (record.input.kind == INPUT_CONFIG) {
		if (record.config >= replay->configs.count)
			return damaged(replay, "no such configuration");
		record.input.config = replay->configs.items[record.config];
	}
	record.input.ret_workload = &ignored;
	struct planner *planner = replay->clusters.items[record.cluster].planner;
	if (!planner_apply(planner, &record.input, replay->error))
		return error_wrap(replay->error, "%s: record %llu", replay->path, (unsigned long long)replay->record);
	drop_wakes(planner);
	replay->summary.inputs++;
	return true;
}

static bool replay_cycle(struct replay *replay, struct wire *wire)
{
	struct log_cycle record = {0};
	walk_cycle(wire, &record);
	if (!walked(replay, wire))
		return false;
	if (!cycle_is_sound(&record))
		return damaged(replay, "its numbers cannot be");
	if (record.cluster >= replay->clusters.count)
		return damaged(replay, "no such cluster");
	const struct replayed_cluster *cluster = &replay->clusters.items[record.cluster];
	if (!planner_cycle(cluster->planner, record.now_us, replay->decisions, replay->error))
		return false;
	drop_wakes(cluster->planner);
	replay->summary.cycles++;
	uint64_t digest = planner_digest(cluster->planner);
	if (digest == record.digest)
		return true;
	char time[32];
	return error_set(replay->error, ERROR_INVARIANT,
	                 "%s: record %llu: cycle %llu, cluster %s, %s after the start: digest %016llx, the log says %016llx",
	                 replay->path, (unsigned long long)replay->record, (unsigned long long)replay->summary.cycles,
	                 names_text(replay->names, cluster->name), duration_format(record.now_us, time),
	                 (unsigned long long)digest, (unsigned long long)record.digest);
}

static bool replay_end(struct replay *replay, struct wire *wire)
{
	struct log_end end = {0};
	walk_end(wire, &end);
	if (!walked(replay, wire))
		return false;
	if (end.inputs != replay->summary.inputs || end.cycles != replay->summary.cycles)
		return damaged(replay, "the log holds fewer or more records than it says");
	replay->summary.interrupted = end.interrupted;
	replay->ended = true;
	return true;
}

static bool replay_record(struct replay *replay, struct wire *wire)
{
	uint64_t kind = 0;
	wire_u64(wire, &kind);
	if (replay->ended)
		return damaged(replay, "it follows the end of the log");
	if (!replay->started && kind != LOG_START)
		return damaged(replay, "a log begins with its start");
	switch (kind) {
	case LOG_START:
		return replay_start(replay, wire);
	case LOG_NAMES:
		return replay_names(replay, wire);
	case LOG_CONFIG:
		return replay_config(replay, wire);
	case LOG_CLUSTER:
		return replay_cluster(replay, wire);
	case LOG_INPUT:
		return replay_input(replay, wire);
	case LOG_CYCLE:
		return replay_cycle(replay, wire);
	case LOG_END:
		return replay_end(replay, wire);
	default:
		return damaged(replay, "unknown kind");
	}
}

static bool replay_all(struct replay *replay)
{
	char magic[sizeof LOG_MAGIC] = {0};
	if (fread(magic, 1, sizeof magic - 1, replay->file) < sizeof magic - 1 || strcmp(magic, LOG_MAGIC) != 0)
		return error_set(replay->error, ERROR_BAD_INPUT,
		                 "%s: not a log that this program reads (its first line must be \"berth-log 3\")", replay->path);
	for (;;) {
		replay->offset = (uint64_t)ftello(replay->file);
		struct wire wire;
		bool end_of_file;
		if (!read_record(replay, &wire, &end_of_file)) {
			if (!end_of_file)
				return false;
			break;
		}
		if (!replay_record(replay, &wire))
			return false;
		if (arena_bytes(replay->scratch) > SCRATCH_BYTES) {
			arena_destroy(replay->scratch);
			replay->scratch = arena_create(0);
		}
	}
	if (!replay->ended)
		return error_set(replay->error, ERROR_BAD_INPUT,
		                 "%s: the log is cut short after record %llu: %llu cycles agree, the end is missing", replay->path,
		                 (unsigned long long)replay->record, (unsigned long long)replay->summary.cycles);
	return true;
}

static void finish(struct replay *replay)
{
	for (uint32_t i = 0; i < replay->clusters.count; i++)
		planner_destroy(replay->clusters.items[i].planner);
	VEC_FREE(&replay->clusters);
	VEC_FREE(&replay->configs);
	decision_list_destroy(replay->decisions);
	names_destroy(replay->names);
	arena_destroy(replay->kept);
	arena_destroy(replay->scratch);
	free(replay->payload);
	fclose(replay->file);
}

bool input_log_replay(const char *path, struct replay_summary *ret_summary, struct error *error)
{
	FILE *file = fopen(path, "rbe");
	if (!file)
		return error_set(error, ERROR_BAD_INPUT, "%s: %s", path, strerror(errno));
	struct replay replay = {.path = path,
	                        .file = file,
	                        .kept = arena_create(0),
	                        .scratch = arena_create(0),
	                        .names = names_create(),
	                        .decisions = decision_list_create(),
	                        .error = error};
	bool ok = replay_all(&replay);
	if (ok) {
		replay.summary.clusters = replay.clusters.count;
		for (uint32_t i = 0; i < replay.clusters.count; i++)
			replay.summary.digest = digest_add(replay.summary.digest, planner_digest(replay.clusters.items[i].planner));
		*ret_summary = replay.summary;
	}
	finish(&replay);
	return ok;
}
