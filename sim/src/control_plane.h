/* control_plane.h - how long a real control plane takes: scheduling passes, API writes, watch events.
 *
 * Everything that Kueue writes about a workload goes through one client with a rate and a burst: creating the Workload,
 * admitting, evicting, releasing, pods ready, finished. client-go limits with a token bucket, first come first served;
 * here the same as a virtual schedule (GCRA): a write starts when its token is there and is acknowledged write_latency_us
 * later. With all parameters 0 every answer is `now`. Delays that are plain sums (watch, pod creation) are added where
 * they occur, in lifecycle.c. */
#ifndef BERTH_SIM_CONTROL_PLANE_H
#define BERTH_SIM_CONTROL_PLANE_H

#include "base/base.h"
#include "world/world.h"

struct control_plane_state {
	const struct control_plane *parameters;
	int64_t interval_ns; /* between tokens; 0 = unlimited */
	int64_t burst_ns;    /* how far writes may run ahead of the even schedule */
	int64_t due_ns;      /* when the bucket will be full again, less burst_ns */
};

void control_plane_init(struct control_plane_state *state, const struct control_plane *parameters);
/* Books one write asked for at `now_us`; calls come in order of time. Returns when it is acknowledged. */
NODISCARD int64_t control_plane_write(struct control_plane_state *state, int64_t now_us);
/* Duration of a pass that evaluated `heads` heads. */
int64_t control_plane_pass_us(const struct control_plane_state *state, uint32_t heads);

#endif
