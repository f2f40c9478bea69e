/* settings.h - KIND/[CLUSTER/]NAME:path = value, applied to the documents before they are decoded (design.md 5).
 *
 * `--set` changes the documents themselves, `changes:` a copy of them. Our own kinds are the Scenario and named items of
 * its lists: Cluster, NodePool, Generator, Tenant. */
#ifndef BERTH_SCENARIOS_SETTINGS_H
#define BERTH_SCENARIOS_SETTINGS_H

#include "sources.h"

/* What the file of a place begins with where a setting of the command line stands. */
#define SET_PLACE "--set "

struct setting {
	struct target target;
	struct doc_node *value;
	struct diag_place place; /* for errors */
};

/* Reads "KIND/NAME:path=value" as given on the command line. */
NODISCARD bool setting_parse(struct sources *sources, const char *text, struct setting *ret_setting);
/* Is it about the Scenario or an item of its lists? */
bool setting_is_own(const struct setting *setting);
/* Both report and return false when there is no such object. The document that a setting is about is an index into
 * sources->documents. `only_cluster`: the name of the scenario's only cluster, or NULL. */
bool setting_apply_own(struct sources *sources, const struct setting *setting);
NODISCARD bool setting_find(struct sources *sources, const struct setting *setting, const char *only_cluster,
                            uint32_t *ret_document);
/* Sets the value in a document's tree, which must not be shared. */
bool setting_apply(struct sources *sources, const struct setting *setting, struct doc_node *root);

#endif
