/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The names of files as settings give them: text only, nothing here looks at a disk. */

#include <stdbool.h>

/*
 * Can this be the absolute path of a file? NULL where it can; else what is wrong with it, to stand
 * behind `is not an absolute path of a file: ...`.
 */
const char *pathname_fault(const char *path);

/*
 * Make it the same file's name in one spelling: `//` and `/./` collapsed, `/var/run` as `/run`,
 * where it has been a link for as long as systemd exists. `path` begins with a slash, and gets no
 * longer.
 */
void pathname_normalize(char *path);

/* The directory of a normalized path. The caller frees it; NULL: no memory. */
char *pathname_directory(const char *normalized_path);

/* What follows `directory/` in `path`, or NULL where `path` is not below `directory`. */
const char *pathname_below(const char *path, const char *directory);
