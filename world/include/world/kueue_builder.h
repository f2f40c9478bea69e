/* kueue_builder.h - makes a kueue_config out of objects that arrive in any order and name each other by name.
 *
 * Callers (the YAML loader, the conformance reader, tests, importers) add objects; kueue_build() resolves names, makes
 * implicit cohorts, numbers flavors, resources and flavor-resource pairs by name (so that the order of documents changes
 * nothing), marks cycles, and freezes everything in the arena. Cluster queues, cohorts, flavors and local queues are
 * sorted by name, byte-wise; local queues by namespace, then name. */
#ifndef BERTH_WORLD_KUEUE_BUILDER_H
#define BERTH_WORLD_KUEUE_BUILDER_H

#include "base/arena.h"
#include "base/diag.h"
#include "world/kueue.h"

struct kueue_builder;

/* The places are those of the names; without one, problems are reported at the object's place. */
struct named_quota {
	name_id resource;
	struct quota quota;
	struct diag_place place;
};
struct named_flavor_quotas {
	name_id flavor;
	const struct named_quota *quotas;
	uint32_t n_quotas;
	struct diag_place place;
};
/* covered: in the order written. */
struct named_group {
	const name_id *covered;
	uint32_t n_covered;
	const struct named_flavor_quotas *flavors;
	uint32_t n_flavors;
};

/* The scalar fields come in the `struct cluster_queue` etc.; its cohort, groups, indexes are ignored and taken from the
 * named ones here. `place` is where the object stands, for errors about references. Everything is copied: arguments are
 * borrowed for the call only. */
NODISCARD struct kueue_builder *kueue_builder_create(struct arena *arena, struct names *names);
void kueue_builder_destroy(struct kueue_builder *builder); /* the config built stays: it lives in the arena */

void kueue_add_flavor(struct kueue_builder *builder, const struct resource_flavor *flavor, struct diag_place place);
void kueue_add_cohort(struct kueue_builder *builder, const struct cohort *cohort, name_id parent,
                      const struct named_group *groups, uint32_t n_groups, struct diag_place place);
void kueue_add_cluster_queue(struct kueue_builder *builder, const struct cluster_queue *queue, name_id cohort,
                             const struct named_group *groups, uint32_t n_groups, struct diag_place place);
void kueue_add_local_queue(struct kueue_builder *builder, const struct local_queue *queue, name_id cluster_queue,
                           struct diag_place place);
void kueue_add_namespace(struct kueue_builder *builder, const struct kube_namespace *space, struct diag_place place);
void kueue_add_priority_class(struct kueue_builder *builder, const struct priority_class *priority_class,
                              struct diag_place place);
/* A flavor-resource pair that some admission uses although no quota names it. */
void kueue_add_used_pair(struct kueue_builder *builder, name_id flavor, name_id resource);
/* An AdmissionCheck. A ClusterQueue that asks for one that is not active, or does not exist, takes no part. */
void kueue_add_admission_check(struct kueue_builder *builder, name_id name, enum check_controller controller, bool active,
                               struct diag_place place);
/* A resource that an admission names although it gave it no flavor. */
void kueue_add_resource(struct kueue_builder *builder, name_id resource);
/* Somebody needs a queue: a LocalQueue of a namespace, or with `space` NO_NAME a ClusterQueue. Strict building reports
 * "BY: LocalQueue 'SPACE/NAME' does not exist"; `by` must outlive the builder. */
void kueue_add_reference(struct kueue_builder *builder, name_id space, name_id name, const char *by,
                         struct diag_place place);
/* Rows are copied, what they point to is borrowed. */
void kueue_set_topologies(struct kueue_builder *builder, const struct topology *topologies, uint32_t count);
/* Nodes and loads are borrowed. */
void kueue_set_nodes(struct kueue_builder *builder, const struct kube_node *nodes, uint32_t n_nodes,
                     const struct node_load *loads, uint32_t n_loads);
void kueue_set_controller(struct kueue_builder *builder, const struct controller_config *controller);
void kueue_set_gates(struct kueue_builder *builder, gate_set gates);

/* The class that counts where a workload names none; without this, the global default PriorityClass of the lowest value
 * (1.6), and 0 when there is none. */
void kueue_set_default_class(struct kueue_builder *builder, name_id priority_class);

/* With `strict`, dangling references, duplicate names, cohort cycles and what Kueue's validation would refuse (1.2, 1.3)
 * are errors in `diags` (and NULL is returned); without, dangling flavors become `missing`, cycles are marked, and the
 * queue takes no part, as in Kueue's cache; of two objects with one name the first counts, of two quotas for one flavor
 * and resource the last, and a quota for a resource that its group does not cover is left out. `diags` may be NULL then.
 *
 * Every flavor of a group has an fr for each covered resource (with quota 0 where it lists none, see `present`). A
 * configured quota at or beyond the largest that a Quantity holds becomes INT64_MAX (0.3). Every namespace bears the label
 * kubernetes.io/metadata.name; those that only a LocalQueue names are made. May be called again after further additions. */
NODISCARD const struct kueue_config *kueue_build(struct kueue_builder *builder, bool strict, struct diags *diags);

/* Defaults of Kueue's Configuration (kueue-semantics 1.9). */
struct controller_config kueue_controller_defaults(void);
/* Defaults of a ClusterQueue's fields (1.2): strategy, fungibility, policies Never, weight 1. */
struct cluster_queue kueue_cluster_queue_defaults(name_id name);

#endif
