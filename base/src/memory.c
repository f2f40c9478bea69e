/* memory.c - allocation that cannot fail, arenas and growable arrays. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/vec.h"

void *xcalloc(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size ? size : 1);
	if (!memory)
		abort();
	return memory;
}

void *xrealloc_array(void *old, size_t count, size_t size)
{
	void *memory = reallocarray(old, count ? count : 1, size ? size : 1);
	if (!memory)
		abort();
	return memory;
}

void vec_reserve_bytes(void **items, uint32_t *capacity, uint32_t wanted, size_t size)
{
	uint32_t grown = *capacity < 8 ? 8 : *capacity > UINT32_MAX / 2 ? UINT32_MAX : *capacity * 2;
	if (grown < wanted)
		grown = wanted;
	*items = xrealloc_array(*items, grown, size);
	*capacity = grown;
}

void vec_free(void **items)
{
	free(*items);
	*items = NULL;
}

/* Arenas: a chain of chunks; big allocations get a chunk of their own. */
enum { CHUNK_BYTES = 64 * 1024, ALIGNMENT = 16 };

struct chunk {
	struct chunk *previous;
	size_t used, size;
	_Alignas(16) unsigned char bytes[];
};

struct arena {
	struct chunk *last;
	size_t total, limit;
};

struct arena *arena_create(size_t limit_bytes)
{
	struct arena *arena = xcalloc(1, sizeof *arena);
	arena->limit = limit_bytes ? limit_bytes : (size_t)64 << 30;
	return arena;
}

void arena_destroy(struct arena *arena)
{
	if (!arena)
		return;
	for (struct chunk *chunk = arena->last; chunk;) {
		struct chunk *previous = chunk->previous;
		free(chunk);
		chunk = previous;
	}
	free(arena);
}

void arena_reset(struct arena *arena)
{
	struct chunk *kept = arena->last;
	arena->total = 0;
	if (!kept)
		return;
	for (struct chunk *chunk = kept->previous; chunk;) {
		struct chunk *previous = chunk->previous;
		free(chunk);
		chunk = previous;
	}
	memset(kept->bytes, 0, kept->used);
	kept->used = 0;
	kept->previous = NULL;
}

static struct chunk *add_chunk(struct arena *arena, size_t size)
{
	struct chunk *chunk = xcalloc(1, sizeof *chunk + size);
	chunk->size = size;
	chunk->previous = arena->last;
	arena->last = chunk;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
	if (bytes > arena->limit - arena->total)
		abort();
	bytes = (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	struct chunk *chunk = arena->last;
	if (!chunk || chunk->size - chunk->used < bytes)
		chunk = add_chunk(arena, bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES);
	void *memory = chunk->bytes + chunk->used;
	chunk->used += bytes;
	arena->total += bytes;
	return memory;
}

void *arena_copy(struct arena *arena, const void *bytes, size_t count)
{
	void *copy = arena_alloc(arena, count);
	if (count)
		memcpy(copy, bytes, count);
	return copy;
}

char *arena_text(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);
	memcpy(copy, text, length);
	return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	char *text = arena_alloc(arena, (size_t)length + 1);
	vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return text;
}

size_t arena_bytes(const struct arena *arena)
{
	return arena->total;
}
