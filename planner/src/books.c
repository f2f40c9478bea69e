/* books.c - see books.h. */
#include <stdlib.h>
#include <string.h>

#include "shapes.h"

int64_t api_time(int64_t us)
{
	int64_t remainder = us % US_PER_S;
	return us - (remainder < 0 ? remainder + US_PER_S : remainder);
}

/* ---- admissions: one block, freed at once ---- */

struct admission *admission_create(uint32_t n_pod_sets, uint32_t n_resources, uint32_t n_pairs)
{
	size_t cells = (size_t)n_pod_sets * n_resources;
	size_t bytes = sizeof(struct admission) + n_pairs * sizeof(struct charge_pair) + cells * sizeof(int64_t) +
	               n_pod_sets * sizeof(int32_t) + cells * sizeof(uint32_t) + (n_pod_sets + 1) * sizeof(uint32_t) +
	               n_pod_sets;
	struct admission *admission = xcalloc(1, bytes);
	admission->n_pairs = n_pairs;
	admission->n_pod_sets = n_pod_sets;
	admission->n_resources = n_resources;
	admission->pairs = (struct charge_pair *)(admission + 1);
	admission->usage = (int64_t *)(admission->pairs + n_pairs);
	admission->counts = (int32_t *)(admission->usage + cells);
	admission->flavors = (uint32_t *)(admission->counts + n_pod_sets);
	admission->share_start = admission->flavors + cells;
	admission->topology = (uint8_t *)(admission->share_start + n_pod_sets + 1);
	for (size_t i = 0; i < cells; i++)
		admission->flavors[i] = NONE;
	return admission;
}

void admission_copy_places(struct admission *to, const struct admission *from)
{
	uint32_t n_shares = from->share_start[from->n_pod_sets];
	memcpy(to->share_start, from->share_start, (from->n_pod_sets + 1) * sizeof *from->share_start);
	memcpy(to->topology, from->topology, from->n_pod_sets);
	if (n_shares == 0)
		return;
	to->shares = xrealloc_array(NULL, n_shares, sizeof *to->shares);
	memcpy(to->shares, from->shares, n_shares * sizeof *to->shares);
}

struct admission *admission_copy(const struct admission *from)
{
	struct admission *to = admission_create(from->n_pod_sets, from->n_resources, from->n_pairs);
	size_t cells = (size_t)from->n_pod_sets * from->n_resources;
	memcpy(to->pairs, from->pairs, from->n_pairs * sizeof *from->pairs);
	memcpy(to->counts, from->counts, from->n_pod_sets * sizeof *from->counts);
	memcpy(to->flavors, from->flavors, cells * sizeof *from->flavors);
	memcpy(to->usage, from->usage, cells * sizeof *from->usage);
	admission_copy_places(to, from);
	return to;
}

void admission_destroy(struct admission *admission)
{
	if (admission)
		free(admission->shares);
	free(admission);
}

struct assignment admission_view(const struct admission *admission)
{
	return (struct assignment){admission->n_pod_sets, admission->n_resources, admission->counts,      admission->flavors,
	                           admission->usage,      admission->shares,      admission->share_start, admission->topology};
}

/* Charge of one cell of an assignment: what was given, else the shape's request times the count. */
static int64_t cell_usage(const struct shape *shape, const struct assignment *assignment, uint32_t pod_set,
                          uint32_t resource)
{
	size_t at = (size_t)pod_set * assignment->n_resources + resource;
	if (assignment->usage)
		return assignment->usage[at];
	if (assignment->flavors[at] == NONE)
		return 0;
	const struct shape_pod_set *spec = &shape->pod_sets[pod_set];
	for (uint32_t i = 0; i < spec->n_charged; i++)
		if (spec->resources[i] == resource)
			return sat_mul(spec->charged[i].amount, assignment->counts[pod_set]);
	return 0;
}

static void add_pair(struct charge_pair *pairs, uint32_t *count, uint32_t fr, int64_t amount)
{
	uint32_t at = *count;
	while (at > 0 && pairs[at - 1].fr >= fr)
		at--;
	if (at < *count && pairs[at].fr == fr) {
		pairs[at].amount = sat_add(pairs[at].amount, amount);
		return;
	}
	memmove(&pairs[at + 1], &pairs[at], (*count - at) * sizeof *pairs);
	pairs[at] = (struct charge_pair){fr, amount};
	++*count;
}

