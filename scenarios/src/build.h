/* build.h - from the decoded scenario and its Kubernetes documents to a world: names interned, references resolved, lists
 * sorted. Private to the loader; load.c runs the steps in order. */
#ifndef BERTH_SCENARIOS_BUILD_H
#define BERTH_SCENARIOS_BUILD_H

#include "sources.h"
#include "world/kube/decode.h"

struct build {
	struct arena *arena;
	struct names *names;
	struct diags *diags;
	struct sources *sources;
	const struct spec *spec;
	const struct scenario_options *options;
	struct world *world;
	struct cluster *clusters;     /* the world's, by name; still being filled */
	struct kube_objects *objects; /* beside clusters: what their documents hold besides Kueue's configuration */
	const char *only_cluster;     /* name of the only one; NULL when there are several */
	struct {
		VEC_FIELDS(const char *);
	} banner; /* what is read and not simulated */
};

/* The place of a field's value, of the object when it was left out. */
struct diag_place field_place(const struct doc_node *object, const char *field);
name_id intern_optional(struct build *build, const char *text); /* NULL: NO_NAME */
/* "did you mean ...?", or NULL. */
const char *suggest(struct build *build, const char *word, const char *const *candidates, uint32_t count);

/* Is it too early to report a name that nothing bears? It may stand in a file that could not be read, unless it looks like a
 * slip of the pen. */
bool may_be_elsewhere(const struct build *build, const char *suggestion);

/* An object that must be unique by name. */
struct named {
	const char *name;
	struct diag_place place;
	uint32_t index; /* where it stood */
};
/* Sorts by name, then place, and reports the later of two with the same name. */
void sort_named(struct build *build, struct named *items, uint32_t count, const char *what);

/* Steps, in this order. */
void build_time(struct build *build);     /* period, time zone, study */
void build_clusters(struct build *build); /* clusters with their pools, Kueue's configuration, initial workloads */
void build_money(struct build *build);    /* prices, tenants */
void build_jobs(struct build *build);     /* generators */
void build_traces(struct build *build);   /* trace files */
void build_thresholds(struct build *build);
void build_changes(struct build *build);
/* The configuration of a cluster after a change: `roots` stand beside sources->documents, `set` is what the change set. NULL
 * after reporting there what it made wrong, and when the configuration was wrong before. */
const struct kueue_config *build_changed_config(struct build *build, uint32_t cluster, struct doc_node *const *roots,
                                                const struct doc_node *set);
/* What only the whole can show: coverage, quota against nodes, jobs that can never run, prices. Needs a world without
 * errors so far. */
void check_world(struct build *build);
void check_generator(struct build *build, const struct generator *generator); /* a part of it: jobs that can never run */
bool pool_has_labels(const struct node_pool *pool, const struct key_value *wanted, uint32_t count);
int64_t pool_offers(const struct node_pool *pool, name_id resource);
void check_limits(struct build *build); /* a part of it: sizes that a run cannot count or hold */
/* Where a pool is written, the cluster when it was imported; where a generator is. */
struct diag_place pool_place(const struct build *build, const struct cluster *cluster, const struct node_pool *pool);
struct diag_place generator_place(const struct build *build, const struct generator *generator);
/* What is asked of Kueue and the cluster's policy does not do. Likewise. */
void check_policies(struct build *build);

/* Clusters by name; NONE after reporting at `place`. `name` NULL means the only one. */
uint32_t find_cluster(struct build *build, const char *name, struct diag_place place);
/* Shared by pools and generators. */
const struct key_value *build_labels(struct build *build, const struct text_pair *pairs, uint32_t count);
struct node_pool;
void build_pools(struct build *build, const struct spec_cluster *spec, struct cluster *cluster,
                 const struct node_pool *imported, uint32_t n_imported);

#endif
