/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Take the last split back if its settings do not serve. */

#include "sipisctl/apply/context.h"
#include "sipisctl/transaction/transaction.h"

struct apply_undo {
	bool possible;  /* the last split is complete, and what runs was started before it */
	bool has_split; /* the last change is a split that is complete */
	struct transaction_record record; /* of that split */
};

/*
 * Find out whether an undo is possible, before anything is reloaded or restarted. Returns 0; 1 if
 * that cannot be found out, which was reported; or a negative errno.
 */
int undo_find(struct apply *apply, struct apply_undo *ret_undo);

/* Undo the split, and report that. Returns true if the old settings are back. */
bool undo_split(const struct apply *apply, const struct apply_undo *undo);
