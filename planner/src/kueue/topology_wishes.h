/* topology_wishes.h - topology-aware scheduling in a pass (tas.c): who asks for it, and quota combined with nodes. Internal.
 */
#ifndef BERTH_PLANNER_KUEUE_TOPOLOGY_WISHES_H
#define BERTH_PLANNER_KUEUE_TOPOLOGY_WISHES_H

#include "planner/books.h"
#include "planner/kueue/flavors.h"

/* TAS-3. */
enum topology_wish { WISH_NONE, WISH_EXPLICIT, WISH_IMPLIED };
enum topology_wish kueue_topology_wish(const struct books *books, uint32_t cluster_queue, const struct pod_set *pods);
/* TAS-3: may pods like these get this flavor of the group? */
bool kueue_topology_accepts(const struct books *books, uint32_t cluster_queue, const struct pod_set *pods,
                            const struct resource_group *group, uint32_t flavor);
/* Does some pod set of the shape ask for a place? */
bool kueue_shape_wants_topology(const struct books *books, uint32_t cluster_queue, const struct shape *shape);

/* TAS-4: places what the quota gave a flavor to, or says why not; may lower the mode. `attempts` as in flavor_problem. */
void kueue_place(struct books *books, uint32_t slot, struct nomination *nomination, struct attempts *attempts);
/* SC-5: a nomination that needs preemption gets the places it will have once its targets are gone. */
void kueue_place_after_targets(struct books *books, uint32_t slot, struct nomination *nomination);
/* PR-5: would everything find a place on the books as they are? */
NODISCARD bool kueue_finds_places(struct books *books, uint32_t slot, const struct nomination *nomination);
/* SC-10, TAS-19: is there still room where the nomination was placed? */
NODISCARD bool kueue_places_are_free(const struct books *books, uint32_t slot, const struct nomination *nomination);
/* SC-9: charges the places that the workload does not hold yet. */
void kueue_charge_places(struct books *books, uint32_t slot, const struct nomination *nomination);

/* SC-16: its quota is reserved, and something about its places is still to be done. */
bool kueue_needs_second_pass(const struct books *books, uint32_t slot);
/* SC-16: the admission that the workload has, with what is missing placed. */
void kueue_nominate_again(struct books *books, uint32_t slot, struct nomination *nomination);
/* Time from now until the next try, in us. */
int64_t second_pass_delay_us(uint32_t tries);

#endif
