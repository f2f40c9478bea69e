/* decode.c - see decode.h: tells documents apart, runs the readers of the kinds, and hands out what they found. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kube.h"

enum { LISTS_NESTED = 8 };

struct kube_decoder *kube_decoder_create(struct arena *arena, struct names *names, struct kueue_builder *builder,
                                         const struct kube_options *options, struct diags *diags)
{
	struct kube_decoder *decoder = xcalloc(1, sizeof *decoder);
	decoder->arena = arena;
	decoder->names = names;
	decoder->builder = builder;
	decoder->options = *options;
	decoder->diags = diags;
	decoder->controller = kueue_controller_defaults();
	return decoder;
}

void kube_decoder_destroy(struct kube_decoder *decoder)
{
	if (!decoder)
		return;
	VEC_FREE(&decoder->unmodelled);
	VEC_FREE(&decoder->others);
	VEC_FREE(&decoder->left_out);
	VEC_FREE(&decoder->jobs);
	VEC_FREE(&decoder->workloads);
	VEC_FREE(&decoder->workload_classes);
	VEC_FREE(&decoder->pod_classes);
	VEC_FREE(&decoder->limits);
	VEC_FREE(&decoder->bounds);
	VEC_FREE(&decoder->pools);
	VEC_FREE(&decoder->initial);
	VEC_FREE(&decoder->shapes);
	free(decoder);
}

/* ---- Messages ---- */

static void report(struct kube_decoder *decoder, enum diag_severity severity, const struct doc_node *node,
                   const char *suggestion, const char *text)
{
	const struct kube_object *object = &decoder->object;
	struct diag_place place = node ? node->place : object->place;
	if (*object->name)
		diag_add(decoder->diags, severity, place, suggestion, "%s '%s%s%s': %s", object->kind, object->space,
		         *object->space ? "/" : "", object->name, text);
	else
		diag_add(decoder->diags, severity, place, suggestion, "%s: %s", object->kind, text);
}

void kube_error(struct kube_decoder *decoder, const struct doc_node *node, const char *suggestion, const char *format, ...)
{
	char text[768];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	report(decoder, DIAG_ERROR, node, suggestion, text);
}

void kube_warn(struct kube_decoder *decoder, const struct doc_node *node, const char *suggestion, const char *format, ...)
{
	char text[768];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	report(decoder, DIAG_WARNING, node, suggestion, text);
}

/* Writes the way from `at` to `node` into path[length...]; false when it is not there. */
static bool find_path(const struct doc_node *at, const struct doc_node *node, char *path, size_t size, size_t length)
{
	if (at == node)
		return true;
	for (uint32_t i = 0; i < at->count && at->kind != DOC_SCALAR && length < size; i++) {
		const struct doc_node *next = at->kind == DOC_MAPPING ? at->pairs[i].value : at->items[i];
		int added = at->kind == DOC_MAPPING
		                ? snprintf(path + length, size - length, "%s%s", length ? "." : "", at->pairs[i].key)
		                : snprintf(path + length, size - length, "[%u]", i);
		if (added > 0 && find_path(next, node, path, size, length + (size_t)added))
			return true;
	}
	return false;
}

const char *kube_path(const struct kube_decoder *decoder, const struct doc_node *node)
{
	char path[256] = "";
	bool found = decoder->object.root && find_path(decoder->object.root, node, path, sizeof path, 0);
	return found ? arena_printf(decoder->arena, "%s: ", path) : "";
}

void kube_unmodelled(struct kube_decoder *decoder, const struct doc_node *node, const char *what)
{
	if (!decoder->options.allow_unmodelled) {
		kube_error(decoder, node, NULL, "%s: not modelled yet", what);
		return;
	}
	const char *text = arena_printf(decoder->arena, "%s %s", decoder->object.kind, what);
	kube_count(&decoder->unmodelled, text, node ? node->place : decoder->object.place);
}

void kube_count(struct counted_list *list, const char *text, struct diag_place place)
{
	enum { TOLD_APART = 100 };
	uint32_t found = 0;
	while (found < list->count && found < TOLD_APART && strcmp(list->items[found].text, text) != 0)
		found++;
	if (found == list->count)
		*VEC_PUSH(list) = (struct counted){found < TOLD_APART ? text : "others", 0, place};
	list->items[found].count++;
}

