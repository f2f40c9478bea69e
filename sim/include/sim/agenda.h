/* agenda.h - the future-event heap: total order (time, rank, sequence), cancel by handle.
 *
 * Rank orders events of one instant: completions before arrivals before passes. Sequence is the order of scheduling, so
 * equal (time, rank) is first in, first out. Handles carry a generation: cancelling an event that has fired is harmless. */
#ifndef BERTH_SIM_AGENDA_H
#define BERTH_SIM_AGENDA_H

#include "base/base.h"

struct agenda;

typedef struct {
	uint32_t slot, generation;
} agenda_handle;
#define NO_EVENT ((agenda_handle){NONE, 0})

struct agenda_event {
	int64_t time_us;
	uint16_t rank;
	uint16_t kind; /* the owner's */
	uint32_t a, b; /* the owner's payload */
	int64_t c;
};

NODISCARD struct agenda *agenda_create(uint32_t expected);
void agenda_destroy(struct agenda *agenda);
agenda_handle agenda_add(struct agenda *agenda, const struct agenda_event *event);
/* True when the event was still pending. */
bool agenda_cancel(struct agenda *agenda, agenda_handle handle);
/* The same, and tells which event it was. */
bool agenda_cancel_event(struct agenda *agenda, agenda_handle handle, struct agenda_event *ret_event);
bool agenda_peek(const struct agenda *agenda, struct agenda_event *ret_event);
bool agenda_pop(struct agenda *agenda, struct agenda_event *ret_event);
uint32_t agenda_count(const struct agenda *agenda);

#endif
