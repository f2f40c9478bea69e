/* placement.h - which node kube-scheduler takes for one pod: filters, scores, and a draw among equals.
 *
 * Filters: room for all requested resources, node selector, taints, required affinity (pod_class.h). Scores of the default
 * profile of kube-scheduler 1.36 that can tell such nodes apart, each 0..100, weight 1, added up:
 *   NodeResourcesFit               LeastAllocated: mean over cpu and memory of floor(100 x free / allocatable);
 *                                  MostAllocated: of floor(100 x used / allocatable); with the pod counted in, and pods
 *                                  without a request counted as 100m and 200Mi
 *   NodeResourcesBalancedAllocation 50 + floor((50 + b(with the pod) - b(without)) / 2), b = floor(100 x (1 - s)),
 *                                  s = half the difference of the cpu and memory fractions in use; left out for pods that
 *                                  request neither (kubernetes/kubernetes#135573, since 1.36)
 * GPUs do not enter the default scores. Left out: preferences, topology spread and image locality, which do not differ
 * between alike pods of alike nodes, PreferNoSchedule taints, and the sampling of nodes in clusters above 100 nodes.
 *
 * kube-scheduler picks one of the best nodes at random; here the draw is keyed by the pod, and counts the best nodes in
 * ascending order. */
#ifndef BERTH_SIM_PLACEMENT_H
#define BERTH_SIM_PLACEMENT_H

#include "base/rng.h"
#include "nodes.h"
#include "pod_class.h"

/* Sum of the scores of a node of `pool` with usage `used` for a pod of the class. */
int64_t placement_score_node(const struct node_table *nodes, const struct pool_nodes *pool, const int64_t *used,
                             const int64_t *row, enum placement_score score);

struct placement {
	struct node_table *nodes;
	struct class_table *classes;
	enum placement_score score;
	struct { /* scratch: the best fills found */
		VEC_FIELDS(uint32_t);
	} best;
};

/* The node for a pod of the class, or NONE when no node can take it. `stream` is drawn from only among several best. */
NODISCARD uint32_t placement_choose(struct placement *placement, const struct pod_class *class_row, struct rng *stream);
/* The same by looking at each node: the definition, and the way for pods that select on hostname. */
NODISCARD uint32_t placement_choose_by_scan(struct placement *placement, const struct pod_class *class_row,
                                            struct rng *stream);
/* Could the class be placed on this node now? */
bool placement_feasible(struct placement *placement, const struct pod_class *class_row, uint32_t node);

#endif
