/* job_builder.c - collects jobs, interns what many of them share, and freezes them in order of submission. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/vec.h"
#include "shapes.h"
#include "traces/jobs.h"

struct job_builder {
	struct arena *arena;
	struct names *names;
	struct {
		VEC_FIELDS(struct job);
	} jobs;
	struct shapes *shapes;
	struct {
		VEC_FIELDS(struct checkpoint);
	} checkpoints;
	uint32_t *checkpoint_slots; /* index + 1; 0 = empty. A power of two, or none yet */
	uint32_t n_checkpoint_slots;
	struct {
		VEC_FIELDS(uint64_t);
	} taken; /* a bit for each name_id that a job bears */
};

struct job_builder *job_builder_create(struct arena *arena, struct names *names)
{
	struct job_builder *builder = xcalloc(1, sizeof *builder);
	builder->arena = arena;
	builder->names = names;
	builder->shapes = shapes_create(arena);
	return builder;
}

void job_builder_destroy(struct job_builder *builder)
{
	if (!builder)
		return;
	shapes_destroy(builder->shapes);
	VEC_FREE(&builder->jobs);
	VEC_FREE(&builder->checkpoints);
	free(builder->checkpoint_slots);
	VEC_FREE(&builder->taken);
	free(builder);
}

uint32_t job_builder_shape(struct job_builder *builder, const struct pod_set *pod_sets, uint32_t n_pod_sets)
{
	return shapes_intern(builder->shapes, &(struct job_shape){pod_sets, n_pod_sets});
}

/* The slot of an equal checkpoint, or the empty one where it belongs. */
static uint32_t *checkpoint_slot(const struct job_builder *builder, const struct checkpoint *checkpoint)
{
	uint32_t mask = builder->n_checkpoint_slots - 1;
	uint64_t hash = digest_add(digest_add((uint64_t)checkpoint->interval_us, (uint64_t)checkpoint->save_us),
	                           (uint64_t)checkpoint->restore_us);
	for (uint32_t slot = (uint32_t)hash & mask;; slot = (slot + 1) & mask) {
		uint32_t index = builder->checkpoint_slots[slot];
		const struct checkpoint *known = index ? &builder->checkpoints.items[index - 1] : NULL;
		if (!known || (known->interval_us == checkpoint->interval_us && known->save_us == checkpoint->save_us &&
		               known->restore_us == checkpoint->restore_us))
			return &builder->checkpoint_slots[slot];
	}
}

static void grow_checkpoint_slots(struct job_builder *builder)
{
	free(builder->checkpoint_slots);
	builder->n_checkpoint_slots = builder->n_checkpoint_slots ? builder->n_checkpoint_slots * 2 : 16;
	builder->checkpoint_slots = xcalloc(builder->n_checkpoint_slots, sizeof *builder->checkpoint_slots);
	for (uint32_t i = 0; i < builder->checkpoints.count; i++)
		*checkpoint_slot(builder, &builder->checkpoints.items[i]) = i + 1;
}

uint32_t job_builder_checkpoint(struct job_builder *builder, const struct checkpoint *checkpoint)
{
	if (2 * builder->checkpoints.count >= builder->n_checkpoint_slots)
		grow_checkpoint_slots(builder);
	uint32_t *slot = checkpoint_slot(builder, checkpoint);
	if (*slot == 0) {
		*VEC_PUSH(&builder->checkpoints) = *checkpoint;
		*slot = builder->checkpoints.count;
	}
	return *slot - 1;
}

void job_builder_reserve_name(struct job_builder *builder, name_id name)
{
	while (builder->taken.count <= name / 64)
		*VEC_PUSH(&builder->taken) = 0;
	builder->taken.items[name / 64] |= UINT64_C(1) << name % 64;
}

static bool is_taken(const struct job_builder *builder, name_id name)
{
	return name / 64 < builder->taken.count && builder->taken.items[name / 64] >> name % 64 & 1;
}

name_id job_builder_free_name(const struct job_builder *builder, name_id preferred, const char *qualifier)
{
	if (!is_taken(builder, preferred))
		return preferred;
	char *text = NULL;
	name_id name = preferred;
	for (uint32_t number = 1; is_taken(builder, name); number++) {
		const char *base = names_text(builder->names, preferred);
		int length = number == 1 ? asprintf(&text, "%s/%s", qualifier, base)
		                         : asprintf(&text, "%s/%s-%" PRIu32, qualifier, base, number);
		if (length < 0)
			abort();
		name = names_intern(builder->names, text);
		free(text);
	}
	return name;
}

void job_builder_add(struct job_builder *builder, const struct job *job)
{
	*VEC_PUSH(&builder->jobs) = *job;
	job_builder_reserve_name(builder, job->name);
}

void job_builder_add_table(struct job_builder *builder, const struct job_table *table)
{
	uint32_t *shapes = xcalloc(table->n_shapes, sizeof *shapes);
	uint32_t *checkpoints = xcalloc(table->n_checkpoints, sizeof *checkpoints);
	for (uint32_t i = 0; i < table->n_shapes; i++)
		shapes[i] = shapes_intern(builder->shapes, &table->shapes[i]);
	for (uint32_t i = 0; i < table->n_checkpoints; i++)
		checkpoints[i] = job_builder_checkpoint(builder, &table->checkpoints[i]);
	for (uint32_t i = 0; i < table->n_jobs; i++) {
		struct job job = table->jobs[i];
		job.shape = shapes[job.shape];
		if (job.checkpoint != NONE)
			job.checkpoint = checkpoints[job.checkpoint];
		job_builder_add(builder, &job);
	}
	free(shapes);
	free(checkpoints);
}

struct sort_key {
	int64_t submit_us;
	uint32_t position;
};

static int compare_keys(const void *left, const void *right)
{
	const struct sort_key *a = left, *b = right;
	if (a->submit_us != b->submit_us)
		return a->submit_us < b->submit_us ? -1 : 1;
	return a->position < b->position ? -1 : a->position > b->position;
}

/* The jobs in order of (submit_us, order of adding), in the arena. */
static const struct job *sorted_jobs(const struct job_builder *builder)
{
	uint32_t count = builder->jobs.count;
	struct sort_key *keys = xcalloc(count, sizeof *keys);
	for (uint32_t i = 0; i < count; i++)
		keys[i] = (struct sort_key){builder->jobs.items[i].submit_us, i};
	qsort(keys, count, sizeof *keys, compare_keys);
	struct job *jobs = ARENA_ARRAY(builder->arena, struct job, count);
	for (uint32_t i = 0; i < count; i++)
		jobs[i] = builder->jobs.items[keys[i].position];
	free(keys);
	return jobs;
}

const struct job_table *job_builder_finish(struct job_builder *builder)
{
	struct job_table *table = ARENA_NEW(builder->arena, struct job_table);
	table->jobs = sorted_jobs(builder);
	table->n_jobs = builder->jobs.count;
	table->shapes = shapes_freeze(builder->shapes, &table->n_shapes);
	table->n_checkpoints = builder->checkpoints.count;
	table->checkpoints =
	    arena_copy(builder->arena, builder->checkpoints.items, sizeof(struct checkpoint) * builder->checkpoints.count);
	return table;
}
