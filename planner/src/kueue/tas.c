/* tas.c - topology-aware scheduling in a pass: who asks for places, and quota combined with nodes (TAS-3, TAS-4, SC-5, SC-9,
 * SC-10, SC-16). Where to go is topology_*.c's. */
#include <string.h>

#include "planner/kueue/cycle.h"
#include "topology_wishes.h"

enum { MOST_POD_SETS = TOPOLOGY_MOST_ASKS };

/* ---- TAS-3: who takes part ---- */

static bool is_explicit(const struct pod_set *pods)
{
	const struct topology_request *request = pods->topology;
	return request && (request->required || request->preferred || request->unconstrained || request->n_slices > 0);
}

/* Every flavor of the queue has a topology. */
static bool only_topologies(const struct books *books, uint32_t cluster_queue)
{
	const struct cluster_queue *queue = &books->config->cluster_queues[cluster_queue];
	for (uint32_t g = 0; g < queue->n_groups; g++)
		for (uint32_t f = 0; f < queue->groups[g].n_flavors; f++)
			if (!topologies_tree(books->topologies, queue->groups[g].flavors[f]))
				return false;
	return queue->n_groups > 0;
}

enum topology_wish kueue_topology_wish(const struct books *books, uint32_t cluster_queue, const struct pod_set *pods)
{
	if (!gate_on(books->config->gates, GATE_TopologyAwareScheduling))
		return WISH_NONE;
	if (is_explicit(pods))
		return WISH_EXPLICIT;
	return books->topologies && only_topologies(books, cluster_queue) ? WISH_IMPLIED : WISH_NONE;
}

static bool covers_own_resource(const struct books *books, const struct resource_group *group, const struct pod_set *pods)
{
	for (uint32_t i = 0; i < pods->n_requests; i++)
		for (uint32_t r = 0; r < group->n_resources; r++)
			if (books->config->resources[group->resources[r]] == pods->requests[i].resource)
				return true;
	return false;
}

bool kueue_topology_accepts(const struct books *books, uint32_t cluster_queue, const struct pod_set *pods,
                            const struct resource_group *group, uint32_t flavor)
{
	const struct topology_tree *tree = books->topologies ? topologies_tree(books->topologies, flavor) : NULL;
	switch (kueue_topology_wish(books, cluster_queue, pods)) {
	case WISH_NONE:
		return !tree;
	case WISH_IMPLIED:
		return true;
	case WISH_EXPLICIT:
		break;
	}
	if (!tree)
		return !covers_own_resource(books, group, pods);
	return topology_has_levels(tree, pods->topology);
}

bool kueue_shape_wants_topology(const struct books *books, uint32_t cluster_queue, const struct shape *shape)
{
	for (uint32_t p = 0; p < shape->n_pod_sets; p++)
		if (kueue_topology_wish(books, cluster_queue, &shape->pod_sets[p].spec) != WISH_NONE)
			return true;
	return false;
}

/* ---- what is to be placed ---- */

/* Pod sets that need a place, by flavor and then in their order. */
struct wishes {
	uint32_t count;
	struct {
		uint32_t pod_set, flavor;
		bool implied;
	} items[MOST_POD_SETS];
	bool impossible;           /* some pod set has no flavor with a topology, or several: */
	uint64_t without, several; /* bits of such pod sets */
	bool failed;
	uint32_t failed_pod_set, failed_flavor;
};

static const struct pod_set *spec_of(const struct books *books, uint32_t slot, uint32_t pod_set)
{
	return &books_shape_at(books, books->workloads.items[slot].full_shape)->pod_sets[pod_set].spec;
}

