/* kueue_builder.c - see kueue_builder.h: collects objects, then numbers them by name and freezes the tables.
 *
 * Numbering happens in this order, each step using the one before: rows are sorted by name; resources, flavors, cohorts
 * get their indexes; flavor-resource pairs are sorted by those; groups, queues and local queues are written with them. */
#include <stdlib.h>
#include <string.h>

#include "base/quantity.h"
#include "builder_rows.h"

/* ---- Collecting ---- */

struct kueue_builder *kueue_builder_create(struct arena *arena, struct names *names)
{
	struct kueue_builder *builder = xcalloc(1, sizeof *builder);
	builder->arena = arena;
	builder->names = names;
	builder->controller = kueue_controller_defaults();
	if (!kueue_profile_gates("0.19", &builder->gates))
		abort();
	return builder;
}

void kueue_builder_destroy(struct kueue_builder *builder)
{
	if (!builder)
		return;
	VEC_FREE(&builder->flavors);
	VEC_FREE(&builder->cohorts);
	VEC_FREE(&builder->queues);
	VEC_FREE(&builder->locals);
	VEC_FREE(&builder->namespaces);
	VEC_FREE(&builder->classes);
	VEC_FREE(&builder->checks);
	VEC_FREE(&builder->used);
	VEC_FREE(&builder->resources);
	VEC_FREE(&builder->references);
	free(builder);
}

static struct row_key next_key(struct kueue_builder *builder, name_id space, name_id name, struct diag_place place)
{
	return (struct row_key){.space = space, .name = name, .order = builder->next_order++, .place = place};
}

static struct row_key implied_key(struct kueue_builder *builder, name_id name)
{
	struct row_key key = next_key(builder, NO_NAME, name, (struct diag_place){0});
	key.implied = true;
	return key;
}

#define COPY(builder, items, count) arena_copy((builder)->arena, (items), (count) * sizeof *(items))

static const struct named_group *copy_groups(struct kueue_builder *builder, const struct named_group *groups, uint32_t count)
{
	struct named_group *copies = COPY(builder, groups, count);
	for (uint32_t i = 0; i < count; i++) {
		struct named_flavor_quotas *flavors = COPY(builder, groups[i].flavors, groups[i].n_flavors);
		for (uint32_t f = 0; f < groups[i].n_flavors; f++)
			flavors[f].quotas = COPY(builder, flavors[f].quotas, flavors[f].n_quotas);
		copies[i].covered = COPY(builder, groups[i].covered, groups[i].n_covered);
		copies[i].flavors = flavors;
	}
	return copies;
}

void kueue_set_topologies(struct kueue_builder *builder, const struct topology *topologies, uint32_t count)
{
	builder->topologies = COPY(builder, topologies, count);
	builder->n_topologies = count;
}

void kueue_set_nodes(struct kueue_builder *builder, const struct kube_node *nodes, uint32_t n_nodes,
                     const struct node_load *loads, uint32_t n_loads)
{
	builder->nodes = nodes;
	builder->n_nodes = n_nodes;
	builder->loads = loads;
	builder->n_loads = n_loads;
}

void kueue_add_flavor(struct kueue_builder *builder, const struct resource_flavor *flavor, struct diag_place place)
{
	struct flavor_row *row = VEC_PUSH(&builder->flavors);
	row->key = next_key(builder, NO_NAME, flavor->name, place);
	row->flavor = *flavor;
	row->flavor.node_labels = COPY(builder, flavor->node_labels, flavor->n_node_labels);
	row->flavor.node_taints = COPY(builder, flavor->node_taints, flavor->n_node_taints);
	row->flavor.tolerations = COPY(builder, flavor->tolerations, flavor->n_tolerations);
}

void kueue_add_cohort(struct kueue_builder *builder, const struct cohort *cohort, name_id parent,
                      const struct named_group *groups, uint32_t n_groups, struct diag_place place)
{
	struct cohort_row *row = VEC_PUSH(&builder->cohorts);
	row->key = next_key(builder, NO_NAME, cohort->name, place);
	row->cohort = *cohort;
	row->parent = parent;
	row->groups = copy_groups(builder, groups, n_groups);
	row->n_groups = n_groups;
}

