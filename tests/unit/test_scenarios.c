/* test_scenarios.c - the scenario language: what loads and as what, what is refused and with which words, and that schema,
 * reference and decoder say the same.
 *
 * tests/golden/diagnostics holds scenarios (NAME.yaml) with what the loader says of each (NAME.txt). UPDATE=1 writes the
 * golden files, the schema and the reference anew; the review happens in the diff. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/doc.h"
#include "golden.h"
#include "scenarios/scenario.h"
#include "scenarios/schema.h"

/* ---- Files ---- */

/* The source tree, from where the ready scenarios are. */
static char *source_path(const char *name)
{
	char *ready = scenario_ready_path(scenario_find_ready("five-minutes"));
	size_t length = (size_t)(strstr(ready, "scenarios/ready/") - ready);
	char *path = xcalloc(1, length + strlen(name) + 1);
	memcpy(path, ready, length);
	strcat(path, name);
	free(ready);
	return path;
}

/* A folder of its own for the scenarios of one test. */
struct folder {
	char path[64];
};

static struct folder make_folder(void)
{
	struct folder folder = {P_tmpdir "/berth-scenarios-XXXXXX"};
	assert_non_null(mkdtemp(folder.path));
	assert_int_equal(chdir(folder.path), 0);
	return folder;
}

static void remove_folder(struct folder *folder)
{
	DIR *dir = opendir(folder->path);
	assert_non_null(dir);
	for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
		if (entry->d_name[0] != '.')
			unlink(entry->d_name);
	closedir(dir);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(folder->path), 0);
}

/* ---- Loading ---- */

static char *diags_text(struct diags *diags)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	diags_print(diags, out);
	fclose(out);
	return text;
}

/* The world, and what was said of it, to be freed. */
static struct world *load_saying(const char *file, const struct scenario_options *options, char **ret_text)
{
	struct diags *diags = diags_create();
	struct world *world = scenario_load(file, options, diags);
	*ret_text = diags_text(diags);
	diags_destroy(diags);
	return world;
}

static struct world *load_with(const char *file, const struct scenario_options *options)
{
	char *text;
	struct world *world = load_saying(file, options, &text);
	if (!world)
		fail_msg("%s", text);
	free(text);
	return world;
}

static struct world *load_text(const char *text, const char *const *set, uint32_t n_set)
{
	const struct scenario_options options = {.set = set, .n_set = n_set};
	golden_write("scenario.yaml", text);
	return load_with("scenario.yaml", &options);
}

/* What is said of a scenario that is refused. */
static char *refuse_text(const char *text, const struct scenario_options *options)
{
	char *said;
	golden_write("scenario.yaml", text);
	struct world *world = load_saying("scenario.yaml", options, &said);
	if (world)
		fail_msg("the scenario was accepted");
	return said;
}

#define HEAD                                                                                                                \
	"apiVersion: berth.dev/v1alpha1\nkind: Scenario\nmetadata: {name: t}\nspec:\n"                                          \
	"  time: {start: \"2026-01-05T00:00:00Z\", duration: 2d}\n"
#define CLUSTER                                                                                                             \
	"  clusters:\n  - name: main\n    nodePools:\n"                                                                         \
	"    - {name: a100, nodes: 4, gpus: {product: NVIDIA-A100-SXM4-80GB, perNode: 8}}\n"
#define GENERATOR                                                                                                           \
	"  workload:\n    generators:\n    - name: train\n      namespace: team-a\n      queueName: gpu\n"                      \
	"      arrivals: {perDay: 100}\n      podSets:\n      - {requests: {nvidia.com/gpu: 2}}\n      runTime: 1h\n"
#define FLAVOR                                                                                                              \
	"---\napiVersion: kueue.x-k8s.io/v1beta2\nkind: ResourceFlavor\nmetadata: {name: a100}\n"                               \
	"spec: {nodeLabels: {nvidia.com/gpu.product: NVIDIA-A100-SXM4-80GB}}\n"
#define QUEUE                                                                                                               \
	"---\napiVersion: kueue.x-k8s.io/v1beta2\nkind: ClusterQueue\nmetadata: {name: gpu}\n"                                  \
	"spec:\n  namespaceSelector: {}\n  resourceGroups:\n  - coveredResources: [nvidia.com/gpu]\n    flavors:\n"             \
	"    - {name: a100, resources: [{name: nvidia.com/gpu, nominalQuota: 32}]}\n"