/* Placement waits: a worker cluster makes it, or nodes that are yet to be provisioned. */
static bool is_delayed(const struct books *books, uint32_t slot, uint32_t cluster_queue, uint32_t flavor)
{
	const struct cluster_queue *queue = &books->config->cluster_queues[cluster_queue];
	for (uint32_t i = 0; i < queue->n_checks; i++) {
		const struct queue_check *check = &queue->checks[i];
		if (check->controller == CHECK_MULTIKUEUE)
			return true;
		if (check->controller != CHECK_PROVISIONING || books->workloads.items[slot].admission)
			continue;
		bool asked = check->n_flavors == 0;
		for (uint32_t f = 0; f < check->n_flavors; f++)
			asked |= check->flavors[f] == books->config->flavors[flavor].name;
		if (asked)
			return true;
	}
	return false;
}

static bool uses_node(const struct books *books, const struct topology_share *shares, uint32_t count, name_id node)
{
	for (uint32_t i = 0; node != NO_NAME && i < count; i++) {
		struct topology_place place = topologies_place_at(books->topologies, shares[i].place);
		if (place.values[place.n_values - 1] == node)
			return true;
	}
	return false;
}

/* A pod set that is placed and stays where it is. */
static bool is_settled(const struct books *books, uint32_t slot, const struct nomination *nomination, uint32_t pod_set)
{
	const struct topology_placement *placement = &nomination->placements[pod_set];
	return (nomination->topology[pod_set] & TOPOLOGY_ASSIGNED) &&
	       !uses_node(books, placement->items, placement->count, books->workloads.items[slot].unhealthy_node);
}

static void add_wish(struct wishes *wishes, uint32_t pod_set, uint32_t flavor, bool implied)
{
	uint32_t at = wishes->count++;
	for (; at > 0 && wishes->items[at - 1].flavor > flavor; at--)
		wishes->items[at] = wishes->items[at - 1];
	wishes->items[at].pod_set = pod_set;
	wishes->items[at].flavor = flavor;
	wishes->items[at].implied = implied;
}

/* `ret_delayed` (or NULL): per pod set, its placement is delayed. */
static void find_wishes(const struct books *books, uint32_t slot, const struct nomination *nomination, struct wishes *wishes,
                        uint8_t *ret_delayed)
{
	uint32_t cluster_queue = books->workloads.items[slot].cluster_queue;
	wishes->count = 0;
	wishes->without = wishes->several = 0;
	wishes->impossible = wishes->failed = false;
	for (uint32_t p = 0; p < nomination->n_pod_sets && p < MOST_POD_SETS; p++) {
		enum topology_wish wish = kueue_topology_wish(books, cluster_queue, spec_of(books, slot, p));
		if (wish == WISH_NONE || nomination->counts[p] == 0 || is_settled(books, slot, nomination, p))
			continue;
		bool several;
		uint32_t flavor = books_topology_flavor(books, &nomination->flavors[(size_t)p * nomination->n_resources],
		                                        nomination->n_resources, &several);
		wishes->without |= (uint64_t)(flavor == NONE && !several) << p;
		wishes->several |= (uint64_t)several << p;
		if (flavor == NONE || several)
			wishes->impossible = true;
		else if (!is_delayed(books, slot, cluster_queue, flavor))
			add_wish(wishes, p, flavor, wish == WISH_IMPLIED);
		else if (ret_delayed)
			ret_delayed[p] = TOPOLOGY_DELAYED;
	}
}

/* ---- placing ---- */

static void set_ask(const struct books *books, uint32_t slot, const struct nomination *nomination,
                    const struct wishes *wishes, uint32_t at)
{
	uint32_t p = wishes->items[at].pod_set;
	struct topology_ask *ask = &books->asks[at];
	ask->spec = spec_of(books, slot, p);
	ask->count = nomination->counts[p];
	ask->implied = wishes->items[at].implied;
	ask->has_previous = nomination->topology[p] & TOPOLOGY_ASSIGNED;
	ask->previous = nomination->placements[p].items;
	ask->n_previous = nomination->placements[p].count;
}

/* Places all wishes flavor by flavor; what was found is in books->asks. Only the first failure is kept, in order of pod sets
 * within a flavor (N6). */
