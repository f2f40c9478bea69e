/* decode.h - Kubernetes and Kueue documents, as they are in Git or as kubectl prints them, into a described world.
 *
 * Configuration goes to a kueue_builder, nodes become pools of one node, Jobs and Workloads become initial workloads. Read
 * are Kueue's v1beta1 and v1beta2 ResourceFlavor, ClusterQueue, Cohort, LocalQueue, WorkloadPriorityClass, Workload, its
 * controller's Configuration (also inside the ConfigMap that carries it), and Kubernetes' Namespace, Node, PriorityClass,
 * LimitRange and Job; lists stand for their items. Missing fields have Kueue's and Kubernetes' own defaults.
 *
 * Upstream documents are not ours to forbid: a field that cannot change a decision passes; one that can and that is not
 * modelled yet is an error, or with `allow_unmodelled` a banner line; an unknown one is a warning. Other kinds are counted
 * and named once. References are checked by kueue_build(strict). */
#ifndef BERTH_WORLD_KUBE_DECODE_H
#define BERTH_WORLD_KUBE_DECODE_H

#include "base/diag.h"
#include "base/doc.h"
#include "world/kueue_builder.h"
#include "world/world.h"

struct kube_options {
	int64_t epoch_unix_s; /* times in documents become microseconds since then */
	gate_set gates;       /* of the profile; a Configuration's featureGates change them */
	bool default_class;   /* gate WorkloadPriorityClassDefaulting: the WorkloadPriorityClass "default" counts where none
	                         is named (off in 0.19) */
	bool allow_unmodelled;
};

/* What does not go to the builder. Everything lives in the arena. */
struct kube_objects {
	const struct node_pool *pools; /* one per Node, by name */
	uint32_t n_pools;
	const struct initial_workload *workloads; /* by name; job.shape indexes shapes */
	uint32_t n_workloads;
	const struct job_shape *shapes;
	uint32_t n_shapes;
	const struct default_request *default_requests; /* already in the workloads above; by namespace, then resource */
	uint32_t n_default_requests;
	struct limit_bounds limits; /* in the workloads above already */
	double api_qps;             /* clientConnection of Kueue's Configuration; 0: not in the input */
	int32_t api_burst;
	const char *const *not_modelled; /* banner lines */
	uint32_t n_not_modelled;
};

struct kube_decoder;

/* The documents' nodes must live until kube_decoder_finish(); the rest is borrowed for the decoder's life. */
NODISCARD struct kube_decoder *kube_decoder_create(struct arena *arena, struct names *names, struct kueue_builder *builder,
                                                   const struct kube_options *options, struct diags *diags);
void kube_decoder_destroy(struct kube_decoder *decoder); /* accepts NULL */

/* One document: an object or a list of them. Problems go to the diags. */
void kube_decode(struct kube_decoder *decoder, const struct doc_node *document);

/* Once, after the last document and before kueue_build(): reads what depends on other documents (Jobs and Workloads, the
 * controller's configuration, the default priority) and hands out the rest.
 *
 * A Job or Workload says nothing of how long it runs: the annotation berth.dev/run-time (a duration) does. One without is
 * an error, or with `allow_unmodelled` left out with a banner line. A Job whose own Workload is among the documents counts
 * once, as the Workload. */
void kube_decoder_finish(struct kube_decoder *decoder, struct kube_objects *ret_objects);

#endif