#define LOCAL                                                                                                               \
	"---\napiVersion: kueue.x-k8s.io/v1beta2\nkind: LocalQueue\nmetadata: {name: gpu, namespace: team-a}\n"                 \
	"spec: {clusterQueue: gpu}\n"
#define WHOLE HEAD CLUSTER GENERATOR FLAVOR QUEUE LOCAL

static const struct quota *first_quota(const struct kueue_config *kueue, uint32_t queue)
{
	return &kueue->cluster_queues[queue].groups[0].quotas[0];
}

static void a_small_scenario_loads(void **state)
{
	(void)state;
	struct folder folder = make_folder();
	struct world *world = load_text(WHOLE, NULL, 0);
	assert_string_equal(names_text(world->names, world->name), "t");
	assert_int_equal(world->duration_us, 2 * US_PER_DAY);
	assert_int_equal(world->epoch_unix_s, 1767571200);
	assert_null(world->currency);
	assert_int_equal(world->n_clusters, 1);
	const struct cluster *cluster = &world->clusters[0];
	assert_int_equal(node_pool_gpus(&cluster->pools[0]), 32);
	assert_int_equal(cluster->pools[0].n_labels, 1);
	assert_string_equal(names_text(world->names, cluster->pools[0].labels[0].key), "nvidia.com/gpu.product");
	assert_int_equal(cluster->kueue->n_cluster_queues, 1);
	assert_int_equal(first_quota(cluster->kueue, 0)->nominal, 32);
	assert_true(cluster->termination_grace.a == 30e6);
	const struct generator *generator = &world->generators[0];
	assert_true(generator->run_time.a == 3600e6);
	assert_true(generator->pod_sets[0].count.a == 1);
	assert_true(generator->pod_sets[0].requests[0].amount.a == 2);
	assert_int_equal(generator->burst.kind, DIST_NONE);
	assert_int_equal(generator->max_execution_us, -1);
	assert_int_equal(world->n_zone_offsets, 1);
	world_destroy(world);
	remove_folder(&folder);
}

/* For the jobs of traces; generators have what they lack already. */
static void limit_ranges_reach_clusters_and_generators(void **state)
{
	(void)state;
	static const char quotas[] = "ClusterQueue/gpu:resourceGroups[0].flavors[a100].resources="
	                             "[{name: nvidia.com/gpu, nominalQuota: 32}, {name: cpu, nominalQuota: 64}]";
	static const char *const cover_cpu[] = {
	    "ClusterQueue/gpu:resourceGroups[0].coveredResources=[nvidia.com/gpu, cpu]",
	    quotas,
	    "NodePool/a100:allocatable={cpu: 64}",
	};
	struct folder folder = make_folder();
	struct world *world = load_text(WHOLE "---\napiVersion: v1\nkind: LimitRange\nmetadata: {name: l, namespace: team-a}\n"
	                                      "spec: {limits: [{type: Container, defaultRequest: {cpu: 500m}}]}\n",
	                                cover_cpu, ARRAY_COUNT(cover_cpu));
	const struct cluster *cluster = &world->clusters[0];
	assert_int_equal(cluster->n_default_requests, 1);
	assert_string_equal(names_text(world->names, cluster->default_requests[0].namespace_name), "team-a");
	assert_string_equal(names_text(world->names, cluster->default_requests[0].resource), "cpu");
	assert_int_equal(cluster->default_requests[0].amount, 500);
	const struct generator_pod_set *pod_set = &world->generators[0].pod_sets[0];
	assert_int_equal(pod_set->n_requests, 2);
	assert_true(pod_set->requests[1].amount.a == 500);
	world_destroy(world);
	remove_folder(&folder);
}

/* ---- Golden diagnostics ---- */

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void check_golden(const char *name)
{
	const struct scenario_options options = {0};
	char *text, expected[320];
	struct world *world = load_saying(name, &options, &text);
	snprintf(expected, sizeof expected, "%.*s.txt", (int)(strlen(name) - strlen(".yaml")), name);
	if (world)
		fail_msg("%s was accepted", name);
	golden_expect(expected, text);
	free(text);
}

