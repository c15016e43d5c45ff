/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Rules on values that must be unique: names, ports, paths. Of two files that claim one value, the
 * earlier keeps it, even if it is refused itself. The later gets one error for each such value,
 * which names the first claimant and its place.
 */

#include "installation/installation.h"

/* Rules, see rules.c. */
int check_names(const struct installation *installation, struct diagnostics *diagnostics);
int check_ports(const struct installation *installation, struct diagnostics *diagnostics);
int check_paths(const struct installation *installation, struct diagnostics *diagnostics);