struct admission *admission_from_assignment(const struct books *books, const struct shape *shape,
                                            const struct assignment *assignment)
{
	uint32_t cells = assignment->n_pod_sets * assignment->n_resources;
	struct admission *admission = admission_create(assignment->n_pod_sets, assignment->n_resources, cells);
	uint32_t n_pairs = 0;
	for (uint32_t pod_set = 0; pod_set < assignment->n_pod_sets; pod_set++) {
		admission->counts[pod_set] = assignment->counts[pod_set];
		for (uint32_t resource = 0; resource < assignment->n_resources; resource++) {
			size_t at = (size_t)pod_set * assignment->n_resources + resource;
			admission->usage[at] = cell_usage(shape, assignment, pod_set, resource);
			if (assignment->flavors[at] == NONE)
				continue;
			uint32_t fr = kueue_find_fr(books->config, assignment->flavors[at], resource);
			if (fr == NONE) {
				admission_destroy(admission);
				return NULL;
			}
			admission->flavors[at] = assignment->flavors[at];
			add_pair(admission->pairs, &n_pairs, fr, admission->usage[at]);
		}
	}
	admission->n_pairs = n_pairs;
	return admission;
}

/* ---- life of the books ---- */

static void allocate_for_config(struct books *books)
{
	name_id pods = names_find(books->names, "pods");
	books->pods_resource = pods == NO_NAME ? NONE : kueue_find_resource(books->config, pods);
	const struct quota_tree *tree = books->quota.tree;
	books->quota.usage = xcalloc((size_t)tree->n_nodes * tree->n_frs, sizeof *books->quota.usage);
	books->reserved = xcalloc(tree->n_cluster_queues, sizeof *books->reserved);
	books->priorities = xcalloc(tree->n_nodes, sizeof *books->priorities);
	books->queue_generation = xcalloc(tree->n_cluster_queues, sizeof *books->queue_generation);
	books->tree_version = xcalloc(tree->n_nodes, sizeof *books->tree_version);
}

struct books *books_create(const struct kueue_config *config)
{
	struct books *books = xcalloc(1, sizeof *books);
	books->config = config;
	books->names = config->names;
	books->quota.tree = quota_tree_create(config);
	books->quota.undo = &books->undo;
	books->shapes = shape_table_create();
	books->nodes = config->nodes;
	books->n_nodes = config->n_nodes;
	books->loads = config->loads;
	books->n_loads = config->n_loads;
	allocate_for_config(books);
	books_build_topology(books, NULL);
	return books;
}

static void free_config_part(struct books *books)
{
	for (uint32_t i = 0; i < books->quota.tree->n_cluster_queues; i++)
		VEC_FREE(&books->reserved[i]);
	free(books->reserved);
	for (uint32_t node = 0; node < books->quota.tree->n_nodes; node++)
		VEC_FREE(&books->priorities[node]);
	free(books->priorities);
	free(books->queue_generation);
	free(books->tree_version);
	free(books->quota.usage);
	quota_tree_release((struct quota_tree *)(uintptr_t)books->quota.tree);
}

void books_destroy(struct books *books)
{
	if (!books)
		return;
	for (uint32_t slot = 0; slot < books->workloads.count; slot++)
		admission_destroy(books->workloads.items[slot].admission);
	free_config_part(books);
	books_free_topology(books);
	shape_table_destroy(books->shapes);
	VEC_FREE(&books->workloads);
	VEC_FREE(&books->free_slots);
	VEC_FREE(&books->wakes);
	VEC_FREE(&books->undo);
	free(books);
}

static void *copy_array(const void *from, size_t count, size_t size)
{
	void *to = xcalloc(count, size);
	if (count)
		memcpy(to, from, count * size);
	return to;
}