static void bad_scenarios_are_refused_with_these_words(void **state)
{
	(void)state;
	char *path = source_path("tests/golden/diagnostics");
	char *names[256];
	uint32_t count = 0;
	assert_int_equal(chdir(path), 0);
	DIR *dir = opendir(".");
	assert_non_null(dir);
	for (struct dirent *entry = readdir(dir); entry && count < ARRAY_COUNT(names); entry = readdir(dir))
		if (strstr(entry->d_name, ".yaml"))
			names[count++] = strdup(entry->d_name);
	closedir(dir);
	assert_true(count > 5);
	qsort(names, count, sizeof *names, compare_texts);
	for (uint32_t i = 0; i < count; i++) {
		check_golden(names[i]);
		free(names[i]);
	}
	free(path);
}

/* The reserved fields of the language, and the scenario that uses each of them once. */
static void every_reserved_word_is_answered(void **state)
{
	(void)state;
	char *path = source_path("tests/golden/diagnostics/reserved.txt");
	char *text = golden_read(path);
	uint32_t answers = 0;
	for (const char *at = strstr(text, "reserved, not simulated yet"); at;
	     at = strstr(at + 1, "reserved, not simulated yet"))
		answers++;
	assert_null(strstr(text, "unknown"));
	assert_int_equal(answers, 41); /* 10 kinds, 8 fields of a pool, 3 of a price, 3 of a tenant, 16 of a job, 1 format */
	free(text);
	free(path);
}

/* ---- Schema and reference ---- */

static char *written_by(void (*write)(FILE *out))
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	write(out);
	fclose(out);
	return text;
}

static void the_schema_is_that_of_the_decoder(void **state)
{
	(void)state;
	char *path = source_path("scenarios/schema/berth-v1alpha1.json");
	char *schema = written_by(scenario_schema_write);
	golden_expect(path, schema);
	free(schema);
	free(path);
}

static void the_schema_is_json(void **state)
{
	(void)state;
	char *schema = written_by(scenario_schema_write);
	struct arena *arena = arena_create(0);
	struct diags *diags = diags_create();
	struct doc_node *root;
	assert_true(doc_parse_json(arena, "schema", schema, strlen(schema), NULL, diags, &root));
	const struct doc_node *pool = doc_get(doc_get(root, "definitions"), "NodePool");
	assert_non_null(doc_get(doc_get(pool, "properties"), "gpus"));
	assert_string_equal(doc_get(doc_get(doc_get(pool, "properties"), "sharing"), "description")->text,
	                    "reserved, not simulated yet");
	diags_destroy(diags);
	arena_destroy(arena);
	free(schema);
}

static void the_reference_is_that_of_the_decoder(void **state)
{
	(void)state;
	static const char marker[] = "UPDATE=1 -->\n";
	char *path = source_path("docs/scenarios.md");
	char *page = golden_read(path), *reference = written_by(scenario_reference_write);
	char *at = strstr(page, marker);
	assert_non_null(at);
	at[strlen(marker)] = '\0';
	char *whole = xcalloc(1, strlen(page) + strlen(reference) + 2);
	sprintf(whole, "%s\n%s", page, reference);
	whole[strlen(whole) - 1] = '\0'; /* the reference ends in an empty line */
	golden_expect(path, whole);
	free(whole);
	free(page);
	free(reference);
	free(path);
}

static void a_plain_time_between_failures_is_a_mean(void **state)
{
	(void)state;
	static const char *const sets[] = {"NodePool/a100-spot:failures.meanTimeBetweenFailures=90m",
	                                   "NodePool/a100-spot:failures.meanTimeBetweenFailures={constant: 90m}"};
	static const enum dist_kind kinds[] = {DIST_EXPONENTIAL, DIST_CONSTANT};
	for (size_t i = 0; i < ARRAY_COUNT(sets); i++) {
		struct world *world = load_with("estate-2026", &(struct scenario_options){.set = &sets[i], .n_set = 1});
		const struct cluster *cluster = &world->clusters[0];
		name_id spot = names_find(world->names, "a100-spot");
		for (uint32_t p = 0; p < cluster->n_pools; p++)
			if (cluster->pools[p].name == spot) {
				assert_int_equal(cluster->pools[p].time_between_failures.kind, kinds[i]);
				assert_true(cluster->pools[p].time_between_failures.a == 90 * 60e6);
				spot = NO_NAME;
			}
		assert_int_equal(spot, NO_NAME); /* there is such a pool */
		world_destroy(world);
	}
}

