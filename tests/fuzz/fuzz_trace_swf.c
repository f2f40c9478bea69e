/* fuzz_trace_swf.c - any bytes as Standard Workload Format. */
#include "fuzz_trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	fuzz_trace(bytes, length, TRACE_SWF);
	return 0;
}