struct books *books_fork(const struct books *books)
{
	const struct quota_tree *tree = books->quota.tree;
	struct books *copy = xcalloc(1, sizeof *copy);
	*copy = *books;
	copy->quota.tree = quota_tree_share((struct quota_tree *)(uintptr_t)tree);
	copy->quota.undo = &copy->undo;
	copy->undo = (struct undo){0};
	copy->quota.usage = copy_array(books->quota.usage, (size_t)tree->n_nodes * tree->n_frs, sizeof *books->quota.usage);
	copy->queue_generation = copy_array(books->queue_generation, tree->n_cluster_queues, sizeof *books->queue_generation);
	copy->tree_version = copy_array(books->tree_version, tree->n_nodes, sizeof *books->tree_version);
	copy->reserved = copy_array(books->reserved, tree->n_cluster_queues, sizeof *books->reserved);
	for (uint32_t i = 0; i < tree->n_cluster_queues; i++) {
		copy->reserved[i].items = copy_array(books->reserved[i].items, books->reserved[i].count, sizeof(uint32_t));
		copy->reserved[i].capacity = books->reserved[i].count;
	}
	copy->priorities = copy_array(books->priorities, tree->n_nodes, sizeof *books->priorities);
	for (uint32_t node = 0; node < tree->n_nodes; node++) {
		const struct priority_counts *counts = &books->priorities[node];
		copy->priorities[node].items = copy_array(counts->items, counts->count, sizeof *counts->items);
		copy->priorities[node].capacity = counts->count;
	}
	copy->workloads.items = copy_array(books->workloads.items, books->workloads.count, sizeof *books->workloads.items);
	copy->workloads.capacity = books->workloads.count;
	for (uint32_t slot = 0; slot < copy->workloads.count; slot++)
		if (copy->workloads.items[slot].admission)
			copy->workloads.items[slot].admission = admission_copy(copy->workloads.items[slot].admission);
	copy->free_slots.items = copy_array(books->free_slots.items, books->free_slots.count, sizeof(uint32_t));
	copy->free_slots.capacity = books->free_slots.count;
	copy->wakes.items = copy_array(books->wakes.items, books->wakes.count, sizeof *books->wakes.items);
	copy->wakes.capacity = books->wakes.count;
	copy->shapes = shape_table_copy(books->shapes);
	copy->topology_flavors = NULL;
	copy->topologies = NULL;
	copy->finder = NULL;
	copy->asks = NULL;
	copy->topology_usage = (struct topology_usage){0};
	books_build_topology(copy, books->topologies);
	return copy;
}

struct workload_row *books_find(struct books *books, workload_id workload)
{
	if (workload.slot >= books->workloads.count)
		return NULL;
	struct workload_row *row = books_row(books, workload.slot);
	return row->generation == workload.generation && row->phase != PHASE_FREE ? row : NULL;
}

workload_id books_handle(const struct books *books, uint32_t slot)
{
	return (workload_id){slot, books->workloads.items[slot].generation};
}

uint32_t books_new_slot(struct books *books)
{
	uint32_t slot, generation = 1;
	if (books->free_slots.count > 0) {
		slot = books->free_slots.items[--books->free_slots.count];
		generation = books_row(books, slot)->generation + 1;
	} else {
		slot = books->workloads.count;
		(void)VEC_PUSH(&books->workloads);
	}
	*books_row(books, slot) = (struct workload_row){
	    .generation = generation,
	    .phase = PHASE_PENDING,
	    .active = true,
	    .requeue_at_us = -1,
	    .max_execution_s = -1,
	    .expected_run_us = -1,
	    .admitted_queue = NONE,
	    .reason = REASON_NOT_EVALUATED,
	    .numbers = {.fr = NONE},
	};
	return slot;
}

void books_free_slot(struct books *books, uint32_t slot)
{
	books_row(books, slot)->phase = PHASE_FREE;
	*VEC_PUSH(&books->free_slots) = slot;
}

bool books_queue_active(const struct books *books, uint32_t cluster_queue)
{
	const struct cluster_queue *queue = &books->config->cluster_queues[cluster_queue];
	return !queue->inactive && queue->stop_policy == STOP_NONE && !books->quota.tree->excluded[cluster_queue];
}

