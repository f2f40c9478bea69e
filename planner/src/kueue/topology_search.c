/* topology_search.c - from counts to a placement: which level, which domains, and down to the leaves (TAS-10 to TAS-16).
 *
 * The first step reads the view's states and changes nothing. On the way down every domain taken into account is loaded into
 * the finder's working states, which then say how many pods it gets. */
#include <string.h>

#include "../sort.h"
#include "topology_inside.h"

/* ---- orders (TAS-10) ---- */

static bool by_room(const void *context, uint32_t a, uint32_t b)
{
	const struct domain_order *order = context;
	const struct domain_state *x = &order->states[a], *y = &order->states[b];
	if (order->respect_affinity && x->affinity != y->affinity)
		return x->affinity > y->affinity;
	if (x->slices != y->slices)
		return order->least_free ? x->slices < y->slices : x->slices > y->slices;
	if (x->pods != y->pods)
		return x->pods < y->pods;
	return a < b;
}

static bool by_room_beside_leader(const void *context, uint32_t a, uint32_t b)
{
	const struct domain_order *order = context;
	const struct domain_state *x = &order->states[a], *y = &order->states[b];
	if (x->leaders != y->leaders)
		return x->leaders > y->leaders;
	if (order->respect_affinity && x->affinity != y->affinity)
		return x->affinity > y->affinity;
	if (x->slices_leader != y->slices_leader)
		return order->least_free ? x->slices_leader < y->slices_leader : x->slices_leader > y->slices_leader;
	if (x->pods_leader != y->pods_leader)
		return x->pods_leader < y->pods_leader;
	return a < b;
}

void sort_by_room(struct topology_finder *finder, const struct domain_order *order, uint32_t *ids, uint32_t count)
{
	VEC_RESERVE(&finder->sorting, count);
	sort_ids(ids, finder->sorting.items, count, by_room, order);
}

void sort_by_room_beside_leader(struct topology_finder *finder, const struct domain_order *order, uint32_t *ids,
                                uint32_t count)
{
	VEC_RESERVE(&finder->sorting, count);
	sort_ids(ids, finder->sorting.items, count, by_room_beside_leader, order);
}

static bool by_number(const void *context, uint32_t a, uint32_t b)
{
	(void)context;
	return a < b;
}

void sort_by_values(struct topology_finder *finder, struct id_list *ids)
{
	VEC_RESERVE(&finder->sorting, ids->count);
	sort_ids(ids->items, finder->sorting.items, ids->count, by_number, NULL);
}

/* ---- picking (TAS-11) ---- */

static int32_t room(const struct domain_state *state, int32_t leaders, bool slices)
{
	if (slices)
		return leaders > 0 ? state->slices_leader : state->slices;
	return leaders > 0 ? state->pods_leader : state->pods;
}

/* Position in a sorted list of the first domain with the least room that suffices; 0 when none suffices. With affinity only
 * those as preferred as the first. */
static uint32_t pick(const struct domain_order *order, const uint32_t *ids, uint32_t count, int32_t need, int32_t leaders,
                     bool slices)
{
	uint32_t best = 0;
	int32_t least = INT32_MAX;
	for (uint32_t i = 0; i < count; i++) {
		const struct domain_state *state = &order->states[ids[i]];
		if (order->respect_affinity && state->affinity != order->states[ids[0]].affinity)
			break;
		if (state->leaders >= leaders && room(state, leaders, slices) >= need && room(state, leaders, slices) < least) {
			best = i;
			least = room(state, leaders, slices);
		}
	}
	return best;
}

/* TAS-14: moves to the front the first domain that can hold the leader and leaves room for all workers. */
static void leader_first(const struct domain_order *order, uint32_t *ids, uint32_t count, int32_t need, int32_t leaders,
                         bool slices)
{
	int64_t total = 0;
	if (leaders == 0 || count < 2)
		return;
	for (uint32_t i = 0; i < count; i++)
		total += room(&order->states[ids[i]], 0, slices);
	for (uint32_t i = 0; i < count; i++) {
		const struct domain_state *state = &order->states[ids[i]];
		if (state->leaders < leaders || total - (room(state, 0, slices) - room(state, 1, slices)) < need)
			continue;
		uint32_t first = ids[i];
		memmove(ids + 1, ids, i * sizeof *ids);
		ids[0] = first;
		return;
	}
}