/* ---- Ready scenarios ---- */

static void ready_scenarios_load_without_a_word(void **state)
{
	(void)state;
	const struct scenario_options options = {0};
	uint32_t count;
	const struct ready_scenario *ready = scenario_ready(&count);
	assert_true(count >= 6);
	for (uint32_t i = 0; i < count; i++) {
		char *text;
		struct world *world = load_saying(ready[i].name, &options, &text);
		assert_string_equal(text, "");
		assert_non_null(world);
		assert_string_equal(names_text(world->names, world->name), ready[i].name);
		assert_string_equal(world->question, ready[i].question);
		world_destroy(world);
		free(text);
	}
	assert_null(scenario_find_ready("nothing-of-that-name"));
}

/* The mean of what all generators offer, against the GPUs there are. */
static double offered_load(const struct world *world)
{
	double offered = 0, gpus = 0;
	for (uint32_t i = 0; i < world->n_generators; i++) {
		const struct generator *generator = &world->generators[i];
		double per_job = 0;
		for (uint32_t s = 0; s < generator->n_pod_sets; s++)
			for (uint32_t r = 0; r < generator->pod_sets[s].n_requests; r++)
				if (resource_is_gpu(names_text(world->names, generator->pod_sets[s].requests[r].resource)))
					per_job +=
					    dist_mean(&generator->pod_sets[s].count) * dist_mean(&generator->pod_sets[s].requests[r].amount);
		offered += generator->per_day * per_job * dist_mean(&generator->run_time) / (double)US_PER_DAY;
	}
	for (uint32_t i = 0; i < world->clusters[0].n_pools; i++)
		gpus += (double)node_pool_gpus(&world->clusters[0].pools[i]);
	return offered / gpus;
}

/* Or there is no queue to look at. Against the GPUs at the start, and before losses: preemption-storm loses a tenth of what
 * it gives out, and the recorded jobs of estate-2026 come on top, to the GPUs that July brings. */
static void ready_scenarios_hurt(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		double low, high;
	} loads[] = {{"five-minutes", 0.84, 0.90},  {"two-teams", 0.82, 0.90},   {"preemption-storm", 0.74, 0.80},
	             {"easy-backfill", 0.82, 0.88}, {"fair-shares", 0.74, 0.84}, {"estate-2026", 0.70, 0.80},
	             {"philly-quarter", 0.84, 0.97}};
	const struct scenario_options options = {0};
	for (size_t i = 0; i < ARRAY_COUNT(loads); i++) {
		struct world *world = load_with(loads[i].name, &options);
		double load = offered_load(world);
		if (load < loads[i].low || load > loads[i].high)
			fail_msg("%s offers %.3f of its GPUs", loads[i].name, load);
		world_destroy(world);
	}
}

