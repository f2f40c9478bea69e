/* queues.c - see planner/kueue/queues.h; the table of classes is in queue_classes.c. Rule numbers are those of
 * kueue-semantics 3.1. */
#include <stdlib.h>
#include <string.h>

#include "../sort.h"
#include "base/digest.h"
#include "planner/kueue/preemption.h"
#include "queues_parts.h"

/* ---- rules ---- */

bool queue_backoff_expired(bool requeued_false, int64_t requeue_at_us, int64_t now_us)
{
	return !requeued_false && (requeue_at_us < 0 || now_us >= requeue_at_us);
}

bool queue_requeues_at_once(enum queueing_strategy strategy, enum reason reason, bool mass_requeue_since_pop,
                            bool scan_pending, bool backoff_expired)
{
	bool immediate = reason == REASON_FAILED_AFTER_NOMINATION || reason == REASON_PENDING_PREEMPTION ||
	                 reason == REASON_PENDING_MIGRATION || reason == REASON_PREEMPTION_FAILED ||
	                 reason == REASON_BETTER_VARIANT_ADMITTED;
	if (strategy == STRICT_FIFO)
		immediate = reason != REASON_NAMESPACE_MISMATCH;
	return backoff_expired && (immediate || mass_requeue_since_pop || scan_pending);
}

bool queue_makes_sticky(enum queueing_strategy strategy, enum reason reason)
{
	return (reason == REASON_PENDING_PREEMPTION || reason == REASON_PENDING_MIGRATION) && strategy == BEST_EFFORT_FIFO;
}

bool queue_parks_class(gate_set gates, enum queueing_strategy strategy, enum reason reason)
{
	return gate_on(gates, GATE_SchedulingEquivalenceHashing) && strategy == BEST_EFFORT_FIFO &&
	       (reason == REASON_NO_FIT || reason == REASON_PREEMPTION_NO_CANDIDATES);
}

uint64_t queue_class_hash(const struct workload_row *row)
{
	return digest_add(digest_add(0, row->shape), (uint64_t)row->priority);
}

static bool namespace_in_queue(const struct kueue_config *config, name_id namespace_name, uint32_t cluster_queue)
{
	if (cluster_queue == NONE)
		return false;
	const struct kube_namespace *found = NULL;
	for (uint32_t i = 0; i < config->n_namespaces && !found; i++)
		if (config->namespaces[i].name == namespace_name)
			found = &config->namespaces[i];
	return namespace_selected(config->names, &config->cluster_queues[cluster_queue].namespace_selector,
	                          found ? found->labels : NULL, found ? found->n_labels : 0);
}

/* ---- heaps ---- */

static struct queue_row *row_of(struct queues *queues, uint32_t slot)
{
	while (queues->rows.count <= slot)
		(void)VEC_PUSH(&queues->rows);
	return &queues->rows.items[slot];
}

/* Q-2 within a class: the priorities are equal. */
static bool member_before(const void *owner, uint32_t a, uint32_t b)
{
	const struct queues *queues = owner;
	int64_t a_ts = queues->rows.items[a].ts_us, b_ts = queues->rows.items[b].ts_us;
	if (a_ts != b_ts)
		return a_ts < b_ts;
	struct uid x = queues->books->workloads.items[a].uid, y = queues->books->workloads.items[b].uid;
	if (x.high != y.high)
		return x.high < y.high;
	return x.low != y.low ? x.low < y.low : a < b;
}

static struct heap_links *member_links(void *owner, uint32_t id)
{
	return &((struct queues *)owner)->rows.items[id].links;
}

static uint32_t active_head(const struct queue_class *class)
{
	return class->heaps[class->active_side];
}

static bool class_before(const void *owner, uint32_t a, uint32_t b)
{
	const struct queues *queues = owner;
	const struct queue_class *x = &queues->classes.items[a], *y = &queues->classes.items[b];
	if (x->usage != y->usage)
		return x->usage < y->usage;
	if (x->priority != y->priority)
		return x->priority > y->priority;
	return member_before(owner, active_head(x), active_head(y));
}

static struct heap_links *class_links(void *owner, uint32_t id)
{
	return &((struct queues *)owner)->classes.items[id].links;
}

static struct heap_order member_order(struct queues *queues)
{
	return (struct heap_order){member_before, member_links, queues};
}

