/* topology_balance.c - placement in even shares (TAS-20, gate TASBalancedPlacement): among the children of one domain, the
 * set that maximises the least number of slices per domain.
 *
 * It tries domains with small shares left out, and so works on copies of the states, in finder->work. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../sort.h"
#include "topology_inside.h"

struct balance {
	struct topology_finder *finder;
	const struct topology_search *search;
	const struct domain_state *states; /* as counted */
	struct domain_state *work;
	int32_t need; /* slices */
};

/* ---- how few domains would do, taking the roomiest first ---- */

struct greedy {
	bool fits;
	int32_t n_domains;
	uint32_t last_with_leader, last; /* domains taken last; NONE */
};

static struct greedy take_greedily(const struct balance *balance, const uint32_t *ids, uint32_t count)
{
	struct topology_finder *finder = balance->finder;
	struct domain_order order = {balance->work, false, balance->search->respect_affinity};
	struct greedy greedy = {.last_with_leader = NONE, .last = NONE};
	int32_t left = balance->need, leaders = balance->search->leaders;
	uint32_t i = 0, *sorted;
	VEC_RESERVE(&finder->sorted, count + 1);
	sorted = finder->sorted.items;
	memcpy(sorted, ids, count * sizeof *ids);
	if (leaders > 0)
		sort_by_room_beside_leader(finder, &order, sorted, count);
	for (; leaders > 0 && i < count && balance->work[sorted[i]].leaders > 0; i++) {
		greedy.n_domains++;
		greedy.last_with_leader = sorted[i];
		leaders -= balance->work[sorted[i]].leaders;
		left -= balance->work[sorted[i]].slices_leader;
	}
	if (leaders > 0)
		return greedy;
	sort_by_room(finder, &order, sorted + i, count - i);
	for (; left > 0 && i < count && balance->work[sorted[i]].slices > 0; i++) {
		greedy.n_domains++;
		greedy.last = sorted[i];
		left -= balance->work[sorted[i]].slices;
	}
	greedy.fits = left <= 0 && greedy.n_domains > 0;
	return greedy;
}

static int32_t threshold_of(const struct balance *balance, const struct greedy *greedy)
{
	int32_t threshold = balance->need / greedy->n_domains;
	if (greedy->last_with_leader != NONE)
		threshold = MIN(threshold, balance->work[greedy->last_with_leader].slices_leader);
	if (greedy->last != NONE)
		threshold = MIN(threshold, balance->work[greedy->last].slices);
	return threshold;
}

/* ---- copies, and leaving out what is below a threshold ---- */

/* Copies the states of these siblings and of all below them. */
static void copy_states(const struct balance *balance, uint32_t begin, uint32_t end)
{
	const struct topology_tree *tree = balance->search->tree;
	while (begin < end) {
		memcpy(&balance->work[begin], &balance->states[begin], (end - begin) * sizeof *balance->work);
		begin = tree->first_child[begin];
		end = tree->first_child[end];
	}
}

static void clear_below(const struct balance *balance, uint32_t begin, uint32_t end, bool leader_only)
{
	const struct topology_tree *tree = balance->search->tree;
	for (; begin < end; begin = tree->first_child[begin], end = tree->first_child[end]) {
		for (uint32_t domain = begin; domain < end; domain++) {
			struct domain_state *state = &balance->work[domain];
			if (leader_only)
				state->pods_leader = state->slices_leader = state->leaders = 0;
			else
				*state = (struct domain_state){.affinity = state->affinity};
		}
	}
}

static void prune(const struct balance *balance, uint32_t domain, int32_t threshold)
{
	const struct domain_state *state = &balance->work[domain];
	if (state->slices < threshold)
		clear_below(balance, domain, domain + 1, false);
	else if (balance->search->leaders > 0 && state->leaders > 0 && state->slices_leader < threshold)
		clear_below(balance, domain, domain + 1, true);
}

/* Counts a domain and all below it again, but for leaves. Inner layers of slices are not heeded here. */
static void count_again(const struct balance *balance, uint32_t domain, uint32_t level)
{
	const struct topology_search *search = balance->search;
	const struct topology_tree *tree = search->tree;
	struct domain_state *state = &balance->work[domain];
	if (tree->first_child[domain] == tree->first_child[domain + 1]) {
		if (level == search->slice_level) {
			state->slices = state->pods / search->slice_size;
			state->slices_leader = state->pods_leader / search->slice_size;
		}
		return;
	}
	for (uint32_t child = tree->first_child[domain]; child < tree->first_child[domain + 1]; child++)
		count_again(balance, child, level + 1);
	topology_roll_up(search, balance->work, domain, level, false);
}

static void prune_all(const struct balance *balance, uint32_t begin, uint32_t end, int32_t threshold)
{
	const struct topology_tree *tree = balance->search->tree;
	for (uint32_t child = tree->first_child[begin]; child < tree->first_child[end]; child++)
		prune(balance, child, threshold);
	for (uint32_t domain = begin; domain < end; domain++) {
		count_again(balance, domain, balance->search->requested_level);
		prune(balance, domain, threshold);
	}
}

