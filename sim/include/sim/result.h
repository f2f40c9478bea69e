/* result.h - what one replication found out: the table of results that KPIs, store and report are computed from.
 *
 * GPU time is int64 GPU-microseconds (one GPU for 292,000 years; a 100,000-GPU cluster for 2.9 years); sums over clusters
 * and years use int128. Everything is exact integers, so parts sum to the whole. */
#ifndef BERTH_SIM_RESULT_H
#define BERTH_SIM_RESULT_H

#include "base/base.h"
#include "base/money.h"
#include "base/reason.h"

struct arena;
struct error;
struct job_table;
struct world;

/* What a job waited for, between submission and first pods-ready; the summary's "time waited for". */
enum wait_cause {
	WAIT_QUOTA,
	WAIT_NODES,
	WAIT_CONTROL_PLANE, /* writes, watch events, pod creation, the pass that takes it; termination after an eviction */
	WAIT_BACKOFF,
	WAIT_STOPPED, /* its queue is stopped, or does not exist */
	WAIT_CHECKS,  /* quota reserved: its admission checks are not all ready */
	WAIT_START,   /* nodes found: image pull and start */
	WAIT_CAUSE_COUNT
};
extern const char *const wait_cause_names[WAIT_CAUSE_COUNT];

/* One row per job, in order of the job table. -1 = has not happened. */
struct job_outcome {
	uint32_t cluster, cluster_queue; /* NONE: the job's queue does not exist and it was refused */
	uint32_t tenant;                 /* NONE */
	int64_t gpus;                    /* asked for, all pod sets */
	int64_t admitted_us;             /* first admission */
	int64_t bound_us;                /* first time that all pods had nodes */
	int64_t ready_us;                /* first pods ready */
	int64_t finished_us;
	int64_t last_admitted_us;
	int64_t wait_by_cause_us[WAIT_CAUSE_COUNT]; /* sums to (ready or end) - submit */
	/* Each counted when the eviction is written, so not those that the job's end forestalled. */
	int32_t preemptions, pods_ready_evictions;
	int32_t stop_evictions;     /* its queue was stopped with HoldAndDrain */
	int32_t failures;           /* restarts because a node under it failed */
	int32_t node_drains;        /* ... because one was drained, to be removed; its quota stays with it */
	enum reason pending_reason; /* unfinished at the end: why it waits; NO_FIT with EXCEEDS_MAX_QUOTA = can never run */
	bool never_fits;            /* asks for more than its queue or any node could ever give */
	bool deactivated;           /* ended by a limit */
	/* GPU-microseconds by what they were spent on, and money: of the metered window, so that sums over jobs and over pools
	 * agree. */
	int64_t productive_gpu_us, starting_gpu_us, lost_preemption_gpu_us, lost_eviction_gpu_us, lost_failure_gpu_us;
	int64_t borrowed_gpu_us;               /* part of the allocated time that was on borrowed quota */
	charge cost, borrowed_cost, lost_cost; /* exact; lost = cost of the lost parts */
};

/* Its three sums of money, for those who are given one of them. */
charge job_cost(const struct job_outcome *outcome);
charge job_borrowed_cost(const struct job_outcome *outcome);
charge job_lost_cost(const struct job_outcome *outcome);

/* GPU time of one pool over the metered window [warm-up, end): parts sum exactly to capacity. Idle time is shared out by the
 * rule of sim/src/gpu_meter.h: idle GPUs are matched, at each instant and pool by pool, first with pods that wait for nodes,
 * then with workloads whose decision is under way, then with pending ones, those that are held back last; what nobody could
 * use is "nobody waiting". Work
 * that was not finished at the end counts as productive. */
enum gpu_time {
	GPU_PRODUCTIVE,         /* runs whose work was kept, pauses for saving included */
	GPU_STARTING,           /* bound, not ready; restore after a restart; termination grace */
	GPU_LOST_TO_PREEMPTION, /* work since the last checkpoint, thrown away for another workload */
	GPU_LOST_TO_EVICTIONS,  /* ... by any other eviction: a stopped queue, a drained node, a limit */
	GPU_LOST_TO_FAILURES,   /* ... by a failed node */
	GPU_IDLE_NOBODY_WAITING,
	GPU_IDLE_BEHIND_QUOTA,  /* somebody waits, nodes are free, quota is not */
	GPU_IDLE_HELD_BACK,     /* somebody waits whom nobody looks at: its queue is stopped, or it is in back-off */
	GPU_IDLE_FRAGMENTED,    /* quota was given, free GPUs exist, but no node has enough of them together */
	GPU_IDLE_CONTROL_PLANE, /* the decision is taken; writes, watches and pod creation are under way */
	GPU_DOWN,               /* failed nodes; free GPUs of nodes about to be removed */
	GPU_TIME_COUNT
};
extern const char *const gpu_time_names[GPU_TIME_COUNT];

