/* admission_fair_sharing.c - see planner/kueue/admission_fair_sharing.h. Rule numbers are those of kueue-semantics 9.1.
 *
 * A LocalQueue that has used nothing lately and uses nothing is not sampled: samples would change nothing. Its first one
 * comes when it would have come in the row of all those left out. */
#include <math.h>
#include <stdlib.h>

#include "base/digest.h"
#include "base/quantity.h"
#include "planner/kueue/admission_fair_sharing.h"

struct account {
	name_id namespace_name, name; /* of the LocalQueue, to find it under a new configuration */
	struct usage_list consumed;   /* C, as of updated_us */
	struct usage_list pending;    /* penalties that are not settled yet, summed */
	int64_t updated_us;
	bool sampled;
};

struct usage_ledger {
	struct books *books;
	struct queues *queues;
	struct account *accounts; /* per LocalQueue; none where Admission Fair Sharing is off */
	uint32_t n_accounts;
	double *usage; /* AFS-5, likewise */
	struct {
		VEC_FIELDS(struct usage_list);
	} penalties;     /* per workload slot; empty = none */
	int64_t wake_us; /* the next sample that was asked for */
};

/* ---- amounts ---- */

void usage_list_add(struct usage_list *list, const struct names *names, name_id resource, int128 nano)
{
	uint32_t at = 0;
	while (at < list->count && names_compare(names, list->items[at].resource, resource) < 0)
		at++;
	if (at == list->count || list->items[at].resource != resource) {
		(void)VEC_PUSH(list);
		memmove(&list->items[at + 1], &list->items[at], (list->count - 1 - at) * sizeof *list->items);
		list->items[at] = (struct usage_amount){resource, 0};
	}
	list->items[at].nano += nano;
}

static void add_list(struct usage_list *to, const struct names *names, const struct usage_list *list, int sign)
{
	for (uint32_t i = 0; i < list->count; i++)
		usage_list_add(to, names, list->items[i].resource, sign * list->items[i].nano);
}

static struct usage_list copy_list(const struct usage_list *list)
{
	struct usage_list copy = {0};
	for (uint32_t i = 0; i < list->count; i++)
		*VEC_PUSH(&copy) = list->items[i];
	return copy;
}

static bool is_zero(const struct usage_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (list->items[i].nano != 0)
			return false;
	return true;
}

/* ---- rules ---- */

static double seconds(int64_t us)
{
	return (double)(us / US_PER_S) + (double)(us % US_PER_S) * 1000 / 1e9;
}

double usage_decay_rate(int64_t elapsed_us, int64_t half_life_us)
{
	return half_life_us == 0 ? 0 : 1.0 - pow(0.5, seconds(MAX(elapsed_us, 0)) / seconds(half_life_us));
}

void usage_list_decay(struct usage_list *consumed, const struct names *names, const struct usage_list *in_use, double rate)
{
	for (uint32_t i = 0; i < consumed->count; i++)
		consumed->items[i].nano = decimal_scaled(consumed->items[i].nano, 1 - rate);
	for (uint32_t i = 0; i < in_use->count; i++)
		usage_list_add(consumed, names, in_use->items[i].resource, decimal_scaled(in_use->items[i].nano, rate));
}

static double weight_of(const struct controller_config *controller, name_id resource)
{
	for (uint32_t i = 0; i < controller->n_usage_weights; i++)
		if (controller->usage_weights[i].resource == resource)
			return controller->usage_weights[i].weight;
	return 1;
}

double usage_weighted(const struct kueue_config *config, uint32_t local_queue, const struct usage_list *consumed,
                      const struct usage_list *pending)
{
	double weight = config->local_queues[local_queue].fair_weight, sum = 0;
	struct usage_list all = copy_list(consumed);
	add_list(&all, config->names, pending, 1);
	for (uint32_t i = 0; i < all.count; i++)
		sum += weight_of(&config->controller, all.items[i].resource) * decimal_value(all.items[i].nano);
	VEC_FREE(&all);
	return weight <= 0 ? INFINITY : sum / weight;
}

/* ---- life ---- */

static bool is_on(const struct kueue_config *config)
{
	return config->controller.admission_fair_sharing && gate_on(config->gates, GATE_AdmissionFairSharing);
}