/* The next word of a shell line, quotes taken off; NULL at its end or at a comment. */
static char *next_word(char **line)
{
	char *word = *line + strspn(*line, " ");
	if (*word == '\0' || *word == '\n' || *word == '#')
		return NULL;
	bool quoted = *word == '\'';
	word += quoted;
	char *end = word + strcspn(word, quoted ? "'\n" : " \n");
	*line = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

/* "#   berth compare NAME --set …": loads NAME with all that is set. */
static bool try_line(char *line, const char *scenario)
{
	static const char start[] = "#   berth ";
	const char *set[8];
	uint32_t n_set = 0;
	if (strncmp(line, start, strlen(start)) != 0)
		return false;
	line += strlen(start);
	for (char *word = next_word(&line); word; word = next_word(&line))
		if (strcmp(word, "--set") == 0)
			set[n_set++] = next_word(&line);
		else if (strcmp(word, "run") != 0 && strcmp(word, "compare") != 0 && strcmp(word, "-n") != 0 && *word != '4')
			assert_string_equal(word, scenario);
	struct world *world = load_with(scenario, &(struct scenario_options){.set = set, .n_set = n_set});
	assert_non_null(world);
	world_destroy(world);
	return true;
}

static void what_ready_scenarios_say_to_try_next_loads(void **state)
{
	(void)state;
	uint32_t count;
	const struct ready_scenario *ready = scenario_ready(&count);
	for (uint32_t i = 0; i < count; i++) {
		char *path = scenario_ready_path(&ready[i]);
		FILE *file = fopen(path, "r");
		free(path);
		char line[4096];
		uint32_t tried = 0;
		assert_non_null(file);
		while (fgets(line, sizeof line, file))
			tried += try_line(line, ready[i].name);
		fclose(file);
		if (tried < 2)
			fail_msg("%s says too little of what to try next", ready[i].name);
	}
}

/* ---- Settings ---- */

static void settings_change_what_is_decoded(void **state)
{
	(void)state;
	static const char *const set[] = {
	    "NodePool/a100:nodes=6",
	    "NodePool/main/a100:gpus.perNode=4",
	    "Generator/train:arrivals.perDay=33.5",
	    "Generator/train:podSets[0].requests[nvidia.com/gpu]={choice: [{value: 1, weight: 1}, {value: 2, weight: 1}]}",
	    "ClusterQueue/gpu:resourceGroups[0].flavors[a100].resources[nvidia.com/gpu].nominalQuota=24",
	    "ClusterQueue/gpu:preemption.withinClusterQueue=LowerPriority",
	    "LocalQueue/team-a/gpu:stopPolicy=Hold",
	    "Cluster/main:placement.score=MostAllocated",
	    "Cluster/main:placement.resources=[{name: nvidia.com/gpu, weight: 5}, {name: cpu}]",
	    "Scenario/t:study.seed=99",
	};
	struct folder folder = make_folder();
	struct world *world = load_text(WHOLE, set, ARRAY_COUNT(set));
	const struct cluster *cluster = &world->clusters[0];
	assert_int_equal(cluster->pools[0].nodes, 6);
	assert_int_equal(cluster->pools[0].gpus_per_node, 4);
	assert_true(world->generators[0].per_day == 33.5);
	assert_int_equal(world->generators[0].pod_sets[0].requests[0].amount.kind, DIST_CHOICE);
	assert_int_equal(first_quota(cluster->kueue, 0)->nominal, 24);
	assert_int_equal(cluster->kueue->cluster_queues[0].within_cluster_queue, PREEMPT_LOWER_PRIORITY);
	assert_int_equal(cluster->kueue->local_queues[0].stop_policy, STOP_HOLD);
	assert_int_equal(cluster->score, SCORE_MOST_ALLOCATED);
	assert_int_equal(cluster->n_score_resources, 2);
	assert_string_equal(names_text(world->names, cluster->score_resources[0].resource), "nvidia.com/gpu");
	assert_int_equal(cluster->score_resources[0].weight, 5);
	assert_int_equal(cluster->score_resources[1].weight, 1);
	assert_int_equal(world->seed, 99);
	world_destroy(world);
	remove_folder(&folder);
}

static void settings_that_miss_are_reported_together(void **state)
{
	(void)state;
	static const char *const set[] = {
	    "NodePool/a10:nodes=6",
	    "NodePool/a100:nodes=many",
	    "NodePool/a100:node=6",
	    "ClusterQueue/gpus:stopPolicy=Hold",
	    "ClusterQeue/gpu:stopPolicy=Hold",
	    "ClusterQueue/gpu:resourceGroups[0].flavors[h100].resources[0].nominalQuota=1",
	    "Generator/train.arrivals",
	    "Generator/train:arrivals.perDay",
	    "ClusterQueue/gpu:resourceGroups[0.x=1",
	    "Scenario/other:study.seed=1",
	    "ClusterQueue/gpu:preemption.reclaimWithinCohrt=Any",
	    "ClusterQueue/gpu:resourceGroups[0].flavors[a100].resources[nvidia.com/gpu].nominalQouta=4",
	};
	const struct scenario_options options = {.set = set, .n_set = ARRAY_COUNT(set)};
	struct folder folder = make_folder();
	char *text = refuse_text(WHOLE, &options);
	remove_folder(&folder);
	char *path = source_path("tests/golden/diagnostics/set.txt");
	golden_expect(path, text);
	free(path);
	free(text);
}

static void options_replace_seed_replications_and_trace(void **state)
{
	(void)state;
	const struct scenario_options options = {
	    .has_seed = true, .seed = 5, .has_replications = true, .replications = 3, .trace = "jobs.csv"};
	struct folder folder = make_folder();
	golden_write("jobs.csv", "id,submit,runTime,gpus\n1,0,60,1\n");
	golden_write("scenario.yaml", WHOLE);
	struct world *world = load_with("scenario.yaml", &options);
	assert_int_equal(world->seed, 5);
	assert_int_equal(world->replications, 3);
	assert_int_equal(world->n_traces, 1);
	assert_string_equal(world->traces[0].path, "jobs.csv");
	assert_string_equal(names_text(world->names, world->traces[0].queue), "gpu");
	world_destroy(world);
	unlink("jobs.csv");
	char *text = refuse_text(WHOLE, &options);
	assert_non_null(strstr(text, "--trace: error: cannot read the trace jobs.csv"));
	free(text);
	remove_folder(&folder);
}

/* ---- Changes ---- */

#define CHANGES                                                                                                             \
	"  changes:\n"                                                                                                          \
	"  - {at: \"2026-01-06T12:00:00Z\", set: {\"ClusterQueue/gpu:stopPolicy\": Hold, \"NodePool/a100:nodes\": 6}}\n"        \
	"  - at: \"2026-01-06T06:00:00Z\"\n    set:\n"                                                                          \
	"      \"ClusterQueue/gpu:resourceGroups[0].flavors[a100].resources[nvidia.com/gpu].nominalQuota\": 16\n"

static void changes_hold_complete_new_tables_in_order_of_time(void **state)
{
	(void)state;
	struct folder folder = make_folder();
	struct world *world = load_text(HEAD CLUSTER GENERATOR CHANGES FLAVOR QUEUE LOCAL, NULL, 0);
	assert_int_equal(world->n_changes, 3);
	const struct world_change *quota = &world->changes[0], *pool = &world->changes[1], *stop = &world->changes[2];
	assert_int_equal(quota->at_us, 30 * US_PER_HOUR);
	assert_int_equal(quota->pool, NONE);
	assert_int_equal(first_quota(quota->kueue, 0)->nominal, 16);
	assert_int_equal(quota->kueue->cluster_queues[0].stop_policy, STOP_NONE);
	assert_int_equal(pool->at_us, 36 * US_PER_HOUR);
	assert_null(pool->kueue);
	assert_int_equal(pool->nodes, 6);
	assert_string_equal(pool->text, "NodePool/a100:nodes=6");
	assert_int_equal(stop->at_us, 36 * US_PER_HOUR);
	assert_int_equal(first_quota(stop->kueue, 0)->nominal, 16); /* the earlier change still holds */
	assert_int_equal(stop->kueue->cluster_queues[0].stop_policy, STOP_HOLD);
	assert_string_equal(stop->text, "ClusterQueue/gpu:stopPolicy=Hold");
	/* and the configuration at the start is what it was */
	assert_int_equal(first_quota(world->clusters[0].kueue, 0)->nominal, 32);
	assert_int_equal(world->clusters[0].kueue->cluster_queues[0].stop_policy, STOP_NONE);
	world_destroy(world);
	remove_folder(&folder);
}

/* ---- Order of documents ---- */

static void dump_config(FILE *out, const struct names *names, const struct kueue_config *kueue)
{
	for (uint32_t i = 0; i < kueue->n_frs; i++)
		fprintf(out, "fr %s %s\n", names_text(names, kueue->flavors[kueue->frs[i].flavor].name),
		        names_text(names, kueue->resources[kueue->frs[i].resource]));
	for (uint32_t i = 0; i < kueue->n_cohorts; i++)
		fprintf(out, "cohort %s parent %u\n", names_text(names, kueue->cohorts[i].name), kueue->cohorts[i].parent);
	for (uint32_t i = 0; i < kueue->n_cluster_queues; i++) {
		const struct cluster_queue *queue = &kueue->cluster_queues[i];
		fprintf(out, "queue %s cohort %u quota %lld fr %u\n", names_text(names, queue->name), queue->cohort,
		        (long long)first_quota(kueue, i)->nominal, queue->groups[0].frs[0]);
	}
	for (uint32_t i = 0; i < kueue->n_local_queues; i++)
		fprintf(out, "local %s/%s of %u\n", names_text(names, kueue->local_queues[i].namespace_name),
		        names_text(names, kueue->local_queues[i].name), kueue->local_queues[i].cluster_queue);
	for (uint32_t i = 0; i < kueue->n_priority_classes; i++)
		fprintf(out, "class %s %d\n", names_text(names, kueue->priority_classes[i].name), kueue->priority_classes[i].value);
}

static char *dump_world(const struct world *world)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	for (uint32_t i = 0; i < world->n_clusters; i++) {
		const struct cluster *cluster = &world->clusters[i];
		fprintf(out, "cluster %s\n", names_text(world->names, cluster->name));
		dump_config(out, world->names, cluster->kueue);
		for (uint32_t j = 0; j < cluster->n_pools; j++)
			fprintf(out, "pool %s %d\n", names_text(world->names, cluster->pools[j].name), cluster->pools[j].nodes);
	}
	for (uint32_t i = 0; i < world->n_generators; i++)
		fprintf(out, "generator %s\n", names_text(world->names, world->generators[i].name));
	for (uint32_t i = 0; i < world->n_initial; i++)
		fprintf(out, "initial %s shape %u\n", names_text(world->names, world->initial[i].job.name),
		        world->initial[i].job.shape);
	for (uint32_t i = 0; i < world->n_changes; i++) {
		fprintf(out, "change %s\n", world->changes[i].text);
		if (world->changes[i].kueue)
			dump_config(out, world->names, world->changes[i].kueue);
	}
	fclose(out);
	return text;
}

