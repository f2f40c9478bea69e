/* test_agenda.c - the order of the agenda against a sorted list, and what cancelled handles do. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "base/rng.h"
#include "sim/agenda.h"

static void test_equal_times_go_by_rank_then_first_in(void **state)
{
	(void)state;
	struct agenda *agenda = agenda_create(0);
	agenda_add(agenda, &(struct agenda_event){.time_us = 5, .rank = 2, .kind = 1});
	agenda_add(agenda, &(struct agenda_event){.time_us = 5, .rank = 1, .kind = 2});
	agenda_add(agenda, &(struct agenda_event){.time_us = 5, .rank = 1, .kind = 3});
	agenda_add(agenda, &(struct agenda_event){.time_us = 4, .rank = 9, .kind = 4});
	agenda_add(agenda, &(struct agenda_event){.time_us = -4, .rank = 9, .kind = 5});
	static const uint16_t expected[] = {5, 4, 2, 3, 1};
	for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
		struct agenda_event peeked, event;
		assert_true(agenda_peek(agenda, &peeked));
		assert_true(agenda_pop(agenda, &event));
		assert_int_equal(event.kind, expected[i]);
		assert_int_equal(peeked.kind, expected[i]);
	}
	struct agenda_event event;
	assert_false(agenda_pop(agenda, &event));
	agenda_destroy(agenda);
}

static void test_a_handle_cancels_its_own_event_once(void **state)
{
	(void)state;
	struct agenda *agenda = agenda_create(4);
	struct agenda_event event = {.time_us = 1, .kind = 7};
	agenda_handle fired = agenda_add(agenda, &event);
	assert_true(agenda_pop(agenda, &event));
	assert_false(agenda_cancel(agenda, fired));
	event.time_us = 2;
	agenda_handle pending = agenda_add(agenda, &event); /* takes the same slot again */
	assert_false(agenda_cancel(agenda, fired));
	assert_int_equal(agenda_count(agenda), 1);
	assert_true(agenda_cancel(agenda, pending));
	assert_false(agenda_cancel(agenda, pending));
	assert_false(agenda_cancel(agenda, NO_EVENT));
	assert_int_equal(agenda_count(agenda), 0);
	agenda_destroy(agenda);
}

struct expected_event {
	int64_t time_us;
	uint16_t rank;
	uint32_t sequence;
	bool gone;
	agenda_handle handle;
};

static bool before(const struct expected_event *a, const struct expected_event *b)
{
	if (a->time_us != b->time_us)
		return a->time_us < b->time_us;
	return a->rank != b->rank ? a->rank < b->rank : a->sequence < b->sequence;
}

/* Random adds, cancels and pops; each pop must give the least event that is still there. */
static void test_random_operations_against_a_scan(void **state)
{
	(void)state;
	enum { EVENTS = 2000 };
	struct expected_event *expected = calloc(EVENTS, sizeof *expected);
	struct agenda *agenda = agenda_create(1);
	struct rng rng = rng_stream(1, 0, 0, 0, RNG_PROPERTY_TEST);
	uint32_t added = 0, pops = 0;
	while (added < EVENTS || agenda_count(agenda) > 0) {
		uint64_t dice = rng_below(&rng, 10);
		if (dice < 5 && added < EVENTS) {
			struct expected_event *e = &expected[added];
			*e = (struct expected_event){(int64_t)rng_below(&rng, 50), (uint16_t)rng_below(&rng, 3), added, false, NO_EVENT};
			e->handle = agenda_add(agenda, &(struct agenda_event){.time_us = e->time_us, .rank = e->rank, .a = added});
			added++;
		} else if (dice < 7 && added > 0) {
			struct expected_event *e = &expected[rng_below(&rng, added)];
			assert_int_equal(agenda_cancel(agenda, e->handle), !e->gone);
			e->gone = true;
		} else {
			struct expected_event *least = NULL;
			for (uint32_t i = 0; i < added; i++)
				if (!expected[i].gone && (!least || before(&expected[i], least)))
					least = &expected[i];
			struct agenda_event event;
			assert_int_equal(agenda_pop(agenda, &event), least != NULL);
			if (!least)
				continue;
			assert_int_equal(event.a, least->sequence);
			least->gone = true;
			pops++;
		}
	}
	assert_true(pops > EVENTS / 4);
	agenda_destroy(agenda);
	free(expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_equal_times_go_by_rank_then_first_in),
	    cmocka_unit_test(test_a_handle_cancels_its_own_event_once),
	    cmocka_unit_test(test_random_operations_against_a_scan),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
