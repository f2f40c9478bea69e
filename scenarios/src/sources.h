/* sources.h - the files of a scenario as document trees: the scenario file itself, what its clusters include, and the
 * settings of `--set` applied to them. */
#ifndef BERTH_SCENARIOS_SOURCES_H
#define BERTH_SCENARIOS_SOURCES_H

#include "base/vec.h"
#include "edit.h"
#include "spec.h"
#include "world/world.h"

/* A Kubernetes or Kueue document; items of a List count as documents of their own. */
struct document {
	struct doc_node *root;
	const char *kind, *namespace_name, *name; /* "" when absent */
	const char *cluster;                      /* that includes it; NULL: it stands in the scenario file */
};

struct sources {
	struct arena *arena;
	struct diags *diags;
	const char *file, *folder; /* of the scenario file; the folder ends in '/' or is "" */
	struct doc_node *scenario; /* the one Scenario document, or NULL */
	struct {
		VEC_FIELDS(struct document);
	} documents;
	struct {
		VEC_FIELDS(struct input_file);
	} inputs;
	bool incomplete; /* something that a cluster includes could not be read: what is missing may be there */
};

/* False when the scenario file cannot be read or holds no Scenario; problems are in sources->diags either way. */
NODISCARD bool sources_open(struct sources *sources, const char *file);
/* Reads what a cluster includes: files, and folders by their *.yaml, *.yml and *.json in byte-wise order of name. */
void sources_include(struct sources *sources, const struct spec_cluster *cluster);
/* Reads a file into the arena and remembers it as an input; NULL after reporting at `place`. */
const struct input_file *sources_read(struct sources *sources, const char *path, struct diag_place place);
/* The path of a file named in the scenario. */
const char *sources_path(struct sources *sources, const char *name);
/* Frees the lists; documents live in the arena. */
void sources_close(struct sources *sources);

#endif
