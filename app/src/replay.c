/* replay.c - berth replay: the decisions of a log, taken again. */
#include "app/app.h"
#include "app/input_log.h"
#include "app/text.h"

int app_replay(const struct app *app, const char *log)
{
	struct error error = {0};
	struct replay_summary summary;
	if (!input_log_replay(log, &summary, &error))
		return app_fail(app, &error);
	char inputs[32], cycles[32];
	fprintf(app->out, "%s: %s, seed %llu, replication %u, recorded by berth %s%s\n", log, summary.scenario,
	        (unsigned long long)summary.seed, summary.replication, summary.program,
	        summary.interrupted ? ", interrupted" : "");
	fprintf(app->out, "%s inputs applied, %s cycles on %u clusters: every digest agrees. digest %016llx\n",
	        text_count((double)summary.inputs, inputs), text_count((double)summary.cycles, cycles), summary.clusters,
	        (unsigned long long)summary.digest);
	return 0;
}
