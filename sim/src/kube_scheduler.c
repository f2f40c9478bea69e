/* kube_scheduler.c - see kube_scheduler.h. */
#include <stdlib.h>

#include "kube_scheduler.h"

/* Some of the groups: [first, end). */
struct span {
	uint32_t first, end;
};

/* From this many failed tries on the back-off stays the same. */
enum { MOST_TRIES = 5 };

static int64_t backoff_us(uint64_t tries)
{
	return tries >= MOST_TRIES ? 10 * US_PER_S : US_PER_S << (tries - 1);
}

/* Back-offs are compared by the second in which they end. */
static int64_t window(int64_t time_us)
{
	return time_us / US_PER_S;
}

/* ---- Rows and rings ---- */

static struct pod *row(const struct kube_scheduler *scheduler, uint32_t pod)
{
	return &scheduler->pods.items[pod];
}

static uint32_t new_row(struct kube_scheduler *scheduler)
{
	uint32_t pod = scheduler->free_pod;
	if (pod != NONE) {
		scheduler->free_pod = row(scheduler, pod)->next;
		return pod;
	}
	(void)VEC_PUSH(&scheduler->pods);
	return scheduler->pods.count - 1;
}

static void free_row(struct kube_scheduler *scheduler, uint32_t pod)
{
	row(scheduler, pod)->next = scheduler->free_pod;
	scheduler->free_pod = pod;
}

static uint32_t new_ring(struct kube_scheduler *scheduler)
{
	uint32_t head = new_row(scheduler);
	*row(scheduler, head) = (struct pod){.owner = NONE, .node = NONE, .previous = head, .next = head};
	return head;
}

static bool ring_empty(const struct kube_scheduler *scheduler, uint32_t head)
{
	return row(scheduler, head)->next == head;
}

static void ring_append(struct kube_scheduler *scheduler, uint32_t head, uint32_t pod)
{
	uint32_t last = row(scheduler, head)->previous;
	row(scheduler, pod)->previous = last;
	row(scheduler, pod)->next = head;
	row(scheduler, last)->next = pod;
	row(scheduler, head)->previous = pod;
}

static void ring_remove(struct kube_scheduler *scheduler, uint32_t pod)
{
	row(scheduler, row(scheduler, pod)->previous)->next = row(scheduler, pod)->next;
	row(scheduler, row(scheduler, pod)->next)->previous = row(scheduler, pod)->previous;
}

/* Moves all of `from` behind the last of `to`. */
static void ring_splice(struct kube_scheduler *scheduler, uint32_t to, uint32_t from)
{
	if (ring_empty(scheduler, from))
		return;
	uint32_t first = row(scheduler, from)->next, last = row(scheduler, from)->previous;
	uint32_t tail = row(scheduler, to)->previous;
	row(scheduler, tail)->next = first;
	row(scheduler, first)->previous = tail;
	row(scheduler, last)->next = to;
	row(scheduler, to)->previous = last;
	row(scheduler, from)->next = row(scheduler, from)->previous = from;
}

struct kube_scheduler *kube_scheduler_create(struct node_table *nodes, struct class_table *classes,
                                             const struct cluster *cluster, uint64_t seed, uint32_t replication)
{
	struct kube_scheduler *scheduler = xcalloc(1, sizeof *scheduler);
	placement_init(&scheduler->placement, nodes, classes, cluster->score, cluster->score_resources,
	               cluster->n_score_resources);
	scheduler->seed = seed;
	scheduler->replication = replication;
	scheduler->free_pod = NONE;
	VEC_RESERVE(&scheduler->pods, nodes->n_nodes + 1);
	for (uint32_t node = 0; node < nodes->n_nodes; node++)
		(void)new_ring(scheduler);
	scheduler->fresh = new_ring(scheduler);
	return scheduler;
}

void kube_scheduler_destroy(struct kube_scheduler *scheduler)
{
	if (!scheduler)
		return;
	placement_free(&scheduler->placement);
	VEC_FREE(&scheduler->pods);
	VEC_FREE(&scheduler->groups);
	VEC_FREE(&scheduler->waiting_classes);
	VEC_FREE(&scheduler->bound);
	free(scheduler);
}

