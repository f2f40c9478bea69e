/* fuzz_trace_any.c - any bytes as a trace of unknown format and encoding: gzip, zstd, Philly, JSON Lines too. */
#include "fuzz_trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	fuzz_trace(bytes, length, TRACE_AUTO);
	return 0;
}
