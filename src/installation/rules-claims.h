/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What only one can have: names, ports, paths. Where two claim the same, the earlier in the order
 * of the installation keeps it, even if it is refused itself, and the later gets the error, one
 * for each value, which names the first claimant and its place.
 */

#include "installation/installation.h"

/* Rules, as rules.c lists them: 0 or -ENOMEM. */
int claim_names(const struct installation *installation, struct diagnostics *diagnostics);
int claim_ports(const struct installation *installation, struct diagnostics *diagnostics);
int claim_paths(const struct installation *installation, struct diagnostics *diagnostics);