static void set_ready(struct queues *queues, uint32_t cluster_queue)
{
	const struct queue *queue = &queues->items[cluster_queue];
	uint64_t bit = UINT64_C(1) << (cluster_queue % 64), *word = &queues->ready[cluster_queue / 64];
	bool ready = queue->active && (queue->classes != NONE || queue->run.next < queue->run.count);
	*word = ready ? *word | bit : *word & ~bit;
}

/* A class leaves the heap of classes before its head changes and comes back by its new head. */
static void detach_class(struct queues *queues, uint32_t class_index)
{
	struct queue_class *class = &queues->classes.items[class_index];
	struct queue *queue = &queues->items[class->cluster_queue];
	struct heap_order order = {class_before, class_links, queues};
	if (!class->attached)
		return;
	class->attached = false;
	queue->heap_at = NONE;
	queue->classes = heap_remove(&order, queue->classes, class_index);
	set_ready(queues, class->cluster_queue);
}

static void attach_class(struct queues *queues, uint32_t class_index)
{
	struct queue_class *class = &queues->classes.items[class_index];
	struct queue *queue = &queues->items[class->cluster_queue];
	struct heap_order order = {class_before, class_links, queues};
	if (active_head(class) == NONE)
		return;
	class->attached = true;
	queue->heap_at = NONE;
	queue->classes = heap_insert(&order, queue->classes, class_index);
	set_ready(queues, class->cluster_queue);
}

static void touch(struct queues *queues, uint32_t class_index)
{
	struct queue_class *class = &queues->classes.items[class_index];
	if (class->touched)
		return;
	class->touched = true;
	class->next_touched = queues->items[class->cluster_queue].touched;
	queues->items[class->cluster_queue].touched = class_index;
}

static bool parked_in_run(const struct queues *queues, const struct queue_class *class)
{
	return class->run_position < queues->items[class->cluster_queue].run.next;
}

static void skip_gaps(struct run *run)
{
	while (run->next < run->count && run->classes[run->next] == NONE)
		run->next++;
}

void queues_leave_run(struct queues *queues, uint32_t class_index)
{
	struct queue_class *class = &queues->classes.items[class_index];
	struct run *run = &queues->items[class->cluster_queue].run;
	if (!class->in_run)
		return;
	bool parked = parked_in_run(queues, class);
	class->in_run = false;
	run->classes[class->run_position] = NONE;
	if (parked) {
		class->active_side = !class->active_side;
		class->bulk = true;
		touch(queues, class_index);
	} else {
		skip_gaps(run);
		attach_class(queues, class_index);
	}
}

static void insert_member(struct queues *queues, uint32_t class_index, uint32_t slot, uint8_t side)
{
	struct queue_class *class = &queues->classes.items[class_index];
	struct heap_order order = member_order(queues);
	queues->rows.items[slot].place = PLACE_IN_CLASS;
	queues->rows.items[slot].side = side;
	class->heaps[side] = heap_insert(&order, class->heaps[side], slot);
	class->sizes[side]++;
}

static void remove_member(struct queues *queues, uint32_t slot)
{
	struct queue_row *row = &queues->rows.items[slot];
	struct queue_class *class = &queues->classes.items[row->class_index];
	struct heap_order order = member_order(queues);
	class->heaps[row->side] = heap_remove(&order, class->heaps[row->side], slot);
	class->sizes[row->side]--;
	if (class->hopeless == slot)
		class->hopeless = NONE;
	row->place = PLACE_NOWHERE;
}

static void put_in_heap(struct queues *queues, uint32_t slot)
{
	uint32_t class_index = queues->rows.items[slot].class_index;
	queues_leave_run(queues, class_index);
	detach_class(queues, class_index);
	insert_member(queues, class_index, slot, queues->classes.items[class_index].active_side);
	attach_class(queues, class_index);
}

static void park(struct queues *queues, uint32_t slot)
{
	uint32_t class_index = queues->rows.items[slot].class_index;
	queues_leave_run(queues, class_index);
	insert_member(queues, class_index, slot, !queues->classes.items[class_index].active_side);
	touch(queues, class_index);
}

