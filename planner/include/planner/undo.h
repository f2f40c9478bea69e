/* undo.h - the log of old values behind mark / change / rollback.
 *
 * Trials (victim search, reservations of one cycle, what-if) change the books for real and take it back. Between
 * undo_mark() and undo_rollback() every change first saves the old value of its word. Marks nest. Words are remembered by
 * address, so no table may move while a mark is set. */
#ifndef BERTH_PLANNER_UNDO_H
#define BERTH_PLANNER_UNDO_H

#include "base/base.h"
#include "base/vec.h"

struct undo_entry {
	int64_t *word;
	int64_t old;
};

struct undo {
	VEC_FIELDS(struct undo_entry);
	uint32_t depth; /* marks set */
};

static inline uint32_t undo_mark(struct undo *undo)
{
	undo->depth++;
	return undo->count;
}

/* Sets a word, remembering the old value while a mark is set. */
static inline void undo_set(struct undo *undo, int64_t *word, int64_t value)
{
	if (undo->depth > 0)
		*VEC_PUSH(undo) = (struct undo_entry){word, *word};
	*word = value;
}

/* Restores every word changed since `mark`, newest first. */
static inline void undo_rollback(struct undo *undo, uint32_t mark)
{
	while (undo->count > mark) {
		const struct undo_entry *entry = &undo->items[--undo->count];
		*entry->word = entry->old;
	}
	undo->depth--;
}

#endif
