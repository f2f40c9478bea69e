/* flavors.c - see planner/kueue/flavors.h. Rule numbers are those of kueue-semantics 4. */
#include <stdlib.h>
#include <string.h>

#include "planner/kueue/flavors.h"
#include "topology_wishes.h"

/* Of pod sets in a group of several. */
enum { UNIT_BITS = 64 };

/* ---- nominations ---- */

void nomination_reset(struct nomination *nomination, uint32_t n_pod_sets, uint32_t n_resources)
{
	uint32_t cells = n_pod_sets * n_resources;
	if (cells > nomination->cell_capacity) {
		nomination->flavors = xrealloc_array(nomination->flavors, cells, sizeof *nomination->flavors);
		nomination->modes = xrealloc_array(nomination->modes, cells, sizeof *nomination->modes);
		nomination->usage = xrealloc_array(nomination->usage, cells, sizeof *nomination->usage);
		nomination->scan = xrealloc_array(nomination->scan, cells, sizeof *nomination->scan);
		nomination->cell_capacity = cells;
	}
	if (n_pod_sets > nomination->pod_set_capacity) {
		nomination->counts = xrealloc_array(nomination->counts, n_pod_sets, sizeof *nomination->counts);
		nomination->topology = xrealloc_array(nomination->topology, n_pod_sets, sizeof *nomination->topology);
		nomination->placements = xrealloc_array(nomination->placements, n_pod_sets, sizeof *nomination->placements);
		for (uint32_t p = nomination->pod_set_capacity; p < n_pod_sets; p++)
			nomination->placements[p] = (struct topology_placement){0};
		nomination->pod_set_capacity = n_pod_sets;
	}
	for (uint32_t p = 0; p < n_pod_sets; p++) {
		VEC_CLEAR(&nomination->placements[p]);
		nomination->topology[p] = 0;
	}
	nomination->uses_topology = false;
	for (uint32_t i = 0; i < cells; i++) {
		nomination->flavors[i] = NONE;
		nomination->modes[i] = MODE_NO_FIT;
		nomination->usage[i] = 0;
		nomination->scan[i] = SCAN_NONE;
	}
	nomination->n_pod_sets = n_pod_sets;
	nomination->n_resources = n_resources;
	nomination->mode = MODE_FIT;
	nomination->borrow_level = 0;
	nomination->bound = REASON_NONE;
	nomination->numbers = (struct reason_numbers){.fr = NONE};
	VEC_CLEAR(&nomination->pairs);
	VEC_CLEAR(&nomination->targets);
}

void nomination_free(struct nomination *nomination)
{
	free(nomination->flavors);
	free(nomination->modes);
	free(nomination->usage);
	free(nomination->scan);
	free(nomination->counts);
	for (uint32_t p = 0; p < nomination->pod_set_capacity; p++)
		VEC_FREE(&nomination->placements[p]);
	free(nomination->placements);
	free(nomination->topology);
	VEC_FREE(&nomination->pairs);
	VEC_FREE(&nomination->targets);
}

bool nomination_scan_pending(const struct nomination *nomination)
{
	for (uint32_t i = 0; i < nomination->n_pod_sets * nomination->n_resources; i++)
		if (nomination->scan[i] != SCAN_NONE && nomination->scan[i] != -1)
			return true;
	return false;
}

struct assignment nomination_assignment(const struct nomination *nomination)
{
	return (struct assignment){nomination->n_pod_sets,
	                           nomination->n_resources,
	                           nomination->counts,
	                           nomination->flavors,
	                           nomination->usage,
	                           NULL,
	                           NULL,
	                           NULL};
}

static void copy_placements(const struct nomination *nomination, struct admission *admission)
{
	uint32_t count = 0;
	for (uint32_t p = 0; p < nomination->n_pod_sets; p++)
		count += nomination->placements[p].count;
	if (count)
		admission->shares = xrealloc_array(NULL, count, sizeof *admission->shares);
	count = 0;
	for (uint32_t p = 0; p < nomination->n_pod_sets; p++) {
		const struct topology_placement *placement = &nomination->placements[p];
		admission->share_start[p] = count;
		admission->topology[p] = nomination->topology[p];
		if (placement->count)
			memcpy(&admission->shares[count], placement->items, placement->count * sizeof *placement->items);
		count += placement->count;
	}
	admission->share_start[nomination->n_pod_sets] = count;
}