/* Writes down what the account now says, if that changes an order. */
static void publish(struct usage_ledger *ledger, uint32_t local_queue)
{
	const struct kueue_config *config = ledger->books->config;
	const struct account *account = &ledger->accounts[local_queue];
	uint32_t cluster_queue = config->local_queues[local_queue].cluster_queue;
	if (cluster_queue == NONE || !kueue_usage_based(config, cluster_queue))
		return;
	double usage = usage_weighted(config, local_queue, &account->consumed, &account->pending);
	if (usage == ledger->usage[local_queue])
		return;
	ledger->usage[local_queue] = usage;
	queues_set_usage(ledger->queues, local_queue, usage);
	books_forget_order(ledger->books, cluster_queue);
}

static void open_accounts(struct usage_ledger *ledger)
{
	const struct kueue_config *config = ledger->books->config;
	ledger->wake_us = NEVER_US;
	ledger->n_accounts = is_on(config) ? config->n_local_queues : 0;
	ledger->accounts = xcalloc(ledger->n_accounts, sizeof *ledger->accounts);
	ledger->usage = xcalloc(ledger->n_accounts, sizeof *ledger->usage);
	for (uint32_t i = 0; i < ledger->n_accounts; i++) {
		ledger->accounts[i].namespace_name = config->local_queues[i].namespace_name;
		ledger->accounts[i].name = config->local_queues[i].name;
		ledger->usage[i] = NAN;
		publish(ledger, i);
	}
}

static void close_accounts(struct account *accounts, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		VEC_FREE(&accounts[i].consumed);
		VEC_FREE(&accounts[i].pending);
	}
	free(accounts);
}

struct usage_ledger *usage_ledger_create(struct books *books, struct queues *queues)
{
	struct usage_ledger *ledger = xcalloc(1, sizeof *ledger);
	ledger->books = books;
	ledger->queues = queues;
	open_accounts(ledger);
	return ledger;
}

void usage_ledger_destroy(struct usage_ledger *ledger)
{
	if (!ledger)
		return;
	close_accounts(ledger->accounts, ledger->n_accounts);
	free(ledger->usage);
	for (uint32_t slot = 0; slot < ledger->penalties.count; slot++)
		VEC_FREE(&ledger->penalties.items[slot]);
	VEC_FREE(&ledger->penalties);
	free(ledger);
}

struct usage_ledger *usage_ledger_fork(const struct usage_ledger *ledger, struct books *books, struct queues *queues)
{
	struct usage_ledger *copy = xcalloc(1, sizeof *copy);
	copy->books = books;
	copy->queues = queues;
	copy->wake_us = ledger->wake_us;
	copy->n_accounts = ledger->n_accounts;
	copy->accounts = xcalloc(copy->n_accounts, sizeof *copy->accounts);
	copy->usage = xcalloc(copy->n_accounts, sizeof *copy->usage);
	for (uint32_t i = 0; i < copy->n_accounts; i++) {
		copy->accounts[i] = ledger->accounts[i];
		copy->accounts[i].consumed = copy_list(&ledger->accounts[i].consumed);
		copy->accounts[i].pending = copy_list(&ledger->accounts[i].pending);
		copy->usage[i] = ledger->usage[i];
	}
	for (uint32_t slot = 0; slot < ledger->penalties.count; slot++)
		*VEC_PUSH(&copy->penalties) = copy_list(&ledger->penalties.items[slot]);
	return copy;
}

/* ---- samples ---- */

/* What admitted workloads of the LocalQueue use. */
static struct usage_list in_use(const struct usage_ledger *ledger, uint32_t local_queue)
{
	const struct books *books = ledger->books;
	const struct kueue_config *config = books->config;
	uint32_t cluster_queue = config->local_queues[local_queue].cluster_queue;
	struct usage_list list = {0};
	const struct reserved_set *holders = cluster_queue == NONE ? NULL : &books->reserved[cluster_queue];
	for (uint32_t i = 0; holders && i < holders->count; i++) {
		const struct workload_row *row = &books->workloads.items[holders->items[i]];
		for (uint32_t j = 0; row->local_queue == local_queue && row->admitted && j < row->admission->n_pairs; j++) {
			name_id resource = config->resources[config->frs[row->admission->pairs[j].fr].resource];
			int64_t scale = quantity_scale(names_text(config->names, resource));
			usage_list_add(&list, config->names, resource,
			               (int128)row->admission->pairs[j].amount * (NANO_PER_UNIT / scale));
		}
	}
	return list;
}

/* A stopped LocalQueue is not sampled. */
static int64_t due_us(const struct usage_ledger *ledger, uint32_t local_queue)
{
	const struct kueue_config *config = ledger->books->config;
	const struct local_queue *queue = &config->local_queues[local_queue];
	if (!ledger->accounts[local_queue].sampled || queue->stop_policy != STOP_NONE || queue->cluster_queue == NONE)
		return NEVER_US;
	return sat_add(ledger->accounts[local_queue].updated_us, config->controller.usage_sampling_us);
}

