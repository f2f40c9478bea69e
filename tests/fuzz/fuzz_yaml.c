/* fuzz_yaml.c - any bytes as YAML: bounded trees with places, and an error whenever reading says that it failed. */
#include "fuzz_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct arena *arena = arena_create(0);
	struct diags *diags = diags_create();
	struct doc_node **documents;
	uint32_t count, nodes = 0;
	bool good = doc_parse_yaml(arena, "fuzz", (const char *)bytes, length, &fuzz_limits, diags, &documents, &count);
	fuzz_require(good == (diags_count(diags, DIAG_ERROR) == 0));
	for (uint32_t i = 0; i < count; i++)
		nodes += fuzz_check_tree(documents[i], 0);
	fuzz_require(nodes <= fuzz_limits.max_nodes);
	diags_destroy(diags);
	arena_destroy(arena);
	return 0;
}
