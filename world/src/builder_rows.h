/* builder_rows.h - what a kueue_builder has collected: rows that name each other by name. Private to world.
 *
 * kueue_builder.c collects and freezes, kueue_check.c holds the rules that strict building adds. */
#ifndef BERTH_WORLD_BUILDER_ROWS_H
#define BERTH_WORLD_BUILDER_ROWS_H

#include "base/vec.h"
#include "world/kueue_builder.h"

/* Rows are sorted by (space, name), declared before implied, first come before later; every row begins with this. */
struct row_key {
	name_id space; /* namespace of a LocalQueue, else NO_NAME */
	name_id name;
	bool implied; /* only named by others */
	uint32_t order;
	struct diag_place place;
};

struct flavor_row {
	struct row_key key;
	struct resource_flavor flavor;
};
struct cohort_row {
	struct row_key key;
	struct cohort cohort;
	name_id parent;
	const struct named_group *groups;
	uint32_t n_groups;
};
struct queue_row {
	struct row_key key;
	struct cluster_queue queue;
	name_id cohort;
	const struct named_group *groups;
	uint32_t n_groups;
};
struct local_row {
	struct row_key key;
	struct local_queue queue;
	name_id cluster_queue;
};
struct namespace_row {
	struct row_key key;
	struct kube_namespace space;
};
struct class_row {
	struct row_key key;
	struct priority_class priority_class;
};
struct check_row {
	struct row_key key;
	enum check_controller controller;
	bool active;
};
struct reference_row {
	name_id space, name; /* space NO_NAME: a ClusterQueue */
	const char *by;
	struct diag_place place;
};
/* A (flavor, resource) pair by name, and by index once flavors and resources are numbered. */
struct pair_row {
	name_id flavor, resource;
};

#define ROWS(type)                                                                                                          \
	struct {                                                                                                                \
		VEC_FIELDS(struct type);                                                                                            \
	}

struct kueue_builder {
	struct arena *arena;
	struct names *names;
	uint32_t next_order;
	ROWS(flavor_row) flavors;
	ROWS(cohort_row) cohorts;
	ROWS(queue_row) queues;
	ROWS(local_row) locals;
	ROWS(namespace_row) namespaces;
	ROWS(class_row) classes;
	ROWS(check_row) checks;
	ROWS(pair_row) used;
	struct {
		VEC_FIELDS(name_id);
	} resources;
	const struct topology *topologies;
	uint32_t n_topologies;
	const struct kube_node *nodes;
	uint32_t n_nodes;
	const struct node_load *loads;
	uint32_t n_loads;
	ROWS(reference_row) references;
	struct controller_config controller;
	gate_set gates;
	bool has_default_class;
	name_id default_class;
};

/* NULL: no such AdmissionCheck. */
const struct check_row *kueue_check_row(const struct kueue_builder *builder, name_id name);
/* The rules of strict building, on sorted rows without duplicates and on the configuration made from them. */
void kueue_check(const struct kueue_builder *builder, const struct kueue_config *config, struct diags *diags);

#endif