static void ask_wake(struct usage_ledger *ledger, int64_t at_us)
{
	if (at_us >= ledger->wake_us)
		return;
	ledger->wake_us = at_us;
	books_ask_wake(ledger->books, (struct wake){at_us, WAKE_USAGE_SAMPLE, NONE, NO_WORKLOAD, 0});
}

static void begin_sampling(struct usage_ledger *ledger, uint32_t local_queue, int64_t now_us)
{
	struct account *account = &ledger->accounts[local_queue];
	int64_t interval_us = ledger->books->config->controller.usage_sampling_us;
	if (account->sampled)
		return;
	account->sampled = true;
	account->updated_us += MAX(now_us - account->updated_us, 0) / interval_us * interval_us;
	ask_wake(ledger, due_us(ledger, local_queue));
}

/* Brings C up to date (AFS-2). */
static void decay(struct usage_ledger *ledger, uint32_t local_queue, int64_t now_us)
{
	const struct kueue_config *config = ledger->books->config;
	struct account *account = &ledger->accounts[local_queue];
	struct usage_list used = in_use(ledger, local_queue);
	double rate = usage_decay_rate(now_us - account->updated_us, config->controller.usage_half_life_us);
	usage_list_decay(&account->consumed, config->names, &used, rate);
	account->updated_us = MAX(account->updated_us, now_us);
	account->sampled = !is_zero(&used) || !is_zero(&account->consumed);
	VEC_FREE(&used);
}

void usage_ledger_sample(struct usage_ledger *ledger, const struct wake *wake, int64_t now_us)
{
	if (wake->at_us != ledger->wake_us)
		return; /* an earlier one was asked for since */
	ledger->wake_us = NEVER_US;
	int64_t next_us = NEVER_US;
	for (uint32_t i = 0; i < ledger->n_accounts; i++) {
		if (due_us(ledger, i) <= now_us) {
			if (ledger->books->config->controller.usage_half_life_us == 0)
				VEC_CLEAR(&ledger->accounts[i].consumed);
			decay(ledger, i, now_us);
			publish(ledger, i);
		}
		next_us = MIN(next_us, due_us(ledger, i));
	}
	ask_wake(ledger, next_us);
}

/* ---- penalties ---- */

/* NULL: the workload's LocalQueue keeps no account. */
static struct usage_list *penalty_of(struct usage_ledger *ledger, uint32_t slot)
{
	if (books_row(ledger->books, slot)->local_queue >= ledger->n_accounts)
		return NULL;
	while (ledger->penalties.count <= slot)
		(void)VEC_PUSH(&ledger->penalties);
	return &ledger->penalties.items[slot];
}

/* What all pod sets ask for of what the ClusterQueue covers, times the rate of one sample. */
static void fill_penalty(const struct usage_ledger *ledger, const struct workload_row *row, struct usage_list *penalty)
{
	const struct kueue_config *config = ledger->books->config;
	const struct shape *shape = books_shape_at(ledger->books, row->shape);
	double rate = usage_decay_rate(config->controller.usage_sampling_us, config->controller.usage_half_life_us);
	for (uint32_t i = 0; i < shape->n_pod_sets; i++) {
		const struct shape_pod_set *set = &shape->pod_sets[i];
		for (uint32_t j = 0; j < set->n_charged; j++) {
			if (set->resources[j] == NONE || !flavor_group(&config->cluster_queues[row->cluster_queue], set->resources[j]))
				continue;
			name_id resource = set->charged[j].resource;
			int64_t scale = quantity_scale(names_text(config->names, resource));
			usage_list_add(penalty, config->names, resource,
			               (int128)sat_mul(set->charged[j].amount, set->spec.count) * (NANO_PER_UNIT / scale));
		}
	}
	for (uint32_t i = 0; i < penalty->count; i++)
		penalty->items[i].nano = decimal_scaled(penalty->items[i].nano, rate);
}

/* Takes the record out of what is pending. */
static void withdraw(struct usage_ledger *ledger, uint32_t slot, struct usage_list *penalty)
{
	uint32_t local_queue = books_row(ledger->books, slot)->local_queue;
	add_list(&ledger->accounts[local_queue].pending, ledger->books->names, penalty, -1);
	VEC_FREE(penalty);
}

