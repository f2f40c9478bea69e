/* save.h - a run into its database (docs/store.md). */
#ifndef BERTH_APP_SAVE_H
#define BERTH_APP_SAVE_H

#include "app/sha256.h"
#include "app/summary.h"
#include "store/store.h"

struct hashed_input {
	const char *path;    /* to open it */
	const char *content; /* NULL: not kept (traces) */
	int64_t bytes;
	char sha256[SHA256_HEX_SIZE];
};

struct run_record {
	const struct summary *summary;
	const char *summary_text;
	const struct run_result *first;        /* replication 0, with series and spans */
	const struct kpi_table *const *tables; /* one per replication */
	uint32_t n_tables;
	const struct hashed_input *inputs;
	uint32_t n_inputs;
};

NODISCARD bool save_run(const char *path, const struct run_record *record, struct error *error);

/* A name as a nullable text column. */
static inline const char *text_or_null(const struct names *names, name_id name)
{
	return name == NO_NAME ? NULL : names_text(names, name);
}

/* The parts, into an open store. */
NODISCARD bool save_description(struct store *store, const struct run_record *record, struct error *error);
NODISCARD bool save_results(struct store *store, const struct run_record *record, struct error *error);
NODISCARD bool save_figures(struct store *store, const struct run_record *record, struct error *error);

#endif
