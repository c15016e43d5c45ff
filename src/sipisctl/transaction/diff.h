/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Unified differences, made by diff(1). */

#include "sipisctl/transaction/changes.h"

/*
 * Print the differences from one version to the other to standard output, for `patch -p1` in the
 * root directory. Returns 0; -ENOENT if there is no diff(1); -EPIPE if standard output was closed
 * by its reader; or another negative errno.
 */
int diff_print(const struct changes *changes, enum version from);

/*
 * Print which files and which attributes change, a file a line, without values. Returns 0 or a
 * negative errno.
 */
int diff_print_stat(const struct changes *changes, enum version from);
