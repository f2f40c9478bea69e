/* kueue_versions.c - which of the profiles stands in for a version of Kueue, and what is known to differ then. */
#include <stdio.h>
#include <string.h>

#include "world/kueue.h"

static const char release[] = "0.19", commit[] = "ff69552e";

/* "0.19.2", "v0.19": the numbers behind the first point; -1 where there is none. False when it is no version 0.x. */
static bool read_version(const char *text, int *ret_minor, int *ret_patch)
{
	int minor, patch, end = 0, patch_end = 0;
	text += *text == 'v';
	if (sscanf(text, "0.%4d%n", &minor, &end) != 1 || end == 0)
		return false;
	*ret_minor = minor;
	*ret_patch = -1;
	if (sscanf(text + end, ".%4d%n", &patch, &patch_end) == 1 && patch_end > 0)
		*ret_patch = patch;
	return text[end + (*ret_patch < 0 ? 0 : patch_end)] == '\0';
}

/* Release 0.19 means 0.19.2, the version whose rules were recorded. */
static bool is_release(int minor, int patch)
{
	return minor == 19 && (patch < 0 || patch == 2);
}

const char *kueue_profile_for(const char *version)
{
	int minor, patch;
	bool newer = read_version(version, &minor, &patch) && minor > 19;
	return newer || strcmp(version, commit) == 0 ? commit : release;
}

bool kueue_profile_is(const char *version)
{
	int minor, patch;
	return strcmp(version, commit) == 0 || (read_version(version, &minor, &patch) && is_release(minor, patch));
}

/* What 0.19 does and older releases do not, or did otherwise (kueue-semantics 10.2, 10.4), by the minor release that began.
 */
static const struct {
	int since;
	const char *what;
} news[] = {
    {15, "from 0.15 on finished pods of a running job give their quota back (ReclaimablePods)"},
    {15, "from 0.15 on the usage of LocalQueues may order admission (AdmissionFairSharing)"},
    {17, "from 0.17 on flavorFungibility has other values, and a preference"},
    {17, "from 0.17 on fair sharing reclaims nominal quota, and admits first who does not borrow"},
    {18, "from 0.18 on workloads of one shape are parked together (SchedulingEquivalenceHashing)"},
    {18, "from 0.18 on elastic workloads replace their slices"},
    {19, "from 0.19 on waitForPodsReady is on by default"},
    {19, "from 0.19 on undeclared resources may be ignored (quotaCheckStrategy)"},
    {19, "from 0.19 on an evicted bare pod is not requeued (SkipReassignmentForPodOwnedWorkloads)"},
};

uint32_t kueue_version_differences(const char *version, const char **ret_differences)
{
	int minor, patch;
	uint32_t count = 0;
	if (kueue_profile_is(version))
		return 0;
	if (!read_version(version, &minor, &patch)) {
		ret_differences[count++] = "none, since it is no release of Kueue";
	} else if (minor > 19) {
		ret_differences[count++] = "ff69552e is a commit of 2026-08-22 on the way to 0.20, and what came later is not known";
	} else if (minor == 19) {
		ret_differences[count++] = "0.19.2 was read, and other patch releases may differ in single gates";
	} else {
		for (size_t i = 0; i < ARRAY_COUNT(news); i++)
			if (minor < news[i].since)
				ret_differences[count++] = news[i].what;
	}
	return count;
}
