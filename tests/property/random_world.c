/* random_world.c - see random_world.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/vec.h"
#include "random_world.h"
#include "world/kueue_builder.h"

enum { MOST_PASSES = 2000 };

/* ---- the world ---- */

struct builder {
	struct random_world *world;
	struct kueue_builder *kueue;
	struct rng rng;
	struct rng *sharing; /* what else sharing worlds draw; NULL in others */
	bool fair, by_usage;
	name_id flavors[3], resources[3], cohorts[6], queues[8];
	uint32_t n_flavors, n_resources, n_cohorts, n_queues;
};

static uint32_t below(struct builder *builder, uint32_t bound)
{
	return (uint32_t)rng_below(&builder->rng, bound);
}

static name_id numbered(struct names *names, const char *prefix, uint32_t number)
{
	char text[32];
	snprintf(text, sizeof text, "%s%u", prefix, number);
	return names_intern(names, text);
}

static const struct named_group *random_group(struct builder *builder, bool has_parent, bool of_queue)
{
	struct arena *arena = builder->world->arena;
	struct named_group *group = ARENA_NEW(arena, struct named_group);
	struct named_flavor_quotas *flavors = ARENA_ARRAY(arena, struct named_flavor_quotas, builder->n_flavors);
	for (uint32_t f = 0; f < builder->n_flavors; f++) {
		struct named_quota *quotas = ARENA_ARRAY(arena, struct named_quota, builder->n_resources);
		for (uint32_t r = 0; r < builder->n_resources; r++) {
			int64_t nominal = below(builder, 9);
			int64_t borrowing = has_parent && below(builder, 4) == 0 ? (int64_t)below(builder, 6) : LIMIT_UNSET;
			int64_t lending =
			    has_parent && below(builder, 5) == 0 ? (int64_t)below(builder, (uint32_t)nominal + 1) : LIMIT_UNSET;
			quotas[r] = (struct named_quota){.resource = builder->resources[r], .quota = {nominal, borrowing, lending}};
		}
		/* Queues try flavors in different orders. */
		uint32_t at = of_queue ? (f + below(builder, 2) * (builder->n_flavors - 1)) % builder->n_flavors : f;
		while (flavors[at].n_quotas)
			at = (at + 1) % builder->n_flavors;
		flavors[at] =
		    (struct named_flavor_quotas){.flavor = builder->flavors[f], .quotas = quotas, .n_quotas = builder->n_resources};
	}
	*group = (struct named_group){builder->resources, builder->n_resources, flavors, builder->n_flavors};
	return group;
}

static double random_weight(struct builder *builder)
{
	static const double weights[] = {0, 0.5, 1, 1, 1, 2};
	return builder->sharing ? weights[rng_below(builder->sharing, ARRAY_COUNT(weights))] : 1;
}

/* Up to two LocalQueues beside the one that bears the queue's name. */
static void add_more_local_queues(struct builder *builder, name_id cluster_queue)
{
	uint32_t more = builder->sharing ? (uint32_t)rng_below(builder->sharing, 3) : 0;
	for (uint32_t i = 0; i < more; i++) {
		char name[64];
		snprintf(name, sizeof name, "%s-%u", names_text(builder->world->names, cluster_queue), i);
		struct local_queue local = {
		    .name = names_intern(builder->world->names, name),
		    .namespace_name = names_intern(builder->world->names, "default"),
		    .fair_weight = random_weight(builder),
		};
		kueue_add_local_queue(builder->kueue, &local, cluster_queue, (struct diag_place){0});
	}
}

static void random_sharing(struct builder *builder, struct controller_config *controller)
{
	static const int64_t half_lives_s[] = {0, 20, 300}, intervals_s[] = {2, 7};
	struct resource_weight *weights = ARENA_ARRAY(builder->world->arena, struct resource_weight, 1);
	struct rng *rng = builder->sharing;
	controller->fair_sharing = builder->fair;
	controller->n_fair_strategies = 1 + (uint32_t)rng_below(rng, 2);
	if (controller->n_fair_strategies == 1)
		controller->fair_strategies[0] = (enum fair_strategy)rng_below(rng, 2);
	controller->admission_fair_sharing = builder->by_usage;
	controller->usage_half_life_us = half_lives_s[rng_below(rng, ARRAY_COUNT(half_lives_s))] * US_PER_S;
	controller->usage_sampling_us = intervals_s[rng_below(rng, ARRAY_COUNT(intervals_s))] * US_PER_S;
	*weights = (struct resource_weight){builder->resources[0], (double)rng_below(rng, 3) * 0.7};
	controller->usage_weights = weights;
	controller->n_usage_weights = (uint32_t)rng_below(rng, 2);
}

