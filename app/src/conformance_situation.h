/* conformance_situation.h - what a case or a random world describes, as the planner's tables.
 *
 * A situation is built in two steps: objects into a kueue_builder and, once the configuration is numbered, workloads. Time
 * is microseconds since an epoch that lies `now_us` before the case's now, so that all times of a case are positive and
 * an absent creation time (0) is older than any other. */
#ifndef BERTH_APP_CONFORMANCE_SITUATION_H
#define BERTH_APP_CONFORMANCE_SITUATION_H

#include "conformance_check.h"
#include "planner/planner.h"
#include "world/kueue_builder.h"

/* A workload of the case: what it is, what is already true of it, and its handle once the planner knows it. */
struct subject {
	const char *key; /* namespace/name; just the name in random worlds */
	struct workload_spec spec;
	struct workload_status status;
	const struct doc_node *doc;
	const char *uid;  /* text; spec.uid is its rank among the case's uids */
	bool in_no_queue; /* pending, but its queue does not exist: it waits in none */
	workload_id id;
};

struct books;

struct situation {
	struct check *check;
	struct arena *arena;
	struct names *names;
	struct kueue_builder *builder; /* until situation_build() */
	const struct kueue_config *config;
	struct controller_config controller;
	gate_set gates;
	const struct doc_node *limit_ranges; /* NULL: none */
	const char *deleted_local_queue;     /* namespace/name of one that is gone when the first cycle comes; "" = none */
	bool explain_pending; /* gate UnadmittedWorkloadsObservability: which reasons a pending workload's conditions bear */
	int64_t now_us;
	struct {
		VEC_FIELDS(struct subject);
	} subjects;
	struct {
		VEC_FIELDS(name_id);
	} bare_queues; /* added by situation_add_queue() */
};

/* Empty, with default configuration and gates of profile ff69552e. */
void situation_init(struct situation *situation, struct check *check, int64_t now_us);
/* A bare ClusterQueue that a case only names; no name and known names add nothing. */
void situation_add_queue(struct situation *situation, const char *name, enum queueing_strategy strategy);
/* Numbers the configuration. A problem of the case when that fails. */
bool situation_build(struct situation *situation);
void situation_finish(struct situation *situation);

/* ---- conformance_objects.c: objects of conformance/kueue ---- */

/* The fields of a case that describe the configuration; decoders of operations list their own beside these. Does not
 * build: usage of pairs without quota may still be announced. */
#define CASE_FIELDS                                                                                                         \
	"id", "source", "operation", "tags", "features", "featuresImplied", "danglingRefs", "expected", "flavors",              \
	    "topologies", "nodes", "pods", "admissionChecks", "cohorts", "clusterQueues", "localQueues", "namespaces",          \
	    "fairSharing", "podsReadyRequeuingTimestamp", "admissionFairSharing", "resourceTransformations",                    \
	    "excludedResourcePrefixes"
bool situation_read_objects(struct situation *situation, const struct doc_node *test);
/* Adds the workloads of a sequence, after their admissions' pairs were announced and the configuration was built. */
void situation_announce_workload(struct situation *situation, const struct doc_node *workload);
void situation_announce_workloads(struct situation *situation, const struct doc_node *workloads);
bool situation_read_workloads(struct situation *situation, const struct doc_node *workloads);
/* A map flavor -> resource -> amount: announces its pairs, or (after the build) reads it into fr -> amount of
 * config->n_frs entries, 0 where absent. */
void situation_announce_amounts(struct situation *situation, const struct doc_node *amounts);
int64_t *situation_read_amounts(struct situation *situation, const struct doc_node *amounts);
/* Objects and a map `usage` ClusterQueue -> flavor -> resource -> amount: builds, and charges it afterwards. */
bool situation_read_with_usage(struct situation *situation, const struct doc_node *test);
void situation_charge_usage(struct situation *situation, struct books *books, const struct doc_node *usage);
/* One workload's own fields, without needing a configuration when it has no admission. */
void situation_read_workload(struct situation *situation, const struct doc_node *node, struct subject *subject);
/* The flavors that a workload is confined to (8.6), from the annotation's text. */
name_id situation_read_allowed(struct situation *situation, const char *list);
/* WL-6: false if its requests are beyond its own limits or a LimitRange. */
bool situation_valid_workload(struct situation *situation, const struct doc_node *node);
const struct pod_set *situation_read_pod_sets(struct situation *situation, const struct doc_node *list);
void situation_read_reclaimable(struct situation *situation, const struct doc_node *list, struct subject *subject);
/* Ranks of the uid texts of all subjects, byte-wise; equal texts share a rank. */
void situation_rank_uids(struct situation *situation);
const struct key_value *situation_read_labels(struct situation *situation, const struct doc_node *map, uint32_t *ret_count);
const struct toleration *situation_read_tolerations(struct situation *situation, const struct doc_node *list,
                                                    uint32_t *ret_count);
