/* zone.h - a time zone as the intervals of its offset from UTC, so that nothing inside asks the C library for it. */
#ifndef BERTH_SCENARIOS_ZONE_H
#define BERTH_SCENARIOS_ZONE_H

#include "base/arena.h"
#include "world/world.h"

/* The offsets from the epoch on for `duration_us`; the first begins at 0. False when the zone is unknown. */
NODISCARD bool zone_offsets(struct arena *arena, const char *zone, int64_t epoch_unix_s, int64_t duration_us,
                            const struct zone_offset **ret_offsets, uint32_t *ret_count);

#endif