static void place_wishes(const struct books *books, uint32_t slot, const struct nomination *nomination,
                         struct wishes *wishes, bool empty)
{
	const struct workload_row *row = &books->workloads.items[slot];
	uint32_t begin = 0, end;
	wishes->failed = false;
	for (uint32_t i = 0; i < wishes->count; i++)
		set_ask(books, slot, nomination, wishes, i);
	for (; begin < wishes->count; begin = end) {
		for (end = begin; end < wishes->count && wishes->items[end].flavor == wishes->items[begin].flavor;)
			end++;
		struct topology_asks asks = {
		    .flavor = wishes->items[begin].flavor,
		    .items = &books->asks[begin],
		    .count = end - begin,
		    .empty = empty,
		    .unhealthy = row->unhealthy_node,
		    .stays = row->owned_by_pod,
		};
		struct topology_failure failure;
		uint32_t at;
		if (topology_place(books->finder, &asks, &at, &failure) || wishes->failed)
			continue;
		wishes->failed = true;
		wishes->failed_pod_set = wishes->items[begin + at].pod_set;
		wishes->failed_flavor = asks.flavor;
	}
	topology_finder_done(books->finder);
}

/* Takes over what was found. A pod set that found no place has none. */
static void keep_places(const struct books *books, struct nomination *nomination, const struct wishes *wishes)
{
	for (uint32_t i = 0; i < wishes->count; i++) {
		uint32_t p = wishes->items[i].pod_set;
		struct topology_ask *ask = &books->asks[i];
		VEC_CLEAR(&nomination->placements[p]);
		nomination->topology[p] &= (uint8_t)~TOPOLOGY_ASSIGNED;
		if (!ask->placed)
			continue;
		for (uint32_t s = 0; s < ask->placement.count; s++)
			*VEC_PUSH(&nomination->placements[p]) = ask->placement.items[s];
		bool delayed = nomination->topology[p] & (TOPOLOGY_DELAYED | TOPOLOGY_DELAY_OVER);
		nomination->topology[p] = TOPOLOGY_ASSIGNED | (delayed ? TOPOLOGY_DELAY_OVER : 0);
	}
}

/* ---- TAS-4 ---- */

static void set_mode(struct nomination *nomination, uint32_t pod_set, enum assignment_mode mode)
{
	for (uint32_t resource = 0; resource < nomination->n_resources; resource++) {
		size_t cell = (size_t)pod_set * nomination->n_resources + resource;
		if (nomination->flavors[cell] != NONE)
			nomination->modes[cell] = (uint8_t)mode;
	}
}

/* FA-13: the flavor would do, but for its nodes. */
static void note_no_place(const struct wishes *wishes, struct attempts *attempts)
{
	bool known = false;
	for (uint32_t i = 0; i < attempts->count; i++) {
		struct attempt *attempt = &attempts->items[i];
		if (attempt->pod_set != wishes->failed_pod_set || attempt->flavor != wishes->failed_flavor)
			continue;
		attempt->mode = FLAVOR_NO_FIT;
		attempt->fact = FACT_NO_PLACE;
		known = true;
	}
	if (!known)
		*VEC_PUSH(attempts) = (struct attempt){.pod_set = wishes->failed_pod_set,
		                                       .flavor = wishes->failed_flavor,
		                                       .resource = NONE,
		                                       .mode = FLAVOR_NO_FIT,
		                                       .fact = FACT_NO_PLACE};
}

static void note_impossible(const struct wishes *wishes, struct attempts *attempts)
{
	for (uint32_t p = 0; p < MOST_POD_SETS; p++)
		if ((wishes->without | wishes->several) >> p & 1)
			*VEC_PUSH(attempts) = (struct attempt){
			    .pod_set = p,
			    .flavor = NONE,
			    .resource = NONE,
			    .mode = FLAVOR_NO_FIT,
			    .fact = wishes->several >> p & 1 ? FACT_SEVERAL_TOPOLOGIES : FACT_NO_TOPOLOGY_FLAVOR,
			};
}

