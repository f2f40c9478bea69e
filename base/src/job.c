/* job.c - see job.h. */
#include <string.h>

#include "base/job.h"

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool resource_is_gpu(const char *resource)
{
	static const char *const exact[] = {"nvidia.com/gpu",  "nvidia.com/gpu.shared", "amd.com/gpu",
	                                    "habana.ai/gaudi", "google.com/tpu",        "aws.amazon.com/neuron"};
	for (size_t i = 0; i < ARRAY_COUNT(exact); i++)
		if (strcmp(resource, exact[i]) == 0)
			return true;
	return starts_with(resource, "nvidia.com/mig-") || starts_with(resource, "gpu.intel.com/");
}

int64_t pod_set_gpus(const struct pod_set *pod_set, const struct names *names)
{
	int64_t per_pod = 0;
	for (uint32_t i = 0; i < pod_set->n_requests; i++)
		if (resource_is_gpu(names_text(names, pod_set->requests[i].resource)))
			per_pod = sat_add(per_pod, pod_set->requests[i].amount);
	return sat_mul(per_pod, pod_set->count);
}

int64_t job_shape_gpus(const struct job_shape *shape, const struct names *names)
{
	int64_t gpus = 0;
	for (uint32_t i = 0; i < shape->n_pod_sets; i++)
		gpus = sat_add(gpus, pod_set_gpus(&shape->pod_sets[i], names));
	return gpus;
}