static void hold(struct queues *queues, uint32_t slot)
{
	struct queue_row *row = &queues->rows.items[slot];
	struct queue *queue = &queues->items[queues->classes.items[row->class_index].cluster_queue];
	row->place = PLACE_HELD;
	row->links = (struct heap_links){NONE, queue->held, NONE};
	if (queue->held != NONE)
		queues->rows.items[queue->held].links.previous = slot;
	queue->held = slot;
}

static void leave_held(struct queues *queues, uint32_t slot)
{
	struct heap_links *links = &queues->rows.items[slot].links;
	struct queue *queue = &queues->items[queues->classes.items[queues->rows.items[slot].class_index].cluster_queue];
	if (links->previous != NONE)
		queues->rows.items[links->previous].links.next = links->next;
	else
		queue->held = links->next;
	if (links->next != NONE)
		queues->rows.items[links->next].links.previous = links->previous;
	queues->rows.items[slot].place = PLACE_NOWHERE;
}

/* Out of wherever it is. */
static void take_out(struct queues *queues, uint32_t slot)
{
	struct queue_row *row = &queues->rows.items[slot];
	if (row->place == PLACE_HELD) {
		leave_held(queues, slot);
	} else if (row->place == PLACE_IN_CLASS) {
		queues_leave_run(queues, row->class_index);
		detach_class(queues, row->class_index);
		remove_member(queues, slot);
		attach_class(queues, row->class_index);
	}
	row->place = PLACE_NOWHERE;
}

/* Moves every member of one side of a class over to the other: a swap of roles when that one is empty. */
static void move_side(struct queues *queues, uint32_t class_index, uint8_t from)
{
	struct queue_class *class = &queues->classes.items[class_index];
	uint8_t to = !from;
	detach_class(queues, class_index);
	if (class->sizes[to] < class->sizes[from]) { /* move the fewer, then swap the roles */
		uint8_t swap = from;
		from = to;
		to = swap;
		class->active_side = !class->active_side;
	}
	while (class->heaps[from] != NONE) {
		uint32_t slot = class->heaps[from];
		remove_member(queues, slot);
		insert_member(queues, class_index, slot, to);
	}
	attach_class(queues, class_index);
}

/* ---- classes ---- */

static bool class_parked(const struct queues *queues, const struct queue_class *class)
{
	return class->in_run ? parked_in_run(queues, class) : class->bulk;
}

/* Every part counts. */
static bool bulk_parked(const struct queues *queues, uint32_t class_index)
{
	uint32_t part = class_index;
	do {
		if (class_parked(queues, &queues->classes.items[part]))
			return true;
		part = queues->classes.items[part].next_part;
	} while (part != class_index);
	return false;
}

static void bulk_park(struct queues *queues, uint32_t class_index)
{
	struct queue_class *class = &queues->classes.items[class_index];
	queues_leave_run(queues, class_index);
	class->bulk = true;
	if (active_head(class) != NONE)
		move_side(queues, class_index, class->active_side);
	touch(queues, class_index);
}

/* ---- life ---- */

static void allocate_queues(struct queues *queues)
{
	const struct kueue_config *config = queues->books->config;
	queues->config = config;
	queues->n_queues = config->n_cluster_queues;
	queues->items = xcalloc(queues->n_queues, sizeof *queues->items);
	queues->ready = xcalloc((queues->n_queues + 63) / 64, sizeof *queues->ready);
	for (uint32_t i = 0; i < queues->n_queues; i++)
		queues->items[i] = (struct queue){.active = books_queue_active(queues->books, i),
		                                  .classes = NONE,
		                                  .touched = NONE,
		                                  .held = NONE,
		                                  .marker = NONE,
		                                  .mass_cycle = -1};
	queues->locals = xcalloc(config->n_local_queues, sizeof *queues->locals);
	for (uint32_t i = 0; i < config->n_local_queues; i++) {
		const struct local_queue *local = &config->local_queues[i];
		queues->locals[i] = (struct local_row){
		    .matches = namespace_in_queue(config, local->namespace_name, local->cluster_queue),
		    .orders = local->cluster_queue != NONE && kueue_usage_based(config, local->cluster_queue),
		    .classes = NONE,
		};
	}
	queues_resize_class_slots(queues, 64);
}

