/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The event loop. Every wait of sipisctl goes through it, so that signals and deadlines count in
 * all of them. Times are microseconds of CLOCK_MONOTONIC.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "util/clock.h"

/*
 * Catch SIGINT and SIGTERM: from the first one on, waits return -EINTR; the second one ends the
 * program. Ignore SIGHUP and SIGPIPE, so that an apply is finished without its terminal or the
 * reader of its output. Returns 0 or a negative errno.
 */
int loop_watch_signals(void);

/* Return true once if a signal was caught since the last call. Waits work again afterwards. */
bool loop_take_interrupt(void);

typedef bool loop_condition(void *context);

/*
 * Dispatch events until `condition` is true; NULL is never true. Returns 0; -ETIME when `deadline`
 * has passed; -EINTR after a signal; or another negative errno.
 */
int loop_wait(loop_condition *condition, void *context, uint64_t deadline);