/* ---- level and domains (TAS-12) ---- */

static bool holds_all(const struct topology_search *search, const struct domain_state *state, int32_t need)
{
	return state->slices_leader >= need && state->leaders >= search->leaders;
}

/* Among the domains of a level: the first in order beside a leader. */
static uint32_t find_top(const struct domain_order *order, uint32_t begin, uint32_t end)
{
	uint32_t top = begin;
	for (uint32_t domain = begin + 1; domain < end; domain++)
		if (by_room_beside_leader(order, domain, top))
			top = domain;
	return top;
}

/* The best fit without sorting: of those with the least room that suffices, the first in order. `top` suffices. */
static uint32_t find_tightest(const struct topology_search *search, const struct domain_order *order, uint32_t begin,
                              uint32_t end, uint32_t top, int32_t need)
{
	uint32_t best = top;
	for (uint32_t domain = begin; domain < end; domain++) {
		const struct domain_state *state = &order->states[domain];
		int32_t have = room(state, search->leaders, true), least = room(&order->states[best], search->leaders, true);
		if (state->leaders < search->leaders || have < need || have > least ||
		    (order->respect_affinity && state->affinity != order->states[top].affinity))
			continue;
		if (have < least || by_room_beside_leader(order, domain, best))
			best = domain;
	}
	return best;
}

/* Least free capacity: the first in order that holds everything. */
static uint32_t find_first_holding(const struct topology_search *search, const struct domain_order *order, uint32_t begin,
                                   uint32_t end, int32_t need)
{
	uint32_t best = NONE;
	for (uint32_t domain = begin; domain < end; domain++) {
		const struct domain_state *state = &order->states[domain];
		if (state->leaders >= search->leaders && room(state, search->leaders, true) >= need &&
		    (best == NONE || by_room_beside_leader(order, domain, best)))
			best = domain;
	}
	return best;
}

static void list_level(struct topology_finder *finder, uint32_t begin, uint32_t end)
{
	VEC_CLEAR(&finder->sorted);
	VEC_RESERVE(&finder->sorted, end - begin);
	for (uint32_t domain = begin; domain < end; domain++)
		finder->sorted.items[finder->sorted.count++] = domain;
}

static int32_t slices_below(const struct topology_search *search, const struct domain_state *states, uint32_t domain,
                            uint32_t level, uint32_t target, int32_t size)
{
	int32_t sum = 0;
	if (level == target)
		return states[domain].pods / size;
	for (uint32_t child = search->tree->first_child[domain]; child < search->tree->first_child[domain + 1]; child++)
		sum += slices_below(search, states, child, level + 1, target, size);
	return sum;
}

/* How near a request of several layers came, in the domain with room for most slices. */
static void describe_layers(const struct topology_search *search, const struct domain_state *states, uint32_t level,
                            struct topology_failure *ret_failure)
{
	const struct topology_tree *tree = search->tree;
	uint32_t best = tree->level_start[level];
	for (uint32_t domain = best + 1; domain < tree->level_start[level + 1]; domain++)
		if (states[domain].slices > states[best].slices)
			best = domain;
	ret_failure->kind = TOPOLOGY_NO_ROOM_IN_LAYERS;
	for (uint32_t i = 0; i < search->n_slices && i < TOPOLOGY_MOST_LEVELS; i++) {
		const struct topology_slice *slice = &search->slices[i];
		uint32_t target = topology_level(tree, slice->level);
		ret_failure->layers[ret_failure->n_layers].level = slice->level;
		ret_failure->layers[ret_failure->n_layers].of = search->count / slice->size;
		ret_failure->layers[ret_failure->n_layers++].fit = slices_below(search, states, best, level, target, slice->size);
	}
}

static bool no_room(const struct topology_search *search, const struct domain_state *states, uint32_t level, int32_t fit,
                    struct topology_failure *ret_failure)
{
	*ret_failure = (struct topology_failure){
	    .kind = TOPOLOGY_NO_ROOM, .fit = fit, .of = search->count / search->slice_size, .sliced = search->slice_size != 1};
	if (search->layered)
		describe_layers(search, states, level, ret_failure);
	return false;
}

