/* generate.c - jobs drawn from a generator's distributions.
 *
 * Arrivals are a renewal process in operational time (Poisson unless interarrival says else), carried to real time by the
 * inverse of the integrated hour and weekend profile (time change: Cinlar 1975). The profile has a weekly mean of one, so
 * per_day is the mean over whole weeks. One draw a gap: a denser process keeps the luck of each arrival.
 *
 * Every draw has a stream of its own, named by the generator, what is drawn, and the index of the arrival or job. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/digest.h"
#include "base/rng.h"
#include "parse.h"
#include "pods.h"

#define S_PER_HOUR INT64_C(3600)
#define S_PER_DAY INT64_C(86400)
enum { MAX_PODS = 1000000, MAX_BURST = 1000000, BURST_GRID = 65536 };

/* HOURS_OFFICE: thousandths of a day's arrivals by local hour. Not fitted to any trace: quiet nights, two peaks around
 * lunch, some evening work. */
static const int office_permille[24] = {12, 12, 12, 12, 12, 12, 16, 24, 44, 68, 80, 80,
                                        64, 72, 80, 80, 76, 64, 48, 36, 32, 28, 20, 16};

/* Operational time runs at `rate` per real microsecond until `segment_end_us`. */
struct warp {
	const struct world *world;
	const struct generator *generator;
	double at_us;
	int64_t segment_end_us;
	double rate;
};

/* Arrivals in a local hour against those in a mean hour. */
static double hour_weight(enum hour_profile profile, int64_t hour)
{
	return profile == HOURS_OFFICE ? office_permille[hour] * 24 / 1000.0 : 1;
}

/* The local clock's offset at a time, and when it changes next. */
static int32_t zone_offset_at(const struct world *world, int64_t at_us, int64_t *ret_until_us)
{
	int32_t offset_s = world->n_zone_offsets ? world->zone_offsets[0].offset_s : 0;
	*ret_until_us = INT64_MAX;
	for (uint32_t i = 0; i < world->n_zone_offsets; i++) {
		if (world->zone_offsets[i].start_us > at_us) {
			*ret_until_us = world->zone_offsets[i].start_us;
			break;
		}
		offset_s = world->zone_offsets[i].offset_s;
	}
	return offset_s;
}

/* Sets the segment that begins at a whole second: to the next local hour, or less where the offset changes. */
static void begin_segment(struct warp *warp, int64_t at_us)
{
	const struct generator *generator = warp->generator;
	int64_t until_us, local_s = warp->world->epoch_unix_s + at_us / US_PER_S;
	local_s += zone_offset_at(warp->world, at_us, &until_us);
	int64_t weekday = (local_s / S_PER_DAY + 4) % 7; /* 0 = Sunday: 1970 began on a Thursday */
	bool weekend = weekday == 0 || weekday == 6;
	double week_mean = (5 + 2 * generator->weekend_factor) / 7;
	warp->rate = hour_weight(generator->hour_profile, local_s % S_PER_DAY / S_PER_HOUR) *
	             (weekend ? generator->weekend_factor : 1) / week_mean;
	warp->at_us = (double)at_us;
	warp->segment_end_us = MIN(until_us, at_us + (S_PER_HOUR - local_s % S_PER_HOUR) * US_PER_S);
}

static struct warp warp_begin(const struct world *world, const struct generator *generator)
{
	struct warp warp = {world, generator, 0, world->duration_us, 1};
	if (generator->hour_profile != HOURS_FLAT || generator->weekend_factor != 1)
		begin_segment(&warp, 0);
	return warp;
}

/* Moves on by `gap` of operational time. False when that is past the end of the run. */
static bool warp_forward(struct warp *warp, double gap)
{
	for (;;) {
		double room = warp->rate * ((double)warp->segment_end_us - warp->at_us);
		if (gap < room) {
			warp->at_us += gap / warp->rate;
			return warp->at_us < (double)warp->world->duration_us;
		}
		gap -= room;
		if (warp->segment_end_us >= warp->world->duration_us)
			return false;
		begin_segment(warp, warp->segment_end_us);
	}
}

