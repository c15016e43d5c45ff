/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Rules on the names and addresses of backends, and on the instances that they name. A mistake in
 * the load balancer's settings refuses at most the instances that they do not name.
 */

#include "installation/installation.h"

/* Rules, see rules.c. */
int check_load_balancer_exists(const struct installation *installation,
			       struct diagnostics *diagnostics);
int check_instances_in_backend(const struct installation *installation,
			       struct diagnostics *diagnostics);
int check_dangling_backends(const struct installation *installation,
			    struct diagnostics *diagnostics);
int check_unnamed_backends(const struct installation *installation,
			   struct diagnostics *diagnostics);
int check_address_ports(const struct installation *installation, struct diagnostics *diagnostics);
int check_duplicate_addresses(const struct installation *installation,
			      struct diagnostics *diagnostics);