#define POOLS(first, second)                                                                                                \
	"  clusters:\n  - name: main\n    nodePools:\n"                                                                         \
	"    - {name: " first ", nodes: 4, gpus: {product: NVIDIA-A100-SXM4-80GB, perNode: 8}}\n"                               \
	"    - {name: " second ", nodes: 4, gpus: {product: NVIDIA-A100-SXM4-80GB, perNode: 8}}\n"
#define WORKLOAD(name)                                                                                                      \
	"---\napiVersion: kueue.x-k8s.io/v1beta2\nkind: Workload\nmetadata:\n  name: " name "\n  namespace: team-a\n"           \
	"  creationTimestamp: \"2026-01-04T00:00:00Z\"\n  annotations: {berth.dev/run-time: 2h}\n"                              \
	"spec:\n  queueName: gpu\n  podSets:\n  - name: main\n    count: 1\n    template: {spec: {containers: [{name: c, "      \
	"resources: {requests: {nvidia.com/gpu: 1}}}]}}\n"
#define OTHER_QUEUE                                                                                                         \
	"---\napiVersion: kueue.x-k8s.io/v1beta2\nkind: ClusterQueue\nmetadata: {name: big}\n"                                  \
	"spec:\n  cohortName: all\n  namespaceSelector: {}\n  resourceGroups:\n  - coveredResources: [nvidia.com/gpu]\n"        \
	"    flavors:\n    - {name: a100, resources: [{name: nvidia.com/gpu, nominalQuota: 32}]}\n"
