/* parameters.c - see parameters.h. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "app/parameters.h"
#include "app/text.h"
#include "base/instant.h"

struct walk {
	const struct world *world;
	const char *cluster;
	bool (*take)(void *state, const struct parameter *parameter);
	void *state;
	bool ok;
};

static void tell(struct walk *walk, const char *name, const char *format, ...) PRINTF_LIKE(3, 4);
static void tell(struct walk *walk, const char *name, const char *format, ...)
{
	char value[256];
	va_list args;
	va_start(args, format);
	vsnprintf(value, sizeof value, format, args);
	va_end(args);
	const struct parameter parameter = {walk->cluster, name, value};
	walk->ok = walk->ok && walk->take(walk->state, &parameter);
}

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
	if (plane->api_writes_per_s > 0) {
		tell(walk, "controlPlane.apiWritesPerSecond", "%g", plane->api_writes_per_s);
		tell(walk, "controlPlane.apiBurst", "%d", plane->api_burst);
	} else {
		tell(walk, "controlPlane.apiWritesPerSecond", "unlimited");
	}
	tell_duration(walk, "controlPlane.writeLatency", plane->write_latency_us);
	tell_duration(walk, "controlPlane.watchDelay", plane->watch_delay_us);
	tell_duration(walk, "controlPlane.podCreate", plane->pod_create_us);
}

static void tell_cluster(struct walk *walk, const struct cluster *cluster)
{
	walk->cluster = names_text(walk->world->names, cluster->name);
	tell(walk, "scheduler.policy", "%s", policy_names[cluster->policy]);
	if (cluster->policy == POLICY_KUEUE) {
		tell(walk, "kueueVersion", "%s", cluster->kueue_version);
		tell_controller(walk, &cluster->kueue->controller);
		tell_gates(walk, cluster->kueue->gates);
	}
	tell(walk, "placement.score", "%s", placement_score_names[cluster->score]);
	tell_dist(walk, "startLatency.cached", &cluster->start_latency.cached);
	tell_dist(walk, "startLatency.imagePull", &cluster->start_latency.image_pull);
	tell(walk, "startLatency.cachedShare", "%g", cluster->start_latency.cached_share);
	tell_dist(walk, "terminationGrace", &cluster->termination_grace);
	tell_control_plane(walk, &cluster->control_plane);
}

bool parameters_each(const struct world *world, bool (*take)(void *state, const struct parameter *parameter), void *state)
{
	struct walk walk = {.world = world, .take = take, .state = state, .ok = true};
	char start[40];
	tell(&walk, "time.start", "%s", instant_format(world->epoch_unix_s * US_PER_S, start));
	tell_duration(&walk, "time.duration", world->duration_us);
	tell_duration(&walk, "time.warmup", world->warmup_us);
	tell(&walk, "time.timeZone", "%s", world->time_zone ? world->time_zone : "UTC");
	tell(&walk, "study.seed", "%" PRIu64, world->seed);
	tell(&walk, "study.replications", "%u", world->replications);
	for (uint32_t i = 0; i < world->n_clusters; i++)
		tell_cluster(&walk, &world->clusters[i]);
	return walk.ok;
}
