/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Allotting the selector space in the Backend section: the backends of this machine get the
 * prefixes of a division, share by share, instance by instance; nothing else there is touched.
 */

#include "sipisctl/proposal/division.h"
#include "sipisctl/proposal/edits.h"
#include "sipisctl/proposal/local-backends.h"
#include "sipisctl/proposal/targets.h"

/*
 * Share i of the division goes to target i. A target that stays keeps its backends where they
 * stand, as many as it has prefixes for; others stand behind those of the target before. 0 or
 * -ENOMEM.
 */
int allot(const struct installation *installation, const struct holdings *holdings,
	  const struct targets *targets, const struct division *division, struct edits *edits);
