/* test_base.c - names, arenas, streams, distributions, diagnostics. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "base/dist.h"
#include "base/error.h"
#include "base/names.h"
#include "base/rng.h"

static void names_are_dense_and_stable(void **state)
{
	(void)state;
	struct names *names = names_create();
	char text[32];
	for (int i = 0; i < 10000; i++) {
		snprintf(text, sizeof text, "name-%d", i);
		assert_int_equal(names_intern(names, text), i + 1);
	}
	for (int i = 0; i < 10000; i++) {
		snprintf(text, sizeof text, "name-%d", i);
		assert_int_equal(names_find(names, text), i + 1);
		assert_string_equal(names_text(names, (name_id)i + 1), text);
	}
	assert_int_equal(names_find(names, "nobody"), NO_NAME);
	assert_int_equal(names_intern_slice(names, "name-12345", 6), names_find(names, "name-1"));
	assert_string_equal(names_text(names, NO_NAME), "");
	assert_int_equal(names_count(names), 10000);
	names_destroy(names);
}

/* Same name, same stream; any part of the name changed, another stream. */
static void streams_are_keyed_by_name(void **state)
{
	(void)state;
	struct rng a = rng_stream(1, 0, 42, 0, RNG_ARRIVAL), b = a;
	for (int i = 0; i < 100; i++)
		assert_true(rng_u64(&a) == rng_u64(&b));
	struct rng variants[] = {
	    rng_stream(1, 0, 42, 0, RNG_ARRIVAL), rng_stream(2, 0, 42, 0, RNG_ARRIVAL), rng_stream(1, 1, 42, 0, RNG_ARRIVAL),
	    rng_stream(1, 0, 43, 0, RNG_ARRIVAL), rng_stream(1, 0, 42, 1, RNG_ARRIVAL), rng_stream(1, 0, 42, 0, RNG_SHAPE),
	};
	for (size_t i = 0; i < ARRAY_COUNT(variants); i++)
		for (size_t j = 0; j < i; j++) {
			struct rng x = variants[i], y = variants[j];
			assert_true(rng_u64(&x) != rng_u64(&y));
		}
}

static void uniforms_are_uniform(void **state)
{
	(void)state;
	struct rng rng = rng_stream(7, 0, 1, 0, RNG_PROPERTY_TEST);
	int buckets[20] = {0};
	double sum = 0;
	for (int i = 0; i < 200000; i++) {
		double u = rng_uniform(&rng);
		assert_true(u > 0 && u < 1);
		buckets[(int)(u * 20)]++;
		sum += u;
	}
	assert_true(fabs(sum / 200000 - 0.5) < 0.003);
	double chi2 = 0;
	for (int i = 0; i < 20; i++)
		chi2 += (buckets[i] - 10000.0) * (buckets[i] - 10000.0) / 10000.0;
	assert_true(chi2 < 43.8); /* 99.9 % of chi-squared with 19 degrees of freedom */
	for (int i = 0; i < 1000; i++)
		assert_true(rng_below(&rng, 7) < 7);
}

static void quantiles_match_known_values(void **state)
{
	(void)state;
	assert_true(fabs(normal_quantile(0.975) - 1.959963984540054) < 1e-14);
	assert_true(fabs(normal_quantile(0.5)) < 1e-15);
	assert_true(fabs(normal_quantile(1e-10) + 6.361340902404056) < 1e-12);
	struct dist lognormal = {.kind = DIST_LOGNORMAL, .a = 40, .b = 540};
	assert_true(fabs(dist_quantile(&lognormal, 0.5) - 40) < 1e-12);
	assert_true(fabs(dist_quantile(&lognormal, 0.95) - 540) < 1e-9);
	struct dist exponential = {.kind = DIST_EXPONENTIAL, .a = 3};
	assert_true(fabs(dist_quantile(&exponential, 1 - exp(-1)) - 3) < 1e-12);
	struct dist_point points[] = {{1, 3}, {8, 1}};
	struct dist choice = {.kind = DIST_CHOICE, .points = points, .n_points = 2};
	assert_true(dist_quantile(&choice, 0.74) == 1 && dist_quantile(&choice, 0.76) == 8);
	assert_true(dist_mean(&choice) == 2.75);
	struct dist_point steps[] = {{10, 0}, {20, 0.5}, {100, 1}};
	struct dist empirical = {.kind = DIST_EMPIRICAL, .points = steps, .n_points = 3};
	assert_true(fabs(dist_quantile(&empirical, 0.75) - 60) < 1e-12);
	assert_true(fabs(dist_mean(&empirical) - 37.5) < 1e-12);
}

/* The mean of many draws agrees with the closed form, for every kind. */
static void means_match_draws(void **state)
{
	(void)state;
	struct dist_point steps[] = {{10, 0}, {20, 0.5}, {100, 1}};
	struct dist dists[] = {
	    {.kind = DIST_LOGNORMAL, .a = 40, .b = 100},
	    {.kind = DIST_EXPONENTIAL, .a = 3},
	    {.kind = DIST_WEIBULL, .a = 2, .b = 1.5},
	    {.kind = DIST_EMPIRICAL, .points = steps, .n_points = 3, .log_scale = true},
	};
	for (size_t i = 0; i < ARRAY_COUNT(dists); i++) {
		double sum = 0;
		enum { N = 100000 };
		for (int k = 0; k < N; k++)
			sum += dist_quantile(&dists[i], (k + 0.5) / N);
		assert_true(fabs(sum / N / dist_mean(&dists[i]) - 1) < 0.002);
	}
}

static void errors_take_context(void **state)
{
	(void)state;
	struct error error;
	assert_false(error_set(&error, ERROR_BAD_INPUT, "no flavor %d", 3));
	assert_false(error_wrap(&error, "queue '%s'", "a"));
	assert_string_equal(error.text, "queue 'a': no flavor 3");
}

static void diagnostics_come_in_file_order(void **state)
{
	(void)state;
	struct diags *diags = diags_create();
	diag_add(diags, DIAG_WARNING, (struct diag_place){"b.yaml", 3, 1}, NULL, "later");
	diag_add(diags, DIAG_ERROR, (struct diag_place){"b.yaml", 2, 9}, "did you mean 'x'?", "earlier");
	diag_add(diags, DIAG_ERROR, (struct diag_place){"a.yaml", 7, 1}, NULL, "first");
	uint32_t count;
	const struct diag *sorted = diags_sorted(diags, &count);
	assert_int_equal(count, 3);
	assert_string_equal(sorted[0].text, "first");
	assert_string_equal(sorted[1].text, "earlier");
	assert_int_equal(diags_count(diags, DIAG_ERROR), 2);
	char *printed = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&printed, &length);
	diags_print(diags, out);
	fclose(out);
	assert_string_equal(printed, "a.yaml:7:1: error: first\nb.yaml:2:9: error: earlier; did you mean 'x'?\n"
	                             "b.yaml:3:1: warning: later\n");
	free(printed);
	diags_destroy(diags);
	static const char *const words[] = {"nominalQuota", "borrowingLimit"};
	assert_string_equal(diag_nearest("nominalQota", words, 2), "nominalQuota");
	assert_null(diag_nearest("elephant", words, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_dense_and_stable),
	    cmocka_unit_test(streams_are_keyed_by_name),
	    cmocka_unit_test(uniforms_are_uniform),
	    cmocka_unit_test(quantiles_match_known_values),
	    cmocka_unit_test(means_match_draws),
	    cmocka_unit_test(errors_take_context),
	    cmocka_unit_test(diagnostics_come_in_file_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
