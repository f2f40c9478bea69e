/* compare.c - berth compare: two scenarios, or one and a change. */
#include <string.h>

#include "cli.h"

static struct cli_scenario_flags scenario;
static char *format_text;
static gboolean literal, check;
static char *threads;

static const GOptionEntry entries[] = {
    CLI_SCENARIO_ENTRIES(scenario),
    {"output", 'o', 0, G_OPTION_ARG_STRING, &format_text, "Print as", "table|json|yaml|csv"},
    {"literal", 0, 0, G_OPTION_ARG_NONE, &literal, "Evaluate every queue's head in every pass", NULL},
    {"check", 0, 0, G_OPTION_ARG_NONE, &check, "Recompute all books from scratch after every step (slow)", NULL},
    CLI_THREADS_ENTRY(threads),
    {0},
};

static const struct cli_options options = {
    .usage = "A [B]",
    .summary =
        "Runs two scenarios, or one without and with --set, with the same luck, and compares the jobs that both have,\n"
        "paired by name, over the replications: who waits more, who less, preemptions, cost, each with a 95 % interval.",
    .description =
        "With one scenario --set applies to its second run only, but Scenario:time... and Scenario:study... to both; with "
        "two\n"
        "scenarios it applies to both. Seed and replications are those of A, for both (--seed, -n); both runs must last\n"
        "equally long and have the same warm-up.\n\nExamples:\n"
        "  berth compare before.yaml after.yaml -n 10\n"
        "  berth compare two-teams -n 10 --set Cluster/main:placement.score=LeastAllocated",
    .entries = entries,
    .min_args = 1,
    .max_args = 2,
};

/* Period and luck are those of the comparison, not of a side: Scenario:time... and Scenario:study... */
static bool is_for_both(const char *setting)
{
	const char *path = strchr(setting, ':');
	if (!path || strncmp(setting, "Scenario", strlen("Scenario")) != 0)
		return false;
	size_t length = strcspn(++path, ".=");
	return (length == 4 && strncmp(path, "time", length) == 0) || (length == 5 && strncmp(path, "study", length) == 0);
}

/* The settings for both sides, in order; to be freed with g_free(). */
static const char **settings_for_both(const struct scenario_options *all, uint32_t *ret_count)
{
	const char **settings = g_new(const char *, all->n_set + 1);
	uint32_t count = 0;
	for (uint32_t i = 0; i < all->n_set; i++)
		if (is_for_both(all->set[i]))
			settings[count++] = all->set[i];
	*ret_count = count;
	return settings;
}

int cli_compare(const struct app *app, int argc, char **argv)
{
	int code = 0;
	struct app with_threads;
	struct compare_request request = {0};
	if (cli_parse(app, &options, &argc, argv, &code) == CLI_GO &&
	    cli_scenario_options(app, "compare", &scenario, &request.load_b, &code) &&
	    cli_format(app, "compare", format_text, &request.format, &code) &&
	    cli_threads(app, "compare", threads, &with_threads, &code)) {
		request.a = argv[1];
		request.b = argc > 2 ? argv[2] : NULL;
		request.load_a = request.load_b;
		const char **for_both = settings_for_both(&request.load_b, request.b ? &(uint32_t){0} : &request.load_a.n_set);
		if (!request.b)
			request.load_a.set = for_both;
		request.literal = literal;
		request.check = check;
		code = app_compare(&with_threads, &request);
		g_free(for_both);
	}
	cli_scenario_flags_free(&scenario);
	g_free(format_text);
	g_free(threads);
	return code;
}