static void free_queues(struct queues *queues)
{
	for (uint32_t i = 0; i < queues->n_queues; i++)
		free(queues->items[i].run.classes);
	free(queues->items);
	free(queues->ready);
	free(queues->locals);
}

struct queues *queues_create(struct books *books)
{
	struct queues *queues = xcalloc(1, sizeof *queues);
	queues->books = books;
	allocate_queues(queues);
	return queues;
}

void queues_destroy(struct queues *queues)
{
	if (!queues)
		return;
	for (uint32_t slot = 0; slot < queues->rows.count; slot++)
		free(queues->rows.items[slot].scan);
	VEC_FREE(&queues->rows);
	VEC_FREE(&queues->classes);
	VEC_FREE(&queues->joining);
	VEC_FREE(&queues->sorting);
	free(queues->class_slots);
	free_queues(queues);
	free(queues);
}

static void *copy_array(const void *from, size_t count, size_t size)
{
	void *to = xcalloc(count, size);
	if (count)
		memcpy(to, from, count * size);
	return to;
}

struct queues *queues_fork(const struct queues *queues, struct books *books_of_fork)
{
	struct queues *copy = xcalloc(1, sizeof *copy);
	*copy = *queues;
	copy->books = books_of_fork;
	copy->rows.items = copy_array(queues->rows.items, queues->rows.count, sizeof *queues->rows.items);
	copy->rows.capacity = queues->rows.count;
	for (uint32_t slot = 0; slot < copy->rows.count; slot++) {
		struct queue_row *row = &copy->rows.items[slot];
		if (row->scan)
			row->scan = copy_array(row->scan, row->scan_cells, sizeof *row->scan);
	}
	copy->classes.items = copy_array(queues->classes.items, queues->classes.count, sizeof *queues->classes.items);
	copy->classes.capacity = queues->classes.count;
	copy->class_slots = copy_array(queues->class_slots, queues->n_class_slots, sizeof *queues->class_slots);
	copy->items = copy_array(queues->items, queues->n_queues, sizeof *queues->items);
	for (uint32_t i = 0; i < queues->n_queues; i++) {
		struct run *run = &copy->items[i].run;
		run->classes = copy_array(run->classes, run->count, sizeof *run->classes);
		run->capacity = run->count;
	}
	memset(&copy->joining, 0, sizeof copy->joining);
	memset(&copy->sorting, 0, sizeof copy->sorting);
	copy->ready = copy_array(queues->ready, (queues->n_queues + 63) / 64, sizeof *queues->ready);
	copy->locals = copy_array(queues->locals, queues->books->config->n_local_queues, sizeof *queues->locals);
	return copy;
}

/* ---- moves ---- */

/* Finds the workload's class in its present form. False: there is no queue for it. */
static bool enter(struct queues *queues, uint32_t slot)
{
	const struct workload_row *workload = books_row(queues->books, slot);
	const struct kueue_config *config = queues->books->config;
	if (workload->cluster_queue == NONE)
		return false;
	struct class_key key = {.cluster_queue = workload->cluster_queue,
	                        .shape = workload->shape,
	                        .priority = workload->priority,
	                        .local_queue = NONE};
	if (workload->local_queue != NONE) {
		if (config->local_queues[workload->local_queue].stop_policy != STOP_NONE) /* */
			return false;
		key.namespace_matches = queues->locals[workload->local_queue].matches;
		if (queues->locals[workload->local_queue].orders)
			key.local_queue = workload->local_queue;
	} else {
		key.namespace_matches = namespace_in_queue(config, workload->namespace_name, workload->cluster_queue);
	}
	struct queue_row *row = row_of(queues, slot);
	row->class_index = queues_find_class(queues, &key);
	row->ts_us = queue_order_ts_us(config, workload);
	return true;
}

static bool backoff_expired(const struct workload_row *workload, int64_t now_us)
{
	return queue_backoff_expired(workload->requeued_false, workload->requeue_at_us, now_us);
}

