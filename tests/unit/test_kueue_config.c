/* test_kueue_config.c - building a Kueue configuration: numbering by name, implied objects, rules, lookups, matching. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "world/kueue_builder.h"

/* A builder with everything around it. */
struct bench {
	struct arena *arena;
	struct names *names;
	struct diags *diags;
	struct kueue_builder *builder;
};

static struct bench bench_create(void)
{
	struct bench bench = {.arena = arena_create(0), .names = names_create(), .diags = diags_create()};
	bench.builder = kueue_builder_create(bench.arena, bench.names);
	return bench;
}

static void bench_destroy(struct bench *bench)
{
	kueue_builder_destroy(bench->builder);
	diags_destroy(bench->diags);
	names_destroy(bench->names);
	arena_destroy(bench->arena);
}

static struct diag_place line(uint32_t number)
{
	return (struct diag_place){"k.yaml", number, 1};
}

static name_id id(struct bench *bench, const char *text)
{
	return names_intern(bench->names, text);
}

static void add_flavor(struct bench *bench, const char *name)
{
	kueue_add_flavor(bench->builder, &(struct resource_flavor){.name = id(bench, name)}, line(1));
}

static void add_cohort(struct bench *bench, const char *name, const char *parent, uint32_t at)
{
	kueue_add_cohort(bench->builder, &(struct cohort){.name = id(bench, name), .fair_weight = 1}, id(bench, parent), NULL, 0,
	                 line(at));
}

/* A queue with one group of one resource and flavor. */
static void add_queue(struct bench *bench, struct cluster_queue queue, const char *cohort, const char *flavor,
                      const char *resource, struct quota quota, uint32_t at)
{
	name_id covered = id(bench, resource);
	struct named_quota named = {.resource = covered, .quota = quota, .place = line(at + 1)};
	struct named_flavor_quotas flavors = {
	    .flavor = id(bench, flavor), .quotas = &named, .n_quotas = 1, .place = line(at + 2)};
	struct named_group group = {.covered = &covered, .n_covered = 1, .flavors = &flavors, .n_flavors = 1};
	kueue_add_cluster_queue(bench->builder, &queue, id(bench, cohort), &group, 1, line(at));
}

static void add_local(struct bench *bench, const char *space, const char *name, const char *queue, uint32_t at)
{
	struct local_queue local = {.name = id(bench, name), .namespace_name = id(bench, space), .fair_weight = 1};
	kueue_add_local_queue(bench->builder, &local, id(bench, queue), line(at));
}

static struct cluster_queue queue_named(struct bench *bench, const char *name)
{
	struct cluster_queue queue = kueue_cluster_queue_defaults(id(bench, name));
	queue.namespace_selector.set = true;
	return queue;
}

static const struct quota ten = {10, LIMIT_UNSET, LIMIT_UNSET};

static void assert_problems(struct bench *bench, const char *expected)
{
	char *printed = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&printed, &length);
	diags_print(bench->diags, out);
	fclose(out);
	assert_string_equal(printed, expected);
	free(printed);
}