static void give_up(const struct books *books, uint32_t slot, const struct wishes *wishes, struct nomination *nomination,
                    struct attempts *attempts)
{
	nomination->mode = MODE_NO_FIT;
	if (!attempts)
		return;
	if (wishes->failed)
		note_no_place(wishes, attempts);
	note_impossible(wishes, attempts);
	nomination->bound = attempts_bound(books->config, books->workloads.items[slot].cluster_queue, attempts);
}

void kueue_place(struct books *books, uint32_t slot, struct nomination *nomination, struct attempts *attempts)
{
	struct wishes wishes;
	if (!books->topologies || nomination->mode == MODE_NO_FIT)
		return;
	find_wishes(books, slot, nomination, &wishes, nomination->topology);
	nomination->uses_topology = wishes.count > 0;
	if (wishes.impossible)
		give_up(books, slot, &wishes, nomination, attempts);
	if (wishes.count == 0 || nomination->mode == MODE_NO_FIT)
		return;
	if (nomination->mode == MODE_FIT) {
		place_wishes(books, slot, nomination, &wishes, false);
		if (!wishes.failed) {
			keep_places(books, nomination, &wishes);
			return;
		}
		set_mode(nomination, wishes.failed_pod_set, MODE_PREEMPT);
		nomination->mode = MODE_PREEMPT;
	}
	if (books_row(books, slot)->unhealthy_node != NO_NAME)
		return;
	place_wishes(books, slot, nomination, &wishes, true);
	if (wishes.failed) {
		give_up(books, slot, &wishes, nomination, attempts);
		return;
	}
	for (uint32_t i = 0; i < wishes.count; i++)
		set_mode(nomination, wishes.items[i].pod_set, MODE_PREEMPT);
}

void kueue_place_after_targets(struct books *books, uint32_t slot, struct nomination *nomination)
{
	struct wishes wishes;
	if (!books->topologies || nomination->mode != MODE_PREEMPT || books_row(books, slot)->unhealthy_node != NO_NAME)
		return;
	find_wishes(books, slot, nomination, &wishes, nomination->topology);
	if (wishes.count == 0)
		return;
	uint32_t mark = undo_mark(&books->undo);
	for (uint32_t i = 0; i < nomination->targets.count; i++)
		books_usage_remove(books, nomination->targets.items[i].slot);
	place_wishes(books, slot, nomination, &wishes, nomination->targets.count == 0);
	undo_rollback(&books->undo, mark);
	keep_places(books, nomination, &wishes);
}

bool kueue_finds_places(struct books *books, uint32_t slot, const struct nomination *nomination)
{
	struct wishes wishes;
	find_wishes(books, slot, nomination, &wishes, NULL);
	place_wishes(books, slot, nomination, &wishes, false);
	return !wishes.failed;
}

/* ---- SC-9, SC-10 ---- */

/* Pods that the current admission already has at a place. */
static int32_t held_at(const struct workload_row *row, uint32_t pod_set, uint32_t place)
{
	const struct admission *admission = row->admission;
	int32_t count = 0;
	for (uint32_t i = admission && admission->shares ? admission->share_start[pod_set] : 0;
	     admission && admission->shares && i < admission->share_start[pod_set + 1]; i++)
		count += admission->shares[i].place == place ? admission->shares[i].count : 0;
	return count;
}

static uint32_t placed_flavor(const struct books *books, const struct nomination *nomination, uint32_t pod_set)
{
	return books_topology_flavor(books, &nomination->flavors[(size_t)pod_set * nomination->n_resources],
	                             nomination->n_resources, NULL);
}

bool kueue_places_are_free(const struct books *books, uint32_t slot, const struct nomination *nomination)
{
	for (uint32_t p = 0; books->topologies && p < nomination->n_pod_sets; p++) {
		const struct topology_placement *placement = &nomination->placements[p];
		const struct pod_set *pods = spec_of(books, slot, p);
		uint32_t flavor = placement->count ? placed_flavor(books, nomination, p) : NONE;
		for (uint32_t i = 0; flavor != NONE && i < placement->count; i++) {
			struct topology_share share = placement->items[i];
			share.count -= held_at(&books->workloads.items[slot], p, share.place);
			if (share.count > 0 &&
			    topology_room(books->topologies, &books->topology_usage, topologies_tree(books->topologies, flavor),
			                  share.place, pods->requests, pods->n_requests) < share.count)
				return false;
		}
	}
	return true;
}