void queues_push(struct queues *queues, uint32_t slot, int64_t now_us)
{
	const struct workload_row *workload = books_row(queues->books, slot);
	bool in_heap = queues_place(queues, slot) == QUEUE_HEAP;
	(void)row_of(queues, slot);
	take_out(queues, slot);
	if (workload->gated || !workload->active || !enter(queues, slot))
		return;
	const struct kueue_config *config = queues->books->config;
	uint32_t class_index = queues->rows.items[slot].class_index;
	bool best_effort = config->cluster_queues[workload->cluster_queue].strategy == BEST_EFFORT_FIFO;
	bool hashing = gate_on(config->gates, GATE_SchedulingEquivalenceHashing);
	if (!in_heap && !backoff_expired(workload, now_us))
		hold(queues, slot);
	else if (!in_heap && best_effort && hashing && bulk_parked(queues, class_index))
		park(queues, slot);
	else
		put_in_heap(queues, slot);
}

void queues_drop(struct queues *queues, uint32_t slot)
{
	if (slot >= queues->rows.count)
		return;
	struct queue_row *row = &queues->rows.items[slot];
	uint32_t cluster_queue = books_row(queues->books, slot)->cluster_queue;
	if (cluster_queue != NONE && queues->items[cluster_queue].marker == slot)
		queues->items[cluster_queue].marker = NONE;
	take_out(queues, slot);
	free(row->scan);
	row->scan = NULL;
}

void queues_set_usage(struct queues *queues, uint32_t local_queue, double usage)
{
	struct local_row *local = &queues->locals[local_queue];
	local->usage = usage;
	for (uint32_t i = local->classes; i != NONE; i = queues->classes.items[i].next_of_local)
		detach_class(queues, i);
	for (uint32_t i = local->classes; i != NONE; i = queues->classes.items[i].next_of_local) {
		queues->classes.items[i].usage = usage;
		attach_class(queues, i);
	}
}

/* By bisection over the run, whose gaps are passed over. */
static uint32_t find_heap_at(const struct queues *queues, const struct queue *queue)
{
	uint32_t low = queue->run.next, high = queue->run.count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2, at = middle;
		while (at < high && queue->run.classes[at] == NONE)
			at++;
		if (at == high || class_before(queues, queue->classes, queue->run.classes[at]))
			high = middle;
		else
			low = at + 1;
	}
	return low;
}

/* Is the queue's best class the next of its run, and not that of its heap? */
static bool run_leads(const struct queues *queues, uint32_t cluster_queue)
{
	struct queue *queue = &queues->items[cluster_queue];
	if (queue->classes == NONE || queue->run.next == queue->run.count)
		return queue->run.next < queue->run.count;
	if (queue->heap_at == NONE)
		queue->heap_at = find_heap_at(queues, queue);
	return queue->run.next < queue->heap_at;
}

/* it goes first among those whose LocalQueues have used as little. Where usage counts, all classes are in the heap. */
static bool marker_leads(const struct queues *queues, uint32_t cluster_queue)
{
	const struct queue *queue = &queues->items[cluster_queue];
	return queue->marker != NONE && queue->marker_sticky && queues_place(queues, queue->marker) == QUEUE_HEAP &&
	       queue->marker_version == queues->books->workloads.items[queue->marker].spec_version &&
	       (queue->classes == NONE || queues->classes.items[queues->rows.items[queue->marker].class_index].usage <=
	                                      queues->classes.items[queue->classes].usage);
}

uint32_t queues_head(const struct queues *queues, uint32_t cluster_queue)
{
	const struct queue *queue = &queues->items[cluster_queue];
	if (marker_leads(queues, cluster_queue))
		return queue->marker;
	uint32_t best = run_leads(queues, cluster_queue) ? queue->run.classes[queue->run.next] : queue->classes;
	return best == NONE ? NONE : active_head(&queues->classes.items[best]);
}

uint32_t queues_next_ready(const struct queues *queues, uint32_t from)
{
	uint32_t words = (queues->n_queues + 63) / 64;
	uint64_t mask = UINT64_MAX << (from % 64);
	for (uint32_t word = from / 64; word < words; word++, mask = UINT64_MAX)
		if (queues->ready[word] & mask)
			return word * 64 + (uint32_t)__builtin_ctzll(queues->ready[word] & mask);
	return NONE;
}

void queues_begin_pass(struct queues *queues)
{
	queues->pop_cycle++;
}

uint32_t queues_pop(struct queues *queues, uint32_t cluster_queue)
{
	uint32_t slot = queues_head(queues, cluster_queue);
	take_out(queues, slot);
	queues->rows.items[slot].place = PLACE_IN_FLIGHT;
	return slot;
}

