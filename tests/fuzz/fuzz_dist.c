/* fuzz_dist.c - any YAML as a distribution, of numbers, durations or quantities (the first byte says which): what is
 * accepted has quantiles that rise, within its bounds. */
#include "fields.h"
#include "fuzz_dist.h"

static const struct kind {
	enum dist_unit unit;
	const char *resource;
	double min, max;
} kinds[] = {
    {UNIT_NUMBER, NULL, 1, 1e6},
    {UNIT_DURATION, NULL, 0, 36525.0 * (double)US_PER_DAY},
    {UNIT_QUANTITY, "cpu", 0, 0},
    {UNIT_QUANTITY, "nvidia.com/gpu", 0, 0},
};

static void decode(const struct doc_node *node, const struct kind *kind, struct arena *arena, struct diags *diags)
{
	struct decoder decoder = {.arena = arena, .diags = diags, .path = "fuzz"};
	struct dist dist;
	uint32_t before = diags_count(diags, DIAG_ERROR);
	bool good = decode_dist(&decoder, node, kind->unit, kind->resource, kind->min, kind->max, &dist);
	fuzz_require(good == (diags_count(diags, DIAG_ERROR) == before));
	if (good)
		fuzz_check_dist(&dist);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	if (length == 0)
		return 0;
	struct arena *arena = arena_create(0);
	struct diags *diags = diags_create();
	struct doc_node **documents;
	uint32_t count;
	(void)!doc_parse_yaml(arena, "fuzz", (const char *)bytes + 1, length - 1, &fuzz_limits, diags, &documents, &count);
	for (uint32_t i = 0; i < MIN(count, 20u); i++) /* far below the 200 problems that are kept */
		decode(documents[i], &kinds[bytes[0] % ARRAY_COUNT(kinds)], arena, diags);
	diags_destroy(diags);
	arena_destroy(arena);
	return 0;
}
