/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What part of the selector space the backends take: none twice, none left out. */

#include "installation/installation.h"

/* Rules, as rules.c lists them: 0 or -ENOMEM. */
int check_prefix_gap(const struct installation *installation, struct diagnostics *diagnostics);
int check_shadows_and_overlaps(const struct installation *installation,
			       struct diagnostics *diagnostics);
