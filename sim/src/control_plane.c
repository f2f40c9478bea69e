/* control_plane.c - see control_plane.h. */
#include <math.h>

#include "control_plane.h"

#define NS_PER_US INT64_C(1000)

void control_plane_init(struct control_plane_state *state, const struct control_plane *parameters)
{
	*state = (struct control_plane_state){.parameters = parameters};
	if (parameters->api_qps > 0)
		state->interval_ns = (int64_t)llround(1e9 / parameters->api_qps);
	state->burst_ns = MAX(parameters->api_burst - 1, 0) * state->interval_ns;
}

int64_t control_plane_write(struct control_plane_state *state, int64_t now_us)
{
	int64_t now_ns = now_us * NS_PER_US;
	int64_t start_ns = MAX(now_ns, state->due_ns - state->burst_ns);
	state->due_ns = MAX(state->due_ns, start_ns) + state->interval_ns;
	int64_t start_us = (start_ns + NS_PER_US - 1) / NS_PER_US;
	return start_us + state->parameters->write_latency_us;
}

int64_t control_plane_pass_us(const struct control_plane_state *state, uint32_t heads)
{
	return state->parameters->pass_base_us + state->parameters->pass_per_head_us * heads;
}
