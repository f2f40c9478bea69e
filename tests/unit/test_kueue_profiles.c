/* test_kueue_profiles.c - the gate profile of a commit against the defaults recorded from that commit.
 *
 * Needs the shared reference material (BERTH_SHARED); without it the whole binary is one skip, in the one form of TAP that
 * Meson understands: cmocka's own skip() prints "not ok # SKIP", which counts as a failure. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/doc.h"
#include "world/kueue.h"

static char path[4096];
static char *bytes;
static size_t length;

static void gates_match_the_recorded_defaults(void **state)
{
	(void)state;
	static const char *const gate_names[] = {
#define X(name) #name,
	    KUEUE_GATE_LIST(X)
#undef X
	};
	struct arena *arena = arena_create(0);
	struct diags *diags = diags_create();
	struct doc_node *document = NULL;
	gate_set gates;
	assert_true(doc_parse_json(arena, path, bytes, length, NULL, diags, &document));
	assert_true(kueue_profile_gates("ff69552e", &gates));
	for (size_t i = 0; i < ARRAY_COUNT(gate_names); i++) {
		bool on = false;
		assert_true(doc_bool(doc_get(doc_get(document, "defaults"), gate_names[i]), &on));
		assert_int_equal(gate_on(gates, (enum kueue_gate)i), on);
	}
	diags_destroy(diags);
	arena_destroy(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(gates_match_the_recorded_defaults)};
	const char *shared = getenv("BERTH_SHARED");
	struct error error;
	snprintf(path, sizeof path, "%s/conformance/kueue/feature-gates.json", shared ? shared : DEFAULT_SHARED);
	if (!doc_read_file(path, 0, &bytes, &length, &error)) {
		printf("1..0 # SKIP %s; set BERTH_SHARED\n", error.text);
		return 0;
	}
	int failures = cmocka_run_group_tests(tests, NULL, NULL);
	free(bytes);
	return failures;
}
