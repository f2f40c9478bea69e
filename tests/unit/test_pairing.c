/* test_pairing.c - jobs of two runs are paired by name and counted per queue; identical runs differ by exactly zero. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/job.h"
#include "compare.h"

enum { N_JOBS = 40, N_QUEUES = 2 };

/* One side of a comparison: 40 jobs, the even ones in queue "a", the odd ones in "b"; one a second. */
struct side {
	struct names *names;
	struct cluster_queue queues[N_QUEUES];
	struct kueue_config kueue;
	struct cluster cluster;
	struct world world;
	struct job jobs[N_JOBS];
	struct job_table table;
	struct job_outcome outcomes[N_JOBS];
	struct pool_meter pool;
	struct run_result result;
};

/* `shift` interns other names first, so that ids differ between sides. */
static struct side *side_create(const char *shift)
{
	struct side *side = calloc(1, sizeof *side);
	side->names = names_create();
	names_intern(side->names, shift);
	side->queues[0].name = names_intern(side->names, "a");
	side->queues[1].name = names_intern(side->names, "b");
	side->kueue = (struct kueue_config){.cluster_queues = side->queues, .n_cluster_queues = N_QUEUES};
	side->cluster = (struct cluster){.name = names_intern(side->names, "main"), .kueue = &side->kueue};
	side->world =
	    (struct world){.names = side->names, .clusters = &side->cluster, .n_clusters = 1, .warmup_us = 2 * US_PER_S};
	for (int i = 0; i < N_JOBS; i++) {
		char name[16];
		snprintf(name, sizeof name, "job-%d", i);
		side->jobs[i] = (struct job){.name = names_intern(side->names, name), .submit_us = i * US_PER_S};
		side->outcomes[i] = (struct job_outcome){.cluster_queue = (uint32_t)(i % 2),
		                                         .admitted_us = (i + 10) * US_PER_S,
		                                         .preemptions = i == 7,
		                                         .cost = (charge)i * US_PER_HOUR};
	}
	side->table = (struct job_table){.jobs = side->jobs, .n_jobs = N_JOBS};
	side->pool.paid = (charge)5000 * US_PER_HOUR;
	side->result = (struct run_result){
	    .jobs = &side->table, .outcomes = side->outcomes, .end_us = 100 * US_PER_S, .pools = &side->pool, .n_pools = 1};
	return side;
}

static void side_destroy(struct side *side)
{
	names_destroy(side->names);
	free(side);
}

static double value(const struct kpi_table *table, const struct side *side, const char *metric, const char *stat,
                    const char *queue)
{
	name_id id = queue ? names_find(side->names, queue) : NO_NAME;
	for (uint32_t i = 0; i < table->n_rows; i++)
		if (strcmp(table->rows[i].key.metric, metric) == 0 && strcmp(table->rows[i].key.stat, stat) == 0 &&
		    table->rows[i].key.cluster_queue == id)
			return table->rows[i].value;
	fail_msg("no figure %s %s", metric, stat);
	return NAN;
}

/* Of the figure of one side over queue "b". */
static bool is_bound(const struct kpi_table *table, const char *metric, const char *stat, const struct side *names)
{
	name_id id = names_find(names->names, "b");
	for (uint32_t i = 0; i < table->n_rows; i++)
		if (strcmp(table->rows[i].key.metric, metric) == 0 && strcmp(table->rows[i].key.stat, stat) == 0 &&
		    table->rows[i].key.cluster_queue == id)
			return kpi_is_bound(table->rows[i].n_open, table->rows[i].n_beyond);
	fail_msg("no figure %s %s", metric, stat);
	return false;
}

static void identical_runs_differ_by_exactly_zero(void **state)
{
	(void)state;
	struct side *a = side_create("x"), *b = side_create("other names first");
	names_intern(b->names, "more");
	struct pairing *pairing = pairing_create(&a->world, &b->world);
	struct kpi_table *table = pairing_compare(pairing, &a->result, &b->result);
	for (uint32_t i = 0; i < table->n_rows; i++)
		if (strcmp(table->rows[i].key.metric, "difference") == 0 && !isnan(table->rows[i].value))
			assert_true(table->rows[i].value == 0);
	assert_true(value(table, a, "jobs", "same", NULL) == N_JOBS - 2); /* two within the warm-up */
	assert_true(value(table, a, "jobs", "longer", NULL) == 0 && value(table, a, "jobs", "shorter", NULL) == 0);
	struct pair_counts counts = pairing_counts(pairing);
	assert_true(counts.paired == N_JOBS - 2 && counts.changed == 0 && counts.only[0] == 0 && counts.only[1] == 0);
	kpi_table_free(table);
	pairing_destroy(pairing);
	side_destroy(a);
	side_destroy(b);
}

