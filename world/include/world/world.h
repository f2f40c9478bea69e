/* world.h - the described world as plain tables: what a scenario file says after loading, or what an import found.
 *
 * Read-only after loading, so replications on several threads share one. Time is microseconds since `epoch_unix_s`. Lists
 * are in order of name where the order of documents must not matter, else as written (said below). */
#ifndef BERTH_WORLD_WORLD_H
#define BERTH_WORLD_WORLD_H

#include "base/arena.h"
#include "base/dist.h"
#include "base/job.h"
#include "base/names.h"
#include "world/kueue.h"
#include "world/limits.h"

enum policy_kind { POLICY_KUEUE, POLICY_EASY };
enum capacity_type { CAPACITY_ON_DEMAND, CAPACITY_RESERVED, CAPACITY_SPOT };
enum placement_score { SCORE_LEAST_ALLOCATED, SCORE_MOST_ALLOCATED };
enum billed { BILLED_WHILE_UP, BILLED_ALWAYS };

/* A resource that kube-scheduler's NodeResourcesFit scores nodes by. */
struct score_resource {
	name_id resource;
	int32_t weight;
};

struct resource_amount {
	name_id resource;
	int64_t amount; /* milli for cpu */
};

/* Alike nodes. Node i of the pool is called "<pool>-<i>". */
struct node_pool {
	name_id name;
	int32_t nodes;
	name_id gpu_product;  /* value of the product label; NO_NAME: no GPUs */
	name_id gpu_resource; /* "nvidia.com/gpu" ... */
	int32_t gpus_per_node;
	const struct resource_amount *allocatable; /* per node, GPUs included, sorted by resource name */
	uint32_t n_allocatable;
	const struct key_value *labels; /* the product label included; kubernetes.io/hostname is implied, never listed */
	uint32_t n_labels;
	const struct taint *taints;
	uint32_t n_taints;
	enum capacity_type capacity_type;
	struct dist time_between_failures; /* per node, us of up time; DIST_NONE: never fails */
	struct dist repair_time;           /* us */
	name_id single_node;               /* set when the pool is one imported Node: its node bears this name */
};

/* LimitRange: what a pod of the namespace requests of a resource where it says nothing (kueue-semantics WL-2). */
struct default_request {
	name_id namespace_name, resource;
	int64_t amount; /* milli for cpu */
};

/* The latencies of a real control plane (sim/control_plane.c). 0 everywhere = instant. All us except rates. */
struct control_plane {
	int64_t pass_base_us;     /* one scheduling pass, fixed part */
	int64_t pass_per_head_us; /* and for each head evaluated */
	double api_qps;           /* client QPS: each admission, eviction, release is a write; 0 = unlimited */
	int32_t api_burst;
	int64_t write_latency_us; /* one API write until acknowledged */
	int64_t watch_delay_us;   /* an object's change until a watcher sees it */
	int64_t pod_creation_us;  /* job controller: admission seen until pods exist */
	int64_t job_status_us;    /* job controller: a change of the pods until the job's status tells it */
};

struct start_latency {
	struct dist cached;     /* pod bound until ready when the image is on the node */
	struct dist image_pull; /* added when it is not */
	double cached_share;    /* 0..1 */
};

/* How the controller of an admission check behaves: it answers `ready_after` after the quota was reserved. Some answers ask
 * for a retry, some reject the workload. A retry is asked for after retry_after_us, twice as long each further time but at
 * most half an hour; after retry_limit of them the check rejects. */
struct check_model {
	name_id name;
	struct dist ready_after;          /* us */
	double retry_share, reject_share; /* of the answers; together at most 1 */
	int64_t retry_after_us;
	int32_t retry_limit;
};

