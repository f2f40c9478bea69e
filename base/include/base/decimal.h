/* decimal.h - decimal numbers with nine places behind the point, held as a count of billionths. */
#ifndef BERTH_BASE_DECIMAL_H
#define BERTH_BASE_DECIMAL_H

#include "base/base.h"

#define NANO_PER_UNIT INT64_C(1000000000)

/* The product with a factor from 0 to 1, taken as the shortest decimal text that reads back as the factor; cut off, not
 * rounded, behind the ninth place. `nano` is from 0 to below 2^93, which an int64 of whole units stays within. */
int128 decimal_scaled(int128 nano, double factor);
/* The count as a double, times 1e-9. */
double decimal_value(int128 nano);

#endif
