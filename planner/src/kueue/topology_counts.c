/* topology_counts.c - how many pods of a request fit into each domain (TAS-7 to TAS-9).
 *
 * A view is the answer for one kind of request: the same resources, filters and slices in the same tree. Searches for alike
 * pods come again and again while little changes between them, so a view is kept, and mended where places have changed:
 * their leaves are counted again, and what is above them is rolled up again. Views that nobody asked for longest make room.
 */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "topology_inside.h"

enum { MOST_VIEWS = 64 };

/* ---- requests ---- */

static void add_demand(struct demand *demand, uint32_t column, name_id resource, int64_t amount)
{
	for (uint32_t i = 0; i < demand->count; i++)
		if (demand->items[i].resource == resource) {
			demand->items[i].amount = sat_add(demand->items[i].amount, amount);
			return;
		}
	*VEC_PUSH(demand) = (struct demand_item){column, resource, amount};
}

/* Every pod takes one `pods` besides what it asks for. */
void demand_read(const struct topologies *topologies, const struct pod_set *pods, struct demand *ret_demand)
{
	VEC_CLEAR(ret_demand);
	for (uint32_t i = 0; i < pods->n_requests; i++)
		add_demand(ret_demand, topologies_column(topologies, pods->requests[i].resource), pods->requests[i].resource,
		           pods->requests[i].amount);
	add_demand(ret_demand, topologies->pods_column, topologies->columns.items[topologies->pods_column], 1);
}

/* ---- TAS-7: nodes ---- */

static bool selector_matches(const struct pod_set *pods, const struct kube_node *node)
{
	for (uint32_t i = 0; i < pods->n_node_selector; i++) {
		bool found = false;
		for (uint32_t j = 0; j < node->n_labels && !found; j++)
			found =
			    node->labels[j].key == pods->node_selector[i].key && node->labels[j].value == pods->node_selector[i].value;
		if (!found)
			return false;
	}
	return true;
}

/* A term without requirements matches nothing. */
static bool term_matches(const struct names *names, const struct selector_term *term, const struct kube_node *node)
{
	for (uint32_t i = 0; i < term->n_requirements; i++)
		if (!requirement_matches(names, &term->requirements[i], node->labels, node->n_labels))
			return false;
	return term->n_requirements > 0;
}

enum node_mismatch topology_match(const struct topologies *topologies, const struct topology_tree *tree, uint32_t leaf,
                                  const struct pod_set *pods, const struct taint **ret_taint)
{
	const struct names *names = topologies->world.names;
	const struct kube_node *node = &topologies->world.nodes[tree->node[leaf]];
	if (!tree->leaf_is_host)
		return NODE_MATCHES;
	for (uint32_t i = 0; i < node->n_taints; i++)
		if (!taints_tolerated(names, &node->taints[i], 1, pods->tolerations, pods->n_tolerations, tree->flavor.tolerations,
		                      tree->flavor.n_tolerations)) {
			*ret_taint = &node->taints[i];
			return NODE_TAINTED;
		}
	if (!selector_matches(pods, node))
		return NODE_SELECTOR;
	bool any = pods->n_affinity == 0;
	for (uint32_t i = 0; i < pods->n_affinity && !any; i++)
		any = term_matches(names, &pods->affinity[i], node);
	return any ? NODE_MATCHES : NODE_AFFINITY;
}

static int64_t affinity_score(const struct topologies *topologies, const struct topology_tree *tree, uint32_t leaf,
                              const struct pod_set *pods)
{
	const struct kube_node *node = &topologies->world.nodes[tree->node[leaf]];
	int64_t score = 0;
	for (uint32_t i = 0; tree->leaf_is_host && i < pods->n_preferences; i++)
		if (term_matches(topologies->world.names, &pods->preferences[i].term, node))
			score += pods->preferences[i].weight;
	return score;
}

/* ---- TAS-8: leaves ---- */

int64_t topology_remaining(const struct topology_finder *finder, const struct topology_tree *tree, uint32_t leaf,
                           uint32_t column, bool empty)
{
	const struct topology_usage *usage = finder->usage;
	if (column == NONE)
		return 0;
	int64_t left = tree->capacity[(size_t)leaf * usage->n_columns + column];
	if (tree->place[leaf] >= usage->n_places)
		return left;
	size_t at = (size_t)tree->place[leaf] * usage->n_columns + column;
	if (!empty)
		left = sat_sub(left, usage->words[at]);
	return sat_sub(left, usage->assumed[at]);
}

static int32_t times(int64_t left, int64_t amount)
{
	return amount == 0 ? INT32_MAX : (int32_t)MAX(INT64_C(0), MIN(left / amount, (int64_t)INT32_MAX));
}

