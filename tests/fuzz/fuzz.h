/* fuzz.h - what every fuzz target has. */
#ifndef BERTH_TESTS_FUZZ_H
#define BERTH_TESTS_FUZZ_H

#include <stdlib.h>

#include "base/doc.h"

/* Must neither crash nor hang, whatever the bytes; what it promises beyond that it checks with fuzz_require(). */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* An assertion that no build leaves out. */
static inline void fuzz_require(bool holds)
{
	if (!holds)
		abort();
}

/* Bounds that keep one input fast. */
static const struct doc_limits fuzz_limits = {.max_depth = 50, .max_nodes = 20000, .max_scalar = 10000};

#endif