struct admission *nomination_admission(const struct nomination *nomination)
{
	size_t cells = (size_t)nomination->n_pod_sets * nomination->n_resources;
	struct admission *admission = admission_create(nomination->n_pod_sets, nomination->n_resources, nomination->pairs.count);
	memcpy(admission->counts, nomination->counts, nomination->n_pod_sets * sizeof *nomination->counts);
	if (cells) {
		memcpy(admission->flavors, nomination->flavors, cells * sizeof *nomination->flavors);
		memcpy(admission->usage, nomination->usage, cells * sizeof *nomination->usage);
	}
	if (nomination->pairs.count)
		memcpy(admission->pairs, nomination->pairs.items, nomination->pairs.count * sizeof *admission->pairs);
	copy_placements(nomination, admission);
	return admission;
}

int64_t charge_of(const struct nomination *nomination, uint32_t fr)
{
	for (uint32_t i = 0; i < nomination->pairs.count; i++)
		if (nomination->pairs.items[i].fr == fr)
			return nomination->pairs.items[i].amount;
	return 0;
}

void nomination_charge(struct nomination *nomination, uint32_t fr, int64_t amount)
{
	uint32_t at = 0;
	while (at < nomination->pairs.count && nomination->pairs.items[at].fr < fr)
		at++;
	if (at < nomination->pairs.count && nomination->pairs.items[at].fr == fr) {
		nomination->pairs.items[at].amount = sat_add(nomination->pairs.items[at].amount, amount);
		return;
	}
	(void)VEC_PUSH(&nomination->pairs);
	memmove(&nomination->pairs.items[at + 1], &nomination->pairs.items[at],
	        (nomination->pairs.count - 1 - at) * sizeof *nomination->pairs.items);
	nomination->pairs.items[at] = (struct charge_pair){fr, amount};
}

/* ---- FA-11: labels and taints ---- */

static bool has_key(const struct resource_flavor *flavor, name_id key)
{
	for (uint32_t i = 0; i < flavor->n_node_labels; i++)
		if (flavor->node_labels[i].key == key)
			return true;
	return false;
}

static bool selector_matches(const struct resource_flavor *flavor, const struct pod_set *pod_set)
{
	for (uint32_t i = 0; i < pod_set->n_node_selector; i++)
		for (uint32_t j = 0; j < flavor->n_node_labels; j++)
			if (flavor->node_labels[j].key == pod_set->node_selector[i].key &&
			    flavor->node_labels[j].value != pod_set->node_selector[i].value)
				return false;
	return true;
}

/* Terms are OR-ed; only requirements on this flavor's keys count; a term that becomes empty drops all terms. */
static bool affinity_matches(const struct kueue_config *config, const struct resource_flavor *flavor,
                             const struct pod_set *pod_set)
{
	bool any = false;
	for (uint32_t i = 0; i < pod_set->n_affinity; i++) {
		const struct selector_term *term = &pod_set->affinity[i];
		uint32_t relevant = 0;
		bool holds = true;
		for (uint32_t j = 0; j < term->n_requirements; j++) {
			if (!has_key(flavor, term->requirements[j].key))
				continue;
			relevant++;
			holds &= requirement_matches(config->names, &term->requirements[j], flavor->node_labels, flavor->n_node_labels);
		}
		if (relevant == 0)
			return true;
		any |= holds;
	}
	return any || pod_set->n_affinity == 0;
}

bool flavor_matches(const struct kueue_config *config, uint32_t index, const struct pod_set *pod_set,
                    enum attempt_fact *ret_fact)
{
	const struct resource_flavor *flavor = &config->flavors[index];
	*ret_fact = FACT_NONE;
	if (flavor->missing)
		*ret_fact = FACT_FLAVOR_NOT_FOUND;
	else if (!taints_tolerated(config->names, flavor->node_taints, flavor->n_node_taints, pod_set->tolerations,
	                           pod_set->n_tolerations, flavor->tolerations, flavor->n_tolerations))
		*ret_fact = FACT_UNTOLERATED_TAINT;
	else if (!selector_matches(flavor, pod_set) || !affinity_matches(config, flavor, pod_set))
		*ret_fact = FACT_AFFINITY_MISMATCH;
	return *ret_fact == FACT_NONE;
}

/* ---- FA-4 to FA-6: one flavor-resource, and comparing ---- */

bool flavor_preferred(struct flavor_verdict a, struct flavor_verdict b, enum fungibility_preference preference)
{
	if (a.mode == FLAVOR_NO_FIT)
		return false;
	if (b.mode == FLAVOR_NO_FIT)
		return true;
	if ((a.mode == FLAVOR_NO_CANDIDATES) != (b.mode == FLAVOR_NO_CANDIDATES))
		return b.mode == FLAVOR_NO_CANDIDATES;
	if (preference == PREEMPTION_OVER_BORROWING)
		return a.level != b.level ? a.level < b.level : a.mode > b.mode;
	return a.mode != b.mode ? a.mode > b.mode : a.level < b.level;
}

