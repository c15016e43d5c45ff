/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Settings files as copies of one of them: each keeps what is unique to it (name, ports, addresses,
 * realm, filter, lock and logs), everything else is that of the model. Nothing is written.
 */

#include "sipisctl/proposal/proposal.h"

/*
 * Propose the whole installation, in which the files of the `wanted` instances (by index) are
 * copies of `model`. The proposal must not outlive the installation.
 *
 * Return 1; 0 with a reason if a file cannot be a copy; or -ENOMEM.
 */
int proposal_make_copies(const struct installation *installation, const struct instance *model,
			 const bool *wanted, struct proposal *ret_proposal, struct strbuf *reason);
