/* evictions.c - see evictions.h. */
#include <stddef.h>

#include "evictions.h"

const struct eviction_kind eviction_kinds[EVICTION_KINDS] = {
    {"preemptions_count", "total", "preempted for another job", NULL, NULL},
    {"evictions_count", "podsReadyTimeout", "evicted: pods not ready in time", "podsReady timeout ", "time"},
    {"evictions_count", "requeuingLimit", "given up: evicted for late pods too often", "given up after too many of these ",
     "job"},
    {"evictions_count", "queueStopped", "evicted: queue stopped with HoldAndDrain", "queue stopped ", "time"},
    {"evictions_count", "maximumExecutionTime", "ended at the maximum execution time", "maximum execution time ", "job"},
    {"evictions_count", "deactivated", "deactivated", "deactivated ", "job"},
    {"evictions_count", "nodeRemoved", "restarted after a node was removed", "restarts after node removals ", NULL},
    {"failures_count", "total", "restarted after a node failed", "restarts after node failures ", NULL},
};
