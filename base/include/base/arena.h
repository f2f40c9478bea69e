/* arena.h - memory that is freed all at once.
 *
 * An arena hands out zeroed memory and frees it in arena_destroy(). It is born with a ceiling; going over it aborts,
 * since every reader bounds its input before it allocates. Not thread-safe: one owner. */
#ifndef BERTH_BASE_ARENA_H
#define BERTH_BASE_ARENA_H

#include "base/base.h"

struct arena;

/* `limit_bytes` 0 means 64 GiB. */
NODISCARD struct arena *arena_create(size_t limit_bytes);
void arena_destroy(struct arena *arena); /* accepts NULL */
/* Frees everything handed out; keeps one chunk, so that a scratch arena reset in a loop stops allocating. */
void arena_reset(struct arena *arena);

/* Zeroed, aligned for any type. A size of 0 gives a valid pointer. */
NODISCARD void *arena_alloc(struct arena *arena, size_t bytes);
NODISCARD void *arena_copy(struct arena *arena, const void *bytes, size_t count);
/* A NUL-terminated copy of `length` bytes. */
NODISCARD char *arena_text(struct arena *arena, const char *text, size_t length);
NODISCARD char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
size_t arena_bytes(const struct arena *arena);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_alloc((arena), sizeof(type) * (size_t)(count)))

#endif
