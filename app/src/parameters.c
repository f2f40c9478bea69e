/* parameters.c - see parameters.h. */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/parameters.h"
#include "app/text.h"
#include "base/doc.h"
#include "base/instant.h"
#include "base/vec.h"
#include "scenarios/schema.h"
#include "world/kueue_builder.h"

/* A default that is computed: those of Kueue. */
struct known_default {
	const char *name, *value;
};

struct walk {
	const struct world *world;
	const char *cluster;
	bool (*take)(void *state, const struct parameter *parameter); /* NULL: the values are learnt as defaults */
	void *state;
	bool ok;
	struct arena *arena;
	const struct doc_node *definitions; /* of the scenario language's schema */
	struct {
		VEC_FIELDS(struct known_default);
	} known;
};

/* ---- defaults ---- */

static void read_schema(struct walk *walk)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	scenario_schema_write(out);
	fclose(out);
	struct diags *diags = diags_create();
	struct doc_node *schema;
	if (doc_parse_json(walk->arena, "schema", text, length, NULL, diags, &schema))
		walk->definitions = doc_get(schema, "definitions");
	diags_destroy(diags);
	free(text);
}

/* "controlPlane.passBase" is property passBase of definition ControlPlane; a name without a dot is one of Cluster. */
static const char *schema_default(const struct walk *walk, const char *name)
{
	char type[64] = "Cluster";
	const char *dot = strchr(name, '.'), *property = dot ? dot + 1 : name;
	if (dot) {
		snprintf(type, sizeof type, "%.*s", (int)(dot - name), name);
		type[0] = (char)toupper((unsigned char)type[0]);
	}
	const struct doc_node *properties = doc_get(doc_get(walk->definitions, type), "properties");
	const struct doc_node *otherwise = doc_get(doc_get(properties, property), "default");
	return otherwise ? otherwise->text : NULL;
}

static const char *default_of(const struct walk *walk, const char *name)
{
	for (uint32_t i = 0; i < walk->known.count; i++)
		if (strcmp(walk->known.items[i].name, name) == 0)
			return walk->known.items[i].value;
	return schema_default(walk, name);
}

static void tell(struct walk *walk, const char *name, const char *format, ...) PRINTF_LIKE(3, 4);
static void tell(struct walk *walk, const char *name, const char *format, ...)
{
	char value[256];
	va_list args;
	va_start(args, format);
	vsnprintf(value, sizeof value, format, args);
	va_end(args);
	if (!walk->take) {
		*VEC_PUSH(&walk->known) = (struct known_default){name, arena_printf(walk->arena, "%s", value)};
		return;
	}
	const struct parameter parameter = {walk->cluster, name, value, default_of(walk, name)};
	walk->ok = walk->ok && walk->take(walk->state, &parameter);
}

/* ---- values ---- */

static void tell_duration(struct walk *walk, const char *name, int64_t us)
{
	char text[32];
	tell(walk, name, "%s", duration_format(us, text));
}

static void tell_bool(struct walk *walk, const char *name, bool value)
{
	tell(walk, name, "%s", value ? "true" : "false");
}

static void tell_dist(struct walk *walk, const char *name, const struct dist *dist)
{
	char a[32], b[32];
	text_duration(dist->a, a);
	text_duration(dist->b, b);
	switch (dist->kind) {
	case DIST_NONE:
		tell(walk, name, "none");
		break;
	case DIST_CONSTANT:
		tell(walk, name, "%s", a);
		break;
	case DIST_LOGNORMAL:
		tell(walk, name, "lognormal, p50 %s, p95 %s", a, b);
		break;
	case DIST_EXPONENTIAL:
		tell(walk, name, "exponential, mean %s", a);
		break;
	case DIST_WEIBULL:
		tell(walk, name, "weibull, scale %s, shape %g", a, dist->b);
		break;
	case DIST_CHOICE:
	case DIST_EMPIRICAL:
		tell(walk, name, "%s of %u values, mean %s", dist->kind == DIST_CHOICE ? "choice" : "empirical", dist->n_points,
		     text_duration(dist_mean(dist), a));
		break;
	}
}

static void tell_controller(struct walk *walk, const struct controller_config *controller)
{
	tell_bool(walk, "waitForPodsReady.enable", controller->wait_for_pods_ready);
	if (controller->wait_for_pods_ready) {
		tell_duration(walk, "waitForPodsReady.timeout", controller->pods_ready_timeout_us);
		if (controller->recovery_timeout_us > 0)
			tell_duration(walk, "waitForPodsReady.recoveryTimeout", controller->recovery_timeout_us);
		else
			tell(walk, "waitForPodsReady.recoveryTimeout", "off");
		tell_bool(walk, "waitForPodsReady.blockAdmission", controller->block_admission);
		tell(walk, "waitForPodsReady.requeuingStrategy.timestamp", "%s",
		     controller->requeuing_timestamp == REQUEUING_CREATION ? "Creation" : "Eviction");
		tell(walk, "waitForPodsReady.requeuingStrategy.backoffBaseSeconds", "%" PRId64, controller->backoff_base_s);
		tell(walk, "waitForPodsReady.requeuingStrategy.backoffMaxSeconds", "%" PRId64, controller->backoff_max_s);
		if (controller->backoff_limit_count < 0)
			tell(walk, "waitForPodsReady.requeuingStrategy.backoffLimitCount", "unbounded");
		else
			tell(walk, "waitForPodsReady.requeuingStrategy.backoffLimitCount", "%" PRId64, controller->backoff_limit_count);
	}
	tell(walk, "resources.quotaCheckStrategy", "%s", controller->ignore_undeclared ? "IgnoreUndeclared" : "BlockUndeclared");
}