static void objects_are_numbered_by_name(void **state)
{
	(void)state;
	struct bench bench = bench_create();
	add_flavor(&bench, "spot");
	add_flavor(&bench, "h100");
	add_cohort(&bench, "research", "company", 1);
	add_queue(&bench, queue_named(&bench, "vision"), "research", "spot", "cpu", ten, 1);
	add_queue(&bench, queue_named(&bench, "nlp"), "research", "h100", "nvidia.com/gpu", ten, 1);
	add_local(&bench, "b", "x", "nlp", 1);
	add_local(&bench, "a", "y", "vision", 1);
	add_local(&bench, "a", "x", "nlp", 1);
	kueue_add_used_pair(bench.builder, id(&bench, "spot"), id(&bench, "memory"));
	const struct kueue_config *config = kueue_build(bench.builder, true, bench.diags);
	assert_problems(&bench, "");
	assert_non_null(config);
	/* 0.7: memory before nvidia.com/gpu before cpu */
	assert_int_equal(config->n_resources, 3);
	assert_int_equal(kueue_find_resource(config, id(&bench, "memory")), 0);
	assert_int_equal(kueue_find_resource(config, id(&bench, "nvidia.com/gpu")), 1);
	assert_int_equal(kueue_find_resource(config, id(&bench, "cpu")), 2);
	assert_int_equal(kueue_find_resource(config, id(&bench, "pods")), NONE);
	assert_int_equal(kueue_find_flavor(config, id(&bench, "h100")), 0);
	assert_int_equal(kueue_find_flavor(config, id(&bench, "spot")), 1);
	assert_int_equal(config->n_frs, 3);
	assert_int_equal(kueue_find_fr(config, 0, 1), 0);
	assert_int_equal(kueue_find_fr(config, 1, 0), 1);
	assert_int_equal(kueue_find_fr(config, 1, 2), 2);
	assert_int_equal(kueue_find_fr(config, 0, 0), NONE);
	assert_int_equal(kueue_find_cluster_queue(config, id(&bench, "nlp")), 0);
	assert_int_equal(kueue_find_cluster_queue(config, id(&bench, "vision")), 1);
	assert_int_equal(config->cluster_queues[0].cohort, kueue_find_cohort(config, id(&bench, "research")));
	assert_int_equal(config->cluster_queues[0].groups[0].frs[0], 0);
	assert_true(config->cluster_queues[0].groups[0].present[0]);
	assert_int_equal(config->n_cohorts, 2);
	const struct cohort *company = &config->cohorts[kueue_find_cohort(config, id(&bench, "company"))];
	assert_true(company->implicit && company->parent == NONE && company->fair_weight == 1);
	assert_int_equal(kueue_find_local_queue(config, id(&bench, "a"), id(&bench, "x")), 0);
	assert_int_equal(kueue_find_local_queue(config, id(&bench, "a"), id(&bench, "y")), 1);
	assert_int_equal(kueue_find_local_queue(config, id(&bench, "b"), id(&bench, "x")), 2);
	assert_int_equal(kueue_find_local_queue(config, id(&bench, "b"), id(&bench, "y")), NONE);
	assert_int_equal(config->local_queues[1].cluster_queue, 1);
	bench_destroy(&bench);
}

/* Everything that a configuration says, as text without ids: equal texts, equal configurations. */
static char *describe(const struct kueue_config *config)
{
	char *out = NULL;
	size_t length = 0;
	FILE *f = open_memstream(&out, &length);
	const struct names *names = config->names;
	for (uint32_t i = 0; i < config->n_resources; i++)
		fprintf(f, "r %s\n", names_text(names, config->resources[i]));
	for (uint32_t i = 0; i < config->n_flavors; i++)
		fprintf(f, "f %s %d\n", names_text(names, config->flavors[i].name), config->flavors[i].missing);
	for (uint32_t i = 0; i < config->n_frs; i++)
		fprintf(f, "fr %u %u\n", config->frs[i].flavor, config->frs[i].resource);
	for (uint32_t i = 0; i < config->n_cohorts; i++)
		fprintf(f, "co %s %u %d\n", names_text(names, config->cohorts[i].name), config->cohorts[i].parent,
		        config->cohorts[i].in_cycle);
	for (uint32_t i = 0; i < config->n_cluster_queues; i++) {
		const struct cluster_queue *queue = &config->cluster_queues[i];
		fprintf(f, "q %s %u %d:", names_text(names, queue->name), queue->cohort, queue->inactive);
		for (uint32_t g = 0; g < queue->n_groups; g++)
			for (uint32_t c = 0; c < queue->groups[g].n_flavors * queue->groups[g].n_resources; c++)
				fprintf(f, " %u=%ld", queue->groups[g].frs[c], (long)queue->groups[g].quotas[c].nominal);
		fputc('\n', f);
	}
	for (uint32_t i = 0; i < config->n_local_queues; i++)
		fprintf(f, "lq %s/%s %u\n", names_text(names, config->local_queues[i].namespace_name),
		        names_text(names, config->local_queues[i].name), config->local_queues[i].cluster_queue);
	for (uint32_t i = 0; i < config->n_namespaces; i++)
		fprintf(f, "ns %s\n", names_text(names, config->namespaces[i].name));
	fclose(f);
	return out;
}