/* ---- which siblings ---- */

struct siblings {
	uint32_t begin, end;
	int32_t threshold, n_domains;
};

static struct greedy take_range(const struct balance *balance, uint32_t begin, uint32_t end)
{
	struct id_list *ids = &balance->finder->children;
	VEC_CLEAR(ids);
	for (uint32_t domain = begin; domain < end; domain++)
		*VEC_PUSH(ids) = domain;
	return take_greedily(balance, ids->items, ids->count);
}

/* Are these siblings better than the best so far? Leaves their states pruned. */
static void try_siblings(const struct balance *balance, uint32_t begin, uint32_t end, struct siblings *best)
{
	const struct topology_search *search = balance->search;
	const struct topology_tree *tree = search->tree;
	bool below = search->requested_level < search->slice_level;
	copy_states(balance, begin, end);
	struct greedy greedy =
	    below ? take_range(balance, tree->first_child[begin], tree->first_child[end]) : take_range(balance, begin, end);
	if (!greedy.fits)
		return;
	int32_t threshold = threshold_of(balance, &greedy), with_leader = threshold;
	if (search->leaders > 0 && greedy.last != NONE)
		with_leader = MIN(threshold, balance->work[greedy.last].slices_leader);
	if (threshold < best->threshold)
		return;
	prune_all(balance, begin, end, threshold);
	greedy = take_range(balance, begin, end);
	if (!greedy.fits && with_leader < threshold) { /* a lower threshold keeps room for the leader */
		if (with_leader <= 0 || with_leader < best->threshold)
			return;
		threshold = with_leader;
		copy_states(balance, begin, end);
		prune_all(balance, begin, end, threshold);
		greedy = take_range(balance, begin, end);
	}
	if (greedy.fits && (threshold > best->threshold || (threshold == best->threshold && greedy.n_domains < best->n_domains)))
		*best = (struct siblings){begin, end, threshold, greedy.n_domains};
}

static struct siblings find_siblings(const struct balance *balance)
{
	const struct topology_search *search = balance->search;
	const struct topology_tree *tree = search->tree;
	struct siblings best = {0};
	if (search->requested_level == 0) {
		try_siblings(balance, 0, tree->level_start[1], &best);
		return best;
	}
	for (uint32_t parent = tree->level_start[search->requested_level - 1];
	     parent < tree->level_start[search->requested_level]; parent++)
		try_siblings(balance, tree->first_child[parent], tree->first_child[parent + 1], &best);
	return best;
}

/* ---- which of them: the fewest, with the least room in all ---- */

static double entropy(const struct balance *balance, uint32_t domain)
{
	const struct topology_tree *tree = balance->search->tree;
	int64_t total = 0;
	double sum = 0;
	for (uint32_t child = tree->first_child[domain]; child < tree->first_child[domain + 1]; child++)
		total += balance->work[child].pods;
	for (uint32_t child = tree->first_child[domain]; total > 0 && child < tree->first_child[domain + 1]; child++) {
		double part = (double)balance->work[child].pods / (double)total;
		if (part > 0)
			sum += -part * log2(part);
	}
	return sum;
}

static bool by_capacity_and_entropy(const void *context, uint32_t a, uint32_t b)
{
	const struct balance *balance = context;
	const struct domain_state *x = &balance->work[a], *y = &balance->work[b];
	if (x->leaders != y->leaders)
		return x->leaders > y->leaders;
	if (x->slices_leader != y->slices_leader)
		return x->slices_leader > y->slices_leader;
	double entropy_a = entropy(balance, a), entropy_b = entropy(balance, b);
	return entropy_a != entropy_b ? entropy_a > entropy_b : a < b;
}

/* One way to have `leaders` and `pods` left over after some domains; ways are chained backwards. */
struct way {
	int32_t leaders, pods;
	uint32_t domain, before; /* into `ways` */
};
struct ways {
	VEC_FIELDS(struct way);
};
/* Ways that use the same number of domains, by ascending (leaders, pods). */
struct stage {
	VEC_FIELDS(uint32_t);
};

/* The first way found to a remainder stays. */
static void add_way(struct ways *ways, struct stage *stage, struct way way)
{
	uint32_t low = 0, high = stage->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct way *known = &ways->items[stage->items[middle]];
		if (known->leaders == way.leaders && known->pods == way.pods)
			return;
		if (known->leaders < way.leaders || (known->leaders == way.leaders && known->pods < way.pods))
			low = middle + 1;
		else
			high = middle;
	}
	(void)VEC_PUSH(stage);
	memmove(&stage->items[low + 1], &stage->items[low], (stage->count - 1 - low) * sizeof *stage->items);
	stage->items[low] = ways->count;
	*VEC_PUSH(ways) = way;
}

