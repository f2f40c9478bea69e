/* pod_class.h - pods that kube-scheduler cannot tell apart: same requests, same constraints.
 *
 * A class is a pod set of a job shape together with the flavors that Kueue assigned to it: Kueue injects a flavor's node
 * labels as node selector and adds its tolerations when it starts the pods. What depends on the pool alone (labels, taints,
 * whether an empty node is large enough) is decided once per class. Classes live as long as the run. */
#ifndef BERTH_SIM_POD_CLASS_H
#define BERTH_SIM_POD_CLASS_H

#include "base/arena.h"
#include "base/job.h"
#include "nodes.h"
#include "world/kueue.h"

struct pod_class {
	const struct pod_set *pod_set;
	const int64_t *row;    /* nodes_request_row(); NULL when no pool offers a resource that it asks for */
	const uint32_t *pools; /* ascending: those whose nodes could host it when empty */
	uint32_t n_pools;
	bool by_node; /* it selects on kubernetes.io/hostname: nodes of a pool differ for it */
	const struct key_value *flavor_labels;
	uint32_t n_flavor_labels;
	/* Of the queue of waiting pods (kube_scheduler.c). */
	uint32_t n_waiting;
	bool listed, blocked;
};

struct class_key {
	const struct kueue_config *config;
	uint32_t shape, pod_set;
	const uint32_t *flavors; /* ascending, each once */
	uint32_t n_flavors;
};

struct class_table;

NODISCARD struct class_table *classes_create(const struct node_table *nodes);
void classes_destroy(struct class_table *classes); /* accepts NULL */
/* The class with this key, made at first sight. `pod_set` is the one that key->shape and key->pod_set name. */
uint32_t classes_find(struct class_table *classes, const struct class_key *key, const struct pod_set *pod_set);
/* Valid until the next classes_find(). */
struct pod_class *classes_row(struct class_table *classes, uint32_t class_index);
/* For a class that looks at nodes one by one: may this node of one of its pools host it? Free room is not asked. */
bool class_admits_node(struct class_table *classes, const struct pod_class *class_row, uint32_t node);

#endif
