/* zone.c - see zone.h. GLib reads the zone; transitions are found by halving, a day at a time. */

#include "base/vec.h"
#include "zone.h"

#include <glib.h> /* last: it redefines MIN and MAX quietly, base.h would not */

enum { DAY_S = 86400 };

static int32_t offset_at(GTimeZone *zone, int64_t unix_s)
{
	return g_time_zone_get_offset(zone, g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, unix_s));
}

/* The first second after `low` with the offset of `high`; one transition lies between them. */
static int64_t find_transition(GTimeZone *zone, int64_t low, int64_t high)
{
	int32_t before = offset_at(zone, low);
	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;
		if (offset_at(zone, middle) == before)
			low = middle;
		else
			high = middle;
	}
	return high;
}

bool zone_offsets(struct arena *arena, const char *zone, int64_t epoch_unix_s, int64_t duration_us,
                  const struct zone_offset **ret_offsets, uint32_t *ret_count)
{
	GTimeZone *tz = g_time_zone_new_identifier(zone);
	if (!tz)
		return false;
	struct {
		VEC_FIELDS(struct zone_offset);
	} offsets = {0};
	*VEC_PUSH(&offsets) = (struct zone_offset){0, offset_at(tz, epoch_unix_s)};
	int64_t end = epoch_unix_s + duration_us / US_PER_S;
	for (int64_t at = epoch_unix_s; at < end; at += DAY_S) {
		int64_t next = MIN(at + DAY_S, end);
		if (offset_at(tz, at) == offset_at(tz, next))
			continue;
		int64_t transition = find_transition(tz, at, next);
		*VEC_PUSH(&offsets) = (struct zone_offset){(transition - epoch_unix_s) * US_PER_S, offset_at(tz, transition)};
	}
	*ret_offsets = arena_copy(arena, offsets.items, sizeof *offsets.items * offsets.count);
	*ret_count = offsets.count;
	VEC_FREE(&offsets);
	g_time_zone_unref(tz);
	return true;
}
