/* instant.h - instants and durations as text: RFC 3339 with offset, and Go durations plus `d`.
 *
 * An instant in text is absolute; inside, time is microseconds since the scenario's epoch (a whole UTC second). */
#ifndef BERTH_BASE_INSTANT_H
#define BERTH_BASE_INSTANT_H

#include "base/base.h"
#include "base/error.h"

/* "2026-01-05T00:00:00Z", "2026-01-01T00:00:00+01:00", fractional seconds to 1 us. Microseconds since 1970-01-01 UTC. */
NODISCARD bool instant_parse(const char *text, int64_t *ret_unix_us, struct error *error);
/* RFC 3339 in UTC, seconds; with microseconds when they are not zero. `out` holds at least 40 bytes. */
char *instant_format(int64_t unix_us, char out[40]);

/* "90m", "1h30m", "28d", "1.5h", "250ms", "0". Units: ns us µs ms s m h d. Negative only with a leading '-'. Below one
 * microsecond rounds to nearest. */
NODISCARD bool duration_parse(const char *text, int64_t *ret_us, struct error *error);
/* Short, for people: "0", "350ms", "12s", "9m", "3.2h", "31h", "4.1d"; "-" for negative (unknown). */
char *duration_format(int64_t us, char out[32]);

/* Civil date arithmetic in the proleptic Gregorian calendar. */
int64_t days_from_civil(int64_t year, unsigned month, unsigned day);

#endif
