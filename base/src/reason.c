/* reason.c - see reason.h. */
#include "base/reason.h"

static const char *const texts[] = {
#define X(name, text, meaning) text,
    REASON_LIST(X)
#undef X
};

const char *reason_text(enum reason reason)
{
	return texts[reason];
}
