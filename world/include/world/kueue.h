/* kueue.h - Kueue's objects as plain tables: the configuration that a planner instance decides under.
 *
 * Immutable once loaded; versions of it are shared between planner forks. Objects name each other by index into the
 * table of their kind (NONE = absent). Field names and defaults follow kueue-semantics section 1. Quantities are Kueue's
 * integers (base/quantity.h). */
#ifndef BERTH_WORLD_KUEUE_H
#define BERTH_WORLD_KUEUE_H

#include "base/job.h"
#include "base/names.h"

/* A configured quota of INT64_MAX means "no limit" (kueue-semantics 0.3). A limit that is not set: */
#define LIMIT_UNSET INT64_MIN

struct resource_flavor {
	name_id name;
	const struct key_value *node_labels;
	uint32_t n_node_labels;
	const struct taint *node_taints; /* NoSchedule and NoExecute count */
	uint32_t n_node_taints;
	const struct toleration *tolerations;
	uint32_t n_tolerations;
	name_id topology; /* NO_NAME: no topology-aware scheduling */
	bool missing;     /* named by a ClusterQueue, but no object exists (or it was deleted) */
};

/* Levels are node labels, outermost first. */
struct topology {
	name_id name;
	const name_id *levels;
	uint32_t n_levels;
};

/* A node as far as it decides where pods of topology-aware workloads may go. */
struct kube_node {
	name_id name;
	const struct key_value *labels;
	uint32_t n_labels;
	const struct taint *taints;
	uint32_t n_taints;
	const struct resource_request *allocatable;
	uint32_t n_allocatable;
	bool ready, unschedulable;
};

/* Pods outside every topology-aware workload that take up room on a node: what they request together. */
struct node_load {
	name_id node;
	const struct resource_request *requests;
	uint32_t n_requests;
	int64_t pods;
};

/* One (flavor, resource) pair that has a quota somewhere or is used by an admission. `fr` indexes are dense. */
struct flavor_resource {
	uint32_t flavor;   /* into flavors */
	uint32_t resource; /* into resources */
};

struct quota {
	int64_t nominal;
	int64_t borrowing_limit; /* LIMIT_UNSET: unlimited */
	int64_t lending_limit;   /* LIMIT_UNSET: lends all */
};

/* `quotas[flavor position * n_resources + resource position]`, `frs` likewise. */
struct resource_group {
	const uint32_t *resources; /* covered, into resources */
	uint32_t n_resources;
	const uint32_t *flavors; /* in the order tried, into flavors */
	uint32_t n_flavors;
	const struct quota *quotas;
	const uint32_t *frs;
	const bool *present; /* the flavor lists this resource (a flavor may lack one in hand-made cases); same layout */
};

struct cohort {
	name_id name;
	uint32_t parent; /* into cohorts */
	const struct resource_group *groups;
	uint32_t n_groups;
	double fair_weight;
	bool implicit; /* named, but without an object of its own */
	bool in_cycle; /* on, or below, a cycle of parents: its ClusterQueues take no part */
};

enum queueing_strategy { BEST_EFFORT_FIFO, STRICT_FIFO };
enum preemption_policy {
	PREEMPT_NEVER,
	PREEMPT_LOWER_PRIORITY,
	PREEMPT_LOWER_OR_NEWER_EQUAL_PRIORITY,
	PREEMPT_ANY,
	PREEMPT_UNSET, /* of an object that the API server has not defaulted (hand-made cases): allows nothing, yet is not Never
	                */
};
enum fungibility { MAY_STOP_SEARCH, TRY_NEXT_FLAVOR };
enum fungibility_preference { BORROWING_OVER_PREEMPTION, PREEMPTION_OVER_BORROWING };
enum stop_policy { STOP_NONE, STOP_HOLD, STOP_HOLD_AND_DRAIN };
#define NO_PRIORITY_THRESHOLD INT64_MAX

enum { MOST_QUEUE_CHECKS = 64 };

struct namespace_selector {
	bool set; /* unset matches nothing; set without requirements matches everything */
	const struct selector_requirement *requirements;
	uint32_t n_requirements;
};