void kueue_add_cluster_queue(struct kueue_builder *builder, const struct cluster_queue *queue, name_id cohort,
                             const struct named_group *groups, uint32_t n_groups, struct diag_place place)
{
	struct queue_row *row = VEC_PUSH(&builder->queues);
	const struct namespace_selector *selector = &queue->namespace_selector;
	struct selector_requirement *requirements = COPY(builder, selector->requirements, selector->n_requirements);
	for (uint32_t i = 0; i < selector->n_requirements; i++)
		requirements[i].values = COPY(builder, requirements[i].values, requirements[i].n_values);
	row->key = next_key(builder, NO_NAME, queue->name, place);
	row->queue = *queue;
	row->queue.namespace_selector.requirements = requirements;
	struct queue_check *checks = COPY(builder, queue->checks, queue->n_checks);
	for (uint32_t i = 0; i < queue->n_checks; i++)
		checks[i].flavors = COPY(builder, checks[i].flavors, checks[i].n_flavors);
	row->queue.checks = checks;
	row->cohort = cohort;
	row->groups = copy_groups(builder, groups, n_groups);
	row->n_groups = n_groups;
}

void kueue_add_local_queue(struct kueue_builder *builder, const struct local_queue *queue, name_id cluster_queue,
                           struct diag_place place)
{
	struct local_row *row = VEC_PUSH(&builder->locals);
	row->key = next_key(builder, queue->namespace_name, queue->name, place);
	row->queue = *queue;
	row->cluster_queue = cluster_queue;
}

void kueue_add_namespace(struct kueue_builder *builder, const struct kube_namespace *space, struct diag_place place)
{
	struct namespace_row *row = VEC_PUSH(&builder->namespaces);
	row->key = next_key(builder, NO_NAME, space->name, place);
	row->space = *space;
	row->space.labels = COPY(builder, space->labels, space->n_labels);
}

void kueue_add_priority_class(struct kueue_builder *builder, const struct priority_class *priority_class,
                              struct diag_place place)
{
	struct class_row *row = VEC_PUSH(&builder->classes);
	row->key = next_key(builder, NO_NAME, priority_class->name, place);
	row->priority_class = *priority_class;
}

void kueue_add_used_pair(struct kueue_builder *builder, name_id flavor, name_id resource)
{
	*VEC_PUSH(&builder->used) = (struct pair_row){flavor, resource};
}

void kueue_add_admission_check(struct kueue_builder *builder, name_id name, enum check_controller controller, bool active,
                               struct diag_place place)
{
	struct check_row *row = VEC_PUSH(&builder->checks);
	row->key = next_key(builder, NO_NAME, name, place);
	row->controller = controller;
	row->active = active;
}

void kueue_add_resource(struct kueue_builder *builder, name_id resource)
{
	*VEC_PUSH(&builder->resources) = resource;
}

void kueue_add_reference(struct kueue_builder *builder, name_id space, name_id name, const char *by, struct diag_place place)
{
	*VEC_PUSH(&builder->references) = (struct reference_row){space, name, by, place};
}

void kueue_set_controller(struct kueue_builder *builder, const struct controller_config *controller)
{
	builder->controller = *controller;
}

void kueue_set_gates(struct kueue_builder *builder, gate_set gates)
{
	builder->gates = gates;
}

void kueue_set_default_class(struct kueue_builder *builder, name_id priority_class)
{
	builder->has_default_class = true;
	builder->default_class = priority_class;
}

struct controller_config kueue_controller_defaults(void)
{
	return (struct controller_config){
	    .wait_for_pods_ready = true,
	    .pods_ready_timeout_us = 1800 * US_PER_S,
	    .recovery_timeout_us = 1800 * US_PER_S,
	    .requeuing_timestamp = REQUEUING_EVICTION,
	    .backoff_base_s = 60,
	    .backoff_max_s = 3600,
	    .backoff_limit_count = -1,
	    .fair_strategies = {FAIR_LESS_THAN_OR_EQUAL_TO_FINAL_SHARE, FAIR_LESS_THAN_INITIAL_SHARE},
	    .n_fair_strategies = 2,
	    .usage_sampling_us = 300 * US_PER_S,
	};
}

