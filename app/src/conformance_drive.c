/* conformance_drive.c - see conformance_drive.h. */
#include "conformance_drive.h"

static bool apply(struct drive *drive, const struct planner_input *input, const char *what)
{
	struct error error;
	if (!planner_apply(drive->planner, input, &error))
		return check_problem(drive->situation->check, "%s was refused: %s", what, error.text);
	struct wake wake;
	while (planner_take_wake(drive->planner, &wake))
		*VEC_PUSH(&drive->wakes) = wake;
	return true;
}

static bool observe(struct drive *drive, struct subject *subject)
{
	struct planner_input input = {
	    .kind = INPUT_OBSERVED,
	    .now_us = drive->now_us,
	    .observed = {&subject->spec, &subject->status},
	    .ret_workload = &subject->id,
	};
	return apply(drive, &input, subject->key);
}

bool drive_begin(struct drive *drive, struct situation *situation, const struct conformance_options *options)
{
	struct planner_options planner_options = {
	    .policy = planner_policy_kueue(),
	    .config = situation->config,
	    .literal = options->literal,
	    .check = options->check,
	};
	*drive = (struct drive){
	    .situation = situation,
	    .planner = planner_create(&planner_options),
	    .decisions = decision_list_create(),
	    .now_us = situation->now_us,
	};
	for (uint32_t i = 0; i < situation->subjects.count; i++) {
		struct subject *subject = &situation->subjects.items[i];
		subject->id = NO_WORKLOAD;
		if (!subject->in_no_queue && !observe(drive, subject))
			return false;
	}
	return true;
}

void drive_finish(struct drive *drive)
{
	planner_destroy(drive->planner);
	decision_list_destroy(drive->decisions);
	VEC_FREE(&drive->wakes);
}

bool drive_cycle(struct drive *drive)
{
	struct error error;
	if (!planner_cycle(drive->planner, drive->now_us, drive->decisions, &error))
		return check_problem(drive->situation->check, "cycle: %s", error.text);
	struct wake wake;
	while (planner_take_wake(drive->planner, &wake))
		*VEC_PUSH(&drive->wakes) = wake;
	return true;
}

bool drive_writes(struct drive *drive, enum input_kind outcome)
{
	for (uint32_t i = 0; i < drive->decisions->count; i++) {
		const struct decision *decision = &drive->decisions->items[i];
		if (decision->kind != DECISION_RESERVE && decision->kind != DECISION_PREEMPT && decision->kind != DECISION_EVICT)
			continue;
		if (decision->kind == DECISION_EVICT && outcome == INPUT_DELETED)
			continue; /* it counts as evicted; that it is gone the cache hears only by a watch event of its own */
		struct planner_input input = {.kind = outcome, .now_us = drive->now_us, .workload = decision->workload};
		if (!apply(drive, &input, "the answer to a write"))
			return false;
	}
	return true;
}

bool drive_input(struct drive *drive, enum input_kind kind, struct subject *subject)
{
	struct planner_input input = {.kind = kind, .now_us = drive->now_us, .workload = subject->id};
	return apply(drive, &input, subject->key);
}

bool drive_announce(struct drive *drive)
{
	struct planner_input input = {.kind = INPUT_CONFIG, .now_us = drive->now_us, .config = drive->situation->config};
	return apply(drive, &input, "the configuration");
}

/* Hands back the wake-ups of a kind that were asked for until now. */
static bool drive_wakes(struct drive *drive, enum wake_kind kind)
{
	uint32_t due = drive->wakes.count, kept = 0;
	for (uint32_t i = 0; i < due; i++) {
		struct wake wake = drive->wakes.items[i];
		if (wake.kind != kind) {
			drive->wakes.items[kept++] = wake;
			continue;
		}
		struct planner_input input = {.kind = INPUT_WAKE, .now_us = MAX(drive->now_us, wake.at_us), .wake = wake};
		if (!apply(drive, &input, "a wake-up"))
			return false;
	}
	for (uint32_t i = due; i < drive->wakes.count; i++)
		drive->wakes.items[kept++] = drive->wakes.items[i];
	drive->wakes.count = kept;
	return true;
}

bool drive_requeues(struct drive *drive)
{
	return drive_wakes(drive, WAKE_MASS_REQUEUE);
}

bool drive_second_passes(struct drive *drive)
{
	return drive_wakes(drive, WAKE_SECOND_PASS);
}

struct subject *drive_subject(const struct drive *drive, workload_id workload)
{
	for (uint32_t i = 0; i < drive->situation->subjects.count; i++) {
		struct subject *subject = &drive->situation->subjects.items[i];
		if (subject->id.slot == workload.slot && subject->id.generation == workload.generation)
			return subject;
	}
	return NULL;
}