#define CLASS "---\napiVersion: kueue.x-k8s.io/v1beta2\nkind: WorkloadPriorityClass\nmetadata: {name: prod}\nvalue: 10\n"

static void the_order_of_documents_means_nothing(void **state)
{
	(void)state;
	static const char *const orders[] = {
	    HEAD POOLS("p1", "p2") GENERATOR CHANGES FLAVOR QUEUE OTHER_QUEUE LOCAL CLASS WORKLOAD("a") WORKLOAD("b"),
	    "---\n" HEAD POOLS("p2", "p1") GENERATOR CHANGES WORKLOAD("b") WORKLOAD("a") CLASS LOCAL OTHER_QUEUE QUEUE FLAVOR,
	};
	struct folder folder = make_folder();
	char *first = NULL;
	for (size_t i = 0; i < ARRAY_COUNT(orders); i++) {
		static const char *const set[] = {"Scenario/t:changes[0].set={\"NodePool/p1:nodes\": 6}"};
		struct world *world = load_text(orders[i], set, 1);
		char *text = dump_world(world);
		assert_int_equal(world->n_initial, 2);
		if (first)
			assert_string_equal(text, first);
		world_destroy(world);
		free(first);
		first = text;
	}
	free(first);
	remove_folder(&folder);
}

/* ---- Time zones ---- */