/* Twenty of each kind, added in an order that the seed shuffles. */
static char *built_in_order(uint64_t seed)
{
	enum { EACH = 20, KINDS = 4 };
	struct bench bench = bench_create();
	int order[EACH * KINDS];
	char name[32], parent[32], flavor[32], queue[32];
	struct rng rng = rng_stream(seed, 0, 0, 0, RNG_PROPERTY_TEST);
	for (int i = 0; i < EACH * KINDS; i++) {
		int j = (int)rng_below(&rng, (uint64_t)i + 1);
		order[i] = order[j];
		order[j] = i;
	}
	for (int i = 0; i < EACH * KINDS; i++) {
		int number = order[i] / KINDS;
		snprintf(name, sizeof name, "n%d", number);
		snprintf(parent, sizeof parent, "n%d", number / 2 + 7);
		snprintf(flavor, sizeof flavor, "f%d", number % 7);
		snprintf(queue, sizeof queue, "n%d", (number * 3) % 25);
		switch (order[i] % KINDS) {
		case 0:
			add_flavor(&bench, name);
			break;
		case 1:
			add_cohort(&bench, name, parent, 1);
			break;
		case 2:
			add_queue(&bench, queue_named(&bench, name), parent, flavor, number % 2 ? "cpu" : "memory",
			          (struct quota){number, LIMIT_UNSET, LIMIT_UNSET}, 1);
			break;
		default:
			add_local(&bench, number % 2 ? "odd" : "even", name, queue, 1);
		}
	}
	char *text = describe(kueue_build(bench.builder, false, NULL));
	bench_destroy(&bench);
	return text;
}

static void order_of_documents_changes_nothing(void **state)
{
	(void)state;
	char *first = built_in_order(1);
	assert_non_null(strstr(first, "q n19 "));
	for (uint64_t seed = 2; seed < 50; seed++) {
		char *other = built_in_order(seed);
		assert_string_equal(first, other);
		free(other);
	}
	free(first);
}

static void strict_building_names_every_problem(void **state)
{
	(void)state;
	struct bench bench = bench_create();
	add_flavor(&bench, "h100");
	add_flavor(&bench, "h100");
	add_queue(&bench, queue_named(&bench, "a"), "", "h10", "cpu", ten, 10);
	add_queue(&bench, queue_named(&bench, "b"), "", "h100", "cpu", (struct quota){10, 5, LIMIT_UNSET}, 20);
	add_queue(&bench, queue_named(&bench, "c"), "", "h100", "cpu", (struct quota){10, LIMIT_UNSET, 5}, 30);
	add_queue(&bench, queue_named(&bench, "d"), "co", "h100", "cpu", (struct quota){10, 5, 11}, 40);
	add_queue(&bench, queue_named(&bench, "e"), "co", "h100", "cpu", (struct quota){-1, LIMIT_UNSET, LIMIT_UNSET}, 50);
	struct cluster_queue queue = queue_named(&bench, "f");
	queue.borrow_within_cohort = PREEMPT_LOWER_PRIORITY;
	queue.preference = PREEMPTION_OVER_BORROWING;
	add_queue(&bench, queue, "co", "h100", "cpu", ten, 60);
	add_local(&bench, "space", "x", "aa", 70);
	queue = kueue_cluster_queue_defaults(id(&bench, "g"));
	add_queue(&bench, queue, "co", "h100", "cpu", ten, 80);
	add_local(&bench, "space", "y", "g", 90);
	assert_null(kueue_build(bench.builder, true, bench.diags));
	assert_problems(
	    &bench,
	    "k.yaml:1:1: error: ResourceFlavor 'h100' is given twice, first at k.yaml:1\n"
	    "k.yaml:12:1: error: ClusterQueue 'a': ResourceFlavor 'h10' does not exist; did you mean 'h100'?\n"
	    "k.yaml:21:1: error: ClusterQueue 'b': flavor 'h100', resource 'cpu': borrowingLimit needs a cohort (cohortName)\n"
	    "k.yaml:31:1: error: ClusterQueue 'c': flavor 'h100', resource 'cpu': lendingLimit needs a cohort (cohortName)\n"
	    "k.yaml:41:1: error: ClusterQueue 'd': flavor 'h100', resource 'cpu': lendingLimit is more than nominalQuota\n"
	    "k.yaml:51:1: error: ClusterQueue 'e': flavor 'h100', resource 'cpu': nominalQuota is negative\n"
	    "k.yaml:60:1: error: ClusterQueue 'f': preemption.borrowWithinCohort needs reclaimWithinCohort other than Never; "
	    "set "
	    "preemption.reclaimWithinCohort to LowerPriority or Any\n"
	    "k.yaml:60:1: error: ClusterQueue 'f': flavorFungibility.preference needs whenCanBorrow and whenCanPreempt to be "
	    "TryNextFlavor\n"
	    "k.yaml:70:1: error: LocalQueue 'space/x': ClusterQueue 'aa' does not exist; did you mean 'a'?\n"
	    "k.yaml:90:1: warning: LocalQueue 'space/y' never admits anything: ClusterQueue 'g' does not select its namespace; "
	    "namespaceSelector: {} selects all\n");
	bench_destroy(&bench);
}

