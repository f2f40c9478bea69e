/* progress.c - see progress.h. */
#include <time.h>

#include "progress.h"

enum { LINE_EVERY_MS = 200 };

static int64_t clock_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void progress_begin(struct progress *progress, FILE *out, double total_us)
{
	progress->out = out;
	progress->total_us = total_us;
	progress->started_ns = clock_ns();
	atomic_init(&progress->done_us, 0);
	atomic_init(&progress->printed_ns, progress->started_ns);
}

double progress_elapsed_s(const struct progress *progress)
{
	return (double)(clock_ns() - progress->started_ns) / 1e9;
}

static void print_line(const struct progress *progress, double share)
{
	double elapsed_s = progress_elapsed_s(progress);
	fprintf(progress->out, "\rsimulating %3.0f %%  %.0f s, %.0f s to go\x1b[K", 100 * share, elapsed_s,
	        share > 0 ? elapsed_s * (1 - share) / share : 0.0);
	fflush(progress->out);
}

void progress_tell(void *state, int64_t now_us, uint64_t events)
{
	(void)events;
	struct progress_task *task = state;
	struct progress *progress = task->progress;
	int64_t done_us = atomic_fetch_add(&progress->done_us, now_us - task->seen_us) + now_us - task->seen_us;
	task->seen_us = now_us;
	if (!progress->out || progress->total_us <= 0)
		return;
	int64_t now_ns = clock_ns(), printed_ns = atomic_load(&progress->printed_ns);
	if (now_ns - printed_ns >= (int64_t)LINE_EVERY_MS * 1000000 &&
	    atomic_compare_exchange_strong(&progress->printed_ns, &printed_ns, now_ns))
		print_line(progress, MIN((double)done_us / progress->total_us, 1.0));
}

void progress_end(struct progress *progress)
{
	if (progress->out)
		fputs("\r\x1b[K", progress->out);
}