static void zones_become_offsets(void **state)
{
	(void)state;
	static const char *const set[] = {"Scenario/t:time.timeZone=Europe/Berlin", "Scenario/t:time.duration=365d"};
	struct folder folder = make_folder();
	struct world *world = load_text(WHOLE, set, ARRAY_COUNT(set));
	assert_int_equal(world->n_zone_offsets, 3);
	assert_int_equal(world->zone_offsets[0].offset_s, 3600);
	assert_int_equal(world->zone_offsets[1].offset_s, 7200);
	assert_int_equal(world->zone_offsets[2].offset_s, 3600);
	/* 2026-03-29T01:00:00Z and 2026-10-25T01:00:00Z */
	assert_int_equal(world->zone_offsets[1].start_us, (INT64_C(1774746000) - world->epoch_unix_s) * US_PER_S);
	assert_int_equal(world->zone_offsets[2].start_us, (INT64_C(1792890000) - world->epoch_unix_s) * US_PER_S);
	world_destroy(world);
	remove_folder(&folder);
}

/* ---- Files that a scenario names ---- */

static void folders_are_read_in_order_of_name(void **state)
{
	(void)state;
	static const char *const set[] = {"Cluster/main:include=[.]"};
	struct folder folder = make_folder();
	/* scenario.yaml stands in the folder, too: a Scenario in an included file is an error */
	char *text = refuse_text(HEAD CLUSTER GENERATOR, &(struct scenario_options){.set = set, .n_set = 1});
	assert_non_null(strstr(text, "a Scenario document in an included file"));
	free(text);
	golden_write("scenario.txt", HEAD CLUSTER GENERATOR);
	golden_write("b.yml", FLAVOR LOCAL);
	golden_write("a.yaml", QUEUE);
	golden_write("c.json", "{\"apiVersion\": \"v1\", \"kind\": \"Namespace\", \"metadata\": {\"name\": \"team-a\"}}");
	golden_write("d.txt", "no: manifest");
	unlink("scenario.yaml");
	struct world *world = load_with("scenario.txt", &(struct scenario_options){.set = set, .n_set = 1});
	assert_int_equal(world->n_inputs, 4);
	assert_string_equal(world->inputs[0].path, "scenario.txt");
	assert_string_equal(world->inputs[1].path, "./a.yaml");
	assert_string_equal(world->inputs[2].path, "./b.yml");
	assert_string_equal(world->inputs[3].path, "./c.json");
	world_destroy(world);
	remove_folder(&folder);
}

static void files_that_are_missing_or_broken_are_named(void **state)
{
	(void)state;
	const struct scenario_options options = {0};
	struct folder folder = make_folder();
	char *text;
	assert_null(load_saying("nowhere.yaml", &options, &text));
	assert_non_null(strstr(text, "nowhere.yaml"));
	free(text);
	text = refuse_text("", &options);
	assert_non_null(strstr(text, "scenario.yaml: error: no Scenario in this file"));
	free(text);
	text = refuse_text("a: [", &options);
	assert_non_null(strstr(text, "scenario.yaml:"));
	free(text);
	remove_folder(&folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_small_scenario_loads),
	    cmocka_unit_test(limit_ranges_reach_clusters_and_generators),
	    cmocka_unit_test(bad_scenarios_are_refused_with_these_words),
	    cmocka_unit_test(every_reserved_word_is_answered),
	    cmocka_unit_test(the_schema_is_that_of_the_decoder),
	    cmocka_unit_test(the_schema_is_json),
	    cmocka_unit_test(the_reference_is_that_of_the_decoder),
	    cmocka_unit_test(a_plain_time_between_failures_is_a_mean),
	    cmocka_unit_test(ready_scenarios_load_without_a_word),
	    cmocka_unit_test(ready_scenarios_hurt),
	    cmocka_unit_test(what_ready_scenarios_say_to_try_next_loads),
	    cmocka_unit_test(settings_change_what_is_decoded),
	    cmocka_unit_test(settings_that_miss_are_reported_together),
	    cmocka_unit_test(options_replace_seed_replications_and_trace),
	    cmocka_unit_test(changes_hold_complete_new_tables_in_order_of_time),
	    cmocka_unit_test(the_order_of_documents_means_nothing),
	    cmocka_unit_test(zones_become_offsets),
	    cmocka_unit_test(folders_are_read_in_order_of_name),
	    cmocka_unit_test(files_that_are_missing_or_broken_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
