/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Rules on the selectors that the backends take: no gap, no backend that never gets any. */

#include "installation/installation.h"

/* Rules, see rules.c. */
int check_prefix_gap(const struct installation *installation, struct diagnostics *diagnostics);
int check_shadows_and_overlaps(const struct installation *installation,
			       struct diagnostics *diagnostics);
