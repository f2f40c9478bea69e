/* fuzz_log.c - any bytes as a recorded log. The input is a log without its frames: each record's length (u16,
 * little-endian), then its payload; lengths and checksums are added here, so that what stands in the records is what is
 * tested. */
#include <string.h>

#include "app/input_log.h"
#include "base/vec.h"
#include "fuzz_file.h"
#include "log_format.h"

struct bytes {
	VEC_FIELDS(uint8_t);
};

static void put(struct bytes *out, const void *from, size_t length)
{
	for (size_t i = 0; i < length; i++)
		*VEC_PUSH(out) = ((const uint8_t *)from)[i];
}

static void put_u32(struct bytes *out, uint32_t value)
{
	put(out, (uint8_t[]){(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24)}, 4);
}

static struct bytes framed(const uint8_t *bytes, size_t length)
{
	struct bytes out = {0};
	uint32_t checksum = 0;
	put(&out, LOG_MAGIC, strlen(LOG_MAGIC));
	for (size_t at = 0; at + 2 <= length;) {
		size_t size = MIN((size_t)bytes[at] | (size_t)bytes[at + 1] << 8, length - at - 2);
		checksum = log_checksum(checksum, bytes + at + 2, size);
		put_u32(&out, (uint32_t)size);
		put_u32(&out, checksum);
		put(&out, bytes + at + 2, size);
		at += 2 + size;
	}
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct bytes log = framed(bytes, length);
	struct fuzz_file file = fuzz_file_create(log.items, log.count);
	struct replay_summary summary;
	struct error error = {ERROR_NONE, ""};
	if (!input_log_replay(file.path, &summary, &error))
		fuzz_require((error.code == ERROR_BAD_INPUT || error.code == ERROR_INVARIANT) && error.text[0]);
	fuzz_file_close(&file);
	VEC_FREE(&log);
	return 0;
}