static void extend(const struct balance *balance, struct ways *ways, const struct stage *from, struct stage *to,
                   uint32_t domain)
{
	const struct domain_state *state = &balance->work[domain];
	for (uint32_t i = 0; i < from->count; i++) {
		uint32_t at = from->items[i];
		struct way way = ways->items[at];
		if (way.leaders <= 0 && way.pods <= 0)
			continue;
		if (way.leaders > 0 && state->leaders > 0)
			add_way(ways, to, (struct way){way.leaders - state->leaders, way.pods - state->pods_leader, domain, at});
		if (state->slices > 0)
			add_way(ways, to, (struct way){way.leaders, way.pods - state->pods, domain, at});
	}
}

/* Writes the domains of the best way into `ids`, in the order they were taken. Returns their number, 0 when none leads
 * anywhere. */
static uint32_t best_way(const struct ways *ways, const struct stage *stage, uint32_t n_domains, uint32_t *ids)
{
	uint32_t best = NONE;
	for (uint32_t i = 0; i < stage->count; i++) {
		const struct way *way = &ways->items[stage->items[i]];
		if (way->leaders == 0 && way->pods <= 0)
			best = stage->items[i];
	}
	if (best == NONE)
		return 0;
	for (uint32_t i = n_domains; i-- > 0; best = ways->items[best].before)
		ids[i] = ways->items[best].domain;
	return n_domains;
}

/* Reduces the list to the best set; false when there is none. */
static bool select_set(const struct balance *balance, struct id_list *ids, bool by_entropy)
{
	struct greedy greedy = take_greedily(balance, ids->items, ids->count);
	struct ways ways = {0};
	if (!greedy.fits)
		return false;
	uint32_t n_stages = (uint32_t)greedy.n_domains + 1;
	struct stage *stages = xcalloc(n_stages, sizeof *stages);
	if (by_entropy) {
		VEC_RESERVE(&balance->finder->sorting, ids->count);
		sort_ids(ids->items, balance->finder->sorting.items, ids->count, by_capacity_and_entropy, balance);
	}
	struct way start = {balance->search->leaders, balance->need * balance->search->slice_size, NONE, NONE};
	add_way(&ways, &stages[0], start);
	for (uint32_t i = 0; i < ids->count; i++)
		for (uint32_t stage = n_stages - 1; stage > 0; stage--)
			extend(balance, &ways, &stages[stage - 1], &stages[stage], ids->items[i]);
	ids->count = best_way(&ways, &stages[n_stages - 1], n_stages - 1, ids->items);
	for (uint32_t i = 0; i < n_stages; i++)
		VEC_FREE(&stages[i]);
	free(stages);
	VEC_FREE(&ways);
	return ids->count > 0;
}

/* ---- shares: the threshold for each, what remains in order of room ---- */

static bool give_shares(const struct balance *balance, struct id_list *ids, int32_t threshold)
{
	struct domain_order order = {balance->work, false, balance->search->respect_affinity};
	int32_t extra = balance->need - (int32_t)ids->count * threshold, leaders = balance->search->leaders;
	int32_t size = balance->search->slice_size;
	if (extra < 0)
		return false;
	sort_by_room_beside_leader(balance->finder, &order, ids->items, ids->count);
	for (uint32_t i = 0; i < ids->count; i++) {
		struct domain_state *state = &balance->work[ids->items[i]];
		int32_t take = 0;
		if (leaders > 0)
			take = MIN(state->slices_leader - threshold, extra);
		else if (extra > 0)
			take = MIN(state->slices - threshold, extra);
		state->leaders = leaders > 0;
		leaders -= leaders > 0;
		state->slices = state->slices_leader = threshold + take;
		state->pods = (threshold + take) * size;
		state->pods_leader = state->pods - state->leaders;
		extra -= take;
	}
	return extra <= 0 && leaders <= 0;
}

bool topology_balance(struct topology_finder *finder, const struct topology_search *search,
                      const struct domain_state *states, uint32_t *ret_level)
{
	struct balance balance = {finder, search, states, finder->work, search->count / search->slice_size};
	const struct topology_tree *tree = search->tree;
	struct siblings best = find_siblings(&balance);
	struct id_list *ids = &finder->balanced;
	if (best.threshold <= 0)
		return false;
	VEC_CLEAR(ids);
	for (uint32_t domain = best.begin; domain < best.end; domain++)
		*VEC_PUSH(ids) = domain;
	*ret_level = search->requested_level;
	if (search->requested_level < search->slice_level) {
		if (!select_set(&balance, ids, true))
			return false;
		VEC_CLEAR(&finder->touched);
		for (uint32_t i = 0; i < ids->count; i++)
			for (uint32_t child = tree->first_child[ids->items[i]]; child < tree->first_child[ids->items[i] + 1]; child++)
				*VEC_PUSH(&finder->touched) = child;
		VEC_CLEAR(ids);
		for (uint32_t i = 0; i < finder->touched.count; i++)
			*VEC_PUSH(ids) = finder->touched.items[i];
		++*ret_level;
	}
	sort_by_values(finder, ids);
	if (!select_set(&balance, ids, false) || !give_shares(&balance, ids, best.threshold))
		return false;
	VEC_CLEAR(&finder->chosen);
	for (uint32_t i = 0; i < ids->count; i++)
		*VEC_PUSH(&finder->chosen) = ids->items[i];
	return true;
}