/* ---- Waiting ---- */

static struct pod_class *class_of(struct kube_scheduler *scheduler, uint32_t pod)
{
	return classes_row(scheduler->placement.classes, row(scheduler, pod)->class_index);
}

/* A first failure: the pod joins those that failed since the last retry. */
static void wait_first(struct kube_scheduler *scheduler, uint32_t pod, int64_t now_us)
{
	struct wait_group *last = scheduler->groups.count ? &scheduler->groups.items[scheduler->groups.count - 1] : NULL;
	if (!last || last->joined != scheduler->retries) {
		uint32_t head = new_ring(scheduler);
		*VEC_PUSH(&scheduler->groups) = (struct wait_group){head, scheduler->retries, 0};
		last = &scheduler->groups.items[scheduler->groups.count - 1];
	}
	row(scheduler, pod)->since_us = now_us;
	ring_append(scheduler, last->head, pod);
	struct pod_class *class_row = class_of(scheduler, pod);
	class_row->n_waiting++;
	if (!class_row->listed)
		*VEC_PUSH(&scheduler->waiting_classes) = row(scheduler, pod)->class_index;
	class_row->listed = true;
	scheduler->n_waiting++;
}

static void stop_waiting(struct kube_scheduler *scheduler, uint32_t pod)
{
	ring_remove(scheduler, pod);
	class_of(scheduler, pod)->n_waiting--;
	scheduler->n_waiting--;
}

/* Moves a group forwards. */
static void move_group(struct kube_scheduler *scheduler, uint32_t from, uint32_t to)
{
	struct wait_group moved = scheduler->groups.items[from];
	for (uint32_t at = from; at > to; at--)
		scheduler->groups.items[at] = scheduler->groups.items[at - 1];
	scheduler->groups.items[to] = moved;
}

/* Splits the last group, whose pods have failed once at times of their own, by the second in which their back-off ends. */
static void split_last_group(struct kube_scheduler *scheduler, int64_t now_us)
{
	uint32_t from = scheduler->groups.count - 1;
	uint32_t head = scheduler->groups.items[from].head;
	uint64_t joined = scheduler->groups.items[from].joined;
	scheduler->groups.count--;
	int64_t previous_order = -1;
	while (!ring_empty(scheduler, head)) {
		uint32_t pod = row(scheduler, head)->next;
		int64_t end = window(row(scheduler, pod)->since_us + backoff_us(1));
		int64_t order = end < window(now_us) ? 0 : end;
		if (order != previous_order) {
			uint32_t ring = new_ring(scheduler);
			*VEC_PUSH(&scheduler->groups) = (struct wait_group){ring, joined, order};
		}
		previous_order = order;
		ring_remove(scheduler, pod);
		ring_append(scheduler, scheduler->groups.items[scheduler->groups.count - 1].head, pod);
	}
	free_row(scheduler, head);
}

/* Puts the groups into the order of this retry; those whose back-off is over come first. The sort is stable, so groups that
 * tie stay in the order of their last tries. */
static void order_groups(struct kube_scheduler *scheduler, int64_t now_us)
{
	uint32_t settled = scheduler->groups.count;
	if (scheduler->groups.items[settled - 1].joined == scheduler->retries) {
		settled--;
		split_last_group(scheduler, now_us);
	}
	struct wait_group *groups = scheduler->groups.items;
	for (uint32_t g = 0; g < settled; g++) {
		int64_t end = window(scheduler->last_retry_us + backoff_us(1 + scheduler->retries - groups[g].joined));
		groups[g].order = end < window(now_us) ? 0 : end;
	}
	for (uint32_t g = 1; g < scheduler->groups.count; g++) {
		uint32_t at = g;
		while (at > 0 && groups[at - 1].order > groups[g].order)
			at--;
		move_group(scheduler, g, at);
	}
}

