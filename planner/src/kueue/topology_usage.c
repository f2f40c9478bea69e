/* topology_usage.c - what topology-aware workloads use per place, and which places have changed (TAS-2). See topology.h. */
#include <stdlib.h>
#include <string.h>

#include "topology_inside.h"

void topology_usage_reset(struct topology_usage *usage, const struct topologies *topologies)
{
	uint32_t n_columns = topologies_columns(topologies), n_places = topologies_places(topologies);
	size_t cells = (size_t)n_columns * n_places;
	uint64_t changes = usage->first_change + usage->changes.count + 1; /* finders have missed one: they count anew */
	free(usage->words);
	free(usage->assumed);
	usage->words = xcalloc(cells + 1, sizeof *usage->words);
	usage->assumed = xcalloc(cells + 1, sizeof *usage->assumed);
	usage->n_columns = n_columns;
	usage->n_places = n_places;
	usage->journal_length = 0;
	usage->first_change = changes;
	VEC_CLEAR(&usage->journal);
	VEC_CLEAR(&usage->changes);
	VEC_CLEAR(&usage->assumed_places);
}

void topology_usage_copy(struct topology_usage *to, const struct topology_usage *from)
{
	size_t cells = (size_t)from->n_columns * from->n_places + 1;
	*to = (struct topology_usage){.n_columns = from->n_columns, .n_places = from->n_places};
	to->words = xrealloc_array(NULL, cells, sizeof *to->words);
	to->assumed = xcalloc(cells, sizeof *to->assumed);
	memcpy(to->words, from->words, cells * sizeof *to->words);
}

void topology_usage_free(struct topology_usage *usage)
{
	free(usage->words);
	free(usage->assumed);
	VEC_FREE(&usage->journal);
	VEC_FREE(&usage->changes);
	VEC_FREE(&usage->assumed_places);
}

/* What the journal has lost to a rollback has changed back. */
static void notice_rollback(struct topology_usage *usage)
{
	for (uint32_t i = (uint32_t)usage->journal_length; i < usage->journal.count; i++)
		*VEC_PUSH(&usage->changes) = usage->journal.items[i];
	usage->journal.count = (uint32_t)usage->journal_length;
}

/* Notes that a place changes. Old notes are dropped when they are more than counting anew would cost. */
static void note_change(struct topology_usage *usage, uint32_t place)
{
	if (usage->changes.count > usage->n_places + 1024) {
		usage->first_change += usage->changes.count;
		VEC_CLEAR(&usage->changes);
	}
	*VEC_PUSH(&usage->changes) = place;
}

void topology_usage_add(struct topology_usage *usage, const struct topologies *topologies, struct undo *undo, uint32_t place,
                        const struct resource_request *requests, uint32_t n_requests, int64_t count)
{
	if (place >= usage->n_places)
		return;
	int64_t *words = &usage->words[(size_t)place * usage->n_columns];
	notice_rollback(usage);
	note_change(usage, place);
	if (undo->depth > 0) {
		*VEC_PUSH(&usage->journal) = place;
		undo_set(undo, &usage->journal_length, usage->journal.count);
	}
	for (uint32_t i = 0; i < n_requests; i++) {
		uint32_t column = topologies_column(topologies, requests[i].resource);
		if (column != NONE)
			undo_set(undo, &words[column], sat_add(words[column], sat_mul(requests[i].amount, count)));
	}
	uint32_t pods = topologies_pods_column(topologies);
	undo_set(undo, &words[pods], sat_add(words[pods], count));
}

int32_t topology_room(const struct topologies *topologies, const struct topology_usage *usage,
                      const struct topology_tree *tree, uint32_t place, const struct resource_request *requests,
                      uint32_t n_requests)
{
	uint32_t leaf = topology_leaf(tree, place);
	int32_t room = n_requests ? INT32_MAX : 0;
	if (leaf == NONE)
		return 0;
	for (uint32_t i = 0; i < n_requests; i++) {
		uint32_t column = topologies_column(topologies, requests[i].resource);
		int64_t left = column == NONE ? 0 : tree->capacity[(size_t)leaf * usage->n_columns + column];
		if (column != NONE && place < usage->n_places)
			left = sat_sub(left, usage->words[(size_t)place * usage->n_columns + column]);
		if (requests[i].amount != 0)
			room = (int32_t)MIN((int64_t)room, MAX(INT64_C(0), left / requests[i].amount));
	}
	return room;
}

/* ---- assumptions of the search at hand ---- */

void topology_assume(struct topology_usage *usage, const struct demand *demand, uint32_t place, int32_t count)
{
	if (place >= usage->n_places)
		return;
	int64_t *words = &usage->assumed[(size_t)place * usage->n_columns];
	notice_rollback(usage);
	note_change(usage, place);
	*VEC_PUSH(&usage->assumed_places) = place;
	for (uint32_t i = 0; i < demand->count; i++)
		if (demand->items[i].column != NONE)
			words[demand->items[i].column] =
			    sat_add(words[demand->items[i].column], sat_mul(demand->items[i].amount, count));
}

void topology_finder_done(struct topology_finder *finder)
{
	struct topology_usage *usage = finder->usage;
	for (uint32_t i = 0; i < usage->assumed_places.count; i++) {
		uint32_t place = usage->assumed_places.items[i];
		memset(&usage->assumed[(size_t)place * usage->n_columns], 0, usage->n_columns * sizeof *usage->assumed);
		note_change(usage, place);
	}
	VEC_CLEAR(&usage->assumed_places);
}

uint64_t topology_usage_settle(struct topology_usage *usage)
{
	notice_rollback(usage);
	return usage->first_change + usage->changes.count;
}
