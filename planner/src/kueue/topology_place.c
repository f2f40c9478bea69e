/* topology_place.c - all pod sets of a workload that go to one flavor: groups in order, each assumed for the next (TAS-5,
 * TAS-6); replacement of what is on a lost node (TAS-18); elastic workloads (TAS-21). */
#include <stdlib.h>
#include <string.h>

#include "../sort.h"
#include "topology_inside.h"

static bool fails(struct topology_failure *ret_failure, enum topology_failure_kind kind, name_id level)
{
	*ret_failure = (struct topology_failure){.kind = kind, .level = level};
	return false;
}

/* ---- TAS-5: what is asked for ---- */

static const struct topology_request no_request;

static const struct topology_request *request_of(const struct pod_set *pods)
{
	return pods->topology ? pods->topology : &no_request;
}

static bool is_slice_only(const struct topology_request *request)
{
	return request->required == NO_NAME && request->preferred == NO_NAME && request->n_slices > 0;
}

/* The level asked for: its index, or NONE with the failure described. */
static uint32_t requested_level(const struct topology_tree *tree, const struct topology_request *request, bool implied,
                                struct topology_failure *ret_failure)
{
	name_id name = request->required ? request->required : request->preferred;
	uint32_t level = name != NO_NAME ? topology_level(tree, name) : NONE;
	if (name != NO_NAME) {
		if (level == NONE)
			(void)fails(ret_failure, TOPOLOGY_NO_LEVEL, name);
		return level;
	}
	if (is_slice_only(request))
		return 0;
	if (request->unconstrained || implied)
		return tree->flavor.n_levels - 1;
	(void)fails(ret_failure, TOPOLOGY_NO_REQUEST, NO_NAME);
	return NONE;
}

/* Inner layers of slices: each strictly below the one before, its size a divisor; it reigns on the levels down to its own.
 */
static bool read_layers(const struct topology_tree *tree, struct topology_search *search,
                        struct topology_failure *ret_failure)
{
	uint32_t previous_level = search->slice_level;
	int32_t previous_size = search->slice_size;
	for (uint32_t i = 1; i < search->n_slices; i++) {
		const struct topology_slice *layer = &search->slices[i];
		uint32_t level = topology_level(tree, layer->level);
		if (level == NONE)
			return fails(ret_failure, TOPOLOGY_NO_SLICE_LEVEL, layer->level);
		if (level <= previous_level)
			return fails(ret_failure, TOPOLOGY_LAYER_NOT_BELOW, layer->level);
		if (layer->size <= 0 || previous_size % layer->size != 0)
			return fails(ret_failure, TOPOLOGY_LAYER_DOES_NOT_DIVIDE, layer->level);
		for (uint32_t l = previous_level + 1; l <= level; l++)
			search->size_at[l] = layer->size;
		previous_level = level;
		previous_size = layer->size;
		search->layered = true;
	}
	return true;
}

static bool read_request(const struct topology_finder *finder, const struct topology_tree *tree, bool implied,
                         struct topology_search *search, struct topology_failure *ret_failure)
{
	const struct topology_request *request = request_of(search->workers);
	gate_set gates = finder->topologies->world.gates;
	search->slice_size = search->n_slices ? search->slices[0].size : 1;
	if (search->slice_size <= 0)
		return fails(ret_failure, TOPOLOGY_NO_SLICE_SIZE, NO_NAME);
	search->required = request->required != NO_NAME;
	search->unconstrained = request->unconstrained || implied || is_slice_only(request);
	search->least_free = search->unconstrained && gate_on(gates, GATE_TASProfileMixed);
	search->respect_affinity = gate_on(gates, GATE_TASRespectNodeAffinityPreferred);
	search->requested_level = requested_level(tree, request, implied, ret_failure);
	if (search->requested_level == NONE)
		return false;
	search->slice_level = tree->flavor.n_levels - 1;
	if (search->n_slices)
		search->slice_level = topology_level(tree, search->slices[0].level);
	if (search->slice_level == NONE)
		return fails(ret_failure, TOPOLOGY_NO_SLICE_LEVEL, search->slices[0].level);
	if (search->requested_level > search->slice_level)
		return fails(ret_failure, TOPOLOGY_SLICE_ABOVE, search->slices[0].level);
	return read_layers(tree, search, ret_failure);
}