static bool leader_fits(const struct topology_finder *finder, const struct topology_view *view, uint32_t leaf)
{
	for (uint32_t i = 0; i < view->leader.count; i++) {
		const struct demand_item *item = &view->leader.items[i];
		if (times(topology_remaining(finder, view->tree, leaf, item->column, view->empty), item->amount) == 0)
			return false;
	}
	return view->leader.count > 0;
}

static void count_leaf(const struct topology_finder *finder, const struct topology_search *search,
                       struct topology_view *view, uint32_t leaf)
{
	uint32_t last = view->tree->flavor.n_levels - 1;
	struct domain_state *state = &view->states[view->tree->level_start[last] + leaf];
	int32_t pods = INT32_MAX, beside_leader = INT32_MAX;
	if (!view->matches[leaf]) {
		*state = (struct domain_state){0};
		return;
	}
	bool leader = leader_fits(finder, view, leaf);
	for (uint32_t i = 0; i < view->workers.count; i++) {
		const struct demand_item *item = &view->workers.items[i];
		int64_t left = topology_remaining(finder, view->tree, leaf, item->column, view->empty);
		pods = MIN(pods, times(left, item->amount));
		if (leader)
			beside_leader = MIN(beside_leader, times(sat_sub(left, view->leader_share[i]), item->amount));
	}
	state->pods = pods;
	state->pods_leader = leader ? beside_leader : pods;
	state->leaders = leader;
	state->slices = search->slice_level == last ? state->pods / search->slice_size : 0;
	state->slices_leader = search->slice_level == last ? state->pods_leader / search->slice_size : 0;
}

/* ---- TAS-9: everything above ---- */

void topology_roll_up(const struct topology_search *search, struct domain_state *states, uint32_t domain, uint32_t level,
                      bool layers)
{
	const struct topology_tree *tree = search->tree;
	struct domain_state sum = {0};
	int32_t least_pods = INT32_MAX, least_slices = INT32_MAX, chunk = layers ? search->size_at[level + 1] : 0;
	bool eligible = false;
	for (uint32_t child = tree->first_child[domain]; child < tree->first_child[domain + 1]; child++) {
		const struct domain_state *state = &states[child];
		int32_t pods = chunk ? state->pods / chunk * chunk : state->pods;
		int32_t pods_leader = chunk ? state->pods_leader / chunk * chunk : state->pods_leader;
		sum.pods += pods;
		sum.slices += state->slices;
		sum.affinity += state->affinity;
		sum.leaders = MAX(sum.leaders, state->leaders);
		if (search->leaders > 0 && state->leaders == 0)
			continue;
		eligible = true;
		least_pods = MIN(least_pods, pods - pods_leader);
		least_slices = MIN(least_slices, state->slices - state->slices_leader);
	}
	if (eligible) {
		sum.pods_leader = sum.pods - least_pods;
		sum.slices_leader = sum.slices - least_slices;
	}
	if (level == search->slice_level) {
		sum.slices = sum.pods / search->slice_size;
		sum.slices_leader = sum.pods_leader / search->slice_size;
	}
	states[domain] = sum;
}

static void count_everything(struct topology_finder *finder, const struct topology_search *search,
                             struct topology_view *view)
{
	const struct topology_tree *tree = view->tree;
	for (uint32_t leaf = 0; leaf < tree->n_leaves; leaf++)
		count_leaf(finder, search, view, leaf);
	for (uint32_t level = tree->flavor.n_levels - 1; level-- > 0;)
		for (uint32_t domain = tree->level_start[level]; domain < tree->level_start[level + 1]; domain++)
			topology_roll_up(search, view->states, domain, level, true);
}

static void touch(struct topology_finder *finder, uint32_t domain)
{
	if (domain == NONE || finder->stamps[domain] == finder->stamp)
		return;
	finder->stamps[domain] = finder->stamp;
	*VEC_PUSH(&finder->touched) = domain;
}

/* Counts the leaves of changed places again, and level by level what is above them. */
static void mend(struct topology_finder *finder, const struct topology_search *search, struct topology_view *view)
{
	const struct topology_tree *tree = view->tree;
	const struct topology_usage *usage = finder->usage;
	uint32_t level = tree->flavor.n_levels - 1, from = (uint32_t)(view->seen - usage->first_change), begin, end;
	finder->stamp++;
	VEC_CLEAR(&finder->touched);
	for (uint32_t i = from; i < usage->changes.count; i++) {
		uint32_t leaf = topology_leaf(tree, usage->changes.items[i]);
		if (leaf != NONE)
			touch(finder, tree->level_start[level] + leaf);
	}
	for (begin = 0; begin < finder->touched.count; begin = end, level--) {
		end = finder->touched.count;
		for (uint32_t i = begin; i < end; i++) {
			uint32_t domain = finder->touched.items[i];
			if (level == tree->flavor.n_levels - 1)
				count_leaf(finder, search, view, domain - tree->level_start[level]);
			else
				topology_roll_up(search, view->states, domain, level, true);
			touch(finder, tree->parent[domain]);
		}
	}
}