/* FA-6. `verdict` is that of the flavor's worst resource. */
static bool try_next(const struct cluster_queue *queue, struct flavor_verdict verdict)
{
	if (verdict.mode == FLAVOR_NO_FIT || verdict.mode == FLAVOR_NO_CANDIDATES)
		return true;
	if ((verdict.mode == FLAVOR_PREEMPT || verdict.mode == FLAVOR_RECLAIM) && queue->when_can_preempt == TRY_NEXT_FLAVOR)
		return true;
	return verdict.level > 0 && queue->when_can_borrow == TRY_NEXT_FLAVOR;
}

bool can_preempt_while_borrowing(const struct kueue_config *config, const struct cluster_queue *queue)
{
	return queue->borrow_within_cohort != PREEMPT_NEVER ||
	       (config->controller.fair_sharing && queue->reclaim_within_cohort != PREEMPT_NEVER);
}

/* One search: the workload as far as it is assigned, and the unit at hand (FA-1): a pod set, or all pod sets of one group.
 * While a unit is searched, its flavors stand with its first pod set. */
struct search {
	const struct flavor_problem *problem;
	const struct kueue_config *config;
	const struct cluster_queue *queue;
	struct nomination *nomination;
	uint32_t pod_set;             /* the first of the unit */
	uint64_t others;              /* bits of its other pod sets */
	int64_t *totals;              /* per resource: asked for by the unit, -1 = not asked */
	int64_t *own;                 /* the same for one pod set */
	struct flavor_verdict *tried; /* per resource, of the flavor being tried */
	struct flavor_verdict *best;  /* per resource, of the best flavor so far */
};

/* The next pod set of the unit after `pod_set`; NONE. */
static uint32_t next_member(const struct search *search, uint32_t pod_set)
{
	for (uint32_t i = pod_set + 1; i < UNIT_BITS; i++)
		if (search->others >> i & 1)
			return i;
	return NONE;
}

static const struct pod_set *member_spec(const struct search *search, uint32_t pod_set)
{
	return &search->problem->shape->pod_sets[pod_set].spec;
}

/* ES-2: what the slice that is replaced has of a resource. */
static int64_t replaced_amount(const struct search *search, uint32_t pod_set, uint32_t resource)
{
	const struct replaced_slice *replaced = search->problem->replaced;
	return replaced ? replaced->totals[(size_t)pod_set * search->config->n_resources + resource] : 0;
}

/* ES-2: what of the unit's request counts, beside what the replaced slice has. */
static int64_t asked(const struct search *search, uint32_t resource)
{
	int64_t amount = search->totals[resource];
	for (uint32_t p = search->pod_set; p != NONE; p = next_member(search, p))
		amount = sat_sub(amount, replaced_amount(search, p, resource));
	return amount;
}

static void note(const struct search *search, uint32_t flavor, uint32_t resource, enum attempt_fact fact, int64_t missing,
                 int64_t earlier, int64_t maximum)
{
	if (!search->problem->attempts)
		return;
	*VEC_PUSH(search->problem->attempts) = (struct attempt){
	    .pod_set = search->pod_set,
	    .flavor = flavor,
	    .resource = resource,
	    .mode = FLAVOR_NO_FIT,
	    .fact = fact,
	    .missing = missing,
	    .earlier = earlier,
	    .requested = resource == NONE ? 0 : asked(search, resource),
	    .maximum = maximum,
	};
}

static struct flavor_verdict resource_verdict(const struct search *search, uint32_t flavor, uint32_t resource, uint32_t fr)
{
	const struct quota_state *quota = &search->problem->books->quota;
	uint32_t queue = search->problem->cluster_queue;
	int64_t earlier = charge_of(search->nomination, fr);
	int64_t amount = sat_add(earlier, asked(search, resource));
	int64_t potential = quota->tree->potential[quota_index(quota->tree, queue, fr)];
	if (amount > potential) {
		note(search, flavor, resource, FACT_EXCEEDS_MAXIMUM, 0, earlier, potential);
		search->nomination->numbers = (struct reason_numbers){fr, amount, 0, potential};
		return (struct flavor_verdict){FLAVOR_NO_FIT, 0};
	}
	bool may_reclaim;
	uint32_t level = quota_borrow_level(quota, queue, fr, amount, &may_reclaim);
	int64_t available = quota_available(quota, queue, fr);
	if (amount <= available)
		return (struct flavor_verdict){FLAVOR_FIT, level};
	note(search, flavor, resource, FACT_INSUFFICIENT_QUOTA, amount - available, earlier, potential);
	search->nomination->numbers = (struct reason_numbers){fr, amount, available, potential};
	int64_t nominal = quota->tree->nominal[quota_index(quota->tree, queue, fr)];
	if (nominal < amount && !may_reclaim && !can_preempt_while_borrowing(search->config, search->queue))
		return (struct flavor_verdict){FLAVOR_NO_FIT, level};
	struct flavor_verdict verdict = search->problem->oracle.probe(search->problem->oracle.context, fr, amount);
	if (verdict.mode == FLAVOR_NO_CANDIDATES)
		verdict.level = level;
	return verdict;
}

