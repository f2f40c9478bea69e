/* quantity.h - Kubernetes quantities ("500m", "80Gi", "1e3") as Kueue's integers (kueue-semantics 0.2).
 *
 * cpu counts milli-cores, everything else base units; fractions of the unit round up, as Quantity.MilliValue and
 * Quantity.Value do. */
#ifndef BERTH_BASE_QUANTITY_H
#define BERTH_BASE_QUANTITY_H

#include "base/base.h"
#include "base/error.h"

/* `scale` 1000 for milli-units, 1 for base units. Values beyond int64 saturate. Fails on anything that the Kubernetes
 * API would refuse: empty, bad suffix ("80GB"), embedded blanks. */
NODISCARD bool quantity_parse(const char *text, int64_t scale, int64_t *ret_value, struct error *error);
/* The same without rounding to a unit of the resource: in units of 10^-9, the finest that Kubernetes keeps. */
NODISCARD bool quantity_parse_nano(const char *text, int128 *ret_nano, struct error *error);
/* The scale of a resource: 1000 for "cpu", else 1. */
int64_t quantity_scale(const char *resource);
/* Canonical-enough text for people: cpu in cores or "500m", bytes of memory with a binary suffix when exact. */
char *quantity_format(const char *resource, int64_t value, char out[32]);

#endif
