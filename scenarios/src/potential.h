/* potential.h - how much quota there is, for checks before a run (kueue-semantics QA-1, QA-2, QA-6). */
#ifndef BERTH_SCENARIOS_POTENTIAL_H
#define BERTH_SCENARIOS_POTENTIAL_H

#include "world/kueue.h"

/* The most that a ClusterQueue could ever use of a flavor-resource pair, in an empty system. 0 for fr NONE. */
int64_t potential_quota(const struct kueue_config *config, uint32_t fr, uint32_t cluster_queue);
/* The sum of all nominal quotas of a pair; INT64_MAX when one of them is unlimited. */
int64_t total_quota(const struct kueue_config *config, uint32_t fr);

#endif
