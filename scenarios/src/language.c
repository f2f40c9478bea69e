/* language.c - the scenario language: every object and field, with its kind, bounds, default and help text (fields.h).
 *
 * The JSON Schema and the reference in docs/scenarios.md are written from these tables. Field names that are kept for
 * later are listed too: they answer "reserved, not simulated yet". */
#include "spec.h"
#include "world/world.h"

/* One field; the other members of struct field follow, `.help` always among them. MANY: `member` is a pointer, and
 * `n_member` its count. */
#define FIELD(label, field_kind, type, member, ...)                                                                         \
	{                                                                                                                       \
		.name = label, .kind = &field_kind, .offset = offsetof(struct type, member), __VA_ARGS__                            \
	}
#define MANY(label, field_kind, type, member, ...)                                                                          \
	FIELD(label, field_kind, type, member, .count_offset = offsetof(struct type, n_##member), __VA_ARGS__)
#define OBJECT(variable, label, type, text, ...)                                                                            \
	static const struct object_type variable = {.name = label,                                                              \
	                                            .help = text,                                                               \
	                                            .size = sizeof(struct type),                                                \
	                                            .fields = type##_fields,                                                    \
	                                            .n_fields = ARRAY_COUNT(type##_fields),                                     \
	                                            .reserved = (const char *const[]){__VA_ARGS__}}

const char *const reserved_kinds[] = {"PriceBook",       "Budget",    "Service",     "Pipeline",
                                      "Template",        "Component", "Reservation", "MaintenanceWindow",
                                      "HardwareProfile", "Task",      NULL};
const char *const effect_names[] = {"NoSchedule", "PreferNoSchedule", "NoExecute", NULL};

static const char *const on_loop_words[] = {"Report", "Stop", NULL};
static const char *const trace_formats[] = {"Auto", "CSV", "JSONLines", "Philly", "SWF", NULL};
static const char *const reserved_trace_formats[] = {"Slurm", NULL};
static const char *const hour_words[] = {"Flat", "Office", NULL};
static const char *const operator_words[] = {"Equal", "Exists", NULL};
static const char *const toleration_effects[] = {"All", "NoSchedule", "PreferNoSchedule", "NoExecute", NULL};

static const struct field spec_time_fields[] = {
    FIELD("start", kind_instant, spec_time, start_us, .required = true,
          .help = "when the simulated period begins: RFC 3339 with offset, a whole second"),
    FIELD("duration", kind_duration, spec_time, duration_us, .required = true, .min = (double)US_PER_S,
          .help = "how long it lasts"),
    FIELD("timeZone", kind_text, spec_time, time_zone, .otherwise = "UTC",
          .help = "IANA name of the zone that hours of the day and weekends are counted in"),
    FIELD("warmup", kind_duration, spec_time, warmup_us, .otherwise = "0",
          .help = "time at the start that is simulated but left out of every figure"),
};
OBJECT(time_type, "Time", spec_time, "The simulated period.", NULL);

static const struct field spec_study_fields[] = {
    FIELD("seed", kind_integer, spec_study, seed, .otherwise = "1", .help = "of all random streams"),
    FIELD("replications", kind_integer, spec_study, replications, .otherwise = "1", .min = 1, .max = 10000,
          .help = "independent copies of the run; intervals come from their spread"),
    FIELD("onLoop", kind_word, spec_study, on_loop, .words = on_loop_words, .otherwise = "Report",
          .help = "what to do when scheduling passes within one instant never settle"),
};
OBJECT(study_type, "Study", spec_study, "How often, and with which luck.", NULL);

static const struct field spec_scheduler_fields[] = {
    FIELD("policy", kind_word, spec_scheduler, policy, .words = policy_names, .otherwise = "Kueue",
          .help = "who decides: Kueue's rules, or EASY backfill"),
};
OBJECT(scheduler_type, "Scheduler", spec_scheduler, "The policy that admits workloads.", NULL);

static const struct field spec_score_resource_fields[] = {
    FIELD("name", kind_text, spec_score_resource, name, .required = true, .help = "such as cpu, memory, nvidia.com/gpu"),
    FIELD("weight", kind_integer, spec_score_resource, weight, .otherwise = "1", .min = 1, .max = 100,
          .help = "of this resource in the mean over all"),
};
OBJECT(score_resource_type, "ScoreResource", spec_score_resource, "A resource that nodes are scored by.", NULL);

static const struct field spec_placement_fields[] = {
    FIELD("score", kind_word, spec_placement, score, .words = placement_score_names, .otherwise = "LeastAllocated",
          .help = "kube-scheduler's NodeResourcesFit strategy: spread out, or pack tightly"),
    MANY("resources", kind_list, spec_placement, resources, .object = &score_resource_type,
         .help =
             "what the strategy counts, as in its scoringStrategy.resources; left out: cpu and memory, of weight 1 each, as "
             "upstream. GPUs count only for pods that ask for some"),
};
OBJECT(placement_type, "Placement", spec_placement, "How pods find nodes after admission.", NULL);

static const struct field spec_start_latency_fields[] = {
    FIELD("cached", kind_time_dist, spec_start_latency, cached, .otherwise = "0",
          .help = "from a pod's binding until it is ready, with the image on the node"),
    FIELD("imagePull", kind_time_dist, spec_start_latency, image_pull, .otherwise = "0",
          .help = "added when the image is not on the node"),
    FIELD("cachedShare", kind_number, spec_start_latency, cached_share, .otherwise = "1", .max = 1,
          .help = "share of pods that find their image on the node"),
};
OBJECT(start_latency_type, "StartLatency", spec_start_latency, "Time from binding to ready.", NULL);

static const struct field spec_control_plane_fields[] = {
    FIELD("passBase", kind_duration, spec_control_plane, pass_base_us, .otherwise = "0",
          .help = "one scheduling pass, fixed part"),
    FIELD("passPerHead", kind_duration, spec_control_plane, pass_per_head_us, .otherwise = "0",
          .help = "one scheduling pass, for each workload that it evaluates"),
    FIELD("apiQPS", kind_number, spec_control_plane, api_qps, .otherwise = "300",
          .help = "API writes a second that the client allows itself; 0: unlimited. Kueue's clientConnection, where the "
                  "cluster's Configuration sets it, is used when this field is absent"),
    FIELD("apiBurst", kind_integer, spec_control_plane, api_burst, .otherwise = "500", .max = 1e6,
          .help = "API writes that may go at once"),
    FIELD("writeLatency", kind_duration, spec_control_plane, write_latency_us, .otherwise = "0",
          .help = "one API write until it is acknowledged"),
    FIELD("watchDelay", kind_duration, spec_control_plane, watch_delay_us, .otherwise = "0",
          .help = "from an object's change until a watcher sees it"),
    FIELD("podCreation", kind_duration, spec_control_plane, pod_creation_us, .otherwise = "0",
          .help = "from the job controller's seeing an admission until the pods exist"),
    FIELD("jobStatus", kind_duration, spec_control_plane, job_status_us, .otherwise = "1s",
          .help =
              "from a change of a job's pods (ready, ended, told to stop) until the job's status tells it: Kubernetes' job "
              "controller batches such changes for a second"),
};
OBJECT(control_plane_type, "ControlPlane", spec_control_plane,
       "Latencies of the Kubernetes control plane; the times are per call.", NULL);

static const struct field spec_gpus_fields[] = {
    FIELD("product", kind_text, spec_gpus, product, .required = true,
          .help = "as the node's product label says, such as NVIDIA-H100-80GB-HBM3; sets that label"),
    FIELD("perNode", kind_integer, spec_gpus, per_node, .required = true, .min = 1, .max = 1024,
          .help = "GPUs of each node; sets the node's allocatable"),
    FIELD("resource", kind_text, spec_gpus, resource, .otherwise = "nvidia.com/gpu", .help = "what pods ask for"),
};
OBJECT(gpus_type, "GPUs", spec_gpus, "The GPUs of a node.", NULL);

static const struct field spec_taint_fields[] = {
    FIELD("key", kind_text, spec_taint, key, .required = true, .help = "of the taint"),
    FIELD("value", kind_text, spec_taint, value, .help = "of the taint"),
    FIELD("effect", kind_word, spec_taint, effect, .words = effect_names, .required = true,
          .help = "what happens to pods that do not tolerate it"),
};
OBJECT(taint_type, "Taint", spec_taint, "A Kubernetes taint.", NULL);

static const struct field spec_failures_fields[] = {
    FIELD("meanTimeBetweenFailures", kind_time_dist, spec_failures, between, .required = true, .min = (double)US_PER_S,
          .help = "up time of one node between failures; a plain duration is the mean of an exponential distribution, "
                  "`{constant: 90m}` is always the same"),
    FIELD("repairTime", kind_time_dist, spec_failures, repair, .required = true, .help = "how long a failed node is down"),
};
OBJECT(failures_type, "Failures", spec_failures, "How nodes fail; left out: they never do.", NULL);

static const struct field spec_pool_fields[] = {
    FIELD("name", kind_text, spec_pool, name, .required = true, .help = "unique in the cluster"),
    FIELD("nodes", kind_integer, spec_pool, nodes, .required = true, .max = 1e6, .help = "how many alike nodes"),
    FIELD("gpus", kind_object, spec_pool, gpus, .object = &gpus_type, .help = "the GPUs of each node; left out: none"),
    MANY("allocatable", kind_amounts, spec_pool, allocatable,
         .help = "what each node offers besides its GPUs; a resource that is not listed is not there"),
    MANY("labels", kind_text_map, spec_pool, labels, .help = "node labels"),
    MANY("taints", kind_list, spec_pool, taints, .object = &taint_type, .help = "node taints"),
    FIELD("capacityType", kind_word, spec_pool, capacity_type, .words = capacity_type_names, .otherwise = "OnDemand",
          .help = "what its price depends on besides the product"),
    FIELD("failures", kind_object, spec_pool, failures, .object = &failures_type,
          .help = "how its nodes fail; left out: never"),
};
OBJECT(pool_type, "NodePool", spec_pool, "Alike nodes.", "sharing", "scaling", "zone", "region", "topology", "network",
       "imageCache", "maintenance", NULL);

static const struct field spec_check_fields[] = {
    FIELD("name", kind_text, spec_check, name, .required = true, .help = "of the AdmissionCheck"),
    FIELD("readyAfter", kind_time_dist, spec_check, ready_after, .otherwise = "0",
          .help = "from the reservation of quota until the check answers"),
    FIELD("retryShare", kind_number, spec_check, retry_share, .otherwise = "0", .max = 1,
          .help = "share of the answers that ask for a retry: the workload gives its quota back and waits"),
    FIELD("retryAfter", kind_duration, spec_check, retry_after_us, .otherwise = "60s",
          .help = "how long it waits then; twice as long for each further retry, at most 30m"),
    FIELD("retryLimit", kind_integer, spec_check, retry_limit, .otherwise = "3", .max = 1e6,
          .help = "after so many retries of a workload the check rejects it"),
    FIELD("rejectShare", kind_number, spec_check, reject_share, .otherwise = "0", .max = 1,
          .help = "share of the answers that reject the workload: it is deactivated"),
};
OBJECT(check_type, "CheckModel", spec_check,
       "How the controller of an admission check answers. The defaults of retries are those of ProvisioningRequestConfig.",
       NULL);

static const struct field spec_cluster_fields[] = {
    FIELD("name", kind_text, spec_cluster, name, .required = true, .help = "unique in the scenario"),
    FIELD("kueueVersion", kind_text, spec_cluster, kueue_version, .otherwise = "0.19",
          .help = "whose rules and default feature gates hold"),
    MANY("include", kind_texts, spec_cluster, include,
         .help = "files and folders of Kubernetes and Kueue documents, relative to the scenario file"),
    FIELD("scheduler", kind_object, spec_cluster, scheduler, .object = &scheduler_type, .help = "who decides"),
    FIELD("placement", kind_object, spec_cluster, placement, .object = &placement_type, .help = "how pods find nodes"),
    FIELD("startLatency", kind_object, spec_cluster, start_latency, .object = &start_latency_type,
          .help = "from binding to ready"),
    FIELD("terminationGrace", kind_time_dist, spec_cluster, termination_grace, .otherwise = "30s",
          .help = "from being told to stop until an evicted job's pods are gone from their nodes; its quota is free before"),
    MANY("admissionChecks", kind_list, spec_cluster, checks, .object = &check_type,
         .help = "how its AdmissionChecks answer; one that is not listed is ready as soon as it sees the reservation"),
    FIELD("controlPlane", kind_object, spec_cluster, control_plane, .object = &control_plane_type,
          .help = "latencies of the API server and the controllers"),
    MANY("nodePools", kind_list, spec_cluster, pools, .object = &pool_type,
         .help = "its nodes, besides Node documents that it includes"),
};
OBJECT(cluster_type, "Cluster", spec_cluster, "One Kubernetes cluster with its Kueue.", NULL);

static const struct field spec_gpu_price_fields[] = {
    FIELD("product", kind_text, spec_gpu_price, product, .required = true, .help = "a pool's gpus.product"),
    FIELD("capacityType", kind_word, spec_gpu_price, capacity_type, .words = capacity_type_names, .otherwise = "OnDemand",
          .help = "a pool's capacityType"),
    FIELD("price", kind_price, spec_gpu_price, micro_per_hour, .required = true,
          .help = "of one GPU for one hour, in the currency"),
    FIELD("billed", kind_word, spec_gpu_price, billed, .words = billed_names, .otherwise = "WhileUp",
          .help = "whether a node that is down costs money"),
    FIELD("source", kind_text, spec_gpu_price, source, .help = "where the price comes from"),
    FIELD("asOf", kind_text, spec_gpu_price, as_of, .help = "the date of the price"),
};
OBJECT(gpu_price_type, "GPUPrice", spec_gpu_price, "The price of one GPU type.", "component", "tier", "effectiveFrom", NULL);

static const struct field spec_prices_fields[] = {
    FIELD("currency", kind_text, spec_prices, currency, .required = true, .help = "such as USD"),
    MANY("gpuHours", kind_list, spec_prices, gpu_hours, .object = &gpu_price_type, .required = true,
         .help = "a price for every GPU type and capacity type in use"),
};
OBJECT(prices_type, "Prices", spec_prices, "The price book; left out: no money in any output.", NULL);

static const struct field spec_tenant_fields[] = {
    FIELD("name", kind_text, spec_tenant, name, .required = true, .help = "unique in the scenario"),
    MANY("namespaces", kind_texts, spec_tenant, namespaces, .required = true,
         .help = "whose jobs are charged to it; a namespace has one tenant"),
    FIELD("costCenter", kind_text, spec_tenant, cost_center, .help = "printed beside the name"),
};
OBJECT(tenant_type, "Tenant", spec_tenant, "Who pays.", "allowedAccelerators", "residency", "project", NULL);

static const struct field spec_trace_fields[] = {
    FIELD("file", kind_text, spec_trace, file, .required = true,
          .help = "relative to the scenario file; plain, gzip or zstd"),
    FIELD("format", kind_word, spec_trace, format, .words = trace_formats, .reserved_words = reserved_trace_formats,
          .otherwise = "Auto", .help = "of the file (docs/traces.md)"),
    FIELD("cluster", kind_text, spec_trace, cluster, .help = "may be left out when there is one"),
    FIELD("namespace", kind_text, spec_trace, namespace_name, .help = "of records that name none"),
    FIELD("queueName", kind_text, spec_trace, queue, .help = "LocalQueue of records that name none"),
    FIELD("queueMap", kind_queue_map, spec_trace, queue_map,
          .help = "from queue names in the trace to LocalQueues: a mapping, or a file of lines `name,LocalQueue`"),
    FIELD("otherQueue", kind_text, spec_trace, other_queue,
          .help = "LocalQueue of records whose queue has none; left out: those records are skipped and counted"),
    FIELD("shiftToStart", kind_bool, spec_trace, shift_to_start, .otherwise = "false",
          .help = "move the first submission to the scenario's start"),
    FIELD("arrivalScale", kind_number, spec_trace, arrival_scale, .otherwise = "1", .min = 0.001, .max = 1000,
          .help = "above 1: the gaps between submissions shrink by this factor"),
    FIELD("gpuResource", kind_text, spec_trace, gpu_resource, .otherwise = "nvidia.com/gpu",
          .help = "what a GPU of the trace is requested as"),
    FIELD("gpusPerPod", kind_integer, spec_trace, gpus_per_pod, .otherwise = "8", .min = 1, .max = 1024,
          .help = "a job of more GPUs becomes several pods of this many"),
    MANY("perGPU", kind_amounts, spec_trace, per_gpu,
         .help = "what each pod also requests for each of its GPUs, such as cpu and memory"),
};
OBJECT(trace_type, "Trace", spec_trace, "Recorded jobs.", NULL);

static const struct field spec_arrivals_fields[] = {
    FIELD("perDay", kind_number, spec_arrivals, per_day, .max = 1e7,
          .help =
              "mean number of jobs a day over whole weeks, those of bursts counted one by one; exactly one of perDay and "
              "interarrival is needed"),
    FIELD("interarrival", kind_time_dist, spec_arrivals, interarrival, .help = "gap between arrivals, in place of perDay"),
    FIELD("hourOfDay", kind_word, spec_arrivals, hour_of_day, .words = hour_words, .otherwise = "Flat",
          .help = "how arrivals spread over the hours of the day"),
    FIELD("weekendFactor", kind_number, spec_arrivals, weekend_factor, .otherwise = "1", .max = 100,
          .help = "arrivals on Saturdays and Sundays, as a multiple of those on weekdays"),
    FIELD("burst", kind_dist, spec_arrivals, burst, .otherwise = "1", .min = 1, .max = 1e6,
          .help = "jobs submitted together, rounded to a whole number"),
};
OBJECT(arrivals_type, "Arrivals", spec_arrivals, "When jobs are submitted.", NULL);

static const struct field spec_toleration_fields[] = {
    FIELD("key", kind_text, spec_toleration, key, .help = "left out with operator Exists: every taint"),
    FIELD("operator", kind_word, spec_toleration, op, .words = operator_words, .otherwise = "Equal",
          .help = "whether the value matters"),
    FIELD("value", kind_text, spec_toleration, value, .help = "of the taint"),
    FIELD("effect", kind_word, spec_toleration, effect, .words = toleration_effects, .otherwise = "All",
          .help = "the effect that is tolerated"),
};
OBJECT(toleration_type, "Toleration", spec_toleration, "A Kubernetes toleration.", NULL);

static const struct field spec_pod_set_fields[] = {
    FIELD("name", kind_text, spec_pod_set, name, .otherwise = "main", .help = "unique in the job"),
    FIELD("count", kind_dist, spec_pod_set, count, .otherwise = "1", .min = 1, .max = 1e5,
          .help = "pods, rounded to a whole number"),
    FIELD("minCount", kind_integer, spec_pod_set, min_count, .otherwise = "0", .max = 1e5,
          .help = "partial admission down to this many pods; 0: all or nothing"),
    MANY("requests", kind_amount_dists, spec_pod_set, requests, .required = true,
         .help = "of each pod; values are Kubernetes quantities or distributions of them"),
    MANY("nodeSelector", kind_text_map, spec_pod_set, node_selector, .help = "labels that a pod's node must have"),
    MANY("tolerations", kind_list, spec_pod_set, tolerations, .object = &toleration_type,
         .help = "taints that the pods accept"),
};
OBJECT(pod_set_type, "PodSet", spec_pod_set, "A group of alike pods.", NULL);

static const struct field spec_checkpoint_fields[] = {
    FIELD("interval", kind_duration, spec_checkpoint, interval_us, .required = true, .min = (double)US_PER_S,
          .help = "run time between saves"),
    FIELD("saveTime", kind_duration, spec_checkpoint, save_us, .otherwise = "0", .help = "pause of each save"),
    FIELD("restoreTime", kind_duration, spec_checkpoint, restore_us, .otherwise = "0",
          .help = "at each start after the first"),
};
OBJECT(checkpoint_type, "Checkpoint", spec_checkpoint, "How a job saves its progress; left out: a restart loses everything.",
       NULL);

static const struct field spec_generator_fields[] = {
    FIELD("name", kind_text, spec_generator, name, .required = true,
          .help = "unique in the scenario; its jobs are called NAME-0, NAME-1, ..."),
    FIELD("cluster", kind_text, spec_generator, cluster, .help = "may be left out when there is one"),
    FIELD("namespace", kind_text, spec_generator, namespace_name, .required = true, .help = "the jobs are created in"),
    FIELD("queueName", kind_text, spec_generator, queue, .required = true, .help = "LocalQueue in that namespace"),
    FIELD("workloadPriorityClass", kind_text, spec_generator, priority_class, .help = "left out: priority 0"),
    FIELD("arrivals", kind_object, spec_generator, arrivals, .object = &arrivals_type, .required = true,
          .help = "when jobs are submitted"),
    MANY("podSets", kind_list, spec_generator, pod_sets, .object = &pod_set_type, .required = true,
         .help = "what each job asks for"),
    FIELD("runTime", kind_time_dist, spec_generator, run_time, .required = true, .min = (double)US_PER_MS,
          .help = "once all pods are ready"),
    FIELD("requestedFactor", kind_number, spec_generator, requested_factor, .otherwise = "0", .max = 1e4,
          .help = "the time limit that users ask for, as a multiple of the run time; 0: they ask for none"),
    FIELD("checkpoint", kind_object, spec_generator, checkpoint, .object = &checkpoint_type,
          .help = "how progress is saved"),
    FIELD("maximumExecutionTime", kind_duration, spec_generator, max_execution_us, .otherwise = "0",
          .help = "Kueue ends the job after this long; 0: never"),
    FIELD("maxJobs", kind_integer, spec_generator, max_jobs, .otherwise = "0", .max = 1e8,
          .help = "stop after this many jobs; 0: no bound"),
};
OBJECT(generator_type, "Generator", spec_generator, "A stream of jobs drawn from distributions.", "type", "user", "image",
       "labels", "accelerators", "dependsOn", "dataLocation", "work", "startAfter", "deadline", "window", "retry",
       "preemption", "budget", "elastic", "gpuEpoch", NULL);

static const struct field spec_workload_fields[] = {
    MANY("traces", kind_list, spec_workload, traces, .object = &trace_type,
         .help = "recorded jobs: the same in every replication"),
    MANY("generators", kind_list, spec_workload, generators, .object = &generator_type,
         .help = "jobs drawn anew in every replication"),
};
OBJECT(workload_type, "WorkloadSources", spec_workload, "Where jobs come from.", NULL);

static const struct field spec_change_fields[] = {
    FIELD("at", kind_instant, spec_change, at_us, .required = true, .help = "when it takes effect"),
    FIELD("set", kind_settings, spec_change, set, .required = true,
          .help = "`KIND/[CLUSTER/]NAME:path: value`, as in `--set`; nodes of a NodePool, and fields of Kueue's objects"),
};
OBJECT(change_type, "Change", spec_change, "A change of the world in time.", NULL);

static const struct field spec_where_fields[] = {
    FIELD("clusterQueue", kind_text, spec_where, cluster_queue, .help = "left out: all"),
    FIELD("workloadPriorityClass", kind_text, spec_where, priority_class, .help = "left out: all"),
};
OBJECT(where_type, "Where", spec_where, "Which jobs count.", NULL);

static const struct field spec_threshold_fields[] = {
    FIELD("metric", kind_word, spec_threshold, metric, .words = threshold_metric_names, .required = true,
          .help = "what is measured"),
    FIELD("where", kind_object, spec_threshold, where, .object = &where_type, .help = "over which jobs"),
    FIELD("stat", kind_word, spec_threshold, stat, .words = threshold_stat_names, .otherwise = "mean",
          .help = "of the jobs' values"),
    FIELD("max", kind_limit, spec_threshold, max, .required = true,
          .help = "above this the threshold fails (exit code 3): a duration for waitTime, a share from 0 to 1, a number of "
                  "jobs for unstarted, an amount in quotes for paid"),
};
OBJECT(threshold_type, "Threshold", spec_threshold, "What must hold.", NULL);

static const struct field spec_metadata_fields[] = {
    FIELD("name", kind_text, spec_metadata, name, .required = true, .help = "of the scenario"),
};
OBJECT(metadata_type, "Metadata", spec_metadata, "As in Kubernetes.", NULL);

static const struct field spec_fields[] = {
    FIELD("question", kind_text, spec, question,
          .help = "the question that the scenario answers; printed in summary and report"),
    FIELD("time", kind_object, spec, time, .object = &time_type, .required = true, .help = "the simulated period"),
    FIELD("study", kind_object, spec, study, .object = &study_type, .help = "seed and replications"),
    MANY("clusters", kind_list, spec, clusters, .object = &cluster_type, .required = true,
         .help = "what there is to run on"),
    FIELD("prices", kind_object, spec, prices, .object = &prices_type, .help = "the price book"),
    MANY("tenants", kind_list, spec, tenants, .object = &tenant_type, .help = "who pays"),
    FIELD("workload", kind_object, spec, workload, .object = &workload_type, .help = "where jobs come from"),
    MANY("changes", kind_list, spec, changes, .object = &change_type, .help = "what changes in time, and when"),
    MANY("thresholds", kind_list, spec, thresholds, .object = &threshold_type, .help = "what must hold"),
};
OBJECT(spec_type, "ScenarioSpec", spec, "The scenario.", NULL);

static const struct field spec_document_fields[] = {
    FIELD("apiVersion", kind_text, spec_document, api_version, .required = true, .help = SCENARIO_API),
    FIELD("kind", kind_text, spec_document, kind, .required = true, .help = "Scenario"),
    FIELD("metadata", kind_object, spec_document, metadata, .object = &metadata_type, .required = true,
          .help = "the scenario's name"),
    FIELD("spec", kind_object, spec_document, spec, .object = &spec_type, .required = true, .help = "the scenario itself"),
};
const struct object_type scenario_type = {.name = "Scenario",
                                          .help = "One scenario: a world, its jobs, and the question asked of it.",
                                          .size = sizeof(struct spec_document),
                                          .fields = spec_document_fields,
                                          .n_fields = ARRAY_COUNT(spec_document_fields)};