void usage_ledger_charge(struct usage_ledger *ledger, uint32_t slot, int64_t now_us)
{
	const struct workload_row *row = books_row(ledger->books, slot);
	struct usage_list *penalty = penalty_of(ledger, slot);
	if (!penalty || !kueue_usage_based(ledger->books->config, row->cluster_queue))
		return;
	withdraw(ledger, slot, penalty);
	fill_penalty(ledger, row, penalty);
	add_list(&ledger->accounts[row->local_queue].pending, ledger->books->names, penalty, 1);
	usage_ledger_watch(ledger, slot, now_us);
	publish(ledger, row->local_queue);
}

void usage_ledger_settle(struct usage_ledger *ledger, uint32_t slot, int64_t now_us)
{
	const struct workload_row *row = books_row(ledger->books, slot);
	struct usage_list *penalty = penalty_of(ledger, slot);
	if (!penalty || penalty->count == 0 || !row->admitted)
		return;
	begin_sampling(ledger, row->local_queue, now_us);
	decay(ledger, row->local_queue, now_us);
	add_list(&ledger->accounts[row->local_queue].consumed, ledger->books->names, penalty, 1);
	withdraw(ledger, slot, penalty);
	publish(ledger, row->local_queue);
}

void usage_ledger_forget(struct usage_ledger *ledger, uint32_t slot)
{
	struct usage_list *penalty = penalty_of(ledger, slot);
	if (!penalty || penalty->count == 0)
		return;
	withdraw(ledger, slot, penalty);
	publish(ledger, books_row(ledger->books, slot)->local_queue);
}

void usage_ledger_watch(struct usage_ledger *ledger, uint32_t slot, int64_t now_us)
{
	const struct workload_row *row = books_row(ledger->books, slot);
	if (row->local_queue < ledger->n_accounts && row->admitted)
		begin_sampling(ledger, row->local_queue, now_us);
}

/* ---- a new configuration ---- */

static void carry_over(struct usage_ledger *ledger, struct account *old, uint32_t n_old)
{
	for (uint32_t i = 0; i < n_old; i++) {
		uint32_t now = kueue_find_local_queue(ledger->books->config, old[i].namespace_name, old[i].name);
		if (now >= ledger->n_accounts)
			continue;
		ledger->accounts[now] = old[i];
		old[i] = (struct account){0};
		publish(ledger, now);
	}
}

void usage_ledger_configured(struct usage_ledger *ledger, int64_t now_us)
{
	struct account *old = ledger->accounts;
	uint32_t n_old = ledger->n_accounts;
	free(ledger->usage);
	open_accounts(ledger);
	carry_over(ledger, old, n_old);
	close_accounts(old, n_old);
	for (uint32_t slot = 0; slot < ledger->penalties.count; slot++)
		if (books_row(ledger->books, slot)->local_queue >= ledger->n_accounts)
			VEC_FREE(&ledger->penalties.items[slot]);
	for (uint32_t slot = 0; slot < ledger->books->workloads.count; slot++)
		if (books_row(ledger->books, slot)->admission)
			usage_ledger_watch(ledger, slot, now_us);
	for (uint32_t i = 0; i < ledger->n_accounts; i++)
		ask_wake(ledger, due_us(ledger, i));
}

/* ---- looking ---- */

void usage_ledger_set(struct usage_ledger *ledger, uint32_t local_queue, name_id resource, int128 nano, int64_t now_us)
{
	if (local_queue >= ledger->n_accounts)
		return;
	usage_list_add(&ledger->accounts[local_queue].consumed, ledger->books->names, resource, nano);
	ledger->accounts[local_queue].updated_us = now_us;
	publish(ledger, local_queue);
	begin_sampling(ledger, local_queue, now_us);
}

const double *usage_ledger_usage(const struct usage_ledger *ledger)
{
	return ledger->n_accounts ? ledger->usage : NULL;
}

static uint64_t digest_list(const struct usage_list *list, uint64_t digest)
{
	for (uint32_t i = 0; i < list->count; i++)
		digest = digest_add(digest_add(digest, (uint64_t)list->items[i].nano), (uint64_t)(list->items[i].nano >> 64));
	return digest;
}

uint64_t usage_ledger_digest(const struct usage_ledger *ledger, uint64_t digest)
{
	for (uint32_t i = 0; i < ledger->n_accounts; i++) {
		const struct account *account = &ledger->accounts[i];
		digest = digest_list(&account->pending, digest_list(&account->consumed, digest));
		digest = digest_add(digest, (uint64_t)account->updated_us);
	}
	return digest;
}