static void tell_gates(struct walk *walk, gate_set gates)
{
	static const char *const names[] = {
#define X(name) "featureGates." #name,
	    KUEUE_GATE_LIST(X)
#undef X
	};
	for (int gate = 0; gate < GATE_COUNT; gate++)
		tell_bool(walk, names[gate], gate_on(gates, (enum kueue_gate)gate));
}

static void tell_control_plane(struct walk *walk, const struct control_plane *plane)
{
	tell_duration(walk, "controlPlane.passBase", plane->pass_base_us);
	tell_duration(walk, "controlPlane.passPerHead", plane->pass_per_head_us);
	tell(walk, "controlPlane.apiQPS", "%g", plane->api_qps);
	tell(walk, "controlPlane.apiBurst", "%d", plane->api_burst);
	tell_duration(walk, "controlPlane.writeLatency", plane->write_latency_us);
	tell_duration(walk, "controlPlane.watchDelay", plane->watch_delay_us);
	tell_duration(walk, "controlPlane.podCreation", plane->pod_creation_us);
	tell_duration(walk, "controlPlane.jobStatus", plane->job_status_us);
}

/* What Kueue of this version would do with an empty Configuration. */
static void learn_kueue_defaults(struct walk *walk, const char *version)
{
	bool (*take)(void *state, const struct parameter *parameter) = walk->take;
	struct controller_config controller = kueue_controller_defaults();
	gate_set gates;
	VEC_CLEAR(&walk->known);
	walk->take = NULL;
	tell_controller(walk, &controller);
	if (kueue_profile_gates(kueue_profile_for(version), &gates))
		tell_gates(walk, gates);
	walk->take = take;
}

/* "nvidia.com/gpu:5 cpu:1"; left out where it is upstream's default. */
static void tell_score_resources(struct walk *walk, const struct cluster *cluster)
{
	char text[256] = "";
	size_t length = 0;
	for (uint32_t i = 0; i < cluster->n_score_resources && length < sizeof text; i++)
		length += (size_t)snprintf(text + length, sizeof text - length, "%s%s:%d", i ? " " : "",
		                           names_text(walk->world->names, cluster->score_resources[i].resource),
		                           cluster->score_resources[i].weight);
	if (cluster->n_score_resources)
		tell(walk, "placement.resources", "%s", text);
}

static void tell_check(struct walk *walk, const struct check_model *check)
{
	const char *name = names_text(walk->world->names, check->name);
	tell_dist(walk, arena_printf(walk->arena, "admissionChecks[%s].readyAfter", name), &check->ready_after);
	tell(walk, arena_printf(walk->arena, "admissionChecks[%s].retryShare", name), "%g", check->retry_share);
	tell_duration(walk, arena_printf(walk->arena, "admissionChecks[%s].retryAfter", name), check->retry_after_us);
	tell(walk, arena_printf(walk->arena, "admissionChecks[%s].retryLimit", name), "%d", check->retry_limit);
	tell(walk, arena_printf(walk->arena, "admissionChecks[%s].rejectShare", name), "%g", check->reject_share);
}

static void tell_cluster(struct walk *walk, const struct cluster *cluster)
{
	walk->cluster = names_text(walk->world->names, cluster->name);
	learn_kueue_defaults(walk, cluster->kueue_version);
	tell(walk, "scheduler.policy", "%s", policy_names[cluster->policy]);
	if (cluster->policy == POLICY_KUEUE) {
		tell(walk, "kueueVersion", "%s", cluster->kueue_version);
		tell_controller(walk, &cluster->kueue->controller);
		tell_gates(walk, cluster->kueue->gates);
	}
	tell(walk, "placement.score", "%s", placement_score_names[cluster->score]);
	tell_score_resources(walk, cluster);
	tell_dist(walk, "startLatency.cached", &cluster->start_latency.cached);
	tell_dist(walk, "startLatency.imagePull", &cluster->start_latency.image_pull);
	tell(walk, "startLatency.cachedShare", "%g", cluster->start_latency.cached_share);
	for (uint32_t i = 0; i < cluster->n_checks; i++)
		tell_check(walk, &cluster->checks[i]);
	tell_dist(walk, "terminationGrace", &cluster->termination_grace);
	tell_control_plane(walk, &cluster->control_plane);
}

bool parameters_each(const struct world *world, bool (*take)(void *state, const struct parameter *parameter), void *state)
{
	struct walk walk = {.world = world, .take = take, .state = state, .ok = true, .arena = arena_create(0)};
	char start[40];
	read_schema(&walk);
	tell(&walk, "time.start", "%s", instant_format(world->epoch_unix_s * US_PER_S, start));
	tell_duration(&walk, "time.duration", world->duration_us);
	tell_duration(&walk, "time.warmup", world->warmup_us);
	tell(&walk, "time.timeZone", "%s", world->time_zone ? world->time_zone : "UTC");
	tell(&walk, "study.seed", "%" PRIu64, world->seed);
	tell(&walk, "study.replications", "%u", world->replications);
	tell(&walk, "study.onLoop", "%s", world->stop_on_loop ? "Stop" : "Report");
	for (uint32_t i = 0; i < world->n_clusters; i++)
		tell_cluster(&walk, &world->clusters[i]);
	VEC_FREE(&walk.known);
	arena_destroy(walk.arena);
	return walk.ok;
}
