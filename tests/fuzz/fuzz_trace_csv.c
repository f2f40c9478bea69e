/* fuzz_trace_csv.c - any bytes as our CSV: a clean error or rows that add up, each within the bounds that it promises. */
#include "fuzz_trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	fuzz_trace(bytes, length, TRACE_CSV);
	return 0;
}