struct cluster {
	name_id name;
	enum policy_kind policy;
	const char *kueue_version; /* "0.19" */
	bool kueue_version_known;  /* false: runs with a warning */
	const struct kueue_config *kueue;
	const struct node_pool *pools; /* by name */
	uint32_t n_pools;
	enum placement_score score;
	const struct score_resource *score_resources; /* none: cpu and memory, of weight 1 each, as upstream */
	uint32_t n_score_resources;
	struct start_latency start_latency;
	const struct check_model *checks; /* those that the scenario speaks of; others are ready at once */
	uint32_t n_checks;
	struct dist termination_grace; /* told to stop until the pods are gone, us */
	struct control_plane control_plane;
	/* By namespace, then resource. Generators and initial workloads hold them already; jobs of traces get them when they are
	 * read. */
	const struct default_request *default_requests;
	uint32_t n_default_requests;
	struct limit_bounds limits; /* of LimitRanges */
};

struct gpu_price {
	name_id gpu_product;
	enum capacity_type capacity_type;
	int64_t micro_per_gpu_hour;
	enum billed billed;         /* Always: also while the node is down */
	const char *source, *as_of; /* as written; NULL when not given */
};

struct tenant {
	name_id name;
	const name_id *namespaces;
	uint32_t n_namespaces;
	name_id cost_center;
};

enum trace_format { TRACE_AUTO, TRACE_CSV, TRACE_JSON_LINES, TRACE_PHILLY, TRACE_SWF };

/* A trace file to replay. */
struct trace_input {
	const char *path; /* resolved against the scenario file's folder */
	enum trace_format format;
	bool shift_to_start;    /* the first submission becomes the scenario's start */
	double arrival_scale;   /* > 1: arrivals denser by that factor */
	name_id namespace_name; /* defaults for records that name none */
	name_id queue;
	name_id other_queue; /* queue for records whose mapped name has no LocalQueue; NO_NAME: those are skipped by reason */
	const struct key_value *queue_map; /* name in the trace -> LocalQueue */
	uint32_t n_queue_map;
	name_id gpu_resource;                  /* what a GPU of the trace is requested as; default nvidia.com/gpu */
	int32_t gpus_per_pod;                  /* a job of more GPUs becomes count = gpus / gpus_per_pod pods; default 8 */
	const struct resource_amount *per_gpu; /* added to each pod per GPU (cpu, memory) */
	uint32_t n_per_gpu;
	uint32_t cluster;
	struct diag_place_ref {
		const char *file;
		uint32_t line, column;
	} place; /* for errors */
};

enum hour_profile { HOURS_FLAT, HOURS_OFFICE };

struct generator_pod_set {
	name_id name;
	struct dist count;
	int32_t min_count;
	const struct generator_request {
		name_id resource;
		struct dist amount; /* per pod; milli for cpu */
	} * requests;
	uint32_t n_requests;
	const struct key_value *node_selector;
	uint32_t n_node_selector;
	const struct toleration *tolerations;
	uint32_t n_tolerations;
};

/* A stream of jobs drawn from distributions (traces/generate.h). */
struct generator {
	name_id name;
	uint32_t cluster;
	name_id namespace_name, queue, priority_class;
	double per_day; /* mean arrivals a day (bursts counted by their jobs) */
	enum hour_profile hour_profile;
	double weekend_factor;    /* 1 = as on weekdays */
	struct dist burst;        /* jobs submitted together; DIST_NONE = 1 */
	struct dist interarrival; /* if set, replaces per_day: gap between arrivals, us */
	const struct generator_pod_set *pod_sets;
	uint32_t n_pod_sets;
	struct dist run_time;    /* us */
	double requested_factor; /* requested_us = run_us x this; 0 = nothing requested */
	struct checkpoint checkpoint;
	bool has_checkpoint;
	int64_t max_execution_us; /* -1 */
	int64_t max_jobs;         /* 0 = no bound */
};

/* A workload that is there when the run starts: running (with an assignment) or pending. */
struct initial_workload {
	struct job job; /* job.shape indexes world.initial_shapes; submit_us is negative: before the run */
	uint32_t cluster;
	bool has_admission;
	name_id admitted_queue; /* ClusterQueue */
	const struct initial_pod_set {
		int32_t count;
		const struct key_value *flavors; /* resource -> flavor */
		uint32_t n_flavors;
	} * admission; /* one per pod set */
	int64_t reserved_us;
	int64_t admitted_us, pods_ready_us; /* NEVER_US: not yet */
	int32_t requeue_count;              /* evictions for late pods so far */
	int64_t requeue_at_us;              /* pending: not before then; -1: no back-off */
};

