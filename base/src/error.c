/* error.c - see error.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

bool error_set(struct error *error, enum error_code code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	error->code = code;
	vsnprintf(error->text, sizeof error->text, format, args);
	va_end(args);
	return false;
}

bool error_wrap(struct error *error, const char *format, ...)
{
	char context[sizeof error->text];
	va_list args;
	va_start(args, format);
	int length = vsnprintf(context, sizeof context, format, args);
	va_end(args);
	if (length < 0 || (size_t)length >= sizeof context - 2)
		return false;
	size_t room = sizeof error->text - (size_t)length - 3;
	size_t kept = strnlen(error->text, room);
	memmove(error->text + length + 2, error->text, kept);
	error->text[(size_t)length + 2 + kept] = '\0';
	memcpy(error->text, context, (size_t)length);
	memcpy(error->text + length, ": ", 2);
	return false;
}