/* ---- FA-3: one group ---- */

static bool nominated_before(const struct search *search, uint32_t flavor)
{
	const uint32_t *allowed = search->problem->restrict_to;
	if (!allowed)
		return true;
	uint32_t n_resources = search->config->n_resources;
	for (uint32_t p = search->pod_set; p != NONE; p = next_member(search, p))
		for (uint32_t resource = 0; resource < n_resources; resource++)
			if (allowed[(size_t)p * n_resources + resource] == flavor)
				return true;
	return false;
}

/* ES-2: slices of one workload share their flavors. */
static bool slice_differs(const struct search *search, uint32_t flavor, uint32_t resource)
{
	const struct replaced_slice *replaced = search->problem->replaced;
	uint32_t p = search->pod_set;
	while (replaced && p != NONE && replaced->flavors[(size_t)p * search->config->n_resources + resource] == flavor)
		p = next_member(search, p);
	if (!replaced || p == NONE)
		return false;
	note(search, flavor, NONE, FACT_OTHER_SLICE_FLAVOR, 0, 0, 0);
	if (search->problem->attempts)
		search->problem->attempts->items[search->problem->attempts->count - 1].original =
		    replaced->flavors[(size_t)p * search->config->n_resources + resource];
	return true;
}

/* The verdict of a flavor is that of its worst resource. */
static struct flavor_verdict flavor_verdict(const struct search *search, const struct resource_group *group,
                                            uint32_t position)
{
	struct flavor_verdict worst = {FLAVOR_FIT, 0};
	for (uint32_t i = 0; i < group->n_resources; i++) {
		uint32_t resource = group->resources[i];
		if (search->totals[resource] < 0)
			continue;
		uint32_t cell = position * group->n_resources + i;
		struct flavor_verdict verdict = {FLAVOR_NO_FIT, 0};
		if (group->present[cell])
			verdict = resource_verdict(search, group->flavors[position], resource, group->frs[cell]);
		else
			note(search, group->flavors[position], resource, FACT_LACKS_RESOURCE, 0, 0, 0);
		search->tried[resource] = verdict;
		if (slice_differs(search, group->flavors[position], resource))
			return (struct flavor_verdict){FLAVOR_NO_FIT, verdict.level};
		if (flavor_preferred(worst, verdict, search->queue->preference))
			worst = verdict;
	}
	return worst;
}

static void set_attempt_verdict(struct attempts *attempts, uint32_t from, struct flavor_verdict verdict)
{
	for (uint32_t i = from; attempts && i < attempts->count; i++) {
		attempts->items[i].mode = verdict.mode;
		attempts->items[i].level = verdict.level;
	}
}

/* FA-11 and TAS-3, for every pod set of the unit. */
static bool unit_accepts(const struct search *search, const struct resource_group *group, uint32_t flavor,
                         enum attempt_fact *ret_fact)
{
	const struct flavor_problem *problem = search->problem;
	for (uint32_t p = search->pod_set; p != NONE; p = next_member(search, p)) {
		*ret_fact = FACT_NO_TOPOLOGY;
		if (!kueue_topology_accepts(problem->books, problem->cluster_queue, member_spec(search, p), group, flavor) ||
		    !flavor_matches(search->config, flavor, member_spec(search, p), ret_fact))
			return false;
	}
	return true;
}

/* Tries one flavor: false when it does not match the pods at all. */
static bool try_flavor(const struct search *search, const struct resource_group *group, uint32_t position,
                       struct flavor_verdict *ret_verdict)
{
	uint32_t flavor = group->flavors[position];
	struct attempts *attempts = search->problem->attempts;
	uint32_t first_note = attempts ? attempts->count : 0;
	enum attempt_fact fact;
	if (!nominated_before(search, flavor) ||
	    !kueue_flavor_allowed(search->config->names, search->problem->shape->allowed_flavors,
	                          search->config->flavors[flavor].name))
		return false;
	if (!unit_accepts(search, group, flavor, &fact)) {
		note(search, flavor, NONE, fact, 0, 0, 0);
		return false;
	}
	*ret_verdict = flavor_verdict(search, group, position);
	if (attempts && attempts->count == first_note)
		note(search, flavor, NONE, FACT_NONE, 0, 0, 0);
	set_attempt_verdict(attempts, first_note, *ret_verdict);
	return true;
}

