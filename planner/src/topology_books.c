/* topology_books.c - topology-aware scheduling in the books: trees of the configuration's flavors, and what those who hold
 * quota use of the nodes (TAS-1, TAS-2). Nothing here costs anything where no flavor has a topology. */
#include <stdlib.h>
#include <string.h>

#include "planner/books.h"

static void describe_flavors(struct books *books)
{
	const struct kueue_config *config = books->config;
	books->topology_flavors = xcalloc((size_t)config->n_flavors + 1, sizeof *books->topology_flavors);
	for (uint32_t i = 0; i < config->n_flavors; i++) {
		const struct resource_flavor *flavor = &config->flavors[i];
		const struct topology *topology = flavor->topology ? kueue_find_topology(config, flavor->topology) : NULL;
		if (!topology || flavor->missing)
			continue;
		books->topology_flavors[i] = (struct topology_flavor){
		    .levels = topology->levels,
		    .n_levels = MIN(topology->n_levels, (uint32_t)TOPOLOGY_MOST_LEVELS),
		    .node_labels = flavor->node_labels,
		    .n_node_labels = flavor->n_node_labels,
		    .tolerations = flavor->tolerations,
		    .n_tolerations = flavor->n_tolerations,
		};
	}
}

static bool any_topology(const struct kueue_config *config)
{
	for (uint32_t i = 0; i < config->n_flavors && gate_on(config->gates, GATE_TopologyAwareScheduling); i++)
		if (config->flavors[i].topology != NO_NAME)
			return true;
	return false;
}

void books_charge_topology(struct books *books)
{
	topology_usage_reset(&books->topology_usage, books->topologies);
	for (uint32_t slot = 0; slot < books->workloads.count; slot++) {
		const struct workload_row *row = books_row(books, slot);
		if (row->phase != PHASE_FREE && row->admission && row->admitted_queue != NONE)
			books_topology_add(books, row, 1);
	}
}

void books_build_topology(struct books *books, const struct topologies *previous)
{
	if (!any_topology(books->config))
		return;
	describe_flavors(books);
	struct topology_world world = {
	    .names = books->names,
	    .gates = books->config->gates,
	    .flavors = books->topology_flavors,
	    .n_flavors = books->config->n_flavors,
	    .nodes = books->nodes,
	    .n_nodes = books->n_nodes,
	    .loads = books->loads,
	    .n_loads = books->n_loads,
	};
	books->topologies = topologies_create(&world, previous);
	books_charge_topology(books);
	books->finder = topology_finder_create(books->topologies, &books->topology_usage);
	books->asks = xcalloc(TOPOLOGY_MOST_ASKS, sizeof *books->asks);
}

void books_free_topology(struct books *books)
{
	for (uint32_t i = 0; books->asks && i < TOPOLOGY_MOST_ASKS; i++)
		VEC_FREE(&books->asks[i].placement);
	free(books->asks);
	books->asks = NULL;
	topology_finder_destroy(books->finder);
	topologies_destroy(books->topologies);
	topology_usage_free(&books->topology_usage);
	free(books->topology_flavors);
	books->finder = NULL;
	books->topologies = NULL;
	books->topology_flavors = NULL;
	books->topology_usage = (struct topology_usage){0};
}

void books_set_nodes(struct books *books, const struct kube_node *nodes, uint32_t n_nodes, const struct node_load *loads,
                     uint32_t n_loads)
{
	struct topologies *previous = books->topologies;
	books->nodes = nodes;
	books->n_nodes = n_nodes;
	books->loads = loads;
	books->n_loads = n_loads;
	books->topologies = NULL;
	books_free_topology(books);
	books_build_topology(books, previous);
	topologies_destroy(previous);
	books->topology_version++;
}

uint32_t books_topology_flavor(const struct books *books, const uint32_t *flavors, uint32_t n_resources, bool *ret_more)
{
	uint32_t found = NONE;
	if (ret_more)
		*ret_more = false;
	for (uint32_t resource = 0; books->topologies && resource < n_resources; resource++) {
		uint32_t flavor = flavors[resource];
		if (flavor == NONE || flavor == found || !topologies_tree(books->topologies, flavor))
			continue;
		if (ret_more && found != NONE)
			*ret_more = true;
		found = found == NONE ? flavor : found;
	}
	return found;
}