/* ---- Documents ---- */

static bool is_list(const struct doc_node *document)
{
	const struct doc_node *kind = doc_get(document, "kind"), *items = doc_get(document, "items");
	size_t length = kind && kind->kind == DOC_SCALAR ? strlen(kind->text) : 0;
	return length >= 4 && strcmp(kind->text + length - 4, "List") == 0 && items && items->kind == DOC_SEQUENCE;
}

/* The text of a scalar field, or "". */
static const char *scalar_text(const struct doc_node *mapping, const char *field)
{
	const struct doc_node *node = read_field(mapping, field);
	return node && node->kind == DOC_SCALAR ? node->text : "";
}

static struct kube_object describe(const struct doc_node *document)
{
	const struct doc_node *metadata = doc_get(document, "metadata"), *name = read_field(metadata, "name");
	return (struct kube_object){
	    .root = document,
	    .kind = scalar_text(document, "kind"),
	    .space = scalar_text(metadata, "namespace"),
	    .name = scalar_text(metadata, "name"),
	    .place = name ? name->place : document->place,
	};
}

/* "kueue.x-k8s.io/v1beta2": the group before the slash, "" for v1, and what follows. */
static bool in_group(const char *api_version, const char *group, const char **ret_version)
{
	const char *slash = strrchr(api_version, '/');
	size_t length = slash ? (size_t)(slash - api_version) : 0;
	*ret_version = slash ? slash + 1 : api_version;
	return strlen(group) == length && strncmp(api_version, group, length) == 0;
}

static const struct kube_kind *find_kind(const char *api_version, const char *kind, const char **ret_version)
{
	for (uint32_t i = 0; i < kube_kind_count; i++)
		if (strcmp(kube_kinds[i].kind, kind) == 0 && in_group(api_version, kube_kinds[i].group, ret_version))
			return &kube_kinds[i];
	return NULL;
}

static bool set_version(struct kube_decoder *decoder, const struct kube_kind *kind, const char *version)
{
	const struct doc_node *node = doc_get(decoder->object.root, "apiVersion");
	if (kind->betas ? strcmp(version, "v1beta1") == 0 : strcmp(version, "v1") == 0)
		decoder->object.version = kind->betas ? BETA1 : ANY_VERSION;
	else if (kind->betas && strcmp(version, "v1beta2") == 0)
		decoder->object.version = BETA2;
	else {
		kube_error(decoder, node, NULL, "apiVersion %.60s is not read, only %s", node->text,
		           kind->betas ? "v1beta1 and v1beta2" : "v1");
		return false;
	}
	return true;
}

static void decode_object(struct kube_decoder *decoder, const struct doc_node *document)
{
	const char *version, *api_version = scalar_text(document, "apiVersion");
	decoder->object = describe(document);
	if (!*decoder->object.kind || !*api_version) {
		diag_add(decoder->diags, DIAG_ERROR, document->place, NULL, "not a Kubernetes object: %s is missing",
		         *decoder->object.kind ? "apiVersion" : "kind");
		return;
	}
	const struct kube_kind *kind = find_kind(api_version, decoder->object.kind, &version);
	if (!kind) {
		kube_count(&decoder->others, decoder->object.kind, document->place);
		return;
	}
	if (!kind->decode || !set_version(decoder, kind, version))
		return;
	decoder->object.rules = kind->rules;
	if (!kind->nameless) {
		const struct doc_node *metadata = read_mapping(decoder, document, "metadata");
		decoder->object.id = read_required_name(decoder, metadata ? metadata : document, "name");
		if (decoder->object.id == NO_NAME)
			return;
	}
	kind->decode(decoder);
}

