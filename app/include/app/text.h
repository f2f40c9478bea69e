/* text.h - numbers as people read them in summaries, tables and reports. Machine output never goes through here. */
#ifndef BERTH_APP_TEXT_H
#define BERTH_APP_TEXT_H

#include "base/base.h"

/* "1,496"; rounds to the nearest whole number, but what is between 0 and 1, a mean, never to 0: "0.3". "-" for NAN. */
char *text_count(double value, char out[32]);
/* "21m", "3.2h" (duration_format), of a figure that may be NAN: "-". */
char *text_duration(double us, char out[32]);
/* ">" before a lower bound: "> 31h". */
char *text_bounded_duration(double us, bool lower_bound, char out[32]);
/* "12.3" for 0.123, one decimal; "-" for NAN. */
char *text_percent(double ratio, char out[32]);
/* A size against now: "-12.5%", "+20%"; "" for now itself, factor 1. */
char *text_size(double factor, char out[32]);
/* Money in one unit for a whole list, fine enough for amounts of a hundredth of the `largest`: "13,804.3k", "<0.1k", "0". */
char *text_money_like(double micro, double largest, char out[32]);
/* Money of a figure that may be NAN: "-". */
char *text_money(double micro, char out[32]);
/* Amounts of at least 0 in the unit of their sum, rounded so that what is shown adds up: 198.4k + 27.4k = 225.8k. */
void text_money_split(const int64_t *micro, uint32_t count, char (*ret_parts)[32], char ret_sum[32]);
/* As strcmp(), but numbers within the texts in their own order: "gpu-9" before "gpu-10". */
int text_natural_order(const char *a, const char *b);
/* "s" but for 1: "1 node", "2 nodes", "0.5 nodes". */
const char *text_plural(double count);
/* The day of an instant in UTC: "2026-01-05". */
char *text_day(int64_t unix_s, char out[32]);
/* And the minute: "2026-01-05 14:30". */
char *text_minute(int64_t unix_s, char out[32]);

/* What belongs to a cluster, by its name alone or, where there are several clusters, as "cluster/name". `cluster` NULL: it
 * belongs to none. Names of Kubernetes fit. */
enum { TEXT_NAME_SIZE = 512 };
char *text_in_cluster(const char *cluster, const char *name, uint32_t n_clusters, char out[TEXT_NAME_SIZE]);

/* Rounds the shares of a whole to tenths of a percent so that they sum to 1000 (largest remainders, ties by index).
 * All zero when the whole is zero. */
void text_split_tenths(const int128 *parts, uint32_t count, int *ret_tenths);

#endif
