/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The journal: the last lines of a unit, and entries about what sipisctl does. */

#include <stddef.h>

#include "util/strbuf.h"

/*
 * Append the last lines of a unit since the machine booted, escaped, each after `indent` and its
 * time: what its processes log, and what PID 1 logs about it. Returns 0 or a negative errno.
 */
int journal_append(struct strbuf *buf, const char *unit, size_t n_lines, const char *indent);

/* What sipisctl logs. packaging/sipis-generator.catalog explains each: `journalctl -x`. */
enum journal_event {
	JOURNAL_APPLY_STARTED,
	JOURNAL_APPLY_FINISHED,
	JOURNAL_APPLY_FAILED,
	JOURNAL_APPLY_INTERRUPTED,
	JOURNAL_APPLY_UNDONE,
	JOURNAL_RELOADED,
	JOURNAL_INSTANCE_SERVES,
	JOURNAL_INSTANCE_FAILED,
	JOURNAL_SETTINGS_REPLACED,
	JOURNAL_SETTINGS_NOT_REPLACED,
	JOURNAL_INSTANCE_CHANGED,
	JOURNAL_LOAD_BALANCER_CHANGED,
	JOURNAL_EVENT_COUNT
};

/*
 * Write an entry, about an instance or, with NULL, about all of them. Without a journal it is lost.
 */
void journal_write(enum journal_event event, const char *instance, const char *message);

/*
 * Wait until the entries of this program can be read, and so everything that others logged before
 * them; a second at most.
 */
void journal_settle(void);
