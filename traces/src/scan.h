/* scan.h - one pass over a trace, with what its header said. Behind trace_read(), trace_load(), statistics, conversion. */
#ifndef BERTH_TRACES_SCAN_H
#define BERTH_TRACES_SCAN_H

#include "reader.h"
#include "traces/traces.h"

struct scan {
	enum trace_format format;
	trace_take *take;
	void *state;
	struct diags *diags; /* NULL: the first broken row is the error; else the first ones are listed here, all are counted */
};

struct scan_result {
	enum trace_format format; /* as found, never TRACE_AUTO */
	struct trace_counts counts;
	int64_t recorded_gpus; /* -1: not in this input */
};

NODISCARD bool scan_run(struct reader *reader, const struct scan *scan, struct scan_result *ret_result, struct error *error);
NODISCARD bool scan_file(const char *path, const struct scan *scan, struct scan_result *ret_result, struct error *error);

#endif
