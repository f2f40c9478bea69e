/* waits.h - means and quantiles of a list of waits, of which some had not ended: wherever single jobs are at hand. Key
 * figures (sim/kpi.h) are made in the same way and by the same rule of lower bounds. */
#ifndef BERTH_APP_WAITS_H
#define BERTH_APP_WAITS_H

#include "base/job.h"
#include "sim/result.h"

struct wait {
	double us;
	bool open; /* had not ended: us is the time so far */
};
struct bounded {
	double us; /* NAN: no waits */
	bool lower_bound;
	uint32_t n_open, n_beyond; /* what says so: see kpi_is_bound() */
};

/* Submission to first admission, or so far. */
struct wait wait_of_job(const struct job *job, const struct job_outcome *outcome, int64_t end_us);
/* By time; of equals, what had ended comes first. */
void waits_sort(struct wait *waits, uint32_t n);
struct bounded waits_mean(const struct wait *waits, uint32_t n);
/* The value at rank ceil(q * n). */
struct bounded waits_quantile(const struct wait *ascending, uint32_t n, double q);

#endif
