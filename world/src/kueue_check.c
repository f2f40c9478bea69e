/* kueue_check.c - what strict building refuses: references that dangle, cycles of cohorts, and objects that Kueue's own
 * validation would refuse (kueue-semantics 1.2, 1.3). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builder_rows.h"

/* One ClusterQueue or Cohort under examination. */
struct examined {
	const struct kueue_builder *builder;
	const struct kueue_config *config;
	struct diags *diags;
	const struct row_key *key;
	const char *kind;
	const struct named_group *groups;
	uint32_t n_groups;
	bool is_queue;
	bool has_parent; /* a ClusterQueue's cohort, a Cohort's parent */
};

static const char *text(const struct examined *object, name_id name)
{
	return names_text(object->builder->names, name);
}

static struct diag_place place_or(struct diag_place place, struct diag_place otherwise)
{
	return place.line ? place : otherwise;
}

static void report(const struct examined *object, struct diag_place place, const char *suggestion, const char *problem)
{
	diag_add(object->diags, DIAG_ERROR, place_or(place, object->key->place), suggestion, "%s '%s': %s", object->kind,
	         text(object, object->key->name), problem);
}

/* "did you mean 'x'?" for the nearest of `count` rows that begin with a row_key and are declared, or NULL. */
static const char *suggest(const struct names *names, name_id wanted, const void *rows, uint32_t count, size_t size,
                           char out[128])
{
	const char **candidates = xcalloc(count, sizeof *candidates);
	uint32_t declared = 0;
	for (uint32_t i = 0; i < count; i++) {
		const struct row_key *key = (const void *)((const char *)rows + i * size);
		if (!key->implied)
			candidates[declared++] = names_text(names, key->name);
	}
	const char *nearest = diag_nearest(names_text(names, wanted), candidates, declared);
	free(candidates);
	if (!nearest)
		return NULL;
	snprintf(out, 128, "did you mean '%.100s'?", nearest);
	return out;
}

static void check_flavor_exists(const struct examined *object, const struct named_flavor_quotas *flavor)
{
	const struct kueue_builder *builder = object->builder;
	char problem[512], suggestion[128];
	if (!object->config->flavors[kueue_find_flavor(object->config, flavor->flavor)].missing)
		return;
	snprintf(problem, sizeof problem, "ResourceFlavor '%.253s' does not exist", text(object, flavor->flavor));
	report(object, flavor->place,
	       suggest(builder->names, flavor->flavor, builder->flavors.items, builder->flavors.count,
	               sizeof *builder->flavors.items, suggestion),
	       problem);
}

static void check_quota(const struct examined *object, const struct named_flavor_quotas *flavor,
                        const struct named_quota *named)
{
	const struct quota *quota = &named->quota;
	const char *wrong = NULL;
	char problem[1024];
	bool borrows = quota->borrowing_limit != LIMIT_UNSET, lends = quota->lending_limit != LIMIT_UNSET;
	if (quota->nominal < 0)
		wrong = "nominalQuota is negative";
	else if (borrows && quota->borrowing_limit < 0)
		wrong = "borrowingLimit is negative";
	else if (lends && quota->lending_limit < 0)
		wrong = "lendingLimit is negative";
	else if (borrows && !object->has_parent)
		wrong =
		    object->is_queue ? "borrowingLimit needs a cohort (cohortName)" : "borrowingLimit needs a parent (parentName)";
	else if (lends && !object->has_parent)
		wrong = object->is_queue ? "lendingLimit needs a cohort (cohortName)" : "lendingLimit needs a parent (parentName)";
	else if (lends && object->is_queue && quota->lending_limit > quota->nominal)
		wrong = "lendingLimit is more than nominalQuota";
	if (!wrong)
		return;
	snprintf(problem, sizeof problem, "flavor '%.253s', resource '%.253s': %s", text(object, flavor->flavor),
	         text(object, named->resource), wrong);
	report(object, place_or(named->place, flavor->place), NULL, problem);
}

static bool group_covers(const struct named_group *group, name_id resource)
{
	for (uint32_t i = 0; i < group->n_covered; i++)
		if (group->covered[i] == resource)
			return true;
	return false;
}

/* Each flavor of a group has exactly one quota for each resource that the group covers. */
static void check_coverage(const struct examined *object, const struct named_group *group,
                           const struct named_flavor_quotas *flavor)
{
	char problem[1024];
	for (uint32_t r = 0; r < group->n_covered; r++) {
		uint32_t found = 0;
		for (uint32_t i = 0; i < flavor->n_quotas; i++)
			found += flavor->quotas[i].resource == group->covered[r];
		if (found == 1)
			continue;
		snprintf(problem, sizeof problem, "flavor '%.253s' has %s quota for the covered resource '%.253s'",
		         text(object, flavor->flavor), found ? "more than one" : "no", text(object, group->covered[r]));
		report(object, flavor->place, NULL, problem);
	}
	for (uint32_t i = 0; i < flavor->n_quotas; i++) {
		if (group_covers(group, flavor->quotas[i].resource))
			continue;
		snprintf(problem, sizeof problem, "flavor '%.253s' has a quota for '%.253s', which coveredResources does not list",
		         text(object, flavor->flavor), text(object, flavor->quotas[i].resource));
		report(object, place_or(flavor->quotas[i].place, flavor->place), NULL, problem);
	}
}

