/* sim_state.h - the state of one replication: clusters, jobs that are alive, the agenda, what was found out.
 *
 * Who may change what: lifecycle.c moves jobs, planner_link.c talks to the planners, disruptions.c to nodes and
 * configurations, accounting.c keeps the books of time, waits and money, run.c owns the clock. Jobs refer to each other,
 * to pods and to workloads by index. */
#ifndef BERTH_SIM_SIM_STATE_H
#define BERTH_SIM_SIM_STATE_H

#include "control_plane.h"
#include "gpu_meter.h"
#include "kube_scheduler.h"
#include "planner/planner.h"
#include "quota_meter.h"
#include "series.h"
#include "sim/agenda.h"
#include "sim/run.h"

#define CLAMP(x, low, high) ((x) < (low) ? (low) : (x) > (high) ? (high) : (x))

/* Order within one instant. Placement comes after all of these, a pass after placement (run.c). */
enum event_rank {
	RANK_COMPLETION, /* ends of runs, pods gone, nodes back */
	RANK_FAILURE,
	RANK_CHANGE,  /* of the world */
	RANK_ARRIVAL, /* submissions: not in the agenda, but ordered as if they were */
	RANK_MESSAGE, /* answers of the API server, watch events */
	RANK_WAKE,    /* what planners asked for */
	RANK_PASS_END,
};

enum event_kind {
	EVENT_KIND_STEP,     /* a = live job, b = enum step */
	EVENT_KIND_WAKE,     /* a = cluster, b = row of wakes */
	EVENT_KIND_PASS_END, /* a = cluster */
	EVENT_KIND_NODE_FAILS,
	EVENT_KIND_NODE_REPAIRED, /* a = cluster, b = node */
	EVENT_KIND_CHANGE,        /* a = change of the world */
	EVENT_KIND_FORK,
};

enum job_state {
	JOB_FREE,      /* the slot holds no job */
	JOB_SUBMITTED, /* the planner has not seen it yet */
	JOB_PENDING,
	JOB_RESERVED, /* decided; the write is under way, or admission checks are */
	JOB_ADMITTED, /* written; its pods do not exist yet, or not yet again */
	JOB_PLACING,  /* some pod has no node */
	JOB_STARTING, /* all bound, not all ready */
	JOB_RUNNING,
	JOB_BROKEN,   /* a node under it failed or drains: its pods that are left hold their nodes for nothing */
	JOB_STOPPING, /* told to stop: its pods are in their termination grace, or gone; it still holds its quota */
	JOB_ENDED,    /* finished, pods gone; the planner does not know yet */
	JOB_LEAVING,  /* no job any more: pods of an attempt that has given its quota back, in their termination grace */
	JOB_STATE_COUNT
};

/* What can be under way for one job at once: its own progress, its eviction, the news whether it is ready. */
enum lane { LANE_PROGRESS, LANE_EVICTION, LANE_NEWS, LANE_COUNT };

struct live_pod_set {
	uint32_t class_index;
	int32_t count;
	uint32_t cell; /* quota_meter cell of its GPUs; NONE: none */
	int64_t gpus;  /* quota held in that cell */
};

struct live_job {
	uint32_t job;            /* into the job table; a free slot: next free */
	uint32_t cluster, queue; /* cluster queue of the submission */
	workload_id workload;    /* from JOB_PENDING on */
	enum job_state state;
	uint32_t attempt;             /* starts so far; keys its luck */
	uint32_t demand_row;          /* into cluster->demands while pending */
	enum demand_kind demand_kind; /* booked while pending: as the cause of its wait says */
	uint32_t first_pod;           /* chain through next_of_owner */
	int32_t n_pods, n_bound;
	struct live_pod_set *sets; /* one per pod set of the shape; kept when the slot is used again */
	uint32_t n_sets, sets_capacity;
	bool holds_quota;
	bool evicting;         /* decided, and not carried out yet */
	bool deactivated;      /* the eviction is for good */
	bool has_run;          /* it ran before: a start is a restart */
	bool awaits_checks;    /* it has quota, and admission checks that are not ready */
	uint32_t check_rounds; /* times that its admission checks were asked; keys their luck */
	int32_t check_retries; /* since it was admitted last */
	bool was_ready;        /* found running: its pods are ready as soon as they have nodes */
	enum reason evict_reason;
	enum reason stop_reason;  /* why its work stops early, or has: what its loss counts as */
	uint32_t preemptor_job;   /* NONE */
	uint32_t preemptor_queue; /* NONE */
	uint32_t preemption_row;  /* of the eviction under way; NONE */
	uint64_t passes_before;   /* passes of its cluster that began before it pended */
	enum wait_cause cause;
	int64_t cause_since_us;
	int64_t created_us; /* of the Workload object */
	int64_t gpus_asked, gpus_admitted;
	int64_t work_done_us; /* saved, of the job table's run_us */
	int64_t stretch_us;   /* first pod bound; -1: none yet */
	int64_t ready_at_us;  /* the last pod's, once all are bound */
	int64_t run_start_us; /* NEVER_US before */
	/* Once work has ended: [run start, kept) counts, [kept, end) is lost, [end, told to stop) too, then grace. */
	int64_t kept_until_us, work_end_us, told_us;
	int64_t gone_us; /* once told to stop: when the last pod is gone */
	agenda_handle lanes[LANE_COUNT];
};

