/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Edits of the load balancer's Backend section that give the prefixes of a division to the
 * backends of this machine. Backends of other machines do not change.
 */

#include "sipisctl/proposal/division.h"
#include "sipisctl/proposal/edits.h"
#include "sipisctl/proposal/local-backends.h"
#include "sipisctl/proposal/targets.h"

/*
 * Give share i of the division to target i: `targets` and `division` have the same length. A target
 * that stays keeps its backends in their places, as many as it has prefixes; its further backends,
 * and those of a new target, are inserted after the last one before. Return 0 or -ENOMEM.
 */
int backend_edits_make(const struct installation *installation,
		       const struct local_backends *local_backends, const struct targets *targets,
		       const struct division *division, struct edits *edits);