static struct class_view view_class(const struct queues *queues, uint32_t class_index, uint32_t head)
{
	const struct queue_class *class = &queues->classes.items[class_index];
	bool hopeless = class->hopeless == head && class->namespace_matches && is_whole(queues, class);
	return (struct class_view){
	    .index = class_index,
	    .cluster_queue = class->cluster_queue,
	    .shape = class->shape,
	    .priority = class->priority,
	    .head = head,
	    .hopeless = hopeless ? class->hopeless_reason : REASON_NONE,
	};
}

struct class_view queues_head_class(const struct queues *queues, uint32_t cluster_queue)
{
	uint32_t head = queues_head(queues, cluster_queue);
	return view_class(queues, queues->rows.items[head].class_index, head);
}

struct class_view queues_class(const struct queues *queues, uint32_t class_index)
{
	return view_class(queues, class_index, active_head(&queues->classes.items[class_index]));
}

uint32_t queues_class_index(const struct queues *queues, uint32_t slot)
{
	return queues->rows.items[slot].class_index;
}

struct run_view queues_run(const struct queues *queues, uint32_t cluster_queue)
{
	const struct queue *queue = &queues->items[cluster_queue];
	bool leads = run_leads(queues, cluster_queue) && !marker_leads(queues, cluster_queue);
	return (struct run_view){queue->run.classes, queue->run.count, queue->run.next, queue->run.version, leads};
}

void queues_park_head(struct queues *queues, uint32_t cluster_queue)
{
	struct run *run = &queues->items[cluster_queue].run;
	if (!run_leads(queues, cluster_queue) || marker_leads(queues, cluster_queue)) {
		bulk_park(queues, queues->rows.items[queues_head(queues, cluster_queue)].class_index);
		return;
	}
	run->next++;
	skip_gaps(run);
	set_ready(queues, cluster_queue);
}

static bool scan_pending(const struct queue_row *row)
{
	for (uint32_t i = 0; row->scan && i < row->scan_cells; i++)
		if (row->scan[i] != SCAN_NONE && row->scan[i] != -1)
			return true;
	return false;
}

void queues_requeue(struct queues *queues, uint32_t slot, enum reason reason, int64_t now_us)
{
	const struct workload_row *workload = books_row(queues->books, slot);
	struct queue_row *row = row_of(queues, slot);
	struct queue *queue = &queues->items[workload->cluster_queue];
	const struct kueue_config *config = queues->books->config;
	enum queueing_strategy strategy = config->cluster_queues[workload->cluster_queue].strategy;
	bool expired = backoff_expired(workload, now_us);
	if (reason == REASON_PENDING_PREEMPTION) {
		queue->marker = slot;
		queue->marker_version = workload->spec_version;
		queue->marker_sticky = queue_makes_sticky(strategy, reason);
	}
	row->place = PLACE_NOWHERE;
	if (queue_requeues_at_once(strategy, reason, queue->mass_cycle >= queues->pop_cycle, scan_pending(row), expired)) {
		put_in_heap(queues, slot);
		return;
	}
	if (expired)
		park(queues, slot);
	else
		hold(queues, slot);
	if (!queue_parks_class(config->gates, strategy, reason))
		return;
	uint32_t part = row->class_index;
	do {
		bulk_park(queues, part);
		part = queues->classes.items[part].next_part;
	} while (part != row->class_index);
}

void queues_found_hopeless(struct queues *queues, uint32_t slot, enum reason reason)
{
	const struct queue_row *row = &queues->rows.items[slot];
	struct queue_class *class = &queues->classes.items[row->class_index];
	if (row->place != PLACE_IN_CLASS || class->in_run || row->side == class->active_side || !class->bulk)
		return; /* its class was not parked with it */
	class->hopeless = slot;
	class->hopeless_reason = reason;
}

static bool class_order(const void *context, uint32_t a, uint32_t b)
{
	return class_before(context, a, b);
}

