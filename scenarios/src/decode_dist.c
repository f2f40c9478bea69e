/* decode_dist.c - distributions: a plain value, or a mapping with one key (constant, lognormal, exponential, weibull,
 * choice, empirical). Values carry the unit of the field; what a distribution needs to make sense is checked here. */
#include <math.h>
#include <string.h>

#include "base/instant.h"
#include "base/quantity.h"
#include "fields.h"

struct dist_reader {
	struct decoder *decoder;
	enum dist_unit unit;
	const char *resource; /* of UNIT_QUANTITY */
	double min, max;
};

static const char *const unit_names[] = {"a number", "a duration such as 90m, 1h30m or 28d",
                                         "a Kubernetes quantity such as 8, 500m or 80Gi"};

static bool read_quantity(struct decoder *decoder, const struct doc_node *node, const char *resource, double *ret_value)
{
	struct error error;
	int64_t amount, milli;
	if (node->kind != DOC_SCALAR || !quantity_parse(node->text, quantity_scale(resource), &amount, &error)) {
		decode_expected(decoder, node, unit_names[UNIT_QUANTITY]);
		return false;
	}
	if (amount < 0) {
		decode_error(decoder, node, NULL, "%s is negative", node->text);
		return false;
	}
	bool device = strchr(resource, '/') != NULL;
	if (device && quantity_parse(node->text, 1000, &milli, &error) && milli % 1000 != 0 && milli != INT64_MAX) {
		decode_error(decoder, node, "ask for whole devices; a shared GPU has a resource name of its own",
		             "%s is a fraction, and devices cannot be split", node->text);
		return false;
	}
	*ret_value = (double)amount;
	return true;
}

bool decode_scalar(struct decoder *decoder, const struct doc_node *node, enum dist_unit unit, const char *resource,
                   double *ret_value)
{
	struct error error;
	int64_t us;
	if (unit == UNIT_QUANTITY)
		return read_quantity(decoder, node, resource, ret_value);
	if (unit == UNIT_NUMBER && doc_double(node, ret_value))
		return true;
	if (unit == UNIT_DURATION && node->kind == DOC_SCALAR && duration_parse(node->text, &us, &error)) {
		*ret_value = (double)us;
		return true;
	}
	decode_expected(decoder, node, unit_names[unit]);
	return false;
}

/* A value of the distribution's unit, within the field's bounds. */
static bool read_value(const struct dist_reader *reader, const struct doc_node *node, double *ret_value)
{
	double value;
	if (!decode_scalar(reader->decoder, node, reader->unit, reader->resource, &value))
		return false;
	if (value < reader->min || (reader->max > 0 && value > reader->max)) {
		decode_error(reader->decoder, node, NULL, "%s is out of range", node->text);
		return false;
	}
	*ret_value = value;
	return true;
}

/* Keys of one distribution that are not among `keys` (NULL-terminated). */
static bool only_keys(const struct dist_reader *reader, const struct doc_node *node, const char *const *keys)
{
	bool good = true;
	for (uint32_t i = 0; i < node->count; i++) {
		uint32_t known = 0;
		while (keys[known] && strcmp(keys[known], node->pairs[i].key) != 0)
			known++;
		if (keys[known])
			continue;
		diag_add(reader->decoder->diags, DIAG_ERROR, node->pairs[i].place, NULL, "%s: unknown parameter \"%s\"",
		         reader->decoder->path, node->pairs[i].key);
		good = false;
	}
	return good;
}

/* A parameter that must be there, in the unit of the field, or without a unit when `plain`. */
static bool read_parameter(const struct dist_reader *reader, const struct doc_node *node, const char *name, bool plain,
                           double *ret_value)
{
	const struct doc_node *value = doc_get(node, name);
	if (!value) {
		decode_error(reader->decoder, node, NULL, "\"%s\" is missing", name);
		return false;
	}
	struct dist_reader number = {.decoder = reader->decoder, .unit = UNIT_NUMBER, .max = 1e9}; /* sums stay finite */
	size_t length = decode_push(reader->decoder, ".%s", name);
	bool good = read_value(plain ? &number : reader, value, ret_value);
	if (good && !(*ret_value > 0)) {
		decode_error(reader->decoder, value, NULL, "must be above zero");
		good = false;
	}
	decode_pop(reader->decoder, length);
	return good;
}