const struct taint *situation_read_taints(struct situation *situation, const struct doc_node *list, uint32_t *ret_count);
/* Node affinity of either kind. */
void situation_read_affinity(struct situation *situation, const struct doc_node *affinity, struct pod_set *pod_set);
struct selector_term situation_read_term(struct situation *situation, const struct doc_node *node);
/* matchLabels and matchExpressions; either may be NULL. */
const struct selector_requirement *situation_read_expressions(struct situation *situation, const struct doc_node *labels,
                                                              const struct doc_node *expressions, uint32_t *ret_count);
void situation_read_fungibility(struct check *check, const struct doc_node *node, struct cluster_queue *queue);

/* ---- conformance_nodes.c: topologies, nodes, and what is on them ---- */

void situation_set_gates(struct situation *situation, const struct doc_node *gates);
/* The gates of a case. */
void situation_read_gates(struct situation *situation, const struct doc_node *test);
/* Topologies, nodes and pods of a case into its configuration. */
void situation_read_places(struct situation *situation, const struct doc_node *test);
struct topology situation_read_topology(struct situation *situation, const struct doc_node *node);
const struct kube_node *situation_read_nodes(struct situation *situation, const struct doc_node *list, uint32_t *ret_count);
const struct node_load *situation_read_pods(struct situation *situation, const struct doc_node *list, uint32_t *ret_count);
/* NULL for an absent request. `group` is "" where the request itself says whether there is one. */
const struct topology_request *situation_read_topology_request(struct situation *situation, const struct doc_node *node,
                                                               const char *group);
const struct preferred_term *situation_read_preferences(struct situation *situation, const struct doc_node *list,
                                                        uint32_t *ret_count);

/* ---- words of both formats; a problem when unknown ---- */

enum queueing_strategy situation_strategy(struct check *check, const char *text);
enum preemption_policy situation_policy(struct check *check, const char *text); /* "" = Never */
enum fungibility situation_step(struct check *check, const char *text);
enum fungibility_preference situation_preference(struct check *check, const char *text);
/* admissionFairSharing: the configuration, and once the planner stands the usage that LocalQueues begin with. */
void situation_read_usage_config(struct situation *situation, const struct doc_node *node);
struct planner;
void situation_seed_usage(struct situation *situation, const struct doc_node *node, struct planner *planner);
/* fairSharing's preemption strategies; an empty list keeps the defaults. */
void situation_read_strategies(struct situation *situation, const struct doc_node *list);
double situation_weight(struct check *check, const char *text);

/* ---- shared by the readers ---- */

name_id situation_name(struct situation *situation, const char *text);
/* The field `name` of an object, which nothing else could refer to without it. */
name_id situation_object_name(struct situation *situation, const struct doc_node *node);
/* Sorts by the order in which Kueue visits resources (kueue-semantics 0.7). */
void situation_sort_requests(const struct situation *situation, struct resource_request *requests, uint32_t count);
/* Index of a resource, flavor or ClusterQueue by name; a problem and NONE when unknown. */
uint32_t situation_resource(struct situation *situation, const char *text);
uint32_t situation_flavor(struct situation *situation, const char *text);
uint32_t situation_cluster_queue(struct situation *situation, const char *text);
/* The reason code of Kueue's word; a problem when there is none. */
enum reason situation_reason(struct check *check, const char *text);
struct subject *situation_find(struct situation *situation, const char *key); /* NULL when unknown */
/* "cpu=on-demand gpu=model-a" of one pod set of an assignment, in order of name. */
const char *situation_flavors_text(const struct situation *situation, const struct assignment *assignment, uint32_t pod_set);

#endif