struct cluster_queue kueue_cluster_queue_defaults(name_id name)
{
	return (struct cluster_queue){
	    .name = name,
	    .cohort = NONE,
	    .strategy = BEST_EFFORT_FIFO,
	    .when_can_borrow = MAY_STOP_SEARCH,
	    .when_can_preempt = TRY_NEXT_FLAVOR,
	    .preference = BORROWING_OVER_PREEMPTION,
	    .within_cluster_queue = PREEMPT_NEVER,
	    .reclaim_within_cohort = PREEMPT_NEVER,
	    .borrow_within_cohort = PREEMPT_NEVER,
	    .max_priority_threshold = NO_PRIORITY_THRESHOLD,
	    .stop_policy = STOP_NONE,
	    .fair_weight = 1,
	};
}

/* ---- Rows for what is only named ---- */

static void imply_cohort(struct kueue_builder *builder, name_id name)
{
	if (name == NO_NAME)
		return;
	struct cohort_row *row = VEC_PUSH(&builder->cohorts);
	row->key = implied_key(builder, name);
	row->cohort = (struct cohort){.name = name, .fair_weight = 1, .implicit = true};
}

static void imply_flavor(struct kueue_builder *builder, name_id name)
{
	struct flavor_row *row = VEC_PUSH(&builder->flavors);
	row->key = implied_key(builder, name);
	row->flavor = (struct resource_flavor){.name = name, .missing = true};
}

static void imply_flavors(struct kueue_builder *builder, const struct named_group *groups, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t f = 0; f < groups[i].n_flavors; f++)
			imply_flavor(builder, groups[i].flavors[f].flavor);
}

static void imply_namespace(struct kueue_builder *builder, name_id name)
{
	struct namespace_row *row = VEC_PUSH(&builder->namespaces);
	row->key = implied_key(builder, name);
	row->space = (struct kube_namespace){.name = name};
}

static void imply_rows(struct kueue_builder *builder)
{
	for (uint32_t i = 0; i < builder->queues.count; i++) {
		const struct queue_row *row = &builder->queues.items[i];
		imply_cohort(builder, row->cohort);
		imply_flavors(builder, row->groups, row->n_groups);
	}
	for (uint32_t i = 0, declared = builder->cohorts.count; i < declared; i++) {
		imply_cohort(builder, builder->cohorts.items[i].parent);
		imply_flavors(builder, builder->cohorts.items[i].groups, builder->cohorts.items[i].n_groups);
	}
	for (uint32_t i = 0; i < builder->used.count; i++)
		imply_flavor(builder, builder->used.items[i].flavor);
	for (uint32_t i = 0; i < builder->locals.count; i++)
		imply_namespace(builder, builder->locals.items[i].queue.namespace_name);
}

/* ---- Sorting rows ---- */

static int compare_rows(const void *a, const void *b, void *names)
{
	const struct row_key *x = a, *y = b;
	int order = names_compare(names, x->space, y->space);
	if (order == 0)
		order = names_compare(names, x->name, y->name);
	if (order == 0)
		order = (int)x->implied - (int)y->implied;
	return order ? order : (x->order > y->order) - (x->order < y->order);
}

static void report_twice(const struct kueue_builder *builder, struct diags *diags, const char *kind,
                         const struct row_key *first, const struct row_key *again)
{
	if (!diags || again->implied)
		return;
	const char *space = names_text(builder->names, again->space);
	diag_add(diags, DIAG_ERROR, again->place, NULL, "%s '%s%s%s' is given twice, first at %s:%u", kind, space,
	         *space ? "/" : "", names_text(builder->names, again->name), first->place.file ? first->place.file : "",
	         first->place.line);
}