enum reason books_barrier(const struct books *books, uint32_t slot)
{
	const struct workload_row *row = &books->workloads.items[slot];
	if (row->local_queue != NONE && books->config->local_queues[row->local_queue].stop_policy != STOP_NONE)
		return REASON_LOCAL_QUEUE_STOPPED;
	return row->cluster_queue != NONE && books_queue_active(books, row->cluster_queue) ? REASON_NONE : REASON_QUEUE_INACTIVE;
}

void books_reset_checks(struct workload_row *row)
{
	row->checks_ready = row->checks_retry = 0;
	row->checks_pending = row->due_admission = false;
}

uint64_t books_open_checks(const struct books *books, const struct workload_row *row, uint32_t cluster_queue,
                           const uint32_t *flavors, uint32_t n_flavors)
{
	return kueue_required_checks(books->config, cluster_queue, flavors, n_flavors) & ~row->checks_ready;
}

void books_note_barrier(struct books *books, uint32_t slot)
{
	struct workload_row *row = books_row(books, slot);
	enum reason barrier = books_barrier(books, slot);
	if (row->phase != PHASE_PENDING || !row->active)
		return;
	if (barrier != REASON_NONE) {
		row->reason = barrier;
		row->bound = REASON_NONE;
		row->numbers = (struct reason_numbers){.fr = NONE};
	} else if (row->reason == REASON_LOCAL_QUEUE_STOPPED || row->reason == REASON_QUEUE_INACTIVE) {
		row->reason = row->requeued_false ? REASON_BACKOFF : REASON_NOT_EVALUATED;
	}
}

uint32_t books_shape(struct books *books, const struct pod_set *pod_sets, uint32_t n_pod_sets, const int32_t *counts,
                     name_id allowed_flavors)
{
	return shape_table_intern(books->shapes, books->config, pod_sets, n_pod_sets, counts, allowed_flavors);
}

const struct shape *books_shape_at(const struct books *books, uint32_t shape)
{
	return shape_table_at(books->shapes, shape);
}

/* ---- who holds quota ---- */

static void changed(struct books *books, uint32_t cluster_queue)
{
	books->topology_version++;
	books->tree_version[books->quota.tree->root[cluster_queue]]++;
}

void books_forget_order(struct books *books, uint32_t cluster_queue)
{
	books->reserved[cluster_queue].ordered = false;
	changed(books, cluster_queue);
}

void priority_counts_note(struct priority_counts *counts, int64_t priority, bool in)
{
	uint32_t at = 0;
	while (at < counts->count && counts->items[at].priority < priority)
		at++;
	if (at == counts->count || counts->items[at].priority != priority) {
		(void)VEC_PUSH(counts);
		memmove(&counts->items[at + 1], &counts->items[at], (counts->count - 1 - at) * sizeof *counts->items);
		counts->items[at] = (struct priority_count){priority, 0};
	}
	counts->items[at].count += in ? 1 : UINT32_MAX;
	if (counts->items[at].count > 0)
		return;
	counts->count--;
	memmove(&counts->items[at], &counts->items[at + 1], (counts->count - at) * sizeof *counts->items);
}

static void count_holder(struct books *books, const struct workload_row *row, bool in)
{
	uint32_t root = books->quota.tree->root[row->admitted_queue];
	priority_counts_note(&books->priorities[row->admitted_queue], row->priority, in);
	if (root != row->admitted_queue)
		priority_counts_note(&books->priorities[root], row->priority, in);
}

int64_t books_lowest_priority(const struct books *books, uint32_t node)
{
	const struct priority_counts *counts = &books->priorities[node];
	return counts->count ? counts->items[0].priority : INT64_MAX;
}

void books_set_priority(struct books *books, uint32_t slot, int64_t priority)
{
	struct workload_row *row = books_row(books, slot);
	bool holds = row->admission && row->admitted_queue != NONE;
	if (holds)
		count_holder(books, row, false);
	row->priority = priority;
	if (!holds)
		return;
	count_holder(books, row, true);
	books->reserved[row->admitted_queue].ordered = false;
}

