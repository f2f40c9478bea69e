/* disruptions.h - what happens to the cluster itself: nodes fail and are repaired, pools change size, quotas change.
 *
 * Failures: each node has an up-time and a repair time drawn for it by name, so adding a pool shifts nobody's luck. Pods on
 * a failed node are lost at once; that kube-controller-manager takes minutes to notice on a real cluster is not modelled
 * beyond the watch delay.
 *
 * A pool that shrinks loses, in this order: nodes that are down, idle nodes from the highest number down, then busy nodes,
 * first the one whose oldest pod started last (least work is lost). A busy node takes no more pods; the jobs on it
 * restart as if it failed, but its pods keep their termination grace, and the node goes when its last pod has gone. A pool
 * that grows first keeps nodes that were about to go, then adds nodes from the lowest free number up. */
#ifndef BERTH_SIM_DISRUPTIONS_H
#define BERTH_SIM_DISRUPTIONS_H

#include "sim_state.h"

/* Schedules the first failure of each node that is up. */
void nodes_begin(struct sim *sim, struct sim_cluster *cluster);
void node_fails(struct sim *sim, struct sim_cluster *cluster, uint32_t node);
void node_repaired(struct sim *sim, struct sim_cluster *cluster, uint32_t node);
/* A pod left the node: it goes if it is draining and empty. */
void node_left_by_pod(struct sim *sim, struct sim_cluster *cluster, uint32_t node);
void world_changes(struct sim *sim, const struct world_change *change);

#endif