static struct topology_search search_for(const struct topology_tree *tree, const struct topology_ask *workers,
                                         const struct topology_ask *leader, bool empty)
{
	const struct topology_request *request = request_of(workers->spec);
	return (struct topology_search){
	    .tree = tree,
	    .workers = workers->spec,
	    .leader = leader ? leader->spec : NULL,
	    .leaders = leader ? 1 : 0,
	    .count = workers->count,
	    .empty = empty,
	    .slices = request->slices,
	    .n_slices = request->n_slices,
	};
}

static bool run(struct topology_finder *finder, struct topology_search *search, bool implied,
                struct topology_placement *ret_workers, struct topology_placement *ret_leader,
                struct topology_failure *ret_failure)
{
	return read_request(finder, search->tree, implied, search, ret_failure) &&
	       topology_search(finder, search, ret_workers, ret_leader, ret_failure);
}

/* ---- placements ---- */

static void assume(struct topology_finder *finder, const struct pod_set *pods, const struct topology_share *shares,
                   uint32_t count)
{
	demand_read(finder->topologies, pods, &finder->demand);
	for (uint32_t i = 0; i < count; i++)
		topology_assume(finder->usage, &finder->demand, shares[i].place, shares[i].count);
}

static void set_placement(struct topology_placement *placement, const struct topology_share *shares, uint32_t count)
{
	VEC_CLEAR(placement);
	for (uint32_t i = 0; i < count; i++)
		*VEC_PUSH(placement) = shares[i];
}

/* Merges two placements in order of values; both only name places of the tree. */
static void merge(struct topology_finder *finder, const struct topology_tree *tree, const struct topology_placement *a,
                  const struct topology_share *b, uint32_t n_b, struct topology_placement *ret_merged)
{
	uint32_t i = 0, j = 0;
	VEC_CLEAR(&finder->merged);
	while (i < a->count || j < n_b) {
		bool from_a =
		    j >= n_b || (i < a->count && topology_leaf(tree, a->items[i].place) <= topology_leaf(tree, b[j].place));
		struct topology_share share = from_a ? a->items[i++] : b[j++];
		struct topology_share *last = finder->merged.count ? &finder->merged.items[finder->merged.count - 1] : NULL;
		if (last && last->place == share.place)
			last->count += share.count;
		else
			*VEC_PUSH(&finder->merged) = share;
	}
	set_placement(ret_merged, finder->merged.items, finder->merged.count);
}

static bool is_stale(const struct topology_tree *tree, const struct topology_share *shares, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (topology_leaf(tree, shares[i].place) == NONE)
			return true;
	return false;
}

/* ---- TAS-18: replacement ---- */

/* Confines a search to the ancestor of a leaf at a level. Where that is a host below other levels nothing is in it: Kueue
 * compares the host's name with the path of its leaves. */
static void confine_to(const struct topology_tree *tree, uint32_t leaf, uint32_t level, struct topology_search *search)
{
	uint32_t last = tree->flavor.n_levels - 1;
	uint32_t domain = tree->level_start[last] + leaf;
	search->confined = true;
	search->confine_level = level;
	search->confine = topology_ancestor(tree, domain, last, level);
	if (level == last && tree->leaf_is_host && last > 0)
		search->confine = NONE;
}

/* The domain of a level in which what is left and the missing pods make whole slices together (first by value, N7). */
static void confine_to_slice(const struct topology_tree *tree, const struct topology_placement *rest, int32_t missing,
                             int32_t size, name_id level_name, struct topology_search *search)
{
	uint32_t level = topology_level(tree, level_name), last = tree->flavor.n_levels - 1;
	if (level == NONE)
		return;
	for (uint32_t i = 0; i < rest->count; i++) {
		uint32_t leaf = topology_leaf(tree, rest->items[i].place);
		uint32_t domain = topology_ancestor(tree, tree->level_start[last] + leaf, last, level);
		int32_t there = 0;
		for (uint32_t j = 0; j < rest->count; j++) {
			uint32_t other = tree->level_start[last] + topology_leaf(tree, rest->items[j].place);
			there += topology_ancestor(tree, other, last, level) == domain ? rest->items[j].count : 0;
		}
		if ((there + missing) % size == 0) {
			confine_to(tree, leaf, level, search);
			return;
		}
	}
}