static void add_cohorts(struct builder *builder)
{
	builder->n_cohorts = below(builder, 6);
	for (uint32_t i = 0; i < builder->n_cohorts; i++) {
		builder->cohorts[i] = numbered(builder->world->names, "cohort-", i);
		name_id parent = i > 0 && below(builder, 3) > 0 ? builder->cohorts[below(builder, i)] : NO_NAME;
		struct cohort cohort = {.name = builder->cohorts[i], .fair_weight = random_weight(builder)};
		bool own = below(builder, 2) == 0;
		kueue_add_cohort(builder->kueue, &cohort, parent, own ? random_group(builder, parent != NO_NAME, false) : NULL, own,
		                 (struct diag_place){0});
	}
}

static void add_queues(struct builder *builder)
{
	builder->n_queues = 1 + below(builder, 8);
	for (uint32_t i = 0; i < builder->n_queues; i++) {
		builder->queues[i] = numbered(builder->world->names, "queue-", i);
		struct cluster_queue queue = kueue_cluster_queue_defaults(builder->queues[i]);
		name_id cohort =
		    builder->n_cohorts && below(builder, 5) ? builder->cohorts[below(builder, builder->n_cohorts)] : NO_NAME;
		queue.namespace_selector.set = true;
		queue.fair_weight = random_weight(builder);
		queue.usage_based = builder->by_usage && rng_below(builder->sharing, 3) > 0;
		queue.strategy = below(builder, 4) == 0 ? STRICT_FIFO : BEST_EFFORT_FIFO;
		queue.within_cluster_queue = (enum preemption_policy)below(builder, 3);
		static const enum preemption_policy reclaims[] = {PREEMPT_NEVER, PREEMPT_LOWER_PRIORITY, PREEMPT_ANY};
		queue.reclaim_within_cohort = reclaims[below(builder, 3)];
		if (queue.reclaim_within_cohort != PREEMPT_NEVER && below(builder, 2)) {
			queue.borrow_within_cohort = PREEMPT_LOWER_PRIORITY;
			queue.max_priority_threshold = below(builder, 2) ? NO_PRIORITY_THRESHOLD : 1;
		}
		queue.when_can_borrow = (enum fungibility)below(builder, 2);
		queue.when_can_preempt = (enum fungibility)below(builder, 2);
		if (queue.when_can_borrow == TRY_NEXT_FLAVOR && queue.when_can_preempt == TRY_NEXT_FLAVOR)
			queue.preference = (enum fungibility_preference)below(builder, 2);
		kueue_add_cluster_queue(builder->kueue, &queue, cohort, random_group(builder, cohort != NO_NAME, true), 1,
		                        (struct diag_place){0});
		struct local_queue local = {
		    .name = builder->queues[i], .namespace_name = names_intern(builder->world->names, "default"), .fair_weight = 1};
		kueue_add_local_queue(builder->kueue, &local, builder->queues[i], (struct diag_place){0});
		add_more_local_queues(builder, builder->queues[i]);
	}
}

