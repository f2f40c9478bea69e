/* overwrite.h - what berth may write over: nothing that somebody else made. */
#ifndef BERTH_APP_OVERWRITE_H
#define BERTH_APP_OVERWRITE_H

#include "base/error.h"

/* True when there is no such file, when it is empty, or when berth wrote it (a run database, a report, a log); or `force`.
 */
NODISCARD bool may_overwrite(const char *path, bool force, struct error *error);
/* Do two paths name one file, as far as their spelling tells? */
bool same_file(const char *a, const char *b);

#endif