static uint32_t start_index(const struct search *search, uint32_t resource)
{
	if (!search->problem->scan || !gate_on(search->config->gates, GATE_FlavorFungibility))
		return 0;
	int32_t saved = search->problem->scan[(size_t)search->pod_set * search->config->n_resources + resource];
	return saved == SCAN_NONE ? 0 : (uint32_t)(saved + 1);
}

static bool stops_here(const struct search *search, struct flavor_verdict verdict)
{
	if (!gate_on(search->config->gates, GATE_FlavorFungibility))
		return verdict.mode == FLAVOR_FIT;
	return !try_next(search->queue, verdict);
}

static bool better(const struct search *search, struct flavor_verdict a, struct flavor_verdict b)
{
	if (!gate_on(search->config->gates, GATE_FlavorFungibility))
		return a.mode > b.mode;
	return flavor_preferred(a, b, search->queue->preference);
}

/* Searches the group for the flavor of all its resources that the unit asks for. False when every flavor was noFit. */
static bool search_group(const struct search *search, const struct resource_group *group, uint32_t trigger,
                         struct flavor_verdict *ret_verdict)
{
	uint32_t best = NONE, last = NONE, n_resources = search->config->n_resources;
	struct flavor_verdict best_verdict = {FLAVOR_NO_FIT, UINT32_MAX};
	for (uint32_t i = start_index(search, trigger); i < group->n_flavors; i++) {
		struct flavor_verdict verdict;
		last = i;
		if (!try_flavor(search, group, i, &verdict))
			continue;
		bool stop = stops_here(search, verdict);
		if (stop || better(search, verdict, best_verdict)) {
			best = i;
			best_verdict = verdict;
			memcpy(search->best, search->tried, n_resources * sizeof *search->best);
		}
		if (stop)
			break;
	}
	if (best == NONE || best_verdict.mode == FLAVOR_NO_FIT)
		return false;
	for (uint32_t i = 0; i < group->n_resources; i++) {
		uint32_t resource = group->resources[i];
		if (search->totals[resource] < 0)
			continue;
		size_t cell = (size_t)search->pod_set * n_resources + resource;
		struct nomination *nomination = search->nomination;
		nomination->flavors[cell] = group->flavors[best];
		nomination->modes[cell] = search->best[resource].mode == FLAVOR_FIT ? MODE_FIT : MODE_PREEMPT;
		nomination->scan[cell] = last == NONE || last + 1 == group->n_flavors ? -1 : (int32_t)last;
		nomination->borrow_level = MAX(nomination->borrow_level, search->best[resource].level);
	}
	*ret_verdict = best_verdict;
	return true;
}

/* ---- FA-2: one unit ---- */

const struct resource_group *flavor_group(const struct cluster_queue *queue, uint32_t resource)
{
	for (uint32_t g = 0; g < queue->n_groups; g++)
		for (uint32_t i = 0; i < queue->groups[g].n_resources; i++)
			if (queue->groups[g].resources[i] == resource)
				return &queue->groups[g];
	return NULL;
}

/* WL-5: may an amount that no group covers be left out? */
static bool undeclared_is_fine(const struct kueue_config *config, int64_t amount)
{
	return amount == 0 || (gate_on(config->gates, GATE_QuotaCheckStrategy) && config->controller.ignore_undeclared);
}

/* What a pod set asks for, per resource, in search->own; `pods` is implied where a group covers it (WL-4). Returns the first
 * resource that the configuration does not know at all, NO_NAME. */
static name_id set_own(const struct search *search, uint32_t pod_set)
{
	const struct kueue_config *config = search->config;
	const struct shape_pod_set *set = &search->problem->shape->pod_sets[pod_set];
	int32_t count = search->nomination->counts[pod_set];
	name_id unknown = NO_NAME;
	for (uint32_t resource = 0; resource < config->n_resources; resource++)
		search->own[resource] = -1;
	for (uint32_t i = 0; i < set->n_charged; i++) {
		int64_t total = sat_mul(set->charged[i].amount, count);
		if (set->resources[i] != NONE)
			search->own[set->resources[i]] = total;
		else if (!undeclared_is_fine(config, total) && unknown == NO_NAME)
			unknown = set->charged[i].resource;
	}
	uint32_t pods = search->problem->books->pods_resource;
	if (pods != NONE && flavor_group(search->queue, pods))
		search->own[pods] = count;
	return unknown;
}

