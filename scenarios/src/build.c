/* build.c - what the steps of build.h share, and the small ones: the period, the study, prices, tenants, thresholds. */
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/money.h"
#include "build.h"
#include "scenarios/scenario.h"
#include "zone.h"

struct diag_place field_place(const struct doc_node *object, const char *field)
{
	const struct doc_node *value = doc_get(object, field);
	return value ? value->place : object ? object->place : (struct diag_place){0};
}

name_id intern_optional(struct build *build, const char *text)
{
	return text ? names_intern(build->names, text) : NO_NAME;
}

const char *suggest(struct build *build, const char *word, const char *const *candidates, uint32_t count)
{
	const char *nearest = diag_nearest(word, candidates, count);
	return nearest ? arena_printf(build->arena, "did you mean \"%s\"?", nearest) : NULL;
}

bool may_be_elsewhere(const struct build *build, const char *suggestion)
{
	return build->sources->incomplete && !suggestion;
}

static int compare_named(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int names = strcmp(x->name, y->name);
	return names ? names : x->index < y->index ? -1 : x->index > y->index;
}

void sort_named(struct build *build, struct named *items, uint32_t count, const char *what)
{
	if (count)
		qsort(items, count, sizeof *items, compare_named);
	for (uint32_t i = 1; i < count; i++)
		if (*items[i].name && strcmp(items[i - 1].name, items[i].name) == 0)
			diag_add(build->diags, DIAG_ERROR, items[i].place, NULL, "%s \"%s\" is already defined in line %u", what,
			         items[i].name, items[i - 1].place.line);
}

static void check_period(struct build *build, const struct spec_time *time)
{
	if (time->duration_us > 0 && time->warmup_us >= time->duration_us)
		diag_add(build->diags, DIAG_ERROR, field_place(time->node, "warmup"), NULL,
		         "spec.time.warmup: nothing is left of the period after it");
	if (time->start_us % US_PER_S != 0)
		diag_add(build->diags, DIAG_ERROR, field_place(time->node, "start"), NULL,
		         "spec.time.start: must be a whole second");
}

static void build_zone(struct build *build, const struct spec_time *time)
{
	struct world *world = build->world;
	world->time_zone = time->time_zone;
	if (!zone_offsets(build->arena, time->time_zone, world->epoch_unix_s, time->duration_us, &world->zone_offsets,
	                  &world->n_zone_offsets))
		diag_add(build->diags, DIAG_ERROR, field_place(time->node, "timeZone"), "IANA names look like Europe/Berlin",
		         "spec.time.timeZone: unknown time zone \"%s\"", time->time_zone);
}

void build_time(struct build *build)
{
	const struct spec_time *time = &build->spec->time;
	const struct spec_study *study = &build->spec->study;
	const struct scenario_options *options = build->options;
	struct world *world = build->world;
	check_period(build, time);
	world->epoch_unix_s = time->start_us / US_PER_S;
	world->duration_us = time->duration_us;
	world->warmup_us = time->warmup_us;
	build_zone(build, time);
	world->seed = options->has_seed ? options->seed : (uint64_t)study->seed;
	world->replications = options->has_replications ? options->replications : (uint32_t)study->replications;
	world->stop_on_loop = study->on_loop == ON_LOOP_STOP;
}

