/* money.h - exact money: int64 micro-units of one currency, charges as 128-bit rate x time.
 *
 * A rate is micro-units per hour. A charge accumulates rate x microseconds and is divided once, at the end; when a total
 * is split, remainders are shared so that the parts sum to the whole. */
#ifndef BERTH_BASE_MONEY_H
#define BERTH_BASE_MONEY_H

#include "base/base.h"
#include "base/error.h"

/* Sum of (micro-units per hour) x microseconds. */
typedef int128 charge;

/* "2.10" -> 2100000. At most 6 decimals; no sign, no thousands separators. */
NODISCARD bool money_parse(const char *text, int64_t *ret_micro, struct error *error);
/* Rounds half away from zero. */
int64_t charge_micro(charge sum);
/* Divides the parts so that their micro-units sum to charge_micro(sum of parts): largest remainders get the rest, ties
 * by index. */
void charge_split(const charge *parts, uint32_t count, int64_t *ret_micro);
/* "1,234.56", "44.4M": two decimals below 100 thousand, else a suffix. */
char *money_format(int64_t micro, char out[32]);

#endif