/* Several domains: first those that take the leader, then by room until all have a place. */
static bool gather(struct topology_finder *finder, const struct topology_search *search, const struct domain_order *order,
                   uint32_t level, struct topology_failure *ret_failure)
{
	const struct domain_state *states = order->states;
	int32_t need = search->count / search->slice_size, left = need, leaders = search->leaders;
	uint32_t *ids = finder->sorted.items, count = finder->sorted.count, i = 0;
	leader_first(order, ids, count, need, leaders, true);
	for (; leaders > 0 && i < count && states[ids[i]].leaders > 0; i++) {
		uint32_t at = i;
		if (!search->least_free && states[ids[i]].slices_leader >= left)
			at = i + pick(order, ids + i, count - i, left, leaders, true);
		*VEC_PUSH(&finder->chosen) = ids[at];
		leaders -= states[ids[at]].leaders;
		left -= states[ids[at]].slices_leader;
	}
	if (leaders > 0)
		return no_room(search, states, level, search->leaders - leaders, ret_failure);
	sort_by_room(finder, order, ids + i, count - i);
	for (; left > 0 && i < count; i++) {
		uint32_t at = i;
		if (!search->least_free && states[ids[i]].slices >= left)
			at = i + pick(order, ids + i, count - i, left, 0, true);
		*VEC_PUSH(&finder->chosen) = ids[at];
		left -= states[ids[at]].slices;
	}
	return left <= 0 || no_room(search, states, level, need - left, ret_failure);
}

/* A required level whose first domain is preferred but full: others may still do. */
static bool find_less_preferred(struct topology_finder *finder, const struct topology_search *search,
                                const struct domain_order *order, uint32_t begin, uint32_t end, int32_t need)
{
	list_level(finder, begin, end);
	sort_by_room_beside_leader(finder, order, finder->sorted.items, finder->sorted.count);
	for (uint32_t i = 1; i < finder->sorted.count; i++) {
		if (!holds_all(search, &order->states[finder->sorted.items[i]], need))
			continue;
		uint32_t at = i + pick(order, finder->sorted.items + i, finder->sorted.count - i, need, search->leaders, true);
		*VEC_PUSH(&finder->chosen) = finder->sorted.items[at];
		return true;
	}
	return false;
}

/* Fills finder->chosen with domains of one level that hold all pods together. */
static bool find_domains(struct topology_finder *finder, const struct topology_search *search,
                         const struct domain_state *states, uint32_t *ret_level, struct topology_failure *ret_failure)
{
	const struct topology_tree *tree = search->tree;
	struct domain_order order = {states, search->least_free, search->respect_affinity};
	int32_t need = search->count / search->slice_size;
	VEC_CLEAR(&finder->chosen);
	for (uint32_t level = search->requested_level;; level--) {
		uint32_t begin = tree->level_start[level], end = tree->level_start[level + 1];
		*ret_level = level;
		if (begin == end) {
			*ret_failure = (struct topology_failure){.kind = TOPOLOGY_NO_DOMAINS, .level = tree->flavor.levels[level]};
			return false;
		}
		uint32_t top = find_top(&order, begin, end);
		if (search->least_free) {
			uint32_t first = find_first_holding(search, &order, begin, end, need);
			if (first != NONE) {
				*VEC_PUSH(&finder->chosen) = first;
				return true;
			}
		}
		if (!search->least_free && holds_all(search, &states[top], need))
			top = find_tightest(search, &order, begin, end, top, need);
		if (holds_all(search, &states[top], need)) {
			*VEC_PUSH(&finder->chosen) = top;
			return true;
		}
		if (search->required && search->respect_affinity && !search->least_free &&
		    find_less_preferred(finder, search, &order, begin, end, need))
			return true;
		if (search->required)
			return no_room(search, states, level, states[top].slices, ret_failure);
		if (level > 0 && !search->unconstrained)
			continue;
		list_level(finder, begin, end);
		sort_by_room_beside_leader(finder, &order, finder->sorted.items, finder->sorted.count);
		return gather(finder, search, &order, level, ret_failure);
	}
}

