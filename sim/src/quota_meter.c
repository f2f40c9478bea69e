/* quota_meter.c - see quota_meter.h. */
#include <stdlib.h>
#include <string.h>

#include "quota_meter.h"

/* A quota of INT64_MAX means "no limit"; sums saturate. */
static void read_groups(const struct quota_meter *meter, const struct resource_group *groups, uint32_t n_groups,
                        void (*found)(void *state, uint32_t gpu_fr, const struct quota *quota), void *state)
{
	for (uint32_t g = 0; g < n_groups; g++) {
		uint32_t n = groups[g].n_flavors * groups[g].n_resources;
		for (uint32_t i = 0; i < n; i++)
			if (groups[g].present[i] && meter->gpu_fr[groups[g].frs[i]] != NONE)
				found(state, meter->gpu_fr[groups[g].frs[i]], &groups[g].quotas[i]);
	}
}

static void set_cell(void *state, uint32_t gpu_fr, const struct quota *quota)
{
	struct quota_cell *cell = (struct quota_cell *)state + gpu_fr;
	cell->nominal = quota->nominal;
	cell->lending_limit = quota->lending_limit == LIMIT_UNSET ? INT64_MAX : quota->lending_limit;
}

static void add_to_pot(void *state, uint32_t gpu_fr, const struct quota *quota)
{
	struct quota_pot *pot = (struct quota_pot *)state + gpu_fr;
	pot->cohort_nominal = sat_add(pot->cohort_nominal, quota->nominal);
}

/* Without a cohort there is nobody to borrow from: usage above the quota is there because the quota was cut. */
static int64_t borrowed_of(const struct quota_cell *cell)
{
	return cell->pot == NONE ? 0 : MAX(0, cell->usage - cell->nominal);
}

static void read_quotas(struct quota_meter *meter, const struct kueue_config *config)
{
	uint32_t n = meter->n_gpu_frs;
	for (uint32_t q = 0; q < meter->n_queues; q++) {
		for (uint32_t f = 0; f < n; f++)
			meter->cells[q * n + f].nominal = meter->cells[q * n + f].lending_limit = 0;
		read_groups(meter, config->cluster_queues[q].groups, config->cluster_queues[q].n_groups, set_cell,
		            meter->cells + q * n);
	}
	for (uint32_t p = 0; p < meter->n_roots * n; p++)
		meter->pots[p].cohort_nominal = meter->pots[p].borrowed = 0;
	for (uint32_t c = 0; c < config->n_cohorts; c++) {
		uint32_t root = kueue_root_cohort(config, c);
		if (root != NONE)
			read_groups(meter, config->cohorts[c].groups, config->cohorts[c].n_groups, add_to_pot, meter->pots + root * n);
	}
	for (uint32_t c = 0; c < meter->n_queues * n; c++)
		if (meter->cells[c].pot != NONE)
			meter->pots[meter->cells[c].pot].borrowed += borrowed_of(&meter->cells[c]);
}

static void number_gpu_frs(struct quota_meter *meter, const struct kueue_config *config)
{
	meter->n_frs = config->n_frs;
	meter->gpu_fr = xcalloc(config->n_frs, sizeof *meter->gpu_fr);
	for (uint32_t fr = 0; fr < config->n_frs; fr++) {
		name_id resource = config->resources[config->frs[fr].resource];
		meter->gpu_fr[fr] = resource_is_gpu(names_text(config->names, resource)) ? meter->n_gpu_frs++ : NONE;
	}
}

struct quota_meter *quota_meter_create(const struct kueue_config *config, uint32_t cluster, int64_t from_us)
{
	struct quota_meter *meter = xcalloc(1, sizeof *meter);
	meter->from_us = from_us;
	meter->n_queues = config->n_cluster_queues;
	meter->n_roots = config->n_cohorts;
	number_gpu_frs(meter, config);
	uint32_t n = meter->n_gpu_frs;
	meter->root = xcalloc(meter->n_queues, sizeof *meter->root);
	meter->queues = xcalloc(meter->n_queues, sizeof *meter->queues);
	meter->cells = xcalloc((size_t)meter->n_queues * n, sizeof *meter->cells);
	meter->next_cell = xcalloc((size_t)meter->n_queues * n, sizeof *meter->next_cell);
	meter->pots = xcalloc((size_t)meter->n_roots * n, sizeof *meter->pots);
	for (uint32_t p = 0; p < meter->n_roots * n; p++)
		meter->pots[p].first_cell = NONE;
	for (uint32_t q = 0; q < meter->n_queues; q++) {
		meter->queues[q] = (struct queue_meter){.cluster = cluster, .cluster_queue = q};
		meter->root[q] = kueue_root_cohort(config, config->cluster_queues[q].cohort);
		for (uint32_t f = 0; f < n; f++) {
			uint32_t cell = q * n + f, pot = meter->root[q] == NONE ? NONE : meter->root[q] * n + f;
			meter->cells[cell] = (struct quota_cell){.queue = q, .pot = pot};
			meter->next_cell[cell] = pot == NONE ? NONE : meter->pots[pot].first_cell;
			if (pot != NONE)
				meter->pots[pot].first_cell = cell;
		}
	}
	read_quotas(meter, config);
	return meter;
}