/* One generator in one replication. */
struct draw {
	const struct world *world;
	const struct generator *generator;
	uint64_t seed;
	uint32_t replication;
	uint64_t entity; /* hash of the generator's name */
	struct job_builder *builder;
	struct pod_set *pod_sets;          /* scratch */
	struct resource_request *requests; /* scratch, of all pod sets */
	uint32_t checkpoint;
};

/* `part` tells apart what one job draws for the same purpose; 0 where there is but one. */
static double draw_value(const struct draw *draw, const struct dist *dist, uint64_t part, uint32_t index,
                         enum rng_purpose purpose)
{
	if (dist->kind == DIST_CONSTANT)
		return dist_quantile(dist, 0.5);
	uint64_t entity = part ? digest_add(draw->entity, part) : draw->entity;
	struct rng rng = rng_stream(draw->seed, draw->replication, entity, index, purpose);
	return dist_quantile(dist, rng_uniform(&rng));
}

static int64_t clamp_round(double value, int64_t low, int64_t high)
{
	return value <= (double)low ? low : value >= (double)high ? high : llround(value);
}

static int64_t burst_size(double drawn)
{
	return clamp_round(drawn, 1, MAX_BURST);
}

/* The mean after rounding and bounding, by the midpoints of a fine grid. */
static double burst_mean(const struct dist *burst)
{
	double sum = 0;
	if (burst->kind == DIST_NONE)
		return 1;
	for (int i = 0; i < BURST_GRID; i++)
		sum += (double)burst_size(dist_quantile(burst, (i + 0.5) / BURST_GRID));
	return sum / BURST_GRID;
}

/* Fills the scratch pod set `i`, whose requests begin at `requests`. */
static void draw_pod_set(const struct draw *draw, uint32_t i, struct resource_request *requests, uint32_t job_index)
{
	const struct generator_pod_set *from = &draw->generator->pod_sets[i];
	const struct names *names = draw->world->names;
	uint64_t part = digest_add(1, names_hash(names, from->name));
	for (uint32_t k = 0; k < from->n_requests; k++) {
		const struct generator_request *request = &from->requests[k];
		uint64_t resource_part = digest_add(part, names_hash(names, request->resource));
		double amount = draw_value(draw, &request->amount, resource_part, job_index, RNG_SHAPE);
		requests[k] = (struct resource_request){request->resource, clamp_round(amount, 0, INT64_C(1) << 60)};
	}
	sort_requests(names, requests, from->n_requests);
	int32_t count = (int32_t)clamp_round(draw_value(draw, &from->count, part, job_index, RNG_SHAPE), 1, MAX_PODS);
	draw->pod_sets[i] = (struct pod_set){
	    .name = from->name,
	    .count = count,
	    .min_count = MIN(from->min_count, count),
	    .requests = requests,
	    .n_requests = from->n_requests,
	    .node_selector = from->node_selector,
	    .n_node_selector = from->n_node_selector,
	    .tolerations = from->tolerations,
	    .n_tolerations = from->n_tolerations,
	};
}

static uint32_t draw_shape(const struct draw *draw, uint32_t job_index)
{
	struct resource_request *requests = draw->requests;
	for (uint32_t i = 0; i < draw->generator->n_pod_sets; i++) {
		draw_pod_set(draw, i, requests, job_index);
		requests += draw->generator->pod_sets[i].n_requests;
	}
	return job_builder_shape(draw->builder, draw->pod_sets, draw->generator->n_pod_sets);
}

static name_id job_name(const struct draw *draw, uint32_t job_index)
{
	struct names *names = draw->world->names;
	char text[320];
	snprintf(text, sizeof text, "%.300s-%" PRIu32, names_text(names, draw->generator->name), job_index);
	return job_builder_free_name(draw->builder, names_intern(names, text), "generator");
}

