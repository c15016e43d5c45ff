/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Has `sipisctl split` been stopped in the middle of its renames? Its state is a directory beside
 * the settings files, with one directory for each split, whose name ends in the step it is at.
 */

#include <stdbool.h>

#include "util/root.h"

#define SPLIT_STATE_NAME      ".sipisctl-split"
#define SPLIT_STATE_DIRECTORY SIPIS_CONFDIR "/" SPLIT_STATE_NAME

#define SPLIT_NAME_MAX 64 /* with its step and a NUL */

#define SPLIT_COMPLETE  ""
#define SPLIT_PREPARING ".preparing" /* nothing has been touched yet */
#define SPLIT_PENDING   ".pending"   /* old files are being replaced by new ones */
#define SPLIT_UNDOING   ".undoing"   /* new files are being replaced by the old ones */
#define SPLIT_UNDONE    ".undone"    /* the old ones are back */

/*
 * 1, 0, or a negative errno where it can't be told. Only a state directory that belongs to the
 * caller, and that nobody else can write, is believed.
 */
int split_is_interrupted(const struct root *root);

/*
 * What the step adds to the name of a split's directory, "" where the split is complete; NULL: it
 * is no split's.
 */
const char *split_step(const char *name);

/* Does it belong to the caller, and can nobody else write it? */
bool split_is_trusted(const struct stat *st);