/* ---- views ---- */

#define ADD_KEY(finder, value) (*VEC_PUSH(&(finder)->key) = (int64_t)(value))

static void key_term(struct topology_finder *finder, const struct selector_term *term)
{
	ADD_KEY(finder, term->n_requirements);
	for (uint32_t i = 0; i < term->n_requirements; i++) {
		const struct selector_requirement *requirement = &term->requirements[i];
		ADD_KEY(finder, requirement->key);
		ADD_KEY(finder, requirement->op);
		ADD_KEY(finder, requirement->n_values);
		for (uint32_t j = 0; j < requirement->n_values; j++)
			ADD_KEY(finder, requirement->values[j]);
	}
}

static void key_filters(struct topology_finder *finder, const struct topology_search *search)
{
	const struct pod_set *pods = search->workers;
	if (!search->tree->leaf_is_host)
		return;
	ADD_KEY(finder, pods->n_node_selector);
	for (uint32_t i = 0; i < pods->n_node_selector; i++)
		ADD_KEY(finder, (uint64_t)pods->node_selector[i].key << 32 | pods->node_selector[i].value);
	ADD_KEY(finder, pods->n_tolerations);
	for (uint32_t i = 0; i < pods->n_tolerations; i++) {
		ADD_KEY(finder, (uint64_t)pods->tolerations[i].key << 32 | pods->tolerations[i].value);
		ADD_KEY(finder, (uint64_t)pods->tolerations[i].effect << 1 | pods->tolerations[i].exists);
	}
	ADD_KEY(finder, pods->n_affinity);
	for (uint32_t i = 0; i < pods->n_affinity; i++)
		key_term(finder, &pods->affinity[i]);
	for (uint32_t i = 0; search->respect_affinity && i < pods->n_preferences; i++) {
		ADD_KEY(finder, pods->preferences[i].weight);
		key_term(finder, &pods->preferences[i].term);
	}
}

static void key_requests(struct topology_finder *finder, const struct pod_set *pods)
{
	ADD_KEY(finder, pods->n_requests);
	for (uint32_t i = 0; i < pods->n_requests; i++) {
		ADD_KEY(finder, pods->requests[i].resource);
		ADD_KEY(finder, pods->requests[i].amount);
	}
}

/* Two searches with one key find the same counts. */
static void write_key(struct topology_finder *finder, const struct topology_search *search)
{
	VEC_CLEAR(&finder->key);
	ADD_KEY(finder, search->tree - finder->topologies->trees);
	ADD_KEY(finder, search->empty);
	ADD_KEY(finder, (uint64_t)search->slice_level << 32 | (uint32_t)search->slice_size);
	for (uint32_t level = 0; search->layered && level < search->tree->flavor.n_levels; level++)
		ADD_KEY(finder, search->size_at[level]);
	key_requests(finder, search->workers);
	ADD_KEY(finder, search->leader != NULL);
	if (search->leader)
		key_requests(finder, search->leader);
	key_filters(finder, search);
}

static void free_view(struct topology_view *view)
{
	free(view->key);
	free(view->states);
	free(view->matches);
	free(view->leader_share);
	VEC_FREE(&view->workers);
	VEC_FREE(&view->leader);
	*view = (struct topology_view){0};
}

static void read_demands(struct topology_finder *finder, const struct topology_search *search, struct topology_view *view)
{
	demand_read(finder->topologies, search->workers, &view->workers);
	if (search->leader)
		demand_read(finder->topologies, search->leader, &view->leader);
	view->leader_share = xcalloc(view->workers.count, sizeof *view->leader_share);
	for (uint32_t i = 0; i < view->workers.count; i++)
		for (uint32_t j = 0; j < view->leader.count; j++)
			if (view->workers.items[i].column != NONE && view->leader.items[j].column == view->workers.items[i].column)
				view->leader_share[i] = view->leader.items[j].amount;
}

static void make_view(struct topology_finder *finder, const struct topology_search *search, uint64_t hash,
                      struct topology_view *view)
{
	const struct topology_tree *tree = search->tree;
	const struct taint *taint;
	uint32_t first_leaf = tree->level_start[tree->flavor.n_levels - 1];
	*view = (struct topology_view){.n_key = finder->key.count, .hash = hash, .tree = tree, .empty = search->empty};
	view->key = xrealloc_array(NULL, (size_t)view->n_key + 1, sizeof *view->key);
	memcpy(view->key, finder->key.items, view->n_key * sizeof *view->key);
	view->states = xcalloc((size_t)tree->n_domains + 1, sizeof *view->states);
	view->matches = xcalloc((size_t)tree->n_leaves + 1, sizeof *view->matches);
	read_demands(finder, search, view);
	for (uint32_t leaf = 0; leaf < tree->n_leaves; leaf++) {
		view->matches[leaf] = topology_match(finder->topologies, tree, leaf, search->workers, &taint) == NODE_MATCHES;
		if (view->matches[leaf] && search->respect_affinity)
			view->states[first_leaf + leaf].affinity = affinity_score(finder->topologies, tree, leaf, search->workers);
	}
	view->seen = UINT64_MAX; /* never counted */
}

