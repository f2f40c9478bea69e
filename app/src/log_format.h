/* log_format.h - the log of one planner's life: what it was told and when it was asked, after the world it began with.
 *
 * The file starts with the line "berth-log 3\n". Records follow: length (u32), checksum (u32), payload, all little-endian;
 * the checksum covers the payload and the checksum before it, so a lost or swapped record shows. A payload is a record kind
 * and the struct below, as wire.h writes it. The order is:
 *
 *   START, then one NAMES, CONFIG and CLUSTER or more, then INPUT and CYCLE in the order of the calls (with further NAMES
 *   and CONFIG before the input that needs them), then END.
 *
 * A log without END was cut short. Format changes raise the version in the first line. */
#ifndef BERTH_APP_LOG_FORMAT_H
#define BERTH_APP_LOG_FORMAT_H

#include "planner/planner.h"
#include "wire.h"
#include "world/world.h"

#define LOG_MAGIC "berth-log 3\n"
enum { LOG_MAX_RECORD = 16 << 20, LOG_FRAME = 8 };

enum log_record_kind { LOG_START = 1, LOG_NAMES, LOG_CONFIG, LOG_CLUSTER, LOG_INPUT, LOG_CYCLE, LOG_END };

struct log_start {
	const char *program, *scenario;
	uint64_t seed;
	uint32_t replication;
};
/* Texts of the ids after those already given. */
struct log_names {
	const char **texts;
	uint32_t n_texts;
};
struct log_cluster {
	name_id name;
	enum policy_kind policy;
	uint32_t config; /* CONFIG records count from 0 */
	bool literal;
};
/* The pointers of `input` are not written: what they lead to stands beside it, and reading sets them. */
struct log_input {
	uint32_t cluster;
	struct planner_input input;
	uint32_t config;           /* INPUT_CONFIG */
	struct workload_spec spec; /* INPUT_OBSERVED */
	struct workload_status status;
	bool has_status;
};
struct log_cycle {
	uint32_t cluster;
	int64_t now_us;
	uint64_t digest; /* planner_digest() after the pass */
};
struct log_end {
	uint64_t inputs, cycles;
	bool interrupted;
};

uint32_t log_checksum(uint32_t previous, const uint8_t *payload, size_t length);

void walk_start(struct wire *wire, struct log_start *start);
void walk_names(struct wire *wire, struct log_names *names);
void walk_config(struct wire *wire, struct kueue_config *config);
void walk_cluster(struct wire *wire, struct log_cluster *cluster);
void walk_input(struct wire *wire, struct log_input *input);
void walk_cycle(struct wire *wire, struct log_cycle *cycle);
void walk_end(struct wire *wire, struct log_end *end);

/* Is what was read as planners may rely on (log_sound.c)? A log with the right checksums may still have been made by hand.
 */
NODISCARD bool config_is_sound(const struct kueue_config *config);
NODISCARD bool input_is_sound(const struct log_input *input);
NODISCARD bool cycle_is_sound(const struct log_cycle *cycle);

#endif
