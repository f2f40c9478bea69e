/* event_sink.h - where a simulation tells what happened: data, not log lines. None, the store, JSON Lines, a digest. */
#ifndef BERTH_BASE_EVENT_SINK_H
#define BERTH_BASE_EVENT_SINK_H

#include "base/base.h"
#include "base/names.h"
#include "base/reason.h"

enum sim_event_kind {
	EVENT_SUBMITTED,
	EVENT_QUOTA_RESERVED, /* detail = admitted pod count over all pod sets */
	EVENT_PODS_BOUND,     /* all pods have nodes */
	EVENT_PODS_READY,
	EVENT_EVICTED,  /* reason says why; detail = the preemptor's job index or -1 */
	EVENT_RELEASED, /* pods gone, quota free */
	EVENT_FINISHED,
	EVENT_NODE_DOWN, /* job = NONE; detail = node index */
	EVENT_NODE_UP,
	EVENT_LOOP,      /* an instant with endless passes was cut short; detail = passes */
	EVENT_PODS_LOST, /* a node under the job failed or drains: it restarts; detail = pods that had nodes */
};

struct sim_event {
	int64_t time_us;
	enum sim_event_kind kind;
	enum reason reason;
	uint32_t cluster;
	uint32_t job; /* index into the run's jobs; NONE where it does not apply */
	int64_t detail;
};

struct event_sink {
	void (*event)(void *state, const struct sim_event *event); /* NULL: nobody listens */
	void *state;
};

#endif