/* Where the replacement must be: in the slice that it completes, or in the required domain. */
static void find_confinement(const struct topology_tree *tree, const struct topology_placement *rest,
                             struct topology_search *search, bool implied)
{
	const struct topology_request *request = request_of(search->workers);
	struct topology_failure ignored;
	uint32_t level = requested_level(tree, request, implied, &ignored);
	if (level == NONE || rest->count == 0 || (search->n_slices && search->slices[0].size <= 0))
		return;
	if (search->n_slices && search->count % search->slices[0].size != 0) {
		uint32_t broken = 0;
		for (uint32_t i = search->n_slices; search->n_slices > 1 && i-- > 0;)
			if (search->slices[i].size > 0 && search->count % search->slices[i].size != 0) {
				broken = i;
				break;
			}
		confine_to_slice(tree, rest, search->count, search->slices[broken].size, search->slices[broken].level, search);
	} else if (request->required != NO_NAME) {
		confine_to(tree, topology_leaf(tree, rest->items[0].place), level, search);
	}
}

/* Missing pods that are no whole slices go in chunks of the innermost layer that divides their number, else one by one. */
static void loosen_slices(struct topology_finder *finder, struct topology_search *search)
{
	if (!search->n_slices || !search->confined || search->slices[0].size <= 0 || search->count % search->slices[0].size == 0)
		return;
	for (uint32_t i = search->n_slices; i-- > 0;) {
		if (search->slices[i].size <= 0 || search->count % search->slices[i].size != 0)
			continue;
		finder->loose = search->slices[i];
		search->slices = &finder->loose;
		search->n_slices = 1;
		return;
	}
	search->n_slices = 0;
}

static bool replace(struct topology_finder *finder, const struct topology_tree *tree, const struct topology_asks *asks,
                    struct topology_ask *ask, struct topology_failure *ret_failure)
{
	struct topology_placement rest = {0}, found = {0};
	int32_t missing = 0;
	for (uint32_t i = 0; i < ask->n_previous; i++) {
		struct topology_place place = topologies_place_at(finder->topologies, ask->previous[i].place);
		if (place.values[place.n_values - 1] == asks->unhealthy)
			missing = ask->previous[i].count;
		else
			*VEC_PUSH(&rest) = ask->previous[i];
	}
	bool fine = !is_stale(tree, rest.items, rest.count) || fails(ret_failure, TOPOLOGY_STALE, NO_NAME);
	if (fine) {
		struct topology_search search = search_for(tree, ask, NULL, false);
		search.count = missing;
		find_confinement(tree, &rest, &search, ask->implied);
		loosen_slices(finder, &search);
		fine = run(finder, &search, ask->implied, &found, NULL, ret_failure);
	}
	if (fine && found.count == 0)
		fine = fails(ret_failure, TOPOLOGY_NO_REPLACEMENT, asks->unhealthy);
	if (fine) {
		merge(finder, tree, &found, rest.items, rest.count, &ask->placement);
		assume(finder, ask->spec, found.items, found.count);
		ask->placed = true;
	}
	VEC_FREE(&rest);
	VEC_FREE(&found);
	return fine;
}

/* ---- TAS-21: elastic workloads ---- */

static int32_t pods_in(const struct topology_ask *ask)
{
	int32_t sum = 0;
	for (uint32_t i = 0; i < ask->n_previous; i++)
		sum += ask->previous[i].count;
	return sum;
}

/* Keeps the first `count` pods where they are. */
static void keep(struct topology_finder *finder, struct topology_ask *ask, int32_t count)
{
	VEC_CLEAR(&ask->placement);
	for (uint32_t i = 0; i < ask->n_previous && count > 0; i++) {
		struct topology_share share = ask->previous[i];
		share.count = MIN(share.count, count);
		count -= share.count;
		*VEC_PUSH(&ask->placement) = share;
	}
	assume(finder, ask->spec, ask->placement.items, ask->placement.count);
	ask->placed = true;
}