static void differences_are_counted_where_they_are(void **state)
{
	(void)state;
	struct side *a = side_create("x"), *b = side_create("y");
	b->outcomes[4].admitted_us += 5 * US_PER_S;  /* a: longer */
	b->outcomes[6].admitted_us -= 3 * US_PER_S;  /* a: shorter */
	b->outcomes[8].admitted_us += US_PER_S - 1;  /* a: less than a second is the same */
	b->outcomes[9].admitted_us = -1;             /* b: not started, has waited 91 s so far */
	b->outcomes[0].admitted_us += 50 * US_PER_S; /* within the warm-up: left out */
	b->outcomes[0].preemptions = 5;
	b->outcomes[0].cost += (charge)3000 * US_PER_HOUR;
	b->outcomes[11].preemptions = 2;
	b->pool.paid += (charge)7 * US_PER_HOUR;
	struct pairing *pairing = pairing_create(&a->world, &b->world);
	struct kpi_table *table = pairing_compare(pairing, &a->result, &b->result);
	assert_true(value(table, a, "jobs", "longer", "a") == 1 && value(table, a, "jobs", "shorter", "a") == 1);
	assert_true(value(table, a, "jobs", "same", "a") == 17 && value(table, a, "jobs", "longer", "b") == 1);
	assert_true(value(table, a, "a", "unstarted_count", "b") == 0 && value(table, a, "b", "unstarted_count", "b") == 1);
	assert_true(value(table, a, "difference", "preemptions_count", "b") == 2);
	assert_true(is_bound(table, "b", "waitMean_us", a) && is_bound(table, "b", "waitP95_us", a));
	assert_false(is_bound(table, "a", "waitMean_us", a) || is_bound(table, "a", "waitP95_us", a));
	assert_true(value(table, a, "difference", "preemptions_count", "a") == 0);
	assert_true(value(table, a, "a", "waitMean_us", "b") == 10e6);
	assert_true(value(table, a, "a", "paid_micro", NULL) == 5000 && value(table, a, "difference", "paid_micro", NULL) == 7);
	assert_true(isnan(value(table, a, "a", "paid_micro", "b")));
	/* money is metered, whenever a job was submitted: the jobs of the warm-up, 0 and 1, were charged too */
	assert_true(value(table, a, "a", "charged_micro", NULL) == N_JOBS * (N_JOBS - 1) / 2);
	assert_true(value(table, a, "difference", "charged_micro", "a") == 3000);
	assert_true(fabs(value(table, a, "difference", "waitMean_us", "b") - 81e6 / 19) < 1);
	assert_true(value(table, a, "b", "waitP95_us", "b") == 91e6);
	kpi_table_free(table);
	pairing_destroy(pairing);
	side_destroy(a);
	side_destroy(b);
}

static void jobs_without_partner_are_counted(void **state)
{
	(void)state;
	struct side *a = side_create("x"), *b = side_create("y");
	b->jobs[20].name = names_intern(b->names, "renamed");
	b->outcomes[20].preemptions = 4;
	b->jobs[10].run_us += 1; /* of the same name, but not the same jobs */
	b->jobs[12].submit_us -= 1;
	b->outcomes[13].gpus += 1;
	b->table.n_jobs--;
	struct pairing *pairing = pairing_create(&a->world, &b->world);
	struct kpi_table *table = pairing_compare(pairing, &a->result, &b->result);
	struct pair_counts counts = pairing_counts(pairing); /* alone: job-20 and job-39 of a, "renamed" of b */
	assert_true(counts.only[0] == 2 && counts.only[1] == 1 && counts.paired == N_JOBS - 4 && counts.changed == 3);
	assert_true(value(table, a, "jobs", "changed", NULL) == 3 && value(table, a, "jobs", "changed", "b") == 1);
	assert_true(value(table, a, "a", "unpaired_count", NULL) == 2 && value(table, a, "b", "unpaired_count", "a") == 1);
	assert_true(value(table, a, "a", "unpaired_count", "b") == 1 && value(table, a, "b", "unpaired_count", "b") == 0);
	assert_true(value(table, a, "b", "preemptions_count", "a") == 4); /* of "renamed" */
	assert_true(value(table, a, "jobs", "same", NULL) == N_JOBS - 4);
	kpi_table_free(table);
	pairing_destroy(pairing);
	side_destroy(a);
	side_destroy(b);
}

/* A queue that only b has gets a row of its own; its jobs count where a had them. */
static void queues_of_both_sides_are_listed(void **state)
{
	(void)state;
	struct side *a = side_create("x"), *b = side_create("y");
	b->queues[1].name = names_intern(b->names, "c");
	struct pairing *pairing = pairing_create(&a->world, &b->world);
	uint32_t n_groups;
	const struct pair_group *groups = pairing_groups(pairing, &n_groups);
	assert_int_equal(n_groups, 4);
	assert_string_equal(names_text(a->names, groups[2].cluster_queue), "c");
	assert_int_equal(groups[3].cluster_queue, NO_NAME);
	struct kpi_table *table = pairing_compare(pairing, &a->result, &b->result);
	assert_true(value(table, a, "jobs", "same", "b") == 19 && value(table, a, "jobs", "same", "c") == 0);
	assert_true(isnan(value(table, a, "a", "waitMean_us", "c")));
	kpi_table_free(table);
	pairing_destroy(pairing);
	side_destroy(a);
	side_destroy(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(identical_runs_differ_by_exactly_zero),
	    cmocka_unit_test(differences_are_counted_where_they_are),
	    cmocka_unit_test(jobs_without_partner_are_counted),
	    cmocka_unit_test(queues_of_both_sides_are_listed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