void quota_meter_destroy(struct quota_meter *meter)
{
	if (!meter)
		return;
	free(meter->gpu_fr);
	free(meter->root);
	free(meter->queues);
	free(meter->cells);
	free(meter->next_cell);
	free(meter->pots);
	free(meter);
}

uint32_t quota_meter_cell(const struct quota_meter *meter, uint32_t queue, uint32_t fr)
{
	uint32_t gpu_fr = fr < meter->n_frs ? meter->gpu_fr[fr] : NONE;
	return gpu_fr == NONE ? NONE : queue * meter->n_gpu_frs + gpu_fr;
}

int64_t quota_meter_nominal(const struct quota_meter *meter, uint32_t queue)
{
	int64_t nominal = 0;
	for (uint32_t f = 0; f < meter->n_gpu_frs; f++)
		nominal = sat_add(nominal, meter->cells[queue * meter->n_gpu_frs + f].nominal);
	return nominal > INT32_MAX ? INT64_MAX : nominal;
}

/* Microseconds since `last_us` that count. */
static int64_t counted_us(const struct quota_meter *meter, int64_t last_us, int64_t now_us)
{
	return MAX(0, now_us - MAX(last_us, meter->from_us));
}

static void settle_cell(struct quota_meter *meter, uint32_t index, int64_t now_us)
{
	struct quota_cell *cell = &meter->cells[index];
	int64_t dt_us = counted_us(meter, cell->last_us, now_us);
	cell->last_us = now_us;
	if (dt_us == 0)
		return;
	struct queue_meter *queue = &meter->queues[cell->queue];
	int64_t borrowed_gpu_us = sat_mul(borrowed_of(cell), dt_us);
	queue->used_gpu_us = sat_add(queue->used_gpu_us, sat_mul(cell->usage, dt_us));
	queue->borrowed_gpu_us = sat_add(queue->borrowed_gpu_us, borrowed_gpu_us);
	if (cell->nominal == INT64_MAX)
		queue->nominal_gpu_us = -1;
	else if (queue->nominal_gpu_us >= 0)
		queue->nominal_gpu_us = sat_add(queue->nominal_gpu_us, sat_mul(cell->nominal, dt_us));
	if (borrowed_gpu_us > 0)
		cell->mark += ((int128)borrowed_gpu_us << 32) / cell->usage;
}

static int64_t lendable(const struct quota_cell *cell)
{
	return MIN(MAX(0, cell->nominal - cell->usage), cell->lending_limit);
}

static void settle_pot(struct quota_meter *meter, uint32_t index, int64_t now_us)
{
	struct quota_pot *pot = &meter->pots[index];
	int64_t dt_us = counted_us(meter, pot->last_us, now_us);
	pot->last_us = now_us;
	if (dt_us == 0 || pot->borrowed == 0)
		return;
	int128 total = pot->cohort_nominal;
	for (uint32_t c = pot->first_cell; c != NONE; c = meter->next_cell[c])
		total += lendable(&meter->cells[c]);
	int64_t borrowed_gpu_us = sat_mul((int64_t)MIN((int128)pot->borrowed, total), dt_us);
	for (uint32_t c = pot->first_cell; c != NONE && total > 0; c = meter->next_cell[c]) {
		int128 lent = (int128)borrowed_gpu_us * lendable(&meter->cells[c]) / total;
		struct queue_meter *queue = &meter->queues[meter->cells[c].queue];
		queue->lent_gpu_us = sat_add(queue->lent_gpu_us, (int64_t)lent);
	}
}

void quota_meter_use(struct quota_meter *meter, uint32_t cell, int64_t delta, int64_t now_us)
{
	struct quota_cell *row = &meter->cells[cell];
	settle_cell(meter, cell, now_us);
	if (row->pot != NONE)
		settle_pot(meter, row->pot, now_us);
	int64_t before = borrowed_of(row);
	row->usage += delta;
	if (row->pot != NONE)
		meter->pots[row->pot].borrowed += borrowed_of(row) - before;
}

int128 quota_meter_mark(struct quota_meter *meter, uint32_t cell, int64_t now_us)
{
	settle_cell(meter, cell, now_us);
	return meter->cells[cell].mark;
}

void quota_meter_finish(struct quota_meter *meter, int64_t now_us)
{
	for (uint32_t c = 0; c < meter->n_queues * meter->n_gpu_frs; c++)
		settle_cell(meter, c, now_us);
	for (uint32_t p = 0; p < meter->n_roots * meter->n_gpu_frs; p++)
		settle_pot(meter, p, now_us);
}

void quota_meter_configure(struct quota_meter *meter, const struct kueue_config *config, int64_t now_us)
{
	quota_meter_finish(meter, now_us);
	read_quotas(meter, config);
}