/* `changes:` of a scenario: a new configuration or pool size at a time. The loader has applied the change to a copy, so a
 * change names complete new tables. */
struct world_change {
	int64_t at_us;
	uint32_t cluster;
	const struct kueue_config *kueue; /* NULL: unchanged */
	uint32_t pool;                    /* NONE: no pool changes */
	int32_t nodes;
	const char *text; /* "NodePool/fra/h100:nodes=144", for reports */
};

enum threshold_metric {
	METRIC_WAIT_TIME,
	METRIC_LOST_TO_PREEMPTION_SHARE,
	METRIC_PAID,
	METRIC_UNSTARTED,
	METRIC_UTILISATION
};
enum threshold_stat { STAT_MEAN, STAT_P50, STAT_P90, STAT_P95, STAT_P99, STAT_MAX };

struct threshold {
	enum threshold_metric metric;
	enum threshold_stat stat;
	name_id cluster_queue, priority_class; /* NO_NAME: all */
	double max;                            /* us for times, share 0..1, micro-units for money */
	const char *text;
};

struct world {
	struct arena *arena; /* owns everything below */
	struct names *names;
	name_id name;         /* of the scenario */
	const char *question; /* NULL when not given */
	const char *file;     /* as the user named it */
	int64_t epoch_unix_s;
	const char *time_zone; /* IANA name; "UTC" */
	/* Offsets of the time zone over the run, for hour-of-day profiles: from start_us on, local = UTC + offset_s. */
	const struct zone_offset {
		int64_t start_us;
		int32_t offset_s;
	} * zone_offsets;
	uint32_t n_zone_offsets;
	int64_t duration_us, warmup_us;
	uint64_t seed;
	uint32_t replications;
	bool stop_on_loop;              /* study.onLoop: Stop; else report and go on */
	const struct cluster *clusters; /* by name */
	uint32_t n_clusters;
	const char *currency; /* NULL: no price book */
	const struct gpu_price *prices;
	uint32_t n_prices;
	const struct tenant *tenants; /* by name */
	uint32_t n_tenants;
	const struct trace_input *traces; /* as written */
	uint32_t n_traces;
	const struct generator *generators; /* by name */
	uint32_t n_generators;
	const struct initial_workload *initial;
	uint32_t n_initial;
	const struct job_shape *initial_shapes;
	uint32_t n_initial_shapes;
	const struct world_change *changes; /* by (at_us, as written) */
	uint32_t n_changes;
	const struct threshold *thresholds; /* as written */
	uint32_t n_thresholds;
	const char *const *not_modelled; /* banner lines: what was read and is not simulated */
	uint32_t n_not_modelled;
	const struct input_file {
		const char *path;
		const char *bytes; /* what was read, for hashing and the report's appendix */
		size_t length;
	} * inputs;
	uint32_t n_inputs;
};

/* The names as users write them; NULL-terminated arrays indexed by the enum. */
extern const char *const capacity_type_names[];
extern const char *const billed_names[];
extern const char *const placement_score_names[];
extern const char *const policy_names[];
extern const char *const threshold_metric_names[];
extern const char *const threshold_stat_names[];

/* The price of a GPU type, or NULL: "no price", never 0. */
const struct gpu_price *world_price(const struct world *world, name_id gpu_product, enum capacity_type capacity_type);
/* The tenant that owns a namespace, or NONE. */
uint32_t world_tenant(const struct world *world, name_id namespace_name);
int64_t node_pool_gpus(const struct node_pool *pool);
uint32_t world_find_cluster(const struct world *world, name_id name);

/* A copy whose node pools and nominal quotas (with borrowing and lending limits, and those of later changes) are scaled by
 * `factor`, nodes rounded to nearest, quotas in proportion to the GPUs (else nodes) that their flavor then has. Alike pools
 * of one imported node are rounded together: some become 0 or 2 nodes, and a pool of 2 has node names of its own. Shares
 * names and arena, and allocates in it: not on two threads at once. */
NODISCARD struct world *world_scaled(const struct world *world, double factor);

#endif