/* Drops empty groups, and joins neighbours that will always have the same back-off. */
static void join_groups(struct kube_scheduler *scheduler)
{
	uint32_t kept = 0;
	for (uint32_t g = 0; g < scheduler->groups.count; g++) {
		struct wait_group group = scheduler->groups.items[g];
		struct wait_group *before = kept ? &scheduler->groups.items[kept - 1] : NULL;
		uint64_t tries = 1 + scheduler->retries - group.joined;
		bool alike = before && (before->joined == group.joined ||
		                        (tries >= MOST_TRIES && 1 + scheduler->retries - before->joined >= MOST_TRIES));
		if (alike || ring_empty(scheduler, group.head)) {
			if (alike)
				ring_splice(scheduler, before->head, group.head);
			free_row(scheduler, group.head);
		} else {
			scheduler->groups.items[kept++] = group;
		}
	}
	scheduler->groups.count = kept;
}

/* ---- Placing ---- */

static bool try_pod(struct kube_scheduler *scheduler, uint32_t pod)
{
	struct pod_class *class_row = class_of(scheduler, pod);
	struct rng stream = rng_stream(scheduler->seed, scheduler->replication, row(scheduler, pod)->luck,
	                               row(scheduler, pod)->attempt, RNG_PLACEMENT);
	uint32_t node = placement_choose(&scheduler->placement, class_row, &stream);
	if (node == NONE)
		return false;
	nodes_bind(scheduler->placement.nodes, node, class_row->row);
	row(scheduler, pod)->node = node;
	*VEC_PUSH(&scheduler->bound) = pod;
	return true;
}

static void settle_on_node(struct kube_scheduler *scheduler, uint32_t pod, int64_t now_us)
{
	row(scheduler, pod)->since_us = now_us;
	ring_append(scheduler, row(scheduler, pod)->node, pod);
}

/* Marks the waiting classes that no freed node can take, and counts the waiting pods of the others. */
static void find_candidates(struct kube_scheduler *scheduler)
{
	const struct node_table *nodes = scheduler->placement.nodes;
	uint32_t kept = 0;
	scheduler->candidates = 0;
	for (uint32_t i = 0; i < scheduler->waiting_classes.count; i++) {
		uint32_t index = scheduler->waiting_classes.items[i];
		struct pod_class *class_row = classes_row(scheduler->placement.classes, index);
		class_row->listed = class_row->n_waiting > 0;
		if (!class_row->listed)
			continue;
		scheduler->waiting_classes.items[kept++] = index;
		class_row->blocked = true;
		for (uint32_t n = 0; n < nodes->freed.count && class_row->blocked; n++)
			class_row->blocked = !placement_feasible(&scheduler->placement, class_row, nodes->freed.items[n]);
		scheduler->candidates += class_row->blocked ? 0 : class_row->n_waiting;
	}
	scheduler->waiting_classes.count = kept;
}

/* Tries the waiting pods of some groups, in order, until none is left that could find room. */
static void try_groups(struct kube_scheduler *scheduler, struct span groups, int64_t now_us)
{
	for (uint32_t g = groups.first; g < groups.end && scheduler->candidates > 0; g++) {
		uint32_t head = scheduler->groups.items[g].head;
		for (uint32_t pod = row(scheduler, head)->next, next; pod != head && scheduler->candidates > 0; pod = next) {
			next = row(scheduler, pod)->next;
			struct pod_class *class_row = class_of(scheduler, pod);
			if (class_row->blocked)
				continue;
			if (try_pod(scheduler, pod)) {
				stop_waiting(scheduler, pod);
				settle_on_node(scheduler, pod, now_us);
				scheduler->candidates--;
			} else {
				/* all that came before it were placed, so these are the rest */
				class_row->blocked = true;
				scheduler->candidates -= class_row->n_waiting;
			}
		}
	}
}