/* Who answers an admission check. */
enum check_controller { CHECK_OTHER, CHECK_PROVISIONING, CHECK_MULTIKUEUE };
/* An admission check that a queue's workloads have to pass. */
struct queue_check {
	name_id name;
	enum check_controller controller;
	const name_id *flavors; /* for which it is asked; none: for all */
	uint32_t n_flavors;
};

struct cluster_queue {
	name_id name;
	uint32_t cohort; /* into cohorts */
	const struct resource_group *groups;
	uint32_t n_groups;
	enum queueing_strategy strategy;
	struct namespace_selector namespace_selector;
	enum fungibility when_can_borrow, when_can_preempt;
	enum fungibility_preference preference;
	enum preemption_policy within_cluster_queue, reclaim_within_cohort, borrow_within_cohort;
	int64_t max_priority_threshold; /* NO_PRIORITY_THRESHOLD: none */
	enum stop_policy stop_policy;
	double fair_weight;
	const struct queue_check *checks; /* in the order written, at most MOST_QUEUE_CHECKS */
	uint32_t n_checks;
	name_id last_acceptable_flavor; /* concurrentAdmissionPolicy: the last to which a variant may migrate; NO_NAME: any */
	bool usage_based;               /* admissionScope.admissionMode: UsageBasedAdmissionFairSharing */
	bool inactive;                  /* a flavor or admission check that it needs is missing, or a case says so */
};

struct local_queue {
	name_id name, namespace_name;
	uint32_t cluster_queue; /* NONE: the ClusterQueue does not exist */
	enum stop_policy stop_policy;
	double fair_weight;
};

struct kube_namespace {
	name_id name;
	const struct key_value *labels;
	uint32_t n_labels;
};

struct priority_class {
	name_id name;
	int32_t value;
	bool global_default; /* of a Kubernetes PriorityClass: counts where no class is named */
};

/* One output of a transformation: the input's amount times a factor, whole + nano x 10^-9 (nano in 0 .. 10^9-1). */
struct resource_output {
	name_id resource;
	int64_t whole, nano;
};
/* resources.transformations of Kueue's Configuration (WL-2). */
struct resource_transformation {
	name_id input;
	name_id multiply_by; /* the outputs are scaled by the pod's amount of this too; NO_NAME: not */
	bool replace;        /* strategy Replace: the input itself is not charged */
	const struct resource_output *outputs;
	uint32_t n_outputs;
};

enum requeuing_timestamp { REQUEUING_EVICTION, REQUEUING_CREATION };

/* PR-17: fairSharing.preemptionStrategies. */
enum fair_strategy { FAIR_LESS_THAN_OR_EQUAL_TO_FINAL_SHARE, FAIR_LESS_THAN_INITIAL_SHARE };

struct resource_weight {
	name_id resource;
	double weight;
};

/* Kueue's controller configuration as far as it decides (kueue-semantics 1.9). */
struct controller_config {
	bool wait_for_pods_ready;
	int64_t pods_ready_timeout_us, recovery_timeout_us; /* recovery 0 disables the second clock */
	bool block_admission;
	enum requeuing_timestamp requeuing_timestamp;
	int64_t backoff_base_s, backoff_max_s;
	int64_t backoff_limit_count; /* -1: unbounded */
	bool ignore_undeclared;      /* resources.quotaCheckStrategy: IgnoreUndeclared */
	bool fair_sharing;
	enum fair_strategy fair_strategies[2]; /* with fair_sharing, in order */
	uint32_t n_fair_strategies;
	bool admission_fair_sharing; /* configured; also needs its gate, and a ClusterQueue's usage_based */
	int64_t usage_half_life_us;  /* 0: usage is forgotten at once */
	int64_t usage_sampling_us;
	const struct resource_weight *usage_weights; /* of others 1 */
	uint32_t n_usage_weights;
	const struct resource_transformation *transformations; /* at most one per input */
	uint32_t n_transformations;
	const name_id *excluded_prefixes; /* resources.excludeResourcePrefixes */
	uint32_t n_excluded_prefixes;
};

