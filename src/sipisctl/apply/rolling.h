/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Restart single instances, one after the other, each verified. The first that does not serve ends
 * it. All return 0; 1 if it was refused, which has been reported; or a negative errno.
 */

#include "sipisctl/apply/context.h"

/*
 * Restart the instances that changed. Refused if names, ports, prefixes or the number of instances
 * changed: then the load balancer must be restarted too.
 */
int apply_rolling(struct apply *apply);

/* Restart the instances of the options. */
int apply_instances(struct apply *apply);

/*
 * Return 1 and append why, if more changed than the settings of single instances since these were
 * started; 0; or a negative errno. Compares with what systemd has loaded, so call it before the
 * reload.
 */
int rolling_find_shape_change(struct apply *apply, struct strbuf *ret_reason);