/* ---- down to the leaves (TAS-13, TAS-15) ---- */

/* What is still to be given out. */
struct rest {
	int32_t count, leaders; /* slices or pods */
	int32_t size;           /* of a slice; 1 for pods */
	bool slices;
};

static int32_t *room_of(struct domain_state *state, const struct rest *rest)
{
	return rest->slices ? &state->slices : &state->pods;
}

static int32_t *room_beside_leader_of(struct domain_state *state, const struct rest *rest)
{
	return rest->slices ? &state->slices_leader : &state->pods_leader;
}

/* Gives one domain its share while the leader has none yet. True when nothing is left. */
static bool give_with_leader(struct domain_state *state, struct rest *rest)
{
	int32_t *have = room_beside_leader_of(state, rest);
	if (*have >= rest->count && state->leaders >= rest->leaders) {
		state->leaders = rest->leaders;
		*room_of(state, rest) = rest->count;
		state->pods = rest->count * rest->size;
		return true;
	}
	*have = MIN(*have, rest->count);
	state->leaders = MIN(state->leaders, rest->leaders);
	int32_t given = *have;
	*room_of(state, rest) = given;
	state->pods = given * rest->size;
	rest->leaders -= state->leaders;
	rest->count -= given;
	return false;
}

static bool give(struct domain_state *state, struct rest *rest)
{
	int32_t given = *room_of(state, rest);
	state->leaders = 0;
	if (given >= rest->count) {
		*room_of(state, rest) = rest->count;
		state->pods = rest->count * rest->size;
		return true;
	}
	state->pods = given * rest->size;
	rest->count -= given;
	return false;
}

/* TAS-15: gives out pods over a sorted list and appends those who get some to finder->trimmed. When the list cannot hold
 * them, which the counts exclude, nothing is appended. */
static void trim(struct topology_finder *finder, const struct topology_search *search, uint32_t *ids, uint32_t n_ids,
                 int32_t count, int32_t leaders, int32_t size, bool slices)
{
	struct domain_order order = {finder->work, search->least_free, search->respect_affinity};
	struct rest rest = {slices ? count / size : count, leaders, slices ? size : 1, slices};
	uint32_t before = finder->trimmed.count;
	leader_first(&order, ids, n_ids, rest.count, leaders, slices);
	for (uint32_t i = 0; i < n_ids; i++) {
		struct domain_state *state = &finder->work[ids[i]];
		uint32_t at = i;
		bool with_leader = rest.leaders > 0;
		int32_t have = with_leader ? *room_beside_leader_of(state, &rest) : *room_of(state, &rest);
		if (!search->least_free && have >= rest.count && (!with_leader || state->leaders >= rest.leaders))
			at = i + pick(&order, ids + i, n_ids - i, rest.count, rest.leaders, slices);
		*VEC_PUSH(&finder->trimmed) = ids[at];
		state = &finder->work[ids[at]];
		if (with_leader ? give_with_leader(state, &rest) : give(state, &rest))
			return;
	}
	finder->trimmed.count = before;
}

static void load(struct topology_finder *finder, const struct domain_state *states, uint32_t domain)
{
	if (states != finder->work)
		finder->work[domain] = states[domain];
}

static void list_children(struct topology_finder *finder, const struct topology_search *search,
                          const struct domain_state *states, uint32_t domain)
{
	const struct topology_tree *tree = search->tree;
	for (uint32_t child = tree->first_child[domain]; child < tree->first_child[domain + 1]; child++) {
		load(finder, states, child);
		*VEC_PUSH(&finder->children) = child;
	}
}

static void sort_children(struct topology_finder *finder, const struct topology_search *search)
{
	struct domain_order order = {finder->work, search->least_free, search->respect_affinity};
	sort_by_room(finder, &order, finder->children.items, finder->children.count);
}

static void take_trimmed(struct topology_finder *finder)
{
	struct id_list chosen = finder->chosen;
	finder->chosen = finder->trimmed;
	finder->trimmed = chosen;
	VEC_CLEAR(&finder->trimmed);
}