/* The view of this key; a new one in place of the one unused for longest when there are enough. */
static struct topology_view *find_view(struct topology_finder *finder, const struct topology_search *search)
{
	uint64_t hash = 0;
	struct topology_view *oldest = NULL;
	write_key(finder, search);
	for (uint32_t i = 0; i < finder->key.count; i++)
		hash = digest_add(hash, (uint64_t)finder->key.items[i]);
	for (uint32_t i = 0; i < finder->views.count; i++) {
		struct topology_view *view = &finder->views.items[i];
		if (view->hash == hash && view->n_key == finder->key.count &&
		    memcmp(view->key, finder->key.items, view->n_key * sizeof *view->key) == 0)
			return view;
		if (!oldest || view->last_used < oldest->last_used)
			oldest = view;
	}
	if (finder->views.count < MOST_VIEWS)
		oldest = VEC_PUSH(&finder->views);
	else
		free_view(oldest);
	make_view(finder, search, hash, oldest);
	return oldest;
}

void topology_grow_work(struct topology_finder *finder, uint32_t n_domains)
{
	if (n_domains <= finder->n_work)
		return;
	finder->work = xrealloc_array(finder->work, n_domains, sizeof *finder->work);
	finder->confined = xrealloc_array(finder->confined, n_domains, sizeof *finder->confined);
	finder->stamps = xrealloc_array(finder->stamps, n_domains, sizeof *finder->stamps);
	memset(finder->stamps, 0, n_domains * sizeof *finder->stamps);
	finder->n_work = n_domains;
	finder->stamp = 0;
}

/* A search confined to one domain sees nothing elsewhere: its states are made in `work`, from scratch. */
static const struct domain_state *confine(struct topology_finder *finder, const struct topology_search *search,
                                          const struct domain_state *states)
{
	const struct topology_tree *tree = search->tree;
	uint32_t last = tree->flavor.n_levels - 1;
	memset(finder->confined, 0, tree->n_domains * sizeof *finder->confined);
	for (uint32_t leaf = tree->level_start[last]; leaf < tree->n_domains; leaf++) {
		if (search->confine != NONE && topology_ancestor(tree, leaf, last, search->confine_level) == search->confine)
			finder->confined[leaf] = states[leaf];
		else
			finder->confined[leaf].affinity = states[leaf].affinity;
	}
	for (uint32_t level = last; level-- > 0;)
		for (uint32_t domain = tree->level_start[level]; domain < tree->level_start[level + 1]; domain++)
			topology_roll_up(search, finder->confined, domain, level, true);
	return finder->confined;
}

const struct domain_state *topology_count(struct topology_finder *finder, const struct topology_search *search)
{
	uint64_t now = topology_usage_settle(finder->usage);
	struct topology_view *view = find_view(finder, search);
	topology_grow_work(finder, search->tree->n_domains);
	if (finder->literal || view->seen < finder->usage->first_change || view->seen > now)
		count_everything(finder, search, view);
	else if (view->seen < now)
		mend(finder, search, view);
	view->seen = now;
	view->last_used = ++finder->searches;
	return search->confined ? confine(finder, search, view->states) : view->states;
}

/* ---- the finder ---- */

struct topology_finder *topology_finder_create(const struct topologies *topologies, struct topology_usage *usage)
{
	struct topology_finder *finder = xcalloc(1, sizeof *finder);
	finder->topologies = topologies;
	finder->usage = usage;
	return finder;
}

void topology_finder_set_literal(struct topology_finder *finder, bool literal)
{
	finder->literal = literal;
}

void topology_finder_destroy(struct topology_finder *finder)
{
	if (!finder)
		return;
	for (uint32_t i = 0; i < finder->views.count; i++)
		free_view(&finder->views.items[i]);
	VEC_FREE(&finder->views);
	VEC_FREE(&finder->key);
	VEC_FREE(&finder->sorting);
	VEC_FREE(&finder->sorted);
	VEC_FREE(&finder->chosen);
	VEC_FREE(&finder->trimmed);
	VEC_FREE(&finder->children);
	VEC_FREE(&finder->touched);
	VEC_FREE(&finder->balanced);
	VEC_FREE(&finder->demand);
	VEC_FREE(&finder->merged);
	free(finder->work);
	free(finder->confined);
	free(finder->stamps);
	free(finder);
}
