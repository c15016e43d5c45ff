/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The state of `sipisctl split`, to detect a split that was interrupted during its renames: a
 * directory beside the settings files, with one directory for each split. Its name ends in the step
 * of the split.
 */

#include <stdbool.h>

#include "util/root.h"

#define SPLIT_STATE_NAME      ".sipisctl-split"
#define SPLIT_STATE_DIRECTORY SIPIS_CONFDIR "/" SPLIT_STATE_NAME

#define SPLIT_NAME_MAX 64 /* with the step and the NUL byte */

#define SPLIT_COMPLETE  ""
#define SPLIT_PREPARING ".preparing" /* no file has been changed */
#define SPLIT_PENDING   ".pending"   /* new files are replacing the old ones */
#define SPLIT_UNDOING   ".undoing"   /* old files are replacing the new ones */
#define SPLIT_UNDONE    ".undone"    /* the old files are back */

/*
 * Return 1 if a split was interrupted, 0, or a negative errno if that is unknown. A state directory
 * that neither the caller nor root owns, or that others can write, counts as absent.
 */
int split_state_is_interrupted(const struct root *root);

/* Return the step in the name of a split's directory, one of the above; NULL for any other name. */
const char *split_state_step(const char *name);

/* Return true if it belongs to the caller and no other user can write it. */
bool split_state_is_trusted(const struct stat *st);
