/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The difference that a split makes, as diff(1) writes it. */

#include "sipisctl/transaction/changes.h"

/*
 * Print unified differences to standard output, which `patch -p1` applies in the directory that the
 * paths are below. 0; -ENOENT where there is no diff(1); another negative errno.
 */
int diff_print(const struct changes *changes);