static struct random_world create(uint64_t seed, struct rng *sharing)
{
	static const char *const resources[] = {"cpu", "nvidia.com/gpu", "memory"};
	struct random_world world = {.arena = arena_create(0), .names = names_create(), .seed = seed};
	struct builder builder = {.world = &world, .rng = rng_stream(seed, 0, 1, 0, RNG_PROPERTY_TEST), .sharing = sharing};
	uint64_t kind = sharing ? rng_below(sharing, 3) : 0;
	builder.fair = sharing && kind < 2;
	builder.by_usage = sharing && kind > 0;
	builder.kueue = kueue_builder_create(world.arena, world.names);
	builder.n_flavors = 1 + below(&builder, 3);
	builder.n_resources = 1 + below(&builder, 3);
	for (uint32_t i = 0; i < builder.n_flavors; i++) {
		builder.flavors[i] = numbered(world.names, "flavor-", i);
		struct resource_flavor flavor = {.name = builder.flavors[i]};
		kueue_add_flavor(builder.kueue, &flavor, (struct diag_place){0});
	}
	for (uint32_t i = 0; i < builder.n_resources; i++)
		builder.resources[i] = names_intern(world.names, resources[i]);
	add_cohorts(&builder);
	add_queues(&builder);
	struct kube_namespace space = {.name = names_intern(world.names, "default")};
	kueue_add_namespace(builder.kueue, &space, (struct diag_place){0});
	struct controller_config controller = kueue_controller_defaults();
	controller.pods_ready_timeout_us = 40 * US_PER_S; /* short enough to be seen */
	if (sharing)
		random_sharing(&builder, &controller);
	kueue_set_controller(builder.kueue, &controller);
	gate_set gates;
	if (!kueue_profile_gates(below(&builder, 2) ? "0.19" : "ff69552e", &gates))
		abort();
	kueue_set_gates(builder.kueue, gates);
	struct diags *diags = diags_create();
	world.config = kueue_build(builder.kueue, false, diags);
	if (!world.config)
		abort();
	diags_destroy(diags);
	kueue_builder_destroy(builder.kueue);
	return world;
}

struct random_world random_world_create(uint64_t seed)
{
	return create(seed, NULL);
}

struct random_world random_world_create_sharing(uint64_t seed)
{
	struct rng sharing = rng_stream(seed, 0, 3, 0, RNG_PROPERTY_TEST);
	return create(seed, &sharing);
}

void random_world_destroy(struct random_world *world)
{
	arena_destroy(world->arena);
	names_destroy(world->names);
}

/* ---- the drive ---- */

struct live {
	workload_id id;
	uint32_t number; /* names its luck */
	bool holds, evicted;
	uint32_t due_step; /* finish, or release after eviction */
};

struct drive {
	const struct random_world *world;
	struct planner *planner;
	struct decision_list *decisions;
	struct {
		VEC_FIELDS(struct live);
	} live;
	struct {
		VEC_FIELDS(struct wake);
	} wakes;
	uint32_t submitted;
	int64_t now_us;
	uint32_t step;
	struct drive_result result;
};

static struct rng luck(const struct drive *drive, uint32_t number, uint32_t attempt)
{
	return rng_stream(drive->world->seed, 1, number, attempt, RNG_PROPERTY_TEST);
}

static void apply(struct drive *drive, struct planner_input *input)
{
	input->now_us = drive->now_us;
	if (!drive->result.failed && !planner_apply(drive->planner, input, &drive->result.error))
		drive->result.failed = true;
}

static void tell(struct drive *drive, enum input_kind kind, workload_id workload)
{
	apply(drive, &(struct planner_input){.kind = kind, .workload = workload});
}

static void submit(struct drive *drive)
{
	const struct kueue_config *config = drive->world->config;
	uint32_t number = ++drive->submitted;
	struct rng rng = luck(drive, number, 0);
	struct resource_request requests[2][3];
	struct pod_set sets[2] = {0};
	uint32_t n_sets = 1 + (rng_below(&rng, 4) == 0);
	for (uint32_t s = 0; s < n_sets; s++) {
		/* Requests go in the order of the configuration's resources, as job.h asks. */
		for (uint32_t r = 0; r < config->n_resources; r++)
			requests[s][r] = (struct resource_request){config->resources[r], (int64_t)rng_below(&rng, 4)};
		sets[s].name = names_find(drive->world->names, s ? "queue-0" : "default");
		sets[s].count = 1 + (int32_t)rng_below(&rng, 3);
		sets[s].min_count = s == 0 && sets[s].count > 1 && rng_below(&rng, 4) == 0 ? 1 : 0;
		sets[s].requests = requests[s];
		sets[s].n_requests = config->n_resources;
	}
	struct workload_spec spec = {
	    .name = number,
	    .uid = {digest_mix(number), number},
	    .namespace_name = names_find(drive->world->names, "default"),
	    .local_queue = (uint32_t)rng_below(&rng, config->n_local_queues),
	    .cluster_queue = NONE,
	    .created_us = drive->now_us,
	    .priority = (int64_t)rng_below(&rng, 4) - 1,
	    .pod_sets = sets,
	    .n_pod_sets = n_sets,
	    .max_execution_s = rng_below(&rng, 10) == 0 ? 25 : -1,
	};
	struct live *live = VEC_PUSH(&drive->live);
	live->number = number;
	workload_id id = NO_WORKLOAD;
	apply(drive, &(struct planner_input){.kind = INPUT_OBSERVED, .observed = {&spec, NULL}, .ret_workload = &id});
	live->id = id;
	if (rng_below(&rng, 3)) /* EASY plans with it */
		apply(drive, &(struct planner_input){
		                 .kind = INPUT_EXPECTED_RUN, .workload = id, .value = (int64_t)rng_below(&rng, 20) * US_PER_S});
}

