/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Path names as the settings give them: text only, no file is looked at. */

#include <stdbool.h>

/*
 * Return NULL if this can be the absolute path of a file, else what is wrong with it, worded to
 * follow `is not an absolute path of a file: ...`.
 */
const char *pathname_fault(const char *path);

/*
 * Rewrite the path in place so that equal files have equal names: collapse `//` and `/./`, and take
 * `/var/run` as `/run`, to which it is a link. `path` begins with a slash and never grows.
 */
void pathname_normalize(char *path);

/* Return the directory of a normalized path, for the caller to free, or NULL on OOM. */
char *pathname_directory(const char *normalized_path);

/* Return what follows `directory/` in `path`, or NULL if `path` is not below `directory`. */
const char *pathname_below(const char *path, const char *directory);
