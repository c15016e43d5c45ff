/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether somebody wants the program to end: SIGINT and SIGTERM, once they are watched for. */

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * From now on these two are remembered; a second one ends the program at once. A terminal or a
 * reader that has gone ends it no longer: what was begun is better finished.
 */
void interrupt_watch(void);
bool interrupt_pending(void);

/* Until there is something to read or write, at most `usec`. 0; -EINTR when one of them came, even
   before that; another negative errno. */
int interrupt_poll(struct pollfd *pollfd, uint64_t usec);