static void build_prices(struct build *build)
{
	const struct spec_prices *prices = &build->spec->prices;
	struct gpu_price *table = ARENA_ARRAY(build->arena, struct gpu_price, prices->n_gpu_hours);
	struct named *keys = ARENA_ARRAY(build->arena, struct named, prices->n_gpu_hours);
	for (uint32_t i = 0; i < prices->n_gpu_hours; i++) {
		const struct spec_gpu_price *price = &prices->gpu_hours[i];
		table[i] = (struct gpu_price){
		    .gpu_product = intern_optional(build, price->product),
		    .capacity_type = (enum capacity_type)price->capacity_type,
		    .micro_per_gpu_hour = price->micro_per_hour,
		    .billed = (enum billed)price->billed,
		    .source = price->source,
		    .as_of = price->as_of,
		};
		keys[i].name = arena_printf(build->arena, "%s %s", price->product ? price->product : "",
		                            capacity_type_names[price->capacity_type]);
		keys[i].place = field_place(price->node, "product");
		keys[i].index = i;
	}
	sort_named(build, keys, prices->n_gpu_hours, "the price of");
	struct gpu_price *sorted = ARENA_ARRAY(build->arena, struct gpu_price, prices->n_gpu_hours);
	for (uint32_t i = 0; i < prices->n_gpu_hours; i++)
		sorted[i] = table[keys[i].index];
	build->world->currency = prices->node ? prices->currency : NULL;
	build->world->prices = sorted;
	build->world->n_prices = prices->n_gpu_hours;
}

/* A namespace has one tenant: who pays must not depend on the order of a list. */
static void check_owners(struct build *build)
{
	const struct spec *spec = build->spec;
	uint32_t total = 0, count = 0;
	for (uint32_t i = 0; i < spec->n_tenants; i++)
		total += spec->tenants[i].n_namespaces;
	struct named *owned = ARENA_ARRAY(build->arena, struct named, total);
	for (uint32_t i = 0; i < spec->n_tenants; i++) {
		const struct spec_tenant *tenant = &spec->tenants[i];
		const struct doc_node *list = doc_get(tenant->node, "namespaces");
		for (uint32_t j = 0; j < tenant->n_namespaces; j++, count++)
			owned[count] = (struct named){tenant->namespaces[j], list->items[MIN(j, list->count - 1)]->place, count};
	}
	sort_named(build, owned, count, "the tenant of namespace");
}

static void build_tenants(struct build *build)
{
	const struct spec *spec = build->spec;
	struct named *order = ARENA_ARRAY(build->arena, struct named, spec->n_tenants);
	struct tenant *tenants = ARENA_ARRAY(build->arena, struct tenant, spec->n_tenants);
	for (uint32_t i = 0; i < spec->n_tenants; i++) {
		const struct spec_tenant *tenant = &spec->tenants[i];
		order[i] = (struct named){tenant->name ? tenant->name : "", field_place(tenant->node, "name"), i};
	}
	sort_named(build, order, spec->n_tenants, "tenant");
	for (uint32_t i = 0; i < spec->n_tenants; i++) {
		const struct spec_tenant *tenant = &spec->tenants[order[i].index];
		name_id *namespaces = ARENA_ARRAY(build->arena, name_id, tenant->n_namespaces);
		for (uint32_t j = 0; j < tenant->n_namespaces; j++)
			namespaces[j] = names_intern(build->names, tenant->namespaces[j]);
		tenants[i] = (struct tenant){intern_optional(build, tenant->name), namespaces, tenant->n_namespaces,
		                             intern_optional(build, tenant->cost_center)};
	}
	check_owners(build);
	build->world->tenants = tenants;
	build->world->n_tenants = spec->n_tenants;
}

void build_money(struct build *build)
{
	build_prices(build);
	build_tenants(build);
}

/* The unit of a limit depends on its metric. */
static double read_limit(struct build *build, const struct spec_threshold *threshold, uint32_t index)
{
	static const struct field share = {.name = "max", .kind = &kind_number, .max = 1};
	static const struct field jobs = {.name = "max", .kind = &kind_number, .max = 1e9};
	static const struct field time = {.name = "max", .kind = &kind_duration};
	static const struct field money = {.name = "max", .kind = &kind_price};
	struct decoder decoder = {.arena = build->arena, .diags = build->diags};
	int64_t integer = 0;
	double number = 0;
	(void)decode_push(&decoder, "spec.thresholds[%u]", index);
	switch ((enum threshold_metric)threshold->metric) {
	case METRIC_WAIT_TIME:
		decode_value(&decoder, &time, threshold->max, &integer);
		break;
	case METRIC_PAID:
		decode_value(&decoder, &money, threshold->max, &integer);
		break;
	case METRIC_LOST_TO_PREEMPTION_SHARE:
	case METRIC_UTILISATION:
		decode_value(&decoder, &share, threshold->max, &number);
		break;
	case METRIC_UNSTARTED:
		decode_value(&decoder, &jobs, threshold->max, &number);
		break;
	}
	return integer ? (double)integer : number;
}