/* Merges the classes of `joining` into what is left of the run. */
static void join_run(struct queues *queues, struct run *run)
{
	uint32_t kept = 0, *joining = queues->joining.items, n_joining = queues->joining.count;
	VEC_RESERVE(&queues->sorting, n_joining);
	sort_ids(joining, queues->sorting.items, n_joining, class_order, queues);
	for (uint32_t i = 0; i < run->count; i++)
		if (run->classes[i] != NONE)
			run->classes[kept++] = run->classes[i];
	run->count = kept + n_joining;
	if (run->count > run->capacity) {
		run->capacity = run->count + run->count / 2;
		run->classes = xrealloc_array(run->classes, run->capacity, sizeof *run->classes);
	}
	for (uint32_t at = run->count; at-- > 0;) { /* from the end, so that it can be done in place */
		bool keep = n_joining == 0 || (kept > 0 && class_before(queues, joining[n_joining - 1], run->classes[kept - 1]));
		run->classes[at] = keep ? run->classes[--kept] : joining[--n_joining];
		queues->classes.items[run->classes[at]].in_run = true;
		queues->classes.items[run->classes[at]].run_position = at;
	}
	run->version++;
}

/* Its head was found hopeless, nothing has happened to it since, and everybody in it was parked with the head. */
static bool may_join(const struct queues *queues, const struct queue_class *class)
{
	return class->hopeless != NONE && class->hopeless == class->heaps[!class->active_side] &&
	       class->sizes[class->active_side] == 0 && class->namespace_matches && is_whole(queues, class);
}

/* Every class that was touched comes back, into the run or the heap. Those that still have somebody parked stay touched. */
static void requeue_touched(struct queues *queues, struct queue *queue)
{
	uint32_t still_touched = NONE;
	VEC_CLEAR(&queues->joining);
	for (uint32_t index = queue->touched, next; index != NONE; index = next) {
		struct queue_class *class = &queues->classes.items[index];
		next = class->next_touched;
		class->bulk = false;
		if (may_join(queues, class)) {
			class->active_side = !class->active_side;
			*VEC_PUSH(&queues->joining) = index;
		} else if (class->namespace_matches) {
			move_side(queues, index, !class->active_side);
		}
		class->touched = class->sizes[!class->active_side] > 0;
		if (class->touched) {
			class->next_touched = still_touched;
			still_touched = index;
		}
	}
	queue->touched = still_touched;
	if (queues->joining.count > queue->run.count / 8) { /* it costs as much as the run is long, so a few wait for more */
		join_run(queues, &queue->run);
		return;
	}
	for (uint32_t i = 0; i < queues->joining.count; i++)
		attach_class(queues, queues->joining.items[i]);
}

static void requeue_queue(struct queues *queues, uint32_t cluster_queue, int64_t now_us)
{
	struct queue *queue = &queues->items[cluster_queue];
	queue->mass_cycle = queues->pop_cycle;
	if (queue->touched != NONE)
		requeue_touched(queues, queue);
	queue->run.next = 0;
	queue->heap_at = NONE;
	skip_gaps(&queue->run);
	set_ready(queues, cluster_queue);
	for (uint32_t slot = queue->held, next; slot != NONE; slot = next) {
		next = queues->rows.items[slot].links.next;
		bool matches = queues->classes.items[queues->rows.items[slot].class_index].namespace_matches;
		if (!matches || !backoff_expired(books_row(queues->books, slot), now_us))
			continue;
		leave_held(queues, slot);
		put_in_heap(queues, slot);
	}
}

static void requeue_below(struct queues *queues, uint32_t node, int64_t now_us)
{
	const struct quota_tree *tree = queues->books->quota.tree;
	if (node < tree->n_cluster_queues) {
		requeue_queue(queues, node, now_us);
		return;
	}
	uint32_t cohort = node - tree->n_cluster_queues;
	for (uint32_t i = tree->child_start[cohort]; i < tree->child_start[cohort + 1]; i++)
		requeue_below(queues, tree->children[i], now_us);
}

void queues_mass_requeue(struct queues *queues, uint32_t root, int64_t now_us)
{
	if (!queues->books->quota.tree->excluded[root]) /* in a cycle of cohorts nothing comes back (requeue-inadmissible) */
		requeue_below(queues, root, now_us);
}

/* Progress of the flavor search outlives the configuration, by name of the resource. Whether it is still valid the stamp
 * tells (FA-10). */