/* Sorts, keeps the first of each name, and returns how many are left. `diags` gets the others. */
static uint32_t sort_rows(const struct kueue_builder *builder, void *rows, uint32_t count, size_t size, const char *kind,
                          struct diags *diags)
{
	char *bytes = rows;
	uint32_t kept = 0;
	if (count)
		qsort_r(rows, count, size, compare_rows, builder->names);
	for (uint32_t i = 0; i < count; i++) {
		const struct row_key *row = (const void *)(bytes + i * size);
		const struct row_key *last = kept ? (const void *)(bytes + (kept - 1) * size) : NULL;
		if (last && last->space == row->space && last->name == row->name)
			report_twice(builder, diags, kind, last, row);
		else
			memmove(bytes + kept++ * size, bytes + i * size, size);
	}
	return kept;
}

#define SORT_ROWS(builder, rows, kind, diags)                                                                               \
	((builder)->rows.count = sort_rows((builder), (builder)->rows.items, (builder)->rows.count,                             \
	                                   sizeof *(builder)->rows.items, (kind), (diags)))

/* ---- Resources and flavor-resource pairs ---- */

struct pairs {
	VEC_FIELDS(struct pair_row);
};

/* Every pair that a group covers or a quota names, in no order and repeated. */
static void collect_pairs(struct pairs *pairs, const struct named_group *groups, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t f = 0; f < groups[i].n_flavors; f++)
			for (uint32_t r = 0; r < groups[i].n_covered; r++)
				*VEC_PUSH(pairs) = (struct pair_row){groups[i].flavors[f].flavor, groups[i].covered[r]};
}

static struct pairs all_pairs(const struct kueue_builder *builder)
{
	struct pairs pairs = {0};
	for (uint32_t i = 0; i < builder->queues.count; i++)
		collect_pairs(&pairs, builder->queues.items[i].groups, builder->queues.items[i].n_groups);
	for (uint32_t i = 0; i < builder->cohorts.count; i++)
		collect_pairs(&pairs, builder->cohorts.items[i].groups, builder->cohorts.items[i].n_groups);
	for (uint32_t i = 0; i < builder->used.count; i++)
		*VEC_PUSH(&pairs) = builder->used.items[i];
	return pairs;
}

static int compare_resources(const void *a, const void *b, void *names)
{
	return resource_order(names, *(const name_id *)a, *(const name_id *)b);
}

static void number_resources(struct kueue_builder *builder, struct kueue_config *config, const struct pairs *pairs)
{
	uint32_t total = pairs->count + builder->resources.count, count = 0;
	name_id *resources = ARENA_ARRAY(builder->arena, name_id, total);
	for (uint32_t i = 0; i < pairs->count; i++)
		resources[i] = pairs->items[i].resource;
	for (uint32_t i = 0; i < builder->resources.count; i++)
		resources[pairs->count + i] = builder->resources.items[i];
	qsort_r(resources, total, sizeof *resources, compare_resources, builder->names);
	for (uint32_t i = 0; i < total; i++)
		if (count == 0 || resources[count - 1] != resources[i])
			resources[count++] = resources[i];
	config->resources = resources;
	config->n_resources = count;
}

static int compare_frs(const void *a, const void *b)
{
	const struct flavor_resource *x = a, *y = b;
	if (x->flavor != y->flavor)
		return x->flavor < y->flavor ? -1 : 1;
	return (x->resource > y->resource) - (x->resource < y->resource);
}

static void number_frs(struct kueue_builder *builder, struct kueue_config *config, const struct pairs *pairs)
{
	struct flavor_resource *frs = ARENA_ARRAY(builder->arena, struct flavor_resource, pairs->count);
	uint32_t count = 0;
	for (uint32_t i = 0; i < pairs->count; i++)
		frs[i] = (struct flavor_resource){kueue_find_flavor(config, pairs->items[i].flavor),
		                                  kueue_find_resource(config, pairs->items[i].resource)};
	qsort(frs, pairs->count, sizeof *frs, compare_frs);
	for (uint32_t i = 0; i < pairs->count; i++)
		if (count == 0 || compare_frs(&frs[count - 1], &frs[i]) != 0)
			frs[count++] = frs[i];
	config->frs = frs;
	config->n_frs = count;
}

/* ---- Freezing ---- */