static struct live *find(struct drive *drive, workload_id id)
{
	for (uint32_t i = 0; i < drive->live.count; i++)
		if (drive->live.items[i].id.slot == id.slot && drive->live.items[i].id.generation == id.generation)
			return &drive->live.items[i];
	return NULL;
}

static void carry_out(struct drive *drive, const struct decision *decision)
{
	struct live *live = find(drive, decision->workload);
	struct rng rng = luck(drive, live->number, 1 + drive->step);
	uint32_t wait = 1 + (uint32_t)rng_below(&rng, 6);
	if (decision->kind == DECISION_RESERVE) {
		live->holds = true;
		live->evicted = false;
		live->due_step = drive->step + wait + 2;
		drive->result.admitted++;
		tell(drive, INPUT_WRITE_DONE, live->id);
		if (rng_below(&rng, 4))
			tell(drive, INPUT_PODS_READY, live->id);
	} else if (decision->kind == DECISION_PREEMPT || decision->kind == DECISION_EVICT) {
		live->evicted = true;
		live->due_step = drive->step + wait / 2;
		drive->result.preempted++;
		tell(drive, INPUT_WRITE_DONE, live->id);
	} else if (decision->kind == DECISION_DEACTIVATE) {
		tell(drive, INPUT_DELETED, live->id);
		*live = drive->live.items[--drive->live.count];
	}
}

static void take_wakes(struct drive *drive)
{
	struct wake wake;
	while (planner_take_wake(drive->planner, &wake))
		*VEC_PUSH(&drive->wakes) = wake;
}

static void fire_wakes(struct drive *drive)
{
	for (uint32_t i = 0; i < drive->wakes.count;) {
		struct wake wake = drive->wakes.items[i];
		if (wake.at_us > drive->now_us) {
			i++;
			continue;
		}
		memmove(&drive->wakes.items[i], &drive->wakes.items[i + 1], (drive->wakes.count - i - 1) * sizeof wake);
		drive->wakes.count--;
		apply(drive, &(struct planner_input){.kind = INPUT_WAKE, .wake = wake});
	}
}

static uint64_t add_reason(uint64_t digest, const struct decision *decision, uint32_t number)
{
	digest = digest_add(digest, (uint64_t)number << 32 | decision->cluster_queue);
	digest = digest_add(digest, (uint64_t)decision->reason << 32 | (uint64_t)decision->bound << 1 | decision->lost_victims);
	digest = digest_add(digest_add(digest, decision->numbers.fr), (uint64_t)decision->numbers.requested);
	return digest_add(digest_add(digest, (uint64_t)decision->numbers.available), (uint64_t)decision->numbers.limit);
}

static uint64_t add_decision(uint64_t digest, const struct decision *decision, uint32_t number, uint32_t preemptor)
{
	const struct assignment *assignment = &decision->assignment;
	digest = digest_add(digest, (uint64_t)number << 32 | preemptor);
	digest = digest_add(digest, (uint64_t)decision->kind << 32 | (uint64_t)decision->reason);
	digest = digest_add(digest, (uint64_t)decision->cluster_queue << 32 | decision->borrow_level);
	for (uint32_t i = 0; i < assignment->n_pod_sets; i++)
		digest = digest_add(digest, (uint64_t)(uint32_t)assignment->counts[i]);
	for (uint32_t i = 0; i < assignment->n_pod_sets * assignment->n_resources; i++)
		digest = digest_add(digest_add(digest, assignment->flavors[i]), (uint64_t)assignment->usage[i]);
	return digest;
}