/* GPUs that a pending workload of one shape in one queue could use, by set of pools. */
struct demand_row {
	uint32_t shape, queue, version;
	uint32_t next;           /* in the hash chain */
	uint32_t first, n_parts; /* into demand_parts */
};
struct demand_part {
	uint32_t set;
	int64_t gpus;
};

struct class_facts {
	uint32_t set; /* of pools, for the meter */
	int64_t gpus; /* per pod */
};

struct sim_cluster {
	uint32_t index;
	const struct cluster *world;
	const struct kueue_config *config; /* in force */
	uint32_t config_version;
	struct planner *planner;
	struct decision_list *decisions;
	struct node_table *nodes;
	struct class_table *classes;
	struct kube_scheduler *scheduler;
	struct control_plane_state control_plane;
	struct gpu_meter *gpus;
	struct quota_meter *quota;
	struct series *series; /* NULL: not asked for */
	struct {
		VEC_FIELDS(struct class_facts);
	} class_facts;
	struct {
		VEC_FIELDS(struct demand_row);
	} demands;
	struct {
		VEC_FIELDS(struct demand_part);
	} demand_parts;
	uint32_t *demand_slots; /* power of two; NONE = empty */
	uint32_t n_demand_slots;
	struct {
		VEC_FIELDS(uint32_t);
	} slot_jobs;         /* planner slot -> live job */
	uint32_t *flavors;   /* scratch: one per resource */
	int64_t *pool_rates; /* micro-units per GPU-hour; 0 without a price */
	agenda_handle *node_events;
	uint32_t *node_attempts; /* failures so far */
	bool pass_running;       /* its decisions wait for its end */
	bool looped;             /* passes are cut off for this instant */
	uint64_t passes;
	uint32_t passes_here; /* at this instant */
};

struct sim_wake {
	struct wake wake;
	uint32_t next_free;
};

struct sim {
	const struct run_options *options;
	const struct world *world;
	const struct job_table *jobs; /* the first world->n_initial are there at the start */
	struct run_result *result;
	struct sim_cluster *clusters;
	uint32_t n_clusters;
	struct agenda *agenda;
	int64_t now_us;
	int64_t horizon_us; /* nothing at or after it is scheduled: the end, or far beyond it when draining */
	uint32_t next_job;  /* to be submitted */
	struct {
		VEC_FIELDS(struct live_job);
	} live;
	uint32_t free_live;
	uint32_t n_live;
	struct {
		VEC_FIELDS(struct sim_wake);
	} wakes;
	uint32_t free_wake;
	struct {
		VEC_FIELDS(int64_t);
	} storm; /* times of preemptions, the last 10 minutes from storm_first on */
	uint32_t storm_first;
	struct {
		VEC_FIELDS(struct preemption_row);
	} preemptions;
	struct {
		VEC_FIELDS(struct loop_report);
	} loops;
	uint32_t job_events; /* in the agenda that concern jobs, planners or changes: what a drain waits for */
	uint64_t digest;
	name_id requested; /* source of expected ends */
	bool stopped;      /* by a loop */
	bool failed;
	struct error error;
};

static inline struct live_job *live_at(struct sim *sim, uint32_t live)
{
	return &sim->live.items[live];
}
static inline const struct job *job_of(const struct sim *sim, uint32_t live)
{
	return &sim->jobs->jobs[sim->live.items[live].job];
}
static inline struct job_outcome *outcome_of(struct sim *sim, uint32_t live)
{
	return &sim->result->outcomes[sim->live.items[live].job];
}
static inline struct sim_cluster *cluster_of(struct sim *sim, uint32_t live)
{
	return &sim->clusters[sim->live.items[live].cluster];
}
static inline const struct job_shape *shape_of(const struct sim *sim, uint32_t live)
{
	return &sim->jobs->shapes[job_of(sim, live)->shape];
}

/* What sim_run() is made of, for tests that look inside: start, run until the end, free. */
void sim_begin(struct sim *sim, const struct run_options *options, struct run_result *result);
void sim_go(struct sim *sim);
void sim_end(struct sim *sim);

/* Adds an event unless it lies beyond the horizon. */
agenda_handle sim_schedule(struct sim *sim, const struct agenda_event *event);
/* Cancels and forgets. */
void sim_cancel(struct sim *sim, agenda_handle *handle);
/* Folds the event into the digest and hands it to the sink. */
void sim_emit(struct sim *sim, const struct sim_event *event);

#endif
