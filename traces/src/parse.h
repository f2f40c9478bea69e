/* parse.h - numbers as trace files write them. Whole text or nothing: trailing bytes, blanks inside, signs alone fail. */
#ifndef BERTH_TRACES_PARSE_H
#define BERTH_TRACES_PARSE_H

#include "base/base.h"

/* Bounds on what a trace may say; beyond them a field is malformed. */
#define TRACE_MAX_SPAN_US (INT64_C(100) * 366 * US_PER_DAY) /* of a duration: a century */
#define TRACE_MAX_UNIX_S INT64_C(253402300799)              /* 9999-12-31T23:59:59Z */
#define TRACE_MAX_COUNT INT64_C(10000000)                   /* GPUs, processors or pods of one job */

/* Decimal seconds, "66", "66.0", "-1", "1.5e3", as microseconds, rounded half away from zero. Fails beyond
 * TRACE_MAX_UNIX_S seconds either way. */
NODISCARD bool parse_seconds(const char *text, int64_t *ret_us);
/* A whole decimal number within [-TRACE_MAX_UNIX_S, TRACE_MAX_UNIX_S]; "64.0" counts as whole. */
NODISCARD bool parse_whole(const char *text, int64_t *ret);

#endif
