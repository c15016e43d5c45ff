/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Whom the load balancer names, and whether they are there. A mistake in its settings costs at
 * most the instances that it fails to name.
 */

#include "installation/installation.h"

/* Rules, as rules.c lists them: 0 or -ENOMEM. */
int check_load_balancer_exists(const struct installation *installation,
			       struct diagnostics *diagnostics);
int check_instances_in_backend(const struct installation *installation,
			       struct diagnostics *diagnostics);
int check_backend_names(const struct installation *installation, struct diagnostics *diagnostics);
int check_backend_addresses(const struct installation *installation,
			    struct diagnostics *diagnostics);
