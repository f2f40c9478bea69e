/* fuzz_trace.h - what must hold for any bytes read as a trace. */
#ifndef BERTH_TESTS_FUZZ_TRACE_H
#define BERTH_TESTS_FUZZ_TRACE_H

#include <string.h>

#include "fuzz.h"
#include "traces/traces.h"

static bool fuzz_take(void *state, const struct trace_record *record, enum skip_reason *ret_skip)
{
	int64_t *taken = state;
	const int64_t century_us = INT64_C(100) * 366 * US_PER_DAY;
	fuzz_require(record->run_us > 0 && record->run_us <= century_us);
	fuzz_require(record->wait_us >= -1 && record->requested_us >= -1);
	fuzz_require(record->gpus >= 0 && record->gpus <= 10000000 && record->pods >= 0);
	fuzz_require(record->gpus > 0 || record->pods > 0);
	if (++*taken % 3)
		return true;
	*ret_skip = SKIP_NO_QUEUE;
	return false;
}

static inline void fuzz_trace(const uint8_t *bytes, size_t length, enum trace_format format)
{
	struct trace_counts counts;
	struct error error = {ERROR_NONE, ""};
	int64_t taken = 0, skipped = 0;
	if (!trace_read_bytes("fuzz", bytes, length, format, fuzz_take, &taken, &counts, &error)) {
		fuzz_require(error.code == ERROR_BAD_INPUT && strncmp(error.text, "fuzz", 4) == 0);
		return;
	}
	for (int i = 0; i < SKIP_COUNT; i++)
		skipped += counts.skipped[i];
	fuzz_require(counts.rows_read == counts.rows_used + skipped);
	fuzz_require(taken == counts.rows_used + counts.skipped[SKIP_NO_QUEUE]);
}

#endif
