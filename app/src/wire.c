/* wire.c - see wire.h. */
#include <stdlib.h>
#include <string.h>

#include "wire.h"

void wire_begin(struct wire *wire)
{
	wire->writing = true;
	wire->failed = false;
	wire->length = 0;
}

void wire_free(struct wire *wire)
{
	free(wire->bytes);
	*wire = (struct wire){0};
}

static void put(struct wire *wire, uint8_t byte)
{
	if (wire->length == wire->capacity) {
		wire->capacity = MAX(wire->capacity * 2, (size_t)256);
		wire->bytes = xrealloc_array(wire->bytes, wire->capacity, 1);
	}
	wire->bytes[wire->length++] = byte;
}

static uint8_t take(struct wire *wire)
{
	if (wire->failed || wire->at == wire->length) {
		wire->failed = true;
		return 0;
	}
	return wire->bytes[wire->at++];
}

void wire_u64(struct wire *wire, uint64_t *value)
{
	if (wire->writing) {
		uint64_t rest = *value;
		for (; rest >= 0x80; rest >>= 7)
			put(wire, (uint8_t)(rest | 0x80));
		put(wire, (uint8_t)rest);
		return;
	}
	*value = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = take(wire);
		*value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return;
	}
	wire->failed = true;
}

void wire_i64(struct wire *wire, int64_t *value)
{
	uint64_t zigzag = wire->writing ? (uint64_t)*value << 1 ^ (uint64_t)(*value >> 63) : 0;
	wire_u64(wire, &zigzag);
	if (!wire->writing)
		*value = (int64_t)(zigzag >> 1 ^ -(zigzag & 1));
}

void wire_u32(struct wire *wire, uint32_t *value)
{
	/* NONE (all ones) is frequent: one more, modulo 2^32, makes it a single byte. */
	uint64_t wide = wire->writing ? (uint32_t)(*value + 1) : 0;
	wire_u64(wire, &wide);
	if (wide > UINT32_MAX)
		wire->failed = true;
	if (!wire->writing)
		*value = wire->failed ? 0 : (uint32_t)wide - 1;
}

void wire_i32(struct wire *wire, int32_t *value)
{
	int64_t wide = wire->writing ? *value : 0;
	wire_i64(wire, &wide);
	if (wide < INT32_MIN || wide > INT32_MAX)
		wire->failed = true;
	if (!wire->writing)
		*value = wire->failed ? 0 : (int32_t)wide;
}

void wire_bool(struct wire *wire, bool *value)
{
	if (wire->writing) {
		put(wire, *value);
		return;
	}
	uint8_t byte = take(wire);
	wire->failed |= byte > 1;
	*value = byte == 1;
}

void wire_double(struct wire *wire, double *value)
{
	uint64_t bits = 0;
	if (wire->writing)
		memcpy(&bits, value, sizeof bits);
	wire_u64(wire, &bits);
	if (!wire->writing)
		memcpy(value, &bits, sizeof bits);
}

void wire_text(struct wire *wire, const char **text)
{
	uint32_t length = wire->writing && *text ? (uint32_t)strlen(*text) : NONE;
	wire_u32(wire, &length);
	if (wire->writing) {
		for (uint32_t i = 0; length != NONE && i < length; i++)
			put(wire, (uint8_t)(*text)[i]);
		return;
	}
	*text = NULL;
	if (wire->failed || length == NONE)
		return;
	if (length > wire->length - wire->at) {
		wire->failed = true;
		return;
	}
	*text = arena_text(wire->arena, (const char *)wire->bytes + wire->at, length);
	wire->at += length;
}

void *wire_array(struct wire *wire, const void *items, uint32_t *count, size_t size)
{
	wire_u32(wire, count);
	if (wire->writing)
		return (void *)(uintptr_t)items; /* a walk that writes leaves its fields alone */
	if (wire->failed || *count > wire->length - wire->at) {
		wire->failed = true;
		*count = 0;
	}
	return arena_alloc(wire->arena, size * *count);
}

void wire_name(struct wire *wire, uint32_t *name)
{
	wire_u32(wire, name);
	if (!wire->writing && *name > wire->n_names) {
		wire->failed = true;
		*name = 0;
	}
}