struct seen_name {
	name_id name;
	uint32_t order;
	struct diag_place place;
};

static int compare_seen(const void *a, const void *b)
{
	const struct seen_name *x = a, *y = b;
	if (x->name != y->name)
		return x->name < y->name ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static void report_repeated(const struct examined *object, struct seen_name *seen, uint32_t count, const char *what)
{
	char problem[512];
	qsort(seen, count, sizeof *seen, compare_seen);
	for (uint32_t i = 1; i < count; i++) {
		if (seen[i].name != seen[i - 1].name)
			continue;
		snprintf(problem, sizeof problem, "%s '%.253s' stands in resourceGroups more than once", what,
		         text(object, seen[i].name));
		report(object, seen[i].place, NULL, problem);
	}
}

/* A resource, and a flavor, may stand in one place of one group only. */
static void check_repetitions(const struct examined *object)
{
	struct {
		VEC_FIELDS(struct seen_name);
	} resources = {0}, flavors = {0};
	for (uint32_t g = 0; g < object->n_groups; g++) {
		const struct named_group *group = &object->groups[g];
		for (uint32_t i = 0; i < group->n_covered; i++)
			*VEC_PUSH(&resources) = (struct seen_name){group->covered[i], resources.count, {0}};
		for (uint32_t i = 0; i < group->n_flavors; i++)
			*VEC_PUSH(&flavors) = (struct seen_name){group->flavors[i].flavor, flavors.count, group->flavors[i].place};
	}
	if (resources.count)
		report_repeated(object, resources.items, resources.count, "resource");
	if (flavors.count)
		report_repeated(object, flavors.items, flavors.count, "flavor");
	VEC_FREE(&resources);
	VEC_FREE(&flavors);
}

static void check_groups(const struct examined *object)
{
	for (uint32_t g = 0; g < object->n_groups; g++) {
		const struct named_group *group = &object->groups[g];
		for (uint32_t f = 0; f < group->n_flavors; f++) {
			const struct named_flavor_quotas *flavor = &group->flavors[f];
			check_flavor_exists(object, flavor);
			check_coverage(object, group, flavor);
			for (uint32_t i = 0; i < flavor->n_quotas; i++)
				check_quota(object, flavor, &flavor->quotas[i]);
		}
	}
	check_repetitions(object);
}

static void check_policies(const struct examined *object, const struct cluster_queue *queue)
{
	if (queue->borrow_within_cohort != PREEMPT_NEVER && queue->reclaim_within_cohort == PREEMPT_NEVER)
		report(object, object->key->place, "set preemption.reclaimWithinCohort to LowerPriority or Any",
		       "preemption.borrowWithinCohort needs reclaimWithinCohort other than Never");
	if (queue->preference == PREEMPTION_OVER_BORROWING &&
	    (queue->when_can_borrow != TRY_NEXT_FLAVOR || queue->when_can_preempt != TRY_NEXT_FLAVOR))
		report(object, object->key->place, NULL,
		       "flavorFungibility.preference needs whenCanBorrow and whenCanPreempt to be TryNextFlavor");
}

static void check_local_queue(const struct kueue_builder *builder, const struct kueue_config *config, uint32_t index,
                              struct diags *diags)
{
	const struct local_row *row = &builder->locals.items[index];
	const struct names *names = builder->names;
	const char *space = names_text(names, row->key.space), *name = names_text(names, row->key.name);
	char suggestion[128];
	uint32_t found = config->local_queues[index].cluster_queue;
	if (found == NONE) {
		diag_add(diags, DIAG_ERROR, row->key.place,
		         suggest(names, row->cluster_queue, builder->queues.items, builder->queues.count,
		                 sizeof *builder->queues.items, suggestion),
		         "LocalQueue '%s/%s': ClusterQueue '%s' does not exist", space, name, names_text(names, row->cluster_queue));
		return;
	}
	const struct cluster_queue *queue = &config->cluster_queues[found];
	const struct kube_namespace *labels = &config->namespaces[kueue_find_namespace(config, row->key.space)];
	if (!namespace_selected(names, &queue->namespace_selector, labels->labels, labels->n_labels))
		diag_add(diags, DIAG_WARNING, row->key.place,
		         queue->namespace_selector.set ? NULL : "namespaceSelector: {} selects all",
		         "LocalQueue '%s/%s' never admits anything: ClusterQueue '%s' does not select its namespace", space, name,
		         names_text(names, queue->name));
}

static void check_reference(const struct kueue_builder *builder, const struct kueue_config *config,
                            const struct reference_row *row, struct diags *diags)
{
	const struct names *names = builder->names;
	char suggestion[128];
	if (row->space == NO_NAME) {
		if (kueue_find_cluster_queue(config, row->name) == NONE)
			diag_add(diags, DIAG_ERROR, row->place,
			         suggest(names, row->name, builder->queues.items, builder->queues.count, sizeof *builder->queues.items,
			                 suggestion),
			         "%s: ClusterQueue '%s' does not exist", row->by, names_text(names, row->name));
	} else if (kueue_find_local_queue(config, row->space, row->name) == NONE) {
		diag_add(diags, DIAG_ERROR, row->place,
		         suggest(names, row->name, builder->locals.items, builder->locals.count, sizeof *builder->locals.items,
		                 suggestion),
		         "%s: LocalQueue '%s/%s' does not exist", row->by, names_text(names, row->space),
		         names_text(names, row->name));
	}
}

/* Names the members of the cycle through `start`, beginning and ending with the first by name. */
static void report_cycle(const struct kueue_builder *builder, const struct kueue_config *config, uint32_t start,
                         struct diags *diags)
{
	enum { NAMED = 8 };
	uint32_t first = start;
	for (uint32_t at = config->cohorts[start].parent; at != start; at = config->cohorts[at].parent)
		first = MIN(first, at);
	char *way = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&way, &length);
	uint32_t at = first;
	for (int steps = 0; (at != first || steps == 0) && steps < NAMED; steps++, at = config->cohorts[at].parent)
		fprintf(out, "%s -> ", names_text(builder->names, config->cohorts[at].name));
	fputs(at == first ? names_text(builder->names, config->cohorts[first].name) : "...", out);
	fclose(out);
	diag_add(diags, DIAG_ERROR, builder->cohorts.items[first].key.place, NULL, "Cohort '%s': its parents form a cycle: %s",
	         names_text(builder->names, config->cohorts[first].name), way);
	free(way);
}