/* The sums over the unit. False, and noted: it asks for a resource that the configuration does not know. */
static bool set_totals(const struct search *search)
{
	name_id unknown = NO_NAME;
	for (uint32_t resource = 0; resource < search->config->n_resources; resource++)
		search->totals[resource] = -1;
	for (uint32_t p = search->pod_set; p != NONE; p = next_member(search, p)) {
		name_id here = set_own(search, p);
		unknown = unknown == NO_NAME ? here : unknown;
		for (uint32_t resource = 0; resource < search->config->n_resources; resource++)
			if (search->own[resource] >= 0)
				search->totals[resource] = sat_add(MAX(0, search->totals[resource]), search->own[resource]);
	}
	if (unknown == NO_NAME)
		return true;
	note(search, NONE, NONE, FACT_RESOURCE_NOT_COVERED, 0, 0, 0);
	if (search->problem->attempts)
		search->problem->attempts->items[search->problem->attempts->count - 1].unknown = unknown;
	return false;
}

static bool assign_groups(const struct search *search, bool *ret_clean)
{
	for (uint32_t resource = 0; resource < search->config->n_resources; resource++) {
		size_t cell = (size_t)search->pod_set * search->config->n_resources + resource;
		if (search->totals[resource] < 0 || search->nomination->flavors[cell] != NONE)
			continue;
		const struct resource_group *group = flavor_group(search->queue, resource);
		if (!group) {
			if (undeclared_is_fine(search->config, search->totals[resource]))
				continue;
			note(search, NONE, resource, FACT_RESOURCE_NOT_COVERED, 0, 0, 0);
			return false;
		}
		struct flavor_verdict verdict;
		if (!search_group(search, group, resource, &verdict))
			return false;
		*ret_clean &= verdict.mode == FLAVOR_FIT;
	}
	return true;
}

static void forget_cell(const struct search *search, uint32_t pod_set, uint32_t resource)
{
	size_t cell = (size_t)pod_set * search->config->n_resources + resource;
	search->nomination->flavors[cell] = NONE;
	search->nomination->scan[cell] = SCAN_NONE;
}

static void forget_unit(const struct search *search)
{
	for (uint32_t resource = 0; resource < search->config->n_resources; resource++)
		forget_cell(search, search->pod_set, resource);
}

/* Does the pod set get the unit's flavor of a resource? For what it asks for; one that asks for nothing at all, such as a
 * leader, gets the flavors with a topology, to have a place beside the others. */
static bool shares_flavor(const struct search *search, uint32_t flavor, uint32_t resource, bool asks_nothing)
{
	const struct topologies *topologies = search->problem->books->topologies;
	if (!asks_nothing)
		return search->own[resource] >= 0;
	return search->others != 0 && topologies && topologies_tree(topologies, flavor);
}

/* FA-7: hands the unit's flavors to one of its pod sets, charges them, and returns its mode. A clean unit counts as Fit
 * whatever its resources say. */
static enum assignment_mode settle_member(const struct search *search, uint32_t pod_set, bool clean)
{
	struct nomination *nomination = search->nomination;
	enum assignment_mode worst = MODE_FIT;
	bool asks_nothing = true;
	(void)set_own(search, pod_set);
	for (uint32_t resource = 0; resource < search->config->n_resources; resource++)
		asks_nothing &= search->own[resource] < 0;
	for (uint32_t resource = 0; resource < search->config->n_resources; resource++) {
		size_t from = (size_t)search->pod_set * search->config->n_resources + resource;
		size_t cell = (size_t)pod_set * search->config->n_resources + resource;
		uint32_t flavor = nomination->flavors[from];
		if (flavor == NONE)
			continue;
		if (!shares_flavor(search, flavor, resource, asks_nothing)) {
			forget_cell(search, pod_set, resource);
			continue;
		}
		nomination->flavors[cell] = flavor;
		nomination->modes[cell] = nomination->modes[from];
		nomination->scan[cell] = nomination->scan[from];
		nomination->usage[cell] = MAX(0, search->own[resource]);
		nomination_charge(nomination, kueue_find_fr(search->config, flavor, resource),
		                  sat_sub(nomination->usage[cell], replaced_amount(search, pod_set, resource)));
		worst = MIN(worst, (enum assignment_mode)nomination->modes[cell]);
	}
	return clean ? MODE_FIT : worst;
}

/* The first pod set last: the unit's flavors stand with it. */
static void settle_unit(const struct search *search, bool clean)
{
	struct nomination *nomination = search->nomination;
	for (uint32_t p = next_member(search, search->pod_set); p != NONE; p = next_member(search, p))
		nomination->mode = MIN(nomination->mode, settle_member(search, p, clean));
	nomination->mode = MIN(nomination->mode, settle_member(search, search->pod_set, clean));
}

