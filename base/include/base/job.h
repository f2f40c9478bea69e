/* job.h - jobs: records of a trace or a generator, before they become workloads; and what they ask for.
 *
 * Everything here is plain data. Names are ids in one names table per world. What many jobs share (the shape) is a row of
 * its own, so a million jobs cost a million small rows. */
#ifndef BERTH_BASE_JOB_H
#define BERTH_BASE_JOB_H

#include "base/base.h"
#include "base/names.h"

struct key_value {
	name_id key, value;
};

/* Kubernetes toleration and taint; operator Exists when `value` is NO_NAME and `exists`; effect NO_NAME = all. */
struct toleration {
	name_id key, value, effect;
	bool exists; /* operator: Exists; an empty key with Exists tolerates everything */
};
struct taint {
	name_id key, value, effect;
};

enum selector_operator { SELECTOR_IN, SELECTOR_NOT_IN, SELECTOR_EXISTS, SELECTOR_DOES_NOT_EXIST, SELECTOR_GT, SELECTOR_LT };

struct selector_requirement {
	name_id key;
	enum selector_operator op;
	const name_id *values;
	uint32_t n_values;
};
/* All requirements of a term must hold. */
struct selector_term {
	const struct selector_requirement *requirements;
	uint32_t n_requirements;
};

/* One term of preferred node affinity. */
struct preferred_term {
	int64_t weight;
	struct selector_term term;
};

struct resource_request {
	name_id resource;
	int64_t amount; /* per pod; milli for cpu */
};

/* Pods that must share a domain of a level, `size` at a time. */
struct topology_slice {
	name_id level;
	int32_t size; /* 0: not given */
};
/* Where in a topology the pods of a pod set want to be (Kueue's PodSetTopologyRequest). Levels are node labels. */
struct topology_request {
	name_id required, preferred; /* level; NO_NAME: not asked for */
	bool unconstrained;
	const struct topology_slice *slices; /* outermost first */
	uint32_t n_slices;
	name_id group; /* pod sets of one group are placed together: workers and a leader */
};

/* A group of alike pods of one workload: the fields of Kueue's PodSet that decide anything. */
struct pod_set {
	name_id name;
	int32_t count;
	int32_t min_count;                       /* partial admission down to this; 0 = not allowed */
	const struct resource_request *requests; /* sorted by fnv1a_64 of the name, then name (kueue-semantics 0.7) */
	uint32_t n_requests;
	const struct key_value *node_selector;
	uint32_t n_node_selector;
	const struct toleration *tolerations;
	uint32_t n_tolerations;
	const struct selector_term *affinity; /* required node affinity; terms are OR-ed */
	uint32_t n_affinity;
	const struct preferred_term *preferences; /* preferred node affinity */
	uint32_t n_preferences;
	const struct topology_request *topology; /* NULL: none */
};

/* What the jobs of one kind have in common. */
struct job_shape {
	const struct pod_set *pod_sets;
	uint32_t n_pod_sets;
};

/* How a job saves its progress. interval_us 0: never, a restart loses everything. */
struct checkpoint {
	int64_t interval_us; /* of run time between saves */
	int64_t save_us;     /* pause of each save */
	int64_t restore_us;  /* at every restart after the first start */
};

struct job {
	name_id name; /* unique within the run; keys its luck */
	name_id namespace_name;
	name_id queue;          /* LocalQueue */
	name_id priority_class; /* WorkloadPriorityClass or NO_NAME */
	int32_t priority_boost; /* annotation kueue.x-k8s.io/priority-boost; counts only with its gate */
	bool invalid;           /* a container asks for more than its limits, or a LimitRange, allow: Kueue never admits it */
	name_id user;
	uint32_t shape;      /* index into the job table's shapes */
	uint32_t checkpoint; /* index into the job table's checkpoints; NONE = never saves */
	int64_t submit_us;
	int64_t run_us;           /* true run time once all pods are ready; planners never see it */
	int64_t requested_us;     /* what the user asked for (Slurm's time limit); -1 = nothing */
	int64_t max_execution_us; /* maximumExecutionTimeSeconds; -1 = none */
	int64_t recorded_wait_us; /* submit to start as the trace recorded it; -1 = not recorded */
};

/* A table of jobs sorted by (submit_us, position in the input). Owns nothing: the arrays live in an arena or file reader. */
struct job_table {
	const struct job *jobs;
	uint32_t n_jobs;
	const struct job_shape *shapes;
	uint32_t n_shapes;
	const struct checkpoint *checkpoints;
	uint32_t n_checkpoints;
};

/* Milli-GPUs do not exist: GPUs of a pod = the sum of its requests for resources that count GPUs. */
int64_t pod_set_gpus(const struct pod_set *pod_set, const struct names *names);
int64_t job_shape_gpus(const struct job_shape *shape, const struct names *names);
/* nvidia.com/gpu, amd.com/gpu, "gpu.intel.com/..." , habana.ai/gaudi, google.com/tpu, "nvidia.com/mig-...": devices; cpu,
 * memory: not. */
bool resource_is_gpu(const char *resource);

#endif
