/* jobs.h - makes the job table of one replication: traces, then generators, sorted by submission.
 *
 * A trace gives the same jobs in every replication; a generator draws them from streams keyed by (seed, replication,
 * generator name, index, purpose), so another generator changes nothing in this one. */
#ifndef BERTH_TRACES_JOBS_H
#define BERTH_TRACES_JOBS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/job.h"
#include "traces/traces.h"
#include "world/world.h"

struct job_builder;

NODISCARD struct job_builder *job_builder_create(struct arena *arena, struct names *names);
void job_builder_destroy(struct job_builder *builder);
/* Shapes are interned: equal pod sets give one row. Both copy what they are given. */
uint32_t job_builder_shape(struct job_builder *builder, const struct pod_set *pod_sets, uint32_t n_pod_sets);
uint32_t job_builder_checkpoint(struct job_builder *builder, const struct checkpoint *checkpoint);
void job_builder_add(struct job_builder *builder, const struct job *job);
/* Sorts by (submit_us, order of adding) and freezes in the arena. */
NODISCARD const struct job_table *job_builder_finish(struct job_builder *builder);

/* Draws one generator's jobs for one replication. Names are "<generator>-<index>". */
void generate_jobs(const struct world *world, const struct generator *generator, uint64_t seed, uint32_t replication,
                   struct job_builder *builder);

/* All traces and generators of a world. Traces are read once and can be passed to further replications in `ret_traces`
 * (NULL at first). `counts` has one element per trace input. Interns names: call from one thread at a time. */
struct loaded_traces;
NODISCARD bool jobs_for_replication(const struct world *world, uint64_t seed, uint32_t replication, struct arena *arena,
                                    struct loaded_traces **traces, const struct job_table **ret_jobs,
                                    struct trace_counts *counts, struct error *error);
void loaded_traces_free(struct loaded_traces *traces);

#endif
