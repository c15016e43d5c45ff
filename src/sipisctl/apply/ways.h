/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The two ways to apply: the full sequence of the guide, and one instance at a time. */

#include "sipisctl/apply/run.h"

/*
 * The full sequence. 0 or a negative errno; 1 where nothing was done, which has been said. What is
 * wrong with an instance is no failure of ours.
 */
int apply_full(struct apply *apply);

/* What that would do, on standard output. The same. */
int apply_dry_run_full(struct apply *apply);

/* One after the other, those that changed. The same. */
int apply_rolling(struct apply *apply);
