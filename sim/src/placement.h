/* placement.h - which node kube-scheduler takes for one pod: filters, scores, and a draw among equals.
 *
 * Filters: room for all requested resources, node selector, taints, required affinity (pod_class.h). Scores of the default
 * profile of kube-scheduler 1.36 that can tell such nodes apart, each 0..100, weight 1, added up:
 *   NodeResourcesFit               LeastAllocated: weighted mean over the scored resources that the node has (cpu and memory
 *                                  unless the scenario says otherwise), rounded down, of floor(100 x free / allocatable);
 *                                  MostAllocated: of floor(100 x used / allocatable); with the pod counted in, and pods
 *                                  without a request counted as 100m and 200Mi; other resources count only for pods that
 *                                  ask for them
 *   NodeResourcesBalancedAllocation 50 + floor((50 + b(with the pod) - b(without)) / 2), b = floor(100 x (1 - s)),
 *                                  s = half the difference of the cpu and memory fractions in use; left out for pods that
 *                                  request neither (kubernetes/kubernetes#135573, since 1.36)
 * GPUs enter only where the scenario lists them (placement.resources). Left out: preferences, topology spread and image
 * locality, which do not differ between alike pods of alike nodes, PreferNoSchedule taints, and the sampling of nodes in
 * clusters above 100 nodes.
 *
 * kube-scheduler picks one of the best nodes at random; here the draw is keyed by the pod, and counts the best nodes in
 * ascending order. */
#ifndef BERTH_SIM_PLACEMENT_H
#define BERTH_SIM_PLACEMENT_H

#include "base/rng.h"
#include "nodes.h"
#include "pod_class.h"

struct scored_resource {
	uint32_t column;  /* of allocatable */
	uint32_t counted; /* of usage and requests: another where pods without a request are counted as asking for something */
	int64_t weight;
};

struct placement {
	struct node_table *nodes;
	struct class_table *classes;
	enum placement_score score;
	struct scored_resource *scored; /* what NodeResourcesFit counts, and some pool offers */
	uint32_t n_scored;
	struct { /* scratch: the best fills found */
		VEC_FIELDS(uint32_t);
	} best;
};

/* `resources` as in struct cluster: none means cpu and memory. Tables are the caller's. */
void placement_init(struct placement *placement, struct node_table *nodes, struct class_table *classes,
                    enum placement_score score, const struct score_resource *resources, uint32_t n_resources);
void placement_free(struct placement *placement);

/* Sum of the scores of a node of `pool` with usage `used` for a pod with request row `row`. */
int64_t placement_score_node(const struct placement *placement, const struct pool_nodes *pool, const int64_t *used,
                             const int64_t *row);

/* The node for a pod of the class, or NONE when no node can take it. `stream` is drawn from only among several best. */
NODISCARD uint32_t placement_choose(struct placement *placement, const struct pod_class *class_row, struct rng *stream);
/* The same by looking at each node: the definition, and the way for pods that select on hostname. */
NODISCARD uint32_t placement_choose_by_scan(struct placement *placement, const struct pod_class *class_row,
                                            struct rng *stream);
/* Could the class be placed on this node now? */
bool placement_feasible(struct placement *placement, const struct pod_class *class_row, uint32_t node);

#endif