const struct check_row *kueue_check_row(const struct kueue_builder *builder, name_id name)
{
	for (uint32_t i = 0; i < builder->checks.count; i++)
		if (builder->checks.items[i].key.name == name)
			return &builder->checks.items[i];
	return NULL;
}

/* A quota at or beyond what a Quantity can hold has no limit (0.3). */
static int64_t quota_amount(int64_t amount, int64_t scale)
{
	return amount >= INT64_MAX / scale * scale ? INT64_MAX : amount;
}

static const struct named_quota *find_quota(const struct named_flavor_quotas *flavor, name_id resource)
{
	for (uint32_t i = flavor->n_quotas; i-- > 0;)
		if (flavor->quotas[i].resource == resource)
			return &flavor->quotas[i];
	return NULL;
}

static struct quota freeze_quota(const struct named_quota *named, int64_t scale)
{
	if (!named)
		return (struct quota){0, LIMIT_UNSET, LIMIT_UNSET};
	return (struct quota){quota_amount(named->quota.nominal, scale), quota_amount(named->quota.borrowing_limit, scale),
	                      quota_amount(named->quota.lending_limit, scale)};
}

static void freeze_flavor_quotas(const struct kueue_config *config, const struct named_group *named, uint32_t flavor,
                                 uint32_t *frs, struct quota *quotas, bool *present)
{
	for (uint32_t r = 0; r < named->n_covered; r++) {
		const struct named_quota *quota = find_quota(&named->flavors[flavor], named->covered[r]);
		int64_t scale = quantity_scale(names_text(config->names, named->covered[r]));
		frs[r] = kueue_find_fr(config, kueue_find_flavor(config, named->flavors[flavor].flavor),
		                       kueue_find_resource(config, named->covered[r]));
		quotas[r] = freeze_quota(quota, scale);
		present[r] = quota;
	}
}

static struct resource_group freeze_group(struct kueue_builder *builder, const struct kueue_config *config,
                                          const struct named_group *named)
{
	uint32_t cells = named->n_flavors * named->n_covered;
	uint32_t *resources = ARENA_ARRAY(builder->arena, uint32_t, named->n_covered);
	uint32_t *flavors = ARENA_ARRAY(builder->arena, uint32_t, named->n_flavors);
	uint32_t *frs = ARENA_ARRAY(builder->arena, uint32_t, cells);
	struct quota *quotas = ARENA_ARRAY(builder->arena, struct quota, cells);
	bool *present = ARENA_ARRAY(builder->arena, bool, cells);
	for (uint32_t r = 0; r < named->n_covered; r++)
		resources[r] = kueue_find_resource(config, named->covered[r]);
	for (uint32_t f = 0; f < named->n_flavors; f++) {
		uint32_t at = f * named->n_covered;
		flavors[f] = kueue_find_flavor(config, named->flavors[f].flavor);
		freeze_flavor_quotas(config, named, f, frs + at, quotas + at, present + at);
	}
	return (struct resource_group){
	    .resources = resources,
	    .n_resources = named->n_covered,
	    .flavors = flavors,
	    .n_flavors = named->n_flavors,
	    .quotas = quotas,
	    .frs = frs,
	    .present = present,
	};
}

static const struct resource_group *freeze_groups(struct kueue_builder *builder, const struct kueue_config *config,
                                                  const struct named_group *named, uint32_t count)
{
	struct resource_group *groups = ARENA_ARRAY(builder->arena, struct resource_group, count);
	for (uint32_t i = 0; i < count; i++)
		groups[i] = freeze_group(builder, config, &named[i]);
	return groups;
}

static void freeze_flavors(struct kueue_builder *builder, struct kueue_config *config)
{
	struct resource_flavor *flavors = ARENA_ARRAY(builder->arena, struct resource_flavor, builder->flavors.count);
	for (uint32_t i = 0; i < builder->flavors.count; i++)
		flavors[i] = builder->flavors.items[i].flavor;
	config->flavors = flavors;
	config->n_flavors = builder->flavors.count;
}

/* Marks every cohort from which the way up does not end at a root. Each is walked once: 1 = ends, 2 = does not, 3 = on the
 * way that is being walked. */
