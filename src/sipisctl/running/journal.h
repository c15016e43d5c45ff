/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The journal: what a unit said last, and what sipisctl itself does, as entries of their own. */

#include <stddef.h>

#include "util/strbuf.h"

/* Append the last lines of a unit's log since the machine booted, escaped, each behind `indent` and
   its time. 0 or a negative errno. */
int unit_log_append(struct strbuf *buf, const char *unit, size_t n_lines, const char *indent);

/* What sipisctl does that is worth an entry; the catalog explains each: `journalctl -x`. */
enum unit_log_event {
	LOG_APPLY_STARTED,
	LOG_APPLY_FINISHED,
	LOG_APPLY_FAILED,
	LOG_APPLY_INTERRUPTED,
	LOG_INSTANCE_SERVES,
	LOG_INSTANCE_FAILED,
	LOG_EVENT_COUNT
};

/* Write an entry; `instance` NULL: it is about no single one. Where there is no journal it is lost.
 */
void unit_log_write(enum unit_log_event event, const char *instance, const char *message);

/* Until what was written last can be read, and with it what others wrote before; a second at most.
 */
void unit_log_settle(void);
