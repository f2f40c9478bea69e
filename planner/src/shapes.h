/* shapes.h - the interned request shapes of one set of books. Internal to the planner. */
#ifndef BERTH_PLANNER_SHAPES_H
#define BERTH_PLANNER_SHAPES_H

#include "planner/books.h"

struct shape_table;

struct shape_table *shape_table_create(void);
struct shape_table *shape_table_copy(const struct shape_table *table);
void shape_table_destroy(struct shape_table *table);
uint32_t shape_table_intern(struct shape_table *table, const struct kueue_config *config, const struct pod_set *pod_sets,
                            uint32_t n_pod_sets, const int32_t *counts, name_id allowed_flavors);
const struct shape *shape_table_at(const struct shape_table *table, uint32_t shape);
/* Resource indexes against a new configuration. */
void shape_table_resolve(struct shape_table *table, const struct kueue_config *config);

#endif
