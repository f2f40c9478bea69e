/* shares.c - see shares.h. */
#include <math.h>
#include <stdlib.h>

#include "shares.h"

void shares_round(const double *parts, uint32_t count, int64_t total, int64_t *ret_shares)
{
	double whole = 0;
	for (uint32_t i = 0; i < count; i++)
		whole += parts[i];
	double *rest = xcalloc(count, sizeof *rest);
	int64_t given = 0;
	for (uint32_t i = 0; i < count; i++) {
		double exact = parts[i] / whole * (double)total;
		ret_shares[i] = (int64_t)floor(exact);
		rest[i] = exact - floor(exact);
		given += ret_shares[i];
	}
	for (; given < total; given++) {
		uint32_t best = 0;
		for (uint32_t i = 1; i < count; i++)
			if (rest[i] > rest[best])
				best = i;
		ret_shares[best]++;
		rest[best] = -1;
	}
	free(rest);
}
