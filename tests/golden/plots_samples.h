/* plots_samples.h - a report with every kind of chart and made-up but plausible data, for the gallery and the tests. */
#ifndef BERTH_TESTS_PLOTS_SAMPLES_H
#define BERTH_TESTS_PLOTS_SAMPLES_H

#include "base/arena.h"
#include "plots/report.h"

/* Everything lives in `arena`. The same bytes every time. */
const struct report *plots_samples_report(struct arena *arena);

#endif