static void add_job(const struct draw *draw, uint32_t job_index, int64_t submit_us)
{
	const struct generator *generator = draw->generator;
	double run_us = draw_value(draw, &generator->run_time, 0, job_index, RNG_RUN_TIME);
	struct job job = {
	    .name = job_name(draw, job_index),
	    .namespace_name = generator->namespace_name,
	    .queue = generator->queue,
	    .priority_class = generator->priority_class,
	    .shape = draw_shape(draw, job_index),
	    .checkpoint = draw->checkpoint,
	    .submit_us = submit_us,
	    .run_us = clamp_round(run_us, 1, TRACE_MAX_SPAN_US),
	    .requested_us = -1,
	    .max_execution_us = generator->max_execution_us > 0 ? generator->max_execution_us : -1,
	    .recorded_wait_us = -1,
	};
	if (generator->requested_factor > 0)
		job.requested_us = clamp_round((double)job.run_us * generator->requested_factor, 1, TRACE_MAX_SPAN_US);
	job_builder_add(draw->builder, &job);
}

/* The gaps between arrivals, in operational microseconds. */
static struct dist gap_of(const struct generator *generator)
{
	if (generator->interarrival.kind != DIST_NONE)
		return generator->interarrival;
	double mean_us = burst_mean(&generator->burst) * (double)US_PER_DAY / generator->per_day;
	return (struct dist){.kind = DIST_EXPONENTIAL, .a = mean_us};
}

/* One arrival after the other, each of one job or a burst. False when there are too many. */
static bool draw_arrivals(const struct draw *draw)
{
	static const uint64_t burst_part = 1;
	const struct generator *generator = draw->generator;
	const struct dist gap = gap_of(generator);
	struct warp warp = warp_begin(draw->world, generator);
	uint32_t limit = GENERATOR_MAX_JOBS, job_index = 0;
	if (generator->max_jobs > 0 && generator->max_jobs < limit)
		limit = (uint32_t)generator->max_jobs;
	for (uint32_t arrival = 0; job_index < limit; arrival++) {
		if (!warp_forward(&warp, draw_value(draw, &gap, 0, arrival, RNG_ARRIVAL)))
			return true;
		int64_t jobs = 1;
		if (generator->burst.kind != DIST_NONE)
			jobs = burst_size(draw_value(draw, &generator->burst, burst_part, arrival, RNG_ARRIVAL));
		for (; jobs > 0 && job_index < limit; jobs--)
			add_job(draw, job_index++, (int64_t)warp.at_us);
	}
	return limit == generator->max_jobs;
}

bool generate_jobs(const struct world *world, const struct generator *generator, uint64_t seed, uint32_t replication,
                   struct job_builder *builder, struct error *error)
{
	if (generator->interarrival.kind == DIST_NONE && generator->per_day <= 0)
		return true;
	uint32_t n_requests = 0;
	for (uint32_t i = 0; i < generator->n_pod_sets; i++)
		n_requests += generator->pod_sets[i].n_requests;
	struct draw draw = {
	    .world = world,
	    .generator = generator,
	    .seed = seed,
	    .replication = replication,
	    .entity = names_hash(world->names, generator->name),
	    .builder = builder,
	    .pod_sets = xcalloc(generator->n_pod_sets, sizeof *draw.pod_sets),
	    .requests = xcalloc(n_requests, sizeof *draw.requests),
	    .checkpoint = generator->has_checkpoint ? job_builder_checkpoint(builder, &generator->checkpoint) : NONE,
	};
	bool ok = draw_arrivals(&draw);
	free(draw.pod_sets);
	free(draw.requests);
	return ok || error_set(error, ERROR_BAD_INPUT, "generator '%s' draws more than %" PRIu32 " jobs",
	                       names_text(world->names, generator->name), GENERATOR_MAX_JOBS);
}