static void enter_set(struct books *books, uint32_t slot)
{
	struct workload_row *row = books_row(books, slot);
	count_holder(books, row, true);
	struct reserved_set *set = &books->reserved[row->admitted_queue];
	set->ordered = false;
	row->queue_position = set->count;
	*VEC_PUSH(set) = slot;
}

static void leave_set(struct books *books, uint32_t slot)
{
	struct workload_row *row = books_row(books, slot);
	count_holder(books, row, false);
	struct reserved_set *set = &books->reserved[row->admitted_queue];
	set->ordered = false;
	uint32_t moved = set->items[--set->count];
	set->items[row->queue_position] = moved;
	books_row(books, moved)->queue_position = row->queue_position;
}

void books_usage_add(struct books *books, uint32_t slot)
{
	const struct workload_row *row = books_row(books, slot);
	for (uint32_t i = 0; i < row->admission->n_pairs; i++)
		quota_add(&books->quota, row->admitted_queue, row->admission->pairs[i].fr, row->admission->pairs[i].amount);
	books_topology_add(books, row, 1);
}

void books_usage_remove(struct books *books, uint32_t slot)
{
	const struct workload_row *row = books_row(books, slot);
	for (uint32_t i = 0; i < row->admission->n_pairs; i++)
		quota_remove(&books->quota, row->admitted_queue, row->admission->pairs[i].fr, row->admission->pairs[i].amount);
	books_topology_add(books, row, -1);
}

void books_reserve(struct books *books, uint32_t slot, uint32_t cluster_queue, struct admission *admission, int64_t now_us)
{
	struct workload_row *row = books_row(books, slot);
	row->admission = admission;
	row->admitted_queue = cluster_queue;
	row->phase = row->evicted || row->eviction_sent ? PHASE_EVICTED : PHASE_RESERVED;
	row->reserved_us = now_us;
	enter_set(books, slot);
	books_usage_add(books, slot);
	changed(books, cluster_queue);
}

void books_release(struct books *books, uint32_t slot)
{
	struct workload_row *row = books_row(books, slot);
	uint32_t cluster_queue = row->admitted_queue;
	books_usage_remove(books, slot);
	leave_set(books, slot);
	admission_destroy(row->admission);
	row->admission = NULL;
	row->admitted_queue = NONE;
	row->phase = PHASE_PENDING;
	books->queue_generation[cluster_queue]++;
	changed(books, cluster_queue);
}

void books_echo(struct books *books, uint32_t slot)
{
	struct workload_row *row = books_row(books, slot);
	row->reserved_us = api_time(row->reserved_us);
	row->assumed = false;
	books->reserved[row->admitted_queue].ordered = false;
	books->queue_generation[row->admitted_queue]++;
	changed(books, row->admitted_queue);
}

void books_recharge(struct books *books, uint32_t slot, struct admission *admission)
{
	struct workload_row *row = books_row(books, slot);
	books_usage_remove(books, slot);
	admission_destroy(row->admission);
	row->admission = admission;
	books_usage_add(books, slot);
	books->queue_generation[row->admitted_queue]++;
	changed(books, row->admitted_queue);
}

void books_ask_wake(struct books *books, struct wake wake)
{
	*VEC_PUSH(&books->wakes) = wake;
}

/* ---- a new configuration ---- */

static uint32_t translate(const struct kueue_config *from, const struct kueue_config *to, uint32_t cluster_queue)
{
	return cluster_queue == NONE ? NONE : kueue_find_cluster_queue(to, from->cluster_queues[cluster_queue].name);
}

