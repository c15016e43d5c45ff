/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Switching the files of a split from one moment to the other: first all that is to come is written
 * beside its place, then names change. Both can be done again from wherever they were stopped.
 */

#include "sipisctl/transaction/changes.h"
#include "sipisctl/transaction/directories.h"

/*
 * Make sure that every file is as it was at one of the two moments, and write those that `to`
 * wants. 1: done. 0: somebody changed a file, and `reason` says which. Negative errno. Unless it
 * is 1 nothing is left.
 */
int switch_prepare(const struct homes *homes, struct changes *changes, enum moment to,
		   struct strbuf *reason);

/* Change the names, after switch_prepare(). 0 or a negative errno with some of them changed. */
int switch_commit(const struct homes *homes, const struct changes *changes, enum moment to);

/* Remove what switch_prepare() has written, also in a run that was killed. 0 or a negative errno.
 */
int switch_clean(const struct homes *homes);