/* Feature gates that change a decision of sections 0 to 6, by Kueue's names; bit numbers in a gate vector. */
#define KUEUE_GATE_LIST(X)                                                                                                  \
	X(FlavorFungibility)                                                                                                    \
	X(FlavorFungibilityPreserveScanProgress)                                                                                \
	X(PartialAdmission)                                                                                                     \
	X(PrioritySortingWithinCohort)                                                                                          \
	X(QuotaCheckStrategy)                                                                                                   \
	X(ReclaimablePods)                                                                                                      \
	X(RecomputeAssignmentUponPreemptionTargetsOverlap)                                                                      \
	X(SchedulingEquivalenceHashing)                                                                                         \
	X(PrioritizePreemptorWorkloads)                                                                                         \
	X(PriorityBoost)                                                                                                        \
	X(SkipReassignmentForPodOwnedWorkloads)                                                                                 \
	X(FairSharingPreemptWithinNominal)                                                                                      \
	X(FairSharingPrioritizeNonBorrowing)                                                                                    \
	X(ElasticJobsViaWorkloadSlicesWithTAS)                                                                                  \
	X(TASBalancedPlacement)                                                                                                 \
	X(TASFailedNodeReplacementFailFast)                                                                                     \
	X(TASHandleOverlappingFlavors)                                                                                          \
	X(TASProfileMixed)                                                                                                      \
	X(TASRecomputeAssignmentWithinSchedulingCycle)                                                                          \
	X(TopologyAwareScheduling)                                                                                              \
	X(TASRespectNodeAffinityPreferred)                                                                                      \
	X(AdmissionFairSharing)                                                                                                 \
	X(ConcurrentAdmission)                                                                                                  \
	X(MultiKueueOrchestratedPreemption)                                                                                     \
	X(ElasticJobsViaWorkloadSlices)

enum kueue_gate {
#define X(name) GATE_##name,
	KUEUE_GATE_LIST(X)
#undef X
	    GATE_COUNT
};

/* A vector of gates: bit GATE_x. */
typedef uint64_t gate_set;
static inline bool gate_on(gate_set gates, enum kueue_gate gate)
{
	return gates >> gate & 1;
}
/* Defaults of profile "0.19" (v0.19.2) and "ff69552e". False for any other name. */
NODISCARD bool kueue_profile_gates(const char *profile, gate_set *ret_gates);
/* The profile that stands in for a version ("0.19.2", "v0.18", a profile): the nearest of the two. */
const char *kueue_profile_for(const char *version);
/* Is the version one whose rules are known: 0.19, 0.19.2, or the commit? */
bool kueue_profile_is(const char *version);
/* What is known to differ between another version and the profile that stands in for it: what the profile does, or what is
 * not known. Returns how many texts, none for a version whose rules are known. */
enum { KUEUE_MOST_DIFFERENCES = 16 };
uint32_t kueue_version_differences(const char *version, const char **ret_differences);

struct kueue_config {
	const struct names *names;
	const name_id *resources; /* sorted by fnv1a_64 of the name, then name: the order requests are visited in (0.7) */
	uint32_t n_resources;
	const struct resource_flavor *flavors;
	uint32_t n_flavors;
	const struct topology *topologies;
	uint32_t n_topologies;
	const struct kube_node *nodes; /* for topology-aware scheduling */
	uint32_t n_nodes;
	const struct node_load *loads; /* pods outside of it */
	uint32_t n_loads;
	const struct flavor_resource *frs;
	uint32_t n_frs;
	const struct cohort *cohorts;
	uint32_t n_cohorts;
	const struct cluster_queue *cluster_queues;
	uint32_t n_cluster_queues;
	const struct local_queue *local_queues;
	uint32_t n_local_queues;
	const struct kube_namespace *namespaces;
	uint32_t n_namespaces;
	const struct priority_class *priority_classes;
	uint32_t n_priority_classes;
	int32_t default_priority; /* where no class is named: the global default PriorityClass, else 0 */
	name_id default_class;    /* the class that says so; NO_NAME: none */
	struct controller_config controller;
	gate_set gates;
};

/* Is pending work of this ClusterQueue ordered by the past usage of its LocalQueues (kueue-semantics 9.1)? */
bool kueue_usage_based(const struct kueue_config *config, uint32_t cluster_queue);

