/* queues_parts.h - the tables behind planner/kueue/queues.h. Internal to queues.c and queue_classes.c. */
#ifndef BERTH_PLANNER_KUEUE_QUEUES_PARTS_H
#define BERTH_PLANNER_KUEUE_QUEUES_PARTS_H

#include "../pairing.h"
#include "planner/kueue/queues.h"

enum place {
	PLACE_NOWHERE,
	PLACE_IN_CLASS, /* in H or I, by the side of its class heap */
	PLACE_HELD,     /* in I, alone: back-off runs, or the namespace does not match */
	PLACE_IN_FLIGHT /* F: popped, being evaluated */
};

/* Per workload slot. `links` chain the class heap, or the held list. */
struct queue_row {
	enum place place;
	uint8_t side; /* PLACE_IN_CLASS: which heap of the class */
	uint32_t class_index;
	struct heap_links links;
	int64_t ts_us;
	int32_t *scan; /* owned; NULL = nothing saved */
	uint32_t scan_cells;
	struct scan_stamp scan_stamp;
};

/* All workloads of one class in one cluster queue, split by whether their namespace matches its selector and, where pending
 * work goes by the usage of LocalQueues (AFS-6), by LocalQueue: so all of a class have one usage. One of the two heaps holds
 * the members in H, the other those in I; moving all members over is swapping the roles. */
struct queue_class {
	uint32_t cluster_queue, shape;
	int64_t priority;
	bool namespace_matches;
	uint32_t local_queue; /* NONE where usage is of no concern */
	double usage;         /* of the LocalQueue; else 0 */
	bool bulk;            /* found inadmissible: arrivals are parked unseen until the next mass requeue */
	bool attached;        /* is in the queue's heap of classes: some member is in H */
	bool in_run;          /* is in the queue's run; then neither attached nor touched */
	bool touched;         /* is in the queue's list of classes with members in I or `bulk` */
	uint8_t active_side;
	uint32_t heaps[2]; /* roots, NONE = empty */
	uint32_t sizes[2];
	enum reason hopeless_reason;
	uint32_t hopeless;       /* the member that was last found hopeless, while nothing has happened to it; NONE */
	struct heap_links links; /* in the queue's heap of classes */
	uint32_t next_touched;
	uint32_t run_position;
	uint32_t next_part;     /* ring of the parts of what is one class to Kueue; itself when it is whole */
	uint32_t next_of_local; /* list of the LocalQueue's classes */
};

/* The hopeless classes of a queue in the order in which it offers them. Each has all its members on one side; which side of
 * the queue that is, goes by the class's position: those before `next` are parked, the others in H. So parking the head is a
 * step, and a mass requeue is a jump back to the start. A class leaves the run, NONE in its place, as soon as anything
 * happens to one of its workloads, and joins it again in a mass requeue. */
struct run {
	uint32_t *classes;
	uint32_t count, capacity;
	uint32_t next;    /* never at a NONE */
	uint32_t version; /* +1 when classes join */
};

/* Per cluster queue. Its head is that of the run or that of the heap of classes. */
struct queue {
	bool active;
	struct run run;
	uint32_t heap_at; /* the best of the heap comes right before this position of the run; NONE = to be found again */
	uint32_t classes; /* heap of classes by their best active member, without those of the run */
	uint32_t touched; /* list */
	uint32_t held;    /* list of PLACE_HELD */
	uint32_t marker;  /* P: slot of the last preemptor, NONE */
	uint32_t marker_version;
	bool marker_sticky;
	int64_t mass_cycle; /* pop counter at the last mass requeue; -1 = never */
};

/* Per local queue. */
struct local_row {
	bool matches;     /* its namespace matches the ClusterQueue's selector */
	bool orders;      /* its ClusterQueue goes by usage */
	double usage;     /* AFS-5 */
	uint32_t classes; /* list, where it orders */
};

struct queues {
	struct books *books;
	const struct kueue_config *config; /* by whose indexes the tables below go */
	struct {
		VEC_FIELDS(struct queue_row);
	} rows;
	struct {
		VEC_FIELDS(struct queue_class);
	} classes;
	uint32_t *class_slots; /* open addressing over classes; NONE = empty */
	uint32_t n_class_slots;
	struct queue *items; /* per cluster queue */
	uint32_t n_queues;
	uint64_t *ready;          /* bitset: active queues with a head */
	struct local_row *locals; /* per local queue */
	int64_t pop_cycle;
	struct {
		VEC_FIELDS(uint32_t);
	} joining, sorting; /* scratch of a mass requeue */
};

/* What tells one class, or one part of it, from all others. */
struct class_key {
	uint32_t cluster_queue, shape;
	int64_t priority;
	bool namespace_matches;
	uint32_t local_queue;
};

/* Finds or makes it. The parts of a class hang together by the part whose namespace matches and that is of no LocalQueue;
 * where there are others it is made too, and may be empty. */
uint32_t queues_find_class(struct queues *queues, const struct class_key *key);
/* Makes the hash table over the classes anew, with room for this many; a power of two. */
void queues_resize_class_slots(struct queues *queues, uint32_t size);
static inline bool is_whole(const struct queues *queues, const struct queue_class *class)
{
	return &queues->classes.items[class->next_part] == class;
}

/* To be called before anything happens to a member of the class, or to the class as a whole. */
void queues_leave_run(struct queues *queues, uint32_t class_index);

#endif