/* An item of a typed list, such as NodeList, may leave kind and apiVersion to the list. */
static const struct doc_node *complete_item(struct kube_decoder *decoder, const struct doc_node *list,
                                            const struct doc_node *item)
{
	const char *kind = scalar_text(list, "kind");
	if (item->kind != DOC_MAPPING || *scalar_text(item, "kind") || strcmp(kind, "List") == 0)
		return item;
	struct doc_node *copy = arena_copy(decoder->arena, item, sizeof *item);
	struct doc_node *name = arena_copy(decoder->arena, doc_get(list, "kind"), sizeof *name);
	name->length -= 4;
	name->text = arena_text(decoder->arena, kind, name->length);
	copy->pairs = ARENA_ARRAY(decoder->arena, struct doc_pair, item->count + 2);
	if (item->count)
		memcpy(copy->pairs, item->pairs, item->count * sizeof *item->pairs);
	copy->pairs[copy->count++] = (struct doc_pair){"kind", item->place, name};
	for (uint32_t i = 0; i < list->count; i++)
		if (strcmp(list->pairs[i].key, "apiVersion") == 0 && !doc_get(item, "apiVersion"))
			copy->pairs[copy->count++] = list->pairs[i];
	return copy;
}

static void decode_nested(struct kube_decoder *decoder, const struct doc_node *document, int depth)
{
	if (document->kind != DOC_MAPPING) {
		diag_add(decoder->diags, DIAG_ERROR, document->place, NULL, "not a Kubernetes object: a %s",
		         doc_type_name(document));
		return;
	}
	if (!is_list(document) || depth == LISTS_NESTED) {
		decode_object(decoder, document);
		return;
	}
	const struct doc_node *items = doc_get(document, "items");
	for (uint32_t i = 0; i < items->count; i++)
		decode_nested(decoder, complete_item(decoder, document, items->items[i]), depth + 1);
}

void kube_decode(struct kube_decoder *decoder, const struct doc_node *document)
{
	decode_nested(decoder, document, 0);
}

/* ---- Handing out ---- */

static int compare_pools(const void *a, const void *b, void *names)
{
	const struct pool_row *x = a, *y = b;
	int order = names_compare(names, x->pool.name, y->pool.name);
	if (order == 0)
		order = strcmp(x->place.file, y->place.file);
	return order ? order : (x->place.line > y->place.line) - (x->place.line < y->place.line);
}

static int compare_initial(const void *a, const void *b, void *names)
{
	const struct initial_workload *x = a, *y = b;
	return names_compare(names, x->job.name, y->job.name);
}

static int compare_limits(const void *a, const void *b, void *names)
{
	const struct limit_row *x = a, *y = b;
	int order = names_compare(names, x->space, y->space);
	if (order == 0)
		order = names_compare(names, x->resource, y->resource);
	return order ? order : (x->amount > y->amount) - (x->amount < y->amount);
}

static int compare_counted(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;
	return strcmp(x->text, y->text);
}

#define SORT(decoder, list, compare)                                                                                        \
	do {                                                                                                                    \
		if ((list)->count)                                                                                                  \
			qsort_r((list)->items, (list)->count, sizeof *(list)->items, (compare), (decoder)->names);                      \
	} while (0)

static const char *kinds_text(struct kube_decoder *decoder)
{
	const char *text = "";
	for (uint32_t i = 0; i < decoder->others.count; i++)
		text = arena_printf(decoder->arena, "%s%s%s (%u)", text, i ? ", " : "", decoder->others.items[i].text,
		                    decoder->others.items[i].count);
	return text;
}

static void make_banner(struct kube_decoder *decoder, struct kube_objects *objects)
{
	uint32_t n_unmodelled = decoder->unmodelled.count, n_left_out = decoder->left_out.count, count = 0;
	const char **lines = ARENA_ARRAY(decoder->arena, const char *, n_unmodelled + n_left_out + 1);
	if (n_unmodelled)
		qsort(decoder->unmodelled.items, n_unmodelled, sizeof *decoder->unmodelled.items, compare_counted);
	if (decoder->others.count)
		qsort(decoder->others.items, decoder->others.count, sizeof *decoder->others.items, compare_counted);
	for (uint32_t i = 0; i < n_unmodelled; i++)
		lines[count++] =
		    arena_printf(decoder->arena, "%s (%u)", decoder->unmodelled.items[i].text, decoder->unmodelled.items[i].count);
	for (uint32_t i = 0; i < n_left_out; i++)
		lines[count++] =
		    arena_printf(decoder->arena, "%u %s", decoder->left_out.items[i].count, decoder->left_out.items[i].text);
	if (decoder->others.count) {
		lines[count++] = arena_printf(decoder->arena, "other kinds skipped: %s", kinds_text(decoder));
		diag_add(decoder->diags, DIAG_NOTE, decoder->others.items[0].place, NULL,
		         "kinds that are not read here, skipped: %s", kinds_text(decoder));
	}
	objects->not_modelled = lines;
	objects->n_not_modelled = count;
}

