/* log.c - see log.h. */
#include <stdarg.h>

#include "base/log.h"

void log_message(const struct logger *logger, enum log_level level, const char *format, ...)
{
	static const char *const names[] = {"error", "warning", "info", "debug"};
	if (!logger->out || level > logger->level)
		return;
	va_list args;
	va_start(args, format);
	fprintf(logger->out, "%s: %s: ", logger->prefix, names[level]);
	vfprintf(logger->out, format, args);
	fputc('\n', logger->out);
	va_end(args);
}