/* More pods than before: those that are there stay, the leader too, and the others are placed beside them. */
static bool grow(struct topology_finder *finder, const struct topology_tree *tree, struct topology_ask *workers,
                 struct topology_ask *leader, bool empty, struct topology_failure *ret_failure)
{
	struct topology_placement more = {0};
	struct topology_ask *moving = leader;
	assume(finder, workers->spec, workers->previous, workers->n_previous);
	if (leader && leader->has_previous) {
		keep(finder, leader, INT32_MAX);
		moving = NULL;
	}
	struct topology_search search = search_for(tree, workers, moving, empty);
	search.count = workers->count - pods_in(workers);
	bool fine = run(finder, &search, workers->implied, &more, moving ? &moving->placement : NULL, ret_failure);
	if (fine) {
		merge(finder, tree, &more, workers->previous, workers->n_previous, &workers->placement);
		workers->placed = true;
		if (moving) {
			moving->placed = true;
			assume(finder, moving->spec, moving->placement.items, moving->placement.count);
		}
		assume(finder, workers->spec, more.items, more.count);
	}
	VEC_FREE(&more);
	return fine;
}

/* Can previous places be kept? Not when one of them is gone. */
static bool keeps_places(const struct topology_finder *finder, const struct topology_tree *tree,
                         const struct topology_asks *asks, const struct topology_ask *workers,
                         const struct topology_ask *leader)
{
	return asks->elastic && gate_on(finder->topologies->world.gates, GATE_ElasticJobsViaWorkloadSlicesWithTAS) &&
	       workers->has_previous && !is_stale(tree, workers->previous, workers->n_previous) &&
	       !(leader && leader->has_previous && is_stale(tree, leader->previous, leader->n_previous));
}

/* ---- TAS-6: groups ---- */

static bool place_anew(struct topology_finder *finder, const struct topology_tree *tree, const struct topology_asks *asks,
                       struct topology_ask *workers, struct topology_ask *leader, struct topology_failure *ret_failure)
{
	struct topology_search search = search_for(tree, workers, leader, asks->empty);
	if (!run(finder, &search, workers->implied, &workers->placement, leader ? &leader->placement : NULL, ret_failure))
		return false;
	workers->placed = true;
	assume(finder, workers->spec, workers->placement.items, workers->placement.count);
	if (leader) {
		leader->placed = true;
		assume(finder, leader->spec, leader->placement.items, leader->placement.count);
	}
	return true;
}

static bool place_group(struct topology_finder *finder, const struct topology_tree *tree, const struct topology_asks *asks,
                        struct topology_ask *first, struct topology_ask *second, struct topology_failure *ret_failure)
{
	bool swapped = second && second->count > first->count;
	struct topology_ask *workers = swapped ? second : first, *leader = swapped ? first : second;
	if (!keeps_places(finder, tree, asks, workers, leader))
		return place_anew(finder, tree, asks, workers, leader, ret_failure);
	if (workers->count > pods_in(workers))
		return grow(finder, tree, workers, leader, asks->empty, ret_failure);
	keep(finder, workers, workers->count);
	if (leader)
		keep(finder, leader, INT32_MAX);
	return true;
}

/* The second pod set of the same group as this one, NULL when it is alone. */
static struct topology_ask *find_partner(const struct topology_asks *asks, uint32_t first)
{
	name_id group = request_of(asks->items[first].spec)->group;
	for (uint32_t i = first + 1; group != NO_NAME && i < asks->count; i++)
		if (request_of(asks->items[i].spec)->group == group)
			return &asks->items[i];
	return NULL;
}

static bool is_first_of_group(const struct topology_asks *asks, uint32_t at)
{
	name_id group = request_of(asks->items[at].spec)->group;
	for (uint32_t i = 0; group != NO_NAME && i < at; i++)
		if (request_of(asks->items[i].spec)->group == group)
			return false;
	return true;
}

static bool replace_all(struct topology_finder *finder, const struct topology_tree *tree, struct topology_asks *asks,
                        uint32_t *ret_failed, struct topology_failure *ret_failure)
{
	for (uint32_t i = 0; i < asks->count; i++) {
		struct topology_ask *ask = &asks->items[i];
		if (!ask->has_previous)
			continue;
		if (asks->stays && gate_on(finder->topologies->world.gates, GATE_SkipReassignmentForPodOwnedWorkloads)) {
			set_placement(&ask->placement, ask->previous, ask->n_previous);
			ask->placed = true;
		} else if (!replace(finder, tree, asks, ask, ret_failure)) {
			*ret_failed = i;
			return false;
		}
	}
	return true;
}