struct pool_meter {
	uint32_t cluster, pool;
	int64_t gpu_us[GPU_TIME_COUNT];
	int64_t capacity_gpu_us;
	charge paid, charged, idle, down; /* paid = charged + idle + down */
	bool priced;
};

/* One cluster queue over the metered window. Quota has no nodes under it, so these saturate at INT64_MAX. */
struct queue_meter {
	uint32_t cluster, cluster_queue;
	int64_t used_gpu_us;     /* quota held, GPU resources only */
	int64_t nominal_gpu_us;  /* -1: unlimited */
	int64_t borrowed_gpu_us; /* above nominal, in a cohort */
	int64_t lent_gpu_us;     /* of its nominal, used by others */
};

/* Time series, one row per bucket and queue (queue NONE = the cluster as a whole). Means over the bucket. */
struct series_row {
	int64_t start_us;
	uint32_t cluster, cluster_queue;
	double demand_gpus;   /* running + pending, asked for */
	double reserved_gpus; /* quota held */
	double running_gpus;  /* pods bound */
	double pending_jobs;
	double pending_gpus;
	double pending_jobs_max;
	double capacity_gpus; /* up; only where cluster_queue is NONE */
	double busy_nodes;    /* with at least one pod; only where cluster_queue is NONE */
	double nominal_gpus;  /* the queue's own quota at the time; NAN: unlimited */
};

/* One stretch of a job on nodes, for the schedule (Gantt) of the worst week. */
struct span_row {
	uint32_t job, cluster, cluster_queue;
	int64_t start_us, end_us; /* bound until released */
	int64_t gpus;
	enum reason
	    end_reason; /* NONE = finished; else why it was evicted; NODE_FAILURES: restarted; end of run: NOT_EVALUATED */
};

/* Who evicted whom, from the end of the warm-up on: counts per (preemptor queue, victim queue, reason). */
struct preemption_row {
	uint32_t cluster, preemptor_queue, victim_queue;
	enum reason reason;
	int64_t jobs, lost_gpu_us;
};

struct loop_report {
	int64_t time_us;
	uint32_t cluster;
	uint32_t passes;
	uint32_t n_jobs;
	uint32_t jobs[8]; /* some of those involved */
};

struct run_result {
	uint32_t replication;
	/* The jobs of the run: those given, behind the world's initial workloads where there are some (then the table is the
	 * result's own). A job with submit_us >= end_us was never submitted. */
	const struct job_table *jobs;
	struct arena *arena;          /* of that table; NULL */
	struct job_outcome *outcomes; /* jobs->n_jobs */
	struct pool_meter *pools;
	uint32_t n_pools;
	struct queue_meter *queues;
	uint32_t n_queues;
	struct series_row *series;
	uint32_t n_series;
	int64_t bucket_us;
	struct span_row *spans;
	uint32_t n_spans, spans_capacity;
	struct preemption_row *preemptions;
	uint32_t n_preemptions;
	struct loop_report *loops;
	uint32_t n_loops;
	int64_t end_us;   /* = duration, or where it was interrupted; of a drain: of the last event */
	bool interrupted; /* or stopped by a loop */
	uint64_t digest;  /* of events, decisions and generator states */
	uint64_t events, passes;
	double wall_s;          /* the caller's to fill: the simulator reads no clock */
	uint32_t largest_storm; /* most preemptions within 10 minutes, from the end of the warm-up on */
};

/* Does it add up? Parts of GPU time sum to capacity, money is rate x time and its parts sum to it, sums over jobs equal sums
 * over pools, a job's times are in order and what it waited for makes up its wait. ERROR_INVARIANT names the first book that
 * does not, with its numbers. */
NODISCARD bool run_result_check(const struct world *world, const struct run_result *result, struct error *error);
void run_result_free(struct run_result *result); /* frees what the struct owns, not the struct */

#endif