/* Two groups, one of them wrong in every way that a group can be. */
static void groups_are_checked(void **state)
{
	(void)state;
	struct bench bench = bench_create();
	add_flavor(&bench, "x");
	add_flavor(&bench, "y");
	name_id cpu = id(&bench, "cpu"), memory = id(&bench, "memory"), gpu = id(&bench, "gpu");
	struct named_quota good[] = {{cpu, ten, line(2)}, {memory, ten, line(3)}};
	struct named_quota wrong[] = {{cpu, ten, line(4)}, {cpu, ten, line(5)}, {gpu, ten, line(6)}};
	struct named_flavor_quotas first[] = {{id(&bench, "x"), good, 2, line(7)}};
	struct named_flavor_quotas second[] = {{id(&bench, "y"), wrong, 3, line(8)}, {id(&bench, "x"), wrong + 1, 1, line(9)}};
	name_id both[] = {cpu, memory}, again[] = {cpu, gpu};
	struct named_group groups[] = {{both, 2, first, 1}, {again, 2, second, 2}};
	struct cluster_queue queue = queue_named(&bench, "q");
	kueue_add_cluster_queue(bench.builder, &queue, NO_NAME, groups, 2, line(1));
	assert_null(kueue_build(bench.builder, true, bench.diags));
	assert_problems(
	    &bench, "k.yaml:1:1: error: ClusterQueue 'q': resource 'cpu' stands in resourceGroups more than once\n"
	            "k.yaml:8:1: error: ClusterQueue 'q': flavor 'y' has more than one quota for the covered resource 'cpu'\n"
	            "k.yaml:9:1: error: ClusterQueue 'q': flavor 'x' has no quota for the covered resource 'gpu'\n"
	            "k.yaml:9:1: error: ClusterQueue 'q': flavor 'x' stands in resourceGroups more than once\n");
	/* Without strictness it is built: what a flavor does not list has quota 0. */
	const struct kueue_config *config = kueue_build(bench.builder, false, NULL);
	const struct resource_group *group = &config->cluster_queues[0].groups[1];
	assert_false(group->present[3]);
	assert_int_equal(group->quotas[3].nominal, 0);
	assert_true(group->quotas[3].borrowing_limit == LIMIT_UNSET);
	assert_int_not_equal(group->frs[3], NONE);
	bench_destroy(&bench);
}

static void uncovered_quotas_are_refused(void **state)
{
	(void)state;
	struct bench bench = bench_create();
	add_flavor(&bench, "x");
	name_id cpu = id(&bench, "cpu");
	struct named_quota quotas[] = {{cpu, ten, line(2)}, {id(&bench, "gpu"), ten, line(3)}};
	struct named_flavor_quotas flavor = {id(&bench, "x"), quotas, 2, line(4)};
	struct named_group group = {&cpu, 1, &flavor, 1};
	kueue_add_cohort(bench.builder, &(struct cohort){.name = id(&bench, "co")}, NO_NAME, &group, 1, line(1));
	assert_null(kueue_build(bench.builder, true, bench.diags));
	assert_problems(&bench,
	                "k.yaml:3:1: error: Cohort 'co': flavor 'x' has a quota for 'gpu', which coveredResources does not "
	                "list\n");
	bench_destroy(&bench);
}

