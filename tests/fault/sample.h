/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which of the points are tried: all of them, or with FAULT_EVERY=N in the environment the first
 * of each N.
 */

#include <stdbool.h>

/* Whether the next point is tried. */
bool next_is_tried(void);

/* The next point is the first one of another kind. */
void restart_sample(void);