static bool read_bounds(const struct dist_reader *reader, const struct doc_node *node, struct dist *dist)
{
	const struct doc_node *min = doc_get(node, "min"), *max = doc_get(node, "max");
	dist->min = reader->min;
	bool good = !min || read_value(reader, min, &dist->min);
	good &= !max || read_value(reader, max, &dist->max);
	if (good && max && dist->max < dist->min) {
		decode_error(reader->decoder, max, NULL, "max is below min");
		return false;
	}
	return good;
}

static bool read_constant(const struct dist_reader *reader, const struct doc_node *node, struct dist *dist)
{
	dist->kind = DIST_CONSTANT;
	return read_value(reader, node, &dist->a);
}

static bool want_mapping(const struct dist_reader *reader, const struct doc_node *node, const char *const *keys)
{
	if (node->kind == DOC_MAPPING)
		return only_keys(reader, node, keys);
	decode_expected(reader->decoder, node, "a mapping of parameters");
	return false;
}

static bool read_lognormal(const struct dist_reader *reader, const struct doc_node *node, struct dist *dist)
{
	static const char *const keys[] = {"p50", "p95", "min", "max", NULL};
	dist->kind = DIST_LOGNORMAL;
	if (!want_mapping(reader, node, keys))
		return false;
	bool good = read_parameter(reader, node, "p50", false, &dist->a);
	good &= read_parameter(reader, node, "p95", false, &dist->b);
	if (good && dist->a >= dist->b) {
		decode_error(reader->decoder, doc_get(node, "p95"), NULL, "p95 must be above p50");
		return false;
	}
	return good && read_bounds(reader, node, dist);
}

static bool read_exponential(const struct dist_reader *reader, const struct doc_node *node, struct dist *dist)
{
	static const char *const keys[] = {"mean", "min", "max", NULL};
	dist->kind = DIST_EXPONENTIAL;
	return want_mapping(reader, node, keys) && read_parameter(reader, node, "mean", false, &dist->a) &&
	       read_bounds(reader, node, dist);
}

static bool read_weibull(const struct dist_reader *reader, const struct doc_node *node, struct dist *dist)
{
	static const char *const keys[] = {"scale", "shape", "min", "max", NULL};
	dist->kind = DIST_WEIBULL;
	if (!want_mapping(reader, node, keys))
		return false;
	bool good = read_parameter(reader, node, "scale", false, &dist->a);
	good &= read_parameter(reader, node, "shape", true, &dist->b);
	return good && read_bounds(reader, node, dist);
}

/* `{value: V, weight: W}`. */
static bool read_choice_point(const struct dist_reader *reader, const struct doc_node *node, struct dist_point *point)
{
	static const char *const keys[] = {"value", "weight", NULL};
	if (!want_mapping(reader, node, keys))
		return false;
	const struct doc_node *value = doc_get(node, "value");
	if (!value) {
		decode_error(reader->decoder, node, NULL, "\"value\" is missing");
		return false;
	}
	return read_value(reader, value, &point->value) && read_parameter(reader, node, "weight", true, &point->weight);
}

/* `[P, V]`: the value at cumulative probability P. */
static bool read_empirical_point(const struct dist_reader *reader, const struct doc_node *node, struct dist_point *point)
{
	if (node->kind != DOC_SEQUENCE || node->count != 2) {
		decode_expected(reader->decoder, node, "a pair [probability, value]");
		return false;
	}
	if (!doc_double(node->items[0], &point->weight) || point->weight < 0 || point->weight > 1) {
		decode_expected(reader->decoder, node->items[0], "a probability from 0 to 1");
		return false;
	}
	return read_value(reader, node->items[1], &point->value);
}

typedef bool (*point_reader)(const struct dist_reader *reader, const struct doc_node *node, struct dist_point *point);

static bool read_points(const struct dist_reader *reader, const struct doc_node *node, point_reader read, struct dist *dist)
{
	if (node->kind != DOC_SEQUENCE) {
		decode_expected(reader->decoder, node, "a list");
		return false;
	}
	if (node->count == 0) {
		decode_error(reader->decoder, node, NULL, "the list is empty");
		return false;
	}
	struct dist_point *points = ARENA_ARRAY(reader->decoder->arena, struct dist_point, node->count);
	bool good = true;
	for (uint32_t i = 0; i < node->count; i++) {
		size_t length = decode_push(reader->decoder, "[%u]", i);
		good &= read(reader, node->items[i], &points[i]);
		decode_pop(reader->decoder, length);
	}
	dist->points = points;
	dist->n_points = node->count;
	return good;
}