/* New pods. Where others of their class wait, only nodes that were freed can have room. */
static void try_fresh(struct kube_scheduler *scheduler, bool freed, int64_t now_us)
{
	while (!ring_empty(scheduler, scheduler->fresh)) {
		uint32_t pod = row(scheduler, scheduler->fresh)->next;
		struct pod_class *class_row = class_of(scheduler, pod);
		bool others_wait = class_row->n_waiting > 0;
		ring_remove(scheduler, pod);
		if (others_wait && (!freed || class_row->blocked)) {
			wait_first(scheduler, pod, now_us);
		} else if (try_pod(scheduler, pod)) {
			settle_on_node(scheduler, pod, now_us);
		} else {
			class_row->blocked = true;
			scheduler->candidates -= others_wait ? class_row->n_waiting : 0;
			wait_first(scheduler, pod, now_us);
		}
	}
}

/* Nodes were freed: pods whose back-off is over, then new ones, then those in back-off. */
static void retry_waiting(struct kube_scheduler *scheduler, int64_t now_us)
{
	order_groups(scheduler, now_us);
	scheduler->retries++;
	scheduler->last_retry_us = now_us;
	struct span over = {0, 0}, in_backoff = {0, scheduler->groups.count};
	while (over.end < scheduler->groups.count && scheduler->groups.items[over.end].order == 0)
		over.end++;
	in_backoff.first = over.end;
	find_candidates(scheduler);
	try_groups(scheduler, over, now_us);
	try_fresh(scheduler, true, now_us);
	try_groups(scheduler, in_backoff, now_us);
	if (scheduler->groups.count > in_backoff.end)
		move_group(scheduler, in_backoff.end, in_backoff.first);
	join_groups(scheduler);
}

static void drop_groups(struct kube_scheduler *scheduler)
{
	for (uint32_t g = 0; g < scheduler->groups.count; g++)
		free_row(scheduler, scheduler->groups.items[g].head);
	scheduler->groups.count = 0;
}

bool kube_scheduler_wants_run(const struct kube_scheduler *scheduler)
{
	return !ring_empty(scheduler, scheduler->fresh) ||
	       (scheduler->n_waiting > 0 && scheduler->placement.nodes->freed.count > 0);
}

void kube_scheduler_run(struct kube_scheduler *scheduler, int64_t now_us)
{
	VEC_CLEAR(&scheduler->bound);
	if (scheduler->n_waiting == 0)
		drop_groups(scheduler);
	else if (scheduler->placement.nodes->freed.count > 0)
		retry_waiting(scheduler, now_us);
	try_fresh(scheduler, false, now_us);
	nodes_clear_freed(scheduler->placement.nodes);
}

/* ---- Pods come and go ---- */

uint32_t kube_scheduler_add(struct kube_scheduler *scheduler, uint32_t owner, uint32_t class_index, uint64_t luck,
                            uint32_t attempt)
{
	uint32_t pod = new_row(scheduler);
	*row(scheduler, pod) = (struct pod){.owner = owner,
	                                    .class_index = class_index,
	                                    .node = NONE,
	                                    .next_of_owner = NONE,
	                                    .attempt = attempt,
	                                    .luck = luck,
	                                    .since_us = NEVER_US};
	ring_append(scheduler, scheduler->fresh, pod);
	return pod;
}

void kube_scheduler_remove(struct kube_scheduler *scheduler, uint32_t pod)
{
	struct pod *removed = row(scheduler, pod);
	if (removed->node != NONE) {
		ring_remove(scheduler, pod);
		nodes_unbind(scheduler->placement.nodes, removed->node, class_of(scheduler, pod)->row);
	} else if (removed->since_us == NEVER_US) {
		ring_remove(scheduler, pod);
	} else {
		stop_waiting(scheduler, pod);
	}
	free_row(scheduler, pod);
}

uint32_t kube_scheduler_first_on(const struct kube_scheduler *scheduler, uint32_t node)
{
	return kube_scheduler_next_on(scheduler, node, node);
}

uint32_t kube_scheduler_next_on(const struct kube_scheduler *scheduler, uint32_t node, uint32_t pod)
{
	uint32_t next = row(scheduler, pod)->next;
	return next == node ? NONE : next;
}