/* Each walk stops where an earlier one has been; a walk that meets itself has found a new cycle. */
static void check_cycles(const struct kueue_builder *builder, const struct kueue_config *config, struct diags *diags)
{
	uint32_t *walks = xcalloc(config->n_cohorts, sizeof *walks);
	for (uint32_t start = 0; start < config->n_cohorts; start++) {
		uint32_t at = start;
		for (; at != NONE && walks[at] == 0; at = config->cohorts[at].parent)
			walks[at] = start + 1;
		if (at != NONE && walks[at] == start + 1)
			report_cycle(builder, config, at, diags);
	}
	free(walks);
}

/* An onFlavors entry that the queue does not have is allowed, as in Kueue. */
static void check_admission_checks(const struct examined *object, const struct cluster_queue *queue)
{
	char problem[512], suggestion[128];
	for (uint32_t i = 0; i < queue->n_checks; i++) {
		if (kueue_check_row(object->builder, queue->checks[i].name))
			continue;
		snprintf(problem, sizeof problem, "AdmissionCheck '%.253s' does not exist", text(object, queue->checks[i].name));
		report(object, object->key->place,
		       suggest(object->builder->names, queue->checks[i].name, object->builder->checks.items,
		               object->builder->checks.count, sizeof *object->builder->checks.items, suggestion),
		       problem);
	}
}

void kueue_check(const struct kueue_builder *builder, const struct kueue_config *config, struct diags *diags)
{
	for (uint32_t i = 0; i < builder->queues.count; i++) {
		const struct queue_row *row = &builder->queues.items[i];
		struct examined object = {
		    builder, config, diags, &row->key, "ClusterQueue", row->groups, row->n_groups, true, row->cohort != NO_NAME};
		check_groups(&object);
		check_policies(&object, &row->queue);
		check_admission_checks(&object, &row->queue);
	}
	for (uint32_t i = 0; i < builder->cohorts.count; i++) {
		const struct cohort_row *row = &builder->cohorts.items[i];
		struct examined object = {
		    builder, config, diags, &row->key, "Cohort", row->groups, row->n_groups, false, row->parent != NO_NAME};
		check_groups(&object);
	}
	for (uint32_t i = 0; i < builder->locals.count; i++)
		check_local_queue(builder, config, i, diags);
	for (uint32_t i = 0; i < builder->references.count; i++)
		check_reference(builder, config, &builder->references.items[i], diags);
	check_cycles(builder, config, diags);
}
