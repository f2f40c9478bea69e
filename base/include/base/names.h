/* names.h - strings interned to small ids, once, when a world is loaded or a job arrives.
 *
 * Simulation loops carry ids; texts appear again only at the edge. Ids are dense and start at 1 in order of first
 * appearance; 0 is "no name". Never removes. */
#ifndef BERTH_BASE_NAMES_H
#define BERTH_BASE_NAMES_H

#include "base/base.h"

typedef uint32_t name_id;
#define NO_NAME ((name_id)0)

struct names;

NODISCARD struct names *names_create(void);
void names_destroy(struct names *names); /* accepts NULL */

name_id names_intern(struct names *names, const char *text);
name_id names_intern_slice(struct names *names, const char *text, size_t length);
/* NO_NAME when the text was never interned. */
name_id names_find(const struct names *names, const char *text);
/* "" for NO_NAME. Valid as long as the table. */
const char *names_text(const struct names *names, name_id id);
/* A stable hash of the text, for keying random streams: the same in every run and for every order of interning. */
uint64_t names_hash(const struct names *names, name_id id);
uint32_t names_count(const struct names *names); /* largest id */
/* Byte-wise order of the texts, as Kueue compares strings. */
int names_compare(const struct names *names, name_id a, name_id b);

#endif
