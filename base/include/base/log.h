/* log.h - messages for people on stderr, through a logger that is passed in. Libraries return errors; only the function
 * that decides logs. */
#ifndef BERTH_BASE_LOG_H
#define BERTH_BASE_LOG_H

#include <stdio.h>

#include "base/base.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

struct logger {
	FILE *out; /* NULL: silent */
	enum log_level level;
	const char *prefix;
};

void log_message(const struct logger *logger, enum log_level level, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