static void mark_cycles(struct cohort *cohorts, uint32_t count)
{
	unsigned char *verdicts = xcalloc(count, 1);
	for (uint32_t start = 0; start < count; start++) {
		uint32_t at = start;
		for (; at != NONE && verdicts[at] == 0; at = cohorts[at].parent)
			verdicts[at] = 3;
		unsigned char verdict = at == NONE || verdicts[at] == 1 ? 1 : 2;
		for (at = start; at != NONE && verdicts[at] == 3; at = cohorts[at].parent) {
			verdicts[at] = verdict;
			cohorts[at].in_cycle = verdict == 2;
		}
	}
	free(verdicts);
}

/* Names first, so that parents can be found among them; groups follow when resources are numbered. */
static struct cohort *freeze_cohorts(struct kueue_builder *builder, struct kueue_config *config)
{
	uint32_t count = builder->cohorts.count;
	struct cohort *cohorts = ARENA_ARRAY(builder->arena, struct cohort, count);
	for (uint32_t i = 0; i < count; i++) {
		cohorts[i] = builder->cohorts.items[i].cohort;
		cohorts[i].in_cycle = false;
	}
	config->cohorts = cohorts;
	config->n_cohorts = count;
	for (uint32_t i = 0; i < count; i++)
		cohorts[i].parent = kueue_find_cohort(config, builder->cohorts.items[i].parent);
	mark_cycles(cohorts, count);
	return cohorts;
}

/* Missing, or without the topology that it names. */
static bool incomplete(const struct kueue_config *config, const struct resource_flavor *flavor)
{
	return flavor->missing || (flavor->topology != NO_NAME && gate_on(config->gates, GATE_TopologyAwareScheduling) &&
	                           !kueue_find_topology(config, flavor->topology));
}

static bool lacks_flavor(const struct kueue_config *config, const struct cluster_queue *queue)
{
	for (uint32_t g = 0; g < queue->n_groups; g++)
		for (uint32_t f = 0; f < queue->groups[g].n_flavors; f++)
			if (incomplete(config, &config->flavors[queue->groups[g].flavors[f]]))
				return true;
	return false;
}

/* Who answers the queue's checks; false when one of them is missing or not active. */
static bool freeze_checks(const struct kueue_builder *builder, struct cluster_queue *queue)
{
	struct queue_check *checks = arena_copy(builder->arena, queue->checks, queue->n_checks * sizeof *checks);
	bool active = true;
	for (uint32_t i = 0; i < queue->n_checks; i++) {
		const struct check_row *row = kueue_check_row(builder, checks[i].name);
		active &= row && row->active;
		checks[i].controller = row ? row->controller : CHECK_OTHER;
	}
	queue->checks = checks;
	return active;
}

static void freeze_queues(struct kueue_builder *builder, struct kueue_config *config)
{
	uint32_t count = builder->queues.count;
	struct cluster_queue *queues = ARENA_ARRAY(builder->arena, struct cluster_queue, count);
	for (uint32_t i = 0; i < count; i++) {
		const struct queue_row *row = &builder->queues.items[i];
		queues[i] = row->queue;
		queues[i].cohort = kueue_find_cohort(config, row->cohort);
		queues[i].groups = freeze_groups(builder, config, row->groups, row->n_groups);
		queues[i].n_groups = row->n_groups;
		queues[i].inactive = row->queue.inactive || lacks_flavor(config, &queues[i]);
		queues[i].inactive |= !freeze_checks(builder, &queues[i]);
	}
	config->cluster_queues = queues;
	config->n_cluster_queues = count;
}

static void freeze_locals(struct kueue_builder *builder, struct kueue_config *config)
{
	uint32_t count = builder->locals.count;
	struct local_queue *locals = ARENA_ARRAY(builder->arena, struct local_queue, count);
	for (uint32_t i = 0; i < count; i++) {
		locals[i] = builder->locals.items[i].queue;
		locals[i].cluster_queue = kueue_find_cluster_queue(config, builder->locals.items[i].cluster_queue);
	}
	config->local_queues = locals;
	config->n_local_queues = count;
}