static void renumber_scan(const struct queues *queues, struct queue_row *row, const struct kueue_config *from)
{
	const struct kueue_config *to = queues->config;
	if (!row->scan)
		return;
	uint32_t n_pod_sets = from->n_resources ? row->scan_cells / from->n_resources : 0;
	int32_t *scan = xrealloc_array(NULL, (size_t)n_pod_sets * to->n_resources, sizeof *scan);
	for (uint32_t i = 0; i < n_pod_sets * to->n_resources; i++)
		scan[i] = SCAN_NONE;
	for (uint32_t old = 0; old < from->n_resources; old++) {
		uint32_t now = kueue_find_resource(to, from->resources[old]);
		for (uint32_t p = 0; now != NONE && p < n_pod_sets; p++)
			scan[p * to->n_resources + now] = row->scan[p * from->n_resources + old];
	}
	free(row->scan);
	row->scan = scan;
	row->scan_cells = n_pod_sets * to->n_resources;
}

void queues_rebuild(struct queues *queues, int64_t now_us)
{
	uint32_t count = queues->rows.count;
	enum queue_place *places = xcalloc(count, sizeof *places);
	for (uint32_t slot = 0; slot < count; slot++)
		places[slot] = queues_place(queues, slot);
	const struct kueue_config *from = queues->config;
	free_queues(queues);
	VEC_CLEAR(&queues->classes);
	allocate_queues(queues);
	for (uint32_t slot = 0; slot < count; slot++) {
		struct queue_row *row = &queues->rows.items[slot];
		row->place = PLACE_NOWHERE;
		renumber_scan(queues, row, from);
		if (places[slot] == QUEUE_NOWHERE || !enter(queues, slot))
			continue;
		if (places[slot] == QUEUE_HEAP)
			put_in_heap(queues, slot);
		else if (backoff_expired(books_row(queues->books, slot), now_us))
			park(queues, slot);
		else
			hold(queues, slot);
	}
	free(places);
}

/* ---- looking ---- */

enum queue_place queues_place(const struct queues *queues, uint32_t slot)
{
	if (slot >= queues->rows.count)
		return QUEUE_NOWHERE;
	const struct queue_row *row = &queues->rows.items[slot];
	switch (row->place) {
	case PLACE_IN_CLASS: {
		const struct queue_class *class = &queues->classes.items[row->class_index];
		bool parked = class->in_run ? parked_in_run(queues, class) : row->side != class->active_side;
		return parked ? QUEUE_PARKED : QUEUE_HEAP;
	}
	case PLACE_HELD:
		return QUEUE_PARKED;
	case PLACE_IN_FLIGHT:
	case PLACE_NOWHERE:
		break;
	}
	return QUEUE_NOWHERE;
}

int64_t queues_ts_us(const struct queues *queues, uint32_t slot)
{
	return queues->rows.items[slot].ts_us;
}

bool queues_namespace_matches(const struct queues *queues, uint32_t slot)
{
	return queues->classes.items[queues->rows.items[slot].class_index].namespace_matches;
}

bool queues_is_preemptor(const struct queues *queues, uint32_t slot)
{
	uint32_t cluster_queue = queues->books->workloads.items[slot].cluster_queue;
	return queues->items[cluster_queue].marker == slot;
}

void queues_save_scan(struct queues *queues, uint32_t slot, const int32_t *scan, uint32_t cells, struct scan_stamp stamp)
{
	struct queue_row *row = row_of(queues, slot);
	if (!scan && !row->scan)
		return;
	if (!scan) {
		free(row->scan);
		row->scan = NULL;
		return;
	}
	if (!row->scan || row->scan_cells != cells)
		row->scan = xrealloc_array(row->scan, cells, sizeof *row->scan);
	memcpy(row->scan, scan, cells * sizeof *scan);
	row->scan_cells = cells;
	row->scan_stamp = stamp;
}

const int32_t *queues_scan(const struct queues *queues, uint32_t slot, struct scan_stamp *ret_stamp)
{
	if (slot >= queues->rows.count || !queues->rows.items[slot].scan)
		return NULL;
	*ret_stamp = queues->rows.items[slot].scan_stamp;
	return queues->rows.items[slot].scan;
}

uint64_t queues_digest(const struct queues *queues, uint64_t digest)
{
	for (uint32_t slot = 0; slot < queues->rows.count; slot++)
		digest = digest_add(digest, (uint64_t)queues_place(queues, slot));
	return digest;
}