/* The same admission under the new numbering; pairs that the new configuration no longer knows stay uncharged. */
static struct admission *renumber(const struct kueue_config *from, const struct books *books, const struct admission *old)
{
	const struct kueue_config *to = books->config;
	struct admission *new = admission_create(old->n_pod_sets, to->n_resources, old->n_pod_sets * old->n_resources);
	uint32_t n_pairs = 0;
	for (uint32_t pod_set = 0; pod_set < old->n_pod_sets; pod_set++) {
		new->counts[pod_set] = old->counts[pod_set];
		for (uint32_t resource = 0; resource < old->n_resources; resource++) {
			size_t at = (size_t)pod_set * old->n_resources + resource;
			uint32_t to_resource = kueue_find_resource(to, from->resources[resource]);
			if (old->flavors[at] == NONE || to_resource == NONE)
				continue;
			uint32_t flavor = kueue_find_flavor(to, from->flavors[old->flavors[at]].name);
			uint32_t fr = flavor == NONE ? NONE : kueue_find_fr(to, flavor, to_resource);
			if (fr == NONE)
				continue;
			size_t new_at = (size_t)pod_set * to->n_resources + to_resource;
			new->flavors[new_at] = flavor;
			new->usage[new_at] = old->usage[at];
			add_pair(new->pairs, &n_pairs, fr, old->usage[at]);
		}
	}
	new->n_pairs = n_pairs;
	admission_copy_places(new, old);
	return new;
}

/* Bits of a queue's checks in the order of the list that it has now. */
static uint64_t renumber_checks(const struct cluster_queue *from, const struct cluster_queue *to, uint64_t bits)
{
	uint64_t result = 0;
	for (uint32_t i = 0; i < from->n_checks; i++) {
		uint32_t now = bits >> i & 1 ? kueue_find_check(to, from->checks[i].name) : NONE;
		result |= now == NONE ? 0 : UINT64_C(1) << now;
	}
	return result;
}

static void move_checks(const struct kueue_config *from, const struct kueue_config *to, uint32_t old_queue,
                        struct workload_row *row)
{
	static const struct cluster_queue none;
	const struct cluster_queue *old = old_queue == NONE ? &none : &from->cluster_queues[old_queue];
	const struct cluster_queue *now = row->cluster_queue == NONE ? &none : &to->cluster_queues[row->cluster_queue];
	row->checks_ready = renumber_checks(old, now, row->checks_ready);
	row->checks_retry = renumber_checks(old, now, row->checks_retry);
}

void books_set_config(struct books *books, const struct kueue_config *config)
{
	const struct kueue_config *from = books->config;
	uint64_t version = 0;
	for (uint32_t node = 0; node < books->quota.tree->n_nodes; node++)
		version = MAX(version, books->tree_version[node]);
	free_config_part(books);
	struct topologies *places = books->topologies; /* those of admissions are numbered by it */
	books->topologies = NULL;
	books_free_topology(books);
	books->config = config;
	books->nodes = config->nodes;
	books->n_nodes = config->n_nodes;
	books->loads = config->loads;
	books->n_loads = config->n_loads;
	books->quota.tree = quota_tree_create(config);
	allocate_for_config(books);
	for (uint32_t node = 0; node < books->quota.tree->n_nodes; node++)
		books->tree_version[node] = version + 1;
	/* Every subtree is accumulated anew: the generation of each queue moves on (QA-14). */
	for (uint32_t queue = 0; queue < config->n_cluster_queues; queue++)
		books->queue_generation[queue] = version + 1;
	shape_table_resolve(books->shapes, config);
	books_build_topology(books, NULL);
	for (uint32_t slot = 0; slot < books->workloads.count; slot++) {
		struct workload_row *row = books_row(books, slot);
		if (row->phase == PHASE_FREE)
			continue;
		uint32_t old_queue = row->cluster_queue;
		row->numbers.fr = NONE;
		row->cluster_queue = translate(from, config, row->cluster_queue);
		if (row->local_queue != NONE) {
			const struct local_queue *old = &from->local_queues[row->local_queue];
			row->local_queue = kueue_find_local_queue(config, old->namespace_name, old->name);
			row->cluster_queue = row->local_queue == NONE ? NONE : config->local_queues[row->local_queue].cluster_queue;
		}
		move_checks(from, config, old_queue, row);
		if (!row->admission)
			continue;
		struct admission *admission = renumber(from, books, row->admission);
		books_renumber_places(books, places, admission);
		admission_destroy(row->admission);
		row->admission = admission;
		row->admitted_queue = translate(from, config, row->admitted_queue);
		if (row->admitted_queue != NONE) {
			enter_set(books, slot);
			books_usage_add(books, slot);
		}
	}
	topologies_destroy(places);
	if (books->topologies)
		books_charge_topology(books);
}