/* Above the level of slices the shares of parents are forgotten: all children of all chosen domains in one list. */
static void descend_pooled(struct topology_finder *finder, const struct topology_search *search,
                           const struct domain_state *states)
{
	VEC_CLEAR(&finder->children);
	for (uint32_t i = 0; i < finder->chosen.count; i++)
		list_children(finder, search, states, finder->chosen.items[i]);
	sort_children(finder, search);
	trim(finder, search, finder->children.items, finder->children.count, search->count, search->leaders, search->slice_size,
	     true);
	take_trimmed(finder);
}

/* From there on every parent gives out its own share, `chunk` pods at a time. */
static void descend_each(struct topology_finder *finder, const struct topology_search *search,
                         const struct domain_state *states, int32_t chunk)
{
	for (uint32_t i = 0; i < finder->chosen.count; i++) {
		struct domain_state parent = finder->work[finder->chosen.items[i]];
		VEC_CLEAR(&finder->children);
		list_children(finder, search, states, finder->chosen.items[i]);
		sort_children(finder, search);
		for (uint32_t j = 0; chunk > 1 && j < finder->children.count; j++) {
			struct domain_state *state = &finder->work[finder->children.items[j]];
			state->slices = state->pods / chunk;
			state->slices_leader = state->pods_leader / chunk;
		}
		trim(finder, search, finder->children.items, finder->children.count, parent.pods, parent.leaders, chunk, chunk > 1);
	}
	take_trimmed(finder);
}

static void descend(struct topology_finder *finder, const struct topology_search *search, const struct domain_state *states,
                    uint32_t level, bool balanced)
{
	uint32_t last = search->tree->flavor.n_levels - 1;
	for (uint32_t i = 0; i < finder->chosen.count; i++)
		load(finder, states, finder->chosen.items[i]);
	VEC_CLEAR(&finder->trimmed);
	trim(finder, search, finder->chosen.items, finder->chosen.count, search->count, search->leaders, search->slice_size,
	     true);
	take_trimmed(finder);
	for (; level < MIN(last, search->slice_level) && !balanced; level++)
		descend_pooled(finder, search, states);
	for (; level < last; level++) {
		int32_t chunk = search->slice_size;
		if (level >= search->slice_level)
			chunk = search->size_at[level + 1] ? search->size_at[level + 1] : 1;
		descend_each(finder, search, states, chunk);
	}
}

/* TAS-16. */
static void write_placements(struct topology_finder *finder, const struct topology_search *search,
                             struct topology_placement *ret_workers, struct topology_placement *ret_leader)
{
	const struct topology_tree *tree = search->tree;
	uint32_t first_leaf = tree->level_start[tree->flavor.n_levels - 1], count = finder->chosen.count;
	sort_by_values(finder, &finder->chosen);
	VEC_CLEAR(ret_workers);
	if (search->leader)
		VEC_CLEAR(ret_leader);
	for (uint32_t i = 0; i < count; i++) {
		const struct domain_state *state = &finder->work[finder->chosen.items[i]];
		uint32_t place = tree->place[finder->chosen.items[i] - first_leaf];
		if (state->pods > 0)
			*VEC_PUSH(ret_workers) = (struct topology_share){place, state->pods};
		if (search->leader && state->leaders > 0)
			*VEC_PUSH(ret_leader) = (struct topology_share){place, state->leaders};
	}
}

bool topology_search(struct topology_finder *finder, const struct topology_search *search,
                     struct topology_placement *ret_workers, struct topology_placement *ret_leader,
                     struct topology_failure *ret_failure)
{
	const struct domain_state *states = topology_count(finder, search);
	uint32_t level;
	bool balanced = gate_on(finder->topologies->world.gates, GATE_TASBalancedPlacement) && !search->required &&
	                !search->unconstrained && topology_balance(finder, search, states, &level);
	if (!balanced && !find_domains(finder, search, states, &level, ret_failure)) {
		finder->failed = *search;
		return false;
	}
	descend(finder, search, balanced ? finder->work : states, level, balanced);
	write_placements(finder, search, ret_workers, ret_leader);
	return true;
}
