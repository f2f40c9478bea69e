/* variants.c - concurrent admission (kueue-semantics 8.6): one workload per flavor on behalf of one owner, of which the most
 * favourable that finds room shall run. */
#include "kueue.h"

static bool is_variant(const struct kueue *kueue, const struct workload_row *row)
{
	return row->variant_of != NO_NAME && gate_on(kueue->books->config->gates, GATE_ConcurrentAdmission);
}

static uint32_t rank_of(const struct kueue *kueue, const struct workload_row *row, uint32_t cluster_queue)
{
	const struct shape *shape = books_shape_at(kueue->books, row->shape);
	return kueue_variant_rank(kueue->books->config, cluster_queue, shape->allowed_flavors);
}

/* An admitted variant of the same owner in the entry's queue, with a better or worse flavor; NONE. */
static uint32_t find_sibling(const struct kueue *kueue, const struct entry *entry, bool better)
{
	struct books *books = kueue->books;
	const struct workload_row *own = books_row(books, entry->slot);
	uint32_t rank = is_variant(kueue, own) ? rank_of(kueue, own, entry->cluster_queue) : NONE;
	if (rank == NONE)
		return NONE;
	const struct reserved_set *set = &books->reserved[entry->cluster_queue];
	for (uint32_t i = 0; i < set->count; i++) {
		const struct workload_row *row = books_row(books, set->items[i]);
		if (set->items[i] == entry->slot || row->variant_of != own->variant_of || !row->admitted)
			continue;
		uint32_t other = rank_of(kueue, row, entry->cluster_queue);
		if (other != NONE && (better ? other < rank : other > rank))
			return set->items[i];
	}
	return NONE;
}

bool kueue_variant_is_late(const struct kueue *kueue, const struct entry *entry)
{
	return find_sibling(kueue, entry, true) != NONE;
}

static bool may_migrate(const struct kueue *kueue, const struct entry *entry)
{
	const struct kueue_config *config = kueue->books->config;
	name_id last = config->cluster_queues[entry->cluster_queue].last_acceptable_flavor;
	uint32_t rank = rank_of(kueue, books_row(kueue->books, entry->slot), entry->cluster_queue);
	return last == NO_NAME || rank <= kueue_variant_rank(config, entry->cluster_queue, last);
}

enum reason kueue_migrate_variant(struct kueue *kueue, const struct entry *entry, int64_t now_us, struct decision_list *out)
{
	uint32_t sibling = find_sibling(kueue, entry, false);
	if (sibling == NONE)
		return REASON_NONE;
	if (!may_migrate(kueue, entry))
		return REASON_MIGRATION_REFUSED;
	struct workload_row *row = books_row(kueue->books, sibling);
	if (!row->evicted && !row->eviction_sent)
		kueue_evict(kueue, sibling, REASON_FLAVOR_MIGRATION, now_us, out);
	return REASON_PENDING_MIGRATION;
}
