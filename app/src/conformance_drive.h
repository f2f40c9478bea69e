/* conformance_drive.h - a driver for the planner that does what a case says and nothing else.
 *
 * No time passes and no answer comes back from the API unless the case asks for it. Decisions that ask for an answer
 * (reservations, evictions) and the wake-ups that the planner asked for are kept until they are handed back. */
#ifndef BERTH_APP_CONFORMANCE_DRIVE_H
#define BERTH_APP_CONFORMANCE_DRIVE_H

#include "app/conformance.h"
#include "conformance_situation.h"

struct drive {
	struct situation *situation;
	struct planner *planner;
	struct decision_list *decisions; /* of the last cycle */
	struct {
		VEC_FIELDS(struct wake);
	} wakes;
	int64_t now_us;
};

/* Creates the planner and shows it all subjects in their order. Every function reports a refusal as a problem of the case
 * and returns false. */
bool drive_begin(struct drive *drive, struct situation *situation, const struct conformance_options *options);
void drive_finish(struct drive *drive);

/* One pass; without a head it decides nothing. Unconditionally, since Kueue's recordings know no pass left out. */
bool drive_cycle(struct drive *drive);
/* The status writes of the last cycle's reservations and evictions came back, in the order decided; or were refused. */
bool drive_writes(struct drive *drive, enum input_kind outcome);
bool drive_input(struct drive *drive, enum input_kind kind, struct subject *subject);
/* The ClusterQueues appear to Kueue's controllers as they do after a start: that asks for a mass requeue of every tree. */
bool drive_announce(struct drive *drive);
/* Hands back the mass requeues asked for so far. */
/* Second passes that the planner waits for are due now. */
bool drive_second_passes(struct drive *drive);
bool drive_requeues(struct drive *drive);
struct subject *drive_subject(const struct drive *drive, workload_id workload);

#endif
