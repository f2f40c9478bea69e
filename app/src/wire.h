/* wire.h - one description per struct for both directions: the same walk over the fields writes bytes or reads them.
 *
 * Integers are LEB128 varints (signed ones zigzag), so small numbers take a byte and the encoding is the same on every
 * machine. Reading never passes the end: the first impossible value marks the wire as failed, and everything after it reads
 * as zero. Walks take pointers to fields; while writing they leave them alone. */
#ifndef BERTH_APP_WIRE_H
#define BERTH_APP_WIRE_H

#include "base/arena.h"
#include "base/base.h"

struct wire {
	bool writing;
	bool failed;         /* reading: past the end, or a value that cannot be */
	uint8_t *bytes;      /* writing: grows, owned; reading: borrowed */
	size_t at, length;   /* reading */
	size_t capacity;     /* writing */
	struct arena *arena; /* reading: where arrays and texts go */
	uint32_t n_names;    /* reading: name ids above this fail */
};

void wire_begin(struct wire *wire); /* writing again from the first byte, keeping the buffer */
void wire_free(struct wire *wire);

void wire_u64(struct wire *wire, uint64_t *value);
void wire_i64(struct wire *wire, int64_t *value);
void wire_u32(struct wire *wire, uint32_t *value);
void wire_i32(struct wire *wire, int32_t *value);
void wire_bool(struct wire *wire, bool *value);
void wire_double(struct wire *wire, double *value); /* bit by bit */
/* NULL is kept apart from "". */
void wire_text(struct wire *wire, const char **text);

void wire_name(struct wire *wire, uint32_t *name);

/* The count and the elements' memory: while writing `items` itself, while reading a new zeroed array. Every element takes
 * at least a byte, so a count beyond the bytes left fails. */
NODISCARD void *wire_array(struct wire *wire, const void *items, uint32_t *count, size_t size);

/* Walks `field[0 .. count)` with `walk(wire, &element)`. `count` is a uint32_t lvalue. */
#define WIRE_ARRAY(wire, type, field, count, walk)                                                                          \
	do {                                                                                                                    \
		type *wire_items = wire_array((wire), (field), &(count), sizeof(type));                                             \
		for (uint32_t wire_i = 0; wire_i < (count); wire_i++)                                                               \
			walk((wire), &wire_items[wire_i]);                                                                              \
		if (!(wire)->writing)                                                                                               \
			(field) = wire_items;                                                                                           \
	} while (0)

/* An enumeration with values 0..count-1; others fail. */
#define WIRE_ENUM(wire, field, type, count)                                                                                 \
	do {                                                                                                                    \
		uint32_t wire_value = (uint32_t)(field);                                                                            \
		wire_u32((wire), &wire_value);                                                                                      \
		if (wire_value >= (uint32_t)(count))                                                                                \
			(wire)->failed = true;                                                                                          \
		else if (!(wire)->writing)                                                                                          \
			(field) = (type)wire_value;                                                                                     \
	} while (0)

#endif
