/* evictions.h - the one table of what ends stays of jobs on nodes before their time, as summary and report tell it. */
#ifndef BERTH_APP_EVICTIONS_H
#define BERTH_APP_EVICTIONS_H

struct eviction_kind {
	const char *metric, *stat; /* the key figure that counts them */
	const char *row;           /* in the report's table */
	const char *before;        /* the count in the summary's line; NULL: told in the line of quotas */
	const char *unit;          /* behind it, of one: "time"; NULL: none */
};

enum { EVICTION_KINDS = 8 };
extern const struct eviction_kind eviction_kinds[EVICTION_KINDS];

#endif