static void cohorts_have_their_own_rules(void **state)
{
	(void)state;
	struct bench bench = bench_create();
	add_flavor(&bench, "x");
	name_id cpu = id(&bench, "cpu");
	struct named_quota quota = {cpu, {1, 5, 7}, line(2)};
	struct named_flavor_quotas flavor = {id(&bench, "x"), &quota, 1, line(3)};
	struct named_group group = {&cpu, 1, &flavor, 1};
	/* A cohort may lend more than it has of its own; a root neither borrows nor lends. */
	kueue_add_cohort(bench.builder, &(struct cohort){.name = id(&bench, "child")}, id(&bench, "root"), &group, 1, line(1));
	kueue_add_cohort(bench.builder, &(struct cohort){.name = id(&bench, "root")}, NO_NAME, &group, 1, line(1));
	assert_null(kueue_build(bench.builder, true, bench.diags));
	assert_problems(&bench, "k.yaml:2:1: error: Cohort 'root': flavor 'x', resource 'cpu': borrowingLimit needs a parent "
	                        "(parentName)\n");
	bench_destroy(&bench);
}

static void cycles_are_found(void **state)
{
	(void)state;
	struct bench bench = bench_create();
	add_flavor(&bench, "x");
	add_cohort(&bench, "b", "c", 2);
	add_cohort(&bench, "c", "a", 3);
	add_cohort(&bench, "a", "b", 1);
	add_cohort(&bench, "below", "c", 4);
	add_cohort(&bench, "self", "self", 5);
	add_cohort(&bench, "fine", "root", 6);
	add_queue(&bench, queue_named(&bench, "q"), "below", "x", "cpu", ten, 7);
	const struct kueue_config *config = kueue_build(bench.builder, false, NULL);
	static const struct {
		const char *name;
		bool in_cycle;
	} expected[] = {{"a", true},    {"b", true},     {"c", true},    {"below", true},
	                {"self", true}, {"fine", false}, {"root", false}};
	for (size_t i = 0; i < ARRAY_COUNT(expected); i++)
		assert_int_equal(config->cohorts[kueue_find_cohort(config, id(&bench, expected[i].name))].in_cycle,
		                 expected[i].in_cycle);
	assert_null(kueue_build(bench.builder, true, bench.diags));
	assert_problems(&bench, "k.yaml:1:1: error: Cohort 'a': its parents form a cycle: a -> b -> c -> a\n"
	                        "k.yaml:5:1: error: Cohort 'self': its parents form a cycle: self -> self\n");
	bench_destroy(&bench);
}

/* What Kueue's cache takes silently. */
static void lenient_building_takes_what_kueue_takes(void **state)
{
	(void)state;
	struct bench bench = bench_create();
	add_queue(&bench, queue_named(&bench, "a"), "", "gone", "cpu", (struct quota){10, 5, 20}, 1);
	add_queue(&bench, queue_named(&bench, "a"), "", "gone", "cpu", ten, 1);
	add_local(&bench, "space", "x", "nowhere", 1);
	const struct kueue_config *config = kueue_build(bench.builder, false, NULL);
	assert_non_null(config);
	assert_int_equal(config->n_cluster_queues, 1);
	assert_true(config->cluster_queues[0].inactive);
	assert_true(config->flavors[0].missing);
	assert_int_equal(config->cluster_queues[0].groups[0].quotas[0].lending_limit, 20);
	assert_int_equal(config->local_queues[0].cluster_queue, NONE);
	/* An object that arrives later takes the place of the implied one. */
	add_flavor(&bench, "gone");
	config = kueue_build(bench.builder, false, NULL);
	assert_false(config->flavors[0].missing);
	assert_false(config->cluster_queues[0].inactive);
	bench_destroy(&bench);
}

static void absurd_quotas_have_no_limit(void **state)
{
	(void)state;
	struct bench bench = bench_create();
	add_flavor(&bench, "x");
	int64_t most = INT64_MAX / 1000 * 1000;
	add_queue(&bench, queue_named(&bench, "a"), "co", "x", "cpu", (struct quota){most, most - 1, LIMIT_UNSET}, 1);
	add_queue(&bench, queue_named(&bench, "b"), "co", "x", "gpu", (struct quota){most, LIMIT_UNSET, LIMIT_UNSET}, 1);
	const struct kueue_config *config = kueue_build(bench.builder, true, bench.diags);
	assert_true(config->cluster_queues[0].groups[0].quotas[0].nominal == INT64_MAX);
	assert_true(config->cluster_queues[0].groups[0].quotas[0].borrowing_limit == most - 1);
	assert_true(config->cluster_queues[0].groups[0].quotas[0].lending_limit == LIMIT_UNSET);
	assert_true(config->cluster_queues[1].groups[0].quotas[0].nominal == most);
	bench_destroy(&bench);
}

