/* terminal.h - streams for what people read: names and texts of the input cannot steer the terminal.
 *
 * Control characters, but for line ends and tabs, are shown as \u001b, and bytes that are no UTF-8 as U+FFFD, whoever
 * printed them. The colours that berth itself uses pass where `colour` says so. */
#ifndef BERTH_CLI_TERMINAL_H
#define BERTH_CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

/* Writes to `fd`, which stays open. Closing the stream with fclose() says whether all was written. */
FILE *terminal_open(int fd, bool colour);

#endif
