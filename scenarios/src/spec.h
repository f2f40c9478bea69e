/* spec.h - a Scenario document as decoded: what the author wrote, defaults filled in, names still texts.
 *
 * language.c holds the tables that fill these structs; build*.c turn them into a world. Times in microseconds; `start` in
 * microseconds since 1970. Every struct begins with the mapping that it came from (fields.h). */
#ifndef BERTH_SCENARIOS_SPEC_H
#define BERTH_SCENARIOS_SPEC_H

#include "fields.h"

struct spec_time {
	const struct doc_node *node;
	int64_t start_us, duration_us, warmup_us;
	const char *time_zone;
};

enum on_loop { ON_LOOP_REPORT, ON_LOOP_STOP };
struct spec_study {
	const struct doc_node *node;
	int64_t seed, replications;
	int on_loop;
};

struct spec_scheduler {
	const struct doc_node *node;
	int policy; /* enum policy_kind */
};

struct spec_score_resource {
	const struct doc_node *node;
	const char *name;
	int64_t weight;
};

struct spec_placement {
	const struct doc_node *node;
	int score; /* enum placement_score */
	const struct spec_score_resource *resources;
	uint32_t n_resources;
};

struct spec_start_latency {
	const struct doc_node *node;
	struct dist cached, image_pull;
	double cached_share;
};

struct spec_control_plane {
	const struct doc_node *node;
	int64_t pass_base_us, pass_per_head_us, write_latency_us, watch_delay_us, pod_creation_us, job_status_us;
	double api_qps;
	int64_t api_burst;
};

struct spec_gpus {
	const struct doc_node *node;
	const char *product, *resource;
	int64_t per_node;
};

struct spec_taint {
	const struct doc_node *node;
	const char *key, *value;
	int effect;
};

struct spec_toleration {
	const struct doc_node *node;
	const char *key, *value;
	int op, effect;
};

struct spec_failures {
	const struct doc_node *node;
	struct dist between, repair;
};

struct spec_pool {
	const struct doc_node *node;
	const char *name;
	int64_t nodes;
	struct spec_gpus gpus;
	const struct named_amount *allocatable;
	uint32_t n_allocatable;
	const struct text_pair *labels;
	uint32_t n_labels;
	const struct spec_taint *taints;
	uint32_t n_taints;
	int capacity_type;
	struct spec_failures failures;
};

struct spec_check {
	const struct doc_node *node;
	const char *name;
	struct dist ready_after;
	double retry_share, reject_share;
	int64_t retry_after_us, retry_limit;
};

struct spec_cluster {
	const struct doc_node *node;
	const char *name, *kueue_version;
	const char *const *include;
	uint32_t n_include;
	struct spec_scheduler scheduler;
	struct spec_placement placement;
	struct spec_start_latency start_latency;
	const struct spec_check *checks;
	uint32_t n_checks;
	struct dist termination_grace;
	struct spec_control_plane control_plane;
	const struct spec_pool *pools;
	uint32_t n_pools;
};

struct spec_gpu_price {
	const struct doc_node *node;
	const char *product, *source, *as_of;
	int capacity_type, billed;
	int64_t micro_per_hour;
};

struct spec_prices {
	const struct doc_node *node;
	const char *currency;
	const struct spec_gpu_price *gpu_hours;
	uint32_t n_gpu_hours;
};

struct spec_tenant {
	const struct doc_node *node;
	const char *name, *cost_center;
	const char *const *namespaces;
	uint32_t n_namespaces;
};

struct spec_trace {
	const struct doc_node *node;
	const char *file, *cluster, *namespace_name, *queue, *other_queue, *gpu_resource;
	int format;
	bool shift_to_start;
	double arrival_scale;
	struct queue_map queue_map;
	int64_t gpus_per_pod;
	const struct named_amount *per_gpu;
	uint32_t n_per_gpu;
};

struct spec_arrivals {
	const struct doc_node *node;
	double per_day; /* 0: not given */
	int hour_of_day;
	double weekend_factor;
	struct dist burst, interarrival;
};

struct spec_pod_set {
	const struct doc_node *node;
	const char *name;
	struct dist count;
	int64_t min_count;
	const struct named_dist *requests;
	uint32_t n_requests;
	const struct text_pair *node_selector;
	uint32_t n_node_selector;
	const struct spec_toleration *tolerations;
	uint32_t n_tolerations;
};

struct spec_checkpoint {
	const struct doc_node *node;
	int64_t interval_us, save_us, restore_us;
};

struct spec_generator {
	const struct doc_node *node;
	const char *name, *cluster, *namespace_name, *queue, *priority_class;
	struct spec_arrivals arrivals;
	const struct spec_pod_set *pod_sets;
	uint32_t n_pod_sets;
	struct dist run_time;
	double requested_factor;
	struct spec_checkpoint checkpoint;
	int64_t max_execution_us; /* 0: none */
	int64_t max_jobs;
};

struct spec_workload {
	const struct doc_node *node;
	const struct spec_trace *traces;
	uint32_t n_traces;
	const struct spec_generator *generators;
	uint32_t n_generators;
};

struct spec_change {
	const struct doc_node *node;
	int64_t at_us; /* since 1970 */
	const struct doc_node *set;
};

struct spec_where {
	const struct doc_node *node;
	const char *cluster_queue, *priority_class;
};

struct spec_threshold {
	const struct doc_node *node;
	int metric, stat;
	struct spec_where where;
	const struct doc_node *max;
};

struct spec_metadata {
	const struct doc_node *node;
	const char *name;
};

struct spec {
	const struct doc_node *node;
	const char *question;
	struct spec_time time;
	struct spec_study study;
	const struct spec_cluster *clusters;
	uint32_t n_clusters;
	struct spec_prices prices;
	const struct spec_tenant *tenants;
	uint32_t n_tenants;
	struct spec_workload workload;
	const struct spec_change *changes;
	uint32_t n_changes;
	const struct spec_threshold *thresholds;
	uint32_t n_thresholds;
};

struct spec_document {
	const struct doc_node *node;
	const char *api_version, *kind;
	struct spec_metadata metadata;
	struct spec spec;
};

extern const struct object_type scenario_type; /* decodes into struct spec_document */
extern const char *const reserved_kinds[];     /* NULL-terminated */
extern const char *const effect_names[];       /* words of taints: NoSchedule, PreferNoSchedule, NoExecute */
enum { OPERATOR_EQUAL, OPERATOR_EXISTS };

#define SCENARIO_API "berth.dev/v1alpha1"

#endif