static void namespaces_and_priorities_are_found(void **state)
{
	(void)state;
	struct bench bench = bench_create();
	int32_t value = 7;
	struct key_value label = {id(&bench, "team"), id(&bench, "red")};
	kueue_add_namespace(bench.builder, &(struct kube_namespace){id(&bench, "red"), &label, 1}, line(1));
	kueue_add_priority_class(bench.builder, &(struct priority_class){id(&bench, "prod"), 1000, false}, line(1));
	kueue_add_priority_class(bench.builder, &(struct priority_class){id(&bench, "high"), 5, true}, line(1));
	kueue_add_priority_class(bench.builder, &(struct priority_class){id(&bench, "low"), -5, true}, line(1));
	add_local(&bench, "blue", "x", "nowhere", 1);
	const struct kueue_config *config = kueue_build(bench.builder, false, NULL);
	assert_int_equal(config->n_namespaces, 2);
	const struct kube_namespace *red = &config->namespaces[kueue_find_namespace(config, id(&bench, "red"))];
	assert_int_equal(red->n_labels, 2);
	assert_string_equal(names_text(bench.names, red->labels[1].key), "kubernetes.io/metadata.name");
	assert_int_equal(red->labels[1].value, red->name);
	assert_int_equal(config->namespaces[kueue_find_namespace(config, id(&bench, "blue"))].n_labels, 1);
	assert_int_equal(kueue_find_namespace(config, id(&bench, "green")), NONE);
	assert_true(kueue_find_priority(config, id(&bench, "prod"), &value));
	assert_int_equal(value, 1000);
	assert_true(kueue_find_priority(config, NO_NAME, &value));
	assert_int_equal(value, -5);
	assert_int_equal(config->default_class, id(&bench, "low"));
	assert_false(kueue_find_priority(config, id(&bench, "dev"), &value));
	bench_destroy(&bench);
}

static void tolerations_cover_as_in_kubernetes(void **state)
{
	(void)state;
	struct bench bench = bench_create();
	name_id key = id(&bench, "gpu"), value = id(&bench, "yes"), no = id(&bench, "NoSchedule"), out = id(&bench, "NoExecute");
	struct taint taint = {key, value, no}, soft = {key, value, id(&bench, "PreferNoSchedule")};
	assert_true(toleration_covers(&(struct toleration){key, value, no, false}, &taint));
	assert_true(toleration_covers(&(struct toleration){key, value, NO_NAME, false}, &taint));
	assert_true(toleration_covers(&(struct toleration){key, NO_NAME, no, true}, &taint));
	assert_true(toleration_covers(&(struct toleration){NO_NAME, NO_NAME, NO_NAME, true}, &taint));
	assert_false(toleration_covers(&(struct toleration){key, value, out, false}, &taint));
	assert_false(toleration_covers(&(struct toleration){key, NO_NAME, no, false}, &taint));
	assert_false(toleration_covers(&(struct toleration){value, NO_NAME, no, true}, &taint));
	struct toleration wrong = {value, NO_NAME, NO_NAME, true}, right = {key, NO_NAME, NO_NAME, true};
	assert_false(taints_tolerated(bench.names, &taint, 1, &wrong, 1, NULL, 0));
	assert_true(taints_tolerated(bench.names, &taint, 1, &wrong, 1, &right, 1));
	assert_true(taints_tolerated(bench.names, &soft, 1, NULL, 0, NULL, 0));
	bench_destroy(&bench);
}

