/* shapes.h - job shapes interned: equal pod sets are one row. */
#ifndef BERTH_TRACES_SHAPES_H
#define BERTH_TRACES_SHAPES_H

#include "base/arena.h"
#include "base/job.h"

struct shapes;

/* Copies of the shapes live in the arena. */
NODISCARD struct shapes *shapes_create(struct arena *arena);
void shapes_destroy(struct shapes *shapes);

uint32_t shapes_intern(struct shapes *shapes, const struct job_shape *shape);
/* All shapes in order of their index, in the arena. */
const struct job_shape *shapes_freeze(const struct shapes *shapes, uint32_t *ret_count);

#endif