static void add_row(const struct books *books, struct topology_usage *usage, struct undo *undo,
                    const struct workload_row *row, int sign)
{
	const struct admission *admission = row->admission;
	if (!books->topologies || !admission->shares)
		return;
	const struct shape *shape = books_shape_at(books, row->full_shape);
	for (uint32_t p = 0; p < admission->n_pod_sets; p++) {
		const struct pod_set *pods = &shape->pod_sets[p].spec;
		for (uint32_t i = admission->share_start[p]; i < admission->share_start[p + 1]; i++)
			topology_usage_add(usage, books->topologies, undo, admission->shares[i].place, pods->requests, pods->n_requests,
			                   (int64_t)sign * admission->shares[i].count);
	}
}

void books_topology_add(struct books *books, const struct workload_row *row, int sign)
{
	add_row(books, &books->topology_usage, &books->undo, row, sign);
}

bool books_check_topology(const struct books *books, struct error *error)
{
	const struct topology_usage *held = &books->topology_usage;
	struct topology_usage sum = {0};
	struct undo undo = {0};
	bool fine = true;
	if (!books->topologies)
		return true;
	topology_usage_reset(&sum, books->topologies);
	for (uint32_t slot = 0; slot < books->workloads.count; slot++) {
		const struct workload_row *row = &books->workloads.items[slot];
		if (row->phase != PHASE_FREE && row->admission && row->admitted_queue != NONE)
			add_row(books, &sum, &undo, row, 1);
	}
	for (uint32_t place = 0; place < held->n_places && fine; place++)
		for (uint32_t column = 0; column < held->n_columns && fine; column++) {
			size_t at = (size_t)place * held->n_columns + column;
			if (held->words[at] != sum.words[at])
				fine = error_set(error, ERROR_INVARIANT, "usage of place %u, resource %u is %lld, its workloads hold %lld",
				                 place, column, (long long)held->words[at], (long long)sum.words[at]);
		}
	topology_usage_free(&sum);
	return fine;
}

void books_place_admission(struct books *books, struct admission *admission, const struct observed_domain *domains,
                           uint32_t n_domains, const uint8_t *topology)
{
	uint32_t n_shares = 0, n_places = 0;
	if (topology)
		memcpy(admission->topology, topology, admission->n_pod_sets);
	if (!books->topologies || n_domains == 0)
		return;
	admission->shares = xcalloc(n_domains, sizeof *admission->shares);
	n_places = topologies_places(books->topologies);
	for (uint32_t p = 0; p < admission->n_pod_sets; p++) {
		const uint32_t *flavors = &admission->flavors[(size_t)p * admission->n_resources];
		uint32_t flavor = books_topology_flavor(books, flavors, admission->n_resources, NULL);
		admission->share_start[p] = n_shares;
		for (uint32_t i = 0; i < n_domains; i++)
			if (domains[i].pod_set == p)
				admission->shares[n_shares++] = (struct topology_share){
				    topologies_place(books->topologies, flavor, domains[i].values, domains[i].n_values), domains[i].count};
	}
	admission->share_start[admission->n_pod_sets] = n_shares;
	if (topologies_places(books->topologies) > n_places) /* places that no node belongs to now: room for their usage */
		books_charge_topology(books);
}

void books_renumber_places(struct books *books, const struct topologies *from, struct admission *admission)
{
	for (uint32_t p = 0; from && p < admission->n_pod_sets; p++) {
		const uint32_t *flavors = &admission->flavors[(size_t)p * admission->n_resources];
		uint32_t flavor = books_topology_flavor(books, flavors, admission->n_resources, NULL);
		for (uint32_t i = admission->share_start[p]; i < admission->share_start[p + 1]; i++) {
			struct topology_place place = topologies_place_at(from, admission->shares[i].place);
			if (books->topologies)
				admission->shares[i].place = topologies_place(books->topologies, flavor, place.values, place.n_values);
		}
	}
}