void kueue_charge_places(struct books *books, uint32_t slot, const struct nomination *nomination)
{
	for (uint32_t p = 0; books->topologies && p < nomination->n_pod_sets; p++) {
		const struct topology_placement *placement = &nomination->placements[p];
		const struct pod_set *pods = spec_of(books, slot, p);
		for (uint32_t i = 0; i < placement->count; i++) {
			int32_t count = placement->items[i].count - held_at(books_row(books, slot), p, placement->items[i].place);
			if (count > 0)
				topology_usage_add(&books->topology_usage, books->topologies, &books->undo, placement->items[i].place,
				                   pods->requests, pods->n_requests, count);
		}
	}
}

/* ---- SC-16 ---- */

bool second_pass_needed(struct second_pass_facts facts)
{
	if (!facts.holds_quota || facts.evicted)
		return false;
	return facts.admitted ? facts.on_lost_node : facts.delayed && facts.checks_ready;
}

/* It has checks, and all are ready. */
static bool checks_ready(const struct books *books, const struct workload_row *row)
{
	const struct admission *admission = row->admission;
	if (row->checks_listed)
		return !row->checks_unready;
	return admission && row->checks_ready != 0 &&
	       books_open_checks(books, row, row->admitted_queue, admission->flavors,
	                         admission->n_pod_sets * admission->n_resources) == 0;
}

bool kueue_needs_second_pass(const struct books *books, uint32_t slot)
{
	const struct workload_row *row = &books->workloads.items[slot];
	const struct admission *admission = row->admission;
	struct second_pass_facts facts = {
	    .holds_quota = row->phase == PHASE_RESERVED && admission,
	    .evicted = row->evicted || row->eviction_sent,
	    .admitted = row->admitted,
	    .checks_ready = checks_ready(books, row),
	};
	for (uint32_t p = 0; facts.holds_quota && p < admission->n_pod_sets; p++)
		facts.delayed |= (admission->topology[p] & (TOPOLOGY_DELAYED | TOPOLOGY_ASSIGNED)) == TOPOLOGY_DELAYED;
	if (facts.holds_quota && books->topologies && admission->shares)
		facts.on_lost_node =
		    uses_node(books, admission->shares, admission->share_start[admission->n_pod_sets], row->unhealthy_node);
	return second_pass_needed(facts);
}

void kueue_nominate_again(struct books *books, uint32_t slot, struct nomination *nomination)
{
	const struct admission *admission = books_row(books, slot)->admission;
	uint32_t cells = admission->n_pod_sets * admission->n_resources;
	nomination_reset(nomination, admission->n_pod_sets, admission->n_resources);
	for (uint32_t cell = 0; cell < cells; cell++) {
		nomination->flavors[cell] = admission->flavors[cell];
		nomination->usage[cell] = admission->usage[cell];
		nomination->modes[cell] = MODE_FIT;
	}
	for (uint32_t i = 0; i < admission->n_pairs; i++)
		nomination_charge(nomination, admission->pairs[i].fr, admission->pairs[i].amount);
	for (uint32_t p = 0; p < admission->n_pod_sets; p++) {
		nomination->counts[p] = admission->counts[p];
		nomination->topology[p] = admission->topology[p];
		for (uint32_t i = admission->share_start[p]; i < admission->share_start[p + 1]; i++)
			*VEC_PUSH(&nomination->placements[p]) = admission->shares[i];
	}
	kueue_place(books, slot, nomination, NULL);
}

int64_t second_pass_delay_us(uint32_t tries)
{
	static const int64_t seconds[] = {1, 2, 4, 8, 16, 30};
	return seconds[MIN(tries, (uint32_t)ARRAY_COUNT(seconds) - 1)] * US_PER_S;
}