/* The API server puts the label kubernetes.io/metadata.name on every namespace. */
static struct kube_namespace label_namespace(struct kueue_builder *builder, struct kube_namespace space)
{
	name_id key = names_intern(builder->names, "kubernetes.io/metadata.name");
	struct key_value *labels = ARENA_ARRAY(builder->arena, struct key_value, space.n_labels + 1);
	for (uint32_t i = 0; i < space.n_labels; i++) {
		labels[i] = space.labels[i];
		if (labels[i].key == key)
			return space;
	}
	labels[space.n_labels++] = (struct key_value){key, space.name};
	space.labels = labels;
	return space;
}

static void freeze_namespaces(struct kueue_builder *builder, struct kueue_config *config)
{
	uint32_t count = builder->namespaces.count;
	struct kube_namespace *spaces = ARENA_ARRAY(builder->arena, struct kube_namespace, count);
	for (uint32_t i = 0; i < count; i++)
		spaces[i] = label_namespace(builder, builder->namespaces.items[i].space);
	config->namespaces = spaces;
	config->n_namespaces = count;
}

/* 1.6: of several global defaults the one of the lowest value, unless another class was set. */
static bool is_default_class(const struct kueue_builder *builder, const struct kueue_config *config,
                             const struct priority_class *class)
{
	if (builder->has_default_class)
		return class->name == builder->default_class;
	return class->global_default && (config->default_class == NO_NAME || class->value < config->default_priority);
}

static void freeze_classes(struct kueue_builder *builder, struct kueue_config *config)
{
	uint32_t count = builder->classes.count;
	struct priority_class *classes = ARENA_ARRAY(builder->arena, struct priority_class, count);
	for (uint32_t i = 0; i < count; i++) {
		classes[i] = builder->classes.items[i].priority_class;
		if (!is_default_class(builder, config, &classes[i]))
			continue;
		config->default_class = classes[i].name;
		config->default_priority = classes[i].value;
	}
	config->priority_classes = classes;
	config->n_priority_classes = count;
}

static void sort_all_rows(struct kueue_builder *builder, struct diags *diags)
{
	SORT_ROWS(builder, flavors, "ResourceFlavor", diags);
	SORT_ROWS(builder, cohorts, "Cohort", diags);
	SORT_ROWS(builder, queues, "ClusterQueue", diags);
	SORT_ROWS(builder, locals, "LocalQueue", diags);
	SORT_ROWS(builder, namespaces, "Namespace", diags);
	SORT_ROWS(builder, classes, "priority class", diags);
	SORT_ROWS(builder, checks, "AdmissionCheck", diags);
}

const struct kueue_config *kueue_build(struct kueue_builder *builder, bool strict, struct diags *diags)
{
	uint32_t errors = strict ? diags_count(diags, DIAG_ERROR) : 0;
	struct kueue_config *config = ARENA_NEW(builder->arena, struct kueue_config);
	config->names = builder->names;
	config->controller = builder->controller;
	config->gates = builder->gates;
	imply_rows(builder);
	sort_all_rows(builder, strict ? diags : NULL);
	struct pairs pairs = all_pairs(builder);
	freeze_flavors(builder, config);
	config->topologies = builder->topologies;
	config->n_topologies = builder->n_topologies;
	config->nodes = builder->nodes;
	config->n_nodes = builder->n_nodes;
	config->loads = builder->loads;
	config->n_loads = builder->n_loads;
	number_resources(builder, config, &pairs);
	number_frs(builder, config, &pairs);
	struct cohort *cohorts = freeze_cohorts(builder, config);
	for (uint32_t i = 0; i < config->n_cohorts; i++) {
		cohorts[i].groups =
		    freeze_groups(builder, config, builder->cohorts.items[i].groups, builder->cohorts.items[i].n_groups);
		cohorts[i].n_groups = builder->cohorts.items[i].n_groups;
	}
	freeze_queues(builder, config);
	freeze_locals(builder, config);
	freeze_namespaces(builder, config);
	freeze_classes(builder, config);
	VEC_FREE(&pairs);
	if (strict)
		kueue_check(builder, config, diags);
	return strict && diags_count(diags, DIAG_ERROR) > errors ? NULL : config;
}