/* Building a configuration in any order and finding its indexes is the business of kueue_builder.h. */

/* The order in which Kueue visits resources (0.7): FNV-1a of the name, then the name. */
int resource_order(const struct names *names, name_id a, name_id b);
uint32_t kueue_find_resource(const struct kueue_config *config, name_id name); /* NONE if nobody knows it */
uint32_t kueue_find_flavor(const struct kueue_config *config, name_id name);
uint32_t kueue_find_fr(const struct kueue_config *config, uint32_t flavor, uint32_t resource);
const struct topology *kueue_find_topology(const struct kueue_config *config, name_id name); /* NULL */
uint32_t kueue_find_cluster_queue(const struct kueue_config *config, name_id name);
uint32_t kueue_find_cohort(const struct kueue_config *config, name_id name);
/* The cohort at the top of its tree; NONE of NONE. In a cycle of parents, some cohort of it. */
uint32_t kueue_root_cohort(const struct kueue_config *config, uint32_t cohort);
uint32_t kueue_find_local_queue(const struct kueue_config *config, name_id namespace_name, name_id name);
uint32_t kueue_find_namespace(const struct kueue_config *config, name_id name);
/* Effective priority (1.6): a workload's own plus its boost, which counts only with gate PriorityBoost. */
static inline int64_t kueue_effective_priority(gate_set gates, int64_t priority, int32_t boost)
{
	return gate_on(gates, GATE_PriorityBoost) ? priority + boost : priority;
}
/* Annotation kueue.x-k8s.io/priority-boost; false when it is no 32-bit integer, which Kueue refuses or else counts as 0. */
NODISCARD bool kueue_parse_boost(const char *text, int32_t *ret_boost);

/* WL-5: is a request for what no group of the queue covers left out, rather than never admitted? */
static inline bool kueue_ignores_undeclared(const struct kueue_config *config)
{
	return gate_on(config->gates, GATE_QuotaCheckStrategy) && config->controller.ignore_undeclared;
}
/* Does the namespaceSelector of the ClusterQueue select the namespace? One that does not exist has no labels. */
bool kueue_selects_namespace(const struct kueue_config *config, uint32_t cluster_queue, name_id namespace_name);

/* False when the class does not exist. NO_NAME has the default priority. */
NODISCARD bool kueue_find_priority(const struct kueue_config *config, name_id priority_class, int32_t *ret_value);

/* AC-1: the checks that a workload of the queue needs, as bits in the order of `checks`: once it has these flavors, those
 * for one of them; before (`flavors` NULL), those for all flavors of the queue. NONE entries are passed over. */
uint64_t kueue_required_checks(const struct kueue_config *config, uint32_t cluster_queue, const uint32_t *flavors,
                               uint32_t n_flavors);
/* Of an AdmissionCheck's spec.controllerName. */
enum check_controller kueue_check_controller(const char *name);
/* Index of a check in the queue's list; NONE. */
uint32_t kueue_find_check(const struct cluster_queue *queue, name_id name);

/* Concurrent admission (8.6): is a flavor among those that a workload is confined to, a text of names joined by commas?
 * NO_NAME: it is confined to none. */
bool kueue_flavor_allowed(const struct names *names, name_id allowed_flavors, name_id flavor);
/* The position of the first of them in the queue's first group, which is how favourable the variant is; NONE when it is not
 * there. */
uint32_t kueue_variant_rank(const struct kueue_config *config, uint32_t cluster_queue, name_id allowed_flavors);

/* Kubernetes matching rules, shared by flavors, nodes and namespaces. */
bool toleration_covers(const struct toleration *toleration, const struct taint *taint);
/* Every NoSchedule and NoExecute taint is tolerated by one of either list. */
bool taints_tolerated(const struct names *names, const struct taint *taints, uint32_t n_taints, const struct toleration *a,
                      uint32_t n_a, const struct toleration *b, uint32_t n_b);
bool requirement_matches(const struct names *names, const struct selector_requirement *requirement,
                         const struct key_value *labels, uint32_t n_labels);
bool namespace_selected(const struct names *names, const struct namespace_selector *selector, const struct key_value *labels,
                        uint32_t n_labels);

#endif