/* What was tried for the unit was tried for each of its pod sets. */
static void share_attempts(const struct search *search, uint32_t from)
{
	struct attempts *attempts = search->problem->attempts;
	uint32_t count = attempts ? attempts->count : 0;
	for (uint32_t p = next_member(search, search->pod_set); p != NONE; p = next_member(search, p))
		for (uint32_t i = from; i < count; i++) {
			struct attempt copy = attempts->items[i];
			copy.pod_set = p;
			*VEC_PUSH(attempts) = copy;
		}
}

static name_id group_of(const struct shape *shape, uint32_t pod_set)
{
	const struct topology_request *topology = shape->pod_sets[pod_set].spec.topology;
	return topology ? topology->group : NO_NAME;
}

/* FA-1: the unit that begins with a pod set; false when the pod set belongs to an earlier one. */
static bool begin_unit(struct search *search, uint32_t pod_set)
{
	const struct shape *shape = search->problem->shape;
	name_id group = group_of(shape, pod_set);
	search->pod_set = pod_set;
	search->others = 0;
	for (uint32_t p = 0; group != NO_NAME && p < shape->n_pod_sets && p < UNIT_BITS; p++) {
		if (group_of(shape, p) != group || p == pod_set)
			continue;
		if (p < pod_set)
			return false;
		search->others |= UINT64_C(1) << p;
	}
	return true;
}

/* False: no flavor for some of what it asks for. */
static bool assign_unit(const struct search *search)
{
	const struct attempts *attempts = search->problem->attempts;
	uint32_t first = attempts ? attempts->count : 0, settled_level = search->nomination->borrow_level;
	bool clean = true;
	bool found = set_totals(search) && assign_groups(search, &clean);
	share_attempts(search, first);
	if (found) {
		settle_unit(search, clean);
		return true;
	}
	forget_unit(search);
	search->nomination->borrow_level = settled_level;
	search->nomination->mode = MODE_NO_FIT;
	return false;
}

void assign_flavors(const struct flavor_problem *problem, struct nomination *nomination)
{
	enum { ON_STACK = 32 };
	const struct kueue_config *config = problem->books->config;
	uint32_t n = config->n_resources;
	int64_t totals[ON_STACK], own[ON_STACK];
	struct flavor_verdict tried[ON_STACK], best[ON_STACK];
	struct search search = {
	    .problem = problem,
	    .config = config,
	    .queue = &config->cluster_queues[problem->cluster_queue],
	    .nomination = nomination,
	    .totals = n <= ON_STACK ? totals : xcalloc(n, sizeof *totals),
	    .own = n <= ON_STACK ? own : xcalloc(n, sizeof *own),
	    .tried = n <= ON_STACK ? tried : xcalloc(n, sizeof *tried),
	    .best = n <= ON_STACK ? best : xcalloc(n, sizeof *best),
	};
	nomination_reset(nomination, problem->shape->n_pod_sets, n);
	for (uint32_t i = 0; i < problem->shape->n_pod_sets; i++)
		nomination->counts[i] = problem->counts ? problem->counts[i] : problem->shape->pod_sets[i].spec.count;
	for (uint32_t i = 0; i < problem->shape->n_pod_sets; i++)
		if (begin_unit(&search, i) && !assign_unit(&search))
			break;
	if (nomination->mode == MODE_NO_FIT && problem->attempts)
		nomination->bound = attempts_bound(config, problem->cluster_queue, problem->attempts);
	if (n > ON_STACK) {
		free(search.totals);
		free(search.own);
		free(search.tried);
		free(search.best);
	}
}

/* ---- FA-13: why ---- */

static enum reason fact_bound(enum attempt_fact fact)
{
	switch (fact) {
	case FACT_NONE:
		return REASON_NONE;
	case FACT_INSUFFICIENT_QUOTA:
		return REASON_WAITING_FOR_QUOTA;
	case FACT_EXCEEDS_MAXIMUM:
		return REASON_EXCEEDS_MAX_QUOTA;
	case FACT_RESOURCE_NOT_COVERED:
		return REASON_RESOURCE_NOT_COVERED;
	case FACT_UNTOLERATED_TAINT:
	case FACT_AFFINITY_MISMATCH:
	case FACT_LACKS_RESOURCE:
	case FACT_FLAVOR_NOT_FOUND:
	case FACT_OTHER_SLICE_FLAVOR:
	case FACT_NO_TOPOLOGY:
	case FACT_SEVERAL_TOPOLOGIES:
	case FACT_NO_TOPOLOGY_AT_ALL:
	case FACT_NO_TOPOLOGY_FLAVOR:
		break;
	case FACT_NO_PLACE:
		return REASON_TOPOLOGY_PLACEMENT_FAILED;
	}
	return REASON_NO_MATCHING_FLAVOR;
}

