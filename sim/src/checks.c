/* checks.c - see checks.h. */
#include "accounting.h"
#include "base/digest.h"
#include "checks.h"
#include "lifecycle.h"
#include "planner_link.h"

#define MOST_RETRY_US (1800 * US_PER_S)

struct answer {
	name_id check;
	enum check_state state;
	int64_t after_us;
};

static const struct check_model *model_of(const struct cluster *cluster, name_id check)
{
	for (uint32_t i = 0; i < cluster->n_checks; i++)
		if (cluster->checks[i].name == check)
			return &cluster->checks[i];
	return NULL;
}

/* Twice as long for every retry before. */
static int64_t retry_after_us(const struct check_model *model, int32_t retries)
{
	int64_t after_us = model->retry_after_us;
	for (int32_t i = 0; i < retries && after_us < MOST_RETRY_US; i++)
		after_us *= 2;
	return MIN(after_us, MOST_RETRY_US);
}

static struct answer draw_answer(const struct sim *sim, uint32_t live, name_id check)
{
	const struct live_job *job = &sim->live.items[live];
	const struct check_model *model = model_of(sim->clusters[job->cluster].world, check);
	if (!model)
		return (struct answer){check, CHECK_READY, 0};
	uint64_t luck =
	    digest_add(names_hash(sim->world->names, sim->jobs->jobs[job->job].name), names_hash(sim->world->names, check));
	struct rng stream = rng_stream(sim->options->seed, sim->options->replication, luck, job->check_rounds, RNG_CHECK);
	int64_t after_us = sim_draw_us(&model->ready_after, rng_uniform(&stream));
	double fate = rng_uniform(&stream);
	enum check_state state = CHECK_READY;
	if (fate < model->reject_share)
		state = CHECK_REJECTED;
	else if (fate < model->reject_share + model->retry_share)
		state = job->check_retries < model->retry_limit ? CHECK_RETRY : CHECK_REJECTED;
	return (struct answer){check, state, after_us};
}

/* Answers of the open checks in the order of the queue's list; how many. Leaves when the round ends, from its beginning. */
static uint32_t draw_answers(struct sim *sim, uint32_t live, struct answer *answers, int64_t *ret_end_us)
{
	struct sim_cluster *cluster = cluster_of(sim, live);
	uint32_t open[MOST_QUEUE_CHECKS];
	uint32_t count = planner_open_checks(cluster->planner, live_at(sim, live)->workload, open);
	int64_t last_us = 0, first_refusal_us = NEVER_US;
	for (uint32_t i = 0; i < count; i++) {
		answers[i] = draw_answer(sim, live, cluster->config->cluster_queues[live_at(sim, live)->queue].checks[open[i]].name);
		last_us = MAX(last_us, answers[i].after_us);
		if (answers[i].state != CHECK_READY)
			first_refusal_us = MIN(first_refusal_us, answers[i].after_us);
	}
	*ret_end_us = MIN(last_us, first_refusal_us);
	return count;
}

void checks_begin(struct sim *sim, uint32_t live)
{
	const struct control_plane *delays = &cluster_of(sim, live)->world->control_plane;
	struct answer answers[MOST_QUEUE_CHECKS];
	int64_t end_us;
	live_at(sim, live)->check_rounds++;
	(void)draw_answers(sim, live, answers, &end_us);
	account_wait(sim, live, WAIT_CHECKS);
	/* the controller sees the reservation, and Kueue what it answers */
	job_later(sim, live, STEP_CHECKED, sat_add(sim->now_us + 2 * delays->watch_delay_us + delays->write_latency_us, end_us));
}

void checks_answered(struct sim *sim, uint32_t live)
{
	struct sim_cluster *cluster = cluster_of(sim, live);
	struct answer answers[MOST_QUEUE_CHECKS];
	int64_t end_us;
	uint32_t count = draw_answers(sim, live, answers, &end_us);
	for (uint32_t i = 0; i < count && !sim->failed; i++) {
		struct live_job *job = live_at(sim, live);
		if (answers[i].after_us > end_us)
			continue;
		const struct check_model *model = model_of(cluster->world, answers[i].check);
		struct planner_input input = {.kind = INPUT_CHECK, .workload = job->workload};
		input.check.name = answers[i].check;
		input.check.state = answers[i].state;
		input.check.retry_after_s =
		    answers[i].state == CHECK_RETRY ? retry_after_us(model, job->check_retries) / US_PER_S : -1;
		job->check_retries += answers[i].state == CHECK_RETRY;
		planner_tell(sim, cluster, &input);
	}
}
