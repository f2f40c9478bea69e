/* app.c - what all use cases share. */
#include "app/app.h"

int app_fail(const struct app *app, const struct error *error)
{
	fprintf(app->err, "berth: %s\n", error->text);
	return (int)error->code;
}
