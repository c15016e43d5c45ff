/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The history of splits: a directory beside the settings files, with one directory for each split
 * that holds its journal. A step of a split is a new name of its directory, so that it has been
 * taken or not, whenever the power fails:
 *
 *     NUMBER-DATE.preparing   nothing has been touched
 *     NUMBER-DATE.pending     files are being replaced by the new ones
 *     NUMBER-DATE             it is complete
 *     NUMBER-DATE.undoing     files are being replaced by the old ones
 *     NUMBER-DATE.undone      they are all back
 */

#include <stdbool.h>
#include <stddef.h>

#include "installation/split-state.h"
#include "sipisctl/transaction/changes.h"
#include "sipisctl/transaction/directories.h"

struct history {
	int fd;
};

#define HISTORY_INIT     \
	{                \
		.fd = -1 \
	}

/* One split there, without what its step adds to its name. */
struct split_name {
	char text[SPLIT_NAME_MAX];
};

/*
 * Open it and keep all others out until it is closed; `create` makes it where it is missing.
 * -ENOENT where it is missing; -EPERM where it does not belong to the caller or others can write
 * it; -EWOULDBLOCK while somebody else has it open; another negative errno.
 */
int history_open(const struct homes *homes, bool create, struct history *ret_history);
void history_done(struct history *history);

/* Find the last split that is at this step; NULL: at any. 1: found. 0: there is none. Negative
 * errno. */
int history_find(const struct history *history, const char *step, struct split_name *ret_name);

/* Write the journal of a new split, at SPLIT_PREPARING. 0 or a negative errno, and nothing left. */
int history_add(const struct history *history, const struct changes *changes,
		struct split_name *ret_name);

/* The changes of a split. 0 or a negative errno, see journal_read(). */
int history_read(const struct history *history, const struct split_name *name, const char *step,
		 struct changes *ret_changes);

/* Take a step. 0 or a negative errno, and it was not taken. */
int history_step(const struct history *history, const struct split_name *name, const char *from,
		 const char *to);

/* Make all steps last, also those of runs that were killed. 0 or a negative errno. */
int history_synchronize(const struct history *history);

/* Remove what was being prepared and never begun. 0 or a negative errno. */
int history_clean(const struct history *history);