static const struct node_pool *hand_out_pools(struct kube_decoder *decoder)
{
	const struct pool_row *rows = decoder->pools.items;
	struct node_pool *pools = ARENA_ARRAY(decoder->arena, struct node_pool, decoder->pools.count);
	for (uint32_t i = 0; i < decoder->pools.count; i++) {
		pools[i] = rows[i].pool;
		if (i && rows[i].pool.name == rows[i - 1].pool.name)
			diag_add(decoder->diags, DIAG_ERROR, rows[i].place, NULL, "Node '%s' is given twice, first at %s:%u",
			         names_text(decoder->names, rows[i].pool.name), rows[i - 1].place.file, rows[i - 1].place.line);
	}
	return pools;
}

static const struct default_request *hand_out_limits(struct kube_decoder *decoder)
{
	struct default_request *requests = ARENA_ARRAY(decoder->arena, struct default_request, decoder->limits.count);
	for (uint32_t i = 0; i < decoder->limits.count; i++)
		requests[i] = (struct default_request){decoder->limits.items[i].space, decoder->limits.items[i].resource,
		                                       decoder->limits.items[i].amount};
	return requests;
}

const struct priority_row *kube_find_priority(const struct priority_row *rows, uint32_t count, name_id name)
{
	for (uint32_t i = 0; i < count; i++)
		if (rows[i].name == name)
			return &rows[i];
	return NULL;
}

/* Gate WorkloadPriorityClassDefaulting (1.6): a WorkloadPriorityClass of this name counts where nothing is named. */
static void settle_default_class(struct kube_decoder *decoder)
{
	name_id name = names_intern(decoder->names, "default");
	if (decoder->options.default_class &&
	    kube_find_priority(decoder->workload_classes.items, decoder->workload_classes.count, name))
		kueue_set_default_class(decoder->builder, name);
}

#define HAND_OUT(decoder, list) arena_copy((decoder)->arena, (list)->items, (list)->count * sizeof *(list)->items)

/* Sorted; where two LimitRanges name one resource of one namespace, the smaller amount counts. */
static void settle_limits(struct kube_decoder *decoder)
{
	struct limit_row *rows = decoder->limits.items;
	uint32_t kept = 0;
	SORT(decoder, &decoder->limits, compare_limits);
	for (uint32_t i = 0; i < decoder->limits.count; i++)
		if (kept == 0 || rows[kept - 1].space != rows[i].space || rows[kept - 1].resource != rows[i].resource)
			rows[kept++] = rows[i];
	decoder->limits.count = kept;
}

void kube_decoder_finish(struct kube_decoder *decoder, struct kube_objects *ret_objects)
{
	settle_limits(decoder);
	decode_put_off(decoder);
	SORT(decoder, &decoder->pools, compare_pools);
	SORT(decoder, &decoder->initial, compare_initial);
	settle_default_class(decoder);
	kueue_set_controller(decoder->builder, &decoder->controller);
	kueue_set_gates(decoder->builder, decoder->options.gates);
	*ret_objects = (struct kube_objects){
	    .pools = hand_out_pools(decoder),
	    .n_pools = decoder->pools.count,
	    .limits = {HAND_OUT(decoder, &decoder->bounds), decoder->bounds.count},
	    .workloads = HAND_OUT(decoder, &decoder->initial),
	    .n_workloads = decoder->initial.count,
	    .shapes = HAND_OUT(decoder, &decoder->shapes),
	    .n_shapes = decoder->shapes.count,
	    .default_requests = hand_out_limits(decoder),
	    .n_default_requests = decoder->limits.count,
	    .api_qps = decoder->api_qps,
	    .api_burst = decoder->api_burst,
	};
	make_banner(decoder, ret_objects);
}