static void take_decision(struct drive *drive, const struct decision *decision)
{
	uint32_t number = find(drive, decision->workload)->number;
	if (decision->kind == DECISION_PENDING) {
		drive->result.reasons = add_reason(drive->result.reasons, decision, number);
		return;
	}
	const struct live *preemptor = find(drive, decision->preemptor);
	drive->result.decisions = add_decision(drive->result.decisions, decision, number, preemptor ? preemptor->number : 0);
	carry_out(drive, decision);
}

static void run_passes(struct drive *drive)
{
	uint32_t passes = 0;
	take_wakes(drive);
	while (!drive->result.failed && planner_wants_cycle(drive->planner) && passes < MOST_PASSES) {
		passes++;
		if (!planner_cycle(drive->planner, drive->now_us, drive->decisions, &drive->result.error)) {
			drive->result.failed = true;
			return;
		}
		for (uint32_t i = 0; i < drive->decisions->count; i++)
			take_decision(drive, &drive->decisions->items[i]);
		take_wakes(drive);
	}
	drive->result.passes += passes;
	drive->result.most_passes_at_once = MAX(drive->result.most_passes_at_once, passes);
}

static void end_and_release(struct drive *drive)
{
	for (uint32_t i = 0; i < drive->live.count;) {
		struct live *live = &drive->live.items[i];
		if (!live->holds || live->due_step > drive->step) {
			i++;
		} else if (live->evicted) {
			live->holds = live->evicted = false;
			tell(drive, INPUT_RELEASED, live->id);
			i++;
		} else {
			tell(drive, INPUT_FINISHED, live->id);
			drive->result.finished++;
			*live = drive->live.items[--drive->live.count];
		}
	}
}

static void one_step(struct drive *drive)
{
	struct rng rng = luck(drive, 0, drive->step);
	drive->step++;
	drive->now_us += (int64_t)rng_below(&rng, 4) * US_PER_S + (int64_t)rng_below(&rng, US_PER_S);
	uint32_t arrivals = (uint32_t)rng_below(&rng, 4);
	fire_wakes(drive);
	end_and_release(drive);
	for (uint32_t i = 0; i < arrivals; i++)
		submit(drive);
	run_passes(drive);
}

static void drive_on(struct drive *drive, uint32_t until_step)
{
	while (drive->step < until_step && !drive->result.failed)
		one_step(drive);
}

static void drive_fork(struct drive *drive, uint32_t until_step)
{
	struct drive copy = *drive;
	copy.planner = planner_fork(drive->planner);
	copy.decisions = decision_list_create();
	copy.live.items = xcalloc(drive->live.count, sizeof *copy.live.items);
	copy.live.capacity = drive->live.count;
	copy.wakes.items = xcalloc(drive->wakes.count, sizeof *copy.wakes.items);
	copy.wakes.capacity = drive->wakes.count;
	if (drive->live.count)
		memcpy(copy.live.items, drive->live.items, drive->live.count * sizeof *copy.live.items);
	if (drive->wakes.count)
		memcpy(copy.wakes.items, drive->wakes.items, drive->wakes.count * sizeof *copy.wakes.items);
	drive_on(&copy, until_step);
	drive->result.fork_digest = planner_digest(copy.planner);
	drive->result.failed |= copy.result.failed;
	planner_destroy(copy.planner);
	decision_list_destroy(copy.decisions);
	VEC_FREE(&copy.live);
	VEC_FREE(&copy.wakes);
}

struct drive_result random_world_drive(const struct random_world *world, const struct drive_options *options)
{
	struct planner_options planner_options = {options->policy, world->config, options->literal, options->check};
	struct drive drive = {.world = world};
	drive.planner = planner_create(&planner_options);
	drive.decisions = decision_list_create();
	if (options->fork_at_step) {
		drive_on(&drive, options->fork_at_step);
		drive_fork(&drive, options->steps);
	}
	drive_on(&drive, options->steps);
	drive.result.digest = planner_digest(drive.planner);
	planner_destroy(drive.planner);
	decision_list_destroy(drive.decisions);
	VEC_FREE(&drive.live);
	VEC_FREE(&drive.wakes);
	return drive.result;
}