enum reason attempt_bound(const struct attempt *attempt)
{
	return attempt->mode == FLAVOR_NO_FIT ? fact_bound(attempt->fact) : REASON_NONE;
}

/* How far a bound is from fitting. A resource that nobody covers counts as no matching flavor, and names the cause. */
static uint32_t bound_rank(enum reason bound)
{
	static const enum reason ascending[] = {REASON_NONE,
	                                        REASON_TOPOLOGY_PLACEMENT_FAILED,
	                                        REASON_WAITING_FOR_QUOTA,
	                                        REASON_EXCEEDS_MAX_QUOTA,
	                                        REASON_NO_MATCHING_FLAVOR,
	                                        REASON_RESOURCE_NOT_COVERED};
	uint32_t rank = 0;
	while (ascending[rank] != bound)
		rank++;
	return rank;
}

/* The bound of the flavor whose rows begin at `*at`; moves past them. A flavor that did not fail is bounded by nothing. */
static enum reason next_flavor_bound(const struct attempts *attempts, uint32_t *at)
{
	const struct attempt *first = &attempts->items[*at];
	enum reason worst = REASON_NONE;
	for (; *at < attempts->count; ++*at) {
		const struct attempt *row = &attempts->items[*at];
		if (row->pod_set != first->pod_set || row->flavor != first->flavor)
			break;
		enum reason bound = attempt_bound(row);
		worst = bound_rank(bound) > bound_rank(worst) ? bound : worst;
	}
	return worst;
}

static bool in_group(const struct resource_group *group, uint32_t flavor)
{
	for (uint32_t i = 0; i < group->n_flavors; i++)
		if (group->flavors[i] == flavor)
			return true;
	return false;
}

/* Rows of one group of one pod set are neighbours, as the search wrote them. */
static bool same_group(const struct cluster_queue *queue, const struct attempt *a, const struct attempt *b)
{
	if (a->pod_set != b->pod_set || a->flavor == NONE || b->flavor == NONE)
		return false;
	for (uint32_t g = 0; g < queue->n_groups; g++)
		if (in_group(&queue->groups[g], a->flavor))
			return in_group(&queue->groups[g], b->flavor);
	return false;
}

enum reason attempts_bound(const struct kueue_config *config, uint32_t cluster_queue, const struct attempts *attempts)
{
	const struct cluster_queue *queue = &config->cluster_queues[cluster_queue];
	enum reason worst = attempts->count ? REASON_NONE : REASON_NO_MATCHING_FLAVOR;
	for (uint32_t at = 0; at < attempts->count;) {
		const struct attempt *first = &attempts->items[at];
		enum reason nearest = next_flavor_bound(attempts, &at);
		while (at < attempts->count && same_group(queue, first, &attempts->items[at])) {
			enum reason bound = next_flavor_bound(attempts, &at);
			nearest = bound_rank(bound) < bound_rank(nearest) ? bound : nearest;
		}
		worst = bound_rank(nearest) > bound_rank(worst) ? nearest : worst;
	}
	return worst;
}

/* ---- FA-10 and FA-14 ---- */

bool scan_outdated(gate_set gates, struct scan_stamp saved, struct scan_stamp current)
{
	if (gate_on(gates, GATE_FlavorFungibilityPreserveScanProgress)) {
		if (saved.class_hash != current.class_hash)
			return true;
		if (current.cycle <= saved.cycle + 1)
			return false;
	}
	return current.generation > saved.generation;
}

bool reduce_pod_sets(const int32_t *counts, const int32_t *min_counts, uint32_t n,
                     bool (*good)(void *context, const int32_t *counts), void *context, int32_t *ret_counts)
{
	int64_t total = 0;
	for (uint32_t k = 0; k < n; k++)
		total += min_counts[k] > 0 ? counts[k] - min_counts[k] : 0;
	if (total <= 0)
		return false;
	int32_t *probe = xcalloc(n, sizeof *probe);
	int64_t low = 0, high = total + 1, last_good = -1;
	while (low < high) {
		int64_t half = low + (high - low) / 2;
		for (uint32_t k = 0; k < n; k++) {
			int64_t spare = min_counts[k] > 0 ? counts[k] - min_counts[k] : 0;
			probe[k] = counts[k] - (int32_t)(spare * half / total);
		}
		if (good(context, probe)) {
			memcpy(ret_counts, probe, n * sizeof *probe);
			last_good = high = half;
		} else {
			low = half + 1;
		}
	}
	free(probe);
	return last_good >= 0 && last_good == low;
}
