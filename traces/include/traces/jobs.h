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
/* The job's shape and checkpoint are indexes that this builder gave. */
void job_builder_add(struct job_builder *builder, const struct job *job);
/* All rows of another table of the same names. */
void job_builder_add_table(struct job_builder *builder, const struct job_table *table);
/* A name that no job added so far bears: `preferred` if it is free, else "<qualifier>/<preferred>", else that with a
 * number. */
name_id job_builder_free_name(const struct job_builder *builder, name_id preferred, const char *qualifier);
/* As if a job of that name had been added. */
void job_builder_reserve_name(struct job_builder *builder, name_id name);
/* Sorts by (submit_us, order of adding) and freezes in the arena. */
NODISCARD const struct job_table *job_builder_finish(struct job_builder *builder);

/* Draws one generator's jobs for one replication (docs/traces.md says from what). Names are "<generator>-<index>". Fails
 * when it would draw more than GENERATOR_MAX_JOBS. */
#define GENERATOR_MAX_JOBS UINT32_C(20000000)
NODISCARD bool generate_jobs(const struct world *world, const struct generator *generator, uint64_t seed,
                             uint32_t replication, struct job_builder *builder, struct error *error);

/* All traces and generators of a world. Traces are read once and can be passed to further replications in `traces`
 * (NULL at first). `counts` has one element per trace input. Interns names: call from one thread at a time. */
struct loaded_traces;
NODISCARD bool jobs_for_replication(const struct world *world, uint64_t seed, uint32_t replication, struct arena *arena,
                                    struct loaded_traces **traces, const struct job_table **ret_jobs,
                                    struct trace_counts *counts, struct error *error);
void loaded_traces_free(struct loaded_traces *traces);

#endif
