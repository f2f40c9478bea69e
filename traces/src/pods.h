/* pods.h - from a trace record to pod sets: the one place that says how GPUs become pods (docs/traces.md, "From a record
 * to pods"). */
#ifndef BERTH_TRACES_PODS_H
#define BERTH_TRACES_PODS_H

#include "traces/jobs.h"

struct pod_maker;

/* Borrows them. */
NODISCARD struct pod_maker *pod_maker_create(const struct world *world, const struct trace_input *input,
                                             struct job_builder *builder);
void pod_maker_destroy(struct pod_maker *maker);
/* The builder's index of the record's shape in this namespace. */
uint32_t pod_maker_shape(struct pod_maker *maker, const struct trace_record *record, name_id namespace_name);

/* Orders requests as job.h says: by fnv1a_64 of the resource's name, then by name. */
void sort_requests(const struct names *names, struct resource_request *requests, uint32_t count);

#endif
