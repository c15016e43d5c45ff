/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The full sequence of the vendor's guide, with the reload before the stop. All return 0; 1 if it
 * was refused, which has been reported; or a negative errno. An instance that does not serve is not
 * a failure here.
 */

#include "sipisctl/apply/context.h"

int apply_full(struct apply *apply);

/* Only reload, and verify what runs: after an undo before anything was stopped. */
int apply_reload_only(struct apply *apply);

/* Print what it would do. */
int apply_dry_run_full(struct apply *apply);