/* "did you mean ...?" from the ClusterQueues of all clusters. */
static const char *suggest_queue(struct build *build, const char *word)
{
	const char *names[256];
	uint32_t count = 0;
	for (uint32_t i = 0; i < build->world->n_clusters; i++)
		for (uint32_t j = 0; j < build->clusters[i].kueue->n_cluster_queues && count < ARRAY_COUNT(names); j++)
			names[count++] = names_text(build->names, build->clusters[i].kueue->cluster_queues[j].name);
	return suggest(build, word, names, count);
}

static void check_where(struct build *build, const struct spec_where *where, const struct threshold *threshold)
{
	bool queue = !where->cluster_queue, class = !where->priority_class;
	int32_t value;
	for (uint32_t i = 0; i < build->world->n_clusters; i++) {
		const struct kueue_config *kueue = build->clusters[i].kueue;
		if (!kueue)
			return;
		queue |= threshold->cluster_queue && kueue_find_cluster_queue(kueue, threshold->cluster_queue) != NONE;
		class |= threshold->priority_class && kueue_find_priority(kueue, threshold->priority_class, &value);
	}
	const char *suggestion = queue ? NULL : suggest_queue(build, where->cluster_queue);
	if (!queue && !may_be_elsewhere(build, suggestion))
		diag_add(build->diags, DIAG_ERROR, field_place(where->node, "clusterQueue"), suggestion,
		         "spec.thresholds: there is no ClusterQueue \"%s\"", where->cluster_queue);
	if (!class && !may_be_elsewhere(build, NULL))
		diag_add(build->diags, DIAG_ERROR, field_place(where->node, "workloadPriorityClass"), NULL,
		         "spec.thresholds: there is no WorkloadPriorityClass \"%s\"", where->priority_class);
}

/* "waitTime p95 nlp/prod", as the summary prints it. */
static const char *threshold_text(struct build *build, const struct spec_threshold *spec)
{
	const char *queue = spec->where.cluster_queue, *class = spec->where.priority_class;
	return arena_printf(build->arena, "%s %s%s%s%s%s", threshold_metric_names[spec->metric],
	                    threshold_stat_names[spec->stat], queue || class ? " " : "",
	                    queue   ? queue
	                    : class ? "*"
	                            : "",
	                    class ? "/" : "", class ? class : "");
}

/* A metric that could not be read has been reported; it says nothing about the limit. */
static bool has_metric(const struct spec_threshold *given)
{
	const struct doc_node *metric = doc_get(given->node, "metric");
	return metric && metric->kind == DOC_SCALAR && strcmp(metric->text, threshold_metric_names[given->metric]) == 0;
}

void build_thresholds(struct build *build)
{
	const struct spec *spec = build->spec;
	struct threshold *thresholds = ARENA_ARRAY(build->arena, struct threshold, spec->n_thresholds);
	for (uint32_t i = 0; i < spec->n_thresholds; i++) {
		const struct spec_threshold *given = &spec->thresholds[i];
		struct threshold *threshold = &thresholds[i];
		threshold->metric = (enum threshold_metric)given->metric;
		threshold->stat = (enum threshold_stat)given->stat;
		threshold->cluster_queue = intern_optional(build, given->where.cluster_queue);
		threshold->priority_class = intern_optional(build, given->where.priority_class);
		threshold->text = threshold_text(build, given);
		if (given->max && has_metric(given))
			threshold->max = read_limit(build, given, i);
		check_where(build, &given->where, threshold);
	}
	build->world->thresholds = thresholds;
	build->world->n_thresholds = spec->n_thresholds;
}