bool topology_place(struct topology_finder *finder, struct topology_asks *asks, uint32_t *ret_failed,
                    struct topology_failure *ret_failure)
{
	const struct topology_tree *tree = topologies_tree(finder->topologies, asks->flavor);
	finder->failed = (struct topology_search){0};
	for (uint32_t i = 0; i < asks->count; i++)
		asks->items[i].placed = false;
	if (asks->unhealthy != NO_NAME)
		return replace_all(finder, tree, asks, ret_failed, ret_failure);
	for (uint32_t i = 0; i < asks->count; i++) {
		if (!is_first_of_group(asks, i))
			continue;
		if (!place_group(finder, tree, asks, &asks->items[i], find_partner(asks, i), ret_failure)) {
			*ret_failed = i;
			return false;
		}
	}
	return true;
}

/* ---- why a search failed ---- */

static void count_taint(struct topology_exclusions *exclusions, const struct taint *taint)
{
	for (uint32_t i = 0; i < exclusions->taints.count; i++) {
		const struct taint *known = &exclusions->taints.items[i].taint;
		if (known->key == taint->key && known->value == taint->value && known->effect == taint->effect) {
			exclusions->taints.items[i].count++;
			return;
		}
	}
	(void)VEC_PUSH(&exclusions->taints);
	exclusions->taints.items[exclusions->taints.count - 1].taint = *taint;
	exclusions->taints.items[exclusions->taints.count - 1].count = 1;
}

/* The resource of which a leaf has not even enough for one pod, the first by name; NO_NAME when one fits. */
static name_id scarcest(const struct topology_finder *finder, const struct topology_search *search, uint32_t leaf)
{
	const struct names *names = finder->topologies->world.names;
	name_id scarcest = NO_NAME;
	for (uint32_t i = 0; i < finder->demand.count; i++) {
		const struct demand_item *item = &finder->demand.items[i];
		int64_t left = topology_remaining(finder, search->tree, leaf, item->column, search->empty);
		if (item->amount != 0 && left < item->amount &&
		    (scarcest == NO_NAME || names_compare(names, item->resource, scarcest) < 0))
			scarcest = item->resource;
	}
	return scarcest;
}

static void count_resource(struct topology_exclusions *exclusions, name_id resource)
{
	for (uint32_t i = 0; i < exclusions->resources.count; i++)
		if (exclusions->resources.items[i].resource == resource) {
			exclusions->resources.items[i].count++;
			return;
		}
	(void)VEC_PUSH(&exclusions->resources);
	exclusions->resources.items[exclusions->resources.count - 1].resource = resource;
	exclusions->resources.items[exclusions->resources.count - 1].count = 1;
}

static void exclude(struct topology_finder *finder, const struct topology_search *search, uint32_t leaf,
                    struct topology_exclusions *exclusions)
{
	const struct topology_tree *tree = search->tree;
	uint32_t last = tree->flavor.n_levels - 1;
	const struct taint *taint = NULL;
	switch (topology_match(finder->topologies, tree, leaf, search->workers, &taint)) {
	case NODE_TAINTED:
		count_taint(exclusions, taint);
		return;
	case NODE_SELECTOR:
		exclusions->by_selector++;
		return;
	case NODE_AFFINITY:
		exclusions->by_affinity++;
		return;
	case NODE_MATCHES:
		break;
	}
	if (search->confined && (search->confine == NONE || topology_ancestor(tree, tree->level_start[last] + leaf, last,
	                                                                      search->confine_level) != search->confine)) {
		exclusions->by_domain++;
		return;
	}
	name_id resource = scarcest(finder, search, leaf);
	if (resource != NO_NAME)
		count_resource(exclusions, resource);
}

void topology_exclusions(struct topology_finder *finder, struct topology_exclusions *ret_exclusions)
{
	const struct topology_search *search = &finder->failed;
	*ret_exclusions = (struct topology_exclusions){0};
	if (!search->tree)
		return;
	demand_read(finder->topologies, search->workers, &finder->demand);
	ret_exclusions->nodes = search->tree->n_leaves;
	for (uint32_t leaf = 0; leaf < search->tree->n_leaves; leaf++)
		exclude(finder, search, leaf, ret_exclusions);
}

void topology_exclusions_free(struct topology_exclusions *exclusions)
{
	VEC_FREE(&exclusions->resources);
	VEC_FREE(&exclusions->taints);
}