static void selectors_match_as_in_kubernetes(void **state)
{
	(void)state;
	struct bench bench = bench_create();
	name_id a = id(&bench, "a"), b = id(&bench, "b"), x = id(&bench, "x"), y = id(&bench, "y"), n7 = id(&bench, "7"),
	        n12 = id(&bench, "12");
	struct key_value labels[] = {{a, x}, {b, n12}};
	name_id xy[] = {x, y};
	const struct {
		struct selector_requirement requirement;
		bool matches;
	} cases[] = {
	    {{a, SELECTOR_IN, xy, 2}, true},
	    {{a, SELECTOR_IN, xy + 1, 1}, false},
	    {{x, SELECTOR_IN, xy, 2}, false},
	    {{a, SELECTOR_NOT_IN, xy, 2}, false},
	    {{a, SELECTOR_NOT_IN, &y, 1}, true},
	    {{x, SELECTOR_NOT_IN, xy, 2}, true},
	    {{a, SELECTOR_EXISTS, NULL, 0}, true},
	    {{x, SELECTOR_EXISTS, NULL, 0}, false},
	    {{a, SELECTOR_DOES_NOT_EXIST, NULL, 0}, false},
	    {{x, SELECTOR_DOES_NOT_EXIST, NULL, 0}, true},
	    {{b, SELECTOR_GT, &n7, 1}, true},
	    {{b, SELECTOR_LT, &n7, 1}, false},
	    {{b, SELECTOR_GT, &n12, 1}, false},
	    {{a, SELECTOR_GT, &n7, 1}, false},
	    {{b, SELECTOR_GT, &x, 1}, false},
	};
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		assert_int_equal(requirement_matches(bench.names, &cases[i].requirement, labels, 2), cases[i].matches);
	struct namespace_selector selector = {.set = false};
	assert_false(namespace_selected(bench.names, &selector, labels, 2));
	selector.set = true;
	assert_true(namespace_selected(bench.names, &selector, labels, 2));
	struct selector_requirement both[] = {cases[0].requirement, cases[12].requirement};
	selector = (struct namespace_selector){true, both, 1};
	assert_true(namespace_selected(bench.names, &selector, labels, 2));
	selector.n_requirements = 2;
	assert_false(namespace_selected(bench.names, &selector, labels, 2));
	bench_destroy(&bench);
}

static void profiles_differ_where_kueue_does(void **state)
{
	(void)state;
	gate_set older = 0, newer = 0, untouched = 42;
	assert_true(kueue_profile_gates("0.19", &older));
	assert_true(kueue_profile_gates("ff69552e", &newer));
	assert_int_equal(older ^ newer, UINT64_C(1) << GATE_RecomputeAssignmentUponPreemptionTargetsOverlap);
	assert_true(gate_on(older, GATE_SchedulingEquivalenceHashing));
	assert_true(gate_on(older, GATE_FlavorFungibilityPreserveScanProgress));
	assert_false(gate_on(newer, GATE_PrioritizePreemptorWorkloads));
	assert_false(gate_on(newer, GATE_PriorityBoost));
	assert_false(kueue_profile_gates("0.18", &untouched));
	assert_int_equal(untouched, 42);
}

static void other_versions_have_a_profile_and_known_differences(void **state)
{
	(void)state;
	static const struct {
		const char *version, *profile;
		bool known;
		uint32_t differences;
	} cases[] = {
	    {"0.19", "0.19", true, 0},    {"0.19.2", "0.19", true, 0},    {"v0.19.2", "0.19", true, 0},
	    {"0.19.1", "0.19", false, 1}, {"0.18.3", "0.19", false, 3},   {"0.16", "0.19", false, 7},
	    {"0.7", "0.19", false, 9},    {"0.20", "ff69552e", false, 1}, {"ff69552e", "ff69552e", true, 0},
	    {"newest", "0.19", false, 1}, {"0.19.x", "0.19", false, 1},
	};
	const char *differences[KUEUE_MOST_DIFFERENCES];
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		assert_string_equal(kueue_profile_for(cases[i].version), cases[i].profile);
		assert_int_equal(kueue_profile_is(cases[i].version), cases[i].known);
		assert_int_equal(kueue_version_differences(cases[i].version, differences), cases[i].differences);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(objects_are_numbered_by_name),
	    cmocka_unit_test(order_of_documents_changes_nothing),
	    cmocka_unit_test(strict_building_names_every_problem),
	    cmocka_unit_test(groups_are_checked),
	    cmocka_unit_test(uncovered_quotas_are_refused),
	    cmocka_unit_test(cohorts_have_their_own_rules),
	    cmocka_unit_test(cycles_are_found),
	    cmocka_unit_test(lenient_building_takes_what_kueue_takes),
	    cmocka_unit_test(absurd_quotas_have_no_limit),
	    cmocka_unit_test(namespaces_and_priorities_are_found),
	    cmocka_unit_test(tolerations_cover_as_in_kubernetes),
	    cmocka_unit_test(selectors_match_as_in_kubernetes),
	    cmocka_unit_test(other_versions_have_a_profile_and_known_differences),
	    cmocka_unit_test(profiles_differ_where_kueue_does),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