static bool read_choice(const struct dist_reader *reader, const struct doc_node *node, struct dist *dist)
{
	dist->kind = DIST_CHOICE;
	return read_points(reader, node, read_choice_point, dist);
}

static bool ascending(const struct dist_reader *reader, const struct doc_node *points, const struct dist *dist)
{
	if (dist->n_points < 2 || dist->points[0].weight != 0 || dist->points[dist->n_points - 1].weight != 1) {
		decode_error(reader->decoder, points, NULL, "the points must begin at probability 0 and end at 1");
		return false;
	}
	for (uint32_t i = 1; i < dist->n_points; i++) {
		const struct dist_point *before = &dist->points[i - 1], *point = &dist->points[i];
		if (point->weight > before->weight && point->value >= before->value)
			continue;
		decode_error(reader->decoder, points->items[i], NULL, "probabilities must rise and values must not fall");
		return false;
	}
	return true;
}

static bool read_scale(const struct dist_reader *reader, const struct doc_node *node, bool *ret_log)
{
	if (node->kind == DOC_SCALAR && (strcmp(node->text, "Linear") == 0 || strcmp(node->text, "Log") == 0)) {
		*ret_log = strcmp(node->text, "Log") == 0;
		return true;
	}
	decode_expected(reader->decoder, node, "Linear or Log");
	return false;
}

static bool read_empirical(const struct dist_reader *reader, const struct doc_node *node, struct dist *dist)
{
	static const char *const keys[] = {"points", "scale", NULL};
	dist->kind = DIST_EMPIRICAL;
	if (!want_mapping(reader, node, keys))
		return false;
	const struct doc_node *points = doc_get(node, "points"), *scale = doc_get(node, "scale");
	if (!points) {
		decode_error(reader->decoder, node, NULL, "\"points\" is missing");
		return false;
	}
	bool good = !scale || read_scale(reader, scale, &dist->log_scale);
	return read_points(reader, points, read_empirical_point, dist) && ascending(reader, points, dist) && good;
}

static const struct {
	const char *name;
	bool (*read)(const struct dist_reader *reader, const struct doc_node *node, struct dist *dist);
} readers[] = {
    {"constant", read_constant}, {"lognormal", read_lognormal}, {"exponential", read_exponential},
    {"weibull", read_weibull},   {"choice", read_choice},       {"empirical", read_empirical},
};

static bool read_named(const struct dist_reader *reader, const struct doc_pair *pair, struct dist *dist)
{
	const char *names[ARRAY_COUNT(readers)];
	for (size_t i = 0; i < ARRAY_COUNT(readers); i++) {
		names[i] = readers[i].name;
		if (strcmp(pair->key, names[i]) != 0)
			continue;
		size_t length = decode_push(reader->decoder, ".%s", pair->key);
		bool good = readers[i].read(reader, pair->value, dist);
		decode_pop(reader->decoder, length);
		return good;
	}
	const char *nearest = diag_nearest(pair->key, names, ARRAY_COUNT(names));
	diag_add(reader->decoder->diags, DIAG_ERROR, pair->place,
	         nearest ? arena_printf(reader->decoder->arena, "did you mean \"%s\"?", nearest) : NULL,
	         "%s: unknown distribution \"%s\"", reader->decoder->path, pair->key);
	return false;
}

bool decode_dist(struct decoder *decoder, const struct doc_node *node, enum dist_unit unit, const char *resource, double min,
                 double max, struct dist *ret_dist)
{
	struct dist_reader reader = {decoder, unit, resource, min, max};
	struct dist dist = {0};
	bool good = false;
	if (node->kind != DOC_MAPPING)
		good = read_constant(&reader, node, &dist);
	else if (node->count == 1)
		good = read_named(&reader, &node->pairs[0], &dist);
	else
		decode_error(decoder, node, NULL, "a distribution is a mapping with exactly one key, such as {lognormal: {...}}");
	if (good)
		*ret_dist = dist;
	return good;
}
